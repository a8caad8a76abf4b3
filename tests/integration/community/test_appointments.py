"""授权: giving power over an area, and seeing what falls before it is taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import Member
from tests.factories.cast import BUTUO, PASSWORD, SYSTEM, ZHAOJUE
from tests.factories.powers import CITY, COUNTY, TODAY, give, logged_in, shown

pytestmark = pytest.mark.django_db


def test_the_list_says_who_holds_what_and_by_whom(cast: Any) -> None:
    someone = cast.member("沙马以则")
    give(cast, someone, ZHAOJUE, by=cast.liangshan, to_on=date(2099, 8, 31))
    cast.butuo  # noqa: B018

    page = shown(logged_in(cast.zhaojue), COUNTY)

    assert "沙马以则" in page
    assert "2099年8月31日" in page
    assert "吉克石布授权" in page
    assert cast.butuo.name not in page
    assert cast.butuo.name in shown(logged_in(cast.liangshan), CITY)


@pytest.mark.parametrize("many", [1, 10, 100])
def test_the_list_asks_as_many_questions_for_one_as_for_a_hundred(cast: Any, many: int) -> None:
    client = logged_in(cast.liangshan)
    for number in range(many):
        member = cast.member(f"何{'甲乙丙丁戊己庚辛壬癸'[number % 10]}", password=False)
        give(cast, member, ZHAOJUE, by=SYSTEM)
    shown(client, CITY)

    with CaptureQueriesContext(connection) as queries:
        shown(client, CITY)

    assert len(queries) == 6


def test_equals_are_shown_and_not_withdrawn(cast: Any) -> None:
    equal = cast.coordinator("王芳", ZHAOJUE)
    client = logged_in(cast.zhaojue)
    held = equal.appointments.get()

    assert f"{COUNTY}{held.pk}/withdraw/" not in shown(client, COUNTY)
    response = client.post(f"{COUNTY}{held.pk}/withdraw/", {"reason": "换人"})

    assert response.status_code == 409
    held.refresh_from_db()
    assert held.withdrawn_at is None


def test_a_person_is_searched_for_and_given_power(cast: Any) -> None:
    someone = cast.member("沙马以则")
    client = logged_in(cast.liangshan)
    found = shown(client, f"{COUNTY}add/?q=沙马")
    assert f"?member={someone.pk}" in found

    response = client.post(
        f"{COUNTY}add/?member={someone.pk}",
        {**TODAY, "role": "coordinator", "region": ZHAOJUE, "may_delegate": "on"},
    )

    assert response["Location"] == COUNTY
    held = someone.appointments.get()
    assert (held.region_id, held.may_delegate, held.appointed_by) == (
        ZHAOJUE,
        True,
        cast.liangshan,
    )
    assert someone.notifications.get(kind="appointment").url == f"/areas/{ZHAOJUE}/people/"


def test_a_schools_clerk_is_for_one_school(cast: Any) -> None:
    someone = cast.member("沙马以则")
    school = cast.school(ZHAOJUE)
    client = logged_in(cast.zhaojue)
    typed = {**TODAY, "role": "school_clerk", "region": ZHAOJUE}

    refused = client.post(f"{COUNTY}add/?member={someone.pk}", typed)
    assert refused.status_code == 422
    assert "学校管理员要选定学校" in refused.content.decode()
    client.post(f"{COUNTY}add/?member={someone.pk}", {**typed, "school": school.name})

    assert someone.appointments.get().institution == school


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"to_on": "2026-01-01"}, "早于开始日期或今天"),
        ({"region": BUTUO}, "地区里没有"),
        ({"may_unmask": "on"}, ""),
    ],
)
def test_nobody_gives_more_than_the_screen_offers(
    cast: Any, typed: dict[str, str], said: str
) -> None:
    someone = cast.member("沙马以则")
    client = logged_in(cast.zhaojue)
    typed = {**TODAY, "role": "coordinator", "region": ZHAOJUE, **typed}

    response = client.post(f"{COUNTY}add/?member={someone.pk}", typed)

    if said:
        assert response.status_code == 422
        assert said in response.content.decode()
        assert not someone.appointments.exists()
    else:
        assert not someone.appointments.get().may_unmask, "she holds no such right to give"


def test_ones_own_last_day_is_said_and_kept(cast: Any) -> None:
    cast.zhaojue.appointments.update(to_on=date(2099, 6, 30))
    someone = cast.member("沙马以则")
    client = logged_in(cast.zhaojue)
    page = shown(client, f"{COUNTY}add/?member={someone.pk}")
    assert "您自己的授权到2099年6月30日" in page
    assert 'value="2099-06-30"' in page

    typed = {**TODAY, "role": "coordinator", "region": ZHAOJUE, "to_on": "2099-07-01"}
    response = client.post(f"{COUNTY}add/?member={someone.pk}", typed)

    assert response.status_code == 422
    assert "不能超过您自己的2099年6月30日" in response.content.decode()
    assert 'value="2099-07-01"' in response.content.decode()


def test_a_school_typed_for_a_coordinator_is_nothing(cast: Any) -> None:
    someone = cast.member("沙马以则")
    cast.school(ZHAOJUE, "昭觉县月亮第一小学校")
    typed = {**TODAY, "role": "coordinator", "region": ZHAOJUE, "school": "小学"}

    logged_in(cast.zhaojue).post(f"{COUNTY}add/?member={someone.pk}", typed)

    assert someone.appointments.get().institution is None


def test_a_desk_left_open_gives_no_power_before_its_owner_confirms(cast: Any) -> None:
    someone = cast.member("沙马以则")
    client = logged_in(cast.zhaojue, minutes_ago=6)
    typed = {**TODAY, "role": "coordinator", "region": ZHAOJUE, "to_on": "2099-07-01"}
    add = f"{COUNTY}add/?member={someone.pk}"

    asked = client.post(add, {**typed, "may_delegate": "on"})

    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not someone.appointments.exists()
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == add
    page = shown(client, add)
    assert 'value="2099-07-01"' in page
    assert "checked" in page.split('name="may_delegate"')[1].split(">")[0]
    assert client.post(add, typed)["Location"] == COUNTY
    assert someone.appointments.exists()


def test_who_has_nothing_to_confirm_with_logs_in_again(cast: Any) -> None:
    someone = cast.member("沙马以则")
    Member.objects.filter(pk=cast.zhaojue.pk).update(password="!")
    client = logged_in(Member.objects.get(pk=cast.zhaojue.pk), minutes_ago=6)
    typed = {**TODAY, "role": "coordinator", "region": ZHAOJUE}

    response = client.post(f"{COUNTY}add/?member={someone.pk}", typed)

    assert response.status_code == 422
    assert "请退出登录" in response.content.decode()
    assert not someone.appointments.exists()


def test_who_may_not_delegate_is_told_so(cast: Any) -> None:
    last = cast.coordinator("王芳", ZHAOJUE, may_delegate=False)
    client = logged_in(last)

    assert "新增授权" not in shown(client, COUNTY)
    assert client.get(f"{COUNTY}add/").status_code == 409


def test_another_countys_person_cannot_be_chosen(cast: Any) -> None:
    other = cast.member("木呷子布", BUTUO)
    client = logged_in(cast.zhaojue)

    assert "木呷子布" not in shown(client, f"{COUNTY}add/?q=木呷")
    assert client.get(f"{COUNTY}add/?member={other.pk}").status_code == 404
    assert client.get(f"/areas/{BUTUO}/appointments/").status_code == 403
