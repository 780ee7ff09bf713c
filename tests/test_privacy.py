"""What files hold is not kept once they are answered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from streamlit.runtime.caching import get_data_cache_stats_provider, get_resource_cache_stats_provider
from streamlit.runtime.stats import CacheStat

import planner
from planner import load, plan_cohort, read_cohort, read_portfolios
from tests import test_audit_page, test_centre_page
from tests.seen import words


def caches() -> dict[str, Callable[[], Any]]:
    """The remembering functions of the package's modules, by name."""
    found = {}
    for module in pkgutil.walk_packages(planner.__path__, "planner."):
        if module.name == "planner.__main__":
            continue
        names = vars(importlib.import_module(module.name))
        for name, value in names.items():
            if hasattr(value, "cache_info") and value.__module__ == module.name:
                found[f"{module.name.removeprefix('planner.')}.{name}"] = value.cache_info
    return found


def page_caches() -> dict[str, int]:
    """The size of what each remembering function of the pages holds, for all visits."""
    providers = get_data_cache_stats_provider(), get_resource_cache_stats_provider()
    families = [family for provider in providers for family in provider.get_stats().values()]
    stats = [stat for family in families for stat in family if isinstance(stat, CacheStat)]
    return {stat.cache_name: stat.byte_length for stat in stats}


def answered(number: int) -> None:
    """Reads and answers two files, with words of their own for each number."""
    qualification = load()
    table = f"learner,name,pins,Column {number}\nExample-{number},Ada Example {number},X/{number},\n".encode()
    _, problems = read_cohort(qualification, "cohort.csv", table)
    assert len(problems) == 1
    table = f"learner,name,pins\nExample-{number},Ada Example {number},L/601/0933\n".encode()
    requests, problems = read_cohort(qualification, "cohort.csv", table)
    assert not problems
    plan_cohort(qualification, requests)
    table = f"learner,ref,status,evidence\nExample-{number},L/601/0933,verified,File {number}\n".encode()
    portfolios, problems = read_portfolios(qualification, "portfolio.csv", table)
    assert len(portfolios) == 1
    assert not problems


def test_no_cache_grows_with_what_files_hold() -> None:
    answered(0)
    before = {name: info().currsize for name, info in caches().items()}
    assert before
    for number in range(1, 20):
        answered(number)
    assert {name: info().currsize for name, info in caches().items()} == before


def visited(number: int) -> None:
    """Hands in two files to the pages, as two visits do."""
    app = test_audit_page.opened()
    rows = test_audit_page.rows(f"Example-{number}", ["L/601/0933"], name=f"Ada Example {number}")
    test_audit_page.upload(app, test_audit_page.table(rows))
    assert f"Ada Example {number}" in words(app)
    app = test_centre_page.uploaded(
        test_centre_page.table_of(f"Example-{number},Ada Example {number},L/601/0933,,,")
    )
    assert test_centre_page.listed(app) == [f"Example-{number}"]


def test_no_cache_of_a_page_grows_with_what_files_hold() -> None:
    visited(0)
    before = page_caches()
    assert before["planner.pages.shared.page_shell._loaded"] > 0
    for number in range(1, 4):
        visited(number)
    assert page_caches() == before
