"""The staff's phone: found, marked, taken back, many at once, waiting people; all of it by forms."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import AuditEntry
from tests.factories.cast import BUTUO, Cast
from tests.factories.hall import open_now, phone
from tests.unit.training.operations.test_matching import phone_of
from training.models import Attendance, AttendanceChange, Cohort, Enrolment, Session
from training.operations.attendance import Scan
from training.operations.board import sign_in_by_board
from training.operations.scan import board_code_at
from training.operations.waiting import keep_waiting
from training.reports.tally import roll_up


def at_desk(session: Session, path: str = "") -> str:
    return f"/sessions/{session.pk}/staff/{path}"


def press(client: Client, session: Session, path: str, **fields: Any) -> str:
    """Press a button and read the page that it leads to."""
    response = client.post(at_desk(session, path), fields, follow=True)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode()


def wait_here(session: Session, name: str = "沙马以则", number: str = "13800001111") -> Enrolment:
    now = timezone.now()
    scan = Scan(kind="in", seen_at=now, proof="none", browser="c" * 32)
    keep_waiting(session=session, name=name, phone=number, scan=scan, at=now)
    return Enrolment.objects.awaiting().get(name=name)


def test_somebody_is_found_marked_and_taken_back(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    clerk = phone(cast.clerk)

    found = clerk.get(at_desk(session), {"q": "hwy"}).content.decode()
    assert "何文渊" in found
    assert "昭觉县谷曲镇中心小学校" in found

    done = press(clerk, session, "mark/", enrolment=cast.enrolment.pk, kind="in", q="hwy")
    assert "何文渊已签到" in done
    assert 'value="hwy"' in done
    mark = Attendance.objects.get()
    assert (mark.by, mark.proof, mark.state) == (cast.clerk, "staff", "counted")

    undone = press(clerk, session, "undo/", mark=mark.pk, q="hwy")
    assert "已撤销何文渊的签到" in undone
    mark.refresh_from_db()
    assert mark.state == "void"
    assert AuditEntry.objects.filter(action="attendance.undone").exists()


def test_marking_twice_says_when_it_was(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    clerk = phone(cast.clerk)
    press(clerk, session, "mark/", enrolment=cast.enrolment.pk)

    page = press(clerk, session, "mark/", enrolment=cast.enrolment.pk)

    assert "已经签过，不用再签" in page
    assert Attendance.objects.count() == 1


@pytest.mark.parametrize("enrolment", ["", "x", "0", "99999999999999999999999", "-1"])
def test_nobody_can_be_marked_by_a_made_up_number(cast: Cast, enrolment: str) -> None:
    session = open_now(cast)
    clerk = phone(cast.clerk)

    response = clerk.post(at_desk(session, "mark/"), {"enrolment": enrolment})

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert not Attendance.objects.exists()


def test_somebody_of_another_class_cannot_be_reached_through_this_desk(cast: Cast) -> None:
    session = open_now(cast)
    hers = cast.enrolled(cast.member("沙马以则"))
    Enrolment.objects.filter(pk=hers.pk).update(cohort=_another_class(cast))
    clerk = phone(cast.clerk)

    for path in (
        "mark/",
        f"people/{hers.pk}/correct/",
        f"people/{hers.pk}/hours/",
        f"waiting/{hers.pk}/strike/",
    ):
        response = clerk.post(at_desk(session, path), {"enrolment": hers.pk, "reason": "x"})
        assert response.status_code == HTTPStatus.NOT_FOUND
    assert not Attendance.objects.exists()


def _another_class(cast: Cast) -> Cohort:
    from training.operations.cohort import create_cohort

    return create_cohort(
        programme=cast.programme,
        host_region=cast.region("511100"),
        code="LSH1",
        name="乐山场",
        starts_on=cast.cohort.starts_on,
        ends_on=cast.cohort.ends_on,
        by=cast.province,
        at=cast.at,
    )


def test_after_the_session_the_paper_gives_the_time(cast: Cast) -> None:
    session = open_now(cast)
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(
        opens_at=now - timedelta(hours=4),
        starts_at=now - timedelta(hours=3, minutes=30),
        closes_at=now - timedelta(hours=3),
        ends_at=now - timedelta(minutes=30),
    )
    cast.enrolment  # noqa: B018
    clerk = phone(cast.clerk)

    refused = press(clerk, session, "mark/", enrolment=cast.enrolment.pk)
    assert "补登请填纸质表上的时间" in refused
    assert not Attendance.objects.exists()

    came = timezone.localtime(now - timedelta(hours=3, minutes=40))
    if came.date() != timezone.localtime(now - timedelta(hours=3, minutes=30)).date():
        pytest.skip("the session of this test began before midnight")
    press(clerk, session, "mark/", enrolment=cast.enrolment.pk, arrived=f"{came:%H:%M}")
    mark = Attendance.objects.get()
    assert (timezone.localtime(mark.at).hour, mark.is_late) == (came.hour, False)


def test_only_the_unmarked_are_marked_together_after_a_count(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    others = [cast.enrolled(cast.member(f"沙马{c}", BUTUO)) for c in "甲乙丙"]
    clerk = phone(cast.clerk)
    press(clerk, session, "mark/", enrolment=others[0].pk)

    asked = clerk.get(at_desk(session, "many/"), {"county": BUTUO}).content.decode()
    assert "给未到的2人签到" in asked
    assert "另外1人已经有记录" in asked
    assert Attendance.objects.count() == 1

    page = press(clerk, session, "many/", county=BUTUO)
    assert "已签到2人" in page
    assert Attendance.objects.count() == 3
    assert not cast.enrolment.attendances.exists()
    again = clerk.get(at_desk(session, "many/"), {"county": BUTUO}).content.decode()
    assert "给未到的0人签到" in again


def test_a_walk_in_waits_and_is_matched(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    clerk = phone(cast.clerk)

    page = press(clerk, session, "walk-in/", name="何文元", phone=phone_of(cast.trainee))
    assert "已记下何文元，待核实" in page
    waiting = Enrolment.objects.awaiting().get()
    assert Attendance.objects.get().state == "pending"

    one = clerk.get(at_desk(session, f"waiting/{waiting.pk}/")).content.decode()
    assert "就是这个人" in one
    assert phone_of(cast.trainee) not in one

    done = press(clerk, session, f"waiting/{waiting.pk}/match/", enrolment=cast.enrolment.pk)
    assert "已归并到何文渊，算到场" in done
    mark = cast.enrolment.attendances.get()
    assert (mark.state, mark.proof) == ("counted", "staff")
    again = press(clerk, session, f"waiting/{waiting.pk}/match/", enrolment=cast.enrolment.pk)
    assert "已归并" in again
    assert Attendance.objects.counted().count() == 1


def test_faults_of_a_walk_in_are_said_at_the_field(cast: Cast) -> None:
    session = open_now(cast)

    page = press(phone(cast.clerk), session, "walk-in/", name="", phone="028-1234567")

    assert "2处要改" in page
    assert not Enrolment.objects.exists()


def test_a_stranger_is_searched_for_and_struck_with_a_reason(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    waiting = wait_here(session)
    clerk = phone(cast.clerk)
    here = f"waiting/{waiting.pk}/"
    assert "何文渊" in clerk.get(at_desk(session, here), {"q": "谷曲"}).content.decode()

    without = press(clerk, session, f"{here}strike/", reason="")
    assert "1处要改" in without
    done = press(clerk, session, f"{here}strike/", reason="来接人的司机")

    assert "已剔除沙马以则" in done
    assert Attendance.objects.get().state == "void"
    resolved = clerk.get(at_desk(session, here)).content.decode()
    assert "就是这个人" not in resolved
    refused = press(clerk, session, f"{here}match/", enrolment=cast.enrolment.pk)
    assert "已由别的工作人员处理" in refused


def test_only_who_coordinates_adds_to_the_roster(cast: Cast) -> None:
    session = open_now(cast)
    stranger = cast.member("沙马以则")
    waiting = wait_here(session, "沙马以则", phone_of(stranger))
    here = f"waiting/{waiting.pk}/"

    assert "加入名单" not in phone(cast.clerk).get(at_desk(session, here)).content.decode()
    refused = phone(cast.clerk).post(at_desk(session, f"{here}admit/"))
    assert refused.status_code == HTTPStatus.NOT_FOUND
    coordinator = phone(cast.liangshan)
    assert "把沙马以则加入名单" in coordinator.get(at_desk(session, here)).content.decode()

    done = press(coordinator, session, f"{here}admit/")

    assert "已把沙马以则加入名单" in done
    assert Enrolment.objects.active().get(member=stranger).attendances.get().state == "counted"


def test_one_tap_confirms_the_six_digits(cast: Cast) -> None:
    session = open_now(cast)
    people = [cast.enrolment, cast.enrolled(cast.member("沙马以则"))]
    now = timezone.now()
    for person in people:
        sign_in_by_board(
            code=board_code_at(session=session, kind="in", at=now),
            scan=Scan(kind="in", seen_at=now, browser=person.member.username),
            member=person.member,
            at=now,
        )
    clerk = phone(cast.clerk)
    assert "六位码补录：2人" in clerk.get(at_desk(session, "waiting/")).content.decode()

    one = press(clerk, session, "waiting/confirm/", mark=people[0].attendances.get().pk)
    assert "已核实1人" in one
    rest = press(clerk, session, "waiting/confirm/")

    assert "已核实1人" in rest
    assert Attendance.objects.counted().count() == 2
    assert set(Attendance.objects.values_list("proof", flat=True)) == {"board"}


def test_a_mark_is_corrected_with_a_reason_that_everybody_at_the_desk_reads(cast: Cast) -> None:
    session = open_now(cast)
    cast.enrolment  # noqa: B018
    clerk = phone(cast.clerk)
    press(clerk, session, "mark/", enrolment=cast.enrolment.pk)
    mark = Attendance.objects.get()
    here = f"people/{cast.enrolment.pk}/"

    without = press(clerk, session, f"{here}correct/", mark=mark.pk, state="void", reason="")
    assert "1处要改" in without
    page = press(
        clerk, session, f"{here}correct/", mark=mark.pk, state="void", reason="代签，本人未到"
    )

    assert "已更正何文渊的签到" in page
    assert "代签，本人未到" in page
    assert cast.clerk.name in page
    assert Attendance.objects.get().state == "void"
    assert AttendanceChange.objects.count() == 1


def test_a_mark_of_somebody_else_is_not_corrected_through_this_person(cast: Cast) -> None:
    session = open_now(cast)
    other = cast.enrolled(cast.member("沙马以则"))
    clerk = phone(cast.clerk)
    press(clerk, session, "mark/", enrolment=other.pk)
    mark = Attendance.objects.get()

    press(
        clerk,
        session,
        f"people/{cast.enrolment.pk}/correct/",
        mark=mark.pk,
        state="void",
        reason="换人",
    )

    assert Attendance.objects.get().state == "counted"


def test_part_of_the_hours_is_granted_with_a_reason(cast: Cast) -> None:
    session = open_now(cast)
    here = f"people/{cast.enrolment.pk}/"
    clerk = phone(cast.clerk)

    too_much = press(clerk, session, f"{here}hours/", hours="3", reason="早退")
    assert "部分学时要在0.5和3之间" in too_much
    page = press(clerk, session, f"{here}hours/", hours="1.5", reason="前半场开会")

    assert "1.5，全部是3" in page
    assert "前半场开会" in page


def test_a_closed_class_refuses_every_button(cast: Cast) -> None:
    session = open_now(cast)
    waiting = wait_here(session)
    person = cast.enrolment
    clerk = phone(cast.clerk)
    press(clerk, session, "mark/", enrolment=person.pk)
    mark = Attendance.objects.get(enrolment=person)
    Cohort.objects.update(state="closed")
    before = list(Attendance.objects.order_by("pk").values())

    for path, fields in [
        ("mark/", {"enrolment": person.pk, "kind": "out"}),
        ("undo/", {"mark": mark.pk}),
        ("many/", {}),
        ("walk-in/", {"name": "杨海燕", "phone": "13800009999"}),
        (f"waiting/{waiting.pk}/match/", {"enrolment": person.pk}),
        (f"waiting/{waiting.pk}/strike/", {"reason": "晚了"}),
        ("waiting/confirm/", {}),
        (
            f"people/{person.pk}/correct/",
            {"mark": mark.pk, "state": "void", "reason": "晚了"},
        ),
        (f"people/{person.pk}/hours/", {"hours": "1.5", "reason": "晚了"}),
    ]:
        press(clerk, session, path, **fields)

    assert list(Attendance.objects.order_by("pk").values()) == before
    assert not AttendanceChange.objects.exists()


def test_the_desk_costs_the_same_at_two_ten_and_forty(cast: Cast) -> None:
    session = open_now(cast)
    clerk = phone(cast.clerk)
    costs: dict[str, set[int]] = {}
    for size in (2, 10, 40):
        while cast.cohort.enrolments.active().count() < size:
            number = cast.cohort.enrolments.count()
            enrolment = cast.enrolled(cast.member(f"学员{number}", BUTUO, password=False))
            wait_here(session, f"来宾{number}", f"1380000{number:04d}") if number < 4 else None
            if number % 2:
                press(clerk, session, "mark/", enrolment=enrolment.pk)
        roll_up([session.pk], timezone.now())
        for path in ("?q=学员", "waiting/", "many/?q=学员"):
            clerk.get(at_desk(session, path))
            with CaptureQueriesContext(connection) as asked:
                clerk.get(at_desk(session, path))
            costs.setdefault(path, set()).add(len(asked))

    assert all(len(counts) == 1 for counts in costs.values()), costs


def test_the_figures_lists_and_paper_are_at_hand(cast: Cast) -> None:
    session = open_now(cast, late=True)
    cast.enrolment  # noqa: B018
    clerk = phone(cast.clerk)
    press(clerk, session, "mark/", enrolment=cast.enrolment.pk)
    roll_up([session.pk], timezone.now())

    page = clerk.get(at_desk(session)).content.decode()

    assert "1<small>/1</small>" in page
    assert "后到场1人" in page
    assert f"/sessions/{session.pk}/sheet/" in page
    assert f"/sessions/{session.pk}/desk/" in page
