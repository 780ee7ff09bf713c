"""The day of two assessors, an IQA and a manager at a shared register, in four browsers; what it costs is counted.

`python -m tests.centre_day` prints the clicks and the typed fields of each; `tests/test_centre_day_e2e.py` keeps what came
of it, and the limits. Everybody signs in with a provider on this machine, which is not counted as the planner's.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, expect

from planner import Portfolio, Qualification, load
from planner.records.portfolios import Details, Entry
from planner.register import Actor, Register
from planner.register.rows import Wanted
from tests.browser import settled, still
from tests.oidc import provider
from tests.pictures import running
from tests.signed_in import sign_in, with_provider
from tests.test_audit_page import BEST
from tests.test_register_e2e import Hands

MIA, IVY = Actor("Mia Manager"), Actor("Ivy Verifier")
ADA, BOB = Actor("Ada Assessor"), Actor("Bob Assessor")

ACCOUNTS = {each.name: f"{each.name.split()[0].lower()}@example.org" for each in (ADA, BOB, IVY, MIA)}

LEARNERS = {"L1": ADA, "L2": BOB}

UNIT = "T/503/0342"
"""The last unit of both learners, of which the day is; the others are verified before."""

WHY_BACK, WHY_UNLOCKED = "the call log is not cited", "another learner's log was looked at"


def prepared(address: str, real: Qualification) -> Register:
    """A register of two learners who lack one unit each, and the people of the centre with their accounts."""
    found, day = Register(address), date(2013, 5, 6)
    rest = [ref for ref in BEST if ref != UNIT]
    for learner, assessor in LEARNERS.items():
        entries = [
            Entry(ref, "verified", "E1", assessor.name, day, iqa_sample="E1", assessed=day) for ref in rest
        ]
        whose = Details(name=f"Learner {learner}", assessor=assessor.name, start=date(2013, 1, 7))
        entries.append(Entry(UNIT, "in progress"))
        found.save(MIA, real, [Portfolio(learner, tuple(entries), details=whose)])
        found.save_wanted(MIA, real, [Wanted(learner, registration={"iqa": IVY.name})], {})
    for name, account in ACCOUNTS.items():
        roles = None if name != MIA.name else ["manager"]
        found.add_person(MIA, name, roles, account)
    return found


class Desk(Hands):
    """What somebody does of the day at the page, by the words that stand there."""

    def open(self, count: int, learner: str = "") -> None:
        """Opens the learners that are kept now, and one of several."""
        self.button(f"Learners of the register ({count})")
        if learner:
            self.pick(learner)

    def pick(self, learner: str) -> None:
        """Goes to one of several learners, whoever is shown."""
        shown, listed = (self.page.get_by_label(words, exact=True) for words in ("Learner", "Open a learner"))
        every = self.page.get_by_role("radio", name="All", exact=True)
        if every.count() and not every.is_checked():
            self.click(every, "all learners")
        self.choose(shown if shown.count() else listed, learner, "the learner")
        expect(self.page.get_by_role("heading", name=f"The verdict on {learner}")).to_be_visible()

    def set(self, status: str, why: str = "") -> None:
        """Brings the unit to a status, and saves."""
        field = self.page.get_by_role("combobox", name=UNIT)
        if not field.is_visible():
            group = self.page.locator("summary").filter(has_text="Mandatory Group A")
            self.click(group, "the group of the unit")
        self.choose(field, status, "the status")
        if why:
            self.type(self.page.get_by_label("Why a unit goes back"), why, "why it goes back")
        self.save()

    def write(self, label: str, text: str) -> None:
        """Writes what is on record of the unit."""
        field, unit = (self.page.get_by_label(words, exact=True) for words in (label, "Unit"))
        if not unit.is_visible():
            self.click(
                self.page.locator("summary").filter(has_text="Evidence, assessor and dates"), "the record"
            )
        if not field.is_visible():
            self.choose(unit, UNIT, "the unit of the record")
        self.type(field, text, label)
        field.press("Enter")
        still(self.page)

    def record(self, learner: str, looked_at: str, outcome: str, how: str) -> None:
        """Says what sampling the unit of a learner came to, beside the sampling plan, and what becomes of it."""
        field = self.page.get_by_role("combobox", name="Assessment")
        wanted = re.compile(rf"^{learner} · .*\({UNIT}\)")
        if not wanted.search(field.input_value() if field.count() else ""):
            self.button("Look again")
        if not wanted.search(field.input_value()):
            self.click(field, "the assessment")
            self.click(self.page.get_by_role("option", name=wanted), "the assessment")
            still(self.page)
        for label, text in (("What was looked at", looked_at), ("What it came to", outcome)):
            if text:
                place = self.page.get_by_label(label, exact=True)
                self.type(place, text, label)
                place.press("Tab")
                still(self.page)
        self.button(how)
        expect(self.page.get_by_text(f"{learner}, {UNIT}: recorded, and")).to_be_visible()

    def save(self) -> None:
        self.button("Save")
        expect(self.page.get_by_text("in the register as shown here.")).to_be_visible()


def signed_in(browser: Browser, url: str) -> Mapping[str, Desk]:
    """A browser for each, in which they have signed in and have begun with what is kept of theirs."""
    desks = {name: Desk(sign_in(browser, url, account)) for name, account in ACCOUNTS.items()}
    for name, desk in desks.items():
        count = "1 learner" if name in (ADA.name, BOB.name) else "2 learners"
        desk.button(f"Continue: {count}, saved today")
        expect(desk.page.get_by_text("Kept in the register of the centre.")).to_be_visible()
        settled(desk.page)
    return desks


def day(browser: Browser, url: str) -> Mapping[str, Desk]:
    """The day: who clicked and typed how much."""
    desks = signed_in(browser, url)
    ada, bob, ivy, mia = (desks[each.name] for each in (ADA, BOB, IVY, MIA))
    for assessor in (ada, bob):
        assessor.write("Evidence (its references)", "E7")
        assessor.set("submitted")
        assessor.set("assessed")
    sampled(ivy)
    ivy.record("L1", "E7, with the call log", WHY_BACK, "Record and send back")
    ada.open(1)
    ada.write("Evidence (its references)", "E7, log 14")
    ada.set("assessed")
    ivy.record("L2", "E7", "agreed", "Record and verify")
    ivy.record("L1", "E7, with the call log, log 14", "agreed", "Record and verify")
    mia.pick("L2")
    mia.set("assessed", WHY_UNLOCKED)
    ivy.record("L2", "", "", "Record and verify")
    claimed(mia)
    return desks


def to_assurance(desk: Desk) -> None:
    """Goes to quality assurance, where those are who were opened among the learners, as they are kept now."""
    header = desk.page.get_by_test_id("stHeader")
    desk.click(header.get_by_role("link", name="Quality assurance", exact=True), "Quality assurance")
    expect(desk.page.get_by_role("heading", name="The answer")).to_be_visible()
    settled(desk.page)


def sampled(ivy: Desk) -> None:
    """Draws what to sample, the two assessments of the day, and keeps it."""
    to_assurance(ivy)
    ivy.button("Keep this sample in the register (2)")
    expect(ivy.page.get_by_text("Kept: 2 assessments to sample, of 2 learners.")).to_be_visible()


def claimed(mia: Desk) -> None:
    """Sees who is ready, says until when claims can be made, and records the claims."""
    to_assurance(mia)
    mia.click(mia.page.get_by_role("radio", name="Who can be claimed"), "Who can be claimed")
    last = mia.page.get_by_role("group", name="The last day for claims")
    mia.click(last.get_by_role("spinbutton").first, "the last day for claims")
    mia.page.keyboard.type(f"{date.today():%d%m%Y}")
    mia.page.keyboard.press("Escape")
    mia.typed.append("the last day for claims")
    mia.page.get_by_role("heading", name="The answer").click()  # a date is taken once its field is left
    expect(mia.page.get_by_text("2 of 2 learners ready to be claimed")).to_be_visible()
    settled(mia.page)
    mia.button("Record the claims in the register (2)")
    expect(mia.page.get_by_text("Claimed, in the register: L1, L2.")).to_be_visible()


def main() -> None:
    """Prints what the day costs each of them."""
    with tempfile.TemporaryDirectory() as home, provider() as login, running() as browser:
        folder, real = Path(home), load()
        kept = prepared(str(folder / "register.sqlite3"), real)
        with with_provider(folder, kept.storage.address, login) as url:
            for name, desk in day(browser, url).items():
                print(
                    f"{name:14}{desk.words()}: {', '.join([*desk.clicks, *(f'typed {w}' for w in desk.typed)])}"
                )


if __name__ == "__main__":
    main()
