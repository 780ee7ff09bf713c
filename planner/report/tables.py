"""The tables that screen and workbook share, as data frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from planner.catalogue.qualification import CREDIT_HOURS, Qualification, in_words
from planner.cohort.batch import Answer
from planner.errors import Problem
from planner.files.tables import SheetRead
from planner.files.wording import folded
from planner.planning.result import Plan, listed
from planner.records.goals import EVERY_GOAL
from planner.rules.measure import Finding, numbered
from planner.rules.rule import told

YES, NO, WAIVED = "yes", "no", "waived"


RESERVE = "in reserve"
"""Of a unit that does not count and is achieved all the same, in case one that counts fails."""

MOST_TITLES = 2
"""Units of one group that a short sentence names; more are counted."""

MORE_CONFLICTS = "There are more conflicts than these."


def nested(findings: tuple[Finding, ...], depth: int = 0) -> Iterator[tuple[int, Finding]]:
    """Findings and the parts of their choices, each with its depth."""
    for finding in findings:
        yield depth, finding
        yield from nested(finding.parts, depth + 1)


_FIGURE_OF = {
    "Credits": "credits",
    "Learning hours": "credits",
    **dict.fromkeys(("Guided hours", "Hours", "Hours missing", "Learner hours"), "glh"),
}
"""Which figure of units a column has."""


def shown(qualification: Qualification, columns: Iterable[str]) -> list[str]:
    """The columns without those of figures that are not on file."""
    return [word for word in columns if _FIGURE_OF.get(word, "") in {"", *qualification.figures}]


def columns_on_file(qualification: Qualification, table: pd.DataFrame) -> pd.DataFrame:
    """The table without the columns of figures that are not on file; credits with halves as they are told."""
    found = table[shown(qualification, table.columns)]
    if "Credits" not in found or not pd.api.types.is_float_dtype(found["Credits"]):
        return found
    credits = [figure if pd.isna(figure) else told(figure) for figure in found["Credits"]]
    return found.assign(Credits=pd.Series(credits, found.index, object))


AGAIN = "The search was cut off: asked again, it may give another answer."
"""What is said of an answer that is not reproducible."""


def verdict(plan: Plan) -> str:
    """The answer in one sentence."""
    if plan.status == "infeasible":
        return "No plan exists for these wishes; this is proven."
    if plan.status == "unknown":
        return f"Not decided in {plan.seconds:g} seconds: a plan may or may not exist."
    new = len(plan.to_achieve)
    if not plan.units:
        sentence = "The rules are met without any unit."
    elif new == 0:
        sentence = "The rules are met by what is already achieved."
    else:
        units, hours = numbered(new, "unit"), plan.qualification.figure_words(glh=plan.new_glh)
        sentence = f"{', '.join([f'{units} to achieve', *hours])}."
    if plan.spare:
        sentence = f"{sentence[:-1]}; {reserve_words(plan)}"
    if plan.status == "feasible":
        return f"{sentence} Not proven best: the search stopped after {plan.seconds:g} seconds. {AGAIN}"
    return f"{sentence} {proof(plan)}"


def reserve_words(plan: Plan) -> str:
    """How many units are held in reserve, and what for."""
    spare, losses = len(plan.spare), plan.wishes.survive
    held = "1 of them does not count: it is" if spare == 1 else f"{spare} of them do not count: they are"
    fail = "an optional unit fails" if losses == 1 else f"{losses} optional units fail"
    return f"{held} held in reserve, in case {fail}."


def proof(plan: Plan) -> str:
    """What is proven of a plan that is proven best."""
    if not plan.goals:
        return "Every rule is met."
    first, *rest = [EVERY_GOAL[goal.id].fewer for goal in plan.goals]
    equals = f"; among equals, none has {' or, then, '.join(rest)}" if rest else ""
    wishes = plan.wishes
    chosen = bool(wishes.pins or wishes.excludes or wishes.held or wishes.survive)
    which = "no valid plan with these choices" if chosen else "no valid plan"
    return f"Proven: {which} has {first}{equals}."


def outside_words(found: Plan | Answer) -> str:
    """What a plan would need from outside the centre's offer; empty where the offer is not in the way."""
    units = ", ".join(map(found.qualification.named, found.outside_offer))
    return f"Outside the centre's offer, and needed: {units}." if units else ""


def why_not_words(found: Plan | Answer) -> str:
    """Why there is no plan: the conflicts, and what is missing from the offer; empty with a plan."""
    words = [conflict.in_words(found.qualification) for conflict in found.conflicts]
    words += [] if found.conflicts_complete else [MORE_CONFLICTS]
    return " ".join(filter(None, [*words, outside_words(found)]))


