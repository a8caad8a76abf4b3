"""What every request brings: who, from where, in which browser; and how a refusal is shown."""

import ipaddress
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from community.refusals import Refusal
from community.vault import blind_index

if TYPE_CHECKING:
    from community.models import Member

GetResponse = Callable[[HttpRequest], HttpResponse]

BROWSER_COOKIE: Final = "tk_browser"
_BROWSER_AGE: Final = timedelta(days=365)
_BROWSER_SALT: Final = "tongke.browser"
_BROWSER: Final = "_browser"
_NEW_BROWSER: Final = "_new_browser"


class MemberRequest(HttpRequest):
    """A request behind ``login_required``: its user is a member. For annotations only."""

    user: "Member"


def client_ip(request: HttpRequest) -> str:
    """The address that the request came from, or "" where there is none (a Unix socket).

    ``X-Forwarded-For`` counts only as far from its right end as there are proxies of ours
    (``ALLAUTH_TRUSTED_PROXY_COUNT``): what stands further left was written by the client.
    """
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if proxies:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= proxies and (forwarded := _address(hops[-proxies])):
            return forwarded
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def ensure_browser(request: HttpRequest) -> str:
    """The random name of this browser, made now if it has none; `BrowserMiddleware` keeps it.

    It binds claims to the browser that scanned and says nothing about a person. Only pages that ask
    for it set the cookie, so that other pages stay the same for everybody.
    """
    known = vars(request).get(_BROWSER)
    if isinstance(known, str):
        return known
    browser = _browser_in_cookie(request)
    if browser is None:
        browser = secrets.token_urlsafe(16)
        vars(request)[_NEW_BROWSER] = True
    vars(request)[_BROWSER] = browser
    return browser


def browser_mark(request: HttpRequest) -> str:
    """A keyed digest of this browser's name, to store beside an attempt: equal for equal browsers.

    It cannot be turned into the cookie, so whoever reads the table cannot pass for the browser.
    """
    return blind_index(ensure_browser(request), purpose="browser")[:32]


def _browser_in_cookie(request: HttpRequest) -> str | None:
    try:
        return Signer(salt=_BROWSER_SALT).unsign(request.COOKIES[BROWSER_COOKIE])
    except (KeyError, BadSignature, ValueError):  # ValueError: not even text
        return None


class BrowserMiddleware:
    """Set the cookie for browsers that a view has just named."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asked = vars(request)
        if _BROWSER in asked:
            patch_vary_headers(response, ["Cookie"])
        if asked.get(_NEW_BROWSER):
            response.set_cookie(
                BROWSER_COOKIE,
                Signer(salt=_BROWSER_SALT).sign(asked[_BROWSER]),
                max_age=_BROWSER_AGE,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


class RefusalMiddleware:
    """Turn a refusal that no view caught into a plain page, or JSON for a client that wants it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        response = refusal_response(request, exception)
        add_never_cache_headers(response)
        return response


def refusal_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page or the JSON that says no; nothing in it but what the refusal itself says."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        body = {"code": refusal.code, "message": refusal.message, "details": refusal.details}
        return JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    return render(request, "409.html", {"refusal": refusal}, status=refusal.status)


LARGEST_KEY: Final = 2**63 - 1


def number_typed(text: str, *, most: int = LARGEST_KEY) -> int:
    """The whole number that ``text`` is, up to ``most``; 0 for anything else.

    A form may send a million digits: they are counted before they are read.
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if is_number and int(text) <= most else 0
