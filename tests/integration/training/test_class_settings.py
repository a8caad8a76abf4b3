"""班次设置 by screen: whose it is, its steps, its half-days and their agenda."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from tests.factories.cast import LIANGSHAN, ZHAOJUE, moment
from tests.factories.planning import draft, half_day, queries
from training.models import AgendaItem, Cohort, Module, Session

pytestmark = pytest.mark.django_db


@pytest.fixture
def settings_page(cast: Any) -> str:
    return reverse("training:class_settings", args=[cast.cohort.pk])


def test_a_county_reads_how_a_class_of_the_city_is_planned_and_changes_nothing(
    client: Any, cast: Any, settings_page: str
) -> None:
    client.force_login(cast.zhaojue)

    page = client.get(settings_page).text

    assert "安排由那里的培训管理员改" in page
    assert f'{reverse("training:sessions", args=[ZHAOJUE])}" aria-current="page"' in page
    assert "<form" not in page.split("<main")[1]
    refused = client.post(settings_page, {"name": "x"})
    assert refused.status_code == 403
    assert "凉山彝族自治州举办" in refused.text


def test_a_draft_of_the_city_is_nobody_elses_to_see(client: Any, cast: Any) -> None:
    cohort = draft(cast, "LS-DRAFT", host=LIANGSHAN, name="凉山草稿")
    address = reverse("training:class_settings", args=[cohort.pk])
    for who, status in (("zhaojue", 404), ("trainee", 404), ("liangshan", 200), ("province", 200)):
        client.force_login(getattr(cast, who))
        assert client.get(address).status_code == status


def test_facts_are_changed_or_refused_in_place(client: Any, cast: Any, settings_page: str) -> None:
    client.force_login(cast.liangshan)
    facts = {
        "name": "凉山第一场",
        "starts_on": "2026-11-26",
        "ends_on": "2026-11-28",
        "venue": "西昌学院",
        "late_minutes": "15",
    }

    faulty = client.post(settings_page, {**facts, "ends_on": "2026-11-25"})
    assert faulty.status_code == 422
    assert "结束日期早于开始日期" in str(faulty.context["form"].errors["ends_on"])
    assert "西昌学院" in faulty.text
    saved = client.post(settings_page, facts, follow=True)

    cohort = Cohort.objects.get(pk=cast.cohort.pk)
    assert (cohort.name, cohort.venue, cohort.late_minutes) == ("凉山第一场", "西昌学院", 15)
    assert "已保存班次信息" in saved.text


def test_a_half_day_outside_the_days_of_its_class_is_pointed_out(
    client: Any, cast: Any, settings_page: str
) -> None:
    client.force_login(cast.liangshan)
    assert "不在班次的日期" not in client.get(settings_page).text

    Cohort.objects.filter(pk=cast.cohort.pk).update(ends_on=date(2026, 11, 26))

    assert client.get(settings_page).text.count("不在班次的日期（11月26日）里") == 2


def test_each_step_is_a_button_and_the_next_one_follows(client: Any, cast: Any) -> None:
    cohort = draft(cast, "ZJ-1")
    client.force_login(cast.zhaojue)
    page = reverse("training:class_settings", args=[cohort.pk])
    move = reverse("training:move_class", args=[cohort.pk])

    assert "先添加场次，才能开放报名" in client.get(page).text
    assert "还没有场次" in client.post(move, {"to": "enrolling"}, follow=True).text
    half_day(cast, cohort)
    for to, said in (
        ("enrolling", "现在是报名中"),
        ("running", "现在是进行中"),
        ("to_close", "现在是待结班"),
    ):
        assert f'value="{to}"' in client.get(page).text
        assert said in client.post(move, {"to": to}, follow=True).text
    assert "去结班" in client.get(page).text
    assert "不能改为" in client.post(move, {"to": "running"}, follow=True).text
    assert client.post(move, {"to": "closed"}).status_code == 404


def test_a_closed_class_says_so_and_offers_nothing(
    client: Any, cast: Any, settings_page: str
) -> None:
    Cohort.objects.filter(pk=cast.cohort.pk).update(state=Cohort.State.CLOSED)
    client.force_login(cast.liangshan)

    page = client.get(settings_page).text

    assert "不能再改" in page
    assert "保存班次信息" not in page


# ── half-days ──────────────────────────────────────────────────────────────────────────────────


HOURS = {"label": "第一天上午", "day": "2026-11-26", "start": "14:00", "end": "17:00"}
WINDOWS = {
    "opens_before": "40",
    "closes_after": "60",
    "late_minutes": "10",
    "out_before": "10",
    "out_after": "30",
}


def test_a_half_day_is_dropped_and_its_module_given_another(client: Any, cast: Any) -> None:
    client.force_login(cast.liangshan)
    module = cast.session.content_key.removeprefix("module:")
    new = reverse("training:new_session", args=[cast.cohort.pk])
    assert "每个模块都有场次了" in client.get(new).text

    dropped = client.post(reverse("training:drop_session", args=[cast.session.pk]), follow=True)
    assert "可以重新添加场次" in dropped.text
    assert "还没有场次，没有场次就没有人能得到它的学时" in dropped.text
    faulty = client.post(new, {**HOURS, "module": module, "end": "13:00"})
    assert faulty.status_code == 422
    assert "结束时间要晚于开始时间" in faulty.text
    assert client.get(new).context["form"]["label"].value() == "第三天上午"
    client.post(new, {**HOURS, "module": module})
    again = client.post(new, {**HOURS, "module": module}, follow=True)
    assert "没有重复添加" in again.text

    session = cast.cohort.sessions.get(content_key=f"module:{module}")
    assert session.starts_at == moment(26, 14, 0)


def test_a_half_day_with_marks_is_not_offered_for_dropping(
    client: Any, cast: Any, settings_page: str
) -> None:
    from tests.factories.attended import sign_in

    sign_in(cast.enrolment, cast.session)
    client.force_login(cast.liangshan)
    drop = reverse("training:drop_session", args=[cast.session.pk])

    assert drop not in client.get(settings_page).text
    assert "已有签到记录，不能删除" in client.post(drop, follow=True).text
    assert cast.cohort.sessions.count() == 4


def test_the_sign_in_window_moves_with_the_hours(client: Any, cast: Any) -> None:
    client.force_login(cast.liangshan)
    address = reverse("training:session_settings", args=[cast.session.pk])
    first = client.get(address).context["form"].initial
    assert (first["opens_before"], first["closes_after"]) == (40, 60)

    client.post(address, {**HOURS, **WINDOWS, "takes_sign_out": "on"})

    session = Session.objects.get(pk=cast.session.pk)
    assert (session.opens_at, session.closes_at) == (moment(26, 13, 20), moment(26, 15, 0))
    assert (session.sign_out_opens_at, session.sign_out_closes_at) == (
        moment(26, 16, 50),
        moment(26, 17, 30),
    )


def test_hours_in_the_wrong_order_are_said_and_kept(client: Any, cast: Any) -> None:
    client.force_login(cast.liangshan)
    address = reverse("training:session_settings", args=[cast.session.pk])

    answer = client.post(address, {**HOURS, **WINDOWS, "end": "13:00", "place": "二楼"})

    assert answer.status_code == 422
    assert "“第一天上午”的结束时间要晚于开始时间。" in answer.text
    assert 'value="二楼"' in answer.text


def agenda(*rows: tuple[str, str, str]) -> dict[str, str]:
    data = {"a-TOTAL_FORMS": str(len(rows)), "a-INITIAL_FORMS": "0"}
    for number, (start, end, title) in enumerate(rows):
        data |= {
            f"a-{number}-start": start,
            f"a-{number}-end": end,
            f"a-{number}-title": title,
            f"a-{number}-note": "",
        }
    return data


def test_an_agenda_is_written_line_by_line(client: Any, cast: Any) -> None:
    client.force_login(cast.liangshan)
    address = reverse("training:session_agenda", args=[cast.session.pk])
    assert len(client.get(address).context["lines"].forms) == 1

    more = client.post(address, {**agenda(("09:00", "09:30", "开班")), "more": "1"})
    assert [line["start"].value() for line in more.context["lines"]] == ["09:00", "09:30"]
    typed = agenda(("09:00", "09:30", "开班"), ("09:30", "12:30", "讲座"))
    late = client.post(address, {**typed, "save": "1"})
    assert late.status_code == 422
    assert "“讲座”的时间" in str(late.context["lines"].forms[1].errors["start"])
    client.post(address, {**typed, "a-1-end": "11:30", "save": "1"})

    assert [item.title for item in cast.session.agenda.all()] == ["开班", "讲座"]
    fewer = client.post(address, {**typed, "drop": "0"})
    assert [line["title"].value() for line in fewer.context["lines"]] == ["讲座"]


def test_the_half_days_cost_the_same_however_many_there_are(
    client: Any, cast: Any, settings_page: str
) -> None:
    client.force_login(cast.liangshan)
    counts = []
    for many in (1, 10, 100):
        for number in range(cast.cohort.sessions.count(), many):
            Module.objects.create(
                programme=cast.programme, title=f"模块{number}", kind="lecture", hours=1
            )
            Session.objects.create(
                cohort=cast.cohort,
                position=number + 10,
                title=f"模块{number}",
                label=f"第{number}场",
                kind="lecture",
                content_key=f"module:x{number}",
                hours=1,
                starts_at=moment(26, 9, 0),
                ends_at=moment(26, 12, 0),
                opens_at=moment(26, 8, 0),
                closes_at=moment(26, 10, 0),
            )
        AgendaItem.objects.create(
            session=cast.session,
            starts_at=moment(26, 9, 0),
            ends_at=moment(26, 10, 0),
            title=f"日程{many}",
        )
        counts.append(queries(client, settings_page))

    assert len(set(counts)) == 1
