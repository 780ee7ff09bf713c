"""Deliveries: the search by needs, limits on both sides, groups, progress, stopping, what is refused."""

from __future__ import annotations

import itertools
import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.delivery import cohort
from planner import DataError, DisagreementError, Qualification
from planner.catalogue import Task
from planner.cohort import Cohort, plan_cohort
from planner.cohort import delivery as module
from planner.cohort import seating as search
from planner.cohort.delivery import deliver
from planner.cohort.delivery_answer import Delivery, Running
from planner.cohort.misfits import Misfit, spared
from planner.cohort.seat_question import CentreLimit, Kind, SearchProgress, SeatQuestion
from planner.cohort.seating import SeatSearch
from planner.planning.solve import answer
from planner.records.wishes import Request, Wishes
from planner.report.delivery_tables import misfits_table
from planner.rules.model import Status
from planner.rules.rule import WAYS, Bound, Choice
from tests import oracle
from tests.oracle import RuleDict
from tests.strategies import Small, at_least, deep, of_hours, small_qualifications, wishes

SETTINGS = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SECONDS = 30.0
Figures = tuple[int, int, int]


@pytest.fixture
def by_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few learners, too, are searched for as many are: by needs first."""
    monkeypatch.setattr(search, "_FEW", 0)


def asked(
    name: str, pins: Iterable[str] = (), excludes: Iterable[str] = (), held: Iterable[str] = ()
) -> Request:
    return Request(name, Wishes(frozenset(pins), frozenset(excludes), frozenset(held)))


def learners(number: int, **wished: Iterable[str]) -> list[Request]:
    return [asked(f"Learner {place}", **wished) for place in range(1, number + 1)]


def figures(found: Delivery) -> Figures | None:
    """What the three goals come to; None without a plan. Undecided fails."""
    assert found.status in ("optimal", "infeasible")
    if found.status == "infeasible":
        return None
    assert found.delivered_glh is not None
    assert found.learner_glh is not None
    return found.delivered_glh, found.learner_glh, len(found.units)


class Clock:
    """A clock of the test's own: nought until it was read so many times, then another time for good.

    A busy machine, in one jump: what takes no time now takes hours then.
    """

    def __init__(self, jumps_at: float = math.inf, to: float = 0.0) -> None:
        self.read = 0
        self._jumps_at, self._to = jumps_at, to

    def __call__(self) -> float:
        self.read += 1
        return 0.0 if self.read < self._jumps_at else self._to


def answer_of(found: Delivery) -> tuple[Any, ...]:
    """All that a delivery says, but for the time it took."""
    return found.status, found.bound, found.units, dict(found.selections), found.clash, found.reproducible


class Told:
    """Collects progress; asks to stop once `until` says so."""

    def __init__(self, until: Any = lambda told: False) -> None:
        self.steps: list[SearchProgress] = []
        self._until = until

    def progress(self, step: SearchProgress) -> None:
        self.steps.append(step)

    def stop(self) -> bool:
        return bool(self._until(self.steps))


def least_delivered(qualification: Qualification, requests: Sequence[Request], **limits: Any) -> Delivery:
    """A delivery whose first goal is proven; the others are not waited for."""
    told = Told(until=lambda steps: bool(steps) and steps[-1].value == steps[-1].bound)
    found = deliver(qualification, requests, seconds=300.0, progress=told.progress, stop=told.stop, **limits)
    assert found.delivered_glh == found.bound
    return found


# Brute force, by counting how many learners take each unit rather than who takes which.


def least_by_counts(
    small: Small,
    choices: Sequence[Collection[frozenset[str]]],
    group_size: int,
    max_units: int | None,
    caps: Mapping[str, int],
) -> Figures | None:
    """The least goals over every way to choose, where nobody's job is known."""
    without_jobs = [dict.fromkeys(possible, 0) for possible in choices]
    found = least_with_misfits(small, without_jobs, group_size, max_units, caps, 0)
    return None if found is None else (found[0], *found[2:])


def least_with_misfits(
    small: Small,
    choices: Sequence[Mapping[frozenset[str], int]],
    group_size: int,
    max_units: int | None,
    caps: Mapping[str, int],
    allowed: int,
) -> tuple[int, int, int, int] | None:
    """The least goals over every way to choose, one learner added after the other.

    `choices` are each learner's, with the misfits beyond the learner's fewest; no more than `allowed` in all.
    """
    units = sorted(small.units, key=lambda unit: unit["ref"])
    start: tuple[tuple[int, ...], int] = (0,) * len(units), 0
    reached = {start}
    for possible in choices:
        steps = [
            (tuple(int(unit["ref"] in refs) for unit in units), spare) for refs, spare in possible.items()
        ]
        reached = {
            (tuple(map(sum, zip(seats, step, strict=True))), before + spare)
            for seats, before in reached
            for step, spare in steps
            if before + spare <= allowed
        }

    def groups(taken: int) -> int:
        return math.ceil(taken / group_size)

    def kept(seats: tuple[int, ...]) -> bool:
        for strategy, most in caps.items():
            of_strategy = [
                unit["glh"] * groups(taken)
                for unit, taken in zip(units, seats, strict=True)
                if unit["strategy"] == strategy
            ]
            if sum(of_strategy) > most:
                return False
        return max_units is None or sum(map(bool, seats)) <= max_units

    found = [
        (
            sum(unit["glh"] * groups(taken) for unit, taken in zip(units, seats, strict=True)),
            spare,
            sum(unit["glh"] * taken for unit, taken in zip(units, seats, strict=True)),
            sum(map(bool, seats)),
        )
        for seats, spare in reached
        if kept(seats)
    ]
    return min(found, default=None)


