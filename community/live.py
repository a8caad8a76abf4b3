"""Who hears: hints on the channel layer that something changed. A hint is never a store.

``announce()`` only marks a topic in memory; one background sender in each process gives the layer at most
two coalesced hints a topic and second (ruling 29). Whoever hears one reads the truth from the database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import close_old_connections, transaction

logger = logging.getLogger(__name__)

INTERVAL = 0.5

Before = Callable[[str], None]
_before: dict[str, Before] = {}


def before_hint(kind: str, do: Before) -> None:
    """Run ``do(topic)`` in the sender before a hint of ``kind`` leaves: a place to roll figures up."""
    _before[kind] = do


def group_of(topic: str) -> str:
    """The channel layer's group of a topic such as ``session:12``."""
    return "live." + topic.replace(":", ".")


class Sender:
    """Collects topics and sends one hint for each, no more often than ``INTERVAL``."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def mark(self, topic: str) -> None:
        with self._lock:
            self._topics.add(topic)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-sender", daemon=True)
                self._thread.start()
        self._wake.set()

    def flush(self) -> None:
        """Send what is marked, in this thread: at a command's exit, and in tests."""
        with self._lock:
            topics, self._topics = self._topics, set()
        for topic in sorted(topics):
            self._send(topic)

    def _send(self, topic: str) -> None:
        try:
            do = _before.get(topic.split(":", 1)[0])
            if do is not None:
                do(topic)
            layer = get_channel_layer()
            if layer is not None:
                async_to_sync(layer.group_send)(
                    group_of(topic), {"type": "live.hint", "topic": topic}
                )
        except Exception:
            # Nothing is lost: every listener also reads on its own clock, and figures are swept.
            logger.exception("no hint for %s", topic)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wake.wait()
            self._wake.clear()
            close_old_connections()
            self.flush()
            close_old_connections()
            pause.wait(INTERVAL)


sender = Sender()


def announce(topic: str) -> None:
    """Say, after the caller's transaction commits, that ``topic`` changed."""
    transaction.on_commit(lambda: sender.mark(topic))
