"""What is asked with "did you mean": the word that was mistyped, never one that says something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from typing import get_args

import pytest
from pydantic import BaseModel

from planner.catalogue import rule_file, units
from planner.cpd import scheme
from planner.errors import Problem, nearest
from planner.recognition import scheme_file
from planner.records import GOALS, cohort_rows, portfolios


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a kind of file, of the tables inside it too."""
    todo, seen = [model], set()
    while todo:
        if (table := todo.pop()) not in seen:
            seen.add(table)
            yield from table.model_fields
            todo += [each for field in table.model_fields.values() for each in tables_in(field.annotation)]


def tables_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from tables_in(part)


def keys_within(module: ModuleType) -> set[str]:
    """The keys of every table that a module reads."""
    found = (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, BaseModel))
    return {key for table in found for key in keys_of(table)}


LISTS: dict[str, list[str]] = {
    "rule files": sorted(set(keys_of(rule_file.QualificationEntry))),
    "readings": sorted(keys_within(scheme)),
    "recognition": sorted(keys_within(scheme_file)),
    "statuses": list(portfolios.STATUSES),
    "goals": list(GOALS),
    "columns of units": [*units.COLUMNS, *units.OPTIONAL_COLUMNS],
    "columns of a cohort": list(cohort_rows.COLUMNS),
}
"""The words that people mistype."""

FRONTS = ("not ", "not_", "not yet ", "never_", "no-", "non-", "un", "non", "in", "dis", "mis", "re", "pre", "partly ",
          "nearly_", "half ", "without ", "anti", "min_", "max ", "before_", "de", "semi")  # fmt: skip
ENDS = ("_percent", " not", "_no", " refused", "_missing", " without", "_until", "-percent", " late")
OPPOSITES = {
    "least": "most", "min": "max", "pin": "exclude", "starts": "ends", "before": "after", "with": "without",
    "planned": "unplanned", "minimum": "maximum", "include": "exclude", "above": "below", "internal": "external",
    "trainer": "trainee", "import": "export", "ascending": "descending", "valid": "invalid", "increase": "decrease",
    "upper": "lower", "employer": "employee",
}  # fmt: skip


def named(text: str, known: list[str]) -> str:
    """The word that is asked for; empty if none is."""
    found = re.fullmatch(r"; did you mean (.+)\?", nearest(text, known))
    return found[1] if found else ""


@pytest.mark.parametrize("name", LISTS)
def test_a_word_with_something_before_or_behind_it_is_not_taken_for_it(name: str) -> None:
    known, tried = LISTS[name], 0
    for word in known:
        for text in (*(front + word for front in FRONTS), *(word + end for end in ENDS)):
            if text not in known and len(word) > 2:
                tried += 1
                assert named(text, known) != word, text
                assert named(word, [text]) == "", text
    assert tried > 20 * len(known)


def test_an_opposite_is_never_asked_for() -> None:
    tried = 0
    for one, two in [*OPPOSITES.items(), *((b, a) for a, b in OPPOSITES.items())]:
        for around in ("{}", "level_at_{}", "{}_credits", "{} of the group", "{}s"):
            tried += 1
            assert named(around.format(one), [around.format(two)]) == "", (one, two)
    for known in LISTS.values():
        for word in known:
            for one, two in [*OPPOSITES.items(), *((b, a) for a, b in OPPOSITES.items())]:
                text = "_".join(two if part == one else part for part in word.split("_"))
                if text not in known:
                    tried += 1
                    assert named(text, known) != word
    assert tried > 180


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("level_at_most", "level_at_least"), ("not assessed", "assessed"), ("at_least_percent", "at_least"),
        ("partly assessed", "assessed"), ("unassessed", "assessed"), ("unasessed", "assessed"),
        ("not yet submitted", "submitted"), ("resubmitted", "submitted"), ("max_glh", "min_glh"),
        ("group", "not_group"), ("not in progress", "in progress"), ("glh", "min_glh"), ("inactive", "active"),
        ("level", "level"),
    ],
)  # fmt: skip
def test_words_that_say_something_else_are_not_asked_for(text: str, known: str) -> None:
    assert nearest(text, [known]) == ""


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("level_atleast", "level_at_least"), ("levelatleast", "level_at_least"), ("inprogress", "in progress"),
        ("progress", "in progress"), ("in_progess", "in progress"), ("titel", "title"), ("glhs", "glh"),
        ("L/601/0999", "L/601/0933"), ("K 503 0421", "K/503/0421"), ("600/5106/2", "600/5106/1"), ("b", "B"),
        ("level_at_lest", "level_at_least"), ("not_grop", "not_group"), ("artikle", "article"),
    ],
)  # fmt: skip
def test_what_is_only_mistyped_is_asked_for(text: str, known: str) -> None:
    assert named(text, ["something", known, "not_this", "level_at_most"]) == known


@pytest.mark.parametrize("name", LISTS)
def test_one_slip_of_the_pen_still_finds_the_word(name: str) -> None:
    known, tried = LISTS[name], 0
    for word in (word for word in known if len(word) > 4):
        for place in range(1, len(word) - 1):
            dropped = word[:place] + word[place + 1 :]
            swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            doubled = word[:place] + word[place] + word[place:]
            for text in {dropped, swapped, doubled} - {*known}:
                tried += 1
                assert named(text, known).rstrip("s") == word.rstrip("s"), text  # group and groups
    assert tried > 5 or name == "goals"


def test_texts_too_long_to_compare_are_not_asked_for() -> None:
    assert named("a" * 100, ["a" * 99]) == "a" * 99
    assert named("a" * 101, ["a" * 100]) == ""


def test_a_problem_says_nothing_that_nobody_said() -> None:
    assert Problem("a", "b") == Problem("a", "b", None, "", "", "", {}, "")
    assert Problem("a", "b") == Problem("a", "b", data={"limit": 1})  # what is told alike is the same
    assert Problem("a", "b").to_json() == {"row": None, "field": "", "value": "", "message": "b"}
