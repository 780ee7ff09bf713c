"""The job profile: what is on file, and every way a file of one can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from planner import Qualification, load_all, plan
from planner.errors import DataError
from planner.recognition.job_profile import JobProfile, load_profile, work_groups
from planner.report.career_tables import profile_table
from tests.conftest import write_data

TASKS = "qualification,task,title,ref,reason\nQ1,calls,Take calls,M1,It is the unit\n"

GOOD = """
title = "Lighthouse keeper"
summary = "Keeps a light."
attribution = "Invented for the tests"
source = "the tests"
verified = 2026-11-22
salary_starter_gbp = 10000
salary_experienced_gbp = 20000
hours_least = 30
hours_most = 40
[[day]]
text = "Answer the telephone"
tasks = ["calls"]
[[day]]
text = "Look at the sea"
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], JobProfile | None]:
    """Loads a profile from a data folder that holds the small qualification."""

    def load(text: str, tasks: str = TASKS) -> JobProfile | None:
        folder = write_data(tmp_path / "data")
        (folder / "tasks.csv").write_text(tasks, encoding="utf-8")
        (folder / "job-profile.toml").write_text(text, encoding="utf-8")
        return load_profile(folder)

    return load


def test_the_profile_on_file_is_that_of_the_source() -> None:
    found = load_profile()
    assert found is not None
    assert (found.title, found.region) == ("Call centre operator", "England")
    assert (found.salary_starter_gbp, found.salary_experienced_gbp) == (15_000, 28_000)
    assert (found.hours_least, found.hours_most) == (38, 40)
    assert (len(found.skills), len(found.day), found.verified) == (9, 7, date(2026, 11, 22))
    assert "National Careers Service" in found.attribution
    assert "Open Government Licence v3.0" in found.attribution


def test_every_task_of_the_day_is_one_that_a_plan_takes() -> None:
    found = load_profile()
    assert found is not None
    assert all(item.tasks for item in found.day)
    named = {task for item in found.day for task in item.tasks}
    assert named <= set(load_all()["600/5106/1"].tasks)
    assert len(named) == 11


def test_a_folder_without_a_profile_has_none(tmp_path: Path) -> None:
    assert load_profile(tmp_path) is None
    assert load_profile(write_data(tmp_path / "data")) is None


def test_a_profile_of_another_job_needs_no_line_of_code(loaded: Callable[[str], JobProfile | None]) -> None:
    found = loaded(GOOD)
    assert found is not None
    assert found.pay_words == "£10,000 (starter) to £20,000 (experienced) a year"
    assert found.hours_words == "30 to 40 hours a week"
    assert [item.tasks for item in found.day] == [["calls"], []]
    assert (found.region, found.environment) == ("", "")
    assert found.other_names == found.patterns == found.career_tips == found.bodies == found.skills == []
    same = loaded(GOOD.replace("hours_least = 30", "hours_least = 40"))
    assert same is not None
    assert same.hours_words == "40 hours a week"


