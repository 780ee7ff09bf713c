"""The page for training centres, run without a browser; each widget is found by its key."""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import openpyxl
import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from planner import Qualification, load
from planner.catalogue.loading import DATA_VARIABLE, QUALIFICATION_VARIABLE
from planner.cohort.batch import Cohort, plan_cohort
from planner.cohort.delivery_answer import Delivery, Running
from planner.cohort.seat_question import SearchProgress
from planner.errors import DataError, DisagreementError, Parameter, Problem
from planner.pages.delivery import cohorts, delivery, running_search
from planner.pages.delivery.running_search import RunningSearch, Settings
from planner.pages.learners import learners_here
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.shared import visit_memory
from planner.pages.shared.words import plain
from planner.records.cohort_rows import read_cohort
from planner.records.portfolios import Entry, Portfolio
from planner.records.wishes import Request
from tests import seen
from tests.conftest import SMALL_RULES

PATIENCE = 120
"""Seconds after which a test that waits for something gives up: that is a failure, however slow the machine."""

REF = r"\([A-Z]/\d{3}/\d{4}\)"


def page() -> None:
    """What the router runs for the address /centre."""
    from planner.pages.delivery import cohorts

    cohorts.show()


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    for key, value in address.items():
        app.query_params[key] = value
    return fine(app.run())


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def example(**address: str) -> AppTest:
    """The page with the invented learners."""
    return fine(opened(**address).button(key="cohort-example").click().run())


def table_of(*rows: str, header: str = "learner,name,pins,excludes,held,tasks") -> bytes:
    return "\n".join([header, *rows]).encode()


def uploaded(content: bytes, name: str = "cohort.csv", app: AppTest | None = None) -> AppTest:
    """The page after a file was read in."""
    app = app or opened()
    uploader = next(u for u in app.file_uploader if str(u.key).startswith("cohort-file-"))
    uploader.upload(name, content, "text/csv")
    return fine(app.run())


def raw(app: AppTest) -> str:
    """All Markdown of the page, as Streamlit gets it."""
    return "\n".join(seen.raw(app))


def words(app: AppTest) -> str:
    """All that the page says but its messages, without what makes letters bold."""
    return seen.words(app).replace("**", "")


def said(app: AppTest, kind: seen.Kind, icon: str = "") -> str:
    """What the messages of one kind with one icon say, without what makes letters bold."""
    return seen.said(app, kind, icon).replace("**", "")


def everything(app: AppTest) -> str:
    return seen.everything(app).replace("**", "")


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in app.metric}


def planned(app: AppTest) -> Cohort:
    """The answer that the page shows."""
    found: cohorts.Planned = app.session_state[visit_memory.SHELF].items[cohorts.PLANNED].value
    return found.cohort


def listed(app: AppTest) -> list[str]:
    """The learners who are answered, by their references."""
    return [answer.request.learner for answer in planned(app).answers]


def cells(app: AppTest, heading: str) -> list[str]:
    """The texts of one column of the tables that have it."""
    found = [table.value[heading] for table in app.table if heading in table.value]
    return [str(cell).replace("\\", "") for column in found for cell in column]


def test_the_empty_page_teaches_what_a_file_holds() -> None:
    app = opened()
    assert cells(app, "Column") == ["learner", "name", "pins", "excludes", "held", "tasks"]
    assert "one row a learner" in words(app)
    assert "Nothing is kept unless you save" in words(app)
    assert app.get_by_key("cohort-template") is not None
    assert not app.metric
    assert not app.dataframe


def test_the_invented_learners_are_one_click_away() -> None:
    app = example()
    assert metrics(app) == {"Have a plan": "10", "Have none": "2", "Guided hours to do, average": "110"}
    assert len(listed(app)) == 12
    assert "invented-learners.csv · 12 learners · all units on offer" in words(app)
    assert "12 rows" not in words(app)  # the figures say it
    assert dict(app.query_params) == {}


def test_the_figures_are_those_of_the_planner() -> None:
    qualification = load()
    requests, problems = read_cohort(qualification, "x.csv", cohorts.example(qualification))
    assert problems == ()
    cohort = plan_cohort(qualification, requests)
    app = example()
    hours = [answer.new_glh for answer in cohort.answers if answer.new_glh is not None]
    assert metrics(app)["Guided hours to do, average"] == str(round(sum(hours) / len(hours)))
    assert [int(n) for n in cells(app, "Units to assess")] == [50, 5, 2, 1, 5]
    assert sum(cohort.unit_demand.values()) == 63


