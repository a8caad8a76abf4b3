"""结班档案: what a bureau files of a closed class, as one ZIP with a manifest of hashes.

Everything in it is read from the closing's own records and figures, which never change: filing it today or in
a year gives the same bytes.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from contextlib import ExitStack
from datetime import datetime
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.core.files import File
from django.core.files.storage import storages
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from community.spreadsheets.writing import CsvSheet
from community.wording import clock, full_date
from training.archive_sheets import (
    SheetWords,
    county_header,
    county_rows,
    plan_header,
    plan_rows,
    result_header,
    result_row,
    rule_header,
    rule_rows,
    sign_in_header,
    sign_in_row,
    timetable_header,
    timetable_rows,
)
from training.certificates.snapshot import canonical_json
from training.curriculum import read_curriculum
from training.models import Closing, Cohort

LANGUAGE: Final = "zh-hans"
CHUNK: Final = 500
_LEVEL: Final = 6
_OWNER_READS: Final = 0o100600 << 16
_UNIX: Final = 3


def freeze_timetable(cohort: Cohort) -> list[dict[str, Any]]:
    """The half-days with their agenda, as they stand at 结班; kept in the closing's figures."""
    return [
        {
            "id": session.pk,
            "label": session.label,
            "title": session.title,
            "kind": str(session.get_kind_display()),
            "hours": str(session.hours),
            "place": session.place,
            "starts_at": session.starts_at.isoformat(),
            "ends_at": session.ends_at.isoformat(),
            "takes_sign_out": session.takes_sign_out,
            "agenda": [
                {
                    "starts_at": item.starts_at.isoformat(),
                    "ends_at": item.ends_at.isoformat(),
                    "title": item.title,
                    "note": item.note,
                }
                for item in session.agenda.all()
            ],
        }
        for session in cohort.sessions.prefetch_related("agenda")
    ]


def file_archive(*, closing: Closing) -> Closing:
    """Write ``closing``'s archive into private storage, with its SHA-256 in the row. Twice is once."""
    if closing.archive:
        return closing
    storage = storages["private"]
    with tempfile.TemporaryDirectory(prefix="tongke-archive-") as folder, override(LANGUAGE):
        path = build_archive(closing, Path(folder))
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            name = storage.save(f"archives/{closing.pk}.zip", File(file))
    is_first = Closing.objects.filter(pk=closing.pk, archive="").update(
        archive=name, archive_hash=digest
    )
    if not is_first:
        storage.delete(name)
    closing.refresh_from_db(fields=["archive", "archive_hash"])
    return closing


def file_missing_archives(at: datetime) -> None:
    """A round: file what a crash or a full disk left out."""
    for closing in Closing.objects.filter(archive="", closed_at__lt=at):
        file_archive(closing=closing)


def build_archive(closing: Closing, folder: Path) -> Path:
    """The ZIP, in ``folder``. People are read in chunks, so memory does not grow with them."""
    sheets = folder / "sheets"
    sheets.mkdir()
    _write_sheets(closing, sheets)
    _write_manifest(closing, sheets)
    moment = timezone.localtime(closing.closed_at)
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for sheet in _files(sheets):
            entry = zipfile.ZipInfo(sheet.relative_to(sheets).as_posix(), moment.timetuple()[:6])
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, _UNIX
            entry.external_attr = _OWNER_READS
            with sheet.open("rb") as source, archive.open(entry, "w") as target:
                while block := source.read(1 << 20):
                    target.write(block)
    return path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_sheets(closing: Closing, folder: Path) -> None:
    curriculum = read_curriculum(closing.cohort.curriculum)
    timetable = closing.figures["timetable"]
    _write(folder / _("1-培训方案.csv"), plan_header(), plan_rows(curriculum))
    _write(folder / _("2-结业规则.csv"), rule_header(), rule_rows(curriculum))
    _write(folder / _("3-议程与课表.csv"), timetable_header(), timetable_rows(timetable))
    _write(folder / _("6-县级汇总.csv"), county_header(), county_rows(closing.figures))
    (folder / _("7-数字.json")).write_text(canonical_json(closing.figures), encoding="utf-8")
    _write_people(closing, folder, timetable)


def _write_people(closing: Closing, folder: Path, timetable: list[dict[str, Any]]) -> None:
    """The results and every sign-in sheet, in one pass over the records of this closing."""
    (folder / _("4-签到表")).mkdir()
    with ExitStack() as stack:
        results = stack.enter_context(CsvSheet(folder / _("5-结业结果.csv"), result_header()))
        sign_ins = {
            session["id"]: stack.enter_context(
                CsvSheet(
                    folder / _("4-签到表") / f"{number:02d}-{_file_name(session['label'])}.csv",
                    sign_in_header(session),
                )
            )
            for number, session in enumerate(timetable, start=1)
        }
        records = (
            closing.records.filter(at=F("closing__closed_at"))
            .order_by("enrolment__county", "enrolment__name_key", "enrolment")
            .iterator(chunk_size=CHUNK)
        )
        words = SheetWords()
        numbered = enumerate(records, start=1)
        while chunk := list(islice(numbered, CHUNK)):
            results.write_rows(result_row(number, record, words) for number, record in chunk)
            rows: dict[int, list[tuple[str, ...]]] = {session_id: [] for session_id in sign_ins}
            for number, record in chunk:
                for session in record.snapshot["sessions"]:
                    if session["id"] in rows:
                        person = record.snapshot["person"]
                        rows[session["id"]].append(sign_in_row(number, person, session, words))
            for session_id, sheet in sign_ins.items():
                sheet.write_rows(rows[session_id])


def _file_name(label: str) -> str:
    """A label without what file names may not hold on any system."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", label)


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with CsvSheet(path, header) as sheet:
        sheet.write_rows(rows)


def _write_manifest(closing: Closing, folder: Path) -> None:
    """Each file with its size and SHA-256, for people (.csv) and for programs (.json)."""
    rows = []
    for path in _files(folder):
        with path.open("rb") as file:
            sha256 = file_digest(file, "sha256").hexdigest()
        rows.append((path.relative_to(folder).as_posix(), str(path.stat().st_size), sha256))
    manifest = {
        "cohort": closing.cohort.code,
        "name": closing.cohort.name,
        "programme": closing.cohort.curriculum["title"],
        "closing": closing.number,
        "closed_at": timezone.localtime(closing.closed_at).isoformat(),
        "closed_by": closing.closed_by.name if closing.closed_by else "",
        "rule": closing.cohort.rule_version,
        "files": [
            {"path": name, "bytes": int(size), "sha256": sha256} for name, size, sha256 in rows
        ],
    }
    (folder / "manifest.json").write_text(canonical_json(manifest) + "\n", encoding="utf-8")
    at = timezone.localtime(closing.closed_at)
    title = _("%(name)s（%(code)s）第%(number)d次结班，%(date)s %(clock)s") % {
        "name": closing.cohort.name,
        "code": closing.cohort.code,
        "number": closing.number,
        "date": full_date(at),
        "clock": clock(at),
    }
    _write(folder / "manifest.csv", (_("文件"), _("字节"), "SHA-256"), [(title, "", ""), *rows])
