"""The catalogue page, run without a browser; each widget is found by its key."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget
from typer.main import get_command

from planner import Qualification, load
from planner.authoring import lint
from planner.authoring.lint import check
from planner.catalogue.loading import DATA_VARIABLE, QUALIFICATION_VARIABLE, load_all
from planner.cli import commands
from planner.pages.reference import progression_panel, qualifications
from planner.pages.shared import address as wishes_in_address
from planner.pages.shared import page_shell
from planner.pages.shared.words import badge, plain
from planner.portfolio.verdict import judge
from planner.records.portfolios import Entry, Portfolio
from planner.report import qualification_tables
from planner.report.record_book import record_workbook
from planner.rules.model import Model
from planner.rules.rule import WAYS, Bound, Choice, Rule
from tests import test_unit_counted
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS
from tests.seen import everything, raw, said, words

IQ, ACTIVE, TQUK = "600/5106/1", "601/0143/X", "603/3646/8"
HOSTILE = "[click](http://x.invalid) <img src=x onerror=alert(1)> **bold** $x$ :red[red]"

RULES = (
    SMALL_RULES
    + """
[[rule]]
id = "either"
text = "one pathway"
any = [
  { id = "soft", text = "the soft units", where = { tag = "soft" }, all = true },
  { id = "core", text = "two core units", where = { tag = "core" }, at_least = 2 },
]

[[rule]]
id = "needs"
text = "O1 requires M1"
unit = "O1"
requires = "M1"

[[rule]]
id = "before"
text = "no more than three from before"
where = { held = true }
at_most = 3

