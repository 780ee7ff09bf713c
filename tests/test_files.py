"""Files are written whole or not at all, where the user said, with the rights they had."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planner.errors import DataError
from planner.files.text_files import read_text, replace_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def somebody() -> Iterator[Path]:
    """A folder of a user who has no special rights, and this process as that user."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.seteuid(os.getuid())


@pytest.mark.parametrize("old", [None, b"old"], ids=["dangling", "there"])
def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path, old: bytes | None) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if old is not None:
        (folder / "plan.xlsx").write_bytes(old)
    (tmp_path / "first.xlsx").symlink_to("elsewhere/plan.xlsx")
    (tmp_path / "second.xlsx").symlink_to(tmp_path / "first.xlsx")
    replace_file(tmp_path / "second.xlsx", b"new")
    assert (folder / "plan.xlsx").read_bytes() == b"new"
    assert not (folder / "plan.xlsx").is_symlink()
    assert (tmp_path / "first.xlsx").readlink() == Path("elsewhere/plan.xlsx")
    assert (tmp_path / "second.xlsx").is_symlink()
    assert [path.name for path in folder.iterdir()] == ["plan.xlsx"]


def test_links_that_lead_to_each_other_are_refused_and_stay(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.symlink_to(two)
    two.symlink_to(one)
    with pytest.raises(DataError, match=r"one\.csv: cannot be written: Too many levels of symbolic links"):
        replace_file(one, b"new")
    assert (one.is_symlink(), two.is_symlink(), len(list(tmp_path.iterdir()))) == (True, True, 2)


@pytest.mark.parametrize("rights", [0o600, 0o640, 0o664, 0o666, 0o755])
def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path, rights: int) -> None:
    target = tmp_path / "plan.xlsx"
    target.write_bytes(b"old")
    target.chmod(rights)
    with umask(0o077):
        replace_file(target, b"new")
    assert (target.read_bytes(), mode(target)) == (b"new", rights)


@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_rights_that_the_user_gives_new_files(
    tmp_path: Path, mask: int, rights: int
) -> None:
    with umask(mask):
        replace_file(tmp_path / "plan.xlsx", b"new")
    assert mode(tmp_path / "plan.xlsx") == rights


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_is_replaced_keeps_its_owner_and_group(tmp_path: Path) -> None:
    target = tmp_path / "plan.xlsx"
    target.write_bytes(b"old")
    os.chown(target, 65534, 65533)
    target.chmod(0o640)
    replace_file(target, b"new")
    assert (target.stat().st_uid, target.stat().st_gid, mode(target)) == (65534, 65533, 0o640)


def test_a_group_that_cannot_be_kept_gives_no_other_group_its_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    target = tmp_path / "plan.xlsx"
    target.write_bytes(b"old")
    target.chmod(0o664)
    monkeypatch.setattr(os, "chown", refused)
    replace_file(target, b"new")
    assert (target.read_bytes(), mode(target)) == (b"new", 0o604)


def test_another_name_of_the_same_file_keeps_what_was_there(tmp_path: Path) -> None:
    target, other = tmp_path / "plan.xlsx", tmp_path / "other.xlsx"
    target.write_bytes(b"old")
    os.link(target, other)
    replace_file(target, b"new")
    assert (target.read_bytes(), other.read_bytes()) == (b"new", b"old")


def test_a_write_protected_file_is_not_replaced() -> None:
    with somebody() as folder:
        target = folder / "plan.xlsx"
        target.write_bytes(b"old")
        target.chmod(0o444)
        with pytest.raises(DataError, match=r"plan\.xlsx: cannot be written: Permission denied"):
            replace_file(target, b"new")
        assert target.read_bytes() == b"old"
        assert list(folder.iterdir()) == [target]


def test_a_folder_without_the_right_to_write_is_told() -> None:
    with somebody() as folder:
        target = folder / "plan.xlsx"
        target.write_bytes(b"old")
        folder.chmod(0o555)
        with pytest.raises(DataError, match=r"plan\.xlsx: cannot be written: Permission denied"):
            replace_file(target, b"new")
        assert target.read_bytes() == b"old"
        folder.chmod(0o755)


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "plan.xlsx").mkdir()
    with pytest.raises(DataError, match=r"plan\.xlsx: cannot be written: Is a directory"):
        replace_file(tmp_path / "plan.xlsx", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, read = tmp_path / "plan.csv", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    replace_file(pipe, b"new")
    reader.join(timeout=30)
    assert read == [b"new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_to_and_its_failure_told(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").symlink_to("/dev/full")
    with pytest.raises(DataError, match=r"plan\.csv: cannot be written: No space left on device"):
        replace_file(tmp_path / "plan.csv", b"new")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_whatever_fails_the_old_file_stays_whole_and_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "plan.xlsx"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, step, fails)
    with pytest.raises(DataError, match=r"plan\.xlsx: cannot be written: No space left on device"):
        replace_file(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_longest_name_that_a_folder_takes_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("ü" * 125 + ".csv")
    replace_file(target, b"new")
    assert target.read_bytes() == b"new"


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as told:
        read_text(tmp_path)
    assert str(told.value) == f"{tmp_path}: cannot be read: Is a directory"
