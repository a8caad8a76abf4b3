"""场次与签到, 学时审核: the classes of a region, and the way into each."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.views.area import area_or_403
from training.reports.classes import class_lines, classes_in

PER_PAGE = 20


def _classes(request: MemberRequest, area: str) -> dict[str, Any]:
    region = area_or_403(request, area)
    today = timezone.localdate()
    page = Paginator(
        classes_in(viewer=request.user, region=region, today=today), PER_PAGE
    ).get_page(request.GET.get("page"))
    lines = class_lines(
        cohorts=list(page.object_list), viewer=request.user, region=region, today=today
    )
    return {"region": region, "page": page, "lines": lines}


@require_safe
@login_required
def sessions(request: MemberRequest, area: str) -> HttpResponse:
    """Classes with their half-days; today's desk first."""
    return render(request, "training/classes.html", _classes(request, area))


@require_safe
@login_required
def credits(request: MemberRequest, area: str) -> HttpResponse:
    """Classes with the way to their results and their closing."""
    return render(request, "training/credits.html", _classes(request, area))
