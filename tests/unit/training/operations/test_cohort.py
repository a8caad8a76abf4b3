"""A class's way from draft to archive, and what stands in it."""

from __future__ import annotations

from typing import Any

import pytest

from community.models import AuditEntry
from tests.factories.cast import LIANGSHAN, SYSTEM, moment
from training.models import Cohort
from training.operations.cohort import (
    NothingToTeach,
    NotPublished,
    WrongCohortState,
    create_cohort,
    move_cohort,
    open_cohort,
)
from training.operations.session import change_session

pytestmark = pytest.mark.django_db
State = Cohort.State


@pytest.fixture
def draft(cast: Any) -> Cohort:
    return create_cohort(
        programme=cast.programme,
        host_region=cast.region(LIANGSHAN),
        code="LS99",
        name="凉山加班",
        starts_on=moment(28).date(),
        ends_on=moment(28).date(),
        by=SYSTEM,
        at=moment(20),
    )


def test_a_class_of_an_unpublished_programme_is_not_opened(cast: Any, draft: Cohort) -> None:
    cast.programme.unpublish()

    with pytest.raises(NotPublished, match="还没有发布"):
        open_cohort(cohort=draft, by=cast.liangshan, at=moment(20))


def test_a_class_without_half_days_is_not_opened(cast: Any, draft: Cohort) -> None:
    with pytest.raises(NothingToTeach, match="还没有场次"):
        open_cohort(cohort=draft, by=cast.liangshan, at=moment(20))


def test_opening_twice_is_opening_once(cast: Any) -> None:
    before = cast.cohort.opened_at

    again = open_cohort(cohort=cast.cohort, by=cast.liangshan, at=moment(21))

    assert again.opened_at == before


def test_a_class_moves_on_step_by_step_and_each_step_once(cast: Any) -> None:
    order = {"by": cast.liangshan, "at": moment(26)}
    moved = move_cohort(cohort=cast.cohort, to=State.RUNNING, **order)
    lines = AuditEntry.objects.count()

    assert move_cohort(cohort=moved, to=State.RUNNING, **order).state == State.RUNNING
    assert AuditEntry.objects.count() == lines
    assert move_cohort(cohort=moved, to=State.TO_CLOSE, **order).state == State.TO_CLOSE


@pytest.mark.parametrize("to", [State.DRAFT, State.CLOSED, State.ARCHIVED])
def test_steps_that_have_an_operation_of_their_own_are_not_taken_here(cast: Any, to: str) -> None:
    with pytest.raises(WrongCohortState, match="不能改为"):
        move_cohort(cohort=cast.cohort, to=to, by=cast.liangshan, at=moment(26))

    cast.cohort.refresh_from_db()
    assert cast.cohort.state == State.ENROLLING


def test_what_is_no_field_of_a_half_day_is_a_mistake_of_the_caller(cast: Any) -> None:
    with pytest.raises(TypeError, match="position"):
        change_session(session=cast.session, position=9, by=cast.liangshan, at=moment(20))


def test_a_half_day_that_only_gets_another_place_keeps_its_agenda_where_it_is(cast: Any) -> None:
    session = cast.session
    session.agenda.create(starts_at=moment(26, 9, 0), ends_at=moment(26, 10, 0), title="开班")

    changed = change_session(session=session, place="三楼", by=cast.liangshan, at=moment(20))

    assert changed.place == "三楼"
    assert changed.agenda.get().starts_at == moment(26, 9, 0)
