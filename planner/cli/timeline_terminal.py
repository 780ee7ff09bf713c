"""Timelines as a terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.catalogue.qualification import Qualification
from planner.cli.console import print_frame, print_line, print_list
from planner.cli.terminal import show_heading, show_problems
from planner.errors import Problem
from planner.files.tables import SheetRead
from planner.report import timeline_tables
from planner.timeline.choices import ChoiceCost
from planner.timeline.months import Month
from planner.timeline.questions import Terms
from planner.timeline.timelines import Timeline


def print_timelines(
    qualification: Qualification,
    found: Sequence[Timeline],
    terms: Terms,
    problems: Sequence[Problem],
    sheets: Sequence[SheetRead],
) -> None:
    """Who is where, which unit is worked on when, and what the calendars rest on."""
    show_heading(qualification)
    columns = ["Learner", "Status", "Finish", "Hours left"]
    print_frame(timeline_tables.learners_table(found)[columns].astype(str), None)
    helped = [f"{each.learner.learner}: {one.words}" for each in found for one in each.helps]
    print_list(helped, "Each of these would be enough:")
    calendar = timeline_tables.calendar_table(found)
    if not calendar.empty:
        print_frame(calendar.astype(str), "Calendar")
    for words in timeline_tables.assumptions(terms):
        print_line(words, "dim")
    show_problems(problems, sheets)


def print_month(month: Month, problems: Sequence[Problem] = (), sheets: Sequence[SheetRead] = ()) -> None:
    """What there is to do in a month, and what of the file it rests on could not be read."""
    print_line(timeline_tables.month_words(month), "bold")
    if month.tasks:
        print_frame(timeline_tables.month_table(month).astype(str), None)
    show_problems(problems, sheets)


def print_choices(
    qualification: Qualification,
    found: Mapping[str, Sequence[ChoiceCost]],
    problems: Sequence[Problem] = (),
    sheets: Sequence[SheetRead] = (),
) -> None:
    """What each choice of units costs each learner, in hours and in weeks; and what could not be read."""
    show_heading(qualification)
    for learner, costs in found.items():
        if costs:
            print_frame(timeline_tables.choices_table(qualification, costs).astype(str), learner)
        else:
            print_line(f"{learner}: no start, or nothing to choose")
    show_problems(problems, sheets)
