"""Units held in reserve, as people see them: on the page, in the terminal, in the workbook and as JSON."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import count, product

import pytest

import planner
from planner.errors import UndecidedError
from planner.planning import solve as solve_module
from planner.planning.robustness import Reserve, optional_units, perhaps_optional
from planner.planning.solve import PlanSearch, audited
from planner.records.wishes import Wishes
from planner.report import plan_tables, tables
from planner.rules.model import Model, Outcome
from tests.seen import words
from tests.strategies import deep
from tests.test_cli import Run, run
from tests.test_page import address, choose, metrics, opened
from tests.test_page import rows as shown
from tests.test_workbook import Recalculate, recalculate, rows, totals
from tests.test_workbook import opened as book_of

__all__ = ["recalculate", "run"]

TEACHING = "601/0143/X"

# Exactly 12 credits count: H/505/0053 always, one of three units of 6 credits and one of two of 3. To lose any
# one but the first, two of each are needed: 12 + 24 + 25 + 12 + 24 = 97 hours. The shortest three count.
COUNTED = ("D/505/0052", "H/505/0053", "R/505/0050")
SPARE = ("D/601/5313", "F/502/9548")
HELD = "5 units to achieve, 97 guided hours; 2 of them do not count: they are held in reserve, in case an optional unit fails."


def careful() -> planner.Plan:
    """The plan that survives the loss of an optional unit."""
    return planner.plan(planner.load(TEACHING), survive=1)


def test_a_plan_under_an_exact_total_survives_a_loss_by_what_is_held_in_reserve() -> None:
    plan = careful()
    assert (plan.status, plan.units, plan.spare) == ("optimal", COUNTED, SPARE)
    assert (plan.glh, plan.new_glh, plan.credits, plan.learning_hours) == (48, 97, 12, 210)
    assert plan.new_units == COUNTED
    assert [(goal.id, goal.value, goal.proven) for goal in plan.goals] == [
        ("glh", 97, True),
        ("units", 5, True),
    ]
    said = plan.to_json()
    assert (said["units"], said["spare"], said["new_glh"]) == (list(COUNTED), list(SPARE), 97)
    assert tables.verdict(plan).startswith(HELD)


def test_no_reserve_helps_where_two_of_two_units_may_fail() -> None:
    answer = planner.plan(planner.load(TEACHING), survive=2)
    assert answer.status == "infeasible"
    assert [[rule.id for rule in conflict.rules] for conflict in answer.conflicts] == [
        ["group-c", "survive 2"]
    ]


def test_a_unit_left_out_or_not_offered_is_not_held_in_reserve() -> None:
    for ref, instead in (("F/502/9548", "J/502/9549"), ("D/601/5313", None)):
        every = set(planner.load(TEACHING).by_ref)
        for answer in (
            planner.plan(planner.load(TEACHING), survive=1, exclude=[ref]),
            planner.plan(planner.load(TEACHING), survive=1, offer=every - {ref}),
        ):
            assert ref not in answer.planned
            assert answer.found is (instead is not None)
            assert instead is None or instead in answer.spare
    assert answer.outside_offer == ("D/601/5313",)


def test_what_is_held_already_stands_by_without_being_planned() -> None:
    answer = planner.plan(planner.load(TEACHING), survive=1, held=["J/502/9549", "D/601/5313"])
    # One unit of each kind is held and cannot fail: what is left is the mandatory one.
    assert (answer.new_glh, answer.spare) == (12, ())


def test_the_terminal_lists_what_is_held_in_reserve(run: Run) -> None:
    code, out, _ = run("plan", "--qualification", TEACHING, "--survive", 1)
    said = " ".join(out.split())
    assert code == 0
    assert HELD in said
    assert "12 credits, 48 guided hours that count, 97 still to do with those in reserve" in said
    counted, reserve = said.split("Units held in reserve")
    assert [ref for ref in (*COUNTED, *SPARE) if ref in counted] == list(COUNTED)
    assert [ref for ref in (*COUNTED, *SPARE) if ref in reserve] == list(SPARE)
    _, out, _ = run("plan", "--qualification", TEACHING)
    assert "reserve" not in out


def test_an_exploration_says_what_is_in_reserve(run: Run) -> None:
    _, out, _ = run("explore", "--qualification", TEACHING, "--survive", 1, "--json")
    found = json.loads(out)
    assert found["alternatives"] == [
        {"units": list(COUNTED), "spare": list(SPARE), "new_glh": 97, "credits": 12},
        {
            "units": ["D/505/0052", "H/505/0053", "R/505/0050"],
            "spare": ["D/601/5313", "J/502/9549"],
            "new_glh": 97,
            "credits": 12,
        },
    ]
    found = planner.explore(planner.load(TEACHING), survive=1)
    assert dict(plan_tables.outlook_table(found)[["Ref", "In plan"]].itertuples(index=False)) == {
        **dict.fromkeys(COUNTED, "yes"),
        **dict.fromkeys(SPARE, "in reserve"),
        "J/502/9549": "no",
    }
    # Both units of group C are in every plan, counting or in reserve.
    assert found.by_ref["D/601/5313"].exclude_price is None
    assert found.by_ref["F/502/9548"].exclude_price == 0


def test_the_page_lists_what_is_held_in_reserve() -> None:
    app = opened(qualification=TEACHING, survive="1")
    assert metrics(app)["Guided hours to do"] == "97"
    assert metrics(app)["New units"] == "5"
    assert "Held in reserve" in [header.value for header in app.subheader]
    assert HELD in words(app)
    found, names = [*shown(app)], planner.load(TEACHING).names
    assert {*found[: len(COUNTED)]} == {names[ref] for ref in COUNTED}
    assert {*found[len(COUNTED) :]} == {names[ref] for ref in SPARE}
    app.button(key="keep").click().run()
    assert set(address(app)["keep"].split(",")) == {*COUNTED, *SPARE}
    app = choose(opened(qualification=TEACHING), "F/502/9548", "out")
    assert "Held in reserve" not in [header.value for header in app.subheader]


@pytest.mark.parametrize("stored", [True, False])
def test_the_workbook_counts_the_hours_of_the_reserve_and_not_its_credits(
    stored: bool, recalculate: Recalculate
) -> None:
    book = (
        book_of(careful(), values=True) if stored else recalculate({"careful": book_of(careful())})["careful"]
    )
    assert totals(book) == {
        "Units that count": 3,
        "Credits": 12,
        "Guided hours": 48,
        "Guided hours still to do": 97,
        "Whole learning time still to come": 210,
        "Rules not met": 0,
    }
    assert {row["Ref"]: row["Counts"] for row in rows(book, "Units", "Counts")} == {
        **dict.fromkeys(COUNTED, "yes"),
        **dict.fromkeys(SPARE, "in reserve"),
        "J/502/9549": "no",
    }
    assert [row["Ref"] for row in rows(book, "Plan", "No.")] == ["H/505/0053", "D/505/0052", "R/505/0050"]
    lines = [str(value) for row in book["Plan"].iter_rows(values_only=True) for value in row if value]
    assert any(line.startswith("Held in reserve: ") and all(ref in line for ref in SPARE) for line in lines)
    hint = "Choose yes or no in the column Counts: the totals and every rule of this file follow at once."
    hints = {str(value) for row in book["Units"].iter_rows(max_row=5, values_only=True) for value in row}
    assert f"{hint} What is in reserve is achieved and does not count." in hints


def test_who_loses_a_unit_of_the_workbook_counts_the_one_in_reserve(recalculate: Recalculate) -> None:
    book = book_of(careful())
    for row in book["Units"].iter_rows(min_row=6):
        if row[2].value == "D/505/0052":
            row[0].value = "no"
        if row[2].value == "F/502/9548":
            row[0].value = "yes"
    after = totals(recalculate({"lost": book})["lost"])
    assert (after["Credits"], after["Rules not met"]) == (12, 0)
    assert after["Guided hours still to do"] == 97 - 24


# Time


def sat_by(step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by so many seconds whenever somebody looks at it."""
    ticks = count()
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks) * step)


