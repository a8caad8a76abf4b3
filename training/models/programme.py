"""Programme: a curriculum that editors draft, revise and publish; classes freeze a published revision."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
)

from community.models import Material
from training.models.programme_parts import ProgrammeParts

if TYPE_CHECKING:
    from django.http import HttpRequest

    from community.scope import Viewer


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Published programmes are public; drafts are seen in the office only."""
        return self.filter(live=True)


class Programme(  # type: ignore[misc]
    ProgrammeParts,
    PreviewableMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    ClusterableModel,
):
    """培训项目 with its modules, requirements and completion rule (ruling 19).

    The year, level, mode and organiser are fields of the national register (domain.md §h).
    """

    class Kind(models.TextChoices):
        FACE = "face", _("面授")
        ONLINE = "online", _("网络研修")

    class Level(models.IntegerChoices):
        """培训类别 of the national register."""

        NATIONAL = 10, _("国家级")
        PROVINCIAL = 20, _("省级")
        CITY = 30, _("地市级")
        COUNTY = 40, _("县级")
        SCHOOL = 60, _("校级")
        OTHER = 99, _("其他")

    class Mode(models.IntegerChoices):
        """培训方式 of the national register."""

        LONG = 1, _("长期脱产研修（一个月以上）")
        SHORT = 2, _("短期面授")
        ONLINE = 3, _("网络研修")
        MIXED = 4, _("面授与网络研修结合")
        OTHER = 9, _("其他")

    class CertificateTitle(models.TextChoices):
        COMPLETION = "completion", _("结业证书")
        QUALIFICATION = "qualification", _("任职资格培训合格证书")
        IMPROVEMENT = "improvement", _("提高培训合格证书")

    slug = models.SlugField(_("网址名"), max_length=60, unique=True)
    title = models.CharField(_("项目名称"), max_length=100)
    summary = models.TextField(_("一句话介绍"), max_length=300)
    kind = models.CharField(_("形式"), max_length=10, choices=Kind.choices, default=Kind.FACE)
    year = models.PositiveSmallIntegerField(_("培训年度"))
    level = models.PositiveSmallIntegerField(_("培训类别"), choices=Level.choices)
    mode = models.PositiveSmallIntegerField(_("培训方式"), choices=Mode.choices)
    organiser = models.CharField(_("培训机构"), max_length=60)
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    contact = models.CharField(_("咨询"), max_length=100, blank=True)
    certificate_title = models.CharField(
        _("证书名称"),
        max_length=20,
        choices=CertificateTitle.choices,
        default=CertificateTitle.COMPLETION,
    )
    designation_list = models.SlugField(
        _("标记名单"),
        max_length=20,
        blank=True,
        help_text=_("填88，就在县名后标出四大片区88个县（2016—2020年）。"),
    )
    is_sample = models.BooleanField(_("示例"), default=False)

    # The completion rule (domain.md §a). Frozen with the revision when a class opens.
    absence_limit = models.DecimalField(
        _("缺勤上限"),
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.200"),
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal(1))],
        help_text=_("缺勤学时占现场学时的比例达到这个数就不能结业。0.2就是五分之一。"),
    )
    fail_ratio = models.DecimalField(
        _("不合格计入比例"),
        max_digits=3,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("没有结业的人按这个比例计入已到场学时，一般为0。"),
    )
    hours_per_credit = models.DecimalField(
        _("几学时折1学分"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.5"))],
        help_text=_("不折算学分就不填。"),
    )

    revisions: ClassVar[Any]
    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "title"]
        verbose_name = _("培训项目")
        verbose_name_plural = _("培训项目")
        constraints = [
            models.CheckConstraint(
                condition=Q(absence_limit__gt=0, absence_limit__lte=1),
                name="absence_limit_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(fail_ratio__gte=0, fail_ratio__lte=1), name="fail_ratio_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "training/programme_preview.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        from training.reports.programme import programme_view

        context: dict[str, Any] = super().get_preview_context(request, mode_name)
        context["view"] = programme_view(
            self, viewer=request.user, at=timezone.now(), is_draft=True
        )
        return context


class Module(Orderable):
    """One piece of the curriculum with its 学时. Its ``id`` is its content key for ever."""

    class Kind(models.TextChoices):
        LECTURE = "lecture", _("专家讲授")
        EXCHANGE = "exchange", _("典型交流")
        DISCUSSION = "discussion", _("分组研讨")
        WORKSHOP = "workshop", _("工作坊")
        LESSON = "lesson", _("课例观摩")
        WORK = "work", _("返校实践")

    programme = ParentalKey(Programme, on_delete=models.PROTECT, related_name="modules")
    title = models.CharField(_("模块名称"), max_length=80)
    kind = models.CharField(_("形式"), max_length=12, choices=Kind.choices)
    hours = models.DecimalField(
        _("学时"), max_digits=6, decimal_places=1, validators=[MinValueValidator(Decimal("0.5"))]
    )
    summary = models.TextField(_("内容"), max_length=400, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("模块")
        verbose_name_plural = _("模块")
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="module_has_hours"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def content_key(self) -> str:
        """What the hours ledger counts once a cycle (ruling 22)."""
        return f"module:{self.pk}"


class Requirement(Orderable):
    """What one must do besides being there: work accepted, or a score of at least ``pass_score``."""

    class Kind(models.TextChoices):
        WORK = "work", _("作业通过审核")
        SCORE = "score", _("考核成绩合格")

    programme = ParentalKey(Programme, on_delete=models.PROTECT, related_name="requirements")
    kind = models.CharField(_("要求"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("名称"), max_length=80)
    summary = models.TextField(_("说明"), max_length=300, blank=True)
    module = models.ForeignKey(
        Module,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requirements",
        verbose_name=_("对应模块"),
        help_text=_("通过后计入这个模块的学时。"),
    )
    due_days = models.PositiveSmallIntegerField(_("结束后几天内"), default=30)
    pass_score = models.PositiveSmallIntegerField(_("合格分数"), default=60)

    class Meta(Orderable.Meta):
        verbose_name = _("结业要求")
        verbose_name_plural = _("结业要求")

    def __str__(self) -> str:
        return self.title


class ProgrammeMaterial(Orderable):
    """A hand-out of the programme."""

    programme = ParentalKey(Programme, on_delete=models.CASCADE, related_name="materials")
    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, related_name="+", verbose_name=_("文件")
    )
    note = models.CharField(_("说明"), max_length=60, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("材料")
        verbose_name_plural = _("材料")

    def __str__(self) -> str:
        return str(self.material)
