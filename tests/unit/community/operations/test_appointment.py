"""Delegating power, and taking it back with all that hangs on it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from community.models import Appointment, AuditEntry, Member
from community.operations.affiliation import affiliate
from community.operations.appointment import (
    AlreadyAppointed,
    AppointmentDates,
    MayNotDelegate,
    appoint,
)
from community.operations.withdrawal import made_under, withdraw_appointment
from community.permissions import may_appoint, may_look_after, may_withdraw
from community.scope import System, covers, forget_appointments
from tests.factories.cast import (
    BUTUO,
    LESHAN,
    LIANGSHAN,
    LONG_AGO,
    SICHUAN,
    SYSTEM,
    ZHAOJUE,
    moment,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)
COORDINATOR = Appointment.Role.COORDINATOR
CLERK = Appointment.Role.SCHOOL_CLERK


def give(cast: Any, member: Member, code: str, *, by: Any, **terms: Any) -> Appointment:
    return appoint(
        member=member,
        role=terms.pop("role", COORDINATOR),
        region=cast.region(code),
        from_on=terms.pop("from_on", TODAY),
        by=by,
        at=moment(),
        **terms,
    )


@pytest.fixture
def someone(cast: Any) -> Member:
    return cast.member("沙马以则")


def test_a_city_appoints_in_its_counties_and_the_appointee_is_told(
    cast: Any, someone: Member
) -> None:
    given = give(
        cast, someone, ZHAOJUE, by=cast.liangshan, from_on=LONG_AGO, to_on=date(2099, 8, 31)
    )

    assert given.appointed_by == cast.liangshan
    assert covers(someone, ZHAOJUE)
    assert not covers(someone, BUTUO)
    line = someone.notifications.get(kind="appointment")
    assert line.text == "您已获授权：昭觉县的培训管理员，到2099年8月31日"
    assert line.url == "/areas/513431/people/"
    assert AuditEntry.objects.filter(action="appointment.made", actor=cast.liangshan).exists()


@pytest.mark.parametrize("code", [BUTUO, LIANGSHAN, LESHAN, SICHUAN])
def test_nobody_appoints_outside_her_own_region(cast: Any, someone: Member, code: str) -> None:
    with pytest.raises(MayNotDelegate):
        give(cast, someone, code, by=cast.zhaojue)

    assert not someone.appointments.exists()


def test_nobody_appoints_herself_not_even_to_less(cast: Any) -> None:
    with pytest.raises(MayNotDelegate, match="自己"):
        give(cast, cast.liangshan, ZHAOJUE, by=cast.liangshan)


def test_who_may_not_delegate_appoints_nobody(cast: Any, someone: Member) -> None:
    last = cast.coordinator("王芳", ZHAOJUE, may_delegate=False)

    assert not may_appoint(last, cast.region(ZHAOJUE))
    with pytest.raises(MayNotDelegate):
        give(cast, someone, ZHAOJUE, by=last)


def test_a_power_withdrawn_a_moment_ago_is_not_passed_on(cast: Any, someone: Member) -> None:
    """The request's own user object still remembers it."""
    assert may_appoint(cast.zhaojue, cast.region(ZHAOJUE))
    Appointment.objects.filter(member=cast.zhaojue).update(withdrawn_at=moment())

    with pytest.raises(MayNotDelegate):
        give(cast, someone, ZHAOJUE, by=cast.zhaojue)


def test_time_beyond_ones_own_is_not_given(cast: Any, someone: Member) -> None:
    cast.zhaojue.appointments.update(to_on=date(2027, 6, 30))

    for too_long in (None, date(2027, 7, 1)):
        with pytest.raises(MayNotDelegate, match="2027年6月30日"):
            give(cast, someone, ZHAOJUE, by=cast.zhaojue, to_on=too_long)
    assert give(cast, someone, ZHAOJUE, by=cast.zhaojue, to_on=date(2027, 6, 30))


