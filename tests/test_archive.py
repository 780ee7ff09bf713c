"""The guard before workbooks at each of its sizes: what lies on a limit is read, what lies one beyond is refused."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

from planner import DataError
from planner.files import workbook_guard, workbook_parts
from planner.files.workbook_guard import vetted
from tests import hostile
from tests.hostile import row, workbook
from tests.test_sheets import openpyxl_book, saved

SIZES = {
    "MOST_PARTS": 500,
    "LARGEST_PART": 50_000_000,
    "LARGEST_UNPACKED": 100_000_000,
    "SMALL_PART": 1_000_000,
    "MOST_RATIO": 100,
    "MOST_SHEETS": 20,
    "MOST_COLUMNS": 100,
    "LAST_COLUMN": 16_384,
    "LAST_ROW": 1_048_576,
    "MOST_TAGS": 2_000_000,
    "MOST_AT_ONCE": 500_000,
    "MOST_NAMES": 2_000,
    "DEEPEST": 32,
    "LONGEST_TAG": 256_000,
    "LONGEST_TEXT": 1_000_000,
    "MOST_FORMULAS": 100_000,
    "LONGEST_FORMULA": 200,
}


def test_the_sizes_are_these() -> None:
    found = {**vars(workbook_parts), **vars(workbook_guard)}
    assert {name: found[name] for name in SIZES} == SIZES


def told(content: bytes) -> str:
    """What the guard says of a workbook; nothing if it lets it through."""
    try:
        vetted("l.xlsx", content)
    except DataError as error:
        return str(error)
    return ""


DAMAGED = "l.xlsx: is damaged: open it in a spreadsheet program, save it as .xlsx and try again"


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A workbook with some rows, none of whose parts is packed too tightly."""
    monkeypatch.setattr(workbook_guard, "MOST_RATIO", 1_000)
    return saved(openpyxl_book(["learner", "pins"], *[["Ada", "A"]] * 50)[0])


def parts(content: bytes) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return opened.infolist()


