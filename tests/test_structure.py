"""The structure that the design promises: libraries in their rooms, public names, lock files, the wheel."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

import planner
from planner.cli.options import option
from tests.public import commands, names, rooms

ROOT = Path(__file__).parent.parent

ROOMS = {
    "ortools": {
        "planner/rules/model.py",
        "planner/rules/relaxation.py",
        "planner/cohort/provision.py",
        "planner/cohort/seating.py",
        "planner/cohort/seat_model.py",
        "planner/timeline/week_model.py",
    },
    "xlsxwriter": {"planner/report"},
    "openpyxl": {"planner/files/sheets.py"},
    "icalendar": {"planner/recognition/renewals.py"},
    "fpdf": {"planner/report"},
    "segno": {"planner/cli/serve.py", "planner/pages"},
    "distributed": {"planner/cohort/cluster.py"},
    "sqlalchemy": {"planner/register"},
    "alembic": {"planner/register"},
    "streamlit": {"app.py", "planner/cli/serve.py", "planner/pages"},
}
"""The only places that may import each of these libraries."""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that stands in a file of Python, read once."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imported(path: Path) -> set[str]:
    """The modules a file imports, wherever in it."""
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


FACES = {path.stem for path in (ROOT / "planner" / "cli").glob("*.py")}


def literals(path: Path) -> set[str]:
    """The texts in a file's code, f-strings without what they fill in; no descriptions of functions."""
    filled = [node for node in nodes(path) if isinstance(node, ast.JoinedStr)]
    parts = [[part for part in node.values if isinstance(part, ast.Constant)] for node in filled]
    others = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    others |= {id(part) for several in parts for part in several}
    texts = {"".join(str(part.value) for part in several) for several in parts}
    return texts | {
        node.value
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in others
    }


def test_only_the_command_line_speaks_of_its_options() -> None:
    found: dict[str, set[str]] = {}
    for path in (ROOT / "planner").rglob("*.py"):
        for text in literals(path):
            # A whole command, such as the one a new rule file names, is the user's next step.
            if re.search(r"(?<![\w-])--[a-z]", text) and "nvq-planner " not in text:
                found.setdefault(path.stem, set()).add(text)
    assert {"commands", "options", "career_commands"} <= found.keys()
    assert found.keys() <= FACES, found


