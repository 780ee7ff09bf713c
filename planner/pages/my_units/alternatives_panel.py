"""What stands around the plan: other plans, fit against hours, questions about one unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pandas as pd
import streamlit as st

from planner.errors import UndecidedError
from planner.pages.shared import address, charts
from planner.pages.shared.words import bullets, plain
from planner.planning.explore import Exploration, alternatives, evidence_missing, swaps
from planner.planning.reasons import also_fits, reason
from planner.planning.result import Plan
from planner.planning.solve import goal_value
from planner.report import plan_tables
from planner.rules.measure import numbered

MOST_WITHIN = 10
"""Most hours above the best plan for which the page lists alternatives."""


UNFIT = "Optional units without evidence"

COST = {"hours": "Guided hours", "units": "New units"}
FIT = {"hours": "Fit against hours", "units": "Fit against units"}
"""What the plans that fit best are compared by, by what prices are in."""


def _points(cost: str) -> dict[str, object]:
    """The chart of fit against what prices are in."""
    return {
        "encoding": {
            "x": {"field": UNFIT, "type": "quantitative", "axis": {"tickMinStep": 1}},
            "y": {"field": cost, "type": "quantitative", "scale": {"zero": False}},
        },
        "layer": [
            {"mark": {"type": "line", "interpolate": "step-after"}},
            {
                "mark": {"type": "point", "size": 160, "filled": True, "tooltip": {"content": "data"}},
                "params": [{"name": "picked", "select": {"type": "point", "fields": [UNFIT]}}],
            },
        ],
    }


def show(found: Exploration) -> None:
    """Draws what stands around the plan, all but what else fits the job folded."""
    _fits(found)
    if found.frontier:
        with st.expander(FIT[found.best.qualification.price_words], key="frontier"):
            _frontier(found)
    with st.expander("Other plans as good or nearly so", key="alternatives"):
        _alternatives(found)
    with st.expander("Ask about one unit", key="ask"):
        _ask(found.best)


def _fits(found: Exploration) -> None:
    """The units that fit the job and are not in the plan: one click adds one."""
    fitting = also_fits(found)
    if not fitting:
        return
    st.subheader("Also fits your job")
    by_ref, wishes = found.best.qualification.by_ref, found.best.wishes
    for number, one in enumerate(fitting):
        label = f"{by_ref[one.ref].title} ({one.ref})"
        if one.price is None:
            st.markdown(f"- {plain(label)}: {plain(reason(found.best, one.ref).words)}")
            continue
        st.button(
            f"Add {plain(label)}: {plan_tables.price_words(found.best, one.price)}",
            key=f"fits-{number}",
            icon=":material/add:",
            wrap=True,
            on_click=address.write,
            args=(found.best.qualification, replace(wishes, pins=wishes.pins | {one.ref})),
        )


def _frontier(found: Exploration) -> None:
    """The plans of the frontier as points, one of which is chosen there or in a list."""
    prices = found.best.qualification.price_words
    fits = [evidence_missing(plan) for plan in found.frontier]
    costs = [plan.cost for plan in found.frontier]
    words = [f"{fit} optional without evidence, {n} {prices}" for fit, n in zip(fits, costs, strict=True)]
    st.markdown(
        f"Fewer optional units without evidence from your job can cost {prices}. No plan is better than "
        "these in both; choose a point to see its plan."
    )
    event = st.vega_lite_chart(
        pd.DataFrame({UNFIT: fits, COST[prices]: costs}),
        {"config": charts.config(), **_points(COST[prices])},
        key="frontier-chart",
        on_select="rerun",
        alt=f"{FIT[prices]}: {'; '.join(words)}",
    )
    if clicked := event.get("selection", {}).get("picked", []):
        st.session_state["frontier-point"] = fits.index(int(clicked[0][UNFIT]))
    options = list(range(len(words)))
    number = st.selectbox("Plan to show", options, format_func=words.__getitem__, key="frontier-point")
    _other_plan(found.best, found.frontier[number], key="take-frontier")


def _alternatives(found: Exploration) -> None:
    best = found.best
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
    st.table(table.rename(columns={"Guided hours": "Hours"}), border="horizontal", hide_index=True)


def _figures(plan: Plan) -> str:
    credits = [f"{plan.credits} credits"] if "credits" in plan.qualification.figures else []
    return ", ".join([f"{plan.cost} {plan.qualification.price_words}", *credits])


def _undecided() -> None:
    st.warning("Not decided in the time given.", icon=":material/hourglass_empty:")


def _other_plan(best: Plan, other: Plan, key: str) -> None:
    """Another plan beside the best: what differs, and a button that takes it."""
    by_ref = best.qualification.by_ref
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
            st.metric(label, value, delta=value - before or None, delta_color=colour, width="content")
    for word, refs in (
        ("Takes", set(other.planned) - set(best.planned)),
        ("Instead of", set(best.planned) - set(other.planned)),
    ):
        if refs:
            titles = ", ".join(f"{plain(by_ref[ref].title)} ({plain(ref)})" for ref in sorted(refs))
            st.markdown(f"**{word}:** {titles}")
    if set(other.planned) != set(best.planned):
        pins = best.wishes.pins | set(other.new_units)
        st.button(
            "Take this plan",
            key=key,
            help="All its units become your choices.",
            on_click=address.write,
            args=(best.qualification, replace(best.wishes, pins=pins)),
        )


def _ask(best: Plan) -> None:
    """Why a unit is in the plan or not, and what could take the place of one that is."""
    qualification = best.qualification
    ref = st.selectbox(
        "Unit",
        list(qualification.by_ref),
        index=None,
        format_func=lambda r: f"{r} · {qualification.by_ref[r].title}",
        placeholder="Choose a unit",
        key="ask-unit",
    )
    if ref is None:
        return
    found = reason(best, ref)
    if not found.decided:
        _undecided()
        return
    st.markdown(plain(found.words))
    places = swaps(best, ref)
    if places:
        st.markdown("Units that can take its place, all others staying:")
        titles = qualification.by_ref
        priced = ((titles[s.ref].title, s.ref, plan_tables.price_words(best, s.price)) for s in places)
        st.markdown(bullets(f"{title} ({ref}): {price}" for title, ref, price in priced))
