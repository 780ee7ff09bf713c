"""The command `python -m benchmarks`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from benchmarks import cohort, delivery, explore, page, plan, register, sampling, timeline
from benchmarks.race import RivalError
from benchmarks.rivals import RIVALS

SECTIONS = {
    "plan": plan.run,
    "explore": explore.run,
    "cohort": cohort.run,
    "delivery": delivery.run,
    "page": page.run,
    "sampling": sampling.run,
    "timeline": timeline.run,
    "register": register.run,
}
"""The benchmarks by name; each prints its tables, gives its figures for JSON and what went wrong."""

RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmarks asked for; 0: done, 1: answers differ or failed, 2: a rival is not installed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Times the planner and its rivals."
    )
    parser.add_argument(
        "section", nargs="*", help=f"which benchmarks to run: {', '.join(SECTIONS)} (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="a few requests, one round: does it run at all?")
    parser.add_argument(
        "--only", action="append", choices=list(RIVALS), help="only this rival in `plan`; may be repeated"
    )
    parser.add_argument(
        "--out",
        nargs="?",
        type=Path,
        const=RESULTS,
        metavar="FOLDER",
        help="also write the figures as JSON, a file for each benchmark (default folder: benchmarks/results)",
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.section if name not in SECTIONS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)} (there are: {', '.join(SECTIONS)})")
    sections = list(dict.fromkeys(options.section or SECTIONS))
    names = [name for name in RIVALS if not options.only or name in options.only]
    packages = {RIVALS[name].package for name in names} if "plan" in sections else set()
    missing = sorted(package for package in packages if importlib.util.find_spec(package) is None)
    if missing:
        print(f"not installed: {', '.join(missing)}. Run: pip install -e '.[bench]'", file=sys.stderr)
        return 2
    if "page" in sections and (missing := page.missing()):
        print(f"not installed: {', '.join(missing)}. Run: pip install -e '.[test]'", file=sys.stderr)
        return 2

    console = Console()
    machine = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "ortools": version("ortools"),
        "cpus": os.cpu_count(),
    }
    console.print(
        f"{machine['date']}, {machine['cpus']} CPUs, "
        f"Python {machine['python']}, OR-Tools {machine['ortools']}",
        highlight=False,
    )
    status = 0
    for section in sections:
        try:
            report, wrong = SECTIONS[section](names, options.quick, console)
        except RivalError as error:
            print(error, file=sys.stderr)
            status = 1
            continue
        if wrong:
            print("The answers differ:", *wrong, sep="\n", file=sys.stderr)
            status = 1
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"machine": machine, **report, "disagreements": wrong}, indent=2)
            (options.out / f"{section}.json").write_text(f"{text}\n", encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
