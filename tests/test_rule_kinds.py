"""Every example of `docs/rule-language.md`, on both sides of each of its limits.

Each rule has a second reading here, its sentence worked out over a table of all selections, with the units of
each group named by hand. It shares nothing with the package but the unit table that the document shows.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from planner import Bound, Choice, DataError, Plan, Qualification, Rule, load, plan
from planner.authoring.lint import check
from planner.catalogue.rule_file import QualificationEntry, RuleEntry, Where
from planner.rules import audit
from planner.rules.measure import audit_many
from planner.rules.model import Model
from tests.conftest import write_data
from tests.enumeration import selections

DOCUMENT = Path(__file__).parent.parent / "docs" / "rule-language.md"

QUALIFICATION = "999/0001/X"

HEAD = f'id = "{QUALIFICATION}"\ntitle = "Invented"\nsource = "invented"\nverified = 2026-11-22\n'
"""What the examples leave out; the anatomy of a whole file has it."""

Column = NDArray[np.bool_]
"""One verdict for each selection of units."""


def blocks(language: str) -> list[str]:
    """The blocks of a language in the document."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)


WRITTEN = [block if block.startswith("id =") else HEAD + block for block in blocks("toml")]
EXAMPLES = [text for text in WRITTEN if "[[slot]]" not in text]
"""The examples as whole files; places for units from elsewhere are no rows of the table, and are tried below."""

(UNITS,) = blocks("csv")

ROWS = {line["ref"]: line for line in csv.DictReader(io.StringIO(UNITS))}
REFS = tuple(ROWS)


@cache
def claims() -> NDArray[np.bool_]:
    """Every selection of units: selections × units."""
    selections: NDArray[np.bool_] = (np.arange(2 ** len(REFS))[:, None] >> np.arange(len(REFS)) & 1) == 1
    return selections


@dataclass(frozen=True)
class Selections:
    """All selections of units, asked as a handbook asks of one; `held` are units held before, and in which way."""

    held: Mapping[str, str] = field(default_factory=dict)

    def units(self, refs: str) -> NDArray[np.int64]:
        """How many of the units named each selection has."""
        return self._sum(refs, lambda row: 1)

    def credits(self, refs: str = " ".join(REFS)) -> NDArray[np.int64]:
        """The credits that the units named give in each selection."""
        return self._sum(refs, lambda row: int(row["credits"]))

    def hours(self, refs: str) -> NDArray[np.int64]:
        """The guided hours of the units named in each selection."""
        return self._sum(refs, lambda row: int(row["glh"]))

    def has(self, ref: str) -> Column:
        """Whether the unit is in each selection."""
        column: Column = self.units(ref) == 1
        return column

    def achieved(self, refs: str = " ".join(REFS), way: str = "") -> str:
        """Those of the units named that are held, in one way or in any."""
        return " ".join(ref for ref in refs.split() if ref in self.held and way in ("", self.held[ref]))

    def new(self) -> str:
        """The units that are not held."""
        return " ".join(ref for ref in REFS if ref not in self.held)

    def _sum(self, refs: str, weigh: Callable[[Mapping[str, str]], int]) -> NDArray[np.int64]:
        weights = {ref: weigh(ROWS[ref]) for ref in refs.split()}
        column: NDArray[np.int64] = claims() @ np.array([weights.get(ref, 0) for ref in REFS])
        return column


# The units by what the sentences call them, copied by hand.
A, B, C, S = "A1 A2 A3 A4", "B1 B2 B3 B4", "C1 C2 C3", "S1 S2"
OPTIONAL = f"{A} {B} {C} {S}"
AT_2 = "M1 M2 A2 A3 B1 B2 C2 S1"
AT_3 = "A4 B3 B4 C3 S2"
COMPETENCE = "M2 A1 A2 A3 B1 B2 B3 B4"
KNOWLEDGE = "M1 A4 C1 C2 C3 S1 S2"


def between(low: int, column: NDArray[np.int64], high: int) -> Column:
    """Whether each number lies between two limits, both included."""
    return (low <= column) & (column <= high)


