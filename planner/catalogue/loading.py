"""The qualifications on file: `data/qualifications/`, read strictly and joined with their units."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.catalogue.qualification import Example, Known, Qualification, Task
from planner.catalogue.rule_file import ExampleEntry, QualificationEntry, RuleEntry, Where, parse, read_entry
from planner.catalogue.sentences import worked_out
from planner.catalogue.tasks import read_tasks
from planner.catalogue.units import Unit, find_ref, read_units, resolved_refs
from planner.errors import DataError, Parameter, Problem, nearest
from planner.rules.rule import Bound, Choice, Rule

DEFAULT_QUALIFICATION = "600/5106/1"

QUALIFICATION_VARIABLE = "NVQ_PLANNER_QUALIFICATION"
DATA_VARIABLE = "NVQ_PLANNER_DATA"
"""How the page learns which qualification and data folder it was started for."""


Weigh = Callable[[Unit], int]

COUNTS: Mapping[str, Weigh] = MappingProxyType(
    {"units": lambda unit: 1, "credits": lambda unit: unit.credits, "glh": lambda unit: unit.glh}
)
"""What the rules of a qualification count."""


def shipped(name: str) -> Path:
    """A file or folder of the package: inside an installed wheel, else beside the checkout's code."""
    package = Path(__file__).parent.parent
    inside = package / name
    return inside if inside.exists() else package.parent / name


def load(qualification: str | None = None, data: str | Path | None = None) -> Qualification:
    """One qualification of the data folder `data` (default: the data that ships with the package).

    Without a number it is 600/5106/1, or the only one of a folder that does not hold that.

    Raises
    ------
    DataError
        With every problem of the folder, or if it holds no such qualification.
    """
    found = load_all(data)
    if qualification is None:
        qualification = next(iter(found)) if len(found) == 1 else DEFAULT_QUALIFICATION
    name = find_ref(qualification, found)
    if name is None:
        hint = nearest(qualification, list(found))
        message = f"no qualification on file has this number{hint} (on file: {', '.join(found)})"
        raise DataError([Problem(Parameter("qualification"), message, value=qualification or "(empty)")])
    return found[name]


def load_all(data: str | Path | None = None) -> dict[str, Qualification]:
    """Every qualification of a data folder, by number.

    Raises
    ------
    DataError
        With every problem of `units.csv` and of the files in `qualifications/`.
    """
    folder = shipped("data") if data is None else Path(data)
    problems: list[Problem] = []
    units: dict[str, tuple[Unit, ...]] = {}
    try:
        units = read_units(folder / "units.csv")
    except DataError as error:
        problems += error.problems
    tasks: dict[str, dict[str, Task]] = {}
    try:
        tasks = read_tasks(folder / "tasks.csv", units or None)
    except DataError as error:
        problems += error.problems
    paths = sorted((folder / "qualifications").glob("*.toml"))
    if not paths:
        problems.append(Problem(str(folder / "qualifications"), "holds no qualification (no .toml file)"))
    found: dict[str, Qualification] = {}
    described: set[str] = set()
    for path in paths:
        try:
            content, text = parse(path)
        except DataError as error:
            problems += error.problems
            described |= units.keys()  # nobody knows which of them the file describes
            continue
        described.add(str(content.get("id")))
        try:
            entry = read_entry(path, content)
            if entry.id in found:
                problems.append(Problem(str(path), "another file has this id", field="id", value=entry.id))
            elif units:
                found[entry.id] = _Joiner(path, entry, units.get(entry.id, ())).join(
                    text, tasks.get(entry.id, {})
                )
        except DataError as error:
            problems += error.problems
    for name in sorted(units.keys() - described):
        message = "no file in qualifications/ describes this qualification"
        problems.append(Problem(str(folder / "units.csv"), message, field="qualification", value=name))
    if problems:
        raise DataError(problems)
    return found


