"""The commands about what is on file: checked, compared, begun anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.authoring.lint import check as lint
from planner.authoring.new_qualification import MINIMUM, TOTALS, draft
from planner.authoring.revision import differences, effects
from planner.catalogue.loading import SEVERAL, load, load_all
from planner.cli import career_terminal, console, terminal
from planner.cli.options import (
    NO,
    UNDECIDED,
    YES,
    DataOption,
    FileOption,
    JsonOption,
    OnFile,
    QualificationOption,
    UnitOption,
    amounts,
    answered,
    grouped,
    number,
    one_portfolio,
)
from planner.cli.reading_options import HeaderOptions
from planner.cpd.contradictions import check_schemes
from planner.cpd.scheme import load_readings
from planner.errors import DataError, Problem
from planner.files.sheets import read_bytes
from planner.files.tables import SheetRead
from planner.portfolio.progression import any_of, standings
from planner.records.cohort_rows import cohort_file
from planner.records.wishes import Request


@grouped
def tasks(*, on_file: OnFile, as_json: JsonOption = False) -> None:
    """What people do at work, by the ids that --task takes, and the units it gives evidence for."""
    found = on_file.load()

    def document() -> dict[str, Any]:
        listed = [
            {"task": task.id, "title": task.title, "evidence": dict(task.evidence), "source": task.source}
            for task in found.tasks.values()
        ]
        return {"qualification": found.to_json(), "tasks": listed, "data": found.digest}

    answered(YES, as_json, document, partial(terminal.print_tasks, found))


@grouped
def check(
    *,
    on_file: OnFile,
    everything: Annotated[bool, typer.Option("--all", help="Check every qualification on file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Lint of data and rules; published figures are computed anew and compared.

    Schemes of professional development in the same data folder are checked too: where their readings
    contradict each other. JSON: the report of the qualification (with --all: "reports", one each), and
    "schemes": [{"scheme", "ok", "readings", "remarks": [{"severity", "id", "text"}]}].
    """
    try:
        chosen = [*load_all(on_file.data).values()] if everything else [on_file.load()]
    except DataError as error:
        told = (
            replace(p, message=f"{p.message} or --all") if p.code == SEVERAL else p for p in error.problems
        )
        raise DataError(list(told)) from None
    reports = [lint(found) for found in chosen]
    schemes = check_schemes(load_readings(on_file.data).values())

    def document() -> dict[str, Any]:
        found = {"reports": [report.to_json() for report in reports]} if everything else reports[0].to_json()
        return {**found, "schemes": [scheme.to_json() for scheme in schemes]}

    def show() -> None:
        for report in reports:
            terminal.print_report(report)
        for scheme in schemes:
            career_terminal.print_scheme(scheme)

    code = _checked([*(report.ok for report in reports), *(scheme.ok for scheme in schemes)])
    answered(code, as_json, document, show)


def _checked(verdicts: Iterable[bool | None]) -> int:
    """The exit code of checks: an error is a no, what stayed undecided is no yes."""
    found = set(verdicts)
    return NO if False in found else UNDECIDED if None in found else YES


def whatif(
    file: FileOption = None,
    unit: UnitOption = None,
    qualification: Annotated[
        str | None,
        typer.Option(
            "--qualification",
            metavar="ID",
            help="Whose units FILE lists; default: any's.",
        ),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where achieved units lead: every qualification on file, the nearest first, with what is missing."""
    if (file is None) == (not unit):
        raise DataError([Problem("whatif", "needs a FILE or units (--unit), and not both")])
    on_file = load_all(data)
    achieved = list(unit or ())
    if file is not None:
        listed = any_of(on_file.values()) if qualification is None else load(qualification, data)
        achieved = list(one_portfolio(listed, file).achieved)
    found = standings(on_file.values(), achieved)
    code = YES if any(standing.verdict.rules_met for standing in found) else NO
    document = {"standings": [standing.to_json() for standing in found]}
    answered(code, as_json, lambda: document, partial(terminal.print_standings, found))


def change(
    before: Annotated[Path, typer.Argument(help="The data folder as it was.")],
    after: Annotated[Path, typer.Argument(help="The data folder as it is now.")],
    requests: Annotated[
        Path | None,
        typer.Option("--requests", metavar="FILE", help="Stored requests, one row a learner, as for cohort."),
    ] = None,
    qualification: QualificationOption = None,
    as_json: JsonOption = False,
) -> None:
    """What differs between two versions of a qualification, and which plans that breaks.

    For each stored request: the plan under the old rules, whether it still stands, and else the plan that
    changes least and the cheapest one; or why there is none and what would help.
    """
    old, new = load(qualification, before), load(qualification, after)
    asked: tuple[Request, ...] = ()
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()
    if requests is not None:
        read = cohort_file(old, str(requests), read_bytes(requests))
        asked, problems, sheets = read.requests, read.problems, read.sheets
    differing = differences(old, new)
    found = []
    with console.progress_bar("Requests", quiet=as_json) as step:
        for effect in effects(old, new, asked):
            found.append(effect)
            step(len(found), len(asked))

    def document() -> dict[str, Any]:
        return {
            "qualification": new.to_json(),
            "differences": [difference.to_json() for difference in differing],
            "effects": [effect.to_json() for effect in found],
            "problems": [problem.to_json() for problem in problems],
            "data": {"before": old.digest, "after": new.digest},
            "sheets": [sheet.to_json() for sheet in sheets],
        }

    states = {effect.state for effect in found}
    code = NO if "broken" in states else UNDECIDED if "undecided" in states else YES
    show = partial(terminal.print_change, new, differing, found, problems, sheets)
    answered(code, as_json, document, show)


@grouped
def new(
    *,
    units: Annotated[
        Path, typer.Argument(help="Its units: ref, title, level, credits, glh; group and more.")
    ],
    number: Annotated[str, typer.Option("--id", metavar="ID", help="Its number.")],
    title: Annotated[str, typer.Option("--title", help="Its title.")],
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="The data folder to write into.")],
    credits: Annotated[
        float | None,
        number("--credits", TOTALS["credits"], "N", "Credits needed in all; they may have a half"),
    ] = None,
    needed: Annotated[
        int | None,
        number("--units", TOTALS["units"], "N", "Units needed in all, where the source counts these"),
    ] = None,
    mandatory: Annotated[
        list[str] | None, typer.Option("--mandatory", metavar="GROUP", help="Every unit of it must count.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--minimum", metavar="GROUP=N", help="At least N credits (or units) from this group."),
    ] = None,
    headers: HeaderOptions,
    as_json: JsonOption = False,
) -> None:
    """Starts a new qualification from a table of its units, and checks it.

    Writes a commented rule file to finish by hand; no line of code is needed.
    """
    counted = "credits" if needed is None else "units"
    least = amounts("--minimum", minimum or (), MINIMUM[counted], "group", f"a group with {counted}")
    sheets: list[SheetRead] = []
    path = draft(
        str(units),
        read_bytes(units),
        folder,
        number=number,
        title=title,
        credits=credits,
        units=needed,
        mandatory=mandatory or (),
        minimum=least,
        wording=headers.wording(),
        how_read=sheets.extend,
    )
    report = lint(load(number, folder))

    def show() -> None:
        console.print_line(f"Rule file written: {path}")
        terminal.print_report(report)
        terminal.show_problems((), sheets)

    def document() -> dict[str, Any]:
        return {
            "file": str(path),
            **report.to_json(),
            "sheets": [sheet.to_json() for sheet in sheets],
        }

    answered(_checked([report.ok]), as_json, document, show)
