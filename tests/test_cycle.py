"""Plans of a cycle of professional development, against brute force and by hand."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.cpd.cycle_plan import CyclePlan, plan_cycle, plan_readings
from planner.cpd.intent import CYCLE_GOALS, CycleGoal, Intent, intent_of
from planner.cpd.scheme import Reading, load_readings, slot
from planner.cpd.tracking import most_points, spread, tracker
from planner.errors import DataError, DisagreementError
from planner.rules.goal import Stage
from planner.rules.model import Model, Outcome
from planner.rules.rule import Bound
from tests.cpd_files import activities, reading, rule, toml, write_scheme
from tests.cpd_oracle import Ask, Brute
from tests.strategies import deep

ANY = load_readings()["ccmg-ccop-any"]

MOST = 4
"""The greatest lower limit of the invented rules."""


@dataclass(frozen=True)
class Case:
    """An invented scheme with a member's wishes."""

    listed: str
    text: str
    intent: Intent
    ask: Ask

    def brute(self, folder: Path) -> Brute:
        return Brute(folder / "cpd", "r1", self.ask, MOST)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    years = draw(st.integers(1, 2))
    rows, refs = [], ["x", "y", "z"][: draw(st.integers(1, 5 - years))]
    groups = []
    for ref in refs:
        groups.append(draw(st.sampled_from("ab")))
        limits = [draw(st.sampled_from(["", "", "1", "2"])) for _ in range(2)]
        cells = (groups[-1], ref, f"Do {ref}", draw(st.integers(1, 3)), draw(st.sampled_from([0, 5, 7, 20])))
        plannable = draw(st.sampled_from(["yes", "yes", "yes", "no"]))
        rows.append(",".join(map(str, (*cells, *limits, plannable, ""))))
    rules = [draw(_rules(n, groups, refs, years)) for n in range(draw(st.integers(1, 4)))]
    done = draw(st.dictionaries(st.tuples(st.sampled_from(refs), st.integers(1, years)), st.integers(1, 2)))
    ask = Ask(
        done=done,
        year=draw(st.integers(1, years + 1)),
        pins=draw(st.dictionaries(st.sampled_from(refs), st.integers(1, 3), max_size=2)),
        excludes=draw(st.sets(st.sampled_from(refs), max_size=2)),
        minutes=draw(st.dictionaries(st.sampled_from(refs), st.integers(0, 9), max_size=1)),
    )
    goals: tuple[CycleGoal, ...] = draw(
        st.sampled_from([CYCLE_GOALS, CYCLE_GOALS[::-1], CYCLE_GOALS[:1], CYCLE_GOALS[1:]])
    )
    intent = Intent(
        {slot(*name): times for name, times in done.items()},
        ask.year,
        ask.pins,
        frozenset(ask.excludes),
        ask.minutes,
        goals,
    )
    return Case(activities(*rows), reading(*rules, years=years), intent, ask)


@st.composite
def _rules(draw: st.DrawFn, number: int, groups: list[str], refs: list[str], years: int) -> str:
    if draw(st.integers(0, 5)) == 0:
        parts = []
        for n in range(2):
            where = draw(_wheres(groups, refs, years))
            parts.append(
                {
                    "id": f"c{number}-{n}",
                    "text": "a part",
                    "count": "times",
                    "at_least": draw(st.integers(1, MOST)),
                }
                | ({"where": where} if where else {})
            )
        return f'[[rule]]\nid = "c{number}"\ntext = "either"\nany = {toml(parts)}\n'
    keys: dict[str, object] = {"count": draw(st.sampled_from(["points", "times"]))}
    where = draw(_wheres(groups, refs, years))
    if where:
        keys["where"] = where
    low = draw(st.integers(0, MOST))
    kind = draw(st.sampled_from(["least", "least", "most", "both"]))
    if kind != "most":
        keys["at_least"] = low
    if kind != "least":
        keys["at_most"] = low + draw(st.integers(0, 2))
    return rule(f"r{number}", **keys)


