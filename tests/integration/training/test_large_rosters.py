"""A large roster is checked and imported by a task; whoever sent it may leave and is told."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from community.models import Notification
from tests.factories.cast import ZHAOJUE
from tests.factories.rosters import csv_bytes, person
from training import tasks
from training.models import Enrolment, RosterBatch
from training.operations import roster_work
from training.operations.roster import discard_batch
from training.operations.roster_work import resume_lapsed, work_on
from training.tasks import work_on_roster
from training.views import roster as roster_views
from training.views import roster_batch as batch_views


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    """What counts as large, made small; nothing else is different."""
    monkeypatch.setattr(roster_views, "MOST_BYTES_AT_ONCE", 10)
    monkeypatch.setattr(batch_views, "MOST_ROWS_AT_ONCE", 1)


@pytest.fixture
def asked(monkeypatch):
    """The tasks that were asked for."""
    waiting = []
    monkeypatch.setattr(tasks, "work_on_roster", SimpleNamespace(enqueue=waiting.append))
    return waiting


@pytest.fixture
def send(client, cast, asked, django_capture_on_commit_callbacks):
    cast.school(ZHAOJUE)
    assert cast.cohort
    client.force_login(cast.zhaojue)

    def post(content, name="名单.csv", **fields):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(
                reverse("training:roster", args=[ZHAOJUE, cast.cohort.pk]),
                {"file": SimpleUploadedFile(name, content), **fields},
            )

    return post


@pytest.fixture
def act(client, django_capture_on_commit_callbacks):
    def post(name, **data):
        batch = RosterBatch.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse(f"training:{name}", args=[ZHAOJUE, batch.pk]), data)

    return post


def run(asked):
    """What the worker does with what was asked for."""
    while asked:
        work_on_roster.func(asked.pop(0))


def told(member):
    return list(Notification.objects.filter(member=member, kind="roster_work").order_by("pk"))


def test_it_is_checked_and_imported_while_its_sender_is_away(client, cast, send, act, asked):
    page = client.get(send(csv_bytes([person(1), person(2, 手机号="1370000002")])).url)
    assert "正在检查" in page.text
    assert "可以离开，好了会发消息" in page.text
    assert len(asked) == 1

    run(asked)

    [line] = told(cast.zhaojue)
    assert line.text == "“名单.csv”检查好了，可以导入1行"
    assert line.note == "还有1行要改。"
    assert "手机号只有10位" in client.get(line.url).text
    assert Enrolment.objects.count() == 0

    page = client.get(act("roster_import").url).text
    assert "正在导入" in page
    assert "0/2行" in page
    assert Enrolment.objects.count() == 0
    run(asked)

    assert told(cast.zhaojue)[-1].text == "“名单.csv”已导入1行"
    assert Enrolment.objects.count() == 1
    assert "已导入" in client.get(line.url).text


def test_a_row_that_was_mended_is_checked_again_by_the_task(client, cast, send, act, asked):
    address = send(csv_bytes([person(1), person(2, 手机号="1370000002")])).url
    run(asked)

    act("roster_correct", **{"r3-phone": "13700000002"})

    assert "正在检查" in client.get(address).text
    run(asked)
    assert RosterBatch.objects.get().good_count == 2


def test_a_file_that_cannot_be_read_says_so_in_a_message_and_may_be_sent_again(
    client, cast, send, asked
):
    send("不是名单，只是一段文字\n".encode())
    run(asked)

    [line] = told(cast.zhaojue)
    assert line.text == "“名单.csv”读不出来"
    assert line.note
    assert line.note in client.get(line.url).text
    assert send("不是名单，只是一段文字\n".encode()).status_code == 302


def test_many_who_would_leave_are_asked_about_on_the_page(client, cast, send, act, asked):
    for number in range(12):
        cast.enrolled(cast.member(f"在册{number}", password=False))
    address = send(csv_bytes([person(1), person(2)]), is_authoritative="on").url
    run(asked)
    act("roster_import")
    run(asked)

    page = client.get(address)
    assert told(cast.zhaojue)[-1].text == "“名单.csv”要您确认后才导入"
    assert "我已核对，按文件处理这12人" in page.text
    assert Enrolment.objects.active().count() == 12

    act("roster_import", confirmed="12")
    run(asked)

    assert Enrolment.objects.active().count() == 2


def test_while_a_task_is_at_it_nothing_else_is_done_to_it(client, cast, send, act, asked):
    send(csv_bytes([person(1), person(2)]))

    assert act("roster_correct", **{"r2-phone": "1"}).status_code == 409
    assert act("roster_fix_alike", fix="x:0").status_code == 409
    assert client.get(reverse("training:roster_faults", args=[ZHAOJUE, 0])).status_code == 404
    run(asked)
    act("roster_import")
    act("roster_import")
    assert len(asked) == 1, "asking twice is asking once"


def test_a_file_that_was_given_up_meanwhile_stays_given_up(client, cast, send, act, asked):
    address = send(csv_bytes([person(1), person(2)])).url
    act("roster_discard")

    run(asked)

    assert RosterBatch.objects.get().state == RosterBatch.State.DISCARDED
    assert told(cast.zhaojue) == []
    assert client.get(address).status_code == 200
    assert act("roster_correct").status_code == 409


def test_a_file_given_up_while_it_is_read_leaves_nothing_sealed(
    cast, send, asked, monkeypatch, tmp_path
):
    send(csv_bytes([person(1), person(2)]))
    batch = RosterBatch.objects.get()
    check = roster_work.check_batch

    def interrupted(**order):
        done = check(**order)
        discard_batch(batch=batch, by=cast.zhaojue, at=timezone.now())
        return done

    monkeypatch.setattr(roster_work, "check_batch", interrupted)
    run(asked)

    assert RosterBatch.objects.get().state == RosterBatch.State.DISCARDED
    assert not [path for path in (tmp_path / "private/rosters").rglob("*") if path.is_file()]


def test_what_goes_wrong_is_said_on_the_page_and_can_be_tried_again(
    client, cast, send, act, asked, monkeypatch
):
    address = send(csv_bytes([person(1), person(2)])).url
    run(asked)
    act("roster_import")
    with monkeypatch.context() as broken:
        broken.setattr(roster_work, "import_roster", lambda **_order: 1 / 0)
        run(asked)
    assert told(cast.zhaojue)[-1].text == "“名单.csv”没有处理完"
    assert "处理时出了意外" in client.get(address).text

    act("roster_import")
    run(asked)

    assert Enrolment.objects.count() == 2
    assert "处理时出了意外" not in client.get(address).text


def test_a_first_check_that_went_wrong_leaves_room_for_the_same_file(
    client, cast, send, asked, monkeypatch
):
    address = send(csv_bytes([person(1), person(2)])).url
    with monkeypatch.context() as broken:
        broken.setattr(roster_work, "check_batch", lambda **_order: 1 / 0)
        run(asked)
    assert "处理时出了意外" in client.get(address).text

    again = send(csv_bytes([person(1), person(2)])).url

    assert again != address
    run(asked)
    assert "导入2行" in client.get(again).text


def test_a_closed_class_refuses_the_order_at_once(cast, send, act, asked):
    send(csv_bytes([person(1), person(2)]))
    run(asked)
    cast.cohort.state = "closed"
    cast.cohort.save()

    assert act("roster_import").status_code == 409
    assert asked == []


def test_a_class_that_closed_meanwhile_takes_nobody_and_says_so(cast, send, act, asked):
    send(csv_bytes([person(1), person(2)]))
    run(asked)
    act("roster_import")
    cast.cohort.state = "closed"
    cast.cohort.save()

    run(asked)

    assert "不能导入名单" in told(cast.zhaojue)[-1].note
    assert Enrolment.objects.count() == 0


def test_who_lost_her_power_meanwhile_imports_nothing(cast, send, act, asked):
    send(csv_bytes([person(1), person(2)]))
    run(asked)
    act("roster_import")
    cast.zhaojue.appointments.update(withdrawn_at=timezone.now())

    run(asked)

    assert Enrolment.objects.count() == 0
    assert not RosterBatch.objects.get().is_working


def test_what_a_dead_worker_left_is_begun_anew_after_a_quarter_of_an_hour(
    cast, send, asked, django_capture_on_commit_callbacks
):
    send(csv_bytes([person(1), person(2)]))
    asked.clear()  # the worker took it and died
    sent = RosterBatch.objects.get().uploaded_at

    def round_at(minutes):
        with django_capture_on_commit_callbacks(execute=True):
            resume_lapsed(sent + timedelta(minutes=minutes))

    round_at(14)
    assert asked == []
    round_at(16)
    round_at(17)
    assert len(asked) == 1

    run(asked)
    assert RosterBatch.objects.get().good_count == 2


def test_work_that_is_done_is_not_done_twice(cast, send, asked):
    send(csv_bytes([person(1), person(2)]))
    run(asked)
    batch = RosterBatch.objects.get()

    work_on(batch=batch, at=timezone.now())

    assert len(told(cast.zhaojue)) == 1


def test_the_same_large_file_again_leads_to_the_first(cast, send, asked):
    first = send(csv_bytes([person(1), person(2)])).url

    assert send(csv_bytes([person(1), person(2)])).url == first
    assert len(asked) == 1
