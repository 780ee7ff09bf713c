"""Learners in time: who is behind, who cannot finish, what would help, an assessor's month, one timeline."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

import streamlit as st

from planner.catalogue.qualification import Qualification, in_words
from planner.errors import Problem
from planner.pages.shared import charts, page_shell, person_time, visit_memory
from planner.pages.shared.learners import listing
from planner.pages.shared.words import bullets, plain
from planner.recognition.renewals import calendar_file
from planner.records.agreed import Agreed
from planner.records.registrations import HOURS
from planner.report import timeline_tables
from planner.report.timeline_tables import due_units, month_words, timeline_workbook
from planner.rules.measure import numbered
from planner.timeline.line import cohort_line
from planner.timeline.months import Month, assessors_of, month_of
from planner.timeline.questions import Learner, Terms
from planner.timeline.timelines import Timeline, timeline

FOUND = "time-found"
"""The name on the visit's shelf of the timelines."""

FEW = 5
"""Learners who cannot finish that are told of unfolded."""

MONTHS = 12
"""Months to choose from, from this one on."""

EVERYBODY = "All assessors"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FoundTimelines:
    """The timelines of these learners under these terms."""

    key: str
    qualification: Qualification
    terms: Terms
    timelines: tuple[Timeline, ...]
    problems: tuple[Problem, ...] = ()

    def of(self, *statuses: str) -> list[Timeline]:
        """Those with one of these statuses."""
        return [each for each in self.timelines if each.status in statuses]


def timelines_of(
    qualification: Qualification,
    people: Callable[[], Sequence[Learner]],
    key: str,
    opens: Callable[[str], None],
    agreed: Callable[[str], Agreed | None] = lambda _: None,
    problems: Sequence[Problem] = (),
) -> None:
    """Draws all about the time of some learners, with the assumptions to change beside the answer.

    `people` are asked for only where `key`, which stands for them, or an assumption is new; `opens` draws the
    way to a learner's own page, `agreed` gives the calendar agreed with one, `problems` are what could not be
    read of them.
    """
    terms = _terms()
    found = _found(qualification, people, key, terms, agreed, problems)
    _answer(found)
    _assumptions(found)
    _cannot_finish(found)
    _behind(found)
    _month(found)
    _one(found, opens)
    _line(found)


# Assumptions

DEFAULT = Terms(date.min)
"""What is assumed while nobody says anything else."""

CHOSEN = "time-terms"
"""Where the session has the assumptions that somebody chose."""


def _terms() -> Terms:
    chosen: Terms = st.session_state.get(CHOSEN, DEFAULT)
    return replace(chosen, today=date.today())


def _assumptions(found: FoundTimelines) -> None:
    """What the answer rests on, in a sentence that unfolds to change it."""
    terms, undated = found.terms, len(found.of("no dates"))
    visits = "week" if terms.visit_every == 1 else f"{terms.visit_every} weeks"
    label = (
        f"Assumed: {numbered(terms.open_units, 'unit')} open at a time, at least "
        f"{numbered(terms.least_weeks, 'week')} a unit, a visit every {visits}"
    )
    if undated:
        st.info(
            f"{numbered(undated, 'learner')} cannot be told: no start or planned end. Say below what holds "
            "where the file says nothing."
        )
    icon = ":material/tune:"
    with st.expander(f"{label} · **change**", key="time-assumed", icon=icon, expanded=bool(undated)):
        st.markdown(bullets(timeline_tables.assumptions(terms)))
        with st.form("time-form", border=False):
            with st.container(horizontal=True):
                st.number_input("Units open at a time", 1, 20, terms.open_units, key="time-open", width=200)
                st.number_input(
                    "Weeks of a unit, at least", 1, 52, terms.least_weeks, key="time-weeks", width=200
                )
                st.number_input(
                    "A visit every … weeks", 1, 52, terms.visit_every, key="time-visits", width=200
                )
                st.number_input(
                    "Hours a week, if not in the file",
                    HOURS[0],
                    HOURS[1],
                    terms.hours_per_week,
                    key="time-hours",
                    width=200,
                )
            with st.container(horizontal=True):
                for name, words, day in (
                    ("start", "Start, if not in the file", terms.start),
                    ("target", "Planned end, if not in the file", terms.target),
                ):
                    limits = page_shell.days_with(day)
                    st.date_input(words, day, *limits, format="DD/MM/YYYY", key=f"time-{name}", width=200)
                st.date_input(
                    "A break for everybody",
                    list(terms.breaks[0]) if terms.breaks else [],
                    *page_shell.days_with(*terms.breaks[0] if terms.breaks else ()),
                    format="DD/MM/YYYY",
                    key="time-break",
                    width=240,
                    help="Its first and its last day; a week that it touches has no hours.",
                )
            st.form_submit_button("Work it out with these", on_click=_changed)


def _changed() -> None:
    said = st.session_state
    pause = said["time-break"]
    said[CHOSEN] = Terms(
        date.min,
        said["time-start"],
        said["time-target"],
        said["time-hours"],
        (tuple(pause),) if isinstance(pause, tuple) and len(pause) == 2 else (),
        said["time-open"],
        said["time-weeks"],
        said["time-visits"],
    )