@st.composite
def _wheres(draw: st.DrawFn, groups: list[str], refs: list[str], years: int) -> dict[str, str]:
    where = {}
    if draw(st.booleans()):
        where["group"] = draw(st.sampled_from(groups))
    tags = [f"year-{year}" for year in range(1, years + 1)] + ([] if where else refs)
    if draw(st.booleans()):
        where["tag"] = draw(st.sampled_from(tags))
    return where


def solved(case: Case, folder: Path) -> tuple[Reading, CyclePlan]:
    write_scheme(folder, [case.text], case.listed)
    found = load_readings(folder)["r"]
    return found, plan_cycle(found, case.intent)


def evenness(found: CyclePlan) -> tuple[int, int]:
    """The minutes of the busiest year, and how often at most one thing is to be done in a year."""
    years = Counter[int]()
    for step in found.steps:
        years[step.year] += step.minutes
    return max(years.values(), default=0), max((step.times for step in found.steps), default=0)


def unevenness(found: CyclePlan) -> int:
    """By how many activities of a category the fullest year left and the emptiest differ, all categories."""
    return sum(max(years) - min(years) for years in spread(found).values())


@settings(max_examples=deep(30, 400))
@given(cases())
def test_a_plan_is_as_good_as_brute_force(case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, found = solved(case, folder)
        brute = case.brute(folder)
        met, lost, values = brute.best(case.intent.goals)
        assert found.status == ("optimal" if met else "infeasible")
        assert len(found.lost) == lost
        assert [*(goal.value for goal in found.goals), *evenness(found)] == values
        assert all(goal.proven for goal in found.goals)
        if found.found:
            slots = found.reading.slots
            counted = {(slots[name].activity.ref, slots[name].year): n for name, n in found.counted.items()}
            assert unevenness(found) == brute.evenest(counted)
        assert all(times <= case.intent.done.get(name, 0) for name, times in found.surplus.items())
        if found.clash is not None:
            _assert_minimal(brute, found)


def _assert_minimal(brute: Brute, found: CyclePlan) -> None:
    """The clash cannot stand, and can without any one of its wishes, years and rules."""
    assert found.clash is not None
    clash = found.clash
    rules = [clashing.id for clashing in clash.rules]
    pins, excludes, years = clash.pins, clash.excludes, clash.years
    assert not brute.possible(rules, pins, excludes, years)
    for one in rules:
        assert brute.possible([other for other in rules if other != one], pins, excludes, years)
    # A wish, or a year, is needed under all the rules together.
    for one in pins:
        assert brute.possible(brute.ids, [other for other in pins if other != one], excludes, years)
    for one in excludes:
        assert brute.possible(brute.ids, pins, [other for other in excludes if other != one], years)
    for year in years:
        assert brute.possible(brute.ids, pins, excludes, [other for other in years if other != year])


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    return load_readings()


@pytest.fixture(scope="module")
def default(readings: dict[str, Reading]) -> Reading:
    return readings["ccmg-ccop-plan"]


@pytest.mark.parametrize(
    ("name", "hours", "points"),
    [
        ("any", 122.5, 105),
        ("plan", 160, 106),
        ("list", 160, 106),
        ("list-apart", 197, 131),
        ("list-education", 250, 106),
        ("sections", 195, 116),
        ("sections-open", 160, 106),
        ("sections-table", 336.5, 116),
        ("every", 511.5, 150),
    ],
)
def test_each_shipped_reading_has_this_least_effort(
    readings: dict[str, Reading], name: str, hours: float, points: int
) -> None:
    found = plan_cycle(readings[f"ccmg-ccop-{name}"], Intent())
    assert (found.status, found.minutes / 60, found.points) == ("optimal", hours, points)
    assert all(finding.holds for finding in found.findings)


def test_the_least_hours_of_the_shipped_default_can_be_added_up_by_hand(default: Reading) -> None:
    """105 points: courses 10, events 45, two plans 20, reading 30; the years ask for no more.

    Per point a course takes 1 h, an event 2, a plan 1, an article 1 (15 at most), a blog 1.5 and no activity
    of these categories less, but for a membership. 45 points of events of 2 points are 46. Of 30 points of
    reading at least 15 are blogs of 2 points, so 8 blogs and 14 articles.
    """
    found = plan_cycle(default, Intent())
    times = dict.fromkeys(default.activities, 0)
    for step in found.steps:
        times[step.activity.ref] += step.times
    events = times["ccmg-event"] + times["other-event"]
    assert [events, *(times[ref] for ref in ("article", "blog", "pdp"))] == [23, 14, 8, 2]
    assert sum(times[ref] for ref in times if ref.startswith("course-")) == 5
    assert found.minutes == 60 * (5 * 2 + 23 * 4 + 2 * 10 + 14 * 1 + 8 * 3)


def test_articles_beyond_the_maximum_are_held_and_not_counted(default: Reading) -> None:
    found = plan_cycle(default, Intent({slot("article", 1): 20}))
    assert found.counted[slot("article", 1)] == 15
    assert found.surplus == {slot("article", 1): 5}
    assert found.status == "optimal"
    assert found.points_of("reading", 1, done=True) == 15
    (row,) = [row for row in found.to_json()["activities"] if row["ref"] == "article" and row["year"] == 1]
    assert (row["done"], row["counted"], row["new"], row["points"]) == (20, 15, 0, 15)


def full_year(year: int, missing: int = 0) -> dict[str, int]:
    """A year's third of all that the default reading asks for, and points missing: 35 - `missing`.

    10 points of courses in year 1, 16 to 20 of events, 10 of a plan, articles and blogs.
    """
    parts = {
        1: {f"course-{name}": 1 for name in ("anger", "performance", "time", "emotional", "esteem")}
        | {"ccmg-event": 10, "article": 5},
        2: {"ccmg-event": 10, "article": 5, "pdp": 1},
        3: {"ccmg-event": 2, "other-event": 1, "pdp": 1, "article": 5, "blog": 7, "membership": 1 - missing},
    }
    return {slot(ref, year): times for ref, times in parts[year].items() if times}


def test_a_year_of_34_points_that_is_over_cannot_be_mended(default: Reading) -> None:
    done = {slot("ccmg-event", 1): 17}
    short = plan_cycle(default, Intent(done, year=2))
    assert short.status == "infeasible"
    assert short.clash is not None
    assert (short.clash.years, [r.id for r in short.clash.rules]) == ((1,), ["year-1"])
    assert [lost.id for lost in short.lost] == ["year-1"]
    enough = plan_cycle(default, Intent({**done, slot("membership", 1): 1}, year=2))
    assert enough.status == "optimal"
    assert enough.points_of(year=1) == 35
    assert plan_cycle(default, Intent(done, year=1)).status == "optimal"


def test_a_cycle_of_105_points_is_met_and_one_of_104_is_not(tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading(rule("total", at_least=105), years=3)])
    found = load_readings(tmp_path)["r"]
    done = {slot("talk", 1): 52}
    short = plan_cycle(found, Intent(done, year=4))
    assert (short.status, [lost.id for lost in short.lost], short.points) == ("infeasible", ["total"], 104)
    assert short.clash is not None
    assert short.clash.years  # with a year left it could still be mended
    met = plan_cycle(found, Intent({**done, slot("read", 3): 1}, year=4))
    assert (met.status, met.points, met.new) == ("optimal", 105, {})


