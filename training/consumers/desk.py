"""The desk's socket: it says "look", never what. Figures and codes come by HTTP, through the gate."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from community.live import group_of
from community.sockets import NOT_ALLOWED, member_behind
from training.models import Session
from training.permissions import can_desk

HEARTBEAT_SECONDS: Final = 10


class DeskConsumer(AsyncJsonWebsocketConsumer):
    """Relays hints of one session to whoever may desk it; asks again at every hint and every 10 s."""

    heartbeat_seconds: float = HEARTBEAT_SECONDS

    async def connect(self) -> None:
        """Refused before it is accepted, which the browser sees as an HTTP 403 and nothing more."""
        self.session_id = int(self.scope["url_route"]["kwargs"]["session_id"])
        self.beat: asyncio.Task[None] | None = None
        if not await self.may_listen():
            await self.close(code=NOT_ALLOWED)
            return
        self.group = group_of(f"session:{self.session_id}")
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        self.beat = asyncio.create_task(self.keep_asking())

    async def disconnect(self, code: int) -> None:
        if self.beat is not None:
            self.beat.cancel()
            with suppress(asyncio.CancelledError):
                await self.beat
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Sockets speak; they do not listen (house.md)."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Not even parsed: what is sent here, JSON or not, is nobody's business."""

    async def live_hint(self, event: dict[str, Any]) -> None:
        if await self.may_listen():
            await self.send_json({"look": event["topic"]})
        else:
            await self.close(code=NOT_ALLOWED)

    async def keep_asking(self) -> None:
        """A quiet session must not keep the socket of somebody who has left (security.md T22)."""
        while True:
            await asyncio.sleep(self.heartbeat_seconds)
            if not await self.may_listen():
                await self.close(code=NOT_ALLOWED)
                return

    @database_sync_to_async
    def may_listen(self) -> bool:
        member = member_behind(self.scope)
        if member is None:
            return False
        session = (
            Session.objects.visible_to(member)
            .select_related("cohort")
            .filter(pk=self.session_id)
            .first()
        )
        return session is not None and can_desk(member, session.cohort)
