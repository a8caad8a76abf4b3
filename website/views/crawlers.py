"""What machines ask every site for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Public words may be indexed; anything that names a person, or that one logs in for, may not.
_ROBOTS = """User-agent: *
Disallow: /accounts/
Disallow: /areas/
Disallow: /bl
Disallow: /desk/
Disallow: /documents/
Disallow: /inbox/
Disallow: /me/
Disallow: /office/
Disallow: /q/
Disallow: /sessions/
Disallow: /sign-in/
Disallow: /v/
"""


@require_safe
@cache_control(max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers that ask for the old address get the drawing."""
    return HttpResponseRedirect(static("icon.svg"))
