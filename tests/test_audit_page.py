"""The page for assessors, run without a browser, and the changes it makes to portfolios."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import AlertBase, Widget

from planner import Qualification, load, load_all
from planner.catalogue.loading import DATA_VARIABLE, QUALIFICATION_VARIABLE
from planner.pages.learners import changes, decisions, learners_here, portfolio_answers, portfolio_visit
from planner.pages.shared import page_shell, unsaved_guard, visit_memory
from planner.pages.shared.words import plain, tidy
from planner.portfolio.verdict import Judgement, judge
from planner.records.portfolio_files import read_portfolios
from planner.records.portfolios import ACHIEVED, Decision, Details, Entry, Portfolio
from planner.records.registrations import LONGEST
from planner.report.empty_portfolios import portfolio_template
from planner.report.record_book import record_template, record_workbook
from tests.conftest import SMALL_RULES
from tests.seen import everything, said, unescaped, words

BEST = ("D/503/0352", "H/503/0403", "H/600/9660", "J/503/0426", "K/503/0385", "L/503/0394", "T/503/0342")
HEADER = ("learner", "name", "ref", "status", "evidence", "assessor", "date")
DAY = "2026-01-05"
HOSTILE = "[click](http://x.invalid) <img src=x onerror=alert(1)> **bold** $x$ :red[red]"
MET = "success :material/check_circle:"
NOT_YET = "warning :material/pending:"
NEVER = "error :material/block:"
UNDECIDED = "warning :material/hourglass_empty:"
"""The kinds and icons of verdicts."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page() -> None:
    """The script that the tests run."""
    from planner.pages.learners import portfolio

    portfolio.show()


def opened(**address: str) -> AppTest:
    """The page as it opens."""
    app = AppTest.from_function(page, default_timeout=30)
    for key, value in address.items():
        app.query_params[key] = value
    return ran(app)


def ran(step: AppTest | Widget) -> AppTest:
    """The page after a step: what was set or clicked."""
    app = step.run()
    assert not app.exception
    return app


