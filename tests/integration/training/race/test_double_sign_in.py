"""Sixteen taps at once on one phone, and two staff for one person: one mark each, none lost, no 500.

Each race is first run without the constraint, where it must go wrong: only then does the other run say
anything (anchors.md §5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.cast import Cast
from tests.factories.hall import open_now, token_of
from tests.integration.training.race.conftest import Phone, at_once, without_constraint
from training.models import Attendance, ScanAttempt

pytestmark = pytest.mark.postgres

TABLE, CONSTRAINT = "training_attendance", "signing_in_twice_is_once"
TAPS = 16


def tap(phone: Phone) -> int:
    return phone.post("/sign-in/").status_code


def race_of_taps(cast: Cast, phone_at: Callable[[Any], Phone]) -> tuple[Counter[int], int]:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    phone = phone_at(cast.trainee)
    assert phone.get(f"/q/{token_of(session)}").status_code == 200
    statuses = at_once(TAPS, lambda _number: tap(phone))
    return Counter(statuses), Attendance.objects.filter(session=session).count()


def race_of_staff(cast: Cast, phone_at: Callable[[Any], Phone]) -> tuple[Counter[int], int]:
    session, enrolment = open_now(cast), cast.enrolment
    staff = [phone_at(cast.clerk), phone_at(cast.class_teacher)] * 4
    statuses = at_once(
        len(staff),
        lambda number: (
            staff[number]
            .post(f"/sessions/{session.pk}/staff/mark/", enrolment=enrolment.pk, kind="in")
            .status_code
        ),
    )
    return Counter(statuses), Attendance.objects.filter(enrolment=enrolment).count()


RACES = pytest.mark.parametrize(
    ("race", "answers"), [(race_of_taps, TAPS), (race_of_staff, 8)], ids=["taps", "staff"]
)


@RACES
def test_without_the_constraint_the_race_makes_duplicates(
    cast: Cast, phone_at: Callable[[Any], Phone], race: Any, answers: int
) -> None:
    with without_constraint(TABLE, CONSTRAINT):
        statuses, marks = race(cast, phone_at)

    assert sum(statuses.values()) == answers
    assert marks > 1


@RACES
def test_with_the_constraint_it_makes_one_mark_and_loses_none(
    cast: Cast, phone_at: Callable[[Any], Phone], race: Any, answers: int
) -> None:
    statuses, marks = race(cast, phone_at)

    assert statuses == {302: answers}
    assert marks == 1
    told = Counter(ScanAttempt.objects.values_list("verdict", flat=True))
    assert told == {"recorded": 1, "already": answers - 1}


def test_many_people_at_once_who_all_tap_twice_are_marked_once_each(
    cast: Cast, phone_at: Callable[[Any], Phone]
) -> None:
    session = open_now(cast)
    people = [cast.enrolled(cast.member(f"学员{n}", password=False)) for n in range(8)]
    phones = [phone_at(person.member) for person in people]
    for phone in phones:
        phone.get(f"/q/{token_of(session)}")

    statuses = at_once(len(phones) * 2, lambda number: tap(phones[number // 2]))

    assert Counter(statuses) == {302: len(phones) * 2}
    assert Attendance.objects.counted().filter(session=session).count() == len(people)


def test_a_class_that_closes_during_the_rush_marks_nobody_after(
    cast: Cast, phone_at: Callable[[Any], Phone]
) -> None:
    """Whoever holds the class's row for a closing sees every mark, or the scan is refused."""
    from django.db import transaction

    from training.models import Cohort

    session = open_now(cast)
    people = [cast.enrolled(cast.member(f"学员{n}", password=False)) for n in range(8)]
    phones = [phone_at(person.member) for person in people]
    for phone in phones:
        phone.get(f"/q/{token_of(session)}")
    seen: list[int] = []

    def deed(number: int) -> Any:
        if number < len(phones):
            return tap(phones[number])
        with transaction.atomic():
            cohort = Cohort.objects.select_for_update().get(pk=session.cohort_id)
            seen.append(Attendance.objects.filter(session=session).count())
            cohort.state = Cohort.State.CLOSED
            cohort.save(update_fields=["state"])
        return 0

    at_once(len(phones) + 1, deed)

    assert Attendance.objects.filter(session=session).count() == seen[0]
    refused = ScanAttempt.objects.filter(verdict="cohort_closed").count()
    assert seen[0] + refused == len(phones)
