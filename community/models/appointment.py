"""Appointment: a dated, delegated power over a region or a school. The scope gate reads nothing else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.models.institution import Institution
from community.models.member import Member
from community.models.region import Region

if TYPE_CHECKING:
    from community.scope import Viewer


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those inside the viewer's own region, and her own."""
        from community.scope import is_system, region_q

        if is_system(viewer):
            return self
        mine = Q(member_id=viewer.pk) if viewer.is_authenticated else Q(pk__in=[])
        return self.filter(region_q(viewer, "region_id") | mine)

    def in_force(self, day: date) -> Self:
        """Those valid on ``day``: begun, not expired, not withdrawn."""
        return self.filter(
            Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day, withdrawn_at__isnull=True
        )


class Appointment(models.Model):
    """``member`` holds ``role`` over ``region`` (over one school only where ``institution`` is set)."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", _("培训管理员")
        SCHOOL_CLERK = "school_clerk", _("学校管理员")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    # For a school's appointment this is the school's own region, so that one column scopes all.
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="appointments")
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True, blank=True)
    may_delegate = models.BooleanField(_("可以再授权"), default=False)
    may_unmask = models.BooleanField(_("可以导出完整证件号"), default=False)
    appointed_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments_made"
    )
    appointed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("授权")
        verbose_name_plural = _("授权")
        constraints = [
            models.CheckConstraint(
                condition=Q(role="school_clerk", institution__isnull=False)
                | Q(role="coordinator", institution__isnull=True),
                name="appointment_names_what_it_covers",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="appointment_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["member", "role", "region"],
                condition=Q(withdrawn_at__isnull=True, institution__isnull=True),
                name="one_live_appointment_per_region",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.get_role_display()} {self.region}"

    def is_in_force(self, day: date) -> bool:
        """As `AppointmentQuerySet.in_force`, of one that is read already."""
        has_begun = self.from_on <= day and self.withdrawn_at is None
        return has_begun and (self.to_on is None or self.to_on >= day)
