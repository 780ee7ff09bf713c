"""The pages where people sign in: no name is picked there, and what somebody sees follows from the register."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from planner import Portfolio, Qualification
from planner.catalogue.loading import REGISTER_VARIABLE
from planner.pages.shared import sign_in
from planner.records.portfolios import Details, Entry
from planner.records.sign_in import read_sign_in
from planner.register import Actor, Register
from tests.registers import ADA
from tests.seen import everything
from tests.test_audit_page import ran
from tests.test_sign_in import PROVIDER, file

BOBS = "bob@example.org"
BOB = Actor("", "", BOBS)


@pytest.fixture(autouse=True)
def in_force(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """People sign in, though nobody else reaches this machine."""
    monkeypatch.setattr("planner.records.sign_in._said", [read_sign_in(file(tmp_path, PROVIDER))])
    monkeypatch.setattr(sign_in, "_ended", {})


@pytest.fixture
def kept(real: Qualification) -> Register:
    """The register of the page: a manager, two assessors with a learner each."""
    found = Register(os.environ[REGISTER_VARIABLE])
    unit = next(iter(real.by_ref))
    for learner, who in (("L1", "Bob Example"), ("L2", "Cal Example")):
        found.save(
            ADA, real, [Portfolio(learner, (Entry(unit, "submitted"),), details=Details(assessor=who))]
        )
    found.add_person(ADA, "Bob Example", ["assessor"], BOBS)
    return found


def claims(account: str = BOBS, **more: Any) -> dict[str, Any]:
    return {"is_logged_in": True, "email": account, "email_verified": True, "iat": time.time(), **more}


def page(user: dict[str, Any]) -> AppTest:
    """The page *Learners* behind the door, as `app.py` draws it."""

    def drawn() -> None:
        from planner.pages.learners import portfolio
        from planner.pages.shared import sign_in

        if sign_in.admitted():
            portfolio.show()

    app = AppTest.from_function(drawn, default_timeout=120)
    app.user = user
    return ran(app)


def keys(app: AppTest) -> set[str]:
    found = [*app.button, *app.text_input, *app.selectbox, *app.multiselect]
    return {widget.key for widget in found if widget.key}


def test_nobody_picks_who_they_are(kept: Register) -> None:
    app = page(claims())
    assert "Signed in as **Bob Example** (assessor)" in everything(app)
    assert "Kept in the register of the centre." in everything(app)
    assert "not signed in" not in everything(app)
    assert not keys(app) & {"register-person", "register-name", "register-of", "register-add"}
    assert app.button(key="register-open").label == "Learners of the register (1)"
    app = ran(app.button(key="register-open").click())
    assert "The verdict on L1" in everything(app)
    assert "L2" not in everything(app)


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ({"is_logged_in": False}, "people whom the centre's register knows"),
        (claims(email_verified=False), "e-mail address is verified"),
        (claims(iat=time.time() - 13 * 3_600), "ends after 12 hours"),
        (claims("eve@example.org"), "does not know whose account that is"),
        (claims("*eve*@example.org"), "signed in as *eve*@example.org, and"),
    ],
)
def test_who_is_not_known_sees_the_door(user: dict[str, Any], told: str, kept: Register) -> None:
    app = page(user)
    assert told in everything(app)
    assert not [found for found in app.error if "*eve*" in found.value]  # nobody styles the page by a name
    assert keys(app) <= {"sign-in", "sign-out"}
    assert len(keys(app)) == 1


def test_a_register_that_cannot_be_read_lets_nobody_in() -> None:
    Path(os.environ[REGISTER_VARIABLE]).write_text("no database")
    app = page(claims())
    assert "not a database" in everything(app)
    assert not keys(app)


def test_who_has_no_role_left_is_told_and_sees_no_more(kept: Register) -> None:
    app = ran(page(claims()).button(key="register-open").click())
    kept.add_person(ADA, "Bob Example", [])
    app = ran(app.button(key="register-save").click())
    assert "may not do anything here" in everything(app)
    assert "L1" not in everything(app)
    assert keys(app) == {"sign-out"}
    kept.add_person(ADA, "Bob Example", ["EQA"])
    app = ran(app)
    assert "Signed in as **Bob Example** (EQA)" in everything(app)
    assert "The verdict on L1" not in everything(app)
    assert app.button(key="register-open").label == "Learners of the register (2)"


def test_an_account_that_is_given_to_another_closes_what_was_open(kept: Register) -> None:
    app = ran(page(claims()).button(key="register-open").click())
    kept.add_person(ADA, "Bob Example", None, "")
    kept.add_person(ADA, "Cal Example", None, BOBS)
    app = ran(app)
    assert "What you may do has changed, so what was open here is closed." in everything(app)
    assert "The verdict on L1" not in everything(app)
    app = ran(app.button(key="register-open").click())
    assert "The verdict on L2" in everything(app)
    assert "What you may do has changed" not in everything(app)


def test_somebody_with_two_roles_chooses_and_acts_in_it(kept: Register) -> None:
    kept.add_person(ADA, "Bob Example", ["assessor", "manager"])
    app = page(claims())
    role = app.selectbox(key=f"register-role-{BOBS}")
    assert (role.options, role.value) == (["manager", "assessor"], "manager")
    assert app.button(key="register-open").label == "Learners of the register (2)"
    app = ran(role.set_value("assessor"))
    assert app.button(key="register-open").label == "Learners of the register (1)"


def test_a_manager_says_who_may_do_what_and_signs_in_as_what(kept: Register) -> None:
    kept.add_person(ADA, "Ada Example", None, "ada@example.org")
    app = page(claims("ada@example.org"))
    assert "register-of" in keys(app)
    app.text_input(key="register-new").set_value("Eve Example")
    app.multiselect(key="register-new-as").set_value(["IQA"])
    app.text_input(key="register-new-account").set_value("Eve@Example.org ")
    app = ran(app.button(key="register-add").click())
    assert "Eve Example is known now, as IQA." in everything(app)
    assert (kept.who("eve@example.org") or BOB).name == "Eve Example"
    app.text_input(key="register-new").set_value("Bob Example")
    app = ran(app.button(key="register-add").click())
    assert "Bob Example may do nothing here any more." in everything(app)
    found = kept.who(BOBS)
    assert found is not None
    assert found.roles == ()
    app.text_input(key="register-new").set_value("Cal Example")
    app.text_input(key="register-new-account").set_value("ada@example.org")
    app = ran(app.button(key="register-add").click())
    assert "is what Ada Example signs in with" in everything(app)


def test_what_is_made_after_a_role_is_gone_is_not_made(
    kept: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = kept.who(BOBS)
    assert noted is not None
    monkeypatch.setattr(streamlit, "user", _User(claims()))
    monkeypatch.setitem(streamlit.session_state, sign_in.BEHIND, (noted.id, noted.roles))
    made = sign_in.checked(lambda: b"of L1")
    assert made() == b"of L1"
    kept.add_person(ADA, "Bob Example", ["EQA"])
    with pytest.raises(PermissionError):
        made()


class _User(dict[str, Any]):
    """What Streamlit knows of somebody."""

    def to_dict(self) -> dict[str, Any]:
        return dict(self)
