"""What the guard sees of a workbook's XML parts as they stream by: tags counted, cells that hold anything."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

MOST_COLUMNS = 100


LAST_COLUMN = 16_384


LAST_ROW = 1_048_576
"""Sheets and columns that are read; the last column and the last row that a spreadsheet has."""


DEEPEST = 32


LONGEST_FORMULA = 200
"""Formulas without a stored value in a file; characters of one that are kept."""


CHUNK = 64_000
"""Bytes between two looks at the counts."""


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


SHEET_DATA, ROW, VALUE, FORMULA, TEXT, CELL_FORMATS, MERGED_CELL = (
    f"{MAIN} {name}" for name in ("sheetData", "row", "v", "f", "si", "cellXfs", "mergeCell")
)


AFTER_MERGED = frozenset(
    f"{MAIN} {name}"
    for name in ("conditionalFormatting", "dataValidations", "hyperlinks", "pageMargins", "drawing")
)
"""What stands below the merged cells, so that nobody need read on for them."""


MOST_MERGED = 100_000
"""Merged cells of a sheet that are looked at."""


_REFERENCE = re.compile("([A-Z]{1,3})[0-9]{1,7}")


_RANGE = re.compile("([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the guard saw of a sheet with cells.

    Parameters
    ----------
    last_row, last_column
        The last that hold anything in the first `MOST_COLUMNS` columns (the first is 1); 0 if none does.
    beyond
        The first row that holds anything in a later column; 0 if none does.
    formulas
        Formulas without a stored value: row, column, the first `LONGEST_FORMULA` characters.
    hidden
        Whether a person who opens the workbook does not see the sheet.
    merged
        Cells merged over several rows: the first row, the first column, the last row.
    """

    name: str
    last_row: int
    last_column: int
    beyond: int
    formulas: tuple[tuple[int, int, str], ...]
    hidden: bool = False
    merged: tuple[tuple[int, int, int], ...] = ()


class XmlPart:
    """Counts the tags of an XML part and collects those that are wanted.

    `record` is the tag that openpyxl forgets, with all within, once it is read; it stands `depth` tags deep.
    """

    def __init__(self, wanted: Collection[str] = (), record: str = "", depth: int = 0) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        self.prefixes: set[str | None] = set()
        self.tags = self.at_once = self.characters = self.depth = 0
        self.strict = self.done = False
        self._wanted, self._record, self._record_depth = wanted, record, depth
        self._outside = 0

    def namespace(self, prefix: str | None, address: str) -> None:
        self.prefixes.add(prefix)
        self.strict |= address == STRICT

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.tags += 1
        self.characters = 0
        if tag == self._record:
            # Forgotten at its end, with all within: only what stands outside of records adds up.
            self._outside = self.at_once
            if self.depth != self._record_depth:
                raise ValueError("a row or a text where none may stand")
        elif self.depth > DEEPEST:
            raise ValueError("more tags in each other than any workbook needs")
        self.at_once += 1 + len(attributes)
        if self._wanted and (name := tag.rpartition(" ")[2]) in self._wanted:
            self.found.append((name, attributes))

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.characters = 0
        if tag == self._record:
            self.at_once = self._outside

    def text(self, text: str) -> None:
        self.characters += len(text)

    def read_on(self, parser: expat.XMLParserType, file: IO[bytes]) -> None:
        """Looks at what follows once the part is done; nothing of it is handed on."""


class StylesPart(XmlPart):
    """Collects the formats of the cells' numbers too, in their order."""

    def __init__(self, wanted: Collection[str]) -> None:
        super().__init__(wanted)
        self.formats: list[str] = []
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if self.depth == 2:
            self._in_cells = tag == CELL_FORMATS
        elif self.depth == 3 and self._in_cells:
            self.formats.append(attributes.get("numFmtId", "0"))


