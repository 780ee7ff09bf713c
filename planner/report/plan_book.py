"""The plan as an Excel workbook that is a checker by itself.

Changing the column "Counts" of the sheet Units recalculates the totals and every rule. Each formula
carries the value it has at export, so that previews and readers which do not calculate show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from planner.catalogue.qualification import CREDIT_HOURS, in_words
from planner.planning.result import Plan, listed
from planner.records.goals import GOALS
from planner.report import plan_tables, tables
from planner.report.rules_sheet import RulesSheet, UnitCells, fold_away, weight_columns
from planner.report.tables import NO, RESERVE, YES
from planner.report.workbook_kit import CENTRED, Book, Formula, letter_of
from planner.rules.measure import audit

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

FIRST_UNIT_ROW = 6
"""Row (from 1) of the first unit on the sheet Units."""

EVIDENCE_WIDTH = 60
"""Of the column that says which evidence the job gives, in characters."""

_UNIT_WIDTHS = {
    "Counts": 8, "Unit": 46, "Ref": 12, "Group": 7, "Level": 7, "Credits": 8, "Guided hours": 8,
    "Assessment strategy": 30, "State": 10, "Barred set": 8, "Wish": 16, "Evidence": EVIDENCE_WIDTH,
}  # fmt: skip
_PLAN_WIDTHS = {
    "Unit": 64, "Ref": 13, "Group": 8, "Level": 8, "Credits": 8, "Guided hours": 9,
    "Assessment strategy": 28, "State": 10, "Evidence": EVIDENCE_WIDTH,
}  # fmt: skip


def plan_workbook(plan: Plan, today: date | None = None) -> bytes:
    """The plan as the bytes of an .xlsx file: sheets Plan, Rules, Units and About.

    All text is written as text: nothing a data file or a user holds becomes a formula or a link.
    """
    book = Book(f"Plan for {plan.qualification.title}", plan.qualification, today)
    _PlanBook(book, plan).write()
    return book.content(first="Plan")


class _PlanBook:
    """Writes the four sheets of one plan."""

    def __init__(self, book: Book, plan: Plan) -> None:
        self.book = book
        self.plan = plan
        self.qualification = plan.qualification
        self.styles = book.styles
        self.sheets = book.add("Plan", "Rules", "Units", "About")
        self.units = plan_tables.units_table(plan)
        self.cells = UnitCells("Units", FIRST_UNIT_ROW, tuple(self.units["Ref"]), yes=("A",))
        self.rules = self.qualification.rules_given(plan.wishes.ways_held)
        self.findings = audit(self.rules, plan.units)
        self.position_column = letter_of(len(self.units.columns))

    def write(self) -> None:
        weights = self._units_sheet()
        rules = RulesSheet(self.book, self.sheets["Rules"], self.cells, weights)
        hint = "Measured over the units that count on the sheet Units; the sentences are the source's own."
        rules.write(self.findings, hint)
        self._plan_sheet(rules.not_met)
        goals = [f"{GOALS[goal.id].words}: {goal.value}, bound {goal.bound}" for goal in self.plan.goals]
        facts = [
            ("Answer", tables.verdict(self.plan)),
            ("Goals, in this order", "; ".join(goals) or "none asked"),
        ]
        self.book.about(self.sheets["About"], facts)

    def _named(self, word: str) -> str:
        """The cells of one column of the sheet Units, one a unit; by its heading."""
        return self.cells.range(letter_of(list(self.units.columns).index(word)))

    # Units

    def _units_sheet(self) -> dict[str, str]:
        """Writes the sheet Units; returns the column of each bound's weights, by its address."""
        sheet, first, last = self.sheets["Units"], FIRST_UNIT_ROW, self.cells.last_row
        hint = "Choose yes or no in the column Counts: the totals and every rule of this file follow at once."
        if self.plan.spare:
            hint += f" What is {RESERVE} is achieved and does not count."
        words = list(self.units.columns)
        last_shown = letter_of(len(words) - 1)
        self.book.heading(sheet, "All units", last_shown, hint)
        header_row = first - 1
        self.book.head(sheet, header_row, [*words, "Position"])
        for row, record in enumerate(self.units.to_dict("records"), start=first):
            self._unit_row(sheet, row, [record[word] for word in words])
        counts = (YES, NO, RESERVE) if self.plan.spare else (YES, NO)
        self.book.choices(sheet, f"A{first}:A{last}", counts, "Counts", blank=False)
        cells = f"A{first}:{last_shown}{last}"
        self.book.colour_where(sheet, cells, f'=$A{first}="{YES}"', self.styles.good)
        weights = weight_columns(self.book, sheet, self.cells, self.rules, first_column=len(words) + 1)
        # Sorting must move the weights along, so the filter reaches over the folded columns too.
        last_column = len(words) + len(weights)
        fold_away(sheet, len(words), last_column)
        sheet.autofilter(header_row - 1, 0, last - 1, last_column)
        sheet.print_area(f"A1:{last_shown}{last}")
        self.book.paper(sheet, [_UNIT_WIDTHS[word] for word in words], header_row)
        return weights

    def _unit_row(self, sheet: Worksheet, row: int, values: Sequence[Any]) -> None:
        for column, (word, value) in enumerate(zip(self.units.columns, values, strict=True)):
            style = self.styles.number if word in CENTRED else self.styles.cell
            self.book.write(sheet, row, column, value, self.styles.edit if column == 0 else style)
        texts = zip(map(str, values), self.units.columns, strict=True)
        fitted = ("Unit", "Assessment strategy", "Evidence")
        self.book.fit(sheet, row, *((text, _UNIT_WIDTHS[word]) for text, word in texts if word in fitted))
        before = f"$A${FIRST_UNIT_ROW}:A{row}"
        formula = f'=IF(A{row}="{YES}",COUNTIF({before},"{YES}"),0)'
        counted = [value == YES for value in self.units["Counts"]]
        place = row - FIRST_UNIT_ROW
        position = sum(counted[: place + 1]) if counted[place] else 0
        sheet.write_formula(row - 1, len(values), formula, None, position)

    # Plan

    def _plan_sheet(self, not_met: str) -> None:
        sheet = self.sheets["Plan"]
        exported = f"As exported on {in_words(self.book.today)}: {tables.verdict(self.plan)}"
        last_shown = letter_of(len(plan_tables.plan_table(self.plan).columns))
        self.book.heading(sheet, "Unit plan", last_shown, exported)
        row = 5
        lines = [conflict.in_words(self.qualification) for conflict in self.plan.conflicts]
        if self.plan.repairs:
            lines.append("What would help, shortest plan first:")
        lines += [repair.in_words(self.qualification) for repair in self.plan.repairs]
        if self.plan.outside_offer:
            lines.append(tables.outside_words(self.plan))
        if self.plan.spare:
            titles = map(self.qualification.named, self.plan.spare)
            lines.append(f"Held in reserve: {listed(list(titles))}.")
        for line in lines:
            self.book.sentence(sheet, row, line, last_shown, 115, self.styles.banner)
            row += 1
        units_row = row
        row = self._totals(sheet, row, not_met) + 1
        columns = list(plan_tables.plan_table(self.plan).columns)
        self.book.head(sheet, row, ["No.", *columns])
        self._counted_rows(sheet, row + 1, columns, f"$C${units_row}")
        self.book.paper(sheet, [5, *(_PLAN_WIDTHS[word] for word in columns)])
        sheet.repeat_rows(row - 1)
        sheet.print_area(0, 0, row + len(self.units) - 1, len(columns))

    def _totals(self, sheet: Worksheet, row: int, not_met: str) -> int:
        """The totals as live formulas, one a row from `row` on; returns the next free row."""
        plan, counts = self.plan, f'({self._named("Counts")}="{YES}")'
        new = f'({self._named("State")}="new")'
        held = f'({counts}+({self._named("Counts")}="{RESERVE}"))' if plan.spare else counts
        new = f"{held}*{new}"
        published = self.qualification.figures
        credits = self._named("Credits") if "credits" in published else ""
        hours = self._named("Guided hours") if "glh" in published else ""
        missing = sum(not finding.holds for finding in self.findings)
        totals = [
            ("Units that count", f"=SUMPRODUCT({counts}*1)", len(plan.units)),
            ("Credits", f"=SUMPRODUCT({counts}*{credits})", plan.credits or 0),
            ("Guided hours", f"=SUMPRODUCT({counts}*{hours})", plan.glh or 0),
            ("Guided hours still to do", f"=SUMPRODUCT({new}*{hours})", plan.new_glh or 0),
            (
                f"Whole learning time still to come, about {CREDIT_HOURS} hours a credit",
                f"={CREDIT_HOURS}*SUMPRODUCT({new}*{credits})",
                plan.learning_hours or 0,
            ),
            ("Rules not met", f"={not_met}", missing),
        ]
        on_file = (total for total in totals if not total[1].endswith("*)"))
        lines = ((label, Formula(text, value), self.styles.total) for label, text, value in on_file)
        row = self.book.totals(sheet, row, lines, column=2)
        self.book.zero(sheet, row - 1, column=2)
        return row

    def _counted_rows(self, sheet: Worksheet, first_row: int, columns: Sequence[str], count: str) -> None:
        """One row for each unit that counts, filled by formulas from the sheet Units."""
        styles = self.styles
        records = plan_tables.plan_table(self.plan).to_dict("records")
        positions = self.cells.range(self.position_column)
        looks = {word: styles.line_number if word in CENTRED else styles.line for word in columns}
        looks |= {"Evidence": styles.text}
        for number in range(1, len(self.units) + 1):
            row = first_row + number - 1
            record = records[number - 1] if number <= len(records) else {}
            shown = Formula(f'=IF({number}<={count},{number},"")', number if record else "")
            place = f"MATCH($A{row},{positions},0)"
            shown_cells = (
                (
                    Formula(f'=IFERROR(INDEX({self._named(word)},{place}),"")', record.get(word, "")),
                    looks[word],
                )
                for word in columns
            )
            self.book.cells(sheet, row, (shown, styles.line_number), *shown_cells)
            if "Evidence" in record:
                self.book.fit(sheet, row, (str(record["Evidence"]), EVIDENCE_WIDTH))
        last_row = first_row + len(self.units) - 1
        cells = f"A{first_row}:{letter_of(len(columns))}{last_row}"
        self.book.colour_where(sheet, cells, f'=$A{first_row}<>""', styles.filled)
