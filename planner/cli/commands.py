"""The command line: `nvq-planner`, or `python -m planner`.

Exit codes: 0 answered yes; 1 answered no; 2 bad input; 3 undecided in the time given; 70 a bug of ours;
74 the answer could not be printed; 130 interrupted.
"""

from __future__ import annotations

import sys
from datetime import date
from importlib.metadata import version
from typing import Annotated

import typer

from planner.cli import console
from planner.cli.assurance_commands import claims, sample
from planner.cli.career_commands import career, cpd
from planner.cli.centre_commands import cohort, deliver
from planner.cli.learner_commands import audit, explore, plan, why
from planner.cli.options import (
    BAD_INPUT,
    YES,
    JsonOption,
    OnFile,
    grouped,
    number,
    tell,
)
from planner.cli.register_commands import app as register
from planner.cli.rule_commands import change, check, new, tasks, whatif
from planner.cli.serve import FIRST_PORT, PORTS, picture_of, serve
from planner.cli.timeline_commands import timeline
from planner.errors import DataError, DisagreementError, Parameter, Problem
from planner.files.text_files import outputs_apart

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


@grouped
def open_app(
    *,
    on_file: OnFile,
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
    on_network: Annotated[
        bool,
        typer.Option(
            "--on-network", help="Serve the plan to telephones in the house, and nothing that takes a file."
        ),
    ] = False,
    register: Annotated[
        str | None,
        typer.Option(
            "--register",
            metavar="ADDRESS",
            help="Where work is kept: a file, or postgresql://…; default: a file in the folder of your data.",
        ),
    ] = None,
    no_register: Annotated[
        bool, typer.Option("--no-register", help="Keep nothing; so it is where others reach the page.")
    ] = False,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="With an invented centre, in a register that is thrown away at the end."),
    ] = False,
) -> None:
    """Opens the planner as a web page on this machine; ends with Ctrl-C."""
    found = on_file.load()
    if demo:
        others = {
            "--register": register is not None,
            "--no-register": no_register,
            "--on-network": on_network,
            "--allow-host": bool(allow_host),
        }
        if wrong := [name for name, given in others.items() if given]:
            message = f"is a register of its own, for this machine alone: leave out {' and '.join(wrong)}"
            raise DataError([Problem(Parameter("demo"), message)])
        from planner.register.demo import in_passing  # its library takes a second to import

        register = in_passing(found, date.today())

    def announce(url: str) -> None:
        if as_json:
            console.print_json({"qualification": found.to_json(), "url": url, "data": found.digest})
        else:
            centre = " with an invented centre, which is thrown away at the end" if demo else ""
            print(f"The planner opens at {url}{centre} (end it with Ctrl-C).", flush=True)
            if on_network:
                print(picture_of(url), flush=True)

    code = serve(
        found.id,
        on_file.data,
        port,
        browser,
        announce,
        allow_host or (),
        on_network,
        register=register,
        without_register=no_register,
    )
    raise typer.Exit(code)


COMMANDS = (
    plan,
    explore,
    why,
    audit,
    cohort,
    deliver,
    timeline,
    sample,
    claims,
    tasks,
    check,
    whatif,
    change,
    new,
    career,
    cpd,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(register, name="register")
app.command("app")(open_app)
