"""What all workbooks share: styles, headings with the qualification's status, paper, live rules, About.

All text is written as text: nothing a data file or a user holds becomes a formula or a link. Each formula
carries the value it has at export, so that previews and readers which do not calculate show the same.
"""

from __future__ import annotations

import io
import platform
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.metadata import version
from itertools import zip_longest
from numbers import Real
from string import ascii_uppercase
from typing import TYPE_CHECKING

import pandas as pd

from planner.catalogue.qualification import Qualification, in_words
from planner.report import tables
from planner.report.tables import NO, YES
from planner.report.workbook_styles import FONT, styles_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FIRST_DATE = date(1900, 3, 1)
"""Spreadsheets do not agree on earlier days: such a date is written as text."""

HIGHEST_ROW = 405
"""Points; a spreadsheet has no higher row."""

LONGEST_TEXT = 32_767
"""Characters that a cell can hold."""

CENTRED = frozenset(
    (
        "Group", "Level", "Credits", "Guided hours", "Measured", "At least", "At most", "Learners", "Groups",
        "Learner hours", "Learning hours", "New units", "Units to assess", "In all", "On average", "Least",
        "Most", "Delivered hours", "Seats free", "Seat", "Row", "Group number", "Within",
    )
)  # fmt: skip
"""Heads of columns whose cells are centred."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What a cell works out, with the value it has at export."""

    text: str
    value: object

    def __str__(self) -> str:
        return str(self.value)


def letter_of(column: int) -> str:
    """The letter of a column; 0 is A, 26 is AA."""
    # Letters have no zero: AA follows Z, so that what stands before is one less than a digit would be.
    before, place = divmod(column, 26)
    return (letter_of(before - 1) if before else "") + ascii_uppercase[place]


Cell = tuple[object, "Format | None"]
"""What stands in a cell, and how it looks."""


