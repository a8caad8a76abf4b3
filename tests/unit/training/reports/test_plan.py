"""What a new class could look like: days, half-days, and the line after the last."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from tests.factories.cast import LIANGSHAN, ZHAOJUE
from training.curriculum import FrozenModule
from training.models import CityStop, Module
from training.reports.plan import (
    cities_in,
    first_day,
    half_day,
    hosts_in,
    lines_by_halves,
    moved_lines,
    next_line,
    suggest_plan,
)

MODULES = [FrozenModule(str(n), f"模块{n}", "lecture", Decimal(3), "") for n in (1, 2, 3)]
MONDAY = date(2026, 12, 7)


@pytest.mark.parametrize("day", [20, 21, 22, 23])
def test_a_class_begins_on_a_monday_two_weeks_ahead(day: int) -> None:
    begins = first_day(date(2026, 11, day))

    assert begins.weekday() == 0
    assert 14 <= (begins - date(2026, 11, day)).days < 21


def test_modules_fill_mornings_and_afternoons_in_turn() -> None:
    lines = lines_by_halves(MODULES, MONDAY)

    assert [(line["label"], line["day"], line["start"]) for line in lines] == [
        ("第一天上午", MONDAY, time(9)),
        ("第一天下午", MONDAY, time(14)),
        ("第二天上午", date(2026, 12, 8), time(9)),
    ]


def test_days_after_the_ninth_are_counted_in_digits() -> None:
    assert half_day(8, 0) == "第九天上午"
    assert half_day(9, 1) == "第10天下午"


@pytest.mark.parametrize(
    ("start", "label", "day"),
    [
        ("9:00", "第一天下午", MONDAY),
        ("09:00", "第一天下午", MONDAY),
        ("14:00", "第二天上午", date(2026, 12, 8)),
    ],
)
def test_one_line_more_is_the_half_day_after_the_last(start: str, label: str, day: date) -> None:
    last = {"module": "1", "day": MONDAY.isoformat(), "start": start, "place": "三楼"}

    line = next_line([last], MODULES)

    assert (line["module"], line["label"], line["day"], line["place"]) == ("2", label, day, "三楼")


def test_one_line_more_of_nothing_has_a_module_only() -> None:
    assert next_line([], MODULES) == {"module": "1"}
    every = [{"module": module.key, "day": "?"} for module in MODULES]
    assert next_line(every, MODULES) == {"module": ""}


def test_days_move_together_and_what_is_no_date_stays() -> None:
    lines = [{"day": "2026-12-08"}, {"day": "下周"}, {"day": "2026-12-07"}]

    assert [line["day"] for line in moved_lines(lines, date(2026, 12, 14))] == [
        "2026-12-15",
        "下周",
        "2026-12-14",
    ]
    assert moved_lines([{"day": ""}], MONDAY) == [{"day": ""}]


@pytest.mark.django_db
def test_a_stop_that_is_to_come_gives_its_days_and_its_place(cast: Any) -> None:
    assert cast.stop
    host = cast.region(LIANGSHAN)

    coming = suggest_plan(programme=cast.programme, host=host, today=date(2026, 11, 1))
    over = suggest_plan(programme=cast.programme, host=host, today=date(2026, 12, 1))

    assert coming.fields["starts_on"] == cast.stop.starts_on
    assert (coming.fields["name"], coming.fields["venue"]) == ("凉山场", cast.stop.venue)
    assert over.fields["starts_on"] == date(2026, 12, 21)


@pytest.mark.django_db
def test_a_city_without_a_stop_and_a_county_have_a_class_of_their_own(cast: Any) -> None:
    today = date(2026, 11, 1)
    names = [
        suggest_plan(programme=cast.programme, host=cast.region(code), today=today).fields["name"]
        for code in (LIANGSHAN, ZHAOJUE)
    ]

    assert names == ["凉山班", "昭觉县班"]
    assert not CityStop.objects.exists()


@pytest.mark.django_db
def test_a_module_that_is_no_longer_taught_is_left_out(cast: Any) -> None:
    held = cast.cohort
    cast.session.delete()
    gone = held.sessions.first()
    Module.objects.filter(pk=int(gone.content_key.removeprefix("module:"))).update(kind="work")

    plan = suggest_plan(
        programme=cast.programme, host=cast.region(LIANGSHAN), today=date(2026, 12, 1), like=held
    )

    assert [line["label"] for line in plan.lines] == ["第二天上午", "第二天下午"]
    assert plan.lines[0]["day"] == plan.fields["starts_on"]


@pytest.mark.django_db
def test_hosts_and_cities_are_those_inside_the_region(cast: Any) -> None:
    city, county = cast.region(LIANGSHAN), cast.region(ZHAOJUE)

    assert set(hosts_in(county)) == {county}
    assert {city, county} <= set(hosts_in(city))
    assert set(cities_in(city)) == {city}
    assert not cities_in(county).exists()
