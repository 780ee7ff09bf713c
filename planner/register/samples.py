"""Samples of internal quality assurance that a register keeps through the year: drawn, and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from planner.assurance.claims import assessments_of
from planner.assurance.policy import Policy
from planner.assurance.sampling import Assessment, Sample, Sampling
from planner.catalogue.qualification import Qualification
from planner.catalogue.units import folded_ref
from planner.errors import Problem, refuse
from planner.files.people import identity
from planner.records.portfolios import Entry
from planner.register.changes import Actor
from planner.register.rows import Kept, Wanted, of_entry, of_kept
from planner.register.sample_rows import Sampled, of_sampled
from planner.register.service import Register


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of the learners whom a register keeps for a qualification."""

    qualification: Qualification
    kept: Sequence[Kept]

    @property
    def policy(self) -> Policy | None:
        """The policy of the last draw; None before the first, or where it cannot be read any more."""
        drawn = [each for kept in self.kept for each in kept.samples if each.policy]
        if not drawn:
            return None
        try:
            return Policy.model_validate_json(max(drawn, key=lambda each: each.drawn).policy)
        except ValueError:  # somebody's name was erased in it
            return None

    def before(self) -> tuple[Assessment, ...]:
        """What was drawn so far, as assessments; those without a `sampling` are still to be sampled.

        One that is still to be sampled is the assessment of its unit that there is now.
        """
        found = {
            (identity(each.learner), folded_ref(each.unit)): each
            for each in assessments_of([kept.portfolio for kept in self.kept], None)
        }
        drawn = []
        for kept, sampled in self.drawn():
            key = identity(kept.learner), folded_ref(sampled.ref)
            day = sampled.assessed or sampled.sampled_on or date.min
            now = found.get(key, Assessment(kept.learner, sampled.ref, "", day))
            # What was sampled stays that of its day; what waits moves on with the unit, if it is assessed
            # anew.
            drawn.append(replace(now, day=now.day if sampled.waits else day, sampling=sampling_of(sampled)))
        return tuple({each.key: each for each in drawn}.values())

    def sampled(self) -> tuple[Assessment, ...]:
        """What was drawn and has been sampled."""
        return tuple(each for each in self.before() if each.sampling is not None)

    def drawn(self) -> Iterator[tuple[Kept, Sampled]]:
        """Every assessment that was drawn, and whose it is."""
        return ((kept, sampled) for kept in self.kept for sampled in kept.samples)

    def keep(self, register: Register, actor: Actor | None, sample: Sample) -> tuple[str, ...]:
        """Keeps what was drawn, and gives the learners whose assessments are to be sampled.

        Raises
        ------
        DataError
            An assessment is of nobody whom the register keeps or of no unit of the qualification, or the
            actor may not do it: nothing is kept.
        """
        by = {identity(kept.learner): kept for kept in self.kept}
        units = {folded_ref(ref): ref for ref in (*self.qualification.by_ref, *self.qualification.outside)}
        stranger = "is no learner of the register whom you may see: nothing was kept"
        other = f"is no unit of {self.qualification.id}: nothing was kept"
        refuse(Problem(each.learner, stranger) for each in sample.sample if identity(each.learner) not in by)
        refuse(
            Problem(each.learner, other, field="ref", value=each.unit)
            for each in sample.sample
            if folded_ref(each.unit) not in units
        )
        policy = sample.policy.model_dump_json(exclude_defaults=True)
        wanted: dict[str, Wanted] = {}
        for each in sample.sample:
            kept = by[identity(each.learner)]
            day = None if each.day == date.min else each.day  # stands for no day (see `assessments_of`)
            ref = units[folded_ref(each.unit)]
            values = of_sampled(Sampled(ref, assessed=day, seed=sample.seed, policy=policy))
            said = wanted.get(kept.learner, Wanted(kept.learner, samples=()))
            wanted[kept.learner] = replace(said, samples=(*(said.samples or ()), values))
        if wanted:
            register.save_wanted(actor, self.qualification, list(wanted.values()), {})
        return tuple(wanted)

    def record(
        self,
        register: Register,
        actor: Actor | None,
        kept: Kept,
        entry: Entry,
        sampled: Sampled | None = None,
        reason: str = "",
    ) -> None:
        """Keeps what sampling an assessment came to, and what becomes of its unit, together.

        Parameters
        ----------
        register, actor
            Where it is kept, and who acts.
        kept, entry
            Whose it is, as it was opened; the unit as it is from now on.
        sampled
            What it came to, of one that was drawn or of one that was chosen; None: nothing.
        reason
            Why the unit goes back, if it does.

        Raises
        ------
        OvertakenError
            Somebody else has changed the same since: nothing is kept.
        DataError
            The actor may not do it.
        """
        base = of_kept(kept)
        units = {**(base.units or {}), entry.ref: of_entry(entry)}
        samples = None if sampled is None else (of_sampled(sampled),)
        wanted = Wanted(kept.learner, units=units, samples=samples)
        register.save_wanted(actor, self.qualification, [wanted], {kept.learner: base}, reason)


def sampling_of(sampled: Sampled) -> Sampling | None:
    """What sampling it came to; None while that is to come."""
    if sampled.waits:
        return None
    return Sampling(
        sampled.sampled_on, sampled.outcome, sampled.action, sampled.action_due, sampled.action_done
    )
