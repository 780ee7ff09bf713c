"""Faults of the planner itself: what the log says of them, and clicks that must not end the page.

The log has types of exceptions and places in the code; never their messages, which can quote what somebody
typed or a file holds.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st

LOG = logging.getLogger(__name__)

SLIP = "fault-slip"
"""Where the session notes that a click could not be carried out."""

MOST_FRAMES = 12
"""Calls of one exception that are logged, the innermost first."""

MOST_CAUSES = 5
"""Exceptions logged of a chain."""

STREAMLIT_LOGS = ("streamlit.error_util", "streamlit.runtime.backend_operation_handler")
"""Where Streamlit logs what a page or the making of a download raises."""

P = ParamSpec("P")
R = TypeVar("R")


def guarded(change: Callable[P, R]) -> Callable[P, R | None]:
    """A callback that reads or computes: where it fails, the page is drawn all the same, and says so.

    Streamlit would draw nothing but its own error.
    """

    @wraps(change)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return change(*args, **kwargs)
        except Exception as error:  # see above
            st.session_state[SLIP] = logged(error, "a click")
            return None

    return tried


def logged(error: BaseException, where: str) -> str:
    """Logs where in the code something failed; returns the word by which the line can be found."""
    mark = secrets.token_hex(3)
    LOG.error("fault %s on %s: %s", mark, where, places(error))
    return mark


def places(error: BaseException) -> str:
    """An exception and its causes by type and by place in the code, and nothing they say."""
    told: list[str] = []
    found: BaseException | None = error
    while found is not None and len(told) < MOST_CAUSES:
        calls = [
            f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{line} {frame.f_code.co_name}"
            for frame, line in traceback.walk_tb(found.__traceback__)
        ]
        told.append(f"{type(found).__qualname__} at {' < '.join(reversed(calls[-MOST_FRAMES:]))}")
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "; after ".join(told)


class _WithoutValues(logging.Filter):
    """Keeps what exceptions say out of Streamlit's own log: only their places remain."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg, record.args = f"{record.getMessage()}: {places(error)}", ()
            record.exc_info = record.exc_text = None
        return True


_WITHOUT_VALUES = _WithoutValues()


def keep_values_out_of_logs() -> None:
    """Has Streamlit's own log, too, say where something failed and not what was said."""
    for name in STREAMLIT_LOGS:
        logging.getLogger(name).addFilter(_WITHOUT_VALUES)
