"""Classes in the making, and what their pages ask of the database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.cast import ZHAOJUE, moment
from training.models import Cohort, Module, Session
from training.operations.cohort import create_cohort
from training.operations.session import add_session


def draft(cast: Any, code: str, *, host: str = ZHAOJUE, name: str = "昭觉县班") -> Cohort:
    """A class without half-days on the first two days of December."""
    return create_cohort(
        programme=cast.programme,
        host_region=cast.region(host),
        code=code,
        name=name,
        starts_on=date(2026, 12, 1),
        ends_on=date(2026, 12, 2),
        by=cast.province,
        at=cast.at,
    )


def half_day(cast: Any, cohort: Cohort, number: int = 0) -> Session:
    taught = [m for m in cohort.programme.modules.all() if m.kind != Module.Kind.WORK]
    start = moment(26, 9, 0) + timedelta(days=number)
    return add_session(
        cohort=cohort,
        module_key=str(taught[number].pk),
        label=f"第{number}场",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        by=cast.province,
        at=cast.at,
    )


def queries(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
