"""Qualifications that nobody awards, of any size, the same ones in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from planner import Bound, Choice, Qualification, Unit

STYLES = ("plain", "plain", "capped", "choice", "exact")
"""What the rules of an invented qualification are like; see `invented`."""

CREDITS = (2, 2, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8, 10, 12)
"""What units have, as often as here."""


def invented(units: int, seed: int) -> Qualification:
    """A qualification of so many units; most can be met.

    Like 600/5106/1 it asks for all of a group, for credits in all, of another group and at level 2 or above,
    and bars pairs of units; hours follow the credits loosely, some are all multiples of five. That is the
    style `plain`. `capped` limits credits at level 1 and of a group as well, and some units require another;
    `choice` asks for one of two pathways; `exact` asks for exactly so many credits, and so many units.
    """
    chance = random.Random(f"{units} {seed}")
    step = chance.choice([1, 1, 5])
    core = [_unit(number, "A", step, chance) for number in range(chance.randint(2, 5))]
    others = [_unit(number, chance.choice("BCCD"), step, chance) for number in range(len(core), units)]
    every = [*core, *others]
    electives = max(20, round(units * chance.uniform(0.2, 0.9)))
    total = sum(unit.credits for unit in core) + electives

    def of(group: str) -> list[Unit]:
        return [unit for unit in others if unit.group == group]

    style = chance.choice(STYLES)
    level_2 = [unit for unit in every if unit.level >= 2]
    rules: list[Bound | Choice] = [
        _credits("total", every, total, total if style == "exact" else None),
        _credits("mandatory", core, total - electives),
        _credits("level 2", level_2, total * chance.randint(4, 7) // 10),
        _credits("group B", of("B"), electives * chance.randint(2, 4) // 10),
        *_barred(others, chance),
    ]
    if style == "capped":
        level_1 = [unit for unit in every if unit.level == 1]
        rules += [
            _credits("level 1", level_1, None, total // 4 + 8),
            _credits("group D", of("D"), None, electives // 4 + 2),
            *_requirements(others, chance),
        ]
    if style == "choice":
        ways = tuple(_credits(f"way {group}", of(group), electives * 4 // 10) for group in "CD")
        rules.append(Choice("pathway", "either way", ways))
    if style == "exact":
        number = dict.fromkeys([unit.ref for unit in others], 1)
        rules.append(Bound("number", "number", number, electives // 6, electives // 4))
    name = f"{units}-{seed} {style}"
    return Qualification(name, name, "invented", None, tuple(every), tuple(rules))


def _unit(number: int, group: str, step: int, chance: random.Random) -> Unit:
    credits = chance.choice(CREDITS)
    glh = step * round(credits * chance.uniform(3, 9) / step)
    return Unit(f"U{number:03}", f"Unit {number}", group, chance.choice([1, 2, 2, 2, 3, 3, 4]), credits, glh)


def _credits(name: str, units: Sequence[Unit], at_least: float | None, at_most: float | None = None) -> Bound:
    return Bound(name, name, {unit.ref: unit.credits for unit in units}, at_least, at_most, "credits")


def _barred(units: Sequence[Unit], chance: random.Random) -> Iterator[Bound]:
    """For each eight units a pair of which one at most counts."""
    for number, pair in enumerate(_pairs(units, len(units) // 8, chance)):
        name = f"barred-{number}"
        yield Bound(name, name, dict.fromkeys(pair, 1), at_most=1, kind="barred", subject=str(number))


def _requirements(units: Sequence[Unit], chance: random.Random) -> Iterator[Bound]:
    """For each twenty units one that counts only beside another."""
    for unit, needed in _pairs(units, len(units) // 20, chance):
        name = f"{unit} requires {needed}"
        yield Bound(name, name, {needed: 1, unit: -1}, at_least=0, kind="requires", subject=unit)


def _pairs(units: Sequence[Unit], number: int, chance: random.Random) -> list[tuple[str, str]]:
    refs = chance.sample([unit.ref for unit in units], 2 * number)
    return list(zip(refs[::2], refs[1::2], strict=True))
