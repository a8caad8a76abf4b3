"""Finding the header row: by its words, because people put titles and notes above it.

Loaded by the child: no Django here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from community.spreadsheets.limits import Column

# What people and templates put around a column's name: a star, brackets that say 必填, space.
_AROUND: Final = re.compile(r"[\s\u3000*＊'：:]+|[(（\[【](?:必填|选填|可选)[)）\]】]")

_SHOWN: Final = 40

FAULT_HEADING: Final = "错误说明"
"""The column that `returned.write_with_faults` adds and nobody has to fill. Not translated: a file
written in one language comes back in another.
"""


@dataclass(frozen=True, slots=True)
class Header:
    """One row read as a header: where each wanted column stands, and what does not fit.

    ``positions`` follow the wanted columns; None is a column that is not there. ``extra`` are the
    names nobody asked for. Rows and positions count from 0.
    """

    row: int
    positions: tuple[int | None, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def hits(self) -> int:
        """How many wanted columns this row names."""
        return sum(position is not None for position in self.positions)

    @property
    def fits(self) -> bool:
        """Every column that must be there is there, once."""
        return not self.missing and not self.doubled


def plain_name(cell: Any) -> str:
    """A header cell without stars, space and （必填）, in lower case: 姓名 * is 姓名."""
    return _AROUND.sub("", cell).casefold() if isinstance(cell, str) else ""


def read_header(row: int, cells: Sequence[Any], columns: Sequence[Column]) -> Header:
    """Read ``cells`` as the header row of ``columns``."""
    wanted = {
        plain_name(name): at
        for at, column in enumerate(columns)
        for name in (*column.aliases, column.name)
    }
    positions: list[int | None] = [None] * len(columns)
    extra: list[str] = []
    doubled: list[str] = []
    for position, cell in enumerate(cells):
        name = plain_name(cell)
        at = wanted.get(name)
        if at is None:
            if name and name != FAULT_HEADING:
                extra.append(str(cell).strip()[:_SHOWN])
        elif positions[at] is None:
            positions[at] = position
        elif columns[at].name not in doubled:
            doubled.append(columns[at].name)
    missing = tuple(
        column.name
        for column, position in zip(columns, positions, strict=True)
        if column.required and position is None
    )
    return Header(row, tuple(positions), missing, tuple(extra), tuple(doubled))


def find_header(first_rows: Sequence[Sequence[Any]], columns: Sequence[Column]) -> Header | None:
    """The first row that names every required column, else the one that names most, else None."""
    best: Header | None = None
    for row, cells in enumerate(first_rows):
        header = read_header(row, cells, columns)
        if header.fits and header.hits:
            return header
        if header.hits and (best is None or header.hits > best.hits):
            best = header
    return best


def letters(position: int) -> str:
    """The name of a column as a spreadsheet shows it: 0 is A, 26 is AA."""
    name = ""
    position += 1
    while position:
        position, left = divmod(position - 1, 26)
        name = chr(ord("A") + left) + name
    return name
