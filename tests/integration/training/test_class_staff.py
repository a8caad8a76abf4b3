"""现场人员 by screen: found, given a role, taken out; nobody from outside one's area."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE
from tests.factories.planning import draft, queries
from training.models import CohortStaff

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_page(cast: Any) -> str:
    return reverse("training:class_staff", args=[cast.cohort.pk])


def test_somebody_is_found_given_a_role_and_taken_out_again(
    client: Any, cast: Any, staff_page: str
) -> None:
    helper = cast.member("沙马阿依", ZHAOJUE, phone="13777701234")
    client.force_login(cast.liangshan)
    for words in ("沙马", "1234", "137 7770 1234", "shama", "sha ma"):
        found = client.get(staff_page, {"q": words})
        assert "沙马阿依" in found.text, words
    assert "还没有现场人员" in client.get(staff_page).text

    role = {"member": helper.pk, "role": "clerk", "from_on": "2026-11-26", "to_on": "2026-11-27"}
    said = client.post(staff_page, role, follow=True)
    post = cast.cohort.staff.get()
    assert "沙马阿依是本班的签到员了" in said.text
    assert helper.notifications.get().kind == "staffed"
    client.post(staff_page, {**role, "to_on": ""})
    assert cast.cohort.staff.get().to_on is None
    gone = client.post(reverse("training:remove_post", args=[cast.cohort.pk, post.pk]), follow=True)

    assert not cast.cohort.staff.exists()
    assert "移错了，可以在下面重新加入" in gone.text
    assert f'value="{helper.pk}" checked' in gone.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"member": ""}, "还没有选人"),
        ({"from_on": ""}, "请填写从哪天起"),
        ({"to_on": "2026-11-25"}, "结束日期早于开始日期"),
        ({"role": "boss"}, "角色里没有"),
    ],
)
def test_what_is_wrong_with_a_post_is_said_and_the_search_stays(
    client: Any, cast: Any, staff_page: str, change: dict[str, str], words: str
) -> None:
    helper = cast.member("沙马阿依", ZHAOJUE)
    client.force_login(cast.liangshan)
    role = {"q": "沙马", "member": helper.pk, "role": "clerk", "from_on": "2026-11-26"}

    answer = client.post(staff_page, {**role, **change})

    assert answer.status_code == 422
    assert words in answer.text
    if "member" in change:
        assert 'href="#id_member_0"' in answer.text
        assert 'id="id_member_0"' in answer.text
    assert "沙马阿依" in answer.text
    assert not cast.cohort.staff.exists()


def test_a_county_finds_and_takes_only_its_own_people(client: Any, cast: Any) -> None:
    stranger = cast.member("阿尔木呷", BUTUO)
    client.force_login(cast.zhaojue)
    cohort = draft(cast, "ZJ-1")
    address = reverse("training:class_staff", args=[cohort.pk])

    assert "没有找到“阿尔木呷”" in client.get(address, {"q": "阿尔木呷"}).text
    role = {"member": stranger.pk, "role": "clerk", "from_on": "2026-12-01"}
    assert "不在您能看到的人员里" in client.post(address, role).text
    assert not CohortStaff.objects.exists()


def test_staff_of_another_class_are_not_removed_from_here(client: Any, cast: Any) -> None:
    assert cast.clerk
    client.force_login(cast.liangshan)
    other = draft(cast, "LS-2", host=LIANGSHAN, name="凉山二班")
    post = cast.cohort.staff.get()

    gone = client.post(reverse("training:remove_post", args=[other.pk, post.pk]))

    assert gone.status_code == 404
    assert cast.cohort.staff.exists()


def test_the_staff_page_costs_the_same_for_one_person_and_for_a_hundred(
    client: Any, cast: Any, staff_page: str
) -> None:
    client.force_login(cast.liangshan)
    counts = []
    for many in (1, 10, 100):
        for number in range(CohortStaff.objects.count(), many):
            CohortStaff.objects.create(
                cohort=cast.cohort,
                member=cast.member(f"阿牛{number}", ZHAOJUE),
                role="clerk",
                from_on=date(2026, 11, 26),
            )
        counts.append(queries(client, f"{staff_page}?q=阿牛"))

    assert len(set(counts)) == 1