def set_limit(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    module = workbook_guard if hasattr(workbook_guard, name) else workbook_parts
    monkeypatch.setattr(module, name, number)


def test_parts_are_counted(one: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    number = len(parts(one))
    set_limit(monkeypatch, "MOST_PARTS", number)
    assert told(one) == ""
    set_limit(monkeypatch, "MOST_PARTS", number - 1)
    assert told(one) == (f"l.xlsx: has more than {number - 1} parts, which no workbook needs: it is not read")


def test_one_part_and_all_parts_have_a_largest_size(one: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = max(parts(one), key=lambda part: part.file_size)
    total = sum(part.file_size for part in parts(one))
    set_limit(monkeypatch, "LARGEST_PART", largest.file_size)
    set_limit(monkeypatch, "LARGEST_UNPACKED", total)
    assert told(one) == ""
    set_limit(monkeypatch, "LARGEST_UNPACKED", total - 1)
    assert told(one) == "l.xlsx: unpacks to 0 MB; at most 0 MB are read"
    set_limit(monkeypatch, "LARGEST_PART", largest.file_size - 1)
    # A part that is too large is said; that all are too large together is then no news.
    assert told(one) == f"l.xlsx: {largest.filename} unpacks to 0 MB; at most 0 MB are read"


def test_sizes_are_told_in_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook(row(1, "a"), {"xl/other.xml": "x" * 2_600_000})
    set_limit(monkeypatch, "MOST_RATIO", 10_000)
    set_limit(monkeypatch, "LARGEST_PART", 2_000_000)
    assert told(content) == "l.xlsx: xl/other.xml unpacks to 3 MB; at most 2 MB are read"
    set_limit(monkeypatch, "LARGEST_PART", 3_000_000)
    set_limit(monkeypatch, "LARGEST_UNPACKED", 2_000_000)
    assert told(content) == "l.xlsx: unpacks to 3 MB; at most 2 MB are read"


def test_a_part_may_unpack_to_so_many_times_its_size(one: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    tightest = max(parts(one), key=lambda part: part.file_size / part.compress_size)
    ratio = -(-tightest.file_size // tightest.compress_size)
    refused = (
        f"l.xlsx: {tightest.filename} unpacks to more than {ratio - 1} times its size, which no workbook does"
    )
    set_limit(monkeypatch, "SMALL_PART", tightest.file_size - 1)
    set_limit(monkeypatch, "MOST_RATIO", ratio)
    assert told(one) == ""
    set_limit(monkeypatch, "MOST_RATIO", ratio - 1)
    assert told(one) == refused
    set_limit(monkeypatch, "SMALL_PART", tightest.file_size)
    assert told(one) == ""


@pytest.mark.parametrize(
    ("number", "refused"), [(2, ""), (3, "has 3 sheets; a workbook of at most 2 is read")]
)
def test_sheets_are_counted(number: int, refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    book, sheet = openpyxl_book(["learner"], ["Ada"])
    for _ in range(number - 1):
        book.copy_worksheet(sheet)
    set_limit(monkeypatch, "MOST_SHEETS", 2)
    assert told(saved(book)) == (f"l.xlsx: {refused}" if refused else "")


def test_the_last_row_and_the_last_column_are_those_of_a_spreadsheet() -> None:
    assert told(workbook('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')) == ""
    assert told(workbook('<row r="1048577"><c r="A1"><v>1</v></c></row>')) == DAMAGED
    assert told(workbook('<row r="1"><c r="XFE1"><v>1</v></c></row>')) == DAMAGED
    assert told(workbook('<row r="0"><c><v>1</v></c></row>')) == DAMAGED
    assert told(workbook('<row r="1"><c r="1"><v>1</v></c></row>')) == DAMAGED


@pytest.mark.parametrize(("column", "last", "beyond"), [("CV", 100, 0), ("CW", 1, 7)])
def test_a_hundred_columns_are_read(column: str, last: int, beyond: int) -> None:
    data = f'{row(1, "a")}<row r="7"><c r="{column}7"><v>1</v></c></row>'
    (sheet,) = vetted("l.xlsx", workbook(data))[1]
    assert (sheet.last_column, sheet.beyond, sheet.last_row) == (last, beyond, 1 if beyond else 7)


def test_the_first_row_beyond_is_told() -> None:
    data = "".join(f'<row r="{n}"><c r="CW{n}"><v>1</v></c></row>' for n in (4, 9))
    (sheet,) = vetted("l.xlsx", workbook(data))[1]
    assert (sheet.last_row, sheet.last_column, sheet.beyond) == (0, 0, 4)


def test_a_text_between_tags_has_a_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    set_limit(monkeypatch, "CHUNK", 1)  # it is looked at between two chunks
    set_limit(monkeypatch, "LONGEST_TEXT", 5_000)
    assert told(workbook(row(1, "x" * 5_000))) == ""
    assert told(workbook(row(1, "x" * 5_001, "y"))) == DAMAGED


def test_tags_stand_at_most_so_deep_in_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def depth(tag: ElementTree.Element) -> int:
        return 1 + max(map(depth, tag), default=0)

    content = workbook(
        row(1, "a"), {"xl/styles.xml": hostile.styles("<a><b><c><d><e><f/></e></d></c></b></a>")}
    )
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        deepest = depth(ElementTree.fromstring(opened.read("xl/styles.xml")))
    assert deepest >= 7
    set_limit(monkeypatch, "DEEPEST", deepest)
    assert told(content) == ""
    set_limit(monkeypatch, "DEEPEST", deepest - 1)
    assert told(content) == DAMAGED


def test_formulas_without_a_value_are_counted_over_all_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    book, sheet = openpyxl_book(["learner"], ["=A1"], ["=A2"])
    book.copy_worksheet(sheet)
    set_limit(monkeypatch, "MOST_FORMULAS", 4)
    assert told(saved(book)) == ""
    set_limit(monkeypatch, "MOST_FORMULAS", 3)
    assert told(saved(book)) == (
        "l.xlsx: has more than 3 formulas without a stored value; open and save the file in a spreadsheet "
        "program, or type the value"
    )


def test_two_hundred_characters_of_a_formula_are_kept() -> None:
    data = "".join(f"<row><c><f>{'1' * length}</f></c></row>" for length in (198, 199, 200, 500))
    (sheet,) = vetted("l.xlsx", workbook(data))[1]
    assert [(found[:2], len(found[2])) for found in sheet.formulas] == [
        ((1, 1), 199), ((2, 1), 200), ((3, 1), 200), ((4, 1), 200)
    ]  # fmt: skip
    assert sheet.formulas[0][2] == "=" + "1" * 198


def test_every_message_of_what_is_refused_says_what_to_do() -> None:
    assert workbook_guard.REFUSED == {
        "xls": "is an old .xls workbook: save it as .xlsx",
        "locked": "is protected with a password: save it without one",
        "macros": "is a workbook with macros: save it as .xlsx, the kind without macros",
        "xlsb": "is a binary workbook (.xlsb): save it as .xlsx",
        "ods": "is an OpenDocument file (.ods): save it as .xlsx or CSV",
        "numbers": "is a Numbers document: export it as .xlsx or CSV",
        "html": "is a web page or an XML file, whatever its name says: open it in a spreadsheet program and save "
        "it as .xlsx",
        "pdf": "is a PDF document: a table is read from .xlsx or CSV",
        "picture": "is a picture: a table is read from .xlsx or CSV",
        "zip": "is a zip archive without an Excel workbook: a table is read from .xlsx or CSV",
        "links": "takes values from other workbooks: break these links (Data, Edit Links) and save it again",
        "strict": "is a Strict Open XML workbook: save it as the usual kind of .xlsx",
        "large": "holds more than is read: copy the table that is meant into a workbook of its own",
    }
