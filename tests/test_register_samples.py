"""Samples that the register keeps: drawn with seed and policy, gone on with through the year, recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from planner import DataError, Portfolio, Qualification
from planner.assurance import Sample, draw_sample, load_policy
from planner.assurance.claims import assessments_of
from planner.assurance.policy import Policy, PolicyRule
from planner.records.portfolios import Details, Entry, EntryStatus
from planner.register import Actor, Kept, OvertakenError, RefusedError, Register
from planner.register.rows import Wanted
from planner.register.sample_rows import Sampled
from planner.register.samples import Samples
from planner.report.register_book import person_workbook, register_workbook
from tests import test_register, test_register_files
from tests.registers import ADA, register
from tests.strategies import deep
from tests.test_register_about import at, due
from tests.test_register_files import BOTH, everywhere, refs, state

address, kept, fresh = test_register.address, test_register.kept, test_register_files.fresh

BOB, IAN = Actor("Bob Example", "assessor"), Actor("Ian Example", "IQA")
DAY = date(2026, 3, 2)
HALF = Policy(id="half", title="Half of all", rule=[PolicyRule(id="half", text="Half", percent=50)])


def filled(found: Register, real: Qualification, *learners: str) -> None:
    """Learners of Bob, whose work Ian assures, with two units each that Bob has assessed."""
    for learner in learners or ("L1", "L2"):
        details = Details(name=f"Learner {learner[1:]}", assessor=BOB.name)
        found.save(ADA, real, [Portfolio(learner, details=details)])
        found.save_wanted(ADA, real, [Wanted(learner, registration={"iqa": IAN.name})], {})
        rows = (f"{learner},{ref},assessed,E1,{BOB.name},{DAY}" for ref in refs(real, 2))
        table = "\n".join(("learner,ref,status,evidence,assessor,assessed", *rows))
        found.import_file(ADA, {real.id: real}, "told.csv", table.encode())


def samples(found: Register, real: Qualification, actor: Actor = IAN) -> Samples:
    return Samples(real, found.load(actor, real))


def drawn(of: Samples, seed: int = 7, policy: Policy = HALF) -> Sample:
    """What is to be sampled now, beside what was drawn before."""
    before = of.before()
    to_date = tuple(assessments_of([each.portfolio for each in of.kept], policy, before))
    return draw_sample(policy, to_date, before, seed=seed)


def keep(found: Register, real: Qualification, actor: Actor = IAN) -> Sample:
    of = samples(found, real, actor)
    sample = drawn(of)
    of.keep(found, actor, sample)
    return sample


def first(found: Register, real: Qualification) -> tuple[Kept, Sampled, Entry]:
    """The first that is still to be sampled: whose, what was drawn, and its unit."""
    kept, sampled = next(pair for pair in samples(found, real).drawn() if pair[1].waits)
    return kept, sampled, next(each for each in kept.portfolio.entries if each.ref == sampled.ref)


def record(found: Register, real: Qualification, status: EntryStatus | None = None, actor: Actor = IAN,
           **said: object) -> str:  # fmt: skip
    """Records the first that waits; gives its learner."""
    kept, sampled, entry = first(found, real)
    told = replace(sampled, **{"sampled_on": DAY, "outcome": "agreed"} | said)  # type: ignore[arg-type]
    entry = replace(entry, status=status or entry.status, iqa_sample="E1 seen")
    samples(found, real).record(found, actor, kept, entry, told)
    return kept.learner


def test_a_sample_is_kept_with_its_seed_its_policy_who_drew_it_and_when(
    kept: Register, real: Qualification
) -> None:
    filled(kept, real)
    sample = keep(kept, real)
    assert len(sample.sample) == 2
    found = [(each.learner, sampled) for each, sampled in samples(kept, real, ADA).drawn()]
    assert sorted((learner, each.ref) for learner, each in found) == sorted(
        (each.learner, each.unit) for each in sample.sample
    )
    assert {(s.seed, s.drawn_by, s.assessed, s.waits) for _, s in found} == {(7, IAN.name, DAY, True)}
    (moment,) = {sampled.drawn for _, sampled in found}
    assert moment.startswith("2026-11-22T")
    assert samples(kept, real).policy == HALF
    told = [str(event) for event in kept.history(ADA)][-2:]
    assert all("Ian Example (IQA)" in words and "by the seed 7 for “Half of all”" in words for words in told)
    assert kept.verify(ADA).intact


def test_the_year_goes_on_from_what_is_kept(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    keep(kept, real)
    assert drawn(samples(kept, real)).sample == ()
    assert len(drawn(samples(kept, real)).waiting) == 2
    learner = record(kept, real)
    of = samples(kept, real)
    assert [len(part) for part in (drawn(of).sample, drawn(of).waiting, drawn(of).sampled)] == [0, 1, 1]
    done = next(sampled for each, sampled in of.drawn() if each.learner == learner and not sampled.waits)
    assert (done.sampled_on, done.sampled_by, done.outcome) == (DAY, IAN.name, "agreed")
    filled(kept, real, "L3")
    more = keep(kept, real)
    assert len(more.sample) == 1
    assert len({sampled.drawn for _, sampled in samples(kept, real).drawn()}) == 2


def test_what_waits_is_the_assessment_that_there_is_now(kept: Register, real: Qualification) -> None:
    """A unit that was sent back and assessed again is still to be sampled, and not drawn a second time."""
    filled(kept, real, "L1")
    keep(kept, real)
    one, sampled, entry = first(kept, real)
    back = replace(entry, status="in progress", date=None)
    samples(kept, real).record(kept, IAN, one, back, reason="not signed")
    one, _, entry = first(kept, real)
    later = DAY + timedelta(20)
    kept.save(BOB, real, [replace(one.portfolio, entries=tuple(
        replace(each, status="assessed", assessed=later) if each.ref == entry.ref else each
        for each in one.portfolio.entries))], opened=[one])  # fmt: skip
    (waits,) = samples(kept, real).before()
    assert (waits.unit, waits.day) == (sampled.ref, later)
    assert drawn(samples(kept, real)).sample == ()


def test_what_was_drawn_is_sampled_before_it_is_verified(kept: Register, real: Qualification) -> None:
    filled(kept, real, "L1")
    keep(kept, real)
    one, sampled, _ = first(kept, real)
    other = next(each.ref for each in one.portfolio.entries if each.ref != sampled.ref)
    for actor in (IAN, ADA):  # a manager neither
        with pytest.raises(RefusedError, match="was drawn to be sampled: record what that came to before"):
            kept.set_status(actor, real, "L1", sampled.ref, "verified")
    kept.set_status(IAN, real, "L1", other, "verified")
    record(kept, real, "verified")
    assert {each.status for each in kept.load(ADA, real)[0].portfolio.entries} == {"verified"}
    rows = f"learner,ref,status\nL1,{sampled.ref},verified".encode()
    assert kept.import_file(ADA, {real.id: real}, "f.csv", rows).unchanged == 1


def test_nobody_samples_what_they_have_assessed(kept: Register, real: Qualification) -> None:
    filled(kept, real, "L1")
    keep(kept, real)
    kept.add_person(ADA, BOB.name, ["assessor", "manager"])
    with pytest.raises(RefusedError, match="is an assessment of your own: somebody else must sample it"):
        record(kept, real, actor=Actor(BOB.name, "manager"))
    with pytest.raises(RefusedError, match="may not record what internal quality assurance says as assessor"):
        record(kept, real, actor=BOB)
    record(kept, real)


def test_an_assessment_of_a_stranger_is_refused_and_nothing_is_kept(
    kept: Register, real: Qualification
) -> None:
    filled(kept, real)
    of = samples(kept, real)
    sample = drawn(of)
    stranger = replace(sample.sample[0], learner="L9")
    with pytest.raises(DataError, match="L9: is no learner of the register whom you may see"):
        of.keep(kept, IAN, replace(sample, sample=(*sample.sample, stranger)))
    assert list(samples(kept, real).drawn()) == []


def test_an_assessment_of_a_unit_of_another_qualification_is_refused_and_nothing_is_kept(
    kept: Register, real: Qualification
) -> None:
    filled(kept, real)
    of = samples(kept, real)
    sample = drawn(of)
    other = replace(sample, sample=(*sample.sample, replace(sample.sample[0], unit="Z/999/9999")))
    with pytest.raises(DataError, match=f"Z/999/9999.*is no unit of {real.id}"):
        of.keep(kept, IAN, other)
    assert not any(samples(kept, real).drawn())


def test_two_who_record_the_same_are_told(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    keep(kept, real)
    one, sampled, entry = first(kept, real)
    of = samples(kept, real)
    of.record(kept, IAN, one, entry, replace(sampled, sampled_on=DAY, outcome="agreed"))
    with pytest.raises(OvertakenError, match="was changed on both sides"):
        of.record(kept, ADA, one, entry, replace(sampled, sampled_on=DAY, outcome="not agreed"))
    assert [each.outcome for _, each in samples(kept, real).drawn() if not each.waits] == ["agreed"]


def test_an_action_is_open_until_its_day_is_recorded(kept: Register, real: Qualification) -> None:
    filled(kept, real, "L1")
    keep(kept, real)
    record(kept, real, action="Cite the log", action_due=DAY)
    (one,) = samples(kept, real).kept
    (sampled,) = one.samples
    assert sampled.open
    assert drawn(samples(kept, real)).sampled[0].sampling.open  # type: ignore[union-attr]
    samples(kept, real).record(kept, ADA, one, one.portfolio.entries[0], replace(sampled, action_done=DAY))
    (now,) = samples(kept, real).kept[0].samples
    assert (now.open, now.sampled_by) == (False, IAN.name)
    assert "action done 2026-03-02" in str(kept.history(ADA)[-1])


# Out, in again, handed over, erased


def test_samples_are_exported_and_read_back_without_loss(
    kept: Register, real: Qualification, tmp_path: Path
) -> None:
    filled(kept, real)
    keep(kept, real)
    record(kept, real, action="=Cite the log", action_due=DAY)
    other = register(str(tmp_path / "other.sqlite3"))
    book = register_workbook(kept.load(ADA, real), "")
    merged = other.import_file(ADA, {real.id: real}, "export.xlsx", book)
    assert (merged.problems, merged.disputes) == ((), ())
    assert state(other, real) == state(kept, real)
    assert len(list(samples(other, real, ADA).drawn())) == 2
    again = other.import_file(ADA, {real.id: real}, "export.xlsx", book)
    assert (again.new, again.changed, again.disputes) == (0, 0, ())
    assert other.undo(ADA, merged.import_id).disputes == ()
    assert other.load(ADA, real) == ()
    assert other.verify(ADA).intact


def test_what_is_not_taken_of_a_sample_is_told_with_its_own_row(
    kept: Register, real: Qualification, tmp_path: Path
) -> None:
    filled(kept, real)
    keep(kept, real)
    record(kept, real)
    book = register_workbook(kept.load(ADA, real), "")
    done = next((each, one) for each, one in samples(kept, real).drawn() if not one.waits)
    samples(kept, real).record(
        kept, ADA, done[0], next(e for e in done[0].portfolio.entries if e.ref == done[1].ref),
        replace(done[1], outcome="not agreed"),
    )  # fmt: skip
    (dispute,) = kept.import_file(ADA, {real.id: real}, "export.xlsx", book).disputes
    (path := tmp_path / "export.xlsx").write_bytes(book)
    rows = list(load_workbook(path)["Samples"].iter_rows(values_only=True))
    assert (dispute.field, dispute.row) == ("outcome", next(
        number for number, row in enumerate(rows, start=1) if row[0] == dispute.learner
    ))  # fmt: skip


def test_everything_about_a_learner_has_their_samples(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    keep(kept, real)
    learner = record(kept, real, action="Cite the log")
    found = kept.about(ADA, learner)
    rows = [row for table, row in found.rows if table == "sample"]
    assert {row["action"] for row in rows} >= {"Cite the log"}
    assert {row["drawn_by_id"] for row in rows} == {IAN.name}
    assert "Cite the log" in json.dumps(found.to_json())
    assert person_workbook(found, kept.load(ADA, real, [learner]), "")


def test_an_erased_learner_is_in_no_sample(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    keep(kept, real)
    learner = record(kept, real, outcome="Learner 1 and Learner 2 were seen together")
    kept.erase(ADA, learner, "asked to")
    left = list(samples(kept, real).drawn())
    assert all(each.learner != learner for each, _ in left)
    assert learner not in "\n".join(map(str, kept.history(ADA)))
    other = "L2" if learner == "L1" else "L1"
    assert [each.learner for each in kept.load(ADA, real)] == [other]
    assert kept.verify(ADA).intact


def test_a_name_in_the_record_of_another_is_erased(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    keep(kept, real)
    learner = record(kept, real, outcome="seen beside Zora Quill")
    kept.save(ADA, real, [Portfolio("Z9", details=Details(name="Zora Quill", assessor=BOB.name))])
    redacted = kept.erase(ADA, "Z9", "asked to").redacted
    assert ("sample", "outcome") in {(table, field) for table, _, field in redacted}
    (one,) = (each for each in kept.load(ADA, real) if each.learner == learner)
    assert [each.outcome for each in one.samples if not each.waits] == ["seen beside [erased]"]
    assert kept.verify(ADA).intact


def test_a_policy_that_cannot_be_read_any_more_is_none(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    keep(kept, real)
    (one, *_), text = samples(kept, real).kept, '{"id":"[erased]"}'
    broken = replace(one, samples=tuple(replace(each, policy=text) for each in one.samples))
    assert Samples(real, [broken]).policy is None
    assert Samples(real, []).policy is None


def test_a_learner_with_a_sample_is_due_from_its_last_day(kept: Register, real: Qualification) -> None:
    at(kept, date(2018, 5, 4))
    filled(kept, real, "L1")
    keep(kept, real)
    record(kept, real, action="Cite the log", action_due=date(2030, 1, 2))
    assert due(kept, date(2030, 1, 1)) == []
    assert due(kept, date(2030, 1, 2)) == [("L1", date(2030, 1, 2))]


def test_a_backup_has_the_samples(kept: Register, real: Qualification, tmp_path: Path) -> None:
    filled(kept, real)
    keep(kept, real)
    kept.back_up(ADA, tmp_path / "backup.sqlite3")
    before = state(kept, real)
    record(kept, real)
    assert state(kept, real) != before
    kept.restore(ADA, tmp_path / "backup.sqlite3")
    assert state(kept, real) == before


# Whole at every moment


def sampled_now(found: Register, real: Qualification) -> list[tuple[str, str, bool]]:
    return [(each.learner, s.ref, s.waits) for each, s in samples(found, real, ADA).drawn()]


@BOTH
def test_a_sample_that_ends_anywhere_is_kept_whole_or_not_at_all(
    fresh: Callable[[], Register], real: Qualification
) -> None:
    def make() -> Register:
        found = fresh()
        filled(found, real)
        return found

    seen: list[int] = []

    def work(found: Register) -> None:
        seen.append(len(sampled_now(found, real)))
        keep(found, real)

    assert everywhere(make, work, real, deep(9, 1)) >= deep(2, 12)
    assert set(seen) <= {0, 2}


@BOTH
def test_a_record_that_ends_anywhere_is_kept_with_its_unit_or_not_at_all(
    fresh: Callable[[], Register], real: Qualification
) -> None:
    def make() -> Register:
        found = fresh()
        filled(found, real, "L1")
        keep(found, real)
        return found

    seen: list[tuple[bool, str]] = []

    def work(found: Register) -> None:
        ((one, sampled),) = samples(found, real, ADA).drawn()
        entry = next(each for each in one.portfolio.entries if each.ref == sampled.ref)
        seen.append((sampled.waits, entry.status))
        if sampled.waits:
            record(found, real, "verified")

    assert everywhere(make, work, real, deep(9, 1)) >= deep(2, 12)
    assert set(seen) <= {(True, "assessed"), (False, "verified")}


def test_the_example_policy_is_kept_as_it_is(kept: Register, real: Qualification) -> None:
    filled(kept, real)
    of, policy = samples(kept, real), load_policy()
    of.keep(kept, IAN, drawn(of, policy=policy))
    assert samples(kept, real).policy == policy
