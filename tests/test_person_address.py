"""One address for one person: a number that says whom the page shows, kept by pages and browsers alike."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import pytest
from streamlit.testing.v1 import AppTest

from planner import Qualification
from planner.catalogue.loading import REGISTER_VARIABLE
from planner.pages.learners import learner_list, person_address
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.shared import register_desk
from planner.records.portfolios import Portfolio
from planner.register import Actor, Register
from tests.seen import everything, words
from tests.test_audit_page import BEST, opened, ran, rows, table, upload, visit

HEADER = ("learner", "name", "ref", "status")
ANN = Actor("Ann Example")


def learners(*names: str, refs: Sequence[str] = BEST[:2]) -> bytes:
    """A file of learners whom no assessor is named of, so that the register knows one person alone."""
    return table([(name, f"{name} Example", ref, "verified") for name in names for ref in refs], HEADER)


THREE = learners("L1", "L2", "L3")


def number(app: AppTest) -> str:
    """The number in the address."""
    found = app.query_params.get(person_address.LEARNER, "")
    return found if isinstance(found, str) else "".join(found)


def came(app: AppTest, mark: str) -> AppTest:
    """The page after somebody has come by an address, or gone back to it."""
    app.query_params[person_address.LEARNER] = mark
    return ran(app)


def test_the_list_has_no_number_and_each_learner_another() -> None:
    app = upload(opened(), THREE)
    assert "The verdict on" not in words(app)
    assert number(app) == ""
    ran(app.selectbox(key="learner").set_value(1))
    assert "The verdict on L2" in words(app)
    assert number(app) == "2"
    ran(app.button(key="learner-after").click())
    assert number(app) == "3"
    ran(app.button(key="learners-all").click())
    assert number(app) == ""
    assert "The verdict on" not in words(app)


def test_an_address_that_was_gone_back_to_shows_who_stood_there() -> None:
    app = upload(opened(), THREE)
    for mark, name in (("2", "L2"), ("3", "L3"), ("2", "L2")):
        assert f"The verdict on {name}" in words(came(app, mark))
        assert visit(app).portfolio.learner == name
    assert "The verdict on" not in words(came(app, ""))


@pytest.mark.parametrize("mark", ["4", "0", "-1", "9" * 400, "٣٣", "L1", "<b>"])
def test_an_address_of_nobody_here_leads_to_the_list(mark: str) -> None:
    app = came(upload(opened(), THREE), mark)
    assert "The verdict on" not in words(app)
    assert number(app) == ""
    assert "Rules met now: 0 of 3 learners." in words(app)


def test_nothing_about_a_person_stands_in_the_address() -> None:
    app = upload(opened(), THREE)
    ran(app.selectbox(key="learner").set_value(2))
    told = repr(dict(app.query_params))
    assert number(app) == "3"
    assert "Example" not in told
    assert "L3" not in told


def test_a_number_without_anybody_here_goes_out_of_the_address() -> None:
    app = opened(learner="3")
    assert number(app) == ""
    upload(app, THREE)
    assert "The verdict on" not in words(app)


def test_starting_again_takes_the_number_out() -> None:
    app = upload(opened(), THREE)
    ran(app.selectbox(key="learner").set_value(1))
    ran(app.button(key="clear").click())
    assert (visit(app), number(app)) == (Visit(), "")


def test_the_filter_holds_while_one_person_is_shown() -> None:
    done = rows("L2", BEST)
    app = upload(
        opened(), table([*rows("L1", BEST[:2]), *done, *rows("L3", BEST[:2]), *rows("L4", BEST[:1])])
    )
    ran(app.segmented_control(key=learner_list.FILTER).set_value("not"))
    ran(app.selectbox(key="learner").set_value(0))
    ran(app.button(key="learner-after").click())
    assert "The verdict on L3" in words(app)  # L2 is not among those listed
    ran(app.button(key="learners-all").click())
    assert app.segmented_control(key=learner_list.FILTER).value == "not"


# In the register


@pytest.fixture
def kept(real: Qualification) -> Register:
    """The register that the page uses, with three learners."""
    register = Register(os.environ[REGISTER_VARIABLE])
    register.import_file(ANN, {real.id: real}, "three.csv", THREE)
    return register


def test_a_learner_of_the_register_has_its_random_number(kept: Register, real: Qualification) -> None:
    app = opened()
    ran(app.button(key="register-open").click())
    ran(app.selectbox(key="learner").set_value(1))
    (there,) = kept.load(ANN, real, ["L2"])
    assert number(app) == there.registration
    assert re.fullmatch("[0-9a-f]{32}", number(app))


def test_the_address_alone_opens_the_learner_from_the_register(kept: Register, real: Qualification) -> None:
    (there,) = kept.load(ANN, real, ["L3"])
    app = opened(learner=there.registration)
    assert "The verdict on L3" in words(app)
    assert number(app) == there.registration
    assert len(visit(app).portfolios) == 3


def test_an_address_waits_until_it_is_known_who_works_here(kept: Register, real: Qualification) -> None:
    kept.add_person(ANN, "Bo Example", ["assessor"])
    (there,) = kept.load(ANN, real, ["L3"])
    app = opened(learner=there.registration)
    assert "Say who you are, and the learners are opened." in everything(app)
    ran(app.selectbox(key="register-person").set_value("Ann Example"))
    assert "The verdict on L3" in words(app)


def test_an_address_that_the_register_does_not_know_opens_nobody_twice(kept: Register) -> None:
    app = opened(learner="f" * 32)
    assert "The verdict on" not in words(app)
    assert number(app) == ""
    assert "Rules met now" in everything(app)


def test_who_goes_on_sees_first_who_needs_something(kept: Register, real: Qualification) -> None:
    done = learners("L4", refs=BEST)
    kept.import_file(ANN, {real.id: real}, "four.csv", done)
    app = AppTest.from_function(_page, default_timeout=30)
    app.session_state[register_desk.GO_ON] = True
    ran(app)
    assert app.segmented_control(key=learner_list.FILTER).value == "needs"


def _page() -> None:
    from planner.pages.learners import portfolio

    portfolio.show()


def test_a_place_stands_for_one_portfolio() -> None:
    two = Visit((Portfolio("L1"), Portfolio("L2")), (Portfolio("L1"), Portfolio("L2")))
    assert [two.mark(place) for place in (0, 1)] == ["1", "2"]
    assert [two.marked(mark) for mark in ("1", "2", "3", "0", "", "x")] == [0, 1, None, None, None, None]
    assert (two.place, two.portfolio.learner) == (None, "L1")
