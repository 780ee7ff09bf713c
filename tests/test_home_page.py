"""The first page and the pages' navigation, run without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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


def test_an_address_with_other_words_stays_on_the_first_page() -> None:
    app = opened(utm_source="x", __proto__="y")
    assert "Who are you?" in headings(app)
