"""What becomes of certificates: written, held, restored, superseded, revoked; never edited (ruling 23).

Everything here happens inside the transaction of a closing, a reopening, an issue or a correction, in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from community.models import Member
from community.scope import System
from community.wording import local_date
from training.certificates.number import new_number
from training.certificates.snapshot import CertificateData, digest
from training.dossier import certificate_facts, prints_the_same
from training.models import Certificate, CertificateChange, CompletionRecord

State = Certificate.State
Outcome = CompletionRecord.Outcome
_DRAWS = 3


@dataclass(frozen=True)
class Reconciled:
    """What became of held certificates: restored as they were, replaced by another, revoked."""

    restored: int = 0
    replaced: int = 0
    revoked: int = 0

    def __add__(self, other: Reconciled) -> Reconciled:
        return Reconciled(
            self.restored + other.restored,
            self.replaced + other.replaced,
            self.revoked + other.revoked,
        )


def hold_certificates(
    *, enrolment_ids: Iterable[int], by: Member | System, at: datetime, reason: str
) -> int:
    """有效 → 核定中, because the class was reopened; how many."""
    held = list(
        Certificate.objects.filter(enrolment__in=enrolment_ids, state=State.VALID).order_by("pk")
    )
    _change(held, to=State.HELD, by=by, at=at, reason=reason)
    return len(held)


def reconcile_certificates(
    *, records: Sequence[CompletionRecord], by: Member | System, at: datetime
) -> Reconciled:
    """Decide every held certificate of the records' people by what the records say now.

    States the same: 有效 again, number and bytes untouched. States something else: 已更正, and a new number takes
    its place. No longer passes: 已撤销. Still 待完成: stays 核定中.
    """
    by_enrolment = {record.enrolment_id: record for record in records}
    held = Certificate.objects.filter(enrolment__in=by_enrolment, state=State.HELD).order_by("pk")
    same: list[Certificate] = []
    changed: list[Certificate] = []
    gone: list[Certificate] = []
    for certificate in held:
        record = by_enrolment[certificate.enrolment_id]
        if record.outcome == Outcome.FAILED:
            gone.append(certificate)
        elif record.outcome == Outcome.PASSED:
            (same if _still_true(certificate, record) else changed).append(certificate)
    _change(same, to=State.VALID, by=by, at=at, reason=_("重新结班，内容没有变化"))
    revoke_certificates(certificates=gone, by=by, at=at, reason=_("重新结班后不再符合结业条件"))
    supersede_certificates(
        certificates=changed,
        records=[by_enrolment[certificate.enrolment_id] for certificate in changed],
        by=by,
        at=at,
        reason=_("重新结班后内容有更正"),
    )
    return Reconciled(len(same), len(changed), len(gone))


def _still_true(certificate: Certificate, record: CompletionRecord) -> bool:
    held = CertificateData.from_json(certificate.data)
    now = certificate_facts(record, number=certificate.number, issued_on=held.issued_on)
    return prints_the_same(held, now)


def revoke_certificates(
    *, certificates: Sequence[Certificate], by: Member | System, at: datetime, reason: str
) -> None:
    """→ 已撤销, for ever: the page keeps saying so, and the number is never used again."""
    _change(certificates, to=State.REVOKED, by=by, at=at, reason=reason)


def supersede_certificates(
    *,
    certificates: Sequence[Certificate],
    records: Sequence[CompletionRecord],
    by: Member | System,
    at: datetime,
    reason: str,
) -> list[Certificate]:
    """→ 已更正, and for each a new one with a number of its own that the old page links."""
    _change(certificates, to=State.SUPERSEDED, by=by, at=at, reason=reason)
    return write_certificates(records=records, supersedes=certificates, by=by, at=at, reason=reason)


def write_certificates(
    *,
    records: Sequence[CompletionRecord],
    supersedes: Sequence[Certificate | None] = (),
    by: Member | System,
    at: datetime,
    reason: str,
) -> list[Certificate]:
    """Number, freeze and store one certificate a record, in the caller's transaction. Drawing comes later.

    A number that is already taken (one in 31**10) makes the whole batch draw new ones.
    """
    if not records:
        return []
    pairs = list(zip(records, supersedes or [None] * len(records), strict=True))
    for attempt in range(_DRAWS):
        made = [_certificate(record, old, by, at) for record, old in pairs]
        try:
            with transaction.atomic():
                made = Certificate.objects.bulk_create(made)
            break
        except IntegrityError:
            numbers = [certificate.number for certificate in made]
            taken = Certificate.objects.filter(number__in=numbers).exists()
            if not taken or attempt == _DRAWS - 1:
                raise
    _log(made, [""] * len(made), State.VALID, by, at, reason)
    return made


def _certificate(
    record: CompletionRecord, old: Certificate | None, by: Member | System, at: datetime
) -> Certificate:
    issued_on: date = local_date(at)
    facts = certificate_facts(record, number=new_number(issued_on.year), issued_on=issued_on)
    assert record.enrolment.member_id is not None
    return Certificate(
        number=facts.number,
        enrolment_id=record.enrolment_id,
        member_id=record.enrolment.member_id,
        record=record,
        data=facts.as_facts(),
        data_hash=digest(facts.as_facts()),
        template_version=facts.template_version,
        state=State.VALID,
        state_at=at,
        supersedes=old,
        issued_at=at,
        issued_by=by if isinstance(by, Member) else None,
    )


def _change(
    certificates: Sequence[Certificate],
    *,
    to: str,
    by: Member | System,
    at: datetime,
    reason: str,
) -> None:
    if not certificates:
        return
    before = [certificate.state for certificate in certificates]
    Certificate.objects.filter(pk__in=[c.pk for c in certificates]).update(state=to, state_at=at)
    for certificate in certificates:
        certificate.state, certificate.state_at = to, at
    _log(certificates, before, to, by, at, reason)


def _log(
    certificates: Sequence[Certificate],
    before: Sequence[str],
    to: str,
    by: Member | System,
    at: datetime,
    reason: str,
) -> None:
    CertificateChange.objects.bulk_create(
        CertificateChange(
            certificate=certificate,
            from_state=state,
            to_state=to,
            at=at,
            by=by if isinstance(by, Member) else None,
            reason=reason[:200],
        )
        for certificate, state in zip(certificates, before, strict=True)
    )
