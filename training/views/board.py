"""/bl: the six digits of the big screen, for who had no network in the hall."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from community.budget import take
from community.http import client_ip
from training.forms.sign_in import BoardForm, BoardWhoForm
from training.models import Attendance, Enrolment
from training.operations.attendance import ScanRefused
from training.operations.board import sign_in_by_board
from training.operations.scan import Verdict
from training.views.scan import say, scan_of, viewer
from training.views.waiting import own_phone, remember_waiting, waiting_mark

TRIES_AN_HOUR: Final = 1200
"""Of one address, whoever tries: a whole hall may come back to its network at once."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def board(request: HttpRequest) -> HttpResponse:
    """Type the six digits; who is not logged in adds name and phone. What is kept waits for staff."""
    member = viewer(request)
    kind_of_form = BoardForm if member is not None else BoardWhoForm
    if request.method != "POST":
        return render(request, "training/board.html", {"form": kind_of_form(), "member": member})
    if not take(f"board:{client_ip(request)}", limit=TRIES_AN_HOUR, seconds=3600):
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    at = timezone.now()
    form = kind_of_form(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            outcome = sign_in_by_board(
                code=typed["code"],
                scan=scan_of(request, kind="in", seen_at=at),
                member=member,
                name=typed.get("name", "") if member is None else member.name,
                phone=typed.get("phone", "") if member is None else own_phone(member),
                at=at,
            )
        except ScanRefused as refusal:
            if refusal.verdict is not Verdict.WRONG_CODE:
                return say(request, refusal.verdict, session=None)
            form.add_error("code", _("今天的大屏没有显示过这个码，请核对六位数字。"))
        else:
            if outcome.verdict is Verdict.ALREADY and outcome.mark is not None:
                address = reverse("training:session", args=[outcome.mark.session_id])
                return HttpResponseRedirect(f"{address}?again=1")
            remember_waiting(request, outcome.mark)
            return redirect("training:board_kept")
    return render(request, "training/board.html", {"form": form, "member": member})


@never_cache
@require_safe
def board_kept(request: HttpRequest) -> HttpResponse:
    """What became of the six digits: the receipt, and that staff confirm it."""
    mark = waiting_mark(request)
    if mark is None:
        return redirect("training:board")
    context = {
        "mark": mark,
        "session": mark.session,
        "is_stranger": mark.enrolment.state == Enrolment.State.PENDING,
        "is_counted": mark.state == Attendance.State.COUNTED,
    }
    return render(request, "training/board_kept.html", context)
