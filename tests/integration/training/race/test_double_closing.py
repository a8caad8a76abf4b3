"""Closing at once: one closing, hours once, certificates once, and nobody gets an error.

Each race is first run without what keeps the promise (the lock, then the constraints too), where it must go
wrong: only then does the other run say anything (anchors.md §5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet

from community.models import AuditEntry
from tests.factories.attended import attended_and_accepted, hours_of, second_class
from tests.factories.cast import Cast
from tests.integration.training.race.conftest import Phone, at_once, without_indexes
from training.models import Certificate, Closing, Cohort, CompletionRecord, HoursEntry
from training.operations.ledger import cycle_setting
from training.reports.ledger import prove_certificates, prove_ledger, prove_records

pytestmark = pytest.mark.postgres

AT_ONCE = 8
Phones = Callable[[Any], Phone]


def long_over(cohort: Cohort) -> Cohort:
    """Move a class back until it is over by the server's clock."""
    shift = timedelta(days=-60)
    moments = ("starts_at", "ends_at", "opens_at", "closes_at")
    cohort.sessions.update(**{name: F(name) + shift for name in moments})
    cohort.starts_on += shift
    cohort.ends_on += shift
    cohort.save()
    return cohort


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """SELECT … FOR UPDATE is a plain SELECT, in the live server too: it is this process."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset, **_how: queryset)


@pytest.fixture
def ready(cast: Cast) -> Cast:
    """Three people who pass, in a class that is over."""
    cycle_setting()  # two first closings of a province would wait for each other's
    long_over(cast.cohort)
    attended_and_accepted(cast.enrolment)
    for name in ("阿衣·布茹", "吉克阿牛"):
        attended_and_accepted(cast.enrolled(cast.member(name)))
    return cast


def race_to_close(cast: Cast, phone_at: Phones) -> Counter[int]:
    address = f"/cohorts/{cast.cohort.pk}/closing/close/"
    phones = [phone_at(cast.liangshan), phone_at(cast.province)] * (AT_ONCE // 2)
    return Counter(at_once(AT_ONCE, lambda number: phones[number].post(address).status_code))


CLOSING_KEEPERS = (
    "one_closing_in_force",
    "closings_are_numbered",
    "records_are_numbered",
    "one_first_award_per_content",
    "told_once",
    "training_completionrecord_supersedes_id_key",
)


def test_without_lock_and_constraints_hours_are_counted_twice(
    ready: Cast, phone_at: Phones, without_locks: None
) -> None:
    with without_indexes(*CLOSING_KEEPERS):
        race_to_close(ready, phone_at)

        assert Closing.objects.count() > 1
        assert hours_of(ready.trainee) > 18


def test_without_the_lock_the_constraints_hold_but_people_get_errors(
    ready: Cast, phone_at: Phones, without_locks: None
) -> None:
    statuses = race_to_close(ready, phone_at)

    assert statuses[500] > 0
    assert hours_of(ready.trainee) == 18


def test_closing_at_once_is_closing_once(ready: Cast, phone_at: Phones) -> None:
    statuses = race_to_close(ready, phone_at)

    assert statuses == {302: AT_ONCE}
    assert Closing.objects.count() == 1
    assert CompletionRecord.objects.count() == 3
    assert HoursEntry.objects.count() == 15
    assert AuditEntry.objects.filter(action="cohort.closed").count() == 1
    assert not [*prove_records(), *prove_ledger()]


def race_to_issue(cast: Cast, phone_at: Phones) -> Counter[int]:
    address = f"/cohorts/{cast.cohort.pk}/certificates/issue/"
    phone = phone_at(cast.liangshan)
    return Counter(at_once(AT_ONCE, lambda _number: phone.post(address, expected=3).status_code))


def test_without_lock_and_constraint_somebody_gets_two_certificates(
    ready: Cast, phone_at: Phones, without_locks: None
) -> None:
    race_to_close(ready, phone_at)
    with without_indexes("one_live_certificate_per_enrolment"):
        race_to_issue(ready, phone_at)

        assert Certificate.objects.count() > 3


def test_issuing_at_once_is_issuing_once(ready: Cast, phone_at: Phones) -> None:
    race_to_close(ready, phone_at)

    statuses = race_to_issue(ready, phone_at)

    assert statuses == {302: AT_ONCE}
    assert Certificate.objects.count() == 3
    assert not [*prove_certificates()]


def race_of_two_classes(cast: Cast, phone_at: Phones) -> Counter[int]:
    """The same people in two classes that are closed at the same moment."""
    second = second_class(cast)
    for enrolment in cast.cohort.enrolments.order_by("-pk"):  # the other way round: no deadlock
        attended_and_accepted(cast.enrolled(enrolment.member, second))
    addresses = [
        f"/cohorts/{cohort.pk}/closing/close/" for cohort in (cast.cohort, long_over(second))
    ]
    phone = phone_at(cast.liangshan)
    return Counter(at_once(2, lambda number: phone.post(addresses[number]).status_code))


def test_without_lock_and_constraint_two_classes_count_the_same_content(
    ready: Cast, phone_at: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.operations import completion

    monkeypatch.setattr(completion, "lock_ledger", lambda _members: None)
    counted = []
    with without_indexes("one_first_award_per_content"):
        for _try in range(5):  # two transactions must overlap: a few tries on a busy machine
            statuses = race_of_two_classes(ready, phone_at)
            assert statuses == {302: 2}
            counted.append(hours_of(ready.trainee))
            if counted[-1] > 18:
                break
            _forget_everything(ready)

    assert max(counted) > 18


def _forget_everything(cast: Cast) -> None:
    """Undo a try that did not collide: the tables only grow, so they are emptied."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE training_hoursentry, training_completionrecord CASCADE")
        cursor.execute("TRUNCATE training_closing CASCADE")
    Cohort.objects.filter(pk=cast.cohort.pk).update(state="running")
    second = Cohort.objects.get(code="LS19")
    second.code = f"OLD{second.pk}"
    second.save()


def test_two_classes_at_once_count_each_content_once(ready: Cast, phone_at: Phones) -> None:
    statuses = race_of_two_classes(ready, phone_at)

    assert statuses == {302: 2}
    assert Closing.objects.count() == 2
    assert {hours_of(enrolment.member) for enrolment in ready.cohort.enrolments.all()} == {
        Decimal(18)
    }
    assert not [*prove_records(), *prove_ledger()]
