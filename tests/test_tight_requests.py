"""Explorations of requests that leave little room, on each qualification on file and on small ones drawn.

Most units are left out or outside the offer, many are pinned, many are held: what costs something then
often costs all there is, or cannot be had at all.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner import Exploration
from planner.planning import Outlook
from planner.rules.goal import Stage
from planner.rules.model import Model
from tests import explore_oracle, oracle, strategies
from tests.explore_oracle import RealTables, Request, hours_cost
from tests.oracle import BoundDict, UnitDict
from tests.strategies import Small, deep

SETTINGS = settings(
    max_examples=deep(200, 5_000),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Tight:
    """A request: refs pinned, left out, held and offered (None: every unit)."""

    pin: list[str]
    exclude: list[str]
    held: list[str]
    offer: list[str] | None

    def explored(self, qualification: planner.Qualification, within: int = 0) -> Exploration:
        """What the planner says of it."""
        return planner.explore(
            qualification,
            pin=self.pin,
            exclude=self.exclude,
            held=self.held,
            offer=self.offer,
            within=within,
        )

    def ruled_out(self, refs: Collection[str]) -> set[str]:
        """The units that cannot count: left out, or new and not offered."""
        not_offered = set() if self.offer is None else set(refs) - set(self.offer) - set(self.held)
        return set(self.exclude) | not_offered


def drawn(chance: random.Random, refs: Sequence[str], valid: Collection[str]) -> Tight:
    """A request around a valid selection, some of which it mostly leaves out."""
    left = set(valid)
    if chance.random() < 0.7:
        left.discard(chance.choice(sorted(left)))
    others = [ref for ref in refs if ref not in left]
    left.update(chance.sample(others, min(len(others), chance.choice([0, 0, 1, 1, 2, 3, 6]))))
    gone = [ref for ref in refs if ref not in left]
    outside = set(chance.sample(gone, chance.choice([0, 0, len(gone) // 2, len(gone)])))
    return Tight(
        pin=chance.sample(sorted(left), chance.choice([0, 0, min(1, len(left)), len(left) // 2])),
        exclude=[ref for ref in gone if ref not in outside],
        held=chance.sample(list(refs), chance.choice([0, 0, 1, 3, len(refs) // 2])),
        offer=[ref for ref in refs if ref not in outside] if outside else None,
    )


# The qualifications on file. The rules are copied by hand, the units read anew.


def rows_of(qualification: str) -> list[UnitDict]:
    """The units of a qualification as the file has them."""
    with oracle.UNITS_FILE.open(encoding="utf-8", newline="") as file:
        return [
            {
                "ref": line["ref"],
                "group": line["group"],
                "level": int(line["level"]),
                "credits": int(line["credits"]),
                "glh": int(line["glh"]),
                "strategy": line["strategy"],
                "barred_sets": [],
            }
            for line in csv.DictReader(file)
            if line["qualification"] == qualification
        ]


def of_credits(
    units: Sequence[UnitDict], groups: str, at_least: int | None, at_most: int | None = None
) -> BoundDict:
    """Between so many credits from some groups."""
    weights = {unit["ref"]: unit["credits"] for unit in units if unit["group"] in groups}
    return {
        "kind": "bound",
        "id": groups,
        "weights": weights,
        "at_least": at_least,
        "at_most": at_most,
        "held_only": False,
    }


def active_iq() -> Request:
    """601/0143/X: 12 credits, all 3 of group A, 6 from group B, 3 from group C."""
    units = rows_of("601/0143/X")
    return Request(
        units,
        [
            of_credits(units, "ABC", 12, 12),
            of_credits(units, "A", 3),
            of_credits(units, "B", 6),
            of_credits(units, "C", 3),
        ],
    )


def tquk() -> Request:
    """603/3646/8: all five units, 16 credits."""
    units = rows_of("603/3646/8")
    return Request(units, [of_credits(units, "M", 16)])


@pytest.mark.parametrize(
    ("name", "about", "selections"), [("601/0143/X", active_iq(), 6), ("603/3646/8", tquk(), 1)]
)
def test_tight_requests_to_a_small_qualification_on_file_are_answered_as_by_brute_force(
    name: str, about: Request, selections: int
) -> None:
    qualification = planner.load(name)
    accepted = sorted(oracle.accepted(about.refs, about.rules), key=sorted)
    assert len(accepted) == selections
    chance = random.Random(name)
    seen: Counter[str] = Counter()
    for _ in range(deep(150, 2_000)):
        asked = drawn(chance, about.refs, chance.choice(accepted))
        found = asked.explored(qualification, within=chance.choice([0, 5, 20]))
        seen.update(compared(found, wished(about, asked)))
    # Where all units are needed every one of a plan is forced.
    states = ["forced"] if selections == 1 else ["forced", "impossible", "possible", "dear"]
    assert min(seen[name] for name in ("a plan", "no plan", *states)) >= 20, seen


def wished(about: Request, asked: Tight) -> Request:
    """The request as the oracle takes it: what is not offered is left out."""
    return about._replace(pins=asked.pin, excludes=asked.ruled_out(about.refs), held=asked.held)


def compared(found: Exploration, request: Request) -> list[str]:
    """Asserts that an exploration is that of brute force; what it was about, for counting."""
    plans = explore_oracle.ranked(request)
    if not plans:
        assert (found.best.status, found.units, found.alternatives) == ("infeasible", (), ()), request
        assert found.best.conflicts
        return ["no plan"]
    assert found.best.status == "optimal", request
    assert found.best.units == tuple(sorted(plans[0].counted)), request
    return ["a plan", *told(found, explore_oracle.prices(request))]


def told(found: Exploration, prices: dict[str, tuple[int | None, int | None]]) -> list[str]:
    """Asserts that states and prices follow from those of the oracle; the states."""
    states: list[str] = []
    for ref, (pin, exclude) in prices.items():
        state = "impossible" if pin is None else "forced" if exclude is None else "possible"
        assert found.by_ref[ref] == Outlook(ref, state, pin, exclude)  # type: ignore[arg-type]
        states += [state, *(["dear"] if pin or exclude else [])]
    assert len(found.units) == len(prices)
    return states


def test_tight_requests_to_the_contact_centre_qualification_are_answered_as_by_the_dynamic_program(
    real: planner.Qualification,
) -> None:
    chance = random.Random(5106)
    seen: Counter[str] = Counter()
    for _ in range(deep(60, 2_000)):
        asked = drawn(chance, list(oracle.ROWS), random_selection(chance))
        found = asked.explored(real)
        gone = asked.ruled_out(oracle.ROWS)
        tables = RealTables(hours_cost(asked.held), asked.pin, gone)
        best = None if gone & set(asked.pin) else tables.least
        if best is None:
            assert (found.best.status, found.units) == ("infeasible", ()), asked
            seen["no plan"] += 1
            continue
        expected = oracle.canonical_plan(("glh", "units"), asked.pin, gone, asked.held)
        assert list(found.best.units) == expected, asked
        above = {
            ref: (None if pin is None else pin - best, None if exclude is None else exclude - best)
            for ref, (pin, exclude) in tables.with_each().items()
        }
        seen.update(["a plan", *told(found, above)])
    least = min(seen[name] for name in ("a plan", "no plan", "forced", "possible", "impossible", "dear"))
    assert least >= 10, seen


def random_selection(chance: random.Random) -> set[str]:
    """A valid selection of the contact centre qualification."""
    chosen = set(oracle.MANDATORY)
    for ref in chance.sample(sorted(oracle.ROWS), len(oracle.ROWS)):
        if not oracle.broken_rules(chosen):
            return chosen
        if not any(ref in pair and set(pair) & chosen for pair in oracle.BARRED.values()):
            chosen.add(ref)
    raise AssertionError("all units but the barred ones are a valid selection")


# Small qualifications drawn.


def test_tight_requests_to_qualifications_drawn_are_answered_as_by_brute_force() -> None:
    seen: Counter[str] = Counter()

    @SETTINGS
    @given(strategies.small_qualifications(), st.integers(0, 10**9))
    def compare(small: Small, seed: int) -> None:
        chance = random.Random(seed)
        accepted = sorted(oracle.accepted(small.refs, small.rules), key=sorted)
        if not any(accepted):
            return
        asked = drawn(chance, small.refs, chance.choice([chosen for chosen in accepted if chosen]))
        request = wished(Request(small.units, small.rules), asked)
        seen.update(compared(asked.explored(small.qualification()), request))

    compare()
    assert min(seen[name] for name in ("a plan", "no plan", "forced", "possible", "dear")) >= 5, seen


# Where the limits of a goal exclude each other.


def test_a_single_alternative_whose_hours_are_all_fixed_is_priced() -> None:
    # One of U00 and U01 counts, U02 and U03 do not: with U01 left out U00 alone is left, its hours settled.
    qualification = strategies.of_hours([1, 3, 1, 1], [strategies.at_least(1, ["U00", "U01"])])
    found = planner.explore(qualification, exclude=["U01", "U02", "U03"])
    assert found.best.units == ("U00",)
    assert found.by_ref["U00"] == Outlook("U00", "forced", 0, None)


@pytest.mark.parametrize(
    ("at_least", "at_most", "decision"),
    [
        (6, None, "infeasible"),
        (None, 0, "infeasible"),
        (3, 2, "infeasible"),
        (5, 5, "optimal"),
        (-9, 9, "optimal"),
    ],
)
def test_limits_of_a_goal_out_of_its_reach_are_infeasible(
    at_least: int | None, at_most: int | None, decision: str
) -> None:
    # U00 counts and weighs 1, U01 may and weighs 4.
    model = Model(["U00", "U01"], [strategies.at_least(1, ["U00"])])
    stage = Stage("hours", {"U00": 1, "U01": 4}, at_least, at_most)
    for fixed in ({}, {"U00": True}, {"U00": True, "U01": True}):
        assert model.solve(fixed, [stage]).decision == decision
