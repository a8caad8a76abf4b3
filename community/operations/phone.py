"""Changing the telephone that somebody logs in with, and asking for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.models import Appointment, Member, Notification, Region
from community.operations.account import end_sessions
from community.operations.affiliation import county_of, require_reason
from community.operations.audit import record_audit
from community.operations.care import require_care
from community.operations.member import set_phone
from community.operations.notification import notify, settle
from community.permissions import may_look_after
from community.phones import normalise_phone, phone_fault
from community.refusals import Refusal
from community.scope import System
from community.vault import blind_index

PHONE_CHANGE: Final = "phone-change"
"""The kind of the task that a coordinator finds in her inbox; its key is the member's."""


class PhoneTaken(Refusal):
    code = "phone_taken"


class PhoneFaulty(Refusal):
    code = "phone_faulty"


class NobodyToAsk(Refusal):
    code = "nobody_to_ask"


@transaction.atomic
def change_phone(
    *, member: Member, phone: str, by: Member | System, at: datetime, reason: str
) -> Member:
    """Give ``member`` another phone number; refuses one that somebody else has proved to hold.

    The old telephone is out at once: every session ends, and a code on its way to it opens
    nothing. Settles her request for the change; she finds a line about it when she is in again.
    Refuses whoever does not look after her account.
    """
    require_care(member=member, by=by)
    require_reason(reason)
    phone = normalise_phone(phone)
    if fault := phone_fault(phone):
        raise PhoneFaulty(fault)
    member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    index = blind_index(phone, purpose="phone")
    if index == member.phone_index:
        return member
    taken = Member.objects.filter(phone_index=index, phone_proved_at__isnull=False)
    if taken.exclude(pk=member.pk).exists():
        raise PhoneTaken(_("这个手机号已由另一位老师验证使用，请核对号码。"))
    before = member.phone_masked
    set_phone(member, phone)
    member.save(
        update_fields=[
            "phone_sealed",
            "phone_index",
            "phone_masked",
            "phone_last4",
            "phone_proved_at",
        ]
    )
    record_audit(
        by=by,
        action="member.phone_changed",
        at=at,
        subject=member,
        region=county_of(member),
        before=before,
        after=member.phone_masked,
        reason=reason,
    )
    end_sessions(member=member, by=by, at=at, reason="phone changed")
    settle(kind=PHONE_CHANGE, key=str(member.pk), at=at)
    notify(
        members=[member],
        kind="account",
        key=f"phone:{at:%Y%m%d%H%M%S%f}",
        text=_("您登记的手机号已改为%(phone)s") % {"phone": member.phone_masked},
        note=_("不是您要求的，请马上告诉县（市、区）联络人。"),
        at=at,
    )
    return member


@transaction.atomic
def keep_phone(*, member: Member, by: Member | System, at: datetime, reason: str) -> int:
    """Settle the request of ``member`` without a change, for a reason that she is told.

    How many tasks were open. Refuses whoever does not look after her account.
    """
    require_care(member=member, by=by)
    require_reason(reason)
    settled = settle(kind=PHONE_CHANGE, key=str(member.pk), at=at)
    if not settled:
        return 0
    record_audit(
        by=by,
        action="member.phone_kept",
        at=at,
        subject=member,
        region=county_of(member),
        reason=reason,
    )
    notify(
        members=[member],
        kind="account",
        key=f"phone:{at:%Y%m%d%H%M%S%f}",
        text=_("您登记的手机号没有改"),
        note=_("原因：%(reason)s") % {"reason": reason},
        at=at,
    )
    return settled


@transaction.atomic
def ask_for_phone_change(*, member: Member, at: datetime) -> list[Member]:
    """Put a task into the inbox of whoever looks after ``member``'s county, else her city, else
    the province.

    Asking twice is asking once until somebody has changed it. Returns who was asked.
    """
    contacts = contacts_of(member=member, on=localdate(at))
    if not contacts:
        raise NobodyToAsk(
            _("您所在的县（市、区）还没有联络人，请向所在单位询问由谁办理，或找上级教育局。")
        )
    people = [contact.member for contact in contacts]
    # Asked again after it was once settled: the same line opens anew.
    Notification.objects.filter(
        kind=PHONE_CHANGE, key=str(member.pk), settled_at__isnull=False
    ).delete()
    notify(
        members=people,
        kind=PHONE_CHANGE,
        key=str(member.pk),
        text=_("%(name)s请您更改登记的手机号") % {"name": member.name},
        note=_("现在登记的是%(phone)s。请电话核对身份后再改。") % {"phone": member.phone_masked},
        url=f"/areas/{contacts[0].region_id}/people/{member.pk}/",
        is_task=True,
        at=at,
    )
    return people


def contacts_of(*, member: Member, on: date) -> list[Appointment]:
    """Who may look after ``member``'s account on that day: the nearest level that has somebody.

    Never herself, and for somebody who holds power herself only those above her.
    """
    county = county_of(member)
    if county is None:
        return []
    return _nearest(one for one in _around(county, on=on) if may_look_after(one.member, member))


def contacts_for(*, region: Region, on: date) -> list[Appointment]:
    """Whom people of ``region`` ask on that day: the nearest level that has somebody."""
    return _nearest(_around(region.code, on=on))


def _around(code: str, *, on: date) -> QuerySet[Appointment]:
    return (
        Appointment.objects.in_force(on)
        .filter(
            role=Appointment.Role.COORDINATOR,
            region__in={code, code[:4] + "00", code[:2] + "0000"},
            member__is_active=True,
        )
        .select_related("member", "region")
        .order_by("appointed_at", "pk")
    )


def _nearest(held: Iterable[Appointment]) -> list[Appointment]:
    found = list(held)
    nearest = max((len(one.region.prefix) for one in found), default=0)
    return [one for one in found if len(one.region.prefix) == nearest]
