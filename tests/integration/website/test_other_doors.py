"""The permission matrix of what is no address: sockets, commands, tasks, and the three kinds of files."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import transaction
from django.test import Client
from django_tasks.base import Task

from community.models import Appointment, Member
from tests.factories.socket import Socket
from tests.factories.world import TOKENS, World, world_of_its_own
from tests.integration.website.addresses import OURS, path_of, writes
from tests.integration.website.doors import COMMANDS, SOCKETS, TASKS, exporting
from tests.integration.website.matrix import ACTORS, COUNTY, MEMBERS
from training.models import Export
from training.operations.export_run import run_export
from website.asgi import application
from website.routing import websocket_urlpatterns

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with world_of_its_own(django_db_blocker) as made:
        yield made


@pytest.fixture(autouse=True)
def private_files(world: World) -> None:
    """The world's own folder, for all tests of this module."""


# ── sockets ────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_knows_every_socket() -> None:
    assert {str(route.pattern) for route in websocket_urlpatterns} == SOCKETS.keys()


@pytest.fixture
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels tidies connections up around each message; the module's transaction must live on."""

    async def leave_open() -> None:
        return None

    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)
    monkeypatch.setattr("channels.consumer.aclose_old_connections", leave_open)
    monkeypatch.setattr("channels.generic.websocket.aclose_old_connections", leave_open)


async def knock(path: str, cookie: str, origin: str) -> bool:
    """Whether a browser with this cookie, on a page of ``origin``, is let in."""
    socket = Socket(application, path, cookie=cookie, origin=origin)
    is_in = await socket.open()
    if is_in:
        await socket.close()
    return is_in


def cookie_of(member: Member | None) -> str:
    browser = Client()
    if member is not None:
        browser.force_login(member)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())


def let_in(world: World, route: str, cookie: str, origin: str) -> bool:
    path = path_of(route, SOCKETS[route][0](world))
    return bool(async_to_sync(knock)(path, cookie, origin))


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("route", sorted(SOCKETS))
@pytest.mark.usefixtures("one_connection")
def test_who_may_listen(route: str, actor: str, world: World) -> None:
    cookie = cookie_of(world.actors[actor])
    with writes() as written:
        heard = let_in(world, route, cookie, settings.PUBLIC_URL)
    assert heard == (actor in SOCKETS[route][1])
    assert written == set()


@pytest.mark.parametrize("route", sorted(SOCKETS))
@pytest.mark.usefixtures("one_connection")
def test_nobody_listens_from_a_page_of_another_origin(route: str, world: World) -> None:
    cookie = cookie_of(world.liangshan)
    for origin in ("https://elsewhere.example", "http://localhost:8001", "null"):
        assert not let_in(world, route, cookie, origin)


# ── commands ───────────────────────────────────────────────────────────────────────────────────────


def commands_given_by_somebody() -> set[str]:
    """Commands of ours that take ``--as``."""
    found = set()
    for name, app in get_commands().items():
        if app in OURS:
            parser = load_command_class(app, name).create_parser("manage.py", name)
            if any("--as" in action.option_strings for action in parser._actions):
                found.add(name)
    return found


def test_the_table_knows_every_command_that_somebody_gives() -> None:
    assert commands_given_by_somebody() == COMMANDS.keys()


@pytest.mark.parametrize("actor", MEMBERS)
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_who_may_command(name: str, actor: str, world: World, tmp_path: Path) -> None:
    if (name, actor) == ("import_roster", "butuo"):
        # She may bring people of her own county; that a row of another is refused, and leaves nothing,
        # is tested beside the command (test_roster_pages).
        return
    command, member = COMMANDS[name], world.actors[actor]
    assert member is not None
    words = [*command.words(world, tmp_path), f"--as={member.username}"]
    refusal = None
    with transaction.atomic(), writes() as written:
        try:
            call_command(name, *words)
        except CommandError as refused:
            refusal = refused
        transaction.set_rollback(True)
    may = refusal is None
    assert may == (actor in command.may), refusal
    assert refusal is None or refusal.returncode == 1
    assert bool(written) == (may and command.writes), written
    if not may:
        assert list(tmp_path.iterdir()) == []


# ── tasks ──────────────────────────────────────────────────────────────────────────────────────────


def tasks() -> dict[str, Task[..., Any]]:
    """Every task of ours, by its module and name."""
    found = {}
    for floor in OURS:
        try:
            module = importlib.import_module(f"{floor}.tasks")
        except ModuleNotFoundError:
            continue
        for name, value in inspect.getmembers(module):
            if isinstance(value, Task):
                found[f"{floor}.tasks.{name}"] = value
    return found


def test_the_table_knows_every_task() -> None:
    assert tasks().keys() == TASKS.keys()


def test_tasks_that_take_nothing_take_nothing() -> None:
    for name, task in tasks().items():
        takes_nothing = not inspect.signature(task.func).parameters
        assert takes_nothing == (TASKS[name] == "takes nothing"), name


def test_a_file_is_not_written_for_somebody_who_may_not_any_more(world: World) -> None:
    yesterday = world.at.date() - timedelta(days=1)
    Appointment.objects.filter(member=world.zhaojue).update(to_on=yesterday)

    written = run_export(export=Export.objects.get(pk=world.queued.pk), at=world.at)

    assert written.state == Export.State.FAILED
    assert written.file == ""


# ── kinds of files ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", Export.Kind.values)
@pytest.mark.parametrize("actor", MEMBERS)
def test_who_may_take_a_file_of_zhaojue(
    kind: str, actor: str, world: World, tmp_path: Path
) -> None:
    member = world.actors[actor]
    assert member is not None
    words = [*exporting(kind)(world, tmp_path), f"--as={member.username}"]
    path = tmp_path / "out.csv"
    if actor not in COUNTY:
        with pytest.raises(CommandError):
            call_command("export_completions", *words)
        assert not path.exists()
        return
    call_command("export_completions", *words)
    text = path.read_text("utf-8-sig")
    assert TOKENS["513429"] not in text
    # 县级汇总 has figures and no names.
    assert (TOKENS["513431"] in text) == (kind != Export.Kind.COUNTY)
