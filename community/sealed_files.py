"""Files that hold numbers of people: sealed as a whole, in the private storage (security.md T18).

One layer of AES-GCM under the vault's current key, bound to a purpose; written whole or not at all.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from django.core.files.storage import storages

from community.vault import CannotOpen, keyring, ring_with

_NONCE_BYTES = 12
_MARK = b"tk1"


def seal_bytes(data: bytes, *, purpose: str) -> bytes:
    """``data`` encrypted: mark, key id, nonce, ciphertext."""
    ring = keyring()
    nonce = os.urandom(_NONCE_BYTES)
    secret = ring.cipher(ring.current, purpose).encrypt(nonce, data, purpose.encode())
    return b"".join((_MARK, ring.current.encode(), b".", nonce, secret))


def open_bytes(sealed: bytes, *, purpose: str) -> bytes:
    """Decrypt what `seal_bytes` made for the same purpose; raises `CannotOpen`."""
    mark, _, rest = sealed[:64].partition(b".")
    if not mark.startswith(_MARK) or len(rest) < _NONCE_BYTES:
        raise CannotOpen("not a sealed file")
    start = len(mark) + 1
    body = memoryview(sealed)[start + _NONCE_BYTES :]
    nonce = sealed[start : start + _NONCE_BYTES]
    try:
        key_id = mark[len(_MARK) :].decode("ascii")
        cipher = ring_with(key_id).cipher(key_id, purpose)
        return cipher.decrypt(nonce, body, purpose.encode())
    except (InvalidTag, ValueError) as fault:
        raise CannotOpen("the file was altered or is not for this purpose") from fault


def write_sealed(name: str, data: bytes, *, purpose: str) -> None:
    """Keep ``data`` under ``name`` in the private storage, in place of what was there."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(seal_bytes(data, purpose=purpose))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_sealed(name: str, *, purpose: str) -> bytes:
    """What was kept under ``name``; raises FileNotFoundError or `CannotOpen`."""
    return open_bytes(_path(name).read_bytes(), purpose=purpose)


def drop_sealed(*names: str) -> None:
    """Take files away for good; one that is gone is gone."""
    for name in names:
        with suppress(FileNotFoundError):
            _path(name).unlink()


def _path(name: str) -> Path:
    return Path(storages["private"].path(name))
