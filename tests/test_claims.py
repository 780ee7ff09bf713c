"""Claims: each thing that can be lacking, both sides of every date, the claim file, and an oracle over random portfolios."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from math import ceil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import Bound, DataError, Judgement, Portfolio, Qualification, Unit, judge
from planner.assurance import (
    Assessment,
    Claim,
    ClaimFormat,
    ClaimTerms,
    Policy,
    claim_file,
    claims_of,
    load_format,
    read_steps,
)
from planner.assurance.claims import STAGES, Lacking
from planner.assurance.policy import PolicyRule
from planner.assurance.sampling import Sampling
from planner.portfolio import Decision, Details, Entry
from planner.records.portfolios import EntryStatus
from planner.report.claims_tables import claims_workbook
from tests.strategies import deep
from tests.test_cli import Run, run

__all__ = ["run"]

TODAY = date(2026, 6, 1)
START, SEEN, CHECKED = date(2026, 1, 5), date(2026, 3, 2), date(2026, 3, 9)
CREDITS = {"U1": 2, "U2": 3, "U3": 4, "U4": 1}

TRADE = Qualification(
    "Q/1",
    "Certificate in a Trade",
    "invented",
    date(2026, 1, 1),
    tuple(Unit(ref, f"Unit {ref[1]}", "A", 2, credits, 10) for ref, credits in CREDITS.items()),
    (
        Bound("total", "at least 5 credits", CREDITS, at_least=5, count="credits"),
        Bound("barred-P", "not both of set P", {"U2": 1, "U3": 1}, at_most=1),
    ),
    starts=date(2026, 1, 1),
    ends=date(2026, 12, 31),
)


def entry(ref: str, status: EntryStatus = "verified", **known: Any) -> Entry:
    """A unit assessed by Jane on 2 March 2026 and verified a week later, but for what is said."""
    said: dict[str, Any] = {"assessor": "Jane", "assessed": SEEN}
    if status in ("verified", "claimed"):
        said["verified"] = CHECKED
    return Entry(ref, status, **{**said, **known})


def learner(*entries: Entry, name: str = "L1", **known: Any) -> Judgement:
    """The judgement of a learner registered on 5 January 2026."""
    details = Details(**{"name": "Ada Example", "start": START, **known.pop("details", {})})
    return judge(known.pop("of", TRADE), Portfolio(name, entries, details=details, **known), today=TODAY)


READY = (entry("U1"), entry("U2"))


def one(judgement: Judgement, **terms: Any) -> Claim:
    (found,) = claims_of([judgement], ClaimTerms(**{"today": TODAY, **terms}))
    return found


def lacks(judgement: Judgement, **terms: Any) -> list[str]:
    """What one learner lacks, in words."""
    return [each.words for each in one(judgement, **terms).lacking]


def codes(judgement: Judgement, **terms: Any) -> list[str]:
    return [each.code for each in one(judgement, **terms).lacking]


# Each thing that can be lacking


def test_who_lacks_nothing_is_ready() -> None:
    claim = one(learner(*READY))
    assert (claim.ready, claim.stage, claim.lacking) == (True, "achieved", ())
    assert claim.to_json() == {
        "learner": "L1",
        "name": "Ada Example",
        "ready": True,
        "stage": "achieved",
        "dates": {"registered": "2026-01-05", "achieved": "2026-03-09", "claimed": None, "received": None, "issued": None},
        "counted": ["U1", "U2"],
        "lacking": [],
    }  # fmt: skip


def test_rules_not_met_are_told_in_their_own_sentences() -> None:
    assert one(learner(entry("U1"))).lacking == (Lacking("rule", "“at least 5 credits”: 2 of 5 credits"),)
    only_barred = learner(entry("U2"), entry("U4"))
    assert lacks(only_barred) == ["“at least 5 credits”: 4 of 5 credits"]


def test_a_waived_rule_is_not_lacking() -> None:
    waived = Decision("waive", "total", "a reason", "Ann", SEEN)
    assert one(learner(entry("U1"), decisions=(waived,))).ready


def test_a_counted_unit_that_is_not_verified_is_told_and_a_surplus_one_is_not() -> None:
    found = one(learner(entry("U1"), entry("U2", "assessed")))
    assert found.lacking == (
        Lacking("not verified", "Unit 2 (U2) is assessed and awaits internal quality assurance", "U2"),
    )
    assert (found.stage, found.days["achieved"]) == ("registered", None)


def test_those_units_count_that_leave_the_fewest_to_mend() -> None:
    beside = one(
        learner(*READY, entry("U3", "assessed"), entry("U4", "assessed"))
    )  # U1 and U3 have more credits
    assert (beside.ready, beside.counted) == (True, ("U1", "U2"))
    either = one(learner(entry("U1", "assessed"), entry("U2", "assessed"), entry("U3")))
    assert (either.counted, [each.ref for each in either.lacking]) == (("U1", "U3"), ["U1"])


def test_prior_learning_is_verified_and_a_transferred_unit_needs_not_be() -> None:
    assert codes(learner(entry("U1"), entry("U2", "rpl"))) == ["not verified"]
    assert one(learner(entry("U1"), entry("U2", "rpl", verified=CHECKED))).ready
    for status in ("transferred", "exempt"):
        assert one(learner(entry("U1"), Entry("U2", status))).ready
    decided = Decision("recognise", "U2", "a reason", "Ann", SEEN)
    assert codes(learner(entry("U1"), decisions=(decided,))) == ["not verified"]
    moved = replace(decided, kind="transfer", outside="M/9")
    assert one(learner(entry("U1"), decisions=(moved,))).ready


def test_who_was_not_read_whole_is_not_ready() -> None:
    assert lacks(learner(*READY, rows_left_out=2)) == ["2 of the rows could not be read"]
    doubted = one(learner(*READY, doubt="two may be one"))
    assert doubted.lacking == (Lacking("not judged", "nobody may judge what was read: two may be one"),)
    assert doubted.stage == "registered"


def test_what_was_not_decided_is_not_ready() -> None:
    judgement = learner(*READY)
    undecided = replace(judgement.now, home=replace(judgement.now.home, status="unknown", units=()))
    assert codes(replace(judgement, now=undecided))[0] == "undecided"


def policy(**rule: Any) -> Policy:
    return Policy(id="p", title="A policy", rule=[PolicyRule(id="r", text="Look at it", **rule)])


def done(ref: str, who: str = "L1", day: date = SEEN, **sampling: Any) -> Assessment:
    return Assessment(who, ref, "Jane", day, sampling=Sampling(**sampling))


def test_what_the_policy_asks_of_a_stratum_is_lacking_until_it_was_sampled() -> None:
    each = policy(each=["assessor", "ref"], at_least=1)
    first = Lacking("not sampled", "“Look at it” (assessor Jane, ref U1): 0 of 1 sampled", "U1")
    second = Lacking("not sampled", "“Look at it” (assessor Jane, ref U2): 0 of 1 sampled", "U2")
    assert one(learner(*READY), policy=each).lacking == (first, second)
    assert one(learner(*READY), policy=each, done=(done("u1"),)).lacking == (second,)
    assert one(learner(*READY), policy=each, done=(done("U1"), done("U2"))).ready
    assert one(learner(*READY), policy=each, done=(done("U1"), done("U2", day=CHECKED))).lacking == (second,)
    noted = learner(entry("U1", iqa_sample="yes"), entry("U2", iqa_sample="yes"))
    assert one(noted, policy=each).ready


def test_the_sampler_s_day_is_taken_where_the_record_has_none() -> None:
    undated = learner(*(entry(ref, assessed=None) for ref in ("U1", "U2")))
    each = policy(each=["ref"], at_least=1)
    assert one(undated, policy=each, done=(done("U1"), done("U2"))).ready


def test_both_sides_of_a_share_of_a_stratum_and_who_waits_for_it() -> None:
    people = [learner(*READY, name=f"L{number}") for number in range(1, 4)]
    half = policy(each=["assessor"], percent=50)  # of six assessments
    two = (done("U1", "L1"), done("U2", "L1"))
    found = claims_of(people, ClaimTerms(TODAY, half, two))
    words = "“Look at it” (assessor Jane): 2 of 3 sampled"
    assert [[each.words for each in claim.lacking] for claim in found] == [[], [words], [words]]
    three = (*two, done("U2", "L3"))
    assert all(claim.ready for claim in claims_of(people, ClaimTerms(TODAY, half, three)))


def test_more_than_there_is_is_not_waited_for() -> None:
    assert one(learner(*READY), policy=policy(at_least=5), done=(done("U1"), done("U2"))).ready


def test_a_policy_over_what_portfolios_do_not_say_needs_the_table_of_assessments() -> None:
    risky = policy(where={"risk": ["high"]}, at_least=1)
    with pytest.raises(DataError, match="A policy, risk: no portfolio says this"):
        one(learner(*READY), policy=risky)
    table = (Assessment("L1", "U1", "Jane", SEEN, cells={"risk": "low"}), Assessment("L1", "U2", "Jane", SEEN, cells={"risk": "high"}))  # fmt: skip
    assert lacks(learner(*READY), policy=risky, assessments=table) == ["“Look at it” (all): 0 of 1 sampled"]
    assert one(learner(*READY), policy=risky, assessments=table, done=(done("U2"),)).ready
    site = policy(where={"site": ["Leeds"]}, at_least=1)
    assert one(learner(*READY), policy=site).ready
    assert codes(learner(*READY, details={"site": "Leeds"}), policy=site) == ["not sampled"]


def test_an_open_action_on_a_counted_unit_is_lacking() -> None:
    asked = done("U2", action="Cite the log", due=date(2026, 5, 1))
    words = "an action is open on Unit 2 (U2), due on 1 May 2026: Cite the log"
    assert one(learner(*READY), done=(asked,)).lacking == (Lacking("action open", words, "U2"),)
    closed = done("U2", action="Cite the log", done=date(2026, 4, 1))
    assert one(learner(*READY), done=(closed,)).ready
    assert one(learner(*READY), done=(replace(asked, unit="U4"), replace(asked, learner="L2"))).ready


# Dates, both sides of each edge

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ({"assessed": START}, ""),
        ({"assessed": START - DAY}, "Unit 2 (U2) was assessed on 4 January 2026, before the learner was registered on 5 January 2026"),
        ({"verified": SEEN}, ""),
        ({"verified": SEEN - DAY}, "Unit 2 (U2) was verified on 1 March 2026, before it was assessed on 2 March 2026"),
        ({"verified": TODAY}, ""),
        ({"verified": TODAY + DAY}, "Unit 2 (U2) was verified on 2 June 2026, to come"),
        ({"started": SEEN}, ""),
        ({"started": SEEN + DAY}, "Unit 2 (U2) was assessed on 2 March 2026, before it was started on 3 March 2026"),
        ({"started": START - DAY}, ""),
        ({"assessed": None, "verified": None}, "Unit 2 (U2) has no date of assessment or verification"),
        ({"assessed": None, "verified": None, "date": CHECKED}, ""),
        ({"assessed": None, "verified": None, "date": TODAY + DAY}, "Unit 2 (U2) was verified on 2 June 2026, to come"),
    ],
)  # fmt: skip
def test_dates_of_units_are_there_in_range_and_in_order(known: dict[str, Any], word: str) -> None:
    assert lacks(learner(entry("U1"), entry("U2", **known))) == ([word] if word else [])


def test_units_are_assessed_while_the_qualification_is() -> None:
    unregistered: dict[str, Any] = {"details": {"start": None}}
    early = learner(entry("U1"), entry("U2", assessed=date(2026, 1, 1)), **unregistered)
    assert one(early).ready
    before = learner(entry("U1"), entry("U2", assessed=date(2025, 12, 31)), **unregistered)
    assert codes(before) == ["date out of range"]
    assert "before the qualification began on 1 January 2026" in lacks(before)[0]


@pytest.mark.parametrize(
    ("on_file", "said", "today", "expected"),
    [
        (None, None, date(2026, 12, 31), []),
        (None, None, date(2027, 1, 1), ["certification unknown"]),
        (date(2027, 6, 30), None, date(2027, 6, 30), []),
        (date(2027, 6, 30), None, date(2027, 7, 1), ["certification ended"]),
        (date(2027, 6, 30), date(2027, 7, 1), date(2027, 7, 1), []),
        (None, date(2027, 6, 30), date(2027, 7, 1), ["certification ended"]),
    ],
)
def test_the_qualification_is_open_for_certification_on_the_day(
    on_file: date | None, said: date | None, today: date, expected: list[str]
) -> None:
    trade = replace(TRADE, certification_ends=on_file)
    assert codes(learner(*READY, of=trade), today=today, certification_ends=said) == expected


def test_who_was_registered_after_the_last_day_is_not_ready() -> None:
    later = replace(TRADE, ends=date(2026, 2, 1), certification_ends=date(2027, 1, 1))
    for start, expected in (
        (date(2026, 2, 1), []),
        (date(2026, 2, 2), ["registered too late"]),
        (None, ["registration unknown"]),
    ):
        assert codes(learner(*READY, of=later, details={"start": start})) == expected
    assert lacks(learner(*READY, of=later, details={"start": None})) == [
        "Only learners registered by 1 February 2026 can still complete it: no first day of this learner is on record"
    ]
    assert codes(learner(*READY, details={"start": TODAY + DAY}))[-1] == "date out of range"


# Stages


def test_a_claim_goes_through_its_stages_and_is_made_once() -> None:
    days = {"claimed": date(2026, 4, 1), "received": date(2026, 4, 2), "issued": date(2026, 4, 2)}
    for number in range(4):
        steps = dict(list(days.items())[:number])
        claim = one(learner(*READY), steps={"l1": steps})
        assert (claim.stage, claim.ready, claim.lacking) == (STAGES[1 + number], number == 0, ())
        assert claim.days == {"registered": START, "achieved": CHECKED, **dict.fromkeys(STAGES[2:]), **steps}
    claimed = one(learner(*(entry(ref, "claimed", date=date(2026, 4, 1)) for ref in ("U1", "U2"))))
    assert (claimed.stage, claimed.days["claimed"], claimed.lacking) == ("claimed", date(2026, 4, 1), ())
    undated = one(learner(*(entry(ref, "claimed") for ref in ("U1", "U2"))))
    assert (undated.stage, undated.days["claimed"], undated.ready) == ("claimed", None, False)
    more = one(learner(*(entry(ref, "claimed") for ref in ("U1", "U2")), entry("U4")))
    assert (more.stage, more.ready) == ("claimed", False)
    partly = one(learner(entry("U1", "claimed"), entry("U2")))
    assert (partly.stage, partly.ready) == ("achieved", True)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ({"claimed": CHECKED}, []),
        ({"claimed": CHECKED - DAY}, ["claimed on 8 March 2026, before it was achieved on 9 March 2026"]),
        ({"claimed": TODAY}, []),
        ({"claimed": TODAY + DAY}, ["claimed on 2 June 2026, to come"]),
        ({"received": TODAY}, ["received on 1 June 2026, but no day says when it was claimed"]),
        ({"claimed": TODAY, "issued": TODAY}, ["issued on 1 June 2026, but no day says when it was received"]),
        ({"claimed": TODAY, "received": TODAY - DAY}, ["received on 31 May 2026, before it was claimed on 1 June 2026"]),
    ],
)  # fmt: skip
def test_steps_of_a_claim_are_in_order(steps: Mapping[Any, date], words: list[str]) -> None:
    assert lacks(learner(*READY), steps={"l1": steps}) == words


def test_steps_are_read_from_the_workbook_of_claims() -> None:
    judgements = [learner(*READY), learner(entry("U1"), name="=1+1")]
    terms = ClaimTerms(TODAY)
    book = openpyxl.load_workbook(io.BytesIO(claims_workbook(TRADE, claims_of(judgements, terms), terms)))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    sheet = book["Claims"]
    heads = [cell.value for cell in sheet[5]]
    assert heads == ["Learner", "Name", "Ready", "Stage", *(stage.capitalize() for stage in STAGES)]
    sheet.cell(6, heads.index("Claimed") + 1, datetime(2026, 4, 1))
    kept = io.BytesIO()
    book.save(kept)
    steps, problems = read_steps("claims.xlsx", kept.getvalue(), ["L1", "=1+1"])
    assert problems == ()
    assert steps["l1"] == {"claimed": date(2026, 4, 1), "received": None, "issued": None}
    content = b"learner,claimed\nL1,2026-04-01\nL1,2026-04-02\nL9,2026-04-01\n"
    steps, problems = read_steps("s.csv", content, ["L1"])
    assert [(p.row, p.field, p.message) for p in problems] == [
        (3, "learner", "stands in a row before"),
        (4, "learner", "no such learner in the portfolios"),
    ]


# The claim file


@pytest.fixture
def format_of(tmp_path: Path) -> Callable[[str], ClaimFormat]:
    """A form of claim files from its TOML."""

    def made(text: str) -> ClaimFormat:
        path = tmp_path / "format.toml"
        path.write_text(f'id = "f"\ntitle = "A form"\n{text}', encoding="utf-8")
        return load_format(path)

    return made


def column(**keys: object) -> str:
    lines = (f"{key} = {json.dumps(value)}" for key, value in keys.items())
    return "\n".join(["[[column]]", *lines, ""])


def test_a_claim_file_has_the_columns_lengths_and_dates_that_its_form_says(
    format_of: Callable[[str], ClaimFormat],
) -> None:
    form = format_of(
        column(column="Who", value="learner", length=3)
        + column(column="Award", value="qualification")
        + column(column="Got", value="achieved", form="DDMMYY")
        + column(column="Made", value="claimed", form="DD/MM/YYYY")
        + column(column="Began", value="start")
        + column(column="Centre", fixed="C 7")
        + column(column="Sum", value="credits", form="digits")
        + column(column="Which", value="units")
    )
    judgements = [learner(*READY), learner(entry("U1"), name="L2")]
    found = claim_file(form, claims_of(judgements, ClaimTerms(TODAY)), TODAY)
    assert list(csv.reader(io.StringIO(found.content().decode("utf-8-sig")))) == [
        ["Who", "Award", "Got", "Made", "Began", "Centre", "Sum", "Which"],
        ["L1", "Q/1", "090326", "01/06/2026", "2026-01-05", "C 7", "5", "U1 U2"],
    ]
    assert (found.learners, found.left_out, found.problems) == (("L1",), (), ())


def test_a_row_for_each_unit_is_another_form(format_of: Callable[[str], ClaimFormat]) -> None:
    names = ("learner", "ref", "title", "unit_level", "unit_credits", "unit_assessor", "assessed", "verified")
    form = format_of('rows = "unit"\n' + "".join(column(column=name, value=name) for name in names))
    found = claim_file(form, claims_of([learner(*READY)], ClaimTerms(TODAY)), TODAY)
    assert found.rows == (
        ("L1", "U1", "Unit 1", "2", "2", "Jane", "2026-03-02", "2026-03-09"),
        ("L1", "U2", "Unit 2", "2", "3", "Jane", "2026-03-02", "2026-03-09"),
    )


@pytest.mark.parametrize(
    ("keys", "details", "message"),
    [
        ({"length": 11}, {}, ""),
        ({"length": 10}, {}, "has 11 characters, and the column takes 10"),
        ({"shortest": 11}, {}, ""),
        ({"shortest": 12}, {}, "has 11 characters, and the column takes 12 or more"),
        ({"required": True}, {"name": ""}, "must not be empty"),
        ({}, {"name": ""}, ""),
        ({"form": "digits"}, {"name": "0123"}, ""),
        ({"form": "digits"}, {"name": "01 23"}, "must be digits"),
        ({"form": "digits"}, {"name": "٣"}, "must be digits"),
        ({}, {"name": "=1+1"}, "could be taken for a formula"),
        ({}, {"name": "a\nb"}, "holds a line break or a control character"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_cell_and_its_learner_is_not_written(
    format_of: Callable[[str], ClaimFormat], keys: dict[str, object], details: dict[str, str], message: str
) -> None:
    form = format_of(column(column="Who", value="learner") + column(column="Called", value="name", **keys))
    claims = claims_of([learner(*READY, details=details), learner(*READY, name="L2")], ClaimTerms(TODAY))
    found = claim_file(form, [claims[0], replace(claims[1], judgement=learner(*READY, name="L2", details={"name": "12345678901"}))], TODAY)  # fmt: skip
    value = details.get("name", "Ada Example")
    if message:
        told = [(p.field, p.value, p.message) for p in found.problems]
        said = f"L1: {message}; the learner is left out of the file"
        assert ("Called", value or "(empty)", said) in told
        assert "L1" in found.left_out
        assert "L1" not in found.content().decode()
    else:
        assert ("L1", value) in found.rows


def test_nobody_is_written_in_part(format_of: Callable[[str], ClaimFormat]) -> None:
    form = format_of('rows = "unit"\n' + column(column="Who", value="unit_assessor", length=4))
    judgement = learner(entry("U1"), entry("U2", assessor="Joanna"))
    found = claim_file(form, claims_of([judgement], ClaimTerms(TODAY)), TODAY)
    assert (found.rows, found.left_out) == ((), ("L1",))
    assert [p.message for p in found.problems] == [
        "L1, U2: has 6 characters, and the column takes 4; the learner is left out of the file"
    ]


def test_a_form_names_everything_that_is_wrong_with_it(format_of: Callable[[str], ClaimFormat]) -> None:
    text = (
        column(column="A", value="learner", fixed="x")
        + column(column="a", value="ref")
        + column(column="B", value="nobody")
        + column(column="C", value="achieved", form="MM/YYYY")
        + column(column="D", value="learner", form="DD/MM/YYYY")
        + column(column="E", value="learner", shortest=9, length=8)
        + column(column="F", value="start", form="DD.MM.YYYYYY")
    )
    with pytest.raises(DataError) as caught:
        format_of(text)
    assert [problem.field for problem in caught.value.problems] == [
        "column[1].column", "column[1].value", "column[2].column", "column[2].value", "column[3].value",
        "column[4].form", "column[5].form", "column[6].shortest", "column[7].form",
    ]  # fmt: skip
    assert 'stands only in a file with rows = "unit"' in str(caught.value)
    assert load_format().id == "example-claim-file"


# The oracle: everything anew from rows, nothing of the planner but which units it counts


def valid(refs: Iterable[str]) -> bool:
    """Whether these units meet the rules of TRADE."""
    return sum(CREDITS[ref] for ref in refs) >= 5 and not {"U2", "U3"} <= set(refs)


@dataclass(frozen=True)
class Drawn:
    """A row of a portfolio."""

    learner: str
    ref: str
    status: EntryStatus
    assessor: str
    assessed: date | None
    verified: date | None
    sampled: bool

    @property
    def achieved(self) -> bool:
        return self.status in ("assessed", "verified")


def drawn_row(rng: random.Random, who: str, ref: str) -> Drawn:
    statuses: list[EntryStatus] = ["verified", "verified", "verified", "verified", "assessed", "in progress"]
    status = rng.choice(statuses)
    shift = rng.choice([0, 0, 0, 0, 0, 0, 0, -80, 100])
    assessed = SEEN + timedelta(shift + rng.randint(-6, 6))
    verified = CHECKED + timedelta(shift + rng.randint(-6, 6)) if status == "verified" else None
    days = [None if day is None or rng.random() < 0.1 else day for day in (assessed, verified)]
    return Drawn(who, ref, status, rng.choice(["Jane", "Olu"]), days[0], days[1], rng.random() < 0.6)


def faults(row: Drawn, rows: Sequence[Drawn], rule: Mapping[str, Any]) -> Counter[str]:
    """The codes of what stands in the way of an achieved unit; those of strata by their key."""
    days = [row.assessed, row.verified]
    found = Counter({"not verified": int(row.status != "verified"), "date missing": int(not any(days))})
    found["date out of range"] += sum(day is not None and (day > TODAY or day < START) for day in days)
    found["dates out of order"] += bool(row.assessed and row.verified and row.verified < row.assessed)
    key = [getattr(row, name) for name in rule["each"]]
    members = [r for r in rows if r.achieved and [getattr(r, name) for name in rule["each"]] == key]
    asked = rule.get("at_least") or ceil(rule["percent"] * len(members) / 100 - 1e-9)
    if not row.sampled and sum(r.sampled for r in members) < min(asked, len(members)):
        found[f"stratum {key}"] = 1
    return +found


def check(claim: Claim, rows: Sequence[Drawn], rule: Mapping[str, Any]) -> Counter[str]:
    """Compares a claim with every way to count its learner's units; returns what is lacking, by code."""
    who = claim.portfolio.learner
    wrong = {r.ref: faults(r, rows, rule) for r in rows if r.learner == who and r.achieved}
    ways = [some for size in range(5) for some in combinations(wrong, size) if valid(some)]
    expected: Counter[str] = Counter()
    if ways:
        assert valid(claim.counted)
        fewest = min(sum(bool(wrong[ref]) for ref in some) for some in ways)
        assert sum(bool(wrong[ref]) for ref in claim.counted) == fewest
    else:
        expected["rule"] += int(sum(CREDITS[ref] for ref in claim.counted) < 5)
        expected["rule"] += int({"U2", "U3"} <= set(claim.counted))
    for ref in claim.counted:
        expected.update({code: n for code, n in wrong[ref].items() if not code.startswith("stratum")})
    strata = {code for ref in claim.counted for code in wrong[ref] if code.startswith("stratum")}
    expected["not sampled"] += len(strata)
    assert Counter(each.code for each in claim.lacking) == +expected
    assert claim.ready == bool(ways and not +expected)
    return +expected


