"""Lines of the package broken at random, one at a time: does any test notice?

    python -m tests.mutation --sample 20 --modules planner/cohort/minimal_selections.py 'planner/pages/*'

Works on a copy of the checkout, never on the checkout. A map of which test reaches which line (a run with coverage of
the files of tests that have changed, kept for each in build/mutation/map) says which tests a broken line gets.
Results are kept in build/mutation: the same command with the same seed goes on where the last one ended, and tries
survivors again once tests have changed. `docs/mutation.md` says more.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from fnmatch import fnmatch
from functools import cache
from itertools import count
from pathlib import Path
from secrets import randbelow
from typing import Any

from coverage import CoverageData

from tests.mutants import Mutant, broken, compiles, mutants

ROOT = Path(__file__).parent.parent
CORE = (
    "planner/rules/rule.py",
    "planner/rules/measure.py",
    "planner/rules/model.py",
    "planner/rules/packing.py",
    "planner/rules/prover.py",
    "planner/planning/solve.py",
)
NOTICED = ("failed", "hung")
PROCESSES = 3
_TIMES = count(1_000_000_000)
LEFT_OUT = shutil.ignore_patterns("build", ".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "dist")


class Reach:
    """Which tests reach which line, from runs with coverage: one for each file of tests."""

    def __init__(self, folder: Path, tree: Path, stale: bool) -> None:
        """Reads the map, and renews it for each file of tests that has changed, or if `stale` is new."""
        self._tree = tree
        self.seconds: dict[str, float] = {}
        self._lines: list[dict[str, tuple[list[str], dict[str, list[str]]]]] = []
        files = {
            path: folder / f"{path.stem}.json"
            for path in sorted((tree / "tests").glob("test_*.py"))
            if not path.stem.endswith("_e2e")
        }
        new = [
            path
            for path, kept in files.items()
            if not (kept.is_file() and (stale or json.loads(kept.read_text())["digest"] == digest(path)))
        ]
        if new:
            print("mapping", *(path.name for path in new), flush=True)
            for path, found in self._mapped(new).items():
                _write(files[path], {"digest": digest(path), **found})
        for kept in files.values():
            entry = json.loads(kept.read_text())
            self.seconds |= entry["seconds"]
            self._lines.append(entry["lines"])

    def _mapped(self, paths: Sequence[Path]) -> dict[Path, dict[str, Any]]:
        """Of each file: seconds of each test that passes, and modules' sources with the tests that reach their lines."""
        settings, record = self._tree / "mutation.rc", self._tree / "record.json"
        settings.write_text(
            f"[run]\nsource = {self._tree}/planner\ndata_file = {self._tree}/reached\nparallel = true\n"
            "concurrency = thread,multiprocessing\ncontext = ${PYTEST_CURRENT_TEST-}\n"
        )
        named = {path.relative_to(self._tree).as_posix(): path for path in paths}
        options = ["--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
        together = ["--numprocesses", str(min(PROCESSES, len(paths))), "--dist", "loadscope"]
        passes(self._tree, [*named, *options, *together], MUTATION_RECORD=str(record))
        found: dict[Path, dict[str, Any]] = {path: {"seconds": {}, "lines": {}} for path in paths}
        for test, seconds in json.loads(record.read_text()).items():
            found[named[test.split("::")[0]]]["seconds"][test] = seconds
        data = CoverageData(str(self._tree / "reached"))
        data.read()
        for name in data.measured_files():
            module, source = (
                Path(name).relative_to(self._tree).as_posix(),
                Path(name).read_text().splitlines(),
            )
            for line, contexts in data.contexts_by_lineno(name).items():
                for test in sorted({re.split(r"\||\ \((?:setup|call)", each)[0] for each in contexts} - {""}):
                    if path := named.get(test.split("::")[0]):
                        lines = found[path]["lines"].setdefault(module, (source, {}))[1]
                        lines.setdefault(line, []).append(test)
        return found

    @cache  # noqa: B019 - there is one of it
    def _at(self, module: str) -> tuple[list[str], dict[int, set[str]]]:
        """A module as it is now, and the tests that reach each of its lines."""
        now = (self._tree / module).read_text().splitlines()
        found: dict[int, set[str]] = {}
        for then, lines in (entry[module] for entry in self._lines if module in entry):
            for a, b, size in difflib.SequenceMatcher(None, then, now, autojunk=False).get_matching_blocks():
                for offset in range(1, size + 1):
                    found.setdefault(b + offset, set()).update(lines.get(str(a + offset), ()))
        return now, found

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that reach a mutant, the quickest first.

        What runs when a module is imported reaches those that run anything of the module, or a line with its names.
        """
        source, found = self._at(mutant.module)
        tree = ast.parse("\n".join(source))
        statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        around = [node for node in statements if node.lineno <= mutant.line <= (node.end_lineno or 0)]
        body = [n for n in around if isinstance(n, ast.FunctionDef) and mutant.line >= n.body[0].lineno]
        place = max(body, key=lambda n: n.lineno) if body else tree
        inner = max(around, key=lambda n: n.lineno)
        block = isinstance(inner, ast.If | ast.For | ast.While | ast.With) and inner.body
        last = block[0].lineno - 1 if block else inner.end_lineno or 0
        span = range(inner.lineno, max(last, mutant.line) + 1)
        reached = {test for line in span for test in found.get(line, ())}
        if not body or not any(line in found for line in span):
            reached |= {test for line in found if _within(place, line) for test in found[line]}
        if not body:
            stored = [n for n in ast.walk(inner) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            names = {n.id for n in stored} | {
                n.name for n in around if isinstance(n, ast.ClassDef | ast.FunctionDef)
            }
            spoken = re.compile(rf"\b(?:{'|'.join(names) or '$.'})\b")
            for path in (self._tree / "planner").rglob("*.py"):
                lines, other = self._at(path.relative_to(self._tree).as_posix())
                said = [at for at, text in enumerate(lines, 1) if spoken.search(text)]
                reached |= {test for at in said for test in other.get(at, ())}
        return sorted(reached & set(self.seconds), key=lambda test: self.seconds[test])


def _within(place: ast.AST, line: int) -> bool:
    functions = [n for n in ast.walk(place) if isinstance(n, ast.FunctionDef)]
    return any(n.body[0].lineno <= line <= (n.end_lineno or 0) for n in functions)


def digest(*paths: Path) -> str:
    """A digest of files."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _put(path: Path, source: str) -> None:
    """Writes a module with a time of its own: what was compiled before is known by seconds and size alone."""
    path.write_text(source)
    os.utime(path, (next(_TIMES),) * 2)


def _write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".part").write_text(json.dumps(document))
    path.with_suffix(".part").replace(path)


