"""The one-time slip: a printed code with which somebody without her telephone gets in once (ruling
11).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from community.models import ActivationSlip, Member
from community.operations.account import end_sessions, keep_password
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.permissions import may_look_after
from community.refusals import Refusal
from community.scope import System, is_everything
from community.vault import blind_index

# No 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B: the code is read from paper, perhaps over a
# telephone.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH = 10
MAX_TRIES = 5


class SlipRefused(Refusal):
    code = "slip_refused"


class MayNotIssue(Refusal):
    code = "may_not_issue_slip"


class SlipPrintedSince(Refusal):
    code = "slip_printed_since"


def normalise_slip_code(text: str) -> str:
    """A typed code without spaces and dashes, in capitals and half-width."""
    wide = text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    return "".join(character for character in wide.upper() if character.isalnum())


def spelled_slip_code(code: str) -> str:
    """As it is printed: two groups of five, which the form accepts with or without the dash."""
    return f"{code[:5]}-{code[5:]}"


def _hash(member: Member, code: str) -> str:
    return blind_index(f"{member.pk}:{code}", purpose="activation-slip")


def newest_slip(member: Member) -> ActivationSlip | None:
    """The slip that was printed last for ``member``, spent or not."""
    return member.slips.order_by("-pk").first()


@transaction.atomic
def issue_slip(
    *, member: Member, by: Member | System, at: datetime, after: int | None = None
) -> str:
    """A fresh code of ten characters for ``member``; the only time that anybody sees it.

    Only its keyed hash is stored. It opens the account once, within ``ACTIVATION_SLIP_DAYS`` days
    and five tries; an earlier slip of hers is worthless from now on. Refuses whoever may not look
    after the account. ``after`` is the key of the newest slip that the asker knew of, 0 for none:
    refuses if another was printed since, so that a page sent twice is one slip.
    """
    if isinstance(by, Member) and not is_everything(by) and not may_look_after(by, member):
        raise MayNotIssue(
            _("您不能给%(name)s打印登录单，请上级管理员来办。") % {"name": member.name}
        )
    if not member.is_active:
        raise MayNotIssue(
            _("%(name)s的账号已停用，不能打印登录单。请先恢复账号。") % {"name": member.name}
        )
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    newest = newest_slip(member)
    if after is not None and after != (newest.pk if newest else 0):
        raise SlipPrintedSince(
            _(
                "刚才已经打印过一张登录单，登录码只显示一次。单子没有拿到，请回到这个人的页面重新打印。"
            )
        )
    code = "".join(secrets.choice(ALPHABET) for _character in range(LENGTH))
    ActivationSlip.objects.filter(member=member, used_at__isnull=True).update(
        used_at=at, expires_at=at
    )
    ActivationSlip.objects.create(
        member=member,
        code_hash=_hash(member, code),
        issued_by=by if isinstance(by, Member) else None,
        issued_at=at,
        expires_at=at + timedelta(days=settings.ACTIVATION_SLIP_DAYS),
    )
    record_audit(by=by, action="slip.issued", at=at, subject=member)
    notify(
        members=[member],
        kind="account",
        key=f"slip:{at:%Y%m%d%H%M%S%f}",
        text=_("联络人给您打印了一张登录单"),
        note=_("不是您要的，请告诉联络人，并修改密码。"),
        at=at,
    )
    return code


@transaction.atomic
def issue_slips(
    *, after: Mapping[Member, int], by: Member | System, at: datetime
) -> list[tuple[Member, str]]:
    """A slip for each of several people, or none for anybody: see `issue_slip`.

    ``after`` says for each the key of the newest slip that the asker knew of, 0 for none.
    """
    return [
        (member, issue_slip(member=member, after=after[member], by=by, at=at))
        for member in sorted(after, key=lambda member: member.pk)
    ]


def redeem_slip(*, member: Member | None, code: str, password: str, at: datetime) -> Member:
    """Spend the open slip of ``member`` and set ``password``, which the form has already weighed.

    The same refusal for a user name that nobody has (``None``), a wrong code, a spent, run-out or
    over-tried slip: nobody learns who has one. A wrong code costs one of five tries, committed
    before it is refused. All other sessions of hers end.
    """
    if member is None or not _take_a_try(member, at=at):
        raise _refusal()
    with transaction.atomic():
        slip = (
            ActivationSlip.objects.select_for_update()
            .filter(member=member, used_at__isnull=True, expires_at__gt=at)
            .first()
        )
        if slip is not None and hmac.compare_digest(
            slip.code_hash, _hash(member, normalise_slip_code(code))
        ):
            slip.used_at = at
            slip.save(update_fields=["used_at"])
            end_sessions(member=member, by=member, at=at, reason="slip")
            record_audit(by=member, action="slip.used", at=at, subject=member)
            return keep_password(member=member, password=password, at=at)
    raise _refusal()


def _take_a_try(member: Member, *, at: datetime) -> bool:
    """One UPDATE counts and judges, so that a hundred guesses at once are still five."""
    if not member.is_active:
        return False
    return bool(
        ActivationSlip.objects.filter(
            member=member, used_at__isnull=True, expires_at__gt=at, tries__lt=MAX_TRIES
        ).update(tries=F("tries") + 1)
    )


def _refusal() -> SlipRefused:
    return SlipRefused(
        _("账号或登录码不对，或者登录单已用过、已过期。请照单子核对，仍不行请联络人重新打印。")
    )
