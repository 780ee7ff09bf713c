"""Empty portfolios to fill in, for one learner or many."""

from __future__ import annotations

from planner.catalogue.qualification import Qualification
from planner.records.portfolios import DECISIONS, KINDS, PORTFOLIO, STATUSES
from planner.report.record_book import TEMPLATE_ROWS, decision_choices, folded_formula, lists_sheet
from planner.report.way_home_sheet import HOW_TO, LISTS
from planner.report.workbook_kit import Book

_LEARNER_TABLE = (
    ("learner", 16), ("ref", 14), ("title", 44), ("status", 13), ("evidence", 34), ("assessor", 18),
    ("date", 12), ("started", 12), ("assessed", 12), ("verified", 12), ("iqa_sample", 14),
    ("iqa_outcome", 18), ("name", 20),
)  # fmt: skip


_DECISION_TABLE = (
    ("learner", 16), ("decision", 28), ("unit_or_rule", 16), ("outside", 28), ("reason", 40), ("by", 18),
    ("date", 12), ("withdrawn", 12), ("withdrawn_by", 18),
)  # fmt: skip


def portfolio_template(qualification: Qualification) -> bytes:
    """An empty table of portfolios, one row a learner and unit, as the bytes of an .xlsx file.

    Sheets: Portfolio and Decisions with drop-downs, and how to fill them in.
    """
    book = Book(f"Portfolios, {qualification.title}", qualification)
    sheets = book.add(PORTFOLIO, DECISIONS, HOW_TO, LISTS)
    lists = lists_sheet(book, sheets[LISTS])
    sheet, last = sheets[PORTFOLIO], TEMPLATE_ROWS + 1
    book.empty_table(sheet, dict(_LEARNER_TABLE), _TEMPLATE_DATES)
    book.listed(sheet, f"B2:B{last}", lists.of_units("A"))
    book.choices(sheet, f"D2:D{last}", STATUSES, "Status", blank=False)
    book.dates_only(sheet, f"G2:J{last}")
    for row in range(2, last + 1):
        place = f"MATCH({folded_formula(f'B{row}')},{lists.of_units('C')},0)"
        title = f'=IF(TRIM(B{row})="","",IFERROR(INDEX({lists.of_units("B")},{place}),"not known here"))'
        sheet.write_formula(row - 1, 2, title, book.styles.cell, "")
    book.empty_table(sheets[DECISIONS], dict(_DECISION_TABLE), _TEMPLATE_DATES)
    decision_choices(book, sheets[DECISIONS], ("B", "C", "G", "H"), 2, last, lists)
    book.how_to(sheets[HOW_TO], _HOW_TO_HINT, {"Sheet Portfolio": _HOW_TO, "Sheet Decisions": _HOW_TO_DECIDE})
    return book.content(first=PORTFOLIO)


_TEMPLATE_DATES = ("date", "started", "assessed", "verified", "withdrawn")


_HOW_TO_HINT = (
    "One row a learner and unit on the sheet Portfolio; decisions, if there are any, on the sheet Decisions. "
    "Only learner, ref and status are needed; other columns may be deleted. The planner then says for every "
    "learner whether the rules are met and what is missing."
)


_HOW_TO = (
    (
        "learner",
        "A number or word that names the learner in this file; the same in every row of this learner.",
    ),
    ("ref", "The unit, from the list; typed as you like: L/601/0933 or l6010933."),
    ("title", "Fills itself in."),
    (
        "status",
        "planned, in progress, submitted, assessed, verified or claimed; or how it came to be held: rpl, "
        "transferred, exempt. All from assessed on are achieved; an assessed one awaits internal quality "
        "assurance.",
    ),
    ("evidence", "Where the evidence is: its numbers in the portfolio, for example: E3, E7, observation 2."),
    ("assessor", "Who assessed the unit."),
    ("date", "When the unit came to this status. Dates are typed as 22/11/2026 or 2026-11-22."),
    ("started, assessed, verified", "The days of these steps, as far as they are known."),
    ("iqa_sample, iqa_outcome", "What internal quality assurance sampled, and what came of it."),
    ("name", "The learner's name; once is enough. It may be left out."),
)


_HOW_TO_DECIDE = (
    ("decision", "; ".join(KINDS.values()) + "."),
    ("unit_or_rule", "The unit that counts as achieved by it; where a rule is waived the rule's id."),
    ("outside", "The unit from outside that is accepted or transferred, in your words."),
    ("reason, by, date", "Why, who and when. A decision without them is refused."),
    ("withdrawn, withdrawn_by", "When and by whom it was taken back. Do not delete a decision."),
)
