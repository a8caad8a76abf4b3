"""ASGI lifespan: one process at a time in the embedded default, with the task worker inside it."""

from __future__ import annotations

import fcntl
import logging
import os
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.conf import settings

from website.operations.installation import KeysMissing, require_keys
from website.worker import Worker

logger = logging.getLogger(__name__)


class Lifespan:
    """Wraps the application. Where there is no Redis, a second process on the same data is refused."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self._worker: Worker | None = None
        self._lock: IO[str] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await sync_to_async(require_keys)()
                    self._start()
                except (RuntimeError, KeysMissing) as trouble:
                    await send({"type": "lifespan.startup.failed", "message": str(trouble)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        if settings.REDIS_URL:
            return
        self._lock = (settings.TONGKE_DATA / "serving.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RuntimeError(
                "已有一个进程在用这个数据目录。多个进程之间收不到彼此的消息："
                "请只开一个进程，或设置REDIS_URL。"
            ) from None
        if os.environ.get("TONGKE_WORKER", "inside") == "inside":
            self._worker = Worker()
            self._worker.start()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        if self._lock is not None:
            self._lock.close()
