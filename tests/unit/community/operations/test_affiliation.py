"""Where somebody works: one main post at a time, and the old rows stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from community.models import AuditEntry
from community.operations.affiliation import affiliate
from tests.factories.cast import BUTUO, LONG_AGO, SYSTEM, ZHAOJUE, moment

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


def work_at(cast: Any, member: Any, school: Any, *, post: str = "") -> Any:
    return affiliate(member=member, institution=school, on=TODAY, post=post, by=SYSTEM, at=moment())


def test_the_same_school_again_is_the_same_post(cast: Any) -> None:
    someone = cast.member("何文渊")
    before = cast.affiliation(someone)
    lines = AuditEntry.objects.count()

    assert work_at(cast, someone, cast.school(ZHAOJUE)) == before
    assert work_at(cast, someone, cast.school(ZHAOJUE), post="校长") == before

    assert AuditEntry.objects.count() == lines


def test_a_new_title_at_the_same_school_is_written_into_it(cast: Any) -> None:
    someone = cast.member("何文渊")

    work_at(cast, someone, cast.school(ZHAOJUE), post="副校长")

    assert cast.affiliation(someone).post == "副校长"
    assert cast.affiliation(someone).from_on == LONG_AGO


@pytest.mark.parametrize(("post", "kept"), [("", "兼职教师"), ("校长", "校长")])
def test_where_she_worked_beside_becomes_her_main_post(cast: Any, post: str, kept: str) -> None:
    someone, other = cast.member("何文渊"), cast.school(BUTUO)
    beside = someone.affiliations.create(
        institution=other, post="兼职教师", from_on=LONG_AGO, is_main=False
    )

    assert work_at(cast, someone, other, post=post) == beside

    beside.refresh_from_db()
    assert (beside.is_main, beside.post, beside.to_on) == (True, kept, None)
    [old] = someone.affiliations.exclude(pk=beside.pk)
    assert old.to_on == date(2026, 11, 25)
