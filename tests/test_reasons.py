"""Why a unit is in a plan or not: sentences against the oracle's figures, and each kind of sentence once."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner import Qualification, explore, plan
from planner.cli.commands import app
from planner.planning.reasons import also_fits, reason, would_show
from planner.rules.rule import Bound
from tests import oracle
from tests.strategies import at_least, deep, of_hours

SALES, SYSTEMS = "L/503/0394", "J/503/0362"
JOB = ["inbound-calls", "complaints"]


WISHES: list[dict[str, list[str]]] = [
    {},
    {"tasks": JOB},
    {"tasks": ["telesales", "sales-planning"]},
    {"tasks": ["email-chat"]},
    {"tasks": ["email-chat", "letters"], "pin": ["M/502/4300"]},
    {
        "tasks": ["technical-support", "special-software", "online-help"],
        "exclude": ["D/502/4292", "K/503/0385"],
    },
    {"tasks": ["enquiries", "records", "orders-payments", "team-work"], "exclude": ["J/503/0362"]},
    {"tasks": ["safety"], "pin": ["J/502/8580"]},
    {"tasks": ["inbound-sales", "upselling"], "pin": ["K/503/0421"], "exclude": ["L/503/0394"]},
    {"tasks": ["coaching", "hand-over", "incidents", "improvement", "self-study"]},
]
"""Ten learners: their job and what they ask for."""


def learners(real: Qualification, number: int) -> list[dict[str, list[str]]]:
    """The ten learners and, beyond them, some with jobs of one to four tasks, the same ones every day."""
    rng = random.Random(39)
    drawn = ({"tasks": rng.sample(sorted(real.tasks), 1 + n % 4)} for n in range(number - len(WISHES)))
    return [*WISHES, *drawn]


def named(sentence: str) -> set[str]:
    """The refs that a sentence names."""
    return set(re.findall(r"\(([A-Z]/\d{3}/\d{4})\)", sentence))


def test_each_reason_rests_on_the_figures_of_the_oracle(real: Qualification) -> None:
    """For each unit of ten learners: what the other choice costs and replaces, and what the words may say."""
    seen = Counter[str]()
    for wishes in learners(real, deep(10, 40)):
        best = plan(real, **wishes)  # type: ignore[arg-type]
        tasks, pin, exclude = (wishes.get(key, []) for key in ("tasks", "pin", "exclude"))
        evidence = {ref for task in tasks for ref in real.tasks[task].evidence} if tasks else None
        least = oracle.least_misfits_and_hours(pin, exclude, evidence)
        assert least is not None
        for ref in real.by_ref:
            found = reason(best, ref)
            assert found.counts == (ref in best.units)
            words = found.words
            if ref in exclude:
                assert words == "You left it out."
                seen["left out"] += 1
                continue
            if evidence is not None:
                assert ("our work gives evidence for it: “" in words) == (ref in evidence), words
                assert ("our work gives no evidence for it" in words) == (ref not in evidence), words
            if ref in oracle.MANDATORY or ref in pin:
                required = "It is required for everyone: “6 credits from both of the mandatory units”."
                assert words.startswith("You asked for it." if ref in pin else required)
                assert found.price is None
                seen["required"] += 1
                continue
            pins, excludes = (pin, [*exclude, ref]) if found.counts else ([*pin, ref], exclude)
            other = oracle.least_misfits_and_hours(pins, excludes, evidence)
            if other is None:
                assert "cannot be added, as you asked for" in words
                seen["impossible"] += 1
                continue
            misfits, hours = other[0] - least[0], other[1] - least[1]
            assert found.price == hours, ref
            *_, said = words.split(". ")
            swapped = named(said) ^ {ref}
            assert not oracle.broken_rules(set(best.units) ^ swapped), words
            assert hours == sum(
                oracle.ROWS[unit].glh * (-1 if unit in best.units else 1) for unit in swapped
            ), words
            alone = misfits == 1 and not found.counts and evidence is not None and ref not in evidence
            plural = "s" if misfits > 1 else ""
            assert words.startswith("It is out because your work gives no evidence for it") == alone, words
            assert (f"{misfits} more unit{plural} without evidence from your work" in said) == (
                misfits > 0 and not alone
            ), words
            more = "hour" if abs(hours) == 1 else "hours"
            figures = (f"{abs(hours)} more guided {more}", f"{abs(hours)} fewer guided {more}")
            if alone:
                figures = (f"also cost {abs(hours)} guided {more} more", f"save {abs(hours)} guided {more}")
            assert (figures[0] in said, figures[1] in said) == (hours > 0, hours < 0), words
            assert ("even so" in words.casefold()) == (
                found.counts and evidence is not None and ref not in evidence
            )
            as_good = "just as good, so the choice is yours" in said
            assert as_good <= (not misfits and not hours), words
            seen["fit" if misfits else "hours" if hours else "equal" if as_good else "more units"] += 1
    assert all(seen[kind] >= 3 for kind in ("required", "fit", "hours", "equal", "left out")), seen
    assert seen["impossible"] == 1
    assert sum(seen.values()) == len(learners(real, deep(10, 40))) * len(real.by_ref)


def test_no_reason_says_a_thing_twice_or_leaves_a_gap(real: Qualification) -> None:
    """What a reader stumbles over: a sentence without a capital or an end, words doubled, nothing said."""
    read = 0
    for wishes in WISHES:
        best = plan(real, **wishes)  # type: ignore[arg-type]
        for found in (reason(best, ref) for ref in real.by_ref):
            words = re.sub(r"“[^”]*”", "“”", found.words)
            assert re.fullmatch(r"([A-Z][^.]*\.)( [A-Z][^.]*\.)*", words), words
            assert not re.search(r"\b(\w+) \1\b|  | [,.;:]|\bNone\b|\bnothing\b", words), words
            assert words.count("no evidence") + words.count("without evidence") <= 1 + found.counts, words
            read += 1
    assert read == 390


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
        "It is required for everyone: “6 credits from both of the mandatory units”. Your work gives no "
        "evidence for it; “Follow health and safety rules at your workplace” would."
    )
    assert would_show(real, "D/503/0352") == ("Follow health and safety rules at your workplace",)


def test_direct_sales_are_out_for_want_of_evidence_and_not_for_hours(real: Qualification) -> None:
    """They have the fewest hours: without the job they are in, with one that does not sell they are out."""
    assert reason(plan(real), SALES).counts
    found = reason(plan(real, tasks=JOB), SALES)
    assert (found.counts, found.price) == (False, -9)
    assert found.words == (
        "It is out because your work gives no evidence for it; “Advise about products and services”, “Take "
        "orders and card payments”, “Make sales calls to new and existing customers” or others would. In place "
        "of Use systems and technology during customer contact in a contact centre (J/503/0362) it would save "
        "9 guided hours."
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
            "It cannot be added, as you asked for Using Email, level 2 (M/502/4300). The rule: “only one unit of barred "
            "set C2 can count: Using Email, level 1 (J/502/4299), Using Email, level 2 (M/502/4300)”.",
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
        "You have already achieved it, and it does not count: only one of it and Using Email, level 2 (M/502/4300) can "
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
        "A plan with U01 (U01) in its place is just as good, so the choice is yours."
    )
    assert reason(best, "U01").words == "In place of U00 (U00) it is just as good, so the choice is yours."
    assert reason(best, "U02").words == "In place of U00 (U00) it costs 4 more guided hours."


@pytest.mark.parametrize(
    ("learner", "ref", "words"),
    [
        (
            2,  # sales calls: group B needs 12 credits, and only direct sales has evidence
            "K/503/0421",
            "Your work gives no evidence for it; “Deal with incidents and emergencies” would. Even so, the best "
            "plan without it has 1 more unit without evidence from your work but 41 fewer guided hours, with "
            "Support customers and colleagues when providing contact centre services (J/503/0426) and Deliver "
            "customer service through a contact centre (K/503/0385) in place of it, Inputting and accessing sales "
            "or marketing data in information systems (D/502/8584) and Time planning in sales (F/502/8559).",
        ),
        (
            2,
            "F/601/1223",
            "It is out because your work gives no evidence for it; “Answer customers' phone calls” would. In "
            "place of Inputting and accessing sales or marketing data in information systems (D/502/8584) and "
            "Selling by telephone - outbound (J/502/8580) it would save 9 guided hours.",
        ),
        (
            3,
            "K/503/0385",
            "Your work gives evidence for it: “Answer emails, web chat and text messages”. The best plan without it "
            "has 1 more unit without evidence from your work and 3 more guided hours, with Carry out direct sales "
            "activities in a contact centre (L/503/0394) in its place.",
        ),
        (
            3,  # emails: too little evidence in group B, so that a unit without evidence is in and others are out
            "J/503/0426",
            "Your work gives no evidence for it; “Deal with general enquiries”, “Deal with complaints”, “Sort out "
            "customers' problems” or others would. Even so, a plan with Carry out direct sales activities in a "
            "contact centre (L/503/0394) in its place is just as good, so the choice is yours.",
        ),
        (
            3,
            "M/502/4300",
            "Your work gives evidence for it: “Answer emails, web chat and text messages”. Only one of it and "
            "Using Email, level 1 (J/502/4299) can count. In place of Using Email, level 1 (J/502/4299) it costs 5 more guided hours.",
        ),
        (
            3,
            "D/502/8584",
            "It is out because your work gives no evidence for it; “Update customers' records on a database”, "
            "“Make sales calls to new and existing customers”, “Make market research calls” or others would. In "
            "place of Using Email, level 1 (J/502/4299) it would need as many guided hours.",
        ),
        (
            9,  # another unit comes with it, so that the credits are enough
            "H/600/9660",
            "Your work gives evidence for it: “Coach or buddy a new colleague” and “Hand work over to colleagues "
            "or the next shift”. Together with Work with others to improve customer service (D/601/1553), and in "
            "place of Develop your own customer service skills through self-study (R/601/1548) and Maintain "
            "customer service through effective hand over (Y/601/1227), it costs 1 more guided hour.",
        ),
    ],
)
def test_a_reason_word_by_word(real: Qualification, learner: int, ref: str, words: str) -> None:
    assert reason(plan(real, **WISHES[learner]), ref).words == words  # type: ignore[arg-type]


def test_a_plan_as_good_that_differs_in_hours_says_so(real: Qualification) -> None:
    """Who asks for the fewest credits has not asked for the fewest hours."""
    found = reason(plan(real, goals=["credits"]), "K/503/0421")
    assert (found.counts, found.price) == (False, 9)
    assert found.words.endswith(" it is just as good with 9 more guided hours, so the choice is yours.")


def test_what_was_not_proven_is_not_called_best(real: Qualification) -> None:
    """Without the time to prove the other plan best, the sentence says that it is undecided."""
    best = plan(real, tasks=JOB)
    undecided = [reason(best, ref, seconds=0) for ref in (best.units[2], SALES)]
    assert [one.decided for one in undecided] == [False, False]
    assert all("It was not decided in 0 seconds whether a plan can" in one.words for one in undecided)


def test_a_unit_in_reserve_says_that_it_does_not_count_and_what_it_spares() -> None:
    """Exactly two units count: a third waits in case one fails, and the next one would cost two hours more."""
    two = Bound("two", "exactly two units", {f"U0{n}": 1 for n in range(4)}, at_least=2, at_most=2)
    best = plan(of_hours([5, 5, 9, 7], [two]), survive=1)
    assert (best.units, best.spare) == (("U00", "U01"), ("U03",))
    assert reason(best, "U03").words == (
        "It does not count: it is held in reserve, in case units that count fail. The best plan without it has "
        "2 more guided hours, with U02 (U02) in its place."
    )


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
