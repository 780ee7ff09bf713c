"""What the documents say is so: commands, columns, limits, links, modules, and the files that centres copy."""

from __future__ import annotations

import configparser
import doctest
import io
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
import typer

from planner.assurance import claim_format, claims, policy, sampling
from planner.authoring.new_qualification import NEEDED, OTHERS
from planner.catalogue import offer, tasks, units
from planner.catalogue.loading import load, shipped
from planner.catalogue.rule_file import (
    ExampleEntry,
    FileTable,
    KnownEntry,
    NoteEntry,
    Published,
    QualificationEntry,
    RuleEntry,
    SlotEntry,
    TitleEntry,
    Where,
)
from planner.cli import commands, options
from planner.cohort import batch
from planner.cpd import log, scheme
from planner.errors import DataError
from planner.files import headers, sheets, text_files, workbook_guard, workbook_parts
from planner.recognition import eligibility, job_profile, scheme_file
from planner.records import (
    GOALS,
    agreed,
    cohort_rows,
    decision_rows,
    portfolio_files,
    portfolios,
    registrations,
)
from planner.report import cohort_book
from planner.report.cohort_book import cohort_template
from planner.report.empty_portfolios import portfolio_template
from tests.pictures import SHOWN
from tests.public import commands as every_command
from tests.public import rooms

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [
    *DOCS,
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md")),
]
GUIDES = [ROOT / "docs" / f"{name}.md" for name in ("learners", "assessors", "centres")]
FORMATS = ROOT / "docs" / "file-formats.md"
DEPLOY = ROOT / "deploy"

SERVES = "app"
"""The command that does not end by itself: its line is read, not run."""

QUICK = "--time-limit 10"


def name_of(path: Path) -> str:
    """A document as test ids show it."""
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


class Block(NamedTuple):
    """A fenced block: its language, what stands behind that, its lines."""

    language: str
    rest: str
    text: str


def fenced(path: Path) -> Iterator[Block]:
    for opening, text in re.findall(r"^```(.*)\n((?:.*\n)*?)^```$", text_of(path), re.M):
        language, _, rest = opening.partition(" ")
        yield Block(language, rest, text)


def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```(.*)\n((?:.*\n)*?)^```$", "", text_of(path), flags=re.M)


