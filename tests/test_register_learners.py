"""*Delivery* and *Who is behind* with the register: whom a file names is kept, and opened on both pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner import Qualification, load
from planner.catalogue.loading import REGISTER_VARIABLE
from planner.pages.learners import intake, learners_here
from planner.pages.learners.portfolio_visit import of_kept
from planner.pages.shared import visit_memory
from planner.pages.start import home
from planner.records.portfolios import Entry, Portfolio
from planner.register import Actor, Register
from tests import test_centre_page
from tests.seen import everything
from tests.test_audit_page import BEST, ran, rows, table, visit
from tests.test_register_page import identified, kept_file, save

ANN = Actor("Ann Example")

COHORT = test_centre_page.table_of(
    "L1,Ada Example,L/601/0933,,2026-01-05,2026-12-18,Bea Example",
    "L2,Ben Example,,D/503/0352,,,Cal Example",
    "L3,Cara Example,J/502/4299 M/502/4300,,,,",
    header="learner,name,pins,held,start,target,assessor",
)


def centre() -> None:
    from planner.pages.delivery import cohorts

    cohorts.show()


def in_time() -> None:
    from planner.pages.learners import time_page

    time_page.show()


def at(page: Callable[[], None], file: bytes = b"", name: str = "cohort.csv") -> AppTest:
    """A page for many learners, with a file where one is given."""
    app = ran(AppTest.from_function(page, default_timeout=60))
    if file:
        app.file_uploader[0].upload(name, file, "text/csv")
        app = ran(app)
    return app


def open_all(app: AppTest) -> AppTest:
    return ran(identified(app).button(key="register-open").click())


def taken(app: AppTest) -> intake.Taken:
    shelf: visit_memory.Shelf = app.session_state[visit_memory.SHELF]
    return intake.of_visit(shelf.items[learners_here.HELD].value)


@pytest.mark.parametrize("page", [centre, in_time])
def test_nothing_is_kept_before_somebody_saves_and_then_the_learners_are(page: Callable[[], None]) -> None:
    app = at(page, COHORT)
    assert "Nothing is kept unless you save." in everything(app)
    assert not kept_file().exists()
    app = save(app)
    assert (
        "Saved: 3 learners in the register as shown here. Of the file: 3 new, 0 changed, 0 unchanged."
        in everything(app)
    )
    assert [each.learner for each in Register().learners(ANN)] == ["L1", "L2", "L3"]


def test_dates_and_assessors_of_a_cohort_are_kept(real: Qualification) -> None:
    save(at(centre, COHORT))
    first, second, third = Register().load(ANN, real)
    details = first.request.details
    assert (details.start, details.target, details.assessor) == (
        date(2026, 1, 5), date(2026, 12, 18), "Bea Example"
    )  # fmt: skip
    assert (second.request.details.assessor, second.request.details.start) == ("Cal Example", None)
    assert third.request.wishes.pins == {"J/502/4299", "M/502/4300"}


def test_a_cohort_that_is_opened_has_the_answers_of_its_file() -> None:
    of_file = save(at(centre, COHORT))
    of_register = open_all(at(centre))
    assert taken(of_register).visit.opened
    assert test_centre_page.metrics(of_register) == test_centre_page.metrics(of_file)
    assert test_centre_page.listed(of_register) == ["L1", "L2", "L3"]
    assert not any(button.key == "register-save" for button in of_register.button)


def test_learners_of_the_register_are_told_their_number_and_those_of_one_assessor_opened_alone() -> None:
    save(at(centre, COHORT))
    app = at(in_time)
    assert app.button(key="register-open").label == "Learners of the register"
    app = identified(app, "Cal Example")
    assert app.button(key="register-open").label == "Learners of the register (1)"
    app = identified(app, "Ann Example")
    assert app.button(key="register-open").label == "Learners of the register (3)"
    app.selectbox(key="register-of").set_value("Cal Example")
    assert [each.learner for each in taken(open_all(app)).learners] == ["L2"]


def test_who_has_begun_units_is_planned_with_them(real: Qualification) -> None:
    """A unit under way is finished before another one is begun, as the way home does."""
    begun = Portfolio("L1", (Entry(BEST[0], "assessed"), Entry("L/601/0933", "in progress")))
    Register().save(ANN, real, [begun])
    app = open_all(at(centre))
    (request,) = taken(app).requests(real, None)
    assert request.wishes.held == {BEST[0]}
    assert request.wishes.begun == {"L/601/0933"}
    (answer,) = test_centre_page.planned(app).answers
    assert "L/601/0933" in answer.new_units


def test_with_an_offer_units_under_way_are_still_finished(real: Qualification) -> None:
    found = Portfolio("L1", (Entry("L/601/0933", "in progress"), Entry(BEST[0], "assessed")))
    kept = Register().save(ANN, real, [found])
    (request,) = intake.of_visit(of_kept(real.id, kept)).requests(real, frozenset({BEST[1]}))
    assert request.wishes.closed == set(real.by_ref) - {"L/601/0933", BEST[0], BEST[1]}


def test_a_page_without_a_register_says_that_it_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REGISTER_VARIABLE, "")
    for page in (centre, in_time):
        assert "This page keeps nothing" in everything(at(page))
        assert "This page keeps nothing" in everything(at(page, COHORT))


def test_what_the_register_does_not_take_of_a_file_is_listed() -> None:
    save(at(in_time, table(rows("L1", BEST[:2], "verified")), "one.csv"))
    app = save(at(in_time, table(rows("L1", BEST[:2], "submitted")), "two.csv"))
    assert "2 values of the file were not taken" in everything(app)
    assert "the status goes back" in everything(app)


# People


def test_a_manager_adds_a_person_who_then_may_be_picked() -> None:
    app = save(at(centre, COHORT))
    app.text_input(key="register-new").set_value("Dee Example")
    app.multiselect(key="register-new-as").set_value(["IQA", "assessor"])
    app = ran(app.button(key="register-add").click())
    assert "Dee Example is known now, as IQA and assessor." in everything(app).replace("\\", "")
    people = {person.name: set(person.roles) for person in Register().people(ANN)}
    assert people["Dee Example"] == {"IQA", "assessor"}
    assert "Dee Example" in app.selectbox(key="register-person").options


@pytest.mark.parametrize(
    ("name", "roles", "who", "said"),
    [
        ("", ["IQA"], "Ann Example", "Give a name"),
        ("Dee Example", [], "Ann Example", "at least one role"),
        ("bea example", ["IQA"], "Ann Example", "knows this name already"),
        ("Dee Example", ["IQA"], "Bea Example", "may not say who may do what as assessor: a manager may"),
        ("Dee Example", ["IQA"], None, "Say first who you are"),
    ],
)
def test_a_person_is_not_added_by_mistake(name: str, roles: list[str], who: str | None, said: str) -> None:
    Register().import_file(ANN, {load().id: load()}, "cohort.csv", COHORT)
    before = Register().people(ANN)
    app = identified(at(centre), who) if who else at(centre)
    app.text_input(key="register-new").set_value(name)
    app.multiselect(key="register-new-as").set_value(roles)
    app = ran(app.button(key="register-add").click())
    assert said in everything(app)
    assert Register().people(ANN) == before


def test_a_refusal_is_told_in_plain_words() -> None:
    Register().import_file(ANN, {load().id: load()}, "cohort.csv", COHORT)
    app = identified(at(centre), "Bea Example")
    app.text_input(key="register-new").set_value("Dee Example")
    app.multiselect(key="register-new-as").set_value(["IQA"])
    (told,) = ran(app.button(key="register-add").click()).error
    assert (
        told.value.replace("\\", "") == "- Bea Example may not say who may do what as assessor: a manager may"
    )


def test_who_is_picked_on_one_page_is_picked_on_the_other_with_their_role() -> None:
    Register().import_file(ANN, {load().id: load()}, "cohort.csv", COHORT)
    Register().add_person(ANN, "Bea Example", ["assessor", "IQA"])
    first = identified(at(centre), "Bea Example")
    assert first.selectbox(key="register-role-Bea Example").value == "IQA"
    first = ran(first.selectbox(key="register-role-Bea Example").set_value("assessor"))
    other = AppTest.from_function(in_time, default_timeout=60)
    for key in ("register-who", "register-roles"):
        other.session_state[key] = first.session_state[key]
    other = ran(other)
    assert other.selectbox(key="register-person").value == "Bea Example"
    assert other.selectbox(key="register-role-Bea Example").value == "assessor"


# The first page


def kept_learners(centre: str = "") -> None:
    lines = [f"L{n},{BEST[0]},verified,{centre}" for n in range(18)]
    content = "\n".join(["learner,ref,status,centre", *lines]).encode()
    Register().import_file(ANN, {load().id: load()}, "portfolios.csv", content)


def first_page() -> AppTest:
    app = AppTest.from_file(str(Path(__file__).parent.parent / "app.py"), default_timeout=60)
    return ran(app)


@pytest.mark.parametrize(("centre", "words"), [("", ""), ("Example centre", "Example centre, ")])
def test_the_first_page_goes_on_with_whom_the_register_keeps(centre: str, words: str) -> None:
    assert not any(button.key == "home-continue" for button in first_page().button)
    kept_learners(centre)
    app = first_page()
    assert app.button[0].key == "home-continue"
    assert app.button[0].label == f"Continue: {words}18 learners, saved today"
    app = ran(ran(app.button[0].click()))
    assert [each.learner for each in visit(app).portfolios] == sorted(f"L{n}" for n in range(18))
    assert "Rules met now: 0 of 18 learners." in everything(app)


def test_where_several_work_the_learners_are_opened_once_one_is_picked() -> None:
    kept_learners()
    Register().add_person(ANN, "Bea Example", ["assessor"])
    assert first_page().button[0].label == "Continue: the learners of the register"
    app = ran(first_page().button(key="home-continue").click())
    assert "Say who you are, and the learners are opened." in everything(app)
    app = ran(ran(app.selectbox(key="register-person").set_value("Ann Example")))
    assert len(visit(app).portfolios) == 18


@pytest.mark.parametrize(("days", "words"), [(0, "saved today"), (1, "saved yesterday"), (30, "saved on ")])
def test_the_day_of_the_last_saving_is_said_as_people_do(days: int, words: str) -> None:
    day = datetime.now().astimezone() - timedelta(days=days)
    assert home._when(day.astimezone(UTC)).startswith(words)
    assert home._when(None) == ""


def test_a_centre_is_named_only_where_there_is_one() -> None:
    kept_learners("Example centre")
    Register().import_file(
        ANN,
        {load().id: load()},
        "more.csv",
        f"learner,ref,status,centre\nM1,{BEST[0]},verified,Other\n".encode(),
    )
    found = Register().glance(load().id, ANN)
    assert (found.learners, found.centre) == (19, "")
    assert Register().glance("601/0143/X", ANN).learners == 0


def test_who_has_no_learners_is_told_so_on_the_way_from_the_first_page() -> None:
    kept_learners()
    Register().add_person(ANN, "Bea Example", ["assessor"])
    app = ran(first_page().button(key="home-continue").click())
    app = ran(ran(app.selectbox(key="register-person").set_value("Bea Example")))
    assert "no such learner of this qualification for you" in everything(app)
    assert visit(app).blank
