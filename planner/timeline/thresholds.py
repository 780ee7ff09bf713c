"""Thresholds: from when on something calls for attention, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from planner.catalogue.loading import shipped
from planner.catalogue.rule_file import FileTable, Id, Name, Text, read_whole
from planner.errors import Problem, refuse

Measure = Literal["days to target", "days past target", "days without activity", "points behind"]
"""Points are percent of all credits; days of a break in learning do not count as days without activity."""


class Threshold(FileTable):
    """From when on something calls for attention, and which system in use draws the line there."""

    id: Id
    text: Name
    measure: Measure
    limit: Annotated[int, Field(ge=0, le=10_000)]
    source: Text = ""

    def reached(self, measured: int) -> bool:
        """Whether so many days or points call for attention; days to the target do when they are few."""
        return measured <= self.limit if self.measure == "days to target" else measured >= self.limit


class _Thresholds(FileTable):
    threshold: list[Threshold]


def load_thresholds(path: Path) -> tuple[Threshold, ...]:
    """The thresholds of a file.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    found = read_whole(_Thresholds, path).threshold
    ids = [each.id for each in found]
    refuse(
        Problem(str(path), "another threshold has this id", field=f"threshold[{number + 1}].id", value=name)
        for number, name in enumerate(ids)
        if name in ids[:number]
    )
    return tuple(found)


@cache
def shipped_thresholds() -> tuple[Threshold, ...]:
    """Those of systems in use, which hold where a centre says nothing else."""
    return load_thresholds(shipped("data") / "timeline" / "thresholds.toml")
