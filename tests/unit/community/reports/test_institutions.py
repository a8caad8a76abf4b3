"""Which schools a typed name could mean."""

from __future__ import annotations

from typing import Any

import pytest

from community.models import Institution
from community.reports.institutions import schools_like
from tests.factories.cast import BUTUO, ZHAOJUE

pytestmark = pytest.mark.django_db


@pytest.fixture
def schools(cast: Any) -> Any:
    for name in ("昭觉县月亮小学校", "昭觉县月亮中心小学校", "昭觉县民族中学校"):
        cast.school(ZHAOJUE, name)
    cast.school(BUTUO, "布拖县月亮小学校")
    return Institution.objects.filter(region=ZHAOJUE)


def names(found: list[Institution]) -> list[str]:
    return [school.name for school in found]


def test_the_very_name_comes_first(schools: Any) -> None:
    assert names(schools_like("昭觉县月亮小学校", schools=schools))[0] == "昭觉县月亮小学校"


def test_what_contains_the_words_comes_before_what_looks_like_them(schools: Any) -> None:
    found = names(schools_like("月亮", schools=schools))

    assert set(found[:2]) == {"昭觉县月亮小学校", "昭觉县月亮中心小学校"}


def test_a_slip_of_the_pen_is_found(schools: Any) -> None:
    assert names(schools_like("昭觉县月量小学", schools=schools))[0] == "昭觉县月亮小学校"


def test_only_the_given_schools_are_looked_at(schools: Any) -> None:
    assert "布拖县月亮小学校" not in names(schools_like("月亮小学校", schools=schools))


@pytest.mark.parametrize("typed", ["", "龙", "完全不相干的单位"])
def test_nothing_alike_is_nothing(schools: Any, typed: str) -> None:
    assert schools_like(typed, schools=schools) == []


def test_no_more_than_asked_for(schools: Any) -> None:
    assert len(schools_like("昭觉县", schools=schools, limit=1)) == 1
