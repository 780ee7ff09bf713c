"""Contradictions within a scheme of professional development, found by comparing and solving its readings.

Nothing here knows a scheme: what is said follows from the files alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from planner.catalogue.qualification import in_words
from planner.catalogue.remarks import STALE_AFTER, Remark, in_order
from planner.cpd.cycle_plan import cycle_clash
from planner.cpd.intent import Intent
from planner.cpd.scheme import Reading, SourceFigure
from planner.cpd.tracking import area_of
from planner.errors import UndecidedError
from planner.planning.result import listed, quoted
from planner.rules.measure import audit, last_limit, limits_of, noun_of, numbered
from planner.rules.minimal import minimal
from planner.rules.prover import Prover
from planner.rules.rule import Bound, Choice, Rule, bounds

SECONDS = 10.0
"""Time limit of each search; those of the shipped scheme take some thousandths of a second."""

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class SchemeReport:
    """All remarks on one scheme."""

    scheme: str
    readings: tuple[Reading, ...]
    remarks: tuple[Remark, ...]

    @property
    def ok(self) -> bool | None:
        """Whether there is no error (notices aside); None if that is undecided."""
        return in_order(self.remarks)

    def to_json(self) -> dict[str, Any]:
        """A scheme in the JSON of the command `check`."""
        return {
            "scheme": self.scheme,
            "ok": self.ok,
            "readings": [{**reading.to_json(), "data": reading.digest} for reading in self.readings],
            "remarks": [remark.to_json() for remark in self.remarks],
        }


def check_schemes(readings: Iterable[Reading], today: date | None = None) -> tuple[SchemeReport, ...]:
    """Every scheme among the readings with its contradictions, in the order of the files."""
    by_scheme: dict[str, list[Reading]] = {}
    for reading in readings:
        by_scheme.setdefault(reading.scheme, []).append(reading)
    return tuple(
        SchemeReport(scheme, tuple(found), contradictions(found, today))
        for scheme, found in by_scheme.items()
    )


def contradictions(readings: Iterable[Reading], today: date | None = None) -> tuple[Remark, ...]:
    """Where the readings of one scheme differ, and what of each does not come out.

    Rules of one id that differ or are missing; activities worth different points; the minima of the
    categories against the total; stated least points and claims computed anew; rules that never bind;
    readings that nobody can meet; a reading that is safe under all; the day of the last comparison with the
    source (`today`: by default this day). What is not decided within `SECONDS` is said so.

    Raises
    ------
    ValueError
        For readings of several schemes.
    """
    known = tuple(readings)
    if len({reading.scheme for reading in known}) > 1:
        raise ValueError("these are readings of several schemes")
    names = _Names(known)
    remarks = [*_verified(known, names, today or date.today()), *_years(known, names)]
    remarks += [*_differing_rules(known, names), *_differing_points(known, names), *_claims(known, names)]
    possible = []
    for reading in known:
        searched = list(_decided("impossible", reading, _impossible))
        remarks += searched
        if not any(remark.severity == "error" for remark in searched):
            possible.append(reading)
    for kind, look in (("published", _published), ("minima", _minima)):
        for reading in possible:
            remarks += _decided(kind, reading, look)
    remarks += _idle(possible, names)
    remarks += _safe(possible)
    return tuple(remarks)


def _decided(kind: str, reading: Reading, look: Callable[[Reading], Iterable[Remark]]) -> Iterator[Remark]:
    """The remarks of `look`, or that its search did not end in time."""
    try:
        yield from list(look(reading))
    except UndecidedError:
        text = f"{reading.id}: not decided in {SECONDS:g} s ({kind})."
        yield Remark("undecided", f"undecided-{kind}-{reading.id}", text)


# --- Words ------------------------------------------------------------------------------------------------


class _Names:
    """How sets of readings are named: all of them in two words."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    def of(self, readings: Sequence[Reading]) -> str:
        """The readings by id; of several, all or most of them by what is left."""
        left = [reading.id for reading in self._readings if reading not in readings]
        if not left and len(self._readings) > 1:
            return "every reading"
        if 2 * len(left) < len(readings):  # shorter said by those left out
            return f"every reading but {', '.join(left)}" if left else readings[0].id
        return ", ".join(reading.id for reading in readings)


