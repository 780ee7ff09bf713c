"""What a second file says beside a first: which of its things are new, which differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """What differs in a second file: its things by their names, each in one of the first four.

    Of what is `conflicting` the first file's word stays; `absent` are the things of the first file that the
    second does not name.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    conflicting: tuple[str, ...]
    absent: tuple[str, ...]
