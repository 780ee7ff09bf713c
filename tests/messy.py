"""Good tables made messy in ways that are known, so that what must be read of them is known too.

Nothing here is taken from the readers: words, forms of dates and ways to write a ref are spelled out once more.
"""

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import openpyxl

Cell = str | int | float | bool | date | None
Key = tuple[str, ...]


@dataclass
class Column:
    """A column: what it holds, what it is called, what else people call it.

    `role` is learner, name, ref, refs, status, text, date, number, id, answer, or own where nobody reads it.
    """

    key: str
    role: str
    needed: bool = False
    words: tuple[str, ...] = ()
    header: str = ""

    def __post_init__(self) -> None:
        self.header = self.header or self.key


@dataclass(eq=False)
class Line:
    """A row; `key` is the item that it says something of, `spoilt` the column of a cell that holds no value.

    Where it stands is known once it is written.
    """

    key: Key | None
    cells: dict[str, Cell]
    touched: bool = False
    merged: frozenset[str] = frozenset()
    spoilt: str = ""
    row: int = 0
    sheet: str = ""


@dataclass
class Table:
    """A sheet: titles above, a header, rows (None is a blank one), lines below."""

    name: str
    columns: list[Column]
    lines: list[Line | None]
    above: list[list[Cell]] = field(default_factory=list)
    below: list[list[Cell]] = field(default_factory=list)
    hidden: bool = False
    header: bool = True
    old: bool = False

    @property
    def rows(self) -> list[Line]:
        """The rows that are not blank."""
        return [line for line in self.lines if line is not None]

    def of(self, *roles: str) -> list[Column]:
        """The columns that hold this."""
        return [column for column in self.columns if column.role in roles]


@dataclass
class Expected:
    """What must be read: of each item its fields; and what may be missing of it where a problem says so.

    Parameters
    ----------
    lacking
        Fields that may be empty, "" for the whole item; the rows whose problem says so.
    nobody
        Rows left out that nobody can be told to own.
    doubted
        Learners who must not be judged.
    said
        Rows of which a problem must be told.
    headers
        Headers that were renamed: the field each held, and the table if it must have it.
    sheets
        Sheets of which a problem must be told.
    several
        The rows of an item that has several which differ.
    """

    items: dict[Key, dict[str, Any]]
    lacking: dict[Key, dict[str, list[Line]]] = field(default_factory=dict)
    nobody: set[Key] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    said: list[Line] = field(default_factory=list)
    headers: dict[str, tuple[str, Table | None]] = field(default_factory=dict)
    sheets: set[str] = field(default_factory=set)
    several: dict[Key, list[Line]] = field(default_factory=dict)

    def may_lack(self, line: Line, name: str) -> None:
        """A problem of this row may explain that a field of its item is missing, or all of it."""
        if line.key is not None:
            self.lacking.setdefault(line.key, {}).setdefault(name, []).append(line)


