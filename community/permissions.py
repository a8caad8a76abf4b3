"""May she? Deeds of the ground: appointing people, and looking after their accounts.

Powers are read from appointments in force today and never from a school or a county that somebody
merely works in (ruling 8, security.md T3).
"""

from __future__ import annotations

from collections.abc import Sequence

from community.models import Affiliation, Appointment, Member, Region
from community.scope import Viewer, appointments_of, covers, is_everything, is_system

COORDINATOR = Appointment.Role.COORDINATOR


Held = Sequence[Appointment] | None


def may_appoint(viewer: Viewer, region: Region, held: Held = None) -> bool:
    """Whether ``viewer`` holds a coordinator's appointment around ``region`` to pass on.

    Here and below: ``held`` are her appointments where another day than today is meant.
    """
    return is_everything(viewer) or any(
        own.may_delegate and own.role == COORDINATOR and own.region.covers(region.code)
        for own in _powers(viewer, held)
    )


def outranks(viewer: Viewer, appointment: Appointment, held: Held = None) -> bool:
    """Whether ``viewer`` stands above the holder: over a larger region, or over a school in hers.

    Two coordinators of one county are equals: neither can withdraw the other or take her account.
    """
    return is_everything(viewer) or any(
        own.may_delegate
        and own.role == COORDINATOR
        and own.region.covers(appointment.region_id)
        and (own.region_id != appointment.region_id or appointment.role != COORDINATOR)
        for own in _powers(viewer, held)
    )


def may_withdraw(viewer: Viewer, appointment: Appointment, held: Held = None) -> bool:
    """Who stands above the holder, and who appointed her and still may."""
    if outranks(viewer, appointment, held):
        return True
    made_it = viewer.pk is not None and appointment.appointed_by_id == viewer.pk
    return made_it and may_appoint(viewer, appointment.region, held)


def _powers(viewer: Viewer, held: Held) -> Sequence[Appointment]:
    return appointments_of(viewer) if held is None else held


def may_look_after(viewer: Viewer, member: Member) -> bool:
    """Whether ``viewer`` may print a slip for ``member``, change her phone or switch off her
    second step.

    Each of these can open the account, so nobody does them for an equal or for somebody above: a
    county's coordinator does not reach the account of a provincial one who happens to work in her
    county. One's own account is looked after on one's own page.
    """
    if is_everything(viewer):
        return True
    if is_system(viewer) or viewer.pk == member.pk or member.is_superuser or member.groups.exists():
        return False
    if not all(outranks(viewer, held) for held in appointments_of(member)):
        return False
    schools = Affiliation.objects.filter(member=member, to_on__isnull=True)
    return any(
        covers(viewer, code) for code in schools.values_list("institution__region", flat=True)
    )
