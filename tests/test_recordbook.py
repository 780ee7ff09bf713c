"""The achievement record: what is written is read back, and its formulas say what the planner says."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from planner import DataError, Qualification, load
from planner.files.people import no_key, person
from planner.portfolio.verdict import Judgement, judge
from planner.records.portfolio_files import read_portfolios
from planner.records.portfolios import DETAILS, KINDS, STATUSES, Decision, Details, Entry, Portfolio
from planner.report import portfolio_tables
from planner.report.empty_portfolios import portfolio_template
from planner.report.record_book import record_template, record_workbook
from planner.report.tables import nested
from planner.rules import audit
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS
from tests.strategies import deep
from tests.test_solver_against_oracle import BEST
from tests.test_workbook import CHOICE, HOSTILE

Small = Callable[..., Path]

TODAY = date(2026, 11, 22)
FIRST_ROW = 17
"""Row of the first unit of a record."""

TEXTS = [
    "=1+1", "+44 20 7946 0000", "-1", "@SUM(A1)", "'quoted", "007", "1e5", "TRUE", "2026-01-01", "3/4", "1.0",
    "#N", '=HYPERLINK("http://x.invalid","x")', "http://x.invalid", "E1, “E2” & <E3>", "_x0041_", "Zoë 观察 🙂",
    "  inner   blanks kept  ".strip(), "{=1}", "none", "nan", "word " * 600 + "end",
]  # fmt: skip


def texts(least: int = 0) -> st.SearchStrategy[str]:
    """Texts as the reader leaves them: one line, no blanks around."""
    letters = st.characters(exclude_categories=["C", "Zl", "Zp"])
    drawn = st.text(letters, min_size=least, max_size=40).map(lambda text: re.sub(r"^\s+|\s+$", "", text))
    return st.one_of(
        st.sampled_from(TEXTS), drawn.filter(lambda text: len(text) >= least and not no_key(text))
    )


def days() -> st.SearchStrategy[date]:
    return st.one_of(st.dates(date(2010, 1, 1), date(2030, 1, 1)), st.dates())


@st.composite
def decisions(draw: st.DrawFn, qualification: Qualification) -> Decision:
    kind = draw(st.sampled_from(sorted(KINDS)))
    subjects = [rule.id for rule in qualification.rules] if kind == "waive" else list(qualification.by_ref)
    withdrawn = draw(st.none() | days())
    return Decision(
        kind,
        draw(st.sampled_from(subjects)),
        draw(texts(1)),
        draw(texts(1)),
        draw(days()),
        draw(texts()),
        withdrawn,
        draw(texts()) if withdrawn else "",
    )


@st.composite
def portfolios(draw: st.DrawFn, qualification: Qualification) -> Portfolio:
    chosen = draw(st.lists(st.sampled_from(list(qualification.by_ref)), unique=True, max_size=12))
    entries = [
        Entry(
            ref,
            draw(st.sampled_from(STATUSES)),
            draw(texts()),
            draw(texts()),
            draw(st.none() | days()),
            draw(st.none() | days()),
            draw(st.none() | days()),
            draw(st.none() | days()),
            draw(texts()),
            draw(texts()),
        )
        for ref in sorted(chosen, key=list(qualification.by_ref).index)
    ]
    made = draw(st.lists(decisions(qualification), max_size=3))
    details = replace(Details(), **{word: draw(texts()) for word in DETAILS})  # type: ignore[arg-type]
    learner = draw(texts(1).map(person).filter(lambda text: text and not no_key(text)))
    return Portfolio(learner, tuple(entries), tuple(made), details)


@pytest.mark.parametrize("learner", ["LEARNER", "Learner", "learner"])
def test_a_learner_may_be_called_as_the_label_is(real: Qualification, learner: str) -> None:
    (read,), _ = read_portfolios(real, "r.xlsx", written(real, Portfolio(learner, ())))
    assert read.learner == learner


def sample() -> Portfolio:
    """A portfolio with something of everything, some of it against the rules of a good record."""
    day = date(2026, 3, 2)
    entries = (
        Entry("D/503/0352", "verified", "E1, E2", "Ada Example", day, day, day, day, "sampled", "confirmed"),
        Entry("T/503/0342", "assessed", "E3", "Ada Example", day),
        Entry("J/503/0426", "submitted", "E9"),
        Entry("K/503/0385", "verified", "=1+1", "007", date(1900, 2, 28), date(1900, 3, 1)),
        Entry("L/503/0394", "in progress"),
        Entry("F/601/1223", "planned"),
        Entry("J/502/4299", "assessed"),
        Entry("M/502/4300", "verified", "word " * 700 + "end", "Bo Example", date(2031, 2, 1)),
    )
    made = (
        Decision("recognise", "H/503/0403", "a certificate shows it", "Ada Example", day),
        Decision("waive", "level-2", "agreed by letter", "Ada Example", day),
        Decision("accept", "K/503/0421", "same outcomes", "Ada Example", day, "Unit 12", day, "Bo Example"),
    )
    details = Details("Learner 7", "R 001", "0123456789", "Example Calls Ltd", "Example Centre", "0077")
    return Portfolio("007", entries, made, details)


def written(qualification: Qualification, portfolio: Portfolio) -> bytes:
    return record_workbook(judge(qualification, portfolio, today=TODAY), TODAY)


def read(qualification: Qualification, content: bytes) -> Portfolio:
    (portfolio,), problems = read_portfolios(qualification, "record.xlsx", content)
    assert problems == ()
    return portfolio


def opened(content: bytes, values: bool = False) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def saved(book: Workbook) -> bytes:
    """The workbook as openpyxl saves it: formulas without their values."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_what_is_written_is_read_back(real: Qualification) -> None:
    @settings(max_examples=deep(12, 400))
    @given(portfolios(real))
    def check(portfolio: Portfolio) -> None:
        assert read(real, written(real, portfolio)) == portfolio

    check()


