"""The plan page, run without a browser; each widget is found by its key."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner import Wishes, load, plan
from planner.catalogue.loading import DATA_VARIABLE, NETWORK_VARIABLE, QUALIFICATION_VARIABLE
from planner.errors import nearest
from planner.pages.my_units import alternatives_panel, plan_rows, surroundings
from planner.pages.my_units import plan as plan_page
from planner.pages.shared import address as in_address
from planner.planning.explore import Exploration, alternatives, explored
from planner.planning.reasons import reason
from planner.planning.result import Plan
from planner.planning.solve import answer
from planner.report.plan_sheet import plan_sheet
from planner.rules import model as model_module
from planner.rules.model import Model
from tests.conftest import HEADER, SMALL_RULES
from tests.seen import Kind, below, everything, makers, messages, said, unescaped, words


def page() -> None:
    """What the router runs for the address /plan."""
    from planner.pages.my_units import plan

    plan.show()


FOLDS = ("alternatives", "ask", "more-False")
"""The folds around a plan, which are drawn only while they are open."""


def opened(*, folds: Iterable[str] = FOLDS, **address: str) -> AppTest:
    """The page at an address, with these folds open; at its last step unless the address names another."""
    app = AppTest.from_function(page, default_timeout=30)
    for key, value in {"step": "units", **address}.items():
        app.query_params[key] = value
    for key in folds:
        app.session_state[key] = True
    return app.run()


def test_a_unit_that_fits_the_job_and_cannot_be_added_says_why() -> None:
    app = opened(task="email-chat", pin="J/502/4299")
    assert (
        "- Using Email, level 2 (M/502/4300): Your work gives evidence for it: “Answer emails, web chat and text messages”. "
        "It cannot be added, as you asked for Using Email, level 1 (J/502/4299)."
    ) in unescaped(words(app))


def test_what_is_folded_is_drawn_once_it_is_open() -> None:
    shut, app = opened(folds=()), opened()
    kinds = ("selectbox", "number_input", "button", "multiselect")
    drawn, more = ({w.key for kind in kinds for w in getattr(one, kind)} for one in (shut, app))
    assert {"ask-unit", "within", "survive", "keep", "offer"} <= more - drawn
    assert [fold.label for fold in shut.expander] == [fold.label for fold in app.expander]
    assert metrics(shut) == metrics(app)


def test_what_lies_around_a_plan_is_worked_out_once_and_only_for_what_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[frozenset[str]] = []

    def noted(best: Plan) -> Exploration:
        asked.append(best.wishes.pins)
        return explored(best)

    monkeypatch.setattr(surroundings, "explored", noted)
    app = opened(folds=())
    assert metrics(app)["Guided hours to do"] == "93"
    assert asked == []
    choose(app, "L/601/0933", "must")
    assert asked == [frozenset(), frozenset({"L/601/0933"})]
    app.run()
    assert len(asked) == 2


def test_a_plan_stands_also_where_what_lies_around_it_is_not_decided_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_late(best: Plan) -> Exploration:
        return Exploration(replace(best, status="unknown", units=()), complete=False)

    monkeypatch.setattr(surroundings, "explored", too_late)
    app = unfolded(opened(task="complaints"))
    assert metrics(app)["Guided hours to do"] == "159"
    assert len(rows(app)) == 6
    assert said(app, "warning", ":material/hourglass_empty:") == "Not decided in the time given."
    text = words(app)
    assert "Also fits your job" not in text
    assert ":gray-badge[Possible]" not in text


def metrics(app: AppTest) -> dict[str, str]:
    assert not app.exception
    return {metric.label: str(metric.value) for metric in app.metric}


def unfolded(app: AppTest, *keys: str) -> AppTest:
    """The page with folds open that are drawn only then; all groups of units unless others are named."""
    for key in keys or ("group-A-False", "group-B-False", "group-C-False"):
        app.session_state[key] = True
    return app.run()


def rows(app: AppTest) -> dict[str, str]:
    """Why each unit of the plan is there, by its name."""
    line = r"\*\*(.*)\*\*  \n:small\[(.*)\]  \n:small\[.*\]"
    found = (
        re.fullmatch(line, text) for text in [*over_bars(app), *(str(text.value) for text in app.markdown)]
    )
    return {row[1].replace("\\", ""): row[2].replace("\\", "") for row in found if row}


def over_bars(app: AppTest) -> list[str]:
    """The words over each bar: the units of a plan with hours, then the rules where they are unfolded."""
    return [str(drawn.proto.text) for drawn in app.get("progress")]


def bar(app: AppTest) -> str:
    """The bar that stays in sight below."""
    (text,) = below(app).get("markdown")
    return unescaped(getattr(text, "value", ""))


def choose(app: AppTest, ref: str, choice: str | None) -> AppTest:
    if not any(control.key == f"choice-{ref}" for control in app.segmented_control):
        unfolded(app)
    return app.segmented_control(key=f"choice-{ref}").set_value(choice).run()


def address(app: AppTest) -> dict[str, str]:
    return {
        key: values if isinstance(values, str) else ",".join(values)
        for key, values in app.query_params.items()
        if key != "step"
    }


def test_the_page_opens_with_the_best_plan() -> None:
    app = opened()
    assert metrics(app) == {
        "Guided hours to do": "93",
        "Learning time to do": "about 280 h",
        "Credits": "28",
        "New units": "7",
    }
    assert "Closed: registration for this qualification ended on 31 December 2013." in words(app)
    assert "Proven: no valid plan has fewer hours" in words(app)
    assert address(app) == {}


def test_each_unit_has_one_labelled_choice_folded_while_nothing_is_chosen() -> None:
    app = opened()
    assert not app.segmented_control
    assert [group.proto.expanded for group in app.expander if "Group" in group.label] == [False] * 3
    app = unfolded(app)
    refs = {unit.ref for unit in load().units}
    controls = {str(control.key) for control in app.segmented_control}
    assert controls == {f"choice-{ref}" for ref in refs}
    assert all(control.label for control in app.segmented_control)


def test_a_choice_changes_the_plan_and_the_address() -> None:
    app = choose(opened(), "L/601/0933", "must")
    assert metrics(app)["Guided hours to do"] == "111"
    assert address(app) == {"pin": "L/601/0933"}
    assert "Optional Group C · 30 units" in [g.label.replace("\\", "") for g in app.expander]
    app = choose(app, "L/503/0394", "out")
    assert address(app) == {"pin": "L/601/0933", "exclude": "L/503/0394"}
    app = choose(app, "D/503/0352", "held")
    assert address(app)["held"] == "D/503/0352"
    assert rows(app)["Comply with health and safety procedures in a contact centre"] == "already achieved"
    app = choose(app, "L/601/0933", "free")
    assert "pin" not in address(app)


def test_a_link_with_a_choice_opens_no_other_units() -> None:
    app = opened(pin="L/601/0933")
    assert [str(control.key) for control in app.segmented_control] == ["choice-L/601/0933"]


def test_taking_a_choice_back_leaves_the_unit_to_the_planner() -> None:
    app = choose(choose(opened(), "L/601/0933", "must"), "L/601/0933", None)
    assert metrics(app)["Guided hours to do"] == "93"
    assert unfolded(app).segmented_control(key="choice-L/601/0933").value == "free"


def test_a_link_reproduces_the_plan_however_its_refs_are_typed() -> None:
    app = opened(pin="l6010933;F/502/8559", held="d-503-0352", goal="units,glh")
    assert app.segmented_control(key="choice-L/601/0933").value == "must"
    assert app.segmented_control(key="choice-D/503/0352").value == "held"
    assert app.selectbox(key="goal").value == ("units", "glh")
    again = opened(**address(app))
    assert metrics(again) == metrics(app)


def test_a_unit_wished_and_left_out_in_the_address_is_a_conflict() -> None:
    app = opened(pin="L/601/0933", exclude="L/601/0933")
    assert "No plan is possible with these choices." in said(app, "error")
    assert "(L/601/0933) and also left it out" in words(app)
    assert app.segmented_control(key="choice-L/601/0933").value is None
    app = choose(app, "L/601/0933", "must")
    assert metrics(app)["Guided hours to do"] == "111"


def test_impossible_wishes_are_answered_with_the_conflict_in_words() -> None:
    app = opened(pin="J/502/4299,M/502/4300,L/601/0933")
    assert "You asked for Using Email, level 1 (J/502/4299) and Using Email, level 2 (M/502/4300)" in words(
        app
    )
    assert "only one unit of barred set C2 can count" in words(app)
    assert not app.metric


def test_nonsense_in_the_address_is_reported_and_left_out() -> None:
    app = opened(pin="L/601/0999,L/601/0933", goal="fastest", exclude="<script>alert(1)</script>")
    assert "pin = 'L/601/0999': no unit of this qualification has this ref; did you mean L/601/0933?" in said(
        app, "warning"
    )
    assert "goal = 'fastest': no such goal" in said(app, "warning")
    assert "<script>" in said(app, "warning")
    assert all("<script>" not in str(warning.value) for warning in app.warning)
    assert metrics(app)["Guided hours to do"] == "111"


def test_a_ref_repeated_in_the_address_is_told_once() -> None:
    app = opened(pin=",".join(["X"] * 10_000))
    assert metrics(app)["Guided hours to do"] == "93"
    assert len(app.warning) == 2  # that the qualification is closed, and that it is unknown


def test_of_many_unknown_refs_in_the_address_a_few_are_named_and_the_rest_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unknown = [f"X/{number:07}" for number in range(5_000)]
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params["pin"] = ",".join(["l6010933", *unknown, "D/503/0352"])
    app.query_params["offer"] = ",".join(["A" * 60_000, "B"])
    compared: list[str] = []

    def counted(text: str, known: list[str]) -> str:
        compared.append(text)
        return nearest(text, known)

    monkeypatch.setattr(in_address, "nearest", counted)
    app.run()
    # Each is compared with every known ref, in time that grows with the square of its length.
    assert len(set(compared)) == 3 + 2
    assert len(compared) <= 2 * len(set(compared))
    assert max(map(len, compared)) == in_address.LONGEST
    said = [str(box.value).replace("\\", "") for box in app.warning if "Not understood" in str(box.value)]
    assert said[3] == "Not understood and left out: address, pin: 4,997 more like these"
    assert len(said) == 3 + 1 + 2
    assert max(map(len, said)) < 250
    assert metrics(app)["Guided hours to do"] == "111"  # what stands before and after them is followed


@pytest.mark.parametrize(
    ("number", "last"), [(3, "no unit of"), (4, "1 more like this"), (5, "2 more like these")]
)
def test_the_number_of_unknown_refs_not_named_is_said(number: int, last: str) -> None:
    app = opened(held=",".join(f"X{n}" for n in range(number)))
    said = [str(box.value).replace("\\", "") for box in app.warning if "Not understood" in str(box.value)]
    assert len(said) == min(number, 4)
    assert last in said[-1]


def test_a_qualification_without_a_choice_says_so_and_asks_nothing_in_vain() -> None:
    app = opened(qualification="603/3646/8")
    assert metrics(app)["Guided hours to do"] == "120"
    assert "This qualification leaves no choice: every plan has the same units." in words(app)
    assert not [box for box in app.selectbox if box.key == "goal"]
    assert not [field for field in app.text_input if field.key == "search"]
    assert [group.proto.expanded for group in app.expander if "units" in group.label] == [True]
    control = app.segmented_control(key="choice-H/617/2423")
    assert [str(option.content) for option in control.proto.options] == ["To do", "Achieved"]
    assert "1 credit · 10 hours · level 1" in words(app)
    assert "Forced" not in everything(app)
    assert "Ask about one unit" not in [fold.label for fold in app.expander]
    app = choose(app, "J/617/2480", "held")
    assert metrics(app)["Guided hours to do"] == "90"


def test_a_wish_in_the_address_against_a_qualification_without_a_choice_can_be_taken_back() -> None:
    app = opened(qualification="603/3646/8", exclude="J/617/2480")
    assert "No plan is possible" in said(app, "error")
    app = choose(app, "J/617/2480", "free")
    assert metrics(app)["Guided hours to do"] == "120"


def test_a_small_qualification_shows_its_units_at_once() -> None:
    app = opened(qualification="601/0143/X")
    groups = {group.label: group.proto.expanded for group in app.expander if group.label.startswith("Group")}
    assert groups == {"Group A · 1 unit": True, "Group B · 3 units": True, "Group C · 2 units": True}
    assert "This qualification leaves no choice" not in everything(app)
    assert app.selectbox(key="goal").value == ("glh", "units")


def test_the_same_wishes_have_the_same_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever order a set has in this process."""
    refs = sorted(load().by_ref)[:20]
    told: dict[str, str] = {}
    monkeypatch.setattr(in_address, "put", lambda **texts: told.update(texts))
    in_address.write(
        load(), Wishes(pins=frozenset(refs[:6]), excludes=frozenset(refs[6:13]), keep=frozenset(refs[13:]))
    )
    assert told["pin"] == ",".join(refs[:6])
    assert told["exclude"] == ",".join(refs[6:13])
    assert told["keep"] == ",".join(refs[13:])


