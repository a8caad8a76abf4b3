"""Asking for a file, granting it, stopping it, and taking it away again; export_run writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from community.fresh_log_in import is_recent
from community.models import Member, Region
from community.operations.audit import record_audit
from community.operations.notification import notify, settle
from community.refusals import Refusal
from community.scope import System, appointments_of, covers, is_everything
from training.exports.query import enrolments_to_export
from training.models import Cohort, Export, Programme

APPROVAL_ABOVE = 500
LEASE = timedelta(minutes=2)
State = Export.State


class MayNotUnmask(Refusal):
    code = "may_not_unmask"


class ReasonMissing(Refusal):
    code = "reason_missing"


class NotFreshlyLoggedIn(Refusal):
    code = "not_freshly_logged_in"


class MayNotApprove(Refusal):
    code = "may_not_approve"


class OutOfScope(Refusal):
    code = "out_of_scope"
    status = 403


@dataclass(frozen=True)
class ExportOrder:
    """What is wanted: a kind of file of one programme in one region, perhaps of one class only."""

    kind: str
    programme: Programme
    region: Region
    file_format: str
    encoding: str = "utf-8-sig"
    cohort: Cohort | None = None
    unmasked: bool = False
    reason: str = ""


def may_unmask(member: Member | System) -> bool:
    """Whether an appointment in force today carries the power to see whole numbers."""
    return is_everything(member) or any(held.may_unmask for held in appointments_of(member))


def check_order(*, order: ExportOrder, by: Member | System) -> None:
    """Refuse what ``by`` may not have: another region, whole numbers without power, format or reason."""
    if not covers(by, order.region):
        raise OutOfScope(
            _("%(region)s不在您的管理范围，不能导出。") % {"region": order.region.name}
        )
    if not order.unmasked:
        return
    if not may_unmask(by):
        raise MayNotUnmask(
            _("您没有导出完整证件号的权限。请去掉“包含完整证件号和手机号”，或请上级授权。")
        )
    if order.file_format != Export.Format.XLSX or order.kind != Export.Kind.COMPLETIONS:
        raise MayNotUnmask(_("完整证件号只能放在完成记录的Excel文件里，请改选Excel（.xlsx）。"))
    if len(order.reason.strip()) < 4:
        raise ReasonMissing(_("请写明为什么要完整证件号，例如“全国教师管理信息系统登记”。"))


def file_name_of(order: ExportOrder, at: datetime) -> str:
    """完成记录_凉山彝族自治州_20261126.xlsx"""
    label = Export.Kind(order.kind).label
    where = order.cohort.name if order.cohort else order.region.name
    return f"{label}_{where}_{timezone.localtime(at):%Y%m%d}.{order.file_format}"


def require_fresh_log_in(*, proved_at: datetime | None, at: datetime) -> None:
    """Refuse whole numbers to whoever proved who she is too long ago, or never (ruling 25)."""
    if not is_recent(proved_at, at=at):
        raise NotFreshlyLoggedIn(_("要完整证件号，请先再确认一次是您本人，5分钟内有效。"))


def needs_second_person(*, order: ExportOrder, by: Member | System) -> bool:
    """Whether the file would have more whole numbers than one person may take out (ruling 25)."""
    if not order.unmasked:
        return False
    rows = enrolments_to_export(
        viewer=by, programme=order.programme, region=order.region, cohort=order.cohort
    )
    return rows.count() > APPROVAL_ABOVE


@transaction.atomic
def request_export(
    *, order: ExportOrder, by: Member, at: datetime, proved_at: datetime | None = None
) -> Export:
    """Queue a file. Over 500 unmasked rows it waits for a second person (ruling 25).

    ``proved_at`` is when ``by`` last proved who she is; an unmasked file is refused without.
    """
    check_order(order=order, by=by)
    if order.unmasked:
        require_fresh_log_in(proved_at=proved_at, at=at)
    needs_second = needs_second_person(order=order, by=by)
    export = Export.objects.create(
        kind=order.kind,
        file_format=order.file_format,
        encoding=order.encoding,
        programme=order.programme,
        cohort=order.cohort,
        region=order.region,
        is_unmasked=order.unmasked,
        reason=order.reason.strip(),
        state=State.APPROVAL if needs_second else State.QUEUED,
        requested_by=by,
        requested_at=at,
        file_name=file_name_of(order, at),
    )
    record_audit(
        by=by,
        action="export.requested",
        at=at,
        subject=export,
        region=order.region,
        kind=order.kind,
        unmasked=order.unmasked,
        reason=order.reason,
    )
    if needs_second:
        notify(
            members=_approvers(export),
            kind="export_approval",
            key=str(export.pk),
            text=_("%(name)s申请导出%(region)s的完整证件号，等您批准")
            % {"name": by.name, "region": order.region.name},
            note=order.reason,
            url=address_of(export),
            is_task=True,
            at=at,
        )
    else:
        _enqueue(export)
    return export


def _approvers(export: Export) -> list[Member]:
    """Other members who may unmask in a region around the export's."""
    around = {export.region_id, export.region.city_code, export.region_id[:2] + "0000"}
    today = timezone.localdate()
    holders = Q(
        appointments__region_id__in=around,
        appointments__may_unmask=True,
        appointments__withdrawn_at__isnull=True,
        appointments__from_on__lte=today,
    ) & (Q(appointments__to_on__isnull=True) | Q(appointments__to_on__gte=today))
    return list(Member.objects.filter(holders).exclude(pk=export.requested_by_id).distinct())


