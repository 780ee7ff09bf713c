"""What visits hold is bounded in sum: the oldest answers go first, it is said, and work never goes."""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner import load
from planner.cohort.batch import Cohort, plan_cohort
from planner.cohort.delivery_answer import Delivery
from planner.pages.delivery import cohorts
from planner.pages.learners import learners_here, portfolio_answers
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.shared import visit_memory
from planner.pages.shared.file_reading import Source
from planner.portfolio.verdict import Judgement
from planner.records.cohort_rows import read_cohort
from tests import test_audit_page, test_career_page, test_centre_page, test_register_page
from tests.seen import handed_out, makers, said
from tests.test_audit_page import BEST, MET, rows, table


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the visits of other tests out of the sum."""
    monkeypatch.setattr(visit_memory, "_shelves", type(visit_memory._shelves)())


def shelf(app: AppTest) -> visit_memory.Shelf:
    found: Any = app.session_state[visit_memory.SHELF]
    assert isinstance(found, visit_memory.Shelf)
    return found


def on(app: AppTest) -> set[visit_memory.Name]:
    return set(shelf(app).items)


def told(app: AppTest) -> list[str]:
    """What is said to have had to make room."""
    return said(app, "info", ":material/delete_sweep:").splitlines()


def cohort(name: str = "cohort.csv") -> AppTest:
    return test_centre_page.uploaded(test_centre_page.table_of("L1,Ada Example,L/601/0933,,,"), name)


def test_the_oldest_answer_goes_first_and_is_worked_out_again_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = cohort(), cohort()
    first.run()  # looked at after the second
    monkeypatch.setattr(
        visit_memory, "ROOM", visit_memory.total() + shelf(first).items[learners_here.HELD].bytes
    )
    third = cohort()
    assert [cohorts.PLANNED in on(app) for app in (first, second, third)] == [True, False, True]
    assert [learners_here.HELD in on(app) for app in (first, second, third)] == [True, True, True]
    assert not told(first.run())
    assert told(second.run()) == [
        "The plans of this cohort were let go: other visits needed the memory. "
        "What it rests on is still here."
    ]
    assert not second.metric
    test_centre_page.fine(second.button(key=f"again-{cohorts.PLANNED}").click().run())
    assert test_centre_page.metrics(second)["Have a plan"] == "1"
    assert not told(second)


def test_files_go_after_all_answers_and_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = cohort(), cohort()
    monkeypatch.setattr(visit_memory, "ROOM", 1 + sum(i.bytes for i in shelf(second).items.values()))
    third = cohort()
    assert (on(first), cohorts.PLANNED in on(second)) == (set(), False)
    assert told(first.run()) == [
        "The learners you read in were let go: other visits needed the memory. Read your file again."
    ]
    assert first.get_by_key("cohort-example") is not None
    assert learners_here.HELD in on(third)
    test_centre_page.uploaded(test_centre_page.table_of("L1,,,,,"), app=first)
    assert not told(first)


def test_the_sum_stays_within_the_room_however_many_visits_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    one = cohort()
    room = 3 * visit_memory.total()
    monkeypatch.setattr(visit_memory, "ROOM", room)
    visits = [one, *(cohort() for _ in range(8))]
    assert 2 * room / 3 < visit_memory.total() <= room
    assert sum(learners_here.HELD in on(app) for app in visits) >= 3


def unsaved() -> AppTest:
    app = test_audit_page.opened()
    app.multiselect(key="achieved").set_value([BEST[0]])
    return test_audit_page.ran(app)


def test_work_that_no_file_holds_never_goes_and_a_new_file_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    working = unsaved()
    read = test_audit_page.upload(test_audit_page.opened(), table(rows("L1", BEST)))
    monkeypatch.setattr(visit_memory, "ROOM", shelf(working).items[learners_here.HELD].bytes)
    late = cohort()
    assert "there is no room for it" in said(late, "error")
    assert not late.metric
    assert learners_here.HELD in on(read)  # nothing was let go in vain
    test_audit_page.ran(working.multiselect(key="achieved").set_value(list(BEST[:3])))
    assert len(test_audit_page.visit(working).portfolio.entries) == 3  # who works is never refused
    other = test_audit_page.upload(test_audit_page.opened(), table(rows("L2", BEST)))
    assert "there is no room for it" in said(other, "error")
    assert test_audit_page.visit(other).blank
    log = test_career_page.upload(test_career_page.opened(part="cpd"), "cpd-log", b"activity,year\npdp,1\n")
    assert "there is no room for it" in said(log, "error")


def test_a_file_that_finds_no_room_leaves_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    app, working = cohort("first.csv"), unsaved()
    kept = shelf(app).items[learners_here.HELD].bytes + shelf(working).items[learners_here.HELD].bytes
    monkeypatch.setattr(visit_memory, "ROOM", kept)
    many = test_centre_page.table_of(*(f"L{n},Ada Example {n},,,," for n in range(100)))
    app = test_centre_page.uploaded(many, "second.csv", app)
    assert "there is no room for it" in said(app, "error")
    assert "first.csv · 1 learner · all units on offer" in test_centre_page.words(app)
    assert test_centre_page.listed(app) == ["L1"]


def test_portfolios_of_the_register_that_find_no_room_leave_what_is_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    test_register_page.save(test_register_page.page_of(*(f"L{n}" for n in range(20))))
    app, working = test_register_page.identified(test_audit_page.opened()), unsaved()
    monkeypatch.setattr(visit_memory, "ROOM", shelf(working).items[learners_here.HELD].bytes)
    app = test_register_page.open_register(app)
    assert "there is no room for it" in said(app, "error")
    assert test_audit_page.visit(app).blank


def test_a_file_that_answers_nothing_is_counted_until_another_is_read() -> None:
    lines = "".join(f"{number},x\n" for number in range(20_000))
    app = test_centre_page.uploaded(f"who,what\n{lines}".encode(), "refused.csv")
    assert shelf(app).items[learners_here.REFUSED].bytes > len(lines)
    good = test_centre_page.table_of("L1,Ada Example,L/601/0933,,,")
    assert learners_here.REFUSED not in on(test_centre_page.uploaded(good, app=app))


def test_a_file_that_would_wait_and_finds_no_room_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    app = unsaved()
    before = test_audit_page.visit(app)
    content = table(row for n in range(20) for row in rows(f"L{n}", BEST))
    file = visit_memory.weight(Source("portfolios.csv", content))
    monkeypatch.setattr(visit_memory, "ROOM", visit_memory.total() + file)
    app = test_audit_page.upload(app, content)
    assert "there is no room for it" in said(app, "error")
    assert "would lose" not in said(app, "warning")
    assert test_audit_page.visit(app) == before


def test_a_download_of_what_was_let_go_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    files = makers(monkeypatch)
    app = cohort()
    make = files["cohort-csv"]
    assert b"L1,Ada Example" in make()
    shelf(app).items.clear()
    del app
    gc.collect()
    with pytest.raises(LookupError, match="this had to make room for other visits"):
        make()


def test_an_answer_does_not_drive_out_what_it_is_the_answer_to(monkeypatch: pytest.MonkeyPatch) -> None:
    app = cohort()
    monkeypatch.setattr(visit_memory, "ROOM", shelf(app).items[learners_here.HELD].bytes)
    test_centre_page.fine(app.button(key="cohort-forget").click().run())
    test_centre_page.uploaded(test_centre_page.table_of("L1,Ada Example,L/601/0933,,,"), app=app)
    assert on(app) == {learners_here.HELD}
    assert "There is no room for the answer now" in test_centre_page.everything(app)


def test_portfolios_that_a_file_holds_can_go_and_their_verdicts_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = test_audit_page.upload(test_audit_page.opened(), table(rows("L1", BEST)))
    monkeypatch.setattr(visit_memory, "ROOM", visit_memory.total() - 1)
    cohort()
    assert portfolio_answers.JUDGED not in on(app)
    assert learners_here.HELD in on(app)
    assert told(app.run())[0].startswith("The verdicts on these portfolios were let go")
    test_audit_page.ran(app.button(key=f"again-{portfolio_answers.JUDGED}").click())
    assert test_audit_page.verdicts(app)[0] == f"{MET} Rules met: 7 units count, 28 credits."
    monkeypatch.setattr(visit_memory, "ROOM", 2 * visit_memory.total())
    monkeypatch.setattr(visit_memory, "ROOM", shelf(cohort()).items[learners_here.HELD].bytes)
    cohort()
    assert told(app.run())[0].startswith("The learners you read in were let go")


def test_what_a_closed_visit_held_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    app = cohort()
    assert visit_memory.total() > 0
    now = monotonic()
    visit_memory.sweep(now + visit_memory.ABSENCE * 2)
    assert learners_here.HELD in on(app)  # its tab is there, as far as anybody can tell
    shelf(app).there = lambda: False
    visit_memory.sweep(shelf(app).seen + visit_memory.ABSENCE)
    assert learners_here.HELD in on(app)
    visit_memory.sweep(shelf(app).seen + visit_memory.ABSENCE + 1)
    assert visit_memory.total() == 0
    kept = cohort()
    del app
    gc.collect()
    assert visit_memory.total() == sum(item.bytes for item in shelf(kept).items.values())


def test_the_weight_is_that_of_the_parts_each_once() -> None:
    text = "x" * 1_000

    @dataclass(frozen=True, slots=True)
    class Pair:
        one: object
        other: object

    assert visit_memory.weight(text) == sys.getsizeof(text)
    pair = Pair(text, text)
    assert visit_memory.weight(pair) == sys.getsizeof(pair) + sys.getsizeof(text)
    parts = [f"{n:01000}" for n in range(10_000)]
    assert visit_memory.weight(parts) == pytest.approx(
        sys.getsizeof(parts) + 10_000 * sys.getsizeof(parts[0])
    )
    assert visit_memory.weight(dict(enumerate(parts))) > visit_memory.weight(parts)
    assert visit_memory.weight(load()) == 0
    assert visit_memory.weight(Pair(load(), None)) == sys.getsizeof(Pair(None, None))


def test_a_cohort_weighs_in_proportion_to_its_learners() -> None:
    def weight(number: int) -> int:
        content = test_centre_page.table_of(*(f"L{n},Ada Example {n},L/601/0933,,," for n in range(number)))
        requests, _ = read_cohort(load(), "x.csv", content)
        return visit_memory.weight(plan_cohort(load(), requests))

    assert weight(4_000) == pytest.approx(4 * weight(1_000), rel=0.1)


def test_who_saves_work_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    files = makers(monkeypatch)
    app = unsaved()
    assert test_audit_page.visit(app).unfiled == ("-",)
    monkeypatch.setattr(visit_memory, "ROOM", 1)
    handed_out(app, "record", files)
    assert test_audit_page.visit(app).unfiled == ()


def test_who_looks_at_another_learner_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    app = test_audit_page.upload(test_audit_page.opened(), table([*rows("L1", BEST), *rows("L2", BEST)]))
    monkeypatch.setattr(visit_memory, "ROOM", 1)
    test_audit_page.ran(app.selectbox(key="learner").set_value(1))
    assert test_audit_page.visit(app).shown == 1


def test_the_way_back_does_not_hold_on_to_what_was_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    app = test_audit_page.upload(test_audit_page.opened(), table(rows("L1", BEST)))
    with monkeypatch.context() as patched:
        patched.setattr(visit_memory, "_shelf", lambda: shelf(app))
        visit_memory.note(("audit",))
    assert set(shelf(app).good) == {learners_here.HELD}
    other = cohort()
    monkeypatch.setattr(visit_memory, "ROOM", shelf(other).items[learners_here.HELD].bytes)
    cohort()
    assert (on(app), shelf(app).good) == (set(), {})


def alive(kind: type) -> int:
    gc.collect()
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


def test_nothing_that_streamlit_keeps_of_a_page_holds_on_to_what_was_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    test_centre_page.Slow(monkeypatch, patient=False)
    before = alive(Cohort), alive(Delivery), alive(Judgement)
    others = [thing for thing in gc.get_objects() if isinstance(thing, Visit)]  # of tests before this one
    app = test_centre_page.done(test_centre_page.start(test_centre_page.asked(cohort())))
    app.run()
    portfolios = test_audit_page.upload(
        test_audit_page.opened(), table([*rows("L1", BEST), *rows("L2", BEST)])
    )
    assert (alive(Cohort), alive(Delivery)) == (before[0] + 1, before[1] + 1)
    assert alive(Judgement) >= before[2] + 2
    monkeypatch.setattr(visit_memory, "ROOM", shelf(app).items[learners_here.HELD].bytes)
    late = cohort()
    assert (on(app), on(portfolios)) == (set(), set())
    assert (alive(Cohort), alive(Delivery)) == before[:2]
    assert alive(Judgement) <= before[2] + 1  # the one shown, for its download
    known = {id(thing) for thing in others}
    visits = [thing for thing in gc.get_objects() if isinstance(thing, Visit) and id(thing) not in known]
    assert [thing.source for thing in visits if not thing.blank] == ["cohort.csv"]  # the one of who came late
    assert on(late) == {learners_here.HELD}
    assert "There is no room for the answer now" in said(late, "warning", ":material/hourglass_empty:")
    assert not late.metric
