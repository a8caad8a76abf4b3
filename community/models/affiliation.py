"""Affiliation: who worked where, from when to when. A transfer adds a row and never moves one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.models.institution import Institution
from community.models.member import Member

if TYPE_CHECKING:
    from community.scope import Viewer


class AffiliationQuerySet(models.QuerySet["Affiliation"]):
    def visible_to(self, viewer: Viewer) -> Self:
        from community.scope import is_system, region_q

        if is_system(viewer):
            return self
        mine = Q(member_id=viewer.pk) if viewer.is_authenticated else Q(pk__in=[])
        return self.filter(region_q(viewer, "institution__region_id") | mine)

    def on(self, day: date) -> Self:
        """Those in force on ``day``."""
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)


class Affiliation(models.Model):
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="affiliations")
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="affiliations"
    )
    post = models.CharField(_("职务"), max_length=50, blank=True)
    subject = models.CharField(_("学科"), max_length=20, blank=True)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True, blank=True)
    is_main = models.BooleanField(_("主要任职"), default=True)

    objects = AffiliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "institution"],
                condition=Q(to_on__isnull=True),
                name="one_open_affiliation_per_school",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(to_on__isnull=True, is_main=True),
                name="one_main_affiliation",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="affiliation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.institution}"
