"""Pages and parts of pages in full, compared with what stands in `tests/pages`: words, colours, icons, what is folded.

After a change that is meant `python -m tests.test_drawn` writes them anew; read what differs before you keep it.
"""

from __future__ import annotations

import importlib
import pkgutil
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.elements.widgets.button import ButtonMixin
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

import planner.pages
from planner import load
from planner.catalogue.loading import REGISTER_VARIABLE
from planner.cpd import cycle_plan
from planner.pages.development import cpd
from tests.days import stand_still
from tests.drawn import lines
from tests.seen import handed_out, makers

FOLDER = Path(__file__).parent / "pages"
APP = str(Path(__file__).parent.parent / "app.py")
TEACHING = "601/0143/X"


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the package think that it is the day of these tests, and gives it time: a search cut off is another."""
    for name in ("plan_cycle", "plan_readings"):
        monkeypatch.setattr(cpd, name, partial(getattr(cycle_plan, name), seconds=600))
    for each in pkgutil.walk_packages(planner.pages.__path__, "planner.pages."):
        importlib.import_module(each.name)  # what is imported only while it draws would have another day
    stand_still(monkeypatch)
    monkeypatch.setattr(secrets, "randbelow", lambda most: 7)  # every draw is the same
    monkeypatch.setenv(REGISTER_VARIABLE, "register.sqlite3")  # where nothing is
    tell_files(monkeypatch)


def tell_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has each download say the name and the kind of its file, which the library tells the browser only."""
    draw: Any = ButtonMixin._download_button

    def telling(self: Any, label: str, **named: Any) -> Any:
        named["help"] = f"{named['file_name']} ({named['mime'].rpartition('/')[2]})"
        return draw(self, label, **named)

    monkeypatch.setattr(ButtonMixin, "_download_button", telling)


# What is drawn


def qualifications() -> None:
    from planner.pages.reference import qualifications

    qualifications.show()


def career() -> None:
    from planner.pages.development import career

    career.show()


def plan() -> None:
    from planner.pages.my_units import plan

    plan.show()


def portfolio() -> None:
    from planner.pages.learners import portfolio

    portfolio.show()


def undecided() -> None:
    """A verdict that was not reached in the time given."""
    from dataclasses import replace

    from planner import judge, load
    from planner.pages.learners import portfolio, portfolio_visit

    found = judge(load(), portfolio_visit.BLANK)
    home = replace(found.now.home, status="unknown", units=(), seconds=0.5)
    portfolio._answer(portfolio_visit.Visit(), replace(found, now=replace(found.now, home=home)), None)


def cohort() -> None:
    from planner.pages.delivery import cohorts

    cohorts.show()


def time_page() -> None:
    from planner.pages.learners import time_page

    time_page.show()


def assurance_page() -> None:
    from planner.pages.assurance import assurance_page

    assurance_page.show()


def delivery() -> None:
    """What a search for groups found, and what was asked of it."""
    from planner import deliver, load
    from planner.cohort.batch import plan_cohort
    from planner.pages.delivery import found
    from planner.pages.delivery.running_search import Settings
    from planner.records.cohort_rows import read_cohort
    from tests.test_drawn import COHORT

    requests, _ = read_cohort(load(), "cohort.csv", COHORT.encode())
    asked = Settings(2, 30, {"A": 500}, misfits=1)
    answer = deliver(
        load(), requests, group_size=2, max_units=30, assessor_hours={"A": 500}, misfits=1, seconds=600
    )
    planned = plan_cohort(load(), requests)
    found.show(answer, asked, planned, lambda: answer, lambda: planned)


def surroundings() -> None:
    """What stands around a plan, the wishes being those of the address."""
    from planner import load
    from planner.pages.my_units import alternatives_panel
    from planner.pages.my_units.surroundings import Surroundings
    from planner.pages.shared import address
    from planner.planning.solve import answer

    one = load()
    around = Surroundings(answer(one, address.read(one).wishes))
    alternatives_panel.fits(around)
    alternatives_panel.cards(around)
    alternatives_panel.show(around, {})


