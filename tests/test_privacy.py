"""What files hold is not kept once they are answered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import planner
from planner import load, plan_cohort, read_cohort, read_portfolios


def caches() -> dict[str, Callable[[], Any]]:
    """The remembering functions of the package's modules, by name."""
    found = {}
    for module in pkgutil.iter_modules(planner.__path__):
        if module.name == "__main__":
            continue
        names = vars(importlib.import_module(f"planner.{module.name}"))
        for name, value in names.items():
            if hasattr(value, "cache_info") and value.__module__ == f"planner.{module.name}":
                found[f"{module.name}.{name}"] = value.cache_info
    return found


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
