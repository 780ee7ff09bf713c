"""What to sample: the answer first, then why, what was done, and where samples lie."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from planner.assurance import Assessment, Sample, draw_sample, read_assessments
from planner.assurance.claims import assessments_of
from planner.assurance.policy import COLUMNS, Policy
from planner.assurance.sampling import MOST_SEED, OUTCOME, AssessmentFile
from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.units import find_ref
from planner.errors import DataError, Problem
from planner.files.tables import SheetRead
from planner.files.text_files import csv_bytes
from planner.pages.assurance import desk as desks
from planner.pages.assurance import records_panel
from planner.pages.assurance.desk import Desk
from planner.pages.learners.intake import SAVE_FIRST, Taken
from planner.pages.shared import charts, file_reading, page_shell, register_desk, visit_memory
from planner.pages.shared.file_reading import Source
from planner.pages.shared.learners import columns, left_out, listing
from planner.pages.shared.register_said import Said, tell
from planner.pages.shared.words import bullets, plain
from planner.report.sampling_tables import (
    actions_table,
    heat_table,
    sampling_workbook,
    strata_table,
    unmet_words,
)
from planner.rules.measure import numbered

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Actor, Register
    from planner.register.samples import Samples

NARROW = 4
"""Columns that a telephone has room for."""

SEED = "assurance-seed"
"""Where the session has the seed of the draw, and what it was drawn for."""

HEADS = {
    "learner, ref": "Whose unit, and which",
    "assessor, date": "Who assessed it, and when",
    "iqa": "Who would sample it; nobody samples their own",
    "method, site, risk, …": "What your policy selects by",
}


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Drawn:
    """A sample, what could not be read, and how the table of assessments was read.

    `sheets` says it of the table of what was sampled.
    """

    sample: Sample
    problems: tuple[Problem, ...]
    file: AssessmentFile | None
    to_date: int
    sheets: tuple[SheetRead, ...] = ()


def teach() -> None:
    """What the table of assessments holds."""
    desks.assessments_field("assessments", "Or a table of assessments (CSV or Excel)")
    page_shell.download(
        "Download an empty table of assessments", _template, "assessments.csv", "assurance-table-template"
    )
    columns(HEADS, "The columns of a table of assessments")


def _template() -> bytes:
    return csv_bytes([(*COLUMNS, "iqa")])


def show(qualification: Qualification, taken: Taken | None, desk: Desk) -> None:
    """Draws the answer for the assessments handed in, else for those of the learners."""
    kept = samples_of(qualification, taken)
    rules = rules_of(desk, kept)
    try:
        drawn = _drawn(taken, desk, rules, kept)
    except DataError as error:
        st.error("Nothing can be drawn:\n" + page_shell.problem_list(error))
        desks.assessments_field("assessments", "A table of assessments (CSV or Excel)")
        _policy(rules)
        return
    _answer(qualification, drawn)
    register = register_desk.in_use()
    if kept is not None and taken is not None and taken.unsaved:
        st.warning(SAVE_FIRST, icon=":material/save:")
    elif kept is not None and taken is not None and register is not None:
        _keeping(kept, drawn.sample, register)
        tell((desks.OF, taken.key), lambda: None)
        records_panel.show(qualification, taken.visit.opened, register)
    _actions(drawn.sample)
    _done(desk, drawn.sample)
    _policy(rules)
    _heat(qualification, drawn.sample)
    if drawn.problems:
        left_out(drawn.problems, "what was handed in", bool(drawn.to_date), "assurance-problems")
    of = drawn.file.sheets if drawn.file is not None else ()
    file_reading.told(drawn.sheets if len(desk.assessments) == 1 else (*of, *drawn.sheets))
    if len(desk.assessments) == 1 and drawn.file is not None:
        columns = (*COLUMNS, "iqa", *OUTCOME, *rules.columns)
        file_reading.show(desk.assessments[0], _read_again, drawn.file.sheets, columns)


def _read_again(source: Source) -> None:
    read_assessments(desks.desk().policy, source.name, source.content, wording=source.wording)
    desks.change(assessments=(source,))


def samples_of(qualification: Qualification, taken: Taken | None) -> Samples | None:
    """What was drawn of learners opened from the register; None for others."""
    if taken is None or not taken.visit.opened:
        return None
    from planner.register.samples import Samples

    return Samples(qualification, taken.visit.opened)


def rules_of(desk: Desk, kept: Samples | None) -> Policy:
    """The policy handed in, else that of the last draw, else the example."""
    last = kept.policy if kept is not None and desks.is_example(desk.policy) else None
    return last or desk.policy


def _drawn(taken: Taken | None, desk: Desk, rules: Policy, before: Samples | None) -> Drawn:
    key = ("" if taken is None else taken.key, desk.key)
    kept = st.session_state.get(SEED)
    if kept is None or kept[0] != key:
        kept = st.session_state[SEED] = (key, secrets.randbelow(MOST_SEED))
    return desks.answer("sample", kept, partial(_draw, taken, desk, rules, before, kept[1]))


def _draw(taken: Taken | None, desk: Desk, rules: Policy, kept: Samples | None, seed: int) -> Drawn:
    done, file = desks.table_of(desk.policy, desk.done), desks.table_of(rules, desk.assessments)
    problems: list[Problem] = [] if done is None else list(done.problems)
    before: list[Assessment] = [*(kept.before() if kept else ()), *(done.sampled if done else ())]
    before = list({each.key: each for each in before}.values())
    found: Sequence[Assessment] = ()
    if file is not None:
        found, problems = file.assessments, [*file.problems, *problems]
    elif taken is not None:
        found = tuple(assessments_of(taken.visit.portfolios, rules, before))
        known = {each.key for each in before}
        before += [each for each in found if each.sampling is not None and each.key not in known]
    sample = draw_sample(rules, found, before, seed=seed)
    return Drawn(sample, tuple(problems), file, len(found), done.sheets if done else ())


# The answer


def _answer(qualification: Qualification, drawn: Drawn) -> None:
    sample = drawn.sample
    st.header("The answer")
    if not sample.found:
        st.markdown("**Not decided in the time given**: there may be a sample.")
        return
    number, of = len(sample.sample), numbered(drawn.to_date, "assessment")
    proven = "No smaller sample keeps the policy; this is proven."
    if sample.status != "optimal":
        proven = f"Whether fewer would do is not decided; {sample.bound} at least."
    words = f"**Sample {number} of {of}.** {proven}"
    waiting = len(sample.waiting)
    if not number and waiting:
        words = f"**Nothing more is to be drawn** of {of}: what was drawn before keeps the policy."
    elif not number:
        words = (
            f"**Nothing is to be sampled**: of {of} enough {'was' if drawn.to_date == 1 else 'were'} sampled."
        )
    if waiting:
        words += f" {waiting} drawn before {'is' if waiting == 1 else 'are'} still to be sampled."
    if before := len(sample.sampled):
        words += f" {before} {'was' if before == 1 else 'were'} sampled before."
    st.markdown(words)
    if sample.unmet:
        st.warning("Asked for by the policy, but not there:\n" + bullets(map(unmet_words, sample.unmet)))
    if number:
        listing(_to_sample(qualification, sample.sample), "The assessments to sample")
    with st.container(horizontal=True):
        book = visit_memory.loosely(drawn, _book)
        page_shell.download("Download to fill in (Excel)", book, "sampling-plan.xlsx", "assurance-book")
        if number:
            st.button("Draw another", key="assurance-again", icon=":material/casino:", on_click=_draw_again)
    if number:
        page_shell.note(
            f"Drawn by chance among the smallest samples; the seed is {sample.seed}, and draws it again. "
            "A sample that could be foretold is none."
        )
    if waiting:
        with st.expander(f"Drawn before, still to be sampled: {waiting}", key="assurance-waiting"):
            listing(
                _to_sample(qualification, sample.waiting), "The assessments drawn before, still to be sampled"
            )


def _keeping(kept: Samples, sample: Sample, register: Register) -> None:
    """The way to keep what was drawn, from which the year goes on."""

    def keep(actor: Actor) -> Said:
        learners = kept.keep(register, actor, sample)
        records_panel.begin_anew()
        count, of = numbered(len(sample.sample), "assessment"), numbered(len(learners), "learner")
        return desks.go_on(kept.qualification, register, actor, f"Kept: {count} to sample, of {of}.")

    if sample.sample:
        label = f"Keep this sample in the register ({len(sample.sample)})"
        register_desk.button(label, "assurance-keep", ":material/save:", register, keep)


def _to_sample(qualification: Qualification, found: Sequence[Assessment]) -> pd.DataFrame:
    """The assessments to sample as a telephone has room for them; the workbook has the rest."""
    samplers = any(each.iqa for each in found)
    rows = [
        (
            each.learner,
            _named(qualification, each.unit),
            f"{each.assessor} ({each.iqa})" if each.iqa else each.assessor,
            in_words(each.day),
        )
        for each in found
    ]
    heads = ["Learner", "Unit", "Assessor (IQA)" if samplers else "Assessor", "Date"]
    return pd.DataFrame(rows, columns=heads)


def _named(qualification: Qualification, ref: str) -> str:
    """A unit in a few words with its ref, if the qualification has it."""
    known = find_ref(ref, qualification.by_ref)
    return ref if known is None else f"{qualification.short_name(known)} ({known})"


def _book(drawn: Drawn) -> bytes:
    return sampling_workbook(drawn.sample, drawn.problems)


def _draw_again() -> None:
    st.session_state.pop(SEED, None)


def _actions(sample: Sample) -> None:
    actions = actions_table(sample, date.today())
    if not actions.empty:
        st.subheader("Actions still to be done")
        actions["Due"] += actions["Overdue"].map({"yes": ", overdue", "no": ""})
        actions["Of"] = actions["Learner"] + ", " + actions["Ref"]
        shown = actions[["Action", "Due", "Assessor", "Of"]]
        listing(shown, "Actions that internal quality assurance has asked for")


def _done(desk: Desk, sample: Sample) -> None:
    number = len(sample.sampled)
    label = f"Sampled so far: {number}" if number else "Nothing sampled so far"
    with st.expander(f"{label} · **change**", key="assurance-done-fold", icon=":material/task_alt:"):
        st.markdown(
            "Fill in the sampling plan: when each was sampled, its outcome, and the action it asks for. Read "
            "it in here, and what was done counts."
        )
        desks.assessments_field("done", "What was sampled (Excel or CSV)")
        if desk.done:
            st.button(
                "Forget what was sampled", key="assurance-done-forget", on_click=_forget, args=("done",)
            )
        if desk.assessments:
            names = " and ".join(each.name for each in desk.assessments)
            st.button(
                f"Forget {plain(names[:60])}",
                key="assurance-table-forget",
                on_click=_forget,
                args=("assessments",),
            )
        desks.assessments_field("assessments", "Another table of assessments (CSV or Excel)")


def _forget(name: str) -> None:
    desks.settle(name, ())


def _policy(rules: Policy) -> None:
    with st.expander(
        f"Policy: {plain(rules.title)} · **change**",
        key="assurance-policy-fold",
        icon=":material/policy:",
    ):
        st.markdown(bullets(rule.text for rule in rules.rule))
        page_shell.note("Percentages are each awarding organisation's own: hand in a file like the example.")
        desks.example_file("example-policy.toml")
        desks.policy_field(rules)


# Where samples lie


def _heat(qualification: Qualification, sample: Sample) -> None:
    found = heat_table(sample)
    if found.empty:
        return
    st.subheader("Who was sampled in what")
    words = "How many assessments of each unit are sampled, of those that each assessor made"
    charts.heat(found.rename(columns=lambda ref: _named(qualification, ref)), words)
    with st.expander("The same as a table", key="assurance-heat"):
        table = found.set_index("Assessor").T.rename_axis("Unit").reset_index()
        table["Unit"] = [_named(qualification, ref) for ref in table["Unit"]]
        _wide(table, "Sampled of assessed, by unit and assessor")
    unmet = sum(not stratum.met for stratum in sample.strata)
    label = f"What the policy asks: {numbered(len(sample.strata), 'stratum')}"
    label = label.replace("stratums", "strata") + (f", {unmet} not met" if unmet else ", all met")
    with st.expander(label, key="assurance-strata"):
        strata = strata_table(sample)
        strata["Sampled"] = strata["Sampled"].astype(str) + " of " + strata["Needed"].astype(str)
        listing(strata[["Rule", "Of", "Sampled", "Met"]], "What the policy asks of each stratum")


def _wide(table: pd.DataFrame, alt: str) -> None:
    """A table that scrolls in itself where a telephone has no room for its columns."""
    if len(table.columns) <= NARROW:
        listing(table, alt)
    else:
        st.dataframe(table, hide_index=True, placeholder="", alt=alt)
