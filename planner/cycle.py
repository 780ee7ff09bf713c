"""A member's cycle of professional development: the least effort that completes it, proven and audited."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from planner.audit import Finding, audit
from planner.cpd import Activity, Reading, slot
from planner.errors import DisagreementError
from planner.model import CountModel, CountOutcome, Decision, Span, Stage, switch
from planner.result import GoalValue
from planner.rules import Bound, Rule, bounds

Goal = Literal["hours", "activities"]

GOALS: tuple[Goal, ...] = ("hours", "activities")
"""Least time still to spend; fewest activities still to do."""

SECONDS = 20.0
"""Time limit of one plan; those of the shipped scheme take some hundredths of a second."""

_WIDEST = 2**50
"""How many values a stage of the canonical order has at most."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a member has done, and wishes.

    `done` says how often each slot (`planner.cpd.slot`) was done. `year` is the running year of the cycle:
    nothing new can be done in those before it. `pins` are activities to do at least so often in the cycle,
    counting those done; `excludes` are not to be done again. `minutes` replaces the estimates of single
    activities. `goals` are the most important first.
    """

    done: Mapping[str, int] = field(default_factory=dict)
    year: int = 1
    pins: Mapping[str, int] = field(default_factory=dict)
    excludes: frozenset[str] = frozenset()
    minutes: Mapping[str, int] = field(default_factory=dict)
    goals: tuple[Goal, ...] = GOALS

    def minutes_of(self, activity: Activity) -> int:
        """What the activity takes this member, once."""
        return self.minutes.get(activity.ref, activity.minutes)


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

    They can without any one of them; `rules` is a set, as small as can be, that clashes with them.
    """

    rules: tuple[Rule, ...]
    pins: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    years: tuple[int, ...] = ()

    def in_words(self, reading: Reading) -> str:
        """The clash as one would say it to the member."""
        titles = {ref: activity.title for ref, activity in reading.activities.items()}
        parts = [f"you asked for “{titles[ref]}”" for ref in self.pins]
        parts += [f"you left out “{titles[ref]}”" for ref in self.excludes]
        parts += [f"year {year} is over" for year in self.years]
        rules = "; ".join(f"“{rule.text}”" for rule in self.rules)
        if not parts:
            return f"No choice of activities meets these rules: {rules}."
        words = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
        stand = "This cannot stand" if len(parts) == 1 else "These cannot stand together"
        return f"{words[0].upper()}{words[1:]}. {stand} under: {rules}."

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
    says why, `lost` are the fewest rules that have to go, and the plan meets all others.
    """

    reading: Reading
    intent: Intent
    status: Decision
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

    def points_of(self, category: str | None = None, year: int | None = None, done: bool = False) -> int:
        """Points that count, of a category and a year (None: all); `done`: only those earned already."""
        total = 0
        for name, times in self.counted.items():
            activity, of_year = self.reading.slots[name]
            if category in (None, activity.category) and year in (None, of_year):
                total += activity.points * (times - self.new.get(name, 0) if done else times)
        return total

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


def plan_cycle(reading: Reading, intent: Intent, seconds: float = SECONDS) -> CyclePlan:
    """The least effort that completes the cycle; where none does, why, and the plan that misses least.

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
    DisagreementError
        If the auditor refuses what the solver found: a bug, never the member's.
    """
    question = _Question(reading, intent)
    outcome = question.least(seconds)
    if outcome.decision == "unknown":
        return CyclePlan(reading, intent, "unknown")
    if outcome.decision != "infeasible":
        return _audited(question, outcome)
    outcome = question.least(seconds, giving_up=True)
    if outcome.decision in ("unknown", "infeasible"):
        return CyclePlan(reading, intent, "unknown")
    clash = _clash(reading, intent, seconds)
    if clash is None:
        return CyclePlan(reading, intent, "unknown")
    return replace(_audited(question, outcome), status="infeasible", clash=clash)


class _Question:
    """A member's intent as variables, rules and stages.

    Each slot has two variables: how often what was done counts (held is not counted), and how often it is
    still to be done.
    """

    def __init__(self, reading: Reading, intent: Intent, over: Collection[int] | None = None) -> None:
        self.reading = reading
        self.intent = intent
        over = range(1, intent.year) if over is None else over
        self.wishes = tuple(_wished(reading, intent))
        self.rules = (*reading.rules, *self.wishes)
        most = _most(self.rules)
        self.done = {name: _done(name) for name in reading.slots if intent.done.get(name)}
        self.new = {
            name: _new(name)
            for name, (activity, year) in reading.slots.items()
            if year not in over
            and activity.ref not in intent.excludes
            and (activity.plannable or activity.ref in intent.pins)
        }
        self.spans: dict[str, Span] = {_done(name): (0, intent.done[name]) for name in self.done}
        self.spans |= {_new(name): (0, most) for name in self.new}
        self.sums = {
            name: [part for part in (self.done.get(name), self.new.get(name)) if part]
            for name in reading.slots
        }

    def least(self, seconds: float, giving_up: bool = False) -> CountOutcome:
        """The counts of least effort; `giving_up` as few of the scheme's rules as it takes."""
        droppable = [rule.id for rule in self.rules] if giving_up else []
        model = CountModel(self.spans, self.rules, self.sums, droppable)
        rules = [Stage("lost", {switch(name): -1 for name in droppable})] if giving_up else []
        return model.solve([*rules, *self._stages()], seconds)

    def possible(self, rules: Sequence[Rule], seconds: float) -> bool | None:
        """Whether any counts keep these rules; None if that is not decided in time."""
        decision = CountModel(self.spans, rules, self.sums).solve([], seconds).decision
        return None if decision == "unknown" else decision != "infeasible"

    def _stages(self) -> Iterator[Stage]:
        """The goals, then the canonical order: what was done counts first, then early years."""
        slots = self.reading.slots
        for goal in self.intent.goals:
            if goal == "hours":
                minutes = {name: self.intent.minutes_of(slots[name][0]) for name in self.new}
                yield Stage(goal, {self.new[name]: weight for name, weight in minutes.items() if weight})
            else:
                yield Stage(goal, dict.fromkeys(self.new.values(), 1))
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


