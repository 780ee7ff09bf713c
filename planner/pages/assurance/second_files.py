"""What was handed in a second time: what differs from what was here, and the choice between the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from planner.assurance import Policy
from planner.assurance.claims import key_of
from planner.assurance.second_files import (
    Beside,
    assessments_beside,
    both_policies,
    forms_beside,
    policies_beside,
    steps_beside,
)
from planner.errors import DataError
from planner.pages.assurance import desk as desks
from planner.pages.learners.intake import Taken
from planner.pages.shared import page_shell, second_choice
from planner.pages.shared.file_reading import Source
from planner.pages.shared.words import shortened

Found = Beside[Any, Any]


def show(rules: Policy, taken: Taken | None) -> None:
    """Draws what is to be chosen; days of claims only beside learners, as they are read by them."""
    for name in ("assessments", "done"):
        _asked(name, partial(_assessments, rules), about=repr(rules))
    if taken is not None:
        _asked("steps", partial(_steps, taken), about=taken.key)
    _asked("policy", policies_beside, both_policies)
    _asked("form", forms_beside, None)


def _all(before: tuple[Source, ...], now: tuple[Source, ...]) -> tuple[Source, ...]:
    return (*before, *now)


def _asked(
    name: str,
    beside: Callable[[Any, Any], Found],
    merged: Callable[[Any, Any], Any] | None = _all,
    about: str = "",
) -> None:
    """The choice at one field, if there is one; where both cannot be read together it is said why.

    `about` is what else both are read by.
    """
    before = desks.before(name)
    if before is None:
        return
    here = desks.desk()
    now, known = getattr(here, name), (here.key, replace(here, **{name: before}).key, about)
    key = f"assurance-{name}"
    with st.container(border=True, key=f"{key}-second"):
        second_choice.instead(_named(now), _named(before))
        try:
            found = desks.answer(f"beside-{name}", known, lambda: beside(before, now))
        except DataError as error:
            st.warning("The two cannot be read together:\n" + page_shell.problem_list(error))
            merged = None
        else:
            second_choice.told(found, found.conflicts, f"{key}-conflicts")
        if merged is not None:
            second_choice.merge_button(f"{key}-merge", lambda: desks.settle(name, merged(before, now)))
        second_choice.replace_button(f"{key}-replace", partial(desks.settle, name, now))
        second_choice.back_button(f"{key}-undo", partial(desks.settle, name, before))


def _named(found: Any) -> str:
    """A file by its name, a policy or a form by its title."""
    text = " and ".join(each.name for each in found) if isinstance(found, tuple) else found.title
    return shortened(text)


def _assessments(rules: Policy, before: Sequence[Source], now: Sequence[Source]) -> Found:
    first, second = (desks.table_of(rules, files) for files in (before, now))
    return assessments_beside(*(each.assessments if each else () for each in (first, second)))


def _steps(taken: Taken, before: Sequence[Source], now: Sequence[Source]) -> Found:
    names = {key_of(each.learner): each.learner for each in taken.learners}
    first, second = (
        {names[key]: days for key, days in desks.steps_of(files, list(names.values())).days.items()}
        for files in (before, now)
    )
    return steps_beside(first, second)
