"""What stands between logging in and a page: consent, the second step of staff, and their
time-outs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from community.models import Member
from community.next_page import page_behind, with_next
from community.operations.account import end_sessions
from community.operations.consent import VERSION, has_consented
from community.scope import appointments_of
from community.views.consent import CONSENTED

Answer = Callable[[HttpRequest], HttpResponse]

# What everybody may open at any time: getting in and out, the rules, help, checking a certificate.
_ALWAYS: Final = (
    "/accounts/",
    "/consent/",
    "/privacy/",
    "/help/",
    "/accessibility/",
    "/healthz",
    "/v/",
    "/static/",
    "/favicon.ico",
    "/robots.txt",
)
# In the hall nothing is asked first: a code on the screen lives forty seconds.
_IN_THE_HALL: Final = ("/q/", "/sign-in/", "/bl")
# What a member who also holds power opens as a plain member.
_AS_A_MEMBER: Final = (
    "/activate/",
    "/cases/",
    "/desk/",
    "/inbox/",
    "/me/",
    "/notices/",
    "/programmes/",
    "/studios/",
)
TWO_STEP: Final = "two_step"
_SINCE: Final = "staff_since"
_SEEN: Final = "staff_seen"
_NOTED_EVERY_SECONDS: Final = 60


class ConsentMiddleware:
    """A member agrees to how personal information is handled before her first page.

    A new version of the notice asks again. What she was about to send is not sent: she comes back
    to its page.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_ALWAYS + _IN_THE_HALL):
            return self.get_response(request)
        user = request.user
        if user.is_authenticated and request.session.get(CONSENTED) != VERSION:
            if not has_consented(member=user):
                back = page_behind(request, otherwise=reverse("desk"))
                return HttpResponseRedirect(with_next(reverse("consent"), back))
            request.session[CONSENTED] = VERSION
        return self.get_response(request)


class StaffMiddleware:
    """Who holds power passes a second step first and is logged out when she goes away.

    With ``STAFF_MUST_USE_TOTP`` nobody who holds an appointment, is a superuser or opens the
    office gets to a page of the staff without an authenticator (security.md T19);
    ``STAFF_IDLE_MINUTES`` and ``STAFF_SESSION_HOURS`` end her session (T20). 0 is never. As a
    plain member she goes on as everybody.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_free(request.path_info) or not holds_power(request.user, request.path_info):
            return self.get_response(request)
        instead = self._log_out_who_went_away(request) or self._ask_for_the_second_step(request)
        return instead or self.get_response(request)

    def _is_free(self, path: str) -> bool:
        if path == "/" or path.startswith(_ALWAYS + _IN_THE_HALL + _AS_A_MEMBER):
            return True
        room, _slash, rest = path.lstrip("/").partition("/")
        return (
            room == "sessions" and rest.strip("/").isdigit()
        )  # the page of a half-day one attends

    def _ask_for_the_second_step(self, request: HttpRequest) -> HttpResponse | None:
        if not settings.STAFF_MUST_USE_TOTP or request.session.get(TWO_STEP):
            return None
        records = get_authentication_records(request, request.user)
        if any(record["method"] == "mfa" for record in records):
            request.session[TWO_STEP] = True
            return None
        back = page_behind(request, otherwise=reverse("desk"))
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return HttpResponseRedirect(with_next(reverse("mfa_reauthenticate"), back))
        messages.warning(request, _("您的账号有管理权限，请先开启两步验证，再打开工作台。"))
        return HttpResponseRedirect(reverse("mfa_activate_totp"))

    def _log_out_who_went_away(self, request: HttpRequest) -> HttpResponse | None:
        idle = settings.STAFF_IDLE_MINUTES * 60
        longest = settings.STAFF_SESSION_HOURS * 3600
        if not idle and not longest:
            return None
        now = int(time.time())
        since = request.session.setdefault(_SINCE, now)
        seen = request.session.get(_SEEN, now)
        if (idle and now - seen > idle) or (longest and now - since > longest):
            back = page_behind(request, otherwise=reverse("desk"))
            logout(request)
            messages.info(request, _("离开得太久，已为您退出登录。请重新登录，再接着办。"))
            return HttpResponseRedirect(with_next(reverse("account_login"), back))
        if _SEEN not in request.session or now - seen >= _NOTED_EVERY_SECONDS:
            request.session[_SEEN] = now
        return None


def holds_power(user: Any, path: str = "") -> bool:
    """Whether the staff's rules are for ``user``: appointed, superuser, or on the way into the
    office.
    """
    if not user.is_authenticated:
        return False
    return bool(
        user.is_superuser
        or appointments_of(user)
        or (path.startswith("/office/") and user.groups.exists())
    )


def authenticator_added(
    *, request: HttpRequest, user: Member, authenticator: Authenticator, **_: Any
) -> None:
    """Signal receiver: sessions that were opened without the second step end; this one goes on."""
    if authenticator.type != Authenticator.Type.TOTP:
        return
    end_sessions(member=user, by=user, at=timezone.now(), reason="two-step added")
    update_session_auth_hash(request, user)
    request.session[TWO_STEP] = True


def authenticator_removed(*, request: HttpRequest, **_: Any) -> None:
    """Signal receiver: what this session had passed does not count any more."""
    request.session.pop(TWO_STEP, None)


def watch_authenticators() -> None:
    """Called once, when the roof is ready."""
    from allauth.mfa import signals

    signals.authenticator_added.connect(authenticator_added, dispatch_uid="two-step added")
    signals.authenticator_removed.connect(authenticator_removed, dispatch_uid="two-step removed")
