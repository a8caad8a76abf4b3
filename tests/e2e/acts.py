"""The acts of the whole chain: what a coordinator, a clerk and a hall of trainees do, and what they see."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.e2e import hall
from tests.e2e.hall import Crowd, wait_for
from tests.e2e.phone import Answer, Phone
from tests.e2e.watching import violations

LIANGSHAN = "/areas/513400"
# Places in the roster. Whoever is in none of these never came to the first half-day.
IN_TIME = range(236)
LOGS_IN_AFTER = range(236, 240)
FIRST_TIME = range(240, 250)
LATE = range(250, 290)
SIX_DIGITS = range(290, 293)
BY_HAND = range(293, 297)
WRONG_PHONE = 297
SCANNED = [*IN_TIME, *LOGS_IN_AFTER, *FIRST_TIME, *LATE]
CAME = [*SCANNED, *SIX_DIGITS, *BY_HAND, WRONG_PHONE]
TWICE = range(20)
MISS_THE_THIRD = range(5)
OWE_THEIR_WORK = range(5, 15)
STRUCK_LATER = 20
HOURS = Decimal(4 * 3 + 6)
"""Four half-days and the plan."""


def log_in(page: Page, stage: SimpleNamespace, role: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", stage.people[role])
    page.fill("[name=password]", stage.password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def press(page: Page, button: str | re.Pattern[str], says: str | re.Pattern[str]) -> None:
    """Press a button and read the answer."""
    page.get_by_role("button", name=button).first.click()
    expect(page.locator("main")).to_contain_text(says)


def of(words: str, name: str) -> re.Pattern[str]:
    """A button's words with the name that only a screen reader reads."""
    return re.compile(rf"^{words}\s*{name}$")


def downloaded(page: Page, click: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=click).first.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def figures(page: Page) -> list[str]:
    return page.locator(".figures .figure b").all_inner_texts()


# ── The roster ─────────────────────────────────────────────────────────────────────────────────────


