"""The command of calendars: when each unit is worked on, who is behind, what would help."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli import console, timeline_terminal
from planner.cli.kept_calendars import CalendarOptions
from planner.cli.options import (
    NO,
    UNDECIDED,
    YES,
    JsonOption,
    OfferOption,
    OnFile,
    TaskOption,
    answered,
    check_suffix,
    grouped,
    number,
    offered_units,
    read_date,
    tell,
)
from planner.cli.reading_options import ReadingOptions, StatusOption, how_read
from planner.errors import Problem, nearest, refuse
from planner.files.dates import as_date
from planner.files.limits import Range
from planner.files.people import identity
from planner.files.sheets import read_bytes
from planner.files.tables import SheetRead
from planner.files.text_files import replace_file
from planner.recognition.renewals import calendar_file
from planner.records.agreed import Agreed, read_agreed
from planner.records.cohort_rows import cohort_file
from planner.records.learner_files import learner_file
from planner.records.portfolios import REGISTRATION, Details
from planner.records.registrations import HOURS, as_break
from planner.report.timeline_tables import assumptions, due_units, timeline_workbook
from planner.timeline.choices import choice_costs
from planner.timeline.line import cohort_line
from planner.timeline.months import assessors_of, month_of
from planner.timeline.questions import LEAST_WEEKS, OPEN, Learner, Terms
from planner.timeline.thresholds import load_thresholds, shipped_thresholds
from planner.timeline.timelines import Timeline
from planner.timeline.timelines import timeline as timeline_of
from planner.timeline.trackers import check_hours, people_of

OPEN_UNITS, WEEKS, VISITS = Range(1, 100), Range(1, 52), Range(1, 52)

MOST_BREAKS = 6


@dataclass(frozen=True, slots=True)
class Given:
    """What calendars keep to; what is given here goes before what the file says."""

    start: Annotated[
        str | None, typer.Option(metavar="DATE", help="The first day, whatever the file says.")
    ] = None
    target: Annotated[
        str | None, typer.Option(metavar="DATE", help="The planned end, whatever the file says.")
    ] = None
    hours_per_week: Annotated[
        int | None,
        number("--hours-per-week", Range(*HOURS), "N", "Most hours a week, if not as the file says"),
    ] = None
    pause: Annotated[
        list[str] | None,
        typer.Option("--break", metavar="DATE:DATE", help="First and last day of a break in learning."),
    ] = None
    open: Annotated[int, number("--open", OPEN_UNITS, "N", "Most units open at a time")] = OPEN
    min_weeks: Annotated[int, number("--min-weeks", WEEKS, "N", "Least weeks that a unit takes")] = (
        LEAST_WEEKS
    )
    visit_every: Annotated[
        int, number("--visit-every", VISITS, "N", "A unit finishes only in every Nth week")
    ] = 1
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day asked about; default: today.")
    ] = None
    thresholds: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="From when on something calls for attention; default: as shipped."),
    ] = None

    def terms(self) -> Terms:
        """The terms, read.

        Raises
        ------
        DataError
            For what is no date, and breaks that end before they begin, are too long or too many.
        """
        problems: list[Problem] = []
        days = {
            name: read_date(name, text, problems)
            for name, text in (("--start", self.start), ("--target", self.target), ("--today", self.today))
            if text is not None
        }
        breaks = [as_break(text, "--break", problems) for text in self.pause or ()]
        if len(breaks) > MOST_BREAKS:
            problems.append(Problem("--break", f"may be given {MOST_BREAKS} times at most"))
        refuse(problems)
        return Terms(
            days.get("--today") or date.today(),
            days.get("--start"),
            days.get("--target"),
            self.hours_per_week,
            tuple(sorted(each for each in breaks if each)),
            self.open,
            self.min_weeks,
            self.visit_every,
            thresholds=shipped_thresholds() if self.thresholds is None else load_thresholds(self.thresholds),
        )


@dataclass(frozen=True, slots=True)
class AlsoAsked:
    """What is asked for besides calendars: an assessor's month, what choices of units cost."""

    month: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM", help="What there is to do in this month; the calendar file holds it."
        ),
    ] = None
    assessor: Annotated[
        str | None, typer.Option(metavar="NAME", help="The month of this assessor; default: this month.")
    ] = None
    choices: Annotated[
        bool, typer.Option("--choices", help="Also what each choice of units costs in hours and weeks.")
    ] = False

    def read(self, terms: Terms, known: Collection[str]) -> date | None:
        """A day of the month asked for; None: of none.

        Raises
        ------
        DataError
            For what is no month, and an assessor whom the file does not name.
        """
        problems = []
        found = None if self.month is None else as_date(f"{self.month}-01")
        if self.month is not None and found is None:
            problems.append(Problem("--month", "must be a month such as 2027-03", value=self.month))
        names = {identity(name).casefold(): name for name in known}
        if self.assessor is not None and identity(self.assessor).casefold() not in names:
            message = f"the file has no such assessor{nearest(self.assessor, sorted(known))}"
            problems.append(Problem("--assessor", message, value=self.assessor))
        refuse(problems)
        return terms.today if found is None and self.assessor is not None else found


