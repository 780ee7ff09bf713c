"""Pages of a centre in full, in states that need a register, calendars or claims: compared with `tests/pages_kept`.

After a change that is meant `python -m tests.test_drawn_kept` writes them anew; read what differs before you keep it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from planner import load
from planner.catalogue.loading import REGISTER_VARIABLE
from planner.pages.assurance import assurance_page as assurance
from planner.pages.delivery import cohorts
from planner.pages.learners import time_page as time
from planner.pages.shared import faults, sign_in
from planner.register import Actor, Register
from tests.days import Day
from tests.test_drawn import (
    APP,
    COHORT,
    Pages,
    asked,
    assurance_page,
    at,
    cohort,
    drawn,
    portfolio,
    pressed,
    ran,
    settle,
    time_page,
    unfolded,
    uploaded,
    write,
)

FOLDER = Path(__file__).parent / "pages_kept"
ANN = Actor("Ann Example")
BEST = ("D/503/0352", "T/503/0342", "J/503/0426", "K/503/0385", "H/601/1215")


def failing() -> None:
    """A page that cannot be drawn, with a choice in its address and a file on it."""
    from planner.pages.shared import visit_memory, way_back

    def draw() -> None:
        raise ValueError

    visit_memory.put("some-file", "a text", visit_memory.Worth.WORK)
    way_back.draw(way_back.ShownPage("plan", draw, ("some-",), lambda: None))


def slipped() -> None:
    """A page of whose last click nothing came."""
    import streamlit as st

    from planner.pages.shared import faults, way_back

    st.session_state[faults.SLIP] = "abc"
    way_back.draw(way_back.ShownPage("plan", lambda: None))


TRACKER = """learner,name,ref,status,date,start,target,hours_per_week,progress,assessor
L1,Ada Example,D/503/0352,verified,2026-03-02,2026-01-05,2027-06-27,10,,Ann Example
L1,Ada Example,T/503/0342,submitted,2026-11-02,2026-01-05,2027-06-27,10,,Ann Example
L1,Ada Example,J/503/0426,in progress,2026-11-09,2026-01-05,2027-06-27,10,40%,Ann Example
L2,Ben Example,D/503/0352,in progress,2026-11-09,2026-01-05,2027-01-17,2,,Bo Example
L3,Cara *Example*,D/503/0352,planned,,,,,,
"""
UNDATED = "learner,ref,status\nL1,D/503/0352,planned\n"
READY = "learner,name,ref,status,assessor,assessed,verified,start,unique_learner_number\n"


def ready(learner: str, number: str, refs: tuple[str, ...], status: str = "verified") -> str:
    """The rows of a learner whose units are all as far."""
    day = "2012-06-01" if status == "verified" else ""
    return "".join(
        f"{learner},{learner} Example,{ref},{status},Ann Example,2012-05-30,{day},2012-05-28,{number}\n"
        for ref in refs
    )


def without_mark() -> AppTest:
    """The page that fails, whose fault is called the same each time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(faults, "logged", lambda *_: "abc")
        return at(failing, pin="X/1,X/2", embed="true")


def planned() -> tuple[str, ...]:
    from planner import plan

    return plan(load()).units


