"""Portfolios: what is read from a file, which units count, what is missing, decisions and remarks."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest

from planner import DataError, Problem, Qualification, Request, Wishes, plan
from planner.files.dates import as_date
from planner.portfolio.verdict import Judgement, Way, judge, transcript
from planner.records.learner_files import as_portfolio
from planner.records.portfolio_files import as_status, read_portfolios
from planner.records.portfolios import Decision, Details, Entry, Portfolio
from planner.report import portfolio_tables
from planner.report.audit_book import audit_workbook
from planner.report.record_book import record_template
from tests import oracle
from tests.strategies import deep
from tests.test_solver_against_oracle import BEST

TODAY = date(2026, 11, 22)
NOTHING: dict[str, object] = {
    "units": [],
    "to_finish": [],
    "to_start": [],
    "not_needed": [],
    "credits": None,
    "glh": None,
}
HEADER = ("learner", "ref", "status", "evidence", "assessor", "date")


def as_csv(*rows: Iterable[str], header: Iterable[str] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([list(header), *map(list, rows)])
    return out.getvalue().encode()


def portfolio_of(entries: Mapping[str, str], *decisions: Decision) -> Portfolio:
    """One learner whose units have these statuses."""
    found = []
    for ref, word in entries.items():
        status = as_status(word)
        assert status is not None
        found.append(Entry(ref, status, evidence="E1", assessor="A. Assessor", date=date(2026, 1, 5)))
    return Portfolio("one", tuple(found), decisions)


def judged(qualification: Qualification, entries: Mapping[str, str], *decisions: Decision) -> Judgement:
    """The judgement of one learner whose units have these statuses."""
    return judge(qualification, portfolio_of(entries, *decisions), today=TODAY)


def decided(kind: str, subject: str, **more: object) -> Decision:
    given = {"reason": "seen at work", "by": "Ann Example", "date": date(2026, 3, 1), **more}
    return Decision(kind, subject, **given)  # type: ignore[arg-type]


# Against the oracle


def test_random_transcripts_agree_with_the_oracle(real: Qualification) -> None:
    rng = random.Random(5106)
    met = 0
    for number in range(deep(130, 400)):
        refs = rng.sample(sorted(oracle.ROWS), rng.choice((0, 2, 5, 8, 12, 16, 20, 30)))
        if number % 2:
            refs = sorted({*refs, *oracle.MANDATORY})
        in_hand = [ref for ref in sorted(oracle.ROWS) if ref not in refs and rng.random() < 0.2]
        found = judged(real, dict.fromkeys(refs, "verified") | dict.fromkeys(in_hand, "submitted"))
        for verdict, held in ((found.now, refs), (found.if_completed, [*refs, *in_hand])):
            least = oracle.least_hours(held=held)
            assert least is not None
            assert verdict.rules_met == (least == 0), held
            assert (verdict.shortest or verdict.home).new_glh == least, held
            assert set(verdict.counted) | set(verdict.surplus) == set(held)
            assert not set(verdict.counted) & set(verdict.surplus)
            assert verdict.rules_met == (not oracle.broken_rules(verdict.counted)), held
            missing = [*verdict.counted, *verdict.home.new_units]
            assert not oracle.broken_rules(missing), held
            broken = {finding.rule.id for finding in verdict.findings if not finding.holds}
            assert broken == oracle.broken_rules(verdict.counted), held
            met += verdict.rules_met
    assert deep(32, 100) <= met <= deep(230, 700)


def test_the_way_home_begins_least_then_fits_the_job_then_is_short(real: Qualification) -> None:
    """A dynamic program knows the three figures; it also knows when all under way is enough."""
    rng = random.Random(2026)
    seen: Counter[str] = Counter()
    for _ in range(deep(60, 2_000)):
        held = rng.sample(sorted(oracle.ROWS), rng.choice((0, 2, 5, 8, 12, 16, 20)))
        begun = [
            ref
            for ref in sorted(oracle.ROWS)
            if ref not in held and rng.random() < rng.choice((0.1, 0.3, 0.6))
        ]
        tasks = rng.sample(sorted(real.tasks), rng.choice((0, 1, 3)))
        words = dict.fromkeys(held, "verified") | {
            ref: rng.choice(["in progress", "submitted"]) for ref in begun
        }
        found = judge(real, portfolio_of(words), tasks=tasks, today=TODAY)
        home = Way(found.now.home)
        evidence = {ref for task in tasks for ref in real.tasks[task].evidence} if tasks else None
        unfit = set(home.plan.new_units) - (evidence or set()) - set(oracle.MANDATORY) if tasks else ()
        figures = (len(home.to_start), len(unfit), home.plan.new_glh)
        assert figures == oracle.way_home(held, begun, evidence), (held, begun, tasks)
        assert not oracle.broken_rules([*found.now.counted, *home.to_finish, *home.to_start])
        assert set(home.to_finish) | set(home.not_needed) == set(begun)
        assert found.if_completed.rules_met == (not home.to_start)
        least = oracle.least_hours(held=held)
        assert (found.now.shortest or home.plan).new_glh == least
        assert (found.now.shortest is None) == (home.plan.new_glh == least)
        seen["finishing is enough"] += bool(begun) and not home.to_start and bool(home.to_finish)
        seen["another way is shorter"] += found.now.shortest is not None
        seen["not all under way is needed"] += bool(home.not_needed)
        seen["the job decides"] += bool(unfit)
    assert all(seen[kind] >= deep(3, 10) for kind in seen), seen
    assert len(seen) == 4


def test_finishing_what_is_begun_comes_before_what_is_short(real: Qualification) -> None:
    """Held: all of the 93-hour plan but its two units of group C. Begun: systems (24 h) beside them."""
    begun = {"L/601/0933": "in progress"}
    held = [ref for ref in BEST if ref not in ("L/503/0394",)]
    found = judge(real, portfolio_of(dict.fromkeys(held, "verified") | begun), today=TODAY)
    home = Way(found.now.home)
    assert (home.to_finish, home.to_start, home.not_needed) == (("L/601/0933",), (), ())
    assert found.if_completed.rules_met
    assert found.now.shortest is not None
    shortest = Way(found.now.shortest)
    assert (shortest.to_finish, shortest.to_start, shortest.not_needed) == (
        (),
        ("L/503/0394",),
        ("L/601/0933",),
    )
    answered = found.to_json()
    assert answered["missing"]["to_finish"] == ["L/601/0933"]
    assert answered["shortest"]["not_needed"] == ["L/601/0933"]
    assert answered["if_completed"]["missing"]["units"] == []
    assert answered["if_completed"]["shortest"] is None


def test_the_shorter_way_names_what_the_job_gives_no_evidence_for(real: Qualification) -> None:
    """Direct sales would be 18 hours shorter than the impression under way, and the job does not sell."""
    held = [ref for ref in BEST if ref != "L/503/0394"]
    words = dict.fromkeys(held, "verified") | {"L/601/0933": "in progress"}
    said = {
        job: portfolio_tables.shorter_words(judge(real, portfolio_of(words), tasks=tasks, today=TODAY).now)
        for job, tasks in (("unknown", []), ("calls", ["inbound-calls"]), ("sales", ["telesales"]))
    }
    shorter = (
        "Or, 18 guided hours fewer: leave Give customers a positive impression of yourself and your organisation "
        "(L/601/0933) unfinished and begin Carry out direct sales activities in a contact centre (L/503/0394)"
    )
    assert said["calls"] == f"{shorter}; the job gives no evidence for L/503/0394."
    assert said["unknown"] == said["sales"] == f"{shorter}."


def test_a_shorter_way_that_begins_other_units_says_instead_of_which(real: Qualification) -> None:
    """With nothing begun the way home begins the fewest units: the 8-credit one in place of two."""
    found = judge(real, portfolio_of({"D/503/0352": "verified"}), tasks=["inbound-calls"], today=TODAY).now
    assert found.shortest is not None
    left, taken = (
        sorted(set(a) - set(b))
        for a, b in (
            (found.home.new_units, found.shortest.new_units),
            (found.shortest.new_units, found.home.new_units),
        )
    )
    said = portfolio_tables.shorter_words(found)
    assert (
        said.index(": begin ") < said.index(" instead of ") < said.index("; the job gives no evidence for ")
    )
    begun, instead = said.split("; the job")[0].split(" instead of ")
    assert all(f"({ref})" in begun for ref in taken)
    assert all(f"({ref})" in instead for ref in left)


def test_what_is_under_way_but_not_needed_is_said_though_the_rules_are_met(real: Qualification) -> None:
    words = dict.fromkeys(BEST, "verified") | {"F/601/1223": "in progress"}
    found = judge(real, portfolio_of(words), today=TODAY).now
    assert found.rules_met
    assert portfolio_tables.not_needed_words(found) == (
        "Under way, but not needed for the award: Deal with incoming telephone calls from customers (F/601/1223)."
    )
    assert portfolio_tables.missing_words(found) == "nothing; 1 under way not needed"


def test_the_workbook_of_many_names_what_is_not_needed_and_the_shorter_way(real: Qualification) -> None:
    held = [ref for ref in BEST if ref != "L/503/0394"]
    words = dict.fromkeys(held, "verified") | dict.fromkeys(["L/601/0933", "F/601/1223"], "in progress")
    found = judge(real, portfolio_of(words), today=TODAY)
    book = openpyxl.load_workbook(io.BytesIO(audit_workbook([found], (), TODAY)))
    (learner,) = list(book["Learners"].iter_rows(min_row=6, values_only=True))
    assert learner[-1] == portfolio_tables.shorter_words(found.now) != ""
    way = Way(found.now.home)
    to_do = [(row[1], row[-1]) for row in book["Missing units"].iter_rows(min_row=6, values_only=True)]
    assert to_do == [
        *((ref, "finish") for ref in way.to_finish),
        *((ref, "not needed") for ref in way.not_needed),
    ]
    assert len(to_do) == 2


def test_a_unit_begun_can_be_finished_where_the_centre_no_longer_offers_it(real: Qualification) -> None:
    held, begun = BEST[:-1], BEST[-1]
    words = dict.fromkeys(held, "verified") | {begun: "in progress"}
    found = judge(real, portfolio_of(words), offer=frozenset(), today=TODAY)
    assert Way(found.now.home).to_finish == (begun,)
    assert found.if_completed.rules_met


def test_a_wish_leads_the_way_home_and_makes_no_others_of_rules_that_are_met(real: Qualification) -> None:
    best = plan(real).units
    other = next(ref for ref in sorted(real.by_ref) if ref not in best and plan(real, pin=[ref]).found)
    done = tuple(Entry(ref, "verified") for ref in best)
    asked = Wishes(pins=frozenset({other}))
    met, short = (judge(real, Portfolio("L1", some), wished=asked) for some in (done, done[:-1]))
    assert met.now.rules_met
    assert other in short.now.home.new_units
    barred = Wishes(pins=frozenset({"J/502/4299", "M/502/4300"}))
    never = judge(real, Portfolio("L1", done[:-1]), wished=barred).now
    assert "no way home that keeps what they ask for exists" in portfolio_tables.verdict_words(never)
    assert never.home.conflicts
    assert judge(real, Portfolio("L1", done), wished=barred).now.rules_met


def test_where_no_way_home_exists_nothing_is_to_do(real: Qualification) -> None:
    found = judge(real, portfolio_of({"L/601/0933": "in progress"}), offer=frozenset(), today=TODAY)
    assert found.now.to_json()["missing"] == NOTHING
    assert found.now.to_json()["shortest"] is None


def test_one_who_holds_both_units_of_a_barred_pair_meets_the_rules_if_the_rest_suffices(
    real: Qualification,
) -> None:
    both = {"J/502/4299", "M/502/4300"}
    found = judged(real, dict.fromkeys([*BEST, *both], "verified")).now
    assert found.rules_met
    assert len(both & set(found.counted)) == 1
    assert len(both & set(found.surplus)) == 1
    assert all(finding.holds for finding in found.findings)


def test_the_way_home_of_a_learner_who_lacks_one_unit_of_the_best_plan_is_that_unit(
    real: Qualification,
) -> None:
    for ref in BEST:
        found = judged(real, dict.fromkeys(set(BEST) - {ref}, "assessed")).now
        assert not found.rules_met
        assert found.home.new_units == (ref,)
        assert found.home.new_glh == oracle.ROWS[ref].glh
        assert Way(found.home).credits == oracle.ROWS[ref].credits


# Status words


@pytest.mark.parametrize(
    ("status", "now", "later"),
    [
        ("planned", False, False),
        ("in progress", False, True),
        ("submitted", False, True),
        ("assessed", True, True),
        ("verified", True, True),
    ],
)
def test_each_status_word_counts_as_contracted(
    real: Qualification, status: str, now: bool, later: bool
) -> None:
    last, *others = BEST
    found = judged(real, {**dict.fromkeys(others, "verified"), last: status})
    assert (found.now.rules_met, found.if_completed.rules_met) == (now, later)
    assert found.portfolio.awaiting_iqa == ((last,) if status == "assessed" else ())


@pytest.mark.parametrize("text", ["In Progress", "in-progress", " IN_PROGRESS ", "in  progress"])
def test_status_words_are_read_as_people_type_them(text: str) -> None:
    assert as_status(text) == "in progress"
    assert as_status("nearly done") is None


@pytest.mark.parametrize(
    "text",
    ["2026-11-22", "22/11/2026", "22.11.2026", "22 November 2026", "22 Nov 2026", "2026-11-22 00:00:00"],
)
def test_dates_are_read_the_day_first(text: str) -> None:
    assert as_date(text) == TODAY


@pytest.mark.parametrize("text", ["22/11", "11/22/2026", "soon", "450000", "31/02/2026", ""])
def test_other_texts_are_no_dates(text: str) -> None:
    assert as_date(text) is None


# Decisions


def test_recognised_prior_learning_counts_like_an_achieved_unit(real: Qualification) -> None:
    last, *others = BEST
    verified = dict.fromkeys(others, "verified")
    assert not judged(real, verified).now.rules_met
    for kind in ("recognise", "transfer", "accept"):
        assert judged(real, verified, decided(kind, last)).now.rules_met
    withdrawn = decided("recognise", last, withdrawn=TODAY, withdrawn_by="Ann Example")
    found = judged(real, verified, withdrawn)
    assert not found.now.rules_met
    assert "withdrawn by Ann Example on 22 November 2026" in withdrawn.in_words(real)
    assert found.to_json()["decisions"][0]["withdrawn"] == "2026-11-22"


def test_a_waived_rule_need_not_hold_and_is_still_measured(real: Qualification) -> None:
    without_b = [ref for ref, row in oracle.ROWS.items() if row.group != "B"]
    counted = {ref for ref in without_b if ref not in {pair[1] for pair in oracle.BARRED.values()}}
    units = dict.fromkeys(counted, "verified")
    assert not judged(real, units).now.rules_met
    found = judged(real, units, decided("waive", "group-b"))
    assert found.now.rules_met
    measured = {finding.rule.id: finding for finding in found.now.findings}
    assert not measured["group-b"].holds
    assert found.to_json()["waived"] == ["group-b"]
    assert not judged(real, units, decided("waive", "group-b", withdrawn=TODAY)).now.rules_met


def test_every_rule_can_be_waived_and_then_nothing_is_missing(real: Qualification) -> None:
    found = judged(real, {}, *(decided("waive", rule.id) for rule in real.rules))
    assert found.now.rules_met
    assert found.now.home.new_units == ()


# The offer


def test_the_way_home_keeps_to_the_offer_and_held_units_still_count(real: Qualification) -> None:
    portfolio = transcript(real, [ref for ref in BEST if ref != "L/503/0394"])
    everything = frozenset(real.by_ref)
    free = judge(real, portfolio, offer=everything, today=TODAY)
    assert free.now == judge(real, portfolio, today=TODAY).now
    within = judge(real, portfolio, offer=everything - set(free.now.home.new_units), today=TODAY)
    assert within.now.home.found
    assert not set(within.now.home.new_units) & set(free.now.home.new_units)
    none = judge(real, portfolio, offer=frozenset(), today=TODAY).now
    assert (none.rules_met, none.home.status, none.to_json()["missing"]) == (
        False,
        "infeasible",
        NOTHING,
    )
    assert none.home.outside_offer == free.now.home.new_units
    assert none.counted == free.now.counted
    complete = transcript(real, BEST)
    assert judge(real, complete, offer=frozenset(), today=TODAY).now.rules_met


# Remarks


def test_what_the_record_lacks_is_a_remark_and_does_not_change_the_verdict(real: Qualification) -> None:
    good = judged(real, dict.fromkeys(BEST, "verified"))
    assert good.remarks == ()
    entries = list(good.portfolio.entries)
    entries[0] = Entry(entries[0].ref, "verified")
    entries[1] = Entry(
        entries[1].ref,
        "verified",
        "E1",
        "A. Assessor",
        date=date(2027, 1, 1),
        started=date(2026, 2, 1),
        assessed=date(2026, 1, 1),
        verified=date(2025, 12, 1),
    )
    found = judge(real, Portfolio("one", tuple(entries), (decided("recognise", BEST[0]),)), today=TODAY)
    assert found.now.rules_met
    first, second = entries[0].ref, entries[1].ref
    assert [(remark.ref, remark.text) for remark in found.remarks] == [
        (first, "verified, but no evidence is referenced"),
        (first, "verified, but no assessor is named"),
        (first, "verified, but no date is given"),
        (first, "assessed and also recognised by a decision; it counts once"),
        (second, "the date 1 January 2027 (date) lies in the future"),
        (second, "assessed on 1 January 2026, before started on 1 February 2026"),
        (second, "verified on 1 December 2025, before assessed on 1 January 2026"),
        (second, "verified on 1 December 2025, before started on 1 February 2026"),
    ]


def test_a_remark_is_of_what_lies_beyond_a_limit_and_of_nothing_on_it(real: Qualification) -> None:
    def texts(entry: Entry, *decisions: Decision, number: str = "") -> list[str]:
        portfolio = Portfolio("one", (entry,), decisions, Details(unique_learner_number=number))
        return [remark.text for remark in judge(real, portfolio, today=TODAY).remarks]

    full = Entry("D/503/0352", "verified", "E1", "Ann Example", TODAY, TODAY, TODAY, TODAY)
    assert texts(full) == []
    tomorrow = TODAY + timedelta(days=1)
    for name in ("date", "started", "assessed", "verified"):
        dates: dict[str, Any] = {name: tomorrow}
        future = f"the date 23 November 2026 ({name}) lies in the future"
        assert future in texts(replace(full, **dates))
    early = TODAY - timedelta(days=1)
    assert texts(replace(full, assessed=early)) == [
        "assessed on 21 November 2026, before started on 22 November 2026"
    ]
    assert texts(replace(full, started=None, verified=early)) == [
        "verified on 21 November 2026, before assessed on 22 November 2026"
    ]
    assert texts(replace(full, assessed=None, verified=early)) == [
        "verified on 21 November 2026, before started on 22 November 2026"
    ]
    for one in ("date", "assessed", "verified"):
        only: dict[str, Any] = {one: TODAY}
        assert texts(Entry("D/503/0352", "assessed", "E1", "Ann Example", **only)) == []
    assert texts(Entry("D/503/0352", "submitted")) == []
    assert texts(full, number="0123456789") == []
    for number in ("123456789", "12345678901", "123456789X", "１２３４５６７８９０"):
        assert texts(full, number=number) == [f"the unique learner number {number} is not ten digits"]
    assert texts(full, decided("waive", "total", date=TODAY)) == []
    assert texts(full, decided("waive", "total", date=tomorrow)) == [
        "a decision is dated 23 November 2026, in the future"
    ]
    twice = "assessed and also recognised by a decision; it counts once"
    assert texts(full, decided("accept", "D/503/0352")) == [twice]
    assert texts(replace(full, status="submitted"), decided("accept", "D/503/0352")) == []


def test_decisions_are_told_in_words(real: Qualification) -> None:
    unit = "Comply with health and safety procedures in a contact centre (D/503/0352)"
    words = {
        "recognise": f"Ann Example recognised prior learning for {unit}",
        "transfer": f"Ann Example transferred credit for {unit}",
        "accept": f"Ann Example accepted a unit from outside as {unit}",
    }
    for kind, told in words.items():
        assert decided(kind, "D/503/0352").in_words(real) == f"{told} on 1 March 2026: seen at work"
    outside = decided("accept", "D/503/0352", outside="First aid")
    assert (
        outside.in_words(real) == f"{words['accept']} (from outside: First aid) on 1 March 2026: seen at work"
    )
    waived = decided("waive", "group-b", withdrawn=TODAY)
    assert waived.in_words(real) == (
        "Ann Example waived the rule “a minimum of 12 credits from Optional Group B” on 1 March 2026: "
        "seen at work (withdrawn on 22 November 2026)"
    )
    by = decided("waive", "gone", withdrawn=TODAY, withdrawn_by="Bob Example")
    assert by.in_words(real) == (
        "Ann Example waived the rule “gone” on 1 March 2026: seen at work "
        "(withdrawn by Bob Example on 22 November 2026)"
    )
    assert by.to_json() == {
        "decision": "waive",
        "unit_or_rule": "gone",
        "outside": "",
        "reason": "seen at work",
        "by": "Ann Example",
        "date": "2026-03-01",
        "withdrawn": "2026-11-22",
        "withdrawn_by": "Bob Example",
    }
    assert outside.to_json()["withdrawn"] is None


def test_a_bare_list_of_units_is_not_blamed_for_lacking_evidence(real: Qualification) -> None:
    assert judge(real, transcript(real, BEST), today=TODAY).remarks == ()
    with pytest.raises(DataError, match="D/503/0352"):
        transcript(real, ["D/503/0353"])


# Reading


def test_a_portfolio_table_is_read_as_people_type_it(real: Qualification) -> None:
    content = as_csv(
        ("L1", "d5030352", "Verified", "E1; E2", "Ann Example", "05/01/2026"),
        ("L2", " T/503/0342 ", "in-progress", "", "", ""),
        ("L1", "t/503/0342", "ASSESSED", "=E3", "Ann Example", "2026-01-06"),
    )
    portfolios, problems = read_portfolios(real, "p.csv", content)
    assert problems == ()
    assert [p.learner for p in portfolios] == ["L1", "L2"]
    assert portfolios[0].entries == (
        Entry("D/503/0352", "verified", "E1; E2", "Ann Example", date(2026, 1, 5)),
        Entry("T/503/0342", "assessed", "=E3", "Ann Example", date(2026, 1, 6)),
    )
    assert portfolios[1].entries == (Entry("T/503/0342", "in progress"),)


def test_each_bad_row_is_a_problem_and_the_good_rows_are_answered(real: Qualification) -> None:
    content = as_csv(
        ("L1", "D/503/0353", "verified", "", "", ""),
        ("", "D/503/0352", "verified", "", "", ""),
        ("L1", "D/503/0352", "verifyed", "", "", ""),
        ("L1", "D/503/0352", "", "", "", ""),
        ("L1", "D/503/0352", "verified", "", "", "yesterday"),
        ("L1", "d 503 0352", "planned", "", "", ""),
        ("L1", "D5030352", "planned", "", "", ""),
        ("L1", "T/503/0342", "verified", "x" * 5_000, "", ""),
    )
    portfolios, problems = read_portfolios(real, "p.csv", content)
    assert [(e.ref, e.status, e.date) for e in portfolios[0].entries] == [("D/503/0352", "verified", None)]
    assert [(p.row, p.field) for p in problems] == [
        (2, "ref"),
        (3, "learner"),
        (4, "status"),
        (5, "status"),
        (6, "date"),
        (6, "ref"),
        (9, "evidence"),
    ]
    assert portfolios[0].rows_left_out == 4
    statuses = "must be one of: planned, in progress, submitted, assessed, verified, claimed, "
    statuses += "rpl, transferred, exempt"
    assert [str(p).removeprefix("p.csv, row ").replace("x" * 79, "xx") for p in problems] == [
        "2, ref = 'D/503/0353': no unit of this qualification has this ref; did you mean D/503/0352?",
        "3, learner = '(empty)': must not be empty; for several rows type it in each, or merge its cells",
        f"4, status = 'verifyed': {statuses}; did you mean verified?",
        f"5, status = '(empty)': {statuses}",
        "6, date = 'yesterday': is not a date such as 2026-11-22 or 22/11/2026; the row is read without it",
        "6, ref = 'D/503/0352': rows 6, 7, 8 give L1 this unit, and differ: row 6 counts (verified), the "
        "furthest, as not all have a date; they differ in whether the unit is achieved",
        "9, evidence = 'xx…': is longer than 4,000 characters",
    ]


@pytest.mark.parametrize("column", ["learner", "name", "evidence", "assessor", "iqa_sample", "iqa_outcome"])
def test_a_text_has_at_most_4000_characters(real: Qualification, column: str) -> None:
    def read(length: int) -> tuple[tuple[Portfolio, ...], tuple[Problem, ...]]:
        cells = {"learner": "L1", "ref": "D/503/0352", "status": "verified", column: "x" * length}
        two = {"learner": "L2", "ref": "D/503/0352", "status": "verified", column: "L2"}
        return read_portfolios(real, "p.csv", as_csv(cells.values(), two.values(), header=cells))

    portfolios, problems = read(4_000)
    assert (len(portfolios), problems) == (2, ())
    portfolios, (problem,) = read(4_001)
    judged = [p.learner for p in portfolios if not p.doubt]
    assert judged == ["L2"]
    assert len(portfolios) == (1 if column == "learner" else 2)
    assert (problem.row, problem.field, problem.message) == (2, column, "is longer than 4,000 characters")


def test_what_a_file_does_not_hold_is_empty(real: Qualification) -> None:
    content = as_csv(("L1", "D/503/0352", "verified"), header=("learner", "ref", "status"))
    (found,), _ = read_portfolios(real, "p.csv", content)
    assert found == Portfolio("L1", (Entry("D/503/0352", "verified"),), (), recorded=False)
    assert found.details == Details()
    assert found.entries[0] == Entry("D/503/0352", "verified", "", "", None, None, None, None, "", "")
    assert not found.recognised | found.waived | found.in_hand
    assert found.awaiting_iqa == ()


def test_who_asks_for_a_plan_has_the_units_that_are_said_to_be_held() -> None:
    ways = frozenset(
        {("A/1", "rpl"), ("A/2", "transfer"), ("A/3", "exempt"), ("X/9", "achieved"), ("X/8", "achieved")}
    )
    wishes = Wishes(
        held=frozenset({"B/1", "A/1", "A/2", "A/3", "X/8", "X/9"}), pins=frozenset({"B/2"}), ways=ways
    )
    asked = Request("L1", wishes, "Ada Example", details=Details(employer="Kettle Ltd"))
    assert as_portfolio(asked) == Portfolio(
        "L1",
        (
            Entry("A/1", "rpl"),
            Entry("A/2", "transferred"),
            Entry("A/3", "exempt"),
            Entry("B/1", "verified"),
            Entry("X/8", "verified"),
            Entry("X/9", "verified"),
        ),
        (),
        Details("Ada Example", employer="Kettle Ltd"),
        recorded=False,
        outside=("X/8", "X/9"),
    )


@pytest.mark.parametrize("column", ["evidence", "assessor", "date", "started", "assessed", "verified"])
def test_a_column_for_evidence_assessor_or_dates_makes_a_record(real: Qualification, column: str) -> None:
    content = as_csv(("L1", "D/503/0352", "verified", ""), header=("learner", "ref", "status", column))
    (found,), _ = read_portfolios(real, "p.csv", content)
    assert found.recorded
    remarks = [remark.text for remark in judge(real, found, today=TODAY).remarks]
    assert remarks == [
        "verified, but no evidence is referenced",
        "verified, but no assessor is named",
        "verified, but no date is given",
    ]


def test_a_file_in_which_nothing_can_be_answered_is_refused(real: Qualification) -> None:
    with pytest.raises(DataError, match="status"):
        read_portfolios(real, "p.csv", b"learner,ref\nL1,D/503/0352\n")
    with pytest.raises(DataError, match=r"^p\.csv: lists no unit of any learner$"):
        read_portfolios(real, "p.csv", as_csv())


def filled_in(template: bytes, changes: Mapping[str, str]) -> bytes:
    """A record with text typed into cells such as "I17" of the sheet Record."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    for cell, text in changes.items():
        book["Record"][cell] = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_records_row_with_evidence_and_no_status_is_a_problem(real: Qualification) -> None:
    template = record_template(real)
    headings = {
        cell.value: cell
        for row in openpyxl.load_workbook(io.BytesIO(template))["Record"].iter_rows(max_row=40)
        for cell in row
        if cell.value in ("Evidence", "Status")
    }
    row = headings["Status"].row + 1
    evidence, status = (headings[word].column_letter for word in ("Evidence", "Status"))
    typed = filled_in(template, {f"{evidence}{row}": "E7"})
    _, problems = read_portfolios(real, "record.xlsx", typed)
    assert [(p.row, p.field, p.value) for p in problems] == [(row, "status", "(empty)")]
    (read,), problems = read_portfolios(
        real, "record.xlsx", filled_in(typed, {f"{status}{row}": "submitted"})
    )
    assert problems == ()
    assert [(e.status, e.evidence) for e in read.entries] == [("submitted", "E7")]