def test_other_parameters_of_the_address_are_kept() -> None:
    assert address(choose(opened(embed="true"), "L/601/0933", "must")) == {
        "embed": "true",
        "pin": "L/601/0933",
    }


def test_barred_partners_are_shown_at_the_unit() -> None:
    assert "Barred with: Using Email, level 2 (M/502/4300). Only one of them can count." in words(
        unfolded(opened())
    )


def test_the_search_finds_by_word_and_by_ref() -> None:
    app = opened()
    app.text_input(key="search").set_value("email using").run()
    assert [c.key for c in app.segmented_control] == ["choice-J/502/4299", "choice-M/502/4300"]
    assert all(group.proto.expanded for group in app.expander if "Group" in group.label)
    app.text_input(key="search").set_value("h6009660").run()
    assert [c.key for c in app.segmented_control] == ["choice-H/600/9660"]
    app.text_input(key="search").set_value("zebra").run()
    assert "No unit has this in its title or ref." in said(app, "info")


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        (("units", "glh"), {"Guided hours to do": "106", "New units": "6"}),
        (("strategies", "glh"), {"Guided hours to do": "96", "Credits": "29"}),
    ],
)
def test_another_goal_gives_another_plan(goals: tuple[str, ...], expected: Mapping[str, str]) -> None:
    app = opened()
    app.selectbox(key="goal").set_value(goals).run()
    assert expected.items() <= metrics(app).items()
    assert address(app) == {"goal": ",".join(goals)}


