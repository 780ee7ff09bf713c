"""From somebody's verdict to their plan: assessor and learner then look at the same one."""

from __future__ import annotations

from dataclasses import replace

from planner.pages.learners.portfolio_visit import Offer, Visit
from planner.pages.my_units import plan
from planner.pages.shared import address, page_shell
from planner.planning.solve import answer
from planner.portfolio.verdict import Judgement
from planner.records.wishes import Wishes, closed_units, default_goals

TO_PLAN = "Look at this plan in My units"


def link(visit: Visit, judgement: Judgement, offered: Offer = None) -> None:
    """Draws the link; none where nothing is missing, or where *My units* would come to something else.

    The page keeps every rule, so that where one is waived both are worked out.
    """
    home = judgement.now.home
    if judgement.now.rules_met or not home.found:
        return
    offer = None if offered is None else offered | home.wishes.begun  # what is begun is being assessed
    wishes = _wishes(visit, judgement, offer)
    if judgement.portfolio.waived:
        there, here = (answer(each, wishes) for each in (judgement.qualification, home.qualification))
        if there.status != here.status or set(there.planned) != set(here.planned):
            page_shell.note("*My units* keeps every rule, also a waived one, and would come to another plan.")
            return
    found = address.texts(judgement.qualification, wishes) | {address.OFFER: ",".join(sorted(offer or ()))}
    carried = {key: text for key, text in found.items() if text}
    plan.link(judgement.qualification, TO_PLAN, carried)


def _wishes(visit: Visit, judgement: Judgement, offer: Offer) -> Wishes:
    """What is achieved, and their own wishes where some are known; else the units still missing.

    Units and work alone: no address tells whose they are.
    """
    home, own = judgement.now.home, visit.asks(visit.place or 0)
    held, ways = home.wishes.held, home.wishes.ways
    found = Wishes(
        pins=frozenset(home.to_achieve), held=held, ways=ways, goals=default_goals(judgement.qualification)
    )
    if own is not None:
        found = replace(own, pins=own.pins - held, held=own.held | held, ways=own.ways | ways)
    return replace(found, closed=closed_units(judgement.qualification, offer, found.held))
