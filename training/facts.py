"""What the completion rule looks at and what it finds, as small frozen rows (training/completion.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from training.curriculum import FrozenRequirement
from training.models import Session

NOTHING = Decimal(0)


class Presence(StrEnum):
    """What became of one half-day for one person."""

    PRESENT = "present"
    LATE = "late"
    PART = "part"
    NO_SIGN_OUT = "no_sign_out"
    PENDING = "pending"
    ABSENT = "absent"
    AHEAD = "ahead"


class Standing(StrEnum):
    """How far one requirement is."""

    MET = "met"
    OPEN = "open"
    OVERDUE = "overdue"
    FAILED = "failed"


@dataclass(frozen=True)
class SessionFacts:
    """A half-day as the rule sees it. ``over_at``: from then on nobody signs in or out by herself."""

    id: int
    content_key: str
    title: str
    label: str
    hours: Decimal
    takes_sign_out: bool
    starts_at: datetime
    over_at: datetime


@dataclass(frozen=True)
class MarkFacts:
    """One mark: its state, whether late, the part of the hours that staff granted, and when."""

    state: str
    at: datetime
    is_late: bool = False
    part_hours: Decimal | None = None
    proof: str = ""


@dataclass(frozen=True)
class ResultFacts:
    state: str
    score: Decimal | None = None
    at: datetime | None = None


Marks = Mapping[tuple[int, str], MarkFacts]
"""Of one person: by session id and kind (in, out)."""


@dataclass(frozen=True)
class SessionOutcome:
    session: SessionFacts
    presence: Presence
    attended: Decimal
    came: MarkFacts | None = None
    left: MarkFacts | None = None

    @property
    def missed(self) -> Decimal:
        """学时 that count as absent: nothing yet of what is still ahead."""
        return NOTHING if self.presence == Presence.AHEAD else self.session.hours - self.attended


@dataclass(frozen=True)
class RequirementOutcome:
    requirement: FrozenRequirement
    standing: Standing
    due_on: date
    result: ResultFacts | None = None


@dataclass(frozen=True)
class Earned:
    """学时 of one content: what the ledger may count once a cycle (ruling 22)."""

    content_key: str
    title: str
    hours: Decimal
    source_kind: str
    source_id: int


def facts_of_session(session: Session) -> SessionFacts:
    """``session`` frozen for the rule; over when both its teaching and its windows are."""
    ends = [session.ends_at, session.closes_at]
    if session.takes_sign_out and session.sign_out_closes_at:
        ends.append(session.sign_out_closes_at)
    return SessionFacts(
        id=session.pk,
        content_key=session.content_key,
        title=session.title,
        label=session.label,
        hours=session.hours,
        takes_sign_out=session.takes_sign_out,
        starts_at=session.starts_at,
        over_at=max(ends),
    )
