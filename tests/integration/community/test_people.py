"""人员: finding the people of an area."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import Affiliation, Member
from community.operations.member import correct_name
from community.operations.phone import ask_for_phone_change
from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE

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


def test_the_list_has_the_people_of_the_area_and_no_others(cast: Any, client: Client) -> None:
    cast.member("何文渊")
    cast.member("木呷子布", BUTUO)

    page = shown(client, PEOPLE)

    assert "何文渊" in page
    assert "木呷子布" not in page


def test_a_city_sees_the_people_of_its_counties(cast: Any) -> None:
    cast.member("何文渊")
    cast.member("木呷子布", BUTUO)
    client = Client()
    client.force_login(cast.liangshan)

    page = shown(client, f"/areas/{LIANGSHAN}/people/")

    assert "何文渊" in page
    assert "木呷子布" in page
    assert "木呷子布" not in shown(client, PEOPLE), "its own county is another area"


def test_numbers_are_masked(cast: Any, client: Client) -> None:
    member = cast.member("何文渊", phone="13800138000")

    for address in (PEOPLE, page_of(member)):
        page = shown(client, address)
        assert "138****8000" in page
        assert "13800138000" not in page


@pytest.mark.parametrize("typed", ["文渊", "he wen", "8000", "月亮"])
def test_people_are_found_by_name_pinyin_last_four_digits_and_school(
    cast: Any, client: Client, typed: str
) -> None:
    cast.member("何文渊", phone="13800138000", school="昭觉县月亮小学校")
    cast.member("沙马以则")

    page = shown(client, f"{PEOPLE}?q={typed}")

    assert "何文渊" in page
    assert "沙马以则" not in page


def test_the_list_is_narrowed_to_who_never_logged_in_and_who_wants_another_phone(
    cast: Any, client: Client
) -> None:
    fresh, asking = cast.member("何文渊"), cast.member("沙马以则")
    Member.objects.filter(pk=asking.pk).update(activated_at=timezone.now())
    ask_for_phone_change(member=asking, at=timezone.now())

    new, phone = shown(client, f"{PEOPLE}?state=new"), shown(client, f"{PEOPLE}?state=phone")

    assert fresh.name in new
    assert asking.name not in new
    assert asking.name in phone
    assert fresh.name not in phone


def test_the_list_is_narrowed_to_a_school_and_a_kind_of_people(cast: Any, client: Client) -> None:
    cast.member("何文渊", school="昭觉县月亮小学校")
    cast.member("沙马以则")
    school = cast.school(ZHAOJUE, "昭觉县月亮小学校")

    assert "沙马以则" not in shown(client, f"{PEOPLE}?unit={school.pk}")
    assert "何文渊" in shown(client, f"{PEOPLE}?unit={school.pk}&type=principal")
    assert "没有找到这样的人" in shown(client, f"{PEOPLE}?type=researcher")
    assert "何文渊" in shown(client, f"{PEOPLE}?type=nonsense&unit=x&state=y&page=z")


@pytest.mark.parametrize("many", [1, 10, 100])
def test_the_list_asks_as_many_questions_for_one_as_for_a_hundred(
    cast: Any, client: Client, many: int
) -> None:
    for number in range(many):
        cast.member(f"何{'甲乙丙丁戊己庚辛壬癸'[number % 10]}", password=False)
    shown(client, PEOPLE)

    with CaptureQueriesContext(connection) as queries:
        shown(client, PEOPLE)

    assert len(queries) == 9


@pytest.mark.parametrize("many", [1, 10, 100])
def test_a_persons_page_asks_as_many_questions_whatever_happened_to_her(
    cast: Any, client: Client, many: int
) -> None:
    member = cast.member("何文渊")
    for number in range(many):
        correct_name(
            member=member,
            name=f"何文{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
            reason="写错了",
            by=cast.zhaojue,
            at=timezone.now(),
        )
        Affiliation.objects.create(
            member=member,
            institution=cast.school(ZHAOJUE, f"昭觉县第{number}小学校"),
            from_on=date(2019, 1, 1),
            to_on=date(2019, 12, 31),
        )
    shown(client, page_of(member))

    with CaptureQueriesContext(connection) as queries:
        shown(client, page_of(member))

    assert len(queries) <= 18
