"""What the quality assurer has handed in beside the learners, and the answers kept for it.

It stands on the visit's shelf: nothing of it goes into the address or onto a disk.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from planner.assurance import ClaimFormat, Policy, load_format, load_policy, read_assessments
from planner.assurance.claim_steps import StepsFile, steps_file
from planner.assurance.sampling import AssessmentFile
from planner.assurance.second_files import steps_beside, together
from planner.catalogue.loading import shipped
from planner.catalogue.qualification import Qualification
from planner.errors import DataError
from planner.pages.learners import intake, learners_here
from planner.pages.shared import page_shell, visit_memory
from planner.pages.shared.file_reading import Source
from planner.pages.shared.register_said import Said

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Actor, Register

DESK, ANSWERS = "assurance-desk", "assurance-answer"
"""Names on the visit's shelf; those of answers begin so."""

BEFORE = "assurance-before-"
"""How the names begin of what was here when a second file was handed in."""

ERROR = "assurance-refused"
"""Where the session has what was wrong with the last file, by the field it was handed in at."""

OF = "assurance-of"
"""Where the session has which learners the answers are about."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """What was handed in: files as they are, of which several may be merged, forms as they were read."""

    policy: Policy
    form: ClaimFormat
    assessments: tuple[Source, ...] = ()
    done: tuple[Source, ...] = ()
    steps: tuple[Source, ...] = ()
    certification_ends: date | None = None

    @property
    def key(self) -> str:
        """Stands for all of it."""
        told = hashlib.sha256(repr(self).encode())  # a file's repr has its name and its words
        for file in (*self.assessments, *self.done, *self.steps):
            told.update(b"\0" + file.content)
        return told.hexdigest()


def desk() -> Desk:
    """What is there now."""
    found: Desk | None = visit_memory.get(DESK)
    return Desk(_example_policy(), _example_form()) if found is None else found


@st.cache_resource(show_spinner=False)
def _example_policy() -> Policy:
    return load_policy()


def is_example(policy: Policy) -> bool:
    """Whether nobody has handed in a policy of their own."""
    return policy is _example_policy()


@st.cache_resource(show_spinner=False)
def _example_form() -> ClaimFormat:
    return load_format()


def change(**said: object) -> None:
    """Takes what is so now."""
    found = replace(desk(), **said)  # type: ignore[arg-type]
    files = found.assessments or found.done or found.steps
    words = "what you read in for quality assurance" if files else ""
    visit_memory.put(DESK, found, visit_memory.Worth.FILE, words)


def hand_in(name: str, now: object, before: object = None) -> None:
    """Takes what a file says in the place of what was here; that is kept until somebody has chosen."""
    before = before or getattr(desk(), name)
    change(**{name: now})
    visit_memory.drop([f"{BEFORE}{name}"])
    if before and _content(before) != _content(now) and before not in (_example_policy(), _example_form()):
        with suppress(DataError):  # no room: then what was here is gone
            visit_memory.put(f"{BEFORE}{name}", before, visit_memory.Worth.FILE)


def _content(found: object) -> object:
    """What of a file tells whether it says something else: never its name."""
    return [each.content for each in found] if isinstance(found, tuple) else found


def before(name: str) -> Any:
    """In the place of what the last file stands, as long as nobody has chosen; None if of nothing."""
    return visit_memory.get(f"{BEFORE}{name}")


def settle(name: str, now: object) -> None:
    """Goes on with what somebody has chosen."""
    visit_memory.drop([f"{BEFORE}{name}"])
    if now != getattr(desk(), name):
        change(**{name: now})


def forget() -> None:
    """Lets all of it go, with the answers."""
    visit_memory.drop([DESK, *(name for name in visit_memory.names() if str(name).startswith(BEFORE))])
    clear()


def clear() -> None:
    """Lets the answers go, and what was said of files that were refused."""
    visit_memory.drop([name for name in visit_memory.names() if str(name).startswith(ANSWERS)])
    visit_memory.forget("assurance-")


def answer(name: str, key: Hashable, make: Callable[[], T]) -> T:
    """The answer to a question, worked out once for each key."""
    place = f"{ANSWERS}-{name}"
    known: tuple[Hashable, T] | None = visit_memory.get(place)
    if known is None or known[0] != key:
        known = (key, make())
        visit_memory.put(place, known, visit_memory.Worth.ANSWER)
    return known[1]


def table_of(policy: Policy, files: Sequence[Source]) -> AssessmentFile | None:
    """What tables of assessments say, as one; None where there are none.

    Raises
    ------
    DataError
        One of them lacks a column that the policy selects by.
    """
    read = [read_assessments(policy, each.name, each.content, wording=each.wording) for each in files]
    return reduce(together, read) if read else None


def steps_of(files: Sequence[Source], known: Sequence[str]) -> StepsFile:
    """When claims of these learners were made, as files say it, and how these were read."""
    found = StepsFile({})
    for each in files:
        said = steps_file(each.name, each.content, known)
        days = steps_beside(found.days, said.days).both
        found = StepsFile(days, (*found.problems, *said.problems), (*found.sheets, *said.sheets))
    return found


# The register


def go_on(qualification: Qualification, register: Register, actor: Actor, words: str) -> Said:
    """Goes on with the same learners as they are kept now, and gives `words` to be said of them."""
    here = [each.registration for each in learners_here.held().opened]
    now = intake.go_on_with(
        "assurance", qualification, register.load(actor, qualification, registrations=here)
    )
    return Said(words, about=(OF, now))


# Ways in


def field(
    label: str, name: str, types: list[str], read: Callable[[Source], object], taken: Callable[[Source], None]
) -> None:
    """A field for a file: taken if it can be read; else all is as it was, and it is said why."""
    page_shell.upload(label, types, f"assurance-{name}", partial(_hand_in, name, read, taken))
    if error := st.session_state.get(f"{ERROR}-{name}"):
        page_shell.not_read(error)


def _hand_in(
    name: str,
    read: Callable[[Source], object],
    taken: Callable[[Source], None],
    file_name: str,
    content: bytes,
) -> None:
    st.session_state[f"{ERROR}-{name}"] = ""
    source = Source(file_name, content)
    try:
        read(source)
        taken(source)
    except DataError as error:
        st.session_state[f"{ERROR}-{name}"] = page_shell.problem_list(error)


def assessments_field(name: str, label: str) -> None:
    """The field for assessments: all to date, or those that were sampled."""
    field(
        label,
        name,
        ["csv", "xlsx"],
        lambda source: read_assessments(desk().policy, source.name, source.content),
        lambda source: hand_in(name, (source,)),
    )


def example_file(name: str) -> None:
    """A button that gives an example to make one's own of."""
    path = shipped("data") / "assurance" / name
    page_shell.download("Download the example", path.read_bytes, name, f"assurance-{name}")


