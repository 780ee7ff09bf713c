"""Random rule files of every kind, read five ways: brute force, solver, auditor, matrix and workbook.

Qualifications are drawn as a person would write them, as rows and entries of a rule file; the files are
written and loaded. Brute force reads the entries themselves and imports nothing from the package. Rules that
speak of achieved units are drawn too: every way takes what a learner holds, the matrix by applying the rules to
the learner before (by itself it takes every unit of a claim as achieved, which is compared as well).
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import subprocess
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner.report.plan_book import plan_workbook
from planner.rules import audit
from planner.rules.measure import audit_many
from planner.rules.model import Model
from tests.conftest import HEADER, write_data
from tests.enumeration import selections
from tests.strategies import deep

Entry = dict[str, Any]
"""A rule as its file has it."""

UnitRow = dict[str, Any]
"""A unit as its row has it; `group`, `barred_set` and `tags` are lists."""

Ways = Mapping[str, str]
"""What a learner holds, by ref, and how it came to be held."""

OUTSIDE = ("CPC-1", "CPC-2")
"""Refs of units that no table has."""

WAYS = ("achieved", "rpl", "transfer", "exempt")

SETTINGS = settings(
    max_examples=deep(50, 500), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@dataclass
class Written:
    """A qualification as it is written: rows of units and rule entries; `kinds` by the id of their rule."""

    rows: list[UnitRow]
    entries: list[Entry]
    kinds: dict[str, str] = field(default_factory=dict)
    titled: list[Entry] = field(default_factory=list)
    """The rules of a title that is asked for."""

    @property
    def refs(self) -> list[str]:
        """The refs in the order of the rows."""
        return [row["ref"] for row in self.rows]

    def barred(self) -> dict[str, list[str]]:
        """The refs of each barred set, by name."""
        sets: dict[str, list[str]] = {}
        for row in self.rows:
            for name in row["barred_set"]:
                sets.setdefault(name, []).append(row["ref"])
        return dict(sorted(sets.items()))

    def versions(self) -> dict[str, list[str]]:
        """The refs of units that are versions of each other, by the first of them."""
        return {refs[0]: refs for row in self.rows if len(refs := same_unit(self.rows, row["ref"])) > 1}

    def load(self, folder: Path) -> planner.Qualification:
        """Writes the two files and loads them."""
        buffer = io.StringIO()
        names = [*HEADER.split(","), "same_as"]
        writer = csv.DictWriter(buffer, names, lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            if row.get("slot"):
                continue
            written = {
                **row,
                "qualification": "R/1",
                "title": f"Unit {row['ref']}",
                "level_confidence": "high",
            }
            lists = {
                key: sign.join(row[key])
                for key, sign in (("barred_set", " "), ("tags", " "), ("group", "; "))
            }
            writer.writerow({**written, **lists})
        head = 'id = "R/1"\ntitle = "Random"\nsource = "drawn"\nverified = 2026-11-22\n'
        text = head + "".join(f"[[rule]]\n{toml_lines(entry)}" for entry in self.entries)
        for row in self.rows:
            if row.get("slot"):
                slot = {key: row[key] for key in ("group", "level", "credits", "glh")}
                text += f"[[slot]]\n{toml_lines({'id': row['ref'], 'title': 'From elsewhere', **slot})}"
        if self.titled:
            text += '[[titles]]\nname = "(Endorsed)"\n'
            text += "".join(f"[[titles.rule]]\n{toml_lines(entry)}" for entry in self.titled)
        found = planner.load("R/1", write_data(folder, buffer.getvalue(), random=text))
        return found.titled("endorsed") if self.titled else found


def toml_lines(entry: Entry) -> str:
    return "".join(f"{key} = {toml_value(value)}\n" for key, value in entry.items())


def toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


# Brute force: the entries, read as the README's table of keys says.


def same_unit(rows: Sequence[UnitRow], ref: str) -> list[str]:
    """The refs of a unit in all its versions, sorted."""
    found = {ref}
    for _ in rows:
        for row in rows:
            if row["same_as"] and found & {row["ref"], row["same_as"]}:
                found |= {row["ref"], row["same_as"]}
    return sorted(found)


def is_held(how: object, way: str | None) -> bool:
    """Whether a unit that came to be held in a way (None: it is not held) is what `held` asks for."""
    if isinstance(how, list):
        return any(is_held(one, way) for one in how)
    if isinstance(how, bool):
        return how is (way is not None)
    return how == way


def picked(rows: Sequence[UnitRow], where: Mapping[str, Any], held: Ways) -> list[UnitRow]:
    """The units that a `where` picks."""

    def listed(key: str) -> list[Any]:
        value = where[key]
        return value if isinstance(value, list) else [value]

    def matches(row: UnitRow) -> bool:
        return not (
            ("group" in where and not set(listed("group")) & set(row["group"]))
            or ("ref" in where and not set(listed("ref")) & set(same_unit(rows, row["ref"])))
            or ("tag" in where and not set(listed("tag")) & set(row["tags"]))
            or ("not_group" in where and set(listed("not_group")) & set(row["group"]))
            or ("not_ref" in where and set(listed("not_ref")) & set(same_unit(rows, row["ref"])))
            or ("not_tag" in where and set(listed("not_tag")) & set(row["tags"]))
            or ("level" in where and row["level"] not in listed("level"))
            or ("not_level" in where and row["level"] in listed("not_level"))
            or ("level_at_least" in where and row["level"] < where["level_at_least"])
            or ("level_at_most" in where and row["level"] > where["level_at_most"])
            or ("credits_at_least" in where and row["credits"] < where["credits_at_least"])
            or ("credits_at_most" in where and row["credits"] > where["credits_at_most"])
            or ("held" in where and not is_held(where["held"], held.get(row["ref"])))
        )

    return [row for row in rows if matches(row)]


Figure = tuple[float, bool, float | None, float | None]
"""What a rule measures, whether it holds, and the limits of the figure where they move with a total."""


def figure(entry: Entry, rows: Sequence[UnitRow], counted: Collection[str], held: Ways) -> Figure:
    """What a rule measures over the units that count, and whether it holds."""
    if "any" in entry:
        number = [figure(part, rows, counted, held)[1] for part in entry["any"]].count(True)
        return number, number >= entry.get("at_least", 1), None, None
    if "unit" in entry:
        needed = entry.get("requires") or entry["requires_held"]
        forms = set(same_unit(rows, needed)) - {entry["unit"]}
        if "requires_held" in entry and (forms | {needed}) & set(held):
            return 0, True, None, None
        number = len(forms & set(counted)) - (entry["unit"] in counted)
        return number, number >= 0, None, None
    mine = picked(rows, entry.get("where", {}), held)
    counting = [row for row in mine if row["ref"] in counted]
    return sum_of(entry, rows, mine, counted, weighed(counting, entry))


def sum_of(
    entry: Entry, rows: Sequence[UnitRow], mine: Sequence[UnitRow], counted: Collection[str], number: float
) -> Figure:
    """The figure of a rule for a sum or for all units, whose units that count weigh `number`."""
    if entry.get("all"):
        asked = {ref for row in mine for ref in same_unit(rows, row["ref"])}
        got = [row for row in rows if row["ref"] in asked & set(counted)]
        units = {tuple(same_unit(rows, ref)) for ref in asked}
        weights = [{weighed([row], entry) for row in rows if row["ref"] in unit} for unit in units]
        alike = all(len(of_one) == 1 for of_one in weights)
        number, asked_for = (
            weighed(got, entry if alike else {}),
            sum(map(sum, weights)) if alike else len(units),
        )
        # A claim of two versions of one unit breaks another rule, and may have the sum without each unit.
        each = all(set(unit) & set(counted) for unit in units)
        assert each is (number >= asked_for) or any(len(set(unit) & set(counted)) > 1 for unit in units)
        return number, number >= asked_for, None, None
    percent: Any = entry.get("at_least_percent", entry.get("at_most_percent", 0))
    share = Fraction(percent, 100)
    if share:
        limit = share * Fraction(weighed([row for row in rows if row["ref"] in counted], entry))
        steps = steps_of(rows, entry)
        if "at_least_percent" in entry:
            return number, number >= limit, math.ceil(limit * steps) / steps, None
        return number, number <= limit, None, math.floor(limit * steps) / steps
    return number, entry.get("at_least", 0) <= number <= entry.get("at_most", number), None, None


def steps_of(rows: Iterable[UnitRow], entry: Entry) -> int:
    """Into how many steps a limit divides: halves where a unit has half credits."""
    return 2 if entry.get("count") == "credits" and any(row["credits"] % 1 for row in rows) else 1


def weighed(rows: Iterable[UnitRow], entry: Entry) -> float:
    count = entry.get("count", "units")
    return sum(1 if count == "units" else row[count] for row in rows)


def brute(written: Written, counted: Collection[str], held: Ways) -> dict[str, Figure]:
    """The figure of each rule and whether it holds, barred sets and versions of a unit included."""
    found = {entry["id"]: figure(entry, written.rows, counted, held) for entry in written.entries}
    places = [row["ref"] for row in written.rows if row.get("slot")]
    if places:
        number = len([ref for ref in places if ref in counted and ref not in held])
        found["slots"] = number, number == 0, None, None
    sets = written.barred() | {f"same-{name}": refs for name, refs in written.versions().items()}
    for name, members in sorted(sets.items()):
        number = len(set(members) & set(counted))
        found[f"barred-{name}"] = number, number <= 1, None, None
    return found | {e["id"]: figure(e, written.rows, counted, held) for e in written.titled}


def subsets(refs: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(chosen) for size in range(len(refs) + 1) for chosen in combinations(refs, size)]


def everything(rows: Sequence[UnitRow]) -> Ways:
    """What somebody holds who has achieved every unit here."""
    return dict.fromkeys([row["ref"] for row in rows], "achieved")


def drawn_held(chance: random.Random, refs: Sequence[str]) -> Ways:
    """What a learner holds: some units, each in its way, and perhaps a unit from elsewhere."""
    held = {ref: chance.choice(["achieved", *WAYS]) for ref in refs if chance.random() < 0.4}
    return held | {ref: "achieved" for ref in OUTSIDE if chance.random() < 0.5}


# Drawing: each kind of rule by its name.

KINDS = (
    "total at least", "total exactly", "total in a range",
    "all of a group", "group at least", "group at most", "group in a range", "union of groups",
    "at or above a level", "exactly at a level", "level on a part", "units left out",
    "number of units", "exact number of units", "one from each group", "at most one", "named list",
    "barred set", "two barred sets of one unit", "either or", "pathways", "unit required under a pathway", "prerequisite", "needs any of several",
    "unit size", "tag", "hours", "held at most", "held in a range", "below a level", "without a level", "share at least", "share at most",
    "new at least", "held in one way", "share by recognition", "prerequisite held", "prerequisite outside", "two groups of one unit",
    "two versions of one unit", "place from elsewhere", "title", "half credits", "anything",
)  # fmt: skip
"""The kinds of `docs/rule-language.md`; barred sets come with other kinds, too. "anything" mixes all keys."""


CHANGE_ROWS = ("half credits", "two groups of one unit", "two versions of one unit")
"""Kinds that change the table of units: they come before what picks units of it."""


def first_those_that_change_rows(kind: str) -> int:
    """The order of kinds: last come places for units from elsewhere, which are no rows of the table."""
    return 0 if kind in CHANGE_ROWS else 2 if kind == "place from elsewhere" else 1


SPEAK_OF_HELD = (
    "new at least",
    "held in one way",
    "share by recognition",
    "prerequisite held",
    "prerequisite outside",
    "place from elsewhere",
)


def drawn_rows(chance: random.Random) -> list[UnitRow]:
    """Three to six units; the file's order is not that of the refs."""
    rows = []
    for number in chance.sample(range(1, 10), chance.randint(3, 6)):
        row: UnitRow = {
            "group": sorted(chance.sample("ABC", 2 if chance.random() < 0.15 else 1)),
            "barred_set": [],
            "same_as": "",
            "ref": f"{chance.choice('DFH')}/00{number}/X",
            "level": chance.randint(1, 3),
            "credits": chance.randint(1, 4),
            "glh": chance.randint(0, 6),
            "strategy": chance.choice(["", "X", "Y"]),
            "tags": [tag for tag in ("core", "new", "soft") if chance.random() < 0.5],
        }
        rows.append(row)
    for name in ("P", "Q")[: chance.randint(0, 2)]:
        for row in chance.sample(rows, chance.randint(2, 3)):
            row["barred_set"].append(name)
    if chance.random() < 0.2:
        new, old = chance.sample(rows, 2)
        new["same_as"] = old["ref"]
    return rows


