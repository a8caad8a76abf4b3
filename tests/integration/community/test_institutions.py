"""单位: the schools of an area, and keeping the same one from being entered twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.models import AuditEntry, Institution
from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE

pytestmark = pytest.mark.django_db
SCHOOLS = f"/areas/{ZHAOJUE}/institutions/"
DATA = {"kind": "rural_school", "stage": "primary", "identifier": ""}


@pytest.fixture
def client(cast: Any) -> Client:
    """昭觉's coordinator at her desk."""
    client = Client(HTTP_ACCEPT="text/html")
    client.force_login(cast.zhaojue)
    return client


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_list_has_the_areas_schools_with_how_many_work_there(cast: Any, client: Client) -> None:
    for number in range(3):
        cast.member(f"何{'甲乙丙'[number]}", school="昭觉县月亮小学校", password=False)
    cast.school(BUTUO)

    page = shown(client, SCHOOLS)

    assert "昭觉县月亮小学校" in page
    assert "3人" in page
    assert "布拖县中心小学校" not in page
    assert "昭觉县月亮小学校" in shown(client, f"{SCHOOLS}?q=月亮")
    assert "没有找到这样的单位" in shown(client, f"{SCHOOLS}?q=星星")


@pytest.mark.parametrize("many", [1, 10, 100])
def test_the_list_asks_as_many_questions_for_one_as_for_a_hundred(
    cast: Any, client: Client, many: int
) -> None:
    for number in range(many):
        cast.school(ZHAOJUE, f"昭觉县第{number + 1}小学校")
    shown(client, SCHOOLS)

    with CaptureQueriesContext(connection) as queries:
        shown(client, SCHOOLS)

    assert len(queries) == 6


def test_a_school_is_added(client: Client) -> None:
    typed = {**DATA, "region": ZHAOJUE, "name": "四开 初级中学(新校区)", "stage": "junior"}

    response = client.post(f"{SCHOOLS}add/", typed)

    made = Institution.objects.get(name="四开初级中学（新校区）")
    assert response["Location"] == f"{SCHOOLS}{made.pk}/"
    assert made.region_id == ZHAOJUE
    assert AuditEntry.objects.filter(action="institution.added").exists()


def test_what_looks_the_same_is_shown_first(cast: Any, client: Client) -> None:
    cast.school(ZHAOJUE, "昭觉县月亮中心小学校")
    typed = {**DATA, "region": ZHAOJUE, "name": "昭觉县月亮中心校"}

    asked = client.post(f"{SCHOOLS}add/", typed)

    assert asked.status_code == 422
    assert "昭觉县月亮中心小学校" in asked.content.decode()
    assert 'value="昭觉县月亮中心校"' in asked.content.decode()
    assert not Institution.objects.filter(name="昭觉县月亮中心校").exists()
    client.post(f"{SCHOOLS}add/", {**typed, "is_another": "on"})
    assert Institution.objects.filter(name="昭觉县月亮中心校").exists()


def test_the_same_name_is_refused_whatever_is_ticked(cast: Any, client: Client) -> None:
    cast.school(ZHAOJUE, "昭觉县月亮小学校")
    typed = {**DATA, "region": ZHAOJUE, "name": "昭觉县月亮小学校", "is_another": "on"}

    response = client.post(f"{SCHOOLS}add/", typed)

    assert response.status_code == 422
    assert "已经有“昭觉县月亮小学校”" in response.content.decode()


def test_a_county_adds_nothing_to_another(cast: Any, client: Client) -> None:
    typed = {**DATA, "region": BUTUO, "name": "某某小学校"}

    assert client.post(f"{SCHOOLS}add/", typed).status_code == 422
    assert client.post(f"/areas/{LIANGSHAN}/institutions/add/", typed).status_code == 403
    assert not Institution.objects.filter(name="某某小学校").exists()


def test_data_are_put_right(cast: Any, client: Client) -> None:
    school = cast.school(ZHAOJUE, "昭觉县月亮小学校")

    client.post(
        f"{SCHOOLS}{school.pk}/",
        {**DATA, "name": "昭觉县月亮镇小学校", "identifier": "3651001234"},
    )

    school.refresh_from_db()
    assert school.name == "昭觉县月亮镇小学校"
    assert school.identifier == "3651001234"


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("13800138000", "这是手机号"),
        ("+86 138 0013 8000", "这是手机号"),
        ("请打教务处", "只写数字和区号"),
        ("0834-0000101转8", ""),
    ],
)
def test_an_office_has_a_telephone_and_nobodys_private_one(
    cast: Any, client: Client, phone: str, said: str
) -> None:
    school = cast.school(ZHAOJUE)
    client.force_login(cast.zhaojue)

    page = client.post(
        f"{SCHOOLS}{school.pk}/", {**DATA, "name": school.name, "phone": phone}, follow=True
    ).text

    school.refresh_from_db()
    assert school.phone == ("" if said else phone)
    assert said in page


def test_an_identifier_of_another_school_is_refused_and_kept(cast: Any, client: Client) -> None:
    Institution.objects.filter(pk=cast.school(BUTUO).pk).update(identifier="3651001234")
    school = cast.school(ZHAOJUE, "昭觉县月亮小学校")

    response = client.post(
        f"{SCHOOLS}{school.pk}/", {**DATA, "name": school.name, "identifier": "3651001234"}
    )

    assert response.status_code == 422
    assert "已经是别的单位的" in response.content.decode()
    assert 'value="3651001234"' in response.content.decode()


def test_a_school_is_closed_for_a_reason_and_opened_again(cast: Any, client: Client) -> None:
    school = cast.school(ZHAOJUE, "昭觉县月亮小学校")
    address = f"{SCHOOLS}{school.pk}/state/"

    assert client.post(address, {"open": "0", "reason": ""}).status_code == 422
    school.refresh_from_db()
    assert school.is_open
    for _twice in range(2):
        client.post(address, {"open": "0", "reason": "撤并"})
    assert "已停用" in shown(client, f"{SCHOOLS}{school.pk}/")
    assert "昭觉县月亮小学校" in shown(client, f"{SCHOOLS}?state=closed")
    client.post(address, {"open": "1", "reason": "恢复办学"})

    school.refresh_from_db()
    assert school.is_open


def test_another_countys_school_is_not_found(cast: Any, client: Client) -> None:
    school = cast.school(BUTUO)

    assert client.get(f"{SCHOOLS}{school.pk}/").status_code == 404
    assert client.post(f"{SCHOOLS}{school.pk}/state/", {"open": "0"}).status_code == 404
    assert client.get(f"/areas/{BUTUO}/institutions/").status_code == 403
