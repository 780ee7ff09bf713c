"""What a centre runs, in tables and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from planner.catalogue.qualification import CREDIT_HOURS
from planner.catalogue.units import credits_of
from planner.cohort.delivery_answer import Delivery
from planner.cohort.misfits import Allowance, Misfit
from planner.cohort.seat_question import SearchProgress
from planner.planning.reasons import MOST_TASKS, would_show
from planner.report.tables import AGAIN, columns_on_file
from planner.rules.measure import numbered


def delivery_words(delivery: Delivery) -> str:
    """What a centre runs for a cohort, in a sentence or two; or why there is no such plan."""
    if delivery.status == "infeasible":
        words = f"No plan keeps these limits; this is proven. {delivery.clash_in_words}".strip()
        return words if delivery.reproducible else f"{words} {AGAIN}"
    if not delivery.found:
        return f"Not decided in {delivery.seconds:.0f} seconds: a plan may or may not exist."
    learners, units = len(delivery.selections), len(delivery.units)
    if not learners:
        return "There is nobody to plan for: no learner has a valid selection."
    groups = sum(len(unit.groups) for unit in delivery.units)
    what = f"{numbered(units, 'unit')} in {numbered(groups, 'group')} for {numbered(learners, 'learner')}"
    words = f"{what}: {delivery.delivered_glh} delivered guided hours. {gap_words(delivery)}"
    words = f"{words} {fit_words(delivery)}".strip()
    return words if delivery.reproducible else f"{words} {AGAIN}"


def gap_words(delivery: Delivery) -> str:
    """What is proven of the delivered hours; empty without a plan."""
    if not delivery.found:
        return ""
    if delivery.status == "optimal":
        return "Proven: no plan delivers fewer hours; among equals, none has fewer hours for the learners."
    if delivery.delivered_glh == delivery.bound:
        return "Proven: no plan delivers fewer hours."
    off = f", {delivery.gap:.1%} below" if delivery.gap is not None else ""
    return f"Not proven least: no plan delivers fewer than {delivery.bound} hours{off}."


def own_best_words(delivery: Delivery) -> str:
    """The delivered hours beside those of everybody following their own best plan; empty without a plan."""
    if not delivery.found or delivery.own_best_delivered_glh is None:
        return ""
    hours = f"{delivery.own_best_delivered_glh} hours"
    return f"If everybody followed {own_best_called(delivery)}: {hours}, whatever the limits."


ALLOWANCES = "What it would save to allow seats without evidence"
"""What the table of them is called."""


ALONE = (
    "To avoid one seat alone means that everybody else stays seated; what seats would save is with everybody "
    "seated anew."
)


def own_best_called(delivery: Delivery) -> str:
    """What the plans are called that a delivery is compared with."""
    return "their own best plan, which fits the job best" if delivery.allowances else "their own best plan"


def fit_words(delivery: Delivery) -> str:
    """How many seats do not fit their learners' jobs, in a sentence; empty where no job is known."""
    if not delivery.allowances:
        return ""
    if not delivery.misfits:
        return (
            "Whoever's job is known sits only in units that it gives evidence for, or that everybody needs."
        )
    needed = len(delivery.misfits) - delivery.misfits_avoidable
    number = len(delivery.misfits)
    seats = "1 seat is in a unit" if number == 1 else f"{number} seats are in units"
    words = f"{seats} without evidence from the job"
    if needed == number:
        return f"{words}, which cannot be avoided."
    return f"{words}, {needed} of them cannot be avoided." if needed else f"{words}."


def misfits_table(delivery: Delivery) -> pd.DataFrame:
    """The seats in units without evidence from the job, one a row, and what it would cost to avoid each."""
    qualification = delivery.qualification
    rows = [
        (
            misfit.learner,
            misfit.ref,
            qualification.names[misfit.ref],
            _to_avoid(misfit),
            _few(would_show(qualification, misfit.ref)) or "no work on file",
        )
        for misfit in delivery.misfits
    ]
    columns = ["Learner", "Ref", "Title", "To avoid it alone", "Evidence would come from"]
    return pd.DataFrame(rows, columns=columns)


def _few(titles: Sequence[str]) -> str:
    """What people do at work, the first of it where it is much."""
    more = " and other work" if len(titles) > MOST_TASKS else ""
    return "; ".join(titles[:MOST_TASKS]) + more


def _to_avoid(misfit: Misfit) -> str:
    """What it costs that a learner does not sit in a unit without evidence, the others seated as they are."""
    if misfit.needed:
        return "cannot be: no plan of this learner's has fewer"
    if misfit.price is None:
        return "cannot be" if misfit.decided else "not decided in the time given"
    return numbered(misfit.price, "more delivered hour")


