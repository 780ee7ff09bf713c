"""Good files made messy: every reader gives the same answer, or a problem where it does not.

Files are drawn with what must be read of them; `tests/messy.py` makes them messy in several known ways at
once. What was drawn and is not read, or read otherwise, must be told by its row, and belongs to its learner.
"""

from __future__ import annotations

import csv
import random
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from planner import DataError, Problem, load
from planner.authoring.new_qualification import draft
from planner.catalogue.offer import read_offer
from planner.catalogue.units import read_units
from planner.cpd.log import read_log
from planner.cpd.scheme import load_readings
from planner.files.tables import SheetRead
from planner.recognition.eligibility import read_facts
from planner.recognition.scheme_file import load_recognitions
from planner.records.cohort_rows import cohort_file
from planner.records.portfolio_files import portfolio_file
from tests.messy import OPERATIONS, Cell, Column, Expected, Key, Line, Messy, Table
from tests.strategies import deep

REAL = load()
READING = load_readings()["ccmg-ccop-plan"]
SCHEMES = load_recognitions()
TITLES = {unit.ref: unit.title for unit in REAL.units}
STATUSES = ("planned", "in progress", "submitted", "assessed", "verified", "claimed")
START, TODAY = date(2025, 4, 1), date(2026, 11, 22)


@dataclass
class Read:
    """What a reader made of a file: of each item its fields, and all that it said."""

    items: list[tuple[Key, dict[str, Any]]] = field(default_factory=list)
    problems: Sequence[Problem] = ()
    doubt: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    owners: set[str] | None = None
    sheets: Sequence[SheetRead] | None = None
    refused: bool = False


def plain(text: str) -> str:
    """A text as people see it: letters in one form, one blank between words."""
    shown = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join("".join(shown).split())


# The readers


def some_days(draw: random.Random) -> date:
    return START + timedelta(days=draw.randint(0, 590))


def some_learners(draw: random.Random, most: int = 4) -> list[str]:
    names = ["L12a", "1042", "Zoë 3", "b-77", "Ng, P", "O'Hara 5", "2210", "QX/9"]
    return draw.sample(names, draw.randint(2, most))


LEARNER = ("Candidate", "Learner ID", "Student number", "Candidate No.")
UNIT_ROWS = (
    Column("ref", "ref", True, ("Unit", "Unit code", "UAN", "Unit Ref", "unit reference number")),
    Column("status", "status", True, ("Progress", "Unit status", "State")),
    Column("evidence", "text", False, ("Evidence ref", "Evidence refs")),
    Column("assessor", "text", False, ("Assessed by", "Assessor name")),
    Column("date", "date", False, ("Signed off on", "Date signed", "Completion date")),
)
REGISTERED = (
    Column("start", "date", False, ("Start date", "Programme start")),
    Column("target", "date", False, ("Planned end date", "Target date")),
    Column("hours_per_week", "number", False, ("Weekly hours", "Hours a week")),
    Column("site", "text", False, ("Location", "Workplace")),
)


def columns(*wanted: Column) -> list[Column]:
    return [Column(c.key, c.role, c.needed, c.words) for c in wanted]


def a_unit(draw: random.Random, ref: str) -> tuple[dict[str, Cell], dict[str, Any]]:
    day = some_days(draw) if draw.random() < 0.9 else None
    item: dict[str, Any] = {
        "status": draw.choice(STATUSES),
        "evidence": draw.choice(["", "E1", "E2 E7", "Witness, note; café"]),
        "assessor": draw.choice(["A. Assessor", "Bénoît Roux"]),
        "date": day,
    }
    return {"ref": ref, **item}, item


def portfolio(draw: random.Random) -> tuple[list[Table], Expected]:
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    for number, learner in enumerate(some_learners(draw)):
        details: dict[str, Any] = {
            "name": f"Ada Nó {number}",
            "start": some_days(draw),
            "hours_per_week": draw.randint(1, 40),
        }
        for ref in draw.sample(list(TITLES), draw.randint(1, 4)):
            cells, items[learner, ref] = a_unit(draw, ref)
            lines.append(Line((learner, ref), {"learner": learner, **cells, **details}))
        items[learner, ""] = details
    own = (Column("learner", "learner", True, LEARNER), Column("name", "name", False, ("Full name",)))
    if draw.random() < 0.5:
        draw.shuffle(lines)
    return [Table("Sheet1", columns(*own, *UNIT_ROWS, REGISTERED[0], REGISTERED[2]), lines)], Expected(items)


