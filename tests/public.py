"""What a library user may import: the names of the package, and of those of its rooms that list some."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import planner


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
