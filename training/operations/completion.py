"""Writing down what the rule found: ledger entries and frozen records, for a class or for one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from community.models import Member
from community.operations.audit import record_audit
from community.operations.notification import notify, settle
from community.refusals import Refusal
from community.scope import System
from community.wording import local_date
from training.certificates.snapshot import digest
from training.completion import Evaluation
from training.curriculum import Curriculum
from training.dossier import build_snapshot
from training.facts import Standing
from training.models import Closing, Cohort, CompletionRecord, Enrolment, HoursEntry
from training.operations.certificate_state import reconcile_certificates
from training.operations.ledger import Claim, award_hours, cycle_setting, lock_ledger
from training.reports.completion import class_facts, evaluate_enrolments

Outcome = CompletionRecord.Outcome
RECORD_LANGUAGE = "zh-hans"
"""Records are documents: they read the same whoever closed the class, in whatever language."""


class NotClosed(Refusal):
    code = "cohort_not_closed"


def write_records(
    *,
    cohort: Cohort,
    curriculum: Curriculum,
    closing: Closing,
    enrolments: Sequence[Enrolment],
    evaluations: dict[int, Evaluation],
    cycle: str,
    by: Member | System,
    at: datetime,
) -> list[CompletionRecord]:
    """Award what was earned and freeze a record for each enrolment, in the caller's transaction.

    A record supersedes the enrolment's last one, of whichever closing. Queries do not grow with people.
    """
    lock_ledger(enrolment.member_id for enrolment in enrolments if enrolment.member_id)
    claims = [
        Claim(
            member_id=enrolment.member_id,
            enrolment_id=enrolment.pk,
            cycle=cycle,
            earned=content,
            rule=curriculum.rule.version,
            earned_on=cohort.ends_on,
        )
        for enrolment in enrolments
        if enrolment.member_id
        for content in evaluations[enrolment.pk].earned
    ]
    live = award_hours(claims=claims, by=by, at=at)
    counted: dict[int, dict[str, HoursEntry]] = {}
    for claim in claims:
        counted.setdefault(claim.enrolment_id, {})[claim.earned.content_key] = live[claim.content]
    last = {
        record.enrolment_id: record
        for record in CompletionRecord.objects.filter(
            enrolment__in=[enrolment.pk for enrolment in enrolments], superseded_by__isnull=True
        )
    }
    records = []
    for enrolment in enrolments:
        evaluation = evaluations[enrolment.pk]
        snapshot = build_snapshot(
            cohort=cohort,
            curriculum=curriculum,
            enrolment=enrolment,
            evaluation=evaluation,
            cycle=cycle,
            counted=counted.get(enrolment.pk, {}),
        )
        before = last.get(enrolment.pk)
        records.append(
            CompletionRecord(
                enrolment=enrolment,
                closing=closing,
                version=before.version + 1 if before else 1,
                supersedes=before,
                outcome=evaluation.outcome,
                hours=evaluation.hours,
                unmet=[line.words for line in evaluation.unmet],
                snapshot=snapshot,
                snapshot_hash=digest(snapshot),
                rule_version=curriculum.rule.version,
                at=at,
                by=by if isinstance(by, Member) else None,
            )
        )
    return CompletionRecord.objects.bulk_create(records)


@transaction.atomic
def complete_later(*, enrolment: Enrolment, by: Member | System, at: datetime) -> CompletionRecord:
    """Evaluate one 待完成 person again, by the same code as 结班; her record in force afterwards.

    As long as her work is still not due she stays 待完成 and nothing is written. A person who is not 待完成 keeps
    her record. Refuses a class that is not closed (ruling 21).
    """
    cohort = Cohort.objects.select_for_update().get(pk=enrolment.cohort_id)
    record = (
        CompletionRecord.objects.in_force()
        .filter(enrolment=enrolment)
        .select_related("closing")
        .first()
    )
    if record is None:
        raise NotClosed(
            _("班次“%(name)s”还没有结班，%(person)s的结果会在结班时一起评定。")
            % {"name": cohort.name, "person": enrolment.name}
        )
    if record.outcome != Outcome.WAITING:
        return record
    enrolment = Enrolment.objects.select_related("member", "county__parent").get(pk=enrolment.pk)
    facts = class_facts(cohort)
    with override(RECORD_LANGUAGE):
        evaluations = evaluate_enrolments(facts=facts, enrolments=[enrolment], at=at)
        if evaluations[enrolment.pk].outcome == Outcome.WAITING:
            return record
        (record,) = write_records(
            cohort=cohort,
            curriculum=facts.curriculum,
            closing=record.closing,
            enrolments=[enrolment],
            evaluations=evaluations,
            cycle=cycle_setting().cycle_of(cohort.ends_on),
            by=by,
            at=at,
        )
        reconcile_certificates(records=[record], by=by, at=at)
    record_audit(
        by=by,
        action="enrolment.completed",
        at=at,
        subject=enrolment,
        region=enrolment.county_id,
        outcome=record.outcome,
        hours=str(record.hours),
    )
    waited_for = outcome_key(record.closing, Outcome.WAITING)
    settle(kind="completion", key=waited_for, at=at, member=enrolment.member)
    tell_outcomes(closing=record.closing, records=[record], at=at)
    return record


def complete_overdue(at: datetime, *, limit: int = 50) -> None:
    """A round: evaluate 待完成 people whose last requirement is past its day, at most ``limit`` of them."""
    today = local_date(at)
    waiting = (
        CompletionRecord.objects.in_force()
        .filter(outcome=Outcome.WAITING, closing__cohort__ends_on__lt=today)
        .select_related("enrolment", "closing__cohort")
        .order_by("pk")
    )
    overdue = (
        record.enrolment
        for record in waiting.iterator(chunk_size=500)
        if any(
            work["standing"] == Standing.OPEN and date.fromisoformat(work["due_on"]) < today
            for work in record.snapshot["requirements"]
        )
    )
    for enrolment in list(islice(overdue, limit)):
        complete_later(enrolment=enrolment, by=System(_("作业到期")), at=at)


def outcome_key(closing: Closing, outcome: str) -> str:
    """The inbox's key of what one closing came to: told once a closing."""
    return f"closing:{closing.pk}:{outcome}"


def tell_outcomes(*, closing: Closing, records: Sequence[CompletionRecord], at: datetime) -> None:
    """Put the outcome into each person's inbox, one line a closing; what is still owed is a task there."""
    words = {
        Outcome.PASSED: _("“%(name)s”已结班，您已结业"),
        Outcome.WAITING: _("“%(name)s”已结班，您还差作业或成绩，完成后结业"),
        Outcome.FAILED: _("“%(name)s”已结班，您没有结业"),
    }
    for outcome, text in words.items():
        people = [
            record.enrolment.member_id
            for record in records
            if record.outcome == outcome and record.enrolment.member_id
        ]
        if people:
            notify(
                members=people,
                kind="completion",
                key=outcome_key(closing, outcome),
                text=text % {"name": closing.cohort.name},
                url="/me/",
                at=at,
                is_task=outcome == Outcome.WAITING,
            )
