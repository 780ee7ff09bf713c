"""Cohorts: files read row by row, answers as the solver gives them one by one, whoever works them out."""

from __future__ import annotations

import io
import itertools
import json
import multiprocessing
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

import planner
from planner import Bound, DataError, DisagreementError, Plan, Problem, Qualification
from planner.cohort import batch
from planner.cohort.batch import Answer, Cohort, plan_cohort
from planner.cohort.minimal_selections import Best, Pool
from planner.planning.solve import answer
from planner.records import cohort_rows
from planner.records.cohort_rows import read_cohort
from planner.records.wishes import Request, Wishes, closed_units, default_goals
from planner.report import cohort_tables
from planner.rules.rule import WAYS
from tests import oracle, strategies
from tests.strategies import at_least, numbered, of_hours

HEADER = "learner,name,pins,excludes,held,tasks"


def read(
    qualification: Qualification, *rows: str, header: str = HEADER, offer: Sequence[str] | None = None
) -> tuple[tuple[Request, ...], tuple[Problem, ...]]:
    """What a CSV file with these rows says."""
    return read_cohort(qualification, "cohort.csv", "\n".join([header, *rows]).encode(), offer)


def random_cohort(
    qualification: Qualification, number: int, seed: int, sizes: Sequence[int] = (0, 1, 2, 4)
) -> list[Request]:
    """So many learners with random wishes; some have a job, some a small offer, some ask what others ask."""
    rng = random.Random(seed)
    requests = list[Request]()
    for learner in range(1, number + 1):
        if requests and rng.random() < 0.1:
            wishes = rng.choice(requests).wishes
        else:
            asked = strategies.random_wishes(rng, list(qualification.by_ref), sizes)
            pins, excludes, held = (frozenset(asked[key]) for key in ("pin", "exclude", "held"))
            tasks = tuple(rng.sample(sorted(qualification.tasks), 2)) if rng.random() < 0.3 else ()
            offer = rng.sample(sorted(qualification.by_ref), 30) if rng.random() < 0.1 else None
            closed = closed_units(qualification, offer, held)
            wishes = Wishes(
                pins, excludes, held, default_goals(qualification, tasks, ()), tasks, closed=closed
            )
        requests.append(Request(f"Learner {learner}", wishes, row=learner + 1))
    return requests


def assert_answered_one_by_one(planned: Cohort, requests: Sequence[Request]) -> Counter[str]:
    """Every request has, in its place, what the solver answers to it; returns how many of each status."""
    assert [given.request for given in planned.answers] == list(requests)
    for given in planned.answers:
        alone = answer(planned.qualification, given.request.wishes)
        assert same_answer(given, alone), given.request
    return Counter(given.status for given in planned.answers)


def same_answer(given: Answer, plan: Plan) -> bool:
    """Whether a learner's answer says what a plan says."""
    figures = ("status", "found", "units", "new_units", "glh", "new_glh", "credits", "learning_hours")
    reasons = ("conflicts", "conflicts_complete", "outside_offer", "repairs")
    return all(getattr(given, name) == getattr(plan, name) for name in (*figures, *reasons))


# The file.


def test_a_row_is_read_as_people_type_it(real: Qualification) -> None:
    requests, problems = read(
        real, "L7, Ada Example ,l6010933;M/502/4300 , t5030342,f/502/4396 L-601-1225,telesales inbound-calls"
    )
    assert not problems
    assert requests == (
        Request(
            "L7",
            Wishes(
                frozenset({"L/601/0933", "M/502/4300"}),
                frozenset({"T/503/0342"}),
                frozenset({"F/502/4396", "L/601/1225"}),
                ("fit", "glh", "units"),
                ("telesales", "inbound-calls"),
            ),
            "Ada Example",
            2,
        ),
    )


def test_only_the_learner_column_is_needed(real: Qualification) -> None:
    requests, problems = read(real, "Learner 1", "", "Learner 2", header="Learner")
    assert not problems
    assert [(request.learner, request.wishes, request.row) for request in requests] == [
        ("Learner 1", Wishes(), 2),
        ("Learner 2", Wishes(), 4),
    ]


