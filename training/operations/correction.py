"""Correcting marks: with a reason, by a named person, and with what was there kept beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from community.live import announce
from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.slot_code import Kind
from community.wording import hours as say_hours
from training.models import Attendance, AttendanceChange, Enrolment, ScanAttempt, Session
from training.operations.attendance import (
    Scan,
    change_mark,
    make_mark,
    note_attempt,
    require_open,
)
from training.operations.scan import Verdict, is_late
from training.operations.staff_mark import arrival, require_on_roster

State, Proof, Deed = Attendance.State, Attendance.Proof, AttendanceChange.Deed


class ReasonMissing(Refusal):
    code = "reason_missing"


class HoursOutOfRange(Refusal):
    code = "part_hours_out_of_range"


class NothingToCorrect(Refusal):
    code = "nothing_to_correct"


def _require_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonMissing(_("更正要写明原因，日后查得到。"))
    return reason


def _lock(mark: Attendance) -> Attendance:
    mark = (
        Attendance.objects.select_for_update(of=("self",))
        .select_related("session", "enrolment")
        .get(pk=mark.pk)
    )
    require_open(mark.session.cohort_id)
    return mark


@transaction.atomic
def correct_mark(
    *,
    mark: Attendance,
    state: str,
    moment: datetime | None = None,
    reason: str,
    by: Member,
    at: datetime,
) -> Attendance:
    """Let a mark count or not, or count for another time; lateness follows from the time.

    ``moment`` None keeps the time. A change that changes nothing writes nothing. Refuses an empty
    reason, a closed class, times outside the session, and marks of people not yet matched.
    """
    reason = _require_reason(reason)
    mark = _lock(mark)
    if mark.enrolment.state != Enrolment.State.ACTIVE:
        raise NothingToCorrect(_("这个人还没有核实，请先归并到名单，再更正。"))
    kind: Kind = "out" if mark.kind == "out" else "in"
    if moment is not None and moment != mark.at:
        moment = arrival(session=mark.session, kind=kind, at=at, arrived_at=moment)
    fields: dict[str, object] = {}
    if state != mark.state:
        fields["state"] = state
        if state == State.COUNTED and mark.proof == Proof.NONE:
            fields["proof"] = Proof.STAFF
    if moment is not None and moment != mark.at:
        fields["moment"] = moment
        fields["is_late"] = is_late(session=mark.session, kind=kind, at=moment)
    if fields:
        deed = Deed.VOIDED if state == State.VOID and "state" in fields else Deed.CORRECTED
        change = change_mark(mark, deed=deed, reason=reason, by=by, at=at, **fields)
        _say_corrected(mark, change, by=by, at=at)
    return mark


@transaction.atomic
def confirm_marks(*, marks: Iterable[Attendance], by: Member, at: datetime) -> int:
    """Let waiting marks of people on the roster count, each with its own time; how many that were.

    One tap for all six-digit codes of a session, against the sheet (ruling 15). What counts already, or
    belongs to somebody not yet matched, is left alone.
    """
    wanted = (
        Attendance.objects.select_for_update(of=("self",))
        .select_related("session", "enrolment")
        .filter(
            pk__in=[mark.pk for mark in marks],
            state=State.PENDING,
            enrolment__state=Enrolment.State.ACTIVE,
        )
    )
    confirmed = 0
    for mark in wanted.order_by("pk"):
        require_open(mark.session.cohort_id)
        proof = Proof.STAFF if mark.proof == Proof.NONE else mark.proof
        change = change_mark(
            mark,
            deed=Deed.CONFIRMED,
            reason=_("工作人员核实"),
            by=by,
            at=at,
            state=State.COUNTED,
            proof=proof,
        )
        _say_corrected(mark, change, by=by, at=at, action="attendance.confirmed")
        confirmed += 1
    return confirmed


@transaction.atomic
def grant_part_hours(
    *,
    session: Session,
    enrolment: Enrolment,
    hours: Decimal | None,
    reason: str,
    by: Member,
    at: datetime,
) -> Attendance:
    """Grant ``hours`` of the session's 学时 to somebody who was there for a part of it (ruling 17).

    A mark is made where there is none; None gives all hours back to one that has been cut. Refuses an
    empty reason, a closed class, and hours outside 0.5 to less than the session's, in halves.
    """
    reason = _require_reason(reason)
    if hours is not None and not (
        Decimal("0.5") <= hours < session.hours and hours % Decimal("0.5") == 0
    ):
        raise HoursOutOfRange(
            _("部分学时要在0.5和%(hours)s之间，按0.5学时填。全部学时请直接签到。")
            % {"hours": say_hours(session.hours)}
        )
    require_on_roster(session, [enrolment])
    require_open(session.cohort_id)
    mark = (
        Attendance.objects.select_for_update(of=("self",))
        .select_related("session", "enrolment")
        .filter(session=session, enrolment=enrolment, kind="in")
        .first()
    )
    if mark is None:
        mark = _mark_for_hours(session, enrolment, by=by, at=at)
    fields: dict[str, object] = {"part_hours": hours}
    if mark.state != State.COUNTED:
        fields["state"] = State.COUNTED
        if mark.proof == Proof.NONE:
            fields["proof"] = Proof.STAFF
    if mark.part_hours == hours and "state" not in fields:
        return mark
    change = change_mark(mark, deed=Deed.CORRECTED, reason=reason, by=by, at=at, **fields)
    _say_corrected(mark, change, by=by, at=at, action="attendance.part_hours")
    return mark


def _mark_for_hours(
    session: Session, enrolment: Enrolment, *, by: Member, at: datetime
) -> Attendance:
    moment = arrival(
        session=session,
        kind="in",
        at=at,
        arrived_at=session.starts_at if at > session.starts_at else None,
    )
    scan = Scan(kind="in", seen_at=moment, door=ScanAttempt.Door.STAFF, proof=Proof.STAFF)
    fresh = make_mark(
        session=session, enrolment=enrolment, scan=scan, state=State.COUNTED, by=by, at=at
    )
    mark, _is_new = Attendance.objects.mark_once(fresh, cohort_id=session.cohort_id)
    assert mark is not None  # the class is held open
    note_attempt(
        scan=scan, verdict=Verdict.RECORDED, session=session, enrolment=enrolment, by=by, at=at
    )
    return mark


def _say_corrected(
    mark: Attendance,
    change: AttendanceChange,
    *,
    by: Member,
    at: datetime,
    action: str = "attendance.corrected",
) -> None:
    record_audit(
        by=by,
        action=action,
        at=at,
        subject=mark,
        region=mark.county_id,
        session=mark.session_id,
        enrolment=mark.enrolment_id,
        before=change.before,
        after=change.after,
        reason=change.reason,
    )
    announce(f"session:{mark.session_id}")
