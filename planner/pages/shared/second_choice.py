"""What to do where a second file stands in the place of what was here: what differs, and the ways on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from planner.files.second_file import Differing
from planner.pages.shared import faults, register_said
from planner.pages.shared.words import plain, shortened

NAMED = 5
"""Things of each kind that are named."""


def instead(now: str, before: str) -> None:
    """Says what stands in the place of what; a file is often saved anew under its name."""
    place = plain(before) if before != now else "what was read before from a file of that name"
    st.markdown(f"{plain(now)} stands in the place of {place}.")


def told(found: Differing, disputed: Sequence[object], key: str) -> None:
    """Says how many things of the second file are of each kind, and which; unfolds to what is `disputed`."""
    kinds = (
        ("new", found.new),
        ("changed", found.changed),
        ("unchanged", found.unchanged),
        ("in conflict", found.conflicting),
        ("not in it", found.absent),
    )
    lines = [f"**{len(names)} {word}**: {_named(names)}" for word, names in kinds if names]
    st.markdown(f"What differs in the second file: {'; '.join(lines)}.")
    if disputed:
        with st.expander("In conflict: merged, what was here stays", key=key):
            register_said.listed(disputed)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(plain(shortened(each)) for each in names[:NAMED]) + more


def merge_button(key: str, merge: Callable[[], None]) -> None:
    """Draws the way to both."""
    st.button(
        "Merge both",
        key=key,
        icon=":material/call_merge:",
        type="primary",
        on_click=faults.guarded(merge),
    )


def replace_button(key: str, leave: Callable[[], None]) -> None:
    """Draws the way to the second file alone."""
    st.button("Replace: the second file alone", key=key, on_click=leave)


def back_button(key: str, back: Callable[[], None]) -> None:
    """Draws the way back to what was here before the second file."""
    st.button("Bring back what was here", key=key, on_click=back)
