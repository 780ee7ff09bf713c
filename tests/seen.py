"""What a page says, run without a browser: its text, and its messages by kind and sign.

A message's kind is its colour and its icon its sign: an unmet verdict in green with a tick is wrong whatever
it says. So a message is never looked for without them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.widgets.button import ButtonMixin
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import AlertBase, Block

Kind = Literal["success", "info", "warning", "error"]

KINDS: tuple[Kind, ...] = ("success", "info", "warning", "error")


BELOW = 3
"""The number of the part of the library's tree that stays in sight below."""


def messages(page: AppTest | Block) -> list[tuple[Kind, str, str]]:
    """The messages of a page or of a part of it: kind, icon (empty without one) and text, unescaped."""
    boxes = [(kind, cast("AlertBase", box)) for kind in KINDS for box in page.get(kind)]
    return [(kind, box.proto.icon, unescaped(box.value)) for kind, box in boxes]


def said(page: AppTest | Block, kind: Kind, icon: str = "") -> str:
    """What the messages of one kind with one icon say."""
    return "\n".join(text for *mark, text in messages(page) if mark == [kind, icon])


def below(app: AppTest) -> Block:
    """What stays in sight below the page; the library has no name for it yet."""
    found = app._tree.children[BELOW]
    assert isinstance(found, Block)
    return found


def marked(page: AppTest | Block) -> list[str]:
    """The messages of a page or of a part of it, each after its kind and its icon."""
    return [" ".join(filter(None, message)) for message in messages(page)]


def prose(app: AppTest) -> list[str]:
    """Every text of the page but its messages, as Markdown: elements, cells of tables, labels."""
    kinds: tuple[Iterable[object], ...] = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
    )
    found = [str(getattr(element, "value", "")) for kind in kinds for element in kind]
    found += [str(cell) for table in app.table for cell in table.value.to_numpy().ravel()]
    found += [labelled.label for kind in (app.expander, app.segmented_control) for labelled in kind]
    return found + [link.proto.label for link in app.get("page_link")]


def raw(app: AppTest) -> list[str]:
    """Every text of the page as Streamlit gets it."""
    return [*prose(app), *(cast("AlertBase", box).value for kind in KINDS for box in app.get(kind))]


def words(app: AppTest) -> str:
    """All that the page says but its messages, unescaped."""
    return unescaped("\n".join(prose(app)))


def everything(app: AppTest) -> str:
    """All that the page says, its messages too: for what must be said nowhere."""
    return "\n".join([words(app), *(text for *_, text in messages(app))])


def unescaped(text: object) -> str:
    """Markdown as it reads: without the escapes."""
    return str(text).replace("\\", "")


def makers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """What makes the file of each download that is drawn from now on, by the key of its button."""
    found: dict[str, Callable[[], bytes]] = {}
    draw: Any = ButtonMixin._download_button

    def noting(self: Any, label: str, **named: Any) -> Any:
        found[named["key"]] = named["data"]
        return draw(self, label, **named)

    monkeypatch.setattr(ButtonMixin, "_download_button", noting)
    return found


def handed_out(app: AppTest, key: str, files: Mapping[str, Callable[[], bytes]]) -> AppTest:
    """The page after a press of a download button; `files` are its makers, as the browser asks for the file too."""
    files[key]()
    app.download_button(key=key).click().run()
    assert not app.exception
    return app


def bars(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bars say that show how far something is, from now on; each is gone once it is done."""
    shown: list[str] = []
    monkeypatch.setattr(DeltaGenerator, "progress", lambda self, value, text="", **_: shown.append(text))
    return shown


def cell_clicked(app: AppTest, key: str, row: int, column: str) -> AppTest:
    """The page after a click on a cell of a table, which the library's own tests cannot make."""
    (table,) = (each.proto for each in app.dataframe if each.proto.id.endswith(f"-{key}"))
    states = app._tree.get_widget_states()
    click = {"selection": {"rows": [], "columns": [], "cells": [[row, column]]}}
    states.widgets.add(id=table.id, string_value=json.dumps(click))
    app._run(states)
    assert not app.exception
    return app
