"""What was scheduled happens by itself, each thing for itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.models import NoticeIndexPage, NoticePage
from tests.factories.cast import moment
from website.operations.publishing import publish_due
from website.worker import rounds

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(db):
    return NoticeIndexPage.objects.get().add_child(
        instance=NoticePage(
            title="通知",
            slug="n",
            issuer="四川省教育厅",
            issued_on=moment().date(),
            body="<p>正文。</p>",
            live=False,
        )
    )


def schedule(page, **when):
    for name, at in when.items():
        setattr(page, name, at)
    page.save_revision(approved_go_live_at=when.get("go_live_at"))
    return page


def test_a_notice_appears_at_its_hour_and_expires_at_its_other(client, notice, settings):
    settings.PUBLIC_PAGE_SECONDS = 0
    now = timezone.now()
    schedule(notice, go_live_at=now - timedelta(seconds=1))
    assert client.get("/notices/n/").status_code == 404

    assert publish_due(at=now) == 1
    assert publish_due(at=now) == 0
    assert client.get("/notices/n/").status_code == 200

    NoticePage.objects.update(expire_at=now)
    assert publish_due(at=now + timedelta(seconds=1)) == 1
    assert client.get("/notices/n/").status_code == 404


def test_what_is_due_later_waits(notice):
    now = timezone.now()
    schedule(notice, go_live_at=now + timedelta(hours=1))

    assert publish_due(at=now) == 0
    assert not NoticePage.objects.get().live


def test_one_that_cannot_be_published_keeps_no_other_waiting(notice, cast, monkeypatch):
    now = timezone.now()
    schedule(notice, go_live_at=now - timedelta(seconds=1))
    broken = cast.programme.revisions.get()
    broken.approved_go_live_at = now - timedelta(hours=1)
    broken.content["locked_by"] = "nobody"
    broken.save()

    assert publish_due(at=now) == 1
    assert NoticePage.objects.get().live


def test_the_worker_goes_this_round():
    assert "publishing_round" in {do.__name__ for _, do in rounds()}
