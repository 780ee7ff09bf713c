"""Each remark of the lint, by a qualification that causes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from planner import Qualification, load
from planner.authoring import lint
from planner.authoring.lint import check
from planner.cli import commands
from planner.errors import UndecidedError
from planner.rules.model import Model
from planner.rules.rule import Bound, Choice, Rule, negation
from tests import strategies
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS

Small = Callable[..., Path]


def remarks(folder: Path) -> dict[str, tuple[str, str]]:
    return {r.id: (r.severity, r.text) for r in check(load("Q1", folder), date(2026, 11, 22)).remarks}


def test_the_shipped_data_is_free_of_errors(real: Qualification) -> None:
    report = check(real)
    assert report.ok
    assert [r.id for r in report.remarks if r.severity == "notice"] == [
        "status",
        "level-confidence",
        "published-max_glh",
        "idle-level-2",
    ]


def test_rules_that_contradict_each_other_are_an_error(small: Small) -> None:
    text = "[[rule]]\nid = 'tight'\ntext = 'at most 6'\ncount = 'credits'\nat_most = 6\n"
    severity, words = remarks(small(small=SMALL_RULES + text))["contradiction"]
    assert severity == "error"
    # By hand: at least 7 credits and at most 6 clash; the main unit has no part in it.
    assert words == "No choice of units meets these rules: “at least 7 credits”; “at most 6”."


def test_published_figures_are_recomputed(small: Small) -> None:
    # By hand: 4 + 3 credits at least; 10 + 8 hours at least; 10 + 9 the most at 7 credits.
    right = "[published]\nunits = 4\nmin_credits = 7\nmin_glh = 18\nmax_glh = 19\n"
    found = remarks(small(small=SMALL_RULES + right))
    assert {found[f"published-{name}"][0] for name in ("units", "min_credits", "min_glh", "max_glh")} == {
        "fine"
    }
    wrong = "[published]\nunits = 5\nmin_credits = 8\nmin_glh = 19\nmax_glh = 20\n"
    found = remarks(small(small=SMALL_RULES + wrong))
    assert {found[f"published-{name}"][0] for name in ("units", "min_credits", "min_glh", "max_glh")} == {
        "error"
    }


def test_a_known_difference_is_a_notice(small: Small) -> None:
    text = "[published]\nmax_glh = 30\n[[known]]\nfigure = 'max_glh'\ntext = 'A misprint.'\n"
    severity, words = remarks(small(small=SMALL_RULES + text))["published-max_glh"]
    assert severity == "notice"
    assert words.endswith("Known: A misprint.")


def test_a_rule_that_never_binds_comes_with_its_figures(small: Small) -> None:
    text = "[[rule]]\nid = 'five'\ntext = 'at least 5 credits'\ncount = 'credits'\nat_least = 5\n"
    severity, words = remarks(small(small=SMALL_RULES + text))["idle-five"]
    assert severity == "notice"
    assert words == (
        "“at least 5 credits” never binds given total (they leave at least 7 credits where 5 are asked)."
    )


def test_an_upper_limit_that_never_binds_comes_with_its_figures(small: Small) -> None:
    text = "[[rule]]\nid = 'few'\ntext = 'at most {0} units'\nat_most = {0}\n"
    words = remarks(small(small=SMALL_RULES + text.format(3)))["idle-few"][1]
    assert words == (
        "“at most 3 units” never binds given barred-S (they leave at most 3 units where 3 are allowed)."
    )
    words = remarks(small(small=SMALL_RULES + text.format(4)))["idle-few"][1]
    # There are no more than four units.
    assert words == (
        "“at most 4 units” never binds, whatever counts (there are at most 4 units where 4 are allowed)."
    )


def test_a_choice_that_never_binds_is_found(small: Small) -> None:
    text = """