def test_random_portfolios_lack_what_the_oracle_says() -> None:
    rng = random.Random(4)
    seen: Counter[str] = Counter()
    for _ in range(deep(60, 1_500)):
        people = [f"L{number}" for number in range(rng.randint(1, 4))]
        rows = [drawn_row(rng, who, ref) for who in people for ref in CREDITS if rng.random() < 0.9]
        rule: dict[str, Any] = {"each": rng.sample(["learner", "ref", "assessor"], rng.randint(1, 2))}
        rule |= {"at_least": rng.randint(1, 2)} if rng.random() < 0.5 else {"percent": rng.randint(1, 100)}
        judgements = [
            learner(*(_entry_of(row) for row in rows if row.learner == who), name=who) for who in people
        ]
        before = tuple(
            done(row.ref, row.learner, row.assessed or date(2026, 2, 2))
            for row in rows
            if row.achieved and row.sampled
        )
        for claim in claims_of(judgements, ClaimTerms(TODAY, policy(**rule), before)):
            seen.update(check(claim, rows, rule))
            seen["ready"] += claim.ready
    assert len(seen) == 7, seen
    assert min(seen.values()) >= 5, seen


def _entry_of(row: Drawn) -> Entry:
    return Entry(row.ref, row.status, assessor=row.assessor, assessed=row.assessed, verified=row.verified)


