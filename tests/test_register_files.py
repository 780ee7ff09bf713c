"""What files bring into the register and what comes out: merged, told, taken back, whole at every moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from planner import Portfolio, Qualification, load
from planner.records.portfolios import Decision, Details, Entry
from planner.register import Actor, Kept, Merged, OvertakenError, Register, service
from planner.register.rows import Wanted, of_kept, of_plan
from planner.report.register_book import register_workbook
from tests import registers, test_register
from tests.registers import ADA, register
from tests.strategies import deep

address, kept = test_register.address, test_register.kept

BOB = Actor("Bob Example", "assessor")
HEADER = "learner,name,ref,status,evidence,assessor,date"


def table(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def imported(found: Register, real: Qualification, content: bytes, actor: Actor = ADA) -> Merged:
    return found.import_file(actor, {real.id: real}, "tracker.csv", content)


def state(found: Register, real: Qualification) -> list[Kept]:
    """All that is kept, without the random ids."""
    return [replace(each, registration="") for each in found.load(ADA, real)]


def refs(real: Qualification, number: int) -> list[str]:
    return list(real.by_ref)[:number]


# Merged


def test_a_file_is_taken_once_however_often_it_is_read(kept: Register, real: Qualification) -> None:
    first, second = refs(real, 2)
    content = table(f"L1,Ann,{first},submitted,E1,Bob Example,", f"L2,Ben,{second},planned,,,")
    found = imported(kept, real, content)
    assert (found.new, found.changed, found.unchanged, found.disputes) == (2, 0, 0, ())
    head = kept.head(ADA)
    again = imported(kept, real, content)
    assert (again.new, again.changed, again.unchanged, again.import_id) == (0, 0, 2, "")
    assert kept.head(ADA) == head


def test_what_a_file_does_not_say_stays(kept: Register, real: Qualification) -> None:
    first, second = refs(real, 2)
    imported(kept, real, table(f"L1,Ann,{first},submitted,E1,Bob Example,", f"L2,Ben,{second},planned,,,"))
    found = imported(kept, real, table(f"L1,,{first},assessed,,,2026-03-02"))
    assert (found.changed, found.disputes) == (1, ())
    one, other = kept.load(ADA, real)
    (entry,) = one.portfolio.entries
    assert (entry.status, entry.evidence, entry.date) == ("assessed", "E1", date(2026, 3, 2))
    assert one.portfolio.details.name == "Ann"
    assert [each.ref for each in other.portfolio.entries] == [second]


def test_a_status_that_goes_back_is_told_and_not_taken(kept: Register, real: Qualification) -> None:
    (first,) = refs(real, 1)
    imported(kept, real, table(f"L1,Ann,{first},assessed,,,"))
    found = imported(kept, real, table(f"L1,Ann,{first},planned,,,"))
    (dispute,) = found.disputes
    assert (dispute.learner, dispute.ref, dispute.kept, dispute.wanted, dispute.row) == (
        "L1", first, "assessed", "planned", 2,
    )  # fmt: skip
    assert "goes back" in str(dispute)
    assert kept.load(ADA, real)[0].portfolio.entries[0].status == "assessed"


def test_what_was_changed_on_both_sides_is_told_and_not_taken(kept: Register, real: Qualification) -> None:
    (first,) = refs(real, 1)
    imported(kept, real, table(f"L1,Ann,{first},assessed,E1,,"))
    (opened,) = kept.load(ADA, real)
    mine = replace(opened.portfolio, entries=(replace(opened.portfolio.entries[0], evidence="E2"),))
    kept.save(ADA, real, [mine], opened=[opened])
    found = imported(kept, real, table(f"L1,Ann,{first},assessed,E3,,"))
    assert [(each.field, each.kept, each.wanted) for each in found.disputes] == [("evidence", "E2", "E3")]
    assert kept.load(ADA, real)[0].portfolio == mine


def test_no_decision_is_overwritten_or_lost(kept: Register, real: Qualification) -> None:
    first, second = refs(real, 2)
    decided = Decision("recognise", second, "seen at work", "Bob Example", date(2026, 1, 2))
    (opened,) = kept.save(ADA, real, [Portfolio("L1", (Entry(first, "submitted"),), (decided,))])
    imported(kept, real, table(f"L1,Ann,{first},assessed,,,"))
    assert kept.load(ADA, real)[0].portfolio.decisions == (decided,)
    back = replace(decided, withdrawn=date(2026, 2, 3), withdrawn_by="Bob Example")
    (latest,) = kept.load(ADA, real)
    kept.save(ADA, real, [replace(latest.portfolio, decisions=(back,))], opened=[latest])
    book = register_workbook([replace(opened, portfolio=opened.portfolio)], "")
    kept.import_file(ADA, {real.id: real}, "export.xlsx", book)
    assert kept.load(ADA, real)[0].portfolio.decisions == (back,)


def test_a_status_beyond_the_importer_is_refused_and_a_managers_is_taken(
    kept: Register, real: Qualification
) -> None:
    (first,) = refs(real, 1)
    kept.add_person(ADA, "Bob Example", ["assessor"])
    found = imported(kept, real, table(f"L1,Ann,{first},verified,,,"), BOB)
    assert "Bob Example may not verify as assessor: a manager or the learner's IQA may" in str(
        found.disputes[0]
    )
    assert all(not each.portfolio.entries for each in kept.load(ADA, real))
    imported(kept, real, table(f"L1,Ann,{first},verified,,,"))
    assert kept.load(ADA, real)[0].portfolio.entries[0].status == "verified"
    assert any("from tracker.csv row 2" in str(event) for event in kept.history(ADA))


def test_somebody_who_may_be_somebody_else_is_told_and_not_taken(kept: Register, real: Qualification) -> None:
    (first,) = refs(real, 1)
    imported(kept, real, table(f"L01,Ann,{first},planned,,,"))
    found = imported(kept, real, table(f"l01,Ann,{first},submitted,,,", f"L2,Ben,{first},planned,,,"))
    assert [each.learner for each in found.disputes] == ["l01"]
    other = imported(kept, real, table(f"L01,Zoe,{first},submitted,,,"))
    assert [each.field for each in other.disputes] == ["name"]
    assert [each.learner for each in kept.learners(ADA)] == ["L01", "L2"]


# Taken back


def test_an_import_is_taken_back_but_not_what_was_done_since(kept: Register, real: Qualification) -> None:
    first, second = refs(real, 2)
    imported(kept, real, table(f"L1,Ann,{first},submitted,E1,,"))
    before = state(kept, real)
    found = imported(kept, real, table(f"L1,Ann,{first},assessed,E1,,", f"L2,Ben,{second},planned,,,"))
    undone = kept.undo(ADA, found.import_id)
    assert undone.disputes == ()
    assert state(kept, real) == before
    again = imported(kept, real, table(f"L1,Ann,{first},assessed,E1,Bob Example,"))
    (opened,) = kept.load(ADA, real)
    later = replace(opened.portfolio, entries=(replace(opened.portfolio.entries[0], status="verified"),))
    kept.save(ADA, real, [later], opened=[opened])
    told = kept.undo(ADA, again.import_id)
    assert [each.learner for each in told.disputes] == ["L1"]
    assert kept.load(ADA, real)[0].portfolio == later
    assert kept.verify(ADA).intact
    with pytest.raises(Exception, match="is no import of this register"):
        kept.undo(ADA, "0" * 32)


# Out and in again


@settings(max_examples=deep(20, 400))
@given(st.data())
def test_an_export_reads_back_without_loss(data: st.DataObject) -> None:
    real = load()
    portfolios = [data.draw(registers.portfolios(real, learner)) for learner in ("L1", "Zoë 2", "=3")]
    asked = [data.draw(registers.requests(real, each.learner, each.details)) for each in portfolios[:2]]
    with TemporaryDirectory() as folder:
        one, other = (register(f"{folder}/{name}.sqlite3") for name in ("one", "other"))
        agreed = {each.learner: data.draw(registers.plans(real)) for each in portfolios[:2]}
        one.save(ADA, real, [*portfolios, *asked])
        one.save_wanted(ADA, real, [Wanted(learner, plan=plan) for learner, plan in agreed.items()], {})
        (*found,) = one.load(ADA, real)
        kept = {each.learner: (each.portfolio.entries, each.portfolio.decisions) for each in found}
        assert kept == {each.learner: (each.entries, each.decisions) for each in portfolios}
        assert {"=3": of_plan((), {}), **agreed} == {
            each.learner: of_plan(each.agreed, each.calendar) for each in found
        }
        merged = other.import_file(
            ADA, {real.id: real}, "export.xlsx", register_workbook(found, one.head(ADA), date(2026, 11, 22))
        )
        assert merged.problems == ()
        assert merged.disputes == ()
        assert state(other, real) == state(one, real)
        assert len(found) == 3


# Whole at every moment


class StoppedError(Exception):
    """Something that goes wrong where nobody expects it."""


@contextmanager
def failing(found: Register, at: int) -> Iterator[list[int]]:
    """Lets the statement or commit with this number go wrong; yields how many there were."""
    seen = [0]

    def step(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == at:
            raise StoppedError

    engine = found.storage.engine
    listeners: tuple[tuple[str, Callable[..., None]], ...] = (
        ("before_cursor_execute", lambda *given: step()),
        ("commit", lambda connection: step()),
    )
    for name, listener in listeners:
        sa.event.listen(engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners:
            sa.event.remove(engine, name, listener)


FILE_ROWS = [
    f"L{number},Learner {number},{{{place}}},{status},,Bob Example,"
    for number in range(5)
    for place, status in ((0, "assessed"), (1, "submitted"))
]


def whole(
    found: Register, real: Qualification, reached: dict[str, Portfolio], before: dict[str, Portfolio]
) -> None:
    """Sees that each learner is as before or as after, and that the history says so."""
    if not found.storage.there():
        return
    assert found.verify(ADA).intact
    for each in found.load(ADA, real):
        assert each.portfolio in (reached.get(each.learner), before.get(each.learner))


def portfolios(found: Register, real: Qualification) -> dict[str, Portfolio]:
    return {each.learner: each.portfolio for each in found.load(ADA, real)} if found.storage.there() else {}


def everywhere(
    make: Callable[[], Register], work: Callable[[Register], object], real: Qualification, every: int
) -> int:
    """Fails `work` at one statement and commit after the other; how many failures there were."""
    clean = make()
    work(clean)
    reached = portfolios(clean, real)
    failures = at = 0
    while True:
        at += every
        found = make()
        before = portfolios(found, real)
        try:
            with failing(found, at) as seen:
                work(found)
        except StoppedError:
            failures += 1
        else:
            assert seen[0] < at
            return failures
        whole(found, real, reached, before)
        work(found)
        assert portfolios(found, real) == reached
        assert found.verify(ADA).intact


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Register]]:
    """Makes registers of one kind, each empty."""
    with_them: list[Any] = []

    def make() -> Register:
        place = registers.empty(request.param, tmp_path)
        with_them.append(place)
        return register(place.__enter__())

    yield make
    for place in with_them:
        place.__exit__(None, None, None)


BOTH = pytest.mark.parametrize("fresh", registers.KINDS, indirect=True)


@BOTH
def test_an_import_that_ends_anywhere_leaves_all_of_a_learner_or_nothing(
    fresh: Callable[[], Register], real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 2)
    content = table(*(row.format(*refs(real, 2)) for row in FILE_ROWS))
    assert everywhere(fresh, lambda found: imported(found, real, content), real, deep(11, 1)) >= deep(4, 40)


@BOTH
def test_a_save_that_ends_anywhere_is_kept_whole_or_not_at_all(
    fresh: Callable[[], Register], real: Qualification
) -> None:
    entries = tuple(Entry(ref, "submitted") for ref in refs(real, 3))
    said = [Portfolio(f"L{number}", entries, details=Details(assessor="Bob Example")) for number in range(2)]
    assert everywhere(fresh, lambda found: found.save(ADA, real, said), real, deep(9, 1)) >= deep(3, 25)


@BOTH
def test_an_undo_that_ends_anywhere_is_whole_or_not_at_all(
    fresh: Callable[[], Register], real: Qualification
) -> None:
    content = table(*(row.format(*refs(real, 2)) for row in FILE_ROWS[:4]))

    def make() -> Register:
        found = fresh()
        imported(found, real, table(f"L9,Zoe,{refs(real, 1)[0]},planned,,,"))
        imported(found, real, content)
        return found

    def undo(found: Register) -> None:
        numbers = [event.import_id for event in found.history(ADA) if event.import_id]
        found.undo(ADA, numbers[-1])

    clean = make()
    undo(clean)
    assert list(portfolios(clean, real)) == ["L9"]
    failures, at, ended = 0, 0, False
    while not ended:
        at += deep(9, 1)
        found = make()
        before = portfolios(found, real)
        try:
            with failing(found, at):
                undo(found)
        except StoppedError:
            failures += 1
            assert portfolios(found, real) == before
        else:
            ended = True
        assert found.verify(ADA).intact
    assert failures >= deep(2, 10)


@BOTH
def test_a_claim_that_ends_anywhere_is_made_whole_or_not_at_all(
    fresh: Callable[[], Register], real: Qualification
) -> None:
    """Verified, claimed, and unlocked again: each step with what the register itself notes of it."""
    (ref,) = refs(real, 1)
    ian = Actor("Ian Example", "IQA")

    def make() -> Register:
        found = fresh()
        entry = Entry(ref, "assessed", "E1", "Bob Example")
        found.save(ADA, real, [Portfolio("L1", (entry,), details=Details(assessor="Bob Example"))])
        found.save_wanted(ADA, real, [Wanted("L1", registration={"iqa": ian.name})], {})
        return found

    def claim(found: Register) -> None:
        reached = found.load(ADA, real)[0].portfolio.entries[0].status
        steps = [("assessed", ian, "verified"), ("verified", ADA, "claimed")]
        for before, actor, status in steps:
            if reached == before:
                (kept,) = [found.set_status(actor, real, "L1", ref, status)]  # type: ignore[arg-type]
                reached = kept.portfolio.entries[0].status

    failures, at, ended = 0, 0, False
    while not ended:
        at += deep(11, 1)
        found, seen = make(), set[str]()
        try:
            with failing(found, at):
                claim(found)
        except StoppedError:
            failures += 1
        else:
            ended = True
        seen.add(found.load(ADA, real)[0].portfolio.entries[0].status)
        assert seen <= {"assessed", "verified", "claimed"}
        assert found.verify(ADA).intact
        claim(found)
        (kept,) = found.load(ADA, real)
        assert kept.portfolio.entries[0].status == "claimed"
        words = [event.words for event in found.history(ADA) if "to claimed" in event.words]
        assert len(words) == 1
        assert found.verify(ADA).intact
    assert failures >= deep(2, 25)


def test_who_is_kept_is_found_by_a_random_id_alone(kept: Register, real: Qualification) -> None:
    imported(
        kept, real, table(f"L1,Ann,{refs(real, 1)[0]},planned,,,", f"L2,Ben,{refs(real, 1)[0]},planned,,,")
    )
    one, _ = kept.learners(ADA)
    (found,) = kept.load(ADA, real, registrations=[one.registration])
    assert isinstance(found, Kept)
    assert found.learner == one.learner == "L1"
    assert "L1" not in one.registration
    assert len(one.registration) == 32


# The plan and the calendar agreed


def agreed(real: Qualification, **days: tuple[str, str]) -> dict[str, str]:
    """A plan whose units are worked on from the first to the last of these days, by place in the qualification."""
    units = list(real.by_ref)
    spans = {
        units[int(place[1:])]: (date.fromisoformat(first), date.fromisoformat(last))
        for place, (first, last) in days.items()
    }
    return of_plan(spans, spans)


def test_each_change_of_a_plan_agreed_is_told_in_a_sentence(kept: Register, real: Qualification) -> None:
    first, second, third = refs(real, 3)
    plans = (
        agreed(real, u0=("2026-09-07", "2026-10-04"), u1=("2026-10-05", "2026-11-29")),
        agreed(real, u1=("2026-10-12", "2026-11-29"), u2=("2026-11-30", "2027-01-03")),
        agreed(real),
    )
    opened: dict[str, Wanted] = {}
    for plan in plans:
        (found,) = kept.save_wanted(ADA, real, [Wanted("L1", plan=plan)], opened)
        assert of_plan(found.agreed, found.calendar) == plan
        opened = {"L1": of_kept(found)}
    assert [event.words for event in kept.history(ADA, found.registration)[2:]] == [
        f"units agreed: {', '.join(sorted((first, second)))}; "
        f"calendar agreed: {first} 2026-09-07 to 2026-10-04, {second} 2026-10-05 to 2026-11-29",
        f"units agreed changed: with {third}, without {first}; calendar agreed changed: "
        f"{third} 2026-11-30 to 2027-01-03, "
        f"{second} 2026-10-12 to 2026-11-29 instead of 2026-10-05 to 2026-11-29, without {first}",
        f"units agreed taken away (they were {', '.join(sorted((second, third)))}); calendar agreed taken away",
    ]
    assert kept.verify(ADA).intact


def test_who_agrees_another_calendar_over_somebody_elses_is_told(kept: Register, real: Qualification) -> None:
    bobs = {"assessor": BOB.name}
    plans = [agreed(real, u0=("2026-09-07", last)) for last in ("2026-10-04", "2026-10-11", "2026-10-18")]
    (opened,) = kept.save_wanted(ADA, real, [Wanted("L1", registration=bobs, plan=plans[0])], {})
    bases = {"L1": of_kept(opened)}
    kept.save_wanted(BOB, real, [Wanted("L1", plan=plans[1])], bases)
    with pytest.raises(OvertakenError, match="was changed on both sides"):
        kept.save_wanted(ADA, real, [Wanted("L1", plan=plans[2])], bases)
    (found,) = kept.load(ADA, real)
    assert of_plan(found.agreed, found.calendar) == plans[1]


def test_a_calendar_of_a_file_does_not_replace_another_one(kept: Register, real: Qualification) -> None:
    plans = [agreed(real, u0=("2026-09-07", last)) for last in ("2026-10-04", "2026-10-11")]
    (opened,) = kept.save_wanted(ADA, real, [Wanted("L1", plan=plans[0])], {})
    kept.save_wanted(ADA, real, [Wanted("L1", plan=plans[1])], {"L1": of_kept(opened)})
    merged = kept.import_file(ADA, {real.id: real}, "export.xlsx", register_workbook([opened], ""))
    assert [each.field for each in merged.disputes] == ["calendar"]
    (found,) = kept.load(ADA, real)
    assert of_plan(found.agreed, found.calendar) == plans[1]


def test_a_sheet_named_calendar_that_is_something_else_is_left_alone(
    kept: Register, real: Qualification
) -> None:
    book = Workbook()
    (first,) = refs(real, 1)
    for name, rows in (
        ("Portfolio", (("learner", "ref", "status"), ("L1", first, "planned"))),
        ("Calendar", (("day", "holiday"), ("2026-12-25", "Christmas"))),
    ):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    content = BytesIO()
    book.save(content)
    merged = kept.import_file(ADA, {real.id: real}, "tracker.xlsx", content.getvalue())
    assert (merged.new, merged.problems, merged.disputes) == (1, (), ())
    assert kept.load(ADA, real)[0].calendar == {}
