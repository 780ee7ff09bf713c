"""Several goals in one objective, as far as its numbers allow: arithmetic only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.rules.goal import Stage
from planner.rules.rule import in_steps, steps, told

WIDEST_PACK = 2**60
"""Goals are packed into one objective up to this many values: what fits into the solver's integers."""


NARROW_PACK = 2**45
"""The width of a pack whose every digit the solver's linear relaxation can see, in floating point numbers."""


NO_LIMIT = float("inf")

Span = tuple[int, int]
"""The least and the greatest number of times something counts."""

_ONCE: Span = (0, 1)


def packed_stages(
    stages: Sequence[Stage], fixed: Mapping[str, bool], widest: int, spans: Mapping[str, Span]
) -> list[Pack]:
    """The stages in as few packs as are no wider than `widest`; at least one.

    `spans` are those of what may count several times.
    """
    packs = [Pack()]
    for stage in stages:
        part = PackPart(stage, fixed, spans)
        if packs[-1].parts and packs[-1].width * part.width > widest:
            packs.append(Pack())
        packs[-1].add(part)
    return packs


class PackPart:
    """What of a stage is still open: the weights of the units not fixed, and the sum of those that are.

    All are whole numbers: `by` of them are one, where the stage has a half.
    """

    def __init__(self, stage: Stage, fixed: Mapping[str, bool], spans: Mapping[str, Span]) -> None:
        self.stage = stage
        self.by = steps(stage.weights.values())
        self.weights = in_steps(stage.weights, self.by)
        self.free = free = {name: weight for name, weight in self.weights.items() if name not in fixed}
        self.settled = sum(weight for name, weight in self.weights.items() if fixed.get(name))
        # How far the sum of what is still open can go: the digit of a stage is as wide as this and no wider,
        # so that as many stages as can be share one objective.
        always, reach = 0, list(free.values())
        if spans:  # most things count once or not at all, and are many
            ends = [(weight, *spans.get(name, _ONCE)) for name, weight in free.items()]
            always = sum(weight * low for weight, low, _ in ends)
            reach = [weight * (high - low) for weight, low, high in ends]
        self.least = always + sum(weight for weight in reach if weight < 0)
        self.most = always + sum(weight for weight in reach if weight > 0)
        self.width = self.most - self.least + 1


class Pack:
    """Stages packed into one objective, each worth more than all that follow together."""

    def __init__(self) -> None:
        self.parts: list[PackPart] = []
        self.width = 1

    @property
    def stages(self) -> list[Stage]:
        """The stages, the most important first."""
        return [part.stage for part in self.parts]

    def add(self, part: PackPart) -> None:
        """Appends a stage, less important than those before."""
        self.parts.append(part)
        self.width *= part.width

    def weights(self) -> dict[str, int]:
        """The packed objective."""
        packed: dict[str, int] = {}
        for part, factor in zip(self.parts, self._factors(), strict=True):
            for name, weight in part.free.items():
                packed[name] = packed.get(name, 0) + weight * factor
        return packed

    def limits(self) -> list[int]:
        """The two values between which the packed objective is known to lie; of single stages only.

        Where the first is the greater, no selection is within the stage's limits.
        """
        if len(self.parts) != 1 or (self.parts[0].stage.at_least, self.parts[0].stage.at_most) == (
            None,
            None,
        ):
            return []
        (part,) = self.parts
        low, high = part.stage.at_least, part.stage.at_most
        # The limits are of the whole sum, the objective is of what is open: what is settled comes off.
        # Nothing is gained by a limit beyond what the open units can reach.
        return [
            part.least if low is None else max(int(low * part.by) - part.settled, part.least),
            part.most if high is None else min(int(high * part.by) - part.settled, part.most),
        ]

    def bounds(self, values: Mapping[str, float], packed_bound: int) -> dict[str, float]:
        """The bound of each stage that follows from a bound of the packed objective.

        A stage's bound counts only if all stages before it are proven; else it is the least possible sum.
        """
        factors = self._factors()
        found: dict[str, float] = {}
        open_bound = packed_bound
        for position, part in enumerate(self.parts):
            value = int(values[part.stage.id] * part.by)
            later = zip(factors[position + 1 :], self.parts[position + 1 :], strict=True)
            # A packed bound B says factor * value + later >= B, so that value >= (B - most of later) /
            # factor, rounded up.
            most_of_later = sum(factor * part.most for factor, part in later)
            bound = -((most_of_later - open_bound) // factors[position])  # -(a // b) rounds -a / b up
            found[part.stage.id] = told(min(max(bound, part.least) + part.settled, value), part.by)
            # Where this stage is proven the rest of the bound speaks of the stages after it; where it is not,
            # they get no more than their least.
            open_bound -= factors[position] * (value - part.settled)
        return found

    def _factors(self) -> list[int]:
        """What one of each stage is worth in the packed objective."""
        factors: list[int] = []
        factor = 1
        # As in a number of mixed radix (Knuth, *The Art of Computer Programming* 2, 4.1): one of a stage
        # weighs more than all that the stages after it can come to together, so that one minimum is the
        # lexicographic one.
        for part in reversed(self.parts):
            factors.append(factor)
            factor *= part.width
        return factors[::-1]
