"""A roster as it was read: its cells as text, and which of them were no text.

What is kept between the check and the import is this, so the parser in its child runs once a file.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol

from community.spreadsheets.reading import Cell, Merged, Row, shown
from training.roster.columns import INDEX, KEYS, SHARED_BY_ROWS

CHUNK: Final = 2_000
"""Rows that are judged and written together."""

_FORMAT: Final = 1


class RawRow(NamedTuple):
    """A row's number in the file, its cells in the order of `KEYS`, and which were no text.

    Those are ``number``, ``date``, ``merged`` (swallowed by a neighbour) or ``filled`` (of one
    merged cell over several rows).
    """

    number: int
    cells: list[str]
    odd: dict[int, str] = {}

    def corrected(self, cells: Mapping[str, str]) -> RawRow:
        """The row with what was typed on screen in place of the file's cells."""
        changed = list(self.cells)
        odd = dict(self.odd)
        for key, text in cells.items():
            if key in INDEX:
                changed[INDEX[key]] = text
                odd.pop(INDEX[key], None)
        return RawRow(self.number, changed, odd)


@dataclass(frozen=True)
class About:
    """What the file was like: for the page, never for a decision."""

    header_row: int
    sheet: str | None
    encoding: str | None
    extra: tuple[str, ...]


class TableLike(Protocol):
    """What we need of `community.spreadsheets.reading.Table`."""

    @property
    def letters(self) -> tuple[str | None, ...]: ...
    @property
    def extra(self) -> tuple[str, ...]: ...
    @property
    def header_row(self) -> int: ...
    @property
    def merged(self) -> tuple[Merged, ...]: ...
    @property
    def sheet(self) -> str | None: ...
    @property
    def encoding(self) -> str | None: ...

    def rows(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class Sheet:
    """The rows of one file, packed; each walk unpacks them anew, a chunk at a time."""

    about: About
    row_count: int
    _packed: tuple[bytes, ...]

    def chunks(self) -> Iterator[list[RawRow]]:
        """Every row, `CHUNK` at a time."""
        for packed in self._packed:
            yield [
                RawRow(number, cells, {int(at): kind for at, kind in odd[0].items()} if odd else {})
                for number, cells, *odd in json.loads(zlib.decompress(packed))
            ]

    def dump(self) -> bytes:
        """The sheet as bytes, for `load`."""
        head = {
            "format": _FORMAT,
            "about": asdict(self.about),
            "rows": self.row_count,
            "sizes": [len(packed) for packed in self._packed],
        }
        line = json.dumps(head, ensure_ascii=False).encode() + b"\n"
        return b"".join(chain((line,), self._packed))

    @classmethod
    def load(cls, data: bytes) -> Sheet:
        """The inverse of `dump`."""
        end = data.index(b"\n")
        head = json.loads(data[:end])
        about = {**head["about"], "extra": tuple(head["about"]["extra"])}
        packed, at = [], end + 1
        for size in head["sizes"]:
            packed.append(data[at : at + size])
            at += size
        return cls(About(**about), head["rows"], tuple(packed))


def sheet_of(table: TableLike) -> Sheet:
    """Pack what the reader found. Merged cells are filled or marked here."""
    about = About(table.header_row, table.sheet, table.encoding, table.extra)
    return pack(_raw_rows(table), about)


def pack(rows: Iterable[RawRow], about: About) -> Sheet:
    """A sheet of ``rows``."""
    packed: list[bytes] = []
    chunk: list[Any] = []
    count = 0

    def close() -> None:
        text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
        packed.append(zlib.compress(text.encode(), 1))
        chunk.clear()

    for row in rows:
        count += 1
        chunk.append([*row] if row.odd else [row.number, row.cells])
        if len(chunk) == CHUNK:
            close()
    if chunk:
        close()
    return Sheet(about, count, tuple(packed))


def _raw_rows(table: TableLike) -> Iterator[RawRow]:
    spans = _spans(table)
    for number, cells in table.rows():
        odd: dict[int, str] = {}
        if not all(type(cell) is str for cell in cells):
            for at, cell in enumerate(cells):
                if not isinstance(cell, str):
                    odd[at] = _kind(cell)
            texts = [shown(cell) for cell in cells]
        else:
            texts = list(cells)  # type: ignore[arg-type]  # all are text
        for span in spans:
            span.apply(number, texts, odd)
        yield RawRow(number, texts, odd)


def _kind(cell: Cell) -> str:
    return "number" if isinstance(cell, bool | int | float) else "date"


@dataclass
class _Span:
    """Merged cells over one of our columns; ``is_shared`` where the value counts for every row."""

    column: int
    first_row: int
    last_row: int
    is_head: bool
    is_shared: bool
    value: str = ""

    def apply(self, number: int, texts: list[str], odd: dict[int, str]) -> None:
        if not self.first_row <= number <= self.last_row:
            return
        if number == self.first_row and self.is_head:
            self.value = texts[self.column]
        elif self.is_shared and self.value:
            texts[self.column] = self.value
            odd[self.column] = "filled"
        elif not texts[self.column]:
            odd[self.column] = "merged"


def _spans(table: TableLike) -> list[_Span]:
    at_letter = {letter: at for at, letter in enumerate(table.letters) if letter}
    spans = []
    for merged in table.merged:
        if merged.first_row <= table.header_row:
            continue
        inside = [
            (position, at)
            for letter, at in at_letter.items()
            if merged.first_column <= (position := _position(letter)) <= merged.last_column
        ]
        is_one_column = merged.first_column == merged.last_column
        spans += [
            _Span(
                column=at,
                first_row=merged.first_row,
                last_row=merged.last_row,
                is_head=position == merged.first_column,
                is_shared=is_one_column and KEYS[at] in SHARED_BY_ROWS,
            )
            for position, at in inside
        ]
    return spans


def _position(letter: str) -> int:
    position = 0
    for character in letter:
        position = position * 26 + ord(character) - 64
    return position - 1
