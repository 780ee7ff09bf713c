"""The qualifications on file: `data/qualifications/`, read strictly and joined with their units."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from planner.catalogue.qualification import Example, Known, Qualification, Task, Title, asked_refs
from planner.catalogue.rule_file import ExampleEntry, QualificationEntry, parse, read_as
from planner.catalogue.rule_joiner import RuleJoiner, Vocabulary
from planner.catalogue.tasks import read_tasks
from planner.catalogue.units import Unit, find_ref, folded_ref, read_units, told_apart
from planner.errors import DataError, Parameter, Problem, nearest, refuse
from planner.rules.rule import NEW, Bound

DEFAULT_QUALIFICATION = "600/5106/1"

QUALIFICATION_VARIABLE = "NVQ_PLANNER_QUALIFICATION"

NETWORK_VARIABLE = "NVQ_PLANNER_ON_NETWORK"
"""Set where the page is for telephones in the house: it then has the plan, and nothing that takes a file."""

REGISTER_VARIABLE = "NVQ_PLANNER_REGISTER"
"""Says where the register is, if nobody says it otherwise; a page has one only where this is set."""

DEMO_FILE = "invented-centre.sqlite3"
"""What the register of the invented centre is called, by which a page knows it."""

SEVERAL = "several"
"""The code of a problem: several qualifications are on file, and none was named."""

DATA_VARIABLE = "NVQ_PLANNER_DATA"
"""How the page learns which qualification and data folder it was started for."""


UNITS: Vocabulary[Unit] = Vocabulary(
    "unit",
    "qualification",
    {"units": lambda unit: 1, "credits": lambda unit: unit.credits, "glh": lambda unit: unit.glh},
    names={
        "group": lambda unit: unit.groups,
        "ref": lambda unit: [unit.ref, *unit.same],
        "tag": lambda unit: unit.tags,
    },
    numbers={"level": lambda unit: unit.level, "credits": lambda unit: unit.credits},
    same=lambda unit: unit.same,
    held=True,
)
"""What the rules of a qualification say of its units."""


def shipped(name: str) -> Path:
    """A file or folder of the package: inside an installed wheel, else beside the checkout's code."""
    package = Path(__file__).parent.parent
    inside = package / name
    return inside if inside.exists() else package.parent / name


def data_folder(data: str | Path | None) -> Path:
    """The folder that somebody names; None: the data that ships with the package."""
    return shipped("data") if data is None else Path(data)


def load(qualification: str | None = None, data: str | Path | None = None) -> Qualification:
    """One qualification of the data folder `data` (default: the data that ships with the package).

    Without a number it is 600/5106/1, or the only one of a folder that does not hold that; of several one has
    to be named.

    Raises
    ------
    DataError
        With every problem of the folder, or if it holds no such qualification.
    """
    found = load_all(data)
    if qualification is None and len(found) > 1 and DEFAULT_QUALIFICATION not in found:
        message = f"choose one of {', '.join(found)}"
        raise DataError([Problem(Parameter("qualification"), message, code=SEVERAL)])
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
    folder = data_folder(data)
    problems: list[Problem] = []
    parsed: dict[Path, tuple[dict[str, Any], str] | DataError] = {}
    for path in sorted((folder / "qualifications").glob("*.toml")):
        try:
            parsed[path] = parse(path)
        except DataError as error:
            parsed[path] = error
    contents = [one[0] for one in parsed.values() if isinstance(one, tuple)]
    units: dict[str, tuple[Unit, ...]] = {}
    try:
        units = read_units(folder / "units.csv", _measures(contents))
    except DataError as error:
        problems += error.problems
    tasks: dict[str, dict[str, Task]] = {}
    try:
        tasks = read_tasks(folder / "tasks.csv", units or None)
    except DataError as error:
        problems += error.problems
    if not parsed:
        problems.append(Problem(str(folder / "qualifications"), "holds no qualification (no .toml file)"))
    found: dict[str, Qualification] = {}
    described: set[str] = set()
    for path, one in parsed.items():
        if isinstance(one, DataError):
            problems += one.problems
            described |= units.keys()  # nobody knows which of them the file describes
            continue
        content, text = one
        described.add(str(content.get("id")))
        try:
            entry = read_as(QualificationEntry, path, content)
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
    refuse(problems)
    return found


