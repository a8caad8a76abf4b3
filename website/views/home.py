"""The front page: an editors' headline, and what is true of the province today."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.reports.notice import latest_notices
from training.reports.route import route_in_focus, state_on, stops_between
from website.models import HomePage

NOTICES = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The published front page, wherever Wagtail keeps it."""
    page = HomePage.objects.live().first()
    if page is None:
        raise Http404
    response: HttpResponse = page.serve(request)
    return response


def home_context(request: HttpRequest) -> dict[str, Any]:
    """Beside the headline: the route map, the stops of seven days, the latest notices."""
    today = timezone.localdate()
    stops = stops_between(viewer=request.user, today=today)
    return {
        "route": route_in_focus(viewer=request.user, today=today),
        "week": [(stop, state_on(stop, today)) for stop in stops],
        "notices": latest_notices(NOTICES),
    }