def test_nothing_new_is_planned_in_years_that_are_over(default: Reading) -> None:
    found = plan_cycle(default, Intent(full_year(1), year=2))
    assert found.status == "optimal"
    assert min(step.year for step in found.steps) == 2


def test_a_whole_cycle_done_leaves_nothing_to_do(default: Reading) -> None:
    done = {**full_year(1), **full_year(2), slot("ccmg-event", 3): 3, slot("pdp", 3): 1}
    done |= {slot("article", 3): 5, slot("blog", 3): 8}
    found = plan_cycle(default, Intent(done, year=4))
    assert (found.status, found.minutes, found.new) == ("optimal", 0, {})
    assert found.points == 35 + 35 + 37


def test_a_pin_counts_what_is_done_already(default: Reading) -> None:
    found = plan_cycle(default, Intent({slot("show", 1): 1}, pins={"show": 3}))
    assert sum(times for name, times in found.new.items() if name.startswith("show ")) == 2
    assert found.findings[-1].holds


def test_what_is_left_out_is_not_planned_and_still_counts_if_done(default: Reading) -> None:
    found = plan_cycle(default, Intent({slot("blog", 1): 1}, excludes=frozenset({"blog"})))
    assert found.counted[slot("blog", 1)] == 1
    assert not [step for step in found.steps if step.activity.ref == "blog"]


