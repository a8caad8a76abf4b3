"""What a row is, once for every format: the line of CSV that stands for it, and the hash of lines.

**The row hash** (ruling 25) is one SHA-256 over the lines of a file's rows in order, the header
first. The line of a row is UTF-8 text: every cell in quotation marks, those inside doubled, commas
between, CR LF at the end; a cell that a program could take for a formula has one ``'`` in front
(`spreadsheet_cells.safe_cell`), line breaks inside a cell are CR LF, and a control character is
U+FFFD. So the hash of a UTF-8 file is ``tail -c +4 FILE | sha256sum``, that of a GB18030 file is
``iconv -f gb18030 -t utf-8 FILE | sha256sum``, and an .xlsx of the same rows has the same hash.

The work is done on blocks of rows joined by separators, because a search through one long text
costs little more than a look at a single cell: what needs care is looked for in the block, and only
a block that has some is taken cell by cell.
"""

import csv
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from community.refusals import Refusal
from community.spreadsheet_cells import safe_cell, unquote_cell
from community.spreadsheets.headers import letters
from community.wording import thousands

BLOCK: Final = 200
"""Rows taken at a time: enough to spread the cost; a thousand would set off the garbage collector
(it counts 700 objects) at every block, which costs more than the writing.
"""

_CELL: Final = "\x1f"
_ROW: Final = "\x1e"

# XML has no place for these, and nobody's name has one; tab and line breaks stay.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CONTROL_BYTES: Final = bytes(set(range(32)) - {0x09, 0x0A, 0x0D, 0x1E, 0x1F})
_UNCLEAN_BYTES: Final = _CONTROL_BYTES + b"\r\x1e\x1f"
_NONCHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")

# The first byte, in UTF-8, of everything that may begin a formula, or the space and the quotes in
# front of one (`safe_cell`): ASCII signs and space, U+0085 and U+00A0, U+1680, U+2000–U+2212,
# U+3000, and the full-width signs. Chinese text begins with E4 to E9, so most cells are passed by.
_START_BYTES: Final = b"=+-@|'\t\r \xc2\xe1\xe2\xe3\xef"
_STARTS_IN_LINE: Final = bytes.maketrans(_START_BYTES, b"!" * len(_START_BYTES))
_STARTS: Final = bytes.maketrans(_START_BYTES + b"\n", b"!" * (len(_START_BYTES) + 1))


class BrokenCharacter(Refusal):
    """Half a character (a lone surrogate): no encoding has a place for it."""

    code = "broken_character"


class Block(NamedTuple):
    """Rows ready to be written, in UTF-8: as ``lines`` of CSV, and as cells for a typed format.

    ``cells`` are joined, by U+001F within a row and U+001E between rows; control characters are
    replaced, line breaks are LF, and a leading ``'`` is doubled where reading would take one off.
    """

    cells: bytes
    lines: bytes


def block_of(rows: Sequence[Sequence[str]], width: int, *, first_row: int = 1) -> Block:
    """Make a block of ``rows``, each of ``width`` texts; ``first_row`` is for the refusal.

    Refuses half characters. A row of another width is the caller's mistake: ValueError.
    """
    data = _joined(rows, first_row)
    if not _is_clean(data, len(rows), width):
        rows = [[_clean(cell) for cell in row] for row in rows]
        if any(len(row) != width for row in rows):
            raise ValueError(f"every row has {width} cells")
        data = _joined(rows, first_row)
    if not _may_start_formula(data):
        return Block(data, _lines(data))
    marked = [[safe_cell(cell) for cell in row] for row in rows]
    kept = [["'" + cell if unquote_cell(cell) != cell else cell for cell in row] for row in rows]
    return Block(_joined(kept, first_row), _lines(_joined(marked, first_row)))


def block_of_lines(
    lines: Sequence[bytes | memoryview], width: int, *, first_row: int = 1, cells: bool = True
) -> Block:
    """Make a block of rows that are lines of CSV in UTF-8 already, each with its LF.

    Lines that are ours but for the CR are not taken apart; the others become rows first. Without
    ``cells`` the block may lack them, which saves a third of the work.
    """
    data = b"".join(lines)
    quotes = 2 * width * len(lines)
    if not _is_plain(data, len(lines), width) or (cells and data.count(b'"') != quotes):
        rows = csv.reader((str(line, "utf-8") for line in lines), strict=True)
        return block_of(list(rows), width, first_row=first_row)
    # Without a quotation mark in any cell, every one of them is an end or a beginning.
    joined = data[1:-2].replace(b'","', b"\x1f").replace(b'"\n"', b"\x1e") if cells else b""
    return Block(joined, data.replace(b"\n", b"\r\n"))


def _is_plain(data: bytes, count: int, width: int) -> bool:
    """Every cell quoted and on one line, and none that needs marking or cleaning."""
    if data.count(b"\n") != count or data.count(b'","') != count * (width - 1):
        return False
    starts = data.translate(_STARTS_IN_LINE, _UNCLEAN_BYTES)
    return len(starts) == len(data) and b'"!' not in starts and not _has_noncharacter(data)


def _joined(rows: Sequence[Sequence[str]], first_row: int) -> bytes:
    try:
        return _ROW.join([_CELL.join(row) for row in rows]).encode("utf-8")
    except UnicodeEncodeError:
        raise _broken(rows, first_row) from None


def _broken(rows: Sequence[Sequence[str]], first_row: int) -> BrokenCharacter:
    """Name the first cell that cannot be encoded."""
    for number, row in enumerate(rows, start=first_row):
        for position, cell in enumerate(row):
            if any("\ud800" <= character <= "\udfff" for character in cell):
                place = {"row": thousands(number), "column": letters(position)}
                message = _(
                    "第%(row)s行%(column)s列有不完整的字符，写不进文件。请重新填写这一处资料，再导出。"
                )
                return BrokenCharacter(message % place, row=number, column=letters(position))
    raise AssertionError("only lone surrogates cannot be encoded")


def _is_clean(data: bytes, count: int, width: int) -> bool:
    """No control characters, no CR, and the separators are ours alone."""
    return (
        data.count(b"\x1f") == count * (width - 1)
        and data.count(b"\x1e") == count - 1
        and b"\r" not in data
        and len(data.translate(None, _CONTROL_BYTES)) == len(data)
        and not _has_noncharacter(data)
    )


def _has_noncharacter(data: bytes) -> bool:
    return b"\xef\xbf" in data and any(each in data for each in _NONCHARACTERS)


def _clean(cell: str) -> str:
    return _CONTROL.sub("\ufffd", cell.replace("\r\n", "\n").replace("\r", "\n"))


def _may_start_formula(data: bytes) -> bool:
    starts = data.translate(_STARTS)
    return starts.startswith(b"!") or b"\x1f!" in starts or b"\x1e!" in starts


def _lines(data: bytes) -> bytes:
    """Joined cells as CSV. LF becomes CR LF before the separators do: each is changed once."""
    if b'"' in data:
        data = data.replace(b'"', b'""')
    if b"\n" in data:
        data = data.replace(b"\n", b"\r\n")
    return b'"%b"\r\n' % data.replace(b"\x1f", b'","').replace(b"\x1e", b'"\r\n"')
