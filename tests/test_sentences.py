"""Numbers of sentences, as people write them: read right, refs and levels never taken for limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from planner import DataError, load
from planner.authoring.lint import check
from planner.catalogue.sentences import sentence_figures, spelt_out
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS

Small = Callable[..., Path]

ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def below_hundred(number: int, joint: str = "-") -> str:
    if number < 20:
        return ["", *ONES, *TEENS][number]
    ten, one = divmod(number, 10)
    return f"{TENS[ten - 2]}{joint}{ONES[one - 1]}" if one else TENS[ten - 2]


def in_words(number: int, joint: str = "-", link: str = " and ") -> str:
    """A number below a million as people write it."""
    if number < 100:
        return below_hundred(number, joint)
    if number < 1_000:
        hundreds, rest = divmod(number, 100)
        return f"{ONES[hundreds - 1]} hundred" + (link + below_hundred(rest, joint) if rest else "")
    thousands, rest = divmod(number, 1_000)
    after = (link if rest < 100 else " ") + in_words(rest, joint, link) if rest else ""
    return f"{in_words(thousands, joint, link)} thousand{after}"


@pytest.mark.parametrize(("joint", "link"), [("-", " and "), (" ", " and "), ("-", " "), (" ", " ")])
def test_numbers_in_words_are_read_whole(joint: str, link: str) -> None:
    numbers = [*range(1, 1_300), *range(1_300, 100_000, 617)]
    for number in numbers:
        assert spelt_out(f"at least {in_words(number, joint, link)} credits") == f"at least {number} credits"
    assert len(numbers) > 1_400


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("twenty-four credits", [24]), ("Forty-Five of them", [45]), ("a dozen units", [12]),
        ("half a dozen", [6]), ("two dozen credits", [24]), ("both units", [2]), ("a pair of units", [2]),
        ("12 (twelve) credits", [12, 12]), ("2 to 7", [2, 7]), ("2-7 units", [2, 7]), ("2–7", [2, 7]),
        ("between 2 and 7 units", [2, 7]), ("no more than 6", [6]), ("not less than twelve", [12]),
        ("at least one and at most two", [1, 2]), ("13 credits, nine of those at level 3", [13, 9]),
        ("12 from Group 1 and 48 from Group B", [12, 48]), ("take 3 of 5", [3, 5]), ("≥ 12 credits", [12]),
        ("mandatory units 8 credits, optional units 4 credits", [8, 4]),
        ("22 credits in all, 1 from section 2", [22, 1]), ("one, two or three units", [1, 2, 3]),
        ("15 of which must be at level 2", [15]), ("２４ credits", [24]),
    ],
)  # fmt: skip
def test_counts_are_read_as_they_are_written(text: str, counts: list[int]) -> None:
    found = sentence_figures(text, ["L/601/0933"])
    assert [sorted(each) for each in found.counts] == [[number] for number in counts]
    assert not found.unread


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("12.5 credits", [12.5]), ("12½ credits", [12.5]), ("12 ½ credits", [12.5]), ("12 1/2 credits", [12.5]),
        ("twelve and a half credits", [12.5]), ("two and one half credits", [2.5]), ("2.50 credits", [2.5]),
        ("½ credit", [0.5]), ("half a credit", [0.5]), ("a half credit", [0.5]), ("½ of a credit", [0.5]),
        ("0.5 credits", [0.5]), ("units of half a credit", [0.5]), ("a 2.5-credit unit", [2.5]),
        ("2.5 to 7.5 credits", [2.5, 7.5]), ("from 2½ to 7 credits", [2.5, 7]), ("2½–7½ credits", [2.5, 7.5]),
        ("between 2½ and 7½ of them", [2.5, 7.5]), ("at least 12½", [12.5]), ("12.5 (twelve and a half) credits", [12.5, 12.5]),
        ("12.0 credits", [12]), ("1,250½ credits", [1_250.5]), ("12½ from Group 1 and 48 from Group B", [12.5, 48]),
        ("13½ credits, nine of those at level 3", [9, 13.5]), ("no more than 2.5", [2.5]),
    ],
)  # fmt: skip
def test_halves_are_read_as_they_are_written(text: str, counts: list[float]) -> None:
    found = sentence_figures(text, ["L/601/0933"])
    assert sorted(max(each) for each in found.counts) == sorted(counts)
    assert not found.unread


@pytest.mark.parametrize("text", ["version 2.5 of the handbook", "section 4.5", "unit 2.5", "3.5.1"])
def test_a_half_that_only_names_something_is_no_count(text: str) -> None:
    found = sentence_figures(text, [])
    assert (found.counts, found.unread) == ((), ())


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("2 x 2.5 credits", {5}), ("2½ + 10 credits", {12.5}), ("more than 12 credits", {12, 12.5, 13}),
        ("fewer than 12½ credits", {12.5, 12, 11.5}),
        ("1,250 hours", {1_250}), ("1 250 hours", {1_250}), ("1\u202f250 hours", {1_250}),
        ("more than 5 credits", {5, 6}), ("fewer than six units", {6, 5}), ("2 x 6 credits", {12}),
        ("900 + 100 credits", {1_000}), ("two × 6 credits", {12}), ("12,345,678 hours", {12_345_678}),
    ],
)  # fmt: skip
def test_a_number_that_can_be_read_in_two_ways_has_both_readings(text: str, readings: set[float]) -> None:
    (found,) = sentence_figures(text, []).counts
    assert readings <= found


@pytest.mark.parametrize(
    "text",
    [
        "Units 201 and 202", "unit 214 requires unit 203", "Units 301-305", "units 301, 302 & 303", "301 and 302",
        "L/601/0933 or l 601 0933 or L6010933", "see section 4.2, page 12", "version 3.1 of the handbook",
        "in 2026", "from 1 September 2026", "by 31 Dec 2026", "2026-11-22", "31/12/2013", "aged 16 or over",
        "within 3 years", "16 to 18 year olds", "the 2nd unit", "the twenty-first unit", "12/13", "Group 2",
        "pathway 3", "Appendix 1", "HLT54115 and BSBWHS311", "£50", "Unit 0421", "at level 3", "Level 2 or 3",
        "a unit", "other options",
    ],
)  # fmt: skip
def test_what_only_names_something_is_no_count(text: str) -> None:
    found = sentence_figures(text, ["L/601/0933", "301", "302", "303"])
    assert found.counts == ()
    assert found.unread == ()


def test_a_ref_is_not_read_and_a_number_that_is_one_too_is_read_where_it_counts() -> None:
    refs = [str(number) for number in range(1, 16)]
    assert sentence_figures("12 and 13", refs).counts == ()
    assert sentence_figures("unit 12 and 10 credits", refs).counts == (frozenset({10}),)
    assert sentence_figures("at least 12", refs).counts == (frozenset({12}),)
    assert sentence_figures("12 optional units", refs).counts == (frozenset({12}),)
    assert sentence_figures("complete 12 and 13, and 2 more", refs).counts == (frozenset({2}),)


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("at least 60 % at level 3", "60 %"), ("60% of credits", "60%"), ("sixty per cent", "60 per cent"),
        ("at least half of the credits", "half"), ("three-quarters of them", "3-quarters"), ("½ of them", "½"),
        ("two thirds of the units", "2 thirds"), ("the majority of units", "majority"), ("2.3 credits", "2.3"),
        ("1/2 of the units", "1/2"), ("half the credits", "half"), ("12½% of the credits", "12.5%"),
    ],
)  # fmt: skip
def test_an_amount_that_is_no_number_of_halves_is_told_as_unread(text: str, unread: str) -> None:
    found = sentence_figures(text, [])
    assert found.unread == (unread,)
    assert found.counts == ()


def test_levels_stand_apart() -> None:
    assert sentence_figures("3 credits at level 3", []).levels == {3}
    assert sentence_figures("levels 2 and 3 and 4 credits", []).levels == {2, 3}
    assert sentence_figures("Level Two or above; 4 at level 1", []).levels == {2, 1}


# In the lint


def remarks(small: Small, text: str, limits: str, units: str | None = None) -> dict[str, tuple[str, str]]:
    rule = f'[[rule]]\nid = "x"\ntext = "{text}"\n{limits}\n'
    found = check(load("Q1", small(units, small=SMALL_RULES + rule)))
    return {remark.id: (remark.severity, remark.text) for remark in found.remarks}


CREDITS = 'count = "credits"\n'


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("twenty-four credits", CREDITS + "at_most = 24"),
        ("forty-five", CREDITS + "at_most = 45"),
        ("1,250 guided hours", 'count = "glh"\nat_most = 1250'),
        ("one hundred and twenty credits", CREDITS + "at_most = 120"),
        ("Units 201 and 202 excepted, 4 units", "at_most = 4"),
        ("fewer than five units", "at_most = 4"),
        ("from 2 to 7 credits", CREDITS + "at_least = 2\nat_most = 7"),
        ("Level 3 Diploma: all main units", "where = { group = 'M' }\nall = true"),
        ("in 2026 all main units", "where = { group = 'M' }\nall = true"),
        ("2 x 6 credits", CREDITS + "at_most = 12"),
        ("12½ credits", CREDITS + "at_most = 12.5"),
        ("two and a half to 12.5 credits", CREDITS + "at_least = 2.5\nat_most = 12.5"),
        ("½ credit", CREDITS + "at_least = 0.5"),
        ("more than 12 credits", CREDITS + "at_least = 12.5"),
        ("60 % and 12½ credits", CREDITS + "at_most = 12.5"),
        ("13 credits, nine of those at level 2", CREDITS + "where = { level = 2 }\nat_most = 9"),
    ],
)
def test_a_true_sentence_is_no_error(small: Small, text: str, limits: str) -> None:
    found = remarks(small, text, limits)
    assert "sentence-x" not in found, found["sentence-x"]


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("twenty-four credits", CREDITS + "at_most = 25"),
        ("1,250 guided hours", 'count = "glh"\nat_most = 1251'),
        ("8 to 10 credits", CREDITS + "at_least = 8\nat_most = 12"),
        ("fewer than six units", "at_most = 3"),
        ("unit 12 and 10 credits", CREDITS + "at_most = 12"),
        ("a unit at level 2", "where = { level = 3 }\nat_most = 4"),
        ("2 x 6 credits", CREDITS + "at_most = 13"),
        ("12½ credits", CREDITS + "at_most = 12"),
        ("12.5 credits", CREDITS + "at_most = 13"),
        ("½ credit", CREDITS + "at_least = 1"),
        ("2.5 to 12 credits", CREDITS + "at_least = 3\nat_most = 12"),
    ],
)
def test_a_sentence_with_another_number_is_an_error(small: Small, text: str, limits: str) -> None:
    assert remarks(small, text, limits)["sentence-x"][0] == "error"


def test_a_ref_that_is_a_number_does_not_stand_for_the_limit(small: Small) -> None:
    units = "\n".join([HEADER, *SMALL_UNITS, "Q1,O,,12,Twelfth,2,2,5,A,high,"])
    text = "10 credits including 12"
    assert remarks(small, text, CREDITS + "at_most = 12", units)["sentence-x"][0] == "error"
    assert "sentence-x" not in remarks(small, text, CREDITS + "at_most = 10", units)


@pytest.mark.parametrize(
    "text", ["at least 60 % at level 2", "half of the credits", "2.3 credits", "½ of 8 units"]
)
def test_a_sentence_that_cannot_be_read_is_a_notice(small: Small, text: str) -> None:
    severity, words = remarks(small, text, CREDITS + "at_most = 12")["sentence-x"]
    assert severity == "notice"
    assert words.startswith(f"“{text}” names an amount that was not read (")
    assert words.endswith(", so nobody has compared it with what the rule asks (12).")


def test_a_share_beside_the_limit_needs_no_notice(small: Small) -> None:
    assert "sentence-x" not in remarks(small, "at least 60 %, that is 12 credits", CREDITS + "at_most = 12")


@pytest.mark.parametrize(
    ("derived", "limit", "wrong"),
    [
        ("6 + 7", 13, ""),  # 7 is what another rule asks for
        ("2 × 6", 12, "“2 × 6” has what stands neither in the sentence nor in another rule: 2."),
        ("6 + 7", 14, "“6 + 7” is 13, which is no limit of the rule (14)."),
        (
            "6 * (3 - 1)",
            12,
            "“6 * (3 - 1)” has what stands neither in the sentence nor in another rule: 3.",
        ),
        (
            "2 x (6 - 0.5) + 7",
            18,
            "“2 x (6 - 0.5) + 7” has what stands neither in the sentence nor in another rule: 0.5, 2.",
        ),
        ("6 + 6.5", 12.5, "“6 + 6.5” has what stands neither in the sentence nor in another rule: 6.5."),
        ("26 - 6 - 7", 13, "“26 - 6 - 7” has what stands neither in the sentence nor in another rule: 26."),
        ("7 + 7", 14, "“7 + 7” has no number of the sentence “6 credits beyond those in all”."),
    ],
)
def test_how_a_limit_is_derived_is_computed_anew(
    small: Small, derived: str, limit: float, wrong: str
) -> None:
    key = f'derived = "{derived}"\n{CREDITS}at_most = {limit}'
    found = remarks(small, "6 credits beyond those in all", key)
    if wrong:
        assert found["sentence-x"] == ("error", wrong)
    else:
        assert "sentence-x" not in found
    without = remarks(small, "6 credits beyond those in all", f"{CREDITS}at_most = {limit}")
    assert without["sentence-x"][0] == "error"


@pytest.mark.parametrize(
    "derived",
    [
        "",
        "6",
        "6 +",
        "six + 7",
        "6 / 4",
        "6 ** 7",
        "6 + 0.3",
        "6 + 7.5.5",
        "(6 + 7",
        "6 7",
        "1" * 20 + " + 1",
        "len(6)",
    ],
)
def test_what_is_no_arithmetic_is_refused(small: Small, derived: str) -> None:
    rule = f'[[rule]]\nid = "x"\ntext = "6"\nat_most = 6\nderived = "{derived}"\n'
    with pytest.raises(DataError, match=r"rule\[3\]\.derived"):
        load("Q1", small(small=SMALL_RULES + rule))


def test_only_a_rule_with_limits_is_derived(small: Small) -> None:
    rule = '[[rule]]\nid = "x"\ntext = "t"\nderived = "1 + 2"\nunit = "O1"\nrequires = "O2"\n'
    with pytest.raises(DataError, match=r"derived = '1 \+ 2': does not go with unit and requires"):
        load("Q1", small(small=SMALL_RULES + rule))
