"""What a visit holds is let go, also where a click interrupts the page."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.state.session_state import SessionState

from planner.pages.shared import visit_memory


class Session(MutableMapping[str, Any]):
    """Streamlit's own state, named and reached as a page does."""

    def __init__(self) -> None:
        self.state = SessionState()

    def __iter__(self) -> Iterator[str]:
        return iter(self.state.filtered_state)

    def __len__(self) -> int:
        return len(self.state.filtered_state)

    def __getitem__(self, name: str) -> Any:
        return self.state[name]

    def __setitem__(self, name: str, value: object) -> None:
        self.state[name] = value

    def __delitem__(self, name: str) -> None:
        del self.state[name]


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose button was drawn anew under another label; then a click interrupted the page."""
    session = Session()
    session.update({"audit-name": "Ann", "time-week": 3})
    for widget in ("$$ID-aaaa-audit-open", "$$ID-bbbb-audit-open"):
        session.state._key_id_mapper["audit-open"] = widget
        session.state._new_widget_state.set_from_value(widget, True)
    del session.state._new_widget_state["$$ID-bbbb-audit-open"]
    monkeypatch.setattr(st, "session_state", session)
    assert "audit-open" in list(session)
    with pytest.raises(KeyError):
        del session["audit-open"]
    return session


@pytest.mark.parametrize(("beginning", "left"), [("", {}), ("audit-", {"time-week": 3})])
def test_what_is_named_and_no_longer_held_stops_nobody(
    interrupted: Session, beginning: str, left: dict[str, int]
) -> None:
    visit_memory.forget(beginning)
    assert {
        name: interrupted.get(name) for name in ("audit-name", "time-week") if name in interrupted
    } == left
