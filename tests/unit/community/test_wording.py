from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from community.wording import (
    clock,
    clock_seconds,
    cn_date,
    cn_numeral_date,
    date_range,
    full_date,
    hours,
    recent,
    thousands,
)

# 00:30 on 27 November in Sichuan.
LATE = datetime(2026, 11, 26, 16, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (386, "386"),
        (9780, "9780"),
        (9999, "9999"),
        (10_000, "10,000"),
        (12_480, "12,480"),
        (1_080_000, "1,080,000"),
        (-12_480, "-12,480"),
        (Decimal("12480.5"), "12,480.5"),
        ("12480", "12,480"),
        (None, ""),
        ("", ""),
    ],
)
def test_four_digits_stay_whole_and_five_are_grouped(value, words):
    assert thousands(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("4.0"), "4"),
        (Decimal("4.5"), "4.5"),
        (Decimal("0.0"), "0"),
        (Decimal("100.0"), "100"),
        (Decimal("9780.0"), "9780"),
        (Decimal("12480.0"), "12,480"),
        (18, "18"),
        (None, ""),
    ],
)
def test_hours_carry_no_idle_zero(value, words):
    assert hours(value) == words


def test_a_date_of_this_year_has_no_year():
    assert cn_date(date(2026, 11, 26), date(2026, 1, 2)) == "11月26日 周四"


def test_a_date_of_another_year_has_its_year():
    assert cn_date(date(2025, 12, 31), date(2026, 1, 2)) == "2025年12月31日 周三"


def test_a_moment_is_dated_where_the_hall_is():
    assert cn_date(LATE, date(2026, 11, 27)) == "11月27日 周五"
    assert full_date(LATE) == "2026年11月27日"


def test_records_always_say_the_year():
    assert full_date(date(2026, 12, 22)) == "2026年12月22日"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 11, 26), date(2026, 11, 27), "11月26—27日"),
        (date(2026, 11, 26), date(2026, 11, 26), "11月26日"),
        (date(2026, 11, 30), date(2026, 12, 1), "11月30日—12月1日"),
        (date(2026, 12, 31), date(2027, 1, 1), "12月31日—1月1日"),
        (date(2027, 3, 11), date(2027, 3, 12), "2027年3月11—12日"),
    ],
)
def test_a_range_of_days_says_the_month_once(start, end, words):
    assert date_range(start, end, today=date(2026, 11, 20)) == words


def test_the_clock_has_24_hours_and_no_leading_zero():
    assert clock(datetime(2026, 11, 26, 0, 47, 12, tzinfo=UTC)) == "8:47"
    assert clock(LATE) == "0:30"
    assert clock(time(13, 5)) == "13:05"


def test_a_receipt_shows_seconds():
    assert clock_seconds(datetime(2026, 11, 26, 0, 47, 9, tzinfo=UTC)) == "8:47:09"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 22), "二〇二六年十二月二十二日"),
        (date(2016, 2, 1), "二〇一六年二月一日"),
        (date(2030, 10, 10), "二〇三〇年十月十日"),
        (date(2027, 11, 30), "二〇二七年十一月三十日"),
        (date(2028, 1, 20), "二〇二八年一月二十日"),
    ],
)
def test_certificates_are_dated_in_han_numerals(day, words):
    assert cn_numeral_date(day) == words


@pytest.mark.parametrize("say", [cn_date, full_date, clock, clock_seconds, cn_numeral_date])
def test_what_has_no_time_yet_says_nothing(say):
    assert say(None) == ""


def test_a_recent_moment_is_said_by_day_and_clock():
    today = date(2026, 11, 27)

    assert recent(LATE, today) == "今天0:30"
    assert recent(LATE, date(2026, 11, 28)) == "昨天0:30"
    assert recent(LATE, date(2026, 11, 29)) == "11月27日 周五"
    assert recent(None) == ""
