"""The second step of staff, with an authenticator's real codes."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import reverse

from community.models import Member
from community.operations.account import reset_two_step
from tests.factories.cast import PASSWORD, moment

pytestmark = pytest.mark.django_db
AREA = "/areas/513431/coverage/"
LOG_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def demanded(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is demanded; and what follows a commit does so inside the request, as it does outside tests."""
    settings.STAFF_MUST_USE_TOTP = True
    monkeypatch.setattr("django.db.transaction.on_commit", lambda do, **_options: do())


def code_now(secret: str, steps: int = 0) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30 + steps):06d}"


def log_in(member: Member) -> Client:
    client = Client()
    client.post(LOG_IN, {"login": member.username, "password": PASSWORD})
    return client


def switch_on(client: Client) -> str:
    """Through the page, as somebody with a phone does; the secret that the phone now has."""
    page = client.get(reverse("mfa_activate_totp"))
    if page.status_code == 302:
        client.post(page["Location"], {"password": PASSWORD})
        page = client.get(reverse("mfa_activate_totp"))
    secret = re.search(r'class="mono">([A-Z2-7]{16,})<', page.content.decode())
    assert secret, "the secret is written for who cannot scan"
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret[1])})
    assert answer.status_code == 302, answer.content.decode()
    return secret[1]


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize("page", [AREA, "/areas/513431/people/1/", "/office/", "/exports/1/file"])
def test_staff_without_an_authenticator_are_sent_to_switch_it_on(cast: Any, page: str) -> None:
    for member in (cast.zhaojue, cast.superuser):
        client = log_in(member)
        assert client.get(page)["Location"] == reverse("mfa_activate_totp")
        assert client.post(page)["Location"] == reverse("mfa_activate_totp")


def test_an_editor_needs_it_for_the_office_only(cast: Any) -> None:
    client = log_in(cast.editor)

    assert client.get("/office/")["Location"] == reverse("mfa_activate_totp")
    assert client.get("/inbox/").status_code == 200


@pytest.mark.parametrize("page", ["/inbox/", "/me/account/", "/privacy/", "/accounts/2fa/"])
def test_as_a_plain_member_she_goes_on(cast: Any, page: str) -> None:
    assert log_in(cast.zhaojue).get(page).status_code == 200


def test_who_holds_no_power_is_not_asked(cast: Any) -> None:
    assert log_in(cast.trainee).get(AREA).status_code == 403


def test_switched_on_it_opens_the_pages_and_gives_recovery_codes(cast: Any) -> None:
    client = log_in(cast.zhaojue)
    switch_on(client)

    assert client.get(AREA).status_code == 200
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert "备用码" in page
    stored = Authenticator.objects.get(user=cast.zhaojue, type=Authenticator.Type.TOTP).data
    assert stored["secret"].count(".") == 2, "sealed"


def test_other_sessions_end_when_it_is_switched_on(cast: Any) -> None:
    here, there = log_in(cast.zhaojue), log_in(cast.zhaojue)
    switch_on(here)

    assert here.get("/inbox/").status_code == 200
    assert there.get("/inbox/").status_code == 302


def test_the_next_log_in_asks_for_six_digits(cast: Any) -> None:
    secret = switch_on(log_in(cast.zhaojue))
    client = log_in(cast.zhaojue)
    assert who(client) is None

    assert client.get(AREA)["Location"].startswith(LOG_IN)
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "六位数字不对" in wrong.content.decode()
    right = client.post(reverse("mfa_authenticate"), {"code": code_now(secret, 1)})

    assert right.status_code == 302
    assert who(client) == str(cast.zhaojue.pk)
    assert client.get(AREA).status_code == 200


