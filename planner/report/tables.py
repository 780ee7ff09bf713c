"""The tables that screen and workbook share, as data frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import pandas as pd

from planner.authoring.lint import Report
from planner.authoring.revision import Effect
from planner.catalogue.qualification import CREDIT_HOURS, Qualification, in_words
from planner.catalogue.remarks import Remark
from planner.catalogue.units import Unit
from planner.cohort.batch import Answer, Cohort
from planner.cohort.delivery import Delivery
from planner.cohort.misfits import Allowance, Misfit
from planner.cohort.seating import Progress
from planner.errors import Problem
from planner.planning.explore import Exploration
from planner.planning.reasons import MOST_TASKS, would_show
from planner.planning.result import Plan, listed
from planner.planning.solve import goal_value, without_evidence
from planner.portfolio.verdict import KINDS, Judgement, Portfolio, Verdict, Way
from planner.records.goals import EVERY_GOAL
from planner.records.wishes import Wishes
from planner.rules.measure import Finding, noun_of, numbered
from planner.rules.rule import Choice, Rule

YES, NO = "yes", "no"
RESERVE = "in reserve"
"""Of a unit that does not count and is achieved all the same, in case one that counts fails."""

MOST_TITLES = 2
"""Units of one group that a short sentence names; more are counted."""

MORE_CONFLICTS = "There are more conflicts than these."


def plan_table(plan: Plan, counts: str = YES) -> pd.DataFrame:
    """The units that count, or those in reserve, one a row, in the order of their groups."""
    table = units_table(plan)
    counted = table[table["Counts"] == counts]
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
    by_ref = found.by_ref
    rows = [
        {
            "Ref": unit.ref,
            "Unit": unit.title,
            "In plan": _counts(found.best, unit.ref),
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
    first = set(plans[0].planned) if plans else set()
    for number, plan in enumerate(plans, start=1):
        units = set(plan.planned)
        row = {
            "Plan": number,
            "Guided hours": plan.new_glh,
            "Credits": plan.credits,
            "New units": len(plan.to_achieve),
            "Strategies": goal_value("strategies", plan.qualification, plan.wishes, plan.planned),
            "Instead of": ", ".join(_titles(plan, first - units)),
            "Takes": ", ".join(_titles(plan, units - first)),
        }
        if plan.wishes.tasks:
            row["Without evidence"] = goal_value("fit", plan.qualification, plan.wishes, plan.planned)
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
    rows = [
        {
            "Counts": _counts(plan, unit.ref),
            **_unit_row(plan.qualification, unit, plan.wishes),
            "Barred set": " ".join(unit.barred_sets),
            "Wish": wish_words(plan.wishes, unit.ref),
            **({"Evidence": evidence_words(plan, unit.ref)} if plan.wishes.tasks else {}),
        }
        for unit in sorted(plan.qualification.units, key=lambda unit: unit.group)
    ]
    return pd.DataFrame(rows)


def _counts(plan: Plan, ref: str) -> str:
    return YES if ref in plan.units else RESERVE if ref in plan.spare else NO


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


AGAIN = "The search was cut off: asked again, it may give another answer."
"""What is said of an answer that is not reproducible."""


def verdict(plan: Plan) -> str:
    """The answer in one sentence."""
    if plan.status == "infeasible":
        return "No plan exists for these wishes; this is proven."
    if plan.status == "unknown":
        return f"Not decided in {plan.seconds:g} seconds: a plan may or may not exist."
    new = len(plan.to_achieve)
    if not plan.units:
        sentence = "The rules are met without any unit."
    elif new == 0:
        sentence = "The rules are met by what is already achieved."
    else:
        sentence = f"{numbered(new, 'unit')} to achieve, {numbered(plan.new_glh or 0, 'guided hour')}."
    if plan.spare:
        sentence = f"{sentence[:-1]}; {reserve_words(plan)}"
    if plan.status == "feasible":
        return f"{sentence} Not proven best: the search stopped after {plan.seconds:g} seconds. {AGAIN}"
    return f"{sentence} {proof(plan)}"


def reserve_words(plan: Plan) -> str:
    """How many units are held in reserve, and what for."""
    spare, losses = len(plan.spare), plan.wishes.survive
    held = "1 of them does not count: it is" if spare == 1 else f"{spare} of them do not count: they are"
    fail = "an optional unit fails" if losses == 1 else f"{losses} optional units fail"
    return f"{held} held in reserve, in case {fail}."


def proof(plan: Plan) -> str:
    """What is proven of a plan that is proven best."""
    if not plan.goals:
        return "Every rule is met."
    first, *rest = [EVERY_GOAL[goal.id].fewer for goal in plan.goals]
    equals = f"; among equals, none has {' or, then, '.join(rest)}" if rest else ""
    wishes = plan.wishes
    chosen = bool(wishes.pins or wishes.excludes or wishes.held or wishes.survive)
    which = "no valid plan with these choices" if chosen else "no valid plan"
    return f"Proven: {which} has {first}{equals}."


def outside_words(found: Plan | Answer) -> str:
    """What a plan would need from outside the centre's offer; empty where the offer is not in the way."""
    by_ref = found.qualification.by_ref
    units = ", ".join(f"{by_ref[ref].title} ({ref})" for ref in found.outside_offer)
    return f"Outside the centre's offer, and needed: {units}." if units else ""


