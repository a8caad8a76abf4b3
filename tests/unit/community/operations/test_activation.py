"""The one-time slip."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from community.models import ActivationSlip, Member
from community.operations.activation import (
    ALPHABET,
    MAX_TRIES,
    MayNotIssue,
    SlipRefused,
    issue_slip,
    normalise_slip_code,
    redeem_slip,
    spelled_slip_code,
)
from tests.factories.cast import SICHUAN, SYSTEM, ZHAOJUE, moment

pytestmark = pytest.mark.django_db
NEW = "一段很长的新密码2026"


@pytest.fixture
def teacher(cast: Any) -> Member:
    return cast.member("何文渊", password=False)


def test_a_slip_opens_the_account_once(teacher: Member) -> None:
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())

    assert redeem_slip(member=teacher, code=code, password=NEW, at=moment(hour=10)) == teacher

    teacher.refresh_from_db()
    assert teacher.check_password(NEW)
    with pytest.raises(SlipRefused):
        redeem_slip(member=teacher, code=code, password="另一段很长的密码2026", at=moment(hour=11))
    teacher.refresh_from_db()
    assert teacher.check_password(NEW)


def test_the_code_has_ten_characters_that_nobody_mixes_up_and_is_not_stored(
    teacher: Member,
) -> None:
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())

    assert len(code) == 10
    assert set(code) <= set(ALPHABET)
    assert not set(ALPHABET) & set("0O1IL2Z5S8B")
    slip = ActivationSlip.objects.get()
    assert code not in str(slip.__dict__)


@pytest.mark.parametrize(
    "spell", [str.lower, spelled_slip_code, lambda code: f" {code[:5]} {code[5:]} "]
)
def test_the_code_is_read_however_it_is_typed(teacher: Member, spell: Any) -> None:
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())

    assert normalise_slip_code(spell(code)) == code
    redeem_slip(member=teacher, code=spell(code), password=NEW, at=moment())


def test_full_width_characters_are_read(teacher: Member) -> None:
    assert normalise_slip_code("ＡＣ３４６－ｄｅｆｇｈ") == "AC346DEFGH"


def test_a_slip_runs_out_after_thirty_days(teacher: Member) -> None:
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())
    last = moment() + timedelta(days=30)

    with pytest.raises(SlipRefused):
        redeem_slip(member=teacher, code=code, password=NEW, at=last)
    assert redeem_slip(member=teacher, code=code, password=NEW, at=last - timedelta(seconds=1))


def test_five_wrong_codes_kill_the_slip(teacher: Member) -> None:
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())
    for _try in range(MAX_TRIES):
        with pytest.raises(SlipRefused):
            redeem_slip(member=teacher, code="3333333333", password=NEW, at=moment())

    with pytest.raises(SlipRefused):
        redeem_slip(member=teacher, code=code, password=NEW, at=moment())
    assert ActivationSlip.objects.get().tries == MAX_TRIES


def test_the_fifth_try_still_opens(teacher: Member) -> None:
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())
    for _try in range(MAX_TRIES - 1):
        with pytest.raises(SlipRefused):
            redeem_slip(member=teacher, code="3333333333", password=NEW, at=moment())

    assert redeem_slip(member=teacher, code=code, password=NEW, at=moment())


def test_a_second_slip_makes_the_first_worthless(teacher: Member) -> None:
    first = issue_slip(member=teacher, by=SYSTEM, at=moment())
    second = issue_slip(member=teacher, by=SYSTEM, at=moment(hour=9))

    with pytest.raises(SlipRefused):
        redeem_slip(member=teacher, code=first, password=NEW, at=moment(hour=10))
    assert redeem_slip(member=teacher, code=second, password=NEW, at=moment(hour=10))


def test_a_slip_is_worth_nothing_for_somebody_else(cast: Any, teacher: Member) -> None:
    other = cast.member("吉克石布", password=False)
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())
    issue_slip(member=other, by=SYSTEM, at=moment())

    with pytest.raises(SlipRefused):
        redeem_slip(member=other, code=code, password=NEW, at=moment())


def test_unknown_wrong_spent_and_stopped_are_refused_in_the_same_words(
    cast: Any, teacher: Member
) -> None:
    said = set()
    stopped = cast.member("沙马以则", password=False)
    code = issue_slip(member=stopped, by=SYSTEM, at=moment())
    Member.objects.filter(pk=stopped.pk).update(is_active=False)
    stopped.refresh_from_db()
    for member, typed in [(None, "3333333333"), (teacher, "3333333333"), (stopped, code)]:
        with pytest.raises(SlipRefused) as refusal:
            redeem_slip(member=member, code=typed, password=NEW, at=moment())
        said.add(str(refusal.value))

    assert len(said) == 1


def test_using_a_slip_logs_out_whoever_had_the_account_open(teacher: Member) -> None:
    before = teacher.get_session_auth_hash()
    code = issue_slip(member=teacher, by=SYSTEM, at=moment())
    redeem_slip(member=teacher, code=code, password=NEW, at=moment())

    teacher.refresh_from_db()
    assert teacher.get_session_auth_hash() != before


def test_the_owner_is_told_that_a_slip_was_printed(teacher: Member) -> None:
    issue_slip(member=teacher, by=SYSTEM, at=moment())

    assert "登录单" in teacher.notifications.get().text


def test_a_coordinator_prints_for_her_county_only(cast: Any, teacher: Member) -> None:
    assert issue_slip(member=teacher, by=cast.zhaojue, at=moment())
    assert issue_slip(member=teacher, by=cast.liangshan, at=moment())

    with pytest.raises(MayNotIssue):
        issue_slip(member=teacher, by=cast.butuo, at=moment())


def test_nobody_prints_a_slip_for_an_equal_or_for_somebody_above(cast: Any) -> None:
    """The provincial coordinator of the cast works at a school in 昭觉县."""
    peer = cast.coordinator("沙马以则", ZHAOJUE)
    for above in (cast.province, peer, cast.superuser, cast.zhaojue):
        with pytest.raises(MayNotIssue):
            issue_slip(member=above, by=cast.zhaojue, at=moment())

    assert issue_slip(member=peer, by=cast.liangshan, at=moment())
    with pytest.raises(MayNotIssue):
        issue_slip(member=cast.province, by=cast.coordinator("王芳", SICHUAN), at=moment())


def test_an_editor_of_the_office_gets_no_slip_from_a_county(cast: Any) -> None:
    from django.contrib.auth.models import Group

    editor = cast.member("谢长河", ZHAOJUE)
    editor.groups.add(Group.objects.get(name="省级编辑"))

    with pytest.raises(MayNotIssue):
        issue_slip(member=editor, by=cast.zhaojue, at=moment())


def test_no_slip_for_an_account_that_is_stopped(teacher: Member) -> None:
    teacher.is_active = False

    with pytest.raises(MayNotIssue):
        issue_slip(member=teacher, by=SYSTEM, at=moment())
