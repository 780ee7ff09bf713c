"""Reading what a centre offers: a list of refs or a table, as people type them."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import Qualification
from planner.catalogue.offer import read_offer
from planner.errors import DataError
from planner.files.sheets import read_bytes

EMAIL, SALES = "J/502/4299", "L/601/0933"


def offered(real: Qualification, text: str | bytes, name: str = "offer.txt") -> frozenset[str]:
    """The refs read, where nothing may be wrong."""
    refs, problems = read_offer(real, name, text.encode() if isinstance(text, str) else text)
    assert not problems
    return refs


def spreadsheet(*rows: list[str], above: list[str] | None = None) -> bytes:
    """A workbook whose second sheet holds these rows."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        first, second = book.add_worksheet("About"), book.add_worksheet("Units")
        first.write_string(0, 0, "What the centre offers")
        for number, cells in enumerate(([above] if above else []) + list(rows)):
            for column, text in enumerate(cells):
                second.write_string(number, column, text)
    return target.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "J/502/4299\nL/601/0933\n",
        "J/502/4299 L/601/0933",
        "j5024299,l6010933",
        "J/502/4299; L/601/0933;",
        "J 502 4299\r\nL-601-0933\r\n",
        '# what we offer\n\nJ/502/4299   # Using Email, level 1\n\t\nL/601/0933 # "sales" and \'more\n',
        "ref\nJ/502/4299, L/601/0933\n",
        '"J/502/4299"\n"L/601/0933"\n',
        "\ufeffJ/502/4299\n\xa0L/601/0933\xa0\n",
        "J/502/4299\nL/601/0933\nJ/502/4299\n",
    ],
)
def test_a_list_of_refs_is_read_as_people_type_it(real: Qualification, text: str) -> None:
    assert offered(real, text) == {EMAIL, SALES}
    assert offered(real, text, "offer.csv") == {EMAIL, SALES}
    assert offered(real, text.removeprefix("\ufeff").encode("utf-16")) == {EMAIL, SALES}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_gives_its_column_ref(real: Qualification, delimiter: str) -> None:
    rows = [
        ["title", "Ref", "assessor"],
        ["Using Email", EMAIL, "Ada"],
        ["Sales", SALES, ""],
        ["", "", "a note"],
    ]
    text = "\n".join(delimiter.join(cells) for cells in rows)
    assert offered(real, text, "offer.csv") == {EMAIL, SALES}


def test_a_workbook_gives_the_column_ref_of_the_sheet_that_has_one(real: Qualification) -> None:
    rows = [["title", "REF"], ["Using Email", "j5024299"], ["Sales", f"{SALES} # since May"]]
    assert offered(real, spreadsheet(*rows, above=["Our units"]), "offer.xlsx") == {EMAIL, SALES}


def test_unknown_refs_are_problems_and_the_others_are_read(real: Qualification) -> None:
    text = f"{EMAIL}\n\nJ/502/4298, {SALES}\nnonsense"
    refs, problems = read_offer(real, "offer.txt", text.encode())
    assert refs == {EMAIL, SALES}
    assert [(problem.row, problem.field, problem.value) for problem in problems] == [
        (3, "ref", "J/502/4298"),
        (4, "ref", "nonsense"),
    ]
    assert str(problems[0]).startswith(
        "offer.txt, row 3, ref = 'J/502/4298': no unit of this qualification has this ref; did you mean J/502/4"
    )
    assert "did you mean" not in str(problems[1])


def test_bad_rows_of_a_table_are_problems_too(real: Qualification) -> None:
    text = f"title,ref\nUsing Email,{EMAIL}\nEmail, level 2,M/502/4300\nSales,{SALES}x\n"
    refs, problems = read_offer(real, "offer.csv", text.encode())
    assert refs == {EMAIL}
    assert [problem.row for problem in problems] == [3, 4]


