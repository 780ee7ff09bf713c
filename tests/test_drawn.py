"""Pages and parts of pages in full, compared with what stands in `tests/pages`: words, colours, icons, what is folded.

After a change that is meant `python -m tests.test_drawn` writes them anew; read what differs before you keep it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from planner.cpd import cycle_plan
from planner.pages.development import cpd
from tests.drawn import lines

FOLDER = Path(__file__).parent / "pages"
APP = str(Path(__file__).parent.parent / "app.py")
TEACHING = "601/0143/X"


class Always(type):
    """A class of dates whose today is always the same."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, date)


class Day(date, metaclass=Always):
    """The day on which all pages of these tests are drawn."""

    @classmethod
    def today(cls) -> Day:
        """28 November 2026."""
        return cls(2026, 11, 28)


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the package think that it is the day of these tests, and gives it time: a search cut off is another."""
    for name in ("plan_cycle", "plan_readings"):
        monkeypatch.setattr(cpd, name, partial(getattr(cycle_plan, name), seconds=600))
    for name, module in list(sys.modules.items()):
        if name.startswith("planner.") and getattr(module, "date", None) is date:
            monkeypatch.setattr(module, "date", Day)


# What is drawn


def qualifications() -> None:
    from planner.pages.reference import qualifications

    qualifications.show()


def career() -> None:
    from planner.pages.development import career

    career.show()


def surroundings() -> None:
    """What stands around a plan, the wishes being those of the address."""
    from planner import load
    from planner.pages.my_units import alternatives_panel
    from planner.pages.shared import address
    from planner.planning.explore import exploration

    one = load()
    alternatives_panel.show(exploration(one, address.read(one).wishes))


def rules() -> None:
    """Rules as bars: met, not met, waived, a choice of rules, upper limits kept and broken."""
    from planner import Bound, Choice
    from planner.pages.shared import meters
    from planner.rules.measure import audit

    total = Bound("total", "at least 7 credits", {"A": 4, "B": 3, "C": 5}, at_least=7, count="credits")
    few = Bound("few", "at most *two* of A", {"A": 1, "D": 1}, at_most=2)
    none = Bound("none", "nothing of A", {"A": 1}, at_most=0)
    either = Choice("either", "B or C", (Bound("b", "B", {"B": 1}, 1), Bound("c", "C", {"C": 1}, 1)))
    meters.show(audit([total, few, none, either], ["A"]), "one")
    meters.show(audit([total, few, either], ["A", "B"]), "two")
    for finding in audit([total, none], []):
        meters.draw(finding, frozenset({"total"}))


def offer() -> None:
    """The choice of what a centre offers."""
    from planner import load
    from planner.pages.shared import offer

    offer.chosen(load())
    offer.picker(load())


def at(page: Callable[[], None] | str, **address: str) -> AppTest:
    """A page at an address."""
    app = (
        AppTest.from_file(page, default_timeout=60) if isinstance(page, str) else AppTest.from_function(page)
    )
    app.default_timeout = 60
    for key, value in address.items():
        app.query_params[key] = value
    return ran(app)


def ran(step: AppTest | Widget) -> AppTest:
    app = step.run()
    assert not app.exception, app.exception
    return app


def asked(app: AppTest, **values: Any) -> AppTest:
    """The page after values were given to widgets, by key."""
    for key, value in values.items():
        widgets: list[Any] = [*app.selectbox, *app.number_input, *app.text_input]
        app = ran(next(widget for widget in widgets if widget.key == key).set_value(value))
    return app


def uploaded(app: AppTest, key: str, text: str) -> AppTest:
    field = next(field for field in app.file_uploader if str(field.key).startswith(key))
    field.set_value(("some.csv", text.encode(), "text/csv"))
    return ran(app)


HELD = {"held": "D/505/0052,D/503/0352,X/1,X/2,X/3,X/4"}
PAGES: dict[str, Callable[[], AppTest]] = {
    "home": lambda: at(APP),
    "qualifications": lambda: at(qualifications, qualification=TEACHING),
    "qualifications, none found": lambda: asked(at(qualifications, qualification=TEACHING), **{"catalogue-search": "zzz"}),
    "qualifications, a unit found": lambda: asked(at(qualifications, qualification=TEACHING), **{"catalogue-search": "email"}),
    "where units lead": lambda: at(qualifications, qualification=TEACHING, **HELD),
    "where a portfolio leads": lambda: uploaded(
        at(qualifications, qualification=TEACHING),
        "leads-portfolio",
        "learner,ref,status\nL7,H/505/0053,assessed\nL7,X/1,verified\n",
    ),
    "where a portfolio leads, nothing achieved": lambda: uploaded(
        at(qualifications, qualification=TEACHING),
        "leads-portfolio",
        "learner,ref,status\nL7,H/505/0053,submitted\n",
    ),
    "where units lead, rules met": lambda: at(
        qualifications, qualification=TEACHING, held="H/505/0053,D/505/0052,J/502/9549,F/502/9548,R/505/0050,D/601/5313"
    ),
    "rules as bars": lambda: at(rules),
    "around a plan": lambda: at(surroundings, pin="L/601/0933"),
    "around a plan for a job": lambda: at(surroundings, task="complaints,difficult-customers"),
    "around a plan, nearby ones": lambda: asked(at(surroundings), within=3),
    "asked about a unit in the plan": lambda: asked(at(surroundings), **{"ask-unit": "L/503/0394"}),
    "asked about a unit in every plan": lambda: asked(at(surroundings), **{"ask-unit": "D/503/0352"}),
    "asked about a unit not in the plan": lambda: asked(at(surroundings), **{"ask-unit": "L/601/0933"}),
    "asked about an impossible unit": lambda: asked(
        at(surroundings, pin="J/502/4299"), **{"ask-unit": "M/502/4300"}
    ),
    "an offer": lambda: at(offer, offer="L/601/0933,X/1"),
    "no offer": lambda: at(offer),
    "an offer from a file": lambda: uploaded(at(offer), "offer-file", "J/502/4299\nX/1\n"),
    "career": lambda: at(career),
    "career, the schemes of a person": lambda: at(career, scheme="ccop,icco,job,nvq"),
    "career, the scheme of a centre": lambda: at(career, scheme="en-15838"),
    "cpd": lambda: at(career, part="cpd"),
    "cpd with wishes": lambda: at(
        career, part="cpd", pin="pdp=3,nothing=1", exclude="blog", minutes="ccmg-event=120", year="2"
    ),
    "cpd with a log": lambda: uploaded(
        at(career, part="cpd"),
        "cpd-log",
        "activity,year,times,date,note\nccmg-event,1,2,,A note\narticle,,1,2026-03-05,\nnothing,1,1,,\n",
    ),
    "cpd that cannot be": lambda: at(career, part="cpd", exclude="pdp"),
    "the job": lambda: at(career, part="job"),
    "the job, ticked": lambda: at(career, part="job", day="1,3,99"),
}  # fmt: skip


LIKE = {
    "qualifications, none found": "qualifications",
    "qualifications, a unit found": "qualifications",
    "where units lead": "qualifications",
    "where a portfolio leads": "qualifications",
    "where a portfolio leads, nothing achieved": "qualifications",
    "where units lead, rules met": "qualifications",
    "around a plan, nearby ones": "around a plan",
    "asked about a unit in the plan": "around a plan",
    "asked about a unit in every plan": "around a plan",
    "asked about a unit not in the plan": "around a plan",
    "asked about an impossible unit": "around a plan",
    "cpd with wishes": "cpd",
    "cpd that cannot be": "cpd",
    "cpd with a log": "cpd",
    "the job, ticked": "the job",
}
"""The page of which another one is written down only as far as it has other lines."""


def drawn(name: str) -> list[str]:
    """The lines of a page, without those of the page that it is like."""
    known = lines(PAGES[LIKE[name]]()) if name in LIKE else []
    return [line for line in lines(PAGES[name]()) if line not in known]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_as_written_down(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert drawn(name) == expected


def test_an_offer_from_a_file_stands_in_the_address_in_the_order_of_refs() -> None:
    refs = [
        "T/503/0342", "M/601/1511", "D/503/0352", "Y/502/4291", "L/601/0933", "A/502/4378", "K/503/0385", "H/600/9660"
    ]  # fmt: skip
    app = uploaded(at(offer, embed="true"), "offer-file", "\n".join(refs))
    found = {
        key: values if isinstance(values, str) else values[0] for key, values in app.query_params.items()
    }
    assert found == {"embed": "true", "offer": ",".join(sorted(refs))}


def test_every_text_is_of_a_page() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PAGES)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patched:
        import planner.pages.router  # noqa: F401

        settle(patched)
        for path in FOLDER.iterdir():
            path.unlink()
        for page in PAGES:
            (FOLDER / f"{page}.txt").write_text("\n".join(drawn(page)) + "\n", encoding="utf-8")
