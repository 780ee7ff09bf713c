"""Careers, the job and cycles of professional development as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.table import Column
from rich.text import Text

from planner.catalogue.qualification import in_words
from planner.cli.console import Heads, print_frame, print_line, print_list, print_remarks, print_table
from planner.cli.terminal import show_problems
from planner.cpd.contradictions import SchemeReport
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import Recent
from planner.cpd.scheme import Reading, default_reading
from planner.errors import Problem
from planner.files.tables import SheetRead
from planner.recognition.job_profile import JobProfile
from planner.recognition.renewals import Appointment
from planner.recognition.schemes import Career, Reach
from planner.report import career_tables, cpd_tables
from planner.report.tables import NO, YES, how_read_words
from planner.rules.measure import numbered


def print_cycle(
    plan: CyclePlan,
    readings: Sequence[CyclePlan] = (),
    recent: Recent | None = None,
    problems: Sequence[Problem] = (),
    sheets: Sequence[SheetRead] = (),
) -> None:
    """A plan of a cycle: the answer, what to do now, year by year, points against minima, other readings.

    In the end what of the log could not be read, and how it was where nobody would expect it.
    """
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
    if words := cpd_tables.spread_words(plan):
        print_line(words)
    _print_tracker(plan)
    for words in cpd_tables.surplus_words(plan):
        print_line(f"{words}.", "yellow")
    _print_findings(plan)
    _print_readings(readings)
    print_line(cpd_tables.caveat_words(plan.reading))
    for note in plan.reading.notes:
        print_line(f"- {note}", "dim")
    show_problems(problems, sheets)


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
        title = f"{when}, year {year}: {numbered(points, 'point')}, {cpd_tables.time_words(minutes)}"
        print_frame(of_year[["Ref", "Activity", "Times", "Points", "Hours"]], title, heads)


def _print_tracker(plan: CyclePlan) -> None:
    """Points by category and year: earned and planned, against the minimum."""
    table = cpd_tables.tracker_table(plan)
    if not table.empty:
        heads = (Column(word, justify="right", no_wrap=True) for word in table.columns[1:])
        print_frame(table, "Points: earned + planned", ("Category", *heads))


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


# Careers


def print_careers(
    careers: Sequence[Career],
    problems: Sequence[Problem],
    today: date | None = None,
    sheets: Sequence[SheetRead] = (),
) -> None:
    """Where somebody stands in each scheme, what is next and what is missing for it; how files were read."""
    for found in careers:
        _print_career(found, today or date.today())
    print_line(career_tables.DISCLAIMER, "dim")
    print_list(problems, "To note:")
    for words in how_read_words(sheets):
        print_line(words, "dim")


def _print_career(found: Career, today: date) -> None:
    scheme = found.recognition
    print_line(career_tables.heading_words(scheme), "bold")
    print_line(career_tables.career_words(found))
    print_frame(career_tables.awards_table(found), "Awards")
    for reach in found.reaches:
        if reach.lacking is None or reach is found.next:
            _print_missing(found, reach, today)
    for note in scheme.notes:
        print_line(f"Note: {note}", "dim")
    print_line(career_tables.source_words(scheme), "dim")
    print_line()


def _print_missing(found: Career, reach: Reach, today: date) -> None:
    print_line(f"{reach.award.title}: {career_tables.state_words(reach)}", "bold")
    print_list(career_tables.missing_words(reach, found.recognition.id))
    if when := career_tables.earliest_words(reach, today):
        print_line(f"{when}.")


def print_appointments(found: Sequence[Appointment]) -> None:
    """What falls due, in order of days."""
    frame = career_tables.appointments_table(found)
    frame["Day"] = [in_words(day) for day in frame["Day"]]
    print_frame(frame, "What falls due")


def print_profile(profile: JobProfile | None) -> None:
    """The job profile with its attribution."""
    if profile is None:
        print_line("No job profile is on file.", "bold")
        return
    region = f", {profile.region}" if profile.region else ""
    print_frame(career_tables.profile_table(profile), f"{profile.title}{region}")
