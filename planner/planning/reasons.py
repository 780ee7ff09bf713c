"""Why a unit is in a plan, why it is not, and what else fits the job: sentences that rest on solved plans.

A reason is the first of these that applies: a wish, a rule that needs the unit, the job, and then the first
goal in which the best plan of the other choice is worse. That other plan is solved, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.errors import UndecidedError
from planner.planning.diagnosis import diagnose
from planner.planning.explore import Exploration, Instead, instead
from planner.planning.result import Conflict, Plan, listed, named, names_of, quoted
from planner.planning.robustness import perhaps_optional
from planner.planning.solve import SECONDS, goal_value
from planner.records.goals import EVERY_GOAL
from planner.records.wishes import Wishes
from planner.rules.measure import numbered
from planner.rules.rule import told

MOST_TASKS = 3
"""Most tasks that a sentence names."""


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
    return why_in(best, ref, seconds) if ref in best.planned else why_out(best, ref, seconds)


def in_short(best: Plan, ref: str, called: Mapping[str, str]) -> str:
    """Why a unit of a plan is in it, as far as that needs no other plan, in a few words.

    `called` has short words for tasks, by id, that can follow “your”.
    """
    qualification, wishes = best.qualification, best.wishes
    if ref in wishes.held:
        return "already achieved"
    tasks = [called.get(task, task) for task in qualification.evidence(wishes.tasks).get(ref, {})]
    more = ["others"] if len(tasks) > MOST_TASKS else []
    shown = f"your {listed([*tasks[:MOST_TASKS], *more])}" if tasks else ""
    unshown = "no evidence from your job" if wishes.tasks and not tasks else ""
    asked = "you asked for it" if ref in wishes.pins else ""
    required = "" if ref in perhaps_optional(qualification) else "required for everyone"
    found = "; ".join(filter(None, (required or asked, shown, unshown)))
    return found or f"for the {EVERY_GOAL[wishes.goals[0]].words}"


def why_in(best: Plan, ref: str, seconds: float) -> Reason:
    """Why a unit of a plan proven best is in it."""
    qualification, wishes = best.qualification, best.wishes
    evidence = _evidence(best, ref)
    in_reserve = "It does not count: it is held in reserve, in case units that count fail"
    reserve = in_reserve if ref in best.spare else ""
    if ref in wishes.held:
        return Reason(ref, True, "You have already achieved it, and it counts.")
    if ref not in perhaps_optional(qualification):
        rules = _requiring(qualification, ref, seconds)
        required = f"It is required for everyone: {rules}" if rules else "It is required for everyone"
        return Reason(ref, True, _sentences(required, evidence))
    if ref in wishes.pins:
        return Reason(ref, True, _sentences("You asked for it", evidence))
    other = instead(best, ref, counts=False, seconds=seconds)
    even_so = "even so, " if wishes.tasks and not _shows(best, ref) else ""
    if other.plan.status != "optimal":
        words = _sentences(reserve, evidence, f"{even_so}{_needed(best, other.plan, ref)}")
        return Reason(ref, True, words, decided=other.plan.status == "infeasible")
    worse = _worse(best, other.plan)
    come = named(qualification, other.added)
    gone = listed(["it", *names_of(qualification, [unit for unit in other.dropped if unit != ref])])
    place = "in its place" if gone == "it" else f"in place of {gone}"
    if worse is None:
        equal = f"a plan with {come} {place}" if come else f"a plan without {gone}"
        words = f"{even_so}{equal} {_as_good(other)}"
    else:
        instead_of_it = f", with {come} {place}" if come else ""
        more = f"{_more(*worse)}{_hours_too(worse[0], other)}"
        words = f"{even_so}the best plan without it has {more}{instead_of_it}"
    return Reason(ref, True, _sentences(reserve, evidence, words), other.price)


def why_out(best: Plan, ref: str, seconds: float) -> Reason:
    """Why a unit is not in a plan proven best, and what it would take."""
    qualification, wishes = best.qualification, best.wishes
    partners = [other for other in qualification.barred_partners(ref) if other in best.units]
    barred = f"only one of it and {named(qualification, partners)} can count" if partners else ""
    if ref in wishes.held:
        why = barred or "the rules are met without it"
        return Reason(ref, False, f"You have already achieved it, and it does not count: {why}.")
    if ref in wishes.excludes:
        return Reason(ref, False, "You left it out.")
    if ref in wishes.closed:
        return Reason(ref, False, "The centre does not offer it.")
    evidence = _evidence(best, ref)
    other = instead(best, ref, seconds=seconds)
    if other.plan.status != "optimal":
        words = _sentences(evidence, _impossible(best, other.plan, ref))
        return Reason(ref, False, words, decided=other.plan.status == "infeasible")
    worse, swapped = _worse(best, other.plan), _swapped(qualification, other)
    if worse is None:
        words = f"{swapped} {_as_good(other)}"
    elif worse == ("fit", 1) and not _shows(best, ref):  # the one unit more without evidence is this one
        evidence = f"It is out because {evidence[0].lower()}{evidence[1:]}"
        words = f"{swapped} would {_hours_alone(other)}"
    else:
        words = f"{swapped} costs {_more(*worse)}{_hours_too(worse[0], other)}"
    return Reason(ref, False, _sentences(evidence, barred, words), other.price)


def _swapped(qualification: Qualification, other: Instead) -> str:
    """The subject of a sentence on what a unit costs that comes: what comes with it, and what goes."""
    come = named(qualification, [unit for unit in other.added if unit != other.ref])
    gone = named(qualification, other.dropped)
    if come:
        return f"together with {come}, and in place of {gone}, it" if gone else f"together with {come} it"
    return f"in place of {gone} it" if gone else "adding it"


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
    out = best.wishes.ruled_out | best.wishes.held | set(best.planned)
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


def _shows(best: Plan, ref: str) -> tuple[str, ...]:
    """The titles of the learner's tasks that give evidence for a unit."""
    qualification = best.qualification
    tasks = qualification.evidence(best.wishes.tasks).get(ref, ())
    return tuple(qualification.tasks[task].title for task in tasks)


