"""Sets the stage of one installation and looks behind it: ``python -m tests.e2e.stagehand``.

One JSON line in (``deed``, ``wish``), one JSON line out. It uses the product's own operations, and the
settings of the environment it was started in.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.cached_db import SessionStore  # noqa: E402
from django.db.models import Count, Sum  # noqa: E402
from django.utils import timezone  # noqa: E402

from community.models import Institution, Member, Region  # noqa: E402
from community.slot_code import TOKEN_STEP_SECONDS, sign_in_token, slot_at  # noqa: E402
from tests.factories.cast import LIANGSHAN, PASSWORD, SYSTEM, Cast  # noqa: E402
from training.models import (  # noqa: E402
    Attendance,
    Certificate,
    Cohort,
    CompletionRecord,
    Enrolment,
    HoursEntry,
    Requirement,
    RequirementResult,
    ScanAttempt,
    Session,
)
from training.operations.requirement import Verdict, record_result  # noqa: E402
from training.operations.scan import key  # noqa: E402
from training.operations.session import change_session  # noqa: E402

DEEDS: dict[str, Callable[..., Any]] = {}


def deed(do: Callable[..., Any]) -> Callable[..., Any]:
    DEEDS[do.__name__] = do
    return do


@deed
def set_hall(schools: dict[str, str]) -> dict[str, Any]:
    """凉山场, open for enrolment, its schools, who runs it and who helps in the hall."""
    cast = Cast(at=timezone.now())
    for county, name in schools.items():
        region = Region.objects.get(parent_id=LIANGSHAN, name=county)
        Institution.objects.create(
            region=region, name=name, kind=Institution.Kind.RURAL_SCHOOL, stage="primary"
        )
    people = {"coordinator": cast.liangshan, "clerk": cast.clerk, "teacher": cast.class_teacher}
    sessions = cast.cohort.sessions.order_by("position")
    return {
        "cohort": cast.cohort.pk,
        "code": cast.cohort.code,
        "sessions": list(sessions.values_list("pk", flat=True)),
        "programme": cast.programme.slug,
        "people": {role: member.username for role, member in people.items()},
        "password": PASSWORD,
    }


@deed
def move_session(session: int, start_minutes: int, length_minutes: int = 180) -> None:
    """Let a half-day begin so many minutes from now; its window opens 40 minutes before it."""
    starts_at = timezone.now() + timedelta(minutes=start_minutes)
    change_session(
        session=Session.objects.get(pk=session),
        opens_at=starts_at - timedelta(minutes=40),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=length_minutes),
        closes_at=starts_at + timedelta(minutes=60),
        by=SYSTEM,
        at=timezone.now(),
    )


@deed
def move_class(cohort: int, starts_on: str) -> None:
    """Set the class's dates, so that what is due after it falls due."""
    first = date.fromisoformat(starts_on)
    Cohort.objects.filter(pk=cohort).update(starts_on=first, ends_on=first + timedelta(days=1))


@deed
def token(session: int, kind: str = "in", slots_ago: int = 0) -> str:
    """What the big screen shows, or showed so many slots of 20 seconds ago."""
    slot = slot_at(timezone.now(), TOKEN_STEP_SECONDS) - slots_ago
    return sign_in_token(key(), session, kind, slot)  # type: ignore[arg-type]


@deed
def people_of(cohort: int) -> list[dict[str, Any]]:
    """The roster in the order of the file."""
    rows = Enrolment.objects.active().filter(cohort=cohort).order_by("pk")
    return list(rows.values("id", "member_id", "name", "seat", "county__name"))