def test_a_full_record_and_an_empty_one_are_read_back(real: Qualification) -> None:
    assert read(real, written(real, sample())) == sample()
    assert read(real, record_template(real, TODAY)) == Portfolio("-")
    bare = Portfolio("-", (Entry("D/503/0352", "verified"),), recorded=False)
    assert read(real, written(real, bare)) == replace(bare, recorded=True)


# LibreOffice


class Office:
    """LibreOffice: opens workbooks and saves them again."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.folder = folder

    def resaved(self, files: dict[str, bytes]) -> dict[str, bytes]:
        """The files as LibreOffice saves them; formulas without a value are calculated."""
        for name, content in files.items():
            (self.folder / f"{name}.xlsx").write_bytes(content)
        profile = (self.folder / "profile").as_uri()
        command = [self.program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"]
        command += ["--outdir", str(self.folder / "out"), *(str(self.folder / f"{n}.xlsx") for n in files)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return {name: (self.folder / "out" / f"{name}.xlsx").read_bytes() for name in files}


def formulas(content: bytes) -> dict[tuple[str, str], Any]:
    """Every formula's value, by sheet and cell."""
    values = opened(content, values=True)
    return {
        (sheet.title, cell.coordinate): values[sheet.title][cell.coordinate].value or ""
        for sheet in opened(content)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def rows(sheet: Worksheet, heading: str, column: int = 0) -> list[dict[str, Any]]:
    """The rows below the header row that has `heading` in its first cell, down to the first blank one."""
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(table) if row[0] == heading)
    found = []
    for row in table[start + 1 :]:
        if row[0] in (None, ""):
            break
        found.append(dict(zip(map(str, table[start]), row, strict=True)))
    return found


