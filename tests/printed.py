"""What is printed, in a form that a test can hold: tables without their frames, styles in braces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

_STYLES = {"1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow", "1;31": "red bold"}

Printed = Callable[..., str]


def plain(text: str) -> str:
    """The text with `{style words}` for what is coloured; heads of tables, all bold, are not marked."""
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if re.fullmatch("[┏┡├└╞─━┳┻┴┬╇┼┓┩┘┤]+", line):
            continue
        styled = re.sub("\x1b\\[[0-9;]*m", "", line) if "┃" in line else _styled(line)
        yield re.sub(" +}", "}", re.sub("[┃│]", "|", styled)).rstrip()


def _styled(line: str) -> str:
    return re.sub("\x1b\\[([0-9;]+)m(.*?)\x1b\\[0m", lambda m: f"{{{_STYLES[m[1]]} {m[2].rstrip()}}}", line)


def printer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """Calls a function that prints and gives back what it printed, on a wide terminal with colours."""
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def call(function: Callable[..., None], *arguments: Any) -> str:
        function(*arguments)
        return plain(capsys.readouterr().out)

    return call
