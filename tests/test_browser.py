"""How the tests start the page: on a port of their own, and with its log where it ends early."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.browser import free_port, served


def test_a_server_that_ends_early_is_named_with_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"ended early, with 2:\n(.|\n)*9/9/9"),
        served(tmp_path, "--qualification", "9/9/9"),
    ):
        pytest.fail("it does not run")


def test_the_page_says_in_json_where_it_is(tmp_path: Path) -> None:
    with served(tmp_path, "--json") as address:
        told, _ = json.JSONDecoder().raw_decode((tmp_path / "log").read_text())
    assert told["url"] == address
    assert told["qualification"]["id"] == "600/5106/1"


def test_a_free_port_is_kept_for_the_server_alone() -> None:
    with free_port() as port, socket.socket() as stranger, socket.socket() as server:
        with pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
