"""A qualification small enough to reckon with by hand, and every kind of answer about it.

No answer here was computed: each is written down as it is, so that what tables, workbooks and the terminal
make of it can be compared with what a reader works out on paper. Credits are 3, 2, 5, 4, 1 and guided hours
11, 7, 17, 13, 0: no two sums of a few of them are alike.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from planner import Bound, Choice, Qualification, Unit
from planner.catalogue import Task
from planner.cohort.batch import Answer, Cohort
from planner.cohort.delivery_answer import Delivery, Running
from planner.cohort.misfits import Allowance, Misfit
from planner.cpd.cycle_plan import Clash, CyclePlan
from planner.cpd.intent import Intent
from planner.cpd.log import CpdLog, LogEntry
from planner.cpd.scheme import Activity, Reading
from planner.errors import Problem
from planner.planning.explore import Exploration
from planner.planning.prices import Outlook
from planner.planning.result import Conflict, GoalValue, Plan, Repair
from planner.portfolio.verdict import EntryRemark, Judgement, Verdict
from planner.recognition.schemes import Award, Career, Fact, LackingFact, Reach, Recognition, Recurring
from planner.records.portfolios import Decision, Details, Entry, Portfolio
from planner.records.wishes import Request, Wishes
from planner.rules.measure import Finding

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
        "talk": Task("talk", "Talk", {"B/2": "Guests are greeted, asked, served and thanked at length"}),
    },
    digest="0123456789abcdef",
)
BARE = Qualification(
    "Q/8",
    "Bare",
    "nowhere",
    date(2026, 1, 2),
    (Unit("U", "U", "A", 1, 1, 1),),
    (Bound("only", "the one unit", {"U": 1}, 1),),
)


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
LEFT_OUT_WORDS = "You left out Boil water, level 1 (A/1). This cannot stand under: “the main unit”."
OUTSIDE_WORDS = "Outside the centre's offer, and needed: Wash up (A/4), Boil water, level 0 (C/5)."
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
    remarks=(EntryRemark("B/3", "assessed, but the date is missing"), EntryRemark("", "two names are given")),
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
        Answer.of(TEA, asking("L1", 2), "optimal", ("A/1", "B/3", "C/5")),
        Answer.of(TEA, asking("L2", 3, ASKED), "feasible", ("A/1", "A/4", "B/3")),
        Answer.of(
            TEA,
            asking("L3", 4, NO_PLAN.wishes),
            "infeasible",
            conflicts=(CLASH,),
            conflicts_complete=False,
            outside_offer=("A/4",),
        ),
        Answer.of(
            TEA, asking("L4", 5), "infeasible", conflicts=(CLASH, Conflict((MAIN,), excludes=("A/1",)))
        ),
        Answer.of(TEA, asking("L5", 6), "unknown"),
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
    learner_glh=64,
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
    misfits_allowed=1,
    misfits=(Misfit("L1", "C/5", None, needed=True), Misfit("L2", "A/4", 17, needed=False)),
    misfits_avoidable=1,
    allowances=(Allowance(0, 51, 47), Allowance(1, 44, 40), Allowance(8, 44, 38), Allowance(None, None, 38)),
    seconds=1.25,
)
"""2*7 + 17 + 13 + 0 hours are delivered."""

# A cycle of professional development: a speech is 3 points and 90 minutes, an essay 5 and 150, a prize 7 and 0

SPEECH = Activity("speech", "Give a speech", "talk", 3, 90, per_year=2, basis="the book, page 3")
ESSAY = Activity("essay", "Write an essay", "alone", 5, 150)
PRIZE = Activity("prize", "Win a prize", "cups", 7, 0, plannable=False)

SPEECHES_1, ESSAYS_1, PRIZES_1 = "speech in year 1", "essay in year 1", "prize in year 1"
SPEECHES_2, ESSAYS_2, PRIZES_2 = "speech in year 2", "essay in year 2", "prize in year 2"

YEAR_1 = Bound(
    "year-1", "8 points in year 1", {SPEECHES_1: 3, ESSAYS_1: 5, PRIZES_1: 7}, at_least=8, count="points"
)
TALKS_2 = Bound(
    "talks-2", "no more than 9 points of talks in year 2", {SPEECHES_2: 3}, at_most=9, count="points"
)
WORK = Bound(
    "work",
    "15 to 40 points of talks and essays",
    {SPEECHES_1: 3, ESSAYS_1: 5, SPEECHES_2: 3, ESSAYS_2: 5},
    15,
    40,
    count="points",
)
ALL_POINTS = Bound(
    "all",
    "20 points in all",
    {SPEECHES_1: 3, ESSAYS_1: 5, PRIZES_1: 7, SPEECHES_2: 3, ESSAYS_2: 5, PRIZES_2: 7},
    at_least=20,
    count="points",
)
TWICE = Bound("twice", "a speech counts twice in year 1", {SPEECHES_1: 1}, at_most=2, count="times")

READING = Reading(
    id="plain",
    scheme="tea",
    title="The plain reading",
    designation="Master of Tea",
    body="Body of Tea",
    region="Nowhere",
    years=2,
    source="the book of tea",
    verified=date(2026, 11, 21),
    activities={"speech": SPEECH, "essay": ESSAY, "prize": PRIZE},
    rules=(YEAR_1, TALKS_2, WORK, ALL_POINTS, TWICE),
    categories={"talk": "Talks", "alone": "Alone", "cups": "Cups"},
    notes=("Tea is not included.",),
    digest="fedcba9876543210",
)

CYCLE_PLAN = CyclePlan(
    READING,
    Intent({SPEECHES_1: 3, ESSAYS_1: 1}, year=2, minutes={"essay": 45}),
    "infeasible",
    counted={SPEECHES_1: 2, ESSAYS_1: 1, SPEECHES_2: 1, ESSAYS_2: 1},
    new={SPEECHES_2: 1, ESSAYS_2: 1},
    findings=(
        Finding(YEAR_1, 11, True),
        Finding(TALKS_2, 3, True),
        Finding(WORK, 19, True),
        Finding(ALL_POINTS, 19, False),
        Finding(TWICE, 2, True),
    ),
    goals=(GoalValue("hours", 135, 135, True), GoalValue("activities", 2, 1, False)),
    clash=Clash((ALL_POINTS,), excludes=("prize",), years=(1,)),
    lost=(ALL_POINTS,),
)
"""19 points, 11 of them done; one speech and one essay are still to do, in 90 and 45 minutes; one speech too many."""

DONE_PLAN = replace(
    CYCLE_PLAN,
    intent=replace(CYCLE_PLAN.intent, done={**CYCLE_PLAN.intent.done, SPEECHES_2: 1, ESSAYS_2: 1}),
    status="optimal",
    clash=None,
    lost=(),
    new={},
)
"""Nothing is left to do."""

LOG = CpdLog(
    READING,
    (
        LogEntry("speech", 1, 2, date(2025, 5, 1), 200, "in the hall"),
        LogEntry("speech", 1),
        LogEntry("essay", 1, 1, date(2025, 6, 1)),
    ),
    PROBLEMS,
    date(2025, 4, 1),
    {"essay": 45},
)

# A scheme of recognition

SIGNED = Fact("signed", "Somebody has signed", "yes")
SERVICE = Fact("service", "Months of service", "months", 60, grows=True)
AGE = Fact("age", "Your age", "years", 100, grows=True)
EXAMS = Fact("exams", "Exams passed", "GCSEs", 9)
REST = Fact("rest", "Months of rest", "months", 60)

SIGNATURE = Bound("signature", "It is signed", {"signed": 1}, at_least=1, count="statements")
SERVED = Bound("served", "Two years of service", {"service": 1}, at_least=24, count="months")
PASSED = Bound("passed", "Three exams", {"exams": 1}, at_least=3, count="GCSEs")
RESTED = Bound("rested", "No more than 6 months of rest", {"rest": 1}, at_most=6, count="months")

SCHEME = Recognition(
    id="cup",
    title="Order of the Cup",
    body="Body of Tea",
    region="Nowhere",
    about="person",
    source="the book of cups",
    verified=date(2026, 11, 21),
    facts={fact.id: fact for fact in (SIGNED, SERVICE, AGE, EXAMS, REST)},
    awards=(
        Award("bronze", "Bronze cup", (SIGNATURE,), "The body decides.", "signed"),
        Award("silver", "Silver cup", (SIGNATURE, SERVED), "The king decides."),
        Award("gold", "Golden cup", (SERVED, PASSED, RESTED), "The queen decides."),
        Award("plain", "Plain cup", (), "Nobody decides."),
        Award("still", "Still cup", (RESTED,), "The rest decide."),
    ),
    recurring=(Recurring("silver", "Polish", 6), Recurring("gold", "Weigh", 1)),
    notes=("Cups are lent.",),
)

CAREER = Career(
    SCHEME,
    {"signed": 1, "service": 22, "age": 0, "exams": 2, "rest": 7},
    (
        Reach(SCHEME.awards[0], (Finding(SIGNATURE, 1, True),), (), held=True),
        Reach(
            SCHEME.awards[1],
            (Finding(SIGNATURE, 1, True), Finding(SERVED, 22, False)),
            (LackingFact(SERVICE, 22, 24),),
        ),
        Reach(
            SCHEME.awards[2],
            (Finding(SERVED, 22, False), Finding(PASSED, 2, False), Finding(RESTED, 7, False)),
            None,
            (AGE,),
        ),
        Reach(SCHEME.awards[3], (), ()),
        Reach(SCHEME.awards[4], (Finding(RESTED, 0, True),), (), (REST,)),
    ),
    frozenset({"signed", "service", "exams", "rest"}),
)
"""Bronze is held, silver lacks two months, gold is out of reach; plain asks for nothing, still asks for a fact."""
