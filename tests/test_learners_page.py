"""The list of learners as one place: who is behind, a person's calendar, and ways there from the other pages."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from planner import Qualification, judge, load
from planner.cohort.batch import plan_cohort
from planner.pages.delivery import cohorts
from planner.pages.learners import intake, portfolio_answers
from planner.pages.learners.portfolio_visit import Visit, of_learners
from planner.pages.shared import visit_memory
from planner.pages.shared.file_reading import Source
from planner.planning.solve import answer
from planner.portfolio.verdict import Judgement
from planner.records.agreed import Agreed
from planner.records.portfolio_files import read_portfolios
from planner.records.portfolios import Details, Entry, EntryStatus, Portfolio
from planner.records.wishes import Request, Wishes
from planner.register import Actor, Register
from planner.timeline import Learner, timeline
from planner.timeline.questions import Terms
from tests.seen import bars, cell_clicked, everything, makers, unescaped
from tests.strategies import deep
from tests.test_audit_page import BEST, decide, one, opened, ran, rows, table, upload, visit
from tests.test_register_learners import COHORT, at, in_time
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
    app.session_state["learner-units"] = True
    app = cell_clicked(ran(app), "unit-table", 0, "Unit")
    assert visit(app).shown is None
    app = cell_clicked(app, "unit-table", 0, "L4")
    assert visit(app).portfolio.learner == "L4"


def test_who_needs_a_unit_is_found_and_the_order_is_a_choice() -> None:
    app = upload(opened(), table([*rows("L1", BEST[:5]), *rows("L2", BEST), *rows("L3", BEST[1:6])]))
    assert list(shown(app)["Hours to go"]) == [30, 0, 24]
    app = ran(app.selectbox(key="learner-order").set_value("least"))
    assert list(shown(app)["Learner"]) == ["L2", "L3", "L1"]
    app = ran(app.selectbox(key="learner-order").set_value("most"))
    app = ran(app.selectbox(key="learner-unit").set_value(BEST[6]))
    assert list(shown(app)["Learner"]) == ["L1", "L3"]
    app = cell_clicked(app, "learner-table", 1, "Now")
    assert visit(app).portfolio.learner == "L3"
    app = ran(app.button(key="learner-before").click())
    assert visit(app).portfolio.learner == "L1"
    app = upload(app, table([*rows("L7", BEST[:5]), *rows("L8", BEST)]), "second.csv")
    assert list(shown(app)["Learner"]) == ["L7", "L8"]


def test_a_name_orders_the_list() -> None:
    content = [*rows("L1", BEST[:1], name="Cara Example"), *rows("L2", BEST[:1], name="Ada Example")]
    app = upload(opened(), table(content))
    app = ran(app.selectbox(key="learner-order").set_value("name"))
    assert list(shown(app)["Learner"]) == ["L2 · Ada Example", "L1 · Cara Example"]


def test_the_list_of_a_telephone_says_the_same_and_opens_the_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.pages.learners.learner_list.MOST_NARROW", 2)
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


# The same learners on every page


def places() -> None:
    """Every page about learners, one at a time; somebody is opened first where the session says so."""
    import streamlit as st

    from planner.pages.assurance import assurance_page
    from planner.pages.delivery import cohorts
    from planner.pages.learners import learners_here, portfolio, time_page

    shown = {"audit": portfolio, "centre": cohorts, "time": time_page, "assurance": assurance_page}
    wanted = st.session_state.pop("wanted", "")
    if wanted:
        learners_here.open_learner(wanted)
    shown[st.session_state.get("place", "audit")].show()


def everywhere() -> AppTest:
    return ran(AppTest.from_function(places, default_timeout=60))


def went(app: AppTest, place: str, opening: str = "") -> AppTest:
    app.session_state["place"] = place
    app.session_state["wanted"] = opening
    return ran(app)


def handed(app: AppTest, content: bytes, name: str = "cohort.csv") -> AppTest:
    app.file_uploader[0].upload(name, content, "text/csv")
    return ran(app)


@pytest.mark.parametrize("place", ["audit", "centre", "time", "assurance"])
def test_who_was_read_in_on_one_page_is_on_every_page_without_a_click(place: str) -> None:
    app = handed(went(everywhere(), place), tracker(), "t.csv")
    told = {
        "audit": "Rules met now: 1 of 4 learners.",
        "centre": "t.csv · 4 learners · all units on offer",
        "time": "t.csv · **change**",
        "assurance": "t.csv · **change**",
    }
    for other, words in told.items():
        assert words in everything(went(app, other)).replace("\\", "")
        assert not app.error


def test_a_file_without_a_good_row_is_told_on_every_page() -> None:
    app = handed(went(everywhere(), "centre"), b"learner,pins\nL1,X/1\n")
    for place in ("centre", "audit", "time", "assurance"):
        went(app, place)
        assert not app.error
    assert "No learner could be read." in everything(went(app, "audit"))


def test_a_change_to_a_portfolio_counts_on_every_page_and_is_not_lost_by_a_file_read_there() -> None:
    app = handed(everywhere(), tracker(), "t.csv")
    ran(app.selectbox(key="learner").set_value(0))
    decide(app, "exempt", "L/601/0933")
    changed = visit(app)
    assert changed.unfiled == ("L1",)
    app = went(app, "centre")
    (first,) = [each.request for each in planned(app).cohort.answers if each.request.learner == "L1"]
    assert "L/601/0933" in first.wishes.held
    app = handed(app, COHORT)
    assert visit(app) == changed
    assert "would lose what no file holds yet: L1" in everything(app).replace("\\", "")
    app = ran(app.button(key="keep-here").click())
    assert visit(app) == changed
    app = ran(handed(app, COHORT).button(key="lose").click())
    assert [each.learner for each in visit(app).portfolios] == ["L1", "L2", "L3"]
    assert visit(app).source == "cohort.csv"


def planned(app: AppTest) -> cohorts.Planned:
    found: cohorts.Planned = app.session_state[visit_memory.SHELF].items[cohorts.PLANNED].value
    return found


@pytest.mark.parametrize("place", ["centre", "time"])
def test_a_learner_opens_with_what_the_file_says(place: str, real: Qualification) -> None:
    app = went(handed(went(everywhere(), place), tracker(), "t.csv"), "audit", "L3")
    read, _ = read_portfolios(real, "t.csv", tracker())
    assert visit(app).portfolios == read
    assert visit(app).portfolio.learner == "L3"
    assert not visit(app).unfiled


def test_a_learner_of_a_cohort_opens_with_what_is_held() -> None:
    found = visit(went(handed(went(everywhere(), "centre"), COHORT), "audit", "L2")).portfolio
    assert (found.learner, found.details.name, found.details.assessor) == (
        "L2", "Ben Example", "Cal Example"
    )  # fmt: skip
    assert found.achieved == {"D/503/0352"}


# What learners ask for


def test_a_cohort_is_read_as_a_list_too_and_what_it_asks_for_counts(real: Qualification) -> None:
    app = upload(opened(), COHORT, "cohort.csv")
    assert list(shown(app)["Learner"]) == ["L1 · Ada Example", "L2 · Ben Example", "L3 · Cara Example"]
    assert list(shown(app)["Now"]) == ["not yet", "not yet", "impossible"]
    assert [len(each.entries) for each in visit(app).portfolios] == [0, 1, 0]
    ran(app.selectbox(key="learner").set_value(0))
    assert f"**What they ask for:** must count: {real.named('L/601/0933')}." in unescaped(everything(app))
    assert "L/601/0933" in visit_units(app, "To start")
    assert "column is missing" in everything(upload(opened(), b"learner,x\nL1,\n", "nothing.csv"))


def visit_units(app: AppTest, heading: str) -> str:
    """The units of the first table under a heading of the way home."""
    assert f"**{heading}**" in everything(app)
    return " ".join(str(cell) for table in app.table for cell in table.value.to_numpy().ravel())


def test_where_wishes_make_a_plan_impossible_the_page_says_which_and_what_would_help(
    real: Qualification,
) -> None:
    app = upload(opened(), COHORT, "cohort.csv")
    ran(app.selectbox(key="learner").set_value(2))
    said = unescaped(everything(app))
    assert "no way home that keeps what they ask for exists; this is proven." in said
    (clash,) = answer(real, Wishes(pins=frozenset({"J/502/4299", "M/502/4300"}))).conflicts
    assert clash.in_words(real) in said
    assert "**What would help**" in said
    assert "No longer ask for" in said


def test_a_cohort_is_saved_with_what_it_asks_for_and_judged_the_same_once_kept(real: Qualification) -> None:
    app = save(upload(opened(), COHORT, "cohort.csv"), "Ann Example")
    kept = Register().load(Actor("Ann Example"), real)
    assert [sorted(each.request.wishes.pins) for each in kept] == [
        ["L/601/0933"], [], ["J/502/4299", "M/502/4300"],
    ]  # fmt: skip
    assert [each.request.wishes.held for each in kept] == [frozenset(), {"D/503/0352"}, frozenset()]
    assert not visit(app).unfiled
    assert list(shown(app)["Now"]) == ["not yet", "not yet", "impossible"]
    again = upload(opened(), COHORT, "cohort.csv")
    assert [each.now.to_json() for each in judged(app)] == [each.now.to_json() for each in judged(again)]


def judged(app: AppTest) -> list[Judgement]:
    found: dict[Any, Judgement] = app.session_state[visit_memory.SHELF].items[portfolio_answers.JUDGED].value
    return list(found.values())


def test_units_of_somebody_who_was_told_in_a_row_of_wishes_are_saved_once_they_are_changed(
    real: Qualification,
) -> None:
    app = upload(opened(), COHORT, "cohort.csv")
    ran(app.selectbox(key="learner").set_value(1))
    ran(app.multiselect(key="achieved").set_value([BEST[1]]))
    save(app, "Ann Example")
    (_, ben, _) = Register().load(Actor("Ann Example"), real)
    assert [entry.ref for entry in ben.portfolio.entries] == [BEST[1]]
    assert ben.request.wishes.held == frozenset()
    assert visit(app).portfolios[1].achieved == {BEST[1]}


REFS = sorted(load().by_ref)
SOME = st.frozensets(st.sampled_from(REFS), max_size=3)


@st.composite
def told(draw: st.DrawFn) -> tuple[Portfolio | Request, ...]:
    """Learners in a row of wishes or in rows of units, as files and the register tell them."""
    found: list[Portfolio | Request] = []
    for number in range(draw(st.integers(1, 4))):
        refs = sorted(draw(SOME))
        details = Details(name=draw(st.sampled_from(["", "Ada Example"])), assessor="Ann Example")
        if draw(st.booleans()):
            wishes = Wishes(
                pins=draw(SOME), excludes=draw(SOME), held=frozenset(refs), survive=draw(st.integers(0, 1))
            )
            found.append(Request(f"L{number}", wishes, "Ada Example", row=number + 2, details=details))
        else:
            status: st.SearchStrategy[EntryStatus] = st.sampled_from(
                ["planned", "assessed", "verified", "in progress"]
            )
            entries = tuple(Entry(ref, draw(status)) for ref in refs)
            found.append(Portfolio(f"L{number}", entries, (), details, draw(st.booleans())))
    return tuple(found)


@settings(max_examples=deep(60, 600), deadline=None)
@given(learners=told(), asking=st.booleans())
def test_nothing_is_lost_between_the_learners_of_a_file_and_those_of_every_page(
    learners: tuple[Portfolio | Request, ...], asking: bool
) -> None:
    beside = {
        each.learner: Request(each.learner, Wishes(pins=frozenset({BEST[0]})))
        for each in learners
        if asking and isinstance(each, Portfolio)
    }
    calendar: dict[str, Agreed] = {learners[0].learner: {}}
    source = Source("x.csv", b"learner")
    visit = Visit(source="x.csv", under="600/5106/1", sources=(source,), wished=beside, agreed=calendar)
    visit = of_learners(visit, learners)
    taken = intake.of_visit(visit)
    assert taken.learners == learners
    assert taken.visit.sources == (source,)
    assert taken.visit.agreed == calendar
    for each in learners:
        own = taken.wished.get(each.learner)
        if isinstance(each, Request):
            assert own is not None
            assert (own.wishes.pins, own.wishes.excludes, own.wishes.survive) == (
                each.wishes.pins, each.wishes.excludes, each.wishes.survive
            )  # fmt: skip
        else:
            assert own == beside.get(each.learner)
    assert of_learners(visit, taken.learners) == visit


@settings(max_examples=deep(25, 400), deadline=None)
@given(learners=told())
def test_who_has_no_plan_in_a_cohort_has_no_way_home_on_the_list(
    learners: tuple[Portfolio | Request, ...],
) -> None:
    """Two ways to one answer: the cohort's, from minimal selections, and the verdict of each."""
    one = load()
    visit = of_learners(Visit(source="x.csv", under=one.id), learners)
    cohort = plan_cohort(one, intake.of_visit(visit).requests(one, None))
    for number, found in enumerate(cohort.answers):
        wished = visit.asks(number)
        now = judge(one, visit.portfolios[number], wished=wished, goals=visit.goals(number)).now
        assert now.decided
        if judge(one, visit.portfolios[number]).now.rules_met:
            assert now.rules_met
        else:
            assert (now.home.found, now.home.cost) == (found.found, found.cost)
