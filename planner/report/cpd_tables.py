"""The tables of a cycle of professional development that screen and workbook share, as data frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import CpdLog
from planner.cpd.scheme import Reading
from planner.cpd.tracking import spread, tracker
from planner.files.dates import date_text
from planner.rules.measure import numbered


def time_words(minutes: int) -> str:
    """A time in hours and minutes, such as "160 h" or "2 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return f"{hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def cycle_words(plan: CyclePlan) -> str:
    """The answer in a sentence or two: whether the cycle can be met, the effort, and if it is proven."""
    if plan.status == "unknown":
        return "Not decided in the time given."
    if plan.status == "infeasible":
        if not plan.found:
            return "The rules cannot all be met; this is proven."
        lost = f"{len(plan.lost)} of them cannot be met"
        return f"The rules cannot all be met; this is proven. {lost}, the plan below meets all others."
    if not plan.new:
        return f"The rules are met: {numbered(plan.points, 'point')} count, nothing is left to do."
    proven = all(goal.proven for goal in plan.goals)
    ending = "no plan is better, this is proven" if proven else "not proven to be the best"
    return f"{time_words(plan.minutes)} still to do; {numbered(plan.points, 'point')} will count; {ending}."


def spread_words(plan: CyclePlan) -> str:
    """How what is to be done is spread over the years left; empty where one is left, or nothing to do."""
    found = spread(plan)
    if not found or plan.intent.year >= plan.reading.years:
        return ""
    parts = (
        f"{plan.reading.categories[category]} {', '.join(map(str, times))}"
        for category, times in found.items()
    )
    return f"Activities from year {plan.intent.year} on, spread over the years: {'; '.join(parts)}."


def year_words(reading: Reading, year: int) -> str:
    """A year of the cycle, such as "year 2 of 3"."""
    return f"year {year} of {reading.years}" if year <= reading.years else "the cycle is over"


def caveat_words(reading: Reading) -> str:
    """Who decides what counts: never the planner."""
    return f"This is arithmetic, no certificate: only the {reading.body} decides which activities count."


def steps_table(plan: CyclePlan) -> pd.DataFrame:
    """What is still to be done, one activity and year a row, year by year; `When` marks the running year."""
    columns = ["Year", "When", "Ref", "Activity", "Category", "Times", "Points", "Hours", "Minutes"]
    rows = [
        {
            "Year": step.year,
            "When": "now" if step.year == plan.intent.year else "later",
            "Ref": step.activity.ref,
            "Activity": step.activity.title,
            "Category": plan.reading.categories[step.activity.category],
            "Times": step.times,
            "Points": step.points,
            "Hours": time_words(step.minutes),
            "Minutes": step.minutes,
        }
        for step in plan.steps
    ]
    return pd.DataFrame(rows, columns=columns)


def tracker_table(plan: CyclePlan) -> pd.DataFrame:
    """Points by category and year, earned + planned, of the minimum; one area of categories a row."""
    rows: dict[str, list[str]] = {}
    for cell in tracker(plan):
        figure = f"{cell.earned} + {cell.planned}" if cell.earned or cell.planned or cell.at_least else "–"
        low = "" if cell.at_least is None else f" of {cell.at_least}"
        high = "" if cell.at_most is None or cell.year is not None else f", at most {cell.at_most}"
        rows.setdefault(cell.title, []).append(figure + low + high)
    columns = ["Earned + planned", *(f"Year {year}" for year in range(1, plan.reading.years + 1)), "Cycle"]
    return pd.DataFrame([[title, *figures] for title, figures in rows.items()], columns=columns)


def readings_table(plans: Iterable[CyclePlan]) -> pd.DataFrame:
    """What each reading would cost, one plan a row; figures are empty where there is no plan."""
    rows = [
        {
            "Reading": plan.reading.id,
            "Title": plan.reading.title,
            "Status": plan.status,
            "Points": plan.points if plan.found else None,
            "Hours": time_words(plan.minutes) if plan.found else "",
            "Minutes": plan.minutes if plan.found else None,
            "Cannot be met": "; ".join(rule.text for rule in plan.lost),
        }
        for plan in plans
    ]
    columns = ["Reading", "Title", "Status", "Points", "Hours", "Minutes", "Cannot be met"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"Points": "Int64", "Minutes": "Int64"})


def costs_table(plans: Iterable[CyclePlan]) -> pd.DataFrame:
    """What each reading would cost, in words; what cannot be met stands there if anything is."""
    frame = readings_table(plans).drop(columns="Minutes")
    return frame if any(frame["Cannot be met"]) else frame.drop(columns="Cannot be met")


def log_table(log: CpdLog) -> pd.DataFrame:
    """The entries of a log, one a row; a sheet of it is read back by `read_log` without loss."""
    activities = log.reading.activities
    rows = [
        {
            "Activity": entry.ref,
            "Title": activities[entry.ref].title,
            "Date": date_text(entry.date),
            "Year": entry.year,
            "Times": entry.times,
            "Points": entry.times * activities[entry.ref].points,
            "Minutes": entry.minutes,
            "Note": entry.note,
        }
        for entry in log.entries
    ]
    columns = ["Activity", "Title", "Date", "Year", "Times", "Points", "Minutes", "Note"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"Year": "Int64", "Times": "Int64", "Points": "Int64", "Minutes": "Int64"})


def surplus_words(plan: CyclePlan) -> Sequence[str]:
    """What was done and does not count, one sentence an activity."""
    found: dict[str, int] = {}
    for name, times in plan.surplus.items():
        ref = plan.reading.slots[name][0].ref
        found[ref] = found.get(ref, 0) + times
    titles = {ref: plan.reading.activities[ref].title for ref in found}
    return [
        f"{titles[ref]}: {times} of those done {'does' if times == 1 else 'do'} not count"
        for ref, times in found.items()
    ]