def table(rows: Iterable[Iterable[str]], header: Iterable[str] = HEADER) -> bytes:
    """A portfolio table as a CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def rows(
    learner: str, refs: Iterable[str], status: str = "verified", name: str = ""
) -> list[tuple[str, ...]]:
    return [(learner, name, ref, status, "E1", "A. Assessor", DAY) for ref in refs]


def upload(app: AppTest, content: bytes, name: str = "portfolios.csv", mime: str = "text/csv") -> AppTest:
    field = next(field for field in app.file_uploader if str(field.key).startswith("portfolio-file-"))
    field.set_value((name, content, mime))
    return ran(app)


def one(app: AppTest, place: int = 0) -> AppTest:
    """The page of one of several learners."""
    return ran(app.selectbox(key="learner").set_value(place))


def verdicts(app: AppTest) -> list[str]:
    """The verdicts, each after its kind and icon: now, and if everything in progress is achieved."""
    boxes = [box for box in app.main if isinstance(box, AlertBase)]
    told = [" ".join((box.type, box.proto.icon, unescaped(box.value))) for box in boxes]
    return [each for each in told if each.startswith((MET, NOT_YET, NEVER, UNDECIDED))]


def columns(app: AppTest, number: int) -> dict[str, list[str]]:
    """A table of the page, column by column, escapes taken out."""
    page_shell = app.table[number].value
    return {name: [str(cell).replace("\\", "") for cell in page_shell[name]] for name in page_shell.columns}


def visit(app: AppTest) -> portfolio_visit.Visit:
    found: Any = app.session_state[visit_memory.SHELF].items.get(learners_here.HELD)
    if found is None:
        return portfolio_visit.Visit()
    assert isinstance(found.value, portfolio_visit.Visit)
    return found.value


def decide(
    app: AppTest, kind: str, subject: str, reason: str = "Seen at work", by: str = "Ann Example"
) -> None:
    """Fills in a decision and adds it."""
    app.selectbox(key="decision-kind").set_value(kind).run()
    app.selectbox(key="decision-rule" if kind == "waive" else "decision-unit").set_value(subject)
    app.text_input(key="decision-reason").set_value(reason)
    app.text_input(key="decision-by").set_value(by)
    ran(app.button(key="decide").click())


# The changes


def test_a_status_moves_on_and_its_date_stays_under_its_name(real: Qualification) -> None:
    start = Portfolio("one", (Entry("T/503/0342", "in progress", "E1", date=date(2026, 1, 5)),))
    after = changes.with_status(real, start, "T/503/0342", "assessed")
    assert after.entries == (Entry("T/503/0342", "assessed", "E1", started=date(2026, 1, 5)),)
    assert changes.with_status(real, after, "T/503/0342", "assessed") == after
    assert changes.with_status(real, after, "T/503/0342", None).entries == ()


def test_who_brings_a_unit_to_a_status_is_on_record_where_that_is_known(real: Qualification) -> None:
    day = date(2026, 1, 6)
    start = Portfolio("one", (Entry("T/503/0342", "submitted", "E1"),))
    after = changes.with_status(real, start, "T/503/0342", "assessed", "Ann", day)
    assert after.entries == (Entry("T/503/0342", "assessed", "E1", "Ann", date=day),)
    later = changes.with_status(real, after, "T/503/0342", "verified", "Ivy", date(2026, 2, 1))
    assert later.entries == (
        Entry("T/503/0342", "verified", "E1", "Ann", date=date(2026, 2, 1), assessed=day),
    )
    named = Portfolio("one", (Entry("T/503/0342", "submitted", assessor="Bob"),))
    assert changes.with_status(real, named, "T/503/0342", "assessed", "Ann", day).entries[0].assessor == "Bob"
    assert changes.with_status(real, after, "T/503/0342", "assessed", "Bob") == after


def test_units_stand_in_the_order_of_the_qualification(real: Qualification) -> None:
    refs = tuple(reversed(real.by_ref))
    found = Portfolio("one")
    for ref in refs:
        found = changes.with_status(real, found, ref, "planned")
    assert tuple(entry.ref for entry in found.entries) == tuple(real.by_ref)


def test_ticks_leave_other_units_alone(real: Qualification) -> None:
    start = Portfolio(
        "one", (Entry("D/503/0352", "assessed"), Entry("T/503/0342", "planned")), recorded=False
    )
    found = changes.with_ticks(real, start, ["K/503/0385"], ACHIEVED, "verified")
    assert found.entries == (Entry("T/503/0342", "planned"), Entry("K/503/0385", "verified"))
    assert not found.recorded


def test_a_decision_taken_back_stays_in_the_list() -> None:
    made = Decision("recognise", "K/503/0385", "seen at work", "Ann Example", date(2026, 1, 5))
    start = changes.with_decision(Portfolio("one"), made)
    assert start.recognised == {"K/503/0385"}
    after = changes.with_withdrawn(start, 0, "Bo Example", date(2026, 2, 1))
    assert after.recognised == frozenset()
    assert after.decisions[0].withdrawn_by == "Bo Example"
    assert after.decisions[0].reason == made.reason


def test_a_decision_without_reason_name_date_or_subject_is_refused_at_the_field() -> None:
    lacks = changes.decision_problems("accept", None, "", "", "", None)
    assert set(lacks) == {"subject", "outside", "reason", "by", "date"}
    assert changes.decision_problems("waive", "total", "", "why", "me", date(2026, 1, 5)) == {}


def test_evidence_makes_a_list_of_ticks_a_record() -> None:
    start = Portfolio("-", (Entry("T/503/0342", "verified"),), recorded=False)
    found = changes.with_entry(start, "T/503/0342", evidence="E7")
    assert found == Portfolio("-", (Entry("T/503/0342", "verified", "E7"),))


def test_details_are_changed_one_by_one_and_the_learner_may_stay_unnamed() -> None:
    found = changes.with_details(changes.with_details(Portfolio("L1"), name="Ada Example"), learner="")
    assert found == Portfolio("-", details=Details(name="Ada Example"))


def test_typed_text_becomes_what_a_cell_can_hold() -> None:
    assert tidy("  seen\nat\twork \x00\u202e ") == "seen at work"
    assert len(tidy("x" * 10_000)) == LONGEST


@pytest.mark.parametrize(
    ("learner", "name"),
    [
        ("L-1_a", "achievement-record-L-1_a.xlsx"),
        ("-", "achievement-record.xlsx"),
        ("Ada Example", "achievement-record.xlsx"),
        ("../../x", "achievement-record.xlsx"),
        ("x\n", "achievement-record.xlsx"),
        ("x" * 300, "achievement-record.xlsx"),
    ],
)
def test_a_file_name_never_carries_more_than_a_plain_reference(learner: str, name: str) -> None:
    assert portfolio_visit.record_name(learner) == name


# The ways in


@pytest.mark.parametrize("number", load_all())
def test_the_invented_learners_are_judged_and_their_file_is_read_as_any_other(number: str) -> None:
    app = ran(opened(qualification=number).button(key="audit-example").click())
    assert [one.learner for one in visit(app).portfolios] == ["L01", "L02"]
    assert not visit(app).problems
    now, later = verdicts(one(app))
    assert now.startswith(f"{NOT_YET} Rules not yet met: 1 begun unit to finish, ")
    assert later.startswith(f"{MET} Rules met")
    assert "Not saved yet" not in everything(app)
    read = upload(
        opened(qualification=number), portfolio_visit.example(load(number)), portfolio_visit.EXAMPLE
    )
    assert visit(read).portfolios == visit(app).portfolios
    assert verdicts(one(read)) == [now, later]


def test_work_that_no_file_holds_is_marked_beside_it_and_for_the_browser() -> None:
    app = ran(opened().multiselect(key="achieved").set_value([BEST[0]]))
    assert any("Not saved yet" in str(header.value) for header in app.header)
    assert app.session_state[unsaved_guard.UNSAVED] == {"audit"}
    ran(app.multiselect(key="achieved").set_value([]))
    assert app.session_state[unsaved_guard.UNSAVED] == set()
    app = upload(opened(), portfolio_visit.example(load()), portfolio_visit.EXAMPLE)
    assert app.session_state[unsaved_guard.UNSAVED] == set()


def test_the_page_opens_with_three_ways_in_and_nothing_judged() -> None:
    app = opened()
    text = words(app)
    for way in ("Tick units", "Read a file", "Fill in an empty table"):
        assert f"**{way}**" in text
    keys = [str(button.key) for button in app.download_button]
    assert keys == ["audit-example-file", "template-record", "template-table"]
    assert not verdicts(app)
    assert "Save it or download the record" not in everything(app)


def test_ticked_units_are_judged_at_once_and_what_is_missing_is_shown() -> None:
    app = opened()
    app.multiselect(key="achieved").set_value(list(BEST[:5]))
    ran(app)
    assert verdicts(app) == [
        f"{NOT_YET} Rules not yet met: 2 units to start, 30 guided hours.",
    ]
    missing = columns(app, 0)
    assert [unit.split("  \n")[0] for unit in missing["Unit"]] == [
        "Carry out direct sales activities in a contact centre (L/503/0394)",
        "Improve personal effectiveness at work in a contact centre (T/503/0342)",
    ]
    assert (missing["Credits"], missing["Hours"]) == (["5", "4"], ["15", "15"])
    assert "In all: 9 credits, 30 guided hours, about 90 hours of learning." in words(app)
    assert "Proven: no valid plan with these choices has fewer units to begin" in words(app)
    app.multiselect(key="in-hand").set_value(list(BEST[5:]))
    ran(app)
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 2 begun units to finish, 30 guided hours."
    assert verdicts(app)[1] == f"{MET} Rules met: 7 units count, 28 credits."
    app.multiselect(key="achieved").set_value(list(BEST))
    ran(app)
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    assert "evidence is judged by assessors and quality assurers, and only the awarding" in words(app)
    assert app.multiselect(key="in-hand").value == []


def test_what_is_begun_is_to_finish_and_the_shorter_way_stands_beside_it() -> None:
    """All of the 93-hour plan but direct sales (12 hours); a positive impression (30 hours) is under way."""
    visit_memory = [ref for ref in BEST if ref != "L/503/0394"]
    given = [*rows("L1", visit_memory), *rows("L1", ["L/601/0933", "F/601/1223"], "in progress")]
    app = upload(opened(), table(given))
    assert verdicts(app)[0].startswith(f"{NOT_YET} Rules not yet met: 1 begun unit to finish, ")
    text = words(app)
    assert "**To finish**" in text
    assert "**To start**" not in text
    assert "Under way, but not needed for the award: " in text
    assert "guided hours fewer: leave " in text
    assert "and begin Carry out direct sales activities in a contact centre (L/503/0394)." in text


def test_a_unit_under_way_is_not_needed_where_the_rules_are_met() -> None:
    given = [*rows("L1", BEST), *rows("L1", ["F/601/1223"], "in progress")]
    app = upload(opened(), table(given))
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    assert "Under way, but not needed for the award: Deal with incoming telephone calls" in words(app)


def test_unticking_everything_leads_back_to_the_start() -> None:
    app = opened()
    app.multiselect(key="achieved").set_value(["D/503/0352"])
    ran(app)
    assert "Save it or download the record" in said(app, "warning", ":material/save:")
    app.multiselect(key="achieved").set_value([])
    ran(app)
    assert not verdicts(app)
    assert visit(app) == portfolio_visit.Visit()


def listed(app: AppTest) -> dict[str, list[str]]:
    """The table of learners, by column."""
    table = next(each.value for each in app.dataframe if "Needs from you" in each.value.columns)
    return cast("dict[str, list[str]]", table.to_dict("list"))


def test_a_csv_of_two_learners_is_judged_filtered_and_each_is_shown() -> None:
    app = upload(opened(), table([*rows("L1", BEST[:5], name="Ada Example"), *rows("L2", BEST)]))
    assert listed(app) == {
        "Learner": ["L1 · Ada Example", "L2"],
        "Needs from you": ["", "Claim the award"],
        "Now": ["not yet", "rules met"],
        "If completed": ["not yet", "rules met"],
        "Missing": ["2 units to start", "nothing"],
        "Hours to go": [30, 0],
    }
    assert "The verdict on L1 · Ada Example" in words(one(app))
    one(app, 1)
    assert "The verdict on L2" in words(app)
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    ran(app.button(key="learners-all").click())
    app.segmented_control(key="filter").set_value("not")
    ran(app)
    assert listed(app)["Learner"] == ["L1 · Ada Example"]
    app.segmented_control(key="filter").set_value("met")
    ran(app)
    assert listed(app)["Learner"] == ["L2"]


def test_a_filter_that_nobody_passes_any_more_says_so() -> None:
    app = upload(opened(), table([*rows("L1", BEST), *rows("L2", BEST[:6])]))
    control = app.segmented_control(key="filter")
    assert [option.content for option in control.proto.options] == [
        "All", "Needs something (1)", "Not yet (1)", "Rules met (1)",
    ]  # fmt: skip
    ran(control.set_value("not"))
    assert listed(app)["Learner"] == ["L2"]
    one(app, 1)
    ran(app.selectbox(key=f"status-{BEST[6]}").set_value("verified"))
    ran(app.button(key="learners-all").click())
    assert "No learner matches all of these." in said(app, "info")


def test_who_needs_something_is_one_choice_away() -> None:
    submitted, sent = rows("L1", BEST[:1], "submitted"), rows("L4", BEST, "claimed")
    app = upload(
        opened(),
        table([*submitted, *rows("L2", BEST[:2], "assessed"), *rows("L3", BEST[:2], "in progress"), *sent]),
    )
    assert "2 learners need something from you." in words(app)
    ran(app.segmented_control(key="filter").set_value("needs"))
    assert listed(app)["Learner"] == ["L1", "L2"]
    assert listed(app)["Needs from you"] == ["Assess 1 unit", "Quality assure 2 units"]


def test_a_learner_is_found_by_reference_or_name() -> None:
    app = upload(
        opened(), table([*rows("L1", BEST[:1], name="Ada Example"), *rows("L2", BEST[:1], name="Bo")])
    )
    ran(app.text_input(key="learner-search").set_value("example ADA"))
    assert listed(app)["Learner"] == ["L1 · Ada Example"]


def test_the_next_learner_is_one_click_away() -> None:
    app = upload(opened(), table([row for name in ("L1", "L2", "L3") for row in rows(name, BEST[:2])]))
    assert one(app).button(key="learner-before").disabled
    ran(app.button(key="learner-after").click())
    assert "The verdict on L2" in words(app)
    ran(app.button(key="learner-after").click())
    assert "The verdict on L3" in words(app)
    assert app.button(key="learner-after").disabled
    ran(app.button(key="learner-before").click())
    assert "The verdict on L2" in words(app)


def test_how_far_every_unit_is_stands_in_words_and_colours() -> None:
    app = upload(opened(), table([*rows("L1", BEST[:2], "claimed"), *rows("L2", BEST[1:3], "rpl")]))
    assert len(app.dataframe) == 1  # of a thousand learners it takes long to draw
    app.session_state["learner-units"] = True
    found = next(each.value for each in ran(app).dataframe if "Unit" in each.value.columns)
    assert found.to_dict("list") == {
        "Unit": [
            f"{load().by_ref[ref].title} ({ref})" for ref in sorted(BEST[:3], key=list(load().by_ref).index)
        ],
        "L1": ["claimed", "claimed", ""],
        "L2": ["", "rpl", "rpl"],
    }


def test_what_a_change_makes_of_the_verdict_is_said() -> None:
    app = upload(opened(), table([*rows("L1", BEST[:6]), *rows("L2", BEST[:5])]))
    assert not one(app).toast
    ran(app.selectbox(key=f"status-{BEST[6]}").set_value("verified"))
    assert [toast.value.replace("\\", "") for toast in app.toast] == ["Rules met: 7 units count, 28 credits."]
    ran(app.selectbox(key="learner").set_value(1))
    assert not app.toast


def test_an_achievement_record_is_read(real: Qualification) -> None:
    (portfolio,), _ = read_portfolios(real, "a.csv", table(rows("L7", BEST, name="Ada Example")))
    app = upload(opened(), record_workbook(judge(real, portfolio)), "record.xlsx", XLSX)
    assert visit(app).portfolios == (portfolio,)
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    assert app.text_input(key="detail-name").value == "Ada Example"
    assert "Save it or download the record" not in everything(app)


def test_the_empty_tables_lead_somewhere(real: Qualification) -> None:
    app = upload(opened(), record_template(real), "achievement-record.xlsx", XLSX)
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 6 units to start, 106 guided hours."
    upload(app, portfolio_template(real), "portfolios.xlsx", XLSX)
    assert "lists no unit of any learner" in said(app, "error")


def test_rows_left_out_are_listed_and_the_others_answered() -> None:
    app = upload(
        opened(), table([*rows("L1", BEST), *rows("L1", ["X/503/0352"]), *rows("L1", ["M/502/4300"], "done")])
    )
    assert (
        "2 things in portfolios.csv could not be read or are doubted. All other rows are answered."
        in said(app, "warning")
    )
    problems = columns(app, -1)
    assert problems["Row"] == ["9", "10"]
    assert problems["Field"] == ["ref", "status"]
    assert problems["Value"] == ["X/503/0352", "done"]
    assert "did you mean D/503/0352?" in problems["What is wrong"][0]
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits. 2 rows left out."


CASES = Path(__file__).with_name("fixtures") / "cases"


def case(name: str) -> AppTest:
    """The page with one of the files that centres send."""
    return upload(opened(), (CASES / name).read_bytes(), name)


@pytest.mark.parametrize(
    ("name", "meant", "met"),
    [
        ("20-tracker-matrix.xlsx", ["assessed", "verified", "in progress"], "2 of 6"),
        ("21-log-own-words.xlsx", ["assessed", "verified", "assessed"], "0 of 2"),
    ],
)
def test_words_of_a_file_are_given_their_meaning_by_one_click(name: str, meant: list[str], met: str) -> None:
    app = case(name)
    asked = [box for box in app.selectbox if str(box.key).startswith("status-word-")]
    assert [box.value for box in asked] == meant
    assert "Not judged" in words(app)
    (button,) = [each for each in app.button if each.label == "Read the file with these"]
    ran(button.click())
    assert f"Rules met now: {met} learners." in words(app)
    assert not [box for box in app.selectbox if str(box.key).startswith("status-word-")]


def test_two_who_may_be_one_person_are_judged_once_somebody_says_so() -> None:
    app = case("07-learner-e-case.csv")
    assert "Rules met now: 0 of 2 learners. Not judged: 2." in words(app)
    ran(app.button(key="same-1").click())
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."


def test_a_column_is_read_as_somebody_says() -> None:
    content = b"person,ref,how far\nL1,D/503/0352,verified\n"
    app = upload(opened(), content, "own.csv")
    assert "The file was not read" in said(app, "error")
    app.selectbox(key="missing-learner").set_value("person")
    app.selectbox(key="missing-status").set_value("how far")
    (button,) = [each for each in app.button if each.label == "Read the file like this"]
    ran(button.click())
    assert visit(app).portfolios[0].achieved == {"D/503/0352"}
    app.selectbox(key="column-how far").set_value("evidence")
    (button,) = [each for each in app.button if each.label == "Read the file like this"]
    ran(button.click())
    assert "The file was not read" in said(app, "error")
    assert visit(app).portfolios[0].achieved == {"D/503/0352"}


def test_a_status_said_by_hand_ends_that_nothing_was_read() -> None:
    app = upload(opened(), table([("L1", "D/503/0352", "done", "", "", "", "")]))
    assert visit(app).portfolios[0].doubt
    changed = visit(app).changed(0, lambda p: replace(p, entries=(Entry("D/503/0352", "verified"),)))
    assert not changed.portfolios[0].doubt


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("portfolio.csv", b"\xff\xfe\x00", "UTF-8"),
        ("portfolio.xlsx", b"no workbook", "portfolio.xlsx"),
        ("portfolio.xlsx", b"PK\x03\x04 half a zip file", "portfolio.xlsx"),
        ("portfolio.csv", b"", "portfolio.csv"),
        ("portfolio.csv", b"a,b,c\n1,2,3\n", "this column is missing"),
        ("portfolio.csv", b"learner,ref,status\n1.2E+10,D/503/0352,verified\n", "left of a number"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_changes(
    name: str, content: bytes, message: str
) -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    before = visit(app)
    upload(app, content, name)
    assert "The file was not read; nothing else has changed." in said(app, "error")
    assert message in said(app, "error")
    assert visit(app) == before
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    ran(app.selectbox(key="status-K/503/0385").set_value("submitted"))
    assert not app.error


def test_a_file_of_many_learners_is_answered_whole() -> None:
    lines = [row for number in range(60) for row in rows(f"L{number}", BEST[: 3 + number % 5])]
    app = upload(opened(), table(lines))
    assert "Rules met now: 12 of 60 learners." in words(app)
    assert len(app.dataframe[0].value) == 60
    assert len(app.selectbox(key="learner").options) == 60


# What the answer rests on


def test_an_assessed_unit_is_marked_as_awaiting_quality_assurance() -> None:
    app = upload(opened(), table([*rows("L1", BEST[:6]), *rows("L1", BEST[6:], "assessed")]))
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    assert "**Awaiting internal quality assurance:** Improve personal effectiveness" in words(app)
    counted = columns(app, 0)["Unit"]
    assert sum(unit.endswith("*assessed, awaiting internal quality assurance*") for unit in counted) == 1
    assert sum(unit.endswith("*verified*") for unit in counted) == 6


def test_a_barred_partner_is_surplus_and_named() -> None:
    app = upload(opened(), table(rows("L1", ["J/502/4299", "M/502/4300"])))
    assert columns(app, 2)["Unit"] == [
        "Using Email, level 1 (J/502/4299)  \n*barred: Using Email, level 2 (M/502/4300) counts instead*"
    ]
    assert "1 does not count" in [expander.label for expander in app.expander]


def test_a_unit_that_no_rule_has_room_for_is_surplus(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = '[[rule]]\nid = "few"\ntext = "at most one option"\nwhere = { group = "O" }\nat_most = 1\n'
    monkeypatch.setenv(DATA_VARIABLE, str(small(small=f"{SMALL_RULES}\n{limit}")))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, "Q1")
    app = upload(opened(), table(rows("L1", ["M1", "O1", "O2"])))
    assert verdicts(app)[0] == f"{MET} Rules met: 2 units count, 7 credits."
    (surplus,) = columns(app, 1)["Unit"]
    assert surplus.endswith("*left over: the rules do not need it*")


def test_what_the_record_lacks_is_remarked_and_changes_no_verdict() -> None:
    lines = [(*row[:4], "", "", "2999-01-01") for row in rows("L1", BEST)]
    app = upload(opened(), table(lines))
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    assert "These are findings of the record, not of the rules" in words(app)
    assert "(D/503/0352): verified, but no evidence is referenced" in words(app)
    assert "(D/503/0352): the date 1 January 2999 (date) lies in the future" in words(app)
    ran(app.selectbox(key="evidence-unit").set_value("D/503/0352"))
    assert app.date_input(key="entry-date").value == date(2999, 1, 1)


def test_the_offer_of_the_centre_bounds_the_way_home() -> None:
    app = opened(offer=",".join(BEST[:6]))
    app.multiselect(key="achieved").set_value(list(BEST[:4]))
    ran(app)
    assert verdicts(app)[0] == f"{NEVER} Rules not met, and no way home exists; this is proven."
    assert "Outside the centre's offer, and needed: Improve personal effectiveness" in words(app)
    app.multiselect(key="offer").set_value(list(BEST))
    ran(app)
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 3 units to start, 42 guided hours."
    app = opened(offer="X/503/0352")
    assert "did you mean D/503/0352?" in said(app, "warning")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("unknown", "a plan may or may not exist"),
        ("feasible", "Not proven best: the search stopped after 0.5"),
    ],
)
def test_what_was_not_decided_in_time_is_not_called_impossible(
    monkeypatch: pytest.MonkeyPatch, status: str, expected: str
) -> None:
    def hurried(*given: Any, **named: Any) -> Judgement:
        found = judge(*given, **named)
        units = found.now.home.units if status == "feasible" else ()
        home = replace(found.now.home, status=status, units=units, seconds=0.5)  # type: ignore[arg-type]
        return replace(found, now=replace(found.now, home=home))

    monkeypatch.setattr(portfolio_answers, "judge", hurried)
    app = upload(opened(), table(rows("L1", BEST[:5])))
    assert verdicts(app)[0].startswith(f"{UNDECIDED} Not decided in 0.5 seconds")
    assert expected in words(app)
    assert "impossible" not in everything(app)


# Changing the portfolio


def test_each_change_of_a_status_gives_the_new_verdict_at_once() -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    ran(app.selectbox(key="status-K/503/0385").set_value("submitted"))
    assert verdicts(app) == [
        f"{NOT_YET} Rules not yet met: 1 begun unit to finish, 12 guided hours.",
        f"{MET} Rules met: 7 units count, 28 credits.",
    ]
    assert "Save it or download the record before you leave. Not in a file yet: L1." in said(
        app, "warning", ":material/save:"
    )
    ran(app.selectbox(key="status-M/502/4300").set_value("verified"))
    ran(app.selectbox(key="status-K/503/0385").set_value("verified"))
    assert verdicts(app)[0] == f"{MET} Rules met: 8 units count, 31 credits."


def test_a_unit_with_evidence_cannot_be_taken_out_by_a_slip() -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    assert decisions.NOT_STARTED not in app.selectbox(key="status-K/503/0385").options
    assert decisions.NOT_STARTED in app.selectbox(key="status-M/502/4300").options
    app = opened()
    app.multiselect(key="achieved").set_value(["K/503/0385"])
    ran(app)
    ran(app.selectbox(key="status-K/503/0385").set_value(decisions.NOT_STARTED))
    assert visit(app).blank


def test_evidence_assessor_and_date_are_kept_with_the_unit() -> None:
    app = upload(opened(), table(rows("L1", BEST[:2])))
    ran(app.selectbox(key="evidence-unit").set_value(BEST[1]))
    assert app.text_input(key="entry-evidence").value == "E1"
    app.text_input(key="entry-evidence").set_value(" E2,\tE3 ")
    app.text_input(key="entry-iqa_outcome").set_value("agreed")
    app.date_input(key="entry-verified").set_value(date(2026, 3, 1))
    ran(app)
    (_, entry) = visit(app).portfolio.entries
    assert entry == Entry(
        BEST[1],
        "verified",
        "E2, E3",
        "A. Assessor",
        date(2026, 1, 5),
        verified=date(2026, 3, 1),
        iqa_outcome="agreed",
    )
    ran(app.selectbox(key="evidence-unit").set_value(BEST[0]))
    assert app.text_input(key="entry-evidence").value == "E1"
    assert app.date_input(key="entry-verified").value is None


def test_every_widget_has_a_label() -> None:
    app = upload(opened(), table([*rows("L1", BEST), *rows("L2", BEST[:2])]))
    ran(one(app).selectbox(key="evidence-unit").set_value(BEST[0]))
    kinds = (app.selectbox, app.text_input, app.multiselect, app.date_input, app.file_uploader, app.button)
    widgets = [widget for kind in kinds for widget in kind] + list(app.download_button)
    assert len(widgets) > 60
    assert all(widget.label.strip() for widget in widgets)


# Decisions


def test_a_decision_flips_the_verdict_and_withdrawing_flips_it_back() -> None:
    app = upload(opened(), table(rows("L1", [ref for ref in BEST if ref != "K/503/0385"])))
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 1 unit to start, 12 guided hours."
    decide(app, "recognise", "K/503/0385")
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    assert (
        "**Achieved by a decision:** Deliver customer service through a contact centre (K/503/0385)"
        in words(app)
    )
    assert "Ann Example recognised prior learning for Deliver customer service" in words(app)
    assert app.text_input(key="decision-reason").value == ""
    ran(app.button(key="withdraw-0").click())
    ran(app.button(key="withdraw-yes").click())
    assert "Give your name: a decision is taken back by somebody." in words(app)
    assert verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    app.text_input(key="withdrawn-by").set_value("Bo Example")
    ran(app.button(key="withdraw-yes").click())
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 1 unit to start, 12 guided hours."
    assert "**Withdrawn by Bo Example on" in words(app)
    assert "~~Ann Example recognised prior learning" in words(app)
    (decision,) = visit(app).portfolio.decisions
    assert (decision.withdrawn, decision.withdrawn_by) == (date.today(), "Bo Example")
    assert not [button for button in app.button if button.key == "withdraw-0"]


def test_a_withdrawal_can_be_thought_better_of() -> None:
    app = upload(opened(), table(rows("L1", BEST[:6])))
    decide(app, "recognise", "T/503/0342")
    ran(app.button(key="withdraw-0").click())
    ran(app.button(key="withdraw-no").click())
    assert visit(app).portfolio.decisions[0].in_force
    assert app.button(key="withdraw-0").label == "Withdraw"


def test_a_waived_rule_is_marked_and_no_longer_asked_for() -> None:
    app = upload(opened(), table(rows("L1", [*BEST[:6], "M/502/4300", "F/502/4379"])))
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 1 unit to start, 15 guided hours."
    decide(app, "waive", "mandatory", "Agreed with the awarding organisation")
    assert verdicts(app)[0] == f"{MET} Rules met: 8 units count, 31 credits."
    assert "**Waived by a decision:** “6 credits from both of the mandatory units”" in words(app)
    app.session_state["rules"] = True
    meters = [str(meter.proto.text) for meter in app.run().get("progress")]
    assert [":material/gavel: waived" in meter for meter in meters[:4]] == [False, True, False, False]
    # Offered again it could be waived twice; options are what the page shows of them, the rules' texts.
    texts = {rule.id: rule.text for rule in load().rules}
    assert app.selectbox(key="decision-rule").options == [
        text for rule, text in texts.items() if rule != "mandatory"
    ]
    ran(app.button(key="withdraw-0").click())
    app.text_input(key="withdrawn-by").set_value("Bo Example")
    ran(app.button(key="withdraw-yes").click())
    assert app.selectbox(key="decision-rule").options == list(texts.values())


def test_a_decision_lacking_something_says_so_at_the_field_and_is_not_added() -> None:
    app = upload(opened(), table(rows("L1", BEST[:6])))
    app.selectbox(key="decision-kind").set_value("accept")
    ran(app)
    ran(app.button(key="decide").click())
    for message in ("Choose the unit.", "Say which unit from outside", "Give a reason:", "Give your name:"):
        assert message in words(app)
    assert visit(app).portfolio.decisions == ()
    app.text_input(key="decision-outside").set_value("Customer care, 123/4567/8, Other Awards")
    decide(app, "accept", "T/503/0342")
    (decision,) = visit(app).portfolio.decisions
    assert decision.outside == "Customer care, 123/4567/8, Other Awards"
    assert decision.date == date.today()
    assert "Choose the unit." not in everything(app)


def half_done(app: AppTest) -> AppTest:
    """The page with everything begun and nothing finished, for the first learner."""
    one(app)
    decide(app, "recognise", "T/503/0342")
    app.selectbox(key="evidence-unit").set_value(BEST[0]).run()
    app.button(key="withdraw-0").click().run()
    app.button(key="withdraw-yes").click().run()
    app.text_input(key="decision-reason").set_value("").run()
    ran(app.button(key="decide").click())
    app.text_input(key="detail-learner").set_value("L2")
    assert "Give your name: a decision is taken back" in words(ran(app))
    return app


def untouched(app: AppTest) -> None:
    """Sees that nothing half done for another learner is left."""
    for told in ("Give your name", "Give a reason", "Choose the unit", "Another learner of this file"):
        assert told not in everything(app)
    assert not [field for field in app.text_input if field.key == "withdrawn-by"]
    assert app.selectbox(key="evidence-unit").value is None


def test_what_was_half_done_for_one_learner_is_gone_with_another() -> None:
    learners = table([*rows("L1", BEST[:6]), *rows("L2", BEST[:6])])
    app = half_done(upload(opened(), learners))
    one(app, 1)
    assert "The verdict on L2" in words(app)
    untouched(app)


def test_what_was_half_done_for_one_file_is_gone_with_another() -> None:
    app = half_done(upload(opened(), table([*rows("L1", BEST[:6]), *rows("L2", BEST[:6])])))
    upload(app, table(rows("L9", BEST[:6])), "other.csv")
    ran(app.button(key="lose").click())
    assert "The verdict on L9" in words(app)
    untouched(app)


# Nothing is lost, nothing leaks


def test_the_list_says_what_is_not_saved_yet_and_of_whom() -> None:
    app = one(upload(opened(), table([*rows("L1", BEST), *rows("L2", BEST)])))
    ran(app.selectbox(key="status-K/503/0385").set_value("submitted"))
    ran(app.button(key="learners-all").click())
    assert "Not in a file yet: L1." in said(app, "warning", ":material/save:")


def test_reading_another_file_over_changes_asks_first() -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    ran(app.selectbox(key="status-K/503/0385").set_value("submitted"))
    changed = visit(app)
    upload(app, table(rows("L9", BEST)), "other.csv")
    assert "Reading other.csv would lose what no file holds yet: L1." in said(app, "warning")
    assert visit(app) == changed
    ran(app.button(key="keep-here").click())
    assert visit(app) == changed
    assert "would lose" not in everything(app)
    upload(app, table(rows("L9", BEST)), "other.csv")
    ran(app.button(key="lose").click())
    assert [portfolio.learner for portfolio in visit(app).portfolios] == ["L9"]


def test_without_changes_a_file_is_read_and_the_page_cleared_at_once() -> None:
    app = upload(upload(opened(), table(rows("L1", BEST))), table(rows("L2", BEST)))
    assert visit(app).portfolio.learner == "L2"
    ran(app.button(key="clear").click())
    assert visit(app) == portfolio_visit.Visit()


def test_starting_again_over_changes_asks_first() -> None:
    app = opened()
    app.multiselect(key="achieved").set_value(["D/503/0352"])
    ran(app)
    ran(app.button(key="clear").click())
    assert "Starting again would lose what no file holds yet: this portfolio." in [
        each.value for each in app.warning
    ]
    ran(app.button(key="lose").click())
    assert visit(app).blank


def test_two_learners_cannot_come_to_share_a_reference() -> None:
    app = one(upload(opened(), table([*rows("L1", BEST), *rows("L2", BEST)])))
    app.text_input(key="detail-learner").set_value("L2")
    ran(app)
    assert "Another learner of this file has that reference" in words(app)
    assert [portfolio.learner for portfolio in visit(app).portfolios] == ["L1", "L2"]
    app.text_input(key="detail-learner").set_value("L3")
    ran(app)
    assert [portfolio.learner for portfolio in visit(app).portfolios] == ["L3", "L2"]
    assert "Another learner" not in everything(app)


def test_only_what_no_file_holds_is_unfiled(real: Qualification) -> None:
    after = portfolio_visit.Visit().changed(
        0, lambda one: changes.with_status(real, one, BEST[0], "verified")
    )
    assert after.unfiled == ("-",)
    assert after.downloaded(0, after.portfolio).unfiled == ()
    assert after.downloaded(0, Portfolio("older")).unfiled == ("-",)


def late_change() -> None:
    """A change that was typed before the page was started again, and comes in afterwards."""
    from planner.pages.learners import learners_here, portfolio, portfolio_visit
    from planner.records.portfolios import Portfolio

    learners_here.start(portfolio_visit.Visit())
    portfolio._change("600/5106/1", 1, 0, lambda portfolio: Portfolio("kept"))
    portfolio._change("600/5106/1", 0, 0, lambda portfolio: Portfolio("late"))


def test_a_change_typed_for_portfolios_that_are_gone_is_dropped() -> None:
    app = ran(AppTest.from_function(late_change))
    assert visit(app).portfolio.learner == "kept"


# The qualification it is read under

IQ, ACTIVE, TQUK = "600/5106/1", "601/0143/X", "603/3646/8"


def picked(app: AppTest, number: str) -> AppTest:
    return ran(app.selectbox(key="qualification-picker").set_value(number))


def test_an_empty_page_takes_the_qualification_chosen() -> None:
    app = picked(opened(), TQUK)
    assert app.selectbox(key="qualification-picker").value == TQUK
    assert address(app) == {"qualification": TQUK}
    assert "You chose" not in everything(app)


def test_a_file_stays_with_the_qualification_it_was_read_under() -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    before = verdicts(app)
    picked(app, TQUK)
    assert verdicts(app) == before
    assert app.selectbox(key="qualification-picker").value == IQ
    assert (
        "You chose TQUK Level 2 Certificate in IT User Skills, and nothing has changed yet.** "
        "This page holds 1 learner from portfolios.csv. It was read under the rules of IQ Level 2 NVQ"
    ) in said(app, "warning", ":material/swap_horiz:")
    ran(app.button(key="stay").click())
    assert "You chose" not in everything(app)
    assert verdicts(app) == before
    assert address(app) == {}


def test_letting_a_file_go_starts_with_the_other_qualification() -> None:
    app = picked(upload(opened(offer="T/503/0342"), table(rows("L1", BEST))), TQUK)
    ran(app.button(key="let-go").click())
    assert visit(app).blank
    assert app.selectbox(key="qualification-picker").value == TQUK
    assert address(app) == {"qualification": TQUK}  # the offer was of the other's units
    tquk = [unit.ref for unit in load(TQUK).units]
    upload(app, table(rows("L1", tquk)))
    assert verdicts(app)[0] == f"{MET} Rules met: 5 units count, 16 credits."
    assert visit(app).under == TQUK


def test_changes_that_would_be_lost_with_another_qualification_are_named() -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    ran(app.selectbox(key="status-K/503/0385").set_value("submitted"))
    picked(app, ACTIVE)
    assert "This page holds 1 learner from portfolios.csv. No file holds yet: L1. It was read" in said(
        app, "warning", ":material/swap_horiz:"
    )
    app = opened()
    app.multiselect(key="achieved").set_value(["D/503/0352"])
    picked(ran(app), ACTIVE)
    assert "This page holds a portfolio that you entered. No file holds yet: this portfolio." in said(
        app, "warning", ":material/swap_horiz:"
    )
    assert visit(app).under == IQ
    app.multiselect(key="achieved").set_value([])
    ran(app)
    assert visit(app) == portfolio_visit.Visit()  # nothing is held any more, so the choice takes effect
    assert app.selectbox(key="qualification-picker").value == ACTIVE


def test_neither_a_link_nor_another_page_reads_a_file_under_other_rules() -> None:
    app = upload(opened(), table(rows("L1", BEST)))
    before = verdicts(app)
    app.query_params["qualification"] = TQUK  # a link to this page
    ran(app)
    assert verdicts(app) == before
    assert "You chose TQUK" in said(app, "warning", ":material/swap_horiz:")
    assert address(app) == {"qualification": IQ}  # the address says what is shown
    ran(app)
    assert "You chose TQUK" in said(
        app, "warning", ":material/swap_horiz:"
    )  # and still does not pass for a choice
    ran(app.button(key="stay").click())
    app.query_params.clear()
    app.session_state[page_shell.CHOSEN] = ACTIVE  # chosen on another page
    ran(app)
    assert verdicts(app) == before
    assert "You chose Active IQ" in said(app, "warning", ":material/swap_horiz:")
    assert app.session_state[page_shell.CHOSEN] == ACTIVE  # which keeps its choice


def test_missing_units_name_no_strategy_where_none_is_on_file() -> None:
    tquk = [unit.ref for unit in load(TQUK).units]
    app = upload(opened(qualification=TQUK), table(rows("L1", tquk[:3])))
    assert verdicts(app)[0] == f"{NOT_YET} Rules not yet met: 2 units to start, 60 guided hours."
    assert "strategy" not in "".join(columns(app, 0)["Unit"])
    app = upload(opened(), table(rows("L1", BEST[:6])))
    assert "*assessment strategy A: " in columns(app, 0)["Unit"][0]


def address(app: AppTest) -> dict[str, str]:
    return {
        key: values if isinstance(values, str) else ",".join(values)
        for key, values in app.query_params.items()
    }


def test_nothing_personal_goes_into_the_address() -> None:
    app = upload(opened(), table(rows("L1", BEST, name="Ada Example")))
    decide(app, "waive", "total")
    assert dict(app.query_params) == {}


def drawn_texts(app: AppTest) -> list[str]:
    """What is drawn as Markdown: texts, cells of tables, labels."""
    kinds = (app.title, app.header, app.subheader, app.markdown, app.warning, app.error, app.info)
    texts = [str(element.value) for kind in kinds for element in kind]
    texts += [str(cell) for table in app.table for cell in table.value.to_numpy().ravel()]
    texts += [widget.label for kind in (app.button, app.expander, app.download_button) for widget in kind]
    return texts


def test_hostile_names_stay_text() -> None:
    lines = [*rows(HOSTILE, BEST[:6], name=HOSTILE), *rows("L2", BEST[:2])]
    lines.append(("L2", "", HOSTILE, "verified", "", "", ""))
    app = upload(opened(), table(lines), f"{HOSTILE.replace('/', '')}.csv")
    texts = drawn_texts(app)
    decide(one(app), "recognise", "T/503/0342", HOSTILE, HOSTILE)
    ran(app.button(key="withdraw-0").click())
    app.text_input(key="withdrawn-by").set_value(HOSTILE)
    ran(app.button(key="withdraw-yes").click())
    texts += drawn_texts(app)
    assert sum(plain(HOSTILE) in text for text in texts) >= 4
    for text in texts:
        for mark in ("[click", "](", "<img", "**bold", "$x", ":red[red", "[red"):
            assert not re.search(rf"(?<!\\){re.escape(mark)}", text), text


def test_who_comes_back_to_a_learner_of_a_file_that_is_gone_is_told_to_read_it_again() -> None:
    app = opened(learner="2")
    gone = "The learner whom this address showed is not open any more."
    assert [box.value for box in app.info if gone in box.value and "Read your file again." in box.value]
    assert "learner" not in app.query_params
    assert [box for box in ran(app).info if gone in box.value]  # until something is here
    app = upload(app, table([*rows("L1", BEST), *rows("L2", BEST)]))
    assert not [box for box in app.info if gone in box.value]
    assert not [box for box in opened().info if gone in box.value]
