"""The ledger between classes: each content once a cycle, the larger claim, exact reversals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import Error, IntegrityError, transaction

from community.operations.member import affiliate
from tests.factories.attended import (
    CLOSED_AT,
    accept_work,
    attend,
    attended_and_accepted,
    hours_of,
    second_class,
    sign_in,
)
from tests.factories.cast import BUTUO, SYSTEM, Cast
from training.models import Cohort, CompletionRecord, CycleSetting, Enrolment, HoursEntry
from training.operations.closing import close_cohort
from training.operations.reopening import reopen_cohort
from training.reports.ledger import prove_certificates, prove_ledger, prove_records

LATER = CLOSED_AT + timedelta(days=7)
REASON = "签到要更正"


def close(cohort: Cohort, cast: Cast, at: datetime = LATER) -> None:
    close_cohort(cohort=cohort, by=cast.liangshan, at=at)


def reopen(cohort: Cohort, cast: Cast, at: datetime = LATER + timedelta(days=1)) -> None:
    reopen_cohort(cohort=cohort, by=cast.liangshan, at=at, reason=REASON)


def nothing_differs() -> bool:
    return not [*prove_records(), *prove_ledger(), *prove_certificates(papers=True)]


@pytest.fixture
def twice(cast: Cast) -> tuple[Cast, Enrolment, Enrolment]:
    """何文渊 attends everything in two classes of one programme."""
    first = attended_and_accepted(cast.enrolment)
    second = attended_and_accepted(cast.enrolled(cast.trainee, second_class(cast)))
    return cast, first, second


def test_the_same_content_counts_once_a_cycle(twice: tuple[Cast, Enrolment, Enrolment]) -> None:
    cast, first, second = twice
    close(first.cohort, cast)
    close(second.cohort, cast)

    assert hours_of(cast.trainee) == 18
    contents = CompletionRecord.objects.get(enrolment=second).snapshot["contents"]
    assert {line["counted_in"] for line in contents} == {"凉山场"}
    assert CompletionRecord.objects.get(enrolment=second).hours == 18
    assert nothing_differs()


def test_reopening_the_class_that_counts_hands_over_to_the_other(
    twice: tuple[Cast, Enrolment, Enrolment],
) -> None:
    cast, first, second = twice
    close(first.cohort, cast)
    close(second.cohort, cast)

    reopen(first.cohort, cast)

    assert hours_of(cast.trainee) == 18
    live = HoursEntry.objects.filter(kind="award", reversed_by__isnull=True)
    assert {entry.enrolment for entry in live} == {second}
    assert nothing_differs()


def test_reopening_the_class_that_does_not_count_changes_nothing(
    twice: tuple[Cast, Enrolment, Enrolment],
) -> None:
    cast, first, second = twice
    close(first.cohort, cast)
    close(second.cohort, cast)
    before = HoursEntry.objects.count()

    reopen(second.cohort, cast)

    assert HoursEntry.objects.count() == before
    assert hours_of(cast.trainee) == 18


def test_both_reopened_leave_nothing(twice: tuple[Cast, Enrolment, Enrolment]) -> None:
    cast, first, second = twice
    close(first.cohort, cast)
    close(second.cohort, cast)
    reopen(first.cohort, cast)
    reopen(second.cohort, cast)

    assert hours_of(cast.trainee) == 0
    assert nothing_differs()


def test_the_larger_claim_counts(cast: Cast) -> None:
    """She got half of one half-day in the first class, and makes it up in the second."""
    enrolment = cast.enrolment
    attend(enrolment, [2, 3, 4])
    sign_in(enrolment, cast.session, part_hours=Decimal("1.5"))
    accept_work(enrolment)
    close(cast.cohort, cast)
    assert hours_of(cast.trainee) == Decimal("16.5")
    second = attended_and_accepted(cast.enrolled(cast.trainee, second_class(cast)))

    close(second.cohort, cast)

    assert hours_of(cast.trainee) == 18
    assert nothing_differs()
    reopen(second.cohort, cast)
    assert hours_of(cast.trainee) == Decimal("16.5")
    assert nothing_differs()


def test_one_person_at_two_schools_has_one_total(cast: Cast) -> None:
    """Invariant 4: she moves to 布拖县 between two classes."""
    attended_and_accepted(cast.enrolment)
    close(cast.cohort, cast)
    affiliate(
        member=cast.trainee,
        institution=cast.school(BUTUO),
        on=date(2026, 11, 29),
        by=SYSTEM,
        at=CLOSED_AT,
    )
    second = attended_and_accepted(cast.enrolled(cast.trainee, second_class(cast)))

    close(second.cohort, cast)

    assert {cast.enrolment.county_id, second.county_id} == {"513431", BUTUO}
    assert hours_of(cast.trainee) == 18
    assert HoursEntry.objects.filter(member=cast.trainee).values("cycle").distinct().count() == 1


def test_the_next_cycle_counts_the_same_content_again(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast.cohort, cast)
    second = second_class(cast)
    second.starts_on, second.ends_on = date(2028, 9, 1), date(2028, 9, 2)
    second.save()
    attended_and_accepted(cast.enrolled(cast.trainee, second))

    close(second, cast)

    assert hours_of(cast.trainee) == 36
    assert set(HoursEntry.objects.values_list("cycle", flat=True)) == {"2023-09", "2028-09"}


def test_the_year_is_that_of_the_last_day(cast: Cast) -> None:
    cast.cohort.ends_on = date(2027, 1, 2)
    cast.cohort.save()
    attended_and_accepted(cast.enrolment)

    close(cast.cohort, cast, at=CLOSED_AT + timedelta(days=60))

    assert set(HoursEntry.objects.values_list("year", flat=True)) == {2027}
    assert set(HoursEntry.objects.values_list("earned_on", flat=True)) == {date(2027, 1, 2)}


@pytest.mark.parametrize(
    ("day", "cycle"),
    [
        (date(2023, 9, 1), "2023-09"),
        (date(2028, 8, 31), "2023-09"),
        (date(2028, 9, 1), "2028-09"),
        (date(2023, 8, 31), "2018-09"),
    ],
)
def test_a_cycle_begins_in_its_first_month(day: date, cycle: str) -> None:
    assert CycleSetting().cycle_of(day) == cycle


def test_the_database_refuses_a_second_first_award(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast.cohort, cast)
    entry = HoursEntry.objects.filter(kind="award").first()
    assert entry is not None

    entry.pk = None
    entry._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()


def test_the_database_refuses_two_awards_after_one_reversal(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast.cohort, cast)
    reopen(cast.cohort, cast)
    close(cast.cohort, cast, at=LATER + timedelta(days=2))
    entry = HoursEntry.objects.filter(kind="award", follows__isnull=False).first()
    assert entry is not None

    entry.pk = None
    entry._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()


def test_an_entry_is_never_edited(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast.cohort, cast)

    with pytest.raises(Error), transaction.atomic():
        HoursEntry.objects.update(hours=99)
    with pytest.raises(Error), transaction.atomic():
        CompletionRecord.objects.update(outcome="failed")


def test_the_proof_finds_a_mark_changed_behind_its_back(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast.cohort, cast)
    assert nothing_differs()

    cast.enrolment.attendances.filter(session=cast.session).update(state="void")

    assert [d.kind for d in prove_records()] == ["outcome"]


def test_the_proof_finds_an_award_without_a_record(cast: Cast) -> None:
    HoursEntry.objects.create(
        member=cast.trainee,
        cycle="2023-09",
        year=2026,
        content_key="module:1",
        title="认识与路径",
        source_kind="session",
        source_id=1,
        enrolment=cast.enrolment,
        kind="award",
        hours=3,
        rule="it@1",
        earned_on=date(2026, 11, 27),
        at=CLOSED_AT,
    )

    (difference,) = prove_ledger()
    assert (difference.kind, difference.stored, difference.computed) == ("hours", "3.0", "0")
