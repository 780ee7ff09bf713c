"""Timelines as tables, as a workbook and as what a calendar holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import pandas as pd

from planner.catalogue.qualification import Qualification, in_words
from planner.errors import Problem
from planner.files.dates import date_text
from planner.recognition.renewals import on_one_line, uid_of
from planner.records.agreed import CALENDAR
from planner.report.cohort_book import rejected_sheet
from planner.report.workbook_kit import Book
from planner.rules.measure import numbered
from planner.rules.rule import told
from planner.timeline.choices import ChoiceCost
from planner.timeline.line import cohort_line
from planner.timeline.months import ORDER, Month, MonthTask, What
from planner.timeline.questions import HOURS_A_CREDIT, Terms
from planner.timeline.timelines import Timeline

MONTH = "Month"
"""The sheet of an assessor's month."""


SINCE: Mapping[What, str] = MappingProxyType(
    {
        "waiting for assessment": "since",
        "waiting for IQA": "since",
        "due": "by",
        "worked on": "until",
    }
)
"""How the day of a task is said."""


def assumptions(terms: Terms) -> tuple[str, ...]:
    """What the calendars rest on, beside what was handed in."""
    return (
        f"A credit stands for {HOURS_A_CREDIT} hours of learning, less the progress that the file says.",
        f"A unit takes at least {numbered(terms.least_weeks, 'week')}: consistent performance takes time.",
        f"At most {numbered(terms.open_units, 'unit')} open at a time.",
        "A week that a break touches has no hours.",
        f"A unit that slips has its last {numbered(terms.slip, 'week')} still to do.",
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


def person_words(found: Timeline) -> str:
    """One person's calendar in two sentences: how it stands, and until when a slip does no harm."""
    words = timeline_words(found).capitalize() if not found.learner.doubt else timeline_words(found)
    said = [f"{words}."]
    if found.units and found.terms.target and found.status != "cannot finish":
        peak = max(sum(hours for hours in week) for week in _by_week(found).values())
        said.append(
            f"{numbered(found.hours_left, 'hour')} to go, {peak} a week at most, finished on "
            f"{in_words(found.finish)}; planned end {in_words(found.terms.target)}."
        )
        until = found.robust_until
        said.append(
            "No unit may slip."
            if until is None
            else f"Until {in_words(until)} any one unit may slip, or one visit be missed."
        )
    elif found.finish is not None:
        said.append(f"The earliest finish is {in_words(found.finish)}.")
    return " ".join(said)


def _by_week(found: Timeline) -> dict[date, list[int]]:
    weeks: dict[date, list[int]] = {}
    for unit in found.units:
        for day, hours in unit.by_week:
            weeks.setdefault(day, []).append(hours)
    return weeks


def behind_table(found: Sequence[Timeline]) -> pd.DataFrame:
    """Who is behind: by how many weeks and credits, until when, and what calls for attention."""
    rows = [
        (
            each.learner.learner,
            numbered(each.progress.weeks_behind, "week"),
            f"{told(each.progress.achieved + each.progress.awaiting)} of {each.progress.expected}",
            date_text(each.terms.target),
            "; ".join(
                [*(["cannot finish in time"] if each.status == "cannot finish" else []), *_flags(each)]
            ),
        )
        for each in found
        if each.progress is not None
    ]
    return pd.DataFrame(rows, columns=["Learner", "Behind by", "Credits", "Planned end", "Attention"])


def learners_table(found: Sequence[Timeline]) -> pd.DataFrame:
    """One row a learner: status, dates, hours, and what would help."""
    rows = [
        {
            "Learner": each.learner.learner,
            "Status": timeline_words(each),
            "Target": date_text(each.terms.target),
            "Finish": date_text(each.finish),
            "Earliest finish": date_text(each.earliest_finish),
            "Hours left": each.hours_left,
            "Least hours a week": "" if each.least_hours_per_week is None else each.least_hours_per_week,
            "One slip until": date_text(each.robust_until),
            "Attention": "; ".join(_flags(each)),
            "What would help": "; ".join(one.words for one in each.helps),
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
            each.learner.plan.qualification.names[unit.ref],
            unit.start.isoformat(),
            unit.finish.isoformat(),
            unit.hours,
        )
        for each in found
        for unit in each.units
    ]
    return pd.DataFrame(rows, columns=["Learner", "Ref", "Title", "Start", "Finish", "Hours"])


def calendar_page_table(found: Timeline) -> pd.DataFrame:
    """One learner's units in the order of weeks, as a narrow table."""
    named = found.learner.plan.qualification.named
    rows = [(named(unit.ref), f"{unit.start} to {unit.finish}", unit.hours) for unit in found.units]
    return pd.DataFrame(rows, columns=["Unit", "When", "Hours"])


def month_words(month: Month) -> str:
    """What a month holds, in one sentence."""
    who = f"{month.assessor}, " if month.assessor else ""
    numbers = [f"{month.number(what)} {what}" for what in ORDER if month.number(what)]
    hours = numbered(month.hours, "hour")
    return f"{who}{month.first:%B %Y}: {', '.join(numbers) or 'nothing'}; {hours} of learning."


def month_table(month: Month) -> pd.DataFrame:
    """One row a learner and unit, what somebody waits for first."""
    rows = [
        (task.what, date_text(task.day), task.learner, task.title, task.ref, task.assessor, task.hours)
        for task in month.tasks
    ]
    frame = pd.DataFrame(rows, columns=["What", "Day", "Learner", "Title", "Ref", "Assessor", "Hours"])
    return frame.drop(columns="Assessor") if month.assessor else frame


def month_page_table(tasks: Sequence[MonthTask]) -> pd.DataFrame:
    """Tasks of a month as a narrow table: what and when, whose, which unit."""
    rows = [
        (
            f"{task.what}{'' if task.day is None else f' {SINCE[task.what]} {in_words(task.day)}'}",
            task.learner,
            f"{task.title} ({task.ref})",
            task.hours or "",
        )
        for task in tasks
    ]
    return pd.DataFrame(rows, columns=["What", "Learner", "Title", "Hours"])


def line_table(found: Sequence[Timeline]) -> pd.DataFrame:
    """The cohort's credits week by week, expected and reached."""
    rows = [(point.day.isoformat(), point.expected, point.reached) for point in cohort_line(found)]
    return pd.DataFrame(rows, columns=["Day", "Expected credits", "Reached credits"]).astype(object)


def choices_table(qualification: Qualification, found: Sequence[ChoiceCost]) -> pd.DataFrame:
    """What each choice costs beside the plan, in hours and in weeks."""
    rows = [
        (
            "with" if each.counts else "without",
            qualification.names[each.ref],
            each.ref,
            each.price,
            each.weeks,
            date_text(each.finish),
        )
        for each in found
    ]
    return pd.DataFrame(rows, columns=["Choice", "Title", "Ref", "Hours more", "Weeks more", "Finish"])


def timeline_workbook(
    qualification: Qualification,
    found: Sequence[Timeline],
    terms: Terms,
    problems: Sequence[Problem] = (),
    month: Month | None = None,
) -> bytes:
    """The timelines as the bytes of an .xlsx file; its sheet Calendar can be handed in as the one agreed.

    With a month it opens on that month's page.
    """
    book = Book(f"Timelines, {qualification.title}", qualification, terms.today)
    widths = {"Learner": 16.0, "Status": 44.0, "Target": 12.0, "Finish": 12.0, "Earliest finish": 12.0}
    widths |= {"Hours left": 9.0, "Least hours a week": 10.0, "One slip until": 12.0, "Attention": 30.0}
    widths["What would help"] = 70.0
    hint = " ".join(assumptions(terms))
    title = f"Timelines on {in_words(terms.today)}"
    book.listing(book.sheet("Learners"), hint, learners_table(found), widths, title=title)
    widths = {"Learner": 16.0, "Ref": 13.0, "Title": 58.0, "Start": 12.0, "Finish": 12.0, "Hours": 9.0}
    book.listing(book.sheet(CALENDAR), "Which unit from when to when.", calendar_table(found), widths)
    hint = "Credits of all learners: what was to be done by each day, and what is submitted or achieved."
    widths = {"Day": 12.0, "Expected credits": 11.0, "Reached credits": 11.0}
    book.listing(book.sheet("Line"), hint, line_table(found), widths, none="Nobody has a calendar.")
    if month is not None:
        widths = {"What": 22.0, "Day": 12.0, "Learner": 18.0, "Title": 58.0, "Ref": 13.0}
        widths |= {} if month.assessor else {"Assessor": 18.0}
        frame, words = month_table(month), month_words(month)
        book.listing(book.sheet(MONTH), words, frame, {**widths, "Hours": 9.0}, none="Nothing.")
    rejected_sheet(book, book.sheet("Rejected rows"), problems)
    book.about(book.sheet("About"), [("Learners", len(found))])
    return book.content(MONTH if month is not None else "")


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


def due_units(found: Sequence[Timeline], month: Month | None) -> list[DueUnit]:
    """What the calendars hold, in the order of days; of a month what is due in it."""
    tasks = () if month is None else month.tasks
    asked = {(task.learner, task.ref) for task in tasks if task.what == "due"}
    due = [
        DueUnit(unit.finish, each.learner.learner, unit.ref, names[unit.ref], unit.start)
        for each in found
        for names in [each.learner.plan.qualification.names]
        for unit in each.units
        if month is None or (each.learner.learner, unit.ref) in asked
    ]
    return sorted(due, key=lambda unit: (unit.day, unit.learner, unit.ref))


def _flags(found: Timeline) -> list[str]:
    return [flag.text for flag in found.flags]
