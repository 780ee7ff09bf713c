"""The commands of one learner: the plan, what surrounds it, what is achieved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.catalogue.loading import load
from planner.cli import terminal
from planner.cli.options import (
    EXIT_CODES,
    NO,
    UNDECIDED,
    YES,
    DataOption,
    JsonOption,
    QualificationOption,
    check_suffix,
    number,
)
from planner.cli.wish_options import (
    ExcludeOption,
    GoalOption,
    HeldOption,
    KeepOption,
    OfferOption,
    PinOption,
    SurviveOption,
    TaskOption,
    offered_units,
)
from planner.errors import DataError, Problem
from planner.files.sheets import read_bytes
from planner.files.text_files import replace_file
from planner.planning.explore import WITHIN
from planner.planning.explore import explore as look_around
from planner.planning.reasons import also_fits, reason
from planner.planning.solve import plan as solve
from planner.portfolio.verdict import judge, transcript
from planner.records.portfolios import Portfolio, read_portfolios
from planner.report.audit_book import audit_workbook
from planner.report.plan_book import plan_workbook
from planner.report.record_book import record_workbook


def plan(
    pin: PinOption = None,
    exclude: ExcludeOption = None,
    held: HeldOption = None,
    task: TaskOption = None,
    goal: GoalOption = None,
    survive: SurviveOption = 0,
    keep: KeepOption = None,
    offer: OfferOption = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the plan as an Excel workbook.")
    ] = None,
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The best plan for the wishes given, or the proof that none exists.

    Each option can be given several times; REF is typed as you like: L/601/0933, l6010933.
    """
    check_suffix("--xlsx", xlsx, ".xlsx")
    found = load(qualification, data)
    answer = solve(
        found,
        pin=pin or (),
        exclude=exclude or (),
        held=held or (),
        goals=goal,
        tasks=task or (),
        keep=keep or (),
        survive=survive,
        offer=offered_units(found, offer),
    )
    if xlsx is not None:
        replace_file(xlsx, plan_workbook(answer))
    if as_json:
        terminal.print_json(answer.to_json())
    else:
        terminal.print_plan(answer)
        if xlsx is not None:
            terminal.print_line(f"Workbook written: {xlsx}")
    raise typer.Exit(EXIT_CODES[answer.status])


def explore(
    pin: PinOption = None,
    exclude: ExcludeOption = None,
    held: HeldOption = None,
    task: TaskOption = None,
    goal: GoalOption = None,
    survive: SurviveOption = 0,
    keep: KeepOption = None,
    offer: OfferOption = None,
    within: Annotated[
        int, number("--within", WITHIN, "K", "Also list plans up to K hours above the best")
    ] = 0,
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What each choice would cost, and what else is as good.

    Each unit is forced, possible or impossible, with the extra hours of pinning and of excluding it.
    """
    known = load(qualification, data)
    found = look_around(
        known,
        pin=pin or (),
        exclude=exclude or (),
        held=held or (),
        goals=goal,
        tasks=task or (),
        keep=keep or (),
        survive=survive,
        offer=offered_units(known, offer),
        within=within,
    )
    if as_json:
        terminal.print_json(found.to_json())
    else:
        terminal.print_exploration(found)
    raise typer.Exit(EXIT_CODES[found.best.status])


def why(
    units: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REF]...", help="The units asked about; all, if none is given."),
    ] = None,
    pin: PinOption = None,
    exclude: ExcludeOption = None,
    held: HeldOption = None,
    task: TaskOption = None,
    goal: GoalOption = None,
    keep: KeepOption = None,
    offer: OfferOption = None,
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why units are in the best plan or not, and which others fit the job, with the price of adding each."""
    known = load(qualification, data)
    asked = known.resolve(units, "REF") if units else tuple(known.by_ref)
    found = look_around(
        known,
        pin=pin or (),
        exclude=exclude or (),
        held=held or (),
        goals=goal,
        tasks=task or (),
        keep=keep or (),
        offer=offered_units(known, offer),
    )
    best = found.best
    reasons = [reason(best, ref) for ref in asked] if best.found else []
    fitting = also_fits(found)
    if as_json:
        answered = best.to_json()
        terminal.print_json(
            {
                **{key: answered[key] for key in ("qualification", "status")},
                "units": [one.to_json() for one in reasons],
                "also_fits": [one.to_json() for one in fitting],
                **{key: answered[key] for key in ("conflicts", "data")},
            }
        )
    else:
        terminal.print_reasons(best, reasons, fitting)
    raise typer.Exit(EXIT_CODES[best.status])


def audit(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A portfolio table or an achievement record.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", metavar="REF", help="This unit is achieved; no file then.")
    ] = None,
    task: TaskOption = None,
    offer: OfferOption = None,
    xlsx: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the achievement record, or a table of all learners."),
    ] = None,
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether achieved units meet the rules, which of them count, and the way home that begins fewest units.

    Two verdicts a learner: now, and if everything in progress or submitted is achieved.
    """
    check_suffix("--xlsx", xlsx, ".xlsx")
    if (file is None) == (not unit):
        raise DataError([Problem("audit", "needs a FILE or units (--unit), and not both")])
    found = load(qualification, data)
    problems: tuple[Problem, ...] = ()
    if file is None:
        portfolios: tuple[Portfolio, ...] = (transcript(found, unit or ()),)
    else:
        portfolios, problems = read_portfolios(found, str(file), read_bytes(file))
    offered = offered_units(found, offer)
    with terminal.progress("Learners", quiet=as_json) as step:
        judgements = []
        for number, portfolio in enumerate(portfolios, start=1):
            judgements.append(judge(found, portfolio, tasks=task or (), offer=offered))
            step(number, len(portfolios))
    if xlsx is not None:
        one = len(judgements) == 1
        replace_file(xlsx, record_workbook(judgements[0]) if one else audit_workbook(judgements, problems))
    if as_json:
        terminal.print_json(
            {
                "qualification": found.to_json(),
                "learners": [judgement.to_json() for judgement in judgements],
                "problems": [problem.to_json() for problem in problems],
                "data": found.digest,
            }
        )
    else:
        terminal.print_judgements(found, judgements, problems)
        if xlsx is not None:
            terminal.print_line(f"Workbook written: {xlsx}")
    if any(j.now.decided and not j.now.rules_met for j in judgements):
        raise typer.Exit(NO)
    raise typer.Exit(YES if all(j.now.decided for j in judgements) else UNDECIDED)
