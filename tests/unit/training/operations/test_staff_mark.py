"""Marks by hand: the roster and the actor are the server's; once, undone in 30 seconds, never by guess."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from community.models import AuditEntry
from tests.factories.cast import ZHAOJUE, Cast, moment
from tests.unit.training.operations.test_attendance import pending_board_mark, scan, with_sign_out
from training.models import Attendance, AttendanceChange, Cohort, Enrolment, ScanAttempt
from training.operations.attendance import CohortIsClosed, record_attendance
from training.operations.scan import Verdict
from training.operations.staff_mark import (
    ArrivalOutsideSession,
    NotOnThisRoster,
    NotSignedIn,
    SignInNotOpen,
    UndoTooLate,
    can_still_undo,
    mark_present,
    mark_unmarked,
    undo_mark,
)

NOW = moment(26, 9, 14)


def mark(cast: Cast, *, at: datetime = NOW, **fields):
    return mark_present(
        session=fields.pop("session", cast.session),
        enrolment=fields.pop("enrolment", cast.enrolment),
        by=fields.pop("by", cast.clerk),
        at=at,
        **fields,
    )


def test_a_mark_by_hand_names_who_made_it(cast: Cast) -> None:
    outcome = mark(cast)

    made = Attendance.objects.get()
    assert outcome.verdict is Verdict.LATE
    assert (made.state, made.proof, made.by, made.at) == ("counted", "staff", cast.clerk, NOW)
    attempt = ScanAttempt.objects.get()
    assert (attempt.door, attempt.member, attempt.verdict) == ("staff", cast.clerk, "late")
    entry = AuditEntry.objects.get(action="attendance.marked")
    assert (entry.actor, entry.region_id) == (cast.clerk, ZHAOJUE)


def test_two_staff_who_mark_the_same_person_make_one_mark(cast: Cast) -> None:
    mark(cast)

    again = mark(cast, by=cast.class_teacher, at=NOW + timedelta(seconds=1))

    assert again.verdict is Verdict.ALREADY
    assert Attendance.objects.get().by == cast.clerk
    assert AuditEntry.objects.filter(action="attendance.marked").count() == 1


def test_the_paper_sheet_gives_the_time_afterwards(cast: Cast) -> None:
    outcome = mark(cast, at=moment(27, 9, 0), arrived_at=moment(26, 8, 55))

    assert outcome.verdict is Verdict.RECORDED
    made = Attendance.objects.get()
    assert (made.at, made.received_at) == (moment(26, 8, 55), moment(27, 9, 0))


def test_after_the_session_nobody_guesses_the_time(cast: Cast) -> None:
    with pytest.raises(ArrivalOutsideSession):
        mark(cast, at=moment(26, 12, 0, 1))

    assert not ScanAttempt.objects.exists()


@pytest.mark.parametrize(
    "arrived_at", [moment(26, 8, 19), moment(26, 12, 1), moment(26, 9, 15), moment(25, 9, 0)]
)
def test_a_time_outside_the_session_or_to_come_is_refused(cast: Cast, arrived_at: datetime) -> None:
    with pytest.raises(ArrivalOutsideSession):
        mark(cast, arrived_at=arrived_at)


def test_nobody_is_marked_before_the_doors_open(cast: Cast) -> None:
    with pytest.raises(SignInNotOpen):
        mark(cast, at=moment(26, 8, 19))


def test_after_closes_at_the_desk_still_marks(cast: Cast) -> None:
    assert mark(cast, at=moment(26, 10, 30)).verdict is Verdict.LATE


def test_somebody_of_another_roster_cannot_be_marked(cast: Cast) -> None:
    other = cast.enrolled(cast.member("沙马以则"))
    Enrolment.objects.filter(pk=other.pk).update(state="withdrawn")
    other.refresh_from_db()

    with pytest.raises(NotOnThisRoster):
        mark(cast, enrolment=other)


def test_a_closed_class_refuses_everything(cast: Cast) -> None:
    session, enrolment, clerk = cast.session, cast.enrolment, cast.clerk
    made = mark(cast).mark
    assert made is not None
    Cohort.objects.update(state=Cohort.State.CLOSED)
    other = cast.enrolment

    with pytest.raises(CohortIsClosed):
        undo_mark(mark=made, by=clerk, at=NOW)
    with pytest.raises(CohortIsClosed):
        mark_unmarked(session=session, enrolments=[other], by=clerk, at=NOW)
    Attendance.objects.all().update(state="void")
    with pytest.raises(CohortIsClosed):
        mark(cast, session=session, enrolment=enrolment)
    assert Attendance.objects.get().state == "void"


def test_a_mark_that_waits_counts_when_staff_see_the_person(cast: Cast) -> None:
    pending_board_mark(cast)

    outcome = mark(cast)

    assert outcome.verdict is Verdict.RECORDED
    made = Attendance.objects.get()
    assert (made.state, made.proof, made.at) == ("counted", "board", moment(26, 8, 50))


def test_signing_out_by_hand_needs_a_mark_to_leave_from(cast: Cast) -> None:
    session = with_sign_out(cast)

    with pytest.raises(NotSignedIn):
        mark(cast, session=session, kind="out", at=moment(26, 12, 0))
    mark(cast, session=session)
    mark(cast, session=session, kind="out", at=moment(26, 12, 0))

    assert Attendance.objects.filter(kind="out", state="counted").exists()


def test_a_session_without_sign_out_has_none_by_hand_either(cast: Cast) -> None:
    with pytest.raises(SignInNotOpen):
        mark(cast, kind="out", at=moment(26, 12, 0))


def test_a_slip_is_taken_back_within_thirty_seconds(cast: Cast) -> None:
    made = mark(cast).mark
    assert made is not None
    assert can_still_undo(mark=made, by=cast.clerk, at=NOW + timedelta(seconds=30))

    undone = undo_mark(mark=made, by=cast.clerk, at=NOW + timedelta(seconds=30))

    assert undone.state == "void"
    change = AttendanceChange.objects.get()
    assert (change.deed, change.before["state"], change.by) == ("voided", "counted", cast.clerk)
    assert undo_mark(mark=made, by=cast.clerk, at=NOW + timedelta(hours=1)).state == "void"
    assert not can_still_undo(mark=undone, by=cast.clerk, at=NOW)


def test_after_thirty_seconds_it_is_a_correction(cast: Cast) -> None:
    made = mark(cast).mark
    assert made is not None

    with pytest.raises(UndoTooLate):
        undo_mark(mark=made, by=cast.clerk, at=NOW + timedelta(seconds=31))


def test_nobody_takes_back_what_somebody_else_marked(cast: Cast) -> None:
    made = mark(cast).mark
    assert made is not None

    with pytest.raises(UndoTooLate):
        undo_mark(mark=made, by=cast.class_teacher, at=NOW)


def test_nobody_takes_back_a_scan_by_undo(cast: Cast) -> None:
    made = record_attendance(
        session=cast.session, enrolment=cast.enrolment, scan=scan(), by=cast.trainee, at=NOW
    ).mark
    assert made is not None

    with pytest.raises(UndoTooLate):
        undo_mark(mark=made, by=cast.clerk, at=NOW)


def test_undoing_a_confirmation_lets_the_mark_wait_again(cast: Cast) -> None:
    made = pending_board_mark(cast)
    mark(cast)

    undo_mark(mark=made, by=cast.clerk, at=NOW + timedelta(seconds=5))

    made.refresh_from_db()
    assert (made.state, made.proof) == ("pending", "board")


def test_a_person_marked_undone_and_marked_again_has_one_mark(cast: Cast) -> None:
    made = mark(cast).mark
    assert made is not None
    undo_mark(mark=made, by=cast.clerk, at=NOW)

    again = mark(cast, at=NOW + timedelta(minutes=1))

    assert again.mark is not None
    assert (again.mark.pk, again.mark.state) == (made.pk, "counted")
    assert again.mark.at == NOW + timedelta(minutes=1)
    undo_mark(mark=again.mark, by=cast.clerk, at=NOW + timedelta(minutes=1))
    made.refresh_from_db()
    assert made.state == "void"


def test_many_are_marked_but_only_the_unmarked(cast: Cast) -> None:
    struck = cast.enrolled(cast.member("勒格阿呷"))
    fresh = cast.enrolled(cast.member("吉木阿各"))
    mark(cast)
    voided = mark(cast, enrolment=struck).mark
    assert voided is not None
    undo_mark(mark=voided, by=cast.clerk, at=NOW)
    later = NOW + timedelta(minutes=5)

    count = mark_unmarked(
        session=cast.session,
        enrolments=[cast.enrolment, struck, fresh],
        by=cast.class_teacher,
        at=later,
    )

    assert count == 1
    assert Attendance.objects.get(enrolment=fresh).by == cast.class_teacher
    assert Attendance.objects.get(enrolment=cast.enrolment).by == cast.clerk
    assert Attendance.objects.get(enrolment=struck).state == "void"
    assert ScanAttempt.objects.filter(enrolment=fresh).get().verdict == "late"
    entry = AuditEntry.objects.get(action="attendance.marked_many")
    assert entry.details["enrolments"] == [fresh.pk]


def test_marking_many_twice_marks_nobody_twice(cast: Cast) -> None:
    people = [cast.enrolment]

    def again() -> int:
        return mark_unmarked(session=cast.session, enrolments=people, by=cast.clerk, at=NOW)

    assert (again(), again()) == (1, 0)
    assert AuditEntry.objects.filter(action="attendance.marked_many").count() == 1
