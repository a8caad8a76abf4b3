"""Power given to the cast, and browsers of who gives it or takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from community.models import Appointment, Member
from community.operations.appointment import appoint
from tests.factories.cast import LIANGSHAN, LONG_AGO, ZHAOJUE

COUNTY = f"/areas/{ZHAOJUE}/appointments/"
CITY = f"/areas/{LIANGSHAN}/appointments/"
TODAY = {"from_on": "2026-01-04"}


def logged_in(member: Member, *, minutes_ago: int = 0) -> Client:
    client = Client(HTTP_ACCEPT="text/html")
    client.force_login(member)
    session = client.session
    then = (timezone.now() - timedelta(minutes=minutes_ago)).timestamp()
    session["account_authentication_methods"] = [{"method": "password", "at": then}]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()
    return client


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def give(cast: Any, member: Member, code: str, *, by: Any, **terms: Any) -> Appointment:
    return appoint(
        member=member,
        role=terms.pop("role", Appointment.Role.COORDINATOR),
        region=cast.region(code),
        from_on=LONG_AGO,
        by=by,
        at=timezone.now(),
        **terms,
    )
