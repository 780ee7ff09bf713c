"""Answers about qualifications as a terminal shows them."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from datetime import date

from rich.table import Column
from rich.text import Text

from planner.authoring.lint import Report
from planner.authoring.revision import Difference, Effect
from planner.catalogue.qualification import Qualification
from planner.cli.console import (
    Heads,
    figure,
    print_frame,
    print_line,
    print_list,
    print_remarks,
    print_table,
    print_words,
)
from planner.cohort.batch import Cohort
from planner.cohort.delivery_answer import Delivery
from planner.errors import Problem
from planner.files.tables import SheetRead
from planner.files.wording import status_meant
from planner.planning.explore import Exploration, evidence_missing
from planner.planning.reasons import Fitting, Reason
from planner.planning.result import Plan
from planner.portfolio.progression import Standing
from planner.portfolio.verdict import Judgement, Verdict, Way
from planner.records.portfolio_files import PortfolioFile
from planner.report import (
    cohort_tables,
    delivery_tables,
    plan_tables,
    portfolio_tables,
    tables,
)
from planner.rules.measure import Finding

MOST_PROBLEMS = 100
"""Problems of a file that are told; of more the number is said."""

REF = Column("Ref", no_wrap=True)


def _numbers(*words: str) -> list[Column]:
    return [Column(word, justify="right") for word in words]


def show_heading(qualification: Qualification, today: date | None = None) -> None:
    """Of which qualification an answer speaks, and whether it is open."""
    print_line(f"{qualification.title}, {qualification.id}", "bold")
    style = "green" if qualification.status(today) == "open" else "yellow"
    print_line(qualification.status_sentence(today), style)
    print_line()


def _verdict(plan: Plan) -> bool:
    """The heading and the answer in a sentence; without a plan also why. Whether there is one."""
    show_heading(plan.qualification)
    print_line(tables.verdict(plan), "bold")
    if not plan.found:
        _print_conflicts(plan)
    return plan.found


def print_plan(plan: Plan) -> None:
    """A plan with its rules, or why there is none."""
    if not _verdict(plan):
        return
    print_words(_figures(plan))
    print_words(plan.qualification.next_step(rules_met=False))
    _print_units(plan, "Units that count")
    if plan.spare:
        _print_units(plan, "Units held in reserve", counts=tables.RESERVE)
    _print_rules(plan.findings)
    print_line(tables.caveats(plan.qualification)[0], "dim")


def _figures(plan: Plan) -> str:
    """What a plan comes to in credits and hours; empty where neither is on file."""
    words = plan.qualification.figure_words(plan.credits, plan.glh)
    if "glh" not in plan.qualification.figures:
        return f"{words[0]} in all." if words else ""
    hours = "that count, {} still to do with those in reserve" if plan.spare else "in all, {} still to do"
    figures = f"{', '.join(words)} {hours.format(plan.new_glh)}"
    if len(words) < 2:
        return f"{figures}."
    return f"{figures}; about {plan.learning_hours} hours of learning still to come, guided or not."


def _print_units(plan: Plan, title: str, counts: str = tables.YES) -> None:
    table = plan_tables.plan_table(plan, counts)
    unit = "Unit"
    if plan.wishes.tasks:
        # A column of its own for the evidence would leave eighty characters no room for the titles.
        unit = "Unit, and evidence from your job"
        table["Unit"] += "\nEvidence: " + table["Evidence"]
    heads: Heads = [REF, Column(unit, overflow="fold"), Column("Group", justify="center")]
    heads = [*heads, *_numbers("Level", *tables.shown(plan.qualification, ("Credits", "Hours"))), "State"]
    columns = ["Ref", "Unit", "Group", "Level", "Credits", "Guided hours", "State"]
    print_frame(table[tables.shown(plan.qualification, columns)], title, heads)


def _print_missing(found: Verdict) -> None:
    """The way home, what is under way first, and what is proven of it."""
    columns = ["Ref", "Title", "To do", "Credits", "Guided hours", "Assessment strategy"]
    qualification = found.home.qualification
    numbers = _numbers(*tables.shown(qualification, ("Credits", "Hours")))
    heads: Heads = [REF, "Unit", "To do", *numbers, "Assessment strategy"]
    title = f"What is missing: {portfolio_tables.to_do_words(found)}"
    print_frame(portfolio_tables.missing_table(found)[tables.shown(qualification, columns)], title, heads)
    print_words(portfolio_tables.shorter_words(found))


def _print_rules(findings: Sequence[Finding], waived: Collection[str] = frozenset()) -> None:
    rows = []
    for depth, finding in tables.nested(tuple(findings)):
        met = Text("yes", style="green") if finding.holds else Text("no", style="red bold")
        if finding.rule.id in waived:
            met = Text("waived", style="yellow")
        rows.append(("  " * depth + finding.rule.text, finding.progress, met))
    print_table(("Sentence", Column("Measured", no_wrap=True), "Met"), rows, "Rules of combination")


def _print_conflicts(plan: Plan) -> None:
    print_list(conflict.in_words(plan.qualification) for conflict in plan.conflicts)
    if not plan.conflicts_complete:
        print_line(tables.MORE_CONFLICTS)
    print_words(tables.outside_words(plan))
    repairs = (repair.in_words(plan.qualification) for repair in plan.repairs)
    print_list(repairs, "What would help, shortest plan first:")
    if plan.repairs and not plan.repairs_complete:
        print_line("There are more ways than these.")


def print_reasons(best: Plan, reasons: Sequence[Reason], fitting: Sequence[Fitting]) -> None:
    """Why units are in a plan or not, and what else fits the job."""
    if not _verdict(best):
        return
    names = best.qualification.names
    rows = [(one.ref, names[one.ref], "yes" if one.counts else "no", one.words) for one in reasons]
    print_table(("Ref", "Unit", "In plan", "Why"), rows)
    prices = {
        unit.ref: "cannot be added" if unit.price is None else plan_tables.price_words(best, unit.price)
        for unit in fitting
    }
    lines = (f"{best.qualification.named(ref)}: {price}" for ref, price in prices.items())
    print_list(lines, "Also fits your job, with the price of adding it:")


def print_exploration(found: Exploration) -> None:
    """Every unit with its prices, other plans and the frontier."""
    if not _verdict(found.best):
        return
    styles = {"forced": "green", "possible": "", "impossible": "red"}
    outlook = plan_tables.outlook_table(found).astype(object)
    outlook["State"] = outlook["State"].map(lambda state: Text(state, styles[state]))
    heads = [Column(word, no_wrap=word != "Unit") for word in outlook.columns]
    qualification = found.best.qualification
    extra = qualification.price_words
    print_frame(outlook, f"Every unit, with the extra {extra} of a choice", heads)
    complete = "all of them" if found.complete else "the best of them"
    shown = {"Hours": "new_glh", "Credits": "credits"}
    figures = {word: shown[word] for word in tables.shown(qualification, shown)}
    others = [
        (*(getattr(other, figure) for figure in figures.values()), " ".join(other.planned))
        for other in found.alternatives
    ]
    print_table((*figures, "Units"), others, f"Plans as good or nearly so, {complete}")
    if found.frontier:
        points = [(evidence_missing(one), one.cost, " ".join(one.planned)) for one in found.frontier]
        cost = "Hours" if extra == "hours" else "New units"
        print_table(("Units without evidence", cost, "Units"), points, f"Fit against {extra}")


def print_tasks(qualification: Qualification) -> None:
    """What people do at work, and the units it gives evidence for."""
    show_heading(qualification)
    rows = [(task.id, task.title, " ".join(task.evidence)) for task in qualification.tasks.values()]
    print_table(("Task", "What you do", "Gives evidence for"), rows)


def print_report(report: Report) -> None:
    """What the check of data and rules found."""
    show_heading(report.qualification)
    print_remarks(report.remarks, f". Data {report.qualification.digest}.")


def print_judgements(
    qualification: Qualification, judgements: Sequence[Judgement], read: PortfolioFile
) -> None:
    """The verdicts on portfolios: one in full, several as a table."""
    show_heading(qualification)
    if len(judgements) == 1:
        _print_judgement(judgements[0])
    else:
        rows = []
        for judgement in judgements:
            way = Way(judgement.now.home)
            verdicts = map(portfolio_tables.verdict_words, (judgement.now, judgement.if_completed))
            refs = map(" ".join, (way.to_finish, way.to_start, way.not_needed))
            rows.append((judgement.portfolio.learner, *verdicts, *refs))
        heads = ("Learner", "Now", "If all in hand is achieved", "To finish", "To start", "Not needed")
        print_table(heads, rows)
        print_words(qualification.next_step(all(judgement.now.rules_met for judgement in judgements)))
    show_problems(read.problems, read.sheets)
    if read.unknown_statuses:
        meant = [(word, status_meant(word) or "STATUS") for word in read.unknown_statuses]
        said = " ".join(shlex.quote(f"--map-status={word}={status}") for word, status in meant)
        print_line(f"If these words of the file are statuses, say which: {said}")
    print_line(tables.caveats(qualification)[0], "dim")


def _print_judgement(judgement: Judgement) -> None:
    qualification, portfolio, now = judgement.qualification, judgement.portfolio, judgement.now
    print_line(portfolio_tables.verdict_words(now), "bold")
    if portfolio.in_hand:
        words = portfolio_tables.verdict_words(judgement.if_completed)
        print_line(f"If everything in progress and submitted is achieved: {words}")
    if now.home.found and now.home.new_units:
        _print_missing(now)
    print_words(portfolio_tables.not_needed_words(now))
    print_list(conflict.in_words(qualification) for conflict in now.home.conflicts)
    print_words(tables.outside_words(now.home))
    print_words(qualification.next_step(now.rules_met))
    for label, refs in (
        ("Count", now.counted),
        ("Achieved, but do not count", now.surplus),
        ("Awaiting internal quality assurance", portfolio.awaiting_iqa),
    ):
        if refs:
            print_line(f"{label}: {', '.join(map(qualification.named, refs))}")
    print_list(portfolio_tables.title_words(judgement))
    _print_rules(now.findings, portfolio.waived)
    for decision in portfolio.decisions:
        print_line(f"Decision: {decision.in_words(qualification)}")
    for remark in judgement.remarks:
        print_line(f"Record: {f'{remark.ref}: ' if remark.ref else ''}{remark.text}", "yellow")


def print_cohort(cohort: Cohort, sheets: Sequence[SheetRead] = ()) -> None:
    """Every learner's answer, the demand, and the rows left out."""
    show_heading(cohort.qualification)
    print_line(cohort_tables.cohort_words(cohort), "bold")
    print_words(cohort.qualification.next_step(rules_met=False))
    rows = []
    for answer in cohort.answers:
        words = " ".join(answer.new_units) if answer.found else cohort_tables.clash_words(answer)
        said = cohort_tables.ANSWERS[answer.status]
        figures = {"Hours": answer.new_glh, "Credits": answer.credits}
        shown = tables.shown(cohort.qualification, figures)
        rows.append((answer.request.learner, said, *(figure(figures[word]) for word in shown), words))
    shown = tables.shown(cohort.qualification, ("Hours", "Credits"))
    print_table(("Learner", "Answer", *shown, "New units, or why there is no plan"), rows)
    names, demand = cohort.qualification.names, cohort.unit_demand.items()
    needed = [(ref, names[ref], number) for ref, number in demand]
    print_table(("Ref", "Unit", *_numbers("Learners")), needed, "Demand")
    show_problems(cohort.problems, sheets)