def test_goals_only_the_address_can_ask_for_are_shown_as_they_are() -> None:
    app = opened(goal="credits")
    assert app.selectbox(key="goal").value == ("credits",)
    assert metrics(app)["Credits"] == "28"


def test_all_choices_are_cleared_at_once_and_the_goal_stays() -> None:
    app = opened(pin="L/601/0933", exclude="L/503/0394", goal="units,glh")
    app.button(key="clear").click().run()
    assert address(app) == {"goal": "units,glh"}
    assert metrics(app)["New units"] == "6"


def test_every_rule_is_a_meter_with_its_sentence() -> None:
    app = unfolded(opened(), "rules")
    assert "All rules met: each one measured" in [fold.label for fold in app.expander]
    meters = [text.replace("\\", "") for text in over_bars(app)[len(rows(app)) :]]
    assert len(meters) == len(load().rules)
    for rule, meter in zip(load().rules, meters, strict=True):
        assert rule.text in meter
        assert "met" in meter
    assert "**19 of 12 credits**" in meters[2]


def test_what_is_achieved_can_be_all_there_is() -> None:
    best = "D/503/0352,H/503/0403,H/600/9660,J/503/0426,K/503/0385,L/503/0394,T/503/0342"
    app = opened(held=best)
    assert metrics(app)["Guided hours to do"] == "0"
    assert "The rules are met by what is already achieved." in words(app)


