"""Schools and offices."""

from __future__ import annotations

from typing import Any

import pytest

from community.models import AuditEntry, Institution
from community.operations.affiliation import ReasonMissing
from community.operations.institution import (
    IdentifierTaken,
    InstitutionExists,
    add_institution,
    change_institution,
    normalise_institution_name,
    set_institution_open,
)
from tests.factories.cast import BUTUO, ZHAOJUE, moment

pytestmark = pytest.mark.django_db
KIND, STAGE = Institution.Kind.RURAL_SCHOOL, Institution.Stage.PRIMARY


def add(cast: Any, name: str, code: str = ZHAOJUE, identifier: str = "") -> Institution:
    return add_institution(
        name=name,
        kind=KIND,
        stage=STAGE,
        region=cast.region(code),
        identifier=identifier,
        by=cast.zhaojue,
        at=moment(),
    )


def test_a_name_has_one_spelling() -> None:
    assert normalise_institution_name(" 昭觉县 民族中学 ") == "昭觉县民族中学"
    assert normalise_institution_name("昭觉中学(东校区)") == "昭觉中学（东校区）"
    assert normalise_institution_name("Sichuan  Normal University") == "Sichuan Normal University"


def test_two_schools_of_one_name_only_in_different_counties(cast: Any) -> None:
    first = add(cast, "民族中学")

    assert first.identifier is None
    with pytest.raises(InstitutionExists, match="昭觉县已经有"):
        add(cast, " 民族 中学")
    assert add(cast, "民族中学", BUTUO)
    assert AuditEntry.objects.filter(action="institution.added").count() == 2


def test_an_identifier_is_one_schools(cast: Any) -> None:
    add(cast, "民族中学", identifier="3151000001")

    with pytest.raises(IdentifierTaken, match="3151000001"):
        add(cast, "实验小学", identifier=" 3151000001 ")


def test_putting_data_right_says_what_changed(cast: Any) -> None:
    school = add(cast, "民族中学")

    changed = change_institution(
        institution=school,
        name="昭觉民族中学",
        kind=KIND,
        stage=Institution.Stage.JUNIOR,
        identifier="3151000002",
        by=cast.zhaojue,
        at=moment(),
    )

    assert (changed.name, changed.identifier) == ("昭觉民族中学", "3151000002")
    line = AuditEntry.objects.get(action="institution.changed")
    assert line.details["before"] == {"name": "民族中学", "stage": "primary", "identifier": None}
    change_institution(
        institution=changed,
        name="昭觉民族中学",
        kind=KIND,
        stage=Institution.Stage.JUNIOR,
        identifier="3151000002",
        by=cast.zhaojue,
        at=moment(),
    )
    assert AuditEntry.objects.filter(action="institution.changed").count() == 1


def test_a_school_does_not_take_anothers_name_or_identifier(cast: Any) -> None:
    add(cast, "民族中学", identifier="3151000001")
    other = add(cast, "实验小学")

    with pytest.raises(InstitutionExists):
        change_institution(
            institution=other, name="民族中学", kind=KIND, stage=STAGE, by=cast.zhaojue, at=moment()
        )
    with pytest.raises(IdentifierTaken):
        change_institution(
            institution=other,
            name="实验小学",
            kind=KIND,
            stage=STAGE,
            identifier="3151000001",
            by=cast.zhaojue,
            at=moment(),
        )


def test_closing_needs_a_reason_and_can_be_undone(cast: Any) -> None:
    school = add(cast, "民族中学")

    with pytest.raises(ReasonMissing):
        set_institution_open(
            institution=school, is_open=False, reason="", by=cast.zhaojue, at=moment()
        )
    closed = set_institution_open(
        institution=school, is_open=False, reason="并入中心校", by=cast.zhaojue, at=moment()
    )
    assert not closed.is_open
    assert set_institution_open(
        institution=closed, is_open=True, reason="恢复", by=cast.zhaojue, at=moment()
    ).is_open
    actions = AuditEntry.objects.filter(subject_id=str(school.pk)).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "institution.added",
        "institution.closed",
        "institution.opened",
    ]
