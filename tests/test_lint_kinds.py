"""Everything the lint can say: of each remark a file that causes it and one that just does not.

The remarks are listed from the source of the lint, so that a new one without a test fails here.
"""

from __future__ import annotations

import ast
import csv
import json
import random
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import load, load_all
from planner.authoring import lint
from planner.authoring.lint import Report, check
from planner.catalogue.remarks import Remark, Severity
from planner.rules.model import Model
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS
from tests.enumeration import selections
from tests.strategies import deep
from tests.test_every_way import OUTSIDE, WAYS, Figure, Written, brute, drawn, subsets

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)

Small = Callable[..., Path]


@dataclass(frozen=True)
class File:
    """A qualification's file and the day it is looked at: the small one with some changes.

    `changed` are replacements in the rules or in the units, `added` stands at the end, `first` at the top.
    """

    added: str = ""
    first: str = ""
    changed: Mapping[str, str] = field(default_factory=dict)
    today: date = TODAY
    effort: float = lint.EFFORT_IN_ALL

    def report(self, small: Small) -> Report:
        """What the lint says of it."""
        units, rules = "\n".join([HEADER, *SMALL_UNITS]), self.first + SMALL_RULES + self.added
        for old, new in self.changed.items():
            assert old in units + rules
            units, rules = units.replace(old, new), rules.replace(old, new)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lint, "EFFORT_IN_ALL", self.effort)
            return check(load("Q1", small(units, small=rules)), self.today)


@dataclass(frozen=True)
class Kind:
    """A remark the lint can make: as its source has it, what it says, and what causes it or just does not."""

    severity: str
    id: str
    """An asterisk stands for what is filled in."""
    words: str
    """A regular expression; tells apart remarks of one severity and one id."""
    causes: File
    spares: File


TITLE = '[[titles]]\nname = "(X)"\n[[titles.rule]]\nid = "t"\ntext = "the main unit"\n'
"""An endorsed title with a rule, whose limits come after."""


def rule(text: str, limits: str, name: str = "x") -> str:
    return f'[[rule]]\nid = "{name}"\ntext = "{text}"\n{limits}\n'


def published(figures: str, known: str = "") -> File:
    return File(
        f"[published]\n{figures}\n" + (f"[[known]]\n{known}\ntext = 'A misprint.'\n" if known else "")
    )


def example(counted: str, breaks: str = "") -> File:
    return File(f'[[example]]\nsource = "by hand"\ncounted = {counted.split()}\nbreaks = {breaks.split()}\n')


# Of the small qualification, by hand: M1 and 3 credits of O1 or O2, or the 5 of O3; O2 and O3 are barred. So
# M1 O1 (7 credits, 19 hours), M1 O2 (7, 18), M1 O3 (9, 30), M1 O1 O2 (10, 27) and M1 O1 O3 (12, 39).
PLAIN = File()
CREDITS = 'count = "credits"\n'
AT_MOST_6 = File(rule("at most 6", CREDITS + "at_most = 6"))
AT_MOST_7 = File(rule("at most 7", CREDITS + "at_most = 7"))

