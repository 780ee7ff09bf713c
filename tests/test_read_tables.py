"""Tables that nearly are what they should be: each way to read them wrong, by one small file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date

import openpyxl
import pytest

from planner import DataError, Problem, Qualification
from planner.catalogue import read_offer
from planner.catalogue.refs import Refs
from planner.cohort import plan_cohort
from planner.cpd.log import read_log
from planner.cpd.scheme import load_readings
from planner.files.dates import DateColumn
from planner.files.headers import Shape
from planner.files.people import no_key
from planner.files.sheets import grids
from planner.files.tables import read_tables
from planner.files.wording import Wording
from planner.records.agreed import read_agreed
from planner.records.cohort_rows import read_cohort
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.records.wishes import read_held
from planner.report.cohort_book import cohort_workbook

UNITS = Shape("Units", ("learner", "ref", "status"), ("name", "date"))


def book(**sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these sheets; one whose name begins with hidden is."""
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def said(problems: Sequence[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(DataError) as told:
        act()
    return said(told.value.problems)


def read(real: Qualification, text: str) -> PortfolioFile:
    return portfolio_file(real, "p.csv", text.encode())


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026-03-01T12:30:00", "yes", "TRUE", "1-Mar", "Mar-01", "12:30", "3/1/26", "1230000000000000", "1.2E+10"],
)  # fmt: skip
def test_what_a_spreadsheet_made_of_a_number_is_no_key(text: str) -> None:
    assert no_key(text)


@pytest.mark.parametrize("text", ["L1", "0012", "1234567890123456", "May 12", "3-1", "Ada True", "A/1/2026"])
def test_other_numbers_and_names_are_keys(text: str) -> None:
    assert not no_key(text)


def test_refs_of_very_different_lengths_stand_beside_each_other() -> None:
    refs = Refs({"A1": "Apples", "LONG/REF/0012": "Oranges"})
    assert refs.all("A1 LONG/REF/0012") == (["A1", "LONG/REF/0012"], [])
    assert refs.all("long / ref / 0012, a1") == (["LONG/REF/0012", "A1"], [])


def test_a_learner_that_became_a_date_is_a_problem_and_nobody(real: Qualification) -> None:
    rows = "learner,ref,status\n2026-03-01,L/601/0933,verified\nL1,L/601/0933,verified\n"
    found = read(real, rows)
    assert [each.learner for each in found.portfolios] == ["L1"]
    assert [(p.row, p.field, p.value) for p in found.problems] == [(2, "learner", "2026-03-01")]


def test_days_that_a_spreadsheet_made_of_months_are_doubtful_in_any_file() -> None:
    column = DateColumn(["03/14/2026", "2026-04-03", "2026-05-05", "2026-04-30"])
    read_as = [column.read(text) for text in ("03/14/2026", "2026-04-03", "2026-05-05", "2026-04-30")]
    assert read_as == [date(2026, 3, 14), None, date(2026, 5, 5), date(2026, 4, 30)]
    assert DateColumn(["14/03/2026", "2026-04-03"]).read("2026-04-03") == date(2026, 4, 3)


@pytest.mark.parametrize("line", [["Total", 12], ["Total", None, "12"], ["Grand total", 7, "50%"]])
def test_a_total_with_its_figure_is_no_row(line: list[object]) -> None:
    content = book(
        Units=[["learner", "ref", "status"], ["L1", "A", "verified"], ["L2", "B", "verified"], line]
    )
    found = read_tables("u.xlsx", grids("u.xlsx", content), [UNITS])
    assert [row.number for row in found.rows] == [2, 3]
    assert [p.row for p in found.problems] == [4]


def test_a_learner_called_total_is_a_learner() -> None:
    content = b"learner,ref,status\nTotal,A,verified\n"
    assert len(read_tables("u.csv", grids("u.csv", content), [UNITS]).rows) == 1


def test_a_header_in_other_words_is_known_where_it_is_repeated() -> None:
    content = b"Candidate,Unit,Progress\nL1,A,verified\nCandidate,Unit,Progress\nL2,B,verified\n"
    found = read_tables("u.csv", grids("u.csv", content), [UNITS])
    assert [row.number for row in found.rows] == [2, 4]
    assert said(found.problems) == ["u.csv, row 3: repeats the header"]
    assert not found.parts[0].left_out


def test_a_sheet_that_lacks_a_column_keeps_no_hidden_one_alive_and_counts_its_rows(
    real: Qualification,
) -> None:
    header, row = ["learner", "ref", "status"], ["L1", "L/601/0933", "verified"]
    content = book(
        First=[header, row],
        Second=[
            ["learner", "ref", "stutas"],
            ["L1", "D/503/0352", "V"],
            ["L2", "D/503/0352", "C"],
        ],
        hidden=[header, ["L1", "T/503/0342", "claimed"]],
    )
    found = portfolio_file(real, "p.xlsx", content)
    assert {each.learner: each.rows_left_out for each in found.portfolios} == {"L1": 1, "L2": 1}
    assert [entry.ref for entry in found.portfolios[0].entries] == ["L/601/0933"]
    assert [p.sheet for p in found.problems] == ["Second"]
    assert "not read" in found.problems[0].message
    content = book(
        hidden=[header, ["L1", "T/503/0342", "claimed"]],
        Second=[["learner", "ref", "stutas"], ["L1", "L/601/0933", "V"]],
    )
    with pytest.raises(DataError, match="status: this column is missing; did you mean stutas"):
        portfolio_file(real, "p.xlsx", content)


def test_no_other_column_is_taken_for_one_that_is_nearly_named() -> None:
    content = b"learnre,name,ref,status\n17,Ada,A,verified\n"
    with pytest.raises(DataError, match="learner: this column is missing; did you mean learnre"):
        read_tables("u.csv", grids("u.csv", content), [UNITS])


@pytest.mark.parametrize("head", ["status", "Status"])
def test_a_column_said_to_be_none_is_not_asked_for(real: Qualification, head: str) -> None:
    content = f"learner,ref,{head}\nL1,L/601/0933,V\n".encode()
    with pytest.raises(DataError) as told:
        portfolio_file(real, "u.csv", content, wording=Wording({head: ""}))
    assert str(told.value) == "u.csv, row 1, status: this column is missing"


@pytest.mark.parametrize("head", ["target", "Target"])
def test_a_column_that_may_be_there_is_not_asked_for_by_its_own_name(head: str) -> None:
    shape = Shape("Units", ("learner",), ("target",))
    content = f"learner,{head}\nL1,x\n".encode()
    read = read_tables("u.csv", grids("u.csv", content), [shape], Wording({head: ""}))
    assert read.problems == ()


def test_a_title_above_is_no_header_known_by_its_values(real: Qualification) -> None:
    rows = "Centre,12345,North\nlearner,ref,Zulu,date\nL1,L/601/0933,verified,2026-01-02\nL1,D/503/0352,claimed,2026-01-03\n"
    found = read(real, rows)
    assert found.sheets[0].columns == {"learner": "learner", "ref": "ref", "Zulu": "status", "date": "date"}


def test_no_row_is_taken_for_the_header_that_its_values_would_make_one(real: Qualification) -> None:
    header, bad, *good = [
        ["Blah", "offered"],
        ["H/6O1/1540", "yes"],
        ["D/503/0352", "no"],
        ["T/503/0342", "yes"],
    ]
    with pytest.raises(DataError, match="ref: this column is missing"):
        read_offer(real, "offer.xlsx", book(Offer=[header, bad, *good]))
    assert read_offer(real, "offer.xlsx", book(Offer=[header, *good]))[0] == {"T/503/0342"}


@pytest.mark.parametrize("unseen", "\u00ad\u200b\u2060\ufeff")
def test_what_nobody_sees_is_no_part_of_a_cell(unseen: str) -> None:
    content = f"lear{unseen}ner,ref,status\nL{unseen}1,A{unseen}/1,verified\n".encode()
    found = read_tables("u.csv", grids("u.csv", content), [UNITS])
    assert [dict(row.cells) for row in found.rows] == [{"learner": "L1", "ref": "A/1", "status": "verified"}]


def test_the_latest_row_counts_and_of_two_on_one_day_the_furthest(real: Qualification) -> None:
    row = "L1,L/601/0933,{},2026-01-02\n"
    for statuses in (("claimed", "in progress"), ("in progress", "claimed")):
        found = read(real, "learner,ref,status,date\n" + "".join(map(row.format, statuses)))
        assert found.portfolios[0].entries[0].status == "claimed"
        assert len(found.problems) == 1


def test_one_number_with_two_names_is_doubted_though_a_row_is_left_out(real: Qualification) -> None:
    rows = "learner,name,ref,status\nL1,Ada Example,L/601/0933,verified\nL1,Bo Example,D/503/0352,dunno\n"
    assert read(real, rows).portfolios[0].doubt.startswith("“Ada Example” and “Bo Example” share")


def test_no_decision_counts_where_a_column_may_say_that_it_was_withdrawn(real: Qualification) -> None:
    rows = [["learner", "ref", "status"], ["L1", "L/601/0933", "verified"]]
    header = ["learner", "decision", "unit_or_rule", "reason", "by", "date", "withdrwan"]
    decision = ["L1", "recognise", "T/503/0342", "seen", "B. Manager", "2026-01-01", "2026-02-01"]
    found = portfolio_file(real, "p.xlsx", book(Portfolio=rows, Decisions=[header, decision]))
    assert not found.portfolios[0].decisions
    assert found.portfolios[0].rows_left_out == 1
    assert any("no decision of this sheet counts" in p.message for p in found.problems)


def test_a_column_of_yes_and_no_that_nobody_knows_is_told(real: Qualification) -> None:
    content = b"ref,Run here\nL/601/0933,yes\nD/503/0352,no\n"
    refs, problems = read_offer(real, "offer.csv", content)
    assert (len(refs), said(problems)) == (
        2,
        [
            "offer.csv, row 1, column 2 = 'Run here': this column says yes and no and was not read: "
            "call it offered if it says what is"
        ],
    )
    assert not read_offer(real, "offer.csv", b"ref,Room\nL/601/0933,7\nD/503/0352,no\nT/503/0342,9\n")[1]


def test_refs_kept_from_the_spreadsheet_and_with_letters_that_nobody_sees_are_read(
    real: Qualification,
) -> None:
    assert read_offer(real, "offer.csv", b'"=""L/601/0933"""\n')[0] == {"L/601/0933"}
    assert Refs({"L/601/0933": "Sell"}).all("L/601/\u200b0933\ufeff") == (["L/601/0933"], [])


def test_a_log_says_how_its_sheets_were_read() -> None:
    reading = load_readings()["ccmg-ccop-plan"]
    activity = next(iter(reading.activities))
    content = book(Log=[["activity", "date"], [activity, date(2026, 1, 2)]], Notes=[["Call Ada"]])
    log = read_log("log.xlsx", content, reading, start=date(2025, 4, 1), today=date(2026, 11, 22))
    assert [(sheet.name, sheet.kind) for sheet in log.sheets] == [("Log", "Log"), ("Notes", "")]


def test_a_reference_in_letters_of_another_width_is_the_same_person(real: Qualification) -> None:
    ref, other = list(real.by_ref)[:2]
    content = f"learner,ref,status\nL1,{ref},verified\n\uff2c\uff11,{other},verified\n".encode()
    (found,) = portfolio_file(real, "p.csv", content).portfolios
    assert {entry.ref for entry in found.entries} == {ref, other}


def test_a_column_that_nobody_knows_is_named_by_its_place() -> None:
    """As people count them: the first is column 1."""
    content = b"learner,refs,ref,status,dat\nL1,,A/1,planned,2026-01-05\n"
    found = read_tables("t.csv", grids("t.csv", content), [UNITS])
    assert [(problem.field, problem.value) for problem in found.problems] == [("column 5", "dat")]
    strict = Shape("Units", ("learner", "ref", "status"), strict=True)
    found = read_tables("t.csv", grids("t.csv", content), [strict])
    assert [(problem.field, problem.value) for problem in found.problems] == [
        ("column 2", "refs"),
        ("column 5", "dat"),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"Unit=ref", b"[]", b"3", b'{"columns": ["ref"]}', b'{"columns": {"Unit": "ref"', b"\xff\xfe{}"],
)
def test_a_file_that_is_no_mapping_is_refused_with_the_form_of_one(content: bytes) -> None:
    with pytest.raises(DataError) as told:
        Wording.load("mapping.json", content)
    form = '{"columns": {"Unit": "ref"}, "statuses": {"Signed off": "assessed"}}'
    assert said(told.value.problems) == [f"mapping.json: must be a mapping: {form}"]


