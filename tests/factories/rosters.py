"""Roster files for tests: rows by name of column, as .xlsx or CSV, with numbers that check."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from community.identity import check_digit

HEADER = (
    "姓名",
    "证件类型",
    "证件号",
    "手机号",
    "市州",
    "县",
    "单位",
    "职务",
    "人员类别",
    "座位",
    "研讨组",
)


def resident(number: int = 1, born: str = "19850312", prefix: str = "513431") -> str:
    """A valid 18-digit number; ``number`` is its serial."""
    first = f"{prefix}{born}{number % 1000:03d}"
    return first + check_digit(first)


def person(number: int = 1, **cells: Any) -> dict[str, Any]:
    """A good row of 昭觉县中心小学校; ``cells`` are what it has otherwise."""
    row = {
        "姓名": _name(number),
        "证件类型": "居民身份证",
        "证件号": resident(number),
        "手机号": f"136{number:08d}",
        "市州": "凉山彝族自治州",
        "县": "昭觉县",
        "单位": "昭觉县中心小学校",
        "职务": "教师",
        "人员类别": "教师",
        "座位": f"{number // 20 + 1}排{number % 20 + 1}座",
        "研讨组": f"第{number % 8 + 1}组",
    }
    return {**row, **cells}


_FIRST = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_SECOND = "文明国春秀建志海小玉永德晓红云天成思雨美"
_THIRD = "华英军芳强丽敏静伟娟涛艳勇霞平刚桂兰林峰"


def _name(number: int) -> str:
    return _FIRST[number % 30] + _SECOND[number // 30 % 20] + _THIRD[(number // 600 + number) % 20]


def cells_of(rows: Iterable[Mapping[str, Any]], header: Iterable[str] = HEADER) -> list[list[Any]]:
    names = list(header)
    return [[row.get(name, "") for name in names] for row in rows]


def xlsx(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    header: tuple[str, ...] = HEADER,
    above: Iterable[Iterable[Any]] = (),
    merge: Iterable[str] = (),
) -> Path:
    """Write an .xlsx with ``rows`` below ``header``; ``above`` are rows over it."""
    book = Workbook()
    sheet = book.active
    for line in above:
        sheet.append(list(line))
    sheet.append(list(header))
    for line in cells_of(rows, header):
        sheet.append(line)
    for area in merge:
        sheet.merge_cells(area)
    book.save(path)
    return path


def csv_bytes(
    rows: Iterable[Mapping[str, Any]], *, encoding: str = "utf-8-sig", header: Any = HEADER
) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(cells_of(rows, header))
    return out.getvalue().encode(encoding)