def test_bad_rows_are_listed_with_all_that_is_wrong_and_good_rows_are_read(real: Qualification) -> None:
    requests, problems = read(
        real,
        "L1,,L/601/0933,,,",
        ",Without Learner,,,,",
        "L2,,L/601/0934,X Y,,telesale",
        "L1,,,,,",
        "L2,,,,,",
        "L3,,,,,",
        "L3,,,,Z9,",
        "L4,,,,,",
    )
    assert [request.learner for request in requests] == ["L1", "L3", "L4"]
    unknown = "no unit of this qualification has this ref"
    assert [(p.row, p.field, p.value, p.message) for p in problems] == [
        (3, "learner", "(empty)", "must not be empty"),
        (4, "pins", "L/601/0934", f"{unknown}; did you mean L/601/0933?"),
        (4, "excludes", "X Y", unknown),
        (4, "tasks", "telesale", "no such task; did you mean telesales?"),
        (5, "learner", "L1", "row 2 has this learner already"),
        (6, "learner", "L2", "row 4 has this learner already"),
        (8, "learner", "L3", "row 7 has this learner already"),
        (8, "held", "Z9", unknown),
    ]
    assert {p.source for p in problems} == {"cohort.csv"}


def test_each_row_of_a_file_is_counted_once_and_a_clash_belongs_to_a_person(real: Qualification) -> None:
    """A row with three faults is one row to mend, and a cell with three unknown words one problem."""
    group_b = [ref for ref, row in oracle.ROWS.items() if row.group == "B"]
    requests, problems = read(
        real,
        "L1,,,,,",
        "L2,,J/502/4299 M/502/4300,,,",
        f"L3,,,{' '.join(group_b[1:])},,",
        "L4,,,,,answering the phone",
        ",,nonsense,,,telesale",
    )
    assert [(p.row, p.field, p.value) for p in problems] == [
        (5, "tasks", "answering the phone"),
        (6, "learner", "(empty)"),
        (6, "pins", "nonsense"),
        (6, "tasks", "telesale"),
    ]
    assert problems[0].message == "no such task; a task is written as its id, such as inbound-calls"
    planned = plan_cohort(real, requests, problems=problems)
    assert planned.rows == {"planned": 1, "impossible": 2, "undecided": 0, "to_mend": 2}
    assert cohort_tables.cohort_words(planned) == (
        "5 rows: 1 planned, 2 impossible, 2 to mend. 93 guided hours to do on average."
    )
    assert [cohort_tables.clash_words(answer) for answer in planned.answers][:2] == [
        "",
        "Asked for Using Email, level 1 (J/502/4299) and Using Email, level 2 (M/502/4300): no longer ask for "
        "Using Email, level 1 (J/502/4299), for a plan of 98 guided hours.",
    ]
    last = planned.answers[2]
    assert cohort_tables.clash_words(last).startswith("Left out 6 of 7 units of group B: allow ")
    assert last.repairs[0].cost == min(repair.cost for repair in last.repairs)
    (only,) = plan_cohort(real, read(real, "L1,,,D/503/0352,,")[0]).answers
    assert cohort_tables.clash_words(only) == (
        "Left out Comply with health and safety procedures in a contact centre (D/503/0352): allow it, for a plan "
        "of 93 guided hours."
    )