SAYS: dict[str, Callable[[Selections], Column]] = {
    "barred-X": lambda s: ~(s.has("A3") & s.has("S1")),
    "total": lambda s: s.credits() >= 20,
    "mandatory": lambda s: s.has("M1") & s.has("M2"),
    "repairs": lambda s: s.credits(B) >= 6,
    "total-least": lambda s: s.credits() >= 20,
    "total-exact": lambda s: s.credits() == 20,
    "total-range": lambda s: between(20, s.credits(), 24),
    "core": lambda s: s.has("M1") & s.has("M2"),
    "total-derived": lambda s: s.credits() >= 20,
    "all-of-m": lambda s: s.has("M1") & s.has("M2"),
    "a-least": lambda s: s.credits(A) >= 9,
    "b-most": lambda s: s.credits(B) <= 9,
    "c-both": lambda s: between(3, s.credits(C), 6),
    "union": lambda s: s.credits(B) + s.credits(C) >= 10,
    "level-or-above": lambda s: s.credits(AT_2) + s.credits(AT_3) >= 15,
    "halves": lambda s: 2 * (s.credits(AT_2) + s.credits(AT_3)) >= 25,
    "level-exactly": lambda s: s.credits(AT_2) >= 14,
    "optional-level": lambda s: s.credits("A2 A3 A4 B1 B2 B3 B4 C2 C3 S1 S2") >= 8,
    "without-sector": lambda s: s.credits("M1 M2 A2 A3 A4 B1 B2 B3 B4 C2 C3") >= 10,
    "without-a1": lambda s: s.credits("A2 A3 A4") >= 8,
    "units-least": lambda s: s.units(A) + s.units(B) >= 3,
    "units-exact": lambda s: s.units(OPTIONAL) == 4,
    "units-one": lambda s: ~(s.has("S1") & s.has("S2")),
    "one-of-each": lambda s: (s.units(A) > 0) & (s.units(B) > 0) & (s.units(C) > 0),
    "named-list": lambda s: s.has("A4") | s.has("B4") | s.has("C3"),
    "not-both": lambda s: ~(s.has("A2") & s.has("C2")),
    "either-or": lambda s: (s.units(A) >= 3) | (s.units(B) >= 2),
    "pathway": lambda s: (
        ((s.credits(A) >= 9) & between(3, s.credits(C), 6)) | ((s.credits(B) >= 13) & (s.credits(A) <= 3))
    ),
    "required": lambda s: (
        (s.credits(A) >= 9) | ((s.credits(B) >= 10) & s.has("B3") & (s.has("S1") | s.has("S2")))
    ),
    "needs": lambda s: ~s.has("B4") | s.has("B2"),
    "needs-any": lambda s: ~s.has("B3") | s.has("B1") | s.has("B2"),
    "large-least": lambda s: s.has("B3") | s.has("B4"),
    "large-most": lambda s: s.credits("B3 B4") <= 9,
    "small-most": lambda s: s.units("A1 C1") <= 1,
    "competence": lambda s: s.credits(COMPETENCE) >= 8,
    "knowledge": lambda s: s.credits(KNOWLEDGE) >= 8,
    "hours": lambda s: s.hours(B) >= 60,
    "transfer-most": lambda s: s.credits(s.achieved()) <= 6,
    "transfer-both": lambda s: between(4, s.credits(s.achieved(B)), 6),
    "level-below": lambda s: s.credits("A1 C1") <= 2,
    "level-other": lambda s: s.credits(f"A1 C1 {AT_3}") >= 5,
    "share-least": lambda s: 10 * s.credits(AT_3) >= 6 * s.credits(),
    "share-most": lambda s: 4 * s.units(C) <= s.units(" ".join(REFS)),
    "rpl-most": lambda s: s.credits(s.achieved(way="rpl")) <= 6,
    "new-least": lambda s: s.credits(s.new()) >= 14,
    "transfer-share": lambda s: 2 * s.credits(s.achieved(way="transfer")) <= s.credits(),
    "units-in-all": lambda s: s.units(" ".join(REFS)) == 9,
    "award": lambda s: s.credits(f"{A} {B}") >= 10,
    "needs-held": lambda s: ~s.has("B4") | ("SAFE-1" in s.held),
}
"""What the sentence of each rule says, over all selections."""