def print_delivery(delivery: Delivery, problems: Sequence[Problem], sheets: Sequence[SheetRead] = ()) -> None:
    """Which units to run in how many groups, with value, bound and comparison."""
    show_heading(delivery.qualification)
    print_line(delivery_tables.delivery_words(delivery), "bold")
    print_words(delivery_tables.own_best_words(delivery))
    columns = ["Ref", "Title", "Guided hours", "Groups", "Learners", "Delivered hours"]
    heads = ("Ref", "Unit", "Hours", "Groups", "Learners", "Delivered hours")
    print_frame(delivery_tables.running_table(delivery)[columns], None, heads)
    if delivery.misfits:
        print_frame(delivery_tables.misfits_table(delivery), "Seats without evidence from the job")
    if delivery.allowances:
        print_frame(delivery_tables.allowances_table(delivery), delivery_tables.ALLOWANCES)
    if delivery.misfits:
        print_line(delivery_tables.ALONE)
    for learner, why in delivery_tables.left_out_table(delivery).itertuples(index=False, name=None):
        print_line(f"Left out: {learner}. {why}")
    show_problems(problems, sheets)


def print_standings(standings: Sequence[Standing]) -> None:
    """Every qualification on file with what the achieved units come to, the nearest first."""
    rows = []
    for standing in standings:
        found, verdict = standing.qualification, standing.verdict
        words = f"{found.title}, {found.id}. {found.status_sentence()}"
        refs = map(" ".join, (verdict.counted, verdict.home.new_units))
        rows.append((words, portfolio_tables.verdict_words(verdict), *refs))
    print_table(("Qualification", "Verdict", "Count", "Missing"), rows)
    for standing in standings:
        if words := standing.qualification.next_step(standing.verdict.rules_met):
            print_line(f"{standing.qualification.id}: {words}")
        for words in standing.differing:
            print_line(f"{standing.qualification.id}: {words}")
    if standings:
        print_line(tables.caveats(standings[0].qualification)[0], "dim")


