"""联络人: whom somebody asks, without anybody's private telephone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from community.models import Member
from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE

pytestmark = pytest.mark.django_db
PAGE = f"/areas/{ZHAOJUE}/contact/"


def logged_in(member: Member) -> Client:
    client = Client(HTTP_ACCEPT="text/html")
    client.force_login(member)
    return client


def test_people_of_the_county_see_whom_to_ask(cast: Any) -> None:
    contact = cast.zhaojue
    client = logged_in(cast.trainee)

    page = client.get(PAGE).content.decode()

    assert contact.name in page
    assert "昭觉县中心小学校" in page
    assert contact.phone_masked not in page
    assert "请联络人改手机号" in page
    assert PAGE in client.get("/me/account/").content.decode()


def test_the_offices_telephone_can_be_dialled(cast: Any) -> None:
    office = cast.school(ZHAOJUE)
    assert cast.zhaojue
    client = logged_in(cast.trainee)
    assert "tel:" not in client.get(PAGE).content.decode()

    office.phone = "0834-0000101转8"
    office.save()

    assert '<a class="nowrap" href="tel:08340000101,8">0834-0000101转8</a>' in (
        client.get(PAGE).content.decode()
    )


def test_a_county_without_a_contact_names_the_citys(cast: Any) -> None:
    cast.liangshan  # noqa: B018

    assert cast.liangshan.name in logged_in(cast.trainee).get(PAGE).content.decode()


def test_where_nobody_is_appointed_the_page_says_where_to_go(cast: Any) -> None:
    assert "还没有联络人" in logged_in(cast.trainee).get(PAGE).content.decode()


def test_who_holds_power_herself_is_sent_above(cast: Any) -> None:
    cast.liangshan  # noqa: B018

    page = logged_in(cast.zhaojue).get(PAGE).content.decode()

    assert cast.liangshan.name in page


@pytest.mark.parametrize(
    ("area", "status"), [(ZHAOJUE, 200), (BUTUO, 403), (LIANGSHAN, 200), ("999999", 404)]
)
def test_the_page_is_for_people_who_work_there(cast: Any, area: str, status: int) -> None:
    client = logged_in(cast.trainee)

    assert client.get(f"/areas/{area}/contact/").status_code == status
    assert Client().get(f"/areas/{area}/contact/").status_code == 302
