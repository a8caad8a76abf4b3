"""Files as they really come: each has one clear answer by screen and by command, and nothing half written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from community.identity import check_digit
from community.models import Member
from tests.factories.cast import SICHUAN, ZHAOJUE, Cast
from tests.factories.rosters import HEADER, csv_bytes, person, resident, xlsx
from training.models import Enrolment, RosterBatch
from training.operations.roster_work import work_on

PIDU = "510117"
OLE2 = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(1000)
GOOD = [person(1), person(2)]


@pytest.fixture
def schools(cast: Cast) -> Cast:
    for code in (ZHAOJUE, PIDU, "511102", "511002"):
        cast.school(code)
    assert cast.cohort
    assert cast.province
    return cast


def workbook(*rows: dict[str, Any], folder: Path, **more: Any) -> bytes:
    return xlsx(folder / "made.xlsx", rows, **more).read_bytes()


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def wrong_sheet(_folder: Path) -> bytes:
    book = Workbook()
    book.active.title = "食宿安排"
    book.active.append(["房间", "床位"])
    book.active.append(["301", "1"])
    return saved(book)


def bomb(folder: Path) -> bytes:
    path = folder / "bomb.xlsx"
    path.write_bytes(workbook(*GOOD, folder=folder))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(100 * 1024**2))
    return path.read_bytes()


def many_rows(_folder: Path) -> bytes:
    return csv_bytes([]) + b",,,1,,,,,,,\n" * 1_000_000


def merged(folder: Path) -> bytes:
    return workbook(*GOOD, folder=folder, merge=["A2:A3"])


REFUSED: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "no bytes": ("空.xlsx", lambda _folder: b"", "文件是空的"),
    "a header and nothing else": ("空.csv", lambda _folder: csv_bytes([]), "下面没有数据"),
    "another sheet": ("名单.xlsx", wrong_sheet, "没有找到"),
    "a password": (
        "名单.xlsx",
        lambda _folder: OLE2 + "EncryptedPackage".encode("utf-16-le"),
        "去掉密码",
    ),
    ".xls under the name of .xlsx": (
        "名单.xlsx",
        lambda _folder: OLE2 + "Workbook".encode("utf-16-le"),
        "旧版.xls",
    ),
    "a zip bomb": ("名单.xlsx", bomb, "展开后大得不正常"),
    "a million rows": ("名单.csv", many_rows, "超过200,000行"),
    "501 columns": (
        "名单.csv",
        lambda _folder: csv_bytes(GOOD, header=[*HEADER, *map(str, range(501))]),
        "最多500列",
    ),
}


@pytest.fixture
def send(client: Any, schools: Cast) -> Callable[[str, bytes], Any]:
    """Upload as the province's coordinator; the page that she sees then, a task's work done."""
    client.force_login(schools.province)

    def post(name: str, content: bytes) -> Any:
        answer = client.post(
            reverse("training:roster", args=[SICHUAN, schools.cohort.pk]),
            {"file": SimpleUploadedFile(name, content)},
        )
        if answer.status_code != 302:
            return answer
        for batch in RosterBatch.objects.all():
            work_on(batch=batch, at=timezone.now())
        return client.get(answer.url)

    return post


def by_command(cast: Cast, path: Path) -> None:
    call_command("import_roster", cast.cohort.code, str(path), "--as", cast.province.username)


@pytest.mark.parametrize(("name", "make", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_a_roster_is_answered_once_and_leaves_nothing(
    schools: Cast, send: Any, tmp_path: Path, name: str, make: Any, words: str
) -> None:
    content, people = make(tmp_path), Member.objects.count()

    page = send(name, content)

    assert words in page.text
    assert page.status_code in {200, 422}
    assert not RosterBatch.objects.exclude(state=RosterBatch.State.DISCARDED).exists()
    assert not [path for path in (tmp_path / "private").rglob("*") if path.is_file()]

    (file := tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError) as refused:
        by_command(schools, file)
    assert refused.value.returncode == 1
    if content:
        assert words in str(refused.value)
    assert not Enrolment.objects.exists()
    assert Member.objects.count() == people


def typed_as_number(folder: Path) -> bytes:
    """Excel keeps fifteen digits of a number."""
    return workbook(person(1, 证件号=int(resident(1)[:17] + "0")), folder=folder)


def wrong_check_digit() -> str:
    right = resident(1)
    return right[:17] + ("0" if right[17] != "0" else "1")


# One row of a file, and what is said of it where it stands.
FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "a number with a wrong check digit": (
        {"证件号": wrong_check_digit()},
        "证件号末位与前17位对不上，请按证件逐位核对",
    ),
    "a number in scientific notation": ({"证件号": "5.13E+17"}, "改成了科学记数"),
    "市中区 without its city": (
        {"市州": "", "县": "市中区"},
        "都有市中区，请填写市州",
    ),
    "a county of another city": ({"市州": "乐山市", "县": "昭觉县"}, "属于凉山"),
    "half a telephone": ({"手机号": "1360000000"}, "手机号只有10位"),
    "a character of a private font": ({"职务": "教\ue000师"}, "职务中有无法保存或显示的字符"),
    "no name": ({"姓名": ""}, "姓名是空的，请填写姓名"),
    "another kind of paper": ({"证件类型": "驾驶证"}, "没有“驾驶证”这种证件类型"),
}


@pytest.mark.parametrize(("cells", "words"), FAULTY.values(), ids=FAULTY)
def test_a_row_that_cannot_be_right_is_shown_with_its_reason_and_the_rest_goes_in(
    schools: Cast, send: Any, client: Any, tmp_path: Path, cells: dict[str, Any], words: str
) -> None:
    content = csv_bytes([person(1, **cells), person(2)])

    page = send("名单.csv", content)

    assert words in page.text
    assert not Enrolment.objects.exists()

    (file := tmp_path / "名单.csv").write_bytes(content + b"\n")
    with pytest.raises(CommandError) as refused:
        by_command(schools, file)
    assert "有要改的行，没有导入" in str(refused.value)
    assert not Enrolment.objects.exists()

    client.post(reverse("training:roster_import", args=[SICHUAN, RosterBatch.objects.get().pk]))
    assert [one.name for one in Enrolment.objects.all()] == [person(2)["姓名"]]


FAULTY_WORKBOOKS: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "a name merged over two rows": (merged, "姓名与别的单元格合并了，读不到这一格，请取消合并"),
    "an 18-digit number typed as a number": (typed_as_number, "证件号是数字格式"),
}


@pytest.mark.parametrize(("make", "words"), FAULTY_WORKBOOKS.values(), ids=FAULTY_WORKBOOKS)
def test_what_the_spreadsheet_did_to_a_cell_is_said(
    send: Any, tmp_path: Path, make: Any, words: str
) -> None:
    page = send("名单.xlsx", make(tmp_path))

    assert words in page.text
    assert not Enrolment.objects.exists()


def abandoned_prefix() -> str:
    """达县 (513021) is long gone; numbers keep the code of the place and time of their issue."""
    first = "51302119700101001"
    return first + check_digit(first)


# One row of a file, and what is enrolled of it, silently.
ACCEPTED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a number of an abandoned county": ({"证件号": abandoned_prefix()}, {}),
    "a name with •": ({"姓名": "阿衣•布茹"}, {"name": "阿衣·布茹"}),
    "a name with ・": ({"姓名": "阿衣・布茹"}, {"name": "阿衣·布茹"}),
    "a name with ‧": ({"姓名": "阿衣‧布茹"}, {"name": "阿衣·布茹"}),
    "a name with .": ({"姓名": "阿衣.布茹"}, {"name": "阿衣·布茹"}),
    "a name with a rare character": ({"姓名": "䶮国华"}, {"name": "䶮国华"}),
    "a county by its name of 2016": (
        {"市州": "成都市", "县": "郫县", "单位": "郫都区中心小学校"},
        {"county_id": PIDU},
    ),
    "short names": ({"市州": "凉山", "县": "昭觉"}, {"county_id": ZHAOJUE}),
    "市中区 of 乐山": (
        {"市州": "乐山市", "县": "市中区", "单位": "市中区中心小学校"},
        {"county_id": "511102"},
    ),
    "市中区 of 内江": (
        {"市州": "内江", "县": "市中区", "单位": "市中区中心小学校"},
        {"county_id": "511002"},
    ),
    "a mark that turns the writing round": ({"职务": "教\u202e师"}, {"post": "教师"}),
    "a telephone with +86 and spaces": ({"手机号": "+86 136 0000 0001"}, {}),
}


@pytest.mark.parametrize(("cells", "kept"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_has_one_reading_is_accepted(
    send: Any, client: Any, cells: dict[str, Any], kept: dict[str, str]
) -> None:
    send("名单.csv", csv_bytes([person(1, **cells)]))
    batch = RosterBatch.objects.get()

    client.post(reverse("training:roster_import", args=[SICHUAN, batch.pk]))

    enrolment = Enrolment.objects.get()
    assert {name: getattr(enrolment, name) for name in kept} == kept


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_csv_of_any_honest_encoding_is_read(schools: Cast, tmp_path: Path, encoding: str) -> None:
    rows = [person(1, 姓名="䶮国华"), person(2, 姓名="阿衣·布茹")]
    (file := tmp_path / "名单.csv").write_bytes(csv_bytes(rows, encoding=encoding))

    by_command(schools, file)

    assert {one.name for one in Enrolment.objects.all()} == {"䶮国华", "阿衣·布茹"}


def test_two_hundred_columns_are_read_and_the_strangers_left(schools: Cast, tmp_path: Path) -> None:
    header = [*HEADER, *(f"备注{number}" for number in range(189))]
    (file := tmp_path / "名单.csv").write_bytes(csv_bytes(GOOD, header=header))

    by_command(schools, file)

    assert Enrolment.objects.count() == 2


def test_the_same_telephone_twice_is_asked_about_and_may_be_kept(
    schools: Cast, send: Any, client: Any
) -> None:
    page = send("名单.csv", csv_bytes([person(1), person(2, 手机号=person(1)["手机号"])]))
    assert "这个手机号与第2行" in page.text
    batch = RosterBatch.objects.get()

    keep = next(
        value
        for line in page.context["lines"]
        for cell in line["cells"]
        for value, words in cell["fixes"]
        if words == "号码没错，保留"
    )
    client.post(reverse("training:roster_fix_alike", args=[SICHUAN, batch.pk]), {"fix": keep})
    client.post(reverse("training:roster_import", args=[SICHUAN, batch.pk]))

    assert Enrolment.objects.count() == 2


def test_the_same_file_again_by_command_says_so_and_is_no_fault(
    schools: Cast, tmp_path: Path, capsys: Any
) -> None:
    (file := tmp_path / "名单.csv").write_bytes(csv_bytes(GOOD))
    by_command(schools, file)

    by_command(schools, file)

    assert "内容没有变化，不用再导入" in capsys.readouterr().out
    assert Enrolment.objects.count() == 2
    assert RosterBatch.objects.count() == 1


def test_a_file_that_waits_on_screen_is_not_imported_behind_it(
    schools: Cast, send: Any, tmp_path: Path
) -> None:
    (file := tmp_path / "名单.csv").write_bytes(csv_bytes(GOOD))
    send("名单.csv", csv_bytes(GOOD))

    with pytest.raises(CommandError) as refused:
        by_command(schools, file)

    assert refused.value.returncode == 1
    assert "还没有导入，请接着处理" in str(refused.value)


def test_the_returned_file_has_what_was_typed_since(schools: Cast, send: Any, client: Any) -> None:
    send("名单.csv", csv_bytes([person(1, 手机号="1360000000", 县="昭角县")]))
    batch = RosterBatch.objects.get()
    client.post(
        reverse("training:roster_correct", args=[SICHUAN, batch.pk]), {"r2-county": "昭觉县"}
    )

    answer = client.get(reverse("training:roster_faults", args=[SICHUAN, batch.pk]))

    text = answer.content.decode("utf-8-sig")
    assert "昭觉县" in text
    assert "昭角县" not in text
    assert "手机号只有10位" in text


def test_the_returned_workbook_has_what_was_typed_since(
    schools: Cast, send: Any, client: Any, tmp_path: Path
) -> None:
    row = person(1, 手机号="1360000000", 县="昭角县")
    send("名单.xlsx", workbook(row, folder=tmp_path, above=[["2026年名单"]]))
    batch = RosterBatch.objects.get()
    client.post(
        reverse("training:roster_correct", args=[SICHUAN, batch.pk]), {"r3-county": "昭觉县"}
    )

    answer = client.get(reverse("training:roster_faults", args=[SICHUAN, batch.pk]))

    [_title, header, cells] = load_workbook(io.BytesIO(answer.content)).active.values
    assert dict(zip(header, cells, strict=True))["县"] == "昭觉县"


NUMBERS = "9" * 5_000


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("roster_import", {"confirmed": NUMBERS}),
        ("roster_fix_alike", {"fix": f"x:{NUMBERS}"}),
        ("roster_correct", {f"r{NUMBERS}-phone": "1", "d2": NUMBERS}),
    ],
)
def test_endless_numbers_in_a_form_are_no_error(
    schools: Cast, send: Any, client: Any, name: str, fields: dict[str, str]
) -> None:
    send("名单.csv", csv_bytes(GOOD))
    batch = RosterBatch.objects.get()

    answer = client.post(reverse(f"training:{name}", args=[SICHUAN, batch.pk]), fields)

    assert answer.status_code == 302
