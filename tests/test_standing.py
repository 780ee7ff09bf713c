"""Where achieved units lead: hours, order and refs are those of the oracle, and the command `whatif`."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner import DataError, Qualification, load_all
from planner.portfolio.progression import Standing, standings
from planner.portfolio.verdict import judge
from planner.records.portfolios import Decision, Entry, Portfolio
from planner.report.record_book import record_workbook
from tests import oracle
from tests.conftest import HEADER
from tests.oracle import BoundDict, RuleDict, UnitDict
from tests.test_cli import Run, run
from tests.test_solver_against_oracle import BEST

__all__ = ["run"]

CONTACT, TEACHING, IT = "600/5106/1", "601/0143/X", "603/3646/8"

Expected = tuple[str, int | None, list[str], list[str]]
"""A standing as it should be: number, hours missing, units that count, units missing."""


# The second way: the two small qualifications by trying every selection, their rules read from their pages.


def way_to(units: list[str], credits: int | None, glh: int | None) -> dict[str, object]:
    """The JSON of a way home on which nothing is under way."""
    nothing: dict[str, object] = {"to_finish": [], "not_needed": []}
    return nothing | {"units": units, "to_start": units, "credits": credits, "glh": glh}


def rows_of(number: str) -> list[UnitDict]:
    """The units of a small qualification as the file lists them."""
    with oracle.UNITS_FILE.open(encoding="utf-8", newline="") as file:
        return [
            {
                "ref": line["ref"],
                "group": line["group"],
                "level": int(line["level"]),
                "credits": int(line["credits"]),
                "glh": int(line["glh"]),
                "strategy": line["strategy"],
                "barred_sets": line["barred_set"].split(),
            }
            for line in csv.DictReader(file)
            if line["qualification"] == number
        ]


def credits_of(
    units: Iterable[UnitDict], groups: str, at_least: int, at_most: int | None = None
) -> BoundDict:
    weights = {unit["ref"]: unit["credits"] for unit in units if unit["group"] in groups}
    return {
        "kind": "bound",
        "id": groups,
        "weights": weights,
        "at_least": at_least,
        "at_most": at_most,
        "held_only": False,
    }


UNITS: Mapping[str, list[UnitDict]] = {number: rows_of(number) for number in (TEACHING, IT)}
RULES: Mapping[str, list[RuleDict]] = {
    TEACHING: [
        credits_of(UNITS[TEACHING], "ABC", 12, 12),
        credits_of(UNITS[TEACHING], "A", 3),
        credits_of(UNITS[TEACHING], "B", 6),
        credits_of(UNITS[TEACHING], "C", 3),
    ],
    IT: [credits_of(UNITS[IT], "M", 16)],
}
REFS = {CONTACT: sorted(oracle.ROWS)} | {
    number: sorted(unit["ref"] for unit in units) for number, units in UNITS.items()
}


def best_plan(number: str, held: Collection[str]) -> list[str]:
    """The canonical best plan of a qualification for who holds these of its units."""
    if number == CONTACT:
        found = oracle.canonical_plan(("glh", "units"), held=held)
        assert found is not None
        return found
    chosen = oracle.best_plan(UNITS[number], RULES[number], ("glh", "units"), held=held)
    assert chosen is not None
    return sorted(chosen)


def hours_of(number: str, refs: Iterable[str]) -> int:
    hours = {unit["ref"]: unit["glh"] for unit in UNITS.get(number, ())}
    return sum(oracle.ROWS[ref].glh if number == CONTACT else hours[ref] for ref in refs)


def expected(achieved: Collection[str]) -> list[Expected]:
    """All three qualifications as they should be listed."""
    found: list[Expected] = []
    for number, refs in REFS.items():
        held = set(achieved) & set(refs)
        plan = best_plan(number, held)
        missing = [ref for ref in plan if ref not in held]
        found.append((number, hours_of(number, missing), [ref for ref in plan if ref in held], missing))
    return sorted(found, key=lambda one: (one[1], -len(one[2]), one[0]))


def told(found: Iterable[Standing]) -> list[Expected]:
    return [
        (
            standing.qualification.id,
            standing.verdict.home.new_glh,
            list(standing.verdict.counted),
            list(standing.verdict.home.new_units),
        )
        for standing in found
    ]


@pytest.fixture(scope="module")
def on_file() -> list[Qualification]:
    found = list(load_all().values())
    assert [qualification.id for qualification in found] == [TEACHING, CONTACT, IT]
    return found


# Hours and order


def test_without_achieved_units_the_shortest_qualification_comes_first(on_file: list[Qualification]) -> None:
    # By hand: 12+24+12 hours; 9+15+12+15+12+15+15; 30+20+10+30+30.
    found = standings(on_file, [])
    assert [(one.qualification.id, one.verdict.home.new_glh) for one in found] == [
        (TEACHING, 48),
        (CONTACT, 93),
        (IT, 120),
    ]
    assert told(found) == expected([])
    assert not any(one.verdict.rules_met or one.achieved for one in found)


def test_with_everything_achieved_every_qualification_is_met(on_file: list[Qualification]) -> None:
    achieved = [ref for refs in REFS.values() for ref in refs]
    found = standings(on_file, achieved)
    assert all(one.verdict.rules_met and one.verdict.home.new_glh == 0 for one in found)
    assert [list(one.achieved) for one in found] == [REFS[one.qualification.id] for one in found]
    # Among equals the one that counts more of them is first.
    numbers = [len(one.verdict.counted) for one in found]
    assert numbers == sorted(numbers, reverse=True)
    assert told(found) == expected(achieved)


def test_a_unit_too_many_of_group_b_is_surplus(on_file: list[Qualification]) -> None:
    # With both of group B it would be 3+6+6+3 credits, where exactly 12 are asked.
    achieved = ["H/505/0053", "D/505/0052", "J/502/9549"]
    first = standings(on_file, achieved)[0]
    assert (first.qualification.id, first.verdict.home.new_units) == (TEACHING, ("R/505/0050",))
    assert (first.verdict.counted, first.verdict.surplus) == (
        ("D/505/0052", "H/505/0053"),
        ("J/502/9549",),
    )
    assert first.achieved == tuple(sorted(achieved))


def held_at_random(rng: random.Random) -> list[str]:
    """Some units of each qualification, few or nearly all."""
    return [ref for refs in REFS.values() for ref in rng.sample(refs, rng.choice((0, 1, 2, len(refs) - 1)))]


def test_random_achieved_units_stand_as_the_oracle_says(on_file: list[Qualification]) -> None:
    rng = random.Random(5106)
    firsts, met = set(), 0
    for _ in range(12):
        achieved = held_at_random(rng)
        found = standings(on_file, achieved)
        assert told(found) == expected(achieved), achieved
        firsts.add(found[0].qualification.id)
        met += found[0].verdict.rules_met
    assert firsts == set(REFS)
    assert 0 < met < 12


def test_hours_of_many_random_achieved_units_are_the_oracles(on_file: list[Qualification]) -> None:
    rng = random.Random(2026)
    for _ in range(120):
        achieved = held_at_random(rng)
        found = {one.qualification.id: one for one in standings(on_file, achieved)}
        for number, standing in found.items():
            held = set(achieved) & set(REFS[number])
            if number == CONTACT:
                least = oracle.least_hours(held=held)
            else:
                least = hours_of(number, set(best_plan(number, held)) - held)
            assert standing.verdict.home.new_glh == least, achieved
            assert standing.verdict.rules_met == (least == 0)
            assert set(standing.achieved) == held
            counted = {*standing.verdict.counted, *standing.verdict.home.new_units}
            if number == CONTACT:
                assert oracle.broken_rules(counted) == set()


def test_the_order_does_not_depend_on_the_files_nor_on_the_order_of_the_units(
    on_file: list[Qualification],
) -> None:
    achieved = [*BEST[:3], "D/505/0052", "H/617/2423"]
    straight = standings(on_file, achieved)
    turned = standings(reversed(on_file), reversed(achieved))
    assert [one.to_json() for one in straight] == [one.to_json() for one in turned]


# Refs that several qualifications share, and refs of none

SHARED = (
    "QA,M,,U/1,Shared unit,2,4,10,,,",
    "QA,M,,U/2,Second unit,2,4,30,,,",
    "QB,M,,u1,Shared unit,2,4,10,,,",
    "QB,M,,V/1,Other unit,2,4,20,,,",
    "QC,M,,W/1,Only unit,2,4,5,,,",
)


def rules(number: str, credits: int) -> str:
    return (
        f'id = "{number}"\ntitle = "{number}"\nsource = "invented"\nverified = 2026-11-22\n'
        f'[[rule]]\nid = "total"\ntext = "{credits} credits"\ncount = "credits"\nat_least = {credits}\n'
    )


@pytest.fixture
def shared(small: Callable[..., Path]) -> Path:
    """QA and QB share a unit, each in its own spelling; QC asks for more than there is."""
    files = {name: rules(name, credits) for name, credits in (("QA", 8), ("QB", 8), ("QC", 9))}
    return small("\n".join([HEADER, *SHARED]), **files)


def test_a_shared_unit_counts_wherever_it_is_listed_under_the_ref_listed_there(shared: Path) -> None:
    found = standings(load_all(shared).values(), ["u-1"])
    assert told(found) == [
        ("QB", 20, ["u1"], ["V/1"]),
        ("QA", 30, ["U/1"], ["U/2"]),
        ("QC", None, [], []),
    ]


def test_what_a_unit_is_worth_elsewhere_is_said(small: Callable[..., Path], run: Run) -> None:
    rows = list(SHARED)
    (shared_row,) = (number for number, row in enumerate(rows) if row.startswith("QB") and ",u1," in row)
    cells = rows[shared_row].split(",")
    place = HEADER.split(",").index("credits")
    cells[place] = str(int(cells[place]) + 1)
    rows[shared_row] = ",".join(cells)
    files = {name: rules(name, credits) for name, credits in (("QA", 8), ("QB", 8), ("QC", 9))}
    folder = small("\n".join([HEADER, *rows]), **files)
    found = {one.qualification.id: one.differing for one in standings(load_all(folder).values(), ["u-1"])}
    level, credits, hours = (cells[HEADER.split(",").index(name)] for name in ("level", "credits", "glh"))
    here = f"level {level}, {credits} credits, {hours} guided hours"
    there = f"level {level}, {int(credits) - 1} credits, {hours} guided hours"
    assert found == {
        "QA": (f"U/1 has {there} here, {here} in QB.",),
        "QB": (f"u1 has {here} here, {there} in QA.",),
        "QC": (),
    }
    assert "has " + here + " here" in " ".join(run("whatif", "--unit", "u-1", "--data", folder)[1].split())


def test_a_qualification_no_way_leads_to_comes_last_with_its_reason(shared: Path) -> None:
    found = standings(load_all(shared).values(), ["W/1"])
    last = found[-1]
    assert (last.qualification.id, last.verdict.rules_met, last.verdict.home.found) == ("QC", False, False)
    assert last.achieved == ("W/1",)
    assert last.to_json()["missing"] == way_to([], None, None)
    assert last.to_json()["conflicts"] == [{"rules": ["total"], "pins": [], "excludes": []}]


def test_refs_of_no_qualification_are_all_named_with_the_nearest_of_any(on_file: list[Qualification]) -> None:
    with pytest.raises(DataError) as error:
        standings(on_file, ["D/503/0353", BEST[0], "H/505/0054", "nonsense", ""])
    problems = error.value.problems
    assert [problem.value for problem in problems] == ["D/503/0353", "H/505/0054", "nonsense", "(empty)"]
    assert "did you mean D/503/0352?" in problems[0].message
    assert "did you mean H/505/0053?" in problems[1].message
    assert "did you mean" not in problems[2].message + problems[3].message


def test_of_several_refs_in_one_text_the_unknown_one_is_named(on_file: list[Qualification]) -> None:
    with pytest.raises(DataError) as error:
        standings(on_file, [f"{BEST[0]}, D/503/0353; nonsense"])
    assert [problem.value for problem in error.value.problems] == ["D/503/0353", "nonsense"]


def test_units_are_typed_as_people_type_them_and_may_be_named_twice(on_file: list[Qualification]) -> None:
    typed = standings(on_file, ["d5030352", "D-503-0352", " d/503/0352 "])
    assert told(typed) == told(standings(on_file, ["D/503/0352"]))


def test_rules_met_come_before_a_unit_without_hours_that_is_missing(small: Callable[..., Path]) -> None:
    rows = (
        "QA,M,,U/1,Achieved unit,2,4,10,,,",
        "QA,M,,U/2,Unit without hours,2,4,0,,,",
        "QB,M,,U/1,Achieved unit,2,4,10,,,",
        "QC,M,,U/3,Other unit,2,4,1,,,",
    )
    files = {name: rules(name, credits) for name, credits in (("QA", 8), ("QB", 4), ("QC", 4))}
    found = standings(load_all(small("\n".join([HEADER, *rows]), **files)).values(), ["U/1"])
    # Both have no hours missing and count one unit; only QB's rules are met.
    assert [(one.qualification.id, one.verdict.rules_met, one.verdict.home.new_glh) for one in found] == [
        ("QB", True, 0),
        ("QA", False, 0),
        ("QC", False, 1),
    ]


# The command

KEYS = {
    "qualification", "rules_met", "decided", "counted", "surplus", "missing", "conflicts", "figures_differ",
    "data",
}  # fmt: skip


def as_json(run: Run, *arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    code, out, err = run("whatif", *arguments, "--json")
    found = json.loads(out)
    assert set(found) == {"standings"}
    return code, found["standings"], err


def units(refs: Iterable[str]) -> list[str]:
    return [argument for ref in refs for argument in ("--unit", ref)]


def table(*rows: tuple[str, str, str]) -> str:
    return "\n".join(["learner,ref,status", *(",".join(row) for row in rows)])


def test_whatif_answers_each_qualification_in_order(run: Run) -> None:
    achieved = [*BEST[:5], "D/505/0052"]
    code, found, err = as_json(run, *units(achieved))
    assert (code, err) == (1, "")
    assert all(set(standing) == KEYS for standing in found)
    as_told = [
        (s["qualification"]["id"], s["missing"]["glh"], s["counted"], s["missing"]["units"]) for s in found
    ]
    assert as_told == expected(achieved)
    first = found[0]
    assert first["qualification"]["id"] == TEACHING
    assert first["missing"] == way_to(["H/505/0053", "R/505/0050"], 6, 24)
    assert (first["rules_met"], first["decided"], first["conflicts"]) == (False, True, [])
    assert first["data"] == next(q.digest for q in load_all().values() if q.id == TEACHING)


def test_whatif_ends_with_0_where_any_rules_are_met(run: Run) -> None:
    code, found, _ = as_json(run, *units(BEST))
    assert code == 0
    assert [standing["rules_met"] for standing in found] == [True, False, False]
    assert found[0]["qualification"]["id"] == CONTACT
    code, out, err = run("whatif", *units(BEST))
    words = " ".join(out.split())
    assert (code, err) == (0, "")
    assert "Rules met" in words
    assert "only the awarding organisation" in words


def test_whatif_of_a_portfolio_counts_what_is_achieved_only(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    rows = [("Learner 7", ref, "verified") for ref in BEST[1:]]
    path.write_text(table(*rows, ("Learner 7", BEST[0], "submitted")), encoding="utf-8")
    code, found, err = as_json(run, path)
    assert (code, err) == (1, "")
    first = found[0]
    assert (first["qualification"]["id"], first["missing"]) == (
        CONTACT,
        way_to([BEST[0]], 2, 9),
    )
    assert as_json(run, path)[1] == as_json(run, *units(BEST[1:]))[1]


def test_whatif_of_a_portfolio_of_another_qualification(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(table(*(("L", ref, "assessed") for ref in REFS[IT])), encoding="utf-8")
    code, found, err = as_json(run, path, "--qualification", IT)
    assert (code, err) == (0, "")
    assert (found[0]["qualification"]["id"], found[0]["counted"]) == (IT, REFS[IT])
    assert as_json(run, path) == (0, found, "")
    code, out, err = run("whatif", path, "--qualification", "600/5106/1", "--json")
    assert (code, out) == (2, "")
    assert err.count("no unit of this qualification has this ref") == 5


def test_what_a_portfolio_lists_beside_the_units_is_told_on_stderr(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(table(("L", BEST[0], "verified"), ("L", "D/503/0353", "verified")), encoding="utf-8")
    code, found, err = as_json(run, path)
    assert code == 1
    assert found == as_json(run, "--unit", BEST[0])[1]
    assert "left out:" in err
    assert "row 3, ref = 'D/503/0353'" in err


def test_whatif_reads_an_achievement_record_with_its_decisions(
    run: Run, tmp_path: Path, real: Qualification
) -> None:
    day = date(2026, 3, 2)
    entries = tuple(Entry(ref, "verified", "E1", "Ada Example", day) for ref in BEST[1:-1])
    made = (
        Decision("recognise", BEST[0], "certificate seen", "Ada Example", day),
        Decision("transfer", BEST[-1], "transcript seen", "Ada Example", day, withdrawn=day),
    )
    path = tmp_path / "record.xlsx"
    path.write_bytes(record_workbook(judge(real, Portfolio("Learner 7", entries, made)), day))
    code, found, err = as_json(run, path)
    assert code == 1
    assert [line.partition(":")[0] for line in err.splitlines()] == [
        f"On the sheet Record of {path}",
        f"On the sheet Decisions of {path}",
        f"Sheets of {path} not read",
    ]
    assert found == as_json(run, *units(BEST[:-1]))[1]
    assert found[0]["missing"]["units"] == [BEST[-1]]


def test_a_rule_waived_in_a_record_is_not_waived_in_another_qualification_nor_here(
    run: Run, tmp_path: Path, real: Qualification
) -> None:
    day = date(2026, 3, 2)
    waived = (Decision("waive", "total", "agreed by letter", "Ada Example", day),)
    entries = tuple(Entry(ref, "verified") for ref in (*oracle.MANDATORY, *BEST[1:4]))
    path = tmp_path / "record.xlsx"
    path.write_bytes(record_workbook(judge(real, Portfolio("Learner 7", entries, waived)), day))
    _, found, _ = as_json(run, path)
    assert found == as_json(run, *units(sorted({entry.ref for entry in entries})))[1]
    assert not any(standing["rules_met"] for standing in found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs a FILE or units (--unit), and not both"),
        (["p.csv", "--unit", BEST[0]], "and not both"),
        (["none.csv"], "there is no such file"),
        (["--unit", "D/503/0353"], "did you mean D/503/0352?"),
        (["--unit", BEST[0], "--data", "nowhere"], "there is no such file"),
        (["p.csv", "--qualification", "600/5106/2"], "did you mean 600/5106/1?"),
    ],
)
def test_whatif_refuses_what_makes_no_sense(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.csv").write_text(table(("L", BEST[0], "verified")), encoding="utf-8")
    for options in ([], ["--json"]):
        code, out, err = run("whatif", *arguments, *options)
        assert (code, out) == (2, "")
        assert message in err
        assert "Traceback" not in err


def test_whatif_is_about_one_learner(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(table(("L1", BEST[0], "verified"), ("L2", BEST[1], "verified")), encoding="utf-8")
    code, out, err = run("whatif", path, "--json")
    assert (code, out) == (2, "")
    assert "learner = 'L1, L2': must be of one learner" in err


def test_whatif_looks_at_another_folder_only(run: Run, shared: Path) -> None:
    code, found, _ = as_json(run, "--unit", "U/1", "--unit", "V/1", "--data", shared)
    assert code == 0
    assert [(s["qualification"]["id"], s["rules_met"]) for s in found] == [
        ("QB", True),
        ("QA", False),
        ("QC", False),
    ]
    assert run("whatif", "--unit", BEST[0], "--data", shared)[0] == 2


def test_one_option_may_name_several_units_as_in_every_other_command(run: Run) -> None:
    one = " ; ".join(BEST)
    assert run("audit", "--unit", one, "--json")[0] == 0
    code, out, _ = run("whatif", "--unit", one, "--json")
    assert code == 0
    assert json.loads(out)["standings"][0]["counted"] == list(BEST)


def test_a_text_that_names_no_unit_is_told_and_one_without_letters_as_empty(
    on_file: list[Qualification],
) -> None:
    with pytest.raises(DataError) as told:
        standings(on_file, ["", "Z/9"])
    assert [(problem.source, problem.value) for problem in told.value.problems] == [
        ("achieved", "(empty)"),
        ("achieved", "Z/9"),
    ]
