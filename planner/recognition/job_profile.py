"""The job profile: what the job is like, as a public careers service says, `data/job-profile.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from planner.catalogue.loading import shipped
from planner.catalogue.rule_file import FileTable, Name, Text, parse, read_as
from planner.catalogue.tasks import read_tasks
from planner.catalogue.units import read_units
from planner.errors import DataError, Problem, nearest

FILE = "job-profile.toml"


@dataclass(frozen=True, slots=True)
class DayTask:
    """Something people do all day; `tasks` are the ids of what `data/tasks.csv` says of it."""

    text: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobProfile:
    """A job as its source describes it: pay in pounds a year, hours a week.

    `attribution` is to be shown wherever any of it is: the licence asks for it.
    """

    title: str
    other_names: tuple[str, ...]
    region: str
    summary: str
    attribution: str
    source: str
    verified: date
    salary_starter_gbp: int
    salary_experienced_gbp: int
    hours_least: int
    hours_most: int
    patterns: tuple[str, ...]
    environment: str
    career_tips: tuple[str, ...]
    bodies: tuple[str, ...]
    skills: tuple[str, ...]
    day: tuple[DayTask, ...]

    @property
    def pay_words(self) -> str:
        """The pay in words."""
        return (
            f"£{self.salary_starter_gbp:,} (starter) to £{self.salary_experienced_gbp:,} (experienced) a year"
        )

    @property
    def hours_words(self) -> str:
        """The hours in words."""
        least, most = self.hours_least, self.hours_most
        return f"{most} hours a week" if least == most else f"{least} to {most} hours a week"

    @property
    def tasks(self) -> tuple[str, ...]:
        """The ids of all tasks, each once, in the order of the day."""
        return tuple(dict.fromkeys(name for item in self.day for name in item.tasks))

    def to_json(self) -> dict[str, Any]:
        """The profile as JSON."""
        return {
            "title": self.title,
            "other_names": list(self.other_names),
            "region": self.region,
            "summary": self.summary,
            "salary_gbp": {"starter": self.salary_starter_gbp, "experienced": self.salary_experienced_gbp},
            "hours_a_week": {"least": self.hours_least, "most": self.hours_most},
            "patterns": list(self.patterns),
            "environment": self.environment,
            "career_tips": list(self.career_tips),
            "bodies": list(self.bodies),
            "skills": list(self.skills),
            "day": [{"text": item.text, "tasks": list(item.tasks)} for item in self.day],
            "attribution": self.attribution,
            "source": self.source,
            "verified": self.verified.isoformat(),
        }


Pounds = Annotated[int, Field(ge=0, le=1_000_000)]
Hours = Annotated[int, Field(ge=1, le=168)]


class DayEntry(FileTable):
    text: Name
    tasks: list[Name] = Field(default_factory=list)


class ProfileEntry(FileTable):
    """A whole file of a job profile."""

    title: Name
    other_names: list[Name] = Field(default_factory=list)
    region: Text = ""
    summary: Name
    attribution: Name
    source: Name
    verified: date
    salary_starter_gbp: Pounds
    salary_experienced_gbp: Pounds
    hours_least: Hours
    hours_most: Hours
    patterns: list[Name] = Field(default_factory=list)
    environment: Text = ""
    career_tips: list[Name] = Field(default_factory=list)
    bodies: list[Name] = Field(default_factory=list)
    skills: list[Name] = Field(default_factory=list)
    day: Annotated[list[DayEntry], Field(min_length=1)]


def load_profile(data: str | Path | None = None) -> JobProfile | None:
    """The job profile of a data folder (default: the data that ships); None without that file.

    Raises
    ------
    DataError
        With every problem of the file: unknown keys, wrong values, tasks that no qualification knows.
    """
    folder = shipped("data") if data is None else Path(data)
    path = folder / FILE
    if not path.exists():
        return None
    content, _ = parse(path)
    entry = read_as(ProfileEntry, path, content)
    problems = [*_disordered(str(path), entry), *_unknown_tasks(str(path), entry, _known_tasks(folder))]
    if problems:
        raise DataError(problems)
    return _profile(entry)


def _known_tasks(folder: Path) -> set[str]:
    """The ids of the tasks of every qualification in the folder."""
    of_each = read_tasks(folder / "tasks.csv", read_units(folder / "units.csv"))
    return {name for tasks in of_each.values() for name in tasks}


def _disordered(source: str, entry: ProfileEntry) -> Iterator[Problem]:
    """A least figure above its greatest."""
    pairs: Mapping[str, tuple[int, str, int]] = {
        "salary_starter_gbp": (
            entry.salary_starter_gbp,
            "salary_experienced_gbp",
            entry.salary_experienced_gbp,
        ),
        "hours_least": (entry.hours_least, "hours_most", entry.hours_most),
    }
    for field, (low, other, high) in pairs.items():
        if low > high:
            yield Problem(source, f"is more than {other} ({high})", field=field, value=str(low))


def _unknown_tasks(source: str, entry: ProfileEntry, known: set[str]) -> Iterator[Problem]:
    for number, item in enumerate(entry.day, start=1):
        for name in item.tasks:
            if name not in known:
                message = f"no qualification has a task with this id{nearest(name, sorted(known))}"
                yield Problem(source, message, field=f"day[{number}].tasks", value=name)


def _profile(entry: ProfileEntry) -> JobProfile:
    return JobProfile(
        title=entry.title,
        other_names=tuple(entry.other_names),
        region=entry.region,
        summary=entry.summary,
        attribution=entry.attribution,
        source=entry.source,
        verified=entry.verified,
        salary_starter_gbp=entry.salary_starter_gbp,
        salary_experienced_gbp=entry.salary_experienced_gbp,
        hours_least=entry.hours_least,
        hours_most=entry.hours_most,
        patterns=tuple(entry.patterns),
        environment=entry.environment,
        career_tips=tuple(entry.career_tips),
        bodies=tuple(entry.bodies),
        skills=tuple(entry.skills),
        day=tuple(DayTask(item.text, tuple(item.tasks)) for item in entry.day),
    )