class RuleJoiner:
    """Joins rules as they are written with what they count, collecting every problem on the way.

    Parameters
    ----------
    source
        How problems name the rule file.
    units
        What the rules count: the units of a qualification, or whatever else is given as such.
    counts
        What a rule's `count` may be: the weight of a unit for each.
    nouns
        How problems call what is counted, and what all of it together is.
    """

    def __init__(
        self,
        source: str,
        units: Sequence[Unit],
        counts: Mapping[str, Weigh],
        nouns: tuple[str, str] = ("unit", "qualification"),
    ) -> None:
        self.source = source
        self.units = units
        self.counts = counts
        self.noun, self.whole = nouns
        self.problems: list[Problem] = []

    def rules(self, entries: Sequence[RuleEntry]) -> tuple[Rule, ...]:
        """The rules of the entries; those with a problem are left out."""
        found = [self._rule(f"rule[{n}]", entry) for n, entry in enumerate(entries, start=1)]
        return tuple(rule for rule in found if rule is not None)

    def check_ids(self, entries: Sequence[RuleEntry], others: Iterable[str]) -> set[str]:
        """Every id of the entries and of `others`; one that stands twice is a problem."""
        ids = Counter([*_ids(entries), *others])
        for name, times in ids.items():
            if times > 1:
                self._problem("rule.id", "two rules have this id", name)
        return set(ids)

    def _problem(self, field: str, message: str, value: str = "") -> None:
        self.problems.append(Problem(self.source, message, field=field, value=value))

    def _refs(self, field: str, texts: Sequence[str]) -> tuple[str, ...]:
        try:
            noun = f"{self.noun} of this {self.whole}"
            return resolved_refs(texts, [unit.ref for unit in self.units], self.source, noun)
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
        elif entry.unit is not None or entry.requires is not None:
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
        return Choice(entry.id, entry.text, of, at_least) if len(of) == len(rules) else None

    def _requirement(self, field: str, entry: RuleEntry) -> Rule | None:
        self._refuse_others(field, entry, {"unit", "requires"}, "unit and requires")
        if entry.unit is None or entry.requires is None:
            self._problem(field, "unit and requires go together", entry.id)
            return None
        unit = self._one_ref(f"{field}.unit", entry.unit)
        required = self._one_ref(f"{field}.requires", entry.requires)
        if unit is None or required is None:
            return None
        if unit == required:
            self._problem(field, f"a {self.noun} cannot require itself", unit)
            return None
        return Bound(entry.id, entry.text, {required: 1, unit: -1}, at_least=0)

    def _bound(self, field: str, entry: RuleEntry) -> Rule | None:
        where = entry.where or Where()
        before = len(self.problems)
        tests = dict(self._tests(f"{field}.where", where))
        picked = [unit for unit in self.units if all(test(unit) for test in tests.values())]
        if not picked and len(self.problems) == before:
            keys = ", ".join(sorted(where.model_fields_set))
            self._problem(f"{field}.where", f"picks no {self.noun}", keys)
        if entry.count not in self.counts:
            self._problem(f"{field}.count", f"must be one of {', '.join(self.counts)}", entry.count)
            return None
        weights = {unit.ref: self.counts[entry.count](unit) for unit in picked}
        for ref, weight in weights.items():
            if weight == 0:
                self._problem(f"{field}.count", f"{ref} has no hours: a weight of zero", entry.count)
        if entry.derived is not None and worked_out(entry.derived) is None:
            message = "must be an arithmetic of whole numbers, such as 900 + 100"
            self._problem(f"{field}.derived", message, entry.derived)
        low, high = entry.at_least, entry.at_most
        if entry.all:
            if low is not None or high is not None:
                self._problem(f"{field}.all", "does not go with at_least or at_most", "true")
            if where.held:  # of every unit achieved, or every unit and all of them achieved?
                message = "does not go with held = true; at_least says how much must be achieved before"
                self._problem(f"{field}.all", message, "true")
            low = sum(weights.values())
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
                entry.count,
                held_only=bool(where.held),
                by_level=self._by_level(tests),
                derived=entry.derived or "",
            )
        return None

    def _by_level(self, tests: Mapping[str, Callable[[Unit], bool]]) -> frozenset[str]:
        """The units of which only the level decides whether the rule counts them."""
        others = [test for key, test in tests.items() if key not in ("level", "level_at_least")]
        if len(others) == len(tests):
            return frozenset()
        return frozenset(unit.ref for unit in self.units if all(test(unit) for test in others))

    def _tests(self, field: str, where: Where) -> Iterator[tuple[str, Callable[[Unit], bool]]]:
        """One test for each key given; a name that no unit has is a problem."""
        known = {
            "group": {unit.group for unit in self.units},
            "tag": {tag for unit in self.units for tag in unit.tags},
        }
        for key, wanted in where.model_dump(exclude_none=True).items():
            attribute = key.removeprefix("not_")
            if attribute == "ref":
                wanted = self._refs(f"{field}.{key}", wanted)
            for name in wanted if attribute in known else ():
                if name not in known[attribute]:
                    self._problem(
                        f"{field}.{key}",
                        f"no {self.noun} has this {attribute}{nearest(name, sorted(known[attribute]))}",
                        name,
                    )
            yield key, _test(key, wanted)


