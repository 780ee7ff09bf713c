"""The child process of one rival: `python -m benchmarks.worker NAME`.

Reads lines from standard input, a problem and then requests, and answers each with a line of JSON. A
request is timed from the decoded request to the answer. It ends when its input does.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival


def main(name: str) -> None:
    """Serves one rival until the input ends."""
    # Solvers print, and start programs that may read: both channels to the parent are moved out of reach.
    with (
        os.fdopen(os.dup(0), encoding="utf-8") as requests,
        os.fdopen(os.dup(1), "w", encoding="utf-8") as answers,
        Path(os.devnull).open(encoding="utf-8") as nothing,
    ):
        os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)

        def say(**answer: Any) -> None:
            print(json.dumps(answer), file=answers, flush=True)

        try:
            rival: Rival = importlib.import_module(f"benchmarks.rivals.{name}").Solver()
            rival.prepare(Problem.from_json(requests.readline()))
            say(version=rival.version())
            for line in requests:
                say(**_timed(rival, Request.from_json(line)))
        except Exception as error:
            traceback.print_exc()
            say(error=f"{type(error).__name__}: {error}")


def _timed(rival: Rival, request: Request) -> dict[str, Any]:
    hours: int | None = None
    proven = True
    start = time.perf_counter()
    try:
        hours = rival.solve(request)
    except NotProvenError:
        proven = False
    return {"hours": hours, "proven": proven, "seconds": time.perf_counter() - start}


if __name__ == "__main__":
    main(sys.argv[1])