def tracker(draw: random.Random) -> tuple[list[Table], Expected]:
    refs = draw.sample(list(TITLES), 5)
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    for number, learner in enumerate(some_learners(draw)):
        items[learner, ""] = {"name": f"Ada Nó {number}"}
        cells: dict[str, Cell] = {"learner": learner, "name": f"Ada Nó {number}"}
        for ref in refs:
            status, day = draw.choice(["", *STATUSES]), some_days(draw)
            dated = bool(status) and draw.random() < 0.3
            cells[ref] = f"{status} {day:%d/%m/%Y}" if dated else status
            if status:
                items[learner, ref] = {"status": status, "date": day if dated else None}
        lines.append(Line((learner, ""), cells))
    wide = columns(Column("learner", "learner", True, LEARNER), Column("name", "name", False, ("Full name",)))
    unique = Counter(TITLES.values())
    for ref in refs:
        title = TITLES[ref]
        ways = [ref, ref.replace("/", ""), f"{ref} {title}", *([title] if unique[title] == 1 else [])]
        wide.append(Column(ref, "unit", False, (), draw.choice(ways)))
    return [Table("Sheet1", wide, lines)], Expected(items)


def record(draw: random.Random) -> tuple[list[Table], Expected]:
    (learner, *_) = some_learners(draw)
    details: dict[str, Any] = {"name": "Ada Nó", "centre": "Northern Centre", "start": some_days(draw)}
    items: dict[Key, dict[str, Any]] = {(learner, ""): details}
    lines: list[Line | None] = []
    for ref in draw.sample(list(TITLES), draw.randint(2, 6)):
        cells, items[learner, ref] = a_unit(draw, ref)
        lines.append(Line((learner, ref), cells))
    labels: list[list[Cell]] = [
        ["Learner", learner],
        ["Name", "Ada Nó"],
        ["Centre", "Northern Centre"],
        ["Start", details["start"]],
    ]
    draw.shuffle(labels)
    for label in labels:  # wherever a template has them
        label[1:1] = [None] * draw.randint(0, 2)
        label[:0] = [None] * draw.randint(0, 2)
    return [Table("Record", columns(*UNIT_ROWS), lines, labels)], Expected(items)


def decisions(draw: random.Random) -> tuple[list[Table], Expected]:
    tables, expected = portfolio(draw)
    lines: list[Line | None] = []
    learners = sorted({key[0] for key in expected.items})
    words = {
        "recognise": "recognise prior learning",
        "transfer": "credit transfer",
        "accept": "accept a unit from outside as equivalent",
    }
    for ref in draw.sample(list(TITLES), draw.randint(2, 4)):
        learner, kind, day = draw.choice(learners), draw.choice(list(words)), some_days(draw)
        withdrawn = day + timedelta(days=9) if draw.random() < 0.5 else None
        key = (learner, "decision", ref)
        cells: dict[str, Cell] = {
            "learner": learner, "decision": draw.choice([kind, words[kind]]), "unit_or_rule": ref,
            "reason": "Seen at work", "by": "B. Manager", "date": day, "withdrawn": withdrawn,
            "withdrawn_by": "C. Manager" if withdrawn else None,
        }  # fmt: skip
        expected.items[key] = {"kind": kind, "by": "B. Manager", "date": day, "in_force": withdrawn is None}
        lines.append(Line(key, cells))
    wide = columns(
        Column("learner", "learner", True),
        Column("decision", "id", True),
        Column("unit_or_rule", "ref", True),
        Column("reason", "text", True),
        Column("by", "text", True),
        Column("date", "date", True, ("Date of decision",)),
        Column("withdrawn", "date", False, ("Date withdrawn",)),
        Column("withdrawn_by", "text"),
    )
    return [*tables, Table("Decisions", wide, lines)], expected


def read_portfolio(source: str, content: bytes) -> Read:
    found = portfolio_file(REAL, source, content)
    read = Read(problems=found.problems, sheets=found.sheets, owners=set())
    for each in found.portfolios:
        learner = plain(each.learner)
        assert read.owners is not None
        read.owners.add(learner)
        read.doubt[learner], read.left_out[learner] = each.doubt, each.rows_left_out
        read.items.append(((learner, ""), {n: getattr(each.details, n) for n in each.details.__slots__}))
        for entry in each.entries:
            read.items.append(((learner, entry.ref), {n: getattr(entry, n) for n in entry.__slots__}))
        for d in each.decisions:
            said = {"kind": d.kind, "by": d.by, "date": d.date, "in_force": d.in_force}
            read.items.append(((learner, "decision", d.subject), said))
    return read


