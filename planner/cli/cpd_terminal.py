"""A cycle of professional development, and the check of its schemes, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Column
from rich.text import Text

from planner.catalogue.qualification import in_words
from planner.cli.console import Heads, print_frame, print_line, print_list, print_remarks, print_table
from planner.cpd.contradictions import SchemeReport
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import Recent
from planner.cpd.scheme import Reading, default_reading
from planner.cpd.tracking import tracker
from planner.errors import Problem
from planner.report import cpd_tables
from planner.report.tables import NO, YES
from planner.rules.measure import numbered


def print_cycle(
    plan: CyclePlan,
    readings: Sequence[CyclePlan] = (),
    recent: Recent | None = None,
    problems: Sequence[Problem] = (),
) -> None:
    """A plan of a cycle: the answer, what to do now, year by year, points against minima, other readings."""
    _scheme_heading(plan.reading)
    where = cpd_tables.year_words(plan.reading, plan.intent.year)
    print_line(cpd_tables.cycle_words(plan), "bold")
    print_line(f"Reading: {plan.reading.title} ({plan.reading.id}); {where}.")
    if plan.clash is not None:
        print_list([plan.clash.in_words(plan.reading)])
    for rule in plan.lost:
        print_line(f"- cannot be met: {rule.text}", "red")
    if recent is not None:
        print_line(f"Last 12 months: {recent.in_words}")
    _print_steps(plan)
    _print_tracker(plan)
    for words in cpd_tables.surplus_words(plan):
        print_line(f"{words}.", "yellow")
    _print_findings(plan)
    _print_readings(readings)
    print_line(cpd_tables.caveat_words(plan.reading))
    for note in plan.reading.notes:
        print_line(f"- {note}", "dim")
    print_list(problems, "Could not be read:")


def _scheme_heading(reading: Reading) -> None:
    print_line(f"{reading.designation}, {reading.whereabouts}", "bold")
    print_line(f"Source: {reading.source}; last compared with it on {in_words(reading.verified)}.")
    print_line()


def _print_steps(plan: CyclePlan) -> None:
    """The steps of the running year, then those of each later year."""
    steps = cpd_tables.steps_table(plan)
    figures = (Column(word, justify="right", no_wrap=True) for word in ("Times", "Points", "Hours"))
    heads: Heads = (Column("Ref", no_wrap=True), "Activity", *figures)
    for year, of_year in steps.groupby("Year"):
        when = "To do now" if year == plan.intent.year else "Later"
        points, minutes = (int(of_year[word].sum()) for word in ("Points", "Minutes"))
        title = f"{when}, year {year}: {numbered(points, 'point')}, {cpd_tables.hours_words(minutes)}"
        print_frame(of_year[["Ref", "Activity", "Times", "Points", "Hours"]], title, heads)


def _print_tracker(plan: CyclePlan) -> None:
    """Points by category and year: earned and planned, against the minimum."""
    rows: dict[str, list[str]] = {}
    for cell in tracker(plan):
        figure = f"{cell.earned} + {cell.planned}" if cell.earned + cell.planned else "-"
        figure += "" if cell.at_least is None else f" of {cell.at_least}"
        figure += "" if cell.at_most is None or cell.year is not None else f" (most {cell.at_most})"
        rows.setdefault(cell.title, []).append(figure)
    if rows:
        periods = (*(f"Year {year}" for year in range(1, plan.reading.years + 1)), "Cycle")
        figures = (Column(period, justify="right", no_wrap=True) for period in periods)
        print_table(
            ("Category", *figures),
            ((title, *cells) for title, cells in rows.items()),
            "Points: earned + planned",
        )


def _print_findings(plan: CyclePlan) -> None:
    """The rules measured, those left out that only say how often something counts and that hold."""
    shown = [found for found in plan.findings if found.rule.at_least is not None or not found.holds]
    if shown:
        heads = ("Sentence", Column("Measured", no_wrap=True), Column("Met", no_wrap=True))
        met = {True: Text(YES, "green"), False: Text(NO, "red bold")}
        rows = [(found.rule.text, found.progress, met[found.holds]) for found in shown]
        print_table(heads, rows, "Rules of the scheme")


def _print_readings(plans: Sequence[CyclePlan]) -> None:
    if not plans:
        return
    frame = cpd_tables.costs_table(plans)
    heads = [Column(word, overflow="fold") for word in frame.columns]
    for head in heads:
        if head.header in ("Points", "Hours"):
            head.justify, head.no_wrap = "right", True
    print_frame(frame.astype(object).fillna(""), "What each reading would cost", heads)


def print_scheme(report: SchemeReport) -> None:
    """What the check of a scheme of professional development found."""
    _scheme_heading(default_reading({reading.id: reading for reading in report.readings}))
    print_remarks(report.remarks, f" in {numbered(len(report.readings), 'reading')} of {report.scheme}.")
