"""A cohort answered by the workers of a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    Executor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from planner.errors import DataError, Parameter, Problem

CONNECT_SECONDS = 8
"""How long a cluster's scheduler is waited for."""


WORKER_SECONDS = 60
"""How long a cluster without any worker is waited for, before the work and within it."""


LOOK_SECONDS = 1
"""How often one looks whether a cluster has workers."""


@contextmanager
def cluster_executor(address: str, waiting: Callable[[str], None] | None = None) -> Iterator[Executor]:
    """The workers of a Dask cluster as an executor; `address` is its scheduler's, such as tcp://host:8786.

    Without any worker for `WORKER_SECONDS` it gives up; `waiting` is told, from another thread, when that
    time begins.

    Raises
    ------
    DataError
        The package `distributed` is not installed, no scheduler answers there, it has no workers or has lost
        them all, or those that took up a part of the work died of it.
    """
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise _no_cluster(address, "needs the cluster extra: pip install 'nvq-planner[cluster]'") from None
    _find_scheduler(address)
    with _tracebacks_left_out(), Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        # Not pure: calls of equal arguments have keys of their own, or a cluster would take them for one.
        executor = client.get_executor(pure=False)
        watch = _Watch(address, lambda: _workers(client), waiting, lambda: executor.shutdown(wait=False))
        if not watch.found():
            raise _no_cluster(address, f"the scheduler there has no workers, for {WORKER_SECONDS} s now")
        try:
            with watch:
                yield executor
        except KilledWorker as error:
            raise _no_cluster(address, f"its workers died of a part of the work: {error}") from None
        except DataError:
            if not watch.over:
                raise
            message = f"it has had no workers for {WORKER_SECONDS} s: not every learner was answered"
            raise _no_cluster(address, message) from None


@contextmanager
def _tracebacks_left_out() -> Iterator[None]:
    """Keeps the client from printing a traceback where its cluster is lost, which is told in words."""
    log, loop = logging.getLogger("distributed.client"), logging.getLogger("tornado.application")
    before = log.level
    log.setLevel(logging.CRITICAL)
    loop.addFilter(_nothing_lost)
    try:
        yield
    finally:
        loop.removeFilter(_nothing_lost)
        log.setLevel(before)


def _nothing_lost(record: logging.LogRecord) -> bool:
    """Whether a message of the event loop, to which a page's server logs as well, is of something else."""
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    error = record.exc_info and record.exc_info[1]
    return not isinstance(error, CommClosedError | FutureCancelledError)


def _workers(client: Any) -> int:
    """How many workers a cluster has, of many only some; 0 if its scheduler does not answer either."""
    try:
        return len(client.scheduler_info()["workers"])
    except (OSError, TimeoutError, ValueError):
        return 0


class _Watch:
    """Looks from a thread whether a cluster has workers, and gives it up after `WORKER_SECONDS` without.

    `over` says whether it was given up.
    """

    def __init__(
        self,
        address: str,
        workers: Callable[[], int],
        waiting: Callable[[str], None] | None,
        give_up: Callable[[], None],
    ) -> None:
        self.over = False
        self._address = address
        self._workers = workers
        self._waiting = waiting
        self._give_up = give_up
        self._done = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def found(self) -> bool:
        """Whether there is a worker, or comes one in time."""
        if self._workers():
            return True
        if self._waiting is not None:
            words = f"waiting for workers of {self._address} (0 there), giving up after {WORKER_SECONDS} s"
            self._waiting(words)
        end = time.monotonic() + WORKER_SECONDS
        while time.monotonic() < end:
            if self._done.wait(LOOK_SECONDS) or self._workers():
                return True
        return False

    def _look(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            if not self.found():
                self.over = True
                self._give_up()
                return


def _find_scheduler(address: str) -> None:
    """Makes sure that a scheduler answers: a client that finds none complains on stderr, with a traceback.

    Raises
    ------
    DataError
        If none does.
    """
    from distributed import rpc

    async def identity() -> None:
        async with rpc(address, timeout=CONNECT_SECONDS) as scheduler:  # type: ignore[no-untyped-call]
            await asyncio.wait_for(scheduler.identity(), CONNECT_SECONDS)

    try:
        with ThreadPoolExecutor(1) as thread:  # this thread may run an event loop, as in a notebook
            thread.submit(asyncio.run, identity()).result()
    except (OSError, TimeoutError):
        message = f"no Dask scheduler answers at this address within {CONNECT_SECONDS} s"
        raise _no_cluster(address, message) from None
    except (ValueError, ImportError) as error:
        raise _no_cluster(address, f"is not the address of a scheduler: {error}") from None


def _no_cluster(address: str, message: str) -> DataError:
    return DataError([Problem(Parameter("scheduler"), message, value=address or "(empty)")])
