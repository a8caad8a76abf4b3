"""人员: who works in an area, and the page of one person."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.forms.people import PeopleFilterForm
from community.http import MemberRequest
from community.models import Appointment, Member, Region
from community.operations.activation import newest_slip
from community.permissions import may_appoint, may_look_after
from community.reports.institutions import institutions_in
from community.reports.people import (
    CHANGES,
    asking_for_phone,
    changes_of,
    people_in,
    person_lines,
)
from community.views.area import area_or_403

PER_PAGE = 50
SHOWN_CHANGES = 10


@require_safe
@login_required
def people(request: MemberRequest, area: str) -> HttpResponse:
    """Search, filters and pages; everything in the query string."""
    region = area_or_403(request, area)
    units = institutions_in(region=region, viewer=request.user)
    form = PeopleFilterForm(request.GET, units=units)
    wanted = form.wanted()
    found = people_in(region=region, viewer=request.user, wanted=wanted)
    page = Paginator(found.only("pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "region": region,
        "form": form,
        "wanted": wanted,
        # A county's fit into a list; in a city the school's own page leads here.
        "units": units.select_related(None).only("name")
        if region.level == Region.Level.COUNTY
        else [],
        "page": page,
        "lines": person_lines(members=page.object_list, region=region),
    }
    return render(request, "community/people.html", context)


@require_safe
@login_required
def person(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """What is known about somebody, masked, and the deeds that the viewer may do for her."""
    region = area_or_403(request, area)
    member = person_or_404(request, region, member_id)
    slip = newest_slip(member)
    context = {
        "region": region,
        "member": member,
        "affiliations": member.affiliations.select_related("institution__region").order_by(
            "-from_on", "-pk"
        ),
        "appointments": Appointment.objects.visible_to(request.user)
        .filter(member=member)
        .in_force(timezone.localdate())
        .select_related("region", "institution", "appointed_by")
        .order_by("region_id", "pk"),
        "has_second_step": is_mfa_enabled(member),
        "asks_phone": bool(asking_for_phone([member])),
        "slip": slip,
        "slip_is_open": slip is not None and slip.is_open(timezone.now()),
        "may_change": may_look_after(request.user, member),
        "may_appoint": member.pk != request.user.pk and may_appoint(request.user, region),
        "changes": _in_words(changes_of(member=member, viewer=request.user)[:SHOWN_CHANGES]),
    }
    return render(request, "community/person.html", context)


def person_or_404(request: MemberRequest, region: Region, member_id: int) -> Member:
    """Somebody who works in ``region`` and whom the viewer may see."""
    return get_object_or_404(people_in(region=region, viewer=request.user), pk=member_id)


def _in_words(entries: object) -> list[object]:
    lines = list(entries)  # type: ignore[call-overload]
    for entry in lines:
        vars(entry)["words"] = CHANGES[entry.action]
    return lines
