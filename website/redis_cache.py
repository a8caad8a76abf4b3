"""Django's Redis cache, which makes a new client at every call, with one to read and one to write instead."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends import redis


class OneClient(redis.RedisCacheClient):
    """Clients hold no connection of their own, only the pool: threads may share them."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._clients: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if write not in self._clients:
            self._clients[write] = super().get_client(key, write=write)
        return self._clients[write]


class RedisCache(redis.RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient
