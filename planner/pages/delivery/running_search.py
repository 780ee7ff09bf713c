"""A search in a thread of its own, as the page sees it."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from weakref import WeakKeyDictionary, finalize

from planner.cohort.delivery_answer import Delivery
from planner.cohort.seat_question import SearchProgress

USUAL_SECONDS = 30

SEARCH_SECONDS = {10: "10 seconds", 30: "30 seconds", 60: "1 minute", 300: "5 minutes"}
"""How long a search may take, at most."""


ABSENCE = 20.0
"""Seconds without its browser tab after which a search ends; a tab that lost the network is back sooner."""


FAREWELL = 5.0
"""Seconds that the end of the program waits for a search to end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a centre asks of a delivery plan.

    `assessor_hours` are the most delivered guided hours under an assessment strategy, by its letter;
    `misfits` the seats allowed in units without evidence from the job that could be avoided; `seconds` is
    the time limit of the search.
    """

    group_size: int
    max_units: int | None = None
    assessor_hours: Mapping[str, int] = field(default_factory=dict)
    seconds: int = USUAL_SECONDS
    misfits: int = 0


Run = Callable[[Callable[[SearchProgress], None], Callable[[], bool]], Delivery]
"""A search: tells its progress to the first function, and ends soon after the second says so."""


class _Desk:
    """Where the thread of a search puts what it finds, and where it sees that it shall end.

    `there` tells whether the browser tab is still connected; it is asked from the search's thread. Each
    attribute is written by one thread only, and whole.
    """

    def __init__(self, there: Callable[[], bool]) -> None:
        self.stop = Event()
        self.ended = Event()
        self.progress: SearchProgress | None = None
        self.found: Delivery | Exception | None = None
        self._there = there
        self._seen = monotonic()

    def over(self) -> bool:
        """Whether the search shall end: it was asked to, or nobody has been there for a while."""
        if self._there():
            self._seen = monotonic()
        return self.stop.is_set() or monotonic() - self._seen > ABSENCE

    def put_progress(self, progress: SearchProgress) -> None:
        self.progress = progress


def _work(run: Run, desk: _Desk) -> None:
    try:
        desk.found = run(desk.put_progress, desk.over)
    except Exception as error:  # whatever it is, the page that waits must hear of it
        desk.found = error
    desk.ended.set()


_threads: WeakKeyDictionary[Thread, _Desk] = WeakKeyDictionary()


@atexit.register
def _end_all() -> None:
    """Ends what still searches before Python goes: the solver's threads would crash without it."""
    for thread, desk in list(_threads.items()):
        desk.stop.set()
        thread.join(FAREWELL)


class RunningSearch:
    """A search for a delivery plan in a thread of its own, as the page sees it.

    The thread knows its desk, never this object: when the visit that holds this is gone, the search ends,
    and already when its browser tab has been away for `ABSENCE` seconds.
    """

    def __init__(
        self, key: str, settings: Settings, run: Run, there: Callable[[], bool] = lambda: True
    ) -> None:
        self.key = key
        self.settings = settings
        self._started = monotonic()
        self._desk = _Desk(there)
        finalize(self, self._desk.stop.set)
        thread = Thread(target=_work, args=(run, self._desk), name="delivery search", daemon=True)
        _threads[thread] = self._desk
        thread.start()

    def stop(self) -> None:
        """Asks the search to end with the best it has."""
        self._desk.stop.set()

    @property
    def stopping(self) -> bool:
        """Whether the search was asked to end."""
        return self._desk.stop.is_set()

    @property
    def running(self) -> bool:
        """Whether the search goes on."""
        return not self._desk.ended.is_set()

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return monotonic() - self._started

    @property
    def progress(self) -> SearchProgress | None:
        """The best so far; None before there is any."""
        return self._desk.progress

    @property
    def found(self) -> Delivery | None:
        """The plan it found, if it found one."""
        found = self._desk.found
        return found if isinstance(found, Delivery) and found.found else None

    @property
    def delivery(self) -> Delivery | None:
        """What the search found; None while it runs.

        Raises
        ------
        DataError
            If the search could not answer.
        """
        found = self._desk.found
        if isinstance(found, Exception):
            raise found
        return found
