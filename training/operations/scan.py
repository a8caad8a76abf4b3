"""Judging a scan: what a code, a claim, a session and the clock say together. Nothing here writes.

Rulings 12, 14 to 17. The code on the screen is judged at the first GET and becomes a claim of that
browser; the claim's time (``seen_at``), not the time of the POST, decides between 到, 迟 and 早.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from community.claims import Claim, ClaimVerdict, judge_claim
from community.compiled import Compiled
from community.models import Member
from community.slot_code import (
    BOARD_STEP_SECONDS,
    CodeState,
    Kind,
    board_code,
    judge_token,
    normalise_board_code,
    slot_at,
)
from community.vault import signing_key
from training.models import Cohort, Enrolment, Session

CLAIM_MAX_AGE: Final = timedelta(minutes=30)
"""How long a scan waits in its browser for a slow log-in or a late message; its own time counts."""

BOARD_UNTIL: Final = time(18, 0)
"""Six digits are taken at /bl until this hour of the session's day (design.md journey 1)."""

BOARD_AFTER_END: Final = timedelta(hours=1)
"""…but never less than this long after the session: evenings exist."""

KEY_PURPOSE: Final = "sign_in"


class Verdict(StrEnum):
    """What became of an attempt. The codes are stored and never change their meaning."""

    RECORDED = "recorded"  # 到
    LATE = "late"  # 迟
    ALREADY = "already"  # 已签
    WAITING = "waiting"  # 待核实: kept with its time until code or staff prove the person
    BOARD = "board"  # 补: six digits, kept like the above
    STALE = "stale"  # 旧
    EARLY = "early"  # 早
    NOT_ENROLLED = "not_enrolled"  # 名
    CLOSED = "closed"
    FORGED = "forged"
    FUTURE = "future"
    COPIED = "copied"
    CLAIM_EXPIRED = "claim_expired"
    NO_CLAIM = "no_claim"
    NO_SESSION = "no_session"
    COHORT_NOT_OPEN = "cohort_not_open"
    COHORT_CLOSED = "cohort_closed"
    NO_SIGN_OUT = "no_sign_out"
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_CODE = "wrong_code"
    TOO_MANY = "too_many"
    PHONE_FULL = "phone_full"

    @property
    def is_mark(self) -> bool:
        """Whether a mark that counts stands behind it."""
        return self in {Verdict.RECORDED, Verdict.LATE, Verdict.ALREADY}

    @property
    def is_kept(self) -> bool:
        """Whether anything was kept for the person at all; the others changed nothing."""
        return self.is_mark or self in {Verdict.WAITING, Verdict.BOARD}


@dataclass(frozen=True)
class CodeReading:
    """A code judged at its first GET. ``verdict`` is None for a good one."""

    verdict: Verdict | None
    session_id: int | None = None
    kind: Kind = "in"
    slot: int = 0


_OF_CODE: Final = {
    CodeState.STALE: Verdict.STALE,
    CodeState.FUTURE: Verdict.FUTURE,
    CodeState.FORGED: Verdict.FORGED,
}

_OF_CLAIM: Final = {
    ClaimVerdict.COPIED: Verdict.COPIED,
    ClaimVerdict.EXPIRED: Verdict.CLAIM_EXPIRED,
    ClaimVerdict.FORGED: Verdict.NO_CLAIM,
}


def key() -> bytes:
    """The key of all sign-in codes."""
    return signing_key(KEY_PURPOSE)


def judge_scanned_code(*, token: str, at: datetime) -> CodeReading:
    """What the clock says of the text in ``/q/<token>``; any text at all is judged, none is refused.

    A forged one names no session: what it claims to be is not to be believed.
    """
    judged = judge_token(key(), token, at)
    if judged.claim is None or judged.state is CodeState.FORGED:
        return CodeReading(Verdict.FORGED)
    return CodeReading(
        _OF_CODE.get(judged.state), judged.claim.session_id, judged.claim.kind, judged.slot or 0
    )


def judge_claim_text(
    *, text: str, browser: str, at: datetime
) -> tuple[Verdict | None, Claim | None]:
    """What the claim of ``browser`` is worth: no verdict and the claim, or a verdict against it."""
    reading = judge_claim(text, browser=browser, at=at, max_age=CLAIM_MAX_AGE)
    return (None if reading.is_good else _OF_CLAIM[reading.verdict]), reading.claim


