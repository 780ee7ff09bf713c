"""A package that counts units, with imports, a title, a share and a cap on prior learning, from end to end.

The package is invented after the form of published ones; its figures are worked by hand in the comments.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

import planner
from planner.authoring.lint import check
from planner.catalogue.loading import DATA_VARIABLE
from planner.portfolio.verdict import judge
from planner.records.portfolio_files import read_portfolios
from planner.report.audit_book import audit_workbook
from planner.report.cohort_book import cohort_workbook
from planner.report.plan_book import plan_workbook
from planner.report.record_book import record_workbook
from tests.conftest import HEADER, write_data
from tests.seen import words
from tests.test_cli import Run, run

__all__ = ["run"]

TODAY = date(2026, 11, 22)

ROWS = [
    "P,Core,,C1,Lead a team,4,,,,,", "P,Core,,C2,Plan operations,4,,,,,",
    "P,A,,A1,Solve problems,4,,,,,people;core", "P,A,,A2,Hold meetings,4,,,,,people", "P,A,,A3,Write reports,3,,,,,paper",
    "P,B,,B1,Keep accounts,4,,,,,paper", "P,B,X,B2,Buy supplies,3,,,,,", "P,B,X,B3,Sell supplies,3,,,,,",
]  # fmt: skip

RULES = """
id = "P"
title = "Certificate IV in Leading (invented)"
source = "invented"
verified = 2026-11-22
measure = "units"
level = 4
[[rule]]
id = "total"
text = "6 units"
at_least = 6
at_most = 6
[[rule]]
id = "core"
text = "both core units"
where = { group = "Core" }
all = true
[[rule]]
id = "level"
text = "at least 60% of the units at level 4"
where = { level = 4 }
at_least_percent = 60
[[rule]]
id = "imported"
text = "no more than 1 imported unit"
where = { group = "I" }
at_most = 1
[[rule]]
id = "rpl"
text = "no more than half of the units by recognition of prior learning"
where = { held = "rpl" }
at_most_percent = 50
[[slot]]
id = "IMPORT"
title = "Imported unit"
group = "I"
count = 2
level = 3
[[titles]]
name = "(People)"
[[titles.rule]]
id = "people"
text = "both units about people"
where = { tag = "people" }
all = true
"""

SAID = re.compile(r"\bhours?\b|\bcredits?\b(?! transfer)|\bglh\b|guided|\d h\b", re.IGNORECASE)
"""Words of figures that nobody published; "credit transfer" is a way of holding a unit."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_data(tmp_path, "\n".join([HEADER, *ROWS]) + "\n", package=RULES)


@pytest.fixture
def package(folder: Path) -> planner.Qualification:
    return planner.load("P", folder)


