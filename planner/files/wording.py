"""The words of the people who send files: what they call columns and how far a unit is."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.errors import DataError, Parameter, Problem, nearest, refuse

WORDS: Mapping[str, tuple[str, ...]] = {
    "learner": (
        "learner id", "learner ref", "learner reference", "learner number", "learner no", "candidate id",
        "candidate number", "candidate no", "candidate ref", "student id", "student number",
        "candidate", "student", "trainee", "apprentice", "learner name", "candidate name", "student name",
        "learners", "full name", "name",
    ),
    "name": ("learner name", "candidate name", "student name", "full name"),
    "ref": (
        "unit ref", "unit reference", "unit reference number", "uan", "unit accreditation number",
        "unit code",
        "unit number", "unit no", "unit id", "refs", "reference", "unit", "units",
    ),
    "status": ("unit status", "progress", "state", "stage", "outcome", "result"),
    "evidence": ("evidence ref", "evidence refs", "evidence reference", "evidence references", "evidence no"),
    "assessor": ("assessor name", "assessed by", "signed off by", "name of assessor"),
    "date": (
        "date signed", "signed off on", "date signed off", "sign off date", "date achieved", "date completed",
        "completion date", "achieved on", "completed on", "status date", "signed on", "date of decision",
    ),
    "started": ("date started", "started on", "unit started", "unit start date"),
    "assessed": ("date assessed", "assessed on", "assessment date"),
    "verified": ("date verified", "verified on", "iqa date", "date of iqa"),
    "start": ("start date", "date of start", "registered on", "registration date", "programme start"),
    "target": (
        "target date", "planned end", "planned end date", "expected end", "expected end date", "end date",
        "target end date",
    ),
    "hours_per_week": ("hours a week", "weekly hours", "hours pw", "hrs per week"),
    "site": ("location", "workplace", "office"),
    "pins": (
        "pin", "pinned", "units chosen", "chosen units", "units wanted", "wanted", "must have",
    ),
    "excludes": ("exclude", "excluded", "units excluded", "not wanted", "must not have", "leave out"),
    "held": (
        "achieved", "units held", "units achieved", "achieved units", "already achieved", "completed units",
        "units completed",
    ),
    "tasks": ("task", "job tasks", "tasks at work", "does at work", "duties"),
    "offered": ("offer", "available", "we offer", "in offer", "on offer"),
    "title": ("unit title", "unit name", "name of unit"),
    "credits": ("credit value", "credit", "unit credits", "unit credit value"),
    "glh": ("guided learning hours", "guided hours", "unit glh"),
    "level": ("unit level",),
    "group": ("unit group", "optional group"),
    "barred_set": ("barred", "barred combination", "barred sets"),
    "note": ("notes", "comment", "comments", "remarks"),
    "minutes": ("time taken", "duration in minutes", "mins"),
    "times": ("how often", "number of times"),
    "withdrawn": ("withdrawn on", "date withdrawn"),
}  # fmt: skip
"""What people call columns, the surest first; their own names come before all."""

STATUS_WORDS: Mapping[str, str] = {
    "p": "planned", "not started": "planned", "ip": "in progress", "wip": "in progress",
    "working towards": "in progress", "started": "in progress", "ongoing": "in progress", "s": "submitted",
    "handed in": "submitted", "with assessor": "submitted", "a": "assessed", "signed off": "assessed",
    "achieved": "assessed", "complete": "assessed", "completed": "assessed", "passed": "assessed",
    "pass": "assessed", "competent": "assessed", "assessor signed": "assessed", "v": "verified",
    "iqad": "verified", "iqa": "verified", "iv": "verified", "ivd": "verified", "iqa complete": "verified",
    "internally verified": "verified", "iqa signed off": "verified", "certificated": "claimed",
    "claim made": "claimed",
}  # fmt: skip
"""What a status word of other systems may mean: offered to a person, never taken unasked."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What somebody has said that words of a file mean.

    Parameters
    ----------
    columns
        The column that a header names; "" for one that is not to be read.
    statuses
        The status that a word means.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, source: str, content: bytes) -> Wording:
        """What a file written by `saved` says.

        Raises
        ------
        DataError
            It is no such file.
        """
        try:
            said = json.loads(content.decode("utf-8-sig"))
            parts = [
                {str(key): str(said.get(name, {})[key]) for key in said.get(name, {})} for name in _PARTS
            ]
        except (ValueError, AttributeError, TypeError, KeyError):
            message = (
                'must be a mapping: {"columns": {"Unit": "ref"}, "statuses": {"Signed off": "assessed"}}'
            )
            raise DataError([Problem(source, message)]) from None
        return cls(*parts)

    def to_json(self) -> dict[str, Any]:
        """The wording as JSON."""
        return {"columns": dict(self.columns), "statuses": dict(self.statuses)}

    def saved(self) -> bytes:
        """A small file that says the same to `load`."""
        return (json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n").encode()

    def with_more(self, other: Wording) -> Wording:
        """What either says; where they differ, what the other does."""
        return Wording({**self.columns, **other.columns}, {**self.statuses, **other.statuses})

    def column(self, header: str) -> str | None:
        """The column that somebody has said this header names; None if nobody has."""
        return next((name for said, name in self.columns.items() if folded(said) == folded(header)), None)

    def status(self, text: str) -> str:
        """The status that a word means, as somebody has said; else the word as it is."""
        meant = next((name for said, name in self.statuses.items() if folded(said) == folded(text)), None)
        return text if meant is None else meant

    def check_columns(self, known: Iterable[str]) -> None:
        """Raises DataError for what is said to be a column other than these."""
        _refuse("columns", self.columns, ["", *dict.fromkeys(known)])

    def check_statuses(self, known: Iterable[str]) -> None:
        """Raises DataError for what is said to be a status other than these."""
        _refuse("statuses", self.statuses, list(known))


def _refuse(parameter: str, said: Mapping[str, str], known: Sequence[str]) -> None:
    must = f"must be one of: {', '.join(filter(None, known))}"
    refuse(
        Problem(Parameter(parameter), f"{must}{nearest(meant, known)}", field=word, value=meant or "(empty)")
        for word, meant in said.items()
        if meant not in known
    )


_PARTS = ("columns", "statuses")


def folded(name: str) -> str:
    """A header, a sheet's name or a word as they are compared: letters and figures, if it is no long text."""
    if len(name) > 200:
        return name[:200]
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def status_meant(text: str) -> str:
    """The status that a word may well mean, for a person to confirm; "" if it is anybody's guess."""
    return next((meant for word, meant in STATUS_WORDS.items() if folded(word) == folded(text)), "")
