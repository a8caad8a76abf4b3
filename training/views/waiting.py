"""待核实 on a phone: what this browser left waiting, and what became of it."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.http import browser_mark
from community.models import Member
from community.vault import open_sealed
from training.models import Attendance, Enrolment
from training.views.phone_code import is_code_awaited
from training.views.scan import viewer

WAITING_KEY: Final = "waiting_scan"


def own_phone(member: Member) -> str:
    """The number that the roster has of a member who is logged in; kept with what waits for staff."""
    return open_sealed(member.phone_sealed, purpose="phone") if member.phone_sealed else ""


def remember_waiting(request: HttpRequest, mark: Attendance | None) -> None:
    """Let this browser find what it left waiting; the session opens nothing else."""
    if mark is not None:
        request.session[WAITING_KEY] = mark.pk


def waiting_mark(request: HttpRequest) -> Attendance | None:
    """What this browser left waiting, whatever became of it since."""
    pk = request.session.get(WAITING_KEY)
    if not isinstance(pk, int):
        return None
    return (
        Attendance.objects.select_related("session__cohort", "enrolment__matched_to")
        .filter(pk=pk, browser=browser_mark(request))
        .first()
    )


def is_hers(waiting: Attendance, member: Member) -> bool:
    """Whether what waits was typed with this member's own phone and is still open."""
    return (
        waiting.enrolment.state == Enrolment.State.PENDING
        and waiting.enrolment.member_id is None
        and waiting.enrolment.phone_index == member.phone_index
        and waiting.session.cohort.is_open
        and Enrolment.objects.active()
        .filter(cohort_id=waiting.session.cohort_id, member=member)
        .exists()
    )


@never_cache
@require_safe
def sign_in_waiting(request: HttpRequest) -> HttpResponse:
    """待核实: the receipt, the box for the code, and what to do when no code comes."""
    waiting = waiting_mark(request)
    if waiting is None:
        return redirect("training:sign_in")
    member = viewer(request)
    if member is not None and is_hers(waiting, member):
        return redirect("training:sign_in")
    context = {
        "mark": waiting,
        "session": waiting.session,
        "person": waiting.enrolment,
        "code_awaited": is_code_awaited(request),
        "is_open": waiting.enrolment.state == Enrolment.State.PENDING,
        "is_counted": waiting.enrolment.state == Enrolment.State.MATCHED,
    }
    return render(request, "training/sign_in_waiting.html", context)
