"""What clashes and no longer does without any one of its members, and what hits each of several sets.

Where rules or wishes cannot stand together, these are the conflicts and the ways out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from planner.errors import DisagreementError

T = TypeVar("T", bound=Any)
"""What can be sorted."""


def unique(lists: Iterable[list[T]]) -> list[list[T]]:
    """Each list once, in the order given."""
    return [list(names) for names in dict.fromkeys(tuple(names) for names in lists)]


def hitting_sets(sets: Sequence[frozenset[T]], most: int) -> tuple[list[list[T]], bool]:
    """The smallest sets that share a member with each of `sets`: at most `most`, and whether these are all.

    Built one set after the other (Berge, *Hypergraphs*, 1989); what contains a smaller one is dropped. The
    minimal conflicts are the hitting sets of the minimal corrections, and the other way round (Reiter, *A
    theory of diagnosis from first principles*, 1987), so that either list gives the other.
    """
    limit = 50 * most
    found: list[frozenset[T]] = [frozenset()]
    complete = True
    for members in sets:
        # Those that hit this set too stay; each other one grows by any one member of it, unless a smaller one
        # does as well.
        hitting = [chosen for chosen in found if chosen & members]
        grown = {chosen | {member} for chosen in found if not chosen & members for member in members}
        # Two grown ones never contain each other: neither had a member of this set before, so that the ones
        # they grew from would do so too. Comparing with those that stay is enough.
        smallest = [new for new in grown if not any(old <= new for old in hitting)]
        found = sorted([*hitting, *smallest], key=lambda chosen: (len(chosen), sorted(chosen)))
        if len(found) > limit:
            found, complete = found[:limit], False
    return [sorted(chosen) for chosen in found[:most]], complete and len(found) <= most


def minimal(items: Sequence[T], clash: Callable[[Sequence[T]], bool]) -> list[T]:
    """A subset of `items` that clashes and no longer does without any one of its members.

    Found by deletion: an item is left out for good if the rest still clashes. As long as that goes well twice
    as many are tried at once, as only few of many mostly clash. `clash` must be monotone: more items never
    make a clash go away.

    Raises
    ------
    DisagreementError
        If the result fails its verification, so `clash` contradicts itself.
    """
    kept = list(items)
    # A deletion filter (Chinneck and Dravnieks, ORSA Journal on Computing 3, 1991, 157-168): what is needed
    # once is needed in every part, so that each item is decided for good.
    # QuickXplain divides (Junker, AAAI 2004); here the pieces double while they can go, as in an exponential
    # search: a conflict of k among n items takes about k log n questions.
    place, size = 0, 1
    while place < len(kept):
        rest = [*kept[:place], *kept[place + size :]]
        if clash(rest):
            kept, size = rest, 2 * size
        elif size > 1:
            size //= 2
        else:
            place += 1
    check_minimal(kept, clash)
    return kept


def check_minimal(items: Sequence[T], clash: Callable[[Sequence[T]], bool]) -> None:
    """Makes sure that items clash, and no longer do without any one of them.

    Raises
    ------
    DisagreementError
        If that is not so.
    """
    # Leaving out one at a time is enough: where a smaller part clashes, so does each larger one.
    alone = [[other for other in items if other != item] for item in items]
    if not clash(items) or any(clash(rest) for rest in alone):
        raise DisagreementError(f"{list(items)} is not a minimal conflict")
