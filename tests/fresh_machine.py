"""Proves that the two ways of README.md open the page on a fresh machine: `make fresh`.

A clone in a path with a space, an empty home, an environment without any variable but PATH, HOME and those by which
a network is reached. Once with the system's own Python and `make app`; once with the newest Python to be found and
the way without make. Then the lock that some versions of pip cannot install. Needs git, make and Python alone.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent
OLDER = ROOT / "tests" / "fixtures" / "older.lock"

MOST_MEGABYTES = 650
PATIENCE = 600.0
"""Seconds until the page answers, with the way of all packages through the network."""

FIRST_WITHOUT_THE_FAULT = (23, 3)
"""The version of pip that keeps to a lock even where an extra is asked for."""

NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT")

DRAW_EACH_PAGE = """
import importlib, pkgutil, planner
from streamlit.testing.v1 import AppTest
for module in pkgutil.walk_packages(planner.__path__, "planner."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
pages = [AppTest.from_file("app.py")]
for name in ("my_units.plan", "learners.portfolio", "delivery.cohorts", "reference.qualifications", "development.career"):
    pages.append(AppTest.from_string(f"import planner.pages.{name} as page; page.show()"))
for page in pages:
    page.run(timeout=120)
    assert not page.exception, page.exception
print(len(pages), "pages drawn")
"""


class Interpreter(NamedTuple):
    """A Python on this machine; the newer one is the greater."""

    version: tuple[int, int, int]
    path: str

    def __str__(self) -> str:
        """Its version, and that of its pip."""
        ran = subprocess.run(
            [self.path, "-m", "pip", "--version"], capture_output=True, text=True, check=False
        )
        return f"{'.'.join(map(str, self.version))}, {' '.join(ran.stdout.split()[:2]) or 'no pip'}"


def main() -> None:
    """Proves one thing after the other, and prints each.

    Raises
    ------
    AssertionError, subprocess.CalledProcessError
        One does not hold.
    """
    system = interpreter(shutil.which("python3", path=os.defpath) or "")
    assert system is not None, f"no python3 in {os.defpath}"
    print(f"The system's Python: {system}")
    with machine() as (folder, variables):
        opens(["make", "app"], "APP", cloned(folder), variables)
        keeps_to_an_older_lock(system.path, folder, variables)
    newest = max(interpreters())
    print(f"The newest Python: {newest}{', the same' if newest.version == system.version else ''}")
    with machine() as (folder, variables):
        install, start = plain_way(newest.path)
        checkout = cloned(folder)
        subprocess.run(install, cwd=checkout, env=variables, check=True)
        opens(start, None, checkout, variables)


@contextmanager
def machine() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with a space in its path, and the few variables of somebody new, whose home is empty."""
    with tempfile.TemporaryDirectory(prefix="fresh machine ") as name:
        home = Path(name) / "home"
        home.mkdir()
        known = {key: os.environ[key] for key in os.environ if key.upper() in NETWORK}
        yield Path(name), {"PATH": os.defpath, "HOME": str(home), **known}


def cloned(folder: Path) -> Path:
    """A clone of what is committed."""
    checkout = folder / "NVQ planner"
    subprocess.run(["git", "clone", "--quiet", ROOT, checkout], check=True)
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, check=True).stdout:
        print("Not everything is committed; what is not is not tried.")
    return checkout


