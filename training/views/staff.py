"""The staff's phone: find somebody, mark, take it back; many at once; somebody who is on no list."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.http import MemberRequest
from community.refusals import Refusal
from community.slot_code import Kind
from community.wording import clock
from training.forms.staff import ArrivalForm, WalkInForm
from training.models import Attendance, Enrolment, Session, SessionTally
from training.operations.scan import Verdict
from training.operations.staff_mark import (
    arrival,
    can_still_undo,
    mark_present,
    mark_unmarked,
    undo_mark,
)
from training.operations.waiting import add_walk_in
from training.reports.desk import (
    desk_figures,
    find_on_roster,
    late_people,
    not_signed_out,
    phone_clusters,
    unmarked,
    waiting_marks,
    waiting_people,
)
from training.views.desk import desk_session

SHOWN: Final = 30
"""How many of a search fit a phone; the rest are told to be more exact."""


def asked(request: HttpRequest) -> dict[str, str]:
    """What is searched for, from the address or, on the way back from a button, from the form."""
    given = request.POST if request.method == "POST" else request.GET
    return {
        "q": given.get("q", "").strip()[:50],
        "county": given.get("county", "")[:6],
        "show": "missing" if given.get("show") == "missing" else "",
    }


def back_to_desk(request: HttpRequest, session: Session, **extra: Any) -> HttpResponseRedirect:
    """The staff's phone with the search as it was."""
    query = {name: value for name, value in {**asked(request), **extra}.items() if value}
    address = reverse("training:staff", args=[session.pk])
    return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)


def refuse(request: HttpRequest, refusal: Refusal) -> None:
    messages.error(request, refusal.message)


def kind_in_form(request: HttpRequest) -> Kind:
    return "out" if request.POST.get("kind") == "out" else "in"


def person_of(session: Session, enrolment_id: int | str) -> Enrolment:
    """Somebody on the roster of the session's own class; anybody else is not found (anchors.md #917)."""
    people = Enrolment.objects.active().select_related("county", "member")
    return get_object_or_404(people, pk=enrolment_id, cohort_id=session.cohort_id)


def enrolment_in_form(request: HttpRequest, session: Session) -> Enrolment:
    typed = request.POST.get("enrolment", "")
    return person_of(session, typed if typed.isdecimal() and len(typed) < 19 else "0")


def mark_in_form(request: HttpRequest, session: Session) -> Attendance:
    typed = request.POST.get("mark", "")
    marks = Attendance.objects.select_related("session__cohort", "enrolment")
    pk = typed if typed.isdecimal() and len(typed) < 19 else "0"
    return get_object_or_404(marks, pk=pk, session=session)


@never_cache
@login_required
@require_safe
def staff_desk(request: MemberRequest, session_id: int) -> HttpResponse:
    """Figures, the search with its buttons, who came late, what waits, what to do without network."""
    session = desk_session(request, session_id)
    vars(request)["frame_here"] = "programmes"
    at = timezone.now()
    wish = asked(request)
    searched = any(wish.values())
    people: list[Enrolment] = []
    if searched:
        people = find_on_roster(session, words=wish["q"], county=wish["county"])
        if wish["show"] == "missing":
            people = unmarked(session, people)
    done = _just_done(request, session)
    context = {
        "session": session,
        "cohort": session.cohort,
        "figures": desk_figures(session),
        "kind": session.kind_at(at),
        "searched": searched,
        "wish": wish,
        "people": people[:SHOWN],
        "found": len(people),
        "more": max(0, len(people) - SHOWN),
        "unmarked": len(unmarked(session, people)),
        "arrival": ArrivalForm(session=session),
        "is_over": at > session.ends_at,
        "counties": _counties(session),
        "late": late_people(session, limit=20),
        "waiting": len(waiting_people(session)),
        "codes": len(waiting_marks(session)),
        "clusters": len(phone_clusters(session)),
        "stayed": len(not_signed_out(session)) if session.kind_at(at) == "out" else 0,
        "done": done,
        "can_undo": done is not None and can_still_undo(mark=done, by=request.user, at=at),
    }
    return render(request, "training/staff_desk.html", context)


