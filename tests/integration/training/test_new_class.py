"""新建班次 by screen: what is suggested, typed, refused and made, and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from tests.factories.cast import BUTUO, LESHAN, LIANGSHAN, SICHUAN, ZHAOJUE
from tests.factories.planning import draft, half_day, queries
from training.models import AgendaItem, CityStop, Cohort, Session
from training.operations.planning import Meeting, plan_cohort

pytestmark = pytest.mark.django_db


def sent(page: Any) -> dict[str, Any]:
    """What a browser would send of the planning page as it stands."""
    fields = dict(page.context["form"].initial)
    data = {name: str(value) for name, value in fields.items() if value not in (False, None)}
    lines = page.context["lines"].forms
    data |= {"m-TOTAL_FORMS": str(len(lines)), "m-INITIAL_FORMS": str(len(lines))}
    for number, line in enumerate(lines):
        for name, value in line.initial.items():
            shown = value.strftime("%H:%M") if hasattr(value, "hour") else str(value)
            data[f"m-{number}-{name}"] = shown
    return data


@pytest.fixture
def planning(client: Any, cast: Any) -> Any:
    """The planning page of 昭觉县 for its programme, open for its coordinator."""
    client.force_login(cast.zhaojue)
    return f"{reverse('training:new_class', args=[ZHAOJUE])}?programme={cast.programme.slug}"


def here() -> Any:
    return Cohort.objects.filter(host_region=ZHAOJUE)


def test_a_county_makes_a_class_of_what_is_suggested(client: Any, planning: str) -> None:
    page = client.get(planning)

    made = client.post(planning, {**sent(page), "make": "1"}, follow=True)

    cohort = here().get()
    assert cohort.name == "昭觉县班"
    assert cohort.state == Cohort.State.DRAFT
    assert [s.label for s in cohort.sessions.all()] == [
        "第一天上午",
        "第一天下午",
        "第二天上午",
        "第二天下午",
    ]
    assert cohort.starts_on.weekday() == 0
    assert "已建好“昭觉县班”，4个场次，现在是草稿。" in made.text


def test_a_form_sent_twice_makes_one_class(client: Any, planning: str) -> None:
    typed = {**sent(client.get(planning)), "make": "1"}

    client.post(planning, typed)
    again = client.post(planning, typed, follow=True)

    assert here().count() == 1
    assert "已经建好，没有再建一个" in again.text
    assert again.redirect_chain[-1][0] == reverse("training:class_settings", args=[here().get().pk])


def test_a_code_of_another_class_is_refused_at_its_field(
    client: Any, cast: Any, planning: str
) -> None:
    typed = {**sent(client.get(planning)), "make": "1", "code": cast.cohort.code}

    answer = client.post(planning, typed)

    assert answer.status_code == 422
    assert "请换一个，例如IT-CHANGE-513431-1" in str(answer.context["form"].errors["code"])
    assert not here().exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"m-1-end": "13:00"}, "“第一天下午”的结束时间要晚于开始时间。"),
        ({"m-1-end": ""}, "请填写结束。"),
        ({"m-1-day": "下周一"}, "日期没看懂"),
        ({"m-1-module": "999999"}, "请重新选择"),
        ({"name": ""}, "请填写班次名称。"),
        ({"ends_on": "2020-01-01"}, "结束日期早于开始日期"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_nothing_typed_is_lost(
    client: Any, planning: str, change: dict[str, str], words: str
) -> None:
    typed = {**sent(client.get(planning)), "make": "1", "m-0-place": "三楼会议室", **change}

    answer = client.post(planning, typed)

    assert answer.status_code == 422
    assert words in answer.text
    assert "有1处要改" in answer.text
    assert 'value="三楼会议室"' in answer.text
    assert not here().exists()


def test_two_lines_of_one_module_are_refused_at_the_second(client: Any, planning: str) -> None:
    typed = {**sent(client.get(planning)), "make": "1"}
    typed["m-2-module"] = typed["m-0-module"]

    answer = client.post(planning, typed)

    assert "已经有场次了" in str(answer.context["lines"].forms[2].errors["module"])
    assert not here().exists()


def test_lines_are_added_and_dropped_without_a_script(client: Any, planning: str) -> None:
    typed = {**sent(client.get(planning)), "m-0-label": "开班上午"}

    fewer = client.post(planning, {**typed, "drop": "1"})
    assert [line["label"].value() for line in fewer.context["lines"]] == [
        "开班上午",
        "第二天上午",
        "第二天下午",
    ]
    more = client.post(planning, {**sent(fewer), "more": "1"})

    lines = more.context["lines"].forms
    assert len(lines) == 4
    assert lines[3]["module"].value() == typed["m-1-module"]
    assert lines[3]["label"].value() == "第三天上午"
    assert str(lines[3]["start"].value()) == "09:00:00"
    assert not here().exists()


def test_the_days_move_with_the_first_one(client: Any, planning: str) -> None:
    typed = {**sent(client.get(planning)), "starts_on": "2027-03-01", "shift": "1"}

    moved = client.post(planning, typed)

    assert [line["day"].value() for line in moved.context["lines"]] == [
        "2027-03-01",
        "2027-03-01",
        "2027-03-02",
        "2027-03-02",
    ]


def test_a_class_can_be_planned_before_its_half_days(client: Any, planning: str) -> None:
    typed = sent(client.get(planning))
    bare = {name: value for name, value in typed.items() if not name.startswith("m-")}

    client.post(planning, {**bare, "m-TOTAL_FORMS": "0", "m-INITIAL_FORMS": "0", "make": "1"})

    assert here().get().sessions.count() == 0


def test_a_class_is_planned_like_one_that_was_held(client: Any, cast: Any) -> None:
    held = cast.cohort
    Session.objects.filter(pk=cast.session.pk).update(label="破冰上午")
    half_hour = timedelta(minutes=30)
    AgendaItem.objects.create(
        session=cast.session,
        starts_at=cast.session.starts_at + half_hour,
        ends_at=cast.session.starts_at + 2 * half_hour,
        title="案例分享",
        note="何文渊",
    )
    client.force_login(cast.liangshan)
    start = reverse("training:new_class", args=[LIANGSHAN])
    assert f"?like={held.pk}" in client.get(start).text
    address = f"{start}?like={held.pk}"

    page = client.get(address)
    client.post(address, {**sent(page), "make": "1"})

    twin = Cohort.objects.exclude(pk=held.pk).get()
    assert twin.sessions.first().label == "破冰上午"
    assert twin.host_region_id == LIANGSHAN
    assert not twin.enrolments.exists()
    again = AgendaItem.objects.get(session__cohort=twin)
    assert (again.title, again.note) == ("案例分享", "何文渊")
    assert again.starts_at == again.session.starts_at + half_hour
    assert cast.session.agenda.count() == 1


def test_an_agenda_that_does_not_fit_the_new_half_day_is_left_out(cast: Any) -> None:
    held = cast.session
    AgendaItem.objects.create(
        session=held,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        title="全场讲授",
    )
    module = held.content_key.removeprefix("module:")
    start = held.starts_at + timedelta(days=28)
    shorter = Meeting(module, "第一天上午", start, held.ends_at + timedelta(days=28, hours=-1))

    twin = plan_cohort(
        programme=cast.programme,
        host_region=cast.region(LIANGSHAN),
        name="再办一场",
        starts_on=start.date(),
        ends_on=start.date(),
        meetings=[shorter],
        like=cast.cohort,
        by=cast.liangshan,
        at=cast.at,
    )

    assert not AgendaItem.objects.filter(session__cohort=twin).exists()


def test_a_city_class_belongs_to_its_stop_if_one_says_so(client: Any, cast: Any) -> None:
    assert cast.stop
    client.force_login(cast.liangshan)
    address = (
        f"{reverse('training:new_class', args=[LIANGSHAN])}?programme=it-change&host={LIANGSHAN}"
    )
    typed = {**sent(client.get(address)), "make": "1"}
    assert typed["venue"] == cast.stop.venue

    client.post(address, typed)
    without = {**typed, "code": "LS-OWN"}
    del without["is_of_stop"]
    client.post(address, without)

    assert Cohort.objects.get(name="凉山场", stop=cast.stop).code != "LS-OWN"
    assert Cohort.objects.get(code="LS-OWN").stop is None


def test_nobody_plans_for_a_region_that_is_not_hers(client: Any, cast: Any) -> None:
    assert cast.cohort
    address = reverse("training:new_class", args=[ZHAOJUE])
    for host, status in ((BUTUO, 404), (LIANGSHAN, 404), (ZHAOJUE, 200)):
        client.force_login(cast.zhaojue)
        asked = f"{address}?programme=it-change&host={host}"
        assert client.get(asked).status_code == status
    assert client.get(f"{address}?like={cast.cohort.pk}").status_code == 404
    assert client.get(f"{address}?programme=no-such").status_code == 404
    client.force_login(cast.butuo)
    assert client.get(address).status_code == 403


def test_a_draft_programme_is_not_offered(client: Any, cast: Any) -> None:
    cast.programme.unpublish()
    client.force_login(cast.zhaojue)

    assert "还没有发布的培训项目" in client.get(reverse("training:new_class", args=[ZHAOJUE])).text


def test_what_one_may_start_from_costs_the_same_however_much_there_is(
    client: Any, cast: Any
) -> None:
    assert cast.cohort
    client.force_login(cast.liangshan)
    address = reverse("training:new_class", args=[LIANGSHAN])
    counts = []
    for many in (1, 10, 100):
        for number in range(Cohort.objects.count(), many):
            cohort = draft(cast, f"ZJ-{number}", name=f"昭觉{number}班")
            half_day(cast, cohort)
        counts.append(queries(client, address))

    assert len(set(counts)) == 1


# ── copying a stop ─────────────────────────────────────────────────────────────────────────────


def copied(cast: Any, **change: Any) -> dict[str, Any]:
    return {
        "stop": cast.cohort.stop_id,
        "region": LESHAN,
        "starts_on": "2026-12-03",
        "venue": "乐山师范学院",
        **change,
    }


def test_a_stop_goes_on_to_the_next_city_once(client: Any, cast: Any) -> None:
    assert cast.enrolment
    client.force_login(cast.province)
    address = reverse("training:copy_stop", args=[SICHUAN])
    assert "凉山" in client.get(address).text

    first = client.post(address, copied(cast), follow=True)
    again = client.post(address, copied(cast), follow=True)

    twin = Cohort.objects.get(host_region=LESHAN)
    assert (twin.name, twin.sessions.count(), twin.enrolments.count()) == ("乐山场", 4, 0)
    assert "1个班，都是草稿" in first.text
    assert "没有再建一个" in again.text
    assert CityStop.objects.filter(region=LESHAN).count() == 1


def test_a_city_that_has_the_stop_is_refused_at_its_field(client: Any, cast: Any) -> None:
    client.force_login(cast.province)
    address = reverse("training:copy_stop", args=[SICHUAN])

    answer = client.post(address, copied(cast, region=LIANGSHAN))

    assert answer.status_code == 422
    assert "这一站已经有班次" in str(answer.context["form"].errors["region"])
    assert "乐山师范学院" in answer.text


def test_a_stop_without_a_class_is_nothing_to_copy(client: Any, cast: Any) -> None:
    assert cast.stop
    client.force_login(cast.province)
    address = reverse("training:copy_stop", args=[SICHUAN])

    assert "还没有可以复制的站" in client.get(address).text
    assert cast.cohort.stop == cast.stop
    assert "第18站凉山" in client.get(address).text


def test_a_county_has_no_stops_and_a_city_only_its_own(client: Any, cast: Any) -> None:
    assert cast.stop
    client.force_login(cast.zhaojue)
    assert client.get(reverse("training:copy_stop", args=[ZHAOJUE])).status_code == 404
    client.force_login(cast.liangshan)
    answer = client.post(reverse("training:copy_stop", args=[LIANGSHAN]), copied(cast))

    assert answer.status_code == 422
    assert not CityStop.objects.filter(region=LESHAN).exists()
