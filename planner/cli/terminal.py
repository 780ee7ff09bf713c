"""Answers as a terminal shows them, or as one JSON document."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from planner.authoring.lint import Report
from planner.authoring.revision import Difference, Effect
from planner.catalogue.qualification import Qualification
from planner.cohort.batch import Cohort
from planner.cohort.delivery_answer import Delivery
from planner.cohort.seat_question import Progress as Step
from planner.errors import Problem
from planner.planning.explore import Exploration, evidence_missing
from planner.planning.reasons import Fitting, Reason
from planner.planning.result import Plan
from planner.portfolio.progression import Standing
from planner.portfolio.verdict import Judgement, Verdict, Way
from planner.report import cohort_tables, delivery_tables, plan_tables, portfolio_tables, tables
from planner.rules.measure import Finding, numbered


@contextmanager
def printing() -> Iterator[None]:
    """Standard streams that fail loudly, and are flushed in the end.

    Raises
    ------
    OSError
        If stdout is closed, full, or its reader is gone, whichever library met it.
    """
    if sys.stderr is None:  # what is printed there would go to stdout
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  open until the end
    out = sys.stdout
    if out is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="replace")  # a terminal that lacks a character still shows the rest
    try:
        yield
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich and typer make it 1, "answered no"
            raise end.__context__ from None
        raise
    finally:
        out.flush()


def give_up_printing(error: OSError) -> None:
    """Says why nothing more can be printed, unless it is that nobody reads it."""
    sys.stdout = None  # at exit nothing is flushed there either
    if not isinstance(error, BrokenPipeError):
        with suppress(OSError):
            print(f"error: cannot print: {error.strerror}", file=sys.stderr)


def print_json(document: dict[str, Any]) -> None:
    """A JSON document, whole, and nothing else."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(json.dumps(document, ensure_ascii=plain, indent=2), flush=True)


def _console() -> Console:
    return Console(highlight=False)


def _heading(console: Console, qualification: Qualification) -> None:
    console.print(Text(f"{qualification.title}, {qualification.id}", style="bold"))
    closed = qualification.status() != "open"
    console.print(Text(qualification.status_sentence(), style="yellow" if closed else "green"))
    console.print()


def print_plan(plan: Plan) -> None:
    """A plan with its rules, or why there is none."""
    console = _console()
    _heading(console, plan.qualification)
    console.print(Text(tables.verdict(plan), style="bold"))
    if not plan.found:
        _print_conflicts(console, plan)
        return
    hours = "that count, {} still to do with those in reserve" if plan.spare else "in all, {} still to do"
    console.print(
        Text(
            f"{numbered(plan.credits or 0, 'credit')}, {numbered(plan.glh or 0, 'guided hour')} "
            f"{hours.format(plan.new_glh)}; "
            f"about {plan.learning_hours} hours of learning still to come, guided or not."
        )
    )
    _print_next_step(console, plan.qualification, rules_met=False)
    _print_units(console, plan, "Units that count")
    if plan.spare:
        _print_units(console, plan, "Units held in reserve", counts=tables.RESERVE)
    _print_rules(console, plan.findings)
    console.print(Text(tables.caveats(plan.qualification)[0], style="dim"))


def _print_next_step(console: Console, qualification: Qualification, rules_met: bool) -> None:
    """What to know before a next step is taken, where there is something."""
    if words := qualification.next_step(rules_met):
        console.print(Text(words))


def _print_units(console: Console, plan: Plan, title: str, counts: str = tables.YES) -> None:
    units = Table(title=title, title_justify="left", title_style="bold")
    job = bool(plan.wishes.tasks)
    units.add_column("Ref", no_wrap=True)
    units.add_column("Unit, and evidence from your job" if job else "Unit", overflow="fold")
    units.add_column("Group", justify="center")
    for number in ("Level", "Credits", "Hours"):
        units.add_column(number, justify="right")
    units.add_column("State")
    columns = ["Group", "Level", "Credits", "Guided hours", "State"]
    for row in plan_tables.plan_table(plan, counts).to_dict("records"):
        # A column of its own for the evidence would leave eighty characters no room for the titles.
        unit = f"{row['Unit']}\nEvidence: {row['Evidence']}" if job else row["Unit"]
        units.add_row(Text(row["Ref"]), Text(unit), *(Text(str(row[column])) for column in columns))
    console.print(units)