def test_unmasking_is_given_only_by_who_has_it(cast: Any, someone: Member) -> None:
    with pytest.raises(MayNotDelegate, match="证件号"):
        give(cast, someone, ZHAOJUE, by=cast.zhaojue, may_unmask=True)
    assert give(cast, someone, ZHAOJUE, by=cast.province, may_unmask=True).may_unmask


def test_rights_of_two_appointments_are_not_put_together(cast: Any, someone: Member) -> None:
    """One has no end, the other may unmask: together they would be more than either."""
    giver = cast.member("王芳")
    give(cast, giver, LIANGSHAN, by=SYSTEM, may_delegate=True)
    give(
        cast,
        giver,
        ZHAOJUE,
        by=SYSTEM,
        may_delegate=True,
        may_unmask=True,
        to_on=date(2027, 6, 30),
    )

    with pytest.raises(MayNotDelegate):
        give(cast, someone, ZHAOJUE, by=giver, may_unmask=True)
    assert give(cast, someone, ZHAOJUE, by=giver, may_unmask=True, to_on=date(2027, 6, 30))


def test_who_holds_each_right_but_not_in_one_power_is_told_so(cast: Any, someone: Member) -> None:
    giver = cast.member("王芳")
    june, march = date(2027, 6, 30), date(2027, 3, 31)
    give(cast, giver, LIANGSHAN, by=SYSTEM, may_delegate=True, to_on=june)
    give(cast, giver, ZHAOJUE, by=SYSTEM, may_delegate=True, may_unmask=True, to_on=march)

    with pytest.raises(MayNotDelegate, match="任何一项授权都不能单独授出"):
        give(cast, someone, ZHAOJUE, by=giver, may_unmask=True, to_on=june)


def test_one_appointment_of_a_kind_at_a_time(cast: Any, someone: Member) -> None:
    give(cast, someone, ZHAOJUE, by=cast.liangshan)

    with pytest.raises(AlreadyAppointed, match="撤回"):
        give(cast, someone, ZHAOJUE, by=cast.liangshan)
    assert give(cast, someone, BUTUO, by=cast.liangshan)


def test_one_that_ran_out_makes_room(cast: Any, someone: Member) -> None:
    old = give(cast, someone, ZHAOJUE, by=cast.liangshan, to_on=TODAY)
    Appointment.objects.filter(pk=old.pk).update(from_on=date(2025, 1, 1), to_on=date(2025, 12, 31))

    assert give(cast, someone, ZHAOJUE, by=cast.liangshan)
    assert someone.appointments.filter(withdrawn_at__isnull=True).count() == 1


def test_dates_the_wrong_way_round_are_refused(cast: Any, someone: Member) -> None:
    with pytest.raises(AppointmentDates):
        give(cast, someone, ZHAOJUE, by=SYSTEM, from_on=date(2027, 2, 1), to_on=date(2027, 1, 1))
    with pytest.raises(AppointmentDates):
        give(cast, someone, ZHAOJUE, by=SYSTEM, from_on=date(2026, 1, 1), to_on=date(2026, 11, 25))


def test_a_clerk_looks_after_one_school_and_passes_nothing_on(cast: Any, someone: Member) -> None:
    school = cast.school(ZHAOJUE)

    given = give(cast, someone, ZHAOJUE, by=cast.zhaojue, role=CLERK, institution=school)

    assert given.institution == school
    assert not covers(someone, ZHAOJUE)
    assert someone.notifications.get(kind="appointment").url == ""
    with pytest.raises(AlreadyAppointed):
        give(cast, someone, ZHAOJUE, by=cast.zhaojue, role=CLERK, institution=school)
    with pytest.raises(MayNotDelegate):
        give(cast, someone, BUTUO, by=SYSTEM, role=CLERK, institution=school)
    with pytest.raises(MayNotDelegate):
        give(cast, someone, ZHAOJUE, by=SYSTEM, role=CLERK)
    with pytest.raises(MayNotDelegate):
        give(cast, someone, ZHAOJUE, by=SYSTEM, institution=school)
    with pytest.raises(MayNotDelegate):
        give(
            cast,
            cast.member("王芳"),
            ZHAOJUE,
            by=SYSTEM,
            role=CLERK,
            institution=school,
            may_delegate=True,
        )


