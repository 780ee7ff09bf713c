"""A qualification whose units have half credits, from end to end.

It is invented; its figures are worked by hand in the comments.
"""

from __future__ import annotations

import io
import itertools
import json
import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

import planner
from planner.authoring.lint import check
from planner.catalogue.loading import DATA_VARIABLE
from planner.catalogue.units import Unit
from planner.cohort.minimal_selections import pool_of
from planner.planning.solve import answer
from planner.records.wishes import Wishes
from planner.report.cohort_book import cohort_csv, cohort_workbook
from planner.report.plan_book import plan_workbook
from planner.rules.measure import audit_many
from planner.rules.model import Model
from planner.rules.prover import Prover
from planner.rules.rule import Bound, Choice
from tests.conftest import HEADER, write_data
from tests.strategies import deep
from tests.test_cli import Run, run
from tests.test_unit_counted import seen

__all__ = ["run"]

TODAY = date(2026, 11, 22)

ROWS = [
    "H,Core,,C1,Lead a team,3,2.5,20,A,high,", 'H,Core,,C2,Plan operations,2,"2,5",15,A,high,',
    "H,A,,A1,Solve problems,3,3.5,12,A,high,", "H,A,,A2,Hold meetings,3,2.50,10,A,high,", "H,A,,A3,Take notes,2,½,5,B,high,small",
    "H,A,X,A4,Keep accounts,2,4.0,18,B,high,", "H,A,X,A5,Buy supplies,3,2,11,B,high,small",
]  # fmt: skip

RULES = """
id = "H"
title = "Diploma in Halves (invented)"
source = "invented"
verified = 2026-11-22
[published]
min_credits = 10.5
[[rule]]
id = "total"
text = "at least 10.5 credits"
count = "credits"
at_least = 10.5
[[rule]]
id = "core"
text = "both core units, 5 credits"
count = "credits"
where = { group = "Core" }
all = true
[[rule]]
id = "level"
text = "at least 60% of the credits at level 3"
count = "credits"
where = { level = 3 }
at_least_percent = 60
[[rule]]
id = "large"
text = "a unit of 3.5 credits or more, or 4.5 credits of smaller ones"
any = [
  { id = "one", text = "a unit of 3.5 credits or more", where = { group = "A", credits_at_least = 3.5 }, at_least = 1 },
  { id = "two", text = "at least 4.5 credits", count = "credits", where = { group = "A", credits_at_most = 2.5 }, at_least = 4.5 },
]
[[example]]
source = "by hand: 2.5 + 2.5 + 3.5 + 2 is the least, 8 of 10.5 are at level 3"
counted = ["C1", "C2", "A1", "A5"]
[[example]]
source = "by hand: 10 credits"
counted = ["C1", "C2", "A2", "A3", "A5"]
breaks = ["total"]
"""

