"""What is achieved, and the way home, in tables and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import credits_of
from planner.planning.result import listed
from planner.planning.solve import without_evidence
from planner.portfolio.verdict import Judgement, Verdict, Way
from planner.records.goals import GOALS
from planner.records.portfolios import KINDS, Portfolio
from planner.records.wishes import Wishes
from planner.report.tables import NO, YES, chosen_units_table, columns_on_file, named_units
from planner.rules.measure import numbered

ASKED = "already, as they say themselves"
"""On what a unit rests that is achieved by a learner's row of wishes alone."""


def verdict_words(found: Verdict) -> str:
    """The verdict on achieved units in one sentence, and how many of the learner's rows it rests without."""
    if not found.judged:
        return f"Not judged: {found.doubt}."
    left = f" {numbered(found.rows_left_out, 'row')} left out." if found.rows_left_out else ""
    return f"{_verdict_words(found)}{left}"


def _verdict_words(found: Verdict) -> str:
    qualification = found.home.qualification
    if not found.decided:
        return f"Not decided in {found.home.seconds:g} seconds: there may be a shorter way, or none."
    if found.rules_met:
        credits = credits_of(qualification.by_ref[ref] for ref in found.counted)
        count = f"{len(found.counted)} units count" if len(found.counted) != 1 else "1 unit counts"
        return f"Rules met: {', '.join([count, *qualification.figure_words(credits)])}."
    if not found.home.found:
        which = "that keeps what they ask for " if found.by_wishes else ""
        return f"Rules not met, and no way home {which}exists; this is proven."
    hours = qualification.figure_words(glh=found.home.new_glh)
    return f"Rules not yet met: {', '.join([to_do_words(found), *hours])}."


def wishes_words(qualification: Qualification, wishes: Wishes | None) -> str:
    """What somebody asks for beside their units, in one line; empty if nothing."""
    if wishes is None:
        return ""
    tasks = [qualification.tasks[each].title for each in wishes.tasks if each in qualification.tasks]
    parts = {
        "must count": named_units(qualification, sorted(wishes.pins)),
        "must not count": named_units(qualification, sorted(wishes.excludes)),
        "already achieved": named_units(qualification, sorted(wishes.held)),
        "done at work": listed(tasks) if tasks else "",
        "units that may fail": str(wishes.survive) if wishes.survive else "",
    }
    return "; ".join(f"{what}: {words}" for what, words in parts.items() if words)


def to_do_words(found: Verdict) -> str:
    """How many units the way home finishes and begins, in words; only where there is one."""
    way = Way(found.home)
    if not way.to_finish:
        return f"{numbered(len(way.to_start), 'unit')} to start"
    finish = f"{numbered(len(way.to_finish), 'begun unit')} to finish"
    return f"{finish} and {len(way.to_start)} more to start" if way.to_start else finish


def missing_words(found: Verdict, hours: bool = True) -> str:
    """What the way home finishes and begins, its `hours`, and what under way it does without, in short."""
    if not found.home.found:
        return ""
    known = hours and "glh" in found.home.qualification.figures
    glh = [numbered(found.home.new_glh or 0, "hour")] if known else []
    told = ", ".join([to_do_words(found), *glh])
    left = len(Way(found.home).not_needed)
    return f"{told if found.home.new_units else 'nothing'}{f'; {left} under way not needed' if left else ''}"


def needs_words(judgement: Judgement) -> str:
    """What a learner needs of the centre's people, not of the learner, in short; empty if nothing."""
    portfolio, now = judgement.portfolio, judgement.now
    submitted = sum(entry.status == "submitted" for entry in portfolio.entries)
    ready = now.rules_met and not portfolio.awaiting_iqa and not portfolio.rows_left_out
    claimed = {entry.ref for entry in portfolio.entries if entry.status == "claimed"}
    lacking = "keeps what they ask for" if now.by_wishes else "leads to the award"
    needs = [
        f"mend {numbered(portfolio.rows_left_out, 'row')}" if portfolio.rows_left_out else "",
        "" if now.judged or portfolio.rows_left_out else "mend what was read",
        f"assess {numbered(submitted, 'unit')}" if submitted else "",
        f"quality assure {numbered(len(portfolio.awaiting_iqa), 'unit')}" if portfolio.awaiting_iqa else "",
        f"decide: no way {lacking}" if now.judged and now.decided and not now.home.found else "",
        "claim the award" if ready and not claimed >= set(now.counted) else "",
    ]
    words = "; ".join(filter(None, needs))
    return f"{words[:1].upper()}{words[1:]}"


def not_needed_words(found: Verdict) -> str:
    """The units under way that the award does without; empty if there are none."""
    units = named_units(found.home.qualification, Way(found.home).not_needed)
    return f"Under way, but not needed for the award: {units}." if units else ""


def shorter_words(found: Verdict) -> str:
    """What the shortest way does otherwise, where it has fewer hours than the way home; else empty."""
    home, shortest = found.home, found.shortest
    if shortest is None or home.cost is None or shortest.cost is None:
        return ""
    left, taken = set(home.new_units) - set(shortest.new_units), set(shortest.new_units) - set(home.new_units)
    begun, qualification = home.wishes.begun, home.qualification

    def named(refs: Iterable[str]) -> str:
        return named_units(qualification, sorted(refs))

    instead = f" instead of {named(left - begun)}" if left - begun else ""
    steps = [
        (f"leave {named(left & begun)} unfinished", left & begun),
        (f"finish {named(taken & begun)}{'' if taken - begun else instead}", taken & begun),
        (f"begin {named(taken - begun)}{instead}", taken - begun),
    ]
    words = listed([step for step, refs in steps if refs])
    unfit = taken & without_evidence(qualification, home.wishes) if home.wishes.tasks else frozenset()
    but = f"; the job gives no evidence for {listed(sorted(unfit))}" if unfit else ""
    fewer = numbered(home.cost - shortest.cost, GOALS[qualification.price_goal].noun)
    return f"Or, {fewer} fewer: {words}{but}."


