"""The gate in front of every screen under /areas/<code>/, and the page that says "not here"."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from community.models import Affiliation, Region
from community.scope import covers, prefix_q, regions_coordinated


class AreaOutOfScope(PermissionDenied):
    """The region exists, as everybody may know, but the viewer does not look after it (ruling 10)."""

    def __init__(self, region: Region) -> None:
        super().__init__(f"{region.code} is outside the viewer's scope")
        self.region = region


def area_or_403(request: HttpRequest, code: str) -> Region:
    """The region with ``code``, if the viewer coordinates it or something around it today.

    404 for a code that no region has, 403 (`forbidden`) for one outside the viewer's appointments.
    From here on the frame of the page is that of this area.
    """
    try:
        region = Region.objects.select_related("parent").get(pk=code)
    except Region.DoesNotExist:
        raise Http404 from None
    if not covers(request.user, region):
        raise AreaOutOfScope(region)
    vars(request).update(frame_area=region.code, frame_here="desk")
    return region


def own_area_or_403(request: HttpRequest, code: str) -> Region:
    """The region with ``code``, if the viewer works in it or coordinates it (ruling 10).

    The frame stays that of a plain member: the page is for everybody who works there.
    """
    try:
        region = Region.objects.select_related("parent").get(pk=code)
    except Region.DoesNotExist:
        raise Http404 from None
    works_here = Affiliation.objects.filter(
        prefix_q([region.prefix], "institution__region_id"),
        member_id=request.user.pk or 0,
        to_on__isnull=True,
    )
    if not covers(request.user, region) and not works_here.exists():
        raise AreaOutOfScope(region)
    return region


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler403``: names the region asked for and the viewer's own, and tells nothing else."""
    context: dict[str, Any] = {"region": getattr(exception, "region", None)}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        own = regions_coordinated(user)
        context["own_region"] = own[0] if own else None
    return render(request, "403.html", context, status=403)
