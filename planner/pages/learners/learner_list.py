"""All learners of a file: the verdicts and what each needs, and how far every unit is; a click opens one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from planner.pages.learners.verdict_panel import learner_words
from planner.pages.shared.words import plain
from planner.portfolio.verdict import Judgement
from planner.records.goals import GOALS
from planner.report import portfolio_tables
from planner.rules.measure import numbered
from planner.timeline.progress import Progress

WHOLE_TABLE = 15
"""Learners up to which their table is as high as its rows."""

NEEDS_WIDTH = 340
"""Pixels for what a learner needs: three things at once, uncut."""

MOST_NARROW = 50
"""Learners that a telephone lists; more are found by name."""

SEARCH, FILTER, UNIT, ORDER = "learner-search", "filter", "learner-unit", "learner-order"
"""The keys of the fields that choose whom the list shows, and in which order."""

NO_FILTER = {SEARCH: "", FILTER: "all", UNIT: None, ORDER: "read"}
"""What they hold at first."""

FIRST = "learners-first"
"""Where the session notes that somebody goes on with the list: who needs something comes first, if any."""

FILTERS = {
    "all": "All",
    "needs": "Needs something",
    "not": "Not yet",
    "met": "Rules met",
    "impossible": "Not possible",
    "behind": "Behind",
    "mend": "To mend",
}

COLOURS = {
    "planned": ("#f1f3f5", "#343a40"),
    "in progress": ("#fff3bf", "#5c3c00"),
    "submitted": ("#ffd8a8", "#5c2e00"),
    "assessed": ("#d0ebff", "#0b3d66"),
    "verified": ("#b2f2bb", "#0b4a1b"),
    "claimed": ("#2b8a3e", "#ffffff"),
}
"""Background and letters of a status, in light and dark alike; every cell says its status in words."""

ELSEWHERE = ("#e5dbff", "#3b1d82")
"""The colours of a unit held in another way than by an assessment here."""


def show(
    judgements: Sequence[Judgement], late: Sequence[Progress | None], choose: Callable[[int | None], None]
) -> None:
    """Draws what all learners come to, and how `late` they are where that is known.

    `choose` is called with the place of the one to be shown.
    """
    st.header("All learners")
    states = [_states(*each) for each in zip(judgements, late, strict=True)]
    st.markdown(_summary(judgements, states))
    if st.session_state.pop(FIRST, False) and any("needs" in found for found in states):
        st.session_state[FILTER] = "needs"
    _whom(judgements)
    _filter(Counter(state for found in states for state in found))
    kept = _kept(judgements, states)
    if not kept:
        st.info("No learner matches all of these.")
        return
    weeks = [_weeks(late[number]) for number in kept] if any(late) else None
    with st.container(key="learners-wide"):
        _table([judgements[number] for number in kept], weeks, kept, choose)
    with st.container(key="learners-narrow", gap="xsmall"):
        _one_below_another(judgements, late, kept, choose)
    labels = {number: learner_words(judgements[number].portfolio) for number in kept}
    _picker("Open a learner", labels, None, choose)
    folded = st.expander("How far every unit is", key="learner-units", on_change="rerun")
    if folded.open:
        with folded:
            _units([judgements[number] for number in kept], kept, choose)


def one_after_another(
    judgements: Sequence[Judgement],
    late: Sequence[Progress | None],
    shown: int,
    choose: Callable[[int | None], None],
) -> None:
    """The way from one learner back to the list, and to the next and the one before of those it listed."""
    for key in NO_FILTER:  # what the list was asked for stays so while it is out of sight
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    states = [_states(*each) for each in zip(judgements, late, strict=True)]
    options = _ordered(judgements, {*_kept(judgements, states), shown})
    place = options.index(shown)
    labels = {number: learner_words(judgements[number].portfolio) for number in options}

    def step(by: int) -> None:
        choose(options[place + by])

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("All learners", key="learners-all", on_click=choose, args=(None,), icon=":material/list:")
        _picker("Learner", labels, shown, choose)
        st.button(
            "Previous", key="learner-before", on_click=partial(step, -1), disabled=place == 0,
            icon=":material/chevron_left:",
        )  # fmt: skip
        st.button(
            "Next", key="learner-after", on_click=partial(step, 1), disabled=place == len(options) - 1,
            icon=":material/chevron_right:",
        )  # fmt: skip


def _picker(
    label: str, labels: Mapping[int, str], shown: int | None, choose: Callable[[int | None], None]
) -> None:
    """The choice of the learner shown, by keyboard too."""
    st.session_state["learner"] = shown
    st.selectbox(
        label,
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        key="learner",
        on_change=lambda: choose(st.session_state["learner"]),
        placeholder="Reference or name",
        width=320,
    )


def _kept(judgements: Sequence[Judgement], states: Sequence[set[str]]) -> list[int]:
    """The places of the learners whom the filter and what is typed keep."""
    state = st.session_state
    choice, search, ref = state.get(FILTER), state.get(SEARCH) or "", state.get(UNIT)
    kept = [
        number
        for number, judgement in enumerate(judgements)
        if (choice in (None, "all") or choice in states[number])
        and _fits(judgement, search)
        and (ref is None or ref in judgement.now.home.new_units)
    ]
    return _ordered(judgements, kept)


def _ordered(judgements: Sequence[Judgement], places: Iterable[int]) -> list[int]:
    """Places of learners in the order that is chosen; whom nothing leads to the award comes last."""
    order = st.session_state.get(ORDER)
    sign = {"most": -1, "least": 1}.get(order or "", 0)

    def rank(place: int) -> tuple[bool, int, str, int]:
        cost, portfolio = judgements[place].now.home.cost, judgements[place].portfolio
        name = (portfolio.details.name or portfolio.learner).casefold() if order == "name" else ""
        return bool(sign) and cost is None, sign * (cost or 0), name, place

    return sorted(places, key=rank)


def _whom(judgements: Sequence[Judgement]) -> None:
    """The fields that find learners by name and by a unit that they need, and their order."""
    one, state = judgements[0].qualification, st.session_state
    needed = Counter(ref for each in judgements for ref in each.now.home.new_units)
    refs = [ref for ref in one.by_ref if needed[ref]]
    if state.get(UNIT) not in refs:
        state[UNIT] = None
    noun = GOALS[one.price_goal].noun
    orders = {
        "read": "As read",
        "name": "Name",
        "most": f"Most {noun}s to go",
        "least": f"Fewest {noun}s to go",
    }
    state.setdefault(ORDER, NO_FILTER[ORDER])
    with st.container(horizontal=True):
        st.text_input(
            "Find a learner", key=SEARCH, placeholder="reference or name", live=True, type="search", width=260
        )
        st.selectbox(
            "Who needs a unit",
            refs,
            index=None,
            format_func=lambda ref: f"{one.named(ref)}: {needed[ref]}",
            placeholder="Any unit",
            key=UNIT,
            width=320,
        )
        st.selectbox("In the order of", list(orders), format_func=orders.__getitem__, key=ORDER, width=220)


def _filter(counts: Counter[str]) -> None:
    """Which learners are shown; a state that nobody is in is offered only while it is chosen."""
    offered = {"all", st.session_state.setdefault(FILTER, "all")}

    def words(state: str) -> str:
        return FILTERS[state] if state == "all" else f"{FILTERS[state]} ({counts[state]})"

    states = [state for state in FILTERS if counts[state] or state in offered]
    st.segmented_control("Show", states, format_func=words, key=FILTER)


def _weeks(late: Progress | None) -> int | None:
    """By how many weeks a learner is behind; None for who is not, or has no dates."""
    return late.weeks_behind if late is not None and late.behind else None


def _states(judgement: Judgement, late: Progress | None) -> set[str]:
    """The filters that keep a learner."""
    now = judgement.now
    found = {"needs"} if portfolio_tables.needs_words(judgement) else set()
    if late is not None and late.behind:
        found.add("behind")
    if not now.judged or judgement.portfolio.rows_left_out:
        found.add("mend")
    if now.judged and now.decided:
        found.add("met" if now.rules_met else "not" if now.home.found else "impossible")
    return found


def _summary(judgements: Sequence[Judgement], states: Sequence[set[str]]) -> str:
    """The answer in a sentence or two."""
    met, needing, late = (sum(state in found for found in states) for state in ("met", "needs", "behind"))
    doubted = sum(not judgement.now.judged for judgement in judgements)
    words = [f"Rules met now: {met} of {len(judgements)} learners."]
    words += [f"Not judged: {doubted}."] if doubted else []
    verb = "needs" if needing == 1 else "need"
    words += [f"{numbered(needing, 'learner')} {verb} something from you."] if needing else []
    words += [f"Behind: {late}."] if late else []
    return " ".join(words)


def _fits(judgement: Judgement, search: str) -> bool:
    asked = f"{judgement.portfolio.learner} {judgement.portfolio.details.name}".casefold()
    return all(word in asked for word in search.casefold().split())


def _table(
    judgements: Sequence[Judgement],
    weeks: Sequence[int | None] | None,
    kept: Sequence[int],
    choose: Callable[[int | None], None],
) -> None:
    table = portfolio_tables.learners_table(judgements)
    table["Learner"] = [learner_words(judgement.portfolio) for judgement in judgements]
    table["Missing"] = [
        portfolio_tables.missing_words(judgement.now, hours=False) for judgement in judgements
    ]
    table["Needs from you"] = [portfolio_tables.needs_words(judgement) for judgement in judgements]
    hours = {"Hours missing": "Hours to go"} if "Hours missing" in table else {}
    shown = table[["Learner", "Needs from you", "Now", "If completed", "Missing", *hours]].rename(
        columns=hours
    )
    if weeks is not None:
        shown.insert(2, "Weeks behind", pd.Series(weeks, index=shown.index, dtype="Int64"))

    def clicked() -> None:
        if cells := st.session_state["learner-table"].selection.cells:
            choose(kept[cells[0][0]])

    st.dataframe(
        shown,
        hide_index=True,
        key="learner-table",
        on_select=clicked,
        selection_mode="single-cell",
        height="content" if len(shown) <= WHOLE_TABLE else 560,
        column_config={"Needs from you": st.column_config.Column(width=NEEDS_WIDTH)},
        placeholder="",
        alt="Learners and verdicts",
    )


def _one_below_another(
    judgements: Sequence[Judgement],
    late: Sequence[Progress | None],
    kept: Sequence[int],
    choose: Callable[[int | None], None],
) -> None:
    """The same for a telephone, on which a table would be cut: the style sheet shows the one or the other."""
    for number in kept[:MOST_NARROW]:
        judgement, weeks = judgements[number], _weeks(late[number])
        verdict = portfolio_tables.verdict_short(judgement.now)
        lacking = "" if judgement.now.rules_met else portfolio_tables.missing_words(judgement.now)
        short = [
            verdict[:1].upper() + verdict[1:],
            f": {lacking}" if lacking else "",
            f"; {numbered(weeks, 'week')} behind" if weeks else "",
        ]
        needs = portfolio_tables.needs_words(judgement)
        lines = [learner_words(judgement.portfolio), "".join(short)]
        lines += [f"Needs from you: {needs[:1].lower()}{needs[1:]}"] if needs else []
        who, *told = map(plain, lines)
        st.button(
            "  \n".join((f"**{who}**", *told)),
            key=f"learner-open-{number}",
            on_click=choose,
            args=(number,),
            width="stretch",
        )
    if len(kept) > MOST_NARROW:
        st.markdown(f"And {len(kept) - MOST_NARROW:,} more: find them by name, or choose whom to show.")


def _units(
    judgements: Sequence[Judgement], kept: Sequence[int], choose: Callable[[int | None], None]
) -> None:
    """A row a unit and a column a learner, as titles need the room."""
    table = portfolio_tables.progress_table(judgements)

    def clicked() -> None:
        cells = st.session_state["unit-table"].selection.cells
        if cells and cells[0][1] in table.columns[1:]:
            choose(kept[list(table.columns[1:]).index(cells[0][1])])

    st.dataframe(
        table.style.set_uuid("units").map(_coloured, subset=list(table.columns[1:])),
        hide_index=True,
        key="unit-table",
        on_select=clicked,
        selection_mode="single-cell",
        height="content" if len(table) <= WHOLE_TABLE else 560,
        row_height=84,  # four lines: cells wrap from 64 pixels on
        column_config={"Unit": st.column_config.Column(width=230, pinned=True)},
        alt="How far each unit of each learner is",
    )


def _coloured(status: object) -> str:
    if not status:
        return ""
    background, letters = COLOURS.get(str(status), ELSEWHERE)
    return f"background-color: {background}; color: {letters}"
