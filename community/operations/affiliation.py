"""Where somebody works: entering a school, moving to another, and what goes with it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.models import Affiliation, Institution, Member
from community.operations.audit import record_audit
from community.operations.care import require_care
from community.operations.notification import notify
from community.operations.withdrawal import end_powers_left_behind
from community.refusals import Refusal
from community.scope import System
from community.wording import full_date


class ReasonMissing(Refusal):
    code = "reason_missing"


class InstitutionClosed(Refusal):
    code = "institution_closed"


class TransferFaulty(Refusal):
    code = "transfer_faulty"


def main_affiliation(member: Member) -> Affiliation | None:
    """Where ``member`` works now, with the school at hand."""
    return (
        member.affiliations.filter(to_on__isnull=True, is_main=True)
        .select_related("institution", "institution__region")
        .first()
    )


def county_of(member: Member) -> str | None:
    """The code of the county where ``member`` works now."""
    present = main_affiliation(member)
    return present.institution.region_id if present else None


def require_reason(reason: str) -> None:
    """Refuse a change of somebody's data that nobody explains."""
    if len(reason.strip()) < 2:
        raise ReasonMissing(_("没有写原因，请写明为什么改，例如“换了号码”。"))


@transaction.atomic
def affiliate(
    *,
    member: Member,
    institution: Institution,
    on: date,
    post: str = "",
    by: Member | System,
    at: datetime,
) -> Affiliation:
    """``member`` works at ``institution`` from ``on``; an earlier main post ends the day before.

    The old row keeps its school, so records frozen to it never move (domain.md §h). Powers that
    came with the old school end in the same transaction.
    """
    Member.objects.select_for_update().get(pk=member.pk)
    present = member.affiliations.filter(to_on__isnull=True, is_main=True).first()
    if present is not None and present.institution_id == institution.pk:
        if post and present.post != post:
            present.post = post
            present.save(update_fields=["post"])
        return present
    if present is not None:
        present.to_on = max(present.from_on, date.fromordinal(on.toordinal() - 1))
        present.save(update_fields=["to_on"])
    affiliation = member.affiliations.filter(to_on__isnull=True, institution=institution).first()
    if affiliation is not None:
        affiliation.is_main, affiliation.post = True, post or affiliation.post
        affiliation.save(update_fields=["is_main", "post"])
    else:
        affiliation = Affiliation.objects.create(
            member=member, institution=institution, post=post, from_on=on
        )
    record_audit(
        by=by,
        action="member.affiliated",
        at=at,
        subject=member,
        region=institution.region_id,
        institution=institution.pk,
    )
    if present is not None:
        end_powers_left_behind(
            member=member, left=present.institution, joined=institution, by=by, at=at
        )
    return affiliation


@transaction.atomic
def transfer(
    *,
    member: Member,
    institution: Institution,
    on: date,
    post: str = "",
    reason: str,
    by: Member | System,
    at: datetime,
) -> Affiliation:
    """Move ``member`` to another school from ``on``, for a reason that is kept; she is told.

    Her records stay with the old school and county. Refuses a school that is closed or already
    hers, a day before the present post began or one that has not come (the gate reads the open
    post, whatever its date), and whoever does not look after her account.
    """
    require_care(member=member, by=by)
    require_reason(reason)
    if not institution.is_open:
        raise InstitutionClosed(
            _("%(school)s已停用，请选一个在用的单位。") % {"school": institution.name}
        )
    _require_a_real_move(main_affiliation(member), institution, on=on, today=localdate(at))
    affiliation = affiliate(member=member, institution=institution, on=on, post=post, by=by, at=at)
    record_audit(
        by=by,
        action="member.transferred",
        at=at,
        subject=member,
        region=institution.region_id,
        institution=institution.pk,
        reason=reason,
    )
    notify(
        members=[member],
        kind="account",
        key=f"transfer:{affiliation.pk}",
        text=_("您的单位已改为%(school)s") % {"school": institution.name},
        note=_("以前的学习记录留在原来的单位。"),
        at=at,
    )
    return affiliation


def _require_a_real_move(
    present: Affiliation | None, institution: Institution, *, on: date, today: date
) -> None:
    if on > today:
        raise TransferFaulty(
            _("调动日期%(day)s还没有到，请到岗以后再登记。") % {"day": full_date(on)}
        )
    if present is None:
        return
    if present.institution_id == institution.pk:
        raise TransferFaulty(
            _("现在的单位就是%(school)s，不用调动。") % {"school": institution.name}
        )
    if on <= present.from_on:
        raise TransferFaulty(
            _("在现单位的任职从%(day)s开始，调动日期要晚于这一天。")
            % {"day": full_date(present.from_on)}
        )
