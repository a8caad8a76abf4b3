"""名单: taking a file in, saying what is in it, and mending it row by row. Nothing is enrolled here.

The import is in `roster_import`, taking it back in `roster_undo`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.garbage import rarely_collected
from community.models import Member, Region
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System, prefix_q
from community.spreadsheets.reading import read_table
from community.wording import cn_date
from training.models import Attendance, Cohort, Enrolment, RosterBatch
from training.operations.enrolment import RosterClosed
from training.operations.roster_file import (
    corrections_of,
    drop_files,
    keep_file,
    keep_findings,
    keep_rows,
    new_place,
    original,
    rows_of,
    sealed_corrections,
)
from training.operations.roster_world import judge_for, plan_simply
from training.roster.columns import COLUMNS
from training.roster.corrections import Corrections
from training.roster.findings import SHOWN, Findings, Removal
from training.roster.sheet import Sheet, sheet_of

State = RosterBatch.State
Progress = Callable[[int], None]

PASSING: Final = frozenset({"work", "asked", "trouble"})
"""What a batch's summary says of the work that is done on it, and forgets when it is done."""


class AlreadyUploaded(Refusal):
    """The very same file is here already; ``details["batch"]`` is its key."""

    code = "roster_already_uploaded"


class BatchSettled(Refusal):
    code = "roster_batch_settled"


def require_open(cohort: Cohort) -> None:
    """Refuse rosters of a class that is not open for them."""
    if not cohort.is_open:
        raise RosterClosed(
            _("班次“%(name)s”现在是“%(state)s”，不能导入名单。")
            % {"name": cohort.name, "state": cohort.get_state_display()}
        )


@rarely_collected()
@transaction.atomic
def examine(
    *,
    sheet: Sheet,
    cohort: Cohort,
    region: Region,
    corrections: Corrections,
    is_authoritative: bool,
    at: datetime,
    progress: Progress | None = None,
) -> Findings:
    """The dry run: judge every row of ``sheet`` and write nothing."""
    plan_simply()
    judge, _world = judge_for(
        cohort=cohort, region=region, corrections=corrections, today=localdate(at)
    )
    findings = Findings()
    touched: set[int] = set()
    for chunk in sheet.chunks():
        verdicts = judge.judge(chunk)
        findings.add(verdicts, judge.reader.covers)
        touched.update(v.person.enrolment for v in verdicts if v.person and v.person.enrolment)
        if progress:
            progress(findings.row_count)
    if is_authoritative:
        list_removals(findings, removals(cohort=cohort, region=region, touched=touched))
    return findings


def removals(*, cohort: Cohort, region: Region, touched: set[int]) -> list[Removal]:
    """Who of ``region`` is on the roster and not in the file; with marks she stays (ruling 24)."""
    marked = set(
        Attendance.objects.filter(enrolment__cohort=cohort)
        .exclude(state=Attendance.State.VOID)
        .values_list("enrolment_id", flat=True)
    )
    rows = (
        Enrolment.objects.filter(prefix_q([region.prefix], "county_id"), cohort=cohort)
        .active()
        .order_by("county_id", "pk")
        .values_list("pk", "name", "institution_name")
    )
    return [Removal(*row, row[0] in marked) for row in rows if row[0] not in touched]


def list_removals(findings: Findings, found: list[Removal]) -> None:
    """Enter into ``findings`` who would leave, and who stays because she has signed in."""
    findings.removal_count = sum(not removal.has_marks for removal in found)
    findings.kept_count = len(found) - findings.removal_count
    findings.removals = found[:SHOWN]


def check_roster(
    *,
    cohort: Cohort,
    file: Path,
    region: Region,
    by: Member | System,
    at: datetime,
    name: str | None = None,
    is_authoritative: bool = False,
) -> RosterBatch:
    """Read and judge ``file``, which ``region`` sends for ``cohort``; the roster stays as it is.

    The file is kept sealed, with what was found in it (`roster_file.findings_of`). Refuses a class
    that takes nobody, a file that cannot be read (`FileFault`), and one that is here already.
    """
    batch = receive_roster(
        cohort=cohort,
        file=file,
        region=region,
        by=by,
        at=at,
        name=name,
        is_authoritative=is_authoritative,
    )
    try:
        return check_batch(batch=batch, at=at, source=file)
    except BaseException:
        drop_files(batch)
        batch.delete()
        raise


def receive_roster(
    *,
    cohort: Cohort,
    file: Path,
    region: Region,
    by: Member | System,
    at: datetime,
    name: str | None = None,
    is_authoritative: bool = False,
) -> RosterBatch:
    """Keep ``file`` sealed, to be looked at by `check_batch`. Refuses as `check_roster` does."""
    require_open(cohort)
    name = name or file.name
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    _refuse_second(cohort, digest, name)
    batch = RosterBatch(
        cohort=cohort,
        region=region,
        file_name=name[-200:],
        file_hash=digest,
        file_format=Path(name).suffix.lstrip(".").lower()[:4],
        file=new_place(),
        is_authoritative=is_authoritative,
        uploaded_by=by if isinstance(by, Member) else None,
        uploaded_at=at,
        summary={
            "work": {
                "kind": "check",
                "by": by.pk if isinstance(by, Member) else None,
                "confirmed": 0,
                "since": at.isoformat(),
            }
        },
    )
    keep_file(batch, file)
    try:
        with transaction.atomic():
            batch.save()
            record_audit(
                by=by,
                action="roster.uploaded",
                at=at,
                subject=batch,
                region=region,
                cohort=cohort.pk,
                file=batch.file_name,
                sha256=digest,
            )
    except IntegrityError:
        drop_files(batch)
        _refuse_second(cohort, digest, name)
        raise
    return batch


