"""Logs of activities: what is read, what is left out, and that what is written reads back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.cpd.log import (
    MOST_ENTRIES,
    CpdLog,
    LogEntry,
    points_since,
    read_log,
    to_csv,
    year_of,
)
from planner.cpd.scheme import Reading, load_readings, slot
from planner.errors import DataError
from planner.report.cpd_tables import log_table
from tests.strategies import deep

START = date(2025, 4, 1)
TODAY = date(2026, 11, 22)
READING = load_readings()["ccmg-ccop-plan"]


def read(text: str, start: date | None = START, source: str = "log.csv") -> CpdLog:
    return read_log(source, text.encode(), READING, start=start, today=TODAY)


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_log_is_read_by_date_and_by_year() -> None:
    log = read("activity,date,times\narticle,2025-04-01,3\nArticle,31/03/2026,\nBLOG,2026-04-01,2\n")
    assert log.problems == ()
    assert [(entry.ref, entry.year, entry.times) for entry in log.entries] == [
        ("article", 1, 3),
        ("article", 1, 1),
        ("blog", 2, 2),
    ]
    assert log.done == {slot("article", 1): 4, slot("blog", 2): 2}
    assert log.last_year == 2
    by_year = read("Activity;Year\nAttend a CCMG event;3\n", start=None)
    assert by_year.done == {slot("ccmg-event", 3): 1}


def test_a_year_wins_where_the_start_is_not_known_and_the_date_is_kept() -> None:
    log = read("activity,date,year\narticle,2026-05-01,2\n", start=None)
    assert log.entries == (LogEntry("article", 2, 1, date(2026, 5, 1)),)


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("artikle,2025-05-01,,,,", "activity", "no activity of this scheme has this ref or title; did you mean article?"),
        (",2025-05-01,,,,", "activity", "must not be empty"),
        ("article,,,,,", "year", "neither date nor year says when"),
        ("article,2025-13-01,,,,", "date", "is not a date such as 2026-11-22"),
        ("article,2025-03-31,,,,", "date", "lies outside the cycle of 3 years that begins on 2025-04-01"),
        ("article,2026-11-23,,,,", "date", "lies in the future"),
        ("article,,0,,,", "year", "must be a whole number from 1 to 3"),
        ("article,,4,,,", "year", "must be a whole number from 1 to 3"),
        ("article,,3,,,", "year", "this year of the cycle that begins on 2025-04-01 has not begun"),
        ("article,2025-05-01,2,,,", "year", "the date 2025-05-01 lies in year 1"),
        ("article,2025-05-01,,0,,", "times", "must be a whole number from 1 to 1,000"),
        ("article,2025-05-01,,1001,,", "times", "must be a whole number from 1 to 1,000"),
        ("article,2025-05-01,,1.5,,", "times", "must be a whole number"),
        ("article,2025-05-01,,٣,,", "times", "must be a whole number"),
        ("article,2025-05-01,,,-1,", "minutes", "must be a whole number from 0 to 100,000"),
        ("article,2025-05-01,,,," + "x" * 4001, "note", "is longer than 4,000 characters"),
    ],
)  # fmt: skip
def test_a_bad_row_is_listed_and_left_out_and_the_good_ones_are_answered(
    row: str, field: str, words: str
) -> None:
    log = read(f"activity,date,year,times,minutes,note\nblog,2025-04-02,,,,\n{row}\nbook,2025-04-03,,,,\n")
    assert [entry.ref for entry in log.entries] == ["blog", "book"]
    (problem,) = log.problems
    assert (problem.row, problem.field) == (3, field)
    assert words in problem.message
    assert problem.value
    assert len(problem.value) <= 200


def test_a_date_after_the_cycle_is_outside_of_it() -> None:
    log = read("activity,date\narticle,2026-11-01\n", start=date(2023, 11, 1))
    assert log.problems[0].message == "lies outside the cycle of 3 years that begins on 2023-11-01"
    last = read("activity,date\narticle,2026-10-31\n", start=date(2023, 11, 1))
    assert last.done == {slot("article", 3): 1}


def test_a_date_without_the_start_of_the_cycle_says_what_it_needs() -> None:
    log = read("activity,date\narticle,2025-05-01\n", start=None)
    assert log.entries == ()
    assert "needs the first day of the cycle, or a column year" in log.problems[0].message


def test_a_cycle_that_begins_on_a_leap_day_has_whole_years() -> None:
    start = date(2024, 2, 29)
    days = [
        date(2024, 2, 28),
        start,
        date(2025, 2, 28),
        date(2025, 3, 1),
        date(2027, 2, 28),
        date(2027, 3, 1),
    ]
    assert [year_of(day, start, 3) for day in days] == [None, 1, 1, 2, 3, 4]
    assert year_of(date(2040, 1, 1), start, 3) == 4


def test_a_file_without_the_column_of_activities_is_refused() -> None:
    with pytest.raises(DataError, match="this column is missing"):
        read("activty,year\narticle,1\n")


def test_the_logs_of_several_members_are_not_added_up() -> None:
    rows = "activity,year,member\narticle,1,Learner 7\narticle,1,{}\n"
    assert read(rows.format("Learner 7")).done == {slot("article", 1): 2}
    with pytest.raises(DataError) as error:
        read(rows.format("Ada Example"))
    (problem,) = error.value.problems
    assert (problem.message, problem.field) == ("must be the log of one member", "member")
    assert problem.value == "Ada Example, Learner 7"


def test_a_workbook_is_read_by_its_sheets_and_dates_are_dates() -> None:
    content = workbook(
        Plan=[["Activity", "Year"], ["blog", 1]],
        Log=[["My log"], ["Activity", "Date", "Times"], ["article", date(2025, 5, 1), 2]],
        Minutes=[["Activity", "Minutes"], ["article", 45], ["blog", None], ["nothing", 3], ["book", -3]],
    )
    log = read_log("log.xlsx", content, READING, start=START, today=TODAY)
    assert log.done == {slot("article", 1): 2}
    assert log.minutes == {"article": 45}
    assert [problem.field for problem in log.problems] == ["activity", "minutes"]


def test_a_workbook_without_a_sheet_of_that_name_is_read_from_the_first_with_activities() -> None:
    content = workbook(Cover=[["Hello"]], Mine=[["activity", "year"], ["article", 1]])
    assert read_log("log.xlsx", content, READING, start=None).done == {slot("article", 1): 1}


def test_minutes_are_read_from_a_sheet_of_their_own() -> None:
    log: list[list[object]] = [["activity", "year"], ["article", 1]]
    rows: list[list[object]] = [["activity", "minutes"], ["Article", 45], ["article", 45], ["blog", 90]]
    rows += [["blog", 91], ["book", None]]
    found = read_log("m.xlsx", workbook(Log=log, Minutes=rows), READING, start=None)
    assert found.minutes == {"article": 45, "blog": 90}
    assert [(problem.row, problem.sheet, problem.message) for problem in found.problems] == [
        (5, "Minutes", "blog stands above with 90 minutes")
    ]
    assert read_log("m.xlsx", workbook(Log=log, Other=rows), READING, start=None).minutes == {}


NOTES = ["=1+1", "'=1", "'", "''x", 'a;b,c"d', "+", "-3", "@x", "it's", "two words"]
notes = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=9) | st.sampled_from(NOTES)
entries = st.builds(
    LogEntry,
    ref=st.sampled_from(sorted(READING.activities)),
    year=st.just(1),
    times=st.integers(1, 1000),
    date=st.none() | st.dates(START, date(2026, 3, 31)),
    minutes=st.none() | st.integers(0, 100_000),
    note=notes,
)


@settings(max_examples=80)
@given(st.lists(entries, max_size=6), st.booleans())
def test_what_is_written_reads_back_without_loss(found: list[LogEntry], known: bool) -> None:
    start = START if known else None
    log = CpdLog(READING, tuple(found), start=start)
    again = read_log("log.csv", to_csv(log), READING, start=start, today=TODAY)
    assert again == log


def test_no_note_becomes_a_formula_in_the_csv_file() -> None:
    log = CpdLog(READING, (LogEntry("article", 1, note='=HYPERLINK("http://x")'),))
    assert "'=HYPERLINK" in to_csv(log).decode("utf-8-sig")


def test_the_table_of_a_log_reads_back_from_a_workbook() -> None:
    found = (LogEntry("article", 1, 2, date(2025, 5, 1), 30, "'=a note"), LogEntry("blog", 1))
    frame = log_table(CpdLog(READING, found))
    assert frame["Points"].tolist() == [2, 2]
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Log")
    for place, name in enumerate(frame.columns):
        sheet.write_string(0, place, name)
        for number, value in enumerate(frame[name].astype(object).where(frame[name].notna(), ""), start=1):
            sheet.write_string(number, place, str(value))
    book.close()
    again = read_log("log.xlsx", file.getvalue(), READING, start=START, today=TODAY)
    assert (again.entries, again.problems) == (found, ())


def test_the_last_twelve_months_count_what_is_dated() -> None:
    log = CpdLog(
        READING,
        (
            LogEntry("ccmg-event", 1, 1, date(2025, 11, 22)),  # the day before the first
            LogEntry("ccmg-event", 1, 2, date(2025, 11, 23)),
            LogEntry("article", 2, 20, TODAY),  # 15 count
            LogEntry("blog", 2, 4),
            LogEntry("blog", 2, 1, date(2026, 11, 23)),  # after the last
        ),
    )
    found = points_since(log, READING, TODAY)
    assert (found.first, found.last, found.points) == (date(2025, 11, 23), TODAY, 2 * 2 + 15)
    assert (found.dated, found.undated) == (2, 1)
    assert found.in_words == ("19 points from 2025-11-23 to 2026-11-22; 1 entry without a date is left out.")
    none = points_since(CpdLog(READING), READING, date(2028, 2, 29))
    assert (none.points, none.first, none.in_words) == (
        0,
        date(2027, 3, 1),
        "0 points from 2027-03-01 to 2028-02-29.",
    )


def test_points_depend_on_the_reading() -> None:
    log = CpdLog(READING, (LogEntry("pdp", 1, 1, TODAY),))
    table_reading = load_readings()["ccmg-ccop-sections-table"]
    assert points_since(log, READING, TODAY).points == 10
    assert points_since(log, table_reading, TODAY).points == 1


def test_a_log_that_is_too_long_is_read_in_part_and_that_is_said() -> None:
    log = read("activity,year\n" + "article,1\n" * (MOST_ENTRIES + 5))
    assert len(log.entries) == MOST_ENTRIES
    assert log.problems[-1].message.startswith(f"nothing was read from row {MOST_ENTRIES + 2} on")


def test_thousands_of_unknown_activities_are_refused_in_a_moment() -> None:
    log = read("activity,year\n" + "".join(f"unknown thing {n},1\n" for n in range(MOST_ENTRIES)))
    assert len(log.problems) == MOST_ENTRIES
    assert log.entries == ()


@pytest.mark.parametrize(
    ("source", "content", "message"),
    [
        ("log.csv", b"", "is empty"),
        ("log.csv", b"\x00\x01", "holds NUL bytes"),
        ("log.xlsx", b"PK\x03\x04 not a workbook", "is damaged"),
        ("log.xlsx", b"activity,year\n", "is a text file, not a workbook"),
        ("log.exe", b"activity,year\n", "must have a name that ends in .csv, .txt, .tsv or .xlsx"),
        ("log.csv", b"\n\n", "holds no row; the header must name activity"),
    ],
)
def test_hostile_files_are_refused_in_words(source: str, content: bytes, message: str) -> None:
    with pytest.raises(DataError) as error:
        read_log(source, content, READING, start=None)
    (problem,) = error.value.problems
    assert problem.source == source
    assert problem.message.startswith(message)


# What a cell means, by hand: years 1 and 2 of the cycle that begins on 1 April 2025 have begun; None is wrong.
ACTIVITY_CELLS = {
    "article": "article",
    " Article ": "article",
    "blog": "blog",
    "artikle": None,
    "": None,
    "=1+1": None,
}
DATE_CELLS = {
    "": 0,
    "2025-04-01": 1,
    "31/03/2026": 1,
    "2026-04-01": 2,
    "2026-11-23": None,
    "2025-03-31": None,
    "soon": None,
}
YEAR_CELLS = {"": 0, "1": 1, "2": 2, "3": None, "0": None, "4": None, "one": None}
TIMES_CELLS = {"": 1, "1": 1, "1000": 1000, "1001": None, "0": None, "-1": None, "1.5": None, "\u0663": None}


def cells(meanings: dict[str, Any]) -> st.SearchStrategy[str]:
    """A cell, mostly right."""
    right = [text for text, meaning in meanings.items() if meaning is not None]
    wrong = [text for text, meaning in meanings.items() if meaning is None]
    return st.sampled_from([*right * 8, *wrong])


def entry_of(row: tuple[str, str, str, str]) -> LogEntry | None:
    """The oracle: the entry that a row is; None if anything in it is wrong."""
    ref, by_date, by_year, times = (
        ACTIVITY_CELLS[row[0]], DATE_CELLS[row[1]], YEAR_CELLS[row[2]], TIMES_CELLS[row[3]],
    )  # fmt: skip
    if ref is None or by_date is None or by_year is None or times is None or not (by_date or by_year):
        return None
    if by_date and by_year and by_date != by_year:
        return None
    day = {"2025-04-01": START, "31/03/2026": date(2026, 3, 31), "2026-04-01": date(2026, 4, 1)}.get(row[1])
    return LogEntry(ref, by_date or by_year, times, day)


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode("utf-8", "replace")


def test_each_row_is_an_entry_or_is_told_as_the_oracle_says() -> None:
    good, bad = 0, 0

    @settings(max_examples=deep(100, 2_000))
    @given(
        st.lists(
            st.tuples(cells(ACTIVITY_CELLS), cells(DATE_CELLS), cells(YEAR_CELLS), cells(TIMES_CELLS)),
            min_size=1,
            max_size=8,
        )
    )
    def check(rows: list[tuple[str, str, str, str]]) -> None:
        nonlocal good, bad
        content = as_csv([("activity", "date", "year", "times"), *rows])
        if not any(cell.strip() for row in rows for cell in row):
            return
        log = read_log("log.csv", content, READING, start=START, today=TODAY)
        expected = [entry_of(row) for row in rows]
        assert list(log.entries) == [entry for entry in expected if entry]
        told = [
            number
            for number, (row, entry) in enumerate(zip(rows, expected, strict=True), start=2)
            if entry is None and any(row)  # a blank row says nothing
        ]
        assert sorted({problem.row or 0 for problem in log.problems}) == told
        good, bad = good + len(log.entries), bad + len(told)

    check()
    assert min(good, bad) >= 40


def test_no_cell_breaks_the_reader() -> None:
    read_though, refused = 0, 0
    right = ["article", "2025-05-01", "1", "2", "30", "a note"]

    @settings(max_examples=deep(150, 3_000))
    @given(
        st.integers(0, 5),
        st.text(st.characters(exclude_characters="\x00"), max_size=6) | st.sampled_from(NOTES),
    )
    def check(place: int, text: str) -> None:
        nonlocal read_though, refused
        row = [text if place == column else cell for column, cell in enumerate(right)]
        content = as_csv([("activity", "date", "year", "times", "minutes", "note"), row, ["blog", "", "1"]])
        log = read_log("log.csv", content, READING, start=START, today=TODAY)
        assert log.entries[-1] == LogEntry("blog", 1)
        if len(log.entries) == 2:
            assert log.problems == ()
            read_though += 1
        else:
            assert [problem.row for problem in log.problems] == [2]
            refused += 1

    check()
    assert min(read_though, refused) >= 20


def test_a_log_is_of_one_reading_and_counts_under_another(readings: dict[str, Reading]) -> None:
    log = CpdLog(READING, (LogEntry("article", 1, 3),))
    for other in readings.values():
        assert replace(log, reading=other).done == log.done


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    return load_readings()
