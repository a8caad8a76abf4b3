"""使用前请看: a member agrees to how her personal information is handled before her first page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from community.forms.account import ConsentForm
from community.http import MemberRequest
from community.next_page import FIELD, next_page, with_next
from community.operations.consent import VERSION, give_consent, has_consented

CONSENTED = "consented"
"""The version agreed to, kept in the session so that it is asked of the database once."""
FIRST_TIME = "first_log_in"
"""Set by the log-in that activated the account: after agreeing, a password is offered once."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: MemberRequest) -> HttpResponse:
    """GET shows what is asked, POST agrees and goes on to where she wanted."""
    desk = resolve_url("desk")
    going = next_page(request, otherwise=desk)
    if request.method != "POST":
        if has_consented(member=request.user):
            return redirect(going)
        form = ConsentForm(initial={FIELD: going})
        return render(request, "account/consent.html", {"form": form})
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return render(request, "account/consent.html", {"form": form})
    give_consent(member=request.user, at=timezone.now())
    request.session[CONSENTED] = VERSION
    is_first = request.session.pop(FIRST_TIME, False)
    # Who came to do something, to sign in say, is not held up; who came to look around is.
    if is_first and going == desk and not request.user.has_usable_password():
        return redirect(with_next(resolve_url("account_set_password"), desk))
    return redirect(going)
