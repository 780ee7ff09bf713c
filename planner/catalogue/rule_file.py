"""Rule files as they are written: which keys there are and what they hold.

Unknown keys and wrong types are refused here, by pydantic; what needs the units to judge is checked where a
file is joined with them (`planner.catalogue.loading`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from planner.catalogue.units import find_ref
from planner.errors import DataError, Problem, nearest
from planner.files.text_files import read_text
from planner.rules.rule import told


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _printable(text: str) -> str:
    if any(not character.isprintable() for character in text):
        raise ValueError("holds a line break or a control character")
    return text


Text = Annotated[str, AfterValidator(_printable)]
Name = Annotated[Text, Field(min_length=1)]
ONE_WORD = r"^\S+$"
WORDS = r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"
Id = Annotated[Name, Field(pattern=ONE_WORD)]
Names = Annotated[list[Name], BeforeValidator(_listed), Field(min_length=1)]
Levels = Annotated[list[int], BeforeValidator(_listed), Field(min_length=1)]
Way = Literal["achieved", "rpl", "transfer", "exempt"]
Ways = Annotated[
    list[Literal[True, False] | Way],
    BeforeValidator(_listed),
    Field(min_length=1),
]
FileLimit = Annotated[int, Field(ge=0, le=1_000_000)]
Percent = Annotated[int, Field(ge=1, le=100)]


def _half(figure: float) -> float:
    if 2 * figure % 1:
        raise ValueError("must be a whole number or have a half, as 2.5 has")
    return told(figure)


Figure = Annotated[int | float, Field(ge=0, le=1_000_000, allow_inf_nan=False), AfterValidator(_half)]
"""A limit or a figure that may be of credits, which have halves."""


class FileTable(BaseModel):
    """A table of a rule file: every key known, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Count = Literal["units", "credits", "glh", "points", "times", "months", "years", "statements", "GCSEs"]
"""What a rule counts: units of a qualification by the first three, activities and facts by the others."""


class Where(FileTable):
    """Which units a rule counts; all keys given must match."""

    group: Names | None = None
    ref: Names | None = None
    tag: Names | None = None
    not_group: Names | None = None
    not_ref: Names | None = None
    not_tag: Names | None = None
    level: Levels | None = None
    not_level: Levels | None = None
    level_at_least: int | None = None
    level_at_most: int | None = None
    credits_at_least: Figure | None = None
    credits_at_most: Figure | None = None
    held: Ways | None = None


class RuleEntry(FileTable):
    """A `[[rule]]`, or a rule inside `any`."""

    id: Id
    text: Name
    count: Count = "units"
    where: Where | None = None
    at_least: Figure | None = None
    at_most: Figure | None = None
    at_least_percent: Percent | None = None
    at_most_percent: Percent | None = None
    all: Literal[True] | None = None
    any: Annotated[list[RuleEntry], Field(min_length=1)] | None = None
    unit: Name | None = None
    requires: Name | None = None
    requires_held: Name | None = None
    derived: Name | None = None

    def given(self) -> set[str]:
        return self.model_fields_set - {"id", "text"}


class Published(FileTable):
    """The figures of the source that are computed anew."""

    units: FileLimit | None = None
    min_credits: Figure | None = None
    min_glh: FileLimit | None = None
    max_glh: FileLimit | None = None


class SlotEntry(FileTable):
    """A `[[slot]]`: places for units from elsewhere."""

    id: Id
    title: Name
    group: Names
    count: Annotated[int, Field(ge=1, le=50)] = 1
    level: Annotated[int, Field(ge=0, le=12)] | None = None
    credits: Annotated[Figure, Field(ge=0.5, le=1_000)] | None = None
    glh: Annotated[int, Field(ge=0, le=10_000)] | None = None


class TitleEntry(FileTable):
    """A title under `[[titles]]` that an award can be endorsed with, and its rules."""

    name: Name
    rule: Annotated[list[RuleEntry], Field(min_length=1)]


class KnownEntry(FileTable):
    """A `[[known]]` difference."""

    figure: Name
    text: Name
    computed: Figure | None = None


class NoteEntry(FileTable):
    """A `[[note]]`."""

    text: Name


class ExampleEntry(FileTable):
    """An `[[example]]`."""

    source: Name
    counted: list[Name]
    held: dict[Name, Way] = {}
    breaks: list[Name] = []