[[note]]
text = "People judge the evidence."
"""
)
"""Every kind of rule."""


def page() -> None:
    """The script that the tests run."""
    from planner.pages.reference import qualifications

    qualifications.show()


def opened(**address: str) -> AppTest:
    """The page at an address."""
    app = AppTest.from_function(page, default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    return ran(app)


def ran(step: AppTest | Widget) -> AppTest:
    """The page after a step: what was set or clicked."""
    app = step.run()
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, str]:
    return {
        key: values if isinstance(values, str) else ",".join(values)
        for key, values in app.query_params.items()
    }


def table(app: AppTest, column: str) -> dict[str, list[str]]:
    """The first table with this column, escapes taken out."""
    page_shell = next(table.value for table in app.table if column in table.value.columns)
    return {name: [str(cell).replace("\\", "") for cell in page_shell[name]] for name in page_shell.columns}


def listed(app: AppTest) -> list[str]:
    """The numbers of the qualifications in the list, in its order."""
    return [
        match.group()
        for cell in table(app, "Qualification")["Qualification"]
        if (match := re.search(r"\d{3}/\d{4}/[\dX]", cell))
    ]


def searched(app: AppTest, text: str) -> AppTest:
    return ran(app.text_input(key="catalogue-search").set_value(text))


def links(app: AppTest) -> list[tuple[str, str, dict[str, list[str]]]]:
    """The links to other pages: label, path and what they carry."""
    return [
        (
            re.sub(r":blue\[\*\*(.*)\*\*\]", r"\1", link.proto.label),
            link.proto.page,
            parse_qs(link.proto.query_string),
        )
        for link in app.get("page_link")
    ]


def standing_boxes(app: AppTest) -> list[str]:
    """What is said of each qualification that units lead to, in its order."""
    fold = next(expander for expander in app.expander if expander.label.startswith("Where do my units lead?"))
    return [str(m.value).replace("\\", "") for m in fold.markdown if re.search(r"-badge\[", str(m.value))]


def with_data(monkeypatch: pytest.MonkeyPatch, folder: Path, number: str = "Q1") -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    monkeypatch.setenv(QUALIFICATION_VARIABLE, number)


# The list


def test_every_qualification_on_file_is_listed_with_what_it_asks_and_whether_it_is_open() -> None:
    shown = table(opened(), "Qualification")
    assert shown["Level"] == ["3", "2", "2"]
    assert shown["Credits"] == ["12", "28", "16"]
    assert shown["Hours"] == ["48 to 61", "93 to 172", "120"]
    assert shown["Qualification"] == [
        "**Active IQ Level 3 Award in Education and Training (QCF)**  \n601/0143/X · Active IQ :gray-badge[No dates]",
        "**IQ Level 2 NVQ Certificate in Contact Centre Operations (QCF)**  \n"
        "600/5106/1 · Industry Qualifications :red-badge[Closed] · *shown below*",
        "**TQUK Level 2 Certificate in IT User Skills**  \n603/3646/8 · TQUK :gray-badge[No dates]",
    ]


FOUND = {
    "nvq contact": [IQ],
    "6033646": [TQUK],
    "601/0143/x": [ACTIVE],
    "industry": [IQ],
    "d5030352": [IQ],
    "using EMAIL": [IQ],
    "education": [ACTIVE],
    "certificate": [IQ, TQUK],
    "  ": [ACTIVE, IQ, TQUK],
}
"""What searches find, by hand."""


def test_the_search_finds_by_title_number_organisation_and_unit() -> None:
    app = opened()
    assert {search: listed(searched(app, search)) for search in FOUND} == FOUND


def test_a_qualification_found_by_its_units_names_them() -> None:
    (cell,) = table(searched(opened(), "using email"), "Qualification")["Qualification"]
    assert cell.endswith("*With Using Email, level 1 (J/502/4299), Using Email, level 2 (M/502/4300)*")
    cell = table(searched(opened(), "customer service"), "Qualification")["Qualification"][0]
    assert re.search(r" and \d+ more\*$", cell)
    assert cell.count("(") == 1 + qualifications.MOST_NAMED  # the title has one of its own


def test_a_search_that_finds_nothing_says_so_and_leaves_the_detail() -> None:
    app = searched(opened(), "zebra")
    assert "No qualification on file has this in its title, number, organisation or units." in said(
        app, "info"
    )
    assert [header.value.replace("\\", "") for header in app.header] == [load().title]
    assert app.selectbox(key="catalogue-shown").options == [f"{load().title} · {IQ}"]


def test_credits_nobody_published_are_computed(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(monkeypatch, small())
    shown = table(opened(), "Qualification")
    assert shown["Credits"] == ["7"]  # by hand: M1 with 4 credits and either O1 or O2 with 3
    assert (shown["Hours"], shown["Level"]) == (["–"], ["–"])


def test_no_empty_table_of_figures_stands_where_none_was_published(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures(app: AppTest) -> int:
        return sum("Computed anew" in each.value.columns for each in app.table)

    assert figures(opened()) == 1
    with_data(monkeypatch, small())
    assert figures(opened()) == 0


def test_what_nothing_meets_needs_no_number_of_credits(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(monkeypatch, small(small=SMALL_RULES.replace("at_least = 7", "at_least = 700")))
    app = opened()
    assert table(app, "Qualification")["Credits"] == ["–"]
    assert "Do not rely on answers until the file is mended." in said(app, "error", ":material/error:")
    assert ":red-badge[Error] No choice of units meets these rules: “at least 7 credits”." in words(app)


def test_where_a_qualification_counts_no_credits_none_are_told_beside_those_of_others(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    units = "\n".join([HEADER, *SMALL_UNITS, *test_unit_counted.ROWS])
    with_data(monkeypatch, small(units, small=SMALL_RULES, other=test_unit_counted.RULES))
    shown = table(opened(), "Qualification")
    assert [name.splitlines()[0].strip() for name in shown["Qualification"]] == [
        "**A small qualification**",
        "**Certificate IV in Leading (invented)**",
    ]
    assert shown["Credits"] == ["7", "–"]


def test_only_so_many_are_listed_at_once(small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    count = qualifications.MOST_ROWS + 2
    numbers = [f"Q{number:02}" for number in range(1, count + 1)]
    units = [f"{number},M,,M1,Main unit,2,8,10,A,high," for number in numbers]
    rules = {n: SMALL_RULES.replace('"Q1"', f'"{n}"').replace("small", f"small {n}") for n in numbers}
    with_data(monkeypatch, small("\n".join([HEADER, *units]), **rules), "Q01")
    app = opened()
    assert len(table(app, "Qualification")["Qualification"]) == qualifications.MOST_ROWS
    assert f"These are the first {qualifications.MOST_ROWS}" in words(app)
    app = searched(app, numbers[-1])
    assert len(table(app, "Qualification")["Qualification"]) == 1
    app = ran(app.selectbox(key="catalogue-shown").set_value(numbers[-1]))
    assert address(app) == {"qualification": numbers[-1]}
    app = opened(held="M1")
    boxes = standing_boxes(app)
    assert len(boxes) == count
    assert f"{count - progression_panel.MOST_NEAR} more" in [expander.label for expander in app.expander]


# Which one is shown


def test_the_one_chosen_is_shown_and_kept_in_the_address_beside_the_units() -> None:
    app = opened(held="D/503/0352", goal="units")
    app = ran(app.selectbox(key="catalogue-shown").set_value(TQUK))
    assert address(app) == {"qualification": TQUK, "held": "D/503/0352"}
    assert [header.value for header in app.header] == ["TQUK Level 2 Certificate in IT User Skills"]
    boxes = [str(box.value).replace("\\", "") for box in app.info]
    assert any(text.startswith("No registration dates on file") for text in boxes)


def test_the_address_names_the_one_shown_however_its_number_is_typed() -> None:
    app = opened(qualification="601 0143x")
    assert "Active IQ Level 3 Award" in app.header[0].value
    assert app.selectbox(key="catalogue-shown").value == ACTIVE


def test_an_unknown_number_in_the_address_is_told() -> None:
    app = opened(qualification="999/9999/9")
    assert "No qualification on file has the number 999/9999/9." in said(app, "warning")
    assert app.selectbox(key="catalogue-shown").value == IQ


def test_the_status_stands_first_with_the_figures() -> None:
    app = opened()
    assert "Closed: registration for this qualification ended on 31 December 2013." in words(app)
    figures = {metric.label: str(metric.value) for metric in app.metric}
    assert figures == {"Credits needed": "28", "Guided hours, published": "93 to 172", "Units": "39"}
    assert "600/5106/1 · Industry Qualifications · level 2" in words(app)


def test_the_links_lead_to_the_other_pages_with_this_qualification() -> None:
    carried = {"qualification": [ACTIVE]}
    assert links(opened(qualification=ACTIVE)) == [
        ("Plan its units", "plan", carried),
        ("Check portfolios", "audit", carried),
    ]


# The rules


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Bound("x", "x", {"A": 3, "B": 4}, at_least=4, count="credits"), "at least 4 credits from 2 units"),
        (Bound("x", "x", {"A": 3, "B": 4}, at_least=7, count="credits"), "both units, 7 credits"),
        (Bound("x", "x", {"A": 3}, at_least=3, count="credits"), "this unit, 3 credits"),
        (Bound("x", "x", dict.fromkeys("ABC", 1), at_least=3), "all 3 units"),
        (Bound("x", "x", dict.fromkeys("ABC", 1), at_least=3, at_most=3), "all 3 units"),
        (Bound("x", "x", dict.fromkeys("ABC", 1), at_least=1, at_most=2), "1 to 2 of 3 units"),
        (Bound("x", "x", dict.fromkeys("ABC", 1), at_least=2, at_most=2), "exactly 2 of 3 units"),
        (Bound("x", "x", dict.fromkeys("ABC", 9), at_most=18, count="glh"), "at most 18 guided hours from 3 units"),
        (Bound("x", "x", {"A": 1}, at_most=0), "at most 0 of 1 unit"),
        (Bound("x", "x", {"A": 9, "B": 1}, at_least=1, count="credits"), "at least 1 credit from 2 units"),
        (Bound("x", "x", {"B": 1, "A": -1}, 0, kind="requires", subject="A"), "A counts only together with B"),
        (Bound("x", "x", dict.fromkeys("AB", 1), at_most=1, held=frozenset(WAYS)), "at most 1 of 2 units already achieved"),
        (Choice("x", "x", (Bound("a", "a", {"A": 1}, 1), Bound("b", "b", {"B": 1}, 1))), "at least 1 of these 2"),
    ],
)  # fmt: skip
def test_the_limits_of_a_rule_are_said_in_words(rule: Rule, expected: str) -> None:
    assert qualification_tables.limits_words(rule) == expected


def test_every_rule_is_a_sentence_with_its_limits() -> None:
    app = opened()
    assert (
        "- “a minimum of 12 credits from Optional Group B” — **at least 12 credits from 7 units**"
        in words(app)
    )
    for rule in load().rules:
        assert f"- “{rule.text}” — **{qualification_tables.limits_words(rule)}**" in words(app)
    assert "Barred sets: 5" in [expander.label for expander in app.expander]


def test_the_parts_of_a_choice_stand_below_it(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(monkeypatch, small(small=RULES))
    shown = next(m.value for m in opened().markdown if "one pathway" in str(m.value)).replace("\\", "")
    assert shown.split("\n") == [
        "- “at least 7 credits” — **at least 7 credits from 4 units**",
        "- “the main unit” — **this unit**",
        "- “one pathway” — **at least 1 of these 2**",
        "    - “the soft units” — **this unit**",
        "    - “two core units” — **both units**",
        "- “O1 requires M1” — **O1 counts only together with M1**",
        "- “no more than three from before” — **at most 3 of 4 units already achieved**",
    ]


# The units


def test_every_unit_is_listed_with_all_that_is_on_file() -> None:
    app = opened()
    rows = [
        row
        for found in app.table
        if "Unit" in found.value.columns
        for row in found.value.itertuples(index=False)
    ]
    shown = {str(row.Unit).replace("\\", ""): (row.Credits, row.Hours) for row in rows}
    assert len(shown) == 39
    one = load()
    for unit in one.units:
        (cell,) = (cell for cell in shown if f"**{one.names[unit.ref]}** ({unit.ref})" in cell)
        assert shown[cell] == (unit.credits, unit.glh)
        assert f"level {unit.level} ({unit.level_confidence} confidence)" in cell
    (email,) = (cell for cell in shown if cell.startswith("**Using Email, level 1** (J/502/4299)"))
    assert email.endswith("· strategy E: ITQ · barred with Using Email, level 2 (M/502/4300)")


def test_tags_and_unknown_confidence_are_shown_as_they_are(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [HEADER, "Q1,M,,M1,Main unit,2,8,10,,,core soft"]
    with_data(monkeypatch, small("\n".join(units), small=SMALL_RULES))
    assert table(opened(), "Unit")["Unit"] == ["**Main unit** (M1)  \nlevel 2 · tags: core, soft"]


def test_units_are_found_by_word_and_by_ref() -> None:
    app = opened()
    folded = [expander for expander in app.expander if "Group" in expander.label]
    assert [expander.proto.expanded for expander in folded] == [False] * 3
    app = ran(app.text_input(key="catalogue-unit").set_value("email using"))
    (group,) = (expander for expander in app.expander if "Group" in expander.label)
    assert (group.label, group.proto.expanded) == ("Optional Group C · 2 units", True)
    app = ran(app.text_input(key="catalogue-unit").set_value("h6009660"))
    assert len(table(app, "Unit")["Unit"]) == 1
    app = ran(app.text_input(key="catalogue-unit").set_value("zebra"))
    assert "No unit has this in its title or ref." in said(app, "info")
    app = ran(app.selectbox(key="catalogue-shown").set_value(ACTIVE))
    assert len([expander for expander in app.expander if expander.label.startswith("Group")]) == 3
    app = ran(app.selectbox(key="catalogue-shown").set_value(IQ))
    assert app.text_input(key="catalogue-unit").value == ""


# Facts, figures, remarks


def test_facts_dates_and_sources_are_shown() -> None:
    app = opened()
    facts = dict(zip(*table(app, "Fact").values(), strict=True))
    assert not {f"**{word}**" for word in qualifications.SAID_ABOVE} & facts.keys()  # they stand above
    assert facts["**Source of the rules**"] == load().source
    assert facts["**Last compared with the source**"] == "22 November 2026"
    assert facts["**Registration starts**"] == "24 May 2012"
    assert facts["**Registration ends**"] == "31 December 2013"
    assert facts["**Data digest**"] == load().digest
    for unit in load().units:
        assert f"({unit.ref}), level {unit.level}: {unit.level_source}" in words(app)
    for note in load().notes:
        assert note in words(app)


def test_published_figures_stand_beside_what_comes_out() -> None:
    figures = qualification_tables.figures_table(check(load()))
    assert figures.to_dict("split")["data"] == [
        ["Units", 39, "Agrees: 39 units listed."],
        ["Least credits", 28, "Agrees: 28 credits, the least of any valid selection."],
        ["Least guided hours", 93, "Agrees: 93 guided hours, the least of any valid selection."],
        ["Most guided hours", 172, "Does not come out: 158 guided hours, the most of any valid selection of 28 credits."],
    ]  # fmt: skip
    assert table(opened(), "Computed anew")["Computed anew"] == figures["Computed anew"].to_list()


def test_what_the_lint_says_is_all_there_the_notices_first() -> None:
    app = opened()
    report = check(load())
    notices = [
        str(m.value).replace("\\", "") for m in app.markdown if ":orange-badge[Notice]" in str(m.value)
    ]
    expected = [qualification_tables.remark_words(r) for r in report.remarks if r.severity == "notice"]
    assert notices == [f":orange-badge[Notice] {text}" for text in expected]
    assert any(text.startswith("Most guided hours 172 does not come out: 158") for text in expected)
    assert "No errors, 4 notices." in [str(box.value) for box in app.success]
    (fold,) = (each for each in app.expander if each.label.startswith("For reviewers: "))
    assert not fold.proto.expanded
    label, listed = (each.value for each in fold.markdown[-2:])
    said = listed.replace("\\", "").split("\n")
    expected = [r.text for r in report.remarks if r.severity == "fine" and not r.id.startswith("published-")]
    assert said == [f"- {text}" for text in expected]
    assert label == f"Also in order: {len(expected)} checks"
    assert "No errors" not in "".join(str(each.value) for each in fold.markdown)
    # What is fine about the published figures stands in their table, and only there.
    agreeing = [text for text in table(app, "Computed anew")["Computed anew"] if text.startswith("Agrees")]
    assert len(agreeing) == 3
    assert words(app).count("93 guided hours, the least of any valid selection") == 1


def test_what_is_undecided_is_neither_green_nor_red_and_comes_before_the_notices(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(monkeypatch, small(small=SMALL_RULES + "# looked at without a search\n"))
    monkeypatch.setattr(lint, "EFFORT_IN_ALL", 0.0)
    app = opened()
    boxes = [str(box.value).replace("\\", "") for box in app.warning]
    found = "No errors, 3 undecided, 2 notices. Not everything could be checked in time."
    assert [box for box in boxes if "undecided" in box] == [found]
    assert not [box for box in (*app.success, *app.error) if "errors" in str(box.value)]
    marked = [str(m.value) for m in app.markdown if "-badge[" in str(m.value) and "]" in str(m.value)]
    badges = [
        text.partition("]")[0] for text in marked if text.startswith((":violet", ":orange-badge[Notice"))
    ]
    assert badges == [":violet-badge[Undecided"] * 3 + [":orange-badge[Notice"] * 2


def test_a_wrong_published_figure_is_an_error_and_comes_first(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(monkeypatch, small(small=SMALL_RULES + "\n[published]\nmin_credits = 9\nmax_glh = 18\n"))
    app = opened()
    boxes = [str(box.value).replace("\\", "") for box in app.error]
    (found,) = page_shell.on_file().values()
    notices = sum(remark.severity == "notice" for remark in check(found).remarks)
    noun = "notice" if notices == 1 else "notices"
    assert boxes == [f"2 errors, {notices} {noun}. Do not rely on answers until the file is mended."]
    marked = [
        str(m.value).replace("\\", "")
        for m in app.markdown
        if "-badge[Error]" in m.value or "[Notice]" in m.value
    ]
    assert marked[0].startswith(":red-badge[Error] Least credits 9 does not come out: 7 credits")
    shown = table(app, "Computed anew")
    # By hand: of 7 credits are M1 + O1 (19 hours) and M1 + O2 (18 hours).
    assert shown["Computed anew"][1].startswith("Does not come out: 19 guided hours")


def test_a_figure_nothing_can_be_computed_for_says_so(tmp_path: Path, small: Callable[..., Path]) -> None:
    rules = SMALL_RULES.replace("at_least = 7", "at_least = 700") + "\n[published]\nunits = 4\n"
    (found,) = load_all(small(small=rules)).values()
    assert qualification_tables.figures_table(check(found))["Computed anew"].to_list() == ["Not computed"]


def test_the_day_decides_whether_a_qualification_is_open(small: Callable[..., Path]) -> None:
    soon = SMALL_RULES.replace("verified", "starts = 2999-01-01\nverified")
    (found,) = load_all(small(small=soon)).values()
    assert qualification_tables.status_word(found) == "Not yet open"
    assert badge(found) == ":orange-badge[Not yet open]"
    assert qualification_tables.dates_table(found)["Value"].to_list() == ["1 January 2999"]
    assert qualifications._report(found.digest, date(2026, 11, 23), found).remarks


@pytest.mark.parametrize(
    ("published", "expected"),
    [("", ""), ("min_glh = 5", "from 5"), ("max_glh = 5", "up to 5"), ("min_glh = 4\nmax_glh = 5", "4 to 5")],
)
def test_the_range_of_hours_is_said_as_far_as_it_is_published(
    small: Callable[..., Path], published: str, expected: str
) -> None:
    (found,) = load_all(small(small=f"{SMALL_RULES}\n[published]\n{published}\n")).values()
    assert qualification_tables.hours_words(found) == expected


# Where units lead


def test_nothing_is_said_of_units_before_there_are_any() -> None:
    app = opened()
    (fold,) = (expander for expander in app.expander if expander.label.startswith("Where do my units lead?"))
    assert not fold.proto.expanded
    assert standing_boxes(app) == []


def test_units_lead_to_the_nearest_qualification_first_with_what_is_missing() -> None:
    app = opened(held="D/503/0352,H/505/0053,T/503/0342")
    boxes = standing_boxes(app)
    # By hand: the award needs 12 + 24 more hours, the certificate 93 less the 9 + 15 of the mandatory units.
    assert [re.findall(r"\d{3}/\d{4}/[\dX]", box)[0] for box in boxes] == [ACTIVE, IQ]
    assert "Rules not yet met: 2 units to start, 36 guided hours." in boxes[0]
    assert "Rules not yet met: 5 units to start, 69 guided hours." in boxes[1]
    assert re.findall(r"^- (.*)$", boxes[0], re.MULTILINE) == [
        "Understanding and using inclusive teaching and learning approaches in education and training (D/505/0052)",
        "Understanding assessment in education and training (R/505/0050)",
    ]
    assert boxes[0].endswith(
        "Of yours count: Understanding roles, responsibilities and relationships in education and training (H/505/0053)."
    )
    assert "2 of 3 qualifications on file list units of yours; the nearest comes first." in words(app)
    assert links(app)[:2] == [
        ("Plan with these units", "plan", {"qualification": [ACTIVE], "held": ["H/505/0053"]}),
        ("Plan with these units", "plan", {"qualification": [IQ], "held": ["D/503/0352,T/503/0342"]}),
    ]


def test_units_that_meet_the_rules_or_do_not_count_are_said() -> None:
    tquk = [unit.ref for unit in load(TQUK).units]
    boxes = standing_boxes(opened(held=",".join([*tquk, "J/502/4299", "M/502/4300"])))
    assert "Rules met: 5 units count, 16 credits." in boxes[0]
    assert "Of yours do not count: Using Email, level 1 (J/502/4299)." in boxes[1]


def test_a_dead_end_is_told_with_its_reason(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(monkeypatch, small(small=SMALL_RULES.replace("at_least = 7", "at_least = 700")))
    (box,) = standing_boxes(opened(held="M1"))
    assert "Rules not met, and no way home exists; this is proven." in box
    assert "- No choice of units meets these rules: “at least 7 credits”." in box


def test_units_are_chosen_or_typed_and_only_refs_go_into_the_address() -> None:
    app = ran(opened().multiselect(key="catalogue-held").set_value(["D/503/0352", "t5030342; h/505/0053"]))
    assert address(app) == {"held": "D/503/0352,T/503/0342,H/505/0053"}
    assert len(standing_boxes(app)) == 2
    again = opened(**address(app))
    assert standing_boxes(again) == standing_boxes(app)
    app = ran(app.multiselect(key="catalogue-held").set_value(["D/503/0352", "Ada-Example"]))
    assert address(app) == {"held": "D/503/0352"}
    assert "= 'Ada-Example': no qualification on file has a unit with this ref" in said(app, "warning")
    app = ran(app.multiselect(key="catalogue-held").set_value([]))
    assert address(app) == {}
    assert "Ada-Example" not in everything(app)


def test_unknown_refs_in_the_address_are_reported_the_first_few_of_many() -> None:
    app = opened(held="L/601/0999,D/503/0352," + ",".join(f"X{number}" for number in range(9_000)))
    warnings = [str(box.value).replace("\\", "") for box in app.warning if "Not understood" in str(box.value)]
    assert (
        "'L/601/0999': no qualification on file has a unit with this ref; did you mean L/601/0933?"
        in warnings[0]
    )
    assert len(warnings) == wishes_in_address.MOST_NAMED + 1
    assert warnings[-1] == "Not understood and left out: achieved units: 8,998 more like these"
    assert app.multiselect(key="catalogue-held").value == ["D/503/0352"]


# A portfolio


def portfolio(*lines: str) -> bytes:
    return "\n".join(["learner,ref,status,name", *lines]).encode()


def uploaded(app: AppTest, content: bytes, name: str = "portfolio.csv") -> AppTest:
    field = next(field for field in app.file_uploader if str(field.key).startswith("leads-portfolio-"))
    field.set_value((name, content, "text/csv"))
    return ran(app)


def test_a_portfolio_of_units_of_several_qualifications_leads_on() -> None:
    lines = ["L7,d5030352,verified,Ada Example", "L7,H/505/0053,assessed,", "L7,T/503/0342,in progress,"]
    app = uploaded(opened(held="J/502/4299"), portfolio(*lines))
    assert address(app) == {"held": "J/502/4299,H/505/0053,D/503/0352"}  # nothing but refs, none lost
    assert [re.findall(r"\d{3}/\d{4}/[\dX]", box)[0] for box in standing_boxes(app)] == [ACTIVE, IQ]
    assert "Ada" not in everything(app)
    assert not app.warning or all("portfolio.csv" not in str(box.value) for box in app.warning)


def test_what_of_a_portfolio_was_not_read_is_said() -> None:
    app = uploaded(opened(), b"learner,ref,status,weather\nL7,D/503/0352,verified,fine\n")
    assert "In portfolio.csv: not read: “weather”." in words(app)
    assert "weather" not in words(uploaded(app, portfolio("L7,D/503/0352,verified,")))


def test_a_closed_qualification_says_so_where_its_way_is_advised(real: Qualification) -> None:
    app = opened(held="D/503/0352,H/505/0053")
    assert everything(app).count(real.next_step(False)) == 1
    assert len(standing_boxes(app)) == 2


def test_an_achievement_record_leads_on(real: Qualification) -> None:
    held = Portfolio("L7", (Entry("D/503/0352", "verified", "E1"),))
    app = uploaded(opened(), record_workbook(judge(real, held)), "record.xlsx")
    assert address(app) == {"held": "D/503/0352"}


def test_rows_of_a_portfolio_that_cannot_be_read_are_told_the_first_few_of_many() -> None:
    lines = [f"L7,X/999/{number:04},verified," for number in range(progression_panel.MOST_PROBLEMS + 2)]
    app = uploaded(opened(), portfolio("L7,D/503/0352,verified,", *lines))
    assert address(app) == {"held": "D/503/0352"}
    said = [str(box.value).replace("\\", "") for box in app.warning]
    told = [text for text in said if "portfolio.csv, row" in text]
    assert told[0].endswith("no unit of a qualification on file has this ref")
    assert len(told) == progression_panel.MOST_PROBLEMS
    assert "2 more problems in this file." in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (portfolio("L7,D/503/0352,verified,", "L8,T/503/0342,verified,"), "holds 2 learners"),
        (portfolio("L7,D/503/0352,planned,"), "no unit in it is achieved"),
        (b"colour\nred\n", "learner"),
        (b"", "portfolio.csv"),
    ],
)
def test_a_file_that_answers_nothing_says_why_and_changes_nothing(content: bytes, message: str) -> None:
    app = uploaded(opened(held="J/502/4299"), content)
    assert address(app) == {"held": "J/502/4299"}
    assert any(message in str(box.value).replace("\\", "") for box in app.warning)


def test_a_portfolio_of_which_nothing_can_be_read_says_that_alone() -> None:
    app = uploaded(opened(held="J/502/4299"), portfolio("L7,X/999/0001,verified,"))
    assert address(app) == {"held": "J/502/4299"}
    told = [text for text in said(app, "warning").splitlines() if text.startswith("portfolio.csv")]
    assert any("no unit of a qualification on file has this ref" in text for text in told)
    assert not any("no unit in it is achieved" in text for text in told)


# The rest


def test_what_only_the_command_line_does_is_said_as_it_is_typed() -> None:
    for command in (qualifications.CHANGE, qualifications.NEW):
        name, *words = shlex.split(command)[1:]
        parameters = get_command(commands.app).commands[name].params  # type: ignore[attr-defined]
        options = {option for parameter in parameters for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options
    (fold,) = (expander for expander in opened().expander if expander.label.startswith("When rules change"))
    assert [code.value.split()[:2] for code in fold.code] == [
        ["nvq-planner", "change"],
        ["nvq-planner", "new"],
    ]
    assert not fold.proto.expanded


def test_hostile_text_stays_text(small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    rules = RULES.replace('"A small qualification"', f'"{HOSTILE}"').replace('"one pathway"', f'"{HOSTILE}"')
    rules = rules.replace('"the soft units"', f'"{HOSTILE}"').replace(
        '"People judge the evidence."', f'"{HOSTILE}"'
    )
    rules = rules.replace('source = "', f'awarding_organisation = "{HOSTILE}"\nsource = "{HOSTILE}')
    rules += f'\n[groups]\nM = "{HOSTILE}"\n[strategies]\nA = "{HOSTILE}"\n'
    units = (
        "\n".join([HEADER, *SMALL_UNITS]).replace("First option", HOSTILE).replace("Second option", HOSTILE)
    )
    with_data(monkeypatch, small(units, small=rules))
    app = searched(opened(held="O1,O2", qualification=HOSTILE), "click img")
    app = ran(app.multiselect(key="catalogue-held").set_value(["O1", "O2", HOSTILE]))
    found = raw(app)
    assert sum(plain(HOSTILE) in text for text in found) >= 12
    for text in found:
        for mark in ("[click", "](", "<img", "**bold", "$x", ":red[red", "[red"):
            assert not re.search(rf"(?<!\\){re.escape(mark)}", text), text


def test_broken_data_is_told_in_words(small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with_data(monkeypatch, small(HEADER))
    assert "units.csv: lists no unit" in said(opened(), "error")


def test_a_click_computes_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(held="D/503/0352")

    def refused(self: Model, *arguments: Any, **named: Any) -> Any:
        raise AssertionError("solved again")

    monkeypatch.setattr(Model, "solve", refused)
    app = ran(app.text_input(key="catalogue-unit").set_value("email"))
    assert listed(searched(app, "nvq")) == [IQ]
    monkeypatch.undo()


def test_the_catalogue_holds_a_qualification_with_nothing_but_what_is_required(
    small: Callable[..., Path], real: Qualification
) -> None:
    (bare,) = load_all(small()).values()
    assert [qualifications._figure(one.level) for one in (real, bare)] == ["2", "–"]
    cell = qualifications._list_cell(bare, real, "")
    assert cell.splitlines()[1].startswith(f"{plain(bare.id)} ")
