"""Continuing professional development (CPD): points for activities, over a cycle of years.

A scheme whose source contradicts itself is read in several ways, each a file of its own. The rules are those
of qualifications, over activities that may count several times: the same joiner, auditor and solver.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from planner.catalogue.loading import data_folder
from planner.catalogue.rule_file import (
    FileLimit,
    FileTable,
    Id,
    Name,
    NamedFile,
    NoteEntry,
    RuleEntry,
    each_file,
)
from planner.catalogue.rule_joiner import RuleJoiner, Vocabulary
from planner.catalogue.units import find_ref, folded_ref
from planner.errors import DataError, Parameter, Problem, nearest, refuse
from planner.files.tables import read_table
from planner.files.text_files import whole
from planner.rules.rule import Bound, Rule

ACTIVITY_COLUMNS = (
    "scheme", "category", "ref", "title", "points", "minutes", "per_year", "per_cycle", "plannable", "basis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that earns points, once or several times.

    `minutes` is the time it takes (an estimate that the member replaces); `per_year` and `per_cycle` are how
    often it counts at most, None: no limit. What is not `plannable` (a prize) counts once it has happened.
    """

    ref: str
    title: str
    category: str
    points: int
    minutes: int
    per_year: int | None = None
    per_cycle: int | None = None
    plannable: bool = True
    basis: str = ""


class Slot(NamedTuple):
    """An activity in a year of the cycle: what the rules count."""

    activity: Activity
    year: int

    @property
    def ref(self) -> str:
        """How rules name it."""
        return slot(self.activity.ref, self.year)

    @property
    def title(self) -> str:
        """What the activity is called."""
        return self.activity.title


class SourceFigure(FileTable):
    """A figure of the source: so many times this activity make so many points."""

    text: Name
    activity: Name
    times: Annotated[int, Field(ge=1, le=10_000)]
    points: Annotated[int, Field(ge=1, le=1_000_000)]


@dataclass(frozen=True, eq=False, repr=False)
class Reading:
    """One reading of a scheme: its activities and its rules, and where both were read.

    The rules weigh slots (`slot`): an activity in a year of the cycle.
    """

    id: str
    scheme: str
    title: str
    designation: str
    body: str
    region: str
    years: int
    source: str
    verified: date
    activities: Mapping[str, Activity]
    rules: tuple[Rule, ...]
    categories: Mapping[str, str]
    min_points: int | None = None
    claims: tuple[SourceFigure, ...] = ()
    notes: tuple[str, ...] = ()
    default: bool = False
    digest: str = ""

    def __repr__(self) -> str:
        return f"<Reading {self.id}, {len(self.activities)} activities>"

    @cached_property
    def slots(self) -> dict[str, Slot]:
        """Every slot by its ref."""
        return {found.ref: found for found in _slots(self.years, self.activities)}

    @property
    def whereabouts(self) -> str:
        """Whose scheme this is and where it holds, said wherever it is shown."""
        return f"{self.body}, {self.region}"

    def to_json(self) -> dict[str, Any]:
        """What every JSON answer says of its reading."""
        return {
            "scheme": self.scheme,
            "reading": self.id,
            "title": self.title,
            "designation": self.designation,
            "body": self.body,
            "region": self.region,
            "source": self.source,
            "verified": self.verified.isoformat(),
        }


def slot(ref: str, year: int) -> str:
    """How rules name an activity in a year of the cycle."""
    return f"{ref} in year {year}"


def _slots(years: int, activities: Mapping[str, Activity]) -> Iterator[Slot]:
    for year in range(1, years + 1):
        for activity in activities.values():
            yield Slot(activity, year)


_SEVERAL_TIMES = "has no meaning where an activity may count several times: use at_least"

SLOTS: Vocabulary[Slot] = Vocabulary(
    "activity",
    "scheme",
    {"points": lambda slot: slot.activity.points, "times": lambda slot: 1},
    names={
        "group": lambda slot: [slot.activity.category],
        "tag": lambda slot: [f"year-{slot.year}", slot.activity.ref],
    },
    numbers={"credits": lambda slot: slot.activity.points},
    picked_by="activities are picked by group (the category) and tag (the ref, or year-1)",
    refused=dict.fromkeys(("all", "unit", "requires"), _SEVERAL_TIMES),
)
"""What the rules of a scheme say of its activities; the points are the credits."""


# Files


class PublishedEntry(FileTable):
    min_points: FileLimit | None = None


class ReadingEntry(NamedFile):
    """A whole file of a reading."""

    id: Id
    scheme: Id
    title: Name
    designation: Name
    body: Name
    region: Name
    years: Annotated[int, Field(ge=1, le=10)]
    source: Name
    verified: date
    default: Literal[True] | None = None
    categories: dict[Name, Name] = Field(default_factory=dict)
    published: PublishedEntry = PublishedEntry()
    points: dict[Name, Annotated[int, Field(ge=1, le=1_000)]] = Field(default_factory=dict)
    rule: Annotated[list[RuleEntry], Field(min_length=1)]
    claim: list[SourceFigure] = Field(default_factory=list)
    note: list[NoteEntry] = Field(default_factory=list)


