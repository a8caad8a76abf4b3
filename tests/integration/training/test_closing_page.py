"""The closing page: who sees what, what the buttons do, what is refused; results; the archive."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from community.models import AuditEntry, Member
from community.operations.member import set_identity
from tests.factories.attended import (
    CLOSED_AT,
    attend,
    attended_and_accepted,
    crowd,
    requirement_of,
    sign_in,
)
from tests.factories.cast import BUTUO, Cast
from training.models import (
    Certificate,
    Cohort,
    CompletionRecord,
    Enrolment,
    RequirementResult,
)
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort


@pytest.fixture(autouse=True)
def after_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's clock stands at the morning after the class."""
    monkeypatch.setattr(timezone, "now", lambda: CLOSED_AT)


def as_(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    session = client.session
    session["consented"] = True
    session.save()
    return client


def page(cast: Cast, who: str = "liangshan", query: str = "") -> str:
    response = as_(getattr(cast, who)).get(f"/cohorts/{cast.cohort.pk}/closing/{query}")
    assert response.status_code == 200
    return response.content.decode()


def post(cast: Cast, deed: str, who: str = "liangshan", **data: Any) -> Any:
    address = f"/cohorts/{cast.cohort.pk}/{deed}/"
    return as_(getattr(cast, who)).post(address, data, follow=True)


@pytest.fixture
def two_counties(cast: Cast) -> Cast:
    """何文渊 of 昭觉 passes; 阿衣·布茹 of 布拖 misses half of it."""
    attended_and_accepted(cast.enrolment)
    attend(cast.enrolled(cast.member("阿衣·布茹", BUTUO)), [1, 2])
    return cast


def test_before_closing_the_page_says_what_each_lacks(two_counties: Cast) -> None:
    html = page(two_counties)

    assert "可以结班" in html
    assert "结班，评定2人" in html
    assert "缺勤6/12学时，已达50%，超过五分之一" in html
    assert "“返校行动方案”还没有通过审核，12月27日截止" in html


def test_scans_that_await_somebody_are_linked(two_counties: Cast) -> None:
    sign_in(
        Enrolment.objects.get(name="阿衣·布茹"),
        two_counties.cohort.sessions.get(position=3),
        state="pending",
        proof="board",
    )

    html = page(two_counties)

    assert "还不能结班" in html
    assert "第二天上午，1条，去核实" in html
    assert "closing/close/" not in html


def test_closing_by_the_button(two_counties: Cast) -> None:
    response = post(two_counties, "closing/close")

    assert "已结班：结业1人，待完成0人，未结业1人。" in response.content.decode()
    assert Cohort.objects.get().state == "closed"


def test_a_refusal_is_said_on_the_page(two_counties: Cast) -> None:
    sign_in(
        Enrolment.objects.get(name="阿衣·布茹"),
        two_counties.cohort.sessions.get(position=3),
        state="pending",
        proof="board",
    )

    html = post(two_counties, "closing/close").content.decode()

    assert "还有1条签到和0名现场登记的人待核实" in html
    assert Cohort.objects.get().state == "enrolling"


def close(cast: Cast) -> None:
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)


def test_issuing_as_many_as_the_button_says(two_counties: Cast) -> None:
    close(two_counties)
    assert "签发1份" in page(two_counties)

    html = post(two_counties, "certificates/issue", expected=1).content.decode()

    assert "已签发1份" in html
    assert Certificate.objects.get().number in html


def test_issuing_another_number_than_was_seen_is_refused(two_counties: Cast) -> None:
    close(two_counties)

    html = post(two_counties, "certificates/issue", expected=2).content.decode()

    assert "不是您确认的2份" in html
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("expected", ["", "0", "-1", "x", "9" * 40])
def test_issuing_without_a_sound_number_is_refused(two_counties: Cast, expected: str) -> None:
    close(two_counties)

    post(two_counties, "certificates/issue", expected=expected)

    assert not Certificate.objects.exists()


def test_reopening_needs_a_reason_on_the_form(two_counties: Cast) -> None:
    close(two_counties)

    response = post(two_counties, "closing/reopen", reason="")

    assert response.status_code == 422
    assert "有1处要改" in response.content.decode()
    assert Cohort.objects.get().state == "closed"


def test_reopening_by_the_button(two_counties: Cast) -> None:
    close(two_counties)

    html = post(two_counties, "closing/reopen", reason="第二天的签到要更正").content.decode()

    assert "已取消结班" in html
    assert "第二天的签到要更正" in html
    assert Cohort.objects.get().state == "to_close"


def test_a_county_sees_only_its_people_and_no_deeds(two_counties: Cast) -> None:
    for state in ("before", "after"):
        html = page(two_counties, "butuo")
        assert "阿衣·布茹" in html, state
        assert "何文渊" not in html
        assert "csrfmiddlewaretoken" not in html
        assert "archive.zip" not in html
        if state == "before":
            close(two_counties)


