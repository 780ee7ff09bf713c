"""The page for learners: the plan first, then the wishes that lead to it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import Unit
from planner.pages.my_units import alternatives_panel
from planner.pages.shared import address, charts, offer, page_shell
from planner.pages.shared.words import bullets, matches, plain, titles
from planner.planning.explore import Exploration, exploration
from planner.planning.prices import Outlook
from planner.planning.reasons import in_short
from planner.planning.result import Plan
from planner.planning.robustness import perhaps_optional
from planner.records.wishes import MOST_LOSSES, Wishes, default_goals
from planner.report import plan_tables, tables
from planner.report.plan_book import plan_workbook
from planner.rules.measure import numbered

FREE, MUST, OUT, HELD = "free", "must", "out", "held"
CHOICES = {FREE: "Planner", MUST: "Must", OUT: "Leave out", HELD: "Achieved"}

FEW_UNITS = 12
"""Units up to which all are shown at once, with no search."""

LABEL = 26
"""Characters of one line of a unit's label in the chart of hours."""

BEST_FIT = ("fit", "glh", "units")

ORDERS: dict[tuple[str, ...], str] = {
    ("glh", "units"): "Least guided hours",
    ("units", "glh"): "Fewest units",
    ("credits", "glh"): "Fewest credits",
    ("strategies", "glh"): "Fewest assessment strategies",
}
"""The orders of goals the page offers; the second goal decides between equals."""


def show() -> None:
    """Draws the page."""
    chosen = page_shell.qualification()
    page_shell.heading("Plan your units", chosen)
    qualification = _titled(chosen)
    reading = address.read(qualification)
    found = exploration(qualification, reading.wishes)
    page_shell.left_out(reading.problems)
    left, right = st.columns(2, gap="medium")
    with left:
        _answer(found)
    with right:
        _wishes(found)
    page_shell.small_print(qualification)


def _titled(qualification: Qualification) -> Qualification:
    """The qualification with the title that the address asks for, which can be chosen here."""
    names = {title.name.casefold(): title.name for title in qualification.titles}
    if not names:
        return qualification
    known = names.get(st.query_params.get("title", "").casefold(), "")
    st.session_state["title"] = known
    st.selectbox(
        "Title of the award",
        ["", *names.values()],
        format_func=lambda name: name or "none beside its own",
        key="title",
        on_change=lambda: address.put(title=st.session_state["title"]),
    )
    return qualification.titled(known) if known else qualification


# The answer


def _answer(found: Exploration) -> None:
    st.header("Your plan")
    plan = found.best
    if not plan.found:
        _no_plan(plan)
        return
    on_file = plan.qualification.figures
    shown: list[tuple[str, float | str | None, str | None]] = []
    if "glh" in on_file:
        shown = [("Guided hours to do", plan.new_glh, "Supervised learning: guided learning hours (GLH).")]
    if len(on_file) == 2:
        explained = "A credit stands for about ten hours of learning, guided or not."
        shown.append(("Learning time to do", f"about {plan.learning_hours} h", explained))
    if "credits" in on_file:
        shown.append(("Credits", plan.credits, None))
    page_shell.figures(*shown, ("New units", len(plan.to_achieve), None))
    guided = f"  \n:small[{page_shell.GUIDED}]" if "glh" in on_file else ""
    st.markdown(f"{plain(tables.verdict(plan))}{guided}")
    if words := plan.qualification.next_step(rules_met=False):
        page_shell.note(plain(words))
    _unit_list(plan)
    if plan.spare:
        st.subheader("Held in reserve")
        page_shell.note(
            "Achieve these too. They do not count; where units that count fail, they take their place, so "
            "that the rules are still met."
        )
        _unit_list(plan, tables.RESERVE)
    _download(plan)
    page_shell.note(
        "To share this plan, send the address of this page: it holds your choices and nothing else."
    )
    page_shell.rules(plan.qualification, plan.rule_findings)
    if "glh" in plan.qualification.figures:
        with st.expander("Hours of each unit", key="chart", on_change="rerun") as fold:
            if fold.open:  # drawn with each click, the chart alone would take a tenth of the browser's time
                _chart(plan)
    if perhaps_optional(plan.qualification):
        alternatives_panel.show(found)


