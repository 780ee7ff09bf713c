"""The set-up without a network: which environment is kept, what is passed on from pip, what is said where it fails.

That it installs is proven by `make fresh`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import install

LISTING = """\
:env:.cert='/etc/of-the-variable.pem'
global.cert='/etc/of-the-file.pem'
global.index-url='https://everybody:it%27s@packages.example.org/simple'
install.index-url="https://packages.example.org/it's/simple"
download.proxy='http://other.example.org:1'
global.timeout='180'
"""


@pytest.fixture(autouse=True)
def no_variables_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes what uv reads out of the variables."""
    for name in ("UV_INDEX_URL", *install.TOLD_PIP.values()):
        monkeypatch.delenv(name, raising=False)


def made(folder: Path) -> Path:
    """An environment without pip, which is quick."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder


def test_uv_is_told_what_pip_was_told_of_the_way_to_the_packages() -> None:
    assert install.told_pip(LISTING) == {
        "UV_DEFAULT_INDEX": "https://packages.example.org/it's/simple",
        "SSL_CERT_FILE": "/etc/of-the-variable.pem",
    }
    assert install.told_pip("global.proxy='http://proxy.example.org:3128'\n") == {
        "ALL_PROXY": "http://proxy.example.org:3128"
    }
    assert install.told_pip("") == {}


def test_an_index_that_uv_was_told_itself_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "https://mine.example.org/simple")
    assert "UV_DEFAULT_INDEX" not in install.told_pip(LISTING)


def test_what_pip_lists_is_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://packages.example.org/simple\n")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.example.org:3128")
    pip = install.pip_for(Path(sys.executable))
    told = install.told_pip(install.output([*pip, "config", "list"]))
    assert told["UV_DEFAULT_INDEX"] == "https://packages.example.org/simple"
    assert told["ALL_PROXY"] == "http://proxy.example.org:3128"


def test_an_environment_that_works_is_kept(tmp_path: Path) -> None:
    (made(tmp_path / "kept") / "mine").touch()
    python = install.environment(tmp_path / "kept")
    assert install.version_of(python) == sys.version_info[:2]
    assert (tmp_path / "kept" / "mine").exists()


@pytest.mark.parametrize("fault", ["no interpreter", "another version", "too old", "no version"])
def test_an_environment_that_does_not_work_is_made_anew(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "ensurepip")  # which takes its time
    folder = made(tmp_path / "broken")
    (folder / "mine").touch()
    config = folder / "pyvenv.cfg"
    version = ".".join(map(str, sys.version_info[:2]))
    text = config.read_text(encoding="utf-8")
    if fault == "no interpreter":
        for path in (folder / "bin").glob("python*"):
            path.unlink()
        (folder / "bin" / "python").symlink_to(tmp_path / "gone")
    else:
        told = {"another version": "version = 3.99.0", "too old": "version = 3.10.1", "no version": ""}[fault]
        assert f"version = {version}" in text
        config.write_text("\n".join([told, *(line for line in text.splitlines() if "version" not in line)]))
    python = install.environment(folder)
    assert install.version_of(python) == sys.version_info[:2]
    assert install.made_with(config) == sys.version_info[:2]
    assert not (folder / "mine").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all")
    with pytest.raises(install.SetupError, match="holds something else"):
        install.environment(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def without(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """As on a machine whose Python lacks some of its modules."""
    monkeypatch.setattr(install, "has", lambda program, _: program not in programs)


def test_a_python_that_can_make_no_pip_lends_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "ensurepip")
    python = install.environment(tmp_path / "new")
    monkeypatch.undo()
    assert not install.has("pip", python)
    assert install.pip_for(python)[-2:] == ["--python", python]
    listed = install.output([*install.pip_for(python), "list"])
    assert "streamlit" not in listed, "pip looked into the environment of its own interpreter"


def test_a_python_without_pip_says_what_is_missing_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "ensurepip", "pip")
    with pytest.raises(install.SetupError, match="apt install python3-venv"):
        install.environment(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(install.SetupError, match="has no pip"):
        install.pip_for(Path(sys.executable))


def test_an_older_python_is_told_which_one_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    monkeypatch.setattr(sys, "argv", ["install.py", "--environment", str(tmp_path / "new")])
    assert install.main() == 1
    assert capsys.readouterr().err.startswith("Python 3.11 or newer is needed")
    assert not (tmp_path / "new").exists()


def test_a_step_that_fails_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(install.SetupError, match="Could not set up the dinner; the reason stands above"):
        install.run("the dinner", [sys.executable, "-c", "import sys; sys.exit('no fish')"])
    assert "no fish" in capfd.readouterr().err


def test_the_set_up_can_be_read_by_any_python_that_has_it_say_so() -> None:
    code = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 7))"
    text = Path(install.__file__).read_text(encoding="utf-8")
    subprocess.run([sys.executable, "-c", code], input=text, text=True, check=True)
