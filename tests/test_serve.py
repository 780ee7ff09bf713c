"""The page's server: who may ask it, and that nothing of it outlives the command that started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from planner.catalogue.loading import REGISTER_VARIABLE, shipped
from planner.cli import serve
from planner.errors import DataError
from tests.browser import free_port
from tests.processes import alive
from tests.test_cli import Run, run

__all__ = ["run"]

FOREIGN = (
    "evil.example", "evil.example:{port}", "localhost.evil.example:{port}", "127.0.0.1.evil.example", "evil-localhost",
    "localhost@evil.example", "192.168.7.7:{port}", "[::2]:{port}", "",
)  # fmt: skip
"""What a browser sends as host once a foreign name has been made to lead to this machine, and the like."""

OWN = (
    "localhost:{port}",
    "LOCALHOST:{port}",
    "127.0.0.1:{port}",
    "[::1]:{port}",
    "localhost",
    "127.0.0.1:80",
)

PROXY = "planner.example.org"

APP = ("planner", "app", "--no-browser", "--json", "--port={port}")


@contextmanager
def started(
    folder: Path, *options: str, command: Sequence[str] = APP, at: str = "127.0.0.1", **environment: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command `app` in a session of its own, and its port; what is left of it in the end is ended."""
    with free_port() as port, (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *(word.format(port=port) for word in command), *options],
            cwd=folder,
            env={**os.environ, "HOME": str(folder), **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 90
            while not answers(port, at):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.2)
            yield server, port
        finally:
            for process in alive(server.pid):
                os.kill(process, signal.SIGKILL)
            server.communicate(timeout=30)


