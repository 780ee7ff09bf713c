"""What people do at work: `data/tasks.csv`, one row per task and unit it gives evidence for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from planner.catalogue.qualification import Task
from planner.catalogue.units import Unit, find_ref
from planner.errors import Problem, nearest, refuse
from planner.files.tables import read_table

COLUMNS = ("qualification", "task", "title", "ref", "reason")
OPTIONAL_COLUMNS = ("source",)


def read_tasks(path: Path, units: Mapping[str, tuple[Unit, ...]] | None) -> dict[str, dict[str, Task]]:
    """The tasks of each qualification by id; none if there is no such file.

    `units` are the units of each qualification on file; None where they cannot be read, which leaves numbers
    and refs unchecked.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    if not path.exists():
        return {}
    table = read_table(path, COLUMNS, OPTIONAL_COLUMNS)
    problems = list(table.problems)
    found: dict[str, dict[str, Task]] = {}

    def problem(number: int, field: str, value: str, message: str) -> None:
        problems.append(Problem(str(path), message, row=number, field=field, value=value or "(empty)"))

    for number, row in table.rows:
        empty = [field for field in COLUMNS if not row[field]]
        for field in empty:
            problem(number, field, "", "must not be empty")
        if empty:
            continue
        if units is not None and row["qualification"] not in units:
            message = f"no qualification on file{nearest(row['qualification'], list(units))}"
            problem(number, "qualification", row["qualification"], message)
            continue
        known = [row["ref"]] if units is None else [unit.ref for unit in units[row["qualification"]]]
        ref = find_ref(row["ref"], known)
        if ref is None:
            message = f"no unit of this qualification has this ref{nearest(row['ref'], known)}"
            problem(number, "ref", row["ref"], message)
            continue
        if row["task"].split() != [row["task"]] or not row["task"].isascii():
            problem(number, "task", row["task"], "must be one plain word")
            continue
        tasks = found.setdefault(row["qualification"], {})
        task = tasks.get(row["task"]) or Task(row["task"], row["title"], {}, row.get("source", ""))
        if task.title != row["title"]:
            problem(number, "title", row["title"], f"task {task.id} has the title {task.title!r} above")
        if ref in task.evidence:
            problem(number, "ref", row["ref"], f"task {task.id} has this unit already")
        tasks[task.id] = Task(task.id, task.title, {**task.evidence, ref: row["reason"]}, task.source)
    refuse(problems)
    return found
