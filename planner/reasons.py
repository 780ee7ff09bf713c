"""Why a unit is in a plan, why it is not, and what else fits the job: sentences that rest on solved plans.

A reason is the first of these that applies: a wish, a rule that needs the unit, the job, and then the first
goal in which the best plan of the other choice is worse. That other plan is solved, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.audit import numbered
from planner.explore import Exploration, Instead, instead
from planner.qualification import Qualification
from planner.result import Conflict, Plan, listed
from planner.solve import SECONDS, goal_value
from planner.survival import optional_units

MOST_TASKS = 3
"""Most tasks that a sentence names."""

_NOUNS = {
    "fit": "unit without evidence from your work",
    "glh": "guided hour",
    "units": "unit",
    "credits": "credit",
    "strategies": "assessment strategy",
    "changes": "change to your plan",
}
"""What a goal counts."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit counts in a plan, or does not; `words` are whole sentences.

    `price` is what the other choice costs in new guided hours (taking a unit that is out, leaving out one
    that is in): below 0 if it saves some, None where it is not possible or was not asked for.
    """

    ref: str
    counts: bool
    words: str
    price: int | None = None
    decided: bool = True
    """Whether the other choice was decided in the time given."""

    def to_json(self) -> dict[str, Any]:
        """The reason as JSON."""
        return {"ref": self.ref, "in_plan": self.counts, "reason": self.words, "price": self.price}


def reason(best: Plan, ref: str, seconds: float = SECONDS) -> Reason:
    """Why a unit is in a plan proven best, or why it is not."""
    return why_in(best, ref, seconds) if ref in best.units else why_out(best, ref, seconds)


def in_short(best: Plan, ref: str) -> str:
    """Why a unit of a plan is in it, as far as that needs no other plan, in a few words; may be empty."""
    qualification, wishes = best.qualification, best.wishes
    if ref in wishes.held:
        return "already achieved"
    tasks = qualification.evidence(wishes.tasks).get(ref, {})
    shown = f"your work: {_tasks([qualification.tasks[task].title for task in tasks])}" if tasks else ""
    unshown = "no evidence from your work" if wishes.tasks and not tasks else ""
    asked = "you asked for it" if ref in wishes.pins else ""
    required = "" if ref in optional_units(qualification) else "required for everyone"
    return "; ".join(filter(None, (required or asked, shown, unshown)))


def why_in(best: Plan, ref: str, seconds: float = SECONDS) -> Reason:
    """Why a unit of a plan proven best is in it."""
    qualification, wishes = best.qualification, best.wishes
    evidence = _evidence(best, ref)
    if ref in wishes.held:
        return Reason(ref, True, "You have already achieved it, and it counts.")
    if ref not in optional_units(qualification):
        return Reason(ref, True, _sentences("It is required for everyone", evidence))
    if ref in wishes.pins:
        return Reason(ref, True, _sentences("You asked for it", evidence))
    other = instead(best, ref, counts=False, seconds=seconds)
    if not other.plan.found:
        words = _sentences(evidence, _needed(best, other.plan, ref))
        return Reason(ref, True, words, decided=other.plan.status != "unknown")
    worse = _worse(best, other.plan)
    come = _named(qualification, other.added)
    if worse is None:
        equal = f"A plan with {come} in its place is as good" if come else "A plan without it is as good"
        return Reason(ref, True, _sentences(evidence, f"{equal}: of equals one is shown"), other.price)
    replaced = f", with {come} in its place" if come else ""
    words = f"The best plan without it has {_more(*worse)}{replaced}{_hours_too(worse[0], other)}"
    return Reason(ref, True, _sentences(evidence, words), other.price)


def why_out(best: Plan, ref: str, seconds: float = SECONDS) -> Reason:
    """Why a unit is not in a plan proven best, and what it would take."""
    qualification, wishes = best.qualification, best.wishes
    partners = [other for other in qualification.barred_partners(ref) if other in best.units]
    barred = f"only one of it and {_named(qualification, partners)} can count" if partners else ""
    if ref in wishes.held:
        why = barred or "the rules are met without it"
        return Reason(ref, False, f"You have already achieved it, and it does not count: {why}.")
    if ref in wishes.excludes:
        return Reason(ref, False, "You left it out.")
    if ref in wishes.closed:
        return Reason(ref, False, "The centre does not offer it.")
    evidence = _evidence(best, ref)
    other = instead(best, ref, seconds=seconds)
    if not other.plan.found:
        words = _sentences(evidence, _impossible(best, other.plan, ref))
        return Reason(ref, False, words, decided=other.plan.status != "unknown")
    worse = _worse(best, other.plan)
    gone = _named(qualification, other.dropped)
    replacing = f", in place of {gone}," if gone else ""
    if worse is None:
        words = f"A plan with it{replacing} is as good: of equals one is shown"
    else:
        words = f"To take it{replacing} costs {_more(*worse)}{_hours_too(worse[0], other)}"
    return Reason(ref, False, _sentences(evidence, barred, words), other.price)


@dataclass(frozen=True, slots=True)
class Fitting:
    """A unit outside the plan for which the job gives evidence: what it costs to add, or why it cannot be."""

    ref: str
    price: int | None
    tasks: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The unit as JSON."""
        return {"ref": self.ref, "price": self.price, "tasks": list(self.tasks)}


