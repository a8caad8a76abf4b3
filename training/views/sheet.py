"""The printed sign-in sheet: one page a county, for halls where nothing else works."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.models import Region
from training.models import Enrolment
from training.views.desk import desk_session


@dataclass(frozen=True)
class CountyPage:
    county: Region
    code: str
    people: tuple[Enrolment, ...]


@never_cache
@login_required
@require_safe
def sheet(request: MemberRequest, session_id: int) -> HttpResponse:
    """Everybody on the roster by county and name, with room for a time and a signature."""
    session = desk_session(request, session_id)
    vars(request)["frame_here"] = "programmes"
    people = (
        Enrolment.objects.active()
        .filter(cohort=session.cohort)
        .select_related("county")
        .order_by("county_id", "name_key", "name", "pk")
    )
    wanted = request.GET.get("county", "")
    pages = [
        CountyPage(
            county=county,
            code=f"{session.cohort.code}-{session.position}-{county.code}",
            people=tuple(them),
        )
        for county, them in groupby(people, key=lambda one: one.county)
        if county is not None and wanted in {"", county.code}
    ]
    context = {
        "session": session,
        "cohort": session.cohort,
        "pages": pages,
        "people_count": sum(len(page.people) for page in pages),
        "wanted": wanted,
    }
    return render(request, "training/roster_sheet.html", context)
