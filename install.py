"""Installs the planner into an environment of its own: `python3 install.py`, on Windows `py install.py`.

The pip at hand installs one package, uv, from `installer.lock`; uv installs the rest from the other locks.
Not pip itself: before 23.3 it looks beyond a lock for a package that is asked for with an extra, and fails
once that has a newer release. Needs Python and nothing else, and says so to an older one.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Command = Sequence[str | Path]

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
INSTALLER = ROOT / "installer.lock"
PLANNER = ROOT / "requirements.lock"

TOLD_PIP = {"index-url": "UV_DEFAULT_INDEX", "proxy": "ALL_PROXY", "cert": "SSL_CERT_FILE"}
"""What pip reads in files of its own, by the variables in which uv reads the same."""

NO_PIP = "This Python has no pip and cannot make one. On Debian and Ubuntu: apt install python3-venv"


class SetupError(Exception):
    """The planner cannot be installed; its text says why and what to do."""


def main() -> int:
    """Installs what the command line asks for; 0: done, 1: not, with the reason on stderr."""
    parser = argparse.ArgumentParser(description="Installs the planner, or the packages of other locks.")
    parser.add_argument(
        "lock", nargs="*", type=Path, help="packages to add (default: those of the planner, and the planner)"
    )
    parser.add_argument(
        "--environment", type=Path, default=Path(".venv"), metavar="FOLDER", help="default: .venv"
    )
    parser.add_argument(
        "--beside", type=Path, metavar="FOLDER", help="put the packages, and these alone, here instead"
    )
    asked = parser.parse_args()
    try:
        install(asked.environment.absolute(), asked.lock, asked.beside)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install(folder: Path, locks: list[Path], beside: Path | None) -> None:
    """Puts the packages of the locks, or without a lock the planner, into the environment in a folder.

    Raises
    ------
    SetupError
        Python is too old or has no pip, the folder holds something else, or a package cannot be installed.
    """
    if sys.version_info < OLDEST:
        raise SetupError(
            "Python 3.11 or newer is needed; try: make PYTHON=python3.12, or python3.12 install.py"
        )
    python = environment(folder)
    pip = pip_for(python)
    fetched: Command = ["--only-binary=:all:", "--require-hashes", "--requirement", INSTALLER]
    run("the installer", [*pip, "install", *quiet(), "--disable-pip-version-check", *fetched])
    known = {**told_pip(output([*pip, "config", "list"])), **os.environ}
    uv: Command = [python, "-m", "uv", "pip", "install", *quiet(), "--system-certs", "--python", python]
    where: Command = [] if beside is None else ["--no-deps", "--target", beside.absolute()]
    for lock in locks or [PLANNER]:
        named = lock.absolute()
        run(f"the packages of {lock.name}", [*uv, *where, "--require-hashes", "--requirement", named], known)
    if not locks:
        run("the planner itself", [*uv, "--no-deps", "--no-build-isolation", "--editable", "."], known)


def environment(folder: Path) -> Path:
    """The interpreter of the environment in this folder, which is made anew if it is not there or broken.

    Raises
    ------
    SetupError
        The folder holds something else, or Python cannot make an environment.
    """
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    config = folder / "pyvenv.cfg"
    if config.exists() and OLDEST <= made_with(config) == version_of(python):
        return python
    if not config.exists() and folder.exists() and any(folder.iterdir()):
        raise SetupError(f"{folder} holds something else than an environment of Python: name another folder")
    command: Command = [sys.executable, "-m", "venv", "--clear", folder]
    if not has("ensurepip", sys.executable):
        if not has("pip", sys.executable):
            raise SetupError(NO_PIP)
        command = [*command, "--without-pip"]
    run("an environment", command)
    return python


def made_with(config: Path) -> tuple[int, ...]:
    """The version of Python, such as 3 and 11, for which an environment was made; empty if none is told."""
    found = re.search(r"^version(?:_info)? *= *(\d+)\.(\d+)", config.read_text(encoding="utf-8"), re.M)
    return tuple(map(int, found.groups())) if found else ()


def version_of(python: Path) -> tuple[int, ...]:
    """The version of an interpreter, such as 3 and 11; empty if it does not run."""
    try:
        told = output([python, "-c", "import sys; print(*sys.version_info[:2])"])
    except OSError:
        return ()
    return tuple(map(int, told.split()))


def has(program: str, python: Path | str) -> bool:
    """Whether an interpreter has a module that can be run, whole and not the folder of one alone."""
    command = [python, "-c", f"import {program}.__main__"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pip_for(python: Path) -> Command:
    """How pip is called for an environment: its own, or the one of the interpreter that runs this.

    Raises
    ------
    SetupError
        There is neither.
    """
    if has("pip", python):
        return [python, "-m", "pip"]
    if has("pip", sys.executable):
        return [sys.executable, "-m", "pip", "--python", python]
    raise SetupError(NO_PIP)


def told_pip(listing: str) -> dict[str, str]:
    """What pip was told of the way to the packages, as variables for uv; the later sections count more."""
    if "UV_INDEX_URL" in os.environ:
        listing = re.sub(r"^.*\.index-url=.*$", "", listing, flags=re.M)
    found = {}
    for section in ("global", "install", ":env:"):
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.*)$", listing, re.M):
            if name in TOLD_PIP:
                found[TOLD_PIP[name]] = str(ast.literal_eval(value))
    return found


def quiet() -> list[str]:
    """Progress is for people: elsewhere only what goes wrong is told."""
    return [] if sys.stderr.isatty() else ["--quiet"]


def output(command: Command) -> str:
    """What a program prints; nothing if it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def run(what: str, command: Command, variables: dict[str, str] | None = None) -> None:
    """Runs a program beside this file, whose words are shown.

    Raises
    ------
    SetupError
        It fails.
    """
    code = subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
    if code != 0:
        raise SetupError(f"Could not set up {what}; the reason stands above.")


if __name__ == "__main__":
    sys.exit(main())