@dataclass
class Messy:
    """A file that is being made messy."""

    draw: random.Random
    tables: list[Table]
    expected: Expected
    refs: Mapping[str, str]
    kind: str = ""
    workbook: bool = True
    delimiter: str = ","
    encoding: str = "utf-8"
    marks: bytes = b""
    directive: bool = False
    typed: bool = False

    def any_table(self) -> Table:
        """A table whose rows are read."""
        return self.draw.choice([table for table in self.tables if table.header and not table.old])

    def fresh(self, table: Table) -> list[Line]:
        """The rows that nothing has been done to yet, in any order."""
        fresh = [line for line in table.rows if not line.touched and line.key in self.expected.items]
        return self.draw.sample(fresh, len(fresh))

    def written(self) -> tuple[str, bytes]:
        """The file's name and its bytes; each row learns where it stands."""
        return self._workbook() if self.workbook else self._text()

    def _rows(self, table: Table) -> Iterator[tuple[Line | None, list[Cell]]]:
        for cells in table.above:
            yield None, cells
        if table.header:
            yield None, [column.header for column in table.columns]
        for line in table.lines:
            cells = [] if line is None else [line.cells.get(column.key) for column in table.columns]
            yield line, cells
        for cells in table.below:
            yield None, cells

    def _workbook(self) -> tuple[str, bytes]:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        several = sum(not table.hidden for table in self.tables) > 1
        for table in self.tables:
            sheet = book.create_sheet(table.name)
            sheet.sheet_state = "hidden" if table.hidden else "visible"
            first: dict[str, int] = {}
            for number, (line, cells) in enumerate(self._rows(table), start=1):
                for place, cell in enumerate(cells, start=1):
                    if cell is not None and cell != "":
                        sheet.cell(number, place).value = cell
                if line is not None:
                    line.row, line.sheet = number, table.name if several else ""
                    for place, column in enumerate(table.columns, start=1):
                        if column.key in line.merged:
                            top = first[column.key]
                            for merged in list(sheet.merged_cells.ranges):
                                if merged.min_row == top and merged.min_col == place:
                                    sheet.unmerge_cells(str(merged))
                            sheet.merge_cells(
                                start_row=top, end_row=number, start_column=place, end_column=place
                            )
                        else:
                            first[column.key] = number
        file = io.BytesIO()
        book.save(file)
        return "file.xlsx", file.getvalue()

    def _text(self) -> tuple[str, bytes]:
        (table,) = (table for table in self.tables if table.header)
        lines = [f"sep={self.delimiter}"] if self.directive else []
        for line, cells in self._rows(table):
            if line is not None:
                line.row, line.sheet = len(lines) + 1, ""
            lines.append(self.delimiter.join(self._quoted(cell) for cell in cells))
        text = "\r\n".join([*lines, ""])
        return "file.csv", self.marks + text.encode(self.encoding)

    def _quoted(self, cell: Cell) -> str:
        text = "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)
        if self.typed and text and not set(text) & set('",;\t\n='):
            return f'="{text}"'
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",;\t\n') else text


Mess = Callable[[Messy], bool]
Change = Callable[[str], str]
OPERATIONS: dict[str, Mess] = {}
"""What can be done to a file, in the order in which it is done; each says whether it could."""


def operation(mess: Mess) -> Mess:
    """Adds a way to make a file messy."""
    OPERATIONS[mess.__name__] = mess
    return mess


# Rows that say more than one thing


def _more(m: Messy, line: Line, table: Table, **cells: Cell) -> Line:
    """Another row beside one, somewhere below."""
    other = Line(line.key, {**line.cells, **cells}, touched=True)
    line.touched = True
    place = m.draw.randint(table.lines.index(line) + 1, len(table.lines))
    table.lines.insert(place, other)
    return other


@operation
def the_same_row_twice(m: Messy) -> bool:
    table = m.any_table()
    lines = m.fresh(table)
    if not lines or m.kind in ("log", "offer", "decisions", "tracker"):
        return False
    other = _more(m, lines[0], table)
    if m.kind in ("cohort", "facts"):
        m.expected.said.append(other)
    elif m.kind in ("new", "units"):
        for line in table.rows:
            m.expected.may_lack(line, "")
        m.expected.several[lines[0].key or ()] = [lines[0], other]
    return True


@operation
def another_row_of_a_unit(m: Messy) -> bool:
    """Further, or sent back, or without a date."""
    table = m.any_table()
    lines = [line for line in m.fresh(table) if isinstance(line.cells.get("date"), date)]
    if not lines or m.kind not in ("portfolio", "record"):
        return False
    line = lines[0]
    item = m.expected.items[line.key or ()]
    day = line.cells["date"]
    assert isinstance(day, date)
    how = m.draw.choice(["further", "back", "undated"])
    status = {"further": "claimed", "back": "in progress", "undated": "planned"}[how]
    later = day + timedelta(days=m.draw.randint(1, 60)) if how != "undated" else None
    other = _more(m, line, table, status=status, date=later)
    if m.draw.random() < 0.5:  # the order of the rows means nothing
        first, second = table.lines.index(line), table.lines.index(other)
        table.lines[first], table.lines[second] = other, line
    if how != "undated":
        item |= {"status": status, "date": later}
    m.expected.several[line.key or ()] = [line, other]
    return True


