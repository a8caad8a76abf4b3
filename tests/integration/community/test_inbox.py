"""消息 and 账号与安全."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from community.models import Notification
from community.operations.notification import notify, settle
from tests.factories.cast import PASSWORD, moment

pytestmark = pytest.mark.django_db


def tell(member: Any, key: str, **fields: Any) -> Notification:
    at = timezone.now() - timedelta(hours=1)
    fields = {"kind": "account", "text": f"第{key}条", "at": at, **fields}
    notify(members=[member], key=key, **fields)
    return Notification.objects.get(member=member, key=key, kind=fields["kind"])


@pytest.fixture
def client(cast: Any) -> Client:
    client = Client()
    client.force_login(cast.trainee)
    client.get("/inbox/")
    return client


def page(client: Client, address: str = "/inbox/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def test_an_empty_inbox_says_what_will_come(client: Client) -> None:
    assert "没有新消息" in page(client)


def test_tasks_stand_first_and_what_ends_soonest_on_top(cast: Any, client: Client) -> None:
    now = timezone.now()
    tell(cast.trainee, "later", is_task=True, due_at=now + timedelta(days=9), text="后办的")
    tell(cast.trainee, "never", is_task=True, text="不急的")
    tell(cast.trainee, "soon", is_task=True, due_at=now + timedelta(days=1), text="先办的")
    tell(cast.trainee, "known", text="知道的")

    shown = page(client)

    assert "要办的3件" in shown
    places = [shown.index(words) for words in ("先办的", "后办的", "不急的", "知道的")]
    assert places == sorted(places)
    assert '<span class="count">3' in shown


def test_a_task_that_is_done_moves_down(cast: Any, client: Client) -> None:
    tell(cast.trainee, "x", is_task=True, text="改手机号", kind="phone-change")
    settle(kind="phone-change", key="x", at=moment())

    shown = page(client)

    assert "要办的" not in shown
    assert "已办" in shown


def test_nobody_sees_or_opens_anothers_line(cast: Any, client: Client) -> None:
    line = tell(cast.zhaojue, "hers", text="别人的消息", url="/me/account/")

    assert "别人的消息" not in page(client)
    assert client.post(f"/inbox/{line.pk}/").status_code == 404
    line.refresh_from_db()
    assert line.read_at is None
    assert Client().get("/inbox/").status_code == 302


def test_opening_a_line_marks_it_read_and_goes_where_it_points(cast: Any, client: Client) -> None:
    line = tell(cast.trainee, "1", url="/me/account/")
    assert "is-new" in page(client)

    assert client.get(f"/inbox/{line.pk}/").status_code == 405
    assert client.post(f"/inbox/{line.pk}/")["Location"] == "/me/account/"

    line.refresh_from_db()
    assert line.read_at is not None
    assert "is-new" not in page(client)


def test_a_line_that_points_elsewhere_leads_nowhere(cast: Any, client: Client) -> None:
    line = tell(cast.trainee, "1", url="https://evil.example/")

    assert client.post(f"/inbox/{line.pk}/")["Location"] == "/inbox/"


def test_marking_all_read_leaves_tasks_and_other_people_alone(cast: Any, client: Client) -> None:
    mine = tell(cast.trainee, "1")
    task = tell(cast.trainee, "2", is_task=True)
    hers = tell(cast.zhaojue, "3")

    response = client.post("/inbox/read/")

    assert response["Location"] == "/inbox/"
    assert "已把1条标为已读" in page(client)
    for line in (mine, task, hers):
        line.refresh_from_db()
    assert mine.read_at is not None
    assert task.read_at is None
    assert hers.read_at is None
    assert "全部标为已读" not in page(client)


def test_twenty_a_page(cast: Any, client: Client) -> None:
    for number in range(45):
        tell(cast.trainee, str(number), at=moment(day=1) + timedelta(minutes=number))

    first, third = page(client), page(client, "/inbox/?page=3")

    assert "第44条" in first
    assert "第24条" not in first
    assert "第4条" in third
    assert "第4条" in page(client, "/inbox/?page=99")
    assert "第44条" in page(client, "/inbox/?page=nonsense")


def test_lines_are_filtered_by_what_they_are_about(cast: Any, client: Client) -> None:
    tell(cast.trainee, "a", kind="account", text="账号的事")
    tell(cast.trainee, "b", kind="certificate", text="证书的事")

    both, one = page(client), page(client, "/inbox/?about=证书")

    assert "账号的事" in both
    assert "账号的事" not in one
    assert "证书的事" in one
    assert "账号的事" in page(client, "/inbox/?about=没有这一类")


def test_what_is_typed_into_a_line_is_text(cast: Any, client: Client) -> None:
    tell(cast.trainee, "x", text="<script>alert(1)</script>", note="<b>x</b>")

    assert "<script>alert" not in page(client)


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_page_asks_as_many_questions_for_one_line_as_for_a_hundred(
    cast: Any, client: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        tell(cast.trainee, str(number), is_task=number % 2 == 0)

    with django_assert_max_num_queries(9):
        client.get("/inbox/")


def test_the_account_page_shows_what_is_stored_masked(cast: Any) -> None:
    member = cast.member("何文渊", phone="13800138000")
    client = Client()
    client.post("/accounts/login/", {"login": member.username, "password": PASSWORD})
    shown = page(client, "/me/account/")

    assert "138****8000" in shown
    assert "13800138000" not in shown
    assert member.username in shown
    assert "昭觉县中心小学校" in shown
    assert "今天" in shown, "the log-in of a moment ago"
    assert "2026-11版" in shown


def test_an_account_without_a_school_is_shown_too(cast: Any) -> None:
    from community.models import Member
    from community.operations.consent import give_consent

    lonely = Member.objects.create(username="root", name="管理员")
    give_consent(member=lonely, at=moment())
    client = Client()
    client.force_login(lonely)

    shown = page(client, "/me/account/")

    assert "没有登记" in shown
    assert "请向所在单位询问" in shown


def test_logging_out_elsewhere_keeps_this_device(cast: Any) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/accounts/login/", {"login": cast.trainee.username, "password": PASSWORD})
    assert here.get("/me/account/sessions/").status_code == 405
    here.post("/me/account/sessions/")

    assert here.get("/me/account/").status_code == 200
    assert there.get("/me/account/").status_code == 302


def test_asking_for_another_phone_reaches_the_county(cast: Any, client: Client) -> None:
    contact = cast.zhaojue
    assert contact.name in page(client, "/me/account/")

    response = client.post("/me/account/phone/")

    assert response["Location"] == "/me/account/"
    assert f"已告诉联络人{contact.name}" in page(client, "/me/account/")
    assert contact.notifications.open().get().url.endswith(f"/people/{cast.trainee.pk}/")


def test_where_nobody_is_appointed_she_is_told_whom_to_ask(cast: Any, client: Client) -> None:
    client.post("/me/account/phone/")

    assert "还没有联络人" in page(client, "/me/account/")