def test_however_early_the_time_is_over_no_plan_is_called_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each search looks at the clock, so that the time is over before the first search, the second and so on.
    best = careful()
    seen: Counter[str] = Counter()
    for share, seconds in product((0.2, 0.7), range(1, 91, deep(4, 1))):
        fresh = planner.load(TEACHING)
        sat_by(1.0, monkeypatch)
        monkeypatch.setattr(solve_module, "_FOR_ANY", share)
        answer = planner.plan(fresh, survive=1, seconds=seconds)
        monkeypatch.undo()
        seen[answer.status] += 1
        assert answer.status in ("optimal", "feasible", "unknown")
        assert answer.seconds == (0 if answer.status == "optimal" else seconds)
        if answer.status == "optimal":
            assert (answer.units, answer.spare) == (best.units, best.spare)
        if answer.status == "feasible":
            assert (answer.new_glh or 0) >= answer.goals[0].bound <= 97
            assert not answer.goals[0].proven or answer.new_glh == 97
    assert seen.keys() == {"optimal", "feasible", "unknown"}, seen


def test_which_units_are_optional_is_not_asked_beyond_the_time() -> None:
    fresh = planner.load(TEACHING)
    with pytest.raises(UndecidedError):
        optional_units(fresh, 0.0)
    every = frozenset(fresh.by_ref)
    assert optional_units(fresh) == every - {"H/505/0053"}
    assert perhaps_optional(fresh) == every - {"H/505/0053"}


