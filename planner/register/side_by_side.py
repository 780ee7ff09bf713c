"""Learners merged with those of another file, by the rules of an import, before anything is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

from planner.catalogue.qualification import Qualification
from planner.files.people import identity
from planner.files.second_file import Differing
from planner.records.learner_files import as_portfolio
from planner.records.portfolios import Decision, Portfolio
from planner.records.wishes import Request, Wishes
from planner.register.merging import BOTH, Dispute, WordPolicy, merged
from planner.register.rows import Values, as_details, in_order, of_portfolio

L = TypeVar("L", bound=Portfolio | Request)

WISHED = ("pins", "excludes", "held", "tasks", "keep", "survive", "ways")
"""What a row of wishes may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide(Differing, Generic[L]):
    """Learners with those of a second file merged into them; whom the file says nothing new of stays.

    The `disputes` of those in conflict were not taken.
    """

    learners: tuple[L, ...]
    disputes: tuple[Dispute, ...]


def side_by_side(
    qualification: Qualification, present: Sequence[L], said: Iterable[L], source: str
) -> SideBySide[L]:
    """What becomes of `present` learners with what the file `source` says: nothing kept goes back."""
    found = {identity(each.learner): each for each in present}
    kinds: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": [], "conflicting": []}
    absent = {key: each.learner for key, each in found.items()}
    disputes: list[Dispute] = []
    for each in said:
        key, before = identity(each.learner), len(disputes)
        absent.pop(key, None)
        here = found.get(key)
        if here is None:
            found[key] = each
            kinds["new"].append(each.learner)
            continue
        found[key] = cast("L", _either(qualification, here, each, source, disputes))
        kind = "conflicting" if len(disputes) > before else "unchanged" if found[key] == here else "changed"
        kinds[kind].append(here.learner)
    names = {kind: tuple(learners) for kind, learners in kinds.items()}
    left = tuple(absent.values())
    return SideBySide(learners=tuple(found.values()), **names, absent=left, disputes=tuple(disputes))


def _either(
    qualification: Qualification,
    here: Portfolio | Request,
    said: Portfolio | Request,
    source: str,
    disputes: list[Dispute],
) -> Portfolio | Request:
    """One learner with what a file says of them; rows of units do not go into a row of wishes."""
    if isinstance(here, Request) and isinstance(said, Request):
        return _request(qualification, here, said, source, disputes)
    if isinstance(here, Portfolio) and isinstance(said, Portfolio):
        return here if said.doubt else _one(qualification, here, said, source, disputes)
    kinds = {Portfolio: "rows of units", Request: "a row of wishes"}
    kept, wanted = kinds[type(here)], kinds[type(said)]
    disputes.append(Dispute(here.learner, "", "learner", kept, wanted, "is told in another way", source))
    return here


def _request(
    qualification: Qualification, here: Request, said: Request, source: str, disputes: list[Dispute]
) -> Request:
    """One learner's wishes with what a file says of them: all of it where they had none."""
    details = _one(qualification, _details(here), _details(said), source, disputes).details
    wishes = here.wishes if _asks(here.wishes) else said.wishes
    if _asks(said.wishes):
        for name in WISHED:
            old, new = (_text(getattr(each, name)) for each in (wishes, said.wishes))
            if old != new:
                disputes.append(Dispute(here.learner, "", name, old, new, BOTH, source, said.row))
    return replace(here, wishes=wishes, name=details.name, details=replace(details, name=here.details.name))


def _details(request: Request) -> Portfolio:
    """What is known of a learner beside their wishes."""
    return replace(as_portfolio(request), entries=(), outside=())


def _asks(wishes: Wishes) -> bool:
    return any(getattr(wishes, name) for name in WISHED)


def _text(value: object) -> str:
    """What a row says, in an order that does not depend on its own."""
    if not isinstance(value, Iterable):
        return str(value or "")
    return " ".join(sorted("=".join(part) if isinstance(part, tuple) else str(part) for part in value))


def _one(
    qualification: Qualification, here: Portfolio, said: Portfolio, source: str, disputes: list[Dispute]
) -> Portfolio:
    """One learner's portfolio with what a file says of it."""
    kept, wanted = of_portfolio(here), of_portfolio(said)

    def both(ref: str, present: Values, given: Values) -> Values:
        # Without a base, as of an import: what is empty is filled, what differs is told.
        values, wrong = merged(present, None, given, WordPolicy(source=source))
        for name, message in wrong:
            old, new = ("" if v is None else str(v) for v in (present.get(name), given[name]))
            disputes.append(Dispute(here.learner, ref, name, old, new, message, source, wanted.rows.get(ref)))
        return present if ref and wrong else values

    person = both("", kept.person or {}, wanted.person or {})
    registration = both("", kept.registration or {}, wanted.registration or {})
    units = {ref: {**values, "ref": ref} for ref, values in (kept.units or {}).items()}
    for ref, values in (wanted.units or {}).items():
        old = units.get(ref)
        units[ref] = {**(values if old is None else both(ref, old, values)), "ref": ref}
    outside = tuple(dict.fromkeys((*here.outside, *said.outside)))
    entries = in_order(qualification.by_ref, {r: unit for r, unit in units.items() if r not in outside})
    result = replace(
        here,
        entries=entries,
        decisions=_decisions(here.decisions, said.decisions),
        details=as_details(person, registration, registration.get("assessor", "")),
        recorded=bool(registration["recorded"]),
        outside=outside,
    )
    same = {entry.ref: entry for entry in here.entries} == {entry.ref: entry for entry in entries}
    return replace(result, entries=here.entries) if same else result


def _decisions(here: Sequence[Decision], said: Sequence[Decision]) -> tuple[Decision, ...]:
    """Every decision of both, each once; one that either has withdrawn is."""

    def made(decision: Decision) -> Decision:
        return replace(decision, withdrawn=None, withdrawn_by="")

    found = {made(each): each for each in here}
    for each in said:
        if made(each) not in found or found[made(each)].in_force:
            found[made(each)] = each
    return tuple(found.values())
