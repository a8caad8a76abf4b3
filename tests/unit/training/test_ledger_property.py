"""Whatever is closed, reopened and corrected in whatever order: the ledger is what recomputation gives."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.attended import ACCEPTED, CLOSED_AT, requirement_of, second_class
from tests.factories.cast import Cast
from training.models import Attendance, Certificate, Cohort, CompletionRecord, HoursEntry
from training.models import RequirementResult as Result
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.reopening import reopen_cohort
from training.reports.completion import class_facts, evaluate_enrolments
from training.reports.ledger import prove_certificates, prove_ledger, prove_records

START = CLOSED_AT + timedelta(days=10)
CLASS = st.integers(0, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("close"), CLASS),
        st.tuples(st.just("reopen"), CLASS),
        st.tuples(st.just("issue"), CLASS),
        st.tuples(
            st.just("mark"),
            CLASS,
            st.integers(0, 1),
            st.integers(1, 4),
            st.sampled_from(["counted", "void", "part"]),
        ),
        st.tuples(st.just("work"), CLASS, st.integers(0, 1), st.sampled_from(Result.State.values)),
    ),
    max_size=24,
)


class Undo(Exception):
    """Ends one example."""


@pytest.fixture
def classes(cast: Cast) -> tuple[Cast, list[Cohort]]:
    """Two classes with the same two people, all of whom attended everything and did the work."""
    cohorts = [cast.cohort, second_class(cast)]
    people = [cast.trainee, cast.member("阿衣·布茹")]
    for cohort in cohorts:
        for member in people:
            enrolment = cast.enrolled(member, cohort)
            Result.objects.create(
                enrolment=enrolment, requirement=requirement_of(cohort), state=ACCEPTED, at=START
            )
            for session in cohort.sessions.all():
                Attendance.objects.create(
                    session=session,
                    enrolment=enrolment,
                    proof="account",
                    at=session.starts_at,
                    received_at=session.starts_at,
                    receipt="K7Q2",
                    county_id=enrolment.county_id,
                    changed_at=session.starts_at,
                )
    return cast, cohorts


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_the_ledger_is_what_recomputation_gives(
    classes: tuple[Cast, list[Cohort]], steps: list[tuple[object, ...]]
) -> None:
    cast, cohorts = classes
    with pytest.raises(Undo), transaction.atomic():
        for number, step in enumerate(steps):
            take(step, cast, cohorts, number)
            check(cohorts, number)
        raise Undo


def take(step: tuple[object, ...], cast: Cast, cohorts: list[Cohort], number: int) -> None:
    deed, which, *rest = step
    cohort = Cohort.objects.get(pk=cohorts[which].pk)  # type: ignore[index]
    at = START + timedelta(hours=number)
    enrolments = list(cohort.enrolments.order_by("pk"))
    if deed == "close":
        close_cohort(cohort=cohort, by=cast.liangshan, at=at)
    elif deed == "reopen" and cohort.state == Cohort.State.CLOSED:
        reopen_cohort(cohort=cohort, by=cast.liangshan, at=at, reason="要更正")
    elif deed == "issue" and cohort.state == Cohort.State.CLOSED:
        issue_certificates(cohort=cohort, by=cast.liangshan, at=at)
    elif deed == "mark" and cohort.is_open:
        who, position, state = rest
        marks = Attendance.objects.filter(
            enrolment=enrolments[who],
            session__position=position,  # type: ignore[index]
        )
        part = Decimal("1.5") if state == "part" else None
        marks.update(state="counted" if state == "part" else state, part_hours=part)
    elif deed == "work" and cohort.is_open:
        who, state = rest
        Result.objects.filter(enrolment=enrolments[who]).update(state=state)  # type: ignore[index]


def check(cohorts: list[Cohort], number: int) -> None:
    """The proof of the house, and beside it a recomputation that shares nothing with it but ``evaluate``."""
    assert not [*prove_records(), *prove_ledger(), *prove_certificates()]
    twice = (
        HoursEntry.objects.filter(kind="award", reversed_by__isnull=True)
        .values("member", "cycle", "content_key")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    assert not twice.exists()
    best: dict[tuple[int | None, str], Decimal] = {}
    for cohort in Cohort.objects.filter(state="closed"):
        enrolments = list(cohort.enrolments.all())
        closed_at = cohort.closings.get(reopened_at__isnull=True).closed_at
        found = evaluate_enrolments(facts=class_facts(cohort), enrolments=enrolments, at=closed_at)
        for enrolment in enrolments:
            for content in found[enrolment.pk].earned:
                key = (enrolment.member_id, content.content_key)
                best[key] = max(best.get(key, Decimal(0)), content.hours)
    stored = HoursEntry.objects.aggregate(total=Sum("hours"))["total"] or Decimal(0)
    assert stored == sum(best.values(), Decimal(0))
    live = Certificate.objects.filter(state="valid")
    in_force = CompletionRecord.objects.in_force().filter(outcome="passed")
    assert not live.exclude(enrolment__in=in_force.values("enrolment")).exists()
