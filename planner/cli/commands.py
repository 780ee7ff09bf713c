"""The command line: `nvq-planner`, or `python -m planner`.

Exit codes: 0 answered yes; 1 answered no; 2 bad input; 3 undecided in the time given; 70 a bug of ours;
74 the answer could not be printed; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.authoring.lint import check as lint
from planner.authoring.new_qualification import CREDITS, MINIMUM, draft
from planner.authoring.revision import differences, effects
from planner.catalogue.loading import load, load_all
from planner.catalogue.offer import read_offer
from planner.catalogue.qualification import Qualification
from planner.cli import career_commands, cpd_terminal, terminal
from planner.cli.options import (
    BAD_INPUT,
    EXIT_CODES,
    NO,
    UNDECIDED,
    YES,
    DataOption,
    JsonOption,
    QualificationOption,
    check_suffix,
    number,
    one_portfolio,
    tell,
)
from planner.cli.serve import FIRST_PORT, PORTS, serve
from planner.cohort.batch import plan_cohort
from planner.cohort.cluster import WORKER_SECONDS, cluster_executor
from planner.cohort.delivery import (
    ASSESSOR_HOURS,
    GROUP_SIZE,
    GROUP_SIZES,
    MISFITS_ALLOWED,
    SECONDS,
    TIME,
    UNITS_RUN,
)
from planner.cohort.delivery import deliver as plan_delivery
from planner.cpd.contradictions import check_schemes
from planner.cpd.scheme import load_readings
from planner.errors import DataError, DisagreementError, Problem
from planner.files.limits import PROCESSES
from planner.files.sheets import read_bytes
from planner.files.text_files import replace_file
from planner.planning.explore import WITHIN
from planner.planning.explore import explore as look_around
from planner.planning.reasons import also_fits, reason
from planner.planning.solve import plan as solve
from planner.portfolio.progression import any_of, standings
from planner.portfolio.verdict import judge, transcript
from planner.records.cohort_rows import read_cohort
from planner.records.goals import GOALS
from planner.records.portfolios import Portfolio, read_portfolios
from planner.records.wishes import DEFAULT_GOALS, LOSSES, Request
from planner.report.audit_book import audit_workbook
from planner.report.cohort_book import cohort_csv, cohort_workbook
from planner.report.delivery_book import delivery_workbook
from planner.report.plan_book import plan_workbook
from planner.report.record_book import record_workbook

BUG, CANNOT_PRINT, INTERRUPTED = 70, 74, 130

app = typer.Typer(
    help="Plans units for a vocational qualification, proves the plan best and checks it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Runs the command line; bad input is told on stderr and ends with exit code 2."""
    try:
        raise SystemExit(_run())
    except OSError as error:  # of stdout or stderr: what is read and written elsewhere is a DataError
        terminal.give_up_printing(error)
        raise SystemExit(CANNOT_PRINT) from None


def _run() -> int:
    """Runs the command and tells what went wrong; the exit code.

    Raises
    ------
    OSError
        If something cannot be printed.
    """
    try:
        with terminal.printing():
            app()
    except DataError as error:
        tell(error.problems, "error")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except DisagreementError as error:
        print(
            f"error: this is a bug of the planner, not of yours; please report it: {error}", file=sys.stderr
        )
        return BUG
    return YES


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
        + "; ".join(f"{goal.id}: {goal.words}" for goal in GOALS.values())
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
    int, number("--survive", LOSSES, "N", "Still meet the rules if any N optional units fail")
]


OfferOption = Annotated[
    Path | None,
    typer.Option(
        "--offer", metavar="FILE", help="Units the centre can assess, one ref a line or a column ref."
    ),
]


def _offer(qualification: Qualification, path: Path | None) -> frozenset[str] | None:
    """The units of an offer file; what it lists beside this qualification's units is told on stderr."""
    if path is None:
        return None
    refs, problems = read_offer(qualification, str(path), read_bytes(path))
    tell(problems)
    return refs


@app.command()
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
        offer=_offer(found, offer),
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


@app.command()
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
        offer=_offer(known, offer),
        within=within,
    )
    if as_json:
        terminal.print_json(found.to_json())
    else:
        terminal.print_exploration(found)
    raise typer.Exit(EXIT_CODES[found.best.status])


@app.command()
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
        offer=_offer(known, offer),
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


@app.command()
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
    offered = _offer(found, offer)
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


