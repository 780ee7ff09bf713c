"""CSV files that are written: no text becomes a formula, under any list separator, and all are read back."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import Qualification, load, plan_cohort, read_cohort
from planner.authoring.new_qualification import draft
from planner.cpd.log import CpdLog, LogEntry, read_log, to_csv
from planner.cpd.scheme import load_readings
from planner.files.people import person
from planner.files.sheets import grids
from planner.files.text_files import csv_bytes, plain_text, safe_text
from planner.pages.delivery import cohorts
from planner.pages.learners import portfolio_visit
from planner.recognition.eligibility import facts_csv
from planner.recognition.scheme_file import load_recognitions
from planner.report.cohort_book import cohort_csv
from tests.strategies import deep

SEPARATORS = ",;\t|"

HOSTILE = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "\u22121+1", "﹦1", "⁼1",
    "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\xa0=1+1", "\u200b=1+1", "\ufeff=1+1", "\u3000＝1+1", "\u202e=1", "\x01=1+1",
    "x;=1+1", "x\t=1+1", "x|=1+1", "x,=1+1", "x; =1+1", "x;＝1+1", "x\n=1+1", "x\r\n=1+1", "x\u2028=1+1", ";=1+1", "x;;=1+1",
    'x";=1+1', 'x";"=1+1', '"=1+1"', 'x","=1+1', '";=1+1;"', "'=1+1", "''=1+1", "x;'=1+1", "';=1+1",
    "=HYPERLINK(\"http://x.invalid\",\"x\")", "=cmd|' /C calc'!A0", "x;=cmd|' /C calc'!A0",
)  # fmt: skip
"""What somebody might write to have it run where the file is opened."""

READABLE = [text for text in HOSTILE if "\x01" not in text]
"""Those that a file may hold: the readers refuse control characters."""

HARMLESS = (
    "Ada Example", "007", "O'Neill", "'s-Hertogenbosch", "Rules 1 to 3; none waived", "12 of 15", "a-b", "x=1", "a@b.example",
    "C+ or better", "''", "http://x.invalid", "2026-11-22", "half-time, evenings", "",
)  # fmt: skip

pieces = st.sampled_from([*"=+-@＝＠\u2212'\";,|\t\r\n \xa0\u200b\ufeffxé1", "=1", "\r\n"])
texts = st.lists(pieces, max_size=12).map("".join) | st.text(max_size=20)


def runs(cell: str) -> bool:
    """Whether a spreadsheet program may take a cell for a formula: its first visible character says so."""
    seen = next((each for each in cell if unicodedata.category(each)[0] not in "ZC"), "")
    return unicodedata.normalize("NFKC", seen)[:1] in ("=", "+", "-", "@", "\u2212")


def cells(content: bytes) -> Iterator[str]:
    """Every cell of a file, however a spreadsheet program may be told to split it: by each separator, with and
    without regard to quotation marks.
    """
    text = content.decode("utf-8-sig")
    for separator in SEPARATORS:
        yield from (
            cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row
        )
        for cell in re.split(f"[{separator}\r\n]", text):
            yield cell
            yield cell.strip('"')


def test_what_could_run_is_marked_and_nothing_else() -> None:
    for text in HOSTILE:
        assert safe_text(text) != text, text
    for text in HARMLESS:
        assert safe_text(text) == text
        assert plain_text(text) == text


@settings(max_examples=deep(300, 20_000))
@given(st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=3))
def test_no_text_becomes_a_formula_under_any_separator(rows: list[list[str]]) -> None:
    found = [cell for cell in cells(csv_bytes(rows)) if runs(cell)]
    assert not found


def test_the_hostile_texts_run_where_nothing_is_done_about_them() -> None:
    plain = io.StringIO(newline="")
    csv.writer(plain).writerows([text] for text in HOSTILE)
    assert sum(map(runs, cells(plain.getvalue().encode()))) > 100
    assert not any(map(runs, cells(csv_bytes([text] for text in HOSTILE))))


def test_an_apostrophe_within_a_word_stays() -> None:
    letters = [each for each in map(chr, range(sys.maxunicode + 1)) if each.isalnum()]
    assert len(letters) > 100_000
    assert [each for each in letters if plain_text(f"{each}'=1") != f"{each}'=1"] == []


@settings(max_examples=deep(500, 50_000))
@given(texts)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert plain_text(safe_text(text)) == text
    assert plain_text(safe_text(safe_text(text))) == safe_text(text)


def test_every_sign_and_every_invisible_character_of_unicode_is_known() -> None:
    signs = [each for each in map(chr, range(sys.maxunicode + 1)) if runs(each)]
    assert len(signs) > 15
    assert [each for each in signs if safe_text(f"{each}1") == f"{each}1"] == []
    hidden = [
        each
        for each in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(each) in ("Zs", "Zl", "Zp", "Cc", "Cf")
    ]
    assert len(hidden) > 200
    assert [each for each in hidden if safe_text(f"{each}=1") == f"{each}=1"] == []
    assert [each for each in hidden if plain_text(safe_text(f"x;{each}=1")) != f"x;{each}=1"] == []


def test_the_planner_reads_back_what_it_wrote() -> None:
    for text in (*HOSTILE, *HARMLESS):
        raw = io.StringIO(newline="")
        csv.writer(raw).writerow(["x", text])
        (grid,) = grids("x.csv", csv_bytes([["x", text]]))
        if "'" not in text:
            assert grid.rows == grids("x.csv", raw.getvalue().encode())[0].rows
        assert grid.rows[0][1] == ("x", shown(text))


def shown(text: str) -> str:
    """A text as a reader has it: without blanks around it, on one line."""
    return " ".join(text.replace("\u200b", " ").replace("\ufeff", " ").split())


def test_a_cohort_of_hostile_learners_is_planned_again_from_its_own_csv(real: Qualification) -> None:
    requests, _ = read_cohort(
        real, "c.csv", b"learner,name,held\n" + b"".join(b"L%d,N,\n" % n for n in range(len(READABLE)))
    )
    requests = tuple(
        replace(each, learner=f"{text}{n}", name=text)
        for n, (each, text) in enumerate(zip(requests, READABLE, strict=True))
    )
    written = cohort_csv(plan_cohort(real, requests))
    assert not any(map(runs, cells(written)))
    again, problems = read_cohort(real, "c.csv", written)
    assert not problems
    assert len(again) == len(READABLE)
    assert [each.learner for each in again] == [person(shown(each.learner)) for each in requests]


def test_every_table_that_is_written_goes_through_the_one_writer(real: Qualification) -> None:
    reading = next(iter(load_readings(None).values()))
    ref = next(iter(reading.activities))
    log = CpdLog(reading, tuple(LogEntry(ref, 1, 1, date(2026, 1, 5), 30, text) for text in READABLE))
    recognitions = load_recognitions(None)
    files = {
        "log": to_csv(log),
        "facts": facts_csv({name: {} for name in recognitions}, recognitions),
        "cohort example": cohorts.example(real),
        "portfolio example": portfolio_visit.example(real),
    }
    for name, content in files.items():
        assert content.startswith(b"\xef\xbb\xbf"), name
        assert not any(map(runs, cells(content))), name
    notes = [entry.note for entry in read_log("log.csv", files["log"], reading, start=None).entries]
    assert notes == [shown(text) for text in READABLE]


def test_a_unit_file_that_is_begun_for_somebody_runs_nothing(tmp_path: Path) -> None:
    titles = sorted(text for text in {shown(text) for text in READABLE} if text.isprintable())
    units = csv_bytes(
        [("ref", "title", "level", "credits", "glh"), *((f"N{n}", t, 2, 4, 10) for n, t in enumerate(titles))]
    )
    draft("units.csv", units, tmp_path, number="N", title="New", credits=4)
    written = (tmp_path / "units.csv").read_bytes()
    assert written.count(b"\n") == len(titles) + 1 > 30
    assert not any(map(runs, cells(written)))
    assert [unit.title for unit in load("N", tmp_path).units] == titles


@pytest.mark.parametrize("separator", SEPARATORS)
def test_libreoffice_takes_no_text_for_a_formula(separator: str, soffice: str, tmp_path: Path) -> None:
    (tmp_path / "safe.csv").write_bytes(csv_bytes(["learner", text] for text in HOSTILE))
    raw = io.StringIO(newline="")
    csv.writer(raw).writerows(["learner", text] for text in HOSTILE)
    (tmp_path / "raw.csv").write_text(raw.getvalue(), encoding="utf-8")
    # Separator, quotation mark, UTF-8, from row 1; the last token but one has formulas evaluated.
    options = f"CSV:{ord(separator)},34,76,1,,0,false,true,false,false,false,1,true"
    command = [
        soffice,
        f"-env:UserInstallation={(tmp_path / 'home').as_uri()}",
        "--headless",
        f"--infilter={options}",
    ]
    command += [
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "safe.csv"),
        str(tmp_path / "raw.csv"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    found = {
        name: [
            str(cell.value)
            for row in openpyxl.load_workbook(tmp_path / f"{name}.xlsx").worksheets[0].iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]
        for name in ("raw", "safe")
    }
    assert found["safe"] == []
    assert found["raw"]
