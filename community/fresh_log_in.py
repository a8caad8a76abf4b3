"""When this browser's user last proved who she is, and where she proves it once more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from community.next_page import with_next


def proved_at(request: HttpRequest) -> datetime | None:
    """The latest log-in or confirmation in this session; None if it says nothing."""
    records = get_authentication_records(request, request.user)
    moments = [record["at"] for record in records if "at" in record]
    return datetime.fromtimestamp(max(moments), tz=UTC) if moments else None


def is_recent(proved: datetime | None, *, at: datetime) -> bool:
    """Whether ``proved`` still counts at ``at``: a desk that was left open is not its owner."""
    longest = timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    return proved is not None and at - proved <= longest


def confirm_address(request: HttpRequest, *, back: str) -> str | None:
    """The page on which she confirms by password or authenticator and then goes ``back``.

    None for an account that has neither: it can only log in again.
    """
    flows = get_reauthentication_flows(request.user)
    names = {"reauthenticate": "account_reauthenticate"}
    first = flows[0]["id"] if flows else None
    return with_next(reverse(names.get(first, first)), back) if first else None