[[rule]]
id = "way"
text = "either"
any = [ { id = "a", text = "a", where = { group = "M" }, at_least = 1 }, { id = "b", text = "b", at_least = 4 } ]
"""
    assert remarks(small(small=SMALL_RULES + text))["idle-way"][0] == "notice"


def test_a_rule_that_binds_is_not_called_idle(small: Small) -> None:
    assert not [name for name in remarks(small()) if name.startswith("idle-")]


@pytest.mark.parametrize(
    ("confidence", "words"),
    [("low", "low confidence: were one of them another, the rule could bind (M1)."),
     ("high", "It rests on no level of low confidence.")],
)  # fmt: skip
def test_an_idle_level_rule_says_on_what_it_rests(small: Small, confidence: str, words: str) -> None:
    units = [row.replace("10,A,high", f"10,A,{confidence}").replace("B,low", "B,high") for row in SMALL_UNITS]
    text = "[[rule]]\nid = 'lv'\ntext = 'level 2'\ncount = 'credits'\nwhere = { level = 2 }\nat_least = 4\n"
    found = remarks(small("\n".join([HEADER, *units]), small=SMALL_RULES + text))
    assert found["idle-lv"][1].endswith(words)


def test_levels_that_matter_only_together_are_named_together(small: Small) -> None:
    # By hand: O1 and O2 are barred from nothing here, so either alone keeps 3 credits of level 2.
    units = [
        "Q1,M,,M1,Main unit,1,4,10,A,high,",
        "Q1,M,,O1,First,2,3,9,A,low,",
        "Q1,M,,O2,Second,2,3,8,B,low,",
    ]
    text = "[[rule]]\nid = 'lv'\ntext = 'level 2'\ncount = 'credits'\nwhere = { level = 2 }\nat_least = 3\n"
    found = remarks(small("\n".join([HEADER, *units]), small=SMALL_RULES + text))
    assert found["idle-lv"][1].endswith("low confidence taken together (O1, O2).")


def test_a_level_that_would_add_units_does_not_hide_those_that_take_some_away(small: Small) -> None:
    # By hand: 3 + 3 + 3 credits at level 2 of 4 asked; u1 and u2 at level 1 leave 3, u3 at level 2 would add 9.
    units = [
        "Q1,M,,u1,One,2,3,1,A,low,",
        "Q1,M,,u2,Two,2,3,1,A,low,",
        "Q1,M,,u3,Three,1,9,1,A,low,",
        "Q1,M,,u4,Four,2,3,1,A,high,",
    ]
    rules = SMALL_RULES.replace("at_least = 7", "at_least = 18")
    text = "[[rule]]\nid = 'lv'\ntext = 'level 2'\ncount = 'credits'\nwhere = { level_at_least = 2 }\nat_least = 4\n"
    found = remarks(small("\n".join([HEADER, *units]), small=rules + text))
    assert found["idle-lv"][1].endswith("low confidence taken together (u1, u2).")


def test_units_outside_a_level_rules_group_cannot_matter_to_it(small: Small) -> None:
    units = ["Q1,M,,M1,Main,3,4,10,A,high,", "Q1,O,,O1,First,2,3,9,A,low,"]
    text = "[[rule]]\nid = 'lv'\ntext = 't'\nwhere = { group = 'M', level_at_least = 3 }\nat_most = 1\n"
    found = remarks(small("\n".join([HEADER, *units]), small=SMALL_RULES + text))
    assert found["idle-lv"][1].endswith("It rests on no level of low confidence.")


def test_a_known_difference_explains_one_figure_only(small: Small) -> None:
    known = "[[known]]\nfigure = 'max_glh'\ntext = 'A misprint.'\ncomputed = {}\n"
    right = "[published]\nmax_glh = 30\n" + known.format(19)
    assert remarks(small(small=SMALL_RULES + right))["published-max_glh"][0] == "notice"
    other = "[published]\nmax_glh = 30\n" + known.format(20)
    assert remarks(small(small=SMALL_RULES + other))["published-max_glh"][0] == "error"
    needless = "[published]\nmax_glh = 19\n" + known.format(19)
    assert remarks(small(small=SMALL_RULES + needless))["published-max_glh"][0] == "notice"


def test_rules_only_holders_can_meet_are_no_contradiction(small: Small) -> None:
    text = "[[rule]]\nid = 'old'\ntext = 't'\nwhere = { held = true }\nat_least = 1\n"
    assert remarks(small(small=SMALL_RULES + text))["needs-achieved"][0] == "notice"


def test_a_unit_in_no_valid_selection_is_named(small: Small) -> None:
    text = "[[rule]]\nid = 'short'\ntext = 'at most 8 credits'\ncount = 'credits'\nat_most = 8\n"
    severity, words = remarks(small(small=SMALL_RULES + text))["dead-units"]
    assert (severity, words) == ("notice", "1 unit can count in no valid selection: O3.")


def test_an_example_that_does_not_come_out_is_an_error(small: Small) -> None:
    text = "[[example]]\nsource = 'by hand'\ncounted = ['M1']\nbreaks = []\n"
    severity, words = remarks(small(small=SMALL_RULES + text))["example-1"]
    assert (severity, words) == ("error", "Example 1 (by hand) is said to break no rule and breaks total.")


def test_an_example_may_name_the_rules_that_it_breaks_in_any_order(small: Small) -> None:
    text = "[[example]]\nsource = 'by hand'\ncounted = ['O1']\nbreaks = ['total', 'main']\n"
    assert "example-1" not in remarks(small(small=SMALL_RULES + text))
    text = "[[example]]\nsource = 'by hand'\ncounted = ['O1']\nbreaks = ['total']\n"
    words = "Example 1 (by hand) is said to break total and breaks main, total."
    assert remarks(small(small=SMALL_RULES + text))["example-1"] == ("error", words)


def test_an_old_comparison_is_a_notice(real: Qualification) -> None:
    assert real.verified is not None
    later = real.verified + timedelta(days=366)
    assert {r.id: r.severity for r in check(real, later).remarks}["verified"] == "notice"
    assert {r.id: r.severity for r in check(real, real.verified).remarks}["verified"] == "fine"


def test_a_negation_holds_exactly_where_the_rule_does_not() -> None:
    low = Bound("low", "", {"a": 1, "b": 2}, at_least=2)
    both = Bound("both", "", {"a": 2, "b": 1, "c": 1}, at_least=1, at_most=2)
    rules: list[Rule] = [low, both, Choice("one", "", (low, both)), Choice("two", "", (low, both), 2)]
    for rule in rules:
        for bits in range(8):
            counted = {ref: bits >> place & 1 for place, ref in enumerate("abc")}
            opposite = negation(rule)
            assert bool(rule.holds(rule.measure(counted))) != bool(opposite.holds(opposite.measure(counted)))


@pytest.mark.parametrize("electives", [28, 41, 40, 80, 150])
@pytest.mark.parametrize(("count", "spread"), [("units", 1), ("credits", 1), ("credits", 4)])
def test_exact_totals_are_checked_with_next_to_no_search(
    electives: int, count: str, spread: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Effort, not seconds: a thousandth of what one question may take, whatever the machine."""
    spent: list[float] = []
    solve = Model.solve

    def counted(model: Model, *asked: object, **more: object) -> object:
        before = model.spent
        outcome = solve(model, *asked, **more)  # type: ignore[arg-type]
        spent.append(model.spent - before)
        return outcome

    monkeypatch.setattr(Model, "solve", counted)
    report = check(strategies.exact_totals(electives, count, spread), date(2026, 1, 1))
    assert report.ok
    assert {r.id for r in report.remarks if r.severity == "undecided"} == set()
    said = {r.id: r.text for r in report.remarks}
    for name, given in (
        ("total", "core and electives"),
        ("electives", "total and core"),
        ("core", "total and electives"),
    ):
        each = 3 if count == "credits" else 1
        number = each * {"total": 12, "core": 4, "electives": 8}[name]
        figures = (
            f"they leave at least {number} {count} where {number} are asked; they leave at most {number}"
        )
        assert said[f"idle-{name}"].startswith(
            f"“{number} {count} of {name}” never binds given {given} ({figures}"
        )
    assert 20 < len(spent) < 60 + electives
    assert sum(spent) < lint.EFFORT / 10


