"""Tables as people hand them in, CSV or Excel, read with bounded memory and time; every cell becomes text.

Workbooks are read as a stream of tags. A reader that builds trees, as openpyxl does even when told to read
only, takes 2.9 GB and 38 seconds for a file of half a megabyte that passes every check of its zip directory.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
import string
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path, PurePath
from typing import IO
from xml.parsers import expat

from planner.errors import DataError, Problem, nearest
from planner.files import Table

LARGEST = 20_000_000
"""Bytes of a file that is read."""

MOST_SHEETS = 20
MOST_COLUMNS = 100
MOST_ROWS = 200_000
"""Rows that hold something, in all sheets of a file together."""

LAST_ROW = 1_048_576
"""The last row a spreadsheet has."""

LAST_COLUMN = 16_384
LAST_DAY = 2_958_466
"""The number of 1 January 10000, which a spreadsheet cannot show."""

HEADER_WITHIN = 50
"""The header is one of the first so many rows that hold something; titles may stand above it."""

LONGEST_CELL = 32_767
"""Characters; a cell of a spreadsheet holds no more."""

LONGEST_LINE = 1_000_000
"""Characters of a line of a CSV file."""

MOST_BROKEN = 1_000
"""Lines of a file that are not CSV."""

MOST_TEXT = 200_000_000
"""Bytes that the cells of one file may take in memory: a workbook can name one long text a million times."""

CELL_BYTES = 50
FORMULA_BYTES = 150
"""What a cell and a formula take in memory beside their text, about."""

MOST_PARTS = 500
LARGEST_PART = 50_000_000
LARGEST_UNPACKED = 100_000_000
"""Of the zip archive that a workbook is: parts, bytes of one and bytes of all when unpacked."""

MOST_RATIO = 100
"""How many times its packed size a part of more than `SMALL_PART` bytes may have when unpacked."""

SMALL_PART = 1_000_000

MOST_STRINGS = 2_000_000
MOST_TAGS = 200_000
"""Texts that the cells of a workbook share; tags kept of a part that describes the workbook."""

CHUNK = 1_000_000
"""Bytes handed to expat at once: older versions look at an unfinished tag again with every chunk."""

DELIMITERS = (",", ";", "\t")

TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
MACRO_SUFFIXES = (".xlsm", ".xltm", ".xlam")

REFUSED = {
    "xls": "is an old .xls workbook: save it as .xlsx",
    "locked": "is protected with a password: save it without one",
    "macros": "is a workbook with macros: save it as .xlsx, the kind without macros",
    "xlsb": "is a binary workbook (.xlsb): save it as .xlsx",
    "ods": "is an OpenDocument file (.ods): save it as .xlsx or CSV",
    "numbers": "is a Numbers document: export it as .xlsx or CSV",
    "html": "is a web page or an XML file, whatever its name says: open it in a spreadsheet program and save"
    " it as .xlsx",
    "pdf": "is a PDF document: a table is read from .xlsx or CSV",
    "picture": "is a picture: a table is read from .xlsx or CSV",
    "zip": "is a zip archive without an Excel workbook: a table is read from .xlsx or CSV",
}
"""Kinds of content that are not read, and what to do about each."""

EXTERNAL_LINKS = "takes values from other workbooks: break these links (Data, Edit Links) and save it again"

DATE_FORMATS = (*range(14, 23), *range(27, 37), 45, 47, *range(50, 59))
"""The number formats for dates and times that a file names without a code; those from 27 to 36 and from 50
on belong to the Chinese, Japanese, Korean and Thai versions."""

LENGTH_FORMAT = 46
LONGEST_FORMAT = 255

MAGIC = {
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"{\\rtf": "html",
}

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the container of old .xls workbooks starts, which also wraps workbooks with a password."""

DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    StopIteration,
)
"""What the standard library raises over a damaged or forged archive or XML part."""

