"""我的工作台: where a member lands after logging in (design.md §2)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.scope import is_everything, regions_coordinated
from training.reports.today import session_to_attend, session_to_staff


@require_safe
@login_required
def desk(request: MemberRequest) -> HttpResponse:
    """Today's hall first, then the region she looks after, then her own learning.

    Who staffs a class of today goes to its desk; who attends one, to its session. An editor who does
    nothing else goes to the office.
    """
    member, at = request.user, timezone.now()
    if session := session_to_staff(member=member, at=at):
        return redirect("training:staff", session.pk)
    if session := session_to_attend(member=member, at=at):
        return redirect("training:session", session.pk)
    if regions := regions_coordinated(member):
        return redirect("training:coverage", regions[0].code)
    if not is_everything(member) and member.has_perm("wagtailadmin.access_admin"):
        return redirect("wagtailadmin_home")
    return redirect("training:my_learning")