def title_words(judgement: Judgement) -> list[str]:
    """Which titles the award can be endorsed with now, and what the others lack, the nearest first."""
    by_need = sorted(judgement.titles, key=lambda title: (not title[1].rules_met, title[1].home.cost or 0))
    words = []
    for name, found in by_need:
        lacks = named_units(judgement.qualification, found.home.new_units)
        lacking = f"{lacks} missing" if lacks else "no way leads to it"
        words.append(f"Title {name}: {'reached' if found.rules_met else f'not reached, {lacking}'}.")
    return words


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
    table = pd.DataFrame(rows).astype(dict.fromkeys(("Started", "Assessed", "Verified", "Date"), object))
    return columns_on_file(qualification, table)


def decisions_table(qualification: Qualification, portfolio: Portfolio) -> pd.DataFrame:
    """The decisions on a portfolio, one a row, in their order; dates are dates or None."""
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
            (rules if decision.kind == "waive" else qualification.names).get(decision.subject, ""),
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
    names = judgement.qualification.names
    rows = [(remark.ref, names.get(remark.ref, ""), remark.text) for remark in judgement.remarks]
    return pd.DataFrame(rows, columns=["Ref", "Title", "Remark"])


def counted_table(judgement: Judgement) -> pd.DataFrame:
    """The achieved units that count now, one a row; Achieved says on what that rests."""
    portfolio, by_ref = judgement.portfolio, judgement.qualification.by_ref
    words = dict.fromkeys(portfolio.recognised, "by a decision")
    words |= {entry.ref: entry.status for entry in portfolio.entries if entry.achieved}
    words |= dict.fromkeys(portfolio.awaiting_iqa, "assessed, awaiting internal quality assurance")
    units = [by_ref[ref] for ref in by_ref if ref in judgement.now.counted]
    names = judgement.qualification.names
    rows = [(unit.ref, names[unit.ref], unit.credits, unit.glh, words.get(unit.ref, ASKED)) for unit in units]
    table = pd.DataFrame(rows, columns=["Ref", "Title", "Credits", "Guided hours", "Achieved"])
    return columns_on_file(judgement.qualification, table)


def surplus_table(judgement: Judgement) -> pd.DataFrame:
    """The achieved units that do not count now, one a row, and why."""
    names = judgement.qualification.names
    units = [unit for unit in judgement.qualification.units if unit.ref in judgement.now.surplus]
    rows = [(unit.ref, names[unit.ref], unit.credits, surplus_words(judgement, unit.ref)) for unit in units]
    table = pd.DataFrame(rows, columns=["Ref", "Title", "Credits", "Why"])
    return columns_on_file(judgement.qualification, table)


def surplus_words(judgement: Judgement, ref: str) -> str:
    """Why an achieved unit does not count: a barred partner counts in its place, or no rule needs it."""
    qualification = judgement.qualification
    widest = {*judgement.now.counted, *judgement.now.home.new_units}
    partners = [partner for partner in qualification.barred_partners(ref) if partner in widest]
    if not partners:
        return "left over: the rules do not need it"
    return f"barred: {', '.join(map(qualification.named, partners))} counts instead"


def learners_table(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """Portfolios side by side, one learner a row: the verdicts and what is missing, rows left out if any."""
    rows = []
    for judgement in judgements:
        now, way = judgement.now, Way(judgement.now.home)
        parts = [
            len(refs) if now.home.found else None for refs in (way.to_finish, way.to_start, way.not_needed)
        ]
        left_out = judgement.portfolio.rows_left_out
        names = (judgement.portfolio.learner, judgement.portfolio.details.name)
        short = map(verdict_short, (now, judgement.if_completed))
        rows.append((*names, *short, *parts, now.home.new_glh, left_out))
    figures = ["To finish", "To start", "Not needed", "Hours missing", "Rows left out"]
    columns = ["Learner", "Name", "Now", "If completed", *figures]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(figures, "Int64"))
    table = table if any(table["Rows left out"]) else table.drop(columns="Rows left out")
    return columns_on_file(judgements[0].qualification, table) if judgements else table


def progress_table(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """How far each unit of each learner is: a row a unit that somebody has, a column a learner.

    A cell is the unit's status, "decided" where a decision stands for it, or empty.
    """
    words = [_status_words(judgement.portfolio) for judgement in judgements]
    names = judgements[0].qualification.names if judgements else {}
    rows = [
        [f"{name} ({ref})", *(found.get(ref, "") for found in words)]
        for ref, name in names.items()
        if any(ref in found for found in words)
    ]
    return pd.DataFrame(rows, columns=["Unit", *(each.portfolio.learner for each in judgements)])


def _status_words(portfolio: Portfolio) -> dict[str, str]:
    found = {entry.ref: str(entry.status) for entry in portfolio.entries}
    return {**dict.fromkeys(portfolio.recognised, "decided"), **found}


def verdict_short(found: Verdict) -> str:
    """The verdict on achieved units in two words."""
    if not found.judged:
        return "not judged"
    if not found.decided:
        return "not decided"
    if found.rules_met:
        return "rules met"
    return "not yet" if found.home.found else "impossible"