def _no_plan(plan: Plan) -> None:
    if plan.status == "unknown":
        st.warning(plain(tables.verdict(plan)))
        return
    st.error("**No plan is possible with these choices.** This is proven, not a guess.")
    st.markdown(bullets(conflict.in_words(plan.qualification) for conflict in plan.conflicts))
    if not plan.conflicts_complete:
        page_shell.note(tables.MORE_CONFLICTS)
    if plan.outside_offer:
        st.markdown(plain(tables.outside_words(plan)))
    if plan.repairs:
        st.subheader("What would help")
        page_shell.note("Each of these is enough; the one with the shortest plan comes first.")
    for number, repair in enumerate(plan.repairs):
        st.button(
            plain(repair.in_words(plan.qualification)),
            key=f"repair-{number}",
            icon=":material/build:",
            wrap=True,
            on_click=address.write,
            args=(plan.qualification, plan.wishes.without(repair.unpin, repair.allow)),
        )
    if not plan.repairs_complete:
        page_shell.note("There are more ways than these.")
    _download(plan)


def _download(plan: Plan) -> None:
    page_shell.download(
        "Download as Excel workbook", lambda: plan_workbook(plan), "unit-plan.xlsx", "download"
    )


def _unit_list(plan: Plan, counts: str = tables.YES) -> None:
    table = plan_tables.plan_table(plan, counts)
    why = table["Ref"].map(lambda ref: in_short(plan, ref))
    table["Unit"] = (table["Unit"] + " (" + table["Ref"] + ")").map(plain)
    table["Unit"] += why.map(lambda words: f"  \n*{plain(words)}*" if words else "")
    table = table[tables.shown(plan.qualification, ("Unit", "Credits", "Guided hours"))]
    table = table.rename(columns={"Guided hours": "Hours"})
    st.table(table, border="horizontal", hide_index=True)


def _chart(plan: Plan) -> None:
    table = plan_tables.plan_table(plan)[["Unit", "Ref", "Guided hours", "Credits", "State"]]
    legend = {"orient": "top"} if table["State"].nunique() > 1 else None
    state = {"field": "State", "type": "nominal", "title": None, "legend": legend}
    charts.unit_bars(table, "Guided hours", "Guided hours of each unit", lines=LABEL, step=64, color=state)


# The wishes


def _wishes(found: Exploration) -> None:
    st.header("Your choices")
    qualification, wishes = found.best.qualification, found.best.wishes
    _job(qualification, wishes)
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
    _summary(qualification, wishes)
    search = page_shell.unit_search("search") if len(qualification.units) > FEW_UNITS else ""
    matching = [unit for unit in qualification.units if matches(search, unit.title, unit.ref)]
    if not matching:
        st.info("No unit has this in its title or ref.")
    for group in dict.fromkeys(unit.group for unit in qualification.units):
        units = [unit for unit in matching if unit.group == group]
        chosen = [unit for unit in units if plan_tables.wish_words(wishes, unit.ref)]
        if not units:
            continue
        label = f"{qualification.group_name(group)} · {numbered(len(units), 'unit')}"
        unfolded = bool(chosen or search) or len(qualification.units) <= FEW_UNITS
        with st.expander(plain(label), expanded=unfolded, key=f"group-{group}-{unfolded}"):
            for unit in units:
                _unit_choice(found, unit)
    _more(found.best)


