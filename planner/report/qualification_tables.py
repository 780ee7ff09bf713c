"""Qualifications, their rules and what the lint says, in tables and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from planner.authoring.lint import Report
from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.remarks import Remark
from planner.rules.measure import held_words, limits_in_words, needed_words, noun_of, numbered, share_words
from planner.rules.rule import Choice, Rule

FIGURES = {
    "units": "Units",
    "min_credits": "Least credits",
    "min_glh": "Least guided hours",
    "max_glh": "Most guided hours",
}
"""What the published figures are called."""


def status_word(qualification: Qualification) -> str:
    """The status in one word or three: Open, Closed, Not yet open; No dates, where none is on file."""
    return qualification.status().capitalize() if qualification.dated else "No dates"


def hours_words(qualification: Qualification) -> str:
    """The published range of guided hours; empty where none is published."""
    low, high = (qualification.published.get(figure) for figure in ("min_glh", "max_glh"))
    if low is None or high is None:
        return f"from {low}" if low is not None else f"up to {high}" if high is not None else ""
    return str(low) if low == high else f"{low} to {high}"


def catalogue_table(
    qualifications: Iterable[Qualification], credits: Mapping[str, int | None]
) -> pd.DataFrame:
    """The qualifications on file, one a row; `credits` are the least that meet the rules, by number."""
    rows = [
        (
            found.title,
            found.id,
            found.awarding_organisation,
            found.level,
            credits[found.id],
            hours_words(found),
            status_word(found),
        )
        for found in qualifications
    ]
    columns = ["Title", "Number", "Awarding organisation", "Level", "Credits", "Guided hours", "Status"]
    return pd.DataFrame(rows, columns=columns).astype({"Level": "Int64", "Credits": "Int64"})


def dates_table(qualification: Qualification) -> pd.DataFrame:
    """From when to when learners can be registered: a word and its value, one a row."""
    rows = [
        ("Registration starts", in_words(qualification.starts)),
        ("Registration ends", in_words(qualification.ends)),
    ]
    return pd.DataFrame([row for row in rows if row[1]], columns=["", "Value"])


def listed_units_table(qualification: Qualification) -> pd.DataFrame:
    """Every unit with all that is on file about it, one a row, by group."""
    by_ref = qualification.by_ref
    rows = [
        {
            "Group": unit.group,
            "Title": unit.title,
            "Ref": unit.ref,
            "Level": unit.level,
            "Confidence": unit.level_confidence,
            "Credits": unit.credits,
            "Guided hours": unit.glh,
            "Assessment strategy": qualification.strategy_name(unit.strategy) if unit.strategy else "",
            "Barred with": ", ".join(
                f"{by_ref[ref].title} ({ref})" for ref in qualification.barred_partners(unit.ref)
            ),
            "Tags": ", ".join(unit.tags),
            "Source of the level": unit.level_source,
        }
        for unit in sorted(qualification.units, key=lambda unit: unit.group)
    ]
    return pd.DataFrame(rows)


def limits_words(rule: Rule) -> str:
    """The limits of a rule in words, and over how many units it runs."""
    if isinstance(rule, Choice):
        return f"at least {rule.at_least} of these {len(rule.of)}"
    if rule.kind == "requires":
        return needed_words(rule)
    if rule.share is not None:
        part = numbered(len(rule.share.part), "unit")
        return f"{share_words(rule, rule.share)} from {part}{held_words(rule)}"
    low, high, number = rule.at_least, rule.at_most, len(rule.weights)
    if low == sum(rule.weights.values()) and high in (None, low):
        figure = "" if rule.count == "units" else f", {low} {noun_of(rule.count, low)}"
        units = {1: "this unit", 2: "both units"}.get(number, f"all {number} units")
        words = f"{units}{figure}"
    else:
        over = f"{'of' if rule.count == 'units' else 'from'} {number} {noun_of('units', number)}"
        noun = "" if rule.count == "units" else f" {noun_of(rule.count, high or low or 0)}"
        words = f"{limits_in_words(low, high)}{noun} {over}"
    return f"{words}{held_words(rule)}"


def figures_table(report: Report) -> pd.DataFrame:
    """Each published figure with what comes out when it is computed anew, one a row."""
    rows = []
    for name, published in report.qualification.published.items():
        figure = report.figures.get(name)
        words = "Not computed" if figure is None else figure.in_words
        rows.append((FIGURES[name], published, words[:1].upper() + words[1:]))
    return pd.DataFrame(rows, columns=["Figure", "Published", "Computed anew"])


def remark_words(remark: Remark) -> str:
    """What the lint says, published figures called as people call them."""
    if not remark.figure:
        return remark.text
    return f"{FIGURES[remark.figure]}{remark.text[len(remark.figure) :]}"
