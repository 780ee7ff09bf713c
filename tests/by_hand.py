"""A qualification small enough to reckon with by hand, and every kind of answer about it.

No answer here was computed: each is written down as it is, so that what tables, workbooks and the terminal
make of it can be compared with what a reader works out on paper. Credits are 3, 2, 5, 4, 1 and guided hours
11, 7, 17, 13, 0: no two sums of a few of them are alike.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from planner import Bound, Choice, Qualification, Task, Unit
from planner.audit import Finding
from planner.cohort import Answer, Cohort
from planner.delivery import Delivery, Running
from planner.errors import Problem
from planner.explore import Exploration, Outlook
from planner.portfolio import Decision, Details, Entry, Judgement, Portfolio, Remark, Verdict
from planner.result import Conflict, GoalValue, Plan, Repair
from planner.wishes import Request, Wishes

TODAY = date(2026, 11, 22)
DAY = date(2026, 3, 2)

SERVE_TEA, BOIL, WASH, COFFEE, BOIL_MORE = "B/2", "A/1", "A/4", "B/3", "C/5"

TOTAL = Bound(
    "total",
    "at least 9 credits",
    {"B/2": 3, "A/1": 2, "A/4": 5, "B/3": 4, "C/5": 1},
    at_least=9,
    count="credits",
)
MAIN = Bound("main", "the main unit", {"A/1": 1}, at_least=1)
LONG = Bound("long", "both units of group B", {"B/2": 1, "B/3": 1}, at_least=2, at_most=2)
SHORT = Bound("short", "10 to 20 hours of group B", {"B/2": 11, "B/3": 13}, 10, 20, count="glh")
WAY = Choice("way", "one of two ways", (LONG, SHORT))
BARRED = Bound("barred-P", "at most one of set P", {"B/2": 1, "B/3": 1}, at_most=1)

TEA = Qualification(
    id="Q/7",
    title="Certificate in Tea",
    source="invented for the tests",
    verified=date(2026, 11, 21),
    units=(
        Unit("B/2", "Serve tea", "B", 2, 3, 11, ("P",), "Y", "high", ("hot", "wet"), "the book, page 2"),
        Unit("A/1", "Boil water", "A", 1, 2, 7, (), "X", "low"),
        Unit("A/4", "Wash up", "A", 3, 5, 17),
        Unit("B/3", "Serve coffee", "B", 2, 4, 13, ("P",), "Y"),
        Unit("C/5", "Boil water", "C", 0, 1, 0, (), "Z"),
    ),
    rules=(TOTAL, MAIN, WAY, BARRED),
    awarding_organisation="Body of Tea",
    level=2,
    fee_gbp=35.5,
    ends=date(2013, 12, 31),
    min_age=16,
    groups={"A": "Mandatory"},
    strategies={"X": "Boiling", "Y": "Serving"},
    published={"units": 5, "min_credits": 9, "min_glh": 31, "max_glh": 48},
    notes=("The kettle is not assessed.",),
    tasks={
        "pour": Task("pour", "Pour", {"B/2": "Pouring is this unit", "B/3": "Coffee is poured"}),
        "talk": Task("talk", "Talk", {"B/2": "Guests are greeted"}),
    },
    digest="0123456789abcdef",
)
BARE = Qualification("Q/8", "Bare", "nowhere", date(2026, 1, 2), (Unit("U", "U", "A", 1, 1, 1),), (MAIN,))

# Plans

ASKED = Wishes(
    pins=frozenset({"A/4"}), excludes=frozenset({"C/5"}), held=frozenset({"A/1"}), tasks=("pour", "talk")
)
FINDINGS = (
    Finding(TOTAL, 10, True),
    Finding(MAIN, 1, True),
    Finding(WAY, 1, True, (Finding(LONG, 1, False), Finding(SHORT, 11, True))),
    Finding(BARRED, 1, True),
)
"""Over A/1, A/4 and B/2."""

PLAN = Plan(
    TEA,
    ASKED,
    "optimal",
    ("A/1", "A/4", "B/2"),
    FINDINGS,
    (GoalValue("fit", 0, 0, True), GoalValue("glh", 28, 28, True), GoalValue("units", 2, 2, True)),
)
"""10 credits, 35 hours; A/4 and B/2 are new: 28 hours, 8 credits."""

OTHER = replace(PLAN, units=("A/1", "A/4", "B/3"))
"""30 hours still to do, 11 credits."""

PLAIN = replace(PLAN, wishes=Wishes(), units=("A/1", "B/3", "C/5"))
"""Without a wish: 20 hours, 7 credits."""

CLASH = Conflict((BARRED,), ("B/2", "B/3"))
CLASH_WORDS = (
    "You asked for Serve tea (B/2) and Serve coffee (B/3). These cannot stand together under: "
    "“at most one of set P”."
)
NO_PLAN = Plan(
    TEA,
    Wishes(pins=frozenset({"B/2", "B/3"})),
    "infeasible",
    conflicts=(CLASH, Conflict((MAIN,), excludes=("A/1",))),
    conflicts_complete=False,
    repairs=(Repair(("B/3",), (), 31), Repair((), ("A/1",), 33)),
    repairs_complete=False,
    outside_offer=("A/4", "C/5"),
)
LEFT_OUT_WORDS = "You left out Boil water (A/1). This cannot stand under: “the main unit”."
OUTSIDE_WORDS = "Outside the centre's offer, and needed: Wash up (A/4), Boil water (C/5)."
UNKNOWN = Plan(TEA, Wishes(), "unknown", seconds=2.5)

EXPLORED = Exploration(
    PLAN,
    (
        Outlook("B/2", "possible", 0, 2),
        Outlook("A/1", "forced", 0, None),
        Outlook("A/4", "possible", 0, 14),
        Outlook("B/3", "possible", 2, 0),
        Outlook("C/5", "impossible", None, 0),
    ),
    (PLAN, OTHER),
    complete=False,
    frontier=(OTHER, PLAN),
)

# Portfolios


def verdict_over(
    counted: tuple[str, ...], surplus: tuple[str, ...], findings: tuple[Finding, ...], home: Plan
) -> Verdict:
    """A verdict, whose way home holds what is achieved."""
    held = frozenset((*counted, *surplus))
    return Verdict(counted, surplus, findings, replace(home, wishes=Wishes(held=held)))


RECORD = Portfolio(
    "Learner 7",
    (
        Entry("B/2", "verified", "E1", "Ada Example", DAY, DAY, DAY, date(2026, 3, 9), "yes", "confirmed"),
        Entry("B/3", "assessed", "E2, E3", "Bo Example", date(2026, 4, 1)),
        Entry("A/4", "submitted", "E4"),
        Entry("C/5", "planned"),
    ),
    (
        Decision("recognise", "A/1", "a certificate shows it", "Ada Example", DAY),
        Decision("waive", "way", "agreed by letter", "Ada Example", DAY),
        Decision("accept", "C/5", "same outcomes", "Bo Example", DAY, "Unit 12", date(2026, 5, 1), "Ada Example"),
    ),
    Details("Learner of Tea", "R 1", "0012", "Kettle Ltd", "Example Centre", "0077"),
)  # fmt: skip

NOW_FINDINGS = (
    Finding(TOTAL, 6, False),
    Finding(MAIN, 1, True),
    Finding(WAY, 1, True, (Finding(LONG, 1, False), Finding(SHORT, 13, True))),
    Finding(BARRED, 1, True),
)
"""Over A/1 and B/3, 6 credits and 20 hours."""

JUDGEMENT = Judgement(
    TEA,
    RECORD,
    now=verdict_over(("A/1", "B/3"), ("B/2",), NOW_FINDINGS, replace(PLAN, units=("A/1", "A/4", "B/3"))),
    if_completed=verdict_over(
        ("A/1", "A/4"), ("B/2", "B/3"), FINDINGS, replace(PLAN, units=("A/1", "A/4", "C/5"))
    ),
    remarks=(Remark("B/3", "assessed, but the date is missing"), Remark("", "two names are given")),
)
"""Now A/4 is missing (17 hours, 5 credits); if A/4 is achieved, C/5 (no hours, 1 credit), whatever the rules."""

# Cohorts

PROBLEMS = (
    Problem("c.csv", "no unit of this qualification has this ref", 7, "pins", "=1+1"),
    Problem("c.csv", "must not be empty", 7, "learner", "(empty)"),
    Problem("c.csv", "is not a table"),
)


def asking(learner: str, row: int, wishes: Wishes | None = None) -> Request:
    """A learner's request."""
    return Request(learner, wishes or Wishes(), f"{learner} Example", row)


