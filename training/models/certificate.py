"""证书: a numbered, frozen statement with a public status. Its words and bytes never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models import Member
from training.models.completion import CompletionRecord
from training.models.enrolment import Enrolment

if TYPE_CHECKING:
    from community.scope import Viewer


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Whole certificates: one's own and those of one's region. The public page asks by number."""
        from community.scope import is_everything

        if is_everything(viewer):
            return self
        return self.filter(enrolment__in=Enrolment.objects.visible_to(viewer))


class Certificate(models.Model):
    """``data`` is what is printed, ``data_hash`` its SHA-256; the PDF is drawn from it and nothing else."""

    class State(models.TextChoices):
        VALID = "valid", _("有效")
        HELD = "held", _("核定中")
        SUPERSEDED = "superseded", _("已更正")
        REVOKED = "revoked", _("已撤销")

    number = models.CharField(_("编号"), max_length=30, unique=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="certificates")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="certificates")
    record = models.ForeignKey(
        CompletionRecord, on_delete=models.PROTECT, related_name="certificates"
    )
    data = models.JSONField()
    data_hash = models.CharField(max_length=64)
    template_version = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State.choices, default=State.VALID)
    state_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    # Drawn after issue; empty while it waits. Names that no font can draw wait as 待补字.
    paper = models.CharField(max_length=200, blank=True)
    paper_hash = models.CharField(max_length=64, blank=True)
    missing_glyphs = models.CharField(max_length=60, blank=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("证书")
        verbose_name_plural = _("证书")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(state__in=["valid", "held"]),
                name="one_live_certificate_per_enrolment",
            )
        ]

    def __str__(self) -> str:
        return self.number


class CertificateChange(models.Model):
    """A change of status: from what, to what, who, why. Never edited."""

    append_only: ClassVar[bool] = True

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.to_state}"
