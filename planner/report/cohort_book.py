"""A cohort, and what a centre runs for it, as Excel workbooks and as CSV; and the empty cohort table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from planner.catalogue.qualification import CREDIT_HOURS, Qualification, in_words
from planner.catalogue.units import Unit, told_apart
from planner.cohort.batch import Answer, Cohort
from planner.errors import Problem
from planner.files.text_files import csv_bytes
from planner.records.cohort_rows import SHEET
from planner.report import cohort_tables, tables
from planner.report.workbook_kit import LONGEST_TEXT, Book, Formula, PlainBook, letter_of
from planner.report.workbook_styles import FONT

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FIRST_ROW = 6
"""Row (from 1) of the first learner."""

MOST_IN_MATRIX = 2_000
"""Learners that the sheet Matrix shows; more nobody reads, and they cost time and memory."""

MOST_IN_CHART = 40
"""Units that the chart of demand shows."""

MATRIX_HEAD = 7
"""Row (from 1) of the heads of the sheet Matrix."""

UNITS_A_PAGE = 45
"""Columns of the matrix on one sheet of paper."""

SHOWN_VALUE = 500
"""Characters of a rejected cell that are shown."""

MARKS = {
    "M": "must count, new",
    "N": "new",
    "H": "already achieved, counts",
    "h": "already achieved, does not count",
    "X": "left out by the learner's wish",
    "?": "asked for, where no plan is possible",
}
"""What the letters of the matrix mean."""


def cohort_workbook(cohort: Cohort, today: date | None = None) -> bytes:
    """The answers to a cohort as the bytes of an .xlsx file.

    Sheets: Summary (totals as formulas over the learners, charts of demand), Learners, Matrix (learners by
    units), Demand, Conflicts, Rejected rows and About. The matrix shows the first `MOST_IN_MATRIX` learners.
    """
    return _CohortBook(cohort, today).content()


def cohort_csv(cohort: Cohort) -> bytes:
    """The answers to a cohort as CSV, one row a learner."""
    frame = cohort_frame(cohort)
    header = [word.lower().replace(" ", "_") for word in frame.columns]
    return csv_bytes([header, *frame.astype(object).where(frame.notna(), None).itertuples(index=False)])


def cohort_frame(cohort: Cohort) -> pd.DataFrame:
    """The learners of a cohort as workbook and CSV show them, one a row; empty figures where no plan is."""
    frame = cohort_tables.cohort_table(cohort.answers)
    hours = [answer.learning_hours for answer in cohort.answers]
    place = frame.columns.get_loc("New units")
    assert isinstance(place, int)
    frame.insert(place, "Learning hours", pd.Series(hours, dtype="Int64"))
    frame = tables.columns_on_file(cohort.qualification, frame)
    frame["Why not"] = [cohort_tables.clash_words(answer)[:LONGEST_TEXT] for answer in cohort.answers]
    return frame


_DEMAND = {
    "Title": 62, "Ref": 14, "Group": 9, "Level": 8, "Credits": 9, "Guided hours": 9, "Learners": 10,
    "Learner hours": 10, "Assessment strategy": 32,
}  # fmt: skip
"""What is said of each unit that learners need, with the width of its column."""


class _CohortBook:
    """Writes the sheets of one cohort."""

    def __init__(self, cohort: Cohort, today: date | None) -> None:
        self.cohort = cohort
        self.qualification = cohort.qualification
        self.book = Book(f"Cohort, {self.qualification.title}", self.qualification, today)
        self.styles = self.book.styles
        self.sheets = self.book.add(
            "Summary", "Learners", "Matrix", "Demand", "Conflicts", "Rejected rows", "About"
        )
        self.learners = cohort_frame(cohort)
        self.last_row = max(FIRST_ROW, FIRST_ROW + len(self.learners) - 1)

    def content(self) -> bytes:
        """The finished file."""
        self._learners_sheet()
        _matrix_sheet(self.book, self.sheets["Matrix"], self.cohort)
        self._summary_sheet(*self._demand_sheet())
        hint = "Who has no plan: what the learner's wishes clash in, and the way out with the fewest "
        hint += f"{self.qualification.price_words}."
        self.book.listing(
            self.sheets["Conflicts"],
            hint,
            cohort_tables.clashes_table(self.cohort),
            {"Learner": 16, "Name": 24, "Clash and way out": 90},
            none="None: no learner's wishes clash with the rules.",
            filtered=False,
        )
        rejected_sheet(self.book, self.sheets["Rejected rows"], self.cohort.problems)
        self.book.about(self.sheets["About"], [("Answer", cohort_tables.cohort_words(self.cohort))])
        return self.book.content(first="Summary")

    def _learners_sheet(self) -> None:
        sheet, book = self.sheets["Learners"], self.book
        hint = "One row a learner, in the order of the file. Filter by the arrows in the heads."
        book.heading(sheet, "Learners", "I", hint, 150)
        widths = {
            "Learner": 14, "Name": 22, "Answer": 14, "Guided hours": 8, "Credits": 8, "Learning hours": 9,
            "New units": 8, "Refs to achieve": 50, "Why not": 62,
        }  # fmt: skip
        widths = {word: widths.get(word, 14) for word in self.learners.columns}
        texts = {word: widths[word] for word in ("Learner", "Name", "Answer", "Refs to achieve", "Why not")}
        book.table(sheet, FIRST_ROW - 1, self.learners, texts)
        colours = {
            "planned": "good",
            "planned, not proven best": "warn",
            "not possible": "bad",
            "not decided": "warn",
        }
        styles = {word: getattr(self.styles, style) for word, style in colours.items()}
        book.colour_words(sheet, f"C{FIRST_ROW}:C{self.last_row}", styles)
        sheet.autofilter(FIRST_ROW - 2, 0, self.last_row - 1, len(widths) - 1)
        book.paper(sheet, widths.values(), FIRST_ROW - 1)
        sheet.freeze_panes(FIRST_ROW - 1, 1)

    def _range(self, word: str) -> str:
        letter = letter_of(list(self.learners.columns).index(word))
        return f"Learners!${letter}${FIRST_ROW}:${letter}${self.last_row}"

    # Summary

    def _summary_sheet(self, strategies: range, units: range) -> None:
        """Figures, and charts of those rows of the sheet Demand."""
        sheet, book = self.sheets["Summary"], self.book
        told = f"As exported on {in_words(book.today)}: {cohort_tables.cohort_words(self.cohort)}"
        book.heading(sheet, "Cohort", "E", told, 95)
        row = self._figures(self._counts(5) + 1)
        self._charts(row + 1, strategies, units)
        book.paper(sheet, (56, 11, 11, 11, 11), landscape=False)

    def _counts(self, row: int) -> int:
        """How many learners have which answer; returns the next free row."""
        answers, given = self._range("Answer"), list(self.learners["Answer"])
        planned = sum(answer.found for answer in self.cohort.answers)
        figures: dict[str, object] = {
            "Learners": Formula(f'=SUMPRODUCT(({answers}<>"")*1)', len(given)),
            "with a plan": Formula(f'=SUMPRODUCT((LEFT({answers},7)="planned")*1)', planned),
        }
        for status in ("feasible", "infeasible", "unknown"):
            word = cohort_tables.ANSWERS[status]
            label = "of these not proven best" if status == "feasible" else word
            figures[label] = Formula(f'=SUMPRODUCT(({answers}="{word}")*1)', given.count(word))
        figures["Rows left out, see Rejected rows"] = rejected_rows(self.cohort.problems)
        lines = ((label, figure, self.styles.figure) for label, figure in figures.items())
        return self.book.totals(self.sheets["Summary"], row, lines)

    def _figures(self, row: int) -> int:
        """Totals and averages over the learners with a plan; returns the next free row."""
        sheet, styles = self.sheets["Summary"], self.styles
        self.book.head(sheet, row, ["Learners with a plan", "In all", "On average", "Least", "Most"])
        labels = {
            "Guided hours": "Guided hours still to do",
            "Learning hours": f"Whole learning time still to come, about {CREDIT_HOURS} hours a credit",
            "New units": "New units",
            "Credits": "Credits that count",
        }
        for word, label in labels.items():
            if word not in self.learners:
                continue
            row += 1
            cells, values = self._range(word), [int(value) for value in self.learners[word].dropna()]
            figures = (
                (f"ROUND(AVERAGE({cells}),1)", round(sum(values) / len(values), 1) if values else ""),
                (f"MIN({cells})", min(values, default="")),
                (f"MAX({cells})", max(values, default="")),
            )
            several = [Formula(f'=IF(COUNT({cells})=0,"",{text})', value) for text, value in figures]
            beside = (
                (figure, styles.figure) for figure in (Formula(f"=SUM({cells})", sum(values)), *several)
            )
            self.book.cells(sheet, row, (label, styles.strong), *beside)
        return row + 1

    def _charts(self, row: int, strategies: range, units: range) -> None:
        """Bars of demand under the figures, each on a page that it fits on."""
        sheet = self.sheets["Summary"]
        if not units:
            sheet.write_string(row - 1, 0, "No learner needs a new unit.", self.styles.text)
            return
        height, shown = 110 + 30 * len(strategies), units[:MOST_IN_CHART]
        chart = self._chart("Learners by assessment strategy", "B", strategies, height)
        sheet.insert_chart(row - 1, 0, chart)
        next_row = row + height // 20 + 2
        most = f"the {MOST_IN_CHART} most needed of {len(units)} units"
        title = f"Learners by unit: {most if len(units) > len(shown) else 'new units'}"
        learners = self._demand_letter("Learners")
        sheet.insert_chart(next_row - 1, 0, self._chart(title, learners, shown, 110 + 24 * len(shown)))
        sheet.set_h_pagebreaks([next_row - 1])

    def _chart(self, title: str, values: str, rows: Sequence[int], height: int) -> object:
        chart = self.book.file.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": title,
                "categories": f"=Demand!$A${rows[0]}:$A${rows[-1]}",
                "values": f"=Demand!${values}${rows[0]}:${values}${rows[-1]}",
                "fill": {"color": "#1F3A5F"},
                "data_labels": {"value": True, "font": {"size": 8}},
                "gap": 40,
            }
        )
        chart.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
        chart.set_x_axis(
            {"min": 0, "major_gridlines": {"visible": False}, "num_format": "0", "num_font": {"size": 8}}
        )
        chart.set_size({"width": 700, "height": height})
        chart.set_chartarea({"border": {"none": True}})
        return chart

    # Demand

    def _demand_sheet(self) -> tuple[range, range]:
        """Demand by strategy and by unit; returns the rows of both."""
        sheet, book = self.sheets["Demand"], self.book
        hint = "What the plans ask of the centre: learners with new units of a strategy or with a unit new."
        book.heading(sheet, "Demand", "I", hint, 130)
        last = book.table(sheet, 5, cohort_tables.strategy_table(self.cohort), {"Assessment strategy": 62})
        units = _named_apart(cohort_tables.demand_table(self.cohort))
        shown = self._demanded
        if "Guided hours" in shown:
            hours, learners = map(self._demand_letter, ("Guided hours", "Learners"))
            products = enumerate(units["Learners"] * units["Guided hours"], start=last + 3)
            follows = [Formula(f"={hours}{row}*{learners}{row}", int(figure)) for row, figure in products]
            units["Learner hours"] = pd.Series(follows, dtype=object)
        end = book.table(sheet, last + 2, units[shown], {"Title": 62, "Assessment strategy": 30})
        book.paper(sheet, [_DEMAND[word] for word in shown])
        return range(6, last + 1), range(last + 3, end + 1)

    @property
    def _demanded(self) -> list[str]:
        return tables.shown(self.qualification, _DEMAND)

    def _demand_letter(self, word: str) -> str:
        letter: str = letter_of(self._demanded.index(word))
        return letter


def _named_apart(units: pd.DataFrame) -> pd.DataFrame:
    """The units with the ref beside each title that stands twice."""
    titles = list(units["Title"])
    apart = [
        f"{title} ({ref})" if titles.count(title) > 1 else title
        for title, ref in zip(titles, units["Ref"], strict=True)
    ]
    return units.assign(Title=apart)


def _matrix_sheet(book: Book, sheet: Worksheet, cohort: Cohort) -> None:
    """The sheet Matrix: a row for each learner, a narrow column for each unit, letters within."""
    answers = cohort.answers[:MOST_IN_MATRIX]
    left_out = len(cohort.answers) - len(answers)
    units = sorted(cohort.qualification.units, key=lambda unit: unit.group)
    last = letter_of(max(10, min(len(units), UNITS_A_PAGE)) + 1)
    hint = "Learners by units."
    if left_out:
        hint = (
            f"The first {len(answers):,} learners by units; the other {left_out:,} are on the sheet Learners."
        )
    book.heading(sheet, "Matrix", last, hint, 120)
    legend = "; ".join(f"{letter} {words}" for letter, words in MARKS.items())
    book.sentence(sheet, 4, f"{legend}.", last, 120, book.styles.text)
    _matrix_heads(book, sheet, units)
    styles = _mark_styles(book)
    for row, answer in enumerate(answers, start=MATRIX_HEAD + 1):
        request = answer.request
        book.cells(sheet, row, (request.learner, book.styles.cell), (request.name, book.styles.cell))
        book.fit(sheet, row, (request.learner, 14), (request.name, 22), points=13)
        for column, unit in enumerate(units, start=2):
            if letter := _mark(answer, unit.ref):
                sheet.write_string(row - 1, column, letter, styles[letter])
    book.paper(sheet, (14, 22, *[4.3] * len(units)), MATRIX_HEAD)
    sheet.fit_to_pages(-(-len(units) // UNITS_A_PAGE), 0)
    sheet.repeat_columns("A:B")
    sheet.freeze_panes(MATRIX_HEAD, 2)
    sheet.autofilter(MATRIX_HEAD - 1, 0, MATRIX_HEAD - 1 + max(1, len(answers)), 1)


def _matrix_heads(book: Book, sheet: Worksheet, units: Sequence[Unit]) -> None:
    """Groups over refs with titles that read upwards, two lines where they are long."""
    styles, row = book.styles, MATRIX_HEAD
    titles = [f"{ref}  {title}" for ref, title in told_apart(units).items()]
    book.cells(sheet, row - 1, *((unit.group, styles.head_centred) for unit in units), column=2)
    upright = ((title, styles.upright_small) for title in titles)
    book.cells(sheet, row, ("Learner", styles.head), ("Name", styles.head), *upright)
    sheet.set_row(row - 1, min(400, max(120, 2.5 * max(map(len, titles)) + 30)))


def _mark(answer: Answer, ref: str) -> str:
    """The letter of a unit for a learner; empty where there is nothing to say."""
    wishes, counts = answer.request.wishes, ref in answer.units
    if ref in wishes.held:
        return "H" if counts or not answer.found else "h"
    if ref in wishes.pins:
        return "M" if counts else "?"
    return "N" if counts else "X" if ref in wishes.excludes else ""


def _mark_styles(book: Book) -> dict[str, Format]:
    """A format for each letter of the matrix: colour and letter say the same."""
    colours = {"M": "#9CC3E6", "N": "#DDEFE3", "H": "#E4E4E4", "h": "#F4F4F4", "X": "#F8DCD9", "?": "#FFF3CD"}
    plain = {**FONT, "align": "center", "valign": "top", "bottom": 1, "bottom_color": "#BFC9D6"}
    return {
        letter: book.file.add_format({**plain, "bg_color": colour, "bold": letter == "M"})
        for letter, colour in colours.items()
    }


def rejected_sheet(book: PlainBook, sheet: Worksheet, problems: Sequence[Problem]) -> None:
    """The sheet of rows that were left out: where, what stands there, what is wrong with it."""
    hint = "Rows with any of these problems were left out; all others are answered. Row 1 is the header's."
    shortened = [replace(problem, value=problem.value[:SHOWN_VALUE]) for problem in problems]
    widths = {"Sheet": 18, "Row": 8, "Field": 18, "Value": 36, "What is wrong": 76}
    table = tables.problems_table(shortened)
    book.listing(sheet, hint, table, {word: widths[word] for word in table.columns})


def rejected_rows(problems: Sequence[Problem]) -> int:
    """How many rows were left out for these problems."""
    return len({problem.row for problem in problems if problem.row is not None})


# The empty cohort table

_WIDTHS = {"learner": 16, "name": 26, "pins": 34, "excludes": 34, "held": 34, "tasks": 34}

_HOW_TO = (
    ("learner", "A number or word that names the learner; in one row only. The only column that is needed."),
    ("name", "The learner's name; it may be left out."),
    ("pins", "Refs of units that must count. Several are separated by spaces, commas or semicolons."),
    ("excludes", "Refs of units that must not count."),
    ("held", "Refs of units already achieved."),
    (
        "tasks",
        "What the learner does at work, by the words below; the plan then prefers units with evidence.",
    ),
)


def cohort_template(qualification: Qualification) -> bytes:
    """An empty cohort table, one row a learner, as the bytes of an .xlsx file; refs and tasks are listed."""
    book = Book(f"Cohort, {qualification.title}", qualification)
    sheet, how_to = book.add(SHEET, "How to fill this in").values()
    book.empty_table(sheet, _WIDTHS)
    sections: dict[str, Sequence[tuple[str, str]]] = {
        "Columns": _HOW_TO,
        "Units": [
            (unit.ref, qualification.names[unit.ref])
            for unit in sorted(qualification.units, key=lambda unit: unit.group)
        ],
    }
    if qualification.tasks:
        sections["Tasks"] = [(task.id, task.title) for task in qualification.tasks.values()]
    hint = "One row a learner on the sheet Cohort. Refs are typed as you like: L/601/0933 or l6010933."
    book.how_to(how_to, hint, sections)
    return book.content(first=SHEET)
