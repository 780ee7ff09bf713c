"""A member's cycle of professional development: the least effort that completes it, proven and audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from planner.cpd.cycle_question import LOST, CycleQuestion, often
from planner.cpd.intent import YEARS, Intent, number_problems
from planner.cpd.scheme import Activity, Reading, slot
from planner.errors import DisagreementError, UndecidedError, refuse
from planner.files.limits import TIME
from planner.planning.result import GoalValue, clash_in_words
from planner.rules.measure import Finding, audit
from planner.rules.minimal import minimal
from planner.rules.model import Outcome, Status, decided
from planner.rules.rule import Bound, Rule

SECONDS = 20.0
"""Time limit of one plan; those of the shipped scheme take some hundredths of a second."""


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
        parts = [f"you asked for {often(titles[ref], times)}" for ref, times in asked]
        parts += [f"you left out “{titles[ref]}”" for ref in self.excludes]
        parts += [f"year {year} is over" for year in self.years]
        return clash_in_words(parts, self.rules, len(parts) == 1, "activities")

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
            # `counted` holds what is new as well: done less (counted less new) is what was done and does not
            # count.
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


def plan_readings(readings: Iterable[Reading], intent: Intent, seconds: float = SECONDS) -> list[CyclePlan]:
    """The same intent planned under each of these readings of one scheme."""
    return [plan_cycle(reading, intent, seconds) for reading in readings]


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
    wrong_year, wrong_time = YEARS.problems("year", intent.year), TIME.problems("seconds", seconds)
    refuse([*wrong_year, *number_problems(intent), *wrong_time])
    question = CycleQuestion(reading, intent)
    outcome = question.least(seconds)
    if outcome.decision == "unknown":
        return CyclePlan(reading, intent, "unknown")
    if outcome.decision != "infeasible":
        return _audited(question, outcome)
    clash = _clash(reading, intent, seconds)
    if clash is None:
        return CyclePlan(reading, intent, "unknown")
    # Not all can be met, proven: then as few rules as can be go, and the others are met with least effort.
    outcome = question.least(seconds, giving_up=True)
    if outcome.decision == "infeasible":
        raise DisagreementError("nothing at all keeps the upper limits")
    plan = CyclePlan(reading, intent, "infeasible", clash=clash)
    # A plan that gives up more than it must would say that more is lost than is.
    if outcome.values.get(LOST) is None or outcome.bounds[LOST] != outcome.values[LOST]:
        return plan  # proven impossible, and not known which plan misses least
    return replace(_audited(question, outcome), status="infeasible", clash=clash)


def _audited(question: CycleQuestion, outcome: Outcome) -> CyclePlan:
    """The outcome as a plan, after the auditor and the goals' own sums have agreed to it."""
    reading, intent = question.reading, question.intent
    new = {name: outcome.counts[part] for name, part in question.new.items() if outcome.counts[part]}
    counted = dict(new)
    for name, part in question.done.items():
        counted[name] = counted.get(name, 0) + outcome.counts[part]
    findings = audit(question.rules, counted)
    broken = {finding.rule.id for finding in findings if not finding.holds}
    # Rules that the solver gave up may be broken; any other is not its answer to what was asked.
    if broken - outcome.off:
        raise DisagreementError(f"the solver's cycle {counted} breaks {sorted(broken - outcome.off)}")
    # Not among the rules that the findings measure, so counted here.
    for ref, times in question.expected.items():
        if sum(new.get(slot(ref, year), 0) for year in range(1, reading.years + 1)) > times:
            raise DisagreementError(f"the solver's cycle plans {ref}, which cannot be planned")
    kept = {name: times for name, times in counted.items() if times}
    lost = tuple(finding.rule for finding in findings if not finding.holds)
    plan = CyclePlan(reading, intent, outcome.decision, kept, new, findings, lost=lost)
    values = {"hours": plan.minutes, "activities": sum(new.values())}
    return replace(
        plan, goals=tuple(GoalValue.of(goal, values[goal], outcome, [goal]) for goal in intent.goals)
    )


def cycle_clash(reading: Reading, intent: Intent, seconds: float = SECONDS) -> Clash | None:
    """Why nothing completes the cycle; None where something does, be it never so long.

    Raises
    ------
    UndecidedError
        If the time did not suffice.
    """
    if CycleQuestion(reading, intent).possible(seconds):
        return None
    clash = _clash(reading, intent, seconds)
    if clash is None:
        raise UndecidedError
    return clash


def _clash(reading: Reading, intent: Intent, seconds: float) -> Clash | None:
    """A minimal conflict: years that are over and wishes first, then rules; None if undecided."""
    # Asked as if no year were over and nothing left out: both come in as rules with a switch each, so that a
    # conflict can name them, or do without.
    question = CycleQuestion(reading, replace(intent, year=1, excludes=frozenset()))
    over = {f"year {year}": year for year in range(1, intent.year)}
    pins = {rule.id: rule.subject for rule in question.wishes}
    excludes = {f"exclude {ref}": ref for ref in sorted(intent.excludes)}
    not_done = {**over, **excludes}
    parts = [(part, reading.slots[name]) for name, part in question.new.items()]
    wishes: list[Rule] = [*question.wishes]
    # A year or an activity: refs and years never equal each other, so one look serves both.
    for name, what in not_done.items():
        weights = {part: 1 for part, (activity, year) in parts if what in (activity.ref, year)}
        wishes.append(Bound(name, "", weights, at_most=0))
    model = question.switchable(wishes)

    def clash(on: Iterable[str]) -> bool:
        off = model.switches.difference(on)
        return decided(model.solve({}, seconds=seconds, off=off)).decision == "infeasible"

    every = [rule.id for rule in reading.rules]
    try:
        # Wishes are shrunk under all rules, then rules under the wishes left: each is minimal for the other,
        # though another conflict may be smaller.
        kept = minimal([*over, *pins, *excludes], lambda some: clash([*some, *every]))
        rules = minimal(every, lambda some: clash([*kept, *some]))
    except UndecidedError:
        return None
    asked = tuple(pins[name] for name in kept if name in pins)
    return Clash(
        tuple(rule for rule in reading.rules if rule.id in rules),
        asked,
        tuple(excludes[name] for name in kept if name in excludes),
        tuple(over[name] for name in kept if name in over),
        tuple(intent.pins[ref] for ref in asked),
    )
