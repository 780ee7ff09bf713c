"""The catalogue: the qualifications on file, all that is known of one, and where achieved units lead."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st

from planner import tables
from planner.errors import Problem, nearest
from planner.lint import Remark, Report, check
from planner.qualification import Qualification
from planner.rules import Choice, Rule
from planner.solve import plan as best_plan
from planner.standing import Standing, standings
from planner.ui import address, audit, frame, plan
from planner.ui.words import plain
from planner.units import Unit, folded_ref, split_refs

HELD = "held"
"""The parameter of the address with the refs of achieved units."""

MOST_ROWS = 40
"""Qualifications listed at most; a search narrows them down."""

MOST_UNITS = 12
"""Units up to which the groups of a qualification are unfolded."""

MOST_NEAR = 5
"""Qualifications that achieved units lead to which are not folded."""

MOST_NAMED = 3
"""Units named where a search found a qualification by its units; problems named one by one."""

STATUS_COLOURS = {"open": "green", "closed": "red", "not yet open": "orange"}
SEVERITIES = {"error": ":red-badge[Error]", "notice": ":orange-badge[Notice]"}


class _FirstPage(st.Page):
    """The page at the root of the address.

    It has no path of its own, so a link to it, opened in a new tab, would lead to the page that holds
    the link; relative, so that it also holds behind a sub-path.
    """

    @property
    def url_path(self) -> str:
        return "./"


def show() -> None:
    """Draws the page."""
    found = {one.id: one for one in sorted(frame.on_file().values(), key=lambda one: one.title.casefold())}
    shown = frame.qualification()
    st.title("Qualifications")
    _catalogue(found, shown)
    _leads(found)
    _detail(shown)


# The list


def _catalogue(found: Mapping[str, Qualification], shown: Qualification) -> None:
    """The search, the qualifications it finds, and the choice of the one shown in detail."""
    search = st.text_input(
        "Find a qualification",
        key="catalogue-search",
        placeholder="title, number, awarding organisation, or a unit",
        live=True,
        type="search",
    )
    matching = [one for one in found.values() if _matches(one, search) or _matching_units(one, search)]
    if not matching:
        st.info("No qualification on file has this in its title, number, organisation or units.")
    else:
        st.markdown(_number_found(len(matching), len(found)))
        _list(matching[:MOST_ROWS], shown, search)
    if len(matching) > MOST_ROWS:
        st.markdown(f"These are the first {MOST_ROWS}: search to find the others.")
    if len(found) == 1:
        return
    options = [number for number, one in found.items() if one in matching or one is shown]
    st.session_state["catalogue-shown"] = shown.id
    st.selectbox(
        "Show in detail",
        options,
        format_func=lambda number: f"{found[number].title} · {number}",
        key="catalogue-shown",
        on_change=_chosen,
    )


def _chosen() -> None:
    """Shows another qualification; the achieved units in the address are no wish for the one before."""
    held = st.query_params.get_all(HELD)
    frame.choose(st.session_state["catalogue-shown"])
    if held:
        st.query_params[HELD] = held
    st.session_state["catalogue-unit"] = ""


def _matches(qualification: Qualification, search: str) -> bool:
    """Whether every word of `search` stands in title, number or awarding organisation."""
    text = f"{qualification.title} {qualification.id} {qualification.awarding_organisation}".casefold()
    folded = folded_ref(search)
    return all(word in text for word in search.casefold().split()) or (
        bool(folded) and folded in folded_ref(qualification.id)
    )


def _matching_units(qualification: Qualification, search: str) -> list[Unit]:
    return [unit for unit in qualification.units if search.strip() and _unit_matches(unit, search)]


def _unit_matches(unit: Unit, search: str) -> bool:
    """Whether every word of `search` stands in the unit's title, or it is part of its ref."""
    folded = folded_ref(search)
    words = search.casefold().split()
    return all(word in unit.title.casefold() for word in words) or (
        bool(folded) and folded in folded_ref(unit.ref)
    )


def _number_found(matching: int, in_all: int) -> str:
    noun = "qualification" if in_all == 1 else "qualifications"
    return f"{in_all} {noun} on file." if matching == in_all else f"{matching} of {in_all} {noun} on file."


