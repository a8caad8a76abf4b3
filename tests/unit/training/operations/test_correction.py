"""Corrections: with a reason, inside the session, and with what was there kept beside."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from community.models import AuditEntry
from tests.factories.cast import Cast, moment
from tests.unit.training.operations.test_attendance import pending_board_mark, scan
from tests.unit.training.operations.test_matching import keep
from training.models import Attendance, AttendanceChange, Cohort
from training.operations.attendance import CohortIsClosed, record_attendance
from training.operations.correction import (
    HoursOutOfRange,
    NothingToCorrect,
    ReasonMissing,
    confirm_marks,
    correct_mark,
    grant_part_hours,
)
from training.operations.staff_mark import ArrivalOutsideSession, NotOnThisRoster

NOW = moment(26, 9, 30)


def signed_in(cast: Cast) -> Attendance:
    mark = record_attendance(
        session=cast.session,
        enrolment=cast.enrolment,
        scan=scan(moment(26, 9, 14)),
        by=cast.trainee,
        at=moment(26, 9, 14),
    ).mark
    assert mark is not None
    return mark


def test_a_corrected_time_says_what_it_was_who_changed_it_and_why(cast: Cast) -> None:
    mark = signed_in(cast)

    corrected = correct_mark(
        mark=mark,
        state="counted",
        moment=moment(26, 8, 58),
        reason=" 大屏当时黑了 ",
        by=cast.clerk,
        at=NOW,
    )

    assert (corrected.at, corrected.is_late) == (moment(26, 8, 58), False)
    change = AttendanceChange.objects.get()
    assert (change.deed, change.reason, change.by) == ("corrected", "大屏当时黑了", cast.clerk)
    assert datetime.fromisoformat(change.before["at"]) == mark.at
    assert change.before["is_late"] is True
    assert AuditEntry.objects.get(action="attendance.corrected").details["reason"] == change.reason


def test_a_mark_that_was_not_the_persons_own_is_struck_and_stays_readable(cast: Cast) -> None:
    mark = signed_in(cast)

    correct_mark(mark=mark, state="void", reason="代签，本人未到", by=cast.clerk, at=NOW)

    mark.refresh_from_db()
    assert mark.state == "void"
    assert AttendanceChange.objects.get().deed == "voided"


def test_a_correction_that_changes_nothing_writes_nothing(cast: Cast) -> None:
    mark = signed_in(cast)

    correct_mark(mark=mark, state="counted", moment=mark.at, reason="看一下", by=cast.clerk, at=NOW)

    assert not AttendanceChange.objects.exists()


def test_a_reason_is_not_made_of_spaces(cast: Cast) -> None:
    with pytest.raises(ReasonMissing):
        correct_mark(mark=signed_in(cast), state="void", reason="  ", by=cast.clerk, at=NOW)


def test_a_time_outside_the_session_cannot_be_corrected_in(cast: Cast) -> None:
    with pytest.raises(ArrivalOutsideSession):
        correct_mark(
            mark=signed_in(cast),
            state="counted",
            moment=moment(26, 7, 0),
            reason="记错",
            by=cast.clerk,
            at=NOW,
        )


def test_the_mark_of_somebody_unknown_is_matched_and_not_corrected(cast: Cast) -> None:
    mark = keep(cast)

    with pytest.raises(NothingToCorrect):
        correct_mark(mark=mark, state="counted", reason="认识", by=cast.clerk, at=NOW)


def test_a_mark_without_proof_is_the_staffs_once_they_let_it_count(cast: Cast) -> None:
    mark = pending_board_mark(cast)
    Attendance.objects.filter(pk=mark.pk).update(proof="none")

    correct_mark(mark=mark, state="counted", reason="当面核实", by=cast.clerk, at=NOW)

    mark.refresh_from_db()
    assert (mark.state, mark.proof) == ("counted", "staff")


def test_nothing_is_corrected_after_the_class_is_closed(cast: Cast) -> None:
    mark = signed_in(cast)
    Cohort.objects.update(state=Cohort.State.CLOSED)

    with pytest.raises(CohortIsClosed):
        correct_mark(mark=mark, state="void", reason="晚了", by=cast.clerk, at=NOW)
    with pytest.raises(CohortIsClosed):
        grant_part_hours(
            session=cast.session,
            enrolment=cast.enrolment,
            hours=Decimal("1.5"),
            reason="晚了",
            by=cast.clerk,
            at=NOW,
        )


def test_one_tap_confirms_all_six_digit_codes_and_nobody_unknown(cast: Cast) -> None:
    board = pending_board_mark(cast)
    stranger = keep(cast, name="沙马以则", phone="13800002222")

    def confirm() -> int:
        return confirm_marks(marks=[board, stranger], by=cast.clerk, at=NOW)

    assert (confirm(), confirm()) == (1, 0)
    board.refresh_from_db()
    stranger.refresh_from_db()
    assert (board.state, board.proof, board.at) == ("counted", "board", moment(26, 8, 50))
    assert stranger.state == "pending"
    assert AuditEntry.objects.filter(action="attendance.confirmed").count() == 1


def test_a_moved_mark_without_proof_is_the_staffs_when_they_confirm_it(cast: Cast) -> None:
    mark = pending_board_mark(cast)
    Attendance.objects.filter(pk=mark.pk).update(proof="none")

    confirm_marks(marks=[mark], by=cast.clerk, at=NOW)

    mark.refresh_from_db()
    assert mark.proof == "staff"


def grant(cast: Cast, hours: str | None, **fields):
    return grant_part_hours(
        session=fields.pop("session", cast.session),
        enrolment=fields.pop("enrolment", cast.enrolment),
        hours=Decimal(hours) if hours else None,
        reason="前半场在县里开会",
        by=cast.clerk,
        at=fields.pop("at", NOW),
    )


def test_part_of_the_hours_is_granted_to_somebody_without_a_mark(cast: Cast) -> None:
    mark = grant(cast, "1.5")

    assert (mark.state, mark.proof, mark.part_hours) == ("counted", "staff", Decimal("1.5"))
    assert mark.at == cast.session.starts_at
    assert AuditEntry.objects.get(action="attendance.part_hours").details["after"] == {
        "part_hours": "1.5"
    }


def test_all_hours_can_be_given_back(cast: Cast) -> None:
    signed_in(cast)
    grant(cast, "1.5")

    mark = grant(cast, None)

    assert mark.part_hours is None
    assert AttendanceChange.objects.count() == 2
    grant(cast, None)
    assert AttendanceChange.objects.count() == 2


def test_a_waiting_mark_counts_for_the_part_that_staff_grant(cast: Cast) -> None:
    waiting = pending_board_mark(cast)
    Attendance.objects.filter(pk=waiting.pk).update(proof="none")

    mark = grant(cast, "2")

    assert (mark.state, mark.proof, mark.part_hours) == ("counted", "staff", Decimal("2"))


@pytest.mark.parametrize("hours", ["0", "-1", "0.4", "1.3", "3", "3.5"])
def test_a_part_is_less_than_all_and_in_halves(cast: Cast, hours: str) -> None:
    with pytest.raises(HoursOutOfRange):
        grant(cast, hours)


def test_before_the_start_the_part_counts_from_now(cast: Cast) -> None:
    mark = grant(cast, "1.5", at=moment(26, 8, 40))

    assert mark.at == moment(26, 8, 40)


def test_somebody_of_another_class_gets_no_part(cast: Cast) -> None:
    other = cast.enrolled(cast.member("沙马以则"))
    other.cohort_id += 1

    with pytest.raises(NotOnThisRoster):
        grant(cast, "1.5", enrolment=other)


def test_a_mark_confirmed_before_the_other_time_is_left_alone(cast: Cast) -> None:
    mark = signed_in(cast)

    assert confirm_marks(marks=[mark], by=cast.clerk, at=NOW + timedelta(minutes=1)) == 0
