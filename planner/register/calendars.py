"""Calendars of the learners whom a register keeps: made of what is kept, and kept as agreed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from planner.catalogue.qualification import Qualification
from planner.errors import Problem
from planner.files.people import identity
from planner.records.agreed import Agreed
from planner.records.registrations import breaks_in, breaks_text
from planner.register.changes import Actor
from planner.register.merging import Settled
from planner.register.rows import Kept, Values, Wanted, of_kept, of_plan
from planner.register.service import Register
from planner.timeline.questions import Learner, Terms
from planner.timeline.timelines import Timeline
from planner.timeline.trackers import Offer, check_hours, kept_learner


@dataclass(frozen=True, slots=True)
class Saved:
    """Whose calendars were kept, and whom the register does not know."""

    learners: tuple[str, ...]
    strangers: tuple[str, ...]


@dataclass(frozen=True)
class House:
    """The learners whom a register keeps for a qualification."""

    qualification: Qualification
    kept: Sequence[Kept]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The breaks that cannot be read."""
        found: list[Problem] = []
        for each in self.kept:
            breaks_in(each.breaks, each.learner, found)
        return tuple(found)

    @cached_property
    def _by_key(self) -> dict[str, Kept]:
        return {identity(each.learner): each for each in self.kept}

    def people(self, today: date, offer: Offer = None, tasks: Sequence[str] = ()) -> Iterator[Learner]:
        """Everybody, with the plan agreed as far as it can still be kept.

        Raises
        ------
        DataError
            Nobody can tell the hours of the qualification's units.
        """
        check_hours(self.qualification)
        for each in self.kept:
            yield kept_learner(
                self.qualification, each.portfolio, each.request, each.agreed, today, offer, tasks
            )

    def agreed(self, learner: str) -> Agreed | None:
        """The calendar agreed with one learner; None where none is."""
        each = self._by_key.get(identity(learner))
        return each.calendar if each and each.calendar else None

    def save(
        self,
        register: Register,
        actor: Actor | None,
        found: Iterable[Timeline],
        settled: Settled | None = None,
    ) -> Saved:
        """Keeps the calendars that meet their targets, and what they rest on where nothing was kept of it.

        `settled` is that of `Register.save`.

        Raises
        ------
        DataError
            Somebody else has agreed another one meanwhile, or the actor may not do it: nothing is kept.
        """
        wanted, bases, strangers = [], {}, []
        for each in found:
            kept = self._by_key.get(identity(each.learner.learner))
            if each.status not in ("on track", "behind"):
                continue
            if kept is None:
                strangers.append(each.learner.learner)
                continue
            plan = of_plan(each.learner.plan.units, each.as_agreed(kept.calendar))
            wanted.append(Wanted(kept.learner, registration=_filled(kept, each.terms), plan=plan))
            bases[kept.learner] = of_kept(kept)
        if wanted:
            register.save_wanted(actor, self.qualification, wanted, bases, settled=settled)
        return Saved(tuple(each.learner for each in wanted), tuple(strangers))


def _filled(kept: Kept, terms: Terms) -> Values:
    """The dates, hours and breaks of a calendar that nothing was kept of."""
    details = kept.portfolio.details
    found: Values = {
        "start": "" if details.start or terms.start is None else terms.start.isoformat(),
        "target": "" if details.target or terms.target is None else terms.target.isoformat(),
        "hours_per_week": None if details.hours_per_week else terms.hours_per_week,
        "breaks": "" if kept.breaks else breaks_text(terms.breaks),
    }
    return {name: value for name, value in found.items() if value}
