"""Rules of combination: a weighted sum of items between two limits, or "at least k of these rules".

A rule is written once and measured over whatever adds and multiplies: over 0 and 1 it gives the
auditor a number, over CP-SAT Booleans it gives the solver a linear expression, over the columns of a
0/1 matrix it gives a column of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import gcd
from typing import Any, Literal, Protocol, cast, get_args


class Item(Protocol):
    """What a rule counts: a unit, an activity in a year, a fact. Its scheme knows more of it."""

    @property
    def ref(self) -> str:
        """How rules name it."""

    @property
    def title(self) -> str:
        """How people name it."""


RuleKind = Literal["sum", "choice", "barred", "requires", "pin", "exclude", "offer", "limit", "survive"]
"""What a rule is for: most are sums between limits; of these some are of a kind of their own.

`barred`: at most one of a set counts; `requires`: one item only with another; `limit`: how often an activity
counts. The others are wishes: an item pinned or left out, a centre's offer, losses survived.
"""

Way = Literal["achieved", "rpl", "transfer", "exempt"]
"""How a unit came to be held: achieved here, by recognition of prior learning, by transfer, by exemption."""

WAYS: tuple[Way, ...] = get_args(Way)

NEW = "new"
"""Stands beside the ways for a unit that is not held."""

Held = Collection[str] | Mapping[str, str]
"""The refs somebody holds; a mapping says in which way each came to be held, else all are achieved."""


def held_ways(held: Held) -> Mapping[str, str]:
    """The way in which each ref came to be held."""
    return held if isinstance(held, Mapping) else dict.fromkeys(held, "achieved")


Indicator = Callable[["Rule", Any], Any]
"""Turns a rule and its measured value into 1 where the rule holds and 0 where it does not."""


def indicator(rule: Rule, measured: Any) -> Any:
    """1 where `rule` holds, 0 where not; for numbers and for columns of numbers."""
    return rule.holds(measured) * 1


def told(figure: float, by: int = 1) -> float:
    """A figure counted in so many steps as it is told: a whole one without a point, 5 and not 5.0."""
    if by == 1 and type(figure) is int:
        return figure
    whole, rest = divmod(figure, by)
    return figure / by if rest else int(whole)


def all_int(figures: Collection[float]) -> bool:
    """Whether all figures are whole numbers by their type, as most are: told without a look at each."""
    return not {*map(type, figures)} - {int}


def steps(figures: Collection[float]) -> int:
    """In how many steps one is counted: 2 where a figure has a half, else 1."""
    return 2 if not all_int(figures) and any(figure % 1 for figure in figures) else 1


def in_steps(figures: Mapping[str, float], by: int) -> Mapping[str, int]:
    """Figures as whole numbers, in so many steps: 2.0 is none to a solver."""
    if by == 1 and all_int(figures.values()):
        return cast(Mapping[str, int], figures)
    return {name: int(by * figure) for name, figure in figures.items()}


@dataclass(frozen=True, slots=True)
class Share:
    """Per cent of all that counts: `part` and `whole` are what units weigh in the one and in the other."""

    percent: int
    part: Mapping[str, float]
    whole: Mapping[str, float]

    @property
    def by(self) -> int:
        """In how many steps one is counted."""
        return steps(self.whole.values())

    @property
    def weights(self) -> dict[str, float]:
        """What units weigh in a sum that is 0 at the share: 100 parts less the per cent of the whole."""
        # part / whole >= percent / 100, multiplied out, as whole numbers know no fractions: 100 part -
        # percent whole >= 0. Divided by what both have in common, so that the sums stay small.
        shrink = gcd(100, self.percent)
        parts, per = 100 // shrink, self.percent // shrink
        refs = dict.fromkeys([*self.part, *self.whole])
        sums = {r: parts * self.part.get(r, 0) - per * self.whole.get(r, 0) for r in refs}
        # A unit that weighs as much in the part as the share asks of it changes nothing, and no bound has a
        # weight of zero.
        return {ref: weight for ref, weight in sums.items() if weight}


@dataclass(frozen=True, slots=True)
class Bound:
    """`at_least <= sum(weight * counted) <= at_most`, all whole numbers or halves.

    Parameters
    ----------
    id
        How findings and conflicts name the rule.
    text
        The published sentence.
    weights
        Weight of each unit, by ref; none is zero.
    at_least, at_most
        The limits; None where there is none, but not both.
    count
        What the weights stand for: units, credits or glh (hours).
    held
        The rule speaks only of units held in these ways, or of new ones; `given` applies it to a learner.
    unless
        Refs of units: of a learner who holds one of them the rule asks nothing.
    share
        The share of a total that the rule asks for: the weights are the share's, its limit is 0.
    by_level
        The units of which only the level decides whether the rule counts them.
    derived
        The arithmetic that makes a limit of the numbers of the published sentence, such as "900 + 100".
    kind
        What the rule is for.
    subject
        What a rule of its kind is about: the barred set by name; by ref the item that requires another, is
        pinned, left out or limited.

    Raises
    ------
    ValueError
        For a figure that is neither whole nor a half, for a weight of zero (CP-SAT drops such a term and
        calls an impossible empty sum optimal), for limits that exclude each other and for no limit at all.
    """

    id: str
    text: str
    weights: Mapping[str, float]
    at_least: float | None = None
    at_most: float | None = None
    count: str = "units"
    held: frozenset[str] = frozenset()
    unless: tuple[str, ...] = ()
    share: Share | None = None
    by_level: frozenset[str] = frozenset()
    derived: str = ""
    kind: RuleKind = "sum"
    subject: str = ""

    def __post_init__(self) -> None:
        if any(weight == 0 for weight in self.weights.values()):
            raise ValueError(f"rule {self.id!r} has a weight of zero")
        # Halves are exact as floating point numbers; of tenths three times 0.1 is already more than 0.3.
        if any(2 * figure % 1 for figure in (*self.weights.values(), self.at_least or 0, self.at_most or 0)):
            raise ValueError(f"rule {self.id!r} has a figure that is neither whole nor a half")
        if self.at_least is None and self.at_most is None:
            raise ValueError(f"rule {self.id!r} has no limit")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"rule {self.id!r} asks for at least {self.at_least}, at most {self.at_most}")

    def measure(self, counted: Mapping[str, Any], indicator: Indicator = indicator) -> Any:
        """The weighted sum over `counted`, in the rule's credits, hours or units.

        `counted` gives each ref a 0/1 number, a CP-SAT Boolean or a 0/1 column.
        """
        return sum(weight * counted[ref] for ref, weight in self.weights.items())

    def holds(self, measured: Any) -> Any:
        """Whether a measured number, or each number of a column, keeps the limits."""
        low = True if self.at_least is None else measured >= self.at_least
        high = True if self.at_most is None else measured <= self.at_most
        # Not `and`: each may be a column.
        return low & high

    @property
    def limited(self) -> Iterator[str]:
        """What more of can break the rule."""
        # A positive weight carries the sum up to the upper limit, a negative one down to the lower.
        for ref, weight in self.weights.items():
            if (self.at_most if weight > 0 else self.at_least) is not None:
                yield ref

    def in_whole_numbers(self) -> Bound:
        """The same rule without halves: all figures twice, where one has a half."""
        low, high = self.at_least, self.at_most
        figures = (*self.weights.values(), low or 0, high or 0)
        if all_int(figures):
            return self
        by = steps(figures)
        low, high = (None if limit is None else int(limit * by) for limit in (low, high))
        return replace(self, weights=in_steps(self.weights, by), at_least=low, at_most=high)

    def given(self, held: Held) -> Bound:
        """The same rule for a learner who already holds some units; it then speaks of all units."""
        ways = held_ways(held)
        if any(ref in ways for ref in self.unless):
            # An empty sum is 0, and a rule with `unless` asks for at least 0 (`RuleJoiner`).
            return replace(self, weights={}, unless=())
        if not self.held:
            return replace(self, unless=()) if self.unless else self
        # Of a share only the part is of what is held: the whole stays all that counts.
        over = self.weights if self.share is None else self.share.part
        spoken_of = {ref: weight for ref, weight in over.items() if ways.get(ref, NEW) in self.held}
        if self.share is None:
            return replace(self, weights=spoken_of, held=frozenset())
        share = replace(self.share, part=spoken_of)
        return replace(self, weights=share.weights, share=share, held=frozenset())


@dataclass(frozen=True, slots=True)
class Choice:
    """At least `at_least` of the rules in `of` hold: pathways, either/or.

    Raises
    ------
    ValueError
        If `at_least` is not between 1 and the number of rules.
    """

    id: str
    text: str
    of: tuple[Rule, ...]
    at_least: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.at_least <= len(self.of):
            raise ValueError(f"rule {self.id!r} asks for {self.at_least} of {len(self.of)} rules")

    @property
    def kind(self) -> RuleKind:
        """It is a choice."""
        return "choice"

    @property
    def at_most(self) -> int | None:
        """A choice has no upper limit."""
        return None

    @property
    def count(self) -> str:
        """What is measured: rules that hold."""
        return "rules"

    def measure(self, counted: Mapping[str, Any], indicator: Indicator = indicator) -> Any:
        """How many of the rules hold over `counted`."""
        return sum(indicator(rule, rule.measure(counted, indicator)) for rule in self.of)

    def holds(self, measured: Any) -> Any:
        """Whether enough of the rules hold."""
        return measured >= self.at_least

    def in_whole_numbers(self) -> Choice:
        """The same choice among rules without halves."""
        return replace(self, of=tuple(rule.in_whole_numbers() for rule in self.of))

    def given(self, held: Held) -> Choice:
        """The same choice for a learner who has already achieved the units `held`."""
        return replace(self, of=tuple(rule.given(held) for rule in self.of))


Rule = Bound | Choice


def bounds(rule: Rule) -> Iterator[Bound]:
    """Every bound of a rule, those inside choices included."""
    if isinstance(rule, Bound):
        yield rule
    else:
        for part in rule.of:
            yield from bounds(part)


def speaks_of_held(rule: Rule) -> bool:
    """Whether the rule depends on what the learner has already achieved."""
    return any(bound.held or bound.unless for bound in bounds(rule))


def negation(rule: Rule) -> Rule:
    """The rule that holds exactly where `rule` does not; of a sum in whole numbers."""
    if isinstance(rule, Choice):
        # De Morgan: fewer than k of n hold where more than n - k do not.
        broken = tuple(negation(part) for part in rule.of)
        return Choice(f"not {rule.id}", rule.text, broken, len(rule.of) - rule.at_least + 1)
    # Of whole numbers alone what is less than n is at most n - 1.
    rule = rule.in_whole_numbers()
    sides: list[Rule] = []
    if rule.at_least is not None:
        sides.append(Bound(f"below {rule.id}", rule.text, rule.weights, at_most=rule.at_least - 1))
    if rule.at_most is not None:
        sides.append(Bound(f"above {rule.id}", rule.text, rule.weights, at_least=rule.at_most + 1))
    # Two limits are broken from either side, so that one of these has to hold.
    return sides[0] if len(sides) == 1 else Choice(f"not {rule.id}", rule.text, tuple(sides))
