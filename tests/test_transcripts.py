"""Commands word for word: what each prints, of every option something, compared with `tests/transcripts`.

A transcript holds files (`= NAME`), commands (`$ ARGUMENTS`) and, below each, what it printed and how it ended.
After a change that is meant `python -m tests.test_transcripts` writes them anew; read what differs before you keep it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pkgutil
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import planner.cli
import planner.register
import planner.report
from planner.cli import commands
from tests.days import stand_still
from tests.paper import as_text
from tests.printed import plain
from tests.public import commands as every_command

FOLDER = Path(__file__).parent / "transcripts"
FILES = FOLDER / "files"
"""What the commands of every transcript find in their folder."""

NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))
WIDE = 140
"""Characters of a line of JSON, unless one text is longer."""

DIGITS = re.compile(r"\b[0-9a-f]{16,64}\b")
"""Digests and ids, which are others each time or with each change of data."""

LAST = "LAST"
"""What stands in a command in the place of the last of these."""

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d+|(?<=DTSTAMP:)\w+")
"""The time in the name of a file, and at which a calendar was written."""

SHOW = "show"
"""What stands in the place of a command to have a file shown that one has written."""


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day, a clock and a terminal that are always the same."""
    for room in (planner.cli, planner.register, planner.report):
        for each in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            importlib.import_module(each.name)  # what is imported only by a command would have another day
    stand_still(monkeypatch)
    for name, value in (("COLUMNS", "200"), ("FORCE_COLOR", "1"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)


def written(transcript: str) -> str:
    """The transcript as it comes out now, in the folder that is the current one."""
    shutil.copytree(FILES, ".", dirs_exist_ok=True)
    told: list[str] = []
    digits = ""
    parts = re.split(r"^(?=[=$] )", transcript, flags=re.M)
    for part in parts:
        first, _, rest = part.partition("\n")
        if first.startswith("= "):
            path = Path(first.removeprefix("= "))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rest, encoding="utf-8")
            told.append(part)
        elif first.startswith("$ "):
            asked = first.removeprefix("$ ").replace(LAST, digits)
            answer = "\n".join((first, *_answer(shlex.split(asked)), ""))
            digits = [digits, *DIGITS.findall(answer)][-1]
            told.append(re.sub(r"[ ]+$", "", TIME.sub("(time)", DIGITS.sub("(digits)", answer)), flags=re.M))
        else:
            told.append(part)
    return "".join(told)


def _answer(arguments: list[str]) -> Iterator[str]:
    if arguments[0] == SHOW:
        if not Path(arguments[1]).exists():
            yield "(there is no such file)"
            return
        content = Path(arguments[1]).read_bytes()
        text = as_text(content) if arguments[1].endswith(".xlsx") else content.decode()
        yield from text.splitlines()
        return
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["nvq-planner", *arguments])
        with pytest.raises(SystemExit) as end:
            commands.main()
    text = out.getvalue()
    lines = list(_indented(json.loads(text))) if "--json" in arguments and text else plain(text).splitlines()
    yield from (*lines, *_aside(err.getvalue()), f"-> {end.value.code}")


def _aside(text: str) -> Iterator[str]:
    """What stands on stderr, without bars of progress."""
    for line in re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines():
        if line and not re.search("[━⠀-⣿]", line):
            yield f"! {line}"


def _indented(value: Any, before: str = "") -> Iterator[str]:
    """A JSON document, as many values on a line as it has room for."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(before) + len(line) <= WIDE:
        yield before + line
        return
    pairs = value.items() if isinstance(value, dict) else ((None, each) for each in value)
    yield before + ("{" if isinstance(value, dict) else "[")
    inner = " " * (len(before) - len(before.lstrip(" "))) + "  "
    for key, each in pairs:
        yield from _indented(each, inner + ("" if key is None else f"{json.dumps(key)}: "))


@pytest.mark.parametrize("name", NAMES)
def test_commands_print_what_is_written_down(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settle(monkeypatch)
    monkeypatch.chdir(tmp_path)
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert written(text).splitlines() == text.splitlines()


def test_every_command_and_option_is_in_a_transcript() -> None:
    texts = "\n".join((FOLDER / f"{name}.txt").read_text(encoding="utf-8") for name in NAMES)
    lines = re.findall(r"^\$ (.*)", texts, re.M)
    unused = {
        f"{name} {option}"
        for name, command in every_command().items()
        if name not in ("app", "register")
        for option in (
            each for parameter in command.params for each in parameter.opts if each.startswith("--")
        )
        if not any(re.match(rf"{name}\b.* {option}\b", line) for line in lines)
    }
    assert unused == {
        "cohort --scheduler",
        "cohort --workers",
    }  # processes of their own: tests/test_cohort_processes.py


if __name__ == "__main__":
    for each in NAMES:
        with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
            settle(patched)
            patched.chdir(folder)
            patched.setenv("XDG_DATA_HOME", folder)
            path = FOLDER / f"{each}.txt"
            path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
        os.chdir(Path(__file__).parent.parent)
