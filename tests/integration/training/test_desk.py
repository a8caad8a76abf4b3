"""The big screen: this slot's code and nothing ahead, figures by county, never a name; and the printed sheet."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.slot_code import TOKEN_STEP_SECONDS, slot_at
from tests.factories.cast import BUTUO, Cast
from tests.factories.hall import open_now, phone, token_of
from training.models import Cohort, Session
from training.operations.attendance import Scan, record_attendance
from training.operations.scan import board_code_at
from training.reports.tally import roll_up
from training.views.desk import board_of, is_loopback


def came(cast: Cast, session: Session, enrolment: Any) -> None:
    now = timezone.now()
    record_attendance(
        session=session,
        enrolment=enrolment,
        scan=Scan(kind="in", seen_at=now, browser="b" * 32),
        by=enrolment.member,
        at=now,
    )


def roles(cast: Cast) -> list[tuple[Any, bool]]:
    """Everybody of the cast, and whether she may desk 凉山场."""
    cast.enrolment  # noqa: B018
    return [
        (cast.clerk, True),
        (cast.class_teacher, True),
        (cast.liangshan, True),
        (cast.province, True),
        (cast.superuser, True),
        (cast.trainee, False),
        (cast.zhaojue, False),
        (cast.butuo, False),
        (cast.editor, False),
    ]


@pytest.mark.parametrize(
    "path", ["desk/", "desk/now", "staff/", "staff/waiting/", "staff/walk-in/", "sheet/"]
)
def test_the_desk_is_for_who_runs_the_hall(cast: Cast, path: str) -> None:
    session = open_now(cast)
    address = f"/sessions/{session.pk}/{path}"

    for member, may in roles(cast):
        status = phone(member).get(address).status_code
        assert status == (HTTPStatus.OK if may else HTTPStatus.NOT_FOUND), (member, path)
    assert phone().get(address).status_code == HTTPStatus.FOUND
    assert phone(cast.clerk).get(f"/sessions/999999/{path}").status_code == HTTPStatus.NOT_FOUND


def test_the_screen_shows_the_code_of_this_slot_only(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_URL = "https://tongke.example"
    session = open_now(cast)
    at = timezone.now()

    board = board_of(
        Session.objects.select_related("cohort__programme").get(pk=session.pk), kind="in", at=at
    )
    page = phone(cast.clerk).get(f"/sessions/{session.pk}/desk/").content.decode()

    assert board.address == f"https://tongke.example/q/{token_of(session, at=at)}"
    slot = slot_at(at, TOKEN_STEP_SECONDS)
    assert board.ends_ms == (slot + 1) * TOKEN_STEP_SECONDS * 1000
    digits = board_code_at(session=session, kind="in", at=at)
    assert f"{digits[:3]} {digits[3:]}" in page
    ahead = board_code_at(session=session, kind="in", at=at + timedelta(minutes=10))
    assert ahead not in page.replace(" ", "")
    assert page.count("<svg role=") == 1
    assert 'http-equiv="refresh" content="15"' in page
    assert "tongke.example/bl" in page


def test_the_screen_has_figures_and_seats_and_no_names(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    cast.enrolled(cast.member("阿尔子哈二", BUTUO))
    came(cast, session, cast.enrolment)
    roll_up([session.pk], timezone.now())

    for path in ("desk/", "desk/now"):
        page = phone(cast.clerk).get(f"/sessions/{session.pk}/{path}").content.decode()
        assert re.search(r'data-part="came">1<small> / 2', page)
        assert "昭觉县" in page
        assert "布拖县" in page
        assert page.index("布拖县") < page.index("昭觉县", page.index("布拖县"))
        assert "6排12座" in page
        assert "何文渊" not in page
        assert "阿尔子哈" not in page
        assert cast.clerk.name not in page


def test_the_fragment_has_the_parts_that_the_script_puts_in_place(cast: Cast) -> None:
    session = open_now(cast)

    whole = phone(cast.clerk).get(f"/sessions/{session.pk}/desk/").content.decode()
    now = phone(cast.clerk).get(f"/sessions/{session.pk}/desk/now")

    names = r'data-part="(\w+)"'
    page = now.content.decode()
    assert set(re.findall(names, whole)) == set(re.findall(names, page))
    assert "data-desk-state" in page
    assert "no-store" in now["Cache-Control"]


def test_the_screen_says_when_no_phone_can_reach_it(cast: Cast, settings: Any) -> None:
    session = open_now(cast)
    her = phone(cast.clerk)
    settings.PUBLIC_URL = "http://localhost:8000"
    warned = her.get(f"/sessions/{session.pk}/desk/").content.decode()
    settings.PUBLIC_URL = "https://tongke.example"
    quiet = her.get(f"/sessions/{session.pk}/desk/").content.decode()

    assert "手机扫不开" in warned
    assert "手机扫不开" not in quiet


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1", True),
        ("http://127.9.9.9:8000", True),
        ("http://[::1]:8000", True),
        ("http://hall.localhost", True),
        ("http://192.168.1.7:8000", False),
        ("https://tongke.example", False),
        ("", False),
    ],
)
def test_loopback_is_an_address_of_this_machine(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"opens_at": timedelta(minutes=3)}, "开始</b>"),
        ({"closes_at": -timedelta(minutes=3)}, "扫码已经停止"),
    ],
)
def test_outside_the_window_there_is_no_code(cast: Cast, change: Any, words: str) -> None:
    session = open_now(cast)
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(
        **{name: now + shift for name, shift in change.items()}
    )

    page = phone(cast.clerk).get(f"/sessions/{session.pk}/desk/").content.decode()

    assert words in page
    assert "<svg role=" not in page
    assert "desk__code" not in page


def test_a_closed_class_shows_no_code(cast: Cast) -> None:
    session = open_now(cast)
    cast.clerk  # noqa: B018
    Cohort.objects.update(state="closed")

    page = phone(cast.clerk).get(f"/sessions/{session.pk}/desk/").content.decode()

    assert "已经结班" in page
    assert "<svg role=" not in page


def test_the_screen_turns_to_signing_out(cast: Cast) -> None:
    session = open_now(cast, late=True)
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(
        takes_sign_out=True,
        closes_at=now - timedelta(minutes=5),
        sign_out_opens_at=now - timedelta(minutes=1),
        sign_out_closes_at=now + timedelta(minutes=30),
    )
    her = phone(cast.clerk)

    page = her.get(f"/sessions/{session.pk}/desk/").content.decode()
    back = her.get(f"/sessions/{session.pk}/desk/?kind=in").content.decode()

    assert "微信扫一扫签退" in page
    assert "desk__code" not in page
    assert "扫码已经停止" in back
    asked = her.get(f"/sessions/{session.pk}/desk/now?kind=out").content.decode()
    assert "微信扫一扫签退" in asked


def test_the_screen_costs_the_same_however_many_come(cast: Cast) -> None:
    session = open_now(cast)
    her = phone(cast.clerk)
    costs = []
    for size in (1, 10, 40):
        while cast.cohort.enrolments.count() < size:
            number = cast.cohort.enrolments.count()
            code = BUTUO if number % 2 else "513431"
            enrolment = cast.enrolled(cast.member(f"学员{number}", code, password=False))
            came(cast, session, enrolment)
        roll_up([session.pk], timezone.now())
        her.get(f"/sessions/{session.pk}/desk/now")
        with CaptureQueriesContext(connection) as asked:
            her.get(f"/sessions/{session.pk}/desk/now")
        costs.append(len(asked))

    assert len(set(costs)) == 1, costs
    assert costs[0] <= 8


def test_the_sheet_has_a_page_a_county(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    cast.enrolled(cast.member("沙马以则", BUTUO))
    her = phone(cast.clerk)

    page = her.get(f"/sessions/{session.pk}/sheet/").content.decode()
    one = her.get(f"/sessions/{session.pk}/sheet/?county={BUTUO}").content.decode()

    assert page.count("<table") == 2
    assert page.count("<thead") == 2
    assert "昭觉县，应到1人" in page
    assert f"LS18-1-{BUTUO}" in page
    assert "6排12座" in page
    assert one.count("<table") == 1
    assert "何文渊" not in one


def test_an_empty_roster_has_no_sheet(cast: Cast) -> None:
    session = open_now(cast)

    page = phone(cast.clerk).get(f"/sessions/{session.pk}/sheet/").content.decode()

    assert "名单还是空的" in page