def _grouped(keys: Mapping[Reading, _Key]) -> dict[_Key, list[Reading]]:
    """The readings by their keys."""
    found: dict[_Key, list[Reading]] = {}
    for reading, key in keys.items():
        found.setdefault(key, []).append(reading)
    return found


def _rule_words(reading: Reading, rule: Rule | None) -> str:
    """What a rule asks, in figures: limits, what is counted, of which activities."""
    if rule is None:
        return "not asked"
    if isinstance(rule, Choice):
        parts = "; ".join(_rule_words(reading, part) for part in rule.of)
        return f"{limits_of(rule)} of these: {parts}"
    return f"{limits_of(rule)} {noun_of(rule.count, last_limit(rule))} of {_scope(reading, rule)}"


def _scope(reading: Reading, rule: Bound) -> str:
    found = area_of(reading, rule)
    if found is None:
        picked = [reading.slots[name] for name in rule.weights]
        refs = ", ".join(dict.fromkeys(activity.ref for activity, _ in picked))
        years = sorted({year for _, year in picked})
        every = len(years) == reading.years
        return refs if every else f"{refs} in year {', '.join(map(str, years))}"
    area, year = found
    words = " + ".join(reading.categories[name] for name in area) or "all activities"
    return words if year is None or reading.years == 1 else f"{words} in year {year}"


# --- Readings compared ------------------------------------------------------------------------------------


def _verified(readings: Sequence[Reading], names: _Names, today: date) -> Iterator[Remark]:
    for day, found in _grouped({reading: reading.verified for reading in readings}).items():
        text = f"{names.of(found)}: last compared with the source on {in_words(day)}"
        stale = today - day > STALE_AFTER
        yield Remark(
            "notice" if stale else "fine",
            "verified" if len(found) == len(readings) else f"verified-{day.isoformat()}",
            f"{text}{', over a year ago' if stale else ''}.",
        )


def _years(readings: Sequence[Reading], names: _Names) -> Iterator[Remark]:
    lengths = _grouped({reading: reading.years for reading in readings})
    if len(lengths) > 1:
        parts = [f"{years} years in {names.of(found)}" for years, found in lengths.items()]
        yield Remark("notice", "years", f"The cycle has {'; '.join(parts)}.")


def _meaning(rule: Rule) -> Hashable:
    """What two rules have in common that ask the same: their texts and the points do not matter."""
    if isinstance(rule, Choice):
        return "any", rule.at_least, tuple(_meaning(part) for part in rule.of)
    # The slots without their weights: points that differ are told of the activity, once, and not of each
    # rule.
    return rule.count, rule.at_least, rule.at_most, frozenset(rule.weights)


def _differing_rules(readings: Sequence[Reading], names: _Names) -> Iterator[Remark]:
    """Rules of one id that ask for different things, or that some readings lack."""
    rules = {reading.id: {rule.id: rule for rule in reading.rules} for reading in readings}
    for ident in dict.fromkeys(rule.id for reading in readings for rule in reading.rules):
        asking = {reading: rules[reading.id].get(ident) for reading in readings}
        found = _grouped({reading: rule and _meaning(rule) for reading, rule in asking.items()})
        if len(found) > 1:
            words = [_rule_words(group[0], asking[group[0]]) for group in found.values()]
            parts = [
                f"{asked} in {names.of(group)}" for asked, group in zip(words, found.values(), strict=True)
            ]
            yield Remark("notice", f"rule-{ident}", f"The readings differ in “{ident}”: {'; '.join(parts)}.")


def _differing_points(readings: Sequence[Reading], names: _Names) -> Iterator[Remark]:
    for ref in dict.fromkeys(ref for reading in readings for ref in reading.activities):
        holders = [reading for reading in readings if ref in reading.activities]
        found = _grouped({reading: reading.activities[ref].points for reading in holders})
        if len(found) > 1:
            parts = [
                f"{points} {noun_of('points', points)} in {names.of(group)}"
                for points, group in found.items()
            ]
            title = holders[0].activities[ref].title
            yield Remark("notice", f"points-{ref}", f"“{title}” is worth {'; '.join(parts)}.")


