"""The commands of internal quality assurance."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.assurance.policy import Policy, load_policy
from planner.assurance.sampling import SEEDS, AssessmentFile, draw_sample, read_assessments
from planner.cli import terminal
from planner.cli.options import EXIT_CODES, JsonOption, answered, check_suffix, grouped, number, tell
from planner.cli.reading_options import ReadingOptions, how_read
from planner.files.sheets import read_bytes
from planner.report.sampling_tables import sampling_workbook


@grouped
def sample(
    *,
    file: Annotated[
        Path,
        typer.Argument(metavar="ASSESSMENTS", help="One row an assessment: learner, ref, assessor, date."),
    ],
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The sampling policy; default: an example."),
    ] = None,
    done: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Assessments sampled before; they count.")
    ] = None,
    seed: Annotated[
        int | None,
        number("--seed", SEEDS, "N", "Draw as this seed does; default: by chance"),
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the sampling plan as a workbook.")
    ] = None,
    reading: ReadingOptions,
    as_json: JsonOption = False,
) -> None:
    """The smallest sample of assessments that keeps a sampling policy, drawn among the smallest."""
    check_suffix("--xlsx", xlsx, ".xlsx")
    rules = load_policy(policy)
    read = _read(rules, file, reading)
    before = None if done is None else _read(rules, done, reading)
    if before is not None:
        tell(before.problems)
    found = draw_sample(rules, read.assessments, before.assessments if before else (), seed=seed)

    def document() -> dict[str, Any]:
        return {**found.to_json(), "problems": [problem.to_json() for problem in read.problems]}

    show = partial(terminal.print_sample, found, read)
    book = partial(sampling_workbook, found, read.problems)
    answered(
        EXIT_CODES[found.status],
        as_json,
        partial(how_read, document, read.sheets, read.wording),
        show,
        xlsx,
        book,
    )


def _read(policy: Policy, file: Path, reading: ReadingOptions) -> AssessmentFile:
    said, same = reading.wording(), reading.same or ()
    return read_assessments(policy, str(file), read_bytes(file), wording=said, same=same)
