"""Where somebody was going before a page stepped in between."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FIELD = "next"
_LONGEST = 2000


def next_page(request: HttpRequest, *, otherwise: str) -> str:
    """The address in ``next`` if it is one of ours, else ``otherwise``. POST goes before GET."""
    wanted = request.POST.get(FIELD) or request.GET.get(FIELD) or ""
    return wanted if is_ours(request, wanted) else otherwise


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether ``address`` is a path on this very site (security.md T25)."""
    return len(address) <= _LONGEST and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def with_next(page: str, address: str) -> str:
    """``page`` with ``address`` to go on to."""
    return f"{page}?{urlencode({FIELD: address})}"


def page_behind(request: HttpRequest, *, otherwise: str) -> str:
    """The page that a form was on, for going back to it: this request itself, or its referrer."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if not is_ours(request, came_from):
        return otherwise
    parts = urlsplit(came_from)
    return parts.path + (f"?{parts.query}" if parts.query else "")
