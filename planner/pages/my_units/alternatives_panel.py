"""What stands around the plan: what else fits, fit against hours, other plans, questions about one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import streamlit as st

from planner.errors import UndecidedError
from planner.pages.my_units.surroundings import Surroundings
from planner.pages.shared import address
from planner.pages.shared.words import bullets, plain, with_told_credits
from planner.planning.explore import Exploration, alternatives, evidence_missing, swaps
from planner.planning.reasons import also_fits, reason
from planner.planning.result import Plan
from planner.planning.solve import answer, goal_value
from planner.report import plan_tables
from planner.rules.measure import numbered
from planner.rules.rule import told

MOST_WITHIN = 10
"""Most hours above the best plan for which the page lists alternatives."""


FIT = {"hours": "Fit against hours", "units": "Fit against units"}
"""What the plans that fit best are compared by, by what prices are in."""


def show(around: Surroundings, refused: Mapping[str, str]) -> None:
    """Draws what stands around the plan, while it is unfolded: each part takes time with every click.

    `refused` are units left out because of the work, with its words.
    """
    with st.expander("Other plans as good or nearly so", key="alternatives", on_change="rerun") as fold:
        if fold.open:
            _alternatives(around.found)
    with st.expander("Ask about one unit", key="ask", on_change="rerun") as fold:
        if fold.open:
            _ask(around.best, refused)


def fits(around: Surroundings) -> None:
    """Draws the units that fit the job and are not in the plan: one click adds one."""
    best = around.best
    fitting = also_fits(around.found) if best.wishes.tasks else ()
    if not fitting:
        return
    st.subheader("Also fits your job")
    wishes, names = best.wishes, best.qualification.short_name
    with st.container(horizontal=True):
        for number, one in enumerate(fitting):
            if one.price is not None:
                st.button(
                    f"Add {plain(names(one.ref))}: {plan_tables.price_words(best, one.price)}",
                    key=f"fits-{number}",
                    icon=":material/add:",
                    wrap=True,
                    on_click=address.write,
                    args=(best.qualification, replace(wishes, pins=wishes.pins | {one.ref})),
                )
    for one in fitting:
        if one.price is None:
            words = f"{best.qualification.named(one.ref)}: {reason(best, one.ref).words}"
            st.markdown(f"- {plain(words)}")


def cards(around: Surroundings) -> None:
    """Draws the plan that fits best, the shortest one and one between: none is beaten in both."""
    best = around.best
    prices, plans = best.qualification.price_words, around.found.frontier if best.wishes.tasks else ()
    if len(plans) < 2:
        return
    st.subheader(FIT[prices])
    middle = [plans[len(plans) // 2]] if len(plans) > 2 else []
    cards = [
        ("Fits best", plans[0]),
        *(("Between", plan) for plan in middle),
        (f"Fewest {prices}", plans[-1]),
    ]
    for number, (column, (title, plan)) in enumerate(zip(st.columns(len(cards)), cards, strict=True)):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{title}**  \n{plan.cost} {prices}")
            st.markdown(f"{plain(fit_words(plan))}.")
            if set(plan.planned) == set(best.planned):
                st.markdown(":green-badge[Your plan]")
            else:
                _differences(best, plan)
                _take(best, plan, f"take-card-{number}")


def fit_words(plan: Plan) -> str:
    """How a plan fits the job, the units nobody can do without aside: these are no choice."""
    missing = evidence_missing(plan)
    if not missing:
        return "Every unit that you can choose fits your job"
    have = "has" if missing == 1 else "have"
    return f"{numbered(missing, 'unit')} that you can choose {have} no evidence from your job"


def _alternatives(found: Exploration) -> None:
    best = found.best
    if not best.found:
        _undecided()
        return
    within = st.number_input(
        f"How many {best.qualification.price_words} more may they have?",
        min_value=0,
        max_value=MOST_WITHIN,
        value=0,
        key="within",
    )
    try:
        plans, complete = alternatives(best, int(within)) if within else (found.alternatives, found.complete)
    except UndecidedError:
        _undecided()
        return
    if len(plans) == 1 and complete:
        st.markdown(
            "There is no other: yours is the only one." if not within else "There is no other so near."
        )
        return
    others = numbered(len(plans) - 1, "other plan")
    st.markdown(f"{others}, {'and no more' if complete else 'the best of many'}.")
    number = st.selectbox(
        "Compare your plan with",
        range(1, len(plans)),
        format_func=lambda n: f"Plan {n + 1}: {_figures(plans[n])}",
        key="compare",
    )
    if number is not None:
        _other_plan(best, plans[number], key="take-alternative")
    table = plan_tables.alternatives_table(plans)
    for column in ("Takes", "Instead of"):
        table[column] = table[column].map(plain)
    shown = with_told_credits(table.rename(columns={"Guided hours": "Hours"}))
    st.table(shown, border="horizontal", hide_index=True)


def _figures(plan: Plan) -> str:
    credits = [f"{plan.credits} credits"] if "credits" in plan.qualification.figures else []
    return ", ".join([f"{plan.cost} {plan.qualification.price_words}", *credits])


def _undecided() -> None:
    st.warning("Not decided in the time given.", icon=":material/hourglass_empty:")


def _other_plan(best: Plan, other: Plan, key: str) -> None:
    """Another plan beside the best: what differs, and a button that takes it."""
    figures: list[tuple[str, str, Literal["inverse", "off"]]] = [
        ("Guided hours", "glh", "inverse"),
        ("Credits", "credits", "off"),
        ("Strategies", "strategies", "off"),
    ]
    if best.wishes.tasks:
        figures.append(("Optional, without evidence", "fit", "inverse"))
    with st.container(horizontal=True, gap="medium"):
        for label, goal, colour in figures:
            if goal in ("glh", "credits") and goal not in best.qualification.figures:
                continue
            value, before = (goal_value(goal, p.qualification, best.wishes, p.planned) for p in (other, best))
            st.metric(label, value, delta=told(value - before) or None, delta_color=colour, width="content")
    _differences(best, other)
    if set(other.planned) != set(best.planned):
        _take(best, other, key)


def _differences(best: Plan, other: Plan) -> None:
    for word, refs in (
        ("Takes", set(other.planned) - set(best.planned)),
        ("Instead of", set(best.planned) - set(other.planned)),
    ):
        if refs:
            names = [best.qualification.short_name(ref) for ref in sorted(refs)]
            st.markdown(f"**{word}:** {plain(', '.join(names))}")


def _take(best: Plan, other: Plan, key: str) -> None:
    """A button that makes all units of another plan the wishes."""
    pins = best.wishes.pins | set(other.new_units)
    taken = replace(best.wishes, pins=pins, excludes=best.wishes.excludes - pins)
    st.button("Take this plan", key=key, on_click=address.write, args=(best.qualification, taken))


def _ask(best: Plan, refused: Mapping[str, str]) -> None:
    """Why a unit is in the plan or not, and what could take the place of one that is."""
    qualification = best.qualification
    ref = st.selectbox(
        "Unit",
        list(qualification.by_ref),
        index=None,
        format_func=qualification.named,
        placeholder="Choose a unit",
        key="ask-unit",
    )
    if ref is None:
        return
    st.markdown(f"**{plain(qualification.named(ref))}**")
    if ref in refused:
        _refused(best, ref, refused[ref])
        return
    found = reason(best, ref)
    if not found.decided:
        _undecided()
        return
    st.markdown(plain(found.words))
    places = swaps(best, ref)
    if places:
        st.markdown("Units that can take its place, all others staying:")
        priced = ((qualification.named(one.ref), plan_tables.price_words(best, one.price)) for one in places)
        st.markdown(bullets(f"{unit}: {price}" for unit, price in priced))


def _refused(best: Plan, ref: str, words: str) -> None:
    """That a unit is out because of what was said of the work, and what it would cost all the same."""
    wishes = best.wishes
    wanted = replace(wishes, pins=wishes.pins | {ref}, excludes=wishes.excludes - {ref})
    other = answer(best.qualification, wanted)
    price = plan_tables.price_words(best, None if other.cost is None else other.cost - (best.cost or 0))
    st.markdown(f"It is left out because you said “{plain(words)}”. With it, all else as it is: {price}.")
