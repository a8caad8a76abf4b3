"""One uploaded roster: what was found in it, mending it, importing it and taking it back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.http import MemberRequest, number_typed
from community.models import Region
from community.spreadsheets.returned import write_with_faults
from community.views.area import area_or_403
from community.wording import thousands
from training.models import RosterBatch
from training.operations.roster import BatchSettled, correct_rows, discard_batch
from training.operations.roster_file import corrections_of, findings_of, original
from training.operations.roster_import import NeedsConfirmation, import_roster
from training.operations.roster_undo import can_undo, undo_batch
from training.operations.roster_work import (
    MOST_ROWS_AT_ONCE,
    BatchBusy,
    correct_rows_later,
    import_roster_later,
    rows_done,
)
from training.reports.roster import fault_sentences, rows_alike, rows_to_mend
from training.roster.columns import COLUMNS, TITLES
from training.roster.corrections import Corrections
from training.roster.findings import Findings
from training.roster.fixes import apply, groups, label, row_list

SHOWN_ROWS = 50
MOST_CONFIRMED = 1_000_000


@require_safe
@login_required
def roster_batch(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """What was found in one upload, and what can be done about it; or how far a task has come."""
    region = area_or_403(request, area)
    batch = _batch(request, region, batch_id)
    if batch.is_working:
        return _working_page(request, region, batch)
    return _batch_page(request, region, batch)


def _working_page(request: MemberRequest, region: Region, batch: RosterBatch) -> HttpResponse:
    done = rows_done(batch)
    context = {
        "region": region,
        "batch": batch,
        "cohort": batch.cohort,
        "is_import": batch.summary["work"]["kind"] == "import",
        "done": done,
        "share": done * 100 // batch.row_count if batch.row_count else 0,
    }
    return render(request, "training/roster_working.html", context)


def _batch_page(
    request: MemberRequest,
    region: Region,
    batch: RosterBatch,
    *,
    status: int = 200,
) -> HttpResponse:
    findings = _found(batch) if batch.state == RosterBatch.State.CHECKED else None
    context: dict[str, Any] = {
        "region": region,
        "batch": batch,
        "cohort": batch.cohort,
        "findings": findings,
        "can_undo": can_undo(batch, timezone.now()),
        "asked": batch.summary.get("asked"),
        "trouble": batch.summary.get("trouble"),
    }
    if findings is not None:
        context |= {
            "groups": [
                {
                    "key": group.key,
                    "rows": row_list(group.rows),
                    "count": len(group.rows),
                    "words": str(fault_words(group.fault)),
                    "fixes": [
                        (number, label(fix, group.fault)) for number, fix in enumerate(group.fixes)
                    ],
                }
                for group in groups(findings.problems)
            ],
            "lines": rows_to_mend(findings.problems[:SHOWN_ROWS]),
            "doubts": findings.doubts[:SHOWN_ROWS],
        }
    return render(request, "training/roster_batch.html", context, status=status)


def fault_words(fault: Any) -> str:
    """A fault as one sentence."""
    from training.roster.faults import words

    return str(words(fault))


@require_POST
@login_required
def fix_alike(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """Mend every row of one group in the way of one button."""
    region = area_or_403(request, area)
    batch = _batch(request, region, batch_id)
    chosen, _sep, number = request.POST.get("fix", "").partition(":")
    fault, rows = rows_alike(_found(batch).problems, chosen)
    which = {str(at): fix for at, fix in enumerate(fault.fixes)} if fault else {}
    if number not in which:
        messages.info(request, _("这一类问题已经变化，请按现在的结果再处理。"))
        return redirect("training:roster_batch", region.code, batch.pk)
    mended = Corrections()
    apply(which[number], rows, mended)
    _correct(
        batch=batch,
        cells=mended.cells,
        decisions=mended.decisions,
        by=request.user,
        at=timezone.now(),
    )
    messages.info(request, _("已改%(rows)s行。") % {"rows": thousands(len(rows))})
    return redirect("training:roster_batch", region.code, batch.pk)


@require_POST
@login_required
def correct(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """Keep what was typed into faulty rows and decided about doubtful ones; check them again."""
    region = area_or_403(request, area)
    batch = _batch(request, region, batch_id)
    findings = _found(batch)
    cells: dict[int, dict[str, str]] = {}
    decisions: dict[int, dict[str, Any]] = {}
    for problem in findings.problems:
        for fault in problem.faults:
            typed = request.POST.get(f"r{problem.number}-{fault.column}")
            if typed is not None and typed != fault.value:
                cells.setdefault(problem.number, {})[fault.column] = typed[:200]
    for doubt in findings.doubts:
        answer = request.POST.get(f"d{doubt.number}")
        asked = sorted(suspect.other for suspect in doubt.suspects)
        if answer is not None and (answer == "" or answer in asked):
            decisions[doubt.number] = {"person": {"asked": asked, "same_as": answer}}
    if cells or decisions:
        batch = _correct(
            batch=batch, cells=cells, decisions=decisions, by=request.user, at=timezone.now()
        )
        left = batch.fault_count + batch.duplicate_count
        said = _("已保存并重新检查，还有%(n)s行要改。") % {"n": left}
        messages.info(request, _("已保存，正在重新检查。") if batch.is_working else said)
    return redirect("training:roster_batch", region.code, batch.pk)


@require_POST
@login_required
def import_batch(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """Write the good rows to the roster; many removals or moves are asked for once more."""
    region = area_or_403(request, area)
    batch = _batch(request, region, batch_id)
    confirmed = number_typed(request.POST.get("confirmed", ""), most=MOST_CONFIRMED)
    if batch.row_count > MOST_ROWS_AT_ONCE:
        import_roster_later(batch=batch, confirmed=confirmed, by=request.user, at=timezone.now())
        return redirect("training:roster_batch", region.code, batch.pk)
    try:
        batch = import_roster(batch=batch, confirmed=confirmed, by=request.user, at=timezone.now())
    except NeedsConfirmation as refusal:
        batch.summary["asked"] = {"words": str(refusal), "count": refusal.details["count"]}
        return _batch_page(request, region, batch, status=409)
    messages.info(
        request,
        _("已导入%(rows)s行。72小时内可以整批撤销。") % {"rows": thousands(batch.good_count)},
    )
    return redirect("training:roster_batch", region.code, batch.pk)


@require_POST
@login_required
def undo(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """Take an import back."""
    region = area_or_403(request, area)
    batch = undo_batch(batch=_batch(request, region, batch_id), by=request.user, at=timezone.now())
    spared = batch.summary.get("spared") or []
    if spared:
        names = "、".join(str(each if isinstance(each, str) else each[0]) for each in spared[:10])
        messages.warning(
            request, _("已撤销。已签到的人保留在名单里：%(names)s。") % {"names": names}
        )
    else:
        messages.info(request, _("已撤销这次导入。"))
    return redirect("training:roster_batch", region.code, batch.pk)


@require_POST
@login_required
def discard(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """Give up an upload that was not imported."""
    region = area_or_403(request, area)
    batch = discard_batch(
        batch=_batch(request, region, batch_id), by=request.user, at=timezone.now()
    )
    messages.info(request, _("已放弃“%(file)s”，名单没有变化。") % {"file": batch.file_name})
    return redirect("training:roster", region.code, batch.cohort_id)


@require_safe
@login_required
def faults_file(request: MemberRequest, area: str, batch_id: int) -> HttpResponse:
    """The rows to be mended, as the same kind of file, with 错误说明 beside them."""
    region = area_or_403(request, area)
    batch = _batch(request, region, batch_id)
    sentences = fault_sentences(_found(batch))
    typed = corrections_of(batch).cells
    with TemporaryDirectory() as folder:
        source = Path(folder) / f"roster.{batch.file_format}"
        source.write_bytes(original(batch))
        out = Path(folder) / f"faults.{batch.file_format}"
        write_with_faults(
            source,
            sentences,
            out,
            columns=COLUMNS,
            only_faulty=True,
            corrected={
                row: {TITLES[key]: text for key, text in cells.items()}
                for row, cells in typed.items()
            },
        )
        content = out.read_bytes()
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="faults.{batch.file_format}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _correct(*, batch: RosterBatch, **typed: Any) -> RosterBatch:
    if batch.row_count > MOST_ROWS_AT_ONCE:
        return correct_rows_later(batch=batch, **typed)
    return correct_rows(batch=batch, **typed)


def _found(batch: RosterBatch) -> Findings:
    """What was found; refuses while a task is at it, and where it was given up and taken away."""
    if batch.is_working:
        raise BatchBusy(
            _("“%(file)s”正在检查或导入，请等它完成再处理。") % {"file": batch.file_name}
        )
    if batch.state == RosterBatch.State.DISCARDED:
        raise BatchSettled(
            _("“%(file)s”%(state)s，不能再改。请重新上传。")
            % {"file": batch.file_name, "state": batch.get_state_display()}
        )
    return findings_of(batch)


def _batch(request: MemberRequest, region: Region, batch_id: int) -> RosterBatch:
    """An upload of this region, and of nobody else's."""
    return get_object_or_404(
        RosterBatch.objects.visible_to(request.user)
        .filter(
            region_id__gte=region.prefix.ljust(6, "0"), region_id__lte=region.prefix.ljust(6, "9")
        )
        .select_related("cohort", "region", "uploaded_by"),
        pk=batch_id,
    )
