"""A cohort in tables and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from planner.catalogue.qualification import Qualification
from planner.cohort.batch import Answer, Cohort
from planner.planning.result import listed
from planner.records.goals import GOALS
from planner.records.portfolios import REGISTRATION
from planner.report.tables import (
    MOST_TITLES,
    chosen_units_table,
    columns_on_file,
    named_units,
    outside_words,
    why_not_words,
)
from planner.rules.measure import numbered

ANSWERS = {
    "optimal": "planned",
    "feasible": "planned, not proven best",
    "infeasible": "not possible",
    "unknown": "not decided",
}
"""The status of a learner's answer in words."""


REGISTRATION_HEADS = {name: name.replace("_", " ").capitalize() for name in REGISTRATION}
"""The heads of what is known of a registration."""


def cohort_words(cohort: Cohort) -> str:
    """What became of each row of a cohort's file, and the hours on average."""
    counts = cohort.rows
    if not sum(counts.values()):
        return "No learner could be read."
    named = {
        "planned": "planned",
        "impossible": "impossible",
        "undecided": "not decided",
        "to_mend": "to mend",
    }
    parts = [f"{counts[key]} {word}" for key, word in named.items() if counts[key] or key == "planned"]
    planned = [answer.cost for answer in cohort.answers if answer.cost is not None]
    noun = GOALS[cohort.qualification.price_goal].noun
    average = f" {round(sum(planned) / len(planned))} {noun}s to do on average." if planned else ""
    return f"{numbered(sum(counts.values()), 'row')}: {', '.join(parts)}.{average}"


def clash_words(answer: Answer) -> str:
    """What one learner's wishes clash in, and the way out with the fewest hours; empty with a plan."""
    if not answer.conflicts:
        return outside_words(answer)
    qualification = answer.qualification
    pins = sorted({ref for conflict in answer.conflicts for ref in conflict.pins})
    excludes = sorted({ref for conflict in answer.conflicts for ref in conflict.excludes})
    parts = [f"asked for {_counted(qualification, pins)}"] if pins else []
    parts += [f"left out {_counted(qualification, excludes)}"] if excludes else []
    if not parts:
        return why_not_words(answer)
    words = " and ".join(parts)
    sentence = f"{words[0].upper()}{words[1:]}: {way_out_words(answer)}."
    return " ".join(filter(None, (sentence, outside_words(answer))))


def way_out_words(answer: Answer) -> str:
    """The cheapest way out of a clash, as an order; any one of several where each is enough by itself."""
    if not answer.repairs:
        return "no wish given up is known to be enough"
    first = answer.repairs[0]
    single = all(len(repair.unpin) + len(repair.allow) == 1 for repair in answer.repairs)
    if single and len(answer.repairs) > 2 and len({bool(repair.unpin) for repair in answer.repairs}) == 1:
        least = f"{first.cost} {GOALS[first.goal].noun}s or more"
        return f"{'give up' if first.unpin else 'allow'} any one of them, for a plan of {least}"
    only = len(answer.conflicts) == 1 and len(answer.conflicts[0].pins + answer.conflicts[0].excludes) == 1
    steps = []
    for step, refs in (("no longer ask for", first.unpin), ("allow", first.allow)):
        steps += [f"{step} {'it' if only else named_units(answer.qualification, refs)}"] if refs else []
    return f"{' and '.join(steps)}, for a plan of {numbered(first.cost, GOALS[first.goal].noun)}"


def _counted(qualification: Qualification, refs: Sequence[str]) -> str:
    """Some units by title, those of a group of which there are many by number."""
    groups: dict[str, list[str]] = {}
    for ref in refs:
        groups.setdefault(qualification.by_ref[ref].group, []).append(ref)
    parts: list[str] = []
    for group, members in groups.items():
        of = sum(unit.group == group for unit in qualification.units)
        many = len(members) > MOST_TITLES
        parts += (
            [f"{len(members)} of {of} units of group {group}"]
            if many
            else [named_units(qualification, [r]) for r in members]
        )
    return listed(parts)


def cohort_table(answers: Sequence[Answer]) -> pd.DataFrame:
    """Learners side by side, one a row: the answer in words, its figures and the refs still to achieve.

    What the file says of registrations, such as the start and the assessor, stands behind.
    """
    rows = [
        (
            answer.request.learner,
            answer.request.name,
            ANSWERS[answer.status],
            answer.new_glh,
            answer.credits,
            len(answer.new_units) if answer.found else None,
            ", ".join(answer.new_units),
        )
        for answer in answers
    ]
    columns = ["Learner", "Name", "Answer", "Guided hours", "Credits", "New units", "Refs to achieve"]
    figures = dict.fromkeys(["Guided hours", "Credits", "New units"], "Int64")
    if any((answer.credits or 0) % 1 for answer in answers):
        figures["Credits"] = "Float64"
    table = pd.DataFrame(rows, columns=columns).astype(figures)
    known = [answer.request.details.registration for answer in answers]
    for name, head in REGISTRATION_HEADS.items():
        if any(name in each for each in known):
            table[head] = [each.get(name, "") for each in known]
    return columns_on_file(answers[0].qualification, table) if answers else table


def answer_table(answer: Answer) -> pd.DataFrame:
    """The units that count for one learner, one a row, in the order of the units; no row without a plan."""
    counted, held = set(answer.units), answer.request.wishes.held
    table = chosen_units_table(answer.qualification, (r for r in answer.qualification.by_ref if r in counted))
    table["State"] = ["achieved" if ref in held else "new" for ref in table["Ref"]]
    return table


def demand_table(cohort: Cohort) -> pd.DataFrame:
    """How many learners need each unit new, one unit a row, the most needed first."""
    demand = cohort.unit_demand
    table = chosen_units_table(cohort.qualification, sorted(demand, key=demand.__getitem__, reverse=True))
    table["Learners"] = [demand[ref] for ref in table["Ref"]]
    return table


def strategy_table(cohort: Cohort) -> pd.DataFrame:
    """What the cohort asks of each assessment strategy, one a row.

    Learners have at least one new unit under it; Units to assess counts every new unit of every learner.
    """
    by_ref, name = cohort.qualification.by_ref, cohort.qualification.strategy_name
    units: Counter[str] = Counter()
    for ref, learners in cohort.unit_demand.items():
        units[by_ref[ref].strategy] += learners
    rows = [(name(letter), learners, units[letter]) for letter, learners in cohort.strategy_demand.items()]
    return pd.DataFrame(rows, columns=["Assessment strategy", "Learners", "Units to assess"])


def clashes_table(cohort: Cohort) -> pd.DataFrame:
    """Who has no plan, one learner a row: the clash, and the way out with the fewest hours."""
    rows = [
        (answer.request.learner, answer.request.name, clash_words(answer))
        for answer in cohort.answers
        if answer.status == "infeasible"
    ]
    return pd.DataFrame(rows, columns=["Learner", "Name", "Clash and way out"])