def test_a_records_header_is_bounded_like_every_other_text(real: Qualification) -> None:
    template = record_template(real)
    sheet = openpyxl.load_workbook(io.BytesIO(template))["Record"]
    row = next(r for r in range(1, 30) if sheet.cell(r, 1).value == "Employer")
    (read,), problems = read_portfolios(
        real, "record.xlsx", filled_in(template, {f"B{row}": "x" * 5_000, f"B{row + 1}": "Example Centre"})
    )
    assert [(p.row, p.field) for p in problems] == [(row, "employer")]
    assert (read.details.employer, read.details.centre) == ("", "Example Centre")


def test_decisions_that_are_incomplete_are_problems_and_not_applied(real: Qualification) -> None:
    reader = "learner,ref,status\nL1,D/503/0352,verified\n"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Portfolio"
    for line in reader.splitlines():
        sheet.append(line.split(","))
    rows = [
        ["learner", "decision", "unit or rule", "reason", "by", "date", "withdrawn"],
        ["L1", "Recognise", "T/503/0342", "seen", "Ann Example", "2026-01-01", None],
        ["L1", "waive a rule", "Group-B", "agreed", "Ann Example", "2026-01-01", "2026-02-01"],
        ["L1", "recognise", "T/503/0342", "", "", "2026-01-01", None],
        ["L1", "recognise", "T/503/0342", "seen", "Ann Example", "soon", None],
        ["L1", "bless", "T/503/0342", "seen", "Ann Example", "2026-01-01", None],
        ["L1", "waive", "group-x", "seen", "Ann Example", "2026-01-01", None],
        ["L9", "transfer", "T/503/0342", "seen", "Ann Example", "2026-01-01", None],
        ["L1", "transfer", "T/503/0343", "seen", "Ann Example", None, None],
    ]
    decisions = book.create_sheet("Decisions")
    for row in rows:
        decisions.append(row)
    out = io.BytesIO()
    book.save(out)
    (read,), problems = read_portfolios(real, "p.xlsx", out.getvalue())
    assert [(d.kind, d.subject, d.in_force) for d in read.decisions] == [
        ("recognise", "T/503/0342", True),
        ("waive", "group-b", False),
    ]
    assert [(p.row, p.field) for p in problems] == [
        (4, "reason"),
        (4, "by"),
        (5, "date"),
        (6, "decision"),
        (7, "unit_or_rule"),
        (8, "learner"),
        (9, "unit_or_rule"),
        (9, "date"),
    ]
    rules = ", ".join(rule.id for rule in real.rules)
    kinds = (
        "recognise, transfer, accept, exempt, waive, recognise prior learning, credit transfer, "
        "accept a unit from outside as equivalent, exempt from a unit, waive a rule"
    )
    assert [f"{p.value}: {p.message}" for p in problems] == [
        "(empty): a decision needs a reason and a name",
        "(empty): a decision needs a reason and a name",
        "soon: is not a date such as 2026-11-22 or 22/11/2026",
        f"bless: must be one of: {kinds}",
        f"group-x: no rule of this qualification has this id; did you mean group-b? (rules: {rules})",
        "L9: no such learner in this file",
        "T/503/0343: no unit of this qualification has this ref; did you mean T/503/0342?",
        "(empty): a decision needs a date",
    ]
