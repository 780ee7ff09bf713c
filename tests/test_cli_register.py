"""The commands of the register: a file in, what is kept, what happened, out again; every answer as contracted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from planner import load, plan
from planner.cli import register_terminal
from planner.register import About, Actor, Dispute, Erased, Happened, Merged, Register, Verification
from planner.register.about import Event
from planner.register.samples import Samples
from tests.printed import Printed, printer
from tests.test_numbers import Run, run

REFS = list(load().by_ref)
HEADER = "learner,name,ref,status,evidence,assessor,date"

__all__ = ["run"]


@pytest.fixture
def tracker(tmp_path: Path) -> Path:
    """A file of two learners."""
    rows = (f"L1,Ann Example,{REFS[0]},assessed,E1,Bo Example,2026-03-02", f"L2,Ben,{REFS[1]},planned,,,")
    return written(tmp_path, *rows)


def written(folder: Path, *rows: str) -> Path:
    path = folder / "tracker.csv"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return path


def asked(run: Run, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, err = run("register", *arguments, "--json")
    assert not err, err
    return code, json.loads(out)


def test_a_file_goes_in_is_listed_told_and_comes_out_again(run: Run, tracker: Path, tmp_path: Path) -> None:
    code, found = asked(run, "import", str(tracker), "--as", "Ann Other")
    assert (code, found["new"], found["changed"], found["unchanged"], found["conflicts"]) == (0, 2, 0, 0, [])
    assert list(found)[:6] == ["import", "new", "changed", "unchanged", "conflicts", "problems"]
    code, listed = asked(run, "list", "--as", "Ann Other")
    assert code == 0
    assert listed["learners"][0] == {
        "learner": "L1", "name": "Ann Example", "qualification": "600/5106/1", "assessor": "",
        "rules_met": False, "units": {REFS[0]: "assessed"},
    }  # fmt: skip
    code, told = asked(run, "history", "L1", "--as", "Ann Other")
    assert code == 0
    assert [event["words"].split(" (from")[0] for event in told["events"]] == [
        "L1 made known (learner)",
        "registered: qualification 600/5106/1",
        f"{REFS[0]}: status assessed, evidence “E1”, assessor Bo Example, date 2026-03-02",
    ]
    code, whole = asked(run, "verify", "--as", "Ann Other")
    assert (code, whole["intact"], whole["broken_at"]) == (0, True, None)
    book = tmp_path / "register.xlsx"
    code, out = asked(run, "export", str(book), "--as", "Ann Other")
    assert (code, out) == (0, {"registrations": 2, "head": whole["head"]})
    code, words, _ = run("register", "export", str(book), "--as", "Ann Other")
    assert (code, words.startswith("2 registrations.\n")) == (0, True)
    other = ("--register", str(tmp_path / "other.sqlite3"))
    assert asked(run, "import", str(book), "--as", "Cy Example", *other)[1]["new"] == 2
    assert asked(run, "list", "--as", "Cy Example", *other)[1] == listed


def test_what_is_in_conflict_ends_with_1_and_an_import_is_taken_back(run: Run, tmp_path: Path) -> None:
    asked(run, "import", str(written(tmp_path, f"L1,,{REFS[0]},assessed,,,")), "--as", "Ann")
    code, found = asked(
        run, "import", str(written(tmp_path, f"L1,,{REFS[0]},planned,,,", f"L2,,{REFS[0]},planned,,,"))
    )
    assert code == 1
    assert [(each["learner"], each["kept"], each["wanted"]) for each in found["conflicts"]] == [
        ("L1", "assessed", "planned")
    ]
    code, undone = asked(run, "undo", found["import"])
    assert (code, undone["conflicts"]) == (0, [])
    assert [each["learner"] for each in asked(run, "list")[1]["learners"]] == ["L1"]


def test_a_unit_goes_back_and_is_unlocked_by_a_manager_with_a_reason(run: Run, tracker: Path) -> None:
    asked(run, "import", str(tracker), "--as", "Ann")
    asked(run, "person", "Ian Example", "--may", "IQA")
    manager, iqa = ("--as", "Ann"), ("--as", "Ian Example")
    assert run("register", "status", "L1", REFS[0], "verified", *iqa)[0] == 2  # whose IQA he is not
    code, found = asked(run, "status", "L1", REFS[0].lower().replace("/", ""), "Verified", *manager)
    assert (code, found) == (0, {"learner": "L1", "ref": REFS[0], "status": "verified"})
    code, _, err = run("register", "status", "L1", REFS[0], "assessed", *manager)
    assert (code, err) == (2, f"error: L1, {REFS[0]}: goes back, and that needs a reason\n")
    asked(run, "status", "L1", REFS[0], "assessed", "--reason", "the wrong sample", *manager)
    told = asked(run, "history", "L1", *manager)[1]["events"][-1]["words"]
    assert "status from verified to assessed" in told
    assert told.endswith("because: the wrong sample")
    code, _, err = run("register", "status", "L1", REFS[0], "asessed", *manager)
    assert (code, "did you mean assessed?" in err) == (2, True)
    code, _, err = run("register", "list", "--as", "L1", "--role", "learner")
    assert code == 0
    assert [
        each["learner"] for each in asked(run, "list", "--as", "L1", "--role", "learner")[1]["learners"]
    ] == ["L1"]
    assert asked(run, "list", *iqa)[1] == {"learners": []}
    assert asked(run, "history", *iqa)[1] == {"events": []}
    assert run("register", "history", "L1", *iqa)[0] == 2


def test_a_learner_is_erased_for_good(run: Run, tracker: Path) -> None:
    asked(run, "import", str(tracker), "--as", "Ann")
    code, _, err = run("register", "erase", "L1")
    assert (code, "--reason: must be given" in err) == (2, True)
    code, found = asked(run, "erase", "L1", "--reason", "asked to")
    assert (code, found["registrations"], found["redacted"]) == (0, 1, [])
    assert [each["learner"] for each in asked(run, "list")[1]["learners"]] == ["L2"]
    assert asked(run, "verify")[1]["intact"]
    assert run("register", "erase", "L1", "--reason", "asked to")[0] == 2


def test_a_noted_head_that_is_gone_ends_with_1(run: Run, tracker: Path, tmp_path: Path) -> None:
    asked(run, "import", str(tracker), "--as", "Ann")
    backup = tmp_path / "backup.sqlite3"
    asked(run, "backup", str(backup))
    asked(run, "import", str(written(tmp_path, f"L3,,{REFS[0]},planned,,,")))
    head = asked(run, "verify")[1]["head"]
    code, restored = asked(run, "restore", str(backup))
    assert code == 0
    assert Path(restored["before"]).exists()
    code, found = asked(run, "verify", "--head", head)
    assert (code, found["intact"], found["head_missing"]) == (1, False, True)


def test_who_may_act_is_made_known_by_the_manager(run: Run, tracker: Path) -> None:
    asked(run, "import", str(tracker), "--as", "Ann")
    assert asked(run, "person", "Eve Example", "--may", "EQA")[0] == 0
    code, _, err = run("register", "import", str(tracker), "--as", "Eve Example")
    assert code == 2
    assert "error: Eve Example may not import files as EQA: a manager, the learner's IQA or" in err
    code, _, err = run("register", "list")
    assert code == 2
    assert "--as: somebody must be named (known: Ann, Eve Example)" in err
    code, _, err = run("register", "list", "--as", "Eve Exmple")
    assert "did you mean Eve Example?" in err
    code, _, err = run("register", "person", "Cy", "--may", "king", "--as", "Ann")
    assert "must be one of: manager, IQA, assessor, EQA" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "/nowhere.csv", "--as", "Ann"), "there is no such file"),
        (("history", "L9"), "L9: is no learner of this register"),
        (("undo", "abc"), "somebody must be named"),
        (("restore", "/nowhere.sqlite3"), "is no backup of a register"),
        (("backup", "/tmp/never-written.sqlite3"), "holds nothing yet"),
        (("list", "--role", "manager"), "--role = 'manager': is of somebody: say who with --as"),
        (("export", "register.csv"), "must end in .xlsx"),
        (("list", "--register", "mysql://x"), "must be the path of a file, or begin with postgresql://"),
        (("list", "--register", "/proc/no/register.sqlite3"), ""),
    ],
)
def test_wrong_input_is_told_and_nothing_is_kept(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, _, err = run("register", *arguments)
    assert code == (2 if says else 0)
    assert says in err
    assert "Traceback" not in err


def test_everything_about_one_learner_goes_into_one_file(run: Run, tracker: Path, tmp_path: Path) -> None:
    asked(run, "import", str(tracker), "--as", "Ann Other")
    book = tmp_path / "one.xlsx"
    code, found = asked(run, "about", "L1", "--xlsx", str(book), "--as", "Ann Other")
    assert (code, list(found)) == (0, ["learner", "rows", "events", "named_elsewhere", "head"])
    assert [row["table"] for row in found["rows"]] == ["person", "registration", "unit_status"]
    sheets = load_workbook(book)
    names = ["Cohort", "Portfolio", "Decisions", "Calendar", "Samples", "History", "Changes", "Rows"]
    assert sheets.sheetnames == [*names, "Named elsewhere", "About"]
    assert [row[0].value for row in sheets["Portfolio"].iter_rows(min_row=2)] == ["L1"]
    code, _, err = run("register", "about", "L9", "--as", "Ann Other")
    assert (code, "L9: is no learner of this register whom you may see" in err) == (2, True)


def test_who_is_due_for_erasing_is_listed_with_whether_the_rules_are_met(run: Run, tmp_path: Path) -> None:
    rows = [f"L1,Ann,{ref},verified,E1,Bo Example,2019-03-02" for ref in load_all_needed()]
    asked(
        run, "import", str(written(tmp_path, *rows, f"L2,Ben,{REFS[0]},planned,,,2018-01-02")), "--as", "Ann"
    )
    code, found = asked(run, "due", "--years", "6", "--today", "2026-03-02", "--as", "Ann")
    assert (code, found["today"], found["years"], found["until"]) == (0, "2026-03-02", 6, "2020-03-02")
    assert [(each["learner"], each["last"]) for each in found["learners"]] == [
        ("L2", "2018-01-02"), ("L1", "2019-03-02")
    ]  # fmt: skip
    met = [[one["rules_met"] for one in each["qualifications"]] for each in found["learners"]]
    assert met == [[False], [True]]
    assert asked(run, "due", "--years", "7", "--today", "2026-03-01", "--as", "Ann")[1]["learners"][1:] == []
    code, _, err = run("register", "due", "--years", "0", "--as", "Ann")
    assert (code, "--years = '0'" in err) == (2, True)
    asked(run, "person", "Bo Example", "--may", "assessor", "--as", "Ann")
    code, _, err = run("register", "due", "--years", "6", "--as", "Bo Example")
    assert (code, "may not erase a learner" in err) == (2, True)


def load_all_needed() -> tuple[str, ...]:
    """Units that meet the rules."""
    return plan(load()).units


def test_claims_without_a_file_are_those_of_the_register(run: Run, tmp_path: Path) -> None:
    rows = [f"L1,Ann,{ref},verified,E1,Bo Example,2013-03-02" for ref in load_all_needed()]
    file = written(tmp_path, *rows, f"L2,Ben,{REFS[0]},assessed,E1,Di Example,2013-03-02")
    day = ("--today", "2013-06-01", "--json")
    code, out, err = run("claims", *day, "--as", "Ann")
    assert (code, "has no learner of 600/5106/1: import a file first, or give one here" in err) == (2, True)
    asked(run, "import", str(file), "--as", "Ann")
    _, of_file, _ = run("claims", str(file), *day)
    code, of_register, _ = run("claims", *day, "--as", "Ann")
    told, kept = (json.loads(text) for text in (of_file, of_register))
    assert kept["learners"] == told["learners"]
    assert len(kept["learners"]) == 2
    asked(run, "import", str(assigned(tmp_path)), "--as", "Ann")
    _, out, _ = run("claims", *day, "--as", "Di Example")  # who sees some learners alone
    assert [each["learner"] for each in json.loads(out)["learners"]] == ["L2"]
    code, _, err = run("claims", str(file), *day, "--as", "Ann")
    assert (code, "--as = 'Ann': is of no use here" in err) == (2, True)


def test_claims_of_the_register_take_the_samples_that_it_keeps(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, f"L1,Ann,{REFS[0]},assessed,E1,Bo Example,2013-03-02")
    asked(run, "import", str(file), "--as", "Ann")

    def lacking() -> tuple[str | None, int]:
        told = json.loads(run("claims", "--today", "2013-06-01", "--json", "--as", "Ann")[1])
        (learner,) = told["learners"]
        codes = [each["code"] for each in learner["lacking"]]
        return told["policy"] and told["policy"]["id"], codes.count("not sampled")

    assert lacking() == (None, 0)
    code, out, _ = run("sample", "--save", "--seed", "1", "--json", "--as", "Ann")
    assert (code, json.loads(out)["saved"]) == (0, ["L1"])
    assert lacking() == ("example", 3)
    found, ann, real = Register(), Actor("Ann", ""), load()
    samples = Samples(real, found.load(ann, real))
    ((kept, sampled),) = samples.drawn()
    (entry,) = kept.portfolio.entries
    samples.record(found, ann, kept, entry, replace(sampled, sampled_on=date(2013, 4, 1), outcome="agreed"))
    assert lacking() == ("example", 0)


def assigned(folder: Path) -> Path:
    path = folder / "assessors.csv"
    path.write_text("learner,assessor,start\nL1,Bo Example,\nL2,Di Example,\n", encoding="utf-8")
    return path


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    return printer(monkeypatch, capsys)


EVENT = Event(Happened(3, datetime(2026, 3, 2, 9, 30, tzinfo=UTC), "Bo", "manager", "r1", "registered"), ())
DISPUTE = Dispute("L1", "A/1", "status", "assessed", "planned", "the status goes back", "c.csv", 7)
MERGED = Merged("0" * 32, 1, 2, 3, (DISPUTE,))
ROW = {
    "learner": "L1", "name": "Ann", "qualification": "Q/7", "assessor": "Bo", "rules_met": True,
    "units": {"A/1": "assessed", "B/2": "assessed", "C/5": "planned"},
}  # fmt: skip
SAID: list[tuple[Any, tuple[Any, ...], str]] = [
    (
        register_terminal.print_imports,
        ([("c.csv", MERGED), ("d.csv", Merged("", 0, 0, 3, ()))],),
        """
{bold c.csv: 1 new, 2 changed, 3 unchanged, 1 in conflict. Import 00000000000000000000000000000000.}
{bold Not taken:}
- c.csv, row 7: L1, A/1, status: the status goes back (kept: 'assessed', not taken: 'planned')
{bold d.csv: 0 new, 0 changed, 3 unchanged, 0 in conflict. Nothing was to be changed.}
""",
    ),
    (
        register_terminal.print_export,
        (1, "abc"),
        """
{bold 1 registration.}
{dim Head of the history, to be noted: abc}
""",
    ),
    (register_terminal.print_learners, ([],), "\nNobody is registered.\n"),
    (
        register_terminal.print_learners,
        ([ROW],),
        """
