"""Sums of the ledger, and the proof that what is stored is what recomputation gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import file_digest
from itertools import groupby

from django.core.files.storage import storages
from django.db.models import Count, F, QuerySet

from training.certificates.snapshot import digest
from training.models import Certificate, Cohort, CompletionRecord, Enrolment, HoursEntry
from training.operations.ledger import Content, claims_of
from training.reports.completion import class_facts, evaluate_enrolments

CHUNK = 500


@dataclass(frozen=True)
class Difference:
    """Something stored that recomputation does not confirm."""

    kind: str
    subject: str
    stored: str
    computed: str

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.stored} ≠ {self.computed}"


def prove_records() -> Iterator[Difference]:
    """Evaluate every record in force again from marks and results, at the moment it was made.

    Outcome and hours must be the same and the snapshot must have its hash. Class by class, in chunks.
    """
    for cohort in Cohort.objects.filter(closings__reopened_at__isnull=True).distinct():
        records = list(_ids_in_force(cohort))
        for start in range(0, len(records), CHUNK):
            yield from _prove_chunk(cohort, records[start : start + CHUNK])


def _ids_in_force(cohort: Cohort) -> list[int]:
    in_force = CompletionRecord.objects.in_force().filter(closing__cohort=cohort)
    return list(in_force.order_by("at", "pk").values_list("pk", flat=True))


def _prove_chunk(cohort: Cohort, ids: list[int]) -> Iterator[Difference]:
    facts = class_facts(cohort)
    records = CompletionRecord.objects.filter(pk__in=ids).select_related("enrolment")
    for at, group in groupby(records.order_by("at", "pk"), key=lambda record: record.at):
        together = list(group)
        people: list[Enrolment] = [record.enrolment for record in together]
        evaluations = evaluate_enrolments(facts=facts, enrolments=people, at=at)
        for record in together:
            evaluation = evaluations[record.enrolment_id]
            subject = f"record:{record.pk}"
            if digest(record.snapshot) != record.snapshot_hash:
                computed = digest(record.snapshot)
                yield Difference("snapshot_hash", subject, record.snapshot_hash, computed)
            if (record.outcome, record.hours) != (evaluation.outcome, evaluation.hours):
                yield Difference(
                    "outcome",
                    subject,
                    f"{record.outcome} {record.hours}",
                    f"{evaluation.outcome} {evaluation.hours}",
                )


def prove_ledger() -> Iterator[Difference]:
    """Compare live awards with the claims of the records in force: one each, of the largest claim.

    Before that, that every reversal is the exact opposite of its award, and no content is live twice.
    """
    crooked = HoursEntry.objects.filter(kind=HoursEntry.Kind.REVERSAL).exclude(
        hours=-F("reverses__hours"),
        member=F("reverses__member"),
        content_key=F("reverses__content_key"),
        cycle=F("reverses__cycle"),
    )
    for entry in crooked.select_related("reverses"):
        award = entry.reverses
        stored = str(entry.hours)
        yield Difference("reversal", f"entry:{entry.pk}", stored, str(-award.hours if award else 0))
    twice = (
        _live()
        .values("member", "cycle", "content_key")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .order_by("member", "cycle", "content_key")
    )
    for row in twice:
        content = (row["member"], row["cycle"], row["content_key"])
        yield Difference("live_twice", _subject(content), str(row["n"]), "1")
    yield from _prove_claims()


def _live() -> QuerySet[HoursEntry]:
    return HoursEntry.objects.filter(kind=HoursEntry.Kind.AWARD, reversed_by__isnull=True)


def _prove_claims() -> Iterator[Difference]:
    members = sorted(
        set(
            CompletionRecord.objects.in_force()
            .filter(hours__gt=0)
            .values_list("enrolment__member", flat=True)
        )
        | set(_live().filter(enrolment__isnull=False).values_list("member", flat=True))
    )
    for start in range(0, len(members), CHUNK):
        chunk = members[start : start + CHUNK]
        claimed = _claimed(chunk)
        held: dict[Content, Decimal] = defaultdict(Decimal)
        for member, cycle, key, hours in (
            _live()
            .filter(member__in=chunk, enrolment__isnull=False)
            .values_list("member", "cycle", "content_key", "hours")
        ):
            held[member, cycle, key] += hours
        for content in sorted(claimed.keys() | held.keys()):
            stored, computed = held.get(content, Decimal(0)), claimed.get(content, Decimal(0))
            if stored != computed:
                yield Difference("hours", _subject(content), str(stored), str(computed))


def _claimed(members: list[int]) -> dict[Content, Decimal]:
    records = (
        CompletionRecord.objects.in_force()
        .filter(enrolment__member__in=members, hours__gt=0)
        .select_related("enrolment")
    )
    largest: dict[Content, Decimal] = {}
    for record in records:
        for claim in claims_of(record):
            hours = max(claim.earned.hours, largest.get(claim.content, Decimal(0)))
            largest[claim.content] = hours
    return largest


def _subject(content: Content) -> str:
    member, cycle, key = content
    return f"member:{member} {cycle} {key}"


def prove_certificates(*, papers: bool = False) -> Iterator[Difference]:
    """That data has its hash, that what is 有效 rests on a record that passed, and (``papers``) the files."""
    storage = storages["private"]
    for certificate in Certificate.objects.order_by("pk").iterator(chunk_size=CHUNK):
        subject = f"certificate:{certificate.number}"
        if (computed := digest(certificate.data)) != certificate.data_hash:
            yield Difference("data_hash", subject, certificate.data_hash, computed)
        if papers and certificate.paper:
            computed = "missing"
            if storage.exists(certificate.paper):
                with storage.open(certificate.paper) as file:
                    computed = file_digest(file, "sha256").hexdigest()
            if computed != certificate.paper_hash:
                yield Difference("paper_hash", subject, certificate.paper_hash, computed)
    passed = CompletionRecord.objects.in_force().filter(outcome=CompletionRecord.Outcome.PASSED)
    baseless = Certificate.objects.filter(state=Certificate.State.VALID).exclude(
        enrolment__in=passed.values("enrolment")
    )
    for number in baseless.values_list("number", flat=True):
        yield Difference("baseless", f"certificate:{number}", "valid", "no record that passed")
