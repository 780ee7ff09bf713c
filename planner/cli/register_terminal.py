"""What the commands of the register print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from planner.catalogue.qualification import in_words
from planner.cli.console import print_line, print_list, print_table
from planner.records.portfolios import STATUSES
from planner.report import tables
from planner.rules.measure import numbered

if TYPE_CHECKING:
    from planner.register import About, Erased, Merged, Verification


def print_imports(found: Sequence[tuple[str, Merged]]) -> None:
    """What files came to, or the undoing of one: rows, and what was not taken."""
    for source, merged in found:
        rows = (f"{getattr(merged, name)} {name}" for name in ("new", "changed", "unchanged"))
        number = f" Import {merged.import_id}." if merged.import_id else " Nothing was to be changed."
        print_line(f"{source}: {', '.join(rows)}, {len(merged.disputes)} in conflict.{number}", "bold")
        print_list(merged.disputes, "Not taken:")
        print_list(merged.problems, "Could not be read, or is doubted:")
        for words in tables.how_read_words(merged.sheets):
            print_line(words, "dim")


def print_export(registrations: int, head: str) -> None:
    """How much an export holds, and what to note of the history."""
    print_line(f"{numbered(registrations, 'registration')}.", "bold")
    if head:
        print_line(f"Head of the history, to be noted: {head}", "dim")


def print_learners(rows: Sequence[Mapping[str, Any]]) -> None:
    """Who is registered, one a row."""
    if not rows:
        print_line("Nobody is registered.")
        return
    heads = ("Learner", "Name", "Qualification", "Assessor", "Rules met", "Units")
    print_table(heads, (_learner(row) for row in rows))


def _learner(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = Counter(row["units"].values())
    units = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    met = "yes" if row["rules_met"] else "not yet"
    return row["learner"], row["name"], row["qualification"], row["assessor"], met, units


def print_about(found: About) -> None:
    """How much is kept about one learner, and what happened."""
    counts = Counter(table.partition("_")[0] for table, _ in found.rows if table != "person")
    kept = (numbered(count, noun) for noun, count in counts.items())
    print_line(f"{found.learner}: {', '.join(kept)}, {numbered(len(found.events), 'event')}.", "bold")
    print_list((each.happened for each in found.events), "What happened:")
    print_list((f"{table} {row}, {name}" for table, row, name in found.elsewhere), "Named elsewhere:")
    print_line("In full: --json, or --xlsx FILE.", "dim")


def print_due(rows: Sequence[Mapping[str, Any]], until: date) -> None:
    """Who is due for erasing."""
    if not rows:
        print_line(f"Of everybody something has been heard after {in_words(until)}.")
        return
    heads = ("Learner", "Name", "Last heard of", "Rules met")
    print_line(f"Nothing heard after {in_words(until)}: {numbered(len(rows), 'learner')}.", "bold")
    print_table(heads, (_due(row) for row in rows))
    print_line("Nobody is erased by this: `register erase LEARNER --reason TEXT` does it.", "dim")


def _due(row: Mapping[str, Any]) -> tuple[str, ...]:
    met = (f"{each['qualification']}: {_MET[each['rules_met']]}" for each in row["qualifications"])
    return row["learner"], row["name"], row["last"], ", ".join(met)


_MET = {True: "yes", False: "no", None: "not on file"}


def print_erased(found: Erased) -> None:
    """What was erased, and where else somebody was named."""
    events, registrations = numbered(found.events, "event"), numbered(found.registrations, "registration")
    print_line(f"Erased, with {registrations} and what {events} told.", "bold")
    print_list(
        (f"{table} {row}, {name}" for table, row, name in found.redacted),
        "Named elsewhere, and redacted there:",
    )
    print_line("Backups and exports made before still hold the name: delete them.")


def print_verification(found: Verification) -> None:
    """Whether the history is whole, and if not, what is wrong."""
    events = numbered(found.events, "event")
    erased = f", {found.erased} erased" if found.erased else ""
    if found.intact:
        print_line(f"Whole: {events}{erased}.", "green")
    else:
        print_line("Not what was written.", "red bold")
    if found.broken_at is not None:
        print_line(f"The first event that was altered or is missing: {found.broken_at} of {events}.")
    if found.missing:
        print_line("The head that was noted is not in it: events were cut off, or all were written anew.")
    print_list(
        (f"{table} {row}" for table, row in found.altered),
        "Changed past the register, without an event:",
    )
    if found.head:
        print_line(f"Head of the history, to be noted: {found.head}", "dim")
