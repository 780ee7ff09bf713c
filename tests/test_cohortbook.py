"""The cohort's and the delivery's workbooks: their figures, formulas, charts and texts."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from planner import DataError, Problem, Qualification, Wishes, load
from planner.cohort.batch import Cohort, plan_cohort
from planner.cohort.delivery_answer import Delivery, Running
from planner.cohort.seat_question import CentreLimit
from planner.files.text_files import plain_text
from planner.records.cohort_rows import read_cohort
from planner.records.wishes import Request
from planner.report import cohort_book, cohort_tables
from planner.report.cohort_book import cohort_csv, cohort_template, cohort_workbook
from planner.report.delivery_book import delivery_workbook
from tests.conftest import write_data
from tests.strategies import random_wishes
from tests.test_recordbook import Office, formulas, saved

TODAY = date(2026, 11, 22)

HOSTILE = [
    "=1+1",
    "+44",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x.invalid","x")',
    "http://x.invalid",
    "007",
    "'x",
]

PROBLEMS = (
    Problem("cohort.csv", "no unit of this qualification has this ref", 7, "pins", "=1+1"),
    Problem("cohort.csv", "must not be empty", 9, "learner", "(empty)"),
    Problem("cohort.csv", "no such task", 9, "tasks", "x" * 900),
)


def asked(qualification: Qualification, number: int, seed: int = 7) -> list[Request]:
    """Random requests; every seventh learner has a job, some cannot be met."""
    chance, requests = random.Random(seed), []
    for learner in range(1, number + 1):
        drawn = random_wishes(chance, list(qualification.by_ref), (0, 0, 1, 2, 3))
        tasks = [chance.choice(sorted(qualification.tasks))] if learner % 7 == 0 else []
        wishes = Wishes.read(
            qualification, pin=drawn["pin"], exclude=drawn["exclude"], held=drawn["held"], tasks=tasks
        )
        requests.append(Request(f"L{learner:03}", wishes, f"Learner {learner}", learner + 1))
    return requests


@pytest.fixture(scope="module")
def cohort(real: Qualification) -> Cohort:
    """Sixty learners, some of them with names and numbers that look like formulas."""
    requests = asked(real, 60)
    for place, text in enumerate(HOSTILE):
        requests[place] = replace(requests[place], learner=text, name=text)
    found = plan_cohort(real, requests, problems=PROBLEMS)
    assert {answer.status for answer in found.answers} == {"optimal", "infeasible"}
    return found


@pytest.fixture(scope="module")
def content(cohort: Cohort) -> bytes:
    return cohort_workbook(cohort, TODAY)


@pytest.fixture(scope="module")
def book(content: bytes) -> Workbook:
    return opened(content, values=True)


def opened(content: bytes, values: bool = False) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def rows(sheet: Worksheet, heading: str) -> list[dict[str, Any]]:
    """The rows below the header row that has `heading` in its first cell, down to the first blank row."""
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(table) if row[0] == heading)
    found = []
    for row in table[start + 1 :]:
        if all(value is None for value in row):
            break
        found.append(dict(zip(map(str, table[start]), row, strict=True)))
    return found


def labelled(sheet: Worksheet) -> dict[str, list[Any]]:
    """The figures of the sheet Summary by their labels."""
    return {
        str(row[0]).split(",")[0]: [value for value in row[1:] if value is not None]
        for row in sheet.iter_rows(min_row=5, values_only=True)
        if row[0] is not None
    }


def text_of(sheet: Worksheet) -> str:
    return "\n".join(
        str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None
    )


def expected_summary(cohort: Cohort) -> dict[str, list[Any]]:
    found = [answer for answer in cohort.answers if answer.found]

    def figures(values: Sequence[float]) -> list[Any]:
        return [sum(values), round(sum(values) / len(values), 1), min(values), max(values)]

    return {
        "Learners": [len(cohort.answers)],
        "with a plan": [len(found)],
        "of these not proven best": [0],
        "not possible": [len(cohort.answers) - len(found)],
        "not decided": [0],
        "Rows left out": [2],
        "Learners with a plan": ["In all", "On average", "Least", "Most"],
        "Guided hours still to do": figures([answer.new_glh or 0 for answer in found]),
        "Whole learning time still to come": figures([answer.learning_hours or 0 for answer in found]),
        "New units": figures([len(answer.new_units) for answer in found]),
        "Credits that count": figures([answer.credits or 0 for answer in found]),
    }


# Figures


def test_the_summary_says_what_the_answers_say(cohort: Cohort, book: Workbook) -> None:
    assert labelled(book["Summary"]) == expected_summary(cohort)
    assert book["Summary"]["A3"].value == (
        "As exported on 22 November 2026: 62 rows: 54 planned, 6 impossible, 2 to mend. 99 guided hours to do on "
        "average."
    )


def test_every_learner_has_a_row_with_the_answer_in_words(
    real: Qualification, cohort: Cohort, book: Workbook
) -> None:
    listed = rows(book["Learners"], "Learner")
    assert [row["Learner"] for row in listed] == [answer.request.learner for answer in cohort.answers]
    for row, answer in zip(listed, cohort.answers, strict=True):
        assert row["Name"] == answer.request.name
        assert row["Answer"] == ("planned" if answer.found else "not possible")
        assert (row["Guided hours"], row["Credits"]) == (answer.new_glh, answer.credits)
        assert row["Learning hours"] == answer.learning_hours
        assert row["New units"] == (len(answer.new_units) if answer.found else None)
        assert (row["Refs to achieve"] or "") == ", ".join(answer.new_units)
        assert (row["Why not"] or "") == cohort_tables.clash_words(answer)


def test_demand_counts_the_learners_of_each_unit_and_strategy(
    real: Qualification, cohort: Cohort, book: Workbook
) -> None:
    counts = Counter(ref for answer in cohort.answers for ref in answer.new_units)
    sheet = book["Demand"]
    listed = rows(sheet, "Title")
    assert {row["Ref"]: row["Learners"] for row in listed} == counts
    assert [row["Learners"] for row in listed] == sorted(counts.values(), reverse=True)
    assert all(row["Learner hours"] == real.by_ref[row["Ref"]].glh * counts[row["Ref"]] for row in listed)
    assert len({row["Title"] for row in listed}) == len(listed)
    strategies = Counter(
        real.strategy_name(letter)
        for answer in cohort.answers
        for letter in {real.by_ref[ref].strategy for ref in answer.new_units}
    )
    assert {
        row["Assessment strategy"]: row["Learners"] for row in rows(sheet, "Assessment strategy")
    } == strategies


def test_the_matrix_marks_wishes_and_plans(real: Qualification, cohort: Cohort, book: Workbook) -> None:
    sheet = book["Matrix"]
    heads = [str(cell.value).split("  ")[0] for cell in sheet[7]][2:]
    assert sorted(heads) == sorted(real.by_ref)
    seen = set()
    for row, answer in zip(sheet.iter_rows(min_row=8, values_only=True), cohort.answers, strict=True):
        marks = {ref: str(mark) for ref, mark in zip(heads, row[2:], strict=True) if mark}
        wishes, units = answer.request.wishes, set(answer.units)
        assert {ref for ref, mark in marks.items() if mark in "MN"} == set(answer.new_units)
        assert {ref for ref, mark in marks.items() if mark in "Hh"} == wishes.held
        if answer.found:
            assert {ref for ref, mark in marks.items() if mark in "MNH"} == units
            assert {ref for ref, mark in marks.items() if mark == "M"} == wishes.pins - wishes.held
            assert {ref for ref, mark in marks.items() if mark == "X"} == wishes.excludes - wishes.held
        seen |= set(marks.values())
    assert seen == set("MNHhX?")


def test_a_large_cohort_says_that_the_matrix_is_not_whole(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort_book, "MOST_IN_MATRIX", 10)
    book = opened(cohort_workbook(cohort))
    assert book["Matrix"].max_row == 17
    assert book["Matrix"]["A3"].value == (
        "The first 10 learners by units; the other 50 are on the sheet Learners."
    )
    assert len(rows(book["Learners"], "Learner")) == 60


def test_the_charts_show_the_rows_of_the_sheet_demand(content: bytes, book: Workbook) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [archive.read(n).decode() for n in sorted(archive.namelist()) if "charts/chart" in n]
    table = [[cell.value for cell in row] for row in book["Demand"].iter_rows()]
    found = []
    for chart in charts:
        assert "<c:barChart>" in chart
        for sheet, column, first, last in re.findall(r"<c:f>(\w+)!\$(\w)\$(\d+):\$\w\$(\d+)</c:f>", chart):
            assert sheet == "Demand"
            found.append([row["ABCDEFG".index(column)] for row in table[int(first) - 1 : int(last)]])
    strategies, units = rows(book["Demand"], "Assessment strategy"), rows(book["Demand"], "Title")
    assert found == [
        [row["Assessment strategy"] for row in strategies],
        [row["Learners"] for row in strategies],
        [row["Title"] for row in units],
        [row["Learners"] for row in units],
    ]


def test_rejected_rows_are_listed_with_row_field_and_value(cohort: Cohort, book: Workbook) -> None:
    assert [tuple(row.values()) for row in rows(book["Rejected rows"], "Row")] == [
        (problem.row, problem.field, problem.value[:500], problem.message) for problem in PROBLEMS
    ]
    conflicts = rows(book["Conflicts"], "Learner")
    impossible = [a.request.learner for a in cohort.answers if a.status == "infeasible"]
    assert [row["Learner"] for row in conflicts] == impossible
    assert len(impossible) > 1
    assert all(" guided hours" in row["Clash and way out"] for row in conflicts)


def test_units_outside_the_offer_are_named(real: Qualification) -> None:
    offer = [ref for ref in real.by_ref if ref != "T/503/0342"]
    wishes = Wishes.read(real, offer=offer)
    found = plan_cohort(real, [Request("L1", wishes)])
    (row,) = rows(opened(cohort_workbook(found))["Learners"], "Learner")
    assert row["Answer"] == "not possible"
    assert "Outside the centre's offer, and needed:" in row["Why not"]
    assert "(T/503/0342)" in row["Why not"].split("needed:")[1]


def test_formulas_follow_and_libreoffice_agrees(
    real: Qualification,
    cohort: Cohort,
    content: bytes,
    delivery_content: bytes,
    soffice: str,
    tmp_path: Path,
) -> None:
    nobody = cohort_workbook(Cohort(real, (), PROBLEMS), TODAY)
    changed = opened(content)
    changed["Learners"]["C6"] = "not decided"
    changed["Learners"]["D6"] = None
    more = opened(delivery_content)
    more["Units"]["E6"] = 50
    files = {"cohort": saved(opened(content)), "changed": saved(changed), "nobody": saved(opened(nobody))}
    files |= {"delivery": saved(opened(delivery_content)), "more": saved(more)}
    done = Office(soffice, tmp_path).resaved(files)
    assert formulas(done["cohort"]) == formulas(content)
    assert formulas(done["nobody"]) == formulas(nobody)
    assert formulas(done["delivery"]) == formulas(delivery_content)
    first = rows(opened(delivery_content, values=True)["Units"], "Ref")[0]
    added = (50 - first["Groups"]) * first["Guided hours"]
    before, after = (
        labelled(opened(file, values=True)["Summary"]) for file in (delivery_content, done["more"])
    )
    assert after["Delivered guided hours"][0] == before["Delivered guided hours"][0] + added
    assert after["Saved by planning together"][0] == before["Saved by planning together"][0] - added
    told = labelled(opened(done["changed"], values=True)["Summary"])
    plain = expected_summary(cohort)
    assert cohort.answers[0].found
    assert told["not decided"] == [1]
    assert told["with a plan"] == [plain["with a plan"][0] - 1]
    assert told["Guided hours still to do"][0] == plain["Guided hours still to do"][0] - (
        cohort.answers[0].new_glh or 0
    )
    nothing = labelled(opened(nobody, values=True)["Summary"])
    assert nothing["Learners"] == [0]
    assert nothing["Rows left out"] == [2]


# Texts and print


def test_names_that_look_like_formulas_stay_text(content: bytes, book: Workbook) -> None:
    for sheet, column in (("Learners", 0), ("Learners", 1), ("Matrix", 0), ("Matrix", 1)):
        first = 6 if sheet == "Learners" else 8
        cells = [
            row[column] for row in book[sheet].iter_rows(min_row=first, max_row=first + len(HOSTILE) - 1)
        ]
        assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in HOSTILE]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = "".join(archive.read(n).decode() for n in archive.namelist() if "worksheets/sheet" in n)
    assert len(re.findall("<f>", sheets)) > 20
    assert not [f for f in re.findall("<f>(.*?)</f>", sheets) if "invalid" in f or f == "1+1"]
    assert "<hyperlink" not in sheets


def test_every_sheet_prints_on_a4_and_says_the_status(book: Workbook) -> None:
    assert book.sheetnames == [
        "Summary", "Learners", "Matrix", "Demand", "Conflicts", "Rejected rows", "About",
    ]  # fmt: skip
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert "ended on 31 December 2013" in str(sheet["A2"].value)
    assert book["Learners"].print_title_rows == "$5:$5"
    assert book["Learners"].freeze_panes == "B6"
    assert book["Learners"].auto_filter.ref == "A5:I65"
    assert (book["Matrix"].print_title_rows, book["Matrix"].freeze_panes) == ("$7:$7", "C8")


def test_ten_thousand_learners_make_a_file_of_some_megabytes(real: Qualification) -> None:
    few = plan_cohort(real, asked(real, 500)).answers
    answers = tuple(
        replace(few[place % 500], request=replace(few[place % 500].request, learner=f"L{place}"))
        for place in range(10_000)
    )
    content = cohort_workbook(Cohort(real, answers))
    assert len(content) < 5_000_000


# CSV


def test_the_csv_holds_every_learner_and_nothing_a_spreadsheet_runs(cohort: Cohort) -> None:
    content = cohort_csv(cohort)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert list(lines[0]) == [
        "learner", "name", "answer", "guided_hours", "credits", "learning_hours", "new_units",
        "refs_to_achieve", "why_not",
    ]  # fmt: skip
    for line, answer in zip(lines, cohort.answers, strict=True):
        assert plain_text(line["learner"]) == answer.request.learner
        assert line["guided_hours"] == ("" if answer.new_glh is None else str(answer.new_glh))
        assert not [value for value in line.values() if value[:1] in tuple("=+-@\t\r")]
    assert [line["learner"] for line in lines[:3]] == ["'=1+1", "'+44", "'-1"]
    assert lines[6]["learner"] == "007"
    assert lines[7]["learner"] == "'x"


# The empty cohort table


def test_the_empty_table_is_read_once_it_is_filled_in(real: Qualification) -> None:
    content = cohort_template(real)
    with pytest.raises(DataError, match="lists no learner"):
        read_cohort(real, "cohort.xlsx", content)
    book = opened(content)
    for column, value in enumerate(
        ("007", "Learner 7", "l6010933; K/503/0421", "L/503/0394", None, "inbound-calls"), start=1
    ):
        book["Cohort"].cell(2, column).value = value
    requests, problems = read_cohort(real, "cohort.xlsx", saved(book))
    assert problems == ()
    wishes = Wishes.read(
        real, pin=["L/601/0933", "K/503/0421"], exclude=["L/503/0394"], tasks=["inbound-calls"]
    )
    assert requests == (Request("007", wishes, "Learner 7", 2),)
    assert (
        book["Cohort"]["A3"].number_format == "@"
        or book["Cohort"].column_dimensions["A"].number_format == "@"
    )


def test_the_empty_table_lists_refs_and_tasks(real: Qualification, tmp_path: Path) -> None:
    text = text_of(opened(cohort_template(real))["How to fill this in"])
    for name in (*real.by_ref, *real.tasks, *(unit.title for unit in real.units)):
        assert name in text
    bare = load("Q1", write_data(tmp_path))
    assert "Tasks" not in text_of(opened(cohort_template(bare))["How to fill this in"])


# Delivery


def delivered(cohort: Cohort, group_size: int = 12) -> Delivery:
    """Everybody's own best plan, the learners of a unit put into groups in their order."""
    qualification, found = cohort.qualification, [answer for answer in cohort.answers if answer.found]
    units = []
    for ref in qualification.by_ref:
        names = [answer.request.learner for answer in found if ref in answer.new_units]
        groups = [tuple(names[start : start + group_size]) for start in range(0, len(names), group_size)]
        units += [Running(ref, tuple(groups))] if groups else []
    hours = sum(qualification.by_ref[unit.ref].glh * len(unit.groups) for unit in units)
    return Delivery(
        qualification,
        "feasible",
        group_size,
        None,
        {"B": 20, "A": 10_000},
        hours,
        hours - 100,
        sum(answer.new_glh or 0 for answer in found),
        hours + 250,
        tuple(units),
        {answer.request.learner: answer.units for answer in found},
        {answer.request.learner: answer.new_units for answer in found},
        tuple((a.request.learner, a.conflicts) for a in cohort.answers if not a.found),
        seconds=1.5,
    )


