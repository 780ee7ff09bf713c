"""Recognition and the job profile as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from planner.catalogue.qualification import in_words
from planner.cli.console import print_frame, print_line, print_list
from planner.errors import Problem
from planner.recognition.job_profile import JobProfile
from planner.recognition.renewals import Appointment
from planner.recognition.schemes import Career, Reach
from planner.report import career_tables


def print_careers(careers: Sequence[Career], problems: Sequence[Problem], today: date | None = None) -> None:
    """Where somebody stands in each scheme, what is next and what is missing for it."""
    for found in careers:
        _print_career(found, today or date.today())
    print_line(career_tables.DISCLAIMER, "dim")
    print_list(problems, "To note:")


def _print_career(found: Career, today: date) -> None:
    scheme = found.recognition
    print_line(career_tables.heading_words(scheme), "bold")
    print_line(career_tables.career_words(found))
    print_frame(career_tables.awards_table(found, today)[["Award", "State", "Who decides"]], "Awards")
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
