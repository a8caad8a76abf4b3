"""An export that is stopped, fails, lapses or is answered twice: nothing is lost, nothing is left behind."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django_tasks_db.models import DBTaskResult

from community.models import Notification
from tests.factories.attended import attend
from tests.factories.cast import LIANGSHAN, Cast, moment
from training.models import Export
from training.operations import export_run
from training.operations.export import (
    ExportOrder,
    MayNotUnmask,
    approve_export,
    cancel_export,
    expire_exports,
    request_export,
)
from training.operations.export_run import run_export, write_export_now

pytestmark = pytest.mark.django_db
AFTER = moment(28, 9, 0)


@pytest.fixture
def order(cast: Cast) -> ExportOrder:
    attend(cast.enrolment)
    return ExportOrder(
        kind="completions",
        programme=cast.programme,
        region=cast.region(LIANGSHAN),
        file_format="csv",
    )


@pytest.fixture
def export(cast: Cast, order: ExportOrder) -> Export:
    return request_export(order=order, by=cast.liangshan, at=AFTER)


def meanwhile(monkeypatch: pytest.MonkeyPatch, deed: Any) -> None:
    """Do ``deed`` once the file is written and before it is named."""
    write = export_run.write_export

    def write_and(**wanted: Any) -> Any:
        written = write(**wanted)
        deed()
        return written

    monkeypatch.setattr(export_run, "write_export", write_and)


def kept_files() -> list[str]:
    storage = storages["private"]
    return storage.listdir("exports")[1] if storage.exists("exports") else []


def test_stopped_at_the_last_moment_it_leaves_no_file(
    cast: Cast, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: cancel_export(export=export, by=cast.liangshan, at=AFTER))

    ended = run_export(export=export, at=AFTER)

    assert ended.state == Export.State.CANCELLED
    assert kept_files() == []
    assert not Notification.objects.filter(kind="export").exists()


def test_stopped_while_rows_are_read_it_ends_quietly(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        raise export_run.Stopped

    meanwhile(monkeypatch, stop)

    run_export(export=export, at=AFTER)

    assert not Notification.objects.filter(kind="export").exists()
    assert kept_files() == []


def test_an_accident_is_told_and_the_next_try_succeeds(
    cast: Cast, order: ExportOrder, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accident() -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        meanwhile(broken, accident)
        failed = run_export(export=export, at=AFTER)

    told = Notification.objects.get(member=cast.liangshan, kind="export")
    assert failed.state == Export.State.FAILED
    assert "请稍后再生成一次" in told.note
    assert kept_files() == []
    again = request_export(order=order, by=cast.liangshan, at=AFTER)
    assert run_export(export=again, at=AFTER).state == Export.State.READY


def test_one_whose_worker_died_or_was_forgotten_is_queued_again(
    cast: Cast, order: ExportOrder, django_capture_on_commit_callbacks: Any
) -> None:
    lapsed, forgotten, fresh = (
        request_export(order=order, by=cast.liangshan, at=AFTER) for _ in range(3)
    )
    hour = timedelta(hours=1)
    Export.objects.filter(pk=lapsed.pk).update(state="running", lease_until=AFTER - hour)
    Export.objects.filter(pk=forgotten.pk).update(requested_at=AFTER - 24 * hour)

    with django_capture_on_commit_callbacks(execute=True):
        expire_exports(AFTER)

    written = DBTaskResult.objects.filter(task_path__endswith="write_export_file")
    queued = {result.args_kwargs["args"][0] for result in written}
    assert queued == {lapsed.pk, forgotten.pk}
    assert fresh.pk not in queued


def test_answering_or_stopping_twice_is_answering_or_stopping_once(
    cast: Cast, export: Export
) -> None:
    assert approve_export(export=export, by=cast.province, at=AFTER).state == Export.State.QUEUED

    cancel_export(export=export, by=cast.liangshan, at=AFTER)
    again = cancel_export(export=export, by=cast.liangshan, at=AFTER + timedelta(hours=1))

    assert again.finished_at == AFTER


def test_a_command_cannot_write_many_whole_numbers(
    cast: Cast, order: ExportOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.operations.export.APPROVAL_ABOVE", 0)
    path = tmp_path / "whole.xlsx"
    whole = ExportOrder(
        kind="completions",
        programme=order.programme,
        region=order.region,
        file_format="xlsx",
        unmasked=True,
        reason="报送省里",
    )

    with pytest.raises(MayNotUnmask, match="第二人"):
        write_export_now(order=whole, by=cast.province, path=path, at=AFTER)

    assert not path.exists()