COHORT = Cohort(
    TEA,
    (
        Answer(TEA, asking("L1", 2), "optimal", ("A/1", "B/3", "C/5")),
        Answer(TEA, asking("L2", 3, ASKED), "feasible", ("A/1", "A/4", "B/3")),
        Answer(
            TEA,
            asking("L3", 4, NO_PLAN.wishes),
            "infeasible",
            conflicts=(CLASH,),
            conflicts_complete=False,
            outside_offer=("A/4",),
        ),
        Answer(TEA, asking("L4", 5), "infeasible", conflicts=(CLASH, Conflict((MAIN,), excludes=("A/1",)))),
        Answer(TEA, asking("L5", 6), "unknown"),
    ),
    PROBLEMS,
)
"""L1: 20 hours, 7 credits, all new. L2: 30 of 37 hours, 9 of 11 credits still to do."""

DELIVERY = Delivery(
    TEA,
    "feasible",
    group_size=2,
    max_units=4,
    assessor_hours={"X": 14, "W": 3, "Y": 12},
    delivered_glh=44,
    bound=40,
    learner_glh=57,
    own_best_delivered_glh=51,
    units=(
        Running("A/1", (("L1", "L3"), ("L2",))),
        Running("A/4", (("L2",),)),
        Running("B/3", (("L1", "L3"),)),
        Running("C/5", (("L1",),)),
    ),
    selections={"L1": ("A/1", "B/3", "C/5"), "L2": ("A/1", "A/4", "B/3"), "L3": ("A/1", "B/3")},
    new_units={"L1": ("A/1", "B/3", "C/5"), "L2": ("A/1", "A/4"), "L3": ("A/1", "B/3")},
    left_out=(("L4", (CLASH, Conflict((MAIN,), excludes=("A/1",)))),),
    seconds=1.25,
)
"""2*7 + 17 + 13 + 0 hours are delivered."""