@operation
def nearly_the_same_learner(m: Messy) -> bool:
    if m.kind not in ("portfolio", "cohort", "tracker"):
        return False
    table = m.any_table()
    lines = [line for line in m.fresh(table) if line.key and line.key[0] not in m.expected.doubted]
    if not lines:
        return False
    learner = str(lines[0].cells["learner"])
    near = m.draw.choice([learner.swapcase(), f"'{learner}", f"’{learner}", f"00{learner}"])
    near = f"00{learner}" if learner.isdigit() and near == learner else near
    if near == learner or (near.startswith("00") and not learner.isdigit()):
        near = learner.swapcase()
    if near == learner:
        return False
    taken = {key[-1] for key in m.expected.items if key[0] == learner}
    cells = dict(lines[0].cells, learner=near)
    if m.kind == "portfolio":
        ref = next(ref for ref in m.refs if ref not in taken)
        cells["ref"] = ref
        key: Key = (near, ref)
        m.expected.items[key] = dict(m.expected.items[lines[0].key or ()])
        m.expected.items[near, ""] = dict(m.expected.items[learner, ""])
        added = [Line(key, cells, touched=True)]
        m.expected.doubted |= {learner, near}
    elif m.kind == "tracker":
        for key in [key for key in m.expected.items if key[0] == learner]:
            m.expected.items[near, key[1]] = dict(m.expected.items[key])
        added = [Line((near, ""), cells, touched=True)]
        m.expected.doubted |= {learner, near}
    else:
        key = (near,)
        m.expected.items[key] = dict(m.expected.items[lines[0].key or ()])
        added = [Line(key, cells, touched=True)]
        for line in (lines[0], *added):
            m.expected.may_lack(line, "")
            m.expected.said.append(line)
    lines[0].touched = True
    table.lines += added
    return True


@operation
def one_learner_with_two_names(m: Messy) -> bool:
    table = m.any_table()
    names = table.of("name")
    if m.kind != "portfolio" or not names:
        return False
    for line in m.fresh(table):
        learner = (line.key or ("",))[0]
        named = [
            other for other in table.rows if other.key and other.key[0] == learner and other.cells["name"]
        ]
        if named and named != [line]:
            line.cells["name"] = "Somebody Else"
            line.touched = True
            m.expected.doubted.add(learner)
            return True
    return False


@operation
def withdrawn_but_not_when(m: Messy) -> bool:
    if m.kind != "decisions":
        return False
    for table in m.tables:
        for line in (
            m.fresh(table) if table.of("text") and "withdrawn" in [c.key for c in table.columns] else ()
        ):
            line.cells |= {"withdrawn": None, "withdrawn_by": "B. Manager"}
            line.touched, line.spoilt = True, "withdrawn_by"
            m.expected.may_lack(line, "")
            m.expected.items[line.key or ()]["in_force"] = False
            m.expected.said.append(line)
            return True
    return False


# Sheets


@operation
def rows_on_several_sheets(m: Messy) -> bool:
    table = m.any_table()
    if not m.workbook or m.kind in ("record", "decisions") or len(table.lines) < 2:
        return False
    place = m.draw.randint(1, len(table.lines) - 1)
    columns = [replace(column) for column in table.columns]
    other = Table(f"{table.name} 2", columns, table.lines[place:])
    del table.lines[place:]
    m.tables.insert(m.draw.randint(0, len(m.tables)), other)
    return True


@operation
def last_year_hidden(m: Messy) -> bool:
    if not m.workbook:
        return False
    table = m.any_table()
    lines = [Line(None, dict(line.cells)) for line in table.rows]
    for line in lines:
        for column in table.columns:
            if column.role == "status":
                line.cells[column.key] = "claimed"
            elif column.role == "learner":
                line.cells[column.key] = f"old {line.cells[column.key]}"
            elif column.role == "number":
                line.cells[column.key] = 1
            elif column.role == "ref":
                line.cells[column.key] = m.draw.choice(list(m.refs)) if m.refs else "OLD1"
            elif column.role == "date":
                line.cells[column.key] = date(2025, 6, 3)
    old = Table("Last year", [replace(c) for c in table.columns], list(lines), hidden=True)
    old.above, old.old = list(table.above), True
    m.tables.insert(m.draw.randint(0, len(m.tables)), old)
    return True