def test_what_is_asked_for_and_left_out_is_a_conflict_in_a_whole_sentence(default: Reading) -> None:
    found = plan_cycle(default, Intent(pins={"article": 1}, excludes=frozenset({"article"})))
    assert found.clash is not None
    assert (found.clash.pins, found.clash.excludes, found.clash.rules) == (("article",), ("article",), ())
    assert found.clash.in_words(default).endswith(" These cannot stand together.")
    assert [lost.id for lost in found.lost] == ["pin article"]


def test_a_conflict_says_how_often_something_was_asked_for(default: Reading) -> None:
    plan = plan_cycle(default, Intent(pins={"pdp": 4}))
    assert plan.clash is not None
    assert plan.clash.in_words(default).startswith(
        "You asked for “Complete and monitor a personal development plan”, 4 times. This cannot stand under: "
    )


def test_a_prize_that_is_expected_is_planned_once_and_no_more(default: Reading) -> None:
    found = plan_cycle(default, Intent(pins={"industry-award": 1}))
    assert sum(step.times for step in found.steps if step.activity.ref == "industry-award") == 1
    had = plan_cycle(default, Intent({slot("industry-award", 1): 1}, pins={"industry-award": 1}))
    assert not [step for step in had.steps if step.activity.ref == "industry-award"]
    assert not [step for step in plan_cycle(default, Intent()).steps if not step.activity.plannable]


def test_what_takes_no_time_does_not_pile_up(default: Reading) -> None:
    found = plan_cycle(default, Intent(minutes={"ccmg-event": 0}, goals=("hours",)))
    assert [goal.id for goal in found.goals] == ["hours"]
    assert sum(step.times for step in found.steps if step.activity.ref == "ccmg-event") == 23


def test_an_upper_limit_is_never_given_up(tmp_path: Path) -> None:
    """One plan a year at most: with the cycle nearly over 6 points from plans are out of reach."""
    write_scheme(
        tmp_path,
        [
            reading(
                rule("plans", where={"tag": "plan"}, at_least=6),
                rule("talks", where={"tag": "talk"}, at_least=8),
            )
        ],
    )
    found = plan_cycle(load_readings(tmp_path)["r"], Intent(year=2))
    assert found.status == "infeasible"
    assert [lost.id for lost in found.lost] == ["plans"]
    assert found.points_of() == 8


def test_of_a_rule_with_two_limits_only_the_lower_one_is_given_up(tmp_path: Path) -> None:
    """Exactly 5 points of talks of 2 points each cannot be; more than 5 count never."""
    exact = rule("exact", where={"tag": "talk"}, at_least=5, at_most=5)
    write_scheme(tmp_path, [reading(exact, rule("total", at_least=5))])
    found = plan_cycle(load_readings(tmp_path)["r"], Intent({slot("talk", 1): 9}))
    assert [lost.id for lost in found.lost] == ["exact"]
    assert found.counted[slot("talk", 1)] == 2


