"""Every screen of the demo in Chromium: axe-core in both themes at two widths, and nothing else amiss."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.installation import Installation, Stagehand
from tests.e2e.screens import NOT_SCREENS, SCREENS, Screen
from tests.e2e.watching import Watch, overflow, violations, watched
from tests.integration.website.matrix import FAMILIES, ROWS

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.redis]

LOOKS = [("light", 1280), ("light", 390), ("dark", 390), ("dark", 1280)]


@pytest.fixture(scope="module")
def watches(browser: Browser, demo: Installation, facts: dict[str, Any]) -> dict[str, Watch]:
    """A profile of each member of the demo that a screen needs, and one of nobody."""
    return {
        who: watched(browser, demo.url, cookie=facts["cookies"].get(who, ""))
        for who in {screen.who for screen in SCREENS}
    }


def test_every_address_with_a_page_is_looked_at() -> None:
    pages = {address for address, row in ROWS.items() if row.get is not None} | FAMILIES.keys()
    looked_at = {screen.address for screen in SCREENS}

    assert pages - looked_at - NOT_SCREENS.keys() == set()
    assert (looked_at | NOT_SCREENS.keys()) - pages == set()


@pytest.mark.parametrize(
    "screen", SCREENS, ids=lambda s: f"{s.path or '/' + s.address}{s.query} {s.who}"
)
def test_a_screen_is_sound(
    screen: Screen, facts: dict[str, Any], demo_hand: Stagehand, watches: dict[str, Watch]
) -> None:
    if "{token}" in screen.path:  # good for 40 seconds
        facts["token"] = demo_hand("token", session=facts["session"])
    watch = watches[screen.who]
    watch.troubles.clear()
    watch.status = screen.status
    page = watch.page()
    try:
        response = page.goto(screen.at(facts))
        assert response is not None
        assert response.status == screen.status
        found = [
            line for theme, width in LOOKS for line in violations(page, theme=theme, width=width)
        ]
        for width in (390, 320):
            if too_wide := overflow(page, width):
                found.append(f"{width}: {too_wide}")
        watch.take_refusals(page)
        if found + watch.troubles:
            pytest.fail("\n".join(found + watch.troubles), pytrace=False)
    finally:
        page.close()
