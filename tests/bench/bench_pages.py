"""Pages: a signed-in programme page against a bare Wagtail page, public pages against a line of JSON, and
how many bytes a phone in a hall has to fetch."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final
from urllib.parse import urljoin

from django.test import Client
from django.utils import timezone

from community.models import Member
from community.slot_code import TOKEN_STEP_SECONDS, sign_in_token, slot_at
from tests.bench.bench_coverage import cpu_per_request
from tests.bench.bench_export import programme_of
from tests.bench.classes import Classes
from tests.bench.figures import Figure, at_most, median, rounds, told
from tests.bench.ground import PLAIN, Ground
from tests.bench.load import get, request_bytes
from tests.bench.people import log_in
from tests.bench.statements import statements
from training.models import Enrolment, Programme, Session
from training.operations.scan import key

ROUNDS: Final = 5
CACHED: Final = 2_000
HALL: Final = 400
HOUR: Final = timedelta(hours=1)
PUBLIC: Final = {
    "home": "/",
    "programmes": "/programmes/",
    "programme": "/programmes/running/",
    "help": "/help/",
}
_LOADS: Final = re.compile(
    rb"""<(?:link[^>]+?href|script[^>]+?src|img[^>]+?src)=["']([^"']+)["']"""
)
_IMPORTS: Final = re.compile(
    rb"""(?:@import\s+(?:url\()?|url\(|\bfrom\s*|\bimport\s*\(?)["']?([^"')\s;]+\.(?:css|js|woff2|svg|png))"""
)


def run(ground: Ground) -> Iterator[Figure]:
    ground.floors()
    programme = programme_of(ground, "running", Classes(HALL, HALL, is_closed=False))
    enrolment = (
        Enrolment.objects.filter(cohort__programme=programme).select_related("member").first()
    )
    assert enrolment is not None
    assert enrolment.member is not None
    pages = ground.granian("website.wsgi:application")
    bare = ground.granian("tests.bench.wsgi:application", settings=PLAIN)
    cookies = log_in(enrolment.member)
    path = f"/programmes/{programme.slug}/"
    yield at_most("pages.programme.statements", _statements(enrolment.member, path), "SQL", 8)
    signed_in = request_bytes("GET", path, cookies=cookies)
    slow = {
        "signed in": partial(cpu_per_request, ground, pages, signed_in),
        "bare": partial(cpu_per_request, ground, bare, request_bytes("GET", "/")),
        "json": partial(cpu_per_request, ground, bare, request_bytes("GET", "/json"), CACHED),
    }
    cached = {
        name: partial(cpu_per_request, ground, pages, request_bytes("GET", address), CACHED)
        for name, address in PUBLIC.items()
    }
    ways = {**slow, **cached}
    for way in ways.values():
        way()
    found = {name: median(values) for name, values in rounds(ROUNDS, ways).items()}
    yield told("pages.programme.bytes", len(get(pages.port, path, cookies=cookies)), "bytes")
    yield at_most("pages.programme", found["signed in"], "ms CPU", 1.0, floor=found["bare"])
    for name in cached:
        yield at_most(f"pages.public.{name}", found[name], "ms CPU", 1.5, floor=found["json"])
    yield from _first_scan(programme, pages.port, cookies)
    pages.stop()
    bare.stop()


def _statements(member: Member, path: str) -> int:
    """What the page sends to the database for somebody who has just been here."""
    client = Client(headers={"host": "localhost:8000"})
    for name, value in log_in(member).items():
        client.cookies[name] = value
    client.get(path)
    with statements() as sent:
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    return len(sent)


def _first_scan(programme: Programme, port: int, cookies: dict[str, str]) -> Iterator[Figure]:
    """``/q/<token>`` with everything it loads, gzipped as a server in front would send it."""
    now = timezone.now()
    session = Session.objects.filter(cohort__programme=programme).first()
    assert session is not None
    Session.objects.filter(pk=session.pk).update(
        opens_at=now, starts_at=now, closes_at=now + HOUR, ends_at=now + 2 * HOUR
    )
    for name, whose in (("signed_in", cookies), ("stranger", {})):
        token = sign_in_token(key(), session.pk, "in", slot_at(timezone.now(), TOKEN_STEP_SECONDS))
        sizes = _weigh(port, f"/q/{token}", whose)
        yield at_most(f"pages.scan.{name}", sum(sizes.values()) / 1024, "KiB gzip", 16)


def _weigh(port: int, path: str, cookies: dict[str, str]) -> dict[str, int]:
    """Gzipped bytes of ``path`` and of all that it asks for, by address."""
    sizes: dict[str, int] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        if address in sizes or address.startswith("data:"):
            continue
        head, _, body = get(port, address, cookies=cookies).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{address}: {head[:40]!r}")
        sizes[address] = len(gzip.compress(body, 6))
        pattern = _LOADS if b"text/html" in head else _IMPORTS
        waiting += [urljoin(address, found.decode()) for found in pattern.findall(body)]
    return sizes