def named_units(qualification: Qualification, refs: Sequence[str]) -> str:
    """Titles and refs of some units, listed; empty for none."""
    return listed(list(map(qualification.named, refs))) if refs else ""


def qualification_table(qualification: Qualification) -> pd.DataFrame:
    """What is on file about the qualification: a word and its value, one a row."""
    rows = [
        ("Qualification", qualification.title),
        ("Number", qualification.id),
        ("Awarding organisation", qualification.awarding_organisation),
        ("Level", qualification.level),
        ("Status", qualification.status_sentence()),
        ("Progression", "; ".join(qualification.progression)),
        ("Minimum age", qualification.min_age),
        ("Fee", None if qualification.fee_gbp is None else f"£{qualification.fee_gbp:.2f}"),
        ("Source of the rules", qualification.source),
        ("Last compared with the source", in_words(qualification.verified) or "never"),
        ("Data digest", qualification.digest),
    ]
    filled = [(word, str(value)) for word, value in rows if value not in (None, "")]
    return pd.DataFrame(filled, columns=["", "Value"])


def caveats(qualification: Qualification) -> tuple[str, ...]:
    """What no answer of this planner says, the qualification's own notes included."""
    time = (
        f"Guided hours are supervised time. A credit stands for about {CREDIT_HOURS} hours of learning in "
        "all, so most of the time is the learner's own."
    )
    return (
        "“Rules met” is arithmetic over units. It does not say that a unit is achieved: evidence is judged "
        "by assessors and quality assurers, and only the awarding organisation certifies.",
        *([time] if len(qualification.figures) == 2 else []),
        *qualification.notes,
    )


def count_words(count: str) -> str:
    """What a rule counts, in words."""
    return "guided hours" if count == "glh" else count


def chosen_units_table(qualification: Qualification, refs: Iterable[str]) -> pd.DataFrame:
    """Some units with their facts, one a row, in the order of `refs`."""
    columns = ["Ref", "Title", "Group", "Level", "Credits", "Guided hours", "Assessment strategy"]
    units = [qualification.by_ref[ref] for ref in refs]
    names = qualification.names
    rows = [
        (u.ref, names[u.ref], u.group, u.level, u.credits, u.glh, qualification.strategy_name(u.strategy))
        for u in units
    ]
    return columns_on_file(qualification, pd.DataFrame(rows, columns=columns))


def how_read_words(sheets: Sequence[SheetRead], *, named: bool = False) -> list[str]:
    """How files were read, a sentence each: headers taken for columns of other names, what was not read.

    Of several files, and where that is asked, each sentence names its file.
    """
    files = dict.fromkeys(sheet.source for sheet in sheets)
    told: list[str] = []
    for source in files:
        of = [sheet for sheet in sheets if sheet.source == source]
        told += _file_words(of, source if named or len(files) > 1 else "")
    return told


def _file_words(sheets: Sequence[SheetRead], file: str) -> list[str]:
    """How the sheets of one file were read; it is named where `file` is not empty."""
    sentences, of = [], f" of {file}" if file else ""
    for sheet in sheets:
        other = {h: name for h, name in sheet.columns.items() if name and folded(h) != folded(name)}
        unread = [header for header, name in sheet.columns.items() if name is None]
        where = f"In {file or 'the file'}: "
        where = f"On the sheet {sheet.name}{of}: " if sheet.name and len(sheets) > 1 else where
        said = [f"“{header}” was read as {name}" for header, name in other.items()]
        said += [f"not read: {', '.join(f'“{header}”' for header in unread)}"] if unread else []
        if said and sheet.kind:
            sentences.append(f"{where}{'; '.join(said)}.")
    left = [f"{sheet.name} ({sheet.reason})" for sheet in sheets if not sheet.kind and sheet.name]
    return [*sentences, f"Sheets{of} not read: {'; '.join(left)}."] if left else sentences


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """What is wrong in a file, one a row: where, what stands there, what is wrong with it."""
    told = list(problems)
    rows = [(problem.row, problem.field, problem.value, problem.message) for problem in told]
    columns = ["Row", "Field", "Value", "What is wrong"]
    table = pd.DataFrame(rows, columns=columns).astype({"Row": "Int64"})
    if any(problem.sheet for problem in told):
        table.insert(0, "Sheet", [problem.sheet for problem in told])
    return table


# The catalogue
