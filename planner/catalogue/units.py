"""Units and the file they are read from, `data/units.csv`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.errors import DataError, Problem, nearest, refuse
from planner.files.tables import read_table
from planner.files.text_files import whole, whole_or_half
from planner.rules.rule import told

COLUMNS = (
    "qualification",
    "group",
    "barred_set",
    "ref",
    "title",
    "level",
    "credits",
    "glh",
    "strategy",
    "level_confidence",
    "tags",
)
"""The columns every unit file has; those of `OPTIONAL_COLUMNS` may be missing."""

OPTIONAL_COLUMNS = ("level_source", "same_as", "short")

DISAGREES = "disagrees"
"""The code of a problem: two rows say different things of a unit."""

CONFIDENCES = ("high", "medium", "low", "")

RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"level": (0, 12), "credits": (1, 1_000), "glh": (0, 10_000)}
)
"""Least and greatest value of each number, whole but for half credits; entry level is 0, some have 12."""


_MAY_BE_EMPTY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"": (), "credits": ("glh",), "units": ("credits", "glh")}
)
"""The figures that a source need not publish, by what its qualification counts."""

_BETWEEN_GROUPS = ";"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as one qualification lists it.

    `credits` are whole numbers or halves, `glh` (guided learning hours) whole ones; `strategy` is the letter
    of the assessment strategy's appendix, empty if unknown.
    """

    ref: str
    title: str
    group: str
    level: int
    credits: float
    glh: int
    barred_sets: tuple[str, ...] = ()
    strategy: str = ""
    level_confidence: str = ""
    tags: tuple[str, ...] = ()
    level_source: str = ""
    # Not in its text: a digest of data without versions or places stays what it was.
    same: tuple[str, ...] = field(default=(), repr=False)
    """The refs of other versions of the unit; one of them counts, in a barred set `same-REF` of their own."""

    slot: str = field(default="", repr=False)
    """The place for units from elsewhere that it stands for; empty for a unit."""

    short: str = field(default="", repr=False)
    """What it is called where there is room for a word or two; empty: by its title."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups it is listed in: most units in one."""
        return tuple(self.group.split(_BETWEEN_GROUPS))


def told_apart(units: Iterable[Unit]) -> dict[str, str]:
    """The title of each unit by ref, with the level where another unit has the same title."""
    listed = list(units)
    times = Counter(unit.title.casefold() for unit in listed)
    return {
        unit.ref: f"{unit.title}, level {unit.level}" if times[unit.title.casefold()] > 1 else unit.title
        for unit in listed
    }


def credits_of(units: Iterable[Unit]) -> float:
    """What the credits of units add up to."""
    return told(sum(unit.credits for unit in units))


def folded_ref(text: str) -> str:
    """`text` as refs are compared: any case, with or without slashes, blanks and hyphens."""
    return re.sub(r"[\s/\-]", "", text).upper()


@lru_cache(maxsize=10_000)
def _folded_known(ref: str) -> str:
    """`folded_ref`, remembered for refs on file; what users type is not kept after its answer."""
    return folded_ref(ref)


@lru_cache(maxsize=64)
def _by_folded(refs: tuple[str, ...]) -> Mapping[str, str]:
    """Refs on file by their `folded_ref`: of a few qualifications, each asked again and again."""
    return {_folded_known(ref): ref for ref in refs}


def split_refs(text: str) -> list[str]:
    """The refs of one cell or option, separated by spaces, commas or semicolons."""
    return [part for part in re.split(r"[\s,;]+", text) if part]


def split_names(text: str) -> list[str]:
    """The names of one cell, each once, separated by semicolons or commas: a name may have blanks."""
    return list(dict.fromkeys(part.strip() for part in re.split(r"[,;]", text) if part.strip()))


def set_names(text: str) -> list[str]:
    """The barred sets of one cell, separated by spaces, commas or semicolons, each once.

    A word and a number or letter beside it are one name, written `Set-1`: handbooks say “Set 1”.
    """
    joined = re.sub(r"\b([^\W\d_]{3,})\s+(\d+|[^\W\d_])(?=[\s,;]|$)", r"\1-\2", text)
    return list(dict.fromkeys(split_refs(joined)))


def find_ref(text: str, known: Iterable[str]) -> str | None:
    """The ref among `known` that `text` means, None if there is none."""
    wanted = folded_ref(text)
    return next((ref for ref in known if _folded_known(ref) == wanted), None)


def resolved_refs(
    texts: Iterable[str], known: Iterable[str], source: str, noun: str = "unit of this qualification"
) -> tuple[str, ...]:
    """The known refs that `texts` mean, sorted, each once; `noun` is what problems call what has a ref.

    Raises
    ------
    DataError
        One problem for each unknown ref, naming `source` and the nearest known ref.
    """
    texts = list(texts)
    if not texts:
        return ()
    names = tuple(known)
    by_folded = _by_folded(names)
    found, problems = set(), []
    for text in texts:
        for part in split_refs(text) or [text]:
            ref = by_folded.get(folded_ref(part))
            if ref is None:
                message = f"no {noun} has this ref{nearest(part, names)}"
                problems.append(Problem(source, message, value=part or "(empty)"))
            else:
                found.add(ref)
    refuse(problems)
    return tuple(sorted(found))