| Learner | Name | Qualification | Assessor | Rules met | Units                 |
| L1      | Ann  | Q/7           | Bo       | yes       | 1 planned, 2 assessed |
""",
    ),
    (
        register_terminal.print_erased,
        (Erased(1, 7, (("unit_status", "x1", "evidence"),)),),
        """
{bold Erased, with 1 registration and what 7 events told.}
{bold Named elsewhere, and redacted there:}
- unit_status x1, evidence
Backups and exports made before still hold the name: delete them.
""",
    ),
    (
        register_terminal.print_about,
        (
            About(
                "L1",
                (("person", {}), ("unit_status", {}), ("unit_status", {})),
                (EVENT,),
                (("decision", "x1", "reason"),),
            ),
        ),
        """
{bold L1: 2 units, 1 event.}
{bold What happened:}
- 2026-03-02 09:30, Bo (manager): registered
{bold Named elsewhere:}
- decision x1, reason
{dim In full: --json, or --xlsx FILE.}
""",
    ),
    (
        register_terminal.print_due,
        ([], date(2020, 3, 2)),
        "\nOf everybody something has been heard after 2 March 2020.\n",
    ),
    (
        register_terminal.print_due,
        (
            [
                {
                    "learner": "L1",
                    "name": "Ann",
                    "last": "2019-12-31",
                    "qualifications": [
                        {"qualification": "Q/7", "rules_met": True},
                        {"qualification": "Q/8", "rules_met": None},
                    ],
                }
            ],
            date(2020, 3, 2),
        ),
        """
{bold Nothing heard after 2 March 2020: 1 learner.}
| Learner | Name | Last heard of | Rules met                  |
| L1      | Ann  | 2019-12-31    | Q/7: yes, Q/8: not on file |
{dim Nobody is erased by this: `register erase LEARNER --reason TEXT` does it.}
""",
    ),
    (
        register_terminal.print_verification,
        (Verification(12, None, "abc", erased=2),),
        """
{green Whole: 12 events, 2 erased.}
{dim Head of the history, to be noted: abc}
""",
    ),
    (
        register_terminal.print_verification,
        (Verification(12, 5, "abc", missing=True, altered=(("unit_status", "x1"),)),),
        """
{red bold Not what was written.}
The first event that was altered or is missing: 5 of 12 events.
The head that was noted is not in it: events were cut off, or all were written anew.
{bold Changed past the register, without an event:}
- unit_status x1
{dim Head of the history, to be noted: abc}
""",
    ),
]


@pytest.mark.parametrize(("function", "arguments", "words"), SAID)
def test_it_is_printed_word_for_word(
    printed: Printed, function: Any, arguments: tuple[Any, ...], words: str
) -> None:
    assert printed(function, *arguments) == words.strip("\n")


def test_a_sample_is_kept_and_the_next_goes_on_from_it(run: Run, tmp_path: Path) -> None:
    rows = [f"L{n},,{REFS[0]},assessed,E1,Bo Example,2026-03-02" for n in range(4)]
    asked(run, "import", str(written(tmp_path, *rows)), "--as", "Ann Other")
    policy = tmp_path / "ours.toml"
    policy.write_text('id = "p"\ntitle = "Ours"\n[[rule]]\nid = "r"\ntext = "Half"\npercent = 50\n')

    def sample(*more: str) -> dict[str, Any]:
        code, out, err = run("sample", "--json", "--as", "Ann Other", *more)
        assert code == 0, err
        found: dict[str, Any] = json.loads(out)
        return found

    first = sample("--policy", str(policy), "--seed", "7", "--save")
    assert (first["size"], len(first["saved"]), first["waiting"]) == (2, 2, [])
    assert sorted(each["learner"] for each in first["sample"]) == sorted(first["saved"])
    then = sample("--save")
    assert (then["policy"]["title"], then["size"], then["saved"]) == ("Ours", 0, [])
    assert [each["learner"] for each in then["waiting"]] == sorted(first["saved"])
    more = [f"L{n},,{REFS[0]},assessed,E1,Bo Example,2026-03-02" for n in range(4, 6)]
    asked(run, "import", str(written(tmp_path, *more)), "--as", "Ann Other")
    assert sample()["size"] == 1
    table = tmp_path / "assessments.csv"
    table.write_text("learner,ref,assessor,date\n" + "".join(
        f"{name},{REFS[0]},Bo Example,2026-03-02\n" for name in ("L0", "L1", "L2", "L3", "X9")
    ))  # fmt: skip
    assert sample(str(table))["size"] == 1
    code, _, err = run(
        "sample", str(table), "--as", "Ann Other", "--save", "--seed", "1", "--policy", str(every(tmp_path))
    )
    assert (code, "X9: is no learner of the register whom you may see: nothing was kept" in err) == (2, True)
    book = tmp_path / "plan.xlsx"
    sample("--xlsx", str(book))
    listed = {row[0].value for row in load_workbook(book)["Sample"].iter_rows(min_row=6) if row[0].value}
    assert set(first["saved"]) < listed


def every(folder: Path) -> Path:
    """A policy that asks for every assessment."""
    path = folder / "every.toml"
    path.write_text('id = "e"\ntitle = "All"\n[[rule]]\nid = "r"\ntext = "All"\npercent = 100\n')
    return path


def test_a_register_that_is_up_to_date_says_so(run: Run) -> None:
    code, out, err = run("register", "update", "--as", "Mia Example")
    assert (code, out, err) == (0, "The register is up to date.\n", "")


def test_learners_of_a_qualification_that_is_not_on_file_are_not_left_out_in_silence(
    run: Run, small: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("learner,ref,status\nL1,D/503/0352,planned\n", encoding="utf-8")
    assert run("register", "import", str(tmp_path / "t.csv"), "--as", "Mia Example")[0] == 0
    out = tmp_path / "all.xlsx"
    code, _, err = run("register", "export", str(out), "--as", "Mia Example", "--data", str(small()))
    message = "is not on file, and learners are registered for it: give its data folder with --data"
    assert (code, err) == (2, f"error: 600/5106/1: {message}\n")
    assert not out.exists()
