"""Small invented schemes of professional development, written as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from planner.cpd.scheme import ACTIVITY_COLUMNS

HEAD = """
id = "{id}"
scheme = "{scheme}"
title = "An invented reading"
designation = "Invented Professional"
body = "Invented Body"
region = "Nowhere"
years = {years}
source = "invented for the tests"
verified = {verified}
"""

ACTIVITIES = (
    "talk,talk,Give a talk,2,60,,,yes,",
    "talk,read,Read an article,1,30,,3,yes,",
    "self,plan,Write a plan,3,120,1,,yes,",
    "self,prize,Win a prize,4,0,,,no,",
)


def activities(*rows: str, scheme: str = "s") -> str:
    """The file of activities; each row without its first cell, the scheme."""
    lines = [",".join(ACTIVITY_COLUMNS), *(f"{scheme},{row}" for row in rows or ACTIVITIES)]
    return "\n".join(lines) + "\n"


def rule(ident: str, **keys: Any) -> str:
    """A rule of a reading's file."""
    keys = {"text": f"rule {ident}", "count": "points", **keys}
    return f'[[rule]]\nid = "{ident}"\n' + "".join(f"{k} = {toml(v)}\n" for k, v in keys.items())


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }"
    return "[" + ", ".join(toml(item) for item in value) + "]"


def reading(
    *parts: str, ident: str = "r", scheme: str = "s", years: int = 2, verified: str = "2026-11-22"
) -> str:
    """A reading's file, of its head and these parts."""
    return HEAD.format(id=ident, scheme=scheme, years=years, verified=verified) + "\n".join(parts)


def write_scheme(folder: Path, readings: Mapping[str, str] | Iterable[str], listed: str = "") -> Path:
    """A data folder with these readings, by file name or numbered; the folder itself is returned."""
    named = (
        dict(readings)
        if isinstance(readings, Mapping)
        else {f"r{n}": text for n, text in enumerate(readings, start=1)}
    )
    place = folder / "cpd"
    place.mkdir(parents=True, exist_ok=True)
    (place / "activities.csv").write_text(listed or activities(), encoding="utf-8")
    for name, text in named.items():
        (place / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder
