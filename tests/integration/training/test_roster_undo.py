"""Taking an import back leaves what was there before, whatever the file said; who signed in stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.models import Affiliation, Appointment, Institution, Member, Notification
from community.operations.appointment import appoint
from community.scope import regions_coordinated
from tests.factories.attended import sign_in
from tests.factories.cast import LIANGSHAN, LONG_AGO, SICHUAN, SYSTEM, ZHAOJUE, Cast, moment
from tests.factories.rosters import csv_bytes, person
from training.models import Enrolment, RosterBatch
from training.operations.roster import check_roster, correct_rows
from training.operations.roster_import import import_roster
from training.operations.roster_undo import undo_batch

HERE, THERE = "昭觉县中心小学校", "昭觉县谷曲镇中心小学校"
AT = moment(24, 9, 0)
PASSING = ("changed_at",)


def rows_of(queryset: Any) -> dict[int, dict[str, Any]]:
    return {
        row["id"]: {name: value for name, value in row.items() if name not in PASSING}
        for row in queryset.values()
    }


def everything() -> dict[str, dict[int, dict[str, Any]]]:
    """What an import may touch: people who can log in, posts, places on the roster, powers."""
    return {
        "people": rows_of(Member.objects.filter(is_active=True)),
        "posts": rows_of(Affiliation.objects.all()),
        "roster": rows_of(Enrolment.objects.active()),
        "schools": rows_of(Institution.objects.all()),
        "powers": rows_of(Appointment.objects.all()),
        "told": rows_of(Notification.objects.filter(kind="roster")),
    }


def brought_in(cast: Cast, rows: list[dict[str, Any]], **more: Any) -> RosterBatch:
    """Check and import ``rows`` as the city's coordinator; schools nobody knows are added."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "名单.csv"
        file.write_bytes(csv_bytes(rows))
        batch = check_roster(
            cohort=cast.cohort,
            file=file,
            region=cast.region(LIANGSHAN),
            by=cast.liangshan,
            at=AT,
            **more,
        )
    new = {"new_unit": {"kind": "rural_school", "stage": "primary"}}
    strange = {n: new for n, row in enumerate(rows, start=2) if row["单位"] not in {HERE, THERE}}
    if strange:
        batch = correct_rows(batch=batch, decisions=strange, by=cast.liangshan, at=AT)
    return import_roster(batch=batch, confirmed=confirmation(batch, cast), by=cast.liangshan, at=AT)


def confirmation(batch: RosterBatch, cast: Cast) -> int:
    from training.operations.roster_file import findings_of
    from training.operations.roster_import import needs_confirmation

    return needs_confirmation(findings_of(batch), roster=cast.cohort.enrolments.active().count())


