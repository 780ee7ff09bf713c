"""The page of time: a tracker in, who is behind, who cannot finish and what would help, an assessor's month.

Everything lives in this visit's session: nothing about a learner goes into the address or onto a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.errors import DataError
from planner.files.text_files import csv_bytes
from planner.pages.learners import timelines_panel
from planner.pages.shared import faults, file_reading, page_shell, visit_memory
from planner.pages.shared.file_reading import Source
from planner.pages.shared.learners import listing
from planner.pages.shared.words import plain
from planner.planning.solve import plan as best_plan
from planner.records import cohort_rows, portfolio_files
from planner.records.cohort_rows import CohortFile
from planner.records.portfolio_files import PortfolioFile
from planner.records.portfolios import DATES, REGISTRATION
from planner.report import tables
from planner.report.empty_portfolios import portfolio_template
from planner.rules.measure import numbered
from planner.timeline.questions import Learner
from planner.timeline.trackers import people_of, read_tracker

FILE = "time-file"
"""The name on the visit's shelf of what was read in."""

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

KEEPS_NOTHING = "This page keeps nothing: what you read in is gone with this browser tab."


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Tracker:
    """What was handed in, as it was read, and the qualification whose rules it is read under."""

    source: Source
    read: PortfolioFile | CohortFile
    under: str

    @property
    def key(self) -> str:
        """Stands for the file and all that was said of it."""
        said = repr((self.under, self.source.wording, self.source.same)).encode()
        return hashlib.sha256(said + b"\0" + self.source.content).hexdigest()


def show() -> None:
    """Draws the page."""
    tracker: Tracker | None = visit_memory.get(FILE)
    bound = None
    if tracker is not None:
        holds = f"the learners of {plain(tracker.source.name)}."
        bound = page_shell.KeptWith(tracker.under, holds, forget)
    qualification = page_shell.qualification(bound)
    page_shell.heading("Who is behind", qualification, bound)
    if st.session_state.get("time-error"):
        page_shell.not_read(st.session_state["time-error"])
        if refused := st.session_state.get("time-refused"):
            file_reading.ask_columns(refused[0], partial(_read, qualification), refused[1])
    visit_memory.tell(FILE, "The learners you read in were", "Read your file again.")
    if tracker is None:
        _teach(qualification)
    elif visit_memory.again(timelines_panel.FOUND, "These calendars were", "Make them again"):
        _told(qualification, tracker)
    page_shell.small_print(qualification)


def _told(qualification: Qualification, tracker: Tracker) -> None:
    read, source = tracker.read, tracker.source
    again = partial(_read, qualification)
    with st.expander(f"{plain(source.name)} · **change**", key="time-files", icon=":material/description:"):
        _ways_in(qualification)
        st.button("Forget these learners", key="time-forget", on_click=forget)
        page_shell.note(KEEPS_NOTHING)
    words = read.unknown_statuses if isinstance(read, PortfolioFile) else ()
    file_reading.ask(source, again, read.problems, words)

    def people() -> Sequence[Learner]:
        return list(people_of(qualification, read, date.today()))

    timelines_panel.timelines_of(qualification, people, tracker.key, problems=read.problems)
    if read.problems:
        label = f"Could not be read, or is doubted: {numbered(len(read.problems), 'thing')}"
        with st.expander(label, key="time-problems", icon=":material/warning:"):
            listing(tables.problems_table(read.problems), "What could not be read in the file")
    file_reading.show(source, again, read.sheets, READ)


def _teach(qualification: Qualification) -> None:
    """What the page needs and what it gives, while it has no file."""
    st.header("Who makes it in time?")
    st.markdown(
        "Read in your tracker. This page then says who is behind, who cannot finish by the planned end and "
        "what would help, and what each assessor has to do in a month."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _ways_in(qualification)
        st.button(
            "Try it with invented learners",
            key="time-example",
            icon=":material/group:",
            on_click=faults.guarded(_read),
            args=(qualification, Source(EXAMPLE, example(qualification))),
        )
        content = partial(example, qualification)
        page_shell.download("Download them as an example file", content, EXAMPLE, "time-example-file")
        page_shell.note(KEEPS_NOTHING)
    with right:
        st.markdown("The file has **one row for each unit of a learner**, or one row a learner:")
        columns = pd.DataFrame(COLUMNS.items(), columns=["Column", "What it holds"])
        st.table(columns, border="horizontal", hide_index=True, alt="The columns of a tracker")


def _ways_in(qualification: Qualification) -> None:
    page_shell.upload(
        "A tracker (CSV or Excel)",
        ["csv", "xlsx"],
        "time-file",
        lambda name, content: _read(qualification, Source(name, content)),
    )
    template = partial(portfolio_template, qualification)
    page_shell.download("Download an empty table to fill in", template, "portfolio.xlsx", "time-template")


def _read(qualification: Qualification, source: Source) -> None:
    """Takes a file if anything in it can be answered; else leaves all as it was and says why."""
    st.session_state["time-error"], st.session_state["time-refused"] = "", None
    try:
        read = read_tracker(
            qualification, source.name, source.content, wording=source.wording, same=source.same
        )
        tracker = Tracker(source, read, qualification.id)
        visit_memory.put(FILE, tracker, visit_memory.Worth.FILE, "the learners you read in")
    except DataError as error:
        st.session_state["time-error"] = page_shell.problem_list(error)
        st.session_state["time-refused"] = (source, error)
        return
    _clear()


def forget() -> None:
    """Drops the learners and everything that was found out about them."""
    visit_memory.drop([FILE])
    _clear()


def _clear() -> None:
    visit_memory.drop([timelines_panel.FOUND])
    for key in list(st.session_state):
        if str(key).startswith("time-"):
            del st.session_state[key]


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
