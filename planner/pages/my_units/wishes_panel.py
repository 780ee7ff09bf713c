"""What a learner wants of the plan: which is best, and what is to be with each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import Unit
from planner.pages.my_units.surroundings import Surroundings
from planner.pages.shared import address, offer, page_shell
from planner.pages.shared.words import matches, plain, titles
from planner.planning.prices import Outlook
from planner.planning.result import Plan
from planner.planning.robustness import perhaps_optional
from planner.records.wishes import MOST_LOSSES, Wishes, default_goals
from planner.report import plan_tables
from planner.rules.measure import numbered

FREE, MUST, OUT, HELD = "free", "must", "out", "held"
CHOICES = {FREE: "Planner", MUST: "Must", OUT: "Leave out", HELD: "Achieved"}

FEW_UNITS = 12
"""Units up to which all are shown at once, with no search."""

BEST_FIT = ("fit", "glh", "units")

ORDERS: dict[tuple[str, ...], str] = {
    ("glh", "units"): "Least guided hours",
    ("units", "glh"): "Fewest units",
    ("credits", "glh"): "Fewest credits",
    ("strategies", "glh"): "Fewest assessment strategies",
}
"""The orders of goals the page offers; the second goal decides between equals."""


def show(around: Surroundings, refused: Mapping[str, str]) -> None:
    """Draws the choices; units of which something was said first, all others folded by group.

    `refused` are units left out because of the work, by ref with the words of that answer.
    """
    st.header("Your choices")
    qualification, wishes = around.best.qualification, around.best.wishes
    if perhaps_optional(qualification):
        st.markdown(
            "Say what you want of a unit; the plan follows at once. **Planner**: the planner decides. "
            "**Must**: it has to count. **Leave out**: it must not. **Achieved**: you have it already."
        )
        _goal_choice(qualification, wishes)
    else:
        st.markdown(
            "This qualification leaves no choice: every plan has the same units. Mark those that you have "
            "**achieved**, and the plan shows what is left."
        )
    asked = [
        unit
        for unit in qualification.units
        if plan_tables.wish_words(wishes, unit.ref) and unit.ref not in refused
    ]
    with st.container():  # always there, so that what is below stays where it is
        _chosen_units(around, asked, refused)
    search = page_shell.unit_search("search") if len(qualification.units) > FEW_UNITS else ""
    matching = [unit for unit in qualification.units if matches(search, unit.title, unit.ref)]
    if not matching:
        st.info("No unit has this in its title or ref.")
    for group in dict.fromkeys(unit.group for unit in qualification.units):
        _group(around, group, [unit for unit in matching if unit.group == group], asked, bool(search))
    _more(around.best)


def _more(plan: Plan) -> None:
    """Wishes few people have: a present plan to keep, a plan that survives losses."""
    wishes = plan.wishes
    expanded = bool(wishes.keep or wishes.survive or wishes.closed)
    with st.expander("More wishes", expanded=expanded, key=f"more-{expanded}", on_change="rerun") as fold:
        if fold.open:
            _seldom(plan)


def _seldom(plan: Plan) -> None:
    qualification, wishes = plan.qualification, plan.wishes
    offer.picker(plan.qualification)
    st.session_state["survive"] = wishes.survive
    st.selectbox(
        "The plan must still meet the rules if this many optional units fail",
        list(range(MOST_LOSSES + 1)),
        key="survive",
        on_change=lambda: address.write(qualification, replace(wishes, survive=st.session_state["survive"])),
    )
    if wishes.keep:
        st.markdown("Changes to the plan you keep stay as few as can be.")
        st.button(
            "Forget the plan kept",
            key="forget",
            on_click=address.write,
            args=(
                qualification,
                replace(wishes, keep=frozenset(), goals=default_goals(qualification, wishes.tasks, ())),
            ),
        )
    elif plan.found:
        keep = frozenset(plan.planned)
        st.button(
            "Keep this plan: change as little as possible from now on",
            key="keep",
            on_click=address.write,
            args=(
                qualification,
                replace(wishes, keep=keep, goals=default_goals(qualification, wishes.tasks, keep)),
            ),
        )


def _goal_choice(qualification: Qualification, wishes: Wishes) -> None:
    fit = "least guided hours" if "glh" in qualification.figures else "fewest units"
    offered = ({BEST_FIT: f"Fits your job, then {fit}"} if wishes.tasks else {}) | ORDERS
    absent = frozenset(("glh", "credits")) - qualification.figures
    orders = {
        tuple(goal for goal in order if goal not in absent): words
        for order, words in offered.items()
        if order[0] not in absent
    }
    if wishes.keep:
        default = default_goals(qualification, wishes.tasks, wishes.keep)
        orders = {default: "Fewest changes to the plan you keep", **orders}
    orders.setdefault(wishes.goals, "As in the address: " + ", then ".join(wishes.goals))
    st.session_state["goal"] = wishes.goals
    st.selectbox(
        "Which plan is best?",
        list(orders),
        format_func=lambda goals: orders[goals],
        key="goal",
        on_change=lambda: address.write(qualification, replace(wishes, goals=st.session_state["goal"])),
    )


def _chosen_units(around: Surroundings, asked: Sequence[Unit], refused: Mapping[str, str]) -> None:
    """The units of which something was said, in one place, with one button to start afresh."""
    qualification, wishes = around.best.qualification, around.best.wishes
    if not asked and not refused:
        return
    with st.container(border=True):
        for words in dict.fromkeys(refused.values()):
            units = [
                qualification.short_name(ref) for ref in qualification.by_ref if refused.get(ref) == words
            ]
            st.markdown(f"**{plain(words)}**: {plain(', '.join(units))} are left out.")
        for unit in asked:
            _unit_choice(around, unit)
        st.button(
            "Clear all choices",
            key="clear",
            on_click=address.write,
            args=(qualification, Wishes(goals=wishes.goals)),
        )


def _group(
    around: Surroundings, group: str, units: Sequence[Unit], asked: Sequence[Unit], searched: bool
) -> None:
    """The units of a group of which nothing was said, drawn only while the fold is open: each takes time."""
    qualification = around.best.qualification
    if not units:
        return
    free = [unit for unit in units if unit not in asked]
    # A fold whose words change is another one to the browser, and closed: so they do not tell what is chosen.
    label = f"{qualification.group_name(group)} · {numbered(len(units), 'unit')}"
    open_at_once = searched or len(qualification.units) <= FEW_UNITS
    key = f"group-{group}-{open_at_once}"
    with st.expander(plain(label), expanded=open_at_once, key=key, on_change="rerun") as fold:
        if fold.open:
            for unit in free:
                _unit_choice(around, unit)


def _unit_choice(around: Surroundings, unit: Unit) -> None:
    qualification, wishes = around.best.qualification, around.best.wishes
    key = f"choice-{unit.ref}"
    choice = _choice_of(wishes, unit.ref)
    st.session_state[key] = choice
    choices = _choices(qualification, choice)
    st.segmented_control(
        "  \n".join(_unit_lines(around, unit)),  # one element a unit: each more costs time on every click
        list(choices),
        format_func=choices.__getitem__,
        key=key,
        on_change=_chosen,
        args=(qualification, wishes, unit.ref),
    )


def _choices(qualification: Qualification, choice: str | None) -> dict[str, str]:
    """What can be said of a unit; where nothing is optional only whether it is achieved."""
    if perhaps_optional(qualification) or choice not in (FREE, HELD):
        return CHOICES
    return {FREE: "To do", HELD: "Achieved"}


def _unit_lines(around: Surroundings, unit: Unit) -> list[str]:
    """What is said of a unit above its choice, a line each, as Markdown."""
    qualification, wishes = around.best.qualification, around.best.wishes
    *lines, barred = _facts(qualification, unit)
    outlook = around.found.by_ref.get(unit.ref) if perhaps_optional(qualification) else None
    if outlook is not None:
        lines.append(_outlook_words(around.best, unit.ref in around.best.planned, outlook))
    if wishes.tasks:
        lines.append(f"Evidence: {plain(plan_tables.evidence_words(around.best, unit.ref))}")
    return [*lines, barred] if barred else lines


@lru_cache(maxsize=4096)
def _facts(qualification: Qualification, unit: Unit) -> tuple[str, str, str]:
    """What is said of a unit whatever is wished: name, figures, and what it is barred with, if anything."""
    figures = [word.replace("guided ", "") for word in qualification.figure_words(unit.credits, unit.glh)]
    partners = qualification.barred_partners(unit.ref)
    barred = f"Barred with: {titles(qualification, partners)}. Only one of them can count."
    return (
        f"**{plain(qualification.names[unit.ref])}**",
        " · ".join([plain(unit.ref), *figures, f"level {unit.level}"]),
        barred if partners else "",
    )


def _outlook_words(best: Plan, in_plan: bool, outlook: Outlook) -> str:
    """State and price of a unit, by word and by colour."""
    if outlook.state == "forced":
        return ":green-badge[Forced] It is in every plan with these choices."
    if in_plan:
        price = plan_tables.price_words(best, outlook.exclude_price)
        return f":blue-badge[In the plan] Leaving it out: {price}."
    if outlook.state == "impossible":
        return ":red-badge[Impossible] No plan with these choices can take it."
    return f":gray-badge[Possible] Must: {plan_tables.price_words(best, outlook.pin_price)}."


def _choice_of(wishes: Wishes, ref: str) -> str | None:
    """The choice the widget shows; none where the address asks for a unit and leaves it out."""
    pinned, out = ref in wishes.pins, ref in wishes.excludes
    if pinned and out:
        return None
    return MUST if pinned else OUT if out else HELD if ref in wishes.held else FREE


def _chosen(qualification: Qualification, wishes: Wishes, ref: str) -> None:
    """Puts the choice just made of one unit into the address."""
    choice = st.session_state[f"choice-{ref}"]
    only = frozenset({ref})

    def refs(before: frozenset[str], kind: str) -> frozenset[str]:
        return before | only if choice == kind else before - only

    pins, excludes, held = refs(wishes.pins, MUST), refs(wishes.excludes, OUT), refs(wishes.held, HELD)
    ways = frozenset(pair for pair in wishes.ways if pair[0] != ref or choice == HELD)
    address.write(qualification, replace(wishes, pins=pins, excludes=excludes, held=held, ways=ways))
