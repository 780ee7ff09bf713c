"""What every page has: the qualification with its status, its rules measured, the small print."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import streamlit as st

from planner.catalogue.loading import (
    DATA_VARIABLE,
    DEFAULT_QUALIFICATION,
    NETWORK_VARIABLE,
    QUALIFICATION_VARIABLE,
    load_all,
)
from planner.catalogue.qualification import Qualification
from planner.catalogue.units import find_ref
from planner.errors import DataError, Problem
from planner.pages.shared import faults, sign_in, unsaved_guard
from planner.pages.shared.words import bullets, control, plain
from planner.report import tables
from planner.rules.measure import Finding, numbered

T = TypeVar("T")

KINDS = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "download"),
    "csv": ("text/csv", "download"),
    "json": ("application/json", "download"),
    "ics": ("text/calendar", "calendar_add_on"),
    "pdf": ("application/pdf", "picture_as_pdf"),
    "toml": ("text/plain", "download"),
}
"""What is handed out, by how the names of such files end: the kind as browsers know it, and a sign for it."""

QUALIFICATION = "qualification"
"""The parameter of the address that names the qualification."""

MADE_SECONDS = 60.0
"""How long a run of the page waits for a file to be made: a large workbook takes some."""

CHOSEN = "qualification-chosen"
"""Where the session remembers it from page to page."""


@dataclass(frozen=True, slots=True)
class KeptWith:
    """What a page holds (a file, a portfolio), read under the rules of one qualification: it stays with them.

    `holds` says in words what that is and what would be lost with it; `drop` empties the page.
    """

    number: str
    holds: str
    drop: Callable[[], None]


def qualification(bound: KeptWith | None = None) -> Qualification:
    """The qualification of the address, else the one chosen before, else the one the page was started for.

    A page that holds something shows the qualification it was read under, whatever is chosen; `heading` then
    says so. A page whose data cannot be read ends with a message.
    """
    found = on_file()
    default = _default(found)
    named = st.query_params.get(QUALIFICATION, "")[:100]
    known = find_ref(named, found) if named else None
    if named and known is None:
        st.warning(f"No qualification on file has the number {plain(named)}.")
    before = st.session_state.get(CHOSEN)
    # An address that only repeats what the page holds is not a choice.
    repeated = bound is not None and known == bound.number
    wanted = before if repeated and before else known or before
    if wanted not in found:
        wanted = default
    st.session_state[CHOSEN] = wanted
    shown = wanted if bound is None else bound.number
    if known != shown and (known or shown != default):
        st.query_params[QUALIFICATION] = shown
    return found[shown]


def is_chosen(found: Qualification) -> bool:
    """Whether no other qualification is chosen than the one a page shows."""
    return st.session_state.get(CHOSEN) == found.id


def _default(found: Mapping[str, Qualification]) -> str:
    """The qualification the page was started for, if it is on file, else the first."""
    default = os.environ.get(QUALIFICATION_VARIABLE, DEFAULT_QUALIFICATION)
    return default if default in found else next(iter(found))


def on_network() -> bool:
    """Whether the page is served to telephones in the house: then nothing of it takes a file."""
    return bool(os.environ.get(NETWORK_VARIABLE))


def in_use() -> Qualification:
    """The qualification of this visit, whatever the address says: for a page that has none in it."""
    found = on_file()
    return found.get(st.session_state.get(CHOSEN, ""), found[_default(found)])


def on_file() -> dict[str, Qualification]:
    """Every qualification of the data folder; ends the page with a message if it cannot be read."""
    try:
        return loaded(load_all)
    except DataError as error:
        st.error("The data cannot be read:\n" + problem_list(error))
        unsaved_guard.guard()  # what other pages hold would still be lost with the tab
        st.stop()


def loaded(load: Callable[[Path | None], T]) -> T:
    """What `load` reads from the data folder that the page was started for, read once."""
    found: T = _loaded(load.__qualname__, os.environ.get(DATA_VARIABLE), load)
    return found


@st.cache_resource(show_spinner=False)
def _loaded(name: str, data: str | None, _load: Callable[[Path | None], Any]) -> Any:
    return _load(None if data is None else Path(data))


def choose(number: str) -> None:
    """Makes another qualification the session's; wishes for the one before leave the address."""
    st.query_params.clear()
    st.query_params[QUALIFICATION] = number
    st.session_state[CHOSEN] = number


def _picker(found: Qualification, bound: KeptWith | None) -> None:
    """The choice of the qualification, where there are several."""
    names = on_file()
    if len(names) < 2:
        return
    st.session_state["qualification-picker"] = found.id
    st.selectbox(
        "Qualification",
        list(names),
        format_func=lambda number: f"{names[number].title} · {number}",
        key="qualification-picker",
        on_change=_picked,
        args=(bound,),
    )
    chosen = names[st.session_state[CHOSEN]]
    if bound is not None and chosen is not found:
        _kept(found, chosen, bound)


