"""The wishes in the page's address, so that a link reproduces the plan and a reload loses nothing.

Only refs and goals go there, nothing personal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import streamlit as st

from planner.errors import DataError, Problem, nearest
from planner.qualification import Qualification
from planner.units import split_refs
from planner.wishes import GOALS, MOST_LOSSES, Wishes, closed_units, default_goals, goal_problems

_LOSSES = tuple(str(number) for number in range(MOST_LOSSES + 1))

LONGEST = 4_000
"""Characters of one parameter that are read; refs of every unit of a large qualification need fewer."""

KINDS = ("pin", "exclude", "held", "keep")

OFFER = "offer"
"""The parameter with the units a centre can assess."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the address asks for, and what in it makes no sense."""

    wishes: Wishes
    problems: tuple[Problem, ...] = ()


def read(qualification: Qualification) -> Reading:
    """The wishes in the address; what is unknown is left out and reported."""
    problems: list[Problem] = []
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        found[kind] = _known(
            _parts(kind), lambda ref: qualification.resolve([ref], "address"), kind, problems
        )
    tasks = _known(_parts("task"), lambda name: _one_of(name, qualification.tasks, "task"), "task", problems)
    lost = _known(_parts("survive"), lambda n: _one_of(n, _LOSSES, "number"), "survive", problems)
    goals = _known(_parts("goal"), lambda name: _one_of(name, GOALS, "goal"), "goal", problems)
    for problem in goal_problems(goals, tasks, found["keep"]):
        problems.append(Problem("address", problem.message, field="goal", value=problem.value))
        goals.remove(problem.value)
    wishes = Wishes(
        frozenset(found["pin"]),
        frozenset(found["exclude"]),
        frozenset(found["held"]),
        tuple(goals) or default_goals(tasks, found["keep"]),
        tuple(tasks),
        frozenset(found["keep"]),
        int(lost[0]) if lost else 0,
        closed_units(qualification, read_offer(qualification, problems), found["held"]),
    )
    return Reading(wishes, tuple(problems))


def read_offer(qualification: Qualification, problems: list[Problem]) -> frozenset[str] | None:
    """The units of the centre's offer in the address, None without one; unknown ones go to `problems`."""
    refs = _known(_parts(OFFER), lambda ref: qualification.resolve([ref], "address"), OFFER, problems)
    return frozenset(refs) or None


def write_offer(refs: Iterable[str] | None) -> None:
    """Puts the centre's offer into the address; None takes it out."""
    if refs is None:
        st.query_params.pop(OFFER, None)
    else:
        st.query_params[OFFER] = ",".join(sorted(refs))


def write(wishes: Wishes) -> None:
    """Puts the wishes into the address; what is the default is left out."""
    default = default_goals(wishes.tasks, wishes.keep)
    texts = {
        "pin": ",".join(sorted(wishes.pins)),
        "exclude": ",".join(sorted(wishes.excludes)),
        "held": ",".join(sorted(wishes.held)),
        "task": ",".join(wishes.tasks),
        "keep": ",".join(sorted(wishes.keep)),
        "survive": str(wishes.survive or ""),
        "goal": "" if wishes.goals == default else ",".join(wishes.goals),
    }
    others = {key: st.query_params.get_all(key) for key in st.query_params if key not in texts}
    st.query_params.from_dict(others | {key: text for key, text in texts.items() if text})


def _parts(key: str) -> list[str]:
    return split_refs(",".join(st.query_params.get_all(key))[:LONGEST])


def _one_of(text: str, known: Collection[str], what: str) -> tuple[str, ...]:
    if text not in known:
        raise DataError([Problem("address", f"no such {what}{nearest(text, list(known))}", value=text)])
    return (text,)


def _known(
    texts: Iterable[str], resolve: Callable[[str], tuple[str, ...]], field: str, problems: list[Problem]
) -> list[str]:
    """What `resolve` understands, each once; the rest becomes problems."""
    found: list[str] = []
    for text in texts:
        try:
            found += resolve(text)
        except DataError as error:
            problems += [Problem("address", p.message, field=field, value=p.value) for p in error.problems]
    return list(dict.fromkeys(found))
