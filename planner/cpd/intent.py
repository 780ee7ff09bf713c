"""What a member has done, and wishes for the cycle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from planner.cpd.scheme import Activity, Reading, find_activity, unknown_activity
from planner.errors import Parameter, Problem, nearest, refuse
from planner.files.limits import Range

CycleGoal = Literal["hours", "activities"]


CYCLE_GOALS: tuple[CycleGoal, ...] = ("hours", "activities")
"""Least time still to spend; fewest activities still to do."""


YEARS = Range(1, 11)
"""Of the running year: a cycle has at most ten, and is over in the next."""


TIMES = Range(1, 1_000)


DONE = Range(0, 10_000_000)
"""Of how often an activity shall count, and how often it was done."""


MINUTES = Range(0, 100_000)
"""Of what an activity takes."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a member has done, and wishes.

    `done` says how often each slot (`planner.cpd.scheme.slot`) was done; `year` is the running year of the
    cycle: nothing new can be done in those before it; one more than the cycle has years, it is over. `pins`
    are activities that have to count at least so often in the cycle, those done included; one that cannot be
    planned (a prize) is expected so often and no more. `excludes` are not to be done again. `minutes`
    replaces the estimates of single activities. `goals` are the most important first.
    """

    done: Mapping[str, int] = field(default_factory=dict)
    year: int = 1
    pins: Mapping[str, int] = field(default_factory=dict)
    excludes: frozenset[str] = frozenset()
    minutes: Mapping[str, int] = field(default_factory=dict)
    goals: tuple[CycleGoal, ...] = CYCLE_GOALS

    def minutes_of(self, activity: Activity) -> int:
        """What the activity takes this member, once."""
        return self.minutes.get(activity.ref, activity.minutes)


def intent_of(
    reading: Reading,
    *,
    done: Mapping[str, int] | None = None,
    year: int = 1,
    pins: Iterable[str] = (),
    excludes: Iterable[str] = (),
    taking: Mapping[str, int] | None = None,
    minutes: Iterable[str] = (),
    goals: Iterable[str] = (),
) -> Intent:
    """What a member wishes, as typed: `REF` or `REF=N` for pins, `REF=N` for minutes, names of goals.

    `taking` are minutes by ref that are known already; those typed win over them.

    Raises
    ------
    DataError
        With every activity, number, goal or year that makes no sense.
    """
    wishes = _WishReader(reading)
    intent = Intent(
        done=dict(done or {}),
        year=year,
        pins=wishes.numbers(Parameter("pins"), pins, TIMES, default=1),
        excludes=frozenset(ref for text in excludes if (ref := wishes.ref(Parameter("excludes"), text))),
        minutes={**(taking or {}), **wishes.numbers(Parameter("minutes"), minutes, MINUTES)},
        goals=wishes.goals(goals) or CYCLE_GOALS,
    )
    if not Range(1, reading.years + 1).hold(year):
        message = f"must be from 1 to {reading.years}, or {reading.years + 1} once the cycle is over"
        wishes.problems.append(Problem(Parameter("year"), message, value=str(year)))
    refuse([*wishes.problems, *number_problems(intent)])
    return intent


def number_problems(intent: Intent) -> Iterator[Problem]:
    """What is wrong with how often something counts, and how long it takes."""
    for name, limits in (("done", DONE), ("pins", TIMES), ("minutes", MINUTES)):
        for ref, value in getattr(intent, name).items():
            yield from limits.problems(name, value, of=ref)


class _WishReader:
    """Collects what wishes mean and what is wrong with them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.problems: list[Problem] = []

    def ref(self, parameter: Parameter, text: str) -> str | None:
        found = find_activity(self.reading, text)
        if found is None:
            message = unknown_activity(self.reading, text)
            self.problems.append(Problem(parameter, message, value=text.strip() or "(empty)"))
        return None if found is None else found.ref

    def numbers(
        self, parameter: Parameter, texts: Iterable[str], limits: Range, default: int | None = None
    ) -> dict[str, int]:
        found: dict[str, int] = {}
        for text in texts:
            # At the last =, as a title may hold one; without any, all of it stands in the last part.
            name, equals, figure = (part.strip() for part in text.rpartition("="))
            if not equals:
                name, figure = text, "" if default is None else str(default)
            ref = self.ref(parameter, name)
            number = limits.read(figure)
            if number is None:
                message = f"must be an activity with a whole number {limits.words}, such as REF={limits.high}"
                self.problems.append(Problem(parameter, message, value=text))
            elif ref in found:  # which of the two figures is meant nobody knows
                self.problems.append(Problem(parameter, "names an activity a second time", value=text))
            elif ref is not None:
                found[ref] = int(number)
        return found

    def goals(self, texts: Iterable[str]) -> tuple[CycleGoal, ...]:
        found: list[CycleGoal] = []
        for text in texts:
            goal = next((goal for goal in CYCLE_GOALS if goal == text.strip().casefold()), None)
            if goal is None:
                message = f"must be one of {', '.join(CYCLE_GOALS)}{nearest(text, CYCLE_GOALS)}"
                self.problems.append(Problem(Parameter("goals"), message, value=text.strip() or "(empty)"))
            elif goal not in found:
                found.append(goal)
        return tuple(found)
