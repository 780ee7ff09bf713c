"""What the README shows works as shown."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import planner
from planner.cli import commands
from planner.pages.delivery import cohorts
from planner.pages.learners import portfolio

README = Path(__file__).parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)


def test_the_python_snippets_say_what_they_print() -> None:
    text = "\n".join(blocks("python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", str(README), 0)
    assert len(test.examples) >= 6
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0


def test_the_package_snippet_says_what_it_prints() -> None:
    found = doctest.testmod(planner)
    assert found.attempted >= 3
    assert found.failed == 0


def test_it_is_a_front_door() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    first_screen = text.splitlines()[:30]
    for line in ("    make app ", "    make test ", "    python3 install.py", "![The plan page"):
        assert [found for found in first_screen if found.startswith(line)], line


def test_the_table_of_questions_has_every_command_once_and_only_pages_that_there_are() -> None:
    text = README.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \| ?([^|]*?) ?\|$", text, re.M)
    assert sorted(name for _, name, _ in rows) == sorted(commands.COMMANDS)
    router = README.parent / "planner" / "pages" / "router.py"
    titles = set(re.findall(r'title="([^"]+)", url_path', router.read_text(encoding="utf-8")))
    titles |= {portfolio.TITLE, cohorts.PLACE.title}
    assert {page for _, _, page in rows} - {""} <= titles


def test_files_and_pictures_it_points_to_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert len(links) >= 4
    for link in links:
        assert (README.parent / link).is_file(), link
