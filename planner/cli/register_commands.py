"""The commands of the register: what goes in and out, what happened, whether it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.catalogue.loading import load_all
from planner.catalogue.units import resolved_refs
from planner.cli import console, register_terminal
from planner.cli.options import (
    NO,
    YES,
    DataOption,
    JsonOption,
    OnFile,
    answered,
    check_suffix,
    grouped,
    number,
    read_date,
)
from planner.cli.reading_options import ReadingOptions, StatusOption, how_read
from planner.cli.register_options import RegisterOptions
from planner.errors import DataError, Problem, nearest, refuse
from planner.files.limits import Range
from planner.files.sheets import read_bytes
from planner.portfolio.verdict import judge
from planner.records.portfolios import STATUSES

if TYPE_CHECKING:  # the database's library takes a while to import, which no other command waits for
    from planner.catalogue.qualification import Qualification
    from planner.register import Actor, Due, Kept, Register

RETENTION = Range(1, 100)
"""Years for which a centre keeps what it knows of somebody."""

app = typer.Typer(
    help="What a centre keeps between visits, with the history of every change.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command("import")
@grouped
def import_files(
    *,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Portfolios, records, cohorts, or an export.")
    ],
    kept: RegisterOptions,
    on_file: OnFile,
    map_status: StatusOption = None,
    reading: ReadingOptions,
    as_json: JsonOption = False,
) -> None:
    """Merges files into the register; what is in conflict is told and not taken, nothing is deleted."""
    register, acting = kept.open()
    default = on_file.load()
    known = load_all(on_file.data)
    wording = reading.wording(map_status)
    found = []
    for file in files:
        with console.progress_bar(f"Reading {file.name}", quiet=as_json) as progress:
            merged = register.import_file(
                acting,
                known,
                str(file),
                read_bytes(file),
                default=default.id,
                wording=wording,
                same=reading.same or (),
                progress=progress,
            )
        found.append((str(file), merged))

    def document() -> dict[str, Any]:
        parts = [how_read(merged.to_json, merged.sheets, wording) for _, merged in found]
        return parts[0] if len(parts) == 1 else {"imports": parts}

    code = NO if any(merged.disputes for _, merged in found) else YES
    answered(code, as_json, document, partial(register_terminal.print_imports, found))


@app.command("export")
@grouped
def export(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook to write, .xlsx.")],
    kept: RegisterOptions,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Writes everything that is kept as one workbook, which import reads back without loss."""
    from planner.report.register_book import register_workbook

    check_suffix("FILE", file, ".xlsx")
    register, acting = kept.open()
    found = [each for _, several in _all_kept(register, acting, data) for each in several]
    head = register.head(acting)

    def document() -> dict[str, Any]:
        return {"registrations": len(found), "head": head}

    show = partial(register_terminal.print_export, len(found), head)
    answered(YES, as_json, document, show, file, partial(register_workbook, found, head))


def _all_kept(
    register: Register, acting: Actor | None, data: Path | None
) -> Iterator[tuple[Qualification, tuple[Kept, ...]]]:
    """What is kept, by qualification.

    Raises
    ------
    DataError
        Something is kept for a qualification that is not on file.
    """
    known = load_all(data)
    kept = dict.fromkeys(each.qualification for each in register.learners(acting))
    _on_file(kept, known)
    for of in kept:
        yield known[of], register.load(acting, known[of])


def _on_file(numbers: Iterable[str], known: Mapping[str, Qualification]) -> None:
    message = "is not on file, and learners are registered for it: give its data folder with --data"
    refuse(Problem(number, message) for number in numbers if number not in known)


