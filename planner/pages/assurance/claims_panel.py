"""Who can be claimed: the answer first, then what the others lack, and the claim file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.assurance import (
    Claim,
    ClaimFile,
    ClaimTerms,
    claim_file,
    claims_of,
)
from planner.catalogue.qualification import Qualification, in_words
from planner.errors import DataError, Problem
from planner.files.tables import SheetRead
from planner.pages.assurance import desk as desks
from planner.pages.assurance.desk import Desk
from planner.pages.assurance.sampling_panel import rules_of, samples_of
from planner.pages.learners.changes import with_status
from planner.pages.learners.intake import SAVE_FIRST, Taken
from planner.pages.shared import file_reading, page_shell, register_desk, visit_memory
from planner.pages.shared.learners import FEW, left_out, listing
from planner.pages.shared.register_said import Said, tell
from planner.pages.shared.words import bullets, plain
from planner.portfolio.verdict import judge
from planner.report.claims_tables import (
    READY_MEANS,
    asked_words,
    claims_table,
    claims_words,
    claims_workbook,
    file_words,
)

if TYPE_CHECKING:
    from planner.register import Actor, Register

CLAIMED = "assurance-claimed"
"""The key of the button that records claims, and what is told of them."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Judged:
    """The claims of the learners, under which terms, the claim file, and what could not be read.

    `sheets` says how the files beside that of the learners were read.
    """

    qualification: Qualification
    claims: tuple[Claim, ...]
    terms: ClaimTerms
    file: ClaimFile
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...] = ()


def show(qualification: Qualification, taken: Taken, desk: Desk) -> None:
    """Draws who can be claimed of the learners taken in."""
    key = (qualification.digest, taken.key, desk.key, date.today())
    try:
        judged = desks.answer("claims", key, partial(_judged, qualification, taken, desk))
    except DataError as error:
        st.error("Claims cannot be judged:\n" + page_shell.problem_list(error))
        return
    _answer(judged)
    _lacking(judged, desk)
    _record(judged, taken)
    _file(judged)
    _terms(judged, desk)
    if judged.problems:
        left_out(judged.problems, "what was handed in", True, "assurance-problems")
    file_reading.told(judged.sheets)


def _judged(qualification: Qualification, taken: Taken, desk: Desk) -> Judged:
    today, portfolios = date.today(), taken.visit.portfolios
    done, kept = desks.table_of(desk.policy, desk.done), samples_of(qualification, taken)
    asked = bool(desk.done or desk.assessments) or any(kept.drawn() if kept else ())
    rules = rules_of(desk, kept)
    read = desks.table_of(rules, desk.assessments)
    steps = desks.steps_of(desk.steps, [each.learner for each in portfolios])
    terms = ClaimTerms(
        today,
        rules if asked else None,
        (*(kept.sampled() if kept else ()), *(done.sampled if done else ())),
        read.assessments if read else None,
        desk.certification_ends,
        steps.days,
    )
    place, judgements = st.empty(), []
    for number, portfolio in enumerate(portfolios, start=1):
        judgements.append(judge(qualification, portfolio, today=today))
        if number % 20 == 0:
            place.progress(number / len(portfolios), text=f"{number} of {len(portfolios)} learners judged")
    claims = claims_of(judgements, terms)
    place.empty()
    beside = [each for each in (done, read, steps) if each is not None]
    problems = (*taken.visit.problems, *(problem for each in beside for problem in each.problems))
    sheets = tuple(sheet for each in beside for sheet in each.sheets)
    return Judged(qualification, claims, terms, claim_file(desk.form, claims, today), problems, sheets)


def _answer(judged: Judged) -> None:
    st.header("The answer")
    st.markdown(f"**{plain(claims_words(judged.claims))}**")
    table = claims_table(judged.claims)
    table["Since"] = [in_words(claim.days[claim.stage]) for claim in judged.claims]
    listing(table[["Learner", "Name", "Ready", "Stage", "Since"]], "Who is ready to be claimed")
    with st.container(horizontal=True):
        if judged.file.rows:
            content = visit_memory.loosely(judged, lambda found: found.file.content())
            page_shell.download("Download the claim file", content, "claims.csv", "assurance-claim-file")
        book = visit_memory.loosely(judged, _book)
        page_shell.download("Download all this (Excel)", book, "claims.xlsx", "assurance-claims")
    page_shell.note(READY_MEANS)


