"""Assessments drawn to be sampled, and what sampling them came to, as rows keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

OF_SAMPLE = ("ref", "drawn", "drawn_by", "assessed", "seed", "policy", "sampled_on", "sampled_by", "outcome",
             "action", "action_due", "action_done")  # fmt: skip

WHO = ("drawn_by", "sampled_by")
"""Of them those that are people, whom rows name by id."""

DAYS = ("assessed", "sampled_on", "action_due", "action_done")
"""And those that are days."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One assessment that was drawn to be sampled.

    Parameters
    ----------
    ref, assessed
        The unit, and the day of its assessment; None where that is not on record.
    drawn, drawn_by, seed, policy
        The moment of the draw, who drew, by which seed, and the policy, as a text that `Policy` reads. What
        has no moment yet gets that at which it is saved; one that was chosen has no seed.
    sampled_on, sampled_by, outcome
        When it was sampled, by whom, and with which outcome; None and empty while that is to come.
    action, action_due, action_done
        What is to be done about it, by when, and when it was.
    """

    ref: str
    drawn: str = ""
    drawn_by: str = ""
    assessed: date | None = None
    seed: int | None = None
    policy: str = ""
    sampled_on: date | None = None
    sampled_by: str = ""
    outcome: str = ""
    action: str = ""
    action_due: date | None = None
    action_done: date | None = None

    @property
    def waits(self) -> bool:
        """Whether it is still to be sampled."""
        return self.sampled_on is None

    @property
    def open(self) -> bool:
        """Whether an action is still to be done."""
        return bool(self.action) and self.action_done is None


def of_sampled(sampled: Sampled) -> dict[str, Any]:
    """It as the values of its columns."""
    values = {name: getattr(sampled, name) for name in OF_SAMPLE}
    return values | {name: "" if values[name] is None else values[name].isoformat() for name in DAYS}


def as_sampled(row: Mapping[str, Any], names: Mapping[str | None, str]) -> Sampled:
    """What a row keeps; `names` are those of people by id."""
    days: dict[str, Any] = {name: date.fromisoformat(row[name]) if row[name] else None for name in DAYS}
    who: dict[str, Any] = {name: names.get(row[f"{name}_id"], "") for name in WHO}
    rest: dict[str, Any] = {name: row[name] for name in OF_SAMPLE if name not in (*DAYS, *WHO)}
    return Sampled(**rest, **days, **who)


def policy_title(policy: str) -> str:
    """The title of a policy that was kept; empty where none can be read."""
    try:
        return str(json.loads(policy).get("title", "")) if policy else ""
    except (ValueError, AttributeError):  # somebody's name was erased in it
        return ""