@operation
def nothing_but_a_hidden_sheet(m: Messy) -> bool:
    if not m.workbook or len(m.tables) > 1 or m.kind == "decisions":
        return False
    read = [*m.tables]
    read[0].hidden = True
    m.tables.insert(0, Table("Welcome", [], [], [["Dear colleagues"], ["see the other sheet"]], header=False))
    m.expected.sheets.add(read[0].name)
    return True


@operation
def other_sheets(m: Messy) -> bool:
    if not m.workbook:
        return False
    sheets = [
        Table("Notes", [], [], [["Call Ada on Monday"], [], ["Rooms are booked"]], header=False),
        Table("Prices", [], [], [["item", "price"], ["Book", 12], ["Pen", 1]], header=False),
        Table("Empty", [], [], header=False),
    ]
    for sheet in m.draw.sample(sheets, m.draw.randint(1, 3)):
        m.tables.insert(m.draw.randint(0, len(m.tables)), sheet)
    return True


@operation
def sheets_called_anything(m: Messy) -> bool:
    if not m.workbook or m.kind == "decisions":
        return False
    names = ["Sheet1", "Summary", "Learners", "Units", "2026", "Data (2)", "Plan", "Way home", "Groups"]
    m.draw.shuffle(names)
    for table, name in zip([t for t in m.tables if t.header], names, strict=False):
        m.expected.sheets = {name if each == table.name else each for each in m.expected.sheets}
        table.name = name
    return True


# Headers


@operation
def other_words_for_columns(m: Messy) -> bool:
    table = m.any_table()
    done = False
    for column in table.columns:
        free = [word for word in column.words if word not in [c.header for c in table.columns]]
        if free and m.draw.random() < 0.6:
            column.header = m.draw.choice(free)
            done = True
    return done


@operation
def headers_in_another_dress(m: Messy) -> bool:
    for table in m.tables:
        for column in table.columns:
            if m.kind != "units" and column.role not in ("own", "unit"):
                dress: list[Change] = [str.upper, str.title, str.strip, lambda text: f" {text}:"]
                column.header = m.draw.choice(dress)(column.header).replace(
                    "_", m.draw.choice(["_", " ", "-"])
                )
    return True


@operation
def a_header_nearly_right(m: Messy) -> bool:
    return _renamed(m, lambda text: text[:-2] + text[-1] + text[-2] if text[-1] != text[-2] else f"{text}e")


@operation
def a_header_in_nobodys_words(m: Messy) -> bool:
    return _renamed(m, lambda text: m.draw.choice(["Blah", "Column 7", "Qwertz", "Zulu"]))


def _renamed(m: Messy, change: Change) -> bool:
    table = m.any_table()
    columns = [c for c in table.columns if c.header == c.key and c.role not in ("own", "unit")]
    # `new` gives no answer but files that people go on with: a column of their own may be any.
    columns = [c for c in columns if c.needed or m.kind != "new"]
    columns = [c for c in columns if any(line.cells.get(c.key) not in (None, "") for line in table.rows)]
    if not columns or m.expected.headers or len(table.columns) < 2:
        return False
    column = m.draw.choice(columns)
    column.header = change(column.header)
    if column.header in [c.header for c in table.columns if c is not column]:
        column.header = "Yankee"
    m.expected.headers[column.header] = (column.key, table if column.needed else None)
    return True


# Cells


def _each(m: Messy, roles: Sequence[str], change: Change, share: float = 0.5) -> bool:
    """Writes some of the texts of columns in another way."""
    done = False
    for table in m.tables:
        for line in table.rows:
            for column in table.of(*roles):
                cell = line.cells.get(column.key)
                if isinstance(cell, str) and cell and m.draw.random() < share:
                    line.cells[column.key] = change(cell)
                    done |= line.cells[column.key] != cell
    return done


TEXTS = ("learner", "name", "status", "text", "id", "answer")