def test_nobody_is_appointed_whose_account_is_stopped(cast: Any, someone: Member) -> None:
    Member.objects.filter(pk=someone.pk).update(is_active=False)
    someone.refresh_from_db()

    with pytest.raises(MayNotDelegate, match="停用"):
        give(cast, someone, ZHAOJUE, by=SYSTEM)


def test_a_command_that_is_nobody_in_particular_is_the_root(cast: Any, someone: Member) -> None:
    assert (
        give(cast, someone, SICHUAN, by=System("appoint"), may_delegate=True).appointed_by is None
    )


def test_the_city_withdraws_a_countys_power_at_once(cast: Any) -> None:
    held = cast.zhaojue.appointments.get()

    ended = withdraw_appointment(appointment=held, by=cast.liangshan, at=moment())

    assert ended.withdrawn_by == cast.liangshan
    forget_appointments(cast.zhaojue)
    assert not covers(cast.zhaojue, ZHAOJUE)
    assert cast.zhaojue.notifications.filter(text__startswith="您的授权已撤回").count() == 1
    again = withdraw_appointment(appointment=held, by=cast.liangshan, at=moment(hour=12))
    assert again.withdrawn_at == moment()


def test_equals_and_those_below_withdraw_nothing(cast: Any) -> None:
    peer = cast.coordinator("王芳", ZHAOJUE)
    for by, held in [
        (cast.butuo, cast.zhaojue),
        (peer, cast.zhaojue),
        (cast.zhaojue, cast.zhaojue),
        (cast.zhaojue, cast.liangshan),
        (cast.coordinator("李梅", SICHUAN), cast.province),
        (cast.trainee, cast.zhaojue),
    ]:
        assert not may_withdraw(by, held.appointments.get())
        with pytest.raises(MayNotDelegate):
            withdraw_appointment(appointment=held.appointments.get(), by=by, at=moment())


def test_who_appointed_an_equal_may_withdraw_her(cast: Any, someone: Member) -> None:
    given = give(cast, someone, ZHAOJUE, by=cast.zhaojue)

    assert withdraw_appointment(appointment=given, by=cast.zhaojue, at=moment()).withdrawn_at


def chain(cast: Any) -> list[Appointment]:
    """Province → city → county → a school's clerk."""
    city = give(cast, cast.member("甲"), LIANGSHAN, by=cast.province, may_delegate=True)
    county = give(cast, cast.member("乙"), ZHAOJUE, by=city.member, may_delegate=True)
    clerk = give(
        cast,
        cast.member("丙"),
        ZHAOJUE,
        by=county.member,
        role=CLERK,
        institution=cast.school(ZHAOJUE),
    )
    return [city, county, clerk]


def live(links: list[Appointment]) -> list[bool]:
    return [Appointment.objects.get(pk=one.pk).withdrawn_at is None for one in links]


def test_what_was_given_on_the_strength_of_it_ends_too(cast: Any) -> None:
    links = chain(cast)

    withdraw_appointment(appointment=links[0], by=cast.province, at=moment())

    assert live(links) == [False, False, False]
    assert links[2].member.notifications.filter(text__startswith="您的授权已撤回").exists()


def test_whoever_takes_it_over_keeps_it_going(cast: Any) -> None:
    links = chain(cast)

    withdraw_appointment(appointment=links[0], by=cast.province, at=moment(), take_over=True)

    assert live(links) == [False, True, True]
    assert Appointment.objects.get(pk=links[1].pk).appointed_by == cast.province
    assert AuditEntry.objects.filter(action="appointment.taken_over").count() == 1


