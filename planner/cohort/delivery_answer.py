"""The answer to a cohort: which units are run, in which groups, and how near that is to the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.cohort.misfits import Allowance, Misfit
from planner.cohort.seat_question import CentreLimit, gap_of
from planner.errors import Problem
from planner.planning.result import Conflict
from planner.rules.model import Status


@dataclass(frozen=True, slots=True)
class Running:
    """A unit that is run: its ref, and who sits in each of its groups."""

    ref: str
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The answer to a cohort: which units to run, in how many groups, who sits where.

    `optimal` means that all goals are proven: the least delivered guided hours, under these the fewest
    misfits, under both the least hours for the learners, and then the fewest different units. `feasible` is
    a plan whose first goal is proven where `bound` equals `delivered_glh`, and within `gap` of the least
    where not. `infeasible` is a proof that the limits in `clash` cannot be kept together, none of which is
    named needlessly where that could be decided in time. `unknown` means not decided in `seconds`.
    """

    qualification: Qualification
    status: Status
    group_size: int
    max_units: int | None = None
    assessor_hours: Mapping[str, int] = field(default_factory=dict)
    delivered_glh: int | None = None
    """Guided hours of all groups together; None without a plan."""
    bound: int | None = None
    """No plan delivers fewer guided hours than this; None where none exists."""
    learner_glh: int | None = None
    """New guided hours of all learners together; None without a plan."""
    own_best_delivered_glh: int | None = None
    """What the groups would come to if everybody followed their own best plan, whatever the limits: that
    which fits the job best and, of those, is shortest."""
    units: tuple[Running, ...] = ()
    selections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The refs that count for each learner, sorted; learners in the order given."""
    new_units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those of them still to be achieved."""
    left_out: tuple[tuple[str, tuple[Conflict, ...]], ...] = ()
    """Learners for whom no valid selection exists, with their conflicts."""
    clash: tuple[CentreLimit, ...] = ()
    """Where no plan exists: limits that cannot be kept together."""
    misfits_allowed: int = 0
    """Seats allowed in units without evidence from the job, beyond those that cannot be avoided."""
    misfits: tuple[Misfit, ...] = ()
    """Seats in units that their learners' jobs give no evidence for."""
    misfits_avoidable: int = 0
    """How many of them there are beyond those that their learners cannot do without."""
    allowances: tuple[Allowance, ...] = ()
    """What fewer or more misfits would come to; none without a plan or where no learner has a job."""
    misfits_needed: int | None = None
    """Where misfits are too few for the other limits: how many suffice, if that was found in time."""
    seconds: float = 0.0
    """How long the search took."""
    reproducible: bool = True
    """Whether the same question has this very answer again; False where the time limit or the caller cut the
    search off, or it was undecided."""

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.status in ("optimal", "feasible")

    @property
    def gap(self) -> float | None:
        """What `delivered_glh` may be above the least possible, as a share of it; None without a plan."""
        return None if self.bound is None else gap_of(self.delivered_glh, self.bound)

    @property
    def clash_in_words(self) -> str:
        """Which limits cannot be kept, in a sentence; empty where there is a plan or no decision."""
        if not self.clash:
            return ""
        limits = "; ".join(limit.in_words(self.qualification) for limit in self.clash)
        how = "This limit cannot" if len(self.clash) == 1 else "These limits cannot all"
        words = f"{how} be kept with a valid selection for every learner: {limits}."
        if self.misfits_needed is None:
            return words
        return f"{words} The fewest such seats that suffice: {self.misfits_needed}."

    def to_json(self, problems: Iterable[Problem] = ()) -> dict[str, Any]:
        """The JSON of the command `deliver`; `problems` are those of the rows left unread."""
        return {
            "qualification": self.qualification.to_json(),
            "status": self.status,
            "delivered_glh": self.delivered_glh,
            "bound": self.bound,
            "learner_glh": self.learner_glh,
            "own_best_delivered_glh": self.own_best_delivered_glh,
            "units": [
                {"ref": unit.ref, "groups": [list(group) for group in unit.groups]} for unit in self.units
            ],
            "learners": [
                {"learner": learner, "units": list(refs)} for learner, refs in self.selections.items()
            ],
            "misfits": [misfit.to_json() for misfit in self.misfits],
            "allowances": [allowance.to_json() for allowance in self.allowances],
            "misfits_needed": self.misfits_needed,
            "left_out": [
                {"learner": learner, "conflicts": [conflict.to_json() for conflict in conflicts]}
                for learner, conflicts in self.left_out
            ],
            "clash": [limit.in_words(self.qualification) for limit in self.clash],
            "problems": [problem.to_json() for problem in problems],
            "reproducible": self.reproducible,
            "data": self.qualification.digest,
        }
