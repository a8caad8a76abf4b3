"""What work costs: processor time of a server's process tree and of PostgreSQL, and peaks of memory.

Read from /proc, so that nothing of ours counts itself. Other people's databases on the same
PostgreSQL do not count: their backends are left out.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg

_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_MIB: Final = 1024 * 1024


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command's name; None where the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def _children_of(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def tree(root: int) -> list[int]:
    """``root`` and everything below it."""
    found, new = [], [root]
    while new:
        pid = new.pop()
        found.append(pid)
        new += _children_of(pid)
    return found


def _seconds(pid: int, *, reaped: bool) -> float:
    fields = _stat(pid)
    if fields is None:
        return 0.0
    return sum(int(field) for field in fields[11 : 15 if reaped else 13]) * _TICK


class Meter:
    """Processor seconds of process trees and of PostgreSQL between two readings."""

    def __init__(self, dsn: str) -> None:
        self._link = psycopg.connect(dsn, autocommit=True)
        row = self._link.execute("SELECT pg_backend_pid(), current_database()").fetchone()
        assert row is not None
        self._own, self._database = row
        fields = _stat(self._own)
        if fields is None:
            raise SystemExit(
                "PostgreSQL不在本机，量不到它的处理器时间。请用本机的TEST_DATABASE_URL。"
            )
        self._postmaster = int(fields[1])

    def close(self) -> None:
        self._link.close()

    def _postgres(self) -> dict[int, float]:
        rows = self._link.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname NOT LIKE %s", [self._database + "%"]
        )
        strangers = {pid for (pid,) in rows.fetchall()} | {self._own}
        pids = [self._postmaster, *_children_of(self._postmaster)]
        return {pid: _seconds(pid, reaped=False) for pid in pids if pid not in strangers}

    def read(self, *roots: int) -> dict[int, float]:
        """What each process has used so far."""
        ours = {pid: _seconds(pid, reaped=True) for root in roots for pid in tree(root)}
        return {**self._postgres(), **ours}

    @staticmethod
    def between(before: dict[int, float], after: dict[int, float]) -> float:
        """Seconds used by whatever is there at the second reading."""
        return sum(used - before.get(pid, 0.0) for pid, used in after.items())


def resident_mib(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / _MIB
    except OSError:
        return 0.0


def peak_mib(pid: int) -> float:
    """The largest resident memory since the process began. Not ``ru_maxrss``: that of the parent counts in it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class Peak:
    """The largest sum of resident memory that a process tree reached, looked at every few milliseconds."""

    def __init__(self) -> None:
        self.mib = 0.0


@contextmanager
def watch_memory(root: int, every: float = 0.01) -> Iterator[Peak]:
    """Watch the tree below ``root`` while the block runs."""
    peak, ended = Peak(), threading.Event()

    def look() -> None:
        while not ended.is_set():
            peak.mib = max(peak.mib, sum(resident_mib(pid) for pid in tree(root)))
            ended.wait(every)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()
