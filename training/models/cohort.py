"""City stops, classes and the people who run them in the hall."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import connections, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.models import Member, Region
from training.models.programme import Programme

if TYPE_CHECKING:
    from community.scope import Viewer


class CityStopQuerySet(models.QuerySet["CityStop"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The route of a published programme is public."""
        return self.filter(programme__live=True)


class CityStop(models.Model):
    """市州站: the programme comes to one city on certain days (notice §一, 送培训到市州)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="stops")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="stops")
    number = models.PositiveSmallIntegerField(_("第几站"))
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    venue = models.CharField(_("地点"), max_length=100)
    contact = models.CharField(_("联系方式"), max_length=100, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies"
    )

    objects = CityStopQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "number"]
        verbose_name = _("市州站")
        verbose_name_plural = _("市州站")
        constraints = [
            models.UniqueConstraint(fields=["programme", "region"], name="one_stop_per_city"),
            models.UniqueConstraint(fields=["programme", "number"], name="one_stop_per_number"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="stop_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.region}"


class CohortQuerySet(models.QuerySet["Cohort"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Classes that the viewer runs, staffs, attends, or has people of her county in."""
        from community.scope import is_everything, region_q
        from training.models.enrolment import Enrolment

        if is_everything(viewer):
            return self
        if not viewer.is_authenticated:
            return self.none()
        today = timezone.localdate()
        staffed = CohortStaff.objects.filter(member_id=viewer.pk or 0).on(today)
        hers = Enrolment.objects.filter(
            Q(member_id=viewer.pk) | region_q(viewer, "county_id"), state=Enrolment.State.ACTIVE
        )
        return self.filter(
            region_q(viewer, "host_region_id")
            | Q(pk__in=staffed.values("cohort"))
            | Q(pk__in=hers.values("cohort"))
            | self._open_to(viewer)
        )

    def _open_to(self, viewer: Viewer) -> Q:
        """Classes around the viewer's county that still take enrolments: she sends people there."""
        from functools import reduce
        from operator import or_

        from community.scope import NOTHING, regions_coordinated

        around = {
            code
            for region in regions_coordinated(viewer)
            for code in (region.code, region.city_code, region.code[:2] + "0000")
        }
        open_states = [Cohort.State.ENROLLING, Cohort.State.RUNNING]
        parts = [Q(host_region_id=code, state__in=open_states) for code in sorted(around)]
        return reduce(or_, parts) if parts else NOTHING

    def hold_open(self, cohort_id: int) -> bool:
        """Whether the class is open, and keep it so until this transaction ends.

        A shared lock (PostgreSQL; SQLite has one writer anyway): marks do not wait for each other, and
        a closing, which takes the row for itself, sees all of them or comes first.
        """
        found = self.filter(pk=cohort_id, state__in=Cohort.OPEN_STATES).values("pk").order_by()
        sql, params = found.query.sql_with_params()
        connection = connections[self.db]
        if connection.vendor == "postgresql":
            sql += " FOR KEY SHARE"
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchone() is not None

    def run_by(self, viewer: Viewer) -> Self:
        """Classes whose host region the viewer coordinates (ruling 6): she closes, reopens, desks them."""
        from community.scope import region_q

        return self.filter(region_q(viewer, "host_region_id"))


class Cohort(models.Model):
    """班次: the people who go through the programme together."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        ENROLLING = "enrolling", _("报名中")
        RUNNING = "running", _("进行中")
        TO_CLOSE = "to_close", _("待结班")
        CLOSED = "closed", _("已结班")
        ARCHIVED = "archived", _("已归档")

    OPEN_STATES: ClassVar[frozenset[str]] = frozenset({"enrolling", "running", "to_close"})

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="cohorts")
    stop = models.ForeignKey(
        CityStop, on_delete=models.PROTECT, null=True, blank=True, related_name="cohorts"
    )
    host_region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="cohorts")
    code = models.CharField(_("班次编号"), max_length=30, unique=True)
    name = models.CharField(_("班次名称"), max_length=60)
    state = models.CharField(
        _("状态"), max_length=10, choices=State.choices, default=State.DRAFT, db_index=True
    )
    venue = models.CharField(_("地点"), max_length=100, blank=True)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    late_minutes = models.PositiveSmallIntegerField(_("开始后几分钟算迟到"), default=10)
    takes_sign_out = models.BooleanField(_("需要签退"), default=False)
    # What was published when the class opened; see training/curriculum.py for its shape.
    curriculum = models.JSONField(default=dict, blank=True)
    rule_version = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    is_sample = models.BooleanField(default=False)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "code"]
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="cohort_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(rule_version=""), name="open_cohort_has_frozen_rule"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether people may still be added and marked."""
        return self.state in self.OPEN_STATES

    @property
    def required_hours(self) -> Decimal:
        """学时 of the session modules, the denominator of the absence rule (ruling 17)."""
        modules: list[dict[str, Any]] = self.curriculum.get("modules", [])
        return sum(
            (Decimal(module["hours"]) for module in modules if module["kind"] != "work"), Decimal(0)
        )


class CohortStaffQuerySet(models.QuerySet["CohortStaff"]):
    def on(self, day: date) -> Self:
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)

    def visible_to(self, viewer: Viewer) -> Self:
        """Of the classes that the viewer runs, and her own posts."""
        from community.scope import region_q

        mine = Q(member_id=viewer.pk) if viewer.is_authenticated else Q(pk__in=[])
        return self.filter(region_q(viewer, "cohort__host_region_id") | mine)


class CohortStaff(models.Model):
    """现场人员: who marks, leads or lectures in this class, from when to when (ruling 7)."""

    class Role(models.TextChoices):
        CLASS_TEACHER = "class_teacher", _("班主任")
        CLERK = "clerk", _("签到员")
        LECTURER = "lecturer", _("讲师")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="staff")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="staff_posts")
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True, blank=True)

    objects = CohortStaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("现场人员")
        verbose_name_plural = _("现场人员")
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "member", "role"], name="one_post_per_person_and_role"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.get_role_display()}"
