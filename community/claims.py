"""The signed claim: "this browser was shown this code in time", kept while its owner logs in.

Rules: rulings 12 and 14, anchors.md §2.1. The code is judged at the first GET; the claim lives a
few minutes in that browser and becomes a mark by POST only. A claim copied to another browser is
refused and can be told apart, so that the attempt is stored with its reason.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from community.slot_code import Kind

CLAIM_MINUTES: Final = 15
"""How long a claim waits for a slow log-in or a late SMS; what counts is when the code was seen."""

_SALT: Final = "tongke.sign-in.claim"
_CLOCK_SKEW: Final = timedelta(seconds=60)


class ClaimVerdict(StrEnum):
    """What a claim is worth in the browser that sent it."""

    GOOD = "good"
    COPIED = "copied"
    EXPIRED = "expired"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Claim:
    """A scan that was in time: which session, which direction, which slot, when seen by us."""

    session_id: int
    kind: Kind
    slot: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """A claim read at one moment. ``claim`` is there for everything but a forged one."""

    verdict: ClaimVerdict
    claim: Claim | None = None

    @property
    def is_good(self) -> bool:
        return self.verdict is ClaimVerdict.GOOD


def make_claim(*, session_id: int, kind: Kind, slot: int, seen_at: datetime, browser: str) -> str:
    """Sign that ``browser`` (`community.http.ensure_browser`) was seen with a good code then.

    The text is safe in a cookie, a form and a URL; it names the browser only by a keyed digest.
    """
    seen_ms = int(seen_at.timestamp() * 1000)
    return _signer().sign_object([session_id, kind, slot, seen_ms, _digest(browser)])


def judge_claim(text: str, *, browser: str, at: datetime, max_age: timedelta) -> ClaimReading:
    """What the claim in ``text`` is worth for ``browser`` at ``at``.

    Copied is said before expired: who forwarded it stays a fact when it has grown old.
    """
    try:
        session_id, kind, slot, seen_ms, owner = _signer().unsign_object(text)
    except (BadSignature, ValueError, TypeError):
        return ClaimReading(ClaimVerdict.FORGED)
    seen_at = datetime.fromtimestamp(seen_ms / 1000, UTC)
    claim = Claim(session_id, cast(Kind, kind), slot, seen_at)
    if not hmac.compare_digest(owner, _digest(browser)):
        return ClaimReading(ClaimVerdict.COPIED, claim)
    if not -_CLOCK_SKEW <= at - seen_at <= max_age:
        return ClaimReading(ClaimVerdict.EXPIRED, claim)
    return ClaimReading(ClaimVerdict.GOOD, claim)


def read_claim(text: str, *, browser: str, at: datetime, max_age: timedelta) -> Claim | None:
    """The claim if it is good for this browser now, else None; `judge_claim` says why not."""
    reading = judge_claim(text, browser=browser, at=at, max_age=max_age)
    return reading.claim if reading.is_good else None


def _signer() -> Signer:
    return Signer(salt=_SALT)


def _digest(browser: str) -> str:
    return salted_hmac(f"{_SALT}.browser", browser, algorithm="sha256").hexdigest()[:32]
