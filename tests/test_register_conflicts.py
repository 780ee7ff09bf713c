"""Where two have changed the same, and where somebody is given another reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from planner import DataError, Portfolio, Qualification
from planner.records.portfolios import Decision, Details, Entry
from planner.register import Actor, Dispute, Kept, OvertakenError, Register
from planner.register.merging import Whose
from tests import test_register
from tests.registers import ADA

address, kept = test_register.address, test_register.kept

BEN = Actor("Ben Example")
"""Who saves first."""


def both(kept: Register, real: Qualification) -> Kept:
    """A learner whom two have opened."""
    refs = list(real.by_ref)[:3]
    entries = tuple(Entry(ref, "in progress", "E1") for ref in refs)
    decision = Decision("exempt", list(real.by_ref)[5], "seen", "Bob Example", date(2026, 1, 2))
    details = Details(name="Learner 1", assessor="Bob Example", hours_per_week=5)
    (found,) = kept.save(ADA, real, [Portfolio("L1", entries, (decision,), details)])
    kept.add_person(ADA, BEN.name, ["manager"])
    return found


def unit(found: Portfolio, place: int, **values: Any) -> Portfolio:
    entries = list(found.entries)
    entries[place] = replace(entries[place], **values)
    return replace(found, entries=tuple(entries))


def without(found: Portfolio, place: int) -> Portfolio:
    return replace(found, entries=found.entries[:place] + found.entries[place + 1 :])


def of_learner(found: Portfolio, **values: Any) -> Portfolio:
    return replace(found, details=replace(found.details, **values))


CHANGES: dict[str, tuple[Callable[[Portfolio], Portfolio], Callable[[Portfolio], Portfolio]]] = {
    "status": (lambda p: unit(p, 0, status="assessed"), lambda p: unit(p, 0, status="submitted")),
    "evidence": (lambda p: unit(p, 1, evidence="E2"), lambda p: unit(p, 1, evidence="E3")),
    "progress": (lambda p: unit(p, 1, progress=20), lambda p: unit(p, 1, progress=30)),
    "taken away by them": (lambda p: without(p, 0), lambda p: unit(p, 0, status="submitted")),
    "taken away by me": (lambda p: unit(p, 0, status="submitted"), lambda p: without(p, 0)),
    "name": (lambda p: of_learner(p, name="Zoe"), lambda p: of_learner(p, name="Zoë")),
    "hours": (lambda p: of_learner(p, hours_per_week=6), lambda p: of_learner(p, hours_per_week=7)),
    "assessor": (lambda p: of_learner(p, assessor="Cy Example"), lambda p: of_learner(p, assessor="Di Example")),
}  # fmt: skip
"""What is changed on both sides: by who saves first, and by who saves then."""


@pytest.mark.parametrize("choice", ["mine", "theirs"])
@pytest.mark.parametrize("what", list(CHANGES))
def test_of_what_both_have_changed_the_word_chosen_stays(
    kept: Register, real: Qualification, what: str, choice: Whose
) -> None:
    opened, (theirs, mine) = both(kept, real), CHANGES[what]
    first, second = theirs(opened.portfolio), mine(opened.portfolio)
    kept.save(BEN, real, [first], opened=[opened], reason="as agreed")
    head = kept.head(ADA)
    with pytest.raises(OvertakenError) as told:
        kept.save(ADA, real, [second], opened=[opened], reason="as agreed")
    (dispute,) = told.value.disputes
    assert dispute.choices == ("mine", "theirs")
    assert (dispute.ref == "") == (what in ("name", "hours", "assessor"))
    assert kept.head(ADA) == head
    chosen = {dispute: choice}
    (found,) = kept.save(ADA, real, [second], opened=[opened], reason="as agreed", settled=chosen)
    assert found.portfolio == (second if choice == "mine" else first)
    assert (kept.head(ADA) == head) == (choice == "theirs")
    assert kept.verify(ADA).intact


def test_each_field_is_chosen_for_itself_and_what_nobody_chose_is_told_again(
    kept: Register, real: Qualification
) -> None:
    opened = both(kept, real)
    kept.save(BEN, real, [unit(unit(opened.portfolio, 0, evidence="A"), 1, evidence="B")], opened=[opened])
    mine = unit(unit(opened.portfolio, 0, evidence="C"), 1, evidence="D")
    with pytest.raises(OvertakenError) as told:
        kept.save(ADA, real, [mine], opened=[opened])
    one, two = told.value.disputes
    with pytest.raises(OvertakenError) as again:
        kept.save(ADA, real, [mine], opened=[opened], settled={one: "mine"})
    assert again.value.disputes == (two,)
    seen = set()
    for first, second in product(("mine", "theirs"), repeat=2):
        chosen: dict[Dispute, Whose] = {one: first, two: second}  # type: ignore[dict-item]
        (found,) = kept.save(ADA, real, [mine], opened=[opened], settled=chosen)
        seen.add(tuple(entry.evidence for entry in found.portfolio.entries[:2]))
        back = unit(unit(found.portfolio, 0, evidence="A"), 1, evidence="B")
        kept.save(BEN, real, [back], opened=[found])
    assert seen == {("A", "B"), ("A", "D"), ("C", "B"), ("C", "D")}


def test_what_changes_again_while_somebody_chooses_is_told_anew(kept: Register, real: Qualification) -> None:
    opened = both(kept, real)
    (theirs,) = kept.save(BEN, real, [unit(opened.portfolio, 0, evidence="A")], opened=[opened])
    mine = unit(opened.portfolio, 0, evidence="C")
    with pytest.raises(OvertakenError) as told:
        kept.save(ADA, real, [mine], opened=[opened])
    kept.save(BEN, real, [unit(opened.portfolio, 0, evidence="B")], opened=[theirs])
    with pytest.raises(OvertakenError) as again:
        kept.save(ADA, real, [mine], opened=[opened], settled={told.value.disputes[0]: "mine"})
    assert [each.kept for each in again.value.disputes] == ["B"]


def test_a_decision_that_both_withdraw_stays_as_it_was_withdrawn_first(
    kept: Register, real: Qualification
) -> None:
    opened = both(kept, real)
    (decision,) = opened.portfolio.decisions

    def withdrawn(day: int, by: str) -> Portfolio:
        gone = replace(decision, withdrawn=date(2026, 2, day), withdrawn_by=by)
        return replace(opened.portfolio, decisions=(gone,))

    kept.save(BEN, real, [withdrawn(1, "Ben")], opened=[opened])
    with pytest.raises(OvertakenError) as told:
        kept.save(ADA, real, [withdrawn(2, "Ada")], opened=[opened])
    (dispute,) = told.value.disputes
    assert dispute.choices == ("theirs",)
    with pytest.raises(OvertakenError):
        kept.save(ADA, real, [withdrawn(2, "Ada")], opened=[opened], settled={dispute: "mine"})
    (found,) = kept.save(ADA, real, [withdrawn(2, "Ada")], opened=[opened], settled={dispute: "theirs"})
    assert found.portfolio.decisions[0].withdrawn_by == "Ben"


# Another reference


def test_who_is_given_another_reference_stays_the_same_person(kept: Register, real: Qualification) -> None:
    opened = both(kept, real)
    said = replace(unit(opened.portfolio, 0, status="submitted"), learner="L7")
    (found,) = kept.save(ADA, real, [said], opened=[opened], renamed={"L7": "L1"})
    assert found.portfolio == said
    assert found.registration == opened.registration
    assert [each.learner for each in kept.learners(ADA)] == ["L7"]
    words = [event.words for event in kept.history(ADA, found.registration)]
    assert "L7: reference from L1 to L7" in words
    assert words[0].startswith("L1 made known")
    assert kept.verify(ADA).intact


@pytest.mark.parametrize("new", ["L2", "l2"])
def test_nobody_is_given_the_reference_of_somebody_else(
    kept: Register, real: Qualification, new: str
) -> None:
    opened = both(kept, real)
    kept.save(ADA, real, [Portfolio("L2", opened.portfolio.entries)])
    head = kept.head(ADA)
    said = "is the reference of another learner already" if new == "L2" else "may be the same person"
    with pytest.raises(DataError, match=said):
        kept.save(ADA, real, [replace(opened.portfolio, learner=new)], opened=[opened], renamed={new: "L1"})
    assert kept.head(ADA) == head


def test_who_may_not_change_details_gives_no_reference(kept: Register, real: Qualification) -> None:
    opened = both(kept, real)
    learner = Actor("L1", "learner")
    with pytest.raises(DataError, match="may not change a learner's details as learner"):
        kept.save(
            learner, real, [replace(opened.portfolio, learner="L7")], opened=[opened], renamed={"L7": "L1"}
        )
    assert [each.learner for each in kept.learners(ADA)] == ["L1"]


@pytest.mark.parametrize("how", ["renamed", "erased"])
def test_who_saves_somebody_renamed_or_erased_since_brings_nobody_back(
    kept: Register, real: Qualification, how: str
) -> None:
    opened = both(kept, real)
    if how == "renamed":
        kept.save(BEN, real, [replace(opened.portfolio, learner="L7")], opened=[opened], renamed={"L7": "L1"})
    else:
        kept.erase(BEN, "L1", "asked to")
    head = kept.head(ADA)
    with pytest.raises(OvertakenError, match="is no longer kept under this reference") as told:
        kept.save(ADA, real, [of_learner(opened.portfolio, employer="A Shop")], opened=[opened])
    assert [each.choices for each in told.value.disputes] == [()]
    assert kept.head(ADA) == head
    assert [each.learner for each in kept.learners(ADA)] == (["L7"] if how == "renamed" else [])
