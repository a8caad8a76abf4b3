"""班次设置: one class as it is planned, its facts and its next step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.http import MemberRequest
from community.refusals import Refusal
from community.scope import regions_coordinated
from training.forms.cohort import ClassForm
from training.models import Cohort
from training.operations.cohort import DatesInDisorder, move_cohort, open_cohort
from training.operations.planning import change_cohort
from training.operations.runner import require_runner
from training.permissions import can_run
from training.reports.class_plan import (
    next_step,
    outside,
    planned_sessions,
    staff_of,
    untaught,
)


def class_planned(request: MemberRequest, cohort_id: int) -> Cohort:
    """The class, for who runs it; once it is open also, to read, for coordinators who see it; else 404."""
    cohort = get_object_or_404(
        Cohort.objects.visible_to(request.user).select_related(
            "programme", "host_region", "stop__region"
        ),
        pk=cohort_id,
    )
    own = regions_coordinated(request.user)
    runs = can_run(request.user, cohort)
    if not runs and (cohort.state == Cohort.State.DRAFT or not own):
        raise Http404
    area = cohort.host_region_id if runs else own[0].code
    vars(request).update(frame_here="desk", frame_area=area, frame_tab="sessions")
    return cohort


def class_to_plan(request: MemberRequest, cohort_id: int) -> Cohort:
    """The class, for who runs it. Who may only read it is refused in words (ruling 6)."""
    cohort = class_planned(request, cohort_id)
    require_runner(request.user, cohort)
    return cohort


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def class_settings(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """Facts, half-days and the next step; a POST changes name, days, place, lateness, sign-out."""
    if request.method != "POST":
        cohort = class_planned(request, cohort_id)
        return _page(request, cohort, ClassForm(initial=ClassForm.of(cohort)))
    cohort = class_to_plan(request, cohort_id)
    form = ClassForm(request.POST)
    if form.is_valid():
        try:
            change_cohort(cohort=cohort, by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            place = "ends_on" if isinstance(refusal, DatesInDisorder) else None
            form.add_error(place, refusal.message)
        else:
            messages.success(request, _("已保存班次信息。"))
            return redirect("training:class_settings", cohort.pk)
    return _page(request, cohort, form, status=422)


def _page(
    request: MemberRequest, cohort: Cohort, form: ClassForm, *, status: int = 200
) -> HttpResponse:
    sessions = list(planned_sessions(cohort))
    runs = can_run(request.user, cohort)
    is_closed = cohort.state in {Cohort.State.CLOSED, Cohort.State.ARCHIVED}
    context: dict[str, Any] = {
        "cohort": cohort,
        "area": vars(request)["frame_area"],
        "runs": runs,
        "may_change": runs and not is_closed,
        "form": form,
        "sessions": sessions,
        "untaught": untaught(cohort, sessions),
        "outside": outside(cohort, sessions),
        "step": next_step(cohort) if runs else None,
    }
    if runs:
        context["people"] = cohort.enrolments.active().count()
        context["staff"] = list(staff_of(cohort, viewer=request.user)[:5])
    return render(request, "training/class_settings.html", context, status=status)


@require_POST
@login_required
def move_on(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """The step that the button named: 开放报名, 开始上课, 转为待结班."""
    cohort = class_to_plan(request, cohort_id)
    to = request.POST.get("to", "")
    at = timezone.now()
    try:
        if to == Cohort.State.ENROLLING:
            cohort = open_cohort(cohort=cohort, by=request.user, at=at)
        elif to in {Cohort.State.RUNNING, Cohort.State.TO_CLOSE}:
            cohort = move_cohort(cohort=cohort, to=to, by=request.user, at=at)
        else:
            raise Http404
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            _("“%(name)s”现在是%(state)s。")
            % {"name": cohort.name, "state": cohort.get_state_display()},
        )
    return redirect("training:class_settings", cohort.pk)
