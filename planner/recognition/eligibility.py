"""Facts about a person or a centre as they come in: typed, from a file, measured by another part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from planner.catalogue.units import find_ref
from planner.cpd.log import CpdLog, points_since
from planner.cpd.scheme import Reading
from planner.cpd.tracking import each_year_met, most_points
from planner.errors import DataError, Problem, nearest, refuse
from planner.files.headers import Shape
from planner.files.sheets import grids
from planner.files.tables import SheetRead, read_tables
from planner.files.text_files import csv_bytes, whole
from planner.files.wording import Wording
from planner.recognition.schemes import LONGEST_ID, Fact, Measured, Recognition, impossible_facts

YES = ("yes", "true", "1", "y", "x")
NO = ("no", "false", "0", "n", "")

MOST_WRONG = 1_000
"""Rows that cannot be read, after which a file is read no further: it is about something else."""

FACT_COLUMNS = ("scheme", "fact", "value")

# Facts as people type them


def read_fact(recognition: Recognition, name: str, text: str, source: str) -> tuple[str, int]:
    """A fact's id and its value, typed as people type them.

    Raises
    ------
    DataError
        For an unknown fact, or a value that it cannot have.
    """
    known = _found(name, recognition.facts)
    if known is None:
        hint = nearest(name[:LONGEST_ID], list(recognition.facts))
        message = f"{recognition.id} has no such fact{hint}"
        raise DataError([Problem(source, message, field="fact", value=name[:LONGEST_ID] or "(empty)")])
    fact = recognition.facts[known]
    value = _value(fact, text)
    if value is None:
        shown = text[:LONGEST_ID] or "(empty)"
        raise DataError([Problem(source, fact.wanted, field=fact.id, value=shown)])
    return known, value


def typed_fact(recognitions: Mapping[str, Recognition], text: str, source: str) -> tuple[str, str, int]:
    """The scheme's id, the fact's id and the value that `icco.service=18` means.

    Raises
    ------
    DataError
        For another form, an unknown scheme or fact, or a value that the fact cannot have.
    """
    address, equals, value = text.partition("=")
    scheme, dot, name = address.partition(".")
    if not (equals and dot):
        message = "must be a scheme, a fact and its value, such as icco.service=18"
        raise DataError([Problem(source, message, value=text[:LONGEST_ID] or "(empty)")])
    found = find_recognition(recognitions, scheme.strip(), source)
    return found.id, *read_fact(found, name.strip(), value, source)


def find_recognition(recognitions: Mapping[str, Recognition], name: str, source: str) -> Recognition:
    """The scheme with this id, typed as people type it.

    Raises
    ------
    DataError
        If there is none.
    """
    known = _found(name, recognitions)
    if known is None:
        hint = nearest(name[:LONGEST_ID], list(recognitions))
        message = f"no scheme on file has this id{hint} (on file: {', '.join(recognitions) or 'none'})"
        raise DataError([Problem(source, message, field="scheme", value=name[:LONGEST_ID] or "(empty)")])
    return recognitions[known]


def _found(name: str, known: Iterable[str]) -> str | None:
    return find_ref(name, known) if len(name) <= LONGEST_ID else None


def _value(fact: Fact, text: str) -> int | None:
    folded = text.strip().casefold()
    if fact.kind == "yes":
        return int(folded in YES) if folded in YES or folded in NO else None
    return whole(folded, 0, fact.most)


# Facts from a file


@dataclass(frozen=True, slots=True)
class FactsFile:
    """The facts of a table, by scheme and fact, what of it could not be read, and how it was read."""

    facts: dict[str, dict[str, int]]
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()


def read_facts(
    source: str, content: bytes, recognitions: Mapping[str, Recognition], wording: Wording | None = None
) -> tuple[dict[str, dict[str, int]], tuple[Problem, ...]]:
    """The facts of a table, by scheme and fact, and what of it could not be read; see `facts_file`."""
    found = facts_file(source, content, recognitions, wording)
    return found.facts, found.problems


def facts_file(
    source: str, content: bytes, recognitions: Mapping[str, Recognition], wording: Wording | None = None
) -> FactsFile:
    """The facts of a table, by scheme and fact, and how it was read.

    The table (.csv, .xlsx) has the columns `scheme`, `fact` and `value`; a fact whose value is blank has not
    been said. `source` is the file's name as the user knows it, `wording` what its headers mean.

    Raises
    ------
    DataError
        The file cannot be read, or every row that says something is wrong.
    """
    read = read_tables(source, grids(source, content), [Shape("Facts", FACT_COLUMNS)], wording)
    facts: dict[str, dict[str, int]] = {}
    rows: dict[tuple[str, str], int] = {}
    wrong: list[Problem] = []
    for row in read.rows:
        if len(wrong) >= MOST_WRONG:
            message = f"nothing was read from row {row.number} on: {MOST_WRONG:,} rows are wrong"
            wrong.append(Problem(source, message, row=row.number))
            break
        try:
            scheme = find_recognition(recognitions, row["scheme"], source)
            # A blank says nothing, yet whether there is such a scheme and such a fact is looked at.
            name, value = read_fact(scheme, row["fact"], row["value"] or "0", source)
        except DataError as error:
            wrong += (row.problem(p.field, p.message, p.value) for p in error.problems)
            continue
        if not row["value"]:
            continue
        before = rows.setdefault((scheme.id, name), row.number)
        if before != row.number:
            wrong.append(row.problem("fact", f"stands in row {before} already, which is taken", name))
            continue
        facts.setdefault(scheme.id, {})[name] = value
    problems = (*read.problems, *wrong)
    if wrong and not facts:
        raise DataError(problems)
    return FactsFile(facts, problems, read.sheets)


def facts_csv(facts: Mapping[str, Mapping[str, int]], recognitions: Mapping[str, Recognition]) -> bytes:
    """Facts by scheme as a CSV table that `read_facts` reads back.

    Raises
    ------
    DataError
        For a scheme or a fact that is not on file, or a value that the fact cannot have.
    """
    rows: list[tuple[object, ...]] = [FACT_COLUMNS]
    for name, values in facts.items():
        scheme = find_recognition(recognitions, name, "facts")
        refuse(impossible_facts(scheme, values))
        for fact, value in values.items():
            words = scheme.facts[fact].in_words(value) if scheme.facts[fact].kind == "yes" else value
            rows.append((scheme.id, fact, words))
    return csv_bytes(rows)


# Facts that the planner works out


def with_measured(
    recognition: Recognition, facts: Mapping[str, int], measured: Mapping[Measured, int]
) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """The facts with what was measured in place of what was typed, and a notice for each that differed.

    A log or a portfolio can be checked and a typed figure cannot, so the measured one wins, and says so.
    What was not measured stays as typed. Whose portfolio or log it is (`Recognition.qualification`,
    `rests_on`) is for the caller to see to.
    """
    found = dict(facts)
    notices = []
    for name, fact in recognition.facts.items():
        if fact.measured is None or fact.measured not in measured:
            continue
        value = measured[fact.measured]
        typed = found.get(name)
        if typed is not None and typed != value:
            words = f"is given as {fact.in_words(typed)} but measured as {fact.in_words(value)}"
            message = f"{words}: the measured value is taken"
            notices.append(Problem(recognition.id, message, field=name, value=str(typed)))
        found[name] = value
    return found, tuple(notices)


def measured_of(log: CpdLog, today: date) -> dict[Measured, int]:
    """What a log of professional development comes to by the day `today`, under its reading.

    The last 12 months are measured only if every entry has a date.
    """
    reading = log.reading
    found: dict[Measured, int] = {
        "cpd-points": most_points(reading, log.done),
        "cpd-each-year": int(each_year_met(reading, log.done)),
    }
    recent = points_since(log, reading, today)
    if not recent.undated:
        found["cpd-points-last-year"] = recent.points
    return found


OF_A_LOG: frozenset[Measured] = frozenset({"cpd-points", "cpd-points-last-year", "cpd-each-year"})
"""What a log of professional development measures."""


def rests_on(recognition: Recognition, reading: Reading) -> bool:
    """Whether an award of this scheme rests on the points of that designation."""
    measured = {fact.measured for fact in recognition.facts.values()}
    return bool(measured & OF_A_LOG) and (recognition.title.casefold() == reading.designation.casefold())
