"""Writing one export: one instant, one statement, streamed in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext as _

from community.refusals import Refusal
from community.spreadsheets.writing import COPY_OPTIONS, CsvSheet, Sheet, XlsxSheets
from community.vault import open_sealed
from training.exports.query import ExportQuery
from training.models import Export

Progress = Callable[[int, int], None]
_FETCH = 1000


class NothingToExport(Refusal):
    code = "nothing_to_export"


@dataclass(frozen=True)
class Written:
    """What came out: the rows below the header, their hash, and the instant they were read at."""

    rows: int
    row_hash: str
    snapshot_id: str
    size: int


@contextmanager
def one_instant(using: str) -> Iterator[None]:
    """A read-only transaction in which every statement sees the same rows, and writers go on."""
    connection = connections[using]
    if connection.in_atomic_block:  # inside somebody's transaction already: that is the instant
        yield
        return
    with transaction.atomic(using=using):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def write_export(
    *,
    query: ExportQuery,
    path: Path,
    file_format: str,
    encoding: str,
    name: str,
    using: str,
    progress: Progress | None = None,
) -> Written:
    """Write the rows of ``query`` to ``path``; ``progress(done, total)`` hears every few thousand rows.

    Call it inside ``one_instant``. Refuses an empty result, so that nobody files an empty sheet.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(query.count_sql, query.count_params)
        total, snapshot = cursor.fetchone()
    if not total:
        raise NothingToExport(_("筛选后没有记录，没有生成文件。请换一个范围再导出。"))
    sheet: Sheet
    if file_format == Export.Format.XLSX:
        sheet = XlsxSheets(path, query.header, name=name)
    else:
        sheet = CsvSheet(
            path, query.header, encoding="gb18030" if encoding == "gb18030" else "utf-8-sig"
        )
    with sheet:
        if connection.vendor == "postgresql" and not query.sealed:
            sheet.write_encoded(_told(_copied(connection, query), total, progress))
        else:
            sheet.write_rows(
                _told(_opened(_fetched(connection, query), query.sealed), total, progress)
            )
    return Written(sheet.row_count, sheet.row_hash, str(snapshot), path.stat().st_size)


def _copied(connection: Any, query: ExportQuery) -> Iterator[bytes]:
    """The rows as PostgreSQL itself writes them."""
    from psycopg import ClientCursor

    with connection.cursor() as cursor:
        # COPY takes no parameters on the server, so the driver quotes them here.
        select = ClientCursor(connection.connection).mogrify(query.sql, query.params)
        with cursor.copy(f"COPY ({select}) TO STDOUT WITH ({COPY_OPTIONS})") as copy:
            for line in copy:
                yield bytes(line)


def _fetched(connection: Any, query: ExportQuery) -> Iterator[Sequence[str]]:
    """The rows through a cursor that does not hold them all."""
    cursor = connection.chunked_cursor()
    try:
        cursor.execute(query.sql, query.params)
        while rows := cursor.fetchmany(_FETCH):
            yield from rows
    finally:
        cursor.close()


def _opened(rows: Iterable[Sequence[str]], sealed: dict[int, str]) -> Iterable[Sequence[str]]:
    """Sealed columns in clear: only for an export that was asked for and granted so (ruling 25)."""
    if not sealed:
        return rows
    return (
        [
            open_sealed(cell, purpose=sealed[position]) if position in sealed and cell else cell
            for position, cell in enumerate(row)
        ]
        for row in rows
    )


def _told(rows: Iterable[Any], total: int, progress: Progress | None) -> Iterable[Any]:
    if progress is None:
        return rows
    return _counting(rows, total, progress)


def _counting(rows: Iterable[Any], total: int, progress: Progress) -> Iterator[Any]:
    for done, row in enumerate(rows):
        if done % 5000 == 0:
            progress(done, total)
        yield row
