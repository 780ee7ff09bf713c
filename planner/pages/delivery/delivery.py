"""The part of the page for training centres that says what to teach, to whom, in which groups.

The search for it takes long, so it runs in a thread of its own while the page stays usable.
"""

from __future__ import annotations

from collections.abc import Callable

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
from planner.cohort.seat_question import SearchProgress
from planner.errors import DataError
from planner.pages.delivery import found
from planner.pages.delivery.running_search import SEARCH_SECONDS, USUAL_SECONDS, RunningSearch, Settings
from planner.pages.shared import faults, page_shell, unsaved_guard, visit_memory
from planner.pages.shared.words import control, plain

WAYS = {"groups": "Groups taught together", "single": "One to one at work"}
WAY_WORDS = (
    "A guided hour is taught once for the whole group.",
    "Every guided hour is given to one learner alone.",
)

SMALLEST_GROUP = 2

SEARCH = "delivery-search"
"""Where the visit keeps its search, running or done."""

FOUND = "what the search for groups found"


def forget() -> None:
    """Ends this visit's search and drops what it found."""
    search: RunningSearch | None = visit_memory.get(SEARCH)
    visit_memory.drop([SEARCH])
    st.session_state[found.SAVED] = False
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
        "delivery", search is not None and search.found is not None and not st.session_state.get(found.SAVED)
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

    def run(progress: Callable[[SearchProgress], None], stop: Callable[[], bool]) -> Delivery:
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


def _progress_words(progress: SearchProgress | None) -> str:
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
        again = visit_memory.loosely(search, lambda search: search.found)
        found.show(delivery, search.settings, cohort, again, there)