@app.command("list")
@grouped
def list_learners(
    *,
    kept: RegisterOptions,
    assessor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Those whose assessor this is; default: all.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who is registered, how far their units are, and whether the rules are met."""
    register, acting = kept.open()
    chosen = {each.registration: each for each in register.learners(acting, assessor=assessor)}
    rows = [
        {
            "learner": each.learner,
            "name": chosen[each.registration].name,
            "qualification": each.qualification,
            "assessor": chosen[each.registration].assessor,
            "rules_met": judge(qualification, each.portfolio).now.rules_met,
            "units": dict(chosen[each.registration].units),
        }
        for qualification, several in _all_kept(register, acting, data)
        for each in several
        if each.registration in chosen
    ]
    answered(YES, as_json, lambda: {"learners": rows}, partial(register_terminal.print_learners, rows))


@app.command()
@grouped
def history(
    *,
    learner: Annotated[
        str | None, typer.Argument(metavar="[LEARNER]", help="What happened to one learner; default: to all.")
    ] = None,
    kept: RegisterOptions,
    as_json: JsonOption = False,
) -> None:
    """What happened, in sentences: when, by whom, in which role, why."""
    register, acting = kept.open()
    found = list(register.history(acting)) if learner is None else []
    if learner is not None:
        from planner.files.people import identity

        known = register.learners(acting)
        mine = [each for each in known if identity(each.learner) == identity(learner)]
        if not mine:
            hint = nearest(learner, [each.learner for each in known])
            raise DataError([Problem(learner, f"is no learner of this register{hint}")])
        numbers = {e.number: e for each in mine for e in register.history(acting, each.registration)}
        found = [numbers[number] for number in sorted(numbers)]

    def document() -> dict[str, Any]:
        return {"events": [event.to_json() for event in found]}

    answered(YES, as_json, document, partial(console.print_list, found))


@app.command()
@grouped
def about(
    *,
    learner: Annotated[str, typer.Argument(metavar="LEARNER", help="Whom it is about, by reference.")],
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="All of it as a workbook, to be handed over.")
    ] = None,
    kept: RegisterOptions,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything that is kept about one learner, and all that happened; in full as JSON or as a workbook."""
    from planner.report.register_book import person_workbook

    check_suffix("--xlsx", xlsx, ".xlsx")
    register, acting = kept.open()
    found = register.about(acting, learner)
    known = load_all(data)
    numbers = dict.fromkeys(row["qualification"] for table, row in found.rows if table == "registration")
    _on_file(numbers, known)
    mine = [each for number in numbers for each in register.load(acting, known[number], [learner])]
    head = register.head(acting)
    show, book = partial(register_terminal.print_about, found), partial(person_workbook, found, mine, head)
    answered(YES, as_json, lambda: {**found.to_json(), "head": head}, show, xlsx, book)


@app.command()
@grouped
def due(
    *,
    years: Annotated[
        int, number("--years", RETENTION, "N", "For how many years nothing has been heard; needed")
    ],
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day asked about; default: today.")
    ] = None,
    kept: RegisterOptions,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who is due for erasing: of whom nothing has been heard for so many years; nobody is erased."""
    problems = list[Problem]()
    day = (None if today is None else read_date("--today", today, problems)) or date.today()
    refuse(problems)
    from planner.register.retention import years_before

    register, acting = kept.open()
    until = years_before(day, years)
    known = load_all(data)
    rows = [
        {
            "learner": each.learner,
            "name": each.name,
            "last": each.last.isoformat(),
            "qualifications": [
                {"qualification": of, "rules_met": _rules_met(register, acting, known.get(of), each)}
                for of in each.qualifications
            ],
        }
        for each in register.due(acting, until)
    ]

    def document() -> dict[str, Any]:
        return {"today": day.isoformat(), "years": years, "until": until.isoformat(), "learners": rows}

    answered(YES, as_json, document, partial(register_terminal.print_due, rows, until))


def _rules_met(
    register: Register, acting: Actor | None, qualification: Qualification | None, due: Due
) -> bool | None:
    """Whether a learner has met the rules; None where nobody can say, as the qualification is not on file."""
    if qualification is None:
        return None
    (kept,) = register.load(acting, qualification, [due.learner])
    return judge(qualification, kept.portfolio).now.rules_met


@app.command()
@grouped
def verify(
    *,
    kept: RegisterOptions,
    head: Annotated[
        str, typer.Option(metavar="DIGEST", help="A head noted elsewhere; exports print it.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Whether the history is what was written; a noted head also finds what was cut off or written anew."""
    register, acting = kept.open()
    found = register.verify(acting, head)
    show = partial(register_terminal.print_verification, found)
    answered(YES if found.intact else NO, as_json, found.to_json, show)


@app.command()
@grouped
def status(
    *,
    learner: Annotated[str, typer.Argument(metavar="LEARNER", help="Whose unit it is.")],
    ref: Annotated[str, typer.Argument(metavar="REF", help="The unit.")],
    to: Annotated[str, typer.Argument(metavar="STATUS", help="planned, in progress, submitted, and so on.")],
    reason: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Why; needed where it goes back, and to unlock a verified one."),
    ] = "",
    kept: RegisterOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Brings a unit to a status; from verified or claimed back, by a manager, is unlocking it."""
    register, acting = kept.open()
    qualification = on_file.load()
    found = {word for word in STATUSES if word == to.strip().casefold()}
    if not found:
        message = f"must be one of: {', '.join(STATUSES)}{nearest(to, STATUSES)}"
        raise DataError([Problem("STATUS", message, value=to)])
    (word,) = found
    (unit,) = resolved_refs([ref], qualification.by_ref, "REF")
    register.set_status(acting, qualification, learner, unit, word, reason)
    _done(as_json, {"learner": learner, "ref": unit, "status": word}, f"{learner}, {unit}: {word}.")


@app.command()
@grouped
def undo(
    *,
    number: Annotated[str, typer.Argument(metavar="IMPORT", help="The import, as it was told.")],
    kept: RegisterOptions,
    as_json: JsonOption = False,
) -> None:
    """Takes an import back; what was changed since stays, and is told."""
    register, acting = kept.open()
    found = register.undo(acting, number)
    show = partial(register_terminal.print_imports, [(f"import {number}", found)])
    answered(NO if found.disputes else YES, as_json, found.to_json, show)


@app.command()
@grouped
def erase(
    *,
    learner: Annotated[str, typer.Argument(metavar="LEARNER", help="Who is to be erased, by reference.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why: it is all that stays; needed.")] = "",
    kept: RegisterOptions,
    as_json: JsonOption = False,
) -> None:
    """Erases a learner for good, also where others' texts name them; backups made before still hold them."""
    register, acting = kept.open()
    found = register.erase(acting, learner, reason)
    answered(YES, as_json, found.to_json, partial(register_terminal.print_erased, found))


@app.command()
@grouped
def backup(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    kept: RegisterOptions,
    as_json: JsonOption = False,
) -> None:
    """Writes all that is kept, with its history, to a file of its own."""
    register, acting = kept.open()
    register.back_up(acting, file)
    _done(as_json, {"backup": str(file)}, f"Backup written: {file}")


@app.command()
@grouped
def restore(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backup wrote.")],
    kept: RegisterOptions,
    as_json: JsonOption = False,
) -> None:
    """Puts a backup in the place of all that is kept, which is backed up before."""
    register, acting = kept.open()
    replaced = register.restore(acting, file)
    words = "" if replaced is None else f" What was there before is in {replaced}."
    before = None if replaced is None else str(replaced)
    _done(as_json, {"restored": str(file), "before": before}, f"Restored from {file}.{words}")


@app.command()
@grouped
def update(*, kept: RegisterOptions, as_json: JsonOption = False) -> None:
    """Brings the register of an older planner up to date, after a backup."""
    register, acting = kept.open()
    before = register.migrate(acting)
    words = "The register is up to date." + (f" A backup is in {before}." if before else "")
    _done(as_json, {"before": None if before is None else str(before)}, words)


@app.command()
@grouped
def person(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Somebody who works with learners.")],
    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--may",
            metavar="ROLE",
            help="manager, IQA, assessor or EQA, which reads only; learner: NAME is a learner's reference.",
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT", help="What they sign in with, such as an e-mail address; '': nothing."
        ),
    ] = None,
    kept: RegisterOptions,
    as_json: JsonOption = False,
) -> None:
    """Makes somebody known who works with learners, with roles that take the place of those before."""
    register, acting = kept.open()
    given = roles if roles or account is not None else []
    register.add_person(acting, name, given, account)
    may = "as before" if given is None else ", ".join(given) or "nothing any more"
    document = {"name": name, "roles": given} | ({} if account is None else {"account": account})
    signs = "" if account is None else f" They sign in as: {account or 'nobody any more'}."
    _done(as_json, document, f"{name} may act as: {may}.{signs}")


def _done(as_json: bool, document: dict[str, Any], words: str) -> None:
    answered(YES, as_json, lambda: document, partial(console.print_line, words))