@pytest.fixture(scope="module")
def delivery(cohort: Cohort) -> Delivery:
    return delivered(cohort)


@pytest.fixture(scope="module")
def delivery_content(delivery: Delivery) -> bytes:
    return delivery_workbook(delivery, PROBLEMS, TODAY)


@pytest.fixture(scope="module")
def delivery_book(delivery_content: bytes) -> Workbook:
    return opened(delivery_content, values=True)


def test_the_delivery_summary_says_value_bound_and_what_planning_together_saves(
    real: Qualification, delivery: Delivery, delivery_book: Workbook
) -> None:
    hours = delivery.delivered_glh
    assert hours is not None
    told = labelled(delivery_book["Summary"])
    assert told["Delivered guided hours"] == [hours]
    assert told["No plan delivers fewer guided hours than"] == [hours - 100]
    assert told["Guided hours of all learners together"] == [delivery.learner_glh]
    assert told["Delivered guided hours if everybody followed their own best plan"] == [hours + 250]
    assert told["Saved by planning together"] == [250]
    assert told["Learners with seats"] == [len(delivery.selections)]
    assert told["Groups"] == [sum(len(unit.groups) for unit in delivery.units)]
    assert told["Learners left out"] == [len(delivery.left_out)]
    assert told["Rows of the file left out"] == [2]
    by_strategy = Counter[str]()
    for unit in delivery.units:
        by_strategy[real.by_ref[unit.ref].strategy] += real.by_ref[unit.ref].glh * len(unit.groups)
    limits = {"A": (10_000, "yes"), "B": (20, "no")}
    for letter, number in by_strategy.items():
        assert told[real.strategy_name(letter)] == [number, *limits.get(letter, ("no limit", "yes"))]
    sentence = str(delivery_book["Summary"]["A3"].value)
    assert f"Not proven least: no plan delivers fewer than {hours - 100} hours" in sentence


