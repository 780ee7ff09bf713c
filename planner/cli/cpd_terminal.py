"""A cycle of professional development, and the check of its schemes, as a terminal shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner.catalogue.qualification import in_words
from planner.cpd.contradictions import SchemeReport
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import Recent
from planner.cpd.scheme import Reading, default_reading
from planner.cpd.tracking import tracker
from planner.errors import Problem
from planner.report import cpd_tables
from planner.rules.measure import numbered


def print_cycle(
    plan: CyclePlan,
    readings: Sequence[CyclePlan] = (),
    recent: Recent | None = None,
    problems: Sequence[Problem] = (),
) -> None:
    """A plan of a cycle: the answer, what to do now, year by year, points against minima, other readings."""
    console = Console(highlight=False)
    _scheme_heading(console, plan.reading)
    where = cpd_tables.year_words(plan.reading, plan.intent.year)
    console.print(Text(cpd_tables.cycle_words(plan), style="bold"))
    console.print(Text(f"Reading: {plan.reading.title} ({plan.reading.id}); {where}."))
    if plan.clash is not None:
        console.print(Text(f"- {plan.clash.in_words(plan.reading)}"))
    for rule in plan.lost:
        console.print(Text(f"- cannot be met: {rule.text}", style="red"))
    if recent is not None:
        console.print(Text(f"Last 12 months: {recent.in_words}"))
    _print_steps(console, plan)
    _print_tracker(console, plan)
    for words in cpd_tables.surplus_words(plan):
        console.print(Text(f"{words}.", style="yellow"))
    _print_findings(console, plan)
    _print_readings(console, readings)
    console.print(Text(cpd_tables.caveat_words(plan.reading)))
    for note in plan.reading.notes:
        console.print(Text(f"- {note}", style="dim"))
    if problems:
        console.print(Text("Could not be read:", style="bold"))
    for problem in problems:
        console.print(Text(f"- {problem}"))


def _scheme_heading(console: Console, reading: Reading) -> None:
    console.print(Text(f"{reading.designation}, {reading.whereabouts}", style="bold"))
    console.print(Text(f"Source: {reading.source}; last compared with it on {in_words(reading.verified)}."))
    console.print()


def _print_steps(console: Console, plan: CyclePlan) -> None:
    """The steps of the running year, then those of each later year."""
    steps = cpd_tables.steps_table(plan).to_dict("records")
    for year in sorted({step["Year"] for step in steps}):
        of_year = [step for step in steps if step["Year"] == year]
        points, minutes = (sum(step[name] for step in of_year) for name in ("Points", "Minutes"))
        when = "To do now" if year == plan.intent.year else "Later"
        title = f"{when}, year {year}: {numbered(points, 'point')}, {cpd_tables.hours_words(minutes)}"
        table = Table(title=title, title_justify="left", title_style="bold")
        for column in ("Ref", "Activity", "Times", "Points", "Hours"):
            number = column in ("Times", "Points", "Hours")
            table.add_column(column, justify="right" if number else "left", no_wrap=column != "Activity")
        for step in of_year:
            cells = (step[column] for column in ("Ref", "Activity", "Times", "Points", "Hours"))
            table.add_row(*(Text(str(cell)) for cell in cells))
        console.print(table)


def _print_tracker(console: Console, plan: CyclePlan) -> None:
    """Points by category and year: earned and planned, against the minimum."""
    rows: dict[str, list[str]] = {}
    for cell in tracker(plan):
        figure = f"{cell.earned} + {cell.planned}" if cell.earned + cell.planned else "-"
        figure += "" if cell.at_least is None else f" of {cell.at_least}"
        figure += "" if cell.at_most is None or cell.year is not None else f" (most {cell.at_most})"
        rows.setdefault(cell.title, []).append(figure)
    if not rows:
        return
    table = Table(title="Points: earned + planned", title_justify="left", title_style="bold")
    table.add_column("Category")
    for year in range(1, plan.reading.years + 1):
        table.add_column(f"Year {year}", justify="right", no_wrap=True)
    table.add_column("Cycle", justify="right", no_wrap=True)
    for title, figures in rows.items():
        table.add_row(Text(title), *map(Text, figures))
    console.print(table)


def _print_findings(console: Console, plan: CyclePlan) -> None:
    """The rules measured, those left out that only say how often something counts and that hold."""
    table = Table(title="Rules of the scheme", title_justify="left", title_style="bold")
    for column in ("Sentence", "Measured", "Met"):
        table.add_column(column, no_wrap=column != "Sentence")
    rows = cpd_tables.findings_table(plan).to_dict("records")
    for finding, row in zip(plan.findings, rows, strict=True):
        if finding.holds and finding.rule.at_least is None:
            continue
        style = "green" if finding.holds else "red bold"
        cells = [Text(str(row[column])) for column in ("Rule", "Measured")]
        table.add_row(*cells, Text(str(row["Met"]), style=style))
    if table.row_count:
        console.print(table)


def _print_readings(console: Console, plans: Sequence[CyclePlan]) -> None:
    if not plans:
        return
    table = Table(title="What each reading would cost", title_justify="left", title_style="bold")
    frame = cpd_tables.readings_table(plans).drop(columns="Minutes")
    if not any(frame["Cannot be met"]):
        frame = frame.drop(columns="Cannot be met")
    for column in frame.columns:
        number = column in ("Points", "Hours")
        table.add_column(column, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in frame.itertuples(index=False, name=None):
        table.add_row(*(Text("" if pd.isna(cell) else str(cell)) for cell in row))
    console.print(table)


def print_scheme(report: SchemeReport) -> None:
    """What the check of a scheme of professional development found."""
    console = Console(highlight=False)
    readings = {reading.id: reading for reading in report.readings}
    _scheme_heading(console, default_reading(readings))
    remarks = Table()
    remarks.add_column("", no_wrap=True)
    remarks.add_column("What")
    remarks.add_column("Remark")
    styles = {"error": "red bold", "undecided": "magenta", "notice": "yellow", "fine": "green"}
    for remark in report.remarks:
        mark = Text(remark.severity, style=styles[remark.severity])
        remarks.add_row(mark, Text(remark.id), Text(remark.text))
    console.print(remarks)
    found = Counter(remark.severity for remark in report.remarks)
    words = ", ".join(numbered(found[severity], severity) for severity in ("error", "notice"))
    words += f", {found['undecided']} undecided" if found["undecided"] else ""
    console.print(Text(f"{words} in {numbered(len(report.readings), 'reading')} of {report.scheme}."))
