"""What an import writes, whom it tells, and what it and its undo refuse."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from community.models import Appointment, Member, Notification
from community.operations.appointment import appoint
from tests.factories.attended import sign_in
from tests.factories.cast import BUTUO, LIANGSHAN, LONG_AGO, SYSTEM, ZHAOJUE, Cast, moment
from tests.factories.rosters import csv_bytes, person
from training.models import Cohort, Enrolment, RosterBatch
from training.operations import roster_import
from training.operations.enrolment import HasMarks, RosterClosed, withdraw
from training.operations.roster import (
    BatchSettled,
    check_roster,
    correct_rows,
    discard_batch,
)
from training.operations.roster_file import drop_files, findings_of
from training.operations.roster_import import NothingToImport, RowsLeft, import_roster
from training.operations.roster_undo import UndoTooLate, undo_batch

pytestmark = pytest.mark.django_db
AT = moment(24, 9, 0)
HERE, THERE = "昭觉县中心小学校", "昭觉县谷曲镇中心小学校"
SHORT = person(9, 手机号="1360000000")


@pytest.fixture
def ready(cast: Cast) -> Cast:
    cast.school(ZHAOJUE)
    cast.school(ZHAOJUE, THERE)
    cast.school(BUTUO)
    assert cast.cohort
    return cast


@pytest.fixture
def checked(ready: Cast, tmp_path: Path) -> Any:
    """Check rows of a file as the city's coordinator, or another's."""

    def check(*rows: dict[str, Any], by: str = "liangshan", area: str = LIANGSHAN, **more: Any):
        file = tmp_path / f"{RosterBatch.objects.count()}.csv"
        file.write_bytes(csv_bytes(rows))
        return check_roster(
            cohort=ready.cohort,
            file=file,
            region=ready.region(area),
            by=getattr(ready, by),
            at=AT,
            **more,
        )

    return check


def bring_in(batch: RosterBatch, cast: Cast, **more: Any) -> RosterBatch:
    return import_roster(batch=batch, by=cast.liangshan, at=AT, **more)


def known(cast: Cast, number: int, code: str = ZHAOJUE, school: str = "", **more: Any) -> Member:
    """The person of row ``number``, who is here already."""
    row = person(number)
    return cast.member(
        row["姓名"], code, school=school, phone=row["手机号"], password=False, **more
    )


def test_a_file_without_one_good_row_imports_nothing(ready: Cast, checked: Any) -> None:
    with pytest.raises(NothingToImport):
        bring_in(checked(SHORT), ready)


def test_who_wants_all_or_nothing_gets_nothing_while_rows_are_left(
    ready: Cast, checked: Any
) -> None:
    batch = checked(person(1), SHORT)

    with pytest.raises(RowsLeft) as refused:
        bring_in(batch, ready, only_good=False)

    assert refused.value.details == {"count": 1}
    assert not Enrolment.objects.exists()


def test_where_the_file_alone_counts_every_row_is_dealt_with_first(
    ready: Cast, checked: Any
) -> None:
    """A row that waits names somebody who would be taken off the roster for not being named."""
    batch = checked(person(1), SHORT, is_authoritative=True)

    with pytest.raises(RowsLeft, match="以本文件为准时"):
        bring_in(batch, ready)

    assert not Enrolment.objects.exists()


def test_a_class_that_is_closed_takes_nobody(ready: Cast, checked: Any) -> None:
    batch = checked(person(1))
    Cohort.objects.update(state=Cohort.State.CLOSED)

    with pytest.raises(RosterClosed):
        bring_in(batch, ready)


def test_what_was_undone_is_neither_imported_nor_mended_again(ready: Cast, checked: Any) -> None:
    batch = undo_batch(batch=bring_in(checked(person(1)), ready), by=ready.liangshan, at=AT)

    with pytest.raises(BatchSettled):
        bring_in(batch, ready)
    with pytest.raises(BatchSettled):
        correct_rows(batch=batch, cells={2: {"post": "x"}}, by=ready.liangshan, at=AT)


def test_giving_up_twice_is_giving_up_once_and_what_is_imported_is_not_given_up(
    ready: Cast, checked: Any
) -> None:
    first, second = checked(person(1)), bring_in(checked(person(2)), ready)

    for _time in range(2):
        given_up = discard_batch(batch=first, by=ready.liangshan, at=AT)
        assert given_up.state == RosterBatch.State.DISCARDED
    with pytest.raises(BatchSettled):
        discard_batch(batch=second, by=ready.liangshan, at=AT)


def test_taking_away_the_files_of_a_batch_that_has_none_is_nothing() -> None:
    drop_files(RosterBatch(file=""))


def test_undoing_twice_is_undoing_once(ready: Cast, checked: Any) -> None:
    batch = bring_in(checked(person(1)), ready)
    undo_batch(batch=batch, by=ready.liangshan, at=AT)

    again = undo_batch(batch=batch, by=ready.province, at=AT + timedelta(hours=1))

    assert again.undone_by == ready.liangshan


def test_an_undo_before_the_import_or_after_three_days_is_refused(
    ready: Cast, checked: Any
) -> None:
    batch = checked(person(1))
    with pytest.raises(BatchSettled):
        undo_batch(batch=batch, by=ready.liangshan, at=AT)
    batch = bring_in(batch, ready)

    with pytest.raises(UndoTooLate, match="72小时内"):
        undo_batch(batch=batch, by=ready.liangshan, at=AT + timedelta(hours=72, seconds=1))

    assert Enrolment.objects.active().count() == 1
    undo_batch(batch=batch, by=ready.liangshan, at=AT + timedelta(hours=72))


def test_what_somebody_changed_since_stays_changed(ready: Cast, checked: Any) -> None:
    ready.enrolled(known(ready, 1))
    batch = bring_in(checked(person(1, 座位="1排1座", 研讨组="第1组")), ready)
    Enrolment.objects.update(seat="8排8座")

    undo_batch(batch=batch, by=ready.liangshan, at=AT)

    enrolment = Enrolment.objects.get()
    assert (enrolment.seat, enrolment.group_name) == ("8排8座", "第3研讨组")


def test_a_telephone_that_she_proved_since_is_hers_to_keep(ready: Cast, checked: Any) -> None:
    row = person(1)
    member = ready.member(row["姓名"], phone="13811112222", password=False)
    bring_in(checked(person(1, 手机号="13811112222")), ready)
    batch = bring_in(checked(row), ready)
    member.refresh_from_db()
    assert member.phone_last4 == "0001"
    Member.objects.filter(pk=member.pk).update(phone_proved_at=AT)

    undo_batch(batch=batch, by=ready.liangshan, at=AT)

    member.refresh_from_db()
    assert member.phone_last4 == "0001"


def test_a_school_where_she_works_beside_becomes_her_main_one_until_the_undo(
    ready: Cast, checked: Any
) -> None:
    member = known(ready, 1, school=THERE)
    beside = member.affiliations.create(
        institution=ready.school(ZHAOJUE, HERE), from_on=LONG_AGO, is_main=False
    )
    before = list(member.affiliations.order_by("pk").values())

    batch = bring_in(checked(person(1)), ready, confirmed=1)
    beside.refresh_from_db()
    assert (beside.is_main, beside.post) == (True, "教师")
    undo_batch(batch=batch, by=ready.liangshan, at=AT)

    assert list(member.affiliations.order_by("pk").values()) == before


def test_coordinators_who_lose_people_to_another_countys_file_hear_of_it(
    ready: Cast, checked: Any
) -> None:
    known(ready, 1, BUTUO)
    known(ready, 2, BUTUO)
    batch = checked(person(1), person(2), by="zhaojue", area=ZHAOJUE)
    assert ready.butuo

    import_roster(batch=batch, confirmed=2, by=ready.zhaojue, at=AT)

    line = Notification.objects.get(kind="roster_moved", member=ready.butuo)
    assert line.text == "2人被其他地区的名单调出布拖县"
    assert not Notification.objects.filter(kind="roster_moved", member=ready.zhaojue).exists()


def test_where_nobody_coordinates_the_county_that_loses_people_nobody_is_told(
    ready: Cast, checked: Any
) -> None:
    known(ready, 1, BUTUO)

    import_roster(
        batch=checked(person(1), by="zhaojue", area=ZHAOJUE), confirmed=1, by=ready.zhaojue, at=AT
    )

    assert not Notification.objects.filter(kind="roster_moved").exists()


def test_somebody_entered_by_another_door_meanwhile_is_found_at_the_second_try(
    ready: Cast, checked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(person(1))
    writer, tries = roster_import.RosterWriter, []

    def interrupted(**order: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise IntegrityError
        return writer(**order)

    monkeypatch.setattr(roster_import, "RosterWriter", interrupted)

    bring_in(batch, ready)

    assert len(tries) == 2
    assert Enrolment.objects.count() == 1


def test_a_namesake_at_the_school_is_asked_about_and_merged_or_kept_apart(
    ready: Cast, checked: Any
) -> None:
    row = person(1)
    ready.member(row["姓名"], school=HERE, phone="13811112222", password=False)
    batch = checked(row)
    assert (batch.good_count, batch.duplicate_count) == (0, 1)
    [doubt] = findings_of(batch).doubts
    asked = sorted(suspect.other for suspect in doubt.suspects)

    apart = correct_rows(
        batch=batch,
        decisions={doubt.number: {"person": {"asked": asked, "same_as": ""}}},
        by=ready.liangshan,
        at=AT,
    )
    assert apart.summary["effects"] == {"new": 1}
    merged = correct_rows(
        batch=batch,
        decisions={doubt.number: {"person": {"asked": asked, "same_as": asked[0]}}},
        by=ready.liangshan,
        at=AT,
    )
    assert merged.summary["effects"] == {"enrolled": 1}


def test_a_namesake_with_a_number_is_compared_by_date_of_birth(ready: Cast, checked: Any) -> None:
    first = person(1)
    bring_in(checked(first), ready)
    other = person(1, 证件号=person(2)["证件号"], 手机号="13811112222", 单位=THERE)

    batch = checked(other)

    assert batch.duplicate_count == 1
    [doubt] = findings_of(batch).doubts
    assert doubt.suspects


def test_who_was_put_on_the_roster_is_told_once_with_her_seat(ready: Cast, checked: Any) -> None:
    bring_in(checked(person(1, 座位="3排4座", 研讨组="第2组")), ready)
    bring_in(checked(person(1, 座位="3排5座", 研讨组="第2组")), ready)

    line = Notification.objects.get(kind="roster")

    assert line.text == "您已进入“凉山场”的名单"
    assert "座位3排4座，第2组" in line.note


def test_somebody_leaves_the_roster_once_and_not_with_a_mark_or_after_the_closing(
    ready: Cast,
) -> None:
    enrolment = ready.enrolment
    order = {"by": ready.liangshan, "at": AT, "reason": ""}
    sign_in(enrolment, ready.session)
    with pytest.raises(HasMarks):
        withdraw(enrolment=enrolment, **order)
    enrolment.attendances.all().delete()
    Cohort.objects.update(state=Cohort.State.CLOSED)
    with pytest.raises(RosterClosed):
        withdraw(enrolment=enrolment, **order)
    Cohort.objects.update(state=Cohort.State.RUNNING)

    for _time in range(2):
        gone = withdraw(enrolment=enrolment, **order)
        assert gone.state == Enrolment.State.WITHDRAWN


def test_enrolling_twice_is_enrolling_once_and_a_closed_class_takes_nobody(ready: Cast) -> None:
    first = ready.enrolled(ready.trainee)
    assert ready.enrolled(ready.trainee) == first
    ready.cohort.state = Cohort.State.CLOSED

    with pytest.raises(RosterClosed):
        ready.enrolled(ready.clerk)


def test_powers_of_somebody_who_only_gets_another_seat_stay(ready: Cast, checked: Any) -> None:
    member = known(ready, 1)
    appoint(
        member=member,
        role=Appointment.Role.COORDINATOR,
        region=ready.region(ZHAOJUE),
        from_on=LONG_AGO,
        by=SYSTEM,
        at=ready.at,
    )

    bring_in(checked(person(1)), ready)

    assert member.appointments.get().withdrawn_at is None
