"""Rule files as they are written: which keys there are and what they hold.

Unknown keys and wrong types are refused here, by pydantic; what needs the units to judge is checked where a
file is joined with them (`planner.catalogue`).
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from planner.errors import DataError, Problem, nearest
from planner.files import read_text


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _printable(text: str) -> str:
    if any(not character.isprintable() for character in text):
        raise ValueError("holds a line break or a control character")
    return text


_Text = Annotated[str, AfterValidator(_printable)]
_Name = Annotated[_Text, Field(min_length=1)]
_Id = Annotated[_Name, Field(pattern=r"^\S+$")]
_Names = Annotated[list[_Name], BeforeValidator(_listed), Field(min_length=1)]
_Levels = Annotated[list[int], BeforeValidator(_listed), Field(min_length=1)]
_Limit = Annotated[int, Field(ge=0, le=1_000_000)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Count = Literal["units", "credits", "glh", "points", "times", "months", "years", "statements", "GCSEs"]
"""What a rule counts: units of a qualification by the first three, activities and facts by the others."""


class Where(_Entry):
    """Which units a rule counts; all keys given must match."""

    group: _Names | None = None
    ref: _Names | None = None
    tag: _Names | None = None
    not_group: _Names | None = None
    not_ref: _Names | None = None
    not_tag: _Names | None = None
    level: _Levels | None = None
    level_at_least: int | None = None
    credits_at_least: int | None = None
    credits_at_most: int | None = None
    held: Literal[True] | None = None


class RuleEntry(_Entry):
    """A `[[rule]]`, or a rule inside `any`."""

    id: _Id
    text: _Name
    count: Count = "units"
    where: Where | None = None
    at_least: _Limit | None = None
    at_most: _Limit | None = None
    all: Literal[True] | None = None
    any: Annotated[list[RuleEntry], Field(min_length=1)] | None = None
    unit: _Name | None = None
    requires: _Name | None = None

    def given(self) -> set[str]:
        return self.model_fields_set - {"id", "text"}


class Published(_Entry):
    """The figures of the source that are computed anew."""

    units: _Limit | None = None
    min_credits: _Limit | None = None
    min_glh: _Limit | None = None
    max_glh: _Limit | None = None


class KnownEntry(_Entry):
    """A `[[known]]` difference."""

    figure: _Name
    text: _Name
    computed: int | None = None


class NoteEntry(_Entry):
    """A `[[note]]`."""

    text: _Name


class ExampleEntry(_Entry):
    """An `[[example]]`."""

    source: _Name
    counted: list[_Name]
    breaks: list[_Name] = []


class QualificationEntry(_Entry):
    """A whole rule file."""

    id: _Name
    title: _Name
    source: _Name
    verified: date
    awarding_organisation: _Text = ""
    level: int | None = None
    fee_gbp: Annotated[int | float, Field(ge=0, allow_inf_nan=False)] | None = None
    starts: date | None = None
    ends: date | None = None
    min_age: _Limit | None = None
    groups: dict[_Name, _Name] = {}
    strategies: dict[_Name, _Name] = {}
    published: Published = Published()
    known: list[KnownEntry] = []
    rule: Annotated[list[RuleEntry], Field(min_length=1)]
    note: list[NoteEntry] = []
    example: list[ExampleEntry] = []


def parse(path: Path) -> tuple[dict[str, Any], str]:
    """The content of a TOML file, and its text.

    Raises
    ------
    DataError
        The file cannot be read or is not TOML.
    """
    text = read_text(path)
    try:
        return tomllib.loads(text), text
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a plain ValueError
        reason = "is nested too deeply" if isinstance(error, RecursionError) else f"is not TOML: {error}"
        raise DataError([Problem(str(path), reason)]) from None


def read_entry(path: Path, content: dict[str, Any]) -> QualificationEntry:
    """The content of a rule file, every key known and of its type.

    Raises
    ------
    DataError
        With every unknown key and every wrong value, by address.
    """
    try:
        return QualificationEntry.model_validate(content)
    except ValidationError as error:
        raise DataError([_problem(str(path), content, details) for details in error.errors()]) from None
    except RecursionError:
        raise DataError([Problem(str(path), "is nested too deeply")]) from None


def _problem(source: str, content: Any, details: Any) -> Problem:
    """A pydantic error in the words of the other problems: the key's address, the value, what is wrong."""
    address = ""
    place = content
    for key in details["loc"]:
        if isinstance(key, int):
            address += f"[{key + 1}]"
        elif isinstance(place, dict) and (key in place or details["type"] == "missing"):
            address += f".{key}" if address else key
        else:
            continue  # pydantic's own name of a union's member
        try:
            place = place[key]
        except (LookupError, TypeError):
            place = None
    if details["type"] == "missing":
        return Problem(source, "this key is required", field=address)
    if details["type"] == "extra_forbidden":
        known = _known_keys(details["loc"])
        return Problem(source, f"this key is unknown{nearest(str(details['loc'][-1]), known)}", field=address)
    message = details["msg"][0].lower() + details["msg"][1:]
    return Problem(source, message, field=address, value=str(details["input"]))


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    models: dict[str, type[_Entry]] = {
        "where": Where,
        "rule": RuleEntry,
        "any": RuleEntry,
        "published": Published,
        "known": KnownEntry,
        "note": NoteEntry,
        "example": ExampleEntry,
    }
    parents = [key for key in location[:-1] if isinstance(key, str)]
    return list((models[parents[-1]] if parents else QualificationEntry).model_fields)
