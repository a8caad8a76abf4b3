"""Who does it: members with a log-in of their own, as cookies for the load client."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.middleware.csrf import _get_new_csrf_string, _mask_cipher_secret
from django.utils import timezone

from community.models import Appointment, Member, Region
from community.operations.appointment import appoint
from community.operations.consent import VERSION
from community.operations.member import enter_member
from community.scope import System
from community.views.consent import CONSENTED

BENCH: Final = System("bench")
_LONG_AGO: Final = timezone.datetime(2020, 1, 1).date()  # type: ignore[attr-defined]


def log_in(member: Member) -> dict[str, str]:
    """A session as a log-in by password leaves it, and the browser's CSRF cookie."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(member.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = member.get_session_auth_hash()
    store[CONSENTED] = VERSION
    store["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp(), "username": member.username}
    ]
    store.save()
    return {
        settings.SESSION_COOKIE_NAME: store.session_key,
        settings.CSRF_COOKIE_NAME: _get_new_csrf_string(),
    }


def csrf_field(cookies: dict[str, str]) -> str:
    """What a page's form carries: the cookie's secret, masked."""
    return "csrfmiddlewaretoken=" + _mask_cipher_secret(cookies[settings.CSRF_COOKIE_NAME])


def log_in_all(members: Iterable[Member]) -> dict[int, dict[str, str]]:
    return {member.pk: log_in(member) for member in members}


def coordinator(code: str) -> Member:
    """Somebody who looks after the region with this code."""
    member = enter_member(name="蒋雨薇", phone=f"1391{code}0", by=BENCH, at=timezone.now())
    appoint(
        member=member,
        role=Appointment.Role.COORDINATOR,
        region=Region.objects.get(pk=code),
        from_on=_LONG_AGO,
        by=BENCH,
        at=timezone.now(),
    )
    return member
