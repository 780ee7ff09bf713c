"""What the search for groups found: the verdict, its figures, units, groups and who is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.cohort.batch import Cohort
from planner.cohort.delivery_answer import Delivery
from planner.pages.delivery.running_search import SEARCH_SECONDS, Settings
from planner.pages.shared import page_shell
from planner.pages.shared.learners import called, listing, reasons
from planner.pages.shared.words import plain
from planner.records.wishes import Request
from planner.report import delivery_tables
from planner.report.delivery_book import delivery_workbook
from planner.rules.measure import numbered

SAVED = "delivery-saved"
"""Whether a file holds what the search found."""


def show(
    delivery: Delivery,
    settings: Settings,
    cohort: Cohort,
    again: Callable[[], Delivery | None],
    there: Callable[[], Cohort],
) -> None:
    """Draws an answer; `again` and `there` are ways to it and to the cohort that do not hold on to them."""
    _verdict(delivery, settings)
    if delivery.found:
        _found(delivery, cohort, again, there)


def _verdict(delivery: Delivery, settings: Settings) -> None:
    words = plain(delivery_tables.delivery_words(delivery))
    if delivery.status == "infeasible":
        st.error(words, icon=":material/block:")
        st.markdown("Raise one of these limits, or leave it empty, and search again.")
    elif not delivery.found:
        st.warning(words, icon=":material/hourglass_empty:")
        st.markdown("A longer search may find one.")
    elif delivery.delivered_glh == delivery.bound:
        st.success(words, icon=":material/check_circle:")
    else:
        st.info(words, icon=":material/pending:")
    page_shell.note(plain(_asked(delivery.qualification, settings)))


def _asked(qualification: Qualification, settings: Settings) -> str:
    """What this is the answer to, so that it is not taken for one to settings changed since."""
    taught = "One to one" if settings.group_size == 1 else f"Groups of at most {settings.group_size}"
    hours = settings.assessor_hours.items()
    limits = [f"at most {most} hours of {qualification.strategy_name(letter)}" for letter, most in hours]
    if settings.max_units is not None:
        limits.insert(0, f"at most {settings.max_units} different units")
    if settings.misfits:
        limits.append(f"{numbered(settings.misfits, 'avoidable seat')} without evidence from the job allowed")
    asked = ", ".join([taught, *(limits or ["no limits"])])
    return f"{asked}; searched for at most {SEARCH_SECONDS[settings.seconds]}."


def _found(
    delivery: Delivery,
    cohort: Cohort,
    again: Callable[[], Delivery | None],
    there: Callable[[], Cohort],
) -> None:
    learners = {answer.request.learner: answer.request for answer in cohort.answers}
    _figures(delivery)
    st.markdown(_comparison(delivery))

    def book() -> bytes:
        found = again()
        return b"" if found is None else delivery_workbook(found, there().problems)

    def saved() -> None:
        st.session_state[SAVED] = True

    page_shell.download("Download as Excel workbook", book, "delivery-plan.xlsx", "delivery-workbook", saved)
    if not st.session_state.get(SAVED):
        st.warning(
            "**Not saved yet.** This page keeps nothing: download the workbook before you leave.",
            icon=":material/save:",
        )
    _left_out(delivery, learners)
    if delivery.allowances:
        _fit(delivery, learners)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Units to run")
        _units(delivery)
    with right:
        st.subheader("Who takes a unit")
        _groups(delivery, learners)
        st.subheader("Assessment strategies")
        _strategies(delivery)


def _figures(delivery: Delivery) -> None:
    groups = sum(len(running.groups) for running in delivery.units)
    average = round((delivery.learner_glh or 0) / max(1, len(delivery.selections)))
    taught = "The hours of each unit, once for each of its groups."
    attended = "What a learner attends; it can be more than in the learner's own best plan."
    page_shell.figures(
        ("Guided hours to deliver", delivery.delivered_glh, taught),
        ("Different units", len(delivery.units), None),
        *([("Groups", groups, None)] if delivery.group_size > 1 else []),
        ("Guided hours of a learner, average", average, attended),
    )


def _comparison(delivery: Delivery) -> str:
    """The delivered hours against those of everybody's own best plan, in a sentence."""
    own, hours = delivery.own_best_delivered_glh, delivery.delivered_glh
    if own is None or hours is None:
        return ""
    called = delivery_tables.own_best_called(delivery)
    start = f"If everybody followed {called}, the centre would deliver {own} guided hours"
    if own > hours:
        return f"{start}: **this plan saves {own - hours}**, {(own - hours) / own:.0%}."
    if own == hours:
        return f"{start}: no more than with this plan."
    return f"{start}: {hours - own} fewer, as those plans do not keep the limits."


def _fit(delivery: Delivery, learners: Mapping[str, Request]) -> None:
    """The seats without evidence from the job, each with what it costs to avoid, and what more would save."""
    st.subheader("Fit with the job")
    if delivery.misfits:
        seats = delivery_tables.misfits_table(delivery)
        seats["Title"] += " (" + seats["Ref"] + ")"
        seats["Learner"] = [called(learners[learner]) for learner in seats["Learner"]]
        listing(seats.drop(columns="Ref"), "The seats in units without evidence from the job")
    st.markdown(f"**{delivery_tables.ALLOWANCES}**")
    listing(delivery_tables.allowances_table(delivery), delivery_tables.ALLOWANCES)
    if delivery.misfits:
        page_shell.note(delivery_tables.ALONE)


def _units(delivery: Delivery) -> None:
    units = delivery_tables.running_table(delivery)
    units["Title"] += " (" + units["Ref"] + ")"
    columns = ["Title", "Guided hours", "Groups", "Learners", "Delivered hours"]
    if delivery.group_size == 1:
        columns.remove("Groups")
    listing(units[columns].rename(columns={"Delivered hours": "To deliver"}), "The units that are run")


def _groups(delivery: Delivery, learners: Mapping[str, Request]) -> None:
    """The learners of one unit, group by group."""
    labels = [delivery.qualification.named(running.ref) for running in delivery.units]
    number = st.selectbox(
        "Unit",
        range(len(labels)),
        format_func=labels.__getitem__,
        key="delivery-unit",
    )
    groups = delivery.units[number].groups
    if delivery.group_size == 1:
        groups = (tuple(learner for group in groups for learner in group),)
    rows = [
        (place, len(group), "; ".join(called(learners[learner]) for learner in group))
        for place, group in enumerate(groups, start=1)
    ]
    seats = pd.DataFrame(rows, columns=["Group", "Learners", "Who"])
    listing(seats.drop(columns="Group") if delivery.group_size == 1 else seats, "Who sits in which group")


def _strategies(delivery: Delivery) -> None:
    strategies = delivery_tables.delivered_by_strategy_table(delivery).dropna(axis="columns", how="all")
    strategies = strategies.rename(columns={"Delivered hours": "To deliver"})
    listing(strategies, "Guided hours to deliver under each assessment strategy")


def _left_out(delivery: Delivery, learners: Mapping[str, Request]) -> None:
    """The learners who sit in no group because they cannot have a plan, and why."""
    if not delivery.left_out:
        return
    number = len(delivery.left_out)
    label = f"{numbered(number, 'learner')} {'is' if number == 1 else 'are'} left out: no plan is possible"
    with st.expander(label, key="delivery-left-out", icon=":material/block:"):
        reasons(
            (called(learners[learner]), why)
            for learner, why in delivery_tables.left_out_table(delivery).itertuples(index=False, name=None)
        )