def judge_session(*, session: Session | None, kind: Kind, seen_at: datetime) -> Verdict | None:
    """What session, class and window say of a scan seen at ``seen_at``; None where all is well."""
    if session is None:
        return Verdict.NO_SESSION
    if not session.cohort.is_open:
        draft = session.cohort.state == Cohort.State.DRAFT
        return Verdict.COHORT_NOT_OPEN if draft else Verdict.COHORT_CLOSED
    window = session.window(kind)
    if window is None:
        return Verdict.NO_SIGN_OUT
    opens_at, closes_at = window
    if seen_at < opens_at:
        return Verdict.EARLY
    return Verdict.CLOSED if seen_at >= closes_at else None


def judge_scan(
    *,
    session: Session | None,
    enrolment: Enrolment | None,
    kind: Kind,
    seen_at: datetime,
    has_signed_in: bool = False,
) -> Verdict:
    """The verdict on one person's scan: RECORDED, LATE, or why not. Pure.

    ``has_signed_in`` matters for signing out only. Late is after ``session.late_after`` and earns all
    hours (ruling 17); after the window closes one goes to the desk.
    """
    against = judge_session(session=session, kind=kind, seen_at=seen_at)
    if against is not None or session is None:
        return against or Verdict.NO_SESSION
    if enrolment is None:
        return Verdict.NOT_ENROLLED
    if kind == "out":
        return Verdict.RECORDED if has_signed_in else Verdict.NOT_SIGNED_IN
    return Verdict.LATE if is_late(session=session, kind=kind, at=seen_at) else Verdict.RECORDED


def is_late(*, session: Session, kind: str, at: datetime) -> bool:
    """Whether somebody who came at ``at`` is marked 迟到; nobody is late to sign out."""
    return kind == "in" and at > session.late_after


def board_closes_at(session: Session) -> datetime:
    """Until when the session's six digits are taken at /bl."""
    day = timezone.localtime(session.starts_at)
    evening = datetime.combine(day.date(), BOARD_UNTIL, tzinfo=day.tzinfo)
    return max(evening, session.ends_at + BOARD_AFTER_END)


def board_code_at(*, session: Session, kind: Kind, at: datetime) -> str:
    """The six digits on the screen at ``at``."""
    return board_code(key(), session.pk, kind, slot_at(at, BOARD_STEP_SECONDS))


def board_time(*, session: Session, code: str, at: datetime) -> datetime | None:
    """When the screen began to show ``code``, if it was shown in the session's window before ``at``.

    Every slot of the window is compared, so that who had no network may type it hours later; the
    digits of slots to come are not.
    """
    typed = normalise_board_code(code)
    if not (typed.isascii() and typed.isdigit()):
        return None
    first = slot_at(session.opens_at, BOARD_STEP_SECONDS)
    last = slot_at(min(at, session.closes_at - timedelta(seconds=1)), BOARD_STEP_SECONDS)
    for slot in range(first, last + 1):
        if constant_time_compare(board_code(key(), session.pk, "in", slot), typed):
            return max(_slot_starts(slot), session.opens_at)
    return None


def _slot_starts(slot: int) -> datetime:
    return datetime.fromtimestamp(slot * BOARD_STEP_SECONDS, timezone.get_current_timezone())


def find_session(
    *, session_id: int, member: Member | None
) -> tuple[Session | None, Enrolment | None]:
    """The session of a code and the member's place on its roster, in one SELECT.

    The code itself is the permission: this is the one door that does not ask ``visible_to`` (ruling 12).
    """
    found = _FOUND.ask(member.pk if member is not None else _NOBODY, session_id)
    if not found:
        return None, None
    return found[0], _enrolment_in(found[0], member)


_NOBODY: Final = 0
_FOUND: Final = Compiled(
    2, lambda member, pk: Session.objects.with_enrolment_of(member).filter(pk=pk)
)


def _enrolment_in(session: Session, member: Member | None) -> Enrolment | None:
    found = vars(session)
    if member is None or found["found_id"] is None:
        return None
    enrolment = Enrolment(
        pk=found["found_id"],
        cohort=session.cohort,
        member=member,
        county_id=found["found_county"],
        state=Enrolment.State.ACTIVE,
        name=member.name,
        seat=found["found_seat"],
        group_name=found["found_group"],
    )
    enrolment._state.adding = False
    return enrolment
