"""What a page draws, line by line: each element's kind, words, colour, icon and state, indented as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

UNSAID = (
    "id form_id tag wrap flex_container allow_empty element_type style click_mode theme uuid data datasets "
    "live_debounce_ms autocomplete deferred_file_id page_script_hash accept_new_options border_mode has_min "
    "has_max width_config height_config gap_config max_upload_size_mb use_container_width weight"
)
"""Fields of an element that are the library's own, or that a table or a picture is drawn from."""

TABLES = ("arrow_table", "arrow_data_frame", "dataframe", "table")
FIELDS = "selectbox multiselect radio button_group number_input text_input date_input toggle checkbox"
"""Elements that hold what somebody chose or typed."""

HOLD = ("default", "value", "set_value", "raw_value", "raw_values", "checked")
"""The ways in which the library tells a browser what a field holds, now in one of them, now in another."""


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
    message, holds = element.proto, ""
    if element.type in FIELDS.split():
        message = _without(message, HOLD)
        holds = f" holds={element.value}"
    yield f"{element.type}{_said(message)}{holds}"
    table = element.value if element.type in TABLES else None
    if element.type == "vega_lite_chart":
        table = convert_arrow_bytes_to_pandas_df(element.proto.data.data)
    for row in [] if table is None else [list(table.columns), *table.to_numpy().tolist()]:
        yield "  | " + " | ".join(" ".join(str(cell).split()) for cell in row)


def _without(message: Any, fields: Sequence[str]) -> Any:
    """A copy of a message without some of its fields."""
    copy = type(message)()
    copy.CopyFrom(message)
    for field in fields:
        if field in message.DESCRIPTOR.fields_by_name:
            copy.ClearField(field)
    return copy


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
