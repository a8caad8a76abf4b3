"""May she? What a row of the matrix cannot ask, because the page asks her to log in first."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from community.scope import System
from tests.factories.cast import Cast
from training.permissions import can_desk, can_run

pytestmark = pytest.mark.django_db


def test_nobody_in_particular_opens_no_desk_and_the_system_opens_all(cast: Cast) -> None:
    assert not can_desk(AnonymousUser(), cast.cohort)
    assert can_desk(System("test"), cast.cohort)
    assert can_run(System("test"), cast.cohort)


def test_a_clerk_opens_the_desk_of_her_class_on_her_days(cast: Cast) -> None:
    days = cast.cohort.starts_on

    assert can_desk(cast.clerk, cast.cohort, on=days)
    assert not can_run(cast.clerk, cast.cohort)
    assert not can_desk(cast.trainee, cast.cohort, on=days)
