"""名单 by screen: a file is checked, mended, imported and taken back, and stays in its county."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories.cast import BUTUO, LIANGSHAN, ZHAOJUE
from tests.factories.rosters import resident
from training.models import Cohort, Enrolment, RosterBatch

HEADER = "姓名,证件类型,证件号,手机号,市州,县,单位,职务,人员类别,座位,研讨组\n"
GOOD = "阿苦以布,,,13700000001,凉山彝族自治州,昭觉县,{unit},校长,校（园）长,1排1座,第1研讨组\n"
SHORT = "勒格阿呷,,,1370000002,凉山,昭觉,{unit},校长,校（园）长,,\n"
NEW_UNIT = "杨成林,,,13700000003,凉山,昭觉,昭觉县月亮小学校,校长,校（园）长,,\n"


@pytest.fixture
def upload(client, cast):
    unit = cast.school(ZHAOJUE).name
    assert cast.cohort

    def send(who, *rows, area=ZHAOJUE, name="昭觉名单.csv"):
        client.force_login(getattr(cast, who))
        text = HEADER + "".join(row.format(unit=unit) for row in rows)
        return client.post(
            reverse("training:roster", args=[area, cast.cohort.pk]),
            {"file": SimpleUploadedFile(name, text.encode("utf-8-sig"))},
        )

    return send


def here(cast):
    return set(Enrolment.objects.filter(cohort=cast.cohort).active().values_list("name", flat=True))


def act(client, batch, name, **data):
    return client.post(reverse(f"training:{name}", args=[ZHAOJUE, batch.pk]), data, follow=True)


def test_an_upload_writes_nothing_until_it_is_confirmed(client, cast, upload):
    page = client.get(upload("zhaojue", GOOD, SHORT).url)

    assert here(cast) == set()
    assert "手机号只有10位，请补全为11位" in page.text

    act(client, RosterBatch.objects.get(), "roster_import")

    assert here(cast) == {"阿苦以布"}


def test_a_row_is_mended_on_the_page_and_imported_then(client, cast, upload):
    upload("zhaojue", GOOD, SHORT)
    batch = RosterBatch.objects.get()

    page = act(client, batch, "roster_correct", **{"r3-phone": "13700000002"})

    assert "还有0行要改" in page.text
    act(client, batch, "roster_import")
    assert here(cast) == {"阿苦以布", "勒格阿呷"}


def test_numbers_that_need_no_mending_are_masked_on_the_page(client, cast, upload):
    number = resident(7)
    row = f",居民身份证,{number},13700000009,凉山,昭觉,{{unit}},校长,校（园）长,,\n"

    page = client.get(upload("zhaojue", row, SHORT).url)

    assert "姓名是空的" in page.text
    assert number not in page.text
    assert "13700000009" not in page.text
    assert "137****0009" in page.text
    assert 'value="1370000002"' in page.text


def test_a_school_that_nobody_knows_can_be_added_with_one_button(client, cast, upload):
    page = client.get(upload("zhaojue", NEW_UNIT).url)
    batch = RosterBatch.objects.get()
    line = page.context["lines"][0]
    value = next(
        value for cell in line["cells"] for value, words in cell["fixes"] if "新增单位" in words
    )

    act(client, batch, "roster_fix_alike", fix=value)
    act(client, batch, "roster_import")

    assert here(cast) == {"杨成林"}


def test_an_import_is_taken_back(client, cast, upload):
    upload("zhaojue", GOOD)
    batch = RosterBatch.objects.get()
    act(client, batch, "roster_import")
    assert here(cast) == {"阿苦以布"}

    act(client, batch, "roster_undo")

    assert here(cast) == set()


def test_the_same_file_twice_leads_to_the_first(client, cast, upload):
    first = upload("zhaojue", GOOD)

    assert upload("zhaojue", GOOD).url == first.url
    assert RosterBatch.objects.count() == 1


def test_a_file_that_is_no_spreadsheet_says_so_on_the_form(client, cast):
    client.force_login(cast.zhaojue)

    answer = client.post(
        reverse("training:roster", args=[ZHAOJUE, cast.cohort.pk]),
        {"file": SimpleUploadedFile("名单.xlsx", b"%PDF-1.7 nothing")},
    )

    assert answer.status_code == 422
    assert RosterBatch.objects.count() == 0


def test_another_countys_row_is_a_fault_in_her_file(client, cast, upload):
    row = GOOD.replace("昭觉县", "布拖县")

    page = client.get(upload("zhaojue", row).url)

    assert "管辖范围" in page.text


def test_another_countys_coordinator_finds_neither_batch_nor_roster(client, cast, upload):
    upload("zhaojue", GOOD)
    batch = RosterBatch.objects.get()
    client.force_login(cast.butuo)

    addresses = {
        reverse("training:roster_batch", args=[ZHAOJUE, batch.pk]): 403,
        reverse("training:roster_batch", args=[BUTUO, batch.pk]): 404,
        reverse("training:roster_faults", args=[BUTUO, batch.pk]): 404,
        reverse("training:rosters", args=[LIANGSHAN]): 403,
    }

    assert {address: client.get(address).status_code for address in addresses} == addresses


def test_the_faults_come_back_as_a_file_with_their_reasons(client, cast, upload):
    upload("zhaojue", GOOD, SHORT)
    batch = RosterBatch.objects.get()

    answer = client.get(reverse("training:roster_faults", args=[ZHAOJUE, batch.pk]))

    assert "错误说明" in answer.content.decode("utf-8-sig")
    assert "手机号只有10位" in answer.content.decode("utf-8-sig")


def test_the_template_is_a_workbook_with_the_columns(client, cast):
    from io import BytesIO

    from openpyxl import load_workbook

    client.force_login(cast.zhaojue)

    sheet = load_workbook(BytesIO(client.get(reverse("training:roster_template")).content)).active

    assert [cell.value for cell in sheet[3]][:4] == ["姓名*", "证件类型", "证件号", "手机号*"]


def test_one_person_leaves_the_roster_but_not_with_a_mark(client, cast):
    enrolment = cast.enrolment
    client.force_login(cast.zhaojue)
    address = reverse("training:roster_withdraw", args=[ZHAOJUE, enrolment.pk])

    client.post(address)

    enrolment.refresh_from_db()
    assert enrolment.state == Enrolment.State.WITHDRAWN


def test_the_command_imports_with_the_rights_of_one_person(cast, tmp_path, capsys):
    from django.core.management import CommandError, call_command

    file = tmp_path / "名单.csv"
    file.write_text(HEADER + GOOD.format(unit=cast.school(ZHAOJUE).name), encoding="utf-8-sig")
    order = ["import_roster", cast.cohort.code, str(file)]

    with pytest.raises(CommandError) as refused:
        call_command(*order, "--as", cast.butuo.username)
    assert refused.value.returncode == 1
    assert here(cast) == set()

    call_command(*order, "--as", cast.zhaojue.username, "--dry-run")
    assert here(cast) == set()
    call_command(*order, "--as", cast.zhaojue.username)
    assert here(cast) == {"阿苦以布"}


def asked_of(client, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_roster_of_a_hundred_asks_no_more_than_a_roster_of_one(client, cast):
    from tests.factories.attended import crowd

    client.force_login(cast.zhaojue)
    address = reverse("training:roster", args=[ZHAOJUE, cast.cohort.pk])
    client.get(address)
    figures = []
    for more in (1, 9, 90):
        crowd(cast, more)
        figures.append(asked_of(client, address))

    assert len(set(figures)) == 1, figures


@pytest.mark.parametrize("row", [GOOD, SHORT, NEW_UNIT], ids=["good", "faulty", "new schools"])
def test_an_upload_of_a_hundred_asks_no_more_than_an_upload_of_one(client, cast, upload, row):
    figures = []
    for count in (1, 10, 100):
        lines = [row.replace("1370000000", f"137{n:07d}") for n in range(count)]
        address = upload("zhaojue", *lines, name=f"{count}.csv").url
        figures.append(asked_of(client, address))

    assert len(set(figures)) == 1, figures


def test_a_draft_takes_no_roster_yet_and_says_how_it_will(client, cast):
    address = reverse("training:roster", args=[ZHAOJUE, cast.cohort.pk])
    client.force_login(cast.zhaojue)
    assert "上传并检查" in client.get(address).text

    Cohort.objects.filter(pk=cast.cohort.pk).update(state=Cohort.State.DRAFT)
    client.force_login(cast.liangshan)
    page = client.get(address).text

    assert "上传并检查" not in page
    assert "班次还是草稿，开放报名以后才能上传名单。" in page
    assert reverse("training:class_settings", args=[cast.cohort.pk]) in page