def _print_missing(console: Console, found: Verdict) -> None:
    """The way home, what is under way first, and what is proven of it."""
    words = f"What is missing: {portfolio_tables.to_do_words(found)}"
    units = Table(title=words, title_justify="left", title_style="bold")
    units.add_column("Ref", no_wrap=True)
    units.add_column("Unit")
    units.add_column("To do")
    for number in ("Credits", "Hours"):
        units.add_column(number, justify="right")
    units.add_column("Assessment strategy")
    columns = ["Ref", "Title", "To do", "Credits", "Guided hours", "Assessment strategy"]
    for row in portfolio_tables.missing_table(found).to_dict("records"):
        units.add_row(*(Text(str(row[column])) for column in columns))
    console.print(units)
    if words := portfolio_tables.shorter_words(found):
        console.print(Text(words))


def _print_rules(
    console: Console, findings: Sequence[Finding], waived: Collection[str] = frozenset()
) -> None:
    rules = Table(title="Rules of combination", title_justify="left", title_style="bold")
    rules.add_column("Sentence")
    rules.add_column("Measured", no_wrap=True)
    rules.add_column("Met")
    for depth, finding in tables.nested(tuple(findings)):
        met = Text("yes", style="green") if finding.holds else Text("no", style="red bold")
        if finding.rule.id in waived:
            met = Text("waived", style="yellow")
        rules.add_row(Text("  " * depth + finding.rule.text), Text(finding.progress), met)
    console.print(rules)


def _print_conflicts(console: Console, plan: Plan) -> None:
    for conflict in plan.conflicts:
        console.print(Text(f"- {conflict.in_words(plan.qualification)}"))
    if not plan.conflicts_complete:
        console.print(Text(tables.MORE_CONFLICTS))
    if plan.outside_offer:
        console.print(Text(tables.outside_words(plan)))
    if plan.repairs:
        console.print(Text("What would help, shortest plan first:", style="bold"))
        for repair in plan.repairs:
            console.print(Text(f"- {repair.in_words(plan.qualification)}"))
        if not plan.repairs_complete:
            console.print(Text("There are more ways than these."))


def print_reasons(best: Plan, reasons: Sequence[Reason], fitting: Sequence[Fitting]) -> None:
    """Why units are in a plan or not, and what else fits the job."""
    console = _console()
    _heading(console, best.qualification)
    console.print(Text(tables.verdict(best), style="bold"))
    if not best.found:
        _print_conflicts(console, best)
        return
    table = Table("Ref", "Unit", "In plan", "Why")
    by_ref = best.qualification.by_ref
    for one in reasons:
        cells = (one.ref, by_ref[one.ref].title, "yes" if one.counts else "no", one.words)
        table.add_row(*map(Text, cells))
    console.print(table)
    if fitting:
        console.print(Text("Also fits your job, with the price of adding it:", style="bold"))
    for unit in fitting:
        price = "cannot be added" if unit.price is None else plan_tables.price_words(unit.price)
        console.print(Text(f"- {by_ref[unit.ref].title} ({unit.ref}): {price}"))


def print_exploration(found: Exploration) -> None:
    """Every unit with its prices, other plans and the frontier."""
    console = _console()
    plan = found.best
    _heading(console, plan.qualification)
    console.print(Text(tables.verdict(plan), style="bold"))
    if not plan.found:
        _print_conflicts(console, plan)
        return
    units = Table(
        title="Every unit, with the extra hours of a choice", title_justify="left", title_style="bold"
    )
    for column in ("Ref", "Unit", "In plan", "State", "Must", "Leave out"):
        units.add_column(column, no_wrap=column != "Unit")
    styles = {"forced": "green", "possible": "", "impossible": "red"}
    for row in plan_tables.outlook_table(found).to_dict("records"):
        state = Text(str(row["State"]), style=styles[row["State"]])
        cells = [Text(str(row[c])) for c in ("Ref", "Unit", "In plan")]
        units.add_row(*cells, state, Text(str(row["Must"])), Text(str(row["Leave out"])))
    console.print(units)
    complete = "all of them" if found.complete else "the best of them"
    others = Table(title=f"Plans as good or nearly so, {complete}", title_justify="left", title_style="bold")
    for column in ("Hours", "Credits", "Units"):
        others.add_column(column)
    for other in found.alternatives:
        others.add_row(str(other.new_glh), str(other.credits), Text(" ".join(other.planned)))
    console.print(others)
    if found.frontier:
        points = Table(title="Fit against hours", title_justify="left", title_style="bold")
        for column in ("Units without evidence", "Hours", "Units"):
            points.add_column(column)
        for point in found.frontier:
            points.add_row(str(evidence_missing(point)), str(point.new_glh), Text(" ".join(point.planned)))
        console.print(points)


def print_tasks(qualification: Qualification) -> None:
    """What people do at work, and the units it gives evidence for."""
    console = _console()
    _heading(console, qualification)
    table = Table("Task", "What you do", "Gives evidence for")
    for task in qualification.tasks.values():
        table.add_row(Text(task.id), Text(task.title), Text(" ".join(task.evidence)))
    console.print(table)


