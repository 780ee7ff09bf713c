"""A new qualification from a table of its units: a data folder that loads, with its rule file to finish."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from planner.authoring.new_rule_file import (
    DEFAULT_GROUP,
    RuleFileOptions,
    UnitRow,
    groups_of,
    printable,
    rule_text,
    slug,
    unused,
)
from planner.catalogue.loading import load_all
from planner.catalogue.units import (
    COLUMNS,
    DISAGREES,
    OPTIONAL_COLUMNS,
    disagreement,
    find_ref,
    folded_ref,
    set_names,
)
from planner.errors import DataError, Parameter, Problem
from planner.files.headers import Shape
from planner.files.limits import Range
from planner.files.sheets import grids
from planner.files.tables import Row, SheetRead, read_table, read_tables
from planner.files.text_files import Table, read_text, replace_file, safe_text
from planner.files.wording import Wording
from planner.rules.rule import told

NEEDED = ("ref", "title", "level", "credits", "glh")
"""The columns that a table of units must have; the others of `units.csv` are taken where they are."""

OTHERS = tuple(name for name in (*COLUMNS, *OPTIONAL_COLUMNS) if name not in (*NEEDED, "qualification"))


TOTALS = {"credits": Range(0.5, 1_000_000, halves=True), "units": Range(1, 1_000_000)}
"""In all, by what is counted: the greatest is the greatest limit that a rule file may hold."""

MINIMUM = {count: replace(needed, low=0) for count, needed in TOTALS.items()}
"""From a group."""


_ENTRY = re.compile(r"(?:e|entry(?: level)?) ?[1-3]?", re.IGNORECASE)
"""How handbooks call entry level, which is level 0 here."""

_STAND_IN = RuleFileOptions("(new)", "(new)", 1)
"""Stands for options that make no sense, so that the table's own problems can be told beside theirs."""


@dataclass(frozen=True, slots=True)
class _PresentFolder:
    """A data folder before the new qualification comes: the text of its unit file, what else it loads."""

    folder: Path
    units: str
    known: tuple[str, ...]
    others: tuple[Path, ...]

    @property
    def units_path(self) -> Path:
        return self.folder / "units.csv"

    @property
    def columns(self) -> list[str]:
        """The unit file's columns, those of a new one if it has none yet."""
        header = next(csv.reader(io.StringIO(self.units, newline="")), ())
        return [name.strip() for name in header] or [*COLUMNS, *OPTIONAL_COLUMNS]

    @property
    def next_row(self) -> int:
        """The spreadsheet's row that the first new unit gets (the header is row 1)."""
        return max(1, len(list(csv.reader(io.StringIO(self.units, newline=""))))) + 1


def draft(
    source: str,
    content: bytes,
    folder: Path,
    *,
    number: str,
    title: str,
    credits: float | None = None,
    units: int | None = None,
    mandatory: Iterable[str] = (),
    minimum: Mapping[str, float] | None = None,
    wording: Wording | None = None,
    how_read: Callable[[tuple[SheetRead, ...]], None] = lambda sheets: None,
) -> Path:
    """Writes a new qualification into a data folder; returns the path of its rule file.

    Both files are first tried in a copy of the folder, so the folder loads afterwards.

    Parameters
    ----------
    source, content
        Name and bytes of a table of the units, csv or xlsx: ref, title, level, credits, glh; group,
        barred_set, strategy, level_confidence, tags and level_source where they are known.
    folder
        The data folder; it may hold other qualifications, which stay as they are.
    number, title
        The qualification's.
    credits, units
        What a plan needs in all: credits, which may have a half, or, where the source counts units, units.
        One of the two.
    mandatory
        Groups of which every unit must count.
    minimum
        Credits (or units) at least needed from a group, by group.
    wording
        What the headers of the table mean.
    how_read
        Is told how each sheet of the table was read.

    Raises
    ------
    DataError
        For a table that cannot be read, units that make no sense, groups the table does not have, a
        qualification that the folder has already, a folder that does not load as it is or cannot be
        written to. Nothing is written then.
    """
    if (credits is None) is (units is None):
        message = "say how many credits the qualification needs or, if it counts units, how many units"
        raise DataError([Problem(Parameter("credits"), message)])
    rows, places, sheets = _read(source, content, NEEDED if units is None else NEEDED[:3], wording)
    asked = RuleFileOptions(
        _plain(number),
        _plain(title),
        told((credits if units is None else units) or 0),
        tuple(dict.fromkeys(_plain(group) for group in mandatory)),
        {_plain(group): told(least) for group, least in (minimum or {}).items()},
        "credits" if units is None else "units",
    )
    present = _present(folder)
    if find_ref(asked.number, present.known) is not None:
        raise DataError([Problem(str(folder), "holds this qualification already", value=asked.number)])
    path = _rule_file(folder, asked.number)
    options, groups = _option_problems(asked), _group_problems(asked, rows.values(), source)
    credit = _credit_problems(asked, rows.values())
    tried = _STAND_IN if options or groups or credit else asked
    text = rule_text(list(rows.values()), tried, source, present.columns)
    added = _added(present, tried.number, rows.values())
    wrong = _row_problems(present, path, text, added, source, rows)
    problems = [*options, *(_placed(problem, source, places) for problem in wrong), *groups]
    # What the credits add up to is known only of units that make sense.
    if problems := problems or credit:
        raise DataError(problems)
    _write(path, text, present, added)
    how_read(sheets)
    return path


