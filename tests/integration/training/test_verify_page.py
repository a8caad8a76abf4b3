"""证书查验: the five answers, every printed field but the given name, and what it never gives away."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.operations.member import set_identity
from tests.factories.attended import CLOSED_AT, attended_and_accepted
from tests.factories.cast import Cast
from training.certificates.number import new_number
from training.models import Attendance, Certificate
from training.operations.certificate import correct_certificate, issue_certificates
from training.operations.closing import close_cohort
from training.operations.reopening import reopen_cohort

LATER = CLOSED_AT + timedelta(days=1)


@pytest.fixture
def certificate(cast: Cast) -> Certificate:
    member = cast.trainee
    set_identity(member, kind="resident", number="11010519491231002X")
    member.save()
    attended_and_accepted(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    return Certificate.objects.get()


def look(number: str, client: Client | None = None) -> str:
    response = (client or Client()).get(f"/v/{number}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_paper_itself_asks_to_be_printed_with_everything(certificate: Certificate) -> None:
    html = look(certificate.number)

    assert "这份证书有效" in html
    for field in (
        certificate.number,
        "何**",
        "110***********002X",
        "凉山彝族自治州昭觉县谷曲镇中心小学校",
        "信息技术推动教育变革与创新",
        "凉山场",
        "2026年11月26日至27日",
        "返校行动方案",
        "18学时",
        "四川省教育厅，2026年11月28日",
        "结业证书",
    ):
        assert field in html, field


def test_the_given_name_and_the_rest_of_the_person_stay_hidden(
    cast: Cast, certificate: Certificate
) -> None:
    html = look(certificate.number)

    assert "文渊" not in html
    assert cast.trainee.username not in html
    assert cast.trainee.phone_last4 not in html
    assert "19491231" not in html
    assert f"/{certificate.pk}" not in html


def test_nothing_keeps_the_page(certificate: Certificate) -> None:
    for address in ("/v/", f"/v/{certificate.number}", "/v/SC-2026-AAAAAAAAAA-AA"):
        response = Client().get(address)
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
        assert response["Referrer-Policy"] == "same-origin"
        assert 'name="robots" content="noindex' in response.content.decode()


@pytest.mark.parametrize("change", [str.lower, lambda n: n.replace("-", ""), lambda n: f" {n} "])
def test_what_has_one_reading_is_put_right(certificate: Certificate, change: Any) -> None:
    response = Client().get("/v/", {"number": change(certificate.number)}, follow=True)

    assert "这份证书有效" in response.content.decode()


def test_a_number_that_nobody_issued(certificate: Certificate) -> None:
    html = look(new_number(2026))

    assert "查无此证" in html
    assert "登记册里没有这个编号" in html


def test_a_miscopied_number_is_answered_with_where(certificate: Certificate) -> None:
    wrong = certificate.number[:-1] + ("2" if certificate.number[-1] != "2" else "3")

    assert "末段2位对不上" in look(wrong)
    assert "这一段不用0、O、1、I、L" in look("SC-2026-OOOOOOOOOO-AA")


@pytest.mark.parametrize(
    "number", ["x", "%00", "%F0%9F%98%80", "../../etc", "SC-2026-" + "A" * 200, "'", "-", "%0A"]
)
def test_nonsense_is_answered_and_never_a_fault_of_ours(
    certificate: Certificate, number: str
) -> None:
    response = Client().get(f"/v/{number}", follow=True)
    assert response.status_code in {404, 200}
    response = Client().get("/v/", {"number": number}, follow=True)
    assert response.status_code in {404, 200}


def test_the_same_look_up_is_made_for_every_number(certificate: Certificate) -> None:
    asked = []
    for number in (certificate.number, new_number(2026), "SC-2026-AAAAAAAAAA-AA", "x"):
        with CaptureQueriesContext(connection) as queries:
            Client().get(f"/v/{number}")
        asked.append([q["sql"].split("WHERE")[0] for q in queries])

    assert asked[0] == asked[1] == asked[2] == asked[3]
    assert len(asked[0]) == 1


def test_held(cast: Cast, certificate: Certificate) -> None:
    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=LATER, reason="签到要更正")

    html = look(certificate.number)

    assert "这份证书核定中" in html
    assert "2026年11月29日起重新核定" in html
    assert "签到要更正" not in html


def test_corrected_says_what_and_links_the_new_one(cast: Cast, certificate: Certificate) -> None:
    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=LATER, reason="签到要更正")
    Attendance.objects.filter(session__position=4).update(part_hours=Decimal("1.5"))
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=LATER)
    new = Certificate.objects.get(state="valid")

    html = look(certificate.number)

    assert "这份证书已更正" in html
    assert f"/v/{new.number}" in html
    assert "学时“18学时”改为“16.5学时”" in html
    assert "核对姓名" not in html
    assert "这份证书有效" in look(new.number)


def test_a_chain_of_corrections_links_the_last(cast: Cast, certificate: Certificate) -> None:
    second = correct_certificate(
        certificate=certificate, name="何文源", reason="错字", by=cast.liangshan, at=LATER
    )
    third = correct_certificate(
        certificate=second, name="何文元", reason="错字", by=cast.liangshan, at=LATER
    )

    html = look(certificate.number)

    assert f"/v/{third.number}" in html
    assert second.number not in html
    assert "姓名有更正" in html
    assert "文元" not in html


def test_revoked_stays_findable(cast: Cast, certificate: Certificate) -> None:
    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=LATER, reason="签到要更正")
    Attendance.objects.filter(session__position=4).update(state="void")
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=LATER)

    html = look(certificate.number)

    assert "这份证书已撤销" in html
    assert "2026年11月29日由四川省教育厅撤销" in html


def check(number: str, name: str, client: Client | None = None) -> str:
    return (
        (client or Client())
        .post(f"/v/{number}/name/", {"name": name}, follow=True)
        .content.decode()
    )


@pytest.mark.parametrize("name", ["何文渊", " 何文渊 ", "何 文渊"])
def test_the_name_agrees(certificate: Certificate, name: str) -> None:
    html = check(certificate.number, name)

    assert "姓名一致" in html
    assert "文渊" not in html


@pytest.mark.parametrize("name", ["何文源", "何", "何**", "文渊"])
def test_the_name_does_not_agree(certificate: Certificate, name: str) -> None:
    html = check(certificate.number, name)

    assert "姓名不一致" in html
    assert "文渊" not in html


def test_five_tries_a_number_and_hour(certificate: Certificate) -> None:
    for _try in range(5):
        assert "姓名不一致" in check(certificate.number, "何文源")

    html = check(certificate.number, "何文渊")

    assert "一小时内已核对5次" in html
    assert "姓名一致" not in html


def test_an_empty_try_is_not_counted(certificate: Certificate) -> None:
    for _try in range(6):
        assert "请输入证书上的姓名" in check(certificate.number, "")

    assert "姓名一致" in check(certificate.number, "何文渊")


def test_the_answer_is_shown_once(certificate: Certificate) -> None:
    client = Client()
    check(certificate.number, "何文渊", client)

    assert "姓名一致" not in look(certificate.number, client)


def test_no_name_is_checked_against_what_is_void_or_unknown(
    cast: Cast, certificate: Certificate
) -> None:
    correct_certificate(
        certificate=certificate, name="何文源", reason="错字", by=cast.liangshan, at=LATER
    )

    for number in (certificate.number, new_number(2026)):
        html = check(number, "何文渊")
        assert "姓名一致" not in html
        assert "姓名不一致" not in html


def test_a_name_is_checked_by_post_only(certificate: Certificate) -> None:
    assert Client().get(f"/v/{certificate.number}/name/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/v/{certificate.number}/name/", {"name": "何文渊"}).status_code == 403


def test_a_hall_may_look_and_a_machine_may_not(certificate: Certificate) -> None:
    client = Client()
    # The window begins now and is long, so that a slow run does not outlive it.
    answers = []
    for looks_before in (1, 400, 1199, 1200):
        cache.set("budget:verify:127.0.0.1", looks_before, 3600)
        answers.append(client.get("/v/x").status_code)

    assert answers == [200, 200, 200, 429]
