"""A second file for quality assurance: what differs is told, both are merged, or either is kept alone."""

from __future__ import annotations

from datetime import date

from streamlit.testing.v1 import AppTest

from planner.assurance import load_policy
from planner.assurance.policy import Policy, PolicyRule
from planner.assurance.sampling import AssessmentFile, read_assessments
from planner.assurance.second_files import (
    assessments_beside,
    both_policies,
    policies_beside,
    steps_beside,
    together,
)
from planner.pages.assurance import desk
from tests.seen import everything, said, words
from tests.test_assurance_page import HEAD, TABLE, TOML, example, handed_in, opened, pressed, shelf
from tests.test_audit_page import ran

DONE = "learner,ref,assessor,date,sampled_on,outcome,action,action_done\n"
MARCH = DONE + "L0,U0,Jane,2026-03-01,2026-04-01,agreed,,\nL1,U1,Jane,2026-03-02,2026-04-01,,Cite,\n"
APRIL = (
    DONE + "L1,U1,Jane,2026-03-02,2026-04-01,,Cite,2026-05-02\nL2,U0,Jane,2026-03-03,2026-05-01,agreed,,\n"
)
OTHER = DONE + "L0,U0,Jane,2026-03-01,2026-04-01,not upheld,,\n"


def read(text: str) -> AssessmentFile:
    return read_assessments(load_policy(), "some.csv", text.encode())


def three() -> AppTest:
    """The page with eight assessments, of which three are to be sampled, and what March came to."""
    app = handed_in(handed_in(opened(), "assessments", TABLE), "policy", TOML.format(3, ""), "policy.toml")
    return handed_in(app, "done", MARCH, "march.csv")


# Without a page


def test_what_a_second_table_fills_is_taken_and_what_it_contradicts_is_not() -> None:
    here = read(MARCH).assessments
    found = assessments_beside(here, read(APRIL).assessments)
    assert (found.new, found.changed, found.absent) == (("L2, U0",), ("L1, U1",), ("L0, U0",))
    mended = found.both[here[1].key].sampling
    assert mended is not None
    assert (mended.action, mended.done) == ("Cite", date(2026, 5, 2))
    other = assessments_beside(here, read(OTHER).assessments)
    assert other.conflicting == ("L0, U0",)
    assert other.conflicts == ("L0, U0: outcome “agreed”, in the second file “not upheld”",)
    assert list(other.both.values()) == list(here)


def test_what_waits_to_be_sampled_goes_on_and_never_back() -> None:
    plan = read(DONE + "L0,U0,Jane,2026-03-01,,,,\n").assessments
    done = read(MARCH).assessments[:1]
    assert next(iter(assessments_beside(plan, done).both.values())).sampling == done[0].sampling
    back = assessments_beside(done, plan)
    assert (back.unchanged, list(back.both.values())) == (("L0, U0",), list(done))


def test_who_may_be_one_person_in_two_tables_is_told() -> None:
    first, second = read(HEAD + "L0,U0,Jane,2026-03-01,\n"), read(HEAD + "L1,U0,jane,2026-03-01,\n")
    assert not first.problems
    assert not second.problems
    assert [each.value for each in together(first, second).problems] == ["Jane", "jane"]
    assert together(first, first).assessments == first.assessments


def test_days_of_claims_are_filled_and_stay() -> None:
    one, two = date(2026, 1, 5), date(2026, 2, 5)
    found = steps_beside(
        {"L1": {"claimed": one, "received": None}, "L2": {"claimed": one}},
        {"L1": {"claimed": one, "received": two}, "L2": {"claimed": two}},
    )
    assert found.both == {"L1": {"claimed": one, "received": two}, "L2": {"claimed": one}}
    assert (found.changed, found.conflicting) == (("L1",), ("L2",))
    assert found.conflicts == ("L2: claimed 5 January 2026, in the second file 5 February 2026",)


def policy(name: str, **least: int) -> Policy:
    rules = [PolicyRule(id=rule, text=f"{rule} of all", at_least=number) for rule, number in least.items()]
    return Policy(id=name, title=name.upper(), rule=rules)


def test_a_policy_of_both_asks_what_either_does() -> None:
    here, second = policy("a", one=1, two=2), policy("b", two=3, three=3)
    both = both_policies(here, second)
    assert [(rule.id, rule.at_least) for rule in both.rule] == [("one", 1), ("two", 2), ("three", 3)]
    assert both.title == "A and B"
    found = policies_beside(here, second)
    assert (found.new, found.conflicting, found.absent) == (
        ("three of all",),
        ("two of all",),
        ("one of all",),
    )
    assert found.conflicts == ("two of all: at least 2, in the second file 3",)


# On the page


def test_a_second_plan_that_was_filled_in_is_merged_with_the_first() -> None:
    app = handed_in(three(), "done", APRIL, "april.csv")
    text = everything(app).replace("\\", "")
    assert "april.csv stands in the place of march.csv." in text
    assert "**1 new**: L2, U0; **1 changed**: L1, U1; **1 not in it**: L0, U0." in text
    assert "2 were sampled before." in words(app)
    app = pressed(app, "assurance-done-merge")
    assert "3 were sampled before." in words(app)
    assert "Nothing is to be sampled" in words(app)
    assert "Actions still to be done" not in words(app)
    assert "stands in the place" not in everything(app)


