"""Texts as the register keeps them: such that every workbook that it writes reads back without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.errors import Problem, refuse
from planner.files.people import person, spoiled
from planner.files.sheets import CONTROL, cell_text
from planner.records.registrations import LONGEST
from planner.register.rows import Values, Wanted

LONGEST_POLICY = 30_000
"""Characters of a sampling policy, which is kept as one text: a cell of a workbook still holds it."""


def tidied(qualification: Qualification, several: Iterable[Wanted]) -> list[Wanted]:
    """What is said, each text without blanks around it and on one line.

    Raises
    ------
    DataError
        A learner has no name or stands twice, a ref is unknown, or no cell of a workbook could hold a text.
    """
    problems: list[Problem] = []
    found = []
    for wanted in several:
        learner = person(wanted.learner)
        if not learner or learner == "-":
            message = "must not be empty: what is kept is somebody's"
            problems.append(Problem("the register", message, field="learner"))
        unknown = [
            ref
            for ref in (*(wanted.units or ()), *(each["ref"] for each in wanted.samples or ()))
            if ref not in {*qualification.by_ref, *qualification.outside}
        ]
        problems += [
            Problem("the register", "is no unit of this qualification", field="ref", value=ref)
            for ref in unknown
        ]
        tidy = replace(
            wanted,
            learner=learner,
            person=_tidy(wanted.person, problems),
            registration=_tidy(wanted.registration, problems),
            units=_all_tidy(wanted.units, problems),
            decisions=None
            if wanted.decisions is None
            else tuple(_decision(d, problems) for d in wanted.decisions),
            samples=None
            if wanted.samples is None
            else tuple(_tidy(each, problems) or {} for each in wanted.samples),
        )
        problems += _wrong("learner", learner)
        found.append(tidy)
    refuse(problems)
    return found


def _all_tidy(units: Mapping[str, Values] | None, problems: list[Problem]) -> Mapping[str, Values] | None:
    if units is None:
        return None
    return {ref: _tidy(values, problems) or {} for ref, values in units.items()}


def _decision(values: Values, problems: list[Problem]) -> Values:
    tidy = _tidy(values, problems) or {}
    for name in ("reason", "decided_by"):
        if not tidy[name]:
            problems.append(Problem("the register", "a decision needs a reason and a name", field=name))
    return tidy


def _tidy(values: Values | None, problems: list[Problem]) -> Values | None:
    if values is None:
        return None
    tidy = {name: cell_text(text) if isinstance(text, str) else text for name, text in values.items()}
    for name, text in tidy.items():
        problems += _wrong(name, text)
    return tidy


def _wrong(name: str, text: Any) -> list[Problem]:
    if not isinstance(text, str):
        return []
    message = spoiled(text)
    most = LONGEST_POLICY if name == "policy" else LONGEST
    if len(text) > most:
        message = f"is longer than {most:,} characters"
    elif CONTROL.search(text):
        message = "holds a control character"
    return [Problem("the register", message, field=name, value=text[:200])] if message else []