class _Joiner(RuleJoiner):
    """Joins a qualification's entry with its units."""

    def __init__(self, path: Path, entry: QualificationEntry, units: tuple[Unit, ...]) -> None:
        super().__init__(str(path), units, COUNTS)
        self.units_source = str(path.parent.parent / "units.csv")
        self.entry = entry

    def join(self, text: str, tasks: dict[str, Task]) -> Qualification:
        entry = self.entry
        if not self.units:
            self._problem("id", "no row of units.csv belongs to this qualification", entry.id)
            raise DataError(self.problems)
        if entry.starts and entry.ends and entry.starts > entry.ends:
            self._problem("ends", f"lies before starts ({entry.starts})", str(entry.ends))
        rules = self.rules(entry.rule)
        barred = self._barred_rules()
        ids = self.check_ids(entry.rule, [rule.id for rule in barred])
        published = entry.published.model_dump(exclude_none=True)
        for number, known in enumerate(entry.known, start=1):
            if known.figure not in published:
                message = f"is not a figure under [published]{nearest(known.figure, list(published))}"
                self._problem(f"known[{number}].figure", message, known.figure)
        self._check_names("groups", entry.groups, {unit.group for unit in self.units})
        self._check_names("strategies", entry.strategies, {unit.strategy for unit in self.units})
        examples = [self._example(f"example[{n}]", e, ids) for n, e in enumerate(entry.example, start=1)]
        if self.problems:
            raise DataError(self.problems)
        digest = hashlib.sha256(text.encode())
        for unit in self.units:
            digest.update(repr(unit).encode())
        for task in tasks.values():
            digest.update(repr(task).encode())
        return Qualification(
            id=entry.id,
            title=entry.title,
            source=entry.source,
            verified=entry.verified,
            units=tuple(self.units),
            rules=(*rules, *barred),
            awarding_organisation=entry.awarding_organisation,
            level=entry.level,
            fee_gbp=entry.fee_gbp,
            starts=entry.starts,
            ends=entry.ends,
            min_age=entry.min_age,
            progression=tuple(entry.progression),
            groups=entry.groups,
            strategies=entry.strategies,
            published=published,
            known=tuple(Known(k.figure, k.text, k.computed) for k in entry.known),
            notes=tuple(note.text for note in entry.note),
            examples=tuple(examples),
            tasks=tasks,
            digest=digest.hexdigest()[:16],
        )

    def _barred_rules(self) -> list[Bound]:
        sets: dict[str, list[Unit]] = {}
        for unit in self.units:
            for name in unit.barred_sets:
                sets.setdefault(name, []).append(unit)
        rules = []
        for name, members in sorted(sets.items()):
            if len(members) == 1:
                message = f"barred set {name} has one unit, {members[0].ref}: it bars nothing"
                self.problems.append(Problem(self.units_source, message, field="barred_set", value=name))
            titles = ", ".join(f"{unit.title} ({unit.ref})" for unit in members)
            text = f"only one unit of barred set {name} can count: {titles}"
            rules.append(Bound(f"barred-{name}", text, {unit.ref: 1 for unit in members}, at_most=1))
        return rules

    def _check_names(self, field: str, named: Iterable[str], used: set[str]) -> None:
        for name in sorted(set(named) - used):
            self._problem(f"{field}.{name}", f"no unit has this{nearest(name, sorted(used))}", name)

    def _example(self, field: str, entry: ExampleEntry, ids: set[str]) -> Example:
        counted = self._refs(f"{field}.counted", entry.counted)
        for name in entry.breaks:
            if name not in ids:
                self._problem(f"{field}.breaks", f"no rule has this id{nearest(name, sorted(ids))}", name)
        return Example(entry.source, counted, tuple(sorted(entry.breaks)))


def _ids(entries: Sequence[RuleEntry]) -> Iterator[str]:
    for entry in entries:
        yield entry.id
        yield from _ids(entry.any or ())


def _test(key: str, wanted: Any) -> Callable[[Unit], bool]:
    tests: dict[str, Callable[[Unit], bool]] = {
        "group": lambda unit: unit.group in wanted,
        "not_group": lambda unit: unit.group not in wanted,
        "ref": lambda unit: unit.ref in wanted,
        "not_ref": lambda unit: unit.ref not in wanted,
        "tag": lambda unit: not set(wanted).isdisjoint(unit.tags),
        "not_tag": lambda unit: set(wanted).isdisjoint(unit.tags),
        "level": lambda unit: unit.level in wanted,
        "level_at_least": lambda unit: unit.level >= wanted,
        "credits_at_least": lambda unit: unit.credits >= wanted,
        "credits_at_most": lambda unit: unit.credits <= wanted,
        "held": lambda unit: True,  # which units are held is known with the request only
    }
    return tests[key]
