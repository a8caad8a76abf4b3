"""The invariants of the domain (domain.md, "Test invariants"), each under its own sentence."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from community.identity import IdKind, id_fault
from community.models import Designation, Institution, Region
from community.names import normalise_name
from community.slot_code import TOKEN_STEP_SECONDS, sign_in_token, slot_at
from tests.factories import rosters
from tests.factories.attended import CLOSED_AT, accept_work, attend, crowd, hours_of, sign_in
from tests.factories.cast import LIANGSHAN, ZHAOJUE, Cast, moment
from training.models import (
    Certificate,
    Cohort,
    CompletionRecord,
    Enrolment,
    Export,
    Module,
    ScanAttempt,
)
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.cohort import create_cohort, open_cohort
from training.operations.export import ExportOrder, OutOfScope, request_export
from training.operations.export_run import write_export_now
from training.operations.paper import draw_papers
from training.operations.reopening import reopen_cohort
from training.operations.roster import check_roster
from training.operations.roster_import import import_roster
from training.operations.scan import Verdict, judge_scanned_code, key
from training.operations.session import add_session

REASON = "第二天下午的签到要更正"
RARE = "䶮"


# ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────


def test_there_are_21_cities_183_counties_and_88_of_them_in_four_areas(cast: Cast) -> None:
    levels = Counter(Region.objects.values_list("level", flat=True))
    assert levels == {
        Region.Level.PROVINCE: 1,
        Region.Level.CITY: 21,
        Region.Level.COUNTY: 183,
    }

    areas = Counter(Designation.objects.filter(list_key="88").values_list("area", flat=True))
    assert sum(areas.values()) == 88
    assert areas == {"秦巴山区": 34, "乌蒙山区": 9, "大小凉山彝区": 13, "高原藏区": 32}


def test_every_countys_parent_is_its_first_four_digits_and_00(cast: Cast) -> None:
    counties = Region.objects.filter(level=Region.Level.COUNTY)

    assert all(county.parent_id == county.code[:4] + "00" for county in counties)


# ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ten_half_days(cast: Cast) -> Cohort:
    """A class of 100.0 学时 in ten half-days, without work to hand in."""
    programme = cast.programme
    programme.requirements.all().delete()
    programme.modules.all().delete()
    for number in range(10):
        Module.objects.create(
            programme=programme,
            title=f"模块{number}",
            kind=Module.Kind.LECTURE,
            hours=Decimal("10.0"),
            sort_order=number,
        )
    cohort = create_cohort(
        programme=programme,
        host_region=cast.region(LIANGSHAN),
        code="LS-100",
        name="百学时班",
        starts_on=moment(10).date(),
        ends_on=moment(19).date(),
        by=cast.liangshan,
        at=cast.at,
    )
    for number, module in enumerate(programme.modules.all()):
        add_session(
            cohort=cohort,
            module_key=str(module.pk),
            label=f"第{number + 1}天",
            starts_at=moment(10 + number, 9, 0),
            ends_at=moment(10 + number, 12, 0),
            by=cast.liangshan,
            at=cast.at,
        )
    return open_cohort(cohort=cohort, by=cast.liangshan, at=cast.at)


def test_20_0_percent_absent_is_not_eligible_and_19_9_percent_is(
    cast: Cast, ten_half_days: Cohort
) -> None:
    reaches, stays_below = (
        cast.enrolled(member, ten_half_days)
        for member in (cast.trainee, cast.member("阿衣·布茹", "513429"))
    )
    for enrolment in (reaches, stays_below):
        attend(enrolment, range(1, 9))
    sign_in(stays_below, ten_half_days.sessions.get(position=9), part_hours=Decimal("0.1"))

    close_cohort(cohort=ten_half_days, by=cast.liangshan, at=CLOSED_AT)

    found = {
        record.enrolment_id: (record.outcome, record.hours)
        for record in CompletionRecord.objects.in_force()
    }
    assert found[reaches.pk] == (CompletionRecord.Outcome.FAILED, 0)
    assert found[stays_below.pk] == (CompletionRecord.Outcome.PASSED, Decimal("80.1"))


# ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────


def test_hours_are_granted_only_after_closing_and_reopening_withdraws_them(cast: Cast) -> None:
    (enrolment,) = crowd(cast, 1)
    assert hours_of(enrolment.member) == 0

    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    assert hours_of(enrolment.member) == 18

    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, reason=REASON)
    assert hours_of(enrolment.member) == 0
    assert Certificate.objects.get().state == Certificate.State.HELD


def test_closing_again_restores_the_unchanged_supersedes_the_changed_and_revokes_the_failed(
    cast: Cast,
) -> None:
    same, changed, failing = crowd(cast, 3)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    draw_papers()
    first = {c.enrolment_id: c for c in Certificate.objects.all()}
    paper = storages["private"].open(first[same.pk].paper).read()

    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, reason=REASON)
    late_part = changed.attendances.get(session__position=4)
    late_part.part_hours = Decimal("2.5")
    late_part.save(update_fields=["part_hours"])
    failing.attendances.filter(session__position__in=[1, 2]).delete()
    again = CLOSED_AT + timedelta(days=1)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=again)
    draw_papers()

    now = {c.number: c for c in Certificate.objects.all()}
    kept = now[first[same.pk].number]
    assert kept.state == Certificate.State.VALID
    assert (kept.data_hash, kept.paper_hash) == (
        first[same.pk].data_hash,
        Certificate.objects.get(pk=first[same.pk].pk).paper_hash,
    )
    assert storages["private"].open(kept.paper).read() == paper
    old = now[first[changed.pk].number]
    assert old.state == Certificate.State.SUPERSEDED
    assert old.superseded_by.state == Certificate.State.VALID
    assert old.superseded_by.number != old.number
    assert now[first[failing.pk].number].state == Certificate.State.REVOKED
    assert [hours_of(e.member) for e in (same, changed, failing)] == [18, Decimal("17.5"), 0]


# ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────


def test_one_name_is_one_name_whatever_dot_was_typed() -> None:
    assert normalise_name("阿衣•布茹") == normalise_name("阿衣·布茹") == "阿衣·布茹"
    assert normalise_name("阿衣・布茹") == "阿衣·布茹"


def imported(cast: Cast, path: Path) -> None:
    batch = check_roster(
        cohort=cast.cohort,
        file=path,
        region=cast.region(LIANGSHAN),
        by=cast.liangshan,
        at=cast.at,
    )
    assert batch.fault_count == 0
    import_roster(batch=batch, only_good=False, by=cast.liangshan, at=cast.at)


def exported(cast: Cast, path: Path, encoding: str = "utf-8-sig") -> Path:
    order = ExportOrder(
        kind=Export.Kind.COMPLETIONS,
        programme=cast.programme,
        region=cast.region(LIANGSHAN),
        file_format=path.suffix.lstrip("."),
        encoding=encoding,
    )
    write_export_now(order=order, by=cast.liangshan, path=path, at=CLOSED_AT)
    return path


def test_a_rare_character_survives_from_the_import_to_the_certificate(
    cast: Cast, tmp_path: Path
) -> None:
    cast.school(ZHAOJUE, "昭觉县中心小学校")
    name = f"王{RARE}"
    imported(cast, rosters.xlsx(tmp_path / "名单.xlsx", [rosters.person(1, 姓名=name)]))

    enrolment = Enrolment.objects.get()
    assert enrolment.name == name

    sheet = load_workbook(exported(cast, tmp_path / "完成记录.xlsx")).active
    assert name in {cell.value for row in sheet.iter_rows() for cell in row}
    text = exported(cast, tmp_path / "完成记录.csv", "gb18030").read_bytes().decode("gb18030")
    assert name in [cell for row in csv.reader(io.StringIO(text)) for cell in row]

    attend(enrolment)
    accept_work(enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    draw_papers()
    certificate = Certificate.objects.get()
    assert certificate.missing_glyphs == ""
    with storages["private"].open(certificate.paper) as paper:
        assert RARE in PdfReader(paper).pages[0].extract_text()


# ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_coordinator_of_butuo_cannot_export_zhaojue(cast: Cast, tmp_path: Path) -> None:
    assert cast.enrolment.county_id == ZHAOJUE
    order = ExportOrder(
        kind=Export.Kind.COMPLETIONS,
        programme=cast.programme,
        region=cast.region(ZHAOJUE),
        file_format="csv",
    )
    path = tmp_path / "out.csv"
    for region in (cast.region(ZHAOJUE), cast.region(LIANGSHAN)):
        wider = ExportOrder(**{**vars(order), "region": region})
        with pytest.raises(OutOfScope):
            request_export(order=wider, by=cast.butuo, at=cast.at)
        with pytest.raises(OutOfScope):
            write_export_now(order=wider, by=cast.butuo, path=path, at=cast.at)
        with pytest.raises(CommandError) as refused:
            call_command(
                "export_completions",
                programme=cast.programme.slug,
                region=region.code,
                kind="completions",
                format="csv",
                username=cast.butuo.username,
                output=path,
            )
        assert refused.value.returncode == 1
    browser = Client()
    browser.force_login(cast.butuo)
    fields = {"kind": "completions", "programme": cast.programme.pk, "file_format": "csv"}
    assert browser.post(f"/areas/{ZHAOJUE}/exports/", fields).status_code == 403
    assert not path.exists()
    assert not Export.objects.exists()


# ── 8 ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_qr_code_from_more_than_two_windows_ago_is_refused(cast: Cast) -> None:
    seen_at = moment(26, 8, 47, 12)
    shown = {
        ago: sign_in_token(key(), cast.session.pk, "in", slot_at(seen_at, TOKEN_STEP_SECONDS) - ago)
        for ago in range(5)
    }

    verdicts = {
        ago: judge_scanned_code(token=token, at=seen_at).verdict for ago, token in shown.items()
    }

    assert verdicts[0] is verdicts[1] is None
    assert {verdicts[ago] for ago in (2, 3, 4)} == {Verdict.STALE}


def test_an_old_code_makes_no_mark_and_the_attempt_is_kept(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.enrolment.member)
    old = slot_at(timezone.now(), TOKEN_STEP_SECONDS) - 3

    browser.get(f"/q/{sign_in_token(key(), cast.session.pk, 'in', old)}")
    browser.post("/sign-in/")

    assert not cast.enrolment.attendances.exists()
    attempts = ScanAttempt.objects.order_by("pk").values_list("verdict", "session_id")
    assert list(attempts) == [("stale", cast.session.pk), ("no_claim", None)]


# ── 9 ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_id_with_the_abandoned_prefix_513021_is_accepted(cast: Cast, tmp_path: Path) -> None:
    number = rosters.resident(7, prefix="513021")  # 达县 of before 2013
    assert not Region.objects.filter(pk="513021").exists()
    assert id_fault(IdKind.RESIDENT, number, cast.at.date()) is None

    Institution.objects.get_or_create(
        region=cast.region(ZHAOJUE),
        name="昭觉县中心小学校",
        defaults={"kind": Institution.Kind.RURAL_SCHOOL},
    )
    imported(cast, rosters.xlsx(tmp_path / "名单.xlsx", [rosters.person(7, 证件号=number)]))

    assert Enrolment.objects.get().member.id_masked.startswith("513")
