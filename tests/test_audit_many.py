"""Many claims in one pass: the verdicts of one call each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import Bound, Choice, Qualification, Rule
from planner.rules import audit
from planner.rules.measure import audit_many
from tests import oracle, strategies
from tests.strategies import Small


def test_20_000_random_claims_have_the_oracles_verdicts(real: Qualification) -> None:
    refs = list(real.by_ref)
    rng = np.random.default_rng(7)
    claims = rng.random((20_000, len(refs))) < rng.random((20_000, 1))
    claims[:, [refs.index(ref) for ref in oracle.MANDATORY]] |= rng.random((20_000, 2)) < 0.8
    found = audit_many(real.rules, refs, claims)
    names = [rule.id for rule in real.rules]
    for claim, holds, met in zip(claims, found.holds, found.met, strict=True):
        counted = [refs[place] for place in np.flatnonzero(claim)]
        broken = oracle.broken_rules(counted)
        assert {name for name, kept in zip(names, holds, strict=True) if not kept} == broken
        assert met == (not broken)
    assert 200 < found.met.sum() < 19_800


@settings(max_examples=150, deadline=None, derandomize=True)
@given(strategies.small_qualifications(), st.integers(0, 2**32 - 1))
def test_each_claim_is_measured_as_alone(small: Small, seed: int) -> None:
    qualification = small.qualification()
    claims = np.random.default_rng(seed).integers(0, 2, (20, len(small.refs)))
    found = audit_many(qualification.rules, small.refs, claims)
    rules = qualification.rules_given(frozenset(small.refs))
    for claim, measured, holds, met in zip(claims, found.measured, found.holds, found.met, strict=True):
        alone = audit(rules, [ref for ref, counts in zip(small.refs, claim, strict=True) if counts])
        assert [finding.measured for finding in alone] == measured.tolist()
        assert [finding.holds for finding in alone] == holds.tolist()
        assert all(finding.holds for finding in alone) == met


def test_units_without_a_column_do_not_count(real: Qualification) -> None:
    found = audit_many(real.rules, oracle.MANDATORY, np.ones((1, 2), dtype=bool))
    alone = audit(real.rules, oracle.MANDATORY)
    assert found.measured[0].tolist() == [finding.measured for finding in alone]
    assert audit_many(real.rules, [], np.ones((2, 0))).met.tolist() == [False, False]


def test_figures_are_whole_numbers_and_verdicts_booleans(real: Qualification) -> None:
    refs = list(real.by_ref)
    for claims in (np.eye(39), np.eye(39, dtype=bool), np.eye(39, dtype=np.int8), np.zeros((0, 39))):
        found = audit_many(real.rules, refs, claims)
        assert [str(part.dtype) for part in (found.measured, found.holds, found.met)] == [
            "int64",
            "bool",
            "bool",
        ]
        assert found.rules == real.rules


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.bool_, np.float64])
def test_figures_are_not_cut_to_the_size_of_the_tables_cells(kind: type[np.generic]) -> None:
    rules = [
        Bound("hours", "", {"a": 100, "b": 200, "c": 300}, at_least=600),
        Bound("less", "", {"a": 1, "b": -300}, at_least=0),
    ]
    found = audit_many(rules, ["a", "b", "c"], np.array([[1, 1, 1], [1, 0, 1]], dtype=kind))
    assert found.measured.tolist() == [[600, -299], [400, 1]]
    assert found.holds.tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize("weight", [2**30, 2**31 - 1, 2**31, 2**32, 2**40, 2**62 - 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_figures_beyond_32_bits_are_those_of_the_auditor(weight: int, sign: int) -> None:
    rules: list[Rule] = [
        Bound("sum", "", {"a": sign * weight, "b": sign * weight, "c": sign}, at_least=0),
        Bound("exact", "", {"a": weight, "b": weight}, 2 * weight, 2 * weight),
        Bound("far above", "", {"a": weight}, at_most=2**70),
        Bound("far below", "", {"a": weight}, at_least=-(2**70)),
        Bound("out of reach", "", {"a": weight}, at_least=2**70),
        Choice("either", "", (Bound("part", "", {"a": sign * weight, "b": -sign * 5}, at_least=1),)),
    ]
    claims = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0]])
    found = audit_many(rules, ["a", "b", "c"], claims)
    assert found.measured[:, 0].tolist() == [sign * (2 * weight + 1), sign * weight, 0]
    for claim, measured, holds in zip(claims, found.measured, found.holds, strict=True):
        alone = audit(rules, [ref for ref, counts in zip("abc", claim, strict=True) if counts])
        assert [finding.measured for finding in alone] == measured.tolist()
        assert [finding.holds for finding in alone] == holds.tolist()


@pytest.mark.parametrize("sign", [1, -1])
def test_figures_are_measured_up_to_the_last_that_64_bits_hold(sign: int) -> None:
    largest = Bound("largest", "", {"a": sign * (2**62 - 1), "b": sign * 2**62}, at_most=0)
    claims = np.ones((1, 2), dtype=bool)
    assert audit_many([largest], ["a", "b"], claims).measured.tolist() == [[sign * (2**63 - 1)]]
    one_more = Bound("too large", "", {"a": sign * 2**62, "b": sign * 2**62}, at_most=0)
    mixed = Bound("too large", "", {"a": 2**62, "b": -(2**62)}, at_most=0)
    inside = Choice("choice", "", (largest, one_more))
    for rules in ([one_more], [mixed], [largest, one_more], [inside]):
        with pytest.raises(
            ValueError, match=r"^the figures of rule 'too large' could be too large for 64 bits$"
        ):
            audit_many(rules, ["a", "b"], claims)


def test_no_claims_and_no_rules_are_fine(real: Qualification) -> None:
    refs = list(real.by_ref)
    assert audit_many(real.rules, refs, np.zeros((0, len(refs)))).met.shape == (0,)
    assert audit_many((), refs, np.zeros((3, len(refs)))).met.tolist() == [True, True, True]


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        (np.zeros((2, 3)), r"^claims must have 39 columns, one a unit; their shape is \(2, 3\)$"),
        (np.zeros(39), r"^claims must have 39 columns, one a unit; their shape is \(39,\)$"),
        (np.full((1, 39), 2), "^claims must hold nothing but 0 and 1$"),
        (np.full((1, 39), np.nan), "^claims must hold nothing but 0 and 1$"),
    ],
)
def test_a_table_that_is_no_claims_is_refused(real: Qualification, claims: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        audit_many(real.rules, list(real.by_ref), claims)
