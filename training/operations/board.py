"""六位码: who had no network types the digits that the screen showed, until the evening (ruling 15).

What is kept waits for a person: staff confirm all at one tap against the sheet, or she signs out by scan
in the hall. Five wrong codes an account and browser a day, then it is the desk's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from community.live import announce
from community.models import Member
from training.models import (
    Attendance,
    AttendanceChange,
    Cohort,
    Enrolment,
    ScanAttempt,
    Session,
)
from training.operations.attendance import (
    Outcome,
    Scan,
    ScanRefused,
    change_mark,
    make_mark,
    note_attempt,
)
from training.operations.scan import Verdict, board_closes_at, board_time
from training.operations.waiting import keep_waiting

WRONG_CODES: Final = 5

State, Proof = Attendance.State, Attendance.Proof


def sign_in_by_board(
    *,
    code: str,
    scan: Scan,
    member: Member | None,
    name: str = "",
    phone: str = "",
    at: datetime,
) -> Outcome:
    """Keep the six digits of ``member`` (logged in) or of ``name`` and ``phone`` as 待核实.

    The session is found by the digits among those of today: of her own classes first. Raises
    `ScanRefused` (wrong_code, too_many) after storing the attempt.
    """
    scan = replace(scan, kind="in", door=ScanAttempt.Door.BOARD, proof=Proof.BOARD)
    if wrong_codes(member=member, browser=scan.browser, at=at) >= WRONG_CODES:
        raise _refused(Verdict.TOO_MANY, scan, member, at)
    session, enrolment, shown_at = _find(code, member, at)
    if session is None or shown_at is None:
        raise _refused(Verdict.WRONG_CODE, scan, member, at)
    scan = replace(scan, seen_at=shown_at)
    if enrolment is None:
        return keep_waiting(
            session=session, name=name, phone=phone, scan=scan, person=member, by=member, at=at
        )
    return _keep(session, enrolment, scan, member, at)


def wrong_codes(*, member: Member | None, browser: str, at: datetime) -> int:
    """How many wrong codes came today from this account or this browser."""
    midnight = timezone.make_aware(datetime.combine(timezone.localtime(at).date(), time.min))
    whose = Q(browser=browser) if browser else Q(pk__in=[])
    if member is not None:
        whose |= Q(member=member)
    return ScanAttempt.objects.filter(
        whose,
        session__isnull=True,
        received_at__gte=midnight,
        received_at__lte=at,
        door=ScanAttempt.Door.BOARD,
        verdict=Verdict.WRONG_CODE,
    ).count()


def _refused(verdict: Verdict, scan: Scan, member: Member | None, at: datetime) -> ScanRefused:
    note_attempt(scan=scan, verdict=verdict, session=None, by=member, at=at)
    return ScanRefused(verdict)


def _find(
    code: str, member: Member | None, at: datetime
) -> tuple[Session | None, Enrolment | None, datetime | None]:
    places: dict[int, Enrolment] = {}
    if member is not None:
        mine = Enrolment.objects.active().filter(member=member)
        places = {
            place.cohort_id: place for place in mine.filter(cohort__state__in=Cohort.OPEN_STATES)
        }
    sessions = boards_open_at(at)
    for session in sorted(sessions, key=lambda one: one.cohort_id not in places):
        shown_at = board_time(session=session, code=code, at=at)
        if shown_at is not None:
            return session, places.get(session.cohort_id), shown_at
    return None, None, None


def boards_open_at(at: datetime) -> Iterable[Session]:
    """Today's sessions whose six digits are still taken at ``at``."""
    today = timezone.localtime(at).date()
    begin = timezone.make_aware(datetime.combine(today, time.min))
    found = (
        Session.objects.filter(
            starts_at__gte=begin, opens_at__lte=at, cohort__state__in=Cohort.OPEN_STATES
        )
        .select_related("cohort")
        .defer("cohort__curriculum")
        .order_by("starts_at", "pk")
    )
    return [session for session in found if at < board_closes_at(session)]


def _keep(
    session: Session, enrolment: Enrolment, scan: Scan, member: Member | None, at: datetime
) -> Outcome:
    verdict = Verdict.BOARD
    with transaction.atomic():
        fresh = make_mark(
            session=session, enrolment=enrolment, scan=scan, state=State.PENDING, by=member, at=at
        )
        mark, is_new = Attendance.objects.mark_once(fresh, cohort_id=session.cohort_id)
        if mark is None:
            verdict = Verdict.COHORT_CLOSED
        elif not is_new:
            mark = Attendance.objects.select_for_update().get(pk=mark.pk)
            if mark.state == State.COUNTED:
                verdict = Verdict.ALREADY
            elif mark.state == State.VOID:
                change_mark(
                    mark,
                    deed=AttendanceChange.Deed.RESTORED,
                    reason=_("撤销后补录六位码，等人核实"),
                    by=member,
                    at=at,
                    state=State.PENDING,
                    proof=Proof.BOARD,
                    is_late=fresh.is_late,
                    moment=fresh.at,
                )
        note_attempt(
            scan=scan, verdict=verdict, session=session, enrolment=enrolment, by=member, at=at
        )
        announce(f"session:{session.pk}")
    if not verdict.is_kept:
        raise ScanRefused(verdict)
    return Outcome(verdict, mark)
