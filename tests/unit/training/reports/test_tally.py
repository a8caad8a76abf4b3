"""The roll-up equals a live count, keeps up by itself, and never lets an older count win."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.live import sender
from tests.factories.cast import BUTUO, MUCHUAN, ZHAOJUE, Cast, moment
from tests.unit.training.operations.test_attendance import scan
from tests.unit.training.operations.test_matching import keep
from training.models import Attendance, Enrolment, Session, SessionTally
from training.operations.attendance import record_attendance
from training.operations.staff_mark import mark_present
from training.reports.tally import (
    LOOK_BACK,
    catch_up_tallies,
    roll_up,
    roll_up_topic,
    sweep_tallies,
    touched_since,
)

NOW = moment(26, 9, 30)


def live(session: Session) -> dict[str, tuple[int, ...]]:
    """The same figures counted one by one, in Python."""
    figures: dict[str, Counter[str]] = {}
    for person in Enrolment.objects.active().filter(cohort_id=session.cohort_id):
        here = figures.setdefault(str(person.county_id), Counter())
        here["expected"] += 1
        for mark in Attendance.objects.filter(session=session, enrolment=person):
            if mark.kind == "out":
                here["left"] += mark.state == "counted"
            else:
                here["present"] += mark.state == "counted"
                here["late"] += mark.state == "counted" and mark.is_late
                here["pending"] += mark.state == "pending"
    names = ("expected", "present", "late", "pending", "left")
    return {code: tuple(count[name] for name in names) for code, count in figures.items()}


def stored(session: Session) -> dict[str, tuple[int, ...]]:
    rows = SessionTally.objects.filter(session=session).values_list(
        "county_id", "expected", "present", "late", "pending", "left"
    )
    return {code: tuple(figures) for code, *figures in rows}


def people(cast: Cast) -> list[Enrolment]:
    cast.enrolment  # noqa: B018
    places = [ZHAOJUE, BUTUO, BUTUO, MUCHUAN]
    return [
        cast.enrolment,
        *(
            cast.enrolled(cast.member(f"学员{n}", code))
            for n, code in zip("甲乙丙丁", places, strict=True)
        ),
    ]


@pytest.fixture
def crowd(cast: Cast) -> list[Enrolment]:
    """Five people of three counties, and somebody to mark them."""
    cast.clerk  # noqa: B018
    return people(cast)


def come(cast: Cast, enrolment: Enrolment, *, hour: int = 9, minute: int = 14) -> None:
    record_attendance(
        session=cast.session,
        enrolment=enrolment,
        scan=scan(moment(26, hour, minute)),
        by=enrolment.member,
        at=moment(26, hour, minute),
    )


def test_the_roll_up_counts_by_county(cast: Cast) -> None:
    everybody = people(cast)
    come(cast, everybody[0], minute=5)
    come(cast, everybody[2])
    keep(cast, name="不在册", phone="13800004444")

    roll_up([cast.session.pk], NOW)

    assert stored(cast.session) == {
        ZHAOJUE: (2, 1, 0, 0, 0),
        BUTUO: (2, 1, 1, 0, 0),
        MUCHUAN: (1, 0, 0, 0, 0),
    }
    assert stored(cast.session) == live(cast.session)


DEEDS = ("scan", "hand", "void", "withdraw", "pending")


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(DEEDS)), max_size=10))
def test_after_anything_the_roll_up_equals_a_live_count(
    crowd: list[Enrolment], cast: Cast, deeds: list[tuple[int, str]]
) -> None:
    with transaction.atomic():
        for number, deed in deeds:
            enrolment = Enrolment.objects.get(pk=crowd[number].pk)
            marks = Attendance.objects.filter(session=cast.session, enrolment=enrolment)
            if enrolment.state != Enrolment.State.ACTIVE:
                continue
            if deed == "scan":
                come(cast, crowd[number])
            elif deed == "hand":
                mark_present(session=cast.session, enrolment=enrolment, by=cast.clerk, at=NOW)
            elif deed == "withdraw" and not marks.exists():
                Enrolment.objects.filter(pk=enrolment.pk).update(state="withdrawn")
            elif deed in {"void", "pending"}:
                marks.update(state=deed, changed_at=NOW)

        roll_up([cast.session.pk], NOW)

        assert stored(cast.session) == live(cast.session)
        transaction.set_rollback(True)


def test_counting_twice_is_counting_once(cast: Cast) -> None:
    come(cast, people(cast)[0])

    assert roll_up([cast.session.pk, cast.session.pk], NOW) == 1
    roll_up([cast.session.pk], NOW)

    assert SessionTally.objects.count() == 3


def test_an_older_count_never_overwrites_a_newer_one(cast: Cast) -> None:
    everybody = people(cast)
    come(cast, everybody[0])
    roll_up([cast.session.pk], NOW)
    Attendance.objects.all().update(state="void")

    roll_up([cast.session.pk], NOW - timedelta(seconds=1))

    assert stored(cast.session)[ZHAOJUE] == (2, 1, 1, 0, 0)


def test_a_county_that_nobody_comes_from_any_more_has_no_row(cast: Cast) -> None:
    everybody = people(cast)
    roll_up([cast.session.pk], NOW)
    Enrolment.objects.filter(pk=everybody[4].pk).update(state="withdrawn")

    roll_up([cast.session.pk], NOW + timedelta(seconds=1))

    assert MUCHUAN not in stored(cast.session)


def test_nothing_to_count_is_no_error(cast: Cast) -> None:
    assert roll_up([], NOW) == 0
    assert roll_up([10**9], NOW) == 1
    assert not SessionTally.objects.exists()


def test_a_round_counts_what_changed_lately(cast: Cast) -> None:
    come(cast, people(cast)[0])
    roll_up([cast.session.pk], moment(26, 9, 0))

    sweep_tallies(moment(26, 9, 15))

    assert stored(cast.session) == live(cast.session)
    assert touched_since(moment(26, 9, 14) + LOOK_BACK) == set()


def test_a_roster_that_grew_is_counted_for_all_its_sessions(cast: Cast) -> None:
    cast.at = NOW
    people(cast)

    sweep_tallies(NOW + timedelta(seconds=30))

    assert SessionTally.objects.values("session").distinct().count() == 4


def test_what_changed_while_nobody_counted_is_caught_up(cast: Cast) -> None:
    come(cast, people(cast)[0])
    long_after = moment(27, 9, 0)

    sweep_tallies(long_after)
    assert not SessionTally.objects.exists()
    catch_up_tallies(long_after)
    assert stored(cast.session) == live(cast.session)

    before = list(SessionTally.objects.values_list("counted_at", flat=True))
    catch_up_tallies(long_after + timedelta(hours=1))
    assert list(SessionTally.objects.values_list("counted_at", flat=True)) == before


def test_a_hint_is_counted_before_it_leaves(
    cast: Cast, hints_by_hand: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        come(cast, people(cast)[0])

    sender.flush()

    assert stored(cast.session) == live(cast.session)


@pytest.mark.parametrize("topic", ["session:", "session:x", "session:-1", "cohort:☃"])
def test_a_topic_that_names_no_row_counts_nothing(cast: Cast, topic: str) -> None:
    roll_up_topic(topic)

    assert not SessionTally.objects.exists()


def test_a_class_is_counted_whole(cast: Cast) -> None:
    people(cast)

    roll_up_topic(f"cohort:{cast.cohort.pk}")

    assert SessionTally.objects.values("session").distinct().count() == 4
