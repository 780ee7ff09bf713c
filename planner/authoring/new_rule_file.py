"""The text of a new rule file."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path

from planner.catalogue.units import OPTIONAL_COLUMNS, split_names
from planner.files.text_files import whole_or_half
from planner.rules.measure import numbered
from planner.rules.rule import told

DEFAULT_GROUP = "A"
"""The group of units whose table names none."""


UnitRow = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleFileOptions:
    """What the options say of a new qualification; `needed` and `minimum` are in `count`: credits, units."""

    number: str
    title: str
    needed: float
    mandatory: tuple[str, ...] = ()
    minimum: Mapping[str, float] = field(default_factory=dict)
    count: str = "credits"

    def weight(self, row: UnitRow) -> float:
        """What a unit adds to what is needed."""
        return number_in(row["credits"]) if self.count == "credits" else 1

    def words(self, number: float) -> str:
        """So many credits or units."""
        return numbered(told(number), self.count.removesuffix("s"))


def number_in(text: str) -> float:
    """The number of a cell, 0 where it is none (which trying the files tells)."""
    return whole_or_half(text, 0, 999_999_999) or 0


def groups_of(row: UnitRow) -> list[str]:
    """The groups that a unit is listed in."""
    return split_names(row["group"]) or [DEFAULT_GROUP]


def printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())


def slug(text: str, otherwise: str) -> str:
    """A text as part of a file's name or a rule's id; `otherwise` where it has no Latin letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold())[:60].strip("-") or otherwise


def unused(name: str, taken: Container[str]) -> str:
    """The name, with the first number that makes it differ from those taken."""
    return next(each for each in chain([name], (f"{name}-{n}" for n in count(2))) if each not in taken)


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rule_text(rows: Sequence[UnitRow], asked: RuleFileOptions, source: str, columns: Sequence[str]) -> str:
    """The rule file; `columns` are those of the unit file."""
    lines = (*_head(asked, source), *_notices(rows, columns), "", *_figures(rows, asked))
    return "\n".join((*lines, *_rules(rows, asked), *_EXAMPLES)) + "\n"


def _head(asked: RuleFileOptions, source: str) -> Iterator[str]:
    number = asked.number if " " not in asked.number else f'"{asked.number}"'
    name = printable(Path(source).name.replace("\n", " "))
    yield from (
        "# Rules of combination. Go through this file with the handbook beside you, then run",
        f"#   nvq-planner check --qualification {number} --data <this folder>",
        "# Every text of a rule should be the handbook's own sentence.",
        f"id = {_quoted(asked.number)}",
        f"title = {_quoted(asked.title)}",
        f"source = {_quoted(f'{name}; name the handbook, its version and page here')}",
        "# verified = YYYY-MM-DD            # the day on which you compared this file with the handbook",
        *([_MEASURE] if asked.count == "units" else []),
        '# awarding_organisation = "..."',
        "# level = 2",
        "# starts = 2026-09-01             # registration opens and ends",
        "# ends = 2029-08-31",
        "# certification_ends = 2032-08-31 # the last day for claims",
        "# min_age = 16",
    )


def _notices(rows: Sequence[UnitRow], columns: Sequence[str]) -> Iterator[str]:
    """Columns of the table that the folder's unit file, older than they are, has no place for."""
    for name in OPTIONAL_COLUMNS:
        if name not in columns and any(row.get(name) for row in rows):
            yield f"# The column {name} of the table was left out: units.csv in this folder has none."


_MEASURE = 'measure = "units"                  # its source publishes neither credits nor hours'


def _figures(rows: Sequence[UnitRow], asked: RuleFileOptions) -> Iterator[str]:
    figures = (f"# min_credits = {asked.needed}", "# min_glh = 0", "# max_glh = 0")
    yield from (
        "# The groups as the handbook names them.",
        "[groups]",
        *(f"{_quoted(group)} = {_quoted(f'Group {group}')}" for group in _groups(rows)),
        "",
        "# Figures that the handbook prints; the command check computes them anew and compares.",
        "# [published]",
        f"# units = {len(rows)}",
        *(figures if asked.count == "credits" else ()),
        "",
    )


def _groups(rows: Iterable[UnitRow]) -> list[str]:
    return list(dict.fromkeys(printable(group) for row in rows for group in groups_of(row)))


def _rules(rows: Sequence[UnitRow], asked: RuleFileOptions) -> Iterator[str]:
    yield from _rule("total", f"at least {asked.words(asked.needed)} in all", None, asked.needed, asked.count)
    taken: set[str] = set()  # two groups may differ in case or signs only
    for group in asked.mandatory:
        total = sum(asked.weight(row) for row in rows if group in groups_of(row))
        taken.add(name := unused(f"all-{slug(group, 'group')}", taken))
        yield from _rule(name, f"{asked.words(total)}: every unit of group {group}", group, None, asked.count)
    for group, least in asked.minimum.items():
        taken.add(name := unused(f"from-{slug(group, 'group')}", taken))
        yield from _rule(name, f"at least {asked.words(least)} from group {group}", group, least, asked.count)


def _rule(name: str, text: str, group: str | None, at_least: float | None, count: str) -> Iterator[str]:
    yield from ("[[rule]]", f"id = {_quoted(name)}", f"text = {_quoted(text)}", f'count = "{count}"')
    if group is not None:
        yield f"where = {{ group = {_quoted(group)} }}"
    yield "all = true" if at_least is None else f"at_least = {at_least}"
    yield ""


_EXAMPLES = (
    "# The words in the column barred_set of units.csv are rules by themselves: of the units that share",
    "# such a word only one can count. Write no rule for them here.",
    "#",
    "# Other kinds of rule; take away the # and change what you need. The planner's page",
    "# docs/rule-language.md has an example of every kind.",
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
    "# [[example]]                                    # a selection worked by hand",
    '# source = "worked by hand: ..."',
    '# counted = ["...", "..."]',
    "# breaks = []                                    # the ids of the rules it breaks",
)