BROKEN = re.compile(r"\d\.0\b|\d\.\d\d")
"""A figure that is told as 5.0, or in some other part of a credit than a half."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data", "\n".join([HEADER, *ROWS]) + "\n", halves=RULES)


@pytest.fixture
def halves(folder: Path) -> planner.Qualification:
    return planner.load("H", folder)


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    path = tmp_path / "cohort.csv"
    rows = "1,A3,C1,2026-01-05,2026-12-31,5\n2,A4,,,,\n3,,,2026-06-01,2027-12-31,5\n"
    path.write_text(f"learner,pins,held,start,target,hours_per_week\n{rows}", encoding="utf-8")
    return path


def test_half_credits_are_read_as_people_write_them(halves: planner.Qualification) -> None:
    credits = {unit.ref: unit.credits for unit in halves.units}
    assert credits == {"C1": 2.5, "C2": 2.5, "A1": 3.5, "A2": 2.5, "A3": 0.5, "A4": 4, "A5": 2}
    assert {ref for ref, figure in credits.items() if type(figure) is int} == {"A4", "A5"}


@pytest.mark.parametrize("text", ["1,500", "1.000", "1,000.5", "0.0", "-2.5", "2.5e1", "½½", ".", "٢.5"])
def test_what_may_be_a_thousand_or_no_half_is_refused(folder: Path, text: str) -> None:
    rows = [*ROWS[:-1], ROWS[-1].replace(",3,2,11,", f',3,"{text}",11,')]
    with pytest.raises(planner.DataError, match=r"credits = .* must be a whole number from 1 to 1000"):
        planner.load("H", write_data(folder, "\n".join([HEADER, *rows]) + "\n", halves=RULES))


def test_the_fewest_credits_are_proven_in_halves(halves: planner.Qualification) -> None:
    found = planner.plan(halves, goals=["credits"])
    # By hand: both core units are 5; 5.5 more are 3.5 + 2, and 8 of 10.5 are at level 3.
    assert (found.units, found.credits, found.learning_hours) == (("A1", "A5", "C1", "C2"), 10.5, 105)
    assert [(goal.value, goal.bound, goal.proven) for goal in found.goals] == [(10.5, 10.5, True)]
    told = {finding.rule.id: finding.progress for finding in found.findings}
    assert told["total"] == "10.5 of 10.5 credits"
    assert told["level"] == "8 of 6.5 credits (60% of 10.5)"  # 6.3, rounded up to a half
    shorter = planner.plan(halves)
    assert (shorter.credits, type(shorter.credits)) == (11, int)  # 2.5 + 2.5 + 3.5 + 2.5


def test_a_sum_that_misses_its_limit_by_half_a_credit_is_proven_impossible(folder: Path) -> None:
    table = "\n".join([HEADER, *ROWS]) + "\n"
    for most, status in ((10.5, "optimal"), (10, "infeasible")):
        cap = f'[[rule]]\nid = "cap"\ntext = "cap"\ncount = "credits"\nat_most = {most}\n'
        found = planner.plan(planner.load("H", write_data(folder, table, halves=RULES + cap)))
        assert found.status == status
        assert [sorted(rule.id for rule in conflict.rules) for conflict in found.conflicts] == (
            [["cap", "total"]] if status == "infeasible" else []
        )


def test_the_shortcut_for_cohorts_answers_what_the_solver_answers(folder: Path) -> None:
    # It takes rules of sums alone, so the share and the choice are left out.
    text = RULES[: RULES.index('[[rule]]\nid = "level"')].replace("min_credits = 10.5", "")
    qualification = planner.load("H", write_data(folder, "\n".join([HEADER, *ROWS]) + "\n", halves=text))
    pool = pool_of(qualification)
    assert pool is not None
    asked = 0
    for ref in qualification.by_ref:
        for wished in (
            {"pin": [ref]},
            {"exclude": [ref]},
            {"held": [ref]},
            {"held": [ref, "A4"], "exclude": ["A1"]},
        ):
            wishes = Wishes.read(qualification, **wished)  # type: ignore[arg-type]
            best, found = pool.best(wishes), answer(qualification, wishes)
            assert getattr(best, "units", ()) == found.units, wished
            asked += found.found
    assert asked > 15


def test_many_claims_are_measured_in_halves(halves: planner.Qualification) -> None:
    found = audit_many(halves.rules[:1], ["C1", "A1", "A5"], np.array([[1, 1, 0], [0, 0, 1], [1, 1, 1]]))
    assert found.measured.tolist() == [[6], [2], [8]]
    assert audit_many(halves.rules[:1], ["C1", "A3"], np.array([[1, 0], [0, 1]])).measured.tolist() == [
        [2.5],
        [0.5],
    ]


def test_the_check_recomputes_halves_and_reads_them_in_sentences(halves: planner.Qualification) -> None:
    report = check(halves, TODAY)
    assert report.ok, [remark.text for remark in report.remarks]
    assert report.figures["min_credits"].computed == 10.5
    remarks = {remark.id: remark.text for remark in report.remarks}
    assert remarks["published-min_credits"] == (
        "min_credits 10.5 agrees: 10.5 credits, the least of any valid selection."
    )
    assert remarks["learning-time"].startswith("10.5 credits stand for about 105 hours")
    assert not [name for name in remarks if name.startswith(("sentence", "undecided", "example-"))]


def test_no_text_tells_a_whole_number_as_if_it_were_none(folder: Path, cohort: Path, run: Run) -> None:
    commands: list[tuple[object, ...]] = [
        ("plan",), ("plan", "--json"), ("plan", "--goal", "credits"), ("plan", "--survive", "1"), ("plan", "--held", "A3=rpl"),
        ("explore", "--within", "3"), ("explore", "--json"), ("why",), ("why", "A4"), ("why", "--goal", "credits"),
        ("audit", "--unit", "C1", "--unit", "A3"), ("audit", "--unit", "C1", "--json"), ("whatif", "--unit", "C1"),
        ("cohort", cohort), ("cohort", cohort, "--json"), ("deliver", cohort), ("deliver", cohort, "--json"),
        ("timeline", cohort), ("timeline", cohort, "--json"), ("check",), ("check", "--json"),
    ]  # fmt: skip
    told = halves = 0
    for command in commands:
        code, out, err = run(*command, "--data", folder)
        assert code in (0, 1), (command, err)
        assert not BROKEN.search(out), (command, BROKEN.search(out))
        told += len(out)
        halves += len(re.findall(r"\d\.5\b", out))
    assert told > 10_000
    assert halves > 100


def test_json_has_numbers(folder: Path, cohort: Path, run: Run) -> None:
    found = json.loads(run("plan", "--goal", "credits", "--json", "--data", folder)[1])
    assert (found["credits"], found["goals"][0]["value"]) == (10.5, 10.5)
    assert (found["findings"][2]["measured"], found["findings"][2]["at_least"]) == (8, 6.5)
    (first, *_) = json.loads(run("timeline", cohort, "--json", "--data", folder)[1])["learners"]
    assert (first["achieved_credits"], first["expected_credits"]) == (2.5, 11.5)
    assert {unit["ref"]: unit["hours"] for unit in first["units"]} == {"A1": 35, "A2": 25, "A3": 5, "C2": 25}


def figures_in(content: bytes) -> list[Any]:
    """Every number in a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row)
    return [value for value in cells if isinstance(value, (int, float))]


