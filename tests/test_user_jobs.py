"""What the learner's main job costs at most, counted in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests import test_e2e
from tests.user_jobs import SIZES, learner, walked

url, browser = test_e2e.url, test_e2e.browser


@pytest.mark.parametrize("size", SIZES)
def test_a_learner_has_a_fitting_plan_in_three_actions_and_sees_it_at_once(
    browser: Browser, url: str, size: str
) -> None:
    walk = walked(browser, url, size, learner)
    assert walk.actions == 3
    assert walk.reached == 0  # the first unit is in sight
    assert 0 < walk.screens < 2