def _picked(bound: KeptWith | None) -> None:
    """Takes the choice; a page that holds something asks first."""
    number = st.session_state["qualification-picker"]
    if bound is None:
        choose(number)
    else:
        st.session_state[CHOSEN] = number


def _kept(found: Qualification, chosen: Qualification, bound: KeptWith) -> None:
    """Says that what the page holds stays with its own rules, and offers to let it go."""

    def let_go() -> None:
        bound.drop()
        choose(chosen.id)

    def stay() -> None:
        st.session_state[CHOSEN] = found.id

    st.warning(
        f"**You chose {plain(chosen.title)}, and nothing has changed yet.** This page holds {bound.holds} "
        f"It was read under the rules of {plain(found.title)} and stays with them, unless you let it go: "
        "then the page starts empty.",
        icon=":material/swap_horiz:",
    )
    with st.container(horizontal=True):
        st.button(f"Stay with {plain(found.id)}", key="stay", on_click=stay)
        st.button(f"Let it go and start with {plain(chosen.id)}", key="let-go", on_click=let_go)


GUIDED = "time with your assessor or trainer (guided learning hours, GLH)."
LEARNING = "about ten hours a credit, guided or not."
"""What the handbook's word means, for pages that show such hours."""


def not_read(problems: str) -> None:
    """Says that a file was refused, why, and what to do; `problems` is a Markdown list."""
    st.error(
        f"The file was not read; nothing else has changed.\n{problems}\n\nMend this in the file and read it "
        "in again. The empty tables to download have the right columns."
    )


Figure = tuple[str, float | str | None, str | None]
"""A label, the figure and what explains it."""


def figures(*shown: Figure) -> None:
    """Figures beside each other, and below them all what explains them."""
    metrics(*shown)
    explanations(*shown)


def metrics(*shown: Figure) -> None:
    """Figures beside each other."""
    with st.container(horizontal=True, gap="medium"):
        for label, value, _ in shown:
            st.metric(label, value, width="content")


def explanations(*shown: Figure) -> None:
    """What explains figures, a line for each that needs it."""
    if told := [f"{label}: {explained}" for label, _, explained in shown if explained]:
        note("  \n".join(map(plain, told)))


def left_out(problems: Iterable[Problem]) -> None:
    """Says what of the address or a file was left out."""
    for problem in problems:
        st.warning(f"Not understood and left out: {plain(str(problem))}")


def put(key: str, value: object) -> None:
    """Makes a widget show `value`; said in every run of the page.

    Of two runs soon after each other a browser may see the second alone. What only the first had said it
    would not show, and it would send what it shows with the next choice, as if somebody had chosen that.
    """
    st.session_state[key] = value


def note(text: str) -> None:
    """A remark in small letters; Streamlit's captions are too pale to read."""
    st.markdown(f":small[{text}]")


def problem_list(error: DataError) -> str:
    """The problems of an error as a Markdown list."""
    return bullets(problem.told(control) for problem in error.problems)


def heading(title: str, found: Qualification, bound: KeptWith | None) -> None:
    """The page's title, the choice of the qualification and whether it is open."""
    st.title(title)
    under(found, bound)


def under(found: Qualification, bound: KeptWith | None) -> None:
    """The choice of the qualification, and whether it is open."""
    _picker(found, bound)
    # The title in full, too: a telephone shows the first words only of what was picked.
    status(found, f"**{plain(found.title)}** · {plain(found.id)}  \n")


def status(found: Qualification, name: str = "") -> None:
    """Whether learners can be registered, by word, sign and colour; `name` goes before it, as Markdown."""
    sentence = name + plain(found.status_sentence())
    if not found.dated:
        st.info(sentence, icon=":material/event:")
    elif found.status() == "open":
        st.success(sentence, icon=":material/event_available:")
    else:
        st.warning(sentence, icon=":material/event_busy:")


def meters(findings: Iterable[Finding], key: str) -> None:
    """Draws each rule; those that are only upper limits and kept are folded. `key` keeps folds apart."""
    kept = []
    for finding in findings:
        if finding.holds and finding.rule.at_least is None:
            kept.append(finding)
        else:
            meter(finding)
    if kept:
        with st.expander(f"Upper limits: {len(kept)} kept", key=f"limits-{key}"):
            for finding in kept:
                meter(finding)


