"""Reading tables as people hand them in: what is read, what is refused, and what it may cost."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from planner.errors import DataError
from planner.files.headers import Shape, one_of
from planner.files.people import spoiled
from planner.files.sheets import Grid, grids, read_bytes
from planner.files.tables import Tables, read_tables
from planner.files.text_files import Table
from planner.files.workbook_guard import vetted
from tests import hostile
from tests.hostile import row, workbook
from tests.strategies import deep

COLUMNS = ("learner", "ref")
GOOD = [(2, {"learner": "Ada", "ref": "L/601/0933"})]


def read(
    name: str, content: bytes | str, columns: Sequence[str] = COLUMNS, optional: Sequence[str] = ()
) -> Table:
    """The tables of all sheets together."""
    raw = content.encode() if isinstance(content, str) else content
    found = read_tables(name, grids(name, raw), [Shape("Table", tuple(columns), tuple(optional))])
    return Table(tuple((row.number, dict(row.cells)) for row in found.rows), found.problems)


def refused(name: str, content: bytes | str) -> str:
    """The messages of the error that reading ends with."""
    with pytest.raises(DataError) as caught:
        read(name, content)
    return str(caught.value)


def found(read_table: Table) -> list[tuple[int, dict[str, str]]]:
    return list(read_table.rows)


def messages(read_table: Table | Tables) -> list[str]:
    return [str(problem) for problem in read_table.problems]


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def openpyxl_book(*rows: Sequence[Any]) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for cells in rows:
        sheet.append(list(cells))
    return book, sheet


def xlsxwriter_book(*rows: Sequence[str]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            for column, text in enumerate(cells):
                sheet.write_string(number, column, text)
    return target.getvalue()


def csv_text(*rows: Sequence[str], delimiter: str = ",") -> str:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue()


def data_rows(first: int, *rows: Sequence[str]) -> str:
    return "".join(row(number, *cells) for number, cells in enumerate(rows, start=first))


# --- Text files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    ],
    ids=["UTF-8", "UTF-8 with its mark", "UTF-16", "UTF-16, big end first"],
)
def test_a_text_file_is_read_in_any_of_these_forms(delimiter: str, encode: Callable[[str], bytes]) -> None:
    text = csv_text(COLUMNS, ["Zoë", "L/601/0933, K/503/0421; é"], delimiter=delimiter)
    read_table = read("units.txt", encode(text))
    assert found(read_table) == [(2, {"learner": "Zoë", "ref": "L/601/0933, K/503/0421; é"})]
    assert not read_table.problems


def test_windows_1252_is_read_and_said_to_be_a_guess() -> None:
    read_table = read("old.csv", "learner,ref\nAda,A\nZoë – “x”,B\n".encode("windows-1252"))
    assert found(read_table)[1] == (3, {"learner": "Zoë – “x”", "ref": "B"})
    (problem,) = messages(read_table)
    assert problem == "old.csv, row 3: is not UTF-8: read as Windows-1252; check accented letters"


def test_latin_1_is_read_like_windows_1252() -> None:
    read_table = read("old.csv", "learner,ref\nRenée,A\n".encode("latin-1"))
    assert found(read_table) == [(2, {"learner": "Renée", "ref": "A"})]


@pytest.mark.parametrize(
    ("lines", "cell"),
    [
        (["Record, Ada Example", "", "learner;ref;notes", "Ada;A;one, two", "Bo;B;three, four, five"], "A"),
        (["learner,ref", "Ada,A;B;C", "Bo,D;E"], "A;B;C"),
        (["learner;ref;notes", 'Ada;A;"one, two', "three, four", 'five, six"', "Bo;B;"], "A"),
        (["learner\tref", "Ada\tA, B; C", "Bo\tD, E; F"], "A, B; C"),
        (["sep=;", "learner;ref", "Ada;A,B,C"], "A,B,C"),
    ],
    ids=["a title with a comma", "lists in cells", "lines within a cell", "tabs", "Excel's own hint"],
)
def test_the_header_decides_which_delimiter_it_is(lines: list[str], cell: str) -> None:
    assert found(read("units.csv", "\n".join(lines)))[0][1] == {"learner": "Ada", "ref": cell}


def test_a_file_with_one_column_needs_no_delimiter() -> None:
    read_table = read("units.csv", "ref\nL/601/0933\nK/503/0421\n", ["ref"])
    assert [cells["ref"] for _, cells in read_table.rows] == ["L/601/0933", "K/503/0421"]


def test_a_line_that_is_not_csv_costs_no_other_line() -> None:
    text = 'learner,ref\nAda,A\nBo,"B\nCy,C\n"Di" x,D\nEd,E\nFay,"F\nGus,G'
    read_table = read("units.csv", text)
    assert [cells["learner"] for _, cells in read_table.rows] == ["Ada", "Cy", "Ed", "Gus"]
    assert [(problem.row, problem.message.split(";")[0]) for problem in read_table.problems] == [
        (3, "text stands after a closing quotation mark"),
        (5, "text stands after a closing quotation mark"),
        (7, "a quotation mark is opened and never closed"),
    ]


def test_a_quotation_mark_never_closed_costs_one_line_of_a_long_file() -> None:
    lines = ["learner,ref", '"Ada,A', *(f"Learner {n},L/601/0933" for n in range(20_000))]
    read_table = read("units.csv", "\n".join(lines))
    assert len(read_table.rows) == 20_000
    (problem,) = read_table.problems
    assert problem.row == 2
    assert "or a quotation mark is never closed" in problem.message


def test_a_line_that_is_far_too_long_costs_no_other_line() -> None:
    read_table = read("units.csv", f"learner,ref\nAda,{'A' * 2_500_000}\nBo,B\n")
    assert found(read_table) == [(3, {"learner": "Bo", "ref": "B"})]
    assert "row 2: is longer than 1,000,000 characters" in messages(read_table)[0]


def test_a_row_with_cells_too_many_is_a_problem_for_its_cells_are_shifted() -> None:
    read_table = read("units.csv", "learner,ref\nDoe, Ada,A\nBo\nCy,C,,\n,\n")
    assert found(read_table) == [(3, {"learner": "Bo", "ref": ""}), (4, {"learner": "Cy", "ref": "C"})]
    assert messages(read_table) == ["units.csv, row 2: has 3 cells where the header has 2"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"learner,ref\nAda,\0\0\0A\n", "holds NUL bytes"),
        ("learner,ref\nAda,A\n".encode("utf-16-le"), "holds NUL bytes"),
        (b"\xff\xfelearner,ref", "is damaged text in UTF-16"),
        (bytes(range(1, 256)) * 20, "is not a text file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a picture"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b"\xef\xbb\xbf <!DOCTYPE html><table><tr><td>ref", "is a web page or an XML file"),
        (hostile.COMPOUND_FILE + bytes(5000), "is an old .xls workbook: save it as .xlsx"),
        (workbook(row(1, "ref")), "is an Excel workbook: give it a name that ends in .xlsx"),
        (hostile.archive([("notes.txt", "ref")]), "is a zip archive without an Excel workbook"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_csv_file_that_is_something_else_is_told_what_it_is(content: bytes, says: str) -> None:
    assert f"units.csv: {says}" in refused("units.csv", content)


# --- The table within a sheet -----------------------------------------------------------------------------


def test_titles_may_stand_above_the_header_and_the_users_own_columns_beside_it() -> None:
    rows = [["Achievement record"], ["Learner", "Ada"], [], ["No.", "REF", "Internal-QA", "learner", "Mine"]]
    rows += [["1", "A", "yes", "Ada", "x"], ["", "", "", "", "a note"], ["2", "B", "", "Bo"]]
    for name, content in (("r.csv", csv_text(*rows).encode()), ("r.xlsx", xlsxwriter_book(*rows))):
        read_table = read(name, content, COLUMNS, ["internal_qa", "date"])
        assert found(read_table) == [
            (5, {"learner": "Ada", "ref": "A", "internal_qa": "yes"}),
            (7, {"learner": "Bo", "ref": "B", "internal_qa": ""}),
        ]
        assert not read_table.problems


def test_other_columns_can_be_asked_to_be_problems() -> None:
    (grid,) = grids("units.csv", b"learner,reff,ref,\nAda,x,A\n")
    read_table = read_tables("units.csv", [grid], [Shape("Units", COLUMNS, ("date",), strict=True)])
    assert len(read_table.rows) == 1
    assert messages(read_table) == [
        "units.csv, row 1, column 2 = 'reff': this column is unknown; did you mean ref?"
    ]


def test_a_missing_column_is_named_with_what_it_may_be_called() -> None:
    text = refused("units.csv", "Units of Ada\nlerner,title,date\nAda,A,2026-11-22\n")
    assert text == (
        "units.csv, row 2, learner: this column is missing; did you mean lerner?\n"
        "units.csv, row 2, ref: this column is missing"
    )
    text = refused("units.csv", "Units of Ada\nlearner,reff\nAda,A\n")
    assert text == "units.csv, row 2, ref: this column is missing; did you mean reff?"


def test_a_header_below_the_fiftieth_row_is_not_looked_for() -> None:
    text = "note\n" * 49 + "learner,ref\nAda,A\n"
    assert len(read("units.csv", text).rows) == 1
    assert "this column is missing" in refused("units.csv", "note\n" + text)


def test_a_column_that_stands_twice_is_refused() -> None:
    text = refused("units.csv", "learner,ref,Ref\nAda,A,B\n")
    assert text == "units.csv, row 1, ref: this column stands twice, as columns 2 and 3"


def test_a_header_repeated_below_is_a_problem_and_no_row() -> None:
    read_table = read("units.csv", "learner,ref\nAda,A\nLearner,REF\nBo,B\n")
    assert [number for number, _ in read_table.rows] == [2, 4]
    assert messages(read_table) == ["units.csv, row 3: repeats the header"]


def test_a_header_without_rows_is_an_empty_table() -> None:
    for name, content in (("a.csv", b"learner,ref"), ("a.xlsx", xlsxwriter_book(COLUMNS))):
        assert read(name, content) == Table((), ())


def test_a_control_character_in_a_needed_cell_is_a_problem() -> None:
    rows = [(*COLUMNS, "mine"), ("Ada", "A\x07", ""), ("Bo", "B", "\x07"), ("Cy", "C\x9f", "")]
    escaped = [[cell.replace("\x07", "_x0007_") for cell in cells] for cells in rows]
    for name, content in (
        ("u.csv", csv_text(*rows).encode()),
        ("u.xlsx", workbook(data_rows(1, *escaped))),
    ):
        read_table = read(name, content)
        assert found(read_table) == [(3, {"learner": "Bo", "ref": "B"})]
        assert [(problem.row, problem.field) for problem in read_table.problems] == [(2, "ref"), (4, "ref")]
        assert {problem.message for problem in read_table.problems} == {"holds a control character"}


def test_long_cells_are_read_up_to_what_a_spreadsheet_holds() -> None:
    rows = [COLUMNS, ("Ada", "x" * 5_000), ("Bo", "y" * 32_767)]
    for name, content in (("u.csv", csv_text(*rows).encode()), ("u.xlsx", xlsxwriter_book(*rows))):
        assert [len(cells["ref"]) for _, cells in read(name, content).rows] == [5_000, 32_767]
    read_table = read("u.csv", csv_text(*rows, ("Cy", "z" * 32_768), ("Di", "D")))
    assert [number for number, _ in read_table.rows] == [2, 3, 5]
    assert "row 4, ref" in messages(read_table)[0]
    assert messages(read_table)[0].endswith("holds more than 32,767 characters")


def test_texts_that_look_like_formulas_are_texts() -> None:
    texts = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "'=1"]
    rows = [COLUMNS, *(("Ada", text) for text in texts)]
    for name, content in (("u.csv", csv_text(*rows).encode()), ("u.xlsx", xlsxwriter_book(*rows))):
        read_table = read(name, content)
        # In a text file the apostrophe is the mark of whoever wrote it so that it would not run.
        read_texts = [*texts[:-1], "=1"] if name.endswith(".csv") else texts
        assert [cells["ref"] for _, cells in read_table.rows] == read_texts
        assert not read_table.problems


def test_a_sheet_is_found_by_name_in_any_case() -> None:
    a, b = Grid("Units", ()), Grid("Decisions ", ())
    assert one_of([a, b], "nothing", "DECISIONS") is b
    assert one_of([a, b], "units", "decisions") is a
    assert one_of([a, b], "other") is None


# --- Workbooks --------------------------------------------------------------------------------------------


def test_cells_of_every_kind_become_text() -> None:
    cells = {
        "a text": ("  two\xa0 words\n\n of three \t", "two\xa0 words of three"),
        "a whole number": (28, "28"),
        "a number without a fraction": (28.0, "28"),
        "a long number": (123456789012345, "123456789012345"),
        "a fraction": (0.1 + 0.2, "0.3"),
        "a small number": (1.5e-7, "1.5e-07"),
        "a negative number": (-12.5, "-12.5"),
        "true": (True, "yes"),
        "false": (False, "no"),
        "nothing": (None, ""),
        "a date": (date(2026, 11, 22), "2026-11-22"),
        "a date at midnight": (datetime(2026, 11, 22), "2026-11-22"),
        "a date with a time": (datetime(2026, 11, 22, 9, 30), "2026-11-22T09:30:00"),
        "the last second of a day": (datetime(2026, 11, 22, 23, 59, 59), "2026-11-22T23:59:59"),
        "a time": (time(9, 30), "09:30:00"),
        "a length": (timedelta(hours=36, minutes=5), "36:05:00"),
        "a date of 1900": (datetime(1900, 1, 5), "1900-01-05"),
        "a date as text": ("22/11/2026", "22/11/2026"),
        "an escaped line break": ("a_x000D_\nb", "a b"),
        "a text like an escape": ("a_x0041_b", "a_x0041_b"),
    }
    book, _ = openpyxl_book(["kind", "value"], *([kind, value] for kind, (value, _) in cells.items()))
    read_table = read("k.xlsx", saved(book), ["kind"], ["value"])
    assert {row["kind"]: row["value"] for _, row in read_table.rows} == {
        kind: text for kind, (_, text) in cells.items()
    }


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("dd/mm/yyyy", "2026-11-22"),
        ("[$-F800]dddd, mmmm dd, yyyy", "2026-11-22"),
        ("[$-809]d mmm yy;@", "2026-11-22"),
        ("[Red]0", "46348"),
        ('0 "days"', "46348"),
        (r"0\d", "46348"),
        ("#,##0_d", "46348"),
        ('"£"#,##0.00;[Red]-"£"#,##0.00', "46348"),
        ("General", "46348"),
        ("[h]:mm", "1112352:00:00"),
        ("@", "46348"),
    ],
)
def test_the_format_of_a_number_says_whether_it_is_a_date(code: str, text: str) -> None:
    book, sheet = openpyxl_book(["value"], [46348])
    sheet["A2"].number_format = code
    assert found(read("d.xlsx", saved(book), ["value"])) == [(2, {"value": text})]


def test_dates_of_the_calendar_of_1904_are_read_by_it() -> None:
    book, _ = openpyxl_book(["value"], [date(2026, 11, 22)], [datetime(1904, 1, 2)])
    book.epoch = CALENDAR_MAC_1904
    rows = found(read("mac.xlsx", saved(book), ["value"]))
    assert rows == [(2, {"value": "2026-11-22"}), (3, {"value": "1904-01-02"})]


def test_a_number_that_is_no_day_is_an_error_as_in_a_spreadsheet() -> None:
    book, sheet = openpyxl_book(["value"], [1e10], [2958465])
    for cell in ("A2", "A3"):
        sheet[cell].number_format = "yyyy-mm-dd"
    values = [cells["value"] for _, cells in read("d.xlsx", saved(book), ["value"]).rows]
    assert values == ["9999-12-31"]
    (problem,) = read("d.xlsx", saved(book), ["value"]).problems
    assert (problem.row, problem.value, problem.message) == (2, "#VALUE!", spoiled("#VALUE!"))


def test_cells_without_addresses_and_with_a_prefix_are_read_like_others() -> None:
    plain = hostile.sheet(data_rows(1, COLUMNS, ["Ada", "L/601/0933"]))
    prefixed = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", plain).replace(b"xmlns=", b"xmlns:x=")
    assert found(read("p.xlsx", workbook(parts={hostile.SHEET: prefixed}))) == GOOD


def test_phonetic_readings_are_not_part_of_a_text() -> None:
    reading = '<rPh sb="0" eb="2"><t>reading</t></rPh>'
    texts = hostile.shared(f"<si><r><t>A</t></r><r><t>da</t></r>{reading}</si><si><t>learner</t></si>")
    data = '<row><c t="s"><v>1</v></c></row><row><c t="s"><v>0</v></c></row>'
    content = workbook(data, {"xl/sharedStrings.xml": texts})
    assert found(read("p.xlsx", content, ["learner"])) == [(2, {"learner": "Ada"})]


def test_a_formula_counts_by_its_stored_value() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_formula(1, 0, '="A"&"da"', None, "Ada")
        sheet.write_formula(1, 1, '=""', None, "")
        sheet.write_formula(2, 0, "=1+1", None, 2)
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
    read_table = read("f.xlsx", target.getvalue())
    assert found(read_table) == [
        (2, {"learner": "Ada", "ref": ""}),
    ]
    assert messages(read_table) == [f"f.xlsx, row 3, ref = '#N/A': {spoiled('#N/A')}"]


def test_a_formula_without_a_stored_value_is_a_problem_where_it_is_needed() -> None:
    book, _ = openpyxl_book(
        [*COLUMNS, "mine"], ["Ada", '="L/601/"&"0933"', ""], ["Bo", "B", "=1+1"], ["=A2", None, None]
    )
    read_table = read("f.xlsx", saved(book))
    assert found(read_table) == [(3, {"learner": "Bo", "ref": "B"})]
    assert [(problem.row, problem.field, problem.value) for problem in read_table.problems] == [
        (2, "ref", '="L/601/"&"0933"'),
        (4, "learner", "=A2"),
    ]
    assert "is a formula without a stored value; open and save the file" in messages(read_table)[0]


def test_a_blank_value_is_a_value_where_other_formulas_have_one() -> None:
    blank, none = "<c><f>T(1)</f><v></v></c>", "<c><f>T(1)</f></c>"
    rows = [
        row(1, *COLUMNS),
        f'<row><c t="str"><f>"A"</f><v>A</v></c>{blank}</row>',
        f"<row>{none}{blank}</row>",
    ]
    read_table = read("f.xlsx", workbook("".join(rows)))
    assert found(read_table) == [(2, {"learner": "A", "ref": ""})]
    assert [(problem.row, problem.field) for problem in read_table.problems] == [(3, "learner")]
    read_table = read("f.xlsx", workbook(rows[0] + rows[2]))
    assert [problem.field for problem in read_table.problems] == ["learner", "ref"]


def test_cells_merged_over_rows_hold_their_value_in_each() -> None:
    book, sheet = openpyxl_book(["Units of a group", None], COLUMNS, ["Ada", "A"], [None, "B"], ["Cy", "C"])
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("A3:A4")
    assert found(read("m.xlsx", saved(book))) == [
        (3, {"learner": "Ada", "ref": "A"}),
        (4, {"learner": "Ada", "ref": "B"}),
        (5, {"learner": "Cy", "ref": "C"}),
    ]


def test_sheets_of_charts_are_left_out_and_hidden_sheets_are_read() -> None:
    book, sheet = openpyxl_book(COLUMNS, ["Ada", "A"])
    chart = book.create_chartsheet("Chart", 0)
    chart.add_chart(BarChart())
    book.create_sheet("Hidden").sheet_state = "hidden"
    sheet.title = "Data"
    assert [grid.name for grid in grids("c.xlsx", saved(book))] == ["Data", "Hidden"]
    book.remove(sheet)
    book.remove(book["Hidden"])
    book.create_sheet("Empty")
    assert "holds no row" in refused("c.xlsx", saved(book))
    only_chart = hostile.workbook(
        parts={
            "xl/_rels/workbook.xml.rels": hostile.relations(chartsheet="charts/1.xml"),
            "xl/workbook.xml": hostile.book_part("chartsheet"),
        }
    )
    assert "has no sheet with cells" in refused("c.xlsx", only_chart)


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "C5:D6"])
def test_a_wrong_dimension_changes_nothing(dimension: str) -> None:
    data = hostile.sheet(data_rows(1, COLUMNS, ["Ada", "L/601/0933"]), f'<dimension ref="{dimension}"/>')
    assert found(read("d.xlsx", workbook(parts={hostile.SHEET: data}))) == GOOD


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    data = row(3, *COLUMNS) + row(70, "Ada", "A") + row(1_048_576, "Bo", "B")
    assert [number for number, _ in read("r.xlsx", workbook(data)).rows] == [70, 1_048_576]


def test_columns_beyond_the_hundredth_are_not_read_and_that_is_said() -> None:
    wide = [*COLUMNS, *(f"c{n}" for n in range(99))]
    for name, content in (
        ("w.csv", csv_text(wide, ["Ada", "A"]).encode()),
        ("w.xlsx", xlsxwriter_book(wide, ["Ada", "A"])),
    ):
        read_table = read(name, content)
        assert len(read_table.rows) == 1
        assert len(grids(name, content)[0].rows[0][1]) == 100
        assert [problem.message for problem in read_table.problems] == [
            "only the first 100 columns were read"
        ]


def test_more_than_twenty_sheets_are_refused() -> None:
    book, _ = openpyxl_book(COLUMNS)
    for number in range(20):
        book.create_sheet(f"S{number}")
    assert "has 21 sheets; a workbook of at most 20 is read" in refused("s.xlsx", saved(book))
    book.remove(book["S0"])
    assert len(grids("s.xlsx", saved(book))) == 20


MACROS: Mapping[str, Mapping[str, str]] = {
    "a part of macros": {"xl/vbaProject.bin": "x"},
    "a sheet of old macros": {"xl/macrosheets/sheet1.xml": "x"},
    "a type with macros": {"[Content_Types].xml": hostile.content_types(hostile.MACRO_TYPE)},
}


@pytest.mark.parametrize("parts", MACROS.values(), ids=MACROS)
@pytest.mark.parametrize("name", ["m.xlsx", "m.xlsm", "m.csv"])
def test_a_workbook_with_macros_is_refused_under_any_name(name: str, parts: Mapping[str, str]) -> None:
    text = refused(name, workbook(row(1, *COLUMNS), parts))
    if name == "m.csv" and "vbaProject" not in str(parts) and "macrosheets" not in str(parts):
        assert "is an Excel workbook" in text
    else:
        assert "is a workbook with macros: save it as .xlsx" in text


def test_a_workbook_that_refers_to_others_is_refused() -> None:
    links = [
        {"xl/externalLinks/externalLink1.xml": "<x/>"},
        {
            "xl/_rels/workbook.xml.rels": hostile.relations(
                worksheet="worksheets/sheet1.xml", externalLink="other.xml"
            )
        },
    ]
    for parts in links:
        assert "takes values from other workbooks" in refused("l.xlsx", workbook(row(1, *COLUMNS), parts))


def test_a_link_to_a_web_page_is_no_link_to_another_workbook() -> None:
    book, sheet = openpyxl_book(COLUMNS, ["Ada", "L/601/0933"])
    sheet["A2"].hyperlink = "https://example.org"
    assert found(read("h.xlsx", saved(book))) == GOOD


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "a.xlsx",
            b"learner,ref\nAda,A\n",
            "is a text file, not a workbook: give it a name that ends in .csv",
        ),
        ("a.xlsx", b"<html><table>", "is a web page or an XML file"),
        ("a.xlsx", bytes(100), "is damaged"),
        ("a.xlsx", hostile.COMPOUND_FILE + bytes(600), "is an old .xls workbook: save it as .xlsx"),
        (
            "a.xlsx",
            hostile.COMPOUND_FILE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "is protected with a password: save it without one",
        ),
        ("a.xls", workbook(), "is an Excel workbook: give it a name that ends in .xlsx"),
        ("a.xls", b"learner\tref\n", "is a text file, not a workbook"),
        ("a.xls", hostile.COMPOUND_FILE, "is an old .xls workbook"),
        ("a.xlsm", workbook(), "is a workbook with macros"),
        ("a.ods", hostile.archive([("mimetype", "x"), ("content.xml", "x")]), "is an OpenDocument file"),
        ("a.numbers", hostile.archive([("Index/Document.iwa", "x")]), "is a Numbers document"),
        ("a.xlsb", hostile.archive([("xl/workbook.bin", "x")]), "is a binary workbook"),
        (
            "a.docx",
            hostile.archive([("[Content_Types].xml", ""), ("word/document.xml", "")]),
            "is a zip archive",
        ),
        ("a.dat", b"learner,ref\n", "must have a name that ends in .csv, .txt, .tsv or .xlsx"),
        ("a", b"learner,ref\n", "must have a name that ends in .csv, .txt, .tsv or .xlsx"),
        ("a.csv", b"", "is empty"),
        ("a.xlsx", b"", "is empty"),
        ("a.csv", b"\n , ,\n", "holds no row"),
        ("a.xlsx", workbook(), "holds no row"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_wrong_file_is_told_what_it_is(name: str, content: bytes, says: str) -> None:
    assert f"{name}: {says}" in refused(name, content)


def damaged() -> Iterator[tuple[str, bytes]]:
    whole = workbook(data_rows(1, COLUMNS, *(["Ada", f"A{n}"] for n in range(500))))
    yield "cut off", whole[: len(whole) // 2]
    flipped = bytearray(whole)
    place = whole.index(b"sheet1.xml", whole.index(hostile.SHEET.encode())) + 40
    flipped[place : place + 40] = bytes(40)
    yield "a part overwritten", bytes(flipped)
    yield "an empty archive", hostile.archive([("[Content_Types].xml", "")])
    yield "[Content_Types].xml of nothing", workbook(parts={"[Content_Types].xml": ""})
    for name in (
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        hostile.SHEET,
    ):
        yield f"without {name}", workbook(parts={name: None})
        yield f"{name} cut off", workbook(parts={name: "<worksheet><sheetData><row>"})
        yield f"{name} of nothing", workbook(parts={name: ""})
    for what, data in (
        ("row 0", '<row r="0"/>'),
        ("row 1048577", '<row r="1048577"/>'),
        ("row x", '<row r="x"/>'),
        ("row of 5000 digits", f'<row r="{"9" * 5000}"/>'),
        ("column XFE", '<row><c r="XFE1"><v>1</v></c></row>'),
        ("column of 5000 letters", f'<row><c r="{"A" * 5000}1"><v>1</v></c></row>'),
        ("column of no letter", '<row><c r="1"><v>1</v></c></row>'),
        ("a text that is not there", '<row><c t="s"><v>7</v></c></row>'),
        ("a style that is no number", '<row><c s="x"><v>7</v></c></row>'),
        ("a number that is none", "<row><c><v>x</v></c></row>"),
        ("rows in another order", row(3, "a") + row(2, "b")),
        ("a row twice", row(2, "a") + row(2, "b")),
        ("a row within a row", f"<row>{row(2, 'a')}</row>"),
    ):
        yield what, workbook(data)
    data = '<dimension ref="nonsense"/>'
    yield "a dimension of nonsense", workbook(parts={hostile.SHEET: hostile.sheet(row(1, "a"), data)})
    yield (
        "a sheet listed twice",
        workbook(row(1, "a"), {"xl/workbook.xml": hostile.book_part(*["worksheet"] * 2)}),
    )


@pytest.mark.parametrize(
    "content", [content for _, content in damaged()], ids=[name for name, _ in damaged()]
)
def test_a_damaged_workbook_is_said_to_be_damaged(content: bytes) -> None:
    text = refused("d.xlsx", content)
    assert text.startswith("d.xlsx: is damaged")
    assert text.endswith("open it in a spreadsheet program, save it as .xlsx and try again")


def test_a_number_beyond_all_numbers_costs_no_other_row() -> None:
    numbers = ("1e999", "9" * 300, "9" * 15)
    data = row(1, "value") + "".join(f"<row><c><v>{text}</v></c></row>" for text in numbers)
    table = read("n.xlsx", workbook(data), ["value"])
    assert [cells["value"] for _, cells in table.rows] == ["inf", "9" * 15]
    assert [(problem.row, problem.value) for problem in table.problems] == [(3, "1.00000000000000e+300")]


def test_what_is_not_read_of_a_workbook_may_be_wrong() -> None:
    names = "".join(
        f'<definedName name="_xlnm.Print_{what}" localSheetId="0">Table[#All]</definedName>'
        for what in ("Area", "Titles")
    )
    data = hostile.sheet(data_rows(1, COLUMNS, ["Ada", "L/601/0933"]))
    data = data.replace(b"</sheetData>", b'</sheetData><pageSetup orientation="upside down"/>')
    parts: dict[str, hostile.Part | None] = {"xl/workbook.xml": hostile.named(names), hostile.SHEET: data}
    parts |= {"docProps/core.xml": "<", "xl/theme/theme1.xml": "<"}
    assert found(read("w.xlsx", workbook(parts=parts))) == GOOD


def test_a_strict_workbook_is_told_how_to_save_it() -> None:
    data = hostile.sheet(data_rows(1, COLUMNS, ["Ada", "A"]))
    strict = data.replace(hostile.MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
    assert "is a Strict Open XML workbook" in refused("s.xlsx", workbook(parts={hostile.SHEET: strict}))


def test_reading_warns_and_prints_nothing_and_imports_openpyxl_when_needed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = '<fills><fill/></fills><fonts><font><family val="99"/></font></fonts>'
    named += '<cellStyles><cellStyle name="x" xfId="7"/></cellStyles>'
    parts: dict[str, hostile.Part | None] = {"xl/styles.xml": hostile.styles(named)}
    rows = data_rows(1, COLUMNS, ["Ada", "L/601/0933"])
    assert found(read("s.xlsx", workbook(rows, parts))) == GOOD
    assert capsys.readouterr() == ("", "")
    code = "import sys, planner.files.sheets; sys.exit('openpyxl' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_files_read_at_the_same_time_are_read_like_one_after_the_other() -> None:
    contents = [workbook(data_rows(1, COLUMNS, *[(f"L{n}", "A")] * 50)) for n in range(8)]
    filters = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(lambda content: found(read("t.xlsx", content)), contents))
    assert [{cells["learner"] for _, cells in rows} for rows in tables] == [{f"L{n}"} for n in range(8)]
    assert warnings.filters == filters


def test_bytes_changed_at_random_end_in_an_answer_or_in_a_message() -> None:
    rows = data_rows(1, COLUMNS, ["Ada", "A"]) + '<row><c s="1"><v>1</v></c><c t="b"><f>1</f></c></row>'
    names = [
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "_rels/.rels",
        "[Content_Types].xml",
        hostile.SHEET,
    ]
    whole = workbook(rows)
    chance = random.Random(11)
    ends = {"read": 0, "refused": 0}
    for number in range(600):
        if number % 2:
            changed = bytearray(whole)
        else:
            name = chance.choice(names)
            with zipfile.ZipFile(io.BytesIO(whole)) as archive:
                changed = bytearray(archive.read(name))
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice(b'\0<>"/=0A\xff&')
        content = bytes(changed) if number % 2 else workbook(rows, {name: bytes(changed)})
        try:
            grids("r.xlsx", content)
            ends["read"] += 1
        except DataError:
            ends["refused"] += 1
    assert min(ends.values()) > 50


def forged() -> Iterator[tuple[str, bytes, str]]:
    plain = workbook(row(1, *COLUMNS))
    parts = [("[Content_Types].xml", hostile.content_types()), ("a.xml", "x")]
    yield "encrypted", hostile.flagged_encrypted(plain), "is encrypted"
    yield "a name twice", hostile.archive([*parts, ("A.xml", "y")]), "holds two parts of one name"
    for name in ("/etc/passwd", "../up.xml", "C:/x.xml", "\\b.xml", "..\\b.xml"):
        yield (
            f"a part named {name}",
            hostile.archive([*parts, (name, "x")]),
            "holds a part with a forbidden name",
        )
    many = [(f"xl/media/{n}.png", "") for n in range(501)]
    yield "many parts", hostile.archive([*parts, *many]), "has more than 500 parts"
    yield "45 MB of zeros", hostile.with_zeros(plain, "xl/zeros.xml", 45), "to more than 100 times its size"
    small = [(f"xl/{n}.xml", bytes(999_999)) for n in range(101)]
    yield "101 MB in small parts", hostile.archive([*parts, *small]), "unpacks to 101 MB; at most 100 MB"
    yield (
        "billion laughs",
        workbook(parts={hostile.SHEET: hostile.billion_laughs()}),
        "declares XML entities, which no workbook does",
    )
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
    yield "a file from outside", workbook(parts={"xl/workbook.xml": outside}), "declares XML entities"


@pytest.mark.parametrize(
    ("content", "says"), [case[1:] for case in forged()], ids=[case[0] for case in forged()]
)
def test_a_forged_workbook_is_refused_and_the_reason_said(content: bytes, says: str) -> None:
    assert says in refused("f.xlsx", content)


def test_a_workbook_of_libreoffice_reads_like_the_one_it_was_made_from(soffice: str, tmp_path: Path) -> None:
    book, sheet = openpyxl_book(
        [*COLUMNS, "date", "hours"],
        ["Ada", "L/601/0933", date(2026, 11, 22), "=6*7"],
        ["Zoë\nx", "=1", None, 0.5],
    )
    sheet["B3"].data_type = "s"
    (tmp_path / "made.xlsx").write_bytes(saved(book))
    command = [soffice, f"-env:UserInstallation={(tmp_path / 'home').as_uri()}", "--headless", "--convert-to"]
    command += ["xlsx", "--outdir", str(tmp_path / "out"), str(tmp_path / "made.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    content = read_bytes(tmp_path / "out" / "made.xlsx")
    read_table = read("made.xlsx", content, COLUMNS, ["date", "hours"])
    assert found(read_table) == [
        (2, {"learner": "Ada", "ref": "L/601/0933", "date": "2026-11-22", "hours": "42"}),
        (3, {"learner": "Zoë x", "ref": "=1", "date": "", "hours": "0.5"}),
    ]


# --- Files ------------------------------------------------------------------------------------------------


def test_a_file_of_fifty_megabytes_is_refused_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(DataError, match=r"large.csv: has 50.0 MB; at most 20 MB are read"):
        read_bytes(path)
    with pytest.raises(DataError, match=r"large.csv: has 50.0 MB; at most 20 MB are read"):
        grids("large.csv", bytes(50_000_000))


def test_a_file_that_cannot_be_read_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "good.csv").write_bytes(b"learner,ref\n")
    assert read_bytes(tmp_path / "good.csv") == b"learner,ref\n"
    for path, says in (
        (tmp_path / "none.csv", "there is no such file"),
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "empty.csv", "is empty"),
        (tmp_path / "good.csv" / "x", "cannot be read: Not a directory"),
        (Path("a\0b"), "cannot be read: embedded null"),
    ):
        with pytest.raises(DataError) as caught:
            read_bytes(path)
        assert says in str(caught.value)


def test_a_file_without_permission_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "locked.csv"
    path.write_bytes(b"learner,ref\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        path = tmp_path / ("x" * 300)
    with pytest.raises(DataError, match=r"cannot be read: (Permission denied|File name too long)"):
        read_bytes(path)


# --- What reading may cost --------------------------------------------------------------------------------

APART = """
import json, os, resource, sys, time
from pathlib import Path
from planner.errors import DataError
from planner.files.sheets import grids, read_bytes

resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
for path in sorted(Path(sys.argv[1]).iterdir()):
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    start, rows, formulas, says = time.process_time(), [], 0, []
    try:
        for grid in grids(path.name, read_bytes(path)):
            rows.append(len(grid.rows))
            formulas += len(grid.formulas)
            says += [problem.message for problem in (*grid.problems[:5], *grid.problems[-1:])]
    except DataError as error:
        says = [problem.message for problem in error.problems[:5]]
    except MemoryError:
        rows, says = [], ["out of memory"]
    told = {
        "name": path.name, "rows": rows, "formulas": formulas, "says": says,
        "seconds": round(time.process_time() - start, 2),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
    }
    print(json.dumps(told), flush=True)
    os._exit(0)
"""
"""Reads each file of a folder in a process of its own that may take 1.5 GB, and tells what that cost."""


MEGABYTES, BLANK = deep(200, 1_000), deep(150_000, 1_000_000)
"""How much there is of what costs most to make or to read: zeros in a part, and rows that hold nothing."""


def costly() -> Iterator[tuple[str, bytes]]:
    """Files made to cost memory or time; `noise` hides that a part packs too well."""
    noise = hostile.noise(900_000)
    header = row(1, *COLUMNS).encode()

    def noisy(rows: bytes, before: bytes = b"") -> bytes:
        return workbook(parts={hostile.SHEET: hostile.sheet(header + rows, noise + before)})

    def shared(*texts: bytes, rows: bytes = b"") -> bytes:
        data = hostile.sheet(header + rows, noise)
        return workbook(parts={hostile.SHEET: data, "xl/sharedStrings.xml": hostile.shared(*texts)})

    yield "zeros.xlsx", hostile.with_zeros(workbook(header), "xl/zeros.xml", MEGABYTES)
    without = hostile.with_zeros(workbook(parts={hostile.SHEET: None}), hostile.SHEET, 150)
    yield "150 MB said to be 1 kB.xlsx", hostile.understated(without, hostile.SHEET, 1_000)
    blank = b"".join(b'<row r="%d" ht="15" customHeight="1"/>' % n for n in range(2, BLANK + 1))
    yield "blank rows.xlsx", noisy(blank + row(BLANK + 1, "Ada", "A").encode())
    yield "blank rows at the end.xlsx", noisy(row(2, "Ada", "A").encode() + blank[35:])
    yield "the last cell.xlsx", workbook(header + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    yield "nine million cells in a row.xlsx", noisy(b"<row>" + b"<c/>" * 9_000_000 + b"</row>")
    yield "four million times one cell.xlsx", noisy(b"<row>" + b'<c r="A2"/>' * 4_000_000 + b"</row>")
    runs = b"<r><t>a</t></r>" * 1_000_000
    yield "a cell of a million runs.xlsx", noisy(b'<row><c t="inlineStr"><is>' + runs + b"</is></c></row>")
    yield "a shared text of a million runs.xlsx", shared(noise, b"<si>", runs, b"</si>")
    yield "three million texts.xlsx", shared(noise, b"<si/>" * 3_000_000)
    cells = b'<row><c t="s"><v>0</v></c></row>' * 100_000
    yield "a long text named often.xlsx", shared(b"<si><t> " + b"x" * 900_000 + b" </t></si>", rows=cells)
    long = b'<row><c t="inlineStr"><is><t>%s</t></is></c></row>' % ("🙂".encode() + b"x" * 40_000_000)
    yield "a text of 40 MB.xlsx", noisy(long)
    xfs = hostile.styles(b"<cellXfs>", noise, b"<xf/>" * 2_100_000, b"</cellXfs>")
    yield "two million styles.xlsx", workbook(header, {"xl/styles.xml": xfs})
    columns = b"<cols>" + b'<col min="1" max="1"/>' * 1_000_000 + b"</cols>"
    yield "a million columns.xlsx", noisy(b"", columns)
    merged = b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:B1"/>' * 1_500_000 + b"</mergeCells>"
    below = hostile.sheet(header, noise).replace(b"</sheetData>", merged)
    yield "merged cells without end.xlsx", workbook(parts={hostile.SHEET: below})
    area = '<definedName name="_xlnm.Print_Area" localSheetId="0">%s</definedName>' % ("'" * 40_000)
    yield "a name that takes a minute.xlsx", workbook(header, {"xl/workbook.xml": hostile.named(area)})
    yield "a million tags in each other.xlsx", noisy(b"", b"<a>" * 1_000_000)
    yield "a tag of 30 MB.xlsx", noisy(b'<row><c z="' + b"A" * 30_000_000 + b'"/></row>')
    yield "a comment of 30 MB.xlsx", noisy(b"<!--" + b"a" * 30_000_000 + b"-->")
    yield "a million names.xlsx", noisy(b"".join(b'<row a%x=""/>' % n for n in range(1_000_000)))
    yield "a million prefixes.xlsx", noisy(b"".join(b'<row xmlns:a%x="a"/>' % n for n in range(1_000_000)))
    yield "too many formulas.xlsx", noisy((b"<row>" + b"<c><f>A1</f></c>" * 100 + b"</row>") * 1_001)
    yield (
        "as many formulas as are read.xlsx",
        noisy((b"<row>" + b"<c><f>A1</f></c>" * 100 + b"</row>") * 1_000),
    )
    wide = b"".join(b'<row r="%d"><c r="CV%d"><v>1</v></c></row>' % (n, n) for n in range(2, 210_000))
    yield "210,000 wide rows.xlsx", noisy(wide)
    yield "line breaks.csv", b"learner,ref\n" + b"\n" * 19_000_000
    yield "one line.csv", b"learner,ref\n" + b"ab," * 6_500_000
    yield "quotation marks.csv", b"learner,ref\n" + b'"a\n' * 6_500_000
    yield "an open quotation.csv", b'learner,ref\n"' + b"abcdefg\n" * 2_400_000


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("costly")
    for name, content in costly():
        (folder / name).write_bytes(content)
    ran = subprocess.run(
        [sys.executable, "-c", APART, str(folder)], capture_output=True, text=True, check=False, timeout=300
    )
    print(ran.stdout)
    return {told["name"]: told for told in map(json.loads, ran.stdout.splitlines())}


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "rows", "says"),
    [
        ("zeros.xlsx", [], f"unpacks to {MEGABYTES:,} MB; at most 50 MB are read"),
        ("150 MB said to be 1 kB.xlsx", [], "is damaged"),
        ("blank rows.xlsx", [2], ""),
        ("blank rows at the end.xlsx", [2], ""),
        ("the last cell.xlsx", [1], "only the first 100 columns were read"),
        ("nine million cells in a row.xlsx", [], "is damaged"),
        ("four million times one cell.xlsx", [], "holds more than is read"),
        ("a cell of a million runs.xlsx", [], "holds more than is read"),
        ("a shared text of a million runs.xlsx", [], "holds more than is read"),
        ("three million texts.xlsx", [], "holds more than is read"),
        ("a long text named often.xlsx", [112], "the cells of a file may take 100 MB"),
        ("a text of 40 MB.xlsx", [], "is damaged"),
        ("two million styles.xlsx", [], "holds more than is read"),
        ("a million columns.xlsx", [], "holds more than is read"),
        ("merged cells without end.xlsx", [1], ""),
        ("a name that takes a minute.xlsx", [1], ""),
        ("a million tags in each other.xlsx", [], "is damaged"),
        ("a tag of 30 MB.xlsx", [], "is damaged"),
        ("a comment of 30 MB.xlsx", [], "is damaged"),
        ("a million names.xlsx", [], "is damaged"),
        ("a million prefixes.xlsx", [], "is damaged"),
        ("too many formulas.xlsx", [], "has more than 100,000 formulas without a stored value"),
        ("as many formulas as are read.xlsx", [1_001], ""),
        ("210,000 wide rows.xlsx", [200_000], "nothing was read from row 200001 on"),
        ("line breaks.csv", [1], "nothing was read from row 1048577 on: a spreadsheet has no more rows"),
        ("one line.csv", [1], "is longer than 1,000,000 characters"),
        ("quotation marks.csv", [1], "nothing was read from row 1002 on: 1,000 lines are not CSV"),
        ("an open quotation.csv", [200_000], "a quotation mark is never closed"),
    ],
)
def test_a_file_made_to_cost_is_answered_at_a_bounded_cost(
    costs: dict[str, dict[str, Any]], name: str, rows: list[int], says: str
) -> None:
    told = costs[name]
    assert told["rows"] == rows
    assert bool(told["says"]) == bool(says)
    assert says in " ".join(told["says"])
    assert told["megabytes"] < 700
    assert told["seconds"] < 30


@pytest.mark.long
def test_blank_rows_below_the_last_value_are_not_even_looked_at(costs: dict[str, dict[str, Any]]) -> None:
    names = ("zeros.xlsx", "blank rows at the end.xlsx", "blank rows.xlsx")
    refused, below, above = (costs[name]["megabytes"] for name in names)
    assert below - refused < (above - refused) / 2


@pytest.mark.parametrize("limit", ["MOST_TAGS", "MOST_AT_ONCE"])
def test_what_a_workbook_may_cost_is_counted_over_all_its_parts(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    book, sheet = openpyxl_book(COLUMNS, *[["Ada", "A"]] * 50)
    sheet.column_dimensions["A"].width = 30
    one = saved(book)
    for _ in range(5):
        book.copy_worksheet(sheet)
    six = saved(book)
    enough = next(number for number in range(10, 5_000, 10) if not told(monkeypatch, limit, number, one))
    assert told(monkeypatch, limit, enough, six).startswith("l.xlsx: holds more than is read")
    assert not told(monkeypatch, limit, 5_000, six)


def told(monkeypatch: pytest.MonkeyPatch, limit: str, number: int, content: bytes) -> str:
    """What the guard says of a workbook where a limit is this number; nothing if it lets it through."""
    monkeypatch.setattr(f"planner.files.workbook_guard.{limit}", number)
    try:
        vetted("l.xlsx", content)
    except DataError as error:
        return str(error)
    return ""


# --- Round trips ------------------------------------------------------------------------------------------

BLANKS = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)

CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
    | st.sampled_from(list("\n\r\t\xa0\ufeff ,;\"'=+-@_x0Aé")),
    max_size=12,
)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6)
HEADER = ("first column", "second column", "third column")


def on_one_line(text: str) -> str:
    """What a cell is documented to become, said another way than the reader does."""
    text = re.sub("[\u00ad\u200b\u2060\ufeff]", "", text)
    lines = re.split("[\n\r\t\v\f\x85\u2028\u2029]", text)
    return " ".join(line.strip(BLANKS) for line in lines if line.strip(BLANKS))


def expected(rows: list[list[str]]) -> list[tuple[int, dict[str, str]]]:
    clean = [dict(zip(HEADER, map(on_one_line, cells), strict=True)) for cells in rows]
    return [(number, cells) for number, cells in enumerate(clean, start=2) if any(cells.values())]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([",", ";", "\t"]))
@example([["a, b\nc, d\ne, f", "x;y\r\r\rz", '"']], ";")
def test_what_csv_writers_write_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    read_table = read("r.csv", csv_text(HEADER, *rows, delimiter=delimiter), HEADER)
    assert found(read_table) == expected(rows)
    assert not read_table.problems


@settings(max_examples=60, deadline=None)
@given(ROWS)
@example([["_x0041_", "_x0041", "x0041_"]])
def test_what_workbook_writers_write_is_read_back(rows: list[list[str]]) -> None:
    read_table = read("r.xlsx", xlsxwriter_book(HEADER, *rows), HEADER)
    assert found(read_table) == expected(rows)
    assert not read_table.problems


NUMBERS = st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14, allow_nan=False) | st.booleans()
DAYS = st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)).map(lambda day: day.replace(microsecond=0))


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS | DAYS | DAYS.map(datetime.date), max_size=8))
def test_numbers_and_dates_are_read_as_they_were_written(values: list[Any]) -> None:
    book, _ = openpyxl_book(["value"], *([value] for value in values))
    texts = [cells["value"] for _, cells in read("r.xlsx", saved(book), ["value"]).rows]
    for text, value in zip(texts, values, strict=True):
        if isinstance(value, bool):
            assert text == ("yes" if value else "no")
        elif isinstance(value, date):
            moment = value if isinstance(value, datetime) else datetime.combine(value, time())
            assert datetime.fromisoformat(text) == moment
            assert ("T" in text) == (moment.time() != time())
        else:
            assert float(text) == pytest.approx(value, rel=1e-14)
            assert not text.endswith(".0")
