"""Coverage: how far a programme has come, county by county. Counted by class, read as sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q, Sum

from community.compiled import Compiled
from community.models import Designation, Region
from community.scope import Viewer, prefix_q, region_q
from training.models import (
    Attendance,
    Closing,
    Cohort,
    CompletionRecord,
    Coverage,
    Enrolment,
    Programme,
    SessionTally,
)

# Commits that began before a count and ended after it are caught by looking back this far.
OVERLAP = timedelta(minutes=2)

_COUNT = """
WITH people AS (
  SELECT county_id, count(*) AS enrolled FROM training_enrolment
  WHERE cohort_id = %s AND state = 'active' GROUP BY county_id
),
held AS (SELECT count(*) AS sessions FROM training_session WHERE cohort_id = %s AND closes_at <= %s),
marks AS (
  SELECT e.county_id, count(*) AS present, sum(CASE WHEN a.is_late THEN 1 ELSE 0 END) AS late
  FROM training_attendance a
  JOIN training_session s ON s.id = a.session_id AND s.cohort_id = %s
  JOIN training_enrolment e ON e.id = a.enrolment_id AND e.state = 'active'
  WHERE a.kind = 'in' AND a.state = 'counted' AND s.closes_at <= %s
  GROUP BY e.county_id
),
results AS (
  SELECT e.county_id, count(*) AS closed,
    sum(CASE WHEN r.outcome = 'passed' THEN 1 ELSE 0 END) AS completed,
    sum(CASE WHEN r.outcome = 'waiting' THEN 1 ELSE 0 END) AS waiting
  FROM training_completionrecord r
  JOIN training_closing k ON k.id = r.closing_id AND k.cohort_id = %s AND k.reopened_at IS NULL
  JOIN training_enrolment e ON e.id = r.enrolment_id AND e.state = 'active'
  WHERE NOT EXISTS (SELECT 1 FROM training_completionrecord later WHERE later.supersedes_id = r.id)
  GROUP BY e.county_id
)
SELECT people.county_id, people.enrolled, people.enrolled * held.sessions,
  coalesce(marks.present, 0), coalesce(marks.late, 0),
  coalesce(results.closed, 0), coalesce(results.completed, 0), coalesce(results.waiting, 0)
FROM people CROSS JOIN held
LEFT JOIN marks ON marks.county_id = people.county_id
LEFT JOIN results ON results.county_id = people.county_id
"""


def count_cohort(cohort: Cohort, at: datetime) -> list[Coverage]:
    """The figures of one class as its rows stand now: a live GROUP BY, nothing is written."""
    params: list[Any] = [cohort.pk, cohort.pk, at, cohort.pk, at, cohort.pk]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, params)
        rows = cursor.fetchall()
    names = ("enrolled", "expected", "present", "late", "closed_people", "completed", "waiting")
    return [
        Coverage(
            programme_id=cohort.programme_id,
            cohort=cohort,
            county_id=row[0],
            counted_at=at,
            **dict(zip(names, (int(value) for value in row[1:]), strict=True)),
        )
        for row in rows
    ]


def recount(cohorts: Iterable[Cohort], at: datetime) -> int:
    """Write the figures of ``cohorts`` anew; how many classes were counted."""
    done = 0
    for cohort in cohorts:
        with transaction.atomic():
            # Two sweepers at once: the second waits, then writes what is newer.
            Cohort.objects.select_for_update().only("pk").get(pk=cohort.pk)
            rows = count_cohort(cohort, at)
            Coverage.objects.filter(cohort=cohort).exclude(
                county_id__in=[row.county_id for row in rows]
            ).delete()
            Coverage.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["cohort", "county"],
                update_fields=[
                    "programme",
                    "enrolled",
                    "expected",
                    "present",
                    "late",
                    "closed_people",
                    "completed",
                    "waiting",
                    "counted_at",
                ],
            )
        done += 1
    return done


def changed_cohorts(at: datetime) -> list[Cohort]:
    """Classes in which something happened since the last count, or a half-day ended."""
    last = Coverage.objects.aggregate(last=Max("counted_at"))["last"]
    if last is None:
        return list(Cohort.objects.exclude(state=Cohort.State.DRAFT))
    since = last - OVERLAP
    touched = (
        Q(pk__in=Enrolment.objects.filter(changed_at__gte=since).values("cohort"))
        | Q(pk__in=Attendance.objects.filter(changed_at__gte=since).values("session__cohort"))
        | Q(pk__in=CompletionRecord.objects.filter(at__gte=since).values("closing__cohort"))
        | Q(pk__in=Closing.objects.filter(reopened_at__gte=since).values("cohort"))
        | Q(sessions__closes_at__gt=since, sessions__closes_at__lte=at)
    )
    return list(Cohort.objects.filter(touched).distinct())


_NEWEST = Compiled(0, lambda: Coverage.objects.only("counted_at").order_by("-counted_at")[:1])


def newest_count() -> datetime | None:
    """When anything was counted last; figures read since then are still true. One statement."""
    found = _NEWEST.ask()
    return found[0].counted_at if found else None


def sweep_coverage(at: datetime) -> None:
    """A round: recount the classes that changed. Figures are never more than a minute behind."""
    recount(changed_cohorts(at), at)


@dataclass
class CountyFigures:
    """One county's sums in one programme."""

    county: Region
    area: str = ""
    enrolled: int = 0
    expected: int = 0
    present: int = 0
    late: int = 0
    closed_people: int = 0
    completed: int = 0
    waiting: int = 0

    @property
    def arrival(self) -> int | None:
        """到场率: whole percent of the half-days held, or nothing before the first one."""
        return round(100 * self.present / self.expected) if self.expected else None

    @property
    def completion(self) -> int | None:
        """完成率: whole percent of the people whose class is closed."""
        return round(100 * self.completed / self.closed_people) if self.closed_people else None

    @property
    def is_marked(self) -> bool:
        return bool(self.area)

    def level(self, metric: str) -> str:
        """The tone of its mark on the map: k0 nothing yet, k1 below 60, k2 to 79, k3 to 94, k4 above."""
        value = self.arrival if metric == "arrival" else self.completion
        if value is None:
            return "k0"
        return "k1" if value < 60 else "k2" if value < 80 else "k3" if value < 95 else "k4"