def test_events_are_spread_over_the_years(default: Reading) -> None:
    """23 events of two points in three years: no year has more than 8 of them, nor more than 54 hours."""
    found = plan_cycle(default, Intent())
    events = Counter[int]()
    for step in found.steps:
        if step.activity.ref in ("ccmg-event", "other-event"):
            events[step.year] += step.times
    assert sorted(events.values()) == [7, 8, 8]
    assert evenness(found) == (54 * 60, 5)


def test_goals_in_another_order_give_fewer_activities(default: Reading) -> None:
    hours = plan_cycle(default, Intent())
    fewest = plan_cycle(default, Intent(goals=("activities", "hours")))
    assert fewest.goals[0].value < hours.goals[1].value
    assert fewest.goals[1].value > hours.goals[0].value


def test_the_same_question_gives_the_same_plan(default: Reading) -> None:
    intent = Intent({slot("article", 1): 3}, year=2 - 1, pins={"show": 1})
    assert plan_cycle(default, intent).new == plan_cycle(default, intent).new


def test_without_time_nothing_is_decided(default: Reading) -> None:
    found = plan_cycle(default, Intent(), seconds=0.0)
    assert (found.status, found.found, found.points, tracker(found), found.surplus) == (
        "unknown",
        False,
        0,
        (),
        {},
    )
    assert found.to_json()["points"] is None


def test_the_readings_of_a_scheme_are_planned_side_by_side(readings: dict[str, Reading]) -> None:
    plans = plan_readings(readings.values(), Intent({slot("article", 1): 20}))
    assert [plan.reading.id for plan in plans] == list(readings)
    assert {plan.summary()["status"] for plan in plans} == {"optimal"}
    assert all(plan.counted[slot("article", 1)] <= 15 for plan in plans)


def test_the_tracker_adds_up_to_the_plan(default: Reading) -> None:
    found = plan_cycle(default, Intent(full_year(1), year=2))
    cells = {(cell.categories, cell.year): cell for cell in tracker(found)}
    whole = cells[(), None]
    assert (whole.earned + whole.planned, whole.at_least) == (found.points, 105)
    assert (cells[(), 1].earned, cells[(), 1].planned, cells[(), 1].at_least) == (35, 0, 35)
    assert cells[("education",), 2].at_most == 20
    assert cells[("reading", "publishing"), None].at_least == 30
    assert cells[("reading", "publishing"), None].title == "Reading and blogging + Publishing"
    names = [(name,) for name in default.categories]
    assert sum(cells[name, None].planned for name in names) == whole.planned


def test_what_counts_of_what_was_done_keeps_the_upper_limits(default: Reading) -> None:
    done = {slot("article", 1): 20, slot("qualification", 2): 50, slot("pdp", 3): 1}
    assert most_points(default, done) == 15 + 20 + 10
    assert most_points(default, {}) == 0


@pytest.mark.parametrize(("name", "counts"), [("any", 0), ("every", 0), ("plan", 7), ("sections", 7)])
def test_informal_activities_count_where_a_reading_does_not_ask_for_formal_ones(
    readings: dict[str, Reading], name: str, counts: int
) -> None:
    assert most_points(readings[f"ccmg-ccop-{name}"], {slot("informal", 1): 7}) == counts