def test_hall_staff_see_what_is_missing(two_counties: Cast) -> None:
    html = page(two_counties, "class_teacher")

    assert "何文渊" in html
    assert "csrfmiddlewaretoken" not in html


@pytest.mark.parametrize("who", ["trainee", "editor"])
def test_others_do_not_find_the_page(two_counties: Cast, who: str) -> None:
    client = as_(getattr(two_counties, who))

    assert client.get(f"/cohorts/{two_counties.cohort.pk}/closing/").status_code == 404
    assert client.post(f"/cohorts/{two_counties.cohort.pk}/closing/close/").status_code == 404


def test_a_county_cannot_close_it(two_counties: Cast) -> None:
    post(two_counties, "closing/close", "butuo")
    post(two_counties, "closing/close", "class_teacher")

    assert Cohort.objects.get().state == "enrolling"


def test_the_archive_is_for_who_runs_the_class(two_counties: Cast) -> None:
    close(two_counties)
    address = f"/cohorts/{two_counties.cohort.pk}/closing/1/archive.zip"

    response = as_(two_counties.liangshan).get(address)

    assert response.status_code == 200
    assert b"".join(response.streaming_content)[:2] == b"PK"
    assert "%E5%87%89%E5%B1%B1%E5%9C%BA" in response["Content-Disposition"]
    assert AuditEntry.objects.filter(action="archive.downloaded").count() == 1
    for who in ("butuo", "class_teacher", "trainee"):
        assert as_(getattr(two_counties, who)).get(address).status_code == 404


def test_people_are_filtered_by_outcome(two_counties: Cast) -> None:
    close(two_counties)

    assert "何文渊" not in page(two_counties, query="?only=failed")
    assert "阿衣·布茹" not in page(two_counties, query="?only=passed")
    assert "这里没有人" in page(two_counties, query="?only=nonsense")


@pytest.mark.parametrize("closed", [False, True])
def test_the_page_asks_as_much_for_1_10_and_100_people(cast: Cast, closed: bool) -> None:
    client = as_(cast.liangshan)
    address = f"/cohorts/{cast.cohort.pk}/closing/"
    counts = []
    for size in (1, 9, 90):
        crowd(cast, size)
        if closed:
            close(cast)
            issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
        if closed:
            Cohort.objects.update(state="to_close")
            cast.cohort.closings.update(reopened_at=CLOSED_AT)

    assert len(set(counts)) == 1, counts
    assert counts[0] <= 25


# ── results ───────────────────────────────────────────────────────────────────────────────────────


def results_address(cast: Cast, tail: str = "") -> str:
    return f"/cohorts/{cast.cohort.pk}/results/{tail}"


def test_entering_one_result(two_counties: Cast) -> None:
    enrolment = Enrolment.objects.get(name="阿衣·布茹")
    key = requirement_of(two_counties.cohort).pk
    client = as_(two_counties.butuo)
    address = results_address(two_counties, f"{enrolment.pk}/{key}/")
    assert client.get(address).status_code == 200

    response = client.post(address, {"state": "returned", "note": "缺少前测数据"}, follow=True)

    assert "已录入阿衣·布茹的“返校行动方案”。" in response.content.decode()
    result = enrolment.results.get()
    assert (result.state, result.note, result.by) == (
        "returned",
        "缺少前测数据",
        two_counties.butuo,
    )


def test_a_county_enters_results_of_its_own_people_only(two_counties: Cast) -> None:
    key = requirement_of(two_counties.cohort).pk
    address = results_address(two_counties, f"{two_counties.enrolment.pk}/{key}/")

    assert as_(two_counties.butuo).get(address).status_code == 404
    assert as_(two_counties.butuo).post(address, {"state": "failed"}).status_code == 404
    assert as_(two_counties.class_teacher).get(results_address(two_counties)).status_code in {
        200,
        404,
    }


def csv_file(*rows: str, header: str = "姓名,手机号后四位,结果") -> SimpleUploadedFile:
    text = "\n".join([header, *rows])
    return SimpleUploadedFile("结果.csv", text.encode("utf-8-sig"), "text/csv")


def upload(cast: Cast, file: SimpleUploadedFile, who: str = "liangshan") -> Any:
    key = requirement_of(cast.cohort).pk
    return as_(getattr(cast, who)).post(
        results_address(cast, "upload/"), {"work": key, "file": file}, follow=True
    )


def last4(name: str) -> str:
    return Member.objects.get(name=name).phone_last4


def test_a_file_enters_results_of_many(two_counties: Cast) -> None:
    RequirementResult.objects.all().delete()
    file = csv_file(f"何文渊,{last4('何文渊')},通过", f"阿衣•布茹,{last4('阿衣·布茹')},退回修改")

    response = upload(two_counties, file)

    assert "已录入2人，0人没有变化。" in response.content.decode()
    states = dict(RequirementResult.objects.values_list("enrolment__name", "state"))
    assert states == {"何文渊": "accepted", "阿衣·布茹": "returned"}


