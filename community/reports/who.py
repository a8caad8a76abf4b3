"""Who is here: the member of a session, with what every page asks about her."""

from __future__ import annotations

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from community.compiled import Compiled
from community.models import Appointment, Member, Notification
from community.scope import holds_no_appointment


def _here(pk: int) -> QuerySet[Member]:
    of_hers = Notification.objects.open().filter(member=OuterRef("pk")).order_by()
    counted = of_hers.values("member").annotate(n=Count("pk")).values("n")
    return Member.objects.filter(pk=pk).annotate(
        open_tasks=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        was_appointed=Exists(Appointment.objects.filter(member=OuterRef("pk"))),
    )


_HERE = Compiled(1, _here)


def member_here(pk: int) -> Member | None:
    """The member ``pk``, or None. One statement.

    ``open_tasks``: how many things wait for her in her inbox. Who was never appointed to anything is known to
    hold no power, so that the gate need not ask.
    """
    found = _HERE.ask(pk)
    if not found:
        return None
    member = found[0]
    if not vars(member)["was_appointed"]:
        holds_no_appointment(member)
    return member
