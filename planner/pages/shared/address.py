"""The wishes in the page's address, so that a link reproduces the plan and a reload loses nothing.

Only refs and goals go there, nothing personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import folded_ref, split_refs
from planner.errors import Problem, nearest
from planner.records.goals import GOALS
from planner.records.wishes import (
    MOST_LOSSES,
    Wishes,
    asked_slots,
    closed_units,
    default_goals,
    goal_problems,
    held_texts,
    read_held,
)
from planner.rules.rule import WAYS

_LOSSES = tuple(str(number) for number in range(MOST_LOSSES + 1))

LONGEST = 50
"""Characters of an unknown word that are compared with the known ones; comparing takes their square."""

MOST_NAMED = 3
"""Unknown words of one parameter that are named; the others are counted."""

WORDS = {"task": "no such task", "survive": "no such number", "goal": "no such goal"}
"""What is said of an unknown word, by parameter; all others hold refs of units."""

KINDS = ("pin", "exclude", "keep")

OFFER = "offer"
"""The parameter with the units a centre can assess."""

KEYS = (*KINDS, "held", *WORDS, OFFER)
"""Every parameter in which an address holds choices."""


@dataclass(frozen=True, slots=True)
class AddressRead:
    """What the address asks for, and what in it makes no sense."""

    wishes: Wishes
    problems: tuple[Problem, ...]


def read(qualification: Qualification) -> AddressRead:
    """The wishes in the address; what is unknown is left out and reported."""
    problems: list[Problem] = []
    units = {folded_ref(ref): ref for ref in qualification.by_ref}
    found = {kind: _known(kind, units, problems, fold=folded_ref) for kind in KINDS}
    holdable = [*qualification.by_ref, *qualification.outside]
    forms = [*holdable, *(f"{ref}={way}" for ref in holdable for way in WAYS)]
    texts = _known("held", {folded_ref(form): form for form in forms}, problems, fold=folded_ref)
    held, ways = read_held(qualification, texts, "address")
    tasks = _known("task", {name: name for name in qualification.tasks}, problems)
    lost = _known("survive", {number: number for number in _LOSSES}, problems)
    goals = _known("goal", {name: name for name in GOALS}, problems)
    for problem in goal_problems(qualification, goals, tasks, found["keep"]):
        problems.append(Problem("address", problem.message, field="goal", value=problem.value))
        goals.remove(problem.value)
    wishes = Wishes(
        frozenset(found["pin"]),
        frozenset(found["exclude"]),
        held,
        tuple(goals) or default_goals(qualification, tasks, found["keep"]),
        tuple(tasks),
        frozenset(found["keep"]),
        int(lost[0]) if lost else 0,
        closed_units(qualification, read_offer(qualification, problems), held),
        ways=ways | asked_slots(qualification, frozenset(found["pin"]) - held),
    )
    return AddressRead(wishes, tuple(problems))


def read_offer(qualification: Qualification, problems: list[Problem]) -> frozenset[str] | None:
    """The units of the centre's offer in the address, None without one; unknown ones go to `problems`."""
    units = {folded_ref(ref): ref for ref in qualification.by_ref}
    refs = _known(OFFER, units, problems, fold=folded_ref)
    return frozenset(refs) or None


def write_offer(refs: Iterable[str] | None) -> None:
    """Puts the centre's offer into the address; None takes it out."""
    put(offer=",".join(sorted(refs or ())))


def write(qualification: Qualification, wishes: Wishes, **others: str) -> None:
    """Puts the wishes into the address, and other parameters; what is the default is left out."""
    put(**texts(qualification, wishes), **others)


def texts(qualification: Qualification, wishes: Wishes) -> dict[str, str]:
    """The wishes as parameters of an address; empty for what is the default."""
    default = default_goals(qualification, wishes.tasks, wishes.keep)
    return {
        "pin": ",".join(sorted(wishes.pins)),
        "exclude": ",".join(sorted(wishes.excludes)),
        "held": ",".join(held_texts(wishes)),
        "task": ",".join(wishes.tasks),
        "keep": ",".join(sorted(wishes.keep)),
        "survive": str(wishes.survive or ""),
        "goal": "" if wishes.goals == default else ",".join(wishes.goals),
    }


def put(**texts: str) -> None:
    """Puts parameters into the address in one step; an empty text takes its parameter out."""
    others = {key: st.query_params.get_all(key) for key in st.query_params if key not in texts}
    st.query_params.from_dict(others | {key: text for key, text in texts.items() if text})


def parts(key: str) -> list[str]:
    """What the address names under `key`, each once."""
    return list(dict.fromkeys(split_refs(",".join(st.query_params.get_all(key)))))


def few(texts: Sequence[str], told: Callable[[str], Problem]) -> list[Problem]:
    """The problems of unknown texts: the first few of many in full, the others counted."""
    problems = [told(text) for text in texts[:MOST_NAMED]]
    more = len(texts) - MOST_NAMED
    if more > 0:
        others = f"{more:,} more like {'this' if more == 1 else 'these'}"
        problems.append(replace(problems[0], message=others, value=""))
    return problems


def _known(
    key: str, known: Mapping[str, str], problems: list[Problem], fold: Callable[[str], str] = str
) -> list[str]:
    """What the address names under `key`: `known` words, however folded; the rest become problems."""
    texts = {text: known.get(fold(text)) for text in parts(key)}
    what = WORDS.get(key, "no unit of this qualification has this ref")

    def told(text: str) -> Problem:
        return Problem("address", what + nearest(text[:LONGEST], list(known.values())), field=key, value=text)

    problems += few([text for text, name in texts.items() if name is None], told)
    return list(dict.fromkeys(name for name in texts.values() if name is not None))
