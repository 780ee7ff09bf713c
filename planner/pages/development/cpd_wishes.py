"""What a member wishes of a cycle, as it stands in the address: reading, year, pins, minutes and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from planner.cpd.intent import CYCLE_GOALS, TIMES, CycleGoal, Intent, intent_of
from planner.cpd.log import MOST_MINUTES, CpdLog, year_of
from planner.cpd.scheme import Activity, Reading, default_reading, find_reading, of_scheme
from planner.errors import DataError, Problem
from planner.files.text_files import whole
from planner.pages.development import cpd_log
from planner.pages.shared import address, page_shell, session_store
from planner.pages.shared.words import plain
from planner.report import cpd_tables
from planner.rules.measure import numbered

READING, YEAR, PIN, EXCLUDE, MINUTES, GOAL = "reading", "year", "pin", "exclude", "minutes", "goal"
"""The parameters of the address."""

COUNTRY, ELSEWHERE = "country", "other"
"""The parameter with the scheme of the country that was chosen, and what it holds for all other countries."""

USED = "cpd-reading"
"""Where the session remembers the reading in use."""


ORDERS: dict[tuple[CycleGoal, ...], str] = {
    CYCLE_GOALS: "Least time",
    ("activities", "hours"): "Fewest activities",
}


def country(readings: Mapping[str, Reading]) -> bool:
    """Asks for the country first; whether it is one with a scheme on file.

    An address with wishes, and a visit in which the question was answered, mean that it is.
    """
    schemes = {found.scheme: found.region for found in readings.values()}
    named = st.query_params.get(COUNTRY, "")
    wished = any(key in st.query_params for key in (READING, YEAR, PIN, EXCLUDE, MINUTES, GOAL))
    if named in schemes or (named != ELSEWHERE and (wished or USED in st.session_state)):
        return True
    st.header("In which country do you work?")
    if named == ELSEWHERE:
        st.info(
            "No scheme of that country is on file. Ask your professional body; the schemes here hold in the "
            "countries below only.",
            icon=":material/public:",
        )
    for scheme, region in schemes.items():
        st.button(plain(region), key=f"country-{scheme}", on_click=address.put, kwargs={COUNTRY: scheme})
    if named != ELSEWHERE:
        st.button("Another country", key="country-other", on_click=address.put, kwargs={COUNTRY: ELSEWHERE})
    return False


def reading(readings: Mapping[str, Reading]) -> Reading:
    """The reading the address names, else the default: of the country's scheme, of the data folder."""
    readings = of_scheme(readings, st.query_params.get(COUNTRY, "")) or readings
    named = st.query_params.get(READING, "")[:100]
    try:
        found = find_reading(readings, named or None)
    except DataError as error:
        page_shell.left_out([replace(problem, source="address", field=READING) for problem in error.problems])
        found = default_reading(readings)
    st.session_state[USED] = found.id
    cpd_log.use(found.scheme)
    return found


def last_used(readings: Mapping[str, Reading]) -> Reading:
    """The reading in use before, if it is one of these, else their default."""
    return readings.get(st.session_state.get(USED, "")) or default_reading(readings)


# The address


def intent(log: CpdLog) -> Intent:
    """What the address and the log ask for; what makes no sense is left out and reported."""
    found = log.reading
    wishes = {
        PIN: _sound(found, PIN, lambda texts: intent_of(found, pins=texts)),
        EXCLUDE: _sound(found, EXCLUDE, lambda texts: intent_of(found, excludes=texts)),
        MINUTES: _sound(found, MINUTES, lambda texts: intent_of(found, minutes=texts)),
        GOAL: _sound(found, GOAL, lambda texts: intent_of(found, goals=texts)),
    }
    return intent_of(
        found,
        done=log.done,
        year=_year(log),
        pins=wishes[PIN],
        excludes=wishes[EXCLUDE],
        minutes=wishes[MINUTES],
        goals=wishes[GOAL],
    )


