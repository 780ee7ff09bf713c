"""The diary: dates after an award, and the calendar file as another program reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import DataError
from planner.recognition.renewals import MOST_TIMES, Appointment, appointments, calendar_file
from planner.recognition.scheme_file import load_recognitions
from planner.recognition.schemes import Recognition, Recurring
from tests import by_hand

CENTRE = load_recognitions()["en-15838"]
STAMP = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def days(granted: date, times: int = 5) -> list[date]:
    return [item.day for item in appointments(CENTRE, "certificate", granted, times)]


def events(content: bytes) -> list[Any]:
    """The events of a calendar file as icalendar reads them."""
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def unfolded(content: bytes) -> list[str]:
    """The lines of a calendar file, read by the rules of RFC 5545 alone."""
    return content.decode("utf-8").replace("\r\n ", "").split("\r\n")


def renamed(**texts: str) -> Recognition:
    """The scheme with other texts in it."""
    return replace(CENTRE, **texts)  # type: ignore[arg-type]


def test_a_surveillance_audit_falls_due_every_two_years() -> None:
    assert days(date(2026, 11, 22)) == [date(year, 11, 22) for year in (2028, 2030, 2032, 2034, 2036)]


def test_what_was_granted_on_29_february_falls_due_on_it_in_leap_years_only() -> None:
    assert days(date(2024, 2, 29)) == [
        date(2026, 2, 28),
        date(2028, 2, 29),
        date(2030, 2, 28),
        date(2032, 2, 29),
        date(2034, 2, 28),
    ]


def test_months_are_counted_from_the_award_and_not_from_one_appointment_to_the_next() -> None:
    monthly = replace(CENTRE, recurring=(Recurring("certificate", "Look", 1),))
    found = [item.day for item in appointments(monthly, "certificate", date(2026, 1, 31), 3)]
    assert found == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_appointments_of_several_kinds_come_in_order_of_days() -> None:
    two = replace(CENTRE, recurring=(*CENTRE.recurring, Recurring("certificate", "Report", 12)))
    found = appointments(two, "certificate", date(2026, 1, 1), 2)
    assert [(item.day.year, item.recurring.text) for item in found] == [
        (2027, "Report"),
        (2028, "Report"),
        (2028, "Surveillance audit"),
        (2030, "Surveillance audit"),
    ]


def test_an_appointment_says_what_it_is_of_which_scheme_and_from_which_source() -> None:
    (first,) = appointments(CENTRE, "certificate", date(2026, 11, 22), 1)
    assert first.title == "Surveillance audit due: EN 15838 certification"
    assert first.source == f"{CENTRE.source} (compared on 22 November 2026)"
    assert "EN ISO 18295 in 2017" in first.description
    assert CENTRE.whereabouts in first.description
    assert first.to_json() == {
        "day": "2028-11-22",
        "title": first.title,
        "scheme": "en-15838",
        "award": "certificate",
        "source": first.source,
    }


def test_a_description_says_it_line_by_line() -> None:
    scheme = by_hand.SCHEME
    (first,) = appointments(scheme, "silver", date(2026, 11, 22), 1)
    assert first.description.splitlines() == [
        "Polish by this day, every 6 months after: Silver cup.",
        "The king decides.",
        "Scheme: Order of the Cup. Body of Tea, Nowhere.",
        "Source: the book of cups (compared on 21 November 2026).",
        "Cups are lent.",
    ]
    assert (first.day, first.title) == (date(2027, 5, 22), "Polish due: Order of the Cup")
    (event,) = events(calendar_file([first], STAMP))
    assert str(event["DESCRIPTION"]) == first.description
    assert str(event.walk("VALARM")[0]["DESCRIPTION"]) == "Polish due: Order of the Cup, 22 May 2027"


def test_nothing_recurs_after_most_awards() -> None:
    assert appointments(CENTRE, "step-1", date(2026, 1, 1)) == ()


def test_an_unknown_award_names_its_nearest_match() -> None:
    with pytest.raises(DataError, match=r"en-15838 has no such award; did you mean certificate\?"):
        appointments(CENTRE, "certificat", date(2026, 1, 1))


def test_a_day_beyond_the_year_9999_is_refused() -> None:
    assert days(date(9997, 12, 31), 1) == [date(9999, 12, 31)]
    with pytest.raises(DataError, match="beyond the year 9999"):
        days(date(9998, 1, 1), 1)


@pytest.mark.parametrize("times", [0, -1, MOST_TIMES + 1])
def test_a_number_of_times_has_its_limits(times: int) -> None:
    with pytest.raises(ValueError, match=f"^times must be from 1 to 100, not {times}$"):
        days(date(2026, 1, 1), times)


# The file


def test_another_program_reads_the_calendar_back() -> None:
    found = appointments(CENTRE, "certificate", date(2024, 2, 29))
    read = events(calendar_file(found, STAMP))
    assert [event["DTSTART"].dt for event in read] == [item.day for item in found]
    assert all(type(event["DTSTART"].dt) is date for event in read)  # all day: no time of a clock
    assert [str(event["SUMMARY"]) for event in read] == [item.title for item in found]
    assert [str(event["UID"]) for event in read] == [item.uid for item in found]
    for event in read:
        assert "EN ISO 18295 in 2017" in event["DESCRIPTION"]
        assert CENTRE.source in event["DESCRIPTION"]
        assert event["DTSTAMP"].dt == STAMP


def test_a_reminder_comes_three_months_before_in_the_morning() -> None:
    read = events(calendar_file(appointments(CENTRE, "certificate", date(2026, 5, 31)), STAMP))
    (alarm,) = read[0].walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY"
    assert alarm["DESCRIPTION"]
    day = datetime.combine(read[0]["DTSTART"].dt, datetime.min.time())
    assert day + alarm["TRIGGER"].dt == datetime(2028, 2, 29, 9)
    other = events(calendar_file(appointments(CENTRE, "certificate", date(2026, 5, 31)), STAMP, 1))
    assert day + other[0].walk("VALARM")[0]["TRIGGER"].dt == datetime(2028, 4, 30, 9)


def test_the_raw_text_is_as_the_standard_has_it() -> None:
    content = calendar_file(appointments(CENTRE, "certificate", date(2026, 11, 22), 2), STAMP)
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    lines = unfolded(content)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert {"VERSION:2.0", "PRODID:-//nvq-planner//diary//EN"} <= set(lines)
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == lines.count("BEGIN:VALARM") == 2
    assert lines.count("DTSTAMP:20261122T093000Z") == 2
    assert "DTSTART;VALUE=DATE:20281122" in lines
    assert "TRANSP:TRANSPARENT" in lines


def test_the_same_appointments_and_stamp_give_the_same_bytes() -> None:
    found = appointments(CENTRE, "certificate", date(2026, 11, 22))
    assert calendar_file(found, STAMP) == calendar_file(found, STAMP)
    elsewhere = STAMP.astimezone(timezone(timedelta(hours=5)))
    assert calendar_file(found, elsewhere) == calendar_file(found, STAMP)


def test_an_appointment_keeps_its_name_at_every_export_and_no_other_has_it() -> None:
    two = replace(CENTRE, recurring=(*CENTRE.recurring, Recurring("certificate", "Report", 24)))
    found = appointments(two, "certificate", date(2026, 11, 22), 50)
    assert len({item.uid for item in found}) == 100
    assert [item.uid for item in found] == [
        item.uid for item in appointments(two, "certificate", date(2026, 11, 22), 50)
    ]
    assert re.fullmatch(r"[0-9a-f]{32}@nvq-planner", found[0].uid)
    later = replace(CENTRE, title="Another title", verified=date(2027, 1, 1))
    kept = appointments(later, "certificate", date(2026, 11, 22), 1)[0].uid
    assert kept == appointments(CENTRE, "certificate", date(2026, 11, 22), 1)[0].uid


def test_a_calendar_without_appointments_or_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a calendar file needs an appointment$"):
        calendar_file((), STAMP)
    with pytest.raises(ValueError, match=r"^the stamp needs a time zone$"):
        calendar_file(appointments(CENTRE, "certificate", date(2026, 1, 1)), datetime(2026, 1, 1))


HOSTILE = (
    "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:y",
    "a;b,c:d\\n\\;\"'`",
    "\x00\x07\x1b[31m\u2028\u2029\x85",
    "é" * 200,
    "🎓" * 60,
    "\ud800 alone",
    '=HYPERLINK("http://example.invalid")',
    "=?utf-8?q?=0AATTACH:x?=",
    "^n^'^^",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    scheme = replace(
        renamed(title=text, body=text, region=text, source=text),
        notes=(text,),
        recurring=(Recurring("certificate", text, 24),),
    )
    content = calendar_file(appointments(scheme, "certificate", date(2026, 11, 22), 1), STAMP)
    lines = unfolded(content)
    assert [line.partition(":")[0].partition(";")[0] for line in lines[:-1]] == [
        "BEGIN", "VERSION", "PRODID", "BEGIN", "SUMMARY", "DTSTART", "DTSTAMP", "UID", "DESCRIPTION", "TRANSP",
        "BEGIN", "ACTION", "DESCRIPTION", "TRIGGER", "END", "END", "END",
    ]  # fmt: skip
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    (event,) = events(content)
    plain = "".join(character if character.isprintable() else " " for character in text)
    assert str(event["SUMMARY"]) == f"{plain} due: {plain}"
    assert plain in str(event["DESCRIPTION"])


@settings(max_examples=60)
@given(
    text=st.text(min_size=1, max_size=120),
    granted=st.dates(max_value=date(9000, 1, 1)),
    months=st.integers(1, 120),
)
def test_any_text_and_day_are_read_back(text: str, granted: date, months: int) -> None:
    scheme = replace(CENTRE, recurring=(Recurring("certificate", text, months),))
    found = appointments(scheme, "certificate", granted, 3)
    read = events(calendar_file(found, STAMP))
    assert [event["DTSTART"].dt for event in read] == [item.day for item in found]
    plain = "".join(character if character.isprintable() else " " for character in text)
    assert [str(event["SUMMARY"]) for event in read] == [f"{plain} due: {CENTRE.title}"] * 3


def test_appointments_are_compared_by_what_they_say() -> None:
    (one,) = appointments(CENTRE, "certificate", date(2026, 1, 1), 1)
    assert one == Appointment(one.day, one.recognition, one.award, one.recurring)