def _refuse_second(cohort: Cohort, digest: str, name: str) -> None:
    """The same file twice in a class is one file (ruling 24)."""
    first = cohort.batches.filter(
        file_hash=digest, state__in=[State.CHECKED, State.IMPORTED]
    ).first()
    if first is None:
        return
    words = (
        _("“%(file)s”已在%(day)s导入本班，内容没有变化，不用再导入。")
        if first.state == State.IMPORTED
        else _("“%(file)s”已在%(day)s上传过，还没有导入，请接着处理。")
    )
    when = first.imported_at or first.uploaded_at
    raise AlreadyUploaded(words % {"file": name, "day": cn_date(when)}, batch=first.pk)


def check_batch(
    *,
    batch: RosterBatch,
    at: datetime,
    source: Path | None = None,
    progress: Progress | None = None,
) -> RosterBatch:
    """Read the rows of a received file and judge them. Raises a `FileFault` where it cannot be read."""
    if source is not None:
        sheet = sheet_of(read_table(source, columns=COLUMNS, name=batch.file_name))
    else:
        with TemporaryDirectory() as folder:
            copy = Path(folder) / f"roster.{batch.file_format}"
            copy.write_bytes(original(batch))
            sheet = sheet_of(read_table(copy, columns=COLUMNS, name=batch.file_name))
    keep_rows(batch, sheet)
    return recheck(batch=batch, at=at, sheet=sheet, progress=progress)


def recheck(
    *,
    batch: RosterBatch,
    at: datetime,
    sheet: Sheet | None = None,
    progress: Progress | None = None,
) -> RosterBatch:
    """Judge the rows of a batch again, with what was corrected since."""
    sheet = sheet or rows_of(batch)
    findings = examine(
        sheet=sheet,
        cohort=batch.cohort,
        region=batch.region,
        corrections=corrections_of(batch),
        is_authoritative=batch.is_authoritative,
        at=at,
        progress=progress,
    )
    keep_findings(batch, findings)
    about = sheet.about
    batch.summary = {
        **{key: value for key, value in batch.summary.items() if key not in PASSING},
        "sheet": about.sheet,
        "encoding": about.encoding,
        "header_row": about.header_row,
        "extra": list(about.extra),
    }
    count(batch, findings)
    # Not the state: somebody may have given the file up while it was read.
    batch.save(
        update_fields=["summary", "row_count", "good_count", "fault_count", "duplicate_count"]
    )
    return batch


def count(batch: RosterBatch, findings: Findings) -> None:
    """Copy the figures of ``findings`` into the (unsaved) batch; no names, no numbers of people."""
    batch.row_count = findings.row_count
    batch.good_count = findings.good_count
    batch.fault_count = findings.fault_count
    batch.duplicate_count = findings.doubt_count
    batch.summary = {
        **batch.summary,
        "effects": dict(findings.effects),
        "codes": dict(findings.codes),
        "skipped": findings.skipped_count,
        "removals": findings.removal_count,
        "kept": findings.kept_count,
    }


@transaction.atomic
def correct_rows(
    *,
    batch: RosterBatch,
    cells: dict[int, dict[str, str]] | None = None,
    decisions: dict[int, dict[str, Any]] | None = None,
    by: Member | System,
    at: datetime,
    is_checked_later: bool = False,
) -> RosterBatch:
    """Keep what was typed (row, column, text) and decided about rows, and judge the file again.

    With ``is_checked_later`` a task judges it (`roster_work`). Refuses a batch that was undone or
    given up.
    """
    batch = _open_batch(batch)
    corrections = corrections_of(batch)
    for row, typed in (cells or {}).items():
        corrections.type(row, typed)
    for row, decided in (decisions or {}).items():
        corrections.decide(row, decided)
    batch.corrections_sealed = sealed_corrections(corrections)
    batch.save(update_fields=["corrections_sealed"])
    record_audit(
        by=by,
        action="roster.corrected",
        at=at,
        subject=batch,
        region=batch.region_id,
        rows=sorted({*(cells or {}), *(decisions or {})})[:100],
    )
    return batch if is_checked_later else recheck(batch=batch, at=at)


@transaction.atomic
def discard_batch(*, batch: RosterBatch, by: Member | System, at: datetime) -> RosterBatch:
    """Give up an upload that was never imported; the file and what was typed are taken away."""
    batch = RosterBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state == State.DISCARDED:
        return batch
    if batch.state != State.CHECKED:
        raise BatchSettled(
            _("“%(file)s”已经导入，可以撤销，不能放弃。") % {"file": batch.file_name}
        )
    batch.state = State.DISCARDED
    batch.corrections_sealed = ""
    batch.summary = {key: value for key, value in batch.summary.items() if key not in PASSING}
    batch.save(update_fields=["state", "corrections_sealed", "summary"])
    record_audit(by=by, action="roster.discarded", at=at, subject=batch, region=batch.region_id)
    transaction.on_commit(lambda: drop_files(batch))
    return batch


def refuse_file(*, batch: RosterBatch, trouble: str) -> None:
    """A file that a task could not read: its page says why, and it may be sent again."""
    batch.state = State.DISCARDED
    batch.summary = {"trouble": trouble}
    batch.save(update_fields=["state", "summary"])
    with suppress(OSError):
        drop_files(batch)


def _open_batch(batch: RosterBatch) -> RosterBatch:
    batch = (
        RosterBatch.objects.select_for_update(of=("self",))
        .select_related("cohort", "region")
        .get(pk=batch.pk)
    )
    if batch.state not in {State.CHECKED, State.IMPORTED}:
        raise BatchSettled(
            _("“%(file)s”%(state)s，不能再改。请重新上传。")
            % {"file": batch.file_name, "state": batch.get_state_display()}
        )
    require_open(batch.cohort)
    return batch
