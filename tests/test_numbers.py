"""Every number that somebody gives: each option, parameter and cell has limits, and says them."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import planner
from planner import DataError, Qualification
from planner.assurance import draw_sample, load_policy
from planner.authoring import effects
from planner.authoring.new_qualification import draft
from planner.cli import commands
from planner.cpd import Intent, intent_of, plan_cycle, plan_readings
from planner.cpd.log import read_log
from planner.cpd.scheme import load_readings, slot
from planner.files.limits import Range
from planner.recognition import appointments, calendar_file, career
from planner.recognition.eligibility import read_facts
from planner.recognition.scheme_file import load_recognitions
from planner.records.wishes import Request, Wishes, WishKeywords
from tests.public import commands as every_command
from tests.public import names

HUGE = ("9223372036854775808", "18446744073709551616", "1" + 20 * "0", "9" * 5_000)
NO_NUMBER = ("-1", "nan", "inf", "-inf", "1e400", "", " ", "0x10", "1_0", "١٢", "1.5.2", "1,5")
"""No option takes any of these, nor does a cell."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nvq-planner", *arguments])
        with pytest.raises(SystemExit) as end:
            commands.main()
        out, err = capsys.readouterr()
        code = end.value.code
        return code if isinstance(code, int) else 0, out, err

    return call


# Options


def option_types() -> Iterator[tuple[str, str, Any, str]]:
    """Every option of every command: command, option, type, what its help calls the value."""
    for name, command in every_command().items():
        if hasattr(command, "commands"):
            continue
        hints = typing.get_type_hints(command.callback)
        for parameter in command.params:
            if parameter.opts[0].startswith("--"):
                yield name, parameter.opts[0], hints.get(parameter.name), str(parameter.metavar or "")


NUMBERS = [
    (command, option)
    for command, option, kind, _ in option_types()
    if {int, float} & ({kind} | set(typing.get_args(kind)))
]
"""Every option whose value is a number."""

WITHIN_TEXT = {
    ("deliver", "--assessor-hours"): "B={}",
    ("new", "--minimum"): "A={}",
    ("cpd", "--pin"): "attend-conference={}",
    ("cpd", "--minutes"): "attend-conference={}",
    ("career", "--fact"): "icco.service={}",
}
"""Every option whose value is a text with a number in it, and such a text."""


def test_every_number_option_is_known_to_these_tests() -> None:
    assert len(NUMBERS) >= 9
    words = {"--map", "--map-status", "--same"}
    pairs = {(command, option) for command, option, _, value in option_types() if "=" in value}
    assert {pair for pair in pairs if pair[1] not in words} == set(WITHIN_TEXT)


def refused(run: Run, command: str, option: str, value: str) -> str:
    """What is said of a value that must be refused."""
    code, out, err = run(*command.split(), option, value)
    assert (code, out) == (2, ""), (command, option, value)
    assert "Traceback" not in err
    assert err.startswith(f"error: {option} = "), err
    return err


@pytest.mark.parametrize(("command", "option"), NUMBERS)
def test_an_option_refuses_what_is_no_number_within_its_limits(run: Run, command: str, option: str) -> None:
    for value in (*HUGE, *NO_NUMBER):
        if (option, value) == ("--credits", "1,5"):
            continue  # credits have halves
        told = refused(run, command, option, value)
        assert (value.strip() or "(empty)")[:79] in told
        assert "number from " in told


@pytest.mark.parametrize(("command", "option"), NUMBERS)
def test_the_help_of_a_number_option_says_its_limits(run: Run, command: str, option: str) -> None:
    limits = refused(run, command, option, "nan").rpartition("number ")[2].strip()
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert f"({limits})" in " ".join(out.split())


@pytest.mark.parametrize(("command", "option"), WITHIN_TEXT)
def test_a_number_within_the_text_of_an_option_has_limits_too(
    run: Run, tmp_path: Path, command: str, option: str
) -> None:
    table = tmp_path / "units.csv"
    table.write_text("ref,title,level,credits,glh,learner\n", encoding="utf-8")
    others = {
        "deliver": [str(write(tmp_path, "learner\nA\n"))],
        "new": [str(table), "--id", "Q", "--title", "Q", "--credits", "1", "--out", str(tmp_path / "new")],
    }.get(command, [])
    for value in (*HUGE, *(text for text in NO_NUMBER if "," not in text)):
        text = WITHIN_TEXT[command, option].format(value)
        code, out, err = run(command, *others, option, text)
        assert (code, out) == (2, ""), text
        assert err.startswith(f"error: {option}"), err
        assert "Traceback" not in err
        assert (value.strip() or "=")[:60] in err
        assert " from " in err, err


