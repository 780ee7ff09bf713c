"""The part of the page for training centres that says what to teach, to whom, in which groups.

The search for it takes long, so it runs in a thread of its own while the page stays usable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd
import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.cohort.batch import Cohort
from planner.cohort.delivery import (
    ASSESSOR_HOURS,
    GROUP_SIZE,
    GROUP_SIZES,
    MISFITS_ALLOWED,
    deliver,
)
from planner.cohort.delivery_answer import Delivery
from planner.cohort.seat_question import Progress
from planner.errors import DataError
from planner.pages.delivery.running_search import USUAL_SECONDS, RunningSearch, Settings
from planner.pages.shared import faults, page_shell, unsaved_guard, visit_memory
from planner.pages.shared.words import control, plain
from planner.records.wishes import Request
from planner.report import delivery_tables
from planner.report.delivery_book import delivery_workbook
from planner.rules.measure import numbered

WAYS = {"groups": "Groups taught together", "single": "One to one at work"}
WAY_WORDS = (
    "A guided hour is taught once for the whole group.",
    "Every guided hour is given to one learner alone.",
)

SMALLEST_GROUP = 2

MOST_ROWS = 40
"""Rows up to which a table is drawn whole; a longer one scrolls in itself."""

SEARCH_SECONDS = {10: "10 seconds", 30: "30 seconds", 60: "1 minute", 300: "5 minutes"}
"""How long a search may take, at most."""


SEARCH = "delivery-search"
"""Where the visit keeps its search, running or done."""

FOUND = "what the search for groups found"

SAVED = "delivery-saved"
"""Whether a file holds what the search found."""


def forget() -> None:
    """Ends this visit's search and drops what it found."""
    search: RunningSearch | None = visit_memory.get(SEARCH)
    visit_memory.drop([SEARCH])
    st.session_state[SAVED] = False
    unsaved_guard.mark("delivery", False)
    if search is not None:
        search.stop()


def show(cohort: Cohort, key: str, there: Callable[[], Cohort]) -> None:
    """Draws what to ask of a delivery plan, the search for it and what it found.

    `key` names the cohort with its offer: a search for another one is ended and dropped. `there` is a way to
    the cohort that does not hold on to it, for what is called later.
    """
    search: RunningSearch | None = visit_memory.get(SEARCH)
    if search is not None and search.key != key:
        forget()
        search = None
    st.header("What to teach, to whom")
    st.markdown(
        "Learners who take the same units can be taught together. The search chooses every learner's units "
        "anew so that the centre has the fewest guided hours to deliver. Rules, pins, excludes, achieved "
        "units and the centre's offer hold as ever. Nobody sits in a unit without evidence from their job "
        "where that can be avoided."
    )
    if search is not None:
        _recall(search.settings)
    settings = _settings(cohort.qualification)
    if settings is None:
        return
    if search is not None and search.running:
        unsaved_guard.mark("delivery", True)
        _watch()
        return
    unsaved_guard.mark(
        "delivery", search is not None and search.found is not None and not st.session_state.get(SAVED)
    )
    if search is not None:  # it has ended: from now on it can be searched for again
        visit_memory.put(SEARCH, search, visit_memory.Worth.FILE, FOUND, known=True, counted=search.found)
    visit_memory.tell(SEARCH, "What the search found was", "Search again.")
    st.button(
        "Search" if search is None else "Search again",
        key="delivery-start",
        icon=":material/search:",
        on_click=faults.guarded(_start),
        args=(there, key, settings),
    )
    if search is not None:
        _outcome(cohort, search, there)


# What is asked


def _recall(settings: Settings) -> None:
    """Fills the fields again for a visit that comes back from another page to its search."""
    fields = {
        "delivery-way": "single" if settings.group_size == 1 else "groups",
        "delivery-size": max(SMALLEST_GROUP, settings.group_size),
        "delivery-units": settings.max_units,
        "delivery-seconds": settings.seconds,
        "delivery-misfits": settings.misfits,
    }
    fields |= {f"delivery-hours-{letter}": hours for letter, hours in settings.assessor_hours.items()}
    if "delivery-way" not in st.session_state:
        st.session_state.update(fields)


