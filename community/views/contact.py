"""联络人: whom somebody asks about her data, her telephone and her enrolment."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.models import Affiliation
from community.operations.affiliation import county_of
from community.operations.phone import contacts_for, contacts_of
from community.views.area import own_area_or_403


@require_safe
@login_required
def contact(request: MemberRequest, area: str) -> HttpResponse:
    """Names and offices, never private telephones. Who holds power herself is sent above."""
    region = own_area_or_403(request, area)
    today = timezone.localdate()
    is_mine = county_of(request.user) == region.code
    held = (
        contacts_of(member=request.user, on=today)
        if is_mine
        else contacts_for(region=region, on=today)
    )
    offices = {
        post.member_id: post.institution
        for post in Affiliation.objects.filter(
            member__in=[one.member_id for one in held], to_on__isnull=True, is_main=True
        ).select_related("institution")
    }
    context = {
        "region": region,
        "is_mine": is_mine,
        "lines": [(one, offices.get(one.member_id)) for one in held],
    }
    return render(request, "community/contact.html", context)