def test_every_qualification_has_invented_learners(small: Callable[..., Path]) -> None:
    qualification = load("Q1", small(small=SMALL_RULES))
    requests, problems = read_cohort(qualification, "x.csv", cohorts.example(qualification))
    assert problems == ()
    assert len({request.learner for request in requests}) == 12
    assert any(request.wishes.pins for request in requests)


def test_refused_rows_are_listed_and_the_others_answered() -> None:
    app = uploaded(
        table_of("L1,Ada Example,L/601/0933,,,", "L2,Ben Example,L/601/0999,,,", "L1,,,,,", "L3,,,,,juggling")
    )
    assert listed(app) == ["L1"]
    assert "3 things in the file could not be read or are doubted. All other rows are answered." in said(
        app, "warning"
    )
    assert cells(app, "Row") == ["3", "4", "5"]
    assert cells(app, "Field") == ["pins", "learner", "tasks"]
    assert cells(app, "Value") == ["L/601/0999", "L1", "juggling"]
    assert "did you mean L/601/0933?" in cells(app, "What is wrong")[0]


@pytest.mark.parametrize(("wrong", "unfolded"), [(5, True), (6, False)])
def test_a_few_rows_that_could_not_be_read_are_shown_and_many_are_folded(wrong: int, unfolded: bool) -> None:
    app = uploaded(table_of("L0,,,,,", *(f"L{number},,X,,," for number in range(1, wrong + 1))))
    (found,) = (each for each in app.expander if each.label == "What could not be read")
    assert found.proto.expanded is unfolded


def test_a_file_without_a_good_row_shows_its_problems() -> None:
    app = uploaded(table_of("L1,,X,,,"))
    assert "1 row: 0 planned, 1 to mend." in words(app)
    assert "No row is left to answer." in said(app, "warning")
    assert not app.metric
    assert not app.dataframe


def test_what_is_not_a_cohort_file_is_told_and_changes_nothing() -> None:
    app = uploaded(b"%PDF-1.7 not a table", "cohort.csv", example())
    assert "The file was not read; nothing else has changed." in said(app, "error")
    assert "is a PDF document" in said(app, "error")
    assert metrics(app)["Have a plan"] == "10"
    app = uploaded(table_of("Ada", header="person"), "no-learners.csv", opened())
    assert "no-learners.csv" in said(app, "error")
    assert not app.metric
    assert app.get_by_key("cohort-example") is not None


def test_a_file_read_in_takes_the_place_of_the_one_before() -> None:
    app = example()
    app.toggle(key="cohort-all").set_value(True).run()
    app = uploaded(table_of("B1,,,,,"), "second.csv", app)
    assert listed(app) == ["B1"]
    assert "second.csv · 1 learner ·" in words(app)
    assert "The file was not read" not in everything(app)
    app = fine(app.button(key="cohort-forget").click().run())
    assert app.get_by_key("cohort-example") is not None
    assert not app.metric


def test_what_is_only_shown_otherwise_is_not_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def counted(*arguments: Any, **named: Any) -> Any:
        asked.append(arguments)
        return plan_cohort(*arguments, **named)

    monkeypatch.setattr(cohorts, "plan_cohort", counted)
    app = example()
    fine(app.toggle(key="cohort-all").set_value(True).run())
    assert len(asked) == 1
    app.query_params["offer"] = ",".join(sorted(load().by_ref)[:-1])
    fine(app.run())
    assert len(asked) == 2


def test_a_learner_without_a_plan_is_told_why_and_is_opened_on_their_own_page() -> None:
    app = fine(AppTest.from_file(str(Path(__file__).parent.parent / "app.py"), default_timeout=60).run())
    app = fine(app.button(key="door-centre").click().run())
    app = fine(app.button(key="cohort-example").click().run())
    text = words(app)
    assert "Asked for Bespoke Software" in text
    assert "Who has no plan, and the way out: 2 learners" in text
    assert text.count(", for a plan of ") == 2
    assert [app.button(key=f"cohort-open-{n}").label for n in range(2)] == [
        ":blue[**L07 · Gita Example**]",
        ":blue[**L10 · Jo Example**]",
    ]
    app = fine(app.button(key="cohort-open-1").click().run())
    text = words(app)
    assert app.selectbox(key="learner").value == 9
    assert "The verdict on L10 · Jo Example" in text
    assert "What would help, the shortest plan first" in text
    assert "Change row 11 of invented-learners.csv and read the file in again." in text


