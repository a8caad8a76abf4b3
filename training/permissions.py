"""May she? Seeing is ``visible_to``; these are the deeds."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from community.models import Region
from community.scope import Viewer, covers, is_everything
from training.models import Cohort, CohortStaff


def can_run(viewer: Viewer, cohort: Cohort) -> bool:
    """Close, reopen, plan and staff a class: who coordinates its host region (ruling 6)."""
    return covers(viewer, cohort.host_region_id)


def can_desk(viewer: Viewer, cohort: Cohort, *, on: date | None = None) -> bool:
    """Open the desk and mark people: who runs the class, its 班主任 and its 签到员 (ruling 7)."""
    if can_run(viewer, cohort):
        return True
    if is_everything(viewer) or not viewer.is_authenticated:
        return is_everything(viewer)
    return (
        CohortStaff.objects.filter(cohort=cohort, member_id=viewer.pk or 0)
        .exclude(role=CohortStaff.Role.LECTURER)
        .on(on or timezone.localdate())
        .exists()
    )


def can_import(viewer: Viewer, cohort: Cohort, region: Region) -> bool:
    """Bring in people of ``region``: who coordinates it or runs the class (ruling 6)."""
    return covers(viewer, region) or can_run(viewer, cohort)
