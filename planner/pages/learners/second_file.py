"""A second file beside what the list holds: what differs, and the two as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.files.people import identity
from planner.pages.learners.portfolio_visit import Visit, of_learners
from planner.pages.shared import second_choice
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register.side_by_side import SideBySide


def beside(qualification: Qualification, here: Visit, other: Visit) -> SideBySide[Portfolio | Request]:
    """What a visit that holds `here` becomes with the learners of `other`."""
    from planner.register.side_by_side import side_by_side

    return side_by_side(qualification, here.learners, other.learners, other.source)


def together(here: Visit, other: Visit, found: SideBySide[Portfolio | Request]) -> Visit:
    """Both visits as one: what a file or the register holds of somebody is what it held before.

    Saved, each file is taken as it is, which comes to the same.
    """
    filed = {identity(each.learner): each for each in other.filed}
    new = found.learners[len(here.portfolios) :]
    kept = all(each.sources or each.opened for each in (here, other))
    both = replace(
        here,
        shown=None,
        source=" and ".join(dict.fromkeys(filter(None, (here.source, other.source)))),
        problems=(*here.problems, *other.problems),
        under=here.under or other.under,
        opened=here.opened or other.opened,
        sheets=(),
        unknown=(),
        sources=(*here.new_files, *other.new_files) if kept else (),
        taken_in=False,
        wished={**other.wished, **here.wished},
        agreed={**other.agreed, **here.agreed},
    )
    both = of_learners(both, found.learners)
    return replace(both, filed=(*here.filed, *(filed[identity(each.learner)] for each in new)))


def offer(found: SideBySide[Any], merge: Callable[[], None]) -> None:
    """Says what differs and offers to go on with both."""
    second_choice.told(found, found.disputes, "second-conflicts")
    second_choice.merge_button("merge", merge)


def instead(
    before: str, now: str, found: SideBySide[Any], merge: Callable[[], None], leave: Callable[[], None]
) -> None:
    """Says that the file `now` stands in the place of what was here `before`, and offers to merge both."""
    with st.container(border=True, key="second"):
        second_choice.instead(now, before)
        offer(found, merge)
        second_choice.replace_button("second-seen", leave)
