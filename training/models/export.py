"""导出: a file that somebody asked for, built in the background, counted, hashed and audited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models import Member, Region
from training.models.cohort import Cohort
from training.models.programme import Programme

if TYPE_CHECKING:
    from community.scope import Viewer


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One's own requests, and those of one's region."""
        from community.scope import region_q

        mine = Q(requested_by_id=viewer.pk) if viewer.is_authenticated else Q(pk__in=[])
        return self.filter(mine | region_q(viewer, "region_id"))


class Export(models.Model):
    class Kind(models.TextChoices):
        COMPLETIONS = "completions", _("完成记录")
        ATTENDANCE = "attendance", _("签到明细")
        COUNTY = "county", _("县级汇总")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel（.xlsx）")
        CSV = "csv", _("CSV（.csv）")

    class State(models.TextChoices):
        APPROVAL = "approval", _("等待批准")
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("生成中")
        READY = "ready", _("可下载")
        FAILED = "failed", _("没有生成")
        CANCELLED = "cancelled", _("已停止")
        EXPIRED = "expired", _("已删除")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    file_format = models.CharField(max_length=4, choices=Format.choices)
    encoding = models.CharField(max_length=10, default="utf-8-sig")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="exports")
    cohort = models.ForeignKey(
        Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="exports"
    )
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    filters = models.JSONField(default=dict, blank=True)
    is_unmasked = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    requested_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="exports")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    # Renewed while a worker writes; when it lapses another worker starts the file anew.
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_size = models.BigIntegerField(default=0)
    row_hash = models.CharField(max_length=64, blank=True)
    snapshot_id = models.CharField(max_length=40, blank=True)
    trouble = models.CharField(max_length=200, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = _("导出文件")
        verbose_name_plural = _("导出文件")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_unmasked=False) | (Q(file_format="xlsx") & ~Q(reason="")),
                name="unmasked_is_xlsx_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.file_name or f"{self.kind} {self.pk}"

    @property
    def share(self) -> int:
        """Rows written, as a whole percentage."""
        return 100 * self.rows_done // self.rows_total if self.rows_total else 0

    @property
    def progress_words(self) -> str:
        return _("已生成%(share)s%%") % {"share": self.share}
