"""签到台: staff mark people by hand, one or many, and take a slip back within 30 seconds.

Design.md journey 1 and §6.6; anchors.md #405 (only the unmarked), #917 (the roster and the actor are ours).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from community.live import announce
from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.slot_code import Kind
from community.wording import clock
from training.models import Attendance, AttendanceChange, Enrolment, ScanAttempt, Session
from training.operations.attendance import (
    CohortIsClosed,
    Outcome,
    Scan,
    change_mark,
    make_mark,
    note_attempt,
    require_open,
)
from training.operations.scan import Verdict

UNDO_WITHIN: Final = timedelta(seconds=30)

State, Proof, Door = Attendance.State, Attendance.Proof, ScanAttempt.Door
Deed = AttendanceChange.Deed


class SignInNotOpen(Refusal):
    code = "sign_in_not_open"


class ArrivalOutsideSession(Refusal):
    code = "arrival_outside_session"


class NotOnThisRoster(Refusal):
    code = "not_on_this_roster"


class NotSignedIn(Refusal):
    code = "not_signed_in"


class UndoTooLate(Refusal):
    code = "undo_too_late"


def arrival(
    *, session: Session, kind: Kind, at: datetime, arrived_at: datetime | None = None
) -> datetime:
    """The moment that a mark by hand counts for: ``arrived_at`` from the paper sheet, else now.

    Refuses before the doors open, a time to come, one outside the session, and, once the session is
    over, to guess: then the time on the paper must be given.
    """
    window = session.window(kind)
    if window is None:
        raise SignInNotOpen(_("“%(label)s”不需要签退。") % {"label": session.label})
    opens_at, last = window[0], max(session.ends_at, window[1])
    if at < opens_at:
        raise SignInNotOpen(
            _("“%(label)s”%(time)s才开始，到时再签。")
            % {"label": session.label, "time": clock(opens_at)}
        )
    if arrived_at is None:
        if at > last:
            raise ArrivalOutsideSession(
                _("“%(label)s”已经结束。补登请填纸质表上的时间。") % {"label": session.label}
            )
        return at
    if not opens_at <= arrived_at <= min(at, last):
        raise ArrivalOutsideSession(
            _("时间%(time)s不在本场内，请填%(from)s—%(to)s之间的时间。")
            % {"time": clock(arrived_at), "from": clock(opens_at), "to": clock(min(at, last))}
        )
    return arrived_at


@transaction.atomic
def mark_present(
    *,
    session: Session,
    enrolment: Enrolment,
    kind: Kind = "in",
    arrived_at: datetime | None = None,
    by: Member,
    at: datetime,
) -> Outcome:
    """Staff saw the person: mark ``enrolment`` in or out. Two at once, or twice, is once.

    A mark that waited counts from now on with its own time; one that was struck comes back. Refuses a
    closed class, somebody of another roster, and times outside the session.
    """
    require_on_roster(session, [enrolment])
    moment = arrival(session=session, kind=kind, at=at, arrived_at=arrived_at)
    if kind == "out" and not _is_in(session, enrolment):
        raise NotSignedIn(
            _("%(name)s还没有签到记录，请先补登签到，再签退。") % {"name": enrolment.name}
        )
    scan = Scan(kind=kind, seen_at=moment, door=Door.STAFF, proof=Proof.STAFF)
    fresh = make_mark(
        session=session, enrolment=enrolment, scan=scan, state=State.COUNTED, by=by, at=at
    )
    mark, is_new = Attendance.objects.mark_once(fresh, cohort_id=session.cohort_id)
    if mark is None:
        raise CohortIsClosed(_("这个班已经结班，不能再签到。"))
    verdict = Verdict.LATE if mark.is_late else Verdict.RECORDED
    if not is_new:
        mark = Attendance.objects.select_for_update().get(pk=mark.pk)
        if not _count_again(mark, fresh, by=by, at=at):
            verdict = Verdict.ALREADY
    note_attempt(scan=scan, verdict=verdict, session=session, enrolment=enrolment, by=by, at=at)
    if verdict is not Verdict.ALREADY:
        record_audit(
            by=by,
            action="attendance.marked",
            at=at,
            subject=mark,
            region=enrolment.county_id,
            session=session.pk,
            enrolment=enrolment.pk,
            kind=kind,
            moment=mark.at.isoformat(),
        )
        announce(f"session:{session.pk}")
    return Outcome(verdict, mark)


def require_on_roster(session: Session, enrolments: Iterable[Enrolment]) -> None:
    """Refuse anybody who is not, today, on the roster of the session's own class (anchors.md #917)."""
    for enrolment in enrolments:
        if enrolment.cohort_id != session.cohort_id or enrolment.state != Enrolment.State.ACTIVE:
            raise NotOnThisRoster(
                _("%(name)s不在这个班的名单里，请先归并或加入名单。") % {"name": enrolment.name}
            )


