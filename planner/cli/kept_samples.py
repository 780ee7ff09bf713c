"""The register as the command `sample` uses it: what was drawn and sampled before, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.assurance.policy import Policy, load_policy
from planner.cli import console
from planner.cli.register_options import RegisterOptions
from planner.rules.measure import numbered

if TYPE_CHECKING:  # the database's library takes a while to import, which no other command waits for
    from planner.assurance.sampling import Sample
    from planner.catalogue.qualification import Qualification
    from planner.register import Actor, Register
    from planner.register.samples import Samples


def rules_of(policy: Path | None, drawn: Samples | None) -> Policy:
    """The policy given, else that of the last draw, else the example."""
    return (drawn.policy if drawn is not None and policy is None else None) or load_policy(policy)


@dataclass(frozen=True, slots=True)
class SampleDesk:
    """The register, who acts there, and the samples that it keeps."""

    register: Register
    acting: Actor | None
    samples: Samples

    def save(self, found: Sample) -> list[str]:
        """Keeps what was drawn, and tells whose assessments are to be sampled.

        Raises
        ------
        DataError
            One is of nobody whom the register keeps, or the actor may not do it: nothing is kept.
        """
        learners = self.samples.keep(self.register, self.acting, found)
        console.print_notice(f"Kept in the register: {numbered(len(found.sample), 'assessment')} to sample.")
        return list(learners)


@dataclass(frozen=True, slots=True)
class SampleOptions(RegisterOptions):
    """Which register, who acts, and whether what is drawn is kept."""

    save: Annotated[
        bool, typer.Option("--save", help="Keep this sample in the register, with its seed and policy.")
    ] = False

    def desk(self, load: Callable[[], Qualification], *, alone: bool) -> SampleDesk | None:
        """What the register keeps, where it is asked for; `alone`: it is all that there is.

        Raises
        ------
        DataError
            It would be all, and it has nobody.
        """
        if not self.asked(alone=alone, save=self.save):
            return None
        from planner.register.samples import Samples

        qualification = load()
        register, acting, kept = self.learners(qualification, alone=alone)
        return SampleDesk(register, acting, Samples(qualification, kept))
