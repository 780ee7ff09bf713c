"""What a second file says beside a first, and the two as one: what is empty is filled, the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, TypeVar

from planner.assurance.claim_format import ClaimColumn, ClaimFormat
from planner.assurance.claims import Days
from planner.assurance.policy import Policy, PolicyRule
from planner.assurance.sampling import OUTCOME, Assessment, AssessmentFile, Sampling, alike
from planner.catalogue.qualification import in_words
from planner.files.people import identity
from planner.files.second_file import Differing

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SAMPLED = "sampled"
"""Of an assessment: whether it has been sampled, even where nobody says when."""

Cells = dict[str, Any]
"""What is said of one thing, by column; where nothing is, None or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(Differing, Generic[K, V]):
    """The things of `both` files; `conflicts` are the columns in which those in conflict differ."""

    both: dict[K, V]
    conflicts: tuple[str, ...]


def assessments_beside(
    here: Sequence[Assessment], said: Sequence[Assessment]
) -> Beside[tuple[str, str, date], Assessment]:
    """Assessments beside those of a second table: the same learner, unit and day are the same one."""
    first, second = ({each.key: each for each in found} for found in (here, said))
    return _beside(first, second, lambda _, each: f"{each.learner}, {each.unit}", _cells, _with)


def together(here: AssessmentFile, said: AssessmentFile) -> AssessmentFile:
    """Two tables of assessments as one, with what is wrong with either, and with both."""
    both = tuple(assessments_beside(here.assessments, said.assessments).both.values())
    problems = tuple(dict.fromkeys((*here.problems, *said.problems)))
    asked = {each.value for each in problems if each.code == "read"}
    more = (each for each in alike(both, "both files") if each.value not in asked)
    return AssessmentFile(both, (*problems, *more), (*here.sheets, *said.sheets), here.wording)


def steps_beside(here: Mapping[str, Days], said: Mapping[str, Days]) -> Beside[str, Days]:
    """The days of claims beside those of a second file, by learner."""
    return _beside(here, said, lambda learner, _: learner, _days_as_cells, _with_days)


def policies_beside(here: Policy, said: Policy) -> Beside[str, PolicyRule]:
    """The rules of a policy beside those of a second one, by id."""
    first, second = ({rule.id: rule for rule in policy.rule} for policy in (here, said))
    return _beside(first, second, lambda _, rule: rule.text, PolicyRule.model_dump)


def both_policies(here: Policy, said: Policy) -> Policy:
    """A policy that asks what either does; of rules in conflict, the first one's."""
    return Policy(
        id=f"{here.id}+{said.id}",
        title=f"{here.title} and {said.title}",
        source="; ".join(dict.fromkeys(filter(None, (here.source, said.source)))),
        rule=list(policies_beside(here, said).both.values()),
    )


def forms_beside(here: ClaimFormat, said: ClaimFormat) -> Beside[str, ClaimColumn]:
    """The columns of a claim file's form beside those of a second one."""
    first, second = ({column.column: column for column in form.column} for form in (here, said))
    return _beside(first, second, lambda name, _: name, ClaimColumn.model_dump)


# Any two files


def _beside(
    here: Mapping[K, V],
    said: Mapping[K, V],
    name: Callable[[K, V], str],
    cells: Callable[[V], Cells],
    fill: Callable[[V, Cells], V] | None = None,
) -> Beside[K, V]:
    """What a second file says of each thing; without `fill` a thing is what it is, whole."""
    kinds: dict[str, list[str]] = {kind: [] for kind in ("new", "changed", "unchanged", "conflicting")}
    both, conflicts = dict(here), list[str]()
    for key, each in said.items():
        first = here.get(key)
        if first is None:
            both[key] = each
            kinds["new"].append(name(key, each))
            continue
        old, new = cells(first), cells(each)
        open_ones = [column for column in new if fill and new[column] and not old.get(column)]
        wrong = [
            column
            for column, value in new.items()
            if column not in open_ones and (value or not fill) and not _same(old.get(column), value)
        ]
        if fill and open_ones and not wrong:
            both[key] = fill(first, {**old, **{column: new[column] for column in open_ones}})
        kind = "conflicting" if wrong else "changed" if open_ones else "unchanged"
        kinds[kind].append(name(key, first))
        conflicts += [
            f"{name(key, first)}: {column.replace('_', ' ')} {_told(old.get(column))}, "
            f"in the second file {_told(new[column])}"
            for column in wrong
        ]
    absent = tuple(name(key, each) for key, each in here.items() if key not in said)
    told = {kind: tuple(names) for kind, names in kinds.items()}
    return Beside(both=both, **told, absent=absent, conflicts=tuple(conflicts))


def _same(old: object, new: object) -> bool:
    """Whether two cells say the same; texts do in any case, and people are who they are elsewhere."""
    if isinstance(old, str) and isinstance(new, str):
        return identity(old).casefold() == identity(new).casefold()
    return old == new


def _told(value: object) -> str:
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(each)}" for name, each in value.items()) or "(nothing)"
    return "(nothing)" if value in (None, "") else f"“{value}”" if isinstance(value, str) else str(value)


# Things as cells


def _days_as_cells(days: Days) -> Cells:
    return {str(step): day for step, day in days.items()}


def _with_days(days: Days, cells: Cells) -> Days:
    return {step: cells[step] for step in days}


def _cells(each: Assessment) -> Cells:
    outcome = (each.sampling or Sampling()).cells
    sampled = "yes" if each.sampling is not None else ""
    return {
        "assessor": each.assessor,
        "iqa": each.iqa,
        **each.cells,
        SAMPLED: sampled,
        **dict(zip(OUTCOME, outcome, strict=True)),
    }


def _with(each: Assessment, cells: Cells) -> Assessment:
    sampling = Sampling(*(cells[name] for name in OUTCOME)) if cells[SAMPLED] else None
    return replace(
        each,
        iqa=cells["iqa"],
        cells={name: cells[name] for name in each.cells},
        sampling=sampling,
    )
