"""CSV as people really send it: which encoding, which separator, then rows of text.

Encodings: byte order mark, then strict UTF-8, then strict GB18030 (domain.md §h). Never GBK, which
loses 䶮, and never a replacement character. Loaded by the child: no Django here.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import BinaryIO, Final

from community.spreadsheets.headers import find_header
from community.spreadsheets.limits import Column, Limits, Unfit

SEPARATORS: Final = (",", ";", "\t")
_PIECE: Final = 1024**2
_LONGEST_CELL: Final = 131_072
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF32_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def encoding_of(file: BinaryIO) -> str:
    """The encoding that decodes the whole of ``file``; a byte order mark decides.

    Refuses NUL characters, and text that is none of UTF-8, UTF-16 with a mark, and GB18030.
    """
    head = file.read(4)
    file.seek(0)
    if head.startswith(_UTF32_MARKS):
        raise Unfit("encoding_unknown", row=1)
    marked = [name for mark, name in _MARKS if head.startswith(mark)]
    reached = 0
    for encoding in marked or ["utf-8", "gb18030"]:
        row = _undecodable_row(file, encoding)
        if row is None:
            return encoding
        reached = max(reached, row)
    # The encoding that got farther is likelier the one that was meant: name its row.
    raise Unfit("encoding_unknown", row=reached)


def _undecodable_row(file: BinaryIO, encoding: str) -> int | None:
    """The line on which ``encoding`` stops making sense, None if it never does. Rewinds."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    row = 1
    try:
        while True:
            piece = file.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as wrong:
                return row + wrong.object[: wrong.start].count(b"\n")
            if (nul := text.find("\0")) >= 0:
                raise Unfit("unreadable", reason="nul", row=row + text.count("\n", 0, nul))
            row += text.count("\n")
            if not piece:
                return None
    finally:
        file.seek(0)


def separator_of(file: BinaryIO, encoding: str, columns: Sequence[Column], limits: Limits) -> str:
    """The separator under which the header fits best, or that splits the first rows most."""
    scores: dict[str, tuple[int, int]] = {}
    for separator in SEPARATORS:
        rows: list[list[str]] = []
        with suppress(Unfit):  # Said with its row when the rows are read in earnest.
            rows.extend(islice(records(file, encoding, separator), limits.header_rows))
        header = find_header(rows, columns)
        scores[separator] = (header.hits if header else 0, sum(map(len, rows)))
    return max(SEPARATORS, key=scores.__getitem__)


def records(file: BinaryIO, encoding: str, separator: str) -> Iterator[list[str]]:
    """The rows of ``file`` from its start; a row may span lines, and an empty line is an empty row.

    Refuses a quotation mark that is never closed: it would swallow the rest of the file.
    """
    file.seek(0)
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding=encoding, errors="strict", newline="")
    row = 0
    try:
        for cells in csv.reader(text, delimiter=separator, strict=True):
            row += 1
            yield cells
    except csv.Error:
        raise Unfit("unreadable", reason="quotes", row=row + 1) from None
    finally:
        text.detach()
