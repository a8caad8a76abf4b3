"""单位: schools, teaching points, universities, bureaus and centres, each in one region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from community.models.region import Region

if TYPE_CHECKING:
    from community.scope import Viewer


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Institutions inside the viewer's appointments; a member also sees her own."""
        from community.scope import region_q

        return self.filter(region_q(viewer, "region_id"))


class Institution(models.Model):
    class Kind(models.TextChoices):
        URBAN_SCHOOL = "urban_school", _("城镇学校")
        RURAL_SCHOOL = "rural_school", _("农村学校")
        TEACHING_POINT = "teaching_point", _("教学点")
        UNIVERSITY = "university", _("高等学校")
        ADMINISTRATION = "administration", _("教育行政部门")
        RESEARCH = "research", _("教研与电教机构")

    class Stage(models.TextChoices):
        PRESCHOOL = "preschool", _("学前")
        PRIMARY = "primary", _("小学")
        JUNIOR = "junior", _("初中")
        SENIOR = "senior", _("高中")
        VOCATIONAL = "vocational", _("中职")
        SPECIAL = "special", _("特教")
        NINE_YEAR = "nine_year", _("九年一贯制")
        HIGHER = "higher", _("高等教育")
        NONE = "none", _("不分学段")

    name = models.CharField(_("单位名称"), max_length=100)
    kind = models.CharField(_("单位类别"), max_length=20, choices=Kind.choices)
    stage = models.CharField(_("学段"), max_length=20, choices=Stage.choices, default=Stage.NONE)
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="institutions", verbose_name=_("所在地")
    )
    identifier = models.CharField(
        _("机构标识码"),
        max_length=20,
        null=True,
        blank=True,
        unique=True,
        help_text=_("十位学校（机构）标识码，没有可以不填。"),
    )
    phone = models.CharField(
        _("单位电话"),
        max_length=30,
        blank=True,
        help_text=_("办公电话，对外公布；不要填个人手机号。"),
    )
    is_open = models.BooleanField(_("在用"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        ordering = ["region_id", "name"]
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="one_institution_per_name"),
            models.CheckConstraint(
                condition=~Q(identifier=""), name="institution_identifier_is_null_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name
