"""A qualification: its units, its rules of combination and where both were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

from planner.catalogue.units import Unit, resolved_refs, told_apart
from planner.errors import DataError, Parameter, Problem
from planner.rules.measure import numbered
from planner.rules.rule import Held, Rule, bounds, speaks_of_held

_FIGURE_OF = {
    "credits": "credits",
    "min_credits": "credits",
    **dict.fromkeys(("glh", "new_glh", "min_glh", "max_glh"), "glh"),
}
"""Of which figure of units a key of the JSON answers speaks."""

Registration = Literal["open", "closed", "not yet open"]

CREDIT_HOURS = 10
"""Hours of learning that one credit stands for, guided or not."""


@dataclass(frozen=True, slots=True)
class Known:
    """A published figure that is known not to come out, and why."""

    figure: str
    text: str
    computed: float | None = None
    """What came out when the text was written; another figure then is no longer explained by it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A selection worked by hand and the ids of the rules it breaks (none: valid).

    `held` says of units how they came to be held; they need not count, and may stand outside.
    """

    source: str
    counted: tuple[str, ...]
    breaks: tuple[str, ...]
    held: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Title:
    """A title that the award can be endorsed with, and the rules that ask for it."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Something people do at work, and the units it gives evidence for, each with the reason."""

    id: str
    title: str
    evidence: Mapping[str, str]
    source: str = ""


def asked_refs(rules: Iterable[Rule]) -> set[str]:
    """The refs that rules ask to be achieved, be they of units that are listed or not."""
    return {ref for rule in rules for bound in bounds(rule) for ref in bound.unless}