def policy_field(rules: Policy) -> None:
    """The field for a policy in place of `rules`; it must not ask for columns that the assessments lack."""

    def taken(source: Source) -> None:
        policy, found = _from_toml(source, load_policy), desk()
        for files in (found.assessments, found.done):
            table_of(policy, files)
        hand_in("policy", policy, rules)

    field("Your sampling policy (TOML)", "policy", ["toml"], lambda _: None, taken)


def form_field() -> None:
    """The field for the form of the claim file."""
    field(
        "The columns your awarding organisation takes (TOML)",
        "form",
        ["toml"],
        lambda _: None,
        lambda source: hand_in("form", _from_toml(source, load_format)),
    )


def steps_field(known: list[str]) -> None:
    """The field for the days of claims that were made."""
    field(
        "When claims were made, received and issued (CSV or Excel)",
        "steps",
        ["csv", "xlsx"],
        lambda source: steps_file(source.name, source.content, known),
        lambda source: hand_in("steps", (source,)),
    )


def _from_toml(source: Source, load: Callable[[Path], T]) -> T:
    """What a file that was handed in holds; problems name it, not where it lay meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.toml"
        path.write_bytes(source.content)
        try:
            return load(path)
        except DataError as error:
            problems = [replace(each, source=source.name) for each in error.problems]
            raise DataError(problems) from None
