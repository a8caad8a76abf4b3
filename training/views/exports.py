"""导出: asking, watching, taking, stopping."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.fresh_log_in import confirm_address, proved_at
from community.http import MemberRequest
from community.models import Region
from community.refusals import Refusal
from community.views.area import area_or_403
from training.forms.export import ExportForm
from training.models import Export
from training.operations.export import (
    NotFreshlyLoggedIn,
    approve_export,
    cancel_export,
    may_unmask,
    note_download,
    request_export,
)

_TYPED = "export_typed:"
"""A filled-in form waits in the session under this and its region."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def exports(request: MemberRequest, area: str) -> HttpResponse:
    """The form and the files of this region; a POST queues a file."""
    region = area_or_403(request, area)
    if request.method == "POST":
        form = ExportForm(request.POST, viewer=request.user, region=region)
        if form.is_valid():
            try:
                export = request_export(
                    order=form.order(),
                    by=request.user,
                    at=timezone.now(),
                    proved_at=proved_at(request),
                )
            except NotFreshlyLoggedIn:
                return _confirm_first(request, region, form)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                said = (
                    _("已提交申请，等第二人批准后生成。")
                    if export.state == Export.State.APPROVAL
                    else _("开始生成。可以离开这一页，好了会发消息。")
                )
                messages.info(request, said)
                return redirect("training:exports", area=region.code)
        return _page(request, region, form, status=422)
    first = request.session.pop(_TYPED + region.code, None) or {
        "kind": Export.Kind.COMPLETIONS,
        "programme": request.GET.get("programme"),
        "cohort": request.GET.get("cohort"),
    }
    return _page(request, region, ExportForm(initial=first, viewer=request.user, region=region))


def _confirm_first(request: MemberRequest, region: Region, form: ExportForm) -> HttpResponse:
    """Ask who she is once more; then the form is there again as she had filled it in."""
    confirm = confirm_address(request, back=request.path)
    if confirm is None:
        form.add_error(None, _("您没有设密码。请退出登录，再用手机验证码登录，5分钟内来办。"))
        return _page(request, region, form, status=422)
    request.session[_TYPED + region.code] = form.typed()
    messages.info(request, _("要完整证件号，请先确认是您本人。确认以后回到填好的表，再生成文件。"))
    return redirect(confirm)


def _page(
    request: MemberRequest, region: Region, form: ExportForm, status: int = 200
) -> HttpResponse:
    files = (
        Export.objects.visible_to(request.user)
        .filter(region=region)
        .select_related("requested_by", "programme", "cohort")
    )
    page = Paginator(files, 20).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "region": region,
        "form": form,
        "page": page,
        "is_moving": any(export.state in {"queued", "running"} for export in page),
        "may_approve": may_unmask(request.user),
    }
    return render(request, "training/exports.html", context, status=status)


@require_safe
@login_required
def download(request: MemberRequest, export_id: int) -> FileResponse:
    """The file itself, to people of its region only; an unmasked one only to who asked or approved."""
    export = _export(request, export_id)
    if export.state != Export.State.READY or not storages["private"].exists(export.file):
        raise Http404
    if export.is_unmasked and request.user.pk not in {
        export.requested_by_id,
        export.approved_by_id,
    }:
        raise Http404
    if request.method == "GET":
        note_download(export=export, by=request.user, at=timezone.now())
    response = FileResponse(
        storages["private"].open(export.file),
        as_attachment=True,
        filename=export.file_name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    response["X-Row-SHA256"] = export.row_hash
    return response


@require_POST
@login_required
def approve(request: MemberRequest, export_id: int) -> HttpResponse:
    export = _export(request, export_id)
    try:
        export = approve_export(
            export=export, by=request.user, at=timezone.now(), proved_at=proved_at(request)
        )
    except NotFreshlyLoggedIn:
        back = reverse("training:exports", args=[export.region_id])
        confirm = confirm_address(request, back=back)
        if confirm is None:
            raise
        messages.info(request, _("批准以前，请先确认是您本人，再点一次批准。"))
        return redirect(confirm)
    messages.info(request, _("已批准%(file)s，正在生成。") % {"file": export.file_name})
    return redirect("training:exports", area=export.region_id)


@require_POST
@login_required
def cancel(request: MemberRequest, export_id: int) -> HttpResponse:
    export = cancel_export(export=_export(request, export_id), by=request.user, at=timezone.now())
    messages.info(request, _("已停止%(file)s。") % {"file": export.file_name})
    return redirect("training:exports", area=export.region_id)


def _export(request: MemberRequest, export_id: int) -> Export:
    return get_object_or_404(
        Export.objects.visible_to(request.user).select_related("region", "requested_by"),
        pk=export_id,
    )