def test_where_every_row_is_bad_there_are_problems_and_no_requests(real: Qualification) -> None:
    requests, problems = read(real, "L1,,nonsense,,,")
    assert not requests
    assert [p.row for p in problems] == [2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER, "lists no learner"),
        (f"{HEADER}\n\n,,,,,\n", "lists no learner"),
        ("pins,excludes\nL/601/0933,", "learner"),
        ("learner,pins,pins\nL1,,", "pins"),
        ("", "cohort.csv"),
    ],
)
def test_a_file_in_which_nothing_can_be_answered_is_refused(
    real: Qualification, content: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_cohort(real, "cohort.csv", content.encode())


def test_a_file_without_any_table_lists_no_learner(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort_rows, "grids", lambda *_: ())
    with pytest.raises(DataError, match="lists no learner"):
        read_cohort(real, "cohort.xlsx", b"")


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these sheets."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_of_a_workbook_the_sheet_cohort_is_read_else_the_first(real: Qualification) -> None:
    cover: list[list[object]] = [["About this file"]]
    learners: list[list[object]] = [["learner", "pins"], [17, "L/601/0933"]]
    for content in (workbook(Cover=cover, Cohort=learners), workbook(List=learners, Notes=cover)):
        requests, problems = read_cohort(real, "cohort.xlsx", content)
        assert not problems
        assert [(r.learner, r.wishes.pins) for r in requests] == [("17", frozenset({"L/601/0933"}))]
    requests, problems = read_cohort(real, "cohort.xlsx", workbook(Cover=cover, List=learners))
    assert (len(requests), problems) == (1, ())


def test_what_a_centre_does_not_offer_is_closed_unless_held(real: Qualification) -> None:
    offer = sorted(set(real.by_ref) - {"H/600/9660", "K/503/0385"})
    (first, second), _ = read(real, "L1,,,,,", "L2,,,,K/503/0385,", offer=offer)
    assert first.wishes.closed == {"H/600/9660", "K/503/0385"}
    assert second.wishes.closed == {"H/600/9660"}


# The answers.


def test_400_learners_get_what_each_would_get_alone(real: Qualification) -> None:
    requests = random_cohort(real, 400, seed=400)
    statuses = assert_answered_one_by_one(plan_cohort(real, requests), requests)
    assert min(statuses["optimal"], statuses["infeasible"]) >= 40
    assert statuses.total() == 400


def all_different(qualification: Qualification, number: int) -> list[Request]:
    """So many requests, no two of which wish the same."""
    pairs = itertools.combinations(sorted(qualification.by_ref), 2)
    return [
        Request(f"L{place}", Wishes(excludes=frozenset(pair)))
        for place, pair in enumerate(itertools.islice(pairs, number))
    ]


def test_few_learners_are_planned_without_a_pool(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pool(_: Qualification) -> None:
        raise AssertionError("listed the minimal selections")

    monkeypatch.setattr(batch, "pool_of", no_pool)
    requests = random_cohort(real, 20, seed=20)
    assert_answered_one_by_one(plan_cohort(real, requests), requests)
    different = all_different(real, 100)
    assert len(plan_cohort(real, [*different[:99], *different[:50]]).answers) == 149
    with pytest.raises(AssertionError, match="listed the minimal selections"):
        plan_cohort(real, different)


def test_wishes_that_the_pool_does_not_cover_are_answered_by_the_solver(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "ENOUGH_FOR_POOL", 1)
    goals: list[tuple[str, ...]] = [("glh", "units"), ("credits", "glh"), ("strategies", "units"), ("glh",)]
    requests = [
        replace(request, wishes=replace(request.wishes, goals=goals[number % 4], tasks=()))
        for number, request in enumerate(random_cohort(real, 40, seed=4))
    ]
    requests += [Request("Careful", Wishes(survive=1)), Request("None", Wishes(goals=()))]
    assert_answered_one_by_one(plan_cohort(real, requests), requests)


def test_rules_that_speak_of_held_units_are_audited_learner_by_learner() -> None:
    refs = numbered(4)
    held_one = Bound("held", "one held unit counts", dict.fromkeys(refs, 1), at_least=1, held=frozenset(WAYS))
    qualification = of_hours([4, 3, 2, 1], [at_least(2, refs), held_one])
    requests = [
        Request(f"Learner {number}", Wishes(held=frozenset(refs[:number]))) for number in range(len(refs))
    ]
    statuses = assert_answered_one_by_one(plan_cohort(qualification, requests), requests)
    assert statuses == {"optimal": 3, "infeasible": 1}


def test_equal_wishes_are_answered_once_and_every_learner_has_them(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Wishes]()

    def counted(qualification: Qualification, wishes: Wishes, seconds: float) -> Plan:
        asked.append(wishes)
        return answer(qualification, wishes, seconds)

    monkeypatch.setattr(batch, "answer", counted)
    different = [Wishes(pins=frozenset({ref})) for ref in sorted(real.by_ref)[:5]]
    requests = [Request(f"Learner {number}", different[number % 5]) for number in range(40)]
    reports = list[tuple[int, int]]()
    planned = plan_cohort(real, requests, progress=lambda done, total: reports.append((done, total)))
    assert asked == different
    assert reports == [(done, 40) for done in (8, 16, 24, 32, 40)]
    assert [given.request for given in planned.answers] == requests
    assert all(
        given.units == planned.answers[number % 5].units for number, given in enumerate(planned.answers)
    )


def test_no_learner_at_all_is_an_empty_cohort(real: Qualification) -> None:
    problem = Problem("cohort.csv", "must not be empty", 2, "learner", "(empty)")
    planned = plan_cohort(real, [], problems=[problem])
    assert (planned.answers, planned.problems) == ((), (problem,))
    assert (planned.unit_demand, planned.strategy_demand) == ({}, {})


def test_undecided_is_neither_a_plan_nor_a_conflict(real: Qualification) -> None:
    planned = plan_cohort(real, [Request("Learner 1", Wishes())], seconds=0.0)
    (given,) = planned.answers
    assert planned.to_json()["reproducible"] is False
    assert (given.status, given.found, given.units, given.conflicts) == ("unknown", False, (), ())
    assert (given.new_glh, given.glh, given.credits, given.learning_hours) == (None, None, None, None)


def test_demand_counts_who_needs_a_unit_new(real: Qualification) -> None:
    held = Wishes(held=frozenset({"D/503/0352", "H/600/9660"}))
    impossible = Wishes(excludes=frozenset({"D/503/0352"}))
    requests = [
        Request(name, wishes) for name, wishes in zip("abc", (Wishes(), held, impossible), strict=True)
    ]
    planned = plan_cohort(real, requests)
    # The 93-hour plan, once without what is held; see the oracle's tests.
    assert planned.unit_demand == {
        "D/503/0352": 1,
        "T/503/0342": 2,
        "H/503/0403": 2,
        "J/503/0426": 2,
        "K/503/0385": 2,
        "L/503/0394": 2,
        "H/600/9660": 1,
    }
    assert list(planned.unit_demand) == [ref for ref in real.by_ref if ref in planned.unit_demand]
    assert planned.strategy_demand == {"A": 2, "D": 1}


def test_the_json_is_what_the_contract_says(real: Qualification) -> None:
    requests, problems = read(real, "L1,,,,D/503/0352,", "L2,,,D/503/0352,,", "L3,,nothing,,,")
    document = plan_cohort(real, requests, problems=problems).to_json()
    assert json.loads(json.dumps(document)) == document
    assert document["qualification"] == real.to_json()
    assert document["data"] == real.digest
    assert document["reproducible"] is True
    assert document["learners"] == [
        {
            "learner": "L1",
            "status": "optimal",
            "units": list(planner.plan(real).units),
            "new_glh": 84,
            "credits": 28,
            "conflicts": [],
            "outside_offer": [],
            "repairs": [],
        },
        {
            "learner": "L2",
            "status": "infeasible",
            "units": [],
            "new_glh": None,
            "credits": None,
            "conflicts": [{"rules": ["mandatory"], "pins": [], "excludes": ["D/503/0352"]}],
            "outside_offer": [],
            "repairs": [{"unpin": [], "allow": ["D/503/0352"], "new_glh": 93}],
        },
    ]
    assert document["rows"] == {"planned": 1, "impossible": 1, "undecided": 0, "to_mend": 1}
    assert document["problems"] == [
        {
            "row": 4,
            "field": "pins",
            "value": "nothing",
            "message": "no unit of this qualification has this ref",
        }
    ]


BEST = planner.plan(planner.load()).units


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        (Wishes(), Best(BEST[1:], 84)),  # a rule is broken: the first is mandatory
        (Wishes(), Best(BEST, 92)),  # other hours than the units have
        (Wishes(excludes=frozenset({"L/503/0394"})), Best(BEST, 93)),
        (Wishes(closed=frozenset({"L/503/0394"})), Best(BEST, 93)),
        (Wishes(pins=frozenset({"L/601/0933"})), Best(BEST, 93)),
    ],
)
def test_a_plan_that_fails_its_audit_is_never_an_answer(
    real: Qualification, monkeypatch: pytest.MonkeyPatch, wishes: Wishes, found: Best
) -> None:
    monkeypatch.setattr(batch, "ENOUGH_FOR_POOL", 1)
    assert planner.plan(real).units == BEST
    assert plan_cohort(real, [Request("Learner 1", wishes)]).answers[0].found
    monkeypatch.setattr(Pool, "best", lambda *_: found)
    with pytest.raises(DisagreementError, match="does not stand up to its audit"):
        plan_cohort(real, [Request("Learner 1", wishes)])


