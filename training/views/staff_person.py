"""One person at the desk: the marks in full, what was changed about them, and changing them."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from community.http import MemberRequest
from community.refusals import Refusal
from training.forms.staff import ArrivalForm, CorrectionForm, PartHoursForm
from training.models import Enrolment, Session
from training.operations.correction import correct_mark, grant_part_hours
from training.reports.desk import with_marks
from training.views.desk import desk_session
from training.views.staff import mark_in_form, person_of

# Two forms of this page ask for a reason; their fields need ids of their own.
HOURS_IDS: Final = "id_hours_%s"


@never_cache
@login_required
@require_safe
def person(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """One person at this session: marks, their history, correcting, part of the hours."""
    session = desk_session(request, session_id)
    return _person_page(request, session, person_of(session, enrolment_id))


def _person_page(
    request: MemberRequest, session: Session, enrolment: Enrolment, **forms: Any
) -> HttpResponse:
    with_marks(session, [enrolment])
    marks = [
        one for one in (vars(enrolment)["mark_in"], vars(enrolment)["mark_out"]) if one is not None
    ]
    histories = [
        (one, list(one.changes.select_related("by").order_by("at", "pk"))) for one in marks
    ]
    context = {
        "session": session,
        "cohort": session.cohort,
        "person": enrolment,
        "histories": histories,
        "kind": session.kind_at(timezone.now()),
        "arrival": ArrivalForm(session=session),
        "correction": CorrectionForm(session=session),
        "hours": PartHoursForm(auto_id=HOURS_IDS),
        **forms,
    }
    return render(request, "training/staff_desk_person.html", context)


@never_cache
@login_required
@require_POST
def correct(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """Correct a mark, with a reason."""
    session = desk_session(request, session_id)
    enrolment = person_of(session, enrolment_id)
    made = mark_in_form(request, session)
    form = CorrectionForm(request.POST, session=session)
    if form.is_valid() and made.enrolment_id == enrolment.pk:
        try:
            correct_mark(
                mark=made,
                state=form.cleaned_data["state"],
                moment=form.moment(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("已更正%(name)s的签到。") % {"name": enrolment.name})
            return redirect("training:staff_person", session.pk, enrolment.pk)
    return _person_page(request, session, enrolment, correction=form, correcting=made.pk)


@never_cache
@login_required
@require_POST
def part_hours(request: MemberRequest, session_id: int, enrolment_id: int) -> HttpResponse:
    """Grant a part of the hours, with a reason."""
    session = desk_session(request, session_id)
    enrolment = person_of(session, enrolment_id)
    form = PartHoursForm(request.POST, auto_id=HOURS_IDS)
    if form.is_valid():
        try:
            grant_part_hours(
                session=session,
                enrolment=enrolment,
                hours=form.cleaned_data["hours"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("已改%(name)s的学时。") % {"name": enrolment.name})
            return redirect("training:staff_person", session.pk, enrolment.pk)
    return _person_page(request, session, enrolment, hours=form)
