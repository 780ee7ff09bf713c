"""A learner erased: no byte is left, the chain is whole, and no backup brings them back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from planner import DataError, Portfolio, Qualification
from planner.records.portfolios import Decision, Details, Entry
from planner.register import Actor, Register
from planner.register.erasing import remembered
from tests import test_register, test_register_files
from tests.registers import ADA, register
from tests.strategies import deep
from tests.test_register_files import BOTH, StoppedError, failing

address, kept, fresh = test_register.address, test_register.kept, test_register_files.fresh

KEY, NAME, NUMBER = "ZQ-7719", "Zora Quillfeather", "8800113377"
NEEDLES = [word.encode() for word in (KEY, NAME, NAME.upper(), "Quillfeather", NUMBER)]


def filled(found: Register, real: Qualification) -> None:
    """Somebody who is to be erased, and somebody else in whose texts they are named."""
    first, second = list(real.by_ref)[:2]
    details = Details(
        name=NAME, unique_learner_number=NUMBER, employer="Shop of Zora", assessor="Bob Example"
    )
    mine = Portfolio(KEY, (Entry(first, "submitted", f"E1 of {NAME}"),), details=details)
    decided = Decision("recognise", second, f"as {NAME.upper()} was", "Bob", date(2026, 1, 2))
    other = Portfolio(
        "L2",
        (Entry(first, "in progress", f"seen with {NAME}, {KEY}"), Entry(second, "planned", f"E2 {NUMBER}")),
        (decided,),
        Details(name="Ben Other", assessor="Bob Example"),
    )
    found.save(ADA, real, [mine, other])
    content = f"learner,ref,status\n{KEY},{second},planned\nL2,{second},in progress".encode()
    found.import_file(ADA, {real.id: real}, f"{NAME}.csv", content)
    found.set_status(ADA, real, "L2", second, "planned", f"mixed up with {NAME}")


def bytes_left(*files: Path) -> list[tuple[str, bytes]]:
    assert files
    return [(file.name, needle) for file in files for needle in NEEDLES if needle in file.read_bytes()]


def test_no_byte_of_an_erased_learner_is_left(kept: Register, real: Qualification, tmp_path: Path) -> None:
    filled(kept, real)
    if kept.storage.file:
        assert bytes_left(*tmp_path.glob(f"{kept.storage.file.stem}*"))
    whole, head = kept.verify(ADA), kept.head(ADA)
    assert whole.erased == 0
    found = kept.erase(ADA, KEY, f"asked to by {NAME}")
    assert (found.registrations, found.events > 3) == (1, True)
    named = {(table, field) for table, _, field in found.redacted}
    assert {("unit_status", "evidence"), ("decision", "reason"), ("event", "import")} <= named
    later = tmp_path / "later.sqlite3"
    kept.back_up(ADA, later)
    files = [later, *tmp_path.glob(f"{kept.storage.file.stem}*" if kept.storage.file else "later*")]
    assert bytes_left(*files) == []
    verified = kept.verify(ADA, head)
    assert (verified.intact, verified.erased > 3, verified.events > whole.events) == (True, True, True)
    (other,) = kept.load(ADA, real)
    assert [entry.evidence for entry in other.portfolio.entries] == [
        "seen with [erased], [erased]",
        "E2 [erased]",
    ]
    assert other.portfolio.decisions[0].reason == "as [erased] was"
    told = "\n".join(map(str, kept.history(ADA)))
    assert "a learner erased; because: asked to by [erased]" in told
    assert "Zora" not in told
    assert len(remembered(kept.storage.erasures)) == 1
    assert not any(word in kept.storage.erasures.read_text() for word in (KEY, NAME))
    with pytest.raises(
        DataError, match="is no learner of this register; what was erased before is gone from its file now"
    ):
        kept.erase(ADA, KEY, "again")


def test_who_is_called_like_a_word_of_the_register_leaves_it_to_others(
    kept: Register, real: Qualification
) -> None:
    first, second = list(real.by_ref)[:2]
    decided = Decision("recognise", second, "seen", "Bob", date(2026, 1, 2))
    other = Portfolio("L2", (Entry(first, "in progress", "E1"),), (decided,), Details(name="Ben Other"))
    kept.save(ADA, real, [other])
    for reference in ("in progress", real.id, first):
        called = Details(name="recognise", unique_learner_number=second)
        kept.save(ADA, real, [Portfolio(reference, (Entry(first, "planned"),), details=called)])
        assert kept.erase(ADA, reference, "asked to").registrations == 1
        (found,) = kept.load(ADA, real)
        assert found.portfolio == other
    assert kept.verify(ADA).intact


def test_it_fails_loudly_while_somebody_reads(
    tmp_path: Path, real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.register.storage.BUSY_SECONDS", 1)
    file = tmp_path / "register.sqlite3"
    kept = register(str(file))
    filled(kept, real)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM person").fetchone()
        with pytest.raises(DataError, match="somebody reads the register, so its journal cannot be emptied"):
            kept.erase(ADA, KEY, "asked to")
    assert len(kept.load(ADA, real)) == 2
    kept.erase(ADA, KEY, "asked to")
    assert bytes_left(*tmp_path.glob("register*")) == []


def test_no_backup_brings_an_erased_learner_back(kept: Register, real: Qualification, tmp_path: Path) -> None:
    filled(kept, real)
    backup = tmp_path / "before.sqlite3"
    kept.back_up(ADA, backup)
    kept.erase(ADA, KEY, "asked to")
    replaced = kept.restore(ADA, backup)
    assert [each.learner for each in kept.load(ADA, real)] == ["L2"]
    assert kept.verify(ADA).intact
    assert kept.storage.file is None or bytes_left(*tmp_path.glob(f"{kept.storage.file.stem}*")) == []
    assert replaced is not None
    assert bytes_left(replaced) == []
    assert bytes_left(backup)  # a file made before is the operator's to delete


@BOTH
def test_an_erasing_that_ends_anywhere_is_whole_or_not_at_all(
    fresh: Callable[[], Register], real: Qualification
) -> None:
    failures = at = cleaning = 0
    ended = False
    while not ended:
        at += deep(19, 1)
        found = fresh()
        filled(found, real)
        before, noted = found.load(ADA, real), remembered(found.storage.erasures)
        try:
            with failing(found, at):
                found.erase(ADA, KEY, "asked to")
        except StoppedError:
            failures += 1
            assert found.verify(ADA).intact
            if found.load(ADA, real) == before:
                assert remembered(found.storage.erasures) == noted
                found.erase(ADA, KEY, "asked to")
            else:  # it was kept, and the file not yet cleaned
                cleaning += 1
                with pytest.raises(DataError, match="what was erased before is gone from its file now"):
                    found.erase(ADA, KEY, "asked to")
        else:
            ended = True
        assert [each.learner for each in found.load(ADA, real)] == ["L2"]
        assert found.verify(ADA).intact
    assert failures - cleaning >= deep(1, 20)


def test_every_reference_and_name_that_somebody_had_is_erased(
    kept: Register, real: Qualification, tmp_path: Path
) -> None:
    filled(kept, real)
    mine = next(each for each in kept.load(ADA, real) if each.learner == KEY)
    now = replace(mine.portfolio, learner="L9", details=replace(mine.portfolio.details, name="Mia Married"))
    kept.save(ADA, real, [now], opened=[mine], renamed={"L9": KEY})
    kept.erase(ADA, "L9", "asked to")
    (other,) = kept.load(ADA, real)
    assert other.portfolio.entries[0].evidence == "seen with [erased], [erased]"
    later = tmp_path / "later.sqlite3"
    kept.back_up(ADA, later)
    assert bytes_left(later) == []


KILLED = """
import os
from planner.register import Actor, Register, erasing, service