def why_not_words(found: Plan | Answer) -> str:
    """Why there is no plan: the conflicts, and what is missing from the offer; empty with a plan."""
    words = [conflict.in_words(found.qualification) for conflict in found.conflicts]
    words += [] if found.conflicts_complete else [MORE_CONFLICTS]
    return " ".join(filter(None, [*words, outside_words(found)]))


def verdict_words(found: Verdict) -> str:
    """The verdict on achieved units in one sentence."""
    if not found.decided:
        return f"Not decided in {found.home.seconds:g} seconds: there may be a shorter way, or none."
    if found.rules_met:
        credits = sum(found.home.qualification.by_ref[ref].credits for ref in found.counted)
        count = f"{len(found.counted)} units count" if len(found.counted) != 1 else "1 unit counts"
        return f"Rules met: {count}, {numbered(credits, 'credit')}."
    if not found.home.found:
        return "Rules not met, and no way home exists; this is proven."
    hours = numbered(found.home.new_glh or 0, "guided hour")
    return f"Rules not yet met: {to_do_words(found)}, {hours}."


def to_do_words(found: Verdict) -> str:
    """How many units the way home finishes and begins, in words; only where there is one."""
    way = Way(found.home)
    if not way.to_finish:
        return f"{numbered(len(way.to_start), 'unit')} to start"
    finish = f"{numbered(len(way.to_finish), 'unit')} to finish"
    return f"{finish}, {len(way.to_start)} to start" if way.to_start else f"{finish}, none to start"


def missing_words(found: Verdict) -> str:
    """What the way home finishes and begins, its hours, and how much under way it does without, in short."""
    if not found.home.found:
        return ""
    hours = f"{to_do_words(found)}, {numbered(found.home.new_glh or 0, 'hour')}"
    left = len(Way(found.home).not_needed)
    return f"{hours if found.home.new_units else 'nothing'}{f'; {left} under way not needed' if left else ''}"


def not_needed_words(found: Verdict) -> str:
    """The units under way that the award does without; empty if there are none."""
    units = _named(found.home.qualification, Way(found.home).not_needed)
    return f"Under way, but not needed for the award: {units}." if units else ""


def shorter_words(found: Verdict) -> str:
    """What the shortest way does otherwise, where it has fewer hours than the way home; else empty."""
    home, shortest = found.home, found.shortest
    if shortest is None or home.new_glh is None or shortest.new_glh is None:
        return ""
    left, taken = set(home.new_units) - set(shortest.new_units), set(shortest.new_units) - set(home.new_units)
    begun, qualification = home.wishes.begun, home.qualification

    def named(refs: Iterable[str]) -> str:
        return _named(qualification, sorted(refs))

    instead = f" instead of {named(left - begun)}" if left - begun else ""
    steps = [
        (f"leave {named(left & begun)} unfinished", left & begun),
        (f"finish {named(taken & begun)}{'' if taken - begun else instead}", taken & begun),
        (f"begin {named(taken - begun)}{instead}", taken - begun),
    ]
    words = listed([step for step, refs in steps if refs])
    unfit = taken & without_evidence(qualification, home.wishes) if home.wishes.tasks else frozenset()
    but = f"; the job gives no evidence for {listed(sorted(unfit))}" if unfit else ""
    return f"Or, {numbered(home.new_glh - shortest.new_glh, 'guided hour')} fewer: {words}{but}."


def _named(qualification: Qualification, refs: Sequence[str]) -> str:
    """Titles and refs of some units, listed; empty for none."""
    return listed([f"{qualification.by_ref[ref].title} ({ref})" for ref in refs]) if refs else ""


