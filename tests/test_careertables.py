"""The tables of recognition and of the job profile, by literal values worked out from `tests.by_hand`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from planner.recognition.job_profile import DayTask, JobProfile
from planner.recognition.renewals import Appointment
from planner.recognition.schemes import Career, LackingFact, Reach
from planner.report import career_tables
from tests.by_hand import CAREER, EXAMS, SCHEME, SERVICE, SIGNED, TODAY
from tests.test_tables import heads, shown

BRONZE, SILVER, GOLD, PLAIN, STILL = CAREER.reaches


def test_a_scheme_says_whose_it_is_and_where_it_was_read() -> None:
    assert career_tables.heading_words(SCHEME) == "Order of the Cup. Body of Tea, Nowhere."
    assert career_tables.source_words(SCHEME) == "Source: the book of cups; compared on 21 November 2026."


def test_how_far_an_award_is_in_a_few_words() -> None:
    assert [career_tables.state_words(reach) for reach in CAREER.reaches] == [
        "held",
        "1 thing missing",
        "not possible now: a limit is passed",
        "open to everybody: the source sets no requirement",
        "open: something is not said yet",
    ]
    two = replace(SILVER, lacking=(LackingFact(SIGNED, 0, 1), LackingFact(SERVICE, 22, 24)))
    assert career_tables.state_words(two) == "2 things missing"
    assert career_tables.state_words(replace(STILL, unsaid=())) == "requirements met"


def test_what_is_missing_is_named_as_file_and_command_line_name_it() -> None:
    assert career_tables.missing_words(SILVER) == ("2 more months: Months of service (22 of 24)",)
    assert career_tables.missing_words(SILVER, "cup") == (
        "2 more months: Months of service (22 of 24) [cup.service]",
    )
    broken = (
        "Two years of service (22 of 24 months)",
        "Three exams (2 of 3 GCSEs)",
        "No more than 6 months of rest (7 of at most 6 months)",
    )
    assert career_tables.missing_words(GOLD) == (*broken, "Say: Your age")
    assert career_tables.missing_words(GOLD, "cup") == (*broken, "Say: Your age [cup.age]")
    assert career_tables.missing_words(BRONZE) == career_tables.missing_words(PLAIN) == ()
    assert career_tables.missing_words(STILL) == ("Say: Months of rest",)


def test_by_when_it_has_grown() -> None:
    assert career_tables.earliest_words(SILVER, TODAY) == "In January 2027 at the latest if it goes on as now"
    more = replace(SILVER, lacking=(LackingFact(SERVICE, 22, 24), LackingFact(EXAMS, 2, 3)))
    assert career_tables.earliest_words(more, TODAY) == (
        "In January 2027 at the latest if it goes on as now, if all else is there by then"
    )
    assert career_tables.earliest_words(GOLD, TODAY) == career_tables.earliest_words(BRONZE, TODAY) == ""


def test_where_somebody_stands_in_a_sentence_or_two() -> None:
    def words(*reaches: Reach) -> str:
        return career_tables.career_words(Career(SCHEME, {}, reaches))

    assert career_tables.career_words(CAREER) == (
        "Held: Bronze cup. Requirements met: Plain cup. Next: Still cup."
    )
    met = replace(STILL, unsaid=())
    assert words(BRONZE, PLAIN, met) == (
        "Held: Bronze cup. Requirements met: Plain cup; Still cup. Nothing is left to reach."
    )
    assert words(BRONZE, replace(PLAIN, held=True), GOLD) == "Held: Bronze cup; Plain cup."
    assert words(BRONZE, SILVER) == "Held: Bronze cup. Next: Silver cup."
    assert words(SILVER) == "No requirements met yet. Next: Silver cup."
    assert words(GOLD) == "No requirements met yet."
    assert words(PLAIN, GOLD) == "Requirements met: Plain cup."


def test_the_awards_in_the_schemes_order() -> None:
    assert shown(career_tables.awards_table(CAREER)) == [
        ["Award", "State", "Who decides"],
        ["Bronze cup", "held", "The body decides."],
        ["Silver cup", "1 thing missing", "The king decides."],
        ["Golden cup", "not possible now: a limit is passed", "The queen decides."],
        ["Plain cup", "open to everybody: the source sets no requirement", "Nobody decides."],
        ["Still cup", "open: something is not said yet", "The rest decide."],
    ]
    assert [career_tables.missing_words(reach) for reach in (GOLD, STILL)] == [
        (
            "Two years of service (22 of 24 months)",
            "Three exams (2 of 3 GCSEs)",
            "No more than 6 months of rest (7 of at most 6 months)",
            "Say: Your age",
        ),
        ("Say: Months of rest",),
    ]


def test_appointments_as_a_table() -> None:
    found = [
        Appointment(date(2027, 1, 1), SCHEME, SCHEME.awards[1], SCHEME.recurring[0]),
        Appointment(date(2027, 2, 1), SCHEME, SCHEME.awards[2], SCHEME.recurring[1]),
    ]
    assert shown(career_tables.appointments_table(found)) == [
        ["Day", "What falls due", "Scheme", "Whose"],
        [date(2027, 1, 1), "Polish", "Order of the Cup", "Body of Tea, Nowhere"],
        [date(2027, 2, 1), "Weigh", "Order of the Cup", "Body of Tea, Nowhere"],
    ]
    assert len(heads(career_tables.appointments_table([]))) == 4


PROFILE = JobProfile(
    title="Tea taster",
    other_names=["Sipper", "Nipper"],
    region="Nowhere",
    summary="Tastes tea.",
    attribution="Invented for the tests",
    source="the book of jobs",
    verified=date(2026, 11, 21),
    salary_starter_gbp=9_000,
    salary_experienced_gbp=21_000,
    hours_least=30,
    hours_most=40,
    patterns=[
        "in the morning",
    ],
    environment="in a kitchen",
    career_tips=[
        "Stay awake",
    ],
    bodies=[
        "Body of Tea",
    ],
    skills=[
        "patience",
    ],
    day=[DayTask(text="sip", tasks=["pour"]), DayTask(text="spit")],
)


def test_the_job_profile_one_statement_a_row() -> None:
    rows = [
        ["About", "What"],
        ["In short", "Tastes tea."],
        ["Also called", "Sipper"],
        ["Also called", "Nipper"],
        ["Pay", "£9,000 (starter) to £21,000 (experienced) a year"],
        ["Hours", "30 to 40 hours a week"],
        ["When", "in the morning"],
        ["Day to day", "sip"],
        ["Day to day", "spit"],
        ["Skills", "patience"],
        ["Where", "in a kitchen"],
        ["Career tip", "Stay awake"],
        ["Professional body", "Body of Tea"],
        ["Source", "the book of jobs; compared on 21 November 2026"],
        ["Attribution", "Invented for the tests"],
    ]
    assert shown(career_tables.profile_table(PROFILE)) == rows
    plain = PROFILE.model_copy(update={"environment": ""})
    assert shown(career_tables.profile_table(plain)) == [row for row in rows if row[0] != "Where"]