@contextmanager
def undone_afterwards() -> Iterator[None]:
    """Each example starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# Somebody in the file: unknown before, known at her school or another, on the roster already or not.
SOMEBODY = st.fixed_dictionaries(
    {
        "known": st.sampled_from([None, HERE, THERE]),
        "enrolled": st.booleans(),
        "signs_in": st.booleans(),
        "unit": st.sampled_from([HERE, THERE, "昭觉县月亮小学校"]),
        "post": st.sampled_from(["", "教师", "校长", "教研组长"]),
        "seat": st.sampled_from(["", "3排4座"]),
        "numbered": st.booleans(),
    }
)


@pytest.fixture
def ready(cast: Cast) -> Cast:
    cast.school(ZHAOJUE)
    cast.school(ZHAOJUE, THERE)
    assert cast.cohort
    assert cast.liangshan
    return cast


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(SOMEBODY, min_size=1, max_size=6), authoritative=st.booleans())
def test_import_and_undo_leave_what_was_there(
    ready: Cast, people: list[dict[str, Any]], authoritative: bool
) -> None:
    with undone_afterwards():
        ready.enrolled(ready.member("不在文件里", school=THERE, password=False))
        rows = [settled(ready, number, one) for number, one in enumerate(people)]
        before = everything()

        batch = brought_in(ready, rows, is_authoritative=authoritative)
        imported = everything()
        staying = sign_some_in(ready, rows, people)
        batch = undo_batch(batch=batch, by=ready.liangshan, at=AT + timedelta(hours=1))

        after = everything()
        assert [name for name, _unit in batch.summary["spared"]] == sorted(staying)
        if staying:
            for name in staying:
                [pk] = [pk for pk, row in imported["roster"].items() if row["name"] == name]
                assert after["roster"][pk] == imported["roster"][pk], "she stays as she is"
        else:
            assert after == before
        gone = {row["name"] for row in after["roster"].values()}
        assert gone == {row["name"] for row in before["roster"].values()} | set(staying)


def settled(cast: Cast, number: int, one: dict[str, Any]) -> dict[str, Any]:
    """The row of ``one``, after whatever was known of her was put into the tables."""
    row = person(number, 单位=one["unit"], 职务=one["post"], 座位=one["seat"])
    if not one["numbered"]:
        row |= {"证件类型": "", "证件号": ""}
    if one["known"]:
        member = cast.member(row["姓名"], school=one["known"], phone=row["手机号"], password=False)
        if one["enrolled"]:
            cast.enrolled(member)
    return row


def sign_some_in(cast: Cast, rows: list[dict[str, Any]], people: list[dict[str, Any]]) -> list[str]:
    """Some come to the hall before the undo; those whom the file touched are spared."""
    batch = RosterBatch.objects.latest("pk")
    touched = set(
        batch.changes.filter(deed__startswith="enrolment_").values_list("subject_id", flat=True)
    )
    staying = []
    for row, one in zip(rows, people, strict=True):
        if one["signs_in"]:
            enrolment = cast.cohort.enrolments.active().get(name=row["姓名"])
            sign_in(enrolment, cast.session)
            if enrolment.pk in touched:
                staying.append(row["姓名"])
    return staying


def test_whom_the_file_made_cannot_log_in_any_more_and_is_found_by_the_mended_file(
    ready: Cast,
) -> None:
    batch = brought_in(ready, [person(1)])
    made = Enrolment.objects.get().member

    undo_batch(batch=batch, by=ready.liangshan, at=AT)

    made.refresh_from_db()
    assert not made.is_active
    brought_in(ready, [person(1, 座位="9排9座")])
    made.refresh_from_db()
    assert made.is_active
    assert Enrolment.objects.active().get().member == made


def test_who_signed_in_stays_and_is_named_on_the_page(ready: Cast, client: Any) -> None:
    from django.urls import reverse
    from django.utils import timezone

    batch = brought_in(ready, [person(1), person(2)])
    RosterBatch.objects.update(imported_at=timezone.now())
    sign_in(Enrolment.objects.get(name=person(1)["姓名"]), ready.session)
    client.force_login(ready.liangshan)

    page = client.post(
        reverse("training:roster_undo", args=[LIANGSHAN, batch.pk]), follow=True
    ).text

    assert f"已签到的人保留在名单里：{person(1)['姓名']}。" in page
    assert [one.name for one in Enrolment.objects.active()] == [person(1)["姓名"]]


# Powers that a transfer ended.


@pytest.fixture
def clerk(ready: Cast) -> Member:
    """学校管理员 of the school that a file is about to take her from."""
    row = person(1)
    member = ready.member(row["姓名"], school=THERE, phone=row["手机号"], password=False)
    appoint(
        member=member,
        role=Appointment.Role.SCHOOL_CLERK,
        region=ready.region(ZHAOJUE),
        institution=ready.school(ZHAOJUE, THERE),
        from_on=LONG_AGO,
        by=SYSTEM,
        at=ready.at,
    )
    return member


def test_powers_that_a_mistaken_transfer_ended_are_given_back(ready: Cast, clerk: Member) -> None:
    before = everything()
    batch = brought_in(ready, [person(1)])
    assert clerk.appointments.get().withdrawn_at == AT

    undo_batch(batch=batch, by=ready.liangshan, at=AT + timedelta(hours=1))

    assert everything() == before
    assert Notification.objects.filter(member=clerk, text__startswith="您的授权已恢复").exists()


def test_a_coordinator_moved_out_of_her_county_by_mistake_coordinates_it_again(
    ready: Cast,
) -> None:
    row = person(1, 县="布拖县", 单位=ready.school("513429").name)
    member = ready.member(row["姓名"], school=THERE, phone=row["手机号"], password=False)
    appoint(
        member=member,
        role=Appointment.Role.COORDINATOR,
        region=ready.region(ZHAOJUE),
        from_on=LONG_AGO,
        by=ready.province,
        at=ready.at,
    )

    batch = import_one(ready, row)
    assert regions_coordinated(Member.objects.get(pk=member.pk)) == []
    undo_batch(batch=batch, by=ready.liangshan, at=AT)

    again = regions_coordinated(Member.objects.get(pk=member.pk))
    assert [region.pk for region in again] == [ZHAOJUE]


def import_one(cast: Cast, row: dict[str, Any]) -> RosterBatch:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "名单.csv"
        file.write_bytes(csv_bytes([row]))
        batch = check_roster(
            cohort=cast.cohort,
            file=file,
            region=cast.region(LIANGSHAN),
            by=cast.liangshan,
            at=AT,
        )
    asked = confirmation(batch, cast)
    return import_roster(batch=batch, confirmed=asked, by=cast.liangshan, at=AT)


@pytest.mark.parametrize("why", ["run out", "giver gone", "given anew", "account closed"])
def test_powers_that_nobody_could_give_today_are_not_given_back(ready: Cast, why: str) -> None:
    row = person(1, 县="布拖县", 单位=ready.school("513429").name)
    member = ready.member(row["姓名"], school=THERE, phone=row["手机号"], password=False)
    given = {
        "member": member,
        "role": Appointment.Role.COORDINATOR,
        "region": ready.region(ZHAOJUE),
        "from_on": LONG_AGO,
    }
    to_on = date(2026, 11, 24) if why == "run out" else None
    first = appoint(**given, to_on=to_on, by=ready.province, at=ready.at)
    batch = import_one(ready, row)
    if why == "giver gone":
        ready.province.appointments.filter(region=SICHUAN).update(withdrawn_at=AT)
    elif why == "given anew":
        appoint(**given, by=SYSTEM, at=AT)
    elif why == "account closed":
        Member.objects.filter(pk=member.pk).update(is_active=False)

    undo_batch(batch=batch, by=ready.liangshan, at=AT + timedelta(days=1))

    first.refresh_from_db()
    assert first.withdrawn_at == AT