def load_readings(data: str | Path | None = None) -> dict[str, Reading]:
    """Every reading of every scheme in the folder `cpd` of a data folder, by id; none without that folder.

    Raises
    ------
    DataError
        With every problem of `activities.csv` and of the files beside it.
    """
    folder = data_folder(data) / "cpd"
    if not folder.is_dir():
        return {}
    problems: list[Problem] = []
    activities: dict[str, dict[str, Activity]] = {}
    try:
        activities = _read_activities(folder / "activities.csv")
    except DataError as error:
        problems += error.problems

    def join(path: Path, entry: ReadingEntry, text: str) -> Reading:
        if not activities:
            raise DataError([])  # what is wrong with them is said already
        return _joined(path, entry, activities.get(entry.scheme, {}), text)

    found, wrong = each_file(folder, ReadingEntry, join)
    problems += [*wrong, *_second_defaults(folder, found.values())]
    if not found and not problems:
        problems.append(Problem(str(folder), "holds no reading of a scheme (no .toml file)"))
    refuse(problems)
    return found


def _second_defaults(folder: Path, readings: Iterable[Reading]) -> Iterator[Problem]:
    """Readings that are the default of their scheme beside another."""
    first: dict[str, str] = {}
    for reading in readings:
        if reading.default and first.setdefault(reading.scheme, reading.id) != reading.id:
            message = f"{first[reading.scheme]} is the default reading of this scheme already"
            yield Problem(str(folder), message, field="default", value=reading.id)


def of_scheme(readings: Mapping[str, Reading], scheme: str) -> dict[str, Reading]:
    """The readings of one scheme, by id."""
    return {found.id: found for found in readings.values() if found.scheme == scheme}


def default_reading(readings: Mapping[str, Reading]) -> Reading:
    """The reading that is used unless another is asked for."""
    return next((found for found in readings.values() if found.default), next(iter(readings.values())))


def find_reading(readings: Mapping[str, Reading], name: str | None) -> Reading:
    """The reading of this id, typed as people type it; None: the default.

    Raises
    ------
    DataError
        If there is none.
    """
    if not readings:
        raise DataError([Problem(Parameter("data"), "this folder holds no CPD scheme (no folder cpd)")])
    if name is None:
        return default_reading(readings)
    known = find_ref(name, readings)
    if known is None:
        message = f"no reading has this id{nearest(name, list(readings))} (on file: {', '.join(readings)})"
        raise DataError([Problem(Parameter("reading"), message, value=name.strip() or "(empty)")])
    return readings[known]


def find_activity(reading: Reading, text: str) -> Activity | None:
    """The activity that a ref or a title means, typed as people type them; None if none is meant."""
    return _meant(text, reading.activities)


def _meant(text: str, activities: Mapping[str, Activity]) -> Activity | None:
    ref = find_ref(text, activities)
    if ref is not None:
        return activities[ref]
    title = _folded_title(text)
    return next((found for found in activities.values() if _folded_title(found.title) == title), None)


def _folded_title(text: str) -> str:
    return " ".join(text.split()).casefold()


def unknown_activity(reading: Reading, text: str, hint: bool = True) -> str:
    """What is said of a text that means no activity; with `hint` the ref or title most like it."""
    message = "no activity of this scheme has this ref or title"
    if not hint or len(text) > _LONGEST_HINTED:
        return message
    titles = [activity.title for activity in reading.activities.values()]
    return f"{message}{nearest(text, list(reading.activities)) or nearest(text, titles)}"


_LONGEST_HINTED = 200
"""Characters of a text that is compared with every ref and title."""

_RANGES = {
    "points": (1, 1_000, False),
    "minutes": (0, 100_000, False),
    "per_year": (1, 1_000, True),
    "per_cycle": (1, 1_000, True),
}
"""Least and greatest value of each whole number, and whether it may be missing."""


def _read_activities(path: Path) -> dict[str, dict[str, Activity]]:
    """The activities of each scheme, by ref, in the file's order."""
    table = read_table(path, ACTIVITY_COLUMNS)
    problems = list(table.problems)
    found: dict[str, dict[str, Activity]] = {}
    for number, row in table.rows:
        activities = found.setdefault(row["scheme"], {})
        wrong = list(_wrong_cells(row, activities))
        problems += [
            Problem(str(path), message, row=number, field=name, value=row[name] or "(empty)")
            for name, message in wrong
        ]
        if not wrong:
            activities[row["ref"]] = _activity(row)
    if not found and not problems:
        problems.append(Problem(str(path), "lists no activity"))
    refuse(problems)
    return found


