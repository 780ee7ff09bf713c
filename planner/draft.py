"""A new qualification from a table of its units: a data folder that loads, with its rule file to finish."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from planner.errors import DataError, Problem
from planner.files import read_text, replace_file
from planner.sheets import grids, table
from planner.units import COLUMNS, OPTIONAL_COLUMNS, RANGES, find_ref, folded_ref

NEEDED = ("ref", "title", "level", "credits", "glh")
"""The columns that a table of units must have; the others of `units.csv` are taken where they are."""

OTHERS = tuple(name for name in (*COLUMNS, *OPTIONAL_COLUMNS) if name not in (*NEEDED, "qualification"))

Rows = Sequence[Mapping[str, str]]


def draft(
    source: str,
    content: bytes,
    folder: Path,
    *,
    number: str,
    title: str,
    credits: int,
    mandatory: Iterable[str] = (),
    minimum: Mapping[str, int] | None = None,
    today: date | None = None,
) -> Path:
    """Writes a new qualification into a data folder; returns the path of its rule file.

    Parameters
    ----------
    source, content
        Name and bytes of a table of the units, csv or xlsx: ref, title, level, credits, glh; group,
        barred_set, strategy, level_confidence and tags where they are known.
    folder
        The data folder; it may hold other qualifications, which stay as they are.
    number, title
        The qualification's.
    credits
        Credits that a plan needs in all.
    mandatory
        Groups of which every unit must count.
    minimum
        Credits at least needed from a group, by group.
    today
        The day on which the file was compared with its source (default: this day).

    Raises
    ------
    DataError
        For a table that cannot be read, units that make no sense, groups the table does not have, or a
        qualification that the folder has already. Nothing is written then.
    """
    rows = _read(source, content)
    minimum = dict(minimum or {})
    wanted = list(mandatory)
    _check(rows, number, title, credits, [*wanted, *minimum], source)
    units = folder / "units.csv"
    before = read_text(units) if units.exists() else ""
    path = folder / "qualifications" / f"{_slug(number)}.toml"
    known = {line["qualification"] for line in csv.DictReader(io.StringIO(before))}
    if path.exists() or find_ref(number, known) is not None:
        raise DataError([Problem(str(folder), "holds this qualification already", value=number)])
    text = "\n".join(_lines(rows, number, title, credits, wanted, minimum, source, today or date.today()))
    merged = _with_units(before, number, rows).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError([Problem(str(path.parent), f"cannot be made: {error.strerror}")]) from None
    replace_file(path, (text + "\n").encode())
    try:
        replace_file(units, merged)
    except DataError:
        path.unlink()
        raise
    return path


def _read(source: str, content: bytes) -> Rows:
    found = table(grids(source, content)[0], source, NEEDED, OTHERS)
    if found.problems or not found.rows:
        raise DataError(found.problems or [Problem(source, "lists no unit")])
    return [row for _, row in found.rows]


def _check(rows: Rows, number: str, title: str, credits: int, groups: Iterable[str], source: str) -> None:
    problems = []
    for option, value in (("--id", number), ("--title", title)):
        if not value.strip() or not value.isprintable():
            problems.append(Problem(option, "must be one line of text", value=value))
    seen: set[str] = set()
    for row in rows:
        for name, (low, high) in RANGES.items():
            text = row[name]
            if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
                message = f"must be a whole number from {low} to {high}"
                problems.append(Problem(source, message, field=name, value=text or "(empty)"))
        if not folded_ref(row["ref"]) or folded_ref(row["ref"]) in seen:
            problems.append(
                Problem(source, "every unit needs a ref of its own", field="ref", value=row["ref"])
            )
        seen.add(folded_ref(row["ref"]))
    known = {row.get("group") or DEFAULT_GROUP for row in rows}
    for group in groups:
        if group not in known:
            message = f"no unit is in this group (groups: {', '.join(sorted(known))})"
            problems.append(Problem(source, message, field="group", value=group))
    offered = sum(int(row["credits"]) for row in rows if row["credits"].isdigit())
    if not problems and not 0 < credits <= offered:
        problems.append(
            Problem("--credits", f"must be from 1 to the {offered} of all units", value=str(credits))
        )
    if problems:
        raise DataError(problems)


DEFAULT_GROUP = "A"
"""The group of units whose table names none."""


def _with_units(before: str, number: str, rows: Rows) -> str:
    """The unit file with the new units after those it has."""
    header = next(csv.reader(io.StringIO(before)), None) or [*COLUMNS, *OPTIONAL_COLUMNS]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, extrasaction="ignore", lineterminator="\n", restval="")
    if not before:
        writer.writeheader()
    for row in rows:
        writer.writerow({**row, "qualification": number, "group": row.get("group") or DEFAULT_GROUP})
    joint = "" if not before or before.endswith("\n") else "\n"
    return before + joint + out.getvalue()


def _slug(number: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", number.casefold()).strip("-") or "qualification"


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(
    rows: Rows,
    number: str,
    title: str,
    credits: int,
    mandatory: Sequence[str],
    minimum: Mapping[str, int],
    source: str,
    today: date,
) -> Iterator[str]:
    groups = list(dict.fromkeys(row.get("group") or DEFAULT_GROUP for row in rows))
    yield from (
        "# Rules of combination. Go through this file with the handbook beside you, then run",
        f"#   nvq-planner check --qualification {number} --data <this folder>",
        "# Every text of a rule should be the handbook's own sentence.",
        f"id = {_quoted(number)}",
        f"title = {_quoted(title)}",
        f"source = {_quoted(f'{Path(source).name}; name the handbook, its version and page here')}",
        f"verified = {today.isoformat()}            # when you last compared this file with the handbook",
        '# awarding_organisation = "..."',
        "# level = 2",
        "# starts = 2026-09-01             # registration opens and ends",
        "# ends = 2029-08-31",
        "# min_age = 16",
        "",
        "[groups]",
        *(f"{_quoted(group)} = {_quoted(f'Group {group}')}" for group in groups),
        "",
        "# Figures that the handbook prints; `check` computes them anew.",
        "# [published]",
        f"# units = {len(rows)}",
        f"# min_credits = {credits}",
        "# min_glh = 0",
        "# max_glh = 0",
        "",
    )
    yield from _rule("total", f"at least {credits} credits in all", None, credits)
    for group in mandatory:
        total = sum(int(r["credits"]) for r in rows if (r.get("group") or DEFAULT_GROUP) == group)
        yield from _rule(f"all-{_slug(group)}", f"{total} credits: every unit of group {group}", group, None)
    for group, least in minimum.items():
        yield from _rule(f"from-{_slug(group)}", f"at least {least} credits from group {group}", group, least)
    yield from _EXAMPLES


def _rule(name: str, text: str, group: str | None, at_least: int | None) -> Iterator[str]:
    yield from ("[[rule]]", f"id = {_quoted(name)}", f"text = {_quoted(text)}", 'count = "credits"')
    if group is not None:
        yield f"where = {{ group = {_quoted(group)} }}"
    yield "all = true" if at_least is None else f"at_least = {at_least}"
    yield ""


_EXAMPLES = (
    "# Other kinds of rule; take away the # and change what you need.",
    "#",
    "# [[rule]]                                       # credits at a level or above",
    '# id = "level"',
    '# text = "at least 10 credits at level 2 or above"',
    '# count = "credits"',
    "# where = { level_at_least = 2 }",
    "# at_least = 10",
    "#",
    "# [[rule]]                                       # at most so many units of a list",
    '# id = "few"',
    '# text = "at most 1 of these two units"',
    '# where = { ref = ["...", "..."] }',
    "# at_most = 1",
    "#",
    "# [[rule]]                                       # either, or",
    '# id = "pathway"',
    '# text = "3 units from A or 5 units from B"',
    '# any = [ { id = "path-a", text = "3 units from A", where = { group = "A" }, at_least = 3 },',
    '#         { id = "path-b", text = "5 units from B", where = { group = "B" }, at_least = 5 } ]',
    "#",
    "# [[rule]]                                       # a unit that needs another",
    '# id = "needs"',
    '# text = "unit ... requires unit ..."',
    '# unit = "..."',
    '# requires = "..."',
    "#",
    "# [[note]]                                       # what no computer can check",
    '# text = "..."',
    "#",
    "# [[example]]                                    # a selection worked by hand: the best test of this file",
    '# source = "worked by hand: ..."',
    '# counted = ["...", "..."]',
    "# breaks = []                                    # the ids of the rules it breaks",
)
