"""Who is behind a socket, now: the session is read anew, because a socket outlives a log-out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import urlparse

from channels.security.websocket import OriginValidator, WebsocketDenier
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.utils.module_loading import import_string

from community.models import Member

NOT_ALLOWED: Final = 4403
"""The close code that says: your right to listen has ended."""


def member_behind(scope: dict[str, Any]) -> Member | None:
    """The active member whose session opened this socket, as the session store has it now.

    None after log-out, a changed password or a withdrawn account. Reads the database: call it in a
    thread (security.md T22, F9).
    """
    opened = scope.get("session")
    key = getattr(opened, "session_key", None)
    if not key:
        return None
    store = cast(type[SessionBase], import_string(f"{settings.SESSION_ENGINE}.SessionStore"))
    user = get_user(SimpleNamespace(session=store(key)))  # type: ignore[arg-type]
    return user if isinstance(user, Member) and user.is_active else None


class FullOrigins(OriginValidator):
    """Lets in only pages of the allowed origins; one that is no address at all is another origin.

    Channels raises on a port above 65535 or half a bracket, which anybody may send.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        origins = [value for name, value in scope.get("headers", []) if name == b"origin"]
        if all(_is_address(origin) for origin in origins):
            return await super().__call__(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)


def _is_address(origin: bytes) -> bool:
    try:
        urlparse(origin.decode("latin1")).port  # noqa: B018  (reading it is what raises)
    except ValueError:
        return False
    return True
