"""How charts are drawn: words that can be read in both schemes, labels in lines."""

from __future__ import annotations

import textwrap

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
