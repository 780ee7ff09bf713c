"""Points by category and year: a chart, and a table of the same numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.tracking import Tracked, tracker
from planner.pages.shared import page_shell
from planner.pages.shared.words import plain

LABEL = 18
"""Characters of one line of a category's label."""

EARNED, PLANNED = "earned", "planned"


def show(plan: CyclePlan) -> None:
    """Draws both; categories without points or a minimum are left out of the chart."""
    cells = tracker(plan)
    st.subheader("Points by category and year")
    bars = [cell for cell in cells if len(cell.categories) == 1]
    spoken_of = {cell.title for cell in bars if cell.earned or cell.planned or cell.at_least}
    shown = [cell for cell in bars if cell.title in spoken_of]
    if any(cell.earned or cell.planned for cell in shown):
        st.vega_lite_chart(_points(shown), _spec(shown), alt=_alt(shown))
        page_shell.note("Solid is earned, pale is planned; the grey stroke is the minimum of the cycle.")
    st.table(
        _table(plan.reading.years, cells),
        border="horizontal",
        hide_index=True,
        alt="Points by category and year, earned + planned, against the minimum of the cycle",
    )


def _lines(title: str) -> str:
    return textwrap.fill(title, LABEL)


def _points(cells: Sequence[Tracked]) -> pd.DataFrame:
    rows = [
        (_lines(cell.title), f"Year {cell.year}", state, points)
        for cell in cells
        if cell.year is not None
        for state, points in ((EARNED, cell.earned), (PLANNED, cell.planned))
    ]
    return pd.DataFrame(rows, columns=["Category", "Year", "State", "Points"])


def _spec(cells: Sequence[Tracked]) -> dict[str, object]:
    """Bars by category in the colours of the years, pale where planned; a stroke marks each minimum."""
    minima = [
        {"Category": _lines(cell.title), "Minimum": cell.at_least}
        for cell in cells
        if cell.year is None and cell.at_least
    ]
    legend = {"orient": "top", "title": None, "columns": 3}
    category = {
        "field": "Category",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelExpr": "split(datum.label, '\\n')", "labelLimit": 150},
    }
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
    return {"height": {"step": 40}, "layer": [bars, ticks] if minima else [bars]}


def _alt(cells: Sequence[Tracked]) -> str:
    parts = [
        f"{cell.title} year {cell.year}: {cell.earned} earned, {cell.planned} planned"
        for cell in cells
        if cell.year is not None and (cell.earned or cell.planned)
    ]
    return f"Points by category and year. {'; '.join(parts)}."


def _table(years: int, cells: Sequence[Tracked]) -> pd.DataFrame:
    """One area a row: earned + planned of each year and of the cycle, of the minimum."""
    rows: dict[str, list[str]] = {}
    for cell in cells:
        rows.setdefault(cell.title, []).append(_figure(cell))
    columns = ["Earned + planned", *(f"Year {year}" for year in range(1, years + 1)), "Cycle"]
    return pd.DataFrame([[plain(title), *figures] for title, figures in rows.items()], columns=columns)


def _figure(cell: Tracked) -> str:
    figure = f"{cell.earned} + {cell.planned}" if cell.earned or cell.planned or cell.at_least else "–"
    low = "" if cell.at_least is None else f" of {cell.at_least}"
    high = "" if cell.at_most is None or cell.year is not None else f", at most {cell.at_most}"
    return plain(figure + low + high)
