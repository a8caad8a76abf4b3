"""待核实: people whom nothing proves yet, and how a code or staff make their marks count.

Ruling 13: what was typed in the hall is kept with the scan's own time and counts for nobody. A code
sent to the phone, or staff who look at the person, say who it was; then the marks move to that person's
own place on the roster, or they are struck.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.live import announce
from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from training.models import Attendance, AttendanceChange, Enrolment
from training.operations.attendance import (
    Scan,
    change_mark,
    make_mark,
    require_open,
)
from training.operations.enrolment import enrol

State, Proof, Deed = Attendance.State, Attendance.Proof, AttendanceChange.Deed


class AlreadyResolved(Refusal):
    code = "already_resolved"


class AnotherCohort(Refusal):
    code = "another_cohort"


class NotHerPhone(Refusal):
    code = "not_her_phone"


class NoSchool(Refusal):
    code = "member_has_no_school"


@transaction.atomic
def prove_waiting(
    *, mark: Attendance, enrolment: Enrolment, proof: str, by: Member, at: datetime
) -> Attendance:
    """``by`` has proved to be the person who typed her name and phone: her scan counts, with its time.

    ``mark`` is the pending one of her browser, ``enrolment`` her place on the roster, ``proof`` how she
    logged in since: by a code sent to that phone, or with her password. What was typed under the same
    name in another browser stays 待核实. Repeatable. Refuses another class and another phone than hers.
    """
    waiting = _lock_waiting(mark.enrolment_id)
    _require_same_cohort(waiting, enrolment)
    if waiting.state == Enrolment.State.MATCHED and waiting.matched_to_id == enrolment.pk:
        return enrolment.attendances.get(session_id=mark.session_id, kind=mark.kind)
    _require_pending(waiting)
    if enrolment.member_id != by.pk or by.phone_index != waiting.phone_index:
        raise NotHerPhone(_("这次扫码填的是另一个手机号，请到签到台核对。"))
    standing = None
    for one in _waiting_marks(waiting):
        proved = one.browser == mark.browser
        moved = _move(
            one,
            enrolment,
            state=State.COUNTED if proved else State.PENDING,
            proof=proof if proved else Proof.NONE,
            by=by,
            at=at,
        )
        if one.pk == mark.pk:
            standing = moved
    _resolve(waiting, state=Enrolment.State.MATCHED, to=enrolment, by=by, at=at, how=proof)
    return standing or enrolment.attendances.get(session_id=mark.session_id, kind=mark.kind)


@transaction.atomic
def match_waiting(
    *, waiting: Enrolment, enrolment: Enrolment, by: Member, at: datetime
) -> Enrolment:
    """Staff know who it is: the marks of ``waiting`` count for ``enrolment``, with their own times.

    Matching to the same place twice is matching once. Refuses another class, a place not on the roster,
    and somebody resolved otherwise meanwhile.
    """
    waiting = _lock_waiting(waiting.pk)
    _require_same_cohort(waiting, enrolment)
    if waiting.state == Enrolment.State.MATCHED and waiting.matched_to_id == enrolment.pk:
        return waiting
    _require_pending(waiting)
    for one in _waiting_marks(waiting):
        _move(one, enrolment, state=State.COUNTED, proof=Proof.STAFF, by=by, at=at)
    _resolve(waiting, state=Enrolment.State.MATCHED, to=enrolment, by=by, at=at, how="staff")
    return waiting


@transaction.atomic
def admit_waiting(*, waiting: Enrolment, member: Member, by: Member, at: datetime) -> Enrolment:
    """Put ``member`` on the roster and match ``waiting`` to her: a stranger who belongs here after all.

    Refuses somebody without a school, whose county nobody could tell.
    """
    affiliation = member.affiliations.filter(to_on__isnull=True, is_main=True).first()
    if affiliation is None:
        raise NoSchool(
            _("%(name)s没有登记任职单位，请先在人员里补上单位。") % {"name": member.name}
        )
    enrolment = enrol(cohort=waiting.cohort, member=member, affiliation=affiliation, by=by, at=at)
    match_waiting(waiting=waiting, enrolment=enrolment, by=by, at=at)
    return enrolment


@transaction.atomic
def strike_waiting(*, waiting: Enrolment, reason: str, by: Member, at: datetime) -> Enrolment:
    """Staff say that it was nobody of this class: the marks are void and stay readable. Repeatable."""
    waiting = _lock_waiting(waiting.pk)
    if waiting.state == Enrolment.State.STRUCK:
        return waiting
    _require_pending(waiting)
    for one in _waiting_marks(waiting):
        change_mark(one, deed=Deed.VOIDED, reason=reason, by=by, at=at, state=State.VOID)
        announce(f"session:{one.session_id}")
    _resolve(
        waiting, state=Enrolment.State.STRUCK, to=None, by=by, at=at, how="struck", reason=reason
    )
    return waiting


def _lock_waiting(pk: int) -> Enrolment:
    waiting = Enrolment.objects.select_related("cohort").select_for_update(of=("self",)).get(pk=pk)
    require_open(waiting.cohort_id)
    return waiting


def _require_same_cohort(waiting: Enrolment, enrolment: Enrolment) -> None:
    if enrolment.cohort_id != waiting.cohort_id or enrolment.state != Enrolment.State.ACTIVE:
        raise AnotherCohort(_("只能归并到同一个班、在册的人。请在本班名单里查找。"))


def _require_pending(waiting: Enrolment) -> None:
    if waiting.state != Enrolment.State.PENDING:
        raise AlreadyResolved(
            _("%(name)s已由别的工作人员处理，现在是“%(state)s”。")
            % {"name": waiting.name, "state": waiting.get_state_display()}
        )


def _waiting_marks(waiting: Enrolment) -> list[Attendance]:
    marks = Attendance.objects.select_for_update(of=("self",)).select_related("session")
    return list(marks.filter(enrolment=waiting, state=State.PENDING).order_by("pk"))


def _move(
    mark: Attendance, enrolment: Enrolment, *, state: str, proof: str, by: Member, at: datetime
) -> Attendance:
    """Give ``mark`` to ``enrolment``; where she has one of that session already, it wins or counts."""
    scan = Scan(kind=mark.kind, seen_at=mark.at, proof=proof, browser=mark.browser)  # type: ignore[arg-type]
    fresh = make_mark(
        session=mark.session, enrolment=enrolment, scan=scan, state=state, by=by, at=at
    )
    fresh.receipt, fresh.received_at = mark.receipt, mark.received_at
    standing, is_new = Attendance.objects.mark_once(fresh, cohort_id=enrolment.cohort_id)
    assert standing is not None  # the class is held open
    if not is_new and state == State.COUNTED and standing.state != State.COUNTED:
        standing = Attendance.objects.select_for_update().get(pk=standing.pk)
        change_mark(
            standing,
            deed=Deed.CONFIRMED,
            reason=_("由待核实归并"),
            by=by,
            at=at,
            state=State.COUNTED,
            proof=proof,
            is_late=fresh.is_late,
            moment=fresh.at,
        )
    change_mark(
        mark,
        deed=Deed.MOVED,
        reason=_("归并到%(name)s") % {"name": enrolment.name},
        by=by,
        at=at,
        state=State.VOID,
    )
    announce(f"session:{mark.session_id}")
    return standing


def _resolve(
    waiting: Enrolment,
    *,
    state: str,
    to: Enrolment | None,
    by: Member,
    at: datetime,
    how: str,
    reason: str = "",
) -> None:
    waiting.state, waiting.matched_to = state, to
    waiting.resolved_by, waiting.resolved_at, waiting.changed_at = by, at, at
    waiting.save(update_fields=["state", "matched_to", "resolved_by", "resolved_at", "changed_at"])
    record_audit(
        by=by,
        action="enrolment.struck" if to is None else "enrolment.matched",
        at=at,
        subject=waiting,
        region=waiting.cohort.host_region_id,
        to=to.pk if to is not None else None,
        how=how,
        reason=reason,
    )
