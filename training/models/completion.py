"""结班 and what it found for each person. A record is never edited; a later one supersedes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.models import Member
from training.models.cohort import Cohort
from training.models.enrolment import Enrolment

if TYPE_CHECKING:
    from community.scope import Viewer


class Closing(models.Model):
    """One 结班 of a class, with its archive; reopening ends it, and the next one has the next number."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="closings")
    number = models.PositiveSmallIntegerField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    figures = models.JSONField(default=dict)
    archive = models.CharField(max_length=200, blank=True)
    archive_hash = models.CharField(max_length=64, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reopen_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("结班")
        verbose_name_plural = _("结班")
        constraints = [
            models.UniqueConstraint(fields=["cohort", "number"], name="closings_are_numbered"),
            models.UniqueConstraint(
                fields=["cohort"],
                condition=Q(reopened_at__isnull=True),
                name="one_closing_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.number}"


class CompletionRecordQuerySet(models.QuerySet["CompletionRecord"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(enrolment__in=Enrolment.objects.visible_to(viewer))

    def in_force(self) -> Self:
        """The newest record of each enrolment whose closing was not taken back."""
        return self.filter(superseded_by__isnull=True, closing__reopened_at__isnull=True)


class CompletionRecord(models.Model):
    """结业记录: what the rule said of one enrolment, with everything it looked at frozen beside it."""

    append_only: ClassVar[bool] = True

    class Outcome(models.TextChoices):
        PASSED = "passed", _("结业")
        WAITING = "waiting", _("待完成")
        FAILED = "failed", _("未结业")

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="records")
    closing = models.ForeignKey(Closing, on_delete=models.PROTECT, related_name="records")
    version = models.PositiveSmallIntegerField()
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    hours = models.DecimalField(max_digits=6, decimal_places=1)
    unmet = models.JSONField(default=list)
    snapshot = models.JSONField()
    snapshot_hash = models.CharField(max_length=64)
    rule_version = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CompletionRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("结业记录")
        verbose_name_plural = _("结业记录")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "version"], name="records_are_numbered"),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                name="record_does_not_supersede_itself",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="record_by_time")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} v{self.version} {self.outcome}"
