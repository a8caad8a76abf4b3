"""待核实 at the desk: who nobody has proved yet, six digits, who did not sign out, shared phones."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from community.http import MemberRequest
from community.models import Member
from community.refusals import Refusal
from training.forms.staff import ReasonForm
from training.models import Enrolment, Session
from training.operations.correction import confirm_marks
from training.operations.matching import admit_waiting, match_waiting, strike_waiting
from training.permissions import can_import
from training.reports.desk import (
    candidates,
    find_on_roster,
    known_person,
    not_signed_out,
    phone_clusters,
    waiting_marks,
    waiting_people,
)
from training.views.desk import desk_session
from training.views.staff import SHOWN, asked, enrolment_in_form, refuse


def waiting_of(session: Session, enrolment_id: int) -> Enrolment:
    """Somebody who waits in the session's own class; a resolved one still answers, and says how."""
    waiting = Enrolment.objects.exclude(
        state__in=[Enrolment.State.ACTIVE, Enrolment.State.WITHDRAWN]
    ).select_related("cohort", "member", "matched_to")
    return get_object_or_404(waiting, pk=enrolment_id, cohort_id=session.cohort_id)


@never_cache
@login_required
@require_safe
def waiting(request: MemberRequest, session_id: int) -> HttpResponse:
    """Everything of this session that a person must look at."""
    session = desk_session(request, session_id)
    vars(request)["frame_here"] = "programmes"
    is_leaving = timezone.now() >= (session.window("out") or (session.ends_at,))[0]
    context = {
        "session": session,
        "cohort": session.cohort,
        "people": waiting_people(session),
        "codes": waiting_marks(session),
        "stayed": not_signed_out(session) if is_leaving else [],
        "clusters": phone_clusters(session),
    }
    return render(request, "training/staff_desk_waiting.html", context)


@never_cache
@login_required
@require_POST
def confirm(request: MemberRequest, session_id: int) -> HttpResponse:
    """One tap: let the six digits of this session count; or one of them, where the form names it."""
    session = desk_session(request, session_id)
    marks = waiting_marks(session)
    if only := request.POST.get("mark"):
        marks = [mark for mark in marks if str(mark.pk) == only]
    try:
        count = confirm_marks(marks=marks, by=request.user, at=timezone.now())
    except Refusal as refusal:
        refuse(request, refusal)
    else:
        messages.success(request, _("已核实%(count)d人。") % {"count": count})
    return redirect("training:staff_waiting", session.pk)


@never_cache
@login_required
@require_safe
def one(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """One waiting person: who on the roster it may be, a search for others, striking."""
    session = desk_session(request, session_id)
    return _one_page(request, session, waiting_of(session, enrolment_id), ReasonForm())


def _one_page(
    request: MemberRequest, session: Session, person: Enrolment, form: ReasonForm
) -> HttpResponse:
    wish = asked(request)
    found = find_on_roster(session, words=wish["q"]) if wish["q"] else []
    stranger = known_person(person)
    context = {
        "session": session,
        "cohort": session.cohort,
        "person": person,
        "marks": person.attendances.select_related("session").order_by("at"),
        "likely": candidates(session, person),
        "wish": wish,
        "found": found[:SHOWN],
        "more": max(0, len(found) - SHOWN),
        "stranger": stranger,
        "may_admit": stranger is not None and may_admit(request.user, session, stranger),
        "form": form,
    }
    return render(request, "training/staff_desk_one.html", context)


def may_admit(viewer: Member, session: Session, stranger: Member) -> bool:
    """Adding to a roster is for who coordinates the class or the stranger's county (ruling 6)."""
    affiliation = (
        stranger.affiliations.filter(to_on__isnull=True, is_main=True)
        .select_related("institution__region")
        .first()
    )
    region = affiliation.institution.region if affiliation else session.cohort.host_region
    return can_import(viewer, session.cohort, region)


@never_cache
@login_required
@require_POST
def match(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """It is this person of the roster: her marks count."""
    session = desk_session(request, session_id)
    person = waiting_of(session, enrolment_id)
    enrolment = enrolment_in_form(request, session)
    try:
        match_waiting(waiting=person, enrolment=enrolment, by=request.user, at=timezone.now())
    except Refusal as refusal:
        refuse(request, refusal)
    else:
        messages.success(request, _("已归并到%(name)s，算到场。") % {"name": enrolment.name})
    return redirect("training:staff_waiting", session.pk)


@never_cache
@login_required
@require_POST
def admit(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """She belongs here: put her on the roster, and her marks count."""
    session = desk_session(request, session_id)
    person = waiting_of(session, enrolment_id)
    stranger = known_person(person)
    if stranger is None or not may_admit(request.user, session, stranger):
        raise Http404
    try:
        admit_waiting(waiting=person, member=stranger, by=request.user, at=timezone.now())
    except Refusal as refusal:
        refuse(request, refusal)
    else:
        messages.success(request, _("已把%(name)s加入名单，算到场。") % {"name": stranger.name})
    return redirect("training:staff_waiting", session.pk)


@never_cache
@login_required
@require_POST
def strike(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """It is nobody of this class: the marks are void and stay readable."""
    session = desk_session(request, session_id)
    person = waiting_of(session, enrolment_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _one_page(request, session, person, form)
    try:
        strike_waiting(
            waiting=person,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        refuse(request, refusal)
    else:
        messages.success(request, _("已剔除%(name)s。") % {"name": person.name})
    return redirect("training:staff_waiting", session.pk)