def portfolio_file(path: Path) -> Path:
    """One learner: three units by recognition, two assessed, one unit from elsewhere accepted, a title nearly reached."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Portfolio"
    rows = [
        ("C1", "verified"),
        ("C2", "rpl"),
        ("A1", "rpl"),
        ("A3", "rpl"),
        ("B1", "assessed"),
        ("A2", "in progress"),
    ]
    for row in [("learner", "ref", "status"), *(("7", *row) for row in rows)]:
        sheet.append(row)
    decisions = book.create_sheet("Decisions")
    decisions.append(("learner", "decision", "unit_or_rule", "outside", "reason", "by", "date"))
    decisions.append(("7", "accept", "IMPORT", "XYZ101", "as good", "Ada Example", "2026-11-01"))
    book.save(path)
    return path


def texts_of(content: bytes) -> str:
    """Every text of a workbook, its properties and formulas included."""
    parts = zipfile.ZipFile(io.BytesIO(content))
    texts = (parts.read(name).decode("utf-8", "ignore") for name in parts.namelist())
    return "\n".join(re.sub(r"<[^>]*>", " ", text) for text in texts)


def test_the_fewest_units_are_planned_and_prices_are_in_units(package: planner.Qualification) -> None:
    answer = planner.plan(package)
    assert [goal.id for goal in answer.goals] == ["units"]
    # By hand: 6 of 8 units with both core ones; B2 and B3 bar each other; 60% of 6 are 4 at level 4.
    assert (answer.status, answer.units) == ("optimal", ("A1", "A2", "A3", "B1", "C1", "C2"))
    share = next(finding for finding in answer.findings if finding.rule.id == "level")
    assert (share.measured, share.total, share.at_least, share.holds) == (5, 6, 4, True)
    found = planner.explore(package).to_json()
    assert found["price_unit"] == "units"
    assert "glh" not in json.dumps(found)
    assert "credits" not in json.dumps(found)


@pytest.mark.parametrize("goal", ["glh", "credits"])
def test_goals_of_figures_nobody_published_are_refused_with_a_sentence(
    package: planner.Qualification, goal: str
) -> None:
    with pytest.raises(planner.DataError, match="this qualification counts units: its source publishes no"):
        planner.plan(package, goals=[goal])


def test_the_cap_on_prior_learning_is_a_share_of_what_counts(package: planner.Qualification) -> None:
    # By hand: of 6 units 3 may be recognised. With 4 recognised one of them does not count.
    held = [f"{ref}=rpl" for ref in ("A1", "A2", "A3", "B1")]
    answer = planner.plan(package, held=held)
    assert (answer.status, len(answer.new_units), len(set(answer.units) & {"A1", "A2", "A3", "B1"})) == (
        "optimal",
        3,
        3,
    )
    assert planner.plan(package, held=held, pin=["A1", "A2", "A3", "B1"]).status == "infeasible"
    achieved = planner.plan(package, held=["A1", "A2", "A3", "B1"])
    assert len(achieved.new_units) == 2


def test_a_title_is_planned_and_an_audit_says_what_it_lacks(
    package: planner.Qualification, tmp_path: Path
) -> None:
    assert {"A1", "A2"} <= set(planner.plan(package.titled("people"), exclude=["A3"]).units)
    content = portfolio_file(tmp_path / "portfolio.xlsx").read_bytes()
    (portfolio,), problems = read_portfolios(package, "portfolio.xlsx", content)
    assert problems == ()
    judgement = judge(package, portfolio, today=TODAY)
    # By hand: C1, C2, A1, A3, B1 and the imported unit are six; three are recognised, which is half of them.
    assert judgement.now.rules_met
    assert judgement.now.counted == ("A1", "A3", "B1", "C1", "C2", "IMPORT-1")
    ((name, titled),) = judgement.titles
    assert (name, titled.rules_met, titled.home.new_units) == ("(People)", False, ("A2",))
    assert judgement.to_json()["titles"][0]["missing"]["to_finish"] == ["A2"]


def test_no_text_speaks_of_figures_nobody_published(folder: Path, tmp_path: Path, run: Run) -> None:
    portfolio = portfolio_file(tmp_path / "portfolio.xlsx")
    cohort = tmp_path / "cohort.csv"
    cohort.write_text("learner,pins,held\n1,A3,C1=rpl\n2,B2 B3,\n3,IMPORT-1,SAFE\n", encoding="utf-8")
    commands: list[tuple[object, ...]] = [
        ("plan",), ("plan", "--json"), ("plan", "--title", "people"), ("plan", "--pin", "B2", "--pin", "B3"), ("plan", "--survive", "1"),
        ("explore", "--within", "1"), ("explore", "--json"), ("why",), ("why", "B2", "--json"),
        ("audit", portfolio), ("audit", portfolio, "--json"), ("audit", "--unit", "C1"), ("whatif", "--unit", "C1"),
        ("cohort", cohort), ("cohort", cohort, "--json"), ("check",), ("check", "--json"),
    ]  # fmt: skip
    told = 0
    for command in commands:
        code, out, err = run(*command, "--data", folder)
        assert code in (0, 1), (command, err)
        assert out
        assert not SAID.search(out + err), (command, SAID.search(out + err))
        told += len(out)
    assert told > 10_000


def test_no_workbook_speaks_of_figures_nobody_published_and_what_is_written_is_read_back(
    package: planner.Qualification, tmp_path: Path
) -> None:
    content = portfolio_file(tmp_path / "portfolio.xlsx").read_bytes()
    (portfolio,), _ = read_portfolios(package, "portfolio.xlsx", content)
    judgement = judge(package, portfolio, today=TODAY)
    record = record_workbook(judgement, TODAY)
    cohort = planner.plan_cohort(
        package, planner.read_cohort(package, "c.csv", b"learner,pins\n1,A3\n2,B2 B3\n")[0]
    )
    books: dict[str, Callable[[], bytes]] = {
        "plan": lambda: plan_workbook(planner.plan(package, held=["C1=rpl"]), TODAY),
        "titled": lambda: plan_workbook(planner.plan(package.titled("people")), TODAY),
        "record": lambda: record,
        "audit": lambda: audit_workbook([judgement], today=TODAY),
        "cohort": lambda: cohort_workbook(cohort, TODAY),
    }
    for name, write in books.items():
        texts = texts_of(write())
        assert len(texts) > 1_000
        assert not SAID.search(texts), (name, SAID.search(texts))
    (again,), problems = read_portfolios(package, "record.xlsx", record)
    assert problems == ()
    assert (again.achieved, again.ways, again.in_hand) == (
        portfolio.achieved,
        portfolio.ways,
        portfolio.in_hand,
    )


def test_the_check_has_no_error(package: planner.Qualification) -> None:
    report = check(package, TODAY)
    assert report.ok, [remark.text for remark in report.remarks]
    assert report.figures["units"].computed == len(ROWS)  # places for units from elsewhere are no units


def test_a_title_under_the_qualifications_own_key_is_told_its_place(tmp_path: Path) -> None:
    folder = write_data(
        tmp_path, "\n".join([HEADER, *ROWS]) + "\n", package=RULES.replace("[[titles]]", "[[title]]")
    )
    with pytest.raises(planner.DataError, match=r"endorsed titles stand under \[\[titles\]\]"):
        planner.load("P", folder)


def test_figures_given_for_some_units_only_are_refused(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1].replace("4,,,", "4,3,,", 1), *ROWS[2:]]
    with pytest.raises(
        planner.DataError, match="must be given for every unit of a qualification or for none"
    ):
        planner.load("P", write_data(tmp_path, "\n".join([HEADER, *rows]) + "\n", package=RULES))


def test_with_several_qualifications_on_file_one_has_to_be_named_or_all(tmp_path: Path, run: Run) -> None:
    rows = [*ROWS, *(row.replace("P,", "R,", 1) for row in ROWS)]
    second = RULES.replace('id = "P"', 'id = "R"')
    folder = write_data(tmp_path, "\n".join([HEADER, *rows]) + "\n", package=RULES, other=second)
    code, _, err = run("check", "--data", folder)
    assert (code, "choose one of R, P or --all" in err or "choose one of P, R or --all" in err) == (2, True)
    assert "--all" not in run("plan", "--data", folder)[2]
    assert run("check", "--all", "--data", folder)[0] == 0


def plan_page() -> None:
    from planner.pages.my_units import plan

    plan.show()


def qualifications_page() -> None:
    from planner.pages.reference import qualifications

    qualifications.show()


@pytest.mark.parametrize("page", [plan_page, qualifications_page])
def test_no_page_speaks_of_figures_nobody_published(
    page: Callable[[], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params["qualification"] = "P"
    app.run()
    assert not app.exception
    shown = words(app) + " ".join(f"{metric.label} {metric.value}" for metric in app.metric)
    assert "Lead a team" in shown
    assert not SAID.search(shown), SAID.search(shown)


def test_the_page_plans_the_title_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = AppTest.from_function(plan_page, default_timeout=30)
    app.query_params["qualification"] = "P"
    app.query_params["exclude"] = "A2"
    app.run()
    assert "6 units to achieve" in words(app)
    app.selectbox(key="title").set_value("(People)").run()
    assert not app.exception
    assert app.query_params["title"] in ("(People)", ["(People)"])
    assert "You left out Hold meetings (A2). This cannot stand under" in words(app)