def passes(
    tree: Path, arguments: Sequence[str], limit: float | None = None, **environment: str
) -> tuple[str, str]:
    """Runs pytest in a copy of the checkout: `passed`, `failed` or `hung`, and the first test that failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "-p", "mutation_hooks"]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with tempfile.TemporaryFile("w+") as output:
        run = subprocess.Popen(
            [*command, *arguments],
            cwd=tree,
            env={**inherited, "PYTHONPATH": str(tree), "NVQ_LONG": "1", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = run.wait(limit)
        except subprocess.TimeoutExpired:
            return "hung", ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        output.seek(0)
        failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", output.read(), re.M)
    return ("failed" if code else "passed"), failed[1] if failed else ""


def fate(tree: Path, reach: Reach, mutant: Mutant, budget: float, browser: bool) -> tuple[str, str]:
    """What becomes of a mutant: `failed` or `hung` by which test, `unreached`, or `survived` how many tests."""
    tests, spent = [], 0.0
    for test in reach.tests(mutant):
        if spent + reach.seconds[test] <= budget:
            spent += reach.seconds[test]
            tests.append(test)
    files = list(dict.fromkeys(test.split("::")[0] for test in tests))
    near = [name for name in files if Path(mutant.module).stem in name]
    path, source = tree / mutant.module, (tree / mutant.module).read_text()
    _put(path, broken(source, mutant))
    try:
        _write(tree / "chosen.json", tests)
        for stage in (near, [name for name in files if name not in near]):
            if stage:
                outcome = passes(
                    tree, ["-x", *stage], 120 + 10 * spent, MUTATION_CHOSEN=str(tree / "chosen.json")
                )
                if outcome[0] != "passed":
                    return outcome
        if browser and "/pages/" in mutant.module:
            outcome = passes(tree, ["-x", *map(str, sorted(tree.glob("tests/*_e2e.py")))])
            if outcome[0] != "passed":
                return outcome
    finally:
        _put(path, source)
    return ("survived" if tests else "unreached"), f"{len(tests)} tests"


def sample(
    root: Path, modules: Sequence[str], number: int, drawing: random.Random
) -> tuple[list[Mutant], int]:
    """Mutants of lines drawn at random, one a line, and the number of lines there are to draw from."""
    by_line: dict[tuple[str, int], list[Mutant]] = {}
    for module in modules:
        for mutant in mutants(module, (root / module).read_text(encoding="utf-8")):
            by_line.setdefault((module, mutant.line), []).append(mutant)
    drawn: list[Mutant] = []
    for at in drawing.sample(sorted(by_line), len(by_line)):
        kind = drawing.choice(sorted({mutant.kind for mutant in by_line[at]}))
        mutant = drawing.choice([mutant for mutant in by_line[at] if mutant.kind == kind])
        if len(drawn) < number and compiles((root / at[0]).read_text(encoding="utf-8"), mutant):
            drawn.append(mutant)
    return drawn, len(by_line)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Draws mutants, tries them, prints survivors and the share that is noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__.splitlines()[0])
    option = parser.add_argument
    option("--sample", type=int, default=20, help="how many lines to break")
    option("--seed", type=int, default=randbelow(10**6), help="printed; say it to go on")
    option("--modules", nargs="*", default=["planner/*"], help="patterns of paths")
    option("--core", action="store_true", help="the core, not the rest")
    option("--budget", type=float, default=120, help="seconds of tests for one mutant, the quickest first")
    option("--browser", action="store_true", help="the browser tests as well, for a line of a page")
    option("--stale", action="store_true", help="map new files of tests only, not those that have changed")
    option("--least", type=float, default=0, help="exit 1 if fewer are noticed, in per cent")
    asked = parser.parse_args(arguments)
    kept = root / "build" / "mutation" / f"{asked.seed}.json"
    known = {row["key"]: row for row in json.loads(kept.read_text())} if kept.is_file() else {}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "checkout"
        shutil.copytree(root, tree, ignore=LEFT_OUT)
        shutil.copy(Path(__file__).with_name("mutation_hooks.py"), tree)
        every = [path.relative_to(tree).as_posix() for path in sorted((tree / "planner").rglob("*.py"))]
        chosen = [name for name in every if any(fnmatch(name, pattern) for pattern in asked.modules)]
        modules = [name for name in chosen if (name in CORE) == asked.core]
        drawn, lines = sample(tree, modules, asked.sample, random.Random(asked.seed))
        print(f"seed {asked.seed}: {len(drawn)} of {lines:,} lines", flush=True)
        now = f"{digest(*sorted((tree / 'tests').glob('*.py')))} {asked.budget} {asked.browser}"
        reach = Reach(root / "build" / "mutation" / "map", tree, asked.stale)
        for mutant in drawn:
            key = f"{digest(tree / mutant.module)} {mutant.start} {mutant.end} {mutant.after}"
            row = known.get(key, {"fate": "", "tests": ""})
            if row["fate"] not in NOTICED and row["tests"] != now:
                outcome, by = fate(tree, reach, mutant, asked.budget, asked.browser)
                row = {"key": key, **asdict(mutant), "fate": outcome, "by": by, "tests": now}
            rows.append(row)
            known[key] = row
            _write(kept, list(known.values()))
            change = f"{_short(mutant.before)}  ->  {_short(mutant.after)}"
            print(f"{row['fate']:9} {mutant.module}:{mutant.line}  {change}  [{row['by']}]", flush=True)
    share = 100 * sum(row["fate"] in NOTICED for row in rows) / max(1, len(rows))
    noticed = f"{sum(row['fate'] in NOTICED for row in rows)} of {len(rows)} ({share:.0f}%)"
    print(f"noticed {noticed}, seed {asked.seed}, {kept.relative_to(root)}")
    return int(share < asked.least)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 90 else f"{text[:60]} … {text[-27:]}"


if __name__ == "__main__":
    sys.exit(main())