def _list(matching: Sequence[Qualification], shown: Qualification, search: str) -> None:
    credits = {one.id: _least_credits(one.digest, one) for one in matching}
    table = tables.catalogue_table(matching, credits)
    cells = [_list_cell(one, shown, search) for one in matching]
    rows = {
        "Qualification": cells,
        "Level": table["Level"].map(_figure),
        "Credits": table["Credits"].map(_figure),
        "Hours": table["Guided hours"].map(lambda words: words or "–"),
    }
    st.table(
        pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Qualifications with level and credits"
    )
    st.markdown("Credits: the fewest that meet the rules. Hours: the published range of guided hours.")


def _list_cell(one: Qualification, shown: Qualification, search: str) -> str:
    facts = " · ".join(plain(text) for text in (one.id, one.awarding_organisation) if text)
    mark = " · *shown below*" if one is shown else ""
    lines = [f"**{plain(one.title)}**", f"{facts} {_badge(one)}{mark}"]
    units = [] if _matches(one, search) else _matching_units(one, search)
    if units:
        more = f" and {len(units) - MOST_NAMED} more" if len(units) > MOST_NAMED else ""
        lines.append(f"*With {_titles(one, [unit.ref for unit in units[:MOST_NAMED]])}{more}*")
    return "  \n".join(lines)


def _badge(qualification: Qualification) -> str:
    """Whether learners can be registered, by word and by colour."""
    return f":{STATUS_COLOURS[qualification.status()]}-badge[{tables.status_word(qualification)}]"


def _figure(value: int | None) -> str:
    return "–" if pd.isna(value) else str(value)


def _titles(qualification: Qualification, refs: Iterable[str]) -> str:
    by_ref = qualification.by_ref
    return plain(", ".join(f"{by_ref[ref].title} ({ref})" for ref in refs))


@st.cache_data(show_spinner=False, max_entries=1_000)
def _least_credits(digest: str, _qualification: Qualification) -> int | None:
    """The fewest credits that meet the rules: as published, else computed; None where nothing does."""
    published = _qualification.published.get("min_credits")
    return best_plan(_qualification, goals=("credits",)).credits if published is None else published


# Where units lead


def _leads(found: Mapping[str, Qualification]) -> None:
    """How far achieved units carry in every qualification on file."""
    known = _known_units(found.values())
    held = _held(known)
    label = "Where do my units lead?" + (f" · {len(held)} achieved" if held else "")
    with st.expander(label, expanded=bool(held), key="leads", icon=":material/explore:"):
        st.session_state["catalogue-held"] = held
        st.multiselect(
            "Units already achieved, of any qualification on file",
            [unit.ref for unit in known.values()],
            format_func=lambda ref: _unit_label(ref, known),
            key="catalogue-held",
            accept_new_options=True,
            placeholder="Choose units, or type their refs",
            on_change=_held_chosen,
            args=(known,),
        )
        for text in st.session_state.get("catalogue-unknown", ()):
            st.warning(text)
        if held:
            _standings(found, held)
        else:
            st.markdown("Name them, and every qualification they count towards is listed, the nearest first.")


def _known_units(qualifications: Iterable[Qualification]) -> dict[str, Unit]:
    """The units of all qualifications by folded ref, each once."""
    known: dict[str, Unit] = {}
    for qualification in qualifications:
        for unit in qualification.units:
            known.setdefault(folded_ref(unit.ref), unit)
    return known


def _unit_label(ref: str, known: Mapping[str, Unit]) -> str:
    unit = known.get(folded_ref(ref))
    return ref if unit is None else f"{unit.ref} · {unit.title}"


def _held(known: Mapping[str, Unit]) -> list[str]:
    """The achieved units in the address; what is unknown is reported and left out."""
    texts = split_refs(",".join(st.query_params.get_all(HELD))[: address.LONGEST])
    held, problems = _resolved(texts, known)
    for problem in problems:
        st.warning(f"Not understood and left out: {problem}")
    return held


def _held_chosen(known: Mapping[str, Unit]) -> None:
    """Puts what was chosen or typed into the address; only refs that are on file go there."""
    texts = [ref for text in st.session_state["catalogue-held"] for ref in split_refs(text)]
    held, problems = _resolved(texts, known)
    st.session_state["catalogue-unknown"] = problems
    if held:
        st.query_params[HELD] = ",".join(held)
    else:
        st.query_params.pop(HELD, None)


