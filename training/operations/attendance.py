"""签到: making marks, from a scan and by hand, and taking a slip of the finger back.

Who, for whom and when are the server's (anchors.md §2.1): an operation is given the member behind the
request, the enrolment that the roster has, and times that the server measured.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from community.live import announce
from community.models import Member
from community.refusals import Refusal
from community.slot_code import ALPHABET, Kind
from training.models import (
    Attendance,
    AttendanceChange,
    Cohort,
    Enrolment,
    ScanAttempt,
    Session,
)
from training.operations.scan import Verdict, is_late, judge_scan

RECEIPT_LENGTH: Final = 4
TOKEN_KEPT: Final = 32

State, Proof, Door = Attendance.State, Attendance.Proof, ScanAttempt.Door


class ScanRefused(Refusal):
    """A scan that made no mark; ``verdict`` says why, and the attempt is stored."""

    code = "scan_refused"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(_("这次扫码没有记为签到。"), verdict=str(verdict))
        self.verdict = verdict


class CohortIsClosed(Refusal):
    code = "cohort_closed"


@dataclass(frozen=True)
class Scan:
    """One attempt as the server saw it: what, when, how the person is known, from which phone."""

    kind: Kind
    seen_at: datetime
    door: str = Door.SCAN
    proof: str = Proof.ACCOUNT
    browser: str = ""
    user_agent: str = ""
    address: str | None = None
    token: str = ""


@dataclass(frozen=True)
class Outcome:
    """What an attempt came to, and the mark that stands (none where it was refused)."""

    verdict: Verdict
    mark: Attendance | None = None


def new_receipt() -> str:
    """Four characters that can be read aloud, for the person at the desk."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RECEIPT_LENGTH))


def note_attempt(
    *,
    scan: Scan,
    verdict: Verdict,
    session: Session | None,
    enrolment: Enrolment | None = None,
    by: Member | None,
    at: datetime,
) -> ScanAttempt:
    """Store an attempt with its verdict, refused ones too (anchors.md §2.3). Never edited."""
    return ScanAttempt.objects.create(
        session=session,
        enrolment=enrolment,
        member=by,
        kind=scan.kind,
        door=scan.door,
        verdict=verdict,
        claimed_at=scan.seen_at,
        received_at=at,
        browser=scan.browser,
        user_agent=scan.user_agent,
        address=scan.address or None,
        token=scan.token[:TOKEN_KEPT],
    )


def make_mark(
    *,
    session: Session,
    enrolment: Enrolment,
    scan: Scan,
    state: str,
    by: Member | None,
    at: datetime,
) -> Attendance:
    """An unsaved mark with everything that follows from the session's rule and the roster."""
    return Attendance(
        session=session,
        enrolment=enrolment,
        kind=scan.kind,
        state=state,
        proof=scan.proof,
        at=scan.seen_at,
        received_at=at,
        is_late=is_late(session=session, kind=scan.kind, at=scan.seen_at),
        receipt=new_receipt(),
        browser=scan.browser,
        by=by,
        county_id=enrolment.county_id,
        changed_at=at,
    )


def record_attendance(
    *, session: Session | None, enrolment: Enrolment | None, scan: Scan, by: Member, at: datetime
) -> Outcome:
    """Sign ``enrolment`` in (or out) by a scan. Signing in twice is signing in once.

    The attempt and, if it is good, the mark are one commit; a refusal (`ScanRefused`) is raised after
    it, so that the attempt stays (ruling 12). A mark kept from the six digits counts from now on, with
    the digits' time (ruling 15).
    """
    verdict = judge_scan(
        session=session,
        enrolment=enrolment,
        kind=scan.kind,
        seen_at=scan.seen_at,
        has_signed_in=scan.kind == "in" or _has_signed_in(session, enrolment),
    )
    mark: Attendance | None = None
    with transaction.atomic():
        if verdict.is_mark and session is not None and enrolment is not None:
            verdict, mark = _mark(session, enrolment, scan, by, at)
        note_attempt(scan=scan, verdict=verdict, session=session, enrolment=enrolment, by=by, at=at)
    if not verdict.is_kept:
        raise ScanRefused(verdict)
    return Outcome(verdict, mark)


