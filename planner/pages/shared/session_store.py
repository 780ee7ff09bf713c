"""What the career page keeps: in the address what says nothing of a person, in the visit what does.

What is of a person is saved to a file and opened from one; it is gone with the tab.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

import streamlit as st

from planner.errors import DataError, Problem
from planner.files.tables import SheetRead
from planner.pages.shared import address, page_shell, second_choice, visit_memory
from planner.pages.shared.words import bullets, plain, shortened
from planner.report import tables
from planner.rules.measure import numbered

PART = "part"
"""The parameter of the address that names the part of the page, and the key of its widget's choice."""

LEFT = "career-address"
"""Where the session remembers the address of the page, for who comes back to it."""

WIDGET = "career-part"
"""The key of a widget that every part has: Streamlit forgets it when another page is drawn."""

SHELF = "kept-"
"""How the names on the visit's shelf begin of what was said and done."""

MOST_PROBLEMS = 20
"""Problems of a file that are listed; the others are counted."""

T = TypeVar("T")


# The address


def come_back() -> None:
    """Gives a page that is come back to without an address the one it was left with."""
    left: dict[str, str] = st.session_state.get(LEFT, {})
    if WIDGET not in st.session_state and not st.query_params and left:
        st.query_params.from_dict(left)
    st.session_state[LEFT] = st.query_params.to_dict()


def chosen(key: str, known: Sequence[str], told: str) -> list[str]:
    """The `known` words the address names under `key`; others are reported: `told` says what they are not."""
    named = address.parts(key)
    unknown = [text for text in named if text not in known]
    page_shell.left_out(
        address.few(unknown, lambda text: Problem("address", told, field=key, value=text[:100]))
    )
    return [text for text in named if text in known]


def part(parts: Mapping[str, str], widget: str) -> str:
    """The part of a page that is shown, the first unless the address names another; draws their choice.

    `widget` is the key of the choice.
    """
    named = chosen(PART, tuple(parts), "no such part of the page")
    first = next(iter(parts))
    shown = st.session_state[widget] = named[0] if named else first
    st.segmented_control(
        "What do you want to see?",
        list(parts),
        format_func=parts.__getitem__,
        required=True,
        key=widget,
        on_change=lambda: address.put(**{PART: st.session_state[widget].replace(first, "")}),
    )
    return shown


def labels(titles: Mapping[str, str]) -> dict[str, str]:
    """What a choice shows for each id: its title, with the id where two have the same.

    Browser and server tell choices apart by what they show.
    """
    often = Counter(titles.values())
    return {name: title if often[title] == 1 else f"{title} ({name})" for name, title in titles.items()}


# The visit


@dataclass(frozen=True, slots=True)
class Filed(Generic[T]):
    """Something of a person: as it is `now`, and as a file last held it (`filed`).

    `before` is what was here when a file with something else was opened, `both` the two as one, and `differs`
    says in Markdown what the file has that was not here; `error` why one was refused, `how_read` what of the
    file was taken for something else, or left out.
    """

    now: T
    filed: T
    before: T | None = None
    source: str = ""
    problems: tuple[Problem, ...] = ()
    error: str = ""
    both: T | None = None
    differs: str = ""
    how_read: tuple[str, ...] = ()

    @property
    def unsaved(self) -> bool:
        """Whether no file holds it as it is now."""
        return self.now != self.filed


def get(name: str, blank: T) -> Filed[T]:
    """What this visit keeps under a name."""
    found: Filed[T] | None = visit_memory.get(f"{SHELF}{name}")
    return Filed(blank, blank) if found is None else found


def unsaved(beginning: str) -> bool:
    """Whether no file holds something as it is now whose name begins so."""
    names = [name for name in visit_memory.names() if str(name).startswith(f"{SHELF}{beginning}")]
    return any(visit_memory.get(name).unsaved for name in names)


def _put(name: str, found: Filed[Any], *, known: bool = True) -> None:
    lost = found.unsaved or found.before is not None
    worth = visit_memory.Worth.WORK if lost else visit_memory.Worth.FILE
    visit_memory.put(
        f"{SHELF}{name}", found, worth, "what you said and did" if found.now else "", known=known
    )


def forget() -> None:
    """Lets go all that was said and done."""
    visit_memory.drop([name for name in visit_memory.names() if str(name).startswith(SHELF)])