def _resolved(texts: Iterable[str], known: Mapping[str, Unit]) -> tuple[list[str], list[str]]:
    """The refs that `texts` mean, each once, and the problems as texts, the first few of many."""
    found = {text: known.get(folded_ref(text)) for text in texts}
    held = list(dict.fromkeys(unit.ref for unit in found.values() if unit))
    unknown = [text for text, unit in found.items() if unit is None]
    refs = [unit.ref for unit in known.values()]
    message = "no qualification on file has a unit with this ref"
    problems = [
        plain(str(Problem("achieved units", f"{message}{nearest(text[:50], refs)}", value=text)))
        for text in unknown[:MOST_NAMED]
    ]
    if len(unknown) > MOST_NAMED:
        problems.append(f"{len(unknown) - MOST_NAMED} more like this.")
    return held, problems


def _standings(found: Mapping[str, Qualification], held: Sequence[str]) -> None:
    digests = tuple(one.digest for one in found.values())
    answers = _standings_of(digests, tuple(held), tuple(found.values()))
    near = [one for one in answers if one.achieved]
    st.markdown(
        f"{_count(len(near), 'qualification')} on file {'lists' if len(near) == 1 else 'list'} "
        "units of yours. The fewest guided hours missing come first."
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
        f"**{plain(one.title)}** · {plain(one.id)} {_badge(one)}  ",
        f"{mark}{plain(tables.verdict_words(verdict))}",
        "",
    ]
    if verdict.home.new_units:
        lines += [
            "The shortest way:",
            "",
            *(f"- {_titles(one, [ref])}" for ref in verdict.home.new_units),
            "",
        ]
    lines += [f"- {plain(conflict.in_words(one))}" for conflict in verdict.home.conflicts]
    if verdict.counted and not verdict.rules_met:
        lines += ["", f"Of yours count: {_titles(one, verdict.counted)}."]
    if verdict.surplus:
        lines += ["", f"Of yours do not count: {_titles(one, verdict.surplus)}."]
    with st.container(border=True):
        st.markdown("\n".join(lines))
        _plan_link(one, "Plan with these units", {HELD: ",".join(standing.achieved)})


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# One qualification


def _detail(one: Qualification) -> None:
    st.header(plain(one.title))
    level = "" if one.level is None else f"level {one.level}"
    st.markdown(" · ".join(plain(text) for text in (one.id, one.awarding_organisation, level) if text))
    sentence = plain(one.status_sentence())
    if one.status() == "open":
        st.success(sentence, icon=":material/event_available:")
    else:
        st.warning(sentence, icon=":material/event_busy:")
    _headline(one)
    with st.container(horizontal=True):
        _plan_link(one, "Plan its units", {})
        page = st.Page(audit.show, title="Check a portfolio", url_path="audit")
        st.page_link(
            page,
            label=_link("Check a portfolio"),
            icon=":material/fact_check:",
            query_params={frame.QUALIFICATION: one.id},
        )
    report = _report(one.digest, date.today(), one)
    left, right = st.columns([11, 9], gap="large")
    with left:
        _rules(one)
        _units(one)
        _notes(one)
    with right:
        _facts(one)
        _checked(report)


def _plan_link(one: Qualification, label: str, wishes: Mapping[str, str]) -> None:
    st.page_link(
        _FirstPage(plan.show, title="Plan your units", url_path="plan"),
        label=_link(label),
        icon=":material/route:",
        query_params={frame.QUALIFICATION: one.id, **wishes},
    )


def _link(label: str) -> str:
    """A label that looks like a link."""
    return f":primary[**{label}**]"


def _headline(one: Qualification) -> None:
    """What the qualification asks for, in figures."""
    figures = {
        "Least credits": _figure(_least_credits(one.digest, one)),
        "Guided hours, published": tables.hours_words(one) or "–",
        "Units": str(len(one.units)),
    }
    with st.container(horizontal=True, gap="medium"):
        for label, value in figures.items():
            st.metric(label, value, width="content")


@st.cache_resource(show_spinner="Checking data and rules", max_entries=100)
def _report(digest: str, day: date, _qualification: Qualification) -> Report:
    return check(_qualification, day)


def _rules(one: Qualification) -> None:
    st.subheader("The rules")
    barred = {f"barred-{name}" for name in one.barred}
    st.markdown("\n".join(line for rule in one.rules if rule.id not in barred for line in _rule(rule)))
    if barred:
        with st.expander(f"Barred sets: {len(barred)}", key="catalogue-barred"):
            st.markdown("\n".join(line for rule in one.rules if rule.id in barred for line in _rule(rule)))


def _rule(rule: Rule, depth: int = 0) -> list[str]:
    """A rule as lines of a Markdown list: its sentence, its limits, the parts of a choice below it."""
    lines = [f"{'    ' * depth}- “{plain(rule.text)}” — **{plain(tables.limits_words(rule))}**"]
    if isinstance(rule, Choice):
        lines += [line for part in rule.of for line in _rule(part, depth + 1)]
    return lines