def qualification_table(qualification: Qualification) -> pd.DataFrame:
    """What is on file about the qualification: a word and its value, one a row."""
    rows = [
        ("Qualification", qualification.title),
        ("Number", qualification.id),
        ("Awarding organisation", qualification.awarding_organisation),
        ("Level", qualification.level),
        ("Status", qualification.status_sentence()),
        ("Progression", "; ".join(qualification.progression)),
        ("Minimum age", qualification.min_age),
        ("Fee", None if qualification.fee_gbp is None else f"£{qualification.fee_gbp:.2f}"),
        ("Source of the rules", qualification.source),
        ("Last compared with the source", in_words(qualification.verified) or "never"),
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


# Portfolios

WAIVED = "waived"


def count_words(count: str) -> str:
    """What a rule counts, in words."""
    return "guided hours" if count == "glh" else count


def findings_table(findings: Sequence[Finding], waived: Collection[str] = ()) -> pd.DataFrame:
    """Rules measured, one a row; the parts of a choice follow it, indented.

    Met is yes, no or, for the ids in `waived`, waived.
    """
    rows = [
        {
            "Rule": finding.rule.id,
            "Sentence": "    " * depth + finding.rule.text,
            "Measured": finding.measured,
            "At least": finding.rule.at_least,
            "At most": finding.rule.at_most,
            "Counted in": count_words(finding.rule.count),
            "Met": WAIVED if not depth and finding.rule.id in waived else YES if finding.holds else NO,
        }
        for depth, finding in nested(tuple(findings))
    ]
    columns = ["Rule", "Sentence", "Measured", "At least", "At most", "Counted in", "Met"]
    return pd.DataFrame(rows, columns=columns).astype({"At least": "Int64", "At most": "Int64"})


def judgement_words(judgement: Judgement) -> str:
    """The verdict on a portfolio as it is now, the waived rules named."""
    waived = sorted(judgement.portfolio.waived)
    words = verdict_words(judgement.now)
    return f"{words} Waived by decision: {', '.join(waived)}." if waived else words


def portfolio_table(judgement: Judgement) -> pd.DataFrame:
    """Every unit of the qualification with what a portfolio says of it, one a row, by group.

    Status is empty for a unit that is not in the portfolio; the four dates are dates or None. Achieved
    says whether the unit is assessed, verified or recognised by a decision in force. Counts is no for a
    unit that is achieved and left over, and for one that is barred beside a unit that counts; else yes:
    the units that count now are those with yes in both.
    """
    qualification, portfolio, counted = judgement.qualification, judgement.portfolio, judgement.now.counted
    entries = {entry.ref: entry for entry in portfolio.entries}
    barred = {partner for ref in counted for partner in qualification.barred_partners(ref)}
    left = (barred | set(judgement.now.surplus)) - set(counted)
    rows = []
    for unit in sorted(qualification.units, key=lambda unit: unit.group):
        entry = entries.get(unit.ref)
        row = {
            "Ref": unit.ref,
            "Title": unit.title,
            "Group": unit.group,
            "Level": unit.level,
            "Credits": unit.credits,
            "Guided hours": unit.glh,
            "Strategy": unit.strategy,
            "Status": entry.status if entry else "",
            "Evidence": entry.evidence if entry else "",
            "Assessor": entry.assessor if entry else "",
            "Started": entry.started if entry else None,
            "Assessed": entry.assessed if entry else None,
            "Verified": entry.verified if entry else None,
            "Date": entry.date if entry else None,
            "IQA sample": entry.iqa_sample if entry else "",
            "IQA outcome": entry.iqa_outcome if entry else "",
            "Counts": NO if unit.ref in left else YES,
            "Achieved": YES if unit.ref in portfolio.achieved else NO,
        }
        rows.append(row)
    return pd.DataFrame(rows).astype(dict.fromkeys(("Started", "Assessed", "Verified", "Date"), object))


def decisions_table(qualification: Qualification, portfolio: Portfolio) -> pd.DataFrame:
    """The decisions on a portfolio, one a row, in their order; dates are dates or None."""
    units = {unit.ref: unit.title for unit in qualification.units}
    rules = {rule.id: rule.text for rule in qualification.rules}
    columns = [
        "Decision",
        "Unit or rule",
        "Title",
        "Outside",
        "Reason",
        "By",
        "Date",
        "Withdrawn",
        "Withdrawn by",
        "In force",
    ]
    rows = [
        (
            KINDS[decision.kind],
            decision.subject,
            (rules if decision.kind == "waive" else units).get(decision.subject, ""),
            decision.outside,
            decision.reason,
            decision.by,
            decision.date,
            decision.withdrawn,
            decision.withdrawn_by,
            YES if decision.in_force else "withdrawn",
        )
        for decision in portfolio.decisions
    ]
    return pd.DataFrame(rows, columns=columns).astype({"Date": object, "Withdrawn": object})


def chosen_units_table(qualification: Qualification, refs: Iterable[str]) -> pd.DataFrame:
    """Some units with their facts, one a row, in the order of `refs`."""
    columns = ["Ref", "Title", "Group", "Level", "Credits", "Guided hours", "Assessment strategy"]
    units = [qualification.by_ref[ref] for ref in refs]
    rows = [
        (u.ref, u.title, u.group, u.level, u.credits, u.glh, qualification.strategy_name(u.strategy))
        for u in units
    ]
    return pd.DataFrame(rows, columns=columns)


def missing_table(found: Verdict) -> pd.DataFrame:
    """The way home: the units still missing with their facts, one a row; no row where there is no way.

    To do is finish for those under way, which come first, and start for the others.
    """
    way = Way(found.home)
    table = chosen_units_table(found.home.qualification, [*way.to_finish, *way.to_start])
    table["To do"] = pd.Series(["finish"] * len(way.to_finish) + ["start"] * len(way.to_start), dtype=str)
    return table


def remarks_table(judgement: Judgement) -> pd.DataFrame:
    """What the record lacks or says twice, one a row; the ref is empty where it is about the record."""
    by_ref = judgement.qualification.by_ref
    rows = [
        (remark.ref, by_ref[remark.ref].title if remark.ref in by_ref else "", remark.text)
        for remark in judgement.remarks
    ]
    return pd.DataFrame(rows, columns=["Ref", "Title", "Remark"])


def counted_table(judgement: Judgement) -> pd.DataFrame:
    """The achieved units that count now, one a row; Achieved says on what that rests."""
    portfolio, by_ref = judgement.portfolio, judgement.qualification.by_ref
    words = dict.fromkeys(portfolio.recognised, "by a decision")
    words |= {entry.ref: entry.status for entry in portfolio.entries if entry.achieved}
    words |= dict.fromkeys(portfolio.awaiting_iqa, "assessed, awaiting internal quality assurance")
    units = [by_ref[ref] for ref in by_ref if ref in judgement.now.counted]
    rows = [(unit.ref, unit.title, unit.credits, unit.glh, words[unit.ref]) for unit in units]
    return pd.DataFrame(rows, columns=["Ref", "Title", "Credits", "Guided hours", "Achieved"])


def surplus_table(judgement: Judgement) -> pd.DataFrame:
    """The achieved units that do not count now, one a row, and why."""
    by_ref = judgement.qualification.by_ref
    units = [by_ref[ref] for ref in by_ref if ref in judgement.now.surplus]
    rows = [(unit.ref, unit.title, unit.credits, surplus_words(judgement, unit.ref)) for unit in units]
    return pd.DataFrame(rows, columns=["Ref", "Title", "Credits", "Why"])


def surplus_words(judgement: Judgement, ref: str) -> str:
    """Why an achieved unit does not count: a barred partner counts in its place, or no rule needs it."""
    by_ref = judgement.qualification.by_ref
    widest = {*judgement.now.counted, *judgement.now.home.new_units}
    partners = [partner for partner in judgement.qualification.barred_partners(ref) if partner in widest]
    if not partners:
        return "left over: the rules do not need it"
    titles = ", ".join(f"{by_ref[partner].title} ({partner})" for partner in partners)
    return f"barred: {titles} counts instead"


def learners_table(judgements: Iterable[Judgement]) -> pd.DataFrame:
    """Portfolios side by side, one learner a row: the verdicts and what is missing."""
    rows = [
        {
            "Learner": judgement.portfolio.learner,
            "Name": judgement.portfolio.details.name,
            "Now": verdict_short(judgement.now),
            "If completed": verdict_short(judgement.if_completed),
            **{word: len(refs) if judgement.now.home.found else None for word, refs in _parts_of(judgement)},
            "Hours missing": judgement.now.home.new_glh,
        }
        for judgement in judgements
    ]
    figures = ["To finish", "To start", "Not needed", "Hours missing"]
    columns = ["Learner", "Name", "Now", "If completed", *figures]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(figures, "Int64"))


