"""What somebody asks for: units that must count, must not, or are already achieved, and what best means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import resolved_refs, split_refs
from planner.errors import DataError, Parameter, Problem, nearest, refuse
from planner.files.limits import Range
from planner.records.goals import GOALS
from planner.records.portfolios import Details
from planner.rules.rule import WAYS, Bound

DEFAULT_GOALS = ("glh", "units")
"""The goals of a request that names none; a job puts `fit` first, a plan to keep puts `changes` first."""

OFFER_TEXT = "new units come from what the centre offers"
"""The sentence of the rule that a centre's offer makes."""

MOST_LOSSES = 3
"""Most units a plan can be asked to survive the loss of: every set of so many is looked at."""

LOSSES = Range(0, MOST_LOSSES)


class WishKeywords(TypedDict, total=False):
    """The keywords of `Wishes.read`, for functions that hand them on; what each means stands at `plan`."""

    pin: Iterable[str]
    exclude: Iterable[str]
    held: Iterable[str]
    goals: Iterable[str] | None
    tasks: Iterable[str]
    keep: Iterable[str]
    survive: int
    offer: Iterable[str] | None


@dataclass(frozen=True, slots=True)
class Wishes:
    """The wishes of one request, as refs and ids of one qualification.

    Parameters
    ----------
    pins
        Units that must count towards the award.
    excludes
        Units that must not count.
    held
        Units already achieved: free, and allowed not to count.
    goals
        Ids of goals, the most important first.
    tasks
        Ids of what the learner does at work.
    keep
        The units of a present plan, for the goal `changes`.
    survive
        How many optional units may fail with the rules still met.
    closed
        Units that cannot be new because the centre does not offer them; see `closed_units`.
    begun
        Units under way, for the goal `begin`: to finish one of them begins nothing.
    ways
        How held units came to be held, where not by being achieved here; also the units achieved that the
        qualification does not list and a rule asks for.
    """

    pins: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    goals: tuple[str, ...] = DEFAULT_GOALS
    tasks: tuple[str, ...] = ()
    keep: frozenset[str] = frozenset()
    survive: int = 0
    closed: frozenset[str] = frozenset()
    begun: frozenset[str] = frozenset()
    ways: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(
        cls,
        qualification: Qualification,
        *,
        pin: Iterable[str] = (),
        exclude: Iterable[str] = (),
        held: Iterable[str] = (),
        goals: Iterable[str] | None = None,
        tasks: Iterable[str] = (),
        keep: Iterable[str] = (),
        survive: int = 0,
        offer: Iterable[str] | None = None,
    ) -> Wishes:
        """The wishes that a user's own spelling means.

        Raises
        ------
        DataError
            With every unknown ref, task and goal, each with its nearest match, and for goals that need
            what was not given.
        """
        problems: list[Problem] = []
        refs: dict[str, frozenset[str]] = {}
        ways: frozenset[tuple[str, str]] = frozenset()
        try:
            held, ways = read_held(qualification, held, Parameter("held"))
        except DataError as error:
            held, problems = (), [*error.problems]
        given = {"pin": pin, "exclude": exclude, "held": held, "keep": keep, "offer": offer or ()}
        for source, texts in given.items():
            refs[source] = frozenset()
            try:
                refs[source] = frozenset(qualification.resolve(_several(texts), Parameter(source)))
            except DataError as error:
                problems += error.problems
        done, unknown = known_tasks(qualification, tasks)
        problems += unknown
        problems += LOSSES.problems("survive", survive)
        asked = (
            default_goals(qualification, done, refs["keep"])
            if goals is None
            else tuple(dict.fromkeys(_several(goals)))
        )
        problems += goal_problems(qualification, asked, done, refs["keep"])
        refuse(problems)
        closed = closed_units(qualification, None if offer is None else refs["offer"], refs["held"])
        ways |= asked_slots(qualification, refs["pin"] - refs["held"])
        return cls(
            refs["pin"], refs["exclude"], refs["held"], asked, done, refs["keep"], survive, closed, ways=ways
        )

    @property
    def ways_held(self) -> Mapping[str, str]:
        """In which way each unit came to be held."""
        return dict.fromkeys(self.held, "achieved") | dict(self.ways)

    @property
    def fixed(self) -> dict[str, bool]:
        """Which units must (True) and must not (False) count; only for wishes without contradiction."""
        return dict.fromkeys(self.ruled_out, False) | dict.fromkeys(self.pins, True)

    @property
    def ruled_out(self) -> frozenset[str]:
        """The units that cannot count: left out, or new and not offered."""
        return self.excludes | self.closed

    @property
    def contradictory(self) -> tuple[str, ...]:
        """The units both pinned and ruled out, sorted."""
        return tuple(sorted(self.pins & self.ruled_out))

    def without(self, pins: Iterable[str], excludes: Iterable[str]) -> Wishes:
        """These wishes after some pins and excludes are given up."""
        return replace(self, pins=self.pins.difference(pins), excludes=self.excludes.difference(excludes))

    def as_rules(self, qualification: Qualification) -> tuple[Bound, ...]:
        """Each wish as a rule, so that findings and conflicts name it like any other rule."""
        pins = (pin_rule(qualification, ref) for ref in sorted(self.pins))
        excludes = (exclude_rule(qualification, ref) for ref in sorted(self.excludes))
        return (*pins, *excludes)

    @property
    def offer_rules(self) -> tuple[Bound, ...]:
        """The centre's offer as a rule; none where every unit is offered."""
        if not self.closed:
            return ()
        weights = dict.fromkeys(sorted(self.closed), 1)
        return (Bound("offer", OFFER_TEXT, weights, at_most=0, kind="offer"),)


