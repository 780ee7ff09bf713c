"""Qualifications, their rules and what the lint says, in tables and words."""

from __future__ import annotations

import pandas as pd

from planner.authoring.lint import Report
from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.remarks import Remark
from planner.catalogue.units import Unit
from planner.rules.measure import (
    held_words,
    last_limit,
    limits_of,
    needed_words,
    noun_of,
    numbered,
    share_words,
)
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


def dates_table(qualification: Qualification) -> pd.DataFrame:
    """From when to when learners can be registered: a word and its value, one a row."""
    rows = [
        ("Registration starts", in_words(qualification.starts)),
        ("Registration ends", in_words(qualification.ends)),
    ]
    return pd.DataFrame([row for row in rows if row[1]], columns=["", "Value"])


def unit_words(qualification: Qualification, unit: Unit) -> str:
    """What is on file about a unit beside its title, credits and hours."""
    partners = qualification.barred_partners(unit.ref)
    confidence = f" ({unit.level_confidence} confidence)" if unit.level_confidence else ""
    said = {
        "strategy ": qualification.strategy_name(unit.strategy) if unit.strategy else "",
        "barred with ": ", ".join(map(qualification.named, partners)),
        "tags: ": ", ".join(unit.tags),
    }
    others = (f"{label}{text}" for label, text in said.items() if text)
    return " · ".join([f"level {unit.level}{confidence}", *others])


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
        noun = "" if rule.count == "units" else f" {noun_of(rule.count, last_limit(rule))}"
        words = f"{limits_of(rule)}{noun} {over}"
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
