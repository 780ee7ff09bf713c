"""The widgets for what an assessor changes in a portfolio: statuses, evidence, details, decisions.

A widget never holds the truth: it shows the portfolio it is given and reports a change to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.units import Unit
from planner.pages.learners.changes import (
    decision_problems,
    with_decision,
    with_details,
    with_entry,
    with_status,
    with_ticks,
    with_withdrawn,
)
from planner.pages.shared import page_shell, sign_in
from planner.pages.shared.words import plain, tidy
from planner.records.portfolios import (
    ACHIEVED,
    DATES,
    IN_HAND,
    KINDS,
    STATUSES,
    Decision,
    DecisionKind,
    Entry,
    EntryStatus,
    Portfolio,
)
from planner.records.registrations import LONGEST

Change = Callable[[Portfolio], Portfolio]
Apply = Callable[[Change], None]
"""Carries out a change on the portfolio shown, as it is when the change comes in."""

NOT_STARTED = "not started"

ENTRY_TEXTS = {
    "evidence": "Evidence (its references)",
    "assessor": "Assessor",
    "iqa_sample": "Internal quality assurance: what was sampled",
    "iqa_outcome": "Internal quality assurance: outcome",
}
ENTRY_DATES = {
    "date": "Date of this status",
    "started": "Started on",
    "assessed": "Assessed on",
    "verified": "Verified on",
}
DETAIL_TEXTS = {
    "name": "Name",
    "registration_number": "Registration number",
    "unique_learner_number": "Unique learner number (ten digits)",
    "employer": "Employer",
    "assessor": "Assessor of this learner",
    "centre": "Centre",
    "centre_number": "Centre number",
}

EARLIEST = date(1980, 1, 1)
AHEAD = timedelta(days=3 * 366)
"""The days a date field offers; a date that was read from a file is shown whatever it is."""


# Units


def ticks(qualification: Qualification, portfolio: Portfolio, apply: Apply) -> None:
    """The quick way in: which units are achieved, which are in progress."""
    kinds: tuple[tuple[str, str, frozenset[EntryStatus], EntryStatus, str], ...] = (
        ("Units already achieved", "achieved", ACHIEVED, "verified", "A ticked unit is taken as verified."),
        ("Units in progress", "in-hand", IN_HAND, "in progress", "Begun or handed in, but not assessed."),
    )
    st.markdown("**Tick units**")
    for label, key, statuses, status, hint in kinds:
        page_shell.put(key, [entry.ref for entry in portfolio.entries if entry.status in statuses])
        st.multiselect(
            label,
            list(qualification.by_ref),
            format_func=qualification.named,
            key=key,
            wrap=True,
            placeholder="Choose units",
            on_change=_ticked,
            args=(qualification, apply, key, statuses, status),
        )
        page_shell.note(hint)


def _ticked(
    qualification: Qualification,
    apply: Apply,
    key: str,
    statuses: frozenset[EntryStatus],
    status: EntryStatus,
) -> None:
    refs = tuple(st.session_state[key])
    apply(lambda portfolio: with_ticks(qualification, portfolio, refs, statuses, status))


def statuses(qualification: Qualification, portfolio: Portfolio, apply: Apply) -> None:
    """The status of every unit, by group, folded."""
    st.subheader("Status of each unit")
    entries = {entry.ref: entry for entry in portfolio.entries}
    for group in dict.fromkeys(unit.group for unit in qualification.units):
        units = [unit for unit in qualification.units if unit.group == group]
        done = sum(unit.ref in portfolio.achieved for unit in units)
        label = f"{qualification.group_name(group)} · {done} of {len(units)} achieved"
        with st.expander(plain(label), key=f"statuses-{group}"):
            for unit in units:
                _status(qualification, unit, entries.get(unit.ref), apply)


def _status(qualification: Qualification, unit: Unit, entry: Entry | None, apply: Apply) -> None:
    """One unit's status; a unit with evidence cannot be taken out, so that no slip loses it."""
    filled = entry is not None and entry != Entry(entry.ref, entry.status)
    key = f"status-{unit.ref}"
    page_shell.put(key, entry.status if entry else NOT_STARTED)
    st.selectbox(
        f"{plain(qualification.names[unit.ref])} · {plain(unit.ref)}",  # brackets would be read out escaped
        list(STATUSES) if filled else [NOT_STARTED, *STATUSES],
        key=key,
        on_change=_status_chosen,
        args=(qualification, apply, unit.ref),
    )


def _status_chosen(qualification: Qualification, apply: Apply, ref: str) -> None:
    chosen = st.session_state[f"status-{ref}"]
    status = None if chosen == NOT_STARTED else chosen
    who = sign_in.person()
    by, on = (who.name, date.today()) if who else ("", None)
    apply(lambda portfolio: with_status(qualification, portfolio, ref, status, by, on))