# The command

PORTFOLIO = "learner,name,ref,status,assessor,assessed,verified,start,unique_learner_number\n"


def portfolio_rows(who: str, refs: tuple[str, ...], number: str = "1234567890") -> str:
    return "".join(
        f"{who},{who} Example,{ref},verified,Jane,2013-01-07,2013-01-14,2012-09-03,{number}\n" for ref in refs
    )


ENOUGH = ("D/503/0352", "T/503/0342", "H/503/0403", "H/600/9660", "J/503/0426", "K/503/0385", "L/503/0394")


def test_the_command_says_who_is_ready_and_writes_the_claim_file(run: Run, tmp_path: Path) -> None:
    path, claim, book = tmp_path / "p.csv", tmp_path / "claim.csv", tmp_path / "c.xlsx"
    path.write_text(
        PORTFOLIO + portfolio_rows("L1", ENOUGH) + portfolio_rows("L2", ENOUGH, "123") + portfolio_rows("L3", ENOUGH[:2]),
        encoding="utf-8",
    )  # fmt: skip
    arguments = ("claims", path, "--today", "2013-06-01", "--csv", claim, "--xlsx", book, "--json")
    code, out, err = run(*arguments)
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert found["today"] == "2013-06-01"
    assert [(each["learner"], each["ready"], each["stage"]) for each in found["learners"]] == [
        ("L1", True, "achieved"),
        ("L2", True, "achieved"),
        ("L3", False, "registered"),
    ]
    assert {"code": "rule", "words": "“learners must achieve 28 credits”: 6 of 28 credits"} in found["learners"][2]["lacking"]  # fmt: skip
    assert found["claim_file"]["learners"] == ["L1"]
    assert found["claim_file"]["left_out"] == ["L2"]
    assert [(p["field"], p["value"]) for p in found["problems"]] == [("Unique learner number", "123")]
    lines = claim.read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == f"L1,L1 Example,1234567890,600/5106/1,03/09/2012,14/01/2013,{' '.join(sorted(ENOUGH))}"
    assert len(lines) == 2
    assert openpyxl.load_workbook(book).sheetnames == ["Claims", "Lacking", "Rejected rows", "About"]


