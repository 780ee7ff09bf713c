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
from tests.seen import everything, said, words
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


def seen(app: AppTest) -> str:
    """All that a page says: words, figures, tables and choices."""
    figures = [f"{metric.label} {metric.value}" for metric in app.metric]
    tables = [table.value.to_csv() for table in (*app.dataframe, *app.table)]
    choices = [
        f"{each.label} {' '.join(map(str, each.options))}" for each in (*app.selectbox, *app.multiselect)
    ]
    helps = [
        str(getattr(each, "help", "")) for each in (*app.button, *app.selectbox, *app.checkbox, *app.metric)
    ]
    return "\n".join([everything(app), words(app), *figures, *tables, *choices, *helps])


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


EXAMPLES = """
[[example]]
source = "by hand: three of six recognised"
counted = ["C1", "C2", "A1", "A2", "A3", "B1"]
held = { C1 = "rpl", c2 = "rpl", A1 = "rpl", B3 = "transfer" }
[[example]]
source = "by hand: four of six recognised"
counted = ["C1", "C2", "A1", "A2", "A3", "B1"]
held = { C1 = "rpl", C2 = "rpl", A1 = "rpl", A2 = "rpl" }
breaks = ["rpl"]
"""


def test_an_example_says_how_its_units_came_to_be_held(tmp_path: Path) -> None:
    table = "\n".join([HEADER, *ROWS]) + "\n"
    found = check(planner.load("P", write_data(tmp_path / "right", table, package=RULES + EXAMPLES)), TODAY)
    assert found.ok, [remark.text for remark in found.remarks]
    wrong = EXAMPLES.replace('held = { C1 = "rpl", c2', 'held = { A2 = "rpl", C1 = "rpl", c2')
    found = check(planner.load("P", write_data(tmp_path / "wrong", table, package=RULES + wrong)), TODAY)
    assert "Example 1 (by hand: three of six recognised) is said to break no rule and breaks rpl." in [
        remark.text for remark in found.remarks
    ]
    unknown = EXAMPLES.replace("c2 =", "X9 =")
    with pytest.raises(planner.DataError, match=r"example\[1\]\.held = 'X9': neither a unit of this qualif"):
        planner.load("P", write_data(tmp_path / "unknown", table, package=RULES + unknown))


def test_an_example_may_hold_a_unit_that_stands_outside(tmp_path: Path) -> None:
    needs = '[[rule]]\nid = "safe"\ntext = "A1 needs SAFE"\nunit = "A1"\nrequires_held = "SAFE"\n'
    examples = EXAMPLES.replace("B3 =", "SAFE =").replace('breaks = ["rpl"]', 'breaks = ["rpl", "safe"]')
    table = "\n".join([HEADER, *ROWS]) + "\n"
    found = check(planner.load("P", write_data(tmp_path, table, package=RULES + needs + examples)), TODAY)
    assert "2 worked examples replayed." in [remark.text for remark in found.remarks]
    assert not [remark for remark in found.remarks if remark.id.startswith("example-")]


CREDITS = """
id = "Q"
title = "Certificate in Talking (invented)"
source = "invented"
verified = 2026-11-22
measure = "credits"
[[rule]]
id = "total"
text = "12 credits"
count = "credits"
at_least = 12
"""


@pytest.fixture
def without_hours(tmp_path: Path) -> Path:
    """Credits are published and hours are not."""
    rows = [f"Q,A,,T{number},Talk {number},2,{credits},,,,," for number, credits in enumerate((3, 4, 5, 8))]
    return write_data(tmp_path, "\n".join([HEADER, *rows]) + "\n", talking=CREDITS)


