"""A cycle of professional development as an Excel workbook that is a checker and a log.

Changing how often an activity is done, counts or is still to do recalculates every rule and all totals; the
sheets Log and Minutes are read back by `planner.cpd.log.read_log`. Each formula carries its value at export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from planner.catalogue.qualification import in_words
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import LOG, MINUTES, MOST_TIMES, CpdLog
from planner.cpd.tracking import Tracked, tracker
from planner.report import cpd_tables
from planner.report.cohort_book import rejected_sheet
from planner.report.cpd_log_sheets import FIRST_ROW, HEAD_ROW, log_of, log_sheet, minutes_sheet, of_minutes
from planner.report.rules_sheet import RulesSheet, UnitCells, fold_away, weight_columns
from planner.report.workbook_kit import Formula, PlainBook, letter_of
from planner.report.workbook_styles import COLOURS, FONT
from planner.rules.measure import audit, limits_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ROWS_A_PAGE = 36
"""Rows of the plan that a page holds as it is; up to so many spare ones more are made to fit."""

SPARE_STEPS = 8
"""Rows of the plan beyond those it has, for what the user adds on the sheet Activities."""

TIME_FORMAT = "[h]:mm"
"""Hours and minutes; the hours go beyond 24."""

DAY = 24 * 60
"""Minutes; spreadsheets count time in days."""

WORDS = ("Year", "Ref", "Activity", "Category", "Points each", "Done", "Counted", "New", "Points",
         "Minutes each", "Hours", "Remark")  # fmt: skip
"""The heads of the sheet Activities; the cells of `EDITED` are the user's."""

EDITED = ("Done", "Counted", "New")

COLUMN = {word: letter_of(place) for place, word in enumerate(WORDS)}


def cpd_workbook(
    plan: CyclePlan, log: CpdLog | None = None, readings: Sequence[CyclePlan] = (), today: date | None = None
) -> bytes:
    """The plan of a cycle and the member's log as the bytes of an .xlsx file.

    Sheets: Plan, Points (by category and year), Activities (one row an activity and year), Rules, Log,
    Minutes, Readings (if given: what each would cost), Rejected rows (if the log has any) and About. Without
    a log its sheet holds what the plan takes as done. Handed in as a log, the workbook reads back without
    loss: the entries of the log and the minutes of log and plan.

    All text is written as text: nothing a data file or a user holds becomes a formula or a link.
    """
    reading = plan.reading
    verified = in_words(reading.verified)
    banner = (
        f"{reading.designation}, {reading.whereabouts}. Reading: {reading.title} ({reading.id}), "
        f"compared with its source on {verified}."
    )
    book = PlainBook(f"CPD plan for {reading.designation}", banner, today)
    _CycleBook(book, plan, log, readings).write()
    return book.content(first="Plan")


