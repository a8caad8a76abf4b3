"""Every address × method × actor, against the table in ``matrix.py``. Who may not, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from time import time
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from tests.factories.world import TOKENS, World, world_of_its_own
from tests.integration.website.addresses import addresses, fingerprint, path_of, writes
from tests.integration.website.matrix import ACTORS, FAMILIES, ROWS, Cells, Expect, Row

# Each test in a savepoint of the module's one transaction.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with world_of_its_own(django_db_blocker) as made:
        yield made


@pytest.fixture(scope="module")
def browsers(world: World) -> dict[str, Client]:
    """A browser for each actor, logged in a moment ago."""
    found = {}
    for actor, member in world.actors.items():
        browser = Client(HTTP_ACCEPT="text/html")
        if member is not None:
            browser.force_login(member)
            session = browser.session
            session["account_authentication_methods"] = [{"method": "password", "at": time()}]
            session["account_authentication_methods_user"] = str(member.pk)
            session.save()
        found[actor] = browser
    assert tuple(found) == ACTORS
    return found


@pytest.fixture(autouse=True)
def private_files(world: World) -> None:
    """The world's own folder, for all tests of this module."""


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def met(response: HttpResponseBase, method: str) -> Expect | str:
    status = response.status_code
    if status in {301, 302, 303}:
        location = response["Location"]
        return Expect.LOGIN if location.startswith("/accounts/login/") else Expect.OK
    if status in {200, 409, 422}:
        return Expect.OK
    try:
        return Expect(str(status))
    except ValueError:
        return str(status)


REFUSED = {Expect.LOGIN, Expect.FORBIDDEN, Expect.NOT_FOUND, Expect.NOT_OFFERED}


def as_expected(found: Expect | str, cells: Cells | None, actor: str, method: str) -> bool:
    """A method that is not offered may be met by the gate before it is met by 405."""
    if cells is None:
        return found in REFUSED
    if method == "OPTIONS" and found == Expect.NOT_OFFERED:
        return True
    if cells[actor] is Expect.REFUSED:
        return found in {Expect.OK, Expect.FORBIDDEN}
    return found == cells[actor]


def body(response: HttpResponseBase) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")


class Asking:
    """Puts one address to every actor and collects what is not as the table says."""

    def __init__(self, world: World, browsers: dict[str, Client], address: str, row: Row) -> None:
        self.world, self.browsers, self.row = world, browsers, row
        self.path = (row.path or path_of(address, row.given(world))) + row.query
        self.faults: list[str] = []
        self.wrote: dict[str, set[str]] = {}

    def cells(self, method: str) -> Cells | None:
        return self.row.post if method == "POST" else self.row.get

    def is_allowed(self, method: str, actor: str) -> bool:
        cells = self.cells(method)
        return cells is not None and cells[actor] is Expect.OK

    def send(self, method: str, actor: str) -> tuple[HttpResponseBase, set[str]]:
        """One request from a browser as it was after logging in, and the tables it wrote to."""
        browser = self.browsers[actor]
        cookies, browser.cookies = browser.cookies, copy(browser.cookies)
        cache.clear()
        if method == "POST" and self.row.first is not None:
            browser.get(self.row.first(self.world))
        try:
            with writes() as written:
                if method == "POST":
                    return browser.post(self.path, self.row.typed(self.world, actor)), written
                return browser.generic(method, self.path), written
        finally:
            browser.cookies = cookies

    def ask(self, method: str, actor: str) -> None:
        cells = self.cells(method)
        response, written = self.send(method, actor)
        found = met(response, method)
        name = f"{method} {self.path} as {actor}"
        if not as_expected(found, cells, actor, method) and not (
            cells is None and self.row.any_method
        ):
            wanted = cells[actor] if cells is not None else "not offered"
            self.faults.append(f"{name}: {found}, not {wanted}")
        if found != Expect.OK and self.tells(response, actor):
            self.faults.append(f"{name}: a refusal that tells")
        if self.is_allowed(method, actor) and not (method != "POST" and not self.row.get_writes):
            self.wrote[f"{method} {actor}"] = written
        elif written - self.row.traces:
            self.faults.append(f"{name}: wrote {sorted(written)}")

    def tells(self, response: HttpResponseBase, actor: str) -> bool:
        """Whether a refusal shows anything of 昭觉 or 布拖 but the name in the visitor's own frame."""
        member = self.world.actors[actor]
        shown = body(response).replace(member.name if member else "", "")
        return any(token in shown for token in TOKENS.values())

    def all_refused(self) -> None:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            for actor in ACTORS:
                if not self.is_allowed(method, actor):
                    self.ask(method, actor)
        for method in ("PUT", "PATCH", "DELETE"):
            for actor in ("anonymous", "superuser"):
                self.never(method, actor)

    def never(self, method: str, actor: str) -> None:
        response, written = self.send(method, actor)
        found = met(response, method)
        if (found not in REFUSED and not self.row.any_method) or written:
            self.faults.append(f"{method} {self.path} as {actor}: {found}, wrote {sorted(written)}")

    def all_allowed(self) -> None:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            for actor in ACTORS:
                if self.is_allowed(method, actor):
                    with taken_back():
                        self.ask(method, actor)

    def say_faults(self) -> None:
        if self.faults:
            pytest.fail("\n".join(self.faults), pytrace=False)

    def files(self) -> list[str]:
        folder = storages["private"].path("")
        return sorted(str(path) for path in Path(folder).rglob("*"))


def test_the_table_knows_every_address() -> None:
    assert addresses() - ROWS.keys() - FAMILIES.keys() == set()


def test_the_table_knows_no_address_that_is_gone() -> None:
    assert (ROWS.keys() | FAMILIES.keys()) - addresses() == set()


@pytest.mark.parametrize("address", sorted(ROWS))
def test_who_may(address: str, world: World, browsers: dict[str, Client]) -> None:
    if address not in addresses():
        pytest.skip("test_the_table_knows_no_address_that_is_gone tells")
    asking = Asking(world, browsers, address, ROWS[address])
    with taken_back():
        before, files = fingerprint(), asking.files()
        asking.all_refused()
        if not asking.row.traces:
            after = fingerprint()
            changed = {table for table in after if after[table] != before[table]}
            assert changed == set(), "somebody who may not changed these"
            assert asking.files() == files
    asking.all_allowed()
    asking.say_faults()
    if asking.row.post is not None and asking.row.post_writes:
        posted = [tables for name, tables in asking.wrote.items() if name.startswith("POST")]
        assert any(posted), f"{address}: nobody who may changed anything: the row proves nothing"


FAMILY_PROBES = [(name, address) for name, rows in FAMILIES.items() for address in rows]


@pytest.mark.parametrize(("family", "address"), FAMILY_PROBES)
def test_who_may_in_a_family(
    family: str, address: str, world: World, browsers: dict[str, Client]
) -> None:
    asking = Asking(world, browsers, address, FAMILIES[family][address])
    with taken_back():
        asking.all_refused()
    asking.all_allowed()
    asking.say_faults()
