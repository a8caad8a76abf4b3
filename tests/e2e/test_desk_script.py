"""The big screen's script in Chromium: its clock, its hints, a lost connection."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.site import HOST, Site

pytestmark = pytest.mark.browser


class Server:
    """The desk's other side: a clock an hour ahead of the browser's, a count, a switch."""

    def __init__(self) -> None:
        self.came = 312
        self.looks = 0
        self.is_up = True

    def state(self, now: int) -> str:
        return (
            f'<div data-desk-state data-now="{now}" data-ends="{now + 20_000}" data-length="20000">'
            f'<b data-part="came">{self.came}</b><b data-part="code">码{self.looks}'
            "<script>window.ran = true</script></b></div>"
        )


@pytest.fixture
def desk(site: Site) -> Callable[..., tuple[Page, Server, list[Any]]]:
    def open_desk(ends_in: int = 20_000) -> tuple[Page, Server, list[Any]]:
        server, sockets = Server(), []
        now = site.page.evaluate("Date.now()") + 3_600_000

        def answer(route: Route) -> None:
            if not server.is_up:
                route.abort()
                return
            server.looks += 1
            route.fulfill(body=server.state(now), content_type="text/html; charset=utf-8")

        site.page.route(f"{HOST}/state/", answer)
        site.page.route_web_socket(
            "ws://tongke.test/ws/desk/", lambda socket: sockets.append(socket)
        )
        page = site.show(
            f"""<main data-desk data-url="/state/" data-socket="/ws/desk/" data-now="{now}"
            data-ends="{now + ends_in}" data-length="20000">
            <p data-countdown data-text="{{n}}秒后换码"></p><p data-stale hidden>连接断了</p>
            <figure data-qr><div data-part="code">旧的</div><p data-qr-gone hidden>过期</p></figure>
            <b data-part="came">312</b></main>""",
            "desk",
        )
        return page, server, sockets

    return open_desk


def test_the_countdown_goes_by_the_servers_clock(desk: Any) -> None:
    page, _server, _sockets = desk(ends_in=12_000)

    expect(page.locator("[data-countdown]")).to_have_text(re.compile("^1[0-2]秒后换码$"))


def test_a_hint_brings_the_present_state_and_runs_nothing_of_it(desk: Any) -> None:
    page, server, sockets = desk()
    expect(page.locator("[data-part=code]")).to_contain_text("码")
    server.came = 313

    sockets[0].send(json.dumps({"seq": 1}))
    expect(page.locator("[data-part=came]")).to_have_text("313")

    assert page.evaluate("window.ran ?? null") is None


def test_many_hints_are_few_looks(desk: Any) -> None:
    page, server, sockets = desk()
    expect(page.locator("[data-part=code]")).to_contain_text("码")
    before = server.looks

    for seq in range(30):
        sockets[0].send(json.dumps({"seq": seq}))
        page.wait_for_timeout(40)
    page.wait_for_timeout(700)

    looks = server.looks - before
    assert looks >= 1, "no hint was followed"
    assert looks <= 5, "hints were not gathered: thirty came in little more than a second"


def test_the_code_changes_when_its_slot_ends_with_no_hint_at_all(desk: Any) -> None:
    page, server, sockets = desk(ends_in=1_500)
    sockets[0].close()

    expect(page.locator("[data-part=code]")).to_contain_text("码")

    assert server.looks >= 1


def test_a_lost_connection_is_said_after_three_seconds_and_taken_back(desk: Any) -> None:
    page, server, sockets = desk(ends_in=500)
    expect(page.locator("[data-part=code]")).to_contain_text("码")
    server.is_up = False
    sockets[0].close()

    page.wait_for_timeout(1_500)
    assert page.is_hidden("[data-stale]")
    page.wait_for_selector("[data-stale]", state="visible", timeout=10_000)
    assert page.is_hidden("[data-qr-gone]")  # the code shown still counts

    server.is_up = True
    page.wait_for_selector("[data-stale]", state="hidden", timeout=10_000)