def test_hostile_titles_stay_text(small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    title = "[click](http://x.invalid) <img src=x onerror=alert(1)> **bold** $x$ :red[red]"
    units = "\n".join([HEADER, f"Q1,M,,M1,{title},2,8,10,A,high,"])
    monkeypatch.setenv(DATA_VARIABLE, str(small(units, small=SMALL_RULES)))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, "Q1")
    app = opened(pin="M1")
    assert metrics(app)["Guided hours to do"] == "10"
    assert rows(app) == {title: "required for everyone"}
    for text in [*over_bars(app), *(str(element.value) for element in app.markdown)]:
        for mark in ("[click", "](", "<img", "**bold", "$x", ":red", "[red"):
            assert not re.search(rf"(?<!\\){re.escape(mark)}", text), text


def test_tasks_put_the_fit_first_and_mark_what_lacks_evidence() -> None:
    app = opened(step="work")
    app.pills(key="work-0").set_value(["inbound-calls"]).run()
    app.pills(key="work-2").set_value(["telesales"]).run()
    assert address(app) == {"task": "inbound-calls,telesales"}
    app.button(key="go-on").click().run()
    assert app.selectbox(key="goal").value == ("fit", "glh", "units")
    assert metrics(app)["Guided hours to do"] == "105"
    assert "**Your work:** phone calls and sales calls" in words(app)
    told = list(rows(app).values())
    assert told[:2] == ["required for everyone; no evidence from your job"] * 2
    assert set(told[2:]) == {"your phone calls", "your sales calls"}
    app = opened(task="telesales,inbound-calls", goal="glh,units")
    assert "no evidence from your job" in rows(app).values()
    app.button(key="to-work").click().run()
    for key in ("work-0", "work-2"):
        app.pills(key=key).set_value([]).run()
    assert address(app) == {}


def test_who_does_not_sell_has_no_sales_in_the_plan_and_is_told_so() -> None:
    app = opened(step="work")
    app.pills(key="work-2").set_value([""]).run()
    assert "7 units · 105 h" in bar(app)
    assert "−direct sales" in bar(app)
    assert "L/503/0394" in address(app)["exclude"]
    app.button(key="go-on").click().run()
    assert metrics(app)["Guided hours to do"] == "105"
    assert "**Your work:** I don't sell" in words(app)
    assert "direct sales" in words(app).partition("**I don't sell**:")[2]
    app.selectbox(key="ask-unit").set_value("L/503/0394").run()
    assert "It is left out because you said “I don't sell”. With it, all else as it is: -12 h." in words(app)
    app.button(key="to-work").click().run()
    app.pills(key="work-2").set_value(["", "telesales"]).run()
    assert address(app) == {"task": "telesales"}
    app.pills(key="work-2").set_value(["telesales", ""]).run()
    assert set(address(app)) == {"exclude"}
    app.pills(key="work-2").set_value([]).run()
    assert address(app) == {}


