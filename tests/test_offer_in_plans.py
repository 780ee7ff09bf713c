"""A centre's offer in plans: new units keep to it, held ones still count, conflicts and needs name it."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner import Qualification
from planner.records.wishes import Wishes, closed_units
from tests import oracle, strategies
from tests.strategies import Small


def test_200_random_requests_within_an_offer_have_the_oracles_hours(real: Qualification) -> None:
    rng = random.Random(12)
    seen = set()
    for _ in range(200):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 4))
        offer = {ref for ref in oracle.ROWS if rng.random() < 0.85} | set(oracle.MANDATORY)
        answer = planner.plan(real, **asked, offer=offer)
        closed = set(oracle.ROWS) - offer - set(asked["held"])
        least = oracle.least_hours(asked["pin"], {*asked["exclude"], *closed}, asked["held"])
        assert answer.new_glh == least, (asked, offer)
        seen.add(answer.status)
        if answer.found:
            assert set(answer.new_units) <= offer
            assert answer.outside_offer == ()
            continue
        wider = oracle.least_hours(asked["pin"], asked["exclude"], asked["held"])
        if wider is None:
            assert answer.outside_offer == ()
        else:
            needed = set(answer.outside_offer)
            assert needed
            assert not needed & offer
            excludes = {*asked["exclude"], *(closed - needed)}
            assert oracle.least_hours(asked["pin"], excludes, asked["held"]) is not None
            for ref in needed:
                assert oracle.least_hours(asked["pin"], {*excludes, ref}, asked["held"]) is None
    assert seen == {"optimal", "infeasible"}


def test_a_pin_outside_the_offer_is_a_conflict_that_cites_it(real: Qualification) -> None:
    offer = set(real.by_ref) - {"L/503/0394"}
    answer = planner.plan(real, pin=["L/503/0394"], offer=offer)
    assert answer.status == "infeasible"
    assert [(c.pins, [r.id for r in c.rules]) for c in answer.conflicts] == [(("L/503/0394",), ["offer"])]
    assert [r.unpin for r in answer.repairs] == [("L/503/0394",)]
    assert answer.outside_offer == ("L/503/0394",)
    held = planner.plan(real, pin=["L/503/0394"], held=["L/503/0394"], offer=offer)
    assert held.status == "optimal"


def test_an_offer_of_every_unit_changes_nothing(real: Qualification) -> None:
    assert closed_units(real, set(real.by_ref), ()) == frozenset()
    assert planner.plan(real, offer=real.by_ref).units == planner.plan(real).units
    assert Wishes.read(real, offer=None).closed == frozenset()


def test_units_outside_the_offer_are_impossible_when_exploring(real: Qualification) -> None:
    offer = set(real.by_ref) - {"L/503/0394", "L/601/0933"}
    found = planner.explore(real, held=["L/601/0933"], offer=offer)
    assert found.by_ref["L/503/0394"].state == "impossible"
    assert found.by_ref["L/503/0394"].pin_price is None
    assert found.by_ref["L/503/0394"].exclude_price == 0
    assert found.by_ref["L/601/0933"].state == "possible"
    findings = {finding.rule.id: finding for finding in found.best.findings}
    assert findings["offer"].holds
    assert findings["offer"].measured == 0
    instead = {swap.ref for ref in found.best.new_units for swap in planner.swaps(found.best, ref)}
    assert len(instead) >= 20
    assert instead <= offer | {"L/601/0933"}


def test_an_offer_is_the_same_as_leaving_the_other_units_out() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=150, deadline=None)
    @given(strategies.small_qualifications(most_rules=2) | strategies.with_room(), st.data())
    def drawn(small: Small, data: st.DataObject) -> None:
        asked = data.draw(strategies.wishes(small.refs))
        if data.draw(st.booleans()):  # the offer alone decides
            asked = {"pin": [], "exclude": [], "held": []}
        qualification = small.qualification()
        free = planner.plan(qualification, **asked)
        missing = {
            data.draw(st.sampled_from(free.new_units or small.refs)),
            data.draw(st.sampled_from(small.refs)),
        }
        offer = [ref for ref in small.refs if ref not in missing]
        answer = planner.plan(qualification, **asked, offer=offer)
        others = set(small.refs) - set(offer) - set(asked["held"])
        asked["exclude"] = [*asked["exclude"], *others]
        expected = planner.plan(qualification, **asked)
        assert (answer.status, answer.units) == (expected.status, expected.units)
        seen[answer.status] += 1
        seen["another plan for the offer"] += answer.found and answer.units != free.units
        seen["no plan for the offer"] += free.found and not answer.found

    drawn()
    assert seen["optimal"] >= 60
    assert seen["another plan for the offer"] >= 20
    assert seen["no plan for the offer"] >= 5
