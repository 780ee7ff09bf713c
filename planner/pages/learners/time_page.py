"""The page of time: who is behind, who cannot finish and what would help, an assessor's month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.files.text_files import csv_bytes
from planner.pages.learners import intake, learners_here, timelines_panel
from planner.pages.learners.intake import Place, Taken
from planner.pages.shared import page_shell, register_said, visit_memory
from planner.pages.shared.learners import columns, listing
from planner.pages.shared.register_said import Said
from planner.pages.shared.words import plain
from planner.planning.solve import plan as best_plan
from planner.records import cohort_rows, portfolio_files
from planner.records.agreed import Agreed
from planner.records.portfolios import DATES, REGISTRATION
from planner.report import tables
from planner.report.empty_portfolios import portfolio_template
from planner.rules.measure import numbered
from planner.timeline.questions import Learner
from planner.timeline.trackers import people_of

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Actor, Register
    from planner.register.calendars import House

EXAMPLE = "invented-tracker.csv"
EXAMPLE_COLUMNS = (
    *("learner", "name", "ref", "status", "date"),
    *("start", "target", "hours_per_week", "progress", "assessor"),
)

READ = tuple(
    dict.fromkeys(
        (
            *portfolio_files.COLUMNS,
            "name",
            "progress",
            *DATES,
            *REGISTRATION,
            *cohort_rows.OPTIONAL_COLUMNS,
        )
    )
)
"""The columns that a tracker may have."""

COLUMNS = {
    "learner, ref, status": "Who, which unit, how far it is: as your tracker has it",
    "start, target": "First day and planned end. Those who have none can be told here",
    "hours_per_week": "What the learner can give; else as much as you say here",
    "progress": "Percent of the unit that is done",
    "date, assessor": "Since when it is so, and who assesses it",
}


def show() -> None:
    """Draws the page."""
    qualification, taken = intake.begin(PLACE)
    if "credits" not in qualification.figures:
        st.info("This qualification has no credits, so that nobody can tell the hours of a unit.")
    elif taken is None:
        _teach(qualification)
    elif visit_memory.again(timelines_panel.FOUND, "These calendars were", "Make them again"):
        _told(qualification, taken)
    page_shell.small_print(qualification)


def _told(qualification: Qualification, taken: Taken) -> None:
    house = _house(qualification, taken)
    agree = partial(_agree, qualification, taken, house) if house else None
    intake.files(PLACE, qualification, taken, f"{plain(taken.name)} · **change**", agree=agree)

    def people() -> Sequence[Learner]:
        today = date.today()
        if house:
            return list(house.people(today))
        wished, units = taken.wished, taken.visit.agreed
        return list(people_of(qualification, taken.learners, today, wished=wished, agreed=units))

    def agreed(learner: str) -> Agreed | None:
        return (house.agreed(learner) if house else None) or taken.visit.agreed.get(learner)

    problems = (*taken.visit.problems, *(house.problems if house else ()))
    opens = partial(intake.opens, key="time-person")
    if not taken.learners:
        st.markdown("No learner could be read.")
    else:
        timelines_panel.timelines_of(qualification, people, taken.key, opens, agreed, problems)
    if problems:
        label = f"Could not be read, or is doubted: {numbered(len(problems), 'thing')}"
        with st.expander(label, key="time-problems", icon=":material/warning:"):
            listing(tables.problems_table(problems), "What could not be read")
    intake.how_read(PLACE, qualification, taken)


def _house(qualification: Qualification, taken: Taken) -> House | None:
    """What the register keeps of the learners' time; None where more is known of them than it keeps."""
    if taken.unsaved:
        return None
    from planner.register.calendars import House

    return House(qualification, taken.visit.opened)


def _agree(
    qualification: Qualification, taken: Taken, house: House, register: Register, actor: Actor
) -> Said:
    """Keeps the calendars that are shown as those agreed, and goes on with what is then kept."""
    found: timelines_panel.FoundTimelines | None = visit_memory.get(timelines_panel.FOUND)
    if found is None:
        return Said("", "Make the calendars first.")
    saved = house.save(register, actor, found.timelines, register_said.settled())
    now = register.load(
        actor, qualification, registrations=[each.registration for each in taken.visit.opened]
    )
    others = len(found.timelines) - len(saved.learners)
    words = f"Agreed and kept: {numbered(len(saved.learners), 'calendar')}."
    why = "complete, without dates, or cannot finish in time"
    words += f" With {numbered(others, 'learner')} nothing is agreed: {why}." if others else ""
    intake.go_on_with(PLACE.key, qualification, now)
    return Said(words, about=learners_here.held().portfolios)


def _teach(qualification: Qualification) -> None:
    """What the page needs and what it gives, while nobody is here."""
    st.header("Who makes it in time?")
    st.markdown(
        "Read in your tracker. This page then says who is behind, who cannot finish by the planned end and "
        "what would help, and what each assessor has to do in a month."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        intake.first(PLACE, qualification)
    with right:
        st.markdown("The file has **one row for each unit of a learner**, or one row a learner:")
        columns(COLUMNS, "The columns of a tracker")


def _clear() -> None:
    visit_memory.drop([timelines_panel.FOUND])
    visit_memory.forget("time-")


def example(qualification: Qualification) -> bytes:
    """A tracker of six invented learners: on the way, behind, too late, nearly there."""
    refs = best_plan(qualification).units or tuple(qualification.by_ref)
    today = date.today()
    rows: list[Sequence[object]] = [EXAMPLE_COLUMNS]
    # Weeks since the start and until the planned end, hours a week, units achieved, status of the next one.
    for number, (name, since, until, hours, done, state) in enumerate(
        (
            ("Ada", 20, 32, 8, 3, "in progress"),
            ("Ben", 50, 20, 16, 1, "in progress"),
            ("Cara", 40, 26, 6, 2, "submitted"),
            ("Dev", 8, 44, 7, 1, "submitted"),
            ("Eve", 26, 16, 5, 0, "in progress"),
            ("Finn", 44, 8, 8, len(refs) - 1, "assessed"),
        ),
        start=1,
    ):
        start, target = today - timedelta(weeks=since), today + timedelta(weeks=until)
        for place, ref in enumerate(refs[: done + 1]):
            status = "verified" if place < done else state
            day = start + timedelta(weeks=(since * (place + 1)) // (done + 2))
            progress = "40%" if status == "in progress" else ""
            who = "Ann Example" if number % 2 else "Bo Example"
            learner = (f"L{number:02}", f"{name} Example")
            rows.append((*learner, ref, status, day, start, target, hours, progress, who))
    return csv_bytes(rows)


PLACE = Place(
    "time",
    "Who is behind",
    "A tracker (CSV or Excel)",
    portfolio_template,
    "portfolio.xlsx",
    example,
    EXAMPLE,
    "Try it with invented learners",
    READ,
    _clear,
)
"""How learners come in by this page."""
