"""The page *Delivery*: what a whole cohort needs, and what to teach it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from planner.catalogue.qualification import Qualification
from planner.cohort.batch import Cohort, plan_cohort
from planner.files.text_files import csv_bytes
from planner.pages.delivery import delivery
from planner.pages.learners import intake, learners_here
from planner.pages.learners.intake import Place, Taken
from planner.pages.shared import charts, offer, page_shell, visit_memory
from planner.pages.shared.learners import FEW, MOST_ROWS, called, columns, left_out, listing
from planner.pages.shared.words import plain
from planner.planning.robustness import perhaps_optional
from planner.records import cohort_rows
from planner.records.goals import GOALS
from planner.report import cohort_tables
from planner.report.cohort_book import cohort_csv, cohort_template, cohort_workbook
from planner.rules.measure import numbered

PATIENCE = 0.5
"""Seconds after which planning shows how far it is; most cohorts take less."""

MOST_BARS = 15
"""Units in the chart of demand, unless all are asked for."""

LABEL = 38
"""Characters of one line of a unit's label in that chart."""

PLANNED = "cohort-planned"
"""The name on the visit's shelf of the answer."""

PERHAPS = {"Not decided": "undecided", "Rows to mend": "to_mend"}
"""The figures that stand on the page only where there are such rows, and the names of their counts."""

EXAMPLE = "invented-learners.csv"
NAMES = ("Ada", "Ben", "Cara", "Dev", "Eve", "Finn", "Gita", "Hugo", "Ines", "Jo", "Kofi", "Lena")
"""The first names of the invented learners; all are called Example."""

COLUMNS = {
    "learner": "A reference, different for every learner. The only column that is needed",
    "name": "The learner's name",
    "pins": "Refs of units that must count",
    "excludes": "Refs of units that must not count",
    "held": "Refs of units already achieved",
    "tasks": "What the learner does at work, in the words that the empty table lists",
}

READ = (*cohort_rows.COLUMNS, *cohort_rows.OPTIONAL_COLUMNS)
"""The columns that a cohort file may have."""


Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Planned:
    """A cohort answered; `key` is the digest of the learners, the offer and the data it is the answer to.

    `source` is where they come from.
    """

    key: str
    source: str
    offered: Offer
    cohort: Cohort


def show() -> None:
    """Draws the page."""
    qualification, taken = intake.begin(PLACE)
    offered = offer.chosen(qualification)
    if taken is None:
        _teach(qualification)
    elif visit_memory.again(PLANNED, "The plans of this cohort were", "Plan these learners again"):
        _cohort(qualification, taken, _planned(qualification, taken, offered))
    page_shell.small_print(qualification)


def _cohort(qualification: Qualification, taken: Taken, planned: Planned) -> None:
    """All about a cohort; nothing where its answer found no room, as no download could be made of it."""
    if visit_memory.get(PLANNED) is not planned:
        st.warning(
            "There is no room for the answer now: other visits hold much that no file holds yet. Try again "
            "later.",
            icon=":material/hourglass_empty:",
        )
    else:
        _files(qualification, taken, planned)
        _answer(planned)
        intake.how_read(PLACE, qualification, taken)
        if planned.cohort.answers:
            _demand(planned.cohort)
        if planned.cohort.unit_demand and "glh" in qualification.figures:  # it shares out hours
            delivery.show(
                planned.cohort, planned.key, visit_memory.loosely(planned, lambda there: there.cohort)
            )


# Files