def _just_done(request: HttpRequest, session: Session) -> Attendance | None:
    typed = request.GET.get("done", "")
    if not (typed.isdecimal() and len(typed) < 19):
        return None
    marks = Attendance.objects.select_related("enrolment").filter(session=session)
    return marks.exclude(state=Attendance.State.VOID).filter(pk=typed).first()


def _counties(session: Session) -> list[SessionTally]:
    rows = SessionTally.objects.filter(session=session).select_related("county")
    return list(rows.order_by("county_id"))


@never_cache
@login_required
@require_POST
def mark(request: MemberRequest, session_id: int) -> HttpResponse:
    """Staff mark somebody present by name."""
    session = desk_session(request, session_id)
    enrolment = enrolment_in_form(request, session)
    form = ArrivalForm(request.POST, session=session)
    try:
        outcome = mark_present(
            session=session,
            enrolment=enrolment,
            kind=kind_in_form(request),
            arrived_at=form.moment() if form.is_valid() else None,
            by=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        refuse(request, refusal)
        return back_to_desk(request, session)
    made = outcome.mark
    if outcome.verdict is Verdict.ALREADY and made is not None:
        messages.info(
            request,
            _("%(name)s%(time)s已经签过，不用再签。")
            % {"name": enrolment.name, "time": clock(made.at)},
        )
        return back_to_desk(request, session)
    return back_to_desk(request, session, done=made.pk if made is not None else "")


@never_cache
@login_required
@require_POST
def undo(request: MemberRequest, session_id: int) -> HttpResponse:
    """Take back a mark made by hand in the last 30 seconds."""
    session = desk_session(request, session_id)
    made = mark_in_form(request, session)
    try:
        undo_mark(mark=made, by=request.user, at=timezone.now())
    except Refusal as refusal:
        refuse(request, refusal)
    else:
        messages.success(request, _("已撤销%(name)s的签到。") % {"name": made.enrolment.name})
    return back_to_desk(request, session)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mark_many(request: MemberRequest, session_id: int) -> HttpResponse:
    """只标未到的: say how many first, then mark those of the search who have no mark."""
    session = desk_session(request, session_id)
    wish = asked(request)
    people = find_on_roster(session, words=wish["q"], county=wish["county"])
    missing = unmarked(session, people)
    form = ArrivalForm(request.POST or None, session=session)
    if request.method == "POST" and form.is_valid():
        try:
            count = mark_unmarked(
                session=session,
                enrolments=missing,
                arrived_at=form.moment(),
                by=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("arrived", refusal.message)
        else:
            messages.success(request, _("已签到%(count)d人。") % {"count": count})
            return back_to_desk(request, session)
    context = {
        "session": session,
        "cohort": session.cohort,
        "wish": wish,
        "people": missing,
        "spared": len(people) - len(missing),
        "form": form,
    }
    return render(request, "training/staff_desk_many.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: MemberRequest, session_id: int) -> HttpResponse:
    """Somebody who is on no list: kept as 待核实, matched later."""
    session = desk_session(request, session_id)
    form = WalkInForm(request.POST or None, session=session)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            seen_at = arrival(session=session, kind="in", at=at, arrived_at=form.moment())
            made = add_walk_in(
                session=session,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                seen_at=seen_at,
                by=request.user,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(
                request,
                _("已记下%(name)s，待核实，回执%(receipt)s。")
                % {"name": made.enrolment.name, "receipt": made.receipt},
            )
            return redirect("training:staff_waiting", session.pk)
    context = {"session": session, "cohort": session.cohort, "form": form}
    return render(request, "training/staff_desk_walk_in.html", context)
