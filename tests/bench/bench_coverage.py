"""覆盖情况: what the summary costs to read and to keep, and whether it says what the marks say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from community.models import Member, Region
from community.scope import System
from tests.bench.bench_export import programme_of
from tests.bench.classes import HALF_DAYS, Classes
from tests.bench.figures import Figure, at_most, median, rounds, told
from tests.bench.ground import PLAIN, Ground, Server
from tests.bench.load import fire, request_bytes
from tests.bench.people import coordinator, log_in
from training.models import Attendance, Cohort, Coverage, Programme, Session
from training.reports.coverage import coverage_of, recount, sweep_coverage

PROVINCE, COUNTY = "510000", "513431"
PEOPLE: Final = 90_000
PEOPLE_BIG: Final = 900_000
ROUNDS: Final = 5
REQUESTS: Final = 120
SUMS: Final = ("enrolled", "expected", "present", "late", "closed_people", "completed", "waiting")

# Asked of the marks themselves, by county, without any of the product's SQL.
LIVE: Final = """
SELECT e.county_id,
  count(DISTINCT e.id),
  count(*) FILTER (WHERE s.closes_at <= %(at)s),
  count(*) FILTER (WHERE s.closes_at <= %(at)s AND a.kind = 'in' AND a.state = 'counted'),
  count(*) FILTER (WHERE s.closes_at <= %(at)s AND a.kind = 'in' AND a.state = 'counted' AND a.is_late),
  count(DISTINCT r.enrolment_id),
  count(DISTINCT r.enrolment_id) FILTER (WHERE r.outcome = 'passed'),
  count(DISTINCT r.enrolment_id) FILTER (WHERE r.outcome = 'waiting')
FROM training_enrolment e
JOIN training_cohort c ON c.id = e.cohort_id AND c.programme_id = %(programme)s
JOIN training_session s ON s.cohort_id = c.id
LEFT JOIN training_attendance a ON a.session_id = s.id AND a.enrolment_id = e.id AND a.kind = 'in'
LEFT JOIN training_completionrecord r ON r.enrolment_id = e.id
WHERE e.state = 'active'
GROUP BY e.county_id
"""


def run(ground: Ground) -> Iterator[Figure]:
    ground.floors()
    people = PEOPLE_BIG if ground.big else PEOPLE
    programme = programme_of(ground, "long", Classes(people))
    yield told("coverage.marks", people * HALF_DAYS, "rows")
    yield from _keeping(programme)
    for name, code in (("county", COUNTY), ("province", PROVINCE)):
        region = Region.objects.get(pk=code)
        milliseconds = _sql_of(
            partial(coverage_of, programme=programme, region=region, viewer=System("bench"))
        )
        yield at_most(f"coverage.sql.{name}", milliseconds, "ms", 5)
    yield from _pages(ground, programme)


def _keeping(programme: Programme) -> Iterator[Figure]:
    """The roll-up: all of it, a round after one hall signed in, and whether it is right."""
    cohorts = list(Cohort.objects.filter(programme=programme))
    at = timezone.now()
    began = time.perf_counter()
    recount(cohorts, at)
    yield at_most("coverage.recount_all", time.perf_counter() - began, "s", 60)
    yield told(
        "coverage.summary_rows", Coverage.objects.filter(programme=programme).count(), "rows"
    )
    yield at_most("coverage.differences", _differences(programme, at), "counties", 0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE training_coverage")
    _somebody_signs_in(cohorts[0])
    later = at + timedelta(seconds=20)
    began = time.perf_counter()
    sweep_coverage(later)
    yield at_most("coverage.round_after_a_hall", time.perf_counter() - began, "s", 20)
    yield at_most(
        "coverage.differences_after_a_round", _differences(programme, later), "counties", 0
    )


def _somebody_signs_in(cohort: Cohort) -> None:
    """Marks of one hall change: what was void counts from now on."""
    session = Session.objects.filter(cohort=cohort).order_by("position").last()
    changed = Attendance.objects.filter(session=session, state=Attendance.State.VOID)
    changed.update(state=Attendance.State.COUNTED, changed_at=timezone.now())


def _differences(programme: Programme, at: Any) -> int:
    """In how many counties the summary says something else than a GROUP BY over the marks."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE, {"at": at, "programme": programme.pk})
        live = {row[0]: tuple(int(value) for value in row[1:]) for row in cursor.fetchall()}
        sums = ", ".join(f"sum({name})" for name in SUMS)
        cursor.execute(
            f"SELECT county_id, {sums} FROM training_coverage WHERE programme_id = %s GROUP BY county_id",
            [programme.pk],
        )
        kept = {row[0]: tuple(int(value) for value in row[1:]) for row in cursor.fetchall()}
    return sum(live.get(county) != kept.get(county) for county in {*live, *kept})


def _sql_of(do: Callable[[], Any], times: int = 50) -> float:
    """Milliseconds that the statements of ``do`` take together, rows fetched; the median."""
    spent: list[float] = []

    def clock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[-1] += 1000 * (time.perf_counter() - began)

    with connection.execute_wrapper(clock):
        for _ in range(times):
            spent.append(0.0)
            do()
    return median(spent)


def cpu_per_request(ground: Ground, server: Server, request: bytes, count: int = REQUESTS) -> float:
    """Milliseconds of processor time of the server's tree and of PostgreSQL for one request."""
    before = ground.meter.read(server.pid)
    fired = fire(server.port, [request] * count, connections=4)
    used = ground.meter.between(before, ground.meter.read(server.pid))
    if set(fired.statuses) != {200}:
        raise SystemExit(f"not 200: {fired.statuses}")
    return 1000 * used / count


def _pages(ground: Ground, programme: Programme) -> Iterator[Figure]:
    pages = ground.granian("website.wsgi:application")
    bare = ground.granian("tests.bench.wsgi:application", settings=PLAIN)
    ways = {"bare": partial(cpu_per_request, ground, bare, request_bytes("GET", "/"))}
    for name, code in (("county", COUNTY), ("province", PROVINCE)):
        by: Member = ground.once(f"coordinator {code}", partial(coordinator, code))
        path = f"/areas/{code}/coverage/?programme={programme.slug}"
        request = request_bytes("GET", path, cookies=log_in(by))
        ways[name] = partial(cpu_per_request, ground, pages, request)
    for way in ways.values():
        way()
    found = rounds(ROUNDS, ways)
    floor = median(found["bare"])
    for name in ("county", "province"):
        yield at_most(f"coverage.page.{name}", median(found[name]), "ms CPU", 1.3, floor=floor)
    pages.stop()
    bare.stop()
