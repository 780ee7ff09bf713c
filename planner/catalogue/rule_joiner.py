"""Rules as files say them, joined with the items that they count; every problem is collected on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from planner.catalogue.rule_file import RuleEntry, Where
from planner.catalogue.sentences import worked_out
from planner.catalogue.units import find_ref, resolved_refs
from planner.errors import DataError, Problem, nearest
from planner.rules.rule import NEW, WAYS, Bound, Choice, Item, Rule, Share, told

T = TypeVar("T", bound=Item)

_CALLED = {"glh": "hours"}


@dataclass(frozen=True, slots=True)
class Vocabulary(Generic[T]):
    """What the rules of one kind of scheme can say of its items.

    Parameters
    ----------
    noun, whole
        How problems call an item, and what all of them together are.
    counts
        What a rule's `count` may be: the weight of an item for each.
    names, numbers
        What `where` picks items by: the names that an item has, and its numbers.
    picked_by
        What is said of a key of `where` that has no meaning here.
    refused
        Other keys that have none, each with what is said of it.
    same
        The refs of the items that are another form of an item: either does for the other.
    held
        Whether rules may speak of what is already held, and of shares.
    """

    noun: str
    whole: str
    counts: Mapping[str, Callable[[T], float]]
    names: Mapping[str, Callable[[T], Collection[str]]]
    numbers: Mapping[str, Callable[[T], float]] = field(default_factory=dict)
    picked_by: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    same: Callable[[T], Collection[str]] = lambda item: ()
    held: bool = False

    def refuses(self, key: str) -> str:
        """Why a key of a rule has no meaning here; empty where it has one."""
        if not self.held and key in ("at_least_percent", "at_most_percent", "requires_held"):
            return (
                f"has no meaning for an {self.noun}"
                if self.noun[0] in "aeiou"
                else f"has no meaning for a {self.noun}"
            )
        return self.refused.get(key, "")

    def test(self, key: str, wanted: Any) -> Callable[[T], bool] | None:
        """Whether an item is as a key of `where` wants it; None where the key has no meaning."""
        if key == "held":  # which items are held is known with the request only
            return (lambda item: True) if self.held else None
        name = key.removeprefix("not_")
        if name in self.names:
            # `not_` wants none of the names, and without it one of them will do.
            of, absent = self.names[name], key != name
            return lambda item: set(wanted).isdisjoint(of(item)) is absent
        number = name.removesuffix("_at_least").removesuffix("_at_most")
        if number not in self.numbers:
            return None
        figure = self.numbers[number]
        if name == number:
            return lambda item: (figure(item) in wanted) is (key == name)
        if key.endswith("_at_least"):
            return lambda item: figure(item) >= wanted
        return lambda item: figure(item) <= wanted


class RuleJoiner(Generic[T]):
    """Joins rules as they are written with the items they count.

    Parameters
    ----------
    source
        How problems name the rule file.
    items
        What the rules count: the units of a qualification, activities, facts.
    vocabulary
        What the rules can say of them.
    field
        Where in the file the rules stand.
    """

    def __init__(
        self, source: str, items: Sequence[T], vocabulary: Vocabulary[T], field: str = "rule"
    ) -> None:
        self.source = source
        self.items = items
        self.vocabulary = vocabulary
        self.field = field
        self.problems: list[Problem] = []

    def rules(self, entries: Sequence[RuleEntry]) -> tuple[Rule, ...]:
        """The rules of the entries; those with a problem are left out."""
        found = []
        for number, entry in enumerate(entries, start=1):
            place = f"{self.field}[{number}]"
            unfit = list(self._unfit(place, entry))
            self.problems += unfit
            # What has no meaning here is told alone: whatever else is wrong with the rule may follow from it.
            rule = None if unfit else self._rule(place, entry)
            found += [] if rule is None else [rule]
        return tuple(found)

    def _unfit(self, place: str, entry: RuleEntry) -> Iterator[Problem]:
        """The keys of an entry that have no meaning for these items."""
        words = self.vocabulary
        for key in sorted(entry.given()):
            if refused := words.refuses(key):
                value = str(getattr(entry, key))
                yield Problem(self.source, refused, field=f"{place}.{key}", value=value)
        for key, limit in (("at_least", entry.at_least), ("at_most", entry.at_most)):
            if limit is not None and limit % 1 and entry.count != "credits":
                message = "must be a whole number: only credits have halves"
                yield Problem(self.source, message, field=f"{place}.{key}", value=str(limit))
        for key in sorted(entry.where.model_fields_set if entry.where else ()):
            if words.test(key, ()) is None:
                yield Problem(self.source, words.picked_by, field=f"{place}.where.{key}")
        for number, part in enumerate(entry.any or (), start=1):
            yield from self._unfit(f"{place}.any[{number}]", part)

    def check_ids(self, entries: Sequence[RuleEntry], others: Iterable[str]) -> set[str]:
        """Every id of the entries and of `others`; one that stands twice is a problem."""
        ids = Counter([*_ids(entries), *others])
        for name, times in ids.items():
            if times > 1:
                self._problem(f"{self.field}.id", "two rules have this id", name)
        return set(ids)

    def _problem(self, field: str, message: str, value: str) -> None:
        self.problems.append(Problem(self.source, message, field=field, value=value))

    def _refs(self, field: str, texts: Sequence[str]) -> tuple[str, ...]:
        try:
            noun = f"{self.vocabulary.noun} of this {self.vocabulary.whole}"
            return resolved_refs(texts, [item.ref for item in self.items], self.source, noun)
        except DataError as error:
            for problem in error.problems:
                self._problem(field, problem.message, problem.value)
            return ()

    def _one_ref(self, field: str, text: str) -> str | None:
        before = len(self.problems)
        refs = self._refs(field, [text])
        if len(refs) != 1 and len(self.problems) == before:
            self._problem(field, "must be one ref", text)
        return refs[0] if len(refs) == 1 else None

    def _rule(self, field: str, entry: RuleEntry) -> Rule | None:
        """The rule of an entry; None where the entry has a problem."""
        before = len(self.problems)
        if entry.any is not None:
            rule = self._choice(field, entry, entry.any)
        elif {"unit", "requires", "requires_held"} & entry.given():
            rule = self._requirement(field, entry)
        else:
            rule = self._bound(field, entry)
        return rule if len(self.problems) == before else None

    def _refuse_others(self, field: str, entry: RuleEntry, allowed: set[str], kind: str) -> None:
        for key in sorted(entry.given() - allowed):
            self._problem(f"{field}.{key}", f"does not go with {kind}", str(getattr(entry, key)))

    def _choice(self, field: str, entry: RuleEntry, parts: list[RuleEntry]) -> Rule | None:
        self._refuse_others(field, entry, {"any", "at_least"}, "any")
        rules = [self._rule(f"{field}.any[{n}]", part) for n, part in enumerate(parts, start=1)]
        at_least = 1 if entry.at_least is None else entry.at_least
        if not 1 <= at_least <= len(parts):
            self._problem(
                f"{field}.at_least", f"must be from 1 to {len(parts)}, the rules listed", str(at_least)
            )
            return None
        of = tuple(rule for rule in rules if rule is not None)
        return Choice(entry.id, entry.text, of, int(at_least)) if len(of) == len(rules) else None

    def _requirement(self, field: str, entry: RuleEntry) -> Rule | None:
        key = "requires" if entry.requires_held is None else "requires_held"
        self._refuse_others(field, entry, {"unit", key}, f"unit and {key}")
        needed = entry.requires or entry.requires_held
        if entry.unit is None or needed is None:
            self._problem(field, "unit and requires go together", entry.id)
            return None
        unit = self._one_ref(f"{field}.unit", entry.unit)
        # What must be held may be a unit of another qualification: its ref is then taken as it is written.
        listed = key == "requires" or find_ref(needed, (item.ref for item in self.items))
        required = self._one_ref(f"{field}.{key}", needed) if listed else needed
        if unit is None or required is None:
            return None
        if unit == required:
            self._problem(field, f"a {self.vocabulary.noun} cannot require itself", unit)
            return None
        forms = [ref for ref in self._forms(required) if ref != unit]
        # An implication as a sum: it is below 0 only where the unit counts and no form of what it needs does.
        weights = {**dict.fromkeys(forms, 1), unit: -1}
        unless = () if key == "requires" else tuple(forms or [required])
        return Bound(entry.id, entry.text, weights, at_least=0, unless=unless, kind="requires", subject=unit)

    def _forms(self, ref: str) -> list[str]:
        """A ref with those of the items that are the same in another form; none that is not listed."""
        return [item.ref for item in self.items if ref in (item.ref, *self.vocabulary.same(item))]

    def _bound(self, field: str, entry: RuleEntry) -> Rule | None:
        where = entry.where or Where()
        before = len(self.problems)
        tests = dict(self._tests(f"{field}.where", where))
        picked = [item for item in self.items if all(test(item) for test in tests.values())]
        if not picked and len(self.problems) == before:
            keys = ", ".join(sorted(where.model_fields_set))
            self._problem(f"{field}.where", f"picks no {self.vocabulary.noun}", keys)
        counts = self.vocabulary.counts
        if entry.count not in counts:
            self._problem(f"{field}.count", f"must be one of {', '.join(counts)}", entry.count)
            return None
        count: str = entry.count
        if entry.all:
            # Of all of some items each other form belongs to the rule too: any one form of each will do.
            refs = {item.ref for item in picked}
            same = self.vocabulary.same
            picked = [item for item in self.items if not refs.isdisjoint([item.ref, *same(item)])]
        weights = {item.ref: counts[count](item) for item in picked}
        for ref, weight in weights.items():
            if weight == 0:
                figure = _CALLED.get(entry.count, entry.count)
                self._problem(f"{field}.count", f"{ref} has no {figure}: a weight of zero", entry.count)
        if entry.derived is not None and worked_out(entry.derived) is None:
            message = "must be an arithmetic of whole numbers or halves, such as 900 + 100"
            self._problem(f"{field}.derived", message, entry.derived)
        if entry.at_least_percent is not None or entry.at_most_percent is not None:
            return self._shared(field, entry, weights)
        low: float | None = entry.at_least
        high: float | None = entry.at_most
        if entry.all:
            if low is not None or high is not None:
                self._problem(f"{field}.all", "does not go with at_least or at_most", "true")
            if where.held is not None:  # of every unit achieved, or every unit and all of them achieved?
                message = "does not go with held; at_least says how much must be achieved before"
                self._problem(f"{field}.all", message, "true")
            # All of them are the sum that one form of each comes to: forms of one unit bar each other, so
            # that no other selection reaches it.
            count, weights, low = self._each_once(entry.count, picked)
        if low is None and high is None:
            self._problem(field, "needs at_least, at_most, all, any, or unit and requires", entry.id)
        elif low is not None and high is not None and low > high:
            self._problem(f"{field}.at_least", f"is more than at_most ({high})", str(low))
        elif picked and 0 not in weights.values():
            return Bound(
                entry.id,
                entry.text,
                weights,
                low,
                high,
                count,
                held=_held(where),
                by_level=self._by_level(tests),
                derived=entry.derived or "",
            )
        return None

    def _each_once(self, count: str, picked: Sequence[T]) -> tuple[str, dict[str, float], float]:
        """What a rule for all of some items counts, their weights, and what one form of each comes to.

        Where two forms of one item differ in their figures the items themselves are counted.
        """
        weigh = self.vocabulary.counts[count]
        forms: dict[str, set[float]] = {}
        for item in picked:
            # The least ref of all forms of an item stands for it.
            forms.setdefault(min([item.ref, *self.vocabulary.same(item)]), set()).add(weigh(item))
        if any(len(figures) > 1 for figures in forms.values()):
            return "units", dict.fromkeys((item.ref for item in picked), 1), len(forms)
        # Each set has one figure here, so that the sum of sums counts every item once.
        return count, {item.ref: weigh(item) for item in picked}, told(sum(map(sum, forms.values())))

    def _shared(self, field: str, entry: RuleEntry, part: Mapping[str, float]) -> Bound | None:
        """The rule of a share of all that counts."""
        least, most = entry.at_least_percent, entry.at_most_percent
        self._refuse_others(
            field, entry, {"where", "count", "at_least_percent", "at_most_percent", "derived"}, "a share"
        )
        if least is not None and most is not None:
            message = "does not go with at_least_percent: write a rule for each limit"
            self._problem(f"{field}.at_most_percent", message, str(most))
        weigh = self.vocabulary.counts[entry.count]
        whole = {item.ref: weigh(item) for item in self.items if weigh(item)}
        share = Share(least or most or 0, part, whole)
        low, high = (None, 0) if least is None else (0, None)
        if 0 in part.values() or not share.weights:
            self._problem(field, "is a share of what it is a share of: every selection keeps it", entry.id)
            return None
        held = _held(entry.where)
        return Bound(entry.id, entry.text, share.weights, low, high, entry.count, held=held, share=share)

    def _by_level(self, tests: Mapping[str, Callable[[T], bool]]) -> frozenset[str]:
        """The items of which only the level decides whether the rule counts them."""
        others = [
            test for key, test in tests.items() if key.partition("_at_")[0] not in ("level", "not_level")
        ]
        if len(others) == len(tests):  # no test is of a level
            return frozenset()
        return frozenset(item.ref for item in self.items if all(test(item) for test in others))

    def _tests(self, field: str, where: Where) -> Iterator[tuple[str, Callable[[T], bool]]]:
        """One test for each key given; a name that no item has is a problem."""
        for key, wanted in where.model_dump(exclude_none=True).items():
            name = key.removeprefix("not_")
            if name == "ref":
                wanted = self._refs(f"{field}.{key}", wanted)
            elif names_of := self.vocabulary.names.get(name):
                known = sorted({one for item in self.items for one in names_of(item)})
                for unknown in (one for one in wanted if one not in known):
                    message = f"no {self.vocabulary.noun} has this {name}{nearest(unknown, known)}"
                    self._problem(f"{field}.{key}", message, unknown)
            test = self.vocabulary.test(key, wanted)
            if test is not None:
                yield key, test


def _ids(entries: Sequence[RuleEntry]) -> Iterator[str]:
    for entry in entries:
        yield entry.id
        yield from _ids(entry.any or ())


def _held(where: Where | None) -> frozenset[str]:
    """The ways of holding a unit, and of not holding it, that a rule speaks of; none for every unit."""
    said = where.held if where is not None and where.held else ()
    # True stands for every way, a word for one, and false for not being held.
    return frozenset(each for one in said for each in (WAYS if one is True else (one or NEW,)))