def test_what_the_successor_could_not_give_is_not_taken_over(cast: Any) -> None:
    links = chain(cast)
    cast.province.appointments.update(to_on=date(2027, 1, 1))

    withdraw_appointment(appointment=links[0], by=cast.province, at=moment(), take_over=True)

    assert live(links) == [False, False, False]


def test_a_second_power_of_the_giver_holds_what_the_first_gave(cast: Any) -> None:
    links = chain(cast)
    give(cast, links[1].member, LIANGSHAN, by=cast.province, may_delegate=True)

    withdraw_appointment(appointment=links[1], by=cast.province, at=moment())

    assert live(links) == [True, False, True]


def test_two_who_appointed_each_other_do_not_hold_each_other_up(cast: Any) -> None:
    upper = cast.member("甲")
    first = give(cast, upper, LIANGSHAN, by=cast.province, may_delegate=True)
    lower = cast.member("乙")
    second = give(cast, lower, ZHAOJUE, by=upper, may_delegate=True)
    third = give(cast, upper, ZHAOJUE, by=lower, may_delegate=True)

    withdraw_appointment(appointment=first, by=cast.province, at=moment())

    assert live([first, second, third]) == [False, False, False]


def test_the_page_that_asks_lists_what_was_given(cast: Any) -> None:
    city, county, _clerk = chain(cast)

    assert made_under(appointment=city, on=TODAY) == [county]
    assert made_under(appointment=_clerk, on=TODAY) == []


def test_a_transfer_takes_along_only_what_still_contains_the_school(cast: Any) -> None:
    mover = cast.member("甲", ZHAOJUE)
    county = give(cast, mover, ZHAOJUE, by=cast.liangshan, may_delegate=True)
    city = give(cast, mover, LIANGSHAN, by=cast.province)
    elsewhere = give(cast, mover, LESHAN, by=cast.province)
    clerk = give(
        cast, mover, ZHAOJUE, by=cast.zhaojue, role=CLERK, institution=cast.school(ZHAOJUE)
    )
    given = give(cast, cast.member("乙"), ZHAOJUE, by=mover)

    affiliate(
        member=mover, institution=cast.school(BUTUO), on=TODAY, by=cast.liangshan, at=moment()
    )

    assert live([county, city, elsewhere, clerk]) == [False, True, True, False]
    # What she had given goes on under whoever had appointed her.
    given.refresh_from_db()
    assert given.withdrawn_at is None
    assert given.appointed_by == cast.liangshan
    assert not covers(mover, ZHAOJUE)


def test_a_transfer_inside_the_county_changes_no_power(cast: Any) -> None:
    affiliate(
        member=cast.zhaojue,
        institution=cast.school(ZHAOJUE, "昭觉县民族中学"),
        on=TODAY,
        by=cast.liangshan,
        at=moment(),
    )

    assert covers(cast.zhaojue, ZHAOJUE)


def test_looking_after_follows_power_not_the_place_where_somebody_works(cast: Any) -> None:
    assert may_look_after(cast.zhaojue, cast.trainee)
    assert may_look_after(cast.superuser, cast.province)
    assert may_look_after(cast.province, cast.zhaojue)
    assert not may_look_after(cast.zhaojue, cast.zhaojue)
    assert not may_look_after(cast.zhaojue, cast.province)
    assert not may_look_after(cast.butuo, cast.trainee)
    assert not may_look_after(cast.trainee, cast.member("王芳"))


def test_a_coordinator_prints_and_phones_for_a_clerk_of_her_county(cast: Any) -> None:
    clerk = cast.member("丙")
    give(cast, clerk, ZHAOJUE, by=cast.zhaojue, role=CLERK, institution=cast.school(ZHAOJUE))

    assert may_look_after(cast.zhaojue, clerk)
