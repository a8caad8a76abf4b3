"""The small scripts of the pages, in Chromium, under the strict content policy and Trusted Types."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from tests.e2e.site import HOST, Site

pytestmark = pytest.mark.browser

TOAST = (
    '<div role="status"><div data-toast hidden><span data-toast-text></span>'
    '<button type="button" data-toast-undo>撤销</button></div></div>'
)


def theme(page: Page) -> str | None:
    return page.evaluate("document.documentElement.dataset.theme ?? null")


def test_the_theme_is_the_systems_until_somebody_chooses(site: Site) -> None:
    page = site.show('<button type="button" data-theme-toggle>x</button>')
    assert theme(page) is None

    page.click("[data-theme-toggle]")
    assert theme(page) == "dark"

    page.reload()
    assert theme(page) == "dark"
    page.click("[data-theme-toggle]")
    assert theme(page) == "light"


def test_a_list_of_mistakes_takes_the_focus(site: Site) -> None:
    page = site.show('<a href="/">x</a><div tabindex="-1" data-error-summary>有1处要改</div>')

    assert page.evaluate("document.activeElement.textContent") == "有1处要改"


UNDO = f"""<form method="post" action="/read/" data-undo="已全部标为已读">
<input type="hidden" name="token" value="t"><button name="act" value="read">全部标为已读</button>
</form>{TOAST}<p id="away">别处</p>"""


def test_a_request_waits_eight_seconds_behind_the_toast(site: Site) -> None:
    site.page.clock.install()
    page = site.show(UNDO)

    page.click("text=全部标为已读")
    page.mouse.move(0, 0)
    assert page.inner_text("[data-toast-text]") == "已全部标为已读"
    page.clock.fast_forward(7_000)
    page.wait_for_timeout(200)
    assert site.posts == []

    page.clock.fast_forward(1_500)
    page.wait_for_url("**/read/")
    assert [post["path"] for post in site.posts] == ["/read/"]
    assert "act=read" in site.posts[0]["body"]


def test_undo_is_as_if_nothing_had_been_asked(site: Site) -> None:
    site.page.clock.install()
    page = site.show(UNDO)

    page.click("text=全部标为已读")
    page.click("[data-toast-undo]")
    page.clock.fast_forward(20_000)
    page.wait_for_timeout(200)

    assert page.is_hidden("[data-toast]")
    assert site.posts == []


def test_the_keyboard_on_the_toast_holds_the_clock(site: Site) -> None:
    site.page.clock.install()
    page = site.show(UNDO)

    page.click("text=全部标为已读")
    page.focus("[data-toast-undo]")
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(200)

    assert page.is_visible("[data-toast]")
    assert site.posts == []


def test_a_draft_comes_back_without_its_secrets(site: Site) -> None:
    form = """<form id="why" data-autosave method="post" action="/sent/">
    <input name="at"><textarea name="why"></textarea><input type="checkbox" name="seen" value="1">
    <input type="password" name="password"><input name="code" autocomplete="one-time-code">
    <span data-saved="草稿已存，{time}" data-restored="已放回{time}的草稿" hidden>
    <span data-saved-text></span></span><button>提交</button></form>"""
    page = site.show(form)
    page.fill("[name=at]", "8:40")
    page.fill("[name=password]", "一堂好课走进每个县")
    page.fill("[name=code]", "482716")
    page.check("[name=seen]")
    page.fill("[name=why]", "没信号\n工作人员可以证明")
    page.wait_for_selector("text=草稿已存")

    page.reload()

    assert page.input_value("[name=at]") == "8:40"
    assert page.input_value("[name=why]") == "没信号\n工作人员可以证明"
    assert page.is_checked("[name=seen]")
    assert (page.input_value("[name=password]"), page.input_value("[name=code]")) == ("", "")
    assert "的草稿" in page.inner_text("[data-saved-text]")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "好课" not in kept
    assert "482716" not in kept


def test_what_was_sent_is_no_draft_any_more(site: Site) -> None:
    form = (
        '<form data-autosave method="post" action="/sent/"><input name="at"><button>提交</button>'
    )
    page = site.show(form)
    page.fill("[name=at]", "8:40")
    page.wait_for_timeout(1_000)
    assert page.evaluate("Object.keys(localStorage).length") == 1

    page.click("button")
    page.wait_for_url("**/sent/")
    page.goto(f"{HOST}/page/")

    assert page.input_value("[name=at]") == ""


def test_logging_out_leaves_no_drafts_and_keeps_the_theme(site: Site) -> None:
    page = site.show(
        '<form method="post" action="/out/" data-log-out><button>退出登录</button></form>'
    )
    page.evaluate("localStorage['draft:/a:0'] = '{}'; localStorage.theme = 'dark'")

    page.click("button")
    page.wait_for_url("**/out/")
    page.goto(f"{HOST}/page/")

    assert page.evaluate("Object.keys(localStorage)") == ["theme"]


SIGN_IN = """<form method="post" action="/signed/" data-autosubmit="slot-1">
<button data-waiting="正在签到…"><span data-label>签到</span></button></form>"""


def test_a_scanned_page_signs_in_by_itself_and_once(site: Site) -> None:
    page = site.show(SIGN_IN, "sign-in")
    page.wait_for_url("**/signed/")

    page.goto(f"{HOST}/page/")
    page.wait_for_timeout(300)

    assert len(site.posts) == 1
    assert page.inner_text("button") == "签到"


def test_a_second_tap_while_waiting_sends_nothing(site: Site) -> None:
    page = site.show("<p>先到这里</p>")
    page.evaluate("sessionStorage['signed:/page/:slot-1'] = '1'")

    def stay(route: Route) -> None:
        site.posts.append({"path": "/signed/"})
        route.fulfill(status=204)  # the page stays, as it does while a hall's network keeps silent

    page.route(f"{HOST}/signed/", stay)
    page = site.show(SIGN_IN, "sign-in")

    page.click("button")
    page.evaluate("document.forms[0].requestSubmit()")
    page.wait_for_timeout(200)

    assert len(site.posts) == 1
    assert page.inner_text("button") == "正在签到…"
    assert page.get_attribute("button", "aria-busy") == "true"


def row(people: int) -> str:
    return f'<tr><td><input type="checkbox" name="k" data-people="{people}"></td></tr>'


BULK = f"""<form data-bulk><table><thead><tr><th><input type="checkbox" data-all></th></tr></thead>
<tbody>{row(3)}{row(4)}{row(5)}</tbody></table>
<div data-bulkbar><b data-n></b><b data-sum></b><label><input type="checkbox" data-matching
data-count="26" data-people="312">全选26县</label><button type="button" data-clear>x</button></div>
</form>"""


def said(page: Page) -> tuple[str, str]:
    return page.inner_text("[data-n]"), page.inner_text("[data-sum]")


def test_the_bar_names_the_rows_and_the_people(site: Site) -> None:
    page = site.show(BULK, "bulk")
    boxes = page.locator("tbody input")
    assert page.is_hidden("[data-bulkbar]")

    boxes.nth(0).check()
    assert said(page) == ("1", "3")
    boxes.nth(2).click(modifiers=["Shift"])
    assert said(page) == ("3", "12")
    assert page.is_checked("[data-all]")

    page.check("[data-matching]")
    assert said(page) == ("26", "312")

    page.click("[data-clear]")
    assert page.is_hidden("[data-bulkbar]")
    assert not page.is_checked("[data-matching]")
