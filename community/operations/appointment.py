"""Delegating power over a region or a school, for a time.

Every appointment in force can be traced to a root (a command or a superuser): whoever made it
holds, for all its time, a wider or equal one that may be passed on (security.md T3).
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.models import Appointment, Institution, Member, Region
from community.models.appointment import AppointmentQuerySet
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.refusals import Refusal
from community.scope import System, forget_appointments, is_everything
from community.wording import full_date


class MayNotDelegate(Refusal):
    code = "may_not_delegate"


class AlreadyAppointed(Refusal):
    code = "already_appointed"


class AppointmentDates(Refusal):
    code = "appointment_dates"


def passes_on(own: Appointment, given: Appointment) -> bool:
    """Whether the holder of ``own`` may give ``given``: place, time and rights within her own."""
    return (
        own.role == Appointment.Role.COORDINATOR
        and own.may_delegate
        and own.region.covers(given.region_id)
        and own.from_on <= given.from_on
        and (own.to_on is None or (given.to_on is not None and given.to_on <= own.to_on))
        and (own.may_unmask or not given.may_unmask)
    )


@transaction.atomic
def appoint(
    *,
    member: Member,
    role: str,
    region: Region,
    institution: Institution | None = None,
    from_on: date,
    to_on: date | None = None,
    may_delegate: bool = False,
    may_unmask: bool = False,
    by: Member | System,
    at: datetime,
) -> Appointment:
    """Give ``member`` a role over ``region`` (or one school in it) from ``from_on`` to the end of
    ``to_on``.

    Refuses an appointer whose own power does not cover the region or may not be passed on. Nobody
    appoints herself, and nobody passes on what she does not hold: delegation, unmasking, or time
    beyond her own. An earlier appointment of the same kind that has run out makes room. Tells the
    appointee.
    """
    given = Appointment(
        member=member,
        role=role,
        region=region,
        institution=institution,
        from_on=from_on,
        to_on=to_on,
        may_delegate=may_delegate,
        may_unmask=may_unmask,
        appointed_by=by if isinstance(by, Member) else None,
        appointed_at=at,
    )
    _require_sense(given, today=localdate(at))
    one_at_a_time()
    if not is_everything(by):
        _require_power(given, by=by, today=localdate(at))
    present = Appointment.objects.filter(
        member=member, role=role, region=region, institution=institution, withdrawn_at__isnull=True
    )
    present.filter(to_on__lt=localdate(at)).update(withdrawn_at=at)
    if present.exists():  # nobody else is appointing at this moment: see `one_at_a_time`
        raise AlreadyAppointed(
            _("%(name)s已经是%(place)s的%(role)s。要改期限，请先撤回原来的授权。")
            % {"name": member.name, "place": place_of(given), "role": given.get_role_display()}
        )
    given.save()
    forget_appointments(member)
    record_audit(
        by=by,
        action="appointment.made",
        at=at,
        subject=given,
        region=region,
        member=member.pk,
        role=role,
        until=str(to_on or ""),
        may_delegate=may_delegate,
        may_unmask=may_unmask,
    )
    _tell_appointee(given, at=at)
    return given


def one_at_a_time() -> None:
    """Powers change one after another, so that none is passed on while it is being withdrawn."""
    list(Region.objects.filter(level=Region.Level.PROVINCE).select_for_update(no_key=True))


def place_of(appointment: Appointment) -> str:
    """The school or the region that it is for."""
    return str(appointment.institution or appointment.region)


def _require_sense(given: Appointment, *, today: date) -> None:
    """What no power can mend: dates the wrong way round, a school elsewhere, a closed account."""
    if given.to_on is not None and given.to_on < max(given.from_on, today):
        raise AppointmentDates(_("授权的结束日期早于开始日期或今天，请改晚一些。"))
    if (given.role == Appointment.Role.SCHOOL_CLERK) != (given.institution is not None):
        raise MayNotDelegate(_("学校管理员要选定学校，培训管理员不选学校，请改过再授权。"))
    if given.institution is not None:
        if given.institution.region_id != given.region_id:
            raise MayNotDelegate(
                _("%(school)s不在%(region)s，请改学校或改地区。")
                % {"school": given.institution.name, "region": given.region.name}
            )
        if given.may_delegate or given.may_unmask:
            raise MayNotDelegate(_("学校管理员不能再授权，也不能导出完整证件号，请去掉这两项。"))
    if not given.member.is_active:
        raise MayNotDelegate(
            _("%(name)s的账号已停用，不能授权。请先恢复账号。") % {"name": given.member.name}
        )


def _require_power(given: Appointment, *, by: Member | System, today: date) -> None:
    """Read afresh, never from the request's user: what was withdrawn a moment ago is not passed
    on.
    """
    assert isinstance(by, Member), "the system may do everything"
    if given.member_id == by.pk:
        raise MayNotDelegate(_("不能给自己授权，请上级管理员来办。"))
    held = [
        own
        for own in held_by(by, on=today)
        if own.may_delegate
        and own.role == Appointment.Role.COORDINATOR
        and own.region.covers(given.region_id)
    ]
    if not held:
        raise MayNotDelegate(
            _("您不能在%(region)s授权，请上级管理员来办。") % {"region": given.region.name}
        )
    if any(passes_on(own, given) for own in held):
        return
    if given.may_unmask and not any(own.may_unmask for own in held):
        raise MayNotDelegate(_("您自己没有导出完整证件号的权限，不能授给别人。"))
    ends = [own.to_on for own in held if own.to_on is not None]
    if ends and (given.to_on is None or given.to_on > max(ends)):
        raise MayNotDelegate(
            _("授权期限不能超过您自己的%(day)s，请改早一些。") % {"day": full_date(max(ends))}
        )
    raise MayNotDelegate(_("您的任何一项授权都不能单独授出这些权限，请减少权限或缩短期限。"))


def _tell_appointee(given: Appointment, *, at: datetime) -> None:
    until = _("到%(day)s") % {"day": full_date(given.to_on)} if given.to_on else _("没有写结束日期")
    is_coordinator = given.role == Appointment.Role.COORDINATOR
    notify(
        members=[given.member_id],
        kind="appointment",
        key=str(given.pk),
        text=_("您已获授权：%(place)s的%(role)s，%(until)s")
        % {"place": place_of(given), "role": given.get_role_display(), "until": until},
        note=_("授权人%(name)s") % {"name": given.appointed_by.name} if given.appointed_by else "",
        url=f"/areas/{given.region_id}/people/" if is_coordinator else "",
        at=at,
    )


def live_appointments(on: date) -> AppointmentQuerySet:
    """Those that are in force on ``on`` or will be."""
    return Appointment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=on), withdrawn_at__isnull=True
    )


def held_by(member: Member, *, on: date) -> list[Appointment]:
    """What ``member`` holds on ``on``, read afresh."""
    return list(Appointment.objects.filter(member=member).in_force(on).select_related("region"))
