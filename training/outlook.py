"""还差什么: what somebody still has to do to complete, and whether she still can. Pure.

Read from an evaluation made while the class runs: half-days ahead are neither attended nor missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from community.wording import hours as hours_words
from training.completion import Evaluation, reaches_limit
from training.facts import NOTHING, Presence, SessionFacts, SessionOutcome, Standing
from training.unmet import missing_requirement, too_much_absence

_DOUBTFUL = {Presence.PENDING, Presence.NO_SIGN_OUT}


class Chance(StrEnum):
    """Whether somebody can still complete."""

    DONE = "done"
    ON_COURSE = "on_course"
    AT_RISK = "at_risk"
    LOST = "lost"


@dataclass(frozen=True)
class Outlook:
    """``missed`` 学时 are lost for good, ``doubtful`` half-days can still be settled at the desk.

    ``spare`` is how many more 学时 may be missed (less than that many, in fact: reaching the limit fails).
    ``must_come`` are the half-days ahead that she cannot miss even one of.
    """

    chance: Chance
    missed: Decimal
    spare: Decimal
    doubtful: tuple[SessionOutcome, ...]
    must_come: tuple[SessionFacts, ...]
    lines: tuple[str, ...]


def look_ahead(evaluation: Evaluation) -> Outlook:
    """What is missing for ``evaluation`` to become 结业, sentence by sentence, nearest first."""
    doubtful = tuple(day for day in evaluation.sessions if day.presence in _DOUBTFUL)
    missed = evaluation.absent - sum((day.missed for day in doubtful), NOTHING)
    ahead = [day.session for day in evaluation.sessions if day.presence == Presence.AHEAD]

    def is_too_much(hours: Decimal) -> bool:
        return reaches_limit(hours, evaluation.required, evaluation.absence_limit)

    must_come = tuple(session for session in ahead if is_too_much(missed + session.hours))
    missing = [work for work in evaluation.requirements if work.standing != Standing.MET]
    is_lost = is_too_much(missed) or any(work.standing != Standing.OPEN for work in missing)
    if is_lost:
        chance = Chance.LOST
    elif is_too_much(evaluation.absent) or (missed > 0 and must_come):
        chance = Chance.AT_RISK
    else:
        chance = Chance.ON_COURSE if ahead or missing or doubtful else Chance.DONE
    lines = [_doubt(day) for day in doubtful]
    if is_too_much(missed):
        absence = too_much_absence(missed, evaluation.required, evaluation.absence_limit)
        lines.insert(0, absence.words)
    elif missed > 0 and must_come:
        lines.append(_must_come(missed, must_come))
    lines += [missing_requirement(work).words for work in missing]
    return Outlook(
        chance=chance,
        missed=missed,
        spare=max(evaluation.absence_limit * evaluation.required - missed, NOTHING),
        doubtful=doubtful,
        must_come=must_come,
        lines=tuple(lines),
    )


def _doubt(day: SessionOutcome) -> str:
    if day.presence == Presence.NO_SIGN_OUT:
        return _("%(label)s缺签退，现在按缺勤算，请到签到台核实") % {"label": day.session.label}
    return _("%(label)s的签到待核实，请到签到台核实") % {"label": day.session.label}


def _must_come(missed: Decimal, sessions: tuple[SessionFacts, ...]) -> str:
    labels = _("、").join(session.label for session in sessions)
    return _("已缺勤%(missed)s学时，%(labels)s再缺一次就不能结业") % {
        "missed": hours_words(missed),
        "labels": labels,
    }