def cohort(draw: random.Random) -> tuple[list[Table], Expected]:
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    for number, learner in enumerate(some_learners(draw, 6)):
        refs = draw.sample(list(TITLES), 7)
        item: dict[str, Any] = {
            "name": f"Ada Nó {number}", "pins": refs[: draw.randint(0, 2)], "excludes": refs[2:4],
            "held": refs[4 : draw.randint(4, 7)], "tasks": draw.sample(sorted(REAL.tasks), draw.randint(0, 2)),
            "start": some_days(draw), "target": TODAY + timedelta(days=draw.randint(0, 400)),
            "hours_per_week": draw.randint(1, 40), "site": draw.choice(["", "Lèéds"]), "assessor": "A. Roux",
        }  # fmt: skip
        items[learner,] = {n: sorted(v) if isinstance(v, list) else v for n, v in item.items()}
        cells = {n: " ".join(v) if isinstance(v, list) else v for n, v in item.items()}
        lines.append(Line((learner,), {"learner": learner, **cells}))
    wide = columns(
        Column("learner", "learner", True, LEARNER),
        Column("name", "name", False, ("Full name",)),
        Column("pins", "refs", False, ("pin", "Units wanted", "Pinned")),
        Column("excludes", "refs", False, ("exclude", "Excluded")),
        Column("held", "refs", False, ("Units achieved", "Already achieved")),
        Column("tasks", "text", False, ("Tasks at work", "task")),
        Column("assessor", "text", False, ("Assessor name",)),
        *REGISTERED,
    )
    return [Table("Sheet1", wide, lines)], Expected(items)


def read_requests(source: str, content: bytes) -> Read:
    found = cohort_file(REAL, source, content)
    read = Read(problems=found.problems, sheets=found.sheets)
    for each in found.requests:
        wishes, details = each.wishes, each.details
        item = {n: sorted(getattr(wishes, n)) for n in ("pins", "excludes", "held", "tasks")}
        said = {n: getattr(details, n) for n in ("start", "target", "hours_per_week", "site", "assessor")}
        read.items.append(((plain(each.learner),), {"name": each.name, **item, **said}))
    return read


def offer(draw: random.Random) -> tuple[list[Table], Expected]:
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    answers = draw.random() < 0.7
    for at, ref in enumerate(draw.sample(list(TITLES), draw.randint(3, 9))):
        offered = at == 0 or not answers or draw.random() < 0.6
        word = draw.choice(["yes", "Y", "x", "available"] if offered else ["no", "n", "", "not offered"])
        if offered:
            items[ref,] = {}
        lines.append(Line((ref,), {"ref": ref, "offered": word}))
    wide = columns(UNIT_ROWS[0], Column("offered", "answer", False, ("Available", "We offer")))
    return [Table("Sheet1", wide if answers else wide[:1], lines)], Expected(items)


def read_units_offered(source: str, content: bytes) -> Read:
    refs, problems = read_offer(REAL, source, content)
    return Read([((ref,), {}) for ref in sorted(refs)], problems)


def log(draw: random.Random) -> tuple[list[Table], Expected]:
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    titles = Counter(plain(a.title).casefold() for a in READING.activities.values())
    for at, ref in enumerate(draw.sample(list(READING.activities), draw.randint(3, 7))):
        item: dict[str, Any] = {
            "date": some_days(draw),
            "times": draw.randint(2, 9),
            "minutes": draw.randint(5, 500),
            "note": f"café {at}",
        }
        items[ref,] = item
        title = READING.activities[ref].title
        shown = draw.choice([ref, title if titles[plain(title).casefold()] == 1 else ref])
        lines.append(Line((ref,), {"activity": shown, **item}))
    wide = columns(
        Column("activity", "id", True),
        Column("date", "date", False, ("Completion date", "Completed on")),
        Column("times", "number", False, ("How often",)),
        Column("minutes", "number", False, ("Duration in minutes", "Time taken")),
        Column("note", "text", False, ("Notes", "Comments")),
    )
    return [Table("Sheet1", wide, lines)], Expected(items)


def read_activities(source: str, content: bytes) -> Read:
    found = read_log(source, content, READING, start=START, today=TODAY)
    names = ("date", "times", "minutes", "note")
    items: list[tuple[Key, dict[str, Any]]] = [
        ((e.ref,), {n: getattr(e, n) for n in names}) for e in found.entries
    ]
    return Read(items, found.problems, sheets=found.sheets)


