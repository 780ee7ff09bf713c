"""Refs as people type them: in any case, torn apart, several in a cell, with or instead of their title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from planner.catalogue.units import folded_ref
from planner.errors import Hints
from planner.files.people import person

UNIT = "unit of this qualification"
"""What problems call what has a ref."""

LONGEST = 2_000
"""Characters of a text in which refs are looked for; a longer one names none."""

_SEPARATORS = re.compile(r"[,;|&+]")
_WORD = re.compile(r"[^\s/,;|&+]+")
_AROUND = " \t-–—.:()[]\"'/"
_FILLERS = frozenset(("and", "unit", "units"))

# Cyrillic letters, then Greek, then Latin ones and a sign; below each what it may be taken for.
_ALIKE = str.maketrans(
    "ОАВЕКМНРСТХУІЅЈΟΑΒΕΚΜΝΡΤΧΥΙΖΗOIL|SBZ",
    "0A8EKMHPCTXY15J0A8EKMNPTXY12H0111582",
)
"""Letters of other alphabets, and letters and figures, that look alike."""


class Refs:
    """Finds refs in texts.

    Parameters
    ----------
    known
        The title of each ref; a title that two of them share means neither.
    noun
        What problems call what has a ref.
    """

    def __init__(self, known: Mapping[str, str], noun: str = UNIT) -> None:
        self._titles = known
        self._known = {folded_ref(ref): ref for ref in known}
        self._longest = max(map(len, self._known), default=0)
        by_title: dict[str, list[str]] = {}
        for ref, title in known.items():
            by_title.setdefault(_letters(title), []).append(ref)
        self._by_title = {title: refs[0] for title, refs in by_title.items() if title and len(refs) == 1}
        self._alike = {_alike(ref): ref for ref in known}
        self._noun = noun
        self._hints = Hints(list(known))

    def one(self, text: str) -> tuple[str | None, str]:
        """The one ref that a text means, or None and why it means none."""
        found, unknown = self.all(text)
        if len(found) == 1 and not unknown:
            return found[0], ""
        if len(found) > 1:
            return None, f"names {len(found)} units ({', '.join(found)}): give each a row of its own"
        if found:
            title = self._titles[found[0]]
            return None, f"says more than {found[0]} and its title ({title}): “{unknown[0]}”"
        return None, self.unknown(text)

    def all(self, text: str) -> tuple[list[str], list[str]]:
        """The refs that a text names, each once, in its order; and what else stands there."""
        text = person(text)
        whole = self._whole(text)
        if whole or not text or len(text) > LONGEST:
            return ([whole], []) if whole else ([], [text] if text else [])
        found: list[tuple[str, int, int]] = []
        words = list(_WORD.finditer(text))
        at = 0
        while at < len(words):
            ref, taken = self._longest_from(words, at)
            if ref:
                found.append((ref, words[at].start(), words[at + taken - 1].end()))
            at += taken
        refs: list[str] = []
        unknown: list[str] = []
        before, end = "", 0
        # A last one of no length, so that what stands behind the last ref is looked at too.
        for ref, start, stop in [*found, ("", len(text), len(text))]:
            named, other = self._between(text[end:start], (before, ref))
            refs += [*named, ref] if ref else named
            unknown += other
            before, end = ref, stop
        return list(dict.fromkeys(refs)), unknown

    def unknown(self, text: str) -> str:
        """That no unit has this ref, and which one may be meant."""
        alike = self._alike.get(_alike(text)) if len(text) <= LONGEST else None
        hint = f"; did you mean {alike}? {_difference(text, alike)}" if alike else self._hints.of(text)
        return f"no {self._noun} has this ref{hint}"

    def _whole(self, text: str) -> str | None:
        if len(text) > LONGEST:
            return None
        return self._known.get(folded_ref(text)) or self._by_title.get(_letters(text))

    def _longest_from(self, words: list[re.Match[str]], at: int) -> tuple[str, int]:
        """The ref that most of the words from here on make, and how many they are; else "" and one."""
        best, taken, folded = "", 1, ""
        for number, word in enumerate(words[at:], start=1):
            folded += folded_ref(word[0].strip(_AROUND))
            # No ref is longer: else each word of a long text would be tried with all that follow it.
            if len(folded) > self._longest:
                break
            if folded in self._known:
                best, taken = self._known[folded], number
        return best, taken

    def _between(self, text: str, beside: tuple[str, str]) -> tuple[list[str], list[str]]:
        """The refs of the titles that stand between two refs, and what else does."""
        said = text.strip(f"{_AROUND},;|&+")
        if not _letters(said) or said.casefold() in _FILLERS:
            return [], []
        # A title beside its own ref says nothing new.
        if any(_letters(said) == _letters(self._titles[ref]) for ref in beside if ref):
            return [], []
        parts = [part.strip(_AROUND) for part in _SEPARATORS.split(said)]
        titles = [self._by_title.get(_letters(part)) for part in parts]
        if whole := self._by_title.get(_letters(said)):
            return [whole], []
        if all(titles):
            return [ref for ref in titles if ref], []
        if not any(beside) and all(re.search(r"\d", word) for word in said.split()):
            return [], [word for part in parts for word in part.split()]
        return [], [part for part in parts if part]


def _letters(text: str) -> str:
    """A title as titles are compared: letters and figures alone."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _alike(text: str) -> str:
    return folded_ref(text).translate(_ALIKE)


def _difference(text: str, ref: str) -> str:
    """Which characters differ, by their names: nobody sees the difference."""
    pairs = zip(folded_ref(text), folded_ref(ref), strict=True)
    names = [
        f"{unicodedata.name(typed)} for {unicodedata.name(meant)}" for typed, meant in pairs if typed != meant
    ]
    return f"(It has {', '.join(names)}.)".lower()