def texts_in(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row)
    return "\n".join(value for value in cells if isinstance(value, str))


def test_workbooks_hold_halves_as_numbers(halves: planner.Qualification, cohort: Path) -> None:
    requests, problems = planner.read_cohort(halves, "c.csv", cohort.read_bytes())[:2]
    assert problems == ()
    planned = planner.plan_cohort(halves, requests)
    plan = plan_workbook(planner.plan(halves, goals=["credits"]), TODAY)
    book = cohort_workbook(planned, TODAY)
    assert {0.5, 2.5, 3.5, 10.5} <= {*figures_in(plan)}
    assert 11.5 in figures_in(book)
    for content in (plan, book):
        assert not re.search(r"^\d+\.\d$", texts_in(content), re.MULTILINE)
    assert re.search(r"=ROUNDUP\(2\*60\*SUMPRODUCT\(.*\)/100,0\)/2$", texts_in(plan), re.MULTILINE)
    table = cohort_csv(planned).decode("utf-8-sig").splitlines()
    assert ",11.5," in table[1]
    assert not BROKEN.search("\n".join(table))


def test_two_versions_are_compared_in_halves(folder: Path, tmp_path: Path, run: Run) -> None:
    new = write_data(
        tmp_path / "new",
        "\n".join([HEADER, *ROWS]).replace("A1,Solve problems,3,3.5", "A1,Solve problems,3,4") + "\n",
        halves=RULES.replace("10.5", "11").replace("by hand: 10 credits", "x"),
    )
    code, out, err = run("change", folder, new)
    assert code in (0, 1), err
    assert "3.5 credits" in " ".join(out.split())
    assert not BROKEN.search(out)


