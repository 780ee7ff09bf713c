"""What the learner does at work: the file of tasks, plans that fit the job, the frontier of fit and hours."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner import DataError, Qualification, load, load_all
from planner.catalogue import Task
from tests import explore_oracle, oracle, strategies
from tests.explore_oracle import RealTables
from tests.strategies import AskedMore, Small, deep

SETTINGS = settings(
    max_examples=deep(80, 1_000),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

Folder = Callable[..., Path]

HEADER = "qualification,task,title,ref,reason,source"
CALLS = "Q1,calls,Answer calls,O1,Calls are what it is about,invented"


def folder_with(small: Folder, *rows: str, header: str = HEADER) -> Path:
    """A small data folder with these rows of tasks."""
    folder = small()
    (folder / "tasks.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return folder


def problems_of(folder: Path) -> list[str]:
    """What is wrong with a data folder."""
    with pytest.raises(DataError) as caught:
        load_all(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_every_unit_has_a_task_and_every_mapping_a_reason(real: Qualification) -> None:
    assert set(real.evidence(real.tasks)) == set(oracle.ROWS)
    assert len(real.tasks) >= 12
    titles = [task.title for task in real.tasks.values()]
    assert len(set(titles)) == len(titles)
    for name, task in real.tasks.items():
        assert task.id == name
        assert task.title
        assert task.source
        assert task.evidence
        for ref, reason in task.evidence.items():
            assert ref in oracle.ROWS
            assert len(reason.split()) >= 3
            assert "\n" not in reason


def test_evidence_names_the_task_and_the_reason(real: Qualification) -> None:
    evidence = real.evidence(["telesales", "complaints"])
    assert set(evidence) == set(real.tasks["telesales"].evidence) | set(real.tasks["complaints"].evidence)
    assert evidence["L/503/0394"] == {"telesales": "Sales calls are direct sales activities"}
    assert real.evidence([]) == {}


def test_tasks_are_read_by_qualification(small: Folder) -> None:
    rows = (CALLS, "Q1,calls,Answer calls,o-2,So is this,invented", "Q1,letters,Write letters,M1,It shows,")
    loaded = load("Q1", folder_with(small, *rows))
    assert loaded.tasks == {
        "calls": Task(
            "calls", "Answer calls", {"O1": "Calls are what it is about", "O2": "So is this"}, "invented"
        ),
        "letters": Task("letters", "Write letters", {"M1": "It shows"}, ""),
    }


def test_data_without_a_file_of_tasks_loads(small: Folder) -> None:
    loaded = load("Q1", small())
    assert loaded.tasks == {}
    assert loaded.evidence([]) == {}


def test_the_column_with_the_source_is_optional(small: Folder) -> None:
    folder = folder_with(small, "Q1,calls,Answer calls,O1,Because", header=HEADER.removesuffix(",source"))
    assert load("Q1", folder).tasks["calls"] == Task("calls", "Answer calls", {"O1": "Because"})


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "Q1,calls,Answer calls,X9,Because,",
            "tasks.csv, row 3, ref = 'X9': no unit of this qualification has this ref",
        ),
        (
            "Q1,calls,Answer calls,O22,Because,",
            "tasks.csv, row 3, ref = 'O22': no unit of this qualification has this ref; did you mean O2?",
        ),
        (
            "Q7,calls,Answer calls,O2,Because,",
            "tasks.csv, row 3, qualification = 'Q7': no qualification on file",
        ),
        (
            "Q1,calls,Answer calls,o1,Because,",
            "tasks.csv, row 3, ref = 'o1': task calls has this unit already",
        ),
        ("Q1,calls,Answer calls,O2,,", "tasks.csv, row 3, reason = '(empty)': must not be empty"),
        ("Q1,,Answer calls,O2,Because,", "tasks.csv, row 3, task = '(empty)': must not be empty"),
        (
            "Q1,calls,Take calls,O2,Because,",
            "tasks.csv, row 3, title = 'Take calls': task calls has the title 'Answer calls' above",
        ),
        (
            "Q1,in calls,Answer calls,O2,Because,",
            "tasks.csv, row 3, task = 'in calls': must be one plain word",
        ),
        ("Q1,calls,Answer calls,O2", "tasks.csv, row 3: has 4 cells where the header has 6"),
    ],
)
def test_a_bad_row_is_named_exactly(small: Folder, row: str, problem: str) -> None:
    (found,) = problems_of(folder_with(small, CALLS, row))
    # A hint at the nearest known word may follow where none is expected to the letter.
    assert found == problem or (found.startswith(f"{problem}; did you mean ") and "Q7" in row)


def test_a_unit_that_nobody_knows_is_not_there_already(small: Folder) -> None:
    rows = ("Q1,calls,Answer calls,X9,Because,", "Q1,calls,Answer calls,X8,Because,")
    found = problems_of(folder_with(small, *rows))
    assert [problem.split(":")[1] for problem in found] == [" no unit of this qualification has this ref"] * 2


def test_all_bad_rows_are_named_at_once(small: Folder) -> None:
    rows = (CALLS, "Q1,calls,Answer calls,X9,Because,", CALLS, "Q1,calls,Answer calls,O2,,")
    assert [problem.split(":")[0] for problem in problems_of(folder_with(small, *rows))] == [
        "tasks.csv, row 3, ref = 'X9'",
        "tasks.csv, row 4, ref = 'O1'",
        "tasks.csv, row 5, reason = '(empty)'",
    ]


def test_a_missing_or_unknown_column_is_named(small: Folder) -> None:
    header = "qualification,task,title,ref,reasons"
    found = problems_of(folder_with(small, "Q1,calls,Answer calls,O1,Because", header=header))
    assert found == [
        "tasks.csv, row 1, reason: this column is missing; did you mean reasons?",
    ]


def test_bad_tasks_are_named_beside_bad_units(small: Folder) -> None:
    folder = folder_with(small, CALLS, "Q1,calls,Call them,M1,Because,", "Q1,calls,Answer calls,X9,,")
    units = (folder / "units.csv").read_text(encoding="utf-8")
    (folder / "units.csv").write_text(units.replace("Q1,M,,M1", "Q1,,,M1"), encoding="utf-8")
    assert problems_of(folder) == [
        "units.csv, row 2, group = '(empty)': must not be empty",
        "tasks.csv, row 3, title = 'Call them': task calls has the title 'Answer calls' above",
        "tasks.csv, row 4, reason = '(empty)': must not be empty",
    ]


def test_without_units_no_number_and_no_ref_of_a_task_is_blamed(small: Folder) -> None:
    folder = folder_with(small, "Q7,calls,Answer calls,X9,Because,")
    (folder / "units.csv").unlink()
    assert problems_of(folder) == ["units.csv: there is no such file"]


def test_the_tasks_are_part_of_the_data_that_an_answer_names(small: Folder) -> None:
    digests = [load("Q1", folder_with(small, CALLS)).digest]
    digests.append(load("Q1", folder_with(small, CALLS.replace("O1", "O2"))).digest)
    assert digests[0] != digests[1]


def test_with_a_job_fit_comes_first_and_then_the_hours(real: Qualification) -> None:
    answer = planner.plan(real, tasks=["complaints", "records"])
    assert [goal.id for goal in answer.goals] == ["fit", "glh", "units"]
    assert all(goal.proven for goal in answer.goals)
    assert [goal.id for goal in planner.plan(real, tasks=["records"], goals=["glh", "fit"]).goals] == [
        "glh",
        "fit",
    ]


def test_fit_is_as_the_oracle_says_under_random_jobs(real: Qualification) -> None:
    rng = random.Random(51)
    answered = 0
    while answered < 60:
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 4))
        tasks = rng.sample(sorted(real.tasks), rng.randint(1, 6))
        evidence = {ref for task in tasks for ref in real.tasks[task].evidence}
        cost = explore_oracle.fit_cost(evidence, asked["held"])
        least = RealTables(cost, asked["pin"], asked["exclude"]).least
        answer = planner.plan(real, **asked, tasks=tasks)
        assert answer.found == (least is not None), (asked, tasks)
        if least is None:
            continue
        answered += 1
        lacking = set(answer.new_units) - evidence - set(oracle.MANDATORY)
        assert 10_000 * len(lacking) + (answer.new_glh or 0) == least, (asked, tasks)
        assert [goal.value for goal in answer.goals[:2]] == [len(lacking), answer.new_glh]


def test_the_frontier_is_the_oracles_on_the_real_qualification(real: Qualification) -> None:
    rng = random.Random(102)
    lengths = set()
    for _ in range(15):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 0, 1, 3))
        tasks = rng.sample(sorted(real.tasks), rng.randint(1, 4))
        evidence = {ref for task in tasks for ref in real.tasks[task].evidence}
        expected = explore_oracle.real_frontier(evidence, asked["pin"], asked["exclude"], asked["held"])
        found = planner.explore(real, **asked, tasks=tasks)
        points = []
        for plan in found.frontier:
            lacking = set(plan.new_units) - evidence - set(oracle.MANDATORY)
            assert not oracle.broken_rules(plan.units)
            assert set(asked["pin"]) <= set(plan.units)
            assert not set(asked["exclude"]) & set(plan.units)
            points.append((len(lacking), plan.new_glh))
        assert points == expected, (asked, tasks)
        lengths.add(len(points))
        if found.best.found:
            assert found.frontier[0].units == found.best.units
    assert max(lengths) >= 3


def test_the_frontier_is_drawn_for_a_job_only(real: Qualification) -> None:
    assert planner.explore(real).frontier == ()
    found = planner.explore(real, tasks=["complaints", "difficult-customers"]).to_json()
    assert {tuple(point) for point in found["frontier"]} == {
        ("units", "spare", "without_evidence", "new_glh")
    }
    figures = [(point["without_evidence"], point["new_glh"]) for point in found["frontier"]]
    assert figures == sorted(figures)
    assert figures[-1][1] == 93


NOTHING: AskedMore = {
    "pin": [], "exclude": [], "held": [], "goals": None, "tasks": [], "keep": [], "survive": 0,
}  # fmt: skip
"""A request that asks for nothing in particular."""


def test_the_frontier_is_that_of_brute_force() -> None:
    lengths: Counter[int] = Counter()

    @settings(SETTINGS, max_examples=deep(100, 1_000))
    @given(strategies.small_jobs(most_rules=2) | strategies.with_room(), st.data())
    def drawn(small: Small, data: st.DataObject) -> None:
        asked = data.draw(strategies.asked_more(small))
        if data.draw(st.sampled_from([True, True, False])):  # the job alone decides
            asked = {**NOTHING, "tasks": sorted(small.tasks)}
        request = strategies.as_request(small, asked)
        found = planner.explore(small.qualification(), **asked)
        lengths[len(found.frontier)] += 1
        if not asked["tasks"] or not explore_oracle.ranked(request):
            assert found.frontier == ()
            return
        expected = explore_oracle.frontier(request)
        assert [(strategies.as_chosen(plan), plan.new_glh) for plan in found.frontier] == [
            (chosen, hours) for _, hours, chosen in expected
        ]
        assert [point["without_evidence"] for point in found.to_json()["frontier"]] == [
            lacking for lacking, _, _ in expected
        ]

    drawn()
    assert lengths[1] >= 20
    assert lengths.total() - lengths[0] - lengths[1] >= deep(5, 50)