def rules() -> None:
    """Rules as bars: met, not met, waived, a choice of rules, upper limits kept and broken."""
    from planner import Bound, Choice
    from planner.pages.shared.page_shell import meter, meters
    from planner.rules.measure import audit

    total = Bound("total", "at least 7 credits", {"A": 4, "B": 3, "C": 5}, at_least=7, count="credits")
    few = Bound("few", "at most *two* of A", {"A": 1, "D": 1}, at_most=2)
    none = Bound("none", "nothing of A", {"A": 1}, at_most=0)
    either = Choice("either", "B or C", (Bound("b", "B", {"B": 1}, 1), Bound("c", "C", {"C": 1}, 1)))
    meters(audit([total, few, none, either], ["A"]), "one")
    meters(audit([total, few, either], ["A", "B"]), "two")
    for finding in audit([total, none], []):
        meter(finding, frozenset({"total"}))


def offer() -> None:
    """The choice of what a centre offers."""
    from planner import load
    from planner.pages.shared import offer

    offer.chosen(load())
    offer.picker(load())


def at(page: Callable[[], None] | str, **address: str) -> AppTest:
    """A page at an address."""
    app = AppTest.from_file(page) if isinstance(page, str) else AppTest.from_function(page)
    app.default_timeout = 600
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
        kinds = (app.selectbox, app.number_input, app.text_input, app.radio, app.segmented_control)
        widgets: list[Any] = [widget for kind in kinds for widget in kind]
        app = ran(next(widget for widget in widgets if widget.key == key).set_value(value))
    return app


def uploaded(app: AppTest, key: str, text: str) -> AppTest:
    field = next(field for field in app.file_uploader if str(field.key).startswith(key))
    field.set_value(("some.csv", text.encode(), "text/csv"))
    return ran(app)


COHORT = """learner,name,pins,excludes,held,tasks
A1,Ada,,,,complaints
A2,Ben,L/601/0933,,,
A3,Cara,,,D/503/0352,
A4,Dev,,D/503/0352,,
A5,Eve,J/502/4299 M/502/4300,,,
"""
RECORD = """learner,name,ref,status,evidence,assessor,date
L1,Ada,D/503/0352,verified,E1,Ann,2026-01-05
L1,Ada,T/503/0342,assessed,E2,Ann,2026-01-06
L1,Ada,J/502/4299,verified,,Ann,2026-01-06
L1,Ada,M/502/4300,verified,E4,,
L1,Ada,H/503/0403,in progress,,,2026-01-07
L2,Ben,D/503/0352,planned,,,
L3,,X/1,verified,,,
"""
ASSESSMENTS = """learner,ref,assessor,date,iqa
L1,D/503/0352,Ann,2026-01-05,Olu
L1,T/503/0342,Ann,2026-01-06,Olu
L2,D/503/0352,Bea,2026-01-07,Olu
L3,X/1,Olu,2026-01-08,Olu
L4,X/1,Ann,soon,Olu
"""
SAMPLED = """learner,ref,assessor,date,sampled_on,outcome,action,action_due,action_done
L1,D/503/0352,Ann,2026-01-05,2026-02-01,not upheld,Cite the *log*,2026-03-01,
L2,D/503/0352,Bea,2026-01-07,,,,,
"""
EVERYTHING = "learner,ref,status\n" + "".join(f"L1,{ref},verified\n" for ref in load().by_ref)


def pressed(app: AppTest, *keys: str) -> AppTest:
    """The page after buttons were pressed, by key; a download is one."""
    for key in keys:
        app = ran(next(button for button in (*app.button, *app.download_button) if button.key == key).click())
    return app


def downloaded() -> AppTest:
    """A record that nothing of is unsaved any more."""
    with pytest.MonkeyPatch.context() as during:
        files = makers(during)
        return handed_out(asked(one(), **{"status-T/503/0342": "verified"}), "record", files)


def unfolded(app: AppTest, *keys: str) -> AppTest:
    """The page with parts open that are drawn only then."""
    for key in keys:
        app.session_state[key] = True
    return ran(app)


def recorded(text: str = RECORD, **address: str) -> AppTest:
    return uploaded(at(portfolio, **address), "portfolio-file", text)


