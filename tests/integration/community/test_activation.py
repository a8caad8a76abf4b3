"""第一次登录, 使用前请看, and the slip."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from community.models import Consent, Member
from community.operations.activation import issue_slip, spelled_slip_code
from tests.factories.cast import PASSWORD, SYSTEM, moment

pytestmark = pytest.mark.django_db
NEW = "一段很长的新密码2026"
CONSENT = "/consent/"


@pytest.fixture
def newcomer(cast: Any) -> Member:
    """From a roster, without a password."""
    return cast.member("何文渊", phone="13800138000", password=False)


@pytest.fixture
def undecided(cast: Any) -> Client:
    """Logged in, but she has not agreed."""
    from django.utils import timezone

    member = Member.objects.create(username="undecided", name="何文渊")
    member.set_password(PASSWORD)
    member.activated_at = timezone.now()
    member.save()
    client = Client()
    client.force_login(member)
    return client


def use_slip(client: Client, username: str, code: str, **fields: str) -> Any:
    data = {"username": username, "code": code, "password": NEW, "again": NEW, **fields}
    return client.post(reverse("activate_by_slip"), data)


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_the_first_page_explains_and_its_form_asks_for_a_code() -> None:
    page = Client().get("/activate/").content.decode()

    assert f'action="{reverse("account_request_login_code")}"' in page
    assert reverse("activate_by_slip") in page


def test_a_slip_lets_her_in_with_a_password_of_her_own(newcomer: Member) -> None:
    code = issue_slip(member=newcomer, by=SYSTEM, at=moment())
    client = Client()

    response = use_slip(client, newcomer.username.upper(), spelled_slip_code(code).lower())

    assert response["Location"] == "/desk/"
    assert who(client) == str(newcomer.pk)
    newcomer.refresh_from_db()
    assert newcomer.activated_at is not None
    assert newcomer.check_password(NEW)


def test_a_slip_that_opens_nothing_says_so_in_the_same_words_for_everybody(
    newcomer: Member,
) -> None:
    issue_slip(member=newcomer, by=SYSTEM, at=moment())
    pages = []
    for username in (newcomer.username, "nobody-has-this"):
        response = use_slip(Client(), username, "3333333333")
        assert response.status_code == 200
        pages.append(response.content.decode().partition("error-summary")[2].partition("</div>")[0])

    assert pages[0] == pages[1]
    assert "账号或登录码不对" in pages[0]


def test_a_faulty_password_costs_no_try(newcomer: Member) -> None:
    code = issue_slip(member=newcomer, by=SYSTEM, at=moment())
    for faults in ({"password": "短", "again": "短"}, {"again": "不一样的密码20262026"}):
        for _time in range(6):
            page = use_slip(Client(), newcomer.username, code, **faults)
            assert page.status_code == 200

    assert newcomer.slips.get().tries == 0
    assert use_slip(Client(), newcomer.username, code)["Location"] == "/desk/"


def test_guesses_at_one_slip_stop(newcomer: Member) -> None:
    issue_slip(member=newcomer, by=SYSTEM, at=moment())
    for _try in range(10):
        use_slip(Client(), newcomer.username, "3333333333")

    assert "试的次数太多" in use_slip(Client(), newcomer.username, "3333333333").content.decode()
    assert newcomer.slips.get().tries == 5


def test_a_slip_does_not_pass_the_second_step(cast: Any) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    coordinator = cast.zhaojue
    TOTP.activate(coordinator, generate_totp_secret())
    code = issue_slip(member=coordinator, by=SYSTEM, at=moment())
    client = Client()

    response = use_slip(client, coordinator.username, code)

    assert response["Location"] == reverse("mfa_authenticate")
    assert who(client) is None


def test_a_slip_for_a_stopped_account_opens_nothing(newcomer: Member) -> None:
    code = issue_slip(member=newcomer, by=SYSTEM, at=moment())
    Member.objects.filter(pk=newcomer.pk).update(is_active=False)

    assert use_slip(Client(), newcomer.username, code).status_code == 200


@pytest.mark.parametrize("page", ["/inbox/", "/me/account/", "/areas/513431/people/?q=a&b=c"])
def test_before_her_first_page_she_is_asked_and_comes_back_to_it(
    undecided: Client, page: str
) -> None:
    response = undecided.get(page)

    assert response.status_code == 302
    asked = urlsplit(response["Location"])
    assert asked.path == CONSENT
    assert parse_qs(asked.query) == {"next": [page]}
    shown = undecided.get(response["Location"])
    assert shown.status_code == 200
    agreed = undecided.post(CONSENT, {"agree": "on", "next": page})
    assert agreed["Location"] == page
    assert Consent.objects.count() == 1


def test_what_she_was_about_to_send_is_not_sent_before_she_agrees(undecided: Client) -> None:
    member = Member.objects.get(username="undecided")
    before = member.session_salt

    response = undecided.post(
        "/me/account/sessions/", HTTP_REFERER="http://testserver/me/account/?a=b"
    )

    assert parse_qs(urlsplit(response["Location"]).query) == {"next": ["/me/account/?a=b"]}
    member.refresh_from_db()
    assert member.session_salt == before
    foreign = undecided.post("/me/account/sessions/", HTTP_REFERER="https://evil.example/x")
    assert parse_qs(urlsplit(foreign["Location"]).query) == {"next": ["/desk/"]}


@pytest.mark.parametrize(
    "page", ["/privacy/", "/help/", "/v/", "/accounts/logout/", "/healthz", "/bl", "/sign-in/"]
)
def test_the_rules_the_way_out_and_the_hall_are_open_before_she_agrees(
    undecided: Client, page: str
) -> None:
    response = undecided.get(page)

    assert response.status_code != 302 or CONSENT not in response["Location"]


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "x" * 5000],
)
def test_agreeing_never_leads_elsewhere(undecided: Client, evil: str) -> None:
    page = undecided.get(CONSENT, {"next": evil}).content.decode()
    assert "evil" not in page
    response = undecided.post(CONSENT, {"agree": "on", "next": evil})

    assert response.status_code in {200, 302}
    if response.status_code == 302:
        assert response["Location"] == "/desk/"


def test_without_the_tick_nothing_is_agreed(undecided: Client) -> None:
    page = undecided.post(CONSENT, {"next": "/inbox/"})

    assert page.status_code == 200
    assert "请勾选" in page.content.decode()
    assert not Consent.objects.exists()


def test_who_has_agreed_is_asked_of_the_database_once_a_session(cast: Any) -> None:
    client = Client()
    client.force_login(cast.trainee)
    client.get("/inbox/")
    assert client.session["consented"]
    assert client.get(CONSENT)["Location"] == "/desk/"


def test_a_new_version_of_the_notice_asks_whoever_is_logged_in(
    cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    client.force_login(cast.trainee)
    assert client.get("/inbox/").status_code == 200
    for module in ("community.operations.consent", "website.gates", "community.views.consent"):
        monkeypatch.setattr(f"{module}.VERSION", "2027-01")

    assert client.get("/inbox/")["Location"].startswith(CONSENT)


def test_a_password_is_offered_once_to_who_came_by_code_to_look_around(undecided: Client) -> None:
    member = Member.objects.get(username="undecided")
    member.set_unusable_password()
    member.save()
    undecided.force_login(member)
    session = undecided.session
    session["first_log_in"] = True
    session.save()

    offered = undecided.post(CONSENT, {"agree": "on", "next": "/desk/"})

    assert offered["Location"] == f"{reverse('account_set_password')}?next=%2Fdesk%2F"
    assert "先不设" in undecided.get(offered["Location"]).content.decode()
    assert undecided.post(CONSENT, {"agree": "on", "next": "/desk/"})["Location"] == "/desk/"


def test_a_password_is_not_offered_to_who_came_to_do_something(undecided: Client) -> None:
    member = Member.objects.get(username="undecided")
    member.set_unusable_password()
    member.save()
    undecided.force_login(member)
    session = undecided.session
    session["first_log_in"] = True
    session.save()

    response = undecided.post(CONSENT, {"agree": "on", "next": "/inbox/"})

    assert response["Location"] == "/inbox/"
