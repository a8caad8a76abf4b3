"""Reading CSV as people really send it."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from community.spreadsheets.faults import FileFault
from community.spreadsheets.limits import EMPTY, Column, Limits
from community.spreadsheets.reading import read_table

HEADER = ("姓名*", "证件号", "手机号*", "单位*")
PERSON = ("阿衣·布茹", "51010419900101123X", "13800138000", "布拖县民族小学")

Make = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("each_way")


def refusal(path: Path, columns: Sequence[Column], **limits: int) -> FileFault:
    with pytest.raises(FileFault) as caught:
        read_table(path, columns=columns, limits=Limits(**limits))
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("gb18030", "gb18030"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_any_honest_encoding_and_separator(
    tmp_path: Path, columns: Sequence[Column], encoding: str, found: str, separator: str
) -> None:
    path = tmp_path / "名单.csv"
    rows = [["a,b;c"], HEADER, ("䶮𠮷", "00123", "+8613800138000", "一,二;三")]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)

    table = read_table(path, columns=columns)

    assert (table.encoding, table.separator, table.header_row) == (found, separator, 2)
    assert list(table) == [(3, ["䶮𠮷", "00123", "+8613800138000", "一,二;三"])]


def test_csv_rows_are_numbered_as_a_spreadsheet_numbers_them(
    tmp_path: Path, columns: Sequence[Column]
) -> None:
    path = tmp_path / "名单.csv"
    path.write_bytes(
        '姓名,手机号,单位,备注\r\n张三,1,"小\r\n学"\r\n\r\n李四,2,中学,x,多,出\r\n王五,3\r\n'.encode()
    )

    table = read_table(path, columns=columns)

    assert list(table) == [
        (2, ["张三", EMPTY, "1", "小\n学"]),
        (4, ["李四", EMPTY, "2", "中学"]),
        (5, ["王五", EMPTY, "3", EMPTY]),
    ]


def test_csv_does_not_guess_types(tmp_path: Path, columns: Sequence[Column]) -> None:
    path = tmp_path / "名单.csv"
    path.write_text("姓名,证件号,手机号,单位\n1,5.1E+17,TRUE,2016-02-01\n", encoding="utf-8")

    ((_, cells),) = read_table(path, columns=columns)

    assert cells == ["1", "5.1E+17", "TRUE", "2016-02-01"]