def test_a_mapping_is_read_as_it_was_saved() -> None:
    meant = Wording({"Unit": "ref", "Mood": ""}, {"Signed off": "assessed"})
    assert Wording.load("mapping.json", meant.saved()) == meant
    assert Wording.load("mapping.json", b"\xef\xbb\xbf{}") == Wording()


def test_the_ending_of_a_files_name_may_be_in_capitals() -> None:
    (sheet,) = grids("UNITS.XLSX", book(Units=[["learner", "ref"], ["L1", "U1"]]))
    (text,) = grids("UNITS.CSV", b"learner,ref\nL1,U1\n")
    assert sheet.rows == text.rows == ((1, ("learner", "ref")), (2, ("L1", "U1")))


def test_the_matrix_of_a_cohorts_workbook_is_no_tracker(real: Qualification) -> None:
    requests, _ = read_cohort(real, "c.csv", b"learner,pins\nL1,\nL2,L/601/0933\n")
    written = cohort_workbook(plan_cohort(real, requests))
    assert "Matrix" in [sheet.name for sheet in grids("c.xlsx", written)]
    with pytest.raises(DataError) as told:
        portfolio_file(real, "c.xlsx", written)
    wanted = "a table with learner, ref, status, or the file that this one was made from"
    assert str(told.value) == f"c.xlsx: is an answer of the planner, for people to read: hand in {wanted}"


