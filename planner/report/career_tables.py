"""Recognition and the job profile as tables and in words: screen and terminal show the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from planner.catalogue.qualification import in_words
from planner.recognition.job_profile import JobProfile
from planner.recognition.renewals import Appointment
from planner.recognition.schemes import Career, Fact, Reach, Recognition, earliest

NO_RULES = "open to everybody: the source sets no requirement"
MET = "requirements met"
HELD = "held"
PASSED = "not possible now: a limit is passed"
SAY_MORE = "open: something is not said yet"

DISCLAIMER = (
    "Requirements met is arithmetic over what you say; whether anything is awarded is decided as shown."
)


def heading_words(recognition: Recognition) -> str:
    """The scheme with its whereabouts, said wherever it is shown."""
    return f"{recognition.title}. {recognition.whereabouts}."


def source_words(recognition: Recognition) -> str:
    """Where the scheme was read and when."""
    return f"Source: {recognition.source}; compared on {in_words(recognition.verified)}."


def state_words(reach: Reach) -> str:
    """How far an award is, in a few words."""
    if reach.held:
        return HELD
    if reach.reached:
        return MET if reach.findings else NO_RULES
    if reach.lacking is None:
        return PASSED
    if not reach.lacking:
        return SAY_MORE
    number = len(reach.lacking)
    return f"{number} {'thing' if number == 1 else 'things'} missing"


def missing_words(reach: Reach, scheme: str = "") -> tuple[str, ...]:
    """What is missing, the least first; limits that are passed and facts to say included.

    With the scheme's id each fact is followed by the name that file and command line use.
    """

    def named(words: str, fact: Fact) -> str:
        return f"{words} [{scheme}.{fact.id}]" if scheme else words

    if reach.lacking is None:
        lines = [f"{finding.rule.text} ({finding.progress})" for finding in reach.broken]
    else:
        lines = [named(item.in_words, item.fact) for item in reach.lacking]
    return (*lines, *(named(f"Say: {fact.text}", fact) for fact in reach.unsaid))


def earliest_words(reach: Reach, today: date) -> str:
    """By when what grows with time has grown; empty where nothing does."""
    day = earliest(reach, today)
    if day is None:
        return ""
    others = any(not item.fact.grows for item in reach.lacking or ())
    if_there = ", if all else is there by then" if others else ""
    return f"In {day:%B %Y} at the latest if it goes on as now{if_there}"


def career_words(career: Career) -> str:
    """Where somebody stands in one scheme, in a sentence or two."""
    met = [reach.award.title for reach in career.reached if not reach.held]
    held = [reach.award.title for reach in career.reached if reach.held]
    words = f"Held: {'; '.join(held)}. " if held else ""
    words += f"Requirements met: {'; '.join(met)}." if met else "" if held else "No requirements met yet."
    words = words.rstrip()
    if career.next is not None:
        words += f" Next: {career.next.award.title}."
    elif len(career.reached) == len(career.reaches):
        words += " Nothing is left to reach."
    return words


def awards_table(career: Career) -> pd.DataFrame:
    """The awards of a scheme in its order, one a row: how far each is, and who decides."""
    rows = [(reach.award.title, state_words(reach), reach.award.decides) for reach in career.reaches]
    return pd.DataFrame(rows, columns=["Award", "State", "Who decides"], dtype=str)


def appointments_table(found: Sequence[Appointment]) -> pd.DataFrame:
    """Appointments in order of days, one a row."""
    rows = [
        (item.day, item.recurring.text, item.recognition.title, item.recognition.whereabouts)
        for item in found
    ]
    return pd.DataFrame(rows, columns=["Day", "What falls due", "Scheme", "Whose"])


def profile_source(profile: JobProfile) -> str:
    """Where the profile was read and when."""
    return f"{profile.source}; compared on {in_words(profile.verified)}"


def profile_table(profile: JobProfile) -> pd.DataFrame:
    """The job profile, one statement a row, the source's attribution last."""
    rows = [("In short", profile.summary)]
    rows += [("Also called", name) for name in profile.other_names]
    rows += [("Pay", profile.pay_words), ("Hours", profile.hours_words)]
    rows += [("When", pattern) for pattern in profile.patterns]
    rows += [("Day to day", item.text) for item in profile.day]
    rows += [("Skills", skill) for skill in profile.skills]
    rows += [("Where", profile.environment)] if profile.environment else []
    rows += [("Career tip", tip) for tip in profile.career_tips]
    rows += [("Professional body", body) for body in profile.bodies]
    rows += [("Source", profile_source(profile)), ("Attribution", profile.attribution)]
    return pd.DataFrame(rows, columns=["About", "What"], dtype=str)
