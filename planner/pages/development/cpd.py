"""The part of the career page that plans and tracks a cycle of professional development (CPD).

What was done is of a person: it stays in the visit and in a file. Wishes stand in the address.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from planner.catalogue.qualification import in_words
from planner.catalogue.remarks import Remark
from planner.cpd.contradictions import contradictions
from planner.cpd.cycle_plan import CyclePlan, plan_cycle, plan_readings
from planner.cpd.intent import Intent
from planner.cpd.log import CpdLog
from planner.cpd.scheme import Reading, of_scheme
from planner.cpd.tracking import Tracked, tracker
from planner.pages.development import cpd_log, cpd_wishes
from planner.pages.shared import charts, page_shell, session_store
from planner.pages.shared.words import SEVERITIES, bullets, plain
from planner.recognition.eligibility import measured_of
from planner.recognition.schemes import Measured
from planner.report import cpd_tables
from planner.report.cpd_book import cpd_workbook

COSTS = "cpd-readings"
"""The key of the switch that shows what each reading would cost; the workbook then holds it too."""

LABEL = 18
"""Characters of one line of a category's label."""

EARNED, PLANNED = "earned", "planned"


@dataclass(frozen=True, slots=True)
class FromLog:
    """What the log of this visit comes to, for facts of other parts, and where that is from, in words."""

    reading: Reading
    values: Mapping[Measured, int]
    source: str


def measured(readings: Mapping[str, Reading]) -> FromLog | None:
    """What the log of this visit comes to under the reading in use; None without one."""
    scheme = cpd_log.scheme()
    known = of_scheme(readings, scheme) if scheme else {}
    if not known:
        return None
    reading = cpd_wishes.last_used(known)
    log = cpd_log.log(reading)
    if not log.entries:
        return None
    return session_store.remembered(
        ("measured", reading.digest, log.entries, date.today()), lambda: _measured(log)
    )


def _measured(log: CpdLog) -> FromLog:
    reading = log.reading
    values = measured_of(log, date.today())
    source = (
        f"Points are taken from the log in the CPD part ({reading.designation}, {reading.whereabouts}), "
        f"as “{reading.title}” reads the scheme."
    )
    if "cpd-points-last-year" not in values:
        source += " Some of its entries have no date, so say the points of the last 12 months yourself."
    return FromLog(reading, values, source)


def show(readings: Mapping[str, Reading]) -> None:
    """Draws the answer and what it rests on; says so where no scheme is on file."""
    if not readings:
        st.info("This data folder holds no CPD scheme (no folder cpd).")
        return
    if not cpd_wishes.country(readings):
        return
    reading = cpd_wishes.reading(readings)
    others = list(of_scheme(readings, reading.scheme).values())
    log = cpd_log.log(reading)
    intent = cpd_wishes.intent(log)
    plan = session_store.remembered(
        ("cycle", reading.digest, *_key(intent)), lambda: plan_cycle(reading, intent)
    )
    st.header(plain(reading.designation))
    st.info(
        f"**{plain(reading.whereabouts)}.** {plain(cpd_tables.caveat_words(reading))}",
        icon=":material/public:",
    )
    page_shell.note(f"Source: {plain(reading.source)}; compared on {in_words(reading.verified)}.")
    left, right = st.columns([11, 9], gap="large")
    with left:
        _answer(plan, log, others)
        _around(plan, others)
    with right:
        cpd_wishes.first(readings, log, intent)
        cpd_log.show(log, plan)
        cpd_wishes.more(intent, reading)
    with st.expander("What this answer does not say, and how the source was read", key="small-print"):
        st.markdown(bullets((cpd_tables.caveat_words(reading), *reading.notes)))


def _key(intent: Intent) -> tuple[object, ...]:
    """An intent as a key; the same wishes in another order are the same."""
    maps = (intent.done, intent.pins, intent.minutes)
    return (*(tuple(sorted(found.items())) for found in maps), intent.year, intent.excludes, intent.goals)


# The answer


