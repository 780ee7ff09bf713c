"""What visits hold in the server's memory, bounded in sum over all of them.

Each visit has a shelf in its session. Where all shelves together hold more than there is room for, answers
are let go first, those looked at longest ago before others, and then files, which their owner has as well.
Work that no file holds is never let go; where only such is left, a new file is refused instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from itertools import count, islice
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any, TypeVar
from weakref import WeakSet, ref

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem

ROOM = 400_000_000
"""Bytes that all visits together may hold, as `weight` estimates them."""

ABSENCE = 150.0
"""Seconds without its browser tab after which a shelf is emptied; Streamlit forgets a visit after 120."""

SWEEP = 10.0
"""Seconds from one look for shelves without a tab to the next."""

SAMPLE = 200
"""Parts of a long collection that are weighed; the others are taken to be like them."""

SHELF = "held"
"""Where the session has its shelf."""

T = TypeVar("T")
R = TypeVar("R")

Name = object
"""What a thing on a shelf is called; anything that can be the key of a mapping."""


class Worth(IntEnum):
    """How much would be lost with a thing: what is worth less is let go first."""

    ANSWER = 0
    FILE = 1
    WORK = 2


@dataclass(slots=True)
class Shelved:
    """A thing on a shelf: `words` say what it is, `used` when it was looked at last."""

    value: Any
    worth: Worth
    words: str
    bytes: int
    used: int


class Shelf:
    """What one visit holds: its things, those of the last page that could be drawn, those that had to go."""

    def __init__(self, there: Callable[[], bool]) -> None:
        self.items: dict[Name, Shelved] = {}
        self.good: dict[Name, Shelved] = {}
        self.let_go: set[Name] = set()
        self.there = there
        self.seen = monotonic()


_shelves: WeakSet[Shelf] = WeakSet()
_lock = Lock()
_turns = count()
_sweeper: list[Thread] = []


# A visit's shelf


def put(
    name: Name, value: object, worth: Worth, words: str = "", *, known: bool = False, counted: object = None
) -> None:
    """Puts a thing on the visit's shelf; what is in its way is let go.

    `known` says that the thing is only a change to one that is here: that is never refused. `counted` is
    weighed in its place, where it is not made of plain data.

    Raises
    ------
    DataError
        There is no room, and nothing that can be let go; an answer is then not kept, without a word.
    """
    item = Shelved(value, worth, words, weight(value if counted is None else counted), next(_turns))
    shelf = _shelf()
    with _lock:
        before = shelf.items.pop(name, None)
        if _make_room(item, shelf, known):
            shelf.items[name] = item
            shelf.let_go.discard(name)
            return
        if worth is Worth.ANSWER:
            return
        if before is not None:
            shelf.items[name] = before
    message = "there is no room for it: other visits hold much that no file holds yet; try again later"
    raise DataError([Problem("this server", message)])


def get(name: Name) -> Any:
    """The thing of this name on the visit's shelf; None if there is none."""
    shelf = _shelf()
    with _lock:
        item = shelf.items.get(name)
        if item is None:
            return None
        item.used = next(_turns)
        return item.value


def drop(names: Iterable[Name]) -> None:
    """Takes things off the visit's shelf."""
    shelf = _shelf()
    with _lock:
        for name in list(names):
            shelf.items.pop(name, None)
            shelf.let_go.discard(name)


def forget(beginning: str = "") -> None:
    """Lets go what the session holds by names that begin so: everything, if nothing is said.

    Where a click interrupts a page, Streamlit also names fields that it holds nothing of any more: of those
    that another one of the same name has replaced, and the page that would have told it so never ended.
    """
    for name in list(st.session_state):
        if str(name).startswith(beginning):
            st.session_state.pop(name, None)


def names() -> list[Name]:
    """What stands on the visit's shelf."""
    return list(_shelf().items)


def tell(name: Name, what: str, then: str) -> bool:
    """Says that a thing had to make room, and what to do; `what` begins the sentence, with its verb.

    Whether there was anything to say.
    """
    if found := name in _shelf().let_go:
        st.info(f"{what} let go: other visits needed the memory. {then}", icon=":material/delete_sweep:")
    return found


def again(name: Name, what: str, call: str) -> bool:
    """Whether an answer may be worked out: one that had to make room only when it is asked for again."""
    if name not in _shelf().let_go:
        return True
    tell(name, what, "What it rests on is still here.")
    st.button(
        call,
        key=f"again-{name}",
        icon=":material/refresh:",
        on_click=_shelf().let_go.discard,
        args=(name,),
    )
    return False


