"""Recognition: schemes over facts, both sides of every edge, and an oracle that tries every value."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.cpd.log import CpdLog, LogEntry
from planner.cpd.scheme import default_reading, load_readings
from planner.errors import DataError
from planner.recognition.eligibility import (
    MOST_WRONG,
    facts_csv,
    find_recognition,
    measured_of,
    read_fact,
    read_facts,
    rests_on,
    typed_fact,
    with_measured,
)
from planner.recognition.scheme_file import load_recognitions
from planner.recognition.schemes import Career, Measured, Recognition, career, earliest, months_later
from planner.rules.rule import bounds
from tests import by_hand
from tests.strategies import deep

SCHEMES = load_recognitions()
TODAY = date(2026, 11, 22)


def stands(scheme: str, **facts: int) -> Career:
    """The career over facts, whose hyphens are underscores."""
    return career(SCHEMES[scheme], {name.replace("_", "-"): value for name, value in facts.items()})


def reached(found: Career) -> list[str]:
    return [reach.award.id for reach in found.reached]


def missing(found: Career, award: str) -> dict[str, int] | None:
    """How much of each fact is missing for an award; None where no addition helps."""
    (reach,) = (reach for reach in found.reaches if reach.award.id == award)
    return None if reach.lacking is None else {item.fact.id: item.need - item.have for item in reach.lacking}


# The schemes on file


def test_the_schemes_on_file_are_these() -> None:
    assert list(SCHEMES) == ["ccop", "en-15838", "icco", "job", "nvq"]
    for scheme in SCHEMES.values():
        assert scheme.source
        assert scheme.verified == date(2026, 11, 22)
        assert scheme.whereabouts.startswith(scheme.body)
    assert "South Africa" in SCHEMES["ccop"].whereabouts


def test_every_award_on_file_can_be_reached() -> None:
    for scheme in SCHEMES.values():
        for reach in career(scheme, {}).reaches:
            assert reach.lacking is not None, reach.award.id


@pytest.mark.parametrize(
    ("service", "levels"),
    [
        (11, []),
        (12, ["bronze"]),
        (23, ["bronze"]),
        (24, ["bronze", "silver"]),
        (47, ["bronze", "silver"]),
        (48, ["bronze", "silver", "gold"]),
    ],
)
def test_years_of_service_decide_the_level_of_accreditation(service: int, levels: list[str]) -> None:
    found = stands("icco", member=1, signature=1, reasons=1, service=service)
    assert reached(found) == levels
    following = (["bronze", "silver", "gold", "platinum"])[len(levels)]
    assert found.next is not None
    assert found.next.award.id == following
    if following != "platinum":
        assert missing(found, following) == {
            "service": {"bronze": 12, "silver": 24, "gold": 48}[following] - service
        }


@pytest.mark.parametrize("left_out", ["member", "signature", "reasons"])
@pytest.mark.parametrize("level", ["bronze", "silver", "gold"])
def test_each_level_needs_membership_signature_and_reasons(left_out: str, level: str) -> None:
    facts = {"member": 1, "signature": 1, "reasons": 1, "service": 48}
    assert level in reached(stands("icco", **facts))
    found = stands("icco", **{**facts, left_out: 0})
    assert level not in reached(found)
    assert missing(found, level) == {left_out: 1}


def test_no_length_of_service_makes_platinum() -> None:
    facts = {"member": 1, "signature": 1, "reasons": 1, "service": 480, "development": 1}
    assert reached(stands("icco", **facts)) == ["bronze", "silver", "gold"]
    assert missing(stands("icco", **facts), "platinum") == {"outstanding": 1}
    assert "platinum" in reached(stands("icco", **facts, outstanding=1))
    assert "platinum" not in reached(stands("icco", **{**facts, "member": 0}, outstanding=1))
    assert "platinum" not in reached(stands("icco", **{**facts, "development": 0}, outstanding=1))


ENTRY = {"generic_management": 1, "national_diploma": 0, "team_leader": 18, "management": 12, "matric": 1}


@pytest.mark.parametrize(
    ("certificate", "diploma", "meets"), [(0, 0, False), (1, 0, True), (0, 1, True), (1, 1, True)]
)
def test_one_of_the_two_qualifications_or_both_lead_to_the_designation(
    certificate: int, diploma: int, meets: bool
) -> None:
    found = stands("ccop", **{**ENTRY, "generic_management": certificate, "national_diploma": diploma})
    assert ("designation" in reached(found)) is meets
    if not meets:
        assert missing(found, "designation") == {"generic-management": 1}
        assert any("and/or a National Diploma" in kept.rule.text for kept in found.reaches[0].broken)


@pytest.mark.parametrize(
    ("fact", "value", "lacks"),
    [("team_leader", 17, 1), ("team_leader", 0, 18), ("management", 11, 1), ("matric", 0, 1)],
)
def test_the_designation_needs_each_of_the_other_requirements(fact: str, value: int, lacks: int) -> None:
    assert "designation" in reached(stands("ccop", **ENTRY))
    found = stands("ccop", **{**ENTRY, fact: value})
    assert "designation" not in reached(found)
    assert missing(found, "designation") == {fact.replace("_", "-"): lacks}


KEPT = {"designation": 1, "conduct": 1, "fees": 1, "points": 105, "each_year": 1}


@pytest.mark.parametrize(
    ("fact", "value"),
    [("points", 104), ("each_year", 0), ("conduct", 0), ("fees", 0), ("designation", 0)],
)
def test_the_designation_is_kept_by_points_in_all_and_in_each_year_conduct_and_fees(
    fact: str, value: int
) -> None:
    assert "kept" in reached(stands("ccop", **KEPT))
    found = stands("ccop", **{**KEPT, fact: value})
    assert "kept" not in reached(found)
    assert missing(found, "kept") == {fact.replace("_", "-"): 1}


def test_34_points_in_the_last_year_bar_a_higher_designation_and_35_do_not() -> None:
    assert missing(stands("ccop", designation=1, points_last_year=34), "higher") == {"points-last-year": 1}
    assert "higher" in reached(stands("ccop", designation=1, points_last_year=35))
    assert "higher" not in reached(stands("ccop", designation=0, points_last_year=35))


STEPS = {"documentation": 1, "documentation_audit": 1, "processes": 1, "interviews": 1}


@pytest.mark.parametrize(
    ("left_out", "still"),
    [
        ("documentation", ["step-2"]),
        ("documentation_audit", ["step-2"]),
        ("processes", ["step-1"]),
        ("interviews", ["step-1"]),
    ],
)
def test_the_certificate_needs_every_part_of_both_steps(left_out: str, still: list[str]) -> None:
    assert reached(stands("en-15838", **STEPS)) == ["step-1", "step-2", "certificate"]
    found = stands("en-15838", **{**STEPS, left_out: 0})
    assert reached(found) == still
    assert missing(found, "certificate") == {left_out.replace("_", "-"): 1}


def test_an_audit_24_months_ago_keeps_the_certificate_and_25_months_ago_does_not() -> None:
    assert "maintained" in reached(stands("en-15838", certificate=1, since_audit=24))
    late = stands("en-15838", certificate=1, since_audit=25)
    assert "maintained" not in reached(late)
    assert missing(late, "maintained") is None
    assert late.next is None


def test_a_certificate_is_not_kept_because_nobody_says_when_the_last_audit_was() -> None:
    found = stands("en-15838", certificate=1)
    assert "maintained" not in reached(found)
    assert found.next is not None
    assert found.next.award.id == "maintained"
    assert [fact.id for fact in found.next.unsaid] == ["since-audit"]
    assert "maintained" in reached(stands("en-15838", certificate=1, since_audit=0))


def test_who_holds_an_award_is_not_asked_to_begin_again() -> None:
    member = stands("ccop", designation=1)
    assert member.reaches[0].held
    assert member.next is not None
    assert member.next.award.id == "kept"
    assert reached(stands("nvq", certificate=1)) == ["certificate", "level-3"]
    assert stands("nvq", certificate=1).next is None


@pytest.mark.parametrize(("age", "meets"), [(0, False), (17, False), (18, True), (100, True), (101, False)])
def test_the_certificate_is_open_from_18_to_100(age: int, meets: bool) -> None:
    found = stands("nvq", age=age, level_1=1)
    assert ("entry" in reached(found)) is meets
    assert missing(found, "entry") == ({} if meets else None if age > 100 else {"age": 18 - age})


def test_an_age_nobody_has_said_is_asked_for_and_not_taken_as_nought() -> None:
    found = stands("nvq", level_1=1)
    (item,) = found.reaches[0].lacking or ()
    assert item.in_words == "18 years: Your age in years (not said yet)"
    assert earliest(found.reaches[0], TODAY) is None


@pytest.mark.parametrize(("gcses", "advanced"), [(4, False), (5, True)])
def test_five_good_gcses_lead_to_the_advanced_apprenticeship(gcses: int, advanced: bool) -> None:
    found = stands("job", gcses=gcses, english_maths=1)
    assert ("advanced" in reached(found)) is advanced
    assert "intermediate" in reached(found)
    assert "advanced" not in reached(stands("job", gcses=gcses, english_maths=0))


def test_lower_grades_lead_to_the_intermediate_apprenticeship_only() -> None:
    assert reached(stands("job", other_gcses=9, english_maths=1)) == ["direct", "college", "intermediate"]
    assert missing(stands("job", english_maths=1), "intermediate") == {"other-gcses": 1}


# Time


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 22), 1, date(2026, 12, 22)),
        (date(2026, 11, 22), 2, date(2027, 1, 22)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
        (date(9999, 11, 30), 1, date(9999, 12, 30)),
    ],
)
def test_months_are_counted_on_the_calendar(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_no_month_lies_beyond_the_year_9999() -> None:
    with pytest.raises(OverflowError, match=r"^beyond the year 9999$"):
        months_later(date(9999, 12, 1), 1)


def test_what_grows_with_time_says_by_when_it_has_grown() -> None:
    found = stands("icco", member=1, service=20)
    silver = found.reaches[1]
    assert earliest(silver, TODAY) == date(2027, 3, 22)
    assert found.to_json(TODAY)["awards"][1]["earliest"] == "2027-03-22"
    assert earliest(stands("icco", service=48).reaches[2], TODAY) is None  # what is missing does not grow
    assert earliest(stands("icco").reaches[0], TODAY) is None  # nobody has said how long the service is
    assert earliest(silver, date(9999, 12, 1)) is None


def test_months_of_two_kinds_grow_side_by_side_and_years_are_twelve_months() -> None:
    apart = stands("ccop", team_leader=6, management=9)
    assert earliest(apart.reaches[0], TODAY) == date(2027, 11, 22)
    assert earliest(stands("nvq", age=17, level_1=1).reaches[0], TODAY) == date(2027, 11, 22)


# Words and JSON


def test_what_is_missing_is_said_the_least_first() -> None:
    found = stands("icco", member=1, service=23)
    words = [item.in_words for item in found.reaches[1].lacking or ()]
    assert words[:2] == [
        "1 more month: Months of service in the call centre industry (23 of 24)",
        "Your line manager has signed to confirm this experience",
    ]
    gaps = [item.need - item.have for item in found.reaches[2].lacking or ()]
    assert gaps == sorted(gaps)


def test_the_json_of_a_career_says_all_of_it() -> None:
    found = stands("icco", member=1, service=18, signature=1, reasons=1).to_json(TODAY)
    assert set(found) == {
        "scheme", "title", "body", "region", "about", "source", "verified", "facts", "said", "awards", "reached",
        "next", "notes", "data",
    }  # fmt: skip
    assert found["reached"] == ["bronze"]
    assert found["next"] == "silver"
    assert found["said"] == ["member", "service", "signature", "reasons"]
    silver = found["awards"][1]
    assert (silver["reached"], silver["held"], silver["unsaid"]) == (False, False, [])
    assert silver["missing"] == [
        {"fact": "service", "have": 18, "need": 24, "text": "Months of service in the call centre industry"}
    ]
    assert stands("en-15838", certificate=1, since_audit=30).to_json()["awards"][3]["missing"] is None


# Facts as people type them


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, 1) for word in ("yes", " YES ", "x", "X", "1", "true", "y")),
        *((word, 0) for word in ("no", "False", "0", "", "n", " N ")),
    ],
)
def test_what_is_true_or_not_is_typed_in_many_ways(text: str, value: int) -> None:
    assert read_fact(SCHEMES["icco"], "MEMBER", text, "here") == ("member", value)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", "٣", "1201", "9" * 400, "twelve", "=1+1", "\x00"])
def test_a_number_that_a_fact_cannot_be_is_refused_by_name(text: str) -> None:
    with pytest.raises(DataError) as refused:
        read_fact(SCHEMES["icco"], "service", text, "here")
    (problem,) = refused.value.problems
    assert (problem.source, problem.field) == ("here", "service")
    assert problem.message == "service is a whole number of months from 0 to 1200"
    assert len(problem.value) <= 100


def test_what_is_blank_or_long_is_shown_short() -> None:
    long = "q" * 101
    for call, value in (
        (lambda: read_fact(SCHEMES["icco"], "", "1", "here"), "(empty)"),
        (lambda: read_fact(SCHEMES["icco"], long, "1", "here"), "q" * 100),
        (lambda: read_fact(SCHEMES["icco"], "service", "", "here"), "(empty)"),
        (lambda: read_fact(SCHEMES["icco"], "service", long, "here"), "q" * 100),
        (lambda: find_recognition(SCHEMES, "", "here"), "(empty)"),
        (lambda: find_recognition(SCHEMES, long, "here"), "q" * 100),
        (lambda: typed_fact(SCHEMES, "", "here"), "(empty)"),
        (lambda: typed_fact(SCHEMES, long, "here"), "q" * 100),
        (lambda: career(SCHEMES["icco"], {long: 1}), "q" * 100),
    ):
        with pytest.raises(DataError) as refused:
            call()
        assert [problem.value for problem in refused.value.problems] == [value]


def test_a_statement_is_yes_or_no() -> None:
    with pytest.raises(DataError, match="member is yes or no"):
        read_fact(SCHEMES["icco"], "member", "perhaps", "here")


def test_an_unknown_fact_names_its_nearest_match() -> None:
    with pytest.raises(DataError, match=r"icco has no such fact; did you mean service\?"):
        read_fact(SCHEMES["icco"], "servise", "1", "here")
    with pytest.raises(DataError, match="has no such fact"):
        read_fact(SCHEMES["icco"], "s" * 1_000_000, "1", "here")


def test_a_fact_is_typed_with_its_scheme() -> None:
    assert typed_fact(SCHEMES, "icco.service=18", "--fact") == ("icco", "service", 18)
    assert typed_fact(SCHEMES, " EN15838 . since audit = 3 ", "--fact") == ("en-15838", "since-audit", 3)
    padded = f"{' ' * 60}icco{' ' * 60}.{' ' * 60}service{' ' * 60}=18"
    assert typed_fact(SCHEMES, padded, "--fact") == ("icco", "service", 18)


FORM = "must be a scheme, a fact and its value, such as icco.service=18"
ON_FILE = "(on file: ccop, en-15838, icco, job, nvq)"
MONTHS_OF_SERVICE = "service is a whole number of months from 0 to 1200"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", FORM),
        ("icco", FORM),
        ("icco=1", FORM),
        ("service=1.5", FORM),
        ("ico.service=1", f"no scheme on file has this id; did you mean icco? {ON_FILE}"),
        (".=", f"no scheme on file has this id {ON_FILE}"),
        ("icco.=", "icco has no such fact"),
        ("icco.service=many", MONTHS_OF_SERVICE),
    ],
)
def test_a_fact_typed_in_another_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        typed_fact(SCHEMES, text, "--fact")
    assert [problem.message for problem in refused.value.problems] == [message]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("servcie", 12, "has no such fact; did you mean service?"),
        ("service", -1, MONTHS_OF_SERVICE),
        ("service", 1_000_001, MONTHS_OF_SERVICE),
        ("service", 2**70, MONTHS_OF_SERVICE),
        ("member", 2, "member is yes or no"),
    ],
)
def test_a_career_over_an_unknown_fact_or_an_impossible_value_is_refused(
    name: str, value: int, message: str
) -> None:
    with pytest.raises(DataError) as refused:
        career(SCHEMES["icco"], {name: value, "signature": 1})
    assert [problem.message for problem in refused.value.problems] == [message]


def test_what_somebody_counted_may_pass_what_people_type() -> None:
    assert career(SCHEMES["icco"], {"service": 1_000_000}).facts["service"] == 1_000_000


def test_a_scheme_that_is_not_on_file_is_told_with_those_that_are() -> None:
    with pytest.raises(DataError, match=r"on file: ccop, en-15838, icco, job, nvq"):
        find_recognition(SCHEMES, "nothing like it", "--scheme")
    with pytest.raises(DataError, match="on file: none"):
        find_recognition({}, "icco", "--scheme")


# Facts from a file

TABLE = "scheme,fact,value\nicco,service,18\nicco,member,yes\nCCOP,team leader,20\nicco,signature,\n"


def test_facts_are_read_from_a_table_and_blank_ones_are_not_said() -> None:
    facts, problems = read_facts("facts.csv", TABLE.encode(), SCHEMES)
    assert facts == {"icco": {"service": 18, "member": 1}, "ccop": {"team-leader": 20}}
    assert problems == ()


def test_facts_are_read_from_a_workbook_on_whatever_sheet() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Notes of my own"])
    sheet = book.create_sheet("Facts")
    for row in (["Scheme", "Fact", "Value"], ["icco", "service", 18.0], ["icco", "member", True]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    assert read_facts("facts.xlsx", file.getvalue(), SCHEMES) == ({"icco": {"service": 18, "member": 1}}, ())


def test_bad_rows_are_listed_and_good_ones_answered() -> None:
    rows = ["ico,service,1", "icco,servise,1", "icco,service,soon", "icco,service,18", "icco,Service,19"]
    facts, problems = read_facts("f.csv", "\n".join(["scheme,fact,value", *rows]).encode(), SCHEMES)
    assert facts == {"icco": {"service": 18}}
    assert [(p.row, p.field, p.value) for p in problems] == [
        (2, "scheme", "ico"),
        (3, "fact", "servise"),
        (4, "service", "soon"),
        (6, "fact", "service"),
    ]
    assert problems[-1].message == "stands in row 5 already, which is taken"


def test_a_row_of_an_unknown_fact_is_listed_though_its_value_is_blank() -> None:
    facts, problems = read_facts("f.csv", b"scheme,fact,value\nicco,service,1\nicco,servise,\n", SCHEMES)
    assert facts == {"icco": {"service": 1}}
    assert [problem.row for problem in problems] == [3]


def test_a_file_without_a_single_good_row_is_refused_with_every_problem() -> None:
    with pytest.raises(DataError) as refused:
        read_facts("f.csv", b"scheme,fact,value\nx,y,z\nicco,service,-1\n", SCHEMES)
    assert [(problem.row, problem.field, problem.message) for problem in refused.value.problems] == [
        (2, "scheme", "no scheme on file has this id (on file: ccop, en-15838, icco, job, nvq)"),
        (3, "service", MONTHS_OF_SERVICE),
    ]
    assert read_facts("f.csv", b"scheme,fact,value\nicco,service,\n", SCHEMES) == ({}, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "f.csv: is empty"),
        (b"a,b\n1,2\n", "scheme: this column is missing"),
        (b"\x00\x01", "f.csv: holds NUL bytes, so it is not a text file"),
        (b"scheme,fact\nicco,service\n", "value: this column is missing"),
    ],
)
def test_a_file_that_holds_no_facts_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_facts("f.csv", content, SCHEMES)


def test_hostile_rows_are_told_short_and_reading_ends() -> None:
    long = "x" * 30_000
    rows = [f"{long}{number},=cmd|' /C calc'!A0,{long}" for number in range(30)]
    facts, problems = read_facts(
        "f.csv", "\n".join(["scheme,fact,value", "icco,service,1", *rows]).encode(), SCHEMES
    )
    assert facts == {"icco": {"service": 1}}
    assert len(problems) == 30
    assert all(len(problem.value) <= 200 and len(problem.message) <= 200 for problem in problems)
    many = "\n".join(["scheme,fact,value", "icco,service,1", *["no,no,no"] * 5_000])
    _, problems = read_facts("f.csv", many.encode(), SCHEMES)
    assert len(problems) == MOST_WRONG + 1
    assert problems[-1].message == "nothing was read from row 1003 on: 1,000 rows are wrong"


@settings(max_examples=50)
@given(data=st.data())
def test_facts_written_are_read_back(data: st.DataObject) -> None:
    facts: dict[str, dict[str, int]] = {}
    for scheme in SCHEMES.values():
        for fact in scheme.facts.values():
            value = data.draw(st.none() | st.integers(0, fact.most))
            if value is not None:
                facts.setdefault(scheme.id, {})[fact.id] = value
    content = facts_csv(facts, SCHEMES)
    assert read_facts("facts.csv", content, SCHEMES) == (facts, ())
    assert content.startswith(b"\xef\xbb\xbfscheme,fact,value\r\n")


@pytest.mark.parametrize(
    ("scheme", "fact", "value", "told"),
    [
        ("=1+1", "service", 1, "facts, scheme = '=1+1': no scheme on file has this id (on file: ccop, en-15838, icco, job, nvq)"),
        ("icco", "=1+1", 1, "icco = '=1+1': has no such fact"),
        ("icco", "member", 7, "icco, member = '7': member is yes or no"),
    ],
)  # fmt: skip
def test_facts_that_nobody_knows_are_not_written(scheme: str, fact: str, value: int, told: str) -> None:
    with pytest.raises(DataError) as refused:
        facts_csv({"icco": {"service": 1}, scheme: {fact: value}}, SCHEMES)
    assert [str(problem) for problem in refused.value.problems] == [told]


# Facts that the planner works out


def test_a_measured_fact_replaces_a_typed_one_and_says_so() -> None:
    scheme = SCHEMES["ccop"]
    facts, notices = with_measured(
        scheme, {"points": 80, "matric": 1}, {"cpd-points": 62, "cpd-points-last-year": 35}
    )
    assert facts == {"points": 62, "matric": 1, "points-last-year": 35}
    (notice,) = notices
    assert (notice.field, notice.value) == ("points", "80")
    assert notice.message == "is given as 80 points but measured as 62 points: the measured value is taken"


def test_a_measured_fact_that_agrees_or_was_not_typed_says_nothing() -> None:
    assert with_measured(SCHEMES["ccop"], {"points": 62}, {"cpd-points": 62}) == ({"points": 62}, ())
    assert with_measured(SCHEMES["nvq"], {}, {"rules-met": 1}) == ({"rules-met": 1}, ())
    assert with_measured(SCHEMES["nvq"], {"rules-met": 1}, {"rules-met": 0})[1][0].message == (
        "is given as yes but measured as no: the measured value is taken"
    )


def test_what_is_not_measured_stays_as_typed() -> None:
    typed = {"points": 80}
    assert with_measured(SCHEMES["ccop"], typed, {"rules-met": 1}) == (typed, ())
    assert with_measured(SCHEMES["icco"], {"service": 1}, {"cpd-points": 9, "rules-met": 1}) == (
        {"service": 1},
        (),
    )


@pytest.mark.parametrize(
    ("measured", "rests"),
    [("cpd-points", True), ("cpd-points-last-year", True), ("cpd-each-year", True), ("rules-met", False), (None, False)],
)  # fmt: skip
def test_a_scheme_rests_on_a_log_if_it_has_its_title_and_a_fact_measured_by_it(
    measured: Measured | None, rests: bool
) -> None:
    fact = replace(by_hand.SIGNED, measured=measured)
    scheme = replace(by_hand.SCHEME, title="MASTER of Tea", facts={"signed": fact, "rest": by_hand.REST})
    assert rests_on(scheme, by_hand.READING) is rests
    assert not rests_on(replace(scheme, title="Master of Coffee"), by_hand.READING)


@pytest.mark.parametrize(
    ("points", "met"), [((36, 36, 36), 1), ((36, 36, 34), 0), ((34, 60, 60), 0), ((36, 36), 0)]
)
def test_a_log_says_whether_each_year_had_its_points(points: tuple[int, ...], met: int) -> None:
    reading = default_reading(load_readings())
    entries = tuple(LogEntry("ccmg-event", year, total // 2) for year, total in enumerate(points, 1))
    measured = measured_of(CpdLog(reading, entries), TODAY)
    assert measured == {"cpd-points": sum(points), "cpd-each-year": met}


# Loading

GOOD = """
id = "inv"
title = "An invented scheme"
body = "Nobody"
about = "person"
source = "invented for the tests"
verified = 2026-11-22
[[fact]]
id = "told"
text = "You have told somebody"
kind = "yes"
[[fact]]
id = "weeks"
text = "Months of waiting"
kind = "months"
most = 60
[[award]]
id = "one"
title = "The first"
decides = "Nobody decides."
[[award.rule]]
id = "wait"
text = "At least 3 months"
count = "months"
where = { ref = "weeks" }
at_least = 3
[[recurring]]
award = "one"
text = "Tell it again"
every_months = 12
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., dict[str, Recognition]]:
    """Loads files of schemes, written into a data folder."""

    def load(*texts: str) -> dict[str, Recognition]:
        folder = tmp_path / "recognition"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts):
            (folder / f"{number}.toml").write_text(text, encoding="utf-8")
        return load_recognitions(tmp_path)

    return load


