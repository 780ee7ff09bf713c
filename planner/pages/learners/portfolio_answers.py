"""What is found out about the portfolios of a visit, each thing once: verdicts, how late, a calendar."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.files.people import identity
from planner.pages.learners.portfolio_visit import Offer, Visit
from planner.pages.shared import person_time, visit_memory
from planner.portfolio.verdict import Judgement, judge
from planner.records.agreed import Agreed
from planner.records.portfolios import Portfolio
from planner.records.wishes import Wishes
from planner.timeline.progress import Progress
from planner.timeline.questions import Learner, Terms
from planner.timeline.timelines import progress_of, timeline

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Kept

JUDGED, LATE = "audit-judged", "audit-late"
"""The names on the visit's shelf of the verdicts, and of how far behind the learners are."""

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def judgements_of(qualification: Qualification, visit: Visit, offered: Offer) -> list[Judgement]:
    """The judgement of each portfolio beside what its learner asks for; what is known is not judged again."""
    today = date.today()
    keys = [
        (portfolio, visit.asks(number), visit.goals(number), offered, today, qualification.digest)
        for number, portfolio in enumerate(visit.portfolios)
    ]

    def judged(key: tuple[Portfolio, Wishes | None, tuple[str, ...], Offer, date, str]) -> Judgement:
        portfolio, asked, goals, *_ = key
        return judge(
            qualification, portfolio, tasks=asked.tasks if asked else (), offer=offered, today=today,
            wished=asked, goals=goals,
        )  # fmt: skip

    with st.spinner(f"Judging {len(keys)} learners"):
        return _remembered(JUDGED, keys, judged)


def late_by(judgements: Sequence[Judgement], opened: Sequence[Kept] = ()) -> list[Progress | None]:
    """How far behind each learner is whose dates are known; `opened` is what the register keeps of them."""
    terms, keys, known = Terms(date.today()), [], {}
    for each in judgements:
        agreed = _agreed(each, opened)
        days = tuple(sorted(agreed.items())) if agreed else ()
        keys.append((each.portfolio, each.now.home.units, terms.today, days))
        known[keys[-1]] = (Learner.judged(each), terms, agreed)
    return _remembered(LATE, keys, lambda key: progress_of(*known[key]))


def _agreed(judgement: Judgement, opened: Sequence[Kept]) -> Agreed | None:
    """The calendar agreed with a learner, where the register keeps one."""
    of = identity(judgement.portfolio.learner)
    return next((each.calendar for each in opened if identity(each.learner) == of), None) or None


def _remembered(name: str, keys: Sequence[K], found: Callable[[K], T]) -> list[T]:
    """What is found of each key; what is known of one in this visit is not found out again."""
    known: dict[K, T] = visit_memory.get(name) or {}
    now = {key: known[key] if key in known else found(key) for key in keys}
    if now != visit_memory.get(name):
        visit_memory.put(name, now, visit_memory.Worth.ANSWER)
    return [now[key] for key in keys]


def person_calendar(judgement: Judgement, opened: Sequence[Kept] = ()) -> None:
    """When the rest is worked on, where somebody asks; its limits are those of *Who is behind* at first."""
    if "credits" not in judgement.qualification.figures:
        return
    folded = st.expander("When: this learner's calendar", key="audit-time", on_change="rerun")
    if not folded.open:
        return
    with folded:
        found = timeline(Learner.judged(judgement), Terms(date.today()), _agreed(judgement, opened))
        if found.status == "no dates":
            st.markdown("No start or planned end is known; a file says them in the columns start and target.")
            return
        person_time.told(found)
        person_time.calendar(found)