def one() -> AppTest:
    """The page of the first of the learners who were read in."""
    return asked(recorded(), learner=0)


def around(**address: str) -> AppTest:
    """What stands around a plan, unfolded."""
    return unfolded(at(surroundings, **address), "alternatives", "ask")


def cohort_of(text: str = COHORT, **address: str) -> AppTest:
    return uploaded(at(cohort, **address), "cohort-file", text)


HELD = {"held": "D/505/0052,D/503/0352,X/1,X/2,X/3,X/4"}
Pages = Mapping[str, Callable[[], AppTest]]
PAGES: Pages = {
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
    "which qualification": lambda: at(plan),
    "what at work": lambda: at(plan, step="work", task="complaints"),
    "plan": lambda: unfolded(at(plan, step="units"), "rules", "alternatives", "ask", "more-False", "group-A-False", "group-B-False", "group-C-False"),
    "plan, with choices": lambda: at(
        plan, pin="L/601/0933", exclude="J/502/4299", held="D/503/0352", survive="1", keep="H/600/9660"
    ),
    "plan, for a job": lambda: at(plan, task="complaints", survive="9"),
    "plan, a unit in detail": lambda: unfolded(at(plan, task="complaints"), "details-J/503/0426"),
    "plan, of the fewest strategies": lambda: at(plan, goal="strategies,glh", pin="X/1"),
    "plan, no unit found": lambda: asked(at(plan, step="units"), search="zzz"),
    "plan without a choice": lambda: at(plan, qualification=TEACHING, held="H/505/0053"),
    "plan, none": lambda: at(plan, pin="J/502/4299,M/502/4300", exclude="D/503/0352"),
    "plan, none within an offer": lambda: at(plan, offer="D/503/0352,L/601/0933"),
    "portfolio": lambda: at(portfolio),
    "record, the example": lambda: pressed(at(portfolio), "audit-example"),
    "record": one,
    "record, all in a list": recorded,
    "record, one unit of a record": lambda: asked(one(), **{"evidence-unit": "D/503/0352"}),
    "record, of several learners one with nothing": lambda: asked(recorded(), learner=1),
    "record, no learner in this state": lambda: asked(recorded(), **{"learner-search": "nobody"}),
    "record, not saved": lambda: asked(one(), **{"status-T/503/0342": "verified"}),
    "record, downloaded": downloaded,
    "record, about to be lost": lambda: pressed(
        asked(one(), **{"status-T/503/0342": "verified"}), "clear"
    ),
    "record, another qualification chosen": lambda: asked(
        recorded(), **{"qualification-picker": TEACHING}
    ),
    "record, a decision that lacks all": lambda: pressed(one(), "decide"),
    "record, a rule waived": lambda: pressed(
        asked(
            one(),
            **{"decision-kind": "waive"},
            **{"decision-rule": "mandatory", "decision-reason": "Seen", "decision-by": "Ann"},
        ),
        "decide",
    ),
    "record, all achieved": lambda: recorded(EVERYTHING),
    "record, no way home": lambda: asked(recorded(RECORD, offer="D/503/0352"), learner=0),
    "portfolio, not decided": lambda: at(undecided),
    "portfolio, a file not read": lambda: recorded("learner,ref\nL1,X/1\n"),
    "time": lambda: at(time_page),
    "assurance": lambda: at(assurance_page),
    "assurance, a sample": lambda: uploaded(at(assurance_page), "assurance-assessments", ASSESSMENTS),
    "assurance, some sampled": lambda: uploaded(
        uploaded(at(assurance_page), "assurance-assessments", ASSESSMENTS), "assurance-done", SAMPLED
    ),
    "claims": lambda: at(assurance_page, part="claims"),
    "claims, the example": lambda: pressed(at(assurance_page, part="claims"), "assurance-example"),
    "cohort": lambda: at(cohort),
    "learners": cohort_of,
    "learners, one who cannot with this offer": lambda: cohort_of(offer="D/503/0352,L/601/0933"),
    "learners, some rows not read": lambda: cohort_of(COHORT + "A1,Ada,,,,\n,Nobody,X/1,,,\n"),
    "learners, no row read": lambda: cohort_of("learner,pins\nA1,X/1\n"),
    "cohort, a file not read": lambda: cohort_of("a,b\n1,2\n"),
    "learners, groups asked for": lambda: asked(cohort_of(), **{"delivery-way": "groups"}),
    "learners, one to one asked for": lambda: asked(cohort_of(), **{"delivery-way": "single"}),
    "delivery": lambda: at(delivery),
    "rules as bars": lambda: at(rules),
    "around a plan": lambda: around(pin="L/601/0933"),
    "around a plan for a job": lambda: around(task="complaints,difficult-customers"),
    "around a plan, nearby ones": lambda: asked(around(), within=3),
    "asked about a unit in the plan": lambda: asked(around(), **{"ask-unit": "L/503/0394"}),
    "asked about a unit in every plan": lambda: asked(around(), **{"ask-unit": "D/503/0352"}),
    "asked about a unit not in the plan": lambda: asked(around(), **{"ask-unit": "L/601/0933"}),
    "asked about an impossible unit": lambda: asked(
        around(pin="J/502/4299"), **{"ask-unit": "M/502/4300"}
    ),
    "an offer": lambda: at(offer, offer="L/601/0933,X/1"),
    "no offer": lambda: at(offer),
    "an offer from a file": lambda: uploaded(at(offer), "offer-file", "J/502/4299\nX/1\n"),
    "career": lambda: at(career),
    "career, the schemes of a person": lambda: at(career, scheme="ccop,icco,job,nvq"),
    "career, the scheme of a centre": lambda: at(career, scheme="en-15838"),
    "which country": lambda: at(career, part="cpd"),
    "cpd": lambda: at(career, part="cpd", country="ccmg-ccop"),
    "cpd with wishes": lambda: at(
        career, part="cpd", pin="pdp=3,nothing=1", exclude="blog", minutes="ccmg-event=120", year="2"
    ),
    "cpd with a log": lambda: uploaded(
        at(career, part="cpd", country="ccmg-ccop"),
        "cpd-log",
        "activity,year,times,date,note\nccmg-event,1,2,,A note\narticle,,1,2026-03-05,\nnothing,1,1,,\n",
    ),
    "cpd that cannot be": lambda: at(career, part="cpd", exclude="pdp"),
    "the job": lambda: at(career, part="job"),
    "the job, ticked": lambda: at(career, part="job", day="1,3,99"),
}  # fmt: skip