_BLANKS = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: the rows that hold anything, each with its row number (the first row is 1).

    Cells are text: trimmed, a line break or tab within is one space; dates are ISO (2026-11-22,
    2026-11-22T09:30:00), whole numbers have no `.0`, true and false are yes and no, an error of the
    spreadsheet (#N/A) stays as it is.

    Parameters
    ----------
    name
        The sheet's name; empty for a text file.
    problems
        What could not be read, or only by guessing.
    formulas
        Formulas without a stored value: row, column (the first is 1), formula. Their cells are blank.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    problems: tuple[Problem, ...] = ()
    formulas: tuple[tuple[int, int, str], ...] = ()


def read_bytes(path: Path) -> bytes:
    """The content of a file of at most `LARGEST` bytes.

    Raises
    ------
    DataError
        The file is missing, a folder, too large, empty or cannot be read.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
            size = max(len(content), file.seek(0, io.SEEK_END) if file.seekable() else 0)
    except FileNotFoundError:
        raise _refusal(source, "there is no such file") from None
    except IsADirectoryError:
        raise _refusal(source, "is a folder, not a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _refusal(source, f"cannot be read: {reason}") from None
    _check_size(source, size)
    return content


def grids(source: str, content: bytes) -> tuple[Grid, ...]:
    """The sheets of a workbook, hidden ones too, or the one table of a text file.

    `source` is the file's name as the user knows it; its suffix says the kind: .csv, .txt, .tsv or .xlsx.

    Raises
    ------
    DataError
        The file is of another kind, damaged, too large or protected; the message says what to do.
    """
    _check_size(source, len(content))
    suffix = PurePath(source).suffix.casefold()
    kind = _kind(source, content)
    if kind == "workbook" and suffix in MACRO_SUFFIXES:
        kind = "macros"
    if kind in REFUSED:
        raise _refusal(source, REFUSED[kind])
    if kind == "workbook":
        if suffix != ".xlsx":
            raise _refusal(source, "is an Excel workbook: give it a name that ends in .xlsx")
        return _workbook_grids(source, content)
    if suffix in TEXT_SUFFIXES:
        return (_text_grid(source, content),)
    if suffix.startswith((".xl", ".ods")):
        if b"\0" in content:
            raise _damaged(source)
        raise _refusal(source, "is a text file, not a workbook: give it a name that ends in .csv")
    raise _refusal(source, "must have a name that ends in .csv, .txt, .tsv or .xlsx")


def one_of(grids: Sequence[Grid], *names: str) -> Grid | None:
    """The sheet that has the first of these names, in any case; None if no sheet has any."""
    by_name = {_folded(grid.name): grid for grid in reversed(grids)}
    return next((by_name[_folded(name)] for name in names if _folded(name) in by_name), None)


def table(
    grid: Grid,
    source: str,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    *,
    ignore_others: bool = True,
) -> Table:
    """The rows below the header, by column.

    The header is the first row, of the first `HEADER_WITHIN`, that names all `columns`, in any case;
    blanks, hyphens and underscores make no difference. The keys of a row are `columns` and those of
    `optional` that the header names; a cell missing at the row's end is "". Rows blank in all of these are
    left out. Problems hold those of the grid and of each row left out because of one.

    Other columns are the user's own; with `ignore_others` false each is a problem.

    Raises
    ------
    DataError
        No row names all columns, or the header names one twice.
    """
    wanted = [*columns, *optional]
    found = header_at(grid, columns)
    if found is None:
        raise DataError(_missing_columns(grid, source, columns, wanted))
    number, header = grid.rows[found]
    places, problems = _places(header, number, source, wanted, ignore_others)
    reader = _TableReader(source, places, columns, len(header), grid)
    for row, cells in grid.rows[found + 1 :]:
        reader.read(row, cells)
    return Table(tuple(reader.rows), (*grid.problems, *problems, *reader.problems))


def header_at(grid: Grid, columns: Sequence[str]) -> int | None:
    """Where in the grid's rows the header with these columns is; None if there is none."""
    needed = {_folded(name) for name in columns}
    for index, (_, cells) in enumerate(grid.rows[:HEADER_WITHIN]):
        if needed <= {_folded(cell) for cell in cells}:
            return index
    return None


def text_of(source: str, content: bytes) -> tuple[str, tuple[Problem, ...]]:
    """The text of a file in UTF-8, in UTF-16 with its mark or else in Windows-1252, which is a problem.

    Raises
    ------
    DataError
        The bytes are not text.
    """
    problems: tuple[Problem, ...] = ()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError:
            raise _refusal(source, "is damaged text in UTF-16: save it as CSV UTF-8") from None
    else:
        content = content.removeprefix(b"\xef\xbb\xbf")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            text = content.decode("windows-1252", errors="replace")
            row = content.count(b"\n", 0, error.start) + 1
            message = "is not UTF-8: read as Windows-1252; check accented letters"
            problems = (Problem(source, message, row=row),)
    if "\0" in text:
        raise _refusal(source, "holds NUL bytes, so it is not a text file: save it as CSV UTF-8")
    if problems and len(_CONTROL.findall(_BREAKS.sub("", text[:10_000]))) > 10:
        raise _refusal(source, "is not a text file: a table is read from .xlsx or CSV")
    return text, problems


def _refusal(source: str, message: str) -> DataError:
    return DataError([Problem(source, message)])


def _check_size(source: str, size: int) -> None:
    if size == 0:
        raise _refusal(source, "is empty")
    if size > LARGEST:
        raise _refusal(source, f"has {size / 1e6:.1f} MB; at most {LARGEST / 1e6:.0f} MB are read")


def _kind(source: str, content: bytes) -> str:
    """What the bytes are: "workbook", "text" or a kind of `REFUSED`."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with _archive(source, content) as archive:
            return _archive_kind({name.casefold() for name in archive.namelist()})
    if content.startswith(COMPOUND_FILE):
        return "locked" if "EncryptedPackage".encode("utf-16-le") in content else "xls"
    start = content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
        return "html"
    return next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), "text")


def _archive_kind(names: set[str]) -> str:
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        return "macros"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "index/document.iwa" in names or "index.zip" in names:
        return "numbers"
    if "mimetype" in names and "content.xml" in names:
        return "ods"
    if "[content_types].xml" in names and not any(name.startswith(("word/", "ppt/")) for name in names):
        return "workbook"
    return "zip"


# --- Rows, of either kind of file -------------------------------------------------------------------------


@dataclass(slots=True)
class _Budget:
    """What may still be kept of one file, and whether a formula in it has a value."""

    rows: int = MOST_ROWS
    text: int = MOST_TEXT
    computed: bool = False


_Formula = tuple[str, bool]
"""A formula without a stored value, and whether the file may mean that its value is the empty text.

Some programs write both alike. But a program that computes stores a value for some formula or other.
"""


@dataclass(slots=True)
class _Rows:
    """The rows of one sheet as they are read, until the budget is spent."""

    source: str
    budget: _Budget
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    formulas: list[tuple[int, int, str, bool]] = field(default_factory=list)
    full: bool = False
    wide: bool = False

    def add(self, number: int, cells: Sequence[str], formulas: Mapping[int, _Formula] | None = None) -> None:
        """Keeps a row if it holds anything; `formulas` are by column."""
        formulas = formulas or {}
        if not any(cells) and not formulas:
            return
        self.budget.rows -= 1
        self.budget.text -= sum(len(cell) + CELL_BYTES for cell in cells if cell)
        self.budget.text -= sum(len(formula) + FORMULA_BYTES for formula, _ in formulas.values())
        if self.budget.rows < 0:
            self.stop(number, f"{MOST_ROWS:,} rows that hold something are the most")
        elif self.budget.text < 0:
            self.stop(number, f"the cells of a file may take {MOST_TEXT // 1_000_000} MB")
        else:
            self.rows.append((number, tuple(cells)))
            self.formulas += [(number, column, *formulas[column]) for column in sorted(formulas)]

    def stop(self, number: int, reason: str) -> None:
        if not self.full:
            self.problem(number, f"nothing was read from row {number} on: {reason}")
        self.full = True

    def beyond(self, number: int) -> None:
        """Tells, once, that a row reaches beyond the last column that is read."""
        if not self.wide:
            self.problem(number, f"only the first {MOST_COLUMNS} columns were read")
        self.wide = True

    def problem(self, number: int, message: str) -> None:
        self.problems.append(Problem(self.source, message, row=number))

    def grid(self, name: str, problems: Sequence[Problem] = ()) -> Grid:
        formulas = tuple(
            (row, column, formula)
            for row, column, formula, doubtful in self.formulas
            if not (doubtful and self.budget.computed)
        )
        return Grid(name, tuple(self.rows), (*problems, *self.problems), formulas)


def _cell(text: str) -> str:
    """A cell's text without blanks around it, on one line."""
    if _BREAKS.search(text):
        parts = (part.strip(_BLANKS) for part in _BREAKS.split(text))
        return " ".join(part for part in parts if part)
    return text.strip(_BLANKS)


# --- The table within a grid ------------------------------------------------------------------------------


@lru_cache(maxsize=10_000)
def _folded(name: str) -> str:
    """A column's or sheet's name as names are compared; nothing that long is one."""
    return re.sub(r"[\s_\-\u2010-\u2015]", "", name.casefold()) if len(name) <= 200 else name[:200]


def _missing_columns(grid: Grid, source: str, columns: Sequence[str], wanted: Sequence[str]) -> list[Problem]:
    """The columns missing from the row most like a header."""
    if not grid.rows:
        return [*grid.problems, Problem(source, f"holds no row; the header must name {', '.join(columns)}")]
    known = {_folded(name) for name in wanted}

    def likeness(row: tuple[int, tuple[str, ...]]) -> int:
        return len(known & {_folded(cell) for cell in row[1]})

    def resemblance(row: tuple[int, tuple[str, ...]]) -> int:
        return sum(1 for name in columns if nearest(name, row[1]))

    first = grid.rows[:HEADER_WITHIN]
    number, cells = max(first, key=likeness if any(map(likeness, first)) else resemblance)
    names = {_folded(cell) for cell in cells}
    others = [cell for cell in cells if cell and _folded(cell) not in known]
    missing = [name for name in columns if _folded(name) not in names]
    hints = {name: nearest(name, others) for name in missing}
    return [
        *grid.problems,
        *(
            Problem(source, f"this column is missing{hints[name]}", row=number, field=name)
            for name in missing
        ),
    ]


def _places(
    header: Sequence[str], number: int, source: str, wanted: Sequence[str], ignore_others: bool
) -> tuple[dict[str, int], list[Problem]]:
    """Where each wanted column stands (the first is 0), and the columns not known."""
    by_folded = {_folded(name): name for name in wanted}
    places: dict[str, int] = {}
    twice, unknown = [], []
    for place, cell in enumerate(header):
        name = by_folded.get(_folded(cell))
        if name is None:
            if cell and not ignore_others:
                message = f"this column is unknown{nearest(cell, wanted)}"
                unknown.append(Problem(source, message, row=number, field=f"column {place + 1}", value=cell))
        elif name in places:
            message = f"this column stands twice, as columns {places[name] + 1} and {place + 1}"
            twice.append(Problem(source, message, row=number, field=name))
        else:
            places[name] = place
    if twice:
        raise DataError(twice)
    return {name: places[name] for name in wanted if name in places}, unknown


class _TableReader:
    """Collects the rows below a header, and what is wrong with the rows left out."""

    def __init__(
        self, source: str, places: Mapping[str, int], columns: Sequence[str], width: int, grid: Grid
    ) -> None:
        self.source = source
        self.places = places
        self.header = {name: _folded(name) for name in columns}
        self.width = width if grid.name == "" else None
        self.rows: list[tuple[int, dict[str, str]]] = []
        self.problems: list[Problem] = []
        self.formulas: dict[int, dict[int, str]] = {}
        for row, column, formula in grid.formulas:
            self.formulas.setdefault(row, {})[column] = formula

    def read(self, number: int, cells: Sequence[str]) -> None:
        values = {name: cells[place] if place < len(cells) else "" for name, place in self.places.items()}
        formulas = self.formulas.get(number, {})
        unvalued = [name for name, place in self.places.items() if place + 1 in formulas] if formulas else []
        if not any(values.values()) and not unvalued:
            return
        before = len(self.problems)
        # In a text file a cell too many means that a delimiter is not quoted: all cells after it are shifted.
        if self.width is not None and any(cells[self.width :]):
            self._problem(number, f"has {len(cells)} cells where the header has {self.width}")
        elif all(_folded(values[name]) == folded for name, folded in self.header.items()):
            self._problem(number, "repeats the header")
        for name in unvalued:
            message = (
                "is a formula without a stored value; open and save the file in a spreadsheet program,"
                " or type the value"
            )
            self._problem(number, message, name, formulas[self.places[name] + 1])
        for name, text in values.items():
            if len(text) > LONGEST_CELL:
                self._problem(number, f"holds more than {LONGEST_CELL:,} characters", name, text)
            elif not text.isprintable() and _CONTROL.search(text):
                self._problem(number, "holds a control character", name, text)
        if len(self.problems) == before:
            self.rows.append((number, values))

    def _problem(self, number: int, message: str, name: str = "", value: str = "") -> None:
        self.problems.append(Problem(self.source, message, row=number, field=name, value=value[:200]))


# --- Text files -------------------------------------------------------------------------------------------


def _text_grid(source: str, content: bytes) -> Grid:
    text, problems = text_of(source, content)
    directive = re.match(r"sep=([,;\t])\r?\n", text)
    delimiter = directive[1] if directive else _delimiter(text[:LONGEST_LINE])
    rows = _Rows(source, _Budget())
    for number, record in _records(_Lines(text), delimiter):
        if number > LAST_ROW:
            rows.stop(number, "a spreadsheet has no more rows")
        elif isinstance(record, str):
            rows.problem(number, f"{record}; this line is left out")
            if len(rows.problems) >= MOST_BROKEN:
                rows.stop(number + 1, f"{MOST_BROKEN:,} lines are not CSV")
        elif not (directive and number == 1):
            if any(record[MOST_COLUMNS:]):
                rows.beyond(number)
            rows.add(number, [_cell(cell) for cell in record[:MOST_COLUMNS]])
        if rows.full:
            break
    return rows.grid("", problems)


def _delimiter(text: str) -> str:
    """The delimiter that makes rows of most of the first lines; of equals, the one with the widest rows."""
    return max(DELIMITERS, key=lambda delimiter: _covered(text, delimiter))


def _covered(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first lines are rows of two or more cells, and how many cells they have at most.

    The first row that holds this delimiter and none of the others says so: a header names columns, so it
    holds one delimiter only, while a row below it may well hold all three.
    """
    others = set(DELIMITERS) - {delimiter}
    lines = _Lines(text)
    covered = width = 0
    for number, record in _records(lines, delimiter):
        if number > HEADER_WITHIN:
            break
        if isinstance(record, str) or len(record) < 2:
            continue
        if not width and not any(other in cell for cell in record for other in others):
            width = len(record)
        if len(record) <= width:
            covered += lines.taken
    return covered, width


class _Lines:
    """The lines of a text, read so that a broken record costs its first line only."""

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text, newline="")
        self._second_line = 0
        self.taken = 0
        """How many lines the present record has taken."""

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE):
            long = len(line) == LONGEST_LINE
            rest = line
            while not self.taken and len(rest) == LONGEST_LINE and not rest.endswith(("\n", "\r")):
                rest = self._text.readline(LONGEST_LINE)
            if not self.taken:
                self._second_line = self._text.tell()
            self.taken += 1
            if long:
                raise csv.Error("long")
            yield line

    def new_record(self) -> None:
        self.taken = 0

    def after_first_line(self) -> None:
        """Goes back to the line after the first of the present record."""
        self._text.seek(self._second_line)


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """The records of a CSV text, each with its row number; in place of a broken one what is wrong with it."""
    reader: Iterator[list[str]] | None = None
    number = 0
    while True:
        if reader is None:
            reader = csv.reader(iter(lines), delimiter=delimiter, strict=True, skipinitialspace=True)
        number += 1
        lines.new_record()
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.after_first_line()
            reader = None
            yield number, _in_words(str(error))


def _in_words(error: str) -> str:
    """What the csv module's message means to the person who made the file."""
    if error == "long":
        return f"is longer than {LONGEST_LINE:,} characters"
    if "unexpected end" in error:
        return "a quotation mark is opened and never closed"
    if "field larger" in error:
        return (
            f"a cell has more than {csv.field_size_limit():,} characters, or a quotation mark is never closed"
        )
    if "expected after" in error:
        return "text stands after a closing quotation mark"
    return f"is not CSV ({error})"


# --- Workbooks --------------------------------------------------------------------------------------------


def _archive(source: str, content: bytes) -> zipfile.ZipFile:
    """The zip archive that a workbook is, its directory not yet judged."""
    # Counted before zipfile makes an object of each: a directory may name hundreds of thousands.
    if content.count(b"PK\x01\x02") > MOST_PARTS:
        raise _refusal(source, f"has more than {MOST_PARTS} parts, which no workbook needs: it is not read")
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except DAMAGE:
        raise _damaged(source) from None


def _damaged(source: str, what: str = "") -> DataError:
    where = f" ({what})" if what else ""
    return _refusal(
        source, f"is damaged{where}: open it in a spreadsheet program, save it as .xlsx and try again"
    )


def _workbook_grids(source: str, content: bytes) -> tuple[Grid, ...]:
    with _archive(source, content) as archive:
        problems = [Problem(source, message) for message in _archive_problems(archive.infolist())]
        if problems:
            raise DataError(problems)
        package = _Package(archive)
        try:
            return _sheets(source, package)
        except _DoctypeError:
            raise _refusal(source, "declares XML entities, which no workbook does: it is not read") from None
        except DAMAGE:
            raise _damaged(source, package.reading) from None


def _archive_problems(parts: Sequence[zipfile.ZipInfo]) -> list[str]:
    """What forbids unpacking, as the archive's directory tells it; nothing is unpacked for that."""
    problems = [message for part in parts if (message := _part_problem(part))]
    total = sum(part.file_size for part in parts)
    if total > LARGEST_UNPACKED and not problems:
        most = LARGEST_UNPACKED // 1_000_000
        problems.append(f"unpacks to {total / 1e6:,.0f} MB; at most {most} MB are read")
    if len({part.filename.casefold() for part in parts}) < len(parts):
        problems.append("holds two parts of one name: it is not read")
    return problems[:10]


def _part_problem(part: zipfile.ZipInfo) -> str:
    name = part.filename
    if part.flag_bits & 0x1:
        return f"is encrypted ({name[:80]}): save it without a password"
    if (
        name.startswith("/")
        or ".." in name.split("/")
        or set(name) & set("\\:")
        or "\0" in part.orig_filename
    ):
        return f"holds a part with a forbidden name ({name[:80]}): it is not read"
    if name.casefold().startswith("xl/externallinks/"):
        return EXTERNAL_LINKS
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed in a way that is not read ({name[:80]}): save it again as .xlsx"
    if part.file_size > LARGEST_PART:
        megabytes = part.file_size / 1e6
        return f"{name[:80]} unpacks to {megabytes:,.0f} MB; at most {LARGEST_PART // 1_000_000} MB are read"
    if part.file_size > SMALL_PART and part.file_size > MOST_RATIO * part.compress_size:
        return f"{name[:80]} unpacks to more than {MOST_RATIO} times its size, which no workbook does"
    return ""


class _DoctypeError(Exception):
    """A part declares a document type, and with it entities: only forged files do."""


def _refuse_doctype(*_: object) -> None:
    raise _DoctypeError


def _parse(
    file: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Hands each tag and text of an XML part to a function; nothing else is kept."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    while chunk := file.read(CHUNK):
        parser.Parse(chunk, False)
        if enough():
            return
    parser.Parse(b"", True)


class _Package:
    """The parts of a workbook by name; zipfile unpacks none beyond the size its directory declares."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.casefold(): name for name in archive.namelist()}
        self.reading = ""

    def open(self, name: str) -> IO[bytes]:
        """Raises KeyError if there is no such part."""
        self.reading = name[:80]
        return self._archive.open(self._names[name.casefold()])

    def tags(self, name: str, *wanted: str) -> list[tuple[str, dict[str, str]]]:
        """The tags with these names in one part, in order, each with its attributes."""
        found: list[tuple[str, dict[str, str]]] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            tag = tag.rpartition(":")[2]
            if tag in wanted:
                if len(found) == MOST_TAGS:
                    raise ValueError(f"more than {MOST_TAGS} tags")
                found.append((tag, attributes))

        with self.open(name) as file:
            _parse(file, start)
        return found

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to: kind and name, by id. The name "" is the package itself."""
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        return {
            tag["Id"]: (tag["Type"].rpartition("/")[2], _resolved(folder, tag["Target"]))
            for _, tag in self.tags(rels, "Relationship")
            if tag.get("TargetMode", "Internal") == "Internal"
        }


def _resolved(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _sheets(source: str, package: _Package) -> tuple[Grid, ...]:
    """The worksheets of a workbook in order; sheets that hold a chart only are left out."""
    kinds = package.tags("[Content_Types].xml", "Default", "Override")
    if any("macroenabled" in tag.get("ContentType", "").casefold() for _, tag in kinds):
        raise _refusal(source, REFUSED["macros"])
    book = next(name for kind, name in package.related("").values() if kind == "officeDocument")
    related = package.related(book)
    by_kind = dict(related.values())
    if "externalLink" in by_kind:
        raise _refusal(source, EXTERNAL_LINKS)
    tags = package.tags(book, "workbookPr", "sheet")
    sheets = [
        (tag["name"], related[_relation(tag)][1])
        for kind, tag in tags
        if kind == "sheet" and related[_relation(tag)][0] == "worksheet"
    ]
    if not sheets:
        raise _refusal(source, "has no sheet with cells")
    if len(sheets) > MOST_SHEETS:
        raise _refusal(source, f"has {len(sheets)} sheets; a workbook of at most {MOST_SHEETS} is read")
    from_1904 = any(kind == "workbookPr" and tag.get("date1904") in ("1", "true") for kind, tag in tags)
    values = _Values(
        _shared_strings(package, by_kind["sharedStrings"]) if "sharedStrings" in by_kind else [],
        _date_styles(package, by_kind["styles"]) if "styles" in by_kind else {},
        from_1904,
    )
    budget = _Budget()
    read = [_sheet_rows(source, package, name, part, values, budget) for name, part in sheets]
    return tuple(rows.grid(_sheet_name(name)) for (name, _), rows in zip(sheets, read, strict=True))


def _sheet_name(name: str) -> str:
    return _cell(name) or "(no name)"


def _relation(tag: Mapping[str, str]) -> str:
    """The id that a sheet's tag refers by; its prefix depends on the program that wrote the file."""
    return next(value for name, value in tag.items() if name.endswith(":id"))


def _sheet_rows(
    source: str, package: _Package, name: str, part: str, values: _Values, budget: _Budget
) -> _Rows:
    rows = _Rows(f"{source}, sheet {_sheet_name(name)}", budget)
    reader = _SheetReader(values, rows)
    with package.open(part) as file:
        _parse(file, reader.start, reader.end, reader.text, lambda: rows.full)
    return rows


def _shared_strings(package: _Package, name: str) -> list[str]:
    """The texts that cells refer to by number, each cleaned once."""
    reader = _StringReader()
    with package.open(name) as file:
        _parse(file, reader.start, reader.end, reader.text)
    return reader.strings


class _StringReader:
    """Collects the texts of the part `sharedStrings`, without their phonetic readings."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._phonetic = False
        self._inside = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "t":
            self._inside = not self._phonetic
        elif tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "t":
            self._inside = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            if len(self.strings) == MOST_STRINGS:
                raise ValueError(f"more than {MOST_STRINGS} texts")
            self.strings.append(_unescaped("".join(self._pieces)))
            self._pieces.clear()

    def text(self, text: str) -> None:
        if self._inside:
            self._pieces.append(text)


def _date_styles(package: _Package, name: str) -> dict[int, bool]:
    """The numbers of the cell styles that show a number as a date or (True) as a length of time."""
    dates = dict.fromkeys(DATE_FORMATS, False) | {LENGTH_FORMAT: True}
    formats: list[int] = []
    for kind, tag in package.tags(name, "numFmt", "cellStyleXfs", "cellXfs", "xf", "dxfs"):
        if kind == "dxfs":
            break
        if kind == "numFmt":
            code = _bare_format(tag.get("formatCode", ""))
            dates.pop(int(tag["numFmtId"]), None)
            if re.search("[dmyhs]", code):
                dates[int(tag["numFmtId"])] = "[" in code
        elif kind == "xf":
            formats.append(int(tag.get("numFmtId", "0")))
        else:
            formats.clear()
    return {style: dates[number] for style, number in enumerate(formats) if number in dates}


def _bare_format(code: str) -> str:
    """The first section of a number format without its literal characters, colours, languages and blanks."""
    code = re.sub(r'"[^"]*"|[\\_*].', "", code[:LONGEST_FORMAT]).partition(";")[0].lower()
    return re.sub(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", "", code).replace("general", "")


@dataclass(frozen=True, slots=True)
class _Values:
    """What turns a cell of the file into text: the shared texts, the styles of dates, the calendar."""

    strings: Sequence[str]
    dates: Mapping[int, bool]
    from_1904: bool

    def text(self, kind: str, style: str, raw: str) -> str:
        """The text of a cell with its type, style and value as the file writes them."""
        if kind == "s":
            return self.strings[int(raw)] if raw else ""
        if kind in ("str", "inlineStr"):
            return _unescaped(raw)
        raw = raw.strip()
        if kind == "b":
            return {"1": "yes", "true": "yes", "0": "no", "false": "no"}.get(raw, raw)
        if kind == "d":
            return _iso_text(raw)
        if kind == "n" and raw:
            return self._number(raw, int(style or 0))
        return _cell(raw)

    def _number(self, raw: str, style: int) -> str:
        if style in self.dates:
            with suppress(ValueError, OverflowError):
                return _serial_text(float(raw), self.dates[style], self.from_1904)
        return _number_text(raw)


def _unescaped(text: str) -> str:
    """A text with characters that XML cannot hold, which the file writes as _x000D_, in their place."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return _cell(text)


def _number_text(raw: str) -> str:
    """A number as a spreadsheet shows it: at most 15 digits, without .0; any whole number in full."""
    if raw.isascii() and raw.removeprefix("-").isdigit() and len(raw) <= LONGEST_FORMAT:
        return str(int(raw))
    try:
        number = float(raw)
    except ValueError:
        return _cell(raw)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _serial_text(serial: float, is_length: bool, from_1904: bool) -> str:
    """Days since the calendar's start as a date, a time of day or, in hours, a length of time.

    To the second. Raises ValueError or OverflowError for what is no day.
    """
    seconds = round(serial * 86_400)
    if is_length:
        hours, rest = divmod(abs(seconds), 3600)
        return f"{'-' if seconds < 0 else ''}{hours}:{rest // 60:02}:{rest % 60:02}"
    if not 0 <= serial < LAST_DAY:
        raise ValueError("no day")
    # The calendar of 1900 counts a 29 February that was none.
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 if serial >= 60 else 31)
    moment = start + timedelta(seconds=seconds)
    return moment.time().isoformat() if serial < 1 else _moment_text(moment)


def _moment_text(moment: datetime) -> str:
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat()


def _iso_text(raw: str) -> str:
    """A date that the file writes as ISO text, without a time of midnight."""
    try:
        return _moment_text(datetime.fromisoformat(raw).replace(tzinfo=None))
    except ValueError:
        return _cell(raw)


@lru_cache(maxsize=1000)
def _column(letters: str) -> int:
    """The number of a column; the first is 1. Raises ValueError for none."""
    number = 0
    for letter in letters[:4]:
        number = number * 26 + string.ascii_uppercase.index(letter) + 1
    if not 1 <= number <= LAST_COLUMN:
        raise ValueError("no column")
    return number


class _SheetReader:
    """Takes the tags of a sheet one by one and keeps the rows that hold anything."""

    def __init__(self, values: _Values, rows: _Rows) -> None:
        self._values = values
        self._rows = rows
        self._in_data = False
        self._row = 0
        self._column = 0
        self._cells: dict[int, str] = {}
        self._formulas: dict[int, _Formula] = {}
        self._kind = self._style = ""
        self._taking: list[str] | None = None
        self._value: list[str] = []
        self._has_value = False
        self._formula: list[str] | None = None
        self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if not self._in_data:
            self._in_data = tag == "sheetData"
        elif tag == "c":
            reference = attributes.get("r", "")
            self._column = _column(reference.rstrip("0123456789")) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._value = []
            self._has_value = False
            self._formula = None
        elif tag == "v" or (tag == "t" and not self._phonetic):
            self._taking = self._value
            self._has_value = True
        elif tag == "f":
            self._taking = self._formula = []
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        if not self._in_data:
            return
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag in ("v", "t", "f"):
            self._taking = None
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "sheetData":
            self._in_data = False

    def text(self, text: str) -> None:
        if self._taking is not None:
            self._taking.append(text)

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
        if not 1 <= self._row <= LAST_ROW:
            raise ValueError(f"no row {self._row}")
        self._column = 0

    def _end_cell(self) -> None:
        raw = "".join(self._value)
        if not raw and self._formula is None:
            return
        text = self._values.text(self._kind, self._style, raw)
        # The type of a cell says that its formula has a value, be it the empty text.
        valued = self._formula is not None and bool(raw or self._kind == "str")
        self._rows.budget.computed |= valued
        if self._column > MOST_COLUMNS:
            self._rows.beyond(self._row)
        elif text:
            self._cells[self._column] = text
        elif self._formula is not None and not valued:
            self._formulas[self._column] = ("=" + "".join(self._formula), self._has_value)

    def _end_row(self) -> None:
        if (self._cells or self._formulas) and not self._rows.full:
            width = max(self._cells, default=0)
            cells = [self._cells.get(column, "") for column in range(1, width + 1)]
            self._rows.add(self._row, cells, self._formulas)
        self._cells = {}
        self._formulas = {}