def _answer(plan: CyclePlan, log: CpdLog, readings: Sequence[Reading]) -> None:
    st.subheader("Your plan")
    if plan.status == "unknown":
        st.warning(plain(cpd_tables.cycle_words(plan)))
    elif plan.status == "infeasible":
        _clash(plan)
    else:
        st.markdown(f"**{plain(cpd_tables.cycle_words(plan))}**")
    if not plan.found:
        return
    page_shell.figures(
        ("Still to do", cpd_tables.time_words(plan.minutes), None),
        ("Points earned", plan.points_of(done=True), None),
        ("Points in the end", plan.points, None),
    )
    page_shell.note(
        f"Hours rest on estimates that are not the {plain(plan.reading.body)}'s: enter your own minutes."
    )
    shown = _plans(plan, readings) if st.session_state.get(COSTS) else []
    page_shell.download(
        "Download as Excel workbook",
        lambda: cpd_workbook(plan, log, shown),
        "cpd-plan.xlsx",
        "cpd-book",
        cpd_log.saved_by(log),
    )
    for words in cpd_tables.surplus_words(plan):
        st.warning(f"{plain(words)}.")
    _steps(plan)
    _chart(plan)
    broken = sum(not finding.holds for finding in plan.findings)
    label = f"The rules, measured: {f'{broken} not met' if broken else 'all met'}"
    with st.expander(label, expanded=bool(broken), key=f"cpd-rules-{bool(broken)}"):
        page_shell.meters(plan.findings, "cpd")


def _clash(plan: CyclePlan) -> None:
    """Why the rules cannot all be met, what is lost, and wishes that can be taken back."""
    st.error("**The rules cannot all be met.** This is proven, not a guess.")
    reading = plan.reading
    if plan.clash is not None:
        st.markdown(plain(plan.clash.in_words(reading)))
        for key, words, refs, undo in (
            ("unpin", "No longer ask for {}", plan.clash.pins, cpd_wishes.unpin),
            ("allow", "Allow {} again", plan.clash.excludes, cpd_wishes.allow),
        ):
            for ref in refs:
                label = words.format(plain(reading.activities[ref].title))
                st.button(label, key=f"{key}-{ref}", wrap=True, on_click=undo, args=(plan.intent, ref))
    if plan.lost:
        st.markdown("**What is lost.** The plan below meets all but this:")
        st.markdown(bullets(rule.text for rule in plan.lost))


def _steps(plan: CyclePlan) -> None:
    """What to do in the running year, then year by year."""
    table = cpd_tables.steps_table(plan)
    points = {cell.year: cell.planned for cell in tracker(plan) if not cell.categories}
    if plan.new and plan.intent.year not in set(table["Year"]):
        st.markdown("Nothing is to be done this year.")
    for year in dict.fromkeys(table["Year"]):
        now = year == plan.intent.year
        st.subheader(f"{'To do now' if now else 'Later'}: year {year}, {points[year]} points")
        of_year = table[table["Year"] == year][["Activity", "Times", "Points", "Hours"]]
        st.table(
            of_year.assign(Activity=of_year["Activity"].map(plain)),
            border="horizontal",
            hide_index=True,
            alt=f"To do in year {year}",
        )
    if words := cpd_tables.spread_words(plan):
        page_shell.note(plain(words))


# Points by category and year


def _chart(plan: CyclePlan) -> None:
    """Draws both; categories without points or a minimum are left out of the chart."""
    cells = tracker(plan)
    st.subheader("Points by category and year")
    bars = [cell for cell in cells if len(cell.categories) == 1]
    spoken_of = {cell.title for cell in bars if cell.earned or cell.planned or cell.at_least}
    shown = [cell for cell in bars if cell.title in spoken_of]
    if any(cell.earned or cell.planned for cell in shown):
        st.vega_lite_chart(_points(shown), _spec(shown), alt=_alt(shown))
        page_shell.note("Solid is earned, pale is planned; the grey stroke is the minimum of the cycle.")
    table = cpd_tables.tracker_table(plan)
    st.table(
        table.map(plain),
        border="horizontal",
        hide_index=True,
        alt="Points by category and year, earned + planned, against the minimum of the cycle",
    )


def _points(cells: Sequence[Tracked]) -> pd.DataFrame:
    rows = [
        (textwrap.fill(cell.title, LABEL), f"Year {cell.year}", state, points)
        for cell in cells
        if cell.year is not None
        for state, points in ((EARNED, cell.earned), (PLANNED, cell.planned))
    ]
    return pd.DataFrame(rows, columns=["Category", "Year", "State", "Points"])