def check_figures(book: Workbook, qualification: Qualification, portfolio: Portfolio) -> None:
    """What the formulas of a record say against the auditor, for what the reader reads there."""
    units = rows(book["Record"], "Ref")
    assert [row["Ref"] for row in units if row["Achieved"] == "yes"] == [
        row["Ref"] for row in units if row["Ref"] in portfolio.achieved
    ]
    counted = {row["Ref"] for row in units if row["Achieved"] == "yes" and row["Counts"] == "yes"}
    findings = audit(qualification.rules_given(portfolio.achieved), counted)
    expected = [
        (
            f.rule.id,
            f.measured,
            f.rule.at_least,
            f.rule.at_most,
            "waived" if not depth and f.rule.id in portfolio.waived else "yes" if f.holds else "no",
        )
        for depth, f in nested(findings)
    ]
    told = rows(book["Rules"], "Rule")
    assert [(r["Rule"], r["Measured"], r["At least"], r["At most"], r["Met"]) for r in told] == expected
    missed = sum(not f.holds and f.rule.id not in portfolio.waived for f in findings)
    credits = sum(qualification.by_ref[ref].credits for ref in counted)
    hours = sum(qualification.by_ref[ref].glh for ref in counted)
    met = f"{missed} of {len(findings)} rules not met" if missed else "rules met"
    waived = f", rules waived: {len(portfolio.waived)}" if portfolio.waived else ""
    now = f"Now: {met}; units that count: {len(counted)}, credits: {credits}, guided hours: {hours}{waived}."
    assert book["Record"]["A13"].value == now
    for sheet in book:
        for line in sheet.iter_rows(values_only=True):
            assert not [
                value for value in line if isinstance(value, str) and re.match("#[A-Z/0]+[!?]?$", value)
            ]


def decide(book: Workbook, row: int, *values: Any) -> None:
    """Fills in a row of the sheet Decisions: decision, subject, (title,) outside, reason, by, date, withdrawn."""
    for letter, value in zip("ABDEFGH", values, strict=False):
        book["Decisions"][f"{letter}{row}"] = value


def changed(content: bytes, statuses: dict[str, str], counts: Iterable[str] = ()) -> Workbook:
    """The record after somebody has filled in statuses and the column Counts by hand."""
    book = opened(content)
    heads = [cell.value for cell in book["Record"][FIRST_ROW - 1]]
    for row in book["Record"].iter_rows(min_row=FIRST_ROW):
        ref = str(row[0].value)
        if ref in statuses:
            row[heads.index("Status")].value = statuses[ref] or None
        if ref in counts:
            row[heads.index("Counts")].value = "no"
    return book


def test_formulas_follow_what_is_filled_in_and_nothing_is_lost_in_libreoffice(
    real: Qualification, small: Small, soffice: str, tmp_path: Path
) -> None:
    other = load("Q1", small(small=SMALL_RULES + CHOICE))
    content, empty = written(real, sample()), record_template(real, TODAY)
    of_other = written(other, Portfolio("-", (Entry("M1", "verified"), Entry("O1", "assessed"))))
    unfinished = changed(empty, {"D/503/0352": "Verified ", "T/503/0342": "in progress"}, ["D/503/0352"])
    decide(unfinished, 6, "waive a rule", "total", "", "said so", "Ada Example", datetime(2026, 3, 2))
    decide(unfinished, 7, "credit transfer", "h5030403", "", "seen", "Ada Example", datetime(2026, 3, 2))
    decide(
        unfinished,
        8,
        "Recognise prior learning",
        "J/503/0426",
        "",
        "seen",
        "Ada Example",
        "2026-03-02",
        "2026-03-04",
    )
    changes = {
        "finished": changed(content, dict.fromkeys(["J/503/0426", "L/503/0394"], "verified")),
        "undone": changed(content, {"D/503/0352": "planned", "J/502/4299": "planned"}, ["K/503/0385"]),
        "unfinished": unfinished,
        "choice": changed(of_other, {"O3": "assessed", "M1": ""}),
    }
    files = {
        "record": content,
        "empty": empty,
        "plain": saved(opened(content)),
        "other": saved(opened(of_other)),
    }
    files |= {name: saved(book) for name, book in changes.items()}
    done = Office(soffice, tmp_path).resaved(files)
    assert read(real, done["record"]) == sample()
    assert read(real, done["empty"]) == Portfolio("-")
    assert formulas(done["plain"]) == formulas(content)
    assert formulas(done["other"]) == formulas(of_other)
    for name, result in done.items():
        qualification = other if name in ("other", "choice") else real
        check_figures(opened(result, values=True), qualification, read(qualification, result))
    portfolio = read(real, done["unfinished"])
    assert portfolio.waived == {"total"}
    assert portfolio.achieved == {"D/503/0352", "H/503/0403"}
    titles = [row["Title"] for row in rows(opened(done["unfinished"], values=True)["Decisions"], "Decision")]
    assert titles == [
        "learners must achieve 28 credits",
        real.by_ref["H/503/0403"].title,
        real.by_ref["J/503/0426"].title,
    ]
    assert judge(real, read(real, done["finished"])).now.rules_met


