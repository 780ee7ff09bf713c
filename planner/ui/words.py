"""Text for pages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from planner import tables
from planner.qualification import Qualification

STATUS_COLOURS = {"open": "green", "closed": "red", "not yet open": "orange"}


def plain(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: nothing in it becomes a link or a style."""
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~$:&])", r"\\\1", text)
    return " ".join(escaped.split())


def count(number: int, noun: str) -> str:
    """A number of things: 1 unit, 2 units."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def titles(qualification: Qualification, refs: Iterable[str]) -> str:
    """Units by title and ref, as Markdown."""
    by_ref = qualification.by_ref
    return plain(", ".join(f"{by_ref[ref].title} ({ref})" for ref in refs))


def dated(qualification: Qualification) -> bool:
    """Whether a date is on file that decides if learners can be registered."""
    return qualification.starts is not None or qualification.ends is not None


def badge(qualification: Qualification) -> str:
    """Whether learners can be registered, by word and by colour, as Markdown."""
    if not dated(qualification):
        return ":gray-badge[No dates]"
    return f":{STATUS_COLOURS[qualification.status()]}-badge[{tables.status_word(qualification)}]"