@app.command()
def cohort(
    file: Annotated[Path, typer.Argument(help="One row a learner: learner, pins, excludes, held, tasks.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a workbook (.xlsx) or a table (.csv).")
    ] = None,
    workers: Annotated[
        int | None, number("--workers", PROCESSES, "N", "Processes that share the work")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help=f"Send the work to this Dask scheduler; {WORKER_SECONDS} s without a worker it is given up.",
        ),
    ] = None,
    offer: OfferOption = None,
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plans every learner of a file; bad rows are listed, good rows answered."""
    check_suffix("--out", out, ".xlsx", ".csv")
    found = load(qualification, data)
    requests, problems = read_cohort(found, str(file), read_bytes(file), _offer(found, offer))
    with ExitStack() as stack:
        executor = (
            None
            if scheduler is None
            else stack.enter_context(cluster_executor(scheduler, terminal.print_notice))
        )
        step = stack.enter_context(terminal.progress("Learners", quiet=as_json))
        answered = plan_cohort(
            found, requests, problems=problems, workers=workers, executor=executor, progress=step
        )
    if out is not None:
        write = cohort_csv if out.suffix.lower() == ".csv" else cohort_workbook
        replace_file(out, write(answered))
    if as_json:
        terminal.print_json(answered.to_json())
    else:
        terminal.print_cohort(answered)
        if out is not None:
            terminal.print_line(f"Written: {out}")
    raise typer.Exit(UNDECIDED if any(a.status == "unknown" for a in answered.answers) else YES)


@app.command()
def deliver(
    file: Annotated[Path, typer.Argument(help="One row a learner, as for cohort.")],
    group_size: Annotated[
        int, number("--group-size", GROUP_SIZES, "N", "Most learners in a group; 1: one to one at work")
    ] = GROUP_SIZE,
    max_units: Annotated[
        int | None, number("--max-units", UNITS_RUN, "K", "Run at most so many different units")
    ] = None,
    assessor_hours: Annotated[
        str | None,
        typer.Option(
            metavar="B=40,E=25",
            help=f"Most delivered hours by assessment strategy ({ASSESSOR_HOURS.words}).",
        ),
    ] = None,
    misfits: Annotated[
        int,
        number(
            "--misfits",
            MISFITS_ALLOWED,
            "N",
            "Allow N seats without evidence from the job that can be avoided",
        ),
    ] = 0,
    time_limit: Annotated[float, number("--time-limit", TIME, "S", "Seconds to search")] = SECONDS,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a workbook.")] = None,
    offer: OfferOption = None,
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which units to run, in how many groups, and who sits where: least delivered guided hours.

    Ctrl-C ends the search and keeps the best so far.
    """
    check_suffix("--out", out, ".xlsx")
    found = load(qualification, data)
    requests, problems = read_cohort(found, str(file), read_bytes(file), _offer(found, offer))
    with terminal.search(quiet=as_json) as (show, stop):
        delivery = plan_delivery(
            found,
            requests,
            group_size=group_size,
            max_units=max_units,
            assessor_hours=_assessor_hours(assessor_hours, found),
            misfits=misfits,
            seconds=time_limit,
            progress=show,
            stop=stop,
        )
    if out is not None:
        replace_file(out, delivery_workbook(delivery, problems))
    if as_json:
        terminal.print_json(delivery.to_json(problems))
    else:
        terminal.print_delivery(delivery, problems)
        if out is not None:
            terminal.print_line(f"Workbook written: {out}")
    raise typer.Exit(EXIT_CODES[delivery.status])


def _assessor_hours(text: str | None, qualification: Qualification) -> dict[str, int] | None:
    """The caps that B=40,E=25 means; strategies are typed in any case."""
    if text is None:
        return None
    known = {unit.strategy.casefold(): unit.strategy for unit in qualification.units}
    caps: dict[str, int] = {}
    for part in text.replace(";", ",").split(","):
        name, _, hours = part.partition("=")
        name, hours = known.get(name.strip().casefold(), name.strip()), hours.strip()
        most = ASSESSOR_HOURS.read(hours)
        if not name or most is None:
            message = f"must be strategies with whole hours {ASSESSOR_HOURS.words}, such as B=40,E=25"
            raise DataError([Problem("--assessor-hours", message, value=part)])
        if name in caps:
            raise DataError([Problem("--assessor-hours", "this strategy stands twice", value=name)])
        caps[name] = int(most)
    return caps


