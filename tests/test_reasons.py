"""Why a unit is in a plan or not: sentences against the oracle's figures, and each kind of sentence once."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner import Qualification, explore, plan
from planner.cli import app
from planner.reasons import also_fits, reason, reasons, would_show
from planner.rules import Bound
from tests import oracle
from tests.strategies import at_least, deep, of_hours

SALES, SYSTEMS = "L/503/0394", "J/503/0362"
JOB = ["inbound-calls", "complaints"]


def jobs(real: Qualification, number: int) -> list[list[str]]:
    """No job, and jobs of one to four tasks, the same ones every day."""
    rng = random.Random(39)
    return [[], *(rng.sample(sorted(real.tasks), 1 + n % 4) for n in range(number - 1))]


def test_each_reason_rests_on_the_figures_of_the_oracle(real: Qualification) -> None:
    """For each unit and job: what the other choice costs, and what the sentence may then say."""
    seen = Counter[str]()
    for tasks in jobs(real, deep(4, 20)):
        best = plan(real, tasks=tasks)
        evidence = {ref for task in tasks for ref in real.tasks[task].evidence} if tasks else None
        least = oracle.least_misfits_and_hours((), (), evidence)
        assert least is not None
        for ref, found in reasons(best).items():
            assert found.counts == (ref in best.units)
            words = found.words
            if evidence is not None:
                assert ("Your work gives evidence" in words) == (ref in evidence), words
                assert ("Your work gives no evidence" in words) == (ref not in evidence), words
            if ref in oracle.MANDATORY:
                assert words.startswith("It is required for everyone.")
                assert found.price is None
                seen["required"] += 1
                continue
            pins, excludes = ((), (ref,)) if found.counts else ((ref,), ())
            other = oracle.least_misfits_and_hours(pins, excludes, evidence)
            assert other is not None  # every optional unit can be taken, and done without
            misfits, hours = other[0] - least[0], other[1] - least[1]
            assert found.price == hours, ref
            plural = "s" if misfits > 1 else ""
            if misfits:
                assert f"{misfits} more unit{plural} without evidence from your work" in words
                assert ("saves" in words) == (hours < 0)
                seen["fit"] += 1
            elif hours:
                assert f"{hours} more guided hour" in words
                assert "without evidence from your work" not in words
                seen["hours"] += 1
            else:
                assert "as good" in words or "more unit" in words
                seen["equal"] += 1
    assert all(seen[kind] >= 3 for kind in ("required", "fit", "hours", "equal")), seen


def test_what_else_fits_is_all_that_fits_with_its_price(real: Qualification) -> None:
    found = explore(real, tasks=JOB)
    evidence = {ref for task in JOB for ref in real.tasks[task].evidence}
    least = oracle.least_misfits_and_hours((), (), evidence)
    assert least is not None
    fitting = also_fits(found)
    assert {one.ref for one in fitting} == evidence - set(found.best.units)
    assert [one.price for one in fitting] == sorted(one.price or 0 for one in fitting)
    for one in fitting:
        other = oracle.least_misfits_and_hours((one.ref,), (), evidence)
        assert other is not None
        assert one.price == other[1] - least[1]
        assert one.tasks == tuple(task for task in JOB if one.ref in real.tasks[task].evidence)
    assert len(fitting) == 6


def test_what_was_left_out_or_cannot_be_added_does_not_fit_as_well(real: Qualification) -> None:
    first, *_ = also_fits(explore(real, tasks=JOB))
    without = also_fits(explore(real, tasks=JOB, exclude=[first.ref]))
    assert first.ref not in {one.ref for one in without}
    barred = also_fits(explore(real, tasks=["email-chat"], pin=["M/502/4300"]))
    assert (barred[-1].ref, barred[-1].price) == ("J/502/4299", None)


def test_a_mandatory_unit_without_evidence_says_what_would_give_it(real: Qualification) -> None:
    found = reason(plan(real, tasks=JOB), "D/503/0352")
    assert found.words == (
        "It is required for everyone. Your work gives no evidence for it; this would: "
        "follow health and safety rules at your workplace."
    )
    assert would_show(real, "D/503/0352") == ("Follow health and safety rules at your workplace",)


def test_direct_sales_are_out_for_want_of_evidence_and_not_for_hours(real: Qualification) -> None:
    """They have the fewest hours: without the job they are in, with one that does not sell they are out."""
    assert reason(plan(real), SALES).counts
    found = reason(plan(real, tasks=JOB), SALES)
    assert (found.counts, found.price) == (False, -9)
    assert found.words == (
        "Your work gives no evidence for it; this would: advise about products and services, take orders and "
        "card payments, make sales calls to new and existing customers and others. To take it, in place of Use "
        "systems and technology during customer contact in a contact centre (J/503/0362), costs 1 more unit "
        "without evidence from your work, and saves 9 guided hours."
    )


@pytest.mark.parametrize(
    ("wishes", "ref", "words"),
    [
        ({"held": [SYSTEMS]}, SYSTEMS, "You have already achieved it, and it counts."),
        ({"pin": [SYSTEMS]}, SYSTEMS, "You asked for it."),
        ({"exclude": [SYSTEMS]}, SYSTEMS, "You left it out."),
        ({"offer": ["D/503/0352"]}, SYSTEMS, "The centre does not offer it."),
        (
            {"pin": ["M/502/4300"]},
            "J/502/4299",
            "It cannot be added, as you asked for Using Email (M/502/4300). The rule: “only one unit of barred "
            "set C2 can count: Using Email (J/502/4299), Using Email (M/502/4300)”.",
        ),
    ],
)
def test_a_wish_is_the_reason(
    real: Qualification, wishes: dict[str, list[str]], ref: str, words: str
) -> None:
    if "offer" in wishes:
        wishes = {"offer": [unit for unit in real.by_ref if unit != ref]}
    assert reason(plan(real, **wishes), ref).words == words  # type: ignore[arg-type]


def test_a_unit_that_the_choices_leave_no_way_around_says_which_choices(real: Qualification) -> None:
    """Group B without three of its units has 16 credits; none of its others can then be missing."""
    group_b = {ref: row.credits for ref, row in oracle.ROWS.items() if row.group == "B"}
    left_out: list[str] = []
    for ref in sorted(group_b):
        if sum(group_b[r] for r in group_b if r not in (*left_out, ref)) >= oracle.GROUP_B_CREDITS:
            left_out.append(ref)
    needed = next(ref for ref in sorted(group_b) if ref not in left_out)
    found = reason(plan(real, exclude=left_out), needed)
    assert found.counts
    assert found.words.startswith("Every plan needs it, as you left out ")
    assert "The rule: “" in found.words
    assert found.price is None


def test_units_already_achieved_that_do_not_count_say_why(real: Qualification) -> None:
    both = plan(real, held=["J/502/4299", "M/502/4300"], pin=["M/502/4300"])
    assert reason(both, "J/502/4299").words == (
        "You have already achieved it, and it does not count: only one of it and Using Email (M/502/4300) can "
        "count."
    )
    enough = of_hours([5, 5], [Bound("one", "one", {"U00": 1, "U01": 1}, at_least=1, at_most=1)])
    done = plan(enough, held=["U00", "U01"])
    (left,) = {"U00", "U01"} - set(done.units)
    assert reason(done, left).words == (
        "You have already achieved it, and it does not count: the rules are met without it."
    )


def test_of_equally_good_plans_one_is_shown_and_said_so() -> None:
    small = of_hours([5, 5, 9], [at_least(1, ["U00", "U01", "U02"])])
    best = plan(small)
    assert reason(best, "U00").words == (
        "A plan with U01 (U01) in its place is as good: of equals one is shown."
    )
    assert (
        reason(best, "U01").words
        == "A plan with it, in place of U00 (U00), is as good: of equals one is shown."
    )
    assert reason(best, "U02").words == "To take it, in place of U00 (U00), costs 4 more guided hours."


def test_a_unit_that_no_rule_lets_count_says_so() -> None:
    rules = [at_least(1, ["U00", "U01"]), Bound("never", "U01 never counts", {"U01": 1}, at_most=0)]
    best = plan(of_hours([5, 5], rules))
    assert reason(best, "U01").words == (
        "No choice of units that meets the rules has it. The rule: “U01 never counts”."
    )


def test_the_command_says_why_and_what_else_fits(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["why", "l5030394", *(f"--task={task}" for task in JOB), "--json"])
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)
    assert list(found) == ["qualification", "status", "units", "also_fits", "conflicts", "data"]
    (unit,) = found["units"]
    assert (unit["ref"], unit["in_plan"], unit["price"]) == (SALES, False, -9)
    assert found["also_fits"][0] == {"ref": "L/601/1614", "price": 6, "tasks": ["inbound-calls"]}
    shown = CliRunner().invoke(app, ["why", "--pin=J/502/4299", "--pin=M/502/4300"])
    assert shown.exit_code == 1
    assert "cannot stand together" in shown.stdout
    assert len(json.loads(CliRunner().invoke(app, ["why", "--json"]).stdout)["units"]) == 39