def test_a_learner_who_needs_what_the_centre_does_not_offer_is_told_so() -> None:
    offered = sorted(set(load().by_ref) - {"L/601/0933"})
    app = uploaded(table_of("L1,,L/601/0933,,,", "L2,,,,,"), app=opened(offer=",".join(offered)))
    assert "2 learners · 38 units on offer" in words(app)
    assert "Outside the centre's offer, and needed: Give customers a positive impression" in words(app)
    assert metrics(app)["Have none"] == "1"


def test_rows_to_mend_are_counted_among_the_figures() -> None:
    app = uploaded(table_of("L1,,,,,", "L2,,nonsense,,,"))
    assert {name: metrics(app)[name] for name in ("Have a plan", "Have none", "Rows to mend")} == {
        "Have a plan": "1",
        "Have none": "0",
        "Rows to mend": "1",
    }


def test_what_users_typed_stays_text() -> None:
    name = "<b>Ada</b> [here](http://127.0.0.1) **loud** $x$ :red[x]"
    file = "a_[b](c)**d**.csv"
    app = uploaded(table_of(f"=1+1,{name},,D/503/0352,,", "*x*,,<i>no</i>,,,"), file)
    assert listed(app) == ["=1+1"]
    assert app.button(key="cohort-open-0").label == f":blue[**{plain(f'=1+1 · {name}')}**]"
    text = raw(app)
    assert plain(file) in text
    for fragment in ("<b>", "[here]", "**loud**", "<i>no", "[b](c)"):
        assert fragment not in text
        assert all(
            fragment not in str(cell) for table in app.table for cell in table.value.to_numpy().ravel()
        )
    assert "<i>no</i>" in cells(app, "Value")


def test_of_very_many_problems_and_learners_without_a_plan_the_page_stays_short() -> None:
    app = uploaded(
        table_of(*(f"L{n},,,D/503/0352,," for n in range(41)), *(f"X{n},,X,,," for n in range(101)))
    )
    assert "101 things in the file could not be read" in said(app, "warning")
    (problems,) = (each.value for each in app.dataframe if "What is wrong" in each.value)
    assert list(problems["Row"]) == list(range(43, 143))
    assert "And 1 more." in [text.value for text in app.markdown]
    (table,) = (each.value for each in app.dataframe if "Why not" in each.value)
    assert list(table["Who"]) == [f"L{n}" for n in range(41)]
    assert app.selectbox(key="cohort-open-which").options == [f"L{n}" for n in range(41)]


@pytest.mark.parametrize(
    ("source", "label"), [("p.csv", "p.csv · 2 learners"), ("", "your entries · 1 learner")]
)
def test_who_is_on_the_list_of_learners_is_here_too_without_a_click(source: str, label: str) -> None:
    held = (Entry("D/503/0352", "verified"),)
    people = tuple(Portfolio(f"L{n}", held) for n in range(2 if source else 1))
    app = opened()
    shelf: visit_memory.Shelf = app.session_state[visit_memory.SHELF]
    visit = Visit(people, people, source=source, under="600/5106/1")
    shelf.items[learners_here.HELD] = visit_memory.Shelved(visit, visit_memory.Worth.WORK, "", 0, 0)
    app = fine(app.run())
    assert f"{label} · all units on offer" in words(app)
    assert listed(app) == [each.learner for each in people]
    assert [answer.request.wishes.held for answer in planned(app).answers] == [{"D/503/0352"}] * len(people)


def test_demand_shows_the_most_needed_units_first_and_all_when_asked() -> None:
    app = example()
    assert app.toggle(key="cohort-all").label == "Show all 22 units"
    chart = app.get("vega_lite_chart")[0].proto
    assert chart.alt.startswith(
        "Learners who have each unit still to achieve: Improve personal effectiveness"
    )
    assert len(re.findall(REF, chart.alt)) == 15
    app.toggle(key="cohort-all").set_value(True).run()
    assert len(re.findall(REF, app.get("vega_lite_chart")[0].proto.alt)) == 22


