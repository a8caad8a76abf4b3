"""Signing in and out by scan: once, with the scan's time, and every attempt stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.factories.cast import Cast, moment
from training.models import Attendance, Cohort, ScanAttempt
from training.operations.attendance import Scan, ScanRefused, record_attendance
from training.operations.scan import Verdict

NOW = moment(26, 8, 47, 12)


def scan(seen_at: datetime = NOW, **fields: Any) -> Scan:
    return Scan(kind=fields.pop("kind", "in"), seen_at=seen_at, browser="b" * 32, **fields)


def sign_in(cast: Cast, *, seen_at: datetime = NOW, at: datetime | None = None, **fields: Any):
    return record_attendance(
        session=fields.pop("session", cast.session),
        enrolment=fields.pop("enrolment", cast.enrolment),
        scan=scan(seen_at, **fields),
        by=cast.trainee,
        at=at or seen_at,
    )


def test_a_good_scan_makes_one_mark_and_one_attempt(cast: Cast) -> None:
    outcome = sign_in(cast, at=NOW + timedelta(minutes=4))

    assert outcome.verdict is Verdict.RECORDED
    mark = Attendance.objects.get()
    assert mark == outcome.mark
    assert (mark.at, mark.received_at) == (NOW, NOW + timedelta(minutes=4))
    assert (mark.state, mark.proof, mark.is_late) == ("counted", "account", False)
    assert mark.county_id == cast.enrolment.county_id
    assert mark.by == cast.trainee
    assert len(mark.receipt) == 4
    attempt = ScanAttempt.objects.get()
    assert (attempt.verdict, attempt.door, attempt.claimed_at) == ("recorded", "scan", NOW)
    assert attempt.enrolment == cast.enrolment


def test_signing_in_twice_is_signing_in_once(cast: Cast) -> None:
    first = sign_in(cast)

    second = sign_in(cast, seen_at=NOW + timedelta(minutes=30))

    assert second.verdict is Verdict.ALREADY
    assert second.mark == first.mark
    mark = Attendance.objects.get()
    assert mark.at == NOW
    assert not mark.is_late
    assert [a.verdict for a in ScanAttempt.objects.order_by("pk")] == ["recorded", "already"]


def test_lateness_follows_the_scan_and_not_the_slow_log_in(cast: Cast) -> None:
    in_time = sign_in(cast, seen_at=moment(26, 9, 9), at=moment(26, 9, 30))

    assert in_time.verdict is Verdict.RECORDED


def test_who_comes_after_the_minute_is_late(cast: Cast) -> None:
    outcome = sign_in(cast, seen_at=moment(26, 9, 10, 1))

    assert outcome.verdict is Verdict.LATE
    assert outcome.mark is not None
    assert outcome.mark.is_late


@pytest.mark.parametrize(
    ("seen_at", "verdict"),
    [(moment(26, 8, 0), Verdict.EARLY), (moment(26, 10, 0), Verdict.CLOSED)],
)
def test_a_refused_scan_is_stored_and_marks_nobody(
    cast: Cast, seen_at: datetime, verdict: Verdict
) -> None:
    with pytest.raises(ScanRefused) as refusal:
        sign_in(cast, seen_at=seen_at)

    assert refusal.value.verdict is verdict
    assert not Attendance.objects.exists()
    assert ScanAttempt.objects.get().verdict == verdict


def test_nobody_signs_in_to_a_class_that_closed_after_the_scan(cast: Cast) -> None:
    session = cast.session
    Cohort.objects.filter(pk=session.cohort_id).update(state=Cohort.State.CLOSED)

    with pytest.raises(ScanRefused) as refusal:
        sign_in(cast, session=session)  # the object still says that the class is open

    assert refusal.value.verdict is Verdict.COHORT_CLOSED
    assert not Attendance.objects.exists()
    assert ScanAttempt.objects.get().verdict == "cohort_closed"


def test_somebody_of_no_list_is_refused(cast: Cast) -> None:
    with pytest.raises(ScanRefused) as refusal:
        sign_in(cast, enrolment=None)

    assert refusal.value.verdict is Verdict.NOT_ENROLLED
    assert ScanAttempt.objects.get().enrolment is None


def with_sign_out(cast: Cast) -> Any:
    session = cast.session
    session.takes_sign_out = True
    session.sign_out_opens_at = moment(26, 11, 50)
    session.sign_out_closes_at = moment(26, 12, 30)
    session.save()
    return session


def test_signing_out_is_a_mark_of_its_own(cast: Cast) -> None:
    session = with_sign_out(cast)
    sign_in(cast, session=session)

    left = sign_in(cast, session=session, seen_at=moment(26, 11, 55), kind="out")

    assert left.verdict is Verdict.RECORDED
    assert sorted(Attendance.objects.values_list("kind", flat=True)) == ["in", "out"]
    assert not Attendance.objects.get(kind="out").is_late


def test_signing_out_before_signing_in_is_refused(cast: Cast) -> None:
    session = with_sign_out(cast)

    with pytest.raises(ScanRefused) as refusal:
        sign_in(cast, session=session, seen_at=moment(26, 11, 55), kind="out")

    assert refusal.value.verdict is Verdict.NOT_SIGNED_IN
    assert not Attendance.objects.exists()


def pending_board_mark(cast: Cast) -> Attendance:
    return Attendance.objects.create(
        session=cast.session,
        enrolment=cast.enrolment,
        state="pending",
        proof="board",
        at=moment(26, 8, 50),
        received_at=moment(26, 9, 20),
        changed_at=moment(26, 9, 20),
        receipt="K7Q2",
    )


def test_a_scan_in_the_hall_lets_the_six_digits_count_with_their_own_time(cast: Cast) -> None:
    pending_board_mark(cast)

    outcome = sign_in(cast, seen_at=moment(26, 9, 21))

    assert outcome.verdict is Verdict.RECORDED
    mark = Attendance.objects.get()
    assert (mark.state, mark.proof, mark.at) == ("counted", "board", moment(26, 8, 50))
    assert mark.changes.get().deed == "confirmed"


def test_signing_out_by_scan_lets_the_six_digits_count(cast: Cast) -> None:
    session = with_sign_out(cast)
    pending_board_mark(cast)

    sign_in(cast, session=session, seen_at=moment(26, 11, 55), kind="out")

    assert Attendance.objects.get(kind="in").state == "counted"


def test_a_mark_that_staff_struck_waits_when_its_owner_scans_again(cast: Cast) -> None:
    mark = sign_in(cast).mark
    assert mark is not None
    Attendance.objects.filter(pk=mark.pk).update(state="void")

    again = sign_in(cast, seen_at=moment(26, 9, 0))

    assert again.verdict is Verdict.WAITING
    assert Attendance.objects.get().state == "pending"


def test_a_slip_of_staff_is_mended_by_the_persons_own_scan(cast: Cast) -> None:
    mark = sign_in(cast).mark
    assert mark is not None
    Attendance.objects.filter(pk=mark.pk).update(state="void", proof="staff")

    again = sign_in(cast, seen_at=moment(26, 9, 0))

    assert again.verdict is Verdict.RECORDED
    mark.refresh_from_db()
    assert (mark.state, mark.proof, mark.at) == ("counted", "account", moment(26, 9, 0))


def test_attempts_are_only_ever_added(cast: Cast) -> None:
    sign_in(cast)

    for deed in (
        lambda: ScanAttempt.objects.update(verdict="recorded"),
        lambda: ScanAttempt.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_a_mark_that_counts_must_be_proved(cast: Cast) -> None:
    mark = pending_board_mark(cast)

    with pytest.raises(DatabaseError), transaction.atomic():
        Attendance.objects.filter(pk=mark.pk).update(state="counted", proof="none")


def test_signing_out_of_a_half_day_that_is_gone_is_refused_and_kept(cast: Cast) -> None:
    with pytest.raises(ScanRefused) as refused:
        sign_in(cast, session=None, enrolment=None, kind="out")

    assert refused.value.verdict is Verdict.NO_SESSION
    assert ScanAttempt.objects.get().verdict == "no_session"