class SheetPart(XmlPart):
    """Counts the tags of a sheet, up to the end of its cells, and sees which cells hold anything."""

    def __init__(self, name: str, hidden: bool) -> None:
        super().__init__(record=ROW, depth=3)
        self.merged: list[tuple[int, int, int]] = []
        self.formulas: list[tuple[int, int, str, bool]] = []
        """Those without a stored value, and whether it may be the empty text."""
        self.computed = False
        """Whether a formula has a value."""
        self._name, self._hidden = name, hidden
        self._row = self._column = self._last_row = self._last_column = self._beyond = 0
        self._past_merged = False
        self._in_row = self._in_formula = self._holds = self._has_value = False
        self._kind = self._formula = ""

    def seen(self, computed: bool) -> Sheet:
        """What was seen; `computed` says whether a formula of any sheet has a value.

        Some programs write a formula whose value is the empty text like one without a value. But a program
        that computes stores a value for some formula or other.
        """
        formulas = (found[:3] for found in self.formulas if not (found[3] and computed))
        places = (self._last_row, self._last_column, self._beyond)
        return Sheet(self._name, *places, tuple(formulas), self._hidden, tuple(self.merged))

    def read_on(self, parser: expat.XMLParserType, file: IO[bytes]) -> None:
        """Looks for merged cells below the rows; what is damaged there hides them, and no more."""
        with suppress(expat.ExpatError, zlib.error, zipfile.BadZipFile, EOFError):
            while not self._past_merged and (chunk := file.read(CHUNK)):
                parser.Parse(chunk, False)

    def _start_below(self, tag: str, attributes: dict[str, str]) -> None:
        self._past_merged |= tag in AFTER_MERGED or len(self.merged) >= MOST_MERGED
        if tag == MERGED_CELL and not self._past_merged:
            found = _RANGE.fullmatch(attributes.get("ref", ""))
            if found is not None and found[2] != found[4]:
                self.merged.append((int(found[2]), _column(found[1] + found[2]), int(found[4])))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.done:
            self._start_below(tag, attributes)
            return
        super().start(tag, attributes)
        # Depths: worksheet 1, sheetData 2, row 3, c (a cell) 4, and within it v, f and is 5.
        if tag == ROW:
            self._start_row(attributes)
        elif self._in_row and self.depth == 4:
            self._start_cell(attributes)
        elif self._in_row and self.depth == 5:
            self._in_formula = tag == FORMULA
            self._has_value |= tag == VALUE
            if self._in_formula:
                self._formula = "="

    def end(self, tag: str) -> None:
        if self.done:
            return
        super().end(tag)
        if tag == SHEET_DATA:
            self.done = True
        elif self._in_row and self.depth == 4:
            self._in_formula = False
        elif self._in_row and self.depth == 3:
            self._end_cell()
        elif tag == ROW:
            self._in_row = False

    def text(self, text: str) -> None:
        super().text(text)
        if self._in_formula:
            self._formula = (self._formula + text)[:LONGEST_FORMULA]
        elif self._in_row and self.depth > 4:
            self._holds = True

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        above, self._row = self._row, int(attributes.get("r", self._row + 1))
        # openpyxl would leave out a row that stands below a later one, and say nothing.
        if not above < self._row <= LAST_ROW:
            raise ValueError("no such row")
        self._in_row = True
        self._column = 0

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r")
        self._column = _column(reference) if reference else self._column + 1
        if self._column > LAST_COLUMN:
            raise ValueError("no such column")
        self._kind = attributes.get("t", "")
        self._formula = ""
        self._holds = self._has_value = False

    def _end_cell(self) -> None:
        if not (self._holds or self._formula):
            return
        # A formula whose value is a text of no characters has nothing between its tags.
        valued = self._holds or self._kind == "str"
        self.computed |= valued and bool(self._formula)
        if self._column > MOST_COLUMNS:
            self._beyond = self._beyond or self._row
            return
        self._last_row = self._row
        self._last_column = max(self._last_column, self._column)
        if not valued:
            self.formulas.append((self._row, self._column, self._formula, self._has_value))


def _column(reference: str) -> int:
    """The number of the column of a cell (the first is 1). Raises ValueError for what names no cell."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError("no such cell")
    number = 0
    # Digits to the base 26 without a zero: A is 1, Z 26, AA 27; 64 is one less than the code of A.
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number
