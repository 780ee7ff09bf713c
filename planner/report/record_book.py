"""A learner's achievement record as an Excel workbook: filed, filled in further, read back without loss.

Status, decisions and the column Counts are the assessor's; Achieved, every rule and the verdict are formulas
that follow them. `planner.portfolio.verdict.read_portfolios` reads what is written here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.units import credits_of, folded_ref
from planner.portfolio.verdict import Judgement, judge
from planner.records.portfolios import ACHIEVED, DECISIONS, DETAILS, KINDS, RECORD, STATUSES, Portfolio
from planner.report import portfolio_tables
from planner.report.rules_sheet import RulesSheet, UnitCells, weight_columns
from planner.report.tables import NO, WAIVED, YES
from planner.report.way_home_sheet import DECISION_WIDTHS, LISTS, ROW_POINTS, WAY_HOME, WIDTHS, WayHomeSheet
from planner.report.workbook_kit import Book, Formula, letter_of

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

FIRST_DECISION_ROW = 6
"""Row (from 1) of the first decision."""

SPARE_DECISIONS = 30
"""Blank rows for decisions to come."""


TEMPLATE_ROWS = 500
"""Rows of the empty tables that have drop-downs."""

LAST_COLUMN = "R"
"""The last column of the record that is printed."""


_UPRIGHT = ("Group", "Level", "Credits", "Guided hours", "Strategy")
_WRAPPED = ("Title", "Status", "Evidence", "Assessor", "IQA sample", "IQA outcome")
_DATES = ("Started", "Assessed", "Verified", "Date", "Withdrawn")
_CHARACTERS = int(sum(WIDTHS.values()) * 0.95)
"""Characters over the whole width of the record."""


_RECORD_HINT = (
    "Fill in status, evidence, names and dates. A unit is achieved once it is assessed, or by a "
    "decision in force on the sheet Decisions. Choose no under Counts for an achieved unit that is not to "
    "count: the verdict and every rule follow at once."
)
_RULES_HINT = (
    "Measured over the units that are achieved and count on the sheet Record; a rule waived on the sheet "
    "Decisions is not asked for. The sentences are the source's own."
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


def folded_formula(cells: str) -> str:
    """A formula for refs as they are compared; see `planner.catalogue.units.folded_ref`."""
    return f'UPPER(SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cells},"/",""),"-","")," ",""))'


@dataclass(frozen=True, slots=True)
class _DecisionCells:
    """Where the sheet Decisions keeps what formulas ask for."""

    last_row: int
    columns: tuple[str, ...]

    def range(self, word: str) -> str:
        letter = letter_of(self.columns.index(word))
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
        self.sheets = self.book.add(RECORD, "Rules", WAY_HOME, DECISIONS, "About", LISTS)
        self.columns = tuple(self.units.columns)
        labels = 1 + len(DETAILS) + len(self.portfolio.details.registration)
        first_row = 5 + labels + 3 + 2  # header, verdict, a blank row, the heads
        refs = tuple(self.units["Ref"])
        self.cells = UnitCells(RECORD, first_row, refs, (self._letter("Counts"), self._letter("Achieved")))
        last_row = FIRST_DECISION_ROW + len(self.decided) + SPARE_DECISIONS - 1
        self.decisions = _DecisionCells(last_row, tuple(self.decided.columns))

    def content(self) -> bytes:
        """The finished file."""
        lists = lists_sheet(self.book, self.sheets[LISTS])
        self._units_table()
        self.rules = RulesSheet(
            self.book, self.sheets["Rules"], self._counted_cells(), self._weights(), self._waived
        )
        self.rules.write(self.judgement.now.findings, _RULES_HINT, self.portfolio.waived)
        self._record_head()
        self._totals(self.cells.last_row + 1)
        self._signatures(self.cells.last_row + 4)
        WayHomeSheet(self.book, self.sheets[WAY_HOME], self.judgement, self.cells, self._letter).write()
        _decisions_sheet(self.book, self.sheets[DECISIONS], self.decisions, lists, self.decided)
        self.book.about(self.sheets["About"], [("Verdict", portfolio_tables.judgement_words(self.judgement))])
        return self.book.content(first=RECORD)

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
        letter: str = letter_of(self.columns.index(word))
        return letter

    def _waived(self, row: int) -> str:
        """A formula that is true where the rule in this row of the sheet Rules is waived."""
        subject = f"TRIM({self.decisions.range('Unit or rule')})"
        # Plus, as OR would make one truth of the whole column.
        same = f"(({subject}=TRIM($A{row}))+({subject}=TRIM($B{row}))>0)"
        return f"SUMPRODUCT({self.decisions.waiving}*{self.decisions.in_force}*{same})>0"

    # The sheet Record

    def _record_head(self) -> None:
        sheet, book, styles = self.sheets[RECORD], self.book, self.styles
        book.heading(sheet, "Achievement record", LAST_COLUMN, _RECORD_HINT, _CHARACTERS)
        learner = "" if self.portfolio.learner == "-" else self.portfolio.learner
        details = self.portfolio.details
        values = [("learner", learner), *((word, getattr(details, word)) for word in DETAILS)]
        values += details.registration.items()
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
        row, number = self.cells.last_row + 1, len(self.rules.rows)
        waived = sum(rule.id in self.portfolio.waived for rule in self.qualification.rules)
        of_rules = f"of {number} rules not met"
        broken, left_out = f"E{row + 1}", f'COUNTIF({self.rules.met},"{WAIVED}")'
        formula = (
            f'="Now: "&IF({broken}=0,"rules met",{broken}&" {of_rules}")'
            f'&"; units that count: "&C{row}'
            + "".join(f'&", {label}: "&{letter}{row}' for label, letter, _ in self._summed())
            + f'&IF({left_out}=0,"",", rules waived: "&{left_out})&"."'
        )
        units, missed = self._figures()
        words = (
            f"Now: {f'{missed} {of_rules}' if missed else 'rules met'}; units that count: {units}"
            + "".join(f", {label}: {figure}" for label, _, figure in self._summed())
            + (f", rules waived: {waived}." if waived else ".")
        )
        return formula, words

    def _summed(self) -> list[tuple[str, str, float]]:
        """Figures on file of units that are achieved and count: label, column, what they are at export."""
        units = [self.qualification.by_ref[ref] for ref in self.judgement.now.counted]
        sums = (("Credits", credits_of(units)), ("Guided hours", sum(u.glh for u in units)))
        return [(word.lower(), self._letter(word), number) for word, number in sums if word in self.columns]

    def _figures(self) -> tuple[int, int]:
        """At export: how many units are achieved and count, and how many rules are not met."""
        now = self.judgement.now
        missed = sum(not f.holds and f.rule.id not in self.portfolio.waived for f in now.findings)
        return len(now.counted), missed

    def _units_table(self) -> None:
        sheet, first, last = self.sheets[RECORD], self.cells.first_row, self.cells.last_row
        self.book.head(sheet, first - 1, self.columns, upright=_UPRIGHT)
        for row, record in enumerate(self.units.to_dict("records"), start=first):
            for column, word in enumerate(self.columns):
                self._unit_cell(sheet, row, column, word, record[word])
            texts = ((str(record[word]), WIDTHS[word]) for word in _WRAPPED)
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
        self.book.colour_where(sheet, cells, criteria, self.styles.good)
        sheet.autofilter(first - 2, 0, last - 1, len(self.columns) - 1)
        self.book.paper(sheet, [WIDTHS[word] for word in self.columns], first - 1)

    def _unit_cell(self, sheet: Worksheet, row: int, column: int, word: str, value: object) -> None:
        styles = self.styles
        looks = {
            "Achieved": styles.number,
            "Status": styles.edit,
            "Counts": styles.edit,
            "Title": styles.cell,
        }
        looks |= dict.fromkeys(_DATES, styles.date) | dict.fromkeys(_UPRIGHT, styles.number)
        shown = Formula(self._achieved(row), value) if word == "Achieved" else value
        self.book.write(sheet, row, column, shown, looks.get(word, styles.typed))

    def _achieved(self, row: int) -> str:
        ref = self.cells.refs[row - self.cells.first_row]
        status = f"TRIM({self._letter('Status')}{row})"
        name = folded_ref(ref).replace('"', '""')  # as a text within a formula
        same = f'({folded_formula(self.decisions.range("Unit or rule"))}="{name}")'
        # All decisions but those that waive a rule recognise a unit.
        recognised = f"SUMPRODUCT({same}*{self.decisions.in_force}*(1-{self.decisions.waiving}))>0"
        achieved = ",".join(f'{status}="{word}"' for word in STATUSES if word in ACHIEVED)
        return f'=IF(OR({achieved},{recognised}),"{YES}","{NO}")'

    def _totals(self, row: int) -> None:
        """What the units that are achieved and count come to, under the table."""
        sheet, styles, counts = self.sheets[RECORD], self.styles, self.cells.counts
        units, missed = self._figures()
        self.book.cells(
            sheet,
            row,
            ("Achieved units that count", styles.strong),
            (Formula(f"=SUMPRODUCT({counts}*1)", units), styles.figure),  # truths alone are not added up
            column=1,
        )
        for word, letter, figure in self._summed():
            formula = Formula(f"=SUMPRODUCT({counts}*{self.cells.range(letter)})", figure)
            self.book.write(sheet, row, self.columns.index(word.capitalize()), formula, styles.figure)
        self.book.write(sheet, row + 1, 1, "Rules not met", styles.strong)
        self.book.write(sheet, row + 1, 4, Formula(f"={self.rules.not_met}", missed), styles.figure)

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


def _decisions_sheet(
    book: Book, sheet: Worksheet, cells: _DecisionCells, lists: _ListCells, decided: pd.DataFrame
) -> None:
    """The sheet Decisions: those made, and blank rows for more."""
    last, records = cells.last_row, decided.to_dict("records")
    book.heading(sheet, DECISIONS, "J", _DECISIONS_HINT, 150)
    book.head(sheet, FIRST_DECISION_ROW - 1, cells.columns)
    for row in range(FIRST_DECISION_ROW, last + 1):
        place = row - FIRST_DECISION_ROW
        _decision_row(book, sheet, row, cells.columns, records[place] if place < len(records) else {}, lists)
    book.grow(sheet, FIRST_DECISION_ROW, last)
    decision_choices(book, sheet, ("A", "B", "G", "H"), FIRST_DECISION_ROW, last, lists)
    words = {YES: book.styles.good, "withdrawn": book.styles.warn, "incomplete": book.styles.bad}
    book.colour_words(sheet, f"J{FIRST_DECISION_ROW}:J{last}", words)
    book.paper(sheet, DECISION_WIDTHS.values(), FIRST_DECISION_ROW - 1)


def _decision_row(
    book: Book,
    sheet: Worksheet,
    row: int,
    columns: Sequence[str],
    record: Mapping[Hashable, Any],
    lists: _ListCells,
) -> None:
    """One decision, or a blank row for one."""
    styles = book.styles
    looks = {"Title": styles.cell, "In force": styles.number, "Decision": styles.edit}
    looks |= dict.fromkeys(_DATES, styles.date)
    worked_out: dict[Hashable, object] = {
        "Title": Formula(_title(lists, row), record.get("Title", "")),
        "In force": Formula(_in_force(row), record.get("In force", "")),
    }
    values = dict(record) | worked_out
    book.cells(sheet, row, *((values.get(word), looks.get(word, styles.typed)) for word in columns))
    texts = ((str(record.get(word, "")), width) for word, width in DECISION_WIDTHS.items())
    book.fit(sheet, row, *texts, points=ROW_POINTS)


def _title(lists: _ListCells, row: int) -> str:
    """A formula for the title of the unit or the sentence of the rule."""
    own = f"TRIM(B{row})"
    rule = (
        f"INDEX({lists.of_rules('B')},IFERROR(MATCH({own},{lists.of_rules('A')},0),"
        f"MATCH({own},{lists.of_rules('B')},0)))"
    )
    unit = f"INDEX({lists.of_units('B')},MATCH({folded_formula(own)},{lists.of_units('C')},0))"
    return f'=IF({own}="","",IFERROR(IF(LEFT(A{row},5)="waive",{rule},{unit}),"not known here"))'


def _in_force(row: int) -> str:
    """A formula that says whether a decision is complete and has not been taken back."""
    missing = ",".join(f'TRIM({letter}{row})=""' for letter in "ABEFG")
    return (
        f'=IF(COUNTA(A{row}:B{row},D{row}:I{row})=0,"",IF(OR({missing}),"incomplete",'
        f'IF(TRIM(H{row})="","{YES}","withdrawn")))'
    )


def decision_choices(
    book: Book, sheet: Worksheet, columns: Sequence[str], first: int, last: int, lists: _ListCells
) -> None:
    """The drop-downs of a table of decisions: `columns` are the letters of decision, subject and dates."""
    kind, subject, *dates = columns
    book.choices(sheet, f"{kind}{first}:{kind}{last}", tuple(KINDS.values()), "Decision", blank=True)
    book.listed(sheet, f"{subject}{first}:{subject}{last}", lists.all)
    for letter in dates:
        book.dates_only(sheet, f"{letter}{first}:{letter}{last}")


def lists_sheet(book: Book, sheet: Worksheet) -> _ListCells:
    """What drop-downs offer: the units in the order of their groups, then the rules; the sheet is hidden."""
    qualification = book.qualification
    for column, word in enumerate(("Unit or rule", "Title", "As compared")):
        sheet.write_string(0, column, word, book.styles.head)
    listed = sorted(qualification.units, key=lambda unit: unit.group)
    units = [(unit.ref, qualification.names[unit.ref]) for unit in listed]
    rules = [(rule.id, rule.text) for rule in qualification.rules]
    for row, (name, text) in enumerate((*units, *rules), start=2):
        for column, word in enumerate((name, text, folded_ref(name))):
            sheet.write_string(row - 1, column, word)
    sheet.set_column("A:A", 16)
    sheet.set_column("B:B", 90)
    sheet.set_column("C:C", 16)
    sheet.hide()
    return _ListCells(len(units), len(rules))
