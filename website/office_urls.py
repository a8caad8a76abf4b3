"""Addresses under /office/: Wagtail's, less the parts that this house does in screens of its own.

People, groups and log-in are ours (rulings 9 and 11), and so is everybody's account page.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, re_path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.i18n import JavaScriptCatalog
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.localization import get_localized_response

# Wagtail's names below /office/ that nobody needs here, the administrator neither.
CLOSED = (
    "users",
    "groups",
    "sites",
    "workflows",
    "collections",
    "redirects",
    "reports",
    "password_reset",
    "failwhale",
    "test404",
    "embeds",
)


def log_in(request: HttpRequest) -> HttpResponse:
    """The office has no log-in of its own."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("wagtailadmin_home")
    return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


def account(request: HttpRequest) -> HttpResponse:
    """One's own account is kept where everybody's is."""
    return redirect("account_change_password")


def closed(request: HttpRequest, rest: str = "") -> HttpResponse:
    raise Http404


def words_for_scripts(request: HttpRequest) -> HttpResponse:
    """What Wagtail's scripts say, with what its Chinese catalogue lacks (website/locale/zh_Hans)."""
    catalogue = JavaScriptCatalog.as_view(packages=["wagtail.admin", "website"])
    response: HttpResponse = get_localized_response(catalogue, request)
    return response


urlpatterns = [
    path("jsi18n/", never_cache(words_for_scripts)),
    path("login/", log_in),
    path("account/", account),
    re_path(rf"^(?:{'|'.join(CLOSED)})(?:/(?P<rest>.*))?$", closed),
    path("", include(wagtailadmin_urls)),
]
