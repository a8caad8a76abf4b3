"""签到 on a phone after the scan: the one button, and the first time on a phone."""

from __future__ import annotations

from datetime import datetime

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from community.claims import Claim
from community.models import Member
from training.forms.sign_in import WhoForm
from training.models import Attendance, Enrolment, Session
from training.operations.attendance import Scan, ScanRefused, note_attempt, record_attendance
from training.operations.matching import prove_waiting
from training.operations.scan import Verdict, find_session, judge_scan, judge_session
from training.operations.waiting import keep_waiting, roster_member
from training.views.phone_code import start_phone_code
from training.views.scan import read_claim, say, scan_of, show_claim, viewer
from training.views.waiting import (
    WAITING_KEY,
    is_hers,
    own_phone,
    remember_waiting,
    waiting_mark,
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The claim of this browser: show it, and sign in with it. The only door that marks by scan."""
    if request.method == "POST":
        return _sign_in_by_claim(request)
    at = timezone.now()
    member = viewer(request)
    waiting = waiting_mark(request)
    if member is not None and waiting is not None and is_hers(waiting, member):
        context = {"session": waiting.session, "waiting": waiting, "member": member}
        return render(request, "training/sign_in_ready.html", context)
    verdict, claim = read_claim(request, at)
    if verdict is not None or claim is None:
        if waiting is not None:
            return redirect("training:sign_in_waiting")
        seen_at = claim.seen_at if claim else None
        return say(request, verdict or Verdict.NO_CLAIM, session=None, seen_at=seen_at)
    session, enrolment = find_session(session_id=claim.session_id, member=member)
    verdict = judge_session(session=session, kind=claim.kind, seen_at=claim.seen_at)
    if verdict is not None or session is None:
        return say(
            request,
            verdict or Verdict.NO_SESSION,
            session=session,
            kind=claim.kind,
            seen_at=claim.seen_at,
        )
    return show_claim(request, claim, session, enrolment)


def _sign_in_by_claim(request: HttpRequest) -> HttpResponseRedirect:
    at = timezone.now()
    member = viewer(request)
    if member is None:
        return redirect("training:sign_in")
    waiting = waiting_mark(request)
    if waiting is not None and is_hers(waiting, member):
        return _prove(request, waiting, member, at)
    verdict, claim = read_claim(request, at)
    if verdict is not None or claim is None:
        _note_bad_claim(request, verdict or Verdict.NO_CLAIM, claim, at)
        return redirect("training:sign_in")
    session, enrolment = find_session(session_id=claim.session_id, member=member)
    attempt = scan_of(
        request, kind=claim.kind, seen_at=claim.seen_at, proof=_proof(request, member, claim)
    )
    if session is not None and enrolment is None:
        against = judge_scan(
            session=session, enrolment=None, kind=claim.kind, seen_at=claim.seen_at
        )
        if against is Verdict.NOT_ENROLLED:
            return _keep_stranger(request, session, attempt, member, at)
    try:
        outcome = record_attendance(
            session=session, enrolment=enrolment, scan=attempt, by=member, at=at
        )
    except ScanRefused:
        return redirect("training:sign_in")
    address = reverse("training:session", args=[claim.session_id])
    again = "?again=1" if outcome.verdict is Verdict.ALREADY else ""
    return HttpResponseRedirect(address + again)


def _note_bad_claim(
    request: HttpRequest, verdict: Verdict, claim: Claim | None, at: datetime
) -> None:
    session = None
    if claim is not None:
        session = Session.objects.filter(pk=claim.session_id).first()
    attempt = scan_of(
        request, kind=claim.kind if claim else "in", seen_at=claim.seen_at if claim else at
    )
    note_attempt(scan=attempt, verdict=verdict, session=session, by=viewer(request), at=at)


def _proof(request: HttpRequest, member: Member, claim: Claim) -> str:
    """By code where the member answered one since the scan, else by the account that scanned."""
    if has_answered_code(request, member, since=claim.seen_at):
        return Attendance.Proof.CODE
    return Attendance.Proof.ACCOUNT


def has_answered_code(request: HttpRequest, member: Member, *, since: datetime) -> bool:
    """Whether this session was opened by a code sent to the member's phone, after ``since``."""
    return any(
        record.get("method") == "code" and record.get("at", 0) >= since.timestamp()
        for record in get_authentication_records(request, member)
    )


def _keep_stranger(
    request: HttpRequest, session: Session, attempt: Scan, member: Member, at: datetime
) -> HttpResponseRedirect:
    attempt = scan_of(
        request, kind=attempt.kind, seen_at=attempt.seen_at, proof=Attendance.Proof.NONE
    )
    try:
        outcome = keep_waiting(
            session=session,
            name=member.name,
            phone=own_phone(member),
            scan=attempt,
            person=member,
            by=member,
            at=at,
        )
    except ScanRefused:
        return redirect("training:sign_in")
    remember_waiting(request, outcome.mark)
    return redirect("training:sign_in_waiting")


@never_cache
@require_POST
def sign_in_by_name(request: HttpRequest) -> HttpResponse:
    """The first time on a phone: name and phone are kept with the scan's time, and a code goes out.

    Whoever types, the next page is the same: it does not say who is on the roster.
    """
    at = timezone.now()
    if viewer(request) is not None:
        return redirect("training:sign_in")
    verdict, claim = read_claim(request, at)
    if verdict is not None or claim is None:
        _note_bad_claim(request, verdict or Verdict.NO_CLAIM, claim, at)
        return redirect("training:sign_in")
    session, _none = find_session(session_id=claim.session_id, member=None)
    form = WhoForm(request.POST)
    if session is not None and not form.is_valid():
        context = {"session": session, "claim": claim, "form": form}
        return render(request, "training/sign_in_name.html", context)
    attempt = scan_of(request, kind=claim.kind, seen_at=claim.seen_at, proof=Attendance.Proof.NONE)
    name, phone = form.cleaned_data.get("name", ""), form.cleaned_data.get("phone", "")
    try:
        outcome = keep_waiting(session=session, name=name, phone=phone, scan=attempt, at=at)
    except ScanRefused as refusal:
        if refusal.verdict is Verdict.PHONE_FULL:
            return say(request, refusal.verdict, session=session, kind=claim.kind)
        return redirect("training:sign_in")
    assert session is not None
    remember_waiting(request, outcome.mark)
    start_phone_code(request, roster_member(session=session, name=name, phone=phone), phone)
    return redirect("training:sign_in_waiting")


def _prove(
    request: HttpRequest, waiting: Attendance, member: Member, at: datetime
) -> HttpResponseRedirect:
    enrolment = Enrolment.objects.active().get(cohort_id=waiting.session.cohort_id, member=member)
    answered = has_answered_code(request, member, since=waiting.received_at)
    proof = Attendance.Proof.CODE if answered else Attendance.Proof.ACCOUNT
    prove_waiting(mark=waiting, enrolment=enrolment, proof=proof, by=member, at=at)
    del request.session[WAITING_KEY]
    return redirect("training:session", waiting.session_id)
