"""The commands of the neighbouring schemes: `career` and `cpd`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli import career_terminal
from planner.cli.options import (
    EXIT_CODES,
    YES,
    DataOption,
    JsonOption,
    OnFile,
    answered,
    check_suffix,
    grouped,
    number,
    one_portfolio,
)
from planner.cli.reading_options import HeaderOptions
from planner.cpd.cycle_plan import plan_cycle, plan_readings
from planner.cpd.intent import CYCLE_GOALS, YEARS, Intent, intent_of
from planner.cpd.log import CpdLog, points_since, read_log, year_of
from planner.cpd.scheme import Reading, find_reading, load_readings, of_scheme
from planner.cpd.tracking import tracker
from planner.errors import DataError, Problem
from planner.files.dates import as_date
from planner.files.sheets import read_bytes
from planner.files.tables import SheetRead
from planner.files.wording import Wording
from planner.portfolio.verdict import judge
from planner.recognition.eligibility import (
    FactsFile,
    facts_file,
    find_recognition,
    measured_of,
    rests_on,
    typed_fact,
    with_measured,
)
from planner.recognition.job_profile import load_profile
from planner.recognition.renewals import Appointment, appointments, calendar_file
from planner.recognition.scheme_file import load_recognitions
from planner.recognition.schemes import Career, Measured, Recognition
from planner.recognition.schemes import career as stand
from planner.report.cpd_book import cpd_workbook


@dataclass(frozen=True, slots=True)
class Done:
    """What was done in a cycle, how it is read, and where in the cycle one is."""

    file: Annotated[
        Path | None, typer.Argument(metavar="[LOG]", help="Activities done: activity, date or year, times.")
    ] = None
    reading: Annotated[
        str | None, typer.Option(metavar="ID", help="How to read the scheme; --readings lists.")
    ] = None
    start: Annotated[str | None, typer.Option(metavar="DATE", help="First day of the cycle.")] = None
    year: Annotated[
        int | None,
        number("--year", YEARS, "N", "Running year of the cycle; by default as --start tells"),
    ] = None


@dataclass(frozen=True, slots=True)
class CycleWishes:
    """What somebody wishes of a plan of a cycle."""

    goal: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help=f"What makes a plan best, in order: {', '.join(CYCLE_GOALS)}."),
    ] = None
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="REF[=N]", help="This activity must count, N times in the cycle."),
    ] = None
    exclude: Annotated[list[str] | None, typer.Option(metavar="REF", help="Do not plan this activity.")] = (
        None
    )
    minutes: Annotated[
        list[str] | None, typer.Option(metavar="REF=N", help="What the activity takes you, once.")
    ] = None

    def intent(self, log: CpdLog, year: int) -> Intent:
        """The wishes together with what was done."""
        return intent_of(
            log.reading,
            done=log.done,
            year=year,
            pins=self.pin or (),
            excludes=self.exclude or (),
            taking=log.minutes,
            minutes=self.minutes or (),
            goals=self.goal or (),
        )


@grouped
def cpd(
    *,
    done: Done,
    headers: HeaderOptions,
    wishes: CycleWishes,
    readings: Annotated[
        bool, typer.Option("--readings", help="Also show what every reading of the scheme would cost.")
    ] = False,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write plan and log as an Excel workbook.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The least effort that completes a cycle of professional development (CPD), year by year.

    Without LOG: a plan from nothing. Exit code 1: the rules cannot all be met. JSON: scheme, status, year,
    activities, points, new_minutes, findings, goals, conflict, lost, data; "tracker": points by category
    and year; "readings": [{"id", "status", "points", "new_minutes"}] with --readings; "last_12_months";
    "problems"; "sheets": how each sheet of LOG was read.
    """
    check_suffix("--xlsx", xlsx, ".xlsx")
    on_file = load_readings(data)
    chosen, today = find_reading(on_file, done.reading), date.today()
    log = _cpd_log(done.file, chosen, done.start, today, headers.wording())
    intent = wishes.intent(log, _running_year(done.year, log, today))
    answer = plan_cycle(chosen, intent)
    others = plan_readings(of_scheme(on_file, chosen.scheme).values(), intent) if readings else []
    recent = points_since(log, chosen, today) if log.entries else None

    def document() -> dict[str, Any]:
        return {
            **answer.to_json(),
            "tracker": [cell.to_json() for cell in tracker(answer)],
            "readings": [other.summary() for other in others],
            "last_12_months": None if recent is None else recent.to_json(),
            "problems": [problem.to_json() for problem in log.problems],
            "sheets": [sheet.to_json() for sheet in log.sheets],
        }

    show = partial(career_terminal.print_cycle, answer, others, recent, log.problems, log.sheets)
    book = partial(cpd_workbook, answer, log, others, today)
    answered(EXIT_CODES[answer.status], as_json, document, show, xlsx, book)


