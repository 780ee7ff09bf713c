"""The options that say what the words of a file mean, and whom it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.errors import Problem, refuse
from planner.files.sheets import read_bytes
from planner.files.tables import SheetRead
from planner.files.text_files import replace_file
from planner.files.wording import Wording

SameOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="A=B", help="Both references are one person; with one reference, all names beside it are."
    ),
]


@dataclass(frozen=True, slots=True)
class HeaderOptions:
    """What the headers of a file mean."""

    map: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER=COLUMN",
            help='A header of the file and the column it is: "Unit=ref"; nothing after = leaves it out.',
        ),
    ] = None
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What --save-mapping wrote to a file.")
    ] = None
    save_mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what the words of the file mean, to use again.")
    ] = None

    def wording(self, statuses: Sequence[str] | None = None) -> Wording:
        """What the words of the file mean; written to a file where that is asked.

        Raises
        ------
        DataError
            An option has another form, or a file cannot be read or written.
        """
        kept = (
            Wording() if self.mapping is None else Wording.load(str(self.mapping), read_bytes(self.mapping))
        )
        found = kept.with_more(Wording(_pairs("--map", self.map), _pairs("--map-status", statuses)))
        if self.save_mapping is not None:
            replace_file(self.save_mapping, found.saved())
        return found


@dataclass(frozen=True, slots=True)
class ReadingOptions(HeaderOptions):
    """What the headers of a file mean, and whom it speaks of."""

    same: SameOption = None


StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map-status",
        metavar="WORD=STATUS",
        help='A word of the file for how far a unit is, and the status it is: "Signed off=assessed".',
    ),
]


def _pairs(option: str, texts: Sequence[str] | None) -> dict[str, str]:
    """What `Unit=ref` and the like say; a word may hold an equals sign, what it means does not."""
    parted = [text.rpartition("=") for text in texts or ()]
    problems = [
        Problem(option, "must be a word of the file, =, and what it means", value="".join(parts))
        for parts in parted
        if not parts[1] or not parts[0].strip()
    ]
    refuse(problems)
    return {word.strip(): meant.strip() for word, _, meant in parted}


def how_read(
    document: Callable[[], dict[str, Any]], sheets: Sequence[SheetRead], said: Wording
) -> dict[str, Any]:
    """The JSON of a command with how its file was read."""
    return {**document(), "sheets": [sheet.to_json() for sheet in sheets], "mapping": said.to_json()}
