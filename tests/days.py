"""A day and a clock that stand still: what the package takes for today, and what its register takes for now."""

from __future__ import annotations

import sys
from datetime import date, datetime

import pytest

from planner.register import service
from tests.registers import ticking


class Always(type):
    """A class of dates whose today is always the same."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, date)


class Day(date, metaclass=Always):
    """The day on which these tests take place."""

    @classmethod
    def today(cls) -> Day:
        """28 November 2026."""
        return cls(2026, 11, 28)


def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every module of the package that is imported by now think that it is that day."""
    read = ticking()
    clock = type("Clock", (datetime,), {"now": staticmethod(lambda zone: read())})
    monkeypatch.setattr(service, "datetime", clock)
    for name, module in list(sys.modules.items()):
        if name.startswith("planner.") and getattr(module, "date", None) is date:
            monkeypatch.setattr(module, "date", Day)
