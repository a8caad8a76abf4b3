import json
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from community import vault
from community.vault import (
    CannotOpen,
    Keyring,
    KeyringBroken,
    KeyringMissing,
    blind_index,
    is_private,
    is_sealed_with_current,
    keyring,
    keys_file,
    make_keyring,
    open_sealed,
    read_keyring,
    rotate_keyring,
    seal,
    signing_key,
)

NUMBER = "510104199001011234"
with_ring = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def rotate() -> Keyring:
    """Rotate the ring in force, as the next process would find it."""
    rotate_keyring(keys_file())
    keyring.cache_clear()
    return keyring()


@with_ring
@given(text=st.text())
def test_what_is_sealed_opens_again(ring: Keyring, text: str) -> None:
    sealed = seal(text, purpose="member.name")

    assert open_sealed(sealed, purpose="member.name") == text
    assert sealed.isascii()
    assert len(sealed.split(".")) == 3


def test_sealing_twice_gives_two_texts(ring: Keyring) -> None:
    sealed = {seal(NUMBER, purpose="id") for _ in range(100)}

    assert len(sealed) == 100
    assert not any(NUMBER in text for text in sealed)


def test_what_is_sealed_for_one_purpose_opens_for_no_other(ring: Keyring) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(seal(NUMBER, purpose="phone"), purpose="id")


def test_one_changed_character_is_seen(ring: Keyring) -> None:
    sealed = seal(NUMBER, purpose="id")
    for place, letter in enumerate(sealed):
        other = "A" if letter not in "AQgw" else "z"
        with pytest.raises(CannotOpen):
            open_sealed(sealed[:place] + other + sealed[place + 1 :], purpose="id")


@pytest.mark.parametrize("text", ["", "..", "a.b", "a.b.c", "a.b.c.d", "é.x.y", "\ud800.x.y"])
def test_what_is_not_sealed_cannot_be_opened(ring: Keyring, text: str) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(text, purpose="id")


def test_another_installation_cannot_open_it(ring: Keyring, tmp_path: Path, settings) -> None:
    sealed = seal(NUMBER, purpose="id")
    settings.VAULT_KEYS_FILE = tmp_path / "other.json"
    make_keyring(settings.VAULT_KEYS_FILE)
    keyring.cache_clear()

    with pytest.raises(CannotOpen):
        open_sealed(sealed, purpose="id")


def test_after_a_rotation_old_texts_open_and_new_ones_carry_the_new_key(ring: Keyring) -> None:
    old = seal(NUMBER, purpose="id")
    index = blind_index(NUMBER, purpose="id")
    code_key = signing_key("sign-in")
    assert is_sealed_with_current(old)

    rotated = rotate()
    new = seal(NUMBER, purpose="id")

    assert rotated.current != ring.current
    assert new.split(".")[0] == rotated.current
    assert open_sealed(old, purpose="id") == open_sealed(new, purpose="id") == NUMBER
    assert (is_sealed_with_current(old), is_sealed_with_current(new)) == (False, True)
    assert blind_index(NUMBER, purpose="id") == index
    assert signing_key("sign-in") == code_key


def test_equal_values_have_equal_indexes_for_one_purpose(ring: Keyring) -> None:
    assert blind_index(NUMBER, purpose="id") == blind_index(NUMBER, purpose="id")
    assert blind_index(NUMBER, purpose="id") != blind_index(NUMBER, purpose="phone")
    assert blind_index(NUMBER, purpose="id") != blind_index(NUMBER[::-1], purpose="id")
    assert len(blind_index("", purpose="id")) == 64


def test_each_purpose_has_its_own_signing_key(ring: Keyring) -> None:
    keys = {signing_key("sign-in"), signing_key("certificate"), keyring().index_key("sign-in")}

    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    assert signing_key("sign-in") == signing_key("sign-in")


def test_a_new_ring_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys" / "vault.json"
    make_keyring(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert is_private(path)
    assert [file.name for file in path.parent.iterdir()] == ["vault.json"]
    path.chmod(0o640)
    assert not is_private(path)


def test_a_rotated_ring_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    make_keyring(path)
    rotate_keyring(path)

    assert is_private(path)
    assert len(read_keyring(path).sealing) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["vault.json"]


def test_making_a_ring_twice_is_making_it_once(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"

    assert make_keyring(path) == make_keyring(path)


def test_processes_that_start_together_get_one_ring(tmp_path: Path) -> None:
    for turn in range(10):
        path = tmp_path / f"{turn}.json"
        with ThreadPoolExecutor(8) as pool:
            rings = list(pool.map(make_keyring, [path] * 8))
        assert all(made == rings[0] for made in rings)


def test_a_missing_ring_is_never_made_in_passing(tmp_path: Path, settings) -> None:
    settings.VAULT_KEYS_FILE = tmp_path / "vault.json"
    keyring.cache_clear()

    with pytest.raises(KeyringMissing):
        seal(NUMBER, purpose="id")
    assert not settings.VAULT_KEYS_FILE.exists()
    keyring.cache_clear()


def _without(part: str):
    def spoil(ring: dict) -> dict:
        return {name: value for name, value in ring.items() if name != part}

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        *(_without(part) for part in ("current", "sealing", "index", "signing")),
        lambda ring: ring | {"current": "nobody"},
        lambda ring: ring | {"index": "dG9vIHNob3J0"},
        lambda ring: ring | {"index": "not base64!"},
        lambda ring: ring | {"sealing": []},
        lambda ring: [ring],
        lambda ring: "ring",
    ],
)
def test_a_broken_ring_is_refused(tmp_path: Path, spoil) -> None:
    path = tmp_path / "vault.json"
    make_keyring(path)
    path.write_text(json.dumps(spoil(json.loads(path.read_text()))))

    with pytest.raises(KeyringBroken):
        read_keyring(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"null"])
def test_a_file_that_is_no_ring_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.json"
    path.write_bytes(content)

    with pytest.raises(KeyringBroken):
        read_keyring(path)


def test_a_ring_does_not_print_its_keys(ring: Keyring) -> None:
    seal(NUMBER, purpose="id")
    stored = json.loads(keys_file().read_text())

    assert ring.current in repr(ring)
    assert stored["index"] not in repr(ring)
    assert repr(ring.index) not in repr(keyring())


def test_a_hundred_thousand_people_are_sealed_within_a_second(ring: Keyring) -> None:
    started = time.process_time()
    for _ in range(100_000):
        seal(NUMBER, purpose="id")

    assert time.process_time() - started < (5 if sys.gettrace() else 1)


def test_the_keyring_is_read_once_a_process(ring: Keyring) -> None:
    assert vault.keyring() is vault.keyring()