def test_a_formula_without_a_value_is_a_problem(real: Qualification) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in (["ref"], [EMAIL], ["=A2"]):
        book.active.append(cells)
    target = io.BytesIO()
    book.save(target)
    refs, problems = read_offer(real, "offer.xlsx", target.getvalue())
    assert refs == {EMAIL}
    assert [(problem.row, problem.value) for problem in problems] == [(3, "=A2")]


def test_an_error_of_the_spreadsheet_is_neither_a_comment_nor_a_header(real: Qualification) -> None:
    refs, problems = read_offer(real, "o.txt", b"D/503/0352 # the first\n# a comment\n#REF!\n")
    assert refs == {"D/503/0352"}
    assert [each.value for each in problems] == ["#REF!"]
    book = spreadsheet(["#REF!", "x"], ["D/503/0352", "yes"], above=["Blah", "offered"])
    with pytest.raises(DataError, match="ref: this column is missing"):
        read_offer(real, "o.xlsx", book)


@pytest.mark.parametrize("text", ["nonsense", "ref\n", "# nothing\n", "title,ref\nEmail,\n", "X/000/0000\n"])
def test_a_file_that_names_no_unit_is_refused(real: Qualification, text: str) -> None:
    with pytest.raises(DataError, match=r"offer.csv: names no unit of IQ Level 2 .* \(600/5106/1\)"):
        read_offer(real, "offer.csv", text.encode())


def test_a_table_without_a_column_ref_is_refused(real: Qualification) -> None:
    with pytest.raises(DataError, match="row 1, ref: this column is missing; did you mean reff"):
        read_offer(real, "offer.xlsx", _only(["title", "reff"], ["Using Email", "X/1/1"]))


def _only(*rows: list[str]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return target.getvalue()


def test_windows_1252_is_said_to_be_a_guess(real: Qualification) -> None:
    refs, problems = read_offer(real, "offer.txt", f"{EMAIL} # für Zoë\n".encode("windows-1252"))
    assert refs == {EMAIL}
    assert [problem.message[:10] for problem in problems] == ["is not UTF"]


def test_a_file_of_something_else_is_read_no_further_than_a_thousand_unknown_words(
    real: Qualification,
) -> None:
    text = f"{EMAIL}\n" + "word " * 10 + "\n" + "other\n" * 2_000_000 + f"{SALES}\n"
    refs, problems = read_offer(real, "offer.txt", text.encode())
    assert refs == {EMAIL}
    assert len(problems) == 1_001
    assert problems[-1].message == "nothing was read below row 1001: 1,000 refs are unknown"


def test_a_word_without_end_is_no_ref(real: Qualification) -> None:
    refs, problems = read_offer(real, "offer.txt", f"{EMAIL}\n{'x' * 1_000_000}\n".encode())
    assert refs == {EMAIL}
    assert [len(problem.value) for problem in problems] == [100]


def test_an_offer_is_loaded_from_a_file(real: Qualification, tmp_path: Path) -> None:
    path = tmp_path / "offer.txt"
    path.write_text(f"{EMAIL}\nL/601/093\n", encoding="utf-8")
    refs, problems = read_offer(real, str(path), read_bytes(path))
    assert refs == {EMAIL}
    assert [problem.source for problem in problems] == [str(path)]
    with pytest.raises(DataError, match="there is no such file"):
        read_offer(real, "none.txt", read_bytes(tmp_path / "none.txt"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_spelling_and_separation_of_any_units_is_read(real: Qualification, data: st.DataObject) -> None:
    refs = data.draw(st.lists(st.sampled_from(sorted(real.by_ref)), min_size=1, max_size=39))
    spellings = [
        data.draw(
            st.sampled_from([ref, ref.lower(), ref.replace("/", ""), ref.replace("/", "-"), f" {ref} "])
        )
        for ref in refs
    ]
    gaps = data.draw(
        st.lists(st.sampled_from([" ", ",", ";", "\n", "\r\n", ", ", "\n# x\n"]), min_size=40, max_size=40)
    )
    text = "".join(spelling + gap for spelling, gap in zip(spellings, gaps, strict=False))
    assert offered(real, text) == set(refs)
    assert offered(real, "ref\n" + text) == set(refs)