def loosely(value: T, part: Callable[[T], R]) -> Callable[[], R]:
    """A way to a part of a thing that does not hold on to it.

    Streamlit keeps what a page hands it (a download's maker, a click's arguments) until the page is drawn
    anew: held there, a thing that had to make room would stay in memory.

    Raises
    ------
    LookupError
        From the way, where the thing is gone.
    """
    found = ref(value)

    def get() -> R:
        there = found()
        if there is None:
            raise LookupError("this had to make room for other visits")
        return part(there)

    return get


def worth_naming() -> list[str]:
    """What the visit would lose with the server's memory, in words, each once."""
    items = _shelf().items.values()
    return list(dict.fromkeys(item.words for item in items if item.worth > Worth.ANSWER and item.words))


def items_of(beginnings: tuple[str, ...]) -> dict[Name, Shelved]:
    """The files and the work among the things whose names begin so."""
    return {
        name: item
        for name, item in _shelf().items.items()
        if item.worth > Worth.ANSWER and str(name).startswith(beginnings)
    }


def note(beginnings: tuple[str, ...]) -> None:
    """Notes the files and the work whose names begin so, as `put_back` brings them back."""
    _shelf().good = items_of(beginnings)


def as_noted(beginnings: tuple[str, ...]) -> bool:
    """Whether they are the ones that were noted."""
    now, good = items_of(beginnings), _shelf().good
    return now.keys() == good.keys() and all(now[name].value is item.value for name, item in good.items())


def put_back(beginnings: tuple[str, ...]) -> None:
    """Brings back the files and the work that were noted, in place of those that are here."""
    good = dict(_shelf().good)
    drop(items_of(beginnings))
    for name, item in good.items():
        put(name, item.value, item.worth, item.words, known=True)


def _shelf() -> Shelf:
    found: Shelf | None = st.session_state.get(SHELF)
    if found is None:
        found = Shelf(tab())
        st.session_state[SHELF] = found
        with _lock:
            _shelves.add(found)
            if not _sweeper:
                _sweeper.append(Thread(target=_sweep_on, name="shelves", daemon=True))
                _sweeper[0].start()
    return found


def tab() -> Callable[[], bool]:
    """Tells, from any thread, whether this visit's browser tab is still connected."""
    context = get_script_run_ctx()
    assert context is not None  # only who draws a page has a visit
    session, running = context.session_id, runtime.get_instance()
    return lambda: running.is_active_session(session)


# All shelves


def total() -> int:
    """Bytes that all visits hold, as they were weighed."""
    return sum(item.bytes for shelf in _shelves for item in shelf.items.values())


def _make_room(new: Shelved, own: Shelf, must: bool) -> bool:
    """Lets go what has to make room for a thing; nothing where that is not enough, unless it `must`.

    What its own visit has read in does not make room for an answer, which would be one to nothing.
    """
    excess = total() + new.bytes - ROOM
    there = [
        (item.worth, item.used, item.bytes, shelf, name)
        for shelf in _shelves
        for name, item in shelf.items.items()
        if item.worth < Worth.WORK and (shelf is not own or item.worth <= new.worth)
    ]
    if excess > sum(found[2] for found in there) and not must:
        return False
    for _, _, size, shelf, name in sorted(there, key=lambda found: found[:2]):
        if excess <= 0:
            break
        excess -= size
        del shelf.items[name]
        shelf.good.clear()  # it would hold on to it
        shelf.let_go.add(name)
    return True


def _sweep_on() -> None:
    while True:
        sleep(SWEEP)
        sweep(monotonic())


def sweep(now: float) -> None:
    """Empties the shelves of visits whose tab has been away too long."""
    with _lock:
        for shelf in _shelves:
            if shelf.there():
                shelf.seen = now
            elif now - shelf.seen > ABSENCE:
                shelf.items.clear()
                shelf.good.clear()


# Weights


def weight(value: object) -> int:
    """The bytes that a thing takes, estimated: of long collections a sample is weighed.

    Qualifications are not counted: all visits share them.
    """
    return round(_weight(value, set()))


def _weight(value: object, seen: set[int]) -> float:
    if value is None or isinstance(value, Qualification | type) or id(value) in seen:
        return 0
    seen.add(id(value))
    own = sys.getsizeof(value)
    if isinstance(value, str | bytes | int | float):
        return own
    if isinstance(value, Mapping):
        return own + _sample(value.keys(), seen) + _sample(value.values(), seen)
    if isinstance(value, tuple | list | set | frozenset):
        return own + _sample(value, seen)
    if is_dataclass(value):
        return own + sum(_weight(getattr(value, field.name), seen) for field in fields(value))
    return own


def _sample(parts: Collection[Any], seen: set[int]) -> float:
    """What the parts weigh together, judged by some that lie evenly among them."""
    step = -(-len(parts) // SAMPLE) or 1
    some = [_weight(part, seen) for part in islice(parts, 0, None, step)]
    return sum(some) / len(some) * len(parts) if some else 0
