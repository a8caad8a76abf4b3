"""Rosters too large for one request: a task checks and imports them, and tells when it is done."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from community.models import Member, Region
from community.operations.notification import notify
from community.refusals import Refusal
from community.spreadsheets.faults import FileFault
from community.wording import thousands
from training.models import Cohort, RosterBatch
from training.operations.roster import (
    PASSING,
    Progress,
    check_batch,
    correct_rows,
    receive_roster,
    recheck,
    refuse_file,
    require_open,
)
from training.operations.roster_file import drop_files
from training.operations.roster_import import NeedsConfirmation, import_roster

logger = logging.getLogger(__name__)

MOST_ROWS_AT_ONCE: Final = 2_000
MOST_BYTES_AT_ONCE: Final = 200 * 1024
"""What one request may take on: rows that are counted, bytes of a file that is not read yet."""

LAPSES_AFTER: Final = timedelta(minutes=15)
_SEEN_FOR: Final = 15 * 60


class BatchBusy(Refusal):
    """A task is reading or writing the file just now."""

    code = "roster_batch_busy"


def check_roster_later(
    *,
    cohort: Cohort,
    file: Path,
    region: Region,
    by: Member,
    at: datetime,
    name: str,
    is_authoritative: bool = False,
) -> RosterBatch:
    """Keep ``file`` and have a task check it. Refuses at once a closed class and a file that is here
    already; a file that cannot be read is told of later.
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
    _enqueue(batch)
    return batch


@transaction.atomic
def correct_rows_later(
    *,
    batch: RosterBatch,
    cells: dict[int, dict[str, str]],
    decisions: dict[int, dict[str, Any]],
    by: Member,
    at: datetime,
) -> RosterBatch:
    """`correct_rows`, with the whole file judged again by a task."""
    batch = correct_rows(
        batch=batch, cells=cells, decisions=decisions, by=by, at=at, is_checked_later=True
    )
    return _begin(batch, "check", by=by, at=at)


@transaction.atomic
def import_roster_later(
    *, batch: RosterBatch, confirmed: int, by: Member, at: datetime
) -> RosterBatch:
    """Have a task import ``batch``; asking twice is asking once. Refuses a class that is closed."""
    batch = RosterBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.is_working:
        return batch
    require_open(batch.cohort)
    return _begin(batch, "import", by=by, at=at, confirmed=confirmed)


def _begin(
    batch: RosterBatch, kind: str, *, by: Member, at: datetime, confirmed: int = 0
) -> RosterBatch:
    kept = {key: value for key, value in batch.summary.items() if key not in PASSING}
    work = {"kind": kind, "by": by.pk, "confirmed": confirmed, "since": at.isoformat()}
    batch.summary = {**kept, "work": work}
    batch.save(update_fields=["summary"])
    _enqueue(batch)
    return batch


def _enqueue(batch: RosterBatch) -> None:
    from training.tasks import work_on_roster

    cache.delete(_done_key(batch))
    transaction.on_commit(lambda: work_on_roster.enqueue(batch.pk))


def work_on(*, batch: RosterBatch, at: datetime) -> RosterBatch:
    """Do what waits on ``batch``: what the task does. One that comes twice finds nothing to do."""
    if not batch.is_working:
        return batch
    work = batch.summary["work"]
    by = Member.objects.filter(pk=work["by"], is_active=True).first()
    if by is None or not RosterBatch.objects.visible_to(by).filter(pk=batch.pk).exists():
        return _give_up(batch, _("上传的人已不能管理这份名单，没有继续。"))
    try:
        if work["kind"] == "import":
            return _import(batch, by, confirmed=work["confirmed"], at=at)
        return _check(batch, by, at=at)
    except Refusal as refusal:
        batch = _give_up(batch, str(refusal))
    except Exception:
        logger.exception("roster %s", batch.pk)
        batch = _give_up(batch, _("处理时出了意外，已记录。请再试一次。"))
    words = _("“%(file)s”没有处理完") % {"file": batch.file_name}
    _tell(batch, by, words, note=batch.summary["trouble"])
    return batch


