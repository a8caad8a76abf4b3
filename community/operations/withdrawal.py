"""Taking power back, with everything that was given on the strength of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.models import Appointment, Institution, Member, Region
from community.operations.appointment import (
    MayNotDelegate,
    held_by,
    live_appointments,
    one_at_a_time,
    passes_on,
    place_of,
)
from community.operations.audit import record_audit
from community.operations.notification import notify, settle
from community.permissions import may_withdraw
from community.scope import System, forget_appointments, is_everything


@transaction.atomic
def withdraw_appointment(
    *,
    appointment: Appointment,
    by: Member | System,
    at: datetime,
    take_over: bool = False,
    reason: str = "",
) -> Appointment:
    """End an appointment now, for a reason that is kept. Withdrawing twice is withdrawing once.

    What its holder had given on the strength of it ends too, down to the last link, unless ``by``
    takes it over and could have given it herself. Refuses whoever is neither above the holder nor
    her appointer.
    """
    one_at_a_time()
    appointment = Appointment.objects.select_related("region", "institution", "member").get(
        pk=appointment.pk
    )
    if appointment.withdrawn_at is not None:
        return appointment
    if isinstance(by, Member) and not may_withdraw(by, appointment, held_by(by, on=localdate(at))):
        raise MayNotDelegate(
            _("您不能撤回%(region)s的授权，请上级管理员来办。")
            % {"region": appointment.region.name}
        )
    if take_over:
        _hand_over(appointment, to=by, by=by, at=at)
    _end_with_what_hangs_on_it(appointment, by=by, at=at, reason=reason)
    return appointment


def made_under(*, appointment: Appointment, on: date) -> list[Appointment]:
    """The live appointments that its holder gave inside its region, for the page that asks what
    happens to them.
    """
    if appointment.role != Appointment.Role.COORDINATOR:
        return []
    made = live_appointments(on).filter(
        appointed_by_id=appointment.member_id, region__code__startswith=appointment.region.prefix
    )
    return list(made.select_related("member", "region", "institution").order_by("region_id", "pk"))


def falls_with(
    *, appointment: Appointment, on: date, to: Member | None = None
) -> list[Appointment]:
    """What would end together with ``appointment``; less what ``to`` could take over, if given.

    Looks ahead and changes nothing: the same walk along the chain of givers as the withdrawal's.
    """
    live = [one for one in _live_around(appointment.region, on=on) if one.pk != appointment.pk]
    if to is not None:
        held = held_by(to, on=on)
        handed = {one.pk for one in made_under(appointment=appointment, on=on)}
        for one in live:
            if one.pk in handed and one.member_id != to.pk and _can_give(to, held, one):
                one.appointed_by = to
    return _without_root(live)


def _can_give(giver: Member | System, held: list[Appointment], given: Appointment) -> bool:
    return is_everything(giver) or any(passes_on(own, given) for own in held)


def _live_around(region: Region, *, on: date) -> list[Appointment]:
    """Live appointments inside ``region``, which may hang on it, and above it, on which they may
    hang instead.
    """
    above = {region.code[:2] + "0000", region.city_code}
    return list(
        live_appointments(on)
        .filter(Q(region__code__startswith=region.prefix) | Q(region__in=above))
        .select_related("region", "institution", "member", "appointed_by")
        .order_by("pk")
    )


def _without_root(live: Iterable[Appointment]) -> list[Appointment]:
    """Those that no chain of givers connects with a command or a superuser any more."""
    waiting = list(live)
    rooted: dict[int, list[Appointment]] = defaultdict(list)
    while True:
        found = [
            one
            for one in waiting
            if one.appointed_by is None
            or one.appointed_by.is_superuser
            or any(passes_on(own, one) for own in rooted[one.appointed_by_id or 0])
        ]
        if not found:
            return waiting
        for one in found:
            rooted[one.member_id].append(one)
        gone = {one.pk for one in found}
        waiting = [one for one in waiting if one.pk not in gone]


def _hand_over(
    appointment: Appointment, *, to: Member | System, by: Member | System, at: datetime
) -> None:
    """Make ``to`` the giver of what was given under ``appointment``.

    What ``to`` could not have given herself is left: it ends with the rest.
    """
    held = held_by(to, on=localdate(at)) if isinstance(to, Member) and not to.is_superuser else []
    for one in made_under(appointment=appointment, on=localdate(at)):
        if isinstance(to, Member) and one.member_id == to.pk:
            continue
        if not _can_give(to, held, one):
            continue
        before = one.appointed_by_id
        one.appointed_by = to if isinstance(to, Member) else None
        one.save(update_fields=["appointed_by"])
        record_audit(
            by=by,
            action="appointment.taken_over",
            at=at,
            subject=one,
            region=one.region_id,
            before=before,
            after=one.appointed_by_id,
        )


def _end_with_what_hangs_on_it(
    appointment: Appointment, *, by: Member | System, at: datetime, reason: str = ""
) -> None:
    _end(appointment, by=by, at=at, reason=reason)
    for orphan in _without_root(_live_around(appointment.region, on=localdate(at))):
        _end(orphan, by=by, at=at, because=appointment.pk)


def _end(
    appointment: Appointment,
    *,
    by: Member | System,
    at: datetime,
    because: int | None = None,
    reason: str = "",
) -> None:
    appointment.withdrawn_at = at
    appointment.withdrawn_by = by if isinstance(by, Member) else None
    appointment.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record_audit(
        by=by,
        action="appointment.withdrawn",
        at=at,
        subject=appointment,
        region=appointment.region_id,
        member=appointment.member_id,
        because=because,
        reason=reason,
    )
    notify(
        members=[appointment.member_id],
        kind="appointment",
        key=f"{appointment.pk}:withdrawn",
        text=_("您的授权已撤回：%(place)s的%(role)s")
        % {"place": place_of(appointment), "role": appointment.get_role_display()},
        note=_("原因：%(reason)s") % {"reason": reason} if reason else "",
        at=at,
    )


@transaction.atomic
def end_powers_left_behind(
    *, member: Member, left: Institution, joined: Institution, by: Member | System, at: datetime
) -> list[Appointment]:
    """After a transfer: powers that came with the old place end in the same transaction
    (security.md T3). Returns hers that ended.

    A coordinator keeps what still contains her new school, a school's clerk keeps nothing of the
    old one. What she had given goes on under whoever had appointed her. A power that never had to
    do with the old school stays.
    """
    live = live_appointments(localdate(at)).filter(member=member)
    if not live.exists():
        return []
    one_at_a_time()
    ended = []
    for one in live.select_related("region", "institution", "member", "appointed_by"):
        if one.institution_id is not None:
            is_left = one.institution_id == left.pk
        else:
            is_left = one.region.covers(left.region_id) and not one.region.covers(joined.region_id)
        if is_left:
            _hand_over(one, to=one.appointed_by or System("transfer"), by=by, at=at)
            _end_with_what_hangs_on_it(one, by=by, at=at)
            ended.append(one)
    forget_appointments(member)
    return ended


@transaction.atomic
def give_back_powers(
    *, appointments: Iterable[int], by: Member | System, at: datetime
) -> list[Appointment]:
    """The transfer that ended these powers was a mistake and is taken back: so are they.

    Left as they are: one that has run out, one whose giver could not give it today, one that its
    holder was given anew meanwhile. What she had given stays with whoever took it over. Returns
    those that hold again.
    """
    one_at_a_time()
    today = localdate(at)
    gone = Appointment.objects.filter(pk__in=list(appointments), withdrawn_at__isnull=False)
    again = []
    for one in gone.select_related("region", "institution", "member", "appointed_by").order_by(
        "pk"
    ):
        live = live_appointments(today)
        is_given_anew = live.filter(
            member=one.member_id,
            role=one.role,
            region=one.region_id,
            institution=one.institution_id,
        ).exists()
        has_run_out = one.to_on is not None and one.to_on < today
        if is_given_anew or has_run_out or not one.member.is_active:
            continue
        if one in _without_root([*_live_around(one.region, on=today), one]):
            continue
        one.withdrawn_at = one.withdrawn_by = None
        one.save(update_fields=["withdrawn_at", "withdrawn_by"])
        forget_appointments(one.member)
        record_audit(
            by=by,
            action="appointment.given_back",
            at=at,
            subject=one,
            region=one.region_id,
            member=one.member_id,
        )
        settle(kind="appointment", key=f"{one.pk}:withdrawn", at=at)
        notify(
            members=[one.member_id],
            kind="appointment",
            key=f"{one.pk}:given_back:{at.isoformat()}"[:64],
            text=_("您的授权已恢复：%(place)s的%(role)s")
            % {"place": place_of(one), "role": one.get_role_display()},
            note=_("把您调出原单位的名单已撤销。"),
            at=at,
        )
        again.append(one)
    return again
