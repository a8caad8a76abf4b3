"""结班, 取消结班, 签发, 还差什么 and the archive of one class."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.http import MemberRequest
from community.models import Region
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import regions_coordinated
from training.forms.closing import IssueForm, ReopenForm
from training.models import Closing, Cohort
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.reopening import reopen_cohort
from training.permissions import can_run
from training.reports.closing import (
    People,
    closings_of,
    final_page,
    hurdles,
    may_see_closing,
    papers_of,
    people_after,
    people_before,
)
from training.reports.completion import class_facts

PER_PAGE = 50
_LONGEST = 20


def class_for(request: MemberRequest, cohort_id: int) -> Cohort:
    """The class, for who runs or staffs it or has people of her county in it; 404 for everybody else."""
    cohort = get_object_or_404(
        Cohort.objects.visible_to(request.user)
        .exclude(state=Cohort.State.DRAFT)
        .select_related("host_region", "programme"),
        pk=cohort_id,
    )
    if not may_see_closing(request.user, cohort):
        raise Http404
    vars(request).update(frame_here="desk", frame_area=_area(request, cohort))
    return cohort


def _area(request: MemberRequest, cohort: Cohort) -> str | None:
    """The coordinator's screens stay in the class's region for who runs it, else in her own."""
    if can_run(request.user, cohort):
        return cohort.host_region_id
    own: list[Region] = regions_coordinated(request.user)
    return own[0].code if own else None


@login_required
@require_safe
def closing(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """State, hurdles, people with what they lack, and for who runs the class the deeds."""
    cohort = class_for(request, cohort_id)
    return _page(request, cohort, ReopenForm())


def _page(
    request: MemberRequest, cohort: Cohort, reopen_form: ReopenForm, *, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    runs = can_run(request.user, cohort)
    only = request.GET.get("only", "")[:_LONGEST]
    is_closed = cohort.state in {Cohort.State.CLOSED, Cohort.State.ARCHIVED}
    context: dict[str, Any] = {
        "cohort": cohort,
        "runs": runs,
        "is_closed": is_closed,
        "only": only,
        "closings": list(closings_of(cohort)),
        "reopen_form": reopen_form,
    }
    people: People
    if is_closed:
        people = people_after(cohort=cohort, viewer=request.user, only=only)
        context["papers"] = papers_of(cohort) if runs else None
    else:
        facts = class_facts(cohort)
        people = people_before(cohort=cohort, viewer=request.user, at=at, facts=facts, only=only)
        context["hurdles"] = hurdles(cohort, facts, at)
    page = Paginator(people.shown, PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "people": people,
        "page": page,
        "persons": final_page(page.object_list) if people.is_final else page.object_list,
        "standings": [(standing, people.counts.get(standing, 0)) for standing in people.order],
        "everybody": sum(people.counts.values()),
    }
    return render(request, "training/closing.html", context, status=status)


@login_required
@require_POST
def close(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """结班; a refusal that can be mended here is said on the page itself."""
    cohort = class_for(request, cohort_id)
    try:
        closed = close_cohort(cohort=cohort, by=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        counts = closed.figures["people"]
        messages.success(
            request,
            _("已结班：结业%(passed)d人，待完成%(waiting)d人，未结业%(failed)d人。") % counts,
        )
    return redirect("training:closing", cohort_id=cohort.pk)


@login_required
@require_POST
def reopen(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """取消结班, with a reason."""
    cohort = class_for(request, cohort_id)
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _page(request, cohort, form, status=422)
    try:
        reopen_cohort(
            cohort=cohort, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"]
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("已取消结班，现在是待结班。学时已冲回，证书改为核定中。"))
    return redirect("training:closing", cohort_id=cohort.pk)


@login_required
@require_POST
def issue(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """签发N份: exactly as many as the button said."""
    cohort = class_for(request, cohort_id)
    form = IssueForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有收到要签发的份数，请在这一页重新点“签发”。"))
        return redirect("training:closing", cohort_id=cohort.pk)
    try:
        made = issue_certificates(
            cohort=cohort,
            by=request.user,
            at=timezone.now(),
            expected=form.cleaned_data["expected"],
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request, _("已签发%(count)d份，PDF正在后台生成。") % {"count": made.issued}
        )
    return redirect("training:closing", cohort_id=cohort.pk)


@login_required
@require_safe
def archive(request: MemberRequest, cohort_id: int, number: int) -> HttpResponse | FileResponse:
    """The ZIP of one closing, for who runs the class; each download stands in the audit log."""
    cohort = class_for(request, cohort_id)
    filed = get_object_or_404(Closing.objects.exclude(archive=""), cohort=cohort, number=number)
    if not can_run(request.user, cohort):
        raise Http404
    record_audit(
        by=request.user,
        action="archive.downloaded",
        at=timezone.now(),
        subject=filed,
        region=cohort.host_region_id,
        sha256=filed.archive_hash,
    )
    name = _("%(cohort)s结班档案%(number)d.zip") % {"cohort": cohort.name, "number": number}
    return FileResponse(
        storages["private"].open(filed.archive),
        as_attachment=True,
        filename=name,
        content_type="application/zip",
    )
