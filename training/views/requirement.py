"""录入作业和成绩: one person at a time, or a spreadsheet (ruling 20)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.http import MemberRequest
from community.refusals import Refusal
from training.curriculum import FrozenRequirement, curriculum_of
from training.forms.requirement import ResultFileForm, ResultForm
from training.models import Cohort, RequirementResult
from training.operations.requirement import record_result
from training.operations.result_import import ResultsFaulty, gradable_by, import_results
from training.views.closing import class_for

PER_PAGE = 50
SHOWN_FAULTS = 200


def _chosen(cohort: Cohort, key: str) -> tuple[list[FrozenRequirement], FrozenRequirement | None]:
    """All requirements of the class, and the one that the address names (else the first)."""
    everything = list(curriculum_of(cohort).requirements)
    if not key:
        return everything, everything[0] if everything else None
    chosen = next((r for r in everything if str(r.key) == key), None)
    if chosen is None:
        raise Http404
    return everything, chosen


def _gradable_class(request: MemberRequest, cohort_id: int) -> Cohort:
    cohort = class_for(request, cohort_id)
    if not gradable_by(request.user, cohort).exists():
        raise Http404
    return cohort


@login_required
@require_safe
def results(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """Everybody whom the viewer may grade, with what was decided so far."""
    cohort = _gradable_class(request, cohort_id)
    return _page(request, cohort, ResultFileForm(), request.GET.get("work", ""))


def _page(
    request: MemberRequest,
    cohort: Cohort,
    form: ResultFileForm,
    key: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    requirements, chosen = _chosen(cohort, key)
    people = gradable_by(request.user, cohort).select_related("member", "county")
    if query := request.GET.get("q", "").strip()[:50]:
        people = people.filter(name__contains=query)
    page = Paginator(people.order_by("name_key", "name", "pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    decided = {
        result.enrolment_id: result
        for result in RequirementResult.objects.filter(
            requirement_id=chosen.key if chosen else 0, enrolment__in=[p.pk for p in page]
        )
    }
    context = {
        "cohort": cohort,
        "requirements": requirements,
        "chosen": chosen,
        "form": form,
        "page": page,
        "query": query,
        "rows": [(person, decided.get(person.pk)) for person in page],
        **more,
    }
    return render(request, "training/results.html", context, status=status)


@login_required
@require_POST
def upload_results(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """All of a file or nothing of it; what is wrong is listed row by row."""
    cohort = _gradable_class(request, cohort_id)
    key = request.POST.get("work", "")
    _all, chosen = _chosen(cohort, key)
    form = ResultFileForm(request.POST, request.FILES)
    if chosen is None:
        raise Http404
    if not form.is_valid():
        return _page(request, cohort, form, key, status=422)
    upload: UploadedFile[Any] = form.cleaned_data["file"]
    try:
        done = _import(cohort, chosen, upload, request)
    except ResultsFaulty as refusal:
        form.add_error("file", refusal.message)
        faults = refusal.details["faults"]
        return _page(
            request,
            cohort,
            form,
            key,
            status=422,
            faults=faults[:SHOWN_FAULTS],
            fault_count=len(faults),
        )
    except Refusal as refusal:
        form.add_error("file", refusal.message)
        return _page(request, cohort, form, key, status=422)
    messages.success(
        request,
        _("已录入%(written)d人，%(unchanged)d人没有变化。")
        % {"written": done.written, "unchanged": done.unchanged},
    )
    return redirect(f"{reverse('training:results', args=[cohort.pk])}?work={chosen.key}")


def _import(
    cohort: Cohort, chosen: FrozenRequirement, upload: UploadedFile[Any], request: MemberRequest
) -> Any:
    name = Path(upload.name or "").name or _("结果表格")
    with tempfile.TemporaryDirectory(prefix="tongke-results-") as folder:
        path = Path(folder) / f"upload{Path(name).suffix[:6]}"
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        return import_results(
            cohort=cohort,
            requirement_key=chosen.key,
            path=path,
            file_name=name,
            by=request.user,
            at=timezone.now(),
        )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def result(request: MemberRequest, cohort_id: int, enrolment_id: int, key: int) -> HttpResponse:
    """One person's result of one requirement."""
    cohort = _gradable_class(request, cohort_id)
    enrolment = get_object_or_404(
        gradable_by(request.user, cohort).select_related("county"), pk=enrolment_id
    )
    _all, chosen = _chosen(cohort, str(key))
    assert chosen is not None
    stored = RequirementResult.objects.filter(enrolment=enrolment, requirement_id=key).first()
    if request.method == "POST":
        form = ResultForm(request.POST, kind=chosen.kind)
        if form.is_valid():
            try:
                record_result(
                    enrolment=enrolment,
                    requirement_key=key,
                    verdict=form.verdict(),
                    by=request.user,
                    at=timezone.now(),
                )
            except Refusal as refusal:
                form.add_error("score" if chosen.kind == "score" else None, refusal.message)
            else:
                said = {"name": enrolment.name, "title": chosen.title}
                messages.success(request, _("已录入%(name)s的“%(title)s”。") % said)
                address = reverse("training:results", args=[cohort.pk])
                return redirect(f"{address}?work={key}")
    else:
        first = vars(stored) if stored else {"state": RequirementResult.State.ACCEPTED}
        form = ResultForm(initial=first, kind=chosen.kind)
    context = {"cohort": cohort, "enrolment": enrolment, "chosen": chosen, "form": form}
    status = 422 if form.errors else 200
    return render(request, "training/result.html", context, status=status)
