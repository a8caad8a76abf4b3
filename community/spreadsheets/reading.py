"""Reading a spreadsheet that somebody sent: `read_table`.

The parent never parses. It looks at the first bytes, starts a child under limits, and keeps what
the child says as the lines it said it in: 100,000 rows are some 15 MB of bytes that way instead of
a million Python objects, and are taken apart again each time somebody walks over them.
"""

import json
import logging
import mmap
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from community.spreadsheet_cells import unquote_cell
from community.spreadsheets.faults import FileFault, fault
from community.spreadsheets.headers import letters
from community.spreadsheets.limits import DEFAULT_LIMITS, Column, Limits

logger = logging.getLogger(__name__)

Cell = str | bool | int | float | datetime | date | time | timedelta
"""A cell as it was typed. An empty one is `limits.EMPTY`; an id typed as a number is a float."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
_OLE2: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_HEAD: Final = 1024
_MAGIC: Final = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"Rar!", "zip"),
    (b"7z\xbc\xaf", "zip"),
    (b"\x1f\x8b", "zip"),
)
_TEXT_NAMES: Final = {".csv", ".txt", ".tsv"}


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it, and its cells in the order asked for."""

    number: int
    cells: list[Cell]


class Merged(NamedTuple):
    """Merged cells: only the first holds a value, the others look filled and are not."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        first = f"{letters(self.first_column)}{self.first_row}"
        return f"{first}:{letters(self.last_column)}{self.last_row}"


@dataclass(frozen=True)
class Table:
    """What a file holds. Walk over `rows` as often as needed; each walk decodes anew.

    ``columns`` are the names asked for, in that order, and ``letters`` where each stands (None: the
    file has no such column and its cells are empty). ``extra`` are names nobody asked for.
    ``merged`` are those from the header row down, at most 1,000. ``sheet`` is for .xlsx,
    ``encoding`` and ``separator`` are for CSV. ``header_row`` counts from 1.
    """

    columns: tuple[str, ...]
    letters: tuple[str | None, ...]
    extra: tuple[str, ...]
    header_row: int
    merged: tuple[Merged, ...]
    sheet: str | None
    encoding: str | None
    separator: str | None
    row_count: int
    _batches: tuple[bytes, ...]

    def __len__(self) -> int:
        return self.row_count

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, in the file's order.

        Text comes as it stands, less the ``'`` that marks text as no formula (ruling 24), and with
        line breaks as ``\\n``.
        """
        for batch in self._batches:
            # A mark or a carriage return is rare, so the look is at the batch first.
            is_plain = b"\"'" not in batch and b"\\r" not in batch
            for number, *cells in json.loads(batch, object_hook=_unmarked):
                yield Row(number, cells if is_plain else [_as_typed(cell) for cell in cells])

    __iter__ = rows


