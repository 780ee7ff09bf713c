"""The commands of one learner: the plan, what surrounds it, what is achieved."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from planner.cli import console, terminal
from planner.cli.options import (
    EXIT_CODES,
    NO,
    UNDECIDED,
    YES,
    FileOption,
    JsonOption,
    OfferOption,
    OnFile,
    SurviveOption,
    TaskOption,
    UnitOption,
    WishOptions,
    answered,
    check_suffix,
    grouped,
    number,
    offered_units,
)
from planner.cli.reading_options import ReadingOptions, StatusOption, how_read
from planner.errors import DataError, Problem
from planner.files.sheets import read_bytes
from planner.planning.explore import WITHIN
from planner.planning.explore import explore as look_around
from planner.planning.reasons import also_fits, reason
from planner.planning.solve import plan as solve
from planner.portfolio.verdict import judge, transcript
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.report.audit_book import audit_workbook
from planner.report.plan_book import plan_workbook
from planner.report.record_book import record_workbook


@grouped
def plan(
    *,
    wishes: WishOptions,
    survive: SurviveOption = 0,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the plan as an Excel workbook.")
    ] = None,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """The best plan for the wishes given, or the proof that none exists.

    Each option can be given several times; REF is typed as you like: L/601/0933, l6010933.
    """
    check_suffix("--xlsx", xlsx, ".xlsx")
    found = on_file.load(wishes.title)
    answer = solve(found, **wishes.read(found, survive))
    show, book = partial(terminal.print_plan, answer), partial(plan_workbook, answer)
    answered(EXIT_CODES[answer.status], as_json, answer.to_json, show, xlsx, book)


@grouped
def explore(
    *,
    wishes: WishOptions,
    survive: SurviveOption = 0,
    within: Annotated[
        int, number("--within", WITHIN, "K", "Also list plans up to K hours above the best")
    ] = 0,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """What each choice would cost, and what else is as good.

    Each unit is forced, possible or impossible, with the extra hours of pinning and of excluding it.
    """
    known = on_file.load(wishes.title)
    found = look_around(known, within=within, **wishes.read(known, survive))
    show = partial(terminal.print_exploration, found)
    answered(EXIT_CODES[found.best.status], as_json, found.to_json, show)


@grouped
def why(
    *,
    units: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REF]...", help="The units asked about; all, if none is given."),
    ] = None,
    wishes: WishOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Why units are in the best plan or not, and which others fit the job, with the price of adding each."""
    known = on_file.load(wishes.title)
    asked = known.resolve(units, "REF") if units else tuple(known.by_ref)
    found = look_around(known, **wishes.read(known))
    best = found.best
    reasons = [reason(best, ref) for ref in asked] if best.found else []
    fitting = also_fits(found)

    def document() -> dict[str, object]:
        told = best.to_json()
        return {
            **{key: told[key] for key in ("qualification", "status")},
            "units": [one.to_json() for one in reasons],
            "also_fits": [one.to_json() for one in fitting],
            **{key: told[key] for key in ("conflicts", "data")},
        }

    show = partial(terminal.print_reasons, best, reasons, fitting)
    answered(EXIT_CODES[best.status], as_json, document, show)


@grouped
def audit(
    *,
    file: FileOption = None,
    unit: UnitOption = None,
    task: TaskOption = None,
    offer: OfferOption = None,
    xlsx: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the achievement record, or a table of all learners."),
    ] = None,
    statuses: StatusOption = None,
    reading: ReadingOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Whether achieved units meet the rules, which of them count, and the way home that begins fewest units.

    Two verdicts a learner: now, and if everything in progress or submitted is achieved.
    """
    check_suffix("--xlsx", xlsx, ".xlsx")
    if (file is None) == (not unit):
        raise DataError([Problem("audit", "needs a FILE or units (--unit), and not both")])
    found = on_file.load()
    said = reading.wording(statuses)
    if file is None:
        read = PortfolioFile((transcript(found, unit or ()),), (), ())
    else:
        read = portfolio_file(found, str(file), read_bytes(file), wording=said, same=reading.same or ())
    portfolios, problems = read.portfolios, read.problems
    offered = offered_units(found, offer)
    with console.progress_bar("Learners", quiet=as_json) as step:
        judgements = []
        for number, portfolio in enumerate(portfolios, start=1):
            judgements.append(judge(found, portfolio, tasks=task or (), offer=offered))
            step(number, len(portfolios))

    def document() -> dict[str, object]:
        return {
            "qualification": found.to_json(),
            "learners": [judgement.to_json() for judgement in judgements],
            "problems": [problem.to_json() for problem in problems],
            "data": found.digest,
        }

    def book() -> bytes:
        one = len(judgements) == 1 and judgements[0].now.judged
        return record_workbook(judgements[0]) if one else audit_workbook(judgements, problems)

    verdicts = [judgement.now for judgement in judgements]
    code = YES if all(now.decided for now in verdicts) else UNDECIDED
    code = NO if any(not now.judged or (now.decided and not now.rules_met) for now in verdicts) else code
    show = partial(terminal.print_judgements, found, judgements, read)
    answered(code, as_json, partial(how_read, document, read.sheets, said), show, xlsx, book)
