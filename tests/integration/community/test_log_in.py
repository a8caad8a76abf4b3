"""Logging in through the real pages: password, code, limits, and what a stranger can learn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from community.models import AuditEntry, Member
from community.operations.account import prove_phone
from community.operations.phone import change_phone
from community.sms import outbox_file
from community.sms_soon import wait_for_sms
from tests.factories.cast import PASSWORD, moment

pytestmark = pytest.mark.django_db
PHONE = "13800138000"
HOME = "/desk/"


@pytest.fixture(autouse=True)
def outbox(tmp_path: Any, settings: Any) -> Callable[[], list[dict[str, str]]]:
    """The messages that left, oldest first."""
    settings.TONGKE_DATA = tmp_path

    def sent() -> list[dict[str, str]]:
        assert wait_for_sms()
        path = outbox_file()
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return sent


@pytest.fixture
def teacher(cast: Any) -> Member:
    return cast.member("何文渊", phone=PHONE)


def log_in(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(reverse("account_login"), {"login": login, "password": password}, **extra)


def ask_code(client: Client, phone: str, name: str = "", **extra: Any) -> Any:
    data = {"phone": phone, "name": name}
    return client.post(reverse("account_request_login_code"), data, **extra)


def give_code(client: Client, code: str, **extra: Any) -> Any:
    return client.post(reverse("account_confirm_login_code"), {"code": code}, **extra)


def code_in(message: dict[str, str]) -> str:
    found = re.search(r"\d{6}", message["text"])
    assert found
    return found.group()


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def words(response: Any) -> str:
    """The page without what differs by itself: tokens, and what was typed."""
    page = response.content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    return re.sub(r'value="[^"]*"', "", page)


@pytest.mark.parametrize("spell", [str, str.upper, lambda name: f" {name} "])
def test_a_user_name_and_a_password_open_the_account(teacher: Member, spell: Any) -> None:
    client = Client()

    response = log_in(client, spell(teacher.username))

    assert response.status_code == 302
    assert response["Location"] == HOME
    assert who(client) == str(teacher.pk)


@pytest.mark.parametrize(
    "typed", [PHONE, "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"]
)
def test_a_phone_and_a_password_open_the_account(teacher: Member, typed: str) -> None:
    client = Client()
    log_in(client, typed)

    assert who(client) == str(teacher.pk)


def test_a_code_to_the_phone_opens_the_account_and_proves_the_phone(
    teacher: Member, outbox: Any
) -> None:
    client = Client()

    asked = ask_code(client, "138 0013 8000")
    assert asked["Location"] == reverse("account_confirm_login_code")
    page = client.get(asked["Location"]).content.decode()
    assert "138****8000" in page
    assert PHONE not in page
    [message] = outbox()
    assert message["phone"] == PHONE
    response = give_code(client, code_in(message))

    assert response["Location"] == HOME
    assert who(client) == str(teacher.pk)
    teacher.refresh_from_db()
    assert teacher.phone_proved_at is not None
    assert teacher.activated_at is not None
    assert AuditEntry.objects.filter(action="account.activated", actor=teacher).exists()


def test_no_number_is_readable_in_the_session(teacher: Member, outbox: Any) -> None:
    client = Client()
    ask_code(client, PHONE)
    waiting = json.dumps(dict(client.session.items()))
    give_code(client, code_in(outbox()[0]))

    assert PHONE not in waiting
    assert PHONE not in json.dumps(dict(client.session.items()))


def test_where_she_was_going_is_where_she_lands_but_never_elsewhere(
    teacher: Member, outbox: Any
) -> None:
    client = Client()
    asked = client.post(reverse("account_request_login_code"), {"phone": PHONE, "next": "/inbox/"})
    assert asked["Location"].endswith("?next=%2Finbox%2F")
    response = client.post(asked["Location"], {"code": code_in(outbox()[0]), "next": "/inbox/"})
    assert response["Location"] == "/inbox/"

    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"):
        stranger = Client()
        response = stranger.post(
            reverse("account_login"),
            {"login": teacher.username, "password": PASSWORD, "next": evil},
        )
        assert response["Location"] == HOME


def test_the_session_is_a_new_one_after_logging_in(teacher: Member) -> None:
    client = Client()
    session = client.session  # as somebody else might have planted it
    session["something"] = "kept"
    session.save()
    before = session.session_key
    log_in(client, teacher.username)

    assert before
    assert client.session.session_key != before
    fixed = Client()
    fixed.cookies["sessionid"] = before
    assert who(fixed) is None


def test_a_wrong_password_and_a_name_nobody_has_get_the_same_page(teacher: Member) -> None:
    wrong = log_in(Client(), teacher.username, "not the right one")
    nobody = log_in(Client(), "nobody-has-this", "not the right one")
    by_phone = log_in(Client(), PHONE, "not the right one")
    nobodys_phone = log_in(Client(), "13900000000", "not the right one")

    pages = {words(response) for response in (wrong, nobody, by_phone, nobodys_phone)}
    assert len(pages) == 1
    assert {response.status_code for response in (wrong, nobody, by_phone, nobodys_phone)} == {200}
    assert "账号或密码不对" in wrong.content.decode()


def test_asking_for_a_code_answers_alike_whether_anybody_has_the_number(
    teacher: Member, outbox: Any
) -> None:
    known, unknown = Client(), Client()
    answers = []
    for client, phone in ((known, PHONE), (unknown, "13900000000")):
        asked = ask_code(client, phone)
        page = client.get(asked["Location"])
        again = client.post(asked["Location"], {"action": "resend"})
        wrong = give_code(client, "000001")
        answers.append(
            (
                asked.status_code,
                asked["Location"],
                page.status_code,
                words(page).replace(f"{phone[:3]}****{phone[-4:]}", "#"),
                again.status_code,
                again["Location"],
                wrong.status_code,
                words(wrong).replace(f"{phone[:3]}****{phone[-4:]}", "#"),
            )
        )

    assert answers[0] == answers[1]
    assert {message["phone"] for message in outbox()} == {PHONE}


def test_a_name_that_does_not_fit_answers_alike_and_sends_nothing(
    teacher: Member, outbox: Any
) -> None:
    assert ask_code(Client(), PHONE, "别人").status_code == 302
    assert outbox() == []


def test_who_waits_for_a_code_can_change_her_mind(teacher: Member) -> None:
    client = Client()
    ask_code(client, PHONE)
    assert client.get(reverse("account_login")).status_code == 302, "back to the code"

    left = client.post(reverse("account_logout"), {"next": reverse("account_login")})

    assert left["Location"] == reverse("account_login")
    log_in(client, teacher.username)
    assert who(client) == str(teacher.pk)


def test_two_who_share_a_phone_are_told_apart_by_name(cast: Any, outbox: Any) -> None:
    first = cast.member("何文渊", phone=PHONE)
    second = cast.member("阿衣·布茹", phone=PHONE)
    ask_code(Client(), PHONE)
    assert outbox() == []

    client = Client()
    ask_code(client, PHONE, "阿衣·布茹")
    give_code(client, code_in(outbox()[0]))

    assert who(client) == str(second.pk)
    # From now on the number is hers; her colleague uses her user name, or has the phone changed.
    ask_code(Client(), PHONE, "何文渊")
    assert len(outbox()) == 1
    log_in(by_phone := Client(), PHONE)
    assert who(by_phone) == str(second.pk)
    log_in(by_name := Client(), first.username)
    assert who(by_name) == str(first.pk)


def test_a_shared_phone_with_a_password_says_what_it_says_to_everybody(cast: Any) -> None:
    cast.member("何文渊", phone=PHONE)
    cast.member("阿衣·布茹", phone=PHONE)

    shared = log_in(Client(), PHONE)
    nobody = log_in(Client(), "13900000000")

    assert words(shared) == words(nobody)
    assert "请改填账号" in shared.content.decode()


def test_three_wrong_codes_end_the_code(teacher: Member, outbox: Any) -> None:
    client = Client()
    ask_code(client, PHONE)
    right = code_in(outbox()[0])
    for _try in range(3):
        give_code(client, "000000" if right != "000000" else "000001")
    give_code(client, right)

    assert who(client) is None


def test_a_code_on_its_way_to_a_number_that_was_changed_opens_nothing(
    cast: Any, teacher: Member, outbox: Any
) -> None:
    client = Client()
    ask_code(client, PHONE)
    code = code_in(outbox()[0])
    change_phone(
        member=teacher, phone="13900139000", by=cast.zhaojue, at=moment(), reason="手机丢了"
    )

    assert give_code(client, code).status_code == 409
    assert who(client) is None


def test_a_code_for_a_number_that_a_colleague_has_proved_meanwhile_opens_nothing(
    cast: Any, outbox: Any
) -> None:
    first = cast.member("何文渊", phone=PHONE)
    second = cast.member("阿衣·布茹", phone=PHONE)
    client = Client()
    ask_code(client, PHONE, second.username)
    prove_phone(member=first, phone=PHONE, at=moment())

    assert give_code(client, code_in(outbox()[0])).status_code == 409
    assert who(client) is None


def test_a_stopped_account_is_not_opened_by_either_way(teacher: Member, outbox: Any) -> None:
    Member.objects.filter(pk=teacher.pk).update(is_active=False)

    client = Client()
    assert log_in(client, teacher.username)["Location"] == reverse("account_inactive")
    assert who(client) is None
    ask_code(Client(), PHONE)
    assert outbox() == []


def test_an_account_takes_five_wrong_passwords_in_any_spelling(teacher: Member) -> None:
    spellings = [
        PHONE,
        "138 0013 8000",
        "+8613800138000",
        "138-0013-8000",
        "１３８００１３８０００",
    ]
    for typed in spellings:
        log_in(Client(), typed, "not the right one")

    blocked = log_in(client := Client(), PHONE)

    assert "试的次数太多" in blocked.content.decode()
    assert who(client) is None
    # The code to her own phone still lets her in.
    assert ask_code(Client(), PHONE).status_code == 302


def test_letters_that_a_database_folds_are_no_second_budget(teacher: Member) -> None:
    Member.objects.filter(pk=teacher.pk).update(username="task")
    for typed in ("task", "TASK", "taſk", "taſK", "ｔａｓｋ"):
        log_in(Client(), typed, "not the right one")

    assert "试的次数太多" in log_in(Client(), "task").content.decode()


def test_a_hall_of_three_hundred_behind_one_address_logs_in(cast: Any) -> None:
    people = [cast.member(f"学员{number}") for number in range(300)]
    for person in people:
        client = Client(REMOTE_ADDR="10.20.30.40")
        # Every tenth mistypes first.
        if person.pk % 10 == 0:
            log_in(client, person.username, "mistyped")
        log_in(client, person.username)
        assert who(client) == str(person.pk)


def test_trying_one_password_on_many_accounts_stops(cast: Any, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "login_failed": "20/h/ip,5/5m/key",
    }
    for number in range(20):
        log_in(Client(REMOTE_ADDR="10.9.9.9"), f"guess{number}", "Password2026!")

    stopped = log_in(Client(REMOTE_ADDR="10.9.9.9"), "guess20", "Password2026!")
    elsewhere = log_in(Client(REMOTE_ADDR="10.9.9.8"), "guess20", "Password2026!")

    assert "试的次数太多" in stopped.content.decode()
    assert "账号或密码不对" in elsewhere.content.decode()


def test_a_phone_gets_four_codes_in_a_quarter_of_an_hour(teacher: Member, outbox: Any) -> None:
    for _time in range(4):
        assert ask_code(Client(), PHONE).status_code == 302
    client = Client()
    fifth = ask_code(client, "138 0013 8000")

    assert fifth.status_code == 200
    assert len(outbox()) == 4


def test_sending_again_counts_like_sending(teacher: Member, outbox: Any) -> None:
    client = Client()
    ask_code(client, PHONE)
    confirm = reverse("account_confirm_login_code")
    client.post(confirm, {"action": "resend"})
    assert len(outbox()) == 2
    second = code_in(outbox()[1])
    ask_code(Client(), PHONE)
    ask_code(Client(), PHONE)
    client.post(confirm, {"action": "resend"})
    assert len(outbox()) == 4
    give_code(client, second)
    assert who(client) == str(teacher.pk)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "1.1.1.1", "10.0.0.1"),  # nobody in front: the header is the client's own invention
        (1, "6.6.6.6, 2.2.2.2", "2.2.2.2"),
        (2, "6.6.6.6, 2.2.2.2, 3.3.3.3", "2.2.2.2"),
        (2, "2.2.2.2", "10.0.0.1"),  # shorter than it should be: no 500, the peer counts
        (1, "nonsense", "10.0.0.1"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_saw(
    teacher: Member, settings: Any, proxies: int, forwarded: str, counted: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    client = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    log_in(client, teacher.username)

    line = AuditEntry.objects.filter(actor=teacher, action="account.activated").get()
    assert line.address == counted


def test_a_socket_without_an_address_still_logs_in(teacher: Member) -> None:
    client = Client(REMOTE_ADDR="")
    log_in(client, teacher.username)

    assert who(client) == str(teacher.pk)


def test_failed_log_ins_are_audited_without_what_was_typed(teacher: Member) -> None:
    log_in(Client(REMOTE_ADDR="10.1.1.1"), PHONE, "hunter2-hunter2")

    line = AuditEntry.objects.get(action="account.log_in_failed")
    assert line.address == "10.1.1.1"
    assert "hunter2" not in str(line.__dict__)
    assert PHONE not in str(line.__dict__)


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/abc/",
        "/accounts/phone/change/",
        "/accounts/phone/verify/",
        "/accounts/password/reset/",
        "/accounts/password/reset/key/1-abc/",
        "/accounts/signup/passkey/",
        "/accounts/3rdparty/",
    ],
)
def test_pages_of_allauth_that_this_house_does_not_have_are_not_there(
    teacher: Member, address: str
) -> None:
    client = Client()
    log_in(client, teacher.username)
    for someone in (Client(), client):
        assert someone.get(address).status_code == 404
        assert someone.post(address, {"email": "a@example.org"}).status_code == 404


def test_signing_up_is_closed_in_our_words() -> None:
    page = Client().get("/accounts/signup/")

    assert page.status_code == 200
    assert "不用注册" in page.content.decode()
    assert (
        Client().post("/accounts/signup/", {"username": "x", "password1": "y"}).status_code == 405
    )
    assert not Member.objects.exists()


def test_who_forgot_the_password_comes_by_code_and_sets_a_new_one(
    teacher: Member, outbox: Any
) -> None:
    client = Client()
    ask_code(client, PHONE)
    give_code(client, code_in(outbox()[0]))

    page = client.get(reverse("account_change_password"))
    assert "oldpassword" not in page.content.decode()
    new = "一段全新的长密码2026"
    response = client.post(reverse("account_change_password"), {"password1": new, "password2": new})

    assert response["Location"] == reverse("account")
    assert client.get("/inbox/").status_code == 200, "this session goes on"
    log_in(other := Client(), teacher.username, new)
    assert who(other) == str(teacher.pk)


def test_who_came_by_password_is_asked_for_it_again(teacher: Member) -> None:
    client = Client()
    log_in(client, teacher.username)
    new = "一段全新的长密码2026"

    refused = client.post(reverse("account_change_password"), {"password1": new, "password2": new})

    assert refused.status_code == 200
    teacher.refresh_from_db()
    assert teacher.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("password", "fault"),
    [("短密码2026", "至少12个"), ("13800138000138", "不能全是数字"), ("password1234", "太常见")],
)
def test_a_weak_password_is_refused_in_our_words(
    teacher: Member, password: str, fault: str
) -> None:
    client = Client()
    log_in(client, teacher.username)

    page = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    ).content.decode()

    assert fault in page
    teacher.refresh_from_db()
    assert teacher.check_password(PASSWORD)


def test_a_new_password_ends_every_other_session(teacher: Member) -> None:
    here, there = Client(), Client()
    log_in(here, teacher.username)
    log_in(there, teacher.username)
    new = "一段全新的长密码2026"
    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert here.get("/inbox/").status_code == 200
    assert there.get("/inbox/").status_code == 302


def test_very_long_input_is_a_fault_and_not_hashed(teacher: Member) -> None:
    page = log_in(Client(), teacher.username, "x" * 4000)

    assert page.status_code == 200
    assert log_in(Client(), "y" * 4000).status_code == 200
    assert log_in(Client(), "a\x00b").status_code == 200
