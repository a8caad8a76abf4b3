"""The task worker: takes tasks from the database queue, and does the rounds that nobody asked for.

Embedded it is a thread of the serving process (``website.lifespan``); scaled it is ``manage.py work``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker as QueueWorker

logger = logging.getLogger(__name__)

Round = Callable[[datetime], None]


def rounds() -> list[tuple[timedelta, Round]]:
    """What is done again and again, and how often. Each is safe to repeat and to run twice at once."""
    from training.tasks import rounds as training_rounds
    from website.operations.publishing import publishing_round

    return [*training_rounds(), (timedelta(seconds=30), publishing_round)]


class Worker:
    """Two threads: one runs queued tasks, one goes the rounds."""

    def __init__(self, *, interval: float = 1.0) -> None:
        self.interval = interval
        self._ended = threading.Event()
        self._queue = QueueWorker(
            queue_names=["*"],
            interval=interval,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=f"tongke-{threading.get_native_id()}",
            excluded_queue_names=[],
        )
        self._threads = [
            threading.Thread(target=self._work, name="tasks", daemon=True),
            threading.Thread(target=self._go_round, name="rounds", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 20) -> None:
        self.end()
        for thread in self._threads:
            thread.join(timeout)

    def end(self) -> None:
        """Ask both threads to finish what they are doing and stop."""
        self._ended.set()
        self._queue.running = False

    def wait(self) -> None:
        """Until somebody calls ``end``."""
        while not self._ended.wait(1.0):
            pass

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self._queue.run()
            except Exception:
                logger.exception("the task queue could not be read")
            close_old_connections()
            self._ended.wait(self.interval)

    def _go_round(self) -> None:
        due: dict[Round, datetime] = {}
        while not self._ended.is_set():
            now = timezone.now()
            for every, do in rounds():
                if due.get(do, now) <= now:
                    due[do] = now + every
                    try:
                        do(now)
                    except Exception:
                        logger.exception("a round failed: %s", do.__name__)
            close_old_connections()
            self._ended.wait(1.0)
