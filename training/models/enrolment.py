"""报名: one person in one class, with her school and county as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.models import Affiliation, Institution, Member, Region
from training.models.cohort import Cohort

if TYPE_CHECKING:
    from community.scope import Viewer


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Rows whose frozen county is the viewer's, rows of classes she runs or staffs, her own (ruling 8)."""
        from community.scope import is_everything, region_q
        from training.models.cohort import CohortStaff

        if is_everything(viewer):
            return self
        if not viewer.is_authenticated:
            return self.none()
        staffed = CohortStaff.objects.filter(member_id=viewer.pk or 0).on(timezone.localdate())
        return self.filter(
            region_q(viewer, "county_id")
            | region_q(viewer, "cohort__host_region_id")
            | Q(cohort__in=staffed.exclude(role=CohortStaff.Role.LECTURER).values("cohort"))
            | Q(member_id=viewer.pk)
        )

    def active(self) -> Self:
        return self.filter(state=Enrolment.State.ACTIVE)

    def awaiting(self) -> Self:
        """待核实: walk-ins and people whose phone is not yet proved."""
        return self.filter(state=Enrolment.State.PENDING)


class Enrolment(models.Model):
    """Institution, county and post are frozen here; records are scoped by them for ever (ruling 8).

    A pending one (待核实) is what somebody typed in the hall: it names nobody until the code or staff say who
    it is, and then its marks move to that person's own enrolment (ruling 13).
    """

    class State(models.TextChoices):
        PENDING = "pending", _("待核实")
        ACTIVE = "active", _("在册")
        WITHDRAWN = "withdrawn", _("已退出")
        MATCHED = "matched", _("已归并")
        STRUCK = "struck", _("已剔除")

    # The indexes below begin with the class and with the county; an own one for each would be kept twice,
    # and an import of a whole province pays for every index a row.
    cohort = models.ForeignKey(
        Cohort, on_delete=models.PROTECT, related_name="enrolments", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="enrolments"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    affiliation = models.ForeignKey(
        Affiliation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    county = models.ForeignKey(
        Region, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(_("姓名"), max_length=50)
    name_key = models.CharField(max_length=200, blank=True)
    institution_name = models.CharField(_("单位"), max_length=100, blank=True)
    post = models.CharField(_("职务"), max_length=50, blank=True)
    trainee_type = models.CharField(
        _("人员类别"), max_length=20, choices=Member.TraineeType.choices, blank=True
    )
    seat = models.CharField(_("座位"), max_length=20, blank=True)
    group_name = models.CharField(_("研讨组"), max_length=20, blank=True)
    batch = models.ForeignKey(
        "training.RosterBatch",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="enrolments",
    )
    # What was typed in the hall, for a pending one only.
    phone_sealed = models.TextField(blank=True)
    phone_index = models.CharField(max_length=64, blank=True)
    phone_masked = models.CharField(max_length=20, blank=True)
    browser = models.CharField(max_length=64, blank=True)
    matched_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="matched_from"
    )
    resolved_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("报名")
        verbose_name_plural = _("报名")
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "member"],
                condition=Q(state="active"),
                name="one_live_enrolment_per_person",
            ),
            models.UniqueConstraint(
                fields=["cohort", "phone_index", "name"],
                condition=Q(state="pending"),
                name="one_pending_per_name_and_phone",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "withdrawn"])
                | Q(member__isnull=False, county__isnull=False),
                name="enrolled_person_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="matched") | Q(matched_to__isnull=False),
                name="matched_names_its_match",
            ),
        ]
        indexes = [
            models.Index(fields=["cohort", "county", "state"], name="enrolment_by_county"),
            models.Index(fields=["cohort", "name_key"], name="enrolment_by_name"),
            models.Index(fields=["county", "state"], name="enrolment_of_county"),
            models.Index(fields=["changed_at"], name="enrolment_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.cohort}"
