"""The units of a plan, one below the other: what each is, why it is there, and what could take its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from planner.catalogue.units import Unit
from planner.pages.shared import address
from planner.pages.shared.words import plain, titles
from planner.planning.explore import evidence_missing, swaps
from planner.planning.reasons import in_short, reason
from planner.planning.result import Plan
from planner.planning.solve import answer
from planner.records.wishes import Wishes
from planner.report import plan_tables
from planner.rules.measure import numbered

MOST_SWAPS = 5
"""Units offered in place of one, the cheapest first."""


def show(plan: Plan, refs: Sequence[str], called: Mapping[str, str]) -> None:
    """Draws a row for each unit, in the order of the groups; `called` has the short words of tasks."""
    units = sorted(plan.qualification.units, key=lambda unit: unit.group)
    most = max((unit.glh for unit in units if unit.ref in plan.planned), default=0)
    with st.container():  # one for them all: what is below stays where it is
        for unit in units:
            if unit.ref in refs:
                row = f"row-{unit.ref}"
                with st.container(border=True, horizontal=True, vertical_alignment="center", key=row):
                    _unit(plan, unit, most, called)


def figures(plan: Plan, unit: Unit) -> str:
    """What a unit comes to, its ref last."""
    words = plan.qualification.figure_words(glh=unit.glh, credits=unit.credits)
    hours = [word.replace("guided ", "") for word in reversed(words)]
    return " · ".join([*hours, f"level {unit.level}", unit.ref])


def _unit(plan: Plan, unit: Unit, most: int, called: Mapping[str, str]) -> None:
    name = plan.qualification.names[unit.ref]
    why = in_short(plan, unit.ref, called)
    words = f"**{plain(name)}**  \n:small[{plain(why)}]  \n:small[{plain(figures(plan, unit))}]"
    if most:
        st.progress(unit.glh / most, text=words)  # one element: each more costs time on every click
    else:
        st.markdown(words, width="stretch")
    label = "Details" if unit.ref in plan.wishes.held else "Details · Swap"
    with st.popover(label, key=f"details-{unit.ref}", on_change="rerun") as details:
        if details.open:
            _details(plan, unit)


def _details(plan: Plan, unit: Unit) -> None:
    """Why the unit is in the plan, what gives evidence for it, and other choices with their prices."""
    qualification, wishes, ref = plan.qualification, plan.wishes, unit.ref
    st.markdown(f"**{plain(qualification.named(ref))}**")
    st.markdown(plain(reason(plan, ref).words))
    if wishes.tasks:
        st.markdown(f"Evidence: {plain(plan_tables.evidence_words(plan, ref))}")
    if partners := qualification.barred_partners(ref):
        st.markdown(f"Barred with: {titles(qualification, partners)}. Only one of them can count.")
    only = frozenset({ref})
    if ref in wishes.held:
        _choice(plan, "I have not achieved it", replace(wishes, held=wishes.held - only), f"not-held-{ref}")
        return
    offered = [one.ref for one in swaps(plan, ref)][:MOST_SWAPS]
    if offered:
        st.markdown("**Swap it for**")
    for other in offered:
        swapped = replace(wishes, pins=wishes.pins | {other}, excludes=wishes.excludes | only)
        label = f"{qualification.named(other)}: {_price(plan, swapped)}"
        _choice(plan, label, swapped, f"swap-{ref}-{other}")
    if ref in wishes.pins:
        _choice(plan, "No longer ask for it", replace(wishes, pins=wishes.pins - only), f"unpin-{ref}")
    else:
        left = replace(wishes, excludes=wishes.excludes | only)
        if (price := _price(plan, left)) != plan_tables.NOT_POSSIBLE:
            _choice(plan, f"Leave it out: {price}", left, f"out-{ref}")
    ways = frozenset(pair for pair in wishes.ways if pair[0] != ref)
    held = replace(wishes, held=wishes.held | only, pins=wishes.pins - only, ways=ways)
    _choice(plan, "I have achieved it", held, f"held-{ref}")


def _price(plan: Plan, wishes: Wishes) -> str:
    """What other wishes would cost, exactly."""
    other = answer(plan.qualification, wishes)
    if other.status == "infeasible":
        return plan_tables.NOT_POSSIBLE
    if other.cost is None or plan.cost is None:
        return "not decided"
    price = plan_tables.price_words(plan, other.cost - plan.cost)
    unshown = evidence_missing(other) - evidence_missing(plan) if wishes.tasks else 0
    return f"{price}, {numbered(unshown, 'more unit')} without evidence" if unshown > 0 else price


def _choice(plan: Plan, label: str, wishes: Wishes, key: str) -> None:
    """A button that puts other wishes into the address."""
    st.button(plain(label), key=key, wrap=True, on_click=address.write, args=(plan.qualification, wishes))
