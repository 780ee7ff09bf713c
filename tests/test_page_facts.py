"""The unit file against the table of the qualification page, transcribed to `fixtures/page-units.csv`.

The page prints group, barred set, credits and guided hours of each unit. Levels it does not print.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from planner import Qualification

PAGE = Path(__file__).parent / "fixtures" / "page-units.csv"


class Printed(NamedTuple):
    """A line of the page's table."""

    ref: str
    group: str
    barred_set: str
    credits: int
    glh: int


def printed() -> list[Printed]:
    """The lines of the page's table, in its order."""
    with PAGE.open(encoding="utf-8", newline="") as file:
        return [
            Printed(row["ref"], row["group"], row["barred_set"], int(row["credits"]), int(row["glh"]))
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("line", printed(), ids=lambda line: line.ref)
def test_each_unit_is_as_the_page_prints_it(real: Qualification, line: Printed) -> None:
    unit = real.by_ref[line.ref]
    assert (unit.group, " ".join(unit.barred_sets), unit.credits, unit.glh) == line[1:]


def test_the_page_lists_the_units_on_file_and_no_other(real: Qualification) -> None:
    refs = [line.ref for line in printed()]
    assert len(refs) == len(set(refs)) == 39
    assert set(refs) == set(real.by_ref)


def test_the_groups_are_as_large_as_the_page_says(real: Qualification) -> None:
    # Counted by hand on the page: 2 mandatory units of 6 credits, 7 of group B, 30 of group C.
    assert Counter(unit.group for unit in real.units) == {"A": 2, "B": 7, "C": 30}
    assert sum(unit.credits for unit in real.units if unit.group == "A") == 6


def test_the_five_barred_sets_are_pairs(real: Qualification) -> None:
    assert {name: set(refs) for name, refs in real.barred.items()} == {
        "C1": {"L/601/1225", "F/502/4396"},
        "C2": {"M/502/4300", "J/502/4299"},
        "C3": {"F/502/4379", "A/502/4378"},
        "C4": {"T/502/4296", "A/502/4297"},
        "C5": {"Y/502/4291", "D/502/4292"},
    }


def test_the_published_figures_are_those_of_the_page(real: Qualification) -> None:
    assert real.published == {"units": 39, "min_credits": 28, "min_glh": 93, "max_glh": 172}
    assert (real.id, real.min_age, real.fee_gbp) == ("600/5106/1", 18, 50)
    assert (str(real.starts), str(real.ends)) == ("2012-05-24", "2013-12-31")
