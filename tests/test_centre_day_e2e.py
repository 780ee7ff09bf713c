"""The day of two assessors, an IQA and a manager side by side in a real Chromium, signed in; see `tests/centre_day.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from planner import Qualification
from tests.centre_day import ADA, BOB, IVY, LEARNERS, MIA, UNIT, WHY_BACK, WHY_UNLOCKED, day, prepared
from tests.oidc import provider
from tests.signed_in import with_provider

MOST = {ADA.name: (17, 2), BOB.name: (11, 1), IVY.name: (8, 6), MIA.name: (11, 2)}
"""The most clicks and typed fields that the day may cost each of them."""

LAST = {"L1": ("E7, log 14", "agreed"), "L2": ("E7", "agreed")}
"""The evidence of the unit in the end, and what internal quality assurance came to."""

MOVES = {
    "L1": [
        (ADA.name, "submitted", ""),
        (ADA.name, "assessed", ""),
        (IVY.name, "submitted", WHY_BACK),
        (ADA.name, "assessed", ""),
        (IVY.name, "verified", ""),
        (MIA.name, "claimed", ""),
    ],
    "L2": [
        (BOB.name, "submitted", ""),
        (BOB.name, "assessed", ""),
        (IVY.name, "verified", ""),
        (MIA.name, "assessed", WHY_UNLOCKED),
        (IVY.name, "verified", ""),
        (MIA.name, "claimed", ""),
    ],
}
"""What the history tells of the unit, step by step: who brought it to which status, and why."""


@pytest.mark.long
def test_a_day_of_a_centre_goes_its_way_and_is_told(
    browser: Browser,
    tmp_path: Path,
    real: Qualification,
    record_property: Callable[[str, object], None],
) -> None:
    kept = prepared(str(tmp_path / "register.sqlite3"), real)
    before = len(kept.history(MIA))
    with provider() as login, with_provider(tmp_path, kept.storage.address, login) as url:
        desks = day(browser, url)
    for each in kept.load(MIA, real):
        entries = {entry.ref: entry for entry in each.portfolio.entries}
        assert {entry.status for entry in entries.values()} == {"claimed"}
        assert entries[UNIT].assessor == LEARNERS[each.learner].name
        assert entries[UNIT].assessed
        assert entries[UNIT].verified
        assert (entries[UNIT].evidence, entries[UNIT].iqa_outcome) == LAST[each.learner]
    told = kept.history(MIA)[before:]
    of = {each.registration: each.learner for each in kept.learners(MIA)}
    for learner, moves in MOVES.items():
        words = [(e.by, e.words) for e in told if e.registration and of[e.registration] == learner]
        steps = [(by, said) for by, said in words if said.startswith(f"{UNIT}: ") and "status from" in said]
        assert len(steps) == len(moves)
        for (by, said), (who, status, why) in zip(steps, moves, strict=True):
            assert by == who
            assert f" to {status}" in said
            assert said.endswith(f"because: {why}") if why else "because" not in said
    assert kept.verify(MIA).intact
    cost = {name: (len(desk.clicks), len(desk.typed)) for name, desk in desks.items()}
    assert cost.keys() == MOST.keys()
    assert all(
        clicks <= MOST[name][0] and typed <= MOST[name][1] for name, (clicks, typed) in cost.items()
    ), cost
    record_property("printed", "; ".join(f"{name}: {desk.words()}" for name, desk in desks.items()))
