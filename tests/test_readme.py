"""What the README shows works as shown."""

from __future__ import annotations

import doctest
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

import planner
from planner.catalogue.loading import shipped
from planner.cli import commands

README = Path(__file__).parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)


def test_the_python_snippets_say_what_they_print() -> None:
    text = "\n".join(blocks("python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", str(README), 0)
    assert len(test.examples) >= 6
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0


def test_the_package_snippet_says_what_it_prints() -> None:
    found = doctest.testmod(planner)
    assert found.attempted >= 3
    assert found.failed == 0


COMMANDS = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(command)
    assert program == "nvq-planner"
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    with pytest.raises(SystemExit) as end:
        commands.main()
    assert end.value.code == 0


def test_the_rule_shown_is_the_rule_on_file() -> None:
    (shown,) = tomllib.loads("\n".join(blocks("toml")))["rule"]
    text = shipped("data/qualifications/iq-600-5106-1.toml").read_text(encoding="utf-8")
    assert shown in tomllib.loads(text)["rule"]


def test_every_command_stands_in_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    for command in commands.app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        assert f"| `{name}` |" in text


def test_files_and_pictures_it_points_to_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert len(links) >= 4
    for link in links:
        assert (README.parent / link).is_file(), link
