"""What the rivals are given: a qualification's arithmetic and requests, as plain data that fits into JSON.

Nothing here imports the planner or a solver, because the libraries of two solvers may clash in one process.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """A rule: `at_least <= sum(weight * counted) <= at_most`; None where there is no limit."""

    id: str
    weights: Mapping[str, int]
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A qualification: the guided hours of each unit, by ref, and the rules every plan keeps."""

    qualification: str
    glh: Mapping[str, int]
    rules: Sequence[Limits]

    def to_json(self) -> str:
        """The problem on one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Problem:
        """The problem that `to_json` wrote."""
        fields = json.loads(line)
        return cls(fields["qualification"], fields["glh"], [Limits(**rule) for rule in fields["rules"]])

    def new_hours(self, request: Request) -> dict[str, int]:
        """The objective: guided hours of each unit that is not held, by ref, units without hours left out."""
        return {ref: hours for ref, hours in self.glh.items() if hours and ref not in request.held}


@dataclass(frozen=True, slots=True)
class Request:
    """Wishes: refs of units that must count, must not count, are already achieved (and free)."""

    pins: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """The request on one line."""
        return json.dumps({name: sorted(refs) for name, refs in asdict(self).items()})

    @classmethod
    def from_json(cls, line: str) -> Request:
        """The request that `to_json` wrote."""
        return cls(**{name: frozenset(refs) for name, refs in json.loads(line).items()})

    def __str__(self) -> str:
        parts = [f"{name} {' '.join(sorted(refs))}" for name, refs in asdict(self).items() if refs]
        return ", ".join(parts) or "no wishes"


def random_requests(refs: Sequence[str], count: int, seed: int) -> list[Request]:
    """`count` requests: one without wishes, then up to 3 pins, 8 excludes and 5 held units, none twice.

    Nobody looks at whether a request can be met: about one in six cannot.
    """
    choice = random.Random(seed)
    requests = [Request()]
    while len(requests) < count:
        pins, excludes, held = choice.randint(0, 3), choice.randint(0, 8), choice.randint(0, 5)
        drawn = choice.sample(list(refs), pins + excludes + held)
        requests.append(
            Request(
                frozenset(drawn[:pins]),
                frozenset(drawn[pins : pins + excludes]),
                frozenset(drawn[pins + excludes :]),
            )
        )
    return requests
