"""The options that say what somebody wishes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.catalogue.offer import read_offer
from planner.catalogue.qualification import Qualification
from planner.cli.options import (
    number,
    tell,
)
from planner.files.sheets import read_bytes
from planner.records.goals import GOALS
from planner.records.wishes import DEFAULT_GOALS, LOSSES

PinOption = Annotated[list[str] | None, typer.Option("--pin", metavar="REF", help="This unit must count.")]


ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="REF", help="This unit must not count.")
]


HeldOption = Annotated[
    list[str] | None, typer.Option("--held", metavar="REF", help="This unit is already achieved.")
]


GoalOption = Annotated[
    list[str] | None,
    typer.Option(
        "--goal",
        metavar="ID",
        help="What makes a plan best, the most important first; "
        + "; ".join(f"{goal.id}: {goal.words}" for goal in GOALS.values())
        + f". Default: changes with --keep, fit with --task, then {', then '.join(DEFAULT_GOALS)}.",
    ),
]


TaskOption = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="ID", help="Something you do at work; the command tasks lists them."),
]


KeepOption = Annotated[
    list[str] | None, typer.Option("--keep", metavar="REF", help="A unit of the present plan to keep.")
]


SurviveOption = Annotated[
    int, number("--survive", LOSSES, "N", "Still meet the rules if any N optional units fail")
]


OfferOption = Annotated[
    Path | None,
    typer.Option(
        "--offer", metavar="FILE", help="Units the centre can assess, one ref a line or a column ref."
    ),
]


def offered_units(qualification: Qualification, path: Path | None) -> frozenset[str] | None:
    """The units of an offer file; what it lists beside this qualification's units is told on stderr."""
    if path is None:
        return None
    refs, problems = read_offer(qualification, str(path), read_bytes(path))
    tell(problems)
    return refs