def _claims(readings: Sequence[Reading], names: _Names) -> Iterator[Remark]:
    """Claims of the source, multiplied out."""
    found: dict[tuple[SourceFigure, int], list[Reading]] = {}
    for reading in readings:
        for claim in reading.claims:
            found.setdefault((claim, reading.activities[claim.activity].points), []).append(reading)
    numbers: dict[str, int] = {}
    for (claim, worth), group in found.items():
        number = numbers[claim.activity] = numbers.get(claim.activity, 0) + 1
        ident = f"claim-{claim.activity}" + (f"-{number}" if number > 1 else "")
        severity, words = _claim_words(claim, worth)
        yield Remark(severity, ident, f"“{claim.text}” ({names.of(group)}): {words}")


def _claim_words(claim: SourceFigure, worth: int) -> tuple[Any, str]:
    made = claim.times * worth
    sum_words = f"{claim.times} times {worth} is {made}"
    # A source that says so many times for so many points means the fewest that do: as many points as are
    # claimed, or more where one time less would be too few.
    if made == claim.points:
        return "fine", f"{sum_words}, exactly."
    if made < claim.points:
        return "error", f"{sum_words}, {claim.points - made} fewer than {claim.points}."
    fewest = -(-claim.points // worth)  # rounded up: nobody does a part of one
    if fewest < claim.times:
        return "error", f"{sum_words}; {fewest} times are enough for {claim.points}."
    return "notice", f"{sum_words}, {made - claim.points} more than {claim.points}; fewer times are too few."


# --- One reading solved -----------------------------------------------------------------------------------


def _prover(reading: Reading, *others: Rule) -> Prover:
    """Asks the solver what holds of all that one can do; `others` are rules beside the reading's own."""
    parts = [bound for rule in (*reading.rules, *others) for bound in bounds(rule)]
    limits = [int(limit) for bound in parts for limit in (bound.at_least, bound.at_most) if limit]
    most = max(limits, default=0) + 1  # enough of one activity to meet, or to break, any rule alone
    return Prover(dict.fromkeys(reading.slots, (0, most)), seconds=SECONDS)


def _points(reading: Reading) -> dict[str, int]:
    return {name: activity.points for name, (activity, _) in reading.slots.items()}


def _impossible(reading: Reading) -> Iterator[Remark]:
    """That nobody can meet a reading, or nobody by what can be planned."""
    prover = _prover(reading)
    if prover.clash(reading.rules):
        rules = quoted(minimal(reading.rules, prover.clash))
        text = f"{reading.id}: no choice of activities meets these rules: {rules}."
        yield Remark("error", f"impossible-{reading.id}", text)
        return
    clash = cycle_clash(reading, Intent(), SECONDS)
    if clash is not None:
        text = f"{reading.id}: can only be met with what cannot be planned. {clash.in_words(reading)}"
        yield Remark("notice", f"unplannable-{reading.id}", text)


def _published(reading: Reading) -> Iterator[Remark]:
    if reading.min_points is None:
        return
    least = _prover(reading).least(reading.rules, _points(reading))
    words = f"{reading.id}: min_points {reading.min_points}"
    if least == reading.min_points:
        yield Remark("fine", f"published-{reading.id}", f"{words} agrees: no cycle that meets it has fewer.")
    else:
        points = numbered(least or 0, "point")
        text = f"{words} does not come out: the least of any cycle that meets it is {points}."
        yield Remark("error", f"published-{reading.id}", text)


def _minima(reading: Reading) -> Iterator[Remark]:
    """The minima of the categories against the total of the cycle."""
    areas = [(rule, area_of(reading, rule)) for rule in reading.rules if rule.count == "points"]
    # An area of no category is all of them, and a year of None the whole cycle (`area_of`).
    totals = [rule.at_least for rule, area in areas if area == ((), None) and rule.at_least]
    minima = [
        rule for rule, area in areas if area is not None and area[0] and area[1] is None and rule.at_least
    ]
    if not totals or not minima:
        return
    total = max(totals)
    yearly = [rule for rule, area in areas if area is not None and not area[0] and rule.at_least]
    # Without the totals of the cycle and its years: what the minima of the categories force alone.
    others = [rule for rule in reading.rules if rule not in yearly]
    # Solved, not added up: areas may overlap, and points come in steps that overshoot a minimum.
    least = _prover(reading).least(others, _points(reading)) or 0
    text = f"{reading.id}: the minima of the categories come to {numbered(least, 'point')}"
    added = sum(rule.at_least or 0 for rule in minima)
    if added > least:
        text += f" ({added} added up, but one activity serves several)"
    if least > total:
        text += f", {least - total} more than the {total} asked in all."
        yield Remark("notice", f"minima-{reading.id}", text)
    else:
        free = f"{total - least} are free" if least < total else "none is free"
        yield Remark("fine", f"minima-{reading.id}", f"{text} of the {total} asked in all; {free}.")


def _idle(readings: Sequence[Reading], names: _Names) -> Iterator[Remark]:
    """Rules that every cycle keeps which keeps the others, by the readings in which it is so."""
    found: dict[tuple[str, str], dict[Reading, tuple[str, ...]]] = {}
    undecided: list[Reading] = []
    for reading in readings:
        try:
            for rule, given in _idle_rules(reading):
                # Alike in several readings, it is told once, with the readings.
                found.setdefault((rule.id, rule.text), {})[reading] = given
        except UndecidedError:
            undecided.append(reading)
    for (ident, text), group in found.items():
        relied = _grouped(group)
        parts = [f"given {listed(given)}" if given else "whatever counts" for given in relied]
        if len(relied) > 1:
            among = (names.of(several) for several in relied.values())
            parts = [f"{part} in {where}" for part, where in zip(parts, among, strict=True)]
        words = f"“{text}” never binds ({names.of(list(group))}): {'; '.join(parts)}."
        yield Remark("notice", f"idle-{ident}", words)
    for reading in undecided:
        text = f"{reading.id}: not decided in {SECONDS:g} s which rules never bind."
        yield Remark("undecided", f"undecided-idle-{reading.id}", text)


def _idle_rules(reading: Reading) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """The rules that others ensure, each with those of them that do, none needlessly."""
    prover = _prover(reading)
    # A rule binds if some cycle breaks it alone. One that keeps all, with one thing done more often, is tried
    # before the solver is asked.
    some = prover.ask(prover.model(reading.rules)).counts
    for position, rule in enumerate(reading.rules):
        others = [*reading.rules[:position], *reading.rules[position + 1 :]]
        if not _breaks_alone(reading, some, rule) and prover.implies(others, rule):
            yield rule, tuple(other.id for other in prover.relied_on(others, rule))


def _breaks_alone(reading: Reading, counts: Mapping[str, int], rule: Rule) -> bool:
    """Whether doing one thing more often breaks this rule and no other, seen without a search."""
    if not isinstance(rule, Bound) or rule.at_most is None:
        return False
    first = next(iter(rule.weights))
    # So many more times pass the limit whatever the activity weighs, as each weighs one at least.
    more = {**counts, first: counts[first] + rule.at_most + 1}
    return [found.rule for found in audit(reading.rules, more) if not found.holds] == [rule]


def _safe(readings: Sequence[Reading]) -> Iterator[Remark]:
    """The readings that imply all others: what counts under them meets every other as it stands."""
    for reading in readings:
        others = [other for other in readings if other is not reading]
        try:
            if others and all(_implies(reading, other) for other in others):
                text = f"{reading.id}: who meets this reading meets every other; this is proven."
                yield Remark("fine", f"safe-{reading.id}", text)
        except UndecidedError:
            text = f"{reading.id}: not decided in {SECONDS:g} s whether it implies the others."
            yield Remark("undecided", f"undecided-safe-{reading.id}", text)


def _implies(reading: Reading, other: Reading) -> bool:
    """Whether no cycle meets `reading` and breaks `other`, which has the same activities."""
    if other.slots.keys() != reading.slots.keys():
        return False
    # The other's rule is named to the prover as well: its limits may lie beyond those of this reading, and
    # with variables too narrow nothing could break it.
    return all(
        rule in reading.rules or _prover(reading, rule).implies(reading.rules, rule) for rule in other.rules
    )