def test_units_groups_and_learners_of_a_delivery_agree(
    real: Qualification, delivery: Delivery, delivery_book: Workbook
) -> None:
    units = rows(delivery_book["Units"], "Ref")
    assert [row["Ref"] for row in units] == [unit.ref for unit in delivery.units]
    seats = [tuple(row.values()) for row in rows(delivery_book["Groups"], "Ref")]
    for row, unit in zip(units, delivery.units, strict=True):
        assert (row["Groups"], row["Learners"]) == (len(unit.groups), sum(map(len, unit.groups)))
        assert row["Delivered hours"] == real.by_ref[unit.ref].glh * len(unit.groups)
        assert row["Seats free"] == 12 * len(unit.groups) - row["Learners"]
    assert seats == [
        (unit.ref, real.named(unit.ref).removesuffix(f" ({unit.ref})"), number, seat, learner)
        for unit in delivery.units
        for number, group in enumerate(unit.groups, start=1)
        for seat, learner in enumerate(group, start=1)
    ]
    for row in rows(delivery_book["Learners"], "Learner"):
        new = delivery.new_units[row["Learner"]]
        assert row["Refs to achieve"] == ", ".join(new)
        assert row["Guided hours"] == sum(real.by_ref[ref].glh for ref in new)
    left = {row["Learner"]: row["Why not"] for row in rows(delivery_book["Left out"], "Learner")}
    assert left == {
        learner: " ".join(conflict.in_words(real) for conflict in conflicts)
        for learner, conflicts in delivery.left_out
    }


