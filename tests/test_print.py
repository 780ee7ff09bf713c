"""What the terminal prints, word for word and colour for colour, for the answers of `tests.by_hand`."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from planner import Qualification, plan
from planner.assurance.claim_format import ClaimFile, load_format
from planner.assurance.claims import STAGES, Claim, ClaimTerms, Lacking
from planner.assurance.policy import Policy
from planner.assurance.sampling import Assessment, AssessmentFile, Sample, Sampling, Stratum
from planner.authoring.lint import Report
from planner.authoring.revision import Difference, Effect
from planner.catalogue.remarks import Remark
from planner.cli import assurance_terminal, career_terminal, console, terminal, timeline_terminal
from planner.cohort.delivery_answer import Delivery
from planner.cohort.seat_question import SearchProgress
from planner.cpd.contradictions import SchemeReport
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.intent import Intent
from planner.cpd.log import Recent
from planner.files.wording import Wording
from planner.planning.reasons import Fitting, Reason
from planner.portfolio.progression import Standing
from planner.recognition.renewals import Appointment
from planner.records.portfolio_files import PortfolioFile
from planner.records.portfolios import Entry, Portfolio
from planner.timeline.choices import ChoiceCost
from planner.timeline.helps import Help
from planner.timeline.months import Month, MonthTask
from planner.timeline.questions import Learner, Scheduled, Terms
from planner.timeline.timelines import Timeline
from tests.by_hand import (
    BARE,
    CAREER,
    COHORT,
    CYCLE_PLAN,
    DELIVERY,
    DONE_PLAN,
    ESSAYS_1,
    EXPLORED,
    JUDGEMENT,
    NO_PLAN,
    OTHER,
    PLAIN,
    PLAN,
    PROBLEMS,
    READING,
    SCHEME,
    SPEECHES_2,
    TEA,
    TODAY,
    UNKNOWN,
    asking,
)
from tests.printed import Printed, printer
from tests.test_careertables import PROFILE

TEA_HEADING = "{bold Certificate in Tea, Q/7}\n{yellow Closed: registration for this qualification ended on 31 December 2013.}\n"
BARE_HEADING = "{bold Bare, Q/8}\n{green No registration dates on file: ask the awarding organisation whether it is open.}\n"
CAVEAT = (
    "{dim “Rules met” is arithmetic over units. It does not say that a unit is achieved: evidence is judged by "
    "assessors and quality assurers, and only the awarding organisation certifies.}"
)
REMARKS = (
    Remark("error", "e", "An error"),
    Remark("notice", "n", "[red]x"),
    Remark("notice", "m", "y"),
    Remark("fine", "f", "z"),
)
UNDECIDED = CyclePlan(READING, Intent(), "unknown")
EARLY = replace(
    DONE_PLAN,
    intent=replace(DONE_PLAN.intent, year=1, done={"speech in year 1": 2, "essay in year 2": 1}),
    new={ESSAYS_1: 1, SPEECHES_2: 1},
)
LOST_WAY = replace(
    JUDGEMENT,
    portfolio=Portfolio("L", (Entry("B/3", "verified"),)),
    remarks=(),
    now=replace(JUDGEMENT.now, home=NO_PLAN, surplus=()),
)
LOST = replace(JUDGEMENT, now=replace(JUDGEMENT.now, home=NO_PLAN))
FURTHER = replace(
    JUDGEMENT,
    now=replace(JUDGEMENT.now, home=replace(JUDGEMENT.now.home, units=("A/1", "A/4", "B/3", "C/5"))),
)
SHORTER = replace(
    JUDGEMENT,
    now=replace(JUDGEMENT.now, shortest=replace(JUDGEMENT.now.home, units=("A/1", "B/3", "C/5"))),
)
POLICY = Policy.model_validate(
    {
        "id": "tea",
        "title": "A policy of tea",
        "rule": [{"id": "each", "text": "Two of each assessor", "each": ["assessor"]}],
    }
)
POURED = Assessment("L1", "A/1", "Ada Example", TODAY, "Bo Example")
SAMPLE = Sample(
    POLICY,
    "optimal",
    7,
    (POURED,),
    (Stratum(POLICY.rule[0], {"assessor": "Ada Example"}, 2, 1, 1),),
    bound=1,
)
ASKED = replace(POURED, sampling=Sampling(TODAY, "upheld", "=Cite the book", date(2012, 8, 1)))
CLAIM_TERMS = ClaimTerms(date(2013, 12, 31), POLICY, certification_ends=date(2014, 6, 30))
CLAIMED = Claim(JUDGEMENT, ("A/1",), (), "claimed", {**dict.fromkeys(STAGES), "claimed": date(2013, 12, 30)})
LACKING = Claim(
    replace(JUDGEMENT, portfolio=replace(JUDGEMENT.portfolio, learner="=L9")),
    ("A/1",),
    (Lacking("rule", "“the main unit”: 0 of 1 unit"), Lacking("action open", "Cite [red]it", "A/1")),
    "registered",
    dict.fromkeys(STAGES),
)
CLAIM_FILE = ClaimFile(load_format(), (("L1",),), ("L1",), ("L3",), PROBLEMS[:1])
READ_FOR_CLAIMS = PortfolioFile((), PROBLEMS[1:2], ())
ASSESSED = AssessmentFile((), PROBLEMS, (), Wording())
IN_MAY, IN_JUNE = date(2026, 5, 4), date(2026, 6, 7)
TERMS = Terms(TODAY, least_weeks=1)
ON_TRACK = Timeline(
    Learner("L1", PLAN),
    "on track",
    TERMS,
    (Scheduled("A/4", IN_JUNE, ((IN_MAY, 30), (date(2026, 5, 11), 20))),),
    hours_left=50,
)
BEHIND = Timeline(
    Learner("L2", PLAN),
    "cannot finish",
    TERMS,
    conflict=(("hours", "8 hours a week"),),
    helps=(Help("target", "A target of 1 May 2027", TERMS), Help("hours", "9 hours a week", TERMS)),
)
MONTH = Month(
    IN_MAY.replace(day=1),
    "",
    (
        MonthTask("L1", "A/1", "Boil water", "Ada Example", "waiting for assessment"),
        MonthTask("L1", "A/4", "Wash up", "", "due", date(2026, 5, 10), 30),
    ),
)
TAKEN = ChoiceCost("B/2", True, 3, 2, IN_JUNE)
CHANGES = (
    Effect(asking("L1", 2), "mended", PLAN, OTHER, OTHER),
    Effect(asking("L2", 3), "broken", PLAN, NO_PLAN, NO_PLAN),
)
APPOINTMENT = Appointment(date(2027, 1, 1), SCHEME, SCHEME.awards[1], SCHEME.recurring[0])

LISTS = ("patterns", "skills", "other_names", "career_tips", "bodies")
"""What a job profile lists beside the day."""


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    return printer(monkeypatch, capsys)


# function, its arguments, what it prints
NOTHING = PortfolioFile((), (), ())
"""A file in which nothing was wrong."""

SAID: dict[str, tuple[Callable[..., None], tuple[Any, ...], str]] = {
    "a plan for a job": (
        terminal.print_plan,
        (PLAN,),
        TEA_HEADING
        + """
{bold 2 units to achieve, 28 guided hours. Proven: no valid plan with these choices has fewer units without evidence from the job; among equals, none has fewer hours to do or, then, fewer new units.}
10 credits, 35 guided hours in all, 28 still to do; about 80 hours of learning still to come, guided or not.
Only learners registered by 31 December 2013 can still complete it.
{bold Units that count}
| Ref | Unit, and evidence from your job                                                                    | Group | Level | Credits | Hours | State    |
| A/1 | Boil water                                                                                          |   A   |     1 |       2 |     7 | achieved |
|     | Evidence: none from the tasks chosen                                                                |       |       |         |       |          |
| A/4 | Wash up                                                                                             |   A   |     3 |       5 |    17 | new      |
|     | Evidence: none from the tasks chosen                                                                |       |       |         |       |          |
| B/2 | Serve tea                                                                                           |   B   |     2 |       3 |    11 | new      |
|     | Evidence: Pour: Pouring is this unit; Talk: Guests are greeted, asked, served and thanked at length |       |       |         |       |          |
{bold Rules of combination}
| Sentence                    | Measured                    | Met |
| at least 9 credits          | 10 of 9 credits             | {green yes} |
| the main unit               | 1 of 1 unit                 | {green yes} |
| one of two ways             | 1 of 1 rule                 | {green yes} |
|   both units of group B     | 1 of exactly 2 units        | {red bold no} |
|   10 to 20 hours of group B | 11 of 10 to 20 guided hours | {green yes} |
| at most one of set P        | 1 of at most 1 unit         | {green yes} |
"""
        + CAVEAT,
    ),
    "a plan without wishes": (
        terminal.print_plan,
        (PLAIN,),
        TEA_HEADING
        + """
{bold 3 units to achieve, 20 guided hours. Proven: no valid plan has fewer units without evidence from the job; among equals, none has fewer hours to do or, then, fewer new units.}
7 credits, 20 guided hours in all, 20 still to do; about 70 hours of learning still to come, guided or not.
Only learners registered by 31 December 2013 can still complete it.
{bold Units that count}
| Ref | Unit         | Group | Level | Credits | Hours | State |
| A/1 | Boil water   |   A   |     1 |       2 |     7 | new   |
| B/3 | Serve coffee |   B   |     2 |       4 |    13 | new   |
| C/5 | Boil water   |   C   |     0 |       1 |     0 | new   |
{bold Rules of combination}
| Sentence                    | Measured                    | Met |
| at least 9 credits          | 10 of 9 credits             | {green yes} |
| the main unit               | 1 of 1 unit                 | {green yes} |
| one of two ways             | 1 of 1 rule                 | {green yes} |
|   both units of group B     | 1 of exactly 2 units        | {red bold no} |
|   10 to 20 hours of group B | 11 of 10 to 20 guided hours | {green yes} |
| at most one of set P        | 1 of at most 1 unit         | {green yes} |
"""
        + CAVEAT,
    ),
    "no plan": (
        terminal.print_plan,
        (NO_PLAN,),
        TEA_HEADING
        + """
{bold No plan exists for these wishes; this is proven.}
- You asked for Serve tea (B/2) and Serve coffee (B/3). These cannot stand together under: “at most one of set P”.
- You left out Boil water, level 1 (A/1). This cannot stand under: “the main unit”.
There are more conflicts than these.
Outside the centre's offer, and needed: Wash up (A/4), Boil water, level 0 (C/5).
{bold What would help, shortest plan first:}
- No longer ask for Serve coffee (B/3): 31 guided hours.
- Allow Boil water, level 1 (A/1): 33 guided hours.
There are more ways than these.
""",
    ),
    "every unit with its price": (
        terminal.print_exploration,
        (EXPLORED,),
        TEA_HEADING
        + """
{bold 2 units to achieve, 28 guided hours. Proven: no valid plan with these choices has fewer units without evidence from the job; among equals, none has fewer hours to do or, then, fewer new units.}
{bold Every unit, with the extra hours of a choice}
| Ref | Unit                | In plan | State      | Must         | Leave out    |
| B/2 | Serve tea           | yes     | possible   | no extra     | +2 h         |
| A/1 | Boil water, level 1 | yes     | {green forced} | no extra     | not possible |
| A/4 | Wash up             | yes     | possible   | no extra     | +14 h        |
| B/3 | Serve coffee        | no      | possible   | +2 h         | no extra     |
| C/5 | Boil water, level 0 | no      | {red impossible} | not possible | no extra     |
{bold Plans as good or nearly so, the}
{bold best of them}
| Hours | Credits | Units       |
| 28    | 10      | A/1 A/4 B/2 |
| 30    | 11      | A/1 A/4 B/3 |
{bold Fit against hours}
| Units without evidence | Hours | Units       |
| 0                      | 30    | A/1 A/4 B/3 |
| 0                      | 28    | A/1 A/4 B/2 |
""",
    ),
    "all alternatives, without a job": (
        terminal.print_exploration,
        (replace(EXPLORED, frontier=(), complete=True),),
        TEA_HEADING
        + """
{bold 2 units to achieve, 28 guided hours. Proven: no valid plan with these choices has fewer units without evidence from the job; among equals, none has fewer hours to do or, then, fewer new units.}
{bold Every unit, with the extra hours of a choice}
| Ref | Unit                | In plan | State      | Must         | Leave out    |
| B/2 | Serve tea           | yes     | possible   | no extra     | +2 h         |
| A/1 | Boil water, level 1 | yes     | {green forced} | no extra     | not possible |
| A/4 | Wash up             | yes     | possible   | no extra     | +14 h        |
| B/3 | Serve coffee        | no      | possible   | +2 h         | no extra     |
| C/5 | Boil water, level 0 | no      | {red impossible} | not possible | no extra     |
{bold Plans as good or nearly so, all}
{bold of them}
| Hours | Credits | Units       |
| 28    | 10      | A/1 A/4 B/2 |
| 30    | 11      | A/1 A/4 B/3 |
""",
    ),
    "nothing explored": (
        terminal.print_exploration,
        (replace(EXPLORED, best=UNKNOWN),),
        TEA_HEADING
        + """
{bold Not decided in 2.5 seconds: a plan may or may not exist.}
""",
    ),
    "tasks": (
        terminal.print_tasks,
        (TEA,),
        TEA_HEADING
        + """
