"""签发N份, and 更正 of a name or a unit: the two deeds that make certificates (ruling 23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from community.models import Member
from community.names import name_fault, normalise_name, pinyin_key
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.refusals import Refusal
from community.scope import System
from training.certificates.snapshot import digest
from training.models import Certificate, Cohort, CompletionRecord, Enrolment
from training.operations.certificate_state import supersede_certificates, write_certificates
from training.operations.runner import require_runner

CHUNK = 500
RECORD_LANGUAGE = "zh-hans"
_UNIT_MAX = 100


class NothingToCertify(Refusal):
    code = "cohort_not_closed_yet"


class CountChanged(Refusal):
    code = "certificate_count_changed"


class CertificateNotValid(Refusal):
    code = "certificate_not_valid"


class CorrectionUnexplained(Refusal):
    code = "correction_reason_missing"


class CorrectionFaulty(Refusal):
    code = "correction_faulty"


class NothingToCorrect(Refusal):
    code = "nothing_to_correct"


@dataclass(frozen=True)
class Issue:
    """How many certificates one call made, and how many of the class are live afterwards."""

    issued: int
    live: int


def to_certify(cohort: Cohort) -> QuerySet[CompletionRecord]:
    """Records in force that passed and whose people hold no live certificate, in the order of keys."""
    live = Certificate.objects.filter(
        enrolment__cohort=cohort, state__in=[Certificate.State.VALID, Certificate.State.HELD]
    )
    return (
        CompletionRecord.objects.in_force()
        .filter(enrolment__cohort=cohort, outcome=CompletionRecord.Outcome.PASSED)
        .exclude(enrolment__in=live.values("enrolment"))
        .select_related("enrolment")
        .order_by("pk")
    )


@transaction.atomic
def issue_certificates(
    *, cohort: Cohort, by: Member | System, at: datetime, expected: int | None = None
) -> Issue:
    """Number and freeze a certificate for everybody of ``cohort`` who passed and has none.

    ``expected`` is the count that the person confirmed: another count is refused, so that nobody signs more
    than she saw. Issuing twice is issuing once. Papers are drawn afterwards by a task. Refuses a class that
    is not closed, and whoever does not run it.
    """
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    require_runner(by, cohort)
    if cohort.state not in {Cohort.State.CLOSED, Cohort.State.ARCHIVED}:
        raise NothingToCertify(
            _("班次“%(name)s”现在是“%(state)s”，还不能签发证书。请先结班。")
            % {"name": cohort.name, "state": cohort.get_state_display()}
        )
    records = list(to_certify(cohort))
    if expected is not None and expected != len(records):
        raise CountChanged(
            _("要签发的是%(count)d份，不是您确认的%(expected)d份，名单刚有变化。请核对后再签发。")
            % {"count": len(records), "expected": expected},
            count=len(records),
        )
    with override(RECORD_LANGUAGE):
        for start in range(0, len(records), CHUNK):
            chunk = records[start : start + CHUNK]
            write_certificates(records=chunk, by=by, at=at, reason=_("签发"))
    if records:
        _tell_and_draw(cohort, records, by, at)
    live = Certificate.objects.filter(
        enrolment__cohort=cohort, state=Certificate.State.VALID
    ).count()
    return Issue(issued=len(records), live=live)


def _tell_and_draw(
    cohort: Cohort, records: Sequence[CompletionRecord], by: Member | System, at: datetime
) -> None:
    record_audit(
        by=by,
        action="certificates.issued",
        at=at,
        subject=cohort,
        region=cohort.host_region_id,
        count=len(records),
    )
    notify(
        members=[r.enrolment.member_id for r in records if r.enrolment.member_id],
        kind="certificate",
        key=f"cohort:{cohort.pk}:issued",
        text=_("“%(name)s”的证书已签发") % {"name": cohort.name},
        url="/me/",
        at=at,
    )
    ask_for_papers()


def ask_for_papers() -> None:
    """Queue the drawing of every paper that waits. The queue is a table: this commits or falls with the rest."""
    from training.tasks import draw_waiting_papers

    draw_waiting_papers.enqueue()


@transaction.atomic
def correct_certificate(
    *,
    certificate: Certificate,
    name: str = "",
    unit: str = "",
    reason: str,
    by: Member | System,
    at: datetime,
) -> Certificate:
    """Put the holder's name or unit right: a new number; the old page says 已更正 and links it.

    The enrolment's frozen name or unit and the completion record's next version carry the correction too, so
    that a later 结班 finds nothing changed. Refuses a certificate that is not 有效, a correction that changes
    nothing or has no reason, and whoever does not run the class.
    """
    cohort = Cohort.objects.select_for_update().get(enrolments=certificate.enrolment_id)
    require_runner(by, cohort)
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if certificate.state != Certificate.State.VALID:
        raise CertificateNotValid(
            _("证书%(number)s现在是“%(state)s”，不能更正。只有有效的证书能更正。")
            % {"number": certificate.number, "state": certificate.get_state_display()}
        )
    if len(reason.strip()) < 2:
        raise CorrectionUnexplained(_("更正原因没有写，请写明为什么更正，例如“姓名错字”。"))
    enrolment = Enrolment.objects.get(pk=certificate.enrolment_id)
    before = {"name": enrolment.name, "unit": enrolment.institution_name}
    after = {"name": _name(name) or before["name"], "unit": _unit(unit) or before["unit"]}
    if before == after:
        raise NothingToCorrect(_("姓名和单位都没有变，没有要更正的内容。"))
    enrolment.name, enrolment.institution_name = after["name"], after["unit"]
    enrolment.name_key = pinyin_key(enrolment.name)
    enrolment.changed_at = at
    enrolment.save(update_fields=["name", "name_key", "institution_name", "changed_at"])
    record = _corrected_record(enrolment, by, at)
    with override(RECORD_LANGUAGE):
        (corrected,) = supersede_certificates(
            certificates=[certificate], records=[record], by=by, at=at, reason=reason.strip()
        )
    record_audit(
        by=by,
        action="certificate.corrected",
        at=at,
        subject=certificate,
        region=enrolment.county_id,
        before=before,
        after=after,
        number=corrected.number,
        reason=reason.strip(),
    )
    notify(
        members=[corrected.member_id],
        kind="certificate",
        key=f"certificate:{certificate.pk}:corrected",
        text=_("您的证书已更正，新编号%(number)s") % {"number": corrected.number},
        url=f"/me/certificates/{corrected.number}/",
        at=at,
    )
    ask_for_papers()
    return corrected


def _name(name: str) -> str:
    name = normalise_name(name)
    if name and (fault := name_fault(name)):
        raise CorrectionFaulty(fault)
    return name


def _unit(unit: str) -> str:
    unit = unit.strip()
    if len(unit) > _UNIT_MAX:
        raise CorrectionFaulty(
            _("单位有%(count)d个字，最多%(limit)d个，请缩短。")
            % {"count": len(unit), "limit": _UNIT_MAX}
        )
    return unit


def _corrected_record(enrolment: Enrolment, by: Member | System, at: datetime) -> CompletionRecord:
    """The record's next version: the same evaluation, with the corrected name and unit."""
    last = (
        CompletionRecord.objects.in_force().select_for_update(of=("self",)).get(enrolment=enrolment)
    )
    person = {**last.snapshot["person"]}
    person |= {"name": enrolment.name, "institution": enrolment.institution_name}
    snapshot = {**last.snapshot, "person": person}
    return CompletionRecord.objects.create(
        enrolment=enrolment,
        closing_id=last.closing_id,
        version=last.version + 1,
        supersedes=last,
        outcome=last.outcome,
        hours=last.hours,
        unmet=last.unmet,
        snapshot=snapshot,
        snapshot_hash=digest(snapshot),
        rule_version=last.rule_version,
        at=at,
        by=by if isinstance(by, Member) else None,
    )