def _has_signed_in(session: Session | None, enrolment: Enrolment | None) -> bool:
    if session is None or enrolment is None:
        return False
    marks = Attendance.objects.filter(session=session, enrolment=enrolment, kind="in")
    return marks.exclude(state=State.VOID).exists()


def _mark(
    session: Session, enrolment: Enrolment, scan: Scan, by: Member, at: datetime
) -> tuple[Verdict, Attendance | None]:
    fresh = make_mark(
        session=session, enrolment=enrolment, scan=scan, state=State.COUNTED, by=by, at=at
    )
    mark, is_new = Attendance.objects.mark_once(fresh, cohort_id=session.cohort_id)
    if mark is None:
        return Verdict.COHORT_CLOSED, None
    verdict = Verdict.LATE if mark.is_late else Verdict.RECORDED
    if not is_new:
        mark = Attendance.objects.select_for_update().get(pk=mark.pk)
        verdict = _scan_again(mark, fresh, by=by, at=at)
    if scan.kind == "out":
        _confirm_by_leaving(session, enrolment, by=by, at=at)
    if is_new or verdict is not Verdict.ALREADY:
        announce(f"session:{session.pk}")
    return verdict, mark


def _scan_again(mark: Attendance, fresh: Attendance, *, by: Member, at: datetime) -> Verdict:
    """A mark is there already: it stands, or counts from now on, or waits for a person."""
    if mark.state == State.COUNTED:
        return Verdict.ALREADY
    if mark.state == State.PENDING and mark.proof == Proof.BOARD:
        # She is in the hall, so the digits she copied were hers, and their time is the earlier one.
        change_mark(
            mark,
            deed=AttendanceChange.Deed.CONFIRMED,
            reason=_("本人现场扫码"),
            by=by,
            at=at,
            state=State.COUNTED,
        )
    elif mark.state == State.VOID and mark.proof == Proof.STAFF:
        change_mark(
            mark,
            deed=AttendanceChange.Deed.RESTORED,
            reason=_("本人现场扫码"),
            by=by,
            at=at,
            state=State.COUNTED,
            proof=fresh.proof,
            is_late=fresh.is_late,
            moment=fresh.at,
        )
    else:
        # Staff struck a scan of hers: another scan is for them to judge, not for the clock.
        change_mark(
            mark,
            deed=AttendanceChange.Deed.RESTORED,
            reason=_("撤销后再次扫码，等人核实"),
            by=by,
            at=at,
            state=State.PENDING,
            proof=fresh.proof,
            is_late=fresh.is_late,
            moment=fresh.at,
        )
        return Verdict.WAITING
    return Verdict.LATE if mark.is_late else Verdict.RECORDED


def _confirm_by_leaving(
    session: Session, enrolment: Enrolment, *, by: Member, at: datetime
) -> None:
    """Who signs out by scan in the hall was there: her six digits count (ruling 15)."""
    waiting = Attendance.objects.select_for_update().filter(
        session=session, enrolment=enrolment, kind="in", state=State.PENDING, proof=Proof.BOARD
    )
    for mark in waiting:
        change_mark(
            mark,
            deed=AttendanceChange.Deed.CONFIRMED,
            reason=_("现场扫码签退"),
            by=by,
            at=at,
            state=State.COUNTED,
        )


def change_mark(
    mark: Attendance, *, deed: str, reason: str, by: Member | None, at: datetime, **fields: Any
) -> AttendanceChange:
    """Change a locked mark and keep what it was. ``moment`` is the mark's own ``at``."""
    if "moment" in fields:
        fields["at"] = fields.pop("moment")
    before = {name: _plain(getattr(mark, name)) for name in fields}
    for name, value in fields.items():
        setattr(mark, name, value)
    mark.changed_at = at
    mark.save(update_fields=[*fields, "changed_at"])
    return AttendanceChange.objects.create(
        attendance=mark,
        deed=deed,
        at=at,
        by=by,
        reason=reason[:200],
        before=before,
        after={name: _plain(value) for name, value in fields.items()},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, bool | None) else str(value)


def require_open(cohort_id: int) -> None:
    """Hold the class open until this transaction ends, or refuse: after 结班 no mark changes."""
    if not Cohort.objects.hold_open(cohort_id):
        raise CohortIsClosed(_("这个班已经结班，签到不能再改。要改，请先由主办地取消结班。"))
