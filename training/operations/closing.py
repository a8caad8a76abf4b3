"""结班: what a class comes to, for everybody on its roster at once (rulings 17, 20–23)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from community.live import announce
from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System
from community.wording import clock, cn_date
from training.closing_figures import ClosingFigures
from training.models import Certificate, Closing, Cohort, Enrolment
from training.operations.archive import file_archive, freeze_timetable
from training.operations.certificate import ask_for_papers
from training.operations.certificate_state import (
    Reconciled,
    reconcile_certificates,
    revoke_certificates,
)
from training.operations.cohort import WrongCohortState
from training.operations.completion import RECORD_LANGUAGE, tell_outcomes, write_records
from training.operations.ledger import cycle_setting
from training.operations.runner import require_runner
from training.reports.completion import ClassFacts, awaiting, class_facts, evaluate_enrolments

logger = logging.getLogger(__name__)

CHUNK = 500
"""People at a time: the number of statements grows with chunks, memory does not grow with people."""

State = Cohort.State


class NothingHeld(Refusal):
    code = "cohort_without_sessions"


class SessionsNotOver(Refusal):
    code = "sessions_not_over"


class ScansAwait(Refusal):
    code = "scans_await_a_person"


def close_cohort(*, cohort: Cohort, by: Member | System, at: datetime) -> Closing:
    """结班: evaluate everybody on the roster, write the ledger and the records, decide held certificates.

    Closing twice is closing once: the closing in force is returned. Refuses whoever does not run the class, a
    class that was never opened, one whose last half-day and its windows are not over at ``at``, and one in
    which scans still await a person. One transaction; the archive is filed after it (``file_archive``).
    """
    closing, is_new = _close(cohort=cohort, by=by, at=at)
    if is_new:
        announce(f"cohort:{cohort.pk}")
        try:
            file_archive(closing=closing)
        except OSError:
            # The class is closed all the same; the round of missing archives files it later.
            logger.exception("the archive of closing %s was not filed", closing.pk)
    return closing


@transaction.atomic
def _close(*, cohort: Cohort, by: Member | System, at: datetime) -> tuple[Closing, bool]:
    # FOR UPDATE: whoever is marking somebody holds the row shared and is waited for.
    cohort = (
        Cohort.objects.select_for_update(of=("self",))
        .select_related("host_region")
        .get(pk=cohort.pk)
    )
    require_runner(by, cohort)
    in_force = cohort.closings.filter(reopened_at__isnull=True).first()
    if in_force is not None:
        return in_force, False
    facts = class_facts(cohort)
    _require_closable(cohort, facts, at)
    closing = Closing.objects.create(
        cohort=cohort,
        number=cohort.closings.count() + 1,
        closed_at=at,
        closed_by=by if isinstance(by, Member) else None,
    )
    with override(RECORD_LANGUAGE):
        figures, reconciled = _write_everybody(cohort, facts, closing, by, at)
        closing.figures = figures | {"timetable": freeze_timetable(cohort)}
    closing.save(update_fields=["figures"])
    cohort.state = State.CLOSED
    cohort.save(update_fields=["state"])
    record_audit(
        by=by,
        action="cohort.closed",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        number=closing.number,
        people=figures["people"],
        certificates={
            "restored": reconciled.restored,
            "replaced": reconciled.replaced,
            "revoked": reconciled.revoked,
        },
    )
    if reconciled.replaced:
        ask_for_papers()
    return closing, True


def _require_closable(cohort: Cohort, facts: ClassFacts, at: datetime) -> None:
    if cohort.state not in {State.ENROLLING, State.RUNNING, State.TO_CLOSE}:
        raise WrongCohortState(
            _("班次“%(name)s”现在是“%(state)s”，不能结班。")
            % {"name": cohort.name, "state": cohort.get_state_display()}
        )
    if facts.over_at is None:
        raise NothingHeld(_("班次“%(name)s”没有场次，不能结班。") % {"name": cohort.name})
    if at < facts.over_at:
        last = max(facts.sessions, key=lambda session: session.over_at)
        raise SessionsNotOver(
            _("“%(label)s”到%(date)s %(clock)s才结束，结束以后才能结班。")
            % {"label": last.label, "date": cn_date(last.over_at), "clock": clock(last.over_at)},
            over_at=last.over_at.isoformat(),
        )
    waiting = awaiting(cohort)
    if waiting:
        raise ScansAwait(
            _(
                "还有%(marks)d条签到和%(people)d名现场登记的人待核实，核实或剔除以后才能结班。"
                "请到签到台处理。"
            )
            % {"marks": waiting.marks, "people": waiting.people},
            marks=waiting.marks,
            people=waiting.people,
        )


def _write_everybody(
    cohort: Cohort, facts: ClassFacts, closing: Closing, by: Member | System, at: datetime
) -> tuple[dict[str, Any], Reconciled]:
    """Records of everybody, chunk by chunk in the order of people, and what they add up to."""
    cycle = cycle_setting().cycle_of(cohort.ends_on)
    figures = ClosingFigures()
    reconciled = Reconciled()
    roster = Enrolment.objects.filter(cohort=cohort).active().order_by("member_id", "pk")
    ids = list(roster.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        people = Enrolment.objects.select_related("member", "county__parent")
        chunk = list(people.filter(pk__in=ids[start : start + CHUNK]).order_by("member_id", "pk"))
        evaluations = evaluate_enrolments(facts=facts, enrolments=chunk, at=at)
        records = write_records(
            cohort=cohort,
            curriculum=facts.curriculum,
            closing=closing,
            enrolments=chunk,
            evaluations=evaluations,
            cycle=cycle,
            by=by,
            at=at,
        )
        reconciled += reconcile_certificates(records=records, by=by, at=at)
        tell_outcomes(closing=closing, records=records, at=at)
        figures.add(records)
    return figures.as_json(), reconciled + _revoke_of_the_gone(cohort, by, at)


def _revoke_of_the_gone(cohort: Cohort, by: Member | System, at: datetime) -> Reconciled:
    """Held certificates of people who are no longer on the roster."""
    gone = list(
        Certificate.objects.filter(enrolment__cohort=cohort, state=Certificate.State.HELD).exclude(
            enrolment__state=Enrolment.State.ACTIVE
        )
    )
    revoke_certificates(certificates=gone, by=by, at=at, reason=_("重新结班时已不在名单"))
    return Reconciled(revoked=len(gone))
