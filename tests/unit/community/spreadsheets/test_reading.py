"""Reading files that are as they should be, or nearly."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from community.spreadsheets.faults import FileFault
from community.spreadsheets.limits import EMPTY, Column, Limits
from community.spreadsheets.reading import read_table, shown

HEADER = ("姓名*", "证件号", "手机号*", "单位*")
PERSON = ("阿衣·布茹", "51010419900101123X", "13800138000", "布拖县民族小学")

Make = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("each_way")


def refusal(path: Path, columns: Sequence[Column], **limits: int) -> FileFault:
    with pytest.raises(FileFault) as caught:
        read_table(path, columns=columns, limits=Limits(**limits))
    return caught.value


def test_the_header_is_found_below_title_and_notes(roster: Make, columns: Sequence[Column]) -> None:
    table = read_table(
        roster([["2026年名单"], ["带*的必填"], HEADER, PERSON, [], PERSON]), columns=columns
    )

    assert table.header_row == 3
    assert table.sheet == "名单"
    assert table.columns == ("姓名", "证件号", "手机号", "单位")
    assert table.letters == ("A", "B", "C", "D")
    assert len(table) == 2
    assert list(table) == [(4, list(PERSON)), (6, list(PERSON))]


def test_rows_can_be_walked_over_again(roster: Make, columns: Sequence[Column]) -> None:
    table = read_table(roster([HEADER, *[PERSON] * 1_234]), columns=columns)

    assert [row.number for row in table] == list(range(2, 1_236))
    assert sum(1 for _ in table) == 1_234


def test_columns_may_stand_in_any_order_under_any_of_their_names(
    roster: Make, columns: Sequence[Column]
) -> None:
    path = roster(
        [
            ["备注", "手机号（必填）", "单位", " 姓 名 ", "身份证号"],
            ["", "138", "小学", "张三", "5101"],
        ]
    )

    table = read_table(path, columns=columns)

    assert table.letters == ("D", "E", "B", "C")
    assert table.extra == ("备注",)
    assert list(table) == [(2, ["张三", "5101", "138", "小学"])]


def test_a_column_that_may_be_absent_reads_as_empty(
    roster: Make, columns: Sequence[Column]
) -> None:
    table = read_table(
        roster([["姓名", "手机号", "单位"], ["张三", "138", "小学"]]), columns=columns
    )

    assert table.letters == ("A", None, "B", "C")
    assert list(table) == [(2, ["张三", EMPTY, "138", "小学"])]


def test_cells_keep_their_types(roster: Make) -> None:
    names = [Column(name) for name in "甲乙丙丁戊己庚"]
    row = [
        "文",
        510123199001011234,
        13800000000,
        date(2016, 2, 1),
        datetime(2016, 2, 1, 8, 47),
        True,
        time(8, 47),
    ]

    table = read_table(roster([[*"甲乙丙丁戊己庚"], row]), columns=names)

    (cells,) = (row.cells for row in table)
    assert cells[0] == "文"
    assert isinstance(cells[1], float), (
        "digits of a numeric id are lost, so it must be told from text"
    )
    assert shown(cells[1]) == "510123199001011000"
    assert (cells[2], shown(cells[2])) == (13800000000.0, "13800000000")
    assert (cells[3], shown(cells[3])) == (date(2016, 2, 1), "2016-02-01")
    assert (cells[4], shown(cells[4])) == (datetime(2016, 2, 1, 8, 47), "2016-02-01 08:47:00")
    assert (cells[5], shown(cells[5])) == (True, "TRUE")
    assert (cells[6], shown(cells[6])) == (time(8, 47), "08:47:00")


def test_durations_and_fractions_are_read(roster: Make) -> None:
    workbook = openpyxl.load_workbook(roster([["甲", "乙"], ["", 1.5]]))
    workbook.active["A2"] = "30:00:00"
    workbook.active["A2"].number_format = "[h]:mm:ss"
    workbook.active["A2"].value = 1.25
    path = roster([["x"]])
    workbook.save(path)

    ((_, cells),) = read_table(path, columns=[Column("甲"), Column("乙")])

    assert shown(cells[0]) == "1 day, 6:00:00"
    assert shown(cells[1]) == "1.5"


def test_rows_of_nothing_but_space_are_no_rows(roster: Make, columns: Sequence[Column]) -> None:
    table = read_table(
        roster([HEADER, PERSON, [" ", "\u3000", "", " "], [0, "", "", ""]]), columns=columns
    )

    assert [row.number for row in table] == [2, 4], "a zero is something"


def test_two_hundred_columns_are_read_and_the_strangers_named(
    roster: Make, columns: Sequence[Column]
) -> None:
    more = [f"列{number}" for number in range(196)]

    table = read_table(roster([[*HEADER, *more], [*PERSON, *more]]), columns=columns)

    assert table.extra == tuple(more)
    assert list(table) == [(2, list(PERSON))]


def test_merged_cells_are_reported_from_the_header_down(
    roster: Make, columns: Sequence[Column]
) -> None:
    path = roster([["标题"], HEADER, PERSON, PERSON, PERSON])
    workbook = openpyxl.load_workbook(path)
    workbook.active.merge_cells("A1:D1")
    workbook.active.merge_cells("D3:D5")
    workbook.save(path)

    table = read_table(path, columns=columns)

    assert [str(merged) for merged in table.merged] == ["D3:D5"]
    assert [row.cells[3] for row in table] == [PERSON[3], EMPTY, EMPTY]


def sheets(path: Path, *pages: tuple[str, Sequence[object], bool]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, header, is_hidden in pages:
        page = workbook.create_sheet(title)
        page.append(header)
        page.append(PERSON)
        page.sheet_state = "hidden" if is_hidden else "visible"
    workbook.save(path)
    return path


def test_the_first_visible_sheet_with_the_header_is_read(
    tmp_path: Path, columns: Sequence[Column]
) -> None:
    path = sheets(
        tmp_path / "名单.xlsx",
        ("说明", ["怎么填"], False),
        ("旧名单", HEADER, True),
        ("半份", ["姓名"], False),
        ("第一期", HEADER, False),
        ("第二期", HEADER, False),
    )

    assert read_table(path, columns=columns).sheet == "第一期"


def test_sheets_without_the_header_are_named(tmp_path: Path, columns: Sequence[Column]) -> None:
    path = sheets(
        tmp_path / "名单.xlsx",
        ("说明", ["怎么填"], False),
        ("统计", ["人数"], False),
        ("旧", HEADER, True),
    )

    fault = refusal(path, columns)

    assert fault.code == "wrong_sheet"
    assert "“说明”、“统计”" in fault.message
    assert "隐藏的“旧”没有读取" in fault.message


def test_missing_columns_are_named_with_their_place(
    roster: Make, columns: Sequence[Column]
) -> None:
    fault = refusal(roster([["标题"], ["姓名", "电话"], ["张三", "138"]]), columns)

    assert fault.code == "header_missing"
    assert fault.message == (
        "“名单.xlsx”的工作表“名单”第2行（表头）缺少手机号、单位。"
        "请补上这些列，或把数据填进模板，再上传。"
    )


def test_a_file_without_a_header_says_what_was_looked_for(
    roster: Make, columns: Sequence[Column]
) -> None:
    fault = refusal(roster([["张三", "138"]] * 20), columns)

    assert fault.code == "header_missing"
    assert (
        fault.message
        == "“名单.xlsx”的前10行没有找到表头（应有姓名、手机号、单位）。请把数据填进模板，再上传。"
    )


def test_a_column_that_stands_twice_is_refused(roster: Make, columns: Sequence[Column]) -> None:
    fault = refusal(roster([[*HEADER, "姓名"], [*PERSON, "李四"]]), columns)

    assert fault.code == "header_doubled"
    assert "有两列姓名" in fault.message


def test_whole_gives_every_row_and_cell(roster: Make, columns: Sequence[Column]) -> None:
    table = read_table(
        roster([["标题"], [*HEADER, "备注"], [*PERSON, "x"]]), columns=columns, whole=True
    )

    assert list(table) == [
        (1, ["标题", EMPTY, EMPTY, EMPTY, EMPTY]),
        (2, [*HEADER, "备注"]),
        (3, [*PERSON, "x"]),
    ]


def test_without_columns_the_first_row_is_the_header(roster: Make) -> None:
    table = read_table(roster([["a", "b"], ["1", "2"]]), whole=True)

    assert table.extra == ("a", "b")
    assert [row.cells for row in table] == [["a", "b"], ["1", "2"]]


def test_a_table_that_starts_elsewhere_keeps_its_places(
    tmp_path: Path, columns: Sequence[Column]
) -> None:
    workbook = openpyxl.Workbook()
    for row, cells in ((5, HEADER), (8, PERSON)):
        for column, cell in enumerate(cells, start=3):
            workbook.active.cell(row, column, cell)
    workbook.save(path := tmp_path / "名单.xlsx")

    table = read_table(path, columns=columns)

    assert table.letters == ("C", "D", "E", "F")
    assert (table.header_row, list(table)) == (5, [(8, list(PERSON))])


def test_the_mark_against_formulas_is_taken_off(roster: Make, columns: Sequence[Column]) -> None:
    table = read_table(roster([HEADER, ["'+86", "'张", "''-1", "a\r\nb"]]), columns=columns)

    assert list(table) == [(2, ["+86", "'张", "'-1", "a\nb"])]


def test_the_name_in_the_sentence_is_the_one_the_author_knows(
    tmp_path: Path, columns: Sequence[Column]
) -> None:
    path = tmp_path / "a8f3"
    path.write_bytes(b"")

    with pytest.raises(FileFault, match=r"“布拖县名单\.xlsx”是空的"):
        read_table(path, columns=columns, name="布拖县名单.xlsx")
