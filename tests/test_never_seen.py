"""A qualification never seen before: two files in a folder, and everything works with it, no code changed.

Every answer is compared with brute force over all 4,096 selections of its twelve units, by rules typed anew.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import Qualification, load, read_portfolios
from planner.catalogue.loading import DATA_VARIABLE, QUALIFICATION_VARIABLE
from tests import explore_oracle, oracle, strategies
from tests.conftest import HEADER, write_data
from tests.oracle import BoundDict, RuleDict, UnitDict
from tests.seen import said, words
from tests.test_cli import Run, run
from tests.test_page import choose, metrics, opened, rows
from tests.test_workbook import rows as sheet_rows

__all__ = ["run"]

NUMBER = "777/0001/2"

# ref, title, group, barred sets, level, credits, hours, strategy, tags
UNITS: Sequence[tuple[str, str, str, str, int, int, int, str, str]] = (
    ("B/770/0001", "Work safely with bees", "M", "", 1, 2, 8, "A", "yard"),
    ("B/770/0002", "Know the year of a hive", "M", "", 2, 4, 20, "A", ""),
    ("B/770/0003", "Inspect a hive", "A", "", 2, 3, 14, "A", "field"),
    ("B/770/0004", "Prevent swarms", "A", "", 2, 4, 19, "A", "field"),
    ("B/770/0005", "Raise queens", "A", "", 3, 5, 28, "B", ""),
    ("B/770/0006", "Treat mites with acids", "A", "S", 2, 3, 12, "B", "field"),
    ("B/770/0007", "Treat mites with oils", "B", "S", 2, 3, 10, "B", ""),
    ("B/770/0008", "Harvest honey", "B", "", 1, 2, 9, "C", "yard"),
    ("B/770/0009", "Move hives to crops", "B", "", 3, 6, 33, "C", "field"),
    ("B/770/0010", "Sell honey", "B", "", 2, 4, 22, "C", ""),
    ("B/770/0011", "Clean tools", "C", "", 1, 1, 4, "", "yard"),
    ("B/770/0012", "Teach a beginner", "C", "", 2, 5, 21, "D", "field"),
)
REFS = [row[0] for row in UNITS]
TITLES = {row[0]: row[1] for row in UNITS}

RULE_FILE = """
id = "777/0001/2"
title = "Example Level 2 Certificate in Beekeeping"
awarding_organisation = "Example Awards"
level = 2
source = "invented for the tests"
verified = 2026-11-22

[groups]
M = "Mandatory units"
A = "Bees"
B = "Honey"
C = "Other"

[strategies]
A = "Seen at the hive"

[published]
units = 12
PUBLISHED

[[rule]]
id = "total"
text = "20 credits in all"
count = "credits"
at_least = 20

[[rule]]
id = "mandatory"
text = "both mandatory units"
where = { group = "M" }
all = true

[[rule]]
id = "bees"
text = "a minimum of 6 credits about bees"
count = "credits"
where = { group = "A" }
at_least = 6

[[rule]]
id = "level-2"
text = "12 credits must be at level 2 or above"
count = "credits"
where = { level_at_least = 2 }
at_least = 12

[[rule]]
id = "field"
text = "two to four units are assessed in the field"
where = { tag = "field" }
at_least = 2
at_most = 4

[[rule]]
id = "honey-hours"
text = "no more than 45 guided hours about honey"
count = "glh"
where = { group = ["B"] }
at_most = 45

[[rule]]
id = "small"
text = "only one small unit of 2 credits or fewer beside the mandatory ones"
where = { not_group = "M", credits_at_most = 2 }
at_most = 1

[[rule]]
id = "pathway"
text = "either one unit at level 3 or both other units; or three of four about honey"
any = [
  { id = "advanced", text = "one unit at level 3", where = { level = 3 }, at_least = 1 },
  { id = "other", text = "both other units", where = { group = "C" }, all = true },
  { id = "honey", text = "three about honey", where = { group = "B", not_ref = "B/770/0008" }, at_least = 3 },
]

[[rule]]
id = "moving"
text = "Move hives to crops requires Inspect a hive"
unit = "B/770/0009"
requires = "b-770-0003"

