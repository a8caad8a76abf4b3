"""工作室: what a visitor finds before the first studio is open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list of studios; none is open yet, and the page says so."""
    return render(request, "studios/studio_list.html")
