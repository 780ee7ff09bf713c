"""Who is behind: what should be done by a day, what is, and what calls for attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from planner.timeline.clock import Clock


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on something calls for attention, and which system in use draws the line there."""

    id: str
    words: str
    measure: Literal["days to target", "days past target", "days without activity", "points behind"]
    limit: int
    source: str


THRESHOLDS = (
    Threshold("near-end", "the planned end is near", "days to target", 30, "Aptem"),
    Threshold("past-end", "the planned end has passed", "days past target", 1, "Aptem"),
    Threshold("no-activity", "nothing was recorded for long", "days without activity", 60, "Aptem"),
    Threshold(
        "points-behind", "ten points or more behind what was expected", "points behind", 10, "Smart Assessor"
    ),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Credits expected by a day, achieved and awaiting assessment, of so many in all.

    What waits for the assessor is not the learner's delay. `weeks_behind` are weeks with hours since the
    credits that are there were no longer those expected; a break in learning freezes the clock.
    """

    expected: int
    achieved: int
    awaiting: int
    total: int
    weeks_behind: int = 0

    @property
    def behind(self) -> bool:
        """Whether submitted and achieved credits are fewer than expected."""
        return self.achieved + self.awaiting < self.expected


def progress(
    due: Mapping[str, date],
    credits: Mapping[str, int],
    achieved: Sequence[str],
    awaiting: Sequence[str],
    clock: Clock,
    today: date,
) -> Progress:
    """How far somebody is; `due` says by when each unit is to be finished.

    What is achieved and not in `due` was not to be done by then, and counts on both sides.
    """
    beside = sum(credits[ref] for ref in {*achieved, *awaiting} - due.keys())
    done, waiting = (sum(credits[ref] for ref in refs) for refs in (achieved, awaiting))
    total = beside + sum(credits[ref] for ref in due)
    expected, since = beside, None
    for day, ref in sorted((day, ref) for ref, day in due.items()):
        if day >= today:
            break
        expected += credits[ref]
        if since is None and expected > done + waiting:
            since = day
    weeks = 0 if since is None else clock.between(clock.week_of(since) + 1, clock.week_of(today))
    return Progress(expected, done, waiting, total, weeks)


def flags(
    found: Progress | None, target: date | None, active: date | None, today: date
) -> list[dict[str, Any]]:
    """What calls for attention, by `THRESHOLDS`."""
    measured: dict[str, int] = {}
    if target is not None:
        measured["days to target" if target >= today else "days past target"] = abs((target - today).days)
    if active is not None:
        measured["days without activity"] = (today - active).days
    if found is not None and found.total:
        measured["points behind"] = (found.expected - found.achieved - found.awaiting) * 100 // found.total
    return [
        {"id": each.id, "words": each.words, "source": each.source}
        for each in THRESHOLDS
        if each.measure in measured
        and (
            measured[each.measure] <= each.limit
            if each.measure == "days to target"
            else measured[each.measure] >= each.limit
        )
    ]
