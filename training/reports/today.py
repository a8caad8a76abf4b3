"""Which half-day of today a member has something to do with."""

from __future__ import annotations

from datetime import datetime, time

from django.db.models import QuerySet
from django.utils import timezone

from community.models import Member
from community.wording import local_date
from training.models import Cohort, CohortStaff, Enrolment, Session

_HELD = [Cohort.State.ENROLLING, Cohort.State.RUNNING, Cohort.State.TO_CLOSE]


def _of_today(sessions: QuerySet[Session], at: datetime) -> Session | None:
    """The one that is on or comes next today; the last one, once all of today's are over."""
    day = local_date(at)
    held = list(
        sessions.filter(
            cohort__state__in=_HELD,
            starts_at__gte=timezone.make_aware(datetime.combine(day, time.min)),
            starts_at__lte=timezone.make_aware(datetime.combine(day, time.max)),
        ).order_by("starts_at", "pk")
    )
    return next((s for s in held if s.ends_at > at), held[-1] if held else None)


def session_to_attend(*, member: Member, at: datetime) -> Session | None:
    """Today's half-day of a class whose roster ``member`` is on."""
    hers = Enrolment.objects.filter(member=member, state=Enrolment.State.ACTIVE)
    return _of_today(Session.objects.filter(cohort__in=hers.values("cohort")), at)


def session_to_staff(*, member: Member, at: datetime) -> Session | None:
    """Today's half-day of a class where ``member`` is 班主任 or 签到员 (ruling 7)."""
    posts = (
        CohortStaff.objects.filter(member=member)
        .exclude(role=CohortStaff.Role.LECTURER)
        .on(local_date(at))
    )
    return _of_today(Session.objects.filter(cohort__in=posts.values("cohort")), at)