KINDS = [
    Kind(
        "fine", "status", "^Open for registration until 22 November 2026",
        File(first="ends = 2026-11-22\n"), File(first="ends = 2026-11-21\n"),
    ),
    Kind(
        "notice", "status", "^No registration dates on file",
        PLAIN, File(first="ends = 2026-11-22\n"),
    ),
    Kind(
        "notice", "status", "^Closed: .* ended on 21 November 2026",
        File(first="ends = 2026-11-21\n"), File(first="ends = 2026-11-22\n"),
    ),
    Kind(
        "notice", "status", "^Not yet open: .* starts on 23 November 2026",
        File(first="starts = 2026-11-23\n"), File(first="starts = 2026-11-22\n"),
    ),
    Kind("notice", "verified", "over a year ago", File(today=date(2027, 11, 23)), File(today=date(2027, 11, 22))),
    Kind(
        "notice", "verified", "^Never compared with its source",
        File(changed={"verified = 2026-11-22\n": ""}), File(today=date(2028, 11, 22)),
    ),
    Kind("fine", "verified", "22 November 2026", File(today=date(2027, 11, 22)), File(today=date(2027, 11, 23))),
    Kind(
        "notice", "level-confidence", "^The level of 1 unit has low confidence: O2",
        PLAIN, File(changed={"B,low": "B,medium"}),
    ),
    Kind(
        "error", "sentence-*", "“two options” says none of the rule's numbers",
        File(rule("two options", "where = { group = 'O' }\nat_least = 1")),
        File(rule("one option", "where = { group = 'O' }\nat_least = 1")),
    ),
    Kind(
        "error", "sentence-*", "“8 hours” says none of the rule's numbers",
        File(rule("either", "any = [{ id = 'y', text = '8 hours', count = 'glh', at_least = 9 }]")),
        File(rule("either", "any = [{ id = 'y', text = '9 hours', count = 'glh', at_least = 9 }]")),
    ),
    Kind(
        "error", "sentence-*", r"“8 to 10 credits” says 10 and not what the rule asks \(12\)",
        File(rule("8 to 10 credits", CREDITS + "at_least = 8\nat_most = 12")),
        File(rule("8 to 12 credits", CREDITS + "at_least = 8\nat_most = 12")),
    ),
    Kind(
        # The three options come to 11 credits; that they are three does not make 9 of 8.
        "error", "sentence-*", r"“9 credits from the three options” says 9 and not what the rule asks \(8\)",
        File(rule("9 credits from the three options", CREDITS + "where = { group = 'O' }\nat_least = 8")),
        File(rule("8 credits from the three options", CREDITS + "where = { group = 'O' }\nat_least = 8")),
    ),
    *(
        # O2 is the only unit of level 3; O1 and O2, of 3 credits, are the small ones of group O.
        Kind(
            "error", "sentence-*", f"“{wrong}” says none of the rule's numbers",
            File(rule(wrong, limits)), File(rule(right, limits)),
        )
        for wrong, right, limits in (
            ("a unit at level 2", "a unit at level 3", "where = { level = 3 }\nat_most = 4"),
            ("a unit at level 2", "a unit at level 3 or above", "where = { level_at_least = 3 }\nat_most = 4"),
            ("none below level 3", "none below level 2", "where = { level = [0, 1] }\nat_most = 6"),
            ("options of 5 credits", "options of 3 credits or fewer",
             "where = { group = 'O', credits_at_most = 3 }\nat_most = 4"),
            ("options above 8 credits", "options above 3 credits",
             "where = { group = 'O', credits_at_least = 4 }\nat_most = 9"),
            ("5 credits at level 3", "4 at level 3", "where = { level = 3 }\nat_most = 4"),
        )
    ),
    Kind(
        "notice", "sentence-*", r"“60 % of 20” names an amount that was not read \(60 %\)",
        File(rule("60 % of 20", CREDITS + "at_most = 12")), File(rule("60 % of 20, so 12", CREDITS + "at_most = 12")),
    ),
    Kind(
        "error", "sentence-*", r"“6 \+ 7” is 13, which is no limit of the rule \(14\)",
        File(rule("6 more", CREDITS + "at_most = 14\nderived = '6 + 7'")),
        File(rule("6 more", CREDITS + "at_most = 13\nderived = '6 + 7'")),
    ),
    Kind(
        "notice", "needs-achieved", r"only be met with units already achieved \(1 at least\)",
        File(rule("one before", "where = { held = true }\nat_least = 1")),
        File(rule("one before", "where = { held = true }\nat_most = 1")),
    ),
    Kind(
        # Whoever has achieved all four units breaks the maximum; of these credits M1 and O2 or O1 give 7.
        "notice", "needs-achieved", r"only be met with units already achieved \(2 at least\)",
        File(rule("7 before", CREDITS + "where = { held = true }\nat_least = 7\nat_most = 7")),
        File(rule("7 before", CREDITS + "where = { held = true }\nat_most = 7")),
    ),
    Kind(
        # 3 credits achieved are possible by themselves, and so are 6 in all, but not with 7 asked for.
        "error", "contradiction", "^No choice of units meets these rules: “at least 7 credits”; “at most 6”.$",
        File(rule("3 before", CREDITS + "where = { held = true }\nat_least = 3") + rule("at most 6", CREDITS + "at_most = 6", "y")),
        File(rule("3 before", CREDITS + "where = { held = true }\nat_least = 3") + rule("at most 7", CREDITS + "at_most = 7", "y")),
    ),
    Kind(
        "error", "contradiction", "^No choice of units meets these rules: “no option before”; “two options before”.$",
        File(rule("no option before", "where = { group = 'O', held = true }\nat_most = 0")
             + rule("two options before", "where = { group = 'O', held = true }\nat_least = 2", "y")),
        File(rule("one option before", "where = { group = 'O', held = true }\nat_most = 1")
             + rule("a unit before", "where = { group = 'M', held = true }\nat_least = 1", "y")),
    ),
    Kind(
        "undecided", "undecided-*", "^Not decided within the limits of the search: min_credits, min_glh, max_glh",
        File(effort=0.0), PLAIN,
    ),
    Kind(
        "undecided", "undecided-*", "whether these rules ever bind: total, main, barred-S",
        File(effort=0.0), PLAIN,
    ),
    Kind(
        "undecided", "undecided-*", "whether these units can count in some valid selection: M1, O1, O2, O3",
        File(effort=0.0), PLAIN,
    ),
    Kind("error", "contradiction", "“at least 7 credits”; “at most 6”", AT_MOST_6, AT_MOST_7),
    Kind(
        "error", "contradiction", "both options",
        # O2 and O3 bar each other, and no unit achieved helps.
        File(rule("both options", "where = { ref = ['O2', 'O3'] }\nall = true")),
        File(rule("both options", "where = { ref = ['O1', 'O2'] }\nall = true")),
    ),
    *(
        Kind(
            "fine", "published-*", f"^{name} {right} agrees: {right}",
            published(f"{name} = {right}"), published(f"{name} = {right + step}"),
        )
        for name, right in {"units": 4, "min_credits": 7, "min_glh": 18, "max_glh": 19}.items()
        for step in (-1, 1)
    ),
    *(
        Kind(
            "error", "published-*", f"^{name} {right + step} does not come out: {right}",
            published(f"{name} = {right + step}"), published(f"{name} = {right}"),
        )
        for name, right in {"units": 4, "min_credits": 7, "min_glh": 18, "max_glh": 19}.items()
        for step in (-1, 1)
    ),
    Kind(
        "error", "published-*", "^max_glh 30 does not come out: 19 ",
        published("max_glh = 30", "figure = 'max_glh'\ncomputed = 20"),
        published("max_glh = 30", "figure = 'max_glh'\ncomputed = 19"),
    ),
    Kind(
        "notice", "published-*", r"^max_glh 30 does not come out: 19 .* Known: A misprint\.",
        published("max_glh = 30", "figure = 'max_glh'\ncomputed = 19"),
        published("max_glh = 30", "figure = 'max_glh'\ncomputed = 20"),
    ),
    Kind(
        "notice", "published-*", "^max_glh 19 agrees, though it is listed as known not to",
        published("max_glh = 19", "figure = 'max_glh'"), published("max_glh = 20", "figure = 'max_glh'"),
    ),
    Kind("fine", "learning-time", "^7 credits stand for about 70 hours", AT_MOST_7, AT_MOST_6),
    Kind(
        "notice", "idle-*", "“at least 6 in all” never binds given total .* at least 7 credits where 6 are asked",
        File(rule("at least 6 in all", CREDITS + "at_least = 6")),
        File(rule("at least 8 in all", CREDITS + "at_least = 8")),
    ),
    Kind(
        "notice", "idle-*", "“at most 12” never binds given barred-S .* at most 12 credits where 12 are allowed",
        File(rule("at most 12", CREDITS + "at_most = 12")), File(rule("at most 11", CREDITS + "at_most = 11")),
    ),
    Kind(
        # Whatever takes O1 or not takes one of O1, O2 and O3; not everything takes O1.
        "notice", "idle-*", "“either” never binds given total\\.$",
        File(rule("either", "any = [{ id = 'y', text = 'O1', where = { ref = 'O1' }, at_least = 1 }, "
                  "{ id = 'z', text = 'others', where = { ref = ['O2', 'O3'] }, at_least = 1 }]")),
        File(rule("either", "any = [{ id = 'y', text = 'O1', where = { ref = 'O1' }, at_least = 1 }, "
                  "{ id = 'z', text = 'others', where = { ref = 'O3' }, at_least = 1 }]")),
    ),
    Kind(
        "error", "title-*", r"^No choice of units meets the rules and those of the title \(X\)\.$",
        File(TITLE + 'where = { ref = "M1" }\nat_most = 0\n'),
        File(TITLE + 'where = { ref = "M1" }\nat_least = 1\n'),
    ),
    Kind(
        "notice", "dead-units", "^1 unit can count in no valid selection: O3",
        File(rule("at most 8", CREDITS + "at_most = 8")), File(rule("at most 9", CREDITS + "at_most = 9")),
    ),
    Kind(
        "fine", "dead-units", "^Every unit can count",
        File(rule("at most 9", CREDITS + "at_most = 9")), File(rule("at most 8", CREDITS + "at_most = 8")),
    ),
    Kind(
        "error", "example-*", "^Example 1 .* is said to break no rule and breaks main, total",
        example("O1"), example("O1", "main total"),
    ),
    Kind(
        "error", "example-*", "is said to break barred-S and breaks no rule",
        example("M1 O1 O2", "barred-S"), example("M1 O2 O3", "barred-S"),
    ),
    Kind("fine", "examples", "^1 worked example replayed", example("M1 O1"), PLAIN),
]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A call in the source of the lint that makes a remark of one severity."""

    lines: tuple[int, int]
    severity: str
    id: str


def places() -> Iterator[Place]:
    """Every place that makes a remark, once for each severity it may have."""
    for node in ast.walk(ast.parse(Path(lint.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Remark":
            assert not node.keywords
            severity, name, *_ = node.args
            either = [severity.body, severity.orelse] if isinstance(severity, ast.IfExp) else [severity]
            parts = name.values if isinstance(name, ast.JoinedStr) else [name]
            pattern = "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in parts)
            for constant in either:
                assert isinstance(constant, ast.Constant), ast.unparse(node)
                yield Place((node.lineno, node.end_lineno or node.lineno), str(constant.value), pattern)


def matches(kind: Kind, remark: Remark) -> bool:
    pattern = re.escape(kind.id).replace(r"\*", ".+")
    named = remark.severity == kind.severity and re.fullmatch(pattern, remark.id)
    return bool(named and re.search(kind.words, remark.text))


def test_every_place_in_the_source_that_makes_a_remark_is_reached_by_a_file_for_it(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, Remark]] = []

    def recorded(severity: Severity, name: str, text: str, figure: str = "") -> Remark:
        remark = Remark(severity, name, text, figure)
        made.append((sys._getframe(1).f_lineno, remark))
        return remark

    monkeypatch.setattr(lint, "Remark", recorded)
    wanted, reached = set(places()), set()
    assert len(wanted) >= 18
    for kind in KINDS:
        made.clear()
        kind.causes.report(small)
        for line, remark in made:
            if matches(kind, remark):
                reached |= {
                    place
                    for place in wanted
                    if place.lines[0] <= line <= place.lines[1]
                    and (place.severity, place.id) == (kind.severity, kind.id)
                }
    assert reached == wanted


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.severity} {kind.id} {kind.words}")
def test_a_remark_is_made_of_the_one_file_and_not_of_the_other(small: Small, kind: Kind) -> None:
    causes, spares = kind.causes.report(small), kind.spares.report(small)
    assert [remark for remark in causes.remarks if matches(kind, remark)]
    assert not [remark for remark in spares.remarks if matches(kind, remark)]
    if kind.severity == "error":
        assert not causes.ok


def test_the_small_qualification_is_what_the_kinds_take_it_for(small: Callable[..., Path]) -> None:
    every = selections(Model(("M1", "O1", "O2", "O3"), load("Q1", small()).rules), {})
    assert sorted(map(sorted, every)) == [
        ["M1", "O1"],
        ["M1", "O1", "O2"],
        ["M1", "O1", "O3"],
        ["M1", "O2"],
        ["M1", "O3"],
    ]


def test_the_data_that_ships_is_free_of_errors() -> None:
    found = load_all()
    assert {"600/5106/1", "601/0143/X", "603/3646/8"} <= found.keys()
    for qualification in found.values():
        report = check(qualification, TODAY)
        assert report.ok, [remark for remark in report.remarks if remark.severity == "error"]
        assert {remark.id for remark in report.remarks if remark.id.startswith("published-")} == {
            f"published-{figure}" for figure in qualification.published
        }


@settings(max_examples=deep(10, 300), deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_what_the_lint_proves_is_what_every_selection_shows(chance: random.Random) -> None:
    written = drawn(chance)
    with TemporaryDirectory() as folder:
        report = check(written.load(Path(folder)), TODAY)
    said = {remark.id: remark for remark in report.remarks}
    everything = [(chosen, brute(written, chosen, {})) for chosen in subsets(written.refs)]
    valid = [chosen for chosen, told in everything if all(holds for _, holds, *_ in told.values())]
    if not valid:
        fewest = fewest_achieved(written)
        assert ("contradiction" in said) == (fewest is None)
        assert ("needs-achieved" in said) == (fewest is not None)
        assert fewest is None or f"({fewest} at least)" in said["needs-achieved"].text
        return
    assert not {"contradiction", "needs-achieved"} & said.keys()
    assert said["learning-time"].text.startswith(f"{least_credits(written, valid):g} credit")
    # A place for a unit from elsewhere counts for who asks for it or has one, and is not listed.
    dead = {row["ref"] for row in written.rows if not row.get("slot")}.difference(*valid)
    assert {ref for ref in written.refs if ref in said["dead-units"].text} == dead
    assert said["dead-units"].severity == ("notice" if dead else "fine")
    for name in everything[0][1]:
        others = [told for _, told in everything if all(told[other][1] for other in told if other != name)]
        of_held = "held" in json.dumps([entry for entry in written.entries if entry["id"] == name])
        idle = all(told[name][1] for told in others) and not of_held
        assert (f"idle-{name}" in said) == idle, name
        if idle:
            assert_relies_on_no_more_than_needed(said[f"idle-{name}"].text, name, everything)


def assert_relies_on_no_more_than_needed(
    text: str, name: str, everything: Sequence[tuple[Collection[str], Mapping[str, Figure]]]
) -> None:
    """The rules named ensure the rule, and do not without any one of them."""
    found = re.search(r" never binds(?: given (.+?)|, whatever counts)(?: \(|\.)", text)
    assert found, text
    given = re.split(r", | and ", found[1]) if found[1] else []

    def ensure(names: Sequence[str]) -> bool:
        return all(told[name][1] for _, told in everything if all(told[other][1] for other in names))

    assert ensure(given), text
    for left_out in given:
        assert not ensure([other for other in given if other != left_out]), (left_out, text)


def fewest_achieved(written: Written) -> int | None:
    """How few units achieved before let some selection keep the rules; None if none do."""
    told = json.dumps(written.entries)
    ways = [way for way in WAYS if way == "achieved" or f'"{way}"' in told]
    refs = [*written.refs, *(ref for ref in OUTSIDE if ref in told)]
    for held in subsets(refs):
        for how in product(ways, repeat=len(held)):
            for chosen in subsets(written.refs):
                told_of = brute(written, chosen, dict(zip(held, how, strict=True)))
                if all(holds for _, holds, *_ in told_of.values()):
                    return len(held)
    return None


@settings(max_examples=deep(20, 300), deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_whether_any_holder_can_meet_the_rules_is_what_trying_all_holders_shows(
    chance: random.Random,
) -> None:
    """Rules of held units only, minimum and maximum: holding nothing and holding everything both may fail."""
    written = drawn(chance, ["held in a range", chance.choice(["held in a range", "total exactly"])])
    with TemporaryDirectory() as folder:
        report = check(written.load(Path(folder)), TODAY)
    said = {remark.id: remark.text for remark in report.remarks}
    fewest = fewest_achieved(written)
    assert ("contradiction" in said) == (fewest is None)
    assert ("needs-achieved" in said) == bool(fewest)
    assert not fewest or f"({fewest} at least)" in said["needs-achieved"]


def least_credits(written: Written, valid: Collection[Collection[str]]) -> float:
    credits: dict[str, float] = {row["ref"]: row["credits"] for row in written.rows}
    return min(sum(credits[ref] for ref in chosen) for chosen in valid)


def test_rules_that_some_holders_can_meet_are_no_contradiction(small: Callable[..., Path]) -> None:
    # M1 with O1 is valid for who has achieved O1, and for nobody who has achieved all units.
    limits = "where = { held = true }\nat_least = 1\nat_most = 1"
    assert File(rule("one unit achieved before", limits)).report(small).ok


def test_the_conflict_of_rules_nobody_can_meet_is_minimal(small: Callable[..., Path]) -> None:
    tight = rule("at most 6", CREDITS + "at_most = 6")
    before = rule("one before", "where = { held = true }\nat_least = 1", "y")
    (found,) = [r for r in File(tight + before).report(small).remarks if r.id == "contradiction"]
    # That nobody has achieved a unit is no part of it.
    assert found.text == "No choice of units meets these rules: “at least 7 credits”; “at most 6”."


def test_the_figures_are_computed_whether_published_or_not(small: Callable[..., Path]) -> None:
    report = PLAIN.report(small)
    assert {name: figure.computed for name, figure in report.figures.items()} == {
        "units": 4, "min_credits": 7, "min_glh": 18, "max_glh": 19,
    }  # fmt: skip
    assert not any(figure.agrees for figure in report.figures.values())
    assert AT_MOST_6.report(small).figures == {}


def test_a_figure_knows_what_is_published_and_why_it_differs(small: Callable[..., Path]) -> None:
    known = published("max_glh = 30\nunits = 4", "figure = 'max_glh'\ncomputed = 19").report(small)
    hours, units = (known.figures[name] for name in ("max_glh", "units"))
    assert (hours.published, hours.computed, hours.agrees, hours.explained) == (30, 19, False, True)
    assert (units.published, units.computed, units.agrees, units.explained) == (4, 4, True, False)
    other = published("max_glh = 30", "figure = 'max_glh'\ncomputed = 20").report(small)
    assert not other.figures["max_glh"].explained


# The smaller qualifications that ship, by trying every selection of the rows of units.csv.

Rows = dict[str, dict[str, str]]


def rows_of(qualification: str) -> Rows:
    """The rows of a qualification as the file has them, by ref."""
    with (ROOT / "data" / "units.csv").open(encoding="utf-8", newline="") as file:
        return {line["ref"]: line for line in csv.DictReader(file) if line["qualification"] == qualification}


def total(rows: Rows, counted: Collection[str], column: str, group: str = "") -> int:
    """The credits or hours of what counts, of one group if named."""
    return sum(int(rows[ref][column]) for ref in counted if group in ("", rows[ref]["group"]))


def valid_selections(rows: Rows, valid: Callable[[Collection[str]], bool]) -> list[tuple[str, ...]]:
    assert not any(row["barred_set"] for row in rows.values())
    everything = (chosen for size in range(len(rows) + 1) for chosen in combinations(rows, size))
    return [chosen for chosen in everything if valid(chosen)]


def planned(qualification: str) -> list[list[str]]:
    """Every selection that the solver accepts."""
    loaded = load(qualification)
    return sorted(map(sorted, selections(Model(tuple(loaded.by_ref), loaded.rules), {})))


def test_the_award_in_education_and_training_has_six_plans_of_48_to_61_hours() -> None:
    # 12 credits: 3 from A, 6 from B, 3 from C.
    rows = rows_of("601/0143/X")
    valid = valid_selections(
        rows,
        lambda chosen: [total(rows, chosen, "credits", group) for group in ("", *"ABC")] == [12, 3, 6, 3],
    )
    assert len(rows) == 6
    assert len(valid) == 6
    hours = [total(rows, chosen, "glh") for chosen in valid]
    assert (min(hours), max(hours)) == (48, 61)
    assert planned("601/0143/X") == sorted(map(sorted, valid))
    published = load("601/0143/X").published
    assert dict(published) == {"units": 6, "min_credits": 12, "min_glh": 48, "max_glh": 61}


def test_the_certificate_in_it_user_skills_has_one_plan_of_16_credits_and_120_hours() -> None:
    # All five units; 16 credits, 120 guided hours, 160 hours of learning.
    rows = rows_of("603/3646/8")
    valid = valid_selections(rows, lambda chosen: len(chosen) == 5)
    assert len(rows) == 5
    (only,) = valid
    assert (total(rows, only, "credits"), total(rows, only, "glh")) == (16, 120)
    assert planned("603/3646/8") == [sorted(only)]
    published = load("603/3646/8").published
    assert dict(published) == {"units": 5, "min_credits": 16, "min_glh": 120, "max_glh": 120}


def test_what_an_award_asks_for_outside_and_by_shares_is_counted_among_the_achieved(
    small: Callable[..., Path],
) -> None:
    text = """
