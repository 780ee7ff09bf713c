"""A member's cycle of professional development: the least effort that completes it, proven and audited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planner.cpd.intent import YEARS, Intent, number_problems
from planner.cpd.scheme import Activity, Reading, slot
from planner.errors import DataError, DisagreementError, UndecidedError
from planner.files.limits import TIME
from planner.planning.result import GoalValue
from planner.rules.goal import Stage
from planner.rules.measure import Finding, audit
from planner.rules.minimal import minimal
from planner.rules.model import Model, Outcome, Status, switch
from planner.rules.packing import Span
from planner.rules.rule import Bound, Rule, bounds

SECONDS = 20.0
"""Time limit of one plan; those of the shipped scheme take some hundredths of a second."""


_WIDEST = 2**50
"""How many values a stage of the canonical order has at most."""

_BUSIEST, _OFTENEST = "busiest", "oftenest"
"""Variables, and stages, of the minutes of the busiest year, and of how often one thing is done in a year."""

_LOST = "lost"
"""The stage of the rules that are given up."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: an activity, the year of the cycle, how often, and what all of it takes and earns."""

    activity: Activity
    year: int
    times: int
    minutes: int

    @property
    def points(self) -> int:
        """Points for all the times together."""
        return self.times * self.activity.points


@dataclass(frozen=True, slots=True)
class Clash:
    """Wishes, and years that are over, which cannot stand together under the rules.

    They can without any one of them; `rules` is a set, as small as can be, that clashes with them. `times`
    says how often each of the pins was asked for.
    """

    rules: tuple[Rule, ...]
    pins: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    times: tuple[int, ...] = ()

    def in_words(self, reading: Reading) -> str:
        """The clash as one would say it to the member."""
        titles = {ref: activity.title for ref, activity in reading.activities.items()}
        asked = zip(self.pins, self.times, strict=True)
        parts = [f"you asked for {_often(titles[ref], times)}" for ref, times in asked]
        parts += [f"you left out “{titles[ref]}”" for ref in self.excludes]
        parts += [f"year {year} is over" for year in self.years]
        rules = "; ".join(f"“{rule.text}”" for rule in self.rules)
        if not parts:
            return f"No choice of activities meets these rules: {rules}."
        words = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
        stand = "This cannot stand" if len(parts) == 1 else "These cannot stand together"
        under = f" under: {rules}" if rules else ""
        return f"{words[0].upper()}{words[1:]}. {stand}{under}."

    def to_json(self) -> dict[str, Any]:
        """The clash as JSON."""
        return {
            "rules": [rule.id for rule in self.rules],
            "pins": list(self.pins),
            "excludes": list(self.excludes),
            "years": list(self.years),
        }


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """The answer to a member.

    `counted` says how often each slot counts in the end, `new` how often it is still to be done; `findings`
    measure every rule and every wish. Where the rules cannot all be met, status is `infeasible`: `clash`
    says why, `lost` are the fewest rules and pins that have to go, and the plan meets all others. Upper
    limits never go: what is above them does not count.
    """

    reading: Reading
    intent: Intent
    status: Status
    counted: Mapping[str, int] = field(default_factory=dict)
    new: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    goals: tuple[GoalValue, ...] = ()
    clash: Clash | None = None
    lost: tuple[Rule, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a plan, of all rules or of all but the lost ones."""
        return bool(self.findings)

    @property
    def points(self) -> int:
        """Points that count in the end."""
        return self.points_of()

    @property
    def minutes(self) -> int:
        """Time still to spend."""
        return sum(step.minutes for step in self.steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is still to be done, year by year, in the order of the activities."""
        return tuple(
            Step(activity, year, self.new[name], self.new[name] * self.intent.minutes_of(activity))
            for name, (activity, year) in self.reading.slots.items()
            if self.new.get(name)
        )

    @property
    def surplus(self) -> dict[str, int]:
        """How often each slot was done and does not count; empty without a plan."""
        if not self.found:
            return {}
        done = self.intent.done
        over = {
            name: done.get(name, 0) - self.counted.get(name, 0) + self.new.get(name, 0)
            for name in self.reading.slots
        }
        return {name: times for name, times in over.items() if times}

    def points_of(self, category: str | None = None, year: int | None = None, done: bool = False) -> int:
        """Points that count, of a category and a year (None: all); `done`: only those earned already."""
        total = 0
        for name, times in self.counted.items():
            activity, of_year = self.reading.slots[name]
            if category in (None, activity.category) and year in (None, of_year):
                total += activity.points * (times - self.new.get(name, 0) if done else times)
        return total

    def summary(self) -> dict[str, Any]:
        """What this reading would cost, as JSON; null without a plan."""
        return {
            "id": self.reading.id,
            "status": self.status,
            "points": self.points if self.found else None,
            "new_minutes": self.minutes if self.found else None,
        }

    def to_json(self) -> dict[str, Any]:
        """The JSON of the command `cpd`."""
        done = self.intent.done
        return {
            "scheme": self.reading.to_json(),
            "status": self.status,
            "year": self.intent.year,
            "activities": [
                {
                    "ref": activity.ref,
                    "year": year,
                    "done": done.get(name, 0),
                    "counted": self.counted.get(name, 0),
                    "new": self.new.get(name, 0),
                    "points": self.counted.get(name, 0) * activity.points,
                }
                for name, (activity, year) in self.reading.slots.items()
                if self.counted.get(name) or done.get(name)
            ],
            "points": self.points if self.found else None,
            "new_minutes": self.minutes if self.found else None,
            "findings": [finding.to_json() for finding in self.findings],
            "goals": [goal.to_json() for goal in self.goals],
            "conflict": None if self.clash is None else self.clash.to_json(),
            "lost": [rule.id for rule in self.lost],
            "data": self.reading.digest,
        }


Area = tuple[str, ...]
"""Categories, in the reading's order; none: all."""


def area_of(reading: Reading, rule: Rule) -> tuple[Area, int | None] | None:
    """The area and the year (None: the whole cycle) a rule speaks of; None if it speaks of less or else."""
    if not isinstance(rule, Bound):
        return None
    picked = [reading.slots[name] for name in rule.weights]
    years = {year for _, year in picked}
    names = {activity.category for activity, _ in picked}
    if len(years) not in (1, reading.years):
        return None
    whole = [n for n, (a, year) in reading.slots.items() if year in years and a.category in names]
    if len(whole) != len(picked):
        return None
    area = tuple(name for name in reading.categories if name in names)
    everything = len(area) == len(reading.categories)
    return (() if everything else area), (None if len(years) == reading.years else min(years))


def plan_readings(readings: Iterable[Reading], intent: Intent, seconds: float = SECONDS) -> list[CyclePlan]:
    """The same intent planned under each of these readings of one scheme."""
    return [plan_cycle(reading, intent, seconds) for reading in readings]


def most_points(reading: Reading, done: Mapping[str, int], seconds: float = SECONDS) -> int:
    """The most points that count of what was done, in slots, under the upper limits of the reading.

    Raises
    ------
    DisagreementError
        If that is not decided in time.
    """
    model = _achieved(reading, done)
    worth = {name: -reading.slots[name][0].points for name in done}
    outcome = model.solve({}, [Stage("points", worth)], seconds)
    if outcome.decision != "optimal":
        raise DisagreementError(f"what counts of {done} is {outcome.decision}")
    return -outcome.values["points"]


def each_year_met(reading: Reading, done: Mapping[str, int], seconds: float = SECONDS) -> bool:
    """Whether what was done, in slots, meets what the reading asks of every single year.

    Raises
    ------
    DisagreementError
        If that is not decided in time.
    """
    years = {((), year) for year in range(1, reading.years + 1)}
    yearly = [rule for rule in reading.rules if area_of(reading, rule) in years]
    decision = _achieved(reading, done, yearly).solve({}, seconds=seconds).decision
    if decision == "unknown":
        raise DisagreementError(f"whether {done} meets the rules of each year is {decision}")
    return decision != "infeasible"


def _achieved(reading: Reading, done: Mapping[str, int], rules: Sequence[Rule] = ()) -> Model:
    """How often each slot counts of what was done, under the upper limits and these rules."""
    upper = [part for rule in reading.rules for part in _parts(rule) if _kept_by_nothing(part)]
    sums = {name: [name] if name in done else [] for name in reading.slots}
    return Model({name: (0, times) for name, times in done.items()}, [*upper, *rules], sums=sums)


def plan_cycle(reading: Reading, intent: Intent, seconds: float = SECONDS) -> CyclePlan:
    """The least effort that completes the cycle; where none does, why, and a plan that keeps most rules.

    Parameters
    ----------
    reading
        Which reading of which scheme.
    intent
        What the member has done and wishes; refs, slots and years are those of the reading.
    seconds
        Time limit of each search; where it does not suffice the answer is `feasible` or `unknown`.

    Raises
    ------
    DataError
        For numbers beyond their limits.
    DisagreementError
        If the auditor refuses what the solver found: a bug, never the member's.
    """
    problems = [
        *YEARS.problems("year", intent.year),
        *number_problems(intent),
        *TIME.problems("seconds", seconds),
    ]
    if problems:
        raise DataError(problems)
    question = _Question(reading, intent)
    outcome = question.least(seconds)
    if outcome.decision == "unknown":
        return CyclePlan(reading, intent, "unknown")
    if outcome.decision != "infeasible":
        return _audited(question, outcome)
    clash = _clash(reading, intent, seconds)
    if clash is None:
        return CyclePlan(reading, intent, "unknown")
    outcome = question.least(seconds, giving_up=True)
    if outcome.decision == "infeasible":
        raise DisagreementError("nothing at all keeps the upper limits")
    plan = CyclePlan(reading, intent, "infeasible", clash=clash)
    if outcome.values.get(_LOST) is None or outcome.bounds[_LOST] != outcome.values[_LOST]:
        return plan  # proven impossible, and not known which plan misses least
    return replace(_audited(question, outcome), status="infeasible", clash=clash)


class _Question:
    """A member's intent as variables, rules and stages.

    Each slot has two variables: how often what was done counts (held is not counted), and how often it is
    still to be done.
    """

    def __init__(self, reading: Reading, intent: Intent, kept: _CycleWishes | None = None) -> None:
        self.reading = reading
        self.intent = intent
        kept = _all_wishes(intent) if kept is None else kept
        self.wishes = tuple(_pinned(reading, kept.pins))
        self.rules = (*reading.rules, *self.wishes)
        self.expected = dict(_expected(reading, intent))
        most = _most(self.rules)
        self.done = {name: _done(name) for name in reading.slots if intent.done.get(name)}
        self.new = {
            name: _new(name)
            for name, (activity, year) in reading.slots.items()
            if year not in kept.over
            and activity.ref not in kept.excludes
            and self.expected.get(activity.ref, most)
        }
        self.spans: dict[str, Span] = {_done(name): (0, intent.done[name]) for name in self.done}
        self.spans |= {_new(name): (0, most) for name in self.new}
        self.sums = {
            name: [part for part in (self.done.get(name), self.new.get(name)) if part]
            for name in reading.slots
        }
        self._limits = [
            Bound(f"expected {ref}", "expected so often at most", parts, at_most=times, count="times")
            for ref, times in self.expected.items()
            if (parts := {part: 1 for name, part in self.new.items() if reading.slots[name][0].ref == ref})
        ]
        by_year: dict[int, dict[str, int]] = {}
        for name, part in self.new.items():
            activity, year = reading.slots[name]
            by_year.setdefault(year, {})[part] = intent.minutes_of(activity)
        self._limits += self._highest(_BUSIEST, by_year.values(), most)
        self._limits += self._highest(_OFTENEST, ({part: 1} for part in self.new.values()), most)

    def _highest(self, name: str, sums: Iterable[Mapping[str, int]], most: int) -> Iterator[Bound]:
        """Makes `name` a variable that none of these sums of new activities, each `most` times, exceeds."""
        self.spans[name] = (0, 0)
        for number, weights in enumerate(sums):
            self.spans[name] = (0, max(self.spans[name][1], most * sum(weights.values())))
            above = {part: -weight for part, weight in weights.items() if weight}
            yield Bound(f"{name} {number}", "is the highest of some sums", {name: 1, **above}, at_least=0)

    def least(self, seconds: float, giving_up: bool = False) -> Outcome:
        """The counts of least effort; `giving_up` as few of the scheme's rules as it takes."""
        rules = list(self.rules)
        droppable: list[str] = []
        if giving_up:
            rules = [part for rule in self.rules for part in _parts(rule)]
            droppable = [rule.id for rule in rules if not _kept_by_nothing(rule)]
        model = Model(self.spans, [*rules, *self._limits], droppable, self.sums)
        lost = [Stage(_LOST, {switch(name): -1 for name in droppable})] if giving_up else []
        return model.solve({}, [*lost, *self._stages()], seconds, free=droppable)

    def possible(self, rules: Sequence[Rule], seconds: float) -> bool | None:
        """Whether any counts keep these rules; None if that is not decided in time."""
        model = Model(self.spans, [*rules, *self._limits], sums=self.sums)
        decision = model.solve({}, seconds=seconds).decision
        return None if decision == "unknown" else decision != "infeasible"

    def _stages(self) -> Iterator[Stage]:
        """The goals, then the calmest busiest year, then least often in a year, then the canonical order.

        In that what was done counts first, then early years.
        """
        slots = self.reading.slots
        for goal in self.intent.goals:
            if goal == "hours":
                minutes = {name: self.intent.minutes_of(slots[name][0]) for name in self.new}
                yield Stage(goal, {self.new[name]: weight for name, weight in minutes.items() if weight})
            else:
                yield Stage(goal, dict.fromkeys(self.new.values(), 1))
        if "activities" not in self.intent.goals:  # what takes no time would pile up
            yield Stage("fewest", dict.fromkeys(self.new.values(), 1))
        yield from (Stage(name, {name: 1}) for name in (_BUSIEST, _OFTENEST))
        yield Stage("counted", {part: -slots[name][0].points for name, part in self.done.items()})
        yield from self._canonical([*self.new.values(), *self.done.values()])

    def _canonical(self, names: Sequence[str]) -> Iterator[Stage]:
        """Stages of which the least values belong to one plan alone: as often as can be, name by name."""
        weights: dict[str, int] = {}
        width = 1
        for name in reversed(names):
            if width * (self.spans[name][1] + 1) > _WIDEST:
                break
            weights[name] = -width
            width *= self.spans[name][1] + 1
        rest = names[: len(names) - len(weights)]
        if rest:
            yield from self._canonical(rest)
        if weights:
            yield Stage(f"order {len(rest)}", weights)


def _done(name: str) -> str:
    return f"done {name}"


def _new(name: str) -> str:
    return f"new {name}"


def _pinned(reading: Reading, pins: Mapping[str, int]) -> Iterator[Bound]:
    """The pins as rules; what is left out and what is over has no variable."""
    for ref, times in sorted(pins.items()):
        slots = {slot(ref, year): 1 for year in range(1, reading.years + 1)}
        text = f"You asked for {_often(reading.activities[ref].title, times)}"
        yield Bound(f"pin {ref}", text, slots, at_least=times, count="times", kind="pin", subject=ref)


def _often(title: str, times: int) -> str:
    """An activity and how often, where it is more than once."""
    return f"“{title}”, {times} times" if times > 1 else f"“{title}”"


def _expected(reading: Reading, intent: Intent) -> Iterator[tuple[str, int]]:
    """How often what cannot be planned may still happen: as often as it is asked for, and not yet done."""
    for ref, activity in reading.activities.items():
        if not activity.plannable:
            done = sum(intent.done.get(slot(ref, year), 0) for year in range(1, reading.years + 1))
            yield ref, max(0, intent.pins.get(ref, 0) - done)


def _parts(rule: Rule) -> Iterator[Rule]:
    """A rule, its two limits apart: the upper one can always be kept, by counting less."""
    if isinstance(rule, Bound) and rule.at_least is not None and rule.at_most is not None:
        yield replace(rule, at_most=None)
        yield replace(rule, id=f"{rule.id} at most", at_least=None)
    else:
        yield rule


def _kept_by_nothing(rule: Rule) -> bool:
    """Whether the rule holds where nothing counts."""
    return audit([rule], ())[0].holds


def _most(rules: Iterable[Rule]) -> int:
    """More than any plan of least effort does of one thing: it alone would meet any rule."""
    limits = [bound.at_least or 0 for rule in rules for bound in bounds(rule)]
    return max([1, *limits])


def _audited(question: _Question, outcome: Outcome) -> CyclePlan:
    """The outcome as a plan, after the auditor and the goals' own sums have agreed to it."""
    reading, intent = question.reading, question.intent
    new = {name: outcome.counts[part] for name, part in question.new.items() if outcome.counts[part]}
    counted = dict(new)
    for name, part in question.done.items():
        counted[name] = counted.get(name, 0) + outcome.counts[part]
    findings = audit(question.rules, counted)
    broken = {finding.rule.id for finding in findings if not finding.holds}
    if broken - outcome.off:
        raise DisagreementError(f"the solver's cycle {counted} breaks {sorted(broken - outcome.off)}")
    for ref, times in question.expected.items():
        if sum(new.get(slot(ref, year), 0) for year in range(1, reading.years + 1)) > times:
            raise DisagreementError(f"the solver's cycle plans {ref}, which cannot be planned")
    kept = {name: times for name, times in counted.items() if times}
    lost = tuple(finding.rule for finding in findings if not finding.holds)
    plan = CyclePlan(reading, intent, outcome.decision, kept, new, findings, lost=lost)
    values = {"hours": plan.minutes, "activities": sum(new.values())}
    goals = []
    for goal in intent.goals:
        value, bound = values[goal], outcome.bounds.get(goal, 0)
        if outcome.decision == "optimal" and value != outcome.values[goal]:
            raise DisagreementError(f"{goal} is {value}, the solver says {outcome.values[goal]}")
        goals.append(
            GoalValue(goal, value, min(bound, value), proven=goal in outcome.bounds and bound == value)
        )
    return replace(plan, goals=tuple(goals))


@dataclass(frozen=True, slots=True)
class _CycleWishes:
    """The wishes, and the years that are over, which a search keeps."""

    pins: Mapping[str, int]
    excludes: frozenset[str]
    over: frozenset[int]


def _all_wishes(intent: Intent) -> _CycleWishes:
    return _CycleWishes(intent.pins, intent.excludes, frozenset(range(1, intent.year)))


def _clash(reading: Reading, intent: Intent, seconds: float) -> Clash | None:
    """A minimal conflict: wishes and years that are over first, then rules; None if undecided."""
    wishes: list[tuple[str, Any]] = [("year", year) for year in range(1, intent.year)]
    wishes += [*_each("pin", intent.pins), *_each("exclude", intent.excludes)]

    def clash(wished: Sequence[tuple[str, Any]], rules: Sequence[Rule]) -> bool:
        found = _possible(reading, intent, wished, rules, seconds)
        if found is None:
            raise UndecidedError
        return not found

    try:
        kept = minimal(wishes, lambda some: clash(some, reading.rules))
        rules = minimal(list(reading.rules), lambda some: clash(kept, some))
    except UndecidedError:
        return None
    parts = {
        kind: tuple(name for other, name in kept if other == kind) for kind in ("year", "pin", "exclude")
    }
    times = tuple(intent.pins[ref] for ref in parts["pin"])
    return Clash(tuple(rules), parts["pin"], parts["exclude"], parts["year"], times)


def _each(kind: str, refs: Iterable[str]) -> list[tuple[str, Any]]:
    return [(kind, ref) for ref in sorted(refs)]


def _possible(
    reading: Reading,
    intent: Intent,
    wishes: Sequence[tuple[str, Any]],
    rules: Sequence[Rule],
    seconds: float,
) -> bool | None:
    """Whether these wishes and years that are over can stand under these rules."""
    kept = _CycleWishes(
        {ref: intent.pins[ref] for kind, ref in wishes if kind == "pin"},
        frozenset(ref for kind, ref in wishes if kind == "exclude"),
        frozenset(year for kind, year in wishes if kind == "year"),
    )
    question = _Question(reading, intent, kept)
    return question.possible([*rules, *question.wishes], seconds)
