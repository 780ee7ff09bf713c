"""Who is behind: what should be done by a day, what is, and what calls for attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from planner.rules.rule import told
from planner.timeline.clock import Clock
from planner.timeline.thresholds import Threshold


@dataclass(frozen=True, slots=True)
class Progress:
    """Credits expected by a day, achieved and awaiting assessment, of so many in all.

    What waits for the assessor is not the learner's delay. `weeks_behind` are weeks with hours since the
    credits that are there were no longer those expected; a break in learning freezes the clock.
    """

    expected: float
    achieved: float
    awaiting: float
    total: float
    weeks_behind: int

    @property
    def behind(self) -> bool:
        """Whether submitted and achieved credits are fewer than expected."""
        return self.achieved + self.awaiting < self.expected


def progress(
    due: Mapping[str, date],
    credits: Mapping[str, float],
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
    # Since the first day on which more was due than is there today: what was done late counts as if it had
    # been in time, as nobody's delay grows by what they have made up.
    for day, ref in sorted((day, ref) for ref, day in due.items()):
        if day >= today:  # what is due today may still come today
            break
        expected += credits[ref]
        if since is None and expected > done + waiting:
            since = day
    # The week of that day was in time: behind are those after it.
    weeks = 0 if since is None else clock.between(clock.week_of(since) + 1, clock.week_of(today))
    return Progress(told(expected), told(done), told(waiting), told(total), weeks)


def flags(
    thresholds: Sequence[Threshold],
    found: Progress | None,
    target: date | None,
    active: date | None,
    today: date,
    clock: Clock | None,
) -> tuple[Threshold, ...]:
    """What calls for attention; days of a break, as the clock knows them, are no days without activity."""
    measured: dict[str, int] = {}
    if target is not None:
        measured["days to target" if target >= today else "days past target"] = abs((target - today).days)
    if active is not None:
        idle = clock.days_off(active, today) if clock else 0
        measured["days without activity"] = (today - active).days - idle
    if found is not None and found.total:
        behind = found.expected - found.achieved - found.awaiting
        # Rounded down, so that a threshold is not reached before it is.
        measured["points behind"] = int(behind * 100 // found.total)
    return tuple(e for e in thresholds if e.measure in measured and e.reached(measured[e.measure]))
