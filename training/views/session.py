"""A session as its trainee sees it on a phone: her mark first, then today, then the hand-outs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from training.models import AgendaItem, Attendance, Enrolment, ProgrammeMaterial, Session
from training.permissions import can_desk


@dataclass(frozen=True)
class Half:
    """One half-day of the class beside the others: what the viewer has of it."""

    session: Session
    mark: Attendance | None
    left: Attendance | None
    is_here: bool

    @property
    def is_done(self) -> bool:
        return self.mark is not None and self.mark.state == Attendance.State.COUNTED

    @property
    def is_waiting(self) -> bool:
        return self.mark is not None and self.mark.state == Attendance.State.PENDING


@dataclass(frozen=True)
class AgendaLine:
    starts_at: datetime
    ends_at: datetime
    title: str
    note: str
    state: str


def halves_of(session: Session, enrolment: Enrolment | None) -> list[Half]:
    """The half-days of the class with the viewer's marks. Two queries."""
    marks: dict[tuple[int, str], Attendance] = {}
    if enrolment is not None:
        rows = Attendance.objects.filter(enrolment=enrolment).exclude(state=Attendance.State.VOID)
        marks = {(mark.session_id, mark.kind): mark for mark in rows}
    sessions = Session.objects.filter(cohort_id=session.cohort_id).order_by("starts_at", "position")
    return [
        Half(one, marks.get((one.pk, "in")), marks.get((one.pk, "out")), one.pk == session.pk)
        for one in sessions
    ]


def agenda_of(halves: list[Half], session: Session, at: datetime) -> list[AgendaLine]:
    """What happens on the session's day: its agenda, or the half-days where nobody wrote one."""
    day = timezone.localtime(session.starts_at).date()
    today = [
        half.session for half in halves if timezone.localtime(half.session.starts_at).date() == day
    ]
    items = list(AgendaItem.objects.filter(session__in=today).order_by("starts_at"))
    written = {item.session_id for item in items}
    rows: list[AgendaItem | Session] = [
        *items,
        *(one for one in today if one.pk not in written),
    ]
    return [
        AgendaLine(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            title=row.title,
            note=row.note if isinstance(row, AgendaItem) else row.get_kind_display(),
            state="past" if row.ends_at <= at else "now" if row.starts_at <= at else "next",
        )
        for row in sorted(rows, key=lambda row: row.starts_at)
    ]


@never_cache
@login_required
@require_safe
def session_detail(request: MemberRequest, session_id: int) -> HttpResponse:
    """My mark, my half-days and seat, today's agenda and the hand-outs."""
    vars(request)["frame_here"] = "programmes"
    session = get_object_or_404(
        Session.objects.visible_to(request.user).select_related("cohort__programme"),
        pk=session_id,
    )
    enrolment = (
        Enrolment.objects.active().filter(cohort=session.cohort, member=request.user).first()
    )
    at = timezone.now()
    halves = halves_of(session, enrolment)
    here = next(half for half in halves if half.is_here)
    materials = (
        ProgrammeMaterial.objects.filter(programme=session.cohort.programme_id)
        .select_related("material")
        .order_by("sort_order", "pk")
    )
    context = {
        "session": session,
        "cohort": session.cohort,
        "enrolment": enrolment,
        "half": here,
        "halves": halves,
        "agenda": agenda_of(halves, session, at),
        "materials": materials,
        "again": "again" in request.GET and here.is_done,
        "is_open_now": session.opens_at <= at < session.closes_at,
        "is_to_come": at < session.opens_at,
        "awaits_leaving": session.takes_sign_out and here.is_done and here.left is None,
        "can_desk": can_desk(request.user, session.cohort),
    }
    return render(request, "training/session_detail.html", context)