def drawn(chance: random.Random, kinds: Sequence[str] = ()) -> Written:
    """A qualification with one to three rules, of `kinds` if given."""
    written = Written(drawn_rows(chance), [])
    for number, kind in enumerate(sorted(kinds or drawn_kinds(chance), key=first_those_that_change_rows), 1):
        add(chance, written, kind, f"r{number}")
    return with_a_rule(written)


def add(chance: random.Random, written: Written, kind: str, name: str) -> None:
    """Adds a rule of a kind: an entry, or the barred set that makes it."""
    if "barred" in kind:
        bar(chance, written.rows, name, overlapping=kind != "barred set")
        written.kinds[f"barred-{name}"] = kind
    elif kind == "place from elsewhere":
        place: UnitRow = {
            "group": [chance.choice("ABC")], "barred_set": [], "same_as": "", "ref": f"EXT{name}", "level": 1,
            "credits": chance.randint(1, 4), "glh": chance.randint(1, 6), "strategy": "", "tags": [], "slot": True,
        }  # fmt: skip
        written.rows.append(place)
        written.kinds["slots"] = kind
    elif kind == "title":
        written.titled.append(drawn_rule(chance, "group at least", written.rows, name))
        written.kinds[name] = kind
    elif kind == "half credits":
        for row in chance.sample(written.rows, chance.randint(1, len(written.rows))):
            row["credits"] = int(row["credits"]) + 0.5
        like = chance.choice(["total in a range", "group at least", "unit size", "share at least"])
        written.entries.append(drawn_rule(chance, like, written.rows, name))
        written.kinds[name] = kind
    elif kind == "two versions of one unit":
        new, old = chance.sample(written.rows, 2)
        new["same_as"] = old["ref"]
        written.kinds[f"barred-same-{same_unit(written.rows, old['ref'])[0]}"] = kind
    else:
        written.entries.append(drawn_rule(chance, kind, written.rows, name))
        written.kinds[name] = kind


