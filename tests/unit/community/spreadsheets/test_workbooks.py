"""The .xlsx files we write: all text, numbered sheets, bytes that can be compared."""

import os
import zipfile
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from community.spreadsheets import workbook_parts
from community.spreadsheets.lines import BLOCK
from community.spreadsheets.writing import CellTooLong, CsvSheet, XlsxSheets

HEADER = ("姓名", "手机号", "备注")
DELICATE = [
    ("阿衣·布茹", "+8613800138000", "-1"),
    ("䶮𠮷", "00123", "51010419900101123X"),
    ("510104199001011234", "=1+1", "@SUM(A1)"),
    ("＝1", "'=1", "''x"),
    ('a"b""', "a,b;c\td", "a\nb"),
    (" 前后 ", "\t=1", "&lt;<b>&]]>"),
    ("_x0041_", "x_x000D_", "%s %b %"),
    ("", "", "0"),
]


def test_no_xlsx_cell_is_a_formula_or_a_number(tmp_path: Path) -> None:
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="名单") as sheet:
        sheet.write_rows(DELICATE)

    page = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    filled = [cell for row in page.iter_rows(max_col=3) for cell in row if cell.value is not None]

    assert len(filled) > 20
    assert {cell.data_type for cell in filled} <= {"s", "inlineStr"}
    assert {cell.number_format for cell in filled} == {"@"}
    assert page.freeze_panes == "A2"


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        with XlsxSheets(tmp_path / name, HEADER, name="名单") as sheet:
            sheet.write_rows(DELICATE)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_more_rows_than_a_sheet_holds_go_on_numbered_sheets(tmp_path: Path) -> None:
    rows = [(f"人{number}", str(number), "") for number in range(12_500)]
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="签到明细", rows_per_sheet=5_000) as sheet:
        sheet.write_rows(rows[:7_777])
        sheet.write_rows(rows[7_777:])
    with CsvSheet(tmp_path / "a.csv", HEADER) as text:
        text.write_rows(rows)

    workbook = python_calamine.load_workbook(tmp_path / "a.xlsx")
    pages = [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]

    assert workbook.sheet_names == ["签到明细1", "签到明细2", "签到明细3"]
    assert pages[0][0] == [*HEADER, "共12,500行，分在3张工作表：“签到明细1”至“签到明细3”"]
    assert pages[1][0] == pages[2][0] == [*HEADER]
    assert [tuple(row[:3]) for page in pages for row in page[1:]] == rows
    assert sheet.row_hash == text.row_hash


def test_exactly_one_sheet_full_is_one_sheet_without_a_note(tmp_path: Path) -> None:
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="a/b:c", rows_per_sheet=BLOCK) as sheet:
        sheet.write_rows([("a", "b", "c")] * BLOCK)

    workbook = python_calamine.load_workbook(tmp_path / "a.xlsx")
    assert workbook.sheet_names == ["a_b_c"]
    assert workbook.get_sheet_by_index(0).to_python()[0] == [*HEADER, ""]


def test_a_sheet_of_too_many_bytes_goes_on_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_parts, "_SHEET_BYTES", 100_000)
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="名单") as sheet:
        sheet.write_rows([("a" * 50, "b", "c")] * 1_000)

    workbook = python_calamine.load_workbook(tmp_path / "a.xlsx")
    pages = [workbook.get_sheet_by_name(name).to_python()[1:] for name in workbook.sheet_names]
    assert len(pages) > 1
    assert sum(map(len, pages)) == 1_000


def test_a_cell_longer_than_xlsx_holds_is_refused_by_name(tmp_path: Path) -> None:
    fits = [("字" * 32_767, "b", "c")]
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="名单") as sheet:
        sheet.write_rows(fits)
    page = python_calamine.load_workbook(tmp_path / "a.xlsx").get_sheet_by_index(0)
    assert [tuple(row[:3]) for row in page.to_python()[1:]] == fits

    with (
        pytest.raises(CellTooLong, match="第3行的备注超过32,767字"),
        XlsxSheets(tmp_path / "b.xlsx", HEADER, name="名单") as sheet,
    ):
        sheet.write_rows([("a", "b", "c"), ("a", "b", "d" * 32_768)])


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def megabytes() -> float:
        resident = int(Path("/proc/self/statm").read_text().split()[1])
        return resident * os.sysconf("SC_PAGE_SIZE") / 1024**2

    rows = ((f"人{number}", str(number), "字" * 20) for number in range(300_000))
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="名单") as sheet:
        sheet.write_rows(next(rows) for _row in range(1_000))
        before = megabytes()
        sheet.write_rows(rows)
        assert megabytes() - before < 10


def test_the_archive_holds_what_the_format_asks_for(tmp_path: Path) -> None:
    with XlsxSheets(tmp_path / "a.xlsx", HEADER, name="名单") as sheet:
        sheet.write_rows(DELICATE)

    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {
            "xl/worksheets/sheet1.xml",
            "xl/styles.xml",
            "xl/sharedStrings.xml",
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
            "_rels/.rels",
            "[Content_Types].xml",
        }
