"""Sampling policies: what internal quality assurance must look at, as data.

A rule asks for so many of each stratum: the assessments that agree in some columns. Percentages are each
awarding organisation's own; what ships is an example.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from planner.catalogue.loading import shipped
from planner.catalogue.rule_file import FileTable as Table
from planner.catalogue.rule_file import Id, Name, NamedFile, Names, Percent, Text, read_whole
from planner.errors import Problem, refuse
from planner.files.wording import folded

COLUMNS = ("learner", "ref", "assessor", "date")
"""The columns that every table of assessments has."""


class PolicyRule(Table):
    """So many of each stratum: of all assessments `where` these columns have one of these values.

    There is a stratum for each combination of the columns `each` that occurs; without any there is one.
    """

    id: Id
    text: Name
    each: Names | None = None
    where: dict[str, Names] = Field(default_factory=dict)
    at_least: Annotated[int, Field(ge=1, le=100_000)] | None = None
    percent: Percent | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule selects by."""
        return tuple(dict.fromkeys((*(self.each or ()), *self.where)))

    def takes(self, cells: dict[str, str]) -> bool:
        """Whether the rule speaks of an assessment with these cells."""
        return all(
            folded(cells.get(name, "")) in {folded(value) for value in values}
            for name, values in self.where.items()
        )

    def needed(self, number: int) -> int:
        """How many of a stratum of so many assessments are to be sampled; a share is rounded up."""
        if self.percent is None:
            return self.at_least or 0
        return -(-number * self.percent // 100)


class Policy(NamedFile):
    """The rules that a sample keeps."""

    title: Name
    source: Text = ""
    rule: Annotated[list[PolicyRule], Field(min_length=1)]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its rules select by, beside those that every table has."""
        named = (name for rule in self.rule for name in rule.columns)
        return tuple(name for name in dict.fromkeys(named) if name not in COLUMNS)


def load_policy(path: Path | None = None) -> Policy:
    """The policy of a file; None: the example that ships.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    path = shipped("data") / "assurance" / "example-policy.toml" if path is None else path
    policy = read_whole(Policy, path)
    ids = [rule.id for rule in policy.rule]
    wrong = {
        "needs at_least or percent, and not both": [
            number
            for number, rule in enumerate(policy.rule)
            if (rule.at_least is None) == (rule.percent is None)
        ],
        "another rule has this id": [number for number, name in enumerate(ids) if name in ids[:number]],
    }
    refuse(
        Problem(str(path), message, field=f"rule[{number + 1}]", value=ids[number])
        for message, numbers in wrong.items()
        for number in numbers
    )
    return policy
