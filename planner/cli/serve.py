"""The web page's server."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path

from planner.catalogue.loading import DATA_VARIABLE, QUALIFICATION_VARIABLE, shipped
from planner.errors import DataError, Parameter, Problem
from planner.files.limits import Range

FIRST_PORT = 8501
PORTS = Range(1, 65_535)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names of this machine that nobody else can take."""

HOSTS_VARIABLE = "STREAMLIT_SERVER_ALLOWED_HOSTS"


def serve(
    qualification: str,
    data: Path | None,
    port: int | None,
    browser: bool,
    announce: Callable[[str], None],
    allow_host: Iterable[str] = (),
) -> int:
    """Runs the page in this process until it is ended; returns the exit code, 0 after Ctrl-C.

    It answers to the names of this machine, the address that was chosen for it and the host names of
    `allow_host`. Any other name that leads here is a trick to read along (DNS rebinding). `announce` is told
    the address. What the server prints goes to stderr.

    Raises
    ------
    DataError
        If the page's library is not installed, the port is taken or a host is no host name.
    """
    if importlib.util.find_spec("streamlit") is None:
        message = "the web page needs Streamlit: pip install 'nvq-planner[app]'"
        raise DataError([Problem("app", message)])
    names = [_host(name, Parameter("allow_host")) for name in allow_host]
    chosen = _free_port(port)
    os.environ[QUALIFICATION_VARIABLE] = qualification
    os.environ.pop(DATA_VARIABLE, None)
    if data is not None:
        os.environ[DATA_VARIABLE] = str(data.absolute())
    url = f"http://127.0.0.1:{chosen}"
    announce(url)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with redirect_stdout(sys.stderr):
            _run(names, chosen, url if browser else None)
    except KeyboardInterrupt:
        return 0
    except SystemExit:  # the server has said on stderr why it cannot start
        raise DataError([Problem(Parameter("port"), "the server cannot start", value=str(chosen))]) from None
    return 0


def _run(names: Sequence[str], port: int, opened: str | None) -> None:
    """The server, with the settings beside the page; `opened` is the address that a browser is to show."""
    from click import ClickException
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.types import ASGIApp
    from streamlit import config
    from streamlit.cli_util import open_browser
    from streamlit.starlette import App
    from streamlit.web.cli import main_run

    page = shipped("app.py")
    sys.argv = [str(page)]  # where Streamlit looks for the folder of settings
    try:
        typed = main_run.make_context("run", [str(page)]).params  # what the environment says: STREAMLIT_…
    except ClickException as error:
        raise DataError([Problem("STREAMLIT_…", error.format_message())]) from None
    settings = {
        name.replace("_", "."): value
        for name, value in typed.items()
        if "_" in name and value not in (None, ())
    }
    chosen = [_host(name, HOSTS_VARIABLE) for name in settings.pop("server.allowedHosts", ())]

    def guarded(app: ASGIApp) -> ASGIApp:
        hosts = [*LOOPBACK, *names, *chosen, config.get_option("server.address")]
        written = [f"[{host}]" if ":" in host else host for host in hosts]
        return TrustedHostMiddleware(app, written, www_redirect=False)

    @asynccontextmanager
    async def with_browser(_: App) -> AsyncIterator[None]:
        if opened is not None:
            await asyncio.to_thread(open_browser, opened)
        yield

    app = App(page, lifespan=with_browser, middleware=[Middleware(guarded)])
    given = {"server.port": port, "server.headless": opened is None, "server.allowedHosts": ["*"]}
    app.run(config={**settings, **given})  # hosts are `guarded`, for every request and not for streams alone


def _host(name: str, source: str) -> str:
    """A host name or address as requests have it, or `*.` with the domain of all such.

    Raises
    ------
    DataError
        If it is none, for example an address with port or path.
    """
    plain = name.strip().lower().strip("[]")
    try:
        return str(IPv6Address(plain))
    except AddressValueError:
        if plain == "*" or re.fullmatch(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*", plain):
            return plain
    message = "must be a host name such as planner.example.org, without https:// and without a port"
    raise DataError([Problem(source, message, value=name or "(empty)")])


def _free_port(wanted: int | None) -> int:
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    message = "this port is taken" if wanted is not None else "no port is free"
    raise DataError([Problem(Parameter("port"), message, value=str(wanted or FIRST_PORT))])