@transaction.atomic
def approve_export(
    *, export: Export, by: Member, at: datetime, proved_at: datetime | None = None
) -> Export:
    """A second person lets an unmasked file be written; never the one who asked for it.

    She, too, must have proved who she is a moment ago (``proved_at``).
    """
    export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if export.state != State.APPROVAL:
        return export
    if by.pk == export.requested_by_id:
        raise MayNotApprove(_("申请人自己不能批准，请另一位有权限的管理员来办。"))
    if not (may_unmask(by) and covers(by, export.region)):
        raise MayNotApprove(_("您没有批准这份导出的权限。"))
    require_fresh_log_in(proved_at=proved_at, at=at)
    export.state, export.approved_by = State.QUEUED, by
    export.save(update_fields=["state", "approved_by"])
    settle(kind="export_approval", key=str(export.pk), at=at)
    record_audit(by=by, action="export.approved", at=at, subject=export, region=export.region_id)
    _enqueue(export)
    return export


@transaction.atomic
def cancel_export(*, export: Export, by: Member, at: datetime) -> Export:
    """Stop a file that waits or is being written; one that is ready is taken away."""
    export = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if export.state in {State.CANCELLED, State.EXPIRED, State.FAILED}:
        return export
    _drop_file(export)
    export.state, export.finished_at = State.CANCELLED, at
    export.save(update_fields=["state", "finished_at", "file"])
    settle(kind="export_approval", key=str(export.pk), at=at)
    record_audit(by=by, action="export.cancelled", at=at, subject=export, region=export.region_id)
    return export


def _enqueue(export: Export) -> None:
    from training.tasks import write_export_file

    transaction.on_commit(lambda: write_export_file.enqueue(export.pk))


def note_download(*, export: Export, by: Member, at: datetime) -> None:
    """Audit that somebody took the file."""
    record_audit(
        by=by,
        action="export.downloaded",
        at=at,
        subject=export,
        region=export.region_id,
        hash=export.row_hash,
    )


def expire_exports(at: datetime) -> None:
    """A round: take away files whose time is over, and begin lapsed ones anew."""
    for export in Export.objects.filter(state=State.READY, expires_at__lte=at):
        with transaction.atomic():
            _drop_file(export)
            export.state = State.EXPIRED
            export.save(update_fields=["state", "file"])
    lapsed = Q(state=State.RUNNING, lease_until__lt=at)
    forgotten = Q(state=State.QUEUED, requested_at__lt=at - 5 * LEASE)
    for export in Export.objects.filter(lapsed | forgotten):
        _enqueue(export)


def _drop_file(export: Export) -> None:
    if export.file:
        storages["private"].delete(export.file)
        export.file = ""


def address_of(export: Export) -> str:
    return reverse("training:exports", args=[export.region_id])