def upload_roster(page: Page, cohort: int, folder: Path) -> list[str]:
    """Download the template, fill it in, send it; what the check says."""
    page.goto(f"{LIANGSHAN}/rosters/{cohort}/")
    template = downloaded(page, "下载名单模板", folder)
    page.set_input_files("[name=file]", hall.fill_in(template, folder / "凉山场名单.xlsx"))
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/rosters/batches/**")
    return figures(page)


def mend_and_import(page: Page, folder: Path) -> tuple[list[str], Path]:
    """One button for four rows, five typed on the page; the rest comes back as a file."""
    left = len(hall.FOR_THE_FILE)
    press(page, re.compile("昭觉县示例中心小学校"), f"已改{len(hall.ALIKE)}行")
    for place, (column, _typed) in hall.TYPED_WRONG.items():
        field = f"#r{hall.line_of(place)}-{hall.KEYS[column]}"
        page.fill(field, str(hall.row_of(place)[column]))
    press(page, "保存并重新检查", f"还有{left}行要改")
    seen = figures(page)
    returned = downloaded(page, f"下载要改的{left}行（带原因）", folder)
    press(page, f"先导入{hall.PEOPLE - left}行", "72小时内可以整批撤销")
    return seen, returned


def send_the_rest(page: Page, cohort: int, returned: Path, folder: Path) -> list[str]:
    """Mend the returned file and send it again; the reasons that stood in it."""
    reasons = hall.mend(returned, folder / "改好的三行.xlsx")
    page.goto(f"{LIANGSHAN}/rosters/{cohort}/")
    page.set_input_files("[name=file]", folder / "改好的三行.xlsx")
    page.get_by_role("button", name="上传并检查").click()
    press(page, f"导入{len(hall.FOR_THE_FILE)}行", "72小时内可以整批撤销")
    return reasons


# ── The hall ───────────────────────────────────────────────────────────────────────────────────────


def refused_scans(crowd: Crowd, elsewhere: int) -> dict[str, int]:
    """Codes of another time, of another half-day, of nobody: what each is told, by status."""
    tried = {
        "stale": crowd.token(slots_ago=5),
        "future": crowd.token(slots_ago=-2),
        "forged": "2N2345678923",
        "another half-day": crowd.token(session=elsewhere),
    }
    told = {}
    for what, token in tried.items():
        phone = crowd.phone(300)
        told[what] = phone.ask("GET", f"/q/{token}").status
        assert "tk_claim" not in phone.cookies, what
        phone.hang_up()
    return told


def copied_claim(crowd: Crowd) -> Answer:
    """Somebody in the hall scans, and her claim is used on a colleague's phone elsewhere."""
    here, elsewhere = crowd.phone(300), crowd.phone(301)
    here.get(f"/q/{crowd.token()}")
    form = elsewhere.get("/bl")
    elsewhere.cookies["tk_claim"] = here.cookies["tk_claim"]
    return elsewhere.post("/sign-in/", form)


def scan_then_log_in(crowd: Crowd, place: int) -> Answer:
    """The code is scanned first; the log-in by a code on the phone takes its time; then 签到."""
    phone = crowd.phone()
    seen = phone.get(f"/q/{crowd.token()}")
    assert "扫码有效" in seen.text
    sent = len(crowd.server.messages())
    form = phone.get("/accounts/login/code/?next=/sign-in/")
    number = number_of(place)
    typed = {"phone": number, "name": name_of(place), "next": "/sign-in/"}
    form = phone.post("/accounts/login/code/", form, **typed)
    return _answer_code(crowd, phone, form, number, sent)


def scan_the_first_time(crowd: Crowd, place: int) -> Answer:
    """No log-in yet: name and phone are kept as 待核实 until the message's code is typed."""
    phone = crowd.phone()
    seen = phone.get(f"/q/{crowd.token()}")
    sent = len(crowd.server.messages())
    number = number_of(place)
    kept = phone.post("/sign-in/name/", seen, name=name_of(place), phone=number)
    assert "待核实" in kept.words(), kept.words()
    return _answer_code(crowd, phone, kept, number, sent)


def _answer_code(crowd: Crowd, phone: Phone, form: Answer, number: str, sent: int) -> Answer:
    code = crowd.code_for(number, after=sent)
    page = phone.post("/accounts/login/code/confirm/", form, code=code, next="/sign-in/")
    done = phone.post("/sign-in/", page)
    # Her first time here: she is signed in already, and asked before the next page.
    assert done.path.startswith("/consent/"), done.words()
    going = parse_qs(urlsplit(done.path).query)["next"][0]
    done = phone.post("/consent/", done, agree="on", next=going)
    phone.hang_up()
    return done


def scan_in_a_browser(page: Page, crowd: Crowd, place: int) -> list[str]:
    """The same with a thumb: scripts press 签到 by themselves. What axe finds on the way."""
    number, sent = number_of(place), len(crowd.server.messages())
    page.goto(f"/q/{crowd.token()}")
    page.fill("[name=name]", name_of(place))
    page.fill("[name=phone]", number)
    press(page, "下一步", "已记下，待核实")
    found = violations(page, theme="light", width=390)
    page.fill("[name=code]", crowd.code_for(number, after=sent))
    page.get_by_role("button", name="核对验证码").click()
    page.wait_for_url("**/consent/**")
    found += violations(page, theme="light", width=390)
    page.check("[name=agree]")
    page.locator("main form button").first.click()
    page.wait_for_url("**/sessions/**")
    expect(page.locator("h1").first).to_have_text("已签到")
    return found + violations(page, theme="dark", width=390)


def type_six_digits_in_a_browser(page: Page, digits: str) -> list[str]:
    """Six digits with a thumb; what axe finds on the page that keeps them."""
    page.goto("/bl")
    page.fill("[name=code]", f"{digits[:3]} {digits[3:]}")
    press(page, "提交补录", "待核实")
    return violations(page, theme="light", width=390)


def type_six_digits(crowd: Crowd, place: int, digits: str) -> Answer:
    """Without network in the hall: the digits of the screen, later, from anywhere."""
    phone = crowd.phone(place)
    done = phone.post("/bl", phone.get("/bl"), code=digits)
    phone.hang_up()
    return done


def leave_a_name(crowd: Crowd, name: str, number: str) -> Answer:
    """Somebody who is not found by name and phone, and waits for the staff."""
    phone = crowd.phone()
    kept = phone.post("/sign-in/name/", phone.get(f"/q/{crowd.token()}"), name=name, phone=number)
    phone.hang_up()
    return kept


# ── After the class ────────────────────────────────────────────────────────────────────────────────


def close(page: Page, cohort: int) -> str:
    """结班; what the page then says of people."""
    page.goto(f"/cohorts/{cohort}/closing/")
    press(page, f"结班，评定{hall.PEOPLE}人", "已结班")
    found = re.search(r"已结班：[^。]+。", page.inner_text("body"))
    assert found
    return found[0]


def export(page: Page, kind: str, file_format: str, folder: Path) -> Path:
    """Ask for a file, wait until the worker has written it, take it."""
    page.goto(f"{LIANGSHAN}/exports/")
    page.check(f"[name=kind][value={kind}]")
    page.select_option("[name=file_format]", file_format)
    before = page.locator("a[href$='/file']").count()
    press(page, "生成文件", "可以离开这一页")

    def ready() -> bool:
        page.reload()
        return page.locator("a[href$='/file']").count() > before

    wait_for(ready)
    with page.expect_download() as waiting:
        page.locator("a[href$='/file']").first.click()
    path = folder / f"{before}-{waiting.value.suggested_filename}"
    waiting.value.save_as(path)
    return path


def name_of(place: int) -> str:
    return str(hall.row_of(place)["姓名"])


def number_of(place: int) -> str:
    """The telephone number that the roster has of somebody."""
    return str(hall.row_of(place)["手机号"])


def all_drawn(papers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The certificates, once each of them has its paper; else nothing yet."""
    return papers if all(paper["paper"] for paper in papers) else []


def paper_of(closed: SimpleNamespace, place: int) -> dict[str, Any]:
    """The certificate of somebody on the roster."""
    member = closed.signed_in.roster.people[place]["member_id"]
    return next(paper for paper in closed.papers if paper["member_id"] == member)
