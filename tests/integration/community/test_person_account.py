"""One person's account: slips, second step, devices, and who may not touch it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import ActivationSlip, AuditEntry, Member
from community.operations.activation import normalise_slip_code, redeem_slip
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


def slip_form(client: Client, member: Member) -> dict[str, str]:
    """What the button on her page sends."""
    found = re.search(r'name="after" value="(\d+)"', shown(client, page_of(member)))
    assert found
    return {"after": found[1]}


def test_a_slip_shows_its_code_once(cast: Any, client: Client) -> None:
    member = cast.member("何文渊", password=False)
    form = slip_form(client, member)

    first = client.post(page_of(member, "slip/"), form)
    again = client.post(page_of(member, "slip/"), form)

    code = re.search(r"[3-9A-Y]{5}-[3-9A-Y]{5}", first.content.decode())
    assert code
    assert member.username in first.content.decode()
    assert again.status_code == 409
    assert "登录码只显示一次" in again.content.decode()
    assert ActivationSlip.objects.count() == 1
    assert code[0] not in shown(client, page_of(member))
    assert redeem_slip(
        member=member,
        code=normalise_slip_code(code[0]),
        password="一段很长的新密码2026",
        at=timezone.now(),
    )


def test_a_slip_is_printed_again_from_her_page(cast: Any, client: Client) -> None:
    member = cast.member("何文渊", password=False)

    for _time in range(2):
        response = client.post(page_of(member, "slip/"), slip_form(client, member))
        assert response.status_code == 200

    assert ActivationSlip.objects.filter(used_at__isnull=True).count() == 1
    assert client.get(page_of(member, "slip/")).status_code == 405


def test_a_schools_slips_are_printed_together(cast: Any, client: Client) -> None:
    fresh = [cast.member(f"何文{n}", school="昭觉县月亮小学校", password=False) for n in "甲乙"]
    used, equal = cast.member("沙马以则"), cast.coordinator("王芳", ZHAOJUE)
    Member.objects.filter(pk=used.pk).update(activated_at=timezone.now())
    school = cast.school(ZHAOJUE, "昭觉县月亮小学校")

    page = shown(client, f"{PEOPLE}slips/?unit={school.pk}")

    assert used.name not in page
    assert equal.name not in shown(client, f"{PEOPLE}slips/")
    ticked = re.findall(r'name="member" value="(\d+:\d+)" checked', page)
    assert ticked == [f"{member.pk}:0" for member in fresh]
    printed = client.post(f"{PEOPLE}slips/", {"member": ticked})
    codes = re.findall(r"[3-9A-Y]{5}-[3-9A-Y]{5}", printed.content.decode())
    assert len(set(codes)) == 2
    assert "2张登录单" in printed.content.decode()
    assert client.post(f"{PEOPLE}slips/", {"member": ticked}).status_code == 409
    assert ActivationSlip.objects.count() == 2
    assert "打印过" in shown(client, f"{PEOPLE}slips/")


def test_slips_are_printed_for_all_that_are_ticked_or_for_nobody(cast: Any, client: Client) -> None:
    mine, other = cast.member("何文渊", password=False), cast.member("木呷", BUTUO)
    equal = cast.coordinator("王芳", ZHAOJUE)
    address = f"{PEOPLE}slips/"

    refused = client.post(address, {"member": [f"{mine.pk}:0", f"{equal.pk}:0"]})
    assert refused.status_code == 409
    assert not ActivationSlip.objects.exists()
    assert client.post(address, {"member": [f"{other.pk}:0", "x:y"]}).status_code == 302
    assert not ActivationSlip.objects.exists()


@pytest.mark.parametrize("many", [1, 10, 100])
def test_choosing_for_slips_asks_as_many_questions_for_one_as_for_a_hundred(
    cast: Any, client: Client, many: int
) -> None:
    for number in range(many):
        cast.member(f"何{'甲乙丙丁戊己庚辛壬癸'[number % 10]}", password=False)
    shown(client, f"{PEOPLE}slips/")

    with CaptureQueriesContext(connection) as queries:
        page = shown(client, f"{PEOPLE}slips/")

    assert page.count('name="member"') == min(many, 30)
    assert len(queries) == 8


def test_devices_are_logged_out(cast: Any, client: Client) -> None:
    member = cast.trainee
    hers = Client()
    hers.force_login(member)

    client.post(page_of(member, "sessions/"))

    assert hers.get("/me/account/").status_code == 302
    assert "退出所有设备" in shown(client, page_of(member))


def test_the_second_step_is_switched_off_with_a_reason(cast: Any, client: Client) -> None:
    from allauth.mfa.models import Authenticator

    member = cast.member("何文渊")
    Authenticator.objects.create(user=member, type="totp", data={})
    assert "关闭两步验证" in shown(client, page_of(member))

    assert client.post(page_of(member, "two-step/"), {"reason": ""}).status_code == 422
    assert Authenticator.objects.exists()
    client.post(page_of(member, "two-step/"), {"reason": "手机丢了"})

    assert not Authenticator.objects.exists()
    assert "两步验证已由管理员关闭" in member.notifications.get().text


@pytest.mark.parametrize("deed", ["phone", "name", "transfer", "two-step", "slip", "sessions"])
def test_an_equals_or_superiors_account_is_only_looked_at(
    cast: Any, client: Client, deed: str
) -> None:
    """The province's coordinator works at a school of the county."""
    for member in (cast.province, cast.coordinator("王芳", ZHAOJUE), cast.zhaojue):
        page = shown(client, page_of(member))
        assert f"/people/{member.pk}/phone/" not in page

        response = client.post(
            page_of(member, f"{deed}/"),
            {"phone": "13900139000", "name": "何文渊", "reason": "换了", "after": "0"},
        )

        assert response.status_code == 409
        assert "请上级管理员" in response.content.decode()
    assert not AuditEntry.objects.filter(actor=cast.zhaojue).exclude(action="consent.given")