[[note]]
text = "A learner needs a hive."

[[example]]
source = "Worked by hand: 2+4 mandatory, 3+4+5 about bees, 2 honey; field 2, level 3 one"
counted = ["B/770/0001", "B/770/0002", "B/770/0003", "B/770/0004", "B/770/0005", "B/770/0008"]
breaks = []

[[example]]
source = "Worked by hand: both ways against mites, and hives moved that nobody inspects"
counted = ["B/770/0001", "B/770/0002", "B/770/0006", "B/770/0007", "B/770/0009", "B/770/0004"]
breaks = ["barred-S", "moving"]
"""

# The second way: the same rules as plain dicts, members found by hand.


def bound(
    name: str, weights: Mapping[str, int], at_least: int | None = None, at_most: int | None = None
) -> BoundDict:
    refs = {f"B/770/00{ref}": weight for ref, weight in weights.items()}
    return {
        "kind": "bound",
        "id": name,
        "weights": refs,
        "at_least": at_least,
        "at_most": at_most,
        "held_only": False,
    }


RULES: Sequence[RuleDict] = (
    bound("total", {"01": 2, "02": 4, "03": 3, "04": 4, "05": 5, "06": 3, "07": 3, "08": 2, "09": 6, "10": 4, "11": 1, "12": 5}, 20),
    bound("mandatory", {"01": 1, "02": 1}, 2),
    bound("bees", {"03": 3, "04": 4, "05": 5, "06": 3}, 6),
    bound("level-2", {"02": 4, "03": 3, "04": 4, "05": 5, "06": 3, "07": 3, "09": 6, "10": 4, "12": 5}, 12),
    bound("field", {"03": 1, "04": 1, "06": 1, "09": 1, "12": 1}, 2, 4),
    bound("honey-hours", {"07": 10, "08": 9, "09": 33, "10": 22}, None, 45),
    bound("small", {"08": 1, "11": 1}, None, 1),
    {
        "kind": "choice",
        "id": "pathway",
        "of": [
            bound("advanced", {"05": 1, "09": 1}, 1),
            bound("other", {"11": 1, "12": 1}, 2),
            bound("honey", {"07": 1, "09": 1, "10": 1}, 3),
        ],
        "at_least": 1,
    },
    bound("moving", {"03": 1, "09": -1}, 0),
    bound("barred-S", {"06": 1, "07": 1}, None, 1),
)  # fmt: skip
ROWS: dict[str, UnitDict] = {
    ref: {
        "ref": ref,
        "group": group,
        "level": level,
        "credits": credits,
        "glh": glh,
        "strategy": strategy,
        "barred_sets": barred.split(),
    }
    for ref, _, group, barred, level, credits, glh, strategy, _ in UNITS
}


@cache
def valid() -> frozenset[frozenset[str]]:
    """Every selection that keeps the rules."""
    return frozenset(oracle.accepted(REFS, RULES))


def glh(refs: Iterable[str]) -> int:
    return sum(ROWS[ref]["glh"] for ref in refs)


def credits(refs: Iterable[str]) -> int:
    return sum(ROWS[ref]["credits"] for ref in refs)


@dataclass(frozen=True)
class Asked:
    """The wishes of a request, and its answers by brute force."""

    pins: Collection[str] = ()
    excludes: Collection[str] = ()
    held: Collection[str] = ()

    def rank(self, chosen: frozenset[str]) -> tuple[int, int, list[str], int, list[str]]:
        """Least new hours, fewest new units, then the canonical order."""
        new = chosen - set(self.held)
        return glh(new), len(new), sorted(new), -credits(chosen - new), sorted(chosen)

    def plans(self) -> list[frozenset[str]]:
        """Every plan, the best first."""
        kept = (c for c in valid() if set(self.pins) <= c and not set(self.excludes) & c)
        return sorted(kept, key=self.rank)

    def new_glh(self, chosen: frozenset[str]) -> int:
        return glh(chosen - set(self.held))

    def options(self) -> list[str]:
        given = (("--pin", self.pins), ("--exclude", self.excludes), ("--held", self.held))
        return [word for option, refs in given for ref in refs for word in (option, ref)]

    def request(self) -> explore_oracle.Request:
        return explore_oracle.Request(
            list(ROWS.values()), RULES, pins=self.pins, excludes=self.excludes, held=self.held
        )


def published() -> str:
    """The figures by brute force, as the rule file gives them."""
    least = min(credits(chosen) for chosen in valid())
    shortest = min(glh(chosen) for chosen in valid())
    longest = max(glh(chosen) for chosen in valid() if credits(chosen) == least)
    return f"min_credits = {least}\nmin_glh = {shortest}\nmax_glh = {longest}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder: a unit file and a rule file, nothing else."""
    lines = [
        f"{NUMBER},{group},{barred},{ref},{title},{level},{credits},{hours},{strategy},high,{tags}"
        for ref, title, group, barred, level, credits, hours, strategy, tags in UNITS
    ]
    folder = tmp_path_factory.mktemp("bees") / "data"
    rules = RULE_FILE.replace("PUBLISHED", published())
    write_data(folder, "\n".join([HEADER, *lines]), bees=rules)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["bees.toml", "units.csv"]
    return folder


