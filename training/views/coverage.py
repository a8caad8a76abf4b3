"""覆盖情况: the coordinator's first page."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.models import Appointment, Region
from community.publications import kept_here, publications_mark
from community.views.area import area_or_403
from training.models import CityStop, Programme
from training.reports.coverage import CountyFigures, CoverageView, coverage_of, newest_count

PER_PAGE = 14


KEPT_SECONDS = 20
"""How long a drawn page stands for the next who looks at the same region; a new count replaces it at once."""


@require_safe
@login_required
def coverage(request: MemberRequest, area: str) -> HttpResponse:
    """Figures, the tile map and the counties of one region in one programme."""
    region = area_or_403(request, area)
    programmes = list(Programme.objects.visible_to(request.user))
    programme = _chosen(programmes, request.GET.get("programme", ""))
    key = _key(request, region, programmes)
    body = kept_here().get(key)
    if body is None:
        body = _body(request, region, programmes, programme)
        if settings.PUBLIC_PAGE_SECONDS > 0:
            kept_here().set(key, body, KEPT_SECONDS)
    return render(request, "training/coverage.html", {"region": region, "body": body})


def _chosen(programmes: list[Programme], slug: str) -> Programme | None:
    """The programme that the address names, or the first; 404 for one that she does not see."""
    if not slug:
        return programmes[0] if programmes else None
    found = next((one for one in programmes if one.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _key(request: MemberRequest, region: Region, programmes: list[Programme]) -> str:
    """All that the page depends on but for the names of contacts.

    Whoever gets here looks after all of ``region`` (`area_or_403`), so it says nothing about the viewer.
    """
    facts = [
        publications_mark(),
        str(newest_count()),
        get_language() or "",
        region.code,
        request.GET.urlencode(),
        *(f"{one.pk} {one.slug} {one.title}" for one in programmes),
    ]
    return "coverage:" + sha256("\n".join(facts).encode()).hexdigest()


def _body(
    request: MemberRequest,
    region: Region,
    programmes: list[Programme],
    programme: Programme | None,
) -> str:
    context: dict[str, Any] = {"region": region, "programmes": programmes, "programme": programme}
    if programme is not None:
        view = coverage_of(
            programme=programme, region=region, viewer=request.user, at=timezone.now()
        )
        context |= _shown(request, view)
    return render_to_string("training/_coverage.html", context, request)


def _shown(request: MemberRequest, view: CoverageView) -> dict[str, Any]:
    metric = request.GET.get("metric")
    metric = metric if metric in {"completion", "arrival"} else "completion"
    chosen = request.GET.get("part", "")
    names = {name for name in (county.area for county in view.counties) if name}
    counties = [
        c for c in view.counties if not chosen or c.area == chosen or (chosen == "88" and c.area)
    ]
    only = request.GET.get("only") or ("low" if view.low else "all")
    if only == "low":
        counties = [c for c in counties if c.completion is not None and c.completion < 80]
    page = Paginator(sorted(counties, key=_chase_first(metric)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return {
        "view": view,
        "metric": metric,
        "metric_label": {"completion": _("完成率"), "arrival": _("到场率")}[metric],
        "part": chosen,
        "parts": sorted(names),
        "only": only,
        "page": page,
        "contacts": _contacts(list(page.object_list)),
        "legend": [
            ("k0", _("还没有")),
            ("k1", _("不到60%")),
            ("k2", _("60%—79%")),
            ("k3", _("80%—94%")),
            ("k4", _("95%以上")),
        ],
        "tiles": _tiles(view, metric) if view.region.level == Region.Level.PROVINCE else [],
    }


def _chase_first(metric: str) -> Any:
    """Lowest first; counties with nothing yet at the end."""

    def key(figures: CountyFigures) -> tuple[bool, int, int]:
        value = figures.arrival if metric == "arrival" else figures.completion
        return (value is None, value or 0, -figures.enrolled)

    return key


def _contacts(figures: list[CountyFigures]) -> dict[str, str]:
    """Who coordinates each county of this page; one statement."""
    rows = (
        Appointment.objects.in_force(timezone.localdate())
        .filter(region_id__in=[f.county.code for f in figures], role=Appointment.Role.COORDINATOR)
        .order_by("-from_on")
        .values_list("region_id", "member__name")
    )
    return dict(rows)


def _tiles(view: CoverageView, metric: str) -> list[dict[str, Any]]:
    """The 21 cities in their places, with one mark for each county; gaps are empty cells."""
    stops = {stop.region_id: stop for stop in CityStop.objects.filter(programme=view.programme)}
    grouped = view.by_city()
    placed: dict[tuple[int, int], dict[str, Any]] = {}
    for counties in grouped.values():
        city = counties[0].county.parent
        if city is None or city.tile_row is None or city.tile_column is None:
            continue
        expected = sum(c.expected for c in counties)
        closed = sum(c.closed_people for c in counties)
        value = (
            (round(100 * sum(c.present for c in counties) / expected) if expected else None)
            if metric == "arrival"
            else (round(100 * sum(c.completed for c in counties) / closed) if closed else None)
        )
        stop = stops.get(city.code)
        placed[city.tile_row, city.tile_column] = {
            "city": city,
            "value": value,
            "present": sum(c.present for c in counties),
            "stop": stop,
            "state": _state(stop, closed=closed, expected=expected),
            "counties": counties,
            "cells": _cells(counties, metric),
            "marked": sum(1 for c in counties if c.is_marked),
        }
    if not placed:
        return []
    rows, columns = max(r for r, _c in placed), max(c for _r, c in placed)
    return [
        placed.get((row, column), {})
        for row in range(1, rows + 1)
        for column in range(1, columns + 1)
    ]


def _state(stop: CityStop | None, *, closed: int, expected: int) -> str:
    """A tile's frame: today's city, one with a closed class, one that began, one still to come."""
    if stop is not None and stop.starts_on <= timezone.localdate() <= stop.ends_on:
        return "now"
    return "done" if closed else "open" if expected else "next"


def _cells(counties: list[CountyFigures], metric: str) -> dict[str, Any]:
    """Where each county's mark stands in its city's tile: six a row, listed counties first and round."""
    size, gap, each = 10, 3, 6
    ordered = sorted(counties, key=lambda c: (not c.is_marked, -(c.completion or 0), c.county.code))
    marks = [
        {
            "kind": county.level(metric),
            "round": county.is_marked,
            "x": n % each * (size + gap),
            "y": n // each * (size + gap),
            "cx": n % each * (size + gap) + size / 2,
            "cy": n // each * (size + gap) + size / 2,
        }
        for n, county in enumerate(ordered)
    ]
    height = -(-len(marks) // each) * (size + gap) - gap + 2
    return {"marks": marks, "height": height, "width": each * (size + gap) - gap + 2}
