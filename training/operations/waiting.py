"""待核实: keeping what somebody typed in the hall until a code or staff say who it was (ruling 13).

It is kept with the scan's own time and counts for nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from community.live import announce
from community.models import Member
from community.names import normalise_name, pinyin_key
from community.operations.account import member_of_phone
from community.operations.audit import record_audit
from community.phones import mask_phone, normalise_phone
from community.vault import blind_index, seal
from training.models import Attendance, Cohort, Enrolment, Session
from training.operations.attendance import (
    Outcome,
    Scan,
    ScanRefused,
    make_mark,
    note_attempt,
    require_open,
)
from training.operations.scan import Verdict, judge_session

NAMES_A_PHONE: Final = 5
"""How many people may be typed into one phone a class: colleagues lend theirs; a sixth goes to the desk."""

State, Proof = Attendance.State, Attendance.Proof


def roster_member(*, session: Session, name: str, phone: str) -> Member | None:
    """Who on the session's roster has this name and this phone; the answer is shown to nobody.

    A number that somebody has proved is hers alone, whoever else lists it.
    """
    member = member_of_phone(phone=normalise_phone(phone), name=name)
    if member is None or member.name != normalise_name(name):
        return None
    places = Enrolment.objects.active().filter(cohort_id=session.cohort_id, member=member)
    return member if places.exists() else None


def keep_waiting(
    *,
    session: Session | None,
    name: str,
    phone: str,
    scan: Scan,
    person: Member | None = None,
    by: Member | None = None,
    at: datetime,
) -> Outcome:
    """Keep an attempt of somebody not yet proved: a pending enrolment and a pending mark, once each.

    ``person`` is set for a member who is logged in and not on this roster; ``by`` is who acts (staff, or
    that member). What is kept never counts by itself. Raises `ScanRefused` after storing the attempt
    where session, class or window say no.
    """
    against = (
        judge_session(session=session, kind=scan.kind, seen_at=scan.seen_at)
        if scan.door == "scan"
        else None
    )
    mark: Attendance | None = None
    verdict = against or (Verdict.BOARD if scan.door == "board" else Verdict.WAITING)
    with transaction.atomic():
        waiting = None
        if against is None and not _is_open(session):
            verdict = Verdict.COHORT_CLOSED
        elif against is None and _is_full(session, name=name, phone=phone, browser=scan.browser):
            verdict = Verdict.PHONE_FULL
        elif against is None and session is not None:
            waiting = _pending(session, name=name, phone=phone, scan=scan, person=person, at=at)
            fresh = make_mark(
                session=session, enrolment=waiting, scan=scan, state=State.PENDING, by=by, at=at
            )
            mark, is_new = Attendance.objects.mark_once(fresh, cohort_id=session.cohort_id)
            if is_new:
                announce(f"session:{session.pk}")
        note_attempt(scan=scan, verdict=verdict, session=session, enrolment=waiting, by=by, at=at)
    if not verdict.is_kept:
        raise ScanRefused(verdict)
    return Outcome(verdict, mark)


def _is_open(session: Session | None) -> bool:
    return session is not None and Cohort.objects.hold_open(session.cohort_id)


def _is_full(session: Session | None, *, name: str, phone: str, browser: str) -> bool:
    if session is None or not browser:
        return False
    index = blind_index(normalise_phone(phone), purpose="phone") if phone else ""
    others = Enrolment.objects.filter(cohort_id=session.cohort_id, browser=browser)
    others = others.exclude(phone_index=index, name=normalise_name(name))
    return others.count() >= NAMES_A_PHONE


def _pending(
    session: Session, *, name: str, phone: str, scan: Scan, person: Member | None, at: datetime
) -> Enrolment:
    name, phone = normalise_name(name), normalise_phone(phone)
    index = blind_index(phone, purpose="phone") if phone else ""
    fresh = Enrolment(
        cohort_id=session.cohort_id,
        member=person,
        state=Enrolment.State.PENDING,
        name=name,
        name_key=pinyin_key(name),
        phone_sealed=seal(phone, purpose="phone") if phone else "",
        phone_index=index,
        phone_masked=mask_phone(phone) if phone else "",
        browser=scan.browser,
        created_at=at,
        changed_at=at,
    )
    # The constraint keeps one pending row a name and phone, however often the button is pressed.
    Enrolment.objects.bulk_create([fresh], ignore_conflicts=True)
    return Enrolment.objects.awaiting().get(
        cohort_id=session.cohort_id, phone_index=index, name=name
    )


@transaction.atomic
def add_walk_in(
    *, session: Session, name: str, phone: str, seen_at: datetime, by: Member, at: datetime
) -> Attendance:
    """Staff add somebody at the door who is on no roster: pending, and matched later.

    ``seen_at`` is checked by the caller like a mark by hand (`staff_mark.arrival`). Adding the same name
    and phone twice is adding once; the first time stands. Refuses a closed class.
    """
    require_open(session.cohort_id)
    scan = Scan(kind="in", seen_at=seen_at, door="staff", proof=Proof.NONE)
    outcome = keep_waiting(session=session, name=name, phone=phone, scan=scan, by=by, at=at)
    mark = outcome.mark
    assert mark is not None  # the class is held open
    record_audit(
        by=by,
        action="attendance.walk_in",
        at=at,
        subject=mark,
        region=session.cohort.host_region_id,
        session=session.pk,
        enrolment=mark.enrolment_id,
    )
    return mark
