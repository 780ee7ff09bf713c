"""The register as the command `timeline` uses it: whose calendars it has, and which it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli import console
from planner.cli.register_options import RegisterOptions
from planner.rules.measure import numbered

if TYPE_CHECKING:  # the database's library takes a while to import, which no other command waits for
    from planner.catalogue.qualification import Qualification
    from planner.register import Actor, Register
    from planner.register.calendars import House
    from planner.timeline.timelines import Timeline


@dataclass(frozen=True, slots=True)
class CalendarDesk:
    """The register, who acts there, and the learners whom it keeps."""

    register: Register
    acting: Actor | None
    house: House

    def save(self, found: Sequence[Timeline]) -> list[str]:
        """Keeps the calendars that meet their targets, and tells of how many learners, and who is unknown.

        Raises
        ------
        DataError
            Somebody else has agreed another one meanwhile, or the actor may not do it: nothing is kept.
        """
        saved = self.house.save(self.register, self.acting, found)
        console.print_notice(f"Kept in the register: {numbered(len(saved.learners), 'calendar')}.")
        for learner in saved.strangers:
            console.print_notice(f"{learner} is not in the register: import a file first.")
        return list(saved.learners)


@dataclass(frozen=True, slots=True)
class CalendarOptions(RegisterOptions):
    """Which register, who acts, and whether what is found is agreed."""

    save: Annotated[
        bool, typer.Option("--save", help="Keep these calendars in the register, as those agreed.")
    ] = False

    def desk(self, qualification: Qualification, *, alone: bool) -> CalendarDesk | None:
        """What the register keeps, where it is asked for; `alone`: it is all that there is.

        Raises
        ------
        DataError
            It would be all, and it has nobody.
        """
        if not self.asked(alone=alone, save=self.save):
            return None
        from planner.register.calendars import House

        register, acting, kept = self.learners(qualification, alone=alone)
        return CalendarDesk(register, acting, House(qualification, kept))
