"""单位: the schools and offices of an area: list, add, put right, close and open again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.forms.institutions import InstitutionForm, NewInstitutionForm
from community.forms.reasons import ReasonForm
from community.http import MemberRequest
from community.models import Institution, Region
from community.operations.institution import (
    add_institution,
    change_institution,
    set_institution_open,
)
from community.refusals import Refusal
from community.reports.institutions import institutions_in, people_at
from community.views.area import area_or_403

PER_PAGE = 50
_SHOWN = ("name", "kind", "stage", "identifier", "phone")


@require_safe
@login_required
def institutions(request: MemberRequest, area: str) -> HttpResponse:
    """Search and pages, with how many people work at each."""
    region = area_or_403(request, area)
    search, state = request.GET.get("q", "")[:50], request.GET.get("state", "")
    found = institutions_in(region=region, viewer=request.user, search=search, state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    people = people_at(list(page.object_list))
    context = {
        "region": region,
        "search": search,
        "state": state if state == "closed" else "",
        "page": page,
        "lines": [(one, people.get(one.pk, 0)) for one in page],
    }
    return render(request, "community/institutions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: MemberRequest, area: str) -> HttpResponse:
    """新增单位; those that look like it are shown before a second of the same is made."""
    region = area_or_403(request, area)
    form = NewInstitutionForm(
        request.POST or None,
        regions=Region.objects.within(region).order_by("code"),
        schools=institutions_in(region=region, viewer=request.user),
        initial={"region": region.code},
    )
    if form.is_valid():
        typed = {key: value for key, value in form.cleaned_data.items() if key != "is_another"}
        try:
            made = add_institution(by=request.user, at=timezone.now(), **typed)
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("已新增%(name)s。") % {"name": made.name})
            return redirect("institution", region.code, made.pk)
    context = {"region": region, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "community/institution_add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution(request: MemberRequest, area: str, institution_id: int) -> HttpResponse:
    """One school; a POST puts its data right."""
    region = area_or_403(request, area)
    school = _school(request, region, institution_id)
    known = {name: getattr(school, name) for name in _SHOWN}
    form = InstitutionForm(request.POST or None, initial=known)
    if form.is_valid():
        try:
            school = change_institution(
                institution=school, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已保存%(name)s。") % {"name": school.name})
            return redirect("institution", region.code, school.pk)
    status = 422 if request.method == "POST" else 200
    return _page(request, region, school, form, ReasonForm(), status)


@require_POST
@login_required
def state(request: MemberRequest, area: str, institution_id: int) -> HttpResponse:
    """停用 or 恢复, as the button said: a page sent twice does not turn it back."""
    region = area_or_403(request, area)
    school = _school(request, region, institution_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            school = set_institution_open(
                institution=school,
                is_open=request.POST.get("open") == "1",
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("reason", str(refusal))
        else:
            said = _("已恢复%(name)s。") if school.is_open else _("已停用%(name)s。")
            messages.success(request, said % {"name": school.name})
            return redirect("institution", region.code, school.pk)
    known = {name: getattr(school, name) for name in _SHOWN}
    return _page(request, region, school, InstitutionForm(initial=known), form, 422)


def _page(
    request: MemberRequest,
    region: Region,
    school: Institution,
    form: Form,
    state_form: Form,
    status: int,
) -> HttpResponse:
    context = {
        "region": region,
        "school": school,
        "form": form,
        "state_form": state_form,
        "people": people_at([school])[school.pk],
    }
    return render(request, "community/institution.html", context, status=status)


def _school(request: MemberRequest, region: Region, institution_id: int) -> Institution:
    return get_object_or_404(institutions_in(region=region, viewer=request.user), pk=institution_id)