@dataclass(frozen=True, eq=False, repr=False)
class Qualification:
    """A qualification: its units, its rules of combination and where both were read.

    `verified` is the day on which the file was last compared with its source, None if nobody has yet. `rules`
    are those of the file, then one for each barred set. `published` are figures of the source,
    `digest` names the exact data (units and rules) an answer rests on.
    """

    id: str
    title: str
    source: str
    verified: date | None
    units: tuple[Unit, ...]
    rules: tuple[Rule, ...]
    awarding_organisation: str = ""
    measure: str = ""
    """Units or credits, where the source counts these alone; empty where it publishes guided hours too."""
    level: int | None = None
    fee_gbp: float | None = None
    starts: date | None = None
    ends: date | None = None
    certification_ends: date | None = None
    """The last day on which a certificate can be claimed; None where that is not on file."""
    min_age: int | None = None
    progression: tuple[str, ...] = ()
    """What the source says a learner can go on to."""
    groups: Mapping[str, str] = field(default_factory=dict)
    strategies: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, float] = field(default_factory=dict)
    known: tuple[Known, ...] = ()
    titles: tuple[Title, ...] = ()
    """What the award can be endorsed with."""
    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    tasks: Mapping[str, Task] = field(default_factory=dict)
    digest: str = ""

    def __repr__(self) -> str:
        return f"<Qualification {self.id}, {len(self.units)} units>"

    @cached_property
    def by_ref(self) -> dict[str, Unit]:
        """The units by ref, in the file's order."""
        return {unit.ref: unit for unit in self.units}

    @property
    def titled_refs(self) -> dict[str, str]:
        """The title of each unit, by ref: what `Refs` knows a unit by."""
        return {unit.ref: unit.title for unit in self.units}

    @cached_property
    def names(self) -> dict[str, str]:
        """What each unit is called in a list, by ref: its title, with the level where a twin has the same."""
        return told_apart(self.units)

    def named(self, ref: str) -> str:
        """A unit as one says it: its name, then its ref."""
        return f"{self.names[ref]} ({ref})"

    def short_name(self, ref: str) -> str:
        """A unit in a word or two, where the table has them; else its name."""
        return self.by_ref[ref].short or self.names[ref]

    @cached_property
    def figures(self) -> frozenset[str]:
        """Which figures of units are on file: credits, glh; nothing is said of one that is not."""
        if not self.measure:
            return frozenset(("credits", "glh"))
        return frozenset(name for name in ("credits", "glh") if any(getattr(u, name) for u in self.units))

    @property
    def price_goal(self) -> str:
        """The goal that prices are in: glh, or units where no hours are on file."""
        return "glh" if "glh" in self.figures else "units"

    @property
    def price_words(self) -> str:
        """What prices are in, in a word: hours, or units."""
        return "hours" if "glh" in self.figures else "units"

    @cached_property
    def costs(self) -> dict[str, int]:
        """What each unit adds to the goal that prices are in, by ref."""
        hours = "glh" in self.figures
        return {unit.ref: unit.glh if hours else 1 for unit in self.units}

    def published_only(self, document: Any) -> Any:
        """A JSON answer without the figures that are not on file."""
        if isinstance(document, dict):
            kept = {
                key: each for key, each in document.items() if _FIGURE_OF.get(key, "") not in self._absent
            }
            return {key: self.published_only(each) for key, each in kept.items()}
        return [self.published_only(each) for each in document] if isinstance(document, list) else document

    def figure_words(self, credits: float | None = None, glh: int | None = None) -> list[str]:
        """So many credits and guided hours in words; what is not on file is left out."""
        given = (("credits", credits, "credit"), ("glh", glh, "guided hour"))
        return [numbered(n, noun) for figure, n, noun in given if n is not None and figure in self.figures]

    @property
    def _absent(self) -> frozenset[str]:
        return frozenset(("credits", "glh")) - self.figures

    @cached_property
    def speaks_of_held(self) -> bool:
        """Whether a rule depends on what the learner has already achieved."""
        return any(speaks_of_held(rule) for rule in self.rules)

    @cached_property
    def outside(self) -> tuple[str, ...]:
        """The refs of units it does not list and that a rule asks to be achieved."""
        return tuple(sorted(asked_refs(self.rules) - self.by_ref.keys()))

    @cached_property
    def slots(self) -> dict[str, tuple[Unit, ...]]:
        """The places for units from elsewhere, by the name of their kind."""
        names = dict.fromkeys(unit.slot for unit in self.units if unit.slot)
        return {name: tuple(unit for unit in self.units if unit.slot == name) for name in names}

    @cached_property
    def _titled(self) -> dict[str, Qualification]:
        return {
            _folded_title(title.name): replace(
                self,
                title=f"{self.title} ({title.name.strip('()')})",
                rules=(*self.rules, *title.rules),
                titles=(),
                examples=(),
                digest=f"{self.digest} {title.name}",
            )
            for title in self.titles
        }

    def titled(self, name: str) -> Qualification:
        """The qualification with an endorsed title: its rules and those of the title.

        Raises
        ------
        DataError
            If it has no such title.
        """
        found = self._titled.get(_folded_title(name))
        if found is None:
            names = [title.name for title in self.titles]
            message = f"no title of this qualification has this name (titles: {', '.join(names) or 'none'})"
            raise DataError([Problem(Parameter("title"), message, value=name or "(empty)")])
        return found

    @cached_property
    def barred(self) -> dict[str, tuple[str, ...]]:
        """The refs of each barred set, by name."""
        sets: dict[str, list[str]] = {}
        for unit in self.units:
            for name in unit.barred_sets:
                sets.setdefault(name, []).append(unit.ref)
        return {name: tuple(sets[name]) for name in sorted(sets)}

    def resolve(self, texts: Sequence[str], source: str) -> tuple[str, ...]:
        """The refs that `texts` mean, sorted; `source` names where they come from.

        Raises
        ------
        DataError
            For every unknown ref, with the nearest known one.
        """
        return resolved_refs(texts, self.by_ref, source)

    def evidence(self, tasks: Iterable[str]) -> dict[str, dict[str, str]]:
        """The units these tasks give evidence for: by ref, the reason by task."""
        found: dict[str, dict[str, str]] = {}
        for name in tasks:
            for ref, reason in self.tasks[name].evidence.items():
                found.setdefault(ref, {})[name] = reason
        return found

    def rules_given(self, held: Held) -> tuple[Rule, ...]:
        """The rules for a learner who already holds some units, in whatever way."""
        return tuple(rule.given(held) for rule in self.rules) if self.speaks_of_held else self.rules

    @property
    def dated(self) -> bool:
        """Whether a date is on file that decides if learners can be registered."""
        return self.starts is not None or self.ends is not None

    def status(self, today: date | None = None) -> Registration:
        """Whether learners can be registered on the day `today` (default: this day)."""
        day = today or date.today()
        if self.ends is not None and day > self.ends:
            return "closed"
        if self.starts is not None and day < self.starts:
            return "not yet open"
        return "open"

    def status_sentence(self, today: date | None = None) -> str:
        """The status as every screen and export says it."""
        status = self.status(today)
        if status == "closed":
            return f"Closed: registration for this qualification ended on {in_words(self.ends)}."
        if status == "not yet open":
            return f"Not yet open: registration for this qualification starts on {in_words(self.starts)}."
        if self.ends is not None:
            return f"Open for registration until {in_words(self.ends)}."
        if not self.dated:
            return "No registration dates on file: ask the awarding organisation whether it is open."
        return "Open for registration."

    def next_step(self, rules_met: bool, today: date | None = None) -> str:
        """What to know before a next step is taken: that it is closed, and what the source names after it."""
        closed = self.status(today) == "closed"
        words = []
        if closed and not rules_met:
            words.append(f"Only learners registered by {in_words(self.ends)} can still complete it.")
        if self.progression and (closed or rules_met):
            words.append(f"The source names as progression: {'; '.join(self.progression)}.")
        return " ".join(words)

    def group_name(self, group: str) -> str:
        """The published name of a group."""
        return self.groups.get(group, f"Group {group}")

    def strategy_name(self, strategy: str) -> str:
        """The published name of an assessment strategy."""
        if not strategy:
            return "Unknown"
        name = self.strategies.get(strategy)
        return f"{strategy}: {name}" if name else strategy

    def barred_partners(self, ref: str) -> tuple[str, ...]:
        """The refs that cannot count beside `ref`."""
        partners = {p for name in self.by_ref[ref].barred_sets for p in self.barred[name]}
        return tuple(sorted(partners - {ref}))

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """What every JSON answer says of its qualification."""
        return {
            "id": self.id,
            "title": self.title,
            "status": self.status(today),
            "ends": self.ends.isoformat() if self.ends else None,
            "source": self.source,
            "verified": self.verified.isoformat() if self.verified else None,
        }


def _folded_title(name: str) -> str:
    return name.strip("() ").casefold()


def in_words(day: date | None) -> str:
    """A date as people write it: 31 December 2013."""
    return "" if day is None else f"{day.day} {day:%B %Y}"