def _cpd_log(
    file: Path | None, reading: Reading, start: str | None, today: date, wording: Wording | None = None
) -> CpdLog:
    """The log of a file, or one that is empty; `start` is the first day of the cycle as typed."""
    first = None if start is None else _day("--start", start)
    if file is None:
        return CpdLog(reading, start=first)
    log = read_log(str(file), read_bytes(file), reading, start=first, today=today, wording=wording)
    if log.problems and not (log.entries or log.minutes):
        raise DataError(log.problems)  # a plan from nothing would be no answer to this file
    return log


def _day(option: str, text: str) -> date:
    """The day that an option names."""
    day: date | None = as_date(text)
    if day is None:
        raise DataError([Problem(option, "must be a date such as 2026-11-22", value=text or "(empty)")])
    return day


def _running_year(typed: int | None, log: CpdLog, today: date) -> int:
    """The running year of the cycle: as typed, as the first day tells, or the last one of the log."""
    if typed is not None:
        if log.entries and typed < log.last_year:
            message = f"the log holds activities of year {log.last_year}"
            raise DataError([Problem("--year", message, value=str(typed))])
        return typed
    if log.start is None:
        return log.last_year
    return year_of(today, log.start, log.reading.years) or 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a person or a centre, and of which schemes."""

    file: Annotated[
        Path | None, typer.Argument(metavar="[FACTS]", help="A table of facts: scheme, fact, value.")
    ] = None
    fact: Annotated[
        list[str] | None,
        typer.Option(metavar="SCHEME.FACT=VALUE", help="A fact; wins over the one in FACTS."),
    ] = None
    scheme: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This scheme only; default: all.")
    ] = None
    portfolio: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="One learner's portfolio: whether the rules of combination are met."
        ),
    ] = None

    def said(self, known: Mapping[str, Recognition], wording: Wording) -> FactsFile:
        """The facts of file and options; an option wins over the file."""
        found = FactsFile({})
        if self.file is not None:
            found = facts_file(str(self.file), read_bytes(self.file), known, wording)
        seen: set[tuple[str, str]] = set()
        for text in self.fact or ():
            scheme, name, value = typed_fact(known, text, "--fact")
            if (scheme, name) in seen:
                raise DataError([Problem("--fact", "this fact is given twice", value=f"{scheme}.{name}")])
            seen.add((scheme, name))
            found.facts.setdefault(scheme, {})[name] = value
        return found


@dataclass(frozen=True, slots=True)
class Points:
    """The log of activities that points are taken from."""

    cpd_log: Annotated[
        Path | None,
        typer.Option("--cpd", metavar="LOG", help="A log of activities: CPD points of cycle and 12 months."),
    ] = None
    start: Annotated[str | None, typer.Option(metavar="DATE", help="First day of the cycle; with --cpd.")] = (
        None
    )
    reading: Annotated[
        str | None, typer.Option(metavar="ID", help="How to read the CPD scheme; with --cpd.")
    ] = None


@dataclass(frozen=True, slots=True)
class Renewals:
    """When an award was granted, and the calendar of what follows from it."""

    granted: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="When the award was granted: what falls due again, and when."),
    ] = None
    calendar: Annotated[
        Path | None,
        typer.Option(metavar="FILE.ics", help="Also write what falls due as a calendar, with reminders."),
    ] = None


@grouped
def career(
    *,
    facts: Facts,
    headers: HeaderOptions,
    points: Points,
    renewals: Renewals,
    profile: Annotated[bool, typer.Option("--profile", help="Also show what the job is like.")] = False,
    on_file: OnFile,
    as_json: JsonOption = False,
) -> None:
    """Where I am and what is next: accreditations, designations and certificates, measured over facts.

    Facts not given are no, or 0. Exit code 0 once answered: with many awards there is no single yes or no.
    JSON: schemes, appointments, profile, problems; "sheets": how each sheet of FACTS and LOG was read, each
    with its "file".
    """
    check_suffix("--calendar", renewals.calendar, ".ics")
    known = load_recognitions(on_file.data)
    if not known:
        raise DataError([Problem("--data", "holds no scheme of recognition", value=str(on_file.data))])
    chosen = [find_recognition(known, name, "--scheme") for name in facts.scheme or known]
    asked = list({scheme.id: scheme for scheme in chosen}.values())
    said = facts.said(known, headers.wording())
    careers, problems, sheets = _careers(said, facts.portfolio, points, on_file, asked)
    due = _due(asked, renewals)
    about = load_profile(on_file.data) if profile else None

    def document() -> dict[str, Any]:
        return {
            "schemes": [found.to_json() for found in careers],
            "appointments": [appointment.to_json() for appointment in due],
            "profile": None if about is None else about.to_json(),
            "problems": [problem.to_json() for problem in problems],
            "sheets": [{"file": sheet.source, **sheet.to_json()} for sheet in sheets],
        }

    def show() -> None:
        career_terminal.print_careers(careers, problems, sheets=sheets)
        if due:
            career_terminal.print_appointments(due)
        if profile:
            career_terminal.print_profile(about)

    content = partial(calendar_file, due, datetime.now(UTC))
    answered(YES, as_json, document, show, renewals.calendar, content, "Calendar written")


def _careers(
    said: FactsFile,
    portfolio: Path | None,
    points: Points,
    on_file: OnFile,
    asked: Sequence[Recognition],
) -> tuple[list[Career], tuple[Problem, ...], tuple[SheetRead, ...]]:
    """Where somebody stands in each scheme asked for; what is left out, and how facts and log were read."""
    measured, undecided = _measured(portfolio, on_file, asked)
    counted, left_out, of_log = _cpd_points(points, on_file.data, asked)
    problems = (*said.problems, *undecided, *left_out)
    careers = []
    for scheme in asked:
        values = {**counted.get(scheme.id, {}), **measured.get(scheme.id, {})}
        held, notices = with_measured(scheme, said.facts.get(scheme.id, {}), values)
        problems += notices
        careers.append(stand(scheme, held))
    return careers, problems, (*said.sheets, *of_log)


def _measured(
    file: Path | None, on_file: OnFile, asked: Iterable[Recognition]
) -> tuple[dict[str, dict[Measured, int]], tuple[Problem, ...]]:
    """Whether a portfolio meets the rules, for each scheme that rests on its qualification."""
    if file is None:
        return {}, ()
    found = on_file.load()
    resting = [scheme.id for scheme in asked if scheme.qualification == found.id]
    if not resting:
        message = f"none of these schemes rests on qualification {found.id}"
        raise DataError([Problem("--portfolio", message, value=str(file))])
    verdict = judge(found, one_portfolio(found, file)).now
    if not verdict.decided:
        message = "whether the rules are met was not decided in the time given: what was typed stays"
        return {}, (Problem("--portfolio", message, value=str(file)),)
    return {name: {"rules-met": int(verdict.rules_met)} for name in resting}, ()


def _cpd_points(
    points: Points, data: Path | None, asked: Iterable[Recognition]
) -> tuple[dict[str, dict[Measured, int]], tuple[Problem, ...], tuple[SheetRead, ...]]:
    """What a log comes to, for each scheme that asks for it, what of it was left out, and how it was read."""
    file = points.cpd_log
    if file is None:
        for option, given in (("--start", points.start), ("--reading", points.reading)):
            if given is not None:
                raise DataError([Problem(option, "goes with --cpd", value=given or "(empty)")])
        return {}, (), ()
    reading = find_reading(load_readings(data), points.reading)
    schemes = [found.id for found in asked if rests_on(found, reading)]
    if not schemes:
        message = f"none of these schemes counts the points of {reading.designation}"
        raise DataError([Problem("--cpd", message, value=str(file))])
    today = date.today()
    log = _cpd_log(file, reading, points.start, today)
    recent, problems = points_since(log, reading, today), log.problems
    if recent.undated:
        message = f"the last 12 months are not measured, what was typed stays: {recent.in_words}"
        problems = (*problems, Problem("--cpd", message, value=str(file)))
    return dict.fromkeys(schemes, measured_of(log, today)), problems, log.sheets


def _due(asked: Iterable[Recognition], renewals: Renewals) -> tuple[Appointment, ...]:
    """What falls due after an award was granted; the schemes must leave no doubt which."""
    granted = renewals.granted
    if granted is None:
        if renewals.calendar is not None:
            raise DataError([Problem("--calendar", "goes with --granted", value=str(renewals.calendar))])
        return ()
    day = _day("--granted", granted)
    recurring = [scheme for scheme in asked if scheme.recurring]
    if len(recurring) != 1:
        names = ", ".join(scheme.id for scheme in recurring)
        message = (
            f"choose with --scheme one of {names}" if names else "nothing falls due again in these schemes"
        )
        raise DataError([Problem("--granted", message, value=granted)])
    (scheme,) = recurring
    awards = dict.fromkeys(item.award for item in scheme.recurring)
    return tuple(item for award in awards for item in appointments(scheme, award, day))