def _read(
    source: str, content: bytes, needed: Sequence[str], wording: Wording | None
) -> tuple[dict[int, UnitRow], dict[int, Row], tuple[SheetRead, ...]]:
    """The units as the tables of all sheets have them, by a number of their own; where each stands, and how
    the sheets were read.

    Blanks of any kind become spaces. The number is the spreadsheet's row where no other sheet has that one.
    """
    others = (*OTHERS, *(name for name in NEEDED if name not in needed))
    found = read_tables(source, grids(source, content), [Shape("Units", tuple(needed), others)], wording)
    if found.problems or not found.rows:
        raise DataError(found.problems or [Problem(source, "lists no unit")])
    rows: dict[int, UnitRow] = {}
    places: dict[int, Row] = {}
    for row in found.rows:
        cells = {name: _plain(text) for name, text in row.cells.items()}
        number = row.number if row.number not in rows else max(rows) + 1
        if _ENTRY.fullmatch(cells["level"]):
            cells["level"] = "0"
        if "barred_set" in cells:
            cells["barred_set"] = " ".join(set_names(cells["barred_set"]))
        rows[number] = {**cells, "group": cells.get("group") or DEFAULT_GROUP}
        places[number] = row
    return rows, places, found.sheets


def _plain(text: str) -> str:
    """A text with spaces for the other blanks (as copied from a handbook's pages), none around it."""
    return "".join(" " if unicodedata.category(each) == "Zs" else each for each in text).strip(" ")


def _present(folder: Path) -> _PresentFolder:
    """What the folder holds; it may be missing, or hold no qualification yet.

    Raises
    ------
    DataError
        If it holds something that does not load.
    """
    units, rules = folder / "units.csv", sorted((folder / "qualifications").glob("*.toml"))
    others = (*rules, *(path for path in [folder / "tasks.csv"] if _exists(path)))
    try:
        text = read_text(units) if _exists(units) else ""
        if not rules and not text.strip():
            return _PresentFolder(folder, "", (), others)
        if not rules and read_table(units, COLUMNS, OPTIONAL_COLUMNS) == Table((), ()):
            return _PresentFolder(folder, text, (), others)
        return _PresentFolder(folder, text, tuple(load_all(folder)), others)
    except DataError as error:
        message = "does not load as it is, so nothing is added to it; mend this first"
        raise DataError([Problem(str(folder), message), *error.problems]) from None


def _exists(path: Path) -> bool:
    """Whether the path is there, as far as this user may see."""
    try:
        return path.exists()
    except OSError:
        return False


def _rule_file(folder: Path, number: str) -> Path:
    """A path that no file has yet: numbers that differ only in signs would share one."""
    rules = folder / "qualifications"
    taken = {path.name.casefold().removesuffix(".toml") for path in rules.glob("*")}
    return rules / f"{unused(slug(number, 'qualification'), taken)}.toml"


# What is wrong


def _option_problems(asked: RuleFileOptions) -> list[Problem]:
    problems = [
        Problem(Parameter(name), "must be one line of text", value=value)
        for name, value in (("number", asked.number), ("title", asked.title))
        if not value or not value.isprintable()
    ]
    if asked.number.isprintable() and asked.number and not folded_ref(asked.number):
        problems.append(Problem(Parameter("number"), "must hold a letter or a digit", value=asked.number))
    for group, least in asked.minimum.items():
        problems += MINIMUM[asked.count].problems("minimum", least, of=group)
    return problems


def _group_problems(asked: RuleFileOptions, rows: Iterable[UnitRow], source: str) -> list[Problem]:
    known = {group for row in rows for group in groups_of(row)}
    message = f"no unit is in this group (groups: {', '.join(sorted(known))})"
    return [
        Problem(source, message, field="group", value=group or "(empty)")
        for group in (*asked.mandatory, *asked.minimum)
        if group not in known
    ]


def _credit_problems(asked: RuleFileOptions, rows: Iterable[UnitRow]) -> list[Problem]:
    offered, limits = told(sum(asked.weight(row) for row in rows)), TOTALS[asked.count]
    if limits.hold(asked.needed) and asked.needed <= offered:
        return []
    message = f"{limits.wanted.removesuffix(limits.words)}from {limits.low} to the {offered} of all units"
    return [Problem(Parameter(asked.count), message, value=str(asked.needed))]


def _row_problems(
    present: _PresentFolder, path: Path, text: str, added: str, source: str, rows: Mapping[int, UnitRow]
) -> list[Problem]:
    """What is wrong with the table, in the order of its rows."""
    own = [*_ref_problems(rows, source), *_unseen_problems(rows, source)]
    told = {(problem.row, problem.field) for problem in own}
    trial = _trial(present, path, text, added, source, tuple(rows))
    own += [problem for problem in trial if (problem.row, problem.field) not in told]
    return sorted(own, key=lambda problem: (problem.source != source, problem.row or 0))