def test_what_is_undecided_is_neither_an_error_nor_in_order(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lint, "EFFORT_IN_ALL", 0.0)
    folder = small()
    report = check(load("Q1", folder))
    assert report.ok is None
    assert report.to_json()["ok"] is None
    assert [r.id for r in report.remarks if r.severity == "error"] == []
    assert not {"dead-units", "learning-time"} & {r.id for r in report.remarks}
    assert list(report.figures) == ["units"]
    monkeypatch.setattr("sys.argv", ["nvq-planner", "check", "--qualification", "Q1", "--data", str(folder)])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert ended.value.code == 3
    assert "0 errors, 3 undecided, " in capsys.readouterr().out


def test_an_error_beside_something_undecided_is_an_error(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "EFFORT_IN_ALL", 0.0)
    text = "[[example]]\nsource = 'by hand'\ncounted = ['M1']\nbreaks = []\n"
    assert check(load("Q1", small(small=SMALL_RULES + text))).ok is False


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (1, "Not decided within the limits of the search: whether anybody can meet the rules; nobody can from nothing."),
        (2, "No choice of units meets these rules: “at least 7 credits”; “the main unit”; "),
    ],
)  # fmt: skip
def test_a_conflict_that_is_not_made_smaller_in_time_is_told_whole(
    questions: int, words: str, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[[rule]]\nid = 'tight'\ntext = 'at most 6'\ncount = 'credits'\nat_most = 6\n"
    ask, asked = lint._Solver.ask, []

    def limited(solver: lint._Solver, *more: object, **options: object) -> object:
        asked.append(more)
        solver.left = 1.0 if len(asked) <= questions else 0.0
        return ask(solver, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(lint._Solver, "ask", limited)
    found = [
        r.text for r in check(load("Q1", small(small=SMALL_RULES + text))).remarks if "contradiction" in r.id
    ]
    assert len(found) == 1
    assert found[0].startswith(words)


def test_a_rule_that_never_binds_says_where_it_is_not_decided_on_which_others_it_relies(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[[rule]]\nid = 'few'\ntext = 'at least 1 credit'\ncount = 'credits'\nat_least = 1\n"
    folder = small(small=SMALL_RULES + text)
    (severity, words) = remarks(folder)["idle-few"]
    assert severity == "notice"
    assert words.endswith("where 1 is asked).")

    def in_vain(*_: object) -> list[object]:
        raise UndecidedError

    monkeypatch.setattr(lint._Solver, "relied_on", in_vain)
    (severity, words) = remarks(folder)["idle-few"]
    assert severity == "notice"
    assert words.startswith("“at least 1 credit” never binds given total, main")
    assert words.endswith("where 1 is asked); whether fewer of them suffice was not decided.")


def test_a_bound_decides_where_the_least_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    solver = lint._Solver(strategies.exact_totals(8))
    rule = Bound("x", "x", {"C0": 1}, at_least=5)
    for span, implied in (((9, 5), True), ((4, 1), False), (None, True)):
        monkeypatch.setattr(solver, "span", lambda *_, span=span: span)
        assert solver.implies([], rule) is implied
    monkeypatch.setattr(solver, "span", lambda *_: (9, 4))
    with pytest.raises(UndecidedError):
        solver.implies([], rule)
