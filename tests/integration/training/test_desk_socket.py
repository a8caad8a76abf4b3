"""The desk's socket: for who may desk, saying only "look", and closed as soon as the right ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.test import Client

from community.live import announce, sender
from community.models import Member
from tests.factories.cast import Cast
from tests.factories.socket import Socket
from training.consumers.desk import DeskConsumer
from training.models import CohortStaff
from website.asgi import application

pytestmark = pytest.mark.usefixtures("hints_by_hand")


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels tidies connections up around each message; this test's transaction must live on."""

    async def leave_open() -> None:
        return None

    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)
    monkeypatch.setattr("channels.consumer.aclose_old_connections", leave_open)
    monkeypatch.setattr("channels.generic.websocket.aclose_old_connections", leave_open)


def session_cookie(member: Member | None) -> str:
    if member is None:
        return ""
    client = Client()
    client.force_login(member)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def knock(session_id: int, cookie: str, origin: str | None = settings.PUBLIC_URL) -> Socket:
    path = f"/ws/sessions/{session_id}/desk"
    return Socket(application, path, cookie=cookie, origin=origin)


def run(story: Callable[[], Awaitable[Any]]) -> Any:
    """Tell an async story inside this test's own transaction."""
    return async_to_sync(story)()


async def is_let_in(socket: Socket) -> bool:
    let_in = await socket.open()
    if let_in:
        await socket.close()
    return let_in


def test_only_who_may_desk_hears_the_hall(cast: Cast) -> None:
    session = cast.session
    cast.enrolment  # noqa: B018
    people = [
        (None, False),
        (cast.trainee, False),
        (cast.zhaojue, False),
        (cast.butuo, False),
        (cast.editor, False),
        (cast.clerk, True),
        (cast.class_teacher, True),
        (cast.liangshan, True),
    ]
    cookies = [(session_cookie(member), may) for member, may in people]

    async def story() -> list[bool]:
        return [await is_let_in(knock(session.pk, cookie)) for cookie, _may in cookies]

    assert run(story) == [may for _member, may in people]


def test_a_session_that_does_not_exist_is_like_one_that_is_not_hers(cast: Cast) -> None:
    cookie = session_cookie(cast.clerk)

    async def story() -> bool:
        return await is_let_in(knock(10**9, cookie))

    assert run(story) is False


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost:65536",
        "http://localhost:x",
        "http://[localhost:8000",
        "",
    ],
)
def test_a_page_of_another_origin_hears_nothing(cast: Cast, origin: str | None) -> None:
    session, cookie = cast.session, session_cookie(cast.clerk)

    async def story() -> bool:
        return await is_let_in(knock(session.pk, cookie, origin))

    assert run(story) is False


def test_a_hint_is_relayed_and_says_only_where_to_look(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    session, cookie = cast.session, session_cookie(cast.clerk)
    other = cast.cohort.sessions.get(position=2)

    def happen(pk: int) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            announce(f"session:{pk}")
        sender.flush()

    async def story() -> Any:
        socket = knock(session.pk, cookie)
        await socket.open()
        await sync_to_async(happen)(other.pk)
        assert await socket.is_quiet()
        await sync_to_async(happen)(session.pk)
        heard = await socket.hear()
        await socket.close()
        return heard

    assert run(story) == {"look": f"session:{session.pk}"}


def test_what_is_said_to_the_desk_is_not_listened_to(cast: Cast) -> None:
    session, cookie = cast.session, session_cookie(cast.clerk)

    async def story() -> bool:
        socket = knock(session.pk, cookie)
        await socket.open()
        for text in ("{", '{"type": "live.hint"}', "x" * 60_000):
            await socket.say(text=text)
        await socket.say(data=b"\x00\xff")
        quiet = await socket.is_quiet()
        await socket.close()
        return quiet

    assert run(story)


def closes(cast: Cast, what_ends_it: Callable[[], None], *, hint: bool) -> int:
    """The close code after ``what_ends_it``, at the next hint or at the next heartbeat."""
    session, cookie = cast.session, session_cookie(cast.clerk)

    async def story() -> int:
        socket = knock(session.pk, cookie)
        await socket.open()
        await sync_to_async(what_ends_it)()
        if hint:
            await sync_to_async(sender.mark)(f"session:{session.pk}")
            await sync_to_async(sender.flush)()
        return int((await socket.hear())["closed"])

    return int(run(story))


@pytest.mark.parametrize("hint", [True, False])
def test_who_is_no_longer_staff_is_shown_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, hint: bool
) -> None:
    monkeypatch.setattr(DeskConsumer, "heartbeat_seconds", 30 if hint else 0.05)

    code = closes(cast, lambda: CohortStaff.objects.all().delete() and None, hint=hint)

    assert code == 4403


def test_who_logs_out_is_shown_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    monkeypatch.setattr(DeskConsumer, "heartbeat_seconds", 0.05)
    session, cookie = cast.session, session_cookie(cast.clerk)
    key = cookie.partition("=")[2]

    def log_out() -> None:
        import_module(settings.SESSION_ENGINE).SessionStore(key).flush()

    async def story() -> int:
        socket = knock(session.pk, cookie)
        await socket.open()
        await sync_to_async(log_out)()
        return int((await socket.hear())["closed"])

    assert run(story) == 4403


def test_who_may_no_longer_log_in_is_shown_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeskConsumer, "heartbeat_seconds", 0.05)

    def end() -> None:
        Member.objects.filter(pk=cast.clerk.pk).update(is_active=False)

    assert closes(cast, end, hint=False) == 4403