@deed
def log_in(members: list[int]) -> dict[int, str]:
    """Session cookies of these members, as if each had logged in on a phone of her own."""
    cookies = {}
    for member in Member.objects.filter(pk__in=members):
        session = SessionStore()
        session[SESSION_KEY] = str(member.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = member.get_session_auth_hash()
        session.save()
        cookies[member.pk] = session.session_key
    return cookies


@deed
def consent(members: list[int]) -> None:
    from community.operations.consent import give_consent

    for member in Member.objects.filter(pk__in=members):
        give_consent(member=member, at=timezone.now())


@deed
def marks(session: int) -> dict[str, Any]:
    """What stands for one half-day, and every verdict that was given."""
    rows = Attendance.objects.filter(session=session)
    states = rows.values_list("state").annotate(n=Count("pk"))
    verdicts = ScanAttempt.objects.filter(session=session).values_list("verdict")
    return {
        "states": dict(states),
        "late": rows.filter(is_late=True, state="counted").count(),
        "proofs": dict(rows.filter(state="counted").values_list("proof").annotate(n=Count("pk"))),
        "verdicts": dict(verdicts.annotate(n=Count("pk"))),
    }


@deed
def attend(session: int, enrolments: list[int]) -> None:
    """The half-days that this test does not scan: marks straight in the table, at the start."""
    at = Session.objects.get(pk=session).starts_at
    rows = Enrolment.objects.in_bulk(enrolments)
    Attendance.objects.bulk_create(
        Attendance(
            session_id=session,
            enrolment=row,
            proof=Attendance.Proof.ACCOUNT,
            at=at,
            received_at=at,
            receipt="K7Q2",
            county_id=row.county_id,
            changed_at=timezone.now(),
        )
        for row in rows.values()
    )


@deed
def accept_work(cohort: int, enrolments: list[int]) -> None:
    requirement = Requirement.objects.get(programme__cohorts=cohort)
    for row in Enrolment.objects.filter(pk__in=enrolments):
        record_result(
            enrolment=row,
            requirement_key=requirement.pk,
            verdict=Verdict(state=RequirementResult.State.ACCEPTED),
            by=SYSTEM,
            at=timezone.now(),
        )


@deed
def ledger() -> dict[str, Any]:
    """What the ledger sums to, in all and person by person; the state of the class."""
    people = HoursEntry.objects.values_list("member_id").annotate(total=Sum("hours"))
    return {
        "total": str(HoursEntry.objects.total()),
        "entries": HoursEntry.objects.count(),
        "people": {str(member): str(total) for member, total in people if total},
        "states": dict(Cohort.objects.values_list("code", "state")),
    }


@deed
def certificates() -> list[dict[str, Any]]:
    rows = Certificate.objects.order_by("pk")
    return list(
        rows.values(
            "number", "state", "member_id", "paper", "paper_hash", "data_hash", "missing_glyphs"
        )
    )


@deed
def demo_facts(usernames: list[str]) -> dict[str, Any]:
    """Keys of the demo's things, and cookies of its people."""
    from tests.e2e.demo_facts import facts_of_demo

    facts = facts_of_demo()
    people = {m.username: m.pk for m in Member.objects.filter(username__in=usernames)}
    cookies = log_in(list(people.values()))
    return {
        **facts,
        "stale": token(facts["session"], slots_ago=5),
        "cookies": {username: cookies[pk] for username, pk in people.items()},
    }


@deed
def balance() -> dict[str, Any]:
    """The ledger's entries by kind, and whether every reversal takes back exactly one award."""
    kinds = HoursEntry.objects.values_list("kind").annotate(n=Count("pk"))
    pairs = HoursEntry.objects.filter(kind="reversal").values_list("hours", "reverses__hours")
    return {
        "kinds": dict(kinds),
        "exact": all(taken == -given for taken, given in pairs),
        "outcomes": dict(
            CompletionRecord.objects.in_force().values_list("outcome").annotate(n=Count("pk"))
        ),
    }


@deed
def receipts(session: int) -> list[tuple[str, str]]:
    """What stands for one half-day: receipt and name, in order."""
    rows = Attendance.objects.filter(session=session, enrolment__state="active")
    return sorted(rows.exclude(state="void").values_list("receipt", "enrolment__name"))


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        order = json.loads(line)
        try:
            done = {"done": DEEDS[order["deed"]](**order["wish"])}
        except Exception:
            done = {"fault": traceback.format_exc()}
        answers.write(json.dumps(done, default=_plain) + "\n")
        answers.flush()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


if __name__ == "__main__":
    main()
