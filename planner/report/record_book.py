"""A learner's achievement record as an Excel workbook: filed, filled in further, read back without loss.

Status, decisions and the column Counts are the assessor's; Achieved, every rule and the verdict are formulas
that follow them. `planner.portfolio.verdict.read_portfolios` reads what is written here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.catalogue.qualification import CREDIT_HOURS, Qualification, in_words
from planner.catalogue.units import folded_ref
from planner.portfolio.verdict import Judgement, Verdict, Way, judge
from planner.records.portfolios import DECISIONS, DETAILS, KINDS, PORTFOLIO, RECORD, STATUSES, Portfolio
from planner.report import portfolio_tables, tables
from planner.report.tables import NO, WAIVED, YES
from planner.report.workbook_kit import (
    HIGHEST_ROW,
    Book,
    RulesSheet,
    UnitCells,
    lines_of,
    quoted,
    weight_columns,
)

WAY_HOME, LISTS, HOW_TO = "Way home", "Lists", "How to fill this in"

FIRST_DECISION_ROW = 6
"""Row (from 1) of the first decision."""

SPARE_DECISIONS = 30
"""Blank rows for decisions to come."""

ROW_POINTS = 13
"""Height of a line of text in a row of a table."""

TEMPLATE_ROWS = 500
"""Rows of the empty tables that have drop-downs."""

LAST_COLUMN = "R"
"""The last column of the record that is printed."""

_WIDTHS = {
    "Ref": 14, "Title": 30, "Group": 4.5, "Level": 4.5, "Credits": 4.5, "Guided hours": 4.5,
    "Strategy": 4.5, "Status": 12, "Evidence": 24, "Assessor": 13, "Started": 10.7, "Assessed": 10.7,
    "Verified": 10.7, "Date": 10.7, "IQA sample": 11, "IQA outcome": 12, "Counts": 8, "Achieved": 9.5,
}  # fmt: skip

_DECISION_WIDTHS = {
    "Decision": 26, "Unit or rule": 14, "Title": 34, "Outside": 24, "Reason": 36, "By": 15, "Date": 11,
    "Withdrawn": 11, "Withdrawn by": 14, "In force": 11,
}  # fmt: skip

_UPRIGHT = ("Group", "Level", "Credits", "Guided hours", "Strategy")
_WRAPPED = ("Title", "Status", "Evidence", "Assessor", "IQA sample", "IQA outcome")
_DATES = ("Started", "Assessed", "Verified", "Date", "Withdrawn")
_CHARACTERS = int(sum(_WIDTHS.values()) * 0.95)
"""Characters over the whole width of the record."""


_RECORD_HINT = (
    "Fill in status, evidence, names and dates. A unit is achieved once it is assessed or verified, or by a "
    "decision in force on the sheet Decisions. Choose no under Counts for an achieved unit that is not to "
    "count: the verdict and every rule follow at once."
)
_RULES_HINT = (
    "Measured over the units that are achieved and count on the sheet Record; a rule waived on the sheet "
    "Decisions is not asked for. The sentences are the source's own."
)
_WAY_HOME_HINT = (
    "What was missing at export, by the way that begins fewest units. Status and Still to do follow the "
    "sheet Record; after a decision or another unit the planner may know a better way."
)
_DECISIONS_HINT = (
    "What an assessor decides, with reason, name and date. Add a decision in the next empty row. To take one "
    "back fill in the date under Withdrawn; do not delete it."
)


def record_workbook(judgement: Judgement, today: date | None = None) -> bytes:
    """One learner's achievement record as the bytes of an .xlsx file.

    Sheets: Record (the learner, every unit, signatures), Rules (measured over the units that are achieved
    and count), Way home (what is missing, and remarks), Decisions and About. Read back it is the same
    portfolio; only `recorded` is always true, as the record has columns for evidence and dates.
    """
    return _RecordBook(judgement, today).content()


def record_template(qualification: Qualification, today: date | None = None) -> bytes:
    """An achievement record that nothing is filled in on yet."""
    return record_workbook(judge(qualification, Portfolio("-"), today=today), today)


def _folded(cells: str) -> str:
    """A formula for refs as they are compared; see `planner.catalogue.units.folded_ref`."""
    return f'UPPER(SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cells},"/",""),"-","")," ",""))'


@dataclass(frozen=True, slots=True)
class _DecisionCells:
    """Where the sheet Decisions keeps what formulas ask for."""

    last_row: int
    columns: tuple[str, ...]

    def range(self, word: str) -> str:
        letter = xl_col_to_name(self.columns.index(word))
        return f"{DECISIONS}!${letter}${FIRST_DECISION_ROW}:${letter}${self.last_row}"

    @property
    def waiving(self) -> str:
        return f'(LEFT({self.range("Decision")},5)="waive")'

    @property
    def in_force(self) -> str:
        return f'({self.range("In force")}="{YES}")'


@dataclass(frozen=True, slots=True)
class _ListCells:
    """Where the hidden sheet Lists keeps what drop-downs and formulas ask for: units, then rules."""

    units: int
    rules: int

    def of_units(self, letter: str) -> str:
        return f"{LISTS}!${letter}$2:${letter}${self.units + 1}"

    def of_rules(self, letter: str) -> str:
        return f"{LISTS}!${letter}${self.units + 2}:${letter}${self.units + self.rules + 1}"

    @property
    def all(self) -> str:
        return f"{LISTS}!$A$2:$A${self.units + self.rules + 1}"


class _RecordBook:
    """Writes the sheets of one achievement record."""

    def __init__(self, judgement: Judgement, today: date | None) -> None:
        self.judgement = judgement
        self.qualification = judgement.qualification
        self.portfolio = judgement.portfolio
        self.book = Book(f"Achievement record, {self.qualification.title}", self.qualification, today)
        self.styles = self.book.styles
        self.units = portfolio_tables.portfolio_table(judgement)
        self.decided = portfolio_tables.decisions_table(self.qualification, self.portfolio)
        names = [RECORD, "Rules", WAY_HOME, DECISIONS, "About", LISTS]
        self.sheets = {name: self.book.sheet(name) for name in names}
        self.columns = tuple(self.units.columns)
        first_row = 5 + len(DETAILS) + 1 + 3 + 2  # header, verdict, a blank row, the heads
        refs = tuple(self.units["Ref"])
        self.cells = UnitCells(RECORD, first_row, refs, (self._letter("Counts"), self._letter("Achieved")))
        last_row = FIRST_DECISION_ROW + len(self.decided) + SPARE_DECISIONS - 1
        self.decisions = _DecisionCells(last_row, tuple(self.decided.columns))

    def content(self) -> bytes:
        """The finished file."""
        lists = _lists_sheet(self.book, self.sheets[LISTS])
        self._units_table()
        self.rules = RulesSheet(
            self.book, self.sheets["Rules"], self._counted_cells(), self._weights(), self._waived
        )
        self.rules.write(self.judgement.now.findings, _RULES_HINT, self.portfolio.waived)
        self._record_head()
        self._totals(self.cells.last_row + 1)
        self._signatures(self.cells.last_row + 4)
        _WayHomeSheet(self.book, self.sheets[WAY_HOME], self.judgement, self.cells, self._letter).write()
        _DecisionsSheet(self.book, self.sheets[DECISIONS], self.decisions, lists).write(self.decided)
        self.book.about(self.sheets["About"], [("Verdict", portfolio_tables.judgement_words(self.judgement))])
        self.sheets[RECORD].activate()
        return self.book.content()

    def _counted_cells(self) -> UnitCells:
        """The units on the sheet Lists and which of them count; sorting the record moves no weight there."""
        return UnitCells(LISTS, 2, self.cells.refs, ("D",))

    def _weights(self) -> dict[str, str]:
        """Writes which units count, and each bound's weights, to the sheet Lists."""
        sheet, cells = self.sheets[LISTS], self.cells
        sheet.write_string("D1", "Achieved and counts", self.styles.head)
        counted = set(self.judgement.now.counted)
        for row, ref in enumerate(cells.refs, start=2):
            same = f"({cells.range(self._letter('Ref'))}=$A{row})"
            formula = f'=IF(SUMPRODUCT({same}*{cells.counts})>0,"{YES}","{NO}")'
            sheet.write_formula(row - 1, 3, formula, None, YES if ref in counted else NO)
        return weight_columns(self.book, sheet, self._counted_cells(), self.qualification.rules, 4)

    def _letter(self, word: str) -> str:
        letter: str = xl_col_to_name(self.columns.index(word))
        return letter

    def _waived(self, row: int) -> str:
        """A formula that is true where the rule in this row of the sheet Rules is waived."""
        subject = f"TRIM({self.decisions.range('Unit or rule')})"
        same = f"(({subject}=TRIM($A{row}))+({subject}=TRIM($B{row}))>0)"
        return f"SUMPRODUCT({self.decisions.waiving}*{self.decisions.in_force}*{same})>0"

    # The sheet Record

    def _record_head(self) -> None:
        sheet, book, styles = self.sheets[RECORD], self.book, self.styles
        book.heading(sheet, "Achievement record", LAST_COLUMN, _RECORD_HINT, _CHARACTERS)
        learner = "" if self.portfolio.learner == "-" else self.portfolio.learner
        details = self.portfolio.details
        values = [("learner", learner), *((word, getattr(details, word)) for word in DETAILS)]
        row = 5
        for word, value in values:
            label = word.replace("_", " ").capitalize()
            sheet.write_string(row - 1, 0, label, styles.strong)
            sheet.merge_range(row - 1, 1, row - 1, 8, "", styles.typed)
            book.write(sheet, row, 1, value, styles.typed)
            book.fit(sheet, row, (label, 13), (value, 85))
            row += 1
        exported = (
            f"As exported on {in_words(book.today)}: {portfolio_tables.judgement_words(self.judgement)}"
        )
        book.sentence(sheet, row, exported, LAST_COLUMN, _CHARACTERS, styles.strong)
        formula, words = self._live_verdict()
        sheet.merge_range(f"A{row + 1}:{LAST_COLUMN}{row + 1}", "", styles.banner)
        sheet.write_formula(row, 0, formula, styles.banner, words)
        sheet.set_row(row, 20)

    def _live_verdict(self) -> tuple[str, str]:
        """A sentence that follows what is filled in: as a formula, and what it says at export."""
        row, number, waived = self.cells.last_row + 1, len(self.rules.rows), len(self._waived_rules)
        of_rules = f"of {number} rules not met"
        broken, left_out = f"E{row + 1}", f'COUNTIF({self.rules.met},"{WAIVED}")'
        formula = (
            f'="Now: "&IF({broken}=0,"rules met",{broken}&" {of_rules}")'
            f'&"; units that count: "&C{row}&", credits: "&E{row}&", guided hours: "&F{row}'
            f'&IF({left_out}=0,"",", rules waived: "&{left_out})&"."'
        )
        units, credits, hours, missed = self._figures()
        words = (
            f"Now: {f'{missed} {of_rules}' if missed else 'rules met'}; units that count: {units}, "
            f"credits: {credits}, guided hours: {hours}{f', rules waived: {waived}' if waived else ''}."
        )
        return formula, words

    @property
    def _waived_rules(self) -> frozenset[str]:
        return self.portfolio.waived & {rule.id for rule in self.qualification.rules}

    def _figures(self) -> tuple[int, int, int, int]:
        """At export: units that are achieved and count, their credits and hours, rules not met."""
        now = self.judgement.now
        units = [self.qualification.by_ref[ref] for ref in now.counted]
        missed = sum(not f.holds and f.rule.id not in self.portfolio.waived for f in now.findings)
        return len(units), sum(u.credits for u in units), sum(u.glh for u in units), missed

    def _units_table(self) -> None:
        sheet, first, last = self.sheets[RECORD], self.cells.first_row, self.cells.last_row
        self.book.head(sheet, first - 1, self.columns, upright=_UPRIGHT)
        for row, record in enumerate(self.units.to_dict("records"), start=first):
            for column, word in enumerate(self.columns):
                self._unit_cell(sheet, row, column, word, record[word])
            texts = ((str(record[word]), _WIDTHS[word]) for word in _WRAPPED)
            self.book.fit(sheet, row, *texts, points=ROW_POINTS)
        self.book.grow(sheet, first, last)
        status, counts = self._letter("Status"), self._letter("Counts")
        self.book.choices(sheet, f"{status}{first}:{status}{last}", STATUSES, "Status", blank=True)
        self.book.choices(sheet, f"{counts}{first}:{counts}{last}", (YES, NO), "Counts", blank=False)
        for word in _DATES[:4]:
            self.book.dates_only(sheet, f"{self._letter(word)}{first}:{self._letter(word)}{last}")
        achieved = self._letter("Achieved")
        criteria = f'=AND(${achieved}{first}="{YES}",${counts}{first}="{YES}")'
        cells = f"A{first}:{achieved}{last}"
        rule = {"type": "formula", "criteria": criteria, "format": self.styles.good}
        sheet.conditional_format(cells, rule)
        for column, width in enumerate(_WIDTHS.values()):
            sheet.set_column(column, column, width)
        sheet.autofilter(first - 2, 0, last - 1, len(self.columns) - 1)
        self.book.paper(sheet, landscape=True, header_row=first - 1)

    def _unit_cell(self, sheet: Worksheet, row: int, column: int, word: str, value: object) -> None:
        styles = self.styles
        if word == "Achieved":
            sheet.write_formula(row - 1, column, self._achieved(row), styles.number, value)
            return
        if word in ("Status", "Counts"):
            style = styles.edit
        elif word in _DATES:
            style = styles.date
        elif word in _UPRIGHT:
            style = styles.number
        else:
            style = styles.cell if word == "Title" else styles.typed
        self.book.write(sheet, row, column, value, style)

    def _achieved(self, row: int) -> str:
        ref = self.cells.refs[row - self.cells.first_row]
        status = f"TRIM({self._letter('Status')}{row})"
        same = f'({_folded(self.decisions.range("Unit or rule"))}="{quoted(folded_ref(ref))}")'
        recognised = f"SUMPRODUCT({same}*{self.decisions.in_force}*(1-{self.decisions.waiving}))>0"
        return f'=IF(OR({status}="assessed",{status}="verified",{recognised}),"{YES}","{NO}")'

    def _totals(self, row: int) -> None:
        """What the units that are achieved and count come to, under the table."""
        sheet, styles, counts = self.sheets[RECORD], self.styles, self.cells.counts
        units, credits, hours, missed = self._figures()
        sheet.write_string(row - 1, 1, "Achieved units that count", styles.strong)
        sheet.write_formula(f"C{row}", f"=SUMPRODUCT({counts}*1)", styles.figure, units)
        for letter, figure in (("E", credits), ("F", hours)):
            formula = f"=SUMPRODUCT({counts}*{self.cells.range(letter)})"
            sheet.write_formula(f"{letter}{row}", formula, styles.figure, figure)
        sheet.write_string(row, 1, "Rules not met", styles.strong)
        sheet.write_formula(f"E{row + 1}", f"={self.rules.not_met}", styles.figure, missed)

    def _signatures(self, row: int) -> None:
        """Lines to sign. The column Status stays empty here: these rows are no units."""
        sheet, styles = self.sheets[RECORD], self.styles
        parts = (("A", "B"), ("C", "I"), ("J", "N"), ("O", LAST_COLUMN))
        heads = ("Signatures", "Name", "Signature", "Date")
        roles = ("Signed by the learner", "Signed by the assessor", "Signed by the internal quality assurer")
        for offset, words in enumerate((heads, *((role, "", "", "") for role in roles))):
            for (first, last), word in zip(parts, words, strict=True):
                style = styles.head if not offset else styles.typed
                sheet.merge_range(f"{first}{row + offset}:{last}{row + offset}", "", style)
                if word:
                    sheet.write_string(f"{first}{row + offset}", word, style)
            sheet.set_row(row + offset - 1, 30 if offset else 20)
        sheet.print_area(f"A1:{LAST_COLUMN}{row + len(roles)}")