LIKE = {
    **{name: name.partition(", ")[0] for name in PAGES if name.partition(", ")[0] in {*PAGES} - {name}},
    "where units lead": "qualifications",
    "where a portfolio leads": "qualifications",
    "where a portfolio leads, nothing achieved": "qualifications",
    "where units lead, rules met": "qualifications",
    "asked about a unit in the plan": "around a plan",
    "asked about a unit in every plan": "around a plan",
    "asked about a unit not in the plan": "around a plan",
    "asked about an impossible unit": "around a plan",
    "cpd with wishes": "cpd",
    "cpd that cannot be": "cpd",
    "cpd with a log": "cpd",
}
"""The page of which another one is written down only as far as it has other lines."""


_DRAWN: dict[tuple[int, str], list[str]] = {}
"""The pages that were drawn in this process: many are compared with the same one."""


def drawn(name: str, pages: Pages = PAGES, like: Mapping[str, str] = LIKE) -> list[str]:
    """The lines of a page, without those of the page that it is like."""
    for each in (like.get(name, name), name):
        if (id(pages), each) not in _DRAWN:
            _DRAWN[id(pages), each] = lines(pages[each]())
    known = _DRAWN[id(pages), like[name]] if name in like else []
    return [line for line in _DRAWN[id(pages), name] if line not in known]


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


def write(
    folder: Path,
    pages: Pages,
    like: Mapping[str, str],
    prepare: Callable[[pytest.MonkeyPatch], None] = settle,
) -> None:
    """Writes every page down anew."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for page in pages:
        with pytest.MonkeyPatch.context() as patched:
            prepare(patched)
            text = "\n".join(drawn(page, pages, like)) + "\n"
        (folder / f"{page}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER, PAGES, LIKE)
