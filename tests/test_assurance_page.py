"""*Quality assurance* without a browser: what to sample, what was done, the policy; who can be claimed, and why not."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from planner import Portfolio, Qualification, load
from planner.assurance import Sample, draw_sample
from planner.pages.assurance import assurance_page, desk, sampling_panel
from planner.pages.shared import visit_memory
from planner.records.portfolios import Details, Entry
from planner.register import Actor, Register
from planner.register.rows import Wanted
from planner.register.samples import Samples
from tests.registers import ADA
from tests.seen import bars, everything, makers, said, unescaped, words
from tests.test_audit_page import BEST, ran

HEAD = "learner,ref,assessor,date,iqa\n"
TABLE = HEAD + "".join(f"L{n},U{n % 2},Jane,2026-03-0{n + 1},Olu\n" for n in range(8))
TOML = 'id = "p"\ntitle = "Our policy"\n[[rule]]\nid = "r"\ntext = "Three of all"\nat_least = {}\n{}'


def page() -> None:
    from planner.pages.assurance import assurance_page

    assurance_page.show()


def opened(part: str = "") -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    if part:
        app.query_params["part"] = part
    return ran(app)


def handed_in(app: AppTest, field: str, content: bytes | str, name: str = "some.csv") -> AppTest:
    """The page after a file was handed in at a field."""
    place = next(f for f in app.file_uploader if str(f.key).startswith(f"assurance-{field}-"))
    place.upload(name, content if isinstance(content, bytes) else content.encode(), "text/csv")
    return ran(app)


def pressed(app: AppTest, key: str) -> AppTest:
    return ran(app.button(key=key).click())


def example(part: str = "") -> AppTest:
    return pressed(opened(part), "assurance-example")


def drawn(app: AppTest) -> list[str]:
    """The learners of the sample."""
    return [str(name) for name in app.table[0].value["Learner"]]


def shelf(app: AppTest) -> visit_memory.Shelf:
    found: visit_memory.Shelf = app.session_state[visit_memory.SHELF]
    return found


# What to sample


def test_a_table_of_assessments_is_answered_first() -> None:
    app = handed_in(opened(), "assessments", TABLE)
    text = words(app)
    assert "Sample 8 of 8 assessments. No smaller sample keeps the policy; this is proven." in text.replace(
        "*", ""
    )
    assert len(drawn(app)) == 8
    assert "An example policy" in text
    assert app.button(key="assurance-again").label == "Draw another"


def test_a_policy_of_one_s_own_is_taken_and_another_draw_is_another_sample() -> None:
    app = handed_in(opened(), "assessments", TABLE)
    app = handed_in(app, "policy", TOML.format(3, ""), "policy.toml")
    assert "Sample 3 of 8 assessments." in words(app)
    assert "Our policy" in words(app)
    seen = set()
    for _ in range(8):
        seen.add(tuple(drawn(app)))
        assert tuple(drawn(ran(app))) in seen  # drawing the page anew draws no other sample
        app = pressed(app, "assurance-again")
    assert len(seen) > 1


def test_what_the_policy_asks_for_and_is_not_there_is_named() -> None:
    app = handed_in(opened(), "assessments", TABLE)
    app = handed_in(app, "policy", TOML.format(9, ""), "policy.toml")
    assert "Three of all (all): 8 of 9 asked for can be sampled." in said(app, "warning")
    assert "Sample 8 of 8 assessments." in words(app)


@pytest.mark.parametrize(
    ("field", "content", "name", "message"),
    [
        ("policy", "id = ", "p.toml", "p.toml: is not TOML"),
        ("policy", TOML.format(3, 'where = { risk = "high" }'), "p.toml", "risk: this column is missing"),
        ("assessments", "a,b\n1,2\n", "a.csv", "learner: this column is missing"),
        ("done", "a,b\n1,2\n", "d.csv", "learner: this column is missing"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    field: str, content: str, name: str, message: str
) -> None:
    before = handed_in(opened(), "assessments", TABLE)
    kept = drawn(before)
    if field == "assessments":
        before = pressed(before, "assurance-table-forget")
    app = handed_in(before, field, content, name)
    assert message in said(app, "error")
    if field != "assessments":
        assert drawn(app) == kept


def test_the_plan_that_was_filled_in_counts_and_its_actions_are_told() -> None:
    app = handed_in(opened(), "assessments", TABLE)
    app = handed_in(app, "policy", TOML.format(3, ""), "policy.toml")
    done = (
        "learner,ref,assessor,date,sampled_on,outcome,action,action_due,action_done\n"
        "L0,U0,Jane,2026-03-01,2026-04-01,upheld,,,\n"
        "L1,U1,Jane,2026-03-02,2026-04-01,not upheld,=Cite the log,2026-05-01,\n"
        "L2,U0,Jane,2026-03-03,,,,,\n"
    )
    app = handed_in(app, "done", done)
    text = words(app)
    assert "Sample 1 of 8 assessments." in text
    assert "2 were sampled before." in text
    assert [unescaped(action) for action in app.table[1].value["Action"]] == ["=Cite the log"]
    app = pressed(app, "assurance-done-forget")
    assert "Sample 3 of 8 assessments." in words(app)


def test_the_units_of_learners_are_sampled_and_the_samples_they_note_count() -> None:
    app = example()
    assert "Sample 8 of 40 assessments." in words(app)
    assert "6 were sampled before." in words(app)
    assert {"Learner", "Unit", "Assessor", "Date"} == set(app.table[0].value.columns)


def test_a_policy_over_what_portfolios_do_not_say_asks_for_the_table() -> None:
    app = handed_in(example(), "policy", TOML.format(1, 'where = { risk = "high" }'), "policy.toml")
    assert "no portfolio says this" in said(app, "error")
    table = TABLE.replace("iqa\n", "iqa,risk\n").replace("Olu\n", "Olu,high\n")
    app = handed_in(app, "assessments", table)
    assert "Sample 1 of 8 assessments." in words(app)


def test_letting_go_empties_the_page() -> None:
    app = handed_in(handed_in(opened(), "assessments", TABLE), "policy", TOML.format(3, ""), "policy.toml")
    assert desk.DESK in shelf(app).items

    def empty() -> None:
        from planner.pages.assurance import assurance_page

        assurance_page.forget()
        assurance_page.show()

    gone = AppTest.from_function(empty, default_timeout=60)
    gone.session_state[visit_memory.SHELF] = app.session_state[visit_memory.SHELF]
    gone = ran(gone)
    assert "What must be sampled?" in everything(gone)
    assert desk.DESK not in shelf(gone).items


def test_the_files_of_the_sample_hold_what_the_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    files = makers(monkeypatch)
    app = opened()
    assert files["assurance-table-template"]() == b"\xef\xbb\xbflearner,ref,assessor,date,iqa\r\n"
    app = handed_in(app, "assessments", TABLE + "L9,U1,Jane,soon,Olu\n")
    (problems,) = (table.value for table in app.table if "What is wrong" in table.value)
    assert [unescaped(value) for value in problems["Value"]] == ["soon"]
    assert "1 thing in what was handed in could not be read or is doubted. All other rows" in said(
        app, "warning"
    )
    cells = cells_of(files["assurance-book"]())
    assert {f"L{n}" for n in range(8)} <= cells
    assert "soon" in cells


def cells_of(book: bytes) -> set[str]:
    """Every cell of a workbook as text."""
    read = openpyxl.load_workbook(io.BytesIO(book), read_only=True)
    return {str(cell) for sheet in read for row in sheet.iter_rows(values_only=True) for cell in row}


def test_a_column_of_the_assessments_is_read_as_somebody_says() -> None:
    app = handed_in(opened(), "assessments", TABLE.replace("iqa", "checker"))
    assert set(app.table[0].value["Assessor"]) == {"Jane"}
    app.selectbox(key="column-checker").set_value("iqa")
    app = ran(next(each for each in app.button if each.label == "Read the file like this").click())
    assert set(map(unescaped, app.table[0].value["Assessor (IQA)"])) == {"Jane (Olu)"}
    assert "Sample 8 of 8 assessments." in words(app)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"status": "feasible", "bound": 5}, "Whether fewer would do is not decided; 5 at least."),
        ({"status": "unknown", "sample": ()}, "Not decided in the time given: there may be a sample."),
    ],
)
def test_a_sample_that_is_not_proven_the_smallest_does_not_say_so(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], told: str
) -> None:
    def cut_off(*given: Any, **named: Any) -> Sample:
        return replace(draw_sample(*given, **named), **found)

    monkeypatch.setattr(sampling_panel, "draw_sample", cut_off)
    app = handed_in(opened(), "assessments", TABLE)
    assert told in words(app).replace("*", "")
    assert "this is proven" not in everything(app)
    assert ("assurance-book" in [button.key for button in app.download_button]) is (
        found["status"] == "feasible"
    )


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (TABLE, "Nothing is to be sampled: of 8 assessments enough were sampled. 1 was sampled before."),
        (HEAD + "L0,U0,Jane,2026-03-01,Olu\n", "of 1 assessment enough was sampled. 1 was sampled before."),
    ],
)
def test_where_enough_was_sampled_nothing_more_is(table: str, told: str) -> None:
    app = handed_in(opened(), "assessments", table)
    app = handed_in(app, "policy", TOML.format(1, ""), "policy.toml")
    app = handed_in(app, "done", "learner,ref,assessor,date,sampled_on\nL0,U0,Jane,2026-03-01,2026-04-01\n")
    assert told in words(app).replace("*", "")
    assert not [table for table in app.table if "Assessor (IQA)" in table.value]


def test_where_nothing_is_assessed_no_picture_is_drawn_and_with_many_assessors_the_table_scrolls() -> None:
    app = opened()
    app.file_uploader[0].upload("p.csv", b"learner,ref,status\nL1,D/503/0352,in progress\n", "text/csv")
    app = ran(app)
    assert "Nothing is to be sampled: of 0 assessments" in words(app).replace("*", "")
    assert "Who was sampled in what" not in words(app)
    rows = "".join(f"L{n},U{n % 2},Assessor {n},2026-03-0{n + 1},Olu\n" for n in range(4))
    app = handed_in(app, "assessments", HEAD + rows)
    assert "Who was sampled in what" in words(app)
    (wide,) = app.dataframe
    assert list(wide.value.columns) == ["Unit", *(f"Assessor {n}" for n in range(4))]


# Who can be claimed


def told(app: AppTest) -> dict[str, str]:
    table = app.table[0].value
    return dict(zip(table["Learner"], table["Ready"], strict=True))


def test_what_all_lack_is_said_once_and_the_last_day_for_claims_is_asked_for() -> None:
    app = example("claims")
    assert "0 of 6 learners ready to be claimed, 6 lack something." in words(app)
    assert "No last day for claims is on file: ask for it." in said(app, "warning", "")
    assert words(app).count("No last day for claims") == 0
    app.date_input(key="assurance-ends").set_value(date(2099, 1, 1))
    app = ran(app)
    assert told(app) == {"L01": "yes", "L02": "no", "L03": "no", "L04": "no", "L05": "yes", "L06": "yes"}
    text = words(app)
    assert "L02 · Ben Example" in text
    assert "“learners must achieve 28 credits”: 19 of 28 credits" in text
    assert "before it was assessed on" in text
    assert app.download_button(key="assurance-claim-file").label == "Download the claim file"
    app.date_input(key="assurance-ends").set_value(date(2014, 1, 1))
    app = ran(app)
    assert "certificates could be claimed until 1 January 2014" in said(app, "warning", "")


def test_what_somebody_lacks_who_alone_lacks_something_is_said_of_them_and_not_of_all() -> None:
    lines = assurance_page.example(load()).decode("utf-8-sig").splitlines()
    app = opened("claims")
    for several in (False, True):
        chosen = [line for line in lines if line[:3] in ("L02", "L03"[: 3 * several] or "L02")]
        app.file_uploader[0].upload("p.csv", "\n".join([lines[0], *chosen]).encode(), "text/csv")
        app = ran(app)
        assert ("All 2 of them:" in said(app, "warning")) is several
        assert "All 1 of them" not in said(app, "warning")
        assert ("No last day for claims" in words(app)) is not several


def test_samples_are_asked_for_once_something_of_them_is_handed_in() -> None:
    app = example("claims")
    app.date_input(key="assurance-ends").set_value(date(2099, 1, 1))
    app = ran(app)
    assert "No sampling policy was given" in words(app)
    app = handed_in(app, "done", HEAD.replace(",iqa", "") + "L01,D/503/0352,Ann Example,2013-04-23\n")
    assert "Sampled as the policy asks: An example policy" in words(app)
    assert "0 of 1 sampled" in words(app)
    assert set(told(app).values()) == {"no"}


def test_the_form_of_the_claim_file_is_data_and_what_does_not_fit_is_told_by_cell() -> None:
    app = example("claims")
    app.date_input(key="assurance-ends").set_value(date(2099, 1, 1))
    form = 'id = "f"\ntitle = "Ours"\n[[column]]\ncolumn = "Who"\nvalue = "name"\nlength = 11\n'
    app = handed_in(ran(app), "form", form, "form.toml")
    text = words(app)
    assert "2 learners in the claim file; 1 left out, as a value does not fit." in text
    assert "Who = Finn Example: L06: has 12 characters, and the column takes 11" in text
    assert "Claim file: Ours" in everything(app)
    app = handed_in(app, "form", form.replace("name", "nobody"), "form.toml")
    assert "must be one of: learner, name" in said(app, "error")
    assert "Claim file: Ours" in everything(app)


def test_claims_that_were_made_are_read_from_a_file() -> None:
    app = example("claims")
    app.date_input(key="assurance-ends").set_value(date(2099, 1, 1))
    app = handed_in(ran(app), "steps", "learner,claimed,received\nL01,2013-12-01,2013-12-02\n")
    assert "2 of 6 learners ready to be claimed, 3 lack something, 1 was claimed before." in words(app)
    assert (
        dict(zip(app.table[0].value["Learner"], app.table[0].value["Stage"], strict=True))["L01"]
        == "received"
    )


@pytest.mark.parametrize("part", ["sample", "claims"])
@pytest.mark.parametrize("field", ["done", "assessments", "steps"])
def test_what_of_a_file_beside_the_learners_was_not_read_is_said(part: str, field: str) -> None:
    content = "learner,claimed,weather\nL01,2013-12-01,fine\n"
    if field != "steps":
        content = "learner,ref,assessor,date,weather\nL01,D/503/0352,Ann Example,2013-04-23,fine\n"
    app = example("claims" if field == "steps" else "")
    app = handed_in(app, field, content, f"{field}.csv")
    app.query_params["part"] = part
    text = words(ran(app))
    if (field, part) == ("assessments", "sample"):
        assert "In the file: not read: “weather”." in text
    elif (field, part) != ("steps", "sample"):  # nothing is sampled by the days of claims
        assert f"In {field}.csv: not read: “weather”." in text


def test_where_nobody_lacks_anything_nothing_is_said_to_be_lacking_and_the_workbook_has_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files, shown = makers(monkeypatch), bars(monkeypatch)
    monkeypatch.setattr("planner.pages.shared.page_shell.rules", lambda *_: None)
    lines = assurance_page.example(load()).decode("utf-8-sig").splitlines()
    ada = [line for line in lines if line.startswith("L01,")]
    many = [
        line.replace("L01,Ada", f"A{n},Ada").replace("1234567801", f"{5000000000 + n}")
        for n in range(20)
        for line in ada
    ]
    app = opened("claims")
    app.file_uploader[0].upload("p.csv", "\n".join([lines[0], *many]).encode(), "text/csv")
    app = ran(app)
    assert shown == ["20 of 20 learners judged"]
    assert "What is lacking" in words(app)
    app.date_input(key="assurance-ends").set_value(date(2099, 1, 1))
    app = handed_in(ran(app), "steps", "learner,claimed\nA1,2026-01-05\nA99,2026-01-05\n")
    assert "What is lacking" not in words(app)
    (problems,) = (table.value for table in app.table if "What is wrong" in table.value)
    assert [unescaped(value) for value in problems["Value"]] == ["A99"]
    cells = cells_of(files["assurance-claims"]())
    assert {f"A{n}" for n in range(20)} <= cells
    assert "A99" in cells


def test_claims_that_the_policy_cannot_be_asked_of_are_not_judged() -> None:
    done = "learner,ref,assessor,date,risk\nL01,D/503/0352,Ann Example,2013-04-23,high\n"
    app = handed_in(example(), "done", done)
    app = handed_in(app, "policy", TOML.format(1, 'where = { risk = "high" }'), "policy.toml")
    app.query_params["part"] = "claims"
    app = ran(app)
    assert "Claims cannot be judged:" in said(app, "error")
    assert "risk: no portfolio says this" in said(app, "error")
    assert "The answer" not in words(app)


def test_a_claim_needs_learners() -> None:
    app = opened("claims")
    assert "Who can be claimed?" in everything(app)
    assert not [f for f in app.file_uploader if str(f.key).startswith("assurance-assessments")]


# Claims in the register


def ready(real: Qualification) -> AppTest:
    """The page with two learners of the register, of whom one is ready, and the last day for claims."""
    verified = [Entry(ref, "verified", "E1", "Ann Example", date(2013, 5, 6)) for ref in BEST]
    begun = Entry(BEST[0], "assessed", "E1", date=date(2013, 5, 6))
    whose = Details(start=date(2013, 1, 7))
    said = {"L1": tuple(verified), "L2": (begun, *verified[1:])}
    Register().save(ADA, real, [Portfolio(name, units, details=whose) for name, units in said.items()])
    app = pressed(opened("claims"), "register-open")
    return ran(app.date_input(key="assurance-ends").set_value(date.today()))


def test_who_is_ready_is_recorded_as_claimed(real: Qualification) -> None:
    app = ready(real)
    assert "1 of 2 learners ready to be claimed" in words(app)
    assert app.button(key="assurance-claimed").label == "Record the claims in the register (1)"
    app = pressed(app, "assurance-claimed")
    assert "Claimed, in the register: L1." in said(app, "success")
    assert not [button for button in app.button if button.key == "assurance-claimed"]
    kept = {each.learner: {e.status for e in each.portfolio.entries} for each in Register().load(ADA, real)}
    assert kept == {"L1": {"claimed"}, "L2": {"verified", "assessed"}}
    assert {e.verified for e in Register().load(ADA, real, ["L1"])[0].portfolio.entries} == {date(2013, 5, 6)}


def test_a_claim_that_somebody_may_not_make_is_told_and_not_made(real: Qualification) -> None:
    app = ready(real)
    Register().add_person(ADA, "Bob Example", ["manager"])
    Register().add_person(ADA, "Ada Example", ["EQA"])
    app = ran(app)
    app = ran(app.selectbox(key="register-person").set_value("Ada Example"))
    app = pressed(app, "assurance-claimed")
    assert "may not change what is kept as EQA" in said(app, "error")
    assert {e.status for e in Register().load(ADA, real)[0].portfolio.entries} == {"verified"}


def test_learners_of_a_file_are_claimed_in_the_file_alone() -> None:
    app = ran(example("claims").date_input(key="assurance-ends").set_value(date.today()))
    assert "3 of 6 learners ready to be claimed" in words(app)
    assert not [button for button in app.button if button.key == "assurance-claimed"]


# Samples in the register

IVY = Actor("Ivy Verifier", "IQA")


def assured(real: Qualification) -> AppTest:
    """The page with two learners of Bob's, of whom each has one unit assessed, opened by their IQA."""
    kept = Register()
    for learner in ("L1", "L2"):
        whose = Details(assessor="Bob Example")
        kept.save(ADA, real, [Portfolio(learner, details=whose)])
        kept.save_wanted(ADA, real, [Wanted(learner, registration={"iqa": IVY.name})], {})
        rows = f"learner,ref,status,evidence,assessor,assessed\n{learner},{BEST[0]},assessed,E1,Bob Example,2026-03-02"
        kept.import_file(ADA, {real.id: real}, "told.csv", rows.encode())
    app = ran(opened().selectbox(key="register-person").set_value(IVY.name))
    return pressed(app, "register-open")


