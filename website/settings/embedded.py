"""What the embedded default needs before Django starts: a sound SQLite, a data folder, a secret.

The SQLite that older Pythons link can lose committed writes in WAL mode (fixed in 3.51.3), so
``pysqlite3`` takes its place wherever it has a wheel. Where it has none we keep the rollback journal.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

# The first release, and the two maintenance ones, in which the WAL-reset fault is mended.
_MENDED = (3, 51, 3)
_MENDED_BRANCHES = {(3, 44): 6, (3, 50): 7}


def take_sound_sqlite() -> bool:
    """Put ``pysqlite3`` in the place of ``sqlite3`` where it is installed. True if WAL is safe."""
    try:
        import pysqlite3
    except ImportError:
        pass
    else:
        sys.modules["sqlite3"] = pysqlite3
        sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
    import sqlite3

    major, minor, patch = (int(part) for part in sqlite3.sqlite_version.split("."))
    mended = _MENDED_BRANCHES.get((major, minor))
    return (major, minor, patch) >= _MENDED or (mended is not None and patch >= mended)


def secret_of(folder: Path) -> str:
    """The installation's own Django secret: made at the first start, readable by its owner only."""
    path = folder / "keys" / "django_secret"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:  # another process made it first
        pass
    return path.read_text().strip()


def sqlite_databases(folder: Path, *, wal: bool) -> dict[str, dict[str, object]]:
    """``default`` writes (IMMEDIATE, FULL); ``snapshot`` only reads, so an export locks nobody out."""
    journal = "WAL" if wal else "DELETE"
    name = folder / "tongke.sqlite3"
    return {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    f"PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL;"
                    " PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                ),
            },
        },
        "snapshot": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {
                "transaction_mode": "DEFERRED",
                "timeout": 20,
                "init_command": "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;",
            },
        },
    }