def evidence(qualification: Qualification, portfolio: Portfolio, apply: Apply) -> None:
    """Evidence, assessor and dates of one unit, folded."""
    entries = {entry.ref: entry for entry in portfolio.entries}
    with st.expander("Evidence, assessor and dates of a unit", key="evidence"):
        ref = _one_of("Unit", entries, "evidence-unit", qualification.named, "Choose a unit")
        if ref is None:
            st.markdown("Choose a unit to see what is on record, and to change it.")
            return
        for field, label in ENTRY_TEXTS.items():
            _text(label, f"entry-{field}", getattr(entries[ref], field), _changer(apply, ref, field))
        for field in DATES:
            _day(
                ENTRY_DATES[field],
                f"entry-{field}",
                getattr(entries[ref], field),
                _changer(apply, ref, field),
            )


def _changer(apply: Apply, ref: str, field: str) -> Callable[[Any], None]:
    return lambda value: apply(lambda portfolio: with_entry(portfolio, ref, **{field: value}))


def details(portfolio: Portfolio, others: Iterable[str], apply: Apply) -> None:
    """Who the record is about, folded; all optional.

    `others` are the references of the other learners, which this one cannot take.
    """
    with st.expander("Learner and centre (optional)", key="details"):
        st.markdown("These stand at the head of the achievement record. Leave out what you do not need.")
        taken = frozenset(others)
        learner = "" if portfolio.learner == "-" else portfolio.learner
        _text("Learner (your own reference)", "detail-learner", learner, partial(_named, apply, taken))
        if st.session_state.pop("detail-refused", ""):
            _say("Another learner of this file has that reference; the old one stays.")
        for field, label in DETAIL_TEXTS.items():
            _text(label, f"detail-{field}", getattr(portfolio.details, field), _detail_changer(apply, field))


def _named(apply: Apply, taken: frozenset[str], learner: str) -> None:
    if (learner or "-") in taken:
        st.session_state["detail-refused"] = learner or "-"
    else:
        apply(lambda portfolio: with_details(portfolio, learner=learner))


def _detail_changer(apply: Apply, field: str) -> Callable[[str], None]:
    return lambda value: apply(lambda portfolio: with_details(portfolio, **{field: value}))


# Decisions


def decisions(qualification: Qualification, portfolio: Portfolio, apply: Apply, today: date) -> None:
    """The decisions, each with a way to take it back, and a form for one more."""
    count = sum(decision.in_force for decision in portfolio.decisions)
    label = "Decisions: prior learning, units from outside, waived rules" + (f" · {count}" if count else "")
    with st.expander(label, expanded=bool(portfolio.decisions), key=f"decisions-{bool(portfolio.decisions)}"):
        for number, decision in enumerate(portfolio.decisions):
            _decision(qualification, number, decision, apply, today)
        st.markdown("**Add a decision**")
        st.markdown("You decide, the page counts. A decision can be taken back; it is never erased.")
        _form(qualification, portfolio, apply, today)


def _decision(
    qualification: Qualification, number: int, decision: Decision, apply: Apply, today: date
) -> None:
    words = plain(replace(decision, withdrawn=None).in_words(qualification))
    with st.container(border=True):
        if decision.withdrawn is not None:
            by = f" by {plain(decision.withdrawn_by)}" if decision.withdrawn_by else ""
            st.markdown(
                f"~~{words}~~  \n**Withdrawn{by} on {in_words(decision.withdrawn)}.** No longer counts."
            )
            return
        st.markdown(words)
        if st.session_state.get("withdrawing") != number:
            st.button("Withdraw", key=f"withdraw-{number}", on_click=_ask_name, args=(number,))
            return
        st.text_input("Who withdraws it?", key="withdrawn-by", max_chars=LONGEST)
        if st.session_state.get("withdraw-tried"):
            _say("Give your name: a decision is taken back by somebody.")
        with st.container(horizontal=True):
            confirm = partial(_withdrawn, apply, number, today)
            st.button("Withdraw this decision", key="withdraw-yes", on_click=confirm)
            st.button("Keep it", key="withdraw-no", on_click=_ask_name, args=(None,))


def _ask_name(number: int | None) -> None:
    st.session_state["withdrawing"] = number
    st.session_state["withdraw-tried"] = False


def _withdrawn(apply: Apply, number: int, today: date) -> None:
    by = tidy(st.session_state["withdrawn-by"])
    if not by:
        st.session_state["withdraw-tried"] = True
        return
    apply(lambda portfolio: with_withdrawn(portfolio, number, by, today))
    _ask_name(None)


