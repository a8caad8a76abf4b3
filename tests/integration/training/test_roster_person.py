"""加一个人: one person by form, judged, written and taken back as a file of one row."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from community.models import AuditEntry
from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE
from training.models import Cohort, Enrolment, RosterBatch
from training.operations.enrolment import withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture
def add(client: Any, cast: Any) -> Any:
    unit = cast.school(ZHAOJUE).name
    assert cast.cohort

    def send(who: str = "zhaojue", *, area: str = ZHAOJUE, **change: str) -> Any:
        client.force_login(getattr(cast, who))
        address = reverse("training:roster_person", args=[area, cast.cohort.pk])
        typed = {
            "name": "阿苦以布",
            "phone": "137 0000 0001",
            "county": ZHAOJUE,
            "unit": unit,
            "trainee_type": "principal",
            "seat": "1排1座",
            "form_number": client.get(address).context["form"]["form_number"].value(),
        }
        return client.post(address, {**typed, **change}, follow=True)

    return send


def here(cast: Any) -> list[str]:
    rows = Enrolment.objects.filter(cohort=cast.cohort).active()
    return list(rows.order_by("name").values_list("name", flat=True))


def test_one_person_is_on_the_roster_and_among_the_files(cast: Any, add: Any) -> None:
    page = add()

    assert here(cast) == ["阿苦以布"]
    person = Enrolment.objects.get()
    assert (person.seat, person.county_id, person.trainee_type) == ("1排1座", ZHAOJUE, "principal")
    assert "已把阿苦以布加入名单。72小时内可以" in page.text
    assert "单独添加.csv" in page.text
    assert person.batch == RosterBatch.objects.get()


def test_who_was_added_by_hand_is_taken_back_like_a_file(client: Any, cast: Any, add: Any) -> None:
    add()
    batch = RosterBatch.objects.get()

    client.post(reverse("training:roster_undo", args=[ZHAOJUE, batch.pk]))

    assert here(cast) == []


def test_the_same_form_twice_is_one_person_once(cast: Any, add: Any) -> None:
    add(form_number="once")
    again = add(form_number="once")

    assert here(cast) == ["阿苦以布"]
    assert RosterBatch.objects.count() == 1
    assert "没有重复添加" in again.text


def test_who_is_known_is_recognised_by_phone_and_name(cast: Any, add: Any) -> None:
    add()
    same = add(phone="13700000001")
    updated = add(seat="9排9座")

    assert "没有变化" in same.text
    assert "已按填写的内容更新" in updated.text
    assert Enrolment.objects.get().seat == "9排9座"


def test_who_was_withdrawn_can_be_added_again(cast: Any, add: Any) -> None:
    add()
    withdraw(enrolment=Enrolment.objects.get(), by=cast.zhaojue, at=cast.at, reason="病假")

    add()

    assert here(cast) == ["阿苦以布"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "1370000001"}, "phone"),
        ({"name": "阿苦1"}, "name"),
        ({"id_kind": "resident", "id_number": "51343119800101001"}, "id_number"),
        ({"unit": "昭觉县月亮小学校"}, "unit"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    cast: Any, add: Any, change: dict[str, str], field: str
) -> None:
    page = add(**change)

    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    for typed in change.values():
        assert typed in page.text
    assert here(cast) == []
    assert not RosterBatch.objects.exclude(state=RosterBatch.State.DISCARDED).exists()


def test_a_new_unit_is_settled_on_the_page_of_checks(cast: Any, add: Any) -> None:
    assert "新增单位" in add(unit="昭觉县月亮小学校").text

    page = add(unit="昭觉县月亮小学校", mend="1")

    batch = RosterBatch.objects.get(state=RosterBatch.State.CHECKED)
    assert page.redirect_chain[-1][0] == reverse("training:roster_batch", args=[ZHAOJUE, batch.pk])
    assert "昭觉县月亮小学校" in page.text


def test_who_may_be_somebody_known_is_decided_before_she_is_added(cast: Any, add: Any) -> None:
    cast.member("阿苦以布", ZHAOJUE, phone="13900009999")

    page = add()

    assert "可能已经有这个人" in page.text
    assert here(cast) == []
    assert "可能是同一个人" in page.text


def test_who_would_leave_another_school_is_asked_for_once_more(cast: Any, add: Any) -> None:
    cast.member("阿苦以布", ZHAOJUE, school="昭觉县第二中学", phone="13700000001")

    page = add()

    batch = RosterBatch.objects.get(state=RosterBatch.State.CHECKED)
    assert page.redirect_chain[-1][0] == reverse("training:roster_batch", args=[ZHAOJUE, batch.pk])
    assert "1人换单位" in page.text
    assert here(cast) == []


def test_a_county_adds_its_own_people_only(client: Any, cast: Any, add: Any) -> None:
    page = add(county=BUTUO)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["county"]
    client.force_login(cast.butuo)
    address = reverse("training:roster_person", args=[ZHAOJUE, cast.cohort.pk])
    assert client.post(address, {"name": "阿苦以布"}).status_code == 403
    assert here(cast) == []


def test_a_city_chooses_the_county(client: Any, cast: Any, add: Any) -> None:
    page = add("liangshan", area=LIANGSHAN)

    assert here(cast) == ["阿苦以布"]
    assert "已把阿苦以布加入名单" in page.text
    assert AuditEntry.objects.filter(action="roster.imported").exists()


def test_a_class_that_is_closed_takes_nobody(client: Any, cast: Any, add: Any) -> None:
    add()
    Cohort.objects.filter(pk=cast.cohort.pk).update(state=Cohort.State.CLOSED)
    client.force_login(cast.zhaojue)
    address = reverse("training:roster_person", args=[ZHAOJUE, cast.cohort.pk])

    assert "不能加人" in client.get(address).text
    refused = client.post(
        address,
        {
            "name": "勒格阿呷",
            "phone": "13700000002",
            "county": ZHAOJUE,
            "unit": cast.school(ZHAOJUE).name,
            "trainee_type": "teacher",
            "form_number": "x",
        },
    )

    assert refused.status_code == 422
    assert here(cast) == ["阿苦以布"]
