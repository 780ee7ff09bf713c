"""What a centre runs, as a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from planner.catalogue.qualification import in_words
from planner.cohort.delivery_answer import Delivery
from planner.errors import Problem
from planner.report import delivery_tables, tables
from planner.report.cohort_book import FIRST_ROW, rejected_rows, rejected_sheet
from planner.report.workbook_kit import Book, Formula

DELIVERY_GOALS = (
    "least delivered guided hours",
    "fewest seats without evidence from the job",
    "least guided hours of the learners",
    "fewest different units run",
)
"""What a delivery makes least, the most important first."""


def delivery_workbook(
    delivery: Delivery, problems: Sequence[Problem] = (), today: date | None = None
) -> bytes:
    """What a centre runs for a cohort as the bytes of an .xlsx file; `problems` are of the rows left unread.

    Sheets: Summary, Units (with groups, seats and delivered hours), Groups (one row a seat), Learners, Fit
    (seats without evidence from the job), Left out, Rejected rows and About. Totals and differences are
    formulas.
    """
    return _DeliveryBook(delivery, problems, today).content()


_DELIVERED = "Delivered guided hours, all groups together"


_OWN_BEST = "Delivered guided hours if everybody followed their own best plan"


class _DeliveryBook:
    """Writes the sheets of one delivery."""

    def __init__(self, delivery: Delivery, problems: Sequence[Problem], today: date | None) -> None:
        self.delivery = delivery
        self.problems = problems
        self.book = Book(f"Delivery, {delivery.qualification.title}", delivery.qualification, today)
        self.sheets = self.book.add(
            "Summary", "Units", "Groups", "Learners", "Fit", "Left out", "Rejected rows", "About"
        )
        self.units = delivery_tables.running_table(delivery)
        self.learners = delivery_tables.attendance_table(delivery)

    def content(self) -> bytes:
        """The finished file."""
        self._units_sheet()
        self._listing(
            "Groups",
            "One row a seat. Filter by unit and group for a register.",
            delivery_tables.seats_table(self.delivery),
            {"Ref": 14, "Title": 70, "Group number": 10, "Seat": 8, "Learner": 30},
        )
        figures = dict.fromkeys(("Guided hours", "Credits", "Learning hours", "New units"), 9)
        widths = {"Learner": 22, **figures, "Refs to achieve": 74}
        self._listing("Learners", "What each learner takes part in.", self.learners, widths)
        self._listing(
            "Fit",
            "Seats in units that the learner's job, where it is known, gives no evidence for. "
            + delivery_tables.ALONE,
            delivery_tables.misfits_table(self.delivery),
            {
                "Learner": 22,
                "Ref": 14,
                "Title": 44,
                "To avoid it alone": 26,
                "Evidence would come from": 44,
            },
        )
        self._listing(
            "Left out",
            "Learners for whom no valid selection of units exists; nobody sits in a group for them.",
            delivery_tables.left_out_table(self.delivery),
            {"Learner": 22, "Why not": 110},
        )
        rejected_sheet(self.book, self.sheets["Rejected rows"], self.problems)
        self._summary_sheet()
        facts = [
            ("Answer", delivery_tables.delivery_words(self.delivery)),
            ("Goals, in this order", "; ".join(DELIVERY_GOALS)),
            ("Seconds of search", f"{self.delivery.seconds:.1f}"),
        ]
        self.book.about(self.sheets["About"], facts)
        return self.book.content(first="Summary")

    def _listing(self, name: str, hint: str, frame: pd.DataFrame, widths: Mapping[str, float]) -> None:
        """A sheet with one table from row 5 on, to filter."""
        characters = int(sum(widths.values()) * 0.9)
        self.book.listing(self.sheets[name], hint, frame, widths, characters=characters)

    def _units_sheet(self) -> None:
        """The units that are run; delivered hours and free seats follow the number of groups."""
        widths = {
            "Ref": 14, "Title": 62, "Assessment strategy": 30, "Guided hours": 9, "Groups": 9, "Learners": 9,
            "Delivered hours": 10, "Seats free": 9,
        }  # fmt: skip
        units, size = self.units.copy(), self.delivery.group_size
        for word, text in (("Delivered hours", "=D{0}*E{0}"), ("Seats free", f"=E{{0}}*{size}-F{{0}}")):
            figures = enumerate(self.units[word], start=FIRST_ROW)
            follows = [Formula(text.format(row), int(figure)) for row, figure in figures]
            units[word] = pd.Series(follows, dtype=object)
        self._listing("Units", "What the centre runs, with how many groups of each unit.", units, widths)

    def _range(self, sheet: str, letter: str, rows: int) -> str:
        return f"{sheet}!${letter}${FIRST_ROW}:${letter}${FIRST_ROW + max(rows, 1) - 1}"

    # Summary

    def _summary_sheet(self) -> None:
        sheet, book, styles = self.sheets["Summary"], self.book, self.book.styles
        told = f"As exported on {in_words(book.today)}: {delivery_tables.delivery_words(self.delivery)}"
        book.heading(sheet, "Delivery", "D", told, 95)
        lines = ((label, figure, styles.figure) for label, figure in self._figures().items())
        row = book.totals(sheet, 5, lines)
        if self.delivery.found:
            row = self._strategies(row + 1)
        if self.delivery.allowances:
            self._allowances(row + 2)
        book.paper(sheet, (66, 13, 13, 13), landscape=False)

    def _figures(self) -> dict[str, object]:
        """The figures by their labels; those that follow the other sheets are formulas."""
        delivery = self.delivery
        units, learners = len(self.units), len(self.learners)
        limits: dict[str, object] = {
            "Seats in a group, at most": delivery.group_size,
            "Different units run, at most": delivery.max_units or "no limit",
            "Avoidable seats without evidence from the job, at most": delivery.misfits_allowed,
            "Learners left out": len(delivery.left_out),
            "Rows of the file left out": rejected_rows(self.problems),
        }
        if not delivery.found:
            return limits
        groups, delivered, free = (self._range("Units", letter, units) for letter in "EGH")
        seated, attended = (self._range("Learners", letter, learners) for letter in "AB")
        own_best, hours = delivery.own_best_delivered_glh, delivery.delivered_glh or 0
        figures: dict[str, object] = {
            "Learners with seats": Formula(f'=SUMPRODUCT(({seated}<>"")*1)', learners),
            "Units run": Formula(f"=SUMPRODUCT(({groups}>0)*1)", units),
            "Groups": Formula(f"=SUM({groups})", int(self.units["Groups"].sum())),
            "Seats free": Formula(f"=SUM({free})", int(self.units["Seats free"].sum())),
            _DELIVERED: Formula(f"=SUM({delivered})", hours),
            "No plan delivers fewer guided hours than": delivery.bound,
            "Guided hours of all learners together": Formula(f"=SUM({attended})", delivery.learner_glh),
            "Seats without evidence from the job": len(delivery.misfits),
            _OWN_BEST: own_best,
        }
        if own_best is not None:
            rows = {label: row for row, label in enumerate(figures, start=5)}
            saved = f"=B{rows[_OWN_BEST]}-B{rows[_DELIVERED]}"
            figures["Saved by planning together"] = Formula(saved, own_best - hours)
        return figures | limits

    def _allowances(self, row: int) -> None:
        """What other numbers of seats without evidence would come to."""
        book, sheet = self.book, self.sheets["Summary"]
        frame = delivery_tables.allowances_table(self.delivery)
        sheet.write_string(row - 1, 0, delivery_tables.ALLOWANCES, book.styles.strong)
        book.head(sheet, row + 1, list(frame.columns))
        for number, cells in enumerate(frame.itertuples(index=False, name=None), start=row + 2):
            for column, cell in enumerate(cells):
                style = book.styles.number if column in (1, 2) else book.styles.cell
                book.write(sheet, number, column, int(cell) if column and cell.isdecimal() else cell, style)

    def _strategies(self, row: int) -> int:
        """Delivered hours by assessment strategy against what the assessors can give; the last row."""
        sheet, styles = self.sheets["Summary"], self.book.styles
        frame = delivery_tables.delivered_by_strategy_table(self.delivery)
        self.book.head(sheet, row, [*frame.columns, "Within"])
        names, hours = (self._range("Units", letter, len(self.units)) for letter in "CG")
        for name, delivered, most in frame.itertuples(index=False, name=None):
            row += 1
            within = tables.NO if most is not pd.NA and delivered > most else tables.YES
            inside = f'=IF(C{row}="no limit","{tables.YES}",IF(B{row}<=C{row},"{tables.YES}","{tables.NO}"))'
            self.book.cells(
                sheet,
                row,
                (name, styles.cell),
                (Formula(f"=SUMPRODUCT(({names}=A{row})*{hours})", int(delivered)), styles.number),
                ("no limit" if most is pd.NA else most, styles.number),
                (Formula(inside, within), styles.number),
            )
        return row
