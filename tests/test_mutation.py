"""The tool that breaks lines at random: what it breaks, what it runs, what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mutants import broken, mutants
from tests.mutation import main

MODULE = '''"""Who may enter."""

LEAST = 18


def admitted(age: int) -> bool:
    return age >= LEAST


def word(age: int) -> str:
    return f"{age} years"


def welcome(age: int) -> str:
    return f"{age} is welcome"


def lost(age: int) -> int:
    return age + 1
'''

TESTS = """
import subprocess, sys
from planner.doors import admitted, welcome


def test_both_sides_of_the_limit():
    assert admitted(18)
    assert not admitted(17)


def test_looks_at_nothing():
    welcome(2)


def test_in_a_process_of_its_own():
    said = subprocess.run([sys.executable, "-c", "from planner.doors import word; print(word(2))"], capture_output=True)
    assert said.stdout == b"2 years\\n"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A little package with tests that miss some of what they might check."""
    for name, text in {"planner/__init__": "", "planner/doors": MODULE, "tests/test_doors": TESTS}.items():
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_every_kind_of_break_is_known() -> None:
    source = "\n".join(
        [
            "def f(a: int, b: 'text') -> str:",
            "    '''Says nothing.'''",
            "    a += 1",
            "    if a < 3 and not b:",
            "        raise ValueError(f'{a} is \"low\"')",
            "    for c in sorted(b):",
            "        a = max(a, 2)",
            "    return g(b.strip(), strict=True)['key']",
        ]
    )
    assert [(mutant.line, mutant.after) for mutant in mutants("f.py", source)] == [
        (3, "pass"),
        (3, "(2)"),
        (3, "(0)"),
        (4, "(a < 3 or not b)"),
        (4, "(True)"),
        (4, "(False)"),
        (4, "(a <= 3)"),
        (4, "(a >= 3)"),
        (4, "(4)"),
        (4, "(2)"),
        (4, "(b)"),
        (5, "pass"),
        (5, "f'{a} is \"low\"X'"),
        (5, "f'{a}X is \"low\"'"),
        (6, "pass"),
        (6, "(b)"),
        (7, "(min(a, 2))"),
        (7, "(3)"),
        (7, "(1)"),
        (8, "return None"),
        (8, "(b)"),
    ]


def test_a_break_changes_its_place_and_nothing_else() -> None:
    source = "FEE = '£'; LEAST = 1\nMOST = 2\n"
    (most,) = [mutant for mutant in mutants("fees.py", source) if mutant.after == "(3)"]
    assert broken(source, most) == "FEE = '£'; LEAST = 1\nMOST = (3)\n"
    (least,) = [mutant for mutant in mutants("fees.py", source) if mutant.after == "(0)"]
    assert broken(source, least) == "FEE = '£'; LEAST = (0)\nMOST = 2\n"


def test_what_the_tests_notice_and_what_not(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (checkout / "planner" / "doors.py").read_bytes()
    assert main(["--sample", "9", "--seed", "5", "--least", "61"], checkout) == 1
    rows = json.loads((checkout / "build" / "mutation" / "5.json").read_text(encoding="utf-8"))
    assert {(row["line"], row["fate"], row["by"].split("::")[-1]) for row in rows} == {
        (3, "failed", "test_both_sides_of_the_limit"),
        (7, "failed", "test_both_sides_of_the_limit"),
        (11, "failed", "test_in_a_process_of_its_own"),
        (15, "survived", "1 tests"),
        (19, "unreached", "0 tests"),
    }
    assert (checkout / "planner" / "doors.py").read_bytes() == before
    printed = capsys.readouterr().out
    assert "seed 5: 5 of 5 lines\nmapping test_doors.py\n" in printed
    assert "noticed 3 of 5 (60%), seed 5, build/mutation/5.json" in printed


@pytest.mark.long
def test_a_second_run_tries_survivors_again_once_tests_have_changed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--sample", "1", "--modules", "planner/doors.py"]
    (checkout / "planner" / "doors.py").write_text(
        "def welcome(age: int) -> str:\n    return f'{age} is welcome'\n"
    )
    tests = checkout / "tests" / "test_doors.py"
    tests.write_text("from planner.doors import welcome\ndef test_it():\n    welcome(2)\n")
    assert main([*line, "--seed", "5", "--least", "1"], checkout) == 1
    tests.write_text(
        "from planner.doors import welcome\ndef test_it():\n    assert welcome(2) == '2 is welcome'\n"
    )
    assert main([*line, "--seed", "5", "--least", "100"], checkout) == 0
    assert capsys.readouterr().out.count("mapping test_doors.py") == 2