[[rule]]
id = "first"
text = "O1 counts only once X9 is achieved"
unit = "O1"
requires_held = "X/900/0009"
[[rule]]
id = "new"
text = "at least 50% of the credits are new"
count = "credits"
at_least_percent = 50
where = { held = false }
[[rule]]
id = "core"
text = "O1"
where = { ref = "O1" }
all = true
"""
    found = {remark.id: remark.text for remark in check(load("Q1", small(small=SMALL_RULES + text))).remarks}
    words = "The rules can only be met with units already achieved (1 at least); figures and rules were not looked at."
    assert found["needs-achieved"] == words


def test_a_share_that_a_sentence_says_otherwise_or_in_words_that_nobody_reads(
    small: Callable[..., Path],
) -> None:
    rule = """
[[rule]]
id = "part"
text = "at least {} of the credits are of group O"
count = "credits"
at_least_percent = 50
where = {{ group = "O" }}
"""

    def remarks(amount: str) -> list[tuple[str, str]]:
        found = check(load("Q1", small(small=SMALL_RULES + rule.format(amount))))
        return [(each.severity, each.text) for each in found.remarks if each.id == "sentence-part"]

    assert remarks("50%") == []
    assert remarks("half") == []
    wrong = "“at least 40% of the credits are of group O” says 40% and not what the rule asks (50%)."
    assert remarks("40%") == [("error", wrong)]
    unread = (
        "“at least two thirds of the credits are of group O” names an amount that was not read (2 thirds)"
    )
    assert remarks("two thirds") == [("notice", f"{unread}, so nobody has compared it.")]
