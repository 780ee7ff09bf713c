"""Charts: whatever a chart shows stands in the rows it is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from planner.pages.shared import charts

DAYS = (date(2026, 1, 5), date(2026, 2, 2), date(2026, 3, 2))


class Drawn:
    """What a page would show: rows, what is made of them, and the words for who sees no chart."""

    def __call__(self, data: pd.DataFrame, spec: dict[str, Any], alt: str) -> None:
        self.data, self.spec, self.alt = data, spec, alt


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    found = Drawn()
    monkeypatch.setattr("planner.pages.shared.charts.st.vega_lite_chart", found)
    return found


def shown(spec: Any, columns: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Every field that a chart shows, and the columns there are where it does."""
    if isinstance(spec, list):
        for part in spec:
            yield from shown(part, columns)
    if isinstance(spec, dict):
        if "data" in spec:
            columns = frozenset(name for row in spec["data"]["values"] for name in row)
        if isinstance(spec.get("field"), str):
            yield spec["field"], columns
        for name, part in spec.items():
            if name != "data":
                yield from shown(part, columns)


def fields(drawn: Drawn) -> set[str]:
    found = dict(shown(drawn.spec, frozenset(drawn.data.columns)))
    for field, columns in found.items():
        assert field in columns, field
    return set(found)


def test_two_lines_show_each_day_and_leave_out_what_is_not_known(drawn: Drawn) -> None:
    charts.two_lines([(DAYS[0], 2, 1), (DAYS[1], 4, None)], ("expected", "reached"), "Credits")
    assert fields(drawn) == {"day", "credits", "what"}
    assert drawn.data.to_dict("records") == [
        {"day": "2026-01-05", "what": "expected", "credits": 2},
        {"day": "2026-01-05", "what": "reached", "credits": 1},
        {"day": "2026-02-02", "what": "expected", "credits": 4},
    ]
    assert drawn.alt == "Credits"


def test_spans_show_bars_from_day_to_day_and_marks_by_their_words(drawn: Drawn) -> None:
    charts.spans([("Unit", DAYS[0], DAYS[1]), ("Two", *DAYS[1:])], {"today": DAYS[2]}, "Calendar")
    assert fields(drawn) == {"label", "first", "last", "day", "word"}
    assert drawn.spec["layer"][0]["data"]["values"] == [{"day": "2026-03-02", "word": "today"}]
    assert drawn.alt == "Calendar: Unit 2026-01-05 to 2026-02-02; Two 2026-02-02 to 2026-03-02"


def test_no_line_goes_through_the_labels_of_spans(drawn: Drawn) -> None:
    charts.spans([("Unit", DAYS[0], DAYS[1]), ("Two", *DAYS[1:])], {"today": DAYS[2]}, "Calendar")
    kinds = {layer["mark"]["type"]: layer for layer in drawn.spec["layer"]}
    assert "rule" not in kinds  # it goes from top to bottom
    bar, stroke = kinds["bar"], kinds["tick"]
    assert stroke["data"]["values"] == [{"day": "2026-03-02", "label": label} for label in ("Unit", "Two")]
    assert stroke["mark"]["yOffset"] == bar["mark"]["yOffset"] > stroke["mark"]["size"]  # all of it is below
    assert bar["encoding"]["x"]["axis"]["grid"] is False


def test_fields_of_a_heat_map_stand_beside_lines_for_which_there_is_room(drawn: Drawn) -> None:
    unit = "Deliver customer service through a contact centre (K/503/0385)"
    charts.heat(pd.DataFrame({"Assessor": ["Ann", "Bo"], unit: ["1 of 4", ""]}), "Sampled")
    ((label,),) = drawn.data[["y"]].to_numpy()
    assert label.replace("\n", " ") == unit
    lines = label.split("\n")
    assert max(map(len, lines)) <= charts.HEAT_LINE
    assert drawn.spec["height"]["step"] >= 16 * len(lines)
    assert drawn.alt == f"Sampled: Ann, {unit}: 1 of 4"


def test_bars_show_the_figure_asked_for(drawn: Drawn) -> None:
    units = pd.DataFrame({"Unit": ["Calls", "Calls"], "Ref": ["A/1", "A/2"], "Learners": [3, 4]})
    charts.unit_bars(units, "Learners", "Demand", lines=20, step=40)
    assert fields(drawn) == {"Unit", "Learners"}
    assert drawn.alt == "Demand: Calls (A/1) 3, Calls (A/2) 4"