@dataclass(frozen=True)
class Edge:
    """Two selections, as close as can be: one that just meets a rule and one that just misses it."""

    rule: str
    meets: str
    misses: str
    held: str = ""

    @property
    def ways(self) -> dict[str, str]:
        """The units held, and in which way: M1 is achieved, M2=rpl is recognised."""
        parts = (text.partition("=") for text in self.held.split())
        return {ref: way or "achieved" for ref, _, way in parts}


EDGES = [
    Edge("barred-X", "M1 M2 A4 B3 S1", "M1 M2 A3 B3 S1"),
    Edge("total", "M1 M2 B4 C3", "M1 M2 B4 C2"),
    Edge("mandatory", "M1 M2 B3 B4", "M1 B3 B4 C2"),
    Edge("repairs", "M1 M2 B3 A4 C1", "M1 M2 B2 A4 C3"),
    Edge("total-least", "M1 M2 A2 B3 C3", "M1 M2 A2 B3 C2"),
    Edge("total-exact", "M1 M2 A2 B3 C3", "M1 M2 A2 B3 C2"),
    Edge("total-exact", "M1 M2 A2 B3 C3", "M1 M2 A3 B3 C3"),
    Edge("total-range", "M1 M2 A2 B3 C3", "M1 M2 A2 B3 C2"),
    Edge("total-range", "M1 M2 A3 B4 C3", "M1 M2 A4 B4 C3"),
    Edge("core", "M1 M2 B3 B4", "M1 B3 B4 C2"),
    Edge("total-derived", "M1 M2 B4 C3", "M1 M2 B4 C2"),
    Edge("all-of-m", "M1 M2", "M1"),
    Edge("a-least", "A3 A4", "A2 A4"),
    Edge("b-most", "B4", "B2 B3"),
    Edge("c-both", "C2", "C1"),
    Edge("c-both", "C1 C3", "C2 C3"),
    Edge("union", "B3 C3", "B3 C2"),
    Edge("level-or-above", "B3 B4", "A4 B4"),
    Edge("halves", "A3 B4", "B1 B4"),
    Edge("level-exactly", "M1 M2 A2 A3 B4", "M1 M2 A2 C2 B4"),
    Edge("optional-level", "M1 M2 A2 A4", "M1 M2 A2 B2"),
    Edge("without-sector", "M1 B3 S2", "B4 S2"),
    Edge("without-a1", "A1 A2 A4", "A1 A2 A3"),
    Edge("units-least", "A1 A2 B1", "A1 B1 C1"),
    Edge("units-exact", "M1 A1 B1 C1 S1", "M1 A1 B1 C1"),
    Edge("units-exact", "M1 A1 B1 C1 S1", "M1 A1 B1 C1 S1 S2"),
    Edge("units-one", "S2", "S1 S2"),
    Edge("one-of-each", "A1 B1 C1", "B1 C1"),
    Edge("one-of-each", "A1 B1 C1", "A1 C1"),
    Edge("one-of-each", "A1 B1 C1", "A1 B1"),
    Edge("named-list", "A1 B4", "A1 B3"),
    Edge("not-both", "A2 C1", "A2 C2"),
    Edge("either-or", "A1 A2 A3", "A1 A2 B1"),
    Edge("either-or", "A1 B1 B2", "A1 A2 B1"),
    Edge("pathway", "A3 A4 C2", "A2 A4 C2"),
    Edge("pathway", "A3 A4 C2", "A3 A4 C1"),
    Edge("pathway", "A3 A4 C1 C3", "A3 A4 C2 C3"),
    Edge("pathway", "A2 B2 B4", "A2 B1 B4"),
    Edge("pathway", "A2 B2 B4", "A3 B2 B4"),
    Edge("required", "A3 A4", "A2 A4"),
    Edge("required", "B2 B3 S2", "B1 B3 S2"),
    Edge("required", "B2 B3 S2", "B2 B4 S2"),
    Edge("required", "B2 B3 S2", "B2 B3"),
    Edge("needs", "B2 B4", "B1 B4"),
    Edge("needs-any", "B4", "B3 B4"),
    Edge("needs-any", "B2 B3", "B3 B4"),
    Edge("large-least", "B3", "B1"),
    Edge("large-most", "B4", "B3 B4"),
    Edge("small-most", "B4 C1", "B4 A1 C1"),
    Edge("competence", "A3 B2 M1 C3", "A3 B1 M1 C3"),
    Edge("knowledge", "M1 C3 B4", "M1 C2 B4"),
    Edge("hours", "B2 B4", "B1 B4"),
    Edge("transfer-most", "M1 C1 B4", "M1 C2 B4", held="M1 M2 C1 C2"),
    Edge("transfer-both", "B2 B4", "B1 B4", held="B1 B2 B3"),
    Edge("transfer-both", "B3 B4", "B1 B2 B4", held="B1 B2 B3"),
    Edge("award", "A3 B3", "B4"),
    Edge("units-in-all", "M1 M2 A1 A2 A4 B1 B2 B3 C1", "M1 M2 A1 A2 A4 B1 B2 B3"),
    Edge("units-in-all", "M1 M2 A1 A2 A4 B1 B2 B3 C1", "M1 M2 A1 A2 A4 B1 B2 B3 B4 C1"),
    Edge("level-below", "A1 B4", "A1 C1 B4"),
    Edge("level-other", "A1 S2 B1", "C3 B1"),
    Edge("share-least", "B3 M1", "C3 B1"),
    Edge("share-most", "C1 A1 A2 A3", "C1 A1 A2"),
    Edge("rpl-most", "M1 C1 C2 B4", "M1 M2 C2", held="M1=rpl M2=rpl C1=rpl C2=transfer"),
    Edge("new-least", "M1 B4 A2 A1", "M1 B4 B2", held="M1 M2 A4=exempt"),
    Edge("transfer-share", "M1 B2", "M1 B1", held="M1=transfer M2"),
    Edge("needs-held", "B3", "B4", held="B2"),
]
"""At least one for each limit of each rule."""


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Qualification]:
    """The examples, loaded."""
    folder = tmp_path_factory.mktemp("examples")
    return [
        load(QUALIFICATION, write_data(folder / str(number), UNITS, example=text))
        for number, text in enumerate(EXAMPLES)
    ]


