"""The commands of internal quality assurance."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.assurance.claim_format import claim_file, load_format
from planner.assurance.claim_steps import steps_file
from planner.assurance.claims import ClaimTerms, assessments_of, claims_of
from planner.assurance.policy import Policy
from planner.assurance.sampling import SEEDS, AssessmentFile, draw_sample, read_assessments
from planner.cli import assurance_terminal, console
from planner.cli.kept_samples import SampleOptions, rules_of
from planner.cli.options import (
    EXIT_CODES,
    NO,
    UNDECIDED,
    YES,
    JsonOption,
    OnFile,
    answered,
    check_suffix,
    grouped,
    number,
    read_date,
    tell,
)
from planner.cli.reading_options import ReadingOptions, StatusOption, how_read
from planner.cli.register_options import RegisterOptions
from planner.errors import Problem, refuse
from planner.files.sheets import read_bytes
from planner.files.text_files import replace_file
from planner.portfolio.verdict import judge
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.report.claims_tables import claims_workbook
from planner.report.sampling_tables import sampling_workbook


@grouped
def sample(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[ASSESSMENTS]",
            help="One row an assessment: learner, ref, assessor, date; default: those of the register.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The sampling policy; default: that kept last, or an example."),
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
    kept: SampleOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """The smallest sample of assessments that keeps a sampling policy, drawn among the smallest."""
    check_suffix("--xlsx", xlsx, ".xlsx")
    desk = kept.desk(on_file.load, alone=file is None)
    drawn = None if desk is None else desk.samples
    rules = rules_of(policy, drawn)
    table = None if done is None else _read(rules, done, reading)
    if table is not None:
        tell(table.problems, sheets=table.sheets)
    before = {
        each.key: each for each in (*(drawn.before() if drawn else ()), *(table.sampled if table else ()))
    }
    if file is not None:
        read = _read(rules, file, reading)
    else:
        people = [each.portfolio for each in drawn.kept] if drawn else []
        to_date = tuple(assessments_of(people, rules, before.values()))
        read = AssessmentFile(to_date, (), (), reading.wording())
        before = {each.key: each for each in to_date if each.sampling} | before
    found = draw_sample(rules, read.assessments, before.values(), seed=seed)
    saved = desk.save(found) if desk is not None and kept.save else None

    def document() -> dict[str, Any]:
        told = {**found.to_json(), "problems": [problem.to_json() for problem in read.problems]}
        return told if saved is None else {**told, "saved": saved}

    show = partial(assurance_terminal.print_sample, found, read)
    book = partial(sampling_workbook, found, read.problems)
    answered(
        EXIT_CODES[found.status],
        as_json,
        partial(how_read, document, read.sheets, read.wording),
        show,
        xlsx,
        book,
    )


@grouped
def claims(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A portfolio table or an achievement record; default: the learners of the register.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What must be sampled; default: as of samples kept, or nothing."),
    ] = None,
    done: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Assessments sampled so far, with their actions.")
    ] = None,
    assessments: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="All to date, where the policy selects by what portfolios lack."),
    ] = None,
    steps: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="When claims were made, received and issued: learner and dates."),
    ] = None,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day of the claim; default: today.")
    ] = None,
    certification_ends: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day for claims, if not as on file.")
    ] = None,
    form: Annotated[
        Path | None,
        typer.Option("--format", metavar="FILE", help="The form of the claim file; default: an example."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the claim file of those who are ready.")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a workbook.")] = None,
    statuses: StatusOption = None,
    reading: ReadingOptions,
    kept: RegisterOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Who is ready to be claimed, what each other one lacks, and the claim file of those who are ready.

    Exit code 1: somebody lacks something, or is left out of the claim file.
    """
    check_suffix("--csv", csv, ".csv")
    check_suffix("--xlsx", xlsx, ".xlsx")
    found, problems = on_file.load(), list[Problem]()
    days = {
        name: read_date(name, text, problems)
        for name, text in (("--today", today), ("--certification-ends", certification_ends))
        if text is not None
    }
    refuse(problems)
    day, said, same = days.get("--today") or date.today(), reading.wording(statuses), reading.same or ()
    drawn = None
    if file is None:
        from planner.register.samples import Samples

        drawn = Samples(found, kept.learners(found, alone=True)[-1])
        portfolios = tuple(each.portfolio for each in drawn.kept)
        read = PortfolioFile(portfolios, (), ())
    else:
        kept.unused("with FILE the learners are those of the file")
        read = portfolio_file(found, str(file), read_bytes(file), wording=said, same=same)
    given = any(path is not None for path in (policy, done, assessments))
    asked = given or (drawn is not None and any(drawn.drawn()))
    rules = rules_of(policy, drawn) if asked else None
    sampled = None if rules is None or done is None else _read(rules, done, reading)
    to_date = None if rules is None or assessments is None else _read(rules, assessments, reading)
    known = [portfolio.learner for portfolio in read.portfolios]
    made = None if steps is None else steps_file(str(steps), read_bytes(steps), known, wording=said)
    for each in (sampled, to_date, made):
        if each is not None:
            tell(each.problems, sheets=each.sheets)
    terms = ClaimTerms(
        day,
        rules,
        (*(drawn.sampled() if drawn else ()), *(sampled.sampled if sampled else ())),
        to_date.assessments if to_date else None,
        days.get("--certification-ends"),
        made.days if made else {},
    )
    with console.progress_bar("Learners", quiet=as_json) as step:
        judgements = []
        for count, portfolio in enumerate(read.portfolios, start=1):
            judgements.append(judge(found, portfolio, today=day))
            step(count, len(read.portfolios))
    answers = claims_of(judgements, terms)
    claimed = claim_file(load_format(form), answers, day) if csv is not None or form is not None else None
    if csv is not None and claimed is not None and claimed.rows:
        replace_file(csv, claimed.content())
    elif csv is not None:
        console.print_notice("Nobody can be claimed: no claim file is written.")

    def document() -> dict[str, Any]:
        wrong = (*read.problems, *(claimed.problems if claimed else ()))
        return {
            "qualification": found.to_json(day),
            "today": day.isoformat(),
            "policy": None if rules is None else {"id": rules.id, "title": rules.title},
            "learners": [answer.to_json() for answer in answers],
            "claim_file": None if claimed is None else claimed.to_json(),
            "problems": [problem.to_json() for problem in wrong],
            "data": found.digest,
        }

    code = YES if all(each.judgement.now.decided for each in answers) else UNDECIDED
    settled = [each for each in answers if any(one.code != "undecided" for one in each.lacking)]
    code = NO if settled or (claimed is not None and claimed.left_out) else code
    show = partial(assurance_terminal.print_claims, found, answers, terms, read, claimed)
    book = partial(claims_workbook, found, answers, terms, read.problems, claimed)
    answered(code, as_json, partial(how_read, document, read.sheets, said), show, xlsx, book)


def _read(policy: Policy, file: Path, reading: ReadingOptions) -> AssessmentFile:
    said, same = reading.wording(), reading.same or ()
    return read_assessments(policy, str(file), read_bytes(file), wording=said, same=same)