def test_a_new_qualification_keeps_half_credits(tmp_path: Path, run: Run) -> None:
    table = tmp_path / "units.csv"
    table.write_text(
        'ref,title,level,credits,glh,group\nN1,One,2,2.5,10,M\nN2,Two,2,"3,5",12,M\nN3,Three,2,0.5,4,A\n',
        encoding="utf-8",
    )
    options = ("--id", "N", "--title", "New", "--credits", "6", "--mandatory", "M", "--out", tmp_path / "out")
    code, _, err = run("new", table, *options)
    assert code == 0, err
    written = next((tmp_path / "out" / "qualifications").glob("*.toml")).read_text(encoding="utf-8")
    assert "6 credits: every unit of group M" in written
    assert planner.plan(planner.load("N", tmp_path / "out")).credits == 6


@pytest.mark.parametrize("needed", ["6.5", "6,5", "6½", " 6.50 "])
def test_a_new_qualification_may_ask_for_half_credits(needed: str, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "units.csv"
    table.write_text(
        "ref,title,level,credits,glh,group\nN1,One,2,2.5,10,M\nN2,Two,2,3.5,20,A\nN3,Three,2,0.5,4,A\n"
        "N4,Four,2,4,30,A\n",
        encoding="utf-8",
    )
    options = (
        "--id",
        "N",
        "--title",
        "New",
        "--credits",
        needed,
        "--minimum",
        "A=4½",
        "--out",
        tmp_path / "out",
    )
    code, out, err = run("new", table, *options, "--json")
    assert code == 0, err
    assert not [remark for remark in json.loads(out)["remarks"] if remark["id"].startswith("sentence")]
    found = planner.load("N", tmp_path / "out")
    assert [(rule.id, rule.text, rule.at_least) for rule in found.rules] == [
        ("total", "at least 6.5 credits in all", 6.5),
        ("from-a", "at least 4.5 credits from group A", 4.5),
    ]
    assert run("check", "--qualification", "N", "--data", tmp_path / "out")[0] == 0
    # By hand: 4.5 of A are N3 and N4, 34 hours, or N2 and N4, 50; N1 adds the rest to the former, 10 hours.
    best = planner.plan(found)
    assert (best.units, best.credits, best.new_glh) == (("N1", "N3", "N4"), 7, 44)


def test_a_new_qualification_that_counts_units_takes_no_half(tmp_path: Path, run: Run) -> None:
    table = tmp_path / "units.csv"
    table.write_text("ref,title,level,group\nN1,One,2,A\nN2,Two,2,A\n", encoding="utf-8")
    for wrong in (("--units", "1.5"), ("--units", "1", "--minimum", "A=0.5")):
        code, out, err = run("new", table, "--id", "N", "--title", "New", "--out", tmp_path / "out", *wrong)
        assert (code, out) == (2, "")
        assert "whole number from" in err or "a group with units from 0 to" in err
        assert not (tmp_path / "out").exists()


def plan_page() -> None:
    from planner.pages.my_units import plan

    plan.show()


def qualifications_page() -> None:
    from planner.pages.reference import qualifications

    qualifications.show()


def learners_page() -> None:
    from planner.pages.learners import portfolio

    portfolio.show()


@pytest.mark.parametrize("page", [plan_page, qualifications_page, learners_page])
def test_no_page_tells_a_whole_number_as_if_it_were_none(
    page: Callable[[], None], folder: Path, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["qualification"] = "H"
    if page is plan_page:
        app.query_params["goal"] = "credits"
    app.run()
    if page is learners_page:
        field = next(each for each in app.file_uploader if str(each.key).startswith("portfolio-file-"))
        field.upload("c.csv", cohort.read_bytes())
        app.run()
        app.selectbox(key="learner").set_value(0).run()
    assert not app.exception
    shown = seen(app)
    assert re.search(r"\d\.5\b", shown)
    assert not BROKEN.search(shown), BROKEN.search(shown)


def drawn(chance: random.Random) -> planner.Qualification:
    """Eight units, most with half credits, under limits of sums; hours in no relation to credits."""
    units = [
        Unit(f"U{n}", f"Unit {n}", chance.choice("AB"), 2, chance.randint(1, 9) / 2, chance.randint(1, 20))
        for n in range(8)
    ]
    weights = {unit.ref: unit.credits for unit in units}
    of_b = {unit.ref: unit.credits for unit in units if unit.group == "B"} or {"U0": weights["U0"]}
    total = int(sum(weights.values()) * 2)
    least = chance.randint(total // 4, total // 2) / 2
    rules: list[planner.Rule] = [
        Bound("total", "total", weights, least, least + chance.choice([0.5, 1, 2.5]), "credits"),
        Bound("b", "b", of_b, at_most=sum(of_b.values()) - chance.choice([0, 0.5, 1.5]), count="credits"),
    ]
    if chance.random() < 0.5:
        low = Bound("low", "low", of_b, at_most=1.5, count="credits")
        rules.append(Choice("either", "either", (low, Bound("many", "many", weights, at_least=least + 0.5))))
    return planner.Qualification("D", "Drawn", "invented", None, tuple(units), tuple(rules))


def kept(rule: planner.Rule, chosen: frozenset[str]) -> bool:
    """Whether units keep a rule, counted in halves."""
    if isinstance(rule, Choice):
        return sum(kept(part, chosen) for part in rule.of) >= rule.at_least
    halves = sum(round(2 * weight) for ref, weight in rule.weights.items() if ref in chosen)
    low, high = (None if limit is None else round(2 * limit) for limit in (rule.at_least, rule.at_most))
    return (low is None or halves >= low) and (high is None or halves <= high)


def test_whole_figures_of_a_floating_point_type_are_whole_to_the_solver() -> None:
    rule = Bound("b", "b", {"U0": 2.0, "U1": 4.0}, at_least=4.0, count="credits").in_whole_numbers()
    assert [type(figure) for figure in (*rule.weights.values(), rule.at_least)] == [int, int, int]
    assert Model(["U0", "U1"], [rule]).solve({}, []).counted >= {"U1"}


def test_prices_conflicts_and_implied_rules_are_those_of_brute_force() -> None:
    chance = random.Random(25)
    prices = idle = impossible = 0
    for _ in range(deep(12, 200)):
        qualification = drawn(chance)
        refs = list(qualification.by_ref)
        every = [frozenset(c) for size in range(len(refs) + 1) for c in itertools.combinations(refs, size)]
        valid = [chosen for chosen in every if all(kept(rule, chosen) for rule in qualification.rules)]
        prover = Prover(refs)
        for rule in qualification.rules:
            others = [other for other in qualification.rules if other is not rule]
            implied = all(kept(rule, c) for c in every if all(kept(other, c) for other in others))
            assert prover.implies(others, rule) is implied
            idle += implied
        found = planner.explore(qualification)
        if not valid:
            impossible += 1
            assert found.best.status == "infeasible"
            continue
        hours = {chosen: sum(qualification.by_ref[ref].glh for ref in chosen) for chosen in valid}
        least = min(hours.values())
        assert found.best.new_glh == least
        for unit in found.units:
            for price, counts in ((unit.pin_price, True), (unit.exclude_price, False)):
                asked = [number - least for chosen, number in hours.items() if (unit.ref in chosen) is counts]
                assert price == min(asked, default=None), (unit.ref, counts)
                prices += 1
    assert prices > 80
    assert idle > 0
