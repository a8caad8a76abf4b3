"""Keys of an installation: made once, and missed out loud where sealed numbers depend on them (ruling 27)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from community.models import Member
from community.vault import keys_file
from tests.factories.cast import Cast
from website.operations.installation import KeysMissing, prepare_keys, require_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_keys(tmp_path: Path, settings: Any) -> Path:
    settings.VAULT_KEYS_FILE = tmp_path / "keys" / "vault.json"
    assert not keys_file().exists()
    return keys_file()


def test_the_first_start_makes_keys_and_the_next_keeps_them(no_keys: Path) -> None:
    assert not Member.objects.exclude(phone_sealed="").exists()

    prepare_keys()
    made = no_keys.read_bytes()
    prepare_keys()

    assert no_keys.read_bytes() == made
    assert no_keys.stat().st_mode & 0o077 == 0


def test_where_people_are_sealed_and_keys_are_gone_nothing_starts(
    cast: Cast, no_keys: Path
) -> None:
    assert cast.trainee.phone_sealed

    for start in (require_keys, prepare_keys):
        with pytest.raises(KeysMissing, match="restore"):
            start()

    assert not no_keys.exists()


def test_a_database_that_does_not_answer_yet_has_nothing_to_lose(
    no_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_args: Any, **_more: Any) -> None:
        raise DatabaseError("not there yet")

    monkeypatch.setattr(Member.objects, "exclude", silent)

    require_keys()
