"""Timelines as tables, as a workbook and as what a calendar holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from planner.catalogue.qualification import Qualification, in_words
from planner.errors import Problem
from planner.recognition.renewals import on_one_line, uid_of
from planner.report.cohort_book import rejected_sheet
from planner.report.workbook_kit import Book
from planner.rules.measure import numbered
from planner.timeline.timelines import HOURS_A_CREDIT, Terms, Timeline

CALENDAR = "Calendar"
"""The sheet that is read back as the calendar agreed."""


def assumptions(terms: Terms) -> tuple[str, ...]:
    """What the calendars rest on, beside what was handed in."""
    return (
        f"A credit stands for {HOURS_A_CREDIT} hours of learning, less the progress that the file says.",
        f"A unit takes at least {numbered(terms.least_weeks, 'week')}: consistent performance takes time.",
        f"At most {numbered(terms.open_units, 'unit')} open at a time.",
        "A week that a break touches has no hours.",
    )


def timeline_words(found: Timeline) -> str:
    """One learner's status in a sentence."""
    if found.learner.doubt:
        return f"not judged: {found.learner.doubt}"
    if found.status == "cannot finish":
        return "cannot finish: " + "; ".join(words for _, words in found.conflict)
    if found.status == "behind" and found.progress is not None:
        short = found.progress.expected - found.progress.achieved - found.progress.awaiting
        return f"behind: {numbered(short, 'credit')}, {numbered(found.progress.weeks_behind, 'week')}"
    return found.status


def learners_table(found: Sequence[Timeline]) -> pd.DataFrame:
    """One row a learner: status, dates, hours, and what would help."""
    rows = [
        {
            "Learner": each.learner.learner,
            "Status": timeline_words(each),
            "Target": _day(each.terms.target),
            "Finish": _day(each.finish),
            "Earliest finish": _day(each.earliest_finish),
            "Hours left": each.hours_left,
            "Least hours a week": "" if each.least_hours_per_week is None else each.least_hours_per_week,
            "What would help": "; ".join(words for _, words in each.helps),
        }
        for each in found
    ]
    return pd.DataFrame(rows)


def calendar_table(found: Sequence[Timeline]) -> pd.DataFrame:
    """One row a learner and unit, in the order of weeks."""
    rows = [
        (
            each.learner.learner,
            unit.ref,
            each.learner.plan.qualification.by_ref[unit.ref].title,
            unit.start.isoformat(),
            unit.finish.isoformat(),
            sum(unit.by_week),
        )
        for each in found
        for unit in each.units
    ]
    return pd.DataFrame(rows, columns=["Learner", "Ref", "Title", "Start", "Finish", "Hours"])


def timeline_workbook(
    qualification: Qualification,
    found: Sequence[Timeline],
    terms: Terms,
    problems: Sequence[Problem] = (),
) -> bytes:
    """The timelines as the bytes of an .xlsx file; its sheet Calendar can be handed in as the one agreed."""
    book = Book(f"Timelines, {qualification.title}", qualification, terms.today)
    widths = {"Learner": 16.0, "Status": 44.0, "Target": 12.0, "Finish": 12.0, "Earliest finish": 12.0}
    widths |= {"Hours left": 9.0, "Least hours a week": 10.0, "What would help": 70.0}
    hint = " ".join(assumptions(terms))
    title = f"Timelines on {in_words(terms.today)}"
    book.listing(book.sheet("Learners"), hint, learners_table(found), widths, title=title)
    widths = {"Learner": 16.0, "Ref": 13.0, "Title": 58.0, "Start": 12.0, "Finish": 12.0, "Hours": 9.0}
    book.listing(book.sheet(CALENDAR), "Which unit from when to when.", calendar_table(found), widths)
    rejected_sheet(book, book.sheet("Rejected rows"), problems)
    book.about(book.sheet("About"), [("Learners", len(found))])
    return book.content()


@dataclass(frozen=True, slots=True)
class DueUnit:
    """What a calendar holds of a unit: the day by which it is to be finished."""

    day: date
    learner: str
    ref: str
    name: str
    begins: date

    @property
    def title(self) -> str:
        """What is due, and of whom."""
        return f"{self.learner}: {self.ref} to be finished"

    @property
    def description(self) -> str:
        """The unit, and from when on it is worked on."""
        return on_one_line(f"{self.name} ({self.ref}), from {in_words(self.begins)} on.")

    @property
    def uid(self) -> str:
        """The same for the same learner and unit: a later calendar moves what an earlier one held."""
        return uid_of("timeline", self.learner, self.ref)


def due_units(found: Sequence[Timeline]) -> list[DueUnit]:
    """What the calendars hold, in the order of days."""
    due = [
        DueUnit(unit.finish, each.learner.learner, unit.ref, by_ref[unit.ref].title, unit.start)
        for each in found
        for by_ref in [each.learner.plan.qualification.by_ref]
        for unit in each.units
    ]
    return sorted(due, key=lambda unit: (unit.day, unit.learner, unit.ref))


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