def _job(qualification: Qualification, wishes: Wishes) -> None:
    """What the learner does at work, so that the plan takes units the job gives evidence for."""
    if not qualification.tasks:
        return
    chosen = len(wishes.tasks)
    label = "What do you do at work?" + (f" · {chosen} chosen" if chosen else "")
    with st.expander(label, expanded=bool(chosen), key=f"job-{bool(chosen)}", icon=":material/work:"):
        st.session_state["tasks"] = list(wishes.tasks)
        st.pills(
            "Tick your tasks: the plan then prefers units that they give evidence for.",
            list(qualification.tasks),
            selection_mode="multi",
            format_func=lambda name: qualification.tasks[name].title,
            key="tasks",
            on_change=_tasks_chosen,
            args=(qualification, wishes),
        )
        if wishes.goals[0] == "fit" and "glh" in qualification.figures:
            page_shell.note(
                "Prices below are in hours: they can fall where a unit without evidence comes in."
            )


def _tasks_chosen(qualification: Qualification, wishes: Wishes) -> None:
    tasks = tuple(st.session_state["tasks"])
    was_default = wishes.goals == default_goals(qualification, wishes.tasks, wishes.keep)
    goals = default_goals(qualification, tasks, wishes.keep) if was_default else wishes.goals
    if not tasks:
        goals = tuple(goal for goal in goals if goal != "fit") or default_goals(
            qualification, (), wishes.keep
        )
    address.write(qualification, replace(wishes, tasks=tasks, goals=goals))


def _more(plan: Plan) -> None:
    """Wishes few people have: a present plan to keep, a plan that survives losses."""
    qualification, wishes = plan.qualification, plan.wishes
    expanded = bool(wishes.keep or wishes.survive or wishes.closed)
    with st.expander("More wishes", expanded=expanded, key="more"):
        offer.picker(plan.qualification)
        st.session_state["survive"] = wishes.survive
        st.selectbox(
            "The plan must still meet the rules if this many optional units fail",
            list(range(MOST_LOSSES + 1)),
            key="survive",
            on_change=lambda: address.write(
                qualification, replace(wishes, survive=st.session_state["survive"])
            ),
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


def _summary(qualification: Qualification, wishes: Wishes) -> None:
    """What is chosen, in one place, with one button to start afresh."""
    chosen = [unit for unit in qualification.units if plan_tables.wish_words(wishes, unit.ref)]
    if not chosen:
        return
    lines = [
        f"- {plain(unit.title)} ({plain(unit.ref)}): **{plan_tables.wish_words(wishes, unit.ref)}**"
        for unit in chosen
    ]
    with st.container(border=True):
        st.markdown("\n".join(lines))
        st.button(
            "Clear all choices",
            key="clear",
            on_click=address.write,
            args=(qualification, Wishes(goals=wishes.goals)),
        )


def _unit_choice(found: Exploration, unit: Unit) -> None:
    qualification, wishes = found.best.qualification, found.best.wishes
    key = f"choice-{unit.ref}"
    choice = _choice_of(wishes, unit.ref)
    st.session_state[key] = choice
    choices = _choices(qualification, choice)
    st.segmented_control(
        "  \n".join(_unit_lines(found, unit)),  # one element a unit: each more costs time on every click
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


def _unit_lines(found: Exploration, unit: Unit) -> list[str]:
    """What is said of a unit above its choice, a line each, as Markdown."""
    qualification, wishes = found.best.qualification, found.best.wishes
    lines = [f"**{plain(unit.title)}**"]
    figures = [word.replace("guided ", "") for word in qualification.figure_words(unit.credits, unit.glh)]
    lines.append(" · ".join([plain(unit.ref), *figures, f"level {unit.level}"]))
    if unit.ref in found.by_ref and perhaps_optional(qualification):
        lines.append(_outlook_words(found.best, unit.ref in found.best.planned, found.by_ref[unit.ref]))
    if wishes.tasks:
        lines.append(f"Evidence: {plain(plan_tables.evidence_words(found.best, unit.ref))}")
    partners = qualification.barred_partners(unit.ref)
    if partners:
        lines.append(f"Barred with: {titles(qualification, partners)}. Only one of them can count.")
    return lines


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
