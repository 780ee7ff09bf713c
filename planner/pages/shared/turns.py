"""Turns: where many people click at once, their pages are drawn one after the other, in the order they came.

Drawn all at once, each would be ready when the last one is, as one thread of Python runs at a time; and the
thread that sends what is drawn would wait for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

PATIENCE = 0.25
"""Seconds after which nobody waits for the page being drawn: most take a tenth, this one may take long."""

_changed = Condition()
_drawn: list[float] = []
"""When those pages were begun that are being drawn."""


@contextmanager
def turn() -> Iterator[None]:
    """Waits until no page is drawn but such as take long."""
    with _changed:
        while (left := max(_drawn, default=0.0) + PATIENCE - time.monotonic()) > 0:
            _changed.wait(left)
        began = time.monotonic()
        _drawn.append(began)
    try:
        yield
    finally:
        with _changed:
            _drawn.remove(began)
            _changed.notify()