def test_wishes_are_read_as_people_type_them(default: Reading) -> None:
    intent = intent_of(
        default,
        pins=["Article = 3", "PDP"],
        excludes=["attend a ccmg event"],
        minutes=["blog=90"],
        taking={"blog": 5, "book": 7},
        goals=["Activities", "activities", "hours"],
        year=4,
    )
    assert intent.pins == {"article": 3, "pdp": 1}
    assert intent.excludes == {"ccmg-event"}
    assert intent.minutes == {"blog": 90, "book": 7}
    assert intent.goals == ("activities", "hours")
    assert intent_of(default).goals == CYCLE_GOALS


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"pins": ["artikle"]}, "pins = 'artikle': no activity of this scheme has this ref or title; did you mean article?"),
        ({"pins": ["article=0"]}, "must be an activity with a whole number from 1 to 1,000"),
        ({"pins": ["article=x"]}, "must be an activity with a whole number"),
        ({"pins": ["article", "ARTICLE=2"]}, "names an activity a second time"),
        ({"pins": [""]}, "no activity of this scheme"),
        ({"excludes": ["nothing like it"]}, "excludes = 'nothing like it': no activity"),
        ({"minutes": ["article"]}, "from 0 to 100,000"),
        ({"minutes": ["article=-1"]}, "from 0 to 100,000"),
        ({"goals": ["hour"]}, "must be one of hours, activities; did you mean hours?"),
        ({"year": 0}, "year = '0': must be from 1 to 3, or 4 once the cycle is over"),
        ({"year": 5}, "year = '5'"),
    ],
)  # fmt: skip
def test_wishes_that_make_no_sense_are_told(
    default: Reading, wishes: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(DataError) as error:
        intent_of(default, **wishes)  # type: ignore[arg-type]
    assert words in str(error.value)
    assert len(error.value.problems) == 1


@given(st.text(max_size=20), st.text(max_size=20))
@example("=", "==")
@settings(max_examples=deep(30, 400))
def test_no_text_typed_as_a_wish_breaks_the_reader(one: str, other: str) -> None:
    found = ANY
    with suppress(DataError):
        assert intent_of(found, pins=[one], excludes=[other], minutes=[one], goals=[other]).year == 1


def test_a_model_of_counts_answers_each_question_afresh() -> None:
    """The values of the stages of one search must not bind the next."""
    model = Model({"a": (0, 5), "b": (0, 5)}, [Bound("r", "r", {"a": 1, "b": 1}, at_least=4)])
    first = model.solve({}, [Stage("a", {"a": 1})], 5)
    second = model.solve({}, [Stage("b", {"b": 1})], 5)
    assert (first.counts["a"], second.counts["b"]) == (0, 0)
    assert first.values == {"a": 0}
    assert second.bounds == {"b": 0}


def test_a_rule_over_nothing_is_settled_at_once() -> None:
    impossible = Bound("r", "r", {"a": 1}, at_least=1)
    assert Model({}, [impossible], sums={"a": []}).solve({}, seconds=5).decision == "infeasible"
    kept = Bound("r", "r", {"a": 1}, at_most=1)
    assert Model({}, [kept], sums={"a": []}).solve({}, seconds=5).decision == "optimal"


def test_a_plan_that_breaks_a_rule_is_our_bug(default: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    solve = Model.solve

    def wrong(model: Model, *question: Any, **limits: Any) -> Outcome:
        outcome = solve(model, *question, **limits)
        return replace(outcome, counts=dict.fromkeys(outcome.counts, 0))

    monkeypatch.setattr(Model, "solve", wrong)
    with pytest.raises(DisagreementError, match="breaks"):
        plan_cycle(default, Intent())


def test_a_cycle_that_nothing_at_all_can_complete_is_our_bug(
    default: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plan_cycle(default, Intent(excludes=frozenset({"pdp"}))).status == "infeasible"
    solve = Model.solve

    def wrong(model: Model, *question: Any, **limits: Any) -> Outcome:
        outcome = solve(model, *question, **limits)
        return replace(outcome, decision="infeasible")

    monkeypatch.setattr(Model, "solve", wrong)
    with pytest.raises(DisagreementError, match=r"^nothing at all keeps the upper limits$"):
        plan_cycle(default, Intent())


def test_a_sum_that_the_solver_tells_otherwise_is_our_bug(
    default: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = Model.solve

    def wrong(model: Model, *question: Any, **limits: Any) -> Outcome:
        outcome = solve(model, *question, **limits)
        return replace(outcome, values={**outcome.values, "hours": 1})

    monkeypatch.setattr(Model, "solve", wrong)
    with pytest.raises(DisagreementError, match="hours is 9600"):
        plan_cycle(default, Intent())
