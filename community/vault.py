"""The vault: what may not be read from the database alone is sealed with keys kept beside it.

Rules: ruling 27, security.md T18. One keyring file (mode 0600) under the data folder, or where
``VAULT_KEYS_FILE`` says, is made at first start and carried by backups. It holds

- sealing keys, each with an id that its ciphertexts carry: a new one may become current while
  those sealed before still open;
- one index key, never rotated, under which equal values have equal blind indexes;
- one signing root, from which the keys of QR codes and the like are derived.
"""

import base64
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ALGORITHM: Final = "AES-256-GCM"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORMAT: Final = 1


class KeyringMissing(Exception):
    """There is no keyring where the settings say it is."""


class KeyringBroken(Exception):
    """The keyring file cannot be read as one."""


class CannotOpen(Exception):
    """A sealed text was altered, belongs to another purpose, or its key is not on the ring."""


def _derive(root: bytes, label: str) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"tongke:{label}".encode()).derive(root)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation, in memory; never printed, never pickled into a session."""

    current: str
    sealing: Mapping[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    signing: bytes = field(repr=False)
    _derived: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)

    def cipher(self, key_id: str, purpose: str) -> AESGCM:
        """The cipher of one key for one purpose; raises `CannotOpen` for an unknown key id."""
        cipher = self._derived.get((key_id, purpose))
        if cipher is None:
            if key_id not in self.sealing:
                raise CannotOpen(f"no key {key_id!r} on the ring")
            cipher = AESGCM(_derive(self.sealing[key_id], f"seal:{purpose}"))
            self._derived[key_id, purpose] = cipher
        return cipher

    def index_key(self, purpose: str) -> bytes:
        """The key of the blind indexes of one purpose; the same for the life of the data."""
        return self._subkey(self.index, "index", purpose)

    def signing_key(self, purpose: str) -> bytes:
        """A 32-byte key for signatures and codes of one purpose."""
        return self._subkey(self.signing, "sign", purpose)

    def _subkey(self, root: bytes, use: str, purpose: str) -> bytes:
        slot = (f"\0{use}", purpose)
        key: bytes | None = self._derived.get(slot)
        if key is None:
            key = self._derived[slot] = _derive(root, f"{use}:{purpose}")
        return key


def keys_file() -> Path:
    """Where the settings say that the keyring is."""
    return Path(settings.VAULT_KEYS_FILE)


def make_keyring(path: Path) -> Keyring:
    """Make a keyring at ``path`` with fresh keys, mode 0600; one that exists is left and read.

    Two processes at their first start end with the same ring: the file appears whole or not at
    all, and the second finds the first one's.
    """
    if not path.exists():
        key_id = secrets.token_hex(4)
        _write(path, key_id, {key_id: secrets.token_bytes(_KEY_BYTES)}, replace=False)
    return read_keyring(path)


def read_keyring(path: Path) -> Keyring:
    """The keyring at ``path``; raises `KeyringMissing` or `KeyringBroken`."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise KeyringMissing(f"no keyring at {path}") from None
    try:
        ring = json.loads(text)
        sealing = {
            key_id: base64.b64decode(key["secret"], validate=True)
            for key_id, key in ring["sealing"].items()
            if key["algorithm"] == ALGORITHM
        }
        index = base64.b64decode(ring["index"], validate=True)
        signing = base64.b64decode(ring["signing"], validate=True)
        current = ring["current"]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise KeyringBroken(f"{path} is not a keyring") from fault
    if current not in sealing or {len(k) for k in (*sealing.values(), index, signing)} != {32}:
        raise KeyringBroken(f"{path} lacks a key or holds one of the wrong length")
    return Keyring(current=current, sealing=sealing, index=index, signing=signing)


def rotate_keyring(path: Path) -> Keyring:
    """Add a sealing key to the ring at ``path`` and make it current; older ones still open.

    The index key and the signing root stay: look-ups and printed codes go on working.
    """
    ring = read_keyring(path)
    key_id = secrets.token_hex(4)
    sealing = {**ring.sealing, key_id: secrets.token_bytes(_KEY_BYTES)}
    _write(path, key_id, sealing, index=ring.index, signing=ring.signing, replace=True)
    return read_keyring(path)


def _write(
    path: Path,
    current: str,
    sealing: Mapping[str, bytes],
    *,
    index: bytes | None = None,
    signing: bytes | None = None,
    replace: bool,
) -> None:
    def text(key: bytes | None) -> str:
        return base64.b64encode(key or secrets.token_bytes(_KEY_BYTES)).decode()

    ring = {
        "format": _FORMAT,
        "current": current,
        "sealing": {
            key_id: {"algorithm": ALGORITHM, "secret": text(key)} for key_id, key in sealing.items()
        },
        "index": text(index),
        "signing": text(signing),
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(ring, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            _link_unless_there(draft, path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _link_unless_there(draft: Path, path: Path) -> None:
    """Give the draft its name unless somebody was first; a rename would take their ring away."""
    with suppress(FileExistsError):
        path.hardlink_to(draft)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_private(path: Path) -> bool:
    """Whether nobody but the owner can read or write the file (a start-up check asks)."""
    return not stat.S_IMODE(path.stat().st_mode) & 0o077


@cache
def keyring() -> Keyring:
    """The ring of this installation, read once a process; raises `KeyringMissing`.

    It is never made here: where data exists and keys do not, a fresh ring would hide the loss.
    The start-up check makes one for an empty installation.
    """
    return read_keyring(keys_file())


def ring_with(key_id: str) -> Keyring:
    """The ring; read again if it lacks a key, which another process may have put on it."""
    ring = keyring()
    if key_id in ring.sealing:
        return ring
    keyring.cache_clear()
    return keyring()


def seal(plaintext: str, *, purpose: str) -> str:
    """Encrypt a short text: ``keyid.nonce.ciphertext``, base64url, different at every call.

    ``purpose`` (a fixed name such as ``member.id_number``) is bound in: what was sealed for one
    opens for no other, so a ciphertext moved to another column is worthless.
    """
    ring = keyring()
    key_id = ring.current
    nonce = os.urandom(_NONCE_BYTES)
    secret = ring.cipher(key_id, purpose).encrypt(nonce, plaintext.encode(), purpose.encode())
    return f"{key_id}.{_to_text(nonce)}.{_to_text(secret)}"


def open_sealed(sealed: str, *, purpose: str) -> str:
    """Decrypt what `seal` made for the same purpose; raises `CannotOpen`."""
    try:
        key_id, nonce, secret = sealed.split(".")
        opened = ring_with(key_id).cipher(key_id, purpose)
        return opened.decrypt(_to_bytes(nonce), _to_bytes(secret), purpose.encode()).decode()
    except (ValueError, InvalidTag) as fault:
        raise CannotOpen("the sealed text was altered or is not for this purpose") from fault


def is_sealed_with_current(sealed: str) -> bool:
    """Whether a sealed text carries the current key's id; if not, sealing it again is due."""
    return sealed.partition(".")[0] == keyring().current


def blind_index(value: str, *, purpose: str) -> str:
    """64 hex digits that are equal for equal values and tell nothing without the key.

    Normalise first: the index knows nothing of spaces or case.
    """
    return hmac.digest(keyring().index_key(purpose), value.encode(), "sha256").hex()


def signing_key(purpose: str) -> bytes:
    """A 32-byte key for signatures and codes of one purpose (``sign-in``, ``certificate`` …)."""
    return keyring().signing_key(purpose)


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    """Decode the one spelling that `_to_text` gives; the last character has bits to spare."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _to_text(data) != text:
        raise ValueError("not spelled as we spell it")
    return data