def test_the_exit_code_says_whether_everybody_is_ready(run: Run, tmp_path: Path) -> None:
    path, claim = tmp_path / "p.csv", tmp_path / "claim.csv"
    path.write_text(PORTFOLIO + portfolio_rows("L1", ENOUGH), encoding="utf-8")
    assert run("claims", path, "--today", "2013-06-01")[0] == 0
    code, out, _ = run("claims", path)
    assert code == 1
    assert "No last day for claims is on file" in " ".join(out.split())
    code, out, err = run("claims", path, "--csv", claim)
    assert (code, claim.exists()) == (1, False)
    assert "Nobody can be claimed: no claim file is written." in err
    assert run("claims", path, "--certification-ends", "2099-01-01")[0] == 0
    steps = tmp_path / "steps.csv"
    steps.write_text("learner,claimed\nL1,2013-02-01\n", encoding="utf-8")
    code, out, _ = run("claims", path, "--today", "2013-06-01", "--steps", steps, "--json")
    assert (code, json.loads(out)["learners"][0]["stage"]) == (0, "claimed")
    for wrong in (("--today", "soon"), ("--csv", "a.xlsx"), ("--format", path)):
        assert run("claims", path, *wrong)[0] == 2


def test_the_command_looks_at_samples_where_a_policy_or_what_was_done_is_given(
    run: Run, tmp_path: Path
) -> None:
    path, done_file = tmp_path / "p.csv", tmp_path / "d.csv"
    path.write_text(PORTFOLIO + portfolio_rows("L1", ENOUGH), encoding="utf-8")
    rows = "".join(f"L1,{ref},Jane,2013-01-07,2013-01-10,,,,\n" for ref in ENOUGH)
    heads = "learner,ref,assessor,date,sampled_on,outcome,action,action_due,action_done\n"
    for text, expected_code in ((heads + rows, 0), (heads + rows.replace("2013-01-10", ""), 1)):
        done_file.write_text(text, encoding="utf-8")
        code, out, _ = run("claims", path, "--today", "2013-06-01", "--done", done_file, "--json")
        assert code == expected_code
        assert json.loads(out)["policy"]["id"] == "example"
