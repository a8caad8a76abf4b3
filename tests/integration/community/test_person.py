"""One person: putting telephone, name and school right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from community.models import AuditEntry, Member
from community.operations.phone import ask_for_phone_change
from tests.factories.cast import BUTUO, ZHAOJUE

pytestmark = pytest.mark.django_db
PEOPLE = f"/areas/{ZHAOJUE}/people/"


@pytest.fixture
def client(cast: Any) -> Client:
    """昭觉's coordinator at her desk."""
    client = Client(HTTP_ACCEPT="text/html")
    client.force_login(cast.zhaojue)
    return client


def shown(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return str(response.content.decode())


def page_of(member: Member, deed: str = "") -> str:
    return f"{PEOPLE}{member.pk}/{deed}"


def test_another_countys_person_is_not_found_and_another_area_is_forbidden(cast: Any) -> None:
    member = cast.member("何文渊")
    client = Client()
    client.force_login(cast.butuo)

    assert client.get(f"/areas/{BUTUO}/people/{member.pk}/").status_code == 404
    assert client.get(page_of(member)).status_code == 403
    for deed in ("phone", "name", "transfer", "two-step"):
        assert client.get(f"/areas/{BUTUO}/people/{member.pk}/{deed}/").status_code == 404
        assert client.post(f"/areas/{BUTUO}/people/{member.pk}/{deed}/").status_code == 404


def test_a_phone_is_changed_and_the_task_is_done(cast: Any, client: Client) -> None:
    member = cast.member("何文渊")
    ask_for_phone_change(member=member, at=timezone.now())
    assert "请您更改登记的手机号" in shown(client, page_of(member))

    response = client.post(
        page_of(member, "phone/"), {"phone": "139 0013 9000", "reason": "换了号码"}
    )

    assert response["Location"] == page_of(member)
    page = shown(client, page_of(member))
    assert "139****9000" in page
    assert "已把何文渊的手机号改为139****9000" in page
    assert "请您更改登记的手机号" not in page
    assert not cast.zhaojue.notifications.open().exists()


def test_a_request_is_settled_without_a_change(cast: Any, client: Client) -> None:
    member = cast.member("何文渊", phone="13800138000")
    ask_for_phone_change(member=member, at=timezone.now())
    assert client.post(page_of(member, "phone/kept/"), {"reason": ""}).status_code == 422
    assert cast.zhaojue.notifications.open().exists()

    client.post(page_of(member, "phone/kept/"), {"reason": "号码没有换"})

    assert not cast.zhaojue.notifications.open().exists()
    told = member.notifications.get(kind="account")
    assert (told.text, told.note) == ("您登记的手机号没有改", "原因：号码没有换")
    member.refresh_from_db()
    assert member.phone_masked == "138****8000"
    client.post(page_of(member, "phone/kept/"), {"reason": "再点一次"})
    assert AuditEntry.objects.filter(action="member.phone_kept").count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"phone": "1390013900", "reason": "换了"}, "只有10位"),
        ({"phone": "13900139000", "reason": ""}, "请填写原因"),
        ({"phone": "13900139000", "reason": "换"}, "没有写原因"),
        ({"phone": "13800138000", "reason": "换了"}, "已经是这个号码"),
    ],
)
def test_a_refused_phone_says_why_and_keeps_what_was_typed(
    cast: Any, client: Client, typed: dict[str, str], said: str
) -> None:
    member = cast.member("何文渊", phone="13800138000")

    response = client.post(page_of(member, "phone/"), typed)

    assert response.status_code == 422
    page = response.content.decode()
    assert said in page
    assert f'value="{typed["phone"]}"' in page
    member.refresh_from_db()
    assert member.phone_masked == "138****8000"


def test_a_name_is_put_right_with_its_reason_in_the_log(cast: Any, client: Client) -> None:
    member = cast.member("何文源")

    client.post(page_of(member, "name/"), {"name": "何文渊", "reason": "写错了"})

    page = shown(client, page_of(member))
    assert "何文源 → 何文渊" in page
    assert AuditEntry.objects.get(action="member.name_corrected").details["reason"] == "写错了"


def test_a_faulty_name_is_kept_on_the_form(cast: Any, client: Client) -> None:
    member = cast.member("何文渊")

    response = client.post(page_of(member, "name/"), {"name": "何3", "reason": "写错了"})

    assert response.status_code == 422
    assert 'value="何3"' in response.content.decode()


def test_a_transfer_keeps_the_old_post_and_the_records(cast: Any, client: Client) -> None:
    enrolment, member = cast.enrolment, cast.trainee
    cast.school(ZHAOJUE, "昭觉县月亮小学校")

    typed = {"school": "昭觉县月亮小学校", "on": "2026-09-01", "reason": "调动", "post": "副校长"}
    response = client.post(page_of(member, "transfer/"), typed)

    assert response["Location"] == page_of(member)
    page = shown(client, page_of(member))
    assert "昭觉县月亮小学校" in page
    assert "2020年1月1日—2026年8月31日" in page
    enrolment.refresh_from_db()
    assert enrolment.institution_name == "昭觉县谷曲镇中心小学校"


def test_a_school_named_by_half_is_chosen_from_those_it_could_be(cast: Any, client: Client) -> None:
    member = cast.member("何文渊")
    wanted = cast.school(ZHAOJUE, "昭觉县月亮第一小学校")
    cast.school(ZHAOJUE, "昭觉县月亮第二小学校")
    typed = {"school": "月亮", "on": "2026-09-01", "reason": "调动"}

    asked = client.post(page_of(member, "transfer/"), typed)

    assert asked.status_code == 422
    assert "昭觉县月亮第二小学校（昭觉县）" in asked.content.decode()
    assert 'value="月亮"' in asked.content.decode()
    other = client.post(page_of(member, "transfer/"), {**typed, "school_id": "999999"})
    assert other.status_code == 422
    assert "要选定一个单位" in other.content.decode()
    client.post(page_of(member, "transfer/"), {**typed, "school_id": wanted.pk})
    assert member.affiliations.get(to_on__isnull=True).institution == wanted


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"on": "2026-09-01"}, "请填写单位"),
        ({"school": "布拖县中心小学校", "on": "2026-09-01"}, "要选定一个单位"),
        ({"school": "昭觉县中心小学校", "on": "2026-09-01"}, "不用调动"),
        ({"school": "昭觉县月亮小学校", "on": "2126-09-01"}, "还没有到"),
        ({"school": "昭觉县月亮小学校", "on": "2019-09-01"}, "要晚于这一天"),
    ],
)
def test_a_transfer_that_is_none_is_refused(
    cast: Any, client: Client, typed: dict[str, str], said: str
) -> None:
    member = cast.member("何文渊")
    cast.school(ZHAOJUE, "昭觉县月亮小学校")
    cast.school(BUTUO)

    response = client.post(page_of(member, "transfer/"), {"reason": "调动", **typed})

    assert response.status_code == 422
    assert said in response.content.decode()
    assert "布拖县中心小学校（" not in response.content.decode()
    assert member.affiliations.get().from_on == date(2020, 1, 1)
