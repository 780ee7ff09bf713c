"""The tables that screen and workbook share, each by literal values worked out from `tests.by_hand`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pandas as pd
import pytest

import planner
from planner import Bound, Choice
from planner.authoring.lint import Figure, Report
from planner.authoring.revision import Effect
from planner.catalogue.qualification import Known
from planner.catalogue.remarks import Remark
from planner.cohort.batch import Cohort
from planner.cohort.delivery_answer import Delivery
from planner.cohort.misfits import Allowance
from planner.cohort.seat_question import CentreLimit, SearchProgress
from planner.files.tables import SheetRead
from planner.planning.result import GoalValue, Plan
from planner.portfolio.verdict import Judgement, Verdict
from planner.records.portfolios import Entry, Portfolio
from planner.records.wishes import Request, Wishes
from planner.report import (
    cohort_tables,
    delivery_tables,
    plan_tables,
    portfolio_tables,
    qualification_tables,
    tables,
)
from planner.rules.measure import Finding
from planner.rules.rule import WAYS, Rule
from tests import by_hand
from tests.by_hand import (
    ASKED,
    BARE,
    CLASH_WORDS,
    COHORT,
    DAY,
    DELIVERY,
    EXPLORED,
    JUDGEMENT,
    LEFT_OUT_WORDS,
    NO_PLAN,
    OTHER,
    OUTSIDE_WORDS,
    PLAIN,
    PLAN,
    TEA,
    UNKNOWN,
)

POUR = "Pour: Pouring is this unit; Talk: Guests are greeted, asked, served and thanked at length"
NO_EVIDENCE = "none from the tasks chosen"


def shown(frame: pd.DataFrame) -> list[list[Any]]:
    """The heads of a table, then its rows; an empty figure is None."""
    cells = frame.astype(object).where(frame.notna(), None)
    return [list(frame.columns), *([*row] for row in cells.itertuples(index=False, name=None))]


def heads(frame: pd.DataFrame) -> list[str]:
    """The heads of a table that has no row."""
    assert frame.empty
    return list(frame.columns)


# Plans


def test_the_table_of_a_plan_lists_the_units_that_count_by_group() -> None:
    columns = ["Unit", "Ref", "Group", "Level", "Credits", "Guided hours", "Assessment strategy", "State"]
    assert shown(plan_tables.plan_table(PLAN)) == [
        [*columns, "Evidence"],
        ["Boil water", "A/1", "A", 1, 2, 7, "X: Boiling", "achieved", NO_EVIDENCE],
        ["Wash up", "A/4", "A", 3, 5, 17, "Unknown", "new", NO_EVIDENCE],
        ["Serve tea", "B/2", "B", 2, 3, 11, "Y: Serving", "new", POUR],
    ]
    assert shown(plan_tables.plan_table(PLAIN)) == [
        columns,
        ["Boil water", "A/1", "A", 1, 2, 7, "X: Boiling", "new"],
        ["Serve coffee", "B/3", "B", 2, 4, 13, "Y: Serving", "new"],
        ["Boil water", "C/5", "C", 0, 1, 0, "Z", "new"],
    ]
    assert list(plan_tables.plan_table(PLAIN).index) == [0, 1, 2]
    assert heads(plan_tables.plan_table(NO_PLAN)) == columns


def test_the_table_of_units_lists_each_by_group_with_what_was_wished() -> None:
    columns = [
        "Counts", "Unit", "Ref", "Group", "Level", "Credits", "Guided hours", "Assessment strategy", "State",
        "Barred set", "Wish",
    ]  # fmt: skip
    assert shown(plan_tables.units_table(PLAN)) == [
        [*columns, "Evidence"],
        ["yes", "Boil water", "A/1", "A", 1, 2, 7, "X: Boiling", "achieved", "", "already achieved", NO_EVIDENCE],
        ["yes", "Wash up", "A/4", "A", 3, 5, 17, "Unknown", "new", "", "must count", NO_EVIDENCE],
        ["yes", "Serve tea", "B/2", "B", 2, 3, 11, "Y: Serving", "new", "P", "", POUR],
        ["no", "Serve coffee", "B/3", "B", 2, 4, 13, "Y: Serving", "new", "P", "", "Pour: Coffee is poured"],
        ["no", "Boil water", "C/5", "C", 0, 1, 0, "Z", "new", "", "left out", NO_EVIDENCE],
    ]  # fmt: skip
    assert shown(plan_tables.units_table(NO_PLAN))[0] == columns
    assert [row[0] for row in shown(plan_tables.units_table(NO_PLAN))[1:]] == ["no"] * 5


def test_wishes_for_one_unit_are_said_together() -> None:
    unit = frozenset({"B/2"})
    assert plan_tables.wish_words(Wishes(unit, unit, unit), "B/2") == "must count, left out, already achieved"
    assert plan_tables.wish_words(Wishes(unit, unit, unit), "B/3") == ""


def test_the_outlook_says_state_and_prices_of_every_unit_in_the_files_order() -> None:
    assert shown(plan_tables.outlook_table(EXPLORED)) == [
        ["Ref", "Unit", "In plan", "State", "Must", "Leave out"],
        ["B/2", "Serve tea", "yes", "possible", "no extra", "+2 h"],
        ["A/1", "Boil water, level 1", "yes", "forced", "no extra", "not possible"],
        ["A/4", "Wash up", "yes", "possible", "no extra", "+14 h"],
        ["B/3", "Serve coffee", "no", "possible", "+2 h", "no extra"],
        ["C/5", "Boil water, level 0", "no", "impossible", "not possible", "no extra"],
    ]


def test_a_price_has_a_sign() -> None:
    best = planner.plan(planner.load())
    assert [plan_tables.price_words(best, price) for price in (None, 0, 1, 18, -3)] == [
        "not possible", "no extra", "+1 h", "+18 h", "-3 h",
    ]  # fmt: skip


def test_alternatives_say_what_each_takes_instead_of_the_first() -> None:
    columns = ["Plan", "Guided hours", "Credits", "Takes", "Instead of"]
    more = replace(PLAN, units=(*PLAN.units, "C/5"))
    assert shown(plan_tables.alternatives_table([PLAN, OTHER, more])) == [
        columns,
        [1, 28, 10, "", ""],
        [2, 30, 11, "Serve coffee (B/3)", "Serve tea (B/2)"],
        [3, 28, 11, "Boil water, level 0 (C/5)", ""],
    ]
    plain = replace(PLAN, wishes=Wishes())
    assert shown(plan_tables.alternatives_table([plain, PLAIN]))[1:] == [
        [1, 35, 10, "", ""],
        [2, 20, 7, "Serve coffee (B/3), Boil water, level 0 (C/5)", "Wash up (A/4), Serve tea (B/2)"],
    ]
    assert plan_tables.alternatives_table([]).empty


def test_the_verdict_on_a_plan_is_one_sentence() -> None:
    proven = (
        "Proven: no valid plan with these choices has fewer units without evidence from the job; among "
        "equals, none has fewer hours to do or, then, fewer new units."
    )
    assert tables.verdict(PLAN) == f"2 units to achieve, 28 guided hours. {proven}"
    assert (
        tables.verdict(replace(PLAN, units=("A/1", "B/2"))) == f"1 unit to achieve, 11 guided hours. {proven}"
    )
    assert tables.verdict(replace(PLAN, units=("A/1",))) == (
        f"The rules are met by what is already achieved. {proven}"
    )
    assert tables.verdict(replace(PLAN, units=(), goals=())) == (
        "The rules are met without any unit. Every rule is met."
    )
    assert tables.verdict(replace(PLAN, status="feasible", seconds=2.5)) == (
        "2 units to achieve, 28 guided hours. Not proven best: the search stopped after 2.5 seconds. "
        "The search was cut off: asked again, it may give another answer."
    )
    assert tables.verdict(NO_PLAN) == "No plan exists for these wishes; this is proven."
    assert tables.verdict(UNKNOWN) == "Not decided in 2.5 seconds: a plan may or may not exist."


GOAL_WORDS = {
    "glh": "fewer hours to do",
    "units": "fewer new units",
    "credits": "fewer credits",
    "strategies": "fewer assessment strategies",
    "fit": "fewer units without evidence from the job",
    "changes": "fewer changes to the plan to keep",
}


@pytest.mark.parametrize("goal", GOAL_WORDS)
def test_a_proof_names_the_goal(goal: str) -> None:
    plan = replace(PLAIN, goals=(GoalValue(goal, 1, 1, True),))
    assert tables.proof(plan) == f"Proven: no valid plan has {GOAL_WORDS[goal]}."


@pytest.mark.parametrize(
    ("wishes", "which"),
    [
        (Wishes(), "no valid plan"),
        (Wishes(pins=frozenset({"A/1"})), "no valid plan with these choices"),
        (Wishes(excludes=frozenset({"A/1"})), "no valid plan with these choices"),
        (Wishes(held=frozenset({"A/1"})), "no valid plan with these choices"),
        (Wishes(survive=1), "no valid plan with these choices"),
        (Wishes(tasks=("pour",), keep=frozenset({"A/1"})), "no valid plan"),
    ],
)
def test_a_proof_speaks_of_choices_where_some_were_made(wishes: Wishes, which: str) -> None:
    plan = replace(PLAIN, wishes=wishes, goals=(GoalValue("glh", 1, 1, True),))
    assert tables.proof(plan) == f"Proven: {which} has fewer hours to do."


def test_why_there_is_no_plan_names_conflicts_and_what_the_offer_lacks() -> None:
    assert tables.why_not_words(NO_PLAN) == (
        f"{CLASH_WORDS} {LEFT_OUT_WORDS} There are more conflicts than these. {OUTSIDE_WORDS}"
    )
    assert tables.why_not_words(replace(NO_PLAN, conflicts_complete=True, outside_offer=())) == (
        f"{CLASH_WORDS} {LEFT_OUT_WORDS}"
    )
    assert tables.why_not_words(PLAN) == tables.outside_words(PLAN) == ""
    assert tables.outside_words(COHORT.answers[2]) == "Outside the centre's offer, and needed: Wash up (A/4)."
    assert tables.why_not_words(COHORT.answers[2]) == (
        f"{CLASH_WORDS} There are more conflicts than these. "
        "Outside the centre's offer, and needed: Wash up (A/4)."
    )


# The qualification


def test_the_table_of_a_qualification_says_what_is_on_file() -> None:
    assert shown(tables.qualification_table(TEA)) == [
        ["", "Value"],
        ["Qualification", "Certificate in Tea"],
        ["Number", "Q/7"],
        ["Awarding organisation", "Body of Tea"],
        ["Level", "2"],
        ["Status", "Closed: registration for this qualification ended on 31 December 2013."],
        ["Minimum age", "16"],
        ["Fee", "£35.50"],
        ["Source of the rules", "invented for the tests"],
        ["Last compared with the source", "21 November 2026"],
        ["Data digest", "0123456789abcdef"],
    ]
    assert shown(tables.qualification_table(BARE)) == [
        ["", "Value"],
        ["Qualification", "Bare"],
        ["Number", "Q/8"],
        ["Status", "No registration dates on file: ask the awarding organisation whether it is open."],
        ["Source of the rules", "nowhere"],
        ["Last compared with the source", "2 January 2026"],
    ]
    free = tables.qualification_table(replace(TEA, level=0, fee_gbp=0, min_age=0))
    assert [row for row in shown(free) if row[0] in ("Level", "Minimum age", "Fee")] == [
        ["Level", "0"], ["Minimum age", "0"], ["Fee", "£0.00"],
    ]  # fmt: skip


def test_caveats_end_with_the_notes_of_the_qualification() -> None:
    assert tables.caveats(TEA) == (
        "“Rules met” is arithmetic over units. It does not say that a unit is achieved: evidence is judged by "
        "assessors and quality assurers, and only the awarding organisation certifies.",
        "Guided hours are supervised time. A credit stands for about 10 hours of learning in all, so most of "
        "the time is the learner's own.",
        "The kettle is not assessed.",
    )


def test_the_dates_of_registration_are_told_where_they_are_on_file() -> None:
    assert shown(qualification_tables.dates_table(replace(TEA, starts=date(2010, 8, 1)))) == [
        ["", "Value"],
        ["Registration starts", "1 August 2010"],
        ["Registration ends", "31 December 2013"],
    ]
    assert shown(qualification_tables.dates_table(TEA)) == [
        ["", "Value"],
        ["Registration ends", "31 December 2013"],
    ]
    assert heads(qualification_tables.dates_table(BARE)) == ["", "Value"]


def test_a_status_is_one_word_or_three() -> None:
    assert qualification_tables.status_word(TEA) == "Closed"
    assert qualification_tables.status_word(replace(TEA, starts=date(2010, 8, 1), ends=None)) == "Open"
    assert (
        qualification_tables.status_word(replace(TEA, starts=date(9999, 1, 1), ends=None)) == "Not yet open"
    )
    assert qualification_tables.status_word(BARE) == "No dates"


def test_the_published_hours_are_a_range_a_figure_or_a_limit() -> None:
    def words(**published: int) -> str:
        return qualification_tables.hours_words(replace(TEA, published=published))

    assert qualification_tables.hours_words(TEA) == "31 to 48"
    assert words(min_glh=31, max_glh=31) == "31"
    assert words(min_glh=0, max_glh=31) == "0 to 31"
    assert (words(min_glh=31), words(max_glh=48), words(units=5)) == ("from 31", "up to 48", "")


def test_all_that_is_on_file_of_a_unit_is_said() -> None:
    assert [qualification_tables.unit_words(TEA, unit) for unit in TEA.units] == [
        "level 2 (high confidence) · strategy Y: Serving · barred with Serve coffee (B/3) · tags: hot, wet",
        "level 1 (low confidence) · strategy X: Boiling",
        "level 3",
        "level 2 · strategy Y: Serving · barred with Serve tea (B/2)",
        "level 0 · strategy Z",
    ]


def test_chosen_units_come_in_the_order_asked_for() -> None:
    assert shown(tables.chosen_units_table(TEA, ["C/5", "A/4"])) == [
        ["Ref", "Title", "Group", "Level", "Credits", "Guided hours", "Assessment strategy"],
        ["C/5", "Boil water, level 0", "C", 0, 1, 0, "Z"],
        ["A/4", "Wash up", "A", 3, 5, 17, "Unknown"],
    ]


TWO, FOUR = {"a": 3, "b": 4}, {"a": 3, "b": 4, "c": 5, "d": 1}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Bound("r", "r", TWO, at_least=7, count="credits"), "both units, 7 credits"),
        (Bound("r", "r", TWO, 7, 7, count="credits"), "both units, 7 credits"),
        (Bound("r", "r", TWO, 7, 8, count="credits"), "7 to 8 credits from 2 units"),
        (Bound("r", "r", TWO, at_most=7, count="credits"), "at most 7 credits from 2 units"),
        (Bound("r", "r", FOUR, at_least=1, count="credits"), "at least 1 credit from 4 units"),
        (Bound("r", "r", FOUR, 6, 6, count="credits"), "exactly 6 credits from 4 units"),
        (Bound("r", "r", FOUR, 13, count="credits"), "all 4 units, 13 credits"),
        (Bound("r", "r", FOUR, 0, 1, count="glh"), "0 to 1 guided hour from 4 units"),
        (Bound("r", "r", {"a": 3}, at_least=2, count="glh"), "at least 2 guided hours from 1 unit"),
        (Bound("r", "r", {"a": 1}, at_least=1), "this unit"),
        (Bound("r", "r", {"a": 1, "b": 1}, at_least=1), "at least 1 of 2 units"),
        (Bound("r", "r", {"a": 1, "b": 1}, at_most=1), "at most 1 of 2 units"),
        (Bound("r", "r", {"a": 1, "b": 1}, at_most=1, held=frozenset(WAYS)), "at most 1 of 2 units already achieved"),
        (Bound("r", "r", {"a": 1, "b": 1}, 2, held=frozenset(WAYS)), "both units already achieved"),
        (Bound("r", "r", {"a": 1, "b": -1}, 0, kind="requires", subject="b"), "b counts only together with a"),
        (Choice("r", "r", (by_hand.LONG, by_hand.SHORT), 2), "at least 2 of these 2"),
    ],
)  # fmt: skip
def test_the_limits_of_a_rule_are_said_in_words(rule: Rule, words: str) -> None:
    assert qualification_tables.limits_words(rule) == words


def test_published_figures_stand_beside_those_computed_anew() -> None:
    figures = {
        "units": Figure("units", 5, "units on file", 5),
        "min_credits": Figure("min_credits", 8, "credits at least", 9),
        "min_glh": Figure("min_glh", 31, "hours at least", 31, Known("min_glh", "it is known")),
    }
    assert shown(qualification_tables.figures_table(Report(TEA, (), figures))) == [
        ["Figure", "Published", "Computed anew"],
        ["Units", 5, "Agrees: 5 units on file."],
        ["Least credits", 9, "Does not come out: 8 credits at least."],
        ["Least guided hours", 31, "Agrees, though it is listed as known not to."],
        ["Most guided hours", 48, "Not computed"],
    ]


def test_remarks_call_published_figures_as_people_do() -> None:
    remark = Remark("fine", "published-max_glh", "max_glh 48 comes out", "max_glh")
    assert qualification_tables.remark_words(remark) == "Most guided hours 48 comes out"
    assert qualification_tables.remark_words(replace(remark, figure="")) == "max_glh 48 comes out"


# Portfolios


def test_the_words_for_what_a_rule_counts() -> None:
    assert [tables.count_words(count) for count in ("glh", "credits", "units", "rules")] == [
        "guided hours", "credits", "units", "rules",
    ]  # fmt: skip


def test_findings_within_findings_tell_their_depth() -> None:
    inner = Finding(by_hand.WAY, 1, True, (Finding(by_hand.LONG, 1, False),))
    outer = Finding(by_hand.WAY, 1, True, (inner, Finding(by_hand.SHORT, 1, True)))
    assert [(depth, finding.rule.id) for depth, finding in tables.nested((outer,))] == [
        (0, "way"), (1, "way"), (2, "long"), (1, "short"),
    ]  # fmt: skip


def test_the_verdict_on_achieved_units_is_one_sentence() -> None:
    now = JUDGEMENT.now
    assert portfolio_tables.verdict_words(now) == "Rules not yet met: 1 unit to start, 17 guided hours."
    assert portfolio_tables.judgement_words(JUDGEMENT) == (
        "Rules not yet met: 1 unit to start, 17 guided hours. Waived by decision: way."
    )
    two = replace(now, home=replace(now.home, units=("A/1", "A/4", "B/3", "C/5")))
    assert portfolio_tables.verdict_words(two) == "Rules not yet met: 2 units to start, 17 guided hours."
    met = replace(now, home=replace(now.home, units=("A/1", "B/3")))
    assert portfolio_tables.verdict_words(met) == "Rules met: 2 units count, 6 credits."
    assert portfolio_tables.verdict_words(replace(now, home=replace(NO_PLAN, wishes=now.home.wishes))) == (
        "Rules not met, and no way home that keeps what they ask for exists; this is proven."
    )
    of_rules = replace(NO_PLAN, wishes=now.home.wishes, conflicts=())
    assert portfolio_tables.verdict_words(replace(now, home=of_rules)) == (
        "Rules not met, and no way home exists; this is proven."
    )
    undecided = "Not decided in 2.5 seconds: there may be a shorter way, or none."
    assert portfolio_tables.verdict_words(replace(now, home=UNKNOWN)) == undecided
    assert (
        portfolio_tables.verdict_words(replace(now, home=replace(now.home, status="feasible", seconds=2.5)))
        == undecided
    )
    bare = replace(JUDGEMENT, portfolio=Portfolio("L"))
    assert portfolio_tables.judgement_words(bare) == "Rules not yet met: 1 unit to start, 17 guided hours."


def test_the_verdict_in_two_words() -> None:
    now = JUDGEMENT.now
    homes = {
        "not yet": now.home,
        "rules met": replace(now.home, units=("A/1", "B/3")),
        "impossible": NO_PLAN,
        "not decided": UNKNOWN,
    }
    for words, home in homes.items():
        assert portfolio_tables.verdict_short(replace(now, home=home)) == words


def test_the_table_of_a_portfolio_has_every_unit_with_what_is_recorded() -> None:
    later = date(2026, 3, 9)
    frame = portfolio_tables.portfolio_table(JUDGEMENT)
    assert shown(frame) == [
        ["Ref", "Title", "Group", "Level", "Credits", "Guided hours", "Strategy", "Status", "Evidence",
         "Assessor", "Started", "Assessed", "Verified", "Date", "IQA sample", "IQA outcome", "Counts",
         "Achieved"],
        ["A/1", "Boil water", "A", 1, 2, 7, "X", "", "", "", None, None, None, None, "", "", "yes", "yes"],
        ["A/4", "Wash up", "A", 3, 5, 17, "", "submitted", "E4", "", None, None, None, None, "", "", "yes", "no"],
        ["B/2", "Serve tea", "B", 2, 3, 11, "Y", "verified", "E1", "Ada Example", DAY, DAY, later, DAY, "yes",
         "confirmed", "no", "yes"],
        ["B/3", "Serve coffee", "B", 2, 4, 13, "Y", "assessed", "E2, E3", "Bo Example", None, None, None,
         date(2026, 4, 1), "", "", "yes", "yes"],
        ["C/5", "Boil water", "C", 0, 1, 0, "Z", "planned", "", "", None, None, None, None, "", "", "yes", "no"],
    ]  # fmt: skip


def test_a_unit_barred_beside_one_that_counts_is_marked_though_it_is_not_achieved() -> None:
    alone = replace(JUDGEMENT, portfolio=Portfolio("L"), now=replace(JUDGEMENT.now, surplus=()))
    counts = {row[0]: row[-2] for row in shown(portfolio_tables.portfolio_table(alone))}
    assert [ref for ref, word in counts.items() if word == "no"] == ["B/2"]  # B/3 counts
    both = replace(alone, now=replace(JUDGEMENT.now, counted=("B/2", "B/3"), surplus=("C/5",)))
    counts = {row[0]: row[-2] for row in shown(portfolio_tables.portfolio_table(both))}
    assert [ref for ref, word in counts.items() if word == "no"] == ["C/5"]


def test_decisions_stand_with_their_titles_and_whether_they_are_in_force() -> None:
    assert shown(portfolio_tables.decisions_table(TEA, by_hand.RECORD)) == [
        ["Decision", "Unit or rule", "Title", "Outside", "Reason", "By", "Date", "Withdrawn", "Withdrawn by",
         "In force"],
        ["recognise prior learning", "A/1", "Boil water, level 1", "", "a certificate shows it", "Ada Example", DAY, None,
         "", "yes"],
        ["waive a rule", "way", "one of two ways", "", "agreed by letter", "Ada Example", DAY, None, "", "yes"],
        ["accept a unit from outside as equivalent", "C/5", "Boil water, level 0", "Unit 12", "same outcomes",
         "Bo Example", DAY, date(2026, 5, 1), "Ada Example", "withdrawn"],
    ]  # fmt: skip
    assert len(heads(portfolio_tables.decisions_table(TEA, Portfolio("L")))) == 10


def test_missing_counted_surplus_and_remarks_of_a_portfolio() -> None:
    assert shown(portfolio_tables.missing_table(JUDGEMENT.now))[1:] == [
        ["A/4", "Wash up", "A", 3, 5, 17, "Unknown", "start"]
    ]
    assert shown(portfolio_tables.missing_table(JUDGEMENT.if_completed))[1:] == [
        ["C/5", "Boil water, level 0", "C", 0, 1, 0, "Z", "start"]
    ]
    assert portfolio_tables.missing_table(replace(JUDGEMENT.now, home=NO_PLAN)).empty
    assert shown(portfolio_tables.counted_table(JUDGEMENT)) == [
        ["Ref", "Title", "Credits", "Guided hours", "Achieved"],
        ["A/1", "Boil water, level 1", 2, 7, "by a decision"],
        ["B/3", "Serve coffee", 4, 13, "assessed, awaiting internal quality assurance"],
    ]
    verified = replace(JUDGEMENT, now=replace(JUDGEMENT.now, counted=("B/2",)))
    assert shown(portfolio_tables.counted_table(verified))[1:] == [["B/2", "Serve tea", 3, 11, "verified"]]
    assert shown(portfolio_tables.surplus_table(JUDGEMENT)) == [
        ["Ref", "Title", "Credits", "Why"],
        ["B/2", "Serve tea", 3, "barred: Serve coffee (B/3) counts instead"],
    ]
    assert shown(portfolio_tables.remarks_table(JUDGEMENT)) == [
        ["Ref", "Title", "Remark"],
        ["B/3", "Serve coffee", "assessed, but the date is missing"],
        ["", "", "two names are given"],
    ]


def test_why_an_achieved_unit_does_not_count() -> None:
    assert portfolio_tables.surplus_words(JUDGEMENT, "A/1") == "left over: the rules do not need it"
    now = replace(
        JUDGEMENT.now, counted=(), home=replace(JUDGEMENT.now.home, units=("B/3",), wishes=Wishes())
    )
    assert (
        portfolio_tables.surplus_words(replace(JUDGEMENT, now=now), "B/2")
        == "barred: Serve coffee (B/3) counts instead"
    )
    none = replace(now, home=replace(now.home, units=()))
    assert (
        portfolio_tables.surplus_words(replace(JUDGEMENT, now=none), "B/2")
        == "left over: the rules do not need it"
    )


def test_learners_side_by_side() -> None:
    lost: Verdict = replace(JUDGEMENT.now, home=NO_PLAN)
    other = replace(JUDGEMENT, portfolio=Portfolio("L8"), now=lost, if_completed=replace(lost, home=UNKNOWN))
    assert shown(portfolio_tables.learners_table([JUDGEMENT, other])) == [
        ["Learner", "Name", "Now", "If completed", "To finish", "To start", "Not needed", "Hours missing"],
        ["Learner 7", "Learner of Tea", "not yet", "not yet", 0, 1, 0, 17],
        ["L8", "", "impossible", "not decided", None, None, None, None],
    ]
    assert len(heads(portfolio_tables.learners_table([]))) == 8


def of_units(*statuses: str, left_out: int = 0, doubt: str = "", met: bool = False) -> Judgement:
    """A judgement of somebody whose units A/1, A/4, … are so far; the rules are met or not."""
    entries = tuple(
        Entry(ref, cast("Any", status)) for ref, status in zip(TEA.by_ref, statuses, strict=False)
    )
    home = PLAN if not met else replace(PLAN, wishes=replace(PLAN.wishes, held=frozenset(PLAN.units)))
    counted = tuple(entry.ref for entry in entries if entry.achieved)
    now = replace(JUDGEMENT.now, home=home, counted=counted, doubt=doubt)
    portfolio = Portfolio("L", entries, rows_left_out=left_out, doubt=doubt)
    return replace(JUDGEMENT, portfolio=portfolio, now=now)


@pytest.mark.parametrize(
    ("judgement", "words"),
    [
        (of_units("planned", "in progress", "verified"), ""),
        (of_units("submitted", "submitted", "assessed"), "Assess 2 units; quality assure 1 unit"),
        (of_units("verified", "claimed", met=True), "Claim the award"),
        (of_units("verified", "assessed", met=True), "Quality assure 1 unit"),
        (of_units("verified", left_out=1, met=True), "Mend 1 row"),
        (of_units("claimed", "claimed", met=True), ""),
        (of_units("verified", doubt="two people"), "Mend what was read"),
        (replace(JUDGEMENT, portfolio=Portfolio("L"), now=replace(JUDGEMENT.now, home=NO_PLAN)),
         "Decide: no way keeps what they ask for"),
        (replace(JUDGEMENT, portfolio=Portfolio("L"), now=replace(JUDGEMENT.now, home=replace(NO_PLAN, conflicts=()))),
         "Decide: no way leads to the award"),
        (replace(JUDGEMENT, portfolio=Portfolio("L"), now=replace(JUDGEMENT.now, home=UNKNOWN)), ""),
    ],
)  # fmt: skip
def test_what_a_learner_needs_of_the_centre(judgement: Judgement, words: str) -> None:
    assert portfolio_tables.needs_words(judgement) == words


def test_how_far_units_are_is_a_row_a_unit_and_a_column_a_learner() -> None:
    other = replace(JUDGEMENT, portfolio=Portfolio("L8", (Entry("C/5", "rpl"),)))
    assert shown(portfolio_tables.progress_table([JUDGEMENT, other])) == [
        ["Unit", "Learner 7", "L8"],
        ["Serve tea (B/2)", "verified", ""],
        ["Boil water, level 1 (A/1)", "decided", ""],
        ["Wash up (A/4)", "submitted", ""],
        ["Serve coffee (B/3)", "assessed", ""],
        ["Boil water, level 0 (C/5)", "planned", "rpl"],
    ]
    assert heads(portfolio_tables.progress_table([])) == ["Unit"]


def test_problems_say_where_and_what() -> None:
    frame = tables.problems_table(by_hand.PROBLEMS)
    assert shown(frame) == [
        ["Row", "Field", "Value", "What is wrong"],
        [7, "pins", "=1+1", "no unit of this qualification has this ref"],
        [7, "learner", "(empty)", "must not be empty"],
        [None, "", "", "is not a table"],
    ]
    assert str(frame["Row"].dtype) == "Int64"


# Cohorts


def test_each_row_of_a_cohort_is_counted_once() -> None:
    planned, best, clashing, clashing_twice, undecided = COHORT.answers

    def words(*answers: Any) -> str:
        return cohort_tables.cohort_words(Cohort(TEA, answers))

    assert cohort_tables.cohort_words(COHORT) == (
        "6 rows: 2 planned, 2 impossible, 1 not decided, 1 to mend. 25 guided hours to do on average."
    )
    assert words() == "No learner could be read."
    assert words(planned) == "1 row: 1 planned. 20 guided hours to do on average."
    assert words(planned, best) == "2 rows: 2 planned. 25 guided hours to do on average."
    assert words(clashing, clashing_twice) == "2 rows: 0 planned, 2 impossible."
    assert words(undecided) == "1 row: 0 planned, 1 not decided."


def test_the_tables_of_a_cohort() -> None:
    frame = cohort_tables.cohort_table(COHORT.answers)
    assert shown(frame) == [
        ["Learner", "Name", "Answer", "Guided hours", "Credits", "New units", "Refs to achieve"],
        ["L1", "L1 Example", "planned", 20, 7, 3, "A/1, B/3, C/5"],
        ["L2", "L2 Example", "planned, not proven best", 30, 11, 2, "A/4, B/3"],
        ["L3", "L3 Example", "not possible", None, None, None, ""],
        ["L4", "L4 Example", "not possible", None, None, None, ""],
        ["L5", "L5 Example", "not decided", None, None, None, ""],
    ]
    assert shown(cohort_tables.clashes_table(COHORT)) == [
        ["Learner", "Name", "Clash and way out"],
        [
            "L3",
            "L3 Example",
            "Asked for Serve tea (B/2) and Serve coffee (B/3): no wish given up is known to be enough. "
            "Outside the centre's offer, and needed: Wash up (A/4).",
        ],
        [
            "L4",
            "L4 Example",
            "Asked for Serve tea (B/2) and Serve coffee (B/3) and left out Boil water, level 1 (A/1): no wish "
            "given up is known to be enough.",
        ],
    ]
    assert len(cohort_tables.clashes_table(Cohort(TEA, COHORT.answers[:2]))) == 0
    columns = ["Ref", "Title", "Group", "Level", "Credits", "Guided hours", "Assessment strategy"]
    assert shown(cohort_tables.demand_table(COHORT)) == [
        [*columns, "Learners"],
        ["B/3", "Serve coffee", "B", 2, 4, 13, "Y: Serving", 2],
        ["A/1", "Boil water, level 1", "A", 1, 2, 7, "X: Boiling", 1],
        ["A/4", "Wash up", "A", 3, 5, 17, "Unknown", 1],
        ["C/5", "Boil water, level 0", "C", 0, 1, 0, "Z", 1],
    ]
    assert shown(cohort_tables.answer_table(COHORT.answers[1])) == [
        [*columns, "State"],
        ["A/1", "Boil water, level 1", "A", 1, 2, 7, "X: Boiling", "achieved"],
        ["A/4", "Wash up", "A", 3, 5, 17, "Unknown", "new"],
        ["B/3", "Serve coffee", "B", 2, 4, 13, "Y: Serving", "new"],
    ]


def test_strategies_count_learners_and_units_to_assess() -> None:
    both = replace(COHORT.answers[0], units=("B/2", "B/3"))
    assert shown(cohort_tables.strategy_table(Cohort(TEA, (*COHORT.answers, both)))) == [
        ["Assessment strategy", "Learners", "Units to assess"],
        ["Unknown", 1, 1],
        ["X: Boiling", 1, 1],
        ["Y: Serving", 3, 4],
        ["Z", 1, 1],
    ]


# Delivery


def test_a_delivery_is_told_in_a_sentence_or_two() -> None:
    assert delivery_tables.delivery_words(DELIVERY) == (
        "4 units in 5 groups for 3 learners: 44 delivered guided hours. Not proven least: no plan delivers fewer "
        "than 40 hours, 9.1% below. 2 seats are in units without evidence from the job, 1 of them cannot be avoided."
    )
    one = replace(DELIVERY, units=DELIVERY.units[1:2], selections={"L2": ("A/4",)})
    assert delivery_tables.delivery_words(one).startswith("1 unit in 1 group for 1 learner: 44 delivered")
    assert delivery_tables.delivery_words(replace(DELIVERY, selections={})) == (
        "There is nobody to plan for: no learner has a valid selection."
    )
    clash = (CentreLimit(3), CentreLimit(10, "X"))
    assert delivery_tables.delivery_words(Delivery(TEA, "infeasible", 2, clash=clash)) == (
        "No plan keeps these limits; this is proven. These limits cannot all be kept with a valid selection for "
        "every learner: at most 3 different units run; at most 10 delivered guided hours of strategy X: Boiling."
    )
    assert (
        delivery_tables.delivery_words(Delivery(TEA, "infeasible", 2))
        == "No plan keeps these limits; this is proven."
    )
    cut = replace(DELIVERY, reproducible=False)
    again = "The search was cut off: asked again, it may give another answer."
    assert delivery_tables.delivery_words(cut) == f"{delivery_tables.delivery_words(DELIVERY)} {again}"
    cut = Delivery(TEA, "infeasible", 2, reproducible=False)
    assert delivery_tables.delivery_words(cut) == f"No plan keeps these limits; this is proven. {again}"
    assert delivery_tables.delivery_words(Delivery(TEA, "unknown", 2, seconds=59.6)) == (
        "Not decided in 60 seconds: a plan may or may not exist."
    )


def test_what_is_proven_of_delivered_hours() -> None:
    assert delivery_tables.gap_words(replace(DELIVERY, status="optimal")) == (
        "Proven: no plan delivers fewer hours; among equals, none has fewer hours for the learners."
    )
    assert delivery_tables.gap_words(replace(DELIVERY, bound=44)) == "Proven: no plan delivers fewer hours."
    assert delivery_tables.gap_words(replace(DELIVERY, bound=43)) == (
        "Not proven least: no plan delivers fewer than 43 hours, 2.3% below."
    )
    assert delivery_tables.gap_words(Delivery(TEA, "unknown", 2)) == ""


def test_own_best_plans_are_told_beside() -> None:
    assert delivery_tables.own_best_words(DELIVERY) == (
        "If everybody followed their own best plan, which fits the job best: 51 hours, whatever the limits."
    )
    without_jobs = replace(DELIVERY, own_best_delivered_glh=0, misfits=(), allowances=())
    assert delivery_tables.own_best_words(without_jobs) == (
        "If everybody followed their own best plan: 0 hours, whatever the limits."
    )
    assert delivery_tables.own_best_words(replace(DELIVERY, own_best_delivered_glh=None)) == ""
    assert delivery_tables.own_best_words(replace(DELIVERY, status="unknown")) == ""


def test_how_many_seats_do_not_fit_is_told_where_a_job_is_known() -> None:
    forced, spare = DELIVERY.misfits
    words = {
        (forced, spare): "2 seats are in units without evidence from the job, 1 of them cannot be avoided.",
        (spare,): "1 seat is in a unit without evidence from the job.",
        (forced,): "1 seat is in a unit without evidence from the job, which cannot be avoided.",
        (): "Whoever's job is known sits only in units that it gives evidence for, or that everybody needs.",
    }
    for misfits, told in words.items():
        avoidable = misfits.count(spare)
        found = replace(DELIVERY, misfits=misfits, misfits_avoidable=avoidable)
        assert delivery_tables.fit_words(found) == told
    assert delivery_tables.fit_words(replace(DELIVERY, misfits=(), allowances=())) == ""


def test_the_seats_that_do_not_fit_are_named_with_what_it_costs_to_avoid_them() -> None:
    shut_in = replace(DELIVERY.misfits[1], ref="B/3", price=None)
    assert shown(delivery_tables.misfits_table(replace(DELIVERY, misfits=(*DELIVERY.misfits, shut_in)))) == [
        ["Learner", "Ref", "Title", "To avoid it alone", "Evidence would come from"],
        [
            "L1",
            "C/5",
            "Boil water, level 0",
            "cannot be: no plan of this learner's has fewer",
            "no work on file",
        ],
        ["L2", "A/4", "Wash up", "17 more delivered hours", "no work on file"],
        ["L2", "B/3", "Serve coffee", "cannot be", "Pour"],
    ]


def test_what_seats_that_do_not_fit_would_save_is_told_as_far_as_it_is_proven() -> None:
    # 51 hours without any, at least 47; 44 with one, at least 40: 3 to 11 are saved.
    assert shown(delivery_tables.allowances_table(DELIVERY)) == [
        ["Seats allowed", "Delivered hours", "Saved", "How sure"],
        ["0", "51", "0", "not below 47"],
        ["1", "44", "3 to 11", "not below 40"],
        ["8", "44", "3 to 13", "not below 38"],
        ["any number", "none found", "0 to 13", "not below 38"],
    ]
    proven = (Allowance(0, 51, 51), Allowance(1, 44, 44))
    assert shown(delivery_tables.allowances_table(replace(DELIVERY, allowances=proven)))[1:] == [
        ["0", "51", "0", "proven"],
        ["1", "44", "7", "proven"],
    ]
    no_time = (Allowance(0, 51, 51), Allowance(1, 51, 0), Allowance(2, 50, 0))
    assert shown(delivery_tables.allowances_table(replace(DELIVERY, allowances=no_time)))[2:] == [
        ["1", "51", "not known", "no time left"],
        ["2", "50", "at least 1", "no time left"],
    ]
    impossible = (Allowance(0, None, None), Allowance(1, 44, 44))
    assert shown(delivery_tables.allowances_table(replace(DELIVERY, allowances=impossible)))[1:] == [
        ["0", "no plan keeps the limits", "", "proven"],
        ["1", "44", "", "proven"],
    ]


@pytest.mark.parametrize(
    ("value", "bound", "words"),
    [
        (None, 0, "no plan yet; none has fewer than 0 delivered hours"),
        (None, 40, "no plan yet; none has fewer than 40 delivered hours"),
        (50, 0, "50 delivered hours so far"),
        (50, 40, "50 delivered hours, proven least 40, at most 20.0% from it"),
        (50, 49, "50 delivered hours, proven least 49, at most 2.0% from it"),
        (50, 50, "50 delivered hours, proven least 50"),
    ],
)
def test_a_search_tells_value_bound_and_gap(value: int | None, bound: int, words: str) -> None:
    assert delivery_tables.search_words(SearchProgress(value, bound, 1.0)) == words


def test_the_tables_of_a_delivery() -> None:
    assert shown(delivery_tables.running_table(DELIVERY)) == [
        ["Ref", "Title", "Assessment strategy", "Guided hours", "Groups", "Learners", "Delivered hours",
         "Seats free"],
        ["A/1", "Boil water, level 1", "X: Boiling", 7, 2, 3, 14, 1],
        ["A/4", "Wash up", "Unknown", 17, 1, 1, 17, 1],
        ["B/3", "Serve coffee", "Y: Serving", 13, 1, 2, 13, 0],
        ["C/5", "Boil water, level 0", "Z", 0, 1, 1, 0, 1],
    ]  # fmt: skip
    assert shown(delivery_tables.seats_table(DELIVERY)) == [
        ["Ref", "Title", "Group number", "Seat", "Learner"],
        ["A/1", "Boil water, level 1", 1, 1, "L1"],
        ["A/1", "Boil water, level 1", 1, 2, "L3"],
        ["A/1", "Boil water, level 1", 2, 1, "L2"],
        ["A/4", "Wash up", 1, 1, "L2"],
        ["B/3", "Serve coffee", 1, 1, "L1"],
        ["B/3", "Serve coffee", 1, 2, "L3"],
        ["C/5", "Boil water, level 0", 1, 1, "L1"],
    ]
    assert shown(delivery_tables.attendance_table(DELIVERY)) == [
        ["Learner", "Guided hours", "Credits", "Learning hours", "New units", "Refs to achieve"],
        ["L1", 20, 7, 70, 3, "A/1, B/3, C/5"],
        ["L2", 24, 11, 70, 2, "A/1, A/4"],  # B/3 counts for four credits, and is achieved already
        ["L3", 20, 6, 60, 2, "A/1, B/3"],
    ]
    assert shown(delivery_tables.left_out_table(DELIVERY)) == [
        ["Learner", "Why not"],
        ["L4", f"{CLASH_WORDS} {LEFT_OUT_WORDS}"],
    ]
    assert shown(delivery_tables.delivered_by_strategy_table(DELIVERY)) == [
        ["Assessment strategy", "Delivered hours", "At most"],
        ["Unknown", 17, None],
        ["W", 0, 3],
        ["X: Boiling", 14, 14],
        ["Y: Serving", 13, 12],
        ["Z", 0, None],
    ]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (delivery_tables.running_table, 8),
        (delivery_tables.seats_table, 5),
        (delivery_tables.attendance_table, 6),
        (delivery_tables.left_out_table, 2),
        (delivery_tables.delivered_by_strategy_table, 3),
    ],
)
def test_tables_of_nothing_delivered_keep_their_heads(
    table: Callable[[Delivery], pd.DataFrame], columns: int
) -> None:
    assert len(heads(table(Delivery(TEA, "unknown", 2)))) == columns


def test_tables_of_an_empty_cohort_keep_their_heads() -> None:
    nobody = Cohort(TEA, ())
    for table, columns in (
        (cohort_tables.cohort_table(()), 7),
        (cohort_tables.demand_table(nobody), 8),
        (cohort_tables.strategy_table(nobody), 3),
        (cohort_tables.clashes_table(nobody), 3),
        (portfolio_tables.remarks_table(replace(JUDGEMENT, remarks=())), 3),
        (portfolio_tables.surplus_table(replace(JUDGEMENT, now=replace(JUDGEMENT.now, surplus=()))), 4),
    ):
        assert len(heads(table)) == columns


# Two versions


def test_what_a_change_does_to_a_plan_is_said_in_words() -> None:
    def words(state: Any, least: Plan, gone: tuple[str, ...] = ()) -> str:
        return plan_tables.effect_words(Effect(Request("L", ASKED), state, PLAN, least, least, gone))

    assert words("kept", PLAN) == ""
    assert words("kept", OTHER) == ""
    assert words("mended", OTHER) == "Drops B/2. Takes B/3."
    assert words("mended", replace(PLAN, units=("A/1",))) == "Drops A/4, B/2."
    assert words("mended", replace(PLAN, units=("A/1", "A/4", "B/2", "C/5")), ("D/6", "D/7")) == (
        "No longer listed: D/6, D/7. Takes C/5."
    )
    assert words("broken", NO_PLAN) == (
        f"{CLASH_WORDS} {LEFT_OUT_WORDS} No longer ask for Serve coffee (B/3): 31 guided hours."
    )


def test_how_a_file_was_read_names_what_was_called_otherwise_and_what_was_not_read() -> None:
    taken = {"Unit code": "ref", "Learner": "learner", "Shoe size": None, "STATUS": "status"}
    assert tables.how_read_words([SheetRead("Units", "Portfolio", rows=3, columns=taken)]) == [
        "In the file: “Unit code” was read as ref; not read: “Shoe size”."
    ]
    assert tables.how_read_words([SheetRead("", "Portfolio", columns={"Learner": "learner"})]) == []
    sheets = [
        SheetRead("First", "Portfolio", columns={"UAN": "ref", "Candidate": "learner"}),
        SheetRead("Second", "Portfolio", columns={"ref": "ref", "Mood": None, "Mood 2": None}),
        SheetRead("Old", reason="hidden", columns={"UAN": "ref"}),
        SheetRead("", reason="empty"),
    ]
    assert tables.how_read_words(sheets) == [
        "On the sheet First: “UAN” was read as ref; “Candidate” was read as learner.",
        "On the sheet Second: not read: “Mood”, “Mood 2”.",
        "Sheets not read: Old (hidden).",
    ]
