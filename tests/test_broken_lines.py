"""Lines broken on purpose, as the documents list them: does a test notice?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strategies import deep
from tests.test_docs import ROOT, rows, sections

LISTED = rows(sections(ROOT / "docs" / "method.md")["Are the tests themselves any good?"])
READERS = rows(sections(ROOT / "docs" / "mutation.md")["The readers of files"])
BROKEN = LISTED[:: deep(6, 1)]
TRIED = READERS[:: deep(16, 1)]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of what tests need, so that lines can be broken in it; what is compiled already is known by its source's time."""
    for name in ("planner", "tests", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def outcome(folder: Path, *tests: str) -> tuple[int, str]:
    """The exit code of tests run in a copy, and what they print."""
    command = [sys.executable, "-B", "-m", "pytest", *tests, "-x", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, "--rootdir", str(folder)],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ran.returncode, ran.stdout[-4_000:]


@pytest.mark.long
def test_the_tests_pass_where_no_line_is_broken(copied: Path) -> None:
    code, told = outcome(copied, *dict.fromkeys(test for _, _, _, test in BROKEN))
    assert code == 0, told


def is_noticed(folder: Path, file: str, line: str, broken: str, test: str) -> None:
    """Fails where the test passes though the line is broken."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(line.strip("`")) == 1, f"{file} has no such line, or several"
    path.write_text(text.replace(line.strip("`"), broken.strip("`")), encoding="utf-8")
    code, told = outcome(folder, test)
    assert code == 1, told
    assert "1 failed" in told


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "line", "broken", "test"), BROKEN, ids=[f"{row[0]}: {row[2]}" for row in BROKEN]
)
def test_a_line_broken_on_purpose_is_noticed(
    file: str, line: str, broken: str, test: str, copied: Path
) -> None:
    is_noticed(copied, file, line, broken, test)


@pytest.mark.long
@pytest.mark.parametrize(("file", "line", "broken", "what"), TRIED, ids=[row[3] for row in TRIED])
def test_a_reader_broken_on_purpose_is_noticed_by_messy_files(
    file: str, line: str, broken: str, what: str, copied: Path
) -> None:
    is_noticed(copied, file, line, broken, "tests/test_messy.py")


def test_every_line_that_is_broken_on_purpose_is_there() -> None:
    assert len(READERS) >= 20
    assert len(LISTED) >= 10
    for file, line, _, _ in (*LISTED, *READERS):
        assert (ROOT / file).read_text(encoding="utf-8").count(line.strip("`")) == 1, line
