"""What a member has done: entered, opened from a file, saved to one; kept for the visit only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from planner.catalogue.qualification import in_words
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.log import COLUMNS, MOST_TIMES, CpdLog, LogEntry, read_log, to_csv
from planner.cpd.scheme import Reading
from planner.errors import DataError, Problem
from planner.files.tables import SheetRead
from planner.files.text_files import whole
from planner.pages.shared import address, faults, page_shell, session_store
from planner.pages.shared.words import plain, tidy
from planner.report import cpd_tables

SCHEME = "cpd-scheme"
"""Where the session remembers the scheme in use."""

MOST_NOTE = 500
"""Characters of a note typed here."""

MOST_SHOWN = 200
"""Entries up to which they are listed here; longer logs are mended in their file."""

Entries = tuple[LogEntry, ...]

NOTHING: Entries = ()


def use(scheme: str) -> None:
    """Notes the scheme in use."""
    st.session_state[SCHEME] = scheme


def scheme() -> str:
    """The scheme in use; empty if none has been."""
    found: str = st.session_state.get(SCHEME, "")
    return found


def _name(scheme: str) -> str:
    return f"log-{scheme}"


def unsaved() -> bool:
    """Whether a log of any scheme is in no file."""
    return session_store.unsaved(_name(""))


def start(scheme: str) -> date | None:
    """The first day of the cycle, None if it was not said."""
    found: date | None = st.session_state.get(f"cpd-start-{scheme}")
    return found


def set_start(scheme: str, day: date | None) -> None:
    """Takes the first day of the cycle."""
    st.session_state[f"cpd-start-{scheme}"] = day


def log(reading: Reading) -> CpdLog:
    """What was done, as far as it lies in the reading's cycle."""
    entries = session_store.get(_name(reading.scheme), NOTHING).now
    fitting = tuple(e for e in entries if e.ref in reading.activities and e.year <= reading.years)
    return CpdLog(reading, fitting, start=start(reading.scheme))


def saved_by(found: CpdLog) -> Callable[[], None] | None:
    """What notes that a workbook with this log was taken; None if the log holds more than the workbook."""
    name = _name(found.reading.scheme)
    if session_store.get(name, NOTHING).now != found.entries:
        return None
    return lambda: session_store.saved(name, NOTHING, found.entries)


def show(found: CpdLog, plan: CyclePlan) -> None:
    """Draws the log: its entries, a form for another, files."""
    reading = found.reading
    name = _name(reading.scheme)
    all_of_it = session_store.get(name, NOTHING).now
    st.subheader("What you have done")
    session_store.messages(name, NOTHING, ("activity", "year or date"))
    if len(all_of_it) > len(found.entries):
        number = len(all_of_it) - len(found.entries)
        lie = "1 entry of your log lies" if number == 1 else f"{number:,} entries of your log lie"
        st.warning(f"{lie} outside the cycle as this reading takes it, and nothing of it counts here.")
    if found.entries:
        _entries(found)
    else:
        st.markdown("Nothing yet: the plan begins from nothing.")
    _add(found, plan.intent.year)
    _files(reading, all_of_it)


def _entries(found: CpdLog) -> None:
    table = cpd_tables.log_table(found)
    if len(table) > MOST_SHOWN:
        st.markdown(f"{len(table):,} entries: to mend one, save the log, change the file and open it.")
        return
    shown = pd.DataFrame(
        {
            "Activity": [_told(row) for row in table.to_dict("records")],
            "Year": table["Year"].map(str),
            "Times": table["Times"].map(str),
            "Points": table["Points"].map(str),
        }
    )
    st.table(shown, border="horizontal", hide_index=True, alt="What you have done")
    entries, activities = found.entries, found.reading.activities
    labels = [f"{n}. {activities[e.ref].title}, year {e.year}" for n, e in enumerate(entries, start=1)]
    key = f"cpd-remove-{len(entries)}"  # a list that has changed starts with no choice
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox(
            "Remove an entry",
            range(len(entries)),
            index=None,
            format_func=labels.__getitem__,
            placeholder="Choose an entry",
            key=key,
        )
        st.button(
            "Remove", key="cpd-remove-now", disabled=number is None, on_click=_remove, args=(found, number)
        )


def _told(row: Mapping[Hashable, Any]) -> str:
    """An activity with its date and note, those that there are."""
    more = [in_words(date.fromisoformat(str(row["Date"])))] if row["Date"] else []
    more += [str(row["Note"])[:MOST_NOTE]] if row["Note"] else []
    return "  \n".join(plain(text) for text in (str(row["Title"]), *more))


def _remove(found: CpdLog, place: int | None) -> None:
    name = _name(found.reading.scheme)
    gone = found.entries[place or 0]
    now = list(session_store.get(name, NOTHING).now)
    now.remove(gone)
    session_store.change(name, NOTHING, tuple(now))


# A new entry


def _add(found: CpdLog, year: int) -> None:
    """The form for what was done; it is read as a row of a file is, so the same is wrong with both."""
    reading = found.reading
    names = session_store.labels({ref: activity.title for ref, activity in reading.activities.items()})
    years = list(range(1, min(year, reading.years) + 1))
    with st.expander("Add what you did", key=f"cpd-add-{bool(found.entries)}", expanded=not found.entries):
        if st.session_state.get("cpd-add-problem"):
            st.warning(st.session_state["cpd-add-problem"])
        with st.form("cpd-add", border=False):
            st.selectbox(
                "Activity",
                list(names),
                format_func=names.__getitem__,
                key="add-activity",
            )
            st.selectbox("Year of the cycle", years, index=len(years) - 1, key="add-year")
            st.number_input("How many times", 1, MOST_TIMES, step=1, key="add-times")
            first, last = date(2000, 1, 1), max(date.today(), date(2000, 1, 1))  # a log holds what was done
            st.date_input("Day, if you know it", None, first, last, key="add-day", format="DD/MM/YYYY")
            st.text_input("Note, such as a reference to evidence", key="add-note", max_chars=MOST_NOTE)
            st.form_submit_button(
                "Add", key="add-now", icon=":material/add:", on_click=faults.guarded(_added), args=(reading,)
            )


def _added(reading: Reading) -> None:
    state = st.session_state
    entry = LogEntry(
        state["add-activity"],
        state["add-year"],
        state["add-times"],
        state["add-day"],
        None,
        tidy(state["add-note"]),
    )
    content = to_csv(CpdLog(reading, (entry,)))
    read = read_log("entry.csv", content, reading, start=start(reading.scheme))
    told = [f"Not added: {plain(problem.field)} {plain(problem.message)}." for problem in read.problems]
    state["cpd-add-problem"] = "  \n".join(told)
    if read.entries:
        name = _name(reading.scheme)
        session_store.change(name, NOTHING, (*session_store.get(name, NOTHING).now, *read.entries))
        state["add-note"] = ""


# Files


def _files(reading: Reading, entries: Entries) -> None:
    name = _name(reading.scheme)
    session_store.hint(name, NOTHING, "What you have done")
    if entries:
        page_shell.download(
            "Save your log",
            lambda: to_csv(CpdLog(reading, entries)),
            "cpd-log.csv",
            "cpd-log-file",
            lambda: session_store.saved(name, NOTHING, entries),
        )
    with st.expander("Open a log", key="cpd-log-open"):
        page_shell.upload(
            "A log of activities (CSV or Excel)",
            ["csv", "xlsx"],
            "cpd-log",
            lambda source, content: _opened(reading, source, content),
        )
        page_shell.note(
            f"Columns: {', '.join(COLUMNS)}. Needed are activity and one of date and year. "
            "Beside what stands here the page says what differs. It stays in this browser tab."
        )


def _opened(reading: Reading, source: str, content: bytes) -> None:
    """Takes a log; the year moves on to its last one, and minutes of a workbook become wishes."""
    opened: list[CpdLog] = []

    def read(name: str, data: bytes) -> tuple[Entries, tuple[Problem, ...], Sequence[SheetRead]]:
        found = read_log(name, data, reading, start=start(reading.scheme))
        if not found.entries and found.problems:
            raise DataError(found.problems)
        opened.append(found)
        return found.entries, found.problems, found.sheets

    merged = partial(_merged, reading)
    if not session_store.open_file(_name(reading.scheme), NOTHING, read, source, content, merged):
        return
    (found,) = opened
    now = whole(st.query_params.get("year", ""), 1, reading.years + 1) or 1
    minutes = ",".join(f"{ref}={number}" for ref, number in sorted(found.minutes.items()))
    changed = {"minutes": minutes} if minutes else {}
    address.put(year=str(max(now, found.last_year)), **changed)


def _merged(reading: Reading, here: Entries, said: Entries) -> tuple[Entries, str]:
    """A log with what another says: of one activity on one day, said in two ways, what was here stays."""
    more = list((Counter(said) - Counter(here)).elements())
    known = {_done(entry) for entry in here}
    new = tuple(entry for entry in more if _done(entry) not in known)
    disputed = [reading.activities[e.ref].title for e in more if _done(e) in known]
    return (*here, *new), session_store.differs("entry", len(new), len(said) - len(more), disputed)


def _done(entry: LogEntry) -> tuple[object, ...]:
    """What tells one thing done from another."""
    return (entry.ref, entry.date) if entry.date else (entry.ref, entry.year, entry.note)