@operation
def another_way_to_write_a_ref(m: Messy) -> bool:
    titles = list(m.refs.values())

    def change(text: str) -> str:
        if text not in m.refs:
            return text
        title = m.refs[text]
        ways = [
            text.lower(), text.replace("/", ""), text.replace("/", " "), text.replace("/", " / "), f"{text} ",
            text.replace("/", "-"), f"Unit {text}", f"{text} - {title}", f"{title} ({text})", f"{text}: {title}",
        ]  # fmt: skip
        ways += [title, title.upper()] if titles.count(title) == 1 else []
        return m.draw.choice(ways)

    return _each(m, ["ref"], change)


@operation
def other_separators_between_refs(m: Messy) -> bool:
    def change(text: str) -> str:
        parts = text.split(" ")
        parts = [m.draw.choice([part, part.lower(), part.replace("/", "")]) for part in parts]
        return m.draw.choice([", ", "; ", " ", " and ", "\n", "  ", " + "]).join(parts)

    return _each(m, ["refs"], change)


@operation
def words_in_another_dress(m: Messy) -> bool:
    dress: list[Change] = [str.upper, str.title, str.capitalize, lambda text: text.replace(" ", "-")]
    done = _each(m, ["id"], lambda text: m.draw.choice(dress[:3])(text))
    return _each(m, ["status", "answer", "unit"], lambda text: m.draw.choice(dress)(text)) or done


@operation
def blanks_that_are_none(m: Messy) -> bool:
    around = ["\xa0", "\u200b", "\ufeff", "\u2009", "  ", "\t"]

    def change(text: str) -> str:
        inner = text.replace(" ", m.draw.choice([" ", "\xa0", "  "]))
        return m.draw.choice(around) + inner + m.draw.choice(around)

    return _each(m, [*TEXTS, "ref", "refs"], change, 0.3)


@operation
def what_nobody_sees(m: Messy) -> bool:
    def change(text: str) -> str:
        place = m.draw.randint(1, len(text))
        return text[:place] + m.draw.choice("\u200b\ufeff\u00ad\u2060") + text[place:]

    return _each(m, ["learner", "name", "ref", "status"], change, 0.3)


@operation
def letters_in_parts(m: Messy) -> bool:
    return _each(
        m, ["learner", "name", "text", "title"], lambda text: unicodedata.normalize("NFD", text), 0.7
    )


@operation
def numbers_as_texts(m: Messy) -> bool:
    done = False
    for table in m.tables:
        for line in table.rows:
            for column in table.of("number"):
                cell = line.cells.get(column.key)
                if isinstance(cell, int):
                    line.cells[column.key] = m.draw.choice([str(cell), f" {cell} "])
                    done = True
    return done


def _dates(m: Messy, table: Table) -> Iterator[tuple[Column, list[Line]]]:
    for column in table.of("date"):
        lines = [line for line in table.rows if isinstance(line.cells.get(column.key), date)]
        if lines and len(lines) == sum(line.cells.get(column.key) not in (None, "") for line in table.rows):
            yield column, lines


@operation
def dates_in_other_forms(m: Messy) -> bool:
    done = False
    forms = (
        "%d/%m/%Y", "%d.%m.%y", "%d %b %Y", "%d-%b-%y", "%A, %d %B %Y", "%Y/%m/%d", "%Y-%m-%d 09:30",
        "%Y-%m-%dT09:30:00Z", "%d %B %Y, 10:15 AM", "%Y%m%d", "%B %d, %Y",
    )  # fmt: skip
    for table in m.tables if m.draw.random() < 0.5 else []:
        for column, lines in _dates(m, table):
            for line in lines:
                day = line.cells[column.key]
                assert isinstance(day, date)
                line.cells[column.key] = day.strftime(m.draw.choice(forms))
                done = True
    return done


@operation
def dates_month_first(m: Messy) -> bool:
    """As texts, or by a spreadsheet that took those it could for days first."""
    table = m.any_table()
    for column, lines in _dates(m, table):
        days = [line.cells[column.key] for line in lines]
        if not any(isinstance(day, date) and day.day > 12 for day in days):
            continue
        half = m.workbook and m.draw.random() < 0.5
        year = m.draw.choice(["%m/%d/%Y", "%m/%d/%y"])
        for line in lines:
            day = line.cells[column.key]
            assert isinstance(day, date)
            line.cells[column.key] = day.strftime(year)
            if day.day <= 12 and half:
                line.cells[column.key] = date(day.year, day.day, day.month)
            if day.day <= 12 and day.day != day.month:
                m.expected.may_lack(line, column.key)
        return True
    return False


