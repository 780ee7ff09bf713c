"""The web page's server."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING

from planner.catalogue.loading import (
    DATA_VARIABLE,
    NETWORK_VARIABLE,
    QUALIFICATION_VARIABLE,
    REGISTER_VARIABLE,
    shipped,
)
from planner.cli import sign_in_settings
from planner.errors import DataError, Parameter, Problem
from planner.files.limits import Range
from planner.records.sign_in import SignIn, put_in_force, read_sign_in

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FIRST_PORT = 8501
PORTS = Range(1, 65_535)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names of this machine that nobody else can take."""

LOCAL = "127.0.0.1"
"""Where the page is unless it is served to others."""

ADDRESS_VARIABLE = "STREAMLIT_SERVER_ADDRESS"
HOSTS_VARIABLE = "STREAMLIT_SERVER_ALLOWED_HOSTS"


def serve(
    qualification: str,
    data: Path | None,
    port: int | None,
    browser: bool,
    announce: Callable[[str], None],
    allow_host: Iterable[str] = (),
    on_network: bool = False,
    register: str | None = None,
    without_register: bool = False,
    sign_in: Path | None = None,
) -> int:
    """Runs the page in this process until it is ended; returns the exit code, 0 after Ctrl-C.

    It answers to the names of this machine, the address that was chosen for it and the host names of
    `allow_host`. Any other name that leads here is a trick to read along (DNS rebinding). `announce` is told
    the address. What the server prints goes to stderr.

    `on_network` serves the plan alone, to telephones in the house: under this machine's address in its
    network and no other name, and nothing that takes a file.

    `register` is where work is kept; None: where the environment says, or in the folder of the user's data.
    What others reach has a register only where they sign in as the file `sign_in` says, under its address.

    Raises
    ------
    DataError
        If a library is not installed, the port is taken, a host is no host name, there is no network, there
        can be no register at this address, or the file says something else than how people sign in.
    """
    if importlib.util.find_spec("streamlit") is None:
        message = "the web page needs Streamlit: pip install 'nvq-planner[app]'"
        raise DataError([Problem("app", message)])
    signing = None if sign_in is None else read_sign_in(sign_in)
    names = [_host(name, Parameter("allow_host")) for name in allow_host]
    if signing is not None:
        sign_in_settings.check_installed(signing)
        names.append(_host(signing.host, str(sign_in)))
    address = _network_address() if on_network else LOCAL
    chosen = _free_port(port, address)
    os.environ[QUALIFICATION_VARIABLE] = qualification
    os.environ.pop(DATA_VARIABLE, None)
    if data is not None:
        os.environ[DATA_VARIABLE] = str(data.absolute())
    os.environ.pop(NETWORK_VARIABLE, None)
    if on_network:
        os.environ[NETWORK_VARIABLE] = "1"
    shared = bool(on_network or names or os.environ.get(HOSTS_VARIABLE))
    shared |= os.environ.get(ADDRESS_VARIABLE, LOCAL) not in LOOPBACK
    kept = None if without_register else _register(register, shared and signing is None)
    put_in_force(signing)
    os.environ.pop(REGISTER_VARIABLE, None)
    if kept is not None:
        os.environ[REGISTER_VARIABLE] = kept
    url = f"http://{address}:{chosen}"
    announce(url)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with redirect_stdout(sys.stderr):
            own = [address] if on_network else LOOPBACK
            _run([*own, *names], chosen, url if browser else None, address if on_network else None, signing)
    except KeyboardInterrupt:
        return 0
    except SystemExit:  # the server has said on stderr why it cannot start
        raise DataError([Problem(Parameter("port"), "the server cannot start", value=str(chosen))]) from None
    return 0


def _run(
    names: Sequence[str], port: int, opened: str | None, network: str | None, sign_in: SignIn | None
) -> None:
    """The server, with the settings beside the page; `opened` is the address that a browser is to show.

    `network` is this machine's address in its network where the page is served there, and takes no file.
    `sign_in` says how people sign in, if they do.
    """
    from click import ClickException
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
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
        hosts = [*names, *chosen, config.get_option("server.address")]
        written = [f"[{host}]" if ":" in host else host for host in hosts]
        open_ = app if network is None else _taking_no_file(app)
        if sign_in is not None and sign_in.proxy is not None:
            open_ = sign_in_settings.named_by_the_proxy(open_, sign_in.proxy)
        elif sign_in is not None:
            open_ = sign_in_settings.brought_back(open_, sign_in.address)
        return TrustedHostMiddleware(open_, written, www_redirect=False)

    @asynccontextmanager
    async def with_browser(_: App) -> AsyncIterator[None]:
        if opened is not None:
            await asyncio.to_thread(open_browser, opened)
        yield

    known = sign_in_settings.secrets_of(sign_in)
    app = App(page, secrets=known, lifespan=with_browser, middleware=[Middleware(guarded)])
    given = {"server.port": port, "server.headless": opened is None, "server.allowedHosts": ["*"]}
    given |= sign_in_settings.settings_of(sign_in)
    if network is not None:
        given["server.address"] = network
    if sign_in is not None and sign_in.proxy is not None:
        sign_in_settings.believe_the_connection()
    app.run(config={**settings, **given})  # hosts are `guarded`, for every request and not for streams alone


def _taking_no_file(app: ASGIApp) -> ASGIApp:
    """The server without the door for files, which no page leads to here."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/upload_file" in scope["path"]:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body"})
        else:
            await app(scope, receive, send)

    return guarded


def _network_address() -> str:
    """The address of this machine in its network: the one that a person set, else the one that leads out.

    Raises
    ------
    DataError
        If it is in no network.
    """
    if chosen := os.environ.get(ADDRESS_VARIABLE, ""):
        return chosen
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nobody has it, and nothing is sent: a way is only looked for
            found = str(probe.getsockname()[0])
        except OSError:
            found = LOCAL
    if found.startswith("127."):
        message = f"this machine has no address in a network; one can be set as {ADDRESS_VARIABLE}"
        raise DataError([Problem(Parameter("on_network"), message)])
    return found


def picture_of(url: str) -> str:
    """An address in letters that telephones read as a picture (a QR code)."""
    import segno

    out = io.StringIO()
    segno.make(url, micro=False).terminal(out, compact=True)
    return out.getvalue()


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


def _register(wanted: str | None, shared: bool) -> str | None:
    """Where the page keeps work; None for a page that others reach too.

    Raises
    ------
    DataError
        Others reach it, and a register was asked for; or there can be none at this address.
    """
    if shared:
        if wanted is None:
            return None
        message = (
            "is for this machine alone unless people sign in: whoever else reaches the page would not be"
        )
        raise DataError([Problem(Parameter("register"), message, value=wanted)])
    from planner.register.storage import Storage, default_address

    address = wanted or os.environ.get(REGISTER_VARIABLE) or str(default_address())
    Storage(address)  # refused before the page opens
    return address


def _free_port(wanted: int | None, address: str) -> int:
    # Tried by binding: only the system knows which ports are taken.
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    message = "this port is taken" if wanted is not None else "no port is free"
    raise DataError([Problem(Parameter("port"), message, value=str(wanted or FIRST_PORT))])