def _measures(contents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the qualifications of rule files count that count units or credits alone, by number."""
    said = {str(one.get("id")): one.get("measure") for one in contents}
    return {name: str(measure) for name, measure in said.items() if measure in ("units", "credits")}


def _slots(entry: QualificationEntry) -> Iterator[Unit]:
    """The places for units from elsewhere, as units."""
    for slot in entry.slot:
        for number in range(1, slot.count + 1):
            several = slot.count > 1
            yield Unit(
                ref=f"{slot.id}-{number}" if several else slot.id,
                title=f"{slot.title} {number}" if several else slot.title,
                group=";".join(slot.group),
                level=(entry.level or 0) if slot.level is None else slot.level,
                credits=slot.credits or 0,
                glh=slot.glh or 0,
                slot=slot.id,
            )


class _Joiner(RuleJoiner[Unit]):
    """Joins a qualification's entry with its units."""

    def __init__(self, path: Path, entry: QualificationEntry, units: tuple[Unit, ...]) -> None:
        slots = () if not units else tuple(_slots(entry))
        super().__init__(str(path), (*units, *slots), UNITS)
        self._places = slots
        self.units_source = str(path.parent.parent / "units.csv")
        self.entry = entry

    def join(self, text: str, tasks: dict[str, Task]) -> Qualification:
        entry = self.entry
        refs = Counter(folded_ref(unit.ref) for unit in self.items)
        for unit in self._places:
            if refs[folded_ref(unit.ref)] > 1:
                self._problem("slot.id", "a unit or another place has this ref", unit.ref)
        if not self.items:
            self._problem("id", "no row of units.csv belongs to this qualification", entry.id)
            raise DataError(self.problems)
        if entry.starts and entry.ends and entry.starts > entry.ends:
            self._problem("ends", f"lies before starts ({entry.starts})", str(entry.ends))
        if entry.certification_ends and entry.ends and entry.certification_ends < entry.ends:
            message = f"lies before ends ({entry.ends}), the last day of registration"
            self._problem("certification_ends", message, str(entry.certification_ends))
        rules = self.rules(entry.rule)
        titles = self._titles()
        rules = (*rules, *self._slot_rules())
        barred = self._barred_rules()
        entries = [*entry.rule, *(rule for title in entry.titles for rule in title.rule)]
        ids = self.check_ids(entries, [rule.id for rule in (*barred, *self._slot_rules())])
        published = entry.published.model_dump(exclude_none=True)
        for number, known in enumerate(entry.known, start=1):
            if known.figure not in published:
                message = f"is not a figure under [published]{nearest(known.figure, list(published))}"
                self._problem(f"known[{number}].figure", message, known.figure)
        self._check_names("groups", entry.groups, {group for unit in self.items for group in unit.groups})
        self._check_names("strategies", entry.strategies, {unit.strategy for unit in self.items})
        asked = asked_refs((*rules, *(rule for title in titles for rule in title.rules)))
        examples = [
            self._example(f"example[{n}]", e, ids, asked) for n, e in enumerate(entry.example, start=1)
        ]
        refuse(self.problems)
        digest = hashlib.sha256(text.encode())
        for unit in self.items:
            digest.update(repr(unit).encode())
        for task in tasks.values():
            digest.update(repr(task).encode())
        return Qualification(
            id=entry.id,
            title=entry.title,
            source=entry.source,
            verified=entry.verified,
            units=tuple(self.items),
            rules=(*rules, *barred),
            awarding_organisation=entry.awarding_organisation,
            measure=entry.measure or "",
            level=entry.level,
            fee_gbp=entry.fee_gbp,
            starts=entry.starts,
            ends=entry.ends,
            certification_ends=entry.certification_ends,
            min_age=entry.min_age,
            progression=tuple(entry.progression),
            groups=entry.groups,
            strategies=entry.strategies,
            published=published,
            known=tuple(Known(k.figure, k.text, k.computed) for k in entry.known),
            titles=titles,
            notes=tuple(note.text for note in entry.note),
            examples=tuple(examples),
            tasks=tasks,
            digest=digest.hexdigest()[:16],
        )

    def _titles(self) -> tuple[Title, ...]:
        """The titles with their rules; what is wrong with a rule is told of its title."""
        found = []
        for number, title in enumerate(self.entry.titles, start=1):
            self.field = f"titles[{number}].rule"
            found.append(Title(title.name, self.rules(title.rule)))
        self.field = "rule"
        for name, times in Counter(title.name.casefold() for title in self.entry.titles).items():
            if times > 1:
                self._problem("titles.name", "two titles have this name", name)
        return tuple(found)

    def _slot_rules(self) -> tuple[Bound, ...]:
        """That places for units from elsewhere are not planned: a decision fills them, or somebody asks."""
        if not self._places:
            return ()
        weights = {unit.ref: 1 for unit in self._places}
        text = "places for units from elsewhere are filled by a decision, or asked for"
        return (Bound("slots", text, weights, at_most=0, held=frozenset({NEW}), kind="barred"),)

    def _barred_rules(self) -> list[Bound]:
        sets: dict[str, list[Unit]] = {}
        names = told_apart(self.items)
        for unit in self.items:
            for name in unit.barred_sets:
                sets.setdefault(name, []).append(unit)
        rules = []
        for name, members in sorted(sets.items()):
            if len(members) == 1:
                message = f"barred set {name} has one unit, {members[0].ref}: it bars nothing"
                self.problems.append(Problem(self.units_source, message, field="barred_set", value=name))
            titles = ", ".join(f"{names[unit.ref]} ({unit.ref})" for unit in members)
            text = f"only one unit of barred set {name} can count: {titles}"
            weights = {unit.ref: 1 for unit in members}
            rules.append(Bound(f"barred-{name}", text, weights, at_most=1, kind="barred", subject=name))
        return rules

    def _check_names(self, field: str, named: Iterable[str], used: set[str]) -> None:
        for name in sorted(set(named) - used):
            self._problem(f"{field}.{name}", f"no unit has this{nearest(name, sorted(used))}", name)

    def _example(self, field: str, entry: ExampleEntry, ids: set[str], asked: Collection[str]) -> Example:
        counted = self._refs(f"{field}.counted", entry.counted)
        known = [*(unit.ref for unit in self.items), *asked]
        held = {find_ref(ref, known): way for ref, way in entry.held.items()}
        for ref in entry.held:
            if find_ref(ref, known) is None:
                message = (
                    f"neither a unit of this qualification nor one that a rule asks for{nearest(ref, known)}"
                )
                self._problem(f"{field}.held", message, ref)
        for name in entry.breaks:
            if name not in ids:
                self._problem(f"{field}.breaks", f"no rule has this id{nearest(name, sorted(ids))}", name)
        return Example(
            entry.source, counted, tuple(sorted(entry.breaks)), {ref: way for ref, way in held.items() if ref}
        )
