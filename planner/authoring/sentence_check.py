"""Do the numbers of a published sentence agree with its rule?"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.catalogue.remarks import Remark
from planner.catalogue.sentences import SentenceFigures, sentence_figures, worked_out
from planner.catalogue.units import Unit
from planner.rules.rule import Bound, Choice, Rule, bounds, told


def sentences(qualification: Qualification) -> Iterator[Remark]:
    """Sentences with numbers, none of which is their rule's, or with one in place of a limit.

    What only tells which units a rule counts is no number of this kind. Where a sentence speaks of an amount
    that is neither a whole number nor a half one, nobody has compared it.
    """
    parts = [part for rule in qualification.rules if rule.kind != "barred" for part in _parts(rule)]
    for part in parts:
        found = sentence_figures(part.text, qualification.by_ref)
        if isinstance(part, Bound) and part.derived:
            others = {limit for other in parts if other is not part for limit in _limits(other)}
            wrong = _derivation(part, found, others)
            unread = False
        else:
            unread, wrong = _compared(qualification, part, found)
        if isinstance(part, Bound) and part.share is not None and not wrong:
            unread, wrong = _shared(part.share.percent, part.text, found)
        if wrong:
            yield Remark("notice" if unread else "error", f"sentence-{part.id}", wrong)


def _compared(qualification: Qualification, rule: Rule, found: SentenceFigures) -> tuple[bool, str]:
    """Whether a rule's sentence could not be read, and what is wrong with it; empty if nothing is."""
    readings = frozenset[float]().union(*found.counts)
    meant = _meant(rule)
    known = meant | _naming(qualification, rule, readings | found.levels)
    right, unsaid = readings & meant, _limits(rule) - readings
    if not meant or (right and not unsaid):
        return False, ""
    if found.unread and (unsaid or not right):
        amounts, asked = ", ".join(found.unread), _listed(unsaid or meant)
        text = f"“{rule.text}” names an amount that was not read ({amounts}), so nobody has compared it"
        return True, f"{text} with what the rule asks ({asked})."
    other = {max(count) for count in found.counts if not count & known}
    if any(bound.by_level for bound in bounds(rule)):
        other |= found.levels - known
    if not other:
        return False, ""
    if not right:
        return False, f"“{rule.text}” says none of the rule's numbers ({_listed(meant)})."
    return False, f"“{rule.text}” says {_listed(other)} and not what the rule asks ({_listed(unsaid)})."


def _shared(percent: int, text: str, found: SentenceFigures) -> tuple[bool, str]:
    """Whether the share of a sentence could not be read, and what is wrong with it; empty if nothing is."""
    if percent in found.shares or not found.unread:
        return False, ""
    if found.shares:
        return False, f"“{text}” says {_listed(found.shares)}% and not what the rule asks ({percent}%)."
    amounts = ", ".join(found.unread)
    return True, f"“{text}” names an amount that was not read ({amounts}), so nobody has compared it."


def _derivation(rule: Bound, found: SentenceFigures, others: Collection[float]) -> str:
    """What is wrong with how a limit is derived from the numbers of its sentence; empty if nothing is."""
    worked = worked_out(rule.derived)
    if worked is None:
        return f"“{rule.derived}” is no arithmetic of whole numbers or halves."
    value, numbers = worked
    readings = frozenset[float]().union(*found.counts)
    if value not in _limits(rule):
        return f"“{rule.derived}” is {value}, which is no limit of the rule ({_listed(_limits(rule))})."
    if not numbers & readings:
        return f"“{rule.derived}” has no number of the sentence “{rule.text}”."
    if strange := numbers - readings - set(others):
        text = f"“{rule.derived}” has what stands neither in the sentence nor in another rule"
        return f"{text}: {_listed(strange)}."
    return ""


def _listed(numbers: Iterable[float]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


def _limits(rule: Rule) -> set[float]:
    """The limits that a sentence has to name, if it names numbers; those of a choice are often just words."""
    if isinstance(rule, Choice) or rule.share is not None:
        return set()
    return {limit for limit in (rule.at_least, rule.at_most) if limit is not None}


def _parts(rule: Rule) -> Iterator[Rule]:
    yield rule
    if isinstance(rule, Choice):
        for part in rule.of:
            yield from _parts(part)


def _meant(rule: Rule) -> set[float]:
    """The numbers a sentence may name: the limits, and what all the units of the rule come to."""
    limits = {limit for limit in (rule.at_least, rule.at_most) if limit is not None}
    if isinstance(rule, Choice):
        return limits | {number for part in rule.of for number in _meant(part)}
    if rule.kind == "requires" or rule.share is not None:
        return set()  # one unit needs another: no number; a share is compared as one
    return limits | {len(rule.weights), told(sum(rule.weights.values()))}


_Comparison = Callable[[Any, Any], Any]


_COMPARED: tuple[_Comparison, ...] = (operator.eq, operator.ge, operator.le)
"""How a unit is compared with a number: at level 2, 6 credits or more, level 2 or lower."""


_COMPARED_STRICTLY: tuple[_Comparison, ...] = (operator.gt, operator.lt)
"""How else, where a sentence has one of the words of `_STRICT`: below level 2, more than 5 credits."""


_STRICT = re.compile(r"\b(?:above|below|over|under|than)\b", re.IGNORECASE)


def _naming(qualification: Qualification, rule: Rule, said: Collection[float]) -> set[float]:
    """Those of the numbers said that tell which units a rule counts: their level, or size in credits.

    Such a number parts the units that the rule counts from the others of the same kind.
    """
    if isinstance(rule, Choice):
        return {number for part in rule.of for number in _naming(qualification, part, said)}
    counted = [qualification.by_ref[ref] for ref in rule.weights]
    found: set[float] = {unit.level for unit in counted if unit.ref in rule.by_level}
    kinds = [("level", [unit for unit in qualification.units if unit.ref in rule.by_level])]
    kinds += [("credits", units) for units in _kinds(qualification, counted)]
    compared = _COMPARED + (_COMPARED_STRICTLY if _STRICT.search(rule.text) else ())
    return found | {
        number
        for number in said
        for attribute, units in kinds
        for compare in compared
        if _parts_off(rule, {unit.ref: bool(compare(getattr(unit, attribute), number)) for unit in units})
    }


def _kinds(qualification: Qualification, counted: Sequence[Unit]) -> Iterator[list[Unit]]:
    """The kinds of unit that some units may be the large or the small ones of."""
    groups = {unit.group for unit in counted}
    tags = set.intersection(*({*unit.tags} for unit in counted)) if counted else set()
    levels = {unit.level for unit in counted}
    for units in (qualification.units, [unit for unit in qualification.units if unit.group in groups]):
        yield list(units)
        yield [unit for unit in units if tags.issubset(unit.tags)]
        yield [unit for unit in units if unit.level in levels]


def _parts_off(rule: Bound, picked: Mapping[str, bool]) -> bool:
    """Whether, of units told apart, those picked are the ones the rule counts, and some are not picked."""
    return not all(picked.values()) and {r for r, yes in picked.items() if yes} == rule.weights.keys()
