"""``/q/<token>``: the code on the screen is judged when it is first shown to us.

A GET never signs in: WeChat fetches links ahead. A good code is kept as a claim of this browser, so
that a slow log-in cannot make it old (rulings 12 to 14).
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.budget import take
from community.claims import Claim, make_claim
from community.http import browser_mark, client_ip, ensure_browser
from community.models import Member
from community.slot_code import Kind
from training.forms.sign_in import WhoForm
from training.models import Attendance, Enrolment, Session
from training.operations.attendance import Scan, note_attempt
from training.operations.scan import (
    CLAIM_MAX_AGE,
    Verdict,
    find_session,
    judge_claim_text,
    judge_scanned_code,
    judge_session,
)
from training.sign_in_words import words_of

CLAIM_COOKIE: Final = "tk_claim"
SCANS_A_MINUTE: Final = 3000
"""Of one address: a hall of hundreds stands behind one, and each scans a few times."""


def viewer(request: HttpRequest) -> Member | None:
    """The member who is logged in, if anybody is."""
    return request.user if isinstance(request.user, Member) else None


def is_fetched_ahead(request: HttpRequest) -> bool:
    """Whether the browser says that nobody looks at this yet."""
    purpose = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return "prefetch" in purpose or request.headers.get("X-Moz") == "prefetch"


def scan_of(request: HttpRequest, *, kind: Kind, seen_at: datetime, **fields: Any) -> Scan:
    """An attempt with everything that the server knows of it; nothing comes from the form."""
    return Scan(
        kind=kind,
        seen_at=seen_at,
        browser=browser_mark(request),
        user_agent=request.headers.get("User-Agent", "")[:200],
        address=client_ip(request) or None,
        **fields,
    )


def say(
    request: HttpRequest,
    verdict: Verdict,
    *,
    session: Session | None,
    kind: Kind = "in",
    seen_at: datetime | None = None,
) -> HttpResponse:
    """The page of a scan that made no mark."""
    words = words_of(verdict, session=session, kind=kind, seen_at=seen_at)
    context = {"words": words, "verdict": verdict, "session": session, "seen_at": seen_at}
    return render(request, "training/sign_in_result.html", context, status=words.status)


@never_cache
@require_safe
def scan(request: HttpRequest, token: str) -> HttpResponse:
    """``/q/<token>``: judge the code at once, keep a claim of a good one, show the one button."""
    if request.method == "HEAD":
        return HttpResponse()
    if not take(f"scan:{client_ip(request)}", limit=SCANS_A_MINUTE, seconds=60):
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    at = timezone.now()
    reading = judge_scanned_code(token=token.rstrip("/"), at=at)
    session, enrolment = None, None
    if reading.session_id is not None:
        session, enrolment = find_session(session_id=reading.session_id, member=viewer(request))
    verdict = reading.verdict or judge_session(session=session, kind=reading.kind, seen_at=at)
    if verdict is not None:
        if not is_fetched_ahead(request):
            attempt = scan_of(
                request, kind=reading.kind, seen_at=at, token=_printable(token.rstrip("/"))
            )
            note_attempt(
                scan=attempt,
                verdict=verdict,
                session=session,
                enrolment=enrolment,
                by=viewer(request),
                at=at,
            )
        return say(request, verdict, session=session, kind=reading.kind, seen_at=at)
    assert session is not None
    claim = Claim(session.pk, reading.kind, reading.slot, at)
    response = show_claim(request, claim, session, enrolment)
    response.set_cookie(
        CLAIM_COOKIE,
        make_claim(
            session_id=claim.session_id,
            kind=claim.kind,
            slot=claim.slot,
            seen_at=at,
            browser=ensure_browser(request),
        ),
        max_age=CLAIM_MAX_AGE,
        path=reverse("training:sign_in"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _printable(token: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in token[:32])


def read_claim(request: HttpRequest, at: datetime) -> tuple[Verdict | None, Claim | None]:
    """The claim in this browser's cookie and what speaks against it."""
    text = request.COOKIES.get(CLAIM_COOKIE, "")
    if not text:
        return Verdict.NO_CLAIM, None
    return judge_claim_text(text=text, browser=ensure_browser(request), at=at)


def show_claim(
    request: HttpRequest, claim: Claim, session: Session, enrolment: Enrolment | None
) -> HttpResponse:
    """What somebody with a good claim sees: the button, her mark, or the way to prove who she is."""
    member = viewer(request)
    context: dict[str, Any] = {"session": session, "claim": claim}
    if member is None:
        return render(request, "training/sign_in_name.html", {**context, "form": WhoForm()})
    mark = None
    if enrolment is not None:
        marks = enrolment.attendances.filter(session=session)
        by_kind = {mark.kind: mark for mark in marks.exclude(state=Attendance.State.VOID)}
        mark = by_kind.get(claim.kind)
        if claim.kind == "out" and "in" not in by_kind:
            verdict = Verdict.NOT_SIGNED_IN
            return say(request, verdict, session=session, kind="out", seen_at=claim.seen_at)
    if mark is not None and mark.state == Attendance.State.COUNTED:
        return render(request, "training/sign_in_already.html", {**context, "mark": mark})
    words = None
    if enrolment is None:
        words = words_of(Verdict.NOT_ENROLLED, session=session, kind=claim.kind)
    context |= {"member": member, "enrolment": enrolment, "words": words}
    return render(request, "training/sign_in_ready.html", context)
