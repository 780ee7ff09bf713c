"""What a page tells of saving and opening, and the choice where somebody else has saved first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import in_words
from planner.pages.shared import visit_memory
from planner.pages.shared.words import plain, shortened
from planner.records.portfolios import rank
from planner.rules.measure import numbered

if TYPE_CHECKING:
    from planner.register import Dispute
    from planner.register.merging import Whose

SAID = "register-said"
"""Where the session has what came of the last saving or opening."""

MOST_DISPUTES = 50

CHOICE = "register-choice-"
"""The keys of what somebody chooses where somebody else has saved first begin so."""

REST = "rest"
"""What follows them for all values beyond the first of many."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of saving or opening; `about` is what the page then held, None where nothing was kept.

    `disputes` are values of a file that were not taken, `overtaken` those that somebody else had saved first:
    then nothing was saved.
    """

    words: str
    problems: str = ""
    disputes: tuple[Dispute, ...] = ()
    about: object = None
    overtaken: tuple[Dispute, ...] = ()


def tell(about: object, save: Callable[[], None]) -> None:
    """What came of the last saving or opening, unless the page is `about` something else since.

    `save` draws the button that saves as chosen.
    """
    said: Said | None = st.session_state.get(SAID)
    if said is None or said.about not in (None, about):
        return
    if said.problems:
        st.error(said.problems)
    if said.overtaken:
        _to_choose(said, save)
    elif said.disputes:
        count = numbered(len(said.disputes), "value")
        words = f"{plain(said.words)} {count} of the file were not taken, what was kept stays:"
        st.warning(words, icon=":material/call_merge:")
        listed(said.disputes)
    elif said.words:
        (st.info if said.about is None else st.success)(plain(said.words))


# Where somebody else has saved first


def settled() -> dict[Dispute, Whose]:
    """What somebody has chosen of the values that somebody else had saved first."""
    found: dict[Dispute, Whose] = {}
    for number, dispute in enumerate(_overtaken()):
        choice = st.session_state.get(f"{CHOICE}{number if number < MOST_DISPUTES else REST}")
        if choice in dispute.choices:
            found[dispute] = choice
    return found


def _overtaken() -> tuple[Dispute, ...]:
    said: Said | None = st.session_state.get(SAID)
    return said.overtaken if said is not None else ()


def undoes() -> bool:
    """Whether one's own word would bring a unit back behind where somebody else has brought it."""
    return any(each.field == "status" and rank(each.wanted) < rank(each.kept) for each in _overtaken())


def _to_choose(said: Said, save: Callable[[], None]) -> None:
    """What differs, field by field, each with the choice of whose word stays."""
    open_ones = [each for each in said.overtaken if each.choices]
    st.warning(
        f"**{plain(said.words)}.** In {numbered(len(said.overtaken), 'place')} somebody else has saved "
        f"something else{': choose what stays, and save.' if open_ones else ':'}",
        icon=":material/call_merge:",
    )
    listed(each for each in said.overtaken if not each.choices)
    for number, each in enumerate(said.overtaken[:MOST_DISPUTES]):
        if each.choices:
            what = " · ".join(filter(None, (each.learner, each.ref, each.field.replace("_", " "))))
            _choice(what, str(number), each.choices, partial(_value, each))
    rest = said.overtaken[MOST_DISPUTES:]
    if rest:
        _choice(f"The other {len(rest)}", REST, ("mine", "theirs"), lambda choice: _WHOSE[choice])
    if open_ones:
        save()


_WHOSE: dict[Whose, str] = {"mine": "Mine", "theirs": "Theirs"}


def _value(dispute: Dispute, choice: Whose) -> str:
    value = dispute.wanted if choice == "mine" else dispute.kept
    if dispute.field == "calendar" and value:
        from planner.register.rows import as_calendar  # who has a dispute has the register's library

        calendar = as_calendar(value)
        last = max(finish for _, finish in calendar.values())
        value = f"{numbered(len(calendar), 'unit')} until {in_words(last)}"
    return f"{_WHOSE[choice]}: {plain(shortened(value)) or '(nothing)'}"


def _choice(what: str, key: str, choices: Sequence[Whose], words: Callable[[Whose], str]) -> None:
    st.radio(plain(what), choices, index=None, format_func=words, key=f"{CHOICE}{key}", horizontal=True)


def forget() -> None:
    """Drops what was said of what the page held before, and what was chosen there."""
    st.session_state.pop(SAID, None)
    visit_memory.forget(CHOICE)


def listed(disputes: Iterable[object]) -> None:
    """Values in conflict, the first of many."""
    found = list(disputes)
    for dispute in found[:MOST_DISPUTES]:
        st.markdown(f"- {plain(str(dispute))}")
    if len(found) > MOST_DISPUTES:
        st.markdown(f"- and {len(found) - MOST_DISPUTES} more")