def test_every_parameter_that_a_problem_may_name_is_an_option() -> None:
    named = {
        str(argument.value)
        for path in (ROOT / "planner").rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Parameter"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    } | {"pin", "exclude", "held", "keep", "offer", "number", "title"}
    assert len(named) > 20
    options = {
        name for command in commands().values() for parameter in command.params for name in parameter.opts
    }
    assert {option(name) for name in named} <= options


@pytest.mark.parametrize("library", ROOMS)
def test_each_library_stays_in_its_room(library: str) -> None:
    for path in [ROOT / "app.py", *(ROOT / "planner").rglob("*.py")]:
        place = path.relative_to(ROOT).as_posix()
        if any(place == room or place.startswith(f"{room}/") for room in ROOMS[library]):
            continue
        assert not {name for name in imported(path) if name.split(".")[0] == library}, place


def test_ruff_is_told_of_the_same_places() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        lint = tomllib.load(file)["tool"]["ruff"]["lint"]
    banned = set(lint["flake8-tidy-imports"]["banned-api"])
    allowed = {
        path.removesuffix("/*") for path, codes in lint["per-file-ignores"].items() if "TID251" in codes
    }
    assert banned == set(ROOMS) - {"distributed"}  # imported late, and only where a cluster is asked for
    assert allowed - {"tests", "benchmarks"} == set().union(*(ROOMS[library] for library in banned))


def test_the_public_names_are_these() -> None:
    assert sorted(planner.__all__) == sorted(
        [
            "Bound",
            "Choice",
            "Cohort",
            "Conflict",
            "DataError",
            "Delivery",
            "DisagreementError",
            "Exploration",
            "Finding",
            "Judgement",
            "Plan",
            "PlannerError",
            "Portfolio",
            "Problem",
            "Qualification",
            "Repair",
            "Request",
            "Rule",
            "Standing",
            "Unit",
            "Wishes",
            "check",
            "deliver",
            "explore",
            "instead",
            "judge",
            "load",
            "load_all",
            "plan",
            "plan_cohort",
            "read_cohort",
            "read_portfolios",
            "standings",
            "swaps",
            "transcript",
        ]
    )
    assert len(planner.__all__) <= 40


WITHIN = {"planner.cli", "planner.files", "planner.pages"}
"""The rooms without a public name: the faces, and what reads files for the others."""


def test_each_room_says_what_is_public_in_it() -> None:
    every = {module.name for module in pkgutil.iter_modules(planner.__path__, "planner.") if module.ispkg}
    assert set(rooms()) == {"planner"} | every - WITHIN
    for room in rooms().values():
        assert room.__all__ == sorted(set(room.__all__))


def test_a_public_name_has_one_meaning() -> None:
    for room in rooms().values():
        for name in room.__all__:
            assert getattr(room, name) is names()[name], f"{room.__name__}.{name}"


def test_no_public_name_stands_before_a_module_or_a_room() -> None:
    inner = 0
    for name, room in rooms().items():
        modules = {module.name for module in pkgutil.iter_modules(room.__path__)}
        assert not modules & set(room.__all__), name
        for module in modules - {"__main__"}:
            assert inspect.ismodule(getattr(importlib.import_module(name), module, room)), f"{name}.{module}"
            inner += 1
    assert inner > 30


def test_the_public_functions_and_classes_are_described() -> None:
    for name, public in names().items():
        if isinstance(public, type) or callable(public):
            assert (public.__doc__ or "").strip(), name


def test_importing_the_package_draws_no_page() -> None:
    code = "import sys, planner, planner.cli.commands; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_plan_waits_for_no_library_that_it_does_not_need() -> None:
    code = """import sys
from planner.cli.commands import main
sys.argv = ["nvq-planner", "plan", "--json"]
try:
    main()
except SystemExit as end:
    late = {"streamlit", "xlsxwriter", "openpyxl", "icalendar", "sqlalchemy", "altair", "fpdf"} & sys.modules.keys()
    rooms = {"planner.timeline", "planner.recognition", "planner.cpd", "planner.register"} & sys.modules.keys()
    raise SystemExit(f"{late} {rooms}" if end.code or late or rooms else 0)
"""
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert '"status": "optimal"' in ran.stdout


LOCKS = [
    "installer.lock",
    "requirements.lock",
    "deploy/sign-in.lock",
    *(f"{name}/requirements.lock" for name in ("tests", "benchmarks")),
]
LOCKS += ["tests/oldest.lock", "tests/fixtures/older.lock"]


def test_every_lock_file_is_known() -> None:
    folders = (".", "tests", "tests/fixtures", "benchmarks", "deploy", "planner", "data")
    found = {path.relative_to(ROOT).as_posix() for name in folders for path in (ROOT / name).glob("*.lock")}
    assert found == set(LOCKS)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_name_a_version_and_digests_of_each_package_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"pypi|pythonhosted|index-url|find-links", text)
    packages = re.sub(r"#.*\n", "", text).replace("\\\n", " ").splitlines()
    assert packages
    for package in packages:
        assert re.fullmatch(r"[\w.-]+==[\w.]+ (; [^#]+? )?( *--hash=sha256:[0-9a-f]{64})+", package), package


