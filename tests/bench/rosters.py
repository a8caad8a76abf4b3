"""A roster of many rows as .xlsx, some of them faulty; written once, and again with the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from community.identity import check_digit
from community.models import Institution
from community.spreadsheets.writing import XlsxSheets
from training.roster.columns import COLUMNS

ROWS: Final = 100_000
FAULTY_IN: Final = 40
"""One row in so many has a fault: a wrong check digit, a short telephone, an unknown school."""

_FAMILY: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN: Final = "文明国春秀建志海小玉永德晓红云天成思雨美英军芳强丽敏静伟娟涛"


def rows(first: int, count: int) -> Iterator[list[str]]:
    """Invented people ``first`` and following, of every county; the same every time."""
    schools = list(
        Institution.objects.filter(region__level="county")
        .order_by("region_id", "pk")
        .values_list("name", "region__name", "region__parent__name", "region_id")
    )
    for n in range(first, first + count):
        school, county, city, code = schools[n % len(schools)]
        born = f"{1965 + n // 997 % 35}{n // 83 % 12 + 1:02d}{n // 7 % 28 + 1:02d}"
        number = f"{code}{born}{n // len(schools) % 1000:03d}"
        number += check_digit(number)
        phone, fault = f"136{n:08d}", n // FAULTY_IN % 3 if n % FAULTY_IN == 0 else None
        if fault == 0:
            number = number[:-1] + ("0" if number[-1] != "0" else "1")
        elif fault == 1:
            phone = phone[:-2]
        elif fault == 2:
            school = "没有这个单位"
        name = _FAMILY[n % 30] + _GIVEN[n // 30 % 30] + _GIVEN[(n // 900 + n // 7) % 30]
        yield [
            name,
            "居民身份证",
            number,
            phone,
            city,
            county,
            school,
            "教师",
            "教师",
            f"{n // 20 % 50 + 1}排{n % 20 + 1}座",
            f"第{n % 8 + 1}组",
        ]


def write_roster(path: Path, *, first: int, count: int = ROWS, sheet: str = "名单") -> Path:
    """``sheet`` is its sheet's name: another one makes another file of the same rows."""
    header = [column.name for column in COLUMNS]
    with XlsxSheets(path, header, name=sheet) as book:
        book.write_rows(rows(first, count))
    return path