def example_of(examples: Sequence[Qualification], rule: str) -> Qualification:
    """The first example that has the rule."""
    return next(example for example in examples if rule in {r.id for r in example.rules})


def limits(rule: Rule) -> Iterator[tuple[Bound, str]]:
    """Each limit of a rule and of its parts."""
    if isinstance(rule, Choice):
        for part in rule.of:
            yield from limits(part)
    else:
        yield from ((rule, name) for name in ("at_least", "at_most") if getattr(rule, name) is not None)


def measured(rule: Rule, selection: str) -> int:
    return int(rule.measure({ref: int(ref in selection.split()) for ref in REFS}))


def decides(edge: Edge, bound: Bound, limit: str) -> bool:
    """Whether the two selections of an edge are the nearest there are on either side of a bound's limit."""
    applied = bound.given(edge.ways)
    reachable = {int(number) for number in np.unique(audit_many([applied], REFS, claims()).measured)}
    number = getattr(bound, limit)
    if limit == "at_least":
        inside, outside = min(n for n in reachable if n >= number), max(n for n in reachable if n < number)
    else:
        inside, outside = max(n for n in reachable if n <= number), min(n for n in reachable if n > number)
    return (measured(applied, edge.meets), measured(applied, edge.misses)) == (inside, outside)


def test_every_rule_of_the_document_is_read_a_second_time_here(examples: list[Qualification]) -> None:
    ids = [rule.id for example in examples for rule in example.rules if not rule.id.startswith("barred-")]
    assert len(ids) == len(set(ids))
    assert {*ids, "barred-X"} == SAYS.keys() == {edge.rule for edge in EDGES}


def test_every_limit_of_the_document_has_an_edge_that_it_decides(examples: list[Qualification]) -> None:
    for example in examples:
        for rule in example.rules:
            edges = [edge for edge in EDGES if edge.rule == rule.id]
            for bound, limit in limits(rule):
                assert any(decides(edge, bound, limit) for edge in edges), (rule.id, bound.id, limit)


