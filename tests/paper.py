"""A workbook as text: what stands in each cell and how it looks, on the screen and on paper.

Two rows that differ in nothing but their number are one line, so that a text stays short enough to be read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

COLOURS = {
    "1F3A5F": "navy", "FFFFFF": "white", "DDEFE3": "light green", "F8DCD9": "light red", "FFF3CD": "amber",
    "FFFBE6": "cream", "14532D": "dark green", "713F12": "brown", "7F1D1D": "dark red", "9CC3E6": "blue",
    "E4E4E4": "grey", "F4F4F4": "light grey", "BFC9D6": "slate",
}  # fmt: skip

OURS = ("NVQ planner", "OR-Tools (solver)", "Python")
"""Lines of the sheet About whose value is the version of a program."""


def as_text(content: bytes) -> str:
    """The whole workbook as text."""
    formulas, values = (openpyxl.load_workbook(io.BytesIO(content), data_only=only) for only in (False, True))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    return "\n".join((*_book(formulas, values, parts), ""))


def _book(formulas: Workbook, values: Workbook, parts: dict[str, str]) -> Iterator[str]:
    opens = formulas.active
    yield f"Title: {formulas.properties.title}; opens on {opens.title if opens else None}"
    for number, sheet in enumerate(formulas.worksheets, start=1):
        xml = parts[f"xl/worksheets/sheet{number}.xml"]
        yield ""
        yield from _page(sheet)
        yield from _rules(sheet)
        yield from _rows(sheet, values[sheet.title], xml)
    for name in sorted(parts):
        if re.fullmatch(r"xl/(charts/chart|drawings/drawing)\d+\.xml", name):
            yield ""
            yield f"== {name}"
            yield from _drawn(parts[name])


def _page(sheet: Worksheet) -> Iterator[str]:
    """How the sheet is shown and printed."""
    setup, margins, footer = sheet.page_setup, sheet.page_margins, sheet.oddFooter
    assert footer is not None
    fit = sheet.sheet_properties.pageSetUpPr
    hidden = "" if sheet.sheet_state == "visible" else f", {sheet.sheet_state}"
    yield f"== {sheet.title}{hidden}"
    pages = f"{setup.fitToWidth or 1} by {setup.fitToHeight}" if fit and fit.fitToPage else "as it comes"
    paper = "A4" if setup.paperSize == 9 else setup.paperSize
    yield (
        f"paper {paper} {setup.orientation}, pages {pages}, margins {margins.left} {margins.right} "
        f"{margins.top} {margins.bottom}, footer {footer.left.text!r} {footer.right.text!r}"
    )
    yield (
        f"repeats {sheet.print_title_rows} {sheet.print_title_cols}, area {sheet.print_area or None}, "
        f"frozen {sheet.freeze_panes}, filter {sheet.auto_filter.ref}, "
        f"breaks {[line.id for line in sheet.row_breaks.brk]}"
    )
    yield f"columns {', '.join(_columns(sheet))}"
    merged = sorted(
        map(str, sheet.merged_cells.ranges), key=lambda text: [*map(int, re.findall(r"\d+", text))]
    )
    yield f"merged {' '.join(merged)}"


def _columns(sheet: Worksheet) -> Iterator[str]:
    for letter, found in sorted(sheet.column_dimensions.items(), key=lambda item: item[1].min or 0):
        last = get_column_letter(found.max or found.min or 0)
        extras = [name for name in ("hidden", "collapsed") if getattr(found, name)]
        extras += [f"level {found.outlineLevel}"] if found.outlineLevel else []
        extras += [f"format {found.number_format}"] if found.number_format != "General" else []
        name = letter if last == letter else f"{letter}:{last}"
        yield " ".join([name, f"{found.width:.4g}", *extras])


def _rules(sheet: Worksheet) -> Iterator[str]:
    """Drop-downs and the like, and colours that follow the cells."""
    for found in sheet.data_validations.dataValidation:
        blank = "" if found.allow_blank else ", never blank"
        yield (
            f"typed into {found.sqref}: {found.type} {found.operator or 'between'} {found.formula1} "
            f"{found.formula2}{blank}, else {found.errorStyle or 'stop'} {found.errorTitle!r} {found.error!r}"
        )
    for place in sheet.conditional_formatting:
        for rule in place.rules:
            fill = _colour(rule.dxf.fill.bgColor.rgb) if rule.dxf and rule.dxf.fill else None
            font = _colour(rule.dxf.font.color.rgb) if rule.dxf and rule.dxf.font else None
            bold = " bold" if rule.dxf and rule.dxf.font and rule.dxf.font.b else ""
            line = " underlined" if rule.dxf and rule.dxf.border and rule.dxf.border.bottom.style else ""
            told = " ".join(filter(None, (rule.type, rule.operator, *rule.formula)))
            yield f"coloured {place.sqref}: {told}: {font} on {fill}{bold}{line}"


def _rows(sheet: Worksheet, values: Worksheet, xml: str) -> Iterator[str]:
    held = {int(n): "customHeight" in rest for n, rest in re.findall(r'<row r="(\d+)"([^>]*)>', xml)}
    told: list[_Told] = []
    for cells in sheet.iter_rows():
        number = int(cells[0].row or 0)
        words = _cells(cells, values)
        height = sheet.row_dimensions[number].height
        high = "" if height is None else f"{'' if held.get(number) else 'at least '}{height:g} high"
        if words or high:
            told.append(_Told(number, high, words))
    yield from _together(told)


@dataclass(frozen=True)
class _Told:
    row: int
    high: str
    words: str

    @property
    def pattern(self) -> str:
        """The same for rows that differ in their number only."""
        folded = re.sub(rf"(?<![\d$])(\$?[A-Z]{{1,3}}){self.row}(?!\d)", r"\1ROW", self.words)
        return f"{self.high}|{folded}"


def _together(told: Iterable[_Told]) -> Iterator[str]:
    """Rows one after the other, those with the same pattern as one."""
    run: list[_Told] = []
    for row in (*told, None):
        if run and (row is None or row.pattern != run[0].pattern or row.row != run[-1].row + 1):
            first, last = run[0], run[-1]
            numbers = str(first.row) if first is last else f"{first.row} to {last.row}"
            yield ": ".join(filter(None, (" ".join(filter(None, (numbers, first.high))), first.words)))
            run = []
        if row is not None:
            run.append(row)


def _cells(cells: Sequence[Cell | MergedCell], values: Worksheet) -> str:
    words: list[str] = []
    last, expected = None, 1
    for cell in cells:
        style = _style(cell)
        if cell.value is None and not style:
            continue
        column = cell.column or 0
        place = "" if column == expected else f"{get_column_letter(column)}="
        shown = f"{{{style}}} " if style != last else ""
        version = column == 2 and cells[0].value in OURS
        words.append(f"{place}{shown}{'(a version)' if version else _value(cell, values)}".rstrip())
        last, expected = style, column + 1
    return " | ".join(words)


def _value(cell: Cell | MergedCell, values: Worksheet) -> str:
    if cell.value is None:
        return "-"
    if cell.data_type == "f":
        value = values[cell.coordinate].value
        return f"{cell.value} -> {'' if value is None else value!r}"
    mark = {"s": "", "n": "#", "d": "@"}[cell.data_type]
    return f"{mark}{cell.value}"


def _style(cell: Cell | MergedCell) -> str:
    """How a cell looks, where it differs from plain text in the book's font."""
    if not cell.has_style:
        return ""
    font, align, fill = cell.font, cell.alignment, cell.fill
    found: list[Any] = ["bold"] * bool(font.b)
    found += [] if (font.name, font.sz) == ("Arial", 10) else [f"{font.name} {font.sz:g}"]
    found += [_colour(font.color.rgb)] if font.color is not None and font.color.type == "rgb" else []
    found += [f"on {_colour(fill.fgColor.rgb)}"] if fill.fill_type else []
    found += [align.horizontal] if align.horizontal else []
    found += [align.vertical] if align.vertical else []
    found += [word for word, on in (("wrap", align.wrap_text), ("shrink", align.shrink_to_fit)) if on]
    found += [f"turned {align.textRotation}"] if align.textRotation else []
    found += ["boxed" if cell.border.top.style else "underlined"] if cell.border.bottom.style else []
    found += [cell.number_format] if cell.number_format != "General" else []
    return " ".join(found)


def _colour(rgb: Any) -> str:
    return COLOURS.get(str(rgb)[-6:], str(rgb))


def _drawn(xml: str) -> Iterator[str]:
    """A chart or where it stands: every text and every value, in order."""
    for tag, rest, text in re.findall(r"<(?:\w+:)?(\w+)([^>]*)>([^<]*)", xml):
        told = re.findall(r'(?<!xmlns)\b(\w+)="([^"]*)"', re.sub(r'xmlns:?\w*="[^"]*"', "", rest))
        if told or text:
            yield " ".join([tag, *(f"{name}={value}" for name, value in told), *([text] if text else [])])
