"""The command `career`: where somebody stands, what is next, what falls due."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import icalendar
import pytest

from planner.cli import career_terminal
from planner.errors import Problem
from planner.recognition.scheme_file import load_recognitions
from planner.recognition.schemes import career
from planner.report import career_tables
from tests.conftest import write_data
from tests.test_cli import BEST, Run, run

__all__ = ["run"]

SCHEMES = load_recognitions()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def as_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return as_file


def as_json(run: Run, *arguments: object) -> dict[str, Any]:
    code, out, err = run("career", "--json", *arguments)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def refused(run: Run, *arguments: object) -> str:
    code, out, err = run("career", *arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    return err


def one(run: Run, scheme: str, *arguments: object) -> dict[str, Any]:
    (found,) = as_json(run, "--scheme", scheme, *arguments)["schemes"]
    return dict(found)


def test_every_scheme_is_answered_as_contracted(run: Run) -> None:
    found = as_json(run)
    assert list(found) == ["schemes", "appointments", "profile", "problems", "sheets"]
    assert [scheme["scheme"] for scheme in found["schemes"]] == list(SCHEMES)
    assert (found["appointments"], found["profile"]) == ([], None)
    assert found["problems"] == found["sheets"] == []


def test_facts_are_typed_as_options(run: Run) -> None:
    facts = ("icco.service=24", "ICCO.Member=yes", "icco.signature=x", "icco.reasons=true")
    found = one(run, "icco", *(part for fact in facts for part in ("--fact", fact)))
    assert found["reached"] == ["bronze", "silver"]
    assert found["next"] == "gold"


def test_facts_come_from_a_file_and_an_option_wins(run: Run, write: Callable[[str, str], Path]) -> None:
    file = write("facts.csv", "scheme,fact,value\nicco,service,11\nicco,member,yes\nico,x,1\n")
    found = as_json(run, file, "--fact", "icco.service=13", "--scheme", "icco")
    assert found["schemes"][0]["facts"]["service"] == 13
    assert found["schemes"][0]["facts"]["member"] == 1
    (problem,) = found["problems"]
    assert (problem["row"], problem["field"], problem["value"]) == (4, "scheme", "ico")


def test_a_portfolio_says_whether_the_rules_are_met(run: Run, write: Callable[[str, str], Path]) -> None:
    rows = "".join(f"L1,{ref},verified\n" for ref in BEST)
    met = write("met.csv", f"learner,ref,status\n{rows}")
    assert "certificate" in one(run, "nvq", "--portfolio", met)["reached"]
    less = write("less.csv", f"learner,ref,status\n{rows.replace('verified', 'planned', 1)}")
    found = as_json(run, "--scheme", "nvq", "--portfolio", less, "--fact", "nvq.rules-met=yes")
    assert "certificate" not in found["schemes"][0]["reached"]
    assert (
        found["problems"][0]["message"] == "is given as yes but measured as no: the measured value is taken"
    )


def test_a_portfolio_that_no_scheme_rests_on_is_refused(run: Run, write: Callable[[str, str], Path]) -> None:
    file = write("p.csv", f"learner,ref,status\nL1,{BEST[0]},verified\n")
    assert "rests on qualification 600/5106/1" in refused(run, "--scheme", "icco", "--portfolio", file)
    other = refused(run, "--portfolio", file, "--qualification", "603/3646/8")
    assert "rests on qualification 603/3646/8" in other


def test_a_log_says_how_many_points_there_are(run: Run, write: Callable[[str, str], Path]) -> None:
    today = date.today()
    year_ago, old = today.replace(year=today.year - 1, day=1), today.replace(year=today.year - 2, day=1)
    dated = write(
        "log.csv",
        f"activity,date,times\narticle,{today},17\npdp,{old},1\nccmg-event,{year_ago},2\n",
    )
    common = ("--fact", "ccop.points=3", "--cpd", dated, "--start", old)
    found = as_json(run, "--scheme", "ccop", *common)
    facts = found["schemes"][0]["facts"]
    assert (facts["points"], facts["points-last-year"]) == (15 + 10 + 4, 15)  # 15 articles count
    (notice,) = found["problems"]
    assert notice["message"].startswith("is given as 3 points but measured as 29 points")
    table = ("--reading", "CCMG-CCOP-sections-table")
    assert one(run, "ccop", *common[2:], *table)["facts"]["points"] == 15 + 1 + 4
    every = as_json(run, *common)["schemes"]
    assert [scheme["facts"]["points"] for scheme in every if scheme["scheme"] == "ccop"] == [29]


def test_a_log_without_dates_leaves_the_last_12_months_as_typed(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    log = write("log.csv", "activity,year,times\narticle,1,4\nnothing,1,1\n")
    found = as_json(run, "--scheme", "ccop", "--cpd", log, "--fact", "ccop.points-last-year=36")
    facts = found["schemes"][0]["facts"]
    assert (facts["points"], facts["points-last-year"]) == (4, 36)
    assert [problem["row"] for problem in found["problems"]] == [3, None]
    assert "1 entry without a date is left out" in found["problems"][1]["message"]


def test_a_log_that_no_scheme_counts_is_refused(run: Run, write: Callable[[str, str], Path]) -> None:
    log = write("log.csv", "activity,year\narticle,1\n")
    assert "counts the points of Contact Centre Operational Professional" in refused(
        run, "--scheme", "icco", "--cpd", log
    )


def test_what_falls_due_is_listed_and_written_as_a_calendar(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "audits.ics"
    found = as_json(run, "--granted", "29/02/2024", "--calendar", path)
    days = ["2026-02-28", "2028-02-29", "2030-02-28", "2032-02-29", "2034-02-28"]
    assert [item["day"] for item in found["appointments"]] == days
    read: list[Any] = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert [event["DTSTART"].dt.isoformat() for event in read] == days
    code, out, _ = run("career", "--scheme", "en-15838", "--granted", "2024-02-29", "--calendar", path)
    assert code == 0
    assert "28 February 2026" in out
    assert f"Calendar written: {path.name}" in out.replace("\n", "").replace(str(tmp_path) + "/", "")


def test_the_job_profile_is_shown_with_its_attribution(run: Run) -> None:
    assert as_json(run, "--profile")["profile"]["title"] == "Call centre operator"
    _, out, _ = run("career", "--profile", "--scheme", "job")
    flat = " ".join(out.replace("│", " ").split())
    assert "Job profile data provided by the National Careers Service." in flat
    assert "Open Government Licence v3.0." in flat
    assert "£15,000 (starter)" in flat


def test_the_terminal_says_where_i_am_what_is_next_and_who_decides(run: Run) -> None:
    facts = ("icco.service=18", "icco.member=yes", "icco.signature=yes", "icco.reasons=yes")
    code, out, err = run("career", "--scheme", "icco", *(part for fact in facts for part in ("--fact", fact)))
    flat = " ".join(out.split())
    assert (code, err) == (0, "")
    assert "Requirements met: Bronze accreditation. Next: Silver accreditation." in flat
    assert "- 6 more months: Months of service in the call centre industry (18 of 24) [icco.service]" in flat
    assert "at the latest if it goes on as now" in flat
    assert "The ICCO accreditation panel" in flat
    assert "compared on 22 November 2026" in flat


def test_whereabouts_are_said_of_every_scheme(run: Run) -> None:
    _, out, _ = run("career")
    flat = " ".join(out.split())
    for scheme in SCHEMES.values():
        assert f"{scheme.title}. {scheme.whereabouts}." in flat
        assert f"Source: {scheme.source}" in flat
    assert "EN 15838 was succeeded by EN ISO 18295 in 2017" in flat


def test_a_passed_limit_is_told_by_its_rule(run: Run) -> None:
    _, out, _ = run(
        "career", "--scheme", "en-15838", "--fact", "en-15838.certificate=1", "--fact", "en-15838.since-audit=25"
    )  # fmt: skip
    flat = " ".join(out.split())
    assert "Held: Step 3: the certificate." in flat
    assert "Next" not in flat
    assert "no more than 24 months ago (25 of at most 24 months)" in flat


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fact", "icco.service"), "must be a scheme, a fact and its value"),
        (("--fact", "icco.service=-1"), "whole number of months from 0 to 1200"),
        (("--fact", "icco.servise=1"), "did you mean service?"),
        (("--fact", "ico.service=1"), "did you mean icco?"),
        (("--fact", "icco.service=1", "--fact", "ICCO.SERVICE=2"), "this fact is given twice"),
        (("--scheme", "ico"), "did you mean icco?"),
        (("no-such-file.csv",), "there is no such file"),
        (("--portfolio", "no-such-file.csv"), "there is no such file"),
        (("--start", "2026-01-01"), "goes with --cpd"),
        (("--reading", "ccmg-ccop-plan"), "goes with --cpd"),
        (("--cpd", "no-such-file.csv"), "there is no such file"),
        (("--cpd", "no-such-file.csv", "--start", "soon"), "must be a date such as 2026-11-22"),
        (("--cpd", "no-such-file.csv", "--reading", "ccmg"), "no reading has this id"),
        (("--granted", "soon"), "must be a date such as 2026-11-22"),
        (("--granted", "9999-01-01"), "beyond the year 9999"),
        (("--granted", "2026-01-01", "--scheme", "icco"), "nothing falls due again in these schemes"),
        (("--calendar", "x.ics"), "goes with --granted"),
        (("--granted", "2026-01-01", "--calendar", "x.txt"), "must end in .ics"),
        (("--qualification", "1/2/3", "--portfolio", "x.csv"), "no qualification on file"),
    ],
)
def test_bad_input_is_told_and_ends_with_2(
    run: Run, arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(run, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_schemes_is_refused(run: Run, tmp_path: Path) -> None:
    assert "holds no scheme of recognition" in refused(run, "--data", write_data(tmp_path / "data"))


def test_two_schemes_in_which_something_recurs_ask_for_one(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "recognition"
    folder.mkdir(parents=True)
    for number in (1, 2):
        (folder / f"{number}.toml").write_text(
            f'id = "s{number}"\ntitle = "Scheme {number}"\nbody = "Nobody"\nabout = "person"\nsource = "x"\n'
            'verified = 2026-11-22\n[[fact]]\nid = "a"\ntext = "A"\nkind = "yes"\n[[award]]\nid = "w"\ntitle = "W"\n'
            'decides = "x"\n[[recurring]]\naward = "w"\ntext = "Again"\nevery_months = 6\n',
            encoding="utf-8",
        )
    common = ("--data", folder.parent, "--granted", "2026-01-31")
    assert "choose with --scheme one of s1, s2" in refused(run, *common)
    assert len(as_json(run, *common, "--scheme", "s2")["appointments"]) == 5
    assert as_json(run, "--data", folder.parent, "--profile")["profile"] is None
    _, out, _ = run("career", "--data", folder.parent, "--profile", "--scheme", "s1", "--scheme", "S1")
    assert out.count("Scheme 1. Nobody.") == 1
    assert "No job profile is on file." in out


def test_an_option_with_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem("--fact", "is [bold]not[/bold] a fact", value="[red]\x1b[2J=1+1")
    career_terminal.print_careers([career(SCHEMES["icco"], {})], [problem], date(2026, 11, 22))
    out = capsys.readouterr().out
    assert "[bold]not[/bold]" in out
    assert "\x1b[2J" not in out


# Tables


def test_the_tables_of_a_career_say_the_same() -> None:
    found = career(SCHEMES["icco"], {"member": 1, "service": 20})
    awards = career_tables.awards_table(found)
    assert list(awards["Award"])[:2] == ["Bronze accreditation", "Silver accreditation"]
    assert list(awards["State"]) == [
        "2 things missing",
        "3 things missing",
        "3 things missing",
        "2 things missing",
    ]
    assert career_tables.earliest_words(found.reaches[1], date(2026, 11, 22)) == (
        "In March 2027 at the latest if it goes on as now, if all else is there by then"
    )


def test_what_nobody_has_said_is_asked_for() -> None:
    kept = career(SCHEMES["en-15838"], {"certificate": 1}).reaches[3]
    assert career_tables.missing_words(kept) == (
        "Say: Months since the certificate or the last surveillance audit",
    )
    assert career_tables.state_words(kept) == "open: something is not said yet"


def test_tables_keep_their_columns_when_nothing_is_in_them() -> None:
    reach = career(SCHEMES["job"], {}).reaches[0]
    assert career_tables.missing_words(reach) == ()
    assert career_tables.appointments_table(()).shape == (0, 4)
    assert career_tables.state_words(reach) == career_tables.NO_RULES


def test_words_for_a_scheme_without_and_with_everything() -> None:
    assert career_tables.career_words(career(SCHEMES["icco"], {})) == (
        "No requirements met yet. Next: Bronze accreditation."
    )
    held = career(SCHEMES["nvq"], {"certificate": 1, "age": 30, "level-1": 1})
    assert [career_tables.state_words(reach) for reach in held.reaches] == [
        career_tables.MET, career_tables.HELD, career_tables.MET,
    ]  # fmt: skip
    assert career_tables.career_words(held) == (
        "Held: Level 2 NVQ Certificate in Contact Centre Operations. "
        "Requirements met: Starting the certificate; Going on to level 3. Nothing is left to reach."
    )
