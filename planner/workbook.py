"""The plan as an Excel workbook that is a checker by itself.

Changing the column "Counts" of the sheet Units recalculates the totals and every rule. Each formula
carries the value it has at export, so that previews and readers which do not calculate show the same.
"""

from __future__ import annotations

import io
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner import tables
from planner.audit import Finding, audit
from planner.qualification import CREDIT_HOURS, in_words
from planner.result import Plan
from planner.rules import Bound, Rule
from planner.tables import NO, YES
from planner.wishes import GOALS

FIRST_UNIT_ROW = 6
"""Row (from 1) of the first unit on the sheet Units."""

NUMBERS = ("Level", "Credits", "Guided hours")
"""The columns that hold numbers."""

_COLOURS = {"head": "#1F3A5F", "rule": "#BFC9D6", "good": "#DDEFE3", "bad": "#F8DCD9", "warn": "#FFF3CD"}


def workbook(plan: Plan, today: date | None = None) -> bytes:
    """The plan as the bytes of an .xlsx file: sheets Plan, Rules, Units and About.

    All text is written as text: nothing a data file or a user holds becomes a formula or a link.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties(
        {
            "title": f"Plan for {plan.qualification.title}",
            "created": datetime.now(UTC).replace(tzinfo=None),
        }
    )
    _Book(book, plan, today or date.today()).write()
    book.close()
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Styles:
    """The formats every sheet uses."""

    title: Format
    text: Format
    strong: Format
    banner: Format
    head: Format
    cell: Format
    number: Format
    line: Format
    line_number: Format
    filled: Format
    edit: Format
    total: Format
    good: Format
    bad: Format


def _styles(book: xlsxwriter.Workbook) -> _Styles:
    font = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
    cell = {**font, "text_wrap": True, "bottom": 1, "bottom_color": _COLOURS["rule"]}

    def added(extra: Mapping[str, Any]) -> Format:
        return book.add_format({**font, **extra})

    return _Styles(
        title=added({"bold": True, "font_size": 16, "font_color": _COLOURS["head"]}),
        text=added({"text_wrap": True}),
        strong=added({"bold": True, "text_wrap": True}),
        banner=added({"bold": True, "text_wrap": True, "bg_color": _COLOURS["warn"], "border": 1}),
        head=added(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "vcenter",
                "font_color": "#FFFFFF",
                "bg_color": _COLOURS["head"],
            }
        ),
        cell=added(cell),
        number=added({**cell, "align": "center"}),
        line=book.add_format({"font_name": "Calibri", "font_size": 11, "shrink": True}),
        line_number=added({"align": "center"}),
        filled=book.add_format({"bottom": 1, "bottom_color": _COLOURS["rule"]}),
        edit=added({**cell, "bold": True, "align": "center", "bg_color": "#FFFBE6"}),
        total=added({"bold": True, "align": "right", "bottom": 1, "bottom_color": _COLOURS["rule"]}),
        good=book.add_format({"bg_color": _COLOURS["good"], "font_color": "#14532D"}),
        bad=book.add_format({"bg_color": _COLOURS["bad"], "font_color": "#7F1D1D", "bold": True}),
    )


class _Book:
    """Writes the four sheets of one plan."""

    def __init__(self, book: xlsxwriter.Workbook, plan: Plan, today: date) -> None:
        self.plan = plan
        self.qualification = plan.qualification
        self.today = today
        self.styles = _styles(book)
        self.sheets = {name: book.add_worksheet(name) for name in ("Plan", "Rules", "Units", "About")}
        self.units = tables.units_table(plan)
        self.last_unit_row = FIRST_UNIT_ROW + len(self.units) - 1
        self.rules = self.qualification.rules_given(plan.wishes.held)
        self.findings = audit(self.rules, plan.units)
        self.rule_rows: list[int] = []
        """Row of each rule on the sheet Rules, the parts of choices left out."""
        self.weights: dict[str, str] = {}
        """Column of the sheet Units that holds the weights of a bound, by its address."""
        self.position_column = ""

    def write(self) -> None:
        self._units_sheet()
        self._rules_sheet()
        self._plan_sheet()
        self._about_sheet()
        self.sheets["Plan"].activate()

    # Cells

    def _range(self, column: str) -> str:
        """The cells of one column of the sheet Units, one a unit; by its letter."""
        return f"Units!${column}${FIRST_UNIT_ROW}:${column}${self.last_unit_row}"

    def _named(self, word: str) -> str:
        """The cells of one column of the sheet Units, one a unit; by its heading."""
        return self._range(xl_col_to_name(list(self.units.columns).index(word)))

    def _head(self, sheet: Worksheet, row: int, words: Sequence[str]) -> None:
        for column, word in enumerate(words):
            sheet.write_string(row - 1, column, word, self.styles.head)
        sheet.set_row(row - 1, 30)

    def _heading(
        self, sheet: Worksheet, title: str, last_column: str, hint: str, characters: int = 110
    ) -> None:
        """Rows 1 to 3 of a sheet: title, status, what to do here; merged cells `characters` wide."""
        sheet.write_string("A1", title, self.styles.title)
        status = self.qualification.status_sentence(self.today)
        banner = f"{self.qualification.title}, {self.qualification.id}. {status}"
        for row, text, style in ((2, banner, self.styles.banner), (3, hint, self.styles.text)):
            sheet.merge_range(f"A{row}:{last_column}{row}", "", style)
            sheet.write_string(f"A{row}", text, style)
            self._fit(sheet, row, (text, characters))
        sheet.set_row(0, 24)

    def _fit(self, sheet: Worksheet, row: int, *texts: tuple[str, int], points: int = 15) -> None:
        """Makes a row as high as the longest of its texts needs in its column's width (in characters)."""
        lines = max(sum(1 + len(line) // width for line in text.splitlines()) for text, width in texts)
        sheet.set_row(row - 1, points * lines)

    def _paper(self, sheet: Worksheet, landscape: bool, header_row: int | None = None) -> None:
        """A4, as wide as the page, with page numbers; the header row repeats."""
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&9NVQ planner, &A&R&9Page &P of &N")
        if header_row is not None:
            sheet.repeat_rows(header_row - 1)
            sheet.freeze_panes(header_row, 0)

    # Units

    def _units_sheet(self) -> None:
        sheet = self.sheets["Units"]
        hint = "Choose yes or no in the column Counts: the totals and every rule of this file follow at once."
        self._heading(sheet, "All units", "K", hint)
        words = list(self.units.columns)
        header_row = FIRST_UNIT_ROW - 1
        self._head(sheet, header_row, [*words, "Position"])
        self.position_column = xl_col_to_name(len(words))
        for position, record in enumerate(self.units.to_dict("records")):
            self._unit_row(sheet, FIRST_UNIT_ROW + position, [record[word] for word in words])
        sheet.data_validation(
            f"A{FIRST_UNIT_ROW}:A{self.last_unit_row}",
            {
                "validate": "list",
                "source": [YES, NO],
                "ignore_blank": False,
                "error_title": "Counts",
                "error_message": "Choose yes or no.",
            },
        )
        sheet.conditional_format(
            f"A{FIRST_UNIT_ROW}:K{self.last_unit_row}",
            {"type": "formula", "criteria": f'=$A{FIRST_UNIT_ROW}="{YES}"', "format": self.styles.good},
        )
        self._weight_columns(sheet, header_row, first_column=len(words) + 1)
        for columns, width in {
            "A:A": 8, "B:B": 46, "C:C": 12, "D:D": 7, "E:E": 7, "F:F": 8, "G:G": 8, "H:H": 30,
            "I:I": 10, "J:J": 8, "K:K": 16,
        }.items():  # fmt: skip
            sheet.set_column(columns, width)
        # Sorting must move the weights along, so the filter reaches over the folded columns too.
        last_column = len(words) + len(self.weights)
        sheet.autofilter(header_row - 1, 0, self.last_unit_row - 1, last_column)
        sheet.print_area(f"A1:K{self.last_unit_row}")
        self._paper(sheet, landscape=True, header_row=header_row)

    def _unit_row(self, sheet: Worksheet, row: int, values: Sequence[Any]) -> None:
        for column, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(row - 1, column, value, self.styles.number)
            else:
                style = self.styles.edit if column == 0 else self.styles.cell
                sheet.write_string(row - 1, column, str(value), style)
        self._fit(sheet, row, (str(values[1]), 50), (str(values[7]), 30))
        before = f"$A${FIRST_UNIT_ROW}:A{row}"
        formula = f'=IF(A{row}="{YES}",COUNTIF({before},"{YES}"),0)'
        counted = [value == YES for value in self.units["Counts"]]
        place = row - FIRST_UNIT_ROW
        position = sum(counted[: place + 1]) if counted[place] else 0
        sheet.write_formula(row - 1, len(values), formula, None, position)

    def _weight_columns(self, sheet: Worksheet, header_row: int, first_column: int) -> None:
        """A column of weights for each bound, folded away beside the table."""
        column = first_column
        for rule in self.rules:
            for address, bound in _bounds(rule.id, rule):
                self.weights[address] = xl_col_to_name(column)
                sheet.write_string(header_row - 1, column, f"Weight in {bound.id}", self.styles.head)
                for row, ref in enumerate(self.units["Ref"], start=FIRST_UNIT_ROW):
                    sheet.write_number(row - 1, column, bound.weights.get(ref, 0))
                column += 1
        sheet.set_column(first_column - 1, column - 1, 12, None, {"level": 1, "hidden": True})
        sheet.set_column(column, column, None, None, {"collapsed": True})

    # Rules

    def _rules_sheet(self) -> None:
        sheet = self.sheets["Rules"]
        hint = "Measured over the units that count on the sheet Units; the sentences are the source's own."
        self._heading(sheet, "Rules of combination", "G", hint)
        self._head(sheet, 5, list(tables.rules_table(self.plan).columns))
        row = 6
        for finding in self.findings:
            self.rule_rows.append(row)
            row = self._rule_rows(sheet, row, finding, finding.rule.id, depth=0)
        met = f"G6:G{row - 1}"
        for word, style in ((YES, self.styles.good), (NO, self.styles.bad)):
            sheet.conditional_format(
                met, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style}
            )
        for columns, width in {"A:A": 14, "B:B": 70, "C:E": 10, "F:F": 13, "G:G": 8}.items():
            sheet.set_column(columns, width)
        self._paper(sheet, landscape=True, header_row=5)

    def _rule_rows(self, sheet: Worksheet, row: int, finding: Finding, address: str, depth: int) -> int:
        """Writes a rule and its parts from `row` on; returns the next free row."""
        rule = finding.rule
        parts = []
        following = row + 1
        for number, part in enumerate(finding.parts):
            parts.append(following)
            following = self._rule_rows(sheet, following, part, f"{address}/{number}", depth + 1)
        if isinstance(rule, Bound):
            measured = f'=SUMPRODUCT(({self._range("A")}="{YES}")*{self._range(self.weights[address])})'
        else:
            measured = "=" + "+".join(f'(G{part}="{YES}")' for part in parts)
        tests = []
        if rule.at_least is not None:
            tests.append(f"C{row}>=D{row}")
        if rule.at_most is not None:
            tests.append(f"C{row}<=E{row}")
        met = f'=IF(AND({",".join(tests)}),"{YES}","{NO}")'
        styles = self.styles
        sheet.write_string(row - 1, 0, rule.id, styles.cell)
        sheet.write_string(row - 1, 1, "    " * depth + rule.text, styles.cell)
        sheet.write_formula(row - 1, 2, measured, styles.number, finding.measured)
        for column, limit in ((3, rule.at_least), (4, rule.at_most)):
            if limit is None:
                sheet.write_blank(row - 1, column, None, styles.number)
            else:
                sheet.write_number(row - 1, column, limit, styles.number)
        sheet.write_string(row - 1, 5, "guided hours" if rule.count == "glh" else rule.count, styles.cell)
        sheet.write_formula(row - 1, 6, met, styles.cell, YES if finding.holds else NO)
        self._fit(sheet, row, ("    " * depth + rule.text, 72))
        return following

    # Plan

    def _plan_sheet(self) -> None:
        sheet = self.sheets["Plan"]
        exported = f"As exported on {in_words(self.today)}: {tables.verdict(self.plan)}"
        self._heading(sheet, "Unit plan", "I", exported)
        row = 5
        for conflict in self.plan.conflicts:
            self._sentence(sheet, row, conflict.in_words(self.qualification), "A", "I", characters=115)
            row += 1
        if self.plan.repairs:
            self._sentence(sheet, row, "What would help, shortest plan first:", "A", "I", characters=115)
            row += 1
        for repair in self.plan.repairs:
            self._sentence(sheet, row, repair.in_words(self.qualification), "A", "I", characters=115)
            row += 1
        units_row = row
        row = self._totals(sheet, row) + 1
        columns = list(tables.plan_table(self.plan).columns)
        self._head(sheet, row, ["No.", *columns])
        self._counted_rows(sheet, row + 1, columns, f"$C${units_row}")
        widths = {"A:A": 5, "B:B": 64, "C:C": 13, "D:F": 8, "G:G": 9, "H:H": 28, "I:I": 10, "J:J": 40}
        for name, width in widths.items():
            sheet.set_column(name, width)
        self._paper(sheet, landscape=True)
        sheet.repeat_rows(row - 1)
        sheet.print_area(0, 0, row + len(self.units) - 1, len(columns))

    def _totals(self, sheet: Worksheet, row: int) -> int:
        """The totals as live formulas, one a row from `row` on; returns the next free row."""
        plan, counts = self.plan, f'({self._named("Counts")}="{YES}")'
        new = f'({self._named("State")}="new")'
        credits, hours = self._named("Credits"), self._named("Guided hours")
        broken = "+".join(f'(Rules!G{rule_row}="{NO}")' for rule_row in self.rule_rows)
        missing = sum(not finding.holds for finding in self.findings)
        totals: list[tuple[str, str, str | int]] = [
            ("Units that count", f"=SUMPRODUCT({counts}*1)", len(plan.units)),
            ("Credits", f"=SUMPRODUCT({counts}*{credits})", plan.credits or 0),
            ("Guided hours", f"=SUMPRODUCT({counts}*{hours})", plan.glh or 0),
            ("Guided hours still to do", f"=SUMPRODUCT({counts}*{new}*{hours})", plan.new_glh or 0),
            (
                f"Whole learning time still to come, about {CREDIT_HOURS} hours a credit",
                f"={CREDIT_HOURS}*SUMPRODUCT({counts}*{new}*{credits})",
                plan.learning_hours or 0,
            ),
            ("Rules not met", f"={broken}", missing),
        ]
        for label, formula, value in totals:
            sheet.merge_range(row - 1, 0, row - 1, 1, "", self.styles.strong)
            sheet.write_string(row - 1, 0, label, self.styles.strong)
            sheet.write_formula(row - 1, 2, formula, self.styles.total, value)
            row += 1
        last = f"C{row - 1}"
        for criteria, style in (("==", self.styles.good), (">", self.styles.bad)):
            sheet.conditional_format(
                last, {"type": "cell", "criteria": criteria, "value": 0, "format": style}
            )
        return row

    def _counted_rows(self, sheet: Worksheet, first_row: int, columns: Sequence[str], count: str) -> None:
        """One row for each unit that counts, filled by formulas from the sheet Units."""
        styles = self.styles
        records = tables.plan_table(self.plan).to_dict("records")
        positions = self._range(self.position_column)
        for number in range(1, len(self.units) + 1):
            row = first_row + number - 1
            record = records[number - 1] if number <= len(records) else None
            sheet.write_formula(
                row - 1,
                0,
                f'=IF({number}<={count},{number},"")',
                styles.line_number,
                number if record else "",
            )
            for column, word in enumerate(columns, start=1):
                formula = f'=IFERROR(INDEX({self._named(word)},MATCH($A{row},{positions},0)),"")'
                value = record[word] if record else ""
                style = styles.line_number if word in NUMBERS else styles.line
                sheet.write_formula(row - 1, column, formula, style, value)
        last_row = first_row + len(self.units) - 1
        sheet.conditional_format(
            f"A{first_row}:I{last_row}",
            {"type": "formula", "criteria": f'=$A{first_row}<>""', "format": styles.filled},
        )

    # About

    def _about_sheet(self) -> None:
        sheet = self.sheets["About"]
        self._heading(sheet, "About this file", "B", "What it rests on, and what it does not say.")
        goals = [f"{GOALS[goal.id]}: {goal.value}, bound {goal.bound}" for goal in self.plan.goals]
        facts = [
            *tables.qualification_table(self.qualification).itertuples(index=False, name=None),
            ("Exported", in_words(self.today)),
            ("Answer", tables.verdict(self.plan)),
            ("Goals, in this order", "; ".join(goals) or "none asked"),
            ("NVQ planner", version("nvq-planner")),
            ("OR-Tools (solver)", version("ortools")),
            ("Python", platform.python_version()),
        ]
        row = 5
        for word, value in facts:
            sheet.write_string(row - 1, 0, word, self.styles.strong)
            sheet.write_string(row - 1, 1, str(value), self.styles.text)
            self._fit(sheet, row, (str(value), 85))
            row += 1
        row += 1
        sheet.write_string(row - 1, 0, "What this does not cover", self.styles.strong)
        for text in tables.caveats(self.qualification):
            sheet.write_string(row - 1, 1, text, self.styles.text)
            self._fit(sheet, row, (text, 85))
            row += 1
        sheet.set_column("A:A", 30)
        sheet.set_column("B:B", 90)
        self._paper(sheet, landscape=False)

    def _sentence(
        self, sheet: Worksheet, row: int, text: str, first: str, last: str, characters: int
    ) -> None:
        """A sentence over merged cells, as high as its `characters` a line need (merged rows do not grow)."""
        sheet.merge_range(f"{first}{row}:{last}{row}", "", self.styles.banner)
        sheet.write_string(f"{first}{row}", text, self.styles.banner)
        self._fit(sheet, row, (text, characters))


def _bounds(address: str, rule: Rule) -> Iterator[tuple[str, Bound]]:
    """Every bound of a rule with its address: the rule's id and the numbers of the parts within."""
    if isinstance(rule, Bound):
        yield address, rule
    else:
        for number, part in enumerate(rule.of):
            yield from _bounds(f"{address}/{number}", part)
