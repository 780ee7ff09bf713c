"""The tables of a cycle of professional development, by literal values worked out from `tests.by_hand`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.intent import Intent
from planner.planning.result import GoalValue
from planner.report import cpd_tables
from tests.by_hand import ALL_POINTS, CYCLE_PLAN, DONE_PLAN, LOG, READING, TALKS_2
from tests.test_tables import heads, shown

NO_PLAN = CyclePlan(READING, Intent(), "unknown")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 h"), (1, "1 min"), (59, "59 min"), (60, "1 h"), (61, "1 h 1 min"), (135, "2 h 15 min"), (9600, "160 h")],
)  # fmt: skip
def test_hours_are_said_in_hours_and_minutes(minutes: int, words: str) -> None:
    assert cpd_tables.time_words(minutes) == words


def test_the_answer_to_a_member_in_a_sentence_or_two() -> None:
    impossible = "The rules cannot all be met; this is proven."
    assert cpd_tables.cycle_words(CYCLE_PLAN) == (
        f"{impossible} 1 of them cannot be met, the plan below meets all others."
    )
    assert cpd_tables.cycle_words(replace(CYCLE_PLAN, findings=())) == impossible
    best = replace(CYCLE_PLAN, status="optimal", lost=())
    assert cpd_tables.cycle_words(best) == (
        "2 h 15 min still to do; 19 points will count; not proven to be the best."
    )
    assert cpd_tables.cycle_words(replace(best, goals=(GoalValue("hours", 135, 135, True),))) == (
        "2 h 15 min still to do; 19 points will count; no plan is better, this is proven."
    )
    assert cpd_tables.cycle_words(DONE_PLAN) == "The rules are met: 19 points count, nothing is left to do."
    one = replace(DONE_PLAN, counted={})
    assert cpd_tables.cycle_words(one) == "The rules are met: 0 points count, nothing is left to do."
    assert cpd_tables.cycle_words(NO_PLAN) == "Not decided in the time given."


def test_a_year_is_one_of_the_cycle_or_the_cycle_is_over() -> None:
    assert [cpd_tables.year_words(READING, year) for year in (1, 2, 3)] == [
        "year 1 of 2", "year 2 of 2", "the cycle is over",
    ]  # fmt: skip


def test_the_body_decides_what_counts() -> None:
    assert cpd_tables.caveat_words(READING) == (
        "This is arithmetic, no certificate: only the Body of Tea decides which activities count."
    )


def test_what_is_still_to_do_year_by_year() -> None:
    columns = ["Year", "When", "Ref", "Activity", "Category", "Times", "Points", "Hours", "Minutes"]
    assert shown(cpd_tables.steps_table(CYCLE_PLAN)) == [
        columns,
        [2, "now", "speech", "Give a speech", "Talks", 1, 3, "1 h 30 min", 90],
        [2, "now", "essay", "Write an essay", "Alone", 1, 5, "45 min", 45],
    ]
    earlier = replace(CYCLE_PLAN, intent=replace(CYCLE_PLAN.intent, year=1))
    assert [row[1] for row in shown(cpd_tables.steps_table(earlier))[1:]] == ["later", "later"]
    twice = replace(CYCLE_PLAN, new={"essay in year 2": 3})
    assert shown(cpd_tables.steps_table(twice))[1] == [
        2, "now", "essay", "Write an essay", "Alone", 3, 15, "2 h 15 min", 135,
    ]  # fmt: skip
    assert heads(cpd_tables.steps_table(NO_PLAN)) == columns


def test_what_each_reading_would_cost() -> None:
    both = replace(CYCLE_PLAN, lost=(ALL_POINTS, TALKS_2))
    frame = cpd_tables.readings_table([both, DONE_PLAN, NO_PLAN])
    assert shown(frame) == [
        ["Reading", "Title", "Status", "Points", "Hours", "Minutes", "Cannot be met"],
        ["plain", "The plain reading", "infeasible", 19, "2 h 15 min", 135,
         "20 points in all; no more than 9 points of talks in year 2"],
        ["plain", "The plain reading", "optimal", 19, "0 h", 0, ""],
        ["plain", "The plain reading", "unknown", None, "", None, ""],
    ]  # fmt: skip
    assert str(frame["Points"].dtype) == str(frame["Minutes"].dtype) == "Int64"


def test_a_log_as_a_table() -> None:
    assert shown(cpd_tables.log_table(LOG)) == [
        ["Activity", "Title", "Date", "Year", "Times", "Points", "Minutes", "Note"],
        ["speech", "Give a speech", "2025-05-01", 1, 2, 6, 200, "in the hall"],
        ["speech", "Give a speech", "", 1, 1, 3, None, ""],
        ["essay", "Write an essay", "2025-06-01", 1, 1, 5, None, ""],
    ]


def test_what_was_done_and_does_not_count_is_said_once_an_activity() -> None:
    assert cpd_tables.surplus_words(CYCLE_PLAN) == ["Give a speech: 1 of those done does not count"]
    more = replace(
        CYCLE_PLAN,
        intent=replace(
            CYCLE_PLAN.intent, done={"speech in year 1": 4, "speech in year 2": 1, "prize in year 1": 1}
        ),
    )
    assert cpd_tables.surplus_words(replace(more, counted={"speech in year 1": 2}, new={})) == [
        "Give a speech: 3 of those done do not count",
        "Win a prize: 1 of those done does not count",
    ]
    assert cpd_tables.surplus_words(NO_PLAN) == []