def _spoil(m: Messy, roles: Sequence[str], value: Callable[[str], Cell], *, nobody: bool = False) -> bool:
    """Puts into a cell what no reader may take for a value."""
    table = m.any_table()
    lines = [line for line in m.fresh(table) if line.key]
    columns = [c for c in table.of(*roles) if lines and lines[0].cells.get(c.key) not in (None, "")]
    if not columns:
        return False
    line, column = lines[0], m.draw.choice(columns)
    now = value(str(line.cells[column.key]))
    if now == line.cells[column.key]:
        return False
    line.cells[column.key] = now
    line.touched, line.spoilt = True, column.key
    for key in [key for key in m.expected.items if key == line.key or (line.key or ())[1:] == ("",)]:
        if key[0] == (line.key or ("",))[0]:
            m.expected.lacking.setdefault(key, {}).setdefault("", []).append(line)
            if column.role == "learner":
                m.expected.nobody.add(key)
    m.expected.said.append(line)
    return True


ANY = ("learner", "name", "ref", "refs", "status", "text", "date", "number", "id", "answer", "unit")


@operation
def an_error_of_the_spreadsheet(m: Messy) -> bool:
    errors = ["#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#NV", "#BEZUG!"]
    return _spoil(m, ANY, lambda _: m.draw.choice(errors))


@operation
def what_is_left_of_a_number(m: Messy) -> bool:
    left = ["1.2E+10", "1.20E+10", "4,5E+11", "1E+15", "########"]
    return _spoil(m, ANY, lambda _: m.draw.choice(left))


@operation
def a_date_for_a_key(m: Messy) -> bool:
    """What a spreadsheet makes of 3-1 or MAR1."""
    return m.workbook and _spoil(m, ["learner", "ref"], lambda _: date(2026, 3, 1))


@operation
def a_formula_without_its_value(m: Messy) -> bool:
    return m.workbook and _spoil(m, ANY, lambda _: "=VLOOKUP(A2,Z:Z,2,FALSE)")


@operation
def letters_that_look_alike(m: Messy) -> bool:
    def change(text: str) -> str:
        return text.replace("0", "O", 1) if "0" in text else text.replace("/", "/\u0415", 1)

    return bool(m.refs) and _spoil(m, ["ref"], change)


@operation
def two_refs_in_a_cell(m: Messy) -> bool:
    if m.kind not in ("portfolio", "record", "decisions"):
        return False
    others = list(m.refs)
    join = m.draw.choice([" ", ", ", " and ", "\n", "; "])
    return _spoil(m, ["ref"], lambda text: f"{text}{join}{next(r for r in others if not meant(r, text))}")


def meant(ref: str, text: str) -> bool:
    """Whether a cell may mean this ref, however it is written."""
    return ref.replace("/", "") in re.sub(r"[^A-Z0-9]", "", text.upper())


@operation
def a_word_nobody_knows(m: Messy) -> bool:
    return _spoil(
        m, ["status", "answer", "unit"], lambda _: m.draw.choice(["Signed off", "Pending", "IQA'd", "maybe"])
    )


@operation
def a_learner_only_once(m: Messy) -> bool:
    """The learner stands in the first row of a few, the cells below are blank and not merged."""
    return m.kind in ("portfolio", "cohort", "tracker") and _spoil(m, ["learner"], lambda _: None)


# Layout


@operation
def the_header_once_more(m: Messy) -> bool:
    if m.kind in ("new", "units"):
        return False
    table = m.any_table()
    repeated = Line(None, {column.key: column.header for column in table.columns})
    table.lines.insert(m.draw.randint(1, len(table.lines)), repeated)
    return True


