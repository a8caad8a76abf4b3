"""Consent at first log-in, and the one-time slip that activates an account without a telephone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models.member import Member

if TYPE_CHECKING:
    from community.scope import Viewer


class Consent(models.Model):
    """``member`` agreed to ``document`` in ``version`` at ``at``; a new version asks again."""

    append_only: ClassVar[bool] = True

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents")
    document = models.SlugField(max_length=40)
    version = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("同意记录")
        verbose_name_plural = _("同意记录")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "document", "version"], name="one_consent_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.document} {self.version}"


class ActivationSlipQuerySet(models.QuerySet["ActivationSlip"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Slips for people whose present school the viewer looks after."""
        from community.scope import is_system

        if is_system(viewer):
            return self
        return self.filter(member__in=Member.objects.visible_to(viewer))


class ActivationSlip(models.Model):
    """A printed code that lets one member set a password once (ruling 11). Only its hash is kept."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="slips")
    code_hash = models.CharField(max_length=64)
    issued_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = ActivationSlipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(used_at__isnull=True), name="one_open_slip"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.issued_at:%F}"

    def is_open(self, at: datetime) -> bool:
        """Whether it still opens her account."""
        return self.used_at is None and self.expires_at > at