def killed(*given):
    found = erasing.erase(*given)
    os._exit(9)

service.erase = killed
Register({address!r}).erase(Actor("Ada Example"), {key!r}, "asked to")
"""


def test_who_was_not_erased_as_the_program_was_killed_before_is_not_erased_by_a_restore(
    kept: Register, address: str, real: Qualification, tmp_path: Path
) -> None:
    filled(kept, real)
    backup = tmp_path / "before.sqlite3"
    kept.back_up(ADA, backup)
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(address=address, key=KEY)], timeout=120, check=False
    )
    assert done.returncode == 9
    assert len(remembered(kept.storage.erasures)) == 1
    assert len(kept.load(ADA, real)) == 2
    kept.restore(ADA, backup)
    assert len(kept.load(ADA, real)) == 2
    assert kept.verify(ADA).intact
    kept.erase(ADA, KEY, "asked to")
    kept.restore(ADA, backup)
    assert [each.learner for each in kept.load(ADA, real)] == ["L2"]


def test_whom_the_chain_names_as_erased_no_backup_brings_back_without_the_file_beside(
    kept: Register, real: Qualification, tmp_path: Path
) -> None:
    filled(kept, real)
    backup = tmp_path / "before.sqlite3"
    kept.back_up(ADA, backup)
    kept.erase(ADA, KEY, "asked to")
    kept.storage.erasures.unlink()
    kept.restore(ADA, backup)
    assert [each.learner for each in kept.load(ADA, real)] == ["L2"]


def test_who_erases_is_a_manager_and_says_why(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    with pytest.raises(DataError, match="reason"):
        kept.erase(ADA, KEY, " ")
    with pytest.raises(DataError, match="Bob Example may not erase a learner as assessor: a manager may"):
        kept.erase(Actor("Bob Example"), KEY, "asked to")
    assert len(kept.load(ADA, real)) == 2
