"""Who holds what over an area, and where a viewer may give power herself."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from community.models import Appointment, Region
from community.operations.appointment import live_appointments
from community.permissions import COORDINATOR
from community.scope import Viewer, appointments_of, is_everything, prefix_q


def appointments_in(
    *, region: Region, viewer: Viewer, on: date, ended: bool = False
) -> QuerySet[Appointment]:
    """Those over ``region`` and places inside it: in force or to come, or else ``ended`` ones."""
    live = live_appointments(on)
    found = Appointment.objects.exclude(pk__in=live.values("pk")) if ended else live
    return (
        found.visible_to(viewer)
        .filter(prefix_q([region.prefix], "region_id"))
        .select_related("member", "region", "institution", "appointed_by", "withdrawn_by")
        .order_by("region_id", "role", "member__name_key", "pk")
    )


def regions_to_give(*, region: Region, viewer: Viewer) -> QuerySet[Region]:
    """``region`` and those inside it where ``viewer`` may appoint somebody."""
    inside = Region.objects.within(region).order_by("code")
    if is_everything(viewer):
        return inside
    prefixes = [
        own.region.prefix
        for own in appointments_of(viewer)
        if own.may_delegate and own.role == COORDINATOR
    ]
    return inside.filter(prefix_q(prefixes, "code") if prefixes else Q(pk__in=[]))


def last_day_to_give(*, region: Region, viewer: Viewer) -> date | None:
    """The day with which the viewer's own power over ``region`` ends; None for no such day."""
    if is_everything(viewer):
        return None
    ends = [
        own.to_on
        for own in appointments_of(viewer)
        if own.may_delegate and own.role == COORDINATOR and own.region.covers(region.code)
    ]
    known = [end for end in ends if end is not None]
    return max(known) if ends and len(known) == len(ends) else None