def _parts_of(judgement: Judgement) -> list[tuple[str, tuple[str, ...]]]:
    way = Way(judgement.now.home)
    return [("To finish", way.to_finish), ("To start", way.to_start), ("Not needed", way.not_needed)]


def verdict_short(found: Verdict) -> str:
    """The verdict on achieved units in two words."""
    if not found.decided:
        return "not decided"
    if found.rules_met:
        return "rules met"
    return "not yet" if found.home.found else "impossible"


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """What is wrong in a file, one a row: where, what stands there, what is wrong with it."""
    rows = [(problem.row, problem.field, problem.value, problem.message) for problem in problems]
    columns = ["Row", "Field", "Value", "What is wrong"]
    return pd.DataFrame(rows, columns=columns).astype({"Row": "Int64"})


# Cohorts

ANSWERS = {
    "optimal": "planned",
    "feasible": "planned, not proven best",
    "infeasible": "not possible",
    "unknown": "not decided",
}
"""The status of a learner's answer in words."""


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
    planned = [answer.new_glh for answer in cohort.answers if answer.new_glh is not None]
    average = f" {round(sum(planned) / len(planned))} guided hours to do on average." if planned else ""
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
        least = f"{first.new_glh} guided hours or more"
        return f"{'give up' if first.unpin else 'allow'} any one of them, for a plan of {least}"
    only = len(answer.conflicts) == 1 and len(answer.conflicts[0].pins + answer.conflicts[0].excludes) == 1
    steps = []
    for step, refs in (("no longer ask for", first.unpin), ("allow", first.allow)):
        steps += [f"{step} {'it' if only else _named(answer.qualification, refs)}"] if refs else []
    return f"{' and '.join(steps)}, for a plan of {numbered(first.new_glh, 'guided hour')}"


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
            else [_named(qualification, [r]) for r in members]
        )
    return listed(parts)


