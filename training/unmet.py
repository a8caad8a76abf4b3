"""The conditions that are not met, said in Chinese with their figures (docs/rules/attendance.md)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext as _

from community.wording import hours as hours_words
from training.facts import RequirementOutcome, Standing
from training.models import Requirement

_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Unmet:
    """A stable code and the sentence, without its full stop so that several can be joined."""

    code: str
    words: str


def percent_words(part: Decimal, whole: Decimal) -> str:
    """22.5 of 4.5/20: one place, cut and not rounded, so that 19.96 % never reads as 20 %."""
    return hours_words((part * 100 / whole).quantize(_TENTH, ROUND_DOWN)) if whole else "0"


def share_words(share: Decimal) -> str:
    """五分之一 for 0.2; a limit that has no everyday name is said in per cent."""
    names = {
        Decimal("0.2"): _("五分之一"),
        Decimal("0.25"): _("四分之一"),
        Decimal("0.1"): _("十分之一"),
        Decimal("0.5"): _("一半"),
    }
    return names.get(share.normalize(), f"{hours_words(share * 100)}%")


def too_much_absence(absent: Decimal, required: Decimal, limit: Decimal) -> Unmet:
    """缺勤4.5/20学时，已达22.5%，超过五分之一."""
    figures = {
        "absent": hours_words(absent),
        "required": hours_words(required),
        "percent": percent_words(absent, required),
        "limit": share_words(limit),
    }
    if absent == limit * required:
        words = _("缺勤%(absent)s/%(required)s学时，占%(percent)s%%，达到%(limit)s") % figures
    else:
        words = _("缺勤%(absent)s/%(required)s学时，已达%(percent)s%%，超过%(limit)s") % figures
    return Unmet("absence", words)


def missing_requirement(work: RequirementOutcome) -> Unmet:
    """What is missing of one requirement, and until when it can still be met."""
    is_score = work.requirement.kind == Requirement.Kind.SCORE
    if work.standing == Standing.FAILED:
        return _failed(work, is_score)
    day = {"title": work.requirement.title, "month": work.due_on.month, "day": work.due_on.day}
    if work.standing == Standing.OVERDUE and is_score:
        return Unmet("score_overdue", _("“%(title)s”到%(month)d月%(day)d日没有合格成绩") % day)
    if work.standing == Standing.OVERDUE:
        return Unmet("work_overdue", _("“%(title)s”到%(month)d月%(day)d日没有通过审核") % day)
    if work.result is not None:
        return Unmet("work_returned", _("“%(title)s”退回修改，%(month)d月%(day)d日截止") % day)
    if is_score:
        return Unmet("score_open", _("“%(title)s”还没有成绩，%(month)d月%(day)d日截止") % day)
    return Unmet("work_open", _("“%(title)s”还没有通过审核，%(month)d月%(day)d日截止") % day)


def _failed(work: RequirementOutcome, is_score: bool) -> Unmet:
    title, result = work.requirement.title, work.result
    if is_score and result is not None and result.score is not None:
        figures = {
            "title": title,
            "score": hours_words(result.score),
            "pass": work.requirement.pass_score,
        }
        return Unmet("score_low", _("“%(title)s”%(score)s分，不到%(pass)d分") % figures)
    return Unmet("work_failed", _("“%(title)s”不合格") % {"title": title})
