"""Tables as people hand them in, CSV or Excel, read with bounded memory and time; every cell becomes text."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path, PurePath
from sys import getsizeof
from threading import Lock

from planner.errors import Problem
from planner.files.text_files import LARGEST_FILE, note_read, plain_text
from planner.files.workbook_guard import REFUSED, damaged, kind, refusal, told_as_damage, vetted
from planner.files.workbook_parts import LAST_ROW, MOST_COLUMNS, Sheet

MOST_ROWS = 200_000
"""Rows that hold something, in all sheets of a file together."""

MOST_TEXT = 100_000_000
"""Bytes that the cells of one file may take in memory: a workbook can name one long text a million times."""

LONGEST_CELL = 32_767
"""Characters; a cell of a spreadsheet holds no more."""

LONGEST_LINE = 1_000_000
"""Characters of a line of a CSV file."""

MOST_BROKEN = 1_000
"""Lines of a file that are not CSV."""

LOOKED_AT = 50
"""Lines that say what the delimiter is."""

DELIMITERS = (",", ";", "\t")

TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
MACRO_SUFFIXES = (".xlsm", ".xltm", ".xlam")

_BLANKS = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Soft hyphens, blanks of no width, marks of an encoding: they come with what is pasted, part of no text."""
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("_x(00[01][0-9A-Fa-f])_")

BEYOND = f"only the first {MOST_COLUMNS} columns were read"

_ONE_AT_A_TIME = Lock()
"""Held while openpyxl reads, which may take hundreds of megabytes, and warns and prints for all threads."""


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
        Formulas without a stored value, the long ones shortened: row, column (the first is 1), formula.
        Their cells are blank.
    hidden
        Whether nobody sees the sheet who opens the workbook.
    merged
        Cells merged over several rows: the first row, the first column (the first is 1), the last row.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    problems: tuple[Problem, ...] = ()
    formulas: tuple[tuple[int, int, str], ...] = ()
    hidden: bool = False
    merged: tuple[tuple[int, int, int], ...] = ()


