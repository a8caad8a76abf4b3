"""名单: one uploaded file, what was found in it, what it changed, and how to take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models import Member, Region
from training.models.cohort import Cohort

if TYPE_CHECKING:
    from community.scope import Viewer


class RosterBatchQuerySet(models.QuerySet["RosterBatch"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Files that came from a region the viewer looks after."""
        from community.scope import region_q

        return self.filter(region_q(viewer, "region_id"))


class RosterBatch(models.Model):
    """An upload. Until it is imported nothing of it is on the roster; afterwards it can be undone for 72 h."""

    class State(models.TextChoices):
        CHECKED = "checked", _("已检查，未导入")
        IMPORTED = "imported", _("已导入")
        UNDONE = "undone", _("已撤销")
        DISCARDED = "discarded", _("已放弃")

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="batches")
    # Whose roster it is: the uploader's own region, by which the file is scoped.
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    file_format = models.CharField(max_length=4)
    # The file as it came and the corrections typed on screen, both sealed: they hold numbers.
    file = models.CharField(max_length=200, blank=True)
    corrections_sealed = models.TextField(blank=True)
    is_authoritative = models.BooleanField(_("以本文件为准"), default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    row_count = models.PositiveIntegerField(default=0)
    good_count = models.PositiveIntegerField(default=0)
    fault_count = models.PositiveIntegerField(default=0)
    duplicate_count = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    uploaded_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True, blank=True)
    imported_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RosterBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name = _("名单文件")
        verbose_name_plural = _("名单文件")
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "file_hash"],
                condition=Q(state__in=["checked", "imported"]),
                name="one_batch_per_file",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """The file is being read or written right now, here or by a task."""
        return "work" in self.summary


class RosterChange(models.Model):
    """One thing that an import did, kept so that it can be undone exactly.

    ``before`` of an update has for each field what it was and what it became.
    """

    append_only: ClassVar[bool] = True

    class Deed(models.TextChoices):
        MEMBER_CREATED = "member_created"
        MEMBER_UPDATED = "member_updated"
        AFFILIATION_CREATED = "affiliation_created"
        AFFILIATION_UPDATED = "affiliation_updated"
        AFFILIATION_ENDED = "affiliation_ended"
        INSTITUTION_CREATED = "institution_created"
        ENROLMENT_CREATED = "enrolment_created"
        ENROLMENT_UPDATED = "enrolment_updated"
        ENROLMENT_WITHDRAWN = "enrolment_withdrawn"

    batch = models.ForeignKey(RosterBatch, on_delete=models.PROTECT, related_name="changes")
    row = models.PositiveIntegerField(null=True)
    deed = models.CharField(max_length=24, choices=Deed.choices)
    subject_id = models.BigIntegerField()
    before = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.deed} {self.subject_id}"
