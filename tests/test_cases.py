"""Files as centres send them: each was read wrong, or refused for no good reason, by some system.

They were rebuilt after public reports, with invented learners; the number groups them by the kind of fault.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import DataError, Qualification
from planner.authoring import draft
from planner.catalogue import load_all, read_offer
from planner.catalogue.units import read_units
from planner.cpd.scheme import load_readings
from planner.files.wording import Wording, status_meant
from planner.portfolio.verdict import judge
from planner.recognition.scheme_file import load_recognitions
from planner.records.cohort_rows import CohortFile, cohort_file, read_cohort
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.report.audit_book import audit_workbook
from tests.test_cli import Run, run

__all__ = ["run"]

CASES = Path(__file__).with_name("fixtures") / "cases"


def portfolios(real: Qualification, name: str, **said: Any) -> PortfolioFile:
    return portfolio_file(real, name, (CASES / name).read_bytes(), **said)


def cohort(real: Qualification, name: str) -> CohortFile:
    return cohort_file(real, name, (CASES / name).read_bytes())


def refused(call: Callable[[], object]) -> list[str]:
    with pytest.raises(DataError) as caught:
        call()
    return [str(problem) for problem in caught.value.problems]


def rules_met(real: Qualification, read: PortfolioFile) -> dict[str, bool | None]:
    """The verdict on each learner: None for one who is not judged."""
    judged = {portfolio.learner: judge(real, portfolio).now for portfolio in read.portfolios}
    return {learner: now.rules_met if now.judged else None for learner, now in judged.items()}


def guessed(words: tuple[str, ...]) -> Wording:
    """What the page proposes for words of the file, taken as it is."""
    return Wording(statuses={word: status_meant(word) for word in words})


def test_every_file_has_a_test_here() -> None:
    code = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in sorted(CASES.iterdir()) if path.name not in code] == []
    assert len(list(CASES.iterdir())) == 29


# 01: what a spreadsheet destroyed


def test_an_error_of_the_spreadsheet_is_no_evidence(real: Qualification) -> None:
    read = portfolios(real, "01-na-error-is-evidence.xlsx")
    assert rules_met(real, read) == {"L1": None}
    assert read.portfolios[0].rows_left_out == 7
    cells = {(problem.row, problem.field, problem.value) for problem in read.problems}
    assert cells == {(row, name, "#N/A") for row in range(2, 9) for name in ("evidence", "assessor")}


def test_two_people_whose_numbers_became_one_are_not_merged(real: Qualification) -> None:
    told = refused(lambda: portfolios(real, "01-sci-notation-merges-two-learners.csv"))
    assert len(told) == 7
    assert all("learner = '1.20E+10': is what a spreadsheet left of a number" in text for text in told)


# 02: which sheets are read


def test_the_sheet_that_people_see_is_read_and_the_hidden_one_named(real: Qualification) -> None:
    read = portfolios(real, "02-hidden-old-sheet-first.xlsx")
    assert [len(portfolio.entries) for portfolio in read.portfolios] == [2]
    assert rules_met(real, read) == {"L1": False}
    old, new = read.sheets
    assert (old.name, old.kind, old.reason) == ("2025", "", "is hidden, and another sheet has such a table")
    assert (new.name, new.kind, new.rows) == ("2026", "Portfolio", 2)


def test_all_sheets_of_learners_are_read(real: Qualification) -> None:
    read = portfolios(real, "02-one-sheet-a-learner.xlsx")
    assert {p.learner: len(p.entries) for p in read.portfolios} == {"L1": 7, "L2": 3, "L3": 5}
    assert rules_met(real, read)["L1"] is True
    assert [sheet.name for sheet in read.sheets if sheet.kind] == ["Ann", "Ben", "Cara"]


def drafted(name: str, folder: Path, **more: Any) -> Path:
    return draft(
        name, (CASES / name).read_bytes(), folder, number="900/0001/X", title="A draft", credits=10, **more
    )


def test_a_table_of_units_over_two_sheets_is_read_whole(tmp_path: Path) -> None:
    drafted("02-new-units-two-sheets.xlsx", tmp_path)
    assert [unit.ref for unit in load_all(tmp_path)["900/0001/X"].units] == ["M1", "A1", "A2"]


# 03: learners who vanish


def test_a_learner_of_whom_nothing_could_be_read_is_not_judged(
    real: Qualification, run: Run, tmp_path: Path
) -> None:
    name = "03-rejected-learner-vanishes.csv"
    read = portfolios(real, name)
    assert rules_met(real, read) == {"L1": None, "L2": False, "L3": True}
    assert [portfolio.rows_left_out for portfolio in read.portfolios] == [7, 4, 0]
    code, out, _ = run("audit", CASES / name, "--json")
    first, second, third = json.loads(out)["learners"]
    assert code == 1
    assert (first["rules_met"], first["rows_left_out"]) == (None, 7)
    assert first["not_judged"] == "none of its 7 rows could be read"
    assert (second["rows_left_out"], third["rows_left_out"]) == (4, 0)
    screen = " ".join(run("audit", CASES / name)[1].split())
    assert "Not judged" in screen
    assert audit_workbook([judge(real, p) for p in read.portfolios], read.problems)


def test_merged_cells_of_learners_are_filled_down(real: Qualification) -> None:
    read = portfolios(real, "03-merged-learner-cells.xlsx")
    assert {p.learner: len(p.entries) for p in read.portfolios} == {"L1": 7, "L2": 3}
    assert rules_met(real, read) == {"L1": True, "L2": False}
    assert read.problems == ()


# 05: half a withdrawal


def test_a_decision_withdrawn_by_somebody_on_no_day_does_not_count(real: Qualification) -> None:
    read = portfolios(real, "05-withdrawn-by-without-date.xlsx")
    assert rules_met(real, read) == {"L1": False}
    assert read.portfolios[0].decisions == ()
    (problem,) = read.problems
    assert (problem.sheet, problem.row, problem.field) == ("Decisions", 2, "withdrawn")


# 06: names with blanks


def test_barred_sets_named_with_a_blank_are_two_sets(tmp_path: Path) -> None:
    drafted("06-barred-set-names-with-blanks.csv", tmp_path)
    found = load_all(tmp_path)["900/0001/X"]
    assert dict(found.barred) == {"Set-1": ("A1", "A2"), "Set-2": ("A3", "A4")}


# 07: one person or two


def test_a_no_break_space_makes_no_other_person(real: Qualification) -> None:
    read = portfolios(real, "07-learner-b-nbsp.csv")
    assert rules_met(real, read) == {"Ann Example": True}
    assert read.problems == ()


def test_another_case_is_asked_about_and_neither_is_judged(real: Qualification) -> None:
    name = "07-learner-e-case.csv"
    read = portfolios(real, name)
    assert rules_met(real, read) == {"L1001a": None, "l1001A": None}
    assert all("may be one person" in problem.message for problem in read.problems)
    confirmed = portfolios(real, name, same=["L1001a=l1001A"])
    assert rules_met(real, confirmed) == {"L1001a": True}
    assert confirmed.problems == ()


# 08: lines below the table


def test_lines_below_the_table_are_no_learners(real: Qualification) -> None:
    read = cohort(real, "08-footer-becomes-learners.csv")
    assert [request.learner for request in read.requests] == ["L1", "L2"]
    assert [(problem.row, problem.left_out) for problem in read.problems] == [
        (5, False),
        (6, False),
        (7, False),
    ]


# 09: dates


def test_common_ways_to_write_a_date_are_read(real: Qualification) -> None:
    (portfolio,) = portfolios(real, "09-dates-moodle-and-others.csv").portfolios
    assert {entry.date for entry in portfolio.entries} == {date(2026, 9, 12)}


def test_a_column_that_can_only_be_month_first_is_doubted_as_a_whole(real: Qualification) -> None:
    read = portfolios(real, "09-us-dates-half-read.csv")
    dates = {entry.ref: entry.date for entry in read.portfolios[0].entries}
    assert dates["H/503/0403"] == date(2026, 3, 25)
    assert [p.value for p in read.problems] == ["03/04/2026", "04/02/2026", "05/01/2026", "06/07/2026"]
    assert sum(day is None for day in dates.values()) == 4


# 10: several rows for one unit


def test_of_two_attempts_the_latest_counts_and_it_is_said(real: Qualification) -> None:
    read = portfolios(real, "10-two-attempts.csv")
    assert rules_met(real, read) == {"L1": True}
    (problem,) = read.problems
    assert "rows 8, 9 give L1 this unit, and differ: row 9 counts (verified)" in problem.message


# 11: labels anywhere


def test_the_labels_of_a_record_are_found_in_any_column(real: Qualification) -> None:
    read = portfolios(real, "11-record-column-inserted.xlsx")
    (portfolio,) = read.portfolios
    assert (portfolio.learner, portfolio.details.name) == ("L1", "Ann Example")
    assert rules_met(real, read) == {"L1": True}


# 12: refs


def test_refs_are_read_as_they_are_torn_apart(real: Qualification) -> None:
    read = cohort(real, "12-refs-with-blanks.csv")
    one, two = {"L/601/0933"}, {"L/601/0933", "T/503/0342"}
    assert [set(request.wishes.pins) for request in read.requests] == [one, two, two, one, two, one]
    assert read.problems == ()


def test_texts_kept_from_the_spreadsheet_are_read(real: Qualification) -> None:
    assert rules_met(real, portfolios(real, "12-equals-quote.csv")) == {"0012": True}


# 13: somebody else's sheet


def test_a_sheet_of_decisions_of_another_kind_is_left_alone_and_named(real: Qualification) -> None:
    read = portfolios(real, "13-other-decisions-sheet.xlsx")
    assert rules_met(real, read) == {"L1": True}
    assert [(problem.sheet, problem.row) for problem in read.problems] == [("Decisions", None)]
    book = openpyxl.load_workbook(
        io.BytesIO(audit_workbook([judge(real, *read.portfolios)] * 2, read.problems))
    )
    assert "Decisions" in [cell.value for cell in book["Rejected rows"]["A"]]


# 14: refs that are no refs any more


def test_refs_that_a_spreadsheet_made_into_something_else_are_refused_by_cell(tmp_path: Path) -> None:
    told = refused(lambda: drafted("14-new-refs-became-dates.xlsx", tmp_path))
    cells = ["row 2, ref = '2026-03-01'", "row 3, ref = '2026-09-02'", "row 5, ref = 'yes'"]
    cells.append("row 6, ref = '1.00000000000001e+15'")
    assert [any(cell in text for text in told) for cell in cells] == [True] * 4
    assert not any("row 4," in text for text in told)
    assert list(tmp_path.iterdir()) == []


# 15: yes and no


def test_a_unit_that_is_not_offered_is_not_taken_for_one(real: Qualification) -> None:
    name = "15-offer-no-counts-as-yes.csv"
    refs, problems = read_offer(real, name, (CASES / name).read_bytes())
    assert refs == {"D/503/0352", "T/503/0342"}
    assert not problems


# 16: advice that works


def test_a_workbook_with_backslashes_is_opened(real: Qualification) -> None:
    read = portfolios(real, "16-backslash-parts.xlsx")
    assert rules_met(real, read) == {"L1": True}


def test_a_web_page_called_xls_is_told_what_to_do(real: Qualification) -> None:
    (told,) = refused(lambda: portfolios(real, "16-html-starts-with-meta.xls"))
    assert told.endswith("open it in a spreadsheet program and save it as .xlsx")


# 17: separators


def test_a_unit_file_with_semicolons_is_read() -> None:
    found = read_units(CASES / "17-units-with-semicolons.csv")
    assert len(found["600/5106/1"]) == 39


# 20 to 24: trackers, logs and cohorts of centres


def test_a_tracker_is_read_once_its_letters_have_a_meaning(real: Qualification) -> None:
    name = "20-tracker-matrix.xlsx"
    read = portfolios(real, name)
    assert set(rules_met(real, read).values()) == {None}
    assert read.unknown_statuses == ("A", "V", "IP")
    again = portfolios(real, name, wording=guessed(read.unknown_statuses))
    assert rules_met(real, again) == {
        "Ada Example": False, "Ben Example": False, "Cara Example": True, "Dev Example": True,
        "Ela Example": False, "Finn Example": False,
    }  # fmt: skip
    assert {p.details.start for p in again.portfolios} == {date(2026, 1, 12)}
    ada = {entry.ref: entry.status for entry in again.portfolios[0].entries}
    assert (ada["D/503/0352"], ada["T/503/0342"], ada["J/503/0362"]) == (
        "assessed",
        "verified",
        "in progress",
    )
    assert "H/503/0403" not in ada


def test_a_log_in_its_own_words_is_read_once_they_have_a_meaning(real: Qualification) -> None:
    name = "21-log-own-words.xlsx"
    read = portfolios(real, name)
    assert read.unknown_statuses == ("Signed off", "IQA'd", "Complete")
    columns = {header: column for sheet in read.sheets for header, column in sheet.columns.items()}
    assert columns["Learner name"] == "learner"
    assert (columns["Unit"], columns["Date signed"], columns["Notes"]) == ("ref", "date", None)
    again = portfolios(real, name, wording=guessed(read.unknown_statuses))
    ada, ben = again.portfolios
    assert [(e.ref, e.status, e.date) for e in ada.entries] == [
        ("D/503/0352", "assessed", date(2026, 3, 12)),
        ("T/503/0342", "verified", date(2026, 4, 2)),
        ("H/503/0403", "in progress", None),
    ]
    assert [(e.ref, e.status, e.date) for e in ben.entries] == [("D/503/0352", "assessed", None)]
    assert [(p.row, p.value) for p in again.problems] == [(8, "3rd March")]


def test_a_mapping_is_kept_in_a_file_and_used_again(run: Run, tmp_path: Path) -> None:
    path, kept = CASES / "21-log-own-words.xlsx", tmp_path / "mapping.json"
    said = ["--map-status", "Signed off=assessed", "--map-status", "IQA'd=verified", "--map-status"]
    first = run("audit", path, *said, "Complete=assessed", "--save-mapping", kept, "--json")[1]
    assert run("audit", path, "--mapping", kept, "--json")[1] == first
    assert json.loads(first)["mapping"]["statuses"]["Signed off"] == "assessed"
    code, out, err = run("audit", path, "--map-status", "Signed off=assesed")
    assert (code, out) == (2, "")
    assert "--map-status, Signed off = 'assesed': must be one of" in err
    assert "did you mean assessed?" in err
    assert run("audit", path, "--map", "nonsense")[0] == 2


def test_headers_of_logs_facts_and_new_units_are_mapped_and_kept(run: Run, tmp_path: Path) -> None:
    scheme, fact = next((name, fact) for name, of in load_recognitions().items() for fact in of.facts)
    activity = next(iter(load_readings()["ccmg-ccop-plan"].activities))
    files = {
        "cpd": (f"Blah,year\n{activity},1\n", "activity", ["cpd", "FILE", "--reading", "ccmg-ccop-plan"]),
        "career": (f"scheme,Blah,value\n{scheme},{fact},1\n", "fact", ["career", "FILE"]),
        "new": (
            "Blah,title,level,credits,glh\nA1,Tea,2,4,20\n",
            "ref",
            ["new", "FILE", "--id", "9/1", "--title", "Tea", "--credits", "4"],
        ),
    }
    for name, (text, column, command) in files.items():
        path, kept = tmp_path / f"{name}.csv", tmp_path / f"{name}.json"
        path.write_text(text, encoding="utf-8")
        words = [str(path) if word == "FILE" else word for word in command]
        out = ["--out", str(tmp_path / f"{name}-1")] if name == "new" else []
        assert run(*words, *out)[0] == 2
        assert run(*words, *out, "--map", f"Blah={column}", "--save-mapping", kept)[0] in (0, 1)
        assert json.loads(kept.read_text(encoding="utf-8"))["columns"] == {"Blah": column}
        out = ["--out", str(tmp_path / f"{name}-2")] if name == "new" else []
        assert run(*words, *out, "--mapping", kept)[0] in (0, 1)


def test_a_messy_portfolio_stays_good(real: Qualification) -> None:
    read = portfolios(real, "22-portfolio-messy.xlsx")
    verdicts = rules_met(real, read)
    assert len(verdicts) == 18
    assert None not in verdicts.values()
    assert verdicts["NB01"] is True
    assert {p.row for p in read.problems} == {21, 23, 24, 25, 27}
    assert {p.learner: p.rows_left_out for p in read.portfolios if p.rows_left_out} == {"NB04": 2}


def test_a_cohort_of_45_keeps_its_dates_and_assessors(real: Qualification, run: Run, tmp_path: Path) -> None:
    name = "23-cohort-of-45.xlsx"
    read = cohort(real, name)
    assert len(read.requests) == 41
    assert [p.row for p in read.problems] == [15, 26, 31, 38]
    assert read.requests[0].details.start == date(2026, 9, 14)
    assert {request.details.assessor for request in read.requests} == {"Jane", "Tariq", "Olu"}
    out = tmp_path / "plan.csv"
    first = json.loads(run("cohort", CASES / name, "--json", "--out", out)[1])["learners"][0]
    again, _ = read_cohort(real, "plan.csv", out.read_bytes())
    assert [request.details for request in again] == [request.details for request in read.requests]
    assert (first["start"], first["assessor"]) == ("2026-09-14", "Jane")


def test_a_cohort_in_its_own_words_is_read(real: Qualification) -> None:
    read = cohort(real, "24-cohort-own-words.xlsx")
    assert len(read.requests) == 10
    assert {request.wishes.pins for request in read.requests} == {frozenset({"J/503/0426"})}
    assert read.requests[0].learner == "Ada Example"
    assert read.sheets[0].columns["Ref no"] is None


def test_an_output_never_replaces_a_file_that_was_read(run: Run, tmp_path: Path) -> None:
    path, link, hard = tmp_path / "in.xlsx", tmp_path / "link.xlsx", tmp_path / "hard.xlsx"
    content = (CASES / "22-portfolio-messy.xlsx").read_bytes()
    path.write_bytes(content)
    link.symlink_to(path)
    hard.hardlink_to(path)
    (tmp_path / "folder").mkdir()
    spelt = tmp_path / "folder" / ".." / "in.xlsx"
    for target in (path, link, hard, spelt):
        code, out, err = run("audit", path, "--xlsx", target)
        assert (code, out) == (2, ""), target
        assert "is a file that was read" in err
    assert run("cohort", path, "--out", path)[0] == 2
    assert path.read_bytes() == content
