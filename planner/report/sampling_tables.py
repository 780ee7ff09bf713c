"""A sample of assessments in tables and words, and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from planner.assurance.policy import Policy
from planner.assurance.sampling import OUTCOME, Assessment, Sample, Sampling, Stratum
from planner.catalogue.qualification import in_words
from planner.errors import Problem
from planner.report.cohort_book import rejected_sheet
from planner.report.workbook_kit import PlainBook
from planner.rules.measure import numbered


def sample_words(sample: Sample) -> str:
    """What to sample, and how sure that is, in one sentence."""
    if not sample.found:
        return "Not decided in the time given: there may be a sample."
    size = f"{numbered(len(sample.sample), 'assessment')} to sample"
    drawn = f"Drawn by the seed {sample.seed}."
    if waiting := len(sample.waiting):
        are = "is" if waiting == 1 else "are"
        drawn += f" {numbered(waiting, 'assessment')} drawn before {are} still to be sampled."
    if sample.status == "optimal":
        return f"{size}: no smaller sample keeps the policy; this is proven. {drawn}"
    return f"{size}; whether fewer would do is not decided, {sample.bound} at least. {drawn}"


def unmet_words(stratum: Stratum) -> str:
    """What a rule asks for that is not there."""
    there = f"{stratum.available} of {stratum.needed} asked for can be sampled"
    return f"{stratum.rule.text} ({stratum.words}): {there}."


def sample_table(sample: Sample) -> pd.DataFrame:
    """The assessments to sample, one a row, those first that were drawn before."""
    return _assessments(sample.policy, (*sample.waiting, *sample.sample))


def sampled_table(sample: Sample) -> pd.DataFrame:
    """The assessments sampled before, one a row, and what that came to."""
    frame = _assessments(sample.policy, sample.sampled)
    outcomes = [(each.sampling or Sampling()).cells for each in sample.sampled]
    for place, name in enumerate(OUTCOME):
        frame[head_of(name)] = pd.Series([cells[place] for cells in outcomes], dtype=object)
    return frame


def actions_table(sample: Sample, today: date) -> pd.DataFrame:
    """The actions still to be done, one a row, what is overdue first."""
    found = [(each, each.sampling) for each in sample.before if each.sampling and each.sampling.open]
    found.sort(key=lambda pair: pair[1].due or date.max)
    rows = [
        (one.action, in_words(one.due), "yes" if one.due and one.due < today else "no", each.assessor,
         each.learner, each.unit)
        for each, one in found
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Action", "Due", "Overdue", "Assessor", "Learner", "Ref"])


def _assessments(policy: Policy, found: Sequence[Assessment]) -> pd.DataFrame:
    rows = [
        (
            each.learner,
            each.unit,
            each.assessor,
            each.day,
            each.iqa,
            *(each.cells.get(name, "") for name in policy.columns),
        )
        for each in found
    ]
    columns = ["Learner", "Ref", "Assessor", "Date", "IQA", *map(head_of, policy.columns)]
    return pd.DataFrame(rows, columns=columns).astype({"Date": object})


def strata_table(sample: Sample) -> pd.DataFrame:
    """What the policy asks of each stratum, one a row, what is not met first."""
    strata = sorted(sample.strata, key=lambda stratum: stratum.met)
    rows = [
        (each.rule.text, each.words, each.needed, each.available, each.sampled, "yes" if each.met else "no")
        for each in strata
    ]
    return pd.DataFrame(rows, columns=["Rule", "Of", "Needed", "Available", "Sampled", "Met"])


def heat_table(sample: Sample) -> pd.DataFrame:
    """How many assessments of each unit each assessor made, and how many are sampled, as `2 of 5`."""
    chosen = {each.key for each in sample.sample}
    counts: dict[tuple[str, str], list[int]] = {}
    for each in sample.assessments:
        cell = counts.setdefault((each.assessor, each.unit), [0, 0])
        cell[0] += each.key in chosen or each.key in sample.done
        cell[1] += 1
    units = sorted({unit for _, unit in counts})
    rows = [
        [
            assessor,
            *(
                "{} of {}".format(*counts[assessor, unit]) if (assessor, unit) in counts else ""
                for unit in units
            ),
        ]
        for assessor in sorted({assessor for assessor, _ in counts})
    ]
    return pd.DataFrame(rows, columns=["Assessor", *units])


def head_of(column: str) -> str:
    """A column of a file as the head of a table."""
    return column.replace("_", " ").capitalize()


DAYS = ("Sampled on", "Action due", "Action done")

WIDTHS = {"Learner": 20, "Assessor": 20, "Outcome": 30, "Action": 40}
"""Characters of the columns of assessments that are not as wide as a date."""


def sampling_workbook(sample: Sample, problems: Sequence[Problem] = (), today: date | None = None) -> bytes:
    """The sample as the bytes of an .xlsx file, with room for what each sampling came to.

    It can be handed in again as what was done: rows with a day under Sampled on then count.
    """
    book = PlainBook("Sampling plan", sample.policy.title, today)
    sheets = book.add("Sample", "Sampled", "Strata", "Heat map", "Rejected rows", "About")
    frame = sample_table(sample)
    for column in map(head_of, OUTCOME):
        frame[column] = ""
    hint = f"{sample_words(sample)} Note here what each came to, and hand the file in again as what was done."
    none = "Nothing: the policy is kept."
    book.listing(sheets["Sample"], hint, frame, _widths(frame), none=none)
    book.dates_to_type(sheets["Sample"], frame, DAYS)
    frame = sampled_table(sample)
    hint = "What was sampled before, with what it came to. An action without a day under Action done is open."
    book.listing(sheets["Sampled"], hint, frame, _widths(frame))
    book.dates_to_type(sheets["Sampled"], frame, DAYS)
    hint = "What the policy asks of each stratum: the assessments that agree in some columns."
    widths = {"Rule": 56, "Of": 40, "Needed": 9, "Available": 9, "Sampled": 9, "Met": 7}
    book.listing(sheets["Strata"], hint, strata_table(sample), widths)
    heat = heat_table(sample)
    hint = "How many assessments of each unit are sampled, of those each assessor has made to date."
    book.listing(sheets["Heat map"], hint, heat, dict.fromkeys(heat.columns, 14.0) | {"Assessor": 24.0})
    rejected_sheet(book, sheets["Rejected rows"], problems)
    drawn = today or date.today()
    facts = [
        ("Policy", sample.policy.title),
        ("Source", sample.policy.source),
        ("Seed of the draw", str(sample.seed)),
    ]
    book.about_sheet(sheets["About"], [*facts, ("Drawn on", in_words(drawn))], [sample_words(sample)])
    return book.content(first="Sample")


def _widths(frame: pd.DataFrame) -> dict[str, float]:
    return {column: WIDTHS.get(column, 14.0) for column in frame.columns}