def meter(finding: Finding, waived: frozenset[str] = frozenset()) -> None:
    """One rule as a bar, its parts after it; those whose ids are `waived` are marked so."""
    limit = finding.at_least if finding.at_least is not None else finding.at_most
    share = 1.0 if not limit else min(1.0, max(0.0, finding.measured / limit))
    mark = ":green[:material/check: met]" if finding.holds else ":red[:material/close: not met]"
    if finding.rule.id in waived:
        mark = ":orange[:material/gavel: waived]"
    st.progress(share, text=f"“{plain(finding.rule.text)}” — **{plain(finding.progress)}** {mark}")
    for part in finding.parts:
        meter(part, waived)


def rules(findings: Iterable[Finding], waived: frozenset[str] = frozenset()) -> None:
    """Each rule as a meter: those not met in sight, all others folded; waived ones are marked."""
    kept: list[Finding] = []
    broken: list[Finding] = []
    for finding in findings:
        waived_or_met = finding.holds or finding.rule.id in waived
        (kept if waived_or_met else broken).append(finding)
    for finding in broken:
        meter(finding, waived)
    label = numbered(len(kept), "rule") + " met" if broken else "All rules met"
    if kept:
        with st.expander(f"{label}: each one measured", key="rules", on_change="rerun") as fold:
            if fold.open:
                for finding in kept:
                    meter(finding, waived)


def unit_search(key: str) -> str:
    """What is typed to find a unit by, at once."""
    return st.text_input(
        "Find a unit", key=key, placeholder="word of the title, or a ref", live=True, type="search"
    )


def upload(label: str, types: Sequence[str], name: str, taken: Callable[[str, bytes], None]) -> None:
    """A field for a file, empty again after each, so that one file can be read twice.

    `taken` is told the file's name and content; `name` keeps fields apart.
    """
    counter = f"uploads-{name}"
    number = st.session_state.setdefault(counter, 0)
    key = f"{name}-{number}"

    def uploaded() -> None:
        # Called again where a click ends the run that the file began: it has been taken then.
        file = st.session_state.get(key) if st.session_state[counter] == number else None
        if file is not None:
            st.session_state[counter] = number + 1
            taken(file.name, file.getvalue())

    st.file_uploader(label, type=list(types), key=key, on_change=faults.guarded(uploaded))


def download(
    label: str,
    content: Callable[[], bytes],
    file_name: str,
    key: str,
    taken: Callable[[], None] | None = None,
) -> None:
    """A button that makes a file of one of the `KINDS` when it is pressed.

    It leaves the page as it is, unless the page wants to know that the file was `taken`.
    """
    made, told = sign_in.checked(content), None
    if taken is not None:
        last: LastMade = st.session_state.setdefault(f"made-{key}", LastMade())
        made, told = handed_out(made, taken, last)
    mime, sign = KINDS[file_name.rpartition(".")[2]]
    st.download_button(
        label,
        data=made,
        file_name=file_name,
        mime=mime,
        on_click=told or "ignore",
        key=key,
        icon=f":material/{sign}:",
    )


class LastMade:
    """What a button made last: the offer of which run of the page, None where it could not be made."""

    def __init__(self) -> None:
        self.is_known = Event()
        self.offer: object = None


def handed_out(
    content: Callable[[], bytes], taken: Callable[[], None], last: LastMade
) -> tuple[Callable[[], bytes], Callable[[], None]]:
    """The making of a file for a download button, and what to call where the button is pressed.

    The browser asks for the file and for a run of the page at once. The run begins once the file is made. One
    that cannot be made was not taken, and neither was what the page offers where the file is of a run before.
    """
    offer = object()

    def make() -> bytes:
        last.is_known.clear()
        last.offer = None
        try:
            found = content()
            last.offer = offer
        finally:
            last.is_known.set()
        return found

    def told() -> None:
        if last.is_known.wait(MADE_SECONDS):
            last.is_known.clear()
            if last.offer is offer:
                taken()

    return make, told


def days_with(*days: date | None) -> tuple[date, date]:
    """The first and last day to choose from: the same every day, and what is said already is among them."""
    said = [day for day in days if day]
    return min([date(1980, 1, 1), *said]), max([date(2099, 12, 31), *said])


def small_print(qualification: Qualification) -> None:
    """What no answer says, and where the rules come from, folded."""
    with st.expander("What this answer does not say, and where the rules come from", key="small-print"):
        st.markdown(_small_print(qualification, date.today()))


@lru_cache(maxsize=64)
def _small_print(qualification: Qualification, _today: date) -> str:
    """The small print as Markdown, worked out once a day: it speaks of the qualification alone."""
    facts = tables.qualification_table(qualification).itertuples(index=False, name=None)
    lines = [f"- **{plain(word)}:** {plain(value)}" for word, value in facts]
    return "\n".join([bullets(tables.caveats(qualification)), *lines])