def _record(judged: Judged, taken: Taken) -> None:
    """The way to note in the register that those who are ready have been claimed."""
    ready = [claim for claim in judged.claims if claim.ready]
    register = register_desk.in_use()
    if register is None or not taken.visit.opened:
        return
    if taken.unsaved:
        st.warning(SAVE_FIRST, icon=":material/save:")
        return
    if ready:
        label = f"Record the claims in the register ({len(ready)})"
        act = partial(_claimed, judged.qualification, ready, taken, register)
        register_desk.button(label, CLAIMED, ":material/task_alt:", register, act)
    tell((desks.OF, taken.key), lambda: None)


def _claimed(
    qualification: Qualification, ready: Sequence[Claim], taken: Taken, register: Register, actor: Actor
) -> Said:
    """Brings the units that count from verified to claimed, of all who are ready or of nobody."""
    portfolios = []
    for claim in ready:
        portfolio = claim.portfolio
        verified = {entry.ref for entry in portfolio.entries if entry.status == "verified"}
        for ref in verified & set(claim.counted):
            portfolio = with_status(qualification, portfolio, ref, "claimed", on=date.today())
        portfolios.append(portfolio)
    register.save(actor, qualification, portfolios, opened=taken.visit.opened)
    who = ", ".join(claim.portfolio.learner for claim in ready)
    return desks.go_on(qualification, register, actor, f"Claimed, in the register: {who}.")


def _book(judged: Judged) -> bytes:
    found = judged
    return claims_workbook(found.qualification, found.claims, found.terms, found.problems, found.file)


def _lacking(judged: Judged, desk: Desk) -> None:
    lacking = [claim for claim in judged.claims if claim.lacking]
    if not lacking:
        return
    st.subheader("What is lacking")
    often = Counter(words for claim in lacking for words in claim.lacks)
    common = [words for words, number in often.items() if number == len(lacking) > 1]
    if common:
        st.warning(f"All {len(lacking)} of them:\n{bullets(common)}")
    if _until_unknown(judged):
        _ends_field(desk)
    told = [(claim, _own(claim, common)) for claim in lacking]
    told = [(claim, words) for claim, words in told if words]
    _each(told[:FEW])
    if len(told) > FEW:
        with st.expander(f"And {len(told) - FEW} more", key="assurance-lacking"):
            _each(told[FEW:])


def _own(claim: Claim, common: Sequence[str]) -> list[str]:
    return [words for words in claim.lacks if words not in common]


def _each(told: Sequence[tuple[Claim, list[str]]]) -> None:
    for claim, words in told:
        name = claim.portfolio.details.name
        st.markdown(
            f"**{plain(claim.portfolio.learner)}{f' · {plain(name)}' if name else ''}**\n{bullets(words)}"
        )


def _file(judged: Judged) -> None:
    found = judged.file
    if found.left_out:
        st.subheader("What does not fit the claim file")
        st.markdown(f"{plain(file_words(found))} Nothing is cut off:")
        st.markdown(bullets(f"{each.field} = {each.value}: {each.message}" for each in found.problems))
    with st.expander(
        f"Claim file: {plain(found.format.title)} · **change**",
        key="assurance-form-fold",
        icon=":material/table_view:",
    ):
        st.markdown(f"Columns: {plain(', '.join(column.column for column in found.format.column))}.")
        page_shell.note("Columns are each awarding organisation's own: hand in a file like the example.")
        desks.example_file("example-claim-file.toml")
        desks.form_field()


def _terms(judged: Judged, desk: Desk) -> None:
    with st.expander("What is asked · **change**", key="assurance-terms", icon=":material/tune:"):
        st.markdown(bullets(asked_words(judged.terms)))
        if not _until_unknown(judged):
            _ends_field(desk)
        desks.assessments_field("done", "What was sampled (Excel or CSV)")
        desks.steps_field([claim.portfolio.learner for claim in judged.claims])


def _until_unknown(judged: Judged) -> bool:
    """Whether nobody has said until when claims can be made, so that it is asked for in sight."""
    return any(each.code == "certification unknown" for claim in judged.claims for each in claim.lacking)


def _ends_field(desk: Desk) -> None:
    st.date_input(
        "The last day for claims, as the awarding organisation says",
        desk.certification_ends,
        *page_shell.days_with(desk.certification_ends),
        format="DD/MM/YYYY",
        key="assurance-ends",
        width=400,
        on_change=_ends,
    )


def _ends() -> None:
    desks.change(certification_ends=st.session_state["assurance-ends"])
