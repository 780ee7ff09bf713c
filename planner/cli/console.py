"""How things are printed: streams that fail loudly, JSON, lines and tables of plain text, progress."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from planner.catalogue.remarks import Remark
from planner.cohort.seat_question import SearchProgress
from planner.report import delivery_tables
from planner.rules.measure import numbered

Heads = Sequence[Column | str]

SEVERITIES = {"error": "red bold", "undecided": "magenta", "notice": "yellow", "fine": "green"}
"""The styles of what a check remarks."""


@contextmanager
def printing() -> Iterator[None]:
    """Standard streams that fail loudly, and are flushed in the end.

    Raises
    ------
    OSError
        If stdout is closed, full, or its reader is gone, whichever library met it.
    """
    if sys.stderr is None:  # what is printed there would go to stdout
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  open until the end
    out = sys.stdout
    if out is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="replace")  # a terminal that lacks a character still shows the rest
    try:
        yield
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich and typer make it 1, "answered no"
            raise end.__context__ from None
        raise
    finally:
        out.flush()


def give_up_printing(error: OSError) -> None:
    """Says why nothing more can be printed, unless it is that nobody reads it."""
    sys.stdout = None  # at exit nothing is flushed there either
    try:
        if not isinstance(error, BrokenPipeError):
            print(f"error: cannot print: {error.strerror}", file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        sys.stderr = None  # what is left of it would be flushed at exit, and make the exit code 120


def print_json(document: dict[str, Any]) -> None:
    """A JSON document, whole, and nothing else."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(json.dumps(document, ensure_ascii=plain, indent=2), flush=True)


def print_notice(text: str) -> None:
    """A line on stderr about what goes on meanwhile."""
    print(text, file=sys.stderr, flush=True)


def print_line(text: str = "", style: str = "") -> None:
    """A line of plain text."""
    Console(highlight=False).print(Text(text, style=style))


def print_words(words: str) -> None:
    """A line of plain text, where there is something to say."""
    if words:
        print_line(words)


def print_list(texts: Iterable[object], title: str = "") -> None:
    """Texts, one a line; a title in bold, if there are any."""
    lines = [f"- {text}" for text in texts]
    if lines and title:
        print_line(title, "bold")
    for line in lines:
        print_line(line)


def print_table(heads: Heads, rows: Iterable[Iterable[object]], title: str | None = None) -> None:
    """A table of texts; a cell that is a `Text` keeps its style."""
    fresh = (head.copy() if isinstance(head, Column) else head for head in heads)  # a column keeps its cells
    table = Table(*fresh, title=None if title is None else Text(title, "bold"), title_justify="left")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    Console(highlight=False).print(table)


def print_frame(frame: pd.DataFrame, title: str | None, heads: Heads = ()) -> None:
    """A data frame as it is, with its own heads unless others are given."""
    print_table(heads or list(frame.columns), frame.itertuples(index=False, name=None), title)


def figure(value: object) -> str:
    """A figure, empty where there is none."""
    return "" if value is None else str(value)


def print_remarks(remarks: Sequence[Remark], ending: str) -> None:
    """What a check remarks, and how many errors and notices that are; `ending` ends the sentence."""
    heads = (Column(no_wrap=True), Column("What", overflow="fold"), "Remark")
    print_table(heads, ((Text(r.severity, SEVERITIES[r.severity]), r.id, r.text) for r in remarks))
    found = Counter(remark.severity for remark in remarks)
    undecided = f", {found['undecided']} undecided" if found["undecided"] else ""
    print_line(
        f"{numbered(found['error'], 'error')}{undecided}, {numbered(found['notice'], 'notice')}{ending}"
    )


@contextmanager
def progress_bar(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, if somebody sits there; yields what tells it how many are done."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, total: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def search(quiet: bool) -> Iterator[tuple[Callable[[SearchProgress], None], Callable[[], bool]]]:
    """A line on stderr with value, bound and gap; the first Ctrl-C asks the search to stop.

    Yields what shows a step, and what says whether to stop. A second Ctrl-C interrupts.
    """
    console = Console(stderr=True)
    asked = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        asked.set()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        if quiet or not console.is_terminal:
            yield lambda step: None, asked.is_set
            return
        columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=console, transient=True) as line:
            task = line.add_task("Searching; Ctrl-C keeps the best so far")
            yield lambda step: line.update(task, description=delivery_tables.search_words(step)), asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