def test_a_delivery_that_is_impossible_or_undecided_says_so(real: Qualification) -> None:
    clash = (CentreLimit(3), CentreLimit(10, "B"))
    book = opened(delivery_workbook(Delivery(real, "infeasible", 12, 3, {"B": 10}, clash=clash)), values=True)
    assert "this is proven. These limits cannot all be kept" in str(book["Summary"]["A3"].value)
    assert "10 delivered guided hours of strategy B: Customer Service" in str(book["Summary"]["A3"].value)
    assert labelled(book["Summary"])["Different units run"] == [3]
    undecided = opened(delivery_workbook(Delivery(real, "unknown", 12, seconds=60.0)), values=True)
    assert "Not decided in 60 seconds" in str(undecided["Summary"]["A3"].value)
    best = replace(delivered(plan_cohort(real, asked(real, 3))), status="optimal")
    assert "Proven: no plan delivers fewer hours; among equals" in str(
        opened(delivery_workbook(best))["Summary"]["A3"].value
    )


def test_every_sheet_of_a_delivery_prints_on_a4_and_says_the_status(delivery_book: Workbook) -> None:
    assert delivery_book.sheetnames == [
        "Summary", "Units", "Groups", "Learners", "Fit", "Left out", "Rejected rows", "About",
    ]  # fmt: skip
    for sheet in delivery_book:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert "ended on 31 December 2013" in str(sheet["A2"].value)
    assert delivery_book["Groups"].print_title_rows == "$5:$5"


def test_the_units_to_fill_in_are_listed_by_group_whatever_their_order_on_file(real: Qualification) -> None:
    turned = replace(real, units=tuple(reversed(real.units)))
    told = text_of(opened(cohort_template(turned))["How to fill this in"])
    places = [(told.rindex(unit.ref), unit.group) for unit in real.units]
    assert [group for _, group in sorted(places)] == sorted(group for _, group in places)
