"""How workbooks look: font, colours and the formats of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format


DATE_FORMAT = "dd/mm/yyyy"

FONT = {"font_name": "Arial", "font_size": 10}
"""Has a stand-in of the same widths wherever there is a spreadsheet program, so that rows fit everywhere."""

COLOURS = {
    "head": "#1F3A5F",
    "rule": "#BFC9D6",
    "good": "#DDEFE3",
    "bad": "#F8DCD9",
    "warn": "#FFF3CD",
    "edit": "#FFFBE6",
}


@dataclass(frozen=True, slots=True)
class Styles:
    """The formats of every sheet."""

    title: Format
    section: Format
    text: Format
    strong: Format
    banner: Format
    head: Format
    head_centred: Format
    upright: Format
    """A table head that reads upwards, over narrow columns."""
    upright_small: Format
    """The same for long texts, which wrap."""
    cell: Format
    number: Format
    date: Format
    line: Format
    line_number: Format
    filled: Format
    edit: Format
    """A cell whose yes and no, or other choice, is the user's."""
    typed: Format
    """A cell to type in; what is typed stays text, so that 007 keeps its zeros."""
    total: Format
    figure: Format
    """A total of a column of figures under a centred head."""
    good: Format
    warn: Format
    bad: Format


def styles_of(file: xlsxwriter.Workbook) -> Styles:
    """The formats, made for one workbook."""
    font = {**FONT, "valign": "top"}
    under = {"bottom": 1, "bottom_color": COLOURS["rule"]}
    cell = {**font, **under, "text_wrap": True}
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": COLOURS["head"]}

    def added(extra: Mapping[str, Any]) -> Format:
        return file.add_format({**font, **extra})

    return Styles(
        title=added({"bold": True, "font_size": 16, "font_color": COLOURS["head"]}),
        section=added({"bold": True, "font_size": 13, "font_color": COLOURS["head"]}),
        text=added({"text_wrap": True}),
        strong=added({"bold": True, "text_wrap": True}),
        banner=added({"bold": True, "text_wrap": True, "bg_color": COLOURS["warn"], "border": 1}),
        head=added({**head, "text_wrap": True, "valign": "vcenter"}),
        head_centred=added({**head, "text_wrap": True, "valign": "vcenter", "align": "center"}),
        upright=added({**head, "rotation": 90, "align": "center", "valign": "bottom"}),
        upright_small=added(
            {**head, "rotation": 90, "align": "center", "valign": "bottom", "font_size": 8, "text_wrap": True}
        ),
        cell=added(cell),
        number=added({**cell, "align": "center"}),
        date=added({**cell, "align": "center", "num_format": DATE_FORMAT}),
        line=added({"shrink": True}),
        line_number=added({"align": "center"}),
        filled=file.add_format(under),
        edit=added({**cell, "bold": True, "align": "center", "bg_color": COLOURS["edit"]}),
        typed=added({**cell, "num_format": "@"}),
        total=added({**under, "bold": True, "align": "right"}),
        figure=added({**under, "bold": True, "align": "center"}),
        good=file.add_format({"bg_color": COLOURS["good"], "font_color": "#14532D"}),
        warn=file.add_format({"bg_color": COLOURS["warn"], "font_color": "#713F12"}),
        bad=file.add_format({"bg_color": COLOURS["bad"], "font_color": "#7F1D1D", "bold": True}),
    )
