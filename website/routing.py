"""Socket addresses of all floors."""

from __future__ import annotations

from typing import Any

from training.routing import websocket_urlpatterns as training_sockets

websocket_urlpatterns: list[Any] = [*training_sockets]
