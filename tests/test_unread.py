"""What of a file was not read is told, whichever file of whichever command it is."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from planner import Qualification, load
from planner.catalogue.loading import load_all, shipped
from planner.errors import DataError
from planner.files.tables import SheetRead
from planner.records.learner_files import learner_file
from planner.register.reading import read_rows
from planner.report.tables import how_read_words
from tests.test_cli import BEST, Run, run

__all__ = ["run"]

REF = BEST[0]
IQ = "600/5106/1"
PORTFOLIO = f"learner,ref,status\nA,{REF},verified\n"
ASSESSMENTS = f"learner,ref,assessor,date\nA,{REF},Ann Example,2026-03-02\n"
LOG = "activity,year\narticle,1\n"

CASES = {
    "plan --offer": ("offer", ["plan", "--offer", "FILE"], "ref\n" + "".join(f"{ref}\n" for ref in BEST)),
    "cohort": ("cohort", ["cohort", "FILE"], "learner,pins\nA,\n"),
    "deliver": ("cohort", ["deliver", "FILE", "--time-limit", "5"], "learner,pins\nA,\n"),
    "audit": ("portfolio", ["audit", "FILE"], PORTFOLIO),
    "whatif": ("portfolio", ["whatif", "FILE"], PORTFOLIO),
    "timeline": ("portfolio", ["timeline", "FILE"], PORTFOLIO),
    "timeline --month": ("portfolio", ["timeline", "FILE", "--month", "2026-12"], PORTFOLIO),
    "timeline --choices": ("portfolio", ["timeline", "FILE", "--choices"], PORTFOLIO),
    "timeline --learners": (
        "cohort",
        ["timeline", "portfolio.csv", "--learners", "FILE"],
        "learner,start\nA,\n",
    ),
    "timeline --keep": (
        "calendar",
        ["timeline", "portfolio.csv", "--keep", "FILE"],
        f"learner,ref,start,finish\nA,{BEST[1]},2026-03-02,2026-05-01\n",
    ),
    "sample": ("assessments", ["sample", "FILE", "--seed", "1"], ASSESSMENTS),
    "sample --done": ("done", ["sample", "assessments.csv", "--seed", "1", "--done", "FILE"], ASSESSMENTS),
    "claims": ("portfolio", ["claims", "FILE"], PORTFOLIO),
    "claims --done": ("done", ["claims", "portfolio.csv", "--done", "FILE"], ASSESSMENTS),
    "claims --assessments": ("all", ["claims", "portfolio.csv", "--assessments", "FILE"], ASSESSMENTS),
    "claims --steps": (
        "steps",
        ["claims", "portfolio.csv", "--steps", "FILE"],
        "learner,claimed\nA,2026-05-01\n",
    ),
    "change --requests": ("cohort", ["change", "DATA", "DATA", "--requests", "FILE"], "learner,pins\nA,\n"),
    "new": (
        "units",
        ["new", "FILE", "--id", "M/1", "--title", "Milk", "--out", "OUT", "--units", "1"],
        "ref,title,level,glh\nM/1,Pour,2,10\n",
    ),
    "career": ("facts", ["career", "FILE"], "scheme,fact,value\nicco,service,18\n"),
    "career --cpd": ("log", ["career", "--scheme", "ccop", "--cpd", "FILE"], LOG),
    "career --portfolio": ("portfolio", ["career", "--portfolio", "FILE"], PORTFOLIO),
    "cpd": ("log", ["cpd", "FILE"], LOG),
}
"""Of each file that a command takes: what it is, how it is handed in, and one that all of is read."""

OTHERS = {"portfolio.csv": PORTFOLIO, "assessments.csv": ASSESSMENTS}


def with_more(folder: Path, table: str) -> Path:
    """The table as a workbook with a column that nobody reads, and a sheet more."""
    book = openpyxl.Workbook()
    for number, line in enumerate(table.splitlines()):
        book.worksheets[0].append([*line.split(","), "fine" if number else "weather"])
    book.create_sheet("Bills").append(["Paid", "Owed"])
    book.worksheets[1].append(["much", "more"])
    path = folder / "handed-in.xlsx"
    book.save(path)
    return path


def answer(run: Run, folder: Path, given: Sequence[str], file: Path, *more: str) -> tuple[str, str]:
    """What a command says on stdout and on stderr of such a file."""
    for name, text in OTHERS.items():
        (folder / name).write_text(text, encoding="utf-8")
    places = {"FILE": str(file), "DATA": str(shipped("data")), "OUT": str(folder / f"out{len(more)}")}
    places |= {name: str(folder / name) for name in OTHERS}
    code, out, err = run(*(places.get(word, word) for word in given), *more)
    assert code in (0, 1, 3), err
    return out, err


@pytest.mark.parametrize("case", CASES)
def test_what_of_a_file_was_not_read_is_told(run: Run, tmp_path: Path, case: str) -> None:
    _, given, table = CASES[case]
    out, err = answer(run, tmp_path, given, with_more(tmp_path, table))
    told = " ".join(f"{out} {err}".split())
    assert "not read: “weather”" in told
    assert "not read: Bills (has no such table)." in told


@pytest.mark.parametrize("case", CASES)
def test_it_is_told_of_an_answer_in_json_too(run: Run, tmp_path: Path, case: str) -> None:
    _, given, table = CASES[case]
    out, err = answer(run, tmp_path, given, with_more(tmp_path, table), "--json")
    sheets = json.loads(out).get("sheets", [])
    if not any("weather" in sheet["columns"] for sheet in sheets):
        assert "not read: “weather”" in err
        assert "not read: Bills (has no such table)." in err
        return
    first, second = sheets
    assert (first["read"], first["columns"]["weather"]) == (True, None)
    assert (second["sheet"], second["read"], second["reason"]) == ("Bills", False, "has no such table")


def workbook(**sheets: Sequence[Sequence[str]]) -> bytes:
    """A workbook with these rows on its sheets."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(content)
    return content.getvalue()


BILLS = (("Owed", "Paid"), ("much", "more"))
UNITS = (("learner", "ref", "status"), ("A", REF, "verified"))
WANTED = (("learner", "pins", "iqa", "goals", "weather"), ("A", "", "Olu Example", "glh", "fine"))


def test_a_sheet_that_only_has_the_name_of_a_cohort_is_told(real: Qualification) -> None:
    content = workbook(Portfolio=UNITS, Cohort=BILLS)
    read = learner_file(real, "f.xlsx", content, wording=None, same=())
    assert [each.learner for each in read.learners] == ["A"]
    assert how_read_words(read.sheets) == ["Sheets not read: Cohort (has no such table)."]


def test_the_register_tells_of_sheets_beside_that_of_learners(real: Qualification) -> None:
    content = workbook(Cohort=WANTED, Bills=BILLS, About=(("About this",),))
    found = read_rows({real.id: real}, real.id, "f.xlsx", content, wording=None, same=())
    assert how_read_words(found.sheets)[-1] == (
        "Sheets not read: Bills (has no such table); About (is for people to read)."
    )
    assert found.problems == ()


def test_the_register_says_of_no_column_that_it_has_read_that_it_was_not(real: Qualification) -> None:
    found = read_rows({real.id: real}, real.id, "f.xlsx", workbook(Cohort=WANTED), wording=None, same=())
    assert how_read_words(found.sheets) == ["In the file: not read: “weather”."]


def test_a_header_beside_the_learners_that_cannot_be_read_is_told(real: Qualification) -> None:
    twice = (("learner", "ref", "ref", "status"), ("A", REF, REF, "verified"))
    content = workbook(Cohort=WANTED, Portfolio=twice)
    found = read_rows({real.id: real}, real.id, "f.xlsx", content, wording=None, same=())
    assert [problem.message for problem in found.problems] == ["this column stands twice, as columns 2 and 3"]


def test_words_about_several_files_name_each() -> None:
    sheets = [
        SheetRead("", "Facts", columns={"mood": None}, source="facts.csv"),
        SheetRead("One", "Log", columns={"mood": None}, source="log.xlsx"),
        SheetRead("Two", reason="is hidden", source="log.xlsx"),
    ]
    assert how_read_words(sheets) == [
        "In facts.csv: not read: “mood”.",
        "On the sheet One of log.xlsx: not read: “mood”.",
        "Sheets of log.xlsx not read: Two (is hidden).",
    ]
    assert how_read_words(sheets[:1]) == ["In the file: not read: “mood”."]
    assert how_read_words(sheets[:1], named=True) == ["In facts.csv: not read: “mood”."]


def test_facts_and_log_are_told_apart_in_json(run: Run, tmp_path: Path) -> None:
    facts, log = tmp_path / "facts.csv", tmp_path / "log.csv"
    facts.write_text("scheme,fact,value\nicco,service,18\n", encoding="utf-8")
    log.write_text(LOG, encoding="utf-8")
    _, out, _ = run("career", "--json", facts, "--scheme", "ccop", "--cpd", log)
    sheets = json.loads(out)["sheets"]
    assert [(sheet["file"], sheet["as"]) for sheet in sheets] == [(str(facts), "Facts"), (str(log), "Log")]


TWO = (
    "learner,Qualification,ref,status,weather\n"
    "A,600/5106/1,D/503/0352,verified,fine\n"
    "B,601/0143/X,D/505/0052,verified,fine\n"
    "C,601/0143/X,D/505/0052,verified,fine\n"
)


def test_the_column_that_tells_qualifications_apart_is_read_and_a_sheet_is_told_of_once() -> None:
    found = read_rows(load_all(), IQ, "two.csv", TWO.encode(), wording=None, same=())
    assert {name: len(each) for name, each in found.wanted.items()} == {IQ: 1, "601/0143/X": 2}
    assert how_read_words(found.sheets) == ["In the file: not read: “weather”."]
    assert [sheet.rows for sheet in found.sheets] == [3]
    one = learner_file(load(), "two.csv", TWO.encode(), wording=None, same=())
    assert [each.learner for each in one.learners] == ["A"]
    assert how_read_words(one.sheets) == ["In the file: not read: “weather”."]
    assert [str(each) for each in one.problems] == ["two.csv: 2 rows of other qualifications: left out"]


def test_rows_of_other_qualifications_are_read_as_no_one_elses() -> None:
    other = "\n".join(line for line in TWO.splitlines() if "600/5106/1" not in line).encode()
    with pytest.raises(DataError, match="2 rows of other qualifications: left out"):
        learner_file(load(), "two.csv", other, wording=None, same=())
    unknown = TWO.replace("600/5106/1", "999/0000/1").replace("601/0143/X", "999/0000/1").encode()
    with pytest.raises(DataError) as refused:
        read_rows(load_all(), IQ, "two.csv", unknown, wording=None, same=())
    assert [(each.row, each.value) for each in refused.value.problems] == [
        (n, "999/0000/1") for n in (2, 3, 4)
    ]


@pytest.mark.parametrize("said", ["", "NVQ in Contact Centres"])
def test_a_column_that_names_no_number_tells_nothing_apart(said: str) -> None:
    text = f"learner,qualification,ref,status\nA,{said},{REF},verified\n".encode()
    one = learner_file(load(), "one.csv", text, wording=None, same=())
    assert [each.learner for each in one.learners] == ["A"]
    assert how_read_words(one.sheets) == ["In the file: not read: “qualification”."]


def test_an_empty_column_of_qualifications_leaves_the_register_what_was_chosen() -> None:
    text = f"learner,qualification,ref,status\nA,,{REF},verified\n".encode()
    found = read_rows(load_all(), IQ, "one.csv", text, wording=None, same=())
    assert list(found.wanted) == [IQ]
    assert not found.problems
