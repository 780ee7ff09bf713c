"""A plan, and what surrounds it, in tables and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from planner.authoring.revision import Effect
from planner.planning.explore import Exploration
from planner.planning.result import Plan
from planner.records.wishes import Wishes
from planner.report.tables import NO, RESERVE, YES, columns_on_file, shown
from planner.rules.measure import plural

NOT_POSSIBLE = "not possible"
"""The price of what no plan allows."""


def plan_table(plan: Plan, counts: str = YES) -> pd.DataFrame:
    """The units that count, or those in reserve, one a row, in the order of their groups."""
    table = units_table(plan)
    counted = table[table["Counts"] == counts]
    columns = ["Unit", "Ref", "Group", "Level", "Credits", "Guided hours", "Assessment strategy", "State"]
    if plan.wishes.tasks:
        columns.append("Evidence")
    return counted[shown(plan.qualification, columns)].reset_index(drop=True)


def evidence_words(plan: Plan, ref: str) -> str:
    """Why the job gives evidence for a unit, in words; that it gives none, if so."""
    qualification = plan.qualification
    reasons = qualification.evidence(plan.wishes.tasks).get(ref, {})
    if reasons:
        return "; ".join(f"{qualification.tasks[task].title}: {reason}" for task, reason in reasons.items())
    return "none from the tasks chosen"


def outlook_table(found: Exploration) -> pd.DataFrame:
    """Every unit with its state and the extra hours of pinning and of excluding it, one a row."""
    by_ref = found.by_ref
    rows = [
        {
            "Ref": unit.ref,
            "Unit": found.best.qualification.names[unit.ref],
            "In plan": _counts(found.best, unit.ref),
            "State": by_ref[unit.ref].state,
            "Must": price_words(found.best, by_ref[unit.ref].pin_price),
            "Leave out": price_words(found.best, by_ref[unit.ref].exclude_price),
        }
        for unit in found.best.qualification.units
        if unit.ref in by_ref
    ]
    return pd.DataFrame(rows)


def alternatives_table(plans: Sequence[Plan]) -> pd.DataFrame:
    """Plans side by side, one a row: hours, credits, and what differs from the first."""
    rows = []
    first = set(plans[0].planned) if plans else set()
    for number, plan in enumerate(plans, start=1):
        units = set(plan.planned)
        row = {
            "Plan": number,
            "Guided hours": plan.new_glh,
            "Credits": plan.credits,
            "Takes": ", ".join(_titles(plan, units - first)),
            "Instead of": ", ".join(_titles(plan, first - units)),
        }
        rows.append(row)
    table = pd.DataFrame(rows)
    return columns_on_file(plans[0].qualification, table) if plans else table


def _titles(plan: Plan, refs: Iterable[str]) -> list[str]:
    return [plan.qualification.named(ref) for ref in sorted(refs)]


def price_words(best: Plan, price: int | None) -> str:
    """A price as people read it: "+18 h" or, without hours, "+1 unit"; "no extra", "not possible"."""
    if price is None:
        return NOT_POSSIBLE
    noun = "h" if best.qualification.price_goal == "glh" else plural("unit", abs(price))
    return "no extra" if price == 0 else f"{price:+d} {noun}"


def units_table(plan: Plan) -> pd.DataFrame:
    """Every unit of the qualification by group, one a row: whether it counts, its facts, what was wished."""
    rows = [
        {
            "Counts": _counts(plan, unit.ref),
            "Unit": unit.title,
            "Ref": unit.ref,
            "Group": unit.group,
            "Level": unit.level,
            "Credits": unit.credits,
            "Guided hours": unit.glh,
            "Assessment strategy": plan.qualification.strategy_name(unit.strategy),
            "State": "achieved" if unit.ref in plan.wishes.held else "new",
            "Barred set": " ".join(unit.barred_sets),
            "Wish": wish_words(plan.wishes, unit.ref),
            **({"Evidence": evidence_words(plan, unit.ref)} if plan.wishes.tasks else {}),
        }
        for unit in sorted(plan.qualification.units, key=lambda unit: unit.group)
    ]
    return columns_on_file(plan.qualification, pd.DataFrame(rows))


def _counts(plan: Plan, ref: str) -> str:
    return YES if ref in plan.units else RESERVE if ref in plan.spare else NO


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


def effect_words(effect: Effect) -> str:
    """What a change of the rules does to one learner's plan, in words."""
    qualification = effect.least.qualification
    words = []
    if effect.gone:
        words.append(f"No longer listed: {', '.join(effect.gone)}.")
    if not effect.least.found:
        words += [conflict.in_words(qualification) for conflict in effect.least.conflicts]
        words += [repair.in_words(qualification) for repair in effect.least.repairs[:1]]
    elif effect.state == "mended":
        before, after = set(effect.before.planned), set(effect.least.planned)
        for label, refs in (("Drops", before - after), ("Takes", after - before)):
            if refs:
                words.append(f"{label} {', '.join(sorted(refs))}.")
    return " ".join(words)
