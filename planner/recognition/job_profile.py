"""The job profile: what the job is like, as a public careers service says, `data/job-profile.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from planner.catalogue.loading import data_folder, load_all
from planner.catalogue.qualification import Qualification
from planner.catalogue.rule_file import FileTable, Name, Text, read_whole
from planner.errors import Problem, nearest, refuse
from planner.planning.robustness import perhaps_optional

FILE = "job-profile.toml"


Pounds = Annotated[int, Field(ge=0, le=1_000_000)]
Hours = Annotated[int, Field(ge=1, le=168)]


class DayTask(FileTable):
    """Something people do all day; `tasks` are the ids of what `data/tasks.csv` says of it."""

    text: Name
    tasks: list[Name] = Field(default_factory=list)


class TaskGroup(FileTable):
    """Things people do at work that belong together; `tasks` gives each id of `data/tasks.csv` short words.

    `none` is what somebody says who does none of them: I don't sell.
    """

    title: Name
    none: Text = ""
    tasks: Annotated[dict[Name, Name], Field(min_length=1)]


class JobProfile(FileTable):
    """A job as its source describes it: pay in pounds a year, hours a week.

    `attribution` is to be shown wherever any of it is: the licence asks for it.
    """

    title: Name
    other_names: list[Name] = Field(default_factory=list)
    region: Text = ""
    summary: Name
    attribution: Name
    source: Name
    verified: date
    salary_starter_gbp: Pounds
    salary_experienced_gbp: Pounds
    hours_least: Hours
    hours_most: Hours
    patterns: list[Name] = Field(default_factory=list)
    environment: Text = ""
    career_tips: list[Name] = Field(default_factory=list)
    bodies: list[Name] = Field(default_factory=list)
    skills: list[Name] = Field(default_factory=list)
    day: Annotated[list[DayTask], Field(min_length=1)]
    group: list[TaskGroup] = Field(default_factory=list)

    @property
    def pay_words(self) -> str:
        """The pay in words."""
        return (
            f"£{self.salary_starter_gbp:,} (starter) to £{self.salary_experienced_gbp:,} (experienced) a year"
        )

    @property
    def hours_words(self) -> str:
        """The hours in words."""
        least, most = self.hours_least, self.hours_most
        return f"{most} hours a week" if least == most else f"{least} to {most} hours a week"

    def to_json(self) -> dict[str, Any]:
        """The profile as JSON."""
        return {
            "title": self.title,
            "other_names": self.other_names,
            "region": self.region,
            "summary": self.summary,
            "salary_gbp": {"starter": self.salary_starter_gbp, "experienced": self.salary_experienced_gbp},
            "hours_a_week": {"least": self.hours_least, "most": self.hours_most},
            "patterns": self.patterns,
            "environment": self.environment,
            "career_tips": self.career_tips,
            "bodies": self.bodies,
            "skills": self.skills,
            "day": [{"text": item.text, "tasks": item.tasks} for item in self.day],
            "groups": [
                {"title": group.title, "none": group.none, "tasks": group.tasks} for group in self.group
            ],
            "attribution": self.attribution,
            "source": self.source,
            "verified": self.verified.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """A group of tasks that a qualification knows: what is asked of a learner at once.

    `tasks` has the words for each task's id. Who does none of them says `none`; `units` are then left out.
    """

    title: str
    none: str
    tasks: Mapping[str, str]
    units: frozenset[str]


OTHER_WORK = "Other work"
"""The group of the tasks that stand in none."""


def work_groups(profile: JobProfile | None, qualification: Qualification) -> tuple[WorkGroup, ...]:
    """The tasks of a qualification by the groups of the profile, what stands in none of them last.

    Without these tasks most evidence for a unit is missing: so units are left out, but those nobody can do
    without, that more of a group's tasks show than of all others.
    """
    shown = Counter(ref for task in qualification.tasks.values() for ref in task.evidence)
    optional = perhaps_optional(qualification)
    groups = [(group.title, group.none, group.tasks) for group in (profile.group if profile else ())]
    grouped = {name for _, _, tasks in groups for name in tasks}
    others = {name: task.title for name, task in qualification.tasks.items() if name not in grouped}
    found = []
    for title, none, words in (*groups, (OTHER_WORK, "", others)):
        tasks = {name: text for name, text in words.items() if name in qualification.tasks}
        of_these = Counter(ref for name in tasks for ref in qualification.tasks[name].evidence)
        units = frozenset(ref for ref, n in of_these.items() if ref in optional and 2 * n > shown[ref])
        if tasks:
            found.append(WorkGroup(title, none if units else "", tasks, units))
    return tuple(found)


def load_profile(data: str | Path | None = None) -> JobProfile | None:
    """The job profile of a data folder (default: the data that ships); None without that file.

    Raises
    ------
    DataError
        With every problem of the file: unknown keys, wrong values, tasks that no qualification knows.
    """
    folder = data_folder(data)
    path = folder / FILE
    if not path.exists():
        return None
    profile = read_whole(JobProfile, path)
    known = _known_tasks(folder)
    refuse(
        [
            *_disordered(str(path), profile),
            *_unknown_tasks(str(path), profile, known),
            *_grouped_twice(str(path), profile),
        ]
    )
    return profile


def _known_tasks(folder: Path) -> set[str]:
    """The ids of the tasks of every qualification in the folder."""
    return {name for qualification in load_all(folder).values() for name in qualification.tasks}


def _disordered(source: str, profile: JobProfile) -> Iterator[Problem]:
    """A least figure above its greatest."""
    for field, other in (("salary_starter_gbp", "salary_experienced_gbp"), ("hours_least", "hours_most")):
        low, high = getattr(profile, field), getattr(profile, other)
        if low > high:
            yield Problem(source, f"is more than {other} ({high})", field=field, value=str(low))


def _unknown_tasks(source: str, profile: JobProfile, known: set[str]) -> Iterator[Problem]:
    named = [(f"day[{number}]", item.tasks) for number, item in enumerate(profile.day, start=1)]
    named += [(f"group[{number}]", [*group.tasks]) for number, group in enumerate(profile.group, start=1)]
    for field, tasks in named:
        for name in tasks:
            if name not in known:
                message = f"no qualification has a task with this id{nearest(name, sorted(known))}"
                yield Problem(source, message, field=f"{field}.tasks", value=name)


def _grouped_twice(source: str, profile: JobProfile) -> Iterator[Problem]:
    """A task in two groups: it would be asked twice."""
    times = Counter(name for group in profile.group for name in group.tasks)
    for name, number in times.items():
        if number > 1:
            yield Problem(source, "this task stands in two groups", field="group.tasks", value=name)