def test_rows_of_one_learner_that_disagree_about_the_registration(real: Qualification) -> None:
    rows = (
        "learner,ref,status,site,hours_per_week\n"
        "L1,D/503/0352,assessed,Leeds,7\nL1,L/601/0933,planned,York,169\nL1,H/503/0403,planned,Leeds,\n"
    )
    found = portfolio_file(real, "p.csv", rows.encode())
    assert said(found.problems) == [
        "p.csv, row 3, hours_per_week = '169': must be whole hours from 1 to 168; the row is read without it",
        "p.csv, row 3, site = 'York': another row of this learner says Leeds, which is taken",
    ]
    (portfolio,) = found.portfolios
    assert (portfolio.details.site, portfolio.details.hours_per_week, len(portfolio.entries)) == (
        "Leeds",
        7,
        3,
    )


def test_units_held_in_a_way_that_is_none(real: Qualification) -> None:
    held, ways = read_held(real, ["D/503/0352=RPL", "H/503/0403"], "--held")
    assert held == {"D/503/0352", "H/503/0403"}
    assert dict(ways)["D/503/0352"] == "rpl"
    ways_known = "achieved, rpl, transfer, exempt"
    assert refused(lambda: read_held(real, ["D/503/0352=luck", "Z/1=rpl"], "--held")) == [
        f"--held = 'D/503/0352=luck': must be a ref alone, or with how it came to be held: {ways_known}",
        "--held = 'Z/1': no unit of this qualification has this ref",
    ]


