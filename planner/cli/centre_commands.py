"""The commands of a centre: a cohort planned and delivered."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from planner.catalogue.qualification import Qualification
from planner.cli import console, terminal
from planner.cli.options import (
    EXIT_CODES,
    UNDECIDED,
    YES,
    JsonOption,
    OfferOption,
    OnFile,
    amounts,
    answered,
    check_suffix,
    grouped,
    number,
    offered_units,
)
from planner.cli.reading_options import ReadingOptions, how_read
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
from planner.files.limits import PROCESSES
from planner.files.sheets import read_bytes
from planner.records.cohort_rows import CohortFile, cohort_file
from planner.report.cohort_book import cohort_csv, cohort_workbook
from planner.report.delivery_book import delivery_workbook


@grouped
def cohort(
    *,
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
    reading: ReadingOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Plans every learner of a file; bad rows are listed, good rows answered."""
    check_suffix("--out", out, ".xlsx", ".csv")
    found = on_file.load()
    read = _read(found, file, offer, reading)
    requests, problems = read.requests, read.problems
    with ExitStack() as stack:
        executor = (
            None
            if scheduler is None
            else stack.enter_context(cluster_executor(scheduler, console.print_notice))
        )
        step = stack.enter_context(console.progress_bar("Learners", quiet=as_json))
        planned = plan_cohort(
            found, requests, problems=problems, workers=workers, executor=executor, progress=step
        )
    write = cohort_csv if out is not None and out.suffix.lower() == ".csv" else cohort_workbook
    code = UNDECIDED if any(answer.status == "unknown" for answer in planned.answers) else YES
    show, content = partial(terminal.print_cohort, planned, read.sheets), partial(write, planned)
    document = partial(how_read, planned.to_json, read.sheets, read.wording)
    answered(code, as_json, document, show, out, content, "Written")


@grouped
def deliver(
    *,
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
    reading: ReadingOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Which units to run, in how many groups, and who sits where: least delivered guided hours.

    Ctrl-C ends the search and keeps the best so far.
    """
    check_suffix("--out", out, ".xlsx")
    found = on_file.load()
    read = _read(found, file, offer, reading)
    requests, problems = read.requests, read.problems
    with console.search(quiet=as_json) as (show, stop):
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
    document = partial(how_read, partial(delivery.to_json, problems), read.sheets, read.wording)
    show = partial(terminal.print_delivery, delivery, problems, read.sheets)
    book = partial(delivery_workbook, delivery, problems)
    answered(EXIT_CODES[delivery.status], as_json, document, show, out, book)


def _read(
    qualification: Qualification, file: Path, offer: Path | None, reading: ReadingOptions
) -> CohortFile:
    offered, same = offered_units(qualification, offer), reading.same or ()
    said = reading.wording()
    return cohort_file(qualification, str(file), read_bytes(file), offered, wording=said, same=same)


def _assessor_hours(text: str | None, qualification: Qualification) -> dict[str, int] | None:
    """The caps that B=40,E=25 means; strategies are typed in any case."""
    if text is None:
        return None
    known = {unit.strategy.casefold(): unit.strategy for unit in qualification.units}
    found = amounts(
        "--assessor-hours",
        text.replace(";", ",").split(","),
        ASSESSOR_HOURS,
        "strategy",
        "strategies with whole hours",
        lambda name: known.get(name.casefold(), name),
    )
    return {strategy: int(hours) for strategy, hours in found.items()}
