"""The command line: `nvq-planner`, or `python -m planner`.

Exit codes: 0 answered yes; 1 answered no; 2 bad input; 3 undecided in the time given.
"""

from __future__ import annotations

import io
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
from planner.errors import DataError, DisagreementError, Problem
from planner.explore import Exploration, evidence_missing
from planner.explore import explore as look_around
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
BUG, CANNOT_PRINT, INTERRUPTED = 70, 74, 130

EXIT_CODES = {"optimal": YES, "feasible": YES, "infeasible": NO, "unknown": UNDECIDED}

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
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character still shows the rest
    try:
        app()
        sys.stdout.flush()
    except DataError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except OSError as error:  # of stdout: what is read and written elsewhere is a DataError
        sys.stdout = None  # nothing more can be written there, at exit neither
        if not isinstance(error, BrokenPipeError):
            print(f"error: cannot print: {error.strerror}", file=sys.stderr)
        raise SystemExit(CANNOT_PRINT) from None
    except DisagreementError as error:
        print(
            f"error: this is a bug of the planner, not of yours; please report it: {error}", file=sys.stderr
        )
        raise SystemExit(BUG) from None


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


PinOption = Annotated[list[str] | None, typer.Option("--pin", metavar="REF", help="This unit must count.")]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="REF", help="This unit must not count.")
]
HeldOption = Annotated[
    list[str] | None, typer.Option("--held", metavar="REF", help="This unit is already achieved.")
]
GoalOption = Annotated[
    list[str] | None,
    typer.Option(
        "--goal",
        metavar="ID",
        help="What makes a plan best, the most important first; "
        + "; ".join(f"{name}: {words}" for name, words in GOALS.items())
        + f". Default: changes with --keep, fit with --task, then {', then '.join(DEFAULT_GOALS)}.",
    ),
]
TaskOption = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="ID", help="Something you do at work; the command tasks lists them."),
]
KeepOption = Annotated[
    list[str] | None, typer.Option("--keep", metavar="REF", help="A unit of the present plan to keep.")
]
SurviveOption = Annotated[
    int, typer.Option("--survive", metavar="N", help="Still meet the rules if any N optional units fail.")
]


@app.command()
def plan(
    pin: PinOption = None,
    exclude: ExcludeOption = None,
    held: HeldOption = None,
    task: TaskOption = None,
    goal: GoalOption = None,
    survive: SurviveOption = 0,
    keep: KeepOption = None,
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
        goals=goal,
        tasks=task or (),
        keep=keep or (),
        survive=survive,
    )
    if xlsx is not None:
        replace_file(xlsx, workbook(answer))
    if as_json:
        _print_json(answer.to_json())
    else:
        _print_plan(answer)
        if xlsx is not None:
            _console().print(Text(f"Workbook written: {xlsx}"))
    raise typer.Exit(EXIT_CODES[answer.status])


@app.command()
def explore(
    pin: PinOption = None,
    exclude: ExcludeOption = None,
    held: HeldOption = None,
    task: TaskOption = None,
    goal: GoalOption = None,
    survive: SurviveOption = 0,
    keep: KeepOption = None,
    within: Annotated[
        int, typer.Option(metavar="K", min=0, max=1000, help="Also list plans up to K hours above the best.")
    ] = 0,
    qualification: QualificationOption = DEFAULT_QUALIFICATION,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What each choice would cost, and what else is as good.

    Each unit is forced, possible or impossible, with the extra hours of pinning and of excluding it.
    """
    found = look_around(
        load(qualification, data),
        pin=pin or (),
        exclude=exclude or (),
        held=held or (),
        goals=goal,
        tasks=task or (),
        keep=keep or (),
        survive=survive,
        within=within,
    )
    if as_json:
        _print_json(found.to_json())
    else:
        _print_exploration(found)
    raise typer.Exit(EXIT_CODES[found.best.status])


@app.command()
def tasks(
    qualification: QualificationOption = DEFAULT_QUALIFICATION,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What people do at work, by the ids that --task takes, and the units it gives evidence for."""
    found = load(qualification, data)
    if as_json:
        listed = [
            {"task": task.id, "title": task.title, "evidence": dict(task.evidence), "source": task.source}
            for task in found.tasks.values()
        ]
        _print_json({"qualification": found.to_json(), "tasks": listed, "data": found.digest})
        return
    console = _console()
    _heading(console, found)
    table = Table("Task", "What you do", "Gives evidence for")
    for task in found.tasks.values():
        table.add_row(Text(task.id), Text(task.title), Text(" ".join(task.evidence)))
    console.print(table)


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
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(json.dumps(document, ensure_ascii=plain, indent=2), flush=True)


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
    if not plan.found:
        _print_conflicts(console, plan)
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
    columns = ["Ref", "Unit", "Group", "Level", "Credits", "Guided hours", "State"]
    if plan.wishes.tasks:
        units.add_column("Evidence from your job")
        columns.append("Evidence")
    for row in tables.plan_table(plan).to_dict("records"):
        units.add_row(*(Text(str(row[column])) for column in columns))
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


def _print_conflicts(console: Console, plan: Plan) -> None:
    for conflict in plan.conflicts:
        console.print(Text(f"- {conflict.in_words(plan.qualification)}"))
    if not plan.conflicts_complete:
        console.print(Text("There are more conflicts than these."))
    if plan.repairs:
        console.print(Text("What would help, shortest plan first:", style="bold"))
        for repair in plan.repairs:
            console.print(Text(f"- {repair.in_words(plan.qualification)}"))
        if not plan.repairs_complete:
            console.print(Text("There are more ways than these."))


def _print_exploration(found: Exploration) -> None:
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
    for row in tables.outlook_table(found).to_dict("records"):
        state = Text(str(row["State"]), style=styles[row["State"]])
        cells = [Text(str(row[c])) for c in ("Ref", "Unit", "In plan")]
        units.add_row(*cells, state, Text(str(row["Must"])), Text(str(row["Leave out"])))
    console.print(units)
    complete = "all of them" if found.complete else "the best of them"
    others = Table(title=f"Plans as good or nearly so, {complete}", title_justify="left", title_style="bold")
    for column in ("Hours", "Credits", "Units"):
        others.add_column(column)
    for other in found.alternatives:
        others.add_row(str(other.new_glh), str(other.credits), Text(" ".join(other.units)))
    console.print(others)
    if found.frontier:
        points = Table(title="Fit against hours", title_justify="left", title_style="bold")
        for column in ("Units without evidence", "Hours", "Units"):
            points.add_column(column)
        for point in found.frontier:
            points.add_row(str(evidence_missing(point)), str(point.new_glh), Text(" ".join(point.units)))
        console.print(points)


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
