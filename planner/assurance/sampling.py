"""The smallest sample of assessments that keeps a policy, and one drawn among the smallest.

Assessments are items and strata are bounds, so it is the model of the rules that finds the sample: first the
fewest, then by weights that the seed gives. A sample that could be foretold is none; the seed is recorded, so
that anybody can draw it again.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from secrets import randbelow
from typing import Any

from planner.assurance.policy import COLUMNS, Policy, PolicyRule
from planner.catalogue.units import folded_ref
from planner.errors import DisagreementError, Problem, refuse
from planner.files.headers import Shape
from planner.files.limits import TIME, Range
from planner.files.people import People, identity
from planner.files.sheets import grids
from planner.files.tables import Part, Row, SheetRead, read_tables
from planner.files.wording import Wording
from planner.records.registrations import Cells
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


OUTCOME = ("sampled_on", "outcome", "action", "action_due", "action_done")
"""The columns in which internal quality assurance records what sampling an assessment came to."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What sampling an assessment came to: when, with which outcome, and the action it asks for.

    `due` is when the action is to be done and `done` when it was; None where that is not recorded.
    """

    day: date | None = None
    outcome: str = ""
    action: str = ""
    due: date | None = None
    done: date | None = None

    @property
    def open(self) -> bool:
        """Whether an action is still to be done."""
        return bool(self.action) and self.done is None

    @property
    def cells(self) -> tuple[object, ...]:
        """What stands in the columns `OUTCOME`."""
        return self.day, self.outcome, self.action, self.due, self.done


@dataclass(frozen=True, slots=True)
class Assessment:
    """One unit of one learner, assessed: an item of the sample.

    `iqa` is who would sample it, `cells` what the policy selects by, `row` the file's row. `sampling` is what
    sampling it came to; None where its file says that it is still to be sampled.
    """

    learner: str
    unit: str
    assessor: str
    day: date
    iqa: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    row: int = 0
    sheet: str = ""
    sampling: Sampling | None = Sampling()

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
            "row": self.row or None,
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

    @property
    def sampled(self) -> tuple[Assessment, ...]:
        """Those that have been sampled, if the file is of what was; not those it says are still to be."""
        return tuple(each for each in self.assessments if each.sampling is not None)


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
    `assessments` and those drawn `before` go with it: of these some may still wait to be sampled.
    """

    policy: Policy
    status: Status
    seed: int
    sample: tuple[Assessment, ...] = ()
    strata: tuple[Stratum, ...] = ()
    bound: int | None = None
    assessments: tuple[Assessment, ...] = ()
    before: tuple[Assessment, ...] = ()

    @property
    def done(self) -> frozenset[tuple[str, str, date]]:
        """What tells those sampled before from others."""
        return frozenset(each.key for each in self.before)

    @property
    def waiting(self) -> tuple[Assessment, ...]:
        """Those drawn before that are still to be sampled."""
        return tuple(each for each in self.before if each.sampling is None)

    @property
    def sampled(self) -> tuple[Assessment, ...]:
        """Those sampled before."""
        return tuple(each for each in self.before if each.sampling is not None)

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
            "waiting": [assessment.to_json() for assessment in self.waiting],
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

    What sampling them came to is read where there are columns for it. In a table with a column `sampled_on`
    a row without that day is still to be sampled.

    Raises
    ------
    DataError
        The file cannot be read, or has no column that the policy selects by.
    """
    shape = Shape("Assessments", (*COLUMNS, *policy.columns), ("iqa", *OUTCOME))
    read = read_tables(source, grids(source, content), [shape], wording)
    people = People(same)
    found: dict[tuple[str, str, date], Assessment] = {}
    problems = list(read.problems)
    for part in read.parts:
        cells = Cells(part, ("date", "sampled_on", "action_due", "action_done"))
        for row in part.rows:
            before = len(problems)
            missing = [name for name in COLUMNS if not row[name]]
            problems += [row.problem(name, "must not be empty") for name in missing]
            day = cells.date(row, "date", "")
            sampling = _sampling(part, row, cells)
            problems += cells.problems
            cells.problems.clear()
            if len(problems) > before or day is None:
                continue
            by = {name: row[name] for name in policy.columns}
            learner, assessor = people.known(row["learner"]), people.known(row["assessor"])
            one = Assessment(
                learner, row["ref"], assessor, day, row["iqa"], by, row.number, row.sheet, sampling
            )
            first = found.setdefault(one.key, one)
            if first is not one:
                problems.append(row.problem("ref", f"row {first.row} is this assessment already"))
    problems += alike(tuple(found.values()), source, people)
    return AssessmentFile(tuple(found.values()), tuple(problems), read.sheets, wording or Wording())


def alike(assessments: Sequence[Assessment], source: str, people: People | None = None) -> Iterator[Problem]:
    """Learners and assessors who may be one person under two names; nobody whom `people` has confirmed."""
    people = people or People()
    names = {name for each in assessments for name in (each.learner, each.assessor)}
    for name, others in people.alike(sorted(names)).items():
        if not all(map(people.confirmed, (name, *others))):
            message = f"may be the same person as {' and '.join(others)}: they are taken for different people"
            yield Problem(source, message, field="learner or assessor", value=name, code="read")


def _sampling(part: Part, row: Row, cells: Cells) -> Sampling | None:
    """What a row says of its sampling; None where it says that it is still to come."""
    days = {name: cells.date(row, name, "") for name in OUTCOME if name not in ("outcome", "action")}
    if part.has("sampled_on") and not row["sampled_on"]:
        filled = [name for name in OUTCOME if row[name]]
        if filled:
            message = f"must not be empty beside {' and '.join(filled)}: when was it sampled?"
            cells.problems.append(row.problem("sampled_on", message))
        return None
    if row["action_done"] and not row["action"]:
        cells.problems.append(row.problem("action", "must not be empty beside action_done: what was done?"))
    return Sampling(
        days["sampled_on"], row["outcome"], row["action"], days["action_due"], days["action_done"]
    )


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
        Those that have been sampled, or were drawn before; matched by learner, unit and date.
    seed
        Of the draw; None: one that nobody can foretell. It is part of the answer.
    seconds
        Time limit of the search.

    Raises
    ------
    DataError
        For a seed beyond its limits.
    """
    # Of the system's own chance: what `random` draws follows from what it drew before.
    seed = randbelow(MOST_SEED) if seed is None else seed
    refuse([*SEEDS.problems("seed", seed), *TIME.problems("seconds", seconds)])
    before = tuple(done)
    sampled = frozenset(each.key for each in before)
    items = {f"row {number}": each for number, each in enumerate(assessments)}
    open_items = [name for name, each in items.items() if each.eligible and each.key not in sampled]
    still_open = frozenset(open_items)
    strata = list(strata_of(policy, items))
    rules = []
    for number, (rule, _, members) in enumerate(strata):
        so_far = sum(items[name].key in sampled for name in members)
        free = [name for name in members if name in still_open]
        # A stratum with too few is served as far as it goes, so that it makes no other impossible.
        least = min(rule.needed(len(members)) - so_far, len(free))
        if least > 0:
            weights = dict.fromkeys(free, 1)
            rules.append(Bound(f"{rule.id} {number}", rule.text, weights, at_least=least, subject=rule.id))
    # Strata overlap, so that the smallest sample is a cover, which is searched for, and not the draws of each
    # stratum put together. Among the smallest ones random weights choose: where these are many beside the
    # assessments the lightest is most likely one alone (the isolation lemma: Mulmuley, Vazirani and Vazirani,
    # Combinatorica 7, 1987, 105-113). Not each of them is as likely as every other.
    drawing = random.Random(seed)  # noqa: S311 - the seed is recorded, so that the draw can be repeated
    drawn = {name: drawing.randrange(1, _WEIGHTS) for name in open_items}
    stages = [Stage("size", dict.fromkeys(open_items, 1)), Stage("draw", drawn)]
    outcome = Model(open_items, rules).solve({}, stages if open_items else (), seconds)
    chosen = [name for name in open_items if name in outcome.counted]
    if outcome.decision in ("optimal", "feasible"):
        _check(rules, chosen, int(outcome.values.get("size", 0)))
    there = {name for name, each in items.items() if each.key in sampled}
    now, served = there.union(chosen), there.union(open_items)  # served: as far as any sample could go
    found = [
        Stratum(rule, agree, rule.needed(len(members)), len(served & {*members}), len(now & {*members}))
        for rule, agree, members in strata
    ]
    bound = int(outcome.bounds.get("size", 0)) if outcome.decision in ("optimal", "feasible") else None
    people, now_sampled = tuple(assessments), tuple(items[name] for name in chosen)
    return Sample(policy, outcome.decision, seed, now_sampled, tuple(found), bound, people, before)


def strata_of(
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
            key = tuple(_compared(column, value) for column, value in agree.items())
            # Strata are told by the cells of their first assessment, whatever others spell differently.
            groups.setdefault(key, (agree, []))[1].append(name)
        for agree, members in groups.values():
            yield rule, agree, members


def _compared(column: str, value: str) -> str:
    """A cell as those of one stratum have it: people are who they are elsewhere, other words ignore case."""
    if column == "ref":
        return folded_ref(value)
    return identity(value) if column in ("learner", "assessor") else identity(value).casefold()


def _check(rules: Sequence[Bound], chosen: Collection[str], size: int) -> None:
    """Audits a sample by arithmetic before anybody sees it."""
    if size != len(chosen) or not all(finding.holds for finding in audit(rules, frozenset(chosen))):
        raise DisagreementError("a sample does not keep the policy it was drawn for")