def _is_in(session: Session, enrolment: Enrolment) -> bool:
    marks = Attendance.objects.filter(session=session, enrolment=enrolment, kind="in")
    return marks.exclude(state=State.VOID).exists()


def _count_again(mark: Attendance, fresh: Attendance, *, by: Member, at: datetime) -> bool:
    """Let a locked mark count that did not; False where it does already."""
    if mark.state == State.COUNTED:
        return False
    if mark.state == State.PENDING:
        proof = mark.proof if mark.proof != Proof.NONE else Proof.STAFF
        change_mark(
            mark,
            deed=Deed.CONFIRMED,
            reason=_("工作人员当面核实"),
            by=by,
            at=at,
            state=State.COUNTED,
            proof=proof,
        )
    else:
        change_mark(
            mark,
            deed=Deed.RESTORED,
            reason=_("工作人员重新签到"),
            by=by,
            at=at,
            state=State.COUNTED,
            proof=Proof.STAFF,
            is_late=fresh.is_late,
            moment=fresh.at,
        )
    return True


@transaction.atomic
def mark_unmarked(
    *,
    session: Session,
    enrolments: Iterable[Enrolment],
    arrived_at: datetime | None = None,
    by: Member,
    at: datetime,
) -> int:
    """Mark those of ``enrolments`` present who have no mark at all; how many that were.

    Whoever is marked, waits or was struck is left alone: many are marked by a list, and a list knows
    nothing of one person's story. Refuses like `mark_present`.
    """
    wanted = list(enrolments)
    require_on_roster(session, wanted)
    require_open(session.cohort_id)
    moment = arrival(session=session, kind="in", at=at, arrived_at=arrived_at)
    present = set(
        Attendance.objects.filter(session=session, kind="in", enrolment__in=wanted).values_list(
            "enrolment_id", flat=True
        )
    )
    scan = Scan(kind="in", seen_at=moment, door=Door.STAFF, proof=Proof.STAFF)
    fresh = [
        make_mark(session=session, enrolment=one, scan=scan, state=State.COUNTED, by=by, at=at)
        for one in wanted
        if one.pk not in present
    ]
    Attendance.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    ours = {(mark.enrolment_id, mark.receipt) for mark in fresh}
    made = [
        mark
        for mark in Attendance.objects.filter(
            session=session, kind="in", by=by, received_at=at
        ).select_related("enrolment")
        if (mark.enrolment_id, mark.receipt) in ours
    ]
    ScanAttempt.objects.bulk_create(
        [
            ScanAttempt(
                session=session,
                enrolment_id=mark.enrolment_id,
                member=by,
                kind="in",
                door=Door.STAFF,
                verdict=Verdict.LATE if mark.is_late else Verdict.RECORDED,
                claimed_at=moment,
                received_at=at,
            )
            for mark in made
        ],
        batch_size=500,
    )
    if made:
        record_audit(
            by=by,
            action="attendance.marked_many",
            at=at,
            subject=session,
            region=session.cohort.host_region_id,
            count=len(made),
            enrolments=sorted(mark.enrolment_id for mark in made),
            moment=moment.isoformat(),
        )
        announce(f"session:{session.pk}")
    return len(made)


@transaction.atomic
def undo_mark(*, mark: Attendance, by: Member, at: datetime) -> Attendance:
    """Take back what ``by`` marked or confirmed by hand in the last 30 seconds; both stay in the history.

    Undoing twice is undoing once. Later it is a correction and needs a reason (`correct_mark`).
    """
    require_open(mark.session.cohort_id)
    mark = (
        Attendance.objects.select_for_update(of=("self",))
        .select_related("enrolment", "session")
        .get(pk=mark.pk)
    )
    if mark.state == State.VOID:
        return mark
    last = mark.changes.order_by("-at", "-pk").first()
    if last is not None:
        mine = last.by_id == by.pk and last.deed in {Deed.CONFIRMED, Deed.RESTORED}
        when = last.at
    else:
        mine = mark.by_id == by.pk and mark.proof == Proof.STAFF
        when = mark.received_at
    if not mine or at - when > UNDO_WITHIN:
        raise UndoTooLate(_("已经过了30秒，不能直接撤销。请打开这条签到，写明原因再更正。"))
    back = {"state": State.VOID, "proof": mark.proof}
    if last is not None:
        back = {"state": last.before["state"], "proof": last.before.get("proof", mark.proof)}
    change_mark(mark, deed=Deed.VOIDED, reason=_("30秒内撤销"), by=by, at=at, **back)
    record_audit(
        by=by,
        action="attendance.undone",
        at=at,
        subject=mark,
        region=mark.county_id,
        session=mark.session_id,
        enrolment=mark.enrolment_id,
    )
    announce(f"session:{mark.session_id}")
    return mark


def can_still_undo(*, mark: Attendance, by: Member, at: datetime) -> bool:
    """Whether the undo button is worth showing for a mark just made by hand."""
    return (
        mark.by_id == by.pk and mark.state == State.COUNTED and at - mark.changed_at <= UNDO_WITHIN
    )