def _found(
    qualification: Qualification,
    people: Callable[[], Sequence[Learner]],
    key: str,
    terms: Terms,
    agreed: Callable[[str], Agreed | None],
    problems: Sequence[Problem],
) -> FoundTimelines:
    asked = hashlib.sha256(repr((key, terms, qualification.digest)).encode()).hexdigest()
    known: FoundTimelines | None = visit_memory.get(FOUND)
    if known is not None and known.key == asked:
        return known
    # What somebody says here fills what the file leaves open.
    common = replace(terms, start=None, target=None, hours_per_week=None)
    answers = []
    place = st.empty()
    for number, each in enumerate(listed := people(), start=1):
        details = replace(
            each.details,
            start=each.details.start or terms.start,
            target=each.details.target or terms.target,
            hours_per_week=each.details.hours_per_week or terms.hours_per_week,
        )
        answers.append(timeline(replace(each, details=details), common, agreed(each.learner)))
        if number % 20 == 0:
            place.progress(number / len(listed), text=f"{number} of {len(listed)} calendars made")
    place.empty()
    found = FoundTimelines(asked, qualification, terms, tuple(answers), tuple(problems))
    visit_memory.put(FOUND, found, visit_memory.Worth.ANSWER)
    return found


# The answer


def _answer(found: FoundTimelines) -> None:
    behind, cannot = found.of("behind"), found.of("cannot finish")
    number = len(found.timelines)
    st.header("The answer")
    words = [f"**{len(cannot)} cannot finish in time**"]
    words += [f"**{len(behind)} {'is' if len(behind) == 1 else 'are'} behind** and can"]
    words += [
        f"{len(group)} {said}"
        for group, said in (
            (found.of("on track"), "on track"),
            (found.of("complete"), "complete"),
            (found.of("undecided"), "undecided"),
            (found.of("no dates"), "without dates"),
        )
        if group
    ]
    st.markdown(f"Of {numbered(number, 'learner')} {', '.join(words)}.")


def _cannot_finish(found: FoundTimelines) -> None:
    cannot = found.of("cannot finish")
    if not cannot:
        return
    st.subheader("Who cannot finish, and what would help")
    st.markdown("This is proven: with what is given no calendar meets the planned end. Each help is enough.")
    for each in cannot[:FEW]:
        _stuck(each)
    if len(cannot) > FEW:
        with st.expander(f"And {len(cannot) - FEW} more", key="time-stuck"):
            for each in cannot[FEW:]:
                _stuck(each)


def _stuck(found: Timeline) -> None:
    reasons = "; ".join(words for _, words in found.conflict) or "it could not be told why in time"
    st.markdown(f"**{plain(found.learner.learner)}:** {plain(reasons)}")
    if found.helps:
        st.markdown(bullets(each.words for each in found.helps))


def _behind(found: FoundTimelines) -> None:
    behind = [each for each in found.timelines if each.progress is not None and each.progress.behind]
    if not behind:
        return
    st.subheader("Who is behind")
    behind.sort(key=lambda each: -(each.progress.weeks_behind if each.progress else 0))
    table = timeline_tables.behind_table(behind)
    table["Planned end"] = [in_words(each.terms.target) for each in behind]
    listing(table, "Who is behind, by how much, and what calls for attention", below="Attention")
    page_shell.note("What waits for an assessor is not the learner's delay. A break stops the clock.")


# An assessor's month


def _month(found: FoundTimelines) -> None:
    st.subheader("What one assessor does in a month")
    names = [EVERYBODY, *assessors_of(each.learner for each in found.timelines)]
    days = [_later(found.terms.today, number) for number in range(MONTHS)]
    if st.session_state.get("time-assessor") not in names:
        st.session_state["time-assessor"] = names[0]
    with st.container(horizontal=True):
        who = st.selectbox("Assessor", names, key="time-assessor", width=260)
        day = st.selectbox("Month", days, format_func=lambda d: f"{d:%B %Y}", key="time-month", width=200)
    month = month_of(found.timelines, day, "" if who == EVERYBODY else who)
    st.markdown(f"**{plain(month_words(month))}**")
    first = [task for task in month.tasks if task.what != "worked on"]
    rest = [task for task in month.tasks if task.what == "worked on"]
    if first:
        listing(timeline_tables.month_page_table(first), "What is due or waits in this month")
    if rest:
        with st.expander(f"Worked on besides: {numbered(len(rest), 'unit')}", key="time-worked"):
            listing(timeline_tables.month_page_table(rest), "What is worked on besides in this month")
    with st.container(horizontal=True):
        book = visit_memory.loosely(found, partial(_book, month=month))
        page_shell.download("Download to print (Excel)", book, f"month-{day:%Y-%m}.xlsx", "time-book")
        if due := due_units(found.timelines, month):
            page_shell.download(
                "Download as a calendar file",
                lambda: calendar_file(due, datetime.now(UTC), 0),
                f"month-{day:%Y-%m}.ics",
                "time-calendar",
            )


def _book(found: FoundTimelines, month: Month) -> bytes:
    return timeline_workbook(found.qualification, found.timelines, found.terms, found.problems, month)


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


# One learner


def _one(found: FoundTimelines, opens: Callable[[str], None]) -> None:
    st.subheader("One person's time")
    names = [each.learner.learner for each in found.timelines]
    if st.session_state.get("time-learner") not in names:
        st.session_state["time-learner"] = names[0]
    name = st.selectbox("Learner", names, key="time-learner", width=320)
    one = found.timelines[names.index(name)]
    st.markdown(plain(timeline_tables.person_words(one)))
    opens(name)
    person_time.calendar(one)


def _line(found: FoundTimelines) -> None:
    points = cohort_line(found.timelines)
    if not points:
        return
    now = next(point for point in points if point.day == found.terms.today)
    st.subheader("All together")
    st.markdown(
        f"By {in_words(now.day)} {numbered(now.expected, 'credit')} were expected of all learners together, "
        f"and {now.reached} are submitted or achieved."
    )
    with st.expander("Week by week", key="time-line"):
        charts.two_lines(
            [(point.day, point.expected, point.reached) for point in points],
            ("expected", "submitted or achieved"),
            "Credits of all learners, expected and reached",
        )
