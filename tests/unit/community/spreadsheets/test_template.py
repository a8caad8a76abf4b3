"""The template: what a coordinator opens, and what comes back when she has filled it in."""

import io
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from community.spreadsheets.faults import FileFault
from community.spreadsheets.limits import Column
from community.spreadsheets.reading import read_table
from community.spreadsheets.template import write_template


@pytest.fixture
def template(columns: Sequence[Column]) -> bytes:
    return write_template(
        columns,
        title="=布拖县名单",
        notes=["带*的列必填。", "证件号请按文本填写。"],
        lists={"单位": ["布拖县民族小学", "=1+1"]},
    )


def test_title_notes_headers_and_text_columns(template: bytes) -> None:
    page = openpyxl.load_workbook(io.BytesIO(template))["名单"]

    assert page["A1"].value == "=布拖县名单"
    assert page["A1"].data_type == "s", "a title is never a formula"
    assert page["A2"].value == "带*的列必填。\n证件号请按文本填写。"
    assert [cell.value for cell in page[3]] == ["姓名*", "证件号", "手机号*", "单位*"]
    assert {page.column_dimensions[letter].number_format for letter in "ABCD"} == {"@"}
    assert page.freeze_panes == "A4"


def test_choices_stand_in_a_hidden_sheet(template: bytes) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(template))
    codes = workbook["代码"]
    (rule,) = workbook["名单"].data_validations.dataValidation

    assert codes.sheet_state == "hidden"
    assert [cell.value for cell in codes["A"]] == ["单位", "布拖县民族小学", "=1+1"]
    assert codes["A3"].data_type == "s"
    assert rule.formula1 == "'代码'!$A$2:$A$3"
    assert str(rule.sqref) == "D4:D1048576"
    assert not rule.showErrorMessage


def test_a_filled_template_is_read(
    tmp_path: Path, template: bytes, columns: Sequence[Column]
) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(template))
    workbook["名单"].append(["张三", "510104199001011234", "13800138000", "小学"])
    workbook.save(path := tmp_path / "名单.xlsx")

    table = read_table(path, columns=columns)

    assert (table.header_row, table.merged, table.extra) == (3, (), ())
    assert list(table) == [(4, ["张三", "510104199001011234", "13800138000", "小学"])]


def test_an_untouched_template_says_where_to_begin(
    tmp_path: Path, template: bytes, columns: Sequence[Column]
) -> None:
    (path := tmp_path / "名单.xlsx").write_bytes(template)

    with pytest.raises(FileFault, match=r"工作表“名单”第3行（表头）下面没有数据") as caught:
        read_table(path, columns=columns)

    assert caught.value.code == "file_empty"


def test_a_template_may_do_without_lists(columns: Sequence[Column]) -> None:
    workbook = openpyxl.load_workbook(
        io.BytesIO(write_template(columns, title="名单", notes=[], sheet="研讨组"))
    )

    assert workbook.sheetnames == ["研讨组"]