def write(folder: Path, text: str) -> Path:
    path = folder / "learners.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_both_sides_of_a_limit() -> None:
    whole, seconds = Range(1, 1_000), Range(0.1, 86_400, fraction=True)
    assert [whole.read(text) for text in ("0", "1", " 1000 ", "1001", "1.0")] == [None, 1, 1_000, None, None]
    assert [seconds.read(text) for text in ("0.09", "0.1", "2", "86400", "86400.5")] == [
        None,
        0.1,
        2,
        86_400,
        None,
    ]
    assert (whole.wanted, seconds.wanted) == (
        "must be a whole number from 1 to 1,000",
        "must be a number from 0.1 to 86,400",
    )
    assert [whole.hold(value) for value in (0, 1, 1_000, 1_001, 1.0, "1")] == [False, True, True] + 3 * [
        False
    ]


# Parameters


def parameters_with_numbers() -> Iterator[tuple[str, str]]:
    """Every parameter of the public functions that takes a number, or numbers by name."""
    for name, known in names().items():
        if inspect.isfunction(known):
            for parameter, annotation in keywords(known):
                if {"int", "float", "Mapping[str, int]", "Mapping[str, float]"} & set(
                    annotation.split(" | ")
                ):
                    yield name, parameter


def keywords(known: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Each parameter of a function with its annotation as text, those of a TypedDict included."""
    for parameter in inspect.signature(known).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            assert parameter.annotation == "Unpack[WishKeywords]"
            for name, hint in WishKeywords.__annotations__.items():
                yield name, hint.__forward_arg__
        else:
            yield parameter.name, str(parameter.annotation)


def calls(real: Qualification) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Each parameter that takes a number, as a call that fills it."""
    reading = next(iter(load_readings().values()))
    ref = next(iter(reading.activities))
    scheme = load_recognitions()["en-15838"]
    due = appointments(scheme, "certificate", date(2026, 1, 1))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    learners = [Request("Learner 1", Wishes())]
    table = b"ref,title,level,credits,glh\nU1,One,1,1,1\n"
    named: dict[str, Any] = {"number": "Q", "title": "Q", "credits": 1}

    def drafted(**wrong: Any) -> Any:
        return draft("units.csv", table, Path("nowhere"), **{**named, **wrong})

    def delivered(**wrong: Any) -> Any:
        return planner.deliver(real, learners, **wrong)

    return {
        ("appointments", "times"): lambda n: appointments(scheme, "certificate", date(2026, 1, 1), times=n),
        ("calendar_file", "remind_months"): lambda n: calendar_file(due, now, remind_months=n),
        ("career", "facts"): lambda n: career(load_recognitions()["icco"], {"service": n}),
        ("deliver", "group_size"): lambda n: delivered(group_size=n),
        ("deliver", "misfits"): lambda n: delivered(misfits=n),
        ("deliver", "max_units"): lambda n: delivered(max_units=n),
        ("deliver", "assessor_hours"): lambda n: delivered(assessor_hours={"B": n}),
        ("deliver", "seconds"): lambda n: delivered(seconds=n),
        ("deliver", "workers"): lambda n: delivered(workers=n),
        ("draft", "credits"): lambda n: drafted(credits=n),
        ("draft", "units"): lambda n: drafted(credits=None, units=n),
        ("draft", "minimum"): lambda n: drafted(minimum={"A": n}),
        ("draw_sample", "seed"): lambda n: draw_sample(load_policy(), [], seed=n),
        ("draw_sample", "seconds"): lambda n: draw_sample(load_policy(), [], seconds=n),
        ("effects", "seconds"): lambda n: list(effects(real, real, learners, seconds=n)),
        ("explore", "survive"): lambda n: planner.explore(real, survive=n),
        ("explore", "within"): lambda n: planner.explore(real, within=n),
        ("explore", "seconds"): lambda n: planner.explore(real, seconds=n),
        ("instead", "seconds"): lambda n: planner.instead(planner.plan(real), "L/601/0933", seconds=n),
        ("intent_of", "done"): lambda n: intent_of(reading, done={slot(ref, 1): n}),
        ("intent_of", "year"): lambda n: intent_of(reading, year=n),
        ("intent_of", "taking"): lambda n: intent_of(reading, taking={ref: n}),
        ("judge", "seconds"): lambda n: planner.judge(real, planner.transcript(real, []), seconds=n),
        ("plan", "survive"): lambda n: planner.plan(real, survive=n),
        ("plan", "seconds"): lambda n: planner.plan(real, seconds=n),
        ("plan_cohort", "workers"): lambda n: planner.plan_cohort(real, learners, workers=n),
        ("plan_cohort", "seconds"): lambda n: planner.plan_cohort(real, learners, seconds=n),
        ("plan_cycle", "seconds"): lambda n: plan_cycle(reading, Intent(), seconds=n),
        ("plan_readings", "seconds"): lambda n: plan_readings([reading], Intent(), seconds=n),
    }


UNLIMITED = {("audit", "counted"), ("with_measured", "facts"), ("with_measured", "measured")}
"""Plain arithmetic on whole numbers of any size, and what goes to `career`, which judges it."""


def test_a_parameter_refuses_what_is_no_number_within_its_limits(real: Qualification) -> None:
    ready = calls(real)
    assert set(parameters_with_numbers()) - UNLIMITED == set(ready)
    for place, call in ready.items():
        for value in (2**63, 2**64, 10**20, -1, float("nan"), float("inf")):
            with pytest.raises((DataError, ValueError)) as caught:
                call(value)
            told = str(caught.value)
            assert str(value) in told, (place, told)
            assert " from " in told, (place, told)


@pytest.mark.parametrize(
    "wrong", [{"done": {"x": 2**63}}, {"pins": {"x": 0}}, {"minutes": {"x": -1}}, {"year": 2**63}]
)
def test_an_intent_made_by_hand_has_the_same_limits(wrong: dict[str, Any]) -> None:
    reading = next(iter(load_readings().values()))
    with pytest.raises(DataError, match=rf"{next(iter(wrong))} = .*: must be a whole number from "):
        plan_cycle(reading, Intent(**wrong))


# Cells


def test_a_cell_refuses_what_is_no_number_within_its_limits(tmp_path: Path) -> None:
    reading = next(iter(load_readings().values()))
    ref = next(iter(reading.activities))
    schemes = load_recognitions()

    def of_log(column: str) -> Callable[[str], Any]:
        others = "" if column == "year" else ",1"
        header = f"activity,{column}" + (",year" if others else "")
        return lambda cell: (
            read_log("log.csv", f'{header}\n{ref},"{cell}"{others}\n'.encode(), reading, start=None).problems
        )

    def of_units(column: str) -> Callable[[str], Any]:
        row = {"ref": "U1", "title": "One", "level": "1", "credits": "1", "glh": "1"}

        def drafted(cell: str) -> Any:
            filled = {**row, column: cell}
            table = ",".join(filled) + "\n" + ",".join(f'"{text}"' for text in filled.values()) + "\n"
            return draft("units.csv", table.encode(), tmp_path / "new", number="Q", title="Q", credits=1)

        return drafted

    cells: dict[str, Callable[[str], Any]] = {
        "times": of_log("times"),
        "minutes": of_log("minutes"),
        "year": of_log("year"),
        "level": of_units("level"),
        "credits": of_units("credits"),
        "glh": of_units("glh"),
        "service": lambda cell: read_facts(
            "facts.csv", f'scheme,fact,value\nicco,service,"{cell}"\n'.encode(), schemes
        ),
    }
    for column, read in cells.items():
        for value in (*HUGE, *filter(str.strip, NO_NUMBER)):
            if (column, value) == ("credits", "1,5"):
                continue  # credits have halves
            try:
                problems = read(value)
            except DataError as error:
                problems = error.problems
            told = [str(problem) for problem in problems]
            assert [text for text in told if value[:60] in text and "from" in text], (column, value, told)