def _wished(reading: Reading, intent: Intent) -> Iterator[Bound]:
    """The pins as rules; what is left out and what is over has no variable."""
    for ref, times in sorted(intent.pins.items()):
        slots = {slot(ref, year): 1 for year in range(1, reading.years + 1)}
        title = reading.activities[ref].title
        text = f"You asked for “{title}”" + (f", {times} times" if times > 1 else "")
        yield Bound(f"pin {ref}", text, slots, at_least=times, count="times")


def _most(rules: Iterable[Rule]) -> int:
    """More than any plan of least effort does of one thing: it alone would meet any rule."""
    limits = [bound.at_least or 0 for rule in rules for bound in bounds(rule)]
    return max(limits, default=1) or 1


def _audited(question: _Question, outcome: CountOutcome) -> CyclePlan:
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


def _clash(reading: Reading, intent: Intent, seconds: float) -> Clash | None:
    """A minimal conflict, by leaving out one wish, year or rule after the other; None if undecided."""
    wishes = [("year", year) for year in range(1, intent.year)]
    kept: list[tuple[str, Any]] = [*wishes, *_each("pin", intent.pins), *_each("exclude", intent.excludes)]
    rules = list(reading.rules)
    for item in list(kept):
        fewer = [other for other in kept if other != item]
        found = _possible(reading, intent, fewer, rules, seconds)
        if found is None:
            return None
        kept = kept if found else fewer
    for rule in reading.rules:
        fewer_rules = [other for other in rules if other is not rule]
        found = _possible(reading, intent, kept, fewer_rules, seconds)
        if found is None:
            return None
        rules = rules if found else fewer_rules
    parts = {
        kind: tuple(name for other, name in kept if other == kind) for kind in ("year", "pin", "exclude")
    }
    return Clash(tuple(rules), parts["pin"], parts["exclude"], parts["year"])


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
    pins = {ref: intent.pins[ref] for kind, ref in wishes if kind == "pin"}
    excludes = frozenset(ref for kind, ref in wishes if kind == "exclude")
    over = [year for kind, year in wishes if kind == "year"]
    question = _Question(reading, replace(intent, pins=pins, excludes=excludes), over)
    return question.possible([*rules, *question.wishes], seconds)
