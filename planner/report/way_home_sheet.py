"""The way home, as a sheet of the achievement record."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from planner.catalogue.qualification import CREDIT_HOURS
from planner.portfolio.verdict import Judgement, Verdict, Way
from planner.report import portfolio_tables, tables
from planner.report.rules_sheet import UnitCells
from planner.report.tables import NO, YES
from planner.report.workbook_kit import HIGHEST_ROW, Book, Formula, letter_of, lines_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

WAY_HOME, LISTS, HOW_TO = "Way home", "Lists", "How to fill this in"


ROW_POINTS = 13
"""Height of a line of text in a row of a table."""


WIDTHS = {
    "Ref": 14, "Title": 30, "Group": 4.5, "Level": 4.5, "Credits": 4.5, "Guided hours": 4.5,
    "Strategy": 4.5, "Status": 12, "Evidence": 24, "Assessor": 13, "Started": 10.7, "Assessed": 10.7,
    "Verified": 10.7, "Date": 10.7, "IQA sample": 11, "IQA outcome": 12, "Counts": 8, "Achieved": 9.5,
}  # fmt: skip


DECISION_WIDTHS = {
    "Decision": 26, "Unit or rule": 14, "Title": 34, "Outside": 24, "Reason": 36, "By": 15, "Date": 11,
    "Withdrawn": 11, "Withdrawn by": 14, "In force": 11,
}  # fmt: skip


_WAY_HOME_HINT = (
    "What was missing at export, by the way that begins fewest units. Status and Still to do follow the "
    "sheet Record; after a decision or another unit the planner may know a better way."
)


class WayHomeSheet:
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
        if words_of_titles := portfolio_tables.title_words(judgement):
            self._title("Titles of the award")
            for sentence in words_of_titles:
                self._sentence(sentence)
        self._title("Awaiting internal quality assurance")
        self._awaiting()
        self._title("Achieved, but not needed or not able to count")
        surplus = portfolio_tables.surplus_table(judgement)[["Ref", "Title", "Why"]]
        self._long_rows(list(surplus.columns), surplus.itertuples(index=False))
        self._title("Remarks on the record")
        remarks = portfolio_tables.remarks_table(judgement)
        self._long_rows(list(remarks.columns), remarks.itertuples(index=False))
        self._long_texts()
        figures = [9] * len(judgement.qualification.figures)
        book.paper(self.sheet, (14, 56, 8, 8, *figures, 30, 9, 13, 11))

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
        first = self.row + 1
        if live:
            self._follow(table, first)
        self._rows(table)
        if live:
            self._missing_totals(found, list(table.columns), first, self.row - 1)
        for words in filter(None, (not_needed, portfolio_tables.shorter_words(found))):
            self._sentence(words)

    def _follow(self, table: pd.DataFrame, first: int) -> None:
        """Adds what the sheet Record says now of each unit, in rows from `first` on."""
        statuses = {entry.ref: entry.status for entry in self.judgement.portfolio.entries}
        ref, status, achieved = (self.cells.range(self.letter(w)) for w in ("Ref", "Status", "Achieved"))
        said, open_ones = [], []
        for row, name in enumerate(table["Ref"], start=first):
            place = f"MATCH($A{row},{ref},0)"
            said.append(Formula(f'=INDEX({status},{place})&""', statuses.get(name, "")))
            open_ones.append(Formula(f'=IF(INDEX({achieved},{place})="{YES}","{NO}","{YES}")', YES))
        table["Status"] = pd.Series(said, dtype=object)
        table["Still to do"] = pd.Series(open_ones, dtype=object)

    def _missing_totals(self, found: Verdict, columns: Sequence[str], first: int, last: int) -> None:
        styles, qualification = self.book.styles, found.home.qualification
        done = letter_of(columns.index("Still to do"))
        open_ones = f'(${done}{first}:${done}{last}="{YES}")'
        sums = {"Credits": Way(found.home).credits, "Guided hours": found.home.new_glh}
        for word in (shown := tables.shown(qualification, sums)):
            letter = letter_of(columns.index(word))
            formula = Formula(f"=SUMPRODUCT({open_ones}*{letter}{first}:{letter}{last})", sums[word])
            self.book.write(self.sheet, self.row, 1, "Still to do", styles.strong)
            self.book.write(self.sheet, self.row, columns.index(word), formula, styles.figure)
        self.row += bool(shown)
        if len(shown) < len(sums):
            return
        learning = Formula(f"={CREDIT_HOURS}*E{self.row - 1}", int(CREDIT_HOURS * (sums["Credits"] or 0)))
        words = f"Whole learning time still to come, about {CREDIT_HOURS} hours a credit"
        self.book.write(self.sheet, self.row, 1, words, styles.strong)
        self.book.write(self.sheet, self.row, 4, learning, styles.figure)
        self.row += 1

    def _rows(self, table: pd.DataFrame) -> None:
        """A table of units, and what stands beside them."""
        self.book.head(self.sheet, self.row, list(table.columns))
        for record in table.itertuples(index=False, name=None):
            self.row += 1
            self._cells(record)
        self.row += 1

    def _cells(self, values: Sequence[object]) -> None:
        styles = self.book.styles
        looks: dict[type, Format] = {**dict.fromkeys((int, float, Formula), styles.number), date: styles.date}
        cells = ((value, looks.get(type(value), styles.cell)) for value in values)
        self.book.cells(self.sheet, self.row, *cells)
        self.book.fit(self.sheet, self.row, (str(values[1]), 56))

    def _awaiting(self) -> None:
        portfolio = self.judgement.portfolio
        table = tables.chosen_units_table(self.judgement.qualification, portfolio.awaiting_iqa)
        if table.empty:
            self._sentence("None.")
            return
        days = {entry.ref: entry.assessed or entry.date for entry in portfolio.entries}
        table["Assessed"] = pd.Series([days[ref] for ref in table["Ref"]], dtype=object)
        self._rows(table)

    def _long_texts(self) -> None:
        """What does not fit into a row of the sheets Record and Decisions, in parts that fit."""
        texts = [
            (str(record["Ref"]), word, str(record[word]), WIDTHS[word])
            for record in portfolio_tables.portfolio_table(self.judgement).to_dict("records")
            for word in ("Evidence", "Assessor", "IQA sample", "IQA outcome")
        ]
        decided = portfolio_tables.decisions_table(self.judgement.qualification, self.judgement.portfolio)
        texts += [
            (str(record["Unit or rule"]), word, str(record[word]), DECISION_WIDTHS[word])
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
            self._cells((name, title))
            self.sheet.merge_range(f"C{self.row}:I{self.row}", "", styles.cell)
            self.sheet.write_string(f"C{self.row}", text, styles.cell)
            self.book.fit(self.sheet, self.row, (name, 14), (title, 56), (text, 80))
        self.row += 1