def read_units(path: Path, measures: Mapping[str, str] = MappingProxyType({})) -> dict[str, tuple[Unit, ...]]:
    """The units of each qualification in the file, in the file's order.

    `measures` says what qualifications count whose source publishes no hours, and no credits either if they
    count units: these may be empty, and are 0 then.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    rows = _UnitRows(str(path), measures)
    table = read_table(path, COLUMNS, OPTIONAL_COLUMNS)
    rows.problems += table.problems
    for number, row in table.rows:
        rows.read(number, row)
    rows.join_versions()
    if not rows.units and not rows.problems:
        rows.problems.append(Problem(str(path), "lists no unit"))
    if rows.problems:
        raise DataError(rows.problems)
    return {name: tuple(units.values()) for name, units in rows.units.items()}


class _UnitRows:
    """Collects the units and the problems of a unit file, row by row."""

    def __init__(self, source: str, measures: Mapping[str, str]) -> None:
        self.source = source
        self._measures = measures
        self._given: dict[tuple[str, str], bool] = {}
        self.units: dict[str, dict[str, Unit]] = {}
        self.problems: list[Problem] = []
        self._first_seen: dict[str, tuple[int, Unit]] = {}
        self._versions: list[tuple[int, Mapping[str, str]]] = []

    def read(self, number: int, row: Mapping[str, str]) -> None:
        before = len(self.problems)
        numbers = {field: self._number(number, row, field) for field in RANGES}
        for name in ("qualification", "group", "ref", "title"):
            if not row[name].strip(" ,;"):
                self._problem(number, row, name, "must not be empty")
        if row["ref"] and (split_refs(row["ref"]) != [row["ref"]] or not folded_ref(row["ref"])):
            several = len(split_refs(row["ref"])) > 1
            message = "remove the blank" if several else "must be one word with a letter or a digit"
            self._problem(number, row, "ref", message)
        if row["level_confidence"] not in CONFIDENCES:
            self._problem(number, row, "level_confidence", "must be high, medium, low or empty")
        if len(self.problems) > before:
            return
        unit = Unit(
            ref=row["ref"],
            title=row["title"],
            group=_BETWEEN_GROUPS.join(split_names(row["group"])),
            level=int(numbers["level"]),
            credits=numbers["credits"],
            glh=int(numbers["glh"]),
            barred_sets=tuple(set_names(row["barred_set"])),
            strategy=row["strategy"],
            level_confidence=row["level_confidence"],
            tags=tuple(dict.fromkeys(split_refs(row["tags"]))),
            level_source=row.get("level_source", ""),
            short=row.get("short", ""),
        )
        self._check_agreement(number, row, unit)
        units = self.units.setdefault(row["qualification"], {})
        if folded_ref(unit.ref) in units:
            self._problem(number, row, "ref", "this unit is listed twice in one qualification")
        units[folded_ref(unit.ref)] = unit
        if row.get("same_as"):
            self._versions.append((number, row))

    def join_versions(self) -> None:
        """Tells each unit of the others that are the same unit, and bars them with each other."""
        classes: dict[tuple[str, str], list[str]] = {}
        for number, row in self._versions:
            name, units = row["qualification"], self.units[row["qualification"]]
            ref, other = folded_ref(row["ref"]), folded_ref(row["same_as"])
            if other not in units or other == ref:
                known = [unit.ref for unit in units.values() if unit.ref != row["ref"]]
                message = f"no other unit of this qualification has this ref{nearest(row['same_as'], known)}"
                self._problem(number, row, "same_as", message)
                continue
            # To be the same is transitive: what was said of either is joined.
            together = classes.get((name, other), [other]) + classes.get((name, ref), [ref])
            together = list(dict.fromkeys(together))
            classes |= {(name, member): together for member in together}
        for (name, member), together in classes.items():
            units = self.units[name]
            refs = sorted(units[one].ref for one in together)
            unit = units[member]
            same = tuple(ref for ref in refs if ref != unit.ref)
            units[member] = replace(unit, same=same, barred_sets=(*unit.barred_sets, f"same-{refs[0]}"))

    def _check_agreement(self, number: int, row: Mapping[str, str], unit: Unit) -> None:
        """The same ref in two qualifications must be the same unit; what it is worth may differ."""
        first_row, first = self._first_seen.setdefault(folded_ref(unit.ref), (number, unit))
        if unit.title != first.title:
            said = {"row": first_row, "ref": unit.ref, "field": "title", "other": first.title}
            self._problem(number, row, "title", disagreement(f"row {first_row}", said), DISAGREES, said)

    def _number(self, number: int, row: Mapping[str, str], field: str) -> float:
        low, high = RANGES[field]
        if field in _MAY_BE_EMPTY[self._measures.get(row["qualification"], "")]:
            given = self._given.setdefault((row["qualification"], field), bool(row[field]))
            if given is not bool(row[field]):
                self._problem(
                    number, row, field, "must be given for every unit of a qualification or for none"
                )
            if not row[field]:
                return 0
        found = whole_or_half(row[field], 0.5, high) if field == "credits" else whole(row[field], low, high)
        if found is not None:
            return found
        self._problem(number, row, field, f"must be a whole number from {low} to {high}{_advice(field, row)}")
        return low

    def _problem(
        self,
        number: int,
        row: Mapping[str, str],
        field: str,
        message: str,
        code: str = "",
        data: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        value = row.get(field, "") or ("(empty)" if field else "")
        self.problems.append(Problem(self.source, message, number, field, value, code, data))


def _advice(field: str, row: Mapping[str, str]) -> str:
    """What to write in the place of a figure that handbooks have and this file cannot."""
    if field == "level" and re.match(r"(?i)e(ntry)?\b|e\d", row[field]):
        return "; entry level is 0"
    if field == "credits" and re.fullmatch(r"\d+[.,]\d+|\d*½", row[field]):
        return "; of their parts halves are read (2.5): else write all in tenths, and say so in a [[note]]"
    return ""


def disagreement(where: str, said: Mapping[str, Any]) -> str:
    """That a row, named by `where`, says something else of a unit; `said` is the data of the problem."""
    return f"{where} gives {said['ref']} the {said['field']} {said['other']!r}"
