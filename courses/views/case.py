"""课例: what a visitor finds before the first lesson case is published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The library; it holds nothing yet, and the page says so."""
    return render(request, "courses/case_list.html")
