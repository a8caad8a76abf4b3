"""学时台账: hours that were awarded and, where they were taken back, the entry that reverses them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from community.models import Member, Region
from training.models.enrolment import Enrolment

if TYPE_CHECKING:
    from decimal import Decimal

    from community.scope import Viewer


class CycleSetting(models.Model):
    """When a region's five-year cycles begin, and how many 学时 one asks for (domain.md §a)."""

    region = models.OneToOneField(Region, on_delete=models.CASCADE, related_name="cycle_setting")
    anchor_year = models.PositiveSmallIntegerField(_("某一周期的起始年份"), default=2023)
    first_month = models.PositiveSmallIntegerField(_("起始月份"), default=9)
    years = models.PositiveSmallIntegerField(_("周期年数"), default=5)
    hours_required = models.PositiveSmallIntegerField(_("周期学时"), default=360)

    def __str__(self) -> str:
        return f"{self.region} {self.first_month}月"

    def cycle_of(self, day: date) -> str:
        """The key of the cycle that ``day`` falls into: its first month, such as ``2023-09``."""
        year = day.year if day.month >= self.first_month else day.year - 1
        start = self.anchor_year + (year - self.anchor_year) // self.years * self.years
        return f"{start}-{self.first_month:02d}"


class HoursEntryQuerySet(models.QuerySet["HoursEntry"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One's own; and, for a coordinator, those earned from enrolments of her county (ruling 8)."""
        from community.scope import is_everything, region_q

        if is_everything(viewer):
            return self
        mine = Q(member_id=viewer.pk) if viewer.is_authenticated else Q(pk__in=[])
        return self.filter(mine | region_q(viewer, "enrolment__county_id"))

    def total(self) -> Decimal:
        """学时 in all: reversals carry negative hours, so a sum is the truth."""
        from decimal import Decimal

        return self.aggregate(total=Sum("hours"))["total"] or Decimal(0)


class HoursEntry(models.Model):
    """One line of the ledger. Never updated; at most one live award of a content in a cycle (ruling 22)."""

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        AWARD = "award", _("计入")
        REVERSAL = "reversal", _("冲回")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="hours_entries")
    cycle = models.CharField(max_length=7)
    year = models.PositiveSmallIntegerField()
    content_key = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    source_kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, null=True, related_name="hours_entries"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    hours = models.DecimalField(max_digits=6, decimal_places=1)
    rule = models.CharField(max_length=60)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by"
    )
    follows = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="followed_by"
    )
    earned_on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    objects = HoursEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("学时")
        verbose_name_plural = _("学时台账")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "cycle", "content_key"],
                condition=Q(kind="award", follows__isnull=True),
                name="one_first_award_per_content",
            ),
            models.CheckConstraint(
                condition=Q(kind="award", reverses__isnull=True, hours__gte=0)
                | Q(kind="reversal", reverses__isnull=False, follows__isnull=True, hours__lte=0),
                name="award_or_reversal",
            ),
        ]
        indexes = [models.Index(fields=["member", "cycle"], name="ledger_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.content_key} {self.hours}"
