"""The archive, the papers and the nightly proof."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.storage import storages
from pypdf import PdfReader

from community.models import AuditEntry
from tests.factories.attended import CLOSED_AT, attend, attended_and_accepted
from tests.factories.cast import BUTUO, Cast, moment
from training.models import AgendaItem, Certificate, Closing, Enrolment
from training.operations.archive import file_archive, file_missing_archives
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.paper import SHEET_FULL, _keep, draw_papers
from training.operations.proof import ask_for_proof, prove_and_log
from training.operations.reopening import reopen_cohort
from training.reports.ledger import prove_certificates


@pytest.fixture
def closing(cast: Cast) -> Closing:
    AgendaItem.objects.create(
        session=cast.session,
        starts_at=moment(26, 9, 0),
        ends_at=moment(26, 10, 30),
        title="深度融合怎么看",
        note="=讲师",
    )
    attended_and_accepted(cast.enrolment)
    attend(cast.enrolled(cast.member("阿衣·布茹", BUTUO)), [1])
    return close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)


def opened(closing: Closing) -> zipfile.ZipFile:
    return zipfile.ZipFile(storages["private"].open(closing.archive))


def table(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_the_archive_has_what_a_bureau_files(closing: Closing) -> None:
    assert opened(closing).namelist() == [
        "1-培训方案.csv",
        "2-结业规则.csv",
        "3-议程与课表.csv",
        "4-签到表/01-第一天上午.csv",
        "4-签到表/02-第一天下午.csv",
        "4-签到表/03-第二天上午.csv",
        "4-签到表/04-第二天下午.csv",
        "5-结业结果.csv",
        "6-县级汇总.csv",
        "7-数字.json",
        "manifest.csv",
        "manifest.json",
    ]


def test_the_manifest_has_the_hash_of_every_file(closing: Closing) -> None:
    archive = opened(closing)
    manifest = json.loads(archive.read("manifest.json"))

    assert manifest["closed_by"] == "吉克石布"
    assert {f["path"] for f in manifest["files"]} == {
        name for name in archive.namelist() if not name.startswith("manifest")
    }
    for file in manifest["files"]:
        content = archive.read(file["path"])
        assert (file["bytes"], file["sha256"]) == (len(content), sha256(content).hexdigest())


def test_results_and_counties_are_in_it(closing: Closing) -> None:
    archive = opened(closing)
    results = {row[1]: row for row in table(archive, "5-结业结果.csv")[1:]}

    assert results["何文渊"][9:12] == ["结业", "18", ""]
    assert results["阿衣·布茹"][7:10] == ["9", "12", "未结业"]
    assert table(archive, "6-县级汇总.csv")[-1] == ["", "合计", "2", "1", "0", "1"]


def test_sign_in_sheets_say_who_was_there(closing: Closing) -> None:
    rows = table(opened(closing), "4-签到表/02-第一天下午.csv")[1:]

    assert sorted((row[1], row[9]) for row in rows) == [("何文渊", "到"), ("阿衣·布茹", "缺勤")]


def test_the_agenda_is_in_it_and_no_cell_is_a_formula(closing: Closing) -> None:
    rows = table(opened(closing), "3-议程与课表.csv")

    assert ["", "2026年11月26日", "9:00", "10:30", "深度融合怎么看", "'=讲师", "", "", ""] in rows


def test_filing_it_again_gives_the_same_bytes(closing: Closing) -> None:
    before = closing.archive_hash
    Enrolment.objects.filter(name="何文渊").update(institution_name="别的学校", seat="1排1座")
    Closing.objects.update(archive="", archive_hash="")

    file_missing_archives(CLOSED_AT + timedelta(minutes=1))

    again = Closing.objects.get()
    assert again.archive
    assert again.archive_hash == before


def test_filing_it_twice_is_filing_it_once(closing: Closing) -> None:
    assert file_archive(closing=closing).archive == closing.archive
    assert len(storages["private"].listdir("archives")[1]) == 1


def test_a_full_disk_does_not_keep_a_class_open(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_more: Any) -> str:
        raise OSError(28, "No space left on device")

    attended_and_accepted(cast.enrolment)
    with monkeypatch.context() as patch:
        patch.setattr("django.core.files.storage.FileSystemStorage.save", full)
        closing = close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    assert closing.archive == ""

    file_missing_archives(CLOSED_AT + timedelta(minutes=5))
    assert Closing.objects.get().archive


def test_each_closing_has_an_archive_of_its_own(cast: Cast, closing: Closing) -> None:
    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, reason="再核一遍")
    again = close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT + timedelta(days=1))

    assert again.archive != closing.archive
    assert storages["private"].exists(closing.archive)


def issue(cast: Cast) -> None:
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)


def test_papers_are_drawn_once_and_keep_their_hash(cast: Cast, closing: Closing) -> None:
    issue(cast)

    drawn = draw_papers()

    certificate = Certificate.objects.get()
    assert (drawn.drawn, drawn.missing, drawn.left) == (1, 0, 0)
    assert certificate.paper == f"certificates/{certificate.number}.pdf"
    with storages["private"].open(certificate.paper) as file:
        content = file.read()
    assert sha256(content).hexdigest() == certificate.paper_hash
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert certificate.number in text.replace("\n", "")
    assert draw_papers().drawn == 0
    assert not [*prove_certificates(papers=True)]


def test_a_paper_survives_reopening_byte_for_byte(cast: Cast, closing: Closing) -> None:
    issue(cast)
    draw_papers()
    before = Certificate.objects.get()
    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, reason="再核一遍")
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT + timedelta(days=1))
    draw_papers()

    after = Certificate.objects.get()
    assert (after.paper, after.paper_hash) == (before.paper, before.paper_hash)


def test_a_name_that_no_font_has_waits_and_holds_nothing_up(cast: Cast) -> None:
    Enrolment.objects.filter(pk=cast.enrolment.pk).update(name="何\ue863")
    attended_and_accepted(cast.enrolment)
    attended_and_accepted(cast.enrolled(cast.member("阿衣·布茹", BUTUO)))
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue(cast)

    drawn = draw_papers()

    assert (drawn.drawn, drawn.missing) == (1, 1)
    waits = Certificate.objects.get(paper="")
    assert (waits.missing_glyphs, waits.state) == ("\ue863", "valid")
    assert draw_papers().missing == 0  # it is not tried again by itself
    assert draw_papers(again=True).missing == 1


def test_words_that_do_not_fit_wait_too(cast: Cast) -> None:
    cast.cohort.curriculum["title"] = "信息技术" * 4000
    cast.cohort.save()
    attended_and_accepted(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue(cast)

    draw_papers()

    assert Certificate.objects.get().missing_glyphs == SHEET_FULL


def test_the_proof_finds_a_paper_that_was_changed(cast: Cast, closing: Closing) -> None:
    issue(cast)
    draw_papers()
    certificate = Certificate.objects.get()
    with storages["private"].open(certificate.paper, "ab") as file:
        file.write(b"%")

    assert [d.kind for d in prove_certificates(papers=True)] == ["paper_hash"]
    storages["private"].delete(certificate.paper)
    assert [d.computed for d in prove_certificates(papers=True)] == ["missing"]


def test_the_proof_finds_changed_data(cast: Cast, closing: Closing) -> None:
    issue(cast)
    certificate = Certificate.objects.get()
    certificate.data["hours"] = "360"
    certificate.save()

    assert [d.kind for d in prove_certificates()] == ["data_hash"]


def test_the_proof_is_asked_for_once_a_night(cast: Cast, closing: Closing) -> None:
    ask_for_proof(moment(29, 12))
    assert not AuditEntry.objects.filter(action="ledger.proved").exists()

    ask_for_proof(moment(29, 3, 0))
    ask_for_proof(moment(29, 3, 30))

    assert AuditEntry.objects.filter(action="ledger.proved").count() == 1
    assert prove_and_log(at=moment(29, 3, 40)) == 0


def test_a_difference_that_the_proof_finds_is_logged_and_counted(
    cast: Cast, closing: Closing, caplog: pytest.LogCaptureFixture
) -> None:
    issue_certificates(cohort=cast.cohort, expected=1, by=cast.liangshan, at=CLOSED_AT)
    Certificate.objects.update(data_hash="0" * 64)

    assert prove_and_log(at=CLOSED_AT) >= 1

    assert "what is stored does not agree" in caplog.text
    line = AuditEntry.objects.filter(details__step="done").latest("pk")
    assert line.details["differences"] >= 1


def test_of_two_who_file_at_once_one_archive_is_kept(closing: Closing) -> None:
    stale = Closing.objects.get(pk=closing.pk)
    assert closing.archive
    Closing.objects.filter(pk=closing.pk).update(archive="")
    stale.archive = ""
    first = file_archive(closing=Closing.objects.get(pk=closing.pk))

    second = file_archive(closing=stale)

    assert second.archive == first.archive
    assert len(storages["private"].listdir("archives")[1]) == 2, "the first of all, and the new one"


def test_of_two_drawings_at_once_one_is_named_and_the_other_taken_away(
    cast: Cast, closing: Closing
) -> None:
    issue(cast)
    draw_papers()
    certificate = Certificate.objects.get()
    files = set(storages["private"].listdir("certificates")[1])

    _keep(certificate, b"another worker's")

    certificate.refresh_from_db()
    assert set(storages["private"].listdir("certificates")[1]) == files
    assert certificate.paper.rpartition("/")[2] in files
