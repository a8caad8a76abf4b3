"""Public pages are kept for a minute, for strangers only, and thrown away when anything is published.

The key is the language and the path, nothing else, so what is kept must be the same for everybody. A page
is handed out only to a request without a session and without messages, and kept only if building it
touched no CSRF token, set no cookie and left no message. Who is logged in never meets this cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from community.publications import kept_here, publications_mark, renew_publications
from website.middleware import language_asked_by

PAGES: Final = frozenset({"/", "/help/", "/privacy/", "/accessibility/", "/studios/", "/cases/"})
FAMILIES: Final = ("/notices/", "/programmes/")
_LONGEST: Final = 200


class Kept(NamedTuple):
    """A page as it was built, and the mark of publications that it was built under."""

    mark: str
    content: bytes
    headers: tuple[tuple[str, str], ...]


class PublicCacheMiddleware:
    """Stands before policies, sessions, languages and users: a kept page has their headers already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_public(request):
            return self.get_response(request)
        request.get_host()  # a foreign host name is refused here as everywhere
        key = f"public-page:{language_asked_by(request)}:{request.path_info}"
        mark = publications_mark()
        kept: Kept | None = kept_here().get(key)
        if kept is not None and kept.mark == mark:
            return _hand_out(request, kept)
        response = self.get_response(request)
        if not _is_for_everybody(request, response):
            return response
        _let_browsers_ask_again(response)
        kept = Kept(mark, response.content, tuple(response.items()))
        kept_here().set(key, kept, settings.PUBLIC_PAGE_SECONDS)
        return _conditional(request, response, kept)


def _is_public(request: HttpRequest) -> bool:
    path = request.path_info
    return (
        settings.PUBLIC_PAGE_SECONDS > 0
        and request.method in {"GET", "HEAD"}
        and not request.META.get("QUERY_STRING")
        and (path in PAGES or (path.startswith(FAMILIES) and len(path) <= _LONGEST))
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "messages" not in request.COOKIES
        and not getattr(request, "is_dummy", False)  # a preview of the office
    )


def _is_for_everybody(request: HttpRequest, response: HttpResponse) -> bool:
    user = getattr(request, "user", None)
    told = getattr(request, "_messages", None)
    return (
        request.method == "GET"
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and (user is None or not user.is_authenticated)
        and not (told is not None and (told.added_new or told.used))
        and "no-store" not in response.get("Cache-Control", "")
        and "private" not in response.get("Cache-Control", "")
    )


def _let_browsers_ask_again(response: HttpResponse) -> None:
    """A browser may keep the page but must ask each time: after logging in it gets another one."""
    digest = hashlib.sha256(response.content).hexdigest()[:32]
    response.headers["ETag"] = f'"{digest}"'
    patch_cache_control(response, no_cache=True)
    patch_vary_headers(response, ["Cookie"])


def _hand_out(request: HttpRequest, kept: Kept) -> HttpResponse:
    response = HttpResponse(kept.content)
    for name, value in kept.headers:
        response.headers[name] = value
    return _conditional(request, response, kept)


def _conditional(request: HttpRequest, response: HttpResponse, kept: Kept) -> HttpResponse:
    etag = dict(kept.headers)["ETag"]
    return get_conditional_response(request, etag=etag, response=response) or response


def purge_after_commit(**_: Any) -> None:
    """Signal receiver: once the change can be read, and not before."""
    transaction.on_commit(renew_publications)


def watch_publications() -> None:
    """Whatever editors publish, withdraw, move or delete purges the pages; so does a changed stop."""
    from django.db.models.signals import post_delete, post_save
    from wagtail import signals

    from community.models import NoticePage
    from training.models import CityStop, Programme, ProgrammePage

    for signal in (
        signals.published,
        signals.unpublished,
        signals.page_published,
        signals.page_unpublished,
        signals.page_slug_changed,
        signals.post_page_move,
    ):
        signal.connect(purge_after_commit, dispatch_uid="purge public pages")
    post_save.connect(purge_after_commit, sender=CityStop, dispatch_uid="purge public pages")
    for model in (CityStop, Programme, ProgrammePage, NoticePage):
        post_delete.connect(purge_after_commit, sender=model, dispatch_uid="purge public pages")