def facts(draw: random.Random) -> tuple[list[Table], Expected]:
    every = [(scheme, fact) for scheme in SCHEMES.values() for fact in scheme.facts.values()]
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    for scheme, fact in draw.sample(every, draw.randint(3, 9)):
        number = draw.randint(1, 12)
        value: Cell = number if fact.kind != "yes" else draw.choice(["yes", "no", "true", "y", "n"])
        items[scheme.id, fact.id] = {"value": value if isinstance(value, int) else int(str(value)[0] in "yt")}
        lines.append(Line((scheme.id, fact.id), {"scheme": scheme.id, "fact": fact.id, "value": value}))
    wide = columns(Column("scheme", "id", True), Column("fact", "id", True), Column("value", "answer", True))
    return [Table("Sheet1", wide, lines)], Expected(items)


def read_said(source: str, content: bytes) -> Read:
    found, problems = read_facts(source, content, SCHEMES)
    return Read(
        [((scheme, fact), {"value": v}) for scheme, of in found.items() for fact, v in of.items()], problems
    )


UNIT_COLUMNS = (
    Column("ref", "ref", True, ("Unit ref", "UAN", "Unit code")),
    Column("title", "title", True, ("Unit title", "Unit name")),
    Column("level", "number", True, ("Unit level",)),
    Column("credits", "number", True, ("Credit value", "Credit")),
    Column("glh", "number", True, ("Guided learning hours", "Guided hours")),
    Column("group", "text", False, ("Optional group", "Unit group")),
    Column("barred_set", "text"),
)


def units_of_one(draw: random.Random) -> tuple[list[Table], Expected]:
    lines: list[Line | None] = []
    items: dict[Key, dict[str, Any]] = {}
    for number in range(draw.randint(4, 8)):
        ref = f"{draw.choice('ABC')}/{900 + number}/{draw.randint(1000, 9999)}"
        item: dict[str, Any] = {
            "title": f"Bake a pâté {number}",
            "level": draw.randint(1, 4),
            "credits": draw.choice([draw.randint(2, 9), draw.randint(0, 8) + 0.5]),
            "glh": draw.randint(2, 90),
            "group": draw.choice("AB"),
            "barred_set": "Set 1" if number < 2 else "Set 2" if number < 4 else "",
        }
        items[ref,] = {**item, "barred_set": item["barred_set"].replace(" ", "-")}
        lines.append(Line((ref,), {"ref": ref, **item}))
    return [Table("Sheet1", columns(*UNIT_COLUMNS), lines)], Expected(items)


