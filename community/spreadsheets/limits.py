"""How much of a file we are willing to read, and how the reading child says that it stops.

Loaded by the child: no Django here.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

EMPTY: Final = ""
"""An empty cell. Spreadsheets do not tell an empty text from no cell, so neither do we."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading. The defaults fit a roster of 200,000 people; bytes and seconds.

    ``unpacked_bytes`` bounds what the ZIP of an .xlsx unpacks to, ``ratio`` how many times larger
    that may be than the file (looked at from ``RATIO_FROM`` on: small files compress well),
    ``text_bytes`` what the child may send back. CPU seconds stop a bomb on an idle machine;
    wall seconds are longer, so that an honest file is still read on a busy one.
    """

    file_bytes: int = 40 * 1024**2
    unpacked_bytes: int = 400 * 1024**2
    ratio: int = 200
    entries: int = 2_000
    rows: int = 200_000
    columns: int = 500
    header_rows: int = 10
    text_bytes: int = 64 * 1024**2
    memory_bytes: int = 512 * 1024**2
    cpu_seconds: int = 10
    wall_seconds: float = 30.0

    def as_dict(self) -> dict[str, Any]:
        """For the child's command line."""
        return asdict(self)


DEFAULT_LIMITS: Final = Limits()

RATIO_FROM: Final = 32 * 1024**2


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have: its name, its other names, whether it must be there.

    ``width``, in characters, is for the template.
    """

    name: str
    required: bool = True
    aliases: tuple[str, ...] = ()
    width: int = 14


class Unfit(Exception):
    """The child stops reading: a stable code and the figures; the parent finds the words."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
