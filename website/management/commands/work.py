"""manage.py work: run queued tasks and go the rounds, in a process of its own (scaled installations)."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from website.worker import Worker


class Command(BaseCommand):
    help = "处理排队的任务和定时任务。单机默认不用开，serve里已经有一个。"

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.end())
        worker.start()
        self.stdout.write("任务处理已开始。")
        worker.wait()
        worker.stop()
