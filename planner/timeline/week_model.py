"""The CP-SAT model of a calendar: whether the units fit into so many weeks of so many hours."""

from __future__ import annotations

from ortools.sat.python import cp_model

from planner.errors import UndecidedError
from planner.rules.model import exact_solver
from planner.timeline.list_scheduling import heads
from planner.timeline.weeks import Limits, Weeks, filled


class WeekModel:
    """Of each unit one first and one last week, and the hours between; exact.

    With one unit open at a time no hours are modelled: a unit fits a span as long as its shortest.

    Parameters
    ----------
    limits, peak, weeks
        What a calendar keeps to, its most hours a week and its number of weeks.
    stay
        How many of the spans agreed before it keeps at least.
    """

    def __init__(self, limits: Limits, peak: int, weeks: int, stay: int = 0) -> None:
        self._limits, self._peak, self._weeks = limits, peak, weeks
        self._model = cp_model.CpModel()
        self._begins: dict[str, list[cp_model.IntVar]] = {}
        self._ends: dict[str, list[cp_model.IntVar]] = {}
        self.spent = 0.0
        self._open: dict[str, list[cp_model.LinearExprT]] = {}
        self._add_spans()
        self._add_order()
        self._add_each_week()
        if stay:
            self._add_kept(stay)

    def _add_spans(self) -> None:
        model, allowed = self._model, self._limits.visits
        earliest = heads(self._limits, self._peak)
        for work in self._limits.works:
            begins = [model.new_bool_var("") for _ in range(self._weeks)]
            ends = [model.new_bool_var("") for _ in range(self._weeks)]
            for week, end in enumerate(ends):
                if week < earliest[work.ref] or (allowed is not None and week not in allowed):
                    model.add(end == 0)
            model.add_exactly_one(begins)
            model.add_exactly_one(ends)
            self._begins[work.ref], self._ends[work.ref] = begins, ends
            states: list[cp_model.IntVar] = []
            for week in range(self._weeks):
                # Open in this week = open in the last - ended in the last + begun in this: a flow of one unit
                # from its first week to its last.
                state = model.new_bool_var("")
                previous = begins[0] if week == 0 else states[-1] - ends[week - 1] + begins[week]
                model.add(state == previous)
                states.append(state)
            self._open[work.ref] = list(states)
            # Long enough for its hours at the peak, and no longer than an hour a week makes it.
            model.add(sum(states) >= work.shortest(self._peak))
            model.add(sum(states) <= work.hours)

    def _add_order(self) -> None:
        model, works = self._model, self._limits.works
        for work in works:
            for ref in work.after & self._begins.keys():
                for week in range(self._weeks):
                    # Begun by this week only if the other one ended before it, week for week: tighter than
                    # one sum of week numbers.
                    done = sum(self._ends[ref][:week])
                    model.add(sum(self._begins[work.ref][: week + 1]) <= done)
        alike: dict[tuple[int, int], str] = {}
        ordered = {ref for work in works if work.after for ref in (work.ref, *work.after)}
        for work in works:
            if work.ref in ordered or work.ref in self._limits.kept:
                continue
            before = alike.get((work.hours, work.least_weeks))
            alike[work.hours, work.least_weeks] = work.ref
            if before is not None:
                numbers = range(self._weeks)
                # Units alike may change places: the order of their first weeks is fixed, or each calendar is
                # there in every order.
                first = [
                    sum(w * b for w, b in zip(numbers, self._begins[ref], strict=True))
                    for ref in (before, work.ref)
                ]
                model.add(first[0] <= first[1])

    def _add_each_week(self) -> None:
        model, limits = self._model, self._limits
        for week in range(self._weeks):
            model.add(sum(self._open[work.ref][week] for work in limits.works) <= limits.open_units)
        if limits.open_units == 1:
            return
        by_week: list[list[cp_model.IntVar]] = [[] for _ in range(self._weeks)]
        for work in limits.works:
            # Each other week of it takes an hour at least.
            most = min(self._peak, work.hours - work.least_weeks + 1)
            hours = [model.new_int_var(0, most, "") for _ in range(self._weeks)]
            for week, amount in enumerate(hours):
                model.add(amount >= self._open[work.ref][week])
                model.add(amount <= most * self._open[work.ref][week])
                by_week[week].append(amount)
            model.add(sum(hours) == work.hours)
        for amounts in by_week:
            model.add(sum(amounts) <= self._peak)

    def _add_kept(self, number: int) -> None:
        kept = []
        for ref, (first, last) in self._limits.kept.items():
            stays = self._model.new_bool_var("")
            self._model.add_implication(stays, self._begins[ref][first])
            self._model.add_implication(stays, self._ends[ref][last])
            kept.append(stays)
        self._model.add(sum(kept) >= number)

    def solve(self, effort: float) -> Weeks | None:
        """A calendar; None where none exists. What the search took stands in `spent` afterwards.

        Raises
        ------
        UndecidedError
            In so much deterministic time it cannot be told.
        """
        solver = exact_solver()
        # Nothing is minimised here: `CalendarSearch` finds the goals by halving.
        solver.parameters.linearization_level = 0  # what is hard here is packing: ten times as fast without
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.max_deterministic_time = max(effort, 0.0)
        decision = solver.solve(self._model)
        self.spent = solver.response_proto.deterministic_time
        if decision == cp_model.INFEASIBLE:
            return None
        if decision != cp_model.OPTIMAL:
            raise UndecidedError
        found = {
            ref: (_place(solver, self._begins[ref]), _place(solver, self._ends[ref])) for ref in self._begins
        }
        return filled(found, self._limits.works, self._peak)


def _place(solver: cp_model.CpSolver, flags: list[cp_model.IntVar]) -> int:
    return next(week for week, flag in enumerate(flags) if solver.boolean_value(flag))