def _evidence(best: Plan, ref: str) -> str:
    """What the job, if it is known, says of a unit: the evidence it gives, or where some would come from."""
    if not best.wishes.tasks:
        return ""
    shows = _shows(best, ref)
    if shows:
        return f"Your work gives evidence for it: {_quoted(shows)}"
    words, would = "Your work gives no evidence for it", would_show(best.qualification, ref)
    return f"{words}; {_quoted(would, 'or')} would" if would else words


def _quoted(titles: Sequence[str], joined: str = "and") -> str:
    """Titles of tasks as people find them in the list of tasks; of many the first few."""
    named = [f"“{title}”" for title in titles[:MOST_TASKS]]
    return listed([*named, "others"] if len(titles) > MOST_TASKS else named, joined)


def _requiring(qualification: Qualification, ref: str, seconds: float) -> str:
    """The published words of the rules that no selection without this unit meets; empty if undecided."""
    try:
        # Whoever leaves the unit out runs into the rules that need it: the conflict cites these.
        conflict, *_ = diagnose(qualification, Wishes(excludes=frozenset({ref})), seconds).conflicts
    except UndecidedError:
        return ""
    return quoted(conflict.rules)


def _needed(best: Plan, without: Plan, ref: str) -> str:
    """Why no plan is left without a unit."""
    if without.status != "infeasible":
        return f"it was not decided in {without.seconds:g} seconds whether a plan can do without it"
    wishes, rules = _clash(best, _about(without, ref), ref)
    why = f", as {wishes}" if wishes else ""
    return f"every plan needs it{why}{rules}"


def _impossible(best: Plan, pinned: Plan, ref: str) -> str:
    """Why no plan has a unit."""
    if pinned.status != "infeasible":
        return f"It was not decided in {pinned.seconds:g} seconds whether a plan can have it"
    wishes, rules = _clash(best, _about(pinned, ref), ref)
    why = f"It cannot be added, as {wishes}" if wishes else "No choice of units that meets the rules has it"
    return f"{why}{rules}"


def _about(plan: Plan, ref: str) -> Conflict:
    """The conflict that the choice of this unit makes."""
    return next(c for c in plan.conflicts if ref in c.pins or ref in c.excludes)


def _clash(best: Plan, conflict: Conflict, ref: str) -> tuple[str, str]:
    """The wishes beside that of `ref` in a conflict, and a sentence of its rules, both as words to append."""
    qualification = best.qualification
    parts = []
    pins = [pin for pin in conflict.pins if pin != ref]
    excludes = [exclude for exclude in conflict.excludes if exclude != ref]
    if pins:
        parts.append(f"you asked for {named(qualification, pins)}")
    if excludes:
        parts.append(f"you left out {named(qualification, excludes)}")
    word = "The rule" if len(conflict.rules) == 1 else "The rules"
    rules = f". {word}: {quoted(conflict.rules)}" if conflict.rules else ""
    return " and ".join(parts), rules


def _worse(best: Plan, other: Plan) -> tuple[str, float] | None:
    """The first goal in which another plan is worse, and by how much; None if it is as good in all."""
    # The goals are kept in order, so that the first one in which two plans differ is the one that decided.
    for goal in best.wishes.goals:
        before, after = (goal_value(goal, best.qualification, best.wishes, p.planned) for p in (best, other))
        if after != before:
            return goal, told(after - before)
    return None


def _more(goal: str, number: float) -> str:
    words = EVERY_GOAL[goal]
    return " ".join(filter(None, (numbered(number, f"more {words.noun}"), words.rest)))


def _hours_too(goal: str, other: Instead) -> str:
    """What another goal's difference comes to in hours (see `price_goal`); empty where these are the goal."""
    price_goal = other.plan.qualification.price_goal
    if goal == price_goal or not other.price:
        return ""
    return f" {'and' if other.price > 0 else 'but'} {_hours(other)}"


def _priced(other: Instead, which: str = "") -> str:
    """A price in words, without its sign: 3 guided hours; 2 units where no hours are on file."""
    noun = EVERY_GOAL[other.plan.qualification.price_goal].noun
    return numbered(abs(other.price or 0), f"{which}{noun}")


def _as_good(other: Instead) -> str:
    """What to know of a plan as good in every goal, of which the hours need not be one."""
    hours = f" with {_hours(other)}" if other.price else ""
    return f"is just as good{hours}, so the choice is yours"


def _hours(other: Instead) -> str:
    return _priced(other, "more " if (other.price or 0) > 0 else "fewer ")


def _hours_alone(other: Instead) -> str:
    """What a unit that is out for want of evidence would come to in hours."""
    if not other.price:
        return f"need as many {EVERY_GOAL[other.plan.qualification.price_goal].noun}s"
    return f"also cost {_priced(other)} more" if other.price > 0 else f"save {_priced(other)}"


def _sentences(*parts: str) -> str:
    """Parts as sentences, the empty ones left out."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)
