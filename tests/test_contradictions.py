"""Contradictions between readings: each kind of remark has a file that makes it, and the shipped ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from planner.catalogue.remarks import Remark
from planner.cpd import contradictions as module
from planner.cpd.contradictions import check_schemes, contradictions
from planner.cpd.cycle_question import CycleQuestion
from planner.cpd.scheme import load_readings
from planner.rules.model import Model, Outcome
from tests.cpd_files import activities, reading, rule, write_scheme
from tests.cpd_oracle import Ask, Brute

TODAY = date(2026, 11, 22)
TOTAL = rule("total", at_least=6)


def remarks(folder: Path, *texts: str, listed: str = "", today: date = TODAY) -> dict[str, Remark]:
    write_scheme(folder, texts, listed)
    found = contradictions(load_readings(folder).values(), today)
    assert len({remark.id for remark in found}) == len(found)
    return {remark.id: remark for remark in found}


def claim(times: int, points: int, activity: str = "talk") -> str:
    return (
        f"[[claim]]\ntext = '{times} make {points}'\nactivity = '{activity}'\n"
        f"times = {times}\npoints = {points}\n"
    )


def test_a_sound_reading_has_no_error_and_no_notice(tmp_path: Path) -> None:
    found = remarks(tmp_path, reading(TOTAL))
    assert {remark.severity for remark in found.values()} == {"fine"}


def test_rules_of_one_id_that_differ_are_told_in_figures(tmp_path: Path) -> None:
    texts = (
        reading(rule("x", where={"group": "talk"}, at_least=4)),
        reading(rule("x", where={"group": ["talk", "self"]}, at_least=4), ident="q"),
        reading(rule("x", where={"group": "talk"}, at_least=4, at_most=6), ident="p"),
        reading(rule("x", where={"tag": "plan"}, count="times", at_least=1), ident="o"),
        reading(TOTAL, ident="n"),
    )
    found = remarks(tmp_path, *texts)["rule-x"]
    assert found.severity == "notice"
    assert found.text == (
        "The readings differ in “x”: at least 4 points of talk in r; at least 4 points of all activities in q; "
        "4 to 6 points of talk in p; at least 1 time of plan in o; not asked in n."
    )


def test_rules_that_say_the_same_in_other_words_do_not_differ(tmp_path: Path) -> None:
    one = rule("x", text="one way", where={"group": "talk"}, at_least=4)
    other = rule("x", text="the other", where={"tag": ["talk", "read"]}, at_least=4)
    found = remarks(tmp_path, reading(one), reading(other, ident="q"))
    assert "rule-x" not in found


def test_choices_are_compared_too(tmp_path: Path) -> None:
    part = 'any = [{ id = "y", text = "t", count = "points", where = { group = "talk" }, at_least = %d }]\n'
    texts = [f'[[rule]]\nid = "x"\ntext = "either"\n{part % n}' for n in (2, 3)]
    found = remarks(tmp_path, reading(texts[0]), reading(texts[1], ident="q"))
    assert "at least 1 of these: at least 2 points of talk in r" in found["rule-x"].text


def test_activities_worth_different_points_are_told(tmp_path: Path) -> None:
    found = remarks(tmp_path, reading(TOTAL), reading("[points]\nplan = 1\n", TOTAL, ident="q"))
    assert found["points-plan"] == Remark(
        "notice", "points-plan", "“Write a plan” is worth 3 points in r; 1 point in q."
    )


def test_many_readings_are_named_by_those_left_out(tmp_path: Path) -> None:
    odd = reading("[points]\nplan = 1\n", TOTAL, ident="q")
    same = [reading(TOTAL, ident=ident) for ident in ("m", "n", "o")]
    words = "“Write a plan” is worth 3 points in {}; 1 point in q."
    assert remarks(tmp_path / "two", *same[:2], odd)["points-plan"].text == words.format("m, n")
    assert remarks(tmp_path / "three", *same, odd)["points-plan"].text == words.format("every reading but q")


def test_a_cycle_of_different_length_is_told(tmp_path: Path) -> None:
    found = remarks(tmp_path, reading(TOTAL), reading(TOTAL, ident="q", years=3))
    assert found["years"].text == "The cycle has 2 years in r; 3 years in q."


@pytest.mark.parametrize(
    ("times", "points", "severity", "words"),
    [
        (5, 10, "fine", "5 times 2 is 10, exactly."),
        (23, 45, "notice", "23 times 2 is 46, 1 more than 45; fewer times are too few."),
        (22, 45, "error", "22 times 2 is 44, 1 fewer than 45."),
        (24, 45, "error", "24 times 2 is 48; 23 times are enough for 45."),
        (6, 10, "error", "6 times 2 is 12; 5 times are enough for 10."),
    ],
)
def test_a_claim_is_multiplied_out(
    tmp_path: Path, times: int, points: int, severity: str, words: str
) -> None:
    found = remarks(tmp_path, reading(TOTAL, claim(times, points)))["claim-talk"]
    assert (found.severity, found.text) == (severity, f"“{times} make {points}” (r): {words}")


def test_a_claim_that_readings_answer_differently_is_told_for_each(tmp_path: Path) -> None:
    texts = (
        reading(TOTAL, claim(3, 6)),
        reading(TOTAL, claim(3, 6), ident="q"),
        reading("[points]\ntalk = 1\n", TOTAL, claim(3, 6), ident="p"),
    )
    found = remarks(tmp_path, *texts)
    assert (found["claim-talk"].severity, found["claim-talk-2"].severity) == ("fine", "error")
    assert found["claim-talk-2"].text == "“3 make 6” (p): 3 times 1 is 3, 3 fewer than 6."


def test_stated_least_points_are_solved_anew(tmp_path: Path) -> None:
    """7 points of talks at 2 points each are 8, as the oracle says too."""
    exact = rule("talks", where={"tag": "talk"}, at_least=7)
    texts = [reading(f"[published]\nmin_points = {n}\n", exact, ident=f"r{n}") for n in (7, 8)]
    found = remarks(tmp_path, *texts)
    assert found["published-r8"].severity == "fine"
    assert found["published-r7"].severity == "error"
    assert "the least of any cycle that meets it is 8 points" in found["published-r7"].text
    small = activities("a,talk,T,2,1,,,yes,", "a,read,R,1,1,,3,yes,")
    write_scheme(tmp_path, {"r1": texts[0]}, small)
    assert Brute(tmp_path / "cpd", "r1", Ask(), 7).least_points() == 8


def test_minima_above_the_total_are_told(tmp_path: Path) -> None:
    parts = [rule(n, where={"group": n}, at_least=4) for n in ("talk", "self")]
    found = remarks(tmp_path, reading(rule("total", at_least=7), *parts))["minima-r"]
    assert found.severity == "notice"
    assert found.text == "r: the minima of the categories come to 8 points, 1 more than the 7 asked in all."


def test_minima_below_the_total_leave_points_free(tmp_path: Path) -> None:
    parts = [rule(n, where={"group": n}, at_least=4) for n in ("talk", "self")]
    found = remarks(tmp_path, reading(rule("total", at_least=10), *parts))["minima-r"]
    assert found.severity == "fine"
    assert found.text.endswith("8 points of the 10 asked in all; 2 are free.")


def test_minima_that_overlap_are_not_added_up(tmp_path: Path) -> None:
    listed = activities("a,x,X,1,1,,,yes,", "b,y,Y,1,1,,,yes,", "c,z,Z,1,1,,,yes,")
    parts = [rule("a", where={"group": "a"}, at_least=4), rule("ab", where={"group": ["a", "b"]}, at_least=5)]
    found = remarks(tmp_path, reading(rule("total", at_least=5), *parts), listed=listed)["minima-r"]
    assert found.severity == "fine"
    assert "come to 5 points (9 added up, but one activity serves several)" in found.text


def test_a_rule_that_never_binds_is_told_with_its_readings(tmp_path: Path) -> None:
    years = [rule(f"year-{n}", where={"tag": f"year-{n}"}, at_least=3) for n in (1, 2)]
    found = remarks(tmp_path, reading(TOTAL, *years), reading(rule("total", at_least=7), *years, ident="q"))
    assert found["idle-total"].severity == "notice"
    assert found["idle-total"].text == ("“rule total” never binds (r): given year-1 and year-2.")
    assert not [name for name in found if name.startswith("idle-") and name != "idle-total"]


def test_what_a_rule_counts_that_is_no_category_is_named_ref_by_ref(tmp_path: Path) -> None:
    one, two = (
        rule("both", where={"tag": ["talk", "plan"]}, count="times", at_least=times) for times in (1, 2)
    )
    found = remarks(tmp_path, reading(TOTAL, one), reading(TOTAL, two, ident="q"))
    assert "at least 1 time of talk, plan in r" in found["rule-both"].text


def test_an_upper_limit_that_never_binds_is_found(tmp_path: Path) -> None:
    plans = rule("plans", where={"tag": "plan"}, count="times", at_most=2)  # once a year in two years anyway
    assert "idle-plans" in remarks(tmp_path, reading(TOTAL, plans))
    fewer = rule("plans", where={"tag": "plan"}, count="times", at_most=1)
    assert "idle-plans" not in remarks(tmp_path, reading(TOTAL, fewer))


def test_a_reading_that_nobody_can_meet_is_an_error_with_the_rules_that_clash(tmp_path: Path) -> None:
    plans = rule("plans", text="three plans", where={"tag": "plan"}, count="times", at_least=3)
    found = remarks(tmp_path, reading(TOTAL, plans), reading(TOTAL, ident="q"))
    assert found["impossible-r"].severity == "error"
    assert found["impossible-r"].text == (
        "r: no choice of activities meets these rules: “three plans”; "
        "“Write a plan: counts at most once in year 1”; “Write a plan: counts at most once in year 2”."
    )
    assert "published-r" not in found
    assert "safe-q" not in found  # nothing is left to compare with


def test_a_reading_that_needs_a_prize_is_told(tmp_path: Path) -> None:
    prize = rule("prize", where={"tag": "prize"}, count="times", at_least=1)
    found = remarks(tmp_path, reading(TOTAL, prize))
    assert found["unplannable-r"].severity == "notice"
    assert "can only be met with what cannot be planned" in found["unplannable-r"].text
    assert "impossible-r" not in found


def test_a_reading_safe_under_all_is_proven_so(tmp_path: Path) -> None:
    texts = (
        reading(rule("total", at_least=6)),
        reading(rule("total", at_least=7), ident="q"),
        reading(rule("plans", where={"tag": "plan"}, at_least=3), rule("total", at_least=7), ident="p"),
    )
    found = remarks(tmp_path, *texts)
    assert [name for name in found if name.startswith("safe-")] == ["safe-p"]


def test_points_that_are_lower_elsewhere_make_a_reading_unsafe(tmp_path: Path) -> None:
    low = reading("[points]\nplan = 1\n", TOTAL, ident="q")
    found = remarks(tmp_path, reading(TOTAL), low)
    assert [name for name in found if name.startswith("safe-")] == ["safe-q"]


@pytest.mark.parametrize(("day", "severity"), [("2025-11-22", "fine"), ("2025-11-21", "notice")])
def test_a_comparison_with_the_source_of_over_a_year_ago_is_told(
    tmp_path: Path, day: str, severity: str
) -> None:
    found = remarks(tmp_path, reading(TOTAL, verified=day))
    assert found["verified"].severity == severity
    assert ("over a year ago" in found["verified"].text) is (severity == "notice")


def test_each_day_of_comparison_is_told_once(tmp_path: Path) -> None:
    found = remarks(tmp_path, reading(TOTAL), reading(TOTAL, ident="q", verified="2024-01-01"))
    assert found["verified-2026-11-22"].text == "r: last compared with the source on 22 November 2026."
    assert found["verified-2024-01-01"].severity == "notice"


def test_what_is_not_decided_in_time_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "solve", lambda *_, **limits: Outcome("unknown"))
    found = remarks(
        tmp_path,
        reading("[published]\nmin_points = 6\n", TOTAL),
        reading(rule("total", at_least=7), ident="q"),
    )
    undecided = [name for name in found if name.startswith("undecided-")]
    assert {name.split("-")[1] for name in undecided} == {"impossible", "published", "idle", "safe"}
    assert {found[name].severity for name in undecided} == {"undecided"}
    assert f"not decided in {module.SECONDS:g} s" in found[undecided[0]].text


def test_a_plan_that_is_not_found_in_time_is_no_sign_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CycleQuestion, "_solved", lambda *_, **__: Outcome("unknown"))
    found = remarks(tmp_path, reading(TOTAL))
    assert [name for name in found if name.startswith("undecided-")] == ["undecided-impossible-r"]


def test_readings_of_several_schemes_are_checked_apart(tmp_path: Path) -> None:
    listed = activities() + activities(scheme="t").split("\n", 1)[1]
    write_scheme(tmp_path, [reading(TOTAL), reading(TOTAL, ident="q", scheme="t")], listed)
    readings = load_readings(tmp_path).values()
    with pytest.raises(ValueError, match="several schemes"):
        contradictions(readings)
    reports = check_schemes(readings, TODAY)
    assert [(report.scheme, report.ok, len(report.readings)) for report in reports] == [
        ("s", True, 1),
        ("t", True, 1),
    ]


def test_no_reading_makes_no_remark() -> None:
    assert contradictions([]) == ()
    assert check_schemes([]) == ()


def test_the_contradictions_of_the_shipped_scheme() -> None:
    """Each checked by hand against the page."""
    (report,) = check_schemes(load_readings().values(), TODAY)
    found = {remark.id: remark for remark in report.remarks}
    assert report.ok
    assert {name for name, remark in found.items() if remark.severity == "notice"} == {
        "rule-courses", "rule-professional", "rule-in-house", "rule-personal", "rule-pdp", "rule-reading",
        "rule-publishing", "rule-education", "rule-informal", "points-other-event", "points-blog", "points-pdp",
        "claim-ccmg-event", "minima-ccmg-ccop-every", "minima-ccmg-ccop-list-apart",
        "minima-ccmg-ccop-sections", "minima-ccmg-ccop-sections-table", "idle-total", "idle-publishing",
    }  # fmt: skip
    assert found["claim-course-anger"].severity == "fine"
    assert "23 times 2 is 46, 1 more than 45" in found["claim-ccmg-event"].text
    assert "come to 130 points, 25 more than the 105" in found["minima-ccmg-ccop-list-apart"].text
    assert (
        "10 points in every reading but ccmg-ccop-every, ccmg-ccop-sections-table" in found["points-pdp"].text
    )
    assert [name for name in found if name.startswith("safe-")] == ["safe-ccmg-ccop-every"]
    assert "(every reading)" in found["idle-total"].text
    assert "at most 0 points of Informal activities in ccmg-ccop-any, ccmg-ccop-every" in (
        found["rule-informal"].text
    )


def test_one_activity_alone_may_meet_a_reading(tmp_path: Path) -> None:
    found = remarks(tmp_path, reading(TOTAL, years=1), listed=activities("a,x,X,1,1,,,yes,"))
    assert {remark.severity for remark in found.values()} == {"fine"}