def _check(batch: RosterBatch, by: Member, *, at: datetime) -> RosterBatch:
    progress = _progress_of(batch)
    try:
        if batch.row_count:
            batch = recheck(batch=batch, at=at, progress=progress)
        else:
            batch = check_batch(batch=batch, at=at, progress=progress)
    except FileFault as fault:
        refuse_file(batch=batch, trouble=str(fault))
        _tell(batch, by, _("“%(file)s”读不出来") % {"file": batch.file_name}, note=str(fault))
        return batch
    if RosterBatch.objects.filter(pk=batch.pk, state=RosterBatch.State.DISCARDED).exists():
        drop_files(batch)  # given up while it was read
        return batch
    words = _("“%(file)s”检查好了，可以导入%(rows)s行") % {
        "file": batch.file_name,
        "rows": thousands(batch.good_count),
    }
    left = batch.fault_count + batch.duplicate_count
    _tell(batch, by, words, note=_("还有%(n)s行要改。") % {"n": thousands(left)} if left else "")
    return batch


def _import(batch: RosterBatch, by: Member, *, confirmed: int, at: datetime) -> RosterBatch:
    try:
        batch = import_roster(
            batch=batch, confirmed=confirmed, by=by, at=at, progress=_progress_of(batch)
        )
    except NeedsConfirmation as asked:
        batch = _stop(batch, asked={"words": str(asked), "count": asked.details["count"]})
        words = _("“%(file)s”要您确认后才导入") % {"file": batch.file_name}
        _tell(batch, by, words, note=str(asked))
        return batch
    words = _("“%(file)s”已导入%(rows)s行") % {
        "file": batch.file_name,
        "rows": thousands(batch.good_count),
    }
    _tell(batch, by, words, note=_("72小时内可以整批撤销。"))
    return batch


def _give_up(batch: RosterBatch, trouble: str) -> RosterBatch:
    """A file that was never checked has nothing to show: it goes, and may be sent again."""
    if batch.row_count:
        return _stop(batch, trouble=trouble)
    refuse_file(batch=batch, trouble=trouble)
    return batch


@transaction.atomic
def _stop(batch: RosterBatch, **told: Any) -> RosterBatch:
    """The work is over without its end; ``told`` is for the page."""
    batch = RosterBatch.objects.select_for_update().get(pk=batch.pk)
    kept = {key: value for key, value in batch.summary.items() if key not in PASSING}
    batch.summary = {**kept, **told}
    batch.save(update_fields=["summary"])
    return batch


def _tell(batch: RosterBatch, by: Member, text: str, *, note: str = "") -> None:
    now = timezone.now()
    notify(
        members=[by],
        kind="roster_work",
        key=f"{batch.pk}:{now.isoformat()}"[:64],
        text=text,
        note=note,
        url=reverse("training:roster_batch", args=[batch.region_id, batch.pk]),
        at=now,
    )


def _progress_of(batch: RosterBatch) -> Progress:
    """Rows done go to the cache: the work is one transaction, so a row would not be seen."""
    return lambda done: cache.set(_done_key(batch), done, _SEEN_FOR)


def _done_key(batch: RosterBatch) -> str:
    return f"roster:{batch.pk}:done"


def rows_done(batch: RosterBatch) -> int:
    """How many rows the task at work on ``batch`` has seen; 0 while it reads the file."""
    return int(cache.get(_done_key(batch)) or 0)


def resume_lapsed(at: datetime) -> None:
    """A round: what a worker that died has left half done is begun anew. Both works can be repeated."""
    waiting = RosterBatch.objects.filter(
        state__in=[RosterBatch.State.CHECKED, RosterBatch.State.IMPORTED],
        summary__has_key="work",
    )
    for batch in waiting:
        if datetime.fromisoformat(batch.summary["work"]["since"]) < at - LAPSES_AFTER:
            _stop(batch, work={**batch.summary["work"], "since": at.isoformat()})
            _enqueue(batch)