@app.command()
def tasks(
    qualification: QualificationOption = None,
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
        terminal.print_json({"qualification": found.to_json(), "tasks": listed, "data": found.digest})
        return
    terminal.print_tasks(found)


@app.command()
def check(
    qualification: QualificationOption = None,
    data: DataOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Check every qualification on file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Lint of data and rules; published figures are computed anew and compared.

    Schemes of professional development in the same data folder are checked too: where their readings
    contradict each other. JSON: the report of the qualification (with --all: "reports", one each), and
    "schemes": [{"scheme", "ok", "readings", "remarks": [{"severity", "id", "text"}]}].
    """
    on_file = load_all(data).values() if everything else [load(qualification, data)]
    reports = [lint(found) for found in on_file]
    schemes = check_schemes(load_readings(data).values())
    if as_json:
        found: dict[str, Any] = reports[0].to_json()
        if everything:
            found = {"reports": [report.to_json() for report in reports]}
        terminal.print_json({**found, "schemes": [scheme.to_json() for scheme in schemes]})
    else:
        for report in reports:
            terminal.print_report(report)
        for scheme in schemes:
            cpd_terminal.print_scheme(scheme)
    raise typer.Exit(_checked([*(report.ok for report in reports), *(scheme.ok for scheme in schemes)]))


def _checked(verdicts: Iterable[bool | None]) -> int:
    """The exit code of checks: an error is a no, what stayed undecided is no yes."""
    found = set(verdicts)
    return NO if False in found else UNDECIDED if None in found else YES


@app.command()
def whatif(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A portfolio table or an achievement record.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", metavar="REF", help="This unit is achieved; no file then.")
    ] = None,
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
    if as_json:
        terminal.print_json({"standings": [standing.to_json() for standing in found]})
    else:
        terminal.print_standings(found)
    raise typer.Exit(YES if any(standing.verdict.rules_met for standing in found) else NO)


@app.command()
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
    if requests is not None:
        asked, problems = read_cohort(old, str(requests), read_bytes(requests))
    differing = differences(old, new)
    found = []
    with terminal.progress("Requests", quiet=as_json) as step:
        for effect in effects(old, new, asked):
            found.append(effect)
            step(len(found), len(asked))
    if as_json:
        terminal.print_json(
            {
                "qualification": new.to_json(),
                "differences": [difference.to_json() for difference in differing],
                "effects": [effect.to_json() for effect in found],
                "problems": [problem.to_json() for problem in problems],
                "data": {"before": old.digest, "after": new.digest},
            }
        )
    else:
        terminal.print_change(new, differing, found, problems)
    if any(effect.state == "broken" for effect in found):
        raise typer.Exit(NO)
    raise typer.Exit(UNDECIDED if any(effect.state == "undecided" for effect in found) else YES)


@app.command()
def new(
    units: Annotated[
        Path, typer.Argument(help="Its units: ref, title, level, credits, glh; group and more.")
    ],
    number: Annotated[str, typer.Option("--id", metavar="ID", help="Its number.")],
    title: Annotated[str, typer.Option("--title", help="Its title.")],
    credits: Annotated[int, number("--credits", CREDITS, "N", "Credits needed in all")],
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="The data folder to write into.")],
    mandatory: Annotated[
        list[str] | None, typer.Option("--mandatory", metavar="GROUP", help="Every unit of it must count.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--minimum", metavar="GROUP=N", help="At least N credits from this group."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Starts a new qualification from a table of its units, and checks it.

    Writes a commented rule file to finish by hand; no line of code is needed.
    """
    path = draft(
        str(units),
        read_bytes(units),
        folder,
        number=number,
        title=title,
        credits=credits,
        mandatory=mandatory or (),
        minimum=_minimum(minimum or ()),
    )
    report = lint(load(number, folder))
    if as_json:
        terminal.print_json({"file": str(path), **report.to_json()})
    else:
        terminal.print_line(f"Rule file written: {path}")
        terminal.print_report(report)
    raise typer.Exit(_checked([report.ok]))


def _minimum(texts: Iterable[str]) -> dict[str, int]:
    """The least credits of groups that B=12 means."""
    found: dict[str, int] = {}
    for text in texts:
        group, least = (part.strip() for part in text.rpartition("=")[::2])
        credits = MINIMUM.read(least)
        if not group or credits is None:
            message = f"must be a group with credits {MINIMUM.words}, such as B=12"
            raise DataError([Problem("--minimum", message, value=text)])
        if group in found:
            raise DataError([Problem("--minimum", "names a group a second time", value=text)])
        found[group] = int(credits)
    return found


app.command()(career_commands.career)
app.command()(career_commands.cpd)


@app.command("app")
def open_app(
    qualification: QualificationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    port: Annotated[
        int | None,
        number("--port", PORTS, "N", f"Port of the page; default: the first free from {FIRST_PORT}"),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Also answer to this host name, which a proxy passes on."),
    ] = None,
) -> None:
    """Opens the planner as a web page on this machine; ends with Ctrl-C."""
    found = load(qualification, data)
    announce = _announce_json(found) if as_json else _announce
    raise typer.Exit(serve(found.id, data, port, browser, announce, allow_host or ()))


def _announce(url: str) -> None:
    print(f"The planner opens at {url} (end it with Ctrl-C).", flush=True)


def _announce_json(qualification: Qualification) -> Any:
    def announce(url: str) -> None:
        terminal.print_json(
            {"qualification": qualification.to_json(), "url": url, "data": qualification.digest}
        )

    return announce


if __name__ == "__main__":
    main()