def test_where_no_hours_are_published_plans_have_fewest_units_and_credits_are_told(
    without_hours: Path, tmp_path: Path, run: Run
) -> None:
    answer = planner.plan(planner.load("Q", without_hours))
    assert (answer.units, answer.credits) == (("T1", "T3"), 12)  # by hand: 4 + 8
    cohort = tmp_path / "cohort.csv"
    cohort.write_text("learner,pins,held\n1,T0,\n2,,T1\n", encoding="utf-8")
    hours = re.compile(r"\bhours?\b|\bglh\b|guided|\d h\b", re.IGNORECASE)
    commands = (
        ("plan",),
        ("plan", "--json"),
        ("explore",),
        ("audit", "--unit", "T1"),
        ("cohort", cohort),
        ("check",),
    )
    for command in commands:
        code, out, err = run(*command, "--data", without_hours)
        assert code in (0, 1), err
        out = re.sub(r"hours of\s+(learning,?)\W+(guided or not)?", "", out)  # ten a credit, guided or not
        assert not hours.search(out), (command, hours.search(out))
    assert "12 credits" in run("plan", "--data", without_hours)[1]
    assert "its source publishes no guided hours" in run("plan", "--goal", "glh", "--data", without_hours)[2]


@pytest.mark.parametrize("which", ["folder", "without_hours"])
def test_delivery_without_hours_is_refused_and_told_what_plans_without(
    which: str, request: pytest.FixtureRequest, tmp_path: Path, run: Run
) -> None:
    cohort = tmp_path / "cohort.csv"
    cohort.write_text("learner\n1\n", encoding="utf-8")
    code, _, err = run("deliver", cohort, "--data", request.getfixturevalue(which))
    assert code == 2
    assert (
        "publishes no guided hours, so there are none to share among learners: a cohort is planned without"
        in err
    )


def test_hours_are_given_for_every_unit_unless_none_are_published(without_hours: Path) -> None:
    path = without_hours / "qualifications" / "talking.toml"
    path.write_text(CREDITS.replace('measure = "credits"', ""), encoding="utf-8")
    with pytest.raises(planner.DataError, match=r"row 2, glh = '\(empty\)': must be a whole number"):
        planner.load("Q", without_hours)


def portfolio_page() -> None:
    from planner.pages.learners import portfolio

    portfolio.show()


def cohort_page() -> None:
    from planner.pages.delivery import cohorts

    cohorts.show()


@pytest.mark.parametrize("page", [portfolio_page, cohort_page])
def test_no_page_that_reads_a_file_speaks_of_figures_nobody_published(
    page: Callable[[], None], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["qualification"] = "P"
    app.run()
    field = next(each for each in app.file_uploader if re.match("(portfolio|cohort)-file-", str(each.key)))
    if page is portfolio_page:
        field.upload("p.xlsx", portfolio_file(tmp_path / "p.xlsx").read_bytes())
    else:
        field.upload("c.csv", b"learner,name,pins,held\n1,Ada Example,A3,C1=rpl\n2,Bo Example,B2 B3,\n")
    app.run()
    assert not app.exception
    shown = seen(app).replace("hours per week", "")  # those of the learner: a column of the file
    assert ("Buy supplies" if page is portfolio_page else "What the cohort needs") in shown
    assert not SAID.search(shown), SAID.search(shown)


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
    shown = seen(app)
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


def test_nobody_tells_the_hours_of_units_without_credits(folder: Path, tmp_path: Path, run: Run) -> None:
    tracker = tmp_path / "tracker.csv"
    tracker.write_text("learner,ref,status\nL1,C1,planned\n", encoding="utf-8")
    code, _, err = run("timeline", tracker, "--data", folder)
    assert code == 2
    assert "P: has no credits, so that nobody can tell the hours of a unit" in err


def test_the_page_of_time_says_so_and_asks_for_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = AppTest.from_function(time_page, default_timeout=30)
    app.query_params["qualification"] = "P"
    app.run()
    told = "This qualification has no credits, so that nobody can tell the hours of a unit."
    assert told in said(app, "info").splitlines()
    assert not app.file_uploader


def time_page() -> None:
    from planner.pages.learners import time_page

    time_page.show()
