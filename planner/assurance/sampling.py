"""The smallest sample of assessments that keeps a policy, and one drawn among the smallest.

Assessments are items and strata are bounds, so it is the model of the rules that finds the sample: first the
fewest, then by weights that the seed gives. A sample that could be foretold is none; the seed is recorded, so
that anybody can draw it again.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from secrets import randbelow
from typing import Any

from planner.assurance.policy import COLUMNS, Policy, PolicyRule
from planner.catalogue.units import folded_ref
from planner.errors import DisagreementError, Problem, refuse
from planner.files.dates import DateColumn
from planner.files.headers import Shape
from planner.files.limits import TIME, Range
from planner.files.people import People, identity
from planner.files.sheets import grids
from planner.files.tables import SheetRead, read_tables
from planner.files.wording import Wording
from planner.rules.goal import Stage
from planner.rules.measure import audit
from planner.rules.model import Model, Status
from planner.rules.rule import Bound

SECONDS = 20.0
"""Time limit of a search."""

MOST_SEED = 10**9
SEEDS = Range(0, MOST_SEED)

_WEIGHTS = 1_000
"""The draw gives each assessment a weight below this; of the smallest samples the lightest is taken."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One unit of one learner, assessed: an item of the sample.

    `iqa` is who would sample it, `cells` what the policy selects by, `row` the file's row.
    """

    learner: str
    unit: str
    assessor: str
    day: date
    iqa: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    row: int = 0
    sheet: str = ""

    @property
    def key(self) -> tuple[str, str, date]:
        """What tells it from others: the same learner, unit and day are the same assessment."""
        return identity(self.learner).casefold(), folded_ref(self.unit), self.day

    @property
    def eligible(self) -> bool:
        """Whether it may be sampled: nobody samples an assessment of their own."""
        return not self.iqa or identity(self.iqa).casefold() != identity(self.assessor).casefold()

    def to_json(self) -> dict[str, Any]:
        """The assessment as JSON answers list it."""
        place = {"sheet": self.sheet} if self.sheet else {}
        return {
            **place,
            "row": self.row,
            "learner": self.learner,
            "ref": self.unit,
            "assessor": self.assessor,
        }


@dataclass(frozen=True, slots=True)
class AssessmentFile:
    """The assessments of a file, in its order, what of it could not be read, and how it was read."""

    assessments: tuple[Assessment, ...]
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class Stratum:
    """What a rule asks of the assessments that agree in some columns: how many there are and were sampled."""

    rule: PolicyRule
    agree: Mapping[str, str]
    needed: int
    available: int
    sampled: int

    @property
    def met(self) -> bool:
        """Whether enough of them are sampled."""
        return self.sampled >= self.needed

    @property
    def words(self) -> str:
        """The columns in which they agree, as one would say it."""
        return ", ".join(f"{name} {value}" for name, value in self.agree.items()) or "all"

    def to_json(self) -> dict[str, Any]:
        """The stratum as JSON."""
        figures = {"needed": self.needed, "available": self.available, "sampled": self.sampled}
        return {"rule": self.rule.id, "stratum": dict(self.agree), **figures}


@dataclass(frozen=True, slots=True)
class Sample:
    """What to sample now: the assessments, what that comes to in each stratum, and what no sample can serve.

    `bound` is the least size that any sample can have; with `status` optimal it is the sample's own. All
    `assessments` and the keys of those sampled before, `done`, go with it.
    """

    policy: Policy
    status: Status
    seed: int
    sample: tuple[Assessment, ...] = ()
    strata: tuple[Stratum, ...] = ()
    bound: int | None = None
    assessments: tuple[Assessment, ...] = ()
    done: frozenset[tuple[str, str, date]] = frozenset()

    @property
    def found(self) -> bool:
        """Whether there is a sample."""
        return self.status in ("optimal", "feasible")

    @property
    def unmet(self) -> tuple[Stratum, ...]:
        """The strata with fewer assessments than asked for; they are served as far as they go."""
        return tuple(stratum for stratum in self.strata if stratum.needed > stratum.available)

    def to_json(self) -> dict[str, Any]:
        """The sample as JSON."""
        return {
            "policy": {"id": self.policy.id, "title": self.policy.title},
            "status": self.status,
            "size": len(self.sample) if self.found else None,
            "bound": self.bound,
            "seed": self.seed,
            "sample": [assessment.to_json() for assessment in self.sample],
            "strata": [stratum.to_json() for stratum in self.strata],
            "unmet": [stratum.to_json() for stratum in self.unmet],
        }


def read_assessments(
    policy: Policy,
    source: str,
    content: bytes,
    *,
    wording: Wording | None = None,
    same: Collection[str] = (),
) -> AssessmentFile:
    """The assessments of a file, one a row: learner, ref, assessor, date, and what the policy selects by.

    Raises
    ------
    DataError
        The file cannot be read, or has no column that the policy selects by.
    """
    shape = Shape("Assessments", (*COLUMNS, *policy.columns), ("iqa",))
    read = read_tables(source, grids(source, content), [shape], wording)
    people = People(same)
    found: dict[tuple[str, str, date], Assessment] = {}
    problems = list(read.problems)
    for part in read.parts:
        dates = DateColumn(row["date"] for row in (*part.rows, *part.left_out))
        for row in part.rows:
            before = len(problems)
            missing = [name for name in COLUMNS if not row[name]]
            problems += [row.problem(name, "must not be empty") for name in missing]
            day = dates.read(row["date"]) if row["date"] else None
            if day is None and row["date"]:
                problems.append(row.problem("date", dates.wrong(row["date"])))
            if len(problems) > before or day is None:
                continue
            cells = {name: row[name] for name in policy.columns}
            learner, assessor = people.known(row["learner"]), people.known(row["assessor"])
            one = Assessment(learner, row["ref"], assessor, day, row["iqa"], cells, row.number, row.sheet)
            first = found.setdefault(one.key, one)
            if first is not one:
                problems.append(row.problem("ref", f"row {first.row} is this assessment already"))
    names = {name for each in found.values() for name in (each.learner, each.assessor)}
    for name, others in people.alike(sorted(names)).items():
        if not all(map(people.confirmed, (name, *others))):
            message = f"may be the same person as {' and '.join(others)}: they are taken for different people"
            problems.append(Problem(source, message, field="learner or assessor", value=name, code="read"))
    return AssessmentFile(tuple(found.values()), tuple(problems), read.sheets, wording or Wording())


def draw_sample(
    policy: Policy,
    assessments: Sequence[Assessment],
    done: Iterable[Assessment] = (),
    *,
    seed: int | None = None,
    seconds: float = SECONDS,
) -> Sample:
    """The smallest sample that with what is `done` keeps the policy, drawn by the seed among the smallest.

    Parameters
    ----------
    policy, assessments
        The rules, and all assessments to date.
    done
        Those that have been sampled; matched by learner, unit and date.
    seed
        Of the draw; None: one that nobody can foretell. It is part of the answer.
    seconds
        Time limit of the search.

    Raises
    ------
    DataError
        For a seed beyond its limits.
    """
    seed = randbelow(MOST_SEED) if seed is None else seed
    refuse([*SEEDS.problems("seed", seed), *TIME.problems("seconds", seconds)])
    sampled = frozenset(each.key for each in done)
    items = {f"row {number}": each for number, each in enumerate(assessments)}
    open_items = [name for name, each in items.items() if each.eligible and each.key not in sampled]
    still_open = frozenset(open_items)
    strata = list(_strata(policy, items))
    rules = []
    for number, (rule, _, members) in enumerate(strata):
        so_far = sum(items[name].key in sampled for name in members)
        free = [name for name in members if name in still_open]
        least = min(rule.needed(len(members)) - so_far, len(free))
        if least > 0:
            weights = dict.fromkeys(free, 1)
            rules.append(Bound(f"{rule.id} {number}", rule.text, weights, at_least=least, subject=rule.id))
    drawing = random.Random(seed)  # noqa: S311 - the seed is recorded, so that the draw can be repeated
    drawn = {name: drawing.randrange(1, _WEIGHTS) for name in open_items}
    stages = [Stage("size", dict.fromkeys(open_items, 1)), Stage("draw", drawn)]
    outcome = Model(open_items, rules).solve({}, stages if open_items else (), seconds)
    chosen = [name for name in open_items if name in outcome.counted]
    if outcome.decision in ("optimal", "feasible"):
        _check(rules, chosen, outcome.values.get("size", 0))
    there = {name for name, each in items.items() if each.key in sampled}
    now, served = there.union(chosen), there.union(open_items)
    found = [
        Stratum(rule, agree, rule.needed(len(members)), len(served & {*members}), len(now & {*members}))
        for rule, agree, members in strata
    ]
    bound = outcome.bounds.get("size", 0) if outcome.decision in ("optimal", "feasible") else None
    people, now_sampled = tuple(assessments), tuple(items[name] for name in chosen)
    return Sample(policy, outcome.decision, seed, now_sampled, tuple(found), bound, people, sampled)


def _strata(
    policy: Policy, items: Mapping[str, Assessment]
) -> Iterable[tuple[PolicyRule, dict[str, str], list[str]]]:
    """Each rule with each combination of its columns that occurs, and the assessments that have it."""
    for rule in policy.rule:
        groups: dict[tuple[str, ...], tuple[dict[str, str], list[str]]] = {}
        for name, each in items.items():
            cells = {
                "learner": each.learner,
                "ref": each.unit,
                "assessor": each.assessor,
                "date": each.day.isoformat(),
                **each.cells,
            }
            if not rule.takes(cells):
                continue
            agree = {column: cells[column] for column in rule.each or ()}
            key = tuple(
                folded_ref(value) if column == "ref" else identity(value).casefold()
                for column, value in agree.items()
            )
            groups.setdefault(key, (agree, []))[1].append(name)
        for agree, members in groups.values():
            yield rule, agree, members


def _check(rules: Sequence[Bound], chosen: Collection[str], size: int) -> None:
    """Audits a sample by arithmetic before anybody sees it."""
    if size != len(chosen) or not all(finding.holds for finding in audit(rules, frozenset(chosen))):
        raise DisagreementError("a sample does not keep the policy it was drawn for")