def waiting(app: AppTest) -> list[str]:
    """Who is to be looked at, and why."""
    options = next(field for field in app.selectbox if field.key == "assurance-task").options
    return [f"{option.partition(' · ')[0]}: {option.rpartition(' · ')[2]}" for option in options]


def typed(app: AppTest, name: str, text: str) -> AppTest:
    field = next(f for f in app.text_input if str(f.key).endswith(f"-{name}") and "record" in str(f.key))
    return ran(field.set_value(text))


def unit(real: Qualification, learner: str) -> Entry:
    return Register().load(ADA, real, [learner])[0].portfolio.entries[0]


def test_a_sample_is_kept_and_each_assessment_recorded_beside_it(real: Qualification) -> None:
    app = assured(real)
    assert waiting(app) == ["L1: not drawn", "L2: not drawn"]
    app = handed_in(app, "policy", TOML.format(2, ""), "policy.toml")
    assert app.button(key="assurance-keep").label == "Keep this sample in the register (2)"
    field = app.selectbox(key="assurance-task")
    app = ran(field.select_index(1))
    app = pressed(app, "assurance-keep")
    assert "Kept: 2 assessments to sample, of 2 learners." in said(app, "success")
    assert "Nothing more is to be drawn" in words(app)
    assert "Drawn before, still to be sampled: 2" in [each.label for each in app.expander]
    assert app.selectbox(key="assurance-task").index == 0  # what was drawn comes first
    assert "Draw another" not in [each.label for each in app.button]  # there is none
    assert "2 drawn before are still to be sampled." in words(app)
    assert waiting(app) == ["L1: drawn to be sampled", "L2: drawn to be sampled"]
    app = typed(typed(app, "looked", "E1, the call log"), "outcome", "agreed")
    app = pressed(app, "assurance-recorded-verified")
    assert "recorded, and verified." in said(app, "success")
    assert (unit(real, "L1").status, unit(real, "L1").iqa_sample) == ("verified", "E1, the call log")
    assert waiting(app) == ["L2: drawn to be sampled"]  # the next one, without another click
    app = pressed(app, "assurance-recorded-submitted")
    assert "What it came to" in said(app, "error")
    assert unit(real, "L2").status == "assessed"
    app = typed(typed(app, "outcome", "the log is not cited"), "action", "Cite the log")
    app = pressed(app, "assurance-recorded-submitted")
    assert "recorded, and sent back." in said(app, "success")
    assert waiting(app) == ["L2: an action is open"]
    assert Register().history(ADA)[-1].words.endswith("because: the log is not cited")
    assert "Cite the log" in words(app)
    anew = pressed(ran(opened().selectbox(key="register-person").set_value(IVY.name)), "register-open")
    assert "Policy: Our policy" in everything(anew)  # the year goes on by what is kept: no file again
    assert "2 were sampled before." in words(anew)


