"""Reading a hundred thousand rows without stopping every few hundred objects to look for cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

# Rows are lists and strings that go as soon as they are written. Looking for cycles among them took one eighth
# of an import's time; the few that there are can wait for fifty thousand others.
_RARELY: Final = (50_000, 20, 100)
_lock: Final = Lock()
_usual = gc.get_threshold()
_long_works = 0


@contextmanager
def rarely_collected() -> Iterator[None]:
    """While it lasts, and while any other such work of this process lasts, cycles are looked for rarely."""
    global _usual, _long_works
    with _lock:
        if _long_works == 0:
            _usual = gc.get_threshold()
            gc.set_threshold(*_RARELY)
        _long_works += 1
    try:
        yield
    finally:
        with _lock:
            _long_works -= 1
            if _long_works == 0:
                gc.set_threshold(*_usual)