def test_a_recovery_code_stands_in_once(cast: Any) -> None:
    owner = log_in(cast.zhaojue)
    switch_on(owner)
    page = owner.get(reverse("mfa_view_recovery_codes")).content.decode()
    code = re.search(r"<li>([0-9A-Za-z]{8,})</li>", page)
    assert code

    client = log_in(cast.zhaojue)
    client.post(reverse("mfa_authenticate"), {"code": code[1]})
    assert who(client) == str(cast.zhaojue.pk)
    again = log_in(cast.zhaojue)
    again.post(reverse("mfa_authenticate"), {"code": code[1]})
    assert who(again) is None


def test_staff_do_not_switch_it_off(cast: Any) -> None:
    client = log_in(cast.zhaojue)
    switch_on(client)
    page = client.get(reverse("mfa_deactivate_totp"))
    if page.status_code == 302:
        client.post(page["Location"], {"password": PASSWORD})
        page = client.get(reverse("mfa_deactivate_totp"))
    assert "不能关闭两步验证" in page.content.decode()
    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=cast.zhaojue).exists()


def test_a_session_that_never_passed_the_step_is_asked_for_it(cast: Any) -> None:
    """Somebody is appointed while she is logged in, and had an authenticator from before."""
    client = log_in(cast.zhaojue)
    TOTP.activate(cast.zhaojue, secret := generate_totp_secret())

    asked = client.get(AREA)
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    answer = client.post(asked["Location"], {"code": code_now(secret)})
    assert answer["Location"] == AREA
    assert client.get(AREA).status_code == 200


def test_somebody_who_lost_her_device_is_let_in_by_who_stands_above(cast: Any) -> None:
    switch_on(log_in(cast.zhaojue))
    reset_two_step(member=cast.zhaojue, by=cast.liangshan, at=moment(), reason="手机丢了")

    client = log_in(cast.zhaojue)
    assert who(client) == str(cast.zhaojue.pk)
    assert client.get(AREA)["Location"] == reverse("mfa_activate_totp")


def test_where_it_is_not_demanded_nobody_is_asked(cast: Any, settings: Any) -> None:
    settings.STAFF_MUST_USE_TOTP = False

    assert log_in(cast.zhaojue).get(AREA).status_code == 200


def test_guessing_the_six_digits_stops(cast: Any) -> None:
    switch_on(log_in(cast.zhaojue))
    client = log_in(cast.zhaojue)
    for _try in range(12):
        answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})

    assert "试的次数太多" in answer.content.decode()


class TestGoingAway:
    """STAFF_IDLE_MINUTES and STAFF_SESSION_HOURS."""

    @pytest.fixture(autouse=True)
    def times_out(self, settings: Any) -> None:
        settings.STAFF_MUST_USE_TOTP = False
        settings.STAFF_IDLE_MINUTES = 30
        settings.STAFF_SESSION_HOURS = 12

    def age(self, client: Client, **ages: int) -> None:
        session = client.session
        for key, minutes in ages.items():
            session[key] = int(time.time()) - minutes * 60
        session.save()

    def test_who_is_here_goes_on(self, cast: Any) -> None:
        client = log_in(cast.zhaojue)
        assert client.get(AREA).status_code == 200
        self.age(client, staff_seen=29, staff_since=60)
        assert client.get(AREA).status_code == 200
        assert client.session["staff_seen"] >= int(time.time()) - 5

    @pytest.mark.parametrize("ages", [{"staff_seen": 31}, {"staff_since": 12 * 60 + 1}])
    def test_who_went_away_logs_in_again_and_comes_back(
        self, cast: Any, ages: dict[str, int]
    ) -> None:
        client = log_in(cast.zhaojue)
        client.get(AREA)
        self.age(client, **ages)

        answer = client.get(AREA)

        assert answer["Location"] == f"{LOG_IN}?next=%2Fareas%2F513431%2Fcoverage%2F"
        assert who(client) is None

    def test_plain_members_have_no_such_clock(self, cast: Any) -> None:
        client = log_in(cast.trainee)
        client.get(AREA)
        assert "staff_seen" not in client.session