def _settings(qualification: Qualification) -> Settings | None:
    """What the centre asks; None until it has said how its learners are taught."""
    way = st.radio(
        "How are the learners taught?",
        list(WAYS),
        index=None,
        format_func=WAYS.__getitem__,
        captions=WAY_WORDS,
        key="delivery-way",
    )
    if way is None:
        return None
    size = 1
    if way == "groups":
        st.session_state.setdefault("delivery-size", GROUP_SIZE)
        size = st.number_input(
            control("group_size"),
            min_value=SMALLEST_GROUP,
            max_value=int(GROUP_SIZES.high),
            key="delivery-size",
            width=260,
        )
    with st.expander("Limits, if there are any", key="delivery-limits"):
        units, hours, misfits = _limits(qualification)
    st.session_state.setdefault("delivery-seconds", USUAL_SECONDS)
    seconds = st.segmented_control(
        control("seconds"),
        list(SEARCH_SECONDS),
        required=True,
        format_func=SEARCH_SECONDS.__getitem__,
        key="delivery-seconds",
    )
    return Settings(int(size), units, hours, seconds or USUAL_SECONDS, misfits)


def _limits(qualification: Qualification) -> tuple[int | None, dict[str, int], int]:
    """The most different units, the hours under each assessment strategy and the seats that need not fit.

    Empty fields are no limits.
    """
    page_shell.note("Leave a field empty where there is no limit.")
    units = st.number_input(
        control("max_units"),
        min_value=1,
        max_value=len(qualification.units),
        value=None,
        placeholder="no limit",
        key="delivery-units",
        width=260,
    )
    st.markdown(f"{control('assessor_hours')}, in guided hours to deliver:")
    hours: dict[str, int] = {}
    letters = sorted({unit.strategy for unit in qualification.units if unit.strategy})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for letter in letters:
            limit = st.number_input(
                f"At most, {plain(qualification.strategy_name(letter))}",
                min_value=0,
                max_value=int(ASSESSOR_HOURS.high),
                value=None,
                placeholder="no limit",
                key=f"delivery-hours-{letter}",
                width=260,
            )
            if limit is not None:
                hours[letter] = int(limit)
    st.session_state.setdefault("delivery-misfits", 0)
    misfits = st.number_input(
        control("misfits"),
        min_value=0,
        max_value=int(MISFITS_ALLOWED.high),
        key="delivery-misfits",
        width=260,
    )
    return (None if units is None else int(units)), hours, int(misfits)


def _start(there: Callable[[], Cohort], key: str, settings: Settings) -> None:
    """Begins a search; the one before, if it still runs, is ended."""
    forget()
    cohort = there()
    qualification, requests = cohort.qualification, tuple(answer.request for answer in cohort.answers)

    def run(progress: Callable[[Progress], None], stop: Callable[[], bool]) -> Delivery:
        return deliver(
            qualification,
            requests,
            group_size=settings.group_size,
            max_units=settings.max_units,
            assessor_hours=settings.assessor_hours,
            misfits=settings.misfits,
            seconds=settings.seconds,
            progress=progress,
            stop=stop,
        )

    search = RunningSearch(key, settings, run, visit_memory.tab())
    visit_memory.put(SEARCH, search, visit_memory.Worth.WORK, FOUND, known=True)


# The search


@st.fragment(run_every=0.5)
def _watch() -> None:
    """How far the search is, drawn anew twice a second; the whole page when it is done."""
    search: RunningSearch | None = visit_memory.get(SEARCH)
    if search is None or not search.running:
        st.rerun()
        return
    limit = search.settings.seconds
    share = min(1.0, search.seconds / limit)
    words = "Stopping" if search.stopping else f"Searching: {search.seconds:.0f} of at most {limit} seconds"
    st.progress(share, text=words)
    st.markdown(_progress_words(search.progress))
    st.button(
        "Stop and keep the best so far",
        key="delivery-stop",
        icon=":material/stop:",
        disabled=search.stopping,
        on_click=search.stop,
    )


def _progress_words(progress: Progress | None) -> str:
    """How good the best plan so far is, and how good one could be."""
    if progress is None:
        return "No plan yet."
    if progress.value is None:
        return f"No plan yet. It is proven that none has fewer than {progress.bound} guided hours to deliver."
    best = f"**Best so far: {progress.value} guided hours to deliver.**"
    if not progress.gap:
        return f"{best} None has fewer: this is proven. Looking for the shortest plans for the learners."
    least = f"It is proven that none has fewer than {progress.bound}"
    return f"{best} {least}: at most {progress.gap:.1%} could still be saved."


# What was found


