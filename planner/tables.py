"""The tables that screen and workbook share, as data frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from planner.audit import Finding
from planner.explore import Exploration
from planner.qualification import CREDIT_HOURS, Qualification, in_words
from planner.result import Plan
from planner.solve import goal_value
from planner.units import Unit
from planner.wishes import Wishes

YES, NO = "yes", "no"


def plan_table(plan: Plan) -> pd.DataFrame:
    """The units that count, one a row, in the order of their groups; no row without a plan."""
    table = units_table(plan)
    counted = table[table["Counts"] == YES]
    columns = ["Unit", "Ref", "Group", "Level", "Credits", "Guided hours", "Assessment strategy", "State"]
    if plan.wishes.tasks:
        columns.append("Evidence")
    return counted[columns].reset_index(drop=True)


def evidence_words(plan: Plan, ref: str) -> str:
    """Why the job gives evidence for a unit, in words; that it gives none, if so."""
    qualification = plan.qualification
    reasons = qualification.evidence(plan.wishes.tasks).get(ref, {})
    if reasons:
        return "; ".join(f"{qualification.tasks[task].title}: {reason}" for task, reason in reasons.items())
    return "none from the tasks chosen"


def outlook_table(found: Exploration) -> pd.DataFrame:
    """Every unit with its state and the extra hours of pinning and of excluding it, one a row."""
    by_ref, counted = found.by_ref, set(found.best.units)
    rows = [
        {
            "Ref": unit.ref,
            "Unit": unit.title,
            "In plan": YES if unit.ref in counted else NO,
            "State": by_ref[unit.ref].state,
            "Must": price_words(by_ref[unit.ref].pin_price),
            "Leave out": price_words(by_ref[unit.ref].exclude_price),
        }
        for unit in found.best.qualification.units
    ]
    return pd.DataFrame(rows)


def alternatives_table(plans: Sequence[Plan]) -> pd.DataFrame:
    """Plans side by side, one a row: hours, credits, and what differs from the first."""
    rows = []
    first = set(plans[0].units) if plans else set()
    for number, plan in enumerate(plans, start=1):
        units = set(plan.units)
        row = {
            "Plan": number,
            "Guided hours": plan.new_glh,
            "Credits": plan.credits,
            "New units": len(plan.new_units),
            "Strategies": goal_value("strategies", plan.qualification, plan.wishes, plan.units),
            "Instead of": ", ".join(_titles(plan, first - units)),
            "Takes": ", ".join(_titles(plan, units - first)),
        }
        if plan.wishes.tasks:
            row["Without evidence"] = goal_value("fit", plan.qualification, plan.wishes, plan.units)
        rows.append(row)
    return pd.DataFrame(rows)


def _titles(plan: Plan, refs: Iterable[str]) -> list[str]:
    by_ref = plan.qualification.by_ref
    return [f"{by_ref[ref].title} ({ref})" for ref in sorted(refs)]


def price_words(price: int | None) -> str:
    """A price in hours as people read it: "+18 h", "no extra", "not possible"."""
    if price is None:
        return "not possible"
    return "no extra" if price == 0 else f"{price:+d} h"


def units_table(plan: Plan) -> pd.DataFrame:
    """Every unit of the qualification by group, one a row: whether it counts, its facts, what was wished."""
    counted = set(plan.units)
    rows = [
        {
            "Counts": YES if unit.ref in counted else NO,
            **_unit_row(plan.qualification, unit, plan.wishes),
            "Barred set": " ".join(unit.barred_sets),
            "Wish": wish_words(plan.wishes, unit.ref),
            **({"Evidence": evidence_words(plan, unit.ref)} if plan.wishes.tasks else {}),
        }
        for unit in sorted(plan.qualification.units, key=lambda unit: unit.group)
    ]
    return pd.DataFrame(rows)


def rules_table(plan: Plan) -> pd.DataFrame:
    """Every rule measured, one a row; the parts of a choice follow it, indented."""
    rows = [
        {
            "Rule": finding.rule.id,
            "Sentence": "    " * depth + finding.rule.text,
            "Measured": finding.measured,
            "At least": finding.rule.at_least,
            "At most": finding.rule.at_most,
            "Counted in": "guided hours" if finding.rule.count == "glh" else finding.rule.count,
            "Met": YES if finding.holds else NO,
        }
        for depth, finding in nested(plan.rule_findings)
    ]
    columns = ["Rule", "Sentence", "Measured", "At least", "At most", "Counted in", "Met"]
    return pd.DataFrame(rows, columns=columns).astype({"At least": "Int64", "At most": "Int64"})


def nested(findings: tuple[Finding, ...], depth: int = 0) -> Iterator[tuple[int, Finding]]:
    """Findings and the parts of their choices, each with its depth."""
    for finding in findings:
        yield depth, finding
        yield from nested(finding.parts, depth + 1)


def wish_words(wishes: Wishes, ref: str) -> str:
    """What was wished of a unit, in words."""
    words = []
    if ref in wishes.pins:
        words.append("must count")
    if ref in wishes.excludes:
        words.append("left out")
    if ref in wishes.held:
        words.append("already achieved")
    return ", ".join(words)


def verdict(plan: Plan) -> str:
    """The answer in one sentence."""
    if plan.status == "infeasible":
        return "No plan exists for these wishes; this is proven."
    if plan.status == "unknown":
        return f"Not decided in {plan.seconds:g} seconds: a plan may or may not exist."
    new = len(plan.new_units)
    if not plan.units:
        sentence = "The rules are met without any unit."
    elif new == 0:
        sentence = "The rules are met by what is already achieved."
    else:
        sentence = f"{new} {'unit' if new == 1 else 'units'} to achieve, {plan.new_glh} guided hours."
    if plan.status == "feasible":
        return f"{sentence} Not proven best: the search stopped after {plan.seconds:g} seconds."
    return f"{sentence} {proof(plan)}"


def proof(plan: Plan) -> str:
    """What is proven of a plan that is proven best."""
    words = {
        "glh": "fewer hours to do",
        "units": "fewer new units",
        "credits": "fewer credits",
        "strategies": "fewer assessment strategies",
        "fit": "fewer units without evidence from the job",
        "changes": "fewer changes to the plan to keep",
    }
    if not plan.goals:
        return "Every rule is met."
    first, *rest = [words[goal.id] for goal in plan.goals]
    equals = f"; among equals, none has {' or, then, '.join(rest)}" if rest else ""
    wishes = plan.wishes
    chosen = bool(wishes.pins or wishes.excludes or wishes.held or wishes.survive)
    which = "no valid plan with these choices" if chosen else "no valid plan"
    return f"Proven: {which} has {first}{equals}."


def qualification_table(qualification: Qualification) -> pd.DataFrame:
    """What is on file about the qualification: a word and its value, one a row."""
    rows = [
        ("Qualification", qualification.title),
        ("Number", qualification.id),
        ("Awarding organisation", qualification.awarding_organisation),
        ("Level", qualification.level),
        ("Status", qualification.status_sentence()),
        ("Minimum age", qualification.min_age),
        ("Fee", None if qualification.fee_gbp is None else f"£{qualification.fee_gbp:.2f}"),
        ("Source of the rules", qualification.source),
        ("Last compared with the source", in_words(qualification.verified)),
        ("Data digest", qualification.digest),
    ]
    filled = [(word, str(value)) for word, value in rows if value not in (None, "")]
    return pd.DataFrame(filled, columns=["", "Value"])


def caveats(qualification: Qualification) -> tuple[str, ...]:
    """What no answer of this planner says, the qualification's own notes included."""
    return (
        "“Rules met” is arithmetic over units. It does not say that a unit is achieved: evidence is judged "
        "by assessors and quality assurers, and only the awarding organisation certifies.",
        f"Guided hours are supervised time. A credit stands for about {CREDIT_HOURS} hours of learning in "
        "all, so most of the time is the learner's own.",
        *qualification.notes,
    )


def _unit_row(qualification: Qualification, unit: Unit, wishes: Wishes) -> dict[str, object]:
    return {
        "Unit": unit.title,
        "Ref": unit.ref,
        "Group": unit.group,
        "Level": unit.level,
        "Credits": unit.credits,
        "Guided hours": unit.glh,
        "Assessment strategy": qualification.strategy_name(unit.strategy),
        "State": "achieved" if unit.ref in wishes.held else "new",
    }