def print_line(text: str) -> None:
    """A line of plain text."""
    _console().print(Text(text))


def print_notice(text: str) -> None:
    """A line on stderr about what goes on meanwhile."""
    print(text, file=sys.stderr, flush=True)


def print_report(report: Report) -> None:
    """What the check of data and rules found."""
    console = _console()
    _heading(console, report.qualification)
    styles = {"error": "red bold", "undecided": "magenta", "notice": "yellow", "fine": "green"}
    remarks = Table(show_header=True)
    remarks.add_column("", no_wrap=True)
    remarks.add_column("What", overflow="fold")
    remarks.add_column("Remark")
    for remark in report.remarks:
        remarks.add_row(
            Text(remark.severity, style=styles[remark.severity]), Text(remark.id), Text(remark.text)
        )
    console.print(remarks)
    found = Counter(remark.severity for remark in report.remarks)
    errors, notices = numbered(found["error"], "error"), numbered(found["notice"], "notice")
    errors += f", {found['undecided']} undecided" if found["undecided"] else ""
    console.print(Text(f"{errors}, {notices}. Data {report.qualification.digest}."))


def print_judgements(
    qualification: Qualification, judgements: Sequence[Judgement], problems: Sequence[Problem]
) -> None:
    """The verdicts on portfolios: one in full, several as a table."""
    console = _console()
    _heading(console, qualification)
    if len(judgements) == 1:
        _print_judgement(console, judgements[0])
    else:
        learners = Table(
            "Learner", "Now", "If all in hand is achieved", "To finish", "To start", "Not needed"
        )
        for judgement in judgements:
            way = Way(judgement.now.home)
            cells = (
                judgement.portfolio.learner,
                portfolio_tables.verdict_words(judgement.now),
                portfolio_tables.verdict_words(judgement.if_completed),
                *(" ".join(refs) for refs in (way.to_finish, way.to_start, way.not_needed)),
            )
            learners.add_row(*map(Text, cells))
        console.print(learners)
        _print_next_step(console, qualification, all(judgement.now.rules_met for judgement in judgements))
    _print_problems(console, problems)
    console.print(Text(tables.caveats(qualification)[0], style="dim"))


def _print_judgement(console: Console, judgement: Judgement) -> None:
    qualification, portfolio, now = judgement.qualification, judgement.portfolio, judgement.now
    console.print(Text(portfolio_tables.verdict_words(now), style="bold"))
    if portfolio.in_hand:
        words = portfolio_tables.verdict_words(judgement.if_completed)
        console.print(Text(f"If everything in progress and submitted is achieved: {words}"))
    if now.home.found and now.home.new_units:
        _print_missing(console, now)
    if words := portfolio_tables.not_needed_words(now):
        console.print(Text(words))
    for conflict in now.home.conflicts:
        console.print(Text(f"- {conflict.in_words(qualification)}"))
    if now.home.outside_offer:
        console.print(Text(tables.outside_words(now.home)))
    _print_next_step(console, qualification, now.rules_met)
    for label, refs in (
        ("Count", now.counted),
        ("Achieved, but do not count", now.surplus),
        ("Awaiting internal quality assurance", portfolio.awaiting_iqa),
    ):
        if refs:
            titles = ", ".join(f"{qualification.by_ref[ref].title} ({ref})" for ref in refs)
            console.print(Text(f"{label}: {titles}"))
    _print_rules(console, now.findings, portfolio.waived)
    for decision in portfolio.decisions:
        console.print(Text(f"Decision: {decision.in_words(qualification)}"))
    for remark in judgement.remarks:
        console.print(Text(f"Record: {f'{remark.ref}: ' if remark.ref else ''}{remark.text}", style="yellow"))


def print_cohort(cohort: Cohort) -> None:
    """Every learner's answer, the demand, and the rows left out."""
    console = _console()
    _heading(console, cohort.qualification)
    console.print(Text(cohort_tables.cohort_words(cohort), style="bold"))
    _print_next_step(console, cohort.qualification, rules_met=False)
    learners = Table("Learner", "Answer", "Hours", "Credits", "New units, or why there is no plan")
    for answer in cohort.answers:
        words = " ".join(answer.new_units)
        if not answer.found:
            words = cohort_tables.clash_words(answer)
        figures = ("" if figure is None else str(figure) for figure in (answer.new_glh, answer.credits))
        learners.add_row(
            *map(Text, (answer.request.learner, cohort_tables.ANSWERS[answer.status], *figures, words))
        )
    console.print(learners)
    demand = Table(title="Demand", title_justify="left", title_style="bold")
    for column in ("Ref", "Unit", "Learners"):
        demand.add_column(column, justify="right" if column == "Learners" else "left")
    for ref, number in cohort.unit_demand.items():
        demand.add_row(Text(ref), Text(cohort.qualification.by_ref[ref].title), str(number))
    console.print(demand)
    _print_problems(console, cohort.problems)


