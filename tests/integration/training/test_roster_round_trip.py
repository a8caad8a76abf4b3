"""What was typed into a roster comes out of an export as it was typed, and goes in again."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.factories.cast import LIANGSHAN, ZHAOJUE, Cast, moment
from tests.factories.rosters import csv_bytes, person, resident, xlsx
from training.exports.writer import Written
from training.models import Enrolment
from training.operations.export import ExportOrder
from training.operations.export_run import write_export_now
from training.operations.roster import check_roster
from training.operations.roster_import import import_roster

AT = moment(24, 9, 0)
DELICATE = [
    person(1, 姓名="䶮国华", 职务="+8613800138000", 座位="-1", 研讨组="007"),
    person(2, 姓名="阿衣·布茹", 职务="@SUM(1)", 座位="+1", 研讨组="1E5"),
    person(3, 姓名="李\U00020bb7明", 职务="1-2", 座位="000123", 研讨组="2026-11-26"),
]


@pytest.fixture
def ready(cast: Cast) -> Cast:
    cast.school(ZHAOJUE)
    assert cast.cohort
    return cast


def brought_in(cast: Cast, file: Path) -> None:
    batch = check_roster(
        cohort=cast.cohort,
        file=file,
        region=cast.region(LIANGSHAN),
        by=cast.liangshan,
        at=AT,
    )
    assert batch.fault_count == 0
    import_roster(batch=batch, by=cast.liangshan, at=AT)


def sent_out(cast: Cast, path: Path, *, unmasked: bool = False) -> list[dict[str, str]]:
    order = ExportOrder(
        "completions",
        cast.programme,
        cast.region(LIANGSHAN),
        path.suffix[1:],
        cohort=cast.cohort,
        unmasked=unmasked,
        reason="全国教师管理信息系统登记" if unmasked else "",
    )
    by = cast.province if unmasked else cast.liangshan
    written: Written = write_export_now(order=order, by=by, path=path, at=AT)
    assert written.rows == len(DELICATE)
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    header, *rows = load_workbook(path).active.values
    return [dict(zip(header, [cell or "" for cell in row], strict=True)) for row in rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_delicate_cells_go_in_as_they_were_typed(ready: Cast, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"名单.{kind}"
    if kind == "csv":
        file.write_bytes(csv_bytes(DELICATE, encoding="gb18030"))
    else:
        xlsx(file, DELICATE)

    brought_in(ready, file)

    kept = {
        (one.name, one.post, one.seat, one.group_name)
        for one in Enrolment.objects.filter(cohort=ready.cohort)
    }
    assert kept == {(row["姓名"], row["职务"], row["座位"], row["研讨组"]) for row in DELICATE}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_they_come_out_as_text_that_no_spreadsheet_computes(
    ready: Cast, tmp_path: Path, kind: str
) -> None:
    brought_in(ready, xlsx(tmp_path / "名单.xlsx", DELICATE))

    rows = sent_out(ready, tmp_path / f"完成记录.{kind}")

    typed = {row["姓名"]: row for row in DELICATE}
    assert {row["姓名"] for row in rows} == set(typed)
    for row in rows:
        post = row["职务"]
        # CSV has no types: a mark keeps Excel from computing it; our own reader takes it off again.
        assert post.removeprefix("'") == typed[row["姓名"]]["职务"]
        if kind == "csv":
            assert post[0] not in "=+-@"


def test_whole_numbers_keep_all_their_digits(ready: Cast, tmp_path: Path) -> None:
    brought_in(ready, xlsx(tmp_path / "名单.xlsx", DELICATE))

    rows = sent_out(ready, tmp_path / "完成记录.xlsx", unmasked=True)

    assert {row["证件号"] for row in rows} == {resident(1), resident(2), resident(3)}
    assert {row["手机号"] for row in rows} == {row["手机号"] for row in DELICATE}


def test_what_came_out_goes_in_again_and_changes_nothing(ready: Cast, tmp_path: Path) -> None:
    brought_in(ready, xlsx(tmp_path / "名单.xlsx", DELICATE))
    before = list(Enrolment.objects.order_by("pk").values())
    rows: list[dict[str, Any]] = sent_out(ready, tmp_path / "完成记录.xlsx", unmasked=True)
    again = [{**typed, **out(rows, typed["姓名"])} for typed in DELICATE]

    (file := tmp_path / "again.csv").write_bytes(csv_bytes(again))
    brought_in(ready, file)

    assert list(Enrolment.objects.order_by("pk").values()) == before


def out(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The columns of ``name`` in an export that a roster has too."""
    [row] = [row for row in rows if row["姓名"] == name]
    return {key: row[key] for key in ("姓名", "证件类型", "证件号", "手机号", "职务")}