@SETTINGS
@given(small_qualifications(most_rules=3), st.data())
def test_the_search_by_needs_finds_what_brute_force_finds(small: Small, data: st.DataObject) -> None:
    number = data.draw(st.integers(2, 5))
    group_size = data.draw(st.integers(1, 3))
    max_units = data.draw(st.none() | st.integers(0, 5))
    letters = sorted({unit["strategy"] for unit in small.units})
    caps = data.draw(st.dictionaries(st.sampled_from(letters), st.integers(0, 40), max_size=2))
    requests, choices = [], []
    for place in range(number):
        wished = data.draw(wishes(small.refs))
        possible = {
            chosen - set(wished["held"])
            for chosen in oracle.accepted(small.refs, small.rules, wished["held"])
            if set(wished["pin"]) <= chosen and not set(wished["exclude"]) & chosen
        }
        requests.append(asked(f"L{place}", wished["pin"], wished["exclude"], wished["held"]))
        choices += [possible] if possible else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_FEW", 0)
        found = deliver(
            small.qualification(),
            requests,
            group_size=group_size,
            max_units=max_units,
            assessor_hours=caps,
            seconds=SECONDS,
        )
    assert len(found.left_out) == number - len(choices)
    assert figures(found) == least_by_counts(small, choices, group_size, max_units, caps)


# Misfits: new units that a learner's job gives no evidence for.


def misfits_of(small: Small, refs: Collection[str], tasks: Sequence[str]) -> int:
    """How many new units are neither shown by the tasks nor in every valid selection; 0 without tasks."""
    valid = oracle.accepted(small.refs, small.rules, [])
    everywhere = frozenset[str]().union(*valid).intersection(*valid) if valid else frozenset[str]()
    shown = {ref for task in tasks for ref in small.tasks[task]}
    return len(set(refs) - everywhere - shown) if tasks else 0


@dataclass(frozen=True)
class Jobs:
    """A small cohort with jobs, and what is asked of it."""

    small: Small
    requests: list[Request]
    choices: list[dict[frozenset[str], int]]
    """The new units each learner with a valid selection may take, with the misfits beyond the fewest."""
    asking: dict[str, Any]

    def least(self, allowed: int) -> tuple[int, int, int, int] | None:
        """What brute force says with so many misfits allowed."""
        limits = (self.asking["group_size"], self.asking["max_units"], self.asking["assessor_hours"])
        return least_with_misfits(self.small, self.choices, *limits, allowed)


