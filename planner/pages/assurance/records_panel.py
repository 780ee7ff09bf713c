"""What waits for internal quality assurance in the register: one assessment after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from planner.catalogue.qualification import Qualification, in_words
from planner.errors import DataError, Problem
from planner.pages.assurance import desk as desks
from planner.pages.learners import learners_here
from planner.pages.learners.changes import with_status
from planner.pages.shared import page_shell, register_desk
from planner.pages.shared.register_said import Said
from planner.pages.shared.words import plain
from planner.records.portfolios import Entry, EntryStatus
from planner.records.registrations import LONGEST
from planner.rules.measure import numbered

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Actor, Kept, Register
    from planner.register.sample_rows import Sampled

TASK = "assurance-task"
"""The key of the choice of the assessment that is looked at."""

TOLD = "assurance-recorded"
"""What is told of the last record begins so."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An assessment that waits for something: whose, of which unit, and what was drawn or sampled of it."""

    kept: Kept
    entry: Entry
    sampled: Sampled | None
    why: str

    @property
    def mark(self) -> str:
        """What stands for it: the register's random number, and the unit."""
        return f"{self.kept.registration} {self.entry.ref}"


def tasks_of(opened: Sequence[Kept]) -> list[Pending]:
    """What waits, first what was drawn, then what is to be verified, then actions that are open."""
    drawn, known, unseen, actions = list[Pending](), list[Pending](), list[Pending](), list[Pending]()
    for kept in opened:
        last = {each.ref: each for each in kept.samples}
        for entry in kept.portfolio.entries:
            sampled = last.get(entry.ref)
            if sampled is not None and sampled.waits:
                drawn.append(Pending(kept, entry, sampled, "drawn to be sampled"))
            elif entry.status == "assessed":
                (unseen if sampled is None else known).append(
                    Pending(
                        kept, entry, sampled, "not drawn" if sampled is None else "sampled, to be verified"
                    )
                )
            elif sampled is not None and sampled.open:
                actions.append(Pending(kept, entry, sampled, "an action is open"))
    drawn.sort(key=lambda task: task.entry.status != "assessed")
    return [*drawn, *known, *unseen, *actions]


def show(qualification: Qualification, opened: tuple[Kept, ...], register: Register) -> None:
    """Draws the one that is chosen, the first unless somebody chooses, with what can be said of it."""
    tasks = {task.mark: task for task in tasks_of(opened)}
    waiting = sum(task.sampled is not None and task.sampled.waits for task in tasks.values())
    st.subheader("What waits for you")
    told = f"{numbered(waiting, 'assessment')} drawn to be sampled" if waiting else "Nothing drawn is left"
    rest = len(tasks) - waiting
    st.markdown(f"{told}{f', and {rest} more to look at or to verify' if rest else ''}.")
    # What others have saved since is there whenever the page is drawn anew: this does no more than that.
    st.button("Look again", key="assurance-look", icon=":material/refresh:", type="tertiary")
    if not tasks:
        return
    if st.session_state.get(TASK) not in tasks:
        st.session_state[TASK] = next(iter(tasks))
    chosen = st.selectbox(
        "Assessment", list(tasks), key=TASK, format_func=lambda mark: _words(qualification, tasks[mark])
    )
    task = tasks[chosen]
    with st.container(border=True, key="assurance-record"):
        _one(qualification, task, register)


def begin_anew() -> None:
    """Goes to the first that waits, unless somebody has written something of the one that they look at."""
    mark = st.session_state.get(TASK)
    if not any(st.session_state.get(f"assurance-record-{mark}-{name}") for name in ("outcome", "action")):
        st.session_state.pop(TASK, None)


def _words(qualification: Qualification, task: Pending) -> str:
    learner, unit = task.kept.learner, qualification.short_name(task.entry.ref)
    return f"{learner} · {unit} ({task.entry.ref}) · {task.why}"


