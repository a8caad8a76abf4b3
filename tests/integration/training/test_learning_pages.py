"""我的学习, 学时记录 and one's own certificate."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import Member
from tests.factories.attended import CLOSED_AT, attend, attended_and_accepted, second_class
from tests.factories.cast import Cast, moment
from training.models import Certificate, HoursEntry
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.paper import draw_papers
from training.operations.reopening import reopen_cohort
from training.reports.learning import cycle_of


def as_(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    session = client.session
    session["consented"] = True
    session.save()
    return client


def at(monkeypatch: pytest.MonkeyPatch, now: object) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def completed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    at(monkeypatch, CLOSED_AT)
    attended_and_accepted(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    return cast


def html_of(cast: Cast, address: str = "/me/") -> str:
    response = as_(cast.trainee).get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_newcomer_sees_an_empty_booklet(cast: Cast) -> None:
    html = html_of(cast)

    assert "五年周期，2023年9月—2028年8月" in html
    assert "第四年" in html
    assert "还没有培训记录" in html
    assert "还没有证书" in html


def test_while_the_class_runs_it_says_what_comes_next_and_what_is_missing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, moment(26, 13, 0))
    attend(cast.enrolment, [1])

    html = html_of(cast)

    assert "凉山场第一天下午签到" in html
    assert "12月27日前" in html
    assert "最多18学时" in html
    assert "“返校行动方案”还没有通过审核，12月27日截止" in html


def test_who_missed_half_a_day_is_told_that_she_cannot_complete(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, moment(26, 13, 0))
    cast.enrolled(cast.trainee)

    assert "缺勤3/12学时，已达25%，超过五分之一" in html_of(cast)


def test_after_closing_the_hours_are_in_the_booklet(completed: Cast) -> None:
    html = html_of(completed)

    assert "<b>18<small> / 360学时" in html
    assert "还差342" in html
    assert "还有1年9个月" in html
    assert "凉山场已结业，等待签发" in html
    assert "学分" not in html


def test_certificates_are_listed_with_their_state(completed: Cast) -> None:
    issue_certificates(cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT)
    number = Certificate.objects.get().number
    assert number in html_of(completed)

    reopen_cohort(
        cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT, reason="签到要更正"
    )

    assert "核定中" in html_of(completed)


def test_the_cycle_is_counted_by_school_year(completed: Cast) -> None:
    cycle = cycle_of(completed.trainee, today=CLOSED_AT.date())

    assert [year.done for year in cycle.years] == [0, 0, 0, 18, 0]
    assert (cycle.years[3].span, cycle.cells, cycle.left) == ("2026—2027", 12, 342)


def test_records_show_every_line_of_the_ledger(completed: Cast) -> None:
    reopen_cohort(
        cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT, reason="签到要更正"
    )

    html = html_of(completed, "/me/records/")

    assert html.count("冲回") >= 5
    assert "返校行动方案" in html


def test_records_as_csv(completed: Cast) -> None:
    response = as_(completed.trainee).get("/me/records/records.csv")
    text = b"".join(response.streaming_content).decode("utf-8")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))

    assert text.startswith("\ufeff")
    assert rows[0][-3:] == ["学时", "年度", "周期"]
    assert sum(float(row[5]) for row in rows[1:]) == 18
    assert "filename*=utf-8''" in response["Content-Disposition"]


def test_my_learning_asks_as_much_for_1_and_for_many_closed_classes(
    completed: Cast, django_assert_max_num_queries: object
) -> None:
    client = as_(completed.trainee)
    counts = []
    for number in range(3):
        client.get("/me/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/me/")
        counts.append(len(queries))
        later = CLOSED_AT + timedelta(days=7 * (number + 1))
        cohort = second_class(completed, code=f"LS{20 + number}", days_later=7 * (number + 1))
        attended_and_accepted(completed.enrolled(completed.trainee, cohort))
        close_cohort(cohort=cohort, by=completed.liangshan, at=later)

    assert len(set(counts)) == 1, counts
    assert counts[0] <= 25


def test_one_sees_one_s_own_certificate_and_nobody_else_s(completed: Cast) -> None:
    issue_certificates(cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT)
    number = Certificate.objects.get().number
    other = completed.member("阿衣·布茹")

    html = html_of(completed, f"/me/certificates/{number}/")

    assert "准予结业" in html
    assert "<b>何文渊</b>" in html
    assert "<b>18</b>" in html
    assert as_(other).get(f"/me/certificates/{number}/").status_code == 404
    assert as_(completed.butuo).get(f"/me/certificates/{number}/").status_code == 404
    assert as_(completed.zhaojue).get(f"/me/certificates/{number}/").status_code == 200
    assert Client().get(f"/me/certificates/{number}/").status_code == 302


def test_the_paper_is_the_file_that_was_drawn(completed: Cast) -> None:
    issue_certificates(cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT)
    certificate = Certificate.objects.get()
    address = f"/me/certificates/{certificate.number}/certificate.pdf"
    assert as_(completed.trainee).get(address).status_code == 404
    draw_papers()

    response = as_(completed.trainee).get(address)

    assert response["Content-Type"] == "application/pdf"
    assert b"".join(response.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]
    assert as_(completed.member("阿衣·布茹")).get(address).status_code == 404


def test_the_paper_of_a_held_certificate_is_not_given_out(completed: Cast) -> None:
    issue_certificates(cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT)
    draw_papers()
    certificate = Certificate.objects.get()
    reopen_cohort(
        cohort=completed.cohort, by=completed.liangshan, at=CLOSED_AT, reason="签到要更正"
    )

    client = as_(completed.trainee)

    address = f"/me/certificates/{certificate.number}/"
    assert client.get(f"{address}certificate.pdf").status_code == 404
    assert "不能打印" in client.get(address).content.decode()


def test_the_ledger_is_one_s_own(completed: Cast) -> None:
    other = completed.member("阿衣·布茹")

    assert HoursEntry.objects.visible_to(other).count() == 0
    assert "认识与路径" not in as_(other).get("/me/records/").content.decode()
