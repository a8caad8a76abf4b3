"""签到: the whole way of a POST against one bare INSERT, with and without the live counts.

The load is what a hall is: every request another member's, each with her own session, CSRF cookie,
browser and claim.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from community.claims import make_claim
from community.http import _BROWSER_SALT, BROWSER_COOKIE
from community.models import Member
from community.slot_code import TOKEN_STEP_SECONDS, slot_at
from tests.bench.classes import Classes, make_classes, make_programme
from tests.bench.desk import watched_desk
from tests.bench.figures import Figure, at_least, at_most, median, ratio_of_rounds, rounds, told
from tests.bench.ground import PLAIN, Ground, Server
from tests.bench.load import Fired, fire, request_bytes
from tests.bench.people import coordinator, csrf_field, log_in
from tests.bench.statements import statements
from training.models import Attendance, Cohort, Enrolment, ScanAttempt, Session
from training.views.scan import CLAIM_COOKIE

PEOPLE = 800
ROUNDS = 7
TAPPED = 40
AT_ONCE = 16


class Hall:
    """A class of 800 with fresh half-days, all open now; each round of load takes the next one."""

    def __init__(self) -> None:
        now = timezone.now()
        programme = make_programme("hall", now=now)
        (cohort,) = make_classes(
            programme, Classes(PEOPLE, PEOPLE, is_closed=False), starts_at=now - timedelta(days=30)
        )
        self.cohort: Cohort = cohort
        self.enrolments = list(Enrolment.objects.filter(cohort=cohort).order_by("pk"))
        members = Member.objects.in_bulk([one.member_id for one in self.enrolments])
        self.cookies = []
        for one in self.enrolments:
            cookies = log_in(members[one.member_id])
            browser = f"browser-{one.pk}-of-the-bench"
            cookies[BROWSER_COOKIE] = Signer(salt=_BROWSER_SALT).sign(browser)
            self.cookies.append((cookies, browser))
        self.sessions = iter(self._sessions())

    def _sessions(self) -> list[Session]:
        start = timezone.now() + timedelta(minutes=5)
        template = self.cohort.sessions.order_by("position").first()
        assert template is not None
        return Session.objects.bulk_create(
            Session(
                cohort=self.cohort,
                position=100 + number,
                title="现在",
                label=f"第{number}场",
                kind=template.kind,
                content_key=f"bench:{number}",
                hours=template.hours,
                starts_at=start,
                ends_at=start + timedelta(hours=6),
                opens_at=start - timedelta(hours=1),
                closes_at=start + timedelta(hours=5),
            )
            for number in range(3 * ROUNDS + 12)
        )

    def request(self, at: int, session: Session) -> bytes:
        """The POST of one member, as her browser sends it after a scan."""
        cookies, browser = self.cookies[at]
        now = timezone.now()
        claim = make_claim(
            session_id=session.pk,
            kind="in",
            slot=slot_at(now, TOKEN_STEP_SECONDS),
            seen_at=now,
            browser=browser,
        )
        return request_bytes(
            "POST", "/sign-in/", cookies={**cookies, CLAIM_COOKIE: claim}, form=csrf_field(cookies)
        )

    def requests(self, session: Session) -> list[bytes]:
        return [self.request(at, session) for at in range(len(self.enrolments))]


class NotSignedIn(Exception):
    """The load did not do what it claims: figures of it would mean nothing."""


def _check(fired: Fired, session: Session, count: int) -> None:
    marks = Attendance.objects.filter(session=session, state="counted", kind="in").count()
    if fired.statuses != Counter({302: count}) or marks != count:
        raise NotSignedIn(f"{fired.statuses}, {marks} marks of {count}")


def run(ground: Ground) -> Iterator[Figure]:
    ground.floors()
    hall = Hall()
    yield at_most("signin.statements", _statements(hall), "SQL", 6)
    live = ground.granian("website.wsgi:application", workers=2)
    quiet = ground.granian("tests.bench.quiet:application", workers=2)
    raw = ground.granian("tests.bench.wsgi:application", settings=PLAIN, workers=2, RAW="1")
    sockets = ground.uvicorn("website.asgi:application")
    desk_cookies = log_in(coordinator(hall.cohort.host_region_id))
    rate: dict[str, list[float]] = {"live": [], "quiet": [], "raw": []}
    hints = [0]

    def full(name: str, server: Server) -> float:
        session = next(hall.sessions)
        requests = hall.requests(session)
        with (
            watched_desk(sockets.port, live.port, session.pk, desk_cookies, hints)
            if name == "live"
            else _nobody()
        ):
            before = ground.meter.read(server.pid, sockets.pid)
            fired = fire(server.port, requests)
            _settle()
            used = ground.meter.between(before, ground.meter.read(server.pid, sockets.pid))
        _check(fired, session, len(requests))
        rate[name].append(fired.rate)
        return 1000 * used / len(requests)

    serial = iter(range(10**9))

    def bare() -> float:
        number = next(serial)
        requests = [request_bytes("POST", f"/raw/{number}/{at}") for at in range(4 * PEOPLE)]
        before = ground.meter.read(raw.pid)
        fired = fire(raw.port, requests)
        _settle()
        used = ground.meter.between(before, ground.meter.read(raw.pid))
        rate["raw"].append(fired.rate)
        return 1000 * used / len(requests)

    ways = {
        "live": partial(full, "live", live),
        "quiet": partial(full, "quiet", quiet),
        "raw": bare,
    }
    for way in ways.values():
        way()
    for rates in rate.values():
        rates.clear()
    hints[0] = 0
    found = rounds(ROUNDS, ways)
    value, floor = median(found["live"]), median(found["raw"])
    yield at_most("signin.cpu", value, "ms/row", 8, floor=floor, aim="5")
    yield told("signin.cpu_without_live", median(found["quiet"]), "ms/row", floor)
    yield told("signin.rate", median(rate["live"]), "rows/s", median(rate["raw"]))
    live_share = ratio_of_rounds(rate["live"], rate["quiet"])
    quiet_rate = median(rate["quiet"])
    yield at_least(
        "signin.rate_with_live", live_share * quiet_rate, "rows/s", 0.85, floor=quiet_rate
    )
    yield told("signin.hints", hints[0] / ROUNDS, "hints/round")
    yield from _double_taps(hall, live)
    for server in (live, quiet, raw, sockets):
        server.stop()


def _statements(hall: Hall) -> int:
    """What one POST sends to the database, once its session is in the cache."""
    session = next(hall.sessions)
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})
    count = 0
    for at in (0, 1):
        head, _, form = hall.request(at, session).partition(b"\r\n\r\n")
        cookie = next(line for line in head.decode().split("\r\n") if line.startswith("Cookie: "))
        client.cookies.load(cookie[8:])
        with statements() as sent:
            answer = client.post(
                "/sign-in/", form.decode(), content_type="application/x-www-form-urlencoded"
            )
        if answer.status_code != 302 or not Attendance.objects.filter(session=session).exists():
            raise NotSignedIn(f"{answer.status_code}")
        count = len(sent)
    return count


def _double_taps(hall: Hall, server: Server) -> Iterator[Figure]:
    """One person's POST sixteen times at once, for forty people."""
    session = next(hall.sessions)
    answers: Counter[int] = Counter()
    for at in range(TAPPED):
        request = hall.request(at, session)
        answers += fire(server.port, [request] * AT_ONCE, connections=AT_ONCE).statuses
    marks = Attendance.objects.filter(session=session)
    people = marks.values("enrolment").distinct().count()
    attempts = ScanAttempt.objects.filter(session=session).count()
    yield at_most("signin.double_tap.duplicates", marks.count() - people, "rows", 0)
    yield at_most(
        "signin.double_tap.lost", TAPPED - marks.filter(state="counted").count(), "rows", 0
    )
    yield at_most("signin.double_tap.attempts_lost", TAPPED * AT_ONCE - attempts, "rows", 0)
    yield at_most(
        "signin.double_tap.5xx", sum(n for code, n in answers.items() if code >= 500), "answers", 0
    )


def _settle() -> None:
    """Let the last hint leave, so that its cost is counted too."""
    time.sleep(0.7)  # the sender lets two hints a second go; nothing says which is the last


def _nobody() -> object:
    from contextlib import nullcontext

    return nullcontext()
