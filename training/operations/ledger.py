"""The hours ledger: awards and reversals, each content once a cycle (ruling 22; docs/rules/credit.md).

An award is live until a reversal names it. What is awarded again *follows* that reversal, so the awards of
one person, cycle and content form a chain of which only the last can be live: three UNIQUE constraints keep
it. Between several classes the largest claim counts, the earlier one among equals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from community.models import Member, Region
from community.scope import System
from training.facts import Earned
from training.models import CompletionRecord, CycleSetting, HoursEntry

Content = tuple[int, str, str]
"""Member, cycle and content key: what may be counted once."""


@dataclass(frozen=True)
class Claim:
    """What one enrolment asks the ledger to count."""

    member_id: int
    enrolment_id: int
    cycle: str
    earned: Earned
    rule: str
    earned_on: date

    @property
    def content(self) -> Content:
        return (self.member_id, self.cycle, self.earned.content_key)


def cycle_setting(code: str = "") -> CycleSetting:
    """How the province counts its cycles; made with the defaults where nobody has set it."""
    region = Region.objects.get(pk=code or settings.PROVINCE_CODE)
    return CycleSetting.objects.get_or_create(region=region)[0]


def lock_ledger(member_ids: Iterable[int]) -> None:
    """Keep other closings from counting for these people until the caller's transaction ends.

    In the order of keys, so that two classes with the same people wait and never deadlock. FOR NO KEY UPDATE
    lets sign-ins go on. SQLite has one writer at a time anyway.
    """
    rows = Member.objects.filter(pk__in=set(member_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def award_hours(
    *, claims: Sequence[Claim], by: Member | System, at: datetime
) -> dict[Content, HoursEntry]:
    """Count each claim once; what is live for each of their contents afterwards.

    A content that is already counted from another class stays there, unless this claim is larger: then that
    entry is reversed and the new one follows. Claiming twice is claiming once. The caller holds
    ``lock_ledger``. One SELECT and at most two INSERTs, however many claims.
    """
    if not claims:
        return {}
    tails = _tails(claims)
    fresh: list[Claim] = []
    outdone: dict[Content, HoursEntry] = {}
    for claim in claims:
        tail = tails.get(claim.content)
        if tail is None or _reversal_of(tail) is not None:
            fresh.append(claim)
        elif tail.enrolment_id != claim.enrolment_id and tail.hours < claim.earned.hours:
            outdone[claim.content] = tail
            fresh.append(claim)
    reversals = {
        (entry.member_id, entry.cycle, entry.content_key): entry
        for entry in reverse_hours(entries=list(outdone.values()), by=by, at=at)
    }
    awards = [_award(claim, tails.get(claim.content), reversals, by, at) for claim in fresh]
    HoursEntry.objects.bulk_create(awards)
    live = {content: tail for content, tail in tails.items() if _reversal_of(tail) is None}
    return live | {(e.member_id, e.cycle, e.content_key): e for e in awards}


def _tails(claims: Sequence[Claim]) -> dict[Content, HoursEntry]:
    """The last award of each content's chain, with its reversal if it has one."""
    awards = (
        HoursEntry.objects.filter(
            kind=HoursEntry.Kind.AWARD,
            member_id__in={claim.member_id for claim in claims},
            cycle__in={claim.cycle for claim in claims},
            content_key__in={claim.earned.content_key for claim in claims},
        )
        .filter(Q(reversed_by__isnull=True) | Q(reversed_by__followed_by__isnull=True))
        .select_related("reversed_by", "enrolment__cohort")
    )
    return {(award.member_id, award.cycle, award.content_key): award for award in awards}


def _reversal_of(award: HoursEntry) -> HoursEntry | None:
    return getattr(award, "reversed_by", None)


def _award(
    claim: Claim,
    tail: HoursEntry | None,
    reversals: dict[Content, HoursEntry],
    by: Member | System,
    at: datetime,
) -> HoursEntry:
    follows = reversals.get(claim.content) or (_reversal_of(tail) if tail else None)
    return HoursEntry(
        member_id=claim.member_id,
        cycle=claim.cycle,
        year=claim.earned_on.year,
        content_key=claim.earned.content_key,
        title=claim.earned.title,
        source_kind=claim.earned.source_kind,
        source_id=claim.earned.source_id,
        enrolment_id=claim.enrolment_id,
        kind=HoursEntry.Kind.AWARD,
        hours=claim.earned.hours,
        rule=claim.rule,
        follows=follows,
        earned_on=claim.earned_on,
        at=at,
        by=by if isinstance(by, Member) else None,
    )


def reverse_hours(
    *, entries: Sequence[HoursEntry], by: Member | System, at: datetime
) -> list[HoursEntry]:
    """Take live awards back exactly: the same content and year, the hours negative."""
    return HoursEntry.objects.bulk_create(
        HoursEntry(
            member_id=entry.member_id,
            cycle=entry.cycle,
            year=entry.year,
            content_key=entry.content_key,
            title=entry.title,
            source_kind=entry.source_kind,
            source_id=entry.source_id,
            enrolment_id=entry.enrolment_id,
            kind=HoursEntry.Kind.REVERSAL,
            hours=-entry.hours,
            rule=entry.rule,
            reverses=entry,
            earned_on=entry.earned_on,
            at=at,
            by=by if isinstance(by, Member) else None,
        )
        for entry in entries
    )


def take_back_hours(
    *, enrolment_ids: Sequence[int], by: Member | System, at: datetime
) -> list[HoursEntry]:
    """Reverse every live award of these enrolments; the reversals.

    Where another class in force earned the same content, it is counted from there instead: the person was in
    that hall too. The caller holds ``lock_ledger`` and has taken the enrolments' records out of force.
    """
    live = list(
        HoursEntry.objects.filter(
            kind=HoursEntry.Kind.AWARD, enrolment_id__in=enrolment_ids, reversed_by__isnull=True
        ).order_by("pk")
    )
    reversals = reverse_hours(entries=live, by=by, at=at)
    contents = {(entry.member_id, entry.cycle, entry.content_key) for entry in live}
    award_hours(claims=_claims_elsewhere(contents, enrolment_ids), by=by, at=at)
    return reversals


def _claims_elsewhere(contents: set[Content], enrolment_ids: Sequence[int]) -> list[Claim]:
    """The largest claim that records in force of other enrolments make on each content."""
    if not contents:
        return []
    records = (
        CompletionRecord.objects.in_force()
        .filter(enrolment__member_id__in={member_id for member_id, *_rest in contents}, hours__gt=0)
        .exclude(enrolment_id__in=enrolment_ids)
        .select_related("enrolment")
        .order_by("at", "pk")
    )
    best: dict[Content, Claim] = {}
    for record in records:
        for claim in claims_of(record):
            held = best.get(claim.content)
            if claim.content in contents and (
                held is None or held.earned.hours < claim.earned.hours
            ):
                best[claim.content] = claim
    return list(best.values())


def claims_of(record: CompletionRecord) -> list[Claim]:
    """What a completion record claims, from its frozen snapshot."""
    snapshot: dict[str, Any] = record.snapshot
    member_id = record.enrolment.member_id
    assert member_id is not None
    return [
        Claim(
            member_id=member_id,
            enrolment_id=record.enrolment_id,
            cycle=snapshot["cycle"],
            earned=Earned(
                line["content_key"],
                line["title"],
                Decimal(line["hours"]),
                line["source_kind"],
                line["source_id"],
            ),
            rule=record.rule_version,
            earned_on=date.fromisoformat(snapshot["earned_on"]),
        )
        for line in snapshot["contents"]
    ]
