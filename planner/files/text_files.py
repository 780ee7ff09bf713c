"""Text files read strictly, files written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from planner.errors import DataError, Problem

LARGEST_FILE = 20_000_000
"""Bytes; a unit table is some thousand times smaller."""


_SEPARATORS = ",;|\t\n\v\f\r\x85\u2028\u2029"
"""Where a spreadsheet program may split a CSV file into cells: which of them it is depends on the country."""

_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋⩵⩶﬩\u2212\t\n\r"
"""What a formula begins with, as ASCII or otherwise, or what is dropped before one."""

# Empty places, at which a part begins.
_PART = re.compile(rf"\A|(?<=[{_SEPARATORS}])")
_MARKED_PART = re.compile(rf"(?:\A|(?<=[{_SEPARATORS}]))'")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a CSV file, each with its row number (the header is row 1), and the rows refused."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    problems: tuple[Problem, ...]


def read_text(path: Path) -> str:
    """The text of a UTF-8 file (a byte order mark is dropped).

    Raises
    ------
    DataError
        The file is missing, cannot be read, is too large or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            note_read(file.fileno())
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise DataError([Problem(str(path), "there is no such file")]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError([Problem(str(path), f"cannot be read: {reason}")]) from None
    if len(raw) > LARGEST_FILE:
        raise DataError([Problem(str(path), f"is larger than {LARGEST_FILE:,} bytes")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start + 1}); save it as CSV UTF-8 or plain UTF-8"
        raise DataError([Problem(str(path), message)]) from None


def whole(text: str, low: int, high: int) -> int | None:
    """The whole number a cell or an option means, None if it means none from `low` to `high`."""
    text = text.strip()
    # ASCII, as `isdigit` also holds of figures of other scripts and of ², of which `int` makes no number.
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return int(text) if low <= int(text) <= high else None


def whole_or_half(text: str, low: float, high: float) -> float | None:
    """The number a cell or an option means that may have a half (2.5, 2,5 or 2½) or .0; None for others."""
    if (found := whole(text, 0, 999_999_999)) is None:
        if not re.fullmatch(r"[0-9]{0,9}(?:[.,][05]0?|½)", text.strip()):  # 1,500 may be a thousand and more
            return None
        half = float(text.replace(",", ".").replace("½", ".5"))
        return (int(half) if half.is_integer() else half) if low <= half <= high else None
    return found if low <= found <= high else None


def csv_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file, in UTF-8 with a byte order mark, in which no text becomes a formula: see `safe_text`."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerows([safe_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return lines.getvalue().encode("utf-8-sig")


def safe_text(text: str) -> str:
    """A text that no spreadsheet program takes for a formula when it opens a CSV file.

    An apostrophe stands before each part that could be one; parts end where the program might split the text.
    """
    return _PART.sub(lambda part: "'" if _runs(text, part.end()) else "", text)


def plain_text(text: str) -> str:
    """The text that `safe_text` was given; an apostrophe that it did not write stays."""
    return _MARKED_PART.sub(lambda mark: "" if _runs(text, mark.end()) else "'", text)


def _runs(text: str, place: int) -> bool:
    """Whether a formula could begin at this place, apostrophes and what nobody sees aside."""
    while text.startswith("'", place):
        place += 1
    while place < len(text) and _hidden(text[place]):
        place += 1
    return place < len(text) and text[place] in _SIGNS


def _hidden(character: str) -> bool:
    """Whether nobody sees it; of a quotation mark a program that splits elsewhere makes nothing."""
    return (character in ' "' or not character.isprintable()) and character not in _SEPARATORS


_been_read: ContextVar[set[tuple[int, int]] | None] = ContextVar("been_read", default=None)
"""The files read since outputs are kept apart from them: the device and the number of each."""


@contextmanager
def outputs_apart() -> Iterator[None]:
    """Until its end no file that was read is replaced, whatever name or link leads to it."""
    token = _been_read.set(set())
    try:
        yield
    finally:
        _been_read.reset(token)


def note_read(descriptor: int) -> None:
    """Says that an open file is read, so that no output replaces it."""
    read = _been_read.get()
    if read is not None:
        status = os.fstat(descriptor)
        read.add((status.st_dev, status.st_ino))


def _was_read(status: os.stat_result) -> bool:
    return (status.st_dev, status.st_ino) in (_been_read.get() or ())


def replace_file(path: Path, content: bytes, *, though_read: bool = False) -> None:
    """Writes `content` whole or not at all: to a temporary file beside its place, then moved there.

    Through a symbolic link the file that it leads to is written. A file that is there keeps its mode and,
    where the system lets it, its owner and group; its other names (hard links) keep the old content. A pipe
    or a device is written to as it is. A file that was read is not replaced unless that is the purpose.

    Raises
    ------
    DataError
        If the file was read (see `outputs_apart`), if the folder is missing, or it or the file must not be
        written to; the old file is then untouched.
    """
    try:
        old = _status(path)
        if old and stat.S_ISREG(old.st_mode) and not though_read and _was_read(old):
            message = "is a file that was read: an output never replaces one; give it another name"
            raise DataError([Problem(str(path), message)])
        if old is None or stat.S_ISREG(old.st_mode):
            _move_there(Path(os.path.realpath(path)), content, old)
        else:
            path.write_bytes(content)
    except OSError as error:
        raise DataError(
            [Problem(str(path), f"cannot be written: {error.strerror or type(error).__name__}")]
        ) from None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _move_there(target: Path, content: bytes, old: os.stat_result | None) -> None:
    if old is not None:
        target.open("r+b").close()  # who may not write the file may not replace it either
    temporary = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}")
    # A new file has the mode that the user chose (umask); else it is closed until it has the old one's.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666 if old is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            # On the disk before it takes the place: else a loss of power may leave a name without its
            # content.
            os.fsync(file.fileno())
        if old is not None:
            temporary.chmod(_mode_kept(temporary, old))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _mode_kept(path: Path, old: os.stat_result) -> int:
    """The mode of the file that is replaced, once owner and group are its own as far as may be."""
    mode = stat.S_IMODE(old.st_mode)
    if not hasattr(os, "chown"):
        return mode
    with suppress(OSError):
        os.chown(path, old.st_uid, -1)
    try:
        os.chown(path, -1, old.st_gid)
    except OSError:
        mode &= ~stat.S_IRWXG  # they were another group's rights
    return mode
