"""名单: the roster of a class, an upload and what was found in it, importing and taking back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.http import MemberRequest
from community.models import Region
from community.refusals import Refusal
from community.spreadsheets.template import write_template
from community.views.area import area_or_403
from training.forms.roster import RosterFileForm
from training.models import Cohort, Enrolment, RosterBatch
from training.operations.enrolment import withdraw
from training.operations.roster import AlreadyUploaded, check_roster
from training.operations.roster_work import MOST_BYTES_AT_ONCE, check_roster_later
from training.permissions import can_run
from training.reports.classes import class_lines, classes_in
from training.reports.roster import batches_of, roster_of
from training.roster.columns import COLUMNS, ID_KINDS

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 50


@require_safe
@login_required
def rosters(request: MemberRequest, area: str) -> HttpResponse:
    """Classes that take people, with the way to each roster."""
    region = area_or_403(request, area)
    today = timezone.localdate()
    page = Paginator(
        classes_in(viewer=request.user, region=region, today=today).exclude(
            state=Cohort.State.DRAFT
        ),
        20,
    ).get_page(request.GET.get("page"))
    lines = class_lines(
        cohorts=list(page.object_list), viewer=request.user, region=region, today=today
    )
    context = {"region": region, "page": page, "lines": lines}
    return render(request, "training/rosters.html", context)


@require_safe
@login_required
def roster_template(request: MemberRequest) -> HttpResponse:
    """The empty .xlsx to fill in."""
    from community.models import Member

    content = write_template(
        COLUMNS,
        title=_("参训名单"),
        notes=[
            _("带*的列要填。证件号和手机号按文本填写，不要用数字格式。"),
            _("县填全称或简称都可以；市中区等重名的县，请填好市州。"),
        ],
        lists={
            "证件类型": list(dict.fromkeys(k for k in ID_KINDS if k.endswith("证") or "护照" in k))[
                :5
            ],
            "人员类别": [str(words) for words in Member.TraineeType.labels],
        },
    )
    response = HttpResponse(content, content_type=SHEET)
    response["Content-Disposition"] = (
        "attachment; filename*=UTF-8''%E5%90%8D%E5%8D%95%E6%A8%A1%E6%9D%BF.xlsx"
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def roster(request: MemberRequest, area: str, cohort_id: int) -> HttpResponse:
    """The people of one class; a POST checks a file and writes nothing to the roster."""
    region = area_or_403(request, area)
    cohort = _cohort(request, cohort_id)
    form = RosterFileForm()
    status = 200
    if request.method == "POST":
        form = RosterFileForm(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            try:
                batch = _check(request, cohort, region, form)
            except AlreadyUploaded as refusal:
                first = batches_of(cohort=cohort, region=region, viewer=request.user)
                if not first.filter(pk=refusal.details["batch"]).exists():
                    form.add_error("file", str(refusal))  # it came from another region
                    return _roster_page(request, region, cohort, form, status)
                messages.info(request, str(refusal))
                return redirect("training:roster_batch", region.code, refusal.details["batch"])
            except Refusal as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect("training:roster_batch", region.code, batch.pk)
    return _roster_page(request, region, cohort, form, status)


def _roster_page(
    request: MemberRequest, region: Region, cohort: Cohort, form: RosterFileForm, status: int
) -> HttpResponse:
    search = request.GET.get("q", "")
    page = Paginator(
        roster_of(cohort=cohort, region=region, viewer=request.user, search=search), PER_PAGE
    ).get_page(request.GET.get("page"))
    context = {
        "region": region,
        "cohort": cohort,
        "form": form,
        "page": page,
        "search": search,
        "batches": batches_of(cohort=cohort, region=region, viewer=request.user)[:10],
        "may_run": can_run(request.user, cohort),
    }
    return render(request, "training/roster.html", context, status=status)


def _check(
    request: MemberRequest, cohort: Cohort, region: Region, form: RosterFileForm
) -> RosterBatch:
    upload = form.cleaned_data["file"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"roster{Path(upload.name).suffix.lower()[:5]}"
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        check = check_roster_later if upload.size > MOST_BYTES_AT_ONCE else check_roster
        return check(
            cohort=cohort,
            file=path,
            region=region,
            by=request.user,
            at=timezone.now(),
            name=upload.name,
            is_authoritative=form.cleaned_data["is_authoritative"],
        )


@require_POST
@login_required
def withdraw_one(request: MemberRequest, area: str, enrolment_id: int) -> HttpResponse:
    """Take one person off the roster."""
    region = area_or_403(request, area)
    enrolment = get_object_or_404(
        Enrolment.objects.visible_to(request.user)
        .filter(county_id__gte=region.prefix.ljust(6, "0"))
        .filter(county_id__lte=region.prefix.ljust(6, "9")),
        pk=enrolment_id,
    )
    withdraw(
        enrolment=enrolment,
        by=request.user,
        at=timezone.now(),
        reason=request.POST.get("reason", "")[:200],
    )
    messages.info(request, _("%(name)s已退出名单。") % {"name": enrolment.name})
    return redirect("training:roster", region.code, enrolment.cohort_id)


def _cohort(request: MemberRequest, cohort_id: int) -> Cohort:
    return get_object_or_404(
        Cohort.objects.visible_to(request.user).select_related("programme", "host_region"),
        pk=cohort_id,
    )