def test_a_second_plan_under_the_name_of_the_first_is_told_apart() -> None:
    app = handed_in(three(), "done", APRIL, "march.csv")
    told = "march.csv stands in the place of what was read before from a file of that name."
    assert told in everything(app).replace("\\", "")


def test_a_second_plan_alone_or_the_first_again_is_what_somebody_chooses() -> None:
    app = pressed(handed_in(three(), "done", APRIL, "april.csv"), "assurance-done-replace")
    assert "2 were sampled before." in words(app)
    assert "Actions still to be done" not in words(app)
    assert "stands in the place" not in everything(app)
    app = pressed(handed_in(app, "done", MARCH, "march.csv"), "assurance-done-undo")
    assert "Actions still to be done" not in words(app)
    app = pressed(handed_in(app, "done", OTHER, "other.csv"), "assurance-done-forget")
    assert "Sample 3 of 8 assessments." in words(app)
    assert "stands in the place" not in everything(app)


def test_the_same_file_again_asks_nothing_whatever_its_name() -> None:
    app = handed_in(three(), "done", MARCH, "again.csv")
    assert "stands in the place" not in everything(app)
    app = handed_in(app, "policy", TOML.format(3, ""), "again.toml")
    assert "stands in the place" not in everything(app)


def test_a_second_table_of_assessments_is_merged_and_a_third_one_with_both() -> None:
    app = handed_in(three(), "assessments", HEAD + "L8,U0,Bo,2026-03-09,Olu\n", "bo.csv")
    assert "**8 not in it**" in everything(app)
    app = pressed(app, "assurance-assessments-merge")
    assert "of 9 assessments" in words(app)
    app = handed_in(app, "assessments", HEAD + "L8,U0,Cy,2026-03-09,Olu\n", "cy.csv")
    text = everything(app).replace("\\", "")
    assert "cy.csv stands in the place of some.csv and bo.csv." in text
    assert "L8, U0: assessor “Bo”, in the second file “Cy”" in text
    app = pressed(app, "assurance-assessments-merge")
    assert "of 9 assessments" in words(app)


def test_a_second_policy_is_merged_or_replaces_the_first() -> None:
    other = TOML.replace('"r"', '"s"').replace("Our", "Their").format(5, "")
    app = handed_in(three(), "policy", other, "theirs.toml")
    assert "Their policy stands in the place of Our policy." in everything(app).replace("\\", "")
    assert "Policy: Their policy" in everything(app)
    app = pressed(app, "assurance-policy-merge")
    assert "Policy: Our policy and Their policy" in everything(app)
    assert [rule.at_least for rule in shelf(app).items[desk.DESK].value.policy.rule] == [3, 5]
    app = pressed(handed_in(app, "policy", other, "theirs.toml"), "assurance-policy-undo")
    assert "Policy: Our policy and Their policy" in everything(app)


def test_tables_that_only_the_new_policy_can_be_asked_of_are_not_merged() -> None:
    table = TABLE.replace("iqa\n", "iqa,risk\n").replace("Olu\n", "Olu,high\n")
    app = handed_in(three(), "assessments", table.replace("L7", "L9"), "risks.csv")
    app = pressed(app, "assurance-done-forget")
    app = handed_in(app, "policy", TOML.format(1, 'where = { risk = "high" }'), "policy.toml")
    assert "The two cannot be read together:" in said(app, "warning")
    assert "risk: this column is missing" in said(app, "warning")
    keys = [button.key for button in app.button]
    assert "assurance-assessments-merge" not in keys
    assert "Sample 1 of 8 assessments." in words(app)
    app = pressed(app, "assurance-assessments-replace")
    assert "cannot be read together" not in everything(app)


def test_days_of_claims_and_columns_of_the_claim_file_are_asked_about() -> None:
    app = ran(example("claims").date_input(key="assurance-ends").set_value(date(2099, 1, 1)))
    app = handed_in(app, "steps", "learner,claimed\nL01,2013-12-01\n", "one.csv")
    app = handed_in(app, "steps", "learner,claimed\nL05,2013-12-01\n", "two.csv")
    assert "**1 new**: L05; **1 not in it**: L01." in everything(app)
    app = pressed(app, "assurance-steps-merge")
    assert "2 were claimed before" in words(app)
    form = 'id = "f"\ntitle = "Ours"\n[[column]]\ncolumn = "Who"\nvalue = "name"\n'
    app = handed_in(app, "form", form, "form.toml")
    assert "stands in the place" not in everything(app)  # of the example, which nobody handed in
    app = handed_in(app, "form", form.replace("Ours", "New").replace("Who", "Name"), "form.toml")
    assert "New stands in the place of Ours." in everything(app)
    assert "**1 new**: Name; **1 not in it**: Who." in everything(app)
    assert "assurance-form-merge" not in [button.key for button in app.button]
    assert "Claim file: Ours" in everything(pressed(app, "assurance-form-undo"))
