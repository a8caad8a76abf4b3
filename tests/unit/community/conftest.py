"""What the tests of the ground share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from community import vault


@pytest.fixture
def ring(tmp_path: Path, settings: object) -> Iterator[vault.Keyring]:
    """A fresh keyring in a folder of its own, in force for one test."""
    path = tmp_path / "keys" / "vault.json"
    settings.VAULT_KEYS_FILE = path  # type: ignore[attr-defined]
    vault.keyring.cache_clear()
    yield vault.make_keyring(path)
    vault.keyring.cache_clear()
