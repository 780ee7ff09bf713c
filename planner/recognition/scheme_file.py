"""The files of schemes of recognition, read strictly and joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from planner.catalogue.loading import data_folder
from planner.catalogue.rule_file import (
    WORDS,
    FileTable,
    Name,
    NamedFile,
    NoteEntry,
    RuleEntry,
    Text,
    each_file,
)
from planner.catalogue.rule_joiner import RuleJoiner, Vocabulary
from planner.catalogue.units import folded_ref
from planner.errors import Problem, nearest, refuse
from planner.recognition.schemes import (
    LARGEST_VALUE,
    LONGEST_ID,
    MONTHS,
    Award,
    Fact,
    FactKind,
    Measured,
    Recognition,
    Recurring,
)
from planner.rules.rule import Bound, Rule, bounds

_COUNTED_IN: Mapping[str, FactKind] = {
    "statements": "yes",
    "months": "months",
    "years": "years",
    "points": "points",
    "GCSEs": "GCSEs",
}
"""Which facts a rule may count in which words."""


FACTS: Vocabulary[Fact] = Vocabulary(
    "fact",
    "scheme",
    dict.fromkeys(_COUNTED_IN, lambda fact: 1),
    names={"group": lambda fact: [fact.kind], "ref": lambda fact: [fact.id]},
    picked_by="a fact has no such thing",
)
"""What the rules of a recognition say of its facts: each counts for what it is."""


Word = Annotated[Name, Field(pattern=WORDS, max_length=LONGEST_ID)]
"""An id that stands on the command line (`icco.service=18`) and in a table as it is."""


class FactEntry(FileTable):
    id: Word
    text: Name
    kind: FactKind
    most: Annotated[int, Field(ge=1, le=LARGEST_VALUE)] | None = None
    grows: bool | None = None
    measured: Measured | None = None


class AwardEntry(FileTable):
    id: Word
    title: Name
    decides: Name
    held: Name | None = None
    rule: list[RuleEntry] = Field(default_factory=list)


class RecurringEntry(FileTable):
    award: Name
    text: Name
    every_months: Annotated[int, Field(ge=1, le=1_200)]


class RecognitionEntry(NamedFile):
    """A whole file of a scheme."""

    id: Word
    title: Name
    body: Name
    region: Text = ""
    about: Literal["person", "centre"]
    source: Name
    verified: date
    qualification: Text = ""
    fact: Annotated[list[FactEntry], Field(min_length=1)]
    award: Annotated[list[AwardEntry], Field(min_length=1)]
    recurring: list[RecurringEntry] = Field(default_factory=list)
    note: list[NoteEntry] = Field(default_factory=list)


def load_recognitions(data: str | Path | None = None) -> dict[str, Recognition]:
    """Every scheme in the folder `recognition` of a data folder, by id; none without that folder.

    Raises
    ------
    DataError
        With every problem of the files.
    """
    folder = data_folder(data) / "recognition"
    found, problems = each_file(folder, RecognitionEntry, _joined)
    refuse(problems)
    return found


def _joined(path: Path, entry: RecognitionEntry, text: str) -> Recognition:
    source = str(path)
    facts = {fact.id: _fact(fact) for fact in entry.fact}
    problems = [*_repeated(source, "fact", [fact.id for fact in entry.fact])]
    problems += _repeated(source, "award", [award.id for award in entry.award])
    for number, fact in enumerate(entry.fact, start=1):
        problems += _wrong_fact(source, f"fact[{number}]", fact)
    awards = []
    for number, award in enumerate(entry.award, start=1):
        found = _AwardJoiner(source, f"award[{number}]", facts)
        held = award.held or ""
        awards.append(Award(award.id, award.title, found.join(award.rule), award.decides, held))
        problems += found.problems
        statements = [name for name, fact in facts.items() if fact.kind == "yes"]
        if held and held not in statements:
            message = f"must be a fact that is yes or no{nearest(held, statements)}"
            problems.append(Problem(source, message, field=f"award[{number}].held", value=held))
    names = [award.id for award in entry.award]
    for number, item in enumerate(entry.recurring, start=1):
        if item.award not in names:
            message = f"no award has this id{nearest(item.award, names)}"
            problems.append(Problem(source, message, field=f"recurring[{number}].award", value=item.award))
    refuse(problems)
    return Recognition(
        id=entry.id,
        title=entry.title,
        body=entry.body,
        region=entry.region,
        about=entry.about,
        source=entry.source,
        verified=entry.verified,
        facts=facts,
        awards=tuple(awards),
        recurring=tuple(Recurring(r.award, r.text, r.every_months) for r in entry.recurring),
        notes=tuple(note.text for note in entry.note),
        qualification=entry.qualification,
        digest=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def _fact(entry: FactEntry) -> Fact:
    grows = entry.kind == "months" if entry.grows is None else entry.grows
    return Fact(
        entry.id, entry.text, entry.kind, entry.most or _USUAL_MOST[entry.kind], grows, entry.measured
    )


_USUAL_MOST: Mapping[FactKind, int] = {
    "yes": 1,
    "months": 1_200,
    "years": 150,
    "points": LARGEST_VALUE,
    "GCSEs": 100,
}
"""The greatest value of a fact whose file says none."""


_MEASURED_IN: Mapping[Measured, FactKind] = {
    "cpd-points": "points",
    "cpd-points-last-year": "points",
    "cpd-each-year": "yes",
    "rules-met": "yes",
}


def _wrong_fact(source: str, field: str, entry: FactEntry) -> Iterator[Problem]:
    """Keys of a fact that do not go with its kind."""
    if entry.kind == "yes" and entry.most not in (None, 1):
        message = "does not go with a fact that is yes or no"
        yield Problem(source, message, field=f"{field}.most", value=str(entry.most))
    if entry.grows and entry.kind not in MONTHS:
        message = f"only {' and '.join(MONTHS)} grow with time"
        yield Problem(source, message, field=f"{field}.grows", value="true")
    if entry.measured is not None and entry.kind != _MEASURED_IN[entry.measured]:
        message = f"is measured as {_MEASURED_IN[entry.measured]}, but the fact is of kind {entry.kind}"
        yield Problem(source, message, field=f"{field}.measured", value=entry.measured)


def _repeated(source: str, what: str, names: list[str]) -> Iterator[Problem]:
    """Ids that stand twice, as people type them: since-audit and SinceAudit are one."""
    folded = [folded_ref(name) for name in names]
    for name, short in sorted(zip(names, folded, strict=True)):
        if folded.count(short) > 1:
            yield Problem(source, f"two {what}s have this id", field=f"{what}.id", value=name)


class _AwardJoiner(RuleJoiner[Fact]):
    """Joins the rules of one award with the facts."""

    def __init__(self, source: str, field: str, facts: Mapping[str, Fact]) -> None:
        super().__init__(source, list(facts.values()), FACTS, f"{field}.rule")
        self._facts = facts

    def join(self, entries: Sequence[RuleEntry]) -> tuple[Rule, ...]:
        """The rules of the entries; those with a problem are left out."""
        rules = self.rules(entries)
        self.check_ids(entries, [])
        for rule in rules:
            for bound in bounds(rule):
                self._check_bound(bound)
        return rules

    def _unfit(self, place: str, entry: RuleEntry) -> Iterator[Problem]:
        yield from super()._unfit(place, entry)
        if entry.all and entry.count != "statements":
            message = "goes with statements only: say how many with at_least"
            yield Problem(self.source, message, field=f"{place}.all", value=entry.count)

    def _check_bound(self, bound: Bound) -> None:
        """Whether the rule counts facts in their own words, and anybody can meet it."""
        requirement = bound.kind == "requires"
        kind = "yes" if requirement else _COUNTED_IN[bound.count]
        for ref in bound.weights:
            if self._facts[ref].kind != kind:
                right = next(count for count, of in _COUNTED_IN.items() if of == self._facts[ref].kind)
                count = "statements" if requirement else bound.count
                message = f"rule {bound.id} counts {count}, but {ref} is counted in {right}"
                self._problem(self.field, message, bound.count)
        most = sum(weight * self._facts[ref].most for ref, weight in bound.weights.items() if weight > 0)
        if bound.at_least is not None and bound.at_least > most:
            message = f"rule {bound.id} asks for more than these facts can be, {most}"
            self._problem(self.field, message, str(bound.at_least))
