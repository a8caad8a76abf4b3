"""签到: marks, every attempt at one, and every later change of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import connections, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.models import Member, Region
from training.models.cohort import Cohort
from training.models.enrolment import Enrolment
from training.models.session import Session

if TYPE_CHECKING:
    from community.scope import Viewer


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Marks of the enrolments that the viewer may see."""
        from community.scope import is_everything

        if is_everything(viewer):
            return self
        return self.filter(enrolment__in=Enrolment.objects.visible_to(viewer))

    def counted(self) -> Self:
        return self.filter(state=Attendance.State.COUNTED)

    def mark_once(self, mark: Attendance, *, cohort_id: int) -> tuple[Attendance | None, bool]:
        """Add ``mark`` unless the person has one: (the mark that stands, whether it is this one).

        (None, False) where the class is not open: its row is held (PostgreSQL) while this
        transaction lasts, so that nobody is marked after a closing that did not see the mark. One
        statement when the mark is new; the constraint decides between two at once.
        """
        connection = connections[self.db]
        quote = connection.ops.quote_name
        fields = [field for field in self.model._meta.concrete_fields if not field.primary_key]
        values = [
            field.get_db_prep_save(field.pre_save(mark, True), connection) for field in fields
        ]
        states = sorted(Cohort.OPEN_STATES)
        hold = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
        sql = (
            f"INSERT INTO {quote(self.model._meta.db_table)}"  # noqa: S608 - our own names
            f" ({', '.join(quote(str(field.column)) for field in fields)})"
            f" SELECT {', '.join(['%s'] * len(fields))} FROM {quote(Cohort._meta.db_table)}"
            f" WHERE id = %s AND state IN ({', '.join(['%s'] * len(states))}){hold}"
            " ON CONFLICT DO NOTHING RETURNING id"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, cohort_id, *states])
            made = cursor.fetchone()
        if made is not None:
            mark.pk, mark._state.adding, mark._state.db = made[0], False, self.db
            return mark, True
        standing = self.filter(
            session_id=mark.session_id, enrolment_id=mark.enrolment_id, kind=mark.kind
        )
        return standing.filter(session__cohort__state__in=states).first(), False


class Attendance(models.Model):
    """One mark: this enrolment was at this session (in), or left it (out). Once each, by constraint."""

    class Kind(models.TextChoices):
        IN = "in", _("签到")
        OUT = "out", _("签退")

    class State(models.TextChoices):
        COUNTED = "counted", _("有效")
        PENDING = "pending", _("待核实")
        VOID = "void", _("已撤销")

    class Proof(models.TextChoices):
        """How we know that it was she."""

        NONE = "none", _("未证实")
        ACCOUNT = "account", _("本人账号扫码")
        CODE = "code", _("手机验证码")
        STAFF = "staff", _("工作人员")
        BOARD = "board", _("六位码")

    # No index of their own: the constraint below begins with the session, an index with the enrolment.
    # Each index is paid for at every sign-in of a hall.
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="attendances", db_index=False
    )
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="attendances", db_index=False
    )
    kind = models.CharField(max_length=3, choices=Kind.choices, default=Kind.IN)
    state = models.CharField(max_length=8, choices=State.choices, default=State.COUNTED)
    proof = models.CharField(max_length=8, choices=Proof.choices)
    # The moment that counts (of the scan), and the moment it reached us.
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    # Part of the session's hours, granted by staff with a reason (ruling 17); empty means all of them.
    part_hours = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    receipt = models.CharField(_("回执"), max_length=8)
    browser = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    # Copied from the enrolment, so that county figures never join.
    county = models.ForeignKey(
        Region, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField()

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("签到")
        verbose_name_plural = _("签到")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "enrolment", "kind"], name="signing_in_twice_is_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="counted") | ~Q(proof="none"), name="counted_mark_is_proved"
            ),
            models.CheckConstraint(
                condition=Q(part_hours__isnull=True) | Q(part_hours__gte=0),
                name="part_hours_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at"], name="attendance_by_change"),
            models.Index(fields=["enrolment"], name="attendance_of_enrolment"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.session_id} {self.kind}"


class AttendanceChange(models.Model):
    """A correction: what a mark was, what it became, who did it and why. Never edited."""

    append_only: ClassVar[bool] = True

    class Deed(models.TextChoices):
        CONFIRMED = "confirmed", _("核实")
        CORRECTED = "corrected", _("更正")
        VOIDED = "voided", _("撤销")
        RESTORED = "restored", _("恢复")
        MOVED = "moved", _("归并")

    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="changes")
    deed = models.CharField(max_length=10, choices=Deed.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.attendance_id} {self.deed}"


class ScanAttemptQuerySet(models.QuerySet["ScanAttempt"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Attempts at sessions of the classes that the viewer runs or staffs."""
        from community.scope import region_q
        from training.models.cohort import CohortStaff

        if not viewer.is_authenticated:
            return self.filter(region_q(viewer, "session__cohort__host_region_id"))
        staffed = CohortStaff.objects.filter(member_id=viewer.pk or 0).on(timezone.localdate())
        return self.filter(
            region_q(viewer, "session__cohort__host_region_id")
            | Q(session__cohort__in=staffed.values("cohort"))
        )


class ScanAttempt(models.Model):
    """Every attempt to sign in or out, refused ones too, with a stable code (anchors.md §2.3)."""

    append_only: ClassVar[bool] = True

    class Door(models.TextChoices):
        SCAN = "scan", _("扫码")
        BOARD = "board", _("六位码")
        STAFF = "staff", _("签到台")

    session = models.ForeignKey(
        Session,
        on_delete=models.PROTECT,
        null=True,
        related_name="scan_attempts",
        db_index=False,  # scan_by_session begins with it
    )
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, null=True, related_name="scan_attempts"
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=3, choices=Attendance.Kind.choices, blank=True)
    door = models.CharField(max_length=6, choices=Door.choices)
    verdict = models.CharField(max_length=24)
    claimed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    browser = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    token = models.CharField(max_length=32, blank=True)

    objects = ScanAttemptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["session", "received_at"], name="scan_by_session"),
        ]

    def __str__(self) -> str:
        return f"{self.received_at:%F %T} {self.verdict}"
