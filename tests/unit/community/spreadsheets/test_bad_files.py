"""A zoo of bad files. Each has its own answer; the process that asked survives and stays small."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from community.spreadsheets.faults import CODES, FileFault, fault
from community.spreadsheets.limits import Column, Limits
from community.spreadsheets.reading import read_table

HEADER = ("姓名*", "证件号", "手机号*", "单位*")
PERSON = ("阿衣·布茹", "51010419900101123X", "13800138000", "布拖县民族小学")
MEGABYTE = 1024**2

Make = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("stays_small")


def refusal(path: Path, columns: Sequence[Column], **limits: float) -> FileFault:
    with pytest.raises(FileFault) as caught:
        read_table(path, columns=columns, limits=Limits(**limits))  # type: ignore[arg-type]
    assert path.name in caught.value.message
    assert "请" in caught.value.message, "every answer says what to do"
    return caught.value


# Not what it says it is


def ole2(*streams: str) -> bytes:
    return (
        bytes.fromhex("D0CF11E0A1B11AE1")
        + bytes(1000)
        + b"".join(s.encode("utf-16-le") for s in streams)
    )


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("空.xlsx", b"", "file_empty", "是空的"),
        ("空.csv", b"", "file_empty", "是空的"),
        ("密.xlsx", ole2("EncryptionInfo", "EncryptedPackage"), "password_protected", "去掉密码"),
        ("旧.xls", ole2("Workbook"), "old_xls", "是旧版.xls格式"),
        ("旧.xlsx", ole2("Workbook"), "old_xls", "扩展名是.xlsx，内容却是旧版.xls"),
        ("网.xls", b"\xef\xbb\xbf <html><table><tr><td>1", "not_a_spreadsheet", "网页"),
        ("网.xlsx", b"<TABLE border=1>", "not_a_spreadsheet", "网页"),
        ("文.csv", b"%PDF-1.7", "not_a_spreadsheet", "PDF"),
        ("图.xlsx", b"\x89PNG\r\n", "not_a_spreadsheet", "图片"),
        (
            "旧.xls",
            b'<?xml version="1.0"?><?mso-application?><Workbook>',
            "not_a_spreadsheet",
            "XML",
        ),
        ("包.xlsx", b"Rar!\x1a\x07", "not_a_spreadsheet", "压缩包"),
        ("名单.xlsx", "姓名,手机号\n".encode(), "not_a_spreadsheet", "扩展名改为.csv"),
        ("名单.xlsx", b"\x01\x02\x00\x03", "not_a_spreadsheet", "别的格式"),
        ("断.xlsx", b"PK\x03\x04" + b"x" * 500, "unreadable", "已损坏"),
    ],
)
def test_content_counts_and_not_the_name(
    tmp_path: Path, columns: Sequence[Column], name: str, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    answer = refusal(path, columns)

    assert answer.code == code
    assert words in answer.message


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("word/document.xml", "Word文档"),
        ("ppt/presentation.xml", "演示文稿"),
        ("content.xml", ".ods表格"),
        ("xl/workbook.bin", ".xlsb二进制表格"),
        ("a.txt", "压缩包"),
    ],
)
def test_other_archives_are_called_by_their_names(
    tmp_path: Path, columns: Sequence[Column], part: str, words: str
) -> None:
    path = tmp_path / "名单.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "x")

    answer = refusal(path, columns)

    assert answer.code == "not_a_spreadsheet"
    assert words in answer.message


def test_a_file_of_too_many_bytes_is_not_even_opened(
    tmp_path: Path, columns: Sequence[Column]
) -> None:
    path = tmp_path / "大.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(3 * MEGABYTE))

    answer = refusal(path, columns, file_bytes=2 * MEGABYTE)

    assert answer.code == "too_large"
    assert answer.message == "“大.xlsx”有4MB，超过上限2MB。请去掉图片，或分成几个文件上传。"


# Nothing in it


@pytest.mark.usefixtures("each_way")
def test_a_workbook_of_empty_sheets_is_empty(roster: Make, columns: Sequence[Column]) -> None:
    assert refusal(roster([]), columns).code == "file_empty"


@pytest.mark.usefixtures("each_way")
def test_a_workbook_whose_filled_sheet_is_hidden_says_so(
    roster: Make, columns: Sequence[Column]
) -> None:
    workbook = openpyxl.load_workbook(path := roster([HEADER, PERSON]))
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("空")
    workbook.active = 1
    workbook.save(path)

    answer = refusal(path, columns)

    assert answer.code == "file_empty"
    assert "取消隐藏" in answer.message


@pytest.mark.usefixtures("each_way")
def test_a_header_without_rows_is_empty(roster: Make, columns: Sequence[Column]) -> None:
    answer = refusal(roster([["标题"], HEADER, [" "]]), columns)

    assert answer.code == "file_empty"
    assert "第2行（表头）下面没有数据" in answer.message


@pytest.mark.usefixtures("each_way")
def test_a_csv_of_blank_lines_is_empty(tmp_path: Path, columns: Sequence[Column]) -> None:
    (path := tmp_path / "空.csv").write_text("\n,,\n\n")

    assert refusal(path, columns).code == "file_empty"


# Damaged


def spoil(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-40],
        lambda content: content[:200] + bytes(200) + content[400:],
        lambda content: content.replace(b"\x08\x00", b"\x63\x00"),
    ],
    ids=["half", "no end", "hole", "odd method"],
)
def test_a_damaged_archive_is_unreadable(
    roster: Make, columns: Sequence[Column], change: Callable[[bytes], bytes]
) -> None:
    path = spoil(roster([HEADER, *[PERSON] * 50]), change)

    assert refusal(path, columns).code == "unreadable"


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    "sheet",
    ["<row r='1'><c r='A1'><v>1</v></row>", '<row r="1"><c r="A0"><v>1</v></c></row>', "<row"],
)
def test_broken_xml_is_unreadable_or_empty_but_never_an_error(
    by_hand: Make, columns: Sequence[Column], sheet: str
) -> None:
    assert refusal(by_hand(sheet), columns).code in {"unreadable", "file_empty", "header_missing"}


@pytest.mark.usefixtures("each_way")
def test_a_part_that_is_read_two_ways_is_refused(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = by_hand(header_xml, extra=[("xl/worksheets/sheet1.xml", b"<worksheet/>")])

    assert refusal(path, columns).code == "unreadable"


@pytest.mark.usefixtures("each_way")
def test_document_types_are_refused(
    by_hand: Make, header_xml: str, columns: Sequence[Column]
) -> None:
    lol = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'

    path = by_hand(header_xml, extra=[("docProps/app.xml", lol)])

    assert refusal(path, columns).code == "unreadable"


# CSV


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("姓名,手机号,单位\n张三,1,\0小学\n".encode(), "unreadable", "第2行有空字符"),
        ("姓名,手机号,单位\n张三,1,x\n".encode("utf-16-le"), "unreadable", "第1行有空字符"),
        (
            "姓名,手机号,单位\n张三,1,x\n".encode("utf-32"),
            "encoding_unknown",
            "第1行的文字编码认不出来",
        ),
        (
            "姓名,手机号,单位\n张三,1,小学\n".encode() + b"\xff\xff,2,x\n",
            "encoding_unknown",
            "第3行的文字编码",
        ),
        (
            "姓名,手机号,单位\n张三,1,".encode() + b"\xed\xa0\x80\n",
            "encoding_unknown",
            "第2行的文字编码",
        ),
        ("姓名,手机号,单位\n张三,1,x".encode("utf-16")[:-1], "encoding_unknown", "第2行的文字编码"),
        (
            '姓名,手机号,单位\n张三,1,x\n李四,2,"y\n王五,3,z\n'.encode(),
            "unreadable",
            "第3行起双引号不成对",
        ),
        ('姓名,手机号,单位\n张三,1,"x"y\n'.encode(), "unreadable", "第2行起双引号不成对"),
        ("name,phone\n张三,1\n".encode("gb18030"), "header_missing", "文字编码也可能不对"),
        ("姓名,手机号\n张三,1\n".encode(), "header_missing", "第1行（表头）缺少单位"),
        (b"," * 600, "file_empty", "是空的"),
        ("姓名,手机号,单位".encode() + b",x" * 600 + b"\n", "too_many_columns", "最多500列"),
    ],
)
def test_bad_text_is_answered_with_its_row(
    tmp_path: Path, columns: Sequence[Column], content: bytes, code: str, words: str
) -> None:
    (path := tmp_path / "名单.csv").write_bytes(content)

    answer = refusal(path, columns)

    assert answer.code == code
    assert words in answer.message


def test_every_code_has_its_words() -> None:
    expected = {
        "file_empty", "not_a_spreadsheet", "old_xls", "password_protected", "too_large", "zip_bomb",
        "too_many_rows", "too_many_columns", "wrong_sheet", "header_missing", "header_doubled",
        "encoding_unknown", "unreadable", "timed_out",
    }  # fmt: skip
    assert expected == CODES
    assert fault("zip_bomb", file="a.xlsx").details == {"file": "a.xlsx"}
    assert "读不出来" in FileFault(file="a.xlsx").message
