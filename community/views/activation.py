"""第一次登录: by a code to the telephone on the roster, or by a printed slip (ruling 11)."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.userkit import get_user_by_username
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from community.forms.account import ActivateForm, SlipForm
from community.models import Member
from community.next_page import next_page
from community.operations.activation import SlipRefused, redeem_slip


@never_cache
@require_safe
def activate(request: HttpRequest) -> HttpResponse:
    """Explains the first log-in; its form is that of a log-in by code and goes there."""
    if request.user.is_authenticated:
        return redirect(next_page(request, otherwise=resolve_url("desk")))
    return render(request, "account/activate.html", {"form": ActivateForm()})


@never_cache
@sensitive_post_parameters("code", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def activate_by_slip(request: HttpRequest) -> HttpResponse:
    """User name, code and a new password; then she is in, past her second step if she has one."""
    going = next_page(request, otherwise=resolve_url("desk"))
    if request.user.is_authenticated:
        return redirect(going)
    form = SlipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member = _redeem(request, form)
        if member is not None:
            record_authentication(request, member, method="slip")
            return perform_login(request, Login(user=member, redirect_url=going))
    return render(request, "account/activate_by_slip.html", {"form": form, "next": going})


def _redeem(request: HttpRequest, form: SlipForm) -> Member | None:
    """Who the slip belongs to; None, with a fault on the form, if it opens nothing."""
    username = form.cleaned_data["username"]
    usage = ratelimit.consume(
        request,
        app="community",
        action="slip",
        config=settings.ACTIVATION_RATE_LIMITS,
        key=username,
    )
    if not usage:
        form.add_error(None, _("试的次数太多，请过15分钟再试，或请联络人重新打印登录单。"))
        return None
    found = get_user_by_username(username)
    try:
        return redeem_slip(
            member=found if isinstance(found, Member) else None,
            code=form.cleaned_data["code"],
            password=form.cleaned_data["password"],
            at=timezone.now(),
        )
    except SlipRefused as refusal:
        form.add_error(None, str(refusal))
        return None
