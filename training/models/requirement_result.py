"""What became of one requirement for one enrolment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models import Member
from training.models.enrolment import Enrolment
from training.models.programme import Requirement

if TYPE_CHECKING:
    from community.scope import Viewer


class RequirementResultQuerySet(models.QuerySet["RequirementResult"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(enrolment__in=Enrolment.objects.visible_to(viewer))


class RequirementResult(models.Model):
    class State(models.TextChoices):
        ACCEPTED = "accepted", _("通过")
        RETURNED = "returned", _("退回修改")
        FAILED = "failed", _("不合格")

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="results")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="results")
    state = models.CharField(max_length=10, choices=State.choices)
    score = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = RequirementResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("考核结果")
        verbose_name_plural = _("考核结果")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "requirement"], name="one_result_per_requirement"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100),
                name="score_between_0_and_100",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.requirement_id} {self.state}"
