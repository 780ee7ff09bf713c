"""The list of learners as one place: who is behind, a person's calendar, and ways there from the other pages."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from planner import Qualification, judge, load
from planner.pages.my_units import learners_here
from planner.pages.my_units.portfolio_visit import Visit
from planner.pages.shared import visit_memory
from planner.records.portfolio_files import read_portfolios
from planner.register import Actor, Register
from planner.timeline import Learner, timeline
from planner.timeline.questions import Terms
from tests.seen import bars, cell_clicked, everything, makers, unescaped
from tests.test_audit_page import BEST, decide, one, opened, ran, rows, table, upload, visit
from tests.test_register_learners import COHORT, at, centre, in_time
from tests.test_register_page import save

TODAY = date.today()


def tracker() -> bytes:
    """One a year gone with nothing done since, one who starts today, one without dates, one who is done."""
    lines = ["learner,name,ref,status,start,target"]
    for learner, name, refs, since, until in (
        ("L1", "Ada Example", BEST[:1], 50, 15),
        ("L2", "Ben Example", BEST[:1], 0, 60),
        ("L3", "Cara Example", BEST[:1], None, None),
        ("L4", "Dev Example", BEST, 50, 60),
    ):
        start = "" if since is None else TODAY - timedelta(weeks=since)
        target = "" if until is None else TODAY + timedelta(weeks=until)
        lines += [f"{learner},{name},{ref},verified,{start},{target}" for ref in refs]
    return "\n".join(lines).encode()


def shown(app: AppTest) -> Any:
    """The table of learners."""
    return app.dataframe[0].value


def test_who_is_behind_is_told_in_weeks_where_dates_are_known(real: Qualification) -> None:
    """As the full calendar of each says it."""
    read, _ = read_portfolios(real, "x.csv", tracker())
    full = [timeline(Learner.judged(judge(real, each)), Terms(TODAY)) for each in read]
    late = [each.progress.weeks_behind if each.progress and each.progress.behind else None for each in full]
    assert late[0] is not None
    assert late[0] > 10
    assert late[1:] == [None, None, None]
    weeks = list(shown(upload(opened(), tracker()))["Weeks behind"])
    assert [None if str(week) == "<NA>" else week for week in weeks] == late


def test_those_behind_are_counted_and_shown_alone() -> None:
    app = upload(opened(), tracker())
    assert "Behind: 1." in everything(app)
    app.button_group(key="filter").set_value("behind")
    assert list(shown(ran(app))["Learner"]) == ["L1 · Ada Example"]


def test_without_dates_nothing_is_said_of_being_behind() -> None:
    app = upload(opened(), table([*rows("L1", BEST[:3]), *rows("L2", BEST[:3])]))
    assert "Weeks behind" not in shown(app)
    assert "Behind" not in everything(app)


def test_a_calendar_is_made_where_somebody_unfolds_it(real: Qualification) -> None:
    app = one(upload(opened(), tracker()))
    assert "hours to go" not in everything(app)
    app.session_state["audit-time"] = True
    app = ran(app)
    assert "Behind: " in everything(app)
    assert "hours to go" in everything(app)
    assert app.get("vega_lite_chart")


def test_who_cannot_finish_is_told_what_would_be_enough() -> None:
    app = one(upload(opened(), crowd()))
    assert "Each of these is enough" not in everything(app)
    app.session_state["audit-time"] = True
    (helps,) = (text.value for text in ran(app).markdown if text.value.startswith("Each of these is enough:"))
    assert "- to finish by " in unescaped(helps)


def crowd() -> bytes:
    """Seven who cannot finish, one who can, twelve who are done, and a row that cannot be read."""
    lines = ["learner,ref,status,start,target"]
    lines += [f"N{n},{BEST[0]},verified,{TODAY - timedelta(7)},{TODAY + timedelta(7)}" for n in range(7)]
    lines += [f"A1,{BEST[0]},verified,{TODAY - timedelta(7)},{TODAY + timedelta(7 * 30)}"]
    lines += [f"D{n},{ref},verified,{TODAY - timedelta(350)},{TODAY}" for n in range(12) for ref in BEST]
    return "\n".join([*lines, "D0,nothing,verified,,"]).encode()


def test_of_many_who_cannot_finish_the_rest_is_folded_and_the_files_have_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files, shown = makers(monkeypatch), bars(monkeypatch)
    app = at(in_time, crowd(), "t.csv")
    assert shown == ["20 of 20 calendars made"]
    assert "7 cannot finish in time" in everything(app)
    (fold,) = (each for each in app.expander if each.label == "And 2 more")
    assert [text.value.split(":")[0] for text in fold.markdown if text.value.startswith("**")] == [
        "**N5",
        "**N6",
    ]
    app.selectbox(key="time-month").select_index(2)
    app = ran(app)
    book = openpyxl.load_workbook(io.BytesIO(files["time-book"]()), read_only=True)
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"A1", "N6", "D11", "nothing"} <= cells
    month = app.selectbox(key="time-month").value
    assert files["time-calendar"]().count(f"DTSTART;VALUE=DATE:{month:%Y%m}".encode()) > 0


# The list


def test_a_click_on_a_row_or_on_a_unit_of_somebody_opens_that_learner() -> None:
    app = upload(opened(), tracker())
    app = ran(app.text_input(key="learner-search").set_value("v"))
    app = cell_clicked(app, "learner-table", 0, "Verdict")
    assert visit(app).portfolio.learner == "L4"
    app = ran(app.button(key="learners-all").click())
    app = cell_clicked(app, "unit-table", 0, "Unit")
    assert visit(app).shown is None
    app = cell_clicked(app, "unit-table", 0, "L4")
    assert visit(app).portfolio.learner == "L4"


def test_the_list_of_a_telephone_says_the_same_and_opens_the_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.pages.my_units.learner_list.MOST_NARROW", 2)
    names = [("L1", "*Ada*", "submitted"), ("L2", "", "verified"), ("L3", "", "planned")]
    units = [row for learner, name, status in names for row in rows(learner, BEST, status, name=name)]
    app = upload(opened(), table(units))
    labels = [each.label for each in app.button if str(each.key).startswith("learner-open-")]
    assert [unescaped(label) for label in labels] == [
        f"**L1 · *Ada***  \nNot yet: {len(BEST)} begun units to finish, 93 hours  \nNeeds from you: assess {len(BEST)} units",
        "**L2**  \nRules met  \nNeeds from you: claim the award",
    ]
    assert "And 1 more: find them by name, or choose whom to show." in everything(app)
    app = ran(app.button(key="learner-open-1").click())
    assert visit(app).portfolio.learner == "L2"


def test_who_has_no_dates_is_told_where_to_say_them() -> None:
    app = upload(opened(), table(rows("L1", BEST[:3])))
    app.session_state["audit-time"] = True
    assert "No start or planned end is known" in everything(ran(app))


# Ways to a learner


def opens(app: AppTest, key: str, learner: str) -> Visit:
    """What a page for many learners hands to the list where one of them is opened there."""
    from planner.pages.learners import intake

    shelf = app.session_state[visit_memory.SHELF]
    taken = shelf.items[intake.FILE].value
    assert any(button.key == key for button in app.button)
    found: Visit = taken.visit()
    assert learner in [each.learner for each in found.portfolios]
    return found


def person() -> None:
    """A page that opens somebody, then draws the list."""
    import streamlit as st

    from planner.pages.my_units import learners_here, portfolio

    wanted = st.session_state.pop("wanted", None)
    if wanted is not None:
        learners_here.open_learner(*wanted)
    portfolio.show()


def after(wanted: Visit, learner: str, before: Visit | None = None) -> AppTest:
    """The list after somebody was opened, from what it held before."""
    app = AppTest.from_function(person, default_timeout=60)
    app = ran(app)
    if before is not None:
        shelf: Any = app.session_state[visit_memory.SHELF]
        shelf.items[learners_here.HELD] = visit_memory.Shelved(before, visit_memory.Worth.WORK, "", 0, 0)
    app.session_state["wanted"] = (wanted, learner)
    return ran(app)


@pytest.mark.parametrize("learner", ["L1", "L3"])
def test_a_learner_of_a_tracker_opens_with_what_the_file_says(learner: str, real: Qualification) -> None:
    wanted = opens(at(in_time, tracker(), "t.csv"), "time-person", learner)
    app = after(wanted, learner)
    read, _ = read_portfolios(real, "t.csv", tracker())
    assert visit(app).portfolios == read
    assert visit(app).portfolio.learner == learner
    assert not visit(app).unfiled


def test_a_cohort_is_read_as_a_list_too_and_what_it_asks_for_is_said_not_to_count() -> None:
    app = upload(opened(), COHORT, "cohort.csv")
    assert list(shown(app)["Learner"]) == ["L1 · Ada Example", "L2 · Ben Example", "L3 · Cara Example"]
    assert [len(each.entries) for each in visit(app).portfolios] == [0, 1, 0]
    (told,) = (each.value for each in app.table if "What is wrong" in each.value)
    assert [unescaped(value) for value in told["Value"]] == ["L1, L3"]
    assert "counts at *Delivery*; here count the units that they hold" in unescaped(told.iloc[0, -1])
    assert "column is missing" not in everything(app)
    save(app, "Ann Example")
    kept = Register().load(Actor("Ann Example"), load())
    assert [len(each.portfolio.entries) for each in kept] == [0, 1, 0]
    app = upload(opened(), b"learner,x\nL1,\n", "nothing.csv")
    assert "column is missing" in everything(app)


def test_a_learner_of_a_cohort_opens_with_what_is_held() -> None:
    app = after(opens(at(centre, COHORT), "cohort-open", "L2"), "L2")
    found = visit(app).portfolio
    assert (found.learner, found.details.name, found.details.assessor) == (
        "L2", "Ben Example", "Cal Example"
    )  # fmt: skip
    assert found.achieved == {"D/503/0352"}


def test_opening_somebody_keeps_what_was_changed_on_the_list() -> None:
    app = one(upload(opened(), tracker()))
    decide(app, "exempt", "L/601/0933")
    changed = visit(app)
    assert changed.unfiled == ("L1",)
    wanted = opens(at(in_time, tracker(), "t.csv"), "time-person", "L3")
    same = visit(after(wanted, "L3", changed))
    assert (same.portfolio.learner, same.unfiled) == ("L3", ("L1",))


def test_opening_somebody_else_asks_before_changes_are_lost() -> None:
    app = one(upload(opened(), tracker()))
    decide(app, "exempt", "L/601/0933")
    changed = visit(app)
    other = opens(at(centre, COHORT), "cohort-open", "L2")
    app = after(other, "L2", changed)
    assert visit(app) == changed
    assert "would lose what no file holds yet: L1" in everything(app).replace("\\", "")
    app = ran(app.button(key="lose").click())
    assert visit(app).portfolio.learner == "L2"
