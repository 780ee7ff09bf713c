"""Where achieved units lead: how near they come to every qualification on file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import Unit, folded_ref, split_refs, told_apart
from planner.errors import DataError, Problem, nearest
from planner.files.tables import SheetRead
from planner.pages import links
from planner.pages.shared import address, file_reading, page_shell
from planner.pages.shared.words import badge, plain, titles
from planner.portfolio.progression import Standing, any_of, standings
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.report import portfolio_tables, tables
from planner.rules.measure import numbered

HELD = "held"
"""The parameter of the address with the refs of achieved units."""

MOST_NEAR = 5
"""Qualifications that achieved units lead to which are not folded."""

MOST_PROBLEMS = 5
"""Problems of a file that are listed; the others are counted."""

UNKNOWN = "no qualification on file has a unit with this ref"


def show(found: Mapping[str, Qualification]) -> None:
    """Draws the question and, once there are units, the answer."""
    known = _known_units(found.values())
    held = _held(known)
    label = "Where do my units lead?" + (f" · {len(held)} achieved" if held else "")
    with st.expander(label, expanded=bool(held), key="leads", icon=":material/explore:"):
        if held:
            _choice(known, held)
            _answer(found, held)
            with st.expander("Add the units of a portfolio", key="leads-file"):
                _upload(found)
        else:
            st.markdown(
                "Name the units you have achieved. Every qualification they count towards is then listed, "
                "the nearest first, with what is still missing."
            )
            _choice(known, held)
            _upload(found)


# The units


def _known_units(qualifications: Iterable[Qualification]) -> dict[str, Unit]:
    """The units of all qualifications by folded ref, each once."""
    return {folded_ref(unit.ref): unit for unit in any_of(qualifications).units}


def _held(known: Mapping[str, Unit]) -> list[str]:
    """The achieved units in the address; what is unknown is reported and left out."""
    held, problems = _resolved(address.parts(HELD), known)
    page_shell.left_out(problems)
    return held


def _choice(known: Mapping[str, Unit], held: Sequence[str]) -> None:
    """The field for achieved units, and what was wrong with those typed or read last."""
    st.session_state["catalogue-held"] = list(held)
    names = told_apart(known.values())
    labels = {folded: f"{names[unit.ref]} ({unit.ref})" for folded, unit in known.items()}
    st.multiselect(
        "Units already achieved, of any qualification on file",
        [unit.ref for unit in known.values()],
        format_func=lambda ref: labels.get(folded_ref(ref), ref),
        key="catalogue-held",
        accept_new_options=True,
        wrap=True,
        placeholder="Choose units, or type their refs",
        on_change=_chosen,
        args=(known,),
    )
    for text in st.session_state.get("catalogue-unknown", ()):
        st.warning(text)
    file_reading.told(st.session_state.get("catalogue-read", ()))


def _chosen(known: Mapping[str, Unit]) -> None:
    """Puts what was chosen or typed into the address; only refs that are on file go there."""
    texts = [ref for text in st.session_state["catalogue-held"] for ref in split_refs(text)]
    _take(*_resolved(texts, known))


def _take(held: Sequence[str], problems: Sequence[Problem], sheets: Sequence[SheetRead] = ()) -> None:
    st.session_state["catalogue-unknown"] = _told(problems)
    st.session_state["catalogue-read"] = tuple(sheets)
    address.put(held=",".join(held))


def _resolved(texts: Iterable[str], known: Mapping[str, Unit]) -> tuple[list[str], list[Problem]]:
    """The refs that `texts` mean, each once, and the problems, the first few of many."""
    found = {text: known.get(folded_ref(text)) for text in texts}
    held = list(dict.fromkeys(unit.ref for unit in found.values() if unit))
    refs = [unit.ref for unit in known.values()]

    def told(text: str) -> Problem:
        return Problem("achieved units", UNKNOWN + nearest(text[: address.LONGEST], refs), value=text)

    return held, address.few([text for text, unit in found.items() if unit is None], told)


# A portfolio


def _upload(found: Mapping[str, Qualification]) -> None:
    page_shell.upload(
        "Or read them from one learner's portfolio (CSV or Excel)",
        ["csv", "xlsx"],
        "leads-portfolio",
        partial(_uploaded, tuple(found.values())),
    )
    st.markdown(
        "Only the refs of achieved units are taken; names, evidence and decisions stay out of the address."
    )


def _uploaded(qualifications: Sequence[Qualification], source: str, content: bytes) -> None:
    """Adds the achieved units of a portfolio to those in the address."""
    known = _known_units(qualifications)
    held, _ = _resolved(address.parts(HELD), known)
    try:
        found = _portfolio(qualifications, source, content)
    except DataError as error:
        _take(held, error.problems)
        return
    (portfolio,), problems = found.portfolios, found.problems
    achieved = [unit.ref for unit in known.values() if unit.ref in portfolio.achieved]
    if not achieved:
        problems = (*problems, Problem(source, "no unit in it is achieved (assessed or verified)"))
    _take(list(dict.fromkeys([*held, *achieved])), problems, found.sheets)


def _told(problems: Sequence[Problem]) -> list[str]:
    """Problems of a file as Markdown, the first few of many."""
    texts = [plain(str(problem)) for problem in problems[:MOST_PROBLEMS]]
    more = len(problems) - MOST_PROBLEMS
    return texts + ([f"{numbered(more, 'more problem')} in this file."] if more > 0 else [])


def _portfolio(qualifications: Sequence[Qualification], source: str, content: bytes) -> PortfolioFile:
    """A file of one portfolio, and how it was read; its units may be of any qualification.

    Raises
    ------
    DataError
        Nothing can be read, or the file is of several learners.
    """
    found = portfolio_file(any_of(qualifications), source, content, noun="unit of a qualification on file")
    if len(found.portfolios) > 1:
        message = f"holds {len(found.portfolios)} learners; this question is about one, so give a file of one"
        raise DataError([Problem(source, message)])
    if found.portfolios[0].doubt:
        raise DataError(found.problems)
    return found


# The answer


def _answer(found: Mapping[str, Qualification], held: Sequence[str]) -> None:
    digests = tuple(one.digest for one in found.values())
    answers = _standings_of(digests, tuple(held), tuple(found.values()))
    near = [one for one in answers if one.achieved]
    lists = "lists" if len(near) == 1 else "list"
    st.markdown(
        f"{len(near)} of {numbered(len(answers), 'qualification')} on file {lists} units of yours; "
        "the nearest comes first."
    )
    for standing in near[:MOST_NEAR]:
        _standing(standing)
    if near[MOST_NEAR:]:
        with st.expander(f"{len(near) - MOST_NEAR} more", key="leads-more"):
            for standing in near[MOST_NEAR:]:
                _standing(standing)
    st.markdown(plain(tables.caveats(answers[0].qualification)[0]))
    st.markdown("To share this, send the address of this page: it holds the refs and nothing else.")


@st.cache_resource(show_spinner="Looking at every qualification", max_entries=50)
def _standings_of(
    digests: tuple[str, ...], held: tuple[str, ...], _qualifications: tuple[Qualification, ...]
) -> tuple[Standing, ...]:
    return standings(_qualifications, held)


def _standing(standing: Standing) -> None:
    """What is missing to one qualification, and the link to its plan with the units achieved."""
    one, verdict = standing.qualification, standing.verdict
    mark = ":green[:material/check_circle:] " if verdict.rules_met else ""
    lines = [
        f"**{plain(one.title)}** · {plain(one.id)} {badge(one)}  ",
        f"{mark}{plain(portfolio_tables.verdict_words(verdict))}",
        "",
    ]
    if verdict.home.new_units:
        missing = (f"- {titles(one, [ref])}" for ref in verdict.home.new_units)
        lines += ["The shortest way:", "", *missing, ""]
    lines += [f"- {plain(conflict.in_words(one))}" for conflict in verdict.home.conflicts]
    if verdict.counted and not verdict.rules_met:
        lines += ["", f"Of yours count: {titles(one, verdict.counted)}."]
    if verdict.surplus:
        lines += ["", f"Of yours do not count: {titles(one, verdict.surplus)}."]
    lines += ["", *(f"- {plain(words)}" for words in standing.differing)]
    with st.container(border=True):
        st.markdown("\n".join(lines))
        if words := one.next_step(verdict.rules_met):
            page_shell.note(plain(words))
        links.to_plan(one, "Plan with these units", {HELD: ",".join(standing.achieved)})
