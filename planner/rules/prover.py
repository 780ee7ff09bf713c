"""What holds under rules: asked of the solver within limits, beyond which it is undecided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.errors import UndecidedError
from planner.rules.goal import Stage
from planner.rules.minimal import minimal
from planner.rules.model import Model, Outcome
from planner.rules.packing import NO_LIMIT, Span
from planner.rules.rule import Bound, Choice, Rule, negation


class Prover:
    """Asks the solver what holds under rules over items.

    Parameters
    ----------
    items
        As of a `Model`.
    effort, in_all
        Deterministic time for one question, and for all of them.
    seconds
        Time limit of one question; None: no limit.
    """

    def __init__(
        self,
        items: Sequence[str] | Mapping[str, Span],
        effort: float = NO_LIMIT,
        in_all: float = NO_LIMIT,
        seconds: float | None = None,
    ) -> None:
        self._items = items
        self._effort = effort
        self.left = in_all
        """What is left of the deterministic time for all questions."""
        self._seconds = seconds

    def model(self, rules: Sequence[Rule]) -> Model:
        """A model of rules over the items."""
        return Model(self._items, rules)

    def ask(
        self, model: Model, stages: Sequence[Stage] = (), fixed: Mapping[str, bool] | None = None
    ) -> Outcome:
        """What the solver finds; the best so far where it did not prove it best.

        Raises
        ------
        UndecidedError
            If it found nothing, and no proof that there is nothing, within the limits.
        """
        outcome = Outcome("unknown")
        if self.left > 0:
            before = model.spent
            outcome = model.solve(fixed or {}, stages, self._seconds, effort=min(self._effort, self.left))
            self.left -= model.spent - before
        if outcome.decision == "unknown":
            raise UndecidedError
        return outcome

    def clash(self, rules: Sequence[Rule]) -> bool:
        """Whether nothing keeps these rules."""
        return self.ask(self.model(rules)).decision == "infeasible"

    def span(self, rules: Sequence[Rule], weights: Mapping[str, float]) -> tuple[float, float] | None:
        """The least sum of weights found under rules, and a bound that none is below; None without any.

        The two are equal where the least is proven.
        """
        outcome = self.ask(self.model(rules), [Stage("sum", weights)])
        if outcome.decision == "infeasible":
            return None
        return outcome.values["sum"], outcome.bounds["sum"]

    def least(self, rules: Sequence[Rule], weights: Mapping[str, float]) -> float | None:
        """The least sum of weights under rules, proven; None if nothing keeps them."""
        found = self.span(rules, weights)
        if found is not None and found[0] != found[1]:
            raise UndecidedError
        return None if found is None else found[0]

    def implies(self, rules: Sequence[Rule], rule: Rule) -> bool:
        """Whether everything that keeps `rules` keeps `rule`.

        Of a sum the least and the most say so, at once where whether it can be too small takes exponential
        time.
        """
        if isinstance(rule, Choice):
            broken = negation(rule)
            if isinstance(broken, Choice) and broken.at_least == len(broken.of):
                return self.clash([*rules, *broken.of])  # all of them must hold: no indicators
            return self.clash([*rules, broken])
        return all(self._within(rules, weights, limit) for weights, limit in sides(rule))

    def _within(self, rules: Sequence[Rule], weights: Mapping[str, float], limit: float) -> bool:
        found = self.span(rules, weights)
        # A bound that reaches the limit proves it, a sum below disproves it; between them nothing is known.
        if found is None or found[1] >= limit:
            return True
        if found[0] < limit:
            return False
        raise UndecidedError

    def relied_on(self, rules: Sequence[Rule], rule: Rule) -> list[Rule]:
        """Those of the rules which imply it that are enough for that, none of them needlessly."""
        # Monotone, as `minimal` needs it: more rules leave less that could break this one.
        return minimal(rules, lambda some: self.implies(some, rule))


def sides(rule: Bound) -> Iterator[tuple[Mapping[str, float], float]]:
    """The limits of a rule, each as weights and what their sum must reach."""
    if rule.at_least is not None:
        yield rule.weights, rule.at_least
    if rule.at_most is not None:
        # At most m of a sum is at least -m of what all weighs below zero.
        yield {ref: -weight for ref, weight in rule.weights.items()}, -rule.at_most
