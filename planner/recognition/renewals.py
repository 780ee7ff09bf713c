"""The diary: what falls due again and again after an award, as dates and as a calendar file (iCalendar)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from planner.catalogue.qualification import in_words
from planner.errors import DataError, Problem, nearest
from planner.recognition.schemes import Award, Recognition, Recurring, months_later

if TYPE_CHECKING:
    from icalendar import Event

MOST_TIMES = 100
"""Appointments of one kind that are worked out at once."""

REMIND_MONTHS = 3
"""So many months before an appointment the calendar reminds of it: an audit takes time to prepare."""

MOST_REMIND_MONTHS = 120

REMIND_AT = timedelta(hours=9)
"""The time of day of a reminder, wherever the calendar is."""


class Dated(Protocol):
    """What a calendar can hold: a day, what falls on it, more about it, and what tells it from all others."""

    @property
    def day(self) -> date: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def uid(self) -> str: ...


def uid_of(*told: str) -> str:
    """The same for the same texts at every export, so that a calendar replaces what it had."""
    # A text may hold anything, so each is preceded by its length: no two lists read the same.
    folded = "".join(f"{len(part)}:{part}" for part in told)
    return f"{hashlib.sha256(folded.encode(errors='replace')).hexdigest()[:32]}@nvq-planner"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A day on which something falls due: what, by which scheme, after which award."""

    day: date
    recognition: Recognition
    award: Award
    recurring: Recurring

    @property
    def title(self) -> str:
        """What falls due, and of which scheme."""
        return f"{self.recurring.text} due: {self.recognition.title}"

    @property
    def source(self) -> str:
        """Where the scheme was read, and when it was last compared with that."""
        return f"{self.recognition.source} (compared on {in_words(self.recognition.verified)})"

    @property
    def uid(self) -> str:
        """The same for the same appointment at every export, so that a calendar replaces it."""
        every = str(self.recurring.every_months)
        return uid_of(self.recognition.id, self.award.id, self.recurring.text, every, self.day.isoformat())

    @property
    def description(self) -> str:
        """What a calendar says of it: the award, who decides, whose scheme it is, source and notes."""
        scheme = self.recognition
        lines = [
            f"{self.recurring.text} by this day, every {self.recurring.every_months} months after: "
            f"{self.award.title}.",
            self.award.decides,
            f"Scheme: {scheme.title}. {scheme.whereabouts}.",
            f"Source: {self.source}.",
            *scheme.notes,
        ]
        return "\n".join(on_one_line(line) for line in lines)

    def to_json(self) -> dict[str, Any]:
        """The appointment as JSON."""
        return {
            "day": self.day.isoformat(),
            "title": self.title,
            "scheme": self.recognition.id,
            "award": self.award.id,
            "source": self.source,
        }


def appointments(
    recognition: Recognition, award_id: str, granted: date, times: int = 5
) -> tuple[Appointment, ...]:
    """What falls due after an award was granted, the first `times` days of each kind, in order of days.

    Months are counted from the day of the award, not from one appointment to the next: what was granted on
    29 February falls due on 28 February, and on the 29th in leap years. None where nothing recurs.

    Raises
    ------
    DataError
        The scheme has no such award, or a day lies beyond the year 9999.
    ValueError
        If `times` is not from 1 to `MOST_TIMES`.
    """
    if not 1 <= times <= MOST_TIMES:
        raise ValueError(f"times must be from 1 to {MOST_TIMES}, not {times}")
    award = next((award for award in recognition.awards if award.id == award_id), None)
    if award is None:
        message = f"{recognition.id} has no such award{nearest(award_id, [a.id for a in recognition.awards])}"
        raise DataError([Problem(recognition.id, message, field="award", value=award_id)])
    try:
        found = [
            Appointment(months_later(granted, number * item.every_months), recognition, award, item)
            for item in recognition.recurring
            if item.award == award_id
            for number in range(1, times + 1)
        ]
    except OverflowError as error:
        raise DataError([Problem(recognition.id, str(error), field="granted", value=str(granted))]) from None
    return tuple(sorted(found, key=lambda appointment: (appointment.day, appointment.title)))


def calendar_file(found: Sequence[Dated], stamp: datetime, remind_months: int = REMIND_MONTHS) -> bytes:
    """The appointments as an iCalendar file (RFC 5545): all-day events with a reminder each.

    The same appointments and stamp give the same bytes. `stamp` says when the file was made; `remind_months`
    how long before each event its reminder is.

    Raises
    ------
    ValueError
        If there is no appointment (a calendar must hold something), `stamp` has no time zone, or
        `remind_months` is not from 0 to `MOST_REMIND_MONTHS`.
    """
    if not found:
        raise ValueError("a calendar file needs an appointment")
    if not 0 <= remind_months <= MOST_REMIND_MONTHS:
        raise ValueError(f"remind_months must be from 0 to {MOST_REMIND_MONTHS}, not {remind_months}")
    if stamp.tzinfo is None:
        raise ValueError("the stamp needs a time zone")
    from icalendar import Calendar  # takes a while, which only who writes a calendar waits for

    calendar = Calendar()
    calendar.add("prodid", "-//nvq-planner//diary//EN")
    calendar.add("version", "2.0")
    for event in _events(found, stamp.astimezone(UTC).replace(microsecond=0), remind_months):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _events(found: Sequence[Dated], stamp: datetime, remind_months: int) -> Iterator[Event]:
    from icalendar import Alarm, Event

    for appointment in found:
        event = Event()
        event.add("uid", appointment.uid)
        event.add("dtstamp", stamp)
        event.add("dtstart", appointment.day)
        event.add("summary", on_one_line(appointment.title))
        event.add("description", appointment.description)
        event.add("transp", "TRANSPARENT")  # the day stays free for other things
        reminder = Alarm()
        reminder.add("action", "DISPLAY")
        reminder.add("description", on_one_line(f"{appointment.title}, {in_words(appointment.day)}"))
        # A duration from the start of the day, below zero before it (RFC 5545, 3.8.6.3): months have no fixed
        # length, so that it is worked out for this very day.
        reminder.add("trigger", months_later(appointment.day, -remind_months) - appointment.day + REMIND_AT)
        event.add_component(reminder)
        yield event


def on_one_line(text: str) -> str:
    """A text without what a calendar file cannot hold: line breaks and control characters are blanks."""
    return "".join(character if character.isprintable() else " " for character in text)
