"""场次 as they are planned: one more, changed, taken out, and the agenda of each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.http import MemberRequest
from community.refusals import Refusal
from training.forms.lines import MOST_LINES, faults_in, typed_lines, without
from training.forms.planning import MeetingForm
from training.forms.session import AgendaForm, AgendaLines, SessionForm
from training.models import Session
from training.operations.planning import set_agenda
from training.operations.session import add_session, change_session, drop_session
from training.reports.class_plan import untaught
from training.reports.plan import line_of, next_line
from training.views.cohort import class_to_plan


def _session(request: MemberRequest, session_id: int) -> Session:
    """A half-day of a class that the viewer runs."""
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=session_id)
    session.cohort = class_to_plan(request, session.cohort_id)
    return session


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_session(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """One half-day more, of a module that has none yet."""
    cohort = class_to_plan(request, cohort_id)
    sessions = list(cohort.sessions.all())
    if request.method == "POST" and _added_before(request, sessions):
        messages.info(request, _("这个场次已经添加，没有重复添加。"))
        return redirect("training:class_settings", cohort.pk)
    modules = untaught(cohort, sessions)
    first = {"day": cohort.starts_on, "place": cohort.venue}
    first |= next_line([line_of(session) for session in sessions], modules)
    form = MeetingForm(request.POST or None, modules=modules, initial=first)
    if request.method == "POST" and form.is_valid():
        meeting = form.meeting()
        try:
            session = add_session(
                cohort=cohort, by=request.user, at=timezone.now(), **vars(meeting)
            )
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("已添加“%(label)s”。") % {"label": session.label})
            return redirect("training:class_settings", cohort.pk)
    context = {"cohort": cohort, "form": form, "modules": modules}
    status = 422 if form.errors else 200
    return render(request, "training/session_new.html", context, status=status)


def _added_before(request: MemberRequest, sessions: list[Session]) -> bool:
    """Whether this very form added its half-day a moment ago."""
    key, label = f"module:{request.POST.get('module', '')}", request.POST.get("label", "").strip()
    return any(held.content_key == key and held.label == label for held in sessions)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def session_settings(request: MemberRequest, session_id: int) -> HttpResponse:
    """When and where one half-day is, and from when until when one signs in."""
    session = _session(request, session_id)
    form = SessionForm(request.POST or None, initial=SessionForm.of(session))
    if request.method == "POST" and form.is_valid():
        try:
            change_session(
                session=session, by=request.user, at=timezone.now(), **form.fields_of_session()
            )
        except Refusal as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("已保存“%(label)s”。") % {"label": session.label})
            return redirect("training:class_settings", session.cohort_id)
    context = {"cohort": session.cohort, "session": session, "form": form}
    status = 422 if form.errors else 200
    return render(request, "training/session_settings.html", context, status=status)


@require_POST
@login_required
def drop(request: MemberRequest, session_id: int) -> HttpResponse:
    """Take a half-day out; its module can be given another one at once."""
    session = _session(request, session_id)
    try:
        drop_session(session=session, by=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            _("已删除“%(label)s”。模块“%(module)s”可以重新添加场次。")
            % {"label": session.label, "module": session.title},
        )
    return redirect("training:class_settings", session.cohort_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agenda(request: MemberRequest, session_id: int) -> HttpResponse:
    """The timetable of one half-day, written as a whole."""
    session = _session(request, session_id)
    if request.method == "POST" and "save" in request.POST:
        return _save_agenda(request, session)
    lines: list[dict[str, Any]] = (
        _retyped(request) if request.method == "POST" else _lines_now(session)
    )
    return _agenda_page(request, session, AgendaLines(initial=lines, prefix="a"))


def _lines_now(session: Session) -> list[dict[str, Any]]:
    """What stands there; an empty line to begin with where nothing does."""
    lines = [
        {
            "start": timezone.localtime(item.starts_at).time(),
            "end": timezone.localtime(item.ends_at).time(),
            "title": item.title,
            "note": item.note,
        }
        for item in session.agenda.all()
    ]
    return lines or [{"start": timezone.localtime(session.starts_at).time()}]


def _retyped(request: MemberRequest) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [*typed_lines(AgendaForm, request.POST, "a")]
    if "drop" in request.POST:
        return [*without(lines, request.POST["drop"])]
    return [*lines, {"start": lines[-1]["end"] if lines else ""}]


def _save_agenda(request: MemberRequest, session: Session) -> HttpResponse:
    lines = AgendaLines(request.POST, prefix="a")
    if not lines.is_valid():
        return _agenda_page(request, session, lines, status=422)
    filled, day = lines.filled, _day(session)
    try:
        set_agenda(
            session=session,
            lines=[line.line(day) for line in filled],
            by=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        number = refusal.details.get("line")
        if number is None:
            messages.error(request, refusal.message)
            return redirect("training:class_settings", session.cohort_id)
        filled[number].add_error("start", refusal.message)
        return _agenda_page(request, session, lines, status=422)
    messages.success(request, _("已保存“%(label)s”的日程。") % {"label": session.label})
    return redirect("training:class_settings", session.cohort_id)


def _day(session: Session) -> date:
    return timezone.localdate(session.starts_at)


def _agenda_page(
    request: MemberRequest, session: Session, lines: Any, *, status: int = 200
) -> HttpResponse:
    context = {
        "cohort": session.cohort,
        "session": session,
        "lines": lines,
        "may_add": len(lines.forms) < MOST_LINES,
        "faults": faults_in(*lines.forms),
    }
    return render(request, "training/session_agenda.html", context, status=status)
