"""The verdict on a portfolio: what it rests on, what is missing and the way to it, what counts."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from planner.pages.shared.learners import way_out
from planner.pages.shared.words import plain, shortened, titles, with_told_credits
from planner.portfolio.verdict import Judgement, Verdict, Way
from planner.records.portfolios import Portfolio
from planner.records.wishes import Wishes
from planner.report import portfolio_tables, tables
from planner.rules.measure import numbered


def learner_words(portfolio: Portfolio) -> str:
    """Reference and name, each cut where no telephone could show it."""
    parts = [part for part in (portfolio.learner, portfolio.details.name) if part]
    return " · ".join(shortened(part) for part in parts)


def verdict_message(verdict: Verdict) -> None:
    words = plain(portfolio_tables.verdict_words(verdict))
    if not verdict.judged:
        st.warning(words, icon=":material/help:")
    elif not verdict.decided:
        st.warning(words, icon=":material/hourglass_empty:")
    elif verdict.rules_met:
        st.success(words, icon=":material/check_circle:")
    elif verdict.home.found:
        st.warning(words, icon=":material/pending:")
    else:
        st.error(words, icon=":material/block:")


def rests_on(judgement: Judgement) -> None:
    """What the verdict takes on trust: decisions, assessments not yet quality assured, evidence."""
    portfolio = judgement.portfolio
    if portfolio.waived:
        texts = [rule.text for rule in judgement.qualification.rules if rule.id in portfolio.waived]
        st.markdown(f"**Waived by a decision:** {plain('; '.join(f'“{text}”' for text in texts))}")
    if portfolio.recognised:
        st.markdown(f"**Achieved by a decision:** {unit_titles(judgement, sorted(portfolio.recognised))}")
    for sentence in portfolio_tables.title_words(judgement):
        st.markdown(plain(sentence))
    if portfolio.awaiting_iqa:
        waiting = unit_titles(judgement, portfolio.awaiting_iqa)
        st.markdown(f"**Awaiting internal quality assurance:** {waiting}")
    st.markdown(plain(tables.caveats(judgement.qualification)[0]))


def unit_titles(judgement: Judgement, refs: Sequence[str]) -> str:
    return titles(judgement.qualification, refs)


def wishes_line(judgement: Judgement, asked: Wishes | None) -> None:
    """What the learner asks for, in one line; nothing where nothing is known of it."""
    if words := portfolio_tables.wishes_words(judgement.qualification, asked):
        st.markdown(f"**What they ask for:** {plain(words)}.")


def way_home(judgement: Judgement) -> None:
    """What is missing and the shortest way to it, or why there is none."""
    home = judgement.now.home
    not_needed = plain(portfolio_tables.not_needed_words(judgement.now))
    if judgement.now.rules_met:
        if not_needed:
            st.markdown(not_needed)
        return
    st.subheader("What is missing")
    if not home.found:
        if not judgement.now.decided:
            st.markdown(plain(tables.verdict(home)))
        way_out(home, home.repairs)
        return
    missing_units(judgement)
    for words in filter(None, (not_needed, plain(portfolio_tables.shorter_words(judgement.now)))):
        st.markdown(words)
    if figures := home.qualification.figure_words(Way(home).credits, home.new_glh):
        whole = [f"about {home.learning_hours} hours of learning"] if len(figures) == 2 else []
        st.markdown(f"In all: {', '.join([*figures, *whole])}. ")
    st.markdown(plain(tables.proof(home)) if home.status == "optimal" else plain(tables.verdict(home)))


def missing_units(judgement: Judgement) -> None:
    """The units to finish and those to start, each in a table of its own."""
    table = portfolio_tables.missing_table(judgement.now)
    known = any(unit.strategy for unit in judgement.qualification.units)
    for what, heading in (("finish", "To finish"), ("start", "To start")):
        part = table[table["To do"] == what].reset_index(drop=True)
        if part.empty:
            continue
        st.markdown(f"**{heading}**")
        words = (
            "assessment strategy " + part["Assessment strategy"] if known else part["Group"].map(lambda _: "")
        )
        units_listed(part, words, heading)


def achieved_units(judgement: Judgement) -> None:
    st.subheader("Achieved units")
    counted, surplus = portfolio_tables.counted_table(judgement), portfolio_tables.surplus_table(judgement)
    if counted.empty and surplus.empty:
        st.markdown("None yet.")
    if not counted.empty:
        label = f"{len(counted)} {'counts' if len(counted) == 1 else 'count'}"
        with st.expander(label, expanded=len(counted) <= 12, key="counted"):
            units_listed(counted, counted["Achieved"], "Achieved units that count")
    if not surplus.empty:
        label = f"{len(surplus)} {'does' if len(surplus) == 1 else 'do'} not count"
        with st.expander(label, expanded=len(surplus) <= 12, key="surplus"):
            units_listed(surplus, surplus["Why"], "Achieved units that do not count")


def units_listed(table: pd.DataFrame, words: pd.Series[str], alt: str) -> None:
    """Units with credits and hours; what is said of each stands below its title, so that phones show all."""
    titles = table["Title"] + " (" + table["Ref"] + ")"
    table["Unit"] = titles.map(plain) + words.map(lambda text: f"  \n*{plain(text)}*" if text else "")
    figures = [column for column in ("Credits", "Guided hours") if column in table.columns]
    shown = table[["Unit", *figures]].rename(columns={"Guided hours": "Hours"})
    st.table(with_told_credits(shown), border="horizontal", hide_index=True, alt=alt)


def record_remarks(judgement: Judgement) -> None:
    if not judgement.remarks:
        return
    st.subheader("Remarks on the record")
    count = len(judgement.remarks)
    st.markdown("These are findings of the record, not of the rules: the verdict is the same without them.")
    with st.expander(numbered(count, "remark"), expanded=count <= 5, key="remarks"):
        for ref, title, text in portfolio_tables.remarks_table(judgement).itertuples(index=False, name=None):
            st.markdown(plain(f"{title} ({ref}): {text}" if ref else text))