BROKEN = {
    "an unknown key": (("hours_least = 30", "hours_least = 30\nhour_most = 2"), "hour_most", "this key is unknown; did you mean hours_most?"),
    "a missing key": (('summary = "Keeps a light."\n', ""), "summary", "this key is required"),
    "no attribution": (('"Invented for the tests"', '""'), "attribution", "must not be empty"),
    "pay that is a text": (("= 10000", '= "10000"'), "salary_starter_gbp", "must be a whole number, without quotes"),
    "pay below nothing": (("= 10000", "= -1"), "salary_starter_gbp", "must be 0 or more"),
    "starters who earn more": (("= 10000", "= 20001"), "salary_starter_gbp", "is more than salary_experienced_gbp (20000)"),
    "a longer least week": (("hours_least = 30", "hours_least = 41"), "hours_least", "is more than hours_most (40)"),
    "a week of more than 168 hours": (("hours_most = 40", "hours_most = 169"), "hours_most", "must be 168 or less"),
    "an unknown task": (('["calls"]', '["call"]'), "day[1].tasks", "no qualification has a task with this id; did you mean calls?"),
    "a day without a text": (('text = "Look at the sea"\n', ""), "day[2].text", "this key is required"),
    "a line break": (('"Look at the sea"', '"Look\\nat"'), "day[2].text", "holds a line break or a control character"),
    "no day": (('[[day]]\ntext = "Answer the telephone"\ntasks = ["calls"]\n[[day]]\ntext = "Look at the sea"\n', "day = []\n"), "day", "must not be empty"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_each_mistake_in_a_file_is_told_by_its_place(
    loaded: Callable[[str], JobProfile | None], kind: str
) -> None:
    (old, new), field, message = BROKEN[kind]
    assert GOOD.count(old) == 1
    with pytest.raises(DataError) as refused:
        loaded(GOOD.replace(old, new))
    told = [(problem.field, problem.message) for problem in refused.value.problems]
    assert told == [(field, message)]
    assert all(problem.source.endswith("job-profile.toml") for problem in refused.value.problems)


def test_every_problem_of_a_file_is_told_at_once(loaded: Callable[[str], JobProfile | None]) -> None:
    text = GOOD.replace("= 10000", "= 20001").replace("= 30", "= 41").replace('["calls"]', '["a", "b"]')
    with pytest.raises(DataError) as refused:
        loaded(text)
    assert len(refused.value.problems) == 4


def test_a_file_that_is_not_toml_is_refused(loaded: Callable[[str], JobProfile | None]) -> None:
    with pytest.raises(DataError, match="is not TOML"):
        loaded("title = ")


def test_the_table_ends_with_source_and_attribution(loaded: Callable[[str], JobProfile | None]) -> None:
    found = loaded(GOOD)
    assert found is not None
    rows = profile_table(found).to_numpy().tolist()
    assert rows[0] == ["In short", "Keeps a light."]
    assert ["Day to day", "Look at the sea"] in rows
    assert rows[-2:] == [
        ["Source", "the tests; compared on 22 November 2026"],
        ["Attribution", "Invented for the tests"],
    ]


def test_the_json_of_a_profile_says_all_of_it() -> None:
    found = load_profile()
    assert found is not None
    told = found.to_json()
    assert told["salary_gbp"] == {"starter": 15_000, "experienced": 28_000}
    assert told["hours_a_week"] == {"least": 38, "most": 40}
    assert told["day"][0]["tasks"] == ["inbound-calls", "email-chat", "enquiries"]
    assert told["attribution"] == found.attribution


GROUPED = (
    GOOD
    + """
[[group]]
title = "Customers"
none = "I see nobody"
[group.tasks]
calls = "phone calls"
"""
)

SHOWN = """qualification,task,title,ref,reason
Q1,calls,Take calls,M1,x
Q1,calls,Take calls,O1,x
Q1,calls,Take calls,O2,x
Q1,lamp,Light the lamp,O2,x
Q1,lamp,Light the lamp,O3,x
"""


def test_tasks_are_asked_for_in_groups_and_a_no_leaves_out_what_mostly_they_show(
    loaded: Callable[[str, str], JobProfile | None], tmp_path: Path
) -> None:
    profile = loaded(GROUPED, SHOWN)
    customers, others = work_groups(profile, load_all(tmp_path / "data")["Q1"])
    assert (customers.title, customers.none, dict(customers.tasks)) == (
        "Customers",
        "I see nobody",
        {"calls": "phone calls"},
    )
    assert customers.units == {"O1"}  # M1 nobody can do without, O2 the lamp shows as well
    assert (others.title, others.none, dict(others.tasks)) == ("Other work", "", {"lamp": "Light the lamp"})


def test_without_a_profile_all_tasks_are_one_group(real: Qualification) -> None:
    (only,) = work_groups(None, real)
    assert list(only.tasks) == list(real.tasks)


def test_the_five_groups_on_file_hold_each_task_once_and_selling_leaves_out_sales(
    real: Qualification,
) -> None:
    groups = work_groups(load_profile(), real)
    assert len(groups) == 5
    assert sorted(name for group in groups for name in group.tasks) == sorted(real.tasks)
    (selling,) = (group for group in groups if group.none == "I don't sell")
    assert {real.short_name(ref) for ref in selling.units} == {
        "direct sales", "sales data", "promoting extras", "planning sales time", "sales calls", "closing sales",
    }  # fmt: skip
    for group in groups:
        assert plan(real, exclude=group.units).status == "optimal", group.title


def test_a_task_in_two_groups_is_refused(loaded: Callable[[str], JobProfile | None]) -> None:
    with pytest.raises(DataError) as refused:
        loaded(GROUPED + '[[group]]\ntitle = "More"\n[group.tasks]\ncalls = "calls"\nsea = "the sea"\n')
    assert [(p.field, p.value) for p in refused.value.problems] == [
        ("group[2].tasks", "sea"),
        ("group.tasks", "calls"),
    ]
