"""Socket addresses of training."""

from __future__ import annotations

from typing import Any

from django.urls import path

from training.consumers.desk import DeskConsumer

websocket_urlpatterns: list[Any] = [
    path("ws/sessions/<int:session_id>/desk", DeskConsumer.as_asgi()),
]
