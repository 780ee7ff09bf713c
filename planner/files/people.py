"""People as files name them, compared in one place; and cells whose content a spreadsheet has destroyed.

A person is an identity, not a text: the same letters in another form, with other blanks or with characters
that nobody sees are the same person. Texts that are nearly the same may be two people: that is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

_DESTROYED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+|#{2,}")
"""What a spreadsheet leaves of a long number, or of one in a narrow column."""

_MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
_REMADE = re.compile(
    rf"yes|no|true|false|\d{{15}}0+|\d{{1,2}}[-/ ]{_MONTH}|{_MONTH}-\d{{1,4}}|\d+:\d\d(?::\d\d)?"
    r"|\d{4}-\d\d-\d\d(?:T.*)?|\d{1,2}/\d{1,2}/\d{2,4}",
    re.IGNORECASE,
)
"""What spreadsheets make of refs and numbers: true of TRUE, days of 3-1 or MAR1, hours of 12:30, zeros."""

_ERROR = re.compile(r"#(?:N/A|N/D|NV|[A-ZÀ-Ý0-9_/ ]{2,20}[!?]|GETTING_DATA)|Err:\d+")
"""What a spreadsheet shows where a formula failed, in the languages that it speaks."""

_JOINERS = "\u200c\u200d"
"""Nobody sees them, but in some scripts they belong to a name."""


def spoiled(text: str) -> str:
    """What is wrong with a cell of an error of the spreadsheet, or of what it left of a number; else ""."""
    if _ERROR.fullmatch(text):
        return "is an error of the spreadsheet, not a value: mend the formula, or type the value"
    if _DESTROYED.fullmatch(text):
        return "is what a spreadsheet left of a number: make the column text and type it anew"
    return ""


def no_key(text: str) -> str:
    """What is wrong with a cell as a name or a number of somebody or something; else ""."""
    if _REMADE.fullmatch(text):
        return "is what a spreadsheet made of a ref or a number: make the column text and type it anew"
    return spoiled(text)


def person(text: str) -> str:
    """A person's name or number as it is shown: one blank between words, nothing that cannot be seen."""
    if text.isascii():
        return " ".join(text.split())
    # NFC (Unicode Standard Annex 15) keeps what was typed; Cf are signs of format, which nobody sees.
    seen = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf" or c in _JOINERS)
    return " ".join("".join(seen).split())


def identity(text: str) -> str:
    """A person's name or number as it is compared: equal for equal people."""
    if text.isascii():
        return person(text)
    # NFKC makes one of letters that differ in form alone: full-width ones, ligatures.
    return person("".join(c for c in unicodedata.normalize("NFKC", text) if c not in _JOINERS))


def likeness(text: str) -> str:
    """Equal for names and numbers that may be one person: L1a and l1A, 0012 and 12, '12 and 12."""
    folded = identity(text).casefold().lstrip("'`´‘’")
    folded = re.sub("[’‘`´]", "'", re.sub(r"[\u2010-\u2015\u2212]", "-", folded))
    return folded.lstrip("0") or "0" if folded.isdigit() else folded


class People:
    """The people of one file: each text is one of them, and what is nearly the same is remembered.

    Parameters
    ----------
    same
        What somebody has confirmed: each text is of one person, under whatever name, and `A=B` says that both
        texts are that person.
    """

    def __init__(self, same: Collection[str] = ()) -> None:
        self._shown: dict[str, str] = {}
        self._first: dict[str, str] = {}
        self._confirmed: set[str] = set()
        for text in same:
            keys = [identity(part) for part in text.split("=")]
            self._confirmed.update(keys)
            for key in keys:
                self._first[key] = self._first.get(keys[0], keys[0])

    def known(self, text: str) -> str:
        """The person that a text means, as the file shows it first."""
        key = identity(text)
        key = self._first.get(key, key)
        return self._shown.setdefault(key, person(text))

    def confirmed(self, text: str) -> bool:
        """Whether somebody has said that this is one person."""
        return identity(text) in self._confirmed

    def alike(self, texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each of these people the others who may be the same person; nobody who has none."""
        groups: dict[str, list[str]] = {}
        for text in dict.fromkeys(texts):
            groups.setdefault(likeness(text), []).append(text)
        return {
            text: tuple(other for other in group if other != text)
            for group in groups.values()
            if len(group) > 1
            for text in group
        }
