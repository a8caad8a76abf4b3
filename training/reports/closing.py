"""The closing page: what holds a class up, what 结班 will find, what it found, and the papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from community.scope import Viewer, region_q
from training.facts import Presence
from training.models import (
    Certificate,
    Closing,
    Cohort,
    CompletionRecord,
    Enrolment,
    Session,
)
from training.operations.certificate import to_certify
from training.outlook import Chance
from training.permissions import can_desk
from training.reports.completion import (
    Awaiting,
    ClassFacts,
    Line,
    awaiting,
    class_outlook,
)

Outcome = CompletionRecord.Outcome


@dataclass(frozen=True)
class Hurdles:
    """What must be dealt with before 结班, and what should be looked at."""

    over_at: datetime | None
    is_over: bool
    awaiting: Awaiting
    sessions_awaiting: Sequence[tuple[Session, int]]
    untaught: Sequence[str]

    @property
    def are_none(self) -> bool:
        return self.is_over and not self.awaiting


@dataclass(frozen=True)
class Person:
    """One line of the people table, before or after 结班."""

    enrolment: Enrolment
    standing: str
    absent: Decimal
    required: Decimal
    hours: Decimal
    lines: Sequence[str]
    certificate: Certificate | None = None


@dataclass(frozen=True)
class People:
    """Who is shown, how many there are of each standing, and whether that is final."""

    counts: dict[str, int]
    shown: Sequence[Person] | QuerySet[CompletionRecord]
    is_final: bool = False
    no_sign_out: int = 0
    order: Sequence[str] = field(default_factory=list)


def hurdles(cohort: Cohort, facts: ClassFacts, at: datetime) -> Hurdles:
    """Three queries; of a class whose last half-day is not over the time is said."""
    waiting = awaiting(cohort)
    sessions = Session.objects.in_bulk(waiting.marks_by_session)
    return Hurdles(
        over_at=facts.over_at,
        is_over=facts.over_at is not None and at >= facts.over_at,
        awaiting=waiting,
        sessions_awaiting=[
            (sessions[session_id], count) for session_id, count in waiting.marks_by_session.items()
        ],
        untaught=facts.untaught,
    )


def people_before(
    *, cohort: Cohort, viewer: Viewer, at: datetime, facts: ClassFacts, only: str = ""
) -> People:
    """还差什么 of everybody whom ``viewer`` may see: chances while the class runs, outcomes once it is over."""
    is_over = facts.over_at is not None and at >= facts.over_at
    lines = class_outlook(cohort=cohort, viewer=viewer, at=at, facts=facts)
    everybody = [_before(line, is_over) for line in lines]
    counts = Counter(person.standing for person in everybody)
    return People(
        counts=counts,
        shown=[person for person in everybody if not only or person.standing == only],
        no_sign_out=sum(
            1
            for line in lines
            if any(day.presence == Presence.NO_SIGN_OUT for day in line.evaluation.sessions)
        ),
        order=_outcomes() if is_over else [c.value for c in Chance],
    )


def _outcomes() -> list[str]:
    return [str(outcome) for outcome in Outcome]


def _before(line: Line, is_over: bool) -> Person:
    evaluation = line.evaluation
    return Person(
        enrolment=line.enrolment,
        standing=str(evaluation.outcome) if is_over else line.outlook.chance.value,
        absent=evaluation.absent,
        required=evaluation.required,
        hours=evaluation.hours if is_over else evaluation.attended,
        lines=line.outlook.lines,
    )


def people_after(*, cohort: Cohort, viewer: Viewer, only: str = "") -> People:
    """What the closing in force found for everybody whom ``viewer`` may see; a page of it is ``final_page``."""
    records = (
        CompletionRecord.objects.visible_to(viewer)
        .in_force()
        .filter(enrolment__cohort=cohort)
        .select_related("enrolment__county")
        .order_by("enrolment__name_key", "enrolment__name", "pk")
    )
    counts = dict(records.order_by().values_list("outcome").annotate(n=Count("pk")))
    return People(
        counts=counts,
        shown=records.filter(outcome=only) if only else records,
        is_final=True,
        order=_outcomes(),
    )


def final_page(found: Iterable[Any]) -> list[Person]:
    """One page of records as lines, each with the person's newest certificate. One query."""
    records: list[CompletionRecord] = list(found)
    newest: dict[int, Certificate] = {}
    for certificate in Certificate.objects.filter(
        enrolment__in=[record.enrolment_id for record in records]
    ).order_by("pk"):
        newest[certificate.enrolment_id] = certificate
    return [
        Person(
            enrolment=record.enrolment,
            standing=str(record.outcome),
            absent=Decimal(record.snapshot["absence"]["absent"]),
            required=Decimal(record.snapshot["absence"]["required"]),
            hours=record.hours,
            lines=record.unmet,
            certificate=newest.get(record.enrolment_id),
        )
        for record in records
    ]


@dataclass(frozen=True)
class Papers:
    """Certificates of a class: how many wait to be issued, stand in which state, wait to be drawn."""

    to_issue: int
    by_state: dict[str, int]
    undrawn: int
    missing: Sequence[Certificate]


def papers_of(cohort: Cohort) -> Papers:
    """Four queries. ``missing`` are the first hundred that wait as 待补字."""
    certificates = Certificate.objects.filter(enrolment__cohort=cohort)
    waiting = certificates.filter(paper="").exclude(missing_glyphs="")
    states = certificates.order_by().values_list("state").annotate(n=Count("pk"))
    return Papers(
        to_issue=to_certify(cohort).count(),
        by_state=dict(states),
        undrawn=certificates.filter(paper="", missing_glyphs="").count(),
        missing=list(waiting.select_related("enrolment").order_by("pk")[:100]),
    )


def closings_of(cohort: Cohort) -> QuerySet[Closing]:
    """Every closing, the newest first, with who closed and reopened it."""
    return cohort.closings.select_related("closed_by", "reopened_by").order_by("-number")


def may_see_closing(viewer: Viewer, cohort: Cohort) -> bool:
    """Who runs or staffs the class, and who coordinates a county that has people in it."""
    if can_desk(viewer, cohort):
        return True
    return (
        Enrolment.objects.filter(Q(cohort=cohort) & region_q(viewer, "county_id")).active().exists()
    )