def change(name: str, blank: T, now: T) -> None:
    """Takes what is so now; what was wrong with a file before is no longer said."""
    found = get(name, blank)
    _put(name, replace(found, now=now, error="", problems=(), before=None, both=None))


def saved(name: str, blank: T, held: T) -> None:
    """Notes that a file holds it as it was then."""
    _put(name, replace(get(name, blank), filed=held))


def open_file(
    name: str,
    blank: T,
    read: Callable[[str, bytes], tuple[T, tuple[Problem, ...], Sequence[SheetRead]]],
    source: str,
    content: bytes,
    merged: Callable[[T, T], tuple[T, str]],
) -> bool:
    """Takes what a file holds in place of what is here; whether it could be read.

    `merged` makes one of what is here and what the file says, and says in Markdown what differs.
    """
    found = get(name, blank)
    try:
        now, problems, sheets = read(source, content)
        before = found.now if found.now not in (blank, now) else None
        both, differs = (None, "") if before is None else merged(before, now)
        how_read = tuple(tables.how_read_words(sheets))
        filed = Filed(now, now, before, source, problems, both=both, differs=differs, how_read=how_read)
        _put(name, filed, known=False)
    except DataError as error:
        _put(name, replace(found, error=_listed(error.problems), problems=(), source=source))
        return False
    return True


def messages(name: str, blank: Any, columns: Sequence[str]) -> None:
    """What became of the last file: refused, rows left out, or what it took the place of."""
    found = get(name, blank)
    visit_memory.tell(f"{SHELF}{name}", "What you said and did was", "Open your file again.")
    if found.error:
        needed = ", ".join(columns)
        st.error(
            f"The file was not read; nothing else has changed.\n{found.error}\n\n"
            f"A table needs the columns {needed}."
        )
    if found.problems:
        st.warning(
            f"{numbered(len(found.problems), 'thing')} in {plain(found.source[:100])} could not be read. "
            f"All other rows are taken.\n{_listed(found.problems)}"
        )
    for words in found.how_read:
        page_shell.note(plain(words))
    if found.before is not None:
        with st.container(border=True, key=f"{name}-second"):
            st.markdown(f"{plain(found.source[:100])} stands in the place of what was here.")
            st.markdown(f"What differs in the second file: {found.differs}.")
            second_choice.merge_button(f"{name}-merge", partial(_take, name, found, found.both))
            second_choice.replace_button(f"{name}-replace", partial(_take, name, found, found.now))
            back = replace(found, how_read=())
            second_choice.back_button(f"{name}-undo", partial(_take, name, back, found.before))


def differs(noun: str, new: int, unchanged: int, disputed: Sequence[str]) -> str:
    """How many things of a file are new, unchanged or in conflict, and which, as Markdown."""
    counted = (("new", new), ("unchanged", unchanged))
    found = [f"**{numbered(number, noun)} {word}**" for word, number in counted if number]
    if disputed:
        named = ", ".join(plain(shortened(text)) for text in dict.fromkeys(disputed[:MOST_PROBLEMS]))
        found.append(
            f"**{len(disputed)} in conflict**, where what was here stays if both are merged: {named}"
        )
    return "; ".join(found) or f"it says no {noun} that is not here"


def _take(name: str, found: Filed[Any], now: Any) -> None:
    """Goes on with both, with the file or with what was before it: only the second is held by the file."""
    _put(name, Filed(now, found.now, how_read=found.how_read))


def _listed(problems: Sequence[Problem]) -> str:
    more = len(problems) - MOST_PROBLEMS
    return bullets([*problems[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])])


def hint(name: str, blank: Any, what: str) -> None:
    """Says whether a file holds `what` as it is now."""
    found = get(name, blank)
    if found.unsaved:
        st.markdown(f":orange-badge[:material/save: Not saved] {what} will be gone with this tab.")
    elif found.now != blank:
        page_shell.note(f"{what} is as the file last saved or opened holds it.")


def remembered(key: Hashable, make: Callable[[], T]) -> T:
    """The answer to a question of this visit, worked out once while there is room for it."""
    name = ("answer", key)
    known: tuple[T] | None = visit_memory.get(name)
    if known is None:
        known = (make(),)
        visit_memory.put(name, known, visit_memory.Worth.ANSWER)
    return known[0]
