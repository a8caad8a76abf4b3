"""One instant of the database as a file, and back: SQLite by its own backup, PostgreSQL by its
tools.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connections, transaction
from django.utils.translation import gettext as _

from community.refusals import Refusal

SQLITE_FILE: Final = "database/tongke.sqlite3"
POSTGRES_FILE: Final = "database/postgres.dump"


class CopyRefused(Refusal):
    code = "database_copy_refused"


def engine() -> str:
    """``sqlite`` or ``postgresql``."""
    return str(connections["default"].vendor)


def copy_name() -> str:
    """What the copy is called inside an archive."""
    return SQLITE_FILE if engine() == "sqlite" else POSTGRES_FILE


def copy_database(path: Path, tables: Mapping[str, str]) -> dict[str, int]:
    """Write the database as it is at one instant to ``path``, while others go on working.

    Returns the rows that ``tables`` (label to table) have at that very instant.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = _copy_sqlite if engine() == "sqlite" else _copy_postgres
    rows = copy(path, tables)
    path.chmod(0o600)
    return rows


def _copy_sqlite(path: Path, tables: Mapping[str, str]) -> dict[str, int]:
    import sqlite3

    source = Path(str(settings.DATABASES["default"]["NAME"]))
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as reading,
        closing(sqlite3.connect(path)) as writing,
    ):
        # In one step: a read transaction, for which nobody waits in WAL.
        reading.backup(writing)
        [answer] = writing.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise CopyRefused(_("数据库文件有损坏，没有备份：%(answer)s") % {"answer": answer})
        return {
            label: writing.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
            for label, table in tables.items()
        }


def _copy_postgres(path: Path, tables: Mapping[str, str]) -> dict[str, int]:
    """pg_dump reads the snapshot in which the rows are counted."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        rows = {}
        for label, table in tables.items():
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  (our own tables)
            rows[label] = int(cursor.fetchone()[0])
        _run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={path}",
        )
        return rows


def put_database(copy: Path, aside: Path | None) -> None:
    """Put ``copy`` in the place of the database.

    SQLite: what was there is moved to the folder ``aside``. PostgreSQL: in one transaction, so
    that a fault leaves what was there.
    """
    connections.close_all()
    if engine() == "sqlite":
        _put_sqlite(copy, Path(str(settings.DATABASES["default"]["NAME"])), aside)
        return
    script = copy.with_suffix(".sql")
    _run(
        "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(copy), connect=False
    )
    _run(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        "--command=DROP SCHEMA public CASCADE",
        "--command=CREATE SCHEMA public",
        f"--file={script}",
    )


def _put_sqlite(copy: Path, place: Path, aside: Path | None) -> None:
    for path in (
        place,
        *(place.with_name(place.name + end) for end in ("-wal", "-shm", "-journal")),
    ):
        if path.exists():
            if aside is None:
                path.unlink()
            else:
                aside.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.rename(aside / path.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(copy, place)


def _run(tool: str, *words: str, connect: bool = True) -> None:
    """Run one of PostgreSQL's own tools on our database; its password never stands on a command
    line.
    """
    found = shutil.which(tool)
    if found is None:
        raise CopyRefused(
            _("没有找到%(tool)s。请在这台机器上安装PostgreSQL的客户端工具，再执行一次。")
            % {"tool": tool}
        )
    environment = dict(os.environ)
    if connect:
        # A session that still holds a table is told of, not waited for.
        environment.update(_connection(), PGOPTIONS="-c lock_timeout=15s")
    done = subprocess.run(
        [found, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()
        raise CopyRefused(
            _("%(tool)s没有做完：%(reason)s")
            % {"tool": tool, "reason": reason[-1] if reason else done.returncode}
        )


def _connection() -> dict[str, str]:
    wanted: dict[str, Any] = settings.DATABASES["default"]
    names = {
        "PGDATABASE": "NAME",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGHOST": "HOST",
        "PGPORT": "PORT",
    }
    values = {name: str(wanted.get(key) or "") for name, key in names.items()}
    options = wanted.get("OPTIONS") or {}
    if "sslmode" in options:
        values["PGSSLMODE"] = str(options["sslmode"])
    return {name: value for name, value in values.items() if value}