@dataclass
class CoverageView:
    """What the coverage page shows of one programme in one region."""

    programme: Programme
    region: Region
    counted_at: datetime | None
    counties: list[CountyFigures] = field(default_factory=list)
    # Of the half-days whose sign-in is open now; they enter the sums when it closes.
    signing_in: int = 0
    signing_in_of: int = 0

    def _sum(self, name: str) -> int:
        return sum(getattr(county, name) for county in self.counties)

    @cached_property
    def reached(self) -> int:
        """Counties in which at least one half-day was held."""
        return sum(1 for county in self.counties if county.expected)

    @cached_property
    def reached_marked(self) -> int:
        return sum(1 for county in self.counties if county.expected and county.is_marked)

    @cached_property
    def present(self) -> int:
        return self._sum("present")

    @cached_property
    def expected(self) -> int:
        return self._sum("expected")

    @cached_property
    def arrival(self) -> int | None:
        return round(100 * self.present / self.expected) if self.expected else None

    @cached_property
    def closed_counties(self) -> int:
        return sum(1 for county in self.counties if county.closed_people)

    @cached_property
    def completion(self) -> int | None:
        closed = self._sum("closed_people")
        return round(100 * self._sum("completed") / closed) if closed else None

    @cached_property
    def low(self) -> list[CountyFigures]:
        """Closed counties below 80 percent: who should be chased."""
        return [c for c in self.counties if c.completion is not None and c.completion < 80]

    def by_city(self) -> dict[str, list[CountyFigures]]:
        grouped: dict[str, list[CountyFigures]] = defaultdict(list)
        for county in self.counties:
            grouped[county.county.city_code].append(county)
        return grouped


def signing_in_now(
    *, programme: Programme, region: Region, viewer: Viewer, at: datetime
) -> tuple[int, int]:
    """How many came, of how many, to half-days whose sign-in is open at ``at``; from the tallies."""
    sums = SessionTally.objects.filter(
        region_q(viewer, "county_id"),
        prefix_q([region.prefix], "county_id"),
        session__cohort__programme=programme,
        session__cohort__state__in=Cohort.OPEN_STATES,
        session__opens_at__lte=at,
        session__closes_at__gt=at,
    ).aggregate(came=Sum("present"), of=Sum("expected"))
    return sums["came"] or 0, sums["of"] or 0


def coverage_of(
    *, programme: Programme, region: Region, viewer: Viewer, at: datetime | None = None
) -> CoverageView:
    """Sums for every county of ``region``, those without people too. Four statements for any size.

    With ``at``, also how many have come to what is open at that moment.
    """
    # Every county lies in the province: to compare twenty thousand codes would take longer than to add them up.
    is_all = region.level == Region.Level.PROVINCE
    here = Q() if is_all else prefix_q([region.prefix], "county_id")
    sums: dict[str, dict[str, Any]] = {
        row["county_id"]: dict(row)
        for row in Coverage.objects.visible_to(viewer)
        .filter(here, programme=programme)
        .values("county_id")
        .annotate(
            **{
                f"total_{name}": Sum(name)
                for name in (
                    "enrolled",
                    "expected",
                    "present",
                    "late",
                    "closed_people",
                    "completed",
                    "waiting",
                )
            },
            counted=Max("counted_at"),
        )
    }
    areas: dict[str, str] = {}
    if programme.designation_list:
        areas = dict(
            Designation.objects.filter(list_key=programme.designation_list).values_list(
                "region_id", "area"
            )
        )
    counties = Region.objects.within(region).counties().select_related("parent").order_by("code")
    figures = [
        CountyFigures(
            county=county,
            area=areas.get(county.code, ""),
            **{
                name.removeprefix("total_"): value or 0
                for name, value in sums.get(county.code, {}).items()
                if name.startswith("total_")
            },
        )
        for county in counties
    ]
    counted = [row["counted"] for row in sums.values()]
    came, of = (
        signing_in_now(programme=programme, region=region, viewer=viewer, at=at) if at else (0, 0)
    )
    return CoverageView(programme, region, max(counted, default=None), figures, came, of)
