"""加一个人: one person on the roster of a class, without a file."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from community.http import MemberRequest
from community.models import Institution, Region
from community.refusals import Refusal
from community.views.area import area_or_403
from training.forms.roster_person import RosterPersonForm
from training.models import Cohort, RosterBatch
from training.operations.roster import AlreadyUploaded
from training.operations.roster_import import NeedsConfirmation
from training.operations.roster_person import RowDoubtful, RowFaulty, add_person

UNITS_OFFERED = 300


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def roster_person(request: MemberRequest, area: str, cohort_id: int) -> HttpResponse:
    """One form, judged by the rules of the file; what is doubtful is decided where files are."""
    region = area_or_403(request, area)
    cohort = get_object_or_404(
        Cohort.objects.visible_to(request.user).select_related("programme", "host_region"),
        pk=cohort_id,
    )
    regions = _regions(region)
    first = {"form_number": secrets.token_hex(8)}
    form = RosterPersonForm(request.POST or None, regions=regions, initial=first)
    if request.method == "POST" and form.is_valid():
        answer = _add(request, cohort, region, form)
        if answer is not None:
            return answer
    context = {
        "region": region,
        "cohort": cohort,
        "form": form,
        "units": _units(request, region),
        "can_mend": form.has_fixes,
    }
    status = 422 if form.errors else 200
    return render(request, "training/roster_person.html", context, status=status)


def _add(
    request: MemberRequest, cohort: Cohort, region: Region, form: RosterPersonForm
) -> HttpResponse | None:
    """Where the browser goes on; None where there is something to mend in the form."""
    name = form.cleaned_data["name"]
    try:
        batch = add_person(
            cohort=cohort,
            region=region,
            cells=form.cells(),
            form_number=form.cleaned_data["form_number"],
            keeps_faulty="mend" in request.POST,
            by=request.user,
            at=timezone.now(),
        )
    except RowFaulty as refusal:
        if "mend" in request.POST:
            return redirect("training:roster_batch", region.code, refusal.details["batch"])
        form.add_faults(refusal.details["faults"])
        return None
    except AlreadyUploaded as refusal:
        return _sent_before(request, cohort, region, refusal.details["batch"])
    except (RowDoubtful, NeedsConfirmation) as refusal:
        messages.warning(request, refusal.message)
        return redirect("training:roster_batch", region.code, refusal.details["batch"])
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return None
    messages.success(request, _said(batch) % {"name": name})
    return redirect("training:roster", region.code, cohort.pk)


def _said(batch: RosterBatch) -> str:
    effects = batch.summary.get("effects", {})
    if effects.get("same"):
        return _("%(name)s已经在名单里，没有变化。")
    if effects.get("updated"):
        return _("%(name)s已经在名单里，已按填写的内容更新。")
    return _("已把%(name)s加入名单。72小时内可以在“上传过的文件”里撤销。")


def _sent_before(
    request: MemberRequest, cohort: Cohort, region: Region, batch_id: int
) -> HttpResponse:
    """The same form came twice: she is on the roster, or still waits for a decision."""
    batch = get_object_or_404(RosterBatch.objects.visible_to(request.user), pk=batch_id)
    if batch.state == RosterBatch.State.CHECKED:
        return redirect("training:roster_batch", region.code, batch.pk)
    messages.info(request, _("这个人已经加入名单，没有重复添加。"))
    return redirect("training:roster", region.code, cohort.pk)


def _regions(region: Region) -> list[Region]:
    """Where her school may lie: the area itself, or the cities and counties in it."""
    if region.level == Region.Level.COUNTY:
        return [region]
    return list(
        Region.objects.within(region)
        .exclude(level=Region.Level.PROVINCE)
        .select_related("parent")
        .order_by("code")
    )


def _units(request: MemberRequest, region: Region) -> list[str]:
    """Names to choose from while typing; only of one county, more would be a list of everything."""
    if region.level != Region.Level.COUNTY:
        return []
    known = Institution.objects.visible_to(request.user).filter(region=region).order_by("name")
    return list(known.values_list("name", flat=True)[:UNITS_OFFERED])
