"""Writing to the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model

from community.models import AuditEntry, Member, Region
from community.scope import System


def record_audit(
    *,
    by: Member | System,
    action: str,
    at: datetime,
    subject: Model | None = None,
    region: Region | str | None = None,
    address: str | None = None,
    **details: Any,
) -> AuditEntry:
    """Add one line to the audit log, in the caller's transaction (ruling 26).

    ``action`` is a stable dotted verb (``cohort.closed``); ``details`` must be JSON and hold no sealed number.
    """
    actor = by if isinstance(by, Member) else None
    return AuditEntry.objects.create(
        at=at,
        actor=actor,
        actor_name=actor.name
        if actor
        else f"系统：{by.reason}"[:60]
        if isinstance(by, System)
        else "",
        action=action,
        subject_kind=subject._meta.label_lower if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        region_id=region.code if isinstance(region, Region) else region,
        address=address,
        details=details,
    )