def read_bytes(path: Path) -> bytes:
    """The content of a file of at most `LARGEST_FILE` bytes.

    Raises
    ------
    DataError
        The file is missing, a folder, too large, empty or cannot be read.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            note_read(file.fileno())
            content = file.read(LARGEST_FILE + 1)
            size = max(len(content), file.seek(0, io.SEEK_END) if file.seekable() else 0)
    except FileNotFoundError:
        raise refusal(source, "there is no such file") from None
    except IsADirectoryError:
        raise refusal(source, "is a folder, not a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise refusal(source, f"cannot be read: {reason}") from None
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
    found = kind(source, content)
    if found == "workbook" and suffix in MACRO_SUFFIXES:
        found = "macros"
    if found in REFUSED:
        raise refusal(source, REFUSED[found])
    if found == "workbook":
        if suffix != ".xlsx":
            raise refusal(source, "is an Excel workbook: give it a name that ends in .xlsx")
        return _workbook_grids(source, content)
    if suffix in TEXT_SUFFIXES:
        return (_text_grid(source, content),)
    if suffix.startswith((".xl", ".ods")):
        if b"\0" in content:
            raise damaged(source)
        raise refusal(source, "is a text file, not a workbook: give it a name that ends in .csv")
    raise refusal(source, "must have a name that ends in .csv, .txt, .tsv or .xlsx")


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
            raise refusal(source, "is damaged text in UTF-16: save it as CSV UTF-8") from None
    else:
        while content.startswith(b"\xef\xbb\xbf"):  # some programs write the mark before one that is there
            content = content.removeprefix(b"\xef\xbb\xbf")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            text = content.decode("windows-1252", errors="replace")
            row = content.count(b"\n", 0, error.start) + 1
            message = "is not UTF-8: read as Windows-1252; check accented letters"
            problems = (Problem(source, message, row=row),)
    if "\0" in text:
        raise refusal(source, "holds NUL bytes, so it is not a text file: save it as CSV UTF-8")
    if problems and len(CONTROL.findall(_BREAKS.sub("", text[:10_000]))) > 10:
        raise refusal(source, "is not a text file: a table is read from .xlsx or CSV")
    return text, problems


def _check_size(source: str, size: int) -> None:
    if size == 0:
        raise refusal(source, "is empty")
    if size > LARGEST_FILE:
        raise refusal(source, f"has {size / 1e6:.1f} MB; at most {LARGEST_FILE / 1e6:.0f} MB are read")


# --- Rows, of either kind of file -------------------------------------------------------------------------


@dataclass(slots=True)
class _Budget:
    """What may still be kept of one file: rows, bytes of text."""

    rows: int = MOST_ROWS
    text: int = MOST_TEXT


@dataclass(slots=True)
class _SheetRows:
    """The rows of one sheet as they are read, until the budget is spent."""

    source: str
    sheet: str
    budget: _Budget
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    full: bool = False

    def add(self, number: int, cells: Sequence[str]) -> None:
        self.budget.rows -= 1
        # Bytes, not characters: one letter beyond Latin-1 makes each of a text take two or four.
        self.budget.text -= sum(getsizeof(cell) for cell in cells if cell)
        if self.budget.rows < 0:
            self.stop(number, f"{MOST_ROWS:,} rows that hold something are the most")
        elif self.budget.text < 0:
            self.stop(number, f"the cells of a file may take {MOST_TEXT // 1_000_000} MB")
        else:
            self.rows.append((number, tuple(cells)))

    def stop(self, number: int, reason: str) -> None:
        if not self.full:
            self.problem(number, f"nothing was read from row {number} on: {reason}")
        self.full = True

    def problem(self, number: int, message: str) -> None:
        self.problems.append(Problem(self.source, message, row=number, sheet=self.sheet))


def cell_text(text: str) -> str:
    """A cell's text without blanks around it and without what nobody sees, on one line."""
    if not text.isascii():
        text = text.translate(_UNSEEN)
    if _BREAKS.search(text):
        parts = (part.strip(_BLANKS) for part in _BREAKS.split(text))
        return " ".join(part for part in parts if part)
    return text.strip(_BLANKS)


# --- Text files -------------------------------------------------------------------------------------------


def _text_grid(source: str, content: bytes) -> Grid:
    text, problems = text_of(source, content)
    directive = re.match(r"sep=([,;\t])\r?\n", text)
    delimiter = directive[1] if directive else _delimiter(text[:LONGEST_LINE])
    rows = _SheetRows(source, "", _Budget())
    wide = False
    for number, record in _records(_Lines(text), delimiter):
        if number > LAST_ROW:
            rows.stop(number, "a spreadsheet has no more rows")
        elif isinstance(record, str):
            rows.problem(number, f"{record}; this line is left out")
            if len(rows.problems) >= MOST_BROKEN:
                rows.stop(number + 1, f"{MOST_BROKEN:,} lines are not CSV")
        elif not (directive and number == 1):
            if not wide and any(record[MOST_COLUMNS:]):
                rows.problem(number, BEYOND)
                wide = True
            cells = [cell_text(_typed(cell)) for cell in record[:MOST_COLUMNS]]
            if any(cells):
                rows.add(number, cells)
        if rows.full:
            break
    return Grid("", tuple(rows.rows), (*problems, *rows.problems))


def _typed(cell: str) -> str:
    """What somebody meant who wrote a text as ="0012", so that no spreadsheet makes a number of it."""
    if len(cell) > 2 and cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1].replace('""', '"')
    return plain_text(cell)


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
        if number > LOOKED_AT:
            break
        if isinstance(record, str) or len(record) < 2:
            continue
        if not width and not any(other in cell for cell in record for other in others):
            width = len(record)
        if len(record) <= width:
            covered += lines.taken
    return covered, width


