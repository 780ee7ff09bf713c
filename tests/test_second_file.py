"""A second file on the list: what differs is told, merging goes by the rules of an import, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from streamlit.testing.v1 import AppTest

from planner import Qualification
from planner.records.portfolios import Decision, Details, Entry, Portfolio
from planner.register import Actor, Register
from planner.register.side_by_side import side_by_side
from tests.seen import everything
from tests.test_audit_page import BEST, decide, one, opened, ran, rows, table, upload, visit

ONE, TWO, THREE = BEST[:3]

FIRST = table([*rows("L1", BEST[:2]), *rows("L2", BEST[:2], "assessed"), *rows("L3", BEST[:2])])
SECOND = table([
    *rows("L1", BEST[:2]),
    *rows("L2", BEST[:2], "verified"), *rows("L2", [THREE], "in progress"),
    *rows("L3", BEST[:1], "submitted"),
    *rows("L4", BEST[:4]),
])  # fmt: skip


def second(unsaved: bool = False) -> AppTest:
    app = upload(opened(), FIRST, "first.csv")
    if unsaved:
        decide(one(app), "exempt", "L/601/0933")
    return upload(app, SECOND, "second.csv")


def test_what_differs_is_told_by_kind_and_name() -> None:
    app = second()
    said = everything(app).replace("\\", "")
    for words in ("**1 new**: L4", "**1 changed**: L2", "**1 unchanged**: L1", "**1 in conflict**: L3"):
        assert words in said
    assert "second.csv stands in the place of first.csv." in said
    assert "the status goes back" in said


def test_merging_takes_what_goes_forward_and_keeps_what_would_go_back() -> None:
    app = ran(second().button(key="merge").click())
    found = {each.learner: {e.ref: e.status for e in each.entries} for each in visit(app).portfolios}
    assert found["L1"] == dict.fromkeys(BEST[:2], "verified")
    assert found["L2"] == {ONE: "verified", TWO: "verified", THREE: "in progress"}
    assert found["L3"] == dict.fromkeys(BEST[:2], "verified")
    assert found["L4"] == dict.fromkeys(BEST[:4], "verified")
    assert visit(app).unfiled == ("L2",)
    assert not any(button.key == "merge" for button in app.button)


def test_replacing_holds_the_second_file_alone() -> None:
    app = ran(second().button(key="second-seen").click())
    assert [each.learner for each in visit(app).portfolios] == ["L1", "L2", "L3", "L4"]
    assert {e.status for e in visit(app).portfolios[2].entries} == {"submitted"}
    assert "stands in the place" not in everything(app)


def test_merging_loses_no_change_that_no_file_holds() -> None:
    app = second(unsaved=True)
    assert "would lose what no file holds yet: L1" in everything(app).replace("\\", "")
    app = ran(app.button(key="merge").click())
    first = visit(app).portfolios[0]
    assert [(d.kind, d.subject) for d in first.decisions] == [("exempt", "L/601/0933")]
    assert len(visit(app).portfolios) == 4
    assert "L1" in visit(app).unfiled


def test_the_same_file_read_twice_asks_nothing() -> None:
    app = upload(upload(opened(), FIRST, "first.csv"), FIRST, "first.csv")
    assert not any(button.key == "merge" for button in app.button)


def test_merging_is_what_an_import_makes_of_both_files(real: Qualification) -> None:
    """The register, which reads both files itself, is the other way to the same."""
    app = ran(second().button(key="merge").click())
    register, ann = Register(), Actor("Ann Example")
    for name, content in (("first.csv", FIRST), ("second.csv", SECOND)):
        register.import_file(ann, {real.id: real}, name, content)
    kept = {
        each.learner: {e.ref: e.status for e in each.portfolio.entries} for each in register.load(ann, real)
    }
    assert {each.learner: {e.ref: e.status for e in each.entries} for each in visit(app).portfolios} == kept


def test_details_are_filled_and_decisions_of_both_kept(real: Qualification) -> None:
    made = Decision("exempt", ONE, "seen", "Ann Example", date(2026, 1, 5))
    other = replace(made, subject=TWO)
    gone = replace(made, withdrawn=date(2026, 2, 5), withdrawn_by="Bo Example")
    here = Portfolio("L1", (Entry(ONE, "planned"),), (made,), Details(name="Ada Example"))
    said = Portfolio("L1", (), (gone, other), Details(assessor="Bo Example", start=date(2026, 1, 1)))
    found = side_by_side(real, [here], [said], "x.csv")
    (only,) = found.learners
    assert (only.learner, found.changed) == ("L1", ("L1",))
    assert only.decisions == (gone, other)
    assert only.details == Details(name="Ada Example", assessor="Bo Example", start=date(2026, 1, 1))
    assert only.entries == here.entries
    again = side_by_side(real, found.learners, [said, here], "x.csv")
    assert (again.learners, again.unchanged) == (found.learners, ("L1", "L1"))


def test_what_is_in_doubt_changes_nobody(real: Qualification) -> None:
    here = Portfolio("L1", (Entry(ONE, "planned"),))
    said = Portfolio("L1", (Entry(ONE, "verified"),), doubt="two names")
    assert side_by_side(real, [here], [said], "x.csv").learners == (here,)
