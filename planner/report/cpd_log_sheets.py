"""The sheets Log and Minutes of a CPD workbook: filled in, then read by `planner.cpd.log.read_log`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.catalogue.qualification import in_words
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import MINUTES, MOST_MINUTES, MOST_TIMES, CpdLog, LogEntry
from planner.cpd.scheme import Reading
from planner.report import cpd_tables
from planner.report.workbook_kit import Formula, PlainBook, lines_of

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

HEAD_ROW = 5
"""Row (from 1) of the heads of every table that stands alone on its sheet."""

FIRST_ROW = HEAD_ROW + 1

SPARE_ENTRIES = 100
"""Empty rows of the log, ready to type in."""


def log_of(plan: CyclePlan) -> CpdLog:
    """What a plan takes as done, as a log without dates."""
    entries = [
        LogEntry(activity.ref, year, times)
        for name, (activity, year) in plan.reading.slots.items()
        if (times := plan.intent.done.get(name, 0))
    ]
    return CpdLog(plan.reading, tuple(entries))


def of_minutes(reading: Reading, column: str) -> str:
    """The cells of one column of the sheet Minutes, one an activity; by its letter."""
    last = FIRST_ROW + len(reading.activities) - 1
    return f"{MINUTES}!${column}${FIRST_ROW}:${column}${last}"


def minutes_sheet(book: PlainBook, sheet: Worksheet, plan: CyclePlan, log: CpdLog) -> None:
    """The activities with their points and the time each takes: the estimate, or the member's own."""
    reading, styles, own = plan.reading, book.styles, {**log.minutes, **plan.intent.minutes}
    hint = (
        "Type what an activity takes you, once, in the column Minutes: all hours of this file follow. "
        "Empty: the estimate on file. This sheet is read again when the workbook is handed in as a log."
    )
    book.heading(sheet, "What activities take", "G", hint, 150)
    book.head(sheet, HEAD_ROW, ["Activity", "Title", "Points", "Estimate", "Minutes", "Used", "Basis"])
    for row, activity in enumerate(reading.activities.values(), start=FIRST_ROW):
        taken = own.get(activity.ref)
        used = activity.minutes if taken is None else taken
        book.cells(
            sheet,
            row,
            (activity.ref, styles.cell),
            (activity.title, styles.cell),
            (activity.points, styles.number),
            (activity.minutes, styles.number),
            (taken, styles.edit),
            (Formula(f'=IF(E{row}="",D{row},E{row})', used), styles.number),
            (activity.basis, styles.cell),
        )
        book.fit(sheet, row, (activity.ref, 19), (activity.title, 54), (activity.basis, 62), points=13)
    last = FIRST_ROW + len(reading.activities) - 1
    book.whole_only(sheet, f"E{FIRST_ROW}:E{last}", 0, MOST_MINUTES)
    book.paper(sheet, (20, 54, 10, 10, 10, 10, 62), HEAD_ROW)


def log_sheet(book: PlainBook, sheet: Worksheet, log: CpdLog) -> None:
    """The member's log and empty rows, in the columns that `read_log` reads."""
    reading, start = log.reading, log.start
    cycle = "" if start is None else f" The cycle begins on {in_words(start)}."
    hint = (
        "One row each time something is done: the ref of an activity, its date or the year of the cycle, "
        f"how often. Hand this workbook in as the log to plan anew.{cycle}"
    )
    book.heading(sheet, "Log of activities", "H", hint, 140)
    frame = cpd_tables.log_table(log)
    book.head(sheet, HEAD_ROW, list(frame.columns))
    for row, entry in enumerate(log.entries, start=FIRST_ROW):
        _entry(book, sheet, reading, row, entry)
    filled = FIRST_ROW + len(log.entries) - 1
    for row in range(filled + 1, filled + SPARE_ENTRIES + 1):
        _entry(book, sheet, reading, row, None)
    last = filled + SPARE_ENTRIES
    book.grow(sheet, FIRST_ROW, last)
    book.listed(sheet, f"A{FIRST_ROW}:A{last}", of_minutes(reading, "A"))
    book.dates_only(sheet, f"C{FIRST_ROW}:C{last}")
    for column, low, high in (("D", 1, reading.years), ("E", 1, MOST_TIMES), ("G", 0, MOST_MINUTES)):
        book.whole_only(sheet, f"{column}{FIRST_ROW}:{column}{last}", low, high)
    sheet.print_area(0, 0, max(filled, HEAD_ROW + 15) - 1, 7)
    book.paper(sheet, (20, 50, 12, 7, 8, 8, 9, 50), HEAD_ROW)


def _entry(book: PlainBook, sheet: Worksheet, reading: Reading, row: int, entry: LogEntry | None) -> None:
    """A row of the log; title and points follow what is typed in it."""
    styles = book.styles
    refs = of_minutes(reading, "A")
    # Looking up 2 among 1 and errors finds the one row, and no * or ? in a ref is a wildcard.
    found = f'IFERROR(LOOKUP(2,1/({refs}=A{row}),{of_minutes(reading, "B")}),"")'
    each = f"SUMPRODUCT(({refs}=A{row})*{of_minutes(reading, 'C')})"
    known = None if entry is None else reading.activities[entry.ref]
    title, note = known.title if known else "", entry.note if entry else ""
    points = known.points * entry.times if known and entry else ""
    book.cells(
        sheet,
        row,
        (entry and entry.ref, styles.typed),
        (Formula(f'=IF(A{row}="","",{found})', title), styles.cell),
        (entry and entry.date, styles.date),
        (entry and entry.year, styles.number),
        (entry and entry.times, styles.number),
        (Formula(f'=IF(A{row}="","",{each}*IF(E{row}="",1,E{row}))', points), styles.number),
        (entry and entry.minutes, styles.number),
        (note, styles.typed),
    )
    if max(lines_of(title, 50), lines_of(note, 50)) > 1:
        book.fit(sheet, row, (title, 50), (note, 50), points=13)
