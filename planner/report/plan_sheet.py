"""A plan as one page of paper, for those who are handed it: a PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

from fpdf import FPDF
from fpdf.fonts import FontFace

from planner.catalogue.qualification import in_words
from planner.planning.reasons import in_short
from planner.planning.result import Plan
from planner.report import tables

ENCODING = "cp1252"
"""What the fonts of every reader can show; other letters are written as the nearest of these."""

LIGHT = (241, 244, 248)
"""The ground of the table's head."""

SMALLEST, LARGEST = 6.0, 10.5
"""Points of the text: as large as one page allows."""


def plan_sheet(plan: Plan, work: str, called: Mapping[str, str], today: date | None = None) -> bytes:
    """The plan on one page of A4: its units with hours and why, and what to know of it.

    `work` says what the learner does at work, `called` has short words for tasks.
    """
    size = LARGEST
    while True:
        sheet = _drawn(plan, work, called, today or date.today(), size)
        if sheet.page_no() == 1 or size <= SMALLEST:
            return bytes(sheet.output())
        size -= 0.5


def _drawn(plan: Plan, work: str, called: Mapping[str, str], today: date, size: float) -> FPDF:
    qualification = plan.qualification
    sheet = FPDF(format="A4")
    sheet.core_fonts_encoding = ENCODING
    sheet.set_title(_shown(f"Units for {qualification.title}"))
    sheet.set_lang("en-GB")
    sheet.set_margins(18, 16)
    sheet.set_auto_page_break(True, 14)
    sheet.add_page()
    _line(sheet, "My units", size + 7, bold=True)
    _line(sheet, f"{qualification.title} · {qualification.id}", size, bold=True)
    _line(sheet, f"{qualification.status_sentence(today)} {qualification.next_step(False, today)}", size)
    if work:
        _line(sheet, f"My work: {work}", size)
    _line(sheet, tables.verdict(plan), size)
    _units(sheet, plan, called, size)
    for caveat in tables.caveats(qualification):
        _line(sheet, caveat, size - 1.5)
    _line(sheet, f"Made on {in_words(today)}. Data {qualification.digest}.", size - 1.5)
    return sheet


def _line(sheet: FPDF, text: str, size: float, bold: bool = False) -> None:
    sheet.set_font("Helvetica", "B" if bold else "", size)
    sheet.multi_cell(0, size * 0.48, _shown(text), align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(1.2)


def _units(sheet: FPDF, plan: Plan, called: Mapping[str, str], size: float) -> None:
    """The units one a row; those in reserve are said to be so."""
    qualification = plan.qualification
    columns = [name for name in ("credits", "glh") if name in qualification.figures]
    heads = ["Unit", "Why", "Level", *({"credits": "Credits", "glh": "Hours"}[name] for name in columns)]
    widths = [46, 26, *[9] * (len(heads) - 2)]
    sheet.set_font("Helvetica", "", size - 1)
    sheet.set_line_width(0.1)
    head = FontFace(emphasis="BOLD", fill_color=LIGHT, color=0)
    with sheet.table(
        col_widths=widths,
        headings_style=head,
        line_height=size * 0.46,
        borders_layout="HORIZONTAL_LINES",
        padding=1,
        text_align=("LEFT", "LEFT", *["RIGHT"] * (len(heads) - 2)),
    ) as table:
        table.row(heads)
        for unit in sorted(qualification.units, key=lambda unit: unit.group):
            if unit.ref in plan.planned:
                why = in_short(plan, unit.ref, called) + ("; in reserve" if unit.ref in plan.spare else "")
                figures = [str(number) for number in (unit.level, *(getattr(unit, name) for name in columns))]
                table.row([_shown(text) for text in (qualification.named(unit.ref), why, *figures)])
    sheet.ln(2)


def _shown(text: str) -> str:
    """A text in letters that the fonts have."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    for form in (letter, unicodedata.normalize("NFKD", letter)):
        kept = form.encode(ENCODING, "ignore").decode(ENCODING)
        if kept:
            return kept
    return "?"