def test_every_key_of_a_rule_file_is_shown() -> None:
    files = [tomllib.loads(text) for text in WRITTEN]
    assert {key for file in files for key in file} == set(QualificationEntry.model_fields)
    entries = [entry for file in files for rule in file["rule"] for entry in nested(rule)]
    assert {key for entry in entries for key in entry} == set(RuleEntry.model_fields)
    assert {key for entry in entries for key in entry.get("where", {})} == set(Where.model_fields)


def nested(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A written rule and those within it."""
    yield rule
    for part in rule.get("any", ()):
        yield from nested(part)


def test_the_check_finds_no_error_in_the_examples(examples: list[Qualification]) -> None:
    for example in examples:
        report = check(example, date(2026, 11, 22))
        assert report.ok, [remark.text for remark in report.remarks if remark.severity == "error"]


def holding(example: Qualification, held: Mapping[str, str]) -> dict[str, Column]:
    """The second reading of each rule of an example, for a learner who holds some units."""
    return {rule.id: SAYS[rule.id](Selections(held)) for rule in example.rules}


def test_the_auditor_reads_every_rule_as_it_is_read_here(examples: list[Qualification]) -> None:
    for example in examples:
        ids = {rule.id for rule in example.rules}
        for held in {edge.held: edge.ways for edge in EDGES if edge.rule in ids}.values():
            rules = example.rules_given(held)
            found = audit_many(rules, REFS, claims())
            expected = holding(example, held)
            for column, rule in enumerate(rules):
                assert np.array_equal(found.holds[:, column], expected[rule.id]), rule.id


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.rule}:{edge.misses.replace(' ', '+')}")
class TestBothSidesOfAnEdge:
    """Whatever is known of an edge, by the auditor and by the planner."""

    def test_the_auditor_accepts_one_and_refuses_the_other_for_this_rule(
        self, examples: list[Qualification], edge: Edge
    ) -> None:
        rules = example_of(examples, edge.rule).rules_given(edge.ways)
        assert [f.rule.id for f in audit(rules, edge.meets.split()) if not f.holds] == []
        assert [f.rule.id for f in audit(rules, edge.misses.split()) if not f.holds] == [edge.rule]

    def test_the_planner_plans_the_one_with_every_unit_fixed(
        self, examples: list[Qualification], edge: Edge
    ) -> None:
        example = example_of(examples, edge.rule)
        every = dict.fromkeys(REFS, False) | dict.fromkeys(edge.meets.split(), True)
        answer = asked(example, edge, every)
        assert (answer.status, sorted(answer.units)) == ("optimal", sorted(edge.meets.split()))

    def test_the_model_accepts_what_is_valid_around_it(
        self, examples: list[Qualification], edge: Edge
    ) -> None:
        example = example_of(examples, edge.rule)
        valid = np.logical_and.reduce(list(holding(example, edge.ways).values()))
        model = Model(REFS, example.rules_given(edge.ways))
        for selection in (edge.meets, edge.misses):
            for half in (REFS[::2], REFS[1::2]):
                fixed = {ref: ref in selection.split() for ref in half}
                expected = claims()[valid & agreeing(fixed)]
                assert selections(model, fixed) == {frozenset(np.array(REFS)[claim]) for claim in expected}

    def test_the_planner_refuses_the_other_with_as_few_units_fixed_as_can_be(
        self, examples: list[Qualification], edge: Edge
    ) -> None:
        example = example_of(examples, edge.rule)
        valid = np.logical_and.reduce(list(holding(example, edge.ways).values()))
        few = fewest(valid, dict.fromkeys(REFS, False) | dict.fromkeys(edge.misses.split(), True))
        answer = asked(example, edge, few)
        assert answer.status == "infeasible"
        assert [conflict.pins for conflict in answer.conflicts] == [pins(few)]
        assert [conflict.excludes for conflict in answer.conflicts] == [excludes(few)]
        assert edge.rule in {rule.id for rule in answer.conflicts[0].rules}
        for ref in few:
            assert asked(example, edge, {r: v for r, v in few.items() if r != ref}).status == "optimal", ref


def agreeing(fixed: Mapping[str, bool]) -> Column:
    """Whether each selection has the units fixed as they are."""
    columns = [claims()[:, REFS.index(ref)] == value for ref, value in fixed.items()]
    agree: Column = np.logical_and.reduce([np.ones(len(claims()), dtype=bool), *columns])
    return agree


def fewest(valid: Column, fixed: Mapping[str, bool]) -> dict[str, bool]:
    """Units fixed so that no valid selection is left, none of which is needless; part of `fixed`."""
    few = dict(fixed)
    for ref in fixed:
        fewer = {other: value for other, value in few.items() if other != ref}
        if not (valid & agreeing(fewer)).any():
            few = fewer
    return few


def pins(fixed: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(sorted(ref for ref, counts in fixed.items() if counts))


def excludes(fixed: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(sorted(ref for ref, counts in fixed.items() if not counts))


def asked(example: Qualification, edge: Edge, fixed: Mapping[str, bool]) -> Plan:
    return plan(example, pin=pins(fixed), exclude=excludes(fixed), held=edge.held.split())


TRAPS = [
    ("total-least", "at_least = 20", "at_least = 20\nat_most = 20", "M1 M2 B3 B4", True),
    ("union", "at_least = 10", "at_least = 10\nat_most = 10", "B3 B4", True),
    ("level-exactly", "level = 2", "level_at_least = 2", "B3 B4", False),
    ("optional-level", 'not_group = "M", ', "", "M1 M2 C1 A2", False),
    ("without-sector", ', not_tag = "sector"', "", "M1 B1 S2", False),
    ("units-one", "at_most = 1", "at_least = 1\nat_most = 1", "", True),
    ("named-list", 'ref = ["A4", "B4", "C3"]', "level = 3", "S2", False),
    ("not-both", 'ref = ["A2", "C2"]', 'ref = ["A2", "B1", "C2"]', "B1 C2", True),
    ("pathway", "at_least = 2", "at_least = 1", "C2", False),
    ("large-most", 'count = "credits"\n', "", "B3 B4", False),
]
"""A rule, a slip in writing it, and a selection: whether it meets the rule as it should be written."""


@pytest.mark.parametrize(("rule", "right", "wrong", "selection", "meets"), TRAPS, ids=[t[0] for t in TRAPS])
def test_the_traps_are_traps(
    tmp_path: Path, rule: str, right: str, wrong: str, selection: str, meets: bool
) -> None:
    (text,) = (text for text in EXAMPLES if f'id = "{rule}"' in text)
    head, entry = text.split(f'id = "{rule}"')
    assert right in entry
    slip = head + f'id = "{rule}"' + entry.replace(right, wrong)
    for number, (written, expected) in enumerate(((text, meets), (slip, not meets))):
        example = load(QUALIFICATION, write_data(tmp_path / str(number), UNITS, example=written))
        (finding,) = (f for f in audit(example.rules, selection.split()) if f.rule.id == rule)
        assert finding.holds is expected


def test_a_unit_that_needs_one_from_outside_counts_for_who_holds_that(examples: list[Qualification]) -> None:
    example = example_of(examples, "needs-held")
    assert example.outside == ("SAFE-1",)
    assert plan(example, pin=["B4"]).status == "infeasible"
    answer = plan(example, pin=["B4"], held=["SAFE-1"])
    assert (answer.status, answer.units, answer.new_units) == ("optimal", ("B4",), ("B4",))


def test_a_place_for_a_unit_from_elsewhere_is_planned_for_who_asks_and_counts_once_filled(
    tmp_path: Path,
) -> None:
    (text,) = set(WRITTEN) - set(EXAMPLES)
    total = '[[rule]]\nid = "b"\ntext = "12 credits in all"\ncount = "credits"\nat_least = 12\n'
    example = load(QUALIFICATION, write_data(tmp_path, UNITS, example=text + total))
    assert list(example.slots) == ["IMPORT"]
    assert not {"IMPORT-1", "IMPORT-2"} & set(plan(example, goals=["units"]).units)
    asked_for = plan(example, pin=["IMPORT-1"], goals=["units"])
    assert (asked_for.status, asked_for.units) == ("optimal", ("B4", "IMPORT-1"))  # by hand: 9 + 3 credits
    filled = plan(example, held=["IMPORT-2=transfer"], goals=["units"])
    assert (filled.units, filled.new_units) == (("B4", "IMPORT-2"), ("B4",))
    both = plan(example, pin=["IMPORT-1", "IMPORT-2"])
    assert [rule.id for rule in both.conflicts[0].rules] == ["imported"]


def test_a_title_asks_for_its_rules_besides_the_others(examples: list[Qualification]) -> None:
    # By hand: 10 credits of A and B in the fewest units are B4 with any other; three of B are asked for besides.
    example = example_of(examples, "award")
    assert len(plan(example, goals=["units"]).units) == 2
    titled = example.titled("repairs")
    assert titled.title == "Invented (Repairs)"
    assert plan(titled, goals=["units", "credits"]).units == ("B1", "B2", "B3")
    with pytest.raises(
        DataError, match=r"no title of this qualification has this name \(titles: \(Repairs\)\)"
    ):
        example.titled("dancing")


def test_all_units_and_units_achieved_before_do_not_go_together(tmp_path: Path) -> None:
    whole = '[[rule]]\nid = "x"\ntext = "all achieved"\nwhere = { group = "B", held = true }\nall = true\n'
    way = "{ id = 'w', text = 'all', where = { held = true }, all = true }"
    part = f'[[rule]]\nid = "y"\ntext = "one way"\nany = [{way}]\n'
    with pytest.raises(DataError) as error:
        load(QUALIFICATION, write_data(tmp_path, UNITS, example=HEAD + whole + part))
    file = tmp_path / "qualifications" / "example.toml"
    words = "does not go with held; at_least says how much must be achieved before"
    assert [str(problem) for problem in error.value.problems] == [
        f"{file}, rule[1].all = 'true': {words}",
        f"{file}, rule[2].any[1].all = 'true': {words}",
    ]


def test_three_units_of_one_group_are_not_one_of_each_group(tmp_path: Path) -> None:
    rule = '[[rule]]\nid = "x"\ntext = "three"\nwhere = { group = ["A", "B", "C"] }\nat_least = 3\n'
    example = load(QUALIFICATION, write_data(tmp_path, UNITS, example=HEAD + rule))
    three = ["A1", "A2", "A4"]
    assert audit(example.rules, three)[0].holds
    (text,) = (text for text in EXAMPLES if 'id = "one-of-each"' in text)
    example = load(QUALIFICATION, write_data(tmp_path, UNITS, example=text))
    assert not audit(example.rules, three)[0].holds


def test_the_published_figures_of_the_anatomy_come_out_by_hand() -> None:
    (anatomy,) = (text for text in EXAMPLES if "[published]" in text)
    told = tomllib.loads(anatomy)
    valid = [
        chosen
        for size in range(len(REFS) + 1)
        for chosen in combinations(REFS, size)
        if {"M1", "M2"} <= set(chosen)
        and not {"A3", "S1"} <= set(chosen)
        and sum(int(ROWS[ref]["credits"]) for ref in chosen) >= 20
        and sum(int(ROWS[ref]["credits"]) for ref in chosen if ROWS[ref]["group"] == "B") >= 6
    ]
    credits = [sum(int(ROWS[ref]["credits"]) for ref in chosen) for chosen in valid]
    hours = [sum(int(ROWS[ref]["glh"]) for ref in chosen) for chosen in valid]
    assert told["published"]["units"] == len(REFS)
    assert told["published"]["min_credits"] == min(credits)
    assert told["published"]["min_glh"] == min(hours)
    (known,) = told["known"]
    assert known["figure"] == "max_glh"
    assert known["computed"] == max(h for h, c in zip(hours, credits, strict=True) if c == min(credits))


def test_the_document_points_to_places_that_exist() -> None:
    for link, place in re.findall(r"\]\(([^)#:]+)(?:#([^)]+))?\)", DOCUMENT.read_text(encoding="utf-8")):
        text = (DOCUMENT.parent / link).read_text(encoding="utf-8")
        headings = {
            re.sub(r"[^\w-]", "", h.lower().replace(" ", "-")) for h in re.findall(r"^#+ (.+)", text, re.M)
        }
        assert place in headings, place
