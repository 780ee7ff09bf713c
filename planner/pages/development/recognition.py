"""The part of the career page that answers: where am I, what is next, what is missing?

Facts are of a person or a centre: they stay in the visit, in a file if one is saved, never in the address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial

import pandas as pd
import streamlit as st

from planner.catalogue.qualification import in_words
from planner.errors import Problem
from planner.files.tables import SheetRead
from planner.pages import links
from planner.pages.development.cpd import FromLog
from planner.pages.shared import address, page_shell, session_store
from planner.pages.shared.words import bullets, plain
from planner.recognition.eligibility import (
    FACT_COLUMNS,
    OF_A_LOG,
    facts_csv,
    facts_file,
    rests_on,
    with_measured,
)
from planner.recognition.renewals import Appointment, appointments, calendar_file
from planner.recognition.schemes import Career, Fact, Measured, Reach, Recognition, career
from planner.report import career_tables

SCHEME = "scheme"
"""The parameter of the address that names the schemes shown."""

FACTS = "facts"
"""What this part keeps in the visit."""

GRANTED = "career-granted"
"""Where the session remembers when awards were granted, by scheme."""

FIRST_GRANTED = date(2000, 1, 1)

NEXT_DUE = 5
"""Appointments that are shown."""

LOOKED_AT = 60
"""Appointments worked out, so that those still to come are among them."""

ABOUT = {"person": "For a person", "centre": "For a centre"}

Facts = dict[str, dict[str, int]]

NOBODY: Facts = {}


def unsaved() -> bool:
    """Whether there are facts that no file holds."""
    return session_store.get(FACTS, NOBODY).unsaved


def show(schemes: Mapping[str, Recognition], log: FromLog | None) -> None:
    """Draws the answer and the facts it rests on; says so where no scheme is on file."""
    if not schemes:
        st.info("This data folder holds no scheme of recognition (no folder recognition).")
        return
    names = session_store.chosen(SCHEME, tuple(schemes), "no such scheme")
    careers = {name: _career(scheme, log) for name, scheme in schemes.items()}
    left, right = st.columns([11, 9], gap="large")
    with left:
        if not names:
            _overview(list(careers.values()))
        for name in names:
            _answer(careers[name])
        page_shell.note(plain(career_tables.DISCLAIMER))
    with right:
        _inputs(schemes, names, log)


# Facts


def _said(scheme: Recognition) -> dict[str, int]:
    """What was said of a scheme's facts; a switch that is off says no."""
    said = session_store.get(FACTS, NOBODY).now.get(scheme.id, {})
    switches = {name: 0 for name, fact in scheme.facts.items() if fact.kind == "yes"}
    return {**switches, **{name: value for name, value in said.items() if name in scheme.facts}}


def _career(scheme: Recognition, log: FromLog | None) -> Career:
    facts, _ = with_measured(scheme, _said(scheme), _measured(scheme, log))
    key = ("career", scheme.digest, tuple(sorted(facts.items())))
    return session_store.remembered(key, lambda: career(scheme, facts))


def _measured(scheme: Recognition, log: FromLog | None) -> Mapping[Measured, int]:
    """What the log of this visit says of a scheme's facts."""
    return log.values if log is not None and rests_on(scheme, log.reading) else {}


def _inputs(schemes: Mapping[str, Recognition], names: Sequence[str], log: FromLog | None) -> None:
    st.header("About you")
    people = sorted(schemes.values(), key=lambda scheme: scheme.about != "person")
    pills = session_store.labels({scheme.id: _pill(scheme) for scheme in people})
    st.session_state["career-schemes"] = list(names)
    st.pills(
        "Which schemes do you want to see?",
        list(pills),
        selection_mode="multi",
        format_func=pills.__getitem__,
        key="career-schemes",
        wrap=True,
        on_change=lambda: address.put(**{SCHEME: ",".join(st.session_state["career-schemes"])}),
    )
    if not names:
        st.markdown("Choose a scheme: its questions then stand here and the answer follows at once.")
    for name in names:
        _questions(schemes[name], log, len(names) > 1)
    _file(schemes)


def _pill(scheme: Recognition) -> str:
    """A name short enough for a telephone: the letters a title gives in brackets, else the title."""
    letters = re.search(r"\(([A-Z]{2,})\)$", scheme.title)
    name = letters[1] if letters else scheme.title
    return f"{name} · a centre" if scheme.about == "centre" else name


def _questions(scheme: Recognition, log: FromLog | None, headed: bool) -> None:
    """The facts of a scheme as inputs; those measured elsewhere are shown with where they come from."""
    measured = _measured(scheme, log)
    with st.container(border=True):
        if headed:
            st.subheader(plain(scheme.title))
        for fact in scheme.facts.values():
            if fact.measured is None or fact.measured not in measured:
                _question(scheme, fact)
            else:
                st.markdown(f"{plain(fact.text)}: **{plain(fact.in_words(measured[fact.measured]))}**")
        if any(fact.measured in OF_A_LOG for fact in scheme.facts.values()):
            _from_tracker(scheme, log)


def _question(scheme: Recognition, fact: Fact) -> None:
    key = f"fact-{scheme.id}-{fact.id}"
    value = session_store.get(FACTS, NOBODY).now.get(scheme.id, {}).get(fact.id)
    args = (scheme.id, fact, key)
    if fact.kind == "yes":
        st.session_state[key] = bool(value)
        st.toggle(plain(fact.text), key=key, wrap=True, on_change=_answered, args=args)
        return
    st.session_state[key] = value
    counted = "" if fact.kind.casefold() in fact.text.casefold() else f" ({fact.kind})"
    st.number_input(
        plain(fact.text + counted),
        min_value=0,
        max_value=max(fact.most, value or 0),
        value=None,
        step=1,
        placeholder="not said yet",
        key=key,
        on_change=_answered,
        args=args,
    )


def _answered(scheme: str, fact: Fact, key: str) -> None:
    """Takes what was just said; an empty field says nothing."""
    before = session_store.get(FACTS, NOBODY).now
    said = {name: value for name, value in before.get(scheme, {}).items() if name != fact.id}
    value = st.session_state[key]
    if value is not None:
        said[fact.id] = int(value)
    others = {name: values for name, values in before.items() if name != scheme}
    session_store.change(FACTS, NOBODY, {**others, **({scheme: said} if said else {})})


def _from_tracker(scheme: Recognition, log: FromLog | None) -> None:
    measured = _measured(scheme, log)
    if log is None or not measured:
        page_shell.note("Points can be taken from a log of activities: enter one in the CPD part.")
    else:
        page_shell.note(plain(log.source))
        said = session_store.get(FACTS, NOBODY).now.get(scheme.id, {})
        _, notices = with_measured(scheme, said, measured)
        for notice in notices:
            page_shell.note(plain(notice.message))
    st.button("To the CPD tracker", key=f"to-cpd-{scheme.id}", on_click=address.put, kwargs={"part": "cpd"})


def _file(schemes: Mapping[str, Recognition]) -> None:
    """Facts saved to a file and opened from one."""
    facts = session_store.get(FACTS, NOBODY)
    session_store.hint(FACTS, NOBODY, "What you said here")
    session_store.messages(FACTS, NOBODY, FACT_COLUMNS)
    if facts.now:
        page_shell.download(
            "Save what you said",
            lambda: facts_csv(facts.now, schemes),
            "career-facts.csv",
            "facts-file",
            partial(session_store.saved, FACTS, NOBODY, facts.now),
        )
    with st.expander("Open what you saved", key="facts-open"):
        page_shell.upload(
            "A table of facts (CSV or Excel)", ["csv", "xlsx"], "facts", partial(_opened, schemes)
        )
        page_shell.note("Beside what is said here the page says what differs. It stays in this browser tab.")


def _opened(schemes: Mapping[str, Recognition], source: str, content: bytes) -> None:
    def read(name: str, data: bytes) -> tuple[Facts, tuple[Problem, ...], Sequence[SheetRead]]:
        found = facts_file(name, data, schemes)
        return found.facts, found.problems, found.sheets

    merged = partial(_merged, schemes)
    taken = session_store.open_file(FACTS, NOBODY, read, source, content, merged)
    if taken and not st.query_params.get(SCHEME):
        address.put(**{SCHEME: ",".join(session_store.get(FACTS, NOBODY).now)})


def _merged(schemes: Mapping[str, Recognition], here: Facts, said: Facts) -> tuple[Facts, str]:
    """Facts with what a file says: of one said in two ways, what was here stays."""
    both = {name: {**said.get(name, {}), **here.get(name, {})} for name in {**here, **said}}
    given = [(name, fact, value) for name, values in said.items() for fact, value in values.items()]
    known = [each for each in given if each[1] in here.get(each[0], {})]
    disputed = [schemes[name].facts[fact].text for name, fact, value in known if here[name][fact] != value]
    same = len(known) - len(disputed)
    return both, session_store.differs("fact", len(given) - len(known), same, disputed)


# The answer


def _overview(careers: Sequence[Career]) -> None:
    st.header("Where you can go")
    for about, heading in ABOUT.items():
        rows = [found for found in careers if found.recognition.about == about]
        if not rows:
            continue
        table = pd.DataFrame(
            {
                "Scheme": [_named(found.recognition) for found in rows],
                "Where you stand": [plain(career_tables.career_words(found)) for found in rows],
            }
        )
        st.subheader(heading)
        st.table(table, border="horizontal", hide_index=True, alt=f"Schemes. {heading}")


def _named(scheme: Recognition) -> str:
    return f"**{plain(scheme.title)}**  \n{plain(scheme.whereabouts)}"


def _answer(found: Career) -> None:
    scheme = found.recognition
    st.header(plain(scheme.title))
    st.markdown(f"**{plain(scheme.whereabouts)}**")
    page_shell.note(plain(career_tables.source_words(scheme)))
    st.markdown(plain(career_tables.career_words(found)))
    st.markdown("  \n".join(_state(reach) for reach in found.reaches))
    if found.next is not None:
        with st.container(border=True):
            st.subheader(f"Next: {plain(found.next.award.title)}")
            _missing(found.next)
            with st.expander("The rules, measured", key=f"rules-{scheme.id}"):
                page_shell.meters(found.next.findings, scheme.id)
    _lead_on(scheme)
    if scheme.recurring:
        _diary(scheme)
    with st.expander("Every award: what is missing, who decides", key=f"awards-{scheme.id}"):
        for reach in found.reaches:
            if reach is not found.next:
                st.markdown(f"**{plain(reach.award.title)}**: {plain(career_tables.state_words(reach))}")
                _missing(reach)
    if scheme.notes:
        with st.expander("How the source was read", key=f"notes-{scheme.id}"):
            st.markdown(bullets(scheme.notes))


def _state(reach: Reach) -> str:
    far = ":red[:material/block:]" if reach.lacking is None else ":gray[:material/radio_button_unchecked:]"
    mark = ":green[:material/check_circle:]" if reach.reached else far
    return f"{mark} **{plain(reach.award.title)}**: {plain(career_tables.state_words(reach))}"


def _missing(reach: Reach) -> None:
    """What is missing for an award, the least first, by when, and who decides."""
    if lines := career_tables.missing_words(reach):
        st.markdown(bullets(lines))
    if when := career_tables.earliest_words(reach, date.today()):
        st.markdown(f":material/event: {plain(when)}.")
    st.markdown(f":material/gavel: {plain(reach.award.decides)}")


def _lead_on(scheme: Recognition) -> None:
    """Links to plan and check of the qualification a scheme rests on."""
    one = page_shell.on_file().get(scheme.qualification)
    if one is not None:
        with st.container(horizontal=True):
            links.to_plan(one, "Plan its units", {})
            links.to_audit(one, "Check whether the rules are met")
        links.caution(one)


# The diary


def _diary(scheme: Recognition) -> None:
    """What falls due again, as a table and as a calendar file."""
    st.subheader("What falls due, and when")
    for note in scheme.notes:
        page_shell.note(plain(note))
    granted: dict[str, date] = st.session_state.setdefault(GRANTED, {})
    key = f"granted-{scheme.id}"
    st.session_state[key] = granted.get(scheme.id)
    st.date_input(
        "When was it granted?",
        value=None,
        min_value=FIRST_GRANTED,
        max_value=max(date.today(), FIRST_GRANTED),
        key=key,
        format="DD/MM/YYYY",
        on_change=_granted,
        args=(scheme.id, key),
    )
    day = granted.get(scheme.id)
    if day is None:
        st.markdown("Say the day, and each date that follows from it stands here, with a calendar file.")
        return
    due = _due(scheme, day)
    if not due:
        st.info("Nothing of this falls due any more.")
        return
    table = career_tables.appointments_table(due)[["Day", "What falls due"]]
    table["Day"] = [in_words(when) for when in table["Day"]]
    st.table(table, border="horizontal", hide_index=True, alt="What falls due")
    page_shell.note("The next ones from today on. The date you gave is kept in no file but the calendar.")
    page_shell.download(
        "Download as a calendar file",
        lambda: calendar_file(due, datetime.now(UTC)),
        f"{scheme.id}.ics",
        f"calendar-{scheme.id}",
    )


def _granted(scheme: str, key: str) -> None:
    granted: dict[str, date] = st.session_state[GRANTED]
    others = {name: day for name, day in granted.items() if name != scheme}
    day = st.session_state[key]
    st.session_state[GRANTED] = others if day is None else {**others, scheme: day}


def _due(scheme: Recognition, granted: date) -> list[Appointment]:
    """The next appointments of all awards of a scheme from today on."""
    awards = dict.fromkeys(item.award for item in scheme.recurring)
    found = [due for award in awards for due in appointments(scheme, award, granted, LOOKED_AT)]
    coming = [due for due in found if due.day >= date.today()]
    return sorted(coming, key=lambda due: (due.day, due.title))[:NEXT_DUE]