def _wrong_cells(row: Mapping[str, str], activities: Mapping[str, Activity]) -> Iterator[tuple[str, str]]:
    """The cells of a row that make no sense, each with what is wrong."""
    for name in ("scheme", "category", "ref", "title"):
        if not row[name]:
            yield name, "must not be empty"
    for name, (low, high, optional) in _RANGES.items():
        text = row[name]
        if (text or not optional) and whole(text, low, high) is None:
            yield name, f"must be a whole number from {low} to {high}{' or empty' if optional else ''}"
    if row["plannable"] not in ("yes", "no"):
        yield "plannable", "must be yes or no"
    other = _meant(row["title"], activities) if row["title"] else None
    if other is not None and other.ref != row["ref"]:
        yield "title", "another activity of this scheme goes by this, as a ref or a title"
    if not row["ref"]:
        return
    if len(row["ref"].split()) > 1 or not folded_ref(row["ref"]):
        yield "ref", "must be one word with a letter or a digit"
    elif re.fullmatch(r"year-\d+", row["ref"]):
        yield "ref", "is how rules name a year of the cycle"
    elif find_ref(row["ref"], activities) is not None:
        yield "ref", "this activity is listed twice in one scheme"
    # The other way round of the check of titles above: whichever row comes first, one name means one thing.
    elif find_ref(row["ref"], [activity.title for activity in activities.values()]) is not None:
        yield "ref", "another activity of this scheme has this title"


def _activity(row: Mapping[str, str]) -> Activity:
    return Activity(
        ref=row["ref"],
        title=row["title"],
        category=row["category"],
        points=int(row["points"]),
        minutes=int(row["minutes"]),
        per_year=int(row["per_year"]) if row["per_year"] else None,
        per_cycle=int(row["per_cycle"]) if row["per_cycle"] else None,
        plannable=row["plannable"] == "yes",
        basis=row["basis"],
    )


def _joined(path: Path, entry: ReadingEntry, listed: Mapping[str, Activity], text: str) -> Reading:
    """A reading's file joined with the activities of its scheme."""
    if not listed:
        message = "no row of activities.csv belongs to this scheme"
        raise DataError([Problem(str(path), message, field="scheme", value=entry.scheme)])
    activities = {
        ref: replace(activity, points=entry.points.get(ref, activity.points))
        for ref, activity in listed.items()
    }
    slots = list(_slots(entry.years, activities))
    limits = [limit for activity in activities.values() for limit in _limits(activity, entry.years)]
    joiner = RuleJoiner(str(path), slots, SLOTS)
    rules = joiner.rules(entry.rule)
    joiner.check_ids(entry.rule, [limit.id for limit in limits])
    refuse([*joiner.problems, *_unknown_names(str(path), entry, listed)])
    # The activities stand in another file, and are a part of what was answered with.
    digest = hashlib.sha256(text.encode())
    for activity in activities.values():
        digest.update(repr(activity).encode())  # a frozen dataclass: its repr has every field
    categories = dict.fromkeys(activity.category for activity in activities.values())
    return Reading(
        id=entry.id,
        scheme=entry.scheme,
        title=entry.title,
        designation=entry.designation,
        body=entry.body,
        region=entry.region,
        years=entry.years,
        source=entry.source,
        verified=entry.verified,
        activities=activities,
        rules=(*rules, *limits),
        categories={name: entry.categories.get(name, name) for name in categories},
        min_points=entry.published.min_points,
        claims=tuple(entry.claim),
        notes=tuple(note.text for note in entry.note),
        default=bool(entry.default),
        digest=digest.hexdigest()[:16],
    )


def _unknown_names(source: str, entry: ReadingEntry, listed: Mapping[str, Activity]) -> Iterator[Problem]:
    """Activities and categories that the file names and the scheme does not have."""
    named = [(f"points.{ref}", ref) for ref in entry.points]
    named += [(f"claim[{number}].activity", c.activity) for number, c in enumerate(entry.claim, start=1)]
    for where, ref in named:
        if ref not in listed:
            message = f"no activity of this scheme has this ref{nearest(ref, list(listed))}"
            yield Problem(source, message, field=where, value=ref)
    categories = sorted({activity.category for activity in listed.values()})
    for name in entry.categories:
        if name not in categories:
            message = f"no activity is in this category{nearest(name, categories)}"
            yield Problem(source, message, field=f"categories.{name}", value=name)


def _limits(activity: Activity, years: int) -> Iterator[Bound]:
    """How often an activity counts, as rules."""
    slots = [slot(activity.ref, year) for year in range(1, years + 1)]
    # A limit for a year that is no lower than that of the cycle says nothing more, and would stand in
    # conflicts beside it.
    limits = [("", "a cycle", slots, activity.per_cycle)]
    if activity.per_cycle is None or (activity.per_year or 0) < activity.per_cycle:
        limits += [(f"-year-{n}", f"year {n}", [name], activity.per_year) for n, name in enumerate(slots, 1)]
    for ident, span, names, most in limits:
        if most is not None:
            text = f"{activity.title}: counts at most {_times(most)} in {span}"
            yield Bound(
                f"limit-{activity.ref}{ident}",
                text,
                dict.fromkeys(names, 1),
                at_most=most,
                count="times",
                kind="limit",
                subject=activity.ref,
            )


def _times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"