| Task | What you do | Gives evidence for |
| pour | Pour        | B/2 B/3            |
| talk | Talk        | B/2                |
""",
    ),
    "a line with brackets": (
        console.print_line,
        ("[bold]x",),
        """
[bold]x
""",
    ),
    "a report": (
        terminal.print_report,
        (Report(TEA, REMARKS),),
        TEA_HEADING
        + """
|        | What | Remark   |
| {red bold error} | e    | An error |
| {yellow notice} | n    | [red]x   |
| {yellow notice} | m    | y        |
| {green fine} | f    | z        |
1 error, 2 notices. Data 0123456789abcdef.
""",
    ),
    "a report of two errors": (
        terminal.print_report,
        (Report(BARE, (REMARKS[0], *REMARKS[:2])),),
        BARE_HEADING
        + """
|        | What | Remark   |
| {red bold error} | e    | An error |
| {red bold error} | e    | An error |
| {yellow notice} | n    | [red]x   |
2 errors, 1 notice. Data .
""",
    ),
    "one judgement": (
        terminal.print_judgements,
        (TEA, [JUDGEMENT], PortfolioFile((), PROBLEMS, ())),
        TEA_HEADING
        + """
{bold Rules not yet met: 1 unit to start, 17 guided hours.}
If everything in progress and submitted is achieved: Rules not yet met: 1 unit to start, 0 guided hours.
{bold What is missing: 1 unit to start}
| Ref | Unit    | To do | Credits | Hours | Assessment strategy |
| A/4 | Wash up | start |       5 |    17 | Unknown             |
Only learners registered by 31 December 2013 can still complete it.
Count: Boil water, level 1 (A/1), Serve coffee (B/3)
Achieved, but do not count: Serve tea (B/2)
Awaiting internal quality assurance: Serve coffee (B/3)
{bold Rules of combination}
| Sentence                    | Measured                    | Met    |
| at least 9 credits          | 6 of 9 credits              | {red bold no} |
| the main unit               | 1 of 1 unit                 | {green yes} |
| one of two ways             | 1 of 1 rule                 | {yellow waived} |
|   both units of group B     | 1 of exactly 2 units        | {red bold no} |
|   10 to 20 hours of group B | 13 of 10 to 20 guided hours | {green yes} |
| at most one of set P        | 1 of at most 1 unit         | {green yes} |
Decision: Ada Example recognised prior learning for Boil water, level 1 (A/1) on 2 March 2026: a certificate shows it
Decision: Ada Example waived the rule “one of two ways” on 2 March 2026: agreed by letter
Decision: Bo Example accepted a unit from outside as Boil water, level 0 (C/5) (from outside: Unit 12) on 2 March 2026: same outcomes (withdrawn by Ada Example on 1 May 2026)
{yellow Record: B/3: assessed, but the date is missing}
{yellow Record: two names are given}
{bold Could not be read, or is doubted:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
- c.csv, row 7, learner = '(empty)': must not be empty
- c.csv: is not a table
"""
        + CAVEAT,
    ),
    "a judgement with a shorter way home": (
        terminal.print_judgements,
        (TEA, [SHORTER], NOTHING),
        TEA_HEADING
        + """
{bold Rules not yet met: 1 unit to start, 17 guided hours.}
If everything in progress and submitted is achieved: Rules not yet met: 1 unit to start, 0 guided hours.
{bold What is missing: 1 unit to start}
| Ref | Unit    | To do | Credits | Hours | Assessment strategy |
| A/4 | Wash up | start |       5 |    17 | Unknown             |
Or, 17 guided hours fewer: begin Boil water, level 0 (C/5) instead of Wash up (A/4).
Only learners registered by 31 December 2013 can still complete it.
Count: Boil water, level 1 (A/1), Serve coffee (B/3)
Achieved, but do not count: Serve tea (B/2)
Awaiting internal quality assurance: Serve coffee (B/3)
{bold Rules of combination}
| Sentence                    | Measured                    | Met    |
| at least 9 credits          | 6 of 9 credits              | {red bold no} |
| the main unit               | 1 of 1 unit                 | {green yes} |
| one of two ways             | 1 of 1 rule                 | {yellow waived} |
|   both units of group B     | 1 of exactly 2 units        | {red bold no} |
|   10 to 20 hours of group B | 13 of 10 to 20 guided hours | {green yes} |
| at most one of set P        | 1 of at most 1 unit         | {green yes} |
Decision: Ada Example recognised prior learning for Boil water, level 1 (A/1) on 2 March 2026: a certificate shows it
Decision: Ada Example waived the rule “one of two ways” on 2 March 2026: agreed by letter
Decision: Bo Example accepted a unit from outside as Boil water, level 0 (C/5) (from outside: Unit 12) on 2 March 2026: same outcomes (withdrawn by Ada Example on 1 May 2026)
{yellow Record: B/3: assessed, but the date is missing}
{yellow Record: two names are given}
"""
        + CAVEAT,
    ),
    "a judgement without a way home": (
        terminal.print_judgements,
        (TEA, [LOST_WAY], NOTHING),
        TEA_HEADING
        + """
{bold Rules not met, and no way home that keeps what they ask for exists; this is proven.}
- You asked for Serve tea (B/2) and Serve coffee (B/3). These cannot stand together under: “at most one of set P”.
- You left out Boil water, level 1 (A/1). This cannot stand under: “the main unit”.
Outside the centre's offer, and needed: Wash up (A/4), Boil water, level 0 (C/5).
Only learners registered by 31 December 2013 can still complete it.
Count: Boil water, level 1 (A/1), Serve coffee (B/3)
{bold Rules of combination}
| Sentence                    | Measured                    | Met |
| at least 9 credits          | 6 of 9 credits              | {red bold no} |
| the main unit               | 1 of 1 unit                 | {green yes} |
| one of two ways             | 1 of 1 rule                 | {green yes} |
|   both units of group B     | 1 of exactly 2 units        | {red bold no} |
|   10 to 20 hours of group B | 13 of 10 to 20 guided hours | {green yes} |
| at most one of set P        | 1 of at most 1 unit         | {green yes} |
"""
        + CAVEAT,
    ),
    "two judgements": (
        terminal.print_judgements,
        (TEA, [JUDGEMENT, LOST, FURTHER], NOTHING),
        TEA_HEADING
        + """
| Learner   | Now                                                                                 | If all in hand is achieved                          | To finish | To start | Not needed |
| Learner 7 | Rules not yet met: 1 unit to start, 17 guided hours.                                | Rules not yet met: 1 unit to start, 0 guided hours. |           | A/4      |            |
| Learner 7 | Rules not met, and no way home that keeps what they ask for exists; this is proven. | Rules not yet met: 1 unit to start, 0 guided hours. |           |          |            |
| Learner 7 | Rules not yet met: 2 units to start, 17 guided hours.                               | Rules not yet met: 1 unit to start, 0 guided hours. |           | A/4 C/5  |            |
Only learners registered by 31 December 2013 can still complete it.
"""
        + CAVEAT,
    ),
    "a cohort": (
        terminal.print_cohort,
        (COHORT,),
        TEA_HEADING
        + """
{bold 6 rows: 2 planned, 2 impossible, 1 not decided, 1 to mend. 25 guided hours to do on average.}
Only learners registered by 31 December 2013 can still complete it.
| Learner | Answer                   | Hours | Credits | New units, or why there is no plan                                                                                                               |
| L1      | planned                  | 20    | 7       | A/1 B/3 C/5                                                                                                                                      |
| L2      | planned, not proven best | 30    | 11      | A/4 B/3                                                                                                                                          |
| L3      | not possible             |       |         | Asked for Serve tea (B/2) and Serve coffee (B/3): no wish given up is known to be enough. Outside the centre's offer, and needed: Wash up (A/4). |
| L4      | not possible             |       |         | Asked for Serve tea (B/2) and Serve coffee (B/3) and left out Boil water, level 1 (A/1): no wish given up is known to be enough.                 |
| L5      | not decided              |       |         |                                                                                                                                                  |
{bold Demand}
| Ref | Unit                | Learners |
| A/1 | Boil water, level 1 |        1 |
| A/4 | Wash up             |        1 |
| B/3 | Serve coffee        |        2 |
| C/5 | Boil water, level 0 |        1 |
{bold Could not be read, or is doubted:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
- c.csv, row 7, learner = '(empty)': must not be empty
- c.csv: is not a table
""",
    ),
    "a delivery": (
        terminal.print_delivery,
        (DELIVERY, PROBLEMS),
        TEA_HEADING
        + """
{bold 4 units in 5 groups for 3 learners: 44 delivered guided hours. Not proven least: no plan delivers fewer than 40 hours, 9.1% below. 2 seats are in units without evidence from the job, 1 of them cannot be avoided.}
If everybody followed their own best plan, which fits the job best: 51 hours, whatever the limits.
| Ref | Unit                | Hours | Groups | Learners | Delivered hours |
| A/1 | Boil water, level 1 | 7     | 2      | 3        | 14              |
| A/4 | Wash up             | 17    | 1      | 1        | 17              |
| B/3 | Serve coffee        | 13    | 1      | 2        | 13              |
| C/5 | Boil water, level 0 | 0     | 1      | 1        | 0               |
{bold Seats without evidence from the job}
| Learner | Ref | Title               | To avoid it alone                              | Evidence would come from |
| L1      | C/5 | Boil water, level 0 | cannot be: no plan of this learner's has fewer | no work on file          |
| L2      | A/4 | Wash up             | 17 more delivered hours                        | no work on file          |
{bold What it would save to allow seats without evidence}
| Seats allowed | Delivered hours | Saved   | How sure     |
| 0             | 51              | 0       | not below 47 |
| 1             | 44              | 3 to 11 | not below 40 |
| 8             | 44              | 3 to 13 | not below 38 |
| any number    | none found      | 0 to 13 | not below 38 |
To avoid one seat alone means that everybody else stays seated; what seats would save is with everybody seated anew.
Left out: L4. You asked for Serve tea (B/2) and Serve coffee (B/3). These cannot stand together under: “at most one of set P”. You left out Boil water, level 1 (A/1). This cannot stand under: “the main unit”.
{bold Could not be read, or is doubted:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
- c.csv, row 7, learner = '(empty)': must not be empty
- c.csv: is not a table
""",
    ),
    "no delivery": (
        terminal.print_delivery,
        (Delivery(TEA, "unknown", 2, seconds=3), ()),
        TEA_HEADING
        + """
{bold Not decided in 3 seconds: a plan may or may not exist.}
| Ref | Unit | Hours | Groups | Learners | Delivered hours |
""",
    ),
    "standings": (
        terminal.print_standings,
        ([Standing(TEA, FURTHER.now)],),
        """
| Qualification                                                                                   | Verdict                                               | Count   | Missing |
| Certificate in Tea, Q/7. Closed: registration for this qualification ended on 31 December 2013. | Rules not yet met: 2 units to start, 17 guided hours. | A/1 B/3 | A/4 C/5 |
Q/7: Only learners registered by 31 December 2013 can still complete it.
"""
        + CAVEAT,
    ),
    "no standing": (
        terminal.print_standings,
        ([],),
        """
| Qualification | Verdict | Count | Missing |
""",
    ),
    "a change of rules": (
        terminal.print_change,
        (TEA, [Difference("unit", "B/2", "a", "b")], CHANGES, PROBLEMS[1:2]),
        TEA_HEADING
        + """
- unit B/2 was a; it is now b
| Learner | Plan   | Hours before | Hours, least change | Hours, cheapest | What changes                                                                                                                                                                                                                                              |
| L1      | mended | 28           | 30                  | 30              | Drops B/2. Takes B/3.                                                                                                                                                                                                                                     |
| L2      | broken | 28           |                     |                 | You asked for Serve tea (B/2) and Serve coffee (B/3). These cannot stand together under: “at most one of set P”. You left out Boil water, level 1 (A/1). This cannot stand under: “the main unit”. No longer ask for Serve coffee (B/3): 31 guided hours. |
{bold Could not be read, or is doubted:}
- c.csv, row 7, learner = '(empty)': must not be empty
""",
    ),
    "no change of rules": (
        terminal.print_change,
        (BARE, [], [], ()),
        BARE_HEADING
        + """
{bold Nothing differs.}
""",
    ),
    "a cycle that cannot be met": (
        career_terminal.print_cycle,
        (CYCLE_PLAN, [CYCLE_PLAN, DONE_PLAN], Recent(date(2025, 11, 23), TODAY, 8, 2, 1), PROBLEMS[:1]),
        """
{bold Master of Tea, Body of Tea, Nowhere}
Source: the book of tea; last compared with it on 21 November 2026.

{bold The rules cannot all be met; this is proven. 1 of them cannot be met, the plan below meets all others.}
Reading: The plain reading (plain); year 2 of 2.
- You left out “Win a prize” and year 1 is over. These cannot stand together under: “20 points in all”.
{red - cannot be met: 20 points in all}
Last 12 months: 8 points from 2025-11-23 to 2026-11-22; 1 entry without a date is left out.
{bold To do now, year 2: 8 points, 2 h 15 min}
| Ref    | Activity       | Times | Points |      Hours |
| speech | Give a speech  |     1 |      3 | 1 h 30 min |
| essay  | Write an essay |     1 |      5 |     45 min |
{bold Points: earned + planned}
| Category      |      Year 1 | Year 2 |                    Cycle |
| Talks         |       6 + 0 |  0 + 3 |                    6 + 3 |
| Alone         |       5 + 0 |  0 + 5 |                    5 + 5 |
| Cups          |           – |      – |                        – |
| Talks + Alone |      11 + 0 |  0 + 8 | 11 + 8 of 15, at most 40 |
| All together  | 11 + 0 of 8 |  0 + 8 |             11 + 8 of 20 |
{yellow Give a speech: 1 of those done does not count.}
{bold Rules of the scheme}
| Sentence                            | Measured              | Met |
| 8 points in year 1                  | 11 of 8 points        | {green yes} |
| 15 to 40 points of talks and essays | 19 of 15 to 40 points | {green yes} |
| 20 points in all                    | 19 of 20 points       | {red bold no} |
{bold What each reading would cost}
| Reading | Title             | Status     | Points |      Hours | Cannot be met    |
| plain   | The plain reading | infeasible |     19 | 2 h 15 min | 20 points in all |
| plain   | The plain reading | optimal    |     19 |        0 h |                  |
This is arithmetic, no certificate: only the Body of Tea decides which activities count.
{dim - Tea is not included.}
{bold Could not be read, or is doubted:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
""",
    ),
    "a cycle in its first year": (
        career_terminal.print_cycle,
        (EARLY, [DONE_PLAN, UNDECIDED]),
        """
{bold Master of Tea, Body of Tea, Nowhere}
Source: the book of tea; last compared with it on 21 November 2026.

{bold 2 h 15 min still to do; 19 points will count; not proven to be the best.}
Reading: The plain reading (plain); year 1 of 2.
{bold To do now, year 1: 5 points, 45 min}
| Ref   | Activity       | Times | Points |  Hours |
| essay | Write an essay |     1 |      5 | 45 min |
{bold Later, year 2: 3 points, 1 h 30 min}
| Ref    | Activity      | Times | Points |      Hours |
| speech | Give a speech |     1 |      3 | 1 h 30 min |
Activities from year 1 on, spread over the years: Talks 0, 1; Alone 1, 0.
{bold Points: earned + planned}
| Category      |     Year 1 | Year 2 |                    Cycle |
| Talks         |      6 + 0 |  0 + 3 |                    6 + 3 |
| Alone         |      0 + 5 |  5 + 0 |                    5 + 5 |
| Cups          |          – |      – |                        – |
| Talks + Alone |      6 + 5 |  5 + 3 | 11 + 8 of 15, at most 40 |
| All together  | 6 + 5 of 8 |  5 + 3 |             11 + 8 of 20 |
{bold Rules of the scheme}
| Sentence                            | Measured              | Met |
| 8 points in year 1                  | 11 of 8 points        | {green yes} |
| 15 to 40 points of talks and essays | 19 of 15 to 40 points | {green yes} |
| 20 points in all                    | 19 of 20 points       | {red bold no} |
{bold What each reading would cost}
| Reading | Title             | Status  | Points | Hours |
| plain   | The plain reading | optimal |     19 |   0 h |
| plain   | The plain reading | unknown |        |       |
This is arithmetic, no certificate: only the Body of Tea decides which activities count.
{dim - Tea is not included.}
""",
    ),
    "a cycle not decided": (
        career_terminal.print_cycle,
        (UNDECIDED,),
        """
{bold Master of Tea, Body of Tea, Nowhere}
Source: the book of tea; last compared with it on 21 November 2026.

{bold Not decided in the time given.}
Reading: The plain reading (plain); year 1 of 2.
This is arithmetic, no certificate: only the Body of Tea decides which activities count.
{dim - Tea is not included.}
""",
    ),
    "a scheme": (
        career_terminal.print_scheme,
        (SchemeReport("tea", (READING,), REMARKS),),
        """
{bold Master of Tea, Body of Tea, Nowhere}
Source: the book of tea; last compared with it on 21 November 2026.

|        | What | Remark   |
| {red bold error} | e    | An error |
| {yellow notice} | n    | [red]x   |
| {yellow notice} | m    | y        |
| {green fine} | f    | z        |
1 error, 2 notices in 1 reading of tea.
""",
    ),
    "two readings without an error": (
        career_terminal.print_scheme,
        (SchemeReport("tea", (READING, READING), REMARKS[1:2]),),
        """
{bold Master of Tea, Body of Tea, Nowhere}
Source: the book of tea; last compared with it on 21 November 2026.

|        | What | Remark |
| {yellow notice} | n    | [red]x |
0 errors, 1 notice in 2 readings of tea.
""",
    ),
    "careers": (
        career_terminal.print_careers,
        ([CAREER], PROBLEMS[:2], TODAY),
        """
{bold Order of the Cup. Body of Tea, Nowhere.}
Held: Bronze cup. Requirements met: Plain cup. Next: Still cup.
{bold Awards}
| Award      | State                                             | Who decides        |
| Bronze cup | held                                              | The body decides.  |
| Silver cup | 1 thing missing                                   | The king decides.  |
| Golden cup | not possible now: a limit is passed               | The queen decides. |
| Plain cup  | open to everybody: the source sets no requirement | Nobody decides.    |
| Still cup  | open: something is not said yet                   | The rest decide.   |
{bold Golden cup: not possible now: a limit is passed}
- Two years of service (22 of 24 months)
- Three exams (2 of 3 GCSEs)
- No more than 6 months of rest (7 of at most 6 months)
- Say: Your age [cup.age]
{bold Still cup: open: something is not said yet}
- Say: Months of rest [cup.rest]
{dim Note: Cups are lent.}
{dim Source: the book of cups; compared on 21 November 2026.}

{dim Requirements met is arithmetic over what you say; whether anything is awarded is decided as shown.}
{bold To note:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
- c.csv, row 7, learner = '(empty)': must not be empty
""",
    ),
    "a career with something missing": (
        career_terminal.print_careers,
        ([replace(CAREER, reaches=CAREER.reaches[:2])], (), TODAY),
        """
{bold Order of the Cup. Body of Tea, Nowhere.}
Held: Bronze cup. Next: Silver cup.
{bold Awards}
| Award      | State           | Who decides       |
| Bronze cup | held            | The body decides. |
| Silver cup | 1 thing missing | The king decides. |
{bold Silver cup: 1 thing missing}
- 2 more months: Months of service (22 of 24) [cup.service]
In January 2027 at the latest if it goes on as now.
{dim Note: Cups are lent.}
{dim Source: the book of cups; compared on 21 November 2026.}

{dim Requirements met is arithmetic over what you say; whether anything is awarded is decided as shown.}
""",
    ),
    "appointments": (
        career_terminal.print_appointments,
        ([APPOINTMENT],),
        """
{bold What falls due}
| Day            | What falls due | Scheme           | Whose                |
| 1 January 2027 | Polish         | Order of the Cup | Body of Tea, Nowhere |
""",
    ),
    "a job profile": (
        career_terminal.print_profile,
        (PROFILE,),
        """
{bold Tea taster, Nowhere}
| About             | What                                             |
| In short          | Tastes tea.                                      |
| Also called       | Sipper                                           |
| Also called       | Nipper                                           |
| Pay               | £9,000 (starter) to £21,000 (experienced) a year |
| Hours             | 30 to 40 hours a week                            |
| When              | in the morning                                   |
| Day to day        | sip                                              |
| Day to day        | spit                                             |
| Skills            | patience                                         |
| Where             | in a kitchen                                     |
| Career tip        | Stay awake                                       |
| Professional body | Body of Tea                                      |
| Source            | the book of jobs; compared on 21 November 2026   |
| Attribution       | Invented for the tests                           |
""",
    ),
    "a job profile of no region": (
        career_terminal.print_profile,
        (PROFILE.model_copy(update={"region": "", **{key: [] for key in LISTS}}),),
        """
{bold Tea taster}
| About       | What                                             |
| In short    | Tastes tea.                                      |
| Pay         | £9,000 (starter) to £21,000 (experienced) a year |
| Hours       | 30 to 40 hours a week                            |
| Day to day  | sip                                              |
| Day to day  | spit                                             |
| Where       | in a kitchen                                     |
| Source      | the book of jobs; compared on 21 November 2026   |
| Attribution | Invented for the tests                           |
""",
    ),
    "reasons": (
        terminal.print_reasons,
        (
            PLAN,
            [Reason("A/4", True, "Group A asks for it."), Reason("C/5", False, "[red]It is barred.")],
            [Fitting("B/3", 2, ("pour",)), Fitting("C/5", None, ("pour",))],
        ),
        TEA_HEADING
        + """
{bold 2 units to achieve, 28 guided hours. Proven: no valid plan with these choices has fewer units without evidence from the job; among equals, none has fewer hours to do or, then, fewer new units.}
| Ref | Unit                | In plan | Why                  |
| A/4 | Wash up             | yes     | Group A asks for it. |
| C/5 | Boil water, level 0 | no      | [red]It is barred.   |
{bold Also fits your job, with the price of adding it:}
- Serve coffee (B/3): +2 h
- Boil water, level 0 (C/5): cannot be added
""",
    ),
    "reasons without a plan": (
        terminal.print_reasons,
        (UNKNOWN, (), ()),
        TEA_HEADING
        + """
{bold Not decided in 2.5 seconds: a plan may or may not exist.}
""",
    ),
    "a sample": (
        assurance_terminal.print_sample,
        (SAMPLE, ASSESSED),
        """
{bold A policy of tea}
{bold 1 assessment to sample: no smaller sample keeps the policy; this is proven. Drawn by the seed 7.}
| Learner | Ref | Assessor    | Date       | IQA        |
| L1      | A/1 | Ada Example | 2026-11-22 | Bo Example |
{bold Asked for by the policy, but not there:}
- Two of each assessor (assessor Ada Example): 1 of 2 asked for can be sampled.
{bold Could not be read, or is doubted:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
- c.csv, row 7, learner = '(empty)': must not be empty
- c.csv: is not a table
""",
    ),
    "a sample with an action": (
        assurance_terminal.print_sample,
        (replace(SAMPLE, sample=(), strata=(), before=(ASKED,)), replace(ASSESSED, problems=())),
        """
{bold A policy of tea}
{bold 0 assessments to sample: no smaller sample keeps the policy; this is proven. Drawn by the seed 7.}
{bold Actions still to be done}
| Action         | Due           | Overdue | Assessor    | Learner | Ref |
| =Cite the book | 1 August 2012 | yes     | Ada Example | L1      | A/1 |
""",
    ),
    "claims": (
        assurance_terminal.print_claims,
        (TEA, (CLAIMED, LACKING), CLAIM_TERMS, READ_FOR_CLAIMS, CLAIM_FILE),
        """
{bold Certificate in Tea, Q/7}
{green Open for registration until 31 December 2013.}

{bold 0 of 2 learners ready to be claimed, 1 lacks something, 1 was claimed before.}
| Learner   | Ready | Stage      | Since      |
| Learner 7 | no    | claimed    | 2013-12-30 |
| =L9       | no    | registered |            |
{bold =L9 lacks:}
- “the main unit”: 0 of 1 unit
- Cite [red]it
{bold 1 learner in the claim file; 1 left out, as a value does not fit.}
{dim Every counted unit verified by internal quality assurance, with dates in order.}
{dim Sampled as the policy asks: A policy of tea.}
{dim Certificates can be claimed until 30 June 2014, as was said.}
{dim Ready means that nothing on record stands in the way of a claim. Evidence is judged by people, and only the awarding organisation certifies.}
{bold Could not be read, or is doubted:}
- c.csv, row 7, learner = '(empty)': must not be empty
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
""",
    ),
    "no sample": (
        assurance_terminal.print_sample,
        (Sample(POLICY, "unknown", 7), replace(ASSESSED, problems=())),
        """
{bold A policy of tea}
{bold Not decided in the time given: there may be a sample.}
""",
    ),
    "timelines": (
        timeline_terminal.print_timelines,
        (TEA, [ON_TRACK, BEHIND], TERMS, PROBLEMS[:1], ()),
        TEA_HEADING
        + """
| Learner | Status                        | Finish     | Hours left |
| L1      | on track                      | 2026-06-07 | 50         |
| L2      | cannot finish: 8 hours a week |            | 0          |
{bold Each of these would be enough:}
- L2: A target of 1 May 2027
- L2: 9 hours a week
{bold Calendar}
| Learner | Ref | Title   | Start      | Finish     | Hours |
| L1      | A/4 | Wash up | 2026-05-04 | 2026-06-07 | 50    |
{dim A credit stands for 10 hours of learning, less the progress that the file says.}
{dim A unit takes at least 1 week: consistent performance takes time.}
{dim At most 3 units open at a time.}
{dim A week that a break touches has no hours.}
{dim A unit that slips has its last 1 week still to do.}
{bold Could not be read, or is doubted:}
- c.csv, row 7, pins = '=1+1': no unit of this qualification has this ref
""",
    ),
    "timelines of nobody who has a calendar": (
        timeline_terminal.print_timelines,
        (TEA, [replace(ON_TRACK, status="complete", units=())], TERMS, (), ()),
        TEA_HEADING
        + """
| Learner | Status   | Finish | Hours left |
| L1      | complete |        | 50         |
{dim A credit stands for 10 hours of learning, less the progress that the file says.}
{dim A unit takes at least 1 week: consistent performance takes time.}
{dim At most 3 units open at a time.}
{dim A week that a break touches has no hours.}
{dim A unit that slips has its last 1 week still to do.}
""",
    ),
    "a month of all assessors": (
        timeline_terminal.print_month,
        (MONTH,),
        """
{bold May 2026: 1 waiting for assessment, 1 due; 30 hours of learning.}
| What                   | Day        | Learner | Title      | Ref | Assessor    | Hours |
| waiting for assessment |            | L1      | Boil water | A/1 | Ada Example | 0     |
| due                    | 2026-05-10 | L1      | Wash up    | A/4 |             | 30    |
""",
    ),
    "a month of one assessor": (
        timeline_terminal.print_month,
        (replace(MONTH, assessor="Ada Example", tasks=MONTH.tasks[:1]),),
        """
{bold Ada Example, May 2026: 1 waiting for assessment; 0 hours of learning.}
| What                   | Day | Learner | Title      | Ref | Hours |
| waiting for assessment |     | L1      | Boil water | A/1 | 0     |
""",
    ),
    "a month in which nothing is to do": (
        timeline_terminal.print_month,
        (replace(MONTH, tasks=()),),
        """
{bold May 2026: nothing; 0 hours of learning.}
""",
    ),
    "what choices cost": (
        timeline_terminal.print_choices,
        (TEA, {"L1": (TAKEN, replace(TAKEN, ref="A/4", counts=False, finish=None)), "L2": ()}),
        TEA_HEADING
        + """
{bold L1}
| Choice  | Title     | Ref | Hours more | Weeks more | Finish     |
| with    | Serve tea | B/2 | 3          | 2          | 2026-06-07 |
| without | Wash up   | A/4 | 3          | 2          |            |
L2: no start, or nothing to choose
""",
    ),
    "no job profile": (
        career_terminal.print_profile,
        (None,),
        """
{bold No job profile is on file.}
""",
    ),
}


@pytest.mark.parametrize("what", SAID)
def test_it_is_printed_word_for_word(printed: Printed, what: str) -> None:
    function, arguments, words = SAID[what]
    assert printed(function, *arguments) == words.strip("\n")


def test_whatever_the_terminal_prints_is_written_down() -> None:
    functions = {
        function
        for module in (terminal, assurance_terminal, career_terminal, timeline_terminal)
        for name, function in vars(module).items()
        if name.startswith("print_") and function.__module__ == module.__name__
    }
    assert len(functions) > 15
    assert functions <= {function for function, _, _ in SAID.values()}


# JSON, progress, a search that can be stopped


class _Old(io.StringIO):
    """A terminal of another encoding."""

    encoding = "cp1252"


def test_json_is_one_document_in_letters_that_the_terminal_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"b": "Zo\u00eb \u89c2", "a": [1]}
    console.print_json(document)
    assert capsys.readouterr().out == '{\n  "b": "Zo\u00eb \u89c2",\n  "a": [\n    1\n  ]\n}\n'
    old = _Old()
    monkeypatch.setattr(sys, "stdout", old)
    console.print_json(document)
    assert old.getvalue().isascii()
    assert json.loads(old.getvalue()) == document


def test_a_search_shows_how_far_it_is_and_the_first_interrupt_asks_it_to_stop(
    printed: Printed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with console.search(quiet=False) as (show, asked):
        assert not asked()
        assert signal.getsignal(signal.SIGINT) is not before
        show(SearchProgress(50, 40, 1.0))
        signal.raise_signal(signal.SIGINT)
        assert asked()
        assert signal.getsignal(signal.SIGINT) is before  # the second one interrupts
    told = capsys.readouterr()
    assert "50 delivered hours, proven least 40, at most 20.0% from it" in told.err
    assert told.out == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_shown_where_nobody_sits(
    quiet: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    if quiet:
        monkeypatch.setenv("FORCE_COLOR", "1")
    before = signal.getsignal(signal.SIGINT)
    with console.search(quiet=quiet) as (show, asked), console.progress_bar("Planning", quiet) as done:
        show(SearchProgress(50, 40, 1.0))
        done(1, 2)
        signal.raise_signal(signal.SIGINT)
        assert asked()
    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().err == ""


def test_the_handler_is_given_back_whatever_happens(printed: Printed) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyError, match="broken"), console.search(quiet=False):
        raise KeyError("broken")
    assert signal.getsignal(signal.SIGINT) is before


def test_progress_is_shown_with_what_is_done(printed: Printed, capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress_bar("Planning", quiet=False) as done:
        done(1, 4)
    assert re.search("Planning.* 25%", capsys.readouterr().err)


def test_nothing_is_cut_off_on_eighty_columns(
    real: Qualification, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = Remark("fine", "a-remark-with-a-name-that-is-far-too-long-for-a-column", "x " * 40)
    said: dict[str, Callable[[], None]] = {
        "a plan": lambda: terminal.print_plan(plan(real)),
        "a plan for a job": lambda: terminal.print_plan(plan(real, tasks=["inbound-calls", "complaints"])),
        "what was checked": lambda: terminal.print_report(Report(real, (long,))),
    }
    for name, call in said.items():
        call()
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) > 5
        assert not [line for line in lines if "…" in line or len(line) > 80], name
