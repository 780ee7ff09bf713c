"""The command that opens the web page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from planner.cli import console
from planner.cli.options import JsonOption, OnFile, grouped, number
from planner.cli.serve import FIRST_PORT, PORTS, picture_of, serve
from planner.errors import DataError, Parameter, Problem


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
    sign_in: Annotated[
        Path | None,
        typer.Option(
            "--sign-in",
            metavar="FILE",
            help="How people sign in, with a provider or at a proxy; others may then share the register.",
        ),
    ] = None,
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
            "--sign-in": sign_in is not None,
        }
        if wrong := [name for name, given in others.items() if given]:
            message = f"is a register of its own, for this machine alone: leave out {' and '.join(wrong)}"
            raise DataError([Problem(Parameter("demo"), message)])
        from planner.register.demo import in_passing  # its library takes a second to import

        register = in_passing(found, date.today())
    if sign_in is not None and (no_register or on_network):
        other = "--no-register" if no_register else "--on-network"
        message = f"is for a register that others share: leave out {other}"
        raise DataError([Problem(Parameter("sign_in"), message)])

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
        sign_in=sign_in,
    )
    raise typer.Exit(code)
