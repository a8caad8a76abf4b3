"""The classes that a coordinator runs or has people in, with what waits in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When

from community.models import Region
from community.scope import Viewer, prefix_q, region_q
from training.models import Cohort, Enrolment, Session


@dataclass
class ClassLine:
    """One class on the list: her own to run, or one that only has people of her county."""

    cohort: Cohort
    sessions: list[Session]
    people: int
    waiting: int
    runs: bool
    today: Session | None


def classes_in(*, viewer: Viewer, region: Region, today: date) -> QuerySet[Cohort]:
    """Classes hosted in ``region`` or with people of it, as far as ``viewer`` may see; today's first."""
    hers = Enrolment.objects.filter(
        prefix_q([region.prefix], "county_id"), state=Enrolment.State.ACTIVE
    )
    open_now = Q(host_region_id__in=[region.code, region.city_code, region.code[:2] + "0000"]) & Q(
        state__in=[Cohort.State.ENROLLING, Cohort.State.RUNNING]
    )
    return (
        Cohort.objects.visible_to(viewer)
        .filter(
            prefix_q([region.prefix], "host_region_id") | Q(pk__in=hers.values("cohort")) | open_now
        )
        .annotate(
            when=Case(
                When(starts_on__lte=today, ends_on__gte=today, then=Value(0)),
                When(starts_on__gt=today, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .select_related("programme", "host_region", "stop")
        .order_by("when", "-starts_on", "code")
    )


def class_lines(
    *, cohorts: list[Cohort], viewer: Viewer, region: Region, today: date
) -> list[ClassLine]:
    """What the list shows of ``cohorts``: three statements for any number of them."""
    keys = [cohort.pk for cohort in cohorts]
    run = set(
        Cohort.objects.filter(region_q(viewer, "host_region_id"), pk__in=keys).values_list(
            "pk", flat=True
        )
    )
    counts = {
        row["cohort"]: row
        for row in Enrolment.objects.filter(cohort__in=keys)
        .values("cohort")
        .annotate(
            everybody=Count("pk", filter=Q(state="active")),
            hers=Count("pk", filter=Q(state="active") & prefix_q([region.prefix], "county_id")),
            waiting=Count("pk", filter=Q(state="pending")),
        )
    }
    held = {
        cohort.pk: list(cohort.sessions.all())
        for cohort in Cohort.objects.filter(pk__in=keys).prefetch_related(
            Prefetch("sessions", queryset=Session.objects.order_by("position"))
        )
    }
    lines = []
    for cohort in cohorts:
        row: dict[str, Any] = dict(counts.get(cohort.pk, {}))
        runs = cohort.pk in run
        sessions = held.get(cohort.pk, [])
        lines.append(
            ClassLine(
                cohort=cohort,
                sessions=sessions,
                people=row.get("everybody" if runs else "hers", 0),
                waiting=row.get("waiting", 0) if runs else 0,
                runs=runs,
                today=next((s for s in sessions if _day(s) == today), None),
            )
        )
    return lines


def _day(session: Session) -> date:
    from django.utils import timezone

    return timezone.localdate(session.starts_at)
