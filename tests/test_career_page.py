"""The page "Career and CPD", run without a browser; each widget is found by its key."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from planner.catalogue.loading import DATA_VARIABLE, shipped
from planner.cpd.cycle_plan import plan_cycle
from planner.cpd.intent import Intent
from planner.cpd.log import CpdLog, LogEntry, read_log, to_csv
from planner.cpd.scheme import default_reading, load_readings
from planner.pages.development import cpd, cpd_log, recognition
from planner.pages.shared import session_store, unsaved_guard, visit_memory
from planner.recognition.eligibility import facts_csv
from planner.recognition.scheme_file import load_recognitions
from planner.report.cpd_book import cpd_workbook
from tests import cpd_files
from tests.conftest import write_data
from tests.seen import makers, said, unescaped, words

READING = default_reading(load_readings())
LOG = f"kept-log-{READING.scheme}"
HOSTILE = "[click](http://x.invalid) <img src=x onerror=alert(1)> **bold** $x$ :red[red]"

LIVE = re.compile(r"(?<!\\)(?:\[click\]|<img|\*\*bold|\$x|:red\[)")
"""Any part of it that Markdown would take for more than letters."""


def page() -> None:
    """The script that the tests run."""
    from planner.pages.development import career

    career.show()


def opened(**address: str) -> AppTest:
    """The page at an address."""
    app = AppTest.from_function(page, default_timeout=60)
    if address.get("part") == "cpd":
        address = {"country": "ccmg-ccop", **address}
    for key, value in address.items():
        app.query_params[key] = value
    return ran(app)


def ran(step: AppTest | Widget) -> AppTest:
    """The page after a step: what was set or clicked."""
    app = step.run()
    assert not app.exception, app.exception
    return app


def again(app: AppTest, **address: str) -> AppTest:
    """The same visit at another address of the page."""
    app.query_params.clear()
    for key, value in address.items():
        app.query_params[key] = value
    return ran(app)


def kept(app: AppTest, name: str) -> Any:
    """What the visit keeps under a name."""
    return app.session_state[visit_memory.SHELF].items[name].value


def address(app: AppTest) -> dict[str, str]:
    """What the address asks for, the country aside."""
    found = {k: v if isinstance(v, str) else ",".join(v) for k, v in app.query_params.items()}
    return {key: text for key, text in found.items() if key != "country"}


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in app.metric}


def table(app: AppTest, column: str) -> dict[str, list[str]]:
    """The first table with this column, escapes taken out."""
    frame = next(found.value for found in app.table if column in found.value.columns)
    return {name: [str(cell).replace("\\", "") for cell in frame[name]] for name in frame.columns}


def upload(app: AppTest, name: str, content: bytes, file: str = "file.csv") -> AppTest:
    field = next(field for field in app.file_uploader if str(field.key).startswith(f"{name}-"))
    field.set_value((file, content, "text/csv"))
    return ran(app)


def buttons(app: AppTest) -> list[str]:
    return [button.key or "" for button in app.button]


def log(*entries: LogEntry) -> bytes:
    return to_csv(CpdLog(READING, entries))


def earning(points: int, year: int = 1) -> bytes:
    """A log of one year with so many points: events of two points each and an article of one."""
    articles = [LogEntry("article", year)] if points % 2 else []
    return log(LogEntry("ccmg-event", year, points // 2), *articles)


# Where am I


def test_the_page_begins_with_every_scheme_whose_it_is_and_where_it_holds() -> None:
    app = opened()
    text = words(app)
    for scheme in load_recognitions().values():
        assert scheme.title in text
        assert scheme.whereabouts in text
    assert "South Africa" in text
    assert "For a centre" in text
    assert not app.toggle


def test_unknown_words_of_an_address_are_left_out_and_said() -> None:
    app = opened(part="nowhere", scheme="icco," + HOSTILE)
    assert "no such part of the page" in said(app, "warning")
    assert "no such scheme" in said(app, "warning")
    assert app.header[0].value == "ICCO accreditation"


def test_schemes_chosen_stand_in_the_address_with_their_questions() -> None:
    app = opened()
    ran(app.pills(key="career-schemes").set_value(["icco", "nvq"]))
    assert address(app) == {"scheme": "icco,nvq"}
    assert [str(header.value) for header in app.header][:2] == [
        "ICCO accreditation",
        "Level 2 NVQ certificate and beyond",
    ]
    ran(app.pills(key="career-schemes").set_value([]))
    assert address(app) == {}


def test_facts_lead_to_what_is_reached_and_what_is_next_the_least_first() -> None:
    app = opened(scheme="icco")
    ran(app.toggle(key="fact-icco-member").set_value(True))
    ran(app.toggle(key="fact-icco-signature").set_value(True))
    ran(app.number_input(key="fact-icco-service").set_value(18))
    ran(app.toggle(key="fact-icco-reasons").set_value(True))
    text = words(app)
    assert "Requirements met: Bronze accreditation." in text
    assert "Next: Silver accreditation" in text
    assert ":material/gavel: " in text
    assert "6 more months: Months of service in the call centre industry (18 of 24)" in text
    assert "at the latest if it goes on as now" in text
    assert "panel, which meets every month, decides" in text
    assert address(app) == {"scheme": "icco"}  # nothing of the person


def test_the_least_missing_comes_first() -> None:
    app = opened(scheme="ccop")
    ran(app.number_input(key="fact-ccop-team-leader").set_value(1))
    ran(app.number_input(key="fact-ccop-management").set_value(10))
    text = words(app)
    assert text.index("2 more months") < text.index("17 more months")


def test_an_emptied_field_says_nothing_again() -> None:
    app = opened(scheme="icco")
    ran(app.number_input(key="fact-icco-service").set_value(18))
    ran(app.number_input(key="fact-icco-service").set_value(None))
    assert "not said yet" in words(app)
    assert not kept(app, "kept-facts").unsaved


def test_facts_are_marked_unsaved_until_a_file_holds_them_and_read_back() -> None:
    app = opened(scheme="icco")
    ran(app.number_input(key="fact-icco-service").set_value(50))
    assert "Not saved" in words(app)
    assert app.session_state[unsaved_guard.UNSAVED] == {"career"}
    facts = kept(app, "kept-facts").now
    other = upload(opened(), "facts", facts_csv(facts, load_recognitions()))
    assert address(other) == {"scheme": "icco"}
    assert other.number_input(key="fact-icco-service").value == 50
    assert kept(other, "kept-facts").now == facts
    assert other.session_state[unsaved_guard.UNSAVED] == set()


def test_who_saves_facts_to_a_file_has_nothing_unsaved_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    files = makers(monkeypatch)
    app = opened(scheme="icco")
    ran(app.number_input(key="fact-icco-service").set_value(50))
    assert files["facts-file"]() == facts_csv({"icco": {"service": 50}}, load_recognitions())
    app = ran(next(button for button in app.download_button if button.key == "facts-file").click())
    assert "Not saved" not in words(app)
    assert "What you said here is as the file last saved or opened holds it." in words(app)
    assert app.session_state[unsaved_guard.UNSAVED] == set()
    assert not kept(app, "kept-facts").unsaved


def test_who_comes_back_without_an_address_finds_what_was_looked_at() -> None:
    app = opened(scheme="icco")
    back = AppTest.from_function(page, default_timeout=60)
    back.session_state[session_store.LEFT] = app.session_state[session_store.LEFT]
    assert address(ran(back)) == {"scheme": "icco"}
    assert back.header[0].value == "ICCO accreditation"


@pytest.mark.parametrize(
    ("choice", "now", "unsaved"),
    [
        ("undo", {"icco": {"service": 50}}, True),
        ("merge", {"icco": {"service": 50, "member": 1}}, True),
        ("replace", {"icco": {"service": 3, "member": 1}}, False),
    ],
)
def test_a_second_file_of_facts_says_what_differs_and_is_merged_or_replaces(
    choice: str, now: dict[str, dict[str, int]], unsaved: bool
) -> None:
    app = opened(scheme="icco")
    ran(app.number_input(key="fact-icco-service").set_value(50))
    upload(app, "facts", b"scheme,fact,value\nicco,service,3\nicco,member,yes\n")
    assert "file.csv stands in the place of what was here." in words(app)
    assert "**1 fact new**; **1 in conflict**, where what was here stays" in "".join(
        element.value for element in app.markdown
    )
    assert app.button(key="facts-undo").label == "Bring back what was here"
    ran(app.button(key=f"facts-{choice}").click())
    assert kept(app, "kept-facts").now == now
    assert kept(app, "kept-facts").unsaved == unsaved
    assert "stands in the place" not in words(app)


def test_a_second_log_is_merged_and_nothing_done_counts_twice() -> None:
    reading = load_readings()["ccmg-ccop-plan"]
    one, other = list(reading.activities)[:2]
    head = "activity,year,date,times,note\n"
    app = upload(opened(part="cpd"), "cpd-log", f"{head}{one},1,,1,a\n{one},1,,2,b\n".encode())
    before = kept(app, f"kept-log-{reading.scheme}").now
    upload(app, "cpd-log", f"{head}{one},1,,1,a\n{one},1,,5,b\n{other},1,,1,\n".encode())
    told = "".join(element.value for element in app.markdown)
    assert "**1 entry new**; **1 entry unchanged**; **1 in conflict**" in told
    ran(app.button(key=f"log-{reading.scheme}-merge").click())
    merged = kept(app, f"kept-log-{reading.scheme}")
    assert [(e.ref, e.times) for e in merged.now] == [(one, 1), (one, 2), (other, 1)]
    assert merged.now[:2] == before
    assert merged.unsaved


def test_what_of_a_log_was_not_read_is_said() -> None:
    reading = load_readings()["ccmg-ccop-plan"]
    one = next(iter(reading.activities))
    app = upload(opened(part="cpd"), "cpd-log", f"activity,year,weather\n{one},1,fine\n".encode())
    assert "In the file: not read: “weather”." in unescaped(words(app))
    app = upload(app, "cpd-log", f"activity,year\n{one},2\n".encode())
    assert "weather" not in words(app)


def test_what_of_a_file_of_facts_was_not_read_is_said() -> None:
    app = upload(opened(scheme="icco"), "facts", b"scheme,fact,value,weather\nicco,service,3,fine\n")
    assert "In the file: not read: “weather”." in unescaped(words(app))
    app = upload(app, "facts", b"scheme,fact,value\nicco,service,4\n")
    assert "weather" not in words(app)


@pytest.mark.parametrize(("choice", "told"), [("merge", True), ("replace", True), ("undo", False)])
def test_how_a_second_file_was_read_is_said_as_long_as_it_is_in_use(choice: str, told: bool) -> None:
    app = opened(scheme="icco")
    upload(app, "facts", b"scheme,fact,value\nicco,service,3\n")
    upload(app, "facts", b"scheme,fact,value,weather\nicco,service,5,fine\nicco,member,yes,\n")
    ran(app.button(key=f"facts-{choice}").click())
    assert ("In the file: not read: “weather”." in unescaped(words(app))) == told


def test_the_same_file_again_asks_nothing() -> None:
    app = opened(scheme="icco")
    for _ in range(2):
        upload(app, "facts", b"scheme,fact,value\nicco,service,3\n")
        assert "facts-merge" not in buttons(app)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"a,b\n1,2\n", b"scheme,fact,value\nx,y,z\n", b"PK\x03\x04"]
)
def test_a_facts_file_that_says_nothing_is_refused_and_changes_nothing(content: bytes) -> None:
    app = opened(scheme="icco")
    ran(app.number_input(key="fact-icco-service").set_value(7))
    upload(app, "facts", content)
    (told,) = (error.value for error in app.error)
    assert told.startswith("The file was not read; nothing else has changed.\n- ")
    assert told.endswith("\n\nA table needs the columns scheme, fact, value.")
    assert app.number_input(key="fact-icco-service").value == 7


def test_rows_that_make_no_sense_are_said_and_the_others_taken() -> None:
    rows = f'scheme,fact,value\nicco,service,9\nicco,"{HOSTILE}",1\nicco,member,perhaps\n'
    app = upload(opened(scheme="icco"), "facts", rows.encode(), f"{HOSTILE}.csv")
    assert app.number_input(key="fact-icco-service").value == 9
    assert "2 things in" in said(app, "warning")
    shown = "".join(str(element.value) for element in app.warning)
    assert not LIVE.search(shown)


def test_the_audits_after_a_certificate_are_listed_with_a_calendar_and_the_successor() -> None:
    app = opened(scheme="en-15838")
    assert "EN ISO 18295" in words(app)
    assert not app.get("download_button")
    granted = date.today().replace(day=1)
    ran(app.date_input(key="granted-en-15838").set_value(granted))
    due = table(app, "What falls due")
    assert due["What falls due"] == ["Surveillance audit"] * recognition.NEXT_DUE
    assert due["Day"][0].endswith(str(granted.year + 2))
    assert [button.proto.label for button in app.get("download_button")] == ["Download as a calendar file"]
    assert address(app) == {"scheme": "en-15838"}


def test_audits_of_an_old_certificate_are_those_still_to_come() -> None:
    app = opened(scheme="en-15838")
    assert app.date_input(key="granted-en-15838").min == date(2000, 1, 1)
    ran(app.date_input(key="granted-en-15838").set_value(recognition.FIRST_GRANTED))
    due = table(app, "What falls due")
    assert int(due["Day"][0].split()[-1]) >= date.today().year


def test_where_nothing_falls_due_any_more_there_is_no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "LOOKED_AT", 1)
    app = opened(scheme="en-15838")
    ran(app.date_input(key="granted-en-15838").set_value(recognition.FIRST_GRANTED))
    assert said(app, "info").splitlines()[-1] == "Nothing of this falls due any more."
    assert not app.get("download_button")


def test_the_certificate_leads_to_its_plan_and_check() -> None:
    text = words(opened(scheme="nvq"))
    assert "Plan its units" in text
    assert "Check whether the rules are met" in text


def test_points_are_taken_from_the_log_of_this_visit_and_said_so() -> None:
    app = upload(opened(part="cpd"), "cpd-log", earning(36))
    again(app, scheme="ccop")
    text = words(app)
    assert "CPD points in this three-year cycle: **36 points**" in text
    assert "Points are taken from the log in the CPD part" in text
    assert "South Africa" in text
    # Nobody knows the last 12 months of entries without a date: that stays a question.
    assert (
        "reads the scheme. Some of its entries have no date, so say the points of the last 12 months " in text
    )
    keys = [field.key for field in app.number_input]
    assert "fact-ccop-points" not in keys
    assert "fact-ccop-points-last-year" in keys


def test_what_was_said_of_points_gives_way_to_the_log_and_that_is_told() -> None:
    app = opened(part="cpd")
    again(app, scheme="ccop")  # a scheme in use, and no log: nothing is taken from it
    assert "Points can be taken from a log of activities: enter one in the CPD part." in words(app)
    ran(app.number_input(key="fact-ccop-points").set_value(12))
    again(app, part="cpd", country="ccmg-ccop")
    again(upload(app, "cpd-log", earning(36)), scheme="ccop")
    assert "CPD points in this three-year cycle: **36 points**" in words(app)
    assert "12" in next(line for line in words(app).splitlines() if "36" in line and "12" in line)


@pytest.mark.parametrize(("points", "state"), [(34, "1 thing missing"), (35, "requirements met")])
def test_the_last_year_of_a_dated_log_decides_on_a_higher_designation(points: int, state: str) -> None:
    today = date.today()
    entries = [LogEntry("ccmg-event", 1, 17, today)]
    entries += [LogEntry("article", 1, 1, today)] if points == 35 else []
    app = upload(opened(part="cpd"), "cpd-log", log(*entries))
    again(app, scheme="ccop")
    ran(app.toggle(key="fact-ccop-designation").set_value(True))
    assert f"Applying for a higher designation**: {state}" in words(app)


# The cycle


def test_a_cycle_from_nothing_is_planned_and_whose_scheme_it_is_stands_at_the_top() -> None:
    app = opened(part="cpd")
    plan = plan_cycle(READING, Intent())
    assert "South Africa, NQF level 4" in str(app.info[0].value)
    assert metrics(app) == {"Still to do": "160 h", "Points earned": "0", "Points in the end": "106"}
    assert plan.minutes == 160 * 60
    assert "no plan is better, this is proven" in words(app)
    assert "To do now: year 1, 35 points" in words(app)
    assert "The rules, measured: all met" in words(app)


def test_a_table_holds_the_numbers_of_the_chart() -> None:
    app = upload(opened(part="cpd"), "cpd-log", earning(35))
    points = table(app, "Earned + planned")
    cells = {row: place for place, row in enumerate(points["Earned + planned"])}
    assert points["Year 1"][cells["Professional development"]].startswith("34 + ")
    assert points["Cycle"][cells["All together"]].endswith(" of 105")
    (chart,) = app.get("vega_lite_chart")
    assert chart.proto.alt.startswith("Points by category and year. ")
    assert "Professional development year 1: 34 earned" in chart.proto.alt


@pytest.mark.parametrize(("points", "met"), [(34, False), (35, True)])
def test_a_year_that_is_over_needs_its_35_points(points: int, met: bool) -> None:
    app = upload(opened(part="cpd"), "cpd-log", earning(points))
    ran(app.selectbox(key="cpd-year").set_value(2))
    text = words(app)
    assert ("The rules cannot all be met." in said(app, "error")) is not met
    assert ("Year 1 is over." in text) is not met
    if not met:
        shown = [element.value for element in app.markdown]
        lost = shown[shown.index("**What is lost.** The plan below meets all but this:") + 1]
        assert lost.startswith("- ")
        assert "35 points" in lost
        assert "34 of 35 points" in "".join(element.proto.text for element in app.get("progress"))
    assert address(app)["year"] == "2"


def test_wishes_that_clash_are_said_in_words_and_can_be_taken_back() -> None:
    app = opened(part="cpd", exclude="pdp")
    assert "You left out “Complete and monitor a personal development plan”." in words(app)
    assert "1 not met" in words(app)
    ran(app.button(key="allow-pdp").click())
    assert address(app) == {"part": "cpd"}
    assert metrics(app)["Still to do"] == "160 h"
    again(app, part="cpd", pin="article=20")
    assert "unpin-article" in buttons(app)
    ran(app.button(key="unpin-article").click())
    assert address(app) == {"part": "cpd"}


def test_wishes_go_into_the_address_and_a_link_reproduces_them() -> None:
    app = opened(part="cpd")
    ran(app.multiselect(key="cpd-pins").set_value(["pdp"]))
    ran(app.number_input(key="cpd-pin-pdp").set_value(3))
    ran(app.multiselect(key="cpd-excludes").set_value(["blog"]))
    ran(app.selectbox(key="cpd-minutes-of").set_value("ccmg-event"))
    ran(app.number_input(key="cpd-minutes-ccmg-event").set_value(120))
    ran(app.selectbox(key="cpd-goal").set_value(("activities", "hours")))
    ran(app.selectbox(key="cpd-reading-choice").set_value("ccmg-ccop-sections"))
    found = address(app)
    assert found == {
        "part": "cpd",
        "pin": "pdp=3",
        "exclude": "blog",
        "minutes": "ccmg-event=120",
        "goal": "activities,hours",
        "reading": "ccmg-ccop-sections",
    }
    assert metrics(opened(**found)) == metrics(app)
    ran(app.button(key="cpd-estimates").click())
    assert "minutes" not in address(app)


def test_what_an_address_cannot_mean_is_left_out_and_said() -> None:
    many = ",".join(f"nothing{number}" for number in range(500))
    app = opened(
        part="cpd", reading="x", pin=f"pdp=0,{many}", exclude=HOSTILE, year="9", goal="money", minutes="pdp"
    )
    text = said(app, "warning")
    for part in (
        "no reading has this id",
        "must be an activity with a whole number",
        "from 1 to 4",
        "hours, activities",
    ):
        assert part in text, part
    assert len(app.warning) < 20
    assert metrics(app)["Still to do"] == "160 h"


def test_an_activity_is_added_removed_and_marked_unsaved() -> None:
    app = opened(part="cpd")
    app.selectbox(key="add-activity").set_value("ccmg-event")
    app.number_input(key="add-times").set_value(3)
    app.text_input(key="add-note").set_value(HOSTILE)
    ran(app.button(key="add-now").click())
    assert metrics(app)["Points earned"] == "6"
    assert (app.text_input(key="add-note").value, app.number_input(key="add-times").value) == ("", 3)
    assert "Not saved" in words(app)
    assert app.session_state[unsaved_guard.UNSAVED] == {"career"}
    cells = "".join(str(cell) for table in app.table for cell in table.value.to_numpy().ravel())
    assert not LIVE.search(cells)
    entries = kept(app, LOG).now
    assert read_log("log.csv", log(*entries), READING, start=None).entries == entries
    ran(app.selectbox(key="cpd-remove-1").set_value(0))
    ran(app.button(key="cpd-remove-now").click())
    assert metrics(app)["Points earned"] == "0"
    assert address(app) == {"part": "cpd"}


def test_an_activity_that_cannot_be_is_not_added_and_it_is_said_why() -> None:
    app = opened(part="cpd")
    today = date.today()
    ran(app.date_input(key="cpd-first-day").set_value(date(today.year - 1, 1, 1)))
    app.selectbox(key="add-activity").set_value("ccmg-event")
    app.date_input(key="add-day").set_value(date(today.year - 2, 12, 31))
    ran(app.button(key="add-now").click())
    assert "Not added: date " in said(app, "warning")
    assert metrics(app)["Points earned"] == "0"
    app.date_input(key="add-day").set_value(date(today.year - 1, 1, 1))
    app.selectbox(key="add-year").set_value(1)
    ran(app.button(key="add-now").click())
    assert "Not added" not in said(app, "warning")
    assert metrics(app)["Points earned"] == "2"


def test_the_first_day_of_the_cycle_says_which_year_it_is() -> None:
    app, today = opened(part="cpd"), date.today()
    assert "Activities from year 1 on, spread over the years: " in words(app)
    for first, year in (
        (date(today.year - 1, 1, 1), "2"),
        (date(today.year, 1, 1), "1"),
        (date(2000, 1, 1), "4"),
    ):
        ran(app.date_input(key="cpd-first-day").set_value(first))
        assert address(app)["year"] == year


def test_a_note_loses_what_nobody_sees_and_is_kept() -> None:
    app = opened(part="cpd")
    app.selectbox(key="add-activity").set_value("ccmg-event")
    app.text_input(key="add-note").set_value(" seen\x00 at\twork\u202e ")
    ran(app.button(key="add-now").click())
    assert "Not added" not in said(app, "warning")
    assert [entry.note for entry in kept(app, LOG).now] == ["seen at work"]


def test_a_cycle_not_decided_in_time_is_not_called_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*given: Any, **named: Any) -> Any:
        return replace(plan_cycle(*given, **named), status="unknown", findings=())

    monkeypatch.setattr(cpd, "plan_cycle", late)
    app = opened(part="cpd")
    assert "Not decided in" in said(app, "warning")
    assert not app.metric
    assert "cannot all be met" not in said(app, "error")
    assert "What you have done" in words(app)


def test_no_day_of_the_future_is_offered_to_the_log() -> None:
    app = opened(part="cpd")
    assert app.date_input(key="add-day").max == date.today()


def test_the_first_day_of_the_cycle_tells_the_year() -> None:
    app = opened(part="cpd")
    today = date.today()
    ran(app.date_input(key="cpd-first-day").set_value(date(today.year - 1, 1, 1)))
    assert app.selectbox(key="cpd-year").value == 2
    upload(app, "cpd-log", f"activity,date\nccmg-event,{today.year - 1}-02-01\n".encode())
    assert kept(app, LOG).now[0].year == 1
    assert metrics(app)["Points earned"] == "2"


def test_the_year_of_an_address_does_not_go_behind_the_log() -> None:
    app = upload(opened(part="cpd"), "cpd-log", earning(10, year=2))
    assert address(app)["year"] == "2"
    again(app, part="cpd", year="1")
    assert "Your log holds activities of year 2" in said(app, "warning")
    assert app.selectbox(key="cpd-year").value == 2


def test_after_the_cycle_nothing_can_be_done_any_more() -> None:
    app = opened(part="cpd", year="4")
    assert "The rules cannot all be met." in said(app, "error")
    assert metrics(app)["Still to do"] == "0 h"


def test_what_is_above_a_maximum_is_said_not_to_count() -> None:
    app = upload(opened(part="cpd"), "cpd-log", log(LogEntry("article", 1, 20)))
    assert "5 of those done do not count" in said(app, "warning")


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\n1,2\n", b"activity,year\nx,1\n", b"PK\x03\x04"])
def test_a_log_that_says_nothing_is_refused_and_changes_nothing(content: bytes) -> None:
    app = upload(opened(part="cpd"), "cpd-log", earning(10))
    upload(app, "cpd-log", content)
    assert "The file was not read; nothing else has changed." in said(app, "error")
    assert metrics(app)["Points earned"] == "10"


def test_of_very_many_rows_that_cannot_be_read_some_are_listed_and_the_rest_counted() -> None:
    rows = "".join(f"nothing{number},1\n" for number in range(25))
    app = upload(opened(part="cpd"), "cpd-log", f"activity,year\narticle,1\n{rows}".encode())
    (told,) = (warning.value for warning in app.warning if "could not be read" in warning.value)
    assert told.startswith("25 things in ")
    assert told.count("nothing") == 20
    assert told.endswith("- and 5 more")


def test_a_workbook_is_read_back_with_its_log_and_minutes() -> None:
    entries = (LogEntry("ccmg-event", 2, 3, None, None, "E1"),)
    found = CpdLog(READING, entries)
    intent = Intent(done=found.done, year=2, minutes={"pdp": 300})
    book = cpd_workbook(plan_cycle(READING, intent), found)
    app = upload(opened(part="cpd"), "cpd-log", book, "cpd-plan.xlsx")
    assert kept(app, LOG).now == entries
    assert address(app)["year"] == "2"
    assert "pdp=300" in address(app)["minutes"].split(",")
    assert not kept(app, LOG).unsaved


def test_a_long_log_is_answered_and_not_listed() -> None:
    entries = [LogEntry("article", 1)] * (cpd_log.MOST_SHOWN + 1)
    app = upload(opened(part="cpd"), "cpd-log", log(*entries))
    assert "201 entries: to mend one" in words(app)
    assert metrics(app)["Points earned"] == "15"


def test_what_each_reading_costs_and_where_they_differ_is_shown_when_asked_for() -> None:
    app = opened(part="cpd")
    assert not [t for t in app.table if "Reading" in t.value.columns]
    ran(app.toggle(key="cpd-readings").set_value(True))
    costs = table(app, "Reading")
    assert len(costs["Reading"]) == len(load_readings())
    assert "160 h" in costs["Hours"]
    assert "Cannot be met" not in costs
    ran(app.toggle(key="cpd-contradictions").set_value(True))
    assert "The readings differ in “courses”" in words(app)
    assert "who meets this reading meets every other" in words(app)


def test_what_a_reading_cannot_meet_stands_beside_its_costs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_data(tmp_path)
    (folder / "cpd").mkdir()
    (folder / "cpd" / "activities.csv").write_text(cpd_files.activities(), encoding="utf-8")
    for ident, limit in (("easy", {"at_most": 100}), ("hard", {"at_least": 6})):
        text = cpd_files.reading(cpd_files.rule(ident, **limit), ident=ident)
        (folder / "cpd" / f"{ident}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = opened(part="cpd", country="s", reading="easy", exclude="talk,read,plan")
    ran(app.toggle(key="cpd-readings").set_value(True))
    costs = table(app, "Reading")
    assert costs["Cannot be met"] == ["", "rule hard"]
    assert costs["Hours"] == ["0 h", "0 h"]


# The job


def test_the_job_stands_with_attribution_licence_source_and_date() -> None:
    app = opened(part="job")
    text = words(app)
    for part in (
        "National Careers Service",
        "Open Government Licence v3.0",
        "compared on",
        "Active listening",
    ):
        assert part in text, part
    assert "**Pay:** £15,000 (starter) to £28,000 (experienced) a year" in text
    assert "**Hours:** 38 to 40 hours a week" in text
    assert "Advanced apprenticeship: customer service specialist" in text
    assert not app.get("page_link")


def test_ticked_lines_lead_to_the_plan_with_their_tasks() -> None:
    app = opened(part="job")
    ran(app.checkbox(key="job-day-3").check())
    ran(app.checkbox(key="job-day-1").check())
    assert address(app) == {"part": "job", "day": "1,3"}
    (link,) = app.get("page_link")
    assert (
        "task=inbound-calls%2Cemail-chat%2Cenquiries%2Corders-payments%2Ccomplaints"
        in link.proto.query_string
    )
    ran(app.checkbox(key="job-day-1").uncheck())
    assert address(app)["day"] == "3"
    assert [box.value for box in opened(part="job", day="3").checkbox] == [False, False, True, *[False] * 4]


def test_the_ways_in_lead_to_what_is_missing() -> None:
    app = ran(opened(part="job").button(key="job-ways-in").click())
    assert address(app) == {"scheme": "job"}
    assert "Becoming a call centre operator" in [str(element.value) for element in app.header]


# Data folders


def test_a_folder_without_any_of_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(write_data(tmp_path)))
    assert "holds no scheme of recognition" in said(opened(), "info")
    assert "holds no CPD scheme" in said(opened(part="cpd"), "info")
    assert "holds no job profile" in said(opened(part="job"), "info")


def test_a_profile_that_knows_no_tasks_is_read_and_asks_for_no_tick(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_data(tmp_path)
    profile = (shipped("data") / "job-profile.toml").read_text(encoding="utf-8").partition("[[group]]")[0]
    profile = re.sub("(?m)^tasks = .*$", "", profile)
    (folder / "job-profile.toml").write_text(profile, encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = opened(part="job", day="1")
    assert "- Answer calls, emails and web chat enquiries from customers" in words(app).splitlines()
    assert not app.checkbox
    assert "no such line of the day" in said(app, "warning")
    assert not app.get("page_link")
    assert "Ways in" not in words(app)  # no scheme of the job is on file
    assert "job-ways-in" not in buttons(app)


def test_a_folder_with_schemes_for_people_alone_speaks_of_no_centre(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_data(tmp_path)
    (folder / "recognition").mkdir()
    for path in (shipped("data") / "recognition").glob("icco*"):
        (folder / "recognition" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    text = words(opened())
    assert "For a person" in text
    assert "For a centre" not in text


def test_wishes_for_one_scheme_are_none_for_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = write_data(tmp_path)
    (folder / "cpd").mkdir()
    table = cpd_files.activities(scheme="one") + cpd_files.activities(scheme="two").partition("\n")[2]
    (folder / "cpd" / "activities.csv").write_text(table, encoding="utf-8")
    for ident in ("one", "two"):
        text = cpd_files.reading(cpd_files.rule("total", at_least=6), ident=ident, scheme=ident)
        (folder / "cpd" / f"{ident}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = opened(part="cpd", reading="one", pin="talk=1", year="2", minutes="talk=30")
    ran(app.selectbox(key="cpd-reading-choice").set_value("two"))
    assert address(app) == {"part": "cpd", "reading": "two"}


def test_a_part_whose_files_are_wrong_says_so_and_the_others_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_data(tmp_path)
    (folder / "cpd").mkdir()
    (folder / "cpd" / "broken.toml").write_text("id = ", encoding="utf-8")
    (folder / "job-profile.toml").write_text("nonsense = 1", encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    assert "The data cannot be read" in said(opened(part="cpd"), "error")
    assert "The data cannot be read" in said(opened(part="job"), "error")
    assert "holds no scheme of recognition" in said(opened(), "info")


def test_entries_beyond_a_shorter_reading_are_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_data(tmp_path)
    (folder / "cpd").mkdir()
    (folder / "cpd" / "activities.csv").write_text(cpd_files.activities(), encoding="utf-8")
    rule = cpd_files.rule("total", at_least=6)
    for ident, years in (("long", 3), ("short", 2)):
        text = cpd_files.reading(rule, ident=ident, years=years)
        (folder / "cpd" / f"{ident}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    app = upload(opened(part="cpd", reading="long"), "cpd-log", b"activity,year\ntalk,3\ntalk,1\n")
    assert metrics(app)["Points earned"] == "4"
    ran(app.selectbox(key="cpd-reading-choice").set_value("short"))
    assert "1 entry of your log" in said(app, "warning")
    assert metrics(app)["Points earned"] == "2"
    ran(app.selectbox(key="cpd-reading-choice").set_value("long"))
    assert metrics(app)["Points earned"] == "4"


def test_the_cpd_part_asks_for_the_country_first_and_says_where_no_scheme_is_on_file() -> None:
    app = opened(part="cpd", country="")
    assert [str(header.value) for header in app.header] == ["In which country do you work?"]
    assert not app.metric
    app.button(key="country-other").click()
    assert "No scheme of that country is on file." in said(ran(app), "info", ":material/public:")
    assert not app.metric
    app.button(key="country-ccmg-ccop").click()
    assert ran(app).metric
    assert app.query_params["country"] == "ccmg-ccop"
    del app.query_params["country"]  # as another page of the visit leads back
    assert ran(app).metric


def test_the_job_says_that_the_qualification_it_leads_to_is_closed_and_what_replaces_it() -> None:
    text = words(opened(part="job", day="1"))
    assert "Closed: registration for this qualification ended on 31 December 2013. Only learners" in text
    assert "The source names as progression: Level 3 NVQ Diploma" in text
    assert "Closed:" not in words(opened(part="job"))