def locked(name: str) -> dict[str, set[str]]:
    """Package to version and condition, which differ between versions of Python and systems."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = dict[str, set[str]]()
    for package, rest in re.findall(r"^([\w.-]+)(==[^\\\n]+)", text, re.M):
        found.setdefault(package, set()).add(rest.strip())
    return found


def test_the_installer_is_one_package_for_every_system() -> None:
    assert set(locked("installer.lock")) == {"uv"}
    assert (ROOT / "installer.lock").read_text(encoding="utf-8").count("sha256:") >= 15


@pytest.mark.parametrize(
    "name", ["deploy/sign-in.lock", "tests/requirements.lock", "benchmarks/requirements.lock"]
)
def test_the_later_locks_keep_to_what_the_page_is_locked_to(name: str) -> None:
    first, later = locked("requirements.lock"), locked(name)
    shared = first.keys() & later.keys()
    assert len(shared) >= 20
    versions = {package: {rest.partition(" ")[0] for rest in first[package]} for package in shared}
    assert versions == {package: {rest.partition(" ")[0] for rest in later[package]} for package in shared}


def test_the_page_is_locked_without_what_only_tests_need() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    needed = {
        name: {re.split(r"[<>=\[; ]", package)[0] for package in packages}
        for name, packages in {"": project["dependencies"], **extras}.items()
    }
    assert needed[""] | needed["app"] | needed["build"] <= locked("requirements.lock").keys()
    assert locked("requirements.lock").keys() | needed["sign-in"] <= locked("deploy/sign-in.lock").keys()
    others = (needed["test"] | needed["lint"] | needed["bench"] | needed["cluster"]) - {"nvq-planner"}
    others |= needed["sign-in"]
    assert not others & locked("requirements.lock").keys()
    assert others - needed["bench"] <= locked("tests/requirements.lock").keys()


def test_the_oldest_solver_tested_is_the_oldest_allowed() -> None:
    allowed = re.search(r'"ortools>=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tested = re.search(
        r"^ortools==([\d.]+)", (ROOT / "tests" / "oldest.lock").read_text(encoding="utf-8"), re.M
    )
    assert allowed
    assert tested
    assert tested[1].startswith(f"{allowed[1]}.")


def test_tracked_files_name_no_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name]
    if listed.returncode != 0:
        names = [str(path.relative_to(ROOT)) for path in (ROOT / "planner").rglob("*.py")]
    assert names
    for name in names:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".csv", ".lock", ""} and path.is_file():
            assert not re.search(
                rf"/(?:root|home)/|{re.escape(str(ROOT))}/", path.read_text(encoding="utf-8")
            ), name


def test_programs_in_texts_import_what_there_is() -> None:
    """Tests run such programs in processes of their own, where no type checker looks."""
    imports = {
        (path.name, line)
        for path in [*(ROOT / "tests").glob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
        if path.stem != "test_mutation"  # its package is an invented one
        for text in literals(path)
        for line in re.findall(r"^ *((?:from|import) planner\b[\w., ]*)$", text, re.M)
    }
    assert len(imports) >= 5
    for name, line in sorted(imports):
        try:
            exec(line, {})
        except ImportError as error:
            pytest.fail(f"{name}: {error}")


def test_tests_draw_the_same_every_day() -> None:
    assert settings.default is not None
    assert settings.default.derandomize
    files = sorted((ROOT / "tests").glob("*.py"))
    assert len(files) > 50
    for path in files:
        for node in nodes(path):
            if isinstance(node, ast.keyword) and node.arg == "derandomize":
                assert ast.literal_eval(node.value) is True, path.name
            if isinstance(node, ast.Call) and re.fullmatch(r"(np\.)?random\.\w+", ast.unparse(node.func)):
                assert ast.unparse(node.func) in ("random.Random", "np.random.default_rng"), path.name
                assert node.args, path.name


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "planner").rglob("*.py")
    }
    assert len(lines) > 200
    assert {name: number for name, number in lines.items() if number > 450} == {}


def test_the_wheel_works_away_from_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import pathlib, planner\n"
        "from planner.catalogue.loading import shipped\n"
        f"assert pathlib.Path(planner.__file__).is_relative_to({str(tmp_path)!r}), planner.__file__\n"
        "for name in ('app.py', '.streamlit/config.toml', 'data/units.csv'):\n"
        f"    assert shipped(name).is_file() and shipped(name).is_relative_to({str(tmp_path)!r}), name\n"
        "print(planner.plan(planner.load()).new_glh)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "93\n", ran.stderr