def answers(port: int, at: str = "127.0.0.1") -> bool:
    """Whether somebody listens on this port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((at, port)) == 0


def answer(port: int, path: str, host: str, *headers: str, at: str = "127.0.0.1") -> int:
    """The status that a request with this host gets."""
    host = host.format(port=port)
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *headers]
    with socket.create_connection((at, port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        status = connection.makefile("rb").readline().split()
    return int(status[1])


def page(port: int, host: str, at: str = "127.0.0.1") -> int:
    return answer(port, "/", host, "Connection: close", at=at)


def stream(port: int, host: str, origin: str | None = None, at: str = "127.0.0.1") -> int:
    """The status of a WebSocket's handshake: 101 where it opens."""
    origin = (f"http://{host}" if origin is None else origin).format(port=port)
    return answer(
        port,
        "/_stcore/stream",
        host,
        f"Origin: {origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        at=at,
    )


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a page that was started as most people start it."""
    with started(tmp_path_factory.mktemp("page")) as (_, port):
        yield port


def test_this_machine_gets_the_page_under_each_of_its_names(port: int) -> None:
    for host in OWN:
        assert (host, page(port, host), stream(port, host)) == (host, 200, 101)


def test_a_foreign_name_that_leads_to_this_machine_gets_nothing(port: int) -> None:
    for host in (*FOREIGN, PROXY):
        assert (host, page(port, host)) == (host, 400)
        assert (host, stream(port, host) in (400, 403)) == (host, True)
        assert (host, answer(port, "/_stcore/health", host, "Connection: close")) == (host, 400)


def test_a_page_from_elsewhere_cannot_open_a_stream_here(port: int) -> None:
    for origin in ("http://evil.example", "http://localhost.evil.example:{port}", "null"):
        assert (origin, stream(port, "localhost:{port}", origin)) == (origin, 403)


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (["--allow-host", PROXY], {}),
        (["--allow-host", "other.example", "--allow-host", PROXY.upper()], {}),
        ([], {"STREAMLIT_SERVER_ALLOWED_HOSTS": f"{PROXY} 127.0.0.1"}),
    ],
    ids=["option", "two options", "as the unit has it"],
)
def test_the_name_that_a_person_chose_is_served_and_no_other(
    options: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    with started(tmp_path, *options, **environment) as (_, port):
        for host in (PROXY, f"{PROXY}:443", "127.0.0.1:{port}", "localhost:{port}"):
            assert (host, page(port, host), stream(port, host)) == (host, 200, 101)
        assert (page(port, "evil.example"), page(port, f"x.{PROXY}")) == (400, 400)
        assert stream(port, "evil.example") in (400, 403)


def test_the_address_that_a_person_chose_is_served(tmp_path: Path) -> None:
    with started(tmp_path, at="127.0.0.2", STREAMLIT_SERVER_ADDRESS="127.0.0.2") as (_, port):
        host = "127.0.0.2:{port}"
        assert (page(port, host, "127.0.0.2"), stream(port, host, at="127.0.0.2")) == (200, 101)
        assert page(port, "evil.example", "127.0.0.2") == 400


def test_on_the_network_the_address_alone_is_served_and_nothing_takes_a_file(tmp_path: Path) -> None:
    with started(tmp_path, "--on-network", at="127.0.0.2", STREAMLIT_SERVER_ADDRESS="127.0.0.2") as (
        server,
        port,
    ):
        own = "127.0.0.2:{port}"
        assert (page(port, own, "127.0.0.2"), stream(port, own, at="127.0.0.2")) == (200, 101)
        for host in (*FOREIGN, "localhost:{port}", "127.0.0.1:{port}", PROXY):
            assert (host, page(port, host, "127.0.0.2")) == (host, 400)
        assert stream(port, own, "http://evil.example", at="127.0.0.2") == 403
        for path in ("/_stcore/upload_file/a/b", "/deep/_stcore/upload_file/a/b"):
            assert answer(port, path, own, "Connection: close", at="127.0.0.2") == 404
        assert not answers(port)  # nobody listens under the names of this machine
        os.killpg(server.pid, signal.SIGINT)
        assert server.stdout is not None
        assert json.loads(server.stdout.read())["url"] == f"http://127.0.0.2:{port}"


def test_a_machine_without_a_network_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError("Network is unreachable")

    monkeypatch.delenv(serve.ADDRESS_VARIABLE, raising=False)
    monkeypatch.setattr(socket, "socket", Nowhere)
    with pytest.raises(DataError, match="no address in a network"):
        serve.serve("600/5106/1", None, None, False, print, on_network=True)


@pytest.mark.parametrize(
    ("chosen", "leads_out", "expected"),
    [
        ("", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.8", "192.0.2.7", "192.0.2.8"),
        ("", "127.0.1.1", None),
        ("", "", None),
    ],
    ids=["that leads out", "chosen", "of this machine alone", "none"],
)
def test_the_address_in_the_network_is_the_one_chosen_else_the_one_that_leads_out(
    monkeypatch: pytest.MonkeyPatch, chosen: str, leads_out: str, expected: str | None
) -> None:
    class Here(socket.socket):
        def connect(self, address: object) -> None:
            assert address == ("192.0.2.1", 9)
            if not leads_out:
                raise OSError("Network is unreachable")

        def getsockname(self) -> tuple[str, int]:
            return leads_out, 5

    monkeypatch.setenv(serve.ADDRESS_VARIABLE, chosen)
    monkeypatch.setattr(socket, "socket", Here)
    if expected is None:
        with pytest.raises(DataError, match=f"^on_network: .* can be set as {serve.ADDRESS_VARIABLE}$"):
            serve._network_address()
    else:
        assert serve._network_address() == expected


def test_a_page_that_others_reach_has_no_register(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = str(tmp_path / "register.sqlite3")
    cases: tuple[tuple[dict[str, str], dict[str, Any], str | None], ...] = (
        ({}, {}, kept),
        ({}, {"register": "other.sqlite3"}, "other.sqlite3"),
        ({}, {"without_register": True}, None),
        ({}, {"allow_host": [PROXY]}, None),
        ({}, {"on_network": True}, None),
        ({serve.ADDRESS_VARIABLE: "0.0.0.0"}, {}, None),
        ({serve.ADDRESS_VARIABLE: "127.0.0.1"}, {}, kept),
        ({serve.HOSTS_VARIABLE: PROXY}, {}, None),
    )
    found: list[str | None] = []
    monkeypatch.setattr(serve, "_network_address", lambda: "127.0.0.1")
    monkeypatch.setattr(serve, "_run", lambda *_: found.append(os.environ.get(REGISTER_VARIABLE)))
    for environment, options, expected in cases:
        with pytest.MonkeyPatch.context() as set_:
            set_.setenv(REGISTER_VARIABLE, kept)
            for name in (serve.ADDRESS_VARIABLE, serve.HOSTS_VARIABLE):
                set_.delenv(name, raising=False)
            for name, value in environment.items():
                set_.setenv(name, value)
            assert serve.serve("600/5106/1", None, None, False, lambda _: None, **options) == 0
        assert (environment, options, found.pop()) == (environment, options, expected)
    with pytest.raises(DataError, match="for this machine alone"):
        serve.serve("600/5106/1", None, None, False, print, [PROXY], register=kept)
    with pytest.raises(DataError, match="must be the path of a file"):
        serve.serve("600/5106/1", None, None, False, print, register="mysql://x")


def test_the_picture_of_an_address_is_one_that_telephones_read() -> None:
    rows = serve.picture_of("http://192.168.1.20:8501").splitlines()
    assert len(rows) > 12
    assert len({len(row) for row in rows if row}) == 1


@pytest.mark.parametrize(
    "name", ["https://planner.example.org", "planner.example.org:443", "", "a b", "x*.org"]
)
def test_what_is_no_host_name_is_refused_before_the_page_opens(name: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "planner", "app", "--no-browser", "--allow-host", name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "must be a host name such as planner.example.org" in ran.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_page_that_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    with started(tmp_path) as (server, port):
        assert server.pid in alive(server.pid)
        server.send_signal(number)
        assert server.wait(timeout=60) == (-9 if number == signal.SIGKILL else 0)
        deadline = time.monotonic() + 60
        while answers(port) or alive(server.pid):
            assert time.monotonic() < deadline, alive(server.pid)
            time.sleep(0.1)


def test_streamlit_alone_opens_no_stream_for_a_foreign_name_either(tmp_path: Path) -> None:
    command = ["streamlit", "run", str(shipped("app.py")), "--server.headless=true", "--server.port={port}"]
    with started(tmp_path, command=command) as (_, port):
        assert stream(port, "localhost:{port}") == 101
        assert stream(port, "[::1]:{port}") == 101
        assert stream(port, "evil.example") == 403


def test_a_port_that_is_taken_is_told(run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = run("app", "--no-browser", "--port", str(port))
    assert said == (2, "", f"error: --port = '{port}': this port is taken\n")


def test_a_setting_that_is_none_is_told(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "planner", "app", "--no-browser"],
        env={**os.environ, "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "much"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "'much' is not a valid integer" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_browser_is_opened_at_the_page_if_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "xdg-open").write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/opened.new\nmv {tmp_path}/opened.new {tmp_path}/opened\n'
    )
    (tmp_path / "xdg-open").chmod(0o755)
    command = ["planner", "app", "--port={port}"]
    with started(tmp_path, command=command, PATH=f"{tmp_path}:{os.environ['PATH']}") as (_, port):
        deadline = time.monotonic() + 60
        while not (tmp_path / "opened").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (tmp_path / "opened").read_text() == f"http://127.0.0.1:{port}\n"


def test_only_the_announcement_stands_on_stdout(tmp_path: Path) -> None:
    with started(tmp_path) as (server, port):
        assert page(port, "localhost") == 200
        server.send_signal(signal.SIGINT)
        out = server.communicate(timeout=60)[0]
    assert json.loads(out)["url"] == f"http://127.0.0.1:{port}"