def test_a_cohort_that_names_several_things_that_are_not_there(real: Qualification) -> None:
    rows = "learner,held,tasks,pins\nL1,Z/111/1111=rpl,juggling;fencing,\nL2,,,X/1;Y/2\nL3,,,\n"
    requests, problems = read_cohort(real, "c.csv", rows.encode())
    assert said(problems) == [
        "c.csv, row 2, held = 'Z/111/1111': no unit of this qualification has this ref; did you mean M/601/1511?",
        "c.csv, row 2, tasks = 'juggling;fencing': no such task; a task is written as its id, such as inbound-calls",
        "c.csv, row 3, pins = 'X/1;Y/2': no unit of this qualification has this ref: X/1, Y/2",
    ]
    assert [request.learner for request in requests] == ["L3"]


def test_a_calendar_agreed_that_ends_before_it_begins(real: Qualification) -> None:
    rows = (
        "learner,ref,start,finish\nL1,D/503/0352,2026-03-02,2026-03-01\nL1,Z/1,2026-03-02,2026-03-09\n"
        "L1,H/503/0403,2026-03-02,2026-03-02\n"
    )
    agreed, problems, _ = read_agreed(real, "a.csv", rows.encode())
    assert said(problems) == [
        "a.csv, row 2, finish = '2026-03-01': lies before start",
        "a.csv, row 3, ref = 'Z/1': no unit of this qualification has this ref",
    ]
    assert agreed == {"L1": {"H/503/0403": (date(2026, 3, 2), date(2026, 3, 2))}}


def test_units_held_in_unknown_ways_are_told_in_one_order(real: Qualification) -> None:
    ways = [f"D/503/0352={way}" for way in ("age", "bet", "fee", "job", "luck", "mood", "name")]
    cell = " ".join([*ways[3:], *ways[:3]])
    _, problems = read_cohort(real, "c.csv", f"learner,held\nL1,{cell}\n".encode())
    assert [problem.value for problem in problems] == ways