def _as_typed(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    return unquote_cell(cell.replace("\r\n", "\n").replace("\r", "\n"))


def _unmarked(value: dict[str, Any]) -> Cell:
    """The inverse of `child._marked`."""
    ((kind, content),) = value.items()
    if kind == "date":
        return date.fromisoformat(content)
    if kind == "datetime":
        return datetime.fromisoformat(content)
    if kind == "time":
        return time.fromisoformat(content)
    return timedelta(seconds=content)


def shown(cell: Cell) -> str:
    """A cell as its author sees it: 13800000000 without .0, a date as 2016-02-01.

    Numbers have the fifteen digits that spreadsheets keep: an id typed as one ends in zeros.
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def read_table(
    source: Path,
    *,
    columns: Sequence[Column] = (),
    limits: Limits = DEFAULT_LIMITS,
    name: str | None = None,
    whole: bool = False,
) -> Table:
    """Read the .xlsx or CSV file ``source``; of sheets, the first visible one with ``columns``.

    The header is looked for in the first ten rows; without ``columns`` it is the first row of the
    first sheet that holds anything. ``name`` is the file's name as its author knows it, where that
    is not the name of ``source``. ``whole`` gives all cells of all rows, those above it too.

    Refuses with a `FileFault`, never with anything else, and never partly: a table is complete.
    Rules: domain.md §h, rulings 24–25, security.md F14.
    """
    name = name or source.name
    task = _task_for(source, name, limits)
    request = {
        "task": task,
        "limits": limits.as_dict(),
        "columns": [(column.name, column.required, column.aliases) for column in columns],
        "whole": whole,
    }
    lines = _ask(source, request, limits, name)
    head, *batches = lines
    about = json.loads(head)
    positions = about["positions"]
    return Table(
        columns=tuple(column.name for column in columns),
        letters=tuple(None if at is None else letters(at) for at in positions),
        extra=tuple(about["extra"]),
        header_row=about["row"],
        merged=tuple(
            Merged(top + 1, left, bottom + 1, right)
            for top, left, bottom, right in about.get("merged", ())
        ),
        sheet=about.get("sheet"),
        encoding=about.get("encoding"),
        separator=about.get("separator"),
        row_count=json.loads(batches.pop())["end"],
        _batches=tuple(batches),
    )


def _task_for(source: Path, name: str, limits: Limits) -> str:
    """Whether the child is to read a workbook or text, by content and not by name."""
    size = source.stat().st_size
    suffix = Path(name).suffix.lower()
    if size == 0:
        raise fault("file_empty", file=name)
    if size > limits.file_bytes:
        raise fault("too_large", file=name, what="file", size=size, limit=limits.file_bytes)
    with source.open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith(_OLE2):
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                is_locked = content.find(_ENCRYPTED) >= 0
            code = "password_protected" if is_locked else "old_xls"
            raise fault(code, file=name, suffix=suffix)
    if head.startswith(b"PK\x03\x04"):
        return "workbook"
    for magic, found in _MAGIC:
        if head.startswith(magic):
            raise fault("not_a_spreadsheet", file=name, found=found)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<?xml"):
        raise fault("not_a_spreadsheet", file=name, found="xml")
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")):
        raise fault("not_a_spreadsheet", file=name, found="html")
    if suffix not in _TEXT_NAMES:
        found = "other" if b"\0" in head else "text"
        raise fault("not_a_spreadsheet", file=name, found=found)
    return "text"


def _ask(source: Path, request: dict[str, Any], limits: Limits, name: str) -> list[bytes]:
    """Every line the child says about ``source``; refuses what it refuses, and its death."""
    lines, code, is_late = _run(source, request, limits)
    last = json.loads(lines[-1]) if lines and lines[-1].startswith(b"{") else {}
    if "fault" in last:
        lines.clear()  # A traceback would keep them.
        raise fault(last["fault"], file=name, **last["details"])
    if code == 0 and not is_late and ("end" in last or "last_row" in last):
        return lines
    logger.warning("reading a spreadsheet ended with code %s, late: %s", code, is_late)
    if is_late or code == -signal.SIGXCPU:
        raise fault(
            "timed_out", file=name, seconds=limits.wall_seconds if is_late else limits.cpu_seconds
        )
    if request["task"] == "workbook":
        raise _reach(source, request, limits, name)
    raise fault("too_large", file=name, what="memory", limit=limits.memory_bytes)


def _reach(source: Path, request: dict[str, Any], limits: Limits, name: str) -> FileFault:
    """Why a workbook was too much for the parser, as a person can mend it: too far, or too full."""
    try:
        (line,) = _ask(source, {**request, "task": "measure"}, limits, name)
    except FileFault as found:
        return found
    reach = json.loads(line)
    if reach["last_row"] > limits.rows + limits.header_rows:
        return fault("too_many_rows", file=name, rows=reach["last_row"], limit=limits.rows)
    last = reach["last_column"]
    if (len(last), last) > (len(edge := letters(limits.columns - 1)), edge):
        return fault("too_many_columns", file=name, last=last, limit=limits.columns)
    return fault("too_large", file=name, what="memory", limit=limits.memory_bytes)


def _run(source: Path, request: dict[str, Any], limits: Limits) -> tuple[list[bytes], int, bool]:
    """Start the child on ``source``: the lines it said, its exit code, whether the clock ended it.

    It gets the file as its standard input and next to nothing of our environment, which holds keys.
    """
    command = [sys.executable, "-X", "utf8", "-B", "-m", "community.spreadsheets.child"]
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    with (
        source.open("rb") as file,
        subprocess.Popen(
            [*command, json.dumps(request)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=environment,
        ) as child,
    ):
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(limits.wall_seconds, stop)
        clock.daemon = True
        clock.start()
        try:
            assert child.stdout is not None
            lines = list(child.stdout)
            code = child.wait()
        finally:
            clock.cancel()
            child.kill()  # Nothing if it has ended; everything if we are interrupted.
    return lines, code, late.is_set()
