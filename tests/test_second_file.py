"""A second file on the list: what differs is told, merging goes by the rules of an import, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from planner import Qualification
from planner.records.portfolios import Decision, Details, Entry, Portfolio
from planner.records.wishes import Request, Wishes
from planner.register import Actor, Register
from planner.register.side_by_side import side_by_side
from tests.seen import everything
from tests.test_audit_page import BEST, decide, one, opened, ran, rows, table, upload, visit
from tests.test_centre_page import table_of
from tests.test_register_learners import COHORT, at, centre, in_time, taken
from tests.test_register_page import ANN, open_register, save

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


def test_a_file_is_another_one_by_what_it_says_and_not_by_its_name() -> None:
    app = upload(upload(opened(), FIRST, "tracker.csv"), SECOND, "tracker.csv")
    told = "tracker.csv stands in the place of what was read before from a file of that name."
    assert told in everything(app)
    assert "**1 new**: L4" in everything(app)
    app = upload(upload(opened(), FIRST, "tracker.csv"), FIRST, "copy.csv")
    assert "stands in the place" not in everything(app)


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


def test_who_has_another_reference_here_is_somebody_else_to_a_second_file(real: Qualification) -> None:
    save(upload(opened(), table(rows("L1", BEST[:2])), "first.csv"))
    app = open_register(opened())
    app = ran(app.text_input(key="detail-learner").set_value("L7"))
    app = ran(
        upload(app, table([*rows("L1", [THREE]), *rows("L4", [ONE])]), "second.csv")
        .button(key="merge")
        .click()
    )
    assert [each.learner for each in visit(app).portfolios] == ["L7", "L1", "L4"]
    assert visit(app).unfiled == ("L7",)
    save(app)
    kept = {each.learner: [e.ref for e in each.portfolio.entries] for each in Register().load(ANN, real)}
    assert kept == {"L7": list(BEST[:2]), "L1": [THREE], "L4": [ONE]}


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
    assert found.absent == ()
    assert side_by_side(real, [here], [replace(said, learner="L2")], "x.csv").absent == ("L1",)
    again = side_by_side(real, found.learners, [said, here], "x.csv")
    assert (again.learners, again.unchanged) == (found.learners, ("L1", "L1"))


def test_what_is_in_doubt_changes_nobody(real: Qualification) -> None:
    here = Portfolio("L1", (Entry(ONE, "planned"),))
    said = Portfolio("L1", (Entry(ONE, "verified"),), doubt="two names")
    assert side_by_side(real, [here], [said], "x.csv").learners == (here,)


# The pages that take in many


SECOND_COHORT = table_of(
    "L1,Ada Example,L/601/0933,,2026-01-05,2026-12-18,Bea Example",
    "L2,Ben Example,,D/503/0352,2026-02-02,,Cal Example",
    "L3,Cara Example,J/502/4299,,,,",
    "L4,Dev Example,,,,,",
    header="learner,name,pins,held,start,target,assessor",
)


def handed_in(app: AppTest, content: bytes, name: str) -> AppTest:
    app.file_uploader[0].upload(name, content, "text/csv")
    return ran(app)


def test_a_second_cohort_is_merged_or_replaces_the_first() -> None:
    app = handed_in(at(centre, COHORT, "first.csv"), SECOND_COHORT, "second.csv")
    said = everything(app).replace("\\", "")
    assert "second.csv stands in the place of first.csv." in said
    for words in ("**1 new**: L4", "**1 changed**: L2", "**1 unchanged**: L1", "**1 in conflict**: L3"):
        assert words in said
    ran(app.button(key="merge").click())
    found = {each.learner: each for each in taken(app).learners}
    assert list(found) == ["L1", "L2", "L3", "L4"]
    both = [each for name in ("L2", "L3") if isinstance(each := found[name], Request)]
    assert [each.details.start for each in both] == [date(2026, 2, 2), None]
    assert [each.wishes.pins for each in both] == [frozenset(), {"J/502/4299", "M/502/4300"}]
    assert "stands in the place" not in everything(app)


def test_the_second_cohort_alone_is_kept_where_somebody_says_so() -> None:
    app = handed_in(at(centre, COHORT, "first.csv"), SECOND_COHORT, "second.csv")
    ran(app.button(key="second-seen").click())
    assert [each.learner for each in taken(app).learners] == ["L1", "L2", "L3", "L4"]
    assert "stands in the place" not in everything(app)


@pytest.mark.parametrize("page", [centre, in_time])
def test_the_same_cohort_read_twice_asks_nothing_and_another_of_its_name_does(
    page: Callable[[], None],
) -> None:
    for name in ("first.csv", "copy.csv"):
        app = handed_in(at(page, COHORT, "first.csv"), COHORT, name)
        assert not any(button.key == "merge" for button in app.button)
    app = handed_in(at(page, COHORT, "first.csv"), SECOND_COHORT, "first.csv")
    assert any(button.key == "merge" for button in app.button)


@pytest.mark.parametrize("page", [centre, in_time])
def test_both_files_are_saved_once_merged(page: Callable[[], None], real: Qualification) -> None:
    app = handed_in(at(page, FIRST, "first.csv"), SECOND, "second.csv")
    app = save(ran(app.button(key="merge").click()), "Ann Example")
    found = {
        each.learner: {e.ref: e.status for e in each.entries}
        for each in taken(app).learners
        if isinstance(each, Portfolio)
    }
    assert "Saved: 4 learners in the register as shown here. Of the files:" in everything(app)
    kept = {
        each.learner: {e.ref: e.status for e in each.portfolio.entries} for each in Register().load(ANN, real)
    }
    assert found == kept
    assert len(found) == 4


@pytest.mark.parametrize("first", [COHORT, FIRST])
def test_a_second_file_beside_learners_of_the_register_is_saved_as_an_import_takes_it(
    first: bytes, real: Qualification
) -> None:
    register = Register()
    register.import_file(ANN, {real.id: real}, "first.csv", first)
    app = ran(upload(open_register(opened()), SECOND_COHORT, "second.csv").button(key="merge").click())
    save(app, "Ann Example")
    saved = [replace(each, registration="") for each in Register().load(ANN, real)]
    register.import_file(ANN, {real.id: real}, "second.csv", SECOND_COHORT)
    kept = [replace(each, registration="") for each in register.load(ANN, real)]
    assert saved == kept
    assert [each.learner for each in kept] == ["L1", "L2", "L3", "L4"]
    assert not visit(app).unfiled


def test_rows_of_units_do_not_go_into_a_row_of_wishes(real: Qualification) -> None:
    units, wishes = Portfolio("L1", (Entry(ONE, "verified"),)), Request("L1", Wishes(pins=frozenset({ONE})))
    pairs: list[tuple[Portfolio | Request, Portfolio | Request]] = [(units, wishes), (wishes, units)]
    for here, said in pairs:
        found = side_by_side(real, [here], [said], "x.csv")
        assert (found.learners, found.conflicting) == ((here,), ("L1",))


def test_wishes_fill_a_row_that_has_none_and_change_no_other(real: Qualification) -> None:
    asked = Wishes(pins=frozenset({ONE}), ways=frozenset({(TWO, "rpl")}), held=frozenset({TWO}))
    none, other = Request("L1", Wishes(), row=2), replace(asked, pins=frozenset({THREE}))
    filled = side_by_side(real, [none], [Request("L1", asked, "Ada Example")], "x.csv")
    assert filled.learners == (replace(none, wishes=asked, name="Ada Example"),)
    assert filled.changed == ("L1",)
    kept = side_by_side(real, filled.learners, [Request("L1", other, row=7)], "x.csv")
    assert kept.learners == filled.learners
    (dispute,) = kept.disputes
    assert (dispute.field, dispute.kept, dispute.wanted, dispute.row) == ("pins", ONE, THREE, 7)
    silent = side_by_side(real, filled.learners, [Request("L1", Wishes())], "x.csv")
    assert (silent.learners, silent.unchanged) == (filled.learners, ("L1",))