def test_learners_who_have_achieved_everything_need_nothing() -> None:
    qualification = load()
    done = " ".join(qualification.by_ref)
    app = uploaded(table_of(f"L1,,,,{done},"))
    assert "Nothing: nobody who has a plan has a unit still to achieve." in words(app)


def test_only_what_takes_long_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def told(self: DeltaGenerator, value: float, text: str = "", **named: Any) -> None:
        shown.append(text)

    monkeypatch.setattr(DeltaGenerator, "progress", told)
    monkeypatch.setattr("planner.pages.shared.page_shell.rules", lambda *_: None)
    example()
    assert [text for text in shown if "planned" in text] == []
    monkeypatch.setattr(cohorts, "PATIENCE", -1.0)
    example()
    assert [text for text in shown if "planned" in text][-1] == "12 of 12 learners planned"


def test_another_qualification_is_answered_too(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(small()))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, "Q1")
    app = example()
    assert len(listed(app)) == 12
    assert "A small qualification" in words(app)


def test_a_cohort_stays_with_the_qualification_it_was_read_under() -> None:
    app = example()
    before = metrics(app)
    fine(app.selectbox(key="qualification-picker").set_value("603/3646/8").run())
    assert metrics(app) == before
    assert app.selectbox(key="qualification-picker").value == "600/5106/1"
    assert "You chose TQUK Level 2 Certificate in IT User Skills, and nothing has changed yet." in said(
        app, "warning", ":material/swap_horiz:"
    )
    assert "This page holds 12 learners from invented-learners.csv. It was read under the rules" in said(
        app, "warning", ":material/swap_horiz:"
    )
    fine(app.button(key="stay").click().run())
    assert "You chose" not in everything(app)
    app.query_params["qualification"] = "603/3646/8"
    assert metrics(fine(app.run())) == before
    fine(app.button(key="let-go").click().run())
    assert not app.metric
    assert app.selectbox(key="qualification-picker").value == "603/3646/8"
    assert app.query_params["qualification"] in ("603/3646/8", ["603/3646/8"])
    fine(app.button(key="cohort-example").click().run())
    assert metrics(app) == {"Have a plan": "11", "Have none": "1", "Guided hours to do, average": "115"}


def test_no_table_of_strategies_is_drawn_where_none_is_on_file() -> None:
    assert "By assessment strategy" in words(example())
    app = example(qualification="603/3646/8")
    assert "What the cohort needs" in [header.value for header in app.header]
    assert "By assessment strategy" not in everything(app)


# Delivery


def asked(app: AppTest, way: str = "groups") -> AppTest:
    return fine(app.radio(key="delivery-way").set_value(way).run())


def start(app: AppTest) -> AppTest:
    return fine(app.button(key="delivery-start").click().run())


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def done(app: AppTest) -> AppTest:
    """The page once the search is over; the browser asks by itself, here the test does."""
    if "delivery-stop" in keys(app):
        assert desk(app).ended.wait(PATIENCE)
        fine(app.run())
    assert "delivery-stop" not in keys(app)
    return app


def desk(app: AppTest) -> running_search._Desk:
    """Where the thread of the page's search puts what it finds."""
    search: RunningSearch = app.session_state[visit_memory.SHELF].items[delivery.SEARCH].value
    return search._desk


