"""What every command says of itself and its options, compared with what stands in `tests/help.txt`.

After a change that is meant `python -m tests.test_help` writes it anew; read what differs before you keep it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from planner.cli.commands import app
from tests.public import commands

WRITTEN = Path(__file__).parent / "help.txt"


def told() -> Iterator[str]:
    """Each command with its purpose, then its arguments and options, a line each."""
    yield from _of("nvq-planner", typer.main.get_command(app))
    for name, command in commands().items():
        yield from _of(name, command)


def _of(name: str, command: object) -> Iterator[str]:
    yield f"{name}: {' '.join(str(getattr(command, 'help', '')).split())}"
    for parameter in getattr(command, "params", ()):
        names = " ".join([*parameter.opts, *parameter.secondary_opts, parameter.metavar or ""]).strip()
        several = " (several)" if parameter.multiple or parameter.nargs != 1 else ""
        default = "" if parameter.default in (None, [], False) else f" [{parameter.default}]"
        words = " ".join((getattr(parameter, "help", "") or "").split())
        yield f"  {names}{several}{default}: {words}"


def test_help_says_what_is_written_down() -> None:
    assert list(told()) == WRITTEN.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    WRITTEN.write_text("\n".join(told()) + "\n", encoding="utf-8")