def test_an_answer_to_one_group_leaves_the_others_and_other_choices_alone() -> None:
    app = opened(
        step="work", task="complaints,inbound-calls", exclude="H/600/9660", pin="L/503/0394,L/601/0933"
    )
    app.pills(key="work-2").set_value([""]).run()
    assert address(app)["task"] == "inbound-calls,complaints"
    assert address(app)["pin"] == "L/601/0933"
    assert "H/600/9660" in address(app)["exclude"]
    app.pills(key="work-2").set_value([]).run()
    assert address(app)["exclude"] == "H/600/9660"


def test_a_bare_address_asks_for_the_qualification_then_the_work_and_then_shows_the_plan() -> None:
    app = opened(step="")
    assert [str(header.value) for header in app.header] == ["Which qualification are you registered for?"]
    app.button(key="qualification-600/5106/1").click().run()
    assert [str(header.value) for header in app.header] == ["What do you do at work?"]
    app.query_params.pop("step")  # as who comes from the first page
    app.run().pills(key="work-2").set_value(["telesales"]).run()
    assert [str(header.value) for header in app.header] == ["What do you do at work?"]
    app.pills(key="work-2").set_value([]).run()
    app.button(key="go-on").click().run()
    assert metrics(app)["Guided hours to do"] == "93"
    app.button(key="to-qualification").click().run()
    app.button(key="qualification-603/3646/8").click().run()  # no tasks are on file for it: nothing is asked
    assert metrics(app)["Guided hours to do"] == "120"


def test_where_there_is_one_qualification_it_is_not_asked_for(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(small()))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, "Q1")
    app = opened(step="")
    assert metrics(app)["Credits"] == "7"
    assert "to-qualification" not in [button.key for button in app.button]


@pytest.mark.parametrize("key", [*in_address.KEYS, "title"])
def test_an_old_link_with_a_choice_leads_to_the_plan(key: str) -> None:
    app = opened(step="", **{key: "L/601/0933"})
    assert "Your plan" in [str(header.value) for header in app.header]
    if any(button.key == "clear" for button in app.button):
        app.button(key="clear").click().run()
        assert "Your plan" in [str(header.value) for header in app.header]


def test_the_bar_names_what_the_last_choice_changed_until_the_next() -> None:
    app = opened()
    assert bar(app) == "**7 units · 93 h**"
    app = choose(app, "L/601/0933", "must")
    assert bar(app) == "**7 units · 111 h** :small[· changed: −direct sales, +good impression]"
    app.selectbox(key="ask-unit").set_value("L/503/0394").run()
    assert "changed: −direct sales" in bar(app)
    app = choose(app, "L/601/0933", "free")
    assert bar(app) == "**7 units · 93 h** :small[· changed: −good impression, +direct sales]"
    assert bar(opened(pin="J/502/4299,M/502/4300")) == "**No plan**"


def test_a_row_says_why_and_swaps_its_unit_at_the_price_it_names() -> None:
    app = unfolded(opened(task="inbound-calls,complaints"), "details-J/503/0426")
    assert (
        rows(app)["Support customers and colleagues when providing contact centre services"]
        == "your complaints"
    )
    assert "Your work gives evidence for it: “Deal with complaints”." in words(app)
    swaps = {
        b.key: b.label.replace("\\", "") for b in app.button if str(b.key).startswith("swap-J/503/0426-")
    }
    assert len(swaps) == plan_rows.MOST_SWAPS
    before = int(metrics(app)["Guided hours to do"])
    for key, label in swaps.items():
        price = re.search(r": (?:([+-]\d+) h|no extra)(?:, \d+ more units? without evidence)?$", label)
        assert price, label
        again = unfolded(opened(task="inbound-calls,complaints"), "details-J/503/0426")
        again.button(key=str(key)).click().run()
        assert int(metrics(again)["Guided hours to do"]) - before == int(price[1] or 0), label
        assert label.rpartition(" (")[0] in rows(again)
    app.button(key="out-J/503/0426").click().run()
    assert address(app)["exclude"] == "J/503/0426"
    app = unfolded(app, "details-D/503/0352")
    app.button(key="held-D/503/0352").click().run()
    assert address(app)["held"] == "D/503/0352"
    unfolded(app, "details-D/503/0352").button(key="not-held-D/503/0352").click().run()
    assert "held" not in address(app)


