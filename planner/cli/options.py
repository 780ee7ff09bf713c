"""What the commands of the command line share: exit codes, options and groups of them, files, answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_type_hints

import typer

from planner.catalogue.loading import DEFAULT_QUALIFICATION, load
from planner.catalogue.offer import offer_file
from planner.catalogue.qualification import Qualification
from planner.cli import console
from planner.errors import DataError, Problem
from planner.files.dates import WANTED, as_date
from planner.files.limits import Range
from planner.files.sheets import read_bytes
from planner.files.tables import SheetRead
from planner.files.text_files import replace_file
from planner.records.goals import GOALS
from planner.records.portfolio_files import portfolio_file
from planner.records.portfolios import Portfolio
from planner.records.wishes import DEFAULT_GOALS, LOSSES, WishKeywords
from planner.report.tables import how_read_words

YES, NO, BAD_INPUT, UNDECIDED = 0, 1, 2, 3

EXIT_CODES = {"optimal": YES, "feasible": YES, "infeasible": NO, "unknown": UNDECIDED}

_RENAMED = {
    "achieved": "unit",
    "actor": "as",
    "columns": "map",
    "excludes": "exclude",
    "goals": "goal",
    "number": "id",
    "pins": "pin",
    "seconds": "time-limit",
    "statuses": "map-status",
    "tasks": "task",
    "units": "unit",
}


def option(parameter: str) -> str:
    """The option that fills a parameter of the package: --group-size for `group_size`."""
    return f"--{_RENAMED.get(parameter, parameter.replace('_', '-'))}"


def tell(problems: Iterable[Problem], what: str = "left out", sheets: Sequence[SheetRead] = ()) -> None:
    """Says problems on stderr, by default that they were left out; and how the file was read."""
    for problem in problems:
        print(f"{what}: {problem.told(option)}", file=sys.stderr)
    for words in how_read_words(sheets, named=True):
        print(words, file=sys.stderr)


def number(name: str, limits: Range, metavar: str, words: str) -> Any:
    """An option that takes a number; its help tells the limits, and so does what refuses a value."""

    def read(text: str) -> float:
        found = limits.read(str(text))  # a default comes as the number it is
        if found is None:
            raise DataError([Problem(name, limits.wanted, value=text.strip() or "(empty)")])
        return found

    return typer.Option(name, metavar=metavar, help=f"{words} ({limits.words}).", parser=read)


def read_date(name: str, text: str, problems: list[Problem]) -> date | None:
    """The date that an option's text means; None, and a problem more, if it means none."""
    found = as_date(text)
    if found is None:
        problems.append(Problem(name, WANTED, value=text))
    return found