def _sound(found: Reading, key: str, understood: Callable[[list[str]], Intent]) -> list[str]:
    """The texts of a parameter that make sense together; the others are reported.

    No more are looked at than there are activities: nothing else can be meant twice.
    """
    sound: list[str] = []
    problems: list[Problem] = []
    texts = address.parts(key)
    for text in texts[: len(found.activities)]:
        try:
            understood([*sound, text])
        except DataError as error:
            problems += [replace(p, source="address", field=key, value=p.value[:100]) for p in error.problems]
        else:
            sound.append(text)
    if len(texts) > len(found.activities):
        problems.append(Problem("address", "names more than there are activities", field=key))
    page_shell.left_out(problems[: address.MOST_NAMED])
    return sound


def _year(log: CpdLog) -> int:
    """The running year: as the address says, but not before the last one of the log."""
    text = st.query_params.get(YEAR, "")
    given = whole(text, 1, log.reading.years + 1)
    if text and given is None:
        message = f"must be a whole number from 1 to {log.reading.years + 1}"
        page_shell.left_out([Problem("address", message, field=YEAR, value=text[:100])])
    if given is not None and given < log.last_year:
        st.warning(f"Your log holds activities of year {log.last_year}: the cycle is taken to be there.")
    return max(given or 1, log.last_year)


def _write(wishes: Intent) -> None:
    """Puts pins, exclusions, minutes and goals into the address; the default is left out."""
    pins = [ref if times == 1 else f"{ref}={times}" for ref, times in sorted(wishes.pins.items())]
    minutes = [f"{ref}={number}" for ref, number in sorted(wishes.minutes.items())]
    address.put(
        **{
            PIN: ",".join(pins),
            EXCLUDE: ",".join(sorted(wishes.excludes)),
            MINUTES: ",".join(minutes),
            GOAL: "" if wishes.goals == CYCLE_GOALS else ",".join(wishes.goals),
        }
    )


def unpin(wishes: Intent, ref: str) -> None:
    """No longer asks for an activity."""
    _write(replace(wishes, pins={name: times for name, times in wishes.pins.items() if name != ref}))


def allow(wishes: Intent, ref: str) -> None:
    """No longer leaves an activity out."""
    _write(replace(wishes, excludes=wishes.excludes - {ref}))


# The cycle


def first(readings: Mapping[str, Reading], log: CpdLog, wishes: Intent) -> None:
    """The choice of the reading and of the year."""
    st.subheader("Your cycle")
    found = log.reading
    names = session_store.labels({name: _named(readings, name) for name in readings})
    st.session_state["cpd-reading-choice"] = found.id
    st.selectbox(
        "How the scheme is read",
        list(names),
        format_func=names.__getitem__,
        key="cpd-reading-choice",
        on_change=_reading_chosen,
        args=(readings, found.scheme),
    )
    page_shell.note(
        "The source contradicts itself. Each reading is one way to take it; below the plan stands what each "
        "would cost."
    )
    st.session_state["cpd-year"] = wishes.year
    st.selectbox(
        "Where you are in the cycle",
        list(range(log.last_year, found.years + 2)),
        format_func=lambda year: cpd_tables.year_words(found, year).capitalize(),
        key="cpd-year",
        on_change=lambda: address.put(**{YEAR: str(st.session_state["cpd-year"])}),
    )
    _start(found)
    st.session_state["cpd-goal"] = wishes.goals
    orders = {**ORDERS}
    orders.setdefault(wishes.goals, "As in the address: " + ", then ".join(wishes.goals))
    st.selectbox(
        "Which plan is best?",
        list(orders),
        format_func=orders.__getitem__,
        key="cpd-goal",
        on_change=lambda: _write(replace(wishes, goals=st.session_state["cpd-goal"])),
    )


def _named(readings: Mapping[str, Reading], name: str) -> str:
    found = readings[name]
    schemes = {one.scheme for one in readings.values()}
    return found.title if len(schemes) == 1 else f"{found.title} · {found.designation}"


def _reading_chosen(readings: Mapping[str, Reading], scheme: str) -> None:
    """Takes another reading; activities of another scheme are no wishes under it."""
    name = st.session_state["cpd-reading-choice"]
    if readings[name].scheme != scheme:
        address.put(**dict.fromkeys((PIN, EXCLUDE, MINUTES, YEAR), ""))
    address.put(**{READING: "" if name == default_reading(readings).id else name})


