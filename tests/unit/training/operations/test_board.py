"""六位码: kept with the time of the screen, found among today's sessions, five wrong ones a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.factories.cast import Cast, moment
from tests.unit.training.operations.test_attendance import sign_in
from training.models import Attendance, Cohort, Enrolment, ScanAttempt
from training.operations.attendance import Outcome, Scan, ScanRefused
from training.operations.board import WRONG_CODES, sign_in_by_board
from training.operations.scan import Verdict, board_code_at

SHOWN = moment(26, 8, 53)
EVENING = moment(26, 16, 0)


def type_in(cast: Cast, code: str = "", *, at: datetime = EVENING, **fields: Any) -> Outcome:
    code = code or board_code_at(session=cast.session, kind="in", at=SHOWN)
    scan = Scan(kind="in", seen_at=at, browser=fields.pop("browser", "b" * 32))
    return sign_in_by_board(
        code=code, scan=scan, member=fields.pop("member", cast.trainee), at=at, **fields
    )


def wrong(cast: Cast) -> str:
    right = {
        board_code_at(session=one, kind="in", at=moment(26, hour, minute))
        for one in cast.cohort.sessions.all()
        for hour in (8, 9, 13, 14)
        for minute in range(0, 60, 10)
    }
    return next(f"{n:06d}" for n in range(100) if f"{n:06d}" not in right)


def test_the_digits_are_kept_with_the_time_of_the_screen(cast: Cast) -> None:
    cast.enrolment  # noqa: B018

    outcome = type_in(cast)

    assert outcome.verdict is Verdict.BOARD
    mark = Attendance.objects.get()
    assert (mark.state, mark.proof, mark.at, mark.received_at) == (
        "pending",
        "board",
        moment(26, 8, 50),
        EVENING,
    )
    attempt = ScanAttempt.objects.get()
    assert (attempt.door, attempt.verdict) == ("board", "board")


def test_who_is_signed_in_already_hears_so(cast: Cast) -> None:
    sign_in(cast)

    outcome = type_in(cast)

    assert outcome.verdict is Verdict.ALREADY
    assert Attendance.objects.get().state == "counted"


def test_typing_the_digits_twice_is_once(cast: Cast) -> None:
    cast.enrolment  # noqa: B018
    type_in(cast)

    assert type_in(cast).verdict is Verdict.BOARD
    assert Attendance.objects.count() == 1


def test_who_was_struck_waits_again_with_the_digits(cast: Cast) -> None:
    sign_in(cast)
    Attendance.objects.update(state="void")

    type_in(cast)

    mark = Attendance.objects.get()
    assert (mark.state, mark.proof) == ("pending", "board")


def test_a_stranger_with_the_digits_waits_by_name_and_phone(cast: Cast) -> None:
    cast.session  # noqa: B018

    outcome = type_in(cast, member=None, name="沙马以则", phone="13800003333")

    assert outcome.verdict is Verdict.BOARD
    waiting = Enrolment.objects.get()
    assert (waiting.state, waiting.name) == ("pending", "沙马以则")
    assert Attendance.objects.get().enrolment == waiting


def test_a_member_of_no_class_waits_too(cast: Cast) -> None:
    cast.session  # noqa: B018

    type_in(cast, name=cast.trainee.name, phone="13800003333")

    assert Enrolment.objects.get().member == cast.trainee


def test_five_wrong_codes_end_the_day_for_account_and_browser(cast: Cast) -> None:
    cast.enrolment  # noqa: B018
    code = wrong(cast)
    for _ in range(WRONG_CODES):
        with pytest.raises(ScanRefused) as refusal:
            type_in(cast, code)
        assert refusal.value.verdict is Verdict.WRONG_CODE

    for fields in ({"browser": "c" * 32}, {"member": cast.clerk}):
        with pytest.raises(ScanRefused) as refusal:
            type_in(cast, **fields)
        assert refusal.value.verdict is Verdict.TOO_MANY
    assert not Attendance.objects.exists()
    assert ScanAttempt.objects.filter(verdict="wrong_code").count() == WRONG_CODES


def test_the_next_day_begins_anew(cast: Cast) -> None:
    cast.enrolment  # noqa: B018
    code = wrong(cast)
    for _ in range(WRONG_CODES):
        with pytest.raises(ScanRefused):
            type_in(cast, code)
    tomorrow = cast.cohort.sessions.get(position=3)
    digits = board_code_at(session=tomorrow, kind="in", at=moment(27, 9, 5))

    assert type_in(cast, digits, at=moment(27, 12, 0)).verdict is Verdict.BOARD


@pytest.mark.parametrize("at", [moment(26, 18, 0), moment(27, 9, 0)])
def test_after_the_evening_the_digits_are_worth_nothing(cast: Cast, at: datetime) -> None:
    cast.enrolment  # noqa: B018

    with pytest.raises(ScanRefused) as refusal:
        type_in(cast, at=at)

    assert refusal.value.verdict is Verdict.WRONG_CODE


def test_a_closed_class_has_no_digits(cast: Cast) -> None:
    cast.enrolment  # noqa: B018
    Cohort.objects.update(state=Cohort.State.CLOSED)

    with pytest.raises(ScanRefused) as refusal:
        type_in(cast)

    assert refusal.value.verdict is Verdict.WRONG_CODE


def test_a_class_that_closes_meanwhile_keeps_nothing(cast: Cast) -> None:
    from training.operations import board

    session, enrolment = cast.session, cast.enrolment
    Cohort.objects.update(state=Cohort.State.CLOSED)
    scan = Scan(kind="in", seen_at=SHOWN, door="board", proof="board")

    with pytest.raises(ScanRefused) as refusal:
        board._keep(session, enrolment, scan, cast.trainee, EVENING)

    assert refusal.value.verdict is Verdict.COHORT_CLOSED