class QualificationEntry(FileTable):
    """A whole rule file."""

    id: Name
    title: Name
    source: Name
    verified: date | None = None
    awarding_organisation: Text = ""
    measure: Literal["units", "credits"] | None = None
    level: int | None = None
    fee_gbp: Annotated[int | float, Field(ge=0, allow_inf_nan=False)] | None = None
    starts: date | None = None
    ends: date | None = None
    certification_ends: date | None = None
    min_age: FileLimit | None = None
    progression: list[Name] = []
    groups: dict[Name, Name] = {}
    strategies: dict[Name, Name] = {}
    published: Published = Published()
    known: list[KnownEntry] = []
    rule: Annotated[list[RuleEntry], Field(min_length=1)]
    slot: list[SlotEntry] = []
    titles: list[TitleEntry] = []
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
        if re.search(r"^\s*\[\[\s*title\s*\]\]", text, re.MULTILINE):
            message = "endorsed titles stand under [[titles]]: title is the qualification's own"
            raise DataError([Problem(str(path), message, field="title")]) from None
        reason = "is nested too deeply" if isinstance(error, RecursionError) else f"is not TOML: {error}"
        raise DataError([Problem(str(path), reason)]) from None


_Model = TypeVar("_Model", bound=FileTable)


def read_as(model: type[_Model], path: Path, content: dict[str, Any]) -> _Model:
    """The content of a rule file, every key known and of its type.

    Raises
    ------
    DataError
        With every unknown key and every wrong value, by address.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = (_problem(str(path), content, model, found) for found in error.errors())
        # A value may be one of several types, and is then wrong once for each.
        raise DataError({(found.field, found.value): found for found in problems}.values()) from None
    except RecursionError:
        raise DataError([Problem(str(path), "is nested too deeply")]) from None


def read_whole(model: type[_Model], path: Path) -> _Model:
    """A file that holds one such table; see `parse` and `read_as` for what they raise."""
    content, _ = parse(path)
    return read_as(model, path, content)


class NamedFile(FileTable):
    """A whole file, of which the id is known."""

    id: str


_File = TypeVar("_File", bound=NamedFile)
_Joined = TypeVar("_Joined")


def each_file(
    folder: Path, model: type[_File], join: Callable[[Path, _File, str], _Joined]
) -> tuple[dict[str, _Joined], list[Problem]]:
    """What `join` makes of each rule file of a folder and its text, by id, and what is wrong with them."""
    found: dict[str, _Joined] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            content, text = parse(path)
            entry = read_as(model, path, content)
            if find_ref(entry.id, found) is not None:
                raise DataError([Problem(str(path), "another file has this id", field="id", value=entry.id)])
            found[entry.id] = join(path, entry, text)
        except DataError as error:
            problems += error.problems
    return found, problems


def _problem(source: str, content: Any, model: type[FileTable], details: Any) -> Problem:
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
        known = _known_keys(model, details["loc"])
        return Problem(source, f"this key is unknown{nearest(str(details['loc'][-1]), known)}", field=address)
    return Problem(source, _wrong(details), field=address, value=str(details["input"]))


_TABLE = "must be a table of keys"
_EMPTY = "must not be empty"

_WRONG: Mapping[str, str] = MappingProxyType(
    {
        "string_type": "must be a text in quotes",
        "too_long": "must be no longer than {max_length:,}",
        "int_type": "must be a whole number, without quotes",
        "float_type": "must be a number, without quotes",
        "finite_number": "must be a number",
        "bool_type": "must be true or false, without quotes",
        "greater_than_equal": "must be {ge:,} or more",
        "less_than_equal": "must be {le:,} or less",
        "literal_error": "must be {expected}",
        "date_type": "must be a date such as 2026-11-22, without quotes",
        "list_type": "must be a list in square brackets",
        "too_short": _EMPTY,
        "dict_type": _TABLE,
        "model_type": _TABLE,
        "value_error": "{error}",
    }
)
"""What is wrong with a value, by pydantic's name of it; its own words speak to programmers."""

OTHER = "is not what this key holds"
"""What is said of a value where nothing more exact is known; no kind of file needs it."""

_FORMS: Mapping[str, str] = MappingProxyType(
    {ONE_WORD: "must be one word", WORDS: "must be letters and digits, joined by hyphens"}
)
"""What texts look like that have to match a pattern."""


def _wrong(details: Any) -> str:
    """What is wrong with a value, in our words."""
    given = details.get("ctx", {})
    if details["type"] == "string_pattern_mismatch":
        return _FORMS[given["pattern"]]
    message = _WRONG.get(details["type"], OTHER).format(**given)
    if details["type"] == "literal_error":
        return message.replace("True", "true").replace("False", "false")
    return message


def _known_keys(model: type[FileTable], location: tuple[int | str, ...]) -> list[str]:
    """The keys of the innermost table of an address that pydantic gives."""
    for key in location[:-1]:
        if isinstance(key, str) and key in model.model_fields:
            model = next(_models(model.model_fields[key].annotation), model)
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[FileTable]]:
    """The tables a field's type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, FileTable):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