def _form(qualification: Qualification, portfolio: Portfolio, apply: Apply, today: date) -> None:
    lacks: Mapping[str, str] = st.session_state.get("decision-lacks", {})
    kind: DecisionKind = st.selectbox(
        "What do you decide?", list(KINDS), format_func=_kind_words, key="decision-kind"
    )
    _subject(qualification, portfolio, kind)
    _lack(lacks, "subject")
    if kind in ("accept", "transfer"):
        label = "Unit from outside: title, number and who awarded it"
        optional = "" if kind == "accept" else " (if it differs)"
        st.text_input(label + optional, key="decision-outside", max_chars=LONGEST)
        _lack(lacks, "outside")
    st.text_input("Reason", key="decision-reason", max_chars=LONGEST)
    _lack(lacks, "reason")
    if (who := sign_in.person()) is not None:
        st.session_state.setdefault("decision-by", who.name)
    st.text_input("Your name", key="decision-by", max_chars=LONGEST)
    _lack(lacks, "by")
    if "decision-date" not in st.session_state:
        st.session_state["decision-date"] = today
    st.date_input("Date", None, EARLIEST, today + AHEAD, key="decision-date", format="DD/MM/YYYY")
    _lack(lacks, "date")
    st.button("Add the decision", key="decide", on_click=_decided, args=(apply,), icon=":material/gavel:")


def _kind_words(kind: DecisionKind) -> str:
    return KINDS[kind][0].upper() + KINDS[kind][1:]


def _subject(qualification: Qualification, portfolio: Portfolio, kind: DecisionKind) -> None:
    """The unit that is to count as achieved, or the rule that is not to be asked for."""
    if kind == "waive":
        texts = {rule.id: rule.text for rule in qualification.rules if rule.id not in portfolio.waived}
        _one_of("Rule to waive", texts, "decision-rule", texts.__getitem__, "Choose a rule")
        return
    units = [ref for ref in qualification.by_ref if ref not in portfolio.achieved]
    title = qualification.named
    _one_of("Unit that then counts as achieved", units, "decision-unit", title, "Choose a unit")


def _decided(apply: Apply) -> None:
    """Adds the decision typed in, or says at each field what it lacks."""
    given = st.session_state
    kind: DecisionKind = given["decision-kind"]
    subject = given.get("decision-rule" if kind == "waive" else "decision-unit")
    outside = tidy(given.get("decision-outside", "")) if kind in ("accept", "transfer") else ""
    reason, by, day = tidy(given["decision-reason"]), tidy(given["decision-by"]), given["decision-date"]
    given["decision-lacks"] = decision_problems(kind, subject, outside, reason, by, day)
    if subject is None or day is None or given["decision-lacks"]:
        return
    decision = Decision(kind, subject, reason, by, day, outside)
    apply(lambda portfolio: with_decision(portfolio, decision))
    for field in ("decision-reason", "decision-outside"):
        given[field] = ""
    given["decision-unit"] = given["decision-rule"] = None


# Widgets


def forget() -> None:
    """Drops what was half typed about one portfolio, before another is shown."""
    for key in ("withdrawing", "withdraw-tried", "decision-lacks", "detail-refused", "evidence-unit"):
        st.session_state.pop(key, None)


def _one_of(
    label: str, options: Iterable[str], key: str, words: Callable[[str], str], placeholder: str
) -> str | None:
    """A choice among options that come and go; one that is gone is no longer chosen."""
    known = list(options)
    if st.session_state.get(key) not in known:
        page_shell.put(key, None)
    return st.selectbox(label, known, index=None, format_func=words, key=key, placeholder=placeholder)


def _text(label: str, key: str, value: str, changed: Callable[[str], None]) -> None:
    page_shell.put(key, value)
    st.text_input(
        label,
        key=key,
        max_chars=max(LONGEST, len(value)),
        on_change=lambda: changed(tidy(st.session_state[key] or "")),
    )


def _day(label: str, key: str, value: date | None, changed: Callable[[date | None], None]) -> None:
    page_shell.put(key, value)
    today = date.today()
    earliest, latest = min(EARLIEST, value or today), max(today + AHEAD, value or today)
    st.date_input(
        label,
        None,
        earliest,
        latest,
        key=key,
        format="DD/MM/YYYY",
        on_change=lambda: changed(st.session_state[key]),
    )


def _lack(lacks: Mapping[str, str], field: str) -> None:
    if field in lacks:
        _say(lacks[field])


def _say(message: str) -> None:
    """What is wrong with the field just above."""
    st.markdown(f":red[:material/error: {plain(message)}]")
