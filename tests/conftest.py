"""The suite's ground: a prepared database, and a cast of named people (tests/factories)."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from django.conf import settings

# A busy machine is not a slow function; what may cost how much is tested where it is promised.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Regions, keys and pages are part of every installation, so they are part of every test."""
    with django_db_blocker.unblock():
        from website.operations.installation import prepare_installation

        prepare_installation()


@pytest.fixture(autouse=True)
def private_files(tmp_path: Any, settings: Any) -> None:
    """Each test writes its rosters, exports and certificates into a folder of its own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private", "base_url": None},
        },
    }


@pytest.fixture(autouse=True)
def quiet_cache() -> None:
    """Rate limits and cached pages of one test are not the next one's."""
    from django.core.cache import caches

    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def hints_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints leave when the test flushes the sender, in its own thread and transaction."""
    from community.live import Sender

    monkeypatch.setattr(Sender, "mark", lambda sender, topic: sender._topics.add(topic))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need a service which this run does not have say so instead of failing."""
    left_out = {
        "postgres": not settings.DATABASE_URL,
        "redis": not settings.REDIS_URL,
    }
    for item in items:
        for marker, absent in left_out.items():
            if absent and item.get_closest_marker(marker):
                variable = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}[marker]
                # `make test` names what a machine lacks; with SUITE_MUST_BE_WHOLE=1 that is a failure.
                item.add_marker(pytest.mark.skip(reason=f"needs {variable}"))


@pytest.fixture
def cast(db: None) -> Any:
    """The named cast (tests/factories/cast.py)."""
    from tests.factories.cast import Cast

    return Cast()