def _ref_problems(rows: Mapping[int, UnitRow], source: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, row in rows.items():
        ref = folded_ref(row["ref"])
        if not ref or ref in seen:
            message = "every unit needs a ref of its own"
            yield Problem(source, message, row=number, field="ref", value=row["ref"] or "(empty)")
        seen.add(ref)


def _unseen_problems(rows: Mapping[int, UnitRow], source: str) -> Iterator[Problem]:
    """Characters without a shape, such as soft hyphens copied from a handbook's pages."""
    for number, row in rows.items():
        for name, text in row.items():
            if unseen := [f"U+{ord(each):04X}" for each in text if not each.isprintable()]:
                message = f"holds a character that cannot be seen ({unseen[0]}); type this cell anew"
                yield Problem(source, message, row=number, field=name, value=printable(text))


def _placed(problem: Problem, source: str, places: Mapping[int, Row]) -> Problem:
    """A problem of a unit, told of the sheet and the row that it stands in."""
    row = places.get(problem.row or 0)
    if problem.source != source or row is None:
        return problem
    if problem.code == DISAGREES and (other := places.get(problem.data["row"])) is not None:
        problem = replace(problem, message=disagreement(f"row {other.number}", problem.data))
    return replace(problem, row=row.number, sheet=row.sheet)


def _trial(
    present: _PresentFolder, path: Path, text: str, added: str, source: str, numbers: Sequence[int]
) -> list[Problem]:
    """What keeps the folder from loading once both files are in it, in the words of the user's own files.

    `numbers` are the table's rows that the units come from.
    """
    origin = dict(enumerate(numbers, start=present.next_row))
    try:
        with tempfile.TemporaryDirectory() as name:
            trial = Path(name)
            (trial / "qualifications").mkdir()
            for other in present.others:
                shutil.copyfile(other, trial / other.relative_to(present.folder))
            (trial / path.relative_to(present.folder)).write_bytes(text.encode())
            (trial / "units.csv").write_bytes((present.units + added).encode())
            try:
                load_all(trial)
            except DataError as error:
                return [_told(problem, trial, present, source, origin) for problem in error.problems]
    except OSError as error:
        raise _cannot(present.folder, "cannot be tried out in a temporary folder", error) from None
    return []


def _told(
    problem: Problem, trial: Path, present: _PresentFolder, source: str, origin: Mapping[int, int]
) -> Problem:
    """A problem of the trial folder, told of the table the user gave or of the folder itself."""
    place = Path(problem.source)
    if place == trial / "units.csv":
        if problem.row is not None and problem.row in origin:
            message = problem.message
            if problem.code == DISAGREES:
                number = problem.data["row"]
                said = {**problem.data, "row": origin.get(number)}
                message = disagreement(f"row {number} of {present.units_path}", problem.data)
                return replace(problem, source=source, row=origin[problem.row], message=message, data=said)
            return replace(problem, source=source, row=origin[problem.row], message=message)
        if problem.field == "barred_set":  # the sets that were there have loaded
            return replace(problem, source=source)
    if place.is_relative_to(trial):
        place = present.folder / place.relative_to(trial)
    return replace(problem, source=str(place))


# What is written


def _added(present: _PresentFolder, number: str, rows: Iterable[UnitRow]) -> str:
    """What the unit file gets at its end: its columns in its order, its line ends."""
    ending = next((each for each in ("\r\n", "\n", "\r") if each in present.units), "\n")
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, present.columns, extrasaction="ignore", lineterminator=ending, restval="")
    if not present.units:
        writer.writeheader()
    for row in rows:
        cells = {name: safe_text(printable(text)) for name, text in row.items()}
        writer.writerow({**cells, "qualification": number})
    joint = "" if not present.units or present.units.endswith(("\n", "\r")) else ending
    return joint + out.getvalue()


def _write(path: Path, text: str, present: _PresentFolder, added: str) -> None:
    """Writes both files; what was written first is taken back where the second cannot be."""
    made: list[Path] = []
    try:
        before = _unchanged(present)
        made += [each for each in (path.parent, *path.parent.parents) if not each.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
        replace_file(present.units_path, before + added.encode(), though_read=True)
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise _cannot(present.folder, "cannot be written to", error) from None
        raise


def _unchanged(present: _PresentFolder) -> bytes:
    """The unit file's bytes (a byte order mark stays), none where it holds nothing.

    Raises
    ------
    DataError
        If it is no longer what was tried: rows that somebody added meanwhile would be lost.
    """
    before = present.units_path.read_bytes() if _exists(present.units_path) else b""
    now = before.decode("utf-8-sig", errors="replace")
    if now != present.units and now.strip():
        message = "was changed by somebody else at this moment; run this again"
        raise DataError([Problem(str(present.units_path), message)])
    return before if present.units else b""


def _cannot(folder: Path, what: str, error: OSError) -> DataError:
    return DataError([Problem(str(folder), f"{what}: {error.strerror or type(error).__name__}")])
