"""The first page and the pages' navigation, run without a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from planner.pages.shared import unsaved_guard
from planner.pages.start import home
from tests.seen import everything, said, words

APP = str(Path(__file__).parent.parent / "app.py")

CLOSED = ":material/event_busy:"

DOORS = {
    "plan": "What do you do at work?",
    "audit": "Are the rules met?",
    "centre": "Who needs what?",
    "time": "Who makes it in time?",
    "assurance": "What must be sampled?",
    "qualifications": "IQ Level 2 NVQ Certificate in Contact Centre Operations (QCF)",
    "career": "Career and CPD",
}
"""A heading of the page that each door leads to."""


def opened(**address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def headings(app: AppTest) -> list[str]:
    return [str(element.value).replace("\\", "") for element in (*app.title, *app.header)]


def test_the_first_page_asks_who_you_are_and_says_that_nothing_is_stored() -> None:
    app = opened()
    assert headings(app)[:2] == ["NVQ planner", "Who are you?"]
    assert "Nothing you enter is stored unless you save it" in words(app)
    doors = [f"door-{path}" for path in DOORS]
    assert [button.key for button in app.button] == [*doors[:3], "demo", *doors[3:]]


def test_the_first_page_names_the_qualification_that_it_is_closed_and_what_replaces_it() -> None:
    app = opened()
    assert "Units for **IQ Level 2 NVQ Certificate in Contact Centre Operations (QCF)**" in said(
        app, "warning", CLOSED
    )
    assert "ended on 31 December 2013" in said(app, "warning", CLOSED)
    assert "The source names as progression: Level 3 NVQ Diploma" in words(app)
    app.radio(key="home-qualification").set_value("603/3646/8").run()
    assert "TQUK Level 2 Certificate in IT User Skills" in everything(app)
    assert not app.query_params
    app.button(key="door-plan").click().run()
    assert "J/617/2480" in everything(app)


@pytest.mark.parametrize("path", DOORS)
def test_each_door_leads_to_its_page(path: str) -> None:
    app = opened().button(key=f"door-{path}").click().run()
    assert not app.exception
    assert DOORS[path] in headings(app)


@pytest.mark.parametrize(
    "address",
    [
        {"pin": "L/601/0933", "held": "D/503/0352"},
        {"exclude": "L/503/0394"},
        {"keep": "D/503/0352"},
        {"task": "telesales"},
        {"survive": "1"},
        {"goal": "units,glh"},
        {"offer": "D/503/0352,T/503/0342"},
        {"qualification": "601/0143/X"},
    ],
    ids=lambda address: next(iter(address)),
)
def test_an_address_with_choices_leads_to_the_plan_and_keeps_them(address: dict[str, str]) -> None:
    app = opened(**address)
    assert "Your plan" in headings(app)
    kept = {
        key: values if isinstance(values, str) else ",".join(values)
        for key, values in app.query_params.items()
    }
    assert kept == address


def test_who_goes_back_from_the_plan_stays_and_is_led_on_by_a_link() -> None:
    app = opened(pin="L/601/0933")
    back = AppTest.from_file(APP, default_timeout=60)
    back.session_state[home.LED] = app.session_state[home.LED]
    back.query_params["pin"] = "L/601/0933"
    back.run()
    assert headings(back)[:2] == ["NVQ planner", "Who are you?"]
    (link,) = back.get("page_link")
    assert link.proto.label == ":blue[**Go on to your plan**]"
    assert link.proto.query_string == "pin=L%2F601%2F0933"
    assert not opened().get("page_link")


LOST = {"visit": "another", "server": "another", "holds": ["the learners you read in", "a *list*"]}


def told_back(app: AppTest, said: Mapping[str, object]) -> AppTest:
    """The page once the browser has said which visit it was connected to before."""
    (leaving,) = (each.proto for each in app.get("bidi_component") if each.proto.component_name == "leaving")
    states = app._tree.get_widget_states()
    told = json.dumps([{"event": "back", "value": said}])
    states.widgets.add(id=_make_trigger_id(leaving.id, "events"), json_trigger_value=told)
    app._run(states)
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("server", "why"),
    [("another", "The server was restarted"), (unsaved_guard.SERVER, "This tab was away for too long")],
    ids=["restarted", "away"],  # this server's own name is another one in each process
)
def test_what_is_gone_with_the_visit_before_is_named_until_it_was_seen(server: str, why: str) -> None:
    app = told_back(opened(), {**LOST, "server": server})
    assert said(app, "warning", ":material/restart_alt:") == (
        f"**{why}, and what it held for you is gone:** the learners you read in and a *list*. "
        "Read your file again."
    )
    assert "*list*" not in "".join(str(box.value) for box in app.warning)
    app.run()
    assert why in everything(app)
    app.button(key="lost-seen").click().run()
    assert why not in everything(app)


def test_nothing_is_said_to_be_gone_where_nothing_is() -> None:
    app = opened()
    for told in ({**LOST, "holds": []}, {**LOST, "visit": app.session_state[unsaved_guard.VISIT]}):
        assert "held for you is gone" not in everything(told_back(app, told))


def test_an_address_with_other_words_stays_on_the_first_page() -> None:
    app = opened(utm_source="x", __proto__="y")
    assert "Who are you?" in headings(app)
