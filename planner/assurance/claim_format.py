"""The file of claims that an awarding organisation takes: its columns, lengths and forms of dates are data.

A value that does not fit its column is told by cell. Nothing is cut off, and no learner is written in part.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from planner.assurance.claims import Claim
from planner.catalogue.loading import shipped
from planner.catalogue.rule_file import FileTable as Table
from planner.catalogue.rule_file import Name, NamedFile, Text, read_whole
from planner.catalogue.units import credits_of
from planner.errors import Problem, refuse
from planner.files.text_files import csv_bytes, safe_text

Length = Annotated[int, Field(ge=1, le=4_000)]

OF_LEARNER = (
    "learner", "name", "registration_number", "unique_learner_number", "employer", "centre", "centre_number",
    "site", "assessor", "start", "target", "achieved", "claimed", "qualification", "qualification_title",
    "awarding_organisation", "level", "credits", "units",
)  # fmt: skip
OF_UNIT = ("ref", "title", "unit_level", "unit_credits", "unit_assessor", "assessed", "verified")
DAYS = frozenset(("start", "target", "achieved", "claimed", "assessed", "verified"))

VALUES = (*OF_LEARNER, *OF_UNIT)
"""What a column can hold; that of a unit in a file with a row for each."""

FORMS = ("text", "digits")
ISO = "YYYY-MM-DD"


class ClaimColumn(Table):
    """A column of the file: its head, what stands in it, how long that may be and which form it has."""

    column: Name
    value: Name | None = None
    fixed: Text | None = None
    length: Length = 4_000
    shortest: Length = 1
    form: Name | None = None
    required: bool = False


class ClaimFormat(NamedFile):
    """The form of a claim file: a row for each learner, or for each counted unit of a learner."""

    title: Name
    source: Text = ""
    rows: Literal["learner", "unit"] = "learner"
    column: Annotated[list[ClaimColumn], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """The rows of a claim file, whose they are, and each cell for which somebody was left out of it."""

    format: ClaimFormat
    rows: tuple[tuple[str, ...], ...]
    learners: tuple[str, ...]
    left_out: tuple[str, ...]
    problems: tuple[Problem, ...]

    def content(self) -> bytes:
        """The file, as CSV."""
        return csv_bytes([[column.column for column in self.format.column], *self.rows])

    def to_json(self) -> dict[str, Any]:
        """What is in the file, and who is not, as JSON."""
        return {
            "format": {"id": self.format.id, "title": self.format.title},
            "columns": [column.column for column in self.format.column],
            "rows": len(self.rows),
            "learners": list(self.learners),
            "left_out": list(self.left_out),
        }


def load_format(path: Path | None = None) -> ClaimFormat:
    """The form of a claim file; None: the example that ships.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    path = shipped("data") / "assurance" / "example-claim-file.toml" if path is None else path
    found = read_whole(ClaimFormat, path)
    heads = Counter(column.column.casefold() for column in found.column)
    refuse(
        Problem(str(path), message, field=f"column[{number}].{key}", value=value)
        for number, column in enumerate(found.column, start=1)
        for key, value, message in _wrong(found, column, heads)
    )
    return found