def test_a_decision_that_is_incomplete_or_about_no_rule_changes_nothing(
    real: Qualification, soffice: str, tmp_path: Path
) -> None:
    book = opened(record_template(real, TODAY))
    decide(book, 6, "waive a rule", "total", "", "", "Ada Example", datetime(2026, 3, 2))
    decide(book, 7, "recognise prior learning", "H/503/0403", "", "seen", "Ada Example")
    decide(book, 8, "waive a rule", "T/503/0342", "", "seen", "Ada Example", datetime(2026, 3, 2))
    done = opened(Office(soffice, tmp_path).resaved({"book": saved(book)})["book"], values=True)
    made = rows(done["Decisions"], "Decision")
    assert [row["In force"] for row in made] == ["incomplete", "incomplete", "yes"]
    assert made[2]["Title"] == "not known here"
    assert rows(done["Rules"], "Rule")[0]["Met"] == "no"
    assert {row["Achieved"] for row in rows(done["Record"], "Ref")} == {"no"}


# What stands in it


@pytest.fixture(scope="module")
def judgement(real: Qualification) -> Judgement:
    return judge(real, sample(), today=TODAY)


@pytest.fixture(scope="module")
def record(judgement: Judgement) -> Workbook:
    """The record with the values its formulas carry."""
    return opened(record_workbook(judgement, TODAY), values=True)


def test_each_formula_carries_its_value(real: Qualification, record: Workbook) -> None:
    check_figures(record, real, sample())


def words(sheet: Worksheet) -> list[str]:
    return [str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None]


def test_the_verdict_at_export_stands_as_plain_text(record: Workbook) -> None:
    assert record["Record"]["A12"].value == (
        "As exported on 22 November 2026: Rules not yet met: 2 begun units to finish, 30 guided hours. "
        "Waived by decision: level-2."
    )


def test_a_record_of_a_closed_qualification_says_who_can_complete_it_and_what_comes_next(
    real: Qualification, record: Workbook
) -> None:
    text = words(record["Way home"])
    assert real.next_step(False, TODAY) in text
    assert real.next_step(False, TODAY).startswith("Only learners registered by 31 December 2013 can still")


def test_a_unit_under_way_is_not_needed_where_the_rules_are_met(real: Qualification) -> None:
    entries = (*(Entry(ref, "verified") for ref in BEST), Entry("F/601/1223", "in progress"))
    judgement = judge(real, Portfolio("L1", entries), today=TODAY)
    text = words(opened(record_workbook(judgement, TODAY))["Way home"])
    assert portfolio_tables.not_needed_words(judgement.now) in text


def test_the_way_home_lists_what_is_missing_with_hours_and_strategy(
    real: Qualification, record: Workbook, judgement: Judgement
) -> None:
    missing = rows(record["Way home"], "Ref")
    assert tuple(row["Ref"] for row in missing) == judgement.now.home.new_units
    assert len(missing) > 1
    for row in missing:
        unit = real.by_ref[row["Ref"]]
        assert (row["Credits"], row["Guided hours"]) == (unit.credits, unit.glh)
        assert row["Assessment strategy"] == real.strategy_name(unit.strategy)
        assert row["Still to do"] == "yes"
    text = words(record["Way home"])
    assert "Awaiting internal quality assurance" in text
    assert "assessed, but no evidence is referenced" in text
    assert "the date 1 February 2031 (date) lies in the future" in text
    assert judgement.now.surplus == ("J/502/4299",)
    after = text[text.index("Achieved, but not needed or not able to count") :]
    assert "J/502/4299" in after[:12]
    whole = " ".join(text[text.index("In full, where a row is too small for it") :])
    assert whole.count("word") == 700
    assert whole.endswith("word end")


