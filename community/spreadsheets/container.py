"""The ZIP of an .xlsx, looked through before any parser sees it (security.md F14, T14).

What a ZIP says about itself proves nothing: every entry is unpacked once, in pieces, and counted.
Loaded by the child: no Django here.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from typing import IO, Final

from community.spreadsheets.limits import RATIO_FROM, Limits, Unfit

_PIECE: Final = 1024**2
_ENDLESS: Final = 1 << 62
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED: Final = 0x1
_SYMLINK: Final = 0o120000
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_ROW: Final = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="(\d{1,9})"')
_FAR_COLUMN: Final = re.compile(rb'\br="([A-Z]{2,3})\d')

# The parts by which other formats are told apart, and what each is called in faults.py.
_OTHERS: Final = (
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("xl/workbook.bin", "xlsb"),
    ("content.xml", "ods"),
)

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile raises it for a kind of compression that it does not know
    RuntimeError,
    ValueError,
    OSError,
)


def open_container(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive of a workbook. Refuses what is no archive, and archives of something else."""
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise Unfit("unreadable", reason="zip") from None
    names = {info.filename.lower() for info in archive.infolist()}
    if "xl/workbook.xml" not in names:
        found = next((kind for part, kind in _OTHERS if part in names), "zip")
        raise Unfit("not_a_spreadsheet", found=found)
    return archive


def inspect(archive: zipfile.ZipFile, limits: Limits, *, packed_bytes: int) -> None:
    """Refuse an archive that is too large, a bomb, damaged, or readable in two ways.

    ``packed_bytes`` is the size of the file. Sizes are checked as declared, then as they turn out.
    """
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise Unfit("zip_bomb", entries=len(entries), limit=limits.entries)
    if len({info.filename.lower() for info in entries}) < len(entries):
        raise Unfit("unreadable", reason="zip")
    for info in entries:
        odd = info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS
        if odd or (info.external_attr >> 16) & 0o170000 == _SYMLINK:
            raise Unfit("unreadable", reason="zip")
    _refuse_bomb(sum(info.file_size for info in entries), packed_bytes, limits)
    unpacked = last_row = 0
    for info in entries:
        is_sheet = bool(_SHEET.fullmatch(info.filename))
        for number, piece in enumerate(pieces(archive, info)):
            if number == 0 and b"<!DOCTYPE" in piece[:4096]:
                raise Unfit("unreadable", reason="xml")
            unpacked += len(piece)
            if is_sheet:
                last_row = _last_row(piece) or last_row
            _refuse_bomb(unpacked, packed_bytes, limits)
            if unpacked > limits.unpacked_bytes:
                # A sheet seen to be too long is called too long rather than heavy.
                if last_row > limits.rows + limits.header_rows:
                    raise Unfit("too_many_rows", rows=last_row, limit=limits.rows)
                raise Unfit("too_large", what="unpacked", limit=limits.unpacked_bytes)


def _refuse_bomb(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > RATIO_FROM and unpacked > packed * limits.ratio:
        raise Unfit("zip_bomb", megabytes=unpacked // 1024**2, packed=packed)


def pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry's content in pieces, to its true end, whatever length the archive declares."""
    told = copy(info)
    told.file_size = _ENDLESS
    try:
        with archive.open(told) as entry:
            while piece := entry.read(_PIECE):
                yield piece
    except _BROKEN:
        raise Unfit("unreadable", reason="zip") from None


def _last_row(piece: bytes) -> int:
    """The number of the last row that begins in ``piece``, 0 if none does."""
    at = max(piece.rfind(b"<row "), piece.rfind(b":row "))
    found = _ROW.match(piece, at if piece[at : at + 1] == b"<" else piece.rfind(b"<", 0, at + 1))
    return int(found[1]) if at >= 0 and found else 0


def farthest(archive: zipfile.ZipFile) -> tuple[int, str]:
    """How far the sheets reach: the highest row, and the last column of two letters or more.

    For the answer to somebody whose file was too much for the parser: one stray cell at the far
    end of a sheet makes every cell before it exist. Columns A to Z are said as an empty text.
    """
    row, column = 0, b""
    for info in archive.infolist():
        if not _SHEET.fullmatch(info.filename):
            continue
        for piece in pieces(archive, info):
            row = max(row, _last_row(piece))
            for name in set(_FAR_COLUMN.findall(piece)):
                column = max(column, name, key=lambda each: (len(each), each))
    return row, column.decode("ascii")
