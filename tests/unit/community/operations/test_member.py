"""Entering people, correcting names, moving schools, changing phones."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from community.models import AuditEntry, Member
from community.operations.account import prove_phone
from community.operations.affiliation import (
    InstitutionClosed,
    ReasonMissing,
    county_of,
    main_affiliation,
    transfer,
)
from community.operations.member import NameFaulty, correct_name, enter_member
from community.operations.phone import (
    PHONE_CHANGE,
    NobodyToAsk,
    PhoneFaulty,
    PhoneTaken,
    ask_for_phone_change,
    change_phone,
    contacts_of,
)
from tests.factories.cast import BUTUO, SYSTEM, ZHAOJUE, moment

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


def test_a_user_name_has_one_spelling(db: None) -> None:
    assert enter_member(name="何文渊", username="HeWY", by=SYSTEM, at=moment()).username == "hewy"


def test_a_name_is_put_right_with_its_place_in_the_alphabet(cast: Any) -> None:
    someone = cast.member("阿衣布茹")

    correct_name(
        member=someone, name="阿衣•布茹", reason="漏了间隔号", by=cast.zhaojue, at=moment()
    )

    someone.refresh_from_db()
    assert someone.name == "阿衣·布茹"
    assert someone.name_key == "a yi bu ru"
    line = AuditEntry.objects.get(action="member.name_corrected")
    assert line.details["before"] == "阿衣布茹"
    assert line.region_id == ZHAOJUE
    assert someone.notifications.get().text == "您登记的姓名已改为阿衣·布茹"


def test_what_a_class_froze_keeps_the_old_name(cast: Any) -> None:
    enrolment = cast.enrolment

    correct_name(member=cast.trainee, name="何文媛", reason="写错了", by=cast.zhaojue, at=moment())

    enrolment.refresh_from_db()
    assert enrolment.name == "何文渊"


def test_what_cannot_be_a_name_or_has_no_reason_is_refused(cast: Any) -> None:
    someone = cast.member("何文渊")

    with pytest.raises(NameFaulty):
        correct_name(member=someone, name="何3", reason="写错了", by=SYSTEM, at=moment())
    with pytest.raises(ReasonMissing):
        correct_name(member=someone, name="何文媛", reason=" ", by=SYSTEM, at=moment())
    correct_name(member=someone, name="何文渊", reason="写错了", by=SYSTEM, at=moment())
    assert not AuditEntry.objects.filter(action="member.name_corrected").exists()


def test_a_transfer_ends_the_old_post_the_day_before_and_tells(cast: Any) -> None:
    someone = cast.member("何文渊")
    school = cast.school(BUTUO)

    transfer(
        member=someone,
        institution=school,
        on=TODAY,
        post="副校长",
        reason="调动",
        by=cast.liangshan,
        at=moment(),
    )

    old, new = someone.affiliations.order_by("from_on")
    assert old.to_on == date(2026, 11, 25)
    assert (new.from_on, new.to_on, new.post) == (TODAY, None, "副校长")
    assert main_affiliation(someone) == new
    assert county_of(someone) == BUTUO
    assert "已改为布拖县中心小学校" in someone.notifications.get().text


def test_records_stay_with_the_old_county_after_a_transfer(cast: Any) -> None:
    enrolment = cast.enrolment

    transfer(
        member=cast.trainee,
        institution=cast.school(BUTUO),
        on=TODAY,
        reason="调动",
        by=cast.liangshan,
        at=moment(),
    )

    enrolment.refresh_from_db()
    assert enrolment.county_id == ZHAOJUE
    assert Member.objects.visible_to(cast.butuo).filter(pk=cast.trainee.pk).exists()
    assert not Member.objects.visible_to(cast.zhaojue).filter(pk=cast.trainee.pk).exists()


def test_nobody_is_moved_into_a_closed_school_or_without_a_reason(cast: Any) -> None:
    someone = cast.member("何文渊")
    closed = cast.school(BUTUO)
    closed.is_open = False
    closed.save()

    with pytest.raises(InstitutionClosed):
        transfer(
            member=someone, institution=closed, on=TODAY, reason="调动", by=SYSTEM, at=moment()
        )
    with pytest.raises(ReasonMissing):
        transfer(
            member=someone,
            institution=cast.school(ZHAOJUE, "别的学校"),
            on=TODAY,
            reason="",
            by=SYSTEM,
            at=moment(),
        )
    assert county_of(someone) == ZHAOJUE


def test_a_new_phone_is_unproved_and_the_old_telephone_is_out(cast: Any) -> None:
    someone = cast.member("何文渊", phone="13800138000")
    prove_phone(member=someone, phone="13800138000", at=moment())
    before = someone.get_session_auth_hash()

    changed = change_phone(
        member=someone, phone="139 0013 9000", by=cast.zhaojue, at=moment(), reason="换了号码"
    )

    assert changed.phone_masked == "139****9000"
    assert changed.phone_last4 == "9000"
    assert changed.phone_proved_at is None
    assert changed.get_session_auth_hash() != before
    line = AuditEntry.objects.get(action="member.phone_changed")
    assert line.details == {"before": "138****8000", "after": "139****9000", "reason": "换了号码"}
    assert "139****9000" in changed.notifications.get(kind="account").text


def test_the_same_phone_again_changes_nothing(cast: Any) -> None:
    someone = cast.member("何文渊", phone="13800138000")
    prove_phone(member=someone, phone="13800138000", at=moment())

    same = change_phone(
        member=someone, phone="+86 13800138000", by=SYSTEM, at=moment(), reason="核对"
    )

    assert same.phone_proved_at == moment()
    assert not AuditEntry.objects.filter(action="member.phone_changed").exists()


def test_a_phone_that_somebody_proved_is_hers(cast: Any) -> None:
    owner = cast.member("吉克石布", phone="13900139000")
    prove_phone(member=owner, phone="13900139000", at=moment())
    someone = cast.member("何文渊")

    with pytest.raises(PhoneTaken):
        change_phone(member=someone, phone="13900139000", by=SYSTEM, at=moment(), reason="换了")


def test_an_unproved_phone_may_be_listed_twice(cast: Any) -> None:
    cast.member("吉克石布", phone="13900139000")
    someone = cast.member("何文渊")

    assert change_phone(
        member=someone, phone="13900139000", by=SYSTEM, at=moment(), reason="学校的电话"
    )


def test_half_a_phone_is_refused_with_its_fault(cast: Any) -> None:
    with pytest.raises(PhoneFaulty, match="只有10位"):
        change_phone(member=cast.trainee, phone="1390013900", by=SYSTEM, at=moment(), reason="换了")


def test_asking_for_a_new_phone_is_a_task_until_it_is_done(cast: Any) -> None:
    contact, someone = cast.zhaojue, cast.trainee

    assert ask_for_phone_change(member=someone, at=moment()) == [contact]
    ask_for_phone_change(member=someone, at=moment(hour=9))

    task = contact.notifications.open().get(kind=PHONE_CHANGE)
    assert task.url == f"/areas/{ZHAOJUE}/people/{someone.pk}/"
    change_phone(
        member=someone, phone="13900139000", by=contact, at=moment(hour=10), reason="换了号码"
    )
    assert not contact.notifications.open().exists()
    ask_for_phone_change(member=someone, at=moment(hour=11))
    assert contact.notifications.open().count() == 1


def test_without_a_county_contact_the_city_is_asked(cast: Any) -> None:
    city = cast.liangshan
    cast.province  # noqa: B018

    assert [one.member for one in contacts_of(member=cast.trainee, on=TODAY)] == [city]


def test_who_holds_power_herself_asks_above(cast: Any) -> None:
    cast.coordinator("王芳", ZHAOJUE)
    city = cast.liangshan

    assert [one.member for one in contacts_of(member=cast.zhaojue, on=TODAY)] == [city]


def test_where_nobody_is_appointed_the_refusal_says_whom_to_ask(cast: Any) -> None:
    with pytest.raises(NobodyToAsk):
        ask_for_phone_change(member=cast.trainee, at=moment())
    homeless = enter_member(name="管理员", by=SYSTEM, at=moment())
    assert contacts_of(member=homeless, on=TODAY) == []