def amounts(
    option: str,
    texts: Iterable[str],
    limits: Range,
    noun: str,
    wanted: str,
    named: Callable[[str], str] = str,
) -> dict[str, float]:
    """What texts such as B=12 of an option mean: numbers within the limits by name.

    `noun` is what the names are of, `wanted` what the texts must be, `named` gives a name as it is on file.

    Raises
    ------
    DataError
        For a text that is something else, and a name that stands twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, number = (part.strip() for part in text.rpartition("=")[::2])
        amount = limits.read(number)
        if not name or amount is None:
            raise DataError([Problem(option, f"must be {wanted} {limits.words}, such as B=12", value=text)])
        if named(name) in found:
            raise DataError([Problem(option, f"names a {noun} a second time", value=text)])
        found[named(name)] = amount
    return found


# Options, and groups of them, that several commands have

QualificationOption = Annotated[
    str | None,
    typer.Option(
        "--qualification",
        metavar="ID",
        help=f"Number of the qualification; default: {DEFAULT_QUALIFICATION}, or the only one in DIR.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Read this data folder instead of the shipped one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
TaskOption = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="ID", help="Something you do at work; the command tasks lists them."),
]
OfferOption = Annotated[
    Path | None,
    typer.Option(
        "--offer", metavar="FILE", help="Units the centre can assess, one ref a line or a column ref."
    ),
]
SurviveOption = Annotated[
    int, number("--survive", LOSSES, "N", "Still meet the rules if any N optional units fail")
]
FileOption = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A portfolio table or an achievement record.")
]
UnitOption = Annotated[
    list[str] | None, typer.Option("--unit", metavar="REF", help="This unit is achieved; no file then.")
]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option of its own for each field of those of its parameters that are groups.

    A group is a dataclass whose fields are options; the command is handed one that holds what was given.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    listed: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        group = groups.get(parameter.name)
        known = hints if group is None else get_type_hints(group, include_extras=True)
        single = [parameter] if group is None else signature(group).parameters.values()
        listed += [one.replace(annotation=known[one.name], kind=Parameter.KEYWORD_ONLY) for one in single]

    @wraps(command)
    def spread(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in listed}
    spread.__signature__ = signature(command).replace(parameters=listed)  # type: ignore[attr-defined]
    return spread


@dataclass(frozen=True, slots=True)
class OnFile:
    """Where the data are, and whose they are."""

    qualification: QualificationOption = None
    data: DataOption = None

    def load(self, title: str | None = None) -> Qualification:
        """The qualification asked about, with a title that is asked for."""
        found = load(self.qualification, self.data)
        return found if title is None else found.titled(title)


@dataclass(frozen=True, slots=True)
class WishOptions:
    """What somebody wishes of a plan."""

    pin: Annotated[list[str] | None, typer.Option(metavar="REF", help="This unit must count.")] = None
    exclude: Annotated[list[str] | None, typer.Option(metavar="REF", help="This unit must not count.")] = None
    held: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REF", help="This unit is already achieved; REF=rpl, =transfer, =exempt say how."
        ),
    ] = None
    task: TaskOption = None
    goal: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="What makes a plan best, the most important first; "
            + "; ".join(f"{goal.id}: {goal.words}" for goal in GOALS.values())
            + f". Default: changes with --keep, fit with --task, then {', then '.join(DEFAULT_GOALS)}.",
        ),
    ] = None
    keep: Annotated[
        list[str] | None, typer.Option(metavar="REF", help="A unit of the present plan to keep.")
    ] = None
    offer: OfferOption = None
    title: Annotated[
        str | None, typer.Option(metavar="NAME", help="A title the award is to be endorsed with.")
    ] = None

    def read(self, qualification: Qualification, survive: int = 0) -> WishKeywords:
        """The wishes as `plan` takes them."""
        return {
            "pin": self.pin or (),
            "exclude": self.exclude or (),
            "held": self.held or (),
            "goals": self.goal,
            "tasks": self.task or (),
            "keep": self.keep or (),
            "survive": survive,
            "offer": offered_units(qualification, self.offer),
        }


# Files and answers


def offered_units(qualification: Qualification, path: Path | None) -> frozenset[str] | None:
    """The units of an offer file; what it lists beside this qualification's units is told on stderr, and what
    of it was not read.
    """
    if path is None:
        return None
    found = offer_file(qualification, str(path), read_bytes(path))
    tell(found.problems, sheets=found.sheets)
    return found.refs


def check_suffix(option: str, path: Path | None, *suffixes: str) -> None:
    """Refuses a file that is to be written under another kind of name.

    Raises
    ------
    DataError
        If the name has none of these endings.
    """
    if path is not None and path.suffix.lower() not in suffixes:
        raise DataError([Problem(option, f"must end in {' or '.join(suffixes)}", value=str(path))])


def one_portfolio(qualification: Qualification, file: Path) -> Portfolio:
    """The only portfolio of a file; what could not be read is told on stderr."""
    found = portfolio_file(qualification, str(file), read_bytes(file))
    portfolios = found.portfolios
    if len(portfolios) > 1:
        names = ", ".join(portfolio.learner for portfolio in portfolios)
        raise DataError([Problem(str(file), "must be of one learner", field="learner", value=names)])
    if portfolios[0].doubt:  # what nobody may judge measures nothing either
        raise DataError(found.problems)
    tell(found.problems, sheets=found.sheets)
    return portfolios[0]


def answered(
    code: int,
    as_json: bool,
    document: Callable[[], dict[str, Any]],
    show: Callable[[], None],
    written: Path | None = None,
    content: Callable[[], bytes] = bytes,
    what: str = "Workbook written",
) -> NoReturn:
    """Ends a command: writes the file asked for, prints the answer as JSON or as people read it.

    Raises
    ------
    typer.Exit
        With the exit code.
    """
    if written is not None:
        replace_file(written, content())
    if as_json:
        console.print_json(document())
    else:
        show()
        if written is not None:
            console.print_line(f"{what}: {written}")
    raise typer.Exit(code)
