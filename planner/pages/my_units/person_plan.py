"""From somebody's verdict to their plan: assessor and learner then look at the same one."""

from __future__ import annotations

from dataclasses import replace

from planner.pages.my_units import plan
from planner.pages.my_units.portfolio_visit import Visit
from planner.pages.shared import address
from planner.portfolio.verdict import Judgement
from planner.records.wishes import Wishes, default_goals


def link(visit: Visit, judgement: Judgement) -> None:
    """Draws the link; none where nothing is missing, or where *My units* would come to something else."""
    if judgement.now.rules_met or not judgement.now.home.found or judgement.portfolio.waived:
        return
    wishes = _wishes(visit, judgement)
    found = {key: text for key, text in address.texts(judgement.qualification, wishes).items() if text}
    plan.link(judgement.qualification, "Look at this plan in My units", found)


def _wishes(visit: Visit, judgement: Judgement) -> Wishes:
    """What is achieved, and their own wishes where the register keeps some; else the units still missing.

    Units and work alone: no address tells whose they are.
    """
    home, kept = judgement.now.home, visit.kept.get(visit.place or 0)
    held, ways = home.wishes.held, home.wishes.ways
    if kept is not None and kept.wished:
        own = kept.request.wishes
        return replace(own, pins=own.pins - held, held=own.held | held, ways=own.ways | ways)
    return Wishes(
        pins=frozenset(home.to_achieve), held=held, ways=ways, goals=default_goals(judgement.qualification)
    )
