"""完成记录, 签到明细, 县级汇总: what is in them, who may have them, what they cost."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from community.models import AuditEntry, Notification
from tests.factories.cast import LIANGSHAN, SYSTEM, ZHAOJUE, moment
from training.models import Attendance, Export
from training.operations.export import (
    ExportOrder,
    MayNotApprove,
    MayNotUnmask,
    NotFreshlyLoggedIn,
    OutOfScope,
    ReasonMissing,
    approve_export,
    cancel_export,
    expire_exports,
    request_export,
)
from training.operations.export_run import run_export, write_export_now

AFTER = moment(28, 9, 0)


def mark(session, enrolment, *, at=None, late=False, state="counted"):
    at = at or session.opens_at + timedelta(minutes=5)
    return Attendance.objects.create(
        session=session,
        enrolment=enrolment,
        kind="in",
        state=state,
        proof="account",
        at=at,
        received_at=at,
        is_late=late,
        receipt="K7Q2",
        county_id=enrolment.county_id,
        changed_at=at,
    )


@pytest.fixture
def hall(cast):
    """何文渊 of 昭觉 came late once and missed the rest; 阿衣·布茹 of 布拖 came once."""
    mark(cast.session, cast.enrolment, late=True)
    cast.other = cast.member("=阿衣·布茹"[1:], "513429")
    cast.other_enrolment = cast.enrolled(cast.other)
    mark(cast.session, cast.other_enrolment)
    return cast


def order_of(cast, **changes):
    wanted = {
        "kind": "completions",
        "programme": cast.programme,
        "region": cast.region(LIANGSHAN),
        "file_format": "csv",
    }
    return ExportOrder(**{**wanted, **changes})


def rows_of(path: Path, encoding="utf-8-sig"):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def test_one_row_a_person_with_the_registers_columns_first(hall, tmp_path):
    path = tmp_path / "out.csv"

    written = write_export_now(order=order_of(hall), by=hall.liangshan, path=path, at=AFTER)

    rows = rows_of(path)
    assert written.rows == len(rows) == 2
    assert list(rows[0])[:12] == [
        "培训年度",
        "培训类别",
        "培训项目名称",
        "培训机构名称",
        "培训方式",
        "培训获得学时",
        "培训获得学分",
        "开始日期",
        "结束日期",
        "姓名",
        "证件类型",
        "证件号",
    ]
    by_name = {row["姓名"]: row for row in rows}
    assert by_name["何文渊"]["第一天上午 认识与路径"] == "迟到"
    assert by_name["何文渊"]["第一天下午 三个课堂怎么建"] == "缺勤"
    assert by_name["阿衣·布茹"]["第一天上午 认识与路径"] == "到"
    assert by_name["何文渊"]["手机号"].endswith(hall.trainee.phone_last4)
    assert "****" in by_name["何文渊"]["手机号"]
    assert by_name["何文渊"]["结论"] == "未结班"


def test_the_hash_is_over_the_rows_whatever_the_format(hall, tmp_path):
    hashes = {}
    for name, changes in {
        "a.csv": {},
        "b.csv": {"encoding": "gb18030"},
        "c.xlsx": {"file_format": "xlsx"},
    }.items():
        written = write_export_now(
            order=order_of(hall, **changes), by=hall.liangshan, path=tmp_path / name, at=AFTER
        )
        hashes[name] = written.row_hash

    assert len(set(hashes.values())) == 1
    assert hashlib.sha256((tmp_path / "a.csv").read_bytes()[3:]).hexdigest() == hashes["a.csv"]
    assert rows_of(tmp_path / "b.csv", "gb18030") == rows_of(tmp_path / "a.csv")
    sheet = load_workbook(tmp_path / "c.xlsx").active
    first = list(rows_of(tmp_path / "a.csv")[0].values())
    assert [cell.value or "" for cell in sheet[2]][: len(first)] == first


@pytest.mark.parametrize("kind", ["completions", "attendance", "county"])
def test_a_county_gets_its_own_people_only(hall, tmp_path, kind):
    path = tmp_path / "out.csv"

    write_export_now(
        order=order_of(hall, kind=kind, region=hall.region(ZHAOJUE)),
        by=hall.zhaojue,
        path=path,
        at=AFTER,
    )

    text = path.read_text(encoding="utf-8-sig")
    assert "昭觉县" in text
    assert "布茹" not in text
    assert "布拖县" not in text


def test_another_county_and_the_whole_prefecture_are_refused(hall, tmp_path):
    for region in (ZHAOJUE, LIANGSHAN):
        with pytest.raises(OutOfScope):
            write_export_now(
                order=order_of(hall, region=hall.region(region)),
                by=hall.butuo,
                path=tmp_path / "no.csv",
                at=AFTER,
            )
    assert not list(tmp_path.glob("no.csv*"))


def test_county_figures_count_what_the_rows_say(hall, tmp_path):
    path = tmp_path / "out.csv"

    write_export_now(order=order_of(hall, kind="county"), by=hall.province, path=path, at=AFTER)

    zhaojue = next(row for row in rows_of(path) if row["代码"] == ZHAOJUE)
    assert (zhaojue["应训人数"], zhaojue["应到人次"], zhaojue["实到人次"]) == ("1", "4", "1")
    assert (zhaojue["到场率"], zhaojue["迟到人次"]) == ("25%", "1")
    assert zhaojue["片区（2016—2020年）"] == "大小凉山彝区"


def test_marks_are_listed_with_how_the_person_was_proved(hall, tmp_path):
    path = tmp_path / "out.csv"

    write_export_now(
        order=order_of(hall, kind="attendance"), by=hall.liangshan, path=path, at=AFTER
    )

    row = next(row for row in rows_of(path) if row["姓名"] == "何文渊")
    assert row["时间"] == "2026-11-26 08:25:00"
    assert (row["方式"], row["结果"], row["迟到"]) == ("本人账号扫码", "有效", "迟到")


@pytest.mark.parametrize("kind", ["completions", "attendance", "county"])
def test_a_file_takes_the_same_few_statements_for_any_number_of_rows(cast, tmp_path, kind):
    counts = set()
    for people in (1, 9, 90):
        for n in range(people):
            mark(
                cast.session,
                cast.enrolled(cast.member(f"张{'一二三四五六七八九十'[n % 10]}", password=False)),
            )
        viewer = type(cast.liangshan).objects.get(pk=cast.liangshan.pk)
        with CaptureQueriesContext(connections["default"]) as reading:
            write_export_now(
                order=order_of(cast, kind=kind),
                by=viewer,
                path=tmp_path / f"{people}.csv",
                at=AFTER,
            )
        counts.add(
            len([q for q in reading if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "INSERT"))])
        )

    assert len(counts) == 1
    assert counts.pop() <= 7  # the gate's appointments and the audit line among them


def test_whole_numbers_need_power_reason_and_excel(hall):
    whole = {"unmasked": True, "file_format": "xlsx", "reason": "全国教师管理信息系统登记"}
    with pytest.raises(MayNotUnmask):
        request_export(order=order_of(hall, **whole), by=hall.liangshan, at=AFTER)
    with pytest.raises(MayNotUnmask):
        request_export(
            order=order_of(hall, **{**whole, "file_format": "csv"}), by=hall.province, at=AFTER
        )
    with pytest.raises(ReasonMissing):
        request_export(order=order_of(hall, **{**whole, "reason": " "}), by=hall.province, at=AFTER)

    export = request_export(
        order=order_of(hall, **whole), by=hall.province, at=AFTER, proved_at=AFTER
    )

    assert export.state == Export.State.QUEUED
    done = run_export(export=export, at=AFTER)
    assert done.state == Export.State.READY
    assert done.expires_at - done.finished_at == timedelta(hours=24)
    from django.core.files.storage import storages

    with storages["private"].open(done.file) as file:
        values = {cell.value for row in load_workbook(file).active.iter_rows() for cell in row}
    from community.vault import open_sealed

    assert open_sealed(hall.trainee.phone_sealed, purpose="phone") in values


def test_whole_numbers_need_a_fresh_log_in(hall):
    whole = order_of(hall, unmasked=True, file_format="xlsx", reason="登记到全国系统")
    limit = timedelta(minutes=5)

    for proved in (None, AFTER - limit - timedelta(seconds=1)):
        with pytest.raises(NotFreshlyLoggedIn):
            request_export(order=whole, by=hall.province, at=AFTER, proved_at=proved)

    assert not Export.objects.exists()
    assert request_export(order=whole, by=hall.province, at=AFTER, proved_at=AFTER - limit)
    assert request_export(order=order_of(hall), by=hall.province, at=AFTER)


def test_many_whole_numbers_wait_for_a_second_person(hall, monkeypatch):
    monkeypatch.setattr("training.operations.export.APPROVAL_ABOVE", 1)
    second = hall.coordinator("冯素云", "510000")
    order = order_of(hall, unmasked=True, file_format="xlsx", reason="登记到全国系统")

    export = request_export(order=order, by=hall.province, at=AFTER, proved_at=AFTER)

    assert export.state == Export.State.APPROVAL
    assert Notification.objects.filter(member=second, kind="export_approval").exists()
    assert run_export(export=export, at=AFTER).state == Export.State.APPROVAL
    with pytest.raises(MayNotApprove):
        approve_export(export=export, by=hall.province, at=AFTER)
    with pytest.raises(MayNotApprove):
        approve_export(export=export, by=hall.liangshan, at=AFTER)
    with pytest.raises(NotFreshlyLoggedIn):
        approve_export(export=export, by=second, at=AFTER)
    approved = approve_export(export=export, by=second, at=AFTER, proved_at=AFTER)
    assert approved.state == Export.State.QUEUED
    assert Notification.objects.get(member=second, kind="export_approval").settled_at == AFTER


def test_nothing_to_export_says_so_and_leaves_no_file(cast):
    assert cast.cohort
    export = request_export(order=order_of(cast), by=cast.liangshan, at=AFTER)

    failed = run_export(export=export, at=AFTER)

    assert failed.state == Export.State.FAILED
    assert failed.trouble == "筛选后没有记录，没有生成文件。请换一个范围再导出。"
    assert not failed.file


def test_a_worker_that_died_is_followed_by_another(hall):
    export = request_export(order=order_of(hall), by=hall.liangshan, at=AFTER)
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.RUNNING, lease_until=AFTER + timedelta(minutes=1)
    )

    held = run_export(export=export, at=AFTER)
    later = run_export(export=export, at=AFTER + timedelta(minutes=2))

    assert held.state == Export.State.RUNNING
    assert later.state == Export.State.READY


def test_a_stopped_export_leaves_nothing_and_an_expired_one_is_taken_away(hall):
    from django.core.files.storage import storages

    stopped = request_export(order=order_of(hall), by=hall.liangshan, at=AFTER)
    cancel_export(export=stopped, by=hall.liangshan, at=AFTER)
    assert run_export(export=stopped, at=AFTER).state == Export.State.CANCELLED

    export = request_export(order=order_of(hall), by=hall.liangshan, at=AFTER)
    export = run_export(export=export, at=AFTER)
    name = export.file
    expire_exports(export.expires_at)
    export.refresh_from_db()
    assert export.state == Export.State.EXPIRED
    assert not storages["private"].exists(name)


def test_every_file_is_audited_with_its_rows_and_hash(hall, tmp_path):
    written = write_export_now(
        order=order_of(hall), by=hall.liangshan, path=tmp_path / "a.csv", at=AFTER
    )

    entry = AuditEntry.objects.get(action="export.written")
    assert entry.actor == hall.liangshan
    assert entry.region_id == LIANGSHAN
    assert entry.details["rows"] == 2
    assert entry.details["hash"] == written.row_hash
    assert SYSTEM


def test_a_translation_may_hold_an_apostrophe(hall, tmp_path, monkeypatch):
    """Translated words travel into the statement as literals, whatever a translator writes."""
    monkeypatch.setattr("training.exports.query._", lambda word: f"{word}'s 100%")

    write_export_now(order=order_of(hall), by=hall.liangshan, path=tmp_path / "out.csv", at=AFTER)

    assert "迟到's 100%" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
