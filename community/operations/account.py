"""Logging in: whose phone this is, proving it, the first time, and shutting everybody else out."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from community.models import Member
from community.names import normalise_name
from community.operations.audit import record_audit
from community.operations.care import require_care
from community.operations.notification import notify
from community.scope import System
from community.vault import blind_index


def member_of_phone(*, phone: str, name: str = "") -> Member | None:
    """The one active member whom ``phone`` stands for: who has proved it, else the only one who
    lists it.

    Two people who share an unproved number get ``None`` unless ``name`` (a name or a user name)
    says which. A name that was given must fit, so that nobody lands in a colleague's account
    (ruling 24).
    """
    if not phone:
        return None
    holders = list(
        Member.objects.filter(phone_index=blind_index(phone, purpose="phone"), is_active=True)[:20]
    )
    proved = [member for member in holders if member.phone_proved_at is not None]
    meant = [member for member in proved or holders if not name or _is_called(member, name)]
    return meant[0] if len(meant) == 1 else None


def _is_called(member: Member, name: str) -> bool:
    return member.name == normalise_name(name) or member.username == name.strip().lower()


def prove_phone(*, member: Member, phone: str, at: datetime) -> bool:
    """Keep that ``member`` answered a code sent to ``phone``.

    False where another has proved it already, and where it is no longer her number.
    """
    index = blind_index(phone, purpose="phone")
    hers = Member.objects.filter(pk=member.pk, phone_index=index)
    try:
        with transaction.atomic():
            newly = hers.filter(phone_proved_at__isnull=True).update(phone_proved_at=at)
    except IntegrityError:
        return False
    if newly:
        member.phone_proved_at = at
        record_audit(by=member, action="member.phone_proved", at=at, subject=member)
        return True
    return hers.exists()


def remember_log_in(
    *, member: Member, at: datetime, address: str | None = None, method: str = ""
) -> bool:
    """Note the first log-in, which is what activates an account, and audit every one. True the
    first time.
    """
    first = Member.objects.filter(pk=member.pk, activated_at__isnull=True).update(activated_at=at)
    if first:
        member.activated_at = at
    record_audit(
        by=member,
        action="account.activated" if first else "account.logged_in",
        at=at,
        subject=member,
        address=address,
        method=method,
    )
    return bool(first)


def note_failed_log_in(*, at: datetime, address: str | None, method: str) -> None:
    """Audit a log-in that failed. What was typed is not kept: it may be a phone, or a password."""
    record_audit(
        by=System("log-in"), action="account.log_in_failed", at=at, address=address, method=method
    )


def keep_password(*, member: Member, password: str, at: datetime) -> Member:
    """Set a password that the form has already weighed. Every other session ends by it."""
    member.set_password(password)
    member.save(update_fields=["password"])
    record_audit(by=member, action="account.password_set", at=at, subject=member)
    return member


def end_sessions(*, member: Member, by: Member | System, at: datetime, reason: str = "") -> Member:
    """Log ``member`` out everywhere; whoever asks for herself then renews her own session.

    Refuses whoever does not look after somebody else's account.
    """
    if not (isinstance(by, Member) and by.pk == member.pk):
        require_care(member=member, by=by)
    member.session_salt = get_random_string(12)
    member.save(update_fields=["session_salt"])
    record_audit(by=by, action="account.sessions_ended", at=at, subject=member, reason=reason)
    return member


@transaction.atomic
def reset_two_step(*, member: Member, by: Member | System, at: datetime, reason: str) -> int:
    """Switch the second step off for somebody who lost her device; how many means were removed.

    She is logged out everywhere, told, and must switch it on again before her next coordinator's
    page. Refuses whoever does not look after her account.
    """
    require_care(member=member, by=by)
    removed, _kinds = Authenticator.objects.filter(user=member).delete()
    end_sessions(member=member, by=by, at=at, reason="two-step reset")
    record_audit(
        by=by, action="account.two_step_reset", at=at, subject=member, reason=reason, count=removed
    )
    notify(
        members=[member],
        kind="account",
        key=f"two-step:{at:%Y%m%d%H%M%S}",
        text=_("您的两步验证已由管理员关闭，请重新开启"),
        note=_("原因：%(reason)s") % {"reason": reason},
        at=at,
    )
    return removed
