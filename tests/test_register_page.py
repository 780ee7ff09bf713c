"""The page *Learners* with the register: opened, saved, told, and nothing kept that nobody asked for."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner import Qualification, load
from planner.catalogue.loading import NETWORK_VARIABLE, REGISTER_VARIABLE
from planner.errors import DataError, Problem
from planner.pages.learners import changes, learners_here
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.learners.register_panel import as_kept
from planner.pages.shared import register_desk, visit_memory
from planner.pages.shared.words import plain
from planner.records.portfolios import Decision, Entry, EntryStatus, Portfolio
from planner.register import Actor, Register
from tests.seen import everything, said
from tests.test_audit_page import BEST, HOSTILE, decide, one, opened, ran, rows, table, upload, visit

ANN = Actor("Ann Example")


def kept_file() -> Path:
    """The register of the test that runs."""
    return Path(os.environ[REGISTER_VARIABLE])


def page_of(*learners: str, status: str = "assessed") -> AppTest:
    """The page after a file of these learners was read."""
    app = opened()
    return upload(app, table([row for each in learners for row in rows(each, BEST[:3], status)]))


def save(app: AppTest, name: str = "Ann Example") -> AppTest:
    """Saves, as somebody new where nobody is known."""
    if any(field.key == "register-name" for field in app.text_input):
        app = ran(app.text_input(key="register-name").set_value(name))
    return ran(identified(app, name).button(key="register-save").click())


def identified(app: AppTest, name: str = "Ann Example") -> AppTest:
    """The page once somebody known has said who they are."""
    if any(field.key == "register-person" for field in app.selectbox):
        app = ran(app.selectbox(key="register-person").set_value(name))
    return app


def open_register(app: AppTest, of: str = "") -> AppTest:
    app = identified(app)
    if of:
        app.selectbox(key="register-of").set_value(of)
    return ran(app.button(key="register-open").click())


def status(app: AppTest, number: int, ref: str, new: EntryStatus) -> None:
    """Says how far a unit is, as the page does."""
    shelf: Any = app.session_state[visit_memory.SHELF]
    after = visit(app).changed(number, lambda found: changes.with_status(load(), found, ref, new))
    shelf.items[learners_here.HELD].value = after


def test_nothing_is_made_before_somebody_saves() -> None:
    app = page_of("L1", "L2")
    assert "Nothing is kept unless you save." in everything(app)
    assert kept_file().name.removesuffix(".sqlite3") in everything(app)
    app = ran(app.button(key="register-save").click())
    assert "Say who you are first." in everything(app)
    assert not list(kept_file().parent.glob(f"{kept_file().name}*"))
    save(app)
    assert kept_file().exists()


def test_what_is_saved_is_opened_on_another_day_by_another_visit(real: Qualification) -> None:
    app = one(page_of("L1", "L2"))
    decide(app, "exempt", "L/601/0933")
    assert visit(app).unfiled == ("L1",)
    app = save(app)
    assert "Saved: 2 learners in the register as shown here." in everything(app)
    assert not visit(app).unfiled
    later = open_register(opened())
    assert visit(later).portfolios == visit(app).portfolios
    first = visit(later).portfolio
    assert [(d.kind, d.subject, d.by) for d in first.decisions] == [("exempt", "L/601/0933", "Ann Example")]
    assert [entry.ref for entry in first.entries] == sorted(BEST[:3], key=list(real.by_ref).index)
    assert not visit(later).unfiled


def test_the_first_who_saves_is_manager_and_need_not_say_again_who_they_are() -> None:
    app = save(page_of("L1"))
    assert [(person.name, person.roles) for person in Register().people(ANN)] == [
        ("Ann Example", ("manager",))
    ]
    assert not any(field.key == "register-name" for field in app.text_input)
    assert opened().selectbox(key="register-person").value == "Ann Example"


def test_the_role_in_which_the_first_works_stays_theirs() -> None:
    app = page_of("L1")
    app.selectbox(key="register-as").set_value("assessor")
    app = save(app)
    assert app.selectbox(key="register-role-Ann Example").value == "assessor"
    assert [person.roles for person in Register().people(ANN)] == [("manager", "assessor")]


def test_who_saves_over_the_change_of_another_is_told_and_loses_nothing(real: Qualification) -> None:
    save(page_of("L1"))
    one, two = open_register(opened()), open_register(opened())
    status(one, 0, BEST[0], "verified")
    status(two, 0, BEST[0], "submitted")
    save(ran(one))
    two = save(ran(two))
    assert "Nothing was saved, and nothing of yours is lost" in everything(two)
    assert offered(two)["status"][1] == ["Mine: submitted", "Theirs: verified"]
    assert {e.ref: e.status for e in visit(two).portfolio.entries}[BEST[0]] == "submitted"
    assert visit(two).unfiled == ("L1",)
    (kept,) = Register().load(ANN, real)
    assert {e.ref: e.status for e in kept.portfolio.entries}[BEST[0]] == "verified"


def overtaken(real: Qualification) -> AppTest:
    """The page of who has changed three fields that somebody else has changed and saved first."""
    save(page_of("L1"))
    one, two = open_register(opened()), open_register(opened())
    for app, new, evidence, name in ((one, "verified", "X1", "Zoe *"), (two, "submitted", "X2", "Ada")):
        status(app, 0, BEST[0], new)  # type: ignore[arg-type]
        changed(app, lambda found, e=evidence: changes.with_entry(found, BEST[1], evidence=e))
        changed(app, lambda found, n=name: changes.with_details(found, name=n))
    save(ran(one))
    return save(ran(two))


def changed(app: AppTest, change: Any) -> None:
    shelf: Any = app.session_state[visit_memory.SHELF]
    shelf.items[learners_here.HELD].value = visit(app).changed(0, change)


def offered(app: AppTest) -> dict[str, tuple[str, list[str]]]:
    """The key of the choice for each field, and its options."""
    found = [each for each in app.radio if str(each.key).startswith("register-choice-")]
    return {
        each.label.replace("\\", "").rpartition(" · ")[2]: (str(each.key), each.options) for each in found
    }


def test_of_what_two_have_changed_each_field_is_shown_and_chosen(real: Qualification) -> None:
    app = overtaken(real)
    assert "In 3 places somebody else has saved something else: choose what stays, and save." in everything(
        app
    )
    fields = offered(app)
    assert fields.keys() == {"name", "status", "evidence"}
    assert fields["status"][1] == ["Mine: submitted", "Theirs: verified"]
    assert fields["name"][1] == ["Mine: Ada", "Theirs: Zoe \\*"]
    for field, choice in (("name", "theirs"), ("status", "theirs"), ("evidence", "mine")):
        app.radio(key=fields[field][0]).set_value(choice)
    app = ran(ran(app).button(key="register-settle").click())
    assert "Saved: 1 learner" in everything(app)
    assert not offered(app)
    (kept,) = Register().load(ANN, real)
    assert visit(app).portfolio == kept.portfolio
    entries = {entry.ref: entry for entry in kept.portfolio.entries}
    assert (entries[BEST[0]].status, entries[BEST[1]].evidence) == ("verified", "X2")
    assert kept.portfolio.details.name == "Zoe *"
    assert not visit(app).unfiled


def test_what_nobody_has_chosen_is_asked_again_and_nothing_is_saved(real: Qualification) -> None:
    app = overtaken(real)
    before = Register().load(ANN, real)
    app.radio(key=offered(app)["name"][0]).set_value("mine")
    app = ran(ran(app).button(key="register-settle").click())
    assert "In 2 places somebody else" in everything(app)
    assert offered(app).keys() == {"status", "evidence"}
    assert all(app.radio(key=key).value is None for key, _ in offered(app).values())
    assert Register().load(ANN, real) == before
    assert visit(app).unfiled == ("L1",)


def test_who_takes_a_unit_back_from_where_another_brought_it_says_why(real: Qualification) -> None:
    app = overtaken(real)
    for key, _ in offered(app).values():
        app.radio(key=key).set_value("mine")
    app = ran(ran(app).button(key="register-settle").click())
    assert "goes back, and that needs a reason" in everything(app)
    app = save_as_mine(app, "not signed")
    (kept,) = Register().load(ANN, real)
    assert {entry.ref: entry.status for entry in kept.portfolio.entries}[BEST[0]] == "submitted"


def save_as_mine(app: AppTest, reason: str) -> AppTest:
    app = ran(app.button(key="register-save").click())
    for key, _ in offered(app).values():
        app.radio(key=key).set_value("mine")
    app.text_input(key="register-reason").set_value(reason)
    return ran(ran(app).button(key="register-settle").click())


def test_another_reference_for_somebody_opened_is_another_name_of_the_same_person(
    real: Qualification,
) -> None:
    save(page_of("L1", "L2"))
    app = one(open_register(opened()))
    app.text_input(key="detail-learner").set_value("L7")
    app = ran(app)
    assert "L1 is **L7** once you save: the same person" in everything(app)
    app = save(app)
    assert "Saved: 2 learners" in everything(app)
    assert sorted(each.learner for each in Register().learners(ANN)) == ["L2", "L7"]
    assert [each.learner for each in visit(app).portfolios] == ["L7", "L2"]
    assert not visit(app).unfiled
    assert "once you save: the same person" not in everything(app)
    assert "L7: reference from L1 to L7" in [event.words for event in Register().history(ANN)]
    status(app, 0, BEST[0], "verified")
    save(ran(app))
    assert sorted(each.learner for each in Register().learners(ANN)) == ["L2", "L7"]


def test_a_reference_that_is_put_back_changes_nothing(real: Qualification) -> None:
    save(page_of("L1"))
    app = open_register(opened())
    for reference in ("L7", "L8", "L1"):
        app = ran(app.text_input(key="detail-learner").set_value(reference))
    assert "once you save" not in everything(app)
    head = Register().head(ANN)
    save(app)
    assert Register().head(ANN) == head


def test_who_was_not_opened_from_the_register_is_new_there_under_any_reference(real: Qualification) -> None:
    save(page_of("L1"))
    app = page_of("L3")
    app = ran(app.text_input(key="detail-learner").set_value("L4"))
    assert "once you save: the same person" not in everything(app)
    save(app)
    assert sorted(each.learner for each in Register().learners(ANN)) == ["L1", "L4"]


def test_a_file_that_differs_is_merged_and_what_is_not_taken_is_listed(real: Qualification) -> None:
    save(page_of("L1", status="verified"))
    app = save(page_of("L1", "L2", status="submitted"))
    assert "3 values of the file were not taken" in everything(app)
    assert "the status goes back" in everything(app)
    kept = {each.learner: each.portfolio for each in Register().load(ANN, real)}
    assert {e.status for e in kept["L1"].entries} == {"verified"}
    assert {e.status for e in kept["L2"].entries} == {"submitted"}
    assert visit(app).portfolios == tuple(kept.values())  # the page shows what is kept


def test_what_was_changed_after_a_file_was_read_is_saved_on_top_of_it(real: Qualification) -> None:
    app = page_of("L1", "L2")
    status(app, 1, BEST[0], "verified")
    save(ran(app))
    kept = {each.learner: each.portfolio for each in Register().load(ANN, real)}
    assert {e.ref: e.status for e in kept["L2"].entries}[BEST[0]] == "verified"
    assert {e.status for e in kept["L1"].entries} == {"assessed"}


def test_the_learners_of_one_assessor_are_opened_alone(real: Qualification) -> None:
    save(page_of("L1", "L2"))
    kept = Register().load(ANN, real)
    mine = [
        replace(each.portfolio, details=replace(each.portfolio.details, assessor=name))
        for each, name in zip(kept, ("Bea Example", "Cal Example"), strict=True)
    ]
    Register().save(ANN, real, mine, opened=kept)
    app = open_register(opened(), "Cal Example")
    assert [each.learner for each in visit(app).portfolios] == ["L2"]
    assert len(visit(open_register(opened())).portfolios) == 2


def test_a_portfolio_that_is_nobodys_is_refused_and_stays_on_the_page() -> None:
    app = page_of("-")
    before = visit(app)
    app = save(app)
    assert "say whose portfolio it is" in everything(app)
    assert visit(app).portfolios == before.portfolios
    assert not kept_file().exists()


def test_an_import_keeps_no_portfolio_that_is_nobodys(real: Qualification) -> None:
    merged = Register().import_file(ANN, {real.id: real}, "a.csv", table(rows("-", BEST[:2])))
    assert (merged.new, [problem.field for problem in merged.problems]) == (0, ["learner"])
    assert not Register().learners(ANN)


def test_the_history_of_a_learner_reads_as_sentences_that_nobody_can_style() -> None:
    app = page_of("L1")
    decide(app, "exempt", "L/601/0933", reason=HOSTILE)
    app = save(app)
    app.session_state["register-history"] = True
    app = ran(app)
    told = [block.value for block in app.markdown if "decided" in block.value]
    assert told
    assert plain(HOSTILE) in told[0]
    assert "Ann Example (manager): decided: exempt from a unit" in everything(app)


def test_what_happened_to_a_learner_is_not_told_to_who_may_not_see_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = save(page_of("L1"))
    Register().add_person(ANN, "Bea Example", ["assessor"])
    app.session_state["register-history"] = True
    app = ran(app)
    assert "Ann Example (manager): " in everything(app)
    app = identified(app, "Bea Example")
    assert "Ann Example (manager): " not in everything(app)

    def locked(*_: object) -> tuple[()]:
        raise DataError([Problem("the register", "is locked")])

    monkeypatch.setattr(Register, "history", locked)
    app = identified(app)
    assert said(app, "error") == "- the register: is locked"
    assert "The verdict on L1" in everything(app)


def test_who_has_no_learners_is_told_so_and_what_is_here_stays() -> None:
    save(page_of("L1"))
    Register().add_person(ANN, "Bea Example", ["assessor"])
    app = page_of("L9")
    app.selectbox(key="register-person").set_value("Bea Example")
    app = ran(app.button(key="register-open").click())
    assert "The register has no such learner of this qualification for you." in said(app, "info")
    assert visit(app).portfolio.learner == "L9"


def test_of_very_many_values_that_were_not_taken_the_first_are_listed() -> None:
    learners = [f"L{n}" for n in range(18)]
    save(page_of(*learners, status="verified"))
    app = save(page_of(*learners, status="submitted"))
    assert "54 values of the file were not taken" in everything(app)
    assert sum("the status goes back" in text.value for text in app.markdown) == 50
    assert "- and 4 more" in [text.value for text in app.markdown]


def test_who_goes_on_with_a_register_that_cannot_be_read_is_told_once() -> None:
    kept_file().write_text("no database")
    app = opened()
    app.session_state[register_desk.GO_ON] = True
    app = ran(app)
    assert "not a database" in said(app, "error")
    assert register_desk.GO_ON not in app.session_state
    assert "Are the rules met?" in everything(app)


def test_a_page_that_others_reach_has_no_register(monkeypatch: pytest.MonkeyPatch) -> None:
    save(page_of("L1"))
    assert "Kept in the file" in everything(opened()).replace("\\", "")
    monkeypatch.setenv(NETWORK_VARIABLE, "1")
    assert "Kept in the file" not in everything(opened()).replace("\\", "")
    monkeypatch.delenv(NETWORK_VARIABLE)
    monkeypatch.setenv(REGISTER_VARIABLE, "")
    assert "Kept in the file" not in everything(opened()).replace("\\", "")


def test_a_register_that_cannot_be_read_is_told_and_the_page_goes_on() -> None:
    kept_file().write_text("no database")
    app = page_of("L1")
    assert "not a database" in everything(app)
    assert "The verdict on" in everything(app)


def test_whom_the_register_does_not_have_stays_on_the_page(real: Qualification) -> None:
    doubted = Portfolio("L9", (Entry(BEST[0], "planned"),), doubt="two names")
    decision = Decision("exempt", BEST[1], "x", "y", date(2026, 1, 5))
    found = Visit((doubted, Portfolio("L8", (), (decision,))), (doubted, Portfolio("L8")), under=real.id)
    after = as_kept(found, ())
    assert after.portfolios == found.portfolios
    assert after.unfiled == ("L8",)


def test_a_unit_that_goes_back_asks_why(real: Qualification) -> None:
    save(page_of("L1"))
    app = open_register(opened())
    assert not [field for field in app.text_input if field.key == "register-reason"]
    status(app, 0, BEST[0], "submitted")
    app = save(ran(app))
    assert "goes back, and that needs a reason" in everything(app)
    app.text_input(key="register-reason").set_value("not signed")
    app = ran(app.button(key="register-save").click())
    assert "Saved: 1 learner" in everything(app)
    assert Register().history(ANN)[-1].words.endswith("because: not signed")
    assert not [field for field in app.text_input if field.key == "register-reason"]
