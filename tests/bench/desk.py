"""A desk that listens: a socket to the session's hints, and the figures fetched at each of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.bench.ground import PUBLIC
from tests.bench.load import get

PAUSE = 0.5
"""Seconds between two looks, however many hints come (desk.js)."""


@contextmanager
def watched_desk(
    sockets: int, pages: int, session_id: int, cookies: dict[str, str], hints: list[int]
) -> Iterator[None]:
    """While the block runs somebody has the session's desk open, and it does what desk.js does."""
    header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    address = f"ws://127.0.0.1:{sockets}/ws/sessions/{session_id}/desk"
    with connect(address, origin=PUBLIC, additional_headers=header) as socket:

        def listen() -> None:
            last = 0.0
            try:
                for _hint in socket:
                    hints[0] += 1
                    if time.monotonic() - last >= PAUSE:
                        get(pages, f"/sessions/{session_id}/desk/now", cookies=cookies)
                        last = time.monotonic()
            except (ConnectionClosed, OSError):
                return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        yield
    listener.join(5)
