"""How much of a table is read: each limit at its number and one beyond, and every refusal word for word."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from planner import DataError
from planner.errors import Problem
from planner.files import headers, sheets, tables
from planner.files.headers import Shape
from planner.files.sheets import Grid, grids
from planner.files.tables import Tables, read_tables
from planner.files.text_files import LARGEST_FILE
from tests.hostile import workbook
from tests.test_sheets import openpyxl_book, saved

SIZES = {
    "MOST_ROWS": 200_000,
    "MOST_TEXT": 100_000_000,
    "LONGEST_CELL": 32_767,
    "LONGEST_LINE": 1_000_000,
    "MOST_BROKEN": 1_000,
    "LARGEST_FILE": 20_000_000,
}


def test_the_sizes_are_these() -> None:
    assert {name: getattr(sheets, name) for name in SIZES} == SIZES


def grid(text: str, name: str = "t.csv") -> Grid:
    (found,) = grids(name, text.encode())
    return found


def told(problems: Sequence[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def refused(name: str, content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        grids(name, content)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b\n\0", "holds NUL bytes, so it is not a text file: save it as CSV UTF-8"),
        ("t.csv", b"\xff\xfea", "is damaged text in UTF-16: save it as CSV UTF-8"),
        ("t.csv", b"\xff" + b"\x07" * 11, "is not a text file: a table is read from .xlsx or CSV"),
        ("t.xlsx", b"a,b\n", "is a text file, not a workbook: give it a name that ends in .csv"),
        ("t.ods", b"a,b\n", "is a text file, not a workbook: give it a name that ends in .csv"),
        ("t.doc", b"a,b\n", "must have a name that ends in .csv, .txt, .tsv or .xlsx"),
        ("t.tsv", workbook(""), "is an Excel workbook: give it a name that ends in .xlsx"),
        ("t.xlsm", workbook(""), "is a workbook with macros: save it as .xlsx, the kind without macros"),
        ("t.xlsx", b"\0", "is damaged: open it in a spreadsheet program, save it as .xlsx and try again"),
    ],
)
def test_what_is_not_read_is_refused_in_these_words(name: str, content: bytes, words: str) -> None:
    assert refused(name, content) == f"{name}: {words}"


def test_ten_control_characters_are_still_text() -> None:
    (found,) = grids("t.csv", b"a,b\n\xe9," + b"\x07" * 10)
    assert told(found.problems) == [
        "t.csv, row 2: is not UTF-8: read as Windows-1252; check accented letters"
    ]
    assert found.rows[1] == (2, ("é", "\x07" * 10))


def test_a_file_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LARGEST_FILE", 1_500_000)
    assert len(grid("a,b\n".ljust(1_500_000)).rows) == 1
    assert refused("t.csv", b"a" * 1_550_000) == "t.csv: has 1.6 MB; at most 2 MB are read"
    assert LARGEST_FILE == 20_000_000


def test_rows_that_hold_something_are_counted_over_all_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets._Budget, "__init__", lambda self: _filled(self, rows=3))
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert grid("a,b\n,\nc,d\ne,f\n").problems == ()
    found = grid("a,b\nc,d\ne,f\n\ng,h\ni,j\n")
    assert [number for number, _ in found.rows] == [1, 2, 3]
    assert told(found.problems) == [
        "t.csv, row 5: nothing was read from row 5 on: 3 rows that hold something are the most"
    ]


def test_the_cells_of_a_file_take_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets._Budget, "__init__", lambda self: _filled(self, text=1_000))
    assert grid(f"{'x' * 400},{'y' * 400}\n").problems == ()
    found = grid(f"{'x' * 400}\n{'y' * 600}\nz\n")
    assert len(found.rows) == 1
    assert told(found.problems) == [
        "t.csv, row 2: nothing was read from row 2 on: the cells of a file may take 100 MB"
    ]


def _filled(budget: object, rows: int = 100, text: int = 10_000) -> None:
    for name, value in (("rows", rows), ("text", text)):
        setattr(budget, name, value)


@pytest.mark.parametrize(
    ("columns", "problems"), [(100, []), (101, ["only the first 100 columns were read"])]
)
def test_a_hundred_columns_of_a_text_are_read(columns: int, problems: list[str]) -> None:
    found = grid("".join(f"{','.join(['x'] * columns)}\n" for _ in range(2)))
    assert [len(cells) for _, cells in found.rows] == [100, 100]
    assert told(found.problems) == [f"t.csv, row 1: {problem}" for problem in problems]  # once, not a line


def test_a_text_has_as_many_rows_as_a_spreadsheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LAST_ROW", 2)
    assert grid("a,b\nc,d\n").problems == ()
    found = grid("a,b\nc,d\ne,f\ng,h\n")
    assert len(found.rows) == 2
    assert told(found.problems) == [
        "t.csv, row 3: nothing was read from row 3 on: a spreadsheet has no more rows"
    ]


def test_a_line_has_a_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LONGEST_LINE", 20)
    for end in ("\n", "\r\n", "\r"):
        for beyond in (1, 2, 3, 50):
            lines = ["a,b", f"{'x' * 18},y", f"{'x' * (18 + beyond)},y", "c,d", f"{'x' * 18},y"]
            found = grid(end.join(lines))
            assert [number for number, _ in found.rows] == [1, 2, 4, 5]
            assert told(found.problems) == [
                "t.csv, row 3: is longer than 20 characters; this line is left out"
            ]


def test_lines_that_are_not_csv_are_told_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_BROKEN", 2)
    broken, good = '"x"y,z\n', "a,b\n"
    closing = "text stands after a closing quotation mark; this line is left out"
    assert told(grid(good + broken + good).problems) == [f"t.csv, row 2: {closing}"]
    found = grid(good + broken + broken + good)
    assert told(found.problems) == [
        f"t.csv, row 2: {closing}",
        f"t.csv, row 3: {closing}",
        "t.csv, row 4: nothing was read from row 4 on: 2 lines are not CSV",
    ]
    assert told(grid('a,b\nc,d\n"e,f\n').problems) == [
        "t.csv, row 3: a quotation mark is opened and never closed; this line is left out"
    ]


def read(text: str, columns: Sequence[str] = ("learner", "ref")) -> Tables:
    return read_tables("t.csv", [grid(text)], [Shape("Table", tuple(columns))])


def test_a_cell_has_a_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LONGEST_CELL", 5)
    assert len(read("learner,ref\nAda,12345\n").rows) == 1
    found = read("learner,ref\nAda,123456\n")
    assert (found.rows, told(found.problems)) == (
        (),
        ["t.csv, row 2, ref = '123456': holds more than 5 characters"],
    )


def test_a_header_is_looked_for_among_the_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "HEADER_WITHIN", 2)
    assert len(read("note\nlearner,ref\nAda,A\n").rows) == 1
    with pytest.raises(
        DataError, match=r"^t\.csv, row 1, learner: this column is missing\n.*row 1, ref: .* missing$"
    ):
        read("note\nnote\nlearner,ref\nAda,A\n")
    with pytest.raises(DataError, match=r"^t\.csv: holds no row; the header must name learner, ref$"):
        read(",\n,\n")


def test_values_of_a_workbook_become_text() -> None:
    told = {
        True: "yes",
        False: "no",
        7.0: "7",
        1e14: "100000000000000",
        1e15: "1e+15",
        0.1: "0.1",
        -2.5: "-2.5",
    }
    assert {value: sheets._text(value) for value in told} == told
    book, sheet = openpyxl_book([True, 7.0, "x"])
    (found,) = grids("t.xlsx", saved(book))
    assert (found.name, found.rows) == (sheet.title, ((1, ("yes", "7", "x")),))