def allowances_table(delivery: Delivery) -> pd.DataFrame:
    """What seats without evidence, beyond those that cannot be avoided, would save, one number a row."""
    rows = []
    first = next((row for row in delivery.allowances if row.misfits == 0), None)
    for row in delivery.allowances:
        number = "any number" if row.misfits is None else str(row.misfits)
        if row.bound is None:
            rows.append((number, "no plan keeps the limits", "", "proven"))
            continue
        value = "none found" if row.delivered_glh is None else str(row.delivered_glh)
        proof = "proven" if row.proven else f"not below {row.bound}" if row.bound else "no time left"
        rows.append((number, value, _saved(first, row), proof))
    columns = ["Seats allowed", "Delivered hours", "Saved", "How sure"]
    return pd.DataFrame(rows, columns=columns)


def _saved(first: Allowance | None, row: Allowance) -> str:
    """What a number of misfits saves beside none of them, from the least to the most that is possible."""
    if first is None or first.delivered_glh is None or first.bound is None or row.bound is None:
        return ""
    most = first.delivered_glh - row.bound
    least = 0 if row.delivered_glh is None else max(0, first.bound - row.delivered_glh)
    if row.misfits == 0:
        return "0"
    if not row.proven and not row.bound:
        return f"at least {least}" if least else "not known"
    return str(most) if least == most else f"{least} to {most}"


def search_words(step: SearchProgress) -> str:
    """How far a search for a delivery plan has come."""
    if step.value is None:
        return f"no plan yet; none has fewer than {step.bound} delivered hours"
    if not step.bound:
        return f"{step.value} delivered hours so far"
    gap = f", at most {step.gap:.1%} from it" if step.gap else ""
    return f"{step.value} delivered hours, proven least {step.bound}{gap}"


def running_table(delivery: Delivery) -> pd.DataFrame:
    """The units that are run, one a row: groups, learners, delivered hours and the seats left free."""
    rows = []
    for running in delivery.units:
        unit, groups = delivery.qualification.by_ref[running.ref], len(running.groups)
        title = delivery.qualification.names[unit.ref]
        learners = sum(map(len, running.groups))
        strategy = delivery.qualification.strategy_name(unit.strategy)
        free = groups * delivery.group_size - learners
        rows.append((unit.ref, title, strategy, unit.glh, groups, learners, groups * unit.glh, free))
    columns = [
        "Ref",
        "Title",
        "Assessment strategy",
        "Guided hours",
        "Groups",
        "Learners",
        "Delivered hours",
        "Seats free",
    ]
    return pd.DataFrame(rows, columns=columns)


def seats_table(delivery: Delivery) -> pd.DataFrame:
    """Who sits where: one row a seat, by unit and group; groups and seats are numbered from 1."""
    rows = [
        (running.ref, delivery.qualification.names[running.ref], number, seat, learner)
        for running in delivery.units
        for number, group in enumerate(running.groups, start=1)
        for seat, learner in enumerate(group, start=1)
    ]
    return pd.DataFrame(rows, columns=["Ref", "Title", "Group number", "Seat", "Learner"])


def attendance_table(delivery: Delivery) -> pd.DataFrame:
    """What each learner takes part in, one a row: the new units with their hours, and credits in all."""
    by_ref, rows = delivery.qualification.by_ref, []
    for learner, counted in delivery.selections.items():
        new = delivery.new_units[learner]
        hours = sum(by_ref[ref].glh for ref in new)
        learning = int(CREDIT_HOURS * credits_of(by_ref[ref] for ref in new))
        credits = credits_of(by_ref[ref] for ref in counted)
        rows.append((learner, hours, credits, learning, len(new), ", ".join(new)))
    columns = ["Learner", "Guided hours", "Credits", "Learning hours", "New units", "Refs to achieve"]
    return columns_on_file(delivery.qualification, pd.DataFrame(rows, columns=columns))


def left_out_table(delivery: Delivery) -> pd.DataFrame:
    """The learners for whom no valid selection exists, one a row, and why."""
    rows = [
        (learner, " ".join(conflict.in_words(delivery.qualification) for conflict in conflicts))
        for learner, conflicts in delivery.left_out
    ]
    return pd.DataFrame(rows, columns=["Learner", "Why not"])


def delivered_by_strategy_table(delivery: Delivery) -> pd.DataFrame:
    """The delivered hours of each assessment strategy run or limited, one a row; no limit is NA."""
    name, by_ref = delivery.qualification.strategy_name, delivery.qualification.by_ref
    delivered: Counter[str] = Counter(dict.fromkeys(delivery.assessor_hours, 0))
    for running in delivery.units:
        unit = by_ref[running.ref]
        delivered[unit.strategy] += unit.glh * len(running.groups)
    rows = [(name(key), delivered[key], delivery.assessor_hours.get(key)) for key in sorted(delivered)]
    columns = ["Assessment strategy", "Delivered hours", "At most"]
    return pd.DataFrame(rows, columns=columns).astype({"At most": "Int64"})
