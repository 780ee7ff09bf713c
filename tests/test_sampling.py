"""Samples of assessments against brute force, and the edges of a policy."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import combinations
from math import ceil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import DataError
from planner.assurance import Assessment, Policy, draw_sample, load_policy, read_assessments
from planner.assurance.policy import PolicyRule
from planner.assurance.sampling import Sampling
from planner.report.sampling_tables import actions_table, sample_words, sampling_workbook, strata_table
from tests.strategies import deep
from tests.test_cli import Run, run

__all__ = ["run"]

HEADER = "learner,ref,assessor,date,iqa,risk"
DAY = date(2026, 3, 2)


@pytest.fixture
def policy_of(tmp_path: Path) -> Callable[..., Policy]:
    """A policy of these rules, each as TOML."""

    def made(*rules: str) -> Policy:
        path = tmp_path / "policy.toml"
        entries = (f'[[rule]]\nid = "r{n}"\ntext = "rule {n}"\n{rule}\n' for n, rule in enumerate(rules))
        path.write_text('id = "p"\ntitle = "A policy"\n' + "".join(entries), encoding="utf-8")
        return load_policy(path)

    return made


def assessments(*rows: str) -> tuple[Assessment, ...]:
    """One a text: learner, unit, assessor, iqa and risk, separated by blanks; - for nothing."""
    found = []
    for number, row in enumerate(rows, start=2):
        learner, unit, assessor, iqa, risk = (*row.replace("-", "").split(" "), "", "", "")[:5]
        found.append(Assessment(learner, unit, assessor, DAY, iqa, {"risk": risk}, number))
    return tuple(found)


# The oracle: rules as plain dicts over plain dicts, every subset tried


def least_size(
    rules: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, str]], done: frozenset[int]
) -> int:
    """The size of the smallest set of rows that serves every stratum as far as it goes."""
    wanted = []
    for rule in rules:
        mine = [n for n, row in enumerate(rows) if all(row[k] in v for k, v in rule["where"].items())]
        for values in {tuple(rows[n][k] for k in rule["each"]) for n in mine}:
            members = [n for n in mine if tuple(rows[n][k] for k in rule["each"]) == values]
            asked = rule.get("at_least") or ceil(rule["percent"] * len(members) / 100 - 1e-9)
            able = [n for n in members if n not in done and rows[n]["iqa"] != rows[n]["assessor"]]
            wanted.append((set(able), min(asked - len(done.intersection(members)), len(able))))
    free = [n for n, row in enumerate(rows) if n not in done and row["iqa"] != row["assessor"]]
    for size in range(len(free) + 1):
        for chosen in combinations(free, size):
            if all(len(able.intersection(chosen)) >= least for able, least in wanted):
                return size
    raise AssertionError("all together serve everything")


def drawn_rule(rng: random.Random) -> dict[str, Any]:
    each = rng.sample(["learner", "ref", "assessor"], rng.randint(0, 2))
    rule: dict[str, Any] = {"each": each, "where": {"risk": ["high"]} if rng.random() < 0.4 else {}}
    return rule | (
        {"at_least": rng.randint(1, 3)} if rng.random() < 0.5 else {"percent": rng.randint(1, 100)}
    )


def toml(rule: Mapping[str, Any]) -> str:
    lines = [f"each = {json.dumps(rule['each'])}"] if rule["each"] else []
    lines += ['where = { risk = "high" }'] if rule["where"] else []
    lines += [f"{key} = {rule[key]}" for key in ("at_least", "percent") if key in rule]
    return "\n".join(lines)


def test_random_samples_are_as_small_as_can_be(policy_of: Callable[..., Policy]) -> None:
    rng = random.Random(9)
    sizes = []
    for _ in range(deep(60, 1_500)):
        rules = [drawn_rule(rng) for _ in range(rng.randint(1, 3))]
        number = rng.randint(0, 11)
        rows = [
            {
                "learner": f"L{rng.randrange(4)}", "ref": f"U{rng.randrange(3)}", "assessor": f"A{rng.randrange(3)}",
                "iqa": f"A{rng.randrange(3)}", "risk": rng.choice(["high", "low"]),
            }
            for _ in range(number)
        ]  # fmt: skip
        done = frozenset(rng.sample(range(number), rng.randint(0, number // 3)))
        found = [
            Assessment(
                r["learner"], r["ref"], r["assessor"], date(2026, 1, 1 + n), r["iqa"], {"risk": r["risk"]}, n
            )
            for n, r in enumerate(rows)
        ]
        policy = policy_of(*map(toml, rules))
        sample = draw_sample(policy, found, [found[n] for n in done], seed=rng.randrange(10**6))
        assert sample.status == "optimal"
        assert len(sample.sample) == sample.bound == least_size(rules, rows, done)
        assert all(stratum.met or stratum.sampled == stratum.available for stratum in sample.strata)
        sizes.append(len(sample.sample))
    assert len(set(sizes)) >= 6


# Rules


def test_each_side_of_a_percentage(policy_of: Callable[..., Policy]) -> None:
    four, five = (assessments(*[f"L{n} U A" for n in range(number)]) for number in (4, 5))
    quarter = policy_of("percent = 25")
    assert [len(draw_sample(quarter, rows, seed=1).sample) for rows in (four, five)] == [1, 2]
    assert len(draw_sample(policy_of("percent = 100"), five, seed=1).sample) == 5
    assert len(draw_sample(policy_of("at_least = 5"), five, seed=1).sample) == 5


def test_nobody_samples_an_assessment_of_their_own(policy_of: Callable[..., Policy]) -> None:
    rows = assessments("L1 U Jane JANE", "L2 U Jane Olu", "L3 U Tariq Tariq")
    sample = draw_sample(policy_of('each = ["assessor"]\nat_least = 1'), rows, seed=1)
    assert [each.learner for each in sample.sample] == ["L2"]
    (unmet,) = sample.unmet
    assert (unmet.agree, unmet.needed, unmet.available, unmet.sampled) == ({"assessor": "Tariq"}, 1, 0, 0)


def test_what_cannot_be_served_does_not_block_the_rest(policy_of: Callable[..., Policy]) -> None:
    rows = assessments("L1 U A - high", "L2 U A", "L3 U B")
    policy = policy_of('where = { risk = "high" }\nat_least = 2', 'each = ["assessor"]\nat_least = 1')
    sample = draw_sample(policy, rows, seed=1)
    assert (sample.status, len(sample.sample)) == ("optimal", 2)
    assert [(s.rule.id, s.needed, s.available, s.sampled) for s in sample.unmet] == [("r0", 2, 1, 1)]


def test_what_was_sampled_before_counts(policy_of: Callable[..., Policy]) -> None:
    rows = assessments("L1 U A", "L2 U A", "L3 U B")
    policy = policy_of('each = ["assessor"]\nat_least = 1')
    before = [Assessment("l1", "u", "A", DAY)]
    sample = draw_sample(policy, rows, before, seed=1)
    assert [each.learner for each in sample.sample] == ["L3"]
    assert [stratum.sampled for stratum in sample.strata] == [1, 1]


def test_the_seed_repeats_the_draw_and_another_draws_another(policy_of: Callable[..., Policy]) -> None:
    rows = assessments(*[f"L{n} U A" for n in range(40)])
    policy = policy_of("at_least = 3")
    draws = {
        seed: tuple(each.learner for each in draw_sample(policy, rows, seed=seed).sample)
        for seed in range(12)
    }
    assert len(set(draws.values())) >= 10
    assert all(
        tuple(e.learner for e in draw_sample(policy, rows, seed=s).sample) == d for s, d in draws.items()
    )
    seen = {learner for draw in draws.values() for learner in draw}
    assert len(seen) >= 18
    assert draw_sample(policy, rows).seed != draw_sample(policy, rows).seed


# Files


def test_assessments_are_read_as_people_type_them() -> None:
    content = f"{HEADER}\nAda,L/601/0933,Jane,2026-03-02,,\nAda,l6010933,Jane,2 Mar 2026,,\nBen,U,Jane,soon,,\n,U,J,2026-01-01,,\n"
    read = read_assessments(load_policy(), "a.csv", content.encode())
    assert [(each.learner, each.day) for each in read.assessments] == [("Ada", DAY)]
    assert [(p.row, p.field) for p in read.problems] == [(3, "ref"), (4, "date"), (5, "learner")]


def test_a_policy_names_what_is_wrong_with_it(policy_of: Callable[..., Policy], tmp_path: Path) -> None:
    for rules, message in (
        (["percent = 0"], "rule[1].percent"),
        (["percent = 101"], "rule[1].percent"),
        (["at_least = 1\npercent = 5"], "needs at_least or percent, and not both"),
        ([""], "needs at_least or percent, and not both"),
        (['at_least = 1\neach = "assessor"\nwho = 1'], "this key is unknown"),
    ):
        with pytest.raises(DataError) as caught:
            policy_of(*rules)
        assert message in str(caught.value), rules
    policy = policy_of('where = { method = "observation" }\nat_least = 1')
    with pytest.raises(DataError, match="method: this column is missing"):
        read_assessments(policy, "a.csv", b"learner,ref,assessor,date\nA,U,J,2026-01-01\n")


def test_the_command_answers_as_contracted(run: Run, tmp_path: Path) -> None:
    path, book = tmp_path / "a.csv", tmp_path / "sample.xlsx"
    path.write_text(
        f"{HEADER}\nAda,U1,Jane,2026-03-02,Olu,\nBen,U1,Tariq,2026-03-04,Olu,\n", encoding="utf-8"
    )
    code, out, err = run("sample", path, "--seed", "7", "--json", "--xlsx", book)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["status"], found["size"], found["bound"], found["seed"]) == ("optimal", 2, 2, 7)
    assert found["sample"][0] == {"row": 2, "learner": "Ada", "ref": "U1", "assessor": "Jane"}
    assert found["strata"][0] == {
        "rule": "every-assessor-and-unit",
        "stratum": {"assessor": "Jane", "ref": "U1"},
        "needed": 1,
        "available": 1,
        "sampled": 1,
    }
    assert (found["unmet"], found["problems"]) == ([], [])
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["Sample", "Sampled", "Strata", "Heat map", "Rejected rows", "About"]
    assert [cell.value for cell in sheets["Heat map"][5]] == ["Assessor", "U1"]
    again = run("sample", path, "--done", path, "--json")[1]
    assert json.loads(again)["size"] == 0
    assert "2 assessments to sample: no smaller sample keeps the policy" in " ".join(
        run("sample", path)[1].split()
    )
    assert run("sample", path, "--seed", "-1")[0] == 2
    assert run("sample", path, "--xlsx", tmp_path / "a.pdf")[0] == 2


def test_text_of_a_sample_never_becomes_a_formula() -> None:
    policy = load_policy()
    hostile = Assessment("=1+1", "=2", "@SUM(A1)", DAY)
    content = sampling_workbook(draw_sample(policy, [hostile], seed=1))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_the_workbook_is_handed_in_again_as_what_was_done(
    policy_of: Callable[..., Policy],
) -> None:
    rows = assessments("L1 U A", "L2 U A", "L3 U B", "L4 V B")
    policy = policy_of('each = ["assessor"]\nat_least = 2')
    seen = Sampling(DAY, "upheld", "Cite the log", date(2026, 5, 1), None)
    first = draw_sample(policy, rows, [replace(rows[0], sampling=seen)], seed=1)
    assert [each.learner for each in first.sample] == ["L2", "L3", "L4"]
    book = openpyxl.load_workbook(io.BytesIO(sampling_workbook(first, today=DAY)))
    sheet = book["Sample"]
    heads = [cell.value for cell in sheet[5]]
    assert heads[-5:] == ["Sampled on", "Outcome", "Action", "Action due", "Action done"]
    sheet.cell(6, heads.index("Sampled on") + 1, datetime(2026, 4, 1))
    sheet.cell(7, heads.index("Outcome") + 1, "not upheld")
    assert sheet["D6"].number_format == book["Sampled"]["D6"].number_format == "dd/mm/yyyy"
    kept = io.BytesIO()
    book.save(kept)
    read = read_assessments(policy, "done.xlsx", kept.getvalue())
    assert {each.learner: each.sampling for each in read.sampled} == {
        "L1": seen,
        "L2": Sampling(date(2026, 4, 1)),
    }
    assert [(p.sheet, p.row, p.field) for p in read.problems] == [("Sample", 7, "sampled_on")]
    again = draw_sample(policy, rows, read.sampled, seed=1)
    assert [each.learner for each in again.sample] == ["L3", "L4"]
    assert list(actions_table(again, date(2026, 5, 1))["Overdue"]) == ["no"]
    assert list(actions_table(again, date(2026, 5, 2))["Overdue"]) == ["yes"]


def test_an_action_that_was_done_says_which_it_was() -> None:
    content = "learner,ref,assessor,date,action,action_done\nA,U,J,2026-03-02,,2026-04-01\nB,U,J,2026-03-02,Cite,soon\n"
    read = read_assessments(load_policy(), "a.csv", content.encode())
    assert [(p.row, p.field) for p in read.problems] == [(2, "action"), (3, "action_done")]
    assert read.sampled == ()


def test_the_strata_that_are_not_met_stand_first(policy_of: Callable[..., Policy]) -> None:
    policy = policy_of('each = ["assessor"]\nat_least = 2')
    table = strata_table(draw_sample(policy, assessments("L1 U Ann", "L2 U Ann", "L3 U Bo"), seed=1))
    assert list(zip(table["Available"], table["Met"], strict=True)) == [(1, "no"), (2, "yes")]


def test_people_of_nearly_one_name_are_told_and_taken_for_different_people(
    policy_of: Callable[..., Policy],
) -> None:
    rows = ("L1,U1,Jo Example,2026-03-02", "l1,U2,Jo Example,2026-03-02", "L2,U1,jo example,2026-03-02")
    read = read_assessments(load_policy(), "a.csv", "\n".join(["learner,ref,assessor,date", *rows]).encode())
    apart = "they are taken for different people"
    pairs = ("Jo Example", "jo example"), ("jo example", "Jo Example"), ("L1", "l1"), ("l1", "L1")
    assert [str(problem) for problem in read.problems] == [
        f"a.csv, learner or assessor = '{one}': may be the same person as {other}: {apart}"
        for one, other in pairs
    ]
    assert len(read.assessments) == 3
    policy = policy_of('each = ["learner"]\nat_least = 1', 'each = ["assessor"]\nat_least = 1')
    drawn = draw_sample(policy, read.assessments, seed=1)
    assert [(stratum.words, stratum.available) for stratum in drawn.strata] == [
        ("learner L1", 1),
        ("learner l1", 1),
        ("learner L2", 1),
        ("assessor Jo Example", 2),
        ("assessor jo example", 1),
    ]


def test_a_sample_that_is_not_proven_smallest_says_what_is(policy_of: Callable[..., Policy]) -> None:
    drawn = draw_sample(policy_of("at_least = 1"), assessments("L1 U1 A", "L2 U1 A"), seed=5)
    assert sample_words(drawn) == (
        "1 assessment to sample: no smaller sample keeps the policy; this is proven. Drawn by the seed 5."
    )
    cut = replace(drawn, status="feasible", bound=0)
    assert sample_words(cut) == (
        "1 assessment to sample; whether fewer would do is not decided, 0 at least. Drawn by the seed 5."
    )


def test_a_rule_does_not_take_what_says_nothing_of_its_column() -> None:
    rule = PolicyRule(id="r", text="New assessors", where={"site": ["X"]}, percent=50)
    assert [rule.takes({"site": site}) for site in ("X", "x", "Y", "")] == [True, True, False, False]
    assert not rule.takes({})