def _teach(qualification: Qualification) -> None:
    """What the page needs and what it gives, while nobody is here."""
    st.header("Who needs what?")
    st.markdown(
        "Read in one file with all your learners. This page then says who has a plan and who cannot have "
        "one, which units the cohort needs, and what to teach in which groups."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        intake.first(PLACE, qualification)
    with right:
        st.markdown("The file has **one row a learner** and these columns:")
        columns(COLUMNS, "The columns of a cohort file")
        page_shell.note("Several units or tasks in one cell are separated by spaces, commas or semicolons.")
    with st.expander("What the centre can assess", key="cohort-offer-folded"):
        offer.picker(qualification)


def _clear() -> None:
    """Drops everything that was found out about a cohort."""
    visit_memory.drop([PLANNED])
    visit_memory.forget("cohort-")
    delivery.forget()


def _files(qualification: Qualification, taken: Taken, planned: Planned) -> None:
    """What is answered, in lines that unfold to change it."""
    number = len(planned.cohort.answers)
    offered = "all units" if planned.offered is None else f"{len(planned.offered)} units"
    label = f"{planned.source} · {number} {'learner' if number == 1 else 'learners'} · {offered} on offer"
    intake.files(
        PLACE, qualification, taken, f"{plain(label)} · **change**", partial(offer.picker, qualification)
    )


def example(qualification: Qualification) -> bytes:
    """A cohort file of twelve invented learners.

    Where there are barred sets and mandatory units, two of them ask for what the rules do not allow.
    """
    optional = sorted(perhaps_optional(qualification))
    mandatory = [ref for ref in qualification.by_ref if ref not in optional]
    rows = [list(COLUMNS)]
    for number, name in enumerate(NAMES):
        tasks = _two_of(list(qualification.tasks), number) if number % 4 < 3 else []
        row = {
            "pins": [] if tasks or number == 6 else _two_of(optional, number)[:1],
            "held": [*mandatory[:1], *_two_of(optional, number)] if number % 5 == 2 else [],
            "tasks": tasks,
        }
        if number == 6 and qualification.barred:
            row["pins"] = list(next(iter(qualification.barred.values()))[:2])
        if number == 9:
            row["excludes"] = mandatory[:1]
        cells = {column: " ".join(words) for column, words in row.items()}
        cells |= {"learner": f"L{number + 1:02}", "name": f"{name} Example"}
        rows.append([cells.get(column, "") for column in COLUMNS])
    return csv_bytes(rows)


def _two_of(words: Sequence[str], number: int) -> list[str]:
    """Two neighbours of a list, other ones for each number; none of an empty list."""
    return list(dict.fromkeys(words[(2 * number + step) % len(words)] for step in range(2) if words))


# The answer


def _planned(qualification: Qualification, taken: Taken, offered: Offer) -> Planned:
    """The cohort answered; nothing is planned again while learners, offer and data are the same."""
    key = hashlib.sha256(
        repr((taken.key, sorted(offered) if offered is not None else None, qualification.digest)).encode()
    ).hexdigest()
    known: Planned | None = visit_memory.get(PLANNED)
    if known is not None and known.key == key:
        return known
    place = st.empty()
    started = time.monotonic()
    bars: list[DeltaGenerator] = []

    def told(done: int, number: int) -> None:
        if time.monotonic() - started <= PATIENCE:
            return
        if not bars:
            with place.container():
                bars.append(st.empty())
                # A click ends this run of the page at the next learner, before anything is kept.
                st.button(
                    "Stop", key="cohort-stop", icon=":material/stop:", on_click=learners_here.start_empty
                )
        bars[0].progress(done / number, text=f"{done} of {number} learners planned")

    cohort = plan_cohort(
        qualification, taken.requests(qualification, offered), problems=taken.visit.problems, progress=told
    )
    place.empty()
    planned = Planned(key, taken.name, offered, cohort)
    visit_memory.put(PLANNED, planned, visit_memory.Worth.ANSWER)
    return planned


def _answer(planned: Planned) -> None:
    cohort = planned.cohort
    st.header("The answer")
    _figures(cohort)
    if cohort.answers and (words := cohort.qualification.next_step(rules_met=False)):
        page_shell.note(plain(words))
    if cohort.answers:
        with st.container(horizontal=True):
            book = visit_memory.loosely(planned, lambda there: cohort_workbook(there.cohort))
            table = visit_memory.loosely(planned, lambda there: cohort_csv(there.cohort))
            page_shell.download("Download as Excel workbook", book, "cohort-plan.xlsx", "cohort-workbook")
            page_shell.download("Download as CSV", table, "cohort-plan.csv", "cohort-csv")
    left_out(cohort.problems, "the file", bool(cohort.answers), "cohort-problems")
    _without_plan(cohort)


def _without_plan(cohort: Cohort) -> None:
    """Who has no plan and what would help, each with the way to their own page."""
    found = {
        answer.request.learner: (called(answer.request), cohort_tables.clash_words(answer))
        for answer in cohort.answers
        if answer.status == "infeasible"
    }
    if not found:
        return
    with st.expander(
        f"Who has no plan, and the way out: {numbered(len(found), 'learner')}",
        key="cohort-clashes",
        icon=":material/block:",
        expanded=len(found) <= FEW,
    ):
        if len(found) > MOST_ROWS:
            names = {learner: name for learner, (name, _) in found.items()}
            intake.opens_one_of(names, "cohort-open")
            listing(pd.DataFrame(found.values(), columns=["Who", "Why not"]), "Who has no plan, and why")
            return
        for number, (learner, (name, clash)) in enumerate(found.items()):
            with st.container(gap=None):
                intake.opens(learner, f"cohort-open-{number}", f":blue[**{plain(name)}**]", "tertiary")
                st.markdown(plain(clash))


def _figures(cohort: Cohort) -> None:
    """What became of each row of the file, and the hours on average; a sentence where no row was read."""
    if not cohort.answers:
        st.markdown(plain(cohort_tables.cohort_words(cohort)))
        return
    counts = cohort.rows
    shown = {"Have a plan": counts["planned"], "Have none": counts["impossible"]}
    shown |= {word: counts[key] for word, key in PERHAPS.items() if counts[key]}
    planned = [answer.cost for answer in cohort.answers if answer.cost is not None]
    if planned:
        noun = GOALS[cohort.qualification.price_goal].noun
        shown[f"{noun[0].upper()}{noun[1:]}s to do, average"] = round(sum(planned) / len(planned))
    with st.container(horizontal=True, gap="medium"):
        for label, value in shown.items():
            st.metric(label, value, width="content")
    if planned and "glh" in cohort.qualification.figures:
        page_shell.note(f"Guided hours: {page_shell.GUIDED}")


# Demand


def _demand(cohort: Cohort) -> None:
    st.header("What the cohort needs")
    table = cohort_tables.demand_table(cohort)
    if table.empty:
        st.markdown("Nothing: nobody who has a plan has a unit still to achieve.")
        return
    st.markdown(
        "How many learners have each unit still to achieve, if everybody follows their own best plan."
    )
    everything = len(table) > MOST_BARS and st.toggle(f"Show all {len(table)} units", key="cohort-all")
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(table if everything else table.head(MOST_BARS))
    if not any(unit.strategy for unit in cohort.qualification.units):
        return
    with right:
        st.markdown("**By assessment strategy**")
        listing(
            cohort_tables.strategy_table(cohort),
            "Learners and units to assess under each assessment strategy",
        )
        page_shell.note("Units to assess counts every unit of every learner.")


def _chart(table: pd.DataFrame) -> None:
    units = table.rename(columns={"Title": "Unit"})
    words = ("Unit", "Ref", "Learners", "Guided hours", "Assessment strategy")
    units = units[[word for word in words if word in units]]
    charts.unit_bars(units, "Learners", "Learners who have each unit still to achieve", lines=LABEL, step=52)


PLACE = Place(
    "cohort",
    "Delivery",
    "A table of learners (CSV or Excel)",
    cohort_template,
    "cohort.xlsx",
    example,
    EXAMPLE,
    f"Try it with {len(NAMES)} invented learners",
    READ,
    _clear,
    requests=True,
)
"""How learners come in by this page."""
