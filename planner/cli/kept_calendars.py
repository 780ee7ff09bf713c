"""Calendars agreed as the command `timeline` has them from the register, and gives them to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli import console
from planner.cli.register_commands import RegisterOptions
from planner.errors import DataError, Problem
from planner.files.dates import as_date
from planner.files.people import identity
from planner.rules.measure import numbered
from planner.timeline.clock import Break
from planner.timeline.questions import Agreed, Learner, Terms
from planner.timeline.trackers import Offer, check_hours, registered

if TYPE_CHECKING:  # the database's library takes a while to import, which no other command waits for
    from planner.catalogue.qualification import Qualification
    from planner.register import Actor, Kept, Register
    from planner.timeline.timelines import Timeline

LONGEST_BREAK = 1_000
"""Days."""


@dataclass(frozen=True, slots=True)
class CalendarOptions(RegisterOptions):
    """Which register, who acts, and whether what is found is agreed."""

    save: Annotated[
        bool, typer.Option("--save", help="Keep these calendars in the register, as those agreed.")
    ] = False

    def house(self, qualification: Qualification, *, alone: bool) -> House:
        """What the register keeps, where it is asked for; `alone`: it is all that there is.

        Raises
        ------
        DataError
            It would be all, and it has nobody.
        """
        if not (alone or self.save or self.register is not None or self.actor is not None):
            return House(qualification)
        register, acting = self.open()
        kept = {identity(each.learner): each for each in register.load(acting, qualification)}
        if alone and not kept:
            message = f"has no learner of {qualification.id}: import a file first, or give one here"
            raise DataError([Problem(register.storage.address, message)])
        return House(qualification, register, acting, kept)


@dataclass(slots=True)
class House:
    """The learners whom a register keeps for a qualification, by the key of their reference; maybe nobody."""

    qualification: Qualification
    register: Register | None = None
    acting: Actor | None = None
    kept: Mapping[str, Kept] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _breaks: dict[str, tuple[Break, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, each in self.kept.items():
            texts = re.split(r"[\s;,]+", each.breaks.strip()) if each.breaks.strip() else []
            found = (as_break(text, each.learner, self.problems) for text in texts)
            self._breaks[key] = tuple(one for one in found if one)

    def people(self, today: date, offer: Offer, tasks: Sequence[str]) -> Iterator[Learner]:
        """Everybody, with the plan agreed as far as it can still be kept."""
        check_hours(self.qualification)
        for each in self.kept.values():
            yield registered(
                self.qualification, each.portfolio, each.request, each.agreed, today, offer, tasks
            )

    def terms(self, learner: str, terms: Terms) -> Terms:
        """The terms of one learner: the breaks that are kept count beside those given."""
        return replace(terms, breaks=tuple(sorted({*terms.breaks, *self._breaks.get(identity(learner), ())})))

    def agreed(self, learner: str) -> Agreed | None:
        """The calendar agreed with one learner; None where none is."""
        each = self.kept.get(identity(learner))
        return each.calendar if each and each.calendar else None

    def save(self, found: Sequence[Timeline]) -> list[str]:
        """Keeps the calendars that meet their targets; of whom there are any.

        Raises
        ------
        DataError
            Somebody else has agreed another one meanwhile, or the actor may not do it: nothing is kept.
        """
        from planner.register.rows import Wanted, of_kept, of_plan

        wanted, bases, strangers = [], {}, []
        for each in found:
            kept = self.kept.get(identity(each.learner.learner))
            if each.status not in ("on track", "behind"):
                continue
            if kept is None:
                strangers.append(each.learner.learner)
                continue
            calendar = each.as_agreed(kept.calendar)
            wanted.append(Wanted(kept.learner, plan=of_plan(each.learner.plan.units, calendar)))
            bases[kept.learner] = of_kept(kept)
        if wanted and self.register is not None:
            self.register.save_wanted(self.acting, self.qualification, wanted, bases)
        console.print_notice(f"Kept in the register: {numbered(len(wanted), 'calendar')}.")
        for learner in strangers:
            console.print_notice(f"{learner} is not in the register: import a file first.")
        return [each.learner for each in wanted]


def as_break(text: str, where: str, problems: list[Problem]) -> Break | None:
    """The first and the last day of a break in learning; None, with a problem, for what is none."""
    first, last = (as_date(part) for part in text.partition(":")[::2])
    if first is None or last is None or not 0 <= (last - first).days <= LONGEST_BREAK:
        message = "must be its first and last day, such as 2026-08-01:2026-08-14"
        problems.append(Problem(where, message, value=text))
        return None
    return first, last
