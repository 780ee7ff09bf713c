"""What the commands of the command line share: exit codes, options, files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.catalogue.loading import DEFAULT_QUALIFICATION
from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.limits import Range
from planner.files.sheets import read_bytes
from planner.records.portfolios import Portfolio, read_portfolios

YES, NO, BAD_INPUT, UNDECIDED = 0, 1, 2, 3

EXIT_CODES = {"optimal": YES, "feasible": YES, "infeasible": NO, "unknown": UNDECIDED}

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


_RENAMED = {
    "achieved": "unit",
    "excludes": "exclude",
    "goals": "goal",
    "number": "id",
    "pins": "pin",
    "seconds": "time-limit",
    "tasks": "task",
    "units": "unit",
}


def option(parameter: str) -> str:
    """The option that fills a parameter of the package: --group-size for `group_size`."""
    return f"--{_RENAMED.get(parameter, parameter.replace('_', '-'))}"


def tell(problems: Iterable[Problem], what: str = "left out") -> None:
    """Says problems on stderr, by default that they were left out of the input."""
    for problem in problems:
        print(f"{what}: {problem.told(option)}", file=sys.stderr)


def number(name: str, limits: Range, metavar: str, words: str) -> Any:
    """An option that takes a number; its help tells the limits, and so does what refuses a value."""
    return typer.Option(
        name, metavar=metavar, help=f"{words} ({limits.words}).", parser=_reader(name, limits)
    )


def _reader(name: str, limits: Range) -> Callable[[str], float]:
    def read(text: str) -> float:
        found = limits.read(str(text))  # a default comes as the number it is
        if found is None:
            raise DataError([Problem(name, limits.wanted, value=text.strip() or "(empty)")])
        return found

    return read


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
    portfolios, problems = read_portfolios(qualification, str(file), read_bytes(file))
    tell(problems)
    if len(portfolios) > 1:
        names = ", ".join(portfolio.learner for portfolio in portfolios)
        raise DataError([Problem(str(file), "must be of one learner", field="learner", value=names)])
    return portfolios[0]