def print_change(
    qualification: Qualification,
    differing: Sequence[Difference],
    effects: Sequence[Effect],
    problems: Sequence[Problem],
    sheets: Sequence[SheetRead] = (),
) -> None:
    """What differs between two versions, and what that does to each request."""
    show_heading(qualification)
    if not differing:
        print_line("Nothing differs.", "bold")
    print_list(difference.in_words for difference in differing)
    if effects:
        rows = []
        for effect in effects:
            hours = (figure(plan.new_glh) for plan in (effect.before, effect.least, effect.cheapest))
            rows.append((effect.request.learner, effect.state, *hours, plan_tables.effect_words(effect)))
        figures = ("Hours before", "Hours, least change", "Hours, cheapest")
        print_table(("Learner", "Plan", *figures, "What changes"), rows)
    show_problems(problems, sheets)


def show_problems(problems: Sequence[Problem], sheets: Sequence[SheetRead] = ()) -> None:
    """What could not be read of a file, and how it was read where nobody would expect it."""
    more = len(problems) - MOST_PROBLEMS
    told = [*problems[:MOST_PROBLEMS], *([f"and {more:,} more"] if more > 0 else [])]
    print_list(told, "Could not be read, or is doubted:")
    for words in tables.how_read_words(sheets):
        print_line(words, "dim")
