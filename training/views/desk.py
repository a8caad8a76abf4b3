"""The desk on the projector: the code of this very slot, and how many came. Never a name."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.slot_code import (
    TOKEN_STEP_SECONDS,
    Kind,
    sign_in_token,
    slot_at,
    slot_ends_at,
)
from training.models import Session
from training.operations.scan import board_closes_at, board_code_at, key
from training.permissions import can_desk
from training.reports.desk import DeskFigures, RecentMark, desk_figures, recent_marks


def desk_session(request: MemberRequest, session_id: int) -> Session:
    """The session, if the member may desk it; 404 for everybody else, whether it exists or not."""
    session = (
        Session.objects.visible_to(request.user)
        .select_related("cohort__programme", "cohort__host_region")
        .filter(pk=session_id)
        .first()
    )
    if session is None or not can_desk(request.user, session.cohort):
        raise Http404
    return session


@dataclass(frozen=True)
class Board:
    """What the desk shows at one moment; the code of this slot only, nothing is sent ahead."""

    session: Session
    kind: Kind
    at: datetime
    state: str
    address: str
    digits: str
    ends_at: datetime
    figures: DeskFigures
    recent: list[RecentMark]

    @property
    def now_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    @property
    def ends_ms(self) -> int:
        return int(self.ends_at.timestamp() * 1000)

    @property
    def length_ms(self) -> int:
        return TOKEN_STEP_SECONDS * 1000

    @property
    def seconds_left(self) -> int:
        return max(1, round((self.ends_at - self.at).total_seconds()))

    @property
    def share_left(self) -> float:
        return 100 * self.seconds_left / TOKEN_STEP_SECONDS

    @property
    def came(self) -> int:
        return self.figures.left if self.kind == "out" else self.figures.present

    @property
    def opens_at(self) -> datetime | None:
        window = self.session.window(self.kind)
        return window[0] if window else None

    @property
    def board_until(self) -> datetime:
        return board_closes_at(self.session)


def board_of(session: Session, *, kind: Kind, at: datetime) -> Board:
    """The desk of ``session`` at ``at``; outside its window it says when, and shows no code."""
    window = session.window(kind)
    if not session.cohort.is_open:
        state = "class_closed"
    elif window is None or at < window[0]:
        state = "early"
    else:
        state = "open" if at < window[1] else "closed"
    slot = slot_at(at, TOKEN_STEP_SECONDS)
    address = digits = ""
    if state == "open":
        token = sign_in_token(key(), session.pk, kind, slot)
        address = settings.PUBLIC_URL + reverse("training:scan", args=[token])
        if kind == "in":
            digits = board_code_at(session=session, kind=kind, at=at)
    return Board(
        session=session,
        kind=kind,
        at=at,
        state=state,
        address=address,
        digits=digits,
        ends_at=slot_ends_at(slot, TOKEN_STEP_SECONDS),
        figures=desk_figures(session, list_key=session.cohort.programme.designation_list),
        recent=recent_marks(session, kind=kind),
    )


def chosen_kind(request: MemberRequest, session: Session, at: datetime) -> Kind:
    """In or out as the desk was asked for, else as the clock says."""
    if request.GET.get("kind") == "out" and session.takes_sign_out:
        return "out"
    if request.GET.get("kind") == "in":
        return "in"
    return session.kind_at(at)


def is_loopback(address: str) -> bool:
    """Whether no telephone in the hall can reach ``address`` (ruling 18)."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@never_cache
@login_required
@require_safe
def desk(request: MemberRequest, session_id: int) -> HttpResponse:
    """The big screen."""
    session = desk_session(request, session_id)
    at = timezone.now()
    board = board_of(session, kind=chosen_kind(request, session, at), at=at)
    context = {
        "board": board,
        "session": session,
        "cohort": session.cohort,
        "is_loopback": is_loopback(settings.PUBLIC_URL),
        "board_address": f"{urlsplit(settings.PUBLIC_URL).netloc}{reverse('training:board')}",
    }
    return render(request, "training/desk.html", context)


@never_cache
@login_required
@require_safe
def desk_now(request: MemberRequest, session_id: int) -> HttpResponse:
    """The same parts as of now, for the script of the big screen."""
    session = desk_session(request, session_id)
    at = timezone.now()
    board = board_of(session, kind=chosen_kind(request, session, at), at=at)
    return render(request, "training/desk_now.html", {"board": board, "session": session})
