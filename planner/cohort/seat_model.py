"""The model of a cohort in which some learners choose anew and all others stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ortools.sat.python import cp_model

from planner.cohort.provision import Programme
from planner.cohort.seat_question import Kind, Seating, SeatingGoal, SeatQuestion
from planner.rules.model import add_rule


class SeatModel:
    """The groups of a programme with seats for everybody: the `settled` learners, and those who choose.

    Parameters
    ----------
    question, programme
        Who may choose what, and the groups with all that is known of them.
    settled
        The units that count for those who do not choose, by the learner's place.
    goal
        What is made least; None: any plan will do.
    bounds
        What is proven of the goals.
    """

    def __init__(
        self,
        question: SeatQuestion,
        programme: Programme,
        settled: Mapping[int, frozenset[str]],
        goal: SeatingGoal | None,
        bounds: Mapping[SeatingGoal, int],
    ) -> None:
        self._question = question
        self._programme = programme
        self._settled = settled
        self.model = programme.model.clone()
        if goal is None:
            self.model.clear_objective()  # type: ignore[no-untyped-call]
        else:
            # What is proven already is told to this model too: a plan that attains it ends the search.
            self.model.add(programme.value[goal] >= bounds.get(goal, 0))
        everybody = range(len(question.requests))
        self._counts = {n: self._selection(question.kind_of[n]) for n in everybody if n not in settled}
        self._seat()

    def _selection(self, kind: Kind) -> dict[str, cp_model.IntVar]:
        """Variables for which units count for one learner, kept to the rules and wishes."""
        counts = {}
        for ref in self._question.refs:
            counts[ref] = self.model.new_bool_var("")
            if ref in kind.wishes.fixed:
                self.model.add(counts[ref] == kind.wishes.fixed[ref])
        for rule in kind.rules:
            add_rule(self.model, rule, counts)
        return counts

    def _seat(self) -> None:
        """Adds that the groups seat everybody, and what the learners' hours are."""
        question, model = self._question, self.model
        taken = Counter[str]()
        for learner, counted in self._settled.items():
            taken.update(question.kind_of[learner].new(counted))
        hours: Any = question.hours(taken.elements())
        misfits: Any = sum(question.kind_of[n].spare(counted) for n, counted in self._settled.items())
        for n, of in self._counts.items():
            kind = question.kind_of[n]
            # Less those that the learner cannot do without: the others are spare.
            misfits += cp_model.LinearExpr.sum([of[ref] for ref in sorted(kind.misfits)]) - kind.least
        for ref in question.refs:
            # Held units may count, and take no seat.
            seats = [of[ref] for n, of in self._counts.items() if ref not in question.kind_of[n].wishes.held]
            used = taken[ref] + cp_model.LinearExpr.sum(seats)
            model.add(question.group_size * self._programme.groups[ref] >= used)
            hours += question.glh[ref] * cp_model.LinearExpr.sum(seats)
        model.add(self._programme.hours == hours)
        model.add(self._programme.misfits == misfits)

    def hint(self, best: Seating) -> None:
        """Starts the search from a plan."""
        for learner, variables in self._counts.items():
            for ref, variable in variables.items():
                self.model.add_hint(variable, ref in best.chosen[learner])
        for ref, groups in self._programme.groups.items():
            self.model.add_hint(groups, best.groups.get(ref, 0))

    def seating(self, solver: cp_model.CpSolver) -> Seating:
        """The plan that the solver found."""
        found = dict(self._settled)
        for learner, of in self._counts.items():
            found[learner] = frozenset(ref for ref, variable in of.items() if solver.value(variable))
        return self._question.seating([found[learner] for learner in sorted(found)])
