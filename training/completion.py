"""What the rule says of one person: a pure function of what was frozen, marked and decided.

Rules: domain.md §a, rulings 17, 20 and 21; docs/rules/attendance.md and docs/rules/credit.md say them in
words. 学时 are ``Decimal`` throughout. Nothing here asks the database or the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from community.wording import local_date
from training.curriculum import Curriculum, FrozenRequirement
from training.facts import (
    NOTHING,
    Earned,
    Marks,
    Presence,
    RequirementOutcome,
    ResultFacts,
    SessionFacts,
    SessionOutcome,
    Standing,
)
from training.models import Attendance, CompletionRecord, Requirement, RequirementResult
from training.unmet import Unmet, missing_requirement, too_much_absence

Outcome = CompletionRecord.Outcome
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Evaluation:
    """``outcome`` is a ``CompletionRecord.Outcome``; hours are 学时, ``absent`` of ``required``."""

    outcome: str
    sessions: tuple[SessionOutcome, ...]
    requirements: tuple[RequirementOutcome, ...]
    required: Decimal
    absent: Decimal
    absence_limit: Decimal
    unmet: tuple[Unmet, ...]
    earned: tuple[Earned, ...]

    @property
    def hours(self) -> Decimal:
        """学时 that this class gives."""
        return sum((content.hours for content in self.earned), NOTHING)

    @property
    def attended(self) -> Decimal:
        """学时 of the hall, whatever the outcome."""
        return sum((line.attended for line in self.sessions), NOTHING)


def reaches_limit(absent: Decimal, required: Decimal, limit: Decimal) -> bool:
    """Absence that *reaches* the limit fails: 20.0 % of a fifth does, 19.9 % does not (invariant 2)."""
    return required > 0 and absent >= limit * required


def evaluate(
    *,
    curriculum: Curriculum,
    sessions: Sequence[SessionFacts],
    marks: Marks,
    results: Mapping[int, ResultFacts],
    ends_on: date,
    at: datetime,
) -> Evaluation:
    """What one enrolment comes to at ``at``, by the curriculum and rule that its class froze.

    ``sessions`` are the half-days held, ``marks`` and ``results`` (by requirement) the person's own. The
    denominator is the curriculum's session hours; work is no part of it (ruling 17). Half-days that are not
    over count neither way, so the same function says how somebody stands while the class runs.
    """
    rule = curriculum.rule
    days = tuple(_attend(session, marks, at) for session in sessions)
    today = local_date(at)
    works = tuple(
        _judge(requirement, results.get(requirement.key), ends_on, today)
        for requirement in curriculum.requirements
    )
    required = curriculum.session_hours
    absent = sum((day.missed for day in days), NOTHING)
    is_absent_too_long = reaches_limit(absent, required, rule.absence_limit)
    missing = [work for work in works if work.standing != Standing.MET]
    if is_absent_too_long or any(work.standing != Standing.OPEN for work in missing):
        outcome: str = Outcome.FAILED
    else:
        outcome = Outcome.WAITING if missing else Outcome.PASSED
    unmet = [too_much_absence(absent, required, rule.absence_limit)] if is_absent_too_long else []
    return Evaluation(
        outcome=outcome,
        sessions=days,
        requirements=works,
        required=required,
        absent=absent,
        absence_limit=rule.absence_limit,
        unmet=(*unmet, *map(missing_requirement, missing)),
        earned=_earned(curriculum, outcome, days, works),
    )


def _attend(session: SessionFacts, marks: Marks, at: datetime) -> SessionOutcome:
    """All or nothing, unless staff granted a part; a missing sign-out counts absent until resolved."""
    came = marks.get((session.id, Attendance.Kind.IN))
    left = marks.get((session.id, Attendance.Kind.OUT))
    presence, attended = Presence.ABSENT, NOTHING
    is_over = at >= session.over_at
    if came is None or came.state == Attendance.State.VOID:
        presence = Presence.ABSENT if is_over else Presence.AHEAD
    elif came.state == Attendance.State.PENDING:
        presence = Presence.PENDING
    elif came.part_hours is not None:
        presence, attended = Presence.PART, min(came.part_hours, session.hours)
    elif session.takes_sign_out and (left is None or left.state != Attendance.State.COUNTED):
        if left is not None and left.state == Attendance.State.PENDING:
            presence = Presence.PENDING
        else:
            presence = Presence.NO_SIGN_OUT if is_over else Presence.AHEAD
    else:
        presence = Presence.LATE if came.is_late else Presence.PRESENT
        attended = session.hours
    return SessionOutcome(session, presence, attended, came, left)


def _judge(
    requirement: FrozenRequirement, result: ResultFacts | None, ends_on: date, today: date
) -> RequirementOutcome:
    due_on = ends_on + timedelta(days=requirement.due_days)
    if result is None or result.state == RequirementResult.State.RETURNED:
        standing = Standing.OPEN if today <= due_on else Standing.OVERDUE
    else:
        standing = Standing.MET if _is_met(requirement, result) else Standing.FAILED
    return RequirementOutcome(requirement, standing, due_on, result)


def _is_met(requirement: FrozenRequirement, result: ResultFacts) -> bool:
    if requirement.kind == Requirement.Kind.SCORE:
        return result.score is not None and result.score >= requirement.pass_score
    return result.state == RequirementResult.State.ACCEPTED


def _earned(
    curriculum: Curriculum,
    outcome: str,
    days: tuple[SessionOutcome, ...],
    works: tuple[RequirementOutcome, ...],
) -> tuple[Earned, ...]:
    """All that was attended and accepted; of one who failed a share of what she attended (0 by default)."""
    if outcome == Outcome.WAITING:
        return ()
    ratio = Decimal(1) if outcome == Outcome.PASSED else curriculum.rule.fail_ratio
    earned = [
        Earned(
            content_key=day.session.content_key,
            title=day.session.title,
            hours=(day.attended * ratio).quantize(_TENTH, ROUND_HALF_UP),
            source_kind="session",
            source_id=day.session.id,
        )
        for day in days
    ]
    if outcome == Outcome.PASSED:
        earned += _earned_by_work(curriculum, works)
    return tuple(content for content in earned if content.hours > 0)


def _earned_by_work(curriculum: Curriculum, works: tuple[RequirementOutcome, ...]) -> list[Earned]:
    """A work module counts once every requirement tied to it is met."""
    earned = []
    for module in curriculum.modules:
        tied = [work for work in works if work.requirement.module_key == module.key]
        if module.is_work and tied and all(work.standing == Standing.MET for work in tied):
            source = tied[0].requirement.key
            earned.append(
                Earned(module.content_key, module.title, module.hours, "requirement", source)
            )
    return earned