def test_a_plan_with_units_in_reserve_is_an_answer_like_any_other() -> None:
    refs = numbered(3)
    qualification = of_hours([10, 20, 30], [Bound("one", "exactly one", dict.fromkeys(refs, 1), 1, 1)])
    wishes = Wishes(survive=1)
    alone = answer(qualification, wishes)
    assert (alone.units, alone.spare, alone.new_glh) == (("U00",), ("U01",), 30)
    (given,) = plan_cohort(qualification, [Request("Learner 1", wishes)]).answers
    assert same_answer(given, alone)
    assert given.spare == alone.spare


def test_impossible_without_a_conflict_is_never_an_answer(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def groundless(qualification: Qualification, wishes: Wishes, _: float) -> Plan:
        return Plan(qualification, wishes, "infeasible")

    monkeypatch.setattr(batch, "answer", groundless)
    with pytest.raises(DisagreementError, match="without a conflict"):
        plan_cohort(real, [Request("Learner 1", Wishes())])


# Elsewhere.


@pytest.fixture
def for_processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sends all to processes, and makes sure that none is left behind."""
    monkeypatch.setattr(batch, "FEW", 0)
    monkeypatch.setattr(batch, "ENOUGH_FOR_POOL", 10**9)
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) == before


@pytest.mark.usefixtures("for_processes")
def test_two_workers_give_the_same_answers(real: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = random_cohort(real, 400, seed=2)
    here = plan_cohort(real, requests)

    def not_here(*_: object) -> Plan:
        raise AssertionError("solved in this process")

    monkeypatch.setattr(batch, "answer", not_here)
    reports = list[tuple[int, int]]()
    planned = plan_cohort(real, requests, workers=2, progress=lambda *report: reports.append(report))
    assert planned == here
    assert reports[-1] == (400, 400)
    assert len(reports) > 10
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)


@pytest.mark.usefixtures("for_processes")
def test_an_interrupt_calls_off_what_is_left_and_leaves_no_process(real: Qualification) -> None:
    requests = random_cohort(real, 400, seed=3)
    reports = list[int]()

    def interrupted(done: int, _: int) -> None:
        reports.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_cohort(real, requests, workers=2, progress=interrupted)
    assert len(reports) == 1
    assert reports[0] < 400


def test_an_interrupt_from_the_terminal_is_the_callers_to_heed_not_the_workers() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        with batch._processes(1) as executor:
            assert executor.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_one_worker_and_few_requests_stay_in_this_process(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def no_processes(_: int) -> Iterator[Executor]:
        raise AssertionError("started processes")
        yield

    monkeypatch.setattr(batch, "_processes", no_processes)
    requests = [replace(r, wishes=replace(r.wishes, goals=("credits",))) for r in random_cohort(real, 30, 5)]
    assert len(plan_cohort(real, requests, workers=2).answers) == 30
    monkeypatch.setattr(batch, "FEW", 0)
    assert len(plan_cohort(real, requests, workers=1).answers) == 30
    with pytest.raises(AssertionError, match="started processes"):
        plan_cohort(real, requests, workers=2)
    monkeypatch.undo()
    monkeypatch.setattr(batch, "_processes", no_processes)
    monkeypatch.setattr(batch, "ENOUGH_FOR_POOL", 10**9)
    requests = all_different(real, 201)
    assert len(plan_cohort(real, requests[:200], workers=2).answers) == 200
    with pytest.raises(AssertionError, match="started processes"):
        plan_cohort(real, requests, workers=2)


class Elsewhere(Executor):
    """An executor that does at once what it is given, or with it what it is told to; counts the parts."""

    def __init__(self, instead: Callable[[Future[Any]], None] | None = None) -> None:
        self.futures: list[Future[Any]] = []
        self.closed = False
        self._instead = instead

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future of the call."""
        future: Future[Any] = Future()
        self.futures.append(future)
        if self._instead:
            self._instead(future)
        else:
            future.set_result(fn(*args, **kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Notes that it was closed."""
        self.closed = True


def test_an_executor_is_given_everything_in_parts_and_left_open(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = random_cohort(real, 400, seed=6)
    here = plan_cohort(real, requests)
    monkeypatch.setattr(batch, "pool_of", lambda _: None)  # of this process; workers would have their own
    elsewhere = Elsewhere()
    assert plan_cohort(real, requests, executor=elsewhere) == here
    assert 20 <= len(elsewhere.futures) <= batch.CHUNKS
    assert not elsewhere.closed


def test_threads_that_share_a_qualification_give_the_same_answers(real: Qualification) -> None:
    requests = random_cohort(real, 300, seed=7)
    with ThreadPoolExecutor(2) as threads:
        assert plan_cohort(real, requests, executor=threads) == plan_cohort(real, requests)


def test_a_worker_unpickles_a_qualification_once(real: Qualification) -> None:
    batch._unpickled.cache_clear()
    plan_cohort(real, random_cohort(real, 300, seed=8), executor=Elsewhere())
    assert batch._unpickled.cache_info().misses == 1


def broken(future: Future[Any]) -> None:
    """What becomes of a part whose process has died."""
    future.set_exception(BrokenExecutor("gone"))


def cancelled(future: Future[Any]) -> None:
    """What becomes of a part whose scheduler has gone."""
    future.cancel()
    future.set_running_or_notify_cancel()


@pytest.mark.parametrize("end", [broken, cancelled])
def test_workers_that_end_early_are_told_of_in_words(
    real: Qualification, end: Callable[[Future[Any]], None]
) -> None:
    with pytest.raises(DataError, match="workers: ended before every learner was answered"):
        plan_cohort(real, random_cohort(real, 50, seed=9), executor=Elsewhere(end))


def test_what_is_not_done_when_a_part_fails_is_called_off(real: Qualification) -> None:
    elsewhere = Elsewhere(lambda future: None)

    def fail_the_first(future: Future[Any]) -> None:
        if len(elsewhere.futures) == 1:
            future.set_exception(DisagreementError("a bug"))

    elsewhere._instead = fail_the_first
    with pytest.raises(DisagreementError, match="a bug"):
        plan_cohort(real, random_cohort(real, 100, seed=10), executor=elsewhere)
    assert len(elsewhere.futures) > 5
    assert all(future.cancelled() for future in elsewhere.futures[1:])


def test_the_hours_of_a_cohort_are_the_oracles(real: Qualification) -> None:
    requests = [
        request
        for request in random_cohort(real, 300, seed=11)
        if not request.wishes.tasks and not request.wishes.closed
    ]
    answers = plan_cohort(real, requests).answers
    for given in answers:
        wishes = given.request.wishes
        assert given.new_glh == oracle.least_hours(wishes.pins, wishes.excludes, wishes.held)
    assert sum(given.found for given in answers) >= 50
    assert sum(not given.found for given in answers) >= 10
