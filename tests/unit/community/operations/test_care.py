"""Whose data somebody may change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from community.models import Member
from community.operations.account import end_sessions, reset_two_step
from community.operations.activation import SlipPrintedSince, issue_slip, newest_slip
from community.operations.affiliation import TransferFaulty, transfer
from community.operations.care import NotHersToLookAfter
from community.operations.member import correct_name
from community.operations.phone import change_phone, contacts_for, keep_phone
from tests.factories.cast import BUTUO, SICHUAN, SYSTEM, ZHAOJUE, moment

pytestmark = pytest.mark.django_db

Deed = Callable[[Any, Member, Member], object]

DEEDS: dict[str, Deed] = {
    "phone": lambda cast, member, by: change_phone(
        member=member, phone="13900139000", by=by, at=moment(), reason="换了"
    ),
    "same phone": lambda cast, member, by: keep_phone(
        member=member, by=by, at=moment(), reason="号码没有换"
    ),
    "name": lambda cast, member, by: correct_name(
        member=member, name="何文媛", reason="写错了", by=by, at=moment()
    ),
    "school": lambda cast, member, by: transfer(
        member=member,
        institution=cast.school(ZHAOJUE, "昭觉县月亮小学校"),
        on=date(2026, 9, 1),
        reason="调动",
        by=by,
        at=moment(),
    ),
    "second step": lambda cast, member, by: reset_two_step(
        member=member, by=by, at=moment(), reason="手机丢了"
    ),
    "sessions": lambda cast, member, by: end_sessions(member=member, by=by, at=moment()),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_who_looks_after_somebody_may_and_the_neighbour_may_not(cast: Any, deed: str) -> None:
    with pytest.raises(NotHersToLookAfter, match="何文渊"):
        DEEDS[deed](cast, cast.trainee, cast.butuo)

    DEEDS[deed](cast, cast.trainee, cast.zhaojue)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_superiors_data_are_not_the_countys(cast: Any, deed: str) -> None:
    """The province's coordinator works at a school of the county."""
    with pytest.raises(NotHersToLookAfter):
        DEEDS[deed](cast, cast.province, cast.zhaojue)


def test_ones_own_data_are_others_to_change(cast: Any) -> None:
    with pytest.raises(NotHersToLookAfter, match="自己"):
        DEEDS["phone"](cast, cast.zhaojue, cast.zhaojue)
    assert end_sessions(member=cast.zhaojue, by=cast.zhaojue, at=moment())


@pytest.mark.parametrize(
    ("school", "on", "said"),
    [
        ("昭觉县月亮小学校", date(2026, 11, 27), "还没有到"),
        ("昭觉县月亮小学校", date(2020, 1, 1), "要晚于这一天"),
        ("", date(2026, 9, 1), "不用调动"),
    ],
)
def test_a_transfer_that_is_none_changes_nothing(
    cast: Any, school: str, on: date, said: str
) -> None:
    someone = cast.member("何文渊")
    to = cast.school(ZHAOJUE, school)

    with pytest.raises(TransferFaulty, match=said):
        transfer(member=someone, institution=to, on=on, reason="调动", by=SYSTEM, at=moment())

    assert someone.affiliations.get().to_on is None


def test_who_has_no_school_yet_may_be_given_one(cast: Any) -> None:
    from community.operations.member import enter_member

    someone = enter_member(name="何文渊", by=SYSTEM, at=moment())

    post = transfer(
        member=someone,
        institution=cast.school(ZHAOJUE),
        on=date(2026, 9, 1),
        reason="新来",
        by=SYSTEM,
        at=moment(),
    )

    assert post.institution.region_id == ZHAOJUE


def test_a_page_sent_twice_is_one_slip(cast: Any) -> None:
    someone = cast.trainee
    assert issue_slip(member=someone, after=0, by=cast.zhaojue, at=moment())
    first = newest_slip(someone)
    assert first is not None
    assert first.is_open(moment())
    assert not first.is_open(first.expires_at)

    with pytest.raises(SlipPrintedSince):
        issue_slip(member=someone, after=0, by=cast.zhaojue, at=moment(hour=9))

    assert newest_slip(someone) == first
    assert issue_slip(member=someone, after=first.pk, by=cast.zhaojue, at=moment(hour=9))


def test_a_region_without_contacts_has_its_citys_or_the_provinces(cast: Any) -> None:
    county = cast.region(BUTUO)
    on = date(2026, 11, 26)
    assert contacts_for(region=county, on=on) == []
    cast.province  # noqa: B018
    assert [one.region_id for one in contacts_for(region=county, on=on)] == [SICHUAN]

    assert [one.member for one in contacts_for(region=county, on=on)] == [cast.province]
    cast.butuo  # noqa: B018
    assert [one.region_id for one in contacts_for(region=county, on=on)] == [BUTUO]
