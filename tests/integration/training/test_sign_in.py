"""签到 through the door: the scan, the claim, the one button, the first time on a phone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.models import Member
from community.sms import outbox_file
from community.sms_soon import wait_for_sms
from tests.factories.cast import PASSWORD, Cast
from tests.factories.hall import open_now, phone, token_of
from tests.unit.training.operations.test_matching import phone_of
from training.models import Attendance, Cohort, Enrolment, ScanAttempt, Session

HOME = "/sign-in/"


@pytest.fixture(autouse=True)
def own_outbox(settings: Any, tmp_path: Any) -> None:
    settings.TONGKE_DATA = tmp_path


def scan(client: Client, session: Session, **fields: Any) -> Any:
    return client.get(f"/q/{token_of(session, **fields)}")


def verdicts() -> list[str]:
    return list(ScanAttempt.objects.order_by("pk").values_list("verdict", flat=True))


def messages_sent() -> list[dict[str, str]]:
    wait_for_sms()
    path = outbox_file()
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def code_sent() -> str:
    found = re.search(r"(\d{6})", messages_sent()[-1]["text"])
    assert found is not None
    return found.group(1)


# ── The scan ───────────────────────────────────────────────────────────────────────────────────────


def test_a_scan_shows_one_button_and_signs_nobody_in(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018

    response = scan(phone(cast.trainee), session)

    page = response.content.decode()
    assert response.status_code == HTTPStatus.OK
    assert 'action="/sign-in/"' in page
    assert "data-autosubmit" in page
    assert page.count('class="btn btn--primary') == 1
    assert session.label in page
    assert not Attendance.objects.exists()
    assert not ScanAttempt.objects.exists()
    cookie = response.cookies["tk_claim"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "no-store" in response["Cache-Control"]


def test_the_button_signs_in_with_the_time_of_the_scan(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    before = timezone.now()
    scan(her, session)
    seen_by = timezone.now()

    response = her.post(HOME)

    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"] == f"/sessions/{session.pk}/"
    mark = Attendance.objects.get()
    assert before - timedelta(milliseconds=1) <= mark.at <= seen_by
    assert (mark.state, mark.proof, mark.by) == ("counted", "account", cast.trainee)
    assert len(mark.browser) == 32
    attempt = ScanAttempt.objects.get()
    assert (attempt.user_agent, attempt.address) == ("WeChat", "127.0.0.1")
    page = her.get(response["Location"]).content.decode()
    assert "已签到" in page
    assert mark.receipt in page


def test_signing_in_again_keeps_the_first_time_and_says_so(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    scan(her, session)
    her.post(HOME)
    mark = Attendance.objects.get()

    again = her.post(HOME, follow=True)
    seen = scan(her, session)

    assert "您已经签过了" in again.content.decode()
    assert "您已经签过了" in seen.content.decode()
    assert Attendance.objects.get().at == mark.at
    assert verdicts() == ["recorded", "already"]


def test_who_comes_late_is_told_that_the_hours_count(cast: Cast) -> None:
    session = open_now(cast, late=True)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    scan(her, session)

    page = her.post(HOME, follow=True).content.decode()

    assert "已签到，记为迟到" in page
    assert "3学时照计" in page


def test_nothing_in_the_form_decides_who_or_when(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    other = cast.enrolled(cast.member("沙马以则"))
    her = phone(cast.trainee)
    scan(her, session)

    her.post(
        HOME,
        {
            "member": other.member_id,
            "enrolment": other.pk,
            "at": "2020-01-01T00:00",
            "session": session.pk + 1,
            "state": "counted",
            "proof": "staff",
        },
    )

    mark = Attendance.objects.get()
    assert (mark.enrolment, mark.session, mark.proof) == (cast.enrolment, session, "account")
    assert abs(mark.at - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "verdict", "status", "title"),
    [
        (2, "stale", HTTPStatus.GONE, "这个码过期了"),
        (30, "stale", HTTPStatus.GONE, "这个码过期了"),
        (-2, "future", HTTPStatus.CONFLICT, "这个码还没到时间"),
        (-9, "forged", HTTPStatus.BAD_REQUEST, "这不是签到码"),
        (999, "forged", HTTPStatus.BAD_REQUEST, "这不是签到码"),
    ],
)
def test_a_code_of_another_time_is_refused_and_stored(
    cast: Cast, age: int, verdict: str, status: int, title: str
) -> None:
    session = open_now(cast)
    her = phone(cast.trainee)

    response = scan(her, session, age=age)

    assert response.status_code == status
    assert title in response.content.decode()
    assert f'data-verdict="{verdict}"' in response.content.decode()
    assert "tk_claim" not in response.cookies
    attempt = ScanAttempt.objects.get()
    assert (attempt.verdict, attempt.door, attempt.member) == (verdict, "scan", cast.trainee)
    assert attempt.session == (None if verdict == "forged" else session)
    assert len(attempt.token) > 10
    her.post(HOME)
    assert not Attendance.objects.exists()


def test_before_and_after_the_window_the_phone_says_when(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(opens_at=now + timedelta(minutes=5))
    early = scan(her, session)
    Session.objects.filter(pk=session.pk).update(
        opens_at=now - timedelta(minutes=5), closes_at=now - timedelta(minutes=1)
    )
    closed = scan(her, session)

    assert "还没到签到时间" in early.content.decode()
    assert "签到已经停止" in closed.content.decode()
    assert verdicts() == ["early", "closed"]
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    ("state", "title"), [("closed", "这个班已经结班"), ("draft", "这个班还没有开始")]
)
def test_a_class_that_is_not_open_says_so(cast: Cast, state: str, title: str) -> None:
    session = open_now(cast)
    Cohort.objects.update(state=state)

    response = scan(phone(cast.trainee), session)

    assert response.status_code == HTTPStatus.CONFLICT
    assert title in response.content.decode()


def test_a_session_that_was_dropped_says_so(cast: Cast) -> None:
    session = open_now(cast)
    token = token_of(session)
    Session.objects.filter(pk=session.pk).delete()

    response = phone(cast.trainee).get(f"/q/{token}")

    assert response.status_code == HTTPStatus.GONE
    assert "没有这一场" in response.content.decode()
    assert ScanAttempt.objects.get().session is None


def test_signing_out_where_nobody_signs_out(cast: Cast) -> None:
    session = open_now(cast)

    response = scan(phone(cast.trainee), session, kind="out")

    assert "这一场不用签退" in response.content.decode()


def test_signing_out_before_signing_in_sends_to_the_desk(cast: Cast) -> None:
    session = open_now(cast, late=True)
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(
        takes_sign_out=True,
        sign_out_opens_at=now - timedelta(minutes=1),
        sign_out_closes_at=now + timedelta(minutes=30),
    )
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)

    shown = scan(her, session, kind="out")
    posted = her.post(HOME, follow=True)

    assert "您还没有签到" in shown.content.decode()
    assert "您还没有签到" in posted.content.decode()
    assert verdicts() == ["not_signed_in"]
    scan(her, session)
    her.post(HOME)
    shown = scan(her, session, kind="out").content.decode()
    assert "签退</button>" in shown
    assert "已签退" in her.post(HOME, follow=True).content.decode()


def test_a_claim_copied_to_another_telephone_is_refused(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    other = cast.enrolled(cast.member("沙马以则"))
    hers, his = phone(cast.trainee), phone(other.member)
    scan(hers, session)
    his.get("/bl")
    his.cookies["tk_claim"] = hers.cookies["tk_claim"].value

    page = his.post(HOME, follow=True)

    assert "这是另一部手机扫的码" in page.content.decode()
    assert verdicts() == ["copied"]
    assert not Attendance.objects.exists()


def test_a_forged_or_missing_claim_signs_nobody_in(cast: Cast) -> None:
    open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    assert "请先扫大屏上的码" in her.post(HOME, follow=True).content.decode()
    her.cookies["tk_claim"] = "WzEsImluIiwxLDEsIngiXQ:forged"

    assert "请先扫大屏上的码" in her.post(HOME, follow=True).content.decode()
    assert verdicts() == ["no_claim", "no_claim"]
    assert not Attendance.objects.exists()


def test_a_claim_lasts_half_an_hour(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    scan(her, session)
    claim = her.cookies["tk_claim"]
    assert claim["max-age"] == 30 * 60
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=31))

    page = her.post(HOME, follow=True).content.decode()

    assert "扫码已经过了30分钟" in page
    assert verdicts() == ["claim_expired"]


def test_a_log_in_that_takes_longer_than_the_code_loses_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone()
    seen_at = timezone.now()
    page = scan(her, session).content.decode()
    assert "/accounts/login/?next=/sign-in/" in page
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=12))

    logged_in = her.post(
        "/accounts/login/",
        {"login": cast.trainee.username, "password": PASSWORD, "next": HOME},
    )

    assert logged_in["Location"] == HOME
    her.post(HOME)
    mark = Attendance.objects.get()
    assert abs(mark.at - seen_at) < timedelta(seconds=5)
    assert not mark.is_late
    assert (mark.proof, mark.state) == ("account", "counted")


def test_looking_ahead_changes_nothing(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    token = token_of(session)

    head = her.head(f"/q/{token}")
    her.get(f"/q/{token}", headers={"sec-purpose": "prefetch;prerender"})
    her.get("/q/FORGED", headers={"purpose": "prefetch"})
    her.get("/q/FORGED", headers={"x-moz": "prefetch"})
    her.head(HOME)

    assert head.status_code == HTTPStatus.OK
    assert "tk_claim" not in head.cookies
    assert not ScanAttempt.objects.exists()
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    "token",
    [
        "A" * 10_000,
        "%00",
        "abc%00def",
        "签到",
        "%F0%9F%98%80" * 50,
        "%FF%FE",
        "..%2F..%2Fetc%2Fpasswd",
        "<script>alert(1)</script>",
        "'; DROP TABLE training_session; --",
        "N" * 12,
        "2N2222222222/",
        "９Ｎ２２２２２２２２２２",
        "%0d%0aSet-Cookie:x=y",
        " ",
    ],
)
def test_no_text_at_all_is_a_server_error(cast: Cast, token: str) -> None:
    for client in (phone(cast.trainee), phone()):
        response = client.get(f"/q/{token}")

        assert response.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
        if response.status_code == HTTPStatus.BAD_REQUEST:
            assert "这不是签到码" in response.content.decode()
    assert not Attendance.objects.exists()
    assert set(verdicts()) <= {"forged"}


def test_a_get_never_signs_in_and_a_post_needs_its_token(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = Client(enforce_csrf_checks=True)
    her.force_login(cast.trainee)
    scan(her, session)

    her.get(HOME)
    refused = her.post(HOME)

    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert not Attendance.objects.exists()


def test_signing_in_costs_few_statements(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    scan(her, session)
    her.get(HOME)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            her.post(HOME)
        ours = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return [q["sql"] for q in asked if not q["sql"].startswith(ours)]

    first, again = statements(), statements()

    assert len(first) == 4, first
    assert len(again) <= 6, again
    assert Attendance.objects.count() == 1


# ── The first time on a phone ──────────────────────────────────────────────────────────────────────


def say_who(client: Client, name: str, number: str) -> Any:
    return client.post("/sign-in/name/", {"name": name, "phone": number})


def test_the_first_time_name_and_phone_and_a_code(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone()
    seen_at = timezone.now()
    page = scan(her, session).content.decode()
    assert "扫码有效" in page
    assert "何文渊" not in page

    kept = say_who(her, " 何文渊", phone_of(cast.trainee))

    assert kept["Location"] == "/sign-in/waiting/"
    waiting = her.get(kept["Location"]).content.decode()
    mark = Attendance.objects.get()
    assert (mark.state, mark.proof) == ("pending", "none")
    assert mark.receipt in waiting
    assert "待核实" in waiting
    assert "何文渊" not in waiting
    (message,) = messages_sent()
    assert message["phone"] == phone_of(cast.trainee)
    assert "签到验证码" in message["text"]

    logged_in = her.post(reverse("account_confirm_login_code"), {"code": code_sent(), "next": HOME})

    assert logged_in["Location"] == HOME
    page = her.get(HOME).content.decode()
    assert "data-autosubmit" in page
    done = her.post(HOME)
    assert done["Location"] == f"/sessions/{session.pk}/"
    proved = cast.enrolment.attendances.get()
    assert (proved.state, proved.proof) == ("counted", "code")
    assert abs(proved.at - seen_at) < timedelta(seconds=5)
    assert Enrolment.objects.exclude(pk=cast.enrolment.pk).get().state == "matched"
    assert her.get("/sign-in/waiting/")["Location"] == HOME


def test_the_next_page_does_not_say_who_is_on_the_roster(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    elsewhere = cast.member("沙马以则")
    pages = []
    for name, number in [
        ("何文渊", phone_of(cast.trainee)),
        ("何文元", phone_of(cast.trainee)),
        ("沙马以则", phone_of(elsewhere)),
        ("无此人", "13800008888"),
    ]:
        client = phone()
        scan(client, session)
        kept = say_who(client, name, number)
        waiting = client.get(kept["Location"])
        wrong = client.post(reverse("account_confirm_login_code"), {"code": "000000", "next": HOME})
        page = waiting.content.decode()
        for own in (
            *Attendance.objects.values_list("receipt", flat=True),
            *Enrolment.objects.exclude(phone_masked="").values_list("phone_masked", flat=True),
        ):
            page = page.replace(own, "·")
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
        page = re.sub(r"\d+:\d\d:\d\d|datetime=\"[^\"]+\"", "", page)
        pages.append((kept.status_code, kept["Location"], page, wrong.status_code))

    assert len(set(pages)) == 1
    assert [message["phone"] for message in messages_sent()] == [phone_of(cast.trainee)]
    assert not Attendance.objects.counted().exists()


def test_no_match_opens_no_session(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    client = phone()
    scan(client, session)
    say_who(client, "无此人", "13800008888")

    client.post(reverse("account_confirm_login_code"), {"code": "", "next": HOME})

    assert "_auth_user_id" not in client.session
    assert client.get(f"/sessions/{session.pk}/").status_code == HTTPStatus.FOUND


def test_faults_are_said_at_the_field_and_keep_nothing(cast: Cast) -> None:
    session = open_now(cast)
    client = phone()
    scan(client, session)

    page = say_who(client, "何文渊1", "1391234567").content.decode()

    assert "手机号只有10位，请补全为11位。" in page
    assert "姓名中有数字" in page
    assert not Enrolment.objects.filter(state="pending").exists()


def test_a_telephone_gets_three_codes_in_a_quarter_of_an_hour(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    for _ in range(5):
        client = phone()
        scan(client, session)
        assert say_who(client, "何文渊", phone_of(cast.trainee))["Location"] == "/sign-in/waiting/"

    assert len(messages_sent()) == 3


def test_who_logs_in_with_a_password_instead_proves_herself_too(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone()
    scan(her, session)
    say_who(her, "何文渊", phone_of(cast.trainee))
    her.post("/accounts/logout/")  # 换一个号码: the code is given up, what waits is not
    her.post(
        "/accounts/login/", {"login": cast.trainee.username, "password": PASSWORD, "next": HOME}
    )

    her.post(HOME)

    mark = cast.enrolment.attendances.get()
    assert (mark.state, mark.proof) == ("counted", "account")
    assert not Enrolment.objects.awaiting().exists()


def test_a_code_log_in_by_itself_is_a_proof_by_code(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone()
    scan(her, session)
    her.post("/accounts/login/code/", {"phone": phone_of(cast.trainee)})

    her.post(reverse("account_confirm_login_code"), {"code": code_sent(), "next": HOME})
    her.post(HOME)

    assert cast.enrolment.attendances.get().proof == "code"


def test_a_code_answered_before_the_scan_is_an_account(cast: Cast) -> None:
    cast.enrolment  # noqa: B018
    her = phone()
    her.post("/accounts/login/code/", {"phone": phone_of(cast.trainee)})
    her.post(reverse("account_confirm_login_code"), {"code": code_sent(), "next": HOME})
    session = open_now(cast)

    scan(her, session)
    her.post(HOME)

    assert cast.enrolment.attendances.get().proof == "account"


def test_somebody_else_who_logs_in_does_not_prove_what_was_typed(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    other = cast.enrolled(cast.member("沙马以则"))
    client = phone()
    scan(client, session)
    say_who(client, "何文渊", phone_of(cast.trainee))
    client.post("/accounts/logout/")
    client.post(
        "/accounts/login/",
        {"login": other.member.username, "password": PASSWORD, "next": HOME},
    )

    client.post(HOME)

    assert other.attendances.get().state == "counted"
    assert not cast.enrolment.attendances.exists()
    assert Enrolment.objects.awaiting().get().name == "何文渊"


def test_a_sixth_name_on_one_telephone_goes_to_the_desk(cast: Cast) -> None:
    session = open_now(cast)
    client = phone()
    for number in range(6):
        scan(client, session)
        last = say_who(client, "何文渊", f"1380000111{number}")

    assert "这部手机填的人太多" in last.content.decode()
    assert Enrolment.objects.awaiting().count() == 5


def test_a_logged_in_stranger_leaves_his_scan_for_the_staff(cast: Cast) -> None:
    session = open_now(cast)
    stranger = cast.member("沙马以则")
    client = phone(stranger)
    page = scan(client, session).content.decode()
    assert "名单里没有您" in page
    assert "data-autosubmit" not in page

    kept = client.post(HOME, follow=True)

    assert "已记下，待核实" in kept.content.decode()
    waiting = Enrolment.objects.get()
    assert (waiting.state, waiting.member) == ("pending", stranger)
    assert Attendance.objects.get().state == "pending"
    assert client.get(f"/sessions/{session.pk}/").status_code == HTTPStatus.NOT_FOUND
    assert client.post(HOME, follow=True).status_code == HTTPStatus.OK
    assert Attendance.objects.count() == 1


def test_the_name_door_needs_a_claim(cast: Cast) -> None:
    open_now(cast)

    response = say_who(phone(), "何文渊", "13800001111")

    assert response["Location"] == HOME
    assert verdicts() == ["no_claim"]
    assert not Enrolment.objects.exists()


def test_the_waiting_page_says_what_staff_did(cast: Cast) -> None:
    from training.operations.matching import match_waiting, strike_waiting

    session = open_now(cast)
    cast.enrolment  # noqa: B018
    for deed, words in [("match", "已核实，算到场"), ("strike", "核对后没有计入")]:
        client = phone()
        scan(client, session)
        say_who(client, f"沙马{'以则' if deed == 'match' else '木呷'}", "13800001111")
        waiting = Enrolment.objects.awaiting().get()
        if deed == "match":
            match_waiting(
                waiting=waiting, enrolment=cast.enrolment, by=cast.clerk, at=timezone.now()
            )
        else:
            strike_waiting(waiting=waiting, reason="不是本班", by=cast.clerk, at=timezone.now())

        assert words in client.get("/sign-in/waiting/").content.decode()


def test_a_member_behind_the_counter_is_not_asked_for_a_name(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    her = phone(cast.trainee)
    scan(her, session)

    assert say_who(her, "何文渊", phone_of(cast.trainee))["Location"] == HOME
    assert not Attendance.objects.exists()


def test_a_flood_of_scans_from_one_address_is_slowed(cast: Cast, monkeypatch: Any) -> None:
    from training.views import scan as door

    monkeypatch.setattr(door, "SCANS_A_MINUTE", 2)
    client = phone()

    statuses = [client.get("/q/FORGED").status_code for _ in range(3)]

    assert statuses[2] == HTTPStatus.TOO_MANY_REQUESTS
    assert ScanAttempt.objects.count() == 2


def test_the_page_of_a_trainee_is_for_her_class_only(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    stranger: Member = cast.member("沙马以则")

    assert phone(cast.trainee).get(f"/sessions/{session.pk}/").status_code == HTTPStatus.OK
    assert phone(stranger).get(f"/sessions/{session.pk}/").status_code == HTTPStatus.NOT_FOUND
    assert phone().get(f"/sessions/{session.pk}/").status_code == HTTPStatus.FOUND