def _outcome(cohort: Cohort, search: RunningSearch, there: Callable[[], Cohort]) -> None:
    """What the search found, or why it found nothing."""
    try:
        delivery = search.delivery
    except DataError as error:
        st.error("There is no answer to this:\n" + page_shell.problem_list(error))
        return
    except Exception:
        forget()  # else the page would fail for good
        raise
    if delivery is not None:
        _verdict(delivery, search.settings)
        if delivery.found:
            _found(delivery, cohort, visit_memory.loosely(search, lambda search: search.found), there)


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
    size = settings.group_size
    parts = ["One to one" if size == 1 else f"Groups of at most {size}"]
    if settings.max_units is not None:
        parts.append(f"at most {settings.max_units} different units")
    for letter, hours in settings.assessor_hours.items():
        parts.append(f"at most {hours} hours of {qualification.strategy_name(letter)}")
    if settings.misfits:
        parts.append(f"{numbered(settings.misfits, 'avoidable seat')} without evidence from the job allowed")
    if len(parts) == 1:
        parts.append("no limits")
    return f"{', '.join(parts)}; searched for at most {SEARCH_SECONDS[settings.seconds]}."


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

    page_shell.download("Download as Excel workbook", book, "delivery-plan.xlsx", "delivery-workbook", _saved)
    if not st.session_state.get(SAVED):
        st.warning(
            "**Not saved yet.** This page keeps nothing: download the workbook before you leave.",
            icon=":material/save:",
        )
    _left_out(delivery, learners)
    if not delivery.units:
        return
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


def _saved() -> None:
    """Notes that the workbook of what was found has been downloaded."""
    st.session_state[SAVED] = True


def _figures(delivery: Delivery) -> None:
    groups = sum(len(running.groups) for running in delivery.units)
    average = round((delivery.learner_glh or 0) / max(1, len(delivery.selections)))
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Guided hours to deliver",
            delivery.delivered_glh,
            help="The hours of each unit, once for each of its groups.",
            width="content",
        )
        st.metric("Different units", len(delivery.units), width="content")
        if delivery.group_size > 1:
            st.metric("Groups", groups, width="content")
        st.metric(
            "Guided hours of a learner, average",
            average,
            help="What a learner attends; it can be more than in the learner's own best plan.",
            width="content",
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
    by_ref = delivery.qualification.by_ref
    labels = [f"{running.ref} · {by_ref[running.ref].title}" for running in delivery.units]
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
    strategies = delivery_tables.delivered_by_strategy_table(delivery)
    if strategies["At most"].isna().all():
        strategies = strategies.drop(columns="At most")
    strategies = strategies.rename(columns={"Delivered hours": "To deliver"})
    listing(strategies, "Guided hours to deliver under each assessment strategy")


def _left_out(delivery: Delivery, learners: Mapping[str, Request]) -> None:
    """The learners who sit in no group because they cannot have a plan, and why."""
    if not delivery.left_out:
        return
    number = len(delivery.left_out)
    label = f"{number} {'learner is' if number == 1 else 'learners are'} left out: no plan is possible"
    with st.expander(label, key="delivery-left-out", icon=":material/block:"):
        reasons(
            (called(learners[learner]), why)
            for learner, why in delivery_tables.left_out_table(delivery).itertuples(index=False, name=None)
        )


# What both parts of the page draw


def called(request: Request) -> str:
    """A learner by reference and, where there is one, name."""
    return f"{request.learner} · {request.name}" if request.name else request.learner


def listing(content: pd.DataFrame, alt: str) -> None:
    """A table whose text stays text; a long one scrolls in itself."""
    shown = content.rename(columns={"Title": "Unit", "Guided hours": "Hours"})
    if len(shown) > MOST_ROWS:
        st.dataframe(shown, hide_index=True, placeholder="", alt=alt)
        return
    for column in shown.columns:
        shown[column] = shown[column].map(lambda cell: "" if pd.isna(cell) else plain(str(cell)))
    st.table(shown, border="horizontal", hide_index=True, alt=alt)


def reasons(pairs: Iterable[tuple[str, str]]) -> None:
    """Whom or what a sentence is about, and the sentence, as a list; a long one as a table that scrolls."""
    found = list(pairs)
    if len(found) > MOST_ROWS:
        listing(pd.DataFrame(found, columns=["Who", "Why not"]), "Who has no plan, and why")
    else:
        st.markdown("\n".join(f"- **{plain(who)}:** {plain(why)}" for who, why in found))