def test_what_somebody_else_saves_is_there_at_the_next_click(real: Qualification) -> None:
    app = assured(real)
    Register().set_status(IVY, real, "L1", BEST[0], "verified")
    app = ran(app)
    assert waiting(app) == ["L2: not drawn"]
    Register().erase(ADA, "L2", "asked to")
    assert "L1" in words(ran(app))


def test_a_record_that_somebody_else_has_made_meanwhile_is_told(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = pressed(handed_in(assured(real), "policy", TOML.format(2, ""), "policy.toml"), "assurance-keep")
    monkeypatch.setattr("planner.pages.shared.register_desk.renewed", lambda _of, opened, _key: opened)
    of = Samples(real, Register().load(IVY, real))
    kept = next(each for each in of.kept if each.learner == "L1")
    done = replace(kept.samples[0], sampled_on=date(2026, 4, 1), outcome="upheld")
    of.record(Register(), IVY, kept, kept.portfolio.entries[0], done)
    app = pressed(typed(app, "outcome", "not upheld"), "assurance-recorded-only")
    assert "L1, " in said(app, "success")
    assert "somebody else has saved something since, and nothing of yours was saved." in said(app, "success")
    assert [each.outcome for each in Register().load(IVY, real, ["L1"])[0].samples] == ["upheld"]


def test_who_may_not_record_is_told(real: Qualification) -> None:
    app = assured(real)
    app = ran(app.selectbox(key="register-person").set_value("Bob Example"))
    app = pressed(typed(app, "outcome", "agreed"), "assurance-recorded-verified")
    assert "may not record what internal quality assurance says as assessor" in said(app, "error")
    assert unit(real, "L1").status == "assessed"


def test_a_claim_waits_for_what_the_kept_policy_asks(real: Qualification) -> None:
    app = ready(real)
    app.query_params["part"] = ""
    app = pressed(handed_in(ran(app), "policy", TOML.format(3, ""), "policy.toml"), "assurance-keep")
    app.query_params["part"] = "claims"
    app = ran(app)
    assert "Sampled as the policy asks: Our policy" in words(app)
    assert "“Three of all” (all): 0 of 3 sampled" in said(app, "warning", "")