def test_an_impossible_way_home_shows_the_conflict(small: Small) -> None:
    rules = SMALL_RULES + '[[rule]]\nid = "cap"\ntext = "at most 6 credits"\ncount = "credits"\nat_most = 6\n'
    qualification = load("Q1", small(small=rules))
    found = judge(qualification, Portfolio("-", (Entry("M1", "verified"),)))
    text = words(opened(record_workbook(found), values=True)["Way home"])
    assert "Rules not met, and no way home exists; this is proven." in text
    assert found.now.home.conflicts[0].in_words(qualification) in text


def test_dates_are_dates_and_texts_are_texts(record: Workbook) -> None:
    by_ref = {str(row[0].value): row for row in record["Record"].iter_rows(min_row=FIRST_ROW)}
    heads = [cell.value for cell in record["Record"][FIRST_ROW - 1]]
    first = by_ref["D/503/0352"]
    for word in ("Started", "Assessed", "Verified", "Date"):
        assert first[heads.index(word)].data_type == "d"
        assert first[heads.index(word)].value == datetime(2026, 3, 2)
    odd = by_ref["K/503/0385"]
    assert odd[heads.index("Started")].value == datetime(1900, 3, 1)
    assert [odd[heads.index(word)].data_type for word in ("Evidence", "Assessor", "Date")] == ["s", "s", "s"]
    assert odd[heads.index("Date")].value == "1900-02-28"


def test_status_counts_and_decisions_have_drop_downs(real: Qualification) -> None:
    book = opened(record_template(real))
    offered = {
        str(v.sqref): v.formula1 for v in book["Record"].data_validations.dataValidation if v.type == "list"
    }
    assert offered == {"H17:H55": f'"{",".join(STATUSES)}"', "Q17:Q55": '"yes,no"'}
    lists = [v for v in book["Decisions"].data_validations.dataValidation if v.type == "list"]
    assert [str(v.sqref).split(":")[0] for v in lists] == ["A6", "B6"]
    names = [row[0].value for row in book["Lists"]["A2:A49"]]
    assert names == [*(r["Ref"] for r in rows(book["Record"], "Ref")), *(rule.id for rule in real.rules)]
    assert book["Lists"].sheet_state == "hidden"


def test_it_prints_on_a4_with_repeated_headers_and_says_the_status(record: Workbook) -> None:
    for sheet in record:
        if sheet.title == "Lists":
            continue
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert "ended on 31 December 2013" in str(sheet["A2"].value)
    assert record["Record"].print_title_rows == "$16:$16"
    assert record["Record"].page_setup.orientation == "landscape"
    assert record["Record"].print_area == "'Record'!$A$1:$R$62"
    assert record["Decisions"].print_title_rows == "$5:$5"