def test_the_details_of_a_unit_asked_for_name_its_partners_and_take_the_wish_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened(pin="J/502/4299")
    barred = "Barred with: Using Email, level 2 (M/502/4300). Only one of them can count."
    assert words(app).splitlines().count(barred) == 1  # at its choice
    app = unfolded(app, "details-J/502/4299")
    assert words(app).splitlines().count(barred) == 2
    with monkeypatch.context() as patched:
        in_no_time(patched)
        late = plan_rows._price(plan(load()), Wishes(pins=frozenset({"L/601/0933"})))
    assert late == "not decided"
    app.button(key="unpin-J/502/4299").click().run()
    assert address(app) == {}
    assert "unpin-J/502/4299" not in [button.key for button in app.button]


def test_unknown_tasks_losses_and_goals_in_need_are_reported_and_left_out() -> None:
    app = opened(task="telesale", survive="9", goal="fit")
    assert "task = 'telesale': no such task; did you mean telesales?" in said(app, "warning")
    assert "survive = '9': no such number" in said(app, "warning")
    assert "goal = 'fit': needs what the learner does at work" in said(app, "warning")
    assert metrics(app)["Guided hours to do"] == "93"


def test_every_unit_shows_its_state_and_price_before_a_click() -> None:
    text = words(unfolded(opened()))
    assert text.count(":green-badge[Forced]") == 2
    assert text.count(":blue-badge[In the plan]") == 5
    assert text.count(":gray-badge[Possible]") == 32
    assert ":gray-badge[Possible] Must: +18 h." in text
    assert ":blue-badge[In the plan] Leaving it out: +6 h." in text
    text = words(unfolded(opened(pin="J/502/4299")))
    assert text.count(":red-badge[Impossible]") == 1


def test_each_repair_is_one_click() -> None:
    app = opened(pin="J/502/4299,M/502/4300")
    labels = [b.label.replace("\\", "") for b in app.button if str(b.key).startswith("repair-")]
    assert labels == [
        "No longer ask for Using Email, level 1 (J/502/4299): 98 guided hours.",
        "No longer ask for Using Email, level 2 (M/502/4300): 106 guided hours.",
    ]
    app.button(key="repair-0").click().run()
    assert address(app) == {"pin": "M/502/4300"}
    assert metrics(app)["Guided hours to do"] == "98"


@pytest.mark.parametrize("complete", [True, False])
def test_where_there_are_more_conflicts_or_ways_than_are_told_it_is_said(
    monkeypatch: pytest.MonkeyPatch, complete: bool
) -> None:
    def cut_off(*given: Any) -> Plan:
        return replace(answer(*given), conflicts_complete=complete, repairs_complete=complete)

    monkeypatch.setattr(plan_page, "answer", cut_off)
    text = words(opened(exclude="D/503/0352"))
    for more in ("There are more conflicts than these.", "There are more ways than these."):
        assert (more in text) is not complete


def test_a_unit_that_fits_and_cannot_be_added_says_why() -> None:
    app = opened(task="email-chat", pin="J/502/4299")
    told = [line for line in words(app).splitlines() if line.startswith("- ") and "(M/502/4300): " in line]
    assert len(told) == 1
    assert "only one unit of barred set C2 can count" in told[0]
    adds = [button.label for button in app.button if str(button.key).startswith("fits-")]
    assert adds == ["Add IT basics, level 1: no extra"]


def test_other_plans_are_listed_compared_and_taken() -> None:
    app = opened()
    assert "There is no other: yours is the only one." in words(app)
    app.number_input(key="within").set_value(5).run()
    assert "6 other plans, and no more." in words(app)
    table = app.table[0].value
    assert table["Hours"].to_list() == [93, 96, 98, 98, 98, 98, 98]
    assert app.selectbox(key="compare").value == 1
    assert "**Takes:** product support" in words(app)
    app.button(key="take-alternative").click().run()
    assert metrics(app)["Guided hours to do"] == "96"


def test_fit_against_hours_stands_on_three_cards_and_one_click_takes_a_plan() -> None:
    app = opened(task="complaints,difficult-customers")
    text = words(app)
    for title, hours in (("Fits best", 152), ("Between", 106), ("Fewest hours", 93)):
        assert f"**{title}**  \n{hours} hours" in text
    assert "Every unit that you can choose fits your job" not in text
    assert text.count(":green-badge[Your plan]") == 1
    app.button(key="take-card-2").click().run()
    assert metrics(app)["Guided hours to do"] == "93"
    assert "Every unit that you can choose fits your job." in words(opened(task="telesales,inbound-calls"))


