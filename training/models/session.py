"""场次: one meeting, usually a half-day, that delivers exactly one module."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Self

from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from training.models.cohort import Cohort
from training.models.programme import Module

if TYPE_CHECKING:
    from community.scope import Viewer


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Sessions of the classes that the viewer may see."""
        from community.scope import is_everything

        if is_everything(viewer):
            return self
        return self.filter(cohort__in=Cohort.objects.visible_to(viewer))

    def open_at(self, at: datetime) -> Self:
        """Those whose sign-in window is open at ``at``."""
        return self.filter(opens_at__lte=at, closes_at__gt=at)

    def with_enrolment_of(self, member_id: int) -> Self:
        """Each with that member's place on its roster, in the same SELECT (`operations.scan` reads it)."""
        found = FilteredRelation(
            "cohort__enrolments",
            condition=Q(cohort__enrolments__member=member_id, cohort__enrolments__state="active"),
        )
        return (
            self.select_related("cohort")
            .defer("cohort__curriculum")
            .annotate(
                found=found,
                found_id=F("found__pk"),
                found_county=F("found__county"),
                found_seat=F("found__seat"),
                found_group=F("found__group_name"),
            )
        )


class Session(models.Model):
    """Hours, type and content key are copies of the module's, so a later edit changes nothing here."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="sessions")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("场次名称"), max_length=80)
    label = models.CharField(_("简称"), max_length=20, help_text=_("例如第一天上午"))
    kind = models.CharField(_("形式"), max_length=12, choices=Module.Kind.choices)
    content_key = models.CharField(max_length=30)
    hours = models.DecimalField(_("学时"), max_digits=6, decimal_places=1)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    opens_at = models.DateTimeField(_("开始签到"))
    closes_at = models.DateTimeField(_("停止签到"))
    late_minutes = models.PositiveSmallIntegerField(_("开始后几分钟算迟到"), default=10)
    takes_sign_out = models.BooleanField(_("需要签退"), default=False)
    sign_out_opens_at = models.DateTimeField(_("开始签退"), null=True, blank=True)
    sign_out_closes_at = models.DateTimeField(_("停止签退"), null=True, blank=True)
    place = models.CharField(_("地点"), max_length=100, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "position"]
        verbose_name = _("场次")
        verbose_name_plural = _("场次")
        constraints = [
            models.UniqueConstraint(fields=["cohort", "position"], name="one_session_per_position"),
            models.UniqueConstraint(
                fields=["cohort", "content_key"], name="one_session_per_module"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"))
                & Q(closes_at__gt=F("opens_at"))
                & Q(opens_at__lte=F("starts_at")),
                name="session_times_in_order",
            ),
            models.CheckConstraint(condition=Q(hours__gt=0), name="session_has_hours"),
            models.CheckConstraint(
                condition=Q(takes_sign_out=False)
                | Q(
                    sign_out_opens_at__isnull=False,
                    sign_out_closes_at__gt=F("sign_out_opens_at"),
                    sign_out_opens_at__gte=F("starts_at"),
                ),
                name="sign_out_has_a_window",
            ),
        ]
        indexes = [models.Index(fields=["opens_at", "closes_at"], name="session_by_window")]

    def __str__(self) -> str:
        return f"{self.cohort} {self.label}"

    @property
    def late_after(self) -> datetime:
        """Whoever signs in after this moment is marked 迟到 and still earns the hours (ruling 17)."""
        return self.starts_at + timedelta(minutes=self.late_minutes)

    def window(self, kind: str) -> tuple[datetime, datetime] | None:
        """From when until when one signs in, or out; None where nobody has to sign out."""
        if kind == "in":
            return self.opens_at, self.closes_at
        if self.takes_sign_out and self.sign_out_opens_at and self.sign_out_closes_at:
            return self.sign_out_opens_at, self.sign_out_closes_at
        return None

    def kind_at(self, at: datetime) -> Literal["in", "out"]:
        """What people come to the desk for at ``at``: to sign out once signing in is over."""
        leaving = self.window("out")
        return "out" if leaving is not None and at >= max(leaving[0], self.closes_at) else "in"


class AgendaItem(models.Model):
    """One line of a session's timetable."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="agenda")
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    title = models.CharField(_("内容"), max_length=80)
    note = models.CharField(_("主讲或说明"), max_length=80, blank=True)

    class Meta:
        ordering = ["starts_at"]
        verbose_name = _("日程")
        verbose_name_plural = _("日程")

    def __str__(self) -> str:
        return self.title