class _WayHomeSheet:
    """Writes the sheet Way home: one section under the other, each with a title."""

    def __init__(
        self,
        book: Book,
        sheet: Worksheet,
        judgement: Judgement,
        cells: UnitCells,
        letter: Callable[[str], str],
    ) -> None:
        self.book = book
        self.sheet = sheet
        self.judgement = judgement
        self.cells = cells
        self.letter = letter
        self.row = 5

    def write(self) -> None:
        book, judgement = self.book, self.judgement
        book.heading(self.sheet, WAY_HOME, "J", _WAY_HOME_HINT, 130)
        self._verdict(judgement.now, portfolio_tables.judgement_words(judgement))
        if words := judgement.qualification.next_step(judgement.now.rules_met, book.today):
            self._sentence(words)
        self._missing(judgement.now, live=True)
        if judgement.portfolio.in_hand:
            self._title("If everything in progress or submitted is achieved")
            self._verdict(judgement.if_completed, portfolio_tables.verdict_words(judgement.if_completed))
            self._missing(judgement.if_completed, live=False)
        self._awaiting()
        self._surplus()
        self._remarks()
        self._long_texts()
        widths = {
            "A:A": 14,
            "B:B": 56,
            "C:D": 8,
            "E:E": 9,
            "F:F": 9,
            "G:G": 30,
            "H:H": 9,
            "I:I": 13,
            "J:J": 11,
        }
        for columns, width in widths.items():
            self.sheet.set_column(columns, width)
        book.paper(self.sheet, landscape=True)

    def _title(self, text: str) -> None:
        self.row += 1
        self.sheet.write_string(self.row - 1, 0, text, self.book.styles.section)
        self.sheet.set_row(self.row - 1, 20)
        self.row += 1

    def _sentence(self, text: str, strong: bool = False) -> None:
        style = self.book.styles.strong if strong else self.book.styles.text
        self.book.sentence(self.sheet, self.row, text, "J", 130, style)
        self.row += 1

    def _verdict(self, found: Verdict, words: str) -> None:
        self._sentence(words, strong=True)
        for conflict in found.home.conflicts:
            self._sentence(conflict.in_words(self.judgement.qualification))
        if found.home.outside_offer:
            self._sentence(tables.outside_words(found.home))

    def _missing(self, found: Verdict, live: bool) -> None:
        """The units of the way home; if `live` with what the sheet Record says of them now, and totals."""
        table, not_needed = portfolio_tables.missing_table(found), portfolio_tables.not_needed_words(found)
        if table.empty:
            if not_needed:
                self._sentence(not_needed)
            return
        statuses = {entry.ref: entry.status for entry in self.judgement.portfolio.entries}
        heads = [*table.columns, *(("Status", "Still to do") if live else ())]
        self.book.head(self.sheet, self.row, heads)
        first = self.row + 1
        for record in table.itertuples(index=False):
            self.row += 1
            self._cells(self.row, record)
            if live:
                status = f'=INDEX({self._column("Status")},{self._place()})&""'
                self._formula(8, status, statuses.get(record[0], ""))
                achieved = f'INDEX({self._column("Achieved")},{self._place()})="{YES}"'
                self._formula(9, f'=IF({achieved},"{NO}","{YES}")', YES)
        last = self.row
        self.row += 1
        if live:
            self._missing_totals(found, first, last)
        for words in filter(None, (not_needed, portfolio_tables.shorter_words(found))):
            self._sentence(words)

    def _missing_totals(self, found: Verdict, first: int, last: int) -> None:
        styles, open_ones = self.book.styles, f'($J{first}:$J{last}="{YES}")'
        self.sheet.write_string(self.row - 1, 1, "Still to do", styles.strong)
        for letter, figure in (("E", Way(found.home).credits), ("F", found.home.new_glh)):
            formula = f"=SUMPRODUCT({open_ones}*{letter}{first}:{letter}{last})"
            self.sheet.write_formula(f"{letter}{self.row}", formula, styles.figure, figure)
        words = f"Whole learning time still to come, about {CREDIT_HOURS} hours a credit"
        self.sheet.write_string(self.row, 1, words, styles.strong)
        hours = CREDIT_HOURS * (Way(found.home).credits or 0)
        self.sheet.write_formula(self.row, 4, f"={CREDIT_HOURS}*E{self.row}", styles.figure, hours)
        self.row += 2

    def _column(self, word: str) -> str:
        return self.cells.range(self.letter(word))

    def _place(self) -> str:
        return f"MATCH($A{self.row},{self._column('Ref')},0)"

    def _formula(self, column: int, formula: str, value: str) -> None:
        self.sheet.write_formula(self.row - 1, column, formula, self.book.styles.number, value)

    def _cells(self, row: int, values: Sequence[object]) -> None:
        for column, value in enumerate(values):
            style = self.book.styles.number if isinstance(value, int) else self.book.styles.cell
            self.book.write(self.sheet, row, column, value, style)
        self.book.fit(self.sheet, row, (str(values[1]), 56))

    def _awaiting(self) -> None:
        self._title("Awaiting internal quality assurance")
        portfolio = self.judgement.portfolio
        table = tables.chosen_units_table(self.judgement.qualification, portfolio.awaiting_iqa)
        if table.empty:
            self._sentence("None.")
            return
        days = {entry.ref: entry.assessed or entry.date for entry in portfolio.entries}
        self.book.head(self.sheet, self.row, [*table.columns, "Assessed"])
        for record in table.itertuples(index=False):
            self.row += 1
            self._cells(self.row, record)
            self.book.write(self.sheet, self.row, 7, days[record[0]], self.book.styles.date)
        self.row += 1

    def _surplus(self) -> None:
        self._title("Achieved, but not needed or not able to count")
        table = portfolio_tables.surplus_table(self.judgement)
        self._long_rows(("Ref", "Title", "Why"), table[["Ref", "Title", "Why"]].itertuples(index=False))

    def _remarks(self) -> None:
        self._title("Remarks on the record")
        self._long_rows(
            ("Ref", "Title", "Remark"), portfolio_tables.remarks_table(self.judgement).itertuples(index=False)
        )

    def _long_texts(self) -> None:
        """What does not fit into a row of the sheets Record and Decisions, in parts that fit."""
        texts = [
            (str(record["Ref"]), word, str(record[word]), _WIDTHS[word])
            for record in portfolio_tables.portfolio_table(self.judgement).to_dict("records")
            for word in ("Evidence", "Assessor", "IQA sample", "IQA outcome")
        ]
        decided = portfolio_tables.decisions_table(self.judgement.qualification, self.judgement.portfolio)
        texts += [
            (str(record["Unit or rule"]), word, str(record[word]), _DECISION_WIDTHS[word])
            for record in decided.to_dict("records")
            for word in ("Outside", "Reason", "By", "Withdrawn by")
        ]
        rows = [
            (about, word, part)
            for about, word, text, width in texts
            if lines_of(text, width) * ROW_POINTS > HIGHEST_ROW
            for part in textwrap.wrap(text, 1_000)
        ]
        if rows:
            self._title("In full, where a row is too small for it")
            self._long_rows(("Unit or rule", "Column", "Text"), rows)

    def _long_rows(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Rows whose third cell reaches over the rest of the page; "none" if there is no row."""
        listed = list(rows)
        if not listed:
            self._sentence("None.")
            return
        styles = self.book.styles
        self.book.head(self.sheet, self.row, heads)
        self.sheet.merge_range(f"C{self.row}:I{self.row}", "", styles.head)
        self.sheet.write_string(f"C{self.row}", heads[2], styles.head)
        for name, title, text in listed:
            self.row += 1
            self._cells(self.row, (name, title))
            self.sheet.merge_range(f"C{self.row}:I{self.row}", "", styles.cell)
            self.sheet.write_string(f"C{self.row}", text, styles.cell)
            self.book.fit(self.sheet, self.row, (name, 14), (title, 56), (text, 80))
        self.row += 1


class _DecisionsSheet:
    """Writes the sheet Decisions: those made, and blank rows for more."""

    def __init__(self, book: Book, sheet: Worksheet, cells: _DecisionCells, lists: _ListCells) -> None:
        self.book = book
        self.sheet = sheet
        self.cells = cells
        self.lists = lists

    def write(self, decided: pd.DataFrame) -> None:
        book, sheet, last = self.book, self.sheet, self.cells.last_row
        book.heading(sheet, DECISIONS, "J", _DECISIONS_HINT, 150)
        book.head(sheet, FIRST_DECISION_ROW - 1, self.cells.columns)
        records = decided.to_dict("records")
        for row in range(FIRST_DECISION_ROW, last + 1):
            place = row - FIRST_DECISION_ROW
            self._row(row, records[place] if place < len(records) else {})
        book.grow(sheet, FIRST_DECISION_ROW, last)
        _decision_choices(book, sheet, ("A", "B", "G", "H"), FIRST_DECISION_ROW, last, self.lists)
        words = {YES: book.styles.good, "withdrawn": book.styles.warn, "incomplete": book.styles.bad}
        book.colour_words(sheet, f"J{FIRST_DECISION_ROW}:J{last}", words)
        for column, width in enumerate(_DECISION_WIDTHS.values()):
            sheet.set_column(column, column, width)
        book.paper(sheet, landscape=True, header_row=FIRST_DECISION_ROW - 1)

    def _row(self, row: int, record: Mapping[Hashable, Any]) -> None:
        """One decision, or a blank row for one."""
        sheet, styles = self.sheet, self.book.styles
        for column, word in enumerate(self.cells.columns):
            if word == "Title":
                sheet.write_formula(row - 1, column, self._title(row), styles.cell, record.get(word, ""))
            elif word == "In force":
                value = record.get(word, "")
                sheet.write_formula(row - 1, column, _in_force(row), styles.number, value)
            else:
                style = styles.date if word in _DATES else styles.edit if word == "Decision" else styles.typed
                self.book.write(sheet, row, column, record.get(word), style)
        texts = ((str(record.get(word, "")), width) for word, width in _DECISION_WIDTHS.items())
        self.book.fit(sheet, row, *texts, points=ROW_POINTS)

    def _title(self, row: int) -> str:
        """A formula for the title of the unit or the sentence of the rule."""
        lists, own = self.lists, f"TRIM(B{row})"
        rule = (
            f"INDEX({lists.of_rules('B')},IFERROR(MATCH({own},{lists.of_rules('A')},0),"
            f"MATCH({own},{lists.of_rules('B')},0)))"
        )
        unit = f"INDEX({lists.of_units('B')},MATCH({_folded(own)},{lists.of_units('C')},0))"
        return f'=IF({own}="","",IFERROR(IF(LEFT(A{row},5)="waive",{rule},{unit}),"not known here"))'


def _in_force(row: int) -> str:
    """A formula that says whether a decision is complete and has not been taken back."""
    missing = ",".join(f'TRIM({letter}{row})=""' for letter in "ABEFG")
    return (
        f'=IF(COUNTA(A{row}:B{row},D{row}:I{row})=0,"",IF(OR({missing}),"incomplete",'
        f'IF(TRIM(H{row})="","{YES}","withdrawn")))'
    )


def _decision_choices(
    book: Book, sheet: Worksheet, columns: Sequence[str], first: int, last: int, lists: _ListCells
) -> None:
    """The drop-downs of a table of decisions: `columns` are the letters of decision, subject and dates."""
    kind, subject, *dates = columns
    book.choices(sheet, f"{kind}{first}:{kind}{last}", tuple(KINDS.values()), "Decision", blank=True)
    book.listed(sheet, f"{subject}{first}:{subject}{last}", lists.all)
    for letter in dates:
        book.dates_only(sheet, f"{letter}{first}:{letter}{last}")


def _lists_sheet(book: Book, sheet: Worksheet) -> _ListCells:
    """What drop-downs offer: the units in the order of their groups, then the rules; the sheet is hidden."""
    qualification = book.qualification
    for column, word in enumerate(("Unit or rule", "Title", "As compared")):
        sheet.write_string(0, column, word, book.styles.head)
    units = [(u.ref, u.title) for u in sorted(qualification.units, key=lambda unit: unit.group)]
    rules = [(rule.id, rule.text) for rule in qualification.rules]
    for row, (name, text) in enumerate((*units, *rules), start=2):
        for column, word in enumerate((name, text, folded_ref(name))):
            sheet.write_string(row - 1, column, word)
    sheet.set_column("A:A", 16)
    sheet.set_column("B:B", 90)
    sheet.set_column("C:C", 16)
    sheet.hide()
    return _ListCells(len(units), len(rules))


# The empty table of many learners

_LEARNER_TABLE = (
    ("learner", 16), ("ref", 14), ("title", 44), ("status", 13), ("evidence", 34), ("assessor", 18),
    ("date", 12), ("started", 12), ("assessed", 12), ("verified", 12), ("iqa_sample", 14),
    ("iqa_outcome", 18), ("name", 20),
)  # fmt: skip
_DECISION_TABLE = (
    ("learner", 16), ("decision", 28), ("unit_or_rule", 16), ("outside", 28), ("reason", 40), ("by", 18),
    ("date", 12), ("withdrawn", 12), ("withdrawn_by", 18),
)  # fmt: skip


def portfolio_template(qualification: Qualification) -> bytes:
    """An empty table of portfolios, one row a learner and unit, as the bytes of an .xlsx file.

    Sheets: Portfolio and Decisions with drop-downs, and how to fill them in.
    """
    book = Book(f"Portfolios, {qualification.title}", qualification)
    sheets = {name: book.sheet(name) for name in (PORTFOLIO, DECISIONS, HOW_TO, LISTS)}
    lists = _lists_sheet(book, sheets[LISTS])
    sheet, last = sheets[PORTFOLIO], TEMPLATE_ROWS + 1
    book.empty_table(sheet, dict(_LEARNER_TABLE), _TEMPLATE_DATES)
    book.listed(sheet, f"B2:B{last}", lists.of_units("A"))
    book.choices(sheet, f"D2:D{last}", STATUSES, "Status", blank=False)
    book.dates_only(sheet, f"G2:J{last}")
    for row in range(2, last + 1):
        place = f"MATCH({_folded(f'B{row}')},{lists.of_units('C')},0)"
        title = f'=IF(TRIM(B{row})="","",IFERROR(INDEX({lists.of_units("B")},{place}),"not known here"))'
        sheet.write_formula(row - 1, 2, title, book.styles.cell, "")
    book.empty_table(sheets[DECISIONS], dict(_DECISION_TABLE), _TEMPLATE_DATES)
    _decision_choices(book, sheets[DECISIONS], ("B", "C", "G", "H"), 2, last, lists)
    book.how_to(sheets[HOW_TO], _HOW_TO_HINT, {"Sheet Portfolio": _HOW_TO, "Sheet Decisions": _HOW_TO_DECIDE})
    sheet.activate()
    return book.content()


_TEMPLATE_DATES = ("date", "started", "assessed", "verified", "withdrawn")

_HOW_TO_HINT = (
    "One row a learner and unit on the sheet Portfolio; decisions, if there are any, on the sheet Decisions. "
    "Only learner, ref and status are needed; other columns may be deleted. The planner then says for every "
    "learner whether the rules are met and what is missing."
)
_HOW_TO = (
    (
        "learner",
        "A number or word that names the learner in this file; the same in every row of this learner.",
    ),
    ("ref", "The unit, from the list; typed as you like: L/601/0933 or l6010933."),
    ("title", "Fills itself in."),
    (
        "status",
        "planned, in progress, submitted, assessed or verified. Assessed and verified units are achieved; an "
        "assessed one awaits internal quality assurance.",
    ),
    ("evidence", "Where the evidence is: its numbers in the portfolio, for example: E3, E7, observation 2."),
    ("assessor", "Who assessed the unit."),
    ("date", "When the unit came to this status. Dates are typed as 22/11/2026 or 2026-11-22."),
    ("started, assessed, verified", "The days of these steps, as far as they are known."),
    ("iqa_sample, iqa_outcome", "What internal quality assurance sampled, and what came of it."),
    ("name", "The learner's name; once is enough. It may be left out."),
)
_HOW_TO_DECIDE = (
    ("decision", "; ".join(KINDS.values()) + "."),
    ("unit_or_rule", "The unit that counts as achieved by it; where a rule is waived the rule's id."),
    ("outside", "The unit from outside that is accepted or transferred, in your words."),
    ("reason, by, date", "Why, who and when. A decision without them is refused."),
    ("withdrawn, withdrawn_by", "When and by whom it was taken back. Do not delete a decision."),
)
