"""The command line: `nvq-planner`, or `python -m planner`.

Exit codes: 0 answered yes; 1 answered no; 2 bad input; 3 undecided in the time given; 70 a bug of ours;
74 the answer could not be printed; 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from planner.cli import console
from planner.cli.options import BAD_INPUT, YES, tell
from planner.errors import DataError, DisagreementError
from planner.files.text_files import outputs_apart

BUG, CANNOT_PRINT, INTERRUPTED = 70, 74, 130

COMMANDS = {
    "plan": "learner_commands:plan",
    "explore": "learner_commands:explore",
    "why": "learner_commands:why",
    "audit": "learner_commands:audit",
    "cohort": "centre_commands:cohort",
    "deliver": "centre_commands:deliver",
    "timeline": "timeline_commands:timeline",
    "sample": "assurance_commands:sample",
    "claims": "assurance_commands:claims",
    "tasks": "rule_commands:tasks",
    "check": "rule_commands:check",
    "whatif": "rule_commands:whatif",
    "change": "rule_commands:change",
    "new": "rule_commands:new",
    "career": "career_commands:career",
    "cpd": "career_commands:cpd",
    "app": "app_commands:open_app",
    "register": "register_commands:app",
}
"""Where each command is: a module here and what it calls it."""


class _OnDemand(Mapping[str, Any]):
    """The commands, each imported when it is asked for: those of all together take as long as a plan."""

    def __getitem__(self, name: str) -> Any:
        module, called = COMMANDS[name].split(":")
        found = getattr(import_module(f"planner.cli.{module}"), called)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(**_PLAIN)
            alone.command(name)(found)
            found = alone
        return typer.main.get_command(found)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Commands(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _OnDemand()  # type: ignore[assignment]  # nobody adds to it


_PLAIN: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}

app = typer.Typer(
    cls=_Commands,
    help="Plans units for a vocational qualification, proves the plan best and checks it.",
    no_args_is_help=True,
    **_PLAIN,
)


def main() -> None:
    """Runs the command line; bad input is told on stderr and ends with exit code 2."""
    atexit.register(gc.freeze)  # a sixth of a short command's time went into looking through all at its end
    try:
        raise SystemExit(_run())
    except OSError as error:  # of stdout or stderr: what is read and written elsewhere is a DataError
        console.give_up_printing(error)
        raise SystemExit(CANNOT_PRINT) from None


def _run() -> int:
    """Runs the command and tells what went wrong; the exit code.

    Raises
    ------
    OSError
        If something cannot be printed.
    """
    try:
        with console.printing(), outputs_apart():
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
