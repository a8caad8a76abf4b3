"""Records as files, streamed: `CsvSheet` and `XlsxSheets`.

Both take rows of text in any number, keep a few hundred at a time, count them and hash them as
`lines` defines, so that the same rows have the same hash in either format. A file has its name only
when it is whole: until then it is ``NAME.part``, and an error takes that away.
"""

import hashlib
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Final, Literal, Self

from community.spreadsheets.lines import BLOCK, Block, block_of, block_of_lines
from community.spreadsheets.workbook_parts import CellTooLong, WorkbookParts

CsvEncoding = Literal["utf-8-sig", "gb18030"]

COPY_OPTIONS: Final = "FORMAT csv, FORCE_QUOTE *, ENCODING 'UTF8'"
"""What ``COPY (SELECT …) TO STDOUT WITH (…)`` needs so that `Sheet.write_encoded` takes its lines.

No HEADER. FORCE_QUOTE leaves NULL unquoted: the SELECT gives an empty text instead of NULL.
"""

__all__ = ["COPY_OPTIONS", "CellTooLong", "CsvEncoding", "CsvSheet", "Sheet", "XlsxSheets"]


class Sheet(ABC):
    """A file that takes rows, as a context manager; ``row_count`` is without the header."""

    _takes_cells: ClassVar[bool]

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self.header = tuple(header)
        self.row_count = 0
        self._part = path.with_name(f"{path.name}.part")
        self._hash = hashlib.sha256()

    @property
    def row_hash(self) -> str:
        """SHA-256 over the rows written so far, the header first, as `lines` defines it."""
        return self._hash.hexdigest()

    def write_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Write ``rows``, each as wide as the header and all text."""
        rows = iter(rows)
        while block := list(islice(rows, BLOCK)):
            ready = block_of(block, len(self.header), first_row=self.row_count + 2)
            self._write(ready)
            self._count(ready.lines, len(block))

    def write_encoded(self, lines: Iterable[bytes | memoryview]) -> None:
        """Write rows that come as lines of CSV in UTF-8 with every cell quoted: `COPY_OPTIONS`.

        Each item is one row with its LF, as PostgreSQL sends them. Cells come bare: a formula is
        marked here, not in the query.
        """
        lines = iter(lines)
        while block := list(islice(lines, BLOCK)):
            ready = block_of_lines(
                block, len(self.header), first_row=self.row_count + 2, cells=self._takes_cells
            )
            self._write(ready)
            self._count(ready.lines, len(block))

    @abstractmethod
    def _write(self, block: Block) -> None: ...

    @abstractmethod
    def _finish(self) -> None: ...

    @abstractmethod
    def _drop(self) -> None: ...

    def _count(self, lines: bytes, rows: int) -> None:
        self._hash.update(lines)
        self.row_count += rows

    def close(self) -> None:
        """Finish the file and give it its name."""
        try:
            self._finish()
        except BaseException:
            self.abandon()
            raise
        self._part.replace(self.path)

    def abandon(self) -> None:
        """Take away what was written. A full disk must not keep us from it."""
        with suppress(OSError, ValueError):
            self._drop()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()


class CsvSheet(Sheet):
    """A CSV file: quoted, CR LF, no formulas, UTF-8 with a byte order mark or GB18030."""

    _takes_cells = False

    def __init__(
        self, path: Path, header: Sequence[str], *, encoding: CsvEncoding = "utf-8-sig"
    ) -> None:
        super().__init__(path, header)
        block = block_of([self.header], len(self.header))
        self._recode = encoding == "gb18030"
        self._file = self._part.open("wb")
        if not self._recode:
            self._file.write(b"\xef\xbb\xbf")
        self._write(block)
        self._count(block.lines, 0)

    def _write(self, block: Block) -> None:
        self._put(block.lines)

    def _put(self, lines: bytes) -> None:
        self._file.write(lines.decode("utf-8").encode("gb18030") if self._recode else lines)

    def _finish(self) -> None:
        self._file.close()

    _drop = _finish


class XlsxSheets(Sheet):
    """An .xlsx workbook of text cells; over ``rows_per_sheet`` rows it has several numbered sheets.

    ``name`` is the sheet's. ``above`` are rows as wide as the header to stand above it. Each sheet
    repeats both; the first then says beside its header how many sheets there are. What is above,
    repeated or beside does not count for the hash. Refuses cells longer than .xlsx allows.
    """

    _takes_cells = True

    def __init__(
        self,
        path: Path,
        header: Sequence[str],
        *,
        name: str,
        above: Sequence[Sequence[str]] = (),
        rows_per_sheet: int = 1_000_000,
    ) -> None:
        super().__init__(path, header)
        width = len(self.header)
        block = block_of([*above, self.header], width)
        self._rows_per_sheet = rows_per_sheet
        # Level 1: the text repeats so much that a higher one saves a tenth and takes twice as long.
        self._archive = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._parts = WorkbookParts(self._archive, block.cells.split(b"\x1e"), name)
        self._count(block_of([self.header], width).lines, 0)

    def _write(self, block: Block) -> None:
        rows = block.cells.split(b"\x1e")
        done = 0
        while done < len(rows):
            room = self._rows_per_sheet - self._parts.rows_in_sheet
            if room <= 0 or self._parts.sheet_is_full:
                self._parts.end_sheet()
                continue
            self._parts.add_rows(rows[done : done + room], first_row=self.row_count + done + 2)
            done += room

    def _finish(self) -> None:
        self._parts.finish(self.row_count)
        self._archive.close()

    def _drop(self) -> None:
        self._parts.close_entry()
        self._archive.close()
