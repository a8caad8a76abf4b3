"""Start-up checks: combinations that would lose data or a key are refused before anything is served."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def one_process_with_an_in_memory_layer(**_: Any) -> list[CheckMessage]:
    """With the in-memory layer a second worker would hear nothing of what the first one does."""
    in_memory = "InMemory" in settings.CHANNEL_LAYERS["default"]["BACKEND"]
    workers = int(os.environ.get("WEB_CONCURRENCY", "1") or 1)
    if in_memory and workers > 1:
        return [
            Error(
                f"WEB_CONCURRENCY={workers}，但没有设置REDIS_URL：多个进程之间收不到彼此的消息。",
                hint="请设置REDIS_URL，或把WEB_CONCURRENCY改为1。",
                id="tongke.E001",
            )
        ]
    return []
