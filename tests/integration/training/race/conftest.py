"""Races over real HTTP on PostgreSQL: a server of our own, many requests at one instant, a clean house after.

Ask for ``flushed_db`` in every race test: what such a test commits is flushed after it, and with it the
regions, the keys' owner and the pages that every other test stands on, so they are laid again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
import requests
from django.conf import settings
from django.db import connection, connections
from django.test import Client


@pytest.fixture(scope="module", autouse=True)
def laid_again(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After the last flush of a file: regions, pages and groups, as every other test finds them.

    Wider than a test, because the flush of a live server's test comes after all that is narrower.
    """
    yield
    from django.core.cache import cache

    from website.operations.installation import prepare_installation

    cache.clear()
    with django_db_blocker.unblock():
        prepare_installation()
        connections.close_all()


@pytest.fixture
def flushed_db(transactional_db: None) -> Iterator[None]:
    """A database whose commits are real: laid anew for each test, flushed after it."""
    from community.live import sender
    from website.operations.installation import prepare_installation

    prepare_installation()
    yield
    sender.flush()
    connections.close_all()


@pytest.fixture
def cast(flushed_db: None) -> Any:
    """The named cast, committed."""
    from tests.factories.cast import Cast

    return Cast()


@dataclass
class Phone:
    """One telephone with its cookies, speaking HTTP to the live server."""

    base: str
    cookies: dict[str, str]

    def get(self, path: str) -> requests.Response:
        return self._send("GET", path)

    def post(self, path: str, **fields: Any) -> requests.Response:
        csrf = self.cookies.setdefault("csrftoken", "a" * 32)
        return self._send("POST", path, data={"csrfmiddlewaretoken": csrf, **fields})

    def upload(self, path: str, name: str, content: bytes, **fields: Any) -> requests.Response:
        csrf = self.cookies.setdefault("csrftoken", "a" * 32)
        data = {"csrfmiddlewaretoken": csrf, **fields}
        return self._send("POST", path, data=data, files={"file": (name, content)})

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        # A connection of its own each time: twice at once must be twice at once.
        answer = requests.request(
            method,
            self.base + path,
            cookies=self.cookies,
            headers={"Referer": self.base + "/", "Connection": "close"},
            allow_redirects=False,
            timeout=30,
            **more,
        )
        self.cookies.update(answer.cookies.get_dict())
        return answer


@pytest.fixture
def phone_at(live_server: Any) -> Callable[[Any], Phone]:
    """``phone_at(member)``: a telephone on which the member is logged in."""

    def make(member: Any) -> Phone:
        client = Client()
        client.force_login(member)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return Phone(live_server.url, {settings.SESSION_COOKIE_NAME: session})

    return make


def at_once(times: int, deed: Callable[[int], Any]) -> list[Any]:
    """Do ``deed(0)`` … ``deed(times - 1)`` in as many threads, all let go at the same moment."""
    barrier = Barrier(times)

    def go(number: int) -> Any:
        barrier.wait()
        try:
            return deed(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(go, range(times)))


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """The negative control: the same race in a database that does not keep the promise."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
        )
        (definition,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(name)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {quote(table)} CASCADE")
            cursor.execute(f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} {definition}")


@contextmanager
def without_indexes(*names: str) -> Iterator[None]:
    """Drop UNIQUE constraints and indexes; afterwards empty what came of it and lay them again."""
    laid = []
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(
                "SELECT i.tablename, i.indexdef, pg_get_constraintdef(c.oid) FROM pg_indexes i"
                " LEFT JOIN pg_constraint c ON c.conname = i.indexname WHERE i.indexname = %s",
                [name],
            )
            table, index, constraint = cursor.fetchone()
            if constraint:
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
                laid.append((table, f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {constraint}'))
            else:
                cursor.execute(f'DROP INDEX "{name}"')
                laid.append((table, index))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join({table for table, _sql in laid})} CASCADE")
            for _table, sql in laid:
                cursor.execute(sql)
