"""Reading the files of schemes of professional development: what is refused, and what ships."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.cpd.contradictions import _points, _prover
from planner.cpd.scheme import (
    Reading,
    default_reading,
    find_activity,
    find_reading,
    load_readings,
    of_scheme,
    slot,
)
from planner.errors import DataError
from tests.cpd_files import ACTIVITIES, activities, reading, rule, write_scheme

TOTAL = rule("total", at_least=4)


def problems(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        load_readings(folder)
    return str(error.value)


def one(folder: Path, *parts: str, listed: str = "", years: int = 2) -> Reading:
    write_scheme(folder, [reading(*parts, years=years)], listed)
    return load_readings(folder)["r"]


def test_a_folder_without_schemes_has_none(tmp_path: Path) -> None:
    assert load_readings(tmp_path) == {}
    with pytest.raises(DataError, match="no CPD scheme"):
        find_reading({}, None)


def test_every_shipped_reading_is_of_one_scheme_and_says_where_it_holds() -> None:
    found = load_readings()
    assert len(found) == 9
    assert of_scheme(found, "ccmg-ccop") == found
    assert default_reading(found).id == "ccmg-ccop-plan"
    for one_reading in found.values():
        assert "South Africa" in one_reading.whereabouts
        assert one_reading.min_points is not None
        assert one_reading.slots.keys() >= {slot("pdp", 3), slot("article", 1)}


@pytest.mark.parametrize("name", load_readings())
def test_no_cycle_has_fewer_points_than_a_shipped_reading_states(name: str) -> None:
    found = load_readings()[name]
    assert _prover(found).least(found.rules, _points(found)) == found.min_points


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("any", 35 * 3),
        ("plan", 10 + 45 + 20 + 30),
        ("list", 10 + 45 + 20 + 30),
        ("list-apart", 10 + 45 + 20 + 25 + 30),
        ("list-education", 10 + 45 + 20 + 30),
        ("sections", 10 + 45 + 10 + 20 + 30),
        ("sections-open", 10 + 45 + 20 + 30),
        ("sections-table", 10 + 45 + 10 + 20 + 30),
        ("every", 10 + 10 + 45 + 10 + 20 + 25 + 30),
    ],
)
def test_the_least_points_of_a_reading_are_its_minima_added_by_hand(name: str, points: int) -> None:
    assert load_readings()[f"ccmg-ccop-{name}"].min_points == points


def test_the_shipped_activities_are_those_of_the_page() -> None:
    found = load_readings()["ccmg-ccop-plan"].activities
    courses = [activity for activity in found.values() if activity.category == "courses"]
    assert len(courses) == 10
    assert {activity.points for activity in courses} == {2}
    worth = {ref: found[ref].points for ref in ("ccmg-event", "national-present-2", "assessor", "pdp")}
    assert worth == {"ccmg-event": 2, "national-present-2": 3, "assessor": 1, "pdp": 10}
    assert found["article"].per_cycle == 15
    assert [ref for ref, activity in found.items() if not activity.plannable] == [
        "industry-award", "company-award", "competition-won", "informal",
    ]  # fmt: skip


def test_limits_of_an_activity_become_rules(tmp_path: Path) -> None:
    listed = activities("a,x,X,1,0,2,3,yes,", "a,y,Y,1,0,3,2,yes,", "a,z,Z,1,0,,,yes,")
    found = one(tmp_path, TOTAL, listed=listed)
    limits = {limit.id: (limit.at_most, limit.text) for limit in found.rules[1:]}
    assert limits == {
        "limit-x": (3, "X: counts at most 3 times in a cycle"),
        "limit-x-year-1": (2, "X: counts at most twice in year 1"),
        "limit-x-year-2": (2, "X: counts at most twice in year 2"),
        "limit-y": (2, "Y: counts at most twice in a cycle"),
    }


def test_a_reading_gives_an_activity_its_own_points(tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading(TOTAL), reading("[points]\nplan = 1\n", TOTAL, ident="q")])
    found = load_readings(tmp_path)
    assert [found[name].activities["plan"].points for name in "rq"] == [3, 1]
    assert [found[name].rules[0].measure(dict.fromkeys(found[name].slots, 1)) for name in "rq"] == [20, 16]
    assert found["r"].digest != found["q"].digest


def test_the_digest_names_the_rules_and_the_activities(tmp_path: Path) -> None:
    def digest(name: str, text: str, listed: str = "") -> str:
        return load_readings(write_scheme(tmp_path / name, [text], listed))["r"].digest

    plain = digest("plain", reading(TOTAL))
    assert plain == digest("same", reading(TOTAL))
    assert plain != digest("rules", reading(TOTAL.replace("4", "5")))
    assert plain != digest(
        "listed", reading(TOTAL), activities(*ACTIVITIES[:3], "self,prize,Win a prize,4,1,,,no,")
    )
    assert re.fullmatch("[0-9a-f]{16}", plain)


def test_activities_are_found_by_ref_and_by_title(tmp_path: Path) -> None:
    found = one(tmp_path, TOTAL)
    for text in ("talk", " TALK ", "Give a talk", "give  a TALK"):
        activity = find_activity(found, text)
        assert activity is not None
        assert activity.ref == "talk"
    assert find_activity(found, "") is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("talk,,Title,1,1,,,yes,", "row 2, ref = '(empty)': must not be empty"),
        (",x,Title,1,1,,,yes,", "category = '(empty)': must not be empty"),
        ("a,x,,1,1,,,yes,", "title = '(empty)'"),
        ("a,x,T,0,1,,,yes,", "points = '0': must be a whole number from 1 to 1000"),
        ("a,x,T,1001,1,,,yes,", "points = '1001'"),
        ("a,x,T,1.5,1,,,yes,", "points = '1.5'"),
        ("a,x,T,²,1,,,yes,", "points = '²'"),
        ("a,x,T,1,,,,yes,", "minutes = '(empty)': must be a whole number from 0 to 100000"),
        ("a,x,T,1,-1,,,yes,", "minutes = '-1'"),
        ("a,x,T,1,1,0,,yes,", "per_year = '0': must be a whole number from 1 to 1000 or empty"),
        ("a,x,T,1,1,,0,yes,", "per_cycle = '0'"),
        ("a,x,T,1,1,,,maybe,", "plannable = 'maybe': must be yes or no"),
        ("a,x y,T,1,1,,,yes,", "ref = 'x y': must be one word"),
        ("a,/-,T,1,1,,,yes,", "ref = '/-': must be one word"),
        ("a,year-1,T,1,1,,,yes,", "ref = 'year-1': is how rules name a year"),
        ("a,x,T,1,1,,,yes", "has 9 cells where the header has 10"),
    ],
)
def test_a_bad_row_of_activities_is_refused_by_row_and_field(tmp_path: Path, row: str, words: str) -> None:
    write_scheme(tmp_path, [reading(TOTAL)], activities(row))
    assert words in problems(tmp_path)


def test_an_activity_listed_twice_is_refused(tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading(TOTAL)], activities(*ACTIVITIES, "a,TA-LK,T,1,1,,,yes,"))
    assert "row 6, ref = 'TA-LK': this activity is listed twice in one scheme" in problems(tmp_path)


@pytest.mark.parametrize("title", ["give  a TALK", "Talk"])
def test_a_title_that_means_another_activity_is_refused(tmp_path: Path, title: str) -> None:
    write_scheme(tmp_path, [reading(TOTAL)], activities(*ACTIVITIES, f"a,other,{title},1,1,,,yes,"))
    assert f"row 6, title = '{title}': another activity of this scheme goes by this" in problems(tmp_path)
    write_scheme(tmp_path, [reading(TOTAL)], activities("a,other,Talk,1,1,,,yes,", *ACTIVITIES))
    assert "row 3, ref = 'talk': another activity of this scheme has this title" in problems(tmp_path)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (['[points]\ntalks = 1\n', TOTAL], "points.talks = 'talks': no activity of this scheme has this ref; did you mean talk?"),
        (["[categories]\ntalc = 'x'\n", TOTAL], "categories.talc = 'talc': no activity is in this category; did you mean talk?"),
        ([TOTAL, "[[claim]]\ntext='t'\nactivity='talks'\ntimes=1\npoints=1\n"], "claim[1].activity = 'talks'"),
        ([TOTAL, "[[claim]]\ntext='t'\nactivity='talk'\ntimes=0\npoints=1\n"], "claim[1].times = '0'"),
        ([TOTAL, TOTAL], "rule.id = 'total': two rules have this id"),
        ([rule("limit-read", at_least=1)], "rule.id = 'limit-read': two rules have this id"),
        ([rule("x", where={"group": "talks"}, at_least=1)], "no activity has this group; did you mean talk?"),
        ([rule("x", where={"tag": "year-9"}, at_least=1)], "no activity has this tag"),
        ([rule("x", where={"group": "self", "tag": "talk"}, at_least=1)], "picks no activity"),
        ([rule("x", count="credits", at_least=1)], "must be one of points, times"),
        ([rule("x", at_least=2, at_most=1)], "is more than at_most (1)"),
        ([rule("x")], "needs at_least, at_most"),
        ([rule("x", where={"tag": "talk"}, all=True)], "rule[1].all = 'True': has no meaning where an activity may count several times"),
        ([rule("x", where={"held": True}, at_least=1)], "rule[1].where.held: activities are picked by group"),
        ([rule("x", where={"level": 0}, at_least=1)], "rule[1].where.level: activities are picked by group"),
        ([rule("x", where={"not_ref": "talk"}, at_least=1)], "rule[1].where.not_ref: activities are picked by group"),
        (['[[rule]]\nid="x"\ntext="t"\nunit="talk"\nrequires="read"\n'], "rule[1].unit = 'talk': has no meaning"),
        (['[[rule]]\nid="x"\ntext="t"\nany=[{id="y",text="t",count="points",all=true}]\n'], "rule[1].any[1].all"),
        ([TOTAL, "[published]\nmin_point = 3\n"], "this key is unknown; did you mean min_points?"),
        (["surprise = 1\n", TOTAL], "surprise: this key is unknown"),
        (["default = false\n", TOTAL], "default = 'False'"),
        ([], "rule: this key is required"),
    ],
)  # fmt: skip
def test_a_reading_that_makes_no_sense_is_refused(tmp_path: Path, parts: list[str], words: str) -> None:
    write_scheme(tmp_path, [reading(*parts)])
    assert words in problems(tmp_path)


def test_a_key_that_does_not_fit_is_told_once_and_not_in_words_of_units(tmp_path: Path) -> None:
    for wrong in (
        rule("x", where={"ref": "talk"}, at_least=1),
        '[[rule]]\nid="x"\ntext="t"\nunit="talk"\nrequires="talk"\n',
    ):
        write_scheme(tmp_path, [reading(TOTAL, wrong, rule("other"))])
        told = problems(tmp_path)
        assert "rule[3] = 'other': needs at_least" in told
        assert "qualification" not in told
        assert "no activity" not in told


def test_every_problem_of_a_folder_is_listed_at_once(tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading("[points]\ntalks = 1\n", rule("x"))])
    assert len(problems(tmp_path).splitlines()) == 2


def test_two_files_of_one_id_are_refused(tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading(TOTAL, ident="a-b"), reading(TOTAL, ident="AB")])
    assert "r2.toml, id = 'AB': another file has this id" in problems(tmp_path)


def test_two_default_readings_of_one_scheme_are_refused(tmp_path: Path) -> None:
    write_scheme(
        tmp_path, [reading("default = true\n", TOTAL), reading("default = true\n", TOTAL, ident="q")]
    )
    assert "default = 'q': r is the default reading of this scheme already" in problems(tmp_path)


def test_a_reading_of_a_scheme_without_activities_is_refused(tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading(TOTAL, scheme="other")])
    assert "scheme = 'other': no row of activities.csv belongs to this scheme" in problems(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda cpd: (cpd / "r1.toml").write_text("id = [" * 5000), "r1.toml: "),
        (lambda cpd: (cpd / "r1.toml").write_bytes(b"\xff\xfe\x00"), "r1.toml: is not UTF-8 text"),
        (lambda cpd: (cpd / "r1.toml").write_text(f"years = {'9' * 5000}"), "r1.toml: is not TOML"),
        (lambda cpd: (cpd / "r1.toml").unlink(), "holds no reading of a scheme"),
        (lambda cpd: (cpd / "activities.csv").unlink(), "activities.csv: there is no such file"),
        (lambda cpd: (cpd / "activities.csv").write_text(""), "activities.csv: is empty"),
        (lambda cpd: (cpd / "activities.csv").write_text(activities().splitlines()[0]), "lists no activity"),
        (lambda cpd: (cpd / "activities.csv").write_bytes(b"\x00\xff"), "activities.csv: holds NUL bytes"),
    ],
)
def test_hostile_files_are_refused_in_words(
    tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    write_scheme(tmp_path, [reading(TOTAL)])
    spoil(tmp_path / "cpd")
    assert words in problems(tmp_path)


def test_a_reading_is_found_as_people_type_it() -> None:
    found = load_readings()
    assert find_reading(found, " CCMG-CCOP-LIST ").id == "ccmg-ccop-list"
    assert find_reading(found, None).default
    with pytest.raises(DataError, match="did you mean ccmg-ccop-list"):
        find_reading(found, "ccmg-ccop-lists")
    with pytest.raises(DataError, match=r"\(empty\)"):
        find_reading(found, " ")