def test_on_the_network_there_is_the_plan_alone_and_no_field_for_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(NETWORK_VARIABLE, "1")
    app = AppTest.from_file(str(Path(__file__).parent.parent / "app.py"), default_timeout=60)
    app.query_params["pin"] = "L/601/0933"
    app.run()
    assert metrics(app)["Guided hours to do"] == "111"
    assert not app.file_uploader
    assert "For another telephone in this network:" in words(app)
    assert len(app.get("image")) == 1
    app.query_params["other"] = "x" * 4_000  # more than a picture can hold
    assert not app.run().get("image")
    assert "For another telephone in this network:" in words(app)


def test_the_page_of_paper_is_one_page_with_every_unit_and_why() -> None:
    found = plan(load(), tasks=["inbound-calls", "complaints"], survive=1)
    work = "phone calls ŵ ☺ <b>& **bold**"
    sheet = plan_sheet(found, work, {"inbound-calls": "phone calls"}, date(2026, 11, 28))
    assert sheet.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1
    assert sheet != plan_sheet(found, "", {}, date(2026, 11, 28))
    long = plan_sheet(found, ", ".join([work] * 60), {"inbound-calls": "phone calls"}, date(2026, 11, 28))
    assert len(re.findall(rb"/Type /Page\b", long)) == 1  # in smaller letters


def test_the_page_of_paper_can_be_had_and_says_what_the_page_does(monkeypatch: pytest.MonkeyPatch) -> None:
    files = makers(monkeypatch)
    app = opened(task="inbound-calls")
    found, day = plan(load(), tasks=["inbound-calls"]), date.today()
    sheet = plan_sheet(found, "phone calls", {"inbound-calls": "phone calls"}, day)
    assert untimed(files["plan-sheet"]()) == untimed(sheet)
    own = "This link opens on this computer only."
    others = "The link holds your choices and nothing else."
    for url, told in (
        ("", own),
        ("http://127.0.0.1:8501/plan", own),
        ("https://units.example.org/plan", others),
    ):
        app.context = {"url": url} if url else {}
        text = words(app.run())
        assert [each for each in (own, others) if each in text] == [told]


def untimed(sheet: bytes) -> bytes:
    """A page of paper without the moment at which it was made."""
    return re.sub(rb"/CreationDate \(.*?\)|/ID \[.*?\]", b"", sheet, flags=re.DOTALL)


def test_questions_about_one_unit_are_answered() -> None:
    app = opened(pin="M/502/4300")
    app.selectbox(key="ask-unit").set_value("J/502/4299").run()
    assert (
        "It cannot be added, as you asked for Using Email, level 2 (M/502/4300). The rule: “only one"
        in words(app)
    )
    app = opened()
    app.selectbox(key="ask-unit").set_value("L/601/0933").run()
    assert (
        "In place of Carry out direct sales activities in a contact centre (L/503/0394) it costs 18 more guided "
        "hours." in words(app)
    )
    app.selectbox(key="ask-unit").set_value("H/600/9660").run()
    assert "The best plan without it has 3 more guided hours, with Provide support" in words(app)
    assert (
        "Provide support through a contact centre for specified products and/or services (L/503/0413): +3 h"
        in words(app)
    )
    app.selectbox(key="ask-unit").set_value("D/503/0352").run()
    assert "It is required for everyone: “6 credits from both of the mandatory units”." in words(app)


def test_a_plan_is_kept_and_survives() -> None:
    app = opened()
    app.button(key="keep").click().run()
    app = choose(app, "L/503/0394", "out")
    assert app.selectbox(key="goal").value == ("changes", "glh", "units")
    assert metrics(app)["Guided hours to do"] == "111"
    app.button(key="forget").click().run()
    assert address(app) == {"exclude": "L/503/0394"}
    app.selectbox(key="survive").set_value(1).run()
    assert address(app)["survive"] == "1"


def test_one_click_makes_no_more_solves_than_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened()
    solves: list[object] = []
    solve = Model.solve

    def counted(self: Model, *arguments: Any, **named: Any) -> Any:
        solves.append(arguments)
        return solve(self, *arguments, **named)

    monkeypatch.setattr(Model, "solve", counted)
    choose(app, "L/601/0933", "must")
    # One for the plan, one for the states and prices that no bound settles, one for each plan that ties.
    assert 1 < len(solves) <= 10
    solves.clear()
    unfolded(app)
    assert not solves  # the wishes are the same


def test_broken_data_is_told_in_words(small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(small(HEADER)))
    app = opened()
    assert not app.exception
    assert "units.csv: lists no unit" in said(app, "error")


def offer_file(app: AppTest, name: str, content: bytes) -> AppTest:
    """The page after a file with a centre's offer was read in."""
    field = next(field for field in app.file_uploader if str(field.key).startswith("offer-file-"))
    field.upload(name, content, "text/plain")
    return app.run()


