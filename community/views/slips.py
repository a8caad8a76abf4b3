"""登录单: printing them for several people who never logged in, a school's at a time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from community.forms.people import PeopleFilterForm
from community.http import MemberRequest
from community.models import Member, Region
from community.operations.activation import issue_slips, spelled_slip_code
from community.reports.institutions import institutions_in
from community.reports.people import newest_slips, people_in, person_lines, without_a_log_in
from community.views.area import area_or_403

MOST = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def slips(request: MemberRequest, area: str) -> HttpResponse:
    """Whom to print for, at most thirty at once; a POST prints, and shows each code once."""
    region = area_or_403(request, area)
    if request.method == "POST":
        chosen = _chosen(request, region)
        return _printed(request, region, chosen) if chosen else redirect("people_slips", area)
    units = institutions_in(region=region, viewer=request.user)
    wanted = PeopleFilterForm(request.GET, units=units).wanted()
    found = without_a_log_in(
        region=region, viewer=request.user, wanted=wanted, on=timezone.localdate()
    )
    members = list(found.exclude(pk=request.user.pk)[: MOST + 1])
    newest = newest_slips(members)
    context = {
        "region": region,
        "wanted": wanted,
        "most": MOST,
        "has_more": len(members) > MOST,
        "lines": [
            (line, newest.get(line.member.pk, 0))
            for line in person_lines(members=members[:MOST], region=region)
        ],
    }
    return render(request, "community/slips.html", context)


def _chosen(request: MemberRequest, region: Region) -> dict[Member, int]:
    """Who was ticked, with the newest slip that the page knew of; strangers are left out."""
    after = {}
    for ticked in request.POST.getlist("member")[:MOST]:
        key, _colon, newest = ticked.partition(":")
        if key.isdecimal() and newest.isdecimal():
            after[int(key)] = int(newest)
    people = people_in(region=region, viewer=request.user).filter(pk__in=after)
    return {member: after[member.pk] for member in people}


@sensitive_variables("issued", "codes", "context")
def _printed(request: MemberRequest, region: Region, chosen: dict[Member, int]) -> HttpResponse:
    now = timezone.now()
    issued = issue_slips(after=chosen, by=request.user, at=now)
    codes = {member.pk: spelled_slip_code(code) for member, code in issued}
    lines = person_lines(members=[member for member, _code in issued], region=region)
    context = {
        "region": region,
        "printed": [(line.member, line.affiliation, codes[line.member.pk]) for line in lines],
        "issued_at": now,
        "expires_at": now + timedelta(days=settings.ACTIVATION_SLIP_DAYS),
        "address": settings.PUBLIC_URL + reverse("activate_by_slip"),
    }
    return render(request, "community/slips_printed.html", context)
