"""The command line: `nvq-planner`, or `python -m planner`.

Exit codes: 0 answered yes; 1 answered no; 2 bad input; 3 undecided in the time given.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner import tables
from planner.catalogue import DEFAULT_QUALIFICATION, load
from planner.errors import DataError, Problem
from planner.files import replace_file
from planner.lint import Report
from planner.lint import check as lint
from planner.qualification import Qualification
from planner.result import Plan
from planner.serve import serve
from planner.solve import plan as solve
from planner.wishes import DEFAULT_GOALS, GOALS
from planner.workbook import workbook

YES, NO, BAD_INPUT, UNDECIDED = 0, 1, 2, 3
INTERRUPTED = 130

app = typer.Typer(
    help="Plans units for a vocational qualification, proves the plan best and checks it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

QualificationOption = Annotated[
    str, typer.Option("--qualification", metavar="ID", help="Number of the qualification.")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Read this data folder instead of the shipped one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def main() -> None:
    """Runs the command line; bad input is told on stderr and ends with exit code 2."""
    try:
        app()
    except DataError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"nvq-planner {version('nvq-planner')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def plan(
    pin: Annotated[list[str] | None, typer.Option(metavar="REF", help="This unit must count.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="REF", help="This unit must not count.")
    ] = None,
    held: Annotated[
        list[str] | None, typer.Option(metavar="REF", help="This unit is already achieved.")
    ] = None,
    goal: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="What makes a plan best, the most important first; "
            + "; ".join(f"{name}: {words}" for name, words in GOALS.items())
            + f". Default: {', then '.join(DEFAULT_GOALS)}.",
        ),
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the plan as an Excel workbook.")
    ] = None,
    qualification: QualificationOption = DEFAULT_QUALIFICATION,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The best plan for the wishes given, or the proof that none exists.

    Each option can be given several times; REF is typed as you like: L/601/0933, l6010933.
    """
    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        raise DataError([Problem("--xlsx", "must end in .xlsx", value=str(xlsx))])
    answer = solve(
        load(qualification, data),
        pin=pin or (),
        exclude=exclude or (),
        held=held or (),
        goals=goal or DEFAULT_GOALS,
    )
    if xlsx is not None:
        replace_file(xlsx, workbook(answer))
    if as_json:
        _print_json(answer.to_json())
    else:
        _print_plan(answer)
        if xlsx is not None:
            _console().print(Text(f"Workbook written: {xlsx}"))
    raise typer.Exit({"optimal": YES, "feasible": YES, "infeasible": NO, "unknown": UNDECIDED}[answer.status])


@app.command()
def check(
    qualification: QualificationOption = DEFAULT_QUALIFICATION,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lint of data and rules; published figures are computed anew and compared."""
    report = lint(load(qualification, data))
    if as_json:
        _print_json(report.to_json())
    else:
        _print_report(report)
    raise typer.Exit(YES if report.ok else NO)


@app.command("app")
def open_app(
    qualification: QualificationOption = DEFAULT_QUALIFICATION,
    data: DataOption = None,
    as_json: JsonOption = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the page; default: the first free from 8501."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Opens the planner as a web page on this machine; ends with Ctrl-C."""
    found = load(qualification, data)
    raise typer.Exit(
        serve(found.id, data, port, browser, announce=_announce_json(found) if as_json else _announce)
    )


def _announce(url: str) -> None:
    print(f"The planner opens at {url} (end it with Ctrl-C).", flush=True)


def _announce_json(qualification: Qualification) -> Any:
    def announce(url: str) -> None:
        _print_json({"qualification": qualification.to_json(), "url": url, "data": qualification.digest})

    return announce


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2), flush=True)


def _console() -> Console:
    return Console(highlight=False)


def _heading(console: Console, qualification: Qualification) -> None:
    console.print(Text(f"{qualification.title}, {qualification.id}", style="bold"))
    closed = qualification.status() != "open"
    console.print(Text(qualification.status_sentence(), style="yellow" if closed else "green"))
    console.print()


def _print_plan(plan: Plan) -> None:
    console = _console()
    _heading(console, plan.qualification)
    console.print(Text(tables.verdict(plan), style="bold"))
    for conflict in plan.conflicts:
        console.print(Text(f"- {conflict.in_words(plan.qualification)}"))
    if not plan.found:
        return
    console.print(
        Text(
            f"{plan.credits} credits, {plan.glh} guided hours in all, {plan.new_glh} still to do; "
            f"about {plan.learning_hours} hours of learning still to come, guided or not."
        )
    )
    units = Table(title="Units that count", title_justify="left", title_style="bold")
    units.add_column("Ref", no_wrap=True)
    units.add_column("Unit")
    units.add_column("Group", justify="center")
    for number in ("Level", "Credits", "Hours"):
        units.add_column(number, justify="right")
    units.add_column("State", no_wrap=True)
    for row in tables.plan_table(plan).to_dict("records"):
        cells = [row[k] for k in ("Ref", "Unit", "Group", "Level", "Credits", "Guided hours", "State")]
        units.add_row(*(Text(str(cell)) for cell in cells))
    console.print(units)
    rules = Table(title="Rules of combination", title_justify="left", title_style="bold")
    rules.add_column("Sentence")
    rules.add_column("Measured", no_wrap=True)
    rules.add_column("Met")
    for depth, finding in tables.nested(plan.findings):
        met = Text("yes", style="green") if finding.holds else Text("no", style="red bold")
        rules.add_row(Text("  " * depth + finding.rule.text), Text(finding.progress), met)
    console.print(rules)
    console.print(Text(tables.caveats(plan.qualification)[0], style="dim"))


def _print_report(report: Report) -> None:
    console = _console()
    _heading(console, report.qualification)
    styles = {"error": "red bold", "notice": "yellow", "fine": "green"}
    remarks = Table(show_header=True)
    remarks.add_column("", no_wrap=True)
    remarks.add_column("What", no_wrap=True)
    remarks.add_column("Remark")
    for remark in report.remarks:
        remarks.add_row(
            Text(remark.severity, style=styles[remark.severity]), Text(remark.id), Text(remark.text)
        )
    console.print(remarks)
    counts = {s: sum(r.severity == s for r in report.remarks) for s in ("error", "notice")}
    errors = f"{counts['error']} error{'s' * (counts['error'] != 1)}"
    notices = f"{counts['notice']} notice{'s' * (counts['notice'] != 1)}"
    console.print(Text(f"{errors}, {notices}. Data {report.qualification.digest}."))


if __name__ == "__main__":
    main()
