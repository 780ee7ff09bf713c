"""How a file was read: what is asked about it, which column was taken for what, and changes to that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from planner.errors import DataError, Problem
from planner.files.headers import MISSING
from planner.files.tables import SheetRead
from planner.files.wording import Wording, status_meant
from planner.pages.shared import faults, page_shell
from planner.pages.shared.words import plain, shortened
from planner.records.portfolio_files import DOUBTED
from planner.records.portfolios import STATUSES
from planner.report import tables
from planner.rules.measure import numbered

NOT_READ = "not read"

SHORT = 60
"""Characters of a header or a word that are shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file handed in, and what somebody has said of its words and of whom it speaks."""

    name: str
    content: bytes = field(repr=False)
    wording: Wording = field(default_factory=Wording)
    same: tuple[str, ...] = ()

    def with_words(
        self, columns: Mapping[str, str] | None = None, statuses: Mapping[str, str] | None = None
    ) -> Source:
        """The same file with more said about its words."""
        more = Wording(dict(columns or {}), dict(statuses or {}))
        return replace(self, wording=self.wording.with_more(more))


Read = Callable[[Source], None]
"""Reads a file again, as is said of it."""


def ask(source: Source, read: Read, problems: Iterable[Problem], words: Sequence[str]) -> None:
    """What must be said before all rows can be answered: what status words mean, and who is one person."""
    if words:
        _ask_statuses(source, read, words)
    told: set[frozenset[str]] = set()
    for problem in problems:
        learners = frozenset(problem.data["learners"]) if problem.code == DOUBTED else frozenset()
        if learners and learners not in told:
            told.add(learners)
            _ask_same(source, read, sorted(learners), problem.message, len(told))


def _ask_statuses(source: Source, read: Read, words: Sequence[str]) -> None:
    with st.container(border=True, key="ask-statuses"):
        st.subheader(f"What {'does this word' if len(words) == 1 else 'do these words'} mean?")
        st.markdown(
            f"{plain(shortened(source.name, SHORT))} says in its own words how far units are. Until you say "
            "what they mean, their rows are left out."
        )
        with st.form("statuses", border=False):
            options: list[str] = list(STATUSES)
            with st.container(horizontal=True):
                for word in words:
                    meant = status_meant(word)
                    st.selectbox(
                        f"“{plain(shortened(word, SHORT))}” is",
                        options,
                        index=options.index(meant) if meant else None,
                        placeholder="Choose, or leave these rows out",
                        key=f"status-word-{word}",
                        width=220,
                    )

            def said() -> None:
                chosen = {word: st.session_state[f"status-word-{word}"] for word in words}
                read(source.with_words(statuses={word: meant for word, meant in chosen.items() if meant}))

            st.form_submit_button("Read the file with these", type="primary", on_click=faults.guarded(said))


def _ask_same(source: Source, read: Read, learners: Sequence[str], doubt: str, number: int) -> None:
    with st.container(border=True, key=f"ask-same-{number}"):
        st.subheader("One person or two?")
        st.markdown(f"{plain(doubt)}. Nobody is judged by mistake: until you say, neither is.")
        st.button(
            "They are one person",
            key=f"same-{number}",
            icon=":material/person:",
            on_click=faults.guarded(read),
            args=(replace(source, same=(*source.same, "=".join(learners))),),
        )
        st.caption("If they are two, give them references that differ more in the file, and read it again.")


def show(source: Source, read: Read, sheets: Sequence[SheetRead], columns: Sequence[str]) -> None:
    """Which column was taken for what and what was not read, folded; with a change to it."""
    headers = _headers(sheets, columns)
    left = sum(not sheet.kind for sheet in sheets)
    label = "How the file was read" + (f" · {numbered(left, 'sheet')} not read" if left else "")
    with st.expander(label, key="how-read"):
        for words in tables.how_read_words(sheets):
            st.markdown(plain(words))
        st.markdown("If a column is something else, say so:")
        with st.form("columns", border=False):
            options = [NOT_READ, *columns]
            for header, name in headers.items():
                st.selectbox(
                    f"“{plain(shortened(header, SHORT))}” is",
                    options,
                    index=options.index(name or NOT_READ),
                    format_func=lambda column: column.replace("_", " "),
                    key=f"column-{header}",
                )

            def said() -> None:
                chosen = {header: st.session_state[f"column-{header}"] for header in headers}
                changed = {h: name for h, name in chosen.items() if name != (headers[h] or NOT_READ)}
                read(source.with_words({h: "" if name == NOT_READ else name for h, name in changed.items()}))

            st.form_submit_button("Read the file like this", on_click=faults.guarded(said))
        if source.wording != Wording():
            page_shell.download(
                "Keep what I have said, for the command line", source.wording.saved, "mapping.json", "mapping"
            )


def told(sheets: Sequence[SheetRead]) -> None:
    """How files were read of which nothing more is asked: what was taken for what, and what was not read."""
    for words in tables.how_read_words(sheets, named=True):
        page_shell.note(plain(words))


def _headers(sheets: Sequence[SheetRead], columns: Sequence[str]) -> dict[str, str | None]:
    """The headers of the sheets that were read; not those that name a unit."""
    return {
        header: name
        for sheet in sheets
        if sheet.kind
        for header, name in sheet.columns.items()
        if name is None or name in columns
    }


def ask_columns(source: Source, read: Read, error: DataError) -> None:
    """Which column is which, where a file was refused because its headers do not say it."""
    missing = [problem for problem in error.problems if problem.code == MISSING]
    if not missing:
        return
    headers = [header for header in missing[0].data["header"] if header]
    with st.container(border=True, key="ask-columns"):
        st.subheader("Which column is it?")
        with st.form("missing-columns", border=False):
            for problem in missing:
                st.selectbox(
                    f"The column with the {problem.field.replace('_', ' ')}",
                    headers,
                    index=None,
                    placeholder="Choose a column of the file",
                    key=f"missing-{problem.field}",
                )

            def said() -> None:
                chosen = {problem.field: st.session_state[f"missing-{problem.field}"] for problem in missing}
                read(source.with_words({header: name for name, header in chosen.items() if header}))

            st.form_submit_button("Read the file like this", type="primary", on_click=faults.guarded(said))