def _wrong(found: ClaimFormat, column: ClaimColumn, heads: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a column: which key, its value, in words."""
    value, form = column.value, column.form
    known = VALUES if found.rows == "unit" else OF_LEARNER
    if heads[column.column.casefold()] > 1:
        yield "column", column.column, "another column has this head"
    if (value is None) == (column.fixed is None):
        yield "value", value or "", "give value or fixed, and not both"
    elif value is not None and value not in known:
        where = ' in a file with rows = "unit"' if value in OF_UNIT else ""
        yield "value", value, f"stands only{where}" if where else f"must be one of: {', '.join(known)}"
    if form is not None and value in DAYS and not _is_date_form(form):
        yield "form", form, f"must be a form of dates such as {ISO}, DD/MM/YYYY or DDMMYY"
    elif form is not None and value not in DAYS and form not in FORMS:
        yield "form", form, f"must be one of: {', '.join(FORMS)}"
    if column.shortest > column.length:
        yield "shortest", str(column.shortest), f"is more than length ({column.length})"


def _is_date_form(form: str) -> bool:
    parts = sorted(re.findall("D+|M+|Y+", form))
    return parts in (["DD", "MM", "YY"], ["DD", "MM", "YYYY"]) and not re.search("[^DMY/. -]", form)


def claim_file(form: ClaimFormat, claims: Sequence[Claim], today: date) -> ClaimFile:
    """The file that claims the awards of those who are ready, on the day `today`."""
    rows: list[tuple[str, ...]] = []
    written, left_out, problems = list[str](), list[str](), list[Problem]()
    for claim in claims:
        if not claim.ready:
            continue
        mine: list[tuple[str, ...]] = []
        wrong: dict[tuple[str, str, str], Problem] = {}
        learner = claim.portfolio.learner
        for ref in claim.counted if form.rows == "unit" else ("",):
            cells = []
            for column in form.column:
                cell = _cell(column, claim, ref, today)
                if message := _unfit(column, cell):
                    of = ref if column.value in OF_UNIT else ""
                    said = (
                        f"{learner}{f', {of}' if of else ''}: {message}; the learner is left out of the file"
                    )
                    problem = Problem("claim file", said, field=column.column, value=cell or "(empty)")
                    wrong.setdefault((column.column, of, message), problem)
                cells.append(cell)
            mine.append(tuple(cells))
        (left_out if wrong else written).append(learner)
        problems += wrong.values()
        rows += [] if wrong else mine
    return ClaimFile(form, tuple(rows), tuple(written), tuple(left_out), tuple(problems))


def _unfit(column: ClaimColumn, cell: str) -> str:
    """Why a cell does not fit its column; empty where it does."""
    if not cell:
        return "must not be empty" if column.required else ""
    if len(cell) > column.length:
        return f"has {len(cell)} characters, and the column takes {column.length}"
    if len(cell) < column.shortest:
        return f"has {len(cell)} characters, and the column takes {column.shortest} or more"
    if column.form == "digits" and not (cell.isascii() and cell.isdigit()):
        return "must be digits"
    if not cell.isprintable():
        return "holds a line break or a control character"
    return "could be taken for a formula" if safe_text(cell) != cell else ""


def _cell(column: ClaimColumn, claim: Claim, ref: str, today: date) -> str:
    """What stands in a column, whole."""
    if column.value is None:
        return column.fixed or ""
    found = _value(column.value, claim, ref, today)
    if isinstance(found, date):
        form = column.form or ISO
        for part, text in (
            ("YYYY", f"{found:%Y}"),
            ("YY", f"{found:%y}"),
            ("MM", f"{found:%m}"),
            ("DD", f"{found:%d}"),
        ):
            form = form.replace(part, text)
        return form
    return "" if found is None else str(found)


def _value(value: str, claim: Claim, ref: str, today: date) -> object:
    qualification, portfolio = claim.judgement.qualification, claim.portfolio
    by_ref, counted = qualification.by_ref, claim.counted
    entry = next((entry for entry in portfolio.entries if entry.ref == ref), None)
    if value in ("assessed", "verified"):
        own = entry.date if entry is not None and entry.status == value else None
        return (getattr(entry, value) or own) if entry is not None else None
    if value in ("unit_level", "unit_credits", "title"):
        return getattr(by_ref[ref], value.removeprefix("unit_"))
    known: dict[str, object] = {
        "learner": portfolio.learner,
        "achieved": claim.days["achieved"],
        "claimed": today,
        "qualification": qualification.id,
        "qualification_title": qualification.title,
        "awarding_organisation": qualification.awarding_organisation,
        "level": qualification.level,
        "credits": credits_of(by_ref[one] for one in counted),
        "units": " ".join(counted),
        "ref": ref,
        "unit_assessor": entry.assessor if entry is not None else "",
    }
    return known[value] if value in known else getattr(portfolio.details, value)
