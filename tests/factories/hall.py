"""A session whose sign-in is open now, and phones that scan its code: for tests that go through the door."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from community.models import Member
from community.slot_code import TOKEN_STEP_SECONDS, Kind, sign_in_token, slot_at
from tests.factories.cast import Cast
from training.models import Session
from training.operations.scan import key


def open_now(cast: Cast, *, late: bool = False, at: datetime | None = None) -> Session:
    """第一天上午 moved to now: doors open for twenty minutes, begun twenty minutes ago if ``late``."""
    now = at or timezone.now()
    session = cast.session
    start = now - timedelta(minutes=20) if late else now + timedelta(minutes=10)
    session.starts_at, session.ends_at = start, start + timedelta(hours=3)
    session.opens_at, session.closes_at = start - timedelta(minutes=30), start + timedelta(hours=1)
    session.save()
    return session


def token_of(
    session: Session, *, kind: Kind = "in", age: int = 0, at: datetime | None = None
) -> str:
    """What the screen shows, or showed ``age`` slots ago."""
    slot = slot_at(at or timezone.now(), TOKEN_STEP_SECONDS) - age
    return sign_in_token(key(), session.pk, kind, slot)


def phone(member: Member | None = None) -> Client:
    """A telephone of its own, with ``member`` logged in or nobody."""
    client = Client(headers={"user-agent": "WeChat"})
    if member is not None:
        client.force_login(member)
    return client
