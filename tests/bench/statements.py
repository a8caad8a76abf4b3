"""How many SQL statements something takes: counted where the driver sends them.

Ruling 31: without BEGIN and COMMIT; nor the isolation that a BEGIN gets, what a fresh connection is
told, or a pool's empty question whether a connection lives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

_NOT_COUNTED: Final = ("BEGIN", "COMMIT", "SET TRANSACTION", "SELECT SET_CONFIG('TIMEZONE'")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that this process sends while the block runs."""
    sent: list[str] = []
    kept = {name: getattr(psycopg.Cursor, name) for name in ("execute", "executemany", "copy")}

    def counting(name: str) -> Any:
        def send(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            text = query.decode() if isinstance(query, bytes) else str(query)
            if text.strip() and not text.lstrip().upper().startswith(_NOT_COUNTED):
                sent.append(text)
            return kept[name](self, query, *arguments, **named)

        return send

    for name in kept:
        setattr(psycopg.Cursor, name, counting(name))
    try:
        yield sent
    finally:
        for name, method in kept.items():
            setattr(psycopg.Cursor, name, method)
