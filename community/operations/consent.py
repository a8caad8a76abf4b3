"""Agreeing to the personal-information notice, once a version."""

from __future__ import annotations

from datetime import datetime

from community.models import Consent, Member
from community.operations.audit import record_audit

DOCUMENT = "privacy"
VERSION = "2026-11"


def has_consented(*, member: Member) -> bool:
    """Whether ``member`` agreed to the present version of the notice."""
    return Consent.objects.filter(member=member, document=DOCUMENT, version=VERSION).exists()


def give_consent(*, member: Member, at: datetime) -> Consent:
    """Keep that ``member`` agreed to the present version; agreeing twice is agreeing once."""
    consent, is_new = Consent.objects.get_or_create(
        member=member, document=DOCUMENT, version=VERSION, defaults={"at": at}
    )
    if is_new:
        record_audit(
            by=member, action="consent.given", at=at, subject=consent, version=consent.version
        )
    return consent
