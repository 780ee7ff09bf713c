"""What the users' main jobs cost at most, counted in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import served
from tests.user_jobs import SIZES, assessor, assessor_of_initials, keep, learner, manager, walked


@pytest.mark.parametrize("size", SIZES)
def test_a_learner_has_a_fitting_plan_in_three_actions_and_sees_it_at_once(
    browser: Browser, url: str, size: str
) -> None:
    walk = walked(browser, url, size, learner)
    assert walk.actions == 3
    assert walk.reached == 0  # the first unit is in sight
    assert 0 < walk.screens < 2


@pytest.mark.parametrize("size", SIZES)
def test_an_assessor_has_the_verdicts_of_a_tracker_as_it_is_in_two_actions(
    browser: Browser, url: str, size: str
) -> None:
    walk = walked(browser, url, size, assessor)
    assert walk.actions == 2
    assert walk.reached < (
        0.5 if size == "telephone" else 0.1
    )  # to the field for the file; then all is in sight


def test_a_tracker_of_initials_needs_one_more_to_confirm_what_they_mean(browser: Browser, url: str) -> None:
    walk = walked(browser, url, "laptop", assessor_of_initials)
    assert walk.actions == 3
    assert walk.reached < 0.1


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with a register of 45 learners."""
    folder = tmp_path_factory.mktemp("kept")
    keep(folder / "kept.sqlite")
    with served(folder, "--register", str(folder / "kept.sqlite")) as address:
        yield address


@pytest.mark.parametrize("size", SIZES)
def test_a_manager_has_the_list_of_who_needs_something_in_one_action(
    browser: Browser, kept: str, size: str
) -> None:
    walk = walked(browser, kept, size, manager)
    assert walk.actions == 1
    assert walk.reached == 0
