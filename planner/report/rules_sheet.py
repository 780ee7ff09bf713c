"""The rules as live formulas over the units of a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.report import tables
from planner.report.tables import NO, WAIVED, YES
from planner.report.workbook_kit import Formula, PlainBook, letter_of
from planner.rules.measure import Finding
from planner.rules.rule import Bound, Rule

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

HEADS = ("Rule", "Sentence", "Measured", "At least", "At most", "Counted in", "Met")


@dataclass(frozen=True, slots=True)
class UnitCells:
    """Where a workbook keeps its table of units, and what the rules are measured over.

    Parameters
    ----------
    sheet
        The name of the sheet; one that formulas can hold without quotes.
    first_row
        Row (from 1) of the first unit.
    refs
        The units, one a row.
    yes
        The columns, by letter, that must all say yes for a unit to count.
    times
        The column, by letter, that says how often it counts; empty where it counts once.
    """

    sheet: str
    first_row: int
    refs: tuple[str, ...]
    yes: tuple[str, ...] = ()
    times: str = ""

    @property
    def last_row(self) -> int:
        """Row of the last unit."""
        return self.first_row + len(self.refs) - 1

    def range(self, column: str) -> str:
        """The cells of one column, one a unit; by its letter."""
        return f"{self.sheet}!${column}${self.first_row}:${column}${self.last_row}"

    @property
    def counts(self) -> str:
        """A formula for a column of how often each unit counts, 0 or 1 if only once, to multiply with."""
        # Truths, which a sum leaves out: multiplied with anything they are 0 and 1.
        factors = [f'({self.range(column)}="{YES}")' for column in self.yes]
        return "*".join([*factors, *([self.range(self.times)] if self.times else [])])


def weights_within(rules: Iterable[Rule]) -> Iterator[tuple[str, str, Mapping[str, float]]]:
    """Each sum that the rules are measured by: its address, its rule's id and what units weigh in it.

    The address is the rule's id and the numbers of the parts within; a share has two sums.
    """

    def within(address: str, rule: Rule) -> Iterator[tuple[str, str, Mapping[str, float]]]:
        if isinstance(rule, Bound) and rule.share is not None:
            yield address, rule.id, rule.share.part
            yield _whole(address), f"the total of {rule.id}", rule.share.whole
        elif isinstance(rule, Bound):
            yield address, rule.id, rule.weights
        else:
            for number, part in enumerate(rule.of):
                yield from within(f"{address}/{number}", part)

    for rule in rules:
        yield from within(rule.id, rule)


def _whole(address: str) -> str:
    return f"{address}/total"


def weight_columns(
    book: PlainBook, sheet: Worksheet, units: UnitCells, rules: Iterable[Rule], first_column: int
) -> dict[str, str]:
    """Writes a column of weights for each bound from `first_column` (0 is A) on; its letter by address.

    The heads stand in the row above the first unit.
    """
    letters = {}
    for column, (address, name, weights) in enumerate(weights_within(rules), start=first_column):
        letters[address] = letter_of(column)
        # XlsxWriter counts rows from 0: this is the row above the first unit.
        sheet.write_string(units.first_row - 2, column, f"Weight in {name}", book.styles.head)
        for row, ref in enumerate(units.refs, start=units.first_row):
            sheet.write_number(row - 1, column, weights.get(ref, 0))
    return letters


def fold_away(sheet: Worksheet, first_column: int, last_column: int) -> None:
    """Hides columns (0 is A) behind a plus sign."""
    sheet.set_column(first_column, last_column, 12, None, {"level": 1, "hidden": True})
    # The plus sign stands in the column after those that are folded.
    sheet.set_column(last_column + 1, last_column + 1, None, None, {"collapsed": True})


class RulesSheet:
    """The sheet Rules: each rule measured by a formula over the units that count.

    `waived` gives a formula that is true where the rule in a row is waived; None where none can be.
    """

    def __init__(
        self,
        book: PlainBook,
        sheet: Worksheet,
        units: UnitCells,
        weights: Mapping[str, str],
        waived: Callable[[int], str] | None = None,
    ) -> None:
        self.book = book
        self.sheet = sheet
        self.units = units
        self.weights = weights
        self.waived = waived
        self.rows: list[int] = []
        """Row of each rule, the parts of choices left out."""
        self.last_row = 0

    def write(
        self,
        findings: Sequence[Finding],
        hint: str,
        waived: frozenset[str] = frozenset(),
        title: str = "Rules of combination",
        id_width: float = 14,
    ) -> None:
        """Writes the sheet; `findings` and the rules `waived` are what holds at export."""
        book, sheet, styles = self.book, self.sheet, self.book.styles
        book.heading(sheet, title, "G", hint)
        book.head(sheet, 5, HEADS)
        row = 6
        for finding in findings:
            self.rows.append(row)
            row = self._rule(row, finding, finding.rule.id, 0, finding.rule.id in waived)
        self.last_row = row - 1
        words = {YES: styles.good, NO: styles.bad}
        if self.waived is not None:
            words[WAIVED] = styles.warn
        book.colour_words(sheet, f"G6:G{self.last_row}", words)
        book.paper(sheet, (id_width, 70, 10, 10, 10, 13, 8), 5)

    @property
    def met(self) -> str:
        """The cells of the column Met."""
        return f"Rules!$G${self.rows[0]}:$G${self.last_row}"

    @property
    def not_met(self) -> str:
        """A formula for the number of rules that are not met."""
        return "+".join(["0", *(f'(Rules!G{row}="{NO}")' for row in self.rows)])

    def _rule(self, row: int, finding: Finding, address: str, depth: int, waived: bool) -> int:
        """Writes a rule and its parts from `row` on; returns the next free row."""
        rule, sheet, styles = finding.rule, self.sheet, self.book.styles
        parts = []
        following = row + 1
        for number, part in enumerate(finding.parts):
            parts.append(following)
            following = self._rule(following, part, f"{address}/{number}", depth + 1, False)
        text = "    " * depth + rule.text
        met = WAIVED if waived else YES if finding.holds else NO
        self.book.cells(
            sheet,
            row,
            (rule.id, styles.cell),
            (text, styles.cell),
            (Formula(self._measured(rule, address, parts), finding.measured), styles.number),
            (self._limit(rule, address, finding.at_least, "UP"), styles.number),
            (self._limit(rule, address, finding.at_most, "DOWN"), styles.number),
            (tables.count_words(rule.count), styles.cell),
            (Formula(self._met(row, rule, may_be_waived=depth == 0), met), styles.cell),
        )
        self.book.fit(sheet, row, (text, 70))
        return following

    def _limit(self, rule: Rule, address: str, limit: float | None, away: str) -> object:
        """A limit; that of a share follows the total, rounded `away` from what would not do."""
        if limit is None or not isinstance(rule, Bound) or rule.share is None:
            return limit
        by = rule.share.by
        parts, per = (f"{by}*", f"/{by}") if by > 1 else ("", "")
        exact = f"{parts}{rule.share.percent}*{self._sum(_whole(address))}/100"
        return Formula(f"=ROUND{away}({exact},0){per}", limit)

    def _measured(self, rule: Rule, address: str, parts: Sequence[int]) -> str:
        if isinstance(rule, Bound):
            return f"={self._sum(address)}"
        # With the 0 a sum of one term is a number, too: in Excel TRUE and FALSE are above every number.
        return "=" + "+".join(["0", *(f'(G{part}="{YES}")' for part in parts)])

    def _sum(self, address: str) -> str:
        # SUMPRODUCT multiplies whole columns without being typed as an array formula, in every program.
        return f"SUMPRODUCT({self.units.counts}*{self.units.range(self.weights[address])})"

    def _met(self, row: int, rule: Rule, may_be_waived: bool) -> str:
        tests = []
        if rule.at_least is not None:
            tests.append(f"C{row}>=D{row}")
        if rule.at_most is not None:
            tests.append(f"C{row}<=E{row}")
        met = f'IF(AND({",".join(tests)}),"{YES}","{NO}")'
        if self.waived is None or not may_be_waived:
            return f"={met}"
        return f'=IF({self.waived(row)},"{WAIVED}",{met})'
