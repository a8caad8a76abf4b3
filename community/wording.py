"""How figures, dates and times are said, on screen and in sentences (design.md §5).

Digits are Arabic, the clock has 24 hours, moments are read in the installation's time zone.
"""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

WEEKDAYS: Final = (
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
)
HAN_DIGITS: Final = "〇一二三四五六七八九"
GROUPED_FROM: Final = 10_000


def thousands(value: float | Decimal | str | None) -> str:
    """9780, 12,480: four digits stay whole, from five on they are grouped. None is nothing."""
    if value is None or value == "":
        return ""
    number = value if isinstance(value, int | Decimal) else Decimal(str(value))
    return f"{number:,}" if abs(number) >= GROUPED_FROM else f"{number}"


def hours(value: Decimal | float | None) -> str:
    """Hours as people write them: 4, 4.5, never 4.0; 12,480 from five digits on."""
    if value is None:
        return ""
    number = Decimal(str(value)).normalize()
    return f"{number:,f}" if abs(number) >= GROUPED_FROM else f"{number:f}"


def local_date(value: date) -> date:
    """The day of a date or of a moment, in the installation's time zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


def weekday(value: date) -> str:
    """周四."""
    return _(WEEKDAYS[value.weekday()])


def cn_date(value: date | None, today: date | None = None) -> str:
    """11月26日 周四; with the year (2025年11月26日 周三) when it is not the year of ``today``.

    ``today`` is the local date unless given. None is nothing.
    """
    if value is None:
        return ""
    at = local_date(value)
    words = {"year": at.year, "month": at.month, "day": at.day, "weekday": weekday(at)}
    if at.year == (today or timezone.localdate()).year:
        return _("%(month)d月%(day)d日 %(weekday)s") % words
    return _("%(year)d年%(month)d月%(day)d日 %(weekday)s") % words


def date_range(start: date, end: date, today: date | None = None) -> str:
    """11月26—27日, 11月30日—12月1日, 11月26日; with the year when it is not the year of ``today``."""
    first, last = local_date(start), local_date(end)
    words = {"month": first.month, "day": first.day, "month2": last.month, "day2": last.day}
    if first == last:
        said = _("%(month)d月%(day)d日") % words
    elif (first.year, first.month) == (last.year, last.month):
        said = _("%(month)d月%(day)d—%(day2)d日") % words
    else:
        said = _("%(month)d月%(day)d日—%(month2)d月%(day2)d日") % words
    if first.year == (today or timezone.localdate()).year:
        return said
    return _("%(year)d年%(date)s") % {"year": first.year, "date": said}


def full_date(value: date | None) -> str:
    """2026年12月22日, for records, where the year is always said. None is nothing."""
    if value is None:
        return ""
    at = local_date(value)
    return _("%(year)d年%(month)d月%(day)d日") % {"year": at.year, "month": at.month, "day": at.day}


def _local_time(value: datetime | time) -> datetime | time:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def clock(value: datetime | time | None) -> str:
    """8:47 on the local 24-hour clock, without a leading zero. None is nothing."""
    if value is None:
        return ""
    at = _local_time(value)
    return f"{at.hour}:{at.minute:02d}"


def clock_seconds(value: datetime | time | None) -> str:
    """8:47:12, where the second matters: on the receipt of a sign-in. None is nothing."""
    if value is None:
        return ""
    at = _local_time(value)
    return f"{at.hour}:{at.minute:02d}:{at.second:02d}"


def _han_number(number: int) -> str:
    """1 to 99 as it is read: 十, 十二, 二十, 二十二."""
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else f"{HAN_DIGITS[tens]}十"
    return lead + (HAN_DIGITS[ones] if ones else "")


def cn_numeral_date(value: date | None) -> str:
    """二〇二六年十二月二十二日, as certificates are dated. Not translated: it is print."""
    if value is None:
        return ""
    at = local_date(value)
    year = "".join(HAN_DIGITS[int(digit)] for digit in str(at.year))
    return f"{year}年{_han_number(at.month)}月{_han_number(at.day)}日"


def recent(value: datetime | None, today: date | None = None) -> str:
    """今天8:47, 昨天17:30, 11月24日 周二, as lines of an inbox are dated. None is nothing."""
    if value is None:
        return ""
    days = ((today or timezone.localdate()) - local_date(value)).days
    if days == 0:
        return _("今天%(time)s") % {"time": clock(value)}
    if days == 1:
        return _("昨天%(time)s") % {"time": clock(value)}
    return cn_date(value, today)