def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goes into a folder of its own, where the register will be; settings are read from the checkout before."""
    settle(monkeypatch)
    assert st.get_option("server.address") == "127.0.0.1"
    monkeypatch.chdir(tempfile.mkdtemp(dir=SCRATCH.name))
    sign_in.kept_at.cache_clear()  # it knows the register by its address, which is the same in every folder


SCRATCH = tempfile.TemporaryDirectory()


def house(*files: str) -> Register:
    """The register that pages work with, with these files and nothing else, made anew."""
    path = Path(os.environ[REGISTER_VARIABLE])
    path.unlink(missing_ok=True)
    found = Register(str(path))
    for number, text in enumerate(files, start=1):
        found.import_file(ANN, {load().id: load()}, f"file-{number}.csv", text.encode())
    if files:
        found.add_person(ANN, "Ann Example", ["manager", "assessor"])
        found.add_person(ANN, "Bo Example", ["IQA"])
    return found


def said(app: AppTest, name: str = "Ann Example") -> AppTest:
    """The page once somebody has said who they are."""
    return asked(app, **{"register-person": name})


def of_register(page: Callable[[], None], *files: str, **address: str) -> AppTest:
    """A page with all learners of a register, opened."""
    house(*files)
    return pressed(said(at(page, **address)), "register-open")


def overtaken(**status: str) -> AppTest:
    """*Learners* once somebody else has saved first."""
    app = asked(of_register(portfolio, TRACKER), learner=0)
    Register(os.environ[REGISTER_VARIABLE]).set_status(ANN, load(), "L1", "J/503/0426", "assessed")
    return pressed(asked(app, **{"status-J/503/0426": "submitted"}), "register-save")


def two_files(page: Callable[[], None], key: str, first: str, second: str) -> AppTest:
    """A page in which a file was read in the place of another."""
    app = uploaded(at(page), key, first)
    field = next(field for field in app.file_uploader if str(field.key).startswith(key))
    field.set_value(("second.csv", second.encode(), "text/csv"))
    return ran(app)


def another_waits() -> AppTest:
    """The page of a learner with changes once another file is read."""
    app = asked(
        asked(uploaded(at(portfolio), "portfolio-file", TRACKER), learner=0),
        **{"status-T/503/0342": "planned"},
    )
    return uploaded(app, "portfolio-file", UNDATED)


def calendars(text: str = TRACKER) -> AppTest:
    return uploaded(at(time_page), "time-file", text)


def claims(text: str, **address: str) -> AppTest:
    return uploaded(at(assurance_page, part="claims", **address), "assurance-file", text)


PAGES: Pages = {
    "calendars": calendars,
    "calendars, an assessor's month": lambda: asked(
        calendars(), **{"time-assessor": "Bo Example", "time-month": load_month(2)}
    ),
    "calendars, nobody has dates": lambda: calendars(UNDATED),
    "calendars, a file not read": lambda: calendars("a,b\n1,2\n"),
    "calendars, words not known": lambda: calendars(
        "learner,ref,status\nL1,D/503/0352,Signed off\nL1,T/503/0342,Begun\nl1,X/1,planned\n"
    ),
    "calendars, a second file": lambda: two_files(
        time_page, "time-file", TRACKER, TRACKER.replace("L3,Cara", "L4,Dev").replace("submitted", "verified")
    ),
    "calendars kept": lambda: of_register(time_page, TRACKER),
    "calendars kept, agreed": lambda: pressed(of_register(time_page, TRACKER), "register-save"),
    "claims, one lacks nothing": lambda: claims(READY + ready("L1", "1234567890", planned())),
    "claims, one lacks something": lambda: claims(
        READY + ready("L1", "1234567890", planned()) + ready("L2", "12", planned()[:2], "assessed")
    ),
    "claims, two lack the same": lambda: claims(
        READY + ready("L1", "1", planned()[:3]) + ready("L2", "2", planned()[:3])
    ),
    "claims kept": lambda: of_register(
        assurance_page, READY + ready("L1", "1234567890", planned()), part="claims"
    ),
    "sample of learners": lambda: uploaded(
        at(assurance_page), "assurance-file", READY + ready("L1", "1234567890", planned())
    ),
    "sample of nobody": lambda: uploaded(at(assurance_page), "assurance-file", UNDATED),
    "one, another file waits": lambda: another_waits(),
    "home, with a register": lambda: (house(TRACKER), at(APP))[1],
    "portfolio, nobody known": lambda: (house(), at(portfolio))[1],
    "portfolio kept": lambda: (house(TRACKER), at(portfolio))[1],
    "portfolio kept, opened": lambda: of_register(portfolio, TRACKER),
    "one kept": lambda: asked(of_register(portfolio, TRACKER), learner=0),
    "one kept, what happened": lambda: unfolded(
        asked(of_register(portfolio, TRACKER), learner=0), "register-history", "audit-time"
    ),
    "portfolio kept, nobody said who": lambda: pressed((house(TRACKER), at(portfolio))[1], "register-open"),
    "one kept, overtaken": overtaken,
    "one kept, saved": lambda: pressed(
        asked(asked(of_register(portfolio, TRACKER), learner=0), **{"status-J/503/0426": "submitted"}),
        "register-save",
    ),
    "one kept, a unit goes back": lambda: asked(
        asked(of_register(portfolio, TRACKER), learner=0), **{"status-T/503/0342": "planned"}
    ),
    "learners kept": lambda: of_register(cohort, COHORT),
    "one kept, no way by what they ask for": lambda: asked(of_register(portfolio, COHORT), learner=4),
    "learners, a second file": lambda: (
        house(),
        two_files(cohort, "cohort-file", COHORT, COHORT.replace("A1,", "B1,")),
    )[1],
    "a page that fails": without_mark,
    "a click that fails": lambda: at(slipped),
}
LIKE = {
    **{name: name.partition(", ")[0] for name in PAGES if name.partition(", ")[0] in {*PAGES} - {name}},
    "calendars kept": "calendars",
    "calendars kept, agreed": "calendars kept",
    "claims, one lacks something": "claims, one lacks nothing",
    "claims, two lack the same": "claims, one lacks nothing",
    "claims kept": "claims, one lacks nothing",
    "portfolio kept": "portfolio, nobody known",
    "learners, a second file": "learners kept",
    "sample of nobody": "sample of learners",
    "one, another file waits": "one kept",
}


def load_month(months: int) -> Any:
    """The month that is so many after this one, as the page has it."""
    from planner.pages.learners.timelines_panel import _later

    return _later(Day.today(), months)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_as_written_down(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert drawn(name, PAGES, LIKE) == expected


FILES = {
    "invented-tracker.csv": time.example,
    "invented-assessments.csv": assurance.example,
    "invented-learners.csv": cohorts.example,
}


@pytest.mark.parametrize("name", FILES)
def test_an_example_to_download_is_the_one_written_down(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)
    assert FILES[name](load()) == (FOLDER / name).read_bytes()


def test_every_text_is_of_a_page() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*(f"{name}.txt" for name in PAGES), *FILES}


if __name__ == "__main__":
    write(FOLDER, PAGES, LIKE, prepare)
    with pytest.MonkeyPatch.context() as patched:
        prepare(patched)
        for each, content in FILES.items():
            (FOLDER / each).write_bytes(content(load()))