def sections(path: Path) -> dict[str, str]:
    """The text below each heading, up to the next one of any level."""
    parts = re.split(r"^#+ (.*)$", prose(path), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, its heads aside."""
    found = re.search(r"^\|.*\|\n\|[-| ]+\|\n((?:\|.*\|\n?)*)", text, re.M)
    assert found, text[:80]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def first_cells(text: str) -> list[str]:
    return [row[0].strip("` |") for row in rows(text)]


# Commands


def command_lines(path: Path) -> list[str]:
    """Every `nvq-planner …` of a document, wherever it stands, its prompt, comment and path taken away."""
    found = list(re.findall(r"`(nvq-planner [^`]+)`", " ".join(prose(path).split())))
    found += re.findall(r"^ {4}(nvq-planner .+)$", prose(path), re.M)
    for block in fenced(path):
        if block.language in ("console", "sh", "powershell"):
            found += re.findall(r"^(?:\$ )?(?:\.venv[/\\][\w/\\]+[/\\])?(nvq-planner .+)$", block.text, re.M)
    return [line.partition("    #")[0].strip() for line in found]


def parsed(line: str) -> str:
    """The command's name, after its options were read as the command line reads them.

    Raises
    ------
    click.UsageError
        For a command or an option that there is not.
    DataError
        For a number beyond its limits.
    """
    _, *arguments = shlex.split(line)
    group = typer.main.get_command(commands.app)
    if arguments[0].startswith("-"):
        group.make_context("nvq-planner", [*arguments, "tasks"])
        return ""
    named = 2 if arguments[0] == "register" else 1
    name, rest = " ".join(arguments[:named]), arguments[named:]
    command = every_command().get(name)
    assert command is not None, f"there is no command {name}"
    if rest or not any(parameter.required for parameter in command.params):
        command.make_context(name, rest)
    return arguments[0]


LINES = [(path, line) for path in DOCUMENTS for line in command_lines(path)]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[f"{name_of(path)}: {line}" for path, line in LINES])
def test_every_command_line_is_one_that_the_program_reads(path: Path, line: str) -> None:
    if line == "nvq-planner --version":
        return
    parsed(line.replace("…", ""))


def test_the_documents_show_every_command() -> None:
    shown = {parsed(line) for _, line in LINES if line != "nvq-planner --version"}
    known = commands.COMMANDS.keys() - {"register"}
    assert known - shown == set()


def test_a_command_line_that_is_wrong_would_be_noticed() -> None:
    with pytest.raises(Exception, match="--pins") as error:
        parsed("nvq-planner plan --pins L/601/0933")
    assert getattr(error.value, "exit_code", None) == options.BAD_INPUT
    with pytest.raises(DataError, match="--group-size = 'many'"):
        parsed("nvq-planner deliver c.csv --group-size many")
    with pytest.raises(AssertionError):
        parsed("nvq-planner plans")


RUN = [path for path in DOCS if any(block.language == "console" for block in fenced(path))]


@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_the_console_blocks_run_over_the_files_shown(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in fenced(path):
        if block.rest and block.language in ("csv", "text"):
            (tmp_path / block.rest).write_text(block.text, encoding="utf-8")
    ran = 0
    for block in fenced(path):
        for line in block.text.splitlines() if block.language == "console" else ():
            command, _, comment = line.removeprefix("$ ").partition("    # exit code ")
            program, *arguments = shlex.split(command)
            assert program == "nvq-planner"
            assert arguments[0] != SERVES
            monkeypatch.setattr(sys, "argv", [program, *arguments])
            with pytest.raises(SystemExit) as end:
                commands.main()
            assert end.value.code == int(comment or 0), line
            ran += 1
    assert ran


SNIPPETS = [path for path in DOCUMENTS if any(">>>" in block.text for block in fenced(path))]


@pytest.mark.parametrize("path", SNIPPETS, ids=name_of)
def test_the_python_blocks_say_what_they_print(path: Path) -> None:
    text = "\n".join(block.text for block in fenced(path) if block.language == "python")
    test = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
    assert test.examples
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0


def test_the_rule_shown_is_the_rule_on_file() -> None:
    (block,) = [block for block in fenced(ROOT / "docs" / "qualifications.md") if block.language == "toml"]
    (shown,) = tomllib.loads(block.text)["rule"]
    text = text_of(shipped("data/qualifications/iq-600-5106-1.toml"))
    assert shown in tomllib.loads(text)["rule"]


COMMANDS = ROOT / "docs" / "commands.md"


def known_commands() -> dict[str, set[str]]:
    """The options of every command, by its name."""
    return {
        name: {text for parameter in command.params for text in parameter.opts if text.startswith("--")}
        for name, command in every_command().items()
        if not hasattr(command, "commands")
    }


def test_the_options_told_of_each_command_are_those_it_has() -> None:
    known = known_commands()
    own = {row[0].strip("`"): set(re.findall(r"--[a-z-]+", row[1])) for row in rows(prose(COMMANDS))}
    assert list(own) == list(known)
    told = {
        name: {"--browser" if option == "--no-browser" else option for option in own[name]} for name in own
    }
    for option, _, of in rows(sections(COMMANDS)["Shared options"]):
        named = set(re.findall(r"`([\w ]+)`", of))
        for name in known.keys() - named if of.startswith("all") else named:
            told[name].add(option.strip("`").split(" ")[0])
    assert told == known


def test_the_exit_codes_told_are_those_there_are() -> None:
    told = [int(code) for code in first_cells(sections(COMMANDS)["Exit codes"])]
    answers = [options.YES, options.NO, options.BAD_INPUT, options.UNDECIDED]
    assert told == [*answers, commands.BUG, commands.CANNOT_PRINT, commands.INTERRUPTED]


def test_the_goals_told_are_those_there_are() -> None:
    told = {row[0].strip("`"): row[1] for row in rows(sections(COMMANDS)["Goals"])}
    assert told == {goal.id: goal.words for goal in GOALS.values()}


PYTHON = ROOT / "docs" / "python.md"


def test_the_public_names_told_are_those_there_are() -> None:
    told = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows(prose(PYTHON))}
    known = {name: list(room.__all__) for name, room in rooms().items()}
    first = set(known["planner"])
    assert told == {
        name: [public for public in names if name == "planner" or public not in first]
        for name, names in known.items()
    }


def test_every_picture_is_shown_and_can_be_drawn_again() -> None:
    drawn = {f"{name}.png" for name in SHOWN.values()}
    linked = {
        Path(link).name for path in DOCUMENTS for link in re.findall(r"!\[[^]]*\]\(([^)]+)\)", prose(path))
    }
    assert drawn == linked == {path.name for path in (ROOT / "docs" / "pictures").iterdir()}


# Links and names


def anchors(path: Path) -> set[str]:
    """The anchors that a page gives the headings of a document."""
    heads = re.findall(r"^#+ (.*)$", prose(path), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = path if not name else (path.parent / name).resolve()
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    for name in re.findall(r"`((?:planner|tests|docs|deploy|data)/[\w./-]+\.\w+)`", prose(path)):
        assert (ROOT / name).is_file(), name
    for name in re.findall(r"`((?:\w+/)*\w+\.py)`", prose(path)):
        assert (ROOT / name).is_file() or (ROOT / "planner" / name).is_file(), name


@pytest.mark.parametrize("path", [*DOCUMENTS, *sorted(DEPLOY.iterdir())], ids=name_of)
def test_no_line_names_a_path_of_this_machine(path: Path) -> None:
    assert not re.search(rf"/(?:root|home)/|{re.escape(str(ROOT))}", text_of(path))


@cache
def interface() -> str:
    """The code of the pages as one text, whitespace and the joints of split strings taken away."""
    code = "".join(text_of(path) for path in sorted((ROOT / "planner" / "pages").rglob("*.py")))
    return " ".join(re.sub(r'"\s*\n\s*f?"', "", code).split())


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_words_in_bold_stand_on_the_pages(path: Path) -> None:
    words = [" ".join(word.split()) for word in re.findall(r"\*\*([^*]+)\*\*", prose(path))]
    assert len(words) >= 5
    code = interface().replace("{len(NAMES)}", "12")
    assert [word for word in words if word not in code] == []


# Columns, keys and limits

REGISTERED = [name for name in portfolios.REGISTRATION if name != "assessor"]

COLUMNS: dict[str, Iterable[str]] = {
    "Cohort": (*cohort_rows.COLUMNS, *cohort_rows.OPTIONAL_COLUMNS),
    "Portfolio": (
        *portfolio_files.COLUMNS,
        *portfolios.TEXTS,
        *portfolios.DATES,
        "progress",
        *portfolios.DETAILS,
        *REGISTERED,
    ),
    "Decisions": (*decision_rows.DECISION_COLUMNS, *decision_rows.DECISION_OPTIONAL),
    "Achievement record, read back": ("learner", *portfolios.DETAILS, *portfolios.REGISTRATION),
    "Offer": offer.SHAPE.known,
    "Assessments": (*policy.COLUMNS, "iqa", *sampling.OUTCOME),
    "Claims": ("learner", *claims.STEPS),
    "Calendars agreed": agreed.COLUMNS,
    "Units of a new qualification": (*NEEDED, *OTHERS),
    "`units.csv`": (*units.COLUMNS, *units.OPTIONAL_COLUMNS),
    "`tasks.csv`": (*tasks.COLUMNS, *tasks.OPTIONAL_COLUMNS),
    "Log of activities": (*log.COLUMNS, "member"),
    "Facts": eligibility.FACT_COLUMNS,
    "`cpd/activities.csv`": scheme.ACTIVITY_COLUMNS,
}
"""The columns that the readers know, by the section that tells them."""

REQUIRED: dict[str, Iterable[str]] = {
    "Assessments": policy.COLUMNS,
    "Claims": ("learner", "claimed"),
    "Calendars agreed": agreed.COLUMNS,
    "Cohort": cohort_rows.COLUMNS,
    "Portfolio": portfolio_files.COLUMNS,
    "Decisions": decision_rows.DECISION_COLUMNS,
    "Units of a new qualification": NEEDED,
    "`units.csv`": units.COLUMNS,
    "`tasks.csv`": tasks.COLUMNS,
    "Log of activities": ("activity",),
    "Facts": eligibility.FACT_COLUMNS,
    "`cpd/activities.csv`": scheme.ACTIVITY_COLUMNS,
}


@pytest.mark.parametrize("section", COLUMNS)
def test_the_columns_told_are_those_that_are_read(section: str) -> None:
    told = first_cells(sections(FORMATS)[section])
    assert len(told) == len(set(told))
    assert set(told) == set(COLUMNS[section])


@pytest.mark.parametrize("section", REQUIRED)
def test_the_columns_told_to_be_needed_are_those_that_are_needed(section: str) -> None:
    told = {row[0].strip("`") for row in rows(sections(FORMATS)[section]) if row[1].startswith("yes")}
    assert told == set(REQUIRED[section])


RULE_TABLES: dict[str, type[FileTable]] = {
    "the file": QualificationEntry,
    "`[published]`": Published,
    "`[[known]]`": KnownEntry,
    "`[[rule]]`": RuleEntry,
    "`where`": Where,
    "`[[slot]]`": SlotEntry,
    "`[[titles]]`": TitleEntry,
    "`[[note]]`": NoteEntry,
    "`[[example]]`": ExampleEntry,
}


KEYS: dict[str, dict[str, type[FileTable]]] = {
    "Rule files": RULE_TABLES,
    "Readings of a scheme": {
        "the file": scheme.ReadingEntry,
        "`[published]`": scheme.PublishedEntry,
        "`[[claim]]`": scheme.SourceFigure,
    },
    "Schemes of recognition": {
        "the file": scheme_file.RecognitionEntry,
        "`[[fact]]`": scheme_file.FactEntry,
        "`[[award]]`": scheme_file.AwardEntry,
        "`[[recurring]]`": scheme_file.RecurringEntry,
    },
    "Claim file": {"the file": claim_format.ClaimFormat, "`[[column]]`": claim_format.ClaimColumn},
    "The job profile": {
        "the file": job_profile.JobProfile,
        "`[[day]]`": job_profile.DayTask,
        "`[[group]]`": job_profile.TaskGroup,
    },
}


@pytest.mark.parametrize("section", KEYS)
def test_the_keys_told_are_those_of_rule_files(section: str) -> None:
    told = {name: re.findall(r"`(\w+)`", keys) for name, keys in rows(sections(FORMATS)[section])}
    assert told == {name: list(model.model_fields) for name, model in KEYS[section].items()}


def test_every_key_of_a_rule_file_is_told_with_what_it_means() -> None:
    text = sections(FORMATS)["Rule files"].partition("What they mean:")[2]
    told = {name for row in rows(text) for name in re.findall(r"[`\[ ](\w+)", " ".join(row))}
    assert {key for table in RULE_TABLES.values() for key in table.model_fields} <= told


def test_the_limits_told_are_those_that_hold() -> None:
    told = {what: int(value.replace(",", "")) for what, value in rows(sections(FORMATS)["Limits"])}
    config = tomllib.loads(text_of(shipped(".streamlit/config.toml")))
    assert told == {
        "size of a file on the page, MB": config["server"]["maxUploadSize"],
        "size of a file on the command line, MB": text_files.LARGEST_FILE // 1_000_000,
        "rows that hold something, in all sheets": sheets.MOST_ROWS,
        "sheets of a workbook": workbook_guard.MOST_SHEETS,
        "columns that are read": workbook_parts.MOST_COLUMNS,
        "characters of a cell": sheets.LONGEST_CELL,
        "characters of a text in a portfolio": registrations.LONGEST,
        "characters of a line of a CSV file": sheets.LONGEST_LINE,
        "parts of a workbook's archive": workbook_guard.MOST_PARTS,
        "one part unpacked, MB": workbook_guard.LARGEST_PART // 1_000_000,
        "a workbook unpacked, MB": workbook_guard.LARGEST_UNPACKED // 1_000_000,
    }
    assert f"within the first {headers.HEADER_WITHIN} rows" in sections(FORMATS)[
        "What goes for every table that is handed in"
    ].replace("\n", " ")


Sheets = dict[str, list[list[str]]]

COHORT = "learner,pins,tasks\nL1,L/601/0933,telesales\nL2,J/502/4299 M/502/4300,\nL3,nonsense,\n"
PORTFOLIOS = (
    "learner,ref,status,evidence\nL1,D/503/0352,verified,\nL2,T/503/0342,assessed,E1\nL3,x/1,verified,\n"
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sheets]:
    """The cells of every workbook that is written, by the name the document gives it, by sheet, as text."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "c.csv").write_text(COHORT, encoding="utf-8")
    (folder / "p.csv").write_text(PORTFOLIOS, encoding="utf-8")
    head = "learner,ref,assessor,date\n"
    (folder / "a.csv").write_text(
        f"{head}L1,U1,A,2026-01-01\nL2,U1,A,2026-01-02\n?,U1,A,\n", encoding="utf-8"
    )
    (folder / "d.csv").write_text(f"{head}L1,U1,A,2026-01-01\n", encoding="utf-8")
    cohort_file, portfolios = str(folder / "c.csv"), str(folder / "p.csv")
    calls = {
        "plan": ["plan", "--task", "telesales", "--xlsx"],
        "achievement record": ["audit", "--unit", "D/503/0352", "--xlsx"],
        "portfolios": ["audit", portfolios, "--xlsx"],
        "cohort": ["cohort", cohort_file, "--out"],
        "delivery": ["deliver", cohort_file, *QUICK.split(), "--out"],
        "timelines": [
            "timeline",
            cohort_file,
            "--start=2026-01-05",
            "--target=2026-12-27",
            "--today=2026-01-05",
            "--month=2026-01",
            "--xlsx",
        ],
        "sampling plan": ["sample", str(folder / "a.csv"), "--done", str(folder / "d.csv"), "--xlsx"],
        "claims": ["claims", portfolios, "--xlsx"],
        "CPD plan": ["cpd", "--readings", "--xlsx"],
    }
    books = {}
    for name, arguments in calls.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["nvq-planner", *arguments, str(folder / f"{name}.xlsx")])
            with pytest.raises(SystemExit) as end:
                commands.main()
        assert end.value.code in (options.YES, options.NO)
        books[name] = (folder / f"{name}.xlsx").read_bytes()
    books["empty cohort table"] = cohort_template(load())
    books["empty portfolio table"] = portfolio_template(load())
    return {name: _cells(content) for name, content in books.items()}


