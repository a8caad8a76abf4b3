"""Telling somebody, once, and taking it back when it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from community.models import Member, Notification


def notify(
    *,
    members: Iterable[Member | int],
    kind: str,
    key: str,
    text: str,
    at: datetime,
    note: str = "",
    url: str = "",
    is_task: bool = False,
    due_at: datetime | None = None,
) -> None:
    """Put one line into each member's inbox; telling twice with the same ``kind`` and ``key`` is once."""
    Notification.objects.bulk_create(
        [
            Notification(
                member_id=member if isinstance(member, int) else member.pk,
                kind=kind,
                key=key,
                text=text[:200],
                note=note[:200],
                url=url,
                is_task=is_task,
                due_at=due_at,
                created_at=at,
            )
            for member in members
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


def settle(*, kind: str, key: str, at: datetime, member: Member | None = None) -> int:
    """Mark the open lines of ``kind`` and ``key`` as done; how many there were."""
    lines = Notification.objects.filter(kind=kind, key=key, settled_at__isnull=True)
    if member is not None:
        lines = lines.filter(member=member)
    return lines.update(settled_at=at)


def mark_read(*, notification: Notification, at: datetime) -> Notification:
    """Keep that its member has opened it; the first time counts."""
    if notification.read_at is None:
        notification.read_at = at
        notification.save(update_fields=["read_at"])
    return notification


def mark_all_read(*, member: Member, at: datetime) -> int:
    """Mark everything that ``member`` need only know as read; tasks stay. How many there were."""
    unread = Notification.objects.filter(member=member, is_task=False, read_at__isnull=True)
    return unread.filter(created_at__lte=at).update(read_at=at)
