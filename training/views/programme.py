"""培训: the published programmes, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.wording import local_date
from training.reports.programme import programme_view, programmes_listed
from training.reports.published import published


@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Every published programme; drafts are seen in the office only."""
    listed = programmes_listed(viewer=request.user, today=timezone.localdate())
    return render(request, "training/programme_index.html", {"programmes": listed})


@require_safe
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """One programme: its page with the editors' words, or the facts alone where nobody wrote any."""
    at = timezone.now()
    found = published(slug, viewer=request.user, today=local_date(at))
    if found is None:
        raise Http404
    if found.moved_to:
        return redirect("training:programme", slug=found.moved_to)
    view = programme_view(found.programme, viewer=request.user, at=at, stops=found.stops)
    context = {
        "page": found.words,
        "view": view,
        "stamp": found.stamp,
        "shows_all": request.GET.get("stops") == "all",
    }
    return render(request, "training/programme_page.html", context)
