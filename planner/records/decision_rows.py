"""Decisions as records hold them: one a row, with whom it is about and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from planner.catalogue.qualification import Qualification
from planner.catalogue.refs import Refs
from planner.errors import Problem, nearest
from planner.files.tables import UNREAD, Part, Row
from planner.files.wording import folded
from planner.records.portfolios import KINDS, Decision, DecisionKind
from planner.records.registrations import Cells

DECISION_COLUMNS = ("decision", "unit_or_rule", "reason", "by", "date")
DECISION_OPTIONAL = ("learner", "outside", "withdrawn", "withdrawn_by")


def decisions_of(
    part: Part, qualification: Qualification, refs: Refs
) -> tuple[list[tuple[Row, Decision | None]], list[Problem]]:
    """Each row of a sheet with its decision, None where it does not count; and what is wrong."""
    rows = _DecisionRows(part, qualification, refs)
    unread = [
        replace(problem, message="until this column is called by its name no decision of this sheet counts")
        for problem in part.problems
        if problem.code == UNREAD and nearest(problem.value, ("withdrawn", "withdrawn_by"))
    ]
    found = [(row, rows.decision(row)) for row in part.rows]
    return [(row, None if unread else each) for row, each in found], [*unread, *rows.problems]


def placed(decisions: Iterable[Decision], qualification: Qualification) -> Iterator[Decision]:
    """The decisions; one that fills a place for units from elsewhere takes the first free one."""
    taken: set[str] = set()
    for decision in decisions:
        places = [unit.ref for unit in qualification.slots.get(decision.subject, ())]
        free = next((ref for ref in places if ref not in taken), places[-1] if places else decision.subject)
        if decision.in_force:
            taken.add(free)
        yield replace(decision, subject=free)


class _DecisionRows:
    """Reads decisions row by row, and collects what is wrong."""

    def __init__(self, part: Part, qualification: Qualification, refs: Refs) -> None:
        self.qualification = qualification
        self.refs = refs
        self.slots = Refs({name: units[0].title for name, units in qualification.slots.items()})
        self.cells = Cells(part, ("date", "withdrawn"))
        self.problems = self.cells.problems

    def decision(self, row: Row) -> Decision | None:
        """The decision of a row; None where something is wrong with it."""
        before, cells = len(self.problems), self.cells
        kind = _kind(row["decision"])
        if kind is None:
            words = ", ".join((*KINDS, *KINDS.values()))
            self.problems.append(row.problem("decision", f"must be one of: {words}"))
        for name in ("reason", "by"):
            if not row[name]:
                self.problems.append(row.problem(name, "a decision needs a reason and a name"))
        texts = ("reason", "by", "outside", "withdrawn_by")
        for name in texts:
            cells.too_long(row, name)
        subject = self._subject(row, kind)
        day, withdrawn = cells.date(row, "date", ""), cells.date(row, "withdrawn", "")
        if not row["date"]:
            self.problems.append(row.problem("date", "a decision needs a date"))
        if row["withdrawn_by"] and not row["withdrawn"]:
            message = "says who withdrew the decision, but not when: it does not count until that is said"
            self.problems.append(row.problem("withdrawn", message))
        if len(self.problems) > before or kind is None or not subject or day is None:
            return None
        reason, by, outside, withdrawn_by = (row[name] for name in texts)
        return Decision(kind, subject, reason, by, day, outside, withdrawn, withdrawn_by)

    def _subject(self, row: Row, kind: DecisionKind | None) -> str | None:
        """The unit or the rule that a decision is about; None is a problem."""
        text = row["unit_or_rule"]
        if kind != "waive":
            ref, wrong = self.refs.one(text)
            slot = self.slots.one(text)[0] if ref is None and kind == "accept" else None
            if slot is not None:
                return slot
            if ref in self.qualification.outside:
                ref, wrong = None, "stands outside the qualification: give it a row with a status"
            if ref is None and kind is not None:
                self.problems.append(row.problem("unit_or_rule", wrong))
            return ref
        known = {
            name.casefold(): rule.id for rule in self.qualification.rules for name in (rule.text, rule.id)
        }
        found = known.get(text.casefold())
        if found is None:
            ids = [rule.id for rule in self.qualification.rules]
            message = (
                f"no rule of this qualification has this id{nearest(text, ids)} (rules: {', '.join(ids)})"
            )
            self.problems.append(row.problem("unit_or_rule", message))
        return found


def _kind(text: str) -> DecisionKind | None:
    words: dict[str, DecisionKind] = {folded(kind): kind for kind in KINDS}
    words |= {folded(phrase): kind for kind, phrase in KINDS.items()}
    return words.get(folded(text))
