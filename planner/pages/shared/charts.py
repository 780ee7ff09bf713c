"""How charts are drawn: words that can be read in both schemes, labels in lines."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st

AXES = {"light": "#47525d", "dark": "#bcc7d2"}
"""The colour of the words beside the axes of a chart, by scheme; Streamlit's own is too pale to read."""


def config() -> dict[str, object]:
    """What every chart is drawn with."""
    colour = _words_colour()
    return {"axis": {"labelColor": colour, "titleColor": colour}, "legend": {"labelColor": colour}}


def _words_colour() -> str:
    return AXES.get(st.context.theme.type or "light", AXES["light"])


def category(field: str, width: int, **axis: object) -> dict[str, object]:
    """The encoding of categories beside bars, whose labels have lines; `width` in pixels."""
    lines = {"labelExpr": "split(datum.label, '\\n')", "labelLimit": width, **axis}
    return {"field": field, "type": "nominal", "sort": None, "title": None, "axis": lines}


def unit_bars(units: pd.DataFrame, figure: str, alt: str, *, lines: int, step: int) -> None:
    """A bar for each unit with its figure behind it, title and ref beside it in lines of so many characters.

    `units` have the columns Unit (the title), Ref, `figure`, and others for the pointer. Pixels from bar to
    bar (`step`) must be enough for the lines of the longest label.
    """
    titles = units["Unit"] + " (" + units["Ref"] + ")"  # two units can have one title
    # Lines run down from the top of a label: from the middle of its step up by half of it, and 8 pixels down
    # again.
    axis = {"labelBaseline": "top", "labelOffset": 8 - step // 2, "labelOverlap": False}
    spec = {
        "config": config(),
        "layer": [
            {"mark": {"type": "bar", "tooltip": {"content": "data"}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _words_colour()},
                "encoding": {"text": {"field": figure, "type": "quantitative"}},
            },
        ],
        "height": {"step": step},
        "encoding": {
            "x": {"field": figure, "type": "quantitative", "axis": {"tickMinStep": 1}},
            "y": category("Unit", 8 * lines, **axis),
        },
    }
    labels = [textwrap.fill(title, lines) for title in titles]
    words = ", ".join(f"{title} {number}" for title, number in zip(titles, units[figure], strict=True))
    st.vega_lite_chart(units.assign(Unit=labels), spec, alt=f"{alt}: {words}")


HEAT_LINE = 18
"""Characters of a line beside a row of fields: what a telephone has room for."""


def heat(table: pd.DataFrame, alt: str) -> None:
    """A field for each cell of a table of cells such as `2 of 5`, the darker the greater the share."""
    rows = []
    for column in table.columns[1:]:
        for name, cell in zip(table.iloc[:, 0], table[column], strict=True):
            part, _, whole = str(cell).partition(" of ")
            if whole:
                label = textwrap.fill(column, HEAT_LINE)
                rows.append({"x": name, "y": label, "cell": cell, "share": int(part) / int(whole)})
    x = {
        "field": "x",
        "type": "nominal",
        "title": None,
        # a name takes a line a word: beside one another on a telephone every second would be left out
        "axis": {"orient": "top", "labelAngle": 0, "labelLimit": 90, "labelExpr": "split(datum.label, ' ')"},
    }
    step = 16 * max([2, *(row["y"].count("\n") + 1 for row in rows)])
    axis = {"labelBaseline": "top", "labelOffset": 8 - step // 2, "labelOverlap": False}
    place = {"x": x, "y": category("y", 8 * HEAT_LINE, **axis)}
    share = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "range": ["#eef3fa", "#2f6fb7"]},
    }
    light = {"condition": {"test": "datum.share > 0.6", "value": "#ffffff"}, "value": "#1d2833"}
    spec = {
        "config": config(),
        "height": {"step": step},
        "encoding": place,
        "layer": [
            {"mark": {"type": "rect", "stroke": "#8a97a5"}, "encoding": {"color": {**share, "legend": None}}},
            {
                "mark": {"type": "text", "fontSize": 13},
                "encoding": {"text": {"field": "cell"}, "color": light},
            },
        ],
    }
    words = "; ".join(f"{row['x']}, {row['y']}: {row['cell']}".replace("\n", " ") for row in rows)
    st.vega_lite_chart(pd.DataFrame(rows), spec, alt=f"{alt}: {words}")


LINE = 42
"""Characters of a line above a bar: what a telephone has room for."""


def spans(found: Sequence[tuple[str, date, date]], marks: Mapping[str, date], alt: str) -> None:
    """A bar from day to day for each label, the label above it, so that a telephone shows all of it.

    `marks` are days, by their words: of each a stroke crosses every bar, and none a label.
    """
    colour = _words_colour()
    rows = [
        {"label": textwrap.fill(label, LINE), "first": first.isoformat(), "last": last.isoformat()}
        for label, first, last in found
    ]
    days = [{"day": day.isoformat(), "word": word} for word, day in marks.items()]
    strokes = [{"day": day["day"], "label": row["label"]} for day in days for row in rows]
    y = {"field": "label", "type": "nominal", "sort": None, "axis": None}
    time = {"type": "temporal", "title": None, "axis": {"format": "%b %Y", "tickCount": 4, "grid": False}}
    line = {"x": {"field": "day", "type": "temporal"}, "color": {"value": colour}}
    spec = {
        "config": config(),
        "height": {"step": 64},
        "layer": [
            {
                "data": {"values": days},
                "mark": {"type": "text", "align": "right", "baseline": "bottom", "dx": -3, "fontSize": 11},
                "encoding": {**line, "y": {"value": -2}, "text": {"field": "word"}},
            },
            {
                "mark": {"type": "bar", "size": 12, "yOffset": 22, "cornerRadius": 3},
                "encoding": {"x": {"field": "first", **time}, "x2": {"field": "last"}, "y": y},
            },
            {
                "data": {"values": strokes},
                "mark": {"type": "tick", "size": 18, "thickness": 2, "yOffset": 22},
                "encoding": {**line, "y": y},
            },
            {
                "mark": {
                    **{"type": "text", "align": "left", "baseline": "top", "dy": -28},
                    **{"fontSize": 12, "lineBreak": "\n"},
                },
                "encoding": {
                    "x": {"value": 0},
                    "y": y,
                    "text": {"field": "label"},
                    "color": {"value": colour},
                },
            },
        ],
    }
    words = "; ".join(f"{label} {first.isoformat()} to {last.isoformat()}" for label, first, last in found)
    st.vega_lite_chart(pd.DataFrame(rows), spec, alt=f"{alt}: {words}")


def two_lines(
    points: Sequence[tuple[date, float | None, float | None]], names: tuple[str, str], alt: str
) -> None:
    """Two figures day by day as lines, told apart by dashes as well as by colour."""
    rows = [
        {"day": day.isoformat(), "what": name, "credits": value}
        for day, *values in points
        for name, value in zip(names, values, strict=True)
        if value is not None
    ]
    spec = {
        "config": config(),
        "mark": {"type": "line"},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "title": None,
                "axis": {"format": "%b %Y", "tickCount": 4},
            },
            "y": {"field": "credits", "type": "quantitative"},
            "color": {"field": "what", "type": "nominal", "legend": {"orient": "top", "title": None}},
            "strokeDash": {"field": "what", "type": "nominal"},
        },
    }
    st.vega_lite_chart(pd.DataFrame(rows), spec, alt=alt)