def bar(chance: random.Random, rows: Sequence[UnitRow], name: str, overlapping: bool) -> None:
    """Puts two units into a barred set; if overlapping, one of them into another with a third unit."""
    first, second, third = chance.sample(list(rows), 3)
    for row in (first, second):
        row["barred_set"].append(name)
    for row in (first, third) if overlapping else ():
        row["barred_set"].append(f"{name}-too")


def with_a_rule(written: Written) -> Written:
    """The qualification, with a rule that any selection keeps where it has none: a file needs one."""
    if not written.entries:
        written.entries.append({"id": "any", "text": "any units", "at_least": 0})
    return written


def drawn_kinds(chance: random.Random) -> list[str]:
    """One to three kinds, half of them the one that mixes all keys."""
    return [chance.choice([chance.choice(KINDS), "anything"]) for _ in range(chance.randint(1, 3))]


def drawn_rule(chance: random.Random, kind: str, rows: Sequence[UnitRow], name: str) -> Entry:
    """A rule of a kind, as one would write it for these units."""
    some = chance.choice(rows)  # whatever is picked picks at least this unit
    credits = {"count": "credits"}

    def rule(number: str, **keys: Any) -> Entry:
        return {"id": f"{name}{number}", "text": f"text “{name}{number}”", **keys}

    def bound(where: Mapping[str, Any], limits: str, number: str = "", count: str = "credits") -> Entry:
        return limited(chance, rows, rule(number, count=count, where=dict(where)), limits)

    def group_least(number: str) -> Entry:
        return bound({"group": chance.choice(chance.choice(rows)["group"])}, "least", number)

    def share(key: str, percent: int, where: Mapping[str, Any]) -> Entry:
        return rule("", count=chance.choice(["units", "credits"]), where=dict(where), **{key: percent})

    own = chance.choice(some["group"])
    group = {"group": own}
    others = sorted({name for row in rows for name in row["group"]})
    percent = chance.choice([1, 20, 25, 33, 50, 60, 67, 75, 100])
    match kind:
        case "total at least":
            return limited(chance, rows, rule("", **credits), "least")
        case "total exactly":
            return limited(chance, rows, rule("", **credits), "exactly")
        case "total in a range":
            return limited(chance, rows, rule("", **credits), "range")
        case "all of a group":
            return rule("", count=chance.choice(["units", "credits"]), where=group, all=True)
        case "group at least":
            return bound(group, "least")
        case "group at most":
            return bound(group, "most")
        case "group in a range":
            return bound(group, "range")
        case "union of groups":
            return bound({"group": sorted({own, chance.choice(others)})}, "least")
        case "at or above a level":
            return bound({"level_at_least": some["level"]}, "least")
        case "exactly at a level":
            return bound({"level": some["level"]}, chance.choice(["least", "exactly"]))
        case "level on a part":
            mandatory = [name for name in others if name not in some["group"]]
            out = {"not_group": chance.choice(mandatory)} if mandatory else group
            return bound({**out, "level_at_least": some["level"]}, "least")
        case "units left out":
            rest = sorted({row["ref"] for row in rows} - {*same_unit(rows, some["ref"])}) or ["none"]
            out = {"not_ref": chance.sample(rest, min(2, len(rest)))} if rest != ["none"] else group
            tags = sorted({tag for row in rows for tag in row["tags"]} - set(some["tags"]))
            level = {"level_at_least": some["level"]} if chance.random() < 0.5 else {}
            return bound({**({"not_tag": tags} if tags and chance.random() < 0.7 else out), **level}, "least")
        case "number of units":
            return bound(group, "least", count="units")
        case "exact number of units":
            return bound(group, "exactly", count="units")
        case "one from each group":
            parts = [rule(f".{g}", where={"group": g}, at_least=1) for g in others]
            return rule("", at_least=len(parts), any=parts)
        case "at most one":
            return rule("", where=group, at_most=1)
        case "named list":
            refs = chance.sample([row["ref"] for row in rows], chance.randint(1, 3))
            return rule("", where={"ref": refs}, at_least=1)
        case "either or":
            return rule("", any=[group_least(".1"), bound(group, "least", ".2", count="units")])
        case "pathways":
            ways = [
                rule(f".{way}", at_least=2, any=[group_least(f".{way}.1"), bound(group, "most", f".{way}.2")])
                for way in "ab"
            ]
            return rule("", any=ways)
        case "unit required under a pathway":
            must = rule(".must", where={"ref": some["ref"]}, all=True)
            way = rule(".way", at_least=2, any=[group_least(".credits"), must])
            return rule("", any=[way, group_least(".other")])
        case "prerequisite":
            unit, required = chance.sample([row["ref"] for row in rows], 2)
            return rule("", unit=unit, requires=required)
        case "needs any of several":
            rest = [row["ref"] for row in rows if row is not some]
            without = rule(".without", where={"ref": some["ref"]}, at_most=0)
            listed = rule(".needs", where={"ref": chance.sample(rest, 2)}, at_least=1)
            return rule("", any=[without, listed])
        case "unit size":
            key = chance.choice(["credits_at_least", "credits_at_most"])
            return bound({key: some["credits"]}, "any", count=chance.choice(["units", "credits"]))
        case "tag":
            known = sorted({tag for row in rows for tag in row["tags"]})
            tag = {"tag": chance.choice([known, known[0]])} if known else {"ref": some["ref"]}
            return bound(tag, "least")
        case "hours":
            idle = {ref for row in rows if not row["glh"] for ref in same_unit(rows, row["ref"])}
            timed = [row["ref"] for row in rows if row["ref"] not in idle]
            return bound({"ref": timed} if timed else {}, "any", count="glh" if timed else "credits")
        case "held at most":
            return bound({"held": True}, "most")
        case "held in a range":
            return bound({**group, "held": True}, "range")
        case "below a level":
            return bound({"level_at_most": some["level"]}, "any")
        case "without a level":
            other = chance.choice([level for level in (0, 1, 2, 3) if level != some["level"]])
            return bound({"not_level": chance.choice([other, [other, 9]])}, "any")
        case "share at least":
            return share(
                "at_least_percent",
                percent,
                {"level_at_least": max(some["level"], 2)} if some["level"] > 1 else group,
            )
        case "share at most":
            return share("at_most_percent", min(percent, 99), group)
        case "new at least":
            return bound({"held": False}, "least")
        case "held in one way":
            few = chance.choice([{"at_least": 1}, {"at_most": 0}, {"at_most": 1}])
            return rule("", where={"held": chance.choice([*WAYS, ["rpl", "exempt"]])}, **few)
        case "share by recognition":
            how = chance.choice([True, False, *WAYS])
            return share(
                chance.choice(["at_least_percent", "at_most_percent"]), min(percent, 99), {"held": how}
            )
        case "prerequisite held":
            unit, needed = chance.sample([row["ref"] for row in rows], 2)
            return rule("", unit=unit, requires_held=needed)
        case "prerequisite outside":
            return rule("", unit=some["ref"], requires_held=chance.choice(OUTSIDE))
        case "two groups of one unit":
            some["group"] = sorted({*some["group"], chance.choice("ABC")})
            first, second = some["group"][0], some["group"][-1]
            return rule(
                "",
                at_least=2,
                any=[bound({"group": first}, "least", ".1"), bound({"group": second}, "any", ".2")],
            )
        case "anything":
            return anything(chance, rows, name, depth=2)
    raise ValueError(kind)


