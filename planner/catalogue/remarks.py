"""What is said of data on file: remarks, and whether they leave it in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Severity = Literal["error", "undecided", "notice", "fine"]

STALE_AFTER = timedelta(days=365)
"""A file last compared with its source longer ago than this is worth another look."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing the lint says: `fine` agrees, `notice` is worth knowing, `error` must be mended.

    `undecided` is what the search did not settle within its limits: neither wrong nor in order. What is said
    of a published `figure` begins with its key.
    """

    severity: Severity
    id: str
    text: str
    figure: str = ""

    def to_json(self) -> dict[str, str]:
        """The remark as JSON."""
        return {"severity": self.severity, "id": self.id, "text": self.text}


def in_order(remarks: Iterable[Remark]) -> bool | None:
    """False with an error among the remarks, else None with something undecided, else True."""
    found = {remark.severity for remark in remarks}
    return False if "error" in found else None if "undecided" in found else True