def test_the_offer_of_a_centre_restricts_new_units_and_stays_in_the_address() -> None:
    refs = sorted(set(load().by_ref) - {"L/503/0394"})
    app = opened(held="D/503/0352")
    app.multiselect(key="offer").set_value(refs)
    app.run()
    # The best plan without direct sales takes 105 hours, 9 of them achieved.
    assert metrics(app)["Guided hours to do"] == "96"
    assert address(app) == {"held": "D/503/0352", "offer": ",".join(refs)}
    again = opened(**address(app))
    assert metrics(again)["Guided hours to do"] == "96"
    app.multiselect(key="offer").set_value([])
    assert metrics(app.run())["Guided hours to do"] == "84"
    assert "offer" not in address(app)


def test_what_of_an_offer_was_not_read_is_said() -> None:
    app = offer_file(
        opened(), "offer.csv", "\n".join(["UAN,weather", *(f"{ref},9" for ref in load().by_ref)]).encode()
    )
    assert "In offer.csv: “UAN” was read as ref; not read: “weather”." in words(app)
    app.multiselect(key="offer").set_value([])
    assert "weather" not in words(app.run())


def test_an_offer_is_read_from_a_file_and_what_it_cannot_mean_is_told() -> None:
    refs = sorted(set(load().by_ref) - {"L/503/0394"})
    app = offer_file(opened(), "offer.txt", "\n".join([*refs, "L/503/0393"]).encode())
    assert metrics(app)["Guided hours to do"] == "105"
    assert "did you mean L/503/0394?" in said(app, "warning")
    app = offer_file(app, "offer.csv", b"nothing\nto read\n")
    assert metrics(app)["Guided hours to do"] == "105"
    assert "offer.csv" in said(app, "warning")


def test_a_plan_that_needs_a_unit_outside_the_offer_says_which() -> None:
    refs = sorted(set(load().by_ref) - {"D/503/0352"})
    app = opened(offer=",".join(refs))
    assert "Guided hours to do" not in metrics(app)
    assert "Outside the centre's offer, and needed: Comply with health and safety procedures" in words(app)


def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every solve's time is over before it begins."""
    clock = itertools.count(0.0, 1_000.0)
    monkeypatch.setattr(model_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))


def test_a_plan_not_decided_in_time_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    in_no_time(monkeypatch)
    app = opened(pin="L/601/0933")
    assert not app.metric
    assert "Not decided in" in said(app, "warning")
    assert "impossible" not in everything(app)
    assert app.segmented_control(key="choice-L/601/0933").value == "must"  # the choices stay


def test_other_plans_and_questions_not_decided_in_time_are_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def late(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            with monkeypatch.context() as patched:
                in_no_time(patched)
                return call(*given, **named)

        return called

    assert alternatives_panel._figures(plan(load())) == "93 hours, 28 credits"
    monkeypatch.setattr(alternatives_panel, "alternatives", late(alternatives))
    monkeypatch.setattr(alternatives_panel, "reason", late(reason))
    hourglass = ":material/hourglass_empty:"
    app = opened()
    assert said(app, "warning", hourglass) == ""
    app.number_input(key="within").set_value(5).run()
    assert said(app, "warning", hourglass) == "Not decided in the time given."
    app.number_input(key="within").set_value(0).run()
    for ref in ("L/601/0933", "H/600/9660"):  # outside the plan, and in it
        app.selectbox(key="ask-unit").set_value(ref).run()
        assert metrics(app)["Guided hours to do"] == "93"
        assert said(app, "warning", hourglass) == "Not decided in the time given."
        assert "in every plan with these choices:" not in everything(app)


@pytest.mark.parametrize(
    ("dates", "kind", "icon", "told"),
    [
        ("", "info", ":material/event:", "No registration dates on file"),
        ("starts = 2020-01-01\nends = 2999-12-31\n", "success", ":material/event_available:", "Open"),
        ("starts = 2012-05-24\nends = 2013-12-31\n", "warning", ":material/event_busy:", "Closed"),
        ("starts = 2999-01-01\n", "warning", ":material/event_busy:", "Not yet open"),
    ],
    ids=["undated", "open", "closed", "not yet open"],
)
def test_each_status_of_a_qualification_has_its_own_kind_and_sign(
    small: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    dates: str,
    kind: Kind,
    icon: str,
    told: str,
) -> None:
    rules = SMALL_RULES.replace("[[rule]]", f"{dates}\n[[rule]]", 1)
    monkeypatch.setenv(DATA_VARIABLE, str(small(small=rules)))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, "Q1")
    ((found, sign, text),) = messages(opened())
    assert (found, sign) == (kind, icon)
    assert told in text


def test_an_unknown_qualification_in_the_address_is_a_warning() -> None:
    app = opened(qualification="999/9999/9")
    assert "No qualification on file has the number 999/9999/9." in said(app, "warning")
