"""Rolling sign-ins up: how many of each county came to a session (ruling 29, performance.md §2).

A sign-in appends one row and bumps no counter, because one hot counter row would cost three commits in
four. The figures are recounted after it: before a hint leaves, in rounds every few seconds for whatever
changed without one, and once an hour for whatever both missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import connections, router, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from training.models import Attendance, Cohort, Enrolment, Session, SessionTally

SWEEP_EVERY: Final = timedelta(seconds=20)
CATCH_UP_EVERY: Final = timedelta(hours=1)

LOOK_BACK: Final = timedelta(minutes=5)
"""How far a round looks back: a change carries the time at which its transaction began to write."""

_UPSERT: Final = """
INSERT INTO {tally}
    (session_id, county_id, expected, present, late, pending, {left}, counted_at)
SELECT s.id, e.county_id, COUNT(*),
    COUNT(*) FILTER (WHERE i.state = 'counted'),
    COUNT(*) FILTER (WHERE i.state = 'counted' AND i.is_late),
    COUNT(*) FILTER (WHERE i.state = 'pending'),
    COUNT(*) FILTER (WHERE o.state = 'counted'),
    %s
FROM {session} s
JOIN {enrolment} e ON e.cohort_id = s.cohort_id AND e.state = 'active'
LEFT JOIN {attendance} i
    ON i.session_id = s.id AND i.enrolment_id = e.id AND i.kind = 'in'
LEFT JOIN {attendance} o
    ON o.session_id = s.id AND o.enrolment_id = e.id AND o.kind = 'out'
WHERE s.id IN ({ids})
GROUP BY s.id, e.county_id
ORDER BY s.id, e.county_id
ON CONFLICT (session_id, county_id) DO UPDATE SET
    expected = excluded.expected, present = excluded.present, late = excluded.late,
    pending = excluded.pending, {left} = excluded.{left}, counted_at = excluded.counted_at
WHERE {tally}.counted_at <= excluded.counted_at
"""


def roll_up(session_ids: Iterable[int], at: datetime) -> int:
    """Recount the tallies of these sessions from the marks: one GROUP BY, upserted; how many sessions.

    ``at`` must be the time before which the counted marks were committed; an older count never
    overwrites a newer one. Counties that have nobody left on the roster lose their row. Safe to repeat
    and to run twice at once. `training.reports.coverage` counts from marks too and may be run after it.
    """
    ids = sorted(set(session_ids))
    for start in range(0, len(ids), 500):
        _roll_up_some(ids[start : start + 500], at)
    return len(ids)


def _roll_up_some(ids: list[int], at: datetime) -> None:
    using = router.db_for_write(SessionTally)
    connection = connections[using]
    quote = connection.ops.quote_name
    counted_at = SessionTally._meta.get_field("counted_at")
    sql = _UPSERT.format(
        tally=quote(SessionTally._meta.db_table),
        session=quote(Session._meta.db_table),
        enrolment=quote(Enrolment._meta.db_table),
        attendance=quote(Attendance._meta.db_table),
        left=quote("left"),
        ids=", ".join(["%s"] * len(ids)),
    )
    with transaction.atomic(using=using):
        with connection.cursor() as cursor:
            cursor.execute(sql, [counted_at.get_db_prep_save(at, connection), *ids])
        SessionTally.objects.using(using).filter(session_id__in=ids, counted_at__lt=at).delete()


def roll_up_topic(topic: str) -> None:
    """Before the hint ``session:<id>`` (or ``cohort:<id>``: all its sessions) leaves, recount it."""
    kind, _, pk = topic.partition(":")
    if not pk.isdecimal():
        return
    at = timezone.now()
    if kind == "cohort":
        roll_up(Session.objects.filter(cohort_id=int(pk)).values_list("pk", flat=True), at)
    else:
        roll_up([int(pk)], at)


def touched_since(since: datetime) -> set[int]:
    """Sessions whose marks, or whose roster, changed since then. Two index scans."""
    marks = Attendance.objects.filter(changed_at__gte=since).values_list("session_id", flat=True)
    rosters = Enrolment.objects.filter(changed_at__gte=since).values("cohort")
    sessions = Session.objects.filter(cohort__in=rosters).order_by()
    return set(marks.distinct().order_by()) | set(sessions.values_list("pk", flat=True))


def sweep_tallies(at: datetime) -> None:
    """A round: recount what changed lately, however it changed; so no figure is 60 seconds old."""
    roll_up(touched_since(at - LOOK_BACK), at)


def catch_up_tallies(at: datetime) -> None:
    """A round at start and hourly: open classes whose figures are missing or older than their marks.

    Covers what changed while no worker ran, and writers that committed long after they began.
    """
    oldest = (
        SessionTally.objects.filter(session=OuterRef("pk"))
        .order_by("counted_at")
        .values("counted_at")[:1]
    )
    marks = Attendance.objects.filter(session=OuterRef("pk"), changed_at__gte=OuterRef("oldest"))
    roster = Enrolment.objects.filter(cohort=OuterRef("cohort"), changed_at__gte=OuterRef("oldest"))
    behind = (
        Session.objects.filter(cohort__state__in=Cohort.OPEN_STATES)
        .annotate(oldest=Subquery(oldest))
        .filter(Q(oldest__isnull=True) | Q(Exists(marks)) | Q(Exists(roster)))
        .order_by()
    )
    roll_up(behind.values_list("pk", flat=True), at)
