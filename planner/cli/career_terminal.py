"""Recognition and the job profile as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner.catalogue.qualification import in_words
from planner.errors import Problem
from planner.recognition.job_profile import JobProfile
from planner.recognition.renewals import Appointment
from planner.recognition.schemes import Career, Reach
from planner.report import career_tables


def print_careers(careers: Sequence[Career], problems: Sequence[Problem], today: date | None = None) -> None:
    """Where somebody stands in each scheme, what is next and what is missing for it."""
    console = _console()
    for found in careers:
        _print_career(console, found, today or date.today())
    console.print(Text(career_tables.DISCLAIMER, style="dim"))
    if problems:
        console.print(Text("To note:", style="bold"))
    for problem in problems:
        console.print(Text(f"- {problem}"))


def _print_career(console: Console, found: Career, today: date) -> None:
    scheme = found.recognition
    console.print(Text(career_tables.heading_words(scheme), style="bold"))
    console.print(Text(career_tables.career_words(found)))
    frame = career_tables.awards_table(found, today)[["Award", "State", "Who decides"]]
    console.print(_table(frame, "Awards"))
    for reach in found.reaches:
        if reach.lacking is None or reach is found.next:
            _print_missing(console, found, reach, today)
    for note in scheme.notes:
        console.print(Text(f"Note: {note}", style="dim"))
    console.print(Text(career_tables.source_words(scheme), style="dim"))
    console.print()


def _print_missing(console: Console, found: Career, reach: Reach, today: date) -> None:
    console.print(Text(f"{reach.award.title}: {career_tables.state_words(reach)}", style="bold"))
    for line in career_tables.missing_words(reach, found.recognition.id):
        console.print(Text(f"- {line}"))
    when = career_tables.earliest_words(reach, today)
    if when:
        console.print(Text(f"{when}."))


def print_appointments(found: Sequence[Appointment]) -> None:
    """What falls due, in order of days."""
    frame = career_tables.appointments_table(found)
    frame["Day"] = [in_words(day) for day in frame["Day"]]
    _console().print(_table(frame, "What falls due"))


def print_profile(profile: JobProfile | None) -> None:
    """The job profile with its attribution."""
    console = _console()
    if profile is None:
        console.print(Text("No job profile is on file.", style="bold"))
        return
    region = f", {profile.region}" if profile.region else ""
    console.print(_table(career_tables.profile_table(profile), f"{profile.title}{region}"))


def _console() -> Console:
    return Console(highlight=False)


def _table(frame: pd.DataFrame, title: str) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left")
    for column in frame.columns:
        table.add_column(Text(column))
    for row in frame.itertuples(index=False, name=None):
        table.add_row(*(Text(str(value)) for value in row))
    return table