def test_an_invented_scheme_needs_no_line_of_code(loaded: Callable[..., dict[str, Recognition]]) -> None:
    found = loaded(GOOD)["inv"]
    assert (found.facts["weeks"].most, found.facts["weeks"].grows, found.facts["told"].grows) == (
        60,
        True,
        False,
    )
    assert reached(career(found, {"weeks": 3})) == ["one"]
    assert found.whereabouts == "Nobody"
    assert (found.region, found.qualification, found.notes, found.facts["told"].measured) == (
        "",
        "",
        (),
        None,
    )
    assert (found.facts["told"].most, found.awards[0].held) == (1, "")


def test_a_folder_without_schemes_has_none(tmp_path: Path) -> None:
    assert load_recognitions(tmp_path) == {}


RULE = '[[award.rule]]\nid = "more"\ntext = "More"\n'

BROKEN = {
    "an unknown key": (('about = "person"', 'about = "person"\nabuot = "x"'), "abuot", "this key is unknown; did you mean about?"),
    "a missing key": (('body = "Nobody"\n', ""), "body", "this key is required"),
    "nobody it is about": (('about = "person"', 'about = "dog"'), "about", "must be 'person' or 'centre'"),
    "an unknown kind": (('kind = "months"', 'kind = "weeks"'), "fact[2].kind", "must be 'yes', 'months', 'years', 'points' or 'GCSEs'"),
    "an id of two words": (('id = "told"', 'id = "to ld"'), "fact[1].id", "must be letters and digits, joined by hyphens"),
    "an id with a dot": (('id = "inv"', 'id = "i.nv"'), "id", "must be letters and digits, joined by hyphens"),
    "two facts of one id": (('id = "told"', 'id = "WEEKS"'), "fact.id", "two facts have this id"),
    "two awards of one id": (
        ("[[recurring]]", '[[award]]\nid = "One"\ntitle = "x"\ndecides = "x"\n[[recurring]]'),
        "award.id",
        "two awards have this id",
    ),
    "two rules of one id": (
        ("[[recurring]]", RULE.replace("more", "wait") + 'count = "months"\nwhere = { ref = "weeks" }\nat_least = 1\n[[recurring]]'),
        "award[1].rule.id",
        "two rules have this id",
    ),
    "an unknown fact": (('ref = "weeks"', 'ref = "wekes"'), "award[1].rule[1].where.ref", "no fact of this scheme has this ref; did you mean weeks?"),
    "units of a qualification": (('count = "months"\n', ""), "award[1].rule[1].count", "must be one of statements, months, years, points, GCSEs"),
    "months counted as points": (('count = "months"', 'count = "points"'), "award[1].rule", "rule wait counts points, but weeks is counted in months"),
    "all of the months": (("at_least = 3", "all = true"), "award[1].rule[1].all", "goes with statements only: say how many with at_least"),
    "a level": (('ref = "weeks"', 'ref = "weeks", level = 0'), "award[1].rule[1].where.level", "a fact has no such thing"),
    "units held": (('ref = "weeks"', 'ref = "weeks", held = true'), "award[1].rule[1].where.held", "a fact has no such thing"),
    "a level within a choice": (
        ("[[recurring]]", RULE + 'any = [{ id = "a", text = "a", count = "months", where = { ref = "weeks", level = 0 }, at_least = 1 }]\n[[recurring]]'),
        "award[1].rule[2].any[1].where.level",
        "a fact has no such thing",
    ),
    "a requirement between months": (
        ("[[recurring]]", RULE + 'unit = "told"\nrequires = "weeks"\n[[recurring]]'),
        "award[1].rule",
        "rule more counts statements, but weeks is counted in months",
    ),
    "more than a fact can be": (("at_least = 3", "at_least = 61"), "award[1].rule", "rule wait asks for more than these facts can be, 60"),
    "a most of what is true or not": (('kind = "yes"', 'kind = "yes"\nmost = 2'), "fact[1].most", "does not go with a fact that is yes or no"),
    "a truth that grows": (('kind = "yes"', 'kind = "yes"\ngrows = true'), "fact[1].grows", "only months and years grow with time"),
    "points measured in months": (('most = 60', 'measured = "cpd-points"'), "fact[2].measured", "is measured as points, but the fact is of kind months"),
    "a measure nobody takes": (('most = 60', 'measured = "height"'), "fact[2].measured", "must be 'cpd-points', 'cpd-points-last-year', 'cpd-each-year' or 'rules-met'"),
    "a recurring thing after no award": (('award = "one"', 'award = "on"'), "recurring[1].award", "no award has this id; did you mean one?"),
    "a thing that recurs every 0 months": (("every_months = 12", "every_months = 0"), "recurring[1].every_months", "must be 1 or more"),
    "held by a number": (('decides = "Nobody decides."', 'decides = "x"\nheld = "weeks"'), "award[1].held", "must be a fact that is yes or no"),
    "held by no fact": (('decides = "Nobody decides."', 'decides = "x"\nheld = "tolt"'), "award[1].held", "must be a fact that is yes or no; did you mean told?"),
    "a date of a clock": (("verified = 2026-11-22", 'verified = "2026"'), "verified", "must be a date such as 2026-11-22, without quotes"),
    "a line break in a name": (('text = "Tell it again"', 'text = "Tell\\nBEGIN:VEVENT"'), "recurring[1].text", "holds a line break or a control character"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_each_mistake_in_a_file_is_told_by_its_place(
    loaded: Callable[..., dict[str, Recognition]], kind: str
) -> None:
    (old, new), field, message = BROKEN[kind]
    assert GOOD.count(old) == 1
    with pytest.raises(DataError) as refused:
        loaded(GOOD.replace(old, new))
    told = [(problem.field, problem.message) for problem in refused.value.problems]
    assert (field, message) in told


@pytest.mark.parametrize("where", ['tag = "x"', "level = 7"])
def test_a_key_of_units_is_told_once(loaded: Callable[..., dict[str, Recognition]], where: str) -> None:
    text = GOOD.replace("[[recurring]]", f"{RULE}[[recurring]]")
    with pytest.raises(DataError) as refused:
        loaded(text.replace('ref = "weeks"', f'ref = "weeks", {where}'))
    assert [(problem.field, problem.message) for problem in refused.value.problems] == [
        (f"award[1].rule[1].where.{where.split()[0]}", "a fact has no such thing"),
        ("award[1].rule[2].count", "must be one of statements, months, years, points, GCSEs"),
    ]


def test_a_requirement_between_statements_is_a_rule(loaded: Callable[..., dict[str, Recognition]]) -> None:
    more = '[[fact]]\nid = "heard"\ntext = "Somebody has heard it"\nkind = "yes"\n[[award]]'
    rule = RULE + 'unit = "told"\nrequires = "heard"\n[[recurring]]'
    found = loaded(GOOD.replace("[[award]]", more).replace("[[recurring]]", rule))["inv"]
    assert missing(career(found, {"weeks": 3, "told": 1}), "one") == {"heard": 1}
    assert reached(career(found, {"weeks": 3, "told": 1, "heard": 1})) == ["one"]
    assert [fact.id for fact in career(found, {"weeks": 3}).reaches[0].unsaid] == ["told"]


def test_every_problem_of_every_file_is_told_at_once(loaded: Callable[..., dict[str, Recognition]]) -> None:
    with pytest.raises(DataError) as refused:
        loaded(GOOD, GOOD.replace('"inv"', '"INV"'), "id = ", GOOD.replace("at_least = 3", "at_least = 999"))
    assert len(refused.value.problems) == 3
    assert "another file has this id" in str(refused.value)


# Any scheme at all, against trying every value of every fact

KINDS = ("yes", "months", "points", "GCSEs", "years")
COUNT = {"yes": "statements", "months": "months", "points": "points", "GCSEs": "GCSEs", "years": "years"}


@st.composite
def plain_rules(draw: st.DrawFn, facts: Mapping[str, tuple[str, int]], depth: int = 1) -> dict[str, Any]:
    """A rule as the oracle knows it: a sum of facts of one kind between limits, or some of several rules."""
    if depth and draw(st.booleans()):
        of = draw(st.lists(plain_rules(facts, 0), min_size=1, max_size=3))
        return {"of": of, "at_least": draw(st.integers(1, len(of)))}
    kind = draw(st.sampled_from(sorted({kind for kind, _ in facts.values()})))
    refs = [name for name, (of, _) in facts.items() if of == kind]
    chosen = draw(st.lists(st.sampled_from(refs), min_size=1, unique=True))
    most = sum(facts[name][1] for name in chosen)
    low = draw(st.just(0) | st.integers(0, most))
    high = draw(st.none() | st.integers(low, most))
    return {"facts": chosen, "at_least": low, "at_most": high, "count": COUNT[kind]}


@st.composite
def plain_schemes(draw: st.DrawFn) -> dict[str, Any]:
    """A scheme as the oracle knows it, and the facts of somebody."""
    facts = {}
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(KINDS))
        facts[f"f{number}"] = (kind, 1 if kind == "yes" else draw(st.integers(1, 4)))
    rules = draw(st.lists(plain_rules(facts), min_size=1, max_size=3))
    values = {name: draw(st.integers(0, most)) for name, (_, most) in facts.items()}
    return {"facts": facts, "rules": rules, "values": values}


def accepts(rule: Mapping[str, Any], values: Mapping[str, int]) -> bool:
    """The oracle: whether a rule holds, in its own arithmetic."""
    if "of" in rule:
        wanted: int = rule["at_least"]
        return sum(accepts(part, values) for part in rule["of"]) >= wanted
    total = sum(values[name] for name in rule["facts"])
    low: int = rule["at_least"]
    high: int | None = rule["at_most"]
    return total >= low and (high is None or total <= high)


def least(plain: Mapping[str, Any]) -> dict[str, int] | None:
    """The oracle: of all additions the fewest statements, then the smallest sum, then of the first facts."""
    facts, now = plain["facts"], plain["values"]
    names = list(facts)
    best: tuple[Any, dict[str, int]] | None = None
    for values in itertools.product(*(range(now[name], facts[name][1] + 1) for name in names)):
        then = dict(zip(names, values, strict=True))
        if all(accepts(rule, then) for rule in plain["rules"]):
            added = {name: then[name] - now[name] for name in names}
            statements = sum(added[name] for name in names if facts[name][0] == "yes")
            order = (statements, sum(added.values()), [added[name] for name in reversed(names)])
            if best is None or order < best[0]:
                best = order, {name: more for name, more in added.items() if more}
    return None if best is None else best[1]


def as_toml(plain: Mapping[str, Any]) -> str:
    """The scheme as a file."""
    numbers = itertools.count()

    def rule(found: Mapping[str, Any]) -> str:
        head = f'id = "r{next(numbers)}", text = "drawn"'
        if "of" in found:
            parts = ", ".join(rule(part) for part in found["of"])
            return f"{{ {head}, any = [{parts}], at_least = {found['at_least']} }}"
        refs = ", ".join(f'"{name}"' for name in found["facts"])
        high = "" if found["at_most"] is None else f", at_most = {found['at_most']}"
        low = f", at_least = {found['at_least']}"
        return f'{{ {head}, count = "{found["count"]}", where = {{ ref = [{refs}] }}{low}{high} }}'

    facts = "".join(
        f'[[fact]]\nid = "{name}"\ntext = "{name}"\nkind = "{kind}"\n'
        + ("" if kind == "yes" else f"most = {most}\n")
        for name, (kind, most) in plain["facts"].items()
    )
    head = GOOD[: GOOD.index("[[fact]]")]
    rules = ", ".join(rule(found) for found in plain["rules"])
    return f'{head}{facts}[[award]]\nid = "a"\ntitle = "a"\ndecides = "a"\nrule = [{rules}]\n'


@settings(max_examples=150)
@given(plain=plain_schemes())
def test_what_is_reached_and_the_least_missing_equal_brute_force(
    plain: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "recognition").mkdir()
    (folder / "recognition" / "a.toml").write_text(as_toml(plain), encoding="utf-8")
    (scheme,) = load_recognitions(folder).values()
    found = career(scheme, plain["values"])
    (reach,) = found.reaches
    assert reach.reached == all(accepts(rule, plain["values"]) for rule in plain["rules"])
    assert reach.unsaid == ()
    assert missing(found, "a") == least(plain)


def filled(plain: Mapping[str, Any], said: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Every way in which the facts that nobody has said may turn out."""
    choices = (
        [said[name]] if name in said else range(most + 1) for name, (_, most) in plain["facts"].items()
    )
    for values in itertools.product(*choices):
        yield dict(zip(plain["facts"], values, strict=True))


def opens(plain: Mapping[str, Any], said: Mapping[str, int]) -> list[str]:
    """The oracle: the facts not said of which more, all else the same, can break a rule that now holds."""
    now = {name: said.get(name, 0) for name in plain["facts"]}
    kept = [rule for rule in plain["rules"] if accepts(rule, now)]

    def breaks(name: str) -> bool:
        most = plain["facts"][name][1]
        return any(
            accepts(rule, values) and not accepts(rule, {**values, name: more})
            for rule in kept
            for values in filled(plain, said)
            for more in range(values[name] + 1, most + 1)
        )

    return [name for name in plain["facts"] if name not in said and breaks(name)]


def test_facts_to_say_are_those_that_can_still_break_a_rule_and_no_other(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    reached_so_far, open_so_far, none_open = 0, 0, 0

    @settings(max_examples=deep(150, 2_000))
    @given(plain=plain_schemes(), data=st.data())
    def check(plain: dict[str, Any], data: st.DataObject) -> None:
        nonlocal reached_so_far, open_so_far, none_open
        folder = tmp_path_factory.mktemp("drawn")
        (folder / "recognition").mkdir()
        (folder / "recognition" / "a.toml").write_text(as_toml(plain), encoding="utf-8")
        (scheme,) = load_recognitions(folder).values()
        names = data.draw(st.lists(st.sampled_from(list(plain["facts"])), unique=True))
        said = {name: plain["values"][name] for name in names}
        found = career(scheme, said)
        (reach,) = found.reaches
        assert [fact.id for fact in reach.unsaid] == opens(plain, said)
        open_so_far += bool(reach.unsaid)
        none_open += not reach.unsaid and len(said) < len(plain["facts"])
        certain = all(accepts(rule, then) for rule in plain["rules"] for then in filled(plain, said))
        if found.reached:
            reached_so_far += 1
            assert certain

    check()
    assert min(reached_so_far, open_so_far, none_open) >= 20


def test_the_oracle_tells_a_wrong_answer() -> None:
    plain = {
        "facts": {"f0": ("yes", 1), "f1": ("months", 3)},
        "rules": [{"of": [{"facts": ["f0"], "at_least": 1, "at_most": None}, {"facts": ["f1"], "at_least": 2, "at_most": None}], "at_least": 1}],
        "values": {"f0": 0, "f1": 0},
    }  # fmt: skip
    assert least(plain) == {"f1": 2}
    plain["values"] = {"f0": 1, "f1": 0}
    assert least(plain) == {}


def test_a_scheme_has_no_fact_that_no_award_speaks_of() -> None:
    for scheme in SCHEMES.values():
        spoken_of = {award.held for award in scheme.awards}
        for award in scheme.awards:
            spoken_of |= {ref for rule in award.rules for bound in bounds(rule) for ref in bound.weights}
        assert set(scheme.facts) <= spoken_of
