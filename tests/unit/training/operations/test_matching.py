"""待核实: what nobody has proved counts for nobody, until a code or staff say who it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.models import AuditEntry, Member
from community.vault import open_sealed
from tests.factories.cast import Cast, moment
from training.models import Attendance, Cohort, Enrolment, ScanAttempt
from training.operations.attendance import Scan, ScanRefused, record_attendance
from training.operations.board import sign_in_by_board
from training.operations.matching import (
    AlreadyResolved,
    AnotherCohort,
    NoSchool,
    NotHerPhone,
    admit_waiting,
    match_waiting,
    prove_waiting,
    strike_waiting,
)
from training.operations.scan import Verdict, board_code_at
from training.operations.waiting import NAMES_A_PHONE, add_walk_in, keep_waiting, roster_member

NOW = moment(26, 8, 47, 12)
LATER = moment(26, 8, 52)


def phone_of(member: Member) -> str:
    return open_sealed(member.phone_sealed, purpose="phone")


def keep(cast: Cast, *, name: str = "何文渊", phone: str = "", **fields: Any) -> Attendance:
    scan = Scan(
        kind="in",
        seen_at=fields.pop("seen_at", NOW),
        proof="none",
        browser=fields.pop("browser", "b" * 32),
    )
    mark = keep_waiting(
        session=fields.pop("session", cast.session),
        name=name,
        phone=phone or phone_of(cast.trainee),
        scan=scan,
        at=NOW,
        **fields,
    ).mark
    assert mark is not None
    return mark


def prove(cast: Cast, mark: Attendance, **fields: Any) -> Attendance:
    return prove_waiting(
        mark=mark,
        enrolment=fields.pop("enrolment", cast.enrolment),
        proof=fields.pop("proof", "code"),
        by=fields.pop("by", cast.trainee),
        at=LATER,
    )


def test_a_name_and_a_phone_are_kept_and_count_for_nobody(cast: Cast) -> None:
    enrolment = cast.enrolment

    mark = keep(cast)

    assert (mark.state, mark.proof, mark.at) == ("pending", "none", NOW)
    waiting = mark.enrolment
    assert (waiting.state, waiting.name, waiting.member, waiting.county) == (
        "pending",
        "何文渊",
        None,
        None,
    )
    assert phone_of(cast.trainee) not in waiting.phone_sealed
    assert open_sealed(waiting.phone_sealed, purpose="phone") == phone_of(cast.trainee)
    assert not enrolment.attendances.exists()
    assert ScanAttempt.objects.get().verdict == "waiting"


def test_typing_it_twice_is_typing_it_once(cast: Cast) -> None:
    first = keep(cast)

    second = keep(cast, seen_at=NOW + timedelta(minutes=3), name=" 何文渊 ")

    assert first == second
    assert second.at == NOW
    assert Enrolment.objects.awaiting().count() == 1


@pytest.mark.parametrize(
    ("seen_at", "verdict"),
    [(moment(26, 8, 0), Verdict.EARLY), (moment(26, 10, 0), Verdict.CLOSED)],
)
def test_outside_the_window_nothing_is_kept(
    cast: Cast, seen_at: datetime, verdict: Verdict
) -> None:
    with pytest.raises(ScanRefused) as refusal:
        keep(cast, seen_at=seen_at)

    assert refusal.value.verdict is verdict
    assert not Enrolment.objects.awaiting().exists()
    assert ScanAttempt.objects.get().verdict == verdict


def test_nothing_is_kept_for_a_session_that_is_gone(cast: Cast) -> None:
    with pytest.raises(ScanRefused) as refusal:
        keep(cast, session=None)

    assert refusal.value.verdict is Verdict.NO_SESSION


def test_a_class_that_closed_meanwhile_keeps_nobody(cast: Cast) -> None:
    session = cast.session
    Cohort.objects.update(state=Cohort.State.CLOSED)

    with pytest.raises(ScanRefused) as refusal:
        keep(cast, session=session)

    assert refusal.value.verdict is Verdict.COHORT_CLOSED
    assert not Enrolment.objects.awaiting().exists()


def test_one_phone_speaks_for_five_people_and_no_more(cast: Cast) -> None:
    for number in range(NAMES_A_PHONE):
        keep(cast, name="何文渊", phone=f"1380000000{number}")

    with pytest.raises(ScanRefused) as refusal:
        keep(cast, name="何文渊", phone="13800000009")

    assert refusal.value.verdict is Verdict.PHONE_FULL
    assert keep(cast, name="何文渊", phone="13800000000").state == "pending"


def test_the_roster_knows_a_phone_only_together_with_its_name(cast: Cast) -> None:
    phone = phone_of(cast.enrolment.member)
    stranger = cast.member("沙马以则")

    def found(name: str, phone: str) -> Member | None:
        return roster_member(session=cast.session, name=name, phone=phone)

    assert found("何文渊", phone) == cast.trainee
    assert found("何文淵", phone) is None
    assert found("何文渊", "13900009999") is None
    assert found(cast.trainee.username, phone) is None
    assert found("沙马以则", phone_of(stranger)) is None


def test_a_number_that_somebody_proved_is_hers_alone(cast: Cast) -> None:
    phone = phone_of(cast.enrolment.member)
    other = cast.member("沙马以则", phone=phone)
    Member.objects.filter(pk=other.pk).update(phone_proved_at=NOW)

    assert roster_member(session=cast.session, name="何文渊", phone=phone) is None


def test_the_code_lets_the_scan_count_with_its_own_time(cast: Cast) -> None:
    mark = keep(cast)

    proved = prove(cast, mark)

    assert proved.enrolment == cast.enrolment
    assert (proved.state, proved.proof, proved.at) == ("counted", "code", NOW)
    assert proved.receipt == mark.receipt
    assert proved.county_id == cast.enrolment.county_id
    mark.refresh_from_db()
    assert mark.state == "void"
    waiting = Enrolment.objects.get(pk=mark.enrolment_id)
    assert (waiting.state, waiting.matched_to) == ("matched", cast.enrolment)
    assert AuditEntry.objects.get(action="enrolment.matched").details["how"] == "code"
    assert prove(cast, mark) == proved


def test_a_code_for_another_phone_proves_nothing(cast: Cast) -> None:
    mark = keep(cast, phone="13800009999")

    with pytest.raises(NotHerPhone):
        prove(cast, mark)
    mark.refresh_from_db()
    assert mark.state == "pending"


def test_nobody_proves_what_is_another_persons(cast: Cast) -> None:
    mark = keep(cast)
    other = cast.member("沙马以则")

    with pytest.raises(NotHerPhone):
        prove(cast, mark, by=other)


def test_what_was_typed_on_another_phone_still_waits_after_the_code(cast: Cast) -> None:
    afternoon = cast.cohort.sessions.get(position=2)
    elsewhere = keep(cast, session=afternoon, seen_at=moment(26, 13, 40), browser="c" * 32)
    mark = keep(cast)

    prove(cast, mark)

    assert cast.enrolment.attendances.get(session=cast.session).state == "counted"
    moved = cast.enrolment.attendances.get(session=afternoon)
    assert (moved.state, moved.proof, moved.at) == ("pending", "none", elsewhere.at)


def test_a_person_who_is_marked_already_keeps_her_first_time(cast: Cast) -> None:
    record_attendance(
        session=cast.session,
        enrolment=cast.enrolment,
        scan=Scan(kind="in", seen_at=moment(26, 8, 30)),
        by=cast.trainee,
        at=moment(26, 8, 30),
    )
    mark = keep(cast)

    proved = prove(cast, mark)

    assert (proved.at, proved.proof) == (moment(26, 8, 30), "account")
    assert Attendance.objects.counted().count() == 1


def test_a_waiting_mark_of_the_same_person_counts_when_she_is_proved(cast: Cast) -> None:
    Attendance.objects.create(
        session=cast.session,
        enrolment=cast.enrolment,
        state="pending",
        proof="board",
        at=moment(26, 9, 20),
        received_at=NOW,
        changed_at=NOW,
        is_late=True,
        receipt="AAAA",
    )
    mark = keep(cast)

    proved = prove(cast, mark)

    assert (proved.state, proved.proof, proved.at, proved.is_late) == (
        "counted",
        "code",
        NOW,
        False,
    )


def test_staff_match_a_stranger_and_all_her_marks_count(cast: Cast) -> None:
    afternoon = cast.cohort.sessions.get(position=2)
    mark = keep(cast, name="何文元", phone="13800009999")
    keep(
        cast,
        name="何文元",
        phone="13800009999",
        session=afternoon,
        seen_at=moment(26, 14, 20),
        browser="c" * 32,
    )

    match_waiting(waiting=mark.enrolment, enrolment=cast.enrolment, by=cast.clerk, at=LATER)

    marks = cast.enrolment.attendances.order_by("at")
    assert [(m.state, m.proof, m.is_late) for m in marks] == [
        ("counted", "staff", False),
        ("counted", "staff", True),
    ]
    again = match_waiting(waiting=mark.enrolment, enrolment=cast.enrolment, by=cast.clerk, at=LATER)
    assert again.state == "matched"
    assert AuditEntry.objects.filter(action="enrolment.matched").count() == 1


def test_a_person_resolved_by_somebody_else_is_said_to_be(cast: Cast) -> None:
    mark = keep(cast)
    strike_waiting(waiting=mark.enrolment, reason="不是本班的", by=cast.clerk, at=LATER)

    with pytest.raises(AlreadyResolved):
        match_waiting(
            waiting=mark.enrolment, enrolment=cast.enrolment, by=cast.class_teacher, at=LATER
        )
    with pytest.raises(AlreadyResolved):
        prove(cast, mark)


def test_only_people_of_the_same_class_can_be_the_one(cast: Cast) -> None:
    mark = keep(cast)
    cast.enrolment.state = Enrolment.State.WITHDRAWN
    cast.enrolment.save(update_fields=["state"])

    with pytest.raises(AnotherCohort):
        match_waiting(waiting=mark.enrolment, enrolment=cast.enrolment, by=cast.clerk, at=LATER)


def test_striking_makes_the_marks_void_and_keeps_them_readable(cast: Cast) -> None:
    mark = keep(cast)

    strike_waiting(waiting=mark.enrolment, reason="来接人的司机", by=cast.clerk, at=LATER)
    struck = strike_waiting(waiting=mark.enrolment, reason="再次", by=cast.clerk, at=LATER)

    mark.refresh_from_db()
    assert (mark.state, struck.state) == ("void", "struck")
    assert mark.changes.get().reason == "来接人的司机"
    with pytest.raises(AlreadyResolved):
        match_waiting(waiting=struck, enrolment=cast.enrolment, by=cast.clerk, at=LATER)


def test_a_stranger_who_belongs_here_is_put_on_the_roster(cast: Cast) -> None:
    stranger = cast.member("沙马以则")
    mark = keep(cast, name="沙马以则", phone=phone_of(stranger), person=stranger, by=stranger)

    enrolment = admit_waiting(waiting=mark.enrolment, member=stranger, by=cast.liangshan, at=LATER)

    assert (enrolment.state, enrolment.member) == ("active", stranger)
    assert enrolment.attendances.get().state == "counted"


def test_somebody_without_a_school_cannot_be_put_on_a_roster(cast: Cast) -> None:
    stranger = cast.member("沙马以则")
    stranger.affiliations.update(to_on=moment(25).date())
    mark = keep(cast, name="沙马以则", phone=phone_of(stranger), person=stranger)

    with pytest.raises(NoSchool):
        admit_waiting(waiting=mark.enrolment, member=stranger, by=cast.liangshan, at=LATER)


def test_staff_add_somebody_at_the_door_once(cast: Cast) -> None:
    def add() -> Attendance:
        return add_walk_in(
            session=cast.session,
            name="杨海燕",
            phone="13800001111",
            seen_at=NOW,
            by=cast.clerk,
            at=NOW,
        )

    assert add() == add()
    mark = Attendance.objects.get()
    assert (mark.state, mark.by) == ("pending", cast.clerk)
    assert ScanAttempt.objects.first().door == "staff"


@pytest.fixture
def outsider(cast: Cast) -> Member:
    """Somebody of no class, while 何文渊 is on the roster and the desk is staffed."""
    cast.enrolment, cast.clerk  # noqa: B018
    return cast.member("沙马以则")


UNPROVED = ("name", "walk_in", "board", "stranger", "strike")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(UNPROVED), st.integers(0, 90)), max_size=8))
def test_whatever_is_done_without_a_proof_counts_for_nobody(
    outsider: Member, cast: Cast, deeds: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        for deed, minute in deeds:
            _do_unproved(deed, cast, outsider, moment(26, 8, 20) + timedelta(minutes=minute))

        assert not Attendance.objects.counted().exists()
        states = Attendance.objects.values_list("state", flat=True)
        assert set(states) <= {"pending", "void"}
        transaction.set_rollback(True)


def _do_unproved(deed: str, cast: Cast, outsider: Member, at: datetime) -> None:
    scan = Scan(kind="in", seen_at=at, proof="none", browser=f"{deed:b<32}")
    session, phone = cast.session, phone_of(cast.trainee)
    if deed == "name":
        keep_waiting(session=session, name="何文渊", phone=phone, scan=scan, at=at)
    elif deed == "walk_in":
        add_walk_in(session=session, name="何文渊", phone=phone, seen_at=at, by=cast.clerk, at=at)
    elif deed == "board":
        code = board_code_at(session=session, kind="in", at=at)
        sign_in_by_board(code=code, scan=scan, member=cast.trainee, at=at)
    elif deed == "stranger":
        keep_waiting(
            session=session,
            name=outsider.name,
            phone=phone_of(outsider),
            scan=scan,
            person=outsider,
            by=outsider,
            at=at,
        )
    else:
        for waiting in Enrolment.objects.awaiting():
            strike_waiting(waiting=waiting, reason="核对", by=cast.clerk, at=at)
