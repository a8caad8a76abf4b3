"""The whole chain, as its users see it: from an empty template to a certificate, and all of it back.

What is done is in ``chain.py``, act by act; here is what must then be true.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Browser, expect

from tests.e2e import acts
from tests.e2e.acts import HOURS, OWE_THEIR_WORK, STRUCK_LATER
from tests.e2e.hall import COUNTIES, FAULTY, PEOPLE
from tests.e2e.installation import Stagehand
from tests.e2e.phone import Phone
from tests.e2e.watching import watched

pytest_plugins = ["tests.e2e.chain"]
pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.redis]


# ── The roster ─────────────────────────────────────────────────────────────────────────────────────


def test_the_check_names_twelve_rows_and_writes_nobody(roster: SimpleNamespace) -> None:
    assert roster.checked == ["374", "12", "0"]
    assert roster.before == []


def test_what_is_mended_on_the_page_and_in_the_file_is_imported(roster: SimpleNamespace) -> None:
    assert roster.mended == ["383", "3", "0"]
    assert roster.reasons == ["没有“校工”这种人员类别，请从列表中选择人员类别。"] * 3
    assert len(roster.rows) == PEOPLE
    for place in FAULTY:
        assert roster.people[place]["county__name"] == COUNTIES[place % len(COUNTIES)]


# ── The hall ───────────────────────────────────────────────────────────────────────────────────────


def test_the_big_screen_shows_a_code_and_no_name(signed_in: SimpleNamespace) -> None:
    signed_in.screen.reload()
    assert signed_in.screen.locator("[data-part=qr] svg").count()
    assert len(signed_in.digits) == 6
    words = signed_in.screen.inner_text("main")
    assert not [name for row in signed_in.roster.people if (name := row["name"]) in words]


def test_every_scan_in_time_is_a_mark(signed_in: SimpleNamespace) -> None:
    session = f"/sessions/{signed_in.session}/"
    for answer in (*signed_in.in_time, *signed_in.late):
        assert (answer.status, answer.headers["Location"]) == (302, session)
    for answer in (*signed_in.after, *signed_in.first):
        assert answer.path == session
        assert "已签到" in answer.words()
    assert signed_in.scanned["late"] == len(acts.LATE)
    assert signed_in.scanned["proofs"] == {
        "account": len(acts.IN_TIME) + len(acts.LATE),
        "code": len(acts.LOGS_IN_AFTER) + len(acts.FIRST_TIME),
    }


def test_the_pages_of_the_first_time_are_sound(signed_in: SimpleNamespace) -> None:
    assert signed_in.axe == []


def test_signing_in_twice_is_told_and_changes_nothing(signed_in: SimpleNamespace) -> None:
    assert all("您已经签过了" in answer.text for answer in signed_in.twice)
    assert signed_in.scanned["states"]["counted"] == len(acts.SCANNED)


def test_codes_of_another_time_place_or_phone_sign_nobody_in(signed_in: SimpleNamespace) -> None:
    assert signed_in.refused == {
        "stale": 410,
        "future": 409,
        "forged": 400,
        "another half-day": 409,
    }
    assert "这是另一部手机扫的码" in signed_in.copied.text
    verdicts = signed_in.scanned["verdicts"]
    assert {verdicts[name] for name in ("stale", "future", "copied")} == {1}


def test_the_staff_settle_what_no_phone_could(signed_in: SimpleNamespace) -> None:
    assert all("待核实" in answer.words() for answer in signed_in.kept)
    assert signed_in.scanned["states"]["pending"] == len(acts.SIX_DIGITS) + 2
    assert "pending" not in signed_in.marks["states"]
    assert signed_in.marks["states"]["counted"] == len(acts.CAME)
    assert signed_in.marks["proofs"]["staff"] == len(acts.BY_HAND) + 1


# ── 结班 ───────────────────────────────────────────────────────────────────────────────────────────


def test_closing_judges_everybody_by_the_rule(closed: SimpleNamespace) -> None:
    failed = PEOPLE - closed.passed - len(OWE_THEIR_WORK)
    assert closed.said == (
        f"已结班：结业{closed.passed}人，待完成{len(OWE_THEIR_WORK)}人，未结业{failed}人。"
    )
    assert closed.balance["outcomes"] == {
        "passed": closed.passed,
        "waiting": len(OWE_THEIR_WORK),
        "failed": failed,
    }


def test_the_ledger_sums_to_what_was_attended(closed: SimpleNamespace) -> None:
    assert Decimal(closed.ledger["total"]) == HOURS * closed.passed
    assert closed.balance["kinds"] == {"award": 5 * closed.passed}
    assert {Decimal(hours) for hours in closed.ledger["people"].values()} == {HOURS}
    passed = [*acts.CAME[15:]]
    people = closed.signed_in.roster.people
    assert set(closed.ledger["people"]) == {str(people[place]["member_id"]) for place in passed}


def test_who_passed_has_one_certificate_with_a_paper(closed: SimpleNamespace) -> None:
    assert len(closed.papers) == closed.passed
    assert {paper["state"] for paper in closed.papers} == {"valid"}
    assert len({paper["number"] for paper in closed.papers}) == closed.passed


def test_anybody_checks_a_certificate_and_only_its_holder_has_the_paper(
    closed: SimpleNamespace, browser: Browser
) -> None:
    place = acts.IN_TIME[30]
    paper = acts.paper_of(closed, place)
    watch = watched(browser, closed.stage.url, width=390)
    page = watch.page()
    page.goto("/v/")
    page.fill("[name=number]", paper["number"].lower().replace("-", " "))
    page.get_by_role("button", name="查验").click()
    expect(page.locator("h1")).to_have_text("这份证书有效")
    assert acts.name_of(place) not in page.inner_text("main")
    for name, answer in ((acts.name_of(place), "姓名一致"), ("赵一一", "姓名不一致")):
        page.fill("[name=name]", name)
        acts.press(page, "核对", answer)
    address = f"/me/certificates/{paper['number']}/certificate.pdf"

    hers = closed.signed_in.crowd.phone(place).get(address)
    another = closed.signed_in.crowd.phone(acts.IN_TIME[31]).get(address)

    assert hashlib.sha256(hers.body).hexdigest() == paper["paper_hash"]
    assert another.status == 404
    watch.context.close()
    assert watch.troubles == []


def test_the_file_for_the_bureau_says_what_the_ledger_says(closed: SimpleNamespace) -> None:
    path = acts.export(closed.coordinator, "completions", "xlsx:utf-8-sig", closed.folder)

    sheet = load_workbook(path).active
    assert isinstance(sheet, Worksheet)
    header, *rows = sheet.iter_rows(values_only=True)
    lines = [dict(zip(header, row, strict=True)) for row in rows]
    by_name = {line["姓名"]: line for line in lines}
    assert len(lines) == len(by_name) == PEOPLE
    outcomes = Counter(line["结论"] for line in lines)
    assert outcomes["结业"] == closed.passed
    assert outcomes["待完成"] == len(OWE_THEIR_WORK)
    total = sum(Decimal(str(line["实际学时"])) for line in lines)
    assert total == Decimal(closed.ledger["total"])
    numbers = {line["证书编号"] for line in lines if line["证书编号"]}
    assert numbers == {paper["number"] for paper in closed.papers}
    first = "第一天上午 认识与路径"
    assert by_name[acts.name_of(acts.LATE[0])][first] == "迟到"
    assert by_name[acts.name_of(acts.IN_TIME[0])][first] == "到"
    assert by_name[acts.name_of(PEOPLE - 1)][first] == "缺勤"
    assert by_name[acts.name_of(acts.IN_TIME[30])]["证件号"].count("*") > 4


def test_the_file_of_marks_has_every_receipt(closed: SimpleNamespace, stagehand: Stagehand) -> None:
    path = acts.export(closed.coordinator, "attendance", "csv:gb18030", closed.folder)

    with path.open(encoding="gb18030", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["场次"] == "第一天上午"]
    written = [[row["回执"], row["姓名"]] for row in rows if row["结果"] != "已撤销"]
    assert sorted(written) == stagehand("receipts", session=closed.signed_in.session)
    assert len(written) == len(acts.CAME)


# ── 取消结班 ───────────────────────────────────────────────────────────────────────────────────────


def test_taking_the_closing_back_takes_every_hour_back(
    closed: SimpleNamespace, reopened: SimpleNamespace
) -> None:
    awards = 5 * closed.passed
    assert Decimal(reopened.ledger["total"]) == 0
    assert reopened.ledger["people"] == {}
    assert reopened.balance["kinds"] == {"award": awards, "reversal": awards}
    assert reopened.balance["exact"]
    assert reopened.balance["outcomes"] == {}
    assert {paper["state"] for paper in reopened.papers} == {"held"}
    assert "这份证书核定中" in reopened.checked


def test_who_is_unchanged_keeps_number_and_bytes(
    closed: SimpleNamespace, closed_again: SimpleNamespace
) -> None:
    struck = acts.paper_of(closed, STRUCK_LATER)
    before = [paper for paper in closed.papers if paper != struck]
    after = [paper for paper in closed_again.papers if paper["number"] != struck["number"]]
    assert after == before
    place = acts.IN_TIME[30]
    paper = acts.paper_of(closed, place)
    address = f"/me/certificates/{paper['number']}/certificate.pdf"
    again = closed.signed_in.crowd.phone(place).get(address)
    assert hashlib.sha256(again.body).hexdigest() == paper["paper_hash"]


def test_who_no_longer_passes_has_no_hours_and_a_certificate_taken_back(
    closed: SimpleNamespace, closed_again: SimpleNamespace
) -> None:
    number = acts.paper_of(closed, STRUCK_LATER)["number"]
    people = closed.signed_in.roster.people
    assert f"结业{closed.passed - 1}人" in closed_again.said
    assert Decimal(closed_again.ledger["total"]) == HOURS * (closed.passed - 1)
    assert str(people[STRUCK_LATER]["member_id"]) not in closed_again.ledger["people"]
    assert closed_again.balance["exact"]
    assert "这份证书已撤销" in Phone(closed.stage.url).get(f"/v/{number}").words()