@operation
def cells_merged_over_rows(m: Messy) -> bool:
    if not m.workbook:
        return False
    table = m.any_table()
    done = False
    for column in table.of("learner", "date", "text"):
        above: Line | None = None
        for line in table.rows:
            same = above is not None and line.cells.get(column.key) == above.cells.get(column.key) not in (
                None,
                "",
            )
            if same and (column.role == "learner" or m.draw.random() < 0.5):
                line.merged |= {column.key}
                done = True
            else:
                above = line
    return done


@operation
def blank_rows(m: Messy) -> bool:
    for table in m.tables:
        for _ in range(m.draw.randint(1, 3)):
            table.lines.insert(m.draw.randint(0, len(table.lines)), None)
    return True


@operation
def columns_moved(m: Messy) -> bool:
    for table in m.tables:
        m.draw.shuffle(table.columns)
    return True


@operation
def columns_of_ones_own(m: Messy) -> bool:
    table = m.any_table()
    if m.kind == "units":
        return False
    values: list[Cell] = ["x", 7, "12 High Street", None, "#N/A", "1.2E+10", date(2020, 2, 3), "verified"]
    for name in m.draw.sample(["Phone", "Shoe size", "Room", "Team colour"], m.draw.randint(1, 3)):
        table.columns.insert(m.draw.randint(0, len(table.columns)), Column(name, "own"))
        for line in table.rows:
            line.cells.setdefault(name, m.draw.choice(values))
    return True


@operation
def a_column_without_a_header(m: Messy) -> bool:
    table = m.any_table()
    if m.kind == "units":
        return False
    blank = Column("blank", "own")
    blank.header = ""
    table.columns.insert(m.draw.randint(0, len(table.columns)), blank)
    for line in table.rows:
        line.cells["blank"] = m.draw.choice([None, None, "see file"]) if m.workbook else None
    return True


@operation
def titles_above(m: Messy) -> bool:
    if m.kind == "units":
        return False
    table = m.any_table()
    titles: list[list[Cell]] = [
        ["Centre 12345"],
        [],
        ["Exported", "by", "MIS"],
        [None, "as of"],
        ["Group", 7],
    ]
    table.above = [*m.draw.sample(titles, m.draw.randint(1, 4)), *table.above]
    return True


@operation
def lines_below(m: Messy) -> bool:
    if m.kind in ("new", "units"):
        return False
    table = m.any_table()
    feet: list[list[Cell]] = [
        ["Total: 12"], ["Report generated on 12/03/2026"], ["Page 1 of 1"], ["Total", 12], ["Grand total"],
        ["Confidential: do not copy"], ["(12 rows)"], ["Note: ask Ada"], ["End of report"], ["----"],
    ]  # fmt: skip
    table.below += [*([[]] * m.draw.randint(0, 2)), *m.draw.sample(feet, m.draw.randint(1, 2))]
    return True


# Files


@operation
def a_text_file(m: Messy) -> bool:
    """The same as text, where it is one table and nothing in it needs a workbook."""
    one = (
        len(m.tables) == 1 and not m.tables[0].hidden and m.workbook and m.kind not in ("record", "decisions")
    )
    if not one or any(line.merged for line in m.tables[0].rows):
        return False
    cells = [cell for line in m.tables[0].rows for cell in line.cells.values()]
    if any(isinstance(cell, str) and cell.startswith("=") for cell in cells) or m.expected.sheets:
        return False
    m.workbook = False
    return True


@operation
def another_delimiter(m: Messy) -> bool:
    m.delimiter = m.draw.choice([";", "\t"])
    m.directive = not m.workbook and m.draw.random() < 0.3
    return not m.workbook


@operation
def another_encoding(m: Messy) -> bool:
    mark = b"\xef\xbb\xbf"
    m.encoding, m.marks = m.draw.choice([("utf-8", mark), ("utf-8", mark + mark), ("utf-16", b"")])
    return not m.workbook


@operation
def texts_kept_from_numbers(m: Messy) -> bool:
    """Each cell is written as ="text"."""
    m.typed = not m.workbook and m.kind != "units"
    return m.typed


def texts(rows: Iterable[Iterable[Cell]]) -> str:
    """Rows as a failure shows them."""
    return "\n".join(" | ".join("" if cell is None else repr(cell) for cell in row) for row in rows)