class _CycleBook:
    """Writes the sheets of one cycle."""

    def __init__(
        self, book: PlainBook, plan: CyclePlan, log: CpdLog | None, readings: Sequence[CyclePlan]
    ) -> None:
        self.book = book
        self.plan = plan
        self.reading = reading = plan.reading
        self.styles = book.styles
        self.log = log_of(plan) if log is None else log
        self.readings = readings
        self.shown = plan if plan.found else _as_done(plan)
        self.cells = UnitCells("Activities", FIRST_ROW, tuple(reading.slots), times=COLUMN["Counted"])
        names = ["Plan", "Points", "Activities", "Rules", LOG, MINUTES]
        names += ["Readings"] if readings else []
        names += ["Rejected rows"] if self.log.problems else []
        self.sheets = book.add(*names, "About")
        self.formats = _formats(book)

    def write(self) -> None:
        """All the sheets; what is written of one and asked for by others is handed on."""
        sheets = self.sheets
        minutes_sheet(self.book, sheets[MINUTES], self.plan, self.log)
        weights, areas = self._activities_sheet()
        self._points_sheet(areas)
        self._plan_sheet(not_met=self._rules_sheet(weights))
        log_sheet(self.book, sheets[LOG], self.log)
        if self.readings:
            self._readings_sheet()
        if self.log.problems:
            rejected_sheet(self.book, sheets["Rejected rows"], self.log.problems)
        self._about_sheet()

    def _all(self, word: str) -> str:
        """The cells of one column of the sheet Activities; by its head."""
        return self.cells.range(COLUMN[word])

    # Activities

    def _activities_sheet(self) -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
        """Every activity in every year.

        Returns the column of each bound's weights, by its address, and that of each area's activities, by
        its categories.
        """
        sheet, book = self.sheets["Activities"], self.book
        hint = (
            "Change how often an activity is done, counts or is still to do: rules, points and plan follow. "
            "What counts is done or still to do; what is above a limit of the scheme does not count."
        )
        last_shown = letter_of(len(WORDS) - 1)
        book.heading(sheet, "Activities, year by year", last_shown, hint, 150)
        book.head(sheet, HEAD_ROW, [*WORDS, "Position"])
        last, position = self.cells.last_row, 0
        for row, name in enumerate(self.reading.slots, start=FIRST_ROW):
            position += bool(self.shown.new.get(name))
            self._slot_row(sheet, row, name, position)
        edited = f"{COLUMN[EDITED[0]]}{FIRST_ROW}:{COLUMN[EDITED[-1]]}{last}"
        self.book.whole_only(sheet, edited, 0, MOST_TIMES * 10)
        rules = [finding.rule for finding in self.shown.findings]
        weights = weight_columns(book, sheet, self.cells, rules, first_column=len(WORDS) + 1)
        areas = self._area_columns(sheet, len(WORDS) + 1 + len(weights))
        last_column = len(WORDS) + len(weights) + len(areas)
        self._activities_format(sheet, last_shown, last_column)
        return weights, areas

    def _slot_row(self, sheet: Worksheet, row: int, name: str, position: int) -> None:
        activity, year = self.reading.slots[name]
        done = self.plan.intent.done.get(name, 0)
        counted, new = self.shown.counted.get(name, 0), self.shown.new.get(name, 0)
        minutes = self.plan.intent.minutes_of(activity)
        category = self.reading.categories[activity.category]
        styles, formats = self.styles, self.formats
        cell = {word: f"{letter}{row}" for word, letter in COLUMN.items()}
        found = f"({of_minutes(self.reading, 'A')}={cell['Ref']})*{of_minutes(self.reading, 'F')}"
        remark = (
            f'=IF({cell["Counted"]}>{cell["Done"]}+{cell["New"]},"counts more often than done and new",'
            f"IF({cell['Counted']}<{cell['Done']}+{cell['New']},"
            f'{cell["Done"]}+{cell["New"]}-{cell["Counted"]}&" not counted",""))'
        )
        left = done + new - counted
        # The range grows from row to row: how many rows down to this one are to do is its place on the sheet
        # Plan.
        before = f'COUNTIF(${COLUMN["New"]}${FIRST_ROW}:{cell["New"]},">0")'
        place = Formula(f"=IF({cell['New']}>0,{before},0)", position if new else 0)
        points = Formula(f"={cell['Points each']}*{cell['Counted']}", activity.points * counted)
        time = Formula(f"={cell['New']}*{cell['Minutes each']}/{DAY}", new * minutes / DAY)
        self.book.cells(
            sheet,
            row,
            (year, styles.number),
            (activity.ref, styles.cell),
            (activity.title, styles.cell),
            (category, styles.cell),
            (activity.points, styles.number),
            *((times, formats["edit"]) for times in (done, counted, new)),
            (points, formats["figure"]),
            (Formula(f"=SUMPRODUCT({found})", minutes), styles.number),
            (time, formats["time"]),
            (Formula(remark, f"{left} not counted" if left else ""), styles.cell),
            (place, styles.number),
        )
        self.book.fit(sheet, row, (activity.ref, 19), (activity.title, 54), (category, 26), points=13)

    def _area_columns(self, sheet: Worksheet, first_column: int) -> dict[tuple[str, ...], str]:
        """Writes for each area of the tracker a column of 1 where a row belongs to it."""
        areas = list(dict.fromkeys(cell.categories for cell in tracker(self.shown)))
        found = {}
        for column, area in enumerate(areas, start=first_column):
            title = " + ".join(self.reading.categories[name] for name in area) or "All together"
            sheet.write_string(HEAD_ROW - 1, column, f"Weight in {title}", self.styles.head)
            for row, (activity, _) in enumerate(self.reading.slots.values(), start=FIRST_ROW):
                sheet.write_number(row - 1, column, int(not area or activity.category in area))
            found[area] = letter_of(column)
        return found

    def _activities_format(self, sheet: Worksheet, last_shown: str, last_column: int) -> None:
        last = self.cells.last_row
        sums = f"${COLUMN['Done']}{FIRST_ROW}+${COLUMN['Counted']}{FIRST_ROW}+${COLUMN['New']}{FIRST_ROW}"
        remark = f"{COLUMN['Remark']}{FIRST_ROW}:{COLUMN['Remark']}{last}"
        sheet.conditional_format(
            remark, {"type": "text", "criteria": "begins with", "value": "counts", "format": self.styles.bad}
        )
        self.book.colour_where(sheet, f"A{FIRST_ROW}:{last_shown}{last}", f"={sums}>0", self.styles.good)
        fold_away(sheet, len(WORDS), last_column)
        # Sorting must move the weights along, so the filter reaches over the folded columns too.
        sheet.autofilter(HEAD_ROW - 1, 0, last - 1, last_column)
        sheet.print_area(f"A1:{last_shown}{last}")
        self.book.paper(sheet, (6, 20, 54, 26, 8, 8, 9, 8, 8, 9, 9, 34), HEAD_ROW)

    # Rules

    def _rules_sheet(self, weights: Mapping[str, str]) -> str:
        """Every rule and every wish, measured over what counts; returns a formula for those not met."""
        hint = (
            "Measured over the column Counted of the sheet Activities. The sentences are the source's own, "
            "but for how often an activity counts and for what you asked."
        )
        longest = max(len(rule.id) for rule in self.reading.rules)
        width = min(max(14, longest), 40)
        rules = RulesSheet(self.book, self.sheets["Rules"], self.cells, weights)
        rules.write(self.shown.findings, hint, title="Rules of the scheme", id_width=width)
        return rules.not_met

    # Points

    def _points_sheet(self, areas: Mapping[tuple[str, ...], str]) -> None:
        """Points by category and year: what counts, how much of it is done, what is asked."""
        sheet, book, styles = self.sheets["Points"], self.book, self.styles
        found: dict[tuple[str, ...], list[Tracked]] = {}
        for cell in tracker(self.shown):
            found.setdefault(cell.categories, []).append(cell)
        years = range(1, self.reading.years + 1)
        periods = [*(f"Year {year}" for year in years), "Cycle"]
        last_column = 3 * len(periods)
        hint = (
            "Points that count, how many of them are done, and what the rules ask of each category and year. "
            "The figures follow the sheet Activities."
        )
        width = 36 + 11 * last_column
        book.heading(sheet, "Points by category and year", letter_of(last_column), hint, width)
        sheet.write_string(HEAD_ROW - 1, 0, "Category", styles.head)
        for place, period in enumerate(periods):
            for part, word in enumerate((period, "of it done", "asked")):
                sheet.write_string(HEAD_ROW - 1, 1 + 3 * place + part, word, styles.head_centred)
        sheet.set_row(HEAD_ROW - 1, 30)
        for row, (area, cells) in enumerate(found.items(), start=FIRST_ROW):
            title = cells[0].title
            book.write(sheet, row, 0, title, styles.cell if area else styles.strong)
            for place, cell in enumerate(cells):
                self._tracked(sheet, row, 1 + 3 * place, cell, areas[area])
            book.fit(sheet, row, (title, 36), points=13)
        book.paper(sheet, (36, *[11] * last_column), HEAD_ROW)

    def _tracked(self, sheet: Worksheet, row: int, column: int, cell: Tracked, weights: str) -> None:
        """The three cells of an area in a year, or in the cycle."""
        factors = [self.cells.range(weights)]
        if cell.year is not None:
            factors.append(f"({self._all('Year')}={cell.year})")
        of_it = "*".join([*factors, self._all("Points each")])
        counted, new = self._all("Counted"), self._all("New")
        limited = (cell.at_least, cell.at_most) != (None, None)
        counting = Formula(f"=SUMPRODUCT({of_it}*{counted})", cell.earned + cell.planned)
        done = Formula(f"=SUMPRODUCT({of_it}*({counted}-{new}))", cell.earned)
        cells = (
            (counting, self.styles.figure),
            (done, self.styles.number),
            (limits_of(cell) if limited else "", self.styles.number),
        )
        self.book.cells(sheet, row, *cells, column=column)
        place = (row - 1, column, row - 1, column)
        for limit, criteria in ((cell.at_least, "<"), (cell.at_most, ">")):
            looks = {"type": "cell", "criteria": criteria, "value": limit, "format": self.styles.bad}
            if limit is not None:
                sheet.conditional_format(*place, looks)
        if limited:
            sheet.conditional_format(*place, {"type": "no_blanks", "format": self.styles.good})

    # Plan

    def _plan_sheet(self, not_met: str) -> None:
        """The answer first, then why not, what is lost, the totals and what to do year by year."""
        sheet, book = self.sheets["Plan"], self.book
        running = cpd_tables.year_words(self.reading, self.plan.intent.year)
        exported = f"As exported on {in_words(book.today)}, {running}: {cpd_tables.cycle_words(self.plan)}"
        book.heading(sheet, "CPD plan", "I", exported, 130)
        row = HEAD_ROW
        for line in self._reasons():
            book.sentence(sheet, row, line, "I", 125, self.styles.banner)
            row += 1
        for line in (*cpd_tables.surplus_words(self.plan), cpd_tables.caveat_words(self.reading)):
            book.sentence(sheet, row, f"{line.rstrip('.')}.", "I", 130, self.styles.text)
            row += 1
        row = self._totals(sheet, row, not_met) + 1
        sheet.write_string(row - 1, 0, "What to do next, year by year", self.styles.section)
        sheet.set_row(row - 1, 20)
        book.head(sheet, row + 1, list(_STEP_COLUMNS))
        last = self._steps(sheet, row + 2)
        book.paper(sheet, (5, 6, 8, 20, 54, 26, 7, 8, 9))
        # Spare rows get no page of their own: it would be blank.
        sheet.fit_to_pages(1, -(-(last - SPARE_STEPS) // ROWS_A_PAGE))
        sheet.print_area(0, 0, last - 1, len(_STEP_COLUMNS) - 1)

    def _reasons(self) -> list[str]:
        """Why the rules cannot be met, and which are lost; nothing where they can."""
        plan = self.plan
        lines = [] if plan.clash is None else [plan.clash.in_words(self.reading)]
        for finding in plan.findings:
            if finding.rule in plan.lost:
                lines.append(f"Cannot be met: {finding.rule.text} ({finding.progress}).")
        if not plan.found:
            lines.append("There is no plan: the sheets hold what was done, as if all of it counted.")
        return lines

    def _totals(self, sheet: Worksheet, row: int, not_met: str) -> int:
        """The totals as live formulas, one a row from `row` on; returns the next free row."""
        plan, total = self.shown, self.formats["total"]
        missing = sum(not finding.holds for finding in plan.findings)
        counted, new, each = (self._all(word) for word in ("Counted", "New", "Points each"))
        figures: tuple[tuple[str, str, float], ...] = (
            ("Points that will count", f"=SUM({self._all('Points')})", plan.points),
            ("    of them done", f"=SUMPRODUCT(({counted}-{new})*{each})", plan.points_of(done=True)),
            ("Activities still to do", f"=SUM({new})", sum(plan.new.values())),
            ("Time still to spend, h:mm", f"=SUM({self._all('Hours')})", plan.minutes / DAY),
            ("Rules not met", f"={not_met}", missing),
        )
        looks = {"Time still to spend, h:mm": self.formats["time total"]}
        lines = ((label, Formula(text, value), looks.get(label, total)) for label, text, value in figures)
        row = self.book.totals(sheet, row, lines, column=4)
        self.book.zero(sheet, row - 1, column=4)
        return row

    def _steps(self, sheet: Worksheet, first: int) -> int:
        """One row for each activity still to do, filled by formulas; returns the last row."""
        steps = cpd_tables.steps_table(self.shown).to_dict("records")
        number_of_rows = min(len(steps) + SPARE_STEPS, len(self.reading.slots))
        for number in range(1, number_of_rows + 1):
            step = steps[number - 1] if number <= len(steps) else {}
            self._step_row(sheet, first + number - 1, number, step)
        last = first + number_of_rows
        more = f'COUNTIF({self._all("New")},">0")-{number_of_rows}'
        told = Formula(f'=IF({more}>0,{more}&" more: see the sheet Activities","")', "")
        sheet.merge_range(last - 1, 0, last - 1, len(_STEP_COLUMNS) - 1, "", self.styles.strong)
        self.book.write(sheet, last, 0, told, self.styles.strong)
        cells = f"A{first}:I{last - 1}"
        self.book.colour_where(sheet, cells, f'=$C{first}="now"', self.styles.good)
        self.book.colour_where(sheet, cells, f'=$A{first}<>""', self.styles.filled)
        return last

    def _step_row(self, sheet: Worksheet, row: int, number: int, step: Mapping[Any, Any]) -> None:
        positions = self.cells.range(letter_of(len(WORDS)))
        styles, year = self.styles, self.plan.intent.year

        # The row of the sheet Activities with this number, whichever that is now.
        def found(word: str) -> str:
            return f"INDEX({self._all(word)},MATCH($A{row},{positions},0))"

        when = f'IF($B{row}<{year},"over",IF($B{row}={year},"now","later"))'
        points = f"{found('Points each')}*{found('New')}"
        values = {**step, "Hours": step["Minutes"] / DAY} if step else {}
        columns: tuple[tuple[str, str, Format], ...] = (
            ("Year", found("Year"), styles.line_number),
            ("When", when, styles.line_number),
            ("Ref", found("Ref"), styles.line),
            ("Activity", found("Activity"), styles.text),
            ("Category", found("Category"), styles.text),
            ("Times", found("New"), styles.line_number),
            ("Points", points, styles.line_number),
            ("Hours", found("Hours"), self.formats["time line"]),
        )
        shown = f'=IF({number}<=COUNTIF({self._all("New")},">0"),{number},"")'
        cells = (
            (Formula(f'=IF($A{row}="","",{formula})', values.get(word, "")), style)
            for word, formula, style in columns
        )
        first = (Formula(shown, number if step else ""), styles.line_number)
        self.book.cells(sheet, row, first, *cells)
        if step:
            self.book.fit(sheet, row, (str(step["Activity"]), 52), (str(step["Category"]), 24))

    # Readings and About

    def _readings_sheet(self) -> None:
        """What each reading of the scheme would cost the same member."""
        sheet = self.sheets["Readings"]
        hint = (
            "The source contradicts itself, so it is read in several ways: what each would cost. This file "
            f"follows {self.reading.id}. Which one holds, only the {self.reading.body} can say."
        )
        frame = cpd_tables.costs_table(self.readings)
        frame["Points"] = frame["Points"].astype(object)
        words = ("Reading", "Title", "Status", "Points", "Hours", "Cannot be met")
        widths = dict(zip(words, (30, 50, 12, 9, 15, 50)[: len(frame.columns)], strict=False))
        self.book.listing(sheet, hint, frame, widths, title="What each reading would cost", filtered=False)

    def _about_sheet(self) -> None:
        reading, plan, start = self.reading, self.plan, self.log.start
        units = {"hours": " minutes"}
        goals = [f"least {g.id}: {g.value}{units.get(g.id, '')}, bound {g.bound}" for g in plan.goals]
        facts: Iterable[tuple[str, object]] = (
            ("Designation", reading.designation),
            ("Whose scheme", reading.body),
            ("Where it holds", reading.region),
            ("Reading", f"{reading.title} ({reading.id})"),
            ("Years of the cycle", reading.years),
            ("First day of the cycle", "not given" if start is None else in_words(start)),
            ("Planned in", cpd_tables.year_words(reading, plan.intent.year)),
            ("Source of the rules", reading.source),
            ("Last compared with the source", in_words(reading.verified)),
            ("Data digest", reading.digest),
            ("Exported", in_words(self.book.today)),
            ("Answer", cpd_tables.cycle_words(plan)),
            ("Goals, in this order", "; ".join(goals) or "no plan"),
        )
        caveats = (
            cpd_tables.caveat_words(reading),
            "Times are estimates on file, or the member's own; what an activity really takes may differ.",
            *reading.notes,
        )
        self.book.about_sheet(self.sheets["About"], facts, caveats)


_STEP_COLUMNS = ("No.", "Year", "When", "Ref", "Activity", "Category", "Times", "Points", "Hours")


def _formats(book: PlainBook) -> dict[str, Format]:
    """The formats that only this workbook needs: times, and figures of which a zero is not shown."""
    under = {**FONT, "valign": "top", "bottom": 1, "bottom_color": COLOURS["rule"], "align": "center"}
    plain = {**FONT, "valign": "top"}
    # The parts of a format are for figures above zero, below and zero itself; an empty one shows nothing.
    time, figure = {"num_format": f"{TIME_FORMAT};;"}, {"num_format": "0;-0;"}
    total = {**plain, "bold": True, "align": "left"}
    found: dict[str, dict[str, Any]] = {
        "time": {**under, **time},
        "time line": {**plain, "align": "center", "num_format": TIME_FORMAT},
        "time total": {**total, "num_format": TIME_FORMAT},
        "total": total,
        "figure": {**under, **figure},
        "edit": {**under, **figure, "bold": True, "bg_color": COLOURS["edit"]},
    }
    return {name: book.file.add_format(properties) for name, properties in found.items()}


def _as_done(plan: CyclePlan) -> CyclePlan:
    """Where there is no plan, what was done, as if all of it counted, against the rules."""
    counted = {name: times for name, times in plan.intent.done.items() if times}
    findings = audit(plan.reading.rules, counted)
    return replace(plan, counted=counted, new={}, findings=findings)
