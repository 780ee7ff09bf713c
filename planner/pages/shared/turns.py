"""Turns: where many people click at once, pages that take little time are drawn one after the other.

Drawn all at once, each would be ready when the last one is: one thread of Python runs at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

TURNS = 2
"""Pages drawn at once: while a solver works on one, Python can on the other."""

PATIENCE = 2.0
"""Seconds after which a page no longer waits: what is before it takes long."""

_free = BoundedSemaphore(TURNS)


@contextmanager
def turn() -> Iterator[None]:
    """Waits until it is this page's turn, or for too long."""
    mine = _free.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            _free.release()