def limited(chance: random.Random, rows: Sequence[UnitRow], entry: Entry, limits: str) -> Entry:
    """The entry with limits that lie within what its units can reach, or one beyond."""
    where = {key: value for key, value in entry.get("where", {}).items() if key != "held"}
    most = weighed(picked(rows, where, {}), entry)
    steps = steps_of(rows, entry)
    low: float = chance.randint(0 if limits in ("any", "most") else 1, int(most * steps) + 1)
    high: float = chance.randint(int(low), int(most * steps) + 2)
    low, high = (each / steps if each % steps else int(each // steps) for each in (low, high))
    if limits == "any":
        limits = chance.choice(["least", "most", "exactly", "range"])
    keys = {
        "least": {"at_least": low},
        "most": {"at_most": low},
        "exactly": {"at_least": low, "at_most": low},
        "range": {"at_least": low, "at_most": high},
    }
    return {**entry, **keys[limits]}


def anything(chance: random.Random, rows: Sequence[UnitRow], name: str, depth: int) -> Entry:
    """A rule with any keys that go together, choices nested at most `depth` times."""
    entry: Entry = {"id": name, "text": f"text of {name}"}
    if depth and chance.random() < 0.4:
        parts = [anything(chance, rows, f"{name}.{n}", depth - 1) for n in range(1, chance.randint(1, 3) + 1)]
        choice = {**entry, "any": parts}
        return {**choice, "at_least": chance.randint(1, len(parts))} if chance.random() < 0.7 else choice
    where = {key: value for key, value in selectors(chance, rows) if chance.random() < 0.25}
    if where:
        entry["where"] = where
    without_hours = any(not row["glh"] for row in picked(rows, {**where, "held": True}, everything(rows)))
    counts = ["units", "credits"] if without_hours else ["units", "credits", "glh"]
    if chance.random() < 0.2 and "held" not in where:  # of every unit achieved, or every unit and achieved?
        return {**entry, "count": chance.choice(["units", "credits"]), "all": True}
    if chance.random() < 0.7:
        entry["count"] = chance.choice(counts)
    all_the_same = len(picked(rows, where, dict.fromkeys([row["ref"] for row in rows], "achieved"))) == len(
        rows
    )
    if chance.random() < 0.15 and (where and not all_the_same) and entry.get("count") != "glh":
        return {**entry, chance.choice(["at_least_percent", "at_most_percent"]): chance.randint(1, 99)}
    return limited(chance, rows, entry, "any")


def selectors(chance: random.Random, rows: Sequence[UnitRow]) -> Iterator[tuple[str, Any]]:
    """Every key of `where`, with a value that picks one unit at least, the same for all of them."""
    some = chance.choice(rows)
    for key, own, known in (
        ("group", some["group"], {name for row in rows for name in row["group"]}),
        ("ref", same_unit(rows, some["ref"]), {row["ref"] for row in rows}),
        ("level", [some["level"]], {0, 1, 2, 3}),
        ("tag", some["tags"], {tag for row in rows for tag in row["tags"]}),
    ):
        mine = {chance.choice(own)} if own else set()
        more = {value for value in sorted(known) if chance.random() < 0.4}
        if mine:
            values = sorted(mine | more)
            yield key, values[0] if len(values) == 1 and chance.random() < 0.5 else values
        if more - set(own):
            yield f"not_{key}", sorted(more - set(own))
    yield "level_at_least", chance.randint(0, some["level"])
    yield "level_at_most", chance.randint(some["level"], 4)
    yield "credits_at_least", chance.randint(1, int(some["credits"]))
    yield "credits_at_most", chance.randint(math.ceil(some["credits"]), 5)
    yield "held", chance.choice([True, False, *WAYS, [False, "exempt"], ["rpl", "transfer"]])


# The tests.


def as_claims(
    refs: Sequence[str], selections: Iterable[Collection[str]]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([[ref in chosen for ref in refs] for chosen in selections])


@SETTINGS
@given(st.randoms(use_true_random=False))
def test_brute_force_solver_auditor_and_matrix_accept_the_same_selections(chance: random.Random) -> None:
    written = drawn(chance)
    with TemporaryDirectory() as folder:
        check_four_ways(written, chance, Path(folder))


def test_every_kind_of_rule_goes_the_four_ways(tmp_path: Path) -> None:
    chance = random.Random(2026)
    broken: Counter[str] = Counter()
    for number, kind in enumerate(KINDS * 6):
        written = drawn(chance, [kind])
        check_four_ways(written, chance, tmp_path / str(number))
        (name,) = written.kinds
        held = drawn_held(chance, written.refs) if kind in SPEAK_OF_HELD else everything(written.rows)
        broken[kind] += verdicts(written, name, held) == {True, False}
    assert not [
        kind for kind in KINDS if not broken[kind]
    ]  # each is kept by some selections, broken by others


def verdicts(written: Written, name: str, held: Ways) -> set[bool]:
    """Whether some selections keep a rule, and whether some break it."""
    return {brute(written, chosen, held)[name][1] for chosen in subsets(written.refs)}


def check_four_ways(written: Written, chance: random.Random, folder: Path) -> None:
    qualification = written.load(folder)
    refs = written.refs
    held = drawn_held(chance, refs)
    every = subsets(refs)
    expected = [brute(written, chosen, held) for chosen in every]
    rules = qualification.rules_given(held)
    assert [rule.id for rule in rules] == list(expected[0])
    for chosen, told in zip(every, expected, strict=True):
        found = audit(rules, chosen)
        assert {finding.rule.id: told_by(finding) for finding in found} == told
    check_matrix(rules, refs, every, expected)
    every_unit_held = [brute(written, chosen, everything(written.rows)) for chosen in every]
    check_matrix(qualification.rules, refs, every, every_unit_held)
    for rule in rules:
        accepted = {c for c, told in zip(every, expected, strict=True) if told[rule.id][1]}
        assert selections(Model(refs, [rule]), {}) == accepted, rule.id
    valid = {
        chosen
        for chosen, told in zip(every, expected, strict=True)
        if all(holds for _, holds, *_ in told.values())
    }
    assert selections(Model(refs, rules), {}) == valid
    told_held = [f"{ref}={way}" for ref, way in held.items() if ref in refs or ref in qualification.outside]
    answer = planner.plan(qualification, held=told_held, goals=["glh"])
    assert answer.status == ("optimal" if valid else "infeasible")
    hours = {row["ref"]: row["glh"] for row in written.rows if row["ref"] not in held}
    if valid:
        assert frozenset(answer.units) in valid
        assert answer.new_glh == min(sum(hours.get(ref, 0) for ref in chosen) for chosen in valid)
        credits = {row["ref"]: row["credits"] for row in written.rows}
        fewest = min(sum(credits[ref] for ref in chosen) for chosen in valid)
        (value,) = planner.plan(qualification, held=told_held, goals=["credits"]).goals
        assert (value.value, value.bound, value.proven) == (fewest, fewest, True)


def told_by(finding: planner.Finding) -> Figure:
    """What the auditor says of a rule; limits only where they move with a total."""
    limits = (None, None) if finding.total is None else (finding.at_least, finding.at_most)
    return finding.measured, finding.holds, *limits


def check_matrix(
    rules: Sequence[planner.Rule],
    refs: Sequence[str],
    selections: Sequence[Collection[str]],
    expected: Sequence[Mapping[str, Figure]],
) -> None:
    found = audit_many(rules, refs, as_claims(refs, selections))
    of_shares = [isinstance(rule, planner.Bound) and rule.share is not None for rule in rules]
    for row, told in zip(found.measured.tolist(), expected, strict=True):
        for number, (measured, *_), share in zip(row, told.values(), of_shares, strict=True):
            assert share or number == measured
    assert found.holds.tolist() == [[holds for _, holds, *_ in told.values()] for told in expected]
    assert found.met.tolist() == [all(holds for _, holds, *_ in told.values()) for told in expected]


Case = tuple[Written, Ways, frozenset[str]]
"""A qualification, the units held, the units that count."""


@dataclass(frozen=True)
class Told:
    """What a calculated workbook says: of each rule, by id, the figure and whether it is met; how many are not."""

    rules: Mapping[str, tuple[object, bool, object, object]]
    not_met: object


@pytest.fixture(scope="module")
def recalculated(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, Told]]:
    """Workbooks of every kind of rule, the column Counts set at random, calculated by LibreOffice."""
    folder = tmp_path_factory.mktemp("books")
    chance = random.Random(600_5106)
    cases: list[Case] = []
    for written, held in drawn_for_workbooks(chance):
        qualification = written.load(folder / f"data-{len(cases)}")
        told_held = [
            f"{ref}={way}" for ref, way in held.items() if ref in written.refs or ref in qualification.outside
        ]
        content = plan_workbook(planner.plan(qualification, held=told_held))
        for counted in telling(chance, written, held):
            write_toggled(content, counted, folder / f"{len(cases)}.xlsx")
            cases.append((written, held, counted))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out")]
    command += [str(folder / f"{number}.xlsx") for number in range(len(cases))]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return [(case, read_book(folder / "out" / f"{number}.xlsx")) for number, case in enumerate(cases)]


def drawn_for_workbooks(chance: random.Random) -> Iterator[tuple[Written, Ways]]:
    """Qualifications and the units held: together every kind twice; a choice of one rule; one rule alone.

    Each rule of a kind can be kept and can be broken.
    """
    kinds = [*chance.sample(KINDS, len(KINDS)), *chance.sample(KINDS, len(KINDS))]
    for start in range(0, len(kinds), 6):
        written, held = all_that_matter(chance, kinds[start : start + 6])
        part = {"id": "every", "text": "every unit", "all": True}
        written.entries.append({"id": "one", "text": "one of one", "any": [part]})
        yield written, held
    single = drawn(chance, ["total at least"])
    for row in single.rows:
        row["barred_set"] = []
    yield single, {}


def all_that_matter(chance: random.Random, kinds: Sequence[str]) -> tuple[Written, Ways]:
    """A qualification with a rule of each kind, and the units held: some selections keep it, others break it."""
    for _ in range(200):
        written = Written(drawn_rows(chance), [])
        held = drawn_held(chance, written.refs)
        if all(
            add_one_that_matters(chance, written, held, k, f"r{n}")
            for n, k in enumerate(sorted(kinds, key=first_those_that_change_rows), 1)
        ):
            return written, held
    raise AssertionError(f"no qualification drawn has rules of the kinds {kinds} that all matter")


def add_one_that_matters(chance: random.Random, written: Written, held: Ways, kind: str, name: str) -> bool:
    """Adds a rule of a kind that some selections keep and others break; False if none is drawn."""
    for _ in range(20):
        trial = Written(deepcopy(written.rows), list(written.entries), titled=list(written.titled))
        add(chance, trial, kind, name)
        (rule,) = trial.kinds
        if verdicts(trial, rule, held) == {True, False}:
            written.rows, written.entries, written.titled = trial.rows, trial.entries, trial.titled
            written.kinds[rule] = kind
            return True
    return False


def telling(chance: random.Random, written: Written, held: Ways) -> list[frozenset[str]]:
    """A few selections that between them keep and break every rule and every part that can be."""
    told = {chosen: set(every_part(written, chosen, held)) for chosen in subsets(written.refs)}
    sides = {chosen: {(name, holds) for name, (_, holds, *_) in parts} for chosen, parts in told.items()}
    missing = set().union(*sides.values())
    selections: list[frozenset[str]] = []
    while missing:
        most = max(len(missing & found) for found in sides.values())
        best = chance.choice([chosen for chosen, found in sides.items() if len(missing & found) == most])
        selections.append(best)
        missing -= sides[best]
    return selections


@pytest.mark.long
def test_the_workbooks_formulas_say_what_brute_force_says(recalculated: list[tuple[Case, Told]]) -> None:
    seen: Counter[tuple[str, bool]] = Counter()
    for (written, held, counted), told in recalculated:
        expected = dict(every_part(written, counted, held))
        shares = {
            entry["id"] for entry in every_entry(written.entries) if any("percent" in key for key in entry)
        }
        found = {
            name: figure if name in shares else (*figure[:2], None, None)
            for name, figure in told.rules.items()
        }
        assert found == expected, (written.entries, sorted(held), sorted(counted))
        broken = [name for name, (_, holds, *_) in brute(written, counted, held).items() if not holds]
        assert told.not_met == len(broken)
        seen.update((kind, told.rules[name][1]) for name, kind in written.kinds.items())
    assert not [(kind, met) for kind in KINDS for met in (True, False) if seen[kind, met] < 2]


@pytest.mark.long
def test_whatever_the_workbook_measures_is_a_number(recalculated: list[tuple[Case, Told]]) -> None:
    halves = 0
    for _, told in recalculated:
        assert type(told.not_met) is int
        for number, *_ in told.rules.values():
            assert type(number) is int or (type(number) is float and number % 1 == 0.5), number
            halves += type(number) is float
    assert halves > 10


def every_part(written: Written, counted: Collection[str], held: Ways) -> Iterator[tuple[str, Figure]]:
    """What the sheet Rules should say of each rule and of each part of a choice, by id."""
    for entry in every_entry([*written.entries, *written.titled]):
        yield entry["id"], figure(entry, written.rows, counted, held)
    found = brute(written, counted, held)
    yield from ((name, told) for name, told in found.items() if name == "slots" or name.startswith("barred-"))


def every_entry(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Rules, each followed by its parts."""
    for entry in entries:
        yield entry
        yield from every_entry(entry.get("any", ()))


def write_toggled(content: bytes, counted: Collection[str], path: Path) -> None:
    """The workbook after somebody has set the column Counts by hand; its stored values are gone."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in book["Units"].iter_rows(min_row=6):
        row[0].value = "yes" if row[2].value in counted else "no"
    book.save(path)


def read_book(path: Path) -> Told:
    """What the sheets Rules and Plan of a calculated workbook say."""
    book = openpyxl.load_workbook(path, data_only=True)
    header, *rows = book["Rules"].iter_rows(min_row=5, values_only=True)
    columns = [header.index(word) for word in ("Rule", "Measured", "Met", "At least", "At most")]
    told = [[row[column] for column in columns] for row in rows if row[0]]
    assert {met for _, _, met, *_ in told} <= {"yes", "no"}
    found = {str(rule): (number, met == "yes", low, high) for rule, number, met, low, high in told}
    assert len(found) == len(told)
    (not_met,) = (row[2] for row in book["Plan"].iter_rows(values_only=True) if row[0] == "Rules not met")
    return Told(found, not_met)
