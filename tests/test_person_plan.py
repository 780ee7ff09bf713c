"""The link from somebody's verdict to their plan: the same plan, and no word of whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from planner import Wishes, load
from planner.pages.learners import person_plan
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.shared import address
from planner.planning.solve import answer
from planner.portfolio.verdict import judge
from planner.records.portfolios import Entry, Portfolio
from planner.records.wishes import Request
from tests import test_page
from tests.seen import everything
from tests.test_audit_page import BEST, decide, opened, ran, table, upload
from tests.test_person_address import learners

QUALIFICATION = load()


def linked(app: AppTest) -> list[str]:
    """What the links to the plan carry."""
    return [link.proto.query_string for link in app.get("page_link") if "this plan" in link.proto.label]


def test_the_link_leads_to_the_way_home() -> None:
    app = upload(opened(), learners("L1", "L2"))
    ran(app.selectbox(key="learner").set_value(1))
    (query,) = linked(app)
    carried = {key: text for key, (text,) in parse_qs(query).items()}
    assert carried.keys() == {"qualification", "pin", "held"}
    assert not [word for word in ("L1", "L2", "Example", "learner") if word in query]
    seen = everything(test_page.opened(folds=(), **carried))
    home = judge(QUALIFICATION, Portfolio("L2", tuple(Entry(ref, "verified") for ref in BEST[:2]))).now.home
    for ref in home.planned:
        assert ref in seen
    assert f"{len(home.to_achieve)} units" in seen


def test_without_anything_missing_there_is_no_link() -> None:
    assert linked(upload(opened(), learners("L1", refs=BEST))) == []
    assert len(linked(upload(opened(), learners("L1", refs=BEST[:2])))) == 1


def test_where_a_waived_rule_changes_nothing_the_link_is_there_and_else_it_is_said_why_not() -> None:
    app = upload(opened(), learners("L1"))
    decide(app, "waive", "level-2")
    (query,) = linked(app)
    assert "level-2" not in query
    assert "would come to another plan" not in everything(app)
    decide(app, "waive", "total")
    assert linked(app) == []
    assert "also a waived one, and would come to another plan." in everything(app)


def test_the_link_takes_the_offer_along_with_what_is_begun() -> None:
    begun, others = "T/503/0342", sorted({*BEST} - {"T/503/0342", "L/503/0394"})
    offer = [*others, "L/601/0933", "H/503/0403", "K/503/0385"]
    rows = [("L1", "", BEST[0], "verified"), ("L1", "", begun, "in progress")]
    app = upload(opened(offer=",".join(offer)), table(rows, ("learner", "name", "ref", "status")))
    (query,) = linked(app)
    carried = {key: text for key, (text,) in parse_qs(query).items()}
    assert set(carried["offer"].split(",")) == {*offer, begun}
    assert begun in carried["pin"]
    there = test_page.opened(folds=(), **carried)
    assert "What would help" not in everything(there)
    assert "offer" not in linked(upload(opened(), learners("L1")))[0]


@pytest.mark.parametrize("wished", [True, False])
def test_what_the_register_keeps_of_a_plan_goes_with_it(wished: bool) -> None:
    portfolio = Portfolio("L1", tuple(Entry(ref, "verified") for ref in BEST[:2]))
    own = Wishes(pins=frozenset(BEST[1:3]), excludes=frozenset({"D/505/0052"}), tasks=("complaints",))
    visit = Visit((portfolio,), (portfolio,), wished={"L1": Request("L1", own)} if wished else {})
    judgement = judge(QUALIFICATION, portfolio)
    found: Any = person_plan._wishes(visit, judgement, None)
    held = frozenset(BEST[:2])
    if wished:
        assert found == replace(own, pins=frozenset(BEST[2:3]), held=held)
    else:
        assert (found.pins, found.held) == (frozenset(judgement.now.home.to_achieve), held)
        assert set(answer(QUALIFICATION, found).planned) == set(judgement.now.home.planned)
    assert {key for key, text in address.texts(QUALIFICATION, found).items() if text} <= {
        *("pin", "exclude", "held", "task", "goal")
    }
