"""Where a learner's achieved units lead: every qualification on file, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import Unit, find_ref, folded_ref, split_refs
from planner.errors import DataError, Parameter, Problem, nearest
from planner.portfolio.verdict import Verdict, verdict_of
from planner.records.wishes import Wishes, default_goals


@dataclass(frozen=True, slots=True)
class Standing:
    """What the achieved units come to in one qualification."""

    qualification: Qualification
    verdict: Verdict
    differing: tuple[str, ...] = ()
    """What achieved units are worth here, where that is something else in another qualification."""

    @property
    def achieved(self) -> tuple[str, ...]:
        """The achieved units that this qualification lists."""
        return tuple(sorted((*self.verdict.counted, *self.verdict.surplus)))

    def to_json(self) -> dict[str, Any]:
        """The standing as JSON."""
        found = self.verdict.to_json()
        return {
            "qualification": self.qualification.to_json(),
            "rules_met": found["rules_met"],
            "decided": found["decided"],
            "counted": found["counted"],
            "surplus": found["surplus"],
            "missing": found["missing"],
            "conflicts": found["conflicts"],
            "figures_differ": list(self.differing),
            "data": self.qualification.digest,
        }


def any_of(qualifications: Iterable[Qualification]) -> Qualification:
    """All units on file as if one qualification listed them, so that a portfolio of any can be read."""
    on_file = list(qualifications)
    units: dict[str, Unit] = {}
    for one in on_file:
        for unit in one.units:
            units.setdefault(folded_ref(unit.ref), unit)
    rules = tuple(rule for one in on_file for rule in one.rules)
    title = "Any qualification on file"
    return Qualification("any", title, "", date.today(), tuple(units.values()), rules)


def standings(qualifications: Iterable[Qualification], achieved: Iterable[str]) -> tuple[Standing, ...]:
    """The standings of achieved units: rules met first, then those with the fewest guided hours missing.

    Where no hours are on file, those with the fewest units missing follow. A qualification no way leads to
    comes last; among equals the one that counts more of the units.

    Parameters
    ----------
    qualifications
        The qualifications on file.
    achieved
        Refs of achieved units, typed as people type them, of any of these qualifications; a text may
        hold several.

    Raises
    ------
    DataError
        For refs that no qualification on file lists.
    """
    on_file = list(qualifications)
    texts = [part for text in achieved for part in split_refs(text) or [text]]
    known = sorted({ref for qualification in on_file for ref in qualification.by_ref})
    unknown = [text for text in texts if find_ref(text, known) is None]
    if unknown:
        message = "no qualification on file has a unit with this ref"
        raise DataError(
            [
                Problem(Parameter("achieved"), f"{message}{nearest(text, known)}", value=text or "(empty)")
                for text in unknown
            ]
        )
    found = [_standing(qualification, texts, on_file) for qualification in on_file]
    return tuple(sorted(found, key=_nearness))


def _standing(
    qualification: Qualification, texts: Iterable[str], on_file: Iterable[Qualification]
) -> Standing:
    refs = {find_ref(text, qualification.by_ref) for text in texts}
    held = frozenset(ref for ref in refs if ref is not None)
    differing = tuple(_differing(qualification, sorted(held), on_file))
    wishes = Wishes(held=held, goals=default_goals(qualification))
    return Standing(qualification, verdict_of(qualification, wishes), differing)


def _differing(
    qualification: Qualification, refs: Iterable[str], on_file: Iterable[Qualification]
) -> Iterator[str]:
    for ref in refs:
        here = _worth(qualification, qualification.by_ref[ref])
        others: dict[str, list[str]] = {}
        for other in on_file:
            listed = find_ref(ref, other.by_ref)
            if listed is not None and (there := _worth(other, other.by_ref[listed])) != here:
                others.setdefault(there, []).append(other.id)
        if others:
            elsewhere = "; ".join(f"{there} in {', '.join(ids)}" for there, ids in others.items())
            yield f"{ref} has {here} here, {elsewhere}."


def _worth(qualification: Qualification, unit: Unit) -> str:
    return ", ".join([f"level {unit.level}", *qualification.figure_words(unit.credits, unit.glh)])


def _nearness(standing: Standing) -> tuple[bool, bool, bool, int, int, str]:
    verdict, hours = standing.verdict, standing.verdict.home.cost
    counts_units = "glh" not in standing.qualification.figures
    # No hours missing is not enough: a unit without guided hours may be.
    return (
        not verdict.rules_met,
        hours is None,
        counts_units,
        hours or 0,
        -len(verdict.counted),
        standing.qualification.id,
    )
