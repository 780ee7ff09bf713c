"""What a library user may import: the names of the package, and of those of its rooms that list some."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from typer.main import get_command

import planner
from planner.cli.commands import app


def rooms() -> dict[str, ModuleType]:
    """The package, first, and its rooms with public names, by their full names."""
    found = {"planner": planner}
    for module in pkgutil.iter_modules(planner.__path__, "planner."):
        if module.ispkg:
            room = importlib.import_module(module.name)
            if hasattr(room, "__all__"):
                found[module.name] = room
    return found


def names() -> dict[str, object]:
    """Everything public, by its name; the tests see to it that a name has one meaning."""
    return {name: getattr(room, name) for room in rooms().values() for name in room.__all__}


def commands() -> dict[str, Any]:
    """Every command of the command line, those of a group after the group's name."""
    return dict(_commands("", get_command(app)))


def _commands(before: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if hasattr(command, "commands"):
            yield from _commands(f"{before}{name} ", command)
