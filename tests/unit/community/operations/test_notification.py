"""Lines of the inbox: told once, opened once, settled for all or for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from community.models import Notification
from community.operations.notification import mark_all_read, mark_read, notify, settle
from tests.factories.cast import moment

pytestmark = pytest.mark.django_db


def test_the_first_time_of_opening_counts(cast: Any) -> None:
    notify(members=[cast.trainee], kind="roster", key="1", text="x", at=moment())
    line = Notification.objects.get(kind="roster")

    mark_read(notification=line, at=moment())
    mark_read(notification=line, at=moment() + timedelta(hours=1))

    line.refresh_from_db()
    assert line.read_at == moment()


def test_reading_everything_leaves_tasks_and_what_comes_later(cast: Any) -> None:
    notify(members=[cast.trainee], kind="a", key="1", text="x", at=moment())
    notify(members=[cast.trainee], kind="b", key="1", text="x", at=moment(), is_task=True)
    notify(members=[cast.trainee], kind="c", key="1", text="x", at=moment(27))

    assert mark_all_read(member=cast.trainee, at=moment(26, 9)) == 1

    unread = Notification.objects.filter(read_at__isnull=True, kind__in="abc")
    assert {line.kind for line in unread} == {"b", "c"}


def test_a_line_is_settled_for_one_or_for_all(cast: Any) -> None:
    both = [cast.trainee, cast.clerk]
    notify(members=both, kind="a", key="1", text="x", at=moment())

    assert settle(kind="a", key="1", at=moment(), member=cast.clerk) == 1
    assert settle(kind="a", key="1", at=moment()) == 1
    assert settle(kind="a", key="1", at=moment()) == 0
