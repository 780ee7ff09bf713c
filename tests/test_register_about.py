"""Everything about one learner, nothing about anybody else; and who is due for erasing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from openpyxl import load_workbook

from planner import DataError, Portfolio, Qualification, Request, Wishes, load_all
from planner.records.portfolios import Decision, Details, Entry
from planner.register import Actor, Register
from planner.register.retention import years_before
from planner.register.rows import Wanted
from planner.report.register_book import person_workbook
from tests import test_register
from tests.registers import ADA

address, kept = test_register.address, test_register.kept

BOB = Actor("Bob Example", "assessor")


def marks(who: str) -> Iterator[str]:
    """Words that stand nowhere else."""
    return (f"{who}mark{number}x" for number in count())


def said(real: Qualification, learner: str, mark: Iterator[str], assessor: str) -> Portfolio:
    """A portfolio with a word of its own in every text."""
    refs = list(real.by_ref)
    details = Details(
        *(next(mark), next(mark), next(mark), next(mark), next(mark), next(mark)),
        start=date(2026, 1, 5),
        assessor=assessor,
        site=next(mark),
    )
    entries = tuple(
        Entry(ref, "assessed", next(mark), next(mark), iqa_sample=next(mark), iqa_outcome=next(mark))
        for ref in refs[:2]
    )
    decision = Decision("accept", refs[4], next(mark), next(mark), date(2026, 2, 1), next(mark))
    return Portfolio(learner, entries, (decision,), details)


def filled(kept: Register, real: Qualification) -> dict[str, list[str]]:
    """Two learners whose every text is changed once; the words of each, those of before too."""
    used: dict[str, list[str]] = {}
    for learner in ("one", "two"):
        mark = marks(learner)
        first, second = said(real, learner, mark, "Bob Example"), said(real, learner, mark, "Bob Example")
        (opened,) = kept.save(ADA, real, [first])
        gone = replace(opened.portfolio.decisions[0], withdrawn=date(2026, 3, 1), withdrawn_by=next(mark))
        now = replace(second, decisions=(gone, *second.decisions))
        (opened,) = kept.save(ADA, real, [now], opened=[opened], reason=next(mark))
        kept.save(ADA, real, [Request(learner, Wishes(pins=frozenset([list(real.by_ref)[6]])), details=now.details)],
                  opened=[opened])  # fmt: skip
        rows = f"learner,ref,status,evidence\n{learner},{list(real.by_ref)[7]},planned,{next(mark)}".encode()
        kept.import_file(ADA, {real.id: real}, f"{next(mark)}.csv", rows)
        kept.set_status(ADA, real, learner, next(iter(real.by_ref)), "planned", next(mark))
        (opened,) = kept.load(ADA, real, [learner])
        used[learner] = [f"{learner}mark{n}x" for n in range(int(re.findall(r"\d+", next(mark))[0]))]
    return used


def cells(content: bytes) -> str:
    book = load_workbook(BytesIO(content), read_only=True)
    texts = (str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    return "\n".join(texts)


def test_everything_about_a_learner_is_told_and_nothing_of_anybody_else(
    kept: Register, real: Qualification
) -> None:
    used = filled(kept, real)
    assert min(map(len, used.values())) > 40
    found = kept.about(ADA, "one")
    book = person_workbook(found, kept.load(ADA, real, ["one"]), kept.head(ADA))
    for text in (cells(book), json.dumps(found.to_json())):
        assert [mark for mark in used["one"] if mark not in text] == []
        assert [mark for mark in used["two"] if mark in text] == []
        assert "two" not in re.findall(r"\w+", text)
    mine = list(kept.history(ADA, kept.learners(ADA)[0].registration))
    assert [each.happened for each in found.events] == mine
    assert {table for table, _ in found.rows} == {"person", "registration", "unit_status", "decision", "plan"}
    assert found.elsewhere == ()


def test_what_is_handed_over_reads_back_as_that_learner(
    kept: Register, real: Qualification, tmp_path: Path
) -> None:
    filled(kept, real)
    mine = kept.load(ADA, real, ["one"])
    book = person_workbook(kept.about(ADA, "one"), mine, kept.head(ADA))
    other = Register(tmp_path / "other.sqlite3")
    merged = other.import_file(ADA, {real.id: real}, "one.xlsx", book)
    assert (merged.disputes, merged.problems) == ((), ())
    assert [replace(each, registration="") for each in other.load(ADA, real)] == [
        replace(each, registration="") for each in mine
    ]


def test_where_others_name_a_learner_is_told_and_not_what_they_say(
    kept: Register, real: Qualification
) -> None:
    kept.save(ADA, real, [Portfolio("one", details=Details(name="Zora Quill", assessor="Bob Example"))])
    entry = Entry(next(iter(real.by_ref)), "planned", "secret, with Zora Quill")
    kept.save(ADA, real, [Portfolio("two", (entry,), details=Details(assessor="Bob Example"))])
    found = kept.about(ADA, "one")
    assert [(table, field) for table, _, field in found.elsewhere if table != "event"] == [
        ("unit_status", "evidence")
    ]
    assert "secret" not in json.dumps(found.to_json())
    assert kept.about(BOB, "one").elsewhere == ()  # who sees some learners alone


def test_who_sees_a_learner_is_told_and_nobody_else(kept: Register, real: Qualification) -> None:
    other = next(each for number, each in load_all().items() if number != real.id)
    for qualification, assessor in ((real, "Bob Example"), (other, "Cy Example")):
        entry = Entry(next(iter(qualification.by_ref)), "planned", f"evidence of {assessor}")
        details = Details(name="Zora Quill", assessor=assessor)
        kept.save(ADA, qualification, [Portfolio("one", (entry,), details=details)])
    kept.save(ADA, real, [Portfolio("two", details=Details(assessor="Di Example"))])
    kept.add_person(ADA, "Eve Example", ["EQA"])
    told = {}
    for actor in (ADA, Actor("Eve Example"), Actor("one", "learner"), BOB, Actor("Cy Example", "assessor")):
        text = json.dumps(kept.about(actor, "one").to_json())
        told[actor.name] = [who for who in ("Bob Example", "Cy Example") if f"evidence of {who}" in text]
    both = ["Bob Example", "Cy Example"]
    assert told == {
        "Ada Example": both, "Eve Example": both, "one": both, "Bob Example": both[:1], "Cy Example": both[1:]
    }  # fmt: skip
    for actor, learner in ((Actor("Di Example"), "one"), (Actor("two", "learner"), "one"), (ADA, "three")):
        with pytest.raises(DataError, match="is no learner of this register whom you may see"):
            kept.about(actor, learner)


def test_who_works_with_learners_is_told_of_themself_and_of_no_learner(
    kept: Register, real: Qualification
) -> None:
    ref = next(iter(real.by_ref))
    whose = Details(name="Zora Quill", assessor="Bob Example")
    kept.save(ADA, real, [Portfolio("one", (Entry(ref, "submitted", "a secret"),), details=whose)])
    kept.add_person(ADA, "Bob Example", None, "bob@example.org")
    kept.add_person(ADA, "Cy Example", ["assessor"])
    kept.set_status(BOB, real, "one", ref, "assessed")
    (registration,) = kept.learners(ADA)
    for actor in (ADA, BOB):
        found = kept.about(actor, "Bob  Example")
        text = json.dumps(found.to_json())
        assert [(table, row["account"]) for table, row in found.rows] == [("person", "bob@example.org")]
        places = {(table, field) for table, _, field in found.elsewhere}
        assert places == {("registration", "assessor_id"), ("unit_status", "assessed_by_id")}
        accounts = [change for each in found.events for change in each.changes if change[0] == "account"]
        assert accounts == [("account", "", "bob@example.org")]
        did = [each.happened for each in found.events if each.happened.registration]
        assert [(each.role, each.words[:20]) for each in did] == [("assessor", "changed: unit status")]
        assert did[0].registration == registration.registration
        assert [w for w in ("Zora", "one", "secret") if w in re.findall(r"\w+", text)] == []
        assert person_workbook(found, (), "")
    for actor, name in ((Actor("Cy Example"), "Bob Example"), (Actor("one", "learner"), "Bob Example"),
                        (ADA, "Di Example")):  # fmt: skip
        with pytest.raises(DataError, match="whom you may see"):
            kept.about(actor, name)


# Who is due for erasing


def at(kept: Register, day: date) -> None:
    kept._clock = lambda: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def due(kept: Register, until: date) -> list[tuple[str, date]]:
    return [(each.learner, each.last) for each in kept.due(ADA, until)]


LONG_AGO = date(2018, 5, 4)


@pytest.mark.parametrize("what", ["start", "target", "assessed", "decided", "calendar", "by hand", "a file"])
def test_the_last_day_is_that_of_the_latest_thing_known(
    kept: Register, real: Qualification, what: str
) -> None:
    ref = next(iter(real.by_ref))
    at(kept, LONG_AGO)
    day = date(2020, 2, 3)
    days = {name: day for name in ("start", "target") if name == what}
    entry = Entry(ref, "assessed", "E1", assessed=day if what == "assessed" else None)
    decided = (Decision("recognise", list(real.by_ref)[3], "seen", "Bob", day),) if what == "decided" else ()
    kept.save(ADA, real, [Portfolio("L1", (entry,), decided, Details(**days))])  # type: ignore[arg-type]
    if what == "calendar":
        plan = {"units": ref, "calendar": json.dumps({ref: ["2019-01-07", day.isoformat()]})}
        kept.save_wanted(ADA, real, [Wanted("L1", plan=plan)], {})
    at(kept, day)
    if what == "by hand":
        kept.set_status(ADA, real, "L1", ref, "in progress", "not signed")
    if what == "a file":
        rows = f"learner,ref,status,evidence\nL1,{list(real.by_ref)[1]},planned,E9".encode()
        assert kept.import_file(ADA, {real.id: real}, "old.csv", rows).new == 1
        day = LONG_AGO
    assert due(kept, day) == [("L1", day)]
    assert due(kept, day - timedelta(1)) == []


def test_who_came_by_a_file_without_a_day_is_known_since_then(kept: Register, real: Qualification) -> None:
    at(kept, LONG_AGO)
    rows = f"learner,ref,status\nL1,{next(iter(real.by_ref))},planned".encode()
    kept.import_file(ADA, {real.id: real}, "old.csv", rows)
    assert due(kept, LONG_AGO) == [("L1", LONG_AGO)]


def test_the_erasing_of_another_is_nothing_heard_of_somebody(kept: Register, real: Qualification) -> None:
    ref = next(iter(real.by_ref))
    at(kept, LONG_AGO)
    kept.save(ADA, real, [Portfolio("Zora-9"), Portfolio("L2", (Entry(ref, "planned", "seen with Zora-9"),))])
    at(kept, LONG_AGO + timedelta(900))
    assert kept.erase(ADA, "Zora-9", "asked to").redacted
    assert due(kept, LONG_AGO) == [("L2", LONG_AGO)]


def test_a_learner_of_two_qualifications_is_due_when_both_are(kept: Register, real: Qualification) -> None:
    other = next(each for number, each in load_all().items() if number != real.id)
    at(kept, LONG_AGO)
    kept.save(ADA, real, [Portfolio("L1", details=Details(start=LONG_AGO))])
    kept.save(ADA, other, [Portfolio("L1", details=Details(start=LONG_AGO + timedelta(9)))])
    assert due(kept, LONG_AGO) == []
    (found,) = kept.due(ADA, LONG_AGO + timedelta(9))
    assert (found.last, set(found.qualifications)) == (LONG_AGO + timedelta(9), {real.id, other.id})


def test_who_may_erase_alone_is_told_who_is_due(kept: Register, real: Qualification) -> None:
    kept.save(ADA, real, [Portfolio("L1", details=Details(assessor="Bob Example"))])
    with pytest.raises(DataError, match="Bob Example may not erase a learner as assessor: a manager may"):
        kept.due(BOB, LONG_AGO)


@pytest.mark.parametrize(
    ("day", "years", "before"),
    [
        (date(2026, 11, 29), 6, date(2020, 11, 29)),
        (date(2024, 2, 29), 4, date(2020, 2, 29)),
        (date(2024, 2, 29), 3, date(2021, 2, 28)),
    ],
)
def test_years_ago_is_the_same_day(day: date, years: int, before: date) -> None:
    assert years_before(day, years) == before


def test_nobody_is_due_where_nothing_is_kept(tmp_path: Path) -> None:
    assert Register(tmp_path / "register.sqlite3").due(None, LONG_AGO) == ()