def test_rows_that_are_filled_in_later_grow_with_their_text(real: Qualification) -> None:
    with zipfile.ZipFile(io.BytesIO(written(real, sample()))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    heights = {int(n): "customHeight" in rest for n, rest in re.findall(r'<row r="(\d+)"([^>]*)>', sheet)}
    assert not any(heights[row] for row in range(FIRST_ROW, FIRST_ROW + 39))
    assert heights[1]
    assert 'ht="' in sheet


@pytest.mark.parametrize("text", HOSTILE)
def test_a_qualification_that_looks_like_formulas_is_text_and_is_read_back(small: Small, text: str) -> None:
    ref = "=X1" if text.startswith("=") else "X1"
    quoted = text.replace('"', '""')
    units = "\n".join([HEADER, *SMALL_UNITS, f'Q1,"{quoted}",,{ref},"{quoted}",2,3,9,A,high,'])
    toml = text.replace("\\", "\\\\").replace('"', '\\"')
    qualification = load("Q1", small(units, small=SMALL_RULES.replace("at least 7 credits", toml)))
    day = date(2026, 3, 2)
    made = (
        Decision("recognise", ref, text, text, day, text),
        Decision("waive", "total", text, text, day, text, day, text),
    )
    portfolio = Portfolio(
        person(text),
        (Entry("M1", "verified", text),),
        made,
        Details(text, text, text, text, text, text),
    )
    content = written(qualification, portfolio)
    assert read(qualification, content) == portfolio
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = "".join(archive.read(n).decode() for n in archive.namelist() if "worksheets/sheet" in n)
    found = re.findall("<f>(.*?)</f>", sheets)
    assert len(found) > 20
    assert not [formula for formula in found if "invalid" in formula or formula in ("1+1", "1", "SUM(A1)")]
    assert "<hyperlink" not in sheets


# The empty table


def test_the_empty_table_is_read_once_it_is_filled_in(real: Qualification) -> None:
    content = portfolio_template(real)
    with pytest.raises(DataError, match="lists no unit of any learner"):
        read_portfolios(real, "portfolio.xlsx", content)
    book = opened(content)
    assert book.sheetnames[:3] == ["Portfolio", "Decisions", "How to fill this in"]
    day = datetime(2026, 3, 2)
    lines = [
        (
            "L1",
            "d5030352",
            None,
            "Verified",
            "E1",
            "Ada Example",
            day,
            None,
            None,
            day,
            "yes",
            "confirmed",
            "Learner 1",
        ),
        ("L2", "T/503/0342", None, "in progress", None, None, None, day),
    ]
    for number, line in enumerate(lines, start=2):
        for column, value in enumerate(line, start=1):
            if value is not None:
                book["Portfolio"].cell(number, column).value = value
    for column, value in enumerate(
        ("L2", "waive a rule", "level-2", None, "agreed", "Ada Example", day), start=1
    ):
        book["Decisions"].cell(2, column).value = value
    found, problems = read_portfolios(real, "portfolio.xlsx", saved(book))
    assert problems == ()
    made = Decision("waive", "level-2", "agreed", "Ada Example", day.date())
    verified = Entry(
        "D/503/0352", "verified", "E1", "Ada Example", day.date(), None, None, day.date(), "yes", "confirmed"
    )
    assert found == (
        Portfolio("L1", (verified,), details=Details("Learner 1")),
        Portfolio("L2", (Entry("T/503/0342", "in progress", started=day.date()),), (made,)),
    )


def test_the_empty_table_tells_how_to_fill_it_in_and_the_status(real: Qualification) -> None:
    sheet = opened(portfolio_template(real))["How to fill this in"]
    text = " ".join(words(sheet))
    assert "ended on 31 December 2013" in text
    for word in (*STATUSES, *KINDS.values(), "withdrawn", "iqa_outcome"):
        assert word in text


def test_units_left_over_or_barred_by_one_that_counts_do_not_count(real: Qualification, small: Small) -> None:
    book = opened(written(real, Portfolio("-", (Entry("M/502/4300", "verified"),))), values=True)
    counts = {row["Ref"]: row["Counts"] for row in rows(book["Record"], "Ref")}
    assert [ref for ref, word in counts.items() if word == "no"] == ["J/502/4299"]
    rules = SMALL_RULES + '[[rule]]\nid = "cap"\ntext = "at most 8 credits"\ncount = "credits"\nat_most = 8\n'
    qualification = load("Q1", small(small=rules))
    too_much = Portfolio("-", tuple(Entry(ref, "verified") for ref in ("M1", "O1", "O2")))
    (surplus,) = judge(qualification, too_much).now.surplus
    book = opened(written(qualification, too_much), values=True)
    counts = {row["Ref"]: row["Counts"] for row in rows(book["Record"], "Ref")}
    assert counts[surplus] == "no"
    assert {row["Met"] for row in rows(book["Rules"], "Rule")} == {"yes"}