def also_fits(found: Exploration) -> tuple[Fitting, ...]:
    """The units that fit the job and are not in the plan, cheapest first, those that cannot be added last."""
    best = found.best
    outlooks = found.by_ref
    evidence = best.qualification.evidence(best.wishes.tasks)
    out = best.wishes.ruled_out | best.wishes.held | set(best.units)
    fitting = [
        Fitting(ref, outlooks[ref].pin_price, tuple(tasks))
        for ref, tasks in evidence.items()
        if ref not in out and ref in outlooks
    ]
    order = {ref: number for number, ref in enumerate(best.qualification.by_ref)}
    return tuple(sorted(fitting, key=lambda one: (one.price is None, one.price or 0, order[one.ref])))


def would_show(qualification: Qualification, ref: str) -> tuple[str, ...]:
    """The titles of what people do at work that gives evidence for a unit."""
    return tuple(task.title for task in qualification.tasks.values() if ref in task.evidence)


def _evidence(best: Plan, ref: str) -> str:
    """What the job, if it is known, says of a unit: the evidence it gives, or where some would come from."""
    qualification, wishes = best.qualification, best.wishes
    if not wishes.tasks:
        return ""
    reasons = qualification.evidence(wishes.tasks).get(ref, {})
    if reasons:
        return f"Your work gives evidence: {_tasks([qualification.tasks[task].title for task in reasons])}"
    shows = would_show(qualification, ref)
    if not shows:
        return "Your work gives no evidence for it"
    return f"Your work gives no evidence for it; this would: {_tasks(shows)}"


def _tasks(titles: tuple[str, ...] | list[str]) -> str:
    lower = [f"{title[0].lower()}{title[1:]}" for title in titles]
    return listed(lower) if len(lower) <= MOST_TASKS else f"{', '.join(lower[:MOST_TASKS])} and others"


def _needed(best: Plan, without: Plan, ref: str) -> str:
    """Why no plan is left without a unit."""
    if without.status != "infeasible":
        return f"It was not decided in {without.seconds:g} seconds whether a plan can do without it"
    wishes, rules = _clash(best, _about(without, ref), ref)
    why = f", as {wishes}" if wishes else ""
    return f"Every plan needs it{why}. The rule: {rules}" if rules else f"Every plan needs it{why}"


def _impossible(best: Plan, pinned: Plan, ref: str) -> str:
    """Why no plan has a unit."""
    if pinned.status != "infeasible":
        return f"It was not decided in {pinned.seconds:g} seconds whether a plan can have it"
    wishes, rules = _clash(best, _about(pinned, ref), ref)
    why = f"It cannot be added, as {wishes}" if wishes else "No choice of units that meets the rules has it"
    return f"{why}. The rule: {rules}" if rules else why


def _about(plan: Plan, ref: str) -> Conflict:
    """The conflict that the choice of this unit makes."""
    return next(c for c in plan.conflicts if ref in c.pins or ref in c.excludes)


def _clash(best: Plan, conflict: Conflict, ref: str) -> tuple[str, str]:
    """The wishes beside that of `ref` in a conflict, and the rules, in words."""
    qualification = best.qualification
    parts = []
    pins = [pin for pin in conflict.pins if pin != ref]
    excludes = [exclude for exclude in conflict.excludes if exclude != ref]
    if pins:
        parts.append(f"you asked for {_named(qualification, pins)}")
    if excludes:
        parts.append(f"you left out {_named(qualification, excludes)}")
    return " and ".join(parts), "; ".join(f"“{rule.text}”" for rule in conflict.rules)


def _worse(best: Plan, other: Plan) -> tuple[str, int] | None:
    """The first goal in which another plan is worse, and by how much; None if it is as good in all."""
    for goal in best.wishes.goals:
        before, after = (goal_value(goal, best.qualification, best.wishes, p.units) for p in (best, other))
        if after != before:
            return goal, after - before
    return None


def _more(goal: str, number: int) -> str:
    noun = _NOUNS[goal]
    first, _, rest = noun.partition(" ")
    if goal in ("fit", "changes"):
        return f"{numbered(number, f'more {first}')} {rest}"
    return numbered(number, f"more {noun}")


def _hours_too(goal: str, other: Instead) -> str:
    """What another goal's difference comes to in hours; empty where hours are the goal."""
    if goal == "glh" or not other.price:
        return ""
    return (
        f" and {_more('glh', other.price)}"
        if other.price > 0
        else (f", and saves {numbered(-other.price, 'guided hour')}")
    )


def _named(qualification: Qualification, refs: list[str] | tuple[str, ...]) -> str:
    """Titles and refs; empty for none."""
    return listed([f"{qualification.by_ref[ref].title} ({ref})" for ref in refs]) if refs else ""


def _sentences(*parts: str) -> str:
    """Parts as sentences, the empty ones left out."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def reasons(best: Plan, seconds: float = SECONDS) -> Mapping[str, Reason]:
    """The reason of every unit, by ref, in the order of the qualification."""
    return {ref: reason(best, ref, seconds) for ref in best.qualification.by_ref}
