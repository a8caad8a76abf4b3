"""The roof's own middleware: one host name, one security policy."""

from __future__ import annotations

from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import translation

Answer = Callable[[HttpRequest], HttpResponse]


class OneHostMiddleware:
    """``http://127.0.0.1:8000`` is sent to ``http://localhost:8000``: one origin for cookies (ruling 34)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.wanted = settings.PUBLIC_URL

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.wanted.startswith("http://localhost") and request.method == "GET":
            host = request.META.get("HTTP_HOST", "")
            if host.split(":")[0] == "127.0.0.1" and host.partition(":")[2] == self._port():
                return HttpResponseRedirect(self.wanted + request.get_full_path())
        return self.get_response(request)

    def _port(self) -> str:
        return self.wanted.rpartition(":")[2].strip("/")


class PolicyMiddleware(CSPMiddleware):
    """Strict everywhere; Wagtail's office still has inline scripts of its own and gets its own policy."""

    OFFICE = {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'unsafe-inline'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'self'"],
        "manifest-src": ["'self'"],
    }

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        if getattr(request, "is_preview", False):
            # A page of ours inside the editor's preview panel; the office asked for it, nobody else can.
            parts.replace = {"frame-ancestors": ["'self'"]}
        elif request.path_info.startswith("/office/"):
            parts.replace = self.OFFICE
        return parts

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = super().process_response(request, response)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            # What one member saw is nobody else's, and not for a shared school PC's back button.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class LanguageMiddleware:
    """Chinese, unless this browser's cookie asks for another language that we have.

    Not by Accept-Language: a teacher's phone set to English still wants her bureau's words, and a public
    page stays the same for everybody.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_asked_by(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_asked_by(request: HttpRequest) -> str:
    """The language in the browser's cookie if we have it, else the installation's own."""
    asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return asked if asked in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)