def _cells(content: bytes) -> Sheets:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title + (" (hidden)" if sheet.sheet_state == "hidden" else ""): [
            ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


def test_the_sheets_told_are_those_that_are_written(written: dict[str, Sheets]) -> None:
    told = {row[0]: row[2].split(", ") for row in rows(sections(FORMATS)["Files that are written"])}
    assert told == {name: list(found) for name, found in written.items()}


def _second_table(text: str) -> str:
    return text[text.index("The columns of the tables on these sheets:") :]


FOLDED = re.compile(r"Position|Weight in .*")
"""Columns that formulas need, folded away to the right of those that are told."""


def test_the_columns_told_are_those_of_the_sheets(written: dict[str, Sheets]) -> None:
    told = rows(_second_table(sections(FORMATS)["Files that are written"]))
    assert len(told) >= 20
    for place, columns in told:
        book, _, sheet = place.partition(", ")
        heads = columns.removesuffix(" (with tasks)").split(", ")
        found = [
            [cell for cell in row if cell and not FOLDED.fullmatch(cell)] for row in written[book][sheet]
        ]
        assert heads in found, place


def test_every_sheet_with_a_table_is_told(written: dict[str, Sheets]) -> None:
    told = {row[0] for row in rows(_second_table(sections(FORMATS)["Files that are written"]))}
    free = {"About", "Summary", "Matrix", "How to fill this in", "Lists (hidden)"}
    known = {
        f"{book}, {sheet}"
        for book, found in written.items()
        if not book.startswith("empty")
        for sheet in found
        if sheet not in free
    }
    assert told == known


def test_the_empty_tables_have_the_columns_that_are_read(written: dict[str, Sheets]) -> None:
    def heads(book: str, sheet: str) -> set[str]:
        return {cell for cell in written[book][sheet][0] if cell}

    known = {*portfolios.REGISTRATION, "breaks", *portfolios.DETAILS} - {
        "assessor",
        "name",
    }  # read where they stand, not asked for
    assert heads("empty cohort table", "Cohort") == {*COLUMNS["Cohort"]} - known - {"assessor"}
    assert heads("empty portfolio table", "Portfolio") - {"title"} == {*COLUMNS["Portfolio"]} - known - {
        "progress"
    }
    assert heads("empty portfolio table", "Decisions") == set(COLUMNS["Decisions"])


def test_the_columns_told_are_those_of_the_csv_file() -> None:
    requests, _ = cohort_rows.read_cohort(load(), "c.csv", COHORT.encode())
    content = cohort_book.cohort_csv(batch.plan_cohort(load(), requests))
    header = content.decode("utf-8-sig").splitlines()[0].split(",")
    assert first_cells(sections(FORMATS)["CSV of a cohort"]) == header


def _json_keys(command: str, files_: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    arguments = {
        "audit": ["--unit", "D/503/0352"],
        "cohort": [str(files_ / "c.csv")],
        "deliver": [str(files_ / "c.csv"), *QUICK.split()],
        "whatif": ["--unit", "D/503/0352"],
        "change": [str(shipped("data")), str(shipped("data"))],
        "sample": [str(files_ / "a.csv")],
        "claims": [str(files_ / "p.csv")],
        "timeline": [str(files_ / "c.csv")],
        "new": [str(files_ / "u.csv"), "--id=Q9", "--title=Q", "--credits=2", f"--out={files_ / 'out'}"],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["nvq-planner", command, *arguments.get(command, []), "--json"])
        with pytest.raises(SystemExit):
            commands.main()
    return list(json.loads(capsys.readouterr().out))


def test_the_keys_told_are_those_of_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.csv").write_text(COHORT, encoding="utf-8")
    (tmp_path / "a.csv").write_text("learner,ref,assessor,date\nL1,U1,A,2026-01-01\n", encoding="utf-8")
    (tmp_path / "p.csv").write_text(PORTFOLIOS, encoding="utf-8")
    (tmp_path / "u.csv").write_text("ref,title,level,credits,glh\nU1,One,1,2,3\n", encoding="utf-8")
    told = {
        row[0].strip("`"): re.findall(r"`(\w+)`", row[1].partition(";")[0])
        for row in rows(sections(FORMATS)["JSON"])
    }
    known = commands.COMMANDS.keys() - {"register"}
    assert told.keys() == known
    for command in sorted(known - {SERVES}):
        assert set(_json_keys(command, tmp_path, capsys)) == set(told[command]), command


ARCHITECTURE = ROOT / "ARCHITECTURE.md"


def layers(container: str) -> list[str]:
    """The rooms within a package, from the top, as the contract of import-linter has them."""
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (contract,) = [found for found in contracts if found["containers"] == [container]]
    return [room for layer in contract["layers"] for room in layer.split(" | ")]


@pytest.mark.parametrize(
    ("container", "head"), [("planner", "room"), ("planner.pages", "room of `pages`")], ids=["rooms", "pages"]
)
def test_the_rooms_told_are_those_of_the_tree_in_the_order_of_their_layers(container: str, head: str) -> None:
    text = sections(ARCHITECTURE)["Rooms"]
    told = first_cells(text[text.index(f"| {head} |") :])
    folder = ROOT / container.replace(".", "/")
    there = {
        path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert told == layers(container)
    assert set(told) == there - {"__init__", "__main__"}


def test_targets_of_make_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.M))
    for path in DOCUMENTS:
        named = set(re.findall(r"`make (\w+)`", prose(path)))
        assert named <= targets, name_of(path)
    assert {
        row[0].strip("`").removeprefix("make ") for row in rows(sections(ROOT / "CONTRIBUTING.md")["Set up"])
    } == targets


def plain_way() -> list[str]:
    """The lines of the README's first screen that do without make."""
    start = text_of(ROOT / "README.md").partition("The plain way")[2].partition("\n\n")[2]
    return [line.strip() for line in start.partition("\n\n")[0].splitlines()]


def test_the_plain_way_is_what_make_does() -> None:
    assert plain_way() == ["python3 install.py", ".venv/bin/nvq-planner app"]
    steps = text_of(ROOT / "Makefile").replace("$(BIN)", ".venv/bin").replace("$(PYTHON)", "python3")
    assert re.search(r"^INSTALL := python3 install.py --environment \$\(VENV\)$", steps, re.M)
    assert re.search(r"^\$\(VENV\)/installed: .*\n\t\$\(INSTALL\)$", steps, re.M)
    assert re.search(r"^app: \$\(VENV\)/installed\n\t.venv/bin/python -m planner app", steps, re.M)
    assert plain_way()[0] in text_of(ROOT / "docs" / "running.md").splitlines()


def test_the_first_steps_on_windows_are_the_plain_way_as_one_command_without_git_and_make() -> None:
    path = ROOT / "docs" / "windows.md"
    install, start = (line.replace("/bin/", "/Scripts/").replace("/", "\\") for line in plain_way())
    lines = [
        line for block in fenced(path) if block.language == "powershell" for line in block.text.splitlines()
    ]
    assert f"{install.replace('python3', 'py')}; if ($?) {{ {start} }}" in lines
    assert start in lines
    assert not [line for line in lines if re.match(r"(git|make)\b", line)]
    assert "None of this was run on\nWindows itself" in text_of(path)


# What centres copy


def test_what_is_quoted_stands_in_the_file() -> None:
    quoted = [block for path in DOCS for block in fenced(path) if block.rest.startswith("deploy/")]
    assert {block.rest for block in quoted} == {
        "deploy/nvq-planner.service",
        "deploy/nginx.conf",
        "deploy/Caddyfile",
    }
    for block in quoted:
        lines = text_of(ROOT / block.rest).splitlines()
        assert [line for line in block.text.splitlines() if line not in lines] == []


def port_of(command: Iterable[str]) -> int:
    """The port of a command that serves the page, after its options were read."""
    words = list(command)
    assert words[0] == "/opt/nvq-planner/.venv/bin/nvq-planner"
    assert parsed(shlex.join(["nvq-planner", *words[1:]])) == SERVES
    assert "--no-browser" in words
    return int(words[words.index("--port") + 1])


@cache
def unit() -> configparser.RawConfigParser:
    """The systemd unit; of a key that stands twice the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text_of(DEPLOY / "nvq-planner.service"))
    return parser


def test_the_unit_starts_a_command_that_exists() -> None:
    assert set(unit().sections()) == {"Unit", "Service", "Install"}
    assert port_of(shlex.split(unit()["Service"]["ExecStart"])) == 8501


def test_the_unit_answers_to_the_name_that_the_proxies_pass_on() -> None:
    words = shlex.split(unit()["Service"]["ExecStart"])
    name = words[words.index("--allow-host") + 1]
    assert f"server_name {name};" in text_of(DEPLOY / "nginx.conf")
    assert f"\n{name} {{" in text_of(DEPLOY / "Caddyfile")
    assert f"STREAMLIT_SERVER_ALLOWED_HOSTS={name} " in text_of(DEPLOY / "Containerfile")


def test_the_container_starts_a_command_that_exists_from_files_that_exist() -> None:
    text = re.sub(r"\\\n", " ", text_of(DEPLOY / "Containerfile"))
    steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    assert port_of(json.loads(next(rest for word, rest in steps if word == "CMD"))) == 8501
    assert ("EXPOSE", "8501") in [(word, rest) for word, rest in steps]
    for word, rest in steps:
        if word == "COPY" and not rest.startswith("--from"):
            assert all((ROOT / name).exists() for name in rest.split()[:-1]), rest
    copied = {name for word, rest in steps if word == "COPY" for name in rest.split()[:-1]}
    with (ROOT / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    setup = {"install.py", "installer.lock", "requirements.lock", "deploy/sign-in.lock", "pyproject.toml"}
    assert {*wheel["packages"], *wheel["force-include"], *setup} <= copied


def test_the_proxies_lead_to_the_unit_and_let_through_what_the_page_takes() -> None:
    nginx, caddy = text_of(DEPLOY / "nginx.conf"), text_of(DEPLOY / "Caddyfile")
    with shipped(".streamlit/config.toml").open("rb") as file:
        most = int(tomllib.load(file)["server"]["maxUploadSize"])
    for text in (nginx, caddy):
        assert "127.0.0.1:8501" in text
        sizes = re.findall(r"(?:client_max_body_size|max_size) (\d+)", text)
        assert [int(size) > most for size in sizes] == [True]
    for header in ("Upgrade $http_upgrade", "Connection $planner_connection", "Host $host"):
        assert f"proxy_set_header {header};" in nginx
    assert nginx.count("{") == nginx.count("}")
    assert caddy.count("{") == caddy.count("}")


def test_both_proxies_send_the_same_security_headers() -> None:
    names = (
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Permissions-Policy",
        "Content-Security-Policy",
    )
    for name in names:
        found = [
            re.findall(rf'{name} "([^"]+)"', text_of(DEPLOY / file)) for file in ("nginx.conf", "Caddyfile")
        ]
        assert len(found[0]) == 1, name
        assert found[0] == found[1]


def test_the_host_name_is_the_same_everywhere() -> None:
    texts = [*map(text_of, sorted(DEPLOY.iterdir())), text_of(ROOT / "docs" / "running.md")]
    names = {name for text in texts for name in re.findall(r"[\w.]+\.example\.\w+", text)}
    assert names == {"planner.example.org"}