@dataclass(frozen=True, slots=True)
class Request:
    """One learner's wishes, as one row of a cohort file gives them.

    `learner` names the learner within the file, `row` is the file's row (the header is row 1), `details` what
    the file says of the registration.
    """

    learner: str
    wishes: Wishes
    name: str = ""
    row: int | None = None
    details: Details = field(default_factory=Details)


def closed_units(
    qualification: Qualification, offer: Collection[str] | None, held: Collection[str]
) -> frozenset[str]:
    """The units that cannot be new where a centre offers the refs `offer`; none for None.

    Units already achieved still count.
    """
    if offer is None:
        return frozenset()
    return frozenset(qualification.by_ref) - frozenset(offer) - frozenset(held)


def read_held(
    qualification: Qualification, texts: Iterable[str], source: str | Parameter
) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The units that `texts` say are held, and the ways in which some came to be: M/1, or M/1=rpl.

    Units that the qualification does not list and a rule asks for are among the ways only.

    Raises
    ------
    DataError
        For unknown refs and ways.
    """
    known = [*qualification.by_ref, *qualification.outside]
    held: dict[str, str] = {}
    problems: list[Problem] = []
    for text in (part for cell in _several(texts) for part in split_refs(cell) or [cell]):
        ref, sign, way = text.partition("=")
        way = way.casefold() if sign else "achieved"
        if way not in WAYS:
            message = f"must be a ref alone, or with how it came to be held: {', '.join(WAYS)}"
            problems.append(Problem(source, message, value=text))
            continue
        try:
            held |= dict.fromkeys(resolved_refs([ref], known, source), way)
        except DataError as error:
            problems += error.problems
    refuse(problems)
    outside = {*qualification.outside}
    ways = {(ref, way) for ref, way in held.items() if way != "achieved" or ref in outside}
    return frozenset(held.keys() - outside), frozenset(ways)


def asked_slots(qualification: Qualification, pins: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The places for units from elsewhere that somebody asks for: they may then be planned."""
    return frozenset((ref, _WISHED) for ref in pins if qualification.by_ref[ref].slot)


_WISHED = "wished"


def held_texts(wishes: Wishes) -> list[str]:
    """What is held as `read_held` reads it, sorted."""
    named = ((ref, way) for ref, way in wishes.ways_held.items() if way != _WISHED)
    return sorted(ref if way == "achieved" else f"{ref}={way}" for ref, way in named)


def _several(texts: Iterable[str]) -> list[str]:
    """The texts; a single one may be given as it is."""
    return [texts] if isinstance(texts, str) else list(texts)


def known_tasks(qualification: Qualification, tasks: Iterable[str]) -> tuple[tuple[str, ...], list[Problem]]:
    """Ids of what somebody does at work, each once, and what is wrong with them."""
    done = tuple(dict.fromkeys(_several(tasks)))
    known = list(qualification.tasks)
    return done, [
        Problem(Parameter("tasks"), f"no such task{nearest(task, known)}", value=task or "(empty)")
        for task in done
        if task not in known
    ]


def default_goals(
    qualification: Qualification, tasks: Iterable[str] = (), keep: Iterable[str] = ()
) -> tuple[str, ...]:
    """The goals of a request that names none."""
    first = ("changes",) if list(keep) else ()
    last = (goal for goal in DEFAULT_GOALS if goal != "glh" or "glh" in qualification.figures)
    return (*first, *(("fit",) if list(tasks) else ()), *last)


def goal_problems(
    qualification: Qualification, goals: Iterable[str], tasks: Iterable[str], keep: Iterable[str]
) -> list[Problem]:
    """What is wrong with goals: unknown, of figures not on file, or in need of what was not given."""
    given = {"fit": list(tasks), "changes": list(keep)}
    problems = []
    for goal in goals:
        if goal not in GOALS:
            message = f"no such goal{nearest(goal, list(GOALS))} (goals: {', '.join(GOALS)})"
            problems.append(Problem(Parameter("goals"), message, value=goal or "(empty)"))
        elif goal in ("glh", "credits") and goal not in qualification.figures:
            counts = f"this qualification counts {qualification.measure}"
            message = f"{counts}: its source publishes no {GOALS[goal].noun}s"
            problems.append(Problem(Parameter("goals"), message, value=goal))
        elif GOALS[goal].needs and not given[goal]:
            problems.append(Problem(Parameter("goals"), f"needs {GOALS[goal].needs}", value=goal))
    return problems


def pin_rule(qualification: Qualification, ref: str) -> Bound:
    """The wish that `ref` must count."""
    text = f"you asked for {qualification.named(ref)}"
    return Bound(f"pin {ref}", text, {ref: 1}, at_least=1, kind="pin", subject=ref)


def exclude_rule(qualification: Qualification, ref: str) -> Bound:
    """The wish that `ref` must not count."""
    text = f"you left out {qualification.named(ref)}"
    return Bound(f"exclude {ref}", text, {ref: 1}, at_most=0, kind="exclude", subject=ref)


def survival_rule(losses: int) -> Bound:
    """The wish that the rules survive losses, as conflicts cite it; it weighs no unit of its own."""
    what = "any one optional unit fails" if losses == 1 else f"any {losses} optional units fail"
    text = f"the rules must still be met if {what}"
    # Whatever counts keeps it: what it asks no sum of one selection can say (see `Reserve`).
    return Bound(f"survive {losses}", text, {}, at_least=0, kind="survive")
