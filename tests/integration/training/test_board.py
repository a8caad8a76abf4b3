"""/bl: six digits from who had no network, kept for the staff."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone

from tests.factories.cast import Cast, moment
from tests.factories.hall import phone
from training.models import Attendance, Enrolment, ScanAttempt
from training.operations.scan import board_code_at

EVENING = moment(26, 16, 30)


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock of the server stands at half past four on the session's day."""
    monkeypatch.setattr(timezone, "now", lambda: EVENING)
    return EVENING


def digits(cast: Cast) -> str:
    return board_code_at(session=cast.session, kind="in", at=moment(26, 8, 53))


def test_a_member_types_the_digits_and_waits_for_the_staff(cast: Cast, evening: datetime) -> None:
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    code = digits(cast)
    page = her.get("/bl").content.decode()
    assert 'name="name"' not in page

    kept = her.post("/bl", {"code": f"{code[:3]} {code[3:]}"}, follow=True).content.decode()

    mark = Attendance.objects.get()
    assert (mark.state, mark.proof, mark.at) == ("pending", "board", moment(26, 8, 50))
    assert mark.receipt in kept
    assert "现在还不算签到" in kept
    assert "是8:50起在大屏上显示的" in kept


def test_who_is_not_logged_in_adds_name_and_phone(cast: Cast, evening: datetime) -> None:
    cast.enrolment  # noqa: B018
    fields = {"code": digits(cast), "name": "沙马以则", "phone": "138 0000 1111"}

    kept = phone().post("/bl", fields, follow=True).content.decode()

    assert "已补录，待核实" in kept
    waiting = Enrolment.objects.awaiting().get()
    assert waiting.phone_masked == "138****1111"
    assert "138" not in kept
    assert Attendance.objects.get().enrolment == waiting


def test_wrong_digits_say_so_and_end_after_five(cast: Cast, evening: datetime) -> None:
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    right = digits(cast)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    pages = [her.post("/bl", {"code": wrong}) for _ in range(5)]
    sixth = her.post("/bl", {"code": right})

    assert all("没有显示过这个码" in page.content.decode() for page in pages)
    assert "六位码输错太多次" in sixth.content.decode()
    assert sixth.status_code == HTTPStatus.CONFLICT
    assert not Attendance.objects.exists()
    assert list(ScanAttempt.objects.order_by("pk").values_list("verdict", flat=True)) == [
        *["wrong_code"] * 5,
        "too_many",
    ]


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５", "\x00" * 6, "1" * 400]
)
def test_what_is_no_six_digits_is_said_at_the_field(
    cast: Cast, evening: datetime, code: str
) -> None:
    response = phone(cast.trainee).post("/bl", {"code": code})

    assert response.status_code == HTTPStatus.OK
    assert "1处要改" in response.content.decode()
    assert not ScanAttempt.objects.exists()


def test_who_is_signed_in_is_led_to_her_mark(cast: Cast, evening: datetime) -> None:
    session = cast.session
    Attendance.objects.create(
        session=session,
        enrolment=cast.enrolment,
        proof="account",
        at=moment(26, 8, 47),
        received_at=moment(26, 8, 47),
        changed_at=moment(26, 8, 47),
        receipt="K7Q2",
    )

    response = phone(cast.trainee).post("/bl", {"code": digits(cast)})

    assert response["Location"] == f"/sessions/{session.pk}/?again=1"


def test_the_page_says_when_staff_have_confirmed(cast: Cast, evening: datetime) -> None:
    from training.operations.correction import confirm_marks

    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    her.post("/bl", {"code": digits(cast)})
    confirm_marks(marks=Attendance.objects.all(), by=cast.clerk, at=EVENING)

    assert "已核实，算到场" in her.get("/bl/kept/").content.decode()


def test_without_anything_kept_one_begins_at_the_form(cast: Cast) -> None:
    assert phone().get("/bl/kept/")["Location"] == "/bl"
    assert phone().get("/bl/")["Location"] == "/bl"


def test_a_flood_from_one_address_is_slowed(
    cast: Cast, evening: datetime, monkeypatch: Any
) -> None:
    from training.views import board

    monkeypatch.setattr(board, "TRIES_AN_HOUR", 2)
    client = phone()

    statuses = [client.post("/bl", {"code": "x"}).status_code for _ in range(3)]

    assert statuses == [200, 200, HTTPStatus.TOO_MANY_REQUESTS]


def test_the_next_morning_the_digits_are_worth_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.enrolment  # noqa: B018
    monkeypatch.setattr(timezone, "now", lambda: EVENING + timedelta(hours=2))

    page = phone(cast.trainee).post("/bl", {"code": digits(cast)}).content.decode()

    assert "没有显示过这个码" in page
