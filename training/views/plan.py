"""新建班次: from a programme, like a class that was held, or a whole stop on to the next city."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from community.http import MemberRequest, number_typed
from community.models import Region
from community.refusals import Refusal
from community.views.area import area_or_403
from training.forms.lines import MOST_LINES, faults_in, typed_lines, without
from training.forms.planning import (
    CopyStopForm,
    MeetingForm,
    MeetingLines,
    PlanForm,
    StartForm,
)
from training.models import CityStop, Cohort, Programme
from training.operations.cohort import DatesInDisorder, StopExists, copy_city_stop
from training.operations.planning import CodeTaken, plan_cohort
from training.reports.plan import (
    Plan,
    cities_in,
    hosts_in,
    models_for,
    moved_lines,
    next_line,
    suggest_plan,
)

SHOWN_MODELS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_class(request: MemberRequest, area: str) -> HttpResponse:
    """First what to start from; then the class with its half-days, in one form."""
    region = area_or_403(request, area)
    if "programme" not in request.GET and "like" not in request.GET:
        return _start(request, region)
    plan = _plan(request, region)
    if request.method != "POST":
        return _form(request, region, plan)
    if "make" not in request.POST:
        return _form(request, region, _retyped(request, plan))
    return _make(request, region, plan)


def _start(request: MemberRequest, region: Region) -> HttpResponse:
    programmes = Programme.objects.visible_to(request.user)
    like = models_for(viewer=request.user, programmes=programmes).filter(
        host_region__in=hosts_in(region)
    )
    context = {
        "region": region,
        "form": StartForm(
            programmes=programmes, hosts=hosts_in(region), initial={"host": region.pk}
        ),
        "programmes": programmes.exists(),
        "like": like[:SHOWN_MODELS],
        "cities": cities_in(region).exists(),
    }
    return render(request, "training/class_start.html", context)


def _plan(request: MemberRequest, region: Region) -> Plan:
    """What the address asks for, as a suggestion; 404 for what is not here to choose."""
    programmes = Programme.objects.visible_to(request.user)
    today = timezone.localdate()
    if key := request.GET.get("like", ""):
        known = models_for(viewer=request.user, programmes=programmes)
        like = get_object_or_404(known, pk=number_typed(key))
        host = get_object_or_404(hosts_in(region), pk=like.host_region_id)
        return suggest_plan(programme=like.programme, host=host, today=today, like=like)
    programme = get_object_or_404(programmes, slug=request.GET.get("programme", ""))
    host = get_object_or_404(hosts_in(region), pk=request.GET.get("host", region.pk))
    return suggest_plan(programme=programme, host=host, today=today)


def _retyped(request: MemberRequest, plan: Plan) -> Plan:
    """The page as it was typed, with a line more or less, or with the days moved."""
    lines = typed_lines(MeetingForm, request.POST, "m")
    form = PlanForm(request.POST, stop=plan.stop)
    if "drop" in request.POST:
        lines = without(lines, request.POST["drop"])
    elif "more" in request.POST:
        lines = [*lines, next_line(lines, plan.modules)]
    elif form.is_valid() or "starts_on" in form.cleaned_data:
        lines = moved_lines(lines, form.cleaned_data["starts_on"])
    typed = {name: request.POST.get(name, "") for name in form.fields}
    boxes = {name: name in request.POST for name in ("takes_sign_out", "is_of_stop")}
    return replace(plan, fields={**typed, **boxes}, lines=lines)


def _form(
    request: MemberRequest,
    region: Region,
    plan: Plan,
    form: PlanForm | None = None,
    lines: Any = None,
    *,
    status: int = 200,
) -> HttpResponse:
    if form is None:
        form = PlanForm(initial=plan.fields, stop=plan.stop)
    if lines is None:
        lines = MeetingLines(initial=plan.lines, prefix="m", form_kwargs={"modules": plan.modules})
    context = {
        "region": region,
        "plan": plan,
        "form": form,
        "lines": lines,
        "may_add": len(lines.forms) < MOST_LINES,
        "faults": faults_in(form, *lines.forms),
    }
    return render(request, "training/class_new.html", context, status=status)


def _make(request: MemberRequest, region: Region, plan: Plan) -> HttpResponse:
    form = PlanForm(request.POST, stop=plan.stop)
    lines = MeetingLines(request.POST, prefix="m", form_kwargs={"modules": plan.modules})
    if not all([form.is_valid(), lines.is_valid()]):
        return _form(request, region, plan, form, lines, status=422)
    filled = lines.filled
    try:
        cohort = plan_cohort(
            programme=plan.programme,
            host_region=plan.host,
            meetings=[line.meeting() for line in filled],
            like=plan.like,
            **form.facts(),
            by=request.user,
            at=timezone.now(),
        )
    except CodeTaken as refusal:
        made = _made_before(request, plan, form)
        if made is not None:
            messages.info(request, _("“%(name)s”已经建好，没有再建一个。") % {"name": made.name})
            return redirect("training:class_settings", made.pk)
        form.add_error("code", refusal.message)
    except DatesInDisorder as refusal:
        form.add_error("ends_on", refusal.message)
    except Refusal as refusal:
        number = refusal.details.get("meeting")
        if number is None:
            form.add_error(None, refusal.message)
        else:
            filled[number].add_refusal(refusal)
    else:
        messages.success(
            request,
            _("已建好“%(name)s”，%(n)d个场次，现在是草稿。")
            % {"name": cohort.name, "n": len(filled)},
        )
        return redirect("training:class_settings", cohort.pk)
    return _form(request, region, plan, form, lines, status=422)


def _made_before(request: MemberRequest, plan: Plan, form: PlanForm) -> Cohort | None:
    """The class that this very form made a moment ago: sent twice, it is made once."""
    typed = form.cleaned_data
    return (
        Cohort.objects.run_by(request.user)
        .filter(
            programme=plan.programme,
            host_region=plan.host,
            created_by=request.user,
            code=typed["code"],
            name=typed["name"],
            starts_on=typed["starts_on"],
        )
        .first()
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def copy_stop(request: MemberRequest, area: str) -> HttpResponse:
    """A stop of a programme goes on to the next city: its classes, half-days and agenda, as drafts."""
    region = area_or_403(request, area)
    cities = cities_in(region)
    if not cities.exists():
        raise Http404
    stops = (
        CityStop.objects.visible_to(request.user)
        .filter(pk__in=Cohort.objects.exclude(stop=None).values("stop"))
        .select_related("programme", "region")
    )
    chosen = request.GET.get("stop", "")
    form = CopyStopForm(
        request.POST or None,
        stops=stops.order_by("programme__title", "number"),
        cities=cities,
        initial={"stop": chosen if chosen.isdecimal() else _last_held(stops)},
    )
    if request.method == "POST" and form.is_valid():
        stop, city = form.cleaned_data["stop"], form.cleaned_data["region"]
        try:
            copy = copy_city_stop(**form.cleaned_data, by=request.user, at=timezone.now())
        except StopExists as refusal:
            if not _copied_before(form):
                form.add_error("region", refusal.message)
                return _copy_page(request, region, form)
            messages.info(
                request, _("%(city)s的这一站已经建好，没有再建一个。") % {"city": city.name}
            )
        else:
            _say_copied(request, stop, copy)
        return redirect("training:sessions", city.pk)
    return _copy_page(request, region, form)


def _last_held(stops: QuerySet[CityStop]) -> int | None:
    """The stop that one most likely goes on from: the last that has begun."""
    begun = stops.filter(starts_on__lte=timezone.localdate()).order_by("-starts_on")
    return begun.values_list("pk", flat=True).first()


def _copy_page(request: MemberRequest, region: Region, form: CopyStopForm) -> HttpResponse:
    context = {
        "region": region,
        "form": form,
        "stops": form.fields["stop"].queryset.exists(),  # type: ignore[attr-defined]
    }
    return render(request, "training/stop_copy.html", context, status=422 if form.errors else 200)


def _copied_before(form: CopyStopForm) -> bool:
    """Whether this very form made the stop a moment ago."""
    typed = form.cleaned_data
    return CityStop.objects.filter(
        programme=typed["stop"].programme,
        region=typed["region"],
        copied_from=typed["stop"],
        starts_on=typed["starts_on"],
        venue=typed["venue"],
    ).exists()


def _say_copied(request: MemberRequest, stop: CityStop, copy: CityStop) -> None:
    messages.success(
        request,
        _("已照%(old)s建好%(city)s的一站，%(n)d个班，都是草稿。")
        % {
            "old": stop.region.short_name,
            "city": copy.region.name,
            "n": copy.cohorts.count(),
        },
    )
