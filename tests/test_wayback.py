"""Whatever fails on a page, the choices stay and the way back is open; each page is made to fail."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner.catalogue.loading import DATA_VARIABLE
from planner.pages.assurance import assurance_page
from planner.pages.delivery import cohorts
from planner.pages.development import cpd, recognition
from planner.pages.learners import portfolio_answers, portfolio_visit, time_page, ways_in
from planner.pages.my_units import plan
from planner.pages.reference import qualifications
from planner.pages.shared import faults, page_shell, unsaved_guard, way_back
from planner.pages.start import home
from tests import seen

APP = str(Path(__file__).parent.parent / "app.py")
SECRET = "Ada Example 4711"
"""What somebody typed, and an exception quotes."""

FAULTY = "This page could not be drawn: there is a fault in the planner."


def opened(path: str, **address: str) -> AppTest:
    """A page of the whole program, reached from the first page."""
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.button(key=f"door-{path}").click().run()
    if path == "plan":
        address = {"step": "units", **address}
    return at(app, **address) if address else app


def at(app: AppTest, **address: str) -> AppTest:
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def address(app: AppTest) -> dict[str, str]:
    found = {k: v if isinstance(v, str) else ",".join(v) for k, v in app.query_params.items()}
    return {key: text for key, text in found.items() if key != "step"}


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def failed(app: AppTest) -> bool:
    """Whether the page shows the way back; Streamlit's own error never."""
    assert not app.exception
    return any(FAULTY in str(box.value) for box in app.error)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def breaks(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, when: Callable[..., bool] = lambda *_, **__: True
) -> None:
    """Has a function of a page's module raise where `when` says so of its arguments."""
    whole = getattr(module, name)

    def faulty(*given: Any, **named: Any) -> Any:
        if when(*given, **named):
            raise ValueError(SECRET)
        return whole(*given, **named)

    monkeypatch.setattr(module, name, faulty)


CALLS = {
    "plan": (plan, "answer"),
    "audit": (ways_in, "teach"),
    "centre": (cohorts, "_teach"),
    "time": (time_page, "_teach"),
    "assurance": (assurance_page, "_teach"),
    "qualifications": (qualifications, "_report"),
    "career": (recognition, "career"),
}