@pytest.fixture
def ask(run: Run, data: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Runs a command on the folder; exit code and JSON."""

    def call(*arguments: object) -> tuple[int, dict[str, Any]]:
        code, out, err = run(*arguments, "--data", data, "--qualification", NUMBER, "--json")
        assert err == ""
        return code, json.loads(out)

    return call


Ask = Callable[..., tuple[int, dict[str, Any]]]


def random_wishes(number: int) -> list[Asked]:
    rng = random.Random(777)
    drawn = (strategies.random_wishes(rng, REFS, sizes=(0, 1, 2, 3)) for _ in range(number))
    return [Asked(one["pin"], one["exclude"], one["held"]) for one in drawn]


def test_the_rules_by_brute_force_leave_something_to_choose(data: Path) -> None:
    assert 50 < len(valid()) < 1000
    found = load(NUMBER, data)
    assert [rule.id for rule in found.rules] == [rule["id"] for rule in RULES]
    for rule in RULES:  # each rule matters: without it more is accepted
        others = [other for other in RULES if other is not rule]
        assert oracle.accepted(REFS, others) > valid() or rule["id"] == "level-2", rule["id"]


# The commands


def test_plans_under_random_wishes_are_those_of_brute_force(ask: Ask) -> None:
    answered = {0: 0, 1: 0}
    for asked in [Asked(), *random_wishes(40)]:
        code, found = ask("plan", *asked.options())
        plans = asked.plans()
        answered[code] += 1
        if plans:
            assert (code, found["units"]) == (0, sorted(plans[0])), asked
            assert (found["new_glh"], found["credits"]) == (asked.new_glh(plans[0]), credits(plans[0]))
            continue
        assert (code, found["status"]) == (1, "infeasible"), asked
        conflicts = {
            frozenset([*(f"pin {ref}" for ref in c["pins"]), *(f"exclude {ref}" for ref in c["excludes"])])
            for c in found["conflicts"]
        }
        assert conflicts == explore_oracle.conflicts(asked.request()), asked
    assert min(answered.values()) >= 5


def test_exploring_gives_the_states_prices_and_alternatives_of_brute_force(ask: Ask) -> None:
    asked = Asked(pins=["B/770/0012"], held=["B/770/0006"])
    code, found = ask("explore", "--within", 12, *asked.options())
    plans = asked.plans()
    best = asked.new_glh(plans[0])
    assert code == 0

    def price(allowed: Iterable[frozenset[str]]) -> int | None:
        return min((asked.new_glh(chosen) - best for chosen in allowed), default=None)

    states = set()
    for unit in found["units"]:
        pin = price(chosen for chosen in plans if unit["ref"] in chosen)
        out = price(chosen for chosen in plans if unit["ref"] not in chosen)
        state = "impossible" if pin is None else "forced" if out is None else "possible"
        assert unit == {"ref": unit["ref"], "state": state, "pin_price": pin, "exclude_price": out}
        states.add(state)
    assert [unit["ref"] for unit in found["units"]] == REFS
    assert {"forced", "possible"} <= states
    near: dict[frozenset[str], frozenset[str]] = {}
    for chosen in plans:
        if asked.new_glh(chosen) <= best + 12:
            near.setdefault(chosen - set(asked.held), chosen)
    assert found["complete"]
    assert {frozenset(other["units"]) for other in found["alternatives"]} == set(near.values())
    assert len(near) >= 3


def as_audited(
    learner: str, held: Collection[str], begun: Collection[str] = (), shortest: bool = False
) -> dict[str, Any]:
    """What an audit says of a learner who holds these units; `shortest`: what `whatif` says."""
    plans = Asked(held=held).plans()
    best = plans[0] if shortest else min(plans, key=lambda plan: len(plan - set(held) - set(begun)))
    missing = sorted(best - set(held))
    return {
        "learner": learner,
        "rules_met": not missing,
        "counted": sorted(best & set(held)),
        "surplus": sorted(set(held) - best),
        "missing": {
            "units": missing,
            "to_finish": [ref for ref in missing if ref in begun],
            "to_start": [ref for ref in missing if ref not in begun],
            "not_needed": sorted(set(begun) - best),
            "credits": credits(missing),
            "glh": glh(missing),
        },
    }


def told(learner: Mapping[str, Any]) -> dict[str, Any]:
    return {key: learner[key] for key in ("learner", "rules_met", "counted", "surplus", "missing")}


def test_an_audit_of_units_finds_what_counts_and_the_way_home(ask: Ask) -> None:
    rng = random.Random(12)
    for size in (0, 3, 6, 9, 12):
        held = rng.sample(REFS, size) or ["B/770/0011"]
        code, found = ask("audit", *(word for ref in held for word in ("--unit", ref)))
        expected = as_audited("-", held)
        assert [told(learner) for learner in found["learners"]] == [expected]
        assert code == (0 if expected["rules_met"] else 1)


def portfolio(tmp_path: Path) -> Path:
    """Three learners: one met with units to spare, one on the way, one barely begun."""
    achieved = {
        "Learner 1": REFS,
        "Learner 2": ["B/770/0001", "B/770/0006", "B/770/0007", "B/770/0010"],
        "Learner 3": ["B/770/0011"],
    }
    rows = [
        f"{learner},{ref},verified,E1,Ada Example,2026-03-02"
        for learner, refs in achieved.items()
        for ref in refs
    ]
    path = tmp_path / "portfolio.csv"
    head = "learner,ref,status,evidence,assessor,date"
    path.write_text("\n".join([head, *rows, "Learner 2,B/770/0002,submitted,,,"]), encoding="utf-8")
    return path


def test_an_audit_of_a_file_answers_every_learner_now_and_if_all_is_completed(
    ask: Ask, tmp_path: Path
) -> None:
    code, found = ask("audit", portfolio(tmp_path))
    two = ["B/770/0001", "B/770/0006", "B/770/0007", "B/770/0010"]
    assert code == 1
    assert [told(learner) for learner in found["learners"]] == [
        as_audited("Learner 1", REFS),
        as_audited("Learner 2", two, begun=["B/770/0002"]),
        as_audited("Learner 3", ["B/770/0011"]),
    ]
    later = found["learners"][1]["if_completed"]
    assert told({**later, "learner": "Learner 2"}) == as_audited("Learner 2", [*two, "B/770/0002"])
    # Both ways against mites are held, one of them counts.
    assert len({"B/770/0006", "B/770/0007"} & set(found["learners"][1]["surplus"])) == 1


COHORT = """learner,pins,excludes,held
Learner 1,B/770/0012,,
Learner 2,,b7700005,B/770/0001 B/770/0002
Learner 3,"B/770/0006, B/770/0007",,
Learner 4,B/770/0099,,
"""
ONE = Asked(pins=["B/770/0012"])
TWO = Asked(excludes=["B/770/0005"], held=["B/770/0001", "B/770/0002"])


def test_a_cohort_gets_everybodys_best_plan(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text(COHORT, encoding="utf-8")
    code, found = ask("cohort", path)
    assert code == 0
    answers = [(a["learner"], a["status"], a["units"], a["new_glh"]) for a in found["learners"]]
    best = [(asked.plans()[0], asked) for asked in (ONE, TWO)]
    assert answers == [
        *(
            (f"Learner {n}", "optimal", sorted(chosen), asked.new_glh(chosen))
            for n, (chosen, asked) in enumerate(best, start=1)
        ),
        ("Learner 3", "infeasible", [], None),
    ]
    assert found["learners"][2]["conflicts"] == [
        {"rules": ["barred-S"], "pins": ["B/770/0006", "B/770/0007"], "excludes": []}
    ]
    assert [(p["row"], p["field"], p["value"]) for p in found["problems"]] == [(5, "pins", "B/770/0099")]


@pytest.mark.parametrize("size", [1, 2])
def test_a_delivery_has_the_least_hours_of_all_pairs_of_plans(ask: Ask, tmp_path: Path, size: int) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text(COHORT, encoding="utf-8")
    code, found = ask("deliver", path, "--group-size", size, "--time-limit", 20)
    assert (code, found["status"]) == (0, "optimal")

    def figures(first: frozenset[str], second: frozenset[str]) -> tuple[int, int, int]:
        """Delivered hours, the learners' hours, different units run."""
        one, two = first - set(ONE.held), second - set(TWO.held)
        learners = glh(one) + glh(two)
        return (glh(one | two) if size == 2 else learners), learners, len(one | two)

    least = min(figures(*pair) for pair in product(ONE.plans(), TWO.plans()))
    assert (found["delivered_glh"], found["learner_glh"], len(found["units"])) == least
    assert found["bound"] == least[0]
    selections = {entry["learner"]: frozenset(entry["units"]) for entry in found["learners"]}
    assert figures(selections["Learner 1"], selections["Learner 2"]) == least
    assert [entry["learner"] for entry in found["left_out"]] == ["Learner 3"]


def test_the_check_computes_the_published_figures_and_replays_the_examples(ask: Ask) -> None:
    code, found = ask("check")
    assert (code, found["ok"]) == (0, True), found["remarks"]
    severity = {remark["id"]: remark["severity"] for remark in found["remarks"]}
    figures = ("units", "min_credits", "min_glh", "max_glh")
    assert [severity[f"published-{figure}"] for figure in figures] == ["fine"] * 4
    assert (severity["examples"], severity["dead-units"]) == ("fine", "fine")
    idle = {
        rule["id"] for rule in RULES if oracle.accepted(REFS, [r for r in RULES if r is not rule]) == valid()
    }
    assert {name.removeprefix("idle-") for name in severity if name.startswith("idle-")} == idle


def test_a_wrong_figure_and_a_wrong_example_are_errors(run: Run, data: Path, tmp_path: Path) -> None:
    text = (data / "qualifications" / "bees.toml").read_text(encoding="utf-8")
    text = text.replace("units = 12", "units = 13").replace('breaks = ["barred-S", "moving"]', "breaks = []")
    write_data(tmp_path, (data / "units.csv").read_text(encoding="utf-8"), bees=text)
    code, out, _ = run("check", "--data", tmp_path, "--qualification", NUMBER, "--json")
    errors = [remark["id"] for remark in json.loads(out)["remarks"] if remark["severity"] == "error"]
    assert (code, errors) == (1, ["published-units", "example-2"])


def test_the_what_if_and_the_tasks_know_it(run: Run, data: Path) -> None:
    code, out, _ = run("whatif", "--unit", "B/770/0012", "--data", data, "--json")
    (standing,) = json.loads(out)["standings"]
    assert code == 1
    assert standing["missing"] == as_audited("-", ["B/770/0012"], shortest=True)["missing"]
    code, out, _ = run("tasks", "--data", data, "--qualification", NUMBER, "--json")
    assert (code, json.loads(out)["tasks"]) == (0, [])


# Workbook, record and page


def test_its_workbook_opens_with_its_rules_measured(run: Run, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    options = ["--data", data, "--qualification", NUMBER, "--xlsx", path]
    assert run("plan", "--pin", "B/770/0009", *options)[0] == 0
    best = Asked(pins=["B/770/0009"]).plans()[0]
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["Plan", "Rules", "Units", "About"]
    listed = [
        (row["Rule"], row["Measured"], row["At least"], row["At most"], row["Met"])
        for row in sheet_rows(book, "Rules", "Rule")
    ]
    expected: list[tuple[object, ...]] = []
    for rule in RULES:
        expected += _measured(rule, best)
    assert listed == expected
    units = sheet_rows(book, "Units", "Counts")
    assert {row["Ref"]: row["Counts"] for row in units} == {
        ref: "yes" if ref in best else "no" for ref in REFS
    }
    formulas = openpyxl.load_workbook(path)
    live = [cell.value for row in formulas["Rules"].iter_rows() for cell in row if cell.data_type == "f"]
    assert len(live) >= 2 * len(expected)


def _measured(rule: RuleDict, chosen: frozenset[str]) -> list[tuple[object, ...]]:
    """A rule's row of the sheet Rules, and those of its parts."""
    met = "yes" if oracle.rule_holds(rule, chosen) else "no"
    if rule["kind"] == "bound":
        total = sum(weight for ref, weight in rule["weights"].items() if ref in chosen)
        return [(rule["id"], total, rule["at_least"], rule["at_most"], met)]
    holding = sum(oracle.rule_holds(part, chosen) for part in rule["of"])
    parts = [row for part in rule["of"] for row in _measured(part, chosen)]
    return [(rule["id"], holding, rule["at_least"], None, met), *parts]


def test_its_achievement_record_comes_back_as_it_went(run: Run, ask: Ask, data: Path, tmp_path: Path) -> None:
    found: Qualification = load(NUMBER, data)
    table = portfolio(tmp_path).read_bytes()
    everybody, _ = read_portfolios(found, "p.csv", table)
    (one,) = [portfolio for portfolio in everybody if portfolio.learner == "Learner 2"]
    lines = table.decode().splitlines()
    path, record = tmp_path / "one.csv", tmp_path / "record.xlsx"
    path.write_text("\n".join(line for line in lines if line.startswith(("learner", "Learner 2"))), "utf-8")
    before = ask("audit", path)
    assert run("audit", path, "--data", data, "--qualification", NUMBER, "--xlsx", record)[0] == 1
    read, problems = read_portfolios(found, "record.xlsx", record.read_bytes())
    assert problems == ()
    assert (read[0].learner, read[0].entries) == (one.learner, one.entries)
    code, again = ask("audit", record)
    assert (code, {**again, "sheets": before[1]["sheets"]}) == before
    book = openpyxl.load_workbook(io.BytesIO(record.read_bytes()), data_only=True)
    text = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value}
    assert set(REFS) | set(TITLES.values()) <= text


def test_the_plan_page_shows_its_plan(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(data))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, NUMBER)
    app = opened()
    best = Asked().plans()[0]
    assert metrics(app) == {
        "Guided hours to do": str(glh(best)),
        "Learning time to do": f"about {10 * credits(best)} h",
        "Credits": str(credits(best)),
        "New units": str(len(best)),
    }
    assert sorted(rows(app)) == sorted(TITLES[ref] for ref in best)
    assert "**Example Level 2 Certificate in Beekeeping** · 777/0001/2" in said(
        app, "info", ":material/event:"
    )
    assert "No registration dates on file" in said(app, "info", ":material/event:")
    assert {str(control.key) for control in app.segmented_control} == {f"choice-{ref}" for ref in REFS}
    pinned = Asked(pins=["B/770/0009"], excludes=["B/770/0004"])
    app = choose(choose(app, "B/770/0009", "must"), "B/770/0004", "out")
    assert metrics(app)["Guided hours to do"] == str(glh(pinned.plans()[0]))
    app = choose(app, "B/770/0003", "out")
    assert not Asked(["B/770/0009"], ["B/770/0003", "B/770/0004"]).plans()
    assert "No plan is possible with these choices." in said(app, "error").replace("**", "")
    assert "Move hives to crops requires Inspect a hive" in words(app)
