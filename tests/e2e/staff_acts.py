"""What the staff do on their phone: find, mark, match, strike, take back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.acts import of, press


def find(page: Page, session: int, name: str) -> None:
    page.goto(f"/sessions/{session}/staff/")
    page.fill("#q", name)
    page.get_by_role("button", name="查找").click()


def mark_by_hand(page: Page, session: int, name: str) -> None:
    find(page, session, name)
    page.locator(".rows li", has_text=name).get_by_role("button").click()
    expect(page.locator(".notice--done")).to_contain_text(f"{name}已签到")


def confirm_six_digits(page: Page, session: int, people: int) -> None:
    page.goto(f"/sessions/{session}/staff/waiting/")
    press(page, f"全部核实，{people}人算到场", f"已核实{people}人")


def match(page: Page, session: int, name: str) -> None:
    """Who typed a wrong number is found on the list by her name."""
    page.goto(f"/sessions/{session}/staff/waiting/")
    page.get_by_role("link", name=of("核对", name)).click()
    page.get_by_role("button", name=of("就是这个人", name)).click()
    expect(page.locator("h1")).to_have_text("待核实")


def strike(page: Page, session: int, name: str) -> None:
    page.goto(f"/sessions/{session}/staff/waiting/")
    page.get_by_role("link", name=of("核对", name)).click()
    page.fill("[name=reason]", "不是本班的人")
    page.get_by_role("button", name="剔除，不算到场").click()
    expect(page.locator("h1")).to_have_text("待核实")


def withdraw_mark(page: Page, session: int, name: str, reason: str) -> None:
    """Staff take back a mark that should not be there, with a reason."""
    find(page, session, name)
    page.get_by_role("link", name=name).click()
    page.locator("summary", has_text="更正这条签到").click()
    page.check("[name=state][value=void]")
    page.locator("details [name=reason]").fill(reason)
    press(page, "更正", reason)


def mark_somebody(page: Page, session: int) -> str:
    """Mark the first person of the list who has not come; her name."""
    page.goto(f"/sessions/{session}/staff/?show=missing")
    row = page.locator(".rows li", has=page.get_by_role("button", name=re.compile("^签到"))).first
    name = row.locator("b").first.inner_text()
    row.get_by_role("button").first.click()
    expect(page.locator(".notice--done")).to_contain_text(f"{name}已签到")
    return name
