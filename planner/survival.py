"""Plans that still meet the rules when some of their optional units fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from weakref import WeakKeyDictionary

from planner.audit import audit
from planner.model import Model
from planner.qualification import Qualification
from planner.rules import Rule
from planner.wishes import Wishes

_optional: WeakKeyDictionary[Qualification, frozenset[str]] = WeakKeyDictionary()


def optional_units(qualification: Qualification) -> frozenset[str]:
    """The units that are not in every valid selection; all, if there is no valid selection."""
    if qualification not in _optional:
        model = Model(list(qualification.by_ref), qualification.rules_given(frozenset()))
        candidates = model.solve({}).counted
        needed = {ref for ref in candidates if model.solve({ref: False}).decision == "infeasible"}
        _optional[qualification] = frozenset(qualification.by_ref) - needed
    return _optional[qualification]


def breaking_losses(
    qualification: Qualification,
    wishes: Wishes,
    counted: Collection[str],
    rules: Sequence[Rule] | None = None,
) -> Iterator[tuple[frozenset[str], Rule]]:
    """Losses of at most `wishes.survive` optional units after which a rule is no longer met, and that rule.

    Held units cannot fail. Of losses that break a rule only the smallest are given. `rules` are those
    looked at; all, if not given.
    """
    if not wishes.survive:
        return
    measured = qualification.rules_given(wishes.held) if rules is None else rules
    can_fail = sorted(optional_units(qualification) & set(counted) - wishes.held)
    found: list[frozenset[str]] = []
    for size in range(1, wishes.survive + 1):
        for units in combinations(can_fail, size):
            loss = frozenset(units)
            if any(smaller <= loss for smaller in found):
                continue
            broken = [f.rule for f in audit(measured, set(counted) - loss) if not f.holds]
            found += [loss] if broken else []
            yield from ((loss, rule) for rule in broken)
