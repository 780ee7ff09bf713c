"""What the learner does at work, asked in groups of short words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.shared import address, page_shell
from planner.pages.shared.words import plain
from planner.planning.result import listed
from planner.recognition.job_profile import WorkGroup, load_profile, work_groups
from planner.records.wishes import Wishes, default_goals

STEP = "step"
"""The parameter of the address with the step that is shown."""

QUALIFICATION, WORK, UNITS = "qualification", "work", "units"
STEPS = (QUALIFICATION, WORK, UNITS)

NONE = ""
"""The answer that nothing of a group is done, among the ids of its tasks."""


def groups(qualification: Qualification) -> tuple[WorkGroup, ...]:
    """What can be asked of a learner's work for a qualification; empty where no task is on file."""
    return work_groups(page_shell.loaded(load_profile), qualification) if qualification.tasks else ()


def called(works: Sequence[WorkGroup]) -> Mapping[str, str]:
    """The short words of each task, by id."""
    return {name: words for work in works for name, words in work.tasks.items()}


def question(qualification: Qualification, wishes: Wishes, works: Sequence[WorkGroup]) -> None:
    """Draws the groups; each tick goes into the address at once."""
    for number, work in enumerate(works):
        key = f"work-{number}"
        words = {**work.tasks, **({NONE: work.none} if work.none else {})}
        st.session_state[key] = [*(t for t in wishes.tasks if t in work.tasks), *_no(work, wishes)]
        st.pills(
            f"**{plain(work.title)}**",
            list(words),
            selection_mode="multi",
            format_func=words.__getitem__,
            key=key,
            wrap=True,
            on_change=_answered,
            args=(qualification, wishes, work, key),
        )


def _no(work: WorkGroup, wishes: Wishes) -> list[str]:
    """The answer that nothing of a group is done, if it was given: all that it leaves out is left out."""
    units = work.units - wishes.held
    return [NONE] if work.none and units and units <= wishes.excludes else []


def _answered(qualification: Qualification, wishes: Wishes, work: WorkGroup, key: str) -> None:
    """Takes the answer to one group: a task takes the no back, and a no the tasks."""
    ticked = list(st.session_state[key])
    before = bool(_no(work, wishes))
    no = NONE in ticked and not (before and len(ticked) > 1)
    mine = [] if no else [name for name in ticked if name != NONE]
    others = [name for name in wishes.tasks if name not in work.tasks]
    tasks = tuple(name for name in qualification.tasks if name in {*mine, *others})
    units = work.units - wishes.held
    excludes = wishes.excludes | units if no else wishes.excludes - units if before else wishes.excludes
    pins = wishes.pins - units if no else wishes.pins
    _write(qualification, replace(wishes, pins=pins, excludes=excludes), tasks)


def _write(qualification: Qualification, wishes: Wishes, tasks: tuple[str, ...]) -> None:
    """Puts other tasks into the address; goals that were the default are then those of the tasks."""
    was_default = wishes.goals == default_goals(qualification, wishes.tasks, wishes.keep)
    goals = default_goals(qualification, tasks, wishes.keep) if was_default else wishes.goals
    if not tasks:
        goals = tuple(goal for goal in goals if goal != "fit") or default_goals(
            qualification, (), wishes.keep
        )
    # The step too: an address with choices and no step means the plan.
    address.write(qualification, replace(wishes, tasks=tasks, goals=goals), **{STEP: WORK})


def said(works: Sequence[WorkGroup], wishes: Wishes) -> str:
    """What was answered, in words; empty for nothing."""
    words = called(works)
    done = [words[name] for name in wishes.tasks if name in words]
    not_done = [work.none for work in works if _no(work, wishes)]
    return "; ".join(filter(None, (listed(done) if done else "", *not_done)))


def refused(works: Sequence[WorkGroup], wishes: Wishes) -> Mapping[str, str]:
    """The words with which each unit was left out because of the work, by ref."""
    return {ref: work.none for work in works if _no(work, wishes) for ref in work.units}