def read_new(source: str, content: bytes) -> Read:
    with tempfile.TemporaryDirectory() as name:
        draft(source, content, Path(name), number="900/1", title="Bakery", credits=1)
        with (Path(name) / "units.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    return Read([_unit(row) for row in rows])


def _unit(row: Mapping[str, Any]) -> tuple[Key, dict[str, Any]]:
    numbers = {name: float(row[name]) for name in ("level", "credits", "glh")}
    return (row["ref"],), {**{name: row[name] for name in ("title", "group", "barred_set")}, **numbers}


def units_file(draw: random.Random) -> tuple[list[Table], Expected]:
    tables, expected = units_of_one(draw)
    more = {"qualification": "900/1", "strategy": "A", "level_confidence": "high", "tags": "core"}
    for line in tables[0].rows:
        line.cells |= more
    tables[0].columns += [Column(key, "same", True) for key in more]
    return tables, expected


def read_unit_file(source: str, content: bytes) -> Read:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "units.csv"
        path.write_bytes(content)
        found = read_units(path)
    rows = [{n: getattr(unit, n) for n in unit.__slots__} for units in found.values() for unit in units]
    return Read([_unit({**row, "barred_set": " ".join(row["barred_sets"])}) for row in rows])


@dataclass(frozen=True)
class Reader:
    """A reader, how its files are drawn, and how many of the ways to mess them up it must at least meet."""

    draw: Callable[[random.Random], tuple[list[Table], Expected]]
    read: Callable[[str, bytes], Read]
    ways: int
    owned: bool = False
    whole: bool = False
    """Whether one bad row refuses the file."""


READERS = {
    "portfolio": Reader(portfolio, read_portfolio, 8, owned=True),
    "tracker": Reader(tracker, read_portfolio, 8, owned=True),
    "record": Reader(record, read_portfolio, 8, owned=True),
    "decisions": Reader(decisions, read_portfolio, 8, owned=True),
    "cohort": Reader(cohort, read_requests, 8),
    "offer": Reader(offer, read_units_offered, 8),
    "log": Reader(log, read_activities, 8),
    "facts": Reader(facts, read_said, 8),
    "new": Reader(units_of_one, read_new, 8, whole=True),
    "units": Reader(units_file, read_unit_file, 8, whole=True),
}


# The property


def made(kind: str, seed: int, ways: Collection[str] | None = None) -> tuple[Messy, list[str]]:
    """A file drawn and made messy, and in which ways: in some of the ways that the seed draws, if told."""
    draw = random.Random(f"{kind} {seed}")
    tables, expected = READERS[kind].draw(draw)
    refs = {} if kind in ("new", "units", "log", "facts") else TITLES
    messy = Messy(draw, tables, expected, refs, kind, workbook=kind != "units")
    drawn = draw.sample(list(OPERATIONS), draw.randint(1, 7))
    done = []
    for name in [name for name in OPERATIONS if name in drawn and (ways is None or name in ways)]:
        messy.draw = random.Random(f"{kind} {seed} {name}")
        if OPERATIONS[name](messy):
            done.append(name)
    return messy, done


def silent(kind: str, messy: Messy) -> tuple[list[str], int, str]:
    """What of a file is read wrong and not told; how many items were compared; what was said."""
    source, content = messy.written()
    try:
        read = READERS[kind].read(source, content)
    except DataError as error:
        read = Read(problems=error.problems, refused=True)
    wrong, compared = Judge(kind, messy, read).wrong()
    return wrong, compared, "\n".join(map(str, read.problems))


@dataclass
class Judge:
    """Compares what was read with what was drawn."""

    kind: str
    messy: Messy
    read: Read

    def told(self, lines: Iterable[Line]) -> bool:
        """Whether a problem names one of these rows."""
        return any(
            problem.row == line.row and problem.sheet == line.sheet
            for line in lines
            for problem in self.read.problems
        )

    def named(self, text: str) -> bool:
        """Whether a problem names this."""
        return any(text in (p.field, p.sheet, p.value) or text in p.message for p in self.read.problems)

    def lost(self) -> set[str]:
        """The fields whose column was not read, if that is said."""
        lost = set()
        for header, (key, _) in self.messy.expected.headers.items():
            columns = [each.columns for each in self.read.sheets or ()]
            shown = any(
                name.strip(" :").casefold() == header.casefold()
                for of in columns
                for name in of
                if of[name] is None
            )
            if shown or self.named(header) or (self.read.refused and self.named(key)):
                lost.add(key)
        return lost

    def wrong(self) -> tuple[list[str], int]:
        expected, read = self.messy.expected, self.read
        if read.refused and (
            self.lost() or (READERS[self.kind].whole and any(map(self.named, expected.sheets)))
        ):
            return [], 1  # said of the whole file
        if "learner" in self.lost() and expected.headers and not self.unread():
            return [], 1  # a name says who it is, and that is said
        found = [
            f"nothing is said of row {line.row} {line.sheet}"
            for line in expected.said
            if not self.told([line])
            and line.key not in self.unread()
            and line.spoilt not in self.lost()
            and not (line.spoilt == "withdrawn_by" and self.lost())
        ]
        if READERS[self.kind].whole and read.refused:  # one of them is enough to refuse it
            lines = [*expected.said, *(line for lines in expected.several.values() for line in lines)]
            return ([] if self.told(lines) else found or ["refused"]), 1
        found += [
            f"nothing is said of {key}" for key, lines in expected.several.items() if not self.told(lines)
        ]
        found += [f"nothing is said of sheet {name}" for name in expected.sheets if not self.named(name)]
        if read.refused:
            missing = [key for key in expected.items if not self.may_be_missing(key)]
            return [*found, *([f"refused: {missing}"] if missing else [])], 1
        if read.sheets is not None and self.messy.workbook:
            unnamed = {table.name for table in self.messy.tables} - {each.name for each in read.sheets}
            found += [f"sheet {name} is not named" for name in unnamed]
        times = Counter(key for key, _ in read.items)
        if "offered" not in self.lost():
            found += [f"{key} was never drawn" for key in times if key not in expected.items]
        found += [f"{key} was read twice" for key, number in times.items() if number > 1]
        items = dict(read.items)
        for key, item in expected.items.items():
            found += self.missing(key) if key not in items else self.differs(key, item, items[key])
        for owner in expected.doubted:
            if not read.doubt.get(plain(owner)) or not self.named(plain(owner)):
                found.append(f"{owner} is not doubted")
        if READERS[self.kind].owned:
            found += self.owners(items)
        return found, len(expected.items)

    def unread(self) -> set[Key]:
        """The items of a sheet of which a problem says that it was not read."""
        tables = [table for _, table in self.messy.expected.headers.values() if table is not None]
        names = {p.sheet for p in self.read.problems if p.sheet and p.row is None and "not read" in p.message}
        return {line.key for table in tables if table.name in names for line in table.rows if line.key}

    def is_unread(self, key: Key) -> bool:
        """Whether an item stands on such a sheet; those of a tracker stand in their learner's row."""
        unread = self.unread()
        return key in unread or (self.kind == "tracker" and (key[0], "") in unread)

    def may_be_missing(self, key: Key) -> bool:
        if self.is_unread(key):
            return True
        rows = [line for table in self.messy.tables for line in table.rows if line.key == key]
        if self.lost() and self.told(rows):  # it contradicts itself without that column
            return True
        if "decision" in key and key[0] not in (self.read.owners or ()) and self.told(rows):
            return True
        if "decision" in key and any("withdrawn" in name for name in self.lost()):
            return True  # the whole sheet is left out, which is counted for each learner
        lines = [line for lines in self.messy.expected.lacking.get(key, {}).values() for line in lines]
        details = key[1:] == ("",)  # what is said of a learner is lost with the rows that say it
        return self.told(lines) or (details and (self.read.refused or key[0] not in (self.read.owners or ())))

    def missing(self, key: Key) -> list[str]:
        return [] if self.may_be_missing(key) else [f"{key} is missing"]

    def differs(self, key: Key, item: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
        owner, found = key[0], []
        lacking, lost = self.messy.expected.lacking.get(key, {}), self.lost()
        several = key in self.messy.expected.several and ("date" in lacking or "date" in lost)
        for name, value in item.items():
            now = read[name]
            same = (
                plain(now) == plain(value)
                if isinstance(value, str) and isinstance(now, str)
                else now == value
            )
            if same or name in lost or owner in self.messy.expected.doubted:
                continue
            if several and self.told(self.messy.expected.several[key]):
                continue
            told = self.told(lacking.get(name, [])) and now in (None, "", [], 1)
            if key[1:] == ("",) and now in (None, ""):
                told |= bool(self.read.left_out.get(owner)) or any(
                    p.field == name for p in self.read.problems
                )
            if not told:
                found.append(f"{key} {name}: {value!r} is read as {now!r}")
        return found

    def owners(self, items: Mapping[Key, Any]) -> list[str]:
        """Whose rows were left out and not counted, and who has vanished."""
        expected, read = self.messy.expected, self.read
        assert read.owners is not None
        found = []
        for owner in {key[0] for key in expected.items}:
            keys = [key for key in expected.items if key[0] == owner and key[1:] != ("",)]
            keys = [key for key in keys if not self.is_unread(key) or self.kind != "tracker"]
            if owner not in read.owners:  # a decision alone makes nobody a learner
                keys = [key for key in keys if "decision" not in key]
            missing = [key for key in keys if key not in items and key not in expected.nobody]
            known = any(key not in expected.nobody for key in keys)
            if known and owner not in read.owners:
                found.append(f"{owner} has vanished")
            elif len(missing) > read.left_out.get(owner, 0) and not read.doubt.get(owner):
                found.append(f"{owner} lacks {missing} and has {read.left_out.get(owner)} rows left out")
        return found


@pytest.mark.parametrize("kind", READERS)
def test_a_messy_file_is_read_as_the_good_one_or_a_problem_says_where_not(kind: str) -> None:
    used: Counter[str] = Counter()
    compared = 0
    for seed in range(deep(45, 220)):
        messy, ways = made(kind, seed)
        wrong, number, said = silent(kind, messy)
        if wrong:
            least = list(ways)
            for way in ways:
                fewer = [each for each in least if each != way]
                if silent(kind, made(kind, seed, fewer)[0])[0]:
                    least = fewer
            messy, _ = made(kind, seed, least)
            wrong, _, said = silent(kind, messy)
            pytest.fail(f"{kind}, seed {seed}, {least}:\n" + "\n".join(wrong) + f"\nsaid:\n{said}")
        used.update(ways)
        compared += number
    assert len(used) >= READERS[kind].ways, sorted(set(OPERATIONS) - set(used))
    assert compared >= deep(45, 220) * 3
