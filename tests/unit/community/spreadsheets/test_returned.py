"""The file given back with its faults: the same rows, a column more, nothing turned into a formula."""

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from community.spreadsheets.limits import Column
from community.spreadsheets.reading import read_table
from community.spreadsheets.returned import write_with_faults

HEADER = ("姓名*", "证件号", "手机号*", "单位*")
ROWS = [
    ["2026年名单"],
    [],
    HEADER,
    ["张三", 510104199001011234, 13800138000, "小学"],
    ["'=1+1", "007", "+86", date(2016, 2, 1)],
    [],
    ["䶮", "", "1", "中学"],
]
FAULTS = {4: "证件号是数字格式，末三位已丢失，请重新填写。", 7: "=手机号只有1位"}

Make = Callable[..., Path]


def test_rows_keep_their_numbers_and_get_their_faults(
    tmp_path: Path, roster: Make, columns: Sequence[Column]
) -> None:
    out = tmp_path / "改.xlsx"

    assert write_with_faults(roster(ROWS), FAULTS, out, columns=columns) == 2

    page = openpyxl.load_workbook(out)["名单"]
    rows = [[cell.value or "" for cell in row] for row in page.iter_rows(max_col=5)]
    assert rows == [
        ["2026年名单", "", "", "", ""],
        ["", "", "", "", ""],
        [*HEADER, "错误说明"],
        ["张三", "510104199001011000", "13800138000", "小学", FAULTS[4]],
        ["=1+1", "007", "+86", "2016-02-01", ""],
        ["", "", "", "", ""],
        ["䶮", "", "1", "中学", FAULTS[7]],
    ]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}
    assert page["B4"].number_format == "@", "digits typed here stay as typed"
    assert page["E7"].data_type != "f"
    assert page.freeze_panes == "A4"


def test_only_the_faulty_rows_if_asked(
    tmp_path: Path, roster: Make, columns: Sequence[Column]
) -> None:
    out = tmp_path / "改.xlsx"

    write_with_faults(roster(ROWS), FAULTS, out, columns=columns, only_faulty=True)

    table = read_table(out, columns=columns)
    assert [(row.number, row.cells[0]) for row in table] == [(4, "张三"), (5, "䶮")]
    assert table.extra == (), "our own column is no stranger"


def test_what_comes_back_again_has_one_column_of_faults(
    tmp_path: Path, roster: Make, columns: Sequence[Column]
) -> None:
    once, twice = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    write_with_faults(roster(ROWS), FAULTS, once, columns=columns)

    assert write_with_faults(once, {5: "改"}, twice, columns=columns) == 1

    page = openpyxl.load_workbook(twice)["名单"]
    assert [page.cell(3, column).value or "" for column in range(1, 7)] == [*HEADER, "错误说明", ""]
    assert [page.cell(row, 5).value or "" for row in range(4, 8)] == ["", "改", "", ""]


@pytest.mark.parametrize(
    ("encoding", "back"),
    [("gb18030", "gb18030"), ("utf-8", "utf-8-sig"), ("utf-16", "utf-8-sig")],
)
def test_csv_stays_csv(tmp_path: Path, columns: Sequence[Column], encoding: str, back: str) -> None:
    path, out = tmp_path / "名单.csv", tmp_path / "改.csv"
    rows = [["名单"], HEADER, ["䶮", "'+1", "1", "x\r\ny"], [], ["李四", "", "2", "z"]]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)

    write_with_faults(path, {5: "错"}, out, columns=columns)

    with out.open(encoding=back, newline="") as file:
        assert list(csv.reader(file)) == [
            ["名单", "", "", "", ""],
            [*HEADER, "错误说明"],
            ["䶮", "'+1", "1", "x\r\ny", ""],
            ["", "", "", "", ""],
            ["李四", "", "2", "z", "错"],
        ]
    assert [row.number for row in read_table(out, columns=columns)] == [3, 5]
