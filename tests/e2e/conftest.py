"""Chromium, and real installations for it to look at (tests/e2e/installation.py)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.installation import Database, Installation, Stagehand, beside
from tests.e2e.screens import SCREENS
from tests.e2e.site import Site

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Where Chromium is: ``CHROMIUM``, or what the machine calls so."""
    named = os.environ.get("CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not found:
        pytest.skip("needs Chromium (CHROMIUM)")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    """Made-up pages in a profile of their own; what the browser complains of fails the test."""
    context = browser.new_context(color_scheme="light")
    site = Site(context.new_page())
    yield site
    context.close()
    assert site.complaints == []


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with its tables, keys, regions and pages, from which others are copied."""
    database = Database(settings.DATABASE_URL, f"tongke_e2e_{os.getpid()}").make()
    base = Installation(database, settings.REDIS_URL, tmp_path_factory.mktemp("prepared"))
    base.run("prepare")
    yield base
    database.drop()


@pytest.fixture(scope="session")
def demo(
    prepared: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The demo, served; whoever writes to it undoes nothing for others."""
    yield from _served(prepared, "demo", 11, tmp_path_factory.mktemp("demo"), load=True)


@pytest.fixture(scope="session")
def demo_hand(demo: Installation) -> Iterator[Stagehand]:
    """Behind the scenes of the demo."""
    found = Stagehand(demo)
    yield found
    found.leave()


@pytest.fixture(scope="session")
def facts(demo_hand: Stagehand) -> dict[str, Any]:
    """Keys and cookies of the demo, and the few things that are made there once for all that look at it."""
    found = demo_hand("demo_facts", usernames=sorted({s.who for s in SCREENS if s.who}))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="session")
def empty(
    prepared: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A fresh installation, served; nobody is in it."""
    yield from _served(prepared, "empty", 12, tmp_path_factory.mktemp("empty"))


def _served(
    prepared: Installation, name: str, redis_database: int, folder: Path, *, load: bool = False
) -> Iterator[Installation]:
    installation = beside(prepared, name, redis_database, folder)
    try:
        if load:
            installation.more["DEMO"] = "1"
            installation.run("load_demo", "--teachers", "600")
        yield installation.start()
        installation.stop()
        assert installation.troubles() == []
    finally:
        installation.stop()
        installation.database.drop()