def _start(found: Reading) -> None:
    """The first day of the cycle, which tells the running year and the years of dates."""
    st.session_state["cpd-first-day"] = cpd_log.start(found.scheme)
    st.date_input(
        "First day of your cycle, if you know it",
        value=None,
        min_value=date(2000, 1, 1),
        max_value=max(date.today(), date(2000, 1, 1)),
        key="cpd-first-day",
        format="DD/MM/YYYY",
        on_change=_started,
        args=(found,),
    )


def _started(found: Reading) -> None:
    day = st.session_state["cpd-first-day"]
    cpd_log.set_start(found.scheme, day)
    if day is not None:
        address.put(**{YEAR: str(year_of(date.today(), day, found.years) or 1)})


# The wishes


def more(wishes: Intent, found: Reading) -> None:
    """What has to count, what is not to be done, and how long things take."""
    st.subheader("What you wish")
    names = session_store.labels(
        {ref: f"{one.title} · {numbered(one.points, 'point')}" for ref, one in found.activities.items()}
    )

    def pinned(refs: list[str]) -> None:
        _write(replace(wishes, pins={ref: wishes.pins.get(ref, 1) for ref in refs}))

    _several("Must count", "cpd-pins", list(wishes.pins), names, pinned)
    for ref, times in wishes.pins.items():
        _times(wishes, found.activities[ref], times)
    _several(
        "Do not plan",
        "cpd-excludes",
        sorted(wishes.excludes),
        names,
        lambda refs: _write(replace(wishes, excludes=frozenset(refs))),
    )
    own = f" · {len(wishes.minutes)} of your own" if wishes.minutes else ""
    with st.expander(f"How long activities take{own}", key="cpd-minutes-fold"):
        _minutes(wishes, found, names)
    page_shell.note(
        "To share this plan, send the address of this page: it holds reading, year and wishes. What you have "
        "done is not in it."
    )


def _several(
    label: str, key: str, refs: Sequence[str], names: Mapping[str, str], taken: Callable[[list[str]], None]
) -> None:
    st.session_state[key] = list(refs)
    st.multiselect(
        label,
        list(names),
        format_func=names.__getitem__,
        key=key,
        placeholder="Choose activities",
        wrap=True,
        on_change=lambda: taken(st.session_state[key]),
    )


def _times(wishes: Intent, activity: Activity, times: int) -> None:
    key = f"cpd-pin-{activity.ref}"
    st.session_state[key] = times

    def chosen() -> None:
        _write(replace(wishes, pins={**wishes.pins, activity.ref: st.session_state[key]}))

    label = f"How often in the cycle: {plain(activity.title)}"
    st.number_input(label, 1, int(TIMES.high), step=1, key=key, on_change=chosen)


def _minutes(wishes: Intent, found: Reading, names: Mapping[str, str]) -> None:
    """One activity at a time, and all that were changed."""
    st.markdown("The minutes are estimates. Choose an activity and say what it takes you, once.")
    ref = st.selectbox("Activity", list(names), format_func=names.__getitem__, key="cpd-minutes-of")
    activity = found.activities[ref]
    key = f"cpd-minutes-{ref}"
    st.session_state[key] = wishes.minutes_of(activity)

    def chosen() -> None:
        _write(replace(wishes, minutes={**wishes.minutes, ref: st.session_state[key]}))

    st.number_input(
        f"Minutes (estimate: {activity.minutes})", 0, MOST_MINUTES, step=15, key=key, on_change=chosen
    )
    if activity.basis:
        page_shell.note(plain(activity.basis))
    if wishes.minutes:
        rows = [(plain(names[name]), str(number)) for name, number in wishes.minutes.items()]
        table = pd.DataFrame(rows, columns=["Activity", "Your minutes"])
        st.table(table, border="horizontal", hide_index=True, alt="Minutes of your own")
        st.button(
            "Take the estimates again",
            key="cpd-estimates",
            on_click=lambda: _write(replace(wishes, minutes={})),
        )