class _LongLineError(csv.Error):
    """A line is longer than `LONGEST_LINE`."""


class _Lines:
    """The lines of a text, read so that a broken record costs its first line only."""

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text, newline="")
        self._second_line = 0
        self.taken = 0
        """How many lines the present record has taken."""

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE + 2):  # with its end, which may be two characters
            long = len(line.rstrip("\r\n")) > LONGEST_LINE
            if long and not self.taken:
                self._pass_over(line)
            if not self.taken:
                self._second_line = self._text.tell()
            self.taken += 1
            if long:
                raise _LongLineError
            yield line

    def _pass_over(self, part: str) -> None:
        """Reads on to the end of a line of which this is the first part."""
        while part and not part.endswith(("\n", "\r")):
            part = self._text.readline(LONGEST_LINE)
        place = self._text.tell()
        # Both are one end, even where they were read apart.
        if part.endswith("\r") and self._text.read(1) != "\n":
            self._text.seek(place)

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
            yield number, _in_words(error)


def _in_words(found: csv.Error) -> str:
    """What is wrong, to who made the file; the csv module tells its own errors apart by words alone."""
    if isinstance(found, _LongLineError):
        return f"is longer than {LONGEST_LINE:,} characters"
    error = str(found)
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


def _workbook_grids(source: str, content: bytes) -> tuple[Grid, ...]:
    """The sheets of a workbook as openpyxl reads them, of what the guard lets through."""
    from openpyxl import load_workbook  # takes 0.3 seconds, and most commands open no workbook

    safe, sheets = vetted(source, content)
    budget = _Budget()
    with told_as_damage(source), _ONE_AT_A_TIME, warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        options = {"read_only": True, "data_only": True, "keep_links": False, "keep_vba": False}
        grids = []
        with closing(load_workbook(io.BytesIO(safe), **options)) as book:
            for sheet, cells in zip(sheets, book.worksheets, strict=True):
                rows = cells.iter_rows(max_row=sheet.last_row, max_col=sheet.last_column, values_only=True)
                grids.append(_sheet_grid(source, sheet, rows, budget))
    return tuple(grids)


def _sheet_grid(source: str, sheet: Sheet, values: Iterable[Sequence[object]], budget: _Budget) -> Grid:
    """One sheet, of the values of its cells from the first row on."""
    name = cell_text(sheet.name) or "(no name)"
    rows = _SheetRows(source, name, budget)
    unvalued = {row for row, _, _ in sheet.formulas}
    # Past the last row that holds anything openpyxl would go on, through what the guard has not counted.
    for number, row in enumerate(islice(values, sheet.last_row), start=1):
        cells = ["" if value is None else _text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells or number in unvalued:
            rows.add(number, cells)
        if rows.full:
            break
    if sheet.beyond:
        rows.problem(sheet.beyond, BEYOND)
    return Grid(name, tuple(rows.rows), tuple(rows.problems), sheet.formulas, sheet.hidden, sheet.merged)


def _text(value: object) -> str:
    """The text of a cell's value as openpyxl gives it."""
    match value:
        case str():
            # Excel writes a character that XML cannot hold like this; openpyxl leaves it so.
            if "_x00" in value:
                value = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), value)
            return cell_text(value)
        case bool():
            return "yes" if value else "no"
        # 15 figures are what a spreadsheet shows; more would tell of 0.1 + 0.2 as 0.30000000000000004.
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        case int() if abs(value) >= 10**15:  # a spreadsheet keeps 15 figures and makes zeros of the others
            return f"{Decimal(value):.15g}"
        case timedelta():
            seconds = round(abs(value).total_seconds())
            sign = "-" if value < timedelta() else ""
            return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case datetime():
            moment = value.replace(microsecond=0)
            return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
        case time():
            return value.isoformat(timespec="seconds")
        case _:
            return str(value)