def test_the_same_file_again_changes_nothing(two_counties: Cast) -> None:
    row = f"何文渊,{last4('何文渊')},通过"
    upload(two_counties, csv_file(row))

    assert "已录入0人，1人没有变化。" in upload(two_counties, csv_file(row)).content.decode()


def test_an_xlsx_with_identity_numbers(two_counties: Cast) -> None:
    member = two_counties.trainee
    set_identity(member, kind="resident", number="11010519491231002X")
    member.save()
    book = Workbook()
    assert book.active is not None
    book.active.append(["证件号", "结果", "说明"])
    book.active.append(["11010519491231002x", "不合格", "没有前测"])
    out = io.BytesIO()
    book.save(out)

    response = upload(two_counties, SimpleUploadedFile("结果.xlsx", out.getvalue()))

    assert "已录入1人" in response.content.decode()
    assert two_counties.enrolment.results.get().state == "failed"


def test_one_faulty_row_writes_nothing_and_each_fault_is_said(two_counties: Cast) -> None:
    RequirementResult.objects.all().delete()
    file = csv_file(
        f"何文渊,{last4('何文渊')},通过",
        "何文渊,0000,通过",
        ",,通过",
        f"何文渊,{last4('何文渊')},通过",
        f"阿衣·布茹,{last4('阿衣·布茹')},很好",
        "阿衣·布茹,12,通过",
        f"阿衣·布茹,{last4('阿衣·布茹')},",
    )

    response = upload(two_counties, file)
    html = response.content.decode()

    assert response.status_code == 422
    assert not RequirementResult.objects.exists()
    assert "6行要改" in html
    for words in (
        "名单里没有这个姓名和后四位",
        "没有填姓名，也没有填证件号",
        "与第2行是同一个人",
        "只能填“通过”“退回修改”或“不合格”",
        "要填手机号的后四位",
        "没有填结果",
    ):
        assert words in html


def test_a_county_s_file_cannot_reach_another_county(two_counties: Cast) -> None:
    response = upload(two_counties, csv_file(f"何文渊,{last4('何文渊')},不合格"), "butuo")

    assert "或者不在您的管辖范围" in response.content.decode()
    assert two_counties.enrolment.results.get().state == "accepted"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "是空的"),
        (b"%PDF-1.7 x", "PDF文件"),
        ("姓名,手机号后四位,结果".encode(), "没有数据"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, ".xls"),
    ],
)
def test_a_file_that_is_no_table_is_refused(two_counties: Cast, content: bytes, words: str) -> None:
    response = upload(two_counties, SimpleUploadedFile("结果.csv", content))

    assert response.status_code == 422
    assert words in response.content.decode()


def test_in_a_closed_class_only_who_waits_is_entered(two_counties: Cast) -> None:
    third = two_counties.enrolled(two_counties.member("吉克阿牛"))
    attend(third)
    close(two_counties)

    refused = upload(two_counties, csv_file(f"何文渊,{last4('何文渊')},不合格"))
    assert "已经结班，这个人的结果不能再改" in refused.content.decode()

    upload(two_counties, csv_file(f"吉克阿牛,{last4('吉克阿牛')},通过"))
    assert CompletionRecord.objects.in_force().get(enrolment=third).outcome == "passed"


def test_entering_results_asks_as_much_for_1_10_and_100_people(cast: Cast) -> None:
    client = as_(cast.liangshan)
    counts = []
    for size in (1, 9, 90):
        crowd(cast, size)
        client.get(results_address(cast))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(results_address(cast)).status_code == 200
        counts.append(len(queries))

    assert len(set(counts)) == 1, counts


def test_correcting_a_certificate_on_screen(two_counties: Cast) -> None:
    close(two_counties)
    issue_certificates(cohort=two_counties.cohort, by=two_counties.liangshan, at=CLOSED_AT)
    old = Certificate.objects.get()
    client = as_(two_counties.liangshan)
    address = f"/certificates/{old.number}/correct/"
    assert "何文渊" in client.get(address).content.decode()

    unchanged = client.post(
        address, {"name": "何文渊", "unit": old.data["unit_name"], "reason": "核对"}
    )
    assert unchanged.status_code == 422
    response = client.post(
        address,
        {"name": "何文源", "unit": old.data["unit_name"], "reason": "姓名错字"},
        follow=True,
    )

    assert f"已更正：{old.number}作废" in response.content.decode()
    assert re.search("何文源", response.content.decode())
    for who in ("zhaojue", "trainee", "butuo"):
        assert as_(getattr(two_counties, who)).get(address).status_code == 404


def test_a_draft_has_no_closing_page(cast: Cast) -> None:
    Cohort.objects.filter(pk=cast.cohort.pk).update(state="draft")

    response = as_(cast.liangshan).get(f"/cohorts/{cast.cohort.pk}/closing/")

    assert response.status_code == 404
