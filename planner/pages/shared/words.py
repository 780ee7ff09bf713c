"""Text for pages."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import folded_ref
from planner.records.registrations import LONGEST
from planner.report import qualification_tables

STATUS_COLOURS = {"open": "green", "closed": "red", "not yet open": "orange"}

SEVERITIES = {
    "error": ":red-badge[Error]",
    "undecided": ":violet-badge[Undecided]",
    "notice": ":orange-badge[Notice]",
}
"""What a check remarks, but for what is fine."""


CONTROLS = {
    "actor": "Who you are",
    "assessor_hours": "What your assessors can give",
    "group_size": "Most learners in a group",
    "max_units": "Most different units to run",
    "role": "Role",
    "misfits": "Seats without evidence from the job, beyond those that cannot be avoided",
    "seconds": "Search for at most",
}
"""What the pages call a parameter of the package, where its control has another name."""


def control(parameter: str) -> str:
    """The control that fills a parameter of the package."""
    return CONTROLS.get(parameter, parameter)


def with_told_credits(table: pd.DataFrame) -> pd.DataFrame:
    """The table for `st.table`, which draws 2.5 as 2.5000: credits with halves as text."""
    halves = "Credits" in table and table["Credits"].dtype == object
    return table.astype({"Credits": str}) if halves else table


SHORT = 80
"""Characters of somebody's own text that are shown in a choice or a sentence."""


def shortened(text: str, most: int = SHORT) -> str:
    """A text with its end left out where it is long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#+-.!|~$:&"})


def plain(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: nothing in it becomes a link or a style."""
    return " ".join(text.translate(_ESCAPED).split())


def bullets(texts: Iterable[object]) -> str:
    """Texts as a Markdown list."""
    return "\n".join(f"- {plain(str(text))}" for text in texts)


def matches(search: str, text: str, ref: str) -> bool:
    """Whether every word of `search` stands in a text, or it is part of a ref."""
    folded = folded_ref(search)
    words = search.casefold().split()
    return all(word in text.casefold() for word in words) or (bool(folded) and folded in folded_ref(ref))


def titles(qualification: Qualification, refs: Iterable[str]) -> str:
    """Units by title and ref, as Markdown."""
    return plain(", ".join(map(qualification.named, refs)))


def badge(qualification: Qualification) -> str:
    """Whether learners can be registered, by word and by colour, as Markdown."""
    colour = STATUS_COLOURS[qualification.status()] if qualification.dated else "gray"
    return f":{colour}-badge[{qualification_tables.status_word(qualification)}]"


def tidy(text: str) -> str:
    """Text as a cell of a record holds it: one line, blanks single, nothing that cannot be printed."""
    printable = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return " ".join(printable.split())[:LONGEST].rstrip()