def cohort_with_jobs(rng: random.Random) -> Jobs:
    """Two to four learners of a small qualification, most of them with a job, and limits now and then."""
    units: list[oracle.UnitDict] = [
        {
            "ref": f"U{number}",
            "group": rng.choice("AB"),
            "level": 2,
            "credits": rng.randint(1, 4),
            "glh": rng.randint(0, 9),
            "strategy": rng.choice("ST"),
            "barred_sets": [],
        }
        for number in range(rng.randint(4, 5))
    ]
    in_all = {unit["ref"]: unit["credits"] for unit in units}
    sums: list[tuple[str, dict[str, int], int, int | None]]
    sums = [("credits", in_all, rng.randint(2, sum(in_all.values()) * 2 // 3), None)]
    if group := {unit["ref"]: 1 for unit in units if unit["group"] == "A"}:
        sums += [("group", group, rng.randint(0, 1), rng.choice([None, len(group), 2]))]
    rules: list[RuleDict] = [
        {"kind": "bound", "id": i, "weights": w, "at_least": low, "at_most": high, "held_only": False}
        for i, w, low, high in sums
    ]
    refs = list(in_all)
    tasks = {name: rng.sample(refs, rng.randint(1, 3)) for name in ("calls", "letters", "sales")}
    small = Small(units, rules, tasks)
    requests, choices = [], []
    for place in range(rng.randint(2, 4)):
        pins, excludes, held = (rng.sample(refs, rng.choice([0, 0, 0, 1])) for _ in range(3))
        job = tuple(rng.sample(sorted(tasks), rng.choice([0, 1, 1, 2])))
        possible = {
            chosen - set(held)
            for chosen in oracle.accepted(refs, rules, held)
            if set(pins) <= chosen and not set(excludes) & chosen
        }
        request = asked(f"L{place}", pins, excludes, held)
        requests.append(replace(request, wishes=replace(request.wishes, tasks=job)))
        numbers = {taken: misfits_of(small, taken, job) for taken in possible}
        least = min(numbers.values(), default=0)
        choices += [{taken: number - least for taken, number in numbers.items()}] if possible else []
    asking = {
        "group_size": rng.randint(1, 4),
        "max_units": rng.choice([None, rng.randint(1, 4)]),
        "assessor_hours": {units[0]["strategy"]: rng.randint(0, 30)} if rng.random() < 0.3 else {},
    }
    return Jobs(small, requests, choices, asking)


def test_misfits_are_what_brute_force_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has more than they must, the rest is no more than allowed, the hours are least."""
    seen = Counter[str]()
    for seed in range(deep(100, 5_000)):
        rng = random.Random(seed)
        monkeypatch.setattr(search, "_FEW", rng.choice([0, 12]))
        compare_misfits(cohort_with_jobs(rng), rng.choice([0, 0, 1, 2, 5]), seen)
    for what in ("infeasible", "found", "with a way out", "misfits", "spare misfits", "prices", "rows"):
        assert seen[what] > deep(1, 5), seen


def compare_misfits(jobs: Jobs, allowed: int, seen: Counter[str]) -> None:
    """Compares a delivery with brute force, and counts in `seen` what was compared."""
    found = deliver(
        jobs.small.qualification(), jobs.requests, misfits=allowed, seconds=SECONDS, **jobs.asking
    )
    least = jobs.least(allowed)
    assert figures(found) == (None if least is None else (least[0], *least[2:]))
    seen["infeasible" if least is None else "found"] += 1
    if least is None:
        enough = [number for number in range(30) if jobs.least(number)]
        assert found.misfits_needed == (enough[0] if enough else None)
        assert any(limit.misfits for limit in found.clash) is bool(enough)
        seen["with a way out"] += bool(enough)
        return
    spare = 0
    by_name = {request.learner: request.wishes for request in jobs.requests}
    chosen = {name: frozenset(found.new_units[name]) for name in found.selections}
    for (name, refs), possible in zip(chosen.items(), jobs.choices, strict=True):
        told = {misfit.ref for misfit in found.misfits if misfit.learner == name}
        assert told <= refs
        assert len(told) == misfits_of(jobs.small, refs, by_name[name].tasks)
        assert not possible[refs] or allowed
        spare += possible[refs]
    assert spare == least[1] <= allowed
    seen["spare misfits"] += spare
    for row in found.allowances:
        exact = jobs.least(1_000 if row.misfits is None else row.misfits)
        assert row.proven
        assert row.delivered_glh == (None if exact is None else exact[0])
        seen["rows"] += 1
    for misfit in found.misfits:
        assert misfit.price == price_to_avoid(jobs, found, chosen, misfit.learner, misfit.ref)
        seen["misfits"] += 1
        seen["prices"] += misfit.price is not None


def price_to_avoid(
    jobs: Jobs, found: Delivery, chosen: Mapping[str, frozenset[str]], learner: str, ref: str
) -> int | None:
    """What it costs, the others as they are, that one learner has one misfit fewer and not this one."""
    possible = dict(zip(found.selections, jobs.choices, strict=True))[learner]
    spare = possible[chosen[learner]]
    costs = []
    for refs, other in possible.items():
        if ref in refs or other >= spare:
            continue
        alone = [{mine: 0} for mine in ({**chosen, learner: refs}).values()]
        limits = (jobs.asking["group_size"], jobs.asking["max_units"], jobs.asking["assessor_hours"])
        if least := least_with_misfits(jobs.small, alone, *limits, 0):
            costs.append(least[0] - (found.delivered_glh or 0))
    return min(costs, default=None)


@pytest.fixture
def callers_and_sellers() -> tuple[Qualification, list[Request]]:
    """One of U00 (10 hours) and U01 (11); Ada's job gives evidence for the first, Ben's for the second."""
    qualification = replace(
        of_hours([10, 11], [at_least(1, ["U00", "U01"])]),
        tasks={
            "calls": Task("calls", "Calls", {"U00": "a call"}),
            "sales": Task("sales", "Sales", {"U01": "a sale"}),
        },
    )
    return qualification, [
        Request("Ada", Wishes(tasks=("calls",))),
        Request("Ben", Wishes(tasks=("sales",))),
        Request("Cem", Wishes()),
    ]


def test_everybody_sits_in_units_their_job_gives_evidence_for(
    callers_and_sellers: tuple[Qualification, list[Request]],
) -> None:
    found = deliver(*callers_and_sellers, group_size=3)
    # Cem's job is not known: 10 hours are least. Together in U00 all three would need 10 hours only.
    assert figures(found) == (21, 31, 2)
    assert (found.own_best_delivered_glh, found.misfits) == (21, ())
    assert [row.delivered_glh for row in found.allowances] == [21, 10, 10, 10, 10, 10]
    assert [row.misfits for row in found.allowances] == [0, 1, 2, 4, 8, None]
    assert all(row.proven for row in found.allowances)


@pytest.mark.parametrize("status", ["feasible", "unknown"])
def test_without_proof_of_what_fits_each_best_nobody_is_seated(
    callers_and_sellers: tuple[Qualification, list[Request]], status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*asked: Any, **more: Any) -> Cohort:
        cohort = plan_cohort(*asked, **more)
        return replace(cohort, answers=tuple(replace(each, status=status) for each in cohort.answers))

    monkeypatch.setattr(module, "plan_cohort", cut)
    found = deliver(*callers_and_sellers, group_size=3)
    assert (found.status, found.reproducible, found.delivered_glh) == ("unknown", False, None)


def test_a_seat_that_does_not_fit_is_named_with_what_it_costs_to_avoid(
    callers_and_sellers: tuple[Qualification, list[Request]],
) -> None:
    found = deliver(*callers_and_sellers, group_size=3, misfits=1)
    assert figures(found) == (10, 30, 1)
    assert found.misfits == (Misfit("Ben", "U00", price=11, needed=False),)
    assert found.own_best_delivered_glh == 21  # of plans that fit
    assert found.to_json()["misfits"] == [{"learner": "Ben", "ref": "U00", "price": 11, "decided": True}]


def test_a_seat_that_costs_nothing_to_avoid_is_avoided_where_the_time_was_up() -> None:
    tasks = {"calls": Task("calls", "Calls", {"U00": "a call"})}
    qualification = replace(of_hours([10, 10, 11], [at_least(1, ["U00", "U01", "U02"])]), tasks=tasks)
    callers = [Request(name, Wishes(tasks=("calls",))) for name in ("Ada", "Ben")]
    question = SeatQuestion(qualification, callers, 1, [{"U00"}, {"U00"}], misfits=2)
    found = spared(question, question.seating([{"U01"}, {"U02"}]), [CentreLimit(2, misfits=True)], time_left)
    assert list(map(set, found.chosen)) == [{"U00"}, {"U00"}]
    # Two in a group: together in U01 they are cheaper than apart, whoever of them moves.
    pair = SeatQuestion(qualification, callers, 2, [{"U00"}, {"U00"}], misfits=2)
    together = pair.seating([{"U01"}, {"U01"}])
    assert spared(pair, together, [], time_left) == together
    # Without time nothing is known of what another selection would cost.
    apart = question.seating([{"U01"}, {"U02"}])
    assert spared(question, apart, [], lambda: 0.0) == apart


def time_left() -> float:
    return SECONDS


def test_what_it_costs_to_avoid_a_seat_is_said_not_to_be_decided_where_the_time_was_up(
    callers_and_sellers: tuple[Qualification, list[Request]],
) -> None:
    clock = Clock()
    whole = deliver(*callers_and_sellers, group_size=3, misfits=1, clock=clock)
    seen = Counter[str]()
    for readings in range(1, clock.read + 1):
        late = Clock(readings, 60.0)
        found = deliver(*callers_and_sellers, group_size=3, misfits=1, clock=late)
        open_ones = [misfit for misfit in found.misfits if not misfit.decided]
        assert all(misfit.price is None and not misfit.needed for misfit in open_ones)
        assert not (open_ones and found.reproducible)
        if open_ones and found.delivered_glh == whole.delivered_glh:
            seen["undecided"] += 1
            words = misfits_table(found)["To avoid it alone"]
            assert list(words) == ["not decided in the time given"]
            assert found.to_json()["misfits"][0] == {
                "learner": "Ben", "ref": "U00", "price": None, "decided": False,
            }  # fmt: skip
        seen["reproducible"] += found.reproducible
        # A tenth of the time is kept for the prices: the search is over before.
        soon = deliver(*callers_and_sellers, group_size=3, misfits=1, clock=Clock(readings, 55.0))
        assert all(misfit.decided for misfit in soon.misfits)
        seen["search cut, price known"] += bool(soon.misfits) and not soon.reproducible
    assert min(seen[what] for what in ("undecided", "reproducible", "search cut, price known")) >= 1


def test_a_misfit_that_the_learner_s_wishes_force_is_allowed_and_said_to_be(
    callers_and_sellers: tuple[Qualification, list[Request]],
) -> None:
    qualification, (ada, ben, cem) = callers_and_sellers
    ben = replace(ben, wishes=replace(ben.wishes, excludes=frozenset({"U01"})))
    found = deliver(qualification, [ada, ben, cem], group_size=3)
    assert figures(found) == (10, 30, 1)
    assert found.misfits == (Misfit("Ben", "U00", price=None, needed=True),)


def test_where_the_limits_forbid_that_everybody_fits_the_conflict_says_so_and_how_many_would_do(
    callers_and_sellers: tuple[Qualification, list[Request]],
) -> None:
    found = deliver(*callers_and_sellers, group_size=3, max_units=1)
    assert (found.status, found.misfits_needed, found.reproducible) == ("infeasible", 1, True)
    assert found.clash == (CentreLimit(0, misfits=True), CentreLimit(1))
    assert found.clash_in_words == (
        "These limits cannot all be kept with a valid selection for every learner: no seats in units without "
        "evidence from the job, beyond those that cannot be avoided; at most 1 different unit run. The fewest "
        "such seats that suffice: 1."
    )
    assert deliver(*callers_and_sellers, group_size=3, max_units=1, misfits=1).delivered_glh == 10
    # A limit that clashes whatever fits is named alone.
    assert deliver(*callers_and_sellers, max_units=0).clash == (CentreLimit(0),)


# Plans worked by hand.


def test_two_learners_share_a_dearer_unit_when_that_saves_a_group() -> None:
    # One of U00 (10 hours) and U01 (11); the first learner cannot have U00. Apart: 10 + 11. Together in U01: 11.
    qualification = of_hours([10, 11], [at_least(1, ["U00", "U01"])])
    found = deliver(qualification, [asked("A", excludes=["U00"]), asked("B")], group_size=2)
    assert figures(found) == (11, 22, 1)
    assert found.own_best_delivered_glh == 21
    assert found.units == (Running("U01", (("A", "B"),)),)
    assert dict(found.selections) == dict(found.new_units) == {"A": ("U01",), "B": ("U01",)}


def test_of_plans_that_deliver_the_same_the_learners_have_the_fewest_hours() -> None:
    # U00 of 5 hours runs for A in any case. B: U00 again (no more delivered) beside nothing else, not U01 of 0
    # hours with U02 of 0: all deliver 5, and the learners have 10 or 5 hours.
    qualification = of_hours([5, 0, 0], [Bound("any", "any", {"U00": 2, "U01": 1, "U02": 1}, at_least=2)])
    found = deliver(qualification, [asked("A", pins=["U00"]), asked("B")], group_size=2)
    assert figures(found) == (5, 5, 3)


def test_of_plans_equal_in_hours_the_fewest_different_units_are_run() -> None:
    qualification = of_hours([4, 4, 4], [at_least(1, ["U00", "U01", "U02"])])
    found = deliver(qualification, [asked("A", excludes=["U00"]), asked("B", excludes=["U01"])], group_size=1)
    assert figures(found) == (8, 8, 1)
    assert [unit.ref for unit in found.units] == ["U02"]


def test_one_to_one_nothing_is_shared_so_everybody_follows_their_own_best_plan(real: Qualification) -> None:
    requests = cohort(real, 15)
    found = least_delivered(real, requests, group_size=1)
    assert found.delivered_glh == found.learner_glh == found.own_best_delivered_glh
    assert found.delivered_glh == sum(answer(real, request.wishes).new_glh or 0 for request in requests)
    assert {len(group) for unit in found.units for group in unit.groups} == {1}


def test_held_units_are_free_and_count_and_the_closed_are_not_new() -> None:
    qualification = of_hours([3, 4, 5], [at_least(2, ["U00", "U01", "U02"])])
    closed = Request("B", Wishes(closed=frozenset({"U01"})))
    found = deliver(qualification, [asked("A", held=["U00"]), closed], group_size=5)
    # B takes U00 and U02, the only ones open; A holds U00 and joins B in U02, though U01 is shorter.
    assert figures(found) == (8, 13, 2)
    assert dict(found.selections) == {"A": ("U00", "U02"), "B": ("U00", "U02")}
    assert dict(found.new_units) == {"A": ("U02",), "B": ("U00", "U02")}


def test_units_without_hours_are_seated_too() -> None:
    qualification = of_hours([0, 0], [at_least(2, ["U00", "U01"])])
    found = deliver(qualification, learners(5), group_size=2, assessor_hours={"": 0})
    assert figures(found) == (0, 0, 2)
    assert [[len(group) for group in unit.groups] for unit in found.units] == [[2, 2, 1], [2, 2, 1]]


def test_without_learners_nothing_is_run(real: Qualification) -> None:
    found = deliver(real, [])
    assert figures(found) == (0, 0, 0)
    assert (found.bound, found.own_best_delivered_glh, found.gap) == (0, 0, 0.0)


def test_a_choice_between_rules_and_rules_on_held_units_are_kept() -> None:
    units = ["U00", "U01", "U02", "U03"]
    pathway = Choice("path", "path", (at_least(2, units[:2], "one"), at_least(2, units[2:], "two")))
    fresh = Bound(
        "fresh", "at most one held unit counts", dict.fromkeys(units, 1), at_most=1, held=frozenset(WAYS)
    )
    qualification = of_hours([5, 5, 6, 6], [pathway, fresh])
    found = deliver(qualification, [asked("A"), asked("B", held=["U00", "U01"])], group_size=2)
    # B cannot count both held units, so B takes the second path (12 hours) and A joins.
    assert figures(found) == (12, 24, 2)


# Groups.


def test_groups_are_even_and_in_the_order_of_the_file() -> None:
    qualification = of_hours([7], [at_least(1, ["U00"])])
    found = deliver(qualification, learners(7), group_size=3)
    assert [[name.split()[1] for name in group] for group in found.units[0].groups] == [
        ["1", "2", "3"],
        ["4", "5"],
        ["6", "7"],
    ]


@pytest.mark.parametrize(("number", "groups"), [(12, 1), (13, 2), (24, 2), (25, 3)])
def test_a_group_is_opened_only_when_the_others_are_full(number: int, groups: int) -> None:
    qualification = of_hours([7], [at_least(1, ["U00"])])
    found = deliver(qualification, learners(number))
    assert (found.delivered_glh, len(found.units[0].groups)) == (7 * groups, groups)


def seats_of(found: Delivery) -> Iterator[tuple[str, str]]:
    for unit in found.units:
        for group in unit.groups:
            yield from ((learner, unit.ref) for learner in group)


def test_a_real_cohort_sits_once_in_each_new_unit_and_delivers_less_than_own_plans(
    real: Qualification,
) -> None:
    requests = cohort(real, 40)
    found = least_delivered(real, requests)
    assert found.own_best_delivered_glh is not None
    assert found.delivered_glh is not None
    assert found.delivered_glh < found.own_best_delivered_glh
    taken = [(request.learner, ref) for request in requests for ref in found.new_units[request.learner]]
    assert Counter(seats_of(found)) == Counter(taken)
    assert list(found.selections) == [request.learner for request in requests]
    assert [unit.ref for unit in found.units] == sorted(unit.ref for unit in found.units)
    for request in requests:
        counted = set(found.selections[request.learner])
        assert not oracle.broken_rules(counted)
        assert request.wishes.pins <= counted
        assert not request.wishes.excludes & counted
        assert set(found.new_units[request.learner]) == counted - request.wishes.held
    for unit in found.units:
        sizes = [len(group) for group in unit.groups]
        assert max(sizes) <= found.group_size
        assert max(sizes) - min(sizes) <= 1
        assert len(sizes) == math.ceil(sum(sizes) / found.group_size)


# Limits.


HOURS = {"S1": 6, "S2": 7, "T1": 10, "T2": 11}
PAIRS = [frozenset(pair) for pair in itertools.combinations(HOURS, 2)]


@pytest.fixture
def two_strategies() -> Small:
    """Two of four units: S1 and S2 of strategy S, T1 and T2 of strategy T."""
    units: list[oracle.UnitDict] = [
        {
            "ref": ref,
            "group": "A",
            "level": 2,
            "credits": 1,
            "glh": glh,
            "strategy": ref[0],
            "barred_sets": [],
        }
        for ref, glh in HOURS.items()
    ]
    two: oracle.BoundDict = {
        "kind": "bound",
        "id": "two",
        "weights": dict.fromkeys(HOURS, 1),
        "at_least": 2,
        "at_most": None,
        "held_only": False,
    }
    return Small(units, [two])


@pytest.mark.usefixtures("by_needs")
@pytest.mark.parametrize("hours", [39, 38, 33, 32, 12, 6, 5, 0])
def test_the_hours_of_a_strategy_are_kept_and_used(two_strategies: Small, hours: int) -> None:
    # Six learners in groups of two: S1 and S2 in three groups each take 3 * 6 + 3 * 7 = 39 hours of S.
    found = deliver(two_strategies.qualification(), learners(6), group_size=2, assessor_hours={"S": hours})
    assert figures(found) == least_by_counts(two_strategies, [PAIRS] * 6, 2, None, {"S": hours})
    assert (found.delivered_glh == 39) is (hours == 39)
    delivered = {unit.ref: HOURS[unit.ref] * len(unit.groups) for unit in found.units}
    assert sum(delivered.get(ref, 0) for ref in ("S1", "S2")) <= hours


def test_limits_that_cannot_all_be_kept_are_named_without_needless_ones(two_strategies: Small) -> None:
    qualification = two_strategies.qualification()
    found = deliver(qualification, learners(2), max_units=3, assessor_hours={"S": 12, "T": 9})
    assert (found.status, found.delivered_glh, found.bound) == ("infeasible", None, None)
    assert found.clash == (CentreLimit(12, "S"), CentreLimit(9, "T"))
    assert found.clash_in_words == (
        "These limits cannot all be kept with a valid selection for every learner: at most 12 delivered guided "
        "hours of strategy S; at most 9 delivered guided hours of strategy T."
    )
    assert (found.units, dict(found.selections)) == ((), {})
    assert deliver(qualification, learners(2), assessor_hours={"S": 13, "T": 9}).delivered_glh == 13
    assert deliver(qualification, learners(2), assessor_hours={"S": 12, "T": 10}).delivered_glh == 16


@pytest.mark.usefixtures("by_needs")
def test_both_sides_of_the_number_of_units(real: Qualification) -> None:
    fewest = oracle.least_of_goal("units")
    assert fewest is not None
    told = Told(until=lambda steps: bool(steps) and steps[-1].value is not None)
    at_it = deliver(real, learners(14), max_units=fewest, progress=told.progress, stop=told.stop)
    assert len(at_it.units) == fewest
    below = deliver(real, learners(14), max_units=fewest - 1, seconds=SECONDS)
    assert below.clash == (CentreLimit(fewest - 1),)
    assert f"at most {fewest - 1} different units run" in below.clash_in_words


def test_no_unit_at_all_suffices_for_those_who_hold_all_they_need(real: Qualification) -> None:
    held = answer(real, Wishes()).units
    assert figures(deliver(real, [asked("A", held=held)], max_units=0)) == (0, 0, 0)
    assert deliver(real, [asked("A")], max_units=0).clash == (CentreLimit(0),)


# Who is left out, what is refused.


def test_a_learner_without_a_valid_selection_is_left_out_with_the_conflicts(real: Qualification) -> None:
    requests = [
        asked("A"),
        asked("B", pins=["J/502/4299", "M/502/4300"]),
        asked("C", excludes=["D/503/0352"]),
    ]
    found = deliver(real, requests)
    assert [learner for learner, _ in found.left_out] == ["B", "C"]
    assert [conflict.pins for conflict in found.left_out[0][1]] == [("J/502/4299", "M/502/4300")]
    assert list(found.selections) == ["A"]
    assert figures(found) == (93, 93, 7)
    assert found.own_best_delivered_glh == 93


def test_all_that_makes_no_sense_is_told_at_once(real: Qualification) -> None:
    requests = [
        Request("Ada Example", Wishes(), row=2),
        Request("Ada Example", Wishes(), row=5),
        Request("Ben Example", Wishes(survive=1), row=6),
    ]
    with pytest.raises(DataError) as caught:
        deliver(
            real,
            requests,
            group_size=0,
            max_units=-1,
            assessor_hours={"b": 3, "E": -1},
            misfits=-1,
            seconds=0,
        )
    told = [str(problem) for problem in caught.value.problems]
    assert told == [
        "group_size = '0': must be a whole number from 1 to 1,000",
        "max_units = '-1': must be a whole number from 0 to 1,000",
        "misfits = '-1': must be a whole number from 0 to 1,000,000",
        "seconds = '0': must be a number from 0.1 to 86,400",
        "assessor_hours = 'b': no unit has this strategy; did you mean B? (strategies: A, B, C, D, E)",
        "assessor_hours = 'E=-1': must be a whole number from 0 to 1,000,000",
        "learners, row 2, learner = 'Ada Example': this learner is given more than once",
        "learners, row 5, learner = 'Ada Example': this learner is given more than once",
        "learners, row 6, survive = '1': plans that survive losses are not made for groups",
    ]


def test_the_learners_own_goals_do_not_matter_for_the_groups(real: Qualification) -> None:
    wished = Wishes(goals=("credits", "units"), keep=frozenset({"F/601/1223"}))
    found = deliver(real, [Request("A", wished)])
    assert figures(found) == (93, 93, 7)


# Progress, stopping, time.


def check_steps(steps: Sequence[SearchProgress]) -> int:
    """Plans only get better, bounds only rise, time only passes, no value is below a bound; pairs compared."""
    for before, after in itertools.pairwise(steps):
        assert after.seconds >= before.seconds
        assert after.bound >= before.bound
        assert before.value is None or (after.value is not None and after.value <= before.value)
        assert (after.value, after.bound) != (before.value, before.bound)
    for step in steps:
        assert step.value is None or step.value >= step.bound
        assert (step.gap is None) is (step.value is None)
    return len(steps) - 1


def test_progress_is_told_until_the_plan_is_proven(real: Qualification) -> None:
    told = Told(until=lambda steps: bool(steps) and steps[-1].value == steps[-1].bound)
    found = deliver(real, cohort(real, 40), seconds=300.0, progress=told.progress, stop=told.stop)
    assert check_steps(told.steps) >= 2
    assert told.steps[0].value == found.own_best_delivered_glh
    assert (told.steps[-1].value, told.steps[-1].bound) == (found.delivered_glh, found.bound)
    assert told.steps[-1].seconds <= found.seconds


def test_stop_ends_the_search_with_the_best_plan_so_far(real: Qualification) -> None:
    told = Told(until=lambda steps: len(steps) >= 3)
    found = deliver(real, cohort(real, 60), seconds=300.0, progress=told.progress, stop=told.stop)
    assert (found.status, found.reproducible) == ("feasible", False)
    assert check_steps(told.steps) >= 2
    assert found.bound is not None
    assert found.delivered_glh is not None
    assert found.bound <= found.delivered_glh <= (told.steps[-1].value or 0)
    assert len(found.selections) == 60


def test_stopped_before_there_is_a_plan_nothing_is_claimed(real: Qualification) -> None:
    found = deliver(real, cohort(real, 5), stop=lambda: True)
    assert (found.status, found.delivered_glh, found.bound, found.units) == ("unknown", None, None, ())
    assert not found.clash
    assert not found.reproducible


def test_a_mistake_of_the_caller_s_ends_the_search_at_once(real: Qualification) -> None:
    def mistaken(_: SearchProgress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver(real, cohort(real, 30), seconds=300.0, progress=mistaken)


@pytest.mark.usefixtures("by_needs")
@pytest.mark.parametrize(
    ("caps", "cut"),
    [
        ({"S": 39}, {"unknown", "feasible"}),  # own plans keep this limit
        ({"S": 38}, {"unknown", "feasible"}),  # and not this one: until there is another plan there is none
        ({"S": 12, "T": 40}, {"unknown", "infeasible"}),
    ],
)
def test_wherever_the_time_is_up_nothing_false_is_said(
    two_strategies: Small, caps: dict[str, int], cut: set[str]
) -> None:
    asking: dict[str, Any] = {"group_size": 2, "assessor_hours": caps}
    clock = Clock()
    whole = deliver(two_strategies.qualification(), learners(6), clock=clock, **asking)
    assert whole.reproducible
    seen = set()
    for readings in range(1, clock.read + 1):
        found = deliver(two_strategies.qualification(), learners(6), clock=Clock(readings, 60.0), **asking)
        seen.add((found.status, found.reproducible))
        assert found.found is bool(found.selections)
        if found.reproducible:
            assert answer_of(found) == answer_of(whole)
        elif found.status == "feasible":
            assert found.bound is not None
            assert whole.delivered_glh is not None
            assert found.delivered_glh is not None
            assert found.bound <= whole.delivered_glh <= found.delivered_glh
        elif found.status == "infeasible":  # what clashes is not the least set of limits yet
            assert whole.status == "infeasible"
            assert set(found.clash) >= set(whole.clash)
        else:
            assert (found.status, found.units, found.clash) == ("unknown", (), ())
    assert seen >= {(whole.status, True), *((status, False) for status in cut)}


# The same again, and the second way.


@pytest.mark.long
@pytest.mark.usefixtures("by_needs")
def test_a_busy_machine_finds_the_same_plan(real: Qualification) -> None:
    requests = cohort(real, 20)
    clock = Clock()
    first = deliver(real, requests, clock=clock, workers=1)
    assert (first.status, first.reproducible) == ("optimal", True)
    # Any number of seconds below the limit may pass, at any time: that chooses nothing.
    times = range(3, clock.read, -(-clock.read // deep(4, 60)))
    assert len(times) >= 4
    for readings in times:
        late = Clock(readings, 86_000.0)
        busy = deliver(real, requests, clock=late, seconds=86_400.0, workers=readings % 3 + 1)
        assert late.read > readings
        assert answer_of(busy) == answer_of(first)


@settings(SETTINGS, max_examples=deep(25, 300))
@given(small_qualifications(most_rules=3), st.data())
def test_small_cohorts_have_the_same_plan_however_time_passes(small: Small, data: st.DataObject) -> None:
    wished = [data.draw(wishes(small.refs)) for _ in range(data.draw(st.integers(2, 5)))]
    requests = [asked(f"L{place}", w["pin"], w["exclude"], w["held"]) for place, w in enumerate(wished)]
    size = data.draw(st.integers(1, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_FEW", data.draw(st.sampled_from([0, 12])))
        found = [
            deliver(
                small.qualification(),
                requests,
                group_size=size,
                clock=Clock(readings, 86_000.0),
                seconds=86_400.0,
                workers=workers,
            )
            for readings, workers in ((1, 1), (20, 2), (60, 3))
        ]
    assert found[0].status in ("optimal", "infeasible")
    assert answer_of(found[0]) == answer_of(found[1]) == answer_of(found[2])


SEVERAL_TIMES = """
import sys
import planner
from benchmarks.delivery import cohort
from planner.cohort import seating
seating._FEW = 0
real = planner.load()
found = planner.deliver(real, cohort(real, 16), group_size=8, seconds=600, workers=int(sys.argv[1]))
print(found.status, found.units, sorted(found.selections.items()))
"""


@pytest.mark.long
def test_processes_that_hash_words_otherwise_find_the_same_plan() -> None:
    found = set()
    for seed in range(deep(2, 8)):
        ended = subprocess.run(
            [sys.executable, "-c", SEVERAL_TIMES, str(seed % 2 + 1)],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.startswith("optimal ")
        found.add(ended.stdout)
    assert len(found) == 1


def test_whole_model_and_needs_agree(real: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = cohort(real, 20)
    found = []
    for few in (0, len(requests)):
        monkeypatch.setattr(search, "_FEW", few)
        found.append(least_delivered(real, requests).delivered_glh)
    assert found[0] == found[1]


def test_many_learners_do_without_the_whole_model_once_there_is_a_plan(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_FEW", 0)
    monkeypatch.setattr(search, "_MANY", 0)
    requests = cohort(real, 25)
    found = deliver(real, requests, seconds=SECONDS)
    monkeypatch.undo()
    best = least_delivered(real, requests)
    assert found.bound is not None
    assert found.delivered_glh is not None
    assert best.delivered_glh is not None
    assert found.bound <= best.delivered_glh <= found.delivered_glh <= (found.own_best_delivered_glh or 0)


@pytest.mark.parametrize(
    "damage", ["a learner twice", "a rule broken", "hours miscounted", "a bound too high"]
)
def test_a_plan_that_fails_its_audit_is_never_an_answer(
    real: Qualification, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    groups, seating, run = module._groups, SeatQuestion.seating, SeatSearch.run

    def twice(question: Any, best: Any, ref: str) -> Any:
        return (*groups(question, best, ref), ("Learner 1",))

    def broken(self: Any, chosen: Sequence[Collection[str]]) -> Any:
        honest = seating(self, chosen)
        return replace(honest, chosen=tuple(refs - {"D/503/0352"} for refs in honest.chosen))

    def miscounted(self: Any, chosen: Sequence[Collection[str]]) -> Any:
        honest = seating(self, chosen)
        return replace(honest, values={**honest.values, "hours": honest.values["hours"] - 1})

    def too_high(self: Any, *limits: Any, **named: Any) -> Any:
        status = run(self, *limits, **named)
        self.bounds["delivered"] += 1
        return status

    where, name, what, told = {
        "a learner twice": (module, "_groups", twice, "do not seat each learner once"),
        "a rule broken": (SeatQuestion, "seating", broken, "Learner 1 breaks mandatory"),
        "hours miscounted": (SeatQuestion, "seating", miscounted, "the hours are .*, the search says 93, "),
        "a bound too high": (SeatSearch, "run", too_high, "delivered is 93, proven to be at least 94"),
    }[damage]
    monkeypatch.setattr(where, name, what)
    with pytest.raises(DisagreementError, match=told):
        deliver(real, learners(3), seconds=SECONDS)


def test_a_plan_beyond_a_limit_that_the_search_forgot_is_never_an_answer(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    least = deliver(real, learners(3), seconds=SECONDS)
    strategy = real.by_ref[least.units[0].ref].strategy
    monkeypatch.setattr(module, "SeatSearch", lambda question, _, *more: SeatSearch(question, [], *more))
    with pytest.raises(DisagreementError, match="too many units are run"):
        deliver(real, learners(3), max_units=len(least.units) - 1, seconds=SECONDS)
    with pytest.raises(DisagreementError, match=f"too many hours of strategy {strategy}"):
        deliver(real, learners(3), assessor_hours={strategy: 0}, seconds=SECONDS)


def test_the_json_says_what_the_contract_names(real: Qualification) -> None:
    requests = [asked("A"), asked("B"), asked("C", pins=["J/502/4299", "M/502/4300"])]
    document = deliver(real, requests).to_json()
    assert {key: document[key] for key in ("status", "delivered_glh", "bound", "learner_glh")} == {
        "status": "optimal",
        "delivered_glh": 93,
        "bound": 93,
        "learner_glh": 186,
    }
    assert document["own_best_delivered_glh"] == 93
    assert document["units"][0] == {"ref": "D/503/0352", "groups": [["A", "B"]]}
    assert document["learners"][1] == {"learner": "B", "units": list(answer(real, Wishes()).units)}
    assert document["left_out"][0]["learner"] == "C"
    assert document["left_out"][0]["conflicts"][0]["pins"] == ["J/502/4299", "M/502/4300"]
    assert (document["clash"], document["problems"]) == ([], [])
    assert document["qualification"]["id"] == real.id
    assert document["data"] == real.digest
    assert document["reproducible"] is True


def test_misfits_are_spare_beyond_those_that_every_selection_has() -> None:
    kind = Kind(Wishes(), (), (0,), frozenset("abc"), 1)
    assert [kind.spare(counted) for counted in ("ax", "abx", "abc")] == [0, 1, 2]
