"""What was done, by whom, to what. Rows are added and never changed: a trigger keeps it (ruling 26)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from community.models.member import Member
from community.models.region import Region

if TYPE_CHECKING:
    from community.scope import Viewer


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, viewer: Viewer) -> Self:
        from community.scope import region_q

        return self.filter(region_q(viewer, "region_id"))


class AuditEntry(models.Model):
    append_only: ClassVar[bool] = True

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=60)
    action = models.CharField(max_length=60, db_index=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, related_name="+")
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("操作日志")
        verbose_name_plural = _("操作日志")
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_name} {self.action}"