def _units(one: Qualification) -> None:
    st.subheader("The units")
    search = ""
    if len(one.units) > MOST_UNITS:
        search = st.text_input(
            "Find a unit",
            key="catalogue-unit",
            placeholder="word of the title, or a ref",
            live=True,
            type="search",
        )
    matching = {unit.ref for unit in one.units if _unit_matches(unit, search)}
    if not matching:
        st.info("No unit has this in its title or ref.")
    table = tables.listed_units_table(one)
    for group, rows in table[table["Ref"].isin(matching)].groupby("Group", sort=False):
        unfolded = bool(search) or len(one.units) <= MOST_UNITS
        label = f"{one.group_name(str(group))} · {_count(len(rows), 'unit')}"
        with st.expander(plain(label), expanded=unfolded, key=f"units-{group}-{unfolded}"):
            _unit_table(rows, label)


def _unit_table(rows: pd.DataFrame, label: str) -> None:
    """Units with credits and hours; all else about each stands below its title, so that phones show it."""
    records = rows.to_dict("records")
    shown = {
        "Unit": [f"**{plain(row['Title'])}** ({plain(row['Ref'])})  \n{_unit_words(row)}" for row in records],
        "Credits": [row["Credits"] for row in records],
        "Hours": [row["Guided hours"] for row in records],
    }
    st.table(pd.DataFrame(shown), border="horizontal", hide_index=True, alt=f"Units of {label}")


def _unit_words(row: Mapping[Hashable, object]) -> str:
    """What is on file about a unit beside its title, credits and hours."""
    confidence = f" ({row['Confidence']} confidence)" if row["Confidence"] else ""
    words = [f"level {row['Level']}{confidence}"]
    for label, column in (
        ("strategy ", "Assessment strategy"),
        ("barred with ", "Barred with"),
        ("tags: ", "Tags"),
    ):
        if row[column]:
            words.append(f"{label}{row[column]}")
    return plain(" · ".join(words))


def _facts(one: Qualification) -> None:
    st.subheader("On file")
    table = pd.concat([tables.qualification_table(one), tables.dates_table(one)], ignore_index=True)
    words = table[""].map(lambda word: f"**{plain(word)}**")
    shown = pd.DataFrame({"Fact": words, "Value": table["Value"].map(plain)})
    st.table(shown, border="horizontal", hide_index=True, hide_header=True, alt=f"Facts about {one.title}")
    sources = tables.listed_units_table(one)
    sources = sources[sources["Source of the level"] != ""]
    if sources.empty:
        return
    with st.expander("Where the levels of the units come from", key="catalogue-sources"):
        lines = [
            f"- **{plain(row['Title'])}** ({plain(row['Ref'])}), level {row['Level']}: "
            f"{plain(row['Source of the level'])}"
            for _, row in sources.iterrows()
        ]
        st.markdown("\n".join(lines))


def _checked(report: Report) -> None:
    """What the lint says: errors and notices in words, what is fine folded, the published figures."""
    st.subheader("Checked by the planner")
    by_severity = {
        kind: [r for r in report.remarks if r.severity == kind] for kind in ("error", "notice", "fine")
    }
    errors, notices, fine = by_severity.values()
    summary = f"{_count(len(errors), 'error') if errors else 'No error'}, {_count(len(notices), 'notice')}."
    if errors:
        st.error(f"{summary} Do not rely on answers until the file is mended.", icon=":material/error:")
    else:
        st.success(summary, icon=":material/check_circle:")
    for remark in (*errors, *notices):
        st.markdown(f"{SEVERITIES[remark.severity]} {_remark(report, remark)}")
    figures = tables.figures_table(report)
    if not figures.empty:
        figures["Computed anew"] = figures["Computed anew"].map(plain)
        st.table(figures, border="horizontal", hide_index=True, alt="Published figures and what comes out")
    if fine:
        with st.expander(f"Fine: {_count(len(fine), 'check')}", key="catalogue-fine"):
            st.markdown("\n".join(f"- {_remark(report, remark)}" for remark in fine))


def _remark(report: Report, remark: Remark) -> str:
    return plain(tables.remark_words(report.qualification, remark))


def _notes(one: Qualification) -> None:
    st.subheader("What no computer checks")
    st.markdown("\n".join(f"- {plain(text)}" for text in tables.caveats(one)))