def plain_way(python: str) -> tuple[list[str], list[str]]:
    """The two lines of README.md that do without make, by another interpreter."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^    python3 (install\.py)\n    (\.venv/bin/nvq-planner app)$", readme, re.M)
    assert found, "README.md has no plain way"
    return [python, found[1]], shlex.split(found[2])


def opens(start: Sequence[str], variable: str | None, checkout: Path, variables: dict[str, str]) -> None:
    """A command opens the page and ends it, from an environment of no more than its size.

    The options of the command are given in the make variable, if one is named.
    """
    with socket.socket() as held:  # bound, but nobody listens: nobody else gets the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        options = f"--no-browser --port {port}"
        command = [*start, f"{variable}={options}"] if variable else [*start, *options.split()]
        log = checkout.with_name("log")
        with log.open("w") as printed:
            server = subprocess.Popen(
                command,
                cwd=checkout,
                env=variables,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            answered(server, port, log)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=60)
        wait_for_the_end(port, log)
    print(f"{shlex.join(start)} opened the page, from {shlex.quote(str(checkout))}")
    python = checkout / ".venv" / "bin" / "python"
    drawn = subprocess.run(
        [python, "-c", DRAW_EACH_PAGE],
        cwd=checkout,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stderr
    size = int(subprocess.check_output(["du", "-sm", checkout / ".venv"]).split()[0])
    print(f"{drawn.stdout.strip()}; the environment takes {size} MB (at most {MOST_MEGABYTES})")
    assert size <= MOST_MEGABYTES


def answered(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Returns once the page has told that it is well, and has been delivered."""
    opener = build_opener(ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None, f"ended early, with {server.returncode}:\n{log.read_text()}"
        assert time.monotonic() < until, f"did not answer:\n{log.read_text()}"
        try:
            health = opener.open(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).read()
        except OSError:
            time.sleep(0.2)
            continue
        assert health == b"ok"
        page = opener.open(f"http://127.0.0.1:{port}/", timeout=5).read()
        assert b"<!doctype html>" in page.lower()
        assert b"Streamlit" in page
        return


def wait_for_the_end(port: int, log: Path) -> None:
    """Returns once nobody listens any more."""
    until = time.monotonic() + 30
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) != 0:
                return
        assert time.monotonic() < until, f"the server outlives its command:\n{log.read_text()}"
        time.sleep(0.2)


def keeps_to_an_older_lock(python: str, folder: Path, variables: dict[str, str]) -> None:
    """A lock older than the newest release of what an extra is asked of: pip fails, `install.py` does not."""
    environment = folder / "older"
    subprocess.run([python, "-m", "venv", environment], env=variables, check=True)
    own = str(environment / "bin" / "python")
    pip = [own, "-m", "pip", "--disable-pip-version-check"]
    if pip_version(pip) >= FIRST_WITHOUT_THE_FAULT:
        subprocess.run([*pip, "install", "--quiet", "pip==23.2.1"], env=variables, check=True)
    told = ".".join(map(str, pip_version(pip)))
    plain = subprocess.run(
        [*pip, "install", "--quiet", "--require-hashes", "--requirement", str(OLDER)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode != 0, "pip installed it: this is not the case that broke"
    assert "must have their versions pinned" in plain.stderr, plain.stderr
    command = [python, str(ROOT / "install.py"), "--environment", str(environment), str(OLDER)]
    subprocess.run(command, env=variables, check=True)
    (locked,) = re.findall(r"^coverage==(\S+)", OLDER.read_text(encoding="utf-8"), re.M)
    asked = [own, "-c", "from importlib.metadata import version; print(version('coverage'))"]
    assert subprocess.check_output(asked, text=True).strip() == locked
    print(f"An older lock that pip {told} refuses is installed by install.py in an environment with that pip")


def pip_version(pip: Sequence[str]) -> tuple[int, ...]:
    """The version of a pip, as far as it is numbers."""
    found = re.match(r"pip ([\d.]+)", subprocess.check_output([*pip, "--version"], text=True))
    assert found
    return tuple(int(number) for number in found[1].strip(".").split("."))


def interpreters() -> Iterator[Interpreter]:
    """Every released Python that runs: those on PATH, and those that pyenv and uv keep.

    They keep them in the user's home, which is not the variable's where that was emptied.
    """
    homes = {Path.home(), Path(pwd.getpwuid(os.getuid()).pw_dir)}
    kept = [home / folder for home in homes for folder in (".pyenv/versions", ".local/share/uv/python")]
    kept += [Path(os.environ[name]) / "versions" for name in ("PYENV_ROOT",) if name in os.environ]
    found = [path for folder in os.get_exec_path() for path in Path(folder).glob("python3*")]
    found += [path for folder in kept for path in folder.glob("*/bin/python3")]
    for path in found:
        if re.fullmatch(r"python3(\.\d+)?", path.name) and (known := interpreter(path)):
            yield known


def interpreter(path: Path | str) -> Interpreter | None:
    """The interpreter behind a name; none if it does not run or is not released."""
    code = "import sys; print(*sys.version_info, sys.executable, sep='\\n')"
    try:
        ran = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match ran.stdout.splitlines():
        case [major, minor, micro, "final", _, executable]:
            return Interpreter((int(major), int(minor), int(micro)), executable)
    return None


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main()