def _spec(cells: Sequence[Tracked]) -> dict[str, object]:
    """Bars by category in the colours of the years, pale where planned; a stroke marks each minimum."""
    minima = [
        {"Category": textwrap.fill(cell.title, LABEL), "Minimum": cell.at_least}
        for cell in cells
        if cell.year is None and cell.at_least
    ]
    legend = {"orient": "top", "title": None, "columns": 3}
    category = charts.category("Category", 150)
    opacity = {
        "field": "State",
        "type": "nominal",
        "scale": {"domain": [EARNED, PLANNED], "range": [1, 0.45]},
        "legend": None,  # beside the other it does not fit on a telephone; a sentence says it
    }
    bars = {
        "mark": {"type": "bar", "tooltip": {"content": "data"}},
        "encoding": {
            "x": {"field": "Points", "type": "quantitative", "stack": "zero", "title": "Points"},
            "y": category,
            "color": {"field": "Year", "type": "nominal", "legend": legend},
            "opacity": opacity,
            "order": {"field": "Year", "type": "nominal"},
        },
    }
    ticks = {
        "data": {"values": minima},
        "mark": {"type": "tick", "thickness": 3, "color": "#808080", "tooltip": {"content": "data"}},
        "encoding": {"x": {"field": "Minimum", "type": "quantitative"}, "y": category},
    }
    return {"config": charts.config(), "height": {"step": 40}, "layer": [bars, ticks] if minima else [bars]}


def _alt(cells: Sequence[Tracked]) -> str:
    parts = [
        f"{cell.title} year {cell.year}: {cell.earned} earned, {cell.planned} planned"
        for cell in cells
        if cell.year is not None and (cell.earned or cell.planned)
    ]
    return f"Points by category and year. {'; '.join(parts)}."


# Other readings, contradictions, notes


def _around(plan: CyclePlan, readings: Sequence[Reading]) -> None:
    """What is worked out only when it is asked for."""
    st.subheader("How sure is this?")
    st.markdown(
        "The source contradicts itself, so it can be read in several ways. "
        f"Used here: **{plain(plan.reading.title)}**."
    )
    digests = tuple(reading.digest for reading in readings)
    if st.toggle("Show what each reading would cost", key=COSTS):
        _costs(_plans(plan, readings))
    if st.toggle("Show where the source contradicts itself", key="cpd-contradictions"):
        _contradictions(digests, readings)


def _plans(plan: CyclePlan, readings: Sequence[Reading]) -> list[CyclePlan]:
    """The same intent under every reading of the scheme."""
    digests = tuple(reading.digest for reading in readings)
    with st.spinner("Planning under every reading"):
        key = ("readings", digests, *_key(plan.intent))
        return session_store.remembered(key, lambda: plan_readings(readings, plan.intent))


def _costs(plans: Sequence[CyclePlan]) -> None:
    table = cpd_tables.readings_table(plans)
    table["Reading"] = table["Title"].map(plain)
    table["Hours"] = table["Hours"].where(table["Status"] != "unknown", "not decided")
    table["Points"] = [str(plan.points) if plan.found else "–" for plan in plans]
    columns = ["Reading", "Hours", "Points"]
    if any(table["Cannot be met"]):
        table["Cannot be met"] = table["Cannot be met"].map(plain)
        columns.append("Cannot be met")
    st.table(table[columns], border="horizontal", hide_index=True, alt="What each reading would cost")


def _contradictions(digests: tuple[str, ...], readings: Sequence[Reading]) -> None:
    remarks = _remarks(digests, date.today(), tuple(readings))
    found = [remark for remark in remarks if remark.severity in SEVERITIES]
    lines = [f"- {SEVERITIES[remark.severity]} {plain(remark.text)}" for remark in found]
    st.markdown("\n".join(lines) or "No reading differs from another, and every figure comes out.")
    with st.expander(f"What agrees: {len(remarks) - len(found)}", key="cpd-agrees"):
        fine = (remark.text for remark in remarks if remark.severity == "fine")
        st.markdown(bullets(fine) or "Nothing was compared.")


@st.cache_resource(show_spinner="Comparing the readings", max_entries=20)
def _remarks(digests: tuple[str, ...], day: date, _readings: tuple[Reading, ...]) -> tuple[Remark, ...]:
    return contradictions(_readings, day)
