"""Everything that a register keeps as one workbook, which the register reads back without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from planner.catalogue.qualification import in_words
from planner.records.agreed import CALENDAR, COLUMNS
from planner.records.cohort_rows import SHEET
from planner.records.decision_rows import DECISION_COLUMNS, DECISION_OPTIONAL
from planner.records.portfolios import DATES, DECISIONS, DETAILS, PORTFOLIO, REGISTRATION, TEXTS
from planner.records.wishes import held_texts
from planner.register import About, Kept
from planner.register.reading import OF_LEARNER, SAMPLES
from planner.register.rows import as_entries
from planner.register.sample_rows import OF_SAMPLE
from planner.report.tables import NO, YES
from planner.report.workbook_kit import PlainBook

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_OF_UNIT = ("learner", "qualification", "ref", "status", *TEXTS, *DATES, "progress")
_OF_CALENDAR = ("learner", "qualification", *COLUMNS[1:])
_OF_DECISION = ("learner", "qualification", *DECISION_COLUMNS, *DECISION_OPTIONAL[1:])
_OF_SAMPLE = ("learner", "qualification", *OF_SAMPLE)

_WIDTHS = {"evidence": 34.0, "reason": 40.0, "outside": 28.0, "name": 24.0, "unit_or_rule": 18.0,
           "drawn": 34.0, "outcome": 34.0, "action": 34.0}  # fmt: skip

CAVEATS = (
    "Whoever has this file has names, statuses and decisions. Keep it as you keep the register.",
    "It holds what is kept now, not the history: that is in a backup of the register.",
    "Without signing in, roles guard against slips, not against whoever holds the file of the register.",
)


OF_KEPT = (SHEET, PORTFOLIO, DECISIONS, CALENDAR, SAMPLES)
OF_PERSON = ("History", "Changes", "Rows", "Named elsewhere")

OF_PERSON_CAVEATS = (
    "This is about one learner, and for that learner. Others are named where what is kept of them does.",
    "Rows has each value as it is kept, Changes each one that an event changed.",
    "Named elsewhere tells where texts about others name this learner; what they say is the others'.",
)


def register_workbook(kept: Sequence[Kept], head: str, today: date | None = None) -> bytes:
    """The registrations as the bytes of an .xlsx file; `head` is the digest of the last event.

    Sheets: Cohort (a row each registration), Portfolio (a row each unit), Decisions, Calendar (a row each
    unit of a calendar agreed), Samples (a row each assessment that was drawn) and About.
    """
    day = today or date.today()
    book = PlainBook("Register", f"Kept on {in_words(day)}", day)
    sheets = book.add(*OF_KEPT, "About")
    _kept(book, sheets, kept)
    facts = [("Registrations", len(kept))]
    _facts(book, sheets["About"], facts, head, CAVEATS)
    return book.content(first=SHEET)


def person_workbook(about: About, kept: Sequence[Kept], head: str, today: date | None = None) -> bytes:
    """Everything about one learner as the bytes of an .xlsx file; `kept` are their registrations.

    Sheets: those of `register_workbook`, and History (a row each event), Changes (a row each value that one
    changed), Rows (a row each value as it is kept), Named elsewhere, and About.
    """
    day = today or date.today()
    book = PlainBook("About one learner", f"{about.learner}, kept on {in_words(day)}", day)
    sheets = book.add(*OF_KEPT, *OF_PERSON, "About")
    _kept(book, sheets, kept)
    history, changes, rows, elsewhere = (sheets[name] for name in OF_PERSON)
    events = [each.happened.to_json() for each in about.events]
    _table(book, history, ("event", "at", "by", "role", "words", "import"), events)
    changed = (
        {"event": each.happened.number, "field": name, "before": old, "after": new}
        for each in about.events
        for name, old, new in each.changes
    )
    _table(book, changes, ("event", "field", "before", "after"), changed)
    values = (
        {"row": f"{table} {row['id']}", "field": f"{table}.{name}", "value": value}
        for table, row in about.rows
        for name, value in row.items()
        if value not in ("", None)
    )
    _table(book, rows, ("row", "field", "value"), values)
    places = ({"table": table, "id": row, "field": name} for table, row, name in about.elsewhere)
    _table(book, elsewhere, ("table", "id", "field"), places)
    facts = [("Learner", about.learner), ("Registrations", len(kept)), ("Events", len(about.events))]
    _facts(book, sheets["About"], facts, head, OF_PERSON_CAVEATS)
    return book.content(first=SHEET)


def _facts(
    book: PlainBook, sheet: Worksheet, facts: Iterable[tuple[str, object]], head: str, caveats: Sequence[str]
) -> None:
    said = [("Kept on", in_words(book.today)), *facts, ("Head of the history", head or "(none)")]
    book.about_sheet(sheet, said, caveats)


def _kept(book: PlainBook, sheets: Mapping[str, Worksheet], kept: Sequence[Kept]) -> None:
    """The sheets of what is kept now."""
    _table(book, sheets[SHEET], OF_LEARNER, map(_learner, kept))
    units = (
        {
            "learner": each.learner,
            "qualification": each.qualification,
            **{name: getattr(entry, name) for name in _OF_UNIT[2:]},
        }
        for each in kept
        for entry in as_entries(each.portfolio)
    )
    _table(book, sheets[PORTFOLIO], _OF_UNIT, units)
    decisions = (
        {
            "learner": each.learner,
            "qualification": each.qualification,
            "decision": decision.kind,
            "unit_or_rule": decision.subject,
            **{name: getattr(decision, name) for name in _OF_DECISION[4:]},
        }
        for each in kept
        for decision in each.portfolio.decisions
    )
    _table(book, sheets[DECISIONS], _OF_DECISION, decisions)
    days = (
        {
            "learner": each.learner,
            "qualification": each.qualification,
            "ref": ref,
            "start": first,
            "finish": last,
        }
        for each in kept
        for ref, (first, last) in each.calendar.items()
    )
    _table(book, sheets[CALENDAR], _OF_CALENDAR, days)
    samples = (
        {
            "learner": each.learner,
            "qualification": each.qualification,
            **{name: getattr(sampled, name) for name in OF_SAMPLE},
        }
        for each in kept
        for sampled in each.samples
    )
    _table(book, sheets[SAMPLES], _OF_SAMPLE, samples)


def _learner(kept: Kept) -> Mapping[str, object]:
    """A registration, and what is wished of a plan."""
    details, wishes = kept.portfolio.details, kept.request.wishes
    wished: dict[str, object] = dict.fromkeys(
        ("pins", "excludes", "held", "tasks", "goals", "keep", "survive")
    )
    if kept.wished:
        wished = {
            **{name: " ".join(sorted(getattr(wishes, name))) for name in ("pins", "excludes", "keep")},
            **{name: " ".join(getattr(wishes, name)) for name in ("tasks", "goals")},
            "held": " ".join(held_texts(wishes)),
            "survive": wishes.survive,
        }
    return {
        "learner": kept.learner,
        "qualification": kept.qualification,
        **{name: getattr(details, name) for name in (*DETAILS, *REGISTRATION)},
        "iqa": kept.iqa,
        "breaks": kept.breaks,
        "recorded": YES if kept.portfolio.recorded else NO,
        **wished,
        "agreed": " ".join(kept.agreed),
        "wished": YES if kept.wished else NO,
    }


def _table(
    book: PlainBook, sheet: Worksheet, columns: Sequence[str], rows: Iterable[Mapping[str, object]]
) -> None:
    book.head(sheet, 1, columns)
    for number, row in enumerate(rows, start=2):
        for place, name in enumerate(columns):
            value = row[name]
            if value not in ("", None):
                style = book.styles.date if isinstance(value, date) else book.styles.cell
                book.write(sheet, number, place, value, style)
    book.paper(sheet, [_WIDTHS.get(name, 16.0) for name in columns], 1)
