"""Rivals in child processes that answer the same requests in turns."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.problem import Problem, Request

START_SECONDS = 120.0
"""How long a rival may take to import its solver."""

ANSWER_SECONDS = 60.0
"""How long a rival may take for one answer; all of them take milliseconds."""

RACE_SECONDS = 1_200.0
"""How long a race may take in all."""

TURN = 10
"""Requests a rival answers in one go, before the next rival has its turn."""


class RivalError(Exception):
    """A rival failed, did not answer in time or ended early."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the least new hours (None: no plan exists), whether proven, and the seconds it took."""

    hours: int | None
    proven: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Race:
    """The versions of the rivals, and their answers by rival, request (in order) and round."""

    versions: dict[str, str]
    answers: dict[str, list[list[Answer]]]


def race(names: Sequence[str], problem: Problem, requests: Sequence[Request], rounds: int) -> Race:
    """Lets the rivals answer every request, once to warm up and then `rounds` times.

    They take turns of `TURN` requests, begun by another rival each time, so that whatever slows the
    machine for a while slows them all. A turn opens with a request that does not count: it brings the
    rival back into the processor's caches.

    Raises
    ------
    RivalError
        If a rival fails or the time is up.
    """
    deadline = time.monotonic() + RACE_SECONDS
    answers: dict[str, list[list[Answer]]] = {name: [[] for _ in requests] for name in names}
    turns = 0
    with ExitStack() as stack:
        children = [stack.enter_context(Child(name, problem)) for name in names]
        for number in range(rounds + 1):
            for start in range(0, len(requests), TURN):
                first = turns % len(children)
                turns += 1
                for child in children[first:] + children[:first]:
                    child.ask(Request())
                    for index, request in enumerate(requests[start : start + TURN], start):
                        if time.monotonic() > deadline:
                            raise RivalError(f"the race was not over after {RACE_SECONDS:.0f} s")
                        answer = child.ask(request)
                        if number > 0:
                            answers[child.name][index].append(answer)
        return Race({child.name: child.version for child in children}, answers)


class Child:
    """The process of one rival; a context manager that ends it."""

    def __init__(self, name: str, problem: Problem) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", name],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        # A thread reads, because a pipe cannot be read with a time limit on every system.
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.version: str = self._exchange(problem.to_json(), START_SECONDS)["version"]
        except BaseException:
            self.end(grace=0)
            raise

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(grace=5 if error is None else 0)

    def ask(self, request: Request) -> Answer:
        """The rival's answer."""
        return Answer(**self._exchange(request.to_json(), ANSWER_SECONDS))

    def end(self, grace: float) -> None:
        """Ends the process: by the end of its input, or by force after `grace` seconds."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            if hasattr(os, "killpg"):  # with whatever it has started: CBC is a program of its own
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _exchange(self, line: str, seconds: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            print(line, file=self._process.stdin, flush=True)
            reply = self._lines.get(timeout=seconds)
        except BrokenPipeError:
            reply = ""
        except queue.Empty:
            raise RivalError(f"{self.name} did not answer within {seconds:.0f} s") from None
        if not reply:
            raise RivalError(f"{self.name} ended without an answer")
        answer: dict[str, Any] = json.loads(reply)
        if "error" in answer:
            raise RivalError(f"{self.name} failed: {answer['error']}")
        return answer
