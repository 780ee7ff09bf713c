"""The part of the career page that says what the job is like and leads from its tasks to a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from planner.pages import links
from planner.pages.shared import address, page_shell, session_store
from planner.pages.shared.words import bullets, plain
from planner.recognition.job_profile import DayTask, JobProfile
from planner.recognition.schemes import Recognition
from planner.report import career_tables
from planner.rules.measure import numbered

DAY = "day"
"""The parameter of the address with the numbers of the ticked lines of the day."""

ENTRY = "job"
"""The scheme of recognition that holds the ways into the job."""

TASK = "task"
"""The parameter of the plan page's address with the tasks of a job."""


def show(profile: JobProfile | None, schemes: Mapping[str, Recognition]) -> None:
    """Draws the profile; says so where none is on file."""
    if profile is None:
        st.info("This data folder holds no job profile (no file job-profile.toml).")
        return
    region = f", {profile.region}" if profile.region else ""
    st.header(plain(profile.title + region))
    st.markdown(plain(profile.summary))
    # A figure in large letters would be cut off on a telephone.
    st.markdown(f"**Pay:** {plain(profile.pay_words)}  \n**Hours:** {plain(profile.hours_words)}")
    page_shell.note(plain(f"{profile.attribution} Source: {career_tables.profile_source(profile)}."))
    left, right = st.columns([11, 9], gap="large")
    with left:
        _day(profile)
    with right:
        _ways_in(schemes.get(ENTRY))
        _more(profile)


# The day


def _day(profile: JobProfile) -> None:
    st.subheader("What you do all day")
    leading = [str(number) for number, item in enumerate(profile.day, start=1) if item.tasks]
    st.markdown("Tick what your job holds: the plan then prefers units that this gives evidence for.")
    ticked = session_store.chosen(DAY, leading, "no such line of the day")
    for number, item in enumerate(profile.day, start=1):
        _line(str(number), item, ticked)
    chosen = [item for number, item in enumerate(profile.day, start=1) if str(number) in ticked]
    _lead_on(list(dict.fromkeys(name for item in chosen for name in item.tasks)))


def _line(number: str, item: DayTask, ticked: Sequence[str]) -> None:
    if not item.tasks:
        st.markdown(bullets([item.text]))
        return
    key = f"job-day-{number}"
    st.session_state[key] = number in ticked
    st.checkbox(plain(item.text), key=key, wrap=True, on_change=_ticked, args=(number, tuple(ticked)))


def _ticked(number: str, before: tuple[str, ...]) -> None:
    others = {name for name in before if name != number}
    now = others | {number} if st.session_state[f"job-day-{number}"] else others
    address.put(**{DAY: ",".join(sorted(now, key=int))})


def _lead_on(tasks: Sequence[str]) -> None:
    """Links to the plans of the qualifications that know the tasks: each task is one of some."""
    for one in page_shell.on_file().values():
        if names := [name for name in tasks if name in one.tasks]:
            st.markdown(plain(f"{one.title} ({one.id}) knows {numbered(len(names), 'task')} of these:"))
            st.markdown(bullets(one.tasks[name].title for name in names))
            links.to_plan(one, "Plan units for these tasks", {TASK: ",".join(names)})
            links.caution(one)


# Ways in, skills


def _ways_in(scheme: Recognition | None) -> None:
    """The ways into the job, each with what it asks for; where one stands is another part's."""
    if scheme is None:
        return
    st.subheader("Ways in")
    lines = []
    for award in scheme.awards:
        asked = "; ".join(f"“{plain(rule.text)}”" for rule in award.rules)
        lines.append(f"- **{plain(award.title)}**: {asked or plain(career_tables.NO_RULES)}.")
        lines.append(f"  {plain(award.decides)}")
    st.markdown("\n".join(lines))
    st.button(
        "See what you have and what is missing",
        key="job-ways-in",
        icon=":material/flag:",
        on_click=lambda: address.put(part="", scheme=scheme.id),
    )
    page_shell.note(
        f"{plain(career_tables.heading_words(scheme))} {plain(career_tables.source_words(scheme))}"
    )


def _more(profile: JobProfile) -> None:
    """Skills first, then all else the profile says."""
    st.subheader("Skills")
    st.markdown(bullets(profile.skills))
    others = {
        "When": profile.patterns,
        "Where": [profile.environment] if profile.environment else [],
        "Also called": profile.other_names,
        "Career tips": profile.career_tips,
        "Professional bodies": profile.bodies,
    }
    with st.expander("Hours, places, tips and bodies", key="job-more"):
        for title, texts in others.items():
            if texts:
                st.markdown(f"**{title}**\n{bullets(texts)}")