@pytest.mark.parametrize("path", CALLS)
def test_every_page_that_fails_offers_a_way_back_and_works_again(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    with monkeypatch.context() as broken:
        breaks(broken, *CALLS[path])
        app = opened(path, qualification="601/0143/X")
        assert failed(app)
        assert {way_back.UNDO, way_back.AGAIN} <= keys(app)
        assert address(app) == {"qualification": "601/0143/X"}
    assert not failed(press(app, way_back.AGAIN))
    assert "qualification" not in address(app)


def test_the_first_page_too_offers_a_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        breaks(broken, home, "_qualification")
        app = AppTest.from_file(APP, default_timeout=60).run()
        assert failed(app)
        assert way_back.AGAIN in keys(app)
        assert way_back.UNDO not in keys(app)  # nothing was chosen
    assert not failed(press(app, way_back.AGAIN))


@pytest.mark.parametrize("part", ["cpd", "job"])
def test_every_part_of_the_career_page_offers_a_way_back(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    from planner.pages.development import job

    with monkeypatch.context() as broken:
        breaks(broken, *((cpd, "plan_cycle") if part == "cpd" else (job, "_day")))
        app = opened("career", part=part, **({"country": "ccmg-ccop"} if part == "cpd" else {}))
        assert failed(app)
        press(app, way_back.UNDO)
        assert not failed(app)  # the part before does not fail
        assert address(app) == {}


def test_a_page_that_ends_with_a_message_is_no_state_to_go_back_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "units.csv").write_text("nothing\n", encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert "The data cannot be read:" in seen.said(app, "error")
    assert app.session_state[unsaved_guard.TURN] == 1  # the tab is still guarded: other pages may hold work
    assert not failed(app)
    assert way_back.HISTORY not in app.session_state


def test_undo_leads_to_the_choices_before(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, plan, "answer", lambda _, wishes: "L/503/0394" in wishes.excludes)
    app = opened("plan")
    for group in "ABC":
        app.session_state[f"group-{group}-False"] = True
    app.run()
    app.segmented_control(key="choice-L/601/0933").set_value("must").run()
    app.segmented_control(key="choice-D/503/0352").set_value("held").run()
    before = address(app)
    assert before == {"pin": "L/601/0933", "held": "D/503/0352"}
    app.segmented_control(key="choice-L/503/0394").set_value("out").run()
    assert failed(app)
    assert address(app)["exclude"] == "L/503/0394"  # the choices stay
    assert "exclude: L/503/0394" in "".join(str(element.value) for element in app.markdown).replace("\\", "")
    press(app, way_back.UNDO)
    assert not failed(app)
    assert address(app) == before
    assert app.segmented_control(key="choice-L/601/0933").value == "must"
    app.session_state["group-B-False"] = True
    app.run().segmented_control(key="choice-K/503/0385").set_value("must").run()  # and the page is used on
    assert not failed(app)


def test_undo_takes_back_a_field_that_the_page_failed_before_it_could_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    breaks(monkeypatch, cpd, "plan_readings")
    app = opened("career", part="cpd", country="ccmg-ccop", exclude="blog")
    before = address(app)
    app.toggle(key=cpd.COSTS).set_value(True).run()
    assert failed(app)
    press(app, way_back.UNDO)
    assert not failed(app)
    assert address(app) == before  # what the address asks for has not failed
    assert app.toggle(key=cpd.COSTS).value is False


def test_an_address_alone_loses_its_words_one_by_one_from_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        breaks(broken, plan, "answer")
        app = AppTest.from_file(APP, default_timeout=60)
        at(app, embed="true", qualification="601/0143/X", exclude="D/505/0052,J/502/9549", pin="A B")
        left = []
        for _ in range(5):
            assert failed(app)
            press(app, way_back.UNDO)
            left.append(address(app))
        assert left == [
            {"embed": "true", "qualification": "601/0143/X", "exclude": "D/505/0052,J/502/9549", "pin": "A"},
            {"embed": "true", "qualification": "601/0143/X", "exclude": "D/505/0052,J/502/9549"},
            {"embed": "true", "qualification": "601/0143/X", "exclude": "D/505/0052"},
            {"embed": "true", "qualification": "601/0143/X"},
            {"embed": "true"},
        ]
        assert failed(app)
        assert way_back.UNDO not in keys(app)  # nothing is left that could be taken away
    assert not failed(press(app, way_back.AGAIN))
    assert address(app) == {"embed": "true"}


def test_undo_takes_back_what_a_field_of_the_page_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.pages.my_units import alternatives_panel

    breaks(monkeypatch, alternatives_panel, "swaps", lambda _, ref: ref == "H/600/9660")
    app = opened("plan")
    app.session_state["ask"] = True
    app.run()
    app.selectbox(key="ask-unit").set_value("H/600/9660").run()
    assert failed(app)
    press(app, way_back.UNDO)
    assert not failed(app)
    assert app.selectbox(key="ask-unit").value is None


def uploaded(app: AppTest, field: str, content: bytes, name: str = "file.csv") -> AppTest:
    found = next(one for one in app.file_uploader if str(one.key).startswith(f"{field}-"))
    found.upload(name, content, "text/csv")
    return app.run()


COHORT = b"learner,name,pins\nL1,Ada Example,L/601/0933\n"
FATAL = b"learner,name,pins\nL1,Ada Example,K/503/0385\n"


def test_undo_brings_back_the_file_before(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(
        monkeypatch, cohorts, "plan_cohort", lambda _, requests, **__: "K/503/0385" in requests[0].wishes.pins
    )
    app = uploaded(opened("centre"), "cohort-file", COHORT, "one.csv")
    assert not failed(app)
    uploaded(app, "cohort-file", FATAL, "two.csv")
    assert failed(app)
    assert way_back.ANOTHER in keys(app)
    press(app, way_back.UNDO)
    assert not failed(app)
    assert any("one\\.csv" in fold.label for fold in app.expander)


def test_another_file_is_asked_for_where_a_file_is_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, cohorts, "plan_cohort")
    app = uploaded(at(opened("centre"), offer="L/601/0933"), "cohort-file", COHORT)
    assert failed(app)
    press(app, way_back.ANOTHER)
    assert not failed(app)
    assert address(app) == {"offer": "L/601/0933"}  # the choices stay
    assert any(str(field.key).startswith("cohort-file-") for field in app.file_uploader)


def test_work_that_no_file_holds_is_named_before_it_can_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, portfolio_answers, "judge", lambda _, one, **__: len(one.entries) > 1)
    app = opened("audit")
    app.multiselect(key="achieved").set_value(["D/503/0352"]).run()
    assert not failed(app)
    app.multiselect(key="achieved").set_value(["D/503/0352", "T/503/0342"]).run()
    assert failed(app)
    assert any("work that no file holds yet" in str(box.value) for box in app.warning)
    press(app, way_back.UNDO)
    assert not failed(app)
    assert app.multiselect(key="achieved").value == ["D/503/0352"]


def test_a_click_that_fails_leaves_the_page_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        breaks(broken, portfolio_visit, "learner_file", lambda _, name, *__, **___: name == "two.csv")
        app = uploaded(opened("centre"), "cohort-file", COHORT, "one.csv")
        uploaded(app, "cohort-file", FATAL, "two.csv")
        assert not failed(app)
        assert any("That could not be carried out" in str(box.value) for box in app.error)
        assert any("one\\.csv" in fold.label for fold in app.expander)
    app.run()
    assert not app.error
    uploaded(app, "cohort-file", FATAL, "two.csv")
    assert any("two\\.csv" in fold.label for fold in app.expander)


def test_the_log_says_where_and_nothing_of_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def quoting(*_: object, **__: object) -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(f"no {SECRET}") from error

    monkeypatch.setattr(plan, "answer", quoting)
    app = opened("plan", pin="L/601/0933")
    assert failed(app)
    line = [record.getMessage() for record in caplog.records if record.name == faults.LOG.name][-1]
    mark = line.split()[1]
    assert any(f"under fault {mark}" in str(box.value).replace("\\", "") for box in app.error)
    assert "ValueError at tests/test_wayback.py:" in line
    assert "; after KeyError at tests/test_wayback.py:" in line
    assert "my_units/plan.py:" in line
    assert SECRET not in caplog.text
    assert SECRET not in "".join(str(box.value) for box in app.error)


@pytest.mark.parametrize("name", faults.STREAMLIT_LOGS)
def test_streamlit_logs_places_and_nothing_of_what_was_typed(name: str) -> None:
    opened("plan")
    log, out = logging.getLogger(name), io.StringIO()
    handler = logging.StreamHandler(out)
    log.addHandler(handler)
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("Something went wrong with %s", "a file")
    finally:
        log.removeHandler(handler)
    assert "Something went wrong with a file: ValueError at tests/test_wayback.py:" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_a_chosen_qualification_that_fails_is_left_by_starting_again(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, plan, "answer", lambda one, _: one.id == "601/0143/X")
    app = opened("plan")
    app.button(key="to-qualification").click().run()
    app.button(key="qualification-601/0143/X").click().run()
    assert failed(app)
    assert app.session_state[page_shell.CHOSEN] == "601/0143/X"
    press(app, way_back.UNDO)
    assert not failed(app)
    assert address(app) == {}
