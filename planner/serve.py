"""Starts the web page in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from planner.catalogue import shipped
from planner.errors import DataError, Parameter, Problem
from planner.limits import Range

FIRST_PORT = 8501
PORTS = Range(1, 65_535)
QUALIFICATION_VARIABLE = "NVQ_PLANNER_QUALIFICATION"
DATA_VARIABLE = "NVQ_PLANNER_DATA"
"""How the page learns which qualification and data folder it was started for."""


def serve(
    qualification: str, data: Path | None, port: int | None, browser: bool, announce: Callable[[str], None]
) -> int:
    """Runs the page until it is ended; returns the server's exit code, 0 after Ctrl-C.

    `announce` is told the address. What the server prints goes to stderr.

    Raises
    ------
    DataError
        If the page's library is not installed or the port is taken.
    """
    if importlib.util.find_spec("streamlit") is None:
        message = "the web page needs Streamlit: pip install 'nvq-planner[app]'"
        raise DataError([Problem("app", message)])
    chosen = _free_port(port)
    environment = {**os.environ, QUALIFICATION_VARIABLE: qualification}
    environment.pop(DATA_VARIABLE, None)
    if data is not None:
        environment[DATA_VARIABLE] = str(data.absolute())
    command = [sys.executable, "-m", "streamlit", "run", str(shipped("app.py"))]
    command += [f"--server.port={chosen}", f"--server.headless={str(not browser).lower()}"]
    announce(f"http://127.0.0.1:{chosen}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server must not outlive this process
    with subprocess.Popen(command, env=environment, stdout=sys.stderr) as server:  # noqa: S603
        try:
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()


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
