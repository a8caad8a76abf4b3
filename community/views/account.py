"""账号与安全: what is kept about me, how I get in, who was in."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.http import MemberRequest
from community.models import Appointment, AuditEntry
from community.operations.account import end_sessions
from community.operations.affiliation import main_affiliation
from community.operations.phone import ask_for_phone_change, contacts_of
from community.refusals import Refusal

LOG_INS = ("account.logged_in", "account.activated")
_SHOWN = 5


@require_safe
@login_required
def account(request: MemberRequest) -> HttpResponse:
    """My data as it is stored (masked), password, second step, phone, devices, consents, powers."""
    member = request.user
    today = timezone.localdate()
    log_ins = AuditEntry.objects.filter(actor=member, action__in=LOG_INS).order_by("-at")
    context = {
        "affiliation": main_affiliation(member),
        "has_second_step": is_mfa_enabled(member),
        "contacts": contacts_of(member=member, on=today),
        "consents": member.consents.order_by("-at"),
        "log_ins": log_ins[:_SHOWN],
        "appointments": Appointment.objects.filter(member=member)
        .in_force(today)
        .select_related("region", "institution", "appointed_by")
        .order_by("region_id", "pk"),
    }
    return render(request, "community/account.html", context)


@require_POST
@login_required
def end_other_sessions(request: MemberRequest) -> HttpResponse:
    """Log me out on every other device; this one goes on under a new session key."""
    member = end_sessions(member=request.user, by=request.user, at=timezone.now(), reason="asked")
    update_session_auth_hash(request, member)
    messages.success(request, _("已在其他设备上退出登录。这台设备不受影响。"))
    return redirect("account")


@require_POST
@login_required
def ask_phone_change(request: MemberRequest) -> HttpResponse:
    """Ask my county's contact to enter another telephone."""
    try:
        asked = ask_for_phone_change(member=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        names = _("、").join(person.name for person in asked[:3])
        messages.success(
            request,
            _("已告诉联络人%(names)s。她们会打电话核对，改好后再用新号码登录。") % {"names": names},
        )
    return redirect("account")
