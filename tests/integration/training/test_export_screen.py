"""The export screen asks who is there before it hands out whole numbers (ruling 25)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.internal.flows import login as allauth_login
from django.test import Client

from community.models import Member
from tests.factories.cast import LIANGSHAN, PASSWORD
from training.models import Export

pytestmark = pytest.mark.django_db
EXPORTS = f"/areas/{LIANGSHAN}/exports/"
CONFIRM = "/accounts/reauthenticate/"


def order(cast: Any, **typed: Any) -> dict[str, Any]:
    return {
        "kind": "completions",
        "programme": cast.programme.pk,
        "file_format": "xlsx:utf-8-sig",
        "unmasked": "on",
        "reason": "全国教师管理信息系统登记",
        **typed,
    }


def logged_in(member: Member) -> Client:
    client = Client(HTTP_ACCEPT="text/html")
    client.post("/accounts/login/", {"login": member.username, "password": PASSWORD})
    return client


def let_time_pass(client: Client, minutes: int) -> None:
    """As if she had logged in so long ago."""
    session = client.session
    for record in session[allauth_login.AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= timedelta(minutes=minutes).total_seconds()
    session.save()


def test_after_a_fresh_log_in_whole_numbers_are_queued(cast: Any) -> None:
    client = logged_in(cast.province)

    response = client.post(EXPORTS, order(cast))

    assert response["Location"] == EXPORTS
    assert Export.objects.get().is_unmasked


def test_a_desk_left_open_confirms_and_comes_back_to_the_filled_in_form(cast: Any) -> None:
    client = logged_in(cast.province)
    let_time_pass(client, 6)

    asked = client.post(EXPORTS, order(cast))

    assert asked["Location"].startswith(f"{CONFIRM}?next=")
    assert not Export.objects.exists()
    confirmed = client.post(asked["Location"], {"password": PASSWORD})
    assert confirmed["Location"] == EXPORTS
    page = client.get(EXPORTS).content.decode()
    assert 'value="全国教师管理信息系统登记"' in page
    assert 'name="unmasked"' in page
    assert "checked" in page.split('name="unmasked"')[1].split(">")[0]
    assert client.post(EXPORTS, order(cast))["Location"] == EXPORTS
    assert Export.objects.get().is_unmasked


def test_a_wrong_password_confirms_nothing(cast: Any) -> None:
    client = logged_in(cast.province)
    let_time_pass(client, 6)
    asked = client.post(EXPORTS, order(cast))

    assert client.post(asked["Location"], {"password": "nonsense"}).status_code == 200

    assert client.post(EXPORTS, order(cast))["Location"].startswith(CONFIRM)
    assert not Export.objects.exists()


def test_a_masked_file_asks_nothing_more(cast: Any) -> None:
    client = logged_in(cast.province)
    let_time_pass(client, 600)

    response = client.post(EXPORTS, order(cast, unmasked="", reason=""))

    assert response["Location"] == EXPORTS
    assert not Export.objects.get().is_unmasked


def test_an_account_without_a_password_is_told_to_log_in_again(cast: Any) -> None:
    client = logged_in(cast.province)
    Member.objects.filter(pk=cast.province.pk).update(password="!")
    client.force_login(Member.objects.get(pk=cast.province.pk))

    response = client.post(EXPORTS, order(cast))

    assert response.status_code == 422
    page = response.content.decode()
    assert "请退出登录" in page
    assert 'value="全国教师管理信息系统登记"' in page
    assert not Export.objects.exists()


def test_the_second_person_confirms_before_she_agrees(cast: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("training.operations.export.APPROVAL_ABOVE", 0)
    assert cast.enrolment
    second = cast.coordinator("冯素云", "510000")
    logged_in(cast.province).post(EXPORTS, order(cast))
    waiting = Export.objects.get()
    client = logged_in(second)
    let_time_pass(client, 6)

    asked = client.post(f"/exports/{waiting.pk}/approve/")

    waiting.refresh_from_db()
    assert asked["Location"].startswith(CONFIRM)
    assert waiting.state == Export.State.APPROVAL
    client.post(asked["Location"], {"password": PASSWORD})
    client.post(f"/exports/{waiting.pk}/approve/")
    waiting.refresh_from_db()
    assert waiting.approved_by == second
