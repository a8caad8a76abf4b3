"""A browser's end of a socket, speaking ASGI straight to the application."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket:
    """Opens ``path`` with the given cookies and origin; what arrives is read one message at a time."""

    def __init__(
        self, application: Any, path: str, *, cookie: str = "", origin: str | None = None
    ) -> None:
        headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        self._line = ApplicationCommunicator(
            application,
            {
                "type": "websocket",
                "path": path,
                "query_string": b"",
                "headers": headers,
                "subprotocols": [],
            },
        )

    async def open(self) -> bool:
        """Whether the application lets us in."""
        await self._line.send_input({"type": "websocket.connect"})
        answer = await self._line.receive_output(10)
        return bool(answer["type"] == "websocket.accept")

    async def say(self, *, text: str | None = None, data: bytes | None = None) -> None:
        await self._line.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def hear(self) -> Any:
        """The next message as JSON, or ``{"closed": code}``."""
        message = await self._line.receive_output(10)
        if message["type"] == "websocket.close":
            return {"closed": message["code"]}
        return json.loads(message["text"])

    async def is_quiet(self) -> bool:
        return bool(await self._line.receive_nothing(0.2))

    async def close(self) -> None:
        await self._line.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._line.wait(10)
