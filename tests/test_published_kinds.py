"""Kinds of rule that published qualifications have and an earlier rule language could not say.

Each case takes the kind from the qualification it names; units and figures are invented, as few as show the kind.
What counts was chosen by hand: one selection that just meets the rules, one that just breaks the rule of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import planner
from planner.rules import audit
from tests.conftest import HEADER, write_data

UNIT_COUNTED = 'measure = "units"\n'


@dataclass(frozen=True)
class Case:
    """Units (ref, group, level, credits, tags), rules, what counts and breaks the rule `kind`, and what is held."""

    seen_in: str
    units: tuple[str, ...]
    rules: str
    kind: str
    meets: str
    breaks: str
    held: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    head: str = ""
    same_as: Mapping[str, str] = field(default_factory=dict)

    def load(self, folder: Path) -> planner.Qualification:
        """The case as a qualification on file."""
        lines = [f"{HEADER},same_as"]
        for unit in self.units:
            ref, group, level, credits, tags = unit.split("/")
            glh = credits and str(10 * int(credits))
            lines.append(
                f"K,{group},,{ref},Unit {ref},{level},{credits},{glh},,,{tags},{self.same_as.get(ref, '')}"
            )
        head = f'id = "K"\ntitle = "Kind"\nsource = "{self.seen_in}; figures invented"\nverified = 2026-11-22\n{self.head}'
        found = planner.load("K", write_data(folder, "\n".join(lines) + "\n", kind=head + self.rules))
        return found.titled(self.title) if self.title else found


def rule(name: str, *keys: str) -> str:
    return "\n".join(["[[rule]]", f'id = "{name}"', f'text = "{name}"', *keys, ""])


CASES = {
    "a total of units, no figure published": Case(
        "BSB40520 Certificate IV in Leadership and Management",
        ("C1/Core/4//", "C2/Core/4//", "E1/A/4//", "E2/A/4//", "E3/B/4//"),
        rule("core", 'where = { group = "Core" }', "all = true") + rule("total", "at_least = 4", "at_most = 4"),
        "total", "C1 C2 E1 E3", "C1 C2 E1", head=UNIT_COUNTED,
    ),
    "up to two units imported from elsewhere": Case(
        "BSB40520 Certificate IV in Leadership and Management",
        ("C1/Core/4//", "E1/A/4//", "E2/A/4//"),
        rule("total", "at_least = 4", "at_most = 4") + rule("imported", 'where = { group = "I" }', "at_most = 2")
        + '[[slot]]\nid = "IMP"\ntitle = "Imported"\ngroup = "I"\ncount = 3\n',
        "imported", "C1 E1 IMP-1 IMP-2", "C1 IMP-1 IMP-2 IMP-3",
        held={"IMP-1": "transfer", "IMP-2": "transfer", "IMP-3": "transfer"}, head=UNIT_COUNTED,
    ),
    "an endorsed title": Case(
        "CHC33021 Certificate III in Individual Support (Ageing)",
        ("C1/Core/3//", "A1/A/3//", "A2/A/3//", "B1/B/3//"),
        rule("total", "at_least = 3", "at_most = 3")
        + '[[titles]]\nname = "(Ageing)"\n[[titles.rule]]\nid = "ageing"\ntext = "all of A"\nwhere = { group = "A" }\nall = true\n',
        "ageing", "C1 A1 A2", "C1 A1 B1", title="Ageing", head=UNIT_COUNTED,
    ),
    "a prerequisite outside the table": Case(
        "a civil plant certificate",
        ("P1/A/3//", "P2/A/3//"),
        rule("total", "at_least = 1") + rule("card", 'unit = "P1"', 'requires_held = "CPCCOHS2001"'),
        "card", "P2", "P1 P2", head=UNIT_COUNTED,
    ),
    "a cap on recognition of prior learning": Case(
        "an Access to HE diploma",
        ("U1/A/3/6/", "U2/A/3/6/", "U3/A/3/3/", "U4/A/3/3/"),
        rule("total", 'count = "credits"', "at_least = 12")
        + rule("rpl", 'count = "credits"', 'where = { held = "rpl" }', "at_most = 6"),
        "rpl", "U1 U2", "U1 U2 U3", held={"U1": "rpl", "U2": "transfer", "U3": "rpl"},
    ),
    "a cap on exemption apart from that on recognition": Case(
        "an Access to HE diploma",
        ("U1/A/3/6/", "U2/A/3/6/", "U3/A/3/3/"),
        rule("rpl", 'count = "credits"', 'where = { held = "rpl" }', "at_most = 6")
        + rule("exempt", 'count = "credits"', 'where = { held = "exempt" }', "at_most = 3"),
        "exempt", "U1 U3", "U1 U2", held={"U1": "rpl", "U2": "exempt", "U3": "exempt"},
    ),
    "a share of an open total at a level": Case(
        "LASER Level 2 certificates",
        ("U1/A/2/3/", "U2/A/2/3/", "U3/A/1/4/", "U4/A/1/5/"),
        rule("share", 'count = "credits"', "where = { level_at_least = 2 }", "at_least_percent = 60"),
        "share", "U1 U2 U3", "U1 U2 U4",  # 6 of 10 are 60%; 6 of 11 are less
    ),
    "a quarter earned here": Case(
        "a US college certificate",
        ("U1/A/3/3/", "U2/A/3/3/", "U3/A/3/3/", "U4/A/3/3/", "U5/A/3/3/"),
        rule("here", 'count = "credits"', 'where = { held = "transfer" }', "at_most_percent = 75"),
        "here", "U1 U2 U3 U4", "U1 U2 U3 U4 U5",
        held={"U1": "transfer", "U2": "transfer", "U3": "transfer", "U5": "transfer"},
    ),
    "two versions of one unit": Case(
        "NZQA 0643 Contact Centre Operations",
        ("N1/A/3/5/", "N2/A/3/5/", "O1/Old/3/4/"),
        rule("both", 'where = { ref = ["N1", "N2"] }', "at_least = 2"),
        "barred-same-N1", "O1 N2", "O1 N1 N2", same_as={"O1": "N1"},
    ),
    "levels of another framework": Case(
        "an SVQ of the Scottish framework",
        ("S1/A/6//", "S2/A/11//", "S3/A/12//"),
        rule("levels", "where = { level_at_most = 11 }", "at_least = 2"),
        "levels", "S1 S2", "S2 S3", head=UNIT_COUNTED,
    ),
    "a unit in two groups": Case(
        "BSB51918 Diploma of Leadership and Management",
        ("C1/Core/5//", "E1/A;B/5//", "E2/A/5//", "E3/B/5//"),
        rule("a", 'where = { group = "A" }', "at_least = 2") + rule("b", 'where = { group = "B" }', "at_least = 1"),
        "b", "E1 E2", "E2", head=UNIT_COUNTED,
    ),
    "not at the level of the entry units": Case(
        "SAQA 71490 Contact Centre Support",
        ("U1/A/2//", "U2/A/3//", "U3/A/4//"),
        rule("other", "where = { not_level = 2 }", "at_least = 2"),
        "other", "U2 U3", "U1 U2", head=UNIT_COUNTED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_selection_worked_by_hand_meets_the_rules_and_the_other_breaks_the_kinds(
    name: str, tmp_path: Path
) -> None:
    case = CASES[name]
    rules = case.load(tmp_path).rules_given(case.held)
    assert [found.rule.id for found in audit(rules, case.meets.split()) if not found.holds] == []
    assert case.kind in [found.rule.id for found in audit(rules, case.breaks.split()) if not found.holds]


@pytest.mark.parametrize("name", CASES)
def test_the_planner_plans_the_one_and_proves_the_other_impossible(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    found = case.load(tmp_path)
    held = [f"{ref}={way}" for ref, way in case.held.items()]

    def fixed(selection: str) -> planner.Plan:
        counted = selection.split()
        return planner.plan(found, pin=counted, exclude=found.by_ref.keys() - set(counted), held=held)

    assert (fixed(case.meets).status, fixed(case.meets).units) == (
        "optimal",
        tuple(sorted(case.meets.split())),
    )
    assert fixed(case.breaks).status == "infeasible"


def test_ten_kinds_or_more_are_shown_each_from_a_named_source() -> None:
    assert len(CASES) >= 10
    assert len({case.seen_in for case in CASES.values()}) >= 8
