"""create_first_admin, appoint, make_editor, reset_two_step: what they do and how they end."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from community.models import Appointment, AuditEntry, Member
from community.scope import covers, forget_appointments
from tests.factories.cast import SICHUAN, ZHAOJUE

pytestmark = pytest.mark.django_db
PASSWORD = "一段很长的新密码2026"


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def refused(*words: str) -> CommandError:
    with pytest.raises(CommandError) as error:
        run(*words)
    return error.value


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TONGKE_ADMIN_PASSWORD", PASSWORD)
    return PASSWORD


def first(*more: str) -> tuple[str, ...]:
    return ("create_first_admin", "--username", "Admin1", "--name", "管理员", *more)


def test_the_first_admin_may_do_everything(password: str) -> None:
    said = run(*first("--phone", "138 0013 8000"))

    admin = Member.objects.get(username="admin1")
    assert "admin1" in said
    assert password not in said
    assert admin.is_superuser
    assert admin.check_password(password)
    assert covers(admin, ZHAOJUE)
    held = Appointment.objects.get(member=admin)
    assert (held.region_id, held.may_delegate, held.appointed_by) == (SICHUAN, True, None)
    assert AuditEntry.objects.filter(action="account.made_superuser").exists()


def test_without_a_password_a_slip_is_printed_that_opens_the_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TONGKE_ADMIN_PASSWORD", raising=False)
    said = run(*first())
    code = said.partition("登录码：")[2].split()[0]

    client = Client()
    answer = client.post(
        "/activate/slip/",
        {"username": "admin1", "code": code, "password": PASSWORD, "again": PASSWORD},
    )

    assert answer["Location"] == "/desk/"


def test_a_second_first_admin_is_refused(password: str) -> None:
    run(*first())

    assert refused("create_first_admin", "--username", "other", "--name", "别人").returncode == 1
    assert not Member.objects.filter(username="other").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--username", "13800138000", "--name", "管理员"),
        ("--username", "ab", "--name", "管理员"),
        ("--username", "admin", "--name", "管理员3"),
        ("--username", "admin", "--name", "管理员", "--phone", "1380013800"),
    ],
)
def test_faulty_data_is_refused_and_nobody_is_made(password: str, words: tuple[str, ...]) -> None:
    assert refused("create_first_admin", *words).returncode == 1
    assert not Member.objects.exists()


def test_a_user_name_that_somebody_has_is_refused(password: str, cast: Any) -> None:
    cast.trainee.username = "admin"
    cast.trainee.save()

    assert "已有人用" in str(
        refused("create_first_admin", "--username", "ADMIN", "--name", "管理员")
    )
    assert not Member.objects.filter(is_superuser=True).exists()


def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGKE_ADMIN_PASSWORD", "password1234")

    assert "太常见" in str(refused(*first()))
    assert not Member.objects.exists()


def test_missing_words_are_wrong_usage(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())

    assert refused("create_first_admin", "--name", "管理员").returncode == 2


def test_appointing_and_withdrawing_by_command(cast: Any) -> None:
    someone = cast.trainee

    said = run("appoint", someone.username, "--region", ZHAOJUE, "--until", "2099-08-31")
    assert said == "已授权何文渊为昭觉县的培训管理员，到2099年8月31日。\n"
    forget_appointments(someone)
    assert covers(someone, ZHAOJUE)
    assert refused("appoint", someone.username, "--region", ZHAOJUE).returncode == 1

    run("appoint", someone.username, "--region", ZHAOJUE, "--withdraw")
    forget_appointments(someone)
    assert not covers(someone, ZHAOJUE)
    assert refused("appoint", someone.username, "--region", ZHAOJUE, "--withdraw").returncode == 1


def test_wrong_words_to_appoint_are_wrong_usage(cast: Any) -> None:
    name = cast.trainee.username
    for words in (
        ("appoint", "nobody", "--region", ZHAOJUE),
        ("appoint", name, "--region", "999999"),
        ("appoint", name, "--region", ZHAOJUE, "--until", "明年"),
    ):
        assert refused(*words).returncode == 2


def test_an_editor_opens_the_office_until_it_is_taken_back(cast: Any) -> None:
    someone = cast.trainee
    client = Client()
    client.force_login(someone)
    assert client.get("/office/").status_code == 302

    run("make_editor", someone.username)
    run("make_editor", someone.username)
    assert client.get("/office/").status_code == 200
    assert AuditEntry.objects.filter(action="editor.added").count() == 1
    assert someone.notifications.get(kind="appointment").url == "/office/"

    run("make_editor", someone.username, "--remove")
    assert client.get("/office/").status_code == 302
    assert refused("make_editor", "nobody").returncode == 2


def test_the_second_step_is_reset_by_command_with_a_reason(cast: Any) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(cast.superuser, generate_totp_secret())

    said = run("reset_two_step", cast.superuser.username, "--reason", "手机丢了")

    assert "已关闭管理员的两步验证" in said
    assert "没有开启" in run("reset_two_step", cast.superuser.username, "--reason", "再来")
    assert refused("reset_two_step", cast.superuser.username, "--reason", " ").returncode == 2
    line = AuditEntry.objects.filter(action="account.two_step_reset").earliest("pk")
    assert line.details["reason"] == "手机丢了"
