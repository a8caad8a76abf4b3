"""Whatever 昭觉's rows say bears 骉 and 137****: 布拖's coordinator meets neither, wherever she looks."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit
from zipfile import BadZipFile, ZipFile

import pytest
from django.core.cache import cache
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from community.models import Member
from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE
from tests.factories.world import TOKENS, World, world_of_its_own
from tests.integration.website.addresses import path_of
from tests.integration.website.matrix import ROWS
from training.models import Export
from training.operations.export import ExportOrder, OutOfScope, request_export
from training.operations.export_run import run_export

pytestmark = pytest.mark.django_db

# Where anybody may check a certificate, the surname and the unit are shown on purpose (ruling 23).
PUBLIC_CHECK = "/v/"
NOT_LOOKED_AT = ("/accounts/logout/", PUBLIC_CHECK, "/static/", "/media/")
MOST = 400
_LINK = re.compile(r'<(?:a|link|form|img|script)\b[^>]*?\b(?:href|action|src)="([^"]+)"')


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with world_of_its_own(django_db_blocker) as made:
        yield made


@pytest.fixture(autouse=True)
def private_files(world: World) -> None:
    """The world's own folder, for all tests of this module."""


def secrets(county: str) -> tuple[str, ...]:
    """What only this county's rows have: its character, and the beginning of its telephones."""
    return {ZHAOJUE: (TOKENS[ZHAOJUE], "137****", "1377770"), BUTUO: (TOKENS[BUTUO], "135****")}[
        county
    ]


def bytes_of(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(response.streaming_content)  # type: ignore[arg-type]
    return response.content


def text_of(content: bytes) -> str:
    """What a reader finds in it: of a workbook or an archive the words of all its parts."""
    if content[:2] == b"PK":
        try:
            return _unpacked(content)
        except BadZipFile:
            pass
    # What she typed into a search box herself comes back to her in that box, and tells her nothing.
    return content.decode("utf-8", "replace").replace(f'value="{TOKENS[ZHAOJUE]}"', "")


def _unpacked(content: bytes) -> str:
    from io import BytesIO

    with ZipFile(BytesIO(content)) as parts:
        return "\n".join(text_of(parts.read(name)) for name in parts.namelist())


class Look:
    """A browser of one member that reads everything it is led to, and what it may only guess."""

    def __init__(self, member: Member) -> None:
        self.browser = Client(HTTP_ACCEPT="text/html")
        self.browser.force_login(member)
        self.read: dict[str, str] = {}

    def open(self, path: str) -> str:
        """The text at ``path``; redirects are led to like links."""
        cache.clear()
        response = self.browser.get(path)
        text = text_of(bytes_of(response))
        if response.status_code in {301, 302}:
            text += f' <a href="{response["Location"]}">'
        self.read[path] = text
        return text

    def crawl(self, *starts: str) -> None:
        waiting = deque(starts)
        seen = set(starts)
        while waiting and len(self.read) < MOST:
            here = waiting.popleft()
            for found in _LINK.findall(self.open(here)):
                target = urlsplit(urljoin(here, unescape(found)))
                path = target.path + (f"?{target.query}" if target.query else "")
                if not target.netloc and path not in seen and not path.startswith(NOT_LOOKED_AT):
                    seen.add(path)
                    waiting.append(path)

    def where(self, *words: str) -> list[str]:
        return [path for path, text in self.read.items() if any(word in text for word in words)]


def guesses(world: World) -> list[str]:
    """Addresses of 昭觉's things, whoever told her, and what a curious person asks of each page."""
    given = {
        "county": ZHAOJUE,
        "region": ZHAOJUE,
        "area": ZHAOJUE,
        "q": TOKENS[ZHAOJUE],
        "cohort": world.closed.pk,
        "show": "missing",
        "done": world.mark.pk,
    }
    asked = "&".join(f"{name}={value}" for name, value in given.items())
    found = []
    for route, row in ROWS.items():
        path = row.path or path_of(route, row.given(world))
        if row.get is not None and not path.startswith(NOT_LOOKED_AT):
            found += [path, f"{path}?{asked}"]
    for area in (BUTUO, LIANGSHAN, "510000"):
        found += [path.replace(ZHAOJUE, area, 1) for path in found if f"/areas/{ZHAOJUE}/" in path]
    return found


def starts(county: str) -> tuple[str, ...]:
    return ("/", "/desk/", f"/areas/{county}/coverage/", "/me/", "/inbox/", "/programmes/")


def test_the_coordinator_of_butuo_never_meets_zhaojue(world: World) -> None:
    look = Look(world.butuo)

    look.crawl(*starts(BUTUO))
    for path in guesses(world):
        look.open(path)

    assert look.where(*secrets(ZHAOJUE)) == []
    assert len(look.where(*secrets(BUTUO))) >= 5


def test_the_coordinator_of_zhaojue_meets_her_own_and_never_butuo(world: World) -> None:
    """The negative control: the same look finds what is hers, so it would find a leak."""
    look = Look(world.zhaojue)

    look.crawl(*starts(ZHAOJUE))
    for path in guesses(world):
        look.open(path)

    assert len(look.where(TOKENS[ZHAOJUE])) >= 10
    assert look.where("137****")
    assert look.where(*secrets(BUTUO)) == []


@pytest.mark.parametrize("kind", Export.Kind.values)
@pytest.mark.parametrize("file_format", Export.Format.values)
def test_the_files_of_butuo_hold_nothing_of_zhaojue(
    world: World, kind: str, file_format: str
) -> None:
    def order(region: str, **more: Any) -> ExportOrder:
        place = world.cast.region(region)
        return ExportOrder(kind, world.programme, place, file_format, **more)

    def content(member: Member, **wish: Any) -> str:
        asked = request_export(order=order(**wish), by=member, at=world.at)
        look = Look(member)
        written = run_export(export=asked, at=timezone.now())
        if written.state != Export.State.READY:
            return ""  # 昭觉's own class: there is nobody of 布拖 in it
        return look.open(f"/exports/{asked.pk}/file")

    for cohort in (None, world.cohort, world.closed):
        text = content(world.butuo, region=BUTUO, cohort=cohort)
        assert not any(secret in text for secret in secrets(ZHAOJUE))
    for region in (ZHAOJUE, LIANGSHAN, "510000"):
        with pytest.raises(OutOfScope):
            request_export(order=order(region), by=world.butuo, at=world.at)
    if kind != Export.Kind.COUNTY:  # which has figures only
        assert TOKENS[BUTUO] in content(world.butuo, region=BUTUO)
        assert TOKENS[ZHAOJUE] in content(world.zhaojue, region=ZHAOJUE)
