"""Writing an asked-for file, at once or by a task, and saying that it is ready."""

from __future__ import annotations

import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.refusals import Refusal
from community.scope import System
from training.exports.query import build_query
from training.exports.writer import Written, one_instant, write_export
from training.models import Export
from training.operations.export import (
    APPROVAL_ABOVE,
    LEASE,
    ExportOrder,
    MayNotUnmask,
    address_of,
    check_order,
    needs_second_person,
)

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
UNMASKED_KEPT_FOR = timedelta(hours=24)
State = Export.State


class Stopped(Exception):
    """The person who asked stopped the export while it was being written."""


def run_export(*, export: Export, at: datetime) -> Export:
    """Write the file of a queued export: what the task does. Safe to run again after a crash.

    A lease keeps two workers apart; when one dies its lease lapses and the file is begun anew. A half
    written file has no name in the storage, so nobody can download it.
    """
    if not _take_lease(export, at):
        return Export.objects.get(pk=export.pk)
    export.refresh_from_db()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"export.{export.file_format}"
            order = ExportOrder(
                export.kind,
                export.programme,
                export.region,
                export.file_format,
                export.encoding,
                export.cohort,
                export.is_unmasked,
                export.reason,
            )
            check_order(order=order, by=export.requested_by)
            written = _write(order, by=export.requested_by, path=path, at=at, export=export)
            with path.open("rb") as file:
                name = storages["private"].save(
                    f"exports/{export.pk}-{written.row_hash[:12]}.{export.file_format}", File(file)
                )
    except Stopped:
        return Export.objects.get(pk=export.pk)
    except Refusal as refusal:
        return _fail(export, str(refusal))
    except Exception:
        logger.exception("export %s", export.pk)
        return _fail(export, _("生成时出了意外，已记录。请稍后再生成一次。"))
    return _finish(export, name, written)


def _take_lease(export: Export, at: datetime) -> bool:
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=at)
    return bool(
        Export.objects.filter(free, pk=export.pk).update(
            state=State.RUNNING, started_at=at, lease_until=at + LEASE, rows_done=0
        )
    )


def _write(
    order: ExportOrder,
    *,
    by: Member | System,
    path: Path,
    at: datetime,
    export: Export | None = None,
) -> Written:
    def progress(done: int, total: int) -> None:
        assert export is not None
        kept = Export.objects.filter(pk=export.pk, state=State.RUNNING).update(
            rows_done=done, rows_total=total, lease_until=timezone.now() + LEASE
        )
        if not kept:
            raise Stopped

    using = settings.EXPORTS_READ_FROM
    with one_instant(using):
        query = build_query(
            kind=order.kind,
            viewer=by,
            programme=order.programme,
            region=order.region,
            cohort=order.cohort,
            unmasked=order.unmasked,
            now=at,
            using=using,
        )
        return write_export(
            query=query,
            path=path,
            file_format=order.file_format,
            encoding=order.encoding,
            name=str(Export.Kind(order.kind).label),
            using=using,
            # Progress is written while rows are read, so it needs a connection of its own.
            progress=progress if export is not None and using != "default" else None,
        )


def _fail(export: Export, trouble: str) -> Export:
    now = timezone.now()
    Export.objects.filter(pk=export.pk, state=State.RUNNING).update(
        state=State.FAILED, trouble=trouble[:200], finished_at=now
    )
    notify(
        members=[export.requested_by_id],
        kind="export",
        key=f"{export.pk}:failed",
        text=_("%(file)s没有生成") % {"file": export.file_name},
        note=trouble,
        url=address_of(export),
        at=now,
    )
    return Export.objects.get(pk=export.pk)


@transaction.atomic
def _finish(export: Export, name: str, written: Written) -> Export:
    now = timezone.now()
    export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if export.state != State.RUNNING:
        storages["private"].delete(name)
        return export
    export.state, export.finished_at = State.READY, now
    export.expires_at = now + (UNMASKED_KEPT_FOR if export.is_unmasked else KEPT_FOR)
    export.rows_done = export.rows_total = written.rows
    export.file, export.file_size = name, written.size
    export.row_hash, export.snapshot_id = written.row_hash, written.snapshot_id[:40]
    export.save()
    record_audit(
        by=export.requested_by,
        action="export.written",
        at=now,
        subject=export,
        region=export.region_id,
        rows=written.rows,
        hash=written.row_hash,
        snapshot=written.snapshot_id,
        unmasked=export.is_unmasked,
    )
    notify(
        members=[export.requested_by_id],
        kind="export",
        key=f"{export.pk}:ready",
        text=_("%(file)s可以下载了") % {"file": export.file_name},
        url=address_of(export),
        at=now,
    )
    return export


def write_export_now(*, order: ExportOrder, by: Member, path: Path, at: datetime) -> Written:
    """Write a file straight to ``path`` for a command, with the same refusals and the same audit line.

    Over 500 unmasked rows are refused here: a second person can only agree on the screen.
    """
    check_order(order=order, by=by)
    if needs_second_person(order=order, by=by):
        raise MayNotUnmask(
            _("完整证件号超过%(limit)s行要第二人批准，请在导出页面办理。")
            % {"limit": APPROVAL_ABOVE}
        )
    written = _write(order, by=by, path=path, at=at)
    record_audit(
        by=by,
        action="export.written",
        at=at,
        region=order.region,
        kind=order.kind,
        rows=written.rows,
        hash=written.row_hash,
        snapshot=written.snapshot_id,
        unmasked=order.unmasked,
        reason=order.reason,
        file=path.name,
    )
    return written
