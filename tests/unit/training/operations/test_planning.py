"""Setting a class up: with its half-days, changed later, copied to the next city."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from community.models import AuditEntry
from tests.factories.cast import LESHAN, LIANGSHAN, LONG_AGO, SYSTEM, ZHAOJUE, moment
from training.models import CityStop, Cohort, CohortStaff, Module, Session
from training.operations.cohort import (
    DatesInDisorder,
    NothingToTeach,
    StopExists,
    copy_city_stop,
    free_code,
    move_cohort,
    open_cohort,
    staff_cohort,
)
from training.operations.planning import (
    AgendaLine,
    AgendaTimes,
    CodeTaken,
    Meeting,
    change_cohort,
    plan_cohort,
    set_agenda,
    unstaff_cohort,
)
from training.operations.runner import NotTheRunner
from training.operations.session import (
    CohortClosed,
    ModuleTaken,
    NoSuchModule,
    SessionHasMarks,
    SessionTimes,
    add_session,
    change_session,
    drop_session,
)

pytestmark = pytest.mark.django_db


def meetings(cast: Any, count: int = 4) -> list[Meeting]:
    taught = [m for m in cast.programme.modules.all() if m.kind != Module.Kind.WORK]
    return [
        Meeting(
            module_key=str(module.pk),
            label=f"第{number + 1}场",
            starts_at=moment(26 + number // 2, 9 if number % 2 == 0 else 14, 0),
            ends_at=moment(26 + number // 2, 12 if number % 2 == 0 else 17, 0),
        )
        for number, module in enumerate(taught[:count])
    ]


def plan(cast: Any, **fields: Any) -> Cohort:
    terms = {
        "programme": cast.programme,
        "host_region": cast.region(ZHAOJUE),
        "name": "昭觉县班",
        "starts_on": date(2026, 11, 26),
        "ends_on": date(2026, 11, 27),
        "venue": "昭觉县电教馆",
        "meetings": meetings(cast),
        "by": cast.zhaojue,
        "at": moment(20),
        **fields,
    }
    return plan_cohort(**terms)


def test_a_class_is_planned_with_its_half_days(cast: Any) -> None:
    cohort = plan(cast, late_minutes=15, takes_sign_out=True)

    assert cohort.state == Cohort.State.DRAFT
    assert cohort.code == "IT-CHANGE-513431-1"
    first = cohort.sessions.first()
    assert cohort.sessions.count() == 4
    assert (first.label, first.place, first.late_minutes) == ("第1场", "昭觉县电教馆", 15)
    assert (first.opens_at, first.closes_at) == (moment(26, 8, 20), moment(26, 10, 0))
    assert (first.sign_out_opens_at, first.sign_out_closes_at) == (
        moment(26, 11, 50),
        moment(26, 12, 30),
    )


def test_half_days_stand_in_their_order_however_they_were_typed(cast: Any) -> None:
    cohort = plan(cast, meetings=list(reversed(meetings(cast))))

    assert [s.label for s in cohort.sessions.order_by("position")] == [
        "第1场",
        "第2场",
        "第3场",
        "第4场",
    ]


def test_codes_are_given_in_turn_and_a_taken_one_is_refused(cast: Any) -> None:
    plan(cast)
    assert plan(cast).code == "IT-CHANGE-513431-2"
    assert plan(cast, code=" zj-01 ").code == "ZJ-01"

    with pytest.raises(CodeTaken, match="ZJ-01"):
        plan(cast, code="ZJ-01")
    assert free_code(programme=cast.programme, region=cast.region(ZHAOJUE)).endswith("-3")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"ends_at": moment(26, 9, 0)}, SessionTimes),
        ({"module_key": "999999"}, NoSuchModule),
        ({"module_key": "nonsense"}, NoSuchModule),
    ],
)
def test_one_faulty_half_day_and_nothing_is_written(
    cast: Any, change: dict[str, Any], refusal: type[Exception]
) -> None:
    faulty = meetings(cast)
    faulty[0] = replace(faulty[0], **change)

    with pytest.raises(refusal):
        plan(cast, meetings=faulty)
    assert not Cohort.objects.exists()
    assert not Session.objects.exists()


def test_the_refusal_says_which_half_day_is_meant(cast: Any) -> None:
    faulty = list(reversed(meetings(cast)))
    faulty[1] = replace(faulty[1], ends_at=faulty[1].starts_at)

    with pytest.raises(SessionTimes) as refused:
        plan(cast, meetings=faulty)
    assert refused.value.details["meeting"] == 1


def test_only_who_looks_after_the_host_region_sets_classes_up_there(cast: Any) -> None:
    with pytest.raises(NotTheRunner, match="昭觉县"):
        plan(cast, by=cast.butuo)
    with pytest.raises(NotTheRunner):
        plan(cast, host_region=cast.region(LIANGSHAN), by=cast.zhaojue)
    assert plan(cast, by=cast.liangshan).host_region_id == ZHAOJUE


def test_a_class_of_the_city_is_not_the_countys_to_change(cast: Any) -> None:
    deeds: list[Any] = [
        lambda **who: change_cohort(cohort=cast.cohort, name="x", **who),
        lambda **who: move_cohort(cohort=cast.cohort, to=Cohort.State.RUNNING, **who),
        lambda **who: open_cohort(cohort=cast.cohort, **who),
        lambda **who: set_agenda(session=cast.session, lines=[], **who),
        lambda **who: change_session(session=cast.session, label="x", **who),
        lambda **who: drop_session(session=cast.session, **who),
        lambda **who: add_session(
            cohort=cast.cohort,
            module_key="1",
            label="x",
            starts_at=moment(26, 9, 0),
            ends_at=moment(26, 12, 0),
            **who,
        ),
        lambda **who: staff_cohort(
            cohort=cast.cohort, member=cast.trainee, role="clerk", from_on=LONG_AGO, **who
        ),
    ]
    for deed in deeds:
        with pytest.raises(NotTheRunner, match="凉山"):
            deed(by=cast.zhaojue, at=moment(20))


def test_a_class_that_ends_before_it_begins_is_refused_in_words(cast: Any) -> None:
    with pytest.raises(DatesInDisorder):
        plan(cast, ends_on=date(2026, 11, 25))
    cohort = plan(cast)
    with pytest.raises(DatesInDisorder):
        change_cohort(cohort=cohort, ends_on=date(2026, 11, 25), by=cast.zhaojue, at=moment(21))
    with pytest.raises(DatesInDisorder):
        staff_cohort(
            cohort=cohort,
            member=cast.trainee,
            role=CohortStaff.Role.CLERK,
            from_on=date(2026, 11, 26),
            to_on=date(2026, 11, 25),
            by=cast.zhaojue,
            at=moment(21),
        )


def test_work_done_at_home_has_no_half_day(cast: Any) -> None:
    work = cast.programme.modules.get(kind=Module.Kind.WORK)

    with pytest.raises(NoSuchModule):
        plan(cast, meetings=[replace(meetings(cast)[0], module_key=str(work.pk))])


def test_a_module_is_taught_once(cast: Any) -> None:
    twice = [meetings(cast)[0], replace(meetings(cast)[1], module_key=meetings(cast)[0].module_key)]

    with pytest.raises(ModuleTaken):
        plan(cast, meetings=twice)


def test_a_class_may_be_planned_before_its_days_are_known(cast: Any) -> None:
    cohort = plan(cast, meetings=[])

    with pytest.raises(NothingToTeach):
        open_cohort(cohort=cohort, by=SYSTEM, at=moment(20))
    first = meetings(cast)[0]
    add_session(
        cohort=cohort,
        module_key=first.module_key,
        label=first.label,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        by=cast.zhaojue,
        at=moment(20),
    )
    assert open_cohort(cohort=cohort, by=SYSTEM, at=moment(20)).state == Cohort.State.ENROLLING


def test_changing_a_class_leaves_its_half_days_as_they_are(cast: Any) -> None:
    cohort = plan(cast)

    changed = change_cohort(
        cohort=cohort, name="昭觉县第一班", late_minutes=20, by=cast.zhaojue, at=moment(21)
    )

    assert (changed.name, changed.late_minutes) == ("昭觉县第一班", 20)
    assert set(cohort.sessions.values_list("late_minutes", flat=True)) == {10}
    line = AuditEntry.objects.get(action="cohort.changed")
    assert line.details["before"] == {"name": "昭觉县班", "late_minutes": "10"}
    change_cohort(cohort=changed, name="昭觉县第一班", by=cast.zhaojue, at=moment(21))
    assert AuditEntry.objects.filter(action="cohort.changed").count() == 1
    with pytest.raises(TypeError):
        change_cohort(cohort=cohort, state="closed", by=cast.zhaojue, at=moment(21))


def test_a_closed_class_is_not_changed(cast: Any) -> None:
    cohort = cast.cohort
    Cohort.objects.filter(pk=cohort.pk).update(state=Cohort.State.CLOSED)
    first = cohort.sessions.first()

    with pytest.raises(CohortClosed):
        change_cohort(cohort=cohort, name="x", by=SYSTEM, at=moment())
    with pytest.raises(CohortClosed):
        set_agenda(session=first, lines=[], by=SYSTEM, at=moment())
    with pytest.raises(CohortClosed):
        change_session(session=first, label="x", by=SYSTEM, at=moment())


@pytest.mark.parametrize(
    "fields",
    [
        {"ends_at": moment(26, 9, 0)},
        {"opens_at": moment(26, 9, 1)},
        {"closes_at": moment(26, 8, 20)},
        {"takes_sign_out": True},
        {
            "takes_sign_out": True,
            "sign_out_opens_at": moment(26, 8, 0),
            "sign_out_closes_at": moment(26, 12, 30),
        },
        {
            "takes_sign_out": True,
            "sign_out_opens_at": moment(26, 12, 0),
            "sign_out_closes_at": moment(26, 12, 0),
        },
    ],
)
def test_times_in_the_wrong_order_are_refused_in_words(cast: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(SessionTimes, match="第一天上午"):
        change_session(session=cast.session, by=SYSTEM, at=moment(20), **fields)
    cast.session.refresh_from_db()
    assert cast.session.starts_at == moment(26, 9, 0)


def test_a_half_day_without_marks_can_be_dropped(cast: Any) -> None:
    drop_session(session=cast.session, by=SYSTEM, at=moment(20))
    assert cast.cohort.sessions.count() == 3


def test_a_half_day_that_somebody_scanned_stays(cast: Any) -> None:
    from training.models import ScanAttempt

    ScanAttempt.objects.create(
        session=cast.session,
        kind="in",
        verdict="early",
        door=ScanAttempt.Door.SCAN,
        claimed_at=moment(),
        received_at=moment(),
    )
    with pytest.raises(SessionHasMarks):
        drop_session(session=cast.session, by=SYSTEM, at=moment(20))


def line(title: str, start: tuple[int, int], end: tuple[int, int]) -> AgendaLine:
    return AgendaLine(moment(26, *start), moment(26, *end), title)


def test_an_agenda_is_replaced_as_a_whole_and_sorted(cast: Any) -> None:
    set_agenda(
        session=cast.session,
        lines=[line("讲座", (10, 0), (11, 0)), line("开班", (9, 0), (9, 30))],
        by=SYSTEM,
        at=moment(20),
    )
    assert [item.title for item in cast.session.agenda.all()] == ["开班", "讲座"]

    items = set_agenda(
        session=cast.session, lines=[line("讲座", (9, 0), (12, 0))], by=SYSTEM, at=moment(21)
    )
    again = set_agenda(
        session=cast.session, lines=[line("讲座", (9, 0), (12, 0))], by=SYSTEM, at=moment(22)
    )

    assert [item.pk for item in again] == [item.pk for item in items]
    assert AuditEntry.objects.filter(action="session.agenda_set").count() == 2


def test_the_agenda_moves_with_its_half_day(cast: Any) -> None:
    set_agenda(
        session=cast.session, lines=[line("开班", (9, 0), (9, 30))], by=SYSTEM, at=moment(20)
    )

    change_session(
        session=cast.session,
        starts_at=moment(27, 14, 0),
        ends_at=moment(27, 17, 0),
        opens_at=moment(27, 13, 20),
        closes_at=moment(27, 15, 0),
        by=SYSTEM,
        at=moment(20),
    )

    item = cast.session.agenda.get()
    assert (item.starts_at, item.ends_at) == (moment(27, 14, 0), moment(27, 14, 30))


@pytest.mark.parametrize(
    "faulty",
    [
        line("早", (8, 59), (9, 30)),
        line("晚", (11, 0), (12, 1)),
        line("倒", (10, 0), (9, 30)),
        line("空", (10, 0), (10, 0)),
    ],
)
def test_an_agenda_lies_inside_its_half_day(cast: Any, faulty: AgendaLine) -> None:
    with pytest.raises(AgendaTimes, match=faulty.title):
        set_agenda(session=cast.session, lines=[faulty], by=SYSTEM, at=moment(20))


def test_staff_are_told_and_can_be_taken_out(cast: Any) -> None:
    helper = cast.member("周启明")
    post = staff_cohort(
        cohort=cast.cohort,
        member=helper,
        role=CohortStaff.Role.CLERK,
        from_on=LONG_AGO,
        by=SYSTEM,
        at=moment(20),
    )
    assert helper.notifications.get().text == "您是“凉山场”的签到员"

    unstaff_cohort(post=post, by=SYSTEM, at=moment(21))
    unstaff_cohort(post=post, by=SYSTEM, at=moment(21))
    assert not cast.cohort.staff.exists()
    assert AuditEntry.objects.filter(action="cohort.unstaffed").count() == 1


def test_a_stop_is_copied_with_plan_and_agenda_but_never_with_people(cast: Any) -> None:
    set_agenda(
        session=cast.session, lines=[line("开班", (9, 0), (9, 30))], by=SYSTEM, at=moment(20)
    )
    assert cast.enrolment
    assert cast.clerk
    move_cohort(cohort=cast.cohort, to=Cohort.State.RUNNING, by=SYSTEM, at=moment())

    copy = copy_city_stop(
        stop=cast.stop,
        region=cast.region(LESHAN),
        starts_on=date(2026, 12, 3),
        venue="乐山师范学院",
        by=cast.province,
        at=moment(27),
    )

    [twin] = copy.cohorts.all()
    assert (twin.name, twin.state, twin.host_region_id) == ("乐山场", Cohort.State.DRAFT, LESHAN)
    assert (copy.starts_on, copy.ends_on, copy.number) == (
        date(2026, 12, 3),
        date(2026, 12, 4),
        cast.stop.number + 1,
    )
    first = twin.sessions.get(position=1)
    assert first.starts_at == cast.session.starts_at + timedelta(days=7)
    assert first.place == "乐山师范学院"
    assert first.agenda.get().starts_at == moment(26, 9, 0) + timedelta(days=7)
    assert not twin.enrolments.exists()
    assert not twin.staff.exists()
    with pytest.raises(StopExists):
        copy_city_stop(
            stop=cast.stop,
            region=cast.region(LESHAN),
            starts_on=date(2026, 12, 10),
            venue="x",
            by=SYSTEM,
            at=moment(27),
        )


def test_a_stop_that_the_route_names_is_filled_while_it_has_no_class(cast: Any) -> None:
    named = CityStop.objects.create(
        programme=cast.programme,
        region=cast.region(LESHAN),
        number=19,
        starts_on=date(2026, 12, 10),
        ends_on=date(2026, 12, 11),
        venue="待定",
    )
    terms: dict[str, Any] = {
        "stop": cast.cohort.stop,
        "starts_on": date(2026, 12, 3),
        "venue": "乐山师范学院",
        "by": cast.province,
        "at": moment(27),
    }

    copy = copy_city_stop(region=cast.region(LESHAN), **terms)

    assert copy == named
    assert (copy.number, copy.starts_on, copy.ends_on) == (
        19,
        date(2026, 12, 3),
        date(2026, 12, 4),
    )
    assert (copy.venue, copy.cohorts.get().name) == ("乐山师范学院", "乐山场")
    for city in (LESHAN, LIANGSHAN):
        with pytest.raises(StopExists):
            copy_city_stop(region=cast.region(city), **terms)
    assert Cohort.objects.filter(stop=named).count() == 1


def test_a_stop_without_a_class_is_not_copied_onto_itself(cast: Any) -> None:
    with pytest.raises(StopExists):
        copy_city_stop(
            stop=cast.stop,
            region=cast.region(LIANGSHAN),
            starts_on=date(2026, 12, 3),
            venue="x",
            by=cast.province,
            at=moment(27),
        )


def test_a_code_that_a_county_class_already_has_does_not_stop_a_copy(cast: Any) -> None:
    plan(cast, host_region=cast.region(LESHAN), by=cast.province)
    assert cast.cohort

    copy = copy_city_stop(
        stop=cast.stop,
        region=cast.region(LESHAN),
        starts_on=date(2026, 12, 3),
        venue="乐山师范学院",
        by=SYSTEM,
        at=moment(27),
    )

    assert copy.cohorts.get().code == "IT-CHANGE-511100-2"
    assert CityStop.objects.filter(region=LIANGSHAN).count() == 1