def cohort_table(answers: Iterable[Answer]) -> pd.DataFrame:
    """Learners side by side, one a row: the answer in words, its figures and the refs still to achieve."""
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
    whole = dict.fromkeys(["Guided hours", "Credits", "New units"], "Int64")
    return pd.DataFrame(rows, columns=columns).astype(whole)


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


# Delivery


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
    what = f"{numbered(units, 'unit')} in {numbered(groups, 'group')}"
    who = f"{numbered(learners, 'learner')}"
    words = f"{what} for {who}: {delivery.delivered_glh} delivered guided hours. {gap_words(delivery)}"
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
            qualification.by_ref[misfit.ref].title,
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
        return "cannot be"
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


def search_words(step: Progress) -> str:
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
        learners = sum(map(len, running.groups))
        strategy = delivery.qualification.strategy_name(unit.strategy)
        free = groups * delivery.group_size - learners
        rows.append((unit.ref, unit.title, strategy, unit.glh, groups, learners, groups * unit.glh, free))
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
        (running.ref, delivery.qualification.by_ref[running.ref].title, number, seat, learner)
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
        learning = CREDIT_HOURS * sum(by_ref[ref].credits for ref in new)
        credits = sum(by_ref[ref].credits for ref in counted)
        rows.append((learner, hours, credits, learning, len(new), ", ".join(new)))
    columns = ["Learner", "Guided hours", "Credits", "Learning hours", "New units", "Refs to achieve"]
    return pd.DataFrame(rows, columns=columns)


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


# Two versions of a qualification


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


# The catalogue

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
        needed = [ref for ref in rule.weights if ref != rule.subject]
        return f"{rule.subject} counts only together with {', '.join(needed)}"
    low, high, number = rule.at_least, rule.at_most, len(rule.weights)
    if low == sum(rule.weights.values()) and high in (None, low):
        figure = "" if rule.count == "units" else f", {low} {noun_of(rule.count, low)}"
        units = {1: "this unit", 2: "both units"}.get(number, f"all {number} units")
        words = f"{units}{figure}"
    else:
        over = f"{'of' if rule.count == 'units' else 'from'} {number} {noun_of('units', number)}"
        noun = "" if rule.count == "units" else f" {noun_of(rule.count, high or low or 0)}"
        words = f"{_between(low, high)}{noun} {over}"
    return f"{words} already achieved" if rule.held_only else words


def _between(low: int | None, high: int | None) -> str:
    if low == high:
        return f"exactly {low}"
    if low is None or high is None:
        return f"at most {high}" if low is None else f"at least {low}"
    return f"from {low} to {high}"


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