def _one(qualification: Qualification, task: Pending, register: Register) -> None:
    entry, sampled = task.entry, task.sampled
    details = task.kept.portfolio.details
    day = entry.assessed or entry.date
    facts = {
        "Learner": " · ".join(filter(None, (task.kept.learner, details.name))),
        "Unit": qualification.named(entry.ref),
        "Why": task.why,
        "Evidence": entry.evidence or "none on record",
        "Assessor": entry.assessor or details.assessor,
        "Status": f"{entry.status}{f', assessed on {in_words(day)}' if day else ''}",
    }
    st.markdown("  \n".join(f"**{name}**: {plain(text)}" for name, text in facts.items() if text))
    key = partial("{}-{}-{}".format, "assurance-record", task.mark)
    outcome = sampled.outcome if sampled is not None else entry.iqa_outcome
    left, right = st.columns(2, gap="medium")
    with left:
        st.text_input("What was looked at", entry.iqa_sample, key=key("looked"), max_chars=LONGEST)
        st.text_input("What it came to", outcome, key=key("outcome"), max_chars=LONGEST)
    with right:
        action = sampled.action if sampled is not None else ""
        asked = st.text_input("Action it asks for, if any", action, key=key("action"), max_chars=LONGEST)
        if asked:
            due, done = (sampled.action_due, sampled.action_done) if sampled is not None else (None, None)
            for label, name, value in (("To be done by", "due", due), ("Done on", "done", done)):
                st.date_input(
                    label,
                    value,
                    *page_shell.days_with(value),
                    key=key(name),
                    format="DD/MM/YYYY",
                )
    with st.container(horizontal=True):
        moves: list[tuple[str, str, EntryStatus | None]] = [("Record", ":material/save:", None)]
        if entry.status == "assessed":
            moves = [
                ("Record and verify", ":material/verified:", "verified"),
                ("Record and send back", ":material/undo:", "submitted"),
                *moves,
            ]
        for label, icon, status in moves:
            act = partial(_recorded, qualification, task, status, register)
            register_desk.button(label, f"{TOLD}-{status or 'only'}", icon, register, act)


def _recorded(
    qualification: Qualification,
    task: Pending,
    status: EntryStatus | None,
    register: Register,
    actor: Actor,
) -> Said:
    """Keeps what was said of the assessment, and brings its unit to the status, if one is given."""
    from planner.register import OvertakenError
    from planner.register.samples import Samples

    said = {name: _typed(task, name) for name in ("looked", "outcome", "action", "due", "done")}
    opened = learners_here.held().opened
    samples = Samples(qualification, opened)
    entry, sampled = _entry(qualification, task, status, said), _sampled(task, said)
    why = said["outcome"] if status == "submitted" else ""
    words = f"{task.kept.learner}, {task.entry.ref}: recorded{_DID.get(status or '', '')}."
    try:
        samples.record(register, actor, task.kept, entry, sampled, why)
    except OvertakenError:
        words = (
            f"{task.kept.learner}, {task.entry.ref}: somebody else has saved something since, and nothing of "
            "yours was saved. Look at it as it is now, and record it again."
        )
    return desks.go_on(qualification, register, actor, words)


_DID = {"verified": ", and verified", "submitted": ", and sent back"}


def _typed(task: Pending, name: str) -> Any:
    return st.session_state.get(f"assurance-record-{task.mark}-{name}") or ("" if name in _TEXTS else None)


_TEXTS = ("looked", "outcome", "action")


def _sampled(task: Pending, said: dict[str, Any]) -> Sampled | None:
    """What sampling it came to; None where nothing is said of one that was not drawn."""
    from planner.register.sample_rows import Sampled

    old = task.sampled
    if old is None and not any(said.values()):
        return None
    if not said["outcome"]:
        raise DataError([Problem("What it came to", "must be said of what was sampled")])
    day = task.entry.assessed or task.entry.date
    was = Sampled(task.entry.ref, assessed=day) if old is None else old
    return replace(
        was,
        assessed=day if was.waits else was.assessed,
        sampled_on=was.sampled_on or date.today(),
        outcome=said["outcome"],
        action=said["action"],
        action_due=said["due"] if said["action"] else None,
        action_done=said["done"] if said["action"] else None,
    )


def _entry(
    qualification: Qualification, task: Pending, status: EntryStatus | None, said: dict[str, Any]
) -> Entry:
    """The unit as it is then; what is verified is locked, so that its record stays as it is."""
    if status == "submitted" and not said["outcome"]:
        raise DataError([Problem("What it came to", "must be said: it is why the unit goes back")])
    entry = task.entry
    if entry.status in ("verified", "claimed"):
        return entry
    if status is not None:
        moved = with_status(qualification, task.kept.portfolio, entry.ref, status, on=date.today())
        entry = next(each for each in moved.entries if each.ref == entry.ref)
    return replace(entry, iqa_sample=said["looked"], iqa_outcome=said["outcome"] or entry.iqa_outcome)
