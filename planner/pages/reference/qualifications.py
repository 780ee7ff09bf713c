"""The catalogue: the qualifications on file, and all that is known of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

import pandas as pd
import streamlit as st

from planner.authoring.lint import Report, check
from planner.catalogue.qualification import Qualification
from planner.catalogue.remarks import Remark
from planner.catalogue.units import Unit
from planner.pages import links
from planner.pages.reference import progression_panel
from planner.pages.shared import page_shell
from planner.pages.shared.words import SEVERITIES, badge, bullets, matches, plain, titles, with_told_credits
from planner.planning.solve import plan as best_plan
from planner.report import qualification_tables, tables
from planner.rules.measure import numbered
from planner.rules.rule import Choice, Rule

MOST_ROWS = 40
"""Qualifications listed at most; a search narrows them down."""

MOST_UNITS = 12
"""Units up to which the groups of a qualification are unfolded."""

MOST_NAMED = 3
"""Units named where a search found a qualification by its units."""

CHANGE = "nvq-planner change old-data new-data --requests cohort.csv"
NEW = 'nvq-planner new units.xlsx --id 999/0000/1 --title "..." --credits 28 --out our-data'
"""What is typed where the page does not reach."""

SAID_ABOVE = ("Qualification", "Number", "Awarding organisation", "Level", "Status")
"""Facts that stand at the head of a qualification and are not said again below."""


def show() -> None:
    """Draws the page."""
    found = {
        one.id: one for one in sorted(page_shell.on_file().values(), key=lambda one: one.title.casefold())
    }
    shown = page_shell.qualification()
    st.title("Qualifications")
    _catalogue(found, shown)
    progression_panel.show(found)
    _detail(shown)
    _other_ways()


# The list


def _catalogue(found: Mapping[str, Qualification], shown: Qualification) -> None:
    """The search, the qualifications it finds, and the choice of the one shown in detail."""
    search = st.text_input(
        "Find a qualification",
        key="catalogue-search",
        placeholder="title, number, awarding organisation, or a unit",
        live=True,
        type="search",
    )
    matching = [one for one in found.values() if _matches(one, search) or _matching_units(one, search)]
    if not matching:
        st.info("No qualification on file has this in its title, number, organisation or units.")
    else:
        which = "" if len(matching) == len(found) else f"{len(matching)} of "
        st.markdown(f"{which}{numbered(len(found), 'qualification')} on file.")
        _list(matching[:MOST_ROWS], shown, search)
    if len(matching) > MOST_ROWS:
        st.markdown(f"These are the first {MOST_ROWS}: search to find the others.")
    if len(found) == 1:
        return
    options = [number for number, one in found.items() if one in matching or one is shown]
    st.session_state["catalogue-shown"] = shown.id
    st.selectbox(
        "Show in detail",
        options,
        format_func=lambda number: f"{found[number].title} · {number}",
        key="catalogue-shown",
        on_change=_chosen,
    )


def _chosen() -> None:
    """Shows another qualification; the achieved units in the address are no wish for the one before."""
    held = st.query_params.get_all(progression_panel.HELD)
    page_shell.choose(st.session_state["catalogue-shown"])
    if held:
        st.query_params[progression_panel.HELD] = held
    st.session_state["catalogue-unit"] = ""


def _matches(qualification: Qualification, search: str) -> bool:
    """Whether every word of `search` stands in title, number or awarding organisation."""
    text = f"{qualification.title} {qualification.id} {qualification.awarding_organisation}"
    return matches(search, text, qualification.id)


def _matching_units(qualification: Qualification, search: str) -> list[Unit]:
    return [u for u in qualification.units if search.strip() and matches(search, u.title, u.ref)]


def _list(matching: Sequence[Qualification], shown: Qualification, search: str) -> None:
    on_file = frozenset[str]().union(*(one.figures for one in matching))
    rows = {
        "Qualification": [_list_cell(one, shown, search) for one in matching],
        "Level": [_figure(one.level) for one in matching],
    }
    explained = []
    if "credits" in on_file:
        rows["Credits"] = [_figure(_least_credits(one.digest, one)) for one in matching]
        explained.append("Credits: the fewest that meet the rules.")
    if "glh" in on_file:
        rows["Hours"] = [qualification_tables.hours_words(one) or "–" for one in matching]
        explained.append("Hours: the published range of guided hours.")
    alt = "Qualifications with level and credits" if "credits" in on_file else "Qualifications with level"
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt=alt)
    st.markdown(" ".join(explained))


def _list_cell(one: Qualification, shown: Qualification, search: str) -> str:
    facts = " · ".join(plain(text) for text in (one.id, one.awarding_organisation) if text)
    mark = " · *shown below*" if one is shown else ""
    lines = [f"**{plain(one.title)}**", f"{facts} {badge(one)}{mark}"]
    units = [] if _matches(one, search) else _matching_units(one, search)
    if units:
        more = f" and {len(units) - MOST_NAMED} more" if len(units) > MOST_NAMED else ""
        lines.append(f"*With {titles(one, [unit.ref for unit in units[:MOST_NAMED]])}{more}*")
    return "  \n".join(lines)


def _figure(value: float | None) -> str:
    return "–" if value is None else str(value)


@st.cache_data(show_spinner=False, max_entries=1_000)
def _least_credits(digest: str, _qualification: Qualification) -> float | None:
    """The fewest credits that meet the rules: as published, else computed; None where nothing does."""
    if "credits" not in _qualification.figures:
        return None
    published = _qualification.published.get("min_credits")
    return best_plan(_qualification, goals=("credits",)).credits if published is None else published


# One qualification


def _detail(one: Qualification) -> None:
    st.header(plain(one.title))
    level = "" if one.level is None else f"level {one.level}"
    st.markdown(" · ".join(plain(text) for text in (one.id, one.awarding_organisation, level) if text))
    page_shell.status(one)
    _headline(one)
    with st.container(horizontal=True):
        links.to_plan(one, "Plan its units", {})
        links.to_audit(one, "Check portfolios")
    report = _report(one.digest, date.today(), one)
    left, right = st.columns(2, gap="medium")
    with left:
        _rules(one)
        _units(one)
        st.subheader("What no computer checks")
        st.markdown(bullets(tables.caveats(one)))
    with right:
        _facts(one)
        _checked(report)


def _headline(one: Qualification) -> None:
    """What the qualification asks for, in figures."""
    figures = {
        "Credits needed": _figure(_least_credits(one.digest, one)) if "credits" in one.figures else "",
        "Guided hours, published": (
            (qualification_tables.hours_words(one) or "–") if "glh" in one.figures else ""
        ),
        "Units": str(len(one.units)),
    }
    page_shell.figures(*((label, value, None) for label, value in figures.items() if value))


@st.cache_resource(show_spinner="Checking data and rules", max_entries=100)
def _report(digest: str, day: date, _qualification: Qualification) -> Report:
    return check(_qualification, day)


def _rules(one: Qualification) -> None:
    st.subheader("The rules")
    barred = [rule for rule in one.rules if rule.kind == "barred"]
    st.markdown("\n".join(line for rule in one.rules if rule not in barred for line in _rule(rule)))
    if barred:
        with st.expander(f"Barred sets: {len(barred)}", key="catalogue-barred"):
            st.markdown("\n".join(line for rule in barred for line in _rule(rule)))


def _rule(rule: Rule, depth: int = 0) -> list[str]:
    """A rule as lines of a Markdown list: its sentence, its limits, the parts of a choice below it."""
    lines = [f"{'    ' * depth}- “{plain(rule.text)}” — **{plain(qualification_tables.limits_words(rule))}**"]
    if isinstance(rule, Choice):
        lines += [line for part in rule.of for line in _rule(part, depth + 1)]
    return lines


def _units(one: Qualification) -> None:
    st.subheader("The units")
    search = page_shell.unit_search("catalogue-unit") if len(one.units) > MOST_UNITS else ""
    matching = [unit for unit in one.units if matches(search, unit.title, unit.ref)]
    if not matching:
        st.info("No unit has this in its title or ref.")
    for group, members in groupby(sorted(matching, key=_group), key=_group):
        units, unfolded = list(members), bool(search) or len(one.units) <= MOST_UNITS
        label = f"{one.group_name(group)} · {numbered(len(units), 'unit')}"
        with st.expander(plain(label), expanded=unfolded, key=f"units-{group}-{unfolded}"):
            _unit_table(one, units, label)


def _group(unit: Unit) -> str:
    return unit.group


def _unit_table(one: Qualification, units: Sequence[Unit], label: str) -> None:
    """Units with credits and hours; all else about each stands below its title, so that phones show it."""
    words = [plain(qualification_tables.unit_words(one, unit)) for unit in units]
    shown = {
        "Unit": [
            f"**{plain(one.names[unit.ref])}** ({plain(unit.ref)})  \n{said}"
            for unit, said in zip(units, words, strict=True)
        ],
        "Credits": [unit.credits for unit in units],
        "Hours": [unit.glh for unit in units],
    }
    table = with_told_credits(tables.columns_on_file(one, pd.DataFrame(shown)))
    st.table(table, border="horizontal", hide_index=True, alt=f"Units of {label}")


def _facts(one: Qualification) -> None:
    st.subheader("On file")
    table = pd.concat(
        [qualification_tables.dates_table(one), tables.qualification_table(one)], ignore_index=True
    )
    table = table[~table[""].isin(SAID_ABOVE)]
    words = table[""].map(lambda word: f"**{plain(word)}**")
    shown = pd.DataFrame({"Fact": words, "Value": table["Value"].map(plain)})
    st.table(shown, border="horizontal", hide_index=True, hide_header=True, alt=f"Facts about {one.title}")
    units = sorted(one.units, key=_group)
    if sources := [unit for unit in units if unit.level_source]:
        with st.expander("Where the levels of the units come from", key="catalogue-sources"):
            lines = (
                f"- **{plain(u.title)}** ({plain(u.ref)}), level {u.level}: {plain(u.level_source)}"
                for u in sources
            )
            st.markdown("\n".join(lines))


def _checked(report: Report) -> None:
    """What the lint says: errors in sight; folded what reviewers look for, who choose units do not."""
    st.subheader("Checked by the planner")
    by_severity = {
        kind: [r for r in report.remarks if r.severity == kind]
        for kind in ("error", "undecided", "notice", "fine")
    }
    errors, undecided, notices, fine = by_severity.values()
    published = {f"published-{figure}" for figure in report.qualification.published}
    fine = [remark for remark in fine if remark.id not in published]  # the table below has these
    summary = numbered(len(errors), "error") if errors else "No errors"
    summary += f", {len(undecided)} undecided" if undecided else ""
    summary += f", {numbered(len(notices), 'notice')}." if notices else "."
    if errors:
        st.error(f"{summary} Do not rely on answers until the file is mended.", icon=":material/error:")
    elif undecided:
        st.warning(f"{summary} Not everything could be checked in time.", icon=":material/help:")
    else:
        st.success(summary, icon=":material/check_circle:")
    _remarks((*errors, *undecided))
    with st.expander("For reviewers: every notice, check and published figure", key="catalogue-reviewers"):
        _remarks(notices)
        figures = qualification_tables.figures_table(report)
        if not figures.empty:
            figures["Computed anew"] = figures["Computed anew"].map(plain)
            st.table(
                figures, border="horizontal", hide_index=True, alt="Published figures and what comes out"
            )
        if fine:
            st.markdown(f"Also in order: {numbered(len(fine), 'check')}")
            st.markdown(bullets(map(qualification_tables.remark_words, fine)))


def _remarks(remarks: Iterable[Remark]) -> None:
    for remark in remarks:
        st.markdown(f"{SEVERITIES[remark.severity]} {plain(qualification_tables.remark_words(remark))}")


def _other_ways() -> None:
    """What is done with qualifications on the command line only."""
    with st.expander("When rules change, and how to add a qualification", key="other-ways"):
        st.markdown(
            "Both work on folders of files, so they are done on the command line.\n\n"
            "**The rules have changed.** Keep the old data folder. This compares both versions unit by unit "
            "and rule by rule and says whose plans the change breaks, with the plan that changes least and "
            "the cheapest one:"
        )
        st.code(CHANGE, language=None, wrap_lines=True)
        st.markdown("**Another qualification.** This starts its files from a table of its units:")
        st.code(NEW, language=None, wrap_lines=True)