def stopped_at_the_first_plan(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page after a search that was stopped as soon as it had a plan."""

    def stopping(desk: running_search._Desk, progress: SearchProgress) -> None:
        put(desk, progress)
        if progress.value is not None:
            desk.stop.set()

    put = running_search._Desk.put_progress
    monkeypatch.setattr(running_search._Desk, "put_progress", stopping)
    return done(start(app))


def seated(qualification: Qualification, requests: Sequence[Request], **asked: Any) -> Delivery:
    """Everybody's own best plan in groups: a plan for which nothing has to be searched."""
    answers = plan_cohort(qualification, requests).answers
    size, limits = asked["group_size"], dict(asked["assessor_hours"])
    takers = {ref: [a.request.learner for a in answers if ref in a.new_units] for ref in qualification.by_ref}
    units = tuple(
        Running(ref, tuple(tuple(who[n : n + size]) for n in range(0, len(who), size)))
        for ref, who in takers.items()
        if who
    )
    hours = sum(qualification.by_ref[unit.ref].glh * len(unit.groups) for unit in units)
    return Delivery(
        qualification,
        "feasible",
        size,
        asked["max_units"],
        limits,
        delivered_glh=hours,
        bound=hours - 10,
        learner_glh=sum(answer.new_glh or 0 for answer in answers),
        own_best_delivered_glh=hours,
        units=units,
        selections={answer.request.learner: answer.units for answer in answers if answer.found},
        new_units={answer.request.learner: answer.new_units for answer in answers if answer.found},
        left_out=tuple((answer.request.learner, answer.conflicts) for answer in answers if not answer.found),
    )


class Slow:
    """Stands for a search that finds its plan at once and goes on until it is stopped."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, patient: bool = True) -> None:
        self.calls: list[dict[str, Any]] = []
        self.stopped = 0
        self.told, self.ended = Event(), Semaphore(0)
        self.patient = patient
        self.progress = [SearchProgress(None, 100, 0.1), SearchProgress(200, 150, 0.2)]
        monkeypatch.setattr(delivery, "deliver", self)

    def __call__(self, *arguments: Any, **named: Any) -> Delivery:
        self.calls.append(named)
        progress, stop = named.pop("progress"), named.pop("stop")
        for each in self.progress:
            progress(each)
        self.told.set()
        if self.patient:
            assert stop.__self__.stop.wait(PATIENCE)
            assert stop()
        self.stopped += 1
        self.ended.release()
        return seated(*arguments, **named)

    def wait(self, stopped: int) -> None:
        """Waits until another search has ended; then so many have."""
        assert self.ended.acquire(timeout=PATIENCE)
        assert self.stopped == stopped


def test_the_way_of_teaching_is_asked_before_anything_else() -> None:
    app = example()
    assert app.radio(key="delivery-way").value is None
    assert "delivery-start" not in keys(app)
    app = asked(app)
    assert app.number_input(key="delivery-size").value == 12
    assert "delivery-start" in keys(app)
    app = asked(app, "single")
    assert "delivery-size" not in {widget.key for widget in app.number_input}


def test_a_delivery_plan_is_searched_for_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(
        table_of("A1,Ada,,,,", "A2,Ben,L/601/0933,,,", "A3,Cara,,,D/503/0352,", "A4,Dev,,D/503/0352,,")
    )
    app = asked(app)
    app.segmented_control(key="delivery-seconds").set_value(10).run()
    app = stopped_at_the_first_plan(app, monkeypatch)
    hours = int(metrics(app)["Guided hours to deliver"])
    assert 111 <= hours <= 126  # the least and everybody's own best plan
    assert sum(int(n) for n in cells(app, "To deliver")[: int(metrics(app)["Different units"])]) == hours
    text = words(app)
    assert "If everybody followed their own best plan, the centre would deliver 126 guided hours" in text
    assert hours == 126 or f"this plan saves {126 - hours}" in text
    assert "Groups of at most 12, no limits; searched for at most 10 seconds." in text
    assert "1 learner is left out: no plan is possible" in text
    assert "- A4 · Dev: You left out Comply with health and safety" in text
    assert "L/601/0933" in " ".join(cells(app, "Unit"))
    assert "delivery-start" in keys(app)


def test_how_good_the_plan_is_proven_to_be_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch, patient=False)
    app = done(start(asked(example())))
    hours = int(metrics(app)["Guided hours to deliver"])
    assert f"no plan delivers fewer than {hours - 10} hours" in said(app, "info", ":material/pending:")
    assert f"would deliver {hours} guided hours: no more than with this plan." in words(app)
    assert "2 learners are left out: no plan is possible" in words(app)
    assert "Fit with the job" not in words(app)  # this answer knows of nobody's


def test_the_groups_of_a_chosen_unit_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch, patient=False)
    app = asked(example())
    app.number_input(key="delivery-size").set_value(4).run()
    app = done(start(app))
    units = list(app.selectbox(key="delivery-unit").options)
    for number, unit in enumerate(units[:6]):
        app.selectbox(key="delivery-unit").set_value(number).run()
        groups = [group.split("; ") for group in cells(app, "Who")]
        learners = [learner for group in groups for learner in group]
        assert all(len(group) == 4 for group in groups[:-1])
        assert 1 <= len(groups[-1]) <= 4
        assert len(learners) == len(set(learners))
        assert learners == takers(unit.rpartition("(")[2].rstrip(")"))


def takers(ref: str) -> list[str]:
    """The invented learners whose own best plan takes a unit new, as the page calls them."""
    qualification = load()
    requests, _ = read_cohort(qualification, "x.csv", cohorts.example(qualification))
    answers = plan_cohort(qualification, requests).answers
    return [f"{a.request.learner} · {a.request.name}" for a in answers if ref in a.new_units]


def test_one_to_one_speaks_of_learners_not_of_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch, patient=False)
    app = done(start(asked(example(), "single")))
    assert "Groups" not in metrics(app)
    assert "One to one, no limits" in words(app)
    assert not cells(app, "Groups")
    assert len(cells(app, "Who")) == 1
    assert len(cells(app, "Who")[0].split("; ")) == 8


def test_limits_that_cannot_be_kept_are_named() -> None:
    app = asked(example())
    app.number_input(key="delivery-hours-B").set_value(0).run()
    app.number_input(key="delivery-units").set_value(20).run()
    app = done(start(app))
    text = words(app)
    assert "No plan keeps these limits; this is proven." in said(app, "error", ":material/block:")
    assert "at most 0 delivered guided hours of strategy B: Customer Service" in said(
        app, "error", ":material/block:"
    )
    assert "at most 20 different units run" not in everything(app)
    assert "Raise one of these limits" in text
    assert "Guided hours to deliver" not in metrics(app)


def test_limits_and_time_reach_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    app = asked(example())
    app.number_input(key="delivery-size").set_value(6).run()
    app.number_input(key="delivery-units").set_value(11).run()
    app.number_input(key="delivery-hours-A").set_value(400).run()
    app.number_input(key="delivery-misfits").set_value(2).run()
    app.segmented_control(key="delivery-seconds").set_value(10).run()
    app = start(app)
    app.button(key="delivery-stop").click().run()
    app = done(app)
    assert slow.calls == [
        {"group_size": 6, "max_units": 11, "assessor_hours": {"A": 400}, "misfits": 2, "seconds": 10}
    ]
    assert "2 avoidable seats without evidence from the job allowed" in words(app)
    asked_for = "Groups of at most 6, at most 11 different units, at most 400 hours of A: Contact Centre"
    assert asked_for in words(app)
    assert [cell for cell in cells(app, "At most") if cell] == ["400"]


def test_a_search_shows_how_far_it_is_and_stops_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    app = start(asked(example()))
    assert slow.told.wait(PATIENCE)
    fine(app.run())
    assert "delivery-start" not in keys(app)
    assert "Best so far: 200 guided hours to deliver." in words(app)
    assert "proven that none has fewer than 150: at most 25.0% could still be saved" in words(app)
    fine(app.toggle(key="cohort-all").set_value(True).run())  # the page is not held up
    assert slow.stopped == 0
    app.button(key="delivery-stop").click().run()
    app = done(app)
    assert slow.stopped == 1
    assert int(metrics(app)["Guided hours to deliver"]) > 0


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (
            SearchProgress(None, 100, 0.1),
            "No plan yet. It is proven that none has fewer than 100 guided hours to deliver.",
        ),
        (
            SearchProgress(150, 150, 0.1),
            "Best so far: 150 guided hours to deliver. None has fewer: this is proven. Looking for the "
            "shortest plans for the learners.",
        ),
    ],
)
def test_what_is_proven_meanwhile_is_said(
    monkeypatch: pytest.MonkeyPatch, progress: SearchProgress, told: str
) -> None:
    slow = Slow(monkeypatch)
    slow.progress = [progress]
    app = start(asked(example()))
    assert slow.told.wait(PATIENCE)
    assert told in words(fine(app.run())).splitlines()
    done(fine(app.button(key="delivery-stop").click().run()))


def test_a_search_that_ends_while_it_is_looked_at_shows_what_it_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Slow(monkeypatch, patient=False)
    app = asked(example())
    states = iter([True])  # it runs when the page asks first
    monkeypatch.setattr(RunningSearch, "running", property(lambda _: next(states, False)))
    app = start(app)
    assert desk(app).ended.wait(PATIENCE)
    states = iter([True])
    fine(app.run())
    assert next(states, None) is None
    assert "Guided hours to deliver" in metrics(app)


def test_who_comes_back_to_the_page_finds_what_was_asked_and_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch, patient=False)
    app = asked(example())
    for key, number in {"size": 6, "units": 11, "hours-A": 400, "misfits": 2}.items():
        app.number_input(key=f"delivery-{key}").set_value(number)
    app.segmented_control(key="delivery-seconds").set_value(10).run()
    before = metrics(done(start(app)))
    back = AppTest.from_function(page, default_timeout=30)
    for kept in (visit_memory.SHELF, "cohort-of"):  # what fields hold is forgotten on another page
        back.session_state[kept] = app.session_state[kept]
    fine(back.run())
    assert metrics(back) == before
    assert back.radio(key="delivery-way").value == "groups"
    fields = {
        key: back.number_input(key=f"delivery-{key}").value for key in ("size", "units", "hours-A", "misfits")
    }
    assert fields == {"size": 6, "units": 11, "hours-A": 400, "misfits": 2}
    assert back.segmented_control(key="delivery-seconds").value == 10


def test_what_was_found_is_not_saved_until_somebody_downloads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    files = seen.makers(monkeypatch)
    Slow(monkeypatch, patient=False)
    app = done(start(asked(example())))
    assert "Not saved yet." in said(app, "warning", ":material/save:")
    book = openpyxl.load_workbook(io.BytesIO(files["delivery-workbook"]()), read_only=True)
    told = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"D/503/0352", "L01", "12"} <= told
    app = fine(next(each for each in app.download_button if each.key == "delivery-workbook").click().run())
    assert "Not saved yet" not in everything(app)
    app = done(start(app))
    assert "Not saved yet." in said(app, "warning", ":material/save:")


@pytest.mark.parametrize(
    ("difference", "told"),
    [
        (7, "guided hours: this plan saves 7, "),
        (-7, "guided hours: 7 fewer, as those plans do not keep the limits."),
    ],
)
def test_the_plan_is_compared_with_everybodys_own_best(
    monkeypatch: pytest.MonkeyPatch, difference: int, told: str
) -> None:
    def limited(*arguments: Any, **named: Any) -> Delivery:
        named.pop("progress"), named.pop("stop")
        found = seated(*arguments, **named)
        return replace(found, own_best_delivered_glh=(found.delivered_glh or 0) + difference)

    monkeypatch.setattr(delivery, "deliver", limited)
    assert told in words(done(start(asked(example()))))


def test_another_file_or_offer_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    app = start(asked(example()))
    app.query_params["offer"] = ",".join(sorted(load().by_ref)[:-1])
    fine(app.run())
    slow.wait(1)
    assert "delivery-start" in keys(app)
    assert "Guided hours to deliver" not in metrics(app)
    app = uploaded(table_of("B1,,,,,"), app=start(app))
    slow.wait(2)
    assert "delivery-stop" not in keys(app)


def test_there_is_nothing_to_deliver_where_nobody_has_a_plan() -> None:
    app = uploaded(table_of("L1,,,D/503/0352,,"))
    assert not app.radio
    assert metrics(app)["Have none"] == "1"


def test_names_stay_text_in_groups_and_among_those_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(monkeypatch, patient=False)
    app = uploaded(table_of("A1,<b>x</b> [y](http://127.0.0.1),,,,", "A2,**z**,,D/503/0352,,"))
    app = done(start(asked(app)))
    assert cells(app, "Who")[0] == "A1 · <b>x</b> [y](http://127.0.0.1)"
    assert plain("A2 · **z**") in raw(app)
    assert "**z**" not in raw(app)
    for table in app.table:
        for cell in map(str, table.value.to_numpy().ravel()):
            assert "<b>" not in cell
            assert "[y]" not in cell
            assert "**z" not in cell


def test_a_search_that_fails_is_told_once_and_the_page_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Delivery:
        raise DisagreementError("two ways, two figures")

    monkeypatch.setattr(delivery, "deliver", broken)
    app = asked(example())
    app.button(key="delivery-start").click().run()
    if "delivery-stop" in keys(app):
        assert desk(app).ended.wait(PATIENCE)
        app.run()
    assert app.exception
    fine(app.run())
    assert "delivery-start" in keys(app)


def test_limits_without_sense_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> Delivery:
        wrong = [Problem("limits", "must not be <b>", value="-1")]
        raise DataError([*wrong, Problem(Parameter("group_size"), "must be at least 1", value="0")])

    monkeypatch.setattr(delivery, "deliver", refused)
    app = done(start(asked(example())))
    fine(app.run())
    assert "There is no answer to this" in said(app, "error")
    assert "limits = '-1': must not be <b>" in said(app, "error")
    assert "Most learners in a group = '0': must be at least 1" in said(app, "error")
    assert "<b>" not in raw(app)


class UntilOver:
    """Stands for a search that goes on until it is over, and says when it is."""

    def __init__(self) -> None:
        self.ended = Event()

    def __call__(self, progress: Callable[[SearchProgress], None], over: Callable[[], bool]) -> Delivery:
        while not over():
            self.ended.wait(0.01)
        self.ended.set()
        return Delivery(load(), "unknown", 12)


def test_a_search_nobody_holds_any_more_ends() -> None:
    run = UntilOver()
    search = RunningSearch("key", Settings(12), run)
    assert search.running
    del search
    gc.collect()
    assert run.ended.wait(PATIENCE)


def test_the_end_of_the_program_ends_every_search_and_waits_for_it() -> None:
    runs = [UntilOver(), UntilOver()]
    searches = [RunningSearch("key", Settings(12), run) for run in runs]
    running_search._end_all()
    assert [search.running for search in searches] == [False, False]


def test_a_search_is_over_once_its_tab_has_been_gone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"now": 100.0, "there": True}
    monkeypatch.setattr(running_search, "monotonic", lambda: clock["now"])
    found = running_search._Desk(lambda: bool(clock["there"]))
    clock["now"] += 10 * running_search.ABSENCE
    assert not found.over()  # the tab is there, however long
    clock["there"] = False
    clock["now"] += running_search.ABSENCE
    assert not found.over()
    clock["there"] = True
    assert not found.over()  # it came back
    clock["there"] = False
    clock["now"] += running_search.ABSENCE
    assert not found.over()
    clock["now"] += 0.1
    assert found.over()


def test_a_search_whose_tab_is_gone_ends_with_the_best_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_search, "ABSENCE", -1.0)
    search = RunningSearch("key", Settings(12), UntilOver(), lambda: False)
    assert search._desk.ended.wait(PATIENCE)
    assert search.delivery is not None
    assert search.delivery.status == "unknown"


@pytest.mark.parametrize(
    ("status", "kind", "icon", "told"),
    [
        ("optimal", "success", ":material/check_circle:", "Proven"),
        ("feasible", "info", ":material/pending:", "no plan delivers fewer than"),
        ("unknown", "warning", ":material/hourglass_empty:", "Not decided"),
        ("infeasible", "error", ":material/block:", "No plan keeps these limits"),
    ],
)
def test_each_verdict_on_a_delivery_has_its_own_kind_and_sign(
    monkeypatch: pytest.MonkeyPatch, status: Any, kind: seen.Kind, icon: str, told: str
) -> None:
    def ended(*arguments: Any, **named: Any) -> Delivery:
        named.pop("progress"), named.pop("stop")
        plan = seated(*arguments, **named)
        if status == "optimal":
            return replace(plan, status=status, bound=plan.delivered_glh)
        if status == "feasible":
            return plan
        return Delivery(plan.qualification, status, plan.group_size, None, {})

    monkeypatch.setattr(delivery, "deliver", ended)
    app = done(start(asked(example())))
    assert told in said(app, kind, icon)
    marks = {
        ":material/check_circle:",
        ":material/pending:",
        ":material/hourglass_empty:",
        ":material/block:",
    }
    assert [(k, i) for k, i, _ in seen.messages(app) if i in marks] == [(kind, icon)]
