"""The scope gate: which rows may this viewer see, today?

A viewer is a ``Member``, an ``AnonymousUser`` or an explicit ``System(reason)`` for tasks and commands
(ruling 5). Everything that lists, opens, chooses, searches, exports or subscribes asks here, through
``visible_to(viewer)``; nothing else decides. Powers come from appointments valid *today*, and each must
cover the row's own, frozen, region (ruling 8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard, Union

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from community.compiled import Compiled
from community.models.appointment import Appointment
from community.models.region import Region

if TYPE_CHECKING:
    from community.models.member import Member


@dataclass(frozen=True)
class System:
    """A task or a command that acts for nobody in particular; ``reason`` says which."""

    reason: str

    is_authenticated = False
    is_superuser = False
    pk = None


Viewer: TypeAlias = Union["Member", AnonymousUser, System]

NOTHING = Q(pk__in=[])
# Not an empty Q(): "mine or everything" would then be mine.
EVERYTHING = ~NOTHING


# Where a member's object keeps what was read; by name, because a request's user may be a stand-in for it.
_HELD: Final = "_appointments_in_force"


_OF_MEMBER: Final = Compiled(
    1,
    lambda member: (
        Appointment.objects.filter(member=member, withdrawn_at__isnull=True)
        .select_related("region", "institution")
        .order_by("pk")
    ),
)


def is_system(viewer: Viewer) -> TypeGuard[System]:
    return isinstance(viewer, System)


def appointments_of(viewer: Viewer) -> list[Appointment]:
    """The viewer's appointments in force today; read once for each request's user object."""
    if is_system(viewer) or not viewer.is_authenticated:
        return []
    held: list[Appointment] | None = getattr(viewer, _HELD, None)
    if held is None:
        today = timezone.localdate()
        held = [one for one in _OF_MEMBER.ask(viewer.pk or 0) if one.is_in_force(today)]
        setattr(viewer, _HELD, held)
    return held


def holds_no_appointment(member: Member) -> None:
    """Whoever has just read the member saw that she was never appointed to anything: do not ask again."""
    setattr(member, _HELD, [])


def forget_appointments(viewer: Viewer) -> None:
    """Read them anew: after an appointment of this very object was changed."""
    if getattr(viewer, _HELD, None) is not None:
        setattr(viewer, _HELD, None)


def regions_coordinated(viewer: Viewer) -> list[Region]:
    """The regions that the viewer looks after as a coordinator today, largest first."""
    if is_everything(viewer):
        return list(Region.objects.filter(level=Region.Level.PROVINCE))
    held = {
        appointment.region
        for appointment in appointments_of(viewer)
        if appointment.role == Appointment.Role.COORDINATOR
    }
    outer = [
        region
        for region in held
        if not any(other != region and other.covers(region.code) for other in held)
    ]
    return sorted(outer, key=lambda region: (len(region.prefix), region.code))


def is_everything(viewer: Viewer) -> bool:
    """Whether the gate stands open: the system itself, or a superuser."""
    return is_system(viewer) or (viewer.is_authenticated and viewer.is_superuser)


def covers(viewer: Viewer, region: Region | str) -> bool:
    """Whether the viewer is, today, a coordinator of ``region`` or of something around it."""
    if is_everything(viewer):
        return True
    code = region if isinstance(region, str) else region.code
    return any(held.covers(code) for held in regions_coordinated(viewer))


def prefix_q(prefixes: Iterable[str], field: str) -> Q:
    """Rows whose region code in ``field`` starts with one of ``prefixes``.

    As a range of keys and not as LIKE: both databases then use the plain index of the foreign key.
    """
    parts = [
        Q(**{field: prefix})
        if len(prefix) == 6
        else Q(**{f"{field}__gte": prefix.ljust(6, "0"), f"{field}__lte": prefix.ljust(6, "9")})
        for prefix in prefixes
    ]
    return reduce(or_, parts) if parts else NOTHING


def region_q(viewer: Viewer, field: str) -> Q:
    """Rows whose region (a code, since codes are keys) lies where the viewer is a coordinator."""
    if is_everything(viewer):
        return EVERYTHING
    return prefix_q((region.prefix for region in regions_coordinated(viewer)), field)