def print_delivery(delivery: Delivery, problems: Sequence[Problem]) -> None:
    """Which units to run in how many groups, with value, bound and comparison."""
    console = _console()
    _heading(console, delivery.qualification)
    console.print(Text(delivery_tables.delivery_words(delivery), style="bold"))
    if delivery.found:
        console.print(Text(delivery_tables.own_best_words(delivery)))
    units = Table("Ref", "Unit", "Hours", "Groups", "Learners", "Delivered hours")
    columns = ["Ref", "Title", "Guided hours", "Groups", "Learners", "Delivered hours"]
    for row in delivery_tables.running_table(delivery).to_dict("records"):
        units.add_row(*(Text(str(row[column])) for column in columns))
    console.print(units)
    if delivery.misfits:
        _print_frame(console, "Seats without evidence from the job", delivery_tables.misfits_table(delivery))
    if delivery.allowances:
        _print_frame(console, delivery_tables.ALLOWANCES, delivery_tables.allowances_table(delivery))
    if delivery.misfits:
        console.print(Text(delivery_tables.ALONE))
    for learner, conflicts in delivery.left_out:
        words = " ".join(conflict.in_words(delivery.qualification) for conflict in conflicts)
        console.print(Text(f"Left out: {learner}. {words}"))
    _print_problems(console, problems)


def _print_frame(console: Console, title: str, frame: pd.DataFrame) -> None:
    """A table as it is."""
    drawn = Table(title=title, title_justify="left", title_style="bold")
    for column in frame.columns:
        drawn.add_column(column)
    for cells in frame.itertuples(index=False, name=None):
        drawn.add_row(*(Text(str(cell)) for cell in cells))
    console.print(drawn)


def print_standings(standings: Sequence[Standing]) -> None:
    """Every qualification on file with what the achieved units come to, the nearest first."""
    console = _console()
    table = Table("Qualification", "Verdict", "Count", "Missing")
    for standing in standings:
        found = standing.qualification
        words = f"{found.title}, {found.id}. {found.status_sentence()}"
        cells = (
            words,
            portfolio_tables.verdict_words(standing.verdict),
            " ".join(standing.verdict.counted),
            " ".join(standing.verdict.home.new_units),
        )
        table.add_row(*map(Text, cells))
    console.print(table)
    for standing in standings:
        if words := standing.qualification.next_step(standing.verdict.rules_met):
            console.print(Text(f"{standing.qualification.id}: {words}"))
    if standings:
        console.print(Text(tables.caveats(standings[0].qualification)[0], style="dim"))


def print_change(
    qualification: Qualification,
    differing: Sequence[Difference],
    effects: Sequence[Effect],
    problems: Sequence[Problem],
) -> None:
    """What differs between two versions, and what that does to each request."""
    console = _console()
    _heading(console, qualification)
    if not differing:
        console.print(Text("Nothing differs.", style="bold"))
    for difference in differing:
        console.print(Text(f"- {difference.in_words}"))
    if effects:
        table = Table(
            "Learner", "Plan", "Hours before", "Hours, least change", "Hours, cheapest", "What changes"
        )
        for effect in effects:
            figures = (effect.before.new_glh, effect.least.new_glh, effect.cheapest.new_glh)
            hours = ("" if figure is None else str(figure) for figure in figures)
            row = (effect.request.learner, effect.state, *hours, plan_tables.effect_words(effect))
            table.add_row(*map(Text, row))
        console.print(table)
    _print_problems(console, problems)


def _print_problems(console: Console, problems: Sequence[Problem]) -> None:
    if problems:
        console.print(Text("Could not be read:", style="bold"))
    for problem in problems:
        console.print(Text(f"- {problem}"))


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, if somebody sits there; yields what tells it how many are done."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, total: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def search(quiet: bool) -> Iterator[tuple[Callable[[Step], None], Callable[[], bool]]]:
    """A line on stderr with value, bound and gap; the first Ctrl-C asks the search to stop.

    Yields what shows a step, and what says whether to stop. A second Ctrl-C interrupts.
    """
    console = Console(stderr=True)
    asked = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        asked.set()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        if quiet or not console.is_terminal:
            yield lambda step: None, asked.is_set
            return
        columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=console, transient=True) as line:
            task = line.add_task("Searching; Ctrl-C keeps the best so far")
            yield lambda step: line.update(task, description=delivery_tables.search_words(step)), asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