@grouped
def timeline(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A portfolio table, an achievement record or a cohort; default: the register.",
        ),
    ] = None,
    learners: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Starts, targets, hours a week: one row a learner, as for cohort."),
    ] = None,
    given: Given,
    asked: AlsoAsked,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The calendar agreed: learner, ref, start, finish, or a workbook."),
    ] = None,
    kept: CalendarOptions,
    task: TaskOption = None,
    offer: OfferOption = None,
    calendar: Annotated[
        Path | None, typer.Option(metavar="FILE.ics", help="Also write what is due as a calendar file.")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a workbook.")] = None,
    statuses: StatusOption = None,
    reading: ReadingOptions,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """When each missing unit is worked on, who is behind or cannot finish, and what would help.

    Exit code 1: somebody is behind or cannot finish.
    """
    check_suffix("--xlsx", xlsx, ".xlsx")
    check_suffix("--calendar", calendar, ".ics")
    terms, found = given.terms(), on_file.load()
    said, same = reading.wording(statuses), reading.same or ()
    offered = offered_units(found, offer)
    desk = kept.desk(found, alone=file is None)
    house = desk.house if desk else None
    problems = house.problems if house else ()
    sheets: tuple[SheetRead, ...] = ()
    people: Iterator[Learner] = house.people(terms.today, offered, task or ()) if house else iter(())
    number_of = len(house.kept) if house else 0
    agreed: Mapping[str, Agreed] = {}
    if file is not None:
        tell(problems)
        check_hours(found)
        read = learner_file(found, str(file), read_bytes(file), offered, wording=said, same=same)
        problems, sheets, agreed = read.problems, read.sheets, read.agreed
        people = people_of(
            found,
            read.learners,
            terms.today,
            offered,
            task or (),
            wished=read.wished,
            agreed=read.agreed,
        )
        number_of = len(read.learners)
    beside: dict[str, Details] = {}
    if learners is not None:
        registered = cohort_file(found, str(learners), read_bytes(learners), wording=said, same=same)
        tell(registered.problems, sheets=registered.sheets)
        beside = {request.learner: request.details for request in registered.requests}
    if keep is not None:
        agreed, wrong, read_so = read_agreed(found, str(keep), read_bytes(keep), wording=said, same=same)
        tell(wrong, sheets=read_so)
    timelines: list[Timeline] = []
    with console.progress_bar("Learners", quiet=as_json) as step:
        for learner in people:
            details = _joined(learner.details, beside.get(learner.learner))
            before = agreed.get(learner.learner) or (house.agreed(learner.learner) if house else None)
            timelines.append(timeline_of(replace(learner, details=details), terms, before))
            step(len(timelines), number_of)
    named = assessors_of(each.learner for each in timelines)
    day = asked.read(terms, named)
    month = None if day is None else month_of(timelines, day, asked.assessor or "")
    priced = {
        each.learner.learner: choice_costs(each.learner, each.terms) for each in timelines if asked.choices
    }

    def learner_json(each: Timeline) -> dict[str, Any]:
        costs = priced.get(each.learner.learner, ())
        return each.to_json() | ({"choices": [one.to_json() for one in costs]} if asked.choices else {})

    def document() -> dict[str, Any]:
        return {
            "qualification": found.to_json(),
            "today": terms.today.isoformat(),
            "assumptions": list(assumptions(terms)),
            "learners": [learner_json(each) for each in timelines],
            "line": [point.to_json() for point in cohort_line(timelines)],
            **({} if month is None else {"month": month.to_json()}),
            **({"saved": saved} if kept.save else {}),
            "problems": [problem.to_json() for problem in problems],
            "data": found.digest,
        }

    saved = desk.save(timelines) if desk and kept.save else []
    due = due_units(timelines, month)
    if calendar is not None and due:
        replace_file(calendar, calendar_file(due, datetime.now(UTC), 0))
    elif calendar is not None:
        console.print_notice("No unit has a date: no calendar is written.")
    of = {each.status for each in timelines}
    code = UNDECIDED if "undecided" in of else YES
    code = NO if of & {"behind", "cannot finish"} else code
    show = partial(timeline_terminal.print_timelines, found, timelines, terms, problems, sheets)
    if month is not None:
        show = partial(timeline_terminal.print_month, month, problems, sheets)
    elif asked.choices:
        show = partial(timeline_terminal.print_choices, found, priced, problems, sheets)
    book = partial(timeline_workbook, found, timelines, terms, problems, month)
    answered(code, as_json, partial(how_read, document, sheets, said), show, xlsx, book)


def _joined(own: Details, other: Details | None) -> Details:
    """What a file says of a registration, and where it says nothing what another one does."""
    if other is None:
        return own
    names = (*REGISTRATION, "breaks")
    return replace(own, **{name: getattr(own, name) or getattr(other, name) for name in names})
