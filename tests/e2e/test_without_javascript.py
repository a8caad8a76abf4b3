"""Five journeys with scripts switched off: every step is a link or a form (design.md §3, §6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e import acts, staff_acts
from tests.e2e.hall import wait_for
from tests.e2e.installation import Installation, Stagehand
from tests.e2e.watching import watched
from tests.factories import rosters

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.redis]

PASSWORD = "tongke-demo-2016"
PRINCIPAL, PHONE = "何文渊", "13800006021"
REFRESH = 15


@pytest.fixture
def plain(browser: Browser, demo: Installation) -> Iterator[Any]:
    """Gives browsers without scripts; what any of them complains of fails the test."""
    opened = []

    def open_one(width: int = 390, who: str = "") -> Page:
        watch = watched(browser, demo.url, width=width, script=False)
        opened.append(watch)
        page = watch.page()
        if who:
            stage = SimpleNamespace(people={"": who}, password=PASSWORD)
            acts.log_in(page, stage, "")
        return page

    yield open_one
    for watch in opened:
        context: BrowserContext = watch.context
        context.close()
        assert watch.troubles == []


def test_a_principal_signs_in_by_name_and_code(
    plain: Any, demo: Installation, demo_hand: Stagehand, facts: dict[str, Any]
) -> None:
    page = plain()
    page.goto(f"/q/{demo_hand('token', session=facts['session'])}")
    expect(page.locator("h1")).to_have_text("扫码有效，请说明您是谁")
    sent = len(demo.messages())
    page.fill("[name=name]", PRINCIPAL)
    page.fill("[name=phone]", PHONE)
    acts.press(page, "下一步", "已记下，待核实")

    code = wait_for(lambda: [m for m in demo.messages()[sent:] if m["phone"] == PHONE])[0]
    found = re.search(r"\d{6}", code["text"])
    assert found
    page.fill("[name=code]", found[0])
    acts.press(page, "核对验证码", PRINCIPAL)
    acts.press(page, "签到", "已签到")

    assert re.search("回执", page.inner_text("main"))
    page.goto(f"/sessions/{facts['session']}/")
    expect(page.locator("main")).to_contain_text("6排12座")


def test_a_coordinator_imports_a_roster_reads_coverage_and_exports(
    plain: Any, facts: dict[str, Any], tmp_path: Path
) -> None:
    page = plain(1280, "jikeshibu")
    page.wait_for_url("**/coverage/**")
    expect(page.locator("table").first).to_contain_text("昭觉县")

    rows = [rosters.person(n, 单位="昭觉县补报小学校") for n in (701, 702)]
    file = tmp_path / "补报.csv"
    file.write_bytes(
        rosters.csv_bytes([*rows, rosters.person(703, 单位="昭觉县补报小学校", 姓名="")])
    )
    page.goto(f"/areas/513400/rosters/{facts['cohort']}/")
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_role("button", name=re.compile("新增单位")).first.click()
    page.fill("#r4-name", "骆一一")
    acts.press(page, "保存并重新检查", "还有0行要改")
    acts.press(page, "导入3行", "已导入3行")
    page.goto(f"/areas/513400/rosters/{facts['cohort']}/?q=骆一一")
    expect(page.locator("table")).to_contain_text("昭觉县补报小学校")

    path = acts.export(page, "county", "csv:utf-8-sig", tmp_path)
    assert "昭觉县" in path.read_text("utf-8-sig")


def test_anybody_checks_a_certificate(plain: Any, facts: dict[str, Any]) -> None:
    page = plain()
    page.goto("/v/")
    page.fill("[name=number]", facts["certificate"])
    page.get_by_role("button", name="查验").click()
    expect(page.locator("h1")).to_have_text("这份证书有效")
    assert "唐静" not in page.inner_text("main")

    page.fill("[name=name]", "唐静")
    acts.press(page, "核对", "姓名一致")


def test_the_desk_reads_itself_again_every_quarter_minute(
    plain: Any, facts: dict[str, Any]
) -> None:
    screen, staff = plain(1280, "zhouqiming"), plain(390, "luoxiaorong")
    screen.goto(f"/sessions/{facts['session']}/desk/")
    came = screen.locator("[data-part=came]")
    before = int(came.inner_text().split("/")[0])

    staff_acts.mark_somebody(staff, facts["session"])

    expect(came).to_contain_text(f"{before + 1} /", timeout=(REFRESH + 10) * 1000)
    assert screen.locator("[data-part=qr] svg").count()


def test_the_staff_mark_take_back_and_register(plain: Any, facts: dict[str, Any]) -> None:
    page, session = plain(390, "zhouqiming"), facts["session"]
    name = staff_acts.mark_somebody(page, session)
    acts.press(page, "撤销", f"已撤销{name}的签到")
    staff_acts.find(page, session, name)
    expect(page.get_by_role("button", name=acts.of("签到", name)).first).to_be_visible()

    page.goto(f"/sessions/{session}/staff/walk-in/")
    page.fill("[name=name]", "曲木阿支")
    page.fill("[name=phone]", "13988887777")
    page.locator("main form button").last.click()
    expect(page.locator("main")).to_contain_text("已记下曲木阿支")
    staff_acts.strike(page, session, "曲木阿支")
    expect(page.locator("main")).to_contain_text("已剔除曲木阿支")
    assert not page.get_by_role("link", name=acts.of("核对", "曲木阿支")).count()