def test_where_it_takes_too_long_every_unit_may_be_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = planner.load(TEACHING)
    asked = []

    def undecided(*arguments: object, **named: object) -> Outcome:
        asked.append(arguments)
        return Outcome("unknown")

    monkeypatch.setattr(Model, "solve", undecided)
    assert perhaps_optional(fresh) == frozenset(fresh.by_ref)
    assert perhaps_optional(fresh) == frozenset(fresh.by_ref)
    assert len(asked) == 1


# The audit


@pytest.mark.parametrize(
    ("spare", "ways", "asked", "said"),
    [
        (SPARE, (), {}, "the loss of ['D/505/0052'] is not survived"),
        (SPARE[:1], (), {}, "the loss of ['D/505/0052'] is not survived"),
        (SPARE, ({"F/502/9548", "H/505/0053"},), {}, "the loss of ['D/505/0052'] is not survived"),
        (
            SPARE,
            ({"H/505/0053", "J/502/9549", "R/505/0050"},),
            {},
            "the loss of ['D/505/0052'] is not survived",
        ),
        (SPARE, (), {"exclude": ["F/502/9548"]}, "F/502/9548 cannot be in reserve"),
        (SPARE, (), {"held": ["F/502/9548"]}, "F/502/9548 cannot be in reserve"),
    ],
)
def test_a_reserve_that_does_not_hold_is_refused(
    spare: tuple[str, ...], ways: tuple[set[str], ...], asked: dict[str, list[str]], said: str
) -> None:
    qualification = planner.load(TEACHING)
    wishes = Wishes.read(qualification, survive=1, **asked)
    added = frozenset(f"achieved {ref}" for ref in (*COUNTED, *spare))
    outcome = Outcome("feasible", frozenset(COUNTED), added=added, ways=tuple(map(frozenset, ways)))
    assert said in Reserve(qualification, wishes).broken(outcome, frozenset(spare))
    with pytest.raises(planner.DisagreementError, match="breaks"):
        audited(PlanSearch(qualification, wishes), outcome, 1.0)


def test_a_reserve_whose_ways_hold_is_accepted() -> None:
    qualification = planner.load(TEACHING)
    ways = ({"F/502/9548", "H/505/0053", "R/505/0050"}, {"D/505/0052", "H/505/0053", "D/601/5313"})
    added = frozenset(f"achieved {ref}" for ref in (*COUNTED, *SPARE))
    outcome = Outcome("feasible", frozenset(COUNTED), added=added, ways=tuple(map(frozenset, ways)))
    assert audited(PlanSearch(qualification, Wishes(survive=1)), outcome, 1.0).spare == SPARE
