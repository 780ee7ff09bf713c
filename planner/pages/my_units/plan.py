"""The page for learners, a thing at a time: which qualification, what they do at work, and then their plan.

Where the address does not name the step, an address with choices leads to the plan, as links always did.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.my_units import (
    alternatives_panel,
    plan_bar,
    plan_rows,
    share_panel,
    wishes_panel,
    work_panel,
)
from planner.pages.my_units.surroundings import Surroundings
from planner.pages.my_units.work_panel import QUALIFICATION, STEP, STEPS, UNITS, WORK
from planner.pages.shared import address, page_shell
from planner.pages.shared.words import badge, bullets, plain
from planner.planning.result import Plan
from planner.planning.robustness import perhaps_optional
from planner.planning.solve import answer
from planner.recognition.job_profile import WorkGroup
from planner.records.wishes import Wishes
from planner.report import tables

TITLE = "My units"

LINKED = "plan-linked"
"""Where the session notes that a link led to the plan: clearing its choices then leads to no question."""


PLANNED = "plan-planned"
"""Where the session has what is known of the last wishes: some ten kilobytes."""


def show() -> None:
    """Draws the page."""
    step = _step()
    if step == QUALIFICATION:
        _which_qualification()
        return
    chosen = page_shell.qualification()
    works = work_panel.groups(chosen)
    if step == WORK and works:
        _work(chosen, works)
    else:
        _units(chosen, works)


def link(one: Qualification, label: str, wishes: Mapping[str, str]) -> None:
    """Draws a link to the plan of a qualification with wishes, as the address holds them."""
    page = st.Page(show, title=TITLE, url_path="plan")
    carried = {page_shell.QUALIFICATION: one.id, **wishes}
    st.page_link(page, label=f":blue[**{label}**]", icon=":material/route:", query_params=carried)


def _step() -> str:
    """The step that the address names or means; the first that is needed for an address that says nothing."""
    named = st.query_params.get(STEP, "")
    if named in STEPS:
        return named
    if any(key in st.query_params for key in (*address.KEYS, "title")) or st.session_state.get(LINKED):
        st.session_state[LINKED] = True
        return UNITS
    known = page_shell.QUALIFICATION in st.query_params or page_shell.CHOSEN in st.session_state
    return WORK if known or len(page_shell.on_file()) == 1 else QUALIFICATION


def _go(step: str) -> None:
    address.put(step=step)


# Which qualification?


def _which_qualification() -> None:
    st.title(TITLE)
    st.header("Which qualification are you registered for?")
    for one in page_shell.on_file().values():
        with st.container(border=True):
            st.markdown(f"**{plain(one.title)}** {badge(one)}")
            page_shell.note(plain(f"{one.id}. {one.awarding_organisation}".strip(". ") + "."))
            label = f"This one: {plain(one.id)}"
            st.button(label, key=f"qualification-{one.id}", on_click=_registered, args=(one.id,))


def _registered(number: str) -> None:
    page_shell.choose(number)
    _go(WORK)


# What do you do at work?


def _work(qualification: Qualification, works: tuple[WorkGroup, ...]) -> None:
    wishes = address.read(qualification).wishes
    _heading(qualification)
    st.header("What do you do at work?")
    st.markdown(
        "Tick all that is true. Evidence must come from your job, so the plan takes units that your work "
        "shows. You can change this at any time."
    )
    work_panel.question(qualification, wishes, works)
    plan = answer(qualification, wishes)
    _tab(plan)
    plan_bar.show(plan, "Show my units", lambda: _go(UNITS))


# The plan


def _units(chosen: Qualification, works: tuple[WorkGroup, ...]) -> None:
    _heading(chosen)
    qualification = _titled(chosen)
    reading = address.read(qualification)
    around = _planned(qualification, reading.wishes)
    page_shell.left_out(reading.problems)
    left, right = st.columns([11, 9], gap="large")
    with left:
        _answer(around, works)
    with right, st.container(key="choices"):
        wishes_panel.show(around, work_panel.refused(works, reading.wishes))
    page_shell.small_print(qualification)
    _tab(around.best)
    plan_bar.show(around.best)


def _planned(qualification: Qualification, wishes: Wishes) -> Surroundings:
    """The best plan for these wishes; not found again where somebody only unfolds something."""
    known: tuple[object, Surroundings] | None = st.session_state.get(PLANNED)
    asked = (qualification, wishes)
    if known is None or known[0] != asked or known[1].best.status == "unknown":
        known = asked, Surroundings(answer(*asked))
        st.session_state[PLANNED] = known
    return known[1]


def _heading(qualification: Qualification) -> None:
    """The page's title, the qualification, whether it is open, and a way to another."""
    st.title(TITLE)
    page_shell.status(qualification, f"**{plain(qualification.title)}** · {plain(qualification.id)}  \n")
    if len(page_shell.on_file()) > 1:
        label = "Another qualification"
        st.button(
            label,
            key="to-qualification",
            icon=":material/swap_horiz:",
            type="tertiary",
            on_click=_go,
            args=(QUALIFICATION,),
        )


def _tab(plan: Plan) -> None:
    """Names the plan in the browser's tab."""
    st.set_page_config(page_title=f"{plan_bar.sum_words(plan)} · {TITLE}")


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


def _answer(around: Surroundings, works: tuple[WorkGroup, ...]) -> None:
    st.header("Your plan")
    plan = around.best
    _for_whom(works, plan.wishes)
    if not plan.found:
        _no_plan(plan)
        return
    figures = _figures(plan)
    page_shell.metrics(*figures)  # first: it is the answer, and the browser draws from the top
    called = work_panel.called(works)
    plan_rows.show(plan, plan.units, called)
    if plan.spare:
        st.subheader("Held in reserve")
        page_shell.note(
            "Achieve these too. They do not count; where units that count fail, they take their place, so "
            "that the rules are still met."
        )
        plan_rows.show(plan, plan.spare, called)
    page_shell.explanations(*figures)
    if words := plan.qualification.next_step(rules_met=False):
        page_shell.note(plain(words))
    with st.container(key="around"):
        if perhaps_optional(plan.qualification):
            alternatives_panel.fits(around)
            alternatives_panel.cards(around)
        share_panel.show(plan, work_panel.said(works, plan.wishes), called)
        st.subheader("How do we know?")
        st.markdown(plain(tables.verdict(plan)))
        page_shell.rules(plan.rule_findings)
        if perhaps_optional(plan.qualification):
            alternatives_panel.show(around, work_panel.refused(works, plan.wishes))


def _figures(plan: Plan) -> list[page_shell.Figure]:
    """What the plan comes to."""
    on_file = plan.qualification.figures
    shown: list[page_shell.Figure] = []
    if "glh" in on_file:
        shown.append(("Guided hours to do", plan.new_glh, page_shell.GUIDED))
    if len(on_file) == 2:
        shown.append(("Learning time to do", f"about {plan.learning_hours} h", page_shell.LEARNING))
    if "credits" in on_file:
        shown.append(("Credits", plan.credits, None))
    return [*shown, ("New units", len(plan.to_achieve), None)]


def _for_whom(works: tuple[WorkGroup, ...], wishes: Wishes) -> None:
    """What the learner said, with ways back to the questions."""
    if works:
        words = work_panel.said(works, wishes)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Your work:** {plain(words) if words else 'not said yet'}", width="content")
            label = "Change" if words else "Say what you do"
            st.button(
                label, key="to-work", type="tertiary", icon=":material/work:", on_click=_go, args=(WORK,)
            )


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
    share_panel.workbook(plan)