class PlainBook:
    """A workbook while it is written; rows count from 1, as on the screen.

    `banner` says on every sheet what the workbook is about.
    """

    def __init__(self, title: str, banner: str, today: date | None) -> None:
        self.banner = banner
        self.today = today or date.today()
        import xlsxwriter  # takes a while, which only who writes a workbook waits for

        self._buffer = io.BytesIO()
        options = {"in_memory": True, "default_format_properties": FONT}
        self.file = xlsxwriter.Workbook(self._buffer, options)
        self.file.set_properties({"title": title, "created": datetime.now(UTC).replace(tzinfo=None)})
        self.styles = styles_of(self.file)
        self._growing: dict[str, range] = {}

    def sheet(self, name: str) -> Worksheet:
        """A new sheet, after those there are."""
        sheet = self.file.add_worksheet(name)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # 007 is meant
        return sheet

    def add(self, *names: str) -> dict[str, Worksheet]:
        """New sheets in this order, by name."""
        return {name: self.sheet(name) for name in names}

    def content(self, first: str = "") -> bytes:
        """The finished file, which opens on the sheet `first`; nothing can be added after."""
        if first:
            self.file.get_worksheet_by_name(first).activate()
        self.file.close()
        return _with_growing_rows(self._buffer.getvalue(), self._growing)

    def grow(self, sheet: Worksheet, first_row: int, last_row: int) -> None:
        """Has rows grow with what is typed into them later, whatever height they have now."""
        number = self.file.worksheets().index(sheet) + 1
        self._growing[f"xl/worksheets/sheet{number}.xml"] = range(first_row, last_row + 1)

    # Cells

    def write(self, sheet: Worksheet, row: int, column: int, value: object, style: Format | None) -> None:
        """A value as what it is: a formula, number, date (`style` says how it looks) or text."""
        if isinstance(value, Formula):
            sheet.write_formula(row - 1, column, value.text, style, value.value)
        elif value is None or value is pd.NA or value == "" or value != value:  # the last is not a number
            sheet.write_blank(row - 1, column, None, style)
        elif isinstance(value, Real):
            sheet.write_number(row - 1, column, value, style)
        elif isinstance(value, date) and value >= FIRST_DATE:
            sheet.write_datetime(row - 1, column, value, style)
        else:
            text = value.isoformat() if isinstance(value, date) else str(value)
            sheet.write_string(row - 1, column, text[:LONGEST_TEXT], style)

    def cells(self, sheet: Worksheet, row: int, *cells: Cell, column: int = 0) -> None:
        """Cells side by side, from `column` (0 is A) on."""
        for place, (value, style) in enumerate(cells, start=column):
            self.write(sheet, row, place, value, style)

    def fit(self, sheet: Worksheet, row: int, *texts: tuple[str, float], points: int = 15) -> None:
        """Makes a row as high as the longest of its texts needs in its column's width (in characters)."""
        lines = max((lines_of(text, width) for text, width in texts), default=1)
        sheet.set_row(row - 1, min(points * lines, HIGHEST_ROW))

    def sentence(
        self, sheet: Worksheet, row: int, text: str, last_column: str, characters: int, style: Format
    ) -> None:
        """A sentence over merged cells from column A, as high as its `characters` a line need.

        Merged cells do not grow with their text.
        """
        sheet.merge_range(f"A{row}:{last_column}{row}", "", style)
        sheet.write_string(f"A{row}", text, style)
        self.fit(sheet, row, (text, characters))

    # Parts of a sheet

    def heading(
        self, sheet: Worksheet, title: str, last_column: str, hint: str, characters: int = 110
    ) -> None:
        """Rows 1 to 3 of a sheet: title, banner, what to do here; merged cells `characters` wide."""
        sheet.write_string("A1", title, self.styles.title)
        self.sentence(sheet, 2, self.banner, last_column, characters, self.styles.banner)
        self.sentence(sheet, 3, hint, last_column, characters, self.styles.text)
        sheet.set_row(0, 24)

    def head(self, sheet: Worksheet, row: int, words: Sequence[str], upright: Iterable[str] = ()) -> None:
        """The heads of a table's columns; those in `upright` read upwards."""
        turned = frozenset(upright)
        for column, word in enumerate(words):
            style = self.styles.head_centred if word in CENTRED else self.styles.head
            style = self.styles.upright if word in turned else style
            sheet.write_string(row - 1, column, word, style)
        sheet.set_row(row - 1, max(30, *(6 * len(word) + 12 for word in turned)) if turned else 30)

    def paper(
        self,
        sheet: Worksheet,
        widths: Iterable[float],
        header_row: int | None = None,
        *,
        landscape: bool = True,
        style: Sequence[Format | None] = (),
    ) -> None:
        """The widths of the columns; A4, as wide as the page, with page numbers; the header row repeats."""
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, style[column] if style else None)
        sheet.set_paper(9)  # A4
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, 0)  # 0: as many pages long as it takes
        sheet.set_footer("&L&9NVQ planner, &A&R&9Page &P of &N")
        if header_row is not None:
            sheet.repeat_rows(header_row - 1)
            sheet.freeze_panes(header_row, 0)

    def choices(self, sheet: Worksheet, cells: str, words: Sequence[str], title: str, blank: bool) -> None:
        """A drop-down of `words` in `cells`, such as "A6:A44"; nothing else can be typed there."""
        sheet.data_validation(
            cells,
            {
                "validate": "list",
                "source": list(words),
                "ignore_blank": blank,
                "error_title": title,
                "error_message": "Choose yes or no." if list(words) == [YES, NO] else "Choose from the list.",
            },
        )

    def listed(self, sheet: Worksheet, cells: str, source: str) -> None:
        """A drop-down from a list of cells; what is not in it is asked about, as refs may be typed freely."""
        sheet.data_validation(
            cells,
            {
                "validate": "list",
                "source": f"={source}",
                "error_type": "warning",
                "error_title": "Not in the list",
                "error_message": "This is not in the list of this qualification.",
            },
        )

    def whole_only(self, sheet: Worksheet, cells: str, low: int, high: int) -> None:
        """Cells that take nothing but whole numbers."""
        sheet.data_validation(
            cells,
            {
                "validate": "integer",
                "criteria": "between",
                "minimum": low,
                "maximum": high,
                "error_title": "Whole number",
                "error_message": f"Type a whole number from {low:,} to {high:,}.",
            },
        )

    def dates_only(self, sheet: Worksheet, cells: str) -> None:
        """Cells that take nothing but dates."""
        sheet.data_validation(
            cells,
            {
                "validate": "date",
                "criteria": ">=",
                "value": FIRST_DATE,
                "error_title": "Date",
                "error_message": "Type a date such as 22/11/2026.",
            },
        )

    def colour_where(self, sheet: Worksheet, cells: str, criteria: str, style: Format) -> None:
        """Colours cells by a formula for the first of them."""
        sheet.conditional_format(cells, {"type": "formula", "criteria": criteria, "format": style})

    def colour_words(self, sheet: Worksheet, cells: str, styles: Mapping[str, Format]) -> None:
        """Colours the cells that hold one of the words of `styles`."""
        for word, style in styles.items():
            sheet.conditional_format(
                cells, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style}
            )

    # Tables and whole sheets

    def table(self, sheet: Worksheet, row: int, frame: pd.DataFrame, widths: Mapping[str, float]) -> int:
        """Writes a table, its heads in `row`; returns the last row written.

        Whole numbers, dates and what stands under a centred head are centred, text wraps and its row fits;
        `widths` are those of the columns with text to fit.
        """
        self.head(sheet, row, list(frame.columns))
        centred = [word in CENTRED for word in frame.columns]
        for record in frame.itertuples(index=False, name=None):
            row += 1
            for column, value in enumerate(record):
                number = centred[column] or isinstance(value, Real)
                style = self.styles.number if number else self.styles.cell
                self.write(sheet, row, column, value, self.styles.date if isinstance(value, date) else style)
            texts = zip(map(str, record), frame.columns, strict=True)
            fitted = [(text, widths[word]) for text, word in texts if word in widths]
            self.fit(sheet, row, *fitted, points=13)
        return row

    def listing(
        self,
        sheet: Worksheet,
        hint: str,
        frame: pd.DataFrame,
        widths: Mapping[str, float],
        *,
        title: str = "",
        none: str = "None.",
        characters: int = 110,
        filtered: bool = True,
    ) -> None:
        """A sheet with one table from row 5 on, to filter; `none` stands there where it has no row."""
        self.heading(sheet, title or sheet.name, letter_of(len(widths) - 1), hint, characters)
        if frame.empty:
            sheet.write_string("A5", none, self.styles.text)
        else:
            last = self.table(sheet, 5, frame, widths)
            if filtered:
                sheet.autofilter(4, 0, last - 1, len(widths) - 1)
        self.paper(sheet, widths.values(), 5)

    def dates_to_type(self, sheet: Worksheet, frame: pd.DataFrame, columns: Collection[str]) -> None:
        """Lets the cells of some columns of a listing take nothing but dates, and show them as such."""
        for name in columns if len(frame) else ():
            column = list(frame.columns).index(name)
            for row, value in enumerate(frame[name], start=6):
                self.write(sheet, row, column, value, self.styles.date)
            letter = letter_of(column)
            self.dates_only(sheet, f"{letter}6:{letter}{len(frame) + 5}")

    def totals(
        self, sheet: Worksheet, row: int, lines: Iterable[tuple[str, object, Format]], column: int = 1
    ) -> int:
        """Labels, and in `column` a figure beside each; returns the next free row."""
        for label, figure, style in lines:
            if column > 1:
                sheet.merge_range(row - 1, 0, row - 1, column - 1, "", self.styles.strong)
            self.write(sheet, row, 0, label, self.styles.strong)
            self.write(sheet, row, column, figure, style)
            row += 1
        return row

    def zero(self, sheet: Worksheet, row: int, column: int) -> None:
        """Colours a figure by whether it is 0, as it must be."""
        for criteria, style in (("==", self.styles.good), (">", self.styles.bad)):
            rule = {"type": "cell", "criteria": criteria, "value": 0, "format": style}
            sheet.conditional_format(row - 1, column, row - 1, column, rule)

    def empty_table(self, sheet: Worksheet, widths: Mapping[str, float], dates: Collection[str] = ()) -> None:
        """Column heads in row 1, and formats for what will be typed below: text, or dates in `dates`."""
        self.head(sheet, 1, list(widths))
        styles = [self.styles.date if name in dates else self.styles.typed for name in widths]
        self.paper(sheet, widths.values(), 1, style=styles)

    def how_to(self, sheet: Worksheet, hint: str, sections: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """A sheet that tells how to fill in the others: words and what they mean, section by section."""
        self.heading(sheet, "How to fill this in", "B", hint, 115)
        row = 5
        for title, lines in sections.items():
            sheet.write_string(row - 1, 0, title, self.styles.section)
            sheet.set_row(row - 1, 20)
            for word, text in lines:
                row += 1
                self.cells(sheet, row, (word, self.styles.strong), (text, self.styles.text))
                self.fit(sheet, row, (word, 30), (text, 90))
            row += 2
        self.paper(sheet, (30, 90), landscape=False)

    def about_sheet(
        self, sheet: Worksheet, facts: Iterable[tuple[str, object]], caveats: Iterable[str]
    ) -> None:
        """The sheet About: `facts` of this file, the programs, and what it does not say (`caveats`)."""
        self.heading(sheet, "About this file", "B", "What it rests on, and what it does not say.")
        rows = [
            *facts,
            ("NVQ planner", version("nvq-planner")),
            ("OR-Tools (solver)", version("ortools")),
            ("Python", platform.python_version()),
            ("", ""),
            *zip_longest(["What this does not cover"], caveats),
        ]
        for row, (word, value) in enumerate(rows, start=5):
            strong = self.styles.strong if word else None
            self.cells(sheet, row, (word, strong), (str(value), self.styles.text if value else None))
            self.fit(sheet, row, (str(value), 85))
        self.paper(sheet, (30, 90), landscape=False)


class Book(PlainBook):
    """A workbook about one qualification; its status stands on every sheet."""

    def __init__(self, title: str, qualification: Qualification, today: date | None = None) -> None:
        day = today or date.today()
        status = qualification.status_sentence(day)
        super().__init__(title, f"{qualification.title}, {qualification.id}. {status}", day)
        self.qualification = qualification

    def about(self, sheet: Worksheet, facts: Iterable[tuple[str, object]]) -> None:
        """The sheet About: the qualification, `facts` of this file, the programs, what it does not say."""
        known = tables.qualification_table(self.qualification).itertuples(index=False, name=None)
        exported = ("Exported", in_words(self.today))
        self.about_sheet(sheet, [*known, exported, *facts], tables.caveats(self.qualification))


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of this width (in digits), with some room to spare."""
    if len(text) * 0.55 <= width * 0.5 and "\n" not in text:
        return 1
    return sum(_wrapped(line, width) for line in text.splitlines()) or 1


def _wrapped(line: str, width: float) -> int:
    lines, used = 1, 0.0
    for word in line.split(" "):
        needed = sum(map(_breadth, word))
        if used and used + needed > width:
            lines, used = lines + 1, 0.0
        lines += int(needed // width) if needed > width else 0
        used += (needed % width if needed > width else needed) + _breadth(" ")
    return lines


@lru_cache(maxsize=5_000)
def _breadth(character: str) -> float:
    """How broad a character of Arial is, in digits."""
    if unicodedata.east_asian_width(character) in "WF":
        return 2.0
    if character in "ijlt.,:;'|!fI /()[]-r":
        return 0.6
    return 1.5 if character in "mwMW@—" else 1.25 if character.isupper() else 1.0


def _with_growing_rows(content: bytes, growing: Mapping[str, range]) -> bytes:
    """The workbook with those rows, by part, not held to their height.

    XlsxWriter marks every height it is given as the user's own, and such a row keeps it.
    """
    if not growing:
        return content

    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            data = old.read(part)
            rows = growing.get(part.filename)
            new.writestr(part, data if rows is None else _freed(data.decode(), rows).encode())
    return result.getvalue()


def _freed(sheet: str, rows: range) -> str:
    def row(match: re.Match[str]) -> str:
        return match[0].replace(' customHeight="1"', "") if int(match[1]) in rows else match[0]

    return re.sub(r'<row r="(\d+)"[^>]*>', row, sheet)
