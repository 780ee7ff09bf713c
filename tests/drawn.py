"""What a page draws, line by line: each element's kind, words, colour, icon and state, indented as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

UNSAID = (
    "id form_id tag wrap flex_container allow_empty element_type format style click_mode theme uuid data datasets "
    "columns live_debounce_ms autocomplete deferred_file_id page_script_hash accept_new_options border_mode has_min "
    "has_max width_config height_config gap_config max_upload_size_mb use_container_width weight"
)
"""Fields of an element that are the library's own, or that a table or a picture is drawn from."""


def lines(app: AppTest) -> list[str]:
    """The page, without what the browser adds around it."""
    return list(_block(app.main, 0))


def _block(block: Block, depth: int) -> Iterator[str]:
    for child in block.children.values():
        if isinstance(child, Block):
            said = "" if child.proto is None else _said(child.proto) + _beside(child.proto)
            inner = depth
            if said or child.type == "column":
                yield f"{'  ' * depth}[{child.type}{said}]"
                inner = depth + 1
            yield from _block(child, inner)
        elif child.type not in ("empty", "bidi_component"):  # nothing to read: the guard of what is not saved
            for text in _element(child):
                yield from (f"{'  ' * depth}{line}".rstrip() for line in text.splitlines())


def _beside(message: Message) -> str:
    """Whether what is in a block stands side by side."""
    beside = (
        message.DESCRIPTOR.name == "Block"
        and message.flex_container.direction == message.flex_container.HORIZONTAL
    )
    return " side by side" if beside else ""


def _element(element: Any) -> Iterator[str]:
    table = element.value if element.type in ("arrow_table", "arrow_data_frame", "table") else None
    yield f"{element.type}{_said(element.proto)}"
    for row in [] if table is None else [list(table.columns), *table.to_numpy().tolist()]:
        yield "  | " + " | ".join(" ".join(str(cell).split()) for cell in row)


def _said(message: Message) -> str:
    """The fields of a message that say something, as ` field=value`."""
    return "".join(
        f" {field.name}={text}"
        for field, value in message.ListFields()
        if field.name not in UNSAID.split() and (text := _text(value))
    )


def _text(value: Any) -> str:
    """A field's value; many options are counted, the first few shown."""
    if isinstance(value, Message):
        return f"({_said(value).strip()})" if _said(value) else ""
    if isinstance(value, bytes | Mapping):
        return ""
    if isinstance(value, str | int | float):
        return str(value).replace("\n", "\\n")
    found = [_text(part) for part in value] if isinstance(value, Sequence) else []
    return ", ".join(found if len(found) <= 4 else [*found[:3], f"… {len(found)}"])
