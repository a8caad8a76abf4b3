"""Entering what became of a requirement: work accepted, returned or failed, or a score (ruling 20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System, covers
from training.curriculum import FrozenRequirement, curriculum_of
from training.models import Cohort, CompletionRecord, Enrolment, Requirement, RequirementResult
from training.operations.completion import complete_later
from training.permissions import can_run

State = RequirementResult.State
_TENTH = Decimal("0.1")


class ResultsClosed(Refusal):
    code = "results_closed"


class RequirementUnknown(Refusal):
    code = "requirement_unknown"


class ScoreMissing(Refusal):
    code = "score_missing"


class ScoreOutOfRange(Refusal):
    code = "score_out_of_range"


class ResultNotYours(Refusal):
    code = "result_not_yours"
    status = 403


@dataclass(frozen=True)
class Verdict:
    """What was decided. Of a requirement with a score the state follows from the score, unless returned."""

    state: str = State.ACCEPTED
    score: Decimal | None = None
    note: str = ""


def can_enter_result(viewer: Member | System, enrolment: Enrolment, cohort: Cohort) -> bool:
    """Who coordinates the enrolment's frozen county, and who runs the class (rulings 6 and 20)."""
    if enrolment.county_id and covers(viewer, enrolment.county_id):
        return True
    return can_run(viewer, cohort)


def judge_verdict(requirement: FrozenRequirement, verdict: Verdict) -> Verdict:
    """``verdict`` as it is stored for ``requirement``; refuses a score that is missing or out of 0 to 100."""
    score = verdict.score
    if score is not None:
        if not 0 <= score <= 100:
            raise ScoreOutOfRange(
                _("“%(title)s”的分数是%(score)s，应在0到100之间，请改正。")
                % {"title": requirement.title, "score": score}
            )
        score = score.quantize(_TENTH, ROUND_HALF_UP)
    if requirement.kind != Requirement.Kind.SCORE or verdict.state == State.RETURNED:
        return Verdict(verdict.state, score, verdict.note.strip())
    if score is None:
        raise ScoreMissing(
            _("“%(title)s”要填分数，满%(pass)d分合格。")
            % {"title": requirement.title, "pass": requirement.pass_score}
        )
    state = State.ACCEPTED if score >= requirement.pass_score else State.FAILED
    return Verdict(state, score, verdict.note.strip())


@transaction.atomic
def record_result(
    *,
    enrolment: Enrolment,
    requirement_key: int,
    verdict: Verdict,
    by: Member | System,
    at: datetime,
) -> RequirementResult:
    """Store what became of one requirement for one person; the same again changes nothing.

    In a closed class only for who is 待完成, and then she is evaluated at once (``complete_later``). Refuses a
    requirement that the class did not freeze, a missing or impossible score, and whoever looks after neither
    the person's county nor the class.
    """
    cohort = Cohort.objects.select_for_update().get(pk=enrolment.cohort_id)
    if not can_enter_result(by, enrolment, cohort):
        raise ResultNotYours(_("%(name)s不在您的管辖范围。") % {"name": enrolment.name})
    requirement = frozen_requirement(cohort, requirement_key)
    verdict = judge_verdict(requirement, verdict)
    is_waiting = require_still_open(cohort, enrolment)
    result, before = _store(enrolment, requirement, verdict, by, at)
    if before == (verdict.state, verdict.score, verdict.note):
        return result
    record_audit(
        by=by,
        action="requirement.recorded",
        at=at,
        subject=enrolment,
        region=enrolment.county_id,
        requirement=requirement.key,
        before=_audited(before),
        after=_audited((verdict.state, verdict.score, verdict.note)),
    )
    if is_waiting:
        complete_later(enrolment=enrolment, by=by, at=at)
    return result


def frozen_requirement(cohort: Cohort, key: int) -> FrozenRequirement:
    """The requirement as the class froze it; refuses one that it did not, or whose row is gone."""
    found = next((r for r in curriculum_of(cohort).requirements if r.key == key), None)
    if found is None or not Requirement.objects.filter(pk=key).exists():
        raise RequirementUnknown(
            _("班次“%(name)s”没有这项结业要求，请刷新页面后重新选择。") % {"name": cohort.name}
        )
    return found


def require_still_open(cohort: Cohort, enrolment: Enrolment) -> bool:
    """Refuse results of a class that is closed, but for who is 待完成; whether it is such a person."""
    if cohort.is_open:
        return False
    record = CompletionRecord.objects.in_force().filter(enrolment=enrolment).first()
    if record is not None and record.outcome == CompletionRecord.Outcome.WAITING:
        return True
    raise ResultsClosed(
        _("班次“%(cohort)s”现在是“%(state)s”，%(name)s的结果不能再改。要改，请先取消结班。")
        % {"cohort": cohort.name, "state": cohort.get_state_display(), "name": enrolment.name}
    )


Stored = tuple[str, Decimal | None, str]


def _store(
    enrolment: Enrolment,
    requirement: FrozenRequirement,
    verdict: Verdict,
    by: Member | System,
    at: datetime,
) -> tuple[RequirementResult, Stored | None]:
    actor = by if isinstance(by, Member) else None
    result, is_new = RequirementResult.objects.get_or_create(
        enrolment=enrolment,
        requirement_id=requirement.key,
        defaults={
            "state": verdict.state,
            "score": verdict.score,
            "note": verdict.note[:200],
            "by": actor,
            "at": at,
        },
    )
    if is_new:
        return result, None
    before = (result.state, result.score, result.note)
    if before != (verdict.state, verdict.score, verdict.note):
        result.state, result.score, result.note = verdict.state, verdict.score, verdict.note[:200]
        result.by, result.at = actor, at
        result.save(update_fields=["state", "score", "note", "by", "at"])
    return result, before


def _audited(stored: Stored | None) -> dict[str, str] | None:
    if stored is None:
        return None
    state, score, note = stored
    return {"state": state, "score": "" if score is None else str(score), "note": note}
